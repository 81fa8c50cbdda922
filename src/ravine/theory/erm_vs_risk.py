r"""Empirical risk against risk: least squares on Gaussian features, and the 0-1 loss of a threshold.

The threshold model throughout: $y = \pm 1$ with equal chance, $x = y\mu + N(0, 1)$, and the answer is the
sign of $x + b$; the least risk is at $b = 0$.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check, _normal
from ravine._typing import Array

CHERNOFF_VARIANCE = 0.26355964
"""Variance of the point where two-sided Brownian motion minus $t^2$ is highest, to be found numerically only.

Source: P. Groeneboom and J. A. Wellner, "Computing Chernoff's distribution", 2001; the tests recompute it.
"""


def threshold_risk(b: ArrayLike, mu: float) -> Array:
    r"""The exact 0-1 risk of a threshold, $R(b) = \frac12 [\Phi(-\mu - b) + \Phi(-\mu + b)]$.

    Parameters
    ----------
    b : offset, shape (...), units of x.
    mu : half the distance between the class means, units of x.

    Returns
    -------
    Array : R, shape (...), a probability.

    Raises
    ------
    ValueError : b or mu is not finite.

    >>> threshold_risk([0.0, 0.5], mu=1.0).round(4)
    array([0.1587, 0.1877])
    """
    b, mu = _check.array("b", b), _check.real("mu", mu)
    return (_normal.cdf(-mu - b) + _normal.cdf(b - mu)) / 2


def threshold_slope(b: ArrayLike, mu: float) -> Array:
    r"""The slope of the exact risk, $R'(b) = \frac12 [\varphi(\mu - b) - \varphi(\mu + b)]$.

    The empirical 0-1 risk has none: it is a staircase.
    Parameters and errors as for `threshold_risk`; a probability per unit of x.

    >>> threshold_slope(0.5, mu=1.0).round(5).item()
    0.11127
    """
    b, mu = _check.array("b", b), _check.real("mu", mu)
    # phi(mu - b) - phi(mu + b) = 2 phi(|b| - |mu|) e^(-|mu b|) sinh(mu b), where e^-x sinh x does not cancel.
    nearer = _normal.pdf(np.abs(b) - abs(mu))
    return np.asarray(nearer * np.sign(mu * b) * -np.expm1(-2 * np.abs(mu * b)) / 2)


def zero_slope_probability(h: ArrayLike, m: int, b: float, mu: float) -> Array:
    r"""The chance that a central difference of the empirical 0-1 risk over $b \pm h$ is exactly zero.

    The numbers of +1 and of -1 examples that change sides are nearly Poisson with means $p$ and $n$, so that
    their difference is Skellam and vanishes with probability $e^{-p-n} I_0(2\sqrt{pn})$.

    Parameters
    ----------
    h : half the width of the difference, shape (...), units of x.
    m : number of examples.
    b, mu : offset and half distance, units of x.

    Returns
    -------
    Array : a probability, shape (...).

    Raises
    ------
    ValueError : a negative h, m below 1.

    >>> zero_slope_probability([1e-4, 1e-3, 1e-2], m=1000, b=0.5, mu=1.0).round(3)
    array([0.953, 0.646, 0.116])
    """
    width = _check.array("h", h)
    if (width < 0).any():
        raise ValueError(f"h: got {h!r}; want numbers >= 0")
    b, mu = _check.real("b", b), _check.real("mu", mu)
    sides = (_check.count("m", m) * _normal.between(-b - centre, width) / 2 for centre in (mu, -mu))
    positive, negative = map(np.sqrt, sides)
    # e^(-p-n) I_0(2 sqrt(pn)) with the growth of I_0 taken out: alone, either factor leaves the floats.
    return np.asarray(np.exp(-np.square(positive - negative)) * _scaled_i0(2 * positive * negative))


def _scaled_i0(x: Array) -> Array:
    """e^-x I_0(x) for x >= 0; by its asymptotic series where I_0 is about to overflow."""
    near, far = np.minimum(x, 500), np.maximum(x, 500)
    series, term = np.ones_like(far), np.ones_like(far)
    for k in range(1, 9):
        term = term * (2 * k - 1) ** 2 / (8 * k * far)
        series = series + term
    return np.where(x <= 500, np.exp(-near) * np.i0(near), series / np.sqrt(2 * np.pi * far))


def zero_one_excess(m: ArrayLike, mu: float) -> Array:
    r"""Expected excess risk of exact 0-1 minimisation for large m, $\frac c2 (\frac{4q}{m c^2})^{2/3} E Z^2$.

    $q = \varphi(\mu)$ is the density of x at the best threshold, $c = \mu\varphi(\mu)$ the curvature of
    the risk there, and $Z$ has Chernoff's distribution: the excess falls as $m^{-2/3}$.

    Parameters
    ----------
    m : number of examples, shape (...).
    mu : half the distance between the class means, units of x, positive.

    Returns
    -------
    Array : $E R(b) - R(0)$, shape (...), a probability.

    Raises
    ------
    ValueError : m below 1, mu not positive.

    Source: J. Kim and D. Pollard, "Cube root asymptotics", 1990.

    >>> zero_one_excess(1000, mu=1.0).round(5).item()
    0.00207
    """
    mu, m = _local(m, mu)
    # q^(1/3) in one: far out q itself leaves the floats.
    root = math.exp(-mu * mu / 6) / (2 * math.pi) ** (1 / 6)
    return np.asarray(root / 2 * mu ** (-1 / 3) * (4 / m) ** (2 / 3) * CHERNOFF_VARIANCE)


def plug_in_excess(m: ArrayLike, mu: float) -> Array:
    r"""Expected excess risk of the cut halfway between the class means for large m, $c / (2m)$.

    Parameters, returns and errors as for `zero_one_excess`; $c = \mu\varphi(\mu)$.

    >>> plug_in_excess(1000, mu=1.0).round(6).item()
    0.000121
    """
    mu, m = _local(m, mu)
    return np.asarray(mu * _normal.pdf(mu) / (2 * m))


def logistic_efficiency(distance: ArrayLike, *, n_points: int = 4001) -> Array:
    r"""Asymptotic efficiency of logistic regression against normal discrimination, $(4 + D^2)\, E[p(1 - p)]$.

    Parameters
    ----------
    distance : $D$, distance of two equally likely unit Gaussians, shape (...), in standard deviations.
    n_points : number of points of the trapezoidal rule.

    Returns
    -------
    Array : shape (...), dimensionless: the examples that normal discrimination needs over those that
    logistic regression needs for the same excess risk.

    Raises
    ------
    ValueError : a negative distance.

    Source: B. Efron, "The efficiency of logistic regression compared to normal discriminant analysis", 1975.

    >>> logistic_efficiency([0, 2, 4]).round(3)
    array([1.   , 0.899, 0.343])
    """
    D = _check.array("distance", distance)
    if (D < 0).any():
        raise ValueError(f"distance: got {distance!r}; want numbers >= 0")
    # With u the distance from the midpoint, E[p(1 - p)] = e^(-D^2/8) E[sech(Du/2)] / 4, u standard normal:
    # the trapezoidal rule converges geometrically on it, over the width of the narrower factor.
    v, dv = np.linspace(-12, 12, _check.count("n_points", n_points, at_least=2), retstep=True)
    width = 1 / np.maximum(1, D / 6)
    u = v * width[..., None]
    half = np.exp(-np.abs(D[..., None] * u) / 2)
    mean = (_normal.pdf(u) * 2 * half / (1 + np.square(half))).sum(-1) * dv * width
    return np.asarray((1 + np.square(D / 2)) * np.exp(-np.square(D) / 8) * mean)


def _local(m: ArrayLike, mu: float) -> tuple[float, Array]:
    """Check half the distance between the classes and the numbers of examples."""
    mu = _check.real("mu", mu, above=0)
    sizes = _check.array("m", m)
    if (sizes < 1).any():
        raise ValueError(f"m: got {m!r}; want numbers >= 1")
    return mu, sizes


def least_squares_J(m: ArrayLike, d: ArrayLike, sigma: ArrayLike) -> Array:
    r"""Expected training cost of least squares, $E J = \sigma^2 \max(1 - d/m, 0)$.

    Parameters
    ----------
    m, d : number of examples and of features, $x \sim N(0, I_d)$; broadcast together, shape (...).
    sigma : standard deviation of the noise, units of y.

    Returns
    -------
    Array : $E J$, shape (...), units of y squared.

    Raises
    ------
    ValueError : m or d below 1, or a negative sigma.

    >>> least_squares_J(20, 10, sigma=1.0).item()
    0.5
    """
    m, d, sigma = _sizes(m, d, sigma)
    # The difference of d and m, as that of 1 and d/m cancels.
    return _times_square(np.maximum(m - d, 0) / m, sigma)


def least_squares_J_star(m: ArrayLike, d: ArrayLike, sigma: ArrayLike, w_norm: ArrayLike = 1.0) -> Array:
    r"""Expected risk of the (shortest) least-squares fit to m examples with $x \sim N(0, I_d)$.

    $E J^* = \sigma^2 \frac{m - 1}{m - d - 1}$ for $d < m - 1$, and
    $E J^* = \sigma^2 (1 + \frac{m}{d - m - 1}) + |w^*|^2 (1 - \frac md)$ for $d > m + 1$; infinite between,
    where the fit has no finite second moment. Without noise it is $|w^*|^2 \max(1 - m/d, 0)$ throughout.

    Parameters
    ----------
    m, d : number of examples and of features; broadcast together, shape (...).
    sigma : standard deviation of the noise, units of y.
    w_norm : length $|w^*|$ of the true weights, units of y over units of x.

    Returns
    -------
    Array : $E J^*$, shape (...), units of y squared.

    Raises
    ------
    ValueError : m or d below 1, or a negative sigma or w_norm.

    Source: M. Belkin, D. Hsu and J. Xu, "Two models of double descent for weak features", 2020.

    >>> least_squares_J_star(20, [10, 20, 160], sigma=1.0).round(3)
    array([2.111,   inf, 2.019])
    """
    m, d, sigma = _sizes(m, d, sigma)
    length = _check.array("w_norm", w_norm)
    if (length < 0).any():
        raise ValueError(f"w_norm: got {w_norm!r}; want numbers >= 0")
    bias = _times_square(np.maximum(d - m, 0) / d, length)
    gap = np.abs(d - m) - 1
    # min(d, m) / gap is the expected squared length of the fitted noise: E[1/chi^2_k] = 1/(k - 2).
    with np.errstate(divide="ignore"):  # the infinite peak is the answer, not an accident
        variance = np.where(gap > 0, np.minimum(d, m) / np.maximum(gap, 0), np.inf)
    return bias + _times_square(1 + variance, sigma)


def _times_square(factor: Array, length: Array) -> Array:
    """factor length^2; where either is 0, it is 0, though the other be infinite."""
    present = (factor > 0) & (length > 0)
    with np.errstate(over="ignore"):  # what is too large for a float is infinite
        return np.where(present, np.where(present, factor, 1) * length * length, 0.0)


def _sizes(m: ArrayLike, d: ArrayLike, sigma: ArrayLike) -> tuple[Array, Array, Array]:
    """Check numbers of examples and features, and the noise."""
    bounds = {"m": (m, 1), "d": (d, 1), "sigma": (sigma, 0)}
    arrays = {name: _check.array(name, x) for name, (x, _) in bounds.items()}
    for name, (x, least) in bounds.items():
        if (arrays[name] < least).any():
            raise ValueError(f"{name}: got {x!r}; want numbers >= {least}")
    return arrays["m"], arrays["d"], arrays["sigma"]
