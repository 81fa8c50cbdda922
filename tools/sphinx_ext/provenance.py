"""Where a figure comes from: the functions behind a page's cells, and the lines of theirs that matter.

A page's cells are read, not run. Their imports say which function of `ravine` a name stands for, and its
annotations what it returns; so a figure is followed back through variables to what made it. What ends in
`Measurement.load()` was recorded, everything else is computed where the page is.
"""

import ast
import importlib
import inspect
import textwrap
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType

from matplotlib.figure import Figure

from ravine.experiments._measurement import N_RECOMPUTED, Measurement
from ravine.live import Python
from ravine.live.explorer import Explorer

MAX_LINES = 25
LEAST_LINES = 8  # a shorter beginning of a longer function says nothing
PACKAGE = "ravine"


@dataclass(frozen=True)
class Piece:
    """Lines of one function as they stand in its source, without docstring and argument checks."""

    function: FunctionType
    code: str

    @property
    def name(self) -> str:
        """The dotted name, `ravine.experiments.saddles.escape.escape`."""
        return f"{self.function.__module__}.{self.function.__qualname__}"


@dataclass(frozen=True)
class Provenance:
    """How a figure was computed: its status in a few words and in sentences, and the code behind it."""

    kind: str  # "computed", "recorded", "both" or "live"
    status: str
    sentences: tuple[str, ...]  # Markdown: nothing but text and `code`
    pieces: tuple[Piece, ...]
    others: tuple[FunctionType, ...]  # behind the figure as well, too long to be shown


@dataclass(frozen=True)
class Binding:
    """What a variable was set to, and the names that counted then."""

    value: ast.expr
    scope: "Scope"


Scope = Mapping[str, object]


@dataclass
class Sources:
    """What the cells behind a figure call: functions with the text of the call, and recorded measurements."""

    functions: dict[FunctionType, str] = field(default_factory=dict)
    measurements: dict[type[Measurement], None] = field(default_factory=dict)


def trace(cells: Sequence[str]) -> list[Provenance | None]:
    """For each code cell of a page, in order: where its figure comes from; None without a figure of ours."""
    calls: list[tuple[ast.Call, Scope]] = []
    figures: list[tuple[ast.expr, Scope] | None] = []
    scope: dict[str, object] = {}
    for cell in cells:
        shown: tuple[ast.expr, Scope] | None = None
        body = ast.parse(cell).body
        for statement in body:
            _import(statement, scope)
            seen = dict(scope)
            calls += [(node, seen) for node in ast.walk(statement) if isinstance(node, ast.Call)]
            value = statement.value if isinstance(statement, ast.Assign | ast.Expr) else None
            kind = _type(value, seen) if value else None
            # A live figure shows where it is a cell's last expression; any other as soon as it is drawn.
            last = statement is body[-1] and isinstance(statement, ast.Expr)
            if value and kind and (issubclass(kind, Figure) or (last and issubclass(kind, Explorer))):
                shown = value, seen
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    _assign(target, statement.value, seen, scope)
        figures.append(shown)
    return [_provenance(*shown, calls) if shown else None for shown in figures]


# Names ------------------------------------------------------------------------------------------------------


def _import(statement: ast.stmt, scope: dict[str, object]) -> None:
    """Bind what a statement imports from the package."""
    if isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] == PACKAGE:
        module = importlib.import_module(str(statement.module))
        for alias in statement.names:
            found = getattr(module, alias.name, None)
            if found is None:
                found = importlib.import_module(f"{statement.module}.{alias.name}")
            scope[alias.asname or alias.name] = found
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            if alias.name.partition(".")[0] == PACKAGE:
                module = importlib.import_module(alias.name)
                scope[alias.asname or PACKAGE] = module if alias.asname else importlib.import_module(PACKAGE)


def _assign(target: ast.expr, value: ast.expr, seen: Scope, scope: dict[str, object]) -> None:
    """Bind the names of an assignment; those of a tuple one by one where the right side is a tuple too."""
    if isinstance(target, ast.Name):
        scope[target.id] = Binding(value, seen)
    elif isinstance(target, ast.Tuple | ast.List):
        pairs = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        values = (
            value.elts if pairs and isinstance(value, ast.Tuple | ast.List) else [value] * len(target.elts)
        )
        for part, its_value in zip(target.elts, values, strict=True):
            _assign(part, its_value, seen, scope)


