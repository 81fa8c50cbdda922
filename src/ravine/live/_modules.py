"""Where the text of an ES module imports and exports: read token by token, so that strings are left alone."""

import itertools
import re
from collections.abc import Iterator

_SKIPPED = re.compile(r"\s+|//[^\n]*|/\*[\s\S]*?\*/")
_STRING = re.compile(r""""(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'""")
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(`|\$\{)")
_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_WORD = re.compile(r"[\w$]+")
_SIGN = re.compile(r"\+\+|--|=>|\.\.\.|[\s\S]")
_CLOSES = {")": "(", "]": "[", "}": "{"}
# A slash after one of these begins a regular expression; after anything else it divides.
_OPERATORS = ("=>", *"(,=:[!&|?{;+-*%~^<>")
_BEFORE_REGEX = {
    *_OPERATORS,
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "delete",
    "void",
    "throw",
    "new",
    "else",
}

Token = tuple[int, int, str]


def top_level(text: str) -> Iterator[Token]:
    """(start, end, text) of each token outside all brackets; a string counts as one token.

    Raises
    ------
    ValueError : brackets that do not match, or a string, template or comment without an end.

    >>> [token for _, _, token in top_level("const a = f(1, 'b'); // c")]
    ['const', 'a', '=', 'f', '(', ')', ';']
    """
    open_brackets: list[str] = []
    before, at = ";", 0
    while at < len(text):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        start, depth = at, len(open_brackets)
        if text[at] == "`" or (text[at] == "}" and open_brackets[-1:] == ["${"]):
            at, token = _template(text, at, open_brackets)
        else:
            at, token = _token(text, at, before)
            if token in ("(", "[", "{"):
                open_brackets.append(token)
            elif token in _CLOSES and (not open_brackets or open_brackets.pop() != _CLOSES[token]):
                raise ValueError(f"module: got {token!r} without its beginning: {_near(text, start)}")
        if 0 in (depth, len(open_brackets)):
            yield start, at, token
        before = token
    if open_brackets:
        raise ValueError(f"module: got {open_brackets[-1]!r} without its end")


def _token(text: str, at: int, before: str) -> tuple[int, str]:
    """(end, token) of the string, regular expression, word or sign there."""
    patterns = [_STRING, _WORD, _SIGN]
    if before in _BEFORE_REGEX:
        patterns.insert(0, _REGEX)
    found = next(found for found in (pattern.match(text, at) for pattern in patterns) if found)
    if found[0] in ("'", '"', "/*") or text.startswith("/*", at):
        raise ValueError(f"module: got {found[0]!r} without its end: {_near(text, at)}")
    return found.end(), found[0]


def _template(text: str, at: int, open_brackets: list[str]) -> tuple[int, str]:
    """Read a template, or on after a substitution, up to its end or to the next substitution."""
    if text[at] == "}":
        open_brackets.pop()
    found = _TEMPLATE.match(text, at + 1)
    if found is None:
        raise ValueError(f"module: got a template without its end: {_near(text, at)}")
    if found[1] == "${":
        open_brackets.append("${")
        return found.end(), "("  # what follows begins an expression
    return found.end(), "``"


def _near(text: str, at: int) -> str:
    return text[at : at + 40].splitlines()[0]


def without_imports(text: str) -> tuple[str, list[str]]:
    """A module without its import statements, and the files that these named, in order.

    >>> without_imports('import { a } from "./a.mjs";\\nconst b = "import nothing";')
    ('\\nconst b = "import nothing";', ['./a.mjs'])
    """
    kept, needed, end = [], [], 0
    tokens = list(top_level(text))
    for i, (start, _, token) in enumerate(tokens):
        if token != "import" or (i and tokens[i - 1][2] not in (";", "}")):
            continue
        stop = next((j for j in range(i, len(tokens)) if tokens[j][2] == ";"), None)
        if stop is None:
            raise ValueError(f"module: got an import without a semicolon: {_near(text, start)}")
        needed.append(tokens[stop - 1][2][1:-1])
        kept.append(text[end:start])
        end = tokens[stop][1]
    return "".join([*kept, text[end:]]), needed


def without_exports(text: str) -> tuple[str, dict[str, str]]:
    """A module whose declarations are no longer exported, and exported name -> its name within.

    `export default x;` becomes `const exported = x;`, and the name "default" stands for "exported".

    Raises
    ------
    ValueError : an import, or an export that is neither a declaration of plain names, a list, nor a default.

    >>> without_exports('export const a = "export const b", c = 2;')
    ('const a = "export const b", c = 2;', {'a': 'a', 'c': 'c'})
    """
    kept: list[str] = []
    names: dict[str, str] = {}
    end = 0
    tokens = list(top_level(text))
    for i, (start, _, token) in enumerate(tokens):
        if i and tokens[i - 1][2] not in (";", "}", "``"):
            continue
        if token == "import":
            raise ValueError(f"module: got {_near(text, start)!r}; want no imports")
        if token != "export":
            continue
        kept.append(text[end:start])
        words = [word for _, _, word in tokens[i + 1 :]]
        if words[:2] == ["{", "}"]:
            inner, after = tokens[i + 1][1], tokens[i + 2]
            names |= _listed(text[inner : after[0]])
            end = after[1]
        elif words[:1] == ["default"]:
            names["default"] = "exported"
            kept.append("const exported =")
            end = tokens[i + 1][1]
        else:
            names |= {name: name for name in _declared(words, _near(text, start))}
            end = tokens[i + 1][0]
    return "".join([*kept, text[end:]]), names


def _listed(names: str) -> dict[str, str]:
    """Exported name -> name within, of the inside of `export { a, b as c }`."""
    found = {}
    for entry in (entry.split() for entry in names.split(",") if entry.strip()):
        if len(entry) not in (1, 3) or entry[1:2] not in ([], ["as"]):
            raise ValueError(f"module: got {' '.join(entry)!r} in a list of exports; want a, or a as b")
        found[entry[-1]] = entry[0]
    return found


def _declared(words: list[str], where: str) -> list[str]:
    """The names that a declaration makes, given its tokens and those after it."""
    kind, rest = words[0] if words else "", words[1:]
    if kind == "async":
        kind, rest = rest[0], rest[1:]
    if kind in ("function", "class"):
        found = [word for word in rest[:2] if word != "*"][:1]
    elif kind in ("const", "let"):
        if ";" not in rest:
            raise ValueError(f"module: got {where!r}; want a semicolon after the declaration")
        statement = rest[: rest.index(";")]
        found = statement[:1] + [b for a, b in itertools.pairwise(statement) if a == ","]
    else:
        found = []
    if not found or not all(_WORD.fullmatch(name) for name in found):
        raise ValueError(f"module: got {where!r}; want export const, let, function or class with plain names")
    return found
