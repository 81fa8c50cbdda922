"""The experiments, one module or folder a chapter: pure functions from parameters to frozen results."""

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check


def summary(samples: ArrayLike, digits: int = 2) -> str:
    """Write the spread of a measurement over seeds the way the book does: mean [smallest, largest].

    Parameters
    ----------
    samples : one number a seed, shape (n_seeds,).
    digits : decimals to print.

    Returns
    -------
    str

    Raises
    ------
    ValueError : samples of another shape or not finite, or negative digits.

    >>> summary([1.0, 2.0, 6.0], digits=1)
    '3.0 [1.0, 6.0]'
    """
    x = _check.array("samples", samples, ndim=1)
    digits = _check.count("digits", digits, at_least=0)
    return f"{np.mean(x):.{digits}f} [{x.min():.{digits}f}, {x.max():.{digits}f}]"
