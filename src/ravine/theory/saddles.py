"""Saddles: how long leaving one takes, and how rare a random matrix without negative eigenvalues is."""

from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


def growth(learning_rate: ArrayLike, lam: ArrayLike, momentum: ArrayLike = 0.0) -> tuple[Array, Array]:
    r"""How the distance from a saddle grows along a direction that curves down, from rest.

    After a few steps $|\theta_t| = A z^t |\theta_0|$, where $z > 1$ (which may round to 1) solves
    $z^2 - (1 + \alpha + \epsilon|\lambda|) z + \alpha = 0$ and $A = z (1 - w) / (z - w)$, $w = \alpha / z$.

    Parameters
    ----------
    learning_rate, lam, momentum : step size, |eigenvalue| and momentum; shapes that broadcast.

    Returns
    -------
    (z, A) : the factor a step and the factor of the start, dimensionless; (1 + learning_rate lam, 1) without
        momentum.

    Source: the roots of Polyak's heavy ball (1964) for a negative curvature.

    >>> z, A = growth(0.1, 0.1, [0.0, 0.9])
    >>> z.round(4).tolist(), A.round(4).tolist()
    ([1.01, 1.0647], [1.0, 0.7508])
    """
    alpha = _check.array("momentum", momentum)
    if ((alpha < 0) | (alpha >= 1)).any():
        raise ValueError(f"momentum: got {momentum!r}; want numbers >= 0 and < 1")
    rate, size = _check.array("learning_rate", learning_rate), _check.array("lam", lam)
    x = _excess(rate * size, alpha)
    rest = 1 - alpha + x
    return 1 + x, rest / (x + rest / (1 + x))


def _excess(step: Array, alpha: Array) -> Array:
    """z - 1 without the cancellation of z: the positive root of x^2 + (1 - alpha - step) x - step = 0."""
    if not (np.isfinite(step) & (step > 1e-300)).all():
        raise ValueError(f"learning_rate: got {step} as learning_rate * lam; want finite numbers > 1e-300")
    c = 1 - alpha - step
    root = np.hypot(c, 2 * np.sqrt(step))
    return np.asarray(np.where(c > 0, 2 * (step / (np.abs(c) + root)), (np.abs(c) + root) / 2))


def _log_ratio(radius: float, start: Array) -> Array:
    """ln(radius / |start|), without overflow; infinite for 0, and 0 from the radius on."""
    delta = np.minimum(np.abs(start), radius)
    with np.errstate(divide="ignore", over="ignore"):  # the logarithm of 0 says: never
        near = np.log1p((radius - delta) / delta)
        return np.where(delta > radius / 2, near, np.log(radius) - np.log(delta))


def escape_steps(
    delta: ArrayLike, radius: float, learning_rate: float, lam: float, momentum: float = 0.0
) -> Array:
    r"""Predict the steps until a run at distance delta from a saddle is at distance radius.

    $t = \ln(r / A\delta) / \ln z$, with $z$ and $A$ of `growth`.

    Parameters
    ----------
    delta : distance along the direction that curves down, of any shape; 0 is never left.
    radius : r, positive, in the same units.
    learning_rate, lam, momentum : as for `growth`.

    Returns
    -------
    Array : number of steps, not rounded, of delta's shape; infinite for delta = 0, 0 from the radius on.

    Raises
    ------
    ValueError : a bad argument.

    >>> escape_steps([1e-6, 0.0], 10**-1.5, 0.1, 0.1).round(1).tolist()
    [1041.3, inf]
    """
    start = _check.array("delta", delta)
    radius = _check.real("radius", radius, above=0)
    rate = _check.real("learning_rate", learning_rate, above=0) * _check.real("lam", lam, above=0)
    alpha = _check.real("momentum", momentum, at_least=0, below=1)
    _, A = growth(rate, 1.0, alpha)
    logs = _log_ratio(radius, start)
    waits = (logs - np.log(A)) / np.log1p(_excess(np.asarray(rate), np.asarray(alpha)))
    return np.asarray(np.where(np.abs(start) < radius, waits, 0.0))


def newton_steps(delta: ArrayLike, radius: float) -> Array:
    """Predict the steps of saddle-free Newton: each doubles the distance, t = log2(radius / delta).

    >>> newton_steps(1e-6, 10**-1.5).round(1).tolist()
    14.9
    """
    logs = _log_ratio(_check.real("radius", radius, above=0), _check.array("delta", delta))
    return np.asarray(logs / np.log(2))


DEAN_MAJUMDAR = float(np.log(3) / 4)
"""Minus ln P(no negative eigenvalue) over n^2 in the limit: Dean and Majumdar (2008), abstract."""


DIGITS = 80
"""Of the arithmetic: the elimination cancels most of them at n = 30."""


