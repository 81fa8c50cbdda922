"""Curvature against matrices whose spectrum is known."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine import rules, zoo
from ravine.curvature import (
    classify,
    condition_number,
    lanczos,
    predicted_change,
    quadratic_form,
    top_eigenvalues,
)
from ravine.descent import minimise
from ravine.networks import MLP


def with_eigenvalues(lam, seed=0):
    """A symmetric matrix with the eigenvalues, in a random basis."""
    n = len(lam)
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    H = (Q * np.asarray(lam)) @ Q.T
    return (H + H.T) / 2


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("lam", "kappa"), [([1, 5], 5), ([-2, 1, 8], 8), ([-9, -3], 3), ([4], 1), ([1e-12, 1], 1e12)]
)
def test_the_condition_number_is_a_ratio_of_sizes(lam, kappa):
    assert condition_number(np.diag(lam)) == pytest.approx(kappa)
    assert condition_number(with_eigenvalues(lam)) == pytest.approx(kappa, rel=1e-3)


def test_singular_matrices_have_an_infinite_condition_number():
    stack = np.stack([np.diag([1.0, 0.0]), np.zeros((2, 2)), np.diag([1.0, 1e-17]), np.diag([2.0, 1.0])])
    np.testing.assert_array_equal(condition_number(stack), [np.inf, np.inf, np.inf, 2])
    assert condition_number(stack.reshape(2, 2, 2, 2)).shape == (2, 2)


@pytest.mark.parametrize(
    ("lam", "kind"),
    [
        ([1, 2], "minimum"),
        ([-1, -2], "maximum"),
        ([-1, 2], "saddle"),
        ([-1, 0, 2], "saddle"),
        ([0, 2], "degenerate"),
        ([-1, 0], "degenerate"),
        ([0, 0], "degenerate"),
        ([1e-12, 1], "degenerate"),
        ([-1e-12, 1], "degenerate"),
        ([1e-6, 1], "minimum"),
    ],
)
def test_kinds_of_critical_points(lam, kind):
    assert classify(with_eigenvalues(lam)) == kind
    assert classify(1e-30 * with_eigenvalues(lam)) == kind  # the units of J do not matter
    np.testing.assert_array_equal(classify(np.stack([np.diag(lam), -np.eye(len(lam))])), [kind, "maximum"])


def test_the_tolerance_decides_what_is_zero():
    H = np.diag([1.0, -0.01])
    assert classify(H, tol=0.001) == "saddle"
    assert classify(H, tol=0.1) == "degenerate"


@pytest.mark.parametrize("name", zoo.NAMES)
def test_the_zoo_says_what_its_critical_points_are(name):
    objective = zoo.get(name)
    for point in objective.critical_points:
        H = objective.hess(point.theta)
        if np.isfinite(H).all():  # some sit at a cusp
            assert classify(H) == point.kind


@given(st.integers(0, 10**6))
def test_the_quadratic_form(seed):
    random = np.random.default_rng(seed)
    A, v = random.standard_normal((5, 3, 3)), random.standard_normal((5, 3))
    H = A + A.swapaxes(-1, -2)
    expected = [v[i] @ H[i] @ v[i] for i in range(5)]
    np.testing.assert_allclose(quadratic_form(H, v), expected, atol=1e-12)
    np.testing.assert_allclose(quadratic_form(H[0], v)[1], v[1] @ H[0] @ v[1], atol=1e-12)
    by_products = quadratic_form(lambda u: np.einsum("...ij,...j->...i", H, u), v)
    np.testing.assert_allclose(by_products, expected, atol=1e-12)


@given(st.integers(0, 10**6), st.floats(1e-3, 1))
def test_the_predicted_change_is_exact_for_a_quadratic(seed, learning_rate):
    random = np.random.default_rng(seed)
    objective, theta = zoo.quadratic(kappa=7.0), random.standard_normal((4, 2))
    trace = minimise(objective, rules.gradient_descent(learning_rate), theta, n_steps=1)
    predicted = predicted_change(objective.hess(theta), objective.grad(theta), learning_rate)
    np.testing.assert_allclose(predicted, trace.J[-1] - trace.J[0], atol=1e-11)


def test_the_predicted_change_vanishes_at_twice_the_best_step():
    H, g = np.diag([1.0, 10.0]), np.array([1.0, 1.0])
    best = (g @ g) / quadratic_form(H, g)
    assert predicted_change(H, g, 2 * best) == pytest.approx(0, abs=1e-15)
    assert predicted_change(H, g, best) == pytest.approx(-((g @ g) ** 2) / (2 * 11))
    assert predicted_change(H, g, 3 * best) > 0


@pytest.mark.parametrize(
    "lam",
    [
        np.linspace(-1, 3, 12),
        np.zeros(5),
        np.full(6, -2.0),
        [1, 1, 1, 2, 2, 5],
        [7.0],
        np.geomspace(1e-8, 1e8, 20),
    ],
    ids=str,
)
def test_n_steps_of_lanczos_are_the_whole_spectrum(lam):
    H = with_eigenvalues(np.array(lam, dtype=float))
    n = len(lam)
    found = lanczos(lambda v: H @ v, n, n, rng())
    scale = np.abs(H).max()
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(H), atol=1e-12 * n * scale)
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(n), atol=1e-12)
    np.testing.assert_allclose(H @ found.vectors, found.vectors * found.eigenvalues, atol=1e-12 * n * scale)
    assert found.weights.sum() == pytest.approx(1)


def test_lanczos_finds_the_ends_first_and_knows_how_well():
    lam = np.sort(np.concatenate([np.random.default_rng(1).uniform(0, 1, 295), [-0.7, 1.5, 2, 3, 9]]))
    H = with_eigenvalues(lam)
    found = lanczos(lambda v: H @ v, 300, 40, rng())
    np.testing.assert_allclose(found.eigenvalues[[0, -4, -3, -2, -1]], lam[[0, -4, -3, -2, -1]], rtol=1e-8)
    errors = np.linalg.norm(H @ found.vectors - found.vectors * found.eigenvalues, axis=0)
    np.testing.assert_allclose(found.residuals, errors, atol=1e-12)
    assert errors.max() > 1e-3  # the inside of the spectrum is not resolved: the residuals do say something
    gaps = np.abs(found.eigenvalues[:, None] - lam).min(axis=1)
    assert (gaps <= found.residuals + 1e-12).all()


@pytest.mark.parametrize(("dtype", "atol"), [(np.float64, 1e-13), (np.float32, 1e-5)])
def test_the_basis_stays_orthonormal_where_the_spectrum_decays(dtype, atol):
    lam = np.geomspace(1e-12, 1, 500).astype(dtype)
    found = lanczos(lambda v: lam * v, 500, 60, rng(), dtype=dtype)
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(60), atol=atol)


def test_the_moments_of_the_weights_are_those_of_the_start():
    """Gauss quadrature: k steps integrate polynomials up to degree 2k - 1 exactly."""
    H = with_eigenvalues(np.linspace(-1, 2, 30))
    found = lanczos(lambda v: H @ v, 30, 4, rng())
    q = rng().standard_normal(30)
    q /= np.linalg.norm(q)
    for degree in range(8):
        moment = q @ np.linalg.matrix_power(H, degree) @ q
        assert (found.weights * found.eigenvalues**degree).sum() == pytest.approx(moment, rel=1e-10)
    moment = q @ np.linalg.matrix_power(H, 8) @ q
    assert (found.weights * found.eigenvalues**8).sum() != pytest.approx(moment, rel=1e-10)


def test_the_density_counts_eigenvalues():
    lam = np.concatenate([np.zeros(150), np.full(50, 3.0)])
    counts = []
    for seed in range(20):
        found = lanczos(lambda v: lam * v, 200, 2, np.random.default_rng(seed))
        grid = np.linspace(1.5, 5, 2001)
        density = found.density(grid, width=0.1)
        counts.append(((density[1:] + density[:-1]) / 2 * np.diff(grid)).sum())
    assert np.mean(counts) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-9), (np.float32, 1e-5)])
def test_the_top_eigenvalues_are_as_exact_as_asked(dtype, rtol):
    lam = np.sort(np.concatenate([np.linspace(0, 1, 396), [1.02, 1.9, 2.2, 2.363]]))
    seen = []

    def hvp(v):
        seen.append(v.dtype)
        return (lam * v).astype(dtype)

    top = top_eigenvalues(hvp, 400, 4, rng(), rtol=rtol, dtype=dtype)
    np.testing.assert_allclose(top, lam[-4:], rtol=rtol)
    assert set(seen) == {np.dtype(dtype)}
    assert len(seen) < 200


def test_the_top_eigenvalues_may_be_negative_or_repeated_or_all_of_them():
    np.testing.assert_allclose(top_eigenvalues(lambda v: -v, 5, 2, rng()), [-1, -1])
    np.testing.assert_allclose(
        top_eigenvalues(lambda v: np.diag([1, 2, 2, 0, 0]) @ v, 5, 3, rng()), [1, 2, 2]
    )
    # Five distinct eigenvalues: five products exhaust the first basis, with one 5 still to be found.
    np.testing.assert_allclose(
        top_eigenvalues(lambda v: np.array([5, 5, 4, 3, 2, 1]) * v, 6, 2, rng()), [5, 5]
    )
    np.testing.assert_allclose(top_eigenvalues(lambda v: np.diag([4.0, -9]) @ v, 2, 2, rng()), [-9, 4])


def test_the_hessian_of_a_network_from_products_alone():
    random = rng()
    X, y = random.standard_normal((40, 3)), random.integers(0, 2, 40)
    network = MLP((3, 5, 2), "tanh")
    theta = network.init(random)
    problem = network.problem(X, y)
    exact = np.linalg.eigvalsh(network.hessian(theta, X, y))
    top = top_eigenvalues(lambda v: problem.hvp(theta, v), network.n, 3, random)
    np.testing.assert_allclose(top, exact[-3:], rtol=1e-6)
    bottom = top_eigenvalues(lambda v: -problem.hvp(theta, v), network.n, 1, random)
    np.testing.assert_allclose(-bottom, exact[:1], rtol=1e-5)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_spectrum_of_a_network_against_automatic_differentiation(activation):
    X, Y = rng().standard_normal((30, 3)), rng().standard_normal((30, 2))
    network = MLP((3, 5, 2), activation, loss="squared")
    theta = network.init(rng()) + 0.3 * rng().standard_normal(network.n)
    f = {"tanh": anp.tanh, "relu": lambda z: anp.where(z > 0, z, 0.0)}[activation]

    def loss(theta):
        W, b, V, c = theta[:15].reshape(3, 5), theta[15:20], theta[20:30].reshape(5, 2), theta[30:]
        return anp.mean(anp.sum((anp.dot(f(anp.dot(X, W) + b), V) + c - Y) ** 2, axis=1)) / 2

    expected = np.linalg.eigvalsh(autograd.hessian(loss)(theta))
    assert expected[0] < -0.01  # a spectrum with both signs
    problem = network.problem(X, Y)
    found = lanczos(lambda v: problem.hvp(theta, v), network.n, network.n, rng())
    np.testing.assert_allclose(found.eigenvalues, expected, rtol=1e-9, atol=1e-9)


def test_chance_enters_through_the_generator_alone():
    H = with_eigenvalues(np.linspace(0, 1, 30))
    first, again = (lanczos(lambda v: H @ v, 30, 5, rng()) for _ in range(2))
    other = lanczos(lambda v: H @ v, 30, 5, np.random.default_rng(1))
    np.testing.assert_array_equal(first.eigenvalues, again.eigenvalues)
    assert (first.eigenvalues != other.eigenvalues).all()
