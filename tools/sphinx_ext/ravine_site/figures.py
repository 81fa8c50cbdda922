"""Matplotlib figures: the book build stores each as SVG and as PNG; the page gets one, at the same size."""

import gzip
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

# Line plots are crisp SVG of a few kB once compressed; dense contours and clouds of points are lighter as
# PNG, and quicker to draw.
MAX_SVG_BYTES = 400_000
POINT = 96 / 72  # CSS pixels


class LighterImage(SphinxPostTransform):
    """Drop a large SVG where the same output holds a lighter PNG, before MyST-NB takes its favourite."""

    default_priority = 3  # MyST-NB selects at 4

    def run(self, **kwargs: object) -> None:
        for bundle in list(self.document.findall(_is_mime_bundle)):
            formats = {child["mime_type"]: child for child in bundle.children}
            svg, png = formats.get("image/svg+xml"), formats.get("image/png")
            if svg and png:
                self._choose(bundle, svg, png)

    def _choose(self, bundle: nodes.Element, svg: nodes.Element, png: nodes.Element) -> None:
        drawing = self._path(svg).read_bytes()
        if len(drawing) > MAX_SVG_BYTES or len(gzip.compress(drawing)) > self._path(png).stat().st_size:
            bundle.remove(svg)
            if width := re.search(rb'<svg[^>]* width="([\d.]+)pt"', drawing):
                _image(png).setdefault("width", f"{float(width[1]) * POINT:.0f}px")

    def _path(self, container: nodes.Element) -> Path:
        return Path(self.app.srcdir, _image(container)["uri"].lstrip("/"))


def _image(container: nodes.Element) -> nodes.image:
    return next(iter(container.findall(nodes.image)))


def _is_mime_bundle(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"
