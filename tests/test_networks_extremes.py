"""Networks at the ends of their domain: saturated, overflowing, nearly certain; and whose memory is whose."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ravine.networks import MLP, RNN
from ravine.networks._functions import CrossEntropy, sech_squared
from ravine.problems import RecurrentUnit

RNG = np.random.default_rng(0)


# Saturated units ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@given(z=st.floats(-350, 350))
def test_the_slope_of_tanh_keeps_its_digits(dtype, z):
    z = dtype(z)
    with mp.workdps(400):
        true = mp.sech(mp.mpf(float(z))) ** 2
    at = np.array([z])
    found, tiny = sech_squared(at, np.tanh(at))[0], np.finfo(dtype).tiny
    # An exponential in float32 is as wrong as its argument is long.
    rtol = 2e-14 if dtype is np.float64 else 2e-5
    assert found.dtype == dtype
    assert abs(float(found) - float(true)) <= rtol * float(true) + tiny


def slope_by_mpmath(z):
    with mp.workdps(400):
        return float(mp.sech(z) ** 2)


@pytest.mark.parametrize("z", [0.3, -2.0, 6.0, 17.0, -19.0, 40.0, 300.0])
def test_a_saturated_network_still_has_its_gradient_and_hessian(z):
    """One tanh unit from one input 1 to one output: dJ/db = r v sech^2 z, and so on, in fifty digits."""
    network, v = MLP((1, 1, 1), "tanh", loss="squared"), 0.5
    theta = np.array([z - 1.0, 1.0, v, 0.0])  # the unit sees (z - 1) * 1 + 1
    X, y = [[1.0]], [[2.0]]
    a, s = float(mp.tanh(z)), slope_by_mpmath(z)
    r = v * a - 2
    grad = network.grad(theta, X, y)
    np.testing.assert_allclose(grad, [r * v * s, r * v * s, r * a, r], rtol=1e-13)
    # d^2J/db^2 = (v s)^2 + r v s (-2 a)
    curved = (v * s) ** 2 - 2 * r * v * s * a
    assert network.hessian(theta, X, y)[1, 1] == pytest.approx(curved, rel=1e-13)
    assert network.hvp(theta, np.eye(4)[1], X, y)[1] == pytest.approx(curved, rel=1e-13)


@pytest.mark.parametrize("z", [0.3, 17.0, -19.0, 300.0])
def test_a_saturated_recurrent_network_still_has_its_gradient(z):
    network = RNN(1, 1, 1)
    theta = np.array([z - 1.0, 0.0, 1.0, 0.5, 0.0])
    r = 0.5 * float(mp.tanh(z)) - 2
    expected = r * 0.5 * slope_by_mpmath(z)
    assert network.grad(theta, [[[1.0]]], [[2.0]])[2] == pytest.approx(expected, rel=1e-13)


@settings(deadline=None)
@given(
    st.floats(-60, 60), st.floats(-60, 60), st.sampled_from([0.5, -1.9, 2.1, -40.0, 40.0, 300.0]),
    st.sampled_from([1, 2, 5]),
)  # fmt: skip
def test_a_recurrent_unit_is_right_everywhere(w, b, x0, n_steps):
    unit = RecurrentUnit(n_steps, x0=x0)
    with mp.workdps(600):
        x, dw, db = mp.mpf(x0), mp.mpf(0), mp.mpf(0)
        for _ in range(n_steps):
            s = 1 / (1 + mp.exp(-x))
            dw, db = s + w * s * (1 - s) * dw, 1 + w * s * (1 - s) * db
            x = w * s + b
        s = 1 / (1 + mp.exp(-x))
        outer = 2 * (s - unit.target) * s * (1 - s)
        true = [float((s - unit.target) ** 2), float(outer * dw), float(outer * db)]
    found = [float(unit.value([w, b])), *unit.grad([w, b])]
    # What a last bit of x does to the answer, step after step.
    bound = 1e-12 * np.prod([1 + abs(w) / 4] * n_steps)
    for got, want in zip(found, true, strict=True):
        assert abs(got - want) <= bound * max(abs(want), np.abs(true[1:]).max(), 1e-250)


# Nearly certain -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [1.0, 30.0, 50.0, 300.0, 700.0])
def test_a_nearly_certain_answer_still_has_its_cost_slope_and_curvature(gap):
    z, label = np.array([[gap], [0.0], [-1.0]]), np.array([[1.0], [0.0], [0.0]])
    loss = CrossEntropy(z, label)
    with mp.workdps(700):
        e = [mp.exp(mp.mpf(x) - gap) for x in z[:, 0]]
        total = sum(e)
        p = [x / total for x in e]
        cost = float(mp.log(total))
        grad = [float(p[0] - 1), float(p[1]), float(p[2])]
        dz = [1, 2, -1]
        mean = sum(a * b for a, b in zip(p, dz, strict=True))
        curved = [float(a * (b - mean)) for a, b in zip(p, dz, strict=True)]
    assert loss.values[0] == pytest.approx(cost, rel=1e-14, abs=0)
    np.testing.assert_allclose(loss.grad()[:, 0], grad, rtol=1e-14)
    np.testing.assert_allclose(loss.curve(np.array(dz, dtype=float)[:, None])[:, 0], curved, rtol=1e-14)


def test_logits_apart_by_more_than_a_float_cost_what_they_should():
    huge = np.array([[1e308], [-1e308], [-1e308]])
    with np.errstate(over="ignore"):
        right = CrossEntropy(huge, np.array([[1.0], [0.0], [0.0]]))
        wrong = CrossEntropy(huge, np.array([[0.0], [1.0], [0.0]]))
    assert right.values[0] == 0 and wrong.values[0] == np.inf
    np.testing.assert_array_equal(right.grad()[:, 0], [0, 0, 0])
    np.testing.assert_array_equal(wrong.grad()[:, 0], [1, -1, 0])


def test_an_output_that_overflowed_is_no_answer():
    network = MLP((1, 2, 2), "identity")
    theta = np.array([1e200, 1e200, 0, 0, *[1e200] * 4, 0, 0])
    labels = np.array([0, 1])
    assert network.predict(theta, [[1.0], [-1.0]]).tolist() == [-1, -1]
    assert network.error_rate(theta, [[1.0], [-1.0]], labels) == 1.0
    # One example of two overflows.
    assert network.predict(theta, [[0.0], [1.0]]).tolist() == [0, -1]
    assert network.error_rate(theta, [[0.0], [1.0]], [0, 0]) == 0.5


@pytest.mark.parametrize("scale", [1e-170, 1e-30, 1.0, 1e30, 1e150])
def test_norms_of_gradients_neither_vanish_nor_overflow(scale):
    network = MLP((3, 4, 2), "identity", loss="squared")
    theta = network.init(np.random.default_rng(1))
    X, y = np.random.default_rng(2).normal(size=(5, 3)), np.random.default_rng(3).normal(size=(5, 2))
    theta[16:] = 0  # the outputs, so that the errors are the targets and scale with them
    expected = np.linalg.norm(network.per_example_grads(theta, X, y), axis=-1)
    found = network.per_example_norms(theta, X, y * scale)
    np.testing.assert_allclose(found, expected * scale, rtol=1e-12)


# Precision: the common type of what comes in --------------------------------------------------------------


@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
@pytest.mark.parametrize("types", [(x, t, y) for x in "df" for t in "df" for y in "df"])
def test_precision_follows_theta_and_inputs_and_targets_lose_nothing(loss, types):
    network = MLP((3, 4, 2), loss=loss)
    theta = network.init(np.random.default_rng(0)).astype("f").astype(types[1])
    X = np.random.default_rng(1).normal(size=(6, 3)).astype("f").astype(types[0])
    exact = np.random.default_rng(2).normal(size=(6, 2)).astype(types[2])
    y = exact if loss == "squared" else np.array([0, 1, 0, 1, 1, 0])
    reference = network.loss(theta.astype("d"), X.astype("d"), y.astype("d") if loss == "squared" else y)
    found = network.loss(theta, X, y)
    single = types[:2] == ("f", "f")
    assert found.dtype == (np.float32 if single else np.float64)
    assert found == pytest.approx(reference, rel=1e-6 if single else 1e-15)
    grad = network.grad(theta, X, y)
    reference = network.grad(theta.astype("d"), X.astype("d"), y)
    np.testing.assert_allclose(grad, reference, rtol=1e-4 if single else 1e-14, atol=1e-6 if single else 0)


def test_the_kept_evaluation_is_of_the_precision_asked_for():
    """The same numbers in another precision are another question."""
    network = MLP((2, 3, 1), loss="squared")
    problem = network.problem(np.ones((4, 2), np.float32), np.ones((4, 1), np.float32))
    theta = network.init(np.random.default_rng(0)).astype(np.float32)
    for dtype in (np.float64, np.float32, np.float64):
        assert problem.value(theta.astype(dtype)).dtype == dtype
        assert problem.grad(theta.astype(dtype)).dtype == dtype
    double = network.problem(np.ones((4, 2)), np.ones((4, 1)))
    assert double.at(theta) is double.at(theta.astype(np.float64)), "float64 data make both the same question"


# Memory ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_examples", [1, 3])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_a_problem_keeps_its_own_data(n_examples, n_outputs):
    """Whatever the shapes: a transposed view of one row or column is the caller's memory."""
    X, y = RNG.normal(size=(n_examples, 2)), RNG.normal(size=(n_examples, n_outputs))
    sequences = RNG.normal(size=(n_examples, 3, 2))
    mlp, rnn = MLP((2, 3, n_outputs), loss="squared"), RNN(2, 3, n_outputs)
    for network, data in ((mlp, X), (rnn, sequences)):
        theta = network.init(np.random.default_rng(0))
        problem = network.problem(data, y)
        before = problem.value(theta), problem.grad(theta)
        saved = data.copy(), y.copy()
        data += 100
        y += 100
        assert problem.value(theta) == before[0]
        np.testing.assert_array_equal(problem.grad(theta * 1.0), before[1])
        data[...], y[...] = saved


