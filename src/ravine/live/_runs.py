"""Runs in the plane as outputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ravine import descent, rules
from ravine._typing import Array, Problem
from ravine.live import _text

Outputs = dict[str, Any]

OUTCOMES = {
    "converged": "converges",
    "max_steps": "is not there yet",
    "diverged": "diverges",
    "singular": "stops: singular Hessian",
}


def trajectory(
    problem: Problem,
    rule: rules.Rule,
    start: Sequence[float],
    *,
    n_steps: int,
    tol: float = 1e-9,
    J_star: float = 0.0,
    fall: float = 1e-6,
    rho: float = np.nan,
) -> Outputs:
    """One run in the plane, as outputs; `tools.trajectory` is its twin in the front end.

    Parameters
    ----------
    problem, rule, start, n_steps, tol : as for `descent.minimise`, one start of shape (2,).
    J_star : the cost that excess is measured from.
    fall : `steps` counts those until the excess has fallen by this factor.
    rho : what theory says of the factor a step by which the distance shrinks.

    Returns
    -------
    x, y, t, J, excess, theory : arrays over the steps taken; and status, outcome (in words), steps, rate
    (as measured), last_step, J_end, x_end, y_end; fold, the first excess over the last one (None where
    that is 0), and change, the same in words: "divided by 55".
    """
    trace = descent.minimise(problem, rule, start, n_steps=n_steps, tol=tol)
    last = int(trace.n_steps)
    (x, y), J, t = trace.theta[: last + 1].T, trace.J[: last + 1], np.arange(last + 1.0)
    excess = J - J_star
    with np.errstate(over="ignore"):  # the law of a run that diverges leaves all numbers
        theory = excess[0] * rho ** (2 * t)
    steps, rate = progress(excess, fall)
    return {"x": x, "y": y, "t": t, "J": J, "excess": excess, "theory": theory, "status": str(trace.status),
            "outcome": OUTCOMES[str(trace.status)], "steps": steps, "rate": rate, "last_step": last,
            "J_end": float(J[-1]), "x_end": float(x[-1]), "y_end": float(y[-1]), **_fold(excess)}  # fmt: skip


def _fold(excess: Array) -> Outputs:
    """By what the excess cost has been divided, as a number and in words."""
    first, last = float(excess[0]), float(excess[-1])
    if last == 0:
        return {"fold": None, "change": "brought to 0" if first else "0 from the start"}
    fold = first / last
    size = fold if fold >= 1 else 1 / fold if fold > 0 else np.inf
    amount = _text.format_number(size, "d" if 10 <= size < 1e6 else ".2g")
    return {"fold": fold, "change": "divided by " + amount if fold >= 1 else "multiplied by " + amount}


def progress(excess: Array, fall: float) -> tuple[int | None, float | None]:
    """Steps until the excess cost has fallen by the factor, and the fitted rate a step of its square root.

    The fit leaves out the first half as a transient, and what lies below rounding error.

    >>> steps, rate = progress(0.25 ** np.arange(20), 1e-6)
    >>> steps, round(rate, 12)
    (10, 0.5)
    """
    below = excess <= fall * excess[0]
    lost = ~(excess > 1e-20 * excess[0])
    last = (int(lost.argmax()) if lost.any() else len(excess)) - 1
    y = np.log(excess[last >> 1 : last + 1]) / 2
    rate = None if len(y) < 2 else float(np.exp(np.polyfit(np.arange(len(y)), y, 1)[0]))
    return (int(below.argmax()) if below.any() else None), rate
