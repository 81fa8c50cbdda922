"""Array alias and the protocols that modules meet each other through."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@runtime_checkable
class Problem(Protocol):
    """Whatever can be minimised: a cost with its gradient, batched over leading axes of theta.

    An `Objective` is one, and so is a network bound to data by `network.problem(X, y)`.
    """

    def value(self, theta: Array) -> Array:
        """J(theta); theta (..., n) -> (...)."""
        ...

    def grad(self, theta: Array) -> Array:
        """The gradient of J; theta (..., n) -> (..., n)."""
        ...


@runtime_checkable
class SecondOrderProblem(Problem, Protocol):
    """A problem whose Hessian can be formed, as Newton's method needs."""

    def hess(self, theta: Array) -> Array:
        """The Hessian of J; theta (..., n) -> (..., n, n)."""
        ...
