"""Docstrings say what a parameter *is* after its colon, where numpydoc expects a type: show it as text."""

import re
from typing import Any

from sphinx.application import Sphinx

FIELD_SECTIONS = {"Parameters", "Returns", "Raises", "Attributes", "Yields"}
FIELD = re.compile(r"(?P<name>\S.*?) : (?P<text>.+)")


def describe_fields(app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Rewrite `name : text` as a name over an indented text; end a list of fields where a doctest starts."""
    section, result = "", []
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line and below and not below.strip("-"):
            section = line
        if section and line.startswith(">>>"):
            section = ""
            result += ["Examples", "--------"]
        field = FIELD.fullmatch(line) if section in FIELD_SECTIONS else None
        result += [field["name"], f"    {field['text']}"] if field else [line]
    lines[:] = result
