"""What the chapter on local and global structure claims of networks: paths, starts and learnt precision."""

from itertools import pairwise

import matplotlib.pyplot as plt
import mpmath
import numpy as np
import pytest

from ravine import data, descent, networks, problems, rules
from ravine.experiments import local_vs_global as lvg

CALM = [row for row in lvg.RECIPES if row != "bouncing"]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def bouncing() -> lvg.Path:
    return lvg.train_path(0, "bouncing")


@pytest.fixture(scope="module")
def fits() -> lvg.Fits:
    return lvg.fits()


@pytest.fixture(scope="module")
def pair() -> lvg.Twins:
    return lvg.twins(0, (1e-3, 1e-7), n_steps=300)


# Paths ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", CALM)
def test_the_cost_only_falls_along_the_chord_of_a_run_at_rest(row):
    paths = lvg.Paths.load()
    assert paths.monotone(row) == 1
    assert (paths[f"{row}_curve"][:, -1] < 0.05).all()


def test_it_rises_where_a_fast_run_is_stopped_on_the_move():
    paths = lvg.Paths.load()
    assert paths.monotone("bouncing") <= 0.2
    assert 0.05 < paths.barrier("bouncing").max() < 0.15
    assert paths["bouncing_curve"][:, -1].mean() > 0.05


def test_what_brings_the_run_to_rest_leaves_it_where_it_is():
    paths = lvg.Paths.load()
    moved = paths["settled_distance"] / paths["bouncing_distance"]
    np.testing.assert_allclose(moved, 1, atol=0.01)
    # The same seed sees the same minibatches until the learning rate falls.
    fast, settled = (lvg.RECIPES[row] for row in ("bouncing", "settled"))
    assert (settled.calm_from, settled.batch_size) == (fast.n_steps, fast.batch_size)


def test_the_length_is_the_noise_of_minibatches():
    paths = lvg.Paths.load()
    mean = {row: paths[f"{row}_arc"].mean() for row in lvg.RECIPES}
    assert 1.1 < mean["full"] < 1.25 and 2.4 < mean["sgd100"] < 3.3 and 8 < mean["sgd10"] < 13
    assert 8.5 < mean["deep"] < 12 and 1.4 < mean["adam"] < 1.6 and 3 < mean["bouncing"] < 3.6
    # Noise a step is about that of the examples over the root of the batch size.
    assert mean["sgd10"] / mean["sgd100"] == pytest.approx(np.sqrt(10), rel=0.15)
    for row in ("full", "sgd100", "sgd10", "deep", "adam"):
        assert (paths[f"{row}_smooth"] < 1.4).all() and (paths[f"{row}_deviation"] < 0.26).all()
    assert (paths["bouncing_smooth"] > 2).all() and (paths["bouncing_deviation"] > 0.38).all()


def test_gradients_shrink_along_the_way():
    paths = lvg.Paths.load()
    for row in ("full", "sgd100", "sgd10", "adam", "settled"):
        assert (paths[f"{row}_grad_ratio"] < 0.06).all()
    assert paths["full_grad_ratio"].mean() < 0.01 < paths["bouncing_grad_ratio"].min()


def test_a_path_is_measured_from_its_own_ends(bouncing):
    assert (bouncing.progress[0], bouncing.progress[-1]) == pytest.approx((0, 1))
    np.testing.assert_allclose(bouncing.aside[[0, -1]], 0, atol=1e-6)
    assert len(bouncing.progress) == bouncing.recipe.n_steps + 1
    # Its shadow along and beside the chord is no longer than the path.
    shadow = np.hypot(np.diff(bouncing.progress), np.diff(bouncing.aside)).sum()
    assert 1 < shadow < bouncing.arc
    assert bouncing.barrier > 0


