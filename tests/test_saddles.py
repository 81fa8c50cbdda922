"""What the chapter on saddles claims, by hand-checked theory and on twenty seeds."""

import itertools

import matplotlib.pyplot as plt
import mpmath
import numpy as np
import pytest
import sympy as sp

from ravine import curvature, descent, rules, zoo
from ravine.experiments import saddles as sd
from ravine.experiments.saddles import spins
from ravine.theory import saddles as theory


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


# How rare minima are ----------------------------------------------------------------------------------------


def test_exact_probabilities_of_small_matrices():
    root, pi = sp.sqrt(2), sp.pi
    known = [
        sp.Rational(1, 2),
        (2 - root) / 4,
        (pi - 2 * root) / (4 * pi),
        (4 * pi - 8 - root * pi) / (16 * pi),
        (3 * pi - 8 - root) / (24 * pi),
        (48 * pi - 148 - 21 * root * pi + 64 * root) / (384 * pi),
    ]
    for n, value in enumerate(known, start=1):
        assert sp.simplify(theory.all_positive(n) - value) == 0
        assert theory.all_positive(n, exact=False) == pytest.approx(float(value), rel=1e-12)


def test_two_by_two_by_hand():
    rng = np.random.default_rng(0)
    a, c = rng.normal(0, np.sqrt(2), (2, 400_000))
    b = rng.normal(0, 1, 400_000)
    share = ((a > 0) & (a * c > b * b)).mean()
    assert share == pytest.approx((1 - 1 / np.sqrt(2)) / 2, abs=4 * np.sqrt(0.125 / 400_000))


def test_exponent_is_that_of_dean_and_majumdar():
    rarity = sd.rarity(20)
    assert rarity.exponent == pytest.approx(theory.DEAN_MAJUMDAR, abs=2e-5)
    assert rarity.exact[-1] == pytest.approx(7.798e-52, rel=1e-3)
    second = np.diff(np.log(rarity.exact), 2)[-1]
    assert second == pytest.approx(-np.log(3) / 2, abs=2e-4)


def test_sampled_matrices_agree_with_exact_ones():
    z = sd.Minima.load().z
    assert np.abs(z).max() < 4
    assert len(z) >= 20


def test_fields_have_more_minima_than_matrices():
    field = sd.Minima.load()["field"]
    np.testing.assert_allclose(field[:, 0], 0.5, atol=0.006)
    np.testing.assert_allclose(field[:, 1], 0.25, atol=0.004)
    np.testing.assert_allclose(field[:, 2], 0.1233, atol=0.003)
    slope = np.diff(np.log(np.median(field, axis=0))) / np.diff(sd.FIELD_DIMENSIONS)
    assert slope[0] == pytest.approx(-np.log(2), abs=0.02)  # a coin flip a dimension
    assert -1 < slope[-1] < -0.8  # and somewhat less later, like exp(-n)


def test_index_grows_with_height():
    found = sd.SpinGlasses.load()
    assert (found["n"] >= 30).all()
    assert (found["correlation"] > 0.98).all()
    assert (found["gap"] < 0.033).all()  # one direction of thirty
    assert -1.6 < found["minima_highest"].max() < -1.2
    low = 2 * np.sqrt(2 / 3)
    np.testing.assert_allclose(theory.index_share([-low, 0, low]), [0, 0.5, 1], atol=1e-12)
    lam = np.linspace(-1, 1, 200_001)  # the semicircle, counted
    density = np.sqrt(1 - lam**2) * 2 / np.pi
    shift = 3 * 0.8 / (2 * np.sqrt(6))
    assert theory.index_share(0.8) == pytest.approx(density[lam < shift].sum() * (lam[1] - lam[0]), abs=1e-4)


