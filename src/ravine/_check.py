"""Argument checks: every message names the argument, what it got and what it wants."""

import operator
from collections.abc import Collection
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine._typing import Array


def array(name: str, x: ArrayLike, *, ndim: int | None = None, last: int | None = None) -> Array:
    """Return x as a finite float64 array, or raise; nothing is rounded away, unmasked or taken for a number.

    Parameters
    ----------
    name : the argument's name, for the message.
    x : what the caller passed.
    ndim : the exact number of axes wanted, if any.
    last : the length wanted of the last axis, if any.

    Raises
    ------
    ValueError : x is not numeric, masked, holds NaN or infinity or a number of more digits than a float64,
        or has another shape.

    >>> array("theta", [1, 2], last=2)
    array([1., 2.])
    >>> array("theta", [1, 2], last=3)
    Traceback (most recent call last):
    ValueError: theta: got shape (2,); want (..., 3)
    """
    result = floats(name, x)
    if ndim is not None and result.ndim != ndim:
        raise ValueError(f"{name}: got {result.ndim} axes (shape {result.shape}); want {ndim}")
    if last is not None and (result.ndim == 0 or result.shape[-1] != last):
        raise ValueError(f"{name}: got shape {result.shape}; want (..., {last})")
    if not np.isfinite(result).all():
        bad = result[~np.isfinite(result)].flat[0]
        raise ValueError(f"{name}: got {bad} among its entries; want finite numbers")
    return result


def floats(name: str, x: ArrayLike) -> Array:
    """Return x as a float64 array, finite or not, or raise if that is not what it is or would lose digits.

    >>> floats("theta", [1, np.inf])
    array([ 1., inf])
    >>> floats("theta", [2**53 + 1])
    Traceback (most recent call last):
    ValueError: theta: got 9007199254740993 among its entries; want numbers that a float64 holds
    """
    given = as_given(name, x)
    return given if given.dtype == np.float64 else _exactly(name, given)


def as_given(name: str, x: ArrayLike) -> NDArray[Any]:
    """Return x as an array of real numbers, of the precision in which it came, or raise.

    >>> as_given("y", [1, 0]).dtype.kind
    'i'
    """
    # The plain case first: a descent asks at every step.
    if type(x) is np.ndarray and x.dtype.kind in "iuf":
        return x
    if isinstance(x, np.ma.MaskedArray):
        raise ValueError(f"{_no_numbers(name, x)} without a mask")
    if isinstance(x, list | tuple) and _hides_no_number(x):
        raise ValueError(_no_numbers(name, x))
    try:
        given = np.asarray(x)
    except (ValueError, OverflowError) as error:  # rows of unequal length, an integer too long
        raise ValueError(_no_numbers(name, x)) from error
    # Text such as "0.1" would convert, and a truth value too: neither is what the caller meant.
    if given.dtype.kind not in "iuf":
        raise ValueError(_no_numbers(name, x))
    return given


def _no_numbers(name: str, x: object) -> str:
    return f"{name}: got {x!r}; want an array of real numbers"


def _hides_no_number(x: object) -> bool:
    """Whether a truth value or a masked entry stands among numbers, where NumPy would make one of it."""
    if isinstance(x, list | tuple):
        return any(_hides_no_number(item) for item in x)
    return isinstance(x, bool | np.bool_ | np.ma.MaskedArray) or (
        isinstance(x, np.ndarray) and x.dtype.kind == "b"
    )


def _exactly(name: str, given: NDArray[Any]) -> Array:
    """The array in float64, or a ValueError if that would lose digits."""
    with np.errstate(all="ignore"):  # what is lost is asked below
        result = given.astype(np.float64)
        if given.dtype.kind == "f":
            lost = (result != given) & ~np.isnan(given)
        else:
            far = (given > 2**53) | (given < -(2**53))
            lost = np.zeros(given.shape, dtype=bool)
            # Python compares an integer with a float exactly; NumPy would round the integer first.
            lost[far] = [int(i) != float(i) for i in given[far]]
    if lost.any():
        raise ValueError(
            f"{name}: got {given[lost].flat[0]} among its entries; want numbers that a float64 holds"
        )
    return result


