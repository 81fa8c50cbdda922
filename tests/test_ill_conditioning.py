"""What the chapter on ill-conditioning claims, by hand-checked theory and on twenty seeds."""

import dataclasses
import unicodedata

import matplotlib.pyplot as plt
import mpmath
import numpy as np
import pytest
import sympy as sp

from ravine import curvature, descent, problems, rules, zoo
from ravine.experiments import ill_conditioning as ic
from ravine.experiments import number, residual, summary
from ravine.experiments._measurement import Measurement
from ravine.experiments.ill_conditioning import minibatches, network
from ravine.experiments.ill_conditioning import parts as parts_module
from ravine.theory import ill_conditioning as theory


@pytest.fixture(scope="module")
def rates() -> ic.Rates:
    return ic.rates()


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


# Valleys ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kappa", [1.0, 5.0, 100.0])
def test_best_settings_equalise_the_extreme_directions(kappa):
    rate = theory.best_learning_rate(kappa)
    assert abs(1 - rate) == pytest.approx(abs(1 - rate * kappa))
    rate, momentum = theory.polyak(kappa)
    factors = theory.contraction(rate, momentum, np.linspace(1, kappa, 7))
    np.testing.assert_allclose(factors, np.sqrt(momentum), atol=2e-8)  # a double root: half the digits


@pytest.mark.parametrize("kappa", [5.0, 100.0])
def test_no_other_settings_are_faster(kappa):
    rate, momentum = np.meshgrid(np.linspace(0.01, 4, 101) / kappa, np.linspace(0, 0.99, 101))
    factor = np.maximum(theory.contraction(rate, momentum, 1.0), theory.contraction(rate, momentum, kappa))
    best = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    assert factor.min() >= best - 1e-9
    assert factor[0].min() >= (kappa - 1) / (kappa + 1) - 1e-9


@pytest.mark.parametrize(("rate", "alpha"), [(0.02, 0.0), (0.09, 0.0), (0.05, 0.3), (0.12, 0.5)])
def test_contraction_is_what_a_run_shows(rate, alpha):
    valley, rule = zoo.quadratic(kappa=20.0), rules.momentum(rate, alpha)
    steep = descent.minimise(valley, rule, [0.0, 1.0], n_steps=150).theta[:, 1]
    measured = (np.linalg.norm(steep[149:151]) / np.linalg.norm(steep[49:51])) ** (1 / 100)
    assert theory.contraction(rate, alpha, 20.0) == pytest.approx(measured, rel=0.01)


def test_a_step_is_stable_up_to_two_over_the_curvature():
    assert theory.contraction([1.99, 2.01], 0.0, 1.0).round(2).tolist() == [0.99, 1.01]
    momentum = np.array([0.0, 0.5, 0.9])
    limit = 2 * (1 + momentum)
    assert (theory.contraction(limit - 0.01, momentum, 1.0) < 1).all()
    assert (theory.contraction(limit + 0.01, momentum, 1.0) > 1).all()


def test_spectrum_has_its_condition_number():
    H = problems.spectrum(1000.0, n=6).hess(np.zeros(6))
    assert curvature.condition_number(H) == pytest.approx(1000)
    np.testing.assert_allclose(np.diff(np.log(H.diagonal())), np.log(1000) / 5)


def test_steps_to_counts_arrival_and_names_no_arrival():
    theta = np.array([[[1.0], [1.0]], [[0.1], [0.9]], [[0.01], [0.8]]])
    np.testing.assert_array_equal(ic.steps_to(0.05, theta), [2, np.nan])


def test_rates_follow_theory(rates):
    for name, band in (("gradient descent", 0.004), ("momentum", 0.02)):
        assert abs(rates.ratio[name] - 1).max() < band, name


def test_steps_grow_with_kappa_and_its_root(rates):
    plain, heavy = rates.steps["gradient descent"].mean(axis=1), rates.steps["momentum"].mean(axis=1)
    np.testing.assert_allclose(plain, [62, 607, 6042], rtol=0.03)
    np.testing.assert_allclose(heavy, [24, 83, 284], rtol=0.03)
    assert (plain < rates.predicted("gradient descent")).all()
    assert (heavy > rates.predicted("momentum")).all()