def test_derivatives_along_the_sphere_are_those_of_its_great_circles():
    rng = np.random.default_rng(0)
    S = rng.standard_normal((6, 6, 6))
    S = sum(S.transpose(order) for order in itertools.permutations(range(3)))
    theta, v = rng.standard_normal((2, 6))
    theta *= np.sqrt(6) / np.linalg.norm(theta)
    v -= theta * (v @ theta) / 6
    v *= np.sqrt(6) / np.linalg.norm(v)
    _, g, H = (part[0] for part in spins._parts(S, theta[None]))
    t = 1e-3 * np.arange(-1, 2)[:, None]
    low, mid, high = spins._parts(S, np.cos(t) * theta + np.sin(t) * v)[0]
    assert v @ g == pytest.approx((high - low) / 2e-3, rel=1e-4)
    assert v @ H @ v == pytest.approx((high - 2 * mid + low) / 1e-6, rel=1e-4)
    assert len(sd.critical_points(3, n=12, n_starts=30).u) > 5


# Leaving ----------------------------------------------------------------------------------------------------


def test_growth_solves_its_recurrence():
    z, A = (float(x) for x in theory.growth(0.3, 0.5, 0.8))
    x, v = 1.0, 0.0
    for _ in range(200):
        v = 0.8 * v + 0.15 * x
        x += v
    assert x == pytest.approx(A * z**200, rel=1e-9)
    assert z > 1
    assert theory.growth(0.3, 0.5)[0] == 1.15


def test_times_to_leave_are_those_predicted():
    runs = sd.escape()
    for name in ("gradient descent", "momentum"):
        np.testing.assert_allclose(runs.ratio(name), 1, atol=0.01)
    late = runs.measured["saddle-free Newton"] - runs.predicted["saddle-free Newton"]
    assert ((late >= 0) & (late < 1)).all()
    assert np.isinf(runs.measured["Newton"]).all() and np.isnan(runs.ratio("Newton")).all()
    at = list(runs.deltas).index(1e-6)
    measured = [runs.measured[name][at] for name in ("gradient descent", "momentum", "saddle-free Newton")]
    assert measured == [1042, 170, 15]


def test_nobody_leaves_from_the_ridge_itself():
    runs = sd.escape([0.0], n_steps=3000)
    for name in runs.measured:
        assert np.isinf(runs.measured[name]).all(), name
        assert (runs.distance[name] == 0).all()


def test_half_the_curvature_doubles_the_time_but_not_for_saddle_free_newton():
    slow, fast = sd.escape([1e-6], lam=0.05, n_steps=3000), sd.escape([1e-6], lam=0.1, n_steps=3000)
    name = "gradient descent"
    assert slow.measured[name] / fast.measured[name] == pytest.approx(2, rel=0.01)
    assert slow.measured["saddle-free Newton"] == fast.measured["saddle-free Newton"]


def test_newton_halves_and_saddle_free_newton_turns_on_the_monkey_saddle():
    paths = sd.two_saddles(1).paths
    np.testing.assert_allclose(paths["plain saddle"]["saddle-free Newton"][1], [0, 0.1], atol=1e-12)
    x, y = paths["monkey saddle"]["Newton"][0]
    np.testing.assert_allclose(paths["monkey saddle"]["Newton"][1], [x / 2, y / 2], atol=1e-12)
    angle = np.arctan2(y, x)
    ratio = np.hypot(*paths["monkey saddle"]["saddle-free Newton"][1]) / np.hypot(x, y)
    assert ratio == pytest.approx(np.sqrt(1.25 - np.cos(3 * angle)))


def test_kinds_the_hessian_cannot_tell():
    assert curvature.classify(zoo.monkey_saddle().hess([0.0, 0.0])) == "degenerate"
    assert curvature.classify(zoo.saddle().hess([0.0, 0.0])) == "saddle"


@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.9, 1 - 1e-9])
@pytest.mark.parametrize("step", [1e-250, 1e-23, 1e-9, 0.01, 3.0, 1e200])
def test_times_to_leave_equal_those_of_three_hundred_digits(step, alpha):
    with mpmath.workdps(600):
        a, s = mpmath.mpf(alpha), mpmath.mpf(step)
        z = (1 + a + s + mpmath.sqrt((1 + a + s) ** 2 - 4 * a)) / 2
        A = z * (z - a) / (z * z - a)
        steps = mpmath.log(mpmath.mpf(0.1) / (A * mpmath.mpf(1e-6))) / mpmath.log(z)
    assert theory.escape_steps(1e-6, 0.1, step, 1.0, alpha) == pytest.approx(float(steps), rel=1e-11)
    assert float(theory.growth(step, 1.0, alpha)[1]) == pytest.approx(float(A), rel=1e-11)


