"""Code in sight: the package's source as pages, and a fold under every figure on how it was computed.

`provenance` finds the functions and their lines in the package itself; here they are laid out. Nothing of
it is typed on a page, so nothing of it can be out of date.
"""

import ast
import html
import inspect
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import provenance
from docutils import nodes
from myst_nb.core.read import create_nb_reader
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from ravine.live import static

from .figures import Picture

FOLDER = "_modules"
PACKAGE = Path(str(import_module(provenance.PACKAGE).__file__)).parent
SUMMARY = "How this was computed"


def page_of(path: str) -> str:
    """The page that shows a file of the package, `experiments/saddles/escape.py`."""
    return f"{FOLDER}/{provenance.PACKAGE}/{path.removesuffix('.py')}"


def address(function: FunctionType) -> tuple[str, str]:
    """Page and anchor of a function's first line."""
    return page_of(provenance.location(function)[0]), function.__qualname__


# Links from the pages of the reference ----------------------------------------------------------------------


class SourceLinks(SphinxPostTransform):
    """A link to its source behind the signature of every class and function of the package."""

    default_priority = 6
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for description in self.document.findall(addnodes.desc):
            for signature in description.findall(addnodes.desc_signature):
                if signature.parent is description and (found := _documented(signature)):
                    page, anchor = found
                    uri = f"{self.app.builder.get_relative_uri(self.env.docname, page)}#{anchor}"
                    link = nodes.reference("", "source", internal=True, refuri=uri, classes=["ravine-code"])
                    signature += nodes.inline("", "", link, classes=["viewcode-link"])


def _documented(signature: nodes.Element) -> tuple[str, str] | None:
    """Page and anchor of what a signature stands for; None for data, which has no source of its own."""
    found: object = import_module(signature["module"]) if signature.get("module") else None
    for name in str(signature.get("fullname", "")).split("."):
        found = inspect.getattr_static(found, name, None)
    found = getattr(found, "__func__", getattr(found, "fget", None) or found)
    found = inspect.unwrap(found) if callable(found) else found
    module = str(getattr(found, "__module__", None) or "")
    if not isinstance(found, FunctionType | type) or module.partition(".")[0] != provenance.PACKAGE:
        return None
    path = Path(inspect.getsourcefile(found) or "").relative_to(PACKAGE).as_posix()
    return (page_of(path), found.__qualname__) if found.__qualname__ in dict(_anchors(path)) else None


# Under every figure -----------------------------------------------------------------------------------------


class fold(nodes.General, nodes.Element):  # type: ignore[misc]  # docutils ships no types
    """A disclosure: `summary` and `status` on its line, the rest inside."""


def visit_fold(translator: Any, node: fold) -> None:
    summary, status = html.escape(node["summary"]), html.escape(node["status"])
    translator.body.append(
        f'<details class="ravine-source" data-kind="{node["kind"]}"><summary><span>{summary}</span> '
        f'<span class="ravine-status">{status}</span></summary>\n'
    )


def depart_fold(translator: Any, node: fold) -> None:
    translator.body.append("</details>\n")


class SourceFolds(SphinxPostTransform):
    """The fold below the cell of every figure."""

    default_priority = 6  # outputs are chosen at 4
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        cells = [
            node for node in self.document.findall(nodes.container) if node.get("nb_element") == "cell_code"
        ]
        if not any(_is_figure(cell) for cell in cells):
            return
        sources = self._sources()
        order = [index for index, source in enumerate(sources) if source is not None]
        traced = provenance.trace([source for source in sources if source is not None])
        found = dict(zip(order, traced, strict=True))
        for cell in cells:
            origin = found[cell["cell_index"]]
            if origin is not None and _is_figure(cell):
                cell.parent.insert(cell.parent.index(cell) + 1, self._fold(origin))

    def _sources(self) -> list[str | None]:
        """The page's cells, as MyST-NB counts them: the code of each, None for text."""
        path = str(self.env.doc2path(self.env.docname))
        text = Path(path).read_text("utf-8")
        env: Any = self.env  # on which the parsers leave their settings
        reader = create_nb_reader(path, env.myst_config, env.mystnb_config, text)
        notebook = reader.read(text) if reader else None
        cells = notebook.cells if notebook else []
        return [cell.source if cell.cell_type == "code" else None for cell in cells]

    def _fold(self, origin: provenance.Provenance) -> nodes.Element:
        node = fold(summary=SUMMARY, status=origin.status, kind=origin.kind)
        text = nodes.paragraph()
        for part in re.split(r"(`[^`]+`)", " ".join(origin.sentences)):
            text += nodes.literal("", part.strip("`")) if part.startswith("`") else nodes.Text(part)
        node += text
        for piece in origin.pieces:
            node += nodes.paragraph("", "", self._link(piece.function), classes=["ravine-from"])
            node += nodes.literal_block(piece.code, piece.code, language="python")
        if origin.others:
            rest = nodes.paragraph("", "Also at work: ")
            for number, function in enumerate(origin.others):
                rest += [nodes.Text(", ")] * bool(number) + [self._link(function)]
            node += rest
        return node

    def _link(self, function: FunctionType) -> nodes.reference:
        page, anchor = address(function)
        uri = f"{self.app.builder.get_relative_uri(self.env.docname, page)}#{anchor}"
        name = f"{function.__module__}.{function.__qualname__}"
        return nodes.reference("", "", nodes.literal("", name), internal=True, refuri=uri)