def test_race_tells_its_story():
    race = ic.race()
    short, best, heavy = (race.shrink(name) for name in ("short steps", "best steps", "momentum"))
    assert short < best / 5 and best < heavy / 1000
    across = race.paths["best steps"][:, 1]
    assert (across[1:] * across[:-1] < 0).all()  # bounces each step
    assert (race.paths["short steps"][:, 1] >= 0).all()  # never does
    assert ic.race(kappa=1.0).shrink("best steps") == float("inf")
    # What the page's first lines say: "two-thousandfold".
    assert round(heavy / best, -3) == 2000
    # A schedule may be better still, as no constant rate need be kept (20 steps: divided by 2e7).
    assert race.shrink("schedule") == pytest.approx(2.0e7, rel=0.02)


@pytest.mark.parametrize(("kappa", "n"), [(1.0, 3), (4.0, 1), (20.0, 7), (1000.0, 230)])
def test_the_schedule_is_chebyshevs_and_leaves_what_is_said(kappa, n):
    with mpmath.workdps(40):
        middle, half = mpmath.mpf(kappa + 1) / 2, mpmath.mpf(kappa - 1) / 2
        rates = [1 / (middle + half * mpmath.cos((2 * k - 1) * mpmath.pi / (2 * n))) for k in range(1, n + 1)]
        at_ends = [abs(mpmath.fprod(1 - rate * lam for rate in rates)) for lam in (1, kappa)]
    found = theory.chebyshev(kappa, n)
    np.testing.assert_allclose(np.sort(found), np.sort(np.array(rates, dtype=float)), rtol=1e-14)
    np.testing.assert_allclose(float(at_ends[0]), theory.schedule_leaves(kappa, n), rtol=1e-10, atol=1e-15)
    lam = np.linspace(1, kappa, 2001)
    left = np.abs(np.prod(1 - found[:, None] * lam, axis=0))
    assert (
        left.max() <= theory.schedule_leaves(kappa, n) * (1 + 1e-6) + 1e-13
    )  # in its order, rounding stays small


def test_no_other_two_rates_leave_less_in_the_worst_direction():
    lam = np.linspace(1, 20, 501)
    grid = np.linspace(0.02, 1.0, 99)
    left = np.abs((1 - grid[:, None, None] * lam) * (1 - grid[:, None] * lam)).max(axis=2)
    assert left.min() >= theory.schedule_leaves(20.0, 2) - 1e-9


def test_needed_steps_leave_the_share():
    for name, leaves in (
        ("gradient descent", lambda t: ((100 - 1) / (100 + 1)) ** t),
        ("momentum", lambda t: ((10 - 1) / (10 + 1)) ** t),
        ("schedule", lambda t: float(theory.schedule_leaves(100.0, t))),
    ):
        assert leaves(theory.steps_needed(name, 100.0, 1e-4)) == pytest.approx(1e-4, rel=1e-9), name


def test_the_shortest_schedule_is_enough_when_it_is_run(rates):
    valley, theta0 = problems.spectrum(100.0, 30), np.random.default_rng(0).standard_normal((20, 30))
    n_steps = int(rates.steps["schedule"][1].max())
    theta = theta0
    for rate in theory.chebyshev(100.0, n_steps):
        theta = theta - rate * valley.grad(theta)
    assert (np.linalg.norm(theta, axis=1) <= 1e-6 * np.linalg.norm(theta0, axis=1)).all()
    assert (rates.steps["schedule"] <= np.ceil(rates.predicted("schedule"))[:, None]).all()
    np.testing.assert_allclose(rates.steps["schedule"].mean(axis=1), [22, 71.4, 223.4], rtol=0.01)


def test_minibatches_lose_the_gain_below_the_limit():
    runs = ic.Minibatches.load()
    assert (np.abs(np.median(runs["balance"], axis=0) - 1) < 0.15).all()
    assert ((runs["balance"] > 0.7) & (runs["balance"] < 1.5)).all()
    assert (runs["sharpness"][:, 0] < 0.75).all() and (runs["sharpness"][:, 1] < 0.55).all()
    # "at a quarter of the rate the same happens further down"
    assert (runs["cost_left"][:, 1] < runs["cost_left"][:, 0]).all()