def test_a_start_outside_has_left():
    assert theory.escape_steps([1.0, 0.1], 0.1, 0.1, 0.1, 0.9).tolist() == [0, 0]
    assert theory.newton_steps([1.0, 0.1], 0.1).tolist() == [0, 0]
    assert theory.newton_steps(1e-200, 1e200) == pytest.approx(400 * np.log2(10))


# The network ------------------------------------------------------------------------------------------------


def test_the_saddle_is_exact_and_its_spectrum_known():
    point = sd.saddle(0)
    assert point.grad_norm < 1e-15
    lam = np.linalg.eigvalsh(point.problem.hess(point.theta))
    np.testing.assert_allclose(lam[:8], point.predicted[:8], rtol=1e-9)
    assert curvature.classify(point.problem.hess(point.theta)) == "saddle"


def test_lanczos_finds_the_way_down_without_the_hessian():
    point = sd.saddle(0)
    hvp = lambda v: point.problem.hvp(point.theta, v)  # noqa: E731  # read once, next line
    found = curvature.lanczos(hvp, len(point.theta), 25, np.random.default_rng(0))
    assert found.eigenvalues[0] == pytest.approx(point.predicted[0], rel=1e-8)
    down = 0.05 * found.vectors[:, 0]
    assert point.problem.value(point.theta + down) < point.J


def test_the_network_leaves_as_predicted():
    runs = sd.Departures.load()
    assert (runs["index"] == 8).all() and (runs["mismatch"] < 1e-12).all()
    for name in ("ratio_plain", "ratio_momentum"):
        assert ((runs[name] > 0.99) & (runs[name] < 1.08)).all(), name
    assert (runs["cosine"] > 0.999).all()
    assert (runs["steps_momentum"] < runs["steps_plain"]).all()
    assert (runs["newton_gap"] < 1e-9).all() and (runs["newton_down"] < 1e-6).all()
    assert (runs["steps_saddle_free"] <= 14).all() and (runs["saddle_free_J"] < 0.2).all()


def test_too_little_damping_throws_saddle_free_newton_out_in_half_the_runs():
    ends = sd.Departures.load()["weak_damping_J"]
    assert (ends > 90).sum() == 10 and (ends < 1).sum() == 6
    again = sd.leave(0, n_steps=1, damping=1e-3).J["saddle-free Newton"][-1]
    assert again == pytest.approx(ends[0], rel=1e-4)


def test_a_start_at_rest_has_this_share_along_the_growing_root():
    z, share = theory.growth(0.1, 0.1, 0.9)
    assert share == pytest.approx(z * (z - 0.9) / (z**2 - 0.9))
    assert theory.escape_steps(1e-6, 10**-1.5, 0.1, 0.1, 0.9) == pytest.approx(170.0, abs=0.05)
    assert np.log(10**-1.5 / 1e-6) / np.log(z) == pytest.approx(165.4, abs=0.05)


# Flat regions -----------------------------------------------------------------------------------------------


def test_time_on_the_plateau_grows_exponentially():
    runs = sd.plateau()
    ratio = runs.steps["gradient descent"] / runs.predicted
    assert (np.diff(np.abs(ratio - 1)) < 0).all() and ratio[-1] == pytest.approx(1, abs=0.02)
    assert np.isinf(runs.steps["Newton"]).all() and (runs.end["Newton"] < -20).all()
    assert (runs.steps["saddle-free Newton"] <= runs.depths).all()


def test_on_the_plateau_the_curvature_is_negative_and_as_large_as_the_slope():
    surface = zoo.plateau()
    g, H = surface.grad([-9.0, 0.0])[0], surface.hess([-9.0, 0.0])[0, 0]
    assert H < 0 and g / H == pytest.approx(1, abs=1e-3)


def test_dead_units_have_neither_gradient_nor_hessian():
    found = sd.DeadUnits.load()
    assert (found["largest"] == 0).all()
    share = found["share"].mean(axis=0)
    assert (np.diff(share) > 0).all()
    assert share[0] < 0.3 and share[-1] > 0.8
    assert sd.dead_units(5.0, 0) == (0.0, 0.0)