@cache
def _skew(j: int, k: int) -> Any:
    """The integral of sign(y - x) x^j y^k exp(-(x^2 + y^2)/2) over positive x and y, by parts in y."""
    if j >= k:
        return -_skew(k, j) if j > k else sp.Integer(0)
    edge = _moment(j) if k == 1 else 0
    return (k - 1) * (_skew(j, k - 2) if k > 1 else 0) + sp.gamma(sp.Rational(j + k, 2)) - edge


def _moment(j: int) -> Any:
    """The integral of x^j exp(-x^2/2) over positive x."""
    return sp.sqrt(2) ** (j - 1) * sp.gamma(sp.Rational(j + 1, 2))


def _pfaffian(A: list[list[Any]]) -> Any:
    """The Pfaffian of a skew-symmetric matrix of even size, two rows and columns at a time."""
    if not A:
        return sp.Integer(1)
    (_, pivot, *first), (_, _, *second), *rest = A
    smaller = [
        [a - (first[i] * second[j] - first[j] * second[i]) / pivot for j, a in enumerate(row[2:])]
        for i, row in enumerate(rest)
    ]
    return pivot * _pfaffian(smaller)


def all_positive(n: int, exact: bool = True) -> Any:
    r"""The probability that a random symmetric matrix has no negative eigenvalue.

    $P_n = n!\,\mathrm{Pf}(A) / Z_n$ for the Gaussian orthogonal ensemble, by de Bruijn's formula: the entries
    of $A$ are moments over the positive half line,
    $Z_n = (2\pi)^{n/2} \prod_j \Gamma(1 + j/2) / \Gamma(3/2)$.

    Parameters
    ----------
    n : size of the matrix, from 1 to 30; the exact form to 6.
    exact : a simplified sympy expression, or else a float.

    Returns
    -------
    sympy expression or float, dimensionless.

    Raises
    ------
    ValueError : n outside its range.

    Source: de Bruijn (1955), J. Indian Math. Soc. 19, 133-151, for the integral; Mehta (2004), Random
    Matrices, chapters 3 and 17, for the ensemble and its normalisation.

    >>> all_positive(1), round(all_positive(2, exact=False), 6)
    (1/2, 0.146447)
    """
    if _check.count("n", n) > (6 if exact else 30):
        raise ValueError(f"n: got {n}; want at most {6 if exact else 30}")
    A = [[_skew(j, k) for k in range(n)] for j in range(n)]
    if n % 2:  # an odd number of eigenvalues leaves one unpaired
        A = [[*row, _moment(j)] for j, row in enumerate(A)] + [
            [*(-_moment(k) for k in range(n)), sp.Integer(0)]
        ]
    Z = (2 * sp.pi) ** sp.Rational(n, 2) * sp.prod(
        [sp.gamma(1 + sp.Rational(j, 2)) / sp.gamma(sp.Rational(3, 2)) for j in range(1, n + 1)]
    )
    if exact:
        return sp.factor(sp.radsimp(sp.cancel(sp.factorial(n) * _pfaffian(A) / Z)))
    digits = [[sp.N(a, DIGITS) for a in row] for row in A]
    return float(sp.factorial(n) * _pfaffian(digits) / sp.N(Z, DIGITS))


def index_share(u: ArrayLike) -> Array:
    r"""The share of negative eigenvalues at a critical point of height u, in the limit of many coordinates.

    The Hessian is a random matrix with a semicircle of radius $R = 2\sqrt6$, shifted by $-3u$: the share is
    $\frac12 + \frac1\pi (s \sqrt{1 - s^2} + \arcsin s)$ with $s = 3u / R$, kept within $\pm 1$.

    Parameters
    ----------
    u : cost per coordinate, of any shape, in units of its standard deviation times $\sqrt N$.

    Returns
    -------
    Array : from 0, for $u \le -2\sqrt{2/3}$, to 1; of u's shape.

    Source: Auffinger, Ben Arous and Cerny (2013), Comm. Pure Appl. Math. 66, 165-201, for p = 3.

    >>> index_share([-1.7, 0.0, 1.7]).tolist()
    [0.0, 0.5, 1.0]
    """
    s = np.clip(_check.array("u", u) / (2 * np.sqrt(6) / 3), -1, 1)
    # With s = -cos(a) the share is (a - sin(2a) / 2) / pi; of a small one the two terms cancel.
    a = 2 * np.arcsin(np.sqrt((1 + s) / 2))
    square, tail = (2 * a) ** 2, np.zeros_like(a)
    for k in range(9, 0, -1):
        tail = square / ((2 * k) * (2 * k + 1)) * (1 - tail)
    small: Array = a * tail / np.pi
    return np.asarray(np.where(a < 0.5, small, 0.5 + (s * np.sqrt(1 - s * s) + np.arcsin(s)) / np.pi))
