"""What a run leaves behind."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ravine import _check
from ravine._typing import Array


@dataclass(frozen=True, eq=False)
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

    Two traces are equal if all that they recorded is, number by number; as their arrays can change, they have
    no hash.

    >>> from ravine import descent, rules, zoo
    >>> two_starts = [[1.0, 1.0], [2.0, -1.0]]
    >>> trace = descent.minimise(zoo.quadratic(kappa=4.0), rules.newton(), two_starts, n_steps=1)
    >>> trace.theta.shape, trace.J.shape
    ((2, 2, 2), (2, 2))
    """

    steps: NDArray[np.int64]
    theta: Array
    J: Array
    grad_norm: Array
    status: NDArray[np.str_]
    n_steps: NDArray[np.int64]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        names = [field.name for field in fields(self)]
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # type: ignore[assignment]  # how Python says that there is none

    def steps_to(self, J: float) -> Array:
        """The first recorded step (...) at which the cost is at most J; `inf` where it never is.

        >>> from ravine import descent, rules, zoo
        >>> trace = descent.minimise(zoo.quadratic(kappa=4.0), rules.newton(), [1.0, 1.0], n_steps=3)
        >>> float(trace.steps_to(1e-12))
        1.0
        """
        below = _check.real("J", J) >= self.J
        steps = np.where(below.any(axis=0), self.steps[below.argmax(axis=0)], np.inf)
        return np.asarray(steps)[()]
