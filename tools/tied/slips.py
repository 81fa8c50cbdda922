"""Slips and equal rewritings at every place of a formula."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tied.displays import split
from tied.notation import Node, Side, Statement, written
from tied.pages import Prepared, Verdict

ONE = ("\\frac", "{", "2", "}", "{", "2", "}")
MINUS_ONE = ("\\frac", "{", "-", "2", "}", "{", "2", "}")
FLIPPED = {"+": "-", "-": "+", "": "-"}


@dataclass(frozen=True)
class Change:
    """A place of a formula: what is done there, the tokens with the slip, those of the equal rewriting."""

    kind: str
    slip: tuple[str, ...]
    equal: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """A place that was tried: the display's LaTeX with the slip and rewritten, and what the check said."""

    label: str
    kind: str
    slip: str
    equal: str
    caught: str  # "by value", "by notation" or "" where the slip passed
    stays_green: bool

    @property
    def counts(self) -> bool:
        """Whether the slip turns red and the rewriting stays green."""
        return bool(self.caught) and self.stays_green


def changes(node: Node, tokens: Sequence[str], top: bool = True) -> Iterator[Change]:
    """What can be changed in a tree; the tokens are those of the node alone."""
    for at, part in enumerate(node.parts):
        if node.kind == "power" and at == 1 and _whole(part) is not None:
            continue
        opened, closed = _wrapping(node, part, tokens)
        before = (*tokens[node.start : part.start], *opened)
        after = (*closed, *tokens[part.end : node.end])
        for change in changes(part, tokens, top and node.kind in {"sum", "signed"} and at == 0):
            yield Change(change.kind, (*before, *change.slip, *after), (*before, *change.equal, *after))
    own = tuple(tokens[node.start : node.end])
    if node.kind == "signed":
        rest = own[1:] if node.name else own
        if (node.name or top) and rest != ("0",):
            flipped = FLIPPED[node.name]
            yield Change("sign", (flipped, *rest), (flipped, *MINUS_ONE, *rest))
    elif node.kind == "product":
        yield from _factors(node, tokens)
    elif node.kind == "number":
        number = Decimal(node.name)
        yield Change("number", tuple(str(number + 1)), ("\\frac", "{", *str(2 * number), "}", "{", "2", "}"))
    elif node.kind == "fraction":
        top_part, bottom = (_bare(tokens[part.start : part.end]) for part in node.parts)
        if top_part != ("0",):
            equal = (own[0], "{", "2", "(", *top_part, ")", "}", "{", "2", "(", *bottom, ")", "}")
            yield Change("swapped fraction", (own[0], "{", *bottom, "}", "{", *top_part, "}"), equal)
    elif node.kind == "power" and (whole := _whole(node.parts[1])) is not None:
        base, other = tuple(tokens[node.start : node.parts[0].end]), tuple(str(whole + 1))
        equal = (*base, "^", "{", *other, "-", "1", "}")
        yield Change("exponent", (*base, "^", "{", *other, "}"), equal)


def _factors(node: Node, tokens: Sequence[str]) -> Iterator[Change]:
    """A factor 2 before every factor of a product."""
    for at, part in enumerate(node.parts):
        factor = tuple(tokens[part.start : part.end])
        before, after = tuple(tokens[node.start : part.start]), tuple(tokens[part.end : node.end])
        if factor == ("0",):
            continue
        if part.kind == "divisor":
            slip, equal = ("(", "2", "\\cdot", *factor, ")"), ("(", *ONE, *factor, ")")
        else:
            # A two beside a digit would read as one number.
            glue = ("\\cdot",) if at and before[-1].isdigit() else ()
            slip = (*glue, "2", *(("\\cdot",) if factor[0].isdigit() else ()), *factor)
            equal = (*ONE, *factor)
        yield Change("factor", (*before, *slip, *after), (*before, *equal, *after))


def _wrapping(node: Node, part: Node, tokens: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Brackets that a changed part needs where it stood without any."""
    if node.kind == "braced" and tokens[node.start] != "{":
        return ("{",), ("}",)
    if node.kind == "function" and tokens[part.start - 1] not in {"(", "[", ",", ";"}:
        return ("(",), (")",)
    return (), ()


def _bare(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(tokens[1:-1]) if tokens[0] == "{" else tuple(tokens)


def _whole(node: Node) -> int | None:
    """The whole number that an exponent is, None if it is more."""
    sign = 1
    while node.kind in {"braced", "sum", "signed", "product"} and len(node.parts) == 1:
        sign *= -1 if node.name == "-" else 1
        node = node.parts[0]
    return sign * int(node.name) if node.kind == "number" and node.name.isdigit() else None


def rebuilt(statements: Sequence[Statement], old: Side | None = None, new: Sequence[str] = ()) -> str:
    """The LaTeX of a display, with other tokens for one of its sides."""

    def side(one: Side) -> str:
        return written(new) if one is old else one.latex

    text = ""
    previous: Side | None = None
    for statement in statements:
        if statement.left is not previous:
            text += (", \\qquad " if text else "") + side(statement.left)
        if statement.right is not None:
            text += f" {statement.relation} {side(statement.right)}"
        previous = statement.right
    return text


def places(prepared: Prepared) -> Iterator[tuple[str, str, str]]:
    """Every place of the tied statements of a display: kind, LaTeX with the slip, LaTeX rewritten."""
    display = prepared.display
    statements = split(display.latex, display.label)
    seen: set[int] = set()
    for number, statement in enumerate(statements, start=1):
        if display.state(number) != "tied":
            continue
        sides = [side for side in (statement.left, statement.right) if side is not None]
        for side, tree in zip(sides, prepared.meaning.read(statement, number), strict=True):
            if id(side) in seen:
                continue
            seen.add(id(side))
            for change in changes(tree, side.tokens):
                yield (
                    change.kind,
                    rebuilt(statements, side, change.slip),
                    rebuilt(statements, side, change.equal),
                )


def trials(prepared: Prepared, every: int = 1, first: int = 0) -> Iterator[Trial]:
    """Try the places of a display, all of them or each `every`-th."""
    if not prepared.display.is_tied:
        return
    for kind, slip, equal in list(places(prepared))[first::every]:
        red = [verdict for verdict in _verdicts(prepared, slip) if verdict.fault]
        caught = "by value" if any(v.by_value for v in red) else "by notation" if red else ""
        green = not any(verdict.fault for verdict in _verdicts(prepared, equal))
        yield Trial(prepared.display.label, kind, slip, equal, caught, green)


def _verdicts(prepared: Prepared, latex: str) -> list[Verdict]:
    found = prepared.verdicts(latex)
    if len(found) != len(prepared.display.statements):
        raise AssertionError(f"{latex!r} has another number of statements than {prepared.display.latex!r}")
    return found
