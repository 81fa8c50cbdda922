"""The experiments of part two at the ends of their domain: against fractions, fifty digits, enumeration."""

import itertools
import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from ravine import networks, problems
from ravine.experiments import cliffs, local_minima, local_vs_global, saddles
from ravine.experiments import ill_conditioning as ic
from ravine.experiments import long_term_dependencies as ltd
from ravine.problems import RecurrentUnit
from ravine.theory import cliffs as cliffs_theory
from ravine.theory import ill_conditioning as ill_conditioning_theory
from ravine.theory import local_minima as local_minima_theory
from ravine.theory import local_vs_global as local_vs_global_theory
from ravine.theory import long_term_dependencies as long_term_dependencies_theory
from ravine.theory import saddles as saddles_theory

# Ill-conditioning -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.int64, np.float32, np.float64])
@pytest.mark.parametrize("power", [0, 61])
def test_the_balance_of_integers_and_large_sums(kind, power):
    curved, slope = np.array([3, 1, 4], dtype=kind) << power if kind is np.int64 else None, [2, 1, 1]
    curved = np.array([3, 1, 4], dtype=kind) * kind(2) ** kind(power - 2) if curved is None else curved // 4
    true = Fraction(1, 8) * sum(Fraction(float(x)) for x in curved) / 8
    assert ill_conditioning_theory.balance(0.125, curved, slope) == float(true)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_the_balance_has_no_unit(scale):
    assert ill_conditioning_theory.balance(
        0.5, np.full(9, 4e7) * scale, np.full(9, 1e7) * scale
    ) == pytest.approx(1.0, rel=1e-14)
    for curved, slope in (([], []), ([1.0], [0.0]), ([1.0, 2.0], [1.0]), ([1.0], [-1.0])):
        with pytest.raises(ValueError, match=r"(slope|curvature)_term: got"):
            ill_conditioning_theory.balance(0.5, curved, slope)


@pytest.mark.parametrize("alpha", [0.0, 1e-200, 0.25, 0.81, 1 - 1e-9, -0.5])
@pytest.mark.parametrize("step", [1e-200, 1e-9, 0.01, (1 - 0.9) ** 2, 0.25, 1.0, 2.25, 3.61, 5.0, 1e200])
def test_the_contraction_is_the_larger_root(alpha, step):
    with mp.workdps(500):
        trace = 1 + mp.mpf(alpha) - mp.mpf(step)
        root = mp.sqrt(mp.mpc(trace**2 - 4 * mp.mpf(alpha)))
        true = max(abs(trace + root), abs(trace - root)) / 2
    # At a double root the last bit of the argument moves the factor by its square root.
    assert ill_conditioning_theory.contraction(step, alpha, 1.0) == pytest.approx(float(true), rel=3e-8)
    if abs(trace**2 - 4 * mp.mpf(alpha)) > 1e-3:
        assert ill_conditioning_theory.contraction(step, alpha, 1.0) == pytest.approx(float(true), rel=1e-13)


def test_the_contraction_of_integers_and_of_endless_steps():
    assert ill_conditioning_theory.contraction(2**40, 0, 2**40) == 2.0**80 - 1
    assert ill_conditioning_theory.contraction(1e200, 0.5, 1e200) == np.inf
    with pytest.raises(ValueError, match="lam: got"):
        ill_conditioning_theory.contraction(1.0, 0.5, np.nan)


def test_predicted_steps_of_a_very_long_valley():
    with mp.workdps(60):
        for name, power in (("gradient descent", mp.mpf(1)), ("momentum", mp.mpf(1) / 2)):
            root = mp.mpf(10) ** (20 * power)
            true = mp.log(mp.mpf(10) ** -6) / mp.log((root - 1) / (root + 1))
            assert ic.Rates(np.array([1e20]), {}, {}).predicted(name) == pytest.approx(float(true), rel=1e-13)


