"""Generate notebooks/ from the executable pages of book/, or check that it is what they would give.

    tools/notebooks.py [terrain/cliffs ...]            execute the chapters, write their notebooks
    tools/notebooks.py --static [terrain/cliffs ...]   from stored outputs, where only text changed
    tools/notebooks.py --check [terrain/cliffs ...]    compare text with the sources, then run strict nbval
    tools/notebooks.py --check --static                the first half alone: seconds, nothing is executed

The notebooks are plain: every reference, number and citation is resolved, so that JupyterLab, Notebook,
VS Code and Colab show them without extensions. They are executed, keep text outputs only, and come out
byte-identical from run to run. The static check regenerates each file from its page and its stored outputs;
nbval executes it and compares those outputs. Together they are one regeneration at the cost of one execution.
"""

import argparse
import asyncio
import difflib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType

import jupytext
import nbformat
from myst_index import Book, MystError
from myst_plain import Cell, Page
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from book import KERNEL_ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools" / "sphinx_ext"))  # what the site says of a figure, the notebook says too
import provenance  # noqa: E402  (found through the path set above)

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# What a reader's own run draws again, or what differs from run to run.
STRIPPED = ("image/", "application/vnd.jupyter.widget")
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
ANSI = r"\x1b\[[\d;]*m"  # colours, in tracebacks
GLUE = "application/papermill.record/text/plain"
# The first cell: what a copy that lies alone lacks.
OPENING = (
    "*This notebook needs the course around it: the package `ravine` and what `ravine` builds on. "
    "Open it from a clone of the repository, where `make lab` sets all of it up (Python 3.11 or newer), "
    'or on Binder. A copy that lies elsewhere runs after `pip install "CLONE[lab,book]"`, '
    "with the path of a clone in place of CLONE.*"
)
N_KERNELS = 2
TIMEOUT = 120


@dataclass(frozen=True)
class Course:
    """A book folder and the folder of its notebooks, which lie side by side."""

    root: Path = ROOT

    @property
    def book(self) -> Book:
        return Book(self.root / "book", self.root / "_toc.yml")

    def path(self, name: str) -> Path:
        return self.root / "notebooks" / f"{name}.ipynb"


def code_cells(text: str) -> list[NotebookNode]:
    """A page's code cells with source and options as jupytext reads them."""
    return [cell for cell in jupytext.reads(text, fmt="md:myst").cells if cell.cell_type == "code"]


def normalise(output: NotebookNode) -> NotebookNode | None:
    """Keep what is the same on every run: text, not pictures nor widgets' state."""
    if output.output_type == "stream":
        return output
    data = {mime: value for mime, value in output.data.items() if not mime.startswith(STRIPPED)}
    metadata = {"scrapbook": output.metadata["scrapbook"]} if "scrapbook" in output.metadata else {}
    return NotebookNode({**output, "data": data, "metadata": metadata}) if data else None


def assemble(book: Book, name: str, outputs: Sequence[Sequence[NotebookNode]]) -> str:
    """The text of a notebook: its page made plain, with the outputs of its code cells in order."""
    code = code_cells(book.pages[name])
    glued = {
        output.metadata["scrapbook"]["name"]: output.data.get(GLUE) or output.data["text/plain"]
        for cell in outputs
        for output in cell
        if "scrapbook" in output.get("metadata", {})
    }
    origins = provenance.trace([cell.source for cell in code])
    folds = [fold(name, origin) if origin else "" for origin in origins]
    page = [Cell(OPENING), *Page(book, name, glued, folds).cells()]
    if len(code) != sum(cell.text is None for cell in page):
        raise MystError(
            f"{name}.md: a code cell inside a directive never runs; use its -start and -end gates"
        )
    ready = ((cell, [x for x in map(normalise, out) if x]) for cell, out in zip(code, outputs, strict=True))
    cells = [_cell(index, cell, ready) for index, cell in enumerate(page)]
    for count, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA, nbformat_minor=5)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def fold(name: str, origin: provenance.Provenance) -> str:
    """How a figure was computed, collapsed, in Markdown: a code cell would run."""
    up = "../" * (name.count("/") + 1)

    def link(function: FunctionType) -> str:
        path, _ = provenance.location(function)
        shown = f"{function.__module__}.{function.__qualname__}"
        return f"[`{shown}`]({up}src/{provenance.PACKAGE}/{path})"

    lines = [f"<details><summary>How this was computed · {origin.status}</summary>", "", *origin.sentences]
    for piece in origin.pieces:
        lines += ["", link(piece.function), "", "```python", *piece.code.splitlines(), "```"]
    if origin.others:
        lines += ["", f"Also at work: {', '.join(map(link, origin.others))}"]
    return "\n".join([*lines, "", "</details>"])


def _cell(index: int, cell: Cell, ready: Iterator[tuple[NotebookNode, list[NotebookNode]]]) -> NotebookNode:
    """One notebook cell with a fixed id."""
    if cell.text is not None:
        folded = {"jp-MarkdownHeadingCollapsed": True} if cell.folded else {}
        text: NotebookNode = nbformat.v4.new_markdown_cell(cell.text, id=f"c{index:03}", metadata=folded)
        return text
    source, outputs = next(ready)
    metadata = dict(source.metadata)
    if HIDDEN & set(metadata.get("tags", [])):
        metadata["jupyter"] = {"source_hidden": True}
    cell_id = f"c{index:03}"
    made: NotebookNode = nbformat.v4.new_code_cell(
        source.source, id=cell_id, metadata=metadata, outputs=outputs
    )
    return made


