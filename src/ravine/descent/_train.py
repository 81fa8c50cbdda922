"""Descent on minibatches."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check
from ravine._typing import Array, Problem
from ravine.descent._arguments import Schedule, counts, multiplier, starts
from ravine.descent._run import Run
from ravine.descent._trace import Trace
from ravine.rules import Rule
from ravine.rules._rule import check_rule

SAMPLING = ("reshuffle", "with_replacement")


class Model(Protocol):
    """What `train` can train: a mean loss over examples with its gradient."""

    def loss(self, theta: Array, X: Array, y: NDArray[Any]) -> Array:
        """The mean loss over the rows of X; theta (..., n) -> (...)."""
        ...

    def grad(self, theta: Array, X: Array, y: NDArray[Any]) -> Array:
        """Its gradient; theta (..., n) -> (..., n)."""
        ...


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
    shared_batches: bool = True,
) -> Trace:
    """Apply the rule to a new minibatch each step: theta_{t+1} = update(theta_t; X_B, y_B).

    Parameters
    ----------
    model : has `.loss(theta, X, y)` and `.grad(theta, X, y)`, means over the rows of X.
    rule : from `ravine.rules`; it sees the minibatch alone.
    theta0 : starts (..., n).
    X : inputs (m, ...), y : labels or targets (m, ...).
    batch_size : B, from 1 to m.
    n_steps : so many steps, >= 0.
    rng : the only source of chance.
    schedule : t -> multiplier of the learning rate, >= 0, t = 0 at the first step; None is constant 1.
    record_every : record each so many steps. Recording costs a pass over all m examples.
    sampling : "reshuffle" goes through the examples in a new order each epoch, the last minibatch of which is
        short if B does not divide m; "with_replacement" draws B independent examples each step.
    shared_batches : whether all starts see the same minibatches. If not, each draws its own, and the model
        gets X (..., B, ...) and y (..., B, ...) with the leading axes of theta.

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
    ...     def grad(self, theta, X, y): return theta - X.mean(-2)
    >>> from ravine import rules
    >>> X, rng = np.array([[0.0], [1.0], [2.0], [3.0]]), np.random.default_rng(0)
    >>> rule, running_mean = rules.gradient_descent(1.0), lambda t: 1 / (t + 1)
    >>> options = dict(batch_size=1, n_steps=4, rng=rng, schedule=running_mean)
    >>> train(Mean(), rule, [9.0], X, X, **options).theta[-1].round(12)
    array([1.5])
    """
    if not (hasattr(model, "loss") and hasattr(model, "grad")):
        raise ValueError(f"model: got {model!r}; want an object with .loss and .grad")
    X, labels = _examples(X, y)
    _check.generator("rng", rng)
    _check.one_of("sampling", sampling, SAMPLING)
    size = _batch_size(batch_size, len(X))
    n_steps, every = counts(n_steps, record_every)
    theta = starts(theta0, model)
    lead = () if shared_batches else theta.shape[:-1]
    batches = _minibatches(len(X), size, rng, sampling, lead)

    def sample(t: int) -> Problem:
        rows = next(batches)
        return _OnData(model, X[rows], labels[rows])

    run = Run(_OnData(model, X, labels), check_rule(rule), theta)
    run.go(sample, multiplier(schedule), n_steps, every)
    return run.trace()


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


def _minibatches(
    m: int, size: int, rng: np.random.Generator, sampling: str, lead: tuple[int, ...]
) -> Iterator[NDArray[np.int64]]:
    """Row numbers (*lead, size) of one minibatch after another, without end."""
    while True:
        if sampling == "with_replacement":
            yield rng.integers(m, size=(*lead, size))
        else:
            order = rng.permuted(np.broadcast_to(np.arange(m), (*lead, m)), axis=-1)
            yield from (order[..., i : i + size] for i in range(0, m, size))


def _examples(X: ArrayLike, y: ArrayLike) -> tuple[Array, NDArray[Any]]:
    """X and y, one row an example."""
    X, labels = _check.array("X", X), np.asarray(y)
    if isinstance(y, np.ma.MaskedArray):
        raise ValueError(f"y: got {y!r}; want an array without a mask")
    if X.ndim == 0 or len(X) == 0:
        raise ValueError(f"X: got shape {X.shape}; want (m, ...) with m >= 1")
    if labels.shape[:1] != X.shape[:1]:
        raise ValueError(f"y: got shape {labels.shape}; want {len(X)} rows, as many as X")
    return X, labels


def _batch_size(batch_size: int, m: int) -> int:
    size = _check.count("batch_size", batch_size)
    if size > m:
        raise ValueError(f"batch_size: got {size}; want at most the {m} examples of X")
    return size
