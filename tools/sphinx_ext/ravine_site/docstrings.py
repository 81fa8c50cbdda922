"""Docstrings are written to be read in a terminal; this makes them reStructuredText for numpydoc's parser.

They say what a parameter *is* after its colon, where numpydoc expects a type; they name a source in one line;
and a formula in plain text, |H x - lambda x|, is not markup.
"""

import re
from typing import Any

from sphinx.application import Sphinx

FIELD_SECTIONS = {"Parameters", "Returns", "Raises", "Attributes", "Yields"}
FIELD = re.compile(r"(?P<name>\S.*?) : (?P<text>.+)")
SPAN = re.compile(r"(`+.+?`+|\$[^$]+\$)")  # code and maths, whose inside is left alone
MARKUP = re.compile(r"\||(?<=\w)_(?!\w)")


def prepare(app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Rewrite one docstring in place."""
    prepared = _fields(_sections(_plain(lines)))
    # An attribute's first line would be taken for "type: text"; it becomes an empty comment.
    lines[:] = ["..", "", *prepared] if what in ("attribute", "property", "data") else prepared


def _plain(lines: list[str]) -> list[str]:
    """Escape what only looks like markup, outside doctests and directives; `$x$` becomes a maths role."""
    result, directive = [], False
    for line in lines:
        directive = line.startswith("..") or (directive and (not line or line.startswith(" ")))
        verbatim = directive or line.lstrip().startswith((">>>", "..."))
        result.append(line if verbatim else "".join(map(_span, SPAN.split(line))))
    return result


def _span(text: str) -> str:
    if text.startswith("$"):
        return f":math:`{text.strip('$')}`"
    return text if text.startswith("`") else MARKUP.sub(r"\\\g<0>", text)


def _sections(lines: list[str]) -> list[str]:
    """Give the source and the doctest that follow a list of fields a heading, which ends the list."""
    result, listing = [], False
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        listing = listing or bool(line and below and not below.strip("-"))
        if line.startswith("Source: "):
            result += ["Source", "------", line.removeprefix("Source: ")]
            listing = True
        elif listing and line.startswith(">>>"):
            result += ["Examples", "--------", line]
            listing = False
        else:
            result.append(line)
    return result


def _fields(lines: list[str]) -> list[str]:
    """Rewrite `name : text` as a name over an indented text, in the sections that list fields."""
    section = ""
    result: list[str] = []
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line and below and not below.strip("-"):
            section = line
        field = FIELD.fullmatch(line) if section in FIELD_SECTIONS else None
        result += [field["name"], f"    {field['text']}"] if field else [line]
    return result