def _object(node: ast.expr, scope: Scope) -> object:
    """The module, class or function that a dotted name stands for; None if it is a value of the page."""
    if isinstance(node, ast.Name):
        found = scope.get(node.id)
        return None if isinstance(found, Binding) else found
    if isinstance(node, ast.Attribute):
        owner = _object(node.value, scope)
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType | type) else None
    return None


def _type(node: ast.expr, scope: Scope) -> type | None:
    """The class of an expression's value, as annotations tell it."""
    if isinstance(node, ast.Name):
        found = scope.get(node.id)
        return _type(found.value, found.scope) if isinstance(found, Binding) else None
    if isinstance(node, ast.Call):
        called = _object(node.func, scope)
        if isinstance(called, type):
            return called
        owner = None
        if isinstance(node.func, ast.Attribute):
            written = _object(node.func.value, scope)
            owner = written if isinstance(written, type) else _type(node.func.value, scope)
        if called is None and owner is not None and isinstance(node.func, ast.Attribute):
            called = getattr(owner, node.func.attr, None)
        return _returned(called, owner)
    if isinstance(node, ast.Attribute) and (owner := _type(node.value, scope)):
        found = getattr(owner, node.attr, None)
        return _returned(found.fget, owner) if isinstance(found, property) else None
    return None


def _returned(called: object, owner: type | None) -> type | None:
    """The class that a function's annotation promises."""
    called = inspect.unwrap(getattr(called, "__func__", called))  # type: ignore[arg-type]  # anything
    if not isinstance(called, FunctionType):
        return None
    returned = typing.get_type_hints(called).get("return")
    if returned is typing.Self:
        return owner
    return returned if isinstance(returned, type) else None


def _function(called: object) -> FunctionType | None:
    """A function that the package wrote itself."""
    called = inspect.unwrap(getattr(called, "__func__", called))  # type: ignore[arg-type]  # anything
    ours = isinstance(called, FunctionType) and called.__module__.partition(".")[0] == PACKAGE
    return called if ours and isinstance(called, FunctionType) else None


# From a figure back to its functions ------------------------------------------------------------------------


def _collect(node: ast.expr, scope: Scope, found: Sources) -> None:
    """Add what an expression rests on: the receiver of a call before its arguments, variables followed."""
    if isinstance(node, ast.Name):
        bound = scope.get(node.id)
        if isinstance(bound, Binding):
            _collect(bound.value, bound.scope, found)
        return
    if isinstance(node, ast.Call):
        owner = _object(node.func.value, scope) if isinstance(node.func, ast.Attribute) else None
        called = _object(node.func, scope)
        if isinstance(owner, type) and issubclass(owner, Measurement):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "load":
                found.measurements[owner] = None
            elif function := _function(called):
                found.functions[function] = ast.unparse(node)
        elif function := _function(called):
            found.functions[function] = ast.unparse(node)
            found.measurements |= dict.fromkeys(_loaded(function, None))
        elif isinstance(node.func, ast.Attribute):
            receiver = _type(node.func.value, scope)
            if receiver is not None and issubclass(receiver, Measurement):
                drawn = _loaded(_function(getattr(receiver, node.func.attr, None)), receiver)
                # What an object reads from other files it draws from there, not from its own.
                behind = Sources()
                _collect(node.func.value, scope, behind)
                behind.measurements.pop(receiver, None)
                found.measurements |= dict.fromkeys(drawn or (receiver,)) | behind.measurements
                found.functions |= behind.functions
                for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                    _collect(argument, scope, found)
                return
            if receiver is not None:
                method = _function(getattr(receiver, node.func.attr, None))
                found.measurements |= dict.fromkeys(_loaded(method, receiver))
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.keyword):
            inner = inner.value
        if isinstance(inner, ast.expr):
            _collect(inner, scope, found)


