"""Loss landscapes: what a slice shows of a Hessian, what scales change, what a random walk looks like."""

import math

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array

MOST = 100_000
"""The largest dimension for which `convex_looking` is accurate to about six digits."""

_GRID = 2**17
"""Intervals of the angle over which `convex_looking` integrates."""


def slice_curvature(H: ArrayLike) -> tuple[float, float]:
    r"""Mean and variance of the curvature $d^\top H d$ along a random direction $d \sim N(0, I)$.

    $E[d^\top H d] = \mathrm{tr}\, H$, $\mathrm{Var}[d^\top H d] = 2\, \mathrm{tr}\, H^2$.

    Parameters
    ----------
    H : a symmetric matrix, shape (n, n).

    Returns
    -------
    (mean, variance) : in the unit of H, and in its square.

    Raises
    ------
    ValueError : H is not a symmetric matrix.

    Source: the moments of a quadratic form in normal variables; derived in the chapter.

    >>> slice_curvature([[3.0, 0.0], [0.0, -1.0]])
    (2.0, 20.0)
    """
    A = _symmetric("H", H)
    return float(np.trace(A)), float(2 * (A * A).sum())


def convex_looking(n: int, n_negative: int, dimension: int = 1) -> float:
    r"""The probability that a random slice through a saddle looks like a bowl.

    The saddle has n curvatures of one size, of which $k$ are negative; the slice is spanned by `dimension`
    directions from $N(0, I)$. For a line it is $I_{1/2}(k/2, (n-k)/2)$, a regularised incomplete beta
    function: the share of a squared length that falls to k of n coordinates has a beta distribution.

    Parameters
    ----------
    n : number of curvatures, from `dimension` to `MOST`.
    n_negative : k, from 0 to n.
    dimension : 1 for a line, 2 for a plane.

    Returns
    -------
    float : the probability that the curvature is positive all over the slice.

    Raises
    ------
    ValueError : counts out of their range.

    Source: R. J. Muirhead, Aspects of multivariate statistical theory, 1982, theorem 3.3.4, for the plane.

    >>> round(convex_looking(100, 40), 4), round(convex_looking(100, 40, dimension=2), 3)
    (0.9238, 0.744)
    """
    dimension = _check.count("dimension", dimension)
    if dimension > 2:
        raise ValueError(f"dimension: got {dimension}; want 1 for a line or 2 for a plane")
    n, k = _check.count("n", n, at_least=dimension), _check.count("n_negative", n_negative, at_least=0)
    if n > MOST:
        raise ValueError(f"n: got {n}; want at most {MOST}")
    if k > n:
        raise ValueError(f"n_negative: got {k}; want at most n = {n}")
    positive = n - k
    if k == 0 or positive < dimension:
        return float(k == 0)
    if dimension == 2 and k == 1:
        return float(1 - 2.0 ** (-(positive - 1) / 2))
    # A share of a length is the squared sine of an angle; halves are equal at 45 degrees.
    phi = np.linspace(0, np.pi / 2, _GRID + 1)[1:-1]
    density = _likely((k - dimension) * np.log(np.sin(phi)) + (positive - dimension) * np.log(np.cos(phi)))
    ends = [_power(k == dimension, density[0]), _power(positive == dimension, density[-1])]
    below = _cumulative(np.concatenate([ends[:1], density, ends[1:]]))
    half = _GRID // 2
    if dimension == 1:
        return float(below[half] / below[-1])
    # Of two roots x, y below a bound the mean of |x - y| is twice the integral of F (F(bound) - F).
    step = np.sin(2 * np.linspace(0, np.pi / 2, _GRID + 1))
    inside = _cumulative(below[: half + 1] * (below[half] - below[: half + 1]) * step[: half + 1])[-1]
    return float(inside / _cumulative(below * (below[-1] - below) * step)[-1])


def random_walk_share(n_steps: int, n_directions: int = 2, *, about: str = "mean") -> float:
    r"""The share of a random walk's squared size in its best directions, as its dimension grows.

    Of N = T + 1 points about their mean, direction j has the share
    $3 / 2 (N^2 - 1) \sin^2(\pi j / 2N)$, nearly $6 / \pi^2 j^2$;
    of T points about the last, $1 / 2T (T + 1) \sin^2((2j - 1) \pi / (4T + 2))$, nearly
    $8 / \pi^2 (2j - 1)^2$.

    Parameters
    ----------
    n_steps : T, the number of independent steps of one variance.
    n_directions : how many principal directions, from 1 to T.
    about : "mean" measures from the mean of all points, "end" from the last one.

    Returns
    -------
    float : between 0 and 1.

    Raises
    ------
    ValueError : counts out of their range, or another origin.

    Source: J. Antognini and J. Sohl-Dickstein (2018), NeurIPS, section 2; derived in the chapter.

    >>> round(random_walk_share(200), 4), round(random_walk_share(200, about="end"), 4)
    (0.76, 0.9006)
    """
    T = _check.count("n_steps", n_steps)
    if _check.count("n_directions", n_directions) > T:
        raise ValueError(f"n_directions: got {n_directions}; want at most n_steps = {T}")
    j = np.arange(1, n_directions + 1)
    if _check.one_of("about", about, ("mean", "end")) == "mean":
        N = T + 1
        shares = 3 / (2 * (N**2 - 1) * np.sin(np.pi * j / (2 * N)) ** 2)
    else:
        shares = 1 / (2 * T * (T + 1) * np.sin((2 * j - 1) * np.pi / (4 * T + 2)) ** 2)
    return float(shares.sum())


