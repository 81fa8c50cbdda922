"""The displayed equations of a page: their statements, and the comments that tie them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from myst_index import PARSER, directive

from tied.notation import OTHER_RELATIONS, RELATIONS, NotationError, Side, Statement, tokens_of

EVERY_RELATION = RELATIONS | OTHER_RELATIONS
OUTER = {r"gathered", "aligned", "align*", "gather*", "split"}
CONDITION = re.compile(r"\\(?:text|mbox)\{\s*(for|with|at|where|if)\b")
LINK = re.compile(r"\\(?:text|mbox)\{\s*(or|and)\s*\}")
WORDS = re.compile(r"\\(?:text|mbox)\{")
SEPARATORS = {r"\\", r"\quad", r"\qquad", r"\Longrightarrow", r"\implies"}
DEPTHS = {**dict.fromkeys(("{", "(", "["), 1), **dict.fromkeys(("}", ")", "]"), -1)}
COMMENT = re.compile(r"(tie|where|untied|value)(?:\s*\((\d+)\))?:\s*(.*)")


@dataclass(frozen=True)
class Display:
    """A displayed equation: where it stands, its LaTeX, and what the comments below it say.

    `ties` and `conditions` are pairs of left and right; `untied` maps the number of a statement (from 1) to
    the reason, 0 meaning all of them; `values` does so for the Python of expressions without a relation.
    """

    label: str
    line: int
    latex: str
    ties: tuple[tuple[str, str], ...] = ()
    conditions: tuple[str, ...] = ()
    untied: dict[int, str] = field(default_factory=dict)
    values: dict[int, str] = field(default_factory=dict)

    @property
    def is_tied(self) -> bool:
        """Whether a comment ties it."""
        return bool(self.ties or self.values)

    @property
    def statements(self) -> list[Statement]:
        """Its statements, a chain split into one a relation; an expression counts as one."""
        return split(self.latex, self.label)

    def reason(self, number: int) -> str:
        """Why a statement is not tied, "" where no comment says so."""
        return self.untied.get(number, self.untied.get(0, ""))

    def state(self, number: int) -> str:
        """Whether a statement is "tied", declared "untied", or "neither"."""
        return "untied" if self.reason(number) else "tied" if self.is_tied else "neither"


@dataclass(frozen=True)
class Cell:
    """A code cell of a page."""

    line: int
    source: str


@dataclass(frozen=True)
class Section:
    """A heading of the first or second level."""

    line: int


def split(latex: str, label: str = "") -> list[Statement]:
    """The statements of a display, in order."""
    statements: list[Statement] = []
    for piece in _pieces(tokens_of(latex)):
        found, relations = _sides(piece)
        sides = [Side(tokens) for tokens in found]
        if not all(found):
            raise NotationError(f"{label}: nothing stands beside a relation in {' '.join(piece)!r}")
        pairs = zip(sides, relations, sides[1:], strict=False)
        statements += [Statement(*pair) for pair in pairs] or [Statement(sides[0], "", None)]
    return statements


def _pieces(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    """What lines, wide spaces and words part; a line that begins with a relation or a sign continues."""
    pieces: list[list[str]] = [[]]
    depth, inner, skip = 0, 0, False
    k = 0
    while k < len(tokens):
        token = tokens[k]
        if token in {r"\begin", r"\end"}:
            stop = tokens.index("}", k)
            name = "".join(tokens[k + 2 : stop])
            if name not in OUTER:
                inner += 1 if token == r"\begin" else -1
                pieces[-1] += tokens[k : stop + 1]
            k = stop + 1
            continue
        depth += DEPTHS.get(token, 0)
        if depth or inner:
            if not skip:
                pieces[-1].append(token)
        elif token in SEPARATORS:
            skip = skip and token != r"\\"
            following = next((t for t in tokens[k + 1 :] if t not in SEPARATORS and t not in "{}"), "")
            continues = following in EVERY_RELATION | {"+", "-", r"\times"}
            if not continues or _complete(pieces[-1]):
                pieces.append([])
        elif CONDITION.match(token):
            skip = True
        elif LINK.match(token) or (token == "," and EVERY_RELATION & set(pieces[-1])):
            pieces.append([])
        elif not skip:
            pieces[-1].append(token)
        k += 1
    trimmed = (_trimmed(piece) for piece in pieces)
    return [piece for piece in trimmed if not all(map(WORDS.match, piece))]


def _complete(piece: Sequence[str]) -> bool:
    """Whether a line ended in a comma or a full stop: what follows is another statement."""
    return bool(piece) and piece[-1] in {",", ";", "."}


def _trimmed(piece: list[str]) -> tuple[str, ...]:
    while piece and piece[-1] in {",", ";", ".", ":"}:
        piece = piece[:-1]
    while len(piece) > 1 and piece[0] == "{" and piece[1] == "}":
        piece = piece[2:]
    return tuple(piece)


def _sides(piece: tuple[str, ...]) -> tuple[list[tuple[str, ...]], list[str]]:
    sides: list[list[str]] = [[]]
    relations: list[str] = []
    depth = 0
    for token in piece:
        depth += DEPTHS.get(token, 0)
        if not depth and token in EVERY_RELATION:
            relations.append(token)
            sides.append([])
        else:
            sides[-1].append(token)
    return [_trimmed(side) for side in sides], relations


def read_displays(text: str, name: str = "page") -> Iterator[Display | Cell | Section]:
    """The equations, code cells and greater headings of a page, in order."""
    yield from _events(text, name, 0)


def _events(text: str, name: str, start: int) -> Iterator[Display | Cell | Section]:
    tokens = PARSER.parse(text)
    for k, token in enumerate(tokens):
        line = start + (token.map[0] if token.map else 0)
        part = directive(token, start)
        if token.type == "heading_open" and token.tag in {"h1", "h2"} and not start:
            yield Section(line)
        elif token.type in ("math_block", "math_block_label"):
            label = token.info if token.type == "math_block_label" else ""
            yield _display(label, line, token.content, tokens, k, name, start)
        elif part is not None and part.name == "math":
            yield _display(part.label, line, f"{part.argument}\n{part.body}", tokens, k, name, start)
        elif part is not None and part.name == "code-cell":
            yield Cell(part.line, part.body)
        elif part is not None:
            yield from _events(part.body, name, part.line)
        elif token.type == "myst_line_comment" and COMMENT.match(token.content.strip()):
            before = [t for t in tokens[:k] if t.type != "myst_line_comment"][-1:]
            if not before or not (before[0].type.startswith("math_block") or _is_math(before[0], start)):
                raise NotationError(f"{name}:{line + 1}: {token.content.strip()!r} follows no equation")


def _is_math(token: object, start: int) -> bool:
    part = directive(token, start)  # type: ignore[arg-type]  # a token of markdown-it
    return part is not None and part.name == "math"


def _display(
    label: str, line: int, latex: str, tokens: Sequence[object], k: int, name: str, start: int
) -> Display:
    """A display with the comments behind it."""
    label = label or f"{name}:{line + 1}"
    ties: list[tuple[str, str]] = []
    conditions: list[str] = []
    untied: dict[int, str] = {}
    values: dict[int, str] = {}
    end = tokens[k].map[1]  # type: ignore[attr-defined]
    for comment in tokens[k + 1 :]:
        if comment.type != "myst_line_comment":  # type: ignore[attr-defined]
            break
        if comment.map[0] <= end:  # type: ignore[attr-defined]
            raise NotationError(f"{label}: a blank line must stand before its comments")
        for row in comment.content.splitlines():  # type: ignore[attr-defined]
            match = COMMENT.fullmatch(row.strip())
            if match is None:
                raise NotationError(f"{label}: no comment behind an equation reads {row.strip()!r}")
            kind, number, content = match[1], match[2], match[3].strip()
            if (number and kind not in {"untied", "value"}) or not content:
                raise NotationError(f"{label}: {row.strip()!r} says nothing")
            if kind == "tie":
                left, assigned, right = content.partition(":=")
                if not assigned or not left.strip() or not right.strip():
                    raise NotationError(f"{label}: {row.strip()!r} is no `tie: LATEX := PYTHON`")
                ties.append((left.strip(), right.strip()))
            elif kind == "where":
                conditions.append(content)
            elif kind == "value":
                values[int(number or 0)] = content
            else:
                untied[int(number or 0)] = content
    return Display(label, line, latex, tuple(ties), tuple(conditions), untied, values)