def test_the_balance_of_minibatches_by_enumeration():
    """E[g_hat' H g_hat] = g'Hg + (mean over the examples - g'Hg) / B, for batches from three examples."""
    task = network.digits_task(np.random.default_rng(0), "squared", 0.3)
    small = dataclasses.replace(task, X=task.X[:3], targets=task.targets[:3])
    theta, rng = task.theta0 * 3, np.random.default_rng(1)
    H, g = small.problem.hess(theta), small.problem.grad(theta)
    each = small.model.per_example_grads(theta, small.X, small.targets)
    own = np.mean([gi @ H @ gi for gi in each])
    expected = 0.1 * (g @ H @ g + (own - g @ H @ g) / minibatches.BATCH_SIZE) / (2 * g @ g)
    found = [minibatches.noisy_balance(small, theta[None], 0.1, rng) for _ in range(60)]
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / np.sqrt(60))
    assert np.std(found) < 0.5 * abs(expected)


# The network, on the shipped files --------------------------------------------------------------------------


def test_gradient_grows_while_the_cost_falls():
    runs = ic.Trainings.load()
    assert (runs["gradient_growth"] > 1.3).all()
    assert (runs["curvature_growth"] > 10).all()
    assert (runs["cost_left"] < 0.2).all()
    assert (runs["test_error"] < 0.1).all()


def test_both_terms_balance():
    runs = ic.Trainings.load()
    assert abs(runs["balance"] - 1).max() < 0.012
    assert (runs.promised > 50).all() and (runs.gained < 0.5).all()
    assert ((runs["uphill"] > 0.2) & (runs["uphill"] < 0.6)).all()


def test_the_cost_falls_even_where_the_two_terms_lead_uphill():
    """So that higher terms must be at work there: in every window of every run, not in the median alone."""
    curves = ic.Trainings.curves()
    above = curves["balance"][:, 1:-1] > 1
    assert above.any(axis=1).all()
    assert (curves["cost"][:, 2:] < curves["cost"][:, :-2])[above].all()


def test_sharpness_hovers_at_or_just_above_two_over_the_learning_rate():
    settled = ic.EdgeOfStability.load().settled
    assert set(settled) == {0.4, 0.3, 0.25}
    for rate, ratio in settled.items():
        assert len(ratio) >= 20
        assert 1.0 <= ratio.mean() < 1.03, rate
        assert ((ratio > 0.97) & (ratio < 1.04)).all(), rate


def test_what_depends_on_the_start_and_on_the_loss():
    starts = ic.Starts.load()
    assert abs(starts["customary_balance"] - 1).max() < 0.012
    assert (starts["customary_gradient_growth"] < 0.5).all()
    assert (starts["entropy_balance"] < 0.01).all()
    assert (starts["entropy_gradient_growth"] < 0.1).all()


def test_cross_entropy_balances_too_when_the_rate_is_large():
    fast = ic.FastRuns.load()
    assert (fast["peak"] > 1.5).all() and (fast["above"] >= 5).all()
    assert (fast["left"] < 0.05).all()


def test_the_steep_part_bounces_and_the_flat_part_walks():
    parts = ic.Parts.load()
    steep, flat = parts["share"].T
    np.testing.assert_allclose(steep + flat, 1)
    assert (flat < 0.01).all()  # "less than a hundredth"
    assert abs(parts["balance"][:, 0] - 1).max() < 0.02
    assert np.median(parts["balance"][:, 1]) < 0.05 and (parts["balance"][:, 1] < 0.5).all()
    # Alone, the steep part falls at first, and then stands still; the flat part goes on to the end.
    assert (np.abs(parts["steep"][:, -1] / parts["steep"][:, 3] - 1) < 0.03).all()
    assert (np.diff(parts["flat"], axis=1) < 0).all()
    assert (parts.left("flat") < parts.left("steep") - 0.05).all()
    assert parts.left("flat").mean() <= parts.left("whole").mean()
    assert np.median(parts["kappa"]) > 15
    assert (parts["freed"] > 1.2).all()  # without bouncing, curvature climbs beyond the limit
    # Two terms promise more than the cost falls: higher ones take a part back.
    by_two_terms = (parts["promise"] * (1 - parts["balance"]))[:, 1]
    assert by_two_terms.mean() > 1.5 * (1 - parts.left("whole")).mean()


