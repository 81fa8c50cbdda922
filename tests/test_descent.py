"""The loops: what they record, how a start ends, and the rates that theory gives."""

import numpy as np
import pytest

from ravine import rules, zoo
from ravine.descent import minimise, train
from ravine.networks import MLP


class Diagonal:
    """sum_i lambda_i x_i^2 / 2, counting how often its gradient is asked for."""

    def __init__(self, *lam):
        self.lam, self.n, self.calls = np.array(lam, dtype=float), len(lam), 0

    def value(self, theta):
        return (self.lam * theta * theta).sum(-1) / 2

    def grad(self, theta):
        self.calls += 1
        return self.lam * theta

    def hess(self, theta):
        return np.broadcast_to(np.diag(self.lam), (*theta.shape, self.n))


class Formula:
    """A cost in one dimension from its value and derivatives."""

    def __init__(self, value, grad, hess=None):
        self.value, self.grad = (lambda x: value(x[..., 0])), grad
        if hess is not None:
            self.hess = lambda x: hess(x)[..., None]


class Mean:
    """Half the mean squared distance to the examples; remembers the examples that it was shown."""

    def __init__(self):
        self.seen = []

    def loss(self, theta, X, y):
        return ((theta[..., None, :] - X) ** 2).sum(-1).mean(-1) / 2

    def grad(self, theta, X, y):
        self.seen.append(np.array(y))
        return theta - X.mean(-2)


def spectrum(kappa, n=30):
    return Diagonal(*np.geomspace(1, kappa, n))


def starts(n=30, seeds=20):
    return np.random.default_rng(0).standard_normal((seeds, n))


def rate(trace, first):
    """The factor a step by which the distance to 0 shrinks, from recorded step `first` to the last."""
    distance = np.linalg.norm(trace.theta, axis=-1)
    return (distance[-1] / distance[first]) ** (1 / (trace.steps[-1] - trace.steps[first]))


# --- theory ---