def _loaded(
    function: FunctionType | None, owner: type | None, seen: set[object] | None = None
) -> list[type[Measurement]]:
    """The measurements whose file a function reads, by itself or through what it calls; `self[...]` too."""
    seen = set() if seen is None else seen
    if function is None or (function, owner) in seen or not function.__module__.startswith(f"{PACKAGE}.exp"):
        return []
    seen.add((function, owner))
    found: dict[type[Measurement], None] = {}
    recorded = owner is not None and issubclass(owner, Measurement)
    for node in ast.walk(_tree(function)):
        at_self = isinstance(node, ast.Subscript | ast.Attribute) and (
            isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        )
        if at_self and owner is not None and isinstance(node, ast.Attribute):
            inner = inspect.getattr_static(owner, node.attr, None)
            inner = inner.fget if isinstance(inner, property) else inner
            if node.attr in ("columns", "_columns") and recorded:
                found[owner] = None
            else:
                found |= dict.fromkeys(_loaded(_function(inner), owner, seen))
        elif at_self and recorded:
            found[typing.cast(type[Measurement], owner)] = None
        elif isinstance(node, ast.Call):
            called = _object(node.func, function.__globals__)
            holder = getattr(called, "__self__", None)
            loads = getattr(called, "__name__", "") == "load"
            if loads and isinstance(holder, type) and issubclass(holder, Measurement):
                found[holder] = None
            else:
                found |= dict.fromkeys(_loaded(_function(called), None, seen))
    return list(found)


def _provenance(value: ast.expr, scope: Scope, calls: Sequence[tuple[ast.Call, Scope]]) -> Provenance | None:
    """The whole answer for one figure; None if nothing of the package made it."""
    found = Sources()
    _collect(value, scope, found)
    recorded, computed = list(found.measurements), dict(found.functions)
    functions = [*(_row(measurement) for measurement in recorded), *computed]
    if not functions:
        return None
    pieces, others = _pieces(functions)
    if issubclass(_type(value, scope) or object, Explorer):
        by_python = any(_uses(function, Python) for function in functions)
        status = "every state recorded when this page was built" if by_python else "computed in your browser"
        if any(_draws_a_record(function) for function in functions):
            status = "recorded beforehand, looked up and drawn in your browser"
        told = f"{status[0].upper()}{status[1:]}{'' if by_python else ', anew at every change'}."
        return Provenance("live", status, (told,), pieces, others)
    here = "" if not computed else "computed on this page"
    if not recorded:
        return Provenance("computed", here, (_here(computed),), pieces, others)
    runs = {run: None for measurement in recorded for run in _reruns(measurement, calls)}
    status = f"recorded ({_brief(recorded, list(runs))})" + (f", and {here}" if here else "")
    sentences = [_told(measurement) for measurement in recorded]
    sentences += [f"This page runs {_listed(f'`{text}`' for text, _ in runs)} again."] if runs else []
    sentences += [_here(computed)] if computed else []
    return Provenance("both" if here else "recorded", status, tuple(sentences), pieces, others)


def _row(measurement: type[Measurement]) -> FunctionType:
    return typing.cast(FunctionType, measurement.row)


def _draws_a_record(function: FunctionType) -> bool:
    """Whether a figure says of its kernel that what it draws was recorded."""
    calls = (node for node in ast.walk(_tree(function)) if isinstance(node, ast.Call))
    return any(
        keyword.arg == "recorded" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for node in calls
        for keyword in node.keywords
    )


def _uses(function: FunctionType, wanted: object) -> bool:
    """Whether a function names something, or one of its module's functions that it calls does."""
    inner = [function, *_callees(function)]
    names = (
        (node, f.__globals__)
        for f in inner
        for node in ast.walk(_tree(f))
        if isinstance(node, ast.Name | ast.Attribute)
    )
    return any(_object(node, scope) is wanted for node, scope in names)


# Words ------------------------------------------------------------------------------------------------------


def _here(computed: Mapping[FunctionType, str]) -> str:
    return f"Computed on this page by {_listed(f'`{text}`' for text in computed.values())}."


def _told(measurement: type[Measurement]) -> str:
    seeds, again = measurement.seeds, measurement.seeds[:N_RECOMPUTED]
    span = f"{seeds[0]} to {seeds[-1]}" if seeds == tuple(range(seeds[0], seeds[-1] + 1)) else _listed(seeds)
    return (
        f"Recorded in `{measurement.path().name}`: `{measurement.__name__}.row` for each of the "
        f"{len(seeds)} seeds {span}, of which the tests recompute {_listed(again)}."
    )