def rescaled_hessian(H: ArrayLike, scales: ArrayLike) -> Array:
    r"""The Hessian at $D \theta$, where a rescaling that has no effect on the function leads.

    $J(D\theta) = J(\theta)$ for all $\theta$ makes it $D^{-1} H D^{-1}$.

    Parameters
    ----------
    H : the Hessian at $\theta$, symmetric, shape (n, n).
    scales : the diagonal of D, positive, shape (n,).

    Returns
    -------
    Array : shape (n, n).

    Raises
    ------
    ValueError : arguments out of their range.

    Source: L. Dinh et al. (2017), ICML, theorem 2.

    >>> rescaled_hessian([[4.0, 1.0], [1.0, 1.0]], [2.0, 0.5]).tolist()
    [[1.0, 1.0], [1.0, 4.0]]
    """
    A = _symmetric("H", H)
    D = _positive("scales", _check.array("scales", scales, ndim=1, last=len(A)))
    return np.asarray(A / D[:, None] / D)


def rescaled_curvature(c_11: float, c_12: float, c_22: float, r: ArrayLike) -> Array:
    r"""The curvature along a fixed direction after the first layer is multiplied and the second divided by r.

    $d^\top H_r d = c_{11} / r^2 + 2 c_{12} + c_{22} r^2$, with $c_{ij} = d_i^\top H_{ij} d_j$ the parts of
    the curvature at $r = 1$. It is least, $2 (c_{12} + \sqrt{c_{11} c_{22}})$, at $r^4 = c_{11} / c_{22}$.

    Parameters
    ----------
    c_11, c_12, c_22 : finite numbers.
    r : the factor, positive, shape (...).

    Returns
    -------
    Array : shape (...).

    Raises
    ------
    ValueError : arguments out of their range.

    Source: L. Dinh et al. (2017), ICML, theorem 2, along one direction.

    >>> rescaled_curvature(4.0, 1.0, 1.0, [0.5, 1.0, 2.0]).tolist()
    [18.25, 7.0, 7.0]
    """
    parts = [_check.real(name, c) for name, c in (("c_11", c_11), ("c_12", c_12), ("c_22", c_22))]
    square = _positive("r", r) ** 2
    return np.asarray(parts[0] / square + 2 * parts[1] + parts[2] * square)


def product_curvature(w: ArrayLike, v: ArrayLike, x: float = 1.0) -> Array:
    r"""The curvature across the valley $w v = \text{const}$ of $\frac12 (v w x - y)^2$, at its bottom.

    $x^2 (w^2 + v^2)$, while along the valley it is 0; for a fixed product $p$ it is at least $2 x^2 |p|$.

    Parameters
    ----------
    w, v : the two weights, of shapes that broadcast.
    x : the input.

    Returns
    -------
    Array : of the broadcast shape.

    Raises
    ------
    ValueError : a number that is not finite.

    Source: L. Dinh et al. (2017), ICML, section 3; derived in the chapter.

    >>> product_curvature([1.0, 10.0], [1.0, 0.1]).tolist()
    [2.0, 100.01]
    """
    first, second = np.broadcast_arrays(_check.array("w", w), _check.array("v", v))
    return np.asarray(_check.real("x", x) ** 2 * (first**2 + second**2))


def log_gain(reach: float, width: int | None = None) -> float:
    r"""By how much the logarithm of the signal grows in each rectified layer, some way along random filters.

    $\frac12 \ln(1 + \rho^2)$: at the distance $\rho$ along filter-normalised directions, the weights of the
    layer have $1 + \rho^2$ times the variance that keeps the signal; $\rho^2 = 2$ at the corner (1, 1).
    A layer of finite width m takes about $5 / 4m$ from the mean logarithm.

    Parameters
    ----------
    reach : $\rho$, at least 0.
    width : m, at least 1; None: no end of units.

    Returns
    -------
    float : a natural logarithm.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter.

    >>> round(log_gain(2**0.5), 3), round(log_gain(2**0.5, 32), 3)
    (0.549, 0.51)
    """
    gain = 0.5 * math.log1p(_check.real("reach", reach, at_least=0) ** 2)
    return gain if width is None else gain - 1.25 / _check.count("width", width)


def _likely(log_density: Array) -> Array:
    """Of any height: only ratios are asked for."""
    return np.asarray(np.exp(log_density - log_density.max()))


def _power(stays: bool, beside: float) -> float:
    """A sine to a power, where the sine is 0: 0, unless the power is."""
    return float(beside) if stays else 0.0


def _cumulative(heights: Array) -> Array:
    """Integrals from the left, by trapezia, in units of the spacing."""
    return np.concatenate([[0.0], np.cumsum((heights[1:] + heights[:-1]) / 2)])


def _symmetric(name: str, H: ArrayLike) -> Array:
    A = _check.array(name, H, ndim=2)
    if A.shape[0] != A.shape[1] or not A.size or np.abs(A - A.T).max() > 1e-8 * np.abs(A).max():
        raise ValueError(f"{name}: got shape {A.shape}; want a square, symmetric matrix")
    return A


def _positive(name: str, x: ArrayLike) -> Array:
    found = _check.array(name, x)
    if (found <= 0).any():
        raise ValueError(f"{name}: got {found.min()}; want numbers > 0")
    return found
