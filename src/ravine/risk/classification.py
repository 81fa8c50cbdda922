r"""The 0-1 loss: a risk that is smooth, an empirical risk that is a staircase.

The threshold model throughout: $y = \pm 1$ with equal chance, $x = y\mu + N(0, 1)$, and the answer is the
sign of $x + b$; the least risk is at $b = 0$.
"""

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check, _normal
from ravine._typing import Array

CHERNOFF_VARIANCE = 0.26355964
"""Variance of the point where two-sided Brownian motion minus $t^2$ is highest, to be found numerically only.

Source: P. Groeneboom and J. A. Wellner, "Computing Chernoff's distribution", 2001; the tests recompute it.
"""


def zero_one(w: ArrayLike, X: ArrayLike, y: ArrayLike, b: ArrayLike = 0.0) -> Array:
    r"""The empirical 0-1 risk: the share of examples with $y_i (x_i^\top w + b) \le 0$.

    Parameters
    ----------
    w : weights, shape (..., d).
    X, y : examples, shapes (..., m, d) and (..., m), labels -1 and +1.
    b : offset, shape (...).

    Returns
    -------
    Array : shape (...), a fraction of examples; a point on the boundary counts as wrong.

    Raises
    ------
    ValueError : shapes that do not fit, or entries that are not finite.

    >>> zero_one([1.0], [[2.0], [-1.0], [3.0]], [1, -1, -1]).round(3).item()
    0.333
    """
    w = _check.array("w", w)
    X = _check.array("X", X, last=w.shape[-1])
    score = (X @ w[..., None])[..., 0] + _check.array("b", b)[..., None]
    return np.asarray((_check.array("y", y, last=X.shape[-2]) * score <= 0).mean(-1))


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
    return (_normal.pdf(mu - b) - _normal.pdf(mu + b)) / 2


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
    edges = np.stack([-b - width, -b + width])
    positive, negative = (
        _check.count("m", m) * np.diff(_normal.cdf(edges - centre), axis=0)[0] / 2 for centre in (mu, -mu)
    )
    return np.asarray(np.exp(-positive - negative) * np.i0(2 * np.sqrt(positive * negative)))


def minimise_zero_one(x: ArrayLike, y: ArrayLike) -> Array:
    r"""The offset whose sign of $x + b$ makes the fewest errors, exactly, by sorting.

    Parameters
    ----------
    x, y : examples, shape (..., m) each, labels -1 and +1.

    Returns
    -------
    Array : b, shape (...), units of x: halfway between two examples, the largest where several are best.

    Raises
    ------
    ValueError : shapes that do not fit, or entries that are not finite.

    >>> minimise_zero_one([-2.0, -1.0, 0.5, 3.0], [-1, -1, 1, 1]).item()
    0.25
    """
    x = _check.array("x", x)
    labels = _check.array("y", y, last=x.shape[-1])
    order = np.argsort(x, axis=-1)
    x, labels = np.take_along_axis(x, order, -1), np.take_along_axis(labels, order, -1)
    # Raising the cut past an example loses it if it is +1 and wins it if it is -1.
    best = np.concatenate([np.zeros((*x.shape[:-1], 1)), np.cumsum(labels, axis=-1)], axis=-1).argmin(-1)
    padded = np.concatenate([x[..., :1] - 1, x, x[..., -1:] + 1], axis=-1)
    left, right = (np.take_along_axis(padded, (best + k)[..., None], -1)[..., 0] for k in (0, 1))
    return np.asarray(-(left + right) / 2)


