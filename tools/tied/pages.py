"""A page's cells, run in this process, and what they say of its displayed equations."""

import ast
import contextlib
import io
import random
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, patch

import sympy as sp

from tied.displays import Cell, Display, Section, read_displays, split
from tied.notation import RELATIONS, Node, NotationError, Statement, name_alone, name_of, tokens_of
from tied.values import Evaluator, Names, OutsideError, Point, differ, refuse_formula

N_POINTS, N_TRIALS = 3, 300
# What the right of a tie may be made of: names, their parts, calls and constants, but no arithmetic.
PLAIN = (
    *(ast.Expression, ast.Name, ast.Load, ast.Attribute, ast.Subscript, ast.Slice, ast.Call, ast.keyword),
    *(ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Starred),
)


@dataclass(frozen=True)
class Verdict:
    """What is known of one statement: tied, untied (with the reason) or neither, and what is wrong.

    `by_value` says that both sides could be read and differ, where a fault is not one of notation.
    """

    label: str
    number: int
    latex: str
    state: str
    fault: str = ""
    by_value: bool = False
    reason: str = ""

    @property
    def name(self) -> str:
        """Label and number: `eq-ic-rate-2`."""
        return f"{self.label}-{self.number}"


class Meaning:
    """What the comments of a display make of the page's names; worked out once for all its statements."""

    def __init__(self, display: Display, namespace: Mapping[str, Any]) -> None:
        self.display, self.where = display, display.label
        self.names = Names(self.where, namespace)
        self.fragments: dict[tuple[str, ...], str] = {}
        self.given: dict[Any, Callable[[Point], Any]] = {}
        self.conditions: list[tuple[Node, str, Node]] = []
        self.values = {k: python(value, namespace, self.where) for k, value in display.values.items()}
        text = "".join(tokens_of(display.latex))
        for left, right in display.ties:
            refuse_formula(left, self.where)
            if "".join(tokens_of(left)) not in text:
                raise NotationError(f"{self.where}: {left!r} is tied and does not occur")
            self._tie(left, python(right, namespace, self.where))
        for condition in display.conditions:
            self._condition(condition)

    def read(self, statement: Statement, number: int = 0) -> tuple[Node, ...]:
        """The trees of a statement's sides."""
        if statement.relation and statement.relation not in RELATIONS:
            raise NotationError(f"{self.where}: {statement.relation!r} cannot be tied; declare it untied")
        if statement.right is None and number not in self.values and 0 not in self.values:
            raise NotationError(f"{self.where}: an expression needs a line `% value: PYTHON`")
        sides = [statement.left] + ([statement.right] if statement.right else [])
        trees = tuple(self.names.read(side.tokens, self.fragments) for side in sides)
        if len(trees) > 1 and all(_single(tree) in self.names.ties for tree in trees):
            raise NotationError(f"{self.where}: both sides are ties, nothing is left to check")
        return trees

    def fault(self, statement: Statement, number: int) -> str:
        """How the sides of a statement differ at a random point, "" if they never do."""
        trees = self.read(statement, number)
        rng = random.Random(zlib.crc32(self.where.encode()))
        n_found = 0
        for _ in range(N_TRIALS):
            point = Point(rng, self.given)
            evaluate = Evaluator(self.names, point)
            try:
                self._hold(evaluate)
                left = evaluate(trees[0])
                right = evaluate(trees[1]) if statement.right else point.of(self._value(number))
            except OutsideError:
                continue
            if fault := differ(left, right, self.where):
                at = ", ".join(f"{symbol} = {value}" for symbol, value in point.values.items())
                return f"{self.where}: {fault} in {statement.latex}" + f" at {at}" * bool(at)
            n_found += 1
            if n_found == N_POINTS:
                return ""
        raise NotationError(f"{self.where}: no random point satisfies the conditions")

    def _value(self, number: int) -> Any:
        return self.values[number if number in self.values else 0]

    def _hold(self, evaluate: Evaluator) -> None:
        for left, relation, right in self.conditions:
            smaller, greater = (left, right) if relation == "<" else (right, left)
            if not evaluate(smaller) < evaluate(greater):
                raise OutsideError

    def _tie(self, left: str, value: Any) -> None:
        tokens, name = tokens_of(left), name_of(left)
        if name in self.names.ties or tokens in self.fragments:
            raise NotationError(f"{self.where}: {left!r} is tied twice")
        if name_alone(tokens):
            self.names.ties[name] = value
        elif isinstance(value, sp.Symbol) and (tree := self._read_alone(tokens)):
            # What can be read keeps its value, and the symbol takes it: g'g is known, `slope` stands for it.
            self.given[value] = lambda point: Evaluator(self.names, point)(tree)
        else:
            self.fragments[tokens] = name
            self.names.ties[name] = value

    def _read_alone(self, tokens: tuple[str, ...]) -> Node | None:
        """The left of a tie as a formula over the page's names; None if it holds other names."""
        try:
            tree = self.names.read(tokens, {})
            Evaluator(self.names, Point(random.Random(0)))(tree)
        except NotationError:
            return None
        return tree

    def _condition(self, condition: str) -> None:
        """`x = FORMULA` gives a symbol its value, `x < FORMULA` and `x > FORMULA` choose among points."""
        [statement, *more] = split(condition, self.where)
        if more or statement.right is None or statement.relation not in {"=", "<", ">"}:
            raise NotationError(
                f"{self.where}: {condition!r} is no condition `x = ...`, `x < ...` or `x > ...`"
            )
        left, right = (
            self.names.read(side.tokens, self.fragments) for side in (statement.left, statement.right)
        )
        if statement.relation != "=":
            self.conditions.append((left, statement.relation, right))
            return
        symbol = self.names[_single(left)] if _single(left) else None
        if not isinstance(symbol, sp.Symbol):
            raise NotationError(f"{self.where}: {condition!r} does not begin with a symbol")
        # Else the condition could say what the equation says, which would then hold whatever it is.
        for other in self.display.statements:
            for side in (other.left, other.right):
                if side and side.tokens in (statement.left.tokens, statement.right.tokens):
                    raise NotationError(f"{self.where}: {condition!r} repeats a side of the equation")
        self.given[symbol] = lambda point: Evaluator(self.names, point)(right)