def test_the_steepest_directions_are_those_of_the_hessian():
    task = network.digits_task(np.random.default_rng(0), "squared", 0.3)
    small = dataclasses.replace(task, X=task.X[:40], targets=task.targets[:40])
    theta = task.theta0 * 3
    lam, V = parts_module.steepest(small.problem, theta)
    g = small.problem.grad(theta)
    np.testing.assert_allclose(V.T @ V, np.eye(10), atol=1e-10)
    for j in (-1, -2, -3):
        np.testing.assert_allclose(small.problem.hvp(theta, V[:, j]), lam[j] * V[:, j], atol=1e-3 * lam[-1])
    rng = np.random.default_rng(1)
    many = curvature.top_eigenvalues(lambda v: small.problem.hvp(theta, v), len(theta), 10, rng)
    np.testing.assert_allclose(lam, many, rtol=0.02)
    looks, J = parts_module.follow(small.problem, theta, 0.01, "flat")
    assert looks.shape == (20, 5) and J.shape == (301,)
    steep = V @ (V.T @ g)
    assert looks[0, :2] == pytest.approx([steep @ steep, (g - steep) @ (g - steep)])
    assert looks[0, :2].sum() == pytest.approx(g @ g)
    # Along the flat part alone a small step does what two terms say of that part.
    change = 0.01**2 / 2 * looks[0, 3] - 0.01 * looks[0, 1]
    assert J[1] - J[0] == pytest.approx(change, rel=0.02)


def test_a_split_in_numbers_by_hand():
    costs = {"whole": np.linspace(2, 1, 301), "steep": np.full(301, 2.0), "flat": np.linspace(2, 1, 301)}
    made = ic.Split(0.4, np.array([[3.0, 1], [5, 1]]), np.array([[16.0, 0.2], [24, 0.2]]),
                    np.array([5.0, 7.0]), costs, 8.0)  # fmt: skip
    np.testing.assert_allclose(made.share, [0.8, 0.2])
    np.testing.assert_allclose(made.balance, [1.0, 0.04])
    np.testing.assert_allclose(made.promise, [0.4 * 300 * 4 / 2, 0.4 * 300 * 1 / 2])
    assert made.kappa == pytest.approx(30)
    assert made.courses()["steep"].tolist() == [1] * 7
    assert made.courses()["flat"][1] == pytest.approx(1 - 25.5 / 600)


def test_what_a_schedule_leaves_is_equally_high_everywhere():
    two = ic.leftovers(20.0, [2, 6])
    for n in (2, 6):
        left, worst = two.left[n, "schedule"], float(theory.schedule_leaves(20.0, n))
        turns = np.flatnonzero(np.diff(np.sign(np.diff(left)))) + 1
        np.testing.assert_allclose(np.abs(left[[0, *turns, -1]]), worst, rtol=0.01)
        assert len(turns) == n - 1 and two.worst(n, "schedule") == pytest.approx(worst)
        assert two.worst(n, "one rate") == pytest.approx((19 / 21) ** n)
        rates = two.rates[n, "schedule"]
        np.testing.assert_allclose(np.interp(1 / rates, two.curvatures, left), 0, atol=1e-3)


def test_the_parts_and_what_is_left_are_drawn():
    parts = ic.Parts.load()
    ax = parts.plot().axes[0]
    for line, way in zip(ax.lines, ("whole", "steep", "flat"), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), np.median(parts[way], axis=0))
    assert len({line.get_linestyle() for line in ax.lines}) == 3 and ax.get_ylabel()
    assert ax.lines[0].get_xdata().tolist() == [1200, *(1225.5 + 50 * np.arange(6))]
    two = ic.leftovers(20.0, [2])
    ax = two.plot().axes[0]
    np.testing.assert_array_equal(ax.lines[3].get_ydata(), two.left[2, "schedule"])
    np.testing.assert_array_equal(ax.lines[4].get_xdata(), 1 / two.rates[2, "schedule"])