def _brief(recorded: Sequence[type[Measurement]], runs: Sequence[tuple[str, str]]) -> str:
    """Number of seeds, and who recomputes which."""
    counts = _listed(dict.fromkeys(len(measurement.seeds) for measurement in recorded))
    again = dict.fromkeys(seed for measurement in recorded for seed in measurement.seeds[:N_RECOMPUTED])
    page = [f"this page {_listed(dict.fromkeys(what for _, what in runs))}"] if runs else []
    return f"{counts} seeds; " + ", ".join([f"the tests recompute seeds {_listed(again)}", *page])


def _listed(words: typing.Iterable[object]) -> str:
    *most, last = map(str, words)
    return f"{', '.join(most)} and {last}" if most else last


def _reruns(
    measurement: type[Measurement], calls: Sequence[tuple[ast.Call, Scope]]
) -> Iterator[tuple[str, str]]:
    """Calls of the page that repeat a seed of the file, or a part of it: their text, and what they repeat."""
    row = _row(measurement)
    seed = next(iter(inspect.signature(row).parameters))
    made = [
        (function, node)
        for node in ast.walk(_tree(row))
        if isinstance(node, ast.Call) and (function := _function(_object(node.func, row.__globals__)))
    ]
    for call, scope in calls:
        called = _function(_object(call.func, scope))
        if called is row:
            given = [_known(argument, {}) for argument in call.args]
            if len(given) == 1 and not call.keywords and given[0] in measurement.seeds:
                yield ast.unparse(call), f"seed {given[0]}"
        for function, inner in made:
            if function is called and (found := _repeats(function, inner, call, seed, row, measurement)):
                # A row that calls more than this one function is repeated in part.
                whole = found[1] and len(made) == 1
                yield ast.unparse(call), f"seed {found[0]}" if whole else f"a part of seed {found[0]}"
                break


def _repeats(
    function: FunctionType,
    inner: ast.Call,
    call: ast.Call,
    seed: str,
    row: FunctionType,
    measurement: type[Measurement],
) -> tuple[int, bool] | None:
    """The seed that a page's call repeats, and whether it repeats all that the row calls it for."""
    ours, theirs = _bound(function, inner), _bound(function, call)
    if ours is None or theirs is None or any(_UNKNOWN is _known(node, {}) for node in theirs.values()):
        return None
    whole, repeated = True, None
    for name, parameter in inspect.signature(function).parameters.items():
        given = _known(theirs[name], {}) if name in theirs else parameter.default
        if name in ours and isinstance(ours[name], ast.Name) and getattr(ours[name], "id", "") == seed:
            repeated = given
        elif name in ours and (wanted := _known(ours[name], row.__globals__)) is _UNKNOWN:
            whole = False  # it runs over several values, of which the page chose one
        elif given != (wanted if name in ours else parameter.default):
            return None
    return (repeated, whole) if isinstance(repeated, int) and repeated in measurement.seeds else None


def _bound(function: FunctionType, call: ast.Call) -> dict[str, ast.expr] | None:
    """The arguments of a call by the names of the parameters; None for what is not plain."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    try:
        named = {str(keyword.arg): keyword.value for keyword in call.keywords}
        return dict(inspect.signature(function).bind(*call.args, **named).arguments)
    except TypeError:
        return None


_UNKNOWN = object()


def _known(node: ast.expr, scope: Scope) -> object:
    """The value of a literal or of a module's constant; `_UNKNOWN` for anything else."""
    if isinstance(node, ast.Name):
        return scope.get(node.id, _UNKNOWN)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return _UNKNOWN


# Lines ------------------------------------------------------------------------------------------------------


