"""What others show of a page: a description for search engines and previews, and a page for wrong addresses.

There is no sitemap: its addresses must name the host, which the build does not know, and no page needs it to
be found, as the navigation of each links to all.
"""

import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

LEAST, MOST = 60, 160  # characters; what is longer is cut by those who show it
APART = (nodes.Admonition, nodes.admonition, nodes.figure, nodes.container, nodes.table, nodes.footnote)
COURSE = "Ravine, a course on why deep networks are hard to optimise"
SEARCH = f"Search the chapters, the glossary and the reference of {COURSE}."


def describe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Add a description, unless the page's front matter has one (`myst: html_meta: description`)."""
    tags = context.get("metatags") or ""
    if 'name="description"' in tags:
        return
    if page == "search":
        text = SEARCH
    elif doctree is not None:
        text = description(context["title"], doctree)
    else:
        return
    context["metatags"] = f'{tags}\n<meta name="description" content="{escape(text)}" />\n'


def description(title: str, doctree: nodes.document) -> str:
    """The page's first sentences without a formula, as many as fit; before them its title if they are few."""
    text = ""
    for sentence in _sentences(doctree):
        if len(text) + 1 + len(sentence) > MOST and len(text) >= LEAST:
            break
        text = f"{text} {sentence}".strip()
        if len(text) > MOST:
            break
    if len(text) < LEAST:
        text = f"{re.sub('<[^>]*>', '', title)}, in {COURSE}: {text}"
    if len(text) > MOST:
        text = text[: MOST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
    return text


def _sentences(doctree: nodes.document) -> Iterator[str]:
    for paragraph in doctree.findall(nodes.paragraph):
        if any(isinstance(above, APART) for above in _above(paragraph)):
            continue
        for sentence in re.split(r"(?<=[.?!])\s+", _prose(paragraph)):
            if sentence and "\0" not in sentence and sentence[-1] in ".?!":
                yield sentence


def _prose(paragraph: nodes.paragraph) -> str:
    """The paragraph's text on one line, each formula a null character."""
    pieces = (
        "\0" if isinstance(node.parent, nodes.math) else node.astext()
        for node in paragraph.findall(nodes.Text)
    )
    return " ".join("".join(pieces).split())


def _above(node: nodes.Node) -> Iterator[nodes.Node]:
    while node := node.parent:
        yield node


def add_404(app: Sphinx, error: Exception | None) -> None:
    """Copy the page that hosts show for an address without a page."""
    if not error and app.builder.format == "html":
        shutil.copy2(Path(__file__).with_name("404.html"), Path(app.outdir, "404.html"))
