"""Where curvature grows with the gradient: the hyperbolic cosine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import descent, plotting, problems, rules
from ravine.theory import cliffs as theory

NEAR = 1e-3
"""A descent of the hyperbolic cosine has arrived where |x| <= NEAR."""


@dataclass(frozen=True)
class Hyperbolic:
    """Steps to |x| <= NEAR from each start, for the best single rates and for clipping; inf beyond 40,000."""

    x0: tuple[float, ...]
    plain: tuple[float, ...]
    clipped: tuple[float, ...]
    too_long: tuple[str, ...]

    def plot(self) -> Figure:
        """Draw both counts over the start."""
        fig, ax = plotting.figure()
        ax.semilogy(self.x0, self.plain, "o-", color="ravine:orange",
                    label="unclipped, 0.99 of the largest rate")  # fmt: skip
        ax.semilogy(self.x0, self.clipped, "s-", color="ravine:blue", label="clipped")
        ax.set(xlabel="start $x_0$", ylabel="steps to $|x| \\leq 0.001$")
        ax.legend()
        return fig


def hyperbolic(
    x0: Sequence[float] = (2.0, 4.0, 6.0, 8.0, 10.0), *, learning_rate: float = 0.5, threshold: float = 1.0
) -> Hyperbolic:
    """Descend cosh(x) with almost the largest rate that a start bears, and clipped with one rate for all.

    Parameters
    ----------
    x0 : starts, each positive.
    learning_rate : of the clipped descents.
    threshold : of the clipped descents.

    Returns
    -------
    Hyperbolic : `too_long` holds the status of descents at 1.01 times the largest rate.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: J. Zhang, T. He, S. Sra and A. Jadbabaie, "Why gradient clipping accelerates training", ICLR 2020.

    >>> hyperbolic([2.0]).plain, hyperbolic([2.0]).clipped
    ((8.0,), (12.0,))
    """
    clipped = rules.clip_by_norm(rules.gradient_descent(learning_rate), threshold)
    largest = [theory.largest_learning_rate(x) for x in x0]
    plain = [_steps(rules.gradient_descent(0.99 * rate), x) for rate, x in zip(largest, x0, strict=True)]
    beyond = [_run(rules.gradient_descent(1.01 * rate), x) for rate, x in zip(largest, x0, strict=True)]
    statuses = tuple(str(run.status) for run in beyond)
    return Hyperbolic(tuple(x0), tuple(plain), tuple(_steps(clipped, x) for x in x0), statuses)


def _run(rule: rules.Rule, x0: float) -> descent.Trace:
    """Descend until |x| <= NEAR, which the gradient sinh(x) tells."""
    return descent.minimise(
        problems.COSH, rule, [x0], n_steps=40_000, tol=float(np.sinh(NEAR)), record_every=40_000
    )


def _steps(rule: rules.Rule, x0: float) -> float:
    run = _run(rule, x0)
    return float(run.n_steps) if run.status == "converged" else float("inf")