def test_the_course_repeats_its_file_as_long_as_rounding_does_not_matter():
    run = ic.train(1, n_steps=450, n_sharpness=1)  # the file's first points average 50 steps each
    for name, course in (("cost", run.J), ("curvature", run.curvature)):
        kept = ic.Trainings.curves()[name][1, :9]
        np.testing.assert_allclose(course.reshape(9, 50).mean(1) / course[0], kept, rtol=1e-6, err_msg=name)


def test_no_tolerance_of_a_file_accepts_zero_or_twice_the_number():
    own = [kept for kept in vars(ic).values() if isinstance(kept, type) and issubclass(kept, Measurement)]
    assert len(own) == 8
    for measurement in own:
        assert measurement.rtol <= 0.5, measurement.name


def test_windows_cover_the_run_and_early_ones_are_short():
    for n_steps in (300, 450, 460, 1500):
        windows = network._windows(np.arange(n_steps))
        np.testing.assert_array_equal(np.concatenate(windows), np.arange(n_steps))
        assert {len(part) for part in windows if part[-1] < 450} == {50}
    assert [len(part) for part in network._windows(np.arange(1500))] == [50] * 9 + [150] * 7
    run = ic.Training(0.4, *np.random.default_rng(0).uniform(1, 2, (3, 1500)), np.zeros(1), np.zeros(1), 0.0)
    curves = run.curves()
    assert curves["cost"][-1] == pytest.approx(run.J[-150:].mean() / run.J[0])
    assert curves["balance"][0] == pytest.approx(0.2 * run.curvature[:50].sum() / run.slope[:50].sum())


def test_recomputed_runs_balance_too():
    for seed in (3, 21):  # one of the file's seeds, and one that nobody has looked at
        run = ic.train(seed)
        assert run.settled_balance == pytest.approx(1, abs=0.012)
        assert run.settled_sharpness == pytest.approx(1.02, abs=0.03)


# One run ----------------------------------------------------------------------------------------------------


def test_a_run_is_determined_by_its_seed():
    runs = [ic.train(seed, n_steps=300, n_sharpness=1) for seed in (5, 5, 6)]
    np.testing.assert_array_equal(runs[0].J, runs[1].J)
    assert not np.array_equal(runs[0].J, runs[2].J)


def test_a_small_step_does_what_the_taylor_terms_say():
    run = ic.train(0, learning_rate=0.01, n_steps=300, scale=1.0, n_sharpness=1)
    predicted = 0.01**2 / 2 * run.curvature - 0.01 * run.slope
    np.testing.assert_allclose(np.diff(run.J), predicted[:-1], rtol=0.01)
    first_order = -0.01 * run.slope
    assert abs(np.diff(run.J) - predicted[:-1]).sum() < 0.1 * abs(np.diff(run.J) - first_order[:-1]).sum()


def test_balance_by_hand():
    assert theory.balance(0.4, np.array([5.0]), np.array([1.0])) == pytest.approx(1)
    assert theory.balance(0.2, np.array([5.0]), np.array([1.0])) == pytest.approx(0.5)


# Figures ----------------------------------------------------------------------------------------------------


def test_network_figure_shows_the_file_and_the_run():
    runs, run = ic.Trainings.load(), ic.train(0, n_steps=300, n_sharpness=1)
    assert runs.overpromised.mean() == pytest.approx((runs.promised / runs.gained).mean() * 2 / 3)
    assert (runs.overpromised > 200).all()
    axes = runs.plot(run).axes
    for ax, name in zip(axes, ("cost", "gradient", "curvature", "balance"), strict=True):
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.median(runs.curves()[name], axis=0))
        np.testing.assert_array_equal(ax.lines[1].get_ydata(), run.curves()[name])
        assert ax.get_ylabel() and ax.get_ylim()[0] == 0
    assert [ax.get_xlabel() for ax in axes[2:]] == ["step $t$"] * 2


