"""Integrals along a line, to nearly all digits: panels of Gauss-Legendre nodes, refined until they settle."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ravine import _check
from ravine._typing import Array

ORDER = 12
"""Nodes a panel."""

FEWEST, MOST = 32, 4096
"""Panels on the whole line."""

NODES, WEIGHTS = np.polynomial.legendre.leggauss(ORDER)


def _integration_matrix() -> Array:
    """A f = the integrals from -1 to each node, and to 1, of the polynomial through f; (ORDER + 1, ORDER)."""
    legendre = np.polynomial.legendre
    # Coefficients of the interpolant: (2 k + 1) / 2 times the integral of f P_k, exact at this order.
    k = np.arange(ORDER)
    coefficients = (2 * k[:, None] + 1) / 2 * legendre.legvander(NODES, ORDER - 1).T * WEIGHTS
    integrated = np.stack([legendre.legint(column, lbnd=-1) for column in coefficients.T], axis=1)
    return np.asarray(legendre.legval(np.append(NODES, 1.0), integrated).T)


INTEGRATE = _integration_matrix()


class Line:
    """Nodes between points, and integrals over them.

    Parameters
    ----------
    points : ascending, at least two; integrals are known at each.
    n_panels : about how many there are; one at least between neighbours.
    """

    def __init__(self, points: Array, n_panels: int) -> None:
        gaps = np.diff(points)
        count = np.maximum(np.ceil(gaps / gaps.sum() * n_panels), 1).astype(int)
        self.firsts = np.concatenate([[0], np.cumsum(count)])
        which = np.repeat(np.arange(len(gaps)), count)
        self.half = (gaps / count)[which] / 2
        lefts = points[which] + 2 * self.half * (np.arange(len(which)) - self.firsts[which])
        self.x = lefts[:, None] + self.half[:, None] * (1 + NODES)

    def cumulative(self, f: Array) -> tuple[Array, Array]:
        """The integrals from the first point to all nodes (n, ORDER), and to all points (n_points,)."""
        within = self.half[:, None] * (f @ INTEGRATE.T)
        ends = np.concatenate([[0.0], np.cumsum(within[:, -1])])
        return within[:, :-1] + ends[:-1, None], ends[self.firsts]


def converged(compute: Callable[[int], Array], what: str) -> Array:
    """What `compute(n_panels)` gives once more panels change it by less than a part in 10^9.

    Raises
    ------
    ValueError : it does not settle: the functions jump, or have a kink, where no panel ends.
    """
    n, before = FEWEST, compute(FEWEST)
    while n < MOST:
        n *= 2
        now = compute(n)
        scale = np.abs(now).max(initial=0)
        if np.isfinite(scale) and (np.abs(now - before) <= 1e-9 * np.abs(now) + 1e-12 * scale).all():
            return now
        before = now
    raise ValueError(
        f"{what}: got an integral that does not settle with {MOST} panels; want drift and diffusion smooth "
        "between the `breaks`, and D positive"
    )


def on_line(name: str, function: Any, x: Array) -> Array:
    """A function at nodes of any shape; it gets (n,), as walkers on a line."""
    if not callable(function):
        constant = _check.real(name, function)
        return np.full(x.shape, constant)
    answer = _check.array(name, function(x.ravel()))
    if answer.shape != (x.size,):
        raise ValueError(f"{name}: got shape {answer.shape} at positions ({x.size},); want the same shape")
    return answer.reshape(x.shape)


def points_of(x: Array, breaks: Sequence[float] | Array, *others: float) -> Array:
    """All points that integrals run to, ascending, and the breaks that lie between them."""
    inner = _check.array("breaks", breaks, ndim=1)
    ends = np.unique(np.append(x.ravel(), others))
    return np.unique(np.append(ends, inner[(inner > ends[0]) & (inner < ends[-1])]))
