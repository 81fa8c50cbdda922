"""A build that fails keeps failing and leaves the former site alone; one that succeeds is complete."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

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
BROKEN = "\n```{code-cell} python\n1 / 0\n```\n"
WARNING = """
See {ref}`no-such-label` and [no page](no-such-page.md).

```{code-cell} python
import warnings
warnings.warn("careful")
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
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: chapter\n", encoding="utf-8"
    )
    (root / "book" / "index.md").write_text("# A tiny book\n", encoding="utf-8")
    (root / "book" / "references.bib").write_text("", encoding="utf-8")
    (root / "book" / "chapter.md").write_text(CHAPTER, encoding="utf-8")
    (root / "notebooks").mkdir()
    (root / "notebooks" / "chapter.ipynb").write_text("{}", encoding="utf-8")
    result = build(root)
    assert result.returncode == 0, result.stderr
    return root


def build(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "book.py"), "--root", str(root), "--jobs", "1"]
    published_from = os.environ | {"GITHUB_REPOSITORY": "someone/ravine", "GITHUB_REF_NAME": "main"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=published_from)


def published(root: Path) -> dict[str, bytes]:
    site = root / "_build" / "html"
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def test_a_build_publishes_what_ran(built: Path) -> None:
    page = (built / "_build" / "html" / "chapter.html").read_text("utf-8")
    assert "42" in page


def test_a_published_page_opens_its_notebook(built: Path) -> None:
    page = (built / "_build" / "html" / "chapter.html").read_text("utf-8")
    assert "mybinder.org/v2/gh/someone/ravine/main?urlpath=lab/tree/notebooks/chapter.ipynb" in page
    assert 'href="https://github.com/someone/ravine"' in page
    assert (built / "_build" / "html" / "_sources" / "chapter.ipynb").read_text(encoding="utf-8") == "{}"


def test_an_unchanged_book_is_published_again_unchanged(built: Path) -> None:
    before = published(built)
    result = build(built)
    assert result.returncode == 0
    assert "Executing" not in result.stdout
    assert published(built) == before


def test_a_new_notebook_is_offered_on_an_unchanged_page(built: Path) -> None:
    (built / "notebooks" / "chapter.ipynb").write_text('{"new": true}', encoding="utf-8")
    assert build(built).returncode == 0
    assert (built / "_build" / "html" / "_sources" / "chapter.ipynb").read_text(
        encoding="utf-8"
    ) == '{"new": true}'


@pytest.mark.parametrize(
    ("addition", "complaints"),
    [
        (BROKEN, ["ZeroDivisionError"]),
        (WARNING, ["stderr was found", "no-such-label", "no-such-page"]),
    ],
    ids=["failing cell", "warnings"],
)
def test_a_broken_chapter_fails_twice_and_leaves_the_site(
    built: Path, addition: str, complaints: list[str]
) -> None:
    before = published(built)
    chapter = built / "book" / "chapter.md"
    chapter.write_text(CHAPTER + addition, encoding="utf-8")
    try:
        for _ in range(2):
            result = build(built)
            assert result.returncode != 0
            assert [text for text in complaints if text not in result.stderr] == []
            assert published(built) == before
    finally:
        chapter.write_text(CHAPTER, encoding="utf-8")


def test_a_book_is_built_with_its_own_configuration(built: Path, tmp_path: Path) -> None:
    """The limit on a cell's time, and the extensions of Markdown, are those beside its _toc.yml."""
    root = tmp_path / "other"
    shutil.copytree(built, root, ignore=shutil.ignore_patterns("_build"))
    settings = (root / "_config.yml").read_text("utf-8")
    assert "timeout: 600" in settings
    (root / "_config.yml").write_text(settings.replace("timeout: 600", "timeout: 1"), "utf-8")
    (root / "book" / "chapter.md").write_text(
        CHAPTER + "\n```{code-cell} python\nimport time; time.sleep(30)\n```\n", encoding="utf-8"
    )
    result = build(root)
    assert result.returncode != 0
    assert "timed out" in result.stderr.lower() or "timeout" in result.stderr.lower()


def test_the_cache_knows_the_package(tmp_path: Path) -> None:
    """A changed module or data file must not leave old outputs on the page."""
    digest = load_tool("book")["digest"]
    module = tmp_path / "module.py"
    module.write_text("x = 1\n", encoding="utf-8")
    before = digest([tmp_path])
    module.write_text("x = 2\n", encoding="utf-8")
    assert digest([tmp_path]) != before


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch):
    """The site's Sphinx extension."""
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "sphinx_ext"))
    return importlib.import_module("ravine_site")


def test_no_launch_button_without_a_repository(
    extension, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert extension.launch.repository(tmp_path) is None


@pytest.mark.parametrize(
    ("remote", "slug"),
    [
        ("https://github.com/someone/ravine.git", "someone/ravine"),
        ("git@github.com:someone/ravine.git", "someone/ravine"),
        ("https://example.org/someone/ravine.git", None),
    ],
)
def test_the_repository_is_read_from_a_github_remote(extension, remote: str, slug: str | None) -> None:
    match = extension.launch.GITHUB_REMOTE.search(remote)
    assert (match["slug"] if match else None) == slug


def test_docstrings_keep_their_formulae(extension) -> None:
    lines = [
        "The norm |g|, with $x_0$ and `a_`.",
        "",
        "Raises",
        "------",
        "ValueError : a bad x_.",
        "",
        "Source: a paper.",
        "",
        ">>> 1 | 2",
    ]
    extension.docstrings.prepare(None, "function", "f", None, None, lines)
    assert lines[0] == r"The norm \|g\|, with :math:`x_0` and `a_`."
    assert lines[4:6] == ["ValueError", r"    a bad x\_."]
    assert lines[7:10] == ["Source", "------", "a paper."]
    assert lines[-3:] == ["Examples", "--------", ">>> 1 | 2"]


def test_only_used_icons_are_kept(extension, tmp_path: Path) -> None:
    scripts = tmp_path / "_static" / "scripts"
    scripts.mkdir(parents=True)
    library = scripts / "fontawesome.js"
    library.write_text(
        'c={"moon":[5,5,[9,"night"],"f1","M0"],sun:[5,5,[],"f2","M1"],"x-ray":[5,5,[],"f3","M2"]}',
        encoding="utf-8",
    )
    (tmp_path / "index.html").write_text('<i class="fas fa-night"></i>', encoding="utf-8")
    extension.furniture.keep_used_icons(SimpleNamespace(outdir=tmp_path), None)
    assert library.read_text(encoding="utf-8") == 'c={"moon":[5,5,[9,"night"],"f1","M0"],}'
