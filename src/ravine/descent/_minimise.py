"""Descent on a fixed cost."""

from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Problem
from ravine.descent._arguments import Schedule, counts, multiplier, starts
from ravine.descent._run import Run
from ravine.descent._trace import Trace
from ravine.rules import Rule
from ravine.rules._rule import check_rule


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
    >>> bool(trace.J[2] < trace.J[1] < trace.J[0]), str(trace.status)
    (True, 'max_steps')
    """
    if not (hasattr(problem, "value") and hasattr(problem, "grad")):
        raise ValueError(f"problem: got {problem!r}; want an object with .value and .grad")
    tol = _check.real("tol", tol, at_least=0)
    n_steps, every = counts(n_steps, record_every)
    run = Run(problem, check_rule(rule), starts(theta0, problem))
    run.go(lambda t: run.problem, multiplier(schedule), n_steps, every, tol)
    return run.trace()
