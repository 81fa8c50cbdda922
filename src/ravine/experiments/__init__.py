"""The experiments, one folder a chapter: what is measured, and how it is drawn.

A function of parameters gives the frozen result of one experiment; a `Measurement` is an experiment over many
seeds whose results ship with the package.
"""

import sys
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from ravine import _check
from ravine.experiments._measurement import Measurement, measurements

# A notebook's process is the reader's chapter alone. Its matrices are small: on a shared machine, such as
# Binder's, a second BLAS thread makes a chapter ten times slower. Anybody else's process is left as it is.
if "ipykernel" in sys.modules:
    try:
        import threadpoolctl
    except ImportError:
        pass  # the numbers are the same without it
    else:
        threadpoolctl.threadpool_limits(limits=1, user_api="blas")


RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(x: float, spec: str = ".2f") -> str:
    """Write a number the way the book does: with typeset minus, powers and thin spaces.

    Parameters
    ----------
    x : the number.
    spec : how many digits, in the language of `format`, such as ".2f" or ".0e"; a comma, as in ",.0f", asks
        for groups of three digits where there are five or more.

    Returns
    -------
    str

    Raises
    ------
    ValueError : x is not a finite number; spec is no format of one.

    >>> number(2.2e-16, ".0e"), number(-2.6125) == "\\N{MINUS SIGN}2.61"
    ('2 · 10⁻¹⁶', True)
    >>> number(105888, ",.0f") == "105\N{NARROW NO-BREAK SPACE}888", number(6908, ",.0f")
    (True, '6908')
    """
    try:
        text = format(_check.real("x", x), spec)
    except (TypeError, ValueError) as error:
        if str(error).startswith("x: "):
            raise
        raise ValueError(f"spec: got {spec!r}; want a format of a number, such as '.2f'") from error
    digits, _, power = text.partition("e")
    if power:
        digits += f" · 10{str(int(power)).translate(RAISED)}"
    grouped = len(digits.partition(".")[0].strip("-")) > len("9,999")
    return digits.replace("-", "\N{MINUS SIGN}").replace(",", "\N{NARROW NO-BREAK SPACE}" if grouped else "")


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
    ValueError : samples of another shape, none, or not finite; or negative digits.

    >>> summary([1.0, 2.0, 6.0], digits=1)
    '3.0 [1.0, 6.0]'
    """
    x = _check.array("samples", samples, ndim=1)
    digits = _check.count("digits", digits, at_least=0)
    if not x.size:
        raise ValueError("samples: got none; want at least one")
    mean, smallest, largest = (
        number(float(value), f".{digits}f") for value in (np.mean(x), x.min(), x.max())
    )
    return f"{mean} [{smallest}, {largest}]"


def residual(left: Any, right: Any) -> Any:
    """Check an equation of the book: left minus right, which must simplify to zero.

    Parameters
    ----------
    left, right : sympy expressions, matrices of one shape, or lists of expressions, compared one by one.

    Returns
    -------
    The zero that remains: 0, a zero matrix, or a row of zeros.

    Raises
    ------
    AssertionError : something remains; the message says what.

    >>> x = sp.Symbol("x")
    >>> residual((x + 1) ** 2, x**2 + 2 * x + 1)
    0
    >>> residual((x - 1) ** 2, x**2 + 2 * x + 1)
    Traceback (most recent call last):
    AssertionError: left minus right is -4*x, not zero
    """
    if isinstance(left, list):
        left, right = sp.Matrix([left]), sp.Matrix([right])
    remains = sp.simplify(left - right)
    zero = remains.is_zero_matrix if isinstance(remains, sp.MatrixBase) else remains == 0
    if not zero:  # not an assert statement, which python -O would skip
        raise AssertionError(f"left minus right is {remains}, not zero")
    return remains
