"""Goals of exercises: a condition on a figure's outputs, as a tree that the front end walks as well."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ravine.live import _checks
from ravine.live._parts import TEXT, Needs

# A tree is a number, a word {"word": ...}, a name {"name": ...}, or [operation, tree, ...].
Tree = Any

_OPERATIONS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.USub: "-",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.And: "and", ast.Or: "or", ast.Not: "not",
}  # fmt: skip
_LANGUAGE = 'numbers, "words", names of outputs, + - * / abs(), < <= > >= == !=, and, or, not'
_NUMBERS: dict[str, Callable[..., float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": lambda a, b: a / b if b else math.nan,
}  # fmt: skip
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True)
class Goal:
    """What a reader is asked to reach: the figure says when, and tells the page by an event `ravine:goal`.

    Parameters
    ----------
    label : the goal in words, after "Goal:".
    when : a condition on values and outputs, such as 'ball.steps < 100 and ball.outcome == "converges"'.
        What has no value, as the steps of a run that never arrives, meets no comparison.

    Raises
    ------
    ValueError : no words, or no condition in this language. Whether the outputs exist, the Explorer asks.

    >>> goal = Goal("arrive within 100 steps", "run.steps <= 100")
    >>> goal.reached({"run.steps": 80}), goal.reached({"run.steps": None})
    (True, False)
    """

    label: str
    when: str

    def __post_init__(self) -> None:
        _checks.text("label", self.label)
        _checks.text("when", self.when)
        if not _is_condition(self.tree):
            raise ValueError(f"when: got {self.when!r}, which is no condition; want a comparison")

    @property
    def tree(self) -> Tree:
        """The condition as data."""
        try:
            return _tree(ast.parse(self.when.strip(), mode="eval").body)
        except (SyntaxError, _UnknownError) as error:
            raise ValueError(f"when: got {self.when!r}; want {_LANGUAGE}") from error

    @property
    def needs(self) -> Needs:
        """The outputs that it names."""
        for name in _names(self.tree):
            yield "when", name, TEXT

    def reached(self, outputs: Mapping[str, Any]) -> bool:
        """Whether the outputs meet it; `reached` in goals.mjs is its twin."""
        return bool(_evaluate(self.tree, outputs))

    def spec(self) -> dict[str, Any]:
        """The goal as data for the front end."""
        return {"label": self.label, "tree": self.tree}


class _UnknownError(Exception):
    """An expression outside of the language."""


def _tree(node: ast.expr) -> Tree:
    match node:
        case ast.Constant(value=bool(x)):
            return int(x)
        case ast.Constant(value=int(x) | float(x)) if math.isfinite(x):
            return x
        case ast.Constant(value=str(x)):
            return {"word": x}
        case ast.Name() | ast.Attribute():
            return {"name": _dotted(node)}
        case ast.UnaryOp(op=op, operand=inner) if type(op) in _OPERATIONS:
            return [_OPERATIONS[type(op)], *([0] if isinstance(op, ast.USub) else []), _tree(inner)]
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATIONS:
            return [_OPERATIONS[type(op)], _tree(left), _tree(right)]
        case ast.BoolOp(op=op, values=values):
            return [_OPERATIONS[type(op)], *map(_tree, values)]
        case ast.Compare(left=left, ops=ops, comparators=rest) if all(type(op) in _OPERATIONS for op in ops):
            sides = [_tree(part) for part in (left, *rest)]
            pairs = [[_OPERATIONS[type(op)], a, b] for op, a, b in zip(ops, sides, sides[1:], strict=False)]
            return pairs[0] if len(pairs) == 1 else ["and", *pairs]
        case ast.Call(func=ast.Name(id="abs"), args=[inner], keywords=[]):
            return ["abs", _tree(inner)]
    raise _UnknownError


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=name):
            return f"{_dotted(inner)}.{name}"
    raise _UnknownError


def _is_condition(tree: Tree) -> bool:
    return isinstance(tree, list) and (
        tree[0] in (*_ORDERS, "==", "!=")
        or (tree[0] in ("and", "or", "not") and all(_is_condition(part) for part in tree[1:]))
    )


def _names(tree: Tree) -> list[str]:
    if isinstance(tree, list):
        return [name for part in tree[1:] for name in _names(part)]
    return [tree["name"]] if isinstance(tree, dict) and "name" in tree else []


def _evaluate(tree: Tree, outputs: Mapping[str, Any]) -> Any:
    if isinstance(tree, dict):
        return tree["word"] if "word" in tree else outputs[tree["name"]]
    if not isinstance(tree, list):
        return tree
    operation, *parts = tree[0], *(_evaluate(part, outputs) for part in tree[1:])
    if operation == "not":
        return not parts[0]
    if operation in ("and", "or"):
        return all(parts) if operation == "and" else any(parts)
    same = len({isinstance(x, str) for x in parts}) == 1
    if any(x is None or x != x for x in parts):
        return False if operation in (*_ORDERS, "==", "!=") else math.nan
    if operation in ("==", "!="):
        return (same and parts[0] == parts[1]) == (operation == "==")
    if any(isinstance(x, str) for x in parts):
        return False if operation in _ORDERS else math.nan
    if operation in _ORDERS:
        return _ORDERS[operation](*parts)
    return abs(float(parts[0])) if operation == "abs" else _NUMBERS[operation](*map(float, parts))
