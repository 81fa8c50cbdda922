"""Networks against finite differences, against an independent implementation, and against themselves."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine._typing import SecondOrderProblem
from ravine.networks import MLP

N_EXAMPLES = 7
# Plain and residual (two blocks: 3 -> 3 -> 3), linear, one hidden layer, and unequal widths.
SHAPES = [((4, 3, 3, 3, 2), True), ((4, 3, 3, 3, 2), False), ((4, 2), False), ((4, 5, 3), False)]
NETWORKS = [
    MLP(sizes, activation, loss=loss, residual=residual)
    for sizes, residual in SHAPES
    for activation in ("tanh", "relu", "identity")
    for loss in ("cross_entropy", "squared")
]
every_network = pytest.mark.parametrize("network", NETWORKS, ids=repr)


def example(network, seed=0, size=()):
    """A point off any symmetry (biases are not zero), inputs and targets."""
    rng = np.random.default_rng(seed)
    theta = network.init(rng, scale=1.5, size=size)
    theta += 0.3 * rng.standard_normal(theta.shape)
    X = rng.standard_normal((N_EXAMPLES, network.sizes[0]))
    if network.loss_name == "cross_entropy":
        return theta, X, rng.integers(network.sizes[-1], size=N_EXAMPLES)
    return theta, X, rng.standard_normal((N_EXAMPLES, network.sizes[-1]))


def reference_loss(network, X, y):
    """The same function written example by row, layer by layer, for autograd to differentiate."""
    f = {"tanh": anp.tanh, "relu": lambda z: anp.where(z > 0, z, 0.0), "identity": lambda z: z}
    n_layers = len(network.sizes) - 1
    blocks = [
        network.residual and 0 < l < n_layers - 1 and network.sizes[l] == network.sizes[l + 1]
        for l in range(n_layers)
    ]

    def loss(theta):
        h, start = X, 0
        for l, (n_in, n_out) in enumerate(zip(network.sizes[:-1], network.sizes[1:], strict=True)):
            W = theta[start : start + n_in * n_out].reshape(n_in, n_out)
            b = theta[start + n_in * n_out : start + n_in * n_out + n_out]
            start += n_in * n_out + n_out
            z = anp.dot(h, W) + b
            if l == n_layers - 1:
                break
            a = f[network.activation](z)
            h = h + a / anp.sqrt(sum(blocks)) if blocks[l] else a
        if network.loss_name == "squared":
            return anp.mean(anp.sum((z - y) ** 2, axis=1)) / 2
        log_p = z - anp.log(anp.sum(anp.exp(z), axis=1, keepdims=True))
        return -anp.mean(log_p[anp.arange(len(y)), y])

    return loss


@every_network
def test_equals_an_independent_implementation(network):
    theta, X, y = example(network)
    loss = reference_loss(network, X, y)
    v = np.random.default_rng(1).standard_normal(network.n)
    H = autograd.hessian(loss)(theta)
    close = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(network.loss(theta, X, y), loss(theta), **close)
    np.testing.assert_allclose(network.grad(theta, X, y), autograd.grad(loss)(theta), **close)
    np.testing.assert_allclose(network.hvp(theta, v, X, y), H @ v, **close)
    np.testing.assert_allclose(network.hessian(theta, X, y), H, **close)


@pytest.mark.parametrize("network", [n for n in NETWORKS if n.activation == "tanh"], ids=repr)
def test_derivatives_against_differences_in_random_directions(network):
    theta, X, y = example(network)
    v = np.random.default_rng(2).standard_normal(network.n)
    h = 1e-5
    ahead, behind = theta + h * v, theta - h * v
    slope = (network.loss(ahead, X, y) - network.loss(behind, X, y)) / (2 * h)
    bend = (network.grad(ahead, X, y) - network.grad(behind, X, y)) / (2 * h)
    np.testing.assert_allclose(network.grad(theta, X, y) @ v, slope, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(network.hvp(theta, v, X, y), bend, rtol=1e-6, atol=1e-8)


@every_network
@pytest.mark.parametrize("lead", [(5,), (2, 3)], ids=str)
def test_a_stack_is_its_rows(network, lead):
    theta, X, y = example(network, size=lead)
    v = np.random.default_rng(3).standard_normal(theta.shape)
    rows, vs = theta.reshape(-1, network.n), v.reshape(-1, network.n)
    methods = [
        network.loss,
        network.grad,
        network.hessian,
        network.per_example_grads,
        network.per_example_norms,
        network.per_example_variance,
        network.per_example_variance_trace,
        network.per_example_gram,
    ]
    for method in methods:
        got, one = method(theta, X, y), [method(row, X, y) for row in rows]
        assert got.shape == lead + one[0].shape
        np.testing.assert_allclose(got.reshape(-1, *one[0].shape), one, rtol=1e-11, atol=1e-13)
    one = [network.hvp(row, each, X, y) for row, each in zip(rows, vs, strict=True)]
    np.testing.assert_allclose(network.hvp(theta, v, X, y).reshape(-1, network.n), one, atol=1e-13)
    one = [network.logits(row, X) for row in rows]
    np.testing.assert_allclose(network.logits(theta, X).reshape(-1, *one[0].shape), one, atol=1e-13)


@every_network
def test_one_point_many_directions_and_many_points_one_direction(network):
    theta, X, y = example(network, size=(3,))
    v = np.random.default_rng(4).standard_normal((2, network.n))
    H = network.hessian(theta, X, y)
    np.testing.assert_allclose(network.hvp(theta[0], v, X, y), v @ H[0], atol=1e-12)
    np.testing.assert_allclose(network.hvp(theta, v[0], X, y), H @ v[0], atol=1e-12)
    grid = network.hvp(theta[:, None], v, X, y)
    np.testing.assert_allclose(grid, np.einsum("kij,lj->kli", H, v), atol=1e-12)


@every_network
def test_hessian_is_symmetric_and_is_the_stack_of_its_columns(network):
    theta, X, y = example(network)
    H = network.hessian(theta, X, y)
    np.testing.assert_array_equal(H, H.T)
    np.testing.assert_allclose(H, network.hvp(theta, np.eye(network.n), X, y), rtol=1e-12, atol=1e-13)


@every_network
def test_per_example_statistics_equal_those_of_the_gradients_themselves(network):
    theta, X, y = example(network)
    g = network.per_example_grads(theta, X, y)
    assert g.shape == (N_EXAMPLES, network.n)
    one_at_a_time = [network.grad(theta, X[i : i + 1], y[i : i + 1]) for i in range(N_EXAMPLES)]
    close = {"rtol": 1e-11, "atol": 1e-13}
    np.testing.assert_allclose(g, one_at_a_time, **close)
    np.testing.assert_allclose(g.mean(axis=0), network.grad(theta, X, y), **close)
    np.testing.assert_allclose(network.per_example_norms(theta, X, y), np.linalg.norm(g, axis=1), **close)
    np.testing.assert_allclose(network.per_example_variance(theta, X, y), g.var(axis=0), **close)
    trace = network.per_example_variance_trace(theta, X, y)
    np.testing.assert_allclose(trace, g.var(axis=0).sum(), **close)
    np.testing.assert_allclose(network.per_example_gram(theta, X, y), g @ g.T, **close)


@every_network
def test_each_point_of_a_stack_may_have_its_own_examples(network):
    theta, X, y = example(network, size=(4,))
    order = [np.random.default_rng(k).permutation(N_EXAMPLES)[:5] for k in range(4)]
    Xs, ys = X[np.array(order)], y[np.array(order)]
    one = [network.grad(theta[k], X[order[k]], y[order[k]]) for k in range(4)]
    np.testing.assert_allclose(network.grad(theta, Xs, ys), one, atol=1e-14)
    one = [network.loss(theta[0], X[order[k]], y[order[k]]) for k in range(4)]
    np.testing.assert_allclose(network.loss(theta[0], Xs, ys), one, atol=1e-14)


@every_network
def test_float32_stays_float32(network):
    theta, X, y = example(network, size=(2,))
    single = [theta.astype(np.float32), X.astype(np.float32), y]
    v = np.ones(network.n)
    for method in (network.loss, network.grad, network.hessian, network.per_example_grads):
        assert method(*single).dtype == np.float32
        np.testing.assert_allclose(method(*single), method(theta, X, y), rtol=2e-4, atol=2e-5)
    for method in (network.per_example_norms, network.per_example_variance, network.per_example_gram):
        assert method(*single).dtype == np.float32
    assert network.hvp(single[0], v, X=single[1], y=y).dtype == np.float32
    assert network.logits(*single[:2]).dtype == np.float32
    assert network.grad(theta, single[1], y).dtype == np.float64
    assert network.grad(single[0], X, y).dtype == np.float64


def test_a_stack_too_large_for_the_cache_is_evaluated_in_blocks():
    network = MLP((64, 8, 10), "tanh")
    theta = network.init(np.random.default_rng(0), size=(3, 5))
    X = np.random.default_rng(1).random((1500, 64))
    y = np.arange(1500) % 10
    one = [[network.grad(row, X, y) for row in rows] for rows in theta]
    np.testing.assert_allclose(network.grad(theta, X, y), one, rtol=1e-11, atol=1e-13)
    assert network.loss(theta, X, y).shape == (3, 5)


def test_products_with_many_directions_are_evaluated_in_blocks():
    network = MLP((64, 4, 10), "relu")
    rng = np.random.default_rng(0)
    theta, v = network.init(rng, size=(2, 1)), rng.standard_normal((5, network.n))
    X, y = rng.random((1500, 64)), np.arange(1500) % 10
    one = [[network.hvp(row, each, X, y) for each in v] for row in theta[:, 0]]
    np.testing.assert_allclose(network.hvp(theta, v, X, y), one, atol=1e-14)
    np.testing.assert_allclose(network.hvp(theta[0, 0], v, X, y), one[0], atol=1e-14)
    np.testing.assert_allclose(network.hvp(theta, v[0], X, y)[1, 0], one[1][0], atol=1e-14)


def test_the_gram_matrix_over_more_examples_than_a_block():
    network = MLP((4, 3, 2), "tanh")
    rng = np.random.default_rng(0)
    theta, X, y = network.init(rng, size=2), rng.standard_normal((300, 4)), np.arange(300) % 2
    g = network.per_example_grads(theta, X, y)
    got = network.per_example_gram(theta, X, y)
    np.testing.assert_allclose(got, g @ g.swapaxes(-1, -2), atol=1e-13)
    np.testing.assert_allclose(got, got.swapaxes(-1, -2), atol=1e-14)


def test_layout_of_theta_by_hand():
    network = MLP((2, 1, 2), "relu")
    # W_0 = (1, 2)', b_0 = 3; W_1 = (4, 5), b_1 = (6, 7): x = (1, 1) -> h = 6 -> z = (30, 37).
    theta = np.arange(1.0, 8.0)
    np.testing.assert_array_equal(network.logits(theta, [[1.0, 1.0]]), [[30.0, 37.0]])
    (W0, b0), (W1, b1) = network.unflatten(theta)
    np.testing.assert_array_equal(W0, [[1], [2]])
    np.testing.assert_array_equal(b0, [3])
    np.testing.assert_array_equal(W1, [[4, 5]])
    np.testing.assert_array_equal(b1, [6, 7])
    W0[0, 0] = -9  # a view
    assert theta[0] == -9


def test_residual_blocks_by_hand():
    # x = 1 -> h = 1; two blocks h + 2^{-1/2} max(0, h): each multiplies by 1 + 2^{-1/2}.
    network = MLP((1, 1, 1, 1, 1), "relu", loss="squared", residual=True)
    theta = np.array([1.0, 0, 1, 0, 1, 0, 1, 0])
    np.testing.assert_allclose(network.logits(theta, [[1.0]]), [[(1 + 2**-0.5) ** 2]])


def test_cross_entropy_survives_huge_logits():
    network = MLP((1, 3), "identity")
    theta = np.array([1e4, 0, -1e4, 0, 0, 0])
    X = np.array([[1.0]])
    np.testing.assert_allclose(network.loss(theta, X, [0]), 0, atol=1e-300)
    np.testing.assert_allclose(network.loss(theta, X, [2]), 2e4)
    assert np.isfinite(network.hessian(theta, X, [2])).all()


def test_the_problem_notices_a_theta_changed_in_place():
    network = MLP((4, 3, 2), "tanh")
    theta, X, y = example(network)
    problem = network.problem(X, y)
    before = problem.value(theta)
    theta += 1
    assert problem.value(theta) != before
    np.testing.assert_array_equal(problem.value(theta), network.loss(theta, X, y))
    np.testing.assert_array_equal(problem.grad(theta), network.grad(theta, X, y))


def test_the_problem_keeps_its_own_copy_of_the_data():
    network = MLP((4, 3, 2), "tanh", loss="squared")
    theta, X, y = example(network)
    problem = network.problem(X, y)
    before = problem.value(theta)
    X += 1
    y += 1
    np.testing.assert_array_equal(problem.value(theta), before)


def test_a_network_bound_to_data_is_a_second_order_problem():
    network = MLP((4, 3, 2), "tanh")
    theta, X, y = example(network)
    problem = network.problem(X, y)
    assert isinstance(problem, SecondOrderProblem)
    np.testing.assert_array_equal(problem.hess(theta), network.hessian(theta, X, y))
    v = np.ones(network.n)
    np.testing.assert_array_equal(problem.hvp(theta, v), network.hvp(theta, v, X, y))


def test_a_diverging_theta_is_an_outcome_of_the_problem_not_an_error():
    network = MLP((4, 3, 2), "relu", loss="squared")
    theta, X, y = example(network)
    problem = network.problem(X, y)
    assert np.isinf(problem.value(theta * 1e200))
    assert np.isnan(problem.value(np.full(network.n, np.nan)))


@pytest.mark.parametrize(
    ("activation", "variances"), [("tanh", (2 / 600, 2 / 300)), ("relu", (2 / 400, 2 / 200))]
)
def test_init_has_the_documented_variances(activation, variances):
    network = MLP((400, 200, 100), activation)
    theta = network.init(np.random.default_rng(0))
    for (W, b), variance in zip(network.unflatten(theta), variances, strict=True):
        np.testing.assert_allclose(W.var(), variance, rtol=0.03)
        assert abs(W.mean()) < 0.01 * W.std() * 3
        assert not b.any()
    np.testing.assert_allclose(network.init(np.random.default_rng(0), scale=0.3), 0.3 * theta)


def test_init_of_a_stack_draws_what_single_calls_draw():
    network = MLP((4, 3, 2), "tanh")
    rng = np.random.default_rng(5)
    np.testing.assert_array_equal(
        network.init(np.random.default_rng(5), size=(2, 2)).reshape(4, -1),
        [network.init(rng) for _ in range(4)],
    )


def test_prediction_and_error_rate():
    network = MLP((2, 2), "identity")
    theta = np.array([1.0, 0, 0, 1, 0, 0])  # z = x
    X, y = [[2.0, 1.0], [0.0, 1.0], [5.0, 6.0]], [0, 1, 0]
    np.testing.assert_array_equal(network.predict(theta, X), [0, 1, 1])
    np.testing.assert_allclose(network.error_rate(theta, X, y), 1 / 3)
    assert network.error_rate(np.stack([theta, -theta]), X, y).shape == (2,)


BAD_NETWORKS = [
    ("sizes", {"sizes": (3,)}),
    ("sizes", {"sizes": (3, 0, 2)}),
    ("sizes", {"sizes": (3, 2.5, 2)}),
    ("activation", {"activation": "sine"}),
    ("loss", {"loss": "hinge"}),
]


@pytest.mark.parametrize(("name", "arguments"), BAD_NETWORKS)
def test_bad_networks_are_refused(name, arguments):
    with pytest.raises(ValueError, match=f"^{name}: got .*; want"):
        MLP(**({"sizes": (3, 4, 2)} | arguments))


NAN = np.array([[1.0, np.nan, 0.0]])
BAD_CALLS = [
    ("theta", {"theta": np.zeros(5)}),
    ("theta", {"theta": np.zeros(())}),
    ("theta", {"theta": np.full(26, np.nan)}),
    ("X", {"X": np.zeros((4, 2))}),
    ("X", {"X": np.zeros(3)}),
    ("X", {"X": np.zeros((0, 3)), "y": []}),
    ("X", {"X": NAN, "y": [0]}),
    ("X", {"X": "pixels"}),
    ("y", {"y": [0, 1, 0]}),
    ("y", {"y": [0, 1, 0, 2]}),
    ("y", {"y": [0, -1, 0, 1]}),
    ("y", {"y": [0.0, 1.0, 0.0, 1.0]}),
    ("y", {"y": [[0], [1], [0], [1]]}),
]


@pytest.mark.parametrize(("name", "arguments"), BAD_CALLS)
@pytest.mark.parametrize("method", ["loss", "grad", "hessian", "per_example_variance", "error_rate"])
def test_bad_arguments_are_refused(method, name, arguments):
    network = MLP((3, 4, 2), "tanh")
    good = {"theta": np.zeros(network.n), "X": np.zeros((4, 3)), "y": [0, 1, 0, 1]}
    with pytest.raises(ValueError, match=f"^{name}: got .*; want"):
        getattr(network, method)(**(good | arguments))


@pytest.mark.parametrize("y", [np.zeros(4), np.zeros((4, 3)), np.zeros((3, 2)), np.full((4, 2), np.inf)])
def test_bad_real_targets_are_refused(y):
    network = MLP((3, 4, 2), "tanh", loss="squared")
    with pytest.raises(ValueError, match=r"^y: got .*; want"):
        network.loss(np.zeros(network.n), np.zeros((4, 3)), y)


def test_bad_directions_and_draws_are_refused():
    network = MLP((3, 4, 2), "tanh")
    with pytest.raises(ValueError, match=r"^v: got .*; want"):
        network.hvp(np.zeros(network.n), np.zeros(3), np.zeros((4, 3)), [0, 1, 0, 1])
    with pytest.raises(ValueError, match=r"^rng: got .*; want"):
        network.init(0)
    with pytest.raises(ValueError, match=r"^size: got .*; want"):
        network.init(np.random.default_rng(0), size=-1)
    with pytest.raises(ValueError, match=r"^scale: got .*; want"):
        network.init(np.random.default_rng(0), scale=-1)


@given(st.lists(st.integers(-3, 4), min_size=4, max_size=4))
def test_labels_are_accepted_exactly_when_in_range(y):
    network = MLP((3, 2), "identity")
    if all(0 <= label < 2 for label in y):
        np.testing.assert_allclose(network.loss(np.zeros(network.n), np.zeros((4, 3)), y), np.log(2))
    else:
        with pytest.raises(ValueError, match=r"^y: got labels .*; want 0 to 1"):
            network.loss(np.zeros(network.n), np.zeros((4, 3)), y)