def _pieces(functions: Sequence[FunctionType]) -> tuple[tuple[Piece, ...], tuple[FunctionType, ...]]:
    """What fits into `MAX_LINES`: the functions themselves, then what they call in their own chapter."""
    pieces: list[Piece] = []
    others: list[FunctionType] = []
    left = MAX_LINES
    for function in functions:
        lines = core(function)
        if len(lines) > left:
            lines = _beginning(lines, left) if left >= LEAST_LINES else []
        if lines:
            pieces.append(Piece(function, "\n".join(lines)))
        else:
            others.append(function)
        left -= len(lines)
    called = [inner for function in functions for inner in _callees(function) if inner not in functions]
    for function in dict.fromkeys(called):
        lines = core(function)
        if not others and len(lines) <= left:
            pieces.append(Piece(function, "\n".join(lines)))
            left -= len(lines)
    # A function of a line or two only hands on: then what it hands on to begins here.
    if not others and len(pieces) == 1 and left >= MAX_LINES - LEAST_LINES and called:
        pieces.append(Piece(called[0], "\n".join(_beginning(core(called[0]), left))))
    return tuple(pieces), tuple(others)


def _callees(function: FunctionType) -> list[FunctionType]:
    """What a function calls of its own chapter, in the order of the text."""
    chapter = ".".join(function.__module__.split(".")[:3])
    owner = next(iter(function.__qualname__.split(".")[:-1]), "")
    scope = {**function.__globals__, "self": function.__globals__.get(owner)}
    nodes = [node for node in ast.walk(_tree(function)) if isinstance(node, ast.Call)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    found = [_function(_object(node.func, scope)) for node in nodes]
    return [
        inner for inner in found if inner and inner.__module__.startswith(chapter) and inner is not function
    ]


@cache
def _tree(function: FunctionType) -> ast.FunctionDef:
    """The syntax of a function; line 1 is the first line of its source, decorators included."""
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    if not isinstance(tree, ast.FunctionDef):
        raise ValueError(f"function: got {function.__qualname__}; want one that a `def` makes")
    return tree


def core(function: FunctionType) -> list[str]:
    """The lines of a function that matter: as in its source, without decorators, docstring and checks."""
    tree = _tree(function)
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    left_out = [node for node in tree.body if _is_docstring(node) or _is_check(node)]
    numbers = {n for node in left_out for n in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    kept = [(n, line) for n, line in enumerate(lines, 1) if n >= tree.lineno and n not in numbers]
    # No empty line where something was left out.
    return [line for n, line in kept if line.strip() or (n - 1 not in numbers and n + 1 not in numbers)]


def _is_docstring(node: ast.stmt) -> bool:
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant and isinstance(getattr(node, "value", None) and node.value.value, str)  # type: ignore[attr-defined]  # as asked


def _is_check(node: ast.stmt) -> bool:
    """`x = _check.real("x", x)`, `_check.real("x", x)`, or an `if` that does nothing but raise."""
    if isinstance(node, ast.If):
        return not node.orelse and all(isinstance(inner, ast.Raise) for inner in node.body)
    if isinstance(node, ast.Expr):
        return _checked(node.value) is not None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = node.targets[0], node.value
        both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
        names = target.elts if both and isinstance(target, ast.Tuple) else [target]
        values = value.elts if both and isinstance(value, ast.Tuple) else [value]
        if len(names) == len(values):
            pairs = zip(names, values, strict=True)
            return all(isinstance(name, ast.Name) and _checked(its) == name.id for name, its in pairs)
    return False


def _checked(node: ast.expr) -> str | None:
    """The variable that a call of `_check` looks at."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) > 1):
        return None
    by_check = isinstance(node.func.value, ast.Name) and node.func.value.id == "_check"
    return node.args[1].id if by_check and isinstance(node.args[1], ast.Name) else None


def _beginning(lines: list[str], most: int) -> list[str]:
    """The first lines, and how many follow; up to the end of a statement where one is near."""
    if len(lines) <= most:
        return lines
    cut = most - 1
    for end in range(cut, max(cut - 7, 1), -1):
        if len(lines[end]) - len(lines[end].lstrip()) == 4 and lines[end].strip() not in (")", "}", "]"):
            cut = end
            break
    while not lines[cut - 1].strip():
        cut -= 1
    return [*lines[:cut], f"    # ... and {len(lines) - cut} more lines"]


def location(function: FunctionType) -> tuple[str, int]:
    """Where a function stands: its file relative to the folder of the package, and its first line."""
    root = Path(str(importlib.import_module(PACKAGE).__file__)).parent
    path = Path(inspect.getsourcefile(function) or "")
    return path.relative_to(root).as_posix(), inspect.getsourcelines(function)[1]
