"""The map of the course: a mountain profile with a station for each chapter, and a list of them for phones.

A page lists the questions, `{ref}` by `{ref}`; numbers and parts come from the table of contents, titles from
the chapters themselves. A chapter without its question, or out of its order, is a warning: the build fails.
"""

import html
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_external_toc.parsing import parse_toc_yaml

log = logging.getLogger(__name__)

# The drawing, in pixels at its full width.
WIDTH, TOP, HEIGHT, MARGIN, RADIUS = 760, 42, 320, 72, 14
LINE, LETTER = 15, 6.7  # of the questions: height of a line, width of a letter
PARTS = 3  # colours


@dataclass(frozen=True)
class Station:
    """A chapter on the map; `part` counts from 1."""

    number: int
    part: int
    caption: str
    question: str
    title: str
    uri: str

    @property
    def spoken(self) -> str:
        """What a screen reader says: what is seen first."""
        return f"{self.number} {self.question} {self.title}"


# The page ---------------------------------------------------------------------------------------------------


class course_map(nodes.General, nodes.Element):  # type: ignore[misc]  # docutils ships no types
    """The list as the page has it; `stations` is filled in once all chapters are read."""


class CourseMap(SphinxDirective):
    """A list of references to chapters, each with its question as text."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        node = course_map()
        self.state.nested_parse(self.content, self.content_offset, node)
        self.set_source_info(node)
        return [node]


class CourseMaps(SphinxPostTransform):
    """Look up number, part and title of each chapter while its reference still says which it is."""

    default_priority = 5  # references are resolved at 10
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for node in self.document.findall(course_map):
            node["stations"] = list(self._stations(node))

    def _stations(self, node: course_map) -> Iterator[Station]:
        parts = dict(_chapters(self.app))
        labels = self.env.get_domain("std").labels  # type: ignore[attr-defined]  # of the standard domain
        listed = []
        for link in node.findall(addnodes.pending_xref):
            page, _, title = labels.get(link["reftarget"], ("", "", ""))
            if page not in parts:
                log.warning(
                    "course-map: got %r; want the label of a chapter", link["reftarget"], location=node
                )
                continue
            listed.append(page)
            part, caption = parts[page]
            [number] = self.env.toc_secnumbers[page][""]
            uri = self.app.builder.get_relative_uri(self.env.docname, page)
            yield Station(number, part, caption, link.astext(), title, uri)
        if listed != list(parts):
            log.warning(
                "course-map: got %s; want each chapter in its order: %s", listed, list(parts), location=node
            )


def _chapters(app: Sphinx) -> Iterator[tuple[str, tuple[int, str]]]:
    """(page, (part, its caption)) of the numbered parts of the table of contents, in order."""
    root = parse_toc_yaml(app.config.external_toc_path).root
    numbered = [tree for tree in root.subtrees if tree.numbered]
    for part, tree in enumerate(numbered, 1):
        for page in tree.items:
            yield str(page), (part, str(tree.caption))


def visit(translator: Any, node: course_map) -> None:
    translator.body.append(markup(node["stations"]))
    raise nodes.SkipNode


# The drawing ------------------------------------------------------------------------------------------------


def markup(stations: Sequence[Station]) -> str:
    """The map as HTML: the style sheet shows the profile or the list."""
    return (
        '<nav class="ravine-map" aria-label="Map of the course">\n'
        f'<svg viewBox="0 {TOP} {WIDTH} {HEIGHT - TOP}" xmlns="http://www.w3.org/2000/svg">\n'
        f"{profile(stations)}</svg>\n"
        f"<div>\n{as_list(stations)}</div>\n</nav>\n"
    )


def profile(stations: Sequence[Station]) -> str:
    """The inside of the SVG: slopes, questions and numbers, each station a link."""
    places = [(x, height(i, stations)) for i, x in enumerate(across(len(stations)))]
    # Before the first and after the last: down from a peak, level at a dip, whose question stands below it.
    first, last = (places[i][1] + 40 * is_peak(i % len(places)) for i in (0, -1))
    ends = [(0.0, first), *places, (float(WIDTH), last)]
    owners = [*stations, stations[-1]]
    lines = []
    for owner, (start, end) in zip(owners, pairwise(ends), strict=True):
        curve = _curve(start, end)
        ground = f"M{start[0]:.0f} {HEIGHT - 26}L{start[0]:.0f} {start[1]:.0f}{curve}V{HEIGHT - 26}Z"
        lines.append(f'<path class="part-{tone(owner)} ground" aria-hidden="true" d="{ground}"/>')
        line = f"M{start[0]:.0f} {start[1]:.0f}{curve}"
        lines.append(f'<path class="part-{tone(owner)} slope" aria-hidden="true" d="{line}"/>')
    for caption, group in groupby(range(len(stations)), key=lambda i: stations[i].caption):
        members = list(group)
        # Of a single station at an end, too, the name stays inside.
        half = 0.6 * LETTER * len(stations[members[0]].caption)
        middle = (places[members[0]][0] + places[members[-1]][0]) / 2
        middle = max(half, min(middle, WIDTH - half))
        lines.append(
            f'<text class="part-{tone(stations[members[0]])} caption" x="{middle:.0f}" y="{HEIGHT - 7}">'
            f"{html.escape(caption)}</text>"
        )
    for i, (station, (x, y)) in enumerate(zip(stations, places, strict=True)):
        words = balanced(station.question, int(_room(len(stations)) / LETTER))
        upper = y - RADIUS - 8 - LINE * (len(words) - 1) if is_peak(i) else y + RADIUS + LINE + 2
        text = "".join(
            f'<tspan x="{x:.0f}" y="{upper + LINE * k:.0f}">{html.escape(word)}</tspan> '
            for k, word in enumerate(words)
        )
        lines.append(
            f'<a href="{html.escape(station.uri)}" class="part-{tone(station)}" '
            f'aria-label="{html.escape(station.spoken)}"><title>{html.escape(station.title)}</title>'
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{RADIUS}"/>'
            f'<text class="number" x="{x:.0f}" y="{y + 5:.0f}">{station.number}</text>'
            f'<text class="question">{text.rstrip()}</text></a>'
        )
    return "\n".join(lines) + "\n"


def as_list(stations: Sequence[Station]) -> str:
    """A list a part, numbered through."""
    lines = []
    for caption, group in groupby(stations, key=lambda s: s.caption):
        members = list(group)
        lines.append(f'<p class="part-{tone(members[0])}">{html.escape(caption)}</p>')
        lines.append(f'<ol start="{members[0].number}" class="part-{tone(members[0])}">')
        lines += [
            f'<li><a href="{html.escape(s.uri)}">{html.escape(s.question)}</a> '
            f"<span>{html.escape(s.title)}</span></li>"
            for s in members
        ]
        lines.append("</ol>")
    return "\n".join(lines) + "\n"


def across(n: int) -> list[float]:
    """Where the stations stand, from left to right."""
    return [WIDTH / 2] if n == 1 else [MARGIN + i * (WIDTH - 2 * MARGIN) / (n - 1) for i in range(n)]


def balanced(text: str, most: int) -> list[str]:
    """As few lines as fit into so many letters, all of about the same length; a longer word stays whole.

    >>> balanced("No error left: train on?", 20)
    ['No error left:', 'train on?']
    """
    lines = [textwrap.wrap(text, n, break_long_words=False) for n in range(1, most + 1)]
    return next(tried for tried in lines if len(tried) == len(lines[-1]))


def _room(n: int) -> float:
    """Width of a question: those of every other station stand on one side of the line."""
    return 2 * MARGIN if n < 3 else min(2.0 * MARGIN, 2 * (WIDTH - 2 * MARGIN) / (n - 1) - 6)


def is_peak(i: int) -> bool:
    """Peaks and dips take turns; a question stands above the one and below the other."""
    return i % 2 == 1


def height(i: int, stations: Sequence[Station]) -> float:
    """The first part climbs, the second is a ridge, the third goes down."""
    part = [k for k, s in enumerate(stations) if s.part == stations[i].part]
    along = (i - part[0] + 1) / (len(part) + 1)
    base = {1: 210 - 70 * along, 2: 140 + 30 * (2 * along - 1) ** 2, 3: 140 + 80 * along}[
        min(stations[i].part, 3)
    ]
    return base - 30 if is_peak(i) else base + 30


def tone(station: Station) -> int:
    """Which of the colours."""
    return (station.part - 1) % PARTS + 1


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    """On to the next station, level at both."""
    middle = (start[0] + end[0]) / 2
    return f"C{middle:.0f} {start[1]:.0f} {middle:.0f} {end[1]:.0f} {end[0]:.0f} {end[1]:.0f}"
