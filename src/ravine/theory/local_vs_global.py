"""Local and global structure: how much restarts can help, and how long a ridge is followed."""

import numpy as np

from ravine import _check, zoo

HILL = zoo.figure_8_4()
TOP = float(HILL.critical_points[0].theta[0])
"""The hill of figure 8.4 and the place of its top."""

WIDEST = 3.0
"""Starts are uniform between plus and minus this."""

LEARNING_RATE = 0.05
"""Of the descents round the mountain, dimensionless."""

MOUNTAIN = zoo.mountain()
SADDLE = np.array([float(x) for x in MOUNTAIN.critical_points[1].theta])
TILT = float(dict(MOUNTAIN.parameters)["c"])
"""The mountain, the saddle behind its top, and the tilt c of its plain."""


def share_right() -> float:
    """The share of starts uniform in (-WIDEST, WIDEST) right of the top.

    >>> round(share_right(), 4)
    0.5209
    """
    return (WIDEST - TOP) / (2 * WIDEST)


def expected_best(n_dimensions: int, n_tries: int) -> float:
    """The expected largest share of coordinates on the low side, over independent random starts.

    Each coordinate is on the low side with probability `share_right`, so that their number is binomial.

    Parameters
    ----------
    n_dimensions : coordinates, each with a hill of its own.
    n_tries : starts among which the best is kept.

    Returns
    -------
    float : from 0 to 1.

    Raises
    ------
    ValueError : counts below 1.

    >>> round(expected_best(1, 1), 4), round(expected_best(1, 100), 4)
    (0.5209, 1.0)
    """
    d, k = _check.count("n_dimensions", n_dimensions), float(_check.count("n_tries", n_tries))
    p, row = share_right(), np.array([1.0])
    for _ in range(d):  # one more coordinate: Pascal's triangle with weights
        row = np.append(row * (1 - p), 0) + np.append(0, row * p)
    # P(at least j on the low side), from the top: the last ones are too small to be told from 1 - P(fewer).
    reached = np.minimum(np.cumsum(row[:0:-1]), 1)
    with np.errstate(divide="ignore"):  # what is certain at each try is certain
        return float(-np.expm1(k * np.log1p(-reached)).sum() / d)


def delay(learning_rate: float = LEARNING_RATE) -> float:
    r"""Predicted time for each factor e by which a start is closer to the ridge.

    A step multiplies the distance from the ridge at the saddle by $1 + \epsilon c / |x_s|$, so that each
    factor e takes $\epsilon / \ln(1 + \epsilon c / |x_s|)$, which tends to $|x_s| / c$.

    Parameters
    ----------
    learning_rate : epsilon, dimensionless, positive.

    Returns
    -------
    float

    Raises
    ------
    ValueError : a learning rate that is not positive.

    >>> round(delay(1e-9), 4)
    7.8165
    """
    rate = _check.real("learning_rate", learning_rate, above=0)
    limit = abs(SADDLE[0]) / TILT
    # Below the smallest normal numbers a ratio of two of them has no digits left.
    return float(rate / np.log1p(rate * TILT / abs(SADDLE[0]))) if rate > 1e-290 else limit