def test_the_full_batch_path_is_that_of_plain_descent():
    recipe, found = lvg.RECIPES["full"], lvg.train_path(3)
    rng = np.random.default_rng(3)
    train, _ = data.digits().split(500, rng)
    model = networks.MLP((64, 32, 32, 10))
    problem = model.problem(train.X, train.y)
    trace = descent.minimise(problem, recipe.rule, model.init(rng), n_steps=recipe.n_steps)
    assert found.arc == pytest.approx(lvg.arc_ratio(trace.theta), rel=1e-12)
    assert found.curve[[0, -1]] == pytest.approx(trace.J[[0, -1]], rel=1e-12)
    assert found.grad_ratio == pytest.approx(trace.grad_norm[-1] / trace.grad_norm[0], rel=1e-12)
    middle = problem.value((trace.theta[0] + trace.theta[-1]) / 2)
    assert found.curve[12] == pytest.approx(float(middle), rel=1e-12)


def test_raw_pixels_are_less_clean():
    raw = lvg.RawPaths.load()
    early, late = raw["early_curve"], raw["settled_curve"]
    np.testing.assert_allclose(early[:, 0], late[:, 0], rtol=1e-9)  # one start
    assert (late[:, -1] < 0.5 * late[:, 0]).all() and late[:, -1].mean() < 0.5 * early[:, -1].mean()
    # Perturbed starts and other machines give 15 to 17: fewer than after the same rest on centred pixels.
    assert 13 <= (lvg.barrier(late) == 0).sum() <= 19
    assert (raw["full_arc"] < 2).all() and (raw["sgd10_arc"] > 10).all() and (raw["sgd10_smooth"] < 2).all()


# Precision --------------------------------------------------------------------------------------------------


def test_gradients_of_the_learnable_precision():
    problem, rng = problems.precision_problem(1), np.random.default_rng(0)
    theta, v = rng.standard_normal((2, 3, 11))
    differences = (problem.value(theta + 1e-6 * v) - problem.value(theta - 1e-6 * v)) / 2e-6
    np.testing.assert_allclose((problem.grad(theta) * v).sum(axis=-1), differences, rtol=1e-7)


def test_the_flow_gains_a_quarter_per_unit_of_time_for_ever():
    columns = lvg.Turns.load()
    np.testing.assert_allclose(columns["flow_growth"], 0.5, atol=1e-9)
    assert ((columns["flow_J"] < -3) & (columns["flow_J"] > -3.6)).all()  # at t = 14


def test_steps_turn_back_at_the_zero_of_the_dilogarithm():
    real_part = lambda x: mpmath.re(mpmath.polylog(2, x))  # noqa: E731  (named for what it is)
    assert pytest.approx(float(mpmath.findroot(real_part, 12.6)) / 2, rel=1e-12) == lvg.TURN
    turns = lvg.Turns.load()
    gap = [abs(np.median(turns.at("top", rate)) - lvg.TURN) for rate in lvg.RATES]
    assert gap[2] < gap[1] < gap[0] and gap[2] < 0.15
    assert (np.abs(turns.at("top", 0.0125) / lvg.TURN - 1) < 0.03).all()


def test_the_residual_shrinks_by_pi_squared_over_two_epsilon():
    turns = lvg.Turns.load()
    predicted = np.pi**2 / 2 / np.log(10) / np.array(lvg.RATES)
    assert turns.at("shrunk", 0.0125).mean() == pytest.approx(predicted[2], rel=0.03)
    assert turns.at("shrunk", 0.05).mean() == pytest.approx(predicted[1], rel=0.1)


def test_every_run_rises_again():
    turns = lvg.Turns.load()
    for rate in lvg.RATES:
        assert (turns.at("rise", rate) > 10).all()
        assert (turns.at("time", rate) < lvg.HORIZON - 1).all()
    for fast, slow in pairwise(lvg.RATES):  # a smaller rate: later, and on average higher
        assert (turns.at("time", slow) > turns.at("time", fast)).all()
        assert turns.at("rise", slow).mean() > 3 * turns.at("rise", fast).mean()


