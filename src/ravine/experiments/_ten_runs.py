"""Ten runs that do not train, each of a chapter's own model, and the same ten cured."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ravine import _check, data, descent, networks, problems, rules, zoo
from ravine._typing import Array, Problem
from ravine.descent import Trace
from ravine.experiments import cliffs, inexact_gradients, saddles
from ravine.theory import inexact_gradients as stand_ins

N_STARTS = 5
"""Of every run: the first is the run that is looked at, the others are its seeds."""

Function = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Run:
    """A run that is over, and what it can be asked.

    What a run does not have, such as test data or minibatches, is not missing but trivial: its test cost is
    its cost, and the gradients that it is given vary by 0.

    Parameters
    ----------
    problem : what it minimised; only value and grad are asked for.
    trace : all N_STARTS starts of it, at every step.
    rate : learning rate.
    hvp : (theta, v) -> Hv.
    test : theta -> what counts; the cost itself unless given.
    given : theta -> mean of the gradients that the rule was given there; the gradient unless given.
    noise : theta -> the variance tr C / B of those gradients; 0 unless given.
    way : theta -> lengths of the gradient from the first of its parts to the last; of one part unless given.
    """

    problem: Problem
    trace: Trace
    rate: float
    hvp: Callable[[Array, Array], Array]
    test: Function | None = None
    given: Function | None = None
    noise: Function = field(default=lambda theta: np.zeros(()))
    way: Function = field(default=lambda theta: np.ones(1))

    @property
    def theta(self) -> Array:
        """Where it ended, (n,)."""
        return np.asarray(self.trace.theta[-1, 0])

    @property
    def late(self) -> Array:
        """Ten places of its second half, the last two steps among them, (10, n)."""
        n = len(self.trace.theta)
        places = [*np.linspace(n // 2, n - 3, 8).astype(int), n - 2, n - 1]
        return np.asarray(self.trace.theta[places, 0])

    @property
    def g(self) -> Array:
        """The gradient where it ended, (n,)."""
        return np.asarray(self.problem.grad(self.theta))

    @property
    def g_hat(self) -> Array:
        """The mean of the gradients that its rule would be given there, (n,)."""
        return self.g if self.given is None else self.given(self.theta)

    @property
    def J(self) -> Array:
        """Its cost, (n_steps + 1,)."""
        return np.asarray(self.trace.J[:, 0])

    @property
    def grad_norm(self) -> Array:
        """The length of its gradient, (n_steps + 1,)."""
        return np.asarray(self.trace.grad_norm[:, 0])

    @property
    def J_test(self) -> float:
        """What counts, where it ended."""
        return float((self.test or self.problem.value)(self.theta))

    def curves(self, n: int) -> Array:
        """Three curves at n of its steps, (3, n): its cost, what counts, and the cost of its second seed.

        They are in units of the range of the first two, which contains 0: from 0 at the foot of a picture to
        1 at its top. The third runs along the edge where it would leave the picture.
        """
        at = np.linspace(0, len(self.J) - 1, n).astype(int)
        counts = self.J[at] if self.test is None else [self.test(x) for x in self.trace.theta[at, 0]]
        found = np.stack([self.J[at], counts])
        low, high = min(0.0, found.min()), found.max()
        other = np.clip(self.trace.J[at, 1], low, high)
        return np.asarray((np.vstack([found, other]) - low) / (high - low))

    @property
    def spread(self) -> float:
        """By how much the last costs of the N_STARTS starts differ, in units of the first cost."""
        return float(np.ptp(self.trace.J[-1]) / abs(self.trace.J[0, 0]))

    @property
    def steps(self) -> Array:
        """The lengths of its steps up to the longest, (k,)."""
        lengths = cliffs.step_lengths(self.trace)[:, 0]
        return np.asarray(lengths[: lengths.argmax() + 1])


def run(question: int, *, cured: bool = False, seed: int = 0) -> Run:
    """The run that has the trouble of a question, or the same run cured.

    Parameters
    ----------
    question : its number, 1 to 10.
    cured : whether the cure of the table is applied.
    seed : of data, starts and minibatches.

    Returns
    -------
    Run

    Raises
    ------
    ValueError : no such question, or a negative seed.

    >>> run(5).trace.J.shape
    (301, 5)
    """
    question = _check.count("question", question)
    if question > len(_RUNS):
        raise ValueError(f"question: got {question}; want 1 to {len(_RUNS)}")
    return _RUNS[question - 1](cured, np.random.default_rng([_seed(seed), question]))


def _seed(seed: int) -> int:
    return _check.count("seed", seed, at_least=0)


def _differences(problem: Problem) -> Callable[[Array, Array], Array]:
    """Hessian-vector products of a small problem from a symmetrised table of central differences."""
    kept: dict[bytes, Array] = {}

    def hvp(theta: Array, v: Array) -> Array:
        key = theta.tobytes()
        if key not in kept:
            step = 1e-5 * np.eye(len(theta))
            H = (problem.grad(theta + step) - problem.grad(theta - step)) / 2e-5
            kept[key] = (H + H.T) / 2
        return np.asarray(kept[key] @ v)

    return hvp


def _exact(problem: Problem) -> Callable[[Array, Array], Array]:
    """Hessian-vector products of a surface."""
    return lambda theta, v: np.asarray(problem.hess(theta) @ v)  # type: ignore[attr-defined]  # surfaces have it


def _layers(model: networks.MLP, problem: Problem) -> Function:
    """Lengths of the gradient of each layer's weights, the first layer's first."""
    return lambda theta: np.array([np.linalg.norm(W) for W, _ in model.unflatten(problem.grad(theta))])


def _wrong_goal(cured: bool, rng: np.random.Generator) -> Run:
    """Chapter 2: a network learns a hundred digits by heart; cured by stopping early."""
    training, test = data.digits().split(100, rng)
    model = networks.MLP((64, 16, 10), "tanh")
    problem = model.problem(training.X, training.y)
    trace = descent.minimise(problem, rules.momentum(0.2, 0.9), model.init(rng, size=N_STARTS),
                             n_steps=14 if cured else 150)  # fmt: skip
    return Run(problem, trace, 0.2, problem.hvp, lambda theta: model.loss(theta, test.X, test.y),
               way=_layers(model, problem))  # fmt: skip


@dataclass(frozen=True)
class _Machine:
    """A Boltzmann machine that learns a distribution p over its states."""

    machine: problems.BoltzmannMachine
    p: Array

    def value(self, theta: Array) -> Array:
        """The divergence from p."""
        return stand_ins.divergence(self.machine, theta, self.p)

    def grad(self, theta: Array) -> Array:
        """Its gradient."""
        return stand_ins.exact_gradient(self.machine, theta, self.p)

    def short_chain(self, theta: Array) -> Array:
        """What contrastive divergence gives in its place, on average."""
        return stand_ins.contrastive_divergence(self.machine, theta, self.p, 1)


@dataclass(frozen=True)
class _StandIn:
    """A problem whose rule is given something else for its gradient."""

    value: Function
    grad: Function


def _biased(cured: bool, rng: np.random.Generator) -> Run:
    """Chapter 9: a Boltzmann machine learns from short chains; cured by the exact gradient."""
    concentration = inexact_gradients.stand_ins.TARGETS["uneven"]
    problem = _Machine(problems.BoltzmannMachine(4), rng.dirichlet(np.full(16, concentration)))
    given = problem.grad if cured else problem.short_chain
    starts = 0.1 * rng.standard_normal((N_STARTS, problem.machine.n))
    rule = rules.gradient_descent(0.5)
    trace = descent.minimise(_StandIn(problem.value, given), rule, starts, n_steps=500)
    return Run(problem, trace, 0.5, _differences(problem), given=given)


def _on_batches(
    model: networks.MLP, part: data.Digits, starts: Array, rate: float, size: int, n_steps: int,
    rng: np.random.Generator, test: data.Digits | None = None, **options: object,
) -> Run:  # fmt: skip
    """Train on minibatches of the size."""
    problem = model.problem(part.X, part.y)
    trace = descent.train(model, rules.gradient_descent(rate), starts, part.X, part.y, batch_size=size,
                          n_steps=n_steps, rng=rng, shared_batches=False, **options)  # type: ignore[arg-type]  # fmt: skip
    chance = 0 if size == len(part) else 1 / size
    return Run(problem, trace, rate, problem.hvp,
               None if test is None else lambda theta: model.loss(theta, test.X, test.y),
               noise=lambda theta: chance * model.per_example_variance_trace(theta, part.X, part.y),
               way=_layers(model, problem))  # fmt: skip


def _shaking(cured: bool, rng: np.random.Generator) -> Run:
    """Chapters 3 and 11: batches of two digits shake a linear classifier; cured by all digits at once."""
    part, test = data.digits().only(3, 5, 8).split(400, rng)
    model = networks.MLP((64, 3), "tanh")
    return _on_batches(model, part, model.init(rng, size=N_STARTS), 0.5, len(part) if cured else 2, 150, rng,
                       test)  # fmt: skip


def _too_long(cured: bool, rng: np.random.Generator) -> Run:
    """Chapter 4: steps too long for a valley whose sides are unlike; cured by half the learning rate.

    Between sides that are alike a bounce would not show: both have the same cost.
    """
    problem, rate = problems.tilted_well(0.1), 0.675 if cured else 1.35
    starts = rng.uniform(0.8, 0.9, (N_STARTS, 1))
    trace = descent.minimise(problem, rules.gradient_descent(rate), starts, n_steps=31)
    return Run(problem, trace, rate, _exact(problem))


def _badly_scaled(cured: bool, rng: np.random.Generator) -> Run:
    """Chapter 4: a valley ten thousand times as steep across as along; cured by scaling it to ten."""
    kappa = 10.0 if cured else 1e4
    problem = zoo.quadratic(kappa)
    across = np.sign(rng.standard_normal(N_STARTS)) / np.sqrt(kappa)
    starts = np.stack([rng.uniform(0.995, 1.005, N_STARTS), across], axis=1)
    trace = descent.minimise(problem, rules.gradient_descent(1.5 / kappa), starts, n_steps=300)
    return Run(problem, trace, 1.5 / kappa, _exact(problem))


def _at_a_saddle(cured: bool, rng: np.random.Generator) -> Run:
    """Chapter 6: a network beside a saddle, on minibatches; cured by waiting."""
    seed = int(rng.integers(2**31))
    point, model = saddles.saddle(seed), networks.MLP(saddles.network.SIZES, "tanh")
    # The digits on which the saddle lies.
    part, _ = data.digits().only(0, 1, 2).split(saddles.network.N_TRAIN, np.random.default_rng(seed))
    away = rng.standard_normal((N_STARTS, model.n))
    starts = point.theta + saddles.network.DELTA * away / np.linalg.norm(away, axis=1, keepdims=True)
    return _on_batches(model, part, starts, 0.1, 30, 600 if cured else 60, rng)


def _lost(cured: bool, rng: np.random.Generator) -> Run:
    """Chapter 8: a recurrent network is to recall its first input; cured by orthogonal weights."""
    network, length = networks.RNN(1, 8, 1), 20
    X = np.zeros((8, length, 1))
    X[:, 0, 0] = np.linspace(-1, 1, 8)
    problem = network.problem(X, X[:, 0])
    starts = network.init(rng, recurrent="orthogonal", scale=1.0 if cured else 0.5, size=N_STARTS)
    trace = descent.minimise(problem, rules.gradient_descent(0.02), starts, n_steps=100)
    return Run(problem, trace, 0.02, _differences(problem),
               way=lambda theta: np.linalg.norm(problem.state_grads(theta)[:, 1:], axis=(0, 2)))  # fmt: skip


def _cliff(cured: bool, rng: np.random.Generator) -> Run:
    """Chapter 7: a recurrent unit is thrown off its wall; cured by clipping norms."""
    problem, rule = problems.RecurrentUnit(20), rules.gradient_descent(1.0)
    starts = np.array([7.29, -2.33]) + rng.uniform(-0.004, 0.004, (N_STARTS, 2))
    trace = descent.minimise(problem, rules.clip_by_norm(rule, 0.1) if cured else rule, starts, n_steps=280)
    return Run(problem, trace, 1.0, _differences(problem))


def _wrong_start(cured: bool, rng: np.random.Generator) -> Run:
    """Chapters 5 and 10: a narrow network learns the parity of four bits; cured by width."""
    model = networks.MLP((4, 32 if cured else 4, 2), "tanh")
    X = np.array(list(product((-1.0, 1.0), repeat=4)))
    labels: NDArray[np.int64] = (X > 0).sum(axis=1) % 2
    problem = model.problem(X, labels)
    trace = descent.minimise(problem, rules.adam(0.05), model.init(rng, size=N_STARTS), n_steps=200)
    return Run(problem, trace, 0.05, problem.hvp, way=_layers(model, problem))


def _nothing_there(cured: bool, rng: np.random.Generator) -> Run:
    """Chapter 10: a regression that learns its own precision; cured by a floor under the variance."""
    fit = problems.precision_problem(int(rng.integers(2**31)))
    if cured:  # an equation that nothing solves: its residual is the floor
        fit = problems.Precision(np.vstack([fit.X, np.zeros(fit.X.shape[1])]), np.append(fit.y, 1.5))
    starts = 0.01 * rng.standard_normal((N_STARTS, fit.X.shape[1] + 1))
    trace = descent.minimise(fit, rules.gradient_descent(0.05), starts, n_steps=220)
    return Run(fit, trace, 0.05, _differences(fit))


_RUNS = (_wrong_goal, _biased, _shaking, _too_long, _badly_scaled, _at_a_saddle, _lost, _cliff, _wrong_start,
         _nothing_there)  # fmt: skip
