"""A build that fails keeps failing and leaves the former site alone; one that succeeds is complete."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, load_tool

CHAPTER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A chapter

```{code-cell} python
6 * 7
```
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny book with this project's configuration, built once."""
    root = tmp_path_factory.mktemp("tiny")
    (root / "book").mkdir()
    shutil.copytree(ROOT / "book" / "assets", root / "book" / "assets")
    shutil.copytree(ROOT / "tools" / "sphinx_ext", root / "tools" / "sphinx_ext")
    shutil.copy2(ROOT / "_config.yml", root)
    (root / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: chapter\n")
    (root / "book" / "index.md").write_text("# A tiny book\n")
    (root / "book" / "references.bib").write_text("")
    (root / "book" / "chapter.md").write_text(CHAPTER)
    result = build(root)
    assert result.returncode == 0, result.stderr
    return root


def build(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "book.py"), "--root", str(root), "--jobs", "1"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


def published(root: Path) -> dict[str, bytes]:
    site = root / "_build" / "html"
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def test_a_build_publishes_what_ran(built: Path) -> None:
    page = (built / "_build" / "html" / "chapter.html").read_text("utf-8")
    assert "42" in page


def test_an_unchanged_book_is_published_again_unchanged(built: Path) -> None:
    before = published(built)
    result = build(built)
    assert result.returncode == 0
    assert "Executing" not in result.stdout
    assert published(built) == before


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        ("\n```{code-cell} python\n1 / 0\n```\n", "ZeroDivisionError"),
        ("\n```{code-cell} python\nimport warnings\nwarnings.warn('careful')\n```\n", "stderr"),
        ("\nSee {ref}`no-such-label`.\n", "undefined label"),
        ("\n[A page](no-such-page.md)\n", "no-such-page"),
    ],
    ids=["failing cell", "warning cell", "dangling reference", "dangling link"],
)
def test_a_broken_chapter_fails_twice_and_leaves_the_site(built: Path, addition: str, complaint: str) -> None:
    before = published(built)
    chapter = built / "book" / "chapter.md"
    chapter.write_text(CHAPTER + addition)
    try:
        for _ in range(2):
            result = build(built)
            assert result.returncode != 0
            assert complaint in result.stderr
            assert published(built) == before
    finally:
        chapter.write_text(CHAPTER)


def test_the_cache_knows_the_package(tmp_path: Path) -> None:
    """A changed module or data file must not leave old outputs on the page."""
    digest = load_tool("book")["digest"]
    module = tmp_path / "module.py"
    module.write_text("x = 1\n")
    before = digest([tmp_path])
    module.write_text("x = 2\n")
    assert digest([tmp_path]) != before
