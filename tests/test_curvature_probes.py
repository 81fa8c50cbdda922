"""Gauss-Newton and Fisher matrices against their definitions, and what random probes say of a spectrum."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from ravine import curvature
from ravine.networks import MLP

N_EXAMPLES = 6
SHAPES = [((4, 3, 3, 3, 2), True), ((4, 3, 3, 3, 2), False), ((4, 3), False), ((4, 5, 3), False)]
NETWORKS = [
    MLP(sizes, activation, loss=loss, residual=residual)
    for sizes, residual in SHAPES
    for activation in ("tanh", "relu", "identity")
    for loss in ("cross_entropy", "squared")
]
every_network = pytest.mark.parametrize("network", NETWORKS, ids=repr)


def example(network, seed=0, size=()):
    rng = np.random.default_rng(seed)
    theta = network.init(rng, scale=1.5, size=size)
    theta += 0.3 * rng.standard_normal(theta.shape)
    X = rng.standard_normal((N_EXAMPLES, network.sizes[0]))
    if network.loss_name == "cross_entropy":
        return theta, X, rng.integers(network.sizes[-1], size=N_EXAMPLES)
    return theta, X, rng.standard_normal((N_EXAMPLES, network.sizes[-1]))


def outputs(network, x):
    """The outputs for one input, as a function of theta that autograd can differentiate."""
    f = {"tanh": anp.tanh, "relu": lambda z: anp.where(z > 0, z, 0.0), "identity": lambda z: z}
    pairs = list(zip(network.sizes[:-1], network.sizes[1:], strict=True))
    blocks = [network.residual and 0 < l < len(pairs) - 1 and a == b for l, (a, b) in enumerate(pairs)]

    def z_of(theta):
        h = z = x
        start = 0
        for l, (n_in, n_out) in enumerate(pairs):
            W = anp.reshape(theta[start : start + n_in * n_out], (n_in, n_out))
            z = anp.dot(h, W) + theta[start + n_in * n_out : start + (n_in + 1) * n_out]
            start += (n_in + 1) * n_out
            a = f[network.activation](z)
            h = h + a / anp.sqrt(sum(blocks)) if blocks[l] else a
        return z

    return z_of


def by_definition(network, theta, X):
    """(1/N) sum J' L J with Jacobians from autograd."""
    total = np.zeros((network.n, network.n))
    for x in X:
        z_of = outputs(network, x)
        J, z = autograd.jacobian(z_of)(theta), z_of(theta)
        p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        L = np.diag(p) - np.outer(p, p) if network.loss_name == "cross_entropy" else np.eye(len(z))
        total += J.T @ L @ J
    return total / len(X)


@every_network
def test_gauss_newton_is_its_definition(network):
    theta, X, y = example(network)
    G = by_definition(network, theta, X)
    found = network.gauss_newton(theta, X, y)
    np.testing.assert_allclose(found, G, atol=1e-12 * np.abs(G).max())
    np.testing.assert_array_equal(found, found.T)
    v = np.random.default_rng(1).standard_normal((3, network.n))
    np.testing.assert_allclose(
        network.gauss_newton_product(theta, v, X, y), v @ G, atol=1e-11 * np.abs(v @ G).max()
    )


@every_network
def test_empirical_fisher_is_the_mean_of_squared_gradients(network):
    theta, X, y = example(network)
    g = network.per_example_grads(theta, X, y)
    F = sum(np.outer(row, row) for row in g) / len(g)
    found = network.empirical_fisher(theta, X, y)
    np.testing.assert_allclose(found, F, atol=1e-13 * np.abs(F).max())
    np.testing.assert_array_equal(found, found.T)
    v = np.random.default_rng(1).standard_normal((3, network.n))
    np.testing.assert_allclose(
        network.empirical_fisher_product(theta, v, X, y), v @ F, atol=1e-11 * np.abs(v @ F).max()
    )


