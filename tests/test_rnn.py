"""The recurrent network against an independent implementation, finite differences, and itself."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from ravine._typing import Problem
from ravine.networks import RNN

N, T = 5, 6
NETWORKS = [
    RNN(2, 3, 4, activation, loss)
    for activation in ("tanh", "relu", "identity")
    for loss in ("squared", "cross_entropy")
]
every_network = pytest.mark.parametrize("network", NETWORKS, ids=repr)


def example(network, seed=0, size=()):
    """A point off any symmetry (biases are not zero), sequences and targets."""
    rng = np.random.default_rng(seed)
    theta = network.init(rng, size=size)
    theta += 0.3 * rng.standard_normal(theta.shape)
    X = rng.standard_normal((N, T, network.inputs))
    if network.loss_name == "cross_entropy":
        return theta, X, rng.integers(network.outputs, size=N)
    return theta, X, rng.standard_normal((N, network.outputs))


def reference_loss(network, X, y, pushes=None):
    """The same function from slices of theta, for autograd; pushes (T + 1, N, hidden) are added to states."""
    f = {"tanh": anp.tanh, "relu": lambda z: anp.where(z > 0, z, 0.0), "identity": lambda z: z}
    p, h, k = network.inputs, network.hidden, network.outputs

    def loss(theta, pushes=pushes, mean=True):
        a, b, c, d = p * h, p * h + h * h, p * h + h * h + h, p * h + h * h + h + h * k
        W_x, W, bias = theta[:a].reshape(p, h), theta[a:b].reshape(h, h), theta[b:c]
        W_y, last = theta[c:d].reshape(h, k), theta[d:]
        pushes = np.zeros((T + 1, N, h)) if pushes is None else pushes
        state = pushes[0]
        for t in range(T):
            state = f[network.activation](anp.dot(X[:, t], W_x) + anp.dot(state, W) + bias) + pushes[t + 1]
        z = anp.dot(state, W_y) + last
        if network.loss_name == "squared":
            losses = anp.sum((z - y) ** 2, axis=1) / 2
        else:
            losses = anp.log(anp.sum(anp.exp(z), axis=1)) - z[anp.arange(N), y]
        return anp.mean(losses) if mean else anp.sum(losses)

    return loss


@every_network
def test_equals_an_independent_implementation(network):
    theta, X, y = example(network)
    loss = reference_loss(network, X, y)
    close = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(network.loss(theta, X, y), loss(theta), **close)
    np.testing.assert_allclose(network.grad(theta, X, y), autograd.grad(loss)(theta), **close)
    by_state = autograd.grad(lambda pushes: loss(theta, pushes, mean=False))(np.zeros((T + 1, N, 3)))
    np.testing.assert_allclose(network.state_grads(theta, X, y), by_state.swapaxes(0, 1), **close)


@pytest.mark.parametrize("network", [x for x in NETWORKS if x.activation != "relu"], ids=repr)
def test_gradient_against_differences_in_a_random_direction(network):
    theta, X, y = example(network)
    v, h = np.random.default_rng(2).standard_normal(network.n), 1e-5
    slope = (network.loss(theta + h * v, X, y) - network.loss(theta - h * v, X, y)) / (2 * h)
    assert network.grad(theta, X, y) @ v == pytest.approx(slope, rel=1e-6)


@every_network
@pytest.mark.parametrize("lead", [(4,), (2, 3)], ids=str)
def test_a_stack_is_its_rows(network, lead):
    theta, X, y = example(network, size=lead)
    rows = theta.reshape(-1, network.n)
    for method in (network.loss, network.grad, network.state_grads):
        got, one = method(theta, X, y), [method(row, X, y) for row in rows]
        assert got.shape == lead + one[0].shape
        np.testing.assert_allclose(got.reshape(-1, *one[0].shape), one, rtol=1e-12, atol=1e-14)


def test_each_row_of_a_stack_may_have_its_own_sequences():
    network = NETWORKS[0]
    theta = example(network, size=3)[0]
    own = [example(network, seed)[1:] for seed in range(3)]
    X, y = (np.stack(parts) for parts in zip(*own, strict=True))
    one = [network.grad(row, *data) for row, data in zip(theta, own, strict=True)]
    np.testing.assert_allclose(network.grad(theta, X, y), one, rtol=1e-12, atol=1e-14)


def test_a_linear_state_is_multiplied_by_the_power_of_w():
    network = RNN(1, 3, 1, "identity")
    theta, h1 = network.init(np.random.default_rng(0)), np.array([1.0, 2.0, -1.0])
    weights = network.unflatten(theta)
    weights.W_x[...] = h1
    X = np.zeros((1, 5, 1))
    X[0, 0] = 1
    expected = h1 @ np.linalg.matrix_power(weights.W, 4)
    np.testing.assert_allclose(network.states(theta, X)[0, -1], expected, rtol=1e-12)
    back = network.state_grads(theta, X, [[0.0]])[0]
    answer = back[-1]
    np.testing.assert_allclose(back[0], np.linalg.matrix_power(weights.W, 5) @ answer, rtol=1e-12)


def test_parameter_order():
    network, theta = RNN(2, 3, 1), np.arange(22.0)
    weights = network.unflatten(theta)
    assert [x.flat[0] for x in weights] == [0, 6, 15, 18, 21]
    assert weights.W.tolist() == [[6, 7, 8], [9, 10, 11], [12, 13, 14]]


def test_init_draws_what_it_says():
    network, rng = RNN(3, 40, 2), np.random.default_rng(1)
    gaussian = network.unflatten(network.init(rng, scale=2, size=20)).W
    assert gaussian.std() == pytest.approx(2 / 40**0.5, rel=0.02)
    weights = network.unflatten(network.init(rng, recurrent="orthogonal", scale=0.5, size=(2, 3)))
    np.testing.assert_allclose(
        weights.W @ weights.W.swapaxes(-1, -2), 0.25 * np.eye(40) + np.zeros((2, 3, 1, 1)), atol=1e-14
    )
    assert not weights.b.any() and not weights.c.any()
    signs = np.linalg.det(RNN(1, 3, 1).unflatten(RNN(1, 3, 1).init(rng, recurrent="orthogonal", size=200)).W)
    assert 60 < (signs > 0).sum() < 140


def test_a_problem_and_its_divergence():
    network = RNN(1, 1, 1, "identity")
    problem = network.problem(np.ones((1, 2000, 1)), [[0.0]])
    assert isinstance(problem, Problem)
    theta = np.array([1.0, 3.0, 0.0, 1.0, 0.0])
    assert problem.value(theta) == np.inf
    assert not np.isfinite(problem.grad(theta)).all()


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("hidden", lambda: RNN(1, 0, 1)),
        ("activation", lambda: RNN(1, 1, 1, "sine")),
        ("loss", lambda: RNN(1, 1, 1, loss="absolute")),
        ("recurrent", lambda: RNN(1, 1, 1).init(np.random.default_rng(0), recurrent="sparse")),
        ("scale", lambda: RNN(1, 1, 1).init(np.random.default_rng(0), scale=-1.0)),
        ("rng", lambda: RNN(1, 1, 1).init(0)),
        ("theta", lambda: RNN(1, 1, 1).loss(np.zeros(4), np.ones((1, 2, 1)), [[0.0]])),
        ("X", lambda: RNN(1, 1, 1).loss(np.zeros(5), np.ones((2, 1)), [[0.0]])),
        ("X", lambda: RNN(1, 1, 1).loss(np.zeros(5), np.full((1, 2, 1), np.nan), [[0.0]])),
        ("y", lambda: RNN(1, 1, 1).loss(np.zeros(5), np.ones((1, 2, 1)), [[0.0], [1.0]])),
        ("y", lambda: RNN(1, 1, 2, loss="cross_entropy").loss(np.zeros(7), np.ones((1, 2, 1)), [2])),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