def test_short_valleys_and_no_valleys():
    found = ic.rates([1.001], n_starts=3)
    assert all((steps == 2).all() for steps in found.steps.values())
    for kappas in ([], [1.0], [1 + 1e-9]):
        with pytest.raises(ValueError, match="kappas: got"):
            ic.rates(kappas)


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_steps_are_counted_at_any_scale(scale):
    theta = scale * np.array([[3.0, 4.0], [0.3, 0.4], [0.03, 0.04]])
    assert ic.steps_to(0.05, theta) == 2
    theta[1] = np.inf  # a run that has overflowed has not arrived
    assert ic.steps_to(0.2, theta) == 2
    for start in ([[0.0], [0.0]], [[np.nan], [0.0]], [0.0, 1.0]):
        with pytest.raises(ValueError, match="theta: got"):
            ic.steps_to(0.5, np.array(start))


# Cliffs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [-700.0, -40.0, -1.0, 0.0, 1e-9, 40.0])
def test_the_output_keeps_its_digits_in_the_lower_tail(x):
    with mp.workdps(50):
        assert cliffs_theory.output(x) == pytest.approx(float(1 / (1 + mp.exp(-mp.mpf(x)))), rel=1e-14)


@pytest.mark.parametrize("w", [4.0000001, 5.0, 1e3, 1e16, 1e300])
def test_folds_of_any_weight(w):
    with mp.workdps(700):
        W = mp.mpf(w)
        s = (1 + mp.sqrt(1 - 4 / W)) / 2
        x = mp.log(s / (1 - s))
        true = float(x - W * s), float(-x - W * (1 - s))
    assert cliffs_theory.folds(w) == pytest.approx(true, rel=1e-13)


@pytest.mark.parametrize("w", [4.01, 5.0, 30.0, 1e6])
def test_fixed_points_beside_a_fold(w):
    """Between the folds the state's slope changes its sign twice; counted by signs in fifty digits."""
    for fold, inwards in zip(cliffs_theory.folds(w), (1, -1), strict=True):
        for offset in (-1e-3, -1e-10, 1e-10, 1e-3):
            b = fold + abs(fold) * offset
            with mp.workdps(50):
                W, B = mp.mpf(w), mp.mpf(b)
                top = mp.log((1 + mp.sqrt(1 - 4 / W)) / (1 - mp.sqrt(1 - 4 / W)))
                signs = [
                    mp.sign(x - W / (1 + mp.exp(-x)) - B) for x in (-2 * W - abs(B), -top, top, W + abs(B))
                ]
            changes = sum(a != b for a, b in itertools.pairwise(signs))
            assert cliffs_theory.n_fixed_points(w, b) == changes, (fold, offset, inwards)
    assert cliffs_theory.n_fixed_points(-7.0, 2.0) == cliffs_theory.n_fixed_points(4.0, -2.0) == 1


@pytest.mark.parametrize("x0", [1e-300, 1e-5, 5.0, 699.9, 715.0])
def test_the_largest_rate_of_a_steep_start(x0):
    with mp.workdps(50):
        true = float(2 * mp.mpf(x0) / mp.sinh(x0))
    assert cliffs_theory.largest_learning_rate(x0) == pytest.approx(true, rel=1e-12)


def test_walks_that_are_too_short_and_walls_that_are_too_thin():
    with pytest.raises(ValueError, match="got 'unclipped', a run of 1 steps"):
        cliffs.walk(n_steps=1).returns("unclipped")
    assert cliffs.walk(n_steps=2).returns("unclipped") in (0, 1)
    with pytest.raises(ValueError, match="n_steps: got 200"):
        cliffs.relative_curvature(6.0, 200)
    with pytest.raises(ValueError, match="n_points: got 0"):
        cliffs.on_grids(n_points=(0,), n_grids=1)
    with pytest.raises(ValueError, match="threshold: got"):
        cliffs.descents.Clipped(RecurrentUnit(), "norm", np.array([0.0]))


# Local minima -----------------------------------------------------------------------------------------------

RELU = networks.MLP((2, 2, 1), "relu", loss="squared")
INTEGERS = np.arange(1, RELU.n + 1)


