"""Every text file is opened with its encoding named: the default is the machine's, on Windows not UTF-8."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import ROOT

FILES = sorted(
    path for folder in ("benchmarks", "src", "tests", "tools") for path in (ROOT / folder).rglob("*.py")
)
# Method -> number of positional arguments with which the encoding is among them.
TEXT = {"read_text": 1, "write_text": 2}


def unnamed(source: str) -> list[str]:
    """Calls that read or write text in whatever encoding the machine prefers."""
    return [
        ast.unparse(call)
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and _lacks(call)
    ]


def _lacks(call: ast.Call) -> bool:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name not in (*TEXT, "open") or {"encoding", None} & {keyword.arg for keyword in call.keywords}:
        return False
    if name in TEXT:
        return len(call.args) < TEXT[name]
    modes = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    words = [mode.value for mode in modes if isinstance(mode, ast.Constant) and isinstance(mode.value, str)]
    return not any(set(word) <= set("rwxab+") and "b" in word for word in words)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_text_file_is_opened_with_its_encoding(path: Path) -> None:
    assert unnamed(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "n"),
    [
        ("Path(p).read_text()", 1),
        ("Path(p).read_text('utf-8')", 0),
        ("p.write_text(text)", 1),
        ("p.write_text(text, encoding='utf-8')", 0),
        ("open(p)", 1),
        ("open(p, 'w')", 1),
        ("p.open(mode='rb')", 0),
        ("p.open(encoding='utf-8')", 0),
    ],
)
def test_the_reader_of_calls_tells_them_apart(source: str, n: int) -> None:
    assert len(unnamed(source)) == n
