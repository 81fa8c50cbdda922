"""The notebooks: the generator on a small book that uses every construct, then the committed ones."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from myst_index import MystError  # noqa: E402  (found through the path set above)

import notebooks  # noqa: E402  (the tools are scripts, not a package)

COURSE = notebooks.Course()
BOOK = COURSE.book
# Cells whose outputs nbval may skip: (page, first line of the cell). Add one only for a widget whose text
# differs from run to run, with the reason beside it.
EXEMPT: frozenset[tuple[str, str]] = frozenset()
HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
SAMPLE = (
    HEADER
    + r"""
(ch-sample)=
# How a page becomes a notebook

% a comment
:::{admonition} In this chapter
:class: tip
Follows {ref}`ch-other`, {doc}`../index`, {term}`curvatures <curvature>` and [a link](../other.md#sec-more).
:::

```{code-cell} python3
:tags: [hide-input]
from myst_nb import glue
import matplotlib.pyplot as plt
```

## Derivation

The curve {cite:p}`polyak1964` of {cite:t}`cohen2021,goodfellow2016` is `{not} a role`,
and $a_{1}$ {cite}`cohen2021`.

$$
a &= b + c \\
  &= d
$$ (eq-sum)

:::{note}
By {eq}`eq-sum` and [](#eq-product):
```{math}
:label: eq-product
x = y
\cdot z
```
:::

- In a list:

  $$
  u = v
  $$ (eq-list)

+++

The rate is **{glue:text}`rate`** and {glue}`rate`, see {numref}`fig-line`, {numref}`Figure %s <fig-line>`,
{prf:ref}`thm-one`, {ref}`ex-one` and {ref}`this section <sec-play>`.

```{code-cell} python3
glue("rate", f"{1 / 3:.3f}", display=False)
print("one third")
1 / 4
```

:::{prf:theorem} Weak *form*
:label: thm-one
If $x > 0$ then

$$
x \ge 0
$$
:::

:::{prf:proof}
Clear.
:::

(sec-play)=
## Play

```{code-cell} python3
---
mystnb:
  figure:
    name: fig-line
    caption: A line for {glue}`rate`.
  image:
    alt: a rising line
---
fig, ax = plt.subplots()
lines = ax.plot([0, 1])
```

:::{list-table} Two names
* - a
  - b
* - $x$
  - {glue}`rate`
:::

| a | b |
|---|---|
| {glue}`rate` | [other](../other.md) and {ref}`ch-third` |

## Exercises

:::{exercise} Halve it
:label: ex-one
What is half of one?
:::

:::{solution} ex-one
:class: dropdown
A half.
:::

:::{exercise-start}
:label: ex-two
:::
Compute.
:::{exercise-end}
:::

:::{solution-start} ex-two
:::
Like this:

```{code-cell} python3
assert 1 / 2 == 0.5
```
:::{solution-end}
:::

## Summary

- Done.
"""
)
OTHER = "(ch-other)=\n# Another *page*\n\n(sec-more)=\n## More\n\n$$\na\n$$ (eq-other)\n"
TOC = """format: jb-book
root: index
parts:
  - caption: One
    numbered: true
    chapters: [{file: other}, {file: terrain/sample}, {file: terrain/third}]
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> notebooks.Course:
    """A course of four pages, generated."""
    root = tmp_path_factory.mktemp("course")
    (root / "book" / "terrain").mkdir(parents=True)
    (root / "_toc.yml").write_text(TOC, encoding="utf-8")
    (root / "book" / "index.md").write_text("# Front page\n", encoding="utf-8")
    (root / "book" / "other.md").write_text(OTHER, encoding="utf-8")
    (root / "book" / "terrain" / "sample.md").write_text(SAMPLE, encoding="utf-8")
    (root / "book" / "terrain" / "third.md").write_text(
        HEADER + "\n(ch-third)=\n# Third\n\n{ref}`ch-sample`\n", encoding="utf-8"
    )
    (root / "book" / "references.bib").write_text(
        (ROOT / "book" / "references.bib").read_text(encoding="utf-8"), encoding="utf-8"
    )
    made = notebooks.Course(root)
    assert notebooks.main([], made) == 0
    return made


def cells(course: notebooks.Course, name: str = "terrain/sample") -> list[nbformat.NotebookNode]:
    return nbformat.read(course.path(name), as_version=4).cells


@pytest.fixture(scope="module")
def text(course: notebooks.Course) -> str:
    """The sample's Markdown, code cells as a mark."""
    return "\n\n".join(cell.source if cell.cell_type == "markdown" else "[code]" for cell in cells(course))


@pytest.mark.parametrize(
    "expected",
    [
        "# How a page becomes a notebook\n\n> **In this chapter**\n>",
        "\n> Follows Another *page*, Front page, curvatures",
        "[Polyak, 1964] of Cohen et al. [2021], Goodfellow et al. [2016] is `{not} a role`,",
        "and $a_{1}$ [Cohen et al., 2021].",
        "$$\n\\begin{aligned}\na &= b + c \\\\\n&= d\n\\end{aligned}\n\\tag{2.1}\n$$",
        "> **Note**\n>\n> By (2.1) and (2.2):\n> $$ x = y \\cdot z \\tag{2.2} $$",
        "- In a list:\n\n  $$\n  u = v\n  \\tag{2.3}\n  $$",
        "The rate is **0.333** and 0.333, see Fig. 2.1, Figure 2.1,",
        "\nTheorem 2.1, Exercise 2.1 and this section.",
        "> **Theorem 2.1 (Weak *form*)**\n>\n> If $x > 0$ then\n>\n> $$ x \\ge 0 $$",
        "> **Proof**\n>\n> Clear.",
        "[code]\n\n**Fig. 2.1.** A line for 0.333.\n\n*In words:* a rising line",
        "| a | b |\n| --- | --- |\n| $x$ | 0.333 |\n\n**Table 2.1.** Two names",
        "| 0.333 | other and [Third](third.ipynb) |",
        "### Exercise 2.1 (Halve it)\n\nWhat is half of one?\n\n#### Solution\n\nA half.",
        "### Exercise 2.2\n\nCompute.\n\n#### Solution\n\nLike this:\n\n[code]\n\n## Summary",
        "## References\n\n- J. M. Cohen, S. Kaur, Y. Li, J. Z. Kolter and A. Talwalkar (2021). *Gradient",
        "\n- B. T. Polyak (1964). *Some methods of speeding up",
        "[doi:10.1016/0041-5553(64)90137-5](https://doi.org/10.1016/0041-5553(64)90137-5)",
    ],
)
def test_construct_becomes_plain_markdown(text: str, expected: str) -> None:
    assert expected in text


def test_nothing_of_the_source_language_is_left(text: str) -> None:
    assert not re.search(r":::|\)=$|^%|\+\+\+|\{(?!not|1|aligned|2|list)[a-z:]+\}`", text, flags=re.MULTILINE)


def test_a_copy_that_lies_alone_says_what_it_needs(course: notebooks.Course) -> None:
    first = cells(course)[0]
    assert first.cell_type == "markdown"
    assert [
        word for word in ("make lab", "Binder", "pip install", "ravine") if word not in first.source
    ] == []


def test_solutions_fold_under_headings_of_their_own(course: notebooks.Course) -> None:
    folded = [cell for cell in cells(course) if cell.metadata.get("jp-MarkdownHeadingCollapsed")]
    assert [cell.source for cell in folded] == ["#### Solution"] * 2


def test_code_cells_keep_source_options_and_text(course: notebooks.Course) -> None:
    code = [cell for cell in cells(course) if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4]
    assert code[0].metadata == {"tags": ["hide-input"], "jupyter": {"source_hidden": True}}
    assert code[2].metadata.mystnb.image.alt == "a rising line"
    assert [output.output_type for output in code[1].outputs] == ["display_data", "stream", "execute_result"]
    assert code[2].outputs[-1].data == {"text/plain": "<Figure size 640x480 with 1 Axes>"}


def test_two_runs_are_byte_identical_and_pass_both_checks(course: notebooks.Course) -> None:
    name = "terrain/sample"
    before = course.path(name).read_bytes()
    assert notebooks.main([name], course) == 0
    assert course.path(name).read_bytes() == before
    assert notebooks.main(["--check", name], course) == 0


def test_check_sees_text_code_numbers_and_outputs(
    course: notebooks.Course, capfd: pytest.CaptureFixture[str]
) -> None:
    path = course.path("terrain/sample")
    committed = path.read_text(encoding="utf-8")
    for old, new, static in [
        ("is half of one", "is half of two", True),
        ("**0.333**", "**0.334**", True),
        ("assert 1 / 2 == 0.5", "assert 1 / 2 == 0.50", True),
        ('"execution_count": 3', '"execution_count": null', True),
        ("one third\\n", "two thirds\\n", False),
    ]:
        assert committed.count(old) >= 1, old
        path.write_text(committed.replace(old, new), encoding="utf-8")
        # The source of the changed print shows in its cell too, so only the stored output is changed.
        if not static:
            path.write_text(committed.replace(f'"{old}"', f'"{new}"'), encoding="utf-8")
        assert notebooks.main(["--check", "terrain/sample", *["--static"] * static], course) == 1, old
    path.write_text(committed, encoding="utf-8")
    orphan = course.path("terrain/gone")
    orphan.write_text(committed, encoding="utf-8")
    assert notebooks.main(["--check", "--static"], course) == 1
    assert "no page has this notebook" in capfd.readouterr().out
    orphan.unlink()


def test_text_is_written_anew_from_stored_outputs(
    course: notebooks.Course, capfd: pytest.CaptureFixture[str]
) -> None:
    path = course.path("terrain/sample")
    committed = path.read_text("utf-8")
    path.write_text(committed.replace("is half of one", "is half of two"), "utf-8")
    assert notebooks.main(["--static", "terrain/sample"], course) == 0
    assert path.read_text("utf-8") == committed
    changed = committed.replace("assert 1 / 2 == 0.5", "assert 1 / 2 == 0.50")
    path.write_text(changed, "utf-8")
    assert notebooks.main(["--static", "terrain/sample"], course) == 1
    assert path.read_text("utf-8") == changed
    assert "code cells differ" in capfd.readouterr().err
    path.write_text(committed, "utf-8")


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (":::{iframe} x\n:::", "directive {iframe}"),
        ("{unknown}`x`", "role {unknown}"),
        ("{ref}`ch-nowhere`", "no label 'ch-nowhere'"),
        ("{cite}`nobody1900`", "no reference 'nobody1900'"),
        ("{glue}`missing`", "no cell of this page glues 'missing'"),
        ("A footnote[^a].\n\n[^a]: here", "a footnote"),
        ("{{ x }}", "a substitution"),
        ("$$\na\n\nb\n$$", "blank line"),
        (":::{exercise}\nx\n:::\n\n:::{solution} y\nz\n:::\n\nText.", "would fold away"),
        (":::{note}\n```{code-cell} python3\n1\n```\n:::", "inside a directive"),
        ("![x](https://example.org/x.png)", "an image from the network"),
    ],
)
def test_what_plain_markdown_cannot_say_fails_loudly(tmp_path: Path, page: str, message: str) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.md").write_text(f"{HEADER}\n# Page\n\n{page}\n", encoding="utf-8")
    with pytest.raises(MystError, match=re.escape(message)):
        notebooks.assemble(notebooks.Course(tmp_path).book, "page", [])