def test_copies_of_integer_weights():
    X = np.array([[1.0, -2.0], [0.5, 3.0]])
    before = RELU.logits(INTEGERS.astype(float), X)
    for theta in (INTEGERS, INTEGERS.astype(np.float32), np.repeat(INTEGERS, 2)[::2]):
        theta.flags.writeable = False
        assert RELU.logits(local_minima_theory.rescale(RELU, theta, 2.0), X) == pytest.approx(
            before, rel=1e-14
        )
        swapped = local_minima_theory.permute(RELU, theta, [1, 0])
        assert RELU.logits(swapped, X) == pytest.approx(before, rel=1e-14)
        assert (swapped != theta).any()
    stack = np.asfortranarray([INTEGERS, INTEGERS])
    assert (local_minima_theory.permute(RELU, stack, [1, 0]) == swapped).all()


def test_copies_that_would_compute_another_function_are_refused():
    tanh = networks.MLP((2, 2, 1), "tanh", loss="squared")
    for name, ask in (
        ("model", lambda: local_minima_theory.rescale(tanh, INTEGERS, 2.0)),
        ("model", lambda: local_minima_theory.conserved(tanh, INTEGERS)),
        ("alpha", lambda: local_minima_theory.rescale(RELU, INTEGERS, 1e308)),
        ("alpha", lambda: local_minima_theory.rescale(RELU, INTEGERS * 1e-300, 1e10)),
        ("order", lambda: local_minima_theory.permute(RELU, INTEGERS, [False, True])),
        ("order", lambda: local_minima_theory.permute(RELU, INTEGERS, [0.0, 1.0])),
    ):
        with pytest.raises(ValueError, match=f"{name}: got"):
            ask()


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_what_scaling_conserves_at_any_size(scale):
    (W, b), (V, _) = RELU.unflatten(INTEGERS * 1.0)
    true = [sum(Fraction(x) ** 2 for x in (*W[:, j], b[j])) - Fraction(V[j, 0]) ** 2 for j in range(2)]
    found = local_minima_theory.conserved(RELU, INTEGERS * scale)
    assert found == pytest.approx([float(x) * scale * scale for x in true], rel=1e-13)
    balanced = np.array([0, 0, 0, 0, 0, 0, 3, 4, 1]) * 1e200  # neither a NaN, nor 0
    assert local_minima_theory.conserved(RELU, balanced).tolist() == [-np.inf, -np.inf]


def test_zeros_of_a_matrix_that_is_none():
    assert local_minima.zeros(np.zeros((2, 2))) == 2
    assert local_minima.zeros(np.diag([1e200, 1.0])) == 1
    for H, tol in ((np.array([[1.0, 2.0], [0.0, 1.0]]), 1e-6), (np.eye(2), 1.0), (np.eye(2), -1e-9)):
        with pytest.raises(ValueError, match=r"(H|tol): got"):
            local_minima.zeros(H, tol)


@pytest.mark.parametrize(("m", "ratio"), [(1, 100.0), (2, 1e100), (3, 1e6), (6, 1e3)])
def test_wells_of_any_ratio(m, ratio):
    """One well an example; the first is the least of the cost written out, over its neighbourhood."""
    found = local_minima.wells(m, ratio, n=20_001)
    assert len(found.minima) == m
    near = np.linspace(-1, 2, 3001)
    outputs = [[1 / (1 + math.exp(-math.exp(w) * ratio**-i)) for i in range(m)] for w in near]
    costs = [sum((output - 0.75) ** 2 for output in row) for row in outputs]
    assert found.minima[0] == pytest.approx(near[int(np.argmin(costs))], abs=2e-2)


def test_surveys_that_mean_nothing_are_refused():
    for name, ask in (
        ("ratio", lambda: local_minima.wells(1, -5.0)),
        ("ratio", lambda: local_minima.wells(4, 1e200)),
        ("targets", lambda: local_minima.wells(3, targets=[0.5, 0.5])),
        ("entropy", lambda: problems.two_weights(entropy=1.5)),
        ("ratio", lambda: problems.two_weights(ratio=0.0)),
    ):
        with pytest.raises(ValueError, match=f"{name}: got"):
            ask()


