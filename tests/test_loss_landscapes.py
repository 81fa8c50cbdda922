"""The chapter on loss landscapes: theory computed another way, claims on whole files, what figures show."""

import numpy as np
import pytest
from scipy import special

from ravine.theory import loss_landscapes as theory

# Theory, computed another way -------------------------------------------------------------------------------


def symmetric(n, seed):
    A = np.random.default_rng(seed).standard_normal((n, n))
    return A + A.T


def test_slice_curvature_is_that_of_many_slices():
    H = symmetric(6, 0)
    d = np.random.default_rng(1).standard_normal((400_000, 6))
    curvature = np.einsum("ki,ij,kj->k", d, H, d)
    mean, variance = theory.slice_curvature(H)
    assert curvature.mean() == pytest.approx(mean, abs=4 * (variance / 400_000) ** 0.5)
    assert curvature.var() == pytest.approx(variance, rel=0.01)


@pytest.mark.parametrize(
    ("n", "k"), [(2, 1), (3, 2), (5, 1), (5, 4), (10, 3), (100, 40), (1000, 450), (9, 9)]
)
def test_a_line_looks_convex_as_often_as_the_beta_function_says(n, k):
    expected = special.betainc(k / 2, (n - k) / 2, 0.5) if k < n else 0.0
    assert theory.convex_looking(n, k) == pytest.approx(expected, abs=1e-8)
    assert theory.convex_looking(n, 0) == theory.convex_looking(n, 0, 2) == 1


@pytest.mark.parametrize(("n", "k"), [(100, 40), (10, 3), (5, 2), (5, 1), (6, 4), (4, 2), (4, 3)])
def test_a_plane_looks_convex_as_often_as_many_planes_do(n, k):
    """At two fixed directions of normal entries the 2 x 2 curvature is positive definite or not."""
    d = np.random.default_rng(n + k).standard_normal((100_000, 2, n))
    signs = np.r_[-np.ones(k), np.ones(n - k)]
    A = np.einsum("mia,a,mja->mij", d, signs, d)
    share = ((A[:, 0, 0] > 0) & (np.linalg.det(A) > 0)).mean()
    chance = theory.convex_looking(n, k, 2)
    assert share == pytest.approx(chance, abs=4 * (chance * (1 - chance) / 1e5) ** 0.5 + 1e-12)
    assert chance <= theory.convex_looking(n, k)


def walk_matrix(T, about):
    """The T + 1 (or T) points of a walk of many dimensions: their matrix of scalar products, in the mean."""
    t = np.arange(T + 1)
    G = np.minimum.outer(t, t).astype(float)
    if about == "end":
        return T - np.maximum.outer(t[:-1], t[:-1])
    P = np.eye(T + 1) - 1 / (T + 1)
    return P @ G @ P


@pytest.mark.parametrize("about", ["mean", "end"])
@pytest.mark.parametrize("T", [1, 2, 7, 200])
def test_shares_of_a_walk_are_the_eigenvalues_of_its_scalar_products(T, about):
    eigenvalues = np.sort(np.linalg.eigvalsh(walk_matrix(T, about)))[::-1]
    for j in range(1, min(T, 5) + 1):
        expected = eigenvalues[:j].sum() / eigenvalues.sum()
        assert theory.random_walk_share(T, j, about=about) == pytest.approx(expected, abs=1e-10)
    assert theory.random_walk_share(T, T, about=about) == pytest.approx(1)


def test_the_limits_of_the_shares():
    assert theory.random_walk_share(10**6) == pytest.approx(7.5 / np.pi**2, abs=1e-6)
    assert theory.random_walk_share(10**6, about="end") == pytest.approx(80 / (9 * np.pi**2), abs=1e-6)


