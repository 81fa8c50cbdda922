"""The checks of a page's code cells: which statements they need, and slips in those.

A check is a statement that calls `residual`, asserts or raises; what it needs is followed back by names,
so that figures, numbers of the prose and whatever is only shown stay out.
"""

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tied import read_displays
from tied.displays import Cell

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
# Methods that change what they are called on; every other call by itself only shows something.
CHANGING = {"add", "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort", "update"}
INNER = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


@dataclass(frozen=True)
class Line:
    """A statement of a page, with the number of its cell and its own line in the page (from 1)."""

    cell: int
    at: int
    node: ast.stmt

    @property
    def text(self) -> str:
        """The statement, written in one way whatever its layout is."""
        return ast.unparse(self.node)

    @cached_property
    def checks(self) -> bool:
        """Whether it stops the page when something is wrong."""
        return any(
            isinstance(node, ast.Assert | ast.Raise)
            or (isinstance(node, ast.Call) and called(node) == "residual")
            for node in ast.walk(self.node)
        )

    @cached_property
    def uses(self) -> frozenset[str]:
        """The names that it reads."""
        names = [node for node in ast.walk(self.node) if isinstance(node, ast.Name)]
        read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        return frozenset(read | ({n.id for n in names} if isinstance(self.node, ast.AugAssign) else set()))

    @cached_property
    def binds(self) -> frozenset[str]:
        """The names that mean something else after it: those it sets, and those that it changes."""
        names = set(_bound(self.node))
        if isinstance(self.node, ast.Expr) and isinstance(self.node.value, ast.Call):
            function = self.node.value.func
            if isinstance(function, ast.Attribute) and function.attr in CHANGING:
                names |= {node.id for node in ast.walk(function.value) if isinstance(node, ast.Name)}
        return frozenset(names)

    @property
    def replaces(self) -> frozenset[str]:
        """The names whose former meaning it ends, whatever happens."""
        always = ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
        parts = {name for node in ast.walk(self.node) if (name := _part_of(node))}
        return self.binds - parts if isinstance(self.node, always) else frozenset()


def _part_of(node: ast.AST) -> str:
    """The name x where `x[k]` or `x.k` is set, "" elsewhere."""
    if not isinstance(node, ast.Subscript | ast.Attribute) or not isinstance(node.ctx, ast.Store):
        return ""
    return node.value.id if isinstance(node.value, ast.Name) else ""


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, INNER):
        return
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    if name := _part_of(node):
        yield name
    if isinstance(node, ast.alias):
        yield node.asname or node.name.partition(".")[0]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
        return
    for part in ast.iter_child_nodes(node):
        yield from _bound(part)


def called(call: ast.Call) -> str:
    """The last part of the name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def lines(text: str, name: str = "page") -> list[Line]:
    """The statements of a page's cells, in order."""
    cells = [event for event in read_displays(text, name) if isinstance(event, Cell)]
    return [
        Line(number, cell.line + statement.lineno, statement)
        for number, cell in enumerate(cells)
        for statement in ast.parse(cell.source).body
    ]


def needed(every: Sequence[Line], checks: Sequence[Line] | None = None) -> list[Line]:
    """The checks (all, or those given) with what they need, in order."""
    kept: list[Line] = []
    wanted: set[str] = set()
    for line in reversed(every):
        chosen = line.checks if checks is None else line in checks
        if chosen or line.binds & wanted:
            kept.append(line)
            wanted = (wanted - line.replaces) | line.uses
    return kept[::-1]


def touched(later: Sequence[Line], changed: frozenset[str]) -> list[Line]:
    """The checks that see a changed name, with what they need among these statements."""
    tainted, checks = set(changed), []
    for line in later:
        if line.uses & tainted:
            tainted |= line.binds
            if line.checks:
                checks.append(line)
        else:
            tainted -= line.replaces
    return needed(later, checks)


# Slips ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slip:
    """A statement of a check cell, and the same with one thing wrong."""

    kind: str
    line: Line
    node: ast.stmt

    @property
    def text(self) -> str:
        """The statement with the slip."""
        return ast.unparse(self.node)

    @property
    def change(self) -> tuple[str, str]:
        """The line that the slip changes, before and after: the whole statement where that is one line."""
        old, new = self.line.text.splitlines(), self.text.splitlines()
        pairs = [(a.strip(), b.strip()) for a, b in zip(old, new, strict=False) if a != b]
        return pairs[0] if len(old) == len(new) and len(pairs) == 1 else (self.line.text, self.text)


def slips(line: Line) -> Iterator[Slip]:
    """Every slip of a statement, once."""
    seen = {line.text}
    for node in ast.walk(line.node):
        for kind, new in _changes(node):
            # A copy in which the node is another: deepcopy takes what it is told to have copied already.
            changed = ast.fix_missing_locations(copy.deepcopy(line.node, {id(node): new}))
            if (text := ast.unparse(changed)) not in seen:
                seen.add(text)
                yield Slip(kind, line, changed)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BinOp):
        yield from _changes_of_operation(node)
    elif isinstance(node, ast.AugAssign) and type(node.op) in OPERATORS:
        yield "operator", ast.AugAssign(node.target, OPERATORS[type(node.op)](), node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "dropped minus", node.operand
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield "number", ast.Constant(node.value + 1)
    elif isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            ops = [*node.ops[:k], OPPOSITES[type(op)](), *node.ops[k + 1 :]]
            yield "comparison", ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, ast.Call) and len(node.args) == 2 and called(node) == "Rational":
        yield "swapped fraction", ast.Call(node.func, node.args[::-1], node.keywords)


def _changes_of_operation(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    left, op, right = node.left, node.op, node.right
    if type(op) in OPERATORS:
        yield (
            "sign" if isinstance(op, ast.Add | ast.Sub) else "operator",
            ast.BinOp(left, OPERATORS[type(op)](), right),
        )
    if isinstance(op, ast.Div):
        yield "swapped fraction", ast.BinOp(right, op, left)
    if isinstance(op, ast.Mult | ast.Div | ast.MatMult):
        yield "dropped factor", left
        # In a chain the first factor is dropped where it stands, deepest on the left.
        if not isinstance(op, ast.Div) and not (isinstance(left, ast.BinOp) and type(left.op) is type(op)):
            yield "dropped factor", right
    if isinstance(op, ast.Pow):
        more: ast.expr = ast.BinOp(right, ast.Add(), ast.Constant(1))
        if isinstance(right, ast.Constant) and type(right.value) is int:
            more = ast.Constant(right.value + 1)
        yield "exponent", ast.BinOp(left, op, more)
