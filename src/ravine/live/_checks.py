"""What a control or a view may be made of; each function returns what it was given, or raises ValueError."""

import itertools
import keyword
import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ravine import _check, plotting

# Values become parameters of generated functions in both languages, next to these names of theirs.
_TAKEN = frozenset(
    """numpy functools Math Number arguments await break case catch const debugger default delete do enum eval
    export extends false function implements instanceof interface let new null package private protected
    public static super switch this throw true typeof undefined var void NaN Infinity""".split()  # noqa: SIM905  # one word a name reads better
)


def identifier(argument: str, name: object) -> str:
    """A name that a value may have in Python and in JavaScript.

    >>> identifier("name", "kappa")
    'kappa'
    """
    if not isinstance(name, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) or _taken(name):
        raise ValueError(
            f"{argument}: got {name!r}; want an ASCII identifier without a meaning in Python or JavaScript"
        )
    return name


def _taken(name: str) -> bool:
    return keyword.iskeyword(name) or name in _TAKEN


def slug(argument: str, name: object) -> str:
    """A name that can stand in an address: small letters, digits, hyphens and underscores, or "" for none.

    >>> slug("name", "two-valleys")
    'two-valleys'
    """
    if not isinstance(name, str) or not re.fullmatch("([a-z][a-z0-9_-]*)?", name):
        raise ValueError(f"{argument}: got {name!r}; want small letters, digits, - and _, a letter first")
    return name


def text(argument: str, x: object) -> str:
    """Words: they are what a reader sees, or hears in place of a picture."""
    if not isinstance(x, str) or not x.strip():
        raise ValueError(f"{argument}: got {x!r}; want words")
    return x


def truth(argument: str, x: object) -> bool:
    """True or False alone: "no" is true, and 0 and 1 are numbers."""
    if not isinstance(x, bool | np.bool_):
        raise ValueError(f"{argument}: got {x!r}; want True or False")
    return bool(x)


def colour(argument: str, name: object) -> str:
    """A name of `plotting.COLOURS`."""
    return _check.one_of(argument, name, plotting.COLOURS)


def ascending(argument: str, numbers: Sequence[Any], low: float, high: float) -> tuple[Any, ...]:
    """At least two numbers between the ends, each above the one before."""
    for x in numbers:
        _check.real(argument, x, at_least=low, at_most=high)
    if len(numbers) < 2 or any(b <= a for a, b in itertools.pairwise(numbers)):
        raise ValueError(
            f"{argument}: got {list(numbers)}; want two or more numbers, each above the one before"
        )
    return tuple(numbers)


def distinct(argument: str, names: Collection[str]) -> None:
    """No name twice."""
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if list(names).count(name) > 1})
        raise ValueError(f"{argument}: got {', '.join(map(repr, twice))} more than once; want distinct names")