def midpoint_threshold(x: ArrayLike, y: ArrayLike, *, known_prior: bool = True) -> Array:
    r"""The offset of linear discriminant analysis: the cut halfway between the two class means.

    $b = -\frac12 (\bar x_+ + \bar x_-)$, plus $s^2 \ln(m_+ / m_-) / (\bar x_+ - \bar x_-)$ if the prior is
    estimated too.

    Parameters
    ----------
    x, y : examples, shape (..., m) each, labels -1 and +1, both present.
    known_prior : whether the classes are known to be equally likely; if not, their frequencies $m_\pm / m$
        and the pooled variance $s^2$ are estimated, as in Fisher's discriminant.

    Returns
    -------
    Array : b, shape (...), units of x.

    Raises
    ------
    ValueError : shapes that do not fit, or a class without an example.

    >>> midpoint_threshold([-2.0, -1.0, 0.5, 3.0], [-1, -1, 1, 1]).item()
    -0.125
    """
    x, positive = _classes(x, y)
    count = positive.sum(-1)
    means = [np.where(side, x, 0).sum(-1) / side.sum(-1) for side in (positive, ~positive)]
    centre = -(means[0] + means[1]) / 2
    if known_prior:
        return np.asarray(centre)
    fitted = np.where(positive, means[0][..., None], means[1][..., None])
    variance = np.square(x - fitted).mean(-1)
    return np.asarray(centre + np.log(count / (x.shape[-1] - count)) * variance / (means[0] - means[1]))


def logistic_threshold(x: ArrayLike, y: ArrayLike) -> Array:
    """The offset b = intercept / slope of logistic regression, by Newton's method.

    Parameters
    ----------
    x, y : examples, shape (..., m) each, labels -1 and +1, both present and not separable by a threshold.

    Returns
    -------
    Array : b, shape (...), units of x.

    Raises
    ------
    ValueError : shapes that do not fit, a class without an example, or no convergence, as on separable data.

    >>> logistic_threshold([-2.0, -1.0, 0.5, 3.0, 0.0, 0.2], [-1, -1, 1, 1, 1, -1]).round(4).item()
    -0.0126
    """
    x, positive = _classes(x, y)
    theta = np.zeros((*x.shape[:-1], 2))
    for _ in range(25):
        p = 1 / (1 + np.exp(-theta[..., :1] - theta[..., 1:] * x))
        weight, gap = p * (1 - p), p - positive
        H00, H01, H11 = weight.sum(-1), (weight * x).sum(-1), (weight * x * x).sum(-1)
        H = np.stack([np.stack([H00, H01], -1), np.stack([H01, H11], -1)], -1)
        g = np.stack([gap.sum(-1), (gap * x).sum(-1)], -1)
        step = np.linalg.solve(H, g[..., None])[..., 0]
        theta -= step
        if np.abs(step).max() < 1e-8:
            return np.asarray(theta[..., 0] / theta[..., 1])
    raise ValueError(
        "x: got examples on which logistic regression does not converge; want overlapping classes"
    )


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
    q, c, m = _local(m, mu)
    return np.asarray(c / 2 * (4 * q / (m * c**2)) ** (2 / 3) * CHERNOFF_VARIANCE)


def plug_in_excess(m: ArrayLike, mu: float) -> Array:
    r"""Expected excess risk of the cut halfway between the class means for large m, $c / (2m)$.

    Parameters, returns and errors as for `zero_one_excess`; $c = \mu\varphi(\mu)$.

    >>> plug_in_excess(1000, mu=1.0).round(6).item()
    0.000121
    """
    _, c, m = _local(m, mu)
    return np.asarray(c / (2 * m))


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
    # By symmetry one class is enough; the trapezoidal rule converges geometrically on a Gaussian.
    z, dz = np.linspace(-12, 12, _check.count("n_points", n_points, at_least=2), retstep=True)
    odds = np.exp(-np.abs(D[..., None] * (z + D[..., None] / 2)))
    return np.asarray((4 + D**2) * (_normal.pdf(z) * odds / (1 + odds) ** 2).sum(-1) * dz)


def _classes(x: ArrayLike, y: ArrayLike) -> tuple[Array, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Check a two-class sample on the line."""
    x = _check.array("x", x)
    positive = _check.array("y", y, last=x.shape[-1]) > 0
    if positive.all(-1).any() or not positive.any(-1).all():
        raise ValueError("y: got a single class; want examples of both")
    return x, positive


def _local(m: ArrayLike, mu: float) -> tuple[float, float, Array]:
    """Density of x and curvature of the risk at the best threshold, and the number of examples."""
    mu = _check.real("mu", mu, above=0)
    sizes = _check.array("m", m)
    if (sizes < 1).any():
        raise ValueError(f"m: got {m!r}; want numbers >= 1")
    q = float(_normal.pdf(mu))
    return q, mu * q, sizes