def test_rounding_brings_the_turn_forward():
    turns, doubles = lvg.Turns.load(), lvg.RoundedTurns.load()
    rounded = {rate: doubles.at("top", rate) for rate in lvg.RATES}
    np.testing.assert_allclose(rounded[0.2], turns.at("top", 0.2), rtol=1e-3)  # the residual stays above it
    assert np.median(rounded[0.2]) == pytest.approx(5.35, abs=0.05)
    assert ((rounded[0.05] > 2.7) & (rounded[0.05] < 3.2)).all()
    turned = doubles.at("turned", 0.0125) == 1
    assert turned.sum() >= 15
    assert ((rounded[0.0125][turned] > 1.5) & (rounded[0.0125][turned] < 2.1)).all()


def test_both_ways_to_follow_a_descent_agree_until_rounding(fits):
    for rate in lvg.RATES:
        free, rounded = fits.residuals[rate], fits.parameters[rate]
        early = (free.t < 3) & (free.log_residual > -20)
        np.testing.assert_allclose(rounded.J[early], free.J[early], rtol=1e-9)
        np.testing.assert_allclose(rounded.log_residual[early], free.log_residual[early], rtol=1e-4)
        assert early.sum() > 5


def test_a_run_without_a_turn_says_so():
    run = lvg.fit(0, 0.05, horizon=2.0)
    assert (run.turn, run.rise) == (-1, 0.0)
    assert run.top == run.sharpness[-1] < 1


# Starts -----------------------------------------------------------------------------------------------------


def test_one_hidden_layer_pays_steps_for_each_decade():
    starts = lvg.Starts.load()
    assert ((starts.per_decade > 0.95) & (starts.per_decade < 1.15)).all()
    assert (starts["one_arrived"] < lvg.N_STEPS).all()
    all_the_way = starts.at("one_arrived", 0.001) - starts.at("one_arrived", 0.01)
    assert ((all_the_way > 30) & (all_the_way < 50)).all()


def test_two_hidden_layers_pay_a_factor_for_each_decade():
    starts = lvg.Starts.load()
    fast, slow = starts["two_delay"].T
    assert ((slow / fast > 9) & (slow / fast < 12)).all()
    np.testing.assert_array_equal(starts.at("two_left", 0.1), fast)
    for scale in (0.001, 0.01):
        assert (starts.at("two_left", scale) == lvg.N_STEPS).all()
        assert (starts.at("two_test", scale) > 0.7).all()


def test_large_weights_fit_what_they_do_not_understand():
    starts = lvg.Starts.load()
    for name, factor in (("one", 2), ("two", 4)):
        assert (starts.at(f"{name}_J", 10.0) < 0.05).all()
        assert (starts.at(f"{name}_test", 10.0) > factor * starts.at(f"{name}_test", 1.0)).all()
        assert (starts.at(f"{name}_arrived", 3.0) < starts.at(f"{name}_arrived", 1.0)).all()
    assert (starts.at("two_arrived", 10.0) > starts.at("two_arrived", 3.0)).all()
    assert starts.at("two_test", 1.0).mean() < starts.at("two_test", 0.1).mean() < 0.1


def test_twins_separate_late_and_equal_ones_never():
    columns = lvg.Separations.load()
    later = np.diff(columns["separated"], axis=1)
    assert ((later >= 50) & (later <= 110)).all()  # a thousandth of the offset: the same steps each time
    assert (columns["held_J"] > 1.2).all() and (columns["held_error"] > 0.5).all()
    assert (columns["J"] < 0.3).all() and (columns["error"] < 0.07).all()


def test_units_that_are_held_alike_are_only_freed_from_rounding(pair):
    together = pair.apart[:, 1] < 1e-4
    np.testing.assert_allclose(pair.J[together, 1], pair.held[together], rtol=1e-3)
    assert together.sum() >= 5 and pair.J[-1, 1] < 0.5 * pair.held[-1]


