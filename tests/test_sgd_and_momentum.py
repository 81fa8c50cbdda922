"""What the chapter on SGD and momentum predicts, computed another way."""

import numpy as np
import pytest

from ravine.theory import sgd_and_momentum as theory

CASES = [(0.1, 1.0, 0.0), (0.5, 2.0, 0.0), (0.1, 1.0, 0.9), (0.3, 4.0, 0.5), (1.9, 1.0, 0.0), (3.0, 1.0, 0.6)]


@pytest.mark.parametrize(("rate", "lam", "alpha"), CASES)
def test_the_variance_is_the_fixed_point_of_the_moments(rate, lam, alpha):
    """Solved as a Lyapunov equation: S = A S A' + Q for (theta, v)."""
    A = np.array([[1 - rate * lam, alpha], [-rate * lam, alpha]])
    Q = rate**2 * np.ones((2, 2)) * 1.7 / 3
    S = np.linalg.solve(np.eye(4) - np.kron(A, A), Q.ravel()).reshape(2, 2)
    assert theory.stationary_variance(rate, lam, 1.7, 3, alpha) == pytest.approx(S[0, 0], rel=1e-10)
    settled = theory.second_moments(np.full(20_000, rate), lam, 1.0, 1.7, 3, alpha)[-1]
    assert settled == pytest.approx(S[0, 0], rel=1e-6)


def test_moments_are_those_of_many_chains():
    rng, rates = np.random.default_rng(0), np.array([0.3, 0.3, 0.1, 0.5, 0.2])
    theta, v = np.full(400_000, 2.0), np.zeros(400_000)
    found = [4.0]
    for rate in rates:
        v = 0.7 * v - rate * (1.5 * theta + rng.normal(0, np.sqrt(0.8 / 2), theta.size))
        theta = theta + v
        found.append(float(np.mean(theta**2)))
    np.testing.assert_allclose(found, theory.second_moments(rates, 1.5, 4.0, 0.8, 2, 0.7), rtol=0.01)


def test_the_limit_is_where_the_spectral_radius_is_one():
    for alpha in (0.0, 0.5, 0.9):
        limit = float(theory.stable_learning_rate(4.0, alpha))
        for rate, inside in ((0.999 * limit, True), (1.001 * limit, False)):
            A = np.array([[1 - rate * 4, alpha], [-rate * 4, alpha]])
            assert (np.abs(np.linalg.eigvals(A)).max() < 1) == inside
            assert np.isfinite(theory.stationary_variance(rate, 4.0, momentum=alpha)) == inside


def test_at_small_rates_momentum_is_a_larger_rate():
    for alpha in (0.5, 0.9, 0.99):
        large = theory.effective_learning_rate(1e-6, alpha)
        assert theory.stationary_variance(1e-6, 1.0, momentum=alpha) == pytest.approx(
            float(theory.stationary_variance(large, 1.0)), rel=1e-3
        )


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("lam", lambda: theory.stable_learning_rate(0.0)),
        ("momentum", lambda: theory.stable_learning_rate(1.0, 1.0)),
        ("learning_rate", lambda: theory.effective_learning_rate(0.0, 0.5)),
        ("learning_rate", lambda: theory.stationary_variance(-0.1, 1.0)),
        ("noise_variance", lambda: theory.stationary_variance(0.1, 1.0, -1.0)),
        ("batch_size", lambda: theory.stationary_variance(0.1, 1.0, 1.0, 0)),
        ("learning_rates", lambda: theory.second_moments([0.1, -0.1], 1.0, 1.0)),
        ("start", lambda: theory.second_moments([0.1], 1.0, -1.0)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