@pytest.mark.parametrize("kappa", [10, 100, 1000])
def test_gradient_descent_converges_at_its_rate(kappa):
    rule = rules.gradient_descent(2 / (1 + kappa))
    n = 30 * kappa
    trace = minimise(spectrum(kappa), rule, starts(), n_steps=n, record_every=n // 2)
    ratio = rate(trace, 1) / ((kappa - 1) / (kappa + 1))
    assert (ratio > 0.998).all()
    assert (ratio < 1 + 1e-9).all()  # the theorem's own bound


@pytest.mark.parametrize("kappa", [10, 100, 1000])
def test_the_heavy_ball_converges_at_the_rate_of_the_root(kappa):
    s = np.sqrt(kappa)
    rule = rules.momentum(4 / (1 + s) ** 2, ((s - 1) / (s + 1)) ** 2)
    n = int(12 * s)
    trace = minimise(spectrum(kappa), rule, starts(), n_steps=n, record_every=n // 2)
    ratio = rate(trace, 1) / ((s - 1) / (s + 1))
    # Above 1 by the factor (t rho^t) of the double root; far below what gradient descent can do.
    assert (ratio > 0.99).all()
    assert (ratio < 1.06).all()
    assert rate(trace, 1).max() < (kappa - 1) / (kappa + 1)


@pytest.mark.parametrize("kappa", [10, 100])
def test_nesterov_is_stable_where_theory_says(kappa):
    """With learning_rate 1 / lambda_n and the momentum for it, J falls by 1 - 1 / sqrt(kappa) a step."""
    s = np.sqrt(kappa)
    rule = rules.nesterov(1 / kappa, (s - 1) / (s + 1))
    n = int(20 * s)
    trace = minimise(spectrum(kappa), rule, starts(), n_steps=n, record_every=n // 2)
    factor = rate(trace, 1) ** 2 / (1 - 1 / s)
    assert (factor < 1.0).all()
    assert (factor > 0.6).all()


@pytest.mark.parametrize("n", [1, 3])
def test_the_edge_of_stability_of_gradient_descent(n):
    bowl = Diagonal(*np.geomspace(1, 8, n)[::-1])
    for factor, status in [(0.99, "converged"), (1.01, "diverged")]:
        rule = rules.gradient_descent(factor * 2 / bowl.lam.max())
        trace = minimise(bowl, rule, np.ones(n), n_steps=4000, tol=1e-9, record_every=4000)
        assert trace.status == status
    # Exactly at the edge it neither comes nor goes.
    trace = minimise(bowl, rules.gradient_descent(2 / bowl.lam.max()), np.ones(n), n_steps=1001)
    assert trace.status == "max_steps"
    assert trace.theta[-1, 0] == pytest.approx(-1, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.5, 0.9])
def test_the_edge_of_stability_of_momentum(alpha):
    for factor, status in [(0.99, "converged"), (1.01, "diverged")]:
        rule = rules.momentum(factor * 2 * (1 + alpha) / 8, alpha)
        trace = minimise(Diagonal(8), rule, [1.0], n_steps=20000, tol=1e-9, record_every=20000)
        assert trace.status == status


def test_newton_solves_a_quadratic_in_one_step():
    trace = minimise(spectrum(1000), rules.newton(), starts(), n_steps=5, tol=1e-9)
    assert (trace.status == "converged").all()
    assert (trace.n_steps == 1).all()
    assert np.abs(trace.theta[-1]).max() < 1e-11


def test_newton_dives_into_a_saddle_and_saddle_free_newton_leaves_it():
    saddle = zoo.saddle()
    lam, Q = np.linalg.eigh(saddle.hess([0.0, 0.0]))
    theta0 = 0.01 * Q.sum(axis=1)
    dived = minimise(saddle, rules.newton(), theta0, n_steps=5, tol=1e-12)
    assert dived.status == "converged"
    assert np.abs(dived.theta[-1]).max() < 1e-12
    left = minimise(saddle, rules.saddle_free_newton(), theta0, n_steps=5)
    assert (np.diff(left.J) < 0).all()
    # Along the axis that falls, each full step doubles the distance, as the derivation says of a quadratic.
    ratio = np.abs(left.theta[-1] @ Q[:, 0]) / 0.01
    assert ratio == pytest.approx(2**5, rel=0.02)
    assert lam[0] < 0


# --- how a start ends ---


def test_each_start_ends_in_its_own_way():
    """x^4 / 4 - x^2 / 2: from 0 nothing moves, from 0.5 it converges, from 9 it is flung away."""
    wells = Formula(lambda x: x**4 / 4 - x**2 / 2, lambda x: x**3 - x)
    trace = minimise(wells, rules.gradient_descent(0.1), [[0.0], [0.5], [-0.5], [9.0]], n_steps=300, tol=1e-8)
    np.testing.assert_array_equal(trace.status, ["converged", "converged", "converged", "diverged"])
    np.testing.assert_allclose(trace.theta[-1, :3, 0], [0, 1, -1], atol=1e-7)
    assert trace.n_steps[0] == 0
    assert trace.n_steps[1] == trace.n_steps[2] > 10
    assert np.isfinite(trace.theta).all()
    # The start that diverged stays at the last of its own iterates.
    x = [9.0]
    while abs(x[-1]) < 1e20:
        x.append(x[-1] - 0.1 * (x[-1] ** 3 - x[-1]))
    assert trace.theta[-1, 3, 0] == pytest.approx(x[-2], rel=1e-9)
    assert trace.n_steps[3] == len(x) - 2
    # The other statuses need not wait for it.
    short = minimise(wells, rules.gradient_descent(0.1), [0.5], n_steps=3, tol=1e-8)
    assert short.status == "max_steps"
    assert short.n_steps == 3


def test_a_cost_that_overflows_between_finite_iterates_is_taken_back():
    steep = Formula(lambda x: np.cosh(x), lambda x: np.sinh(x))
    trace = minimise(steep, rules.gradient_descent(1.0), [[10.0], [1.0]], n_steps=50)
    np.testing.assert_array_equal(trace.status, ["diverged", "converged"])
    np.testing.assert_array_equal(trace.theta[-1, 0], [10.0])
    assert trace.n_steps[0] == 0
    assert np.isfinite(trace.J).all()
    assert np.isfinite(trace.grad_norm).all()
    assert trace.theta[-1, 1, 0] == 0


def test_the_cost_alone_or_the_gradient_alone_may_overflow():
    one = np.ones_like
    high = Formula(lambda x: np.where(x < -1.5, np.inf, x), one)
    steep = Formula(lambda x: x, lambda x: np.where(x < -1.5, np.inf, 1.0))
    for problem in (high, steep):
        trace = minimise(problem, rules.clip_by_value(rules.gradient_descent(1.0), 1.0), [0.0], n_steps=9)
        assert trace.status == "diverged"
        assert trace.n_steps == 1
        np.testing.assert_array_equal(trace.theta[-1], [-1.0])
        assert np.isfinite([trace.J, trace.grad_norm]).all()


def test_singular_is_the_outcome_of_that_start_alone():
    # x^3 / 6 + x has curvature x and slope x^2 / 2 + 1: at 0 Newton's method has no step.
    cubic = Formula(lambda x: x**3 / 6 + x, lambda x: x**2 / 2 + 1, lambda x: x)
    trace = minimise(cubic, rules.newton(), [[0.0], [1.0], [3.0]], n_steps=2)
    assert trace.status[0] == "singular"
    assert (trace.status[1:] == "max_steps").all()
    np.testing.assert_array_equal(trace.theta[:, 0, 0], 0)
    assert trace.n_steps[0] == 0
    for i, x in [(1, 1.0), (2, 3.0)]:
        for _ in range(2):
            x -= (x**2 / 2 + 1) / x
        assert trace.theta[-1, i, 0] == pytest.approx(x)


def test_a_run_whose_starts_cannot_move_records_the_start_alone():
    cubic = Formula(lambda x: x**3 / 6 + x, lambda x: x**2 / 2 + 1, lambda x: x)
    for rule, status in [(rules.newton(), "singular"), (rules.gradient_descent(1e30), "diverged")]:
        trace = minimise(cubic, rule, [0.0], n_steps=9)
        assert trace.status == status
        np.testing.assert_array_equal(trace.steps, [0])
        np.testing.assert_array_equal(trace.theta, [[0.0]])


def test_a_start_without_gradient_has_converged_even_if_its_hessian_is_singular():
    trace = minimise(zoo.monkey_saddle(), rules.newton(), [0.0, 0.0], n_steps=3)
    assert trace.status == "converged"


def test_a_hessian_that_overflows_is_divergence_and_no_crash():
    cliff = Formula(
        lambda x: np.where(x > 1, x, 0.0), lambda x: np.ones_like(x), lambda x: np.where(x > 1, np.inf, 1.0)
    )
    trace = minimise(cliff, rules.newton(), [[2.0], [0.0]], n_steps=2)
    np.testing.assert_array_equal(trace.status, ["diverged", "max_steps"])
    np.testing.assert_array_equal(trace.theta[-1], [[2.0], [-2.0]])


def test_a_ball_that_crosses_the_minimum_at_speed_rolls_on():
    trace = minimise(Diagonal(1), rules.momentum(1.0, 0.9), [1.0], n_steps=3)
    np.testing.assert_allclose(trace.theta[:, 0], [1, 0, -0.9, -0.81])
    assert trace.status == "max_steps"
    assert minimise(Diagonal(1), rules.momentum(1.0, 0.9), [1.0], n_steps=1).status == "max_steps"
    assert minimise(Diagonal(1), rules.gradient_descent(1.0), [1.0], n_steps=1).status == "converged"
    # With a tolerance, the first passage below it counts.
    assert minimise(Diagonal(1), rules.momentum(1.0, 0.9), [1.0], n_steps=3, tol=1e-9).n_steps == 1


def test_tol_is_reached_exactly_when_the_gradient_norm_says_so():
    trace = minimise(Diagonal(1, 4), rules.gradient_descent(0.2), [3.0, 1.0], n_steps=100, tol=1e-3)
    assert trace.status == "converged"
    assert trace.grad_norm[-1] <= 1e-3 < trace.grad_norm[-2]
    assert trace.n_steps == trace.steps[-1]
    np.testing.assert_allclose(trace.grad_norm, np.hypot(trace.theta[:, 0], 4 * trace.theta[:, 1]))
    np.testing.assert_allclose(trace.J, trace.theta[:, 0] ** 2 / 2 + 2 * trace.theta[:, 1] ** 2)


# --- the record ---


def test_what_is_recorded_and_when():
    theta0 = np.ones((4, 5, 2))
    trace = minimise(Diagonal(1, 2), rules.gradient_descent(0.1), theta0, n_steps=7, record_every=3)
    np.testing.assert_array_equal(trace.steps, [0, 3, 6, 7])
    assert trace.theta.shape == (4, 4, 5, 2)
    assert trace.J.shape == trace.grad_norm.shape == (4, 4, 5)
    assert trace.status.shape == trace.n_steps.shape == (4, 5)
    np.testing.assert_allclose(trace.theta[1, 0, 0], [0.9**3, 0.8**3])
    every = minimise(Diagonal(1, 2), rules.gradient_descent(0.1), theta0, n_steps=7)
    np.testing.assert_array_equal(every.theta[[0, 3, 6, 7]], trace.theta)
    none = minimise(Diagonal(1, 2), rules.gradient_descent(0.1), theta0, n_steps=0)
    np.testing.assert_array_equal(none.theta, theta0[None])


def test_the_callers_start_is_neither_changed_nor_shared():
    theta0 = np.ones(2)
    trace = minimise(Diagonal(1, 2), rules.gradient_descent(0.1), theta0, n_steps=2)
    np.testing.assert_array_equal(theta0, 1)
    assert not np.shares_memory(theta0, trace.theta)


@pytest.mark.parametrize("make", [rules.gradient_descent, rules.momentum, rules.adagrad, rules.adam])
def test_one_gradient_a_step(make):
    for every in (1, 4):
        bowl = Diagonal(1, 2)
        minimise(bowl, make(0.1), [1.0, 1.0], n_steps=10, record_every=every)
        assert bowl.calls == 11


def test_steps_to():
    bowl = Diagonal(1)
    trace = minimise(bowl, rules.gradient_descent(0.5), [[1.0], [4.0]], n_steps=3)
    # J = x^2 / 2 with x halved each step: 1/2, 1/8, 1/32, 1/128 and 16 times that.
    np.testing.assert_array_equal(trace.steps_to(1 / 8), [1, 3])
    np.testing.assert_array_equal(trace.steps_to(1 / 9), [2, np.inf])
    assert minimise(bowl, rules.gradient_descent(0.5), [1.0], n_steps=3).steps_to(1 / 32) == 2


def test_schedules_multiply_the_learning_rate():
    trace = minimise(
        Diagonal(1), rules.gradient_descent(0.5), [1.0], n_steps=3, schedule=lambda t: 1 / (t + 1)
    )
    np.testing.assert_allclose(trace.theta[:, 0], [1, 1 / 2, 3 / 8, 5 / 16])


@pytest.mark.parametrize("name", zoo.NAMES)
@pytest.mark.parametrize(
    "rule",
    [
        rules.gradient_descent(0.01),
        rules.momentum(0.01),
        rules.nesterov(0.01),
        rules.newton(),
        rules.saddle_free_newton(damping=1e-3),
        rules.adagrad(0.1),
        rules.rmsprop(0.01),
        rules.adam(0.05),
        rules.clip_by_norm(rules.momentum(0.01), 1.0),
    ],
    ids=lambda rule: rule.name,
)
def test_every_rule_on_every_surface(rule, name):
    """A batch is a loop over its starts, bit for bit, whatever becomes of them; nothing is NaN."""
    objective = zoo.get(name)
    low, high = np.array(objective.domain).T
    theta0 = np.random.default_rng(1).uniform(low, high, (2, 3, objective.n))
    options = {"n_steps": 60, "tol": 1e-6, "record_every": 7}
    batch = minimise(objective, rule, theta0, **options)
    for part in (batch.theta, batch.J, batch.grad_norm):
        assert np.isfinite(part).all()
    for ij in np.ndindex(2, 3):
        alone = minimise(objective, rule, theta0[ij], **options)
        assert alone.status == batch.status[ij]
        assert alone.n_steps == batch.n_steps[ij]
        np.testing.assert_array_equal(alone.theta[-1], batch.theta[-1][ij])
        np.testing.assert_array_equal(alone.J[-1], batch.J[-1][ij])


# --- training ---


def examples(m, seed=0):
    return np.random.default_rng(seed).standard_normal((m, 2)), np.arange(m)


def test_an_epoch_shows_every_example_once_in_a_new_order():
    X, y = examples(10)
    model = Mean()
    options = {"batch_size": 4, "n_steps": 6, "record_every": 6, "rng": np.random.default_rng(0)}
    train(model, rules.gradient_descent(0.1), [0.0, 0.0], X, y, **options)
    batches = [seen for seen in model.seen if len(seen) < 10]
    assert [len(batch) for batch in batches] == [4, 4, 2, 4, 4, 2]
    first, second = np.concatenate(batches[:3]), np.concatenate(batches[3:])
    np.testing.assert_array_equal(np.sort(first), y)
    np.testing.assert_array_equal(np.sort(second), y)
    assert (first != second).any()


def test_sampling_with_replacement_repeats_itself():
    X, y = examples(10)
    model = Mean()
    options = {"batch_size": 9, "n_steps": 50, "record_every": 50, "rng": np.random.default_rng(0)}
    train(model, rules.gradient_descent(0.1), [0.0, 0.0], X, y, sampling="with_replacement", **options)
    batches = [seen for seen in model.seen if len(seen) == 9]
    assert len(batches) == 50
    # Nine independent draws out of ten are all different with probability 10! / 10^9 = 0.0036.
    assert np.mean([len(set(batch)) < 9 for batch in batches]) > 0.9
    assert set(np.concatenate(batches)) == set(y)


def test_the_running_mean_is_a_schedule():
    X, y = examples(50)
    options = {"batch_size": 1, "n_steps": 50, "rng": np.random.default_rng(3)}
    trace = train(
        Mean(), rules.gradient_descent(1.0), [7.0, 7.0], X, y, schedule=lambda t: 1 / (t + 1), **options
    )
    np.testing.assert_allclose(trace.theta[-1], X.mean(0), rtol=1e-12)
    # What is recorded is the cost over all examples, not over the minibatch.
    np.testing.assert_allclose(trace.grad_norm[-1], 0, atol=1e-12)
    np.testing.assert_allclose(trace.J[-1], X.var(0).sum() / 2)


def test_full_batches_are_descent():
    X, y = examples(20)
    model, rule = Mean(), rules.momentum(0.1)
    trace = train(model, rule, [1.0, 2.0], X, y, batch_size=20, n_steps=30, rng=np.random.default_rng(0))
    bowl = Diagonal(1, 1)
    expected = minimise(bowl, rule, np.array([1.0, 2.0]) - X.mean(0), n_steps=30)
    np.testing.assert_allclose(trace.theta - X.mean(0), expected.theta, atol=1e-13)


def test_a_seed_decides_everything():
    X, y = examples(40)

    def run(seed, **options):
        rng = np.random.default_rng(seed)
        return train(
            Mean(), rules.adam(0.1), np.zeros((3, 2)), X, y, batch_size=7, n_steps=20, rng=rng, **options
        )

    for options in ({}, {"shared_batches": False}, {"sampling": "with_replacement"}):
        np.testing.assert_array_equal(run(0, **options).theta, run(0, **options).theta)
        assert (run(0, **options).theta[-1] != run(1, **options).theta[-1]).all()
    shared, own = run(0).theta[-1], run(0, shared_batches=False).theta[-1]
    np.testing.assert_array_equal(shared[0], shared[1])
    assert (own[0] != own[1]).all()


@pytest.mark.parametrize(("learning_rate", "batch_size"), [(0.5, 1), (1.0, 4), (1.5, 1)])
def test_the_stationary_variance_of_sgd(learning_rate, batch_size):
    """eps s^2 / (B lambda (2 - eps lambda)), here with lambda = 1 and s^2 the variance of the data."""
    X, y = examples(30)
    trace = train(
        *(Mean(), rules.gradient_descent(learning_rate), np.zeros((20000, 2)), X, y),
        batch_size=batch_size,
        n_steps=30,
        record_every=30,
        rng=np.random.default_rng(0),
        sampling="with_replacement",
        shared_batches=False,
    )
    theory = learning_rate * X.var(0) / (batch_size * (2 - learning_rate))
    np.testing.assert_allclose(trace.theta[-1].var(0), theory, rtol=0.05)


def test_training_diverges_without_nan():
    X, y = examples(10)
    options = {"batch_size": 2, "n_steps": 400, "rng": np.random.default_rng(0), "record_every": 50}
    trace = train(Mean(), rules.gradient_descent(3.0), np.zeros((2, 2)), X, y, **options)
    assert (trace.status == "diverged").all()
    assert np.isfinite(trace.theta).all()
    assert np.isfinite(trace.J).all()
    assert (trace.n_steps < 400).all()


@pytest.mark.parametrize("shared", [True, False])
def test_a_network_learns(shared):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    network = MLP((2, 8, 2), "tanh")
    theta0 = np.stack([network.init(rng) for _ in range(3)])
    options = {"batch_size": 20, "n_steps": 400, "rng": rng, "record_every": 100, "shared_batches": shared}
    trace = train(network, rules.momentum(0.2), theta0, X, y, **options)
    assert (trace.status == "max_steps").all()
    assert (trace.J[-1] < trace.J[0] / 3).all()
    np.testing.assert_allclose(trace.J[-1], network.loss(trace.theta[-1], X, y))


def test_traces_are_equal_by_what_they_recorded():
    def run(x):
        return minimise(Diagonal(1, 2), rules.gradient_descent(0.1), [x, 1.0], n_steps=3)

    assert run(1.0) == run(1.0)
    assert run(1.0) != run(1.5)
    assert run(1.0) != 1
    with pytest.raises(TypeError, match="hash"):
        hash(run(1.0))


def test_a_gradient_whose_square_overflows_is_a_start_like_any_other():
    steep = zoo.cliff(6)
    trace = minimise(steep, rules.gradient_descent(0.1), [1e14, 1e14], n_steps=3)
    assert trace.status == "diverged"
    assert 1e154 < trace.grad_norm[0] < np.inf
    flat = minimise(Diagonal(1, 1), rules.gradient_descent(0.1), [3e-170, 4e-170], n_steps=0)
    assert flat.grad_norm[0] == pytest.approx(5e-170, rel=1e-15)


def test_a_problem_that_answers_in_one_buffer_is_recorded_as_it_was():
    class Reused(Diagonal):
        def __init__(self):
            super().__init__(1, 2)
            self.buffer = np.empty(1)

        def value(self, theta):
            self.buffer[...] = super().value(theta)
            return self.buffer

    trace = minimise(Reused(), rules.gradient_descent(0.1), [[1.0, 1.0]], n_steps=3)
    assert (np.diff(trace.J[:, 0]) < 0).all()


def test_the_callers_start_survives_a_problem_that_writes_into_its_argument():
    class Writes(Diagonal):
        def value(self, theta):
            J = super().value(theta)
            theta += 0.5
            return J

    theta0 = np.ones(2)
    minimise(Writes(1, 2), rules.gradient_descent(0.1), theta0, n_steps=1)
    np.testing.assert_array_equal(theta0, 1)


@pytest.mark.parametrize("answer", ["value", "grad"])
def test_an_answer_of_another_shape_is_refused(answer):
    """It would broadcast, and give every start the first one's cost or gradient."""

    class Odd:
        def value(self, theta):
            return theta[0, 0] if answer == "value" else theta[..., 0]

        def grad(self, theta):
            return theta[0] if answer == "grad" else theta

    with pytest.raises(ValueError, match=r"problem: got .* shape .*want"):
        minimise(Odd(), rules.gradient_descent(0.1), np.ones((3, 2)), n_steps=2)