def test_zero_weights_learn_nothing_but_frequencies():
    train, _ = data.digits().split(500, np.random.default_rng(0))
    model = networks.MLP((64, 32, 10))
    problem = model.problem(train.X, train.y)
    end = descent.minimise(problem, rules.gradient_descent(0.5), np.zeros(model.n), n_steps=200).theta[-1]
    (W, b), (V, _) = model.unflatten(end)
    assert not W.any() and not b.any() and not V.any()  # exactly, in floating point too
    p = np.bincount(train.y) / len(train)
    assert problem.value(end) == pytest.approx(-(p * np.log(p)).sum(), rel=1e-9)


# Figures ----------------------------------------------------------------------------------------------------


def labelled(figure):
    return all(ax.get_xlabel() for ax in figure.axes) and any(ax.get_ylabel() for ax in figure.axes)


def test_figures_of_paths_show_their_data():
    paths = lvg.Paths.load()
    [chord] = paths.plot().axes
    for line, row in ((0, "full"), (3, "bouncing")):
        np.testing.assert_array_equal(chord.lines[line].get_ydata(), np.median(paths[f"{row}_curve"], axis=0))
    assert labelled(chord.figure) and chord.get_yscale() == "log"
    [lengths] = paths.plot_lengths().axes
    assert [tick.get_text() for tick in lengths.get_yticklabels()] == [r.label for r in lvg.RECIPES.values()]
    shown = lengths.containers[0].lines[0].get_xdata()
    np.testing.assert_array_equal(shown, [np.median(paths[f"{row}_arc"]) for row in lvg.RECIPES])
    low, high = lengths.get_xlim()
    assert low < 1 and all(paths[f"{row}_arc"].max() < high for row in lvg.RECIPES)


def test_figures_of_precision_and_starts_show_their_data(fits):
    above, below = fits.plot().axes
    np.testing.assert_array_equal(above.lines[1].get_ydata(), fits.residuals[0.05].J)
    np.testing.assert_array_equal(below.lines[0].get_ydata(), fits.parameters[0.05].sharpness)
    assert below.get_yscale() == "log" and above.get_ylabel() == "cost $J$"
    starts = lvg.Starts.load()
    above, below = starts.plot().axes
    np.testing.assert_array_equal(above.lines[1].get_ydata(), np.median(starts["two_arrived"], axis=0))
    np.testing.assert_array_equal(below.lines[0].get_ydata(), np.median(starts["one_test"], axis=0))
    assert above.lines[0].get_color() == "ravine:blue"


# Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("seed", lambda: lvg.train_path(-1)),
        ("row", lambda: lvg.train_path(0, "newton")),
        ("n_steps", lambda: lvg.train_path(0, n_steps=0)),
        ("row", lambda: lvg.Paths.load().barrier("newton")),
        ("curve", lambda: lvg.barrier([])),
        ("curve", lambda: lvg.barrier([1.0, float("nan")])),
        ("seed", lambda: problems.precision_problem(-1)),
        ("learning_rate", lambda: lvg.fit(0, 0.0)),
        ("horizon", lambda: lvg.fit(0, 0.1, horizon=-1.0)),
        ("by", lambda: lvg.fit(0, 0.1, by="magic")),
        ("time_step", lambda: lvg.flow(0, time_step=0.0)),
        ("learning_rate", lambda: lvg.Turns.load().at("top", 0.3)),
        ("name", lambda: lvg.Turns.load().at("turned", 0.2)),
        ("seed", lambda: lvg.start_scaled(0.5)),
        ("n_layers", lambda: lvg.start_scaled(0, 0)),
        ("scales", lambda: lvg.start_scaled(0, scales=[0.0])),
        ("scales", lambda: lvg.start_scaled(0, scales=[])),
        ("n_steps", lambda: lvg.start_scaled(0, n_steps=-1)),
        ("offsets", lambda: lvg.twins(0, [])),
        ("offsets", lambda: lvg.twins(0, [-1e-3])),
        ("scale", lambda: lvg.Starts.load().at("one_J", 2.0)),
        ("name", lambda: lvg.Starts.load().at("three_J", 1.0)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
