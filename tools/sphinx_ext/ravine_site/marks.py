"""A small mark beside each tied equation, which leads to how the book is checked."""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

TIED = re.compile(r"\s*(tie|value)(\s*\(\d+\))?:", re.MULTILINE)
# The style sheet draws the tick and hides the words, which a screen reader says alone.
WORDS = "checked by this page"


class TiedMark(SphinxTransform):
    """Put the mark where a comment behind an equation ties it."""

    default_priority = 200  # before cross-references are resolved

    def apply(self, **kwargs: object) -> None:
        for comment in list(self.document.findall(nodes.comment)):
            if TIED.match(comment.astext()) and _equation_before(comment):
                comment.replace_self(_mark())


def _equation_before(comment: nodes.Node) -> bool:
    """Whether an equation stands before a comment, with nothing but comments between."""
    siblings = comment.parent.children[: comment.parent.index(comment)]
    others = [node for node in siblings if not isinstance(node, nodes.comment)]
    return bool(others) and isinstance(others[-1], nodes.math_block)


def _mark() -> nodes.paragraph:
    link = addnodes.pending_xref(
        "",
        nodes.inline("", WORDS),
        refdomain="std",
        reftype="ref",
        reftarget="ch-checks",
        refexplicit=True,
        refwarn=True,
    )
    return nodes.paragraph("", "", link, classes=["tied-mark"])
