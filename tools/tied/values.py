"""Both sides of a statement at exact random points, from the names of a page."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.function import FunctionClass

from tied.notation import Node, NotationError, Reader, name_of, tokens_of

DIGITS = 60  # of what is exact and irrational
EXACT, ROUNDED = sp.Rational(1, 10**40), sp.Rational(1, 10**9)  # relative: among exact numbers, among floats
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ln": sp.log,
    "exp": sp.exp,
    **{name: getattr(sp, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "sech")},
    **{
        short: getattr(sp, long)
        for short, long in {"arcsin": "asin", "arccos": "acos", "arctan": "atan"}.items()
    },
    "artanh": sp.atanh,
    "min": sp.Min,
    "max": sp.Max,
    "det": lambda matrix: matrix.det(),
    "tr": lambda matrix: matrix.trace(),
}
CONSTANTS = {r"\pi": sp.pi, "e": sp.E}


class OutsideError(Exception):
    """A random point at which a side has no value, or a condition of the equation does not hold."""


@dataclass
class Names:
    """What the names of an equation mean: its ties first, then the page's symbols and its other names."""

    where: str
    namespace: Mapping[str, Any]
    ties: dict[str, Any] = field(default_factory=dict)
    symbols: dict[str, set[Any]] = field(init=False, default_factory=dict)
    others: dict[str, Any] = field(init=False, default_factory=dict)
    used: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        for name, value in self.namespace.items():
            if isinstance(value, sp.Symbol):
                self.symbols.setdefault(name_of(sp.latex(value)), set()).add(value)
            elif isinstance(value, sp.Basic | sp.MatrixBase | np.ndarray | int | float | FunctionClass):
                self.others[name_of(sp.latex(sp.Symbol(name)))] = value

    def __getitem__(self, name: str) -> Any:
        """The value of a name; a name that means two things, or nothing, is an error."""
        if name in self.ties:
            self.used.add(name)
            return self.ties[name]
        symbols = self.symbols.get(name, set())
        if len(symbols) + (name in self.others) > 1:
            raise NotationError(f"{self.where}: {name!r} means several things on the page; tie it")
        if symbols:
            return next(iter(symbols))
        if name in self.others:
            return self.others[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        raise NotationError(f"{self.where}: the page has no name {name!r}; tie it")

    def is_function(self, name: str) -> bool:
        """Whether brackets behind a name hold its arguments."""
        try:
            value = self[name]
        except NotationError:
            return False
        if (
            not _callable(value)
            and name not in self.ties
            and not isinstance(value, sp.Symbol | sp.MatrixBase)
        ):
            raise NotationError(f"{self.where}: {name!r} is followed by brackets and is no function; tie it")
        return _callable(value)

    def read(self, tokens: tuple[str, ...], fragments: dict[tuple[str, ...], str]) -> Node:
        """The tree of a side."""
        return Reader(self.where, tokens, fragments, self.is_function).read()


@dataclass
class Point:
    """Random rational values of symbols, drawn when asked for; `given` are those that conditions fix."""

    rng: random.Random
    given: Mapping[Any, Callable[["Point"], Any]] = field(default_factory=dict)
    values: dict[Any, Any] = field(default_factory=dict)

    def of(self, value: Any) -> Any:
        """A number or a matrix of numbers: what a value of the page is at this point."""
        if isinstance(value, np.ndarray):
            value = sp.Matrix(value)
        elif not isinstance(value, sp.MatrixBase):
            value = sp.sympify(value)
        free = sorted(getattr(value, "free_symbols", ()), key=lambda s: (s.name, str(s.assumptions0)))
        if free:
            value = value.xreplace({symbol: self.symbol(symbol) for symbol in free})
            value = value.doit()
        return _scalar(value)

    def symbol(self, symbol: Any) -> Any:
        """The value of one symbol."""
        if symbol not in self.values:
            fixed = self.given.get(symbol)
            self.values[symbol] = self._draw(symbol) if fixed is None else fixed(self)
        return self.values[symbol]

    def _draw(self, symbol: Any) -> Any:
        if symbol.is_integer:
            return sp.Integer(self.rng.randint(2, 7))
        size = sp.Rational(self.rng.randint(5, 97), self.rng.randint(23, 59))
        negative = symbol.is_negative or (not symbol.is_nonnegative and self.rng.random() < 0.5)
        return -size if negative else size


@dataclass(frozen=True)
class Evaluator:
    """The value of a tree at a point."""

    names: Names
    point: Point

    def __call__(self, node: Node) -> Any:
        """A number or a matrix."""
        try:
            value: Any = getattr(self, f"_{node.kind}")(node)
        except (sp.ShapeError, sp.NonSquareMatrixError, TypeError, AttributeError) as error:
            raise NotationError(f"{self.names.where}: {node.kind} of unlike things: {error}") from error
        entries = list(value) if isinstance(value, sp.MatrixBase) else [value]
        if any(entry.has(sp.zoo, sp.nan, sp.oo) for entry in entries):
            raise OutsideError
        return value

    def _sum(self, node: Node) -> Any:
        total = self(node.parts[0])
        for part in node.parts[1:]:
            total = total + self(part)
        return _scalar(total)

    def _signed(self, node: Node) -> Any:
        value = self(node.parts[0])
        return -value if node.name == "-" else value

    def _product(self, node: Node) -> Any:
        total = self(node.parts[0])
        for part in node.parts[1:]:
            total = _scalar(total * self(part))
        return total

    def _divisor(self, node: Node) -> Any:
        return 1 / self._number_in(node.parts[0])

    def _fraction(self, node: Node) -> Any:
        return self(node.parts[0]) / self._number_in(node.parts[1])

    def _number_in(self, node: Node) -> Any:
        value = self(node)
        if isinstance(value, sp.MatrixBase):
            raise NotationError(f"{self.names.where}: a division by a matrix")
        if value == 0:
            raise OutsideError
        return value

    def _power(self, node: Node) -> Any:
        base, power = self(node.parts[0]), self(node.parts[1])
        if isinstance(base, sp.MatrixBase) and base.shape[0] != base.shape[1]:
            raise NotationError(f"{self.names.where}: a power of a vector")
        return base**power

    def _transpose(self, node: Node) -> Any:
        value = self(node.parts[0])
        return value.T if isinstance(value, sp.MatrixBase) else value

    def _size(self, node: Node) -> Any:
        value = self(node.parts[0])
        return value.norm() if isinstance(value, sp.MatrixBase) else abs(value)

    def _root(self, node: Node) -> Any:
        return sp.sqrt(self(node.parts[0]))

    def _group(self, node: Node) -> Any:
        return self(node.parts[0])

    _braced = _group

    def _number(self, node: Node) -> Any:
        return sp.Rational(node.name)

    def _name(self, node: Node) -> Any:
        value = self.names[node.name]
        if _callable(value):
            raise NotationError(f"{self.names.where}: the function {node.name!r} stands without its argument")
        return self.point.of(value)

    def _function(self, node: Node) -> Any:
        return FUNCTIONS[node.name](*map(self, node.parts))

    def _call(self, node: Node) -> Any:
        function, arguments = self.names[node.name], [self(part) for part in node.parts]
        if isinstance(function, sp.Lambda) and len(arguments) == 1 < len(function.signature):
            arguments = list(arguments[0])  # a function of a vector's components
        return self.point.of(function(*arguments))


def refuse_formula(left: str, where: str) -> None:
    """Let the left of a tie be a name, never a formula."""
    tokens = tokens_of(left)
    depth = 0
    for before, token in zip(("", *tokens), tokens, strict=False):
        in_index = depth > 0 or before in {"_", "^"}
        depth += {"{": 1, "}": -1}.get(token, 0)
        if not in_index and (
            token in {"+", "-", "=", "/", r"\frac", r"\tfrac", r"\dfrac"} or token.isdigit()
        ):
            raise NotationError(f"{where}: {left!r} is a formula; tie a name (without {token!r})")


def differ(left: Any, right: Any, where: str) -> str:
    """How two values differ, "" if not at all."""
    shapes = [value.shape if isinstance(value, sp.MatrixBase) else () for value in (left, right)]
    if shapes[0] != shapes[1]:
        raise NotationError(f"{where}: shapes {shapes[0]} and {shapes[1]}")
    pairs = list(zip(left, right, strict=True)) if shapes[0] else [(left, right)]
    if all(a == b for a, b in pairs):
        return ""
    rounded = any(value.has(sp.Float) for pair in pairs for value in pair)
    numbers = [[sp.N(value, DIGITS, maxn=400) for value in pair] for pair in pairs]
    if any(not value.is_number for pair in numbers for value in pair):
        raise NotationError(f"{where}: no number remains of {left} and {right}")
    scale = max(abs(value) for pair in numbers for value in pair)
    gap = max(abs(a - b) for a, b in numbers)
    if gap <= (ROUNDED * scale if rounded else EXACT * max(scale, 1)):
        return ""
    worst = max(numbers, key=lambda pair: abs(pair[0] - pair[1]))
    return f"{sp.N(worst[0], 8)} is not {sp.N(worst[1], 8)}"


def _callable(value: Any) -> bool:
    return isinstance(value, sp.Lambda | FunctionClass) or (
        callable(value) and not isinstance(value, sp.Basic | sp.MatrixBase)
    )


def _scalar(value: Any) -> Any:
    """A matrix of one entry as a number."""
    return value[0, 0] if isinstance(value, sp.MatrixBase) and value.shape == (1, 1) else value
