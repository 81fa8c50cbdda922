"""LaTeX to tokens, tokens to trees. Every node knows the tokens it came from, so that one can be changed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

RELATIONS = {"=", r"\approx", r"\le", r"\leq", r"\ge", r"\geq"}
# Relations that no value can confirm.
OTHER_RELATIONS = {"<", ">", r"\ne", r"\neq", r"\sim", r"\to", r"\ll", r"\gg", r"\propto"}
SPACES = {r"\,", r"\;", r"\:", r"\!", r"\ ", "~", "&", r"\displaystyle"}
SIZES = re.compile(r"\\(left|right|([bB]igg?[lrm]?))")
FRACTIONS = {r"\frac", r"\tfrac", r"\dfrac"}
FUNCTIONS = {
    **{rf"\{name}": name for name in ("ln", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{rf"\{name}": name for name in ("arcsin", "arccos", "arctan", "det", "min", "max")},
    **{
        rf"\{kind}{{{name}}}": name
        for kind in ("operatorname", "mathrm")
        for name in ("sech", "artanh", "tr")
    },
}
LETTER = re.compile(
    r"[a-zA-Z]|\\(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau"
    r"|upsilon|phi|chi|psi|omega|ell|var\w+|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega)"
)
ACCENTS = {
    r"\hat",
    r"\bar",
    r"\tilde",
    r"\dot",
    r"\ddot",
    r"\mathrm",
    r"\mathbf",
    r"\mathcal",
    r"\operatorname",
}
CLOSING = {"(": ")", "[": "]"}
TRANSPOSE = {r"\top", r"\intercal"}
PIECE = re.compile(r"\\(?:text|mbox)\{[^{}]*\}|\\[a-zA-Z]+|\\.|[a-zA-Z]|\d|\S", re.DOTALL)


class NotationError(ValueError):
    """What a tied equation holds and the reader does not know: names the equation and the token."""


@dataclass(frozen=True)
class Node:
    """A piece of a formula: what it is, its parts, and the tokens from `start` up to `end`."""

    kind: str
    start: int
    end: int
    parts: tuple["Node", ...] = ()
    name: str = ""


@dataclass(frozen=True, eq=False)  # two sides of a chain may read the same
class Side:
    """One side of a statement: its tokens and, once read, its tree."""

    tokens: tuple[str, ...]

    @property
    def latex(self) -> str:
        """The side as LaTeX."""
        return written(self.tokens)


@dataclass(frozen=True)
class Statement:
    """One relation between two sides; an expression without one has `relation` "" and no right side."""

    left: Side
    relation: str
    right: Side | None

    @property
    def latex(self) -> str:
        """The statement as LaTeX."""
        return f"{self.left.latex} {self.relation} {self.right.latex if self.right else ''}".strip()


def tokens_of(latex: str) -> tuple[str, ...]:
    """Tokens without spaces and sizes of brackets."""
    found: list[str] = []
    for token in PIECE.findall(latex):
        if token in SPACES or SIZES.fullmatch(token):
            continue
        found.append(token)
    return tuple(found)


FUNCTION_TOKENS = {tokens_of(latex): name for latex, name in FUNCTIONS.items()}


def written(tokens: Sequence[str]) -> str:
    """Tokens as LaTeX that a person reads."""
    text = ""
    for token in tokens:
        if token in {"+", "-"} or token in RELATIONS or token in OTHER_RELATIONS:
            text = f"{text.rstrip()} {token} " if text and text[-1] not in "({[^" else f"{text}{token}"
        else:
            text += " " * bool(re.search(r"\\[a-zA-Z]+\Z", text) and token[0].isalpha()) + token
    return text


def name_of(latex: str) -> str:
    """The form under which a name is looked up: `s_1`, `s_{1}` and `s_ 1` are one name."""
    return "".join(_unbraced(tokens_of(latex)))


def name_alone(tokens: tuple[str, ...]) -> bool:
    """Whether tokens are one name: a letter with its accent, index, star and primes."""
    try:
        node = Reader("", tokens)._named(False)
    except NotationError:
        return False
    return node.end == len(tokens)


def _unbraced(tokens: Sequence[str]) -> list[str]:
    """Tokens in which every index, star and accent has its argument in braces."""
    kept: list[str] = []
    k = 0
    while k < len(tokens):
        if tokens[k] in {"_", "^", *ACCENTS} and k + 1 < len(tokens) and tokens[k + 1] != "{":
            kept += [tokens[k], "{", tokens[k + 1], "}"]
            k += 2
        else:
            kept.append(tokens[k])
            k += 1
    return kept


@dataclass
class Reader:
    """Reads one side. `fragments` are the tied pieces of several tokens, `is_function` asks for a name."""

    where: str
    tokens: tuple[str, ...]
    fragments: dict[tuple[str, ...], str] = field(default_factory=dict)
    is_function: Callable[[str], bool] = lambda name: False
    at: int = 0

    def read(self) -> Node:
        """The whole side."""
        node = self._sum()
        if self.at < len(self.tokens):
            raise self.error("an operator or the end")
        return node

    def error(self, wanted: str) -> NotationError:
        """Unknown notation at this place."""
        token = self.peek() or "the end"
        before = " ".join(self.tokens[max(0, self.at - 4) : self.at])
        return NotationError(f"{self.where}: cannot read {token!r} after {before!r}; wanted {wanted}")

    def peek(self, ahead: int = 0) -> str:
        """The token ahead, "" at the end."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def take(self, wanted: str) -> None:
        """Step over a token that must stand here."""
        if self.peek() != wanted:
            raise self.error(repr(wanted))
        self.at += 1

    def _sum(self) -> Node:
        start = self.at
        parts: list[Node] = []
        while True:
            sign_at = self.at
            sign = self.peek() if self.peek() in {"+", "-"} else ""
            if parts and not sign:
                break
            self.at += bool(sign)
            term = self._term()
            parts.append(Node("signed", sign_at, self.at, (term,), sign))
        return Node("sum", start, self.at, tuple(parts))

    def _term(self) -> Node:
        start = self.at
        parts: list[Node] = []
        while True:
            link = self.peek() if parts and self.peek() in {r"\cdot", r"\times", "/"} else ""
            if link:
                self.at += 1
            elif parts and not self._starts_factor():
                break
            factor = self._factor()
            if parts and parts[-1].kind == "divisor":
                self.at = factor.start
                raise self.error("one factor after a slash (write a fraction)")
            parts.append(Node("divisor", factor.start, factor.end, (factor,)) if link == "/" else factor)
        return Node("product", start, self.at, tuple(parts))

    def _starts_factor(self) -> bool:
        token = self.peek()
        if token in {"", "+", "-", ")", "]", "}", "|", r"\|", ",", ";", "^", "_", "'", "!", "/", r"\\"}:
            return False
        return token not in RELATIONS and token not in OTHER_RELATIONS and token != r"\end"

    def _factor(self) -> Node:
        start = self.at
        node = self._atom()
        while self.peek() == "^":
            self.at += 1
            if self.peek() in TRANSPOSE or (self.peek() == "{" and self.peek(1) in TRANSPOSE):
                self.at += 1 if self.peek() in TRANSPOSE else 3
                node = Node("transpose", start, self.at, (node,))
            else:
                power = self._argument()
                node = Node("power", start, self.at, (node, power))
        if self.peek() in {"_", "'", "!"}:
            raise self.error("an operator or the end")
        return node

    def _argument(self) -> Node:
        """What a command takes: a group in braces, or one token."""
        start = self.at
        if self.peek() == "{":
            self.at += 1
            inner = self._sum()
            self.take("}")
            return Node("braced", start, self.at, (inner,))
        if self.peek().isdigit():
            self.at += 1
            number = Node("number", start, self.at, (), self.tokens[start])
            product = Node("product", start, self.at, (number,))
        else:
            atom = self._atom(single=True)
            product = Node("product", start, self.at, (atom,))
        signed = Node("signed", start, self.at, (product,))
        return Node("braced", start, self.at, (Node("sum", start, self.at, (signed,)),))

    def _atom(self, single: bool = False) -> Node:
        start, token = self.at, self.peek()
        if not single and (fragment := self._fragment()):
            return fragment
        if token.isdigit():
            return self._number()
        if token in CLOSING:
            return self._group()
        if token in {"|", r"\|"}:
            self.at += 1
            inner = self._sum()
            self.take(token)
            return Node("size", start, self.at, (inner,))
        if token in FRACTIONS:
            self.at += 1
            parts = (self._argument(), self._argument())
            return Node("fraction", start, self.at, parts)
        if token == r"\sqrt":
            self.at += 1
            if self.peek() == "[":
                raise self.error("a square root")
            under = self._argument()  # before the node, whose end it moves
            return Node("root", start, self.at, (under,))
        if token == "{":
            inner = self._argument()
            if len(inner.parts[0].parts) > 1 or self.peek() in {"^", "_"}:
                self.at = start
                raise self.error("brackets that a reader sees")
            return Node("group", start, self.at, inner.parts)
        if function := self._function_name():
            return self._function(function, start)
        return self._named(single)

    def _number(self) -> Node:
        start = self.at
        while self.peek().isdigit() or (self.peek() == "." and self.peek(1).isdigit()):
            self.at += 1
        return Node("number", start, self.at, (), "".join(self.tokens[start : self.at]))

    def _group(self) -> Node:
        start, opening = self.at, self.peek()
        self.at += 1
        inner = self._sum()
        self.take(CLOSING[opening])
        return Node("group", start, self.at, (inner,))

    def _function_name(self) -> tuple[str, ...]:
        return next((k for k in FUNCTION_TOKENS if self.tokens[self.at : self.at + len(k)] == k), ())

    def _function(self, tokens: tuple[str, ...], start: int) -> Node:
        """`ln x`, `ln(1 + x)`, `sech^2 x`: brackets, or one factor with a number before it."""
        self.at += len(tokens)
        power: tuple[Node, ...] = ()
        if self.peek() == "^":
            self.at += 1
            power = (self._argument(),)
        if self.peek() in CLOSING:
            parts = self._arguments()
        else:
            begin, factors = self.at, [self._factor()]
            if factors[0].kind == "number" and self._starts_factor() and not self._function_name():
                factors.append(self._factor())
            if self._starts_factor() and not self._function_name():
                raise self.error("an argument in brackets, since more follows")
            parts = (Node("product", begin, self.at, tuple(factors)),)
        node = Node("function", start, self.at, parts, FUNCTION_TOKENS[tokens])
        return Node("power", start, self.at, (node, *power)) if power else node

    def _arguments(self) -> tuple[Node, ...]:
        closing = CLOSING[self.peek()]
        parts: list[Node] = []
        while not parts or self.peek() in {",", ";"}:
            self.at += 1
            parts.append(self._sum())
        self.take(closing)
        return tuple(parts)

    def _fragment(self) -> Node | None:
        """The longest tied piece that stands here as it is."""
        found = [piece for piece in self.fragments if self._stands(piece)]
        if not found:
            return None
        piece, start = max(found, key=len), self.at
        self.at += len(piece)
        return Node("name", start, self.at, (), self.fragments[piece])

    def _stands(self, piece: tuple[str, ...]) -> bool:
        after = self.at + len(piece)
        if self.tokens[self.at : after] != piece:
            return False
        # An index, a prime or a power that follows belongs to the last name: the piece is another one.
        return after >= len(self.tokens) or self.tokens[after] not in {"_", "'", "^"}

    def _named(self, single: bool) -> Node:
        start = self.at
        self._letter()
        while not single:
            if self.peek() == "_":
                self.at += 1
                self._skip_argument()
            elif self.peek() == "'" or (self.peek() == "^" and self.peek(1) in {"*", r"\star"}):
                self.at += 1 if self.peek() == "'" else 2
            else:
                break
        name = "".join(_unbraced(self.tokens[start : self.at]))
        if not single and self.peek() in CLOSING and self.is_function(name):
            parts = self._arguments()
            return Node("call", start, self.at, parts, name)
        return Node("name", start, self.at, (), name)

    def _letter(self) -> None:
        """A letter, a Greek one, or one under an accent."""
        token = self.peek()
        if token in ACCENTS:
            self.at += 1
            self._skip_argument()
        elif LETTER.fullmatch(token):
            self.at += 1
        else:
            raise self.error("a name, a number or a bracket")

    def _skip_argument(self) -> None:
        if self.peek() != "{":
            self.at += 1
            return
        depth = 0
        while True:
            depth += {"{": 1, "}": -1}.get(self.peek(), 0)
            if not self.peek():
                raise self.error("a closing brace")
            self.at += 1
            if not depth:
                return