def _is_figure(cell: nodes.Element) -> bool:
    """Whether a cell shows a picture or a live figure."""
    outputs = [node for node in cell.findall(nodes.container) if node.get("nb_element") == "cell_code_output"]
    return any(
        isinstance(node, nodes.image | Picture)
        or (isinstance(node, nodes.raw) and static.MARK in node.astext())
        for output in outputs
        for node in output.findall()
    )


# The source as pages ----------------------------------------------------------------------------------------


@cache
def _files() -> tuple[str, ...]:
    """Every file of the package, relative to its folder."""
    return tuple(sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")))


@cache
def _anchors(path: str) -> tuple[tuple[str, int], ...]:
    """Every class and function of a file, with its first line, decorators included."""
    tree = ast.parse((PACKAGE / path).read_text("utf-8"))

    def inside(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, int]]:
        for node in body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                yield prefix + node.name, first
                if isinstance(node, ast.ClassDef):
                    yield from inside(node.body, f"{prefix}{node.name}.")

    # An overloaded name stands where it is written last, as for Python.
    return tuple(dict(inside(tree.body, "")).items())


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for every file of the package, and one that lists them; none for a book without a reference."""
    if app.builder.format != "html" or not app.env.get_domain("py").objects:  # type: ignore[attr-defined]  # its own
        return
    listed, index = [], f"{FOLDER}/index"
    for path in _files():
        page = page_of(path)
        home = _relative(app, page, "reference/index")
        up = _relative(app, page, index)
        head = (
            f'<h1><code>{provenance.PACKAGE}/{path}</code></h1>\n<p class="ravine-back">'
            f'<a href="{up}">All files</a> · <a href="{home}">Reference</a></p>\n'
        )
        context = {"parents": [], "title": path, "body": head + _highlighted(app, path)}
        yield page, context, "page.html"
        listed.append(f'<li><a href="{_relative(app, index, page)}"><code>{path}</code></a></li>')
    body = (
        f"<h1>Source of <code>{provenance.PACKAGE}</code></h1>\n"
        f'<p class="ravine-back"><a href="{_relative(app, index, "reference/index")}">Reference</a>'
        "</p>\n"
        f'<ul class="ravine-files">\n{chr(10).join(listed)}\n</ul>\n'
    )
    yield index, {"parents": [], "title": "Source", "body": body}, "page.html"


def _relative(app: Sphinx, page: str, target: str) -> str:
    return app.builder.get_relative_uri(page, target)


def _highlighted(app: Sphinx, path: str) -> str:
    """The file as HTML, with an anchor at the first line of every class and function."""
    text = (PACKAGE / path).read_text("utf-8")
    colours = app.builder.highlighter  # type: ignore[attr-defined]  # of the HTML builder
    before, opening, rest = colours.highlight_block(text, "python").partition("<pre>")
    lines = rest.split("\n")
    # Pygments drops empty lines at the start of a text; a file that began with one would be out of step.
    if not text.startswith("\n"):
        for name, line in _anchors(path):
            lines[line - 1] = f'<span id="{html.escape(name)}" class="ravine-anchor"></span>{lines[line - 1]}'
    return str(before + opening + "\n".join(lines))


def without_sidebar(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Source pages are many and alike: no table of contents of the book on each."""
    if page.startswith(f"{FOLDER}/"):
        context["sidebars"] = []