def test_edge_figure_draws_each_limit():
    ax = ic.EdgeOfStability.load().plot().axes[0]
    limits = [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert limits == [2 / 0.4, 2 / 0.3, 2 / 0.25]
    assert ax.get_xlabel() == "step $t$" and ax.get_ylim() == (0, 11)
    styles = {line.get_linestyle() for line in ax.lines if line.get_linestyle() != "--"}
    assert len(styles) == 3  # told apart without colour


def test_other_figures_have_labels(rates):
    for figure in (ic.race().plot(), ic.race(kappa=1.0).plot(), rates.plot()):
        for ax in figure.axes:
            assert ax.get_ylabel()
    ax = rates.plot().axes[0]
    assert ax.get_xscale() == ax.get_yscale() == "log"


# Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("kappa", lambda: theory.best_learning_rate(0.5)),
        ("kappa", lambda: theory.polyak(float("nan"))),
        ("kappa", lambda: theory.chebyshev(0.9, 3)),
        ("n_steps", lambda: theory.chebyshev(2.0, 0)),
        ("kappa", lambda: theory.schedule_leaves(0.9, 3)),
        ("n_steps", lambda: theory.schedule_leaves(2.0, [1, -1])),
        ("name", lambda: theory.steps_needed("newton", 2.0)),
        ("kappa", lambda: theory.steps_needed("momentum", 1.0)),
        ("share", lambda: theory.steps_needed("momentum", 2.0, 1.0)),
        ("kappa", lambda: problems.spectrum(-1.0)),
        ("kappa", lambda: ic.race(0.5)),
        ("n", lambda: problems.spectrum(10.0, n=1)),
        ("factor", lambda: ic.steps_to(1.0, np.ones((2, 1)))),
        ("n_starts", lambda: ic.rates(n_starts=0)),
        ("theta0", lambda: ic.race(theta0=(1.0, 2.0, 3.0))),
        ("seed", lambda: ic.train(-1)),
        ("seed", lambda: ic.split(-1)),
        ("learning_rate", lambda: ic.split(0, learning_rate=0.0)),
        ("kappa", lambda: ic.leftovers(1.0)),
        ("n_steps", lambda: ic.leftovers(2.0, [0])),
        ("n_steps", lambda: ic.leftovers(2.0, [])),
        ("n_points", lambda: ic.leftovers(2.0, n_points=1)),
        ("n_steps", lambda: ic.train(0, n_steps=299)),
        ("learning_rate", lambda: ic.train(0, learning_rate=-0.1)),
        ("scale", lambda: ic.train(0, scale=0.0)),
        ("loss", lambda: ic.train(0, loss="absolute")),
        ("samples", lambda: summary([[1.0]])),
        ("digits", lambda: summary([1.0], digits=-1)),
        ("x", lambda: number(float("nan"))),
        ("x", lambda: number("1")),
        ("spec", lambda: number(1.0, "zz")),
        ("spec", lambda: number(1.0, 2)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()


@pytest.mark.parametrize("spec", [".0e", ".3e", ".2f", ".3g", "+.1f", ",.0f"])
@pytest.mark.parametrize("x", [2.2e-16, -1.5, 7.05e7, 0.0, 1e100, -4e-9])
def test_a_number_is_typeset_and_reads_back_as_what_python_prints(x, spec):
    text = number(x, spec)
    assert "-" not in text and "e" not in text
    digits, _, power = text.partition(" · 10")
    plain = "".join({"\N{MINUS SIGN}": "-", "\N{SUPERSCRIPT MINUS}": "-"}.get(c, c) for c in digits)
    exponent = unicodedata.normalize("NFKC", power).replace("\N{MINUS SIGN}", "-") or "0"
    assert float(plain.replace("\N{NARROW NO-BREAK SPACE}", "")) * 10 ** int(exponent) == pytest.approx(
        float(format(x, spec).replace(",", "")), rel=1e-12
    )


def test_residual_lets_nothing_but_zero_pass():
    x = sp.Symbol("x")
    assert residual([x, 2 * x], [x, x + x]) == sp.zeros(1, 2)
    assert residual(sp.eye(2) * x, x * sp.eye(2)) == sp.zeros(2, 2)
    for left, right in ((x, -x), ([x, x], [x, 2 * x]), (sp.eye(2), sp.zeros(2, 2)), (sp.nan, 0)):
        with pytest.raises(AssertionError, match="not zero"):
            residual(left, right)
