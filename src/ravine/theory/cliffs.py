"""Cliffs: the fixed points of a recurrent unit and where they meet, and how long a step may be."""

import math

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


def output(x: ArrayLike) -> Array:
    """The sigmoid 1 / (1 + exp(-x)), to its last digits in both tails; x (...) -> (...).

    >>> output([0.0, -1e9]).tolist()
    [0.5, 0.0]
    """
    x = _check.array("x", x)
    # Neither exponential overflows, and nothing cancels where the answer is small.
    return np.asarray(np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))))


def fixed_point_bias(x: ArrayLike, w: float) -> Array:
    r"""The bias at which the state x stays where it is: $b = x - w\,\sigma(x)$.

    Parameters
    ----------
    x : states (...), dimensionless.
    w : the recurrent weight.

    Returns
    -------
    Array : biases (...).

    Raises
    ------
    ValueError : arguments that are not finite numbers.

    >>> float(fixed_point_bias(0.0, 4.0))
    -2.0
    """
    return np.asarray(_check.array("x", x) - _check.real("w", w) * output(x))


def folds(w: float) -> tuple[float, float]:
    r"""The two biases between which the unit has three fixed points, where $w\,\sigma'(x) = 1$.

    Parameters
    ----------
    w : the recurrent weight, above 4.

    Returns
    -------
    (lower, upper)

    Raises
    ------
    ValueError : w <= 4, where no bias gives more than one fixed point.

    Source: R. Pascanu, T. Mikolov and Y. Bengio, ICML 2013, figure 3, for w = 5.

    >>> [round(b, 6) for b in folds(5.0)]
    [-2.65561, -2.34439]
    """
    w = _check.real("w", w, above=4)
    # The activities s and 1 - s at the folds have the product 1 / w: of large w their sum keeps only one.
    s = (1 + math.sqrt((w - 4) / w)) / 2
    x = math.log(s) + math.log(s * w)
    return x - w * s, -x - 1 / s


def n_fixed_points(w: float, b: float) -> int:
    """Count the fixed points x = w sigma(x) + b: three between the `folds`, else one.

    Parameters
    ----------
    w, b : weight and bias.

    Returns
    -------
    int

    Raises
    ------
    ValueError : arguments that are not finite numbers.

    >>> n_fixed_points(5.0, -2.5), n_fixed_points(5.0, 0.0)
    (3, 1)
    """
    w, b = _check.real("w", w), _check.real("b", b)
    if w <= 4:
        return 1
    # With as many digits as it takes: no float64 is itself a fold.
    weight, bias = sp.Rational(w), sp.Rational(b)
    s = (1 + sp.sqrt(1 - 4 / weight)) / 2
    x = sp.log(weight * s**2)
    gaps = (bias - x + weight * s, -x - 1 / s - bias)
    return 3 if all(gap.evalf(5, maxn=2000) > 0 for gap in gaps) else 1


def largest_learning_rate(x0: float) -> float:
    """The learning rate 2 x0 / sinh(x0) that carries x0 to -x0 and back for ever; 0 < x0 < 740.

    Beyond, no float64 holds it.

    >>> round(largest_learning_rate(2.0), 4)
    1.1029
    """
    x0 = _check.real("x0", x0, above=0, below=740)
    # Far out sinh overflows before its inverse vanishes.
    return float(2 * x0 / np.sinh(x0)) if x0 < 700 else float(4 * x0 * np.exp(-x0))