@pytest.mark.parametrize("gap", ["", "\n"], ids=["right below", "after a blank line"])
@pytest.mark.parametrize("after", ["", "\n"], ids=["followed", "parted"])
def test_comments_leave_nothing_and_glue_nothing(tmp_path: Path, gap: str, after: str) -> None:
    """A paragraph behind the ties of an equation stays a paragraph of its own, in a list as well."""
    (tmp_path / "book").mkdir()
    page = f"$$\na = b\n$$\n{gap}% tie: a := b\n% where: c = d\n{after}Next."
    listed = "- One\n\n  " + page.replace("\n", "\n  ").replace("  \n", "\n")
    (tmp_path / "book" / "page.md").write_text(f"{HEADER}\n# Page\n\n{page}\n\n{listed}\n", "utf-8")
    made = notebooks.assemble(notebooks.Course(tmp_path).book, "page", [])
    _opening, cell = nbformat.reads(made, as_version=4).cells
    paragraphs = [text.strip() for text in re.split(r"\n\s*\n", cell.source)]
    assert paragraphs == ["# Page", "$$\na = b\n$$", "Next.", "- One", "$$\n  a = b\n  $$", "Next."]


@pytest.mark.parametrize("source", ["1 / 0", "import warnings; warnings.warn('x')"])
def test_chapter_that_raises_or_warns_gives_no_notebook(tmp_path: Path, source: str) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.md").write_text(
        f"{HEADER}\n# Page\n\n```{{code-cell}} python3\n{source}\n```\n", encoding="utf-8"
    )
    course = notebooks.Course(tmp_path)
    assert notebooks.main([], course) == 1
    assert not course.path("page").exists()


