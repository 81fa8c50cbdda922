"""What the chapter on local and global structure claims of hills, detours and searches."""

from itertools import pairwise, product

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ravine import curvature, descent, problems, rules, zoo
from ravine.experiments import local_vs_global as lvg
from ravine.live.figures.local_vs_global import detour, hill
from ravine.theory import local_vs_global as theory


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def sides() -> lvg.Sides:
    return lvg.two_sides()


@pytest.fixture(scope="module")
def runs() -> lvg.Detour:
    return lvg.detour()


# The hill ---------------------------------------------------------------------------------------------------


def test_both_sides_fall_alike_to_different_plains(sides):
    late = sides.time > 100
    np.testing.assert_allclose(4 * sides.time[late, None] * sides.excess[late], 1, atol=0.02)
    assert (np.diff(sides.trace.J, axis=0) < 0).all()
    assert sides.trace.J[-1, 0] > 1 and sides.trace.J[-1, 1] < 1e-3


def test_the_wrong_side_goes_off_at_the_rate_of_the_closed_form(sides):
    theta, t = sides.trace.theta[-1, :, 0], sides.time[-1]
    np.testing.assert_allclose(np.exp(2 * np.abs(theta)) / t, [4 * (4 * 2 - 1), 4 * (4 * 2 + 1)], rtol=0.02)


def test_a_run_ends_on_the_side_where_it_starts():
    starts = np.concatenate([theory.TOP + np.array([-1e-3, 1e-3]), np.linspace(-3, 3, 501)])
    np.testing.assert_array_equal(lvg.reaches_low_side(starts), starts > theory.TOP)


def test_the_share_of_good_starts_is_that_of_the_basin():
    single = lvg.Restarts.load()["single"]
    standard_error = np.sqrt(theory.share_right() * (1 - theory.share_right()) / 2000)
    assert abs(single.mean() - 0.5209) < 3 * standard_error / np.sqrt(20)
    assert (abs(single - 0.5209) < 4 * standard_error).all()


def test_restarts_lose_their_power_with_the_dimension():
    restarts = lvg.Restarts.load()
    for k in lvg.TRIES:
        expected = np.array([theory.expected_best(d, k) for d in lvg.DIMENSIONS])
        np.testing.assert_allclose(restarts.best(k).mean(axis=0), expected, atol=0.06)
    assert (restarts.best(100)[:, :3] == 1).mean() > 0.9
    assert (restarts.best(100)[:, -1] < 0.75).all()


def test_the_expected_best_is_that_of_all_outcomes():
    p, d, k = theory.share_right(), 2, 2
    expected = 0.0
    for sides_of_starts in product(product((0, 1), repeat=d), repeat=k):
        flat = np.ravel(sides_of_starts)
        best = max(np.mean(start) for start in sides_of_starts)
        expected += best * np.prod(np.where(flat, p, 1 - p))
    assert theory.expected_best(d, k) == pytest.approx(expected, rel=1e-12)


# The mountain -----------------------------------------------------------------------------------------------


def test_each_e_fold_costs_the_predicted_time(runs):
    assert theory.delay(1e-9) == pytest.approx(7.8165, abs=1e-4)
    measured = np.diff(runs.time) / -np.diff(np.log(runs.offsets))
    np.testing.assert_allclose(measured[2:], theory.delay(runs.learning_rate), rtol=1e-4)
    assert runs.per_e_fold == pytest.approx(measured[-1])


def test_the_detour_is_short_and_most_of_the_time_is_spent_waiting(runs):
    assert ((runs.arc > 1.1) & (runs.arc < 1.14)).all()
    assert (np.diff(runs.waiting) > 0).all()
    assert runs.waiting[2] == pytest.approx(0.62, abs=0.02) and runs.waiting[-1] > 0.75


