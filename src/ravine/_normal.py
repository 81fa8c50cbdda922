"""The standard normal distribution, without scipy."""

import math

import numpy as np
from numpy.typing import ArrayLike

from ravine._typing import Array

_erfc = np.frompyfunc(math.erfc, 1, 1)


def pdf(x: ArrayLike) -> Array:
    """phi(x) = exp(-x^2 / 2) / sqrt(2 pi), entry by entry.

    >>> round(float(pdf(0)), 4)
    0.3989
    """
    return np.asarray(np.exp(-0.5 * np.square(x, dtype=np.float64)) / math.sqrt(2 * math.pi))


def cdf(x: ArrayLike) -> Array:
    """Phi(x), the probability that a standard normal is below x, entry by entry.

    >>> cdf([0, 1.96]).round(3)
    array([0.5  , 0.975])
    """
    # erfc rather than erf: it keeps its relative precision in the lower tail.
    return np.asarray(_erfc(np.asarray(x) / -math.sqrt(2)) / 2, dtype=np.float64)
