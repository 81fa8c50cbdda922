"""Inexact gradients at the ends of their domain: against fractions, fifty digits, enumeration."""

import itertools
import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from ravine import problems
from ravine.experiments import inexact_gradients as ig
from ravine.theory import inexact_gradients as theory

# Noise, bias, turned gradients ------------------------------------------------------------------------------


@pytest.mark.parametrize("a", [1e-200, 1e-3, 1.0, 1e200])
@pytest.mark.parametrize("size", [0.0, 1e-100, 1.0, 1e100])
def test_where_descent_settles_in_fractions(a, size):
    rate = 0.5 / a
    A, B, S, E = (Fraction(x) for x in (a, 0.3 * size, size, rate))
    variance = E * S**2 / (A * (2 - E * A))
    excess = A * ((B / A) ** 2 + variance) / 2
    found = theory.stationary(0.3 * size, size, rate, a)
    for value, true in zip(found, (-B / A, variance, excess), strict=True):
        held = float(true) if abs(true) < Fraction(1.7e308) else math.inf
        assert value == pytest.approx(held, rel=1e-13, abs=1e-320)


@pytest.mark.parametrize("a", [1e-300, 1.0, 1e300])
@pytest.mark.parametrize("degrees", [0.0, -60.0, 420.0, 89.9, 89.99, 450.0])
def test_a_turned_gradient_at_any_curvature(a, degrees):
    with mp.workdps(50):
        limit = 2 * mp.cos(mp.radians(mp.mpf(degrees)))
    true = float(limit) / a if limit > 1e-5 else 0
    assert ig.largest_stable_rate(degrees, a) == pytest.approx(true, rel=1e-3)


def test_absurd_rates_have_infinite_costs():
    J = ig.descend(2, learning_rate=1e200, n_steps=9, n_walkers=2)
    assert (J[:, 0] == 4.5).all() and (J[:, 2:] == np.inf).all()
    still = ig.descend(1, learning_rate=0.5, power=1e5, sigma=0.0, bias=0.0, n_steps=3, n_walkers=1)
    assert still[0].tolist() == [4.5, 1.125, 1.125, 1.125]  # the second rate is 0.5 / 2^100000
    true, used = ig.grad_norms(0, length=1e200, n_steps=4)
    assert np.isfinite(true[0]) and used[0] == pytest.approx(1e200, rel=1e-12) and (true[1:] == np.inf).all()


# Truncation, by exact sums ----------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [0.0, 1e-200, -0.5, 0.999999, 1 - 1e-12, -1 + 1e-15])
@pytest.mark.parametrize("K", [1, 3, 50])
def test_the_truncated_gradient_is_a_sum_over_steps(w, K):
    """Of the state's variance times the sum of squares of the last K weights, without the recalled input."""
    W = Fraction(w)
    true = W * sum(W ** (2 * j) for j in range(K)) / (1 - W**2)
    assert theory.expected_gradient(w, K, gain=0.0) == pytest.approx(float(true), rel=1e-13, abs=0)
    recall = true - 2 * min(4, K) * W**3
    scale = float(abs(true) + 2 * min(4, K) * abs(W) ** 3)
    assert theory.expected_gradient(w, K, gain=2.0, lag=4) == pytest.approx(float(recall), abs=1e-13 * scale)


@pytest.mark.parametrize("lag", [3, 8, 110, 10**6])
def test_the_least_gain_of_long_lags(lag):
    with mp.workdps(50):
        n = mp.mpf(lag)
        square = (n - 2) / (n + 2)  # where the derivative of w^(2-n) (1 - w^2)^-2 vanishes
        true = square ** (1 - n / 2) / (1 - square) ** 2 / n
        single = (1 - 2 / n) ** (1 - n / 2) / (2 / n)  # with K = 1: of w^(2-n) / (1 - w^2)
    assert theory.least_gain(np.inf, lag) == pytest.approx(float(true), rel=1e-9)
    assert theory.least_gain(1, lag) == pytest.approx(float(single), rel=1e-9)


@pytest.mark.parametrize("K", [1, 3, np.inf])
@pytest.mark.parametrize("lag", [3, 8, 110])
@pytest.mark.parametrize("above", [1.0001, 2.0, 1e6])
def test_both_roots_of_any_gain(K, lag, above):
    gain = theory.least_gain(K, lag) * above
    repels, attracts = theory.solutions(K, gain, lag)
    with mp.workdps(60):

        def gradient(w):
            kept = 1 if np.isinf(K) else 1 - w ** (2 * K)
            return w * kept / (1 - w**2) ** 2 - mp.mpf(gain) * min(lag, K) * w ** (lag - 1)

        for root, sign in ((repels, 1), (attracts, -1)):
            r = mp.mpf(root)
            # At the least gain both roots meet, and each is as sure as the root of a rounding.
            width = mp.mpf(1e-13) * r if above > 1.5 else mp.mpf(1e-9)
            assert gradient(r - width) * sign > 0 > gradient(r + min(width, (1 - r) / 2)) * sign
    assert theory.solutions(K, gain / above / 1.0001, lag) is None
    assert theory.solutions(K, -1.0, lag) is None
    with pytest.raises(ValueError, match="lag: got 2"):
        theory.solutions(K, gain, 2)