# Everything -------------------------------------------------------------------------------------------------


def test_runs_are_determined_by_their_seed():
    for make in (lambda s: sd.leave(s, n_steps=60).J["momentum"], lambda s: sd.critical_points(s, 8, 8).u):
        np.testing.assert_array_equal(make(1), make(1))
        assert not np.array_equal(make(1), make(2))


def test_figures_show_the_results():
    runs = sd.escape([1e-3, 1e-2], n_steps=500)
    left, right = runs.plot(0).axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), runs.distance["gradient descent"][:, 0])
    np.testing.assert_array_equal(right.lines[0].get_ydata(), runs.measured["gradient descent"])
    points = sd.critical_points(0, n=10, n_starts=10)
    np.testing.assert_array_equal(points.plot().axes[0].lines[0].get_ydata(), points.u)
    rare = sd.rarity(10)
    np.testing.assert_array_equal(sd.Minima.load().plot(rare).axes[0].lines[2].get_ydata(), rare.exact)
    flat = sd.plateau([3.0, 4.0])
    np.testing.assert_array_equal(flat.plot().axes[0].lines[0].get_ydata(), flat.steps["gradient descent"])
    figures = [sd.leave(0, n_steps=60).plot(), sd.two_saddles().plot(), *map(plt.figure, plt.get_fignums())]
    for ax in itertools.chain(*(figure.axes for figure in figures)):
        assert ax.get_xlabel() and ax.get_ylabel()


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("n", lambda: theory.all_positive(0)),
        ("n", lambda: theory.all_positive(7)),
        ("n", lambda: theory.all_positive(31, exact=False)),
        ("size", lambda: sd.goe(2, 0, np.random.default_rng(0))),
        ("rng", lambda: sd.goe(2, 1, 0)),
        ("n", lambda: sd.field_minima(0, 10, np.random.default_rng(0))),
        ("n_max", lambda: sd.rarity(9)),
        ("n_max", lambda: sd.rarity(31)),
        ("radius", lambda: theory.escape_steps(1e-3, 0.0, 0.1, 0.1)),
        ("momentum", lambda: theory.escape_steps(1e-3, 0.1, 0.1, 0.1, 1.0)),
        ("lam", lambda: sd.escape([0.1], lam=-1.0)),
        ("deltas", lambda: sd.escape([[0.1]])),
        ("radius", lambda: theory.newton_steps(0.1, -1.0)),
        ("seed", lambda: sd.saddle(-1)),
        ("depths", lambda: sd.plateau([[1.0]])),
        ("learning_rate", lambda: sd.plateau([1.0], learning_rate=0.0)),
        ("bias", lambda: sd.dead_units(float("nan"), 0)),
        ("n_units", lambda: sd.dead_units(-1.0, 0, n_units=5)),
        ("n", lambda: sd.critical_points(0, n=2)),
        ("u", lambda: theory.index_share(float("inf"))),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()


def test_newton_dives_into_the_saddle_from_below_one_over_root_five():
    ends = descent.minimise(zoo.double_well(), rules.newton(), [[0.447, 0.5], [0.448, 0.5]], n_steps=80)
    np.testing.assert_allclose(np.abs(ends.theta[-1][:, 0]), [0, 1], atol=1e-9)


def test_the_live_figures_threshold_is_half_the_height():
    well = zoo.double_well(h=0.025, k=0.1)
    half = np.sqrt(1 - 1 / np.sqrt(2))
    assert well.value([half, 0.0]) == pytest.approx(well.value([0.0, 0.0]) / 2)
    assert well.value([half, 0.0]) == pytest.approx(well.value([0.0, 0.5]) / 3)
    run = descent.minimise(well, rules.newton(), [0.3, 0.5], n_steps=1)
    assert run.theta[-1][0] == pytest.approx(2 * 0.3**3 / (3 * 0.3**2 - 1))


def test_saddle_free_newton_can_end_above_the_saddle_it_left():
    fresh = sd.Overshoots.load()
    assert len(fresh["J_saddle"]) >= 60
    worse = fresh["saddle_free_J"] > fresh["J_saddle"]
    assert 1 <= worse.sum() <= 10
    assert np.median(fresh["saddle_free_J"]) < 0.05
