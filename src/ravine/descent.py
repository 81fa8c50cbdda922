"""The loops that apply a rule again and again: `minimise` on a fixed cost, `train` on minibatches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check
from ravine._typing import Array, Problem
from ravine.rules import Rule
from ravine.rules._rule import Seen, check_rule

# An iterate beyond this in any coordinate has diverged. Polynomial costs up to degree 15 are still finite
# there, so that what is recorded never overflows, and no parameter of the course comes anywhere near.
DIVERGED_BEYOND = 1e20

SAMPLING = ("reshuffle", "with_replacement")

Schedule = Callable[[int], float]


class Model(Protocol):
    """What `train` can train: a mean loss over examples with its gradient."""

    def loss(self, theta: Array, X: Array, y: NDArray[Any]) -> Array:
        """The mean loss over the rows of X; theta (..., n) -> (...)."""
        ...

    def grad(self, theta: Array, X: Array, y: NDArray[Any]) -> Array:
        """Its gradient; theta (..., n) -> (..., n)."""
        ...


@dataclass(frozen=True)
class Trace:
    """What a run recorded; the axes `...` are those of the batch of starts.

    Parameters
    ----------
    steps : (n_recorded,) the steps at which it was recorded: 0, record_every, ..., and the last one.
    theta : (n_recorded, ..., n) iterates; a start that has stopped stays where it stopped.
    J : (n_recorded, ...) cost.
    grad_norm : (n_recorded, ...) Euclidean norm of the gradient of J.
    status : (...) of str: "converged", "max_steps", "diverged" or "singular".
    n_steps : (...) steps that each start took to the place where it stopped.

    >>> from ravine import rules, zoo
    >>> trace = minimise(zoo.quadratic(kappa=4.0), rules.newton(), [[1.0, 1.0], [2.0, -1.0]], n_steps=1)
    >>> trace.theta.shape, trace.J.shape
    ((2, 2, 2), (2, 2))
    """

    steps: NDArray[np.int64]
    theta: Array
    J: Array
    grad_norm: Array
    status: NDArray[np.str_]
    n_steps: NDArray[np.int64]

    def steps_to(self, J: float) -> Array:
        """The first recorded step (...) at which the cost is at most J; `inf` where it never is.

        >>> from ravine import rules, zoo
        >>> trace = minimise(zoo.quadratic(kappa=4.0), rules.newton(), [1.0, 1.0], n_steps=3)
        >>> float(trace.steps_to(1e-12))
        1.0
        """
        below = _check.real("J", J) >= self.J
        steps = np.where(below.any(axis=0), self.steps[below.argmax(axis=0)], np.inf)
        return np.asarray(steps)[()]


def minimise(
    problem: Problem,
    rule: Rule,
    theta0: ArrayLike,
    *,
    n_steps: int,
    tol: float = 0.0,
    record_every: int = 1,
    schedule: Schedule | None = None,
) -> Trace:
    """Apply the rule to the problem from every start: theta_{t+1} = update(theta_t).

    Parameters
    ----------
    problem : has `.value` and `.grad` (and `.hess` for second-order rules), batched over (..., n).
    rule : from `ravine.rules`.
    theta0 : starts (..., n); each runs as if it were alone.
    n_steps : at most so many steps, >= 0.
    tol : >= 0, in units of g. A start stops, "converged", as soon as its gradient norm is at most tol. At 0
        its gradient must be exactly zero and the rule at rest: a ball that crosses a critical point at speed
        rolls on. Converged means that the gradient vanished, at a minimum or elsewhere.
    record_every : record each so many steps (and the first and last state).
    schedule : t -> multiplier of the learning rate, >= 0, t = 0 at the first step; None is constant 1.

    Returns
    -------
    A Trace. A start "diverged" when its iterate leaves the box of 1e20, or its iterate, or its recorded cost
    or gradient, is not finite; it then stays at its last (recorded) iterate where all of them were. A start
    is "singular" where a second-order rule had no step to offer. Neither disturbs the other starts.

    Raises
    ------
    ValueError : a bad argument, a start at which cost or gradient is not finite among them.

    Source: Goodfellow, Bengio and Courville (2016), section 4.3.

    >>> from ravine import rules, zoo
    >>> trace = minimise(zoo.quadratic(kappa=10.0), rules.gradient_descent(0.1), [1.0, 1.0], n_steps=2)
    >>> bool((np.diff(trace.J) < 0).all()), str(trace.status)
    (True, 'max_steps')
    """
    if not (hasattr(problem, "value") and hasattr(problem, "grad")):
        raise ValueError(f"problem: got {problem!r}; want an object with .value and .grad")
    tol = _check.real("tol", tol, at_least=0)
    n_steps, every = _counts(n_steps, record_every)
    run = _Run(problem, check_rule(rule), _starts(theta0, problem))
    remembered = run.problem
    run.go(lambda t: remembered, _multiplier(schedule), n_steps, every, tol)
    return run.trace()


def train(
    model: Model,
    rule: Rule,
    theta0: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    *,
    batch_size: int,
    n_steps: int,
    rng: np.random.Generator,
    schedule: Schedule | None = None,
    record_every: int = 1,
    sampling: str = "reshuffle",
) -> Trace:
    """Apply the rule to a new minibatch each step: theta_{t+1} = update(theta_t; X_B, y_B).

    Parameters
    ----------
    model : has `.loss(theta, X, y)` and `.grad(theta, X, y)`, means over the rows of X.
    rule : from `ravine.rules`; it sees the minibatch alone.
    theta0 : starts (..., n), all of which see the same minibatches.
    X : inputs (m, ...), y : labels or targets (m, ...).
    batch_size : B, from 1 to m.
    n_steps : so many steps, >= 0.
    rng : the only source of chance.
    schedule : t -> multiplier of the learning rate, >= 0, t = 0 at the first step; None is constant 1.
    record_every : record each so many steps. Recording costs a pass over all m examples.
    sampling : "reshuffle" goes through the examples in a new order each epoch, the last minibatch of which is
        short if B does not divide m; "with_replacement" draws B independent examples each step.

    Returns
    -------
    A Trace whose J and grad_norm are those of all m examples, so that they carry no sampling noise. Status
    "max_steps", "diverged" or "singular" as for `minimise`: no minibatch can tell that J has converged.

    Raises
    ------
    ValueError : a bad argument, a start at which cost or gradient is not finite among them.

    Source: Robbins and Monro (1951), Ann. Math. Stat. 22, 400-407; Goodfellow et al. (2016), algorithm 8.1.

    >>> class Mean:  # the squared distance to the data, minimal at their mean
    ...     def loss(self, theta, X, y): return ((theta[..., None, :] - X) ** 2).sum(-1).mean(-1) / 2
    ...     def grad(self, theta, X, y): return theta - X.mean(0)
    >>> from ravine import rules
    >>> X, rng = np.array([[0.0], [1.0], [2.0], [3.0]]), np.random.default_rng(0)
    >>> rule, running_mean = rules.gradient_descent(1.0), lambda t: 1 / (t + 1)
    >>> options = dict(batch_size=1, n_steps=4, rng=rng, schedule=running_mean)
    >>> train(Mean(), rule, [9.0], X, X, **options).theta[-1].round(12)
    array([1.5])
    """
    X, labels = _check.array("X", X), np.asarray(y)
    if X.ndim == 0 or labels.shape[:1] != X.shape[:1] or len(X) == 0:
        raise ValueError(f"y: got shape {labels.shape}; want one row for each of X, of shape {X.shape}")
    _check.generator("rng", rng)
    _check.one_of("sampling", sampling, SAMPLING)
    size = _batch_size(batch_size, len(X))
    n_steps, every = _counts(n_steps, record_every)
    run = _Run(_OnData(model, X, labels), check_rule(rule), _starts(theta0, model))
    batches = _minibatches(len(X), size, rng, sampling)
    run.go(
        lambda t: _OnData(model, X[(rows := next(batches))], labels[rows]),
        _multiplier(schedule),
        n_steps,
        every,
    )
    return run.trace()


class _Run:
    """The state of one run: where each start is, and which are still going."""

    def __init__(self, problem: Problem, rule: Rule, theta: Array) -> None:
        self.problem = _remembering(problem)
        self.rule, self.theta, self.state = rule, theta, rule.init(theta)
        self.status = np.full(theta.shape[:-1], "max_steps")
        self.n_steps = np.zeros(theta.shape[:-1], dtype=np.int64)
        self.records: dict[int, tuple[Array, Array, Array]] = {}

    @property
    def going(self) -> NDArray[np.bool_]:
        return np.asarray(self.status == "max_steps")

    def go(
        self,
        sample: Callable[[int], Problem],
        multiplier: Schedule,
        n_steps: int,
        every: int,
        tol: float | None = None,
    ) -> None:
        """Step, settle and record until no start is going or n_steps are taken."""
        # Overflow on the way out is an outcome here, reported as the status "diverged".
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self.record(0)
            self.settle(0, tol)
            t = 0
            while t < n_steps and self.going.any():
                self.step(sample(t), t, multiplier(t))
                t += 1
                self.settle(t, tol)
                if t % every == 0:
                    self.record(t)
            self.record(t)

    def step(self, problem: Problem, t: int, scale: float) -> None:
        """Move every start that can move; name what stopped the others."""
        theta, state = self.rule.update(problem, self.theta, self.state, t, scale)
        singular = self.going & state.get("singular", False)
        lost = self.going & ~(np.abs(theta).max(axis=-1) <= DIVERGED_BEYOND)  # NaN compares false
        self.status[singular] = "singular"
        self.status[lost] = "diverged"
        going = self.going
        self.n_steps += going
        self.theta = _where(going, theta, self.theta)
        self.state = {name: _where(going, new, self.state[name]) for name, new in state.items()}

    def settle(self, t: int, tol: float | None) -> None:
        """Stop the starts whose gradient has vanished."""
        if tol is None:
            return
        settled = self.going & (_norm(self.problem.grad(self.theta)) <= tol)
        if tol == 0 and settled.any():
            onward, _ = self.rule.update(self.problem, self.theta, self.state, t)
            settled &= (onward == self.theta).all(axis=-1)
        self.status[settled] = "converged"

    def record(self, t: int) -> None:
        """Record the iterates, taking back to the last record those whose cost is not finite."""
        if t in self.records:
            return
        J, norm = np.asarray(self.problem.value(self.theta)), _norm(self.problem.grad(self.theta))
        lost = ~(np.isfinite(J) & np.isfinite(norm))
        if lost.any():
            J, norm = self.take_back(lost, J, norm)
        self.records[t] = (self.theta, J, norm)

    def take_back(self, lost: NDArray[np.bool_], J: Array, norm: Array) -> tuple[Array, Array]:
        if not self.records:
            raise ValueError(
                f"theta0: got a start with J = {J[lost][0]} and |g| = {norm[lost][0]}; want finite ones"
            )
        t = max(self.records)
        theta, *finite = self.records[t]
        self.status[lost] = "diverged"
        self.n_steps[lost] = t
        self.theta = _where(lost, theta, self.theta)
        return np.where(lost, finite[0], J), np.where(lost, finite[1], norm)

    def trace(self) -> Trace:
        theta, J, norm = (np.stack(column) for column in zip(*self.records.values(), strict=True))
        return Trace(np.array(list(self.records)), theta, J, norm, self.status[()], self.n_steps[()])


@dataclass(frozen=True)
class _OnData:
    """A model bound to data, as a problem."""

    model: Model
    X: Array
    y: NDArray[Any]

    def value(self, theta: Array) -> Array:
        return self.model.loss(theta, self.X, self.y)

    def grad(self, theta: Array) -> Array:
        return self.model.grad(theta, self.X, self.y)


def _remembering(problem: Problem) -> Seen:
    """The problem, keeping its last gradient: recording, settling and stepping then share one evaluation."""
    last: list[Array] = []

    def grad(theta: Array) -> Array:
        if not last or last[0] is not theta:
            last[:] = theta, problem.grad(theta)
        return last[1]

    return Seen(problem, grad)


def _minibatches(m: int, size: int, rng: np.random.Generator, sampling: str) -> Iterator[NDArray[np.int64]]:
    """Row numbers of one minibatch after another, without end."""
    while True:
        if sampling == "with_replacement":
            yield rng.integers(m, size=size)
        else:
            order = rng.permutation(m)
            yield from (order[i : i + size] for i in range(0, m, size))


def _multiplier(schedule: Schedule | None) -> Schedule:
    """The schedule, checked at every step."""
    if schedule is None:
        return lambda t: 1.0
    if not callable(schedule):
        raise ValueError(f"schedule: got {schedule!r}; want a function t -> multiplier, or None")
    return lambda t: _check.real(f"schedule({t})", schedule(t), at_least=0)


def _starts(theta0: ArrayLike, problem: object) -> Array:
    """theta0 as (..., n), n being the problem's if it says one."""
    theta = _check.array("theta0", theta0, last=getattr(problem, "n", None))
    if theta.ndim == 0 or theta.size == 0:
        raise ValueError(f"theta0: got shape {theta.shape}; want (..., n) with at least one start")
    return theta


def _counts(n_steps: int, record_every: int) -> tuple[int, int]:
    return _check.count("n_steps", n_steps, at_least=0), _check.count("record_every", record_every)


def _batch_size(batch_size: int, m: int) -> int:
    size = _check.count("batch_size", batch_size)
    if size > m:
        raise ValueError(f"batch_size: got {size}; want at most the {m} examples of X")
    return size


def _norm(g: Array) -> Array:
    return np.asarray(np.sqrt((g * g).sum(axis=-1)))


def _where(mask: NDArray[np.bool_], new: NDArray[Any], old: NDArray[Any]) -> NDArray[Any]:
    """new where the mask (...) is true, else old, whatever trailing axes they have."""
    return new if mask.all() else np.where(mask.reshape(mask.shape + (1,) * (new.ndim - mask.ndim)), new, old)