def test_what_a_problem_returns_is_the_callers_own():
    network = MLP((2, 3, 2), loss="squared")
    X, y = RNG.normal(size=(4, 2)), RNG.normal(size=(4, 2))
    problem, theta = network.problem(X, y), network.init(np.random.default_rng(0))
    first = problem.grad(theta)
    first += 1
    theta_then = theta.copy()
    np.testing.assert_array_equal(problem.grad(theta) + 1, first)
    theta += 1
    np.testing.assert_array_equal(problem.grad(theta_then) + 1, first)


@pytest.mark.parametrize("network", [MLP((2, 3, 1), loss="squared"), RNN(2, 3, 1)])
def test_parts_are_views_or_refused(network):
    for theta in (np.zeros(network.n), np.zeros((3, network.n), np.float32), np.zeros((network.n, 5)).T):
        for part in network.unflatten(theta):
            for x in part if isinstance(part, tuple) else (part,):
                assert np.shares_memory(x, theta)
    for bad in (np.zeros(network.n, int), [0.0] * network.n, np.zeros(network.n, np.float16)):
        with pytest.raises(ValueError, match=r"theta: got \w+; want an array of float64 or float32"):
            network.unflatten(bad)


@pytest.mark.parametrize("kind", ["integer", "Fortran", "read-only", "strided"])
def test_any_array_of_the_same_numbers_gives_the_same_answer(kind):
    network = MLP((3, 4, 2), loss="squared")
    theta = np.round(4 * network.init(np.random.default_rng(0)))
    X, y = np.arange(12.0).reshape(4, 3), np.arange(8.0).reshape(4, 2)

    def other(x):
        if kind == "integer":
            return x.astype(int)
        if kind == "Fortran":
            return np.asfortranarray(x)
        if kind == "strided":
            return np.repeat(x, 2, axis=-1)[..., ::2]
        x = x.copy()
        x.flags.writeable = False
        return x

    for evaluate in (network.loss, network.grad, network.hessian, network.per_example_grads):
        np.testing.assert_array_equal(evaluate(other(theta), other(X), other(y)), evaluate(theta, X, y))