def test_the_curvature_across_the_saddle_is_the_tilt_over_its_distance():
    H = theory.MOUNTAIN.hess(theory.SADDLE)
    assert curvature.classify(H) == "saddle"
    assert H[1, 1] == pytest.approx(0.3 / theory.SADDLE[0])


def test_on_the_ridge_a_descent_waits_for_ever():
    theta0 = [[-3.5, 0.0]]
    run = descent.minimise(theory.MOUNTAIN, rules.gradient_descent(0.05), theta0, n_steps=5000)
    np.testing.assert_allclose(run.theta[-1, 0], theory.SADDLE, atol=1e-6)


# Steps ------------------------------------------------------------------------------------------------------


def test_the_path_is_short_and_the_steps_are_many():
    found = lvg.short_steps()
    assert found.steps.tolist() == [66, 688, 6905]
    np.testing.assert_allclose(found.steps, np.ceil(found.predicted), atol=1)
    assert ((found.arc > 1.3) & (found.arc < np.sqrt(2))).all()


# Searches ---------------------------------------------------------------------------------------------------


def test_no_search_is_better_on_all_functions_and_one_is_on_smooth_ones():
    lunch = lvg.free_lunch()
    best, worst, fixed = (
        lunch.every[name] for name in ("near the best", "near the worst", "in a fixed order")
    )
    assert best.tolist() == worst.tolist() == fixed.tolist()
    best, worst, fixed = (
        lunch.smooth[name] for name in ("near the best", "near the worst", "in a fixed order")
    )
    assert (best[2:6] < fixed[2:6]).all() and (fixed[2:6] < worst[2:6]).all()
    assert best[-1] == worst[-1] == fixed[-1]
    assert lunch.n_every == 5**7


def test_the_average_over_all_functions_is_that_of_independent_draws():
    seen = lvg.free_lunch(4, 3).every["near the best"]
    for k, value in enumerate(seen, start=1):
        draws = [min(values) for values in product(range(3), repeat=k)]
        assert value == pytest.approx(np.mean(draws))


def test_a_search_near_the_best_looks_next_to_it():
    f = np.array([[3, 2, 5, 4, 6]])
    from ravine.experiments.local_vs_global.search import _search

    assert _search(f, "near the best").tolist() == [[5, 2, 2, 2, 2]]
    assert _search(f, "near the worst").tolist() == [[5, 2, 2, 2, 2]]
    assert _search(np.array([[1, 2, 3, 4, 5]]), "near the worst").tolist() == [[3, 2, 2, 2, 1]]


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam"])
def test_gradients_uncover_one_coordinate_a_step(name):
    chain = problems.chain(9)
    theta = descent.minimise(chain, getattr(rules, name)(0.5), np.zeros(9), n_steps=8).theta
    for t, point in enumerate(theta):
        assert (point[t:] == 0).all() and (t == 0 or point[t - 1] != 0)
        assert chain.value(point) >= (1 / (t + 1) - 1) / 8 - 1e-12


def test_the_chain_is_as_smooth_as_it_says():
    lam = np.linalg.eigvalsh(problems.chain(12).hess(np.zeros(12)))
    assert lam[0] > 0 and lam[-1] < 1


def test_wider_networks_learn_parity_from_nearly_every_start():
    learned = dict(zip(lvg.WIDTHS, lvg.Parities.load()["learned"].T, strict=True))
    assert learned[2].max() <= 0.04 and learned[3].max() <= 0.1
    assert (learned[4] > 0).all() and learned[4].max() < 0.3
    assert (learned[16] == 1).all() and (learned[12] >= 0.98).all()
    assert all(a.mean() <= b.mean() for a, b in pairwise(learned.values()))


def test_a_seed_of_parity_that_nobody_has_looked_at():
    assert lvg.parity(77, 4) < 0.35 and lvg.parity(77, 16) >= 0.98


# Figures ----------------------------------------------------------------------------------------------------