async def execute(course: Course, book: Book, name: str) -> list[list[NotebookNode]]:
    """Run a page's cells in a fresh kernel: the outputs of each."""
    notebook = nbformat.v4.new_notebook(cells=code_cells(book.pages[name]), metadata=METADATA)
    folder = course.path(name).parent
    folder.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # it warns that it talks to this machine alone
        store_widget_state=False,
    )
    with tempfile.TemporaryDirectory() as profile:
        await client.async_execute(env=environment(profile))
    for cell in notebook.cells:
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                raise MystError(f"{name}.md: a cell writes to stderr: {output.text}\n{cell.source}")
    return [cell.outputs for cell in notebook.cells]


def environment(profile: str) -> dict[str, str]:
    """A kernel's environment, as for the site but without its figures and without a user's start-up files."""
    # Several BLAS threads wait for each other in small products, above all on a shared machine.
    inherited = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"} | os.environ | KERNEL_ENVIRONMENT
    return {key: value for key, value in inherited.items() if key != "RAVINE_STATIC_FIGURES"} | {
        "IPYTHONDIR": profile,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


async def generate(course: Course, names: Sequence[str]) -> int:
    """Execute the chapters side by side and write their notebooks; the number of failures."""
    book = course.book
    kernels = asyncio.Semaphore(N_KERNELS)

    async def one(name: str) -> bool:
        async with kernels:
            start = time.perf_counter()
            try:
                text = assemble(book, name, await execute(course, book, name))
            except (MystError, CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                print(f"  {name}: {re.sub(ANSI, '', str(error))}", file=sys.stderr, flush=True)
                return False
            course.path(name).write_text(text, encoding="utf-8", newline="\n")
            print(f"  {name:40} {time.perf_counter() - start:6.1f} s", flush=True)
            return True

    return list(await asyncio.gather(*map(one, names))).count(False)


def reassemble(course: Course, book: Book, name: str) -> str:
    """What a page and the stored outputs of its notebook give; a `MystError` where they do not fit."""
    path = course.path(name)
    if not path.exists():
        raise MystError(f"{name}: no notebook; run `make notebooks`")
    stored = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4).cells
    stored = [cell for cell in stored if cell.cell_type == "code"]
    if [cell.source for cell in stored] != [cell.source for cell in code_cells(book.pages[name])]:
        raise MystError(f"{name}: code cells differ from book/{name}.md; run `make notebooks`")
    return assemble(book, name, [cell.outputs for cell in stored])


def differences(course: Course, book: Book, name: str) -> str:
    """How a committed notebook differs from what its page and its own outputs give; empty if not at all."""
    try:
        fresh = reassemble(course, book, name)
    except MystError as error:
        return f"{error}\n"
    committed = course.path(name).read_text(encoding="utf-8")
    lines = difflib.unified_diff(
        committed.splitlines(True), fresh.splitlines(True), f"notebooks/{name}.ipynb", f"from book/{name}.md"
    )
    return "".join(lines)


def stale(course: Course, names: Sequence[str]) -> list[Path]:
    """Notebooks without a page."""
    wanted = {course.path(name) for name in names}
    return sorted(set((course.root / "notebooks").rglob("*.ipynb")) - wanted)


def nbval(course: Course, names: Sequence[str]) -> int:
    """Execute committed notebooks under strict nbval, a kernel each; the number that failed."""

    def one(name: str) -> bool:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as profile:
            run = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "--nbval",
                    "-q",
                    "-p",
                    "no:cacheprovider",
                    str(course.path(name)),
                ],
                cwd=course.root,
                env=environment(profile),
                capture_output=True,
                text=True,
            )
        print(
            f"  {name:40} {time.perf_counter() - start:6.1f} s" + (" FAILED" * bool(run.returncode)),
            flush=True,
        )
        if run.returncode:
            print(run.stdout + run.stderr, file=sys.stderr, flush=True)
        return run.returncode == 0

    with ThreadPoolExecutor(N_KERNELS) as pool:
        return list(pool.map(one, names)).count(False)


def main(arguments: Sequence[str] | None = None, course: Course | None = None) -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="chapter", help="such as terrain/cliffs; default: all")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on any difference")
    parser.add_argument("--static", action="store_true", help="execute nothing")
    options = parser.parse_args(arguments)
    course = course or Course()
    book = course.book
    every = book.notebooks
    names = [name.removesuffix(".md").removeprefix("book/") for name in options.names] or every
    if unknown := set(names) - set(every):
        parser.error(f"no executable page {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    unwanted = [] if options.names else stale(course, every)
    if not options.check:
        for path in unwanted:
            path.unlink()
        if options.static:
            # All before any is written: half a set of notebooks is none.
            try:
                texts = {course.path(name): reassemble(course, book, name) for name in names}
            except MystError as error:
                print(error, file=sys.stderr)
                return 1
            for path, text in texts.items():
                path.write_text(text, encoding="utf-8", newline="\n")
            return 0
        return int(asyncio.run(generate(course, names)) > 0)
    report = "".join(differences(course, book, name) for name in names)
    report += "".join(f"{path.relative_to(course.root)}: no page has this notebook\n" for path in unwanted)
    print(report, end="")
    return int(bool(report) or (not options.static and nbval(course, names) > 0))


if __name__ == "__main__":
    sys.exit(main())
