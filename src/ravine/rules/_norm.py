"""The length of a gradient, wherever a float64 can hold it."""

import numpy as np

from ravine._typing import Array


def norm(g: Array) -> Array:
    """The Euclidean norm of the rows of g (..., n) -> (...), computed as in the front end's `rules.mjs`.

    The squares are added up as they are, unless they overflow or underflow: then in a unit that is a power of
    two, which costs no digit. It is infinite only where no float64 holds it.

    >>> norm(np.array([[3.0, 4.0], [3e200, 4e200], [3e-200, 4e-200]]))
    array([5.e+000, 5.e+200, 5.e-200])
    """
    g = np.asarray(g, dtype=np.float64)
    with np.errstate(
        over="ignore", invalid="ignore", under="ignore"
    ):  # what leaves the range is scaled below
        total = np.asarray((g * g).sum(axis=-1))
        plain = (total > 2.0**-900) & (total < 2.0**1000)
        if plain.all():
            return np.asarray(np.sqrt(total))
        peak = np.abs(g).max(axis=-1, initial=0.0)
        unit = np.where(peak > 2.0**500, 2.0**-600, np.where(peak < 2.0**-500, 2.0**600, 1.0))
        # In C order, as a sum's rounding depends on the layout: a row alone has the norm it has in a batch.
        scaled = np.multiply(g, unit[..., None], order="C")
        far = np.sqrt((scaled * scaled).sum(axis=-1)) / unit
        return np.asarray(np.where(plain, np.sqrt(total), far))


def direction(g: Array) -> Array:
    """g / |g| of the rows of g (..., n), for the largest too.

    An entry that has overflowed is infinitely longer than one that has not. Where two have, their ratio is
    lost, and the answer NaN.

    >>> direction(np.array([[3e307, -4e307], [-np.inf, 1e300], [np.inf, np.inf]]))
    array([[ 0.6, -0.8],
           [-1. ,  0. ],
           [ nan,  nan]])
    """
    with np.errstate(all="ignore"):  # what is infinite or lost is told apart below
        infinite = np.isinf(g)
        # 0 g keeps what is NaN; the sum of an infinite row's signs is a unit vector if there is one alone.
        g = np.where(infinite.any(axis=-1, keepdims=True), np.where(infinite, np.sign(g), 0 * g), g)
        g = np.where(infinite.sum(axis=-1, keepdims=True) > 1, np.nan, g)
        g = np.where(np.abs(g).max(axis=-1, keepdims=True) > 2.0**500, g * 2.0**-600, g)
        return np.asarray(g / norm(g)[..., None])