def test_figures_show_their_data(sides, runs):
    top, below = sides.plot().axes
    assert top.get_xlabel() and below.get_xscale() == below.get_yscale() == "log"
    np.testing.assert_array_equal(below.lines[0].get_ydata(), sides.excess[1:, 0])
    _, below = runs.plot().axes
    np.testing.assert_array_equal(below.lines[0].get_ydata(), runs.time)
    ax = lvg.Restarts.load().plot().axes[0]
    assert ax.lines[0].get_color() == "ravine:grey"
    for figure in (lvg.free_lunch(4, 3).plot(), lvg.Parities.load().plot()):
        for ax in figure.axes:
            assert ax.get_xlabel() and ax.get_ylabel() and ax.lines


# The live figures -------------------------------------------------------------------------------------------


def test_the_hill_starts_on_the_wrong_side():
    outputs = hill().compute()
    assert outputs["side"].startswith("on the high side") and outputs["x_end"] < -4
    assert hill().compute({"x0": 0.2})["side"].startswith("on the low side")
    np.testing.assert_allclose(outputs["run.J"][-20:], outputs["law"][-20:], atol=0.01)


def test_the_hill_s_extremes_teach():
    figure = hill()
    assert figure.compute({"A": 0.3, "B": 3.0, "x0": -3.0})["side"].startswith("on the low side")
    assert figure.compute({"A": 0.1, "B": 4.0, "x0": -5.0})["side"].startswith("still on the left")
    assert figure.compute({"B": 0.0, "x0": 0.0})["side"] == "still at the top of the hill"
    crossed = [figure.compute({"noise": 4.0, "seed": s})["side"].startswith("on the low") for s in range(20)]
    calm = [figure.compute({"noise": 1.0, "seed": s})["side"].startswith("on the low") for s in range(20)]
    assert any(crossed) and not all(crossed) and not any(calm)


def test_a_decade_costs_the_detour_the_same_steps_each_time():
    figure = detour()
    steps = [figure.compute({"exponent": e})["plain.steps"] for e in (-6, -5, -4, -3)]
    expected = theory.delay(0.1) / 0.1 * np.log(10)
    np.testing.assert_allclose(-np.diff(steps), expected, atol=1)
    assert figure.compute({"c": 0.05})["plain.steps"] is None
    assert figure.compute()["ball.steps"] < figure.compute()["plain.steps"] / 5


def test_the_tilt_decides_the_wait_and_the_height_hardly():
    figure = detour()
    steps = figure.compute()["plain.steps"]
    assert figure.compute({"c": 0.15})["plain.steps"] > 2 * steps
    assert 0.82 < figure.compute({"A": 1.0})["plain.steps"] / steps < 0.9
    assert figure.compute({"A": 0.4})["plain.steps"] < 0.6 * steps
    assert not zoo.mountain(A=0.4).critical_points and zoo.mountain(A=0.5).critical_points


# Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("starts", lambda: lvg.two_sides((0.1, 0.2))),
        ("learning_rate", lambda: lvg.two_sides(learning_rate=-1.0)),
        ("theta0", lambda: lvg.reaches_low_side([float("nan")])),
        ("n_dimensions", lambda: theory.expected_best(0, 1)),
        ("n_tries", lambda: theory.expected_best(1, 2.5)),
        ("offsets", lambda: lvg.detour([1e-3, 1e-2])),
        ("offsets", lambda: lvg.detour([0.0, -1.0])),
        ("n_steps", lambda: lvg.detour(n_steps=10)),
        ("learning_rate", lambda: theory.delay(0.0)),
        ("path", lambda: lvg.arc_ratio([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]])),
        ("kappa", lambda: lvg.short_steps([1.0])),
        ("n_points", lambda: lvg.free_lunch(1, 2)),
        ("n_values", lambda: lvg.free_lunch(20, 9)),
        ("n", lambda: problems.chain(1)),
        ("seed", lambda: lvg.parity(-1, 4)),
        ("width", lambda: lvg.parity(0, 0)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
