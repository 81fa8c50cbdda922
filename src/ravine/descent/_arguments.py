"""Checks of the arguments that both loops take."""

from collections.abc import Callable

from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array

Schedule = Callable[[int], float]


def multiplier(schedule: Schedule | None) -> Schedule:
    """The schedule, checked at every step."""
    if schedule is None:
        return lambda t: 1.0
    if not callable(schedule):
        raise ValueError(f"schedule: got {schedule!r}; want a function t -> multiplier, or None")
    return lambda t: _check.real(f"schedule({t})", schedule(t), at_least=0)


def starts(theta0: ArrayLike, problem: object) -> Array:
    """theta0 as (..., n), n being the problem's if it says one."""
    theta = _check.array("theta0", theta0, last=getattr(problem, "n", None))
    if theta.ndim == 0 or theta.size == 0:
        raise ValueError(f"theta0: got shape {theta.shape}; want (..., n) with at least one start")
    # A copy of its own: what a problem does to its argument must not reach the caller.
    return theta.copy(order="C")


def counts(n_steps: int, record_every: int) -> tuple[int, int]:
    return _check.count("n_steps", n_steps, at_least=0), _check.count("record_every", record_every)
