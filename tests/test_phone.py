"""What the house style does for a phone, with the theme's own sheets and no site built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pydata_sphinx_theme
import pytest
import sphinx_book_theme
from conftest import ROOT
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SHEETS = [
    *sorted((Path(pydata_sphinx_theme.__file__).parent / "theme").rglob("static/styles/*.css")),
    *sorted((Path(sphinx_book_theme.__file__).parent / "theme").rglob("static/styles/*.css")),
    ROOT / "book" / "assets" / "ravine.css",
]
LINKS = """<footer class="prev-next-footer"><div class="prev-next-area">
<a class="left-prev" href="#a"><i>&lt;</i><div class="prev-next-info">
<p class="prev-next-subtitle">previous</p>
<p class="prev-next-title"><span>3. </span>Minibatches: what ten examples know of the gradient</p></div></a>
<a class="right-next" href="#b"><div class="prev-next-info"><p class="prev-next-subtitle">next</p>
<p class="prev-next-title"><span>5. </span>Local minima: many copies, and some traps</p></div><i>&gt;</i></a>
</div></footer>"""


LINES = """title => {
  const range = document.createRange();
  range.selectNodeContents(title);
  return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content(f"<html data-theme=light><body><main>{LINKS}</main></body></html>")
    assert len(SHEETS) >= 4
    for sheet in SHEETS:
        page.add_style_tag(content=sheet.read_text("utf-8"))
    yield page
    page.close()


@pytest.mark.parametrize("width", [320, 390, 1000])
def test_the_titles_of_the_next_pages_are_no_narrow_columns(page: Page, width: int) -> None:
    """On a phone one link stands above the other, each over the whole width; elsewhere they share a line."""
    page.set_viewport_size({"width": width, "height": 844})
    left, right = (page.locator(f"a.{name}").bounding_box() for name in ("left-prev", "right-next"))
    assert left and right
    stacked = right["y"] >= left["y"] + left["height"]
    assert stacked == (width < 500)
    if stacked:
        assert min(left["width"], right["width"]) > 0.85 * width
    for title in page.locator(".prev-next-title").all():
        assert title.evaluate(LINES) <= 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # The arrow of the next page points out of the page, at its edge.
    arrow = page.locator(".right-next i").bounding_box()
    assert arrow and arrow["x"] > 0.85 * width