@pytest.mark.parametrize("network", [n for n in NETWORKS if n.loss_name == "cross_entropy"], ids=repr)
def test_gauss_newton_is_the_fisher_matrix_and_the_empirical_one_is_not(network):
    # E over labels drawn from the network itself: each label's empirical Fisher, weighed example by example.
    theta, X, y = example(network)
    z = network.logits(theta, X)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    fisher = np.zeros((network.n, network.n))
    for k in range(network.sizes[-1]):
        g = network.per_example_grads(theta, X, np.full(len(X), k))
        fisher += np.einsum("i,ij,ik->jk", p[:, k], g, g) / len(X)
    G = network.gauss_newton(theta, X, y)
    np.testing.assert_allclose(G, fisher, atol=1e-12 * np.abs(G).max())
    np.testing.assert_array_equal(G, network.gauss_newton(theta, X, (y + 1) % network.sizes[-1]))
    empirical, other = (network.empirical_fisher(theta, X, labels) for labels in (y, np.zeros_like(y)))
    assert np.abs(empirical - G).max() > 1e-3 * np.abs(G).max(), "labels enter, and are not the network's own"
    assert np.abs(empirical - other).max() > 1e-3 * np.abs(G).max()


def test_the_hessian_of_a_linear_model_is_its_gauss_newton_matrix():
    for loss in ("cross_entropy", "squared"):
        network = MLP((4, 3), loss=loss)
        theta, X, y = example(network)
        np.testing.assert_allclose(
            network.gauss_newton(theta, X, y), network.hessian(theta, X, y), atol=1e-14
        )


@every_network
def test_gauss_newton_has_no_negative_eigenvalue(network):
    theta, X, y = example(network)
    lam = np.linalg.eigvalsh(network.gauss_newton(theta, X, y))
    assert lam.min() > -1e-13 * lam.max() and lam.max() > 0


def test_a_network_that_is_nearly_sure_keeps_its_curvature():
    # Two classes with a gap z between their outputs: p (1 - p) for the inputs 1, to full relative precision.
    network = MLP((1, 2))
    for gap in (1.0, 30.0, 300.0):
        theta = np.array([gap, 0.0, 0.0, 0.0])
        e = np.exp(-gap)
        true = e / (1 + e) ** 2
        G = network.gauss_newton(theta, [[1.0]], [0])
        assert G[0, 0] == pytest.approx(true, rel=1e-13)
        assert network.gauss_newton_product(theta, np.eye(4)[0], [[1.0]], [0])[0] == pytest.approx(
            true, rel=1e-13
        )


def test_stacks_of_parameters_and_single_precision():
    network = MLP((4, 3, 3, 2), residual=True)
    theta, X, y = example(network, size=(2, 3))
    v = np.random.default_rng(2).standard_normal((2, 3, network.n))
    for full, product in (
        (network.gauss_newton, network.gauss_newton_product),
        (network.empirical_fisher, network.empirical_fisher_product),
    ):
        stacked, applied = full(theta, X, y), product(theta, v, X, y)
        assert stacked.shape == (2, 3, network.n, network.n) and applied.shape == (2, 3, network.n)
        for i in np.ndindex(2, 3):
            np.testing.assert_allclose(stacked[i], full(theta[i], X, y), atol=1e-14)
            np.testing.assert_allclose(applied[i], stacked[i] @ v[i], atol=1e-12)
        single = product(theta.astype(np.float32), v.astype(np.float32), X.astype(np.float32), y)
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, applied, atol=1e-4)


def test_many_examples_go_by_in_blocks():
    network = MLP((3, 4, 2))
    rng = np.random.default_rng(0)
    theta, X, y = network.init(rng), rng.standard_normal((200_000, 3)), rng.integers(2, size=200_000)
    g = network.per_example_grads(theta, X, y)
    np.testing.assert_allclose(network.empirical_fisher(theta, X, y), g.T @ g / len(g), atol=1e-12)


@pytest.mark.parametrize("name", ["theta", "v", "X", "y"])
@pytest.mark.parametrize("method", ["gauss_newton", "empirical_fisher"])
def test_bad_arguments_are_named(method, name):
    network = MLP((4, 3, 2))
    theta, X, y = example(network)
    good = {"theta": theta, "X": X, "y": y}
    calls = {"v": f"{method}_product"}
    bad = {"theta": theta[:-1], "v": theta[1:], "X": X[:, 1:], "y": y[1:]}
    call = getattr(network, calls.get(name, method))
    with pytest.raises(ValueError, match=rf"^{name}: got .*; want"):
        call(**{**good, name: bad[name]})


