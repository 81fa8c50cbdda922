"""What the chapter on minibatches claims, by hand-checked theory and over twenty seeds."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ravine import descent, zoo
from ravine.experiments import minibatch_variance as mv
from ravine.experiments.minibatch_variance.delays import LEARNING_RATE, stable_up_to, worker_staleness
from ravine.experiments.minibatch_variance.digits import N_TRAIN, draw_weights
from ravine.experiments.minibatch_variance.second_order import KAPPAS
from ravine.experiments.minibatch_variance.small_batches import BATCH_RATES
from ravine.theory import minibatch_variance as theory


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


# The standard error -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("replace", [True, False])
def test_weights_are_means_of_so_many_examples(replace):
    weights = draw_weights(7, 4, 20_000, np.random.default_rng(0), replace=replace)
    np.testing.assert_allclose(weights.sum(1), 1)
    np.testing.assert_allclose(weights.mean(0), 1 / 7, atol=0.003)  # no example is preferred
    values = np.arange(7.0)
    expected = theory.minibatch_variance(values.var(), 4, n_examples=None if replace else 7)
    assert (weights @ values).var() == pytest.approx(expected, rel=0.04)


def test_standard_errors_follow_theory_on_digits():
    errors = mv.StandardErrors.load()
    for sampling in ("with", "without"):
        assert abs(errors.ratio(sampling) - 1).max() < 0.06, sampling
        assert abs(errors.ratio(sampling).mean(0) - 1).max() < 0.01, sampling


def test_a_hundred_times_the_work_is_a_tenth_of_the_error():
    factor = mv.StandardErrors.load()["factor"]
    assert factor.mean() == pytest.approx(10, rel=0.02)
    assert ((factor > 9.3) & (factor < 11)).all()


def test_an_unseen_seed_agrees():
    row = mv.StandardErrors.row(21)
    assert row["factor"] == pytest.approx(10, rel=0.08)
    shrink = row["without"][-1] / row["with"][-1]
    assert shrink == pytest.approx(np.sqrt(100 / 999), rel=0.1)


# Returns ----------------------------------------------------------------------------------------------------


def test_gains_saturate_as_predicted():
    returns = mv.Returns.load()
    assert abs(returns.ratio - 1).max() < 0.15
    assert abs(returns.ratio.mean(0) - 1).max() < 0.015


def test_the_noise_scale_grows_during_training():
    returns = mv.Returns.load()
    scale = returns["noise_scale"]
    assert (np.diff(scale, axis=1) > 0).all() and (np.diff(returns["J"], axis=1) < 0).all()
    assert ((scale[:, 0] > 20) & (scale[:, 0] < 25)).all()
    assert (scale[:, -1] > N_TRAIN).all()


def test_the_quadratic_promises_too_much_to_an_untrained_net_with_few_examples():
    ratio = (returns := mv.Returns.load()).true[:, 0] / returns.share[:, 0]
    assert (ratio < 1).all() and (np.diff(ratio.mean(0)) > 0).all()


# Curvature --------------------------------------------------------------------------------------------------


def test_newton_amplifies_noise_as_predicted():
    newton = mv.Newton.load()
    np.testing.assert_allclose(newton.predicted, [2.305, 13.01, 96.77, 805.5], rtol=1e-3)
    assert abs(newton["gain"] / newton.predicted - 1).max() < 0.15
    assert (newton.predicted <= np.square(KAPPAS)).all()


def test_a_hessian_of_the_same_batch_hurts_only_close_by_with_few_examples():
    errors = mv.Hessians.load()
    far, near, many = 0, 1, 2
    assert (errors["same"][:, far] < errors["exact"][:, far]).all()
    assert (errors["independent"][:, far] > errors["exact"][:, far]).all()
    assert (errors["same"][:, near] > errors["exact"][:, near]).all()
    assert (errors["independent"][:, near] > 5 * errors["same"][:, near]).all()
    assert (errors["same"][:, many] < errors["exact"][:, many]).all()
    assert (errors["independent"][:, many] > errors["exact"][:, many]).all()
    worst = np.max([errors[name][:, many] for name in ("exact", "same", "independent")], axis=0)
    assert (worst < 1).all()


@pytest.mark.parametrize(("kappa", "gain"), [(1.0, 1.0), (200.0, (1 + 200**2) / 400), (1000.0, 500.0005)])
def test_clouds_have_their_standard_errors(kappa, gain):
    first, second = mv.clouds(kappa, 10, seed=1).errors
    exact = np.sqrt((1 + kappa) / (1 + kappa**2) / 10)
    assert first == pytest.approx(exact, rel=0.12)
    assert second == pytest.approx(exact * np.sqrt(gain), rel=0.12)
    assert theory.newton_noise_gain([1.0, kappa]) == pytest.approx(gain)


def test_a_cloud_of_everything_is_a_point_without_replacement_only():
    assert mv.clouds(50.0, 100, replace=False).errors.max() < 1e-12
    assert mv.clouds(50.0, 100, replace=True).errors.min() > 0.005


def test_clouds_are_determined_by_their_seed():
    one, two, other = (mv.clouds(seed=seed).g_hat for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


# Passes and orders ------------------------------------------------------------------------------------------


def test_the_first_pass_descends_the_risk_and_later_ones_do_not():
    epochs = mv.Epochs.load()
    by_epoch, before = epochs["by_epoch"], epochs["before"]
    assert abs(by_epoch[:, 0] - 1).max() < 0.03
    assert (by_epoch[:, 1] < 0.92).all()
    assert (np.diff(by_epoch, axis=1) < 0).all()
    assert abs(before[:, 0].mean()) < 0.005 and (before[:, 1:] < -0.01).all()
    assert epochs["recursion"].max() < 0.02


def test_shuffling_once_is_enough_and_not_at_all_is_not():
    errors = mv.Orders.load()
    random = [name for name in errors.columns if name != "sorted"]
    assert all((errors["sorted"][:, 0] > 3 * errors[name][:, 0]).all() for name in random)
    last = {name: errors[name][:, -1].mean() for name in errors.columns}
    assert last["sorted"] > 1.15 * max(last[name] for name in random)
    assert abs(last["shuffled_once"] - last["reshuffled"]) < 0.003


# Delays -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [0, 1, 2, 5, 9])
def test_the_limit_is_where_a_root_reaches_the_circle(delay):
    def largest(h):
        return max(abs(np.roots([1, -1, *[0] * (delay - 1), h] if delay else [1, h - 1])))

    limit = float(theory.delay_limit(delay))
    assert largest(0.999 * limit) < 1 < largest(1.001 * limit)


def test_runs_are_stable_up_to_the_limit():
    delays = mv.delays()
    assert abs(delays.fixed / theory.delay_limit(delays.delay) - 1).max() < 0.012


def test_a_stale_rule_uses_the_gradient_of_the_past():
    bowl = zoo.quadratic(kappa=1.0)
    for delay in (0, 3):
        theta = descent.minimise(
            bowl, mv.stale_gradient_descent(0.1, delay), [[1.0, 2.0], [0.5, 0.0]], n_steps=9
        ).theta
        for t in range(9):
            np.testing.assert_allclose(theta[t + 1], theta[t] - 0.1 * bowl.grad(theta[max(t - delay, 0)]))


def test_a_valley_diverges_past_the_limit_only():
    valley, limit = zoo.quadratic(kappa=10.0), float(theory.delay_limit(2)) / 10
    J = [
        descent.minimise(valley, mv.stale_gradient_descent(k * limit, 2), [0.0, 1.0], n_steps=500).J[-1]
        for k in (0.97, 1.03)
    ]
    assert J[0] < 1e-3 and J[1] > 1e3


def test_workers_are_late_by_the_number_of_the_others():
    staleness = worker_staleness(8, 20_000, np.random.default_rng(0))
    assert staleness[2000:].mean() == pytest.approx(7, rel=0.02)
    assert worker_staleness(1, 50, np.random.default_rng(0)).max() == 0


def test_random_delays_are_kinder_than_fixed_ones():
    workers = mv.Workers.load()
    fixed = theory.delay_limit(workers["staleness"])
    assert (workers["limit"][:, 1:] > 1.3 * fixed[:, 1:]).all()
    assert (np.diff(workers["limit"], axis=1) < 0).all()


def test_a_late_network_settles_at_the_limit_of_its_delay():
    networks = mv.StaleNetworks.load()
    settled = networks.settled
    assert ((settled[2] > 0.99) & (settled[2] < 1.08)).all()
    assert ((settled[4] > 1.02) & (settled[4] < 1.13)).all()
    assert (settled[0] < 0.6).all()
    first, last = networks["sharpness_4"][:, 0], networks["sharpness_4"][:, -1]
    assert (last < first).all() and (first * LEARNING_RATE > theory.delay_limit(4)).all()


@pytest.mark.parametrize("h", [0.02, 0.2, 0.5])
def test_noise_makes_a_short_delay_cheap(h):
    rng, x = np.random.default_rng(0), np.zeros((2, 3, 4000))
    noise, sums = rng.standard_normal((1500, 4000)), np.zeros(2)
    for t in range(1500):
        prompt = (1 - h) * x[0, 0] + noise[t]
        late = x[1, 0] - h * x[1, 1] + noise[t]
        x = np.stack([[prompt, x[0, 0], x[0, 1]], [late, x[1, 0], x[1, 1]]])
        sums += np.square(x[:, 0]).mean(-1) * (t >= 500)
    assert sums[1] / sums[0] == pytest.approx((1 + h) * (2 - h) / ((1 - h) * (2 + h)), rel=0.02)


# Small batches, memory --------------------------------------------------------------------------------------


def test_single_examples_help_a_sparse_regression_the_more_the_longer_their_steps():
    sparse = mv.SparseRegressions.load()
    ratio = sparse["ratio"]
    assert (ratio < 1).all()
    assert (np.diff(ratio.mean(0)) > 0.04).all()
    assert 0.65 < ratio[:, 0].mean() < 0.75
    assert sparse["train"].max() < 1e-6
    fours = mv.BatchesOfFour.load()["ratio"]
    assert len(fours) >= 20 and (fours < 1).all() and abs(fours.mean() - 0.93) < 0.03


def test_single_examples_hardly_help_on_noisy_digits():
    noisy = mv.NoisyDigits.load()
    saved = noisy.saved
    assert abs(saved.mean()) < 0.005
    assert abs(saved.mean()) < 2 * saved.std(ddof=1) / len(saved) ** 0.5
    assert all(((noisy[f"J_{size}"] > 0.04) & (noisy[f"J_{size}"] <= 0.05)).all() for size in BATCH_RATES)


def test_memory_grows_in_proportion_to_the_batch():
    need = mv.memory([256, 512, 1024, 2048])
    slopes = np.diff(need) / [256, 512, 1024]
    np.testing.assert_allclose(slopes, slopes.mean(), rtol=0.02)
    units = 256 + 256 + 10
    assert slopes.mean() > 2 * 8 * units  # an activation and its gradient for every unit, at least


# Figures ----------------------------------------------------------------------------------------------------


def test_figures_show_their_numbers():
    errors = mv.StandardErrors.load()
    ax = errors.plot().axes[0]
    drawn = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) == 5]
    assert any(np.array_equal(y, np.median(errors["without"], 0)) for y in drawn)
    assert ax.get_xscale() == ax.get_yscale() == "log"
    left, right = mv.clouds().plot().axes
    assert left.get_xlim() == right.get_xlim() and left.get_ylim() == right.get_ylim()
    epochs = mv.Epochs.load()
    ax = epochs.plot().axes[0]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.median(epochs["alignment"], 0))
    right = mv.delays([0]).plot(mv.Workers.load(), mv.StaleNetworks.load()).axes[1]
    dashed = [line.get_ydata()[0] for line in right.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(dashed, theory.delay_limit([0, 2, 4]) / LEARNING_RATE)


def test_every_axis_is_labelled():
    figures = [many.load().plot() for many in (mv.StandardErrors, mv.Returns, mv.Epochs, mv.Orders)]
    figures.append(mv.Newton.load().plot(mv.Hessians.load()))
    figures.append(mv.SparseRegressions.load().plot(mv.NoisyDigits.load()))
    figures.append(mv.delays([0]).plot(mv.Workers.load(), mv.StaleNetworks.load()))
    for ax in itertools.chain.from_iterable(figure.axes for figure in figures):
        assert ax.get_ylabel(), ax.get_title()
    assert [ax.get_xlabel() for ax in mv.clouds().plot().axes] == [r"along $\theta_1$ (flat)"] * 2


# Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("kappa", lambda: mv.clouds(0.5)),
        ("batch_size", lambda: mv.clouds(batch_size=0)),
        ("batch_size", lambda: mv.clouds(batch_size=101)),
        ("n_examples", lambda: mv.clouds(n_examples=2)),
        ("seed", lambda: mv.clouds(seed=-1)),
        ("z", lambda: mv.whiten([1.0, 2.0])),
        ("delay", lambda: theory.delay_limit(-1)),
        ("delay", lambda: mv.delays([-1])),
        ("delay", lambda: mv.stale_gradient_descent(0.1, -1)),
        ("learning_rate", lambda: mv.stale_gradient_descent(0.0, 1)),
        ("staleness", lambda: stable_up_to([1.0])),
        ("n_workers", lambda: worker_staleness(0, 5, np.random.default_rng(0))),
        ("n_steps", lambda: mv.delays(n_steps=0)),
        ("batch_sizes", lambda: mv.memory([0])),
        ("sizes", lambda: mv.memory(sizes=(4,))),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
