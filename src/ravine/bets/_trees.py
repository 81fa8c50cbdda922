"""Conditions as data: a sympy expression becomes nested lists, which both languages evaluate alike."""

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np
import sympy as sp

Tree = Any
"""A number, the name of a symbol, or [operation, part, ...]."""

guess, start, end, lowest, lowest_at, highest, highest_at = sp.symbols(
    "guess start end lowest lowest_at highest highest_at", real=True
)
y, truth = sp.Function("y", real=True), sp.Function("truth", real=True)

_NAMES = {
    sp.Add: "add",
    sp.Mul: "mul",
    sp.Pow: "pow",
    sp.Abs: "abs",
    sp.log: "log",
    sp.exp: "exp",
    sp.Max: "max",
    sp.Min: "min",
    sp.StrictLessThan: "lt",
    sp.LessThan: "le",
    sp.StrictGreaterThan: "gt",
    sp.GreaterThan: "ge",
    sp.Equality: "eq",
    sp.And: "and",
    sp.Or: "or",
}


def _quiet(f: Callable[..., Any]) -> Callable[..., Any]:
    """Without warnings: what has no value is NaN, as in JavaScript."""

    def quiet(*x: Any) -> float:
        with np.errstate(all="ignore"):  # as the docstring says
            return float(f(*(np.float64(xi) for xi in x)))

    return quiet


# The twin of OPERATIONS in front/judge.mjs. A comparison with what is no number is false.
OPERATIONS: Mapping[str, Callable[..., Any]] = {
    # One after another, as there: a compensated sum would differ in the last bit.
    "add": _quiet(lambda *x: _fold(np.add, x)),
    "mul": _quiet(lambda *x: _fold(np.multiply, x)),
    "pow": _quiet(np.power),
    "abs": _quiet(np.abs),
    "log": _quiet(np.log),
    "exp": _quiet(np.exp),
    "max": _quiet(lambda *x: _fold(np.maximum, x)),
    "min": _quiet(lambda *x: _fold(np.minimum, x)),
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "and": lambda *x: all(x),
    "or": lambda *x: any(x),
    "word": lambda x: x,
}


def _fold(f: Callable[[Any, Any], Any], x: tuple[Any, ...]) -> Any:
    total = x[0]
    for xi in x[1:]:
        total = f(total, xi)
    return total


def said(name: str, word: str) -> Any:
    """The condition that an output which is a word has said this word.

    Parameters
    ----------
    name : of the output, such as "plain.outcome".
    word : such as "diverges".

    Returns
    -------
    A condition that may be combined with others by `&` and `|`.

    >>> plant("goal", said("outcome", "diverges"), ["outcome"], words=["outcome"])
    ['eq', 'outcome', ['word', 'diverges']]
    """
    return sp.Eq(sp.Symbol(name), sp.Symbol(f'"{word}"'), evaluate=False)


def plant(
    argument: str,
    expr: Any,
    known: Collection[str],
    functions: Collection[str] = (),
    words: Collection[str] = (),
) -> Tree:
    """Turn a condition into data.

    Parameters
    ----------
    argument : what to call it in messages.
    expr : a sympy condition.
    known : names that its symbols may have.
    functions : names of functions that it may call.
    words : those of the known names that stand for words, which can only equal a word.

    Returns
    -------
    Tree

    Raises
    ------
    ValueError : no condition, an unknown symbol or function, an operation that has no twin, a number compared
        with a word.

    >>> plant("goal", 2 * guess > 3, ["guess"])
    ['gt', ['mul', 2.0, 'guess'], 3.0]
    """
    if not isinstance(expr, sp.core.relational.Relational | sp.And | sp.Or):
        raise ValueError(f"{argument}: got {expr!r}; want a condition such as bets.guess > 10")
    tree = _tree(argument, expr, known, functions)
    _refuse_mixed(argument, tree, words)
    return tree


def _refuse_mixed(argument: str, tree: Tree, words: Collection[str]) -> None:
    """Refuse to compare words with numbers: one language would raise, the other say no."""
    if not isinstance(tree, list) or tree[0] == "word":
        return
    are_words = [part in words if isinstance(part, str) else _is_word(part) for part in tree[1:]]
    if any(are_words) and not (tree[0] == "eq" and all(are_words)):
        raise ValueError(f"{argument}: got {tree}; want words compared with words, by bets.said(name, word)")
    for part in tree[1:]:
        _refuse_mixed(argument, part, words)


def _is_word(tree: Tree) -> bool:
    return isinstance(tree, list) and tree[0] == "word"


def _tree(argument: str, expr: Any, known: Collection[str], functions: Collection[str]) -> Tree:
    if expr.is_Symbol:
        name = expr.name
        if name.startswith('"'):
            return ["word", name.strip('"')]
        if name not in known:
            raise ValueError(f"{argument}: got {name}; want symbols among {sorted(known)}")
        return name
    if expr.is_number:
        value = float(expr) if expr.is_real else float("nan")
        if not np.isfinite(value):
            raise ValueError(f"{argument}: got {expr}; want finite numbers")
        return value
    name = _NAMES.get(expr.func) or getattr(expr.func, "__name__", "")
    if expr.func not in _NAMES and not (
        isinstance(expr, sp.core.function.AppliedUndef) and name in functions
    ):
        allowed = sorted([*_NAMES.values(), *functions])
        raise ValueError(f"{argument}: got {expr}; want it made of {', '.join(allowed)}")
    # In an order that does not hang on how sympy hashes in this process.
    parts = expr.args if not isinstance(expr, sp.And | sp.Or) else sorted(expr.args, key=sp.default_sort_key)
    return [name, *(_tree(argument, part, known, functions) for part in parts)]


def calls(tree: Tree, names: Collection[str]) -> Iterator[Tree]:
    """The first argument of each call of one of these functions."""
    if isinstance(tree, list):
        if tree[0] in names:
            yield tree[1]
        for part in tree[1:]:
            yield from calls(part, names)


def evaluate(tree: Tree, scope: Mapping[str, Any]) -> Any:
    """The value of a tree; what is missing or None counts as NaN, with which no comparison holds.

    >>> evaluate(["and", ["gt", "guess", 1.5], ["lt", "guess", 10.0]], {"guess": 2.0})
    True
    """
    if isinstance(tree, str):
        value = scope.get(tree)
        return float("nan") if value is None else value
    if not isinstance(tree, list):
        return tree
    name, *parts = tree
    if name == "word":
        return parts[0]
    values = [evaluate(part, scope) for part in parts]
    return OPERATIONS[name](*values) if name in OPERATIONS else scope[name](*values)