# Probes ---------------------------------------------------------------------------------------------------


def symmetric(n, seed=0):
    A = np.random.default_rng(seed).standard_normal((n, n))
    return A + A.T


@pytest.mark.parametrize("probes", ["rademacher", "gaussian"])
def test_hutchinson_is_unbiased_with_the_variance_that_is_said(probes):
    H = symmetric(12)
    found = curvature.hutchinson_trace(lambda v: H @ v, 12, 20_000, np.random.default_rng(1), probes)
    off = H - np.diag(np.diag(H))
    variance = 2 * np.sum((off if probes == "rademacher" else H) ** 2)
    assert abs(found.value - np.trace(H)) < 4 * (variance / 20_000) ** 0.5
    assert found.samples.var() == pytest.approx(variance, rel=0.1)
    assert found.standard_error == pytest.approx((variance / 20_000) ** 0.5, rel=0.1)


def test_one_probe_has_no_standard_error():
    found = curvature.hutchinson_trace(lambda v: 2 * v, 3, 1, np.random.default_rng(0))
    assert found.value == 6 and np.isnan(found.standard_error)


def test_trace_of_a_networks_matrices():
    network = MLP((4, 5, 3))
    theta, X, y = example(network)
    problem = network.problem(X, y)
    for product, full in (
        (problem.hvp, problem.hess),
        (problem.gauss_newton_product, problem.gauss_newton),
        (problem.empirical_fisher_product, problem.empirical_fisher),
    ):
        found = curvature.hutchinson_trace(
            lambda v, product=product: product(theta, v), network.n, 400, np.random.default_rng(0)
        )
        assert abs(found.value - np.trace(full(theta))) < 4 * found.standard_error
    # The mean of the gradients' squared norms is the empirical Fisher's trace.
    assert np.trace(problem.empirical_fisher(theta)) == pytest.approx(
        np.mean(network.per_example_norms(theta, X, y) ** 2)
    )


def test_each_start_sees_the_spectrum_by_its_own_weights_and_the_mean_sees_it_as_it_is():
    H, n = symmetric(60), 60
    lam, V = np.linalg.eigh(H)
    at, width = np.linspace(lam[0] - 5, lam[-1] + 5, 300), 2.0
    bumps = np.exp(-(((at[:, None] - lam) / width) ** 2) / 2) / width / np.sqrt(2 * np.pi)
    found = curvature.spectral_density(lambda v: H @ v, n, 30, 200, np.random.default_rng(1))
    densities = found.densities(at, width)
    assert densities.shape == (200, 300)
    rng = np.random.default_rng(1)
    for density in densities[:5]:
        q = rng.standard_normal(n)
        weights = (V.T @ q) ** 2 / (q @ q)
        np.testing.assert_allclose(density, bumps @ weights, atol=1e-5)
    np.testing.assert_allclose(found.density(at, width), densities.mean(axis=0), rtol=1e-12)
    error = densities.std(axis=0, ddof=1) / 200**0.5
    assert (np.abs(found.density(at, width) - bumps.mean(axis=1)) < 4 * error).all() and error.min() > 0
    assert np.trapezoid(found.density(at, width), at) == pytest.approx(1, abs=0.01)
    below = found.shares(-100.0, 0.0)
    assert abs(below.mean() - (lam < 0).mean()) < 4 * below.std(ddof=1) / 200**0.5 + 0.01


def test_shares_of_an_exact_run_are_exact():
    H = np.diag([1.0, 1.0, 2.0, 5.0])
    found = curvature.spectral_density(lambda v: H @ v, 4, 3, 2000, np.random.default_rng(0))
    for low, high, share in ((0.5, 1.5, 0.5), (1.5, 2.5, 0.25), (0.0, 9.0, 1.0)):
        assert found.shares(low, high).mean() == pytest.approx(share, abs=0.03)
    with pytest.raises(ValueError, match=r"^high: got 1; want a finite number >= 2"):
        found.shares(2, 1)