def test_a_rescaled_hessian_is_that_at_the_rescaled_point():
    """J = (v w - 1)^2 / 2 + (v u - 2)^2 / 2, the same at (c w, c u, v / c)."""

    def hessian(w, u, v):
        return np.array(
            [[v**2, 0, 2 * v * w - 1], [0, v**2, 2 * v * u - 2], [2 * v * w - 1, 2 * v * u - 2, w**2 + u**2]]
        )

    at, c = (0.3, -0.7, 1.4), 2.5
    scales = np.array([c, c, 1 / c])
    moved = hessian(*(np.array(at) * scales))
    np.testing.assert_allclose(theory.rescaled_hessian(hessian(*at), scales), moved, atol=1e-12)
    d = np.array([0.4, 1.0, -0.2])
    H = hessian(*at)
    parts = d[:2] @ H[:2, :2] @ d[:2], d[:2] @ H[:2, 2] * d[2], d[2] ** 2 * H[2, 2]
    assert theory.rescaled_curvature(*parts, c) == pytest.approx(d @ moved @ d)


def test_the_least_of_the_rescaled_curvature():
    r = np.geomspace(0.01, 100, 100_001)
    curve = theory.rescaled_curvature(3.0, -0.5, 0.2, r)
    assert curve.min() == pytest.approx(2 * (-0.5 + 0.6**0.5), rel=1e-6)
    assert r[curve.argmin()] == pytest.approx(15**0.25, rel=1e-3)


def test_the_valley_of_a_product():
    """The Hessian of (v w x - y)^2 / 2 where v w x = y, and the least curvature at w = v."""
    w, v, x = 3.0, 0.5, -1.7
    eigenvalues = np.linalg.eigvalsh(x**2 * np.array([[v * v, v * w], [v * w, w * w]]))
    assert eigenvalues == pytest.approx([0, float(theory.product_curvature(w, v, x))], abs=1e-12)
    w = np.sqrt(2) * np.geomspace(0.1, 10, 2001)
    assert theory.product_curvature(w, 2 / w, x).min() == pytest.approx(2 * x**2 * 2)


def test_the_gain_of_a_rectified_layer():
    """Layers of 32 units without training: the mean logarithm of the length grows as theory says."""
    rng, m = np.random.default_rng(0), 32
    h = np.abs(rng.standard_normal((4000, m)))
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    W = rng.standard_normal((4000, m, m)) * np.sqrt(3 * 2 / m)
    z = np.maximum(np.einsum("ki,kij->kj", h, W), 0)
    grown = np.log(np.linalg.norm(z, axis=1)).mean()
    assert grown == pytest.approx(theory.log_gain(2**0.5, m), abs=0.01)
    assert theory.log_gain(2**0.5) == pytest.approx(0.5 * np.log(3))
    assert theory.log_gain(0.0) == 0


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("H", lambda: theory.slice_curvature([[1.0, 2.0], [0.0, 1.0]])),
        ("H", lambda: theory.slice_curvature([[1.0, 2.0]])),
        ("dimension", lambda: theory.convex_looking(5, 2, 3)),
        ("n", lambda: theory.convex_looking(0, 0)),
        ("n", lambda: theory.convex_looking(theory.MOST + 1, 2)),
        ("n_negative", lambda: theory.convex_looking(5, 6)),
        ("n_negative", lambda: theory.convex_looking(5, -1)),
        ("n_steps", lambda: theory.random_walk_share(0)),
        ("n_directions", lambda: theory.random_walk_share(2, 3)),
        ("about", lambda: theory.random_walk_share(5, about="start")),
        ("scales", lambda: theory.rescaled_hessian(np.eye(2), [1.0, 0.0])),
        ("scales", lambda: theory.rescaled_hessian(np.eye(2), [1.0])),
        ("c_12", lambda: theory.rescaled_curvature(1.0, np.nan, 1.0, 1.0)),
        ("r", lambda: theory.rescaled_curvature(1.0, 1.0, 1.0, 0.0)),
        ("w", lambda: theory.product_curvature(np.inf, 1.0)),
        ("reach", lambda: theory.log_gain(-1.0)),
        ("width", lambda: theory.log_gain(1.0, 0)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