def real(
    name: str,
    x: object,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> float:
    """Return x as a finite float within the bounds, or raise.

    Raises
    ------
    ValueError : x is not a real number, not finite, or outside the bounds.

    >>> real("learning_rate", 0.1, above=0)
    0.1
    >>> real("learning_rate", -0.1, above=0)
    Traceback (most recent call last):
    ValueError: learning_rate: got -0.1; want a finite number > 0
    """
    bounds = [(">", above), (">=", at_least), ("<", below), ("<=", at_most)]
    wanted = " and ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)
    message = f"{name}: got {x!r}; want a finite number {wanted}".rstrip()
    if isinstance(x, str | bytes | bytearray) or _hides_no_number(x) or _is_complex(x):
        raise ValueError(message)
    try:
        result = float(x)  # type: ignore[arg-type]  # anything may come in; what float() refuses is reported
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(message) from error
    if _is_lost(x, result):
        raise ValueError(f"{message} that a float64 holds")
    inside = (
        np.isfinite(result)
        and (above is None or result > above)
        and (at_least is None or result >= at_least)
        and (below is None or result < below)
        and (at_most is None or result <= at_most)
    )
    if not inside:
        raise ValueError(message)
    return result


def _is_complex(x: Any) -> bool:
    return bool(np.iscomplexobj(x))


def _is_lost(x: Any, result: float) -> bool:
    """Whether a float lost digits of an integer or a long double, or all of a tiny number."""
    if hasattr(x, "__index__") and not isinstance(x, np.ndarray):
        return operator.index(x) != result
    if isinstance(x, np.longdouble):
        return bool(np.longdouble(result) != x and np.isfinite(x))
    return result == 0 and bool(x != 0)


def count(name: str, x: object, *, at_least: int = 1) -> int:
    """Return x as an int of at least `at_least`, or raise; 10.0 and 2.5 are no counts.

    Raises
    ------
    ValueError : x is not an integer, too small, or too large for 64 bits.

    >>> count("n_steps", 100)
    100
    >>> count("n_steps", 2.5)
    Traceback (most recent call last):
    ValueError: n_steps: got 2.5; want an integer >= 1
    """
    message = f"{name}: got {x!r}; want an integer >= {at_least}"
    if isinstance(x, bool | np.bool_):
        raise ValueError(message)
    try:
        result = operator.index(x)  # type: ignore[arg-type]  # what has no __index__ is reported
    except TypeError as error:
        raise ValueError(message) from error
    if result < at_least:
        raise ValueError(message)
    if result >= 2**63:
        raise ValueError(f"{message} and < 2**63")
    return result


def one_of(name: str, x: object, choices: Collection[str]) -> str:
    """Return x if it is one of the choices, or raise.

    Raises
    ------
    ValueError : x is none of them.

    >>> one_of("activation", "sine", ["relu", "tanh"])
    Traceback (most recent call last):
    ValueError: activation: got 'sine'; want one of 'relu', 'tanh'
    """
    if not isinstance(x, str) or x not in choices:
        raise ValueError(f"{name}: got {x!r}; want one of {', '.join(map(repr, choices))}")
    return x


def place(name: str, x: object, settings: Collection[float] | Collection[str]) -> int:
    """Return where x stands among the settings at which something was measured, or raise; none is rounded to.

    Raises
    ------
    ValueError : x is none of them.

    >>> place("threshold", 1, (0.1, 1.0, 10.0))
    1
    >>> place("threshold", 0.999, (0.1, 1.0, 10.0))
    Traceback (most recent call last):
    ValueError: threshold: got 0.999; want one of 0.1, 1.0, 10.0
    """
    among = list(settings)
    # A truth value equals 0 or 1, NumPy calls a float32 equal to the nearest setting, and a list is compared
    # entry by entry: none of them is what was measured.
    given = x.item() if isinstance(x, np.generic) else x
    if isinstance(given, bool) or not isinstance(given, str | Real) or given not in among:
        raise ValueError(f"{name}: got {x!r}; want one of {', '.join(map(repr, among))}")
    return among.index(given)


def labels(name: str, y: ArrayLike, *, last: int) -> Array:
    """Return two-class labels (..., last), each -1 or +1, as floats, or raise.

    0 and 1 are refused: as a product with a score 0 would silently count as wrong, or as neither class.

    Raises
    ------
    ValueError : y has another last axis, no entry, or holds another number.

    >>> labels("y", [1, -1], last=2)
    array([ 1., -1.])
    >>> labels("y", [1, 0], last=2)
    Traceback (most recent call last):
    ValueError: y: got 0.0 among its labels; want each to be -1 or 1
    """
    result = array(name, y, last=last)
    if not result.size:
        raise ValueError(f"{name}: got shape {result.shape}; want at least one label")
    other = np.abs(result) != 1
    if other.any():
        raise ValueError(f"{name}: got {result[other].flat[0]} among its labels; want each to be -1 or 1")
    return result


def seeded(seed: object) -> np.random.Generator:
    """Return NumPy's generator of a seed, for an experiment that is to be repeated exactly.

    Raises
    ------
    ValueError : the seed is no integer, or negative.

    >>> seeded(0).integers(10, size=3).tolist()
    [8, 6, 5]
    >>> seeded(-1)
    Traceback (most recent call last):
    ValueError: seed: got -1; want an integer >= 0
    """
    return np.random.default_rng(count("seed", seed, at_least=0))


def generator(name: str, x: object) -> np.random.Generator:
    """Return x if it is a NumPy random generator, or raise.

    Raises
    ------
    ValueError : x is something else, such as a bare seed.

    >>> generator("rng", 0)
    Traceback (most recent call last):
    ValueError: rng: got 0; want a numpy.random.Generator, such as numpy.random.default_rng(0)
    """
    if not isinstance(x, np.random.Generator):
        raise ValueError(
            f"{name}: got {x!r}; want a numpy.random.Generator, such as numpy.random.default_rng(0)"
        )
    return x