# Clipping and labels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
def test_gradients_of_any_length_are_clipped(scale, kind):
    grads = np.array([[3, 4], [0, 0]], dtype=kind, order="F") * (scale if kind is np.float64 else 1)
    length = 5 * (scale if kind is np.float64 else 1)
    assert ig.clipped_mean(grads, length / 10) == pytest.approx(np.array([0.03, 0.04]) * length, rel=1e-13)
    for c in (length * 2, np.inf):
        assert ig.clipped_mean(grads, c).tolist() == pytest.approx((grads[0] / 2).tolist())
    for name, values, c in (("grads", np.zeros((0, 2)), 1.0), ("threshold", grads, 0.0)):
        with pytest.raises(ValueError, match=f"{name}: got"):
            ig.clipped_mean(values, c)


def test_labels_that_are_no_digits_are_refused():
    rng = np.random.default_rng(0)
    for y in ([10], [-1], [1.5], [True], [[1]]):
        with pytest.raises(ValueError, match="y: got"):
            ig.relabel(np.array(y), 0.5, rng)
    for kind in (np.int8, np.uint8, np.int64):
        y = np.full(300, 9, dtype=kind)
        new = ig.relabel(y, 1.0, rng)
        assert set(new.tolist()) == set(range(9)) and (y == 9).all()


# Machines, state by state -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e5])
def test_the_kernel_of_a_sure_machine_by_enumeration(scale):
    machine = problems.RestrictedBoltzmannMachine(2, 2)
    theta = scale * np.array([1.0, -1.5, 0.5, 2.0, -1.0, 0.25, -0.75, 0.5])
    W, b, d = theta[:4].reshape(2, 2), theta[4:6], theta[6:]
    states = list(itertools.product((0, 1), repeat=2))
    with mp.workdps(40):

        def chance(z, bit):
            return 1 / (1 + mp.exp(-z if bit else z))

        def inputs(v, M, c):
            return [mp.mpf(c[j]) + sum(mp.mpf(M[i][j]) * v[i] for i in range(2)) for j in range(2)]

        def step(v, u):
            total = mp.mpf(0)
            for h in states:
                up, down = inputs(v, W, d), inputs(h, W.T, b)
                total += mp.fprod(chance(z, bit) for z, bit in zip(up + down, (*h, *u), strict=True))
            return total

        true = [[float(step(v, u)) for u in states] for v in states]
    assert machine.kernel(theta) == pytest.approx(np.array(true), rel=1e-9, abs=1e-300)
    assert machine.kernel(theta).sum(axis=1) == pytest.approx(np.ones(4), abs=1e-14)


def test_parameters_that_rounding_hides_are_refused():
    for machine in (problems.BoltzmannMachine(3), problems.RestrictedBoltzmannMachine(2, 1)):
        theta = np.zeros(machine.n)
        theta[0] = 1e7
        for ask in (machine.log_p, machine.kernel, machine.statistics):
            with pytest.raises(ValueError, match="theta: got"):
                ask(theta)
    p = np.full(4, 0.25)
    for theta in (np.zeros(5), np.array([90.0, 90.0, -45.0, -45.0, -90.0])):  # forgets at once; hardly ever
        with pytest.raises(ValueError, match="theta: got the second eigenvalue"):
            ig.decay(problems.RestrictedBoltzmannMachine(2, 1), theta, p)
    machine, theta, _ = ig.random_case(0, 1.0)
    with pytest.raises(ValueError, match="p: got a bias"):
        ig.decay(machine, theta, np.exp(machine.log_p(theta)))


def test_jacobians_of_large_and_of_integer_parameters():
    theta = np.array([1, 10**9, -(10**12)])
    assert np.diag(ig.jacobian(lambda x: x**2, theta)) == pytest.approx(2.0 * theta, rel=1e-6)


def test_the_curl_of_a_rotation_and_of_a_constant():
    assert ig.curl(lambda x: x[..., ::-1] * [1.0, -1.0], np.zeros(2)) == np.inf
    assert ig.curl(lambda x: np.ones_like(x), np.zeros(2)) == 0


def test_a_nan_is_no_zero_and_a_flat_field_has_none():
    def lost(x):
        return np.where(x > 0.5, np.nan, 1 - x)

    def flat(x):
        return np.ones_like(x)

    for field in (lost, flat):
        with pytest.raises(ArithmeticError, match="no zero"):
            ig.fixed_point(field, np.zeros(1))
    start = np.array([2])
    root = ig.fixed_point(lambda x: x**2.0 - 4, start)
    root += 1
    assert start.tolist() == [2] and root.tolist() == [3]
