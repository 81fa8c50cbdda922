"""Named sympy expressions of the controls' values: one meaning, evaluated here and printed as JavaScript."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import sympy

from ravine._codegen import javascript, numpy_kernel

Expressions = Mapping[str, Any]


def symbols(names: str) -> Any:
    """Real symbols for values of controls.

    >>> h, kappa = symbols("h kappa")
    >>> h.is_real
    True
    """
    return sympy.symbols(names, real=True)


def check(expressions: Expressions, known: Collection[str]) -> None:
    """Refuse an expression of an unknown value, or of a symbol that only shares its name with a value.

    Raises
    ------
    ValueError : a symbol that is none of `symbols(name)` for the known names and the expressions before it.
        Under other assumptions sympy would simplify as the value does not allow: sqrt(a**2) to a.

    >>> check({"size": sympy.sqrt(sympy.Symbol("a", positive=True) ** 2)}, ["a"])
    Traceback (most recent call last):
    ValueError: size: got the symbol a with other assumptions; want ravine.live.symbols('a')
    """
    names = set(known)
    for name, expr in expressions.items():
        for symbol in arguments(expr):
            if symbol.name not in names:
                raise ValueError(f"{name}: got {symbol}; want symbols among {sorted(names)}")
            if symbol != sympy.Symbol(symbol.name, real=True):
                raise ValueError(
                    f"{name}: got the symbol {symbol} with other assumptions; "
                    f"want ravine.live.symbols({symbol.name!r})"
                )
        names.add(name)


def choose(cases: Any) -> Any:
    """The number of the first (name, condition) pair whose condition holds."""
    return sympy.Piecewise(*((i, condition) for i, (_, condition) in enumerate(cases)))


def arguments(expr: Any) -> tuple[Any, ...]:
    """The symbols of an expression in the order of their names."""
    return tuple(sorted(sympy.sympify(expr).free_symbols, key=lambda s: s.name))


def evaluate(expressions: Expressions, numbers: dict[str, float]) -> dict[str, float]:
    """Return numbers with every expression's value added, each seeing those before it.

    >>> x = symbols("x")
    >>> evaluate({"y": x**2, "z": symbols("y") + 1}, {"x": 3.0})
    {'x': 3.0, 'y': 9.0, 'z': 10.0}
    """
    numbers = dict(numbers)
    for name, expr in expressions.items():
        names = arguments(expr)
        out = np.empty((1, 1))
        # At the ends of a slider an expression may be infinite: shown as such.
        with np.errstate(all="ignore"):
            numpy_kernel((sympy.sympify(expr),), names)(out, *(np.float64(numbers[s.name]) for s in names))
        numbers[name] = float(out[0, 0])
    return numbers


def function(expr: Any, extra: str = "") -> str:
    """One arrow function of (extra and) the object of numbers."""
    free = [s.name for s in arguments(expr) if s.name != extra]
    shared, (text,) = javascript([expr])
    head = f"({f'{extra}, ' if extra else ''}{{{', '.join(free)}}})"
    return " ".join(f"{head} => {{ {' '.join(shared)} return {text}; }}".split())


def module(name: str, expressions: Expressions, extra: str = "") -> str:
    """An object of functions as an export.

    >>> print(module("expressions", {"square": symbols("x") ** 2}))
    export const expressions = {
      "square": ({x}) => { return (x*x); },
    };
    """
    lines = [f'  "{key}": {function(expr, extra)},' for key, expr in expressions.items()]
    return "\n".join([f"export const {name} = {{", *lines, "};"])