@dataclass(frozen=True)
class Prepared:
    """A display with the names that it may use, ready to be checked as it is or changed."""

    display: Display
    namespace: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def meaning(self) -> Meaning:
        """What its names mean."""
        return Meaning(self.display, self.namespace)

    def verdicts(self, latex: str | None = None) -> list[Verdict]:
        """One verdict a statement, of the display or of another LaTeX in its place."""
        display, verdicts = self.display, []
        statements = split(display.latex if latex is None else latex, display.label)
        if wrong := {*display.untied, *display.values} - set(range(len(statements) + 1)):
            raise NotationError(
                f"{display.label}: a comment is for statement {max(wrong)}, which there is not"
            )
        for number, statement in enumerate(statements, start=1):
            state, reason = display.state(number), display.reason(number)
            verdict = Verdict(display.label, number, statement.latex, state, reason=reason)
            verdicts.append(self._judged(verdict, statement) if state == "tied" else verdict)
        return verdicts

    def _judged(self, verdict: Verdict, statement: Statement) -> Verdict:
        try:
            fault, by_value = self.meaning.fault(statement, verdict.number), True
        except NotationError as error:
            fault, by_value = str(error), False
        return replace(verdict, fault=fault, by_value=by_value) if fault else verdict


def python(source: str, namespace: Mapping[str, Any], where: str) -> Any:
    """The value of what stands on the right of a tie."""
    try:
        tree = ast.parse(source, mode="eval")
        for node in ast.walk(tree):
            if not isinstance(node, PLAIN) and not _negative(node):
                raise NotationError(f"{where}: {source!r} computes; let a cell of the page do it")
        return eval(compile(tree, where, "eval"), dict(namespace))
    except NotationError:
        raise
    except Exception as error:
        raise NotationError(f"{where}: {source!r} raises {type(error).__name__}: {error}") from error


def _negative(node: ast.AST) -> bool:
    """The minus of an index, and what ast makes of it."""
    return isinstance(node, ast.USub) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
    )


def _single(tree: Node) -> str:
    """The name that a tree consists of, "" if it is more."""
    while tree.kind in {"sum", "signed", "product"} and len(tree.parts) == 1 and tree.name != "-":
        tree = tree.parts[0]
    return tree.name if tree.kind == "name" else ""


def prepare(path: Path) -> list[Prepared]:
    """The displays of a page, with the names that each may use."""
    return _prepared(path.read_text(encoding="utf-8"), path.stem)


def _prepared(text: str, name: str) -> list[Prepared]:
    """Run a page's cells as far as its tied equations need them.

    A name means what it means after the last cell before the next equation; equations without a cell between
    them share the cells below, and a section ends at the next heading of the second level.
    """
    events = list(read_displays(text, name))
    ready: list[Prepared] = []
    namespace: dict[str, Any] = {"__name__": "__main__"}
    waiting: list[Display] = []
    had_cell = False

    def settle() -> Iterator[Prepared]:
        tied = any(display.is_tied for display in waiting)
        snapshot = dict(namespace) if tied else {}
        yield from (Prepared(display, snapshot) for display in waiting)
        waiting.clear()

    last = max((k for k, e in enumerate(events) if isinstance(e, Display) and e.is_tied), default=-1)
    with _quiet():
        for k, event in enumerate(events):
            if isinstance(event, Cell):
                had_cell = True
                if k < last or any(display.is_tied for display in waiting):
                    exec(compile(event.source, f"{name}:{event.line + 1}", "exec"), namespace)
            elif isinstance(event, Section):
                ready += settle()
            else:
                if had_cell:
                    ready += settle()
                    had_cell = False
                waiting.append(event)
        ready += settle()
    return ready


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No output, no glue, no live figures, no windows; the cells' own checks are the build's concern."""
    import matplotlib.pyplot as plt
    import myst_nb

    from ravine import experiments

    stubs = {"ravine.live.figures": MagicMock()}
    # Not patch.dict, which would also unload what the cells import.
    real = {name: sys.modules.get(name) for name in stubs}
    backend = plt.get_backend()
    plt.switch_backend("Agg")
    sys.modules.update(stubs)
    try:
        with (
            patch.object(myst_nb, "glue", lambda *args, **kwargs: None),
            patch.object(experiments, "residual", lambda left, right: sp.Integer(0)),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            yield
    finally:
        for name, module in real.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
        plt.close("all")
        plt.switch_backend(backend)


def check(path: Path) -> list[Verdict]:
    """A verdict for every statement of a page's displayed equations.

    Parameters
    ----------
    path : a page of the book, or a changed copy of one.

    Returns
    -------
    list of Verdict, in the page's order.

    Raises
    ------
    NotationError : a comment that the reader does not know.
    """
    return check_text(path.read_text(encoding="utf-8"), path.stem)


def check_text(text: str, name: str = "page") -> list[Verdict]:
    """The verdicts of `check` for the text of a page."""
    return [verdict for prepared in _prepared(text, name) for verdict in prepared.verdicts()]
