"""Matplotlib figures: the page gets each as wide and narrow, light and dark, in the lighter format.

The book build stores a figure as SVG and as PNG, and a second drawing for a phone in a comment at the end of
the SVG (tools/kernel/narrow_figures.py). One `picture` for light pages and one for dark ones come of it; the
browser loads the one file that it shows.
"""

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

# Line plots are crisp SVG of a few kB once compressed; dense contours and clouds of points are lighter as
# PNG, and quicker to draw.
MAX_SVG_BYTES = 400_000
POINT = 96 / 72  # CSS pixels
RESOLUTION = 160 / 96  # pixels of a PNG to a CSS pixel, at the dpi of ravine.plotting
NARROW_PAGE = "screen and (max-width: 600px)"
NARROW = re.compile(rb"\n<!-- narrow:(?P<data>[\w+/=]+) -->\s*\Z")
COLOUR = re.compile(r"(?<=: )#[0-9a-f]{6}\b")


@dataclass(frozen=True)
class Drawing:
    """One file, in light colours, and its size in CSS pixels."""

    content: bytes
    suffix: str
    width: float
    height: float

    @property
    def dark(self) -> "Drawing":
        """The same drawing for a dark page; a PNG stays as it is."""
        if self.suffix != "svg":
            return self
        return Drawing(in_the_dark(self.content.decode()).encode(), "svg", self.width, self.height)

    @property
    def name(self) -> str:
        """File name: a digest of what is in it."""
        return f"{hashlib.sha256(self.content).hexdigest()[:16]}.{self.suffix}"

    @property
    def size(self) -> str:
        """Attributes that keep the place free until the file is there."""
        return f'width="{self.width:.0f}" height="{self.height:.0f}"'


# Where a phone stacks the panels of a figure, what stands left on a wide page stands at the top.
STACKED = {"Left": "Top", "Middle": "Middle", "Right": "Bottom"}
PLACE = re.compile(rf"\b({'|'.join(STACKED)})\b")


class Picture(nodes.General, nodes.Element):  # type: ignore[misc]  # docutils ships no types
    """A figure in all its forms: `wide` and, where there is one, `narrow`, with the text `alt`."""


class Pictures(SphinxPostTransform):
    """Replace the drawings of an output by one picture, before MyST-NB takes its favourite."""

    default_priority = 3  # MyST-NB selects at 4

    def run(self, **kwargs: object) -> None:
        for bundle in list(self.document.findall(_is_mime_bundle)):
            formats = {child["mime_type"]: child for child in bundle.children}
            svg, png = formats.get("image/svg+xml"), formats.get("image/png")
            if svg and png:
                bundle.replace_self(self._picture(svg, png))
        for caption in list(self.document.findall(nodes.caption)):
            if any(picture["narrow"] is not None for picture in caption.parent.findall(Picture)):
                for text in list(caption.findall(nodes.Text)):
                    text.parent.replace(text, list(_placed(text)))

    def _picture(self, svg: nodes.Element, png: nodes.Element) -> Picture:
        raw = self._path(svg).read_bytes()
        second = NARROW.search(raw)
        wide = lighter(NARROW.sub(b"", raw), self._path(png).read_bytes())
        narrow = None
        if second:
            stored = json.loads(base64.b64decode(second["data"]))
            narrow = lighter(stored["svg"].encode(), base64.b64decode(stored["png"]))
        return Picture(wide=wide, narrow=narrow, alt=_image(svg).get("alt", ""))

    def _path(self, container: nodes.Element) -> Path:
        return Path(self.app.srcdir, _image(container)["uri"].lstrip("/"))


def _placed(text: nodes.Text) -> Iterator[nodes.Node]:
    """The text of a caption, in which a word for the place of a panel has a form for each layout."""
    for n, part in enumerate(PLACE.split(text)):
        if n % 2:
            wide, narrow = (nodes.inline("", word, classes=[css]) for word, css in
                            ((part, "ravine-beside"), (STACKED[part], "ravine-stacked")))  # fmt: skip
            yield from (wide, narrow)
        elif part:
            yield nodes.Text(part)


def lighter(svg: bytes, png: bytes) -> Drawing:
    """Of the same drawing the form that weighs less on the wire and is quick to draw."""
    width, height = (
        float(length) * POINT
        for length in re.search(rb'<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups()  # type: ignore[union-attr]  # Matplotlib's head
    )
    is_heavy = len(svg) > MAX_SVG_BYTES or len(gzip.compress(svg)) > len(png)
    return Drawing(*((png, "png") if is_heavy else (svg, "svg")), width, height)


def dark_colours() -> dict[str, str]:
    """Light colour -> dark one, as the live figures have them."""
    text = files("ravine.live").joinpath("front", "colours.mjs").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r'(\w+): "(#[0-9a-f]{6})"', re.search(rf"{theme}: {{(.*?)}}", text, re.DOTALL)[1]))  # type: ignore[index]  # both are there
        for theme in ("light", "dark")
    )
    own = {light[name]: dark[name] for name in light}
    return own | {
        "#ffffff": dark["ground"],
        "#000000": dark["ink"],
        "#cccccc": dark["line"],
        "#b0b0b0": "#b0b0b0",
    }


def in_the_dark(svg: str) -> str:
    """An SVG of Matplotlib in the colours of a dark page; others, such as those of a colour map, stay.

    Matplotlib leaves the fill of black out, so the whole drawing gets one.
    """
    colours = dark_colours()
    recoloured = COLOUR.sub(lambda match: colours.get(match[0], match[0]), svg)
    return recoloured.replace("<svg ", f'<svg fill="{colours["#000000"]}" ', 1)


# Writing ----------------------------------------------------------------------------------------------


def write(translator: Any, node: nodes.Element) -> None:
    """Write a picture's HTML, and its files beside the site's other images."""
    folder = Path(translator.builder.outdir, translator.builder.imagedir)
    folder.mkdir(parents=True, exist_ok=True)
    drawings = [node["wide"]] + [node["narrow"]] * (node["narrow"] is not None)
    has_dark = node["wide"].suffix == "svg"
    themes = {"only-light": drawings, "only-dark": [d.dark for d in drawings]} if has_dark else {"": drawings}
    for css, group in themes.items():
        for drawing in group:
            (folder / drawing.name).write_bytes(drawing.content)
        translator.body.append(_picture(css, group, translator.builder.imgpath, node["alt"]))
    raise nodes.SkipNode


def _picture(css: str, drawings: Sequence[Drawing], folder: str, alt: str) -> str:
    wide, *narrow = drawings
    sources = "".join(f'<source media="{NARROW_PAGE}" srcset="{folder}/{d.name}" {d.size}>' for d in narrow)
    return (
        f'<picture>{sources}<img class="{css}" alt="{html.escape(alt)}" src="{folder}/{wide.name}" '
        f'{wide.size} loading="lazy"></picture>\n'
    )


def _image(container: nodes.Element) -> nodes.image:
    return next(iter(container.findall(nodes.image)))


def _is_mime_bundle(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"