# Local against global structure -----------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 3, 100])
@pytest.mark.parametrize("k", [1, 10, 10**17, 10**18])
def test_the_best_of_many_starts_in_fractions(d, k):
    p = Fraction(local_vs_global_theory.share_right())
    with mp.workdps(120):
        mass = [mp.mpf(math.comb(d, j)) * mp.mpf(p.numerator) ** j / mp.mpf(p.denominator) ** j
                * (1 - mp.mpf(p.numerator) / p.denominator) ** (d - j) for j in range(d + 1)]  # fmt: skip
        true = sum(1 - (1 - sum(mass[j:])) ** k for j in range(1, d + 1)) / d
    assert local_vs_global_theory.expected_best(d, k) == pytest.approx(float(true), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_the_arc_of_a_path_has_no_unit(scale):
    path = np.array([[-1, 0], [1, 0], [1, 1]]) * scale
    assert local_vs_global.mountain.arc_ratio(path) == pytest.approx(3 / math.sqrt(5), rel=1e-14)


def test_runs_too_short_to_say():
    assert math.isnan(local_vs_global.fit(0, 0.05, horizon=1.0).shrunk)
    assert local_vs_global.flow(0, horizon=0.1).top == 0
    for ask in (local_vs_global.fit, lambda *args, **more: local_vs_global.flow(args[0], **more)):
        with pytest.raises(ValueError, match="horizon: got"):
            ask(0, 0.05, horizon=1e-4)
    with pytest.raises(ValueError, match="learning_rate: got"):
        local_vs_global.reaches_low_side([1.0], learning_rate=1e300)
    assert local_vs_global_theory.delay(1e-320) == pytest.approx(local_vs_global_theory.delay(1e-9), rel=1e-6)


def test_a_long_flow_does_not_overflow():
    """The cost falls by a quarter a unit of time for ever, as ln beta grows by a half."""
    path = local_vs_global.flow(0, horizon=2000.0, time_step=0.5)
    assert path.J[-1] - path.J[-401] == pytest.approx(-50, rel=1e-12)
    assert path.log_beta[-1] > 900 and np.isfinite(path.J).all()


def test_an_exact_fit_costs_nothing_however_sure():
    problem = problems.Precision(np.eye(2, dtype=int), np.array([1, 2]))
    sure = np.array([1, 2, 5000])  # integers, and a beta beyond the floats
    assert problem.value(sure) == -2500
    assert problem.grad(sure).tolist() == [0, 0, -0.5]
    with pytest.raises(ValueError, match="theta: got shape"):
        problem.value(np.zeros(2))
    with pytest.raises(ValueError, match="y: got shape"):
        problems.Precision(np.eye(2), np.zeros(1))


# Long-term dependencies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-90, 1e-20, 1e20, 1e90])
def test_powers_outside_the_floats(scale):
    found = ltd.norms(np.array([[1.0, 1.0], [0.0, 1.0]]) * scale, 4)
    for t in range(5):
        with mp.workdps(50):  # the larger singular value of ((1, t), (0, 1))
            size = mp.mpf(scale) ** t * (mp.mpf(t) / 2 + mp.sqrt(mp.mpf(t) ** 2 / 4 + 1))
        true = float(size)
        assert found[t] == pytest.approx(true if size < 1.7e308 else np.inf, rel=1e-12)
    assert ltd.norms([[1e200, 0.0], [0.0, 1.0]], 2).tolist() == [1, 1e200, np.inf]


def test_a_deep_chain_keeps_its_gain():
    """Of one unit, the gain is a product of numbers: the sum of their logarithms, drawn again."""
    found = ltd.log_gains(3, 1, depth=4000, n_networks=2)
    rng = np.random.default_rng([3, 1])
    true = sum(2 * np.log(np.abs(rng.standard_normal((2, 1, 1))[:, 0, 0])) for _ in range(4000))
    assert found == pytest.approx(true, rel=1e-10) and (found < -3000).all()


@pytest.mark.parametrize("width", [1001, 2002, 10**9, 10**15])
def test_the_law_of_wide_linear_networks(width):
    with mp.workdps(60):
        half = mp.mpf(width) / 2
        mean, variance = 7 * (mp.digamma(half) - mp.log(half)), 7 * mp.polygamma(1, half)
        true = float(mean), float(mp.sqrt(variance))
    assert long_term_dependencies_theory.log_gain_law(width, depth=7) == pytest.approx(true, rel=1e-13)


def test_the_law_of_wide_relu_networks():
    N = 1001
    with mp.workdps(30):
        chance = [mp.binomial(N, k) / (mp.mpf(2) ** N - 1) for k in range(1, N + 1)]
        means = [mp.digamma(mp.mpf(k) / 2) - mp.log(mp.mpf(N) / 4) for k in range(1, N + 1)]
        centre = mp.fdot(chance, means)
        spread = mp.fdot(chance, [mp.polygamma(1, mp.mpf(k) / 2) + (means[k - 1] - centre) ** 2
                                  for k in range(1, N + 1)])  # fmt: skip
        true = float(7 * centre), float(mp.sqrt(7 * spread))
    assert long_term_dependencies_theory.log_gain_law(N, "relu", depth=7) == pytest.approx(true, rel=1e-12)
    # Far out, by its expansion: a mean of -5 / 2N and a variance of 5 / N.
    assert long_term_dependencies_theory.log_gain_law(10**9, "relu", depth=1) == pytest.approx(
        (-2.5e-9, 5e-9**0.5), rel=1e-7
    )


@pytest.mark.parametrize("w", [1 + 1e-12, 1.0005, 1.02, 1.5, 4.0, 20.0, 300.0, 1e20])
def test_a_held_state_in_fifty_digits(w):
    with mp.workdps(60):
        W = mp.mpf(w)
        if w < 1.1:
            x = mp.findroot(lambda x: mp.atanh(x) / x - W, mp.sqrt(3 * (W - 1)))
        else:
            x = mp.mpf(1)
            for _ in range(300):
                x = mp.tanh(W * x)
        factor, fold = float(W / mp.cosh(W * x) ** 2), mp.sqrt(1 - 1 / W)
        bears = float(W * fold - mp.atanh(fold))
    assert long_term_dependencies_theory.fixed_point(w) == pytest.approx(float(x), rel=1e-14)
    assert long_term_dependencies_theory.gradient_factor(w) == pytest.approx(factor, rel=1e-12, abs=0)
    assert long_term_dependencies_theory.tolerance(w) == pytest.approx(bears, rel=1e-13)


def test_memories_beyond_rounding():
    assert ltd.memory((30.0,), lag=3).gradient[0] == pytest.approx(
        long_term_dependencies_theory.gradient_factor(30.0) ** 3, rel=1e-9
    )
    with pytest.raises(ValueError, match="lag: got 2000"):
        ltd.log_gradients(0, "half orthogonal", lag=2000)
    long = ltd.log_gradients(0, "half orthogonal", lag=600)  # squares would leave the floats
    assert np.isfinite(long).all() and long[-1] < 600 * np.log(0.5)


# Saddles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1e-10, 1e-4, 0.01, 0.1, 0.5, 1.5])
def test_the_share_of_descents_near_the_bottom(depth):
    u = -2 * math.sqrt(2 / 3) * (1 - depth)
    with mp.workdps(50):
        s = 3 * mp.mpf(u) / (2 * mp.sqrt(6))
        true = float(mp.mpf(1) / 2 + (s * mp.sqrt(1 - s * s) + mp.asin(s)) / mp.pi)
    assert saddles_theory.index_share(u) == pytest.approx(true, rel=1e-15 / depth + 1e-14)


def test_runs_that_never_leave():
    runs = saddles.leave(0, n_steps=1)
    assert runs.measured("gradient descent") == runs.predicted["gradient descent"] == np.inf
    assert math.isnan(runs.cosine)
    long = saddles.leave(0, n_steps=3000)  # powers of the growth leave the floats
    assert long.predicted == pytest.approx(saddles.leave(0).predicted, rel=1e-12)


@pytest.mark.parametrize("depths", [[], [0.0], [-3.0], [5.0, 50.0], [1e4]])
def test_plateaus_that_are_none_or_endless(depths):
    with pytest.raises(ValueError, match="depths: got"):
        saddles.plateau(depths)
