"""What an update rule is: a pure (init, update) pair."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ravine._typing import Array, Problem

State = Mapping[str, NDArray[Any]]
Step = tuple[Array, State]


class Update(Protocol):
    """One step of a rule."""

    def __call__(self, problem: Problem, theta: Array, state: State, t: int, scale: float = 1.0) -> Step:
        """Return the next theta (..., n) and state; t counts from 0, scale multiplies the learning rate."""
        ...


@dataclass(frozen=True)
class Rule:
    """An update rule: how a point moves, given the problem and what the rule remembers.

    Parameters
    ----------
    name : the rule's name.
    init : theta (..., n) -> state, a mapping from names to arrays with the leading axes of theta.
    update : (problem, theta, state, t, scale=1.0) -> (theta, state), pure; t is 0 at the first step, and
        scale multiplies the learning rate (this is how schedules act). A rule that has no step to offer at
        some starts leaves them where they are and says so in `state["singular"]`, a bool array (...).
    hyperparameters : name -> number.

    Rules are values: equal, with equal hashes, if they are the same rule with the same numbers.

    >>> from ravine import rules
    >>> rules.gradient_descent(0.1)
    Rule(name='gradient_descent', hyperparameters={'learning_rate': 0.1})
    >>> rules.momentum(0.1) == rules.momentum(0.1), rules.momentum(0.1) == rules.momentum(0.2)
    (True, False)
    """

    name: str
    init: Callable[[Array], State] = field(repr=False)
    update: Update = field(repr=False)
    hyperparameters: Mapping[str, float]

    def __hash__(self) -> int:
        return hash((self.name, frozenset(self.hyperparameters.items())))


class Seen:
    """A problem seen through another gradient; everything else is the problem's own."""

    def __init__(self, problem: Problem, grad: Callable[[Array], Array]) -> None:
        self._problem = problem
        self.value = problem.value
        self.grad = grad

    def __getattr__(self, name: str) -> Any:
        return getattr(self._problem, name)


def check_rule(rule: object) -> Rule:
    """Return rule if it is a Rule, or raise ValueError."""
    if not isinstance(rule, Rule):
        raise ValueError(f"rule: got {rule!r}; want a ravine.rules.Rule, such as gradient_descent(0.1)")
    return rule


@dataclass(frozen=True)
class Zeros:
    """An `init` whose state is zero under each of the names; without names, the empty state."""

    names: tuple[str, ...] = ()

    def __call__(self, theta: Array) -> State:
        return {name: np.zeros_like(theta) for name in self.names}
