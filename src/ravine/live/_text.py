"""Numbers as text, and templates filled with them: the twin of `format` and `fill` in numbers.mjs."""

# ruff: noqa: RUF001, RUF002  # numbers are typeset for readers: a minus, a multiplication sign

import math
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

# "{name}" or "{name:.3g}", as in the front end.
_SPOT = re.compile(r"\{([^{}:]+):?([^{}]*)\}")
_FORMAT = re.compile(r"d|\.(?:\d|1[0-5])[f%]|\.(?:[1-9]|1[0-5])g")
_USUAL = ".3g"
# From here on digits behind the point, and whole numbers, say nothing.
_HUGE = 1e15
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def check_format(name: str, spec: object) -> str:
    """Return a format that both languages understand, or raise ValueError.

    >>> check_format("format", ".2f")
    '.2f'
    >>> check_format("format", "5.2e")
    Traceback (most recent call last):
    ValueError: format: got '5.2e'; want "d", ".2f", ".3g" or ".0%", with at most 15 digits
    """
    if not isinstance(spec, str) or not _FORMAT.fullmatch(spec):
        raise ValueError(f'{name}: got {spec!r}; want "d", ".2f", ".3g" or ".0%", with at most 15 digits')
    return spec


def spots(name: str, template: object) -> list[str]:
    """The names that a template asks for, or ValueError for a brace or a format that nothing would fill.

    >>> spots("sentences", "From {a} to {gd.J_end:.2f}.")
    ['a', 'gd.J_end']
    """
    if not isinstance(template, str):
        raise ValueError(f"{name}: got {template!r}; want text")
    rest = _SPOT.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError(f'{name}: got {template!r}; want braces only as in "{{name}}" or "{{name:.3g}}"')
    found = _SPOT.findall(template)
    for _, spec in found:
        check_format(name, spec or _USUAL)
    return [key for key, _ in found]


def fill(template: str, outputs: Mapping[str, Any]) -> str:
    """A template with "{name:.3g}" replaced by that output as text.

    >>> fill("At {a:.1f} it {b}.", {"a": -0.25, "b": "falls"})
    'At −0.3 it falls.'
    """
    return _SPOT.sub(lambda found: format_number(outputs[found[1]], found[2] or _USUAL), template)


def format_number(x: Any, spec: str = _USUAL) -> str:
    """Text of x for readers; words as they are, what is no number as a dash, ties rounded away from zero.

    >>> [format_number(x) for x in (1234567, -0.5, None, float("inf"))]
    ['1.23 × 10⁶', '−0.5', '–', '∞']
    >>> format_number(598245, "d") == "598\N{NARROW NO-BREAK SPACE}245"
    True
    """
    if isinstance(x, str):
        return x
    if x is None or np.ndim(x) or math.isnan(x):
        return "–"
    x = float(x)
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    kind, digits = spec[-1], int(spec[1:-1] or 0)
    if kind == "g" or abs(x) >= _HUGE:
        return _signed(x, _general(abs(x), digits if kind == "g" else 3))
    text = _round(abs(100 * x if kind == "%" else x), digits)
    return _signed(x, _grouped(text)) + ("\N{NO-BREAK SPACE}%" if kind == "%" else "")


def _grouped(text: str) -> str:
    """Digits before the point in groups of three, from five on, as `experiments.number` groups them."""
    whole, point, rest = text.partition(".")
    groups = f"{int(whole):,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if len(whole) > 4 else whole
    return groups + point + rest


def _signed(x: float, text: str) -> str:
    """With a minus sign before what is not written as zero."""
    return f"−{text}" if x < 0 and re.search("[1-9]", text) else text


def _round(x: float, digits: int) -> str:
    return f"{Decimal(x).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"


def _general(x: float, digits: int) -> str:
    """So many significant digits without trailing zeros, with a power of ten for the very large and small."""
    if x == 0:
        return "0"
    exact = Decimal(x)
    mantissa = exact.scaleb(-exact.adjusted()).quantize(Decimal(1).scaleb(1 - digits), ROUND_HALF_UP)
    exponent = exact.adjusted()
    if mantissa >= 10:
        mantissa, exponent = mantissa / 10, exponent + 1
    if -3 <= exponent < 5:
        return _grouped(_plain(mantissa.scaleb(exponent)))
    return f"{_plain(mantissa)} × 10{str(exponent).translate(_RAISED)}"


def _plain(x: Decimal) -> str:
    """Digits without an exponent or trailing zeros."""
    text = f"{x:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