# The committed notebooks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOOK.notebooks)
def test_committed_notebook_is_what_its_page_gives(name: str) -> None:
    assert notebooks.differences(COURSE, BOOK, name) == ""


def test_no_notebook_without_a_page() -> None:
    assert notebooks.stale(COURSE, BOOK.notebooks) == []


def outputs(name: str) -> Iterator[tuple[nbformat.NotebookNode, nbformat.NotebookNode]]:
    for cell in cells(COURSE, name):
        for output in cell.get("outputs", []):
            yield cell, output


@pytest.mark.parametrize("name", BOOK.notebooks)
def test_every_code_cell_was_executed_without_error(name: str) -> None:
    code = [cell for cell in cells(COURSE, name) if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert {output.output_type for _, output in outputs(name)} <= {"stream", "display_data", "execute_result"}
    assert not any(output.get("name") == "stderr" for _, output in outputs(name))


@pytest.mark.parametrize("name", BOOK.notebooks)
def test_outputs_are_small_text_without_addresses(name: str) -> None:
    raw = COURSE.path(name).read_text(encoding="utf-8")
    assert not re.search(r"image/|widget-view|0x[0-9a-f]{6,}|/home/|site-packages", raw)
    shown = json.dumps([output for _, output in outputs(name)])
    assert not re.search(r"<Figure size|Explorer\(", shown), "the name of a class in place of a picture"
    assert len(raw) < 200_000
    assert "widgets" not in json.loads(raw)["metadata"]


@pytest.mark.parametrize("name", BOOK.notebooks)
def test_nbval_skips_only_what_the_allow_list_names(name: str) -> None:
    marks = re.compile(r"nbval|raises-exception|pytest.validate", re.IGNORECASE)
    for cell in cells(COURSE, name):
        if cell.cell_type == "code" and marks.search(cell.source + str(cell.metadata.get("tags", ""))):
            assert (name, cell.source.splitlines()[0]) in EXEMPT


@pytest.mark.book
@pytest.mark.parametrize("name", BOOK.notebooks)
def test_numbers_are_those_of_the_site(name: str, site: Path) -> None:
    page = (site / f"{name}.html").read_text(encoding="utf-8")
    text = "\n".join(cell.source for cell in cells(COURSE, name) if cell.cell_type == "markdown")
    equations = re.findall(r'<span class="eqno">\(([\d.]+)\)', page)
    assert sorted(re.findall(r"\\tag\{([\d.]+)\}", text)) == sorted(equations)
    for title in re.findall(r'<span class="caption-number">\s*(\w+\.? [\d.]*\d)', page):
        assert re.search(rf"(\*\*|# ){re.escape(title.title())}\b", text), f"no {title} in the notebook"
