"""Surrogate losses: what a little log loss guarantees for errors, and how good the first step is."""

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check, data
from ravine._typing import Array
from ravine.theory.erm_vs_risk import threshold_risk


def calibration(excess: ArrayLike) -> Array:
    r"""The excess log risk that an excess $t$ of errors costs at least.

    $\psi(t) = \frac12 [(1 + t) \ln(1 + t) + (1 - t) \ln(1 - t)]$ is at least $t^2 / 2$, so that the excess
    0-1 risk is at most the root of twice the excess log risk.

    Parameters
    ----------
    excess : $t$, excess 0-1 risk, shape (...), in [0, 1].

    Returns
    -------
    Array : shape (...), nats.

    Raises
    ------
    ValueError : an excess outside [0, 1].

    Source: P. Bartlett, M. Jordan and J. McAuliffe, "Convexity, classification, and risk bounds", 2006.

    >>> calibration([0.0, 0.2, 1.0]).round(4)
    array([0.    , 0.0201, 0.6931])
    """
    t = _check.array("excess", excess)
    if ((t < 0) | (t > 1)).any():
        raise ValueError(f"excess: got {excess!r}; want numbers between 0 and 1")
    # (1 - t) ln(1 - t) tends to 0 at t = 1.
    rest = np.where(t < 1, (1 - t) * np.log1p(-np.where(t < 1, t, 0)), 0)
    # Where the two terms cancel, their series: the sum over k of t^(2k) / (2k (2k - 1)).
    square, series = np.square(t), np.zeros_like(t)
    for k in range(9, 0, -1):
        series = square * (1 / (2 * k * (2 * k - 1)) + series)
    return np.where(t < 0.1, series, ((1 + t) * np.log1p(t) + rest) / 2)[()]


def first_step_risk(truth: data.TwoGaussians, m: int) -> float:
    r"""The risk after one gradient step from 0 on m examples, for large m.

    $\Phi\left(-\|\mu\|^2 / \sqrt{\sum_i s_i^2 (\mu_i^2 + s_i^2 / m)}\right)$

    The step goes along $\frac1m \sum_i y_i x_i$, an estimate of $\mu$ with variance $s_i^2 / m$ a feature;
    the formula puts the expected squares of the estimate in the place of its squares.

    Parameters
    ----------
    truth : the distribution.
    m : number of examples.

    Returns
    -------
    float : a probability.

    Raises
    ------
    ValueError : m below 1.

    >>> round(first_step_risk(data.TwoGaussians([2.0] + 49 * [0.0]), 60), 4)
    0.0344
    """
    m = _check.count("m", m)
    # In a unit that is a power of two, which costs no digit: means and deviations have the same.
    unit = -np.frexp(max(np.abs(truth.mu).max(), np.max(truth.sd)))[1]
    square, s2 = np.square(np.ldexp(truth.mu, unit)), np.square(np.ldexp(truth.sd, unit))
    # A classifier on the line, with the margin's mean and variance.
    spread = np.sqrt((s2 * (square + s2 / m)).sum())
    return float(threshold_risk(0.0, square.sum() / spread))
