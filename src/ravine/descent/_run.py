"""The machine inside both loops: every start stepped, stopped, named and recorded by itself."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine._typing import Array, Problem
from ravine.descent._arguments import Schedule
from ravine.descent._trace import Trace
from ravine.rules import Rule
from ravine.rules._norm import norm
from ravine.rules._rule import Seen

# An iterate beyond this in any coordinate has diverged. Polynomial costs up to degree 15 are still finite
# there, so that what is recorded never overflows, and no parameter of the course comes anywhere near.
DIVERGED_BEYOND = 1e20


class Run:
    """The state of one run: where each start is, and which are still going."""

    def __init__(self, problem: Problem, rule: Rule, theta: Array) -> None:
        self.problem = _remembering(problem)
        self.rule, self.theta, self.state = rule, theta, rule.init(theta)
        self.status = np.full(theta.shape[:-1], "max_steps")
        self.n_steps = np.zeros(theta.shape[:-1], dtype=np.int64)
        self.going = np.ones(theta.shape[:-1], dtype=bool)
        self.all_going = self.any_going = True
        self.records: dict[int, tuple[Array, Array, Array]] = {}
        self._sized: tuple[Array | None, Array] = (None, theta)

    def stop(self, which: NDArray[np.bool_], status: str) -> None:
        """Say what stopped these starts."""
        if which.any():
            self.status[which] = status
            # Not `&= ~which`: a run of one start has 0-d arrays.
            self.going = np.asarray(self.status == "max_steps")
            self.all_going, self.any_going = False, bool(self.going.any())

    def size(self) -> Array:
        """The gradient's norm at theta, computed once a step."""
        if self._sized[0] is not self.theta:
            self._sized = self.theta, norm(self.problem.grad(self.theta))
        return self._sized[1]

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
            while t < n_steps and not self.over():
                self.step(sample(t), t, multiplier(t))
                if self.over():
                    break
                t += 1
                self.settle(t, tol)
                if t % every == 0:
                    self.record(t)
            self.record(t)

    def over(self) -> bool:
        """Whether no start is going."""
        return not self.any_going

    def step(self, problem: Problem, t: int, scale: float) -> None:
        """Move every start that can move; name what stopped the others."""
        theta, state = self.rule.update(problem, self.theta, self.state, t, scale)
        if theta.shape != self.theta.shape:
            raise ValueError(
                f"problem: got a step of shape {theta.shape} at theta of shape {self.theta.shape}; "
                "want .grad and .hess with the axes of theta"
            )
        inside = np.abs(theta) <= DIVERGED_BEYOND  # NaN compares false
        if self.all_going and "singular" not in state and inside.all():
            self.n_steps += 1
            self.theta, self.state = theta, state
            return
        was_going = self.going
        if "singular" in state:
            self.stop(was_going & state["singular"], "singular")
        self.stop(was_going & ~inside.all(axis=-1), "diverged")
        going = self.going
        self.n_steps += going
        self.theta = _where(going, theta, self.theta)
        self.state = {name: _where(going, new, self.state.get(name, new)) for name, new in state.items()}

    def settle(self, t: int, tol: float | None) -> None:
        """Stop the starts whose gradient has vanished."""
        if tol is None:
            return
        settled = self.going & (self.size() <= tol)
        if tol == 0 and settled.any():
            onward, _ = self.rule.update(self.problem, self.theta, self.state, t)
            settled &= (onward == self.theta).all(axis=-1)
        self.stop(settled, "converged")

    def record(self, t: int) -> None:
        """Record the iterates, taking back to the last record those whose cost is not finite."""
        if t in self.records:
            return
        # A copy, as a problem may use the array that it answers in again.
        J, size = np.array(self.problem.value(self.theta), dtype=np.float64), self.size()
        if J.shape != self.status.shape:
            raise ValueError(
                f"problem: got costs of shape {J.shape} at theta of shape {self.theta.shape}; "
                f"want {self.status.shape}"
            )
        lost = ~(np.isfinite(J) & np.isfinite(size))
        if lost.any():
            J, size = self.take_back(lost, J, size)
        # theta too: a problem may write into its argument.
        self.records[t] = (self.theta.copy(), J, size)

    def take_back(self, lost: NDArray[np.bool_], J: Array, size: Array) -> tuple[Array, Array]:
        if not self.records:
            raise ValueError(
                f"theta0: got a start with J = {J[lost][0]} and |g| = {size[lost][0]}; want finite ones"
            )
        t = max(self.records)
        theta, *finite = self.records[t]
        self.stop(lost, "diverged")
        self.n_steps[lost] = t
        self.theta = _where(lost, theta, self.theta)
        return np.where(lost, finite[0], J), np.where(lost, finite[1], size)

    def trace(self) -> Trace:
        theta, J, size = (np.stack(column) for column in zip(*self.records.values(), strict=True))
        return Trace(np.array(list(self.records)), theta, J, size, self.status[()], self.n_steps[()])


def _remembering(problem: Problem) -> Seen:
    """The problem, keeping its last gradient: recording, settling and stepping then share one evaluation."""
    last: list[Array] = []

    def grad(theta: Array) -> Array:
        if not last or last[0] is not theta:
            # A copy, as a problem may use the array that it answers in again.
            g = np.array(problem.grad(theta), dtype=np.float64)
            if g.shape != theta.shape:
                raise ValueError(
                    f"problem: got gradients of shape {g.shape} at theta {theta.shape}; want the same"
                )
            last[:] = theta, g
        return last[1]

    return Seen(problem, grad)


def _where(mask: NDArray[np.bool_], new: NDArray[Any], old: NDArray[Any]) -> NDArray[Any]:
    """new where the mask (...) is true, else old, whatever trailing axes they have."""
    return new if mask.all() else np.where(mask.reshape(mask.shape + (1,) * (new.ndim - mask.ndim)), new, old)
