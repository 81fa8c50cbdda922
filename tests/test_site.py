"""The built site as readers get it: complete, self-contained, light, accessible, fit for a phone."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, SITE, site_problem

PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if not path.relative_to(SITE)
    .parts[0]
    .startswith(("_", "404"))  # the page for wrong addresses: test_pages
)
CONTENT = [page for page in PAGES if (ROOT / "book" / page).with_suffix(".md").exists()]  # no indices
MAX_PAGE_BYTES = 1_000_000  # what a first visit loads, MathJax apart
PLACED = re.compile("ravine-(beside|stacked)")
SERIOUS = {"serious", "critical"}
# Rules that the theme breaks in its own furniture, outside our reach, each with its reason.
THEME_EXCEPTIONS: dict[str, str] = {}

pytestmark = pytest.mark.book


@cache
def soup(page: str) -> BeautifulSoup:
    return BeautifulSoup((SITE / page).read_text("utf-8"), "html.parser")


@cache
def article(page: str) -> BeautifulSoup:
    return soup(page).find("article") or soup(page)


def test_the_site_is_built_from_these_sources() -> None:
    assert site_problem() is None


def test_every_listed_page_is_built(site: Path) -> None:
    from sphinx_external_toc.parsing import parse_toc_yaml

    listed = {f"{page}.html" for page in parse_toc_yaml(ROOT / "_toc.yml")}
    assert listed <= set(PAGES)
    assert len(CONTENT) >= 5


def test_every_hand_written_page_is_listed() -> None:
    from sphinx_external_toc.parsing import parse_toc_yaml

    written = {p.relative_to(ROOT / "book").with_suffix("").as_posix() for p in (ROOT / "book").rglob("*.md")}
    assert written == set(parse_toc_yaml(ROOT / "_toc.yml"))


# Without a browser -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_internal_links_and_anchors_resolve(page: str) -> None:
    broken = [target for target in map(str, _targets(page)) if not _resolves(page, target)]
    assert broken == []


def _targets(page: str) -> list[str]:
    tags = soup(page).find_all(["a", "link", "script", "img", "source"])
    return [tag.get("href") or tag.get("src") for tag in tags if tag.get("href") or tag.get("src")]


def _resolves(page: str, target: str) -> bool:
    address, anchor = urldefrag(target)
    if urlparse(address).scheme:
        return True  # another site's page, or data in place
    path = SITE / (_local(page, address) if address else page)
    if not path.is_file():
        return False
    return (
        not anchor or path.suffix != ".html" or unquote(anchor) in _anchors(path.relative_to(SITE).as_posix())
    )


def _local(page: str, target: str) -> str:
    return unquote(urlparse(urljoin(f"/{page}", target)).path).lstrip("/")


@cache
def _anchors(page: str) -> set[str]:
    tags = soup(page).find_all(lambda tag: tag.get("id") or tag.get("name"))
    return {tag.get("id") for tag in tags} | {tag.get("name") for tag in tags}


@pytest.mark.parametrize("page", CONTENT)
def test_every_image_is_described(page: str) -> None:
    unnamed = [img.get("src", "")[-60:] for img in article(page).find_all("img") if not _description(img)]
    assert unnamed == [], "give the cell `mystnb: image: alt:`"


def _description(image: object) -> str:
    alt = (image.get("alt") or "").strip()
    # Sphinx falls back to the file's path, which describes nothing.
    return "" if re.search(r"\.(png|svg|jpe?g|webp)$", alt) else alt


@pytest.mark.parametrize("page", CONTENT)
def test_places_of_panels_are_named_for_both_layouts(page: str) -> None:
    """A phone stacks the panels of a figure: what stands left stands at the top there."""
    for caption in soup(page).select("figure:has(picture source) figcaption"):
        words = [node.get_text() for node in caption.select(".ravine-beside, .ravine-stacked")]
        assert set(zip(words[::2], words[1::2], strict=True)) <= {
            ("Left", "Top"), ("Middle", "Middle"), ("Right", "Bottom")
        }  # fmt: skip
        rest = " ".join(
            text for text in caption.find_all(string=True) if not text.find_parent("span", class_=PLACED)
        )
        assert not re.search(r"\b(Left|Right)\b", rest)
    for paragraph in article(page).select("p"):
        assert not re.search(r"(left|right) panel|\bOn the (left|right), ", paragraph.get_text())


@pytest.mark.parametrize("page", CONTENT)
def test_nothing_raw_is_published(page: str) -> None:
    body = BeautifulSoup(str(article(page)), "html.parser")
    for hidden in body.select("script, style, .math, code, pre.literal-block, div.highlight, img"):
        hidden.decompose()
    text = body.get_text(" ")
    found = re.findall(r"\$\$|Traceback \(most recent|\{[a-z:]+\}`|0x[0-9a-f]{6,}|<Figure size", text)
    assert found == []
    assert not article(page).select(".traceback, .stderr, .system-message, .problematic")
    outputs = " ".join(output.get_text() for output in article(page).select(".cell_output"))
    assert not re.search(r"Traceback \(most recent|object at 0x", outputs)


@pytest.mark.parametrize("page", CONTENT)
def test_glued_numbers_are_resolved(page: str) -> None:
    source = (ROOT / "book" / page).with_suffix(".md").read_text("utf-8")
    assert len(article(page).select(".pasted-text, .pasted-inline")) >= source.count("{glue:text}`")


@pytest.mark.parametrize("page", CONTENT)
def test_live_figures_have_their_host(page: str) -> None:
    figures, bets = soup(page).select(".ravine-live"), soup(page).select(".ravine-bet")
    scripts = [
        tag.get("src") for tag in soup(page).find_all("script") if "live/host.js" in tag.get("src", "")
    ]
    assert len(scripts) == bool(figures or bets)
    for figure in figures:
        text = figure.find("script", type="application/json").string
        assert '"module":' not in text.replace('"module": null', ""), "a formula is left in the page as text"
        for address in re.findall(r'"module_url": ?"([^"]+)"', json.dumps(json.loads(text))):
            assert (SITE / _local(page, address)).is_file()


@pytest.mark.parametrize("page", CONTENT)
def test_notebooks_are_offered(page: str) -> None:
    notebook = ROOT / "notebooks" / Path(page).with_suffix(".ipynb")
    addresses = [target for target in _targets(page) if target.endswith(".ipynb")]
    offered = [address for address in addresses if "://" not in address]
    assert len(offered) == notebook.exists()
    for address in offered:
        assert (SITE / _local(page, address)).read_bytes() == notebook.read_bytes()
    for address in set(addresses) - set(offered):
        path = re.search(r"urlpath=lab/tree/(notebooks/.+\.ipynb)$", unquote(address))
        assert path and (ROOT / path[1]).is_file()


def test_every_public_module_has_its_page() -> None:
    modules = {
        p.stem if p.suffix else p.name for p in (ROOT / "src" / "ravine").glob("[a-z]*") if _is_module(p)
    }
    text = "".join(p.read_text("utf-8") for p in (ROOT / "book" / "reference").rglob("*.md"))
    documented = set(re.findall(r"automodule:: ravine\.(\w+)", text))
    assert modules == documented


def _is_module(path: Path) -> bool:
    return path.suffix == ".py" or (path / "__init__.py").exists()


# In a browser ------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_page_in_a_browser(name: str, page, site_url: str) -> None:
    visit = Visit(page, f"{site_url}/{name}")
    assert visit.weight <= MAX_PAGE_BYTES, visit.heaviest()
    unrendered = (
        "() => [...document.querySelectorAll('.math')].filter(m => !m.querySelector('mjx-container'))"
    )
    assert page.evaluate(f"({unrendered})().map(m => m.textContent)") == [], "MathJax left equations alone"
    assert page.locator("mjx-merror").count() == 0, "an equation with an error in its TeX"
    assert violations(page) == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # colours change at once
    page.locator("html[data-theme=dark]").wait_for(state="attached")
    # The pages of the package are all made of the same parts: one stands for them.
    if not name.startswith("reference/") or name == "reference/rules.html":
        assert violations(page, only=["color-contrast"]) == [], "in the dark"
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, wide_elements(page)
    assert visit.foreign == [], "the page asks another host"
    assert visit.errors == []


# Polled by hand: Playwright's own waiting evaluates text, which the page's policy forbids.
MOUNTED = """async () => {
    for (let i = 0; i < 200 && document.querySelector('.ravine-live:not(.ravine-mounted)'); i++)
        await new Promise(done => setTimeout(done, 50));
}"""


class Visit:
    """One visit to a page: what it asked for, what it complained of, what it weighed."""

    def __init__(self, page, address: str) -> None:
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.sizes: dict[str, int] = {}
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(address, wait_until="load")
        page.evaluate("async () => await window.MathJax?.startup?.promise")
        page.evaluate(MOUNTED)

    @property
    def weight(self) -> int:
        return sum(size for path, size in self.sizes.items() if "/mathjax/" not in path)

    def heaviest(self) -> str:
        largest = sorted(self.sizes.items(), key=lambda item: -item[1])[:8]
        return "\n".join(f"{size:>9,} {path}" for path, size in largest)

    def _request(self, request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.foreign.append(request.url)

    def _response(self, response) -> None:
        path = unquote(urlparse(response.url).path)
        self.sizes[path] = transferred(SITE / path.lstrip("/"))
        if response.status >= 400:
            self.errors.append(f"{response.status} {response.url}")


@cache
def transferred(file: Path) -> int:
    """Bytes on the wire: every host compresses text."""
    if not file.is_file():
        return 0
    content = file.read_bytes()
    return len(gzip.compress(content)) if file.suffix in (".html", ".css", ".js", ".svg") else len(content)


def violations(page, only: list[str] | None = None) -> list[str]:
    """Serious accessibility problems, as `rule: element`."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"preload": False}  # else axe itself asks for style sheets, at wrong addresses
    if only:
        options["runOnly"] = {"type": "rule", "values": only}
    # Formulae are thousands of spans in the text's own colour.
    report = Axe().run(page, {"exclude": [["mjx-container"]]}, options).response["violations"]
    return [
        f"{item['id']}: {node['html'][:160]}"
        for item in report
        if item["impact"] in SERIOUS and item["id"] not in THEME_EXCEPTIONS
        for node in item["nodes"]
    ]


def wide_elements(page) -> list[str]:
    """What reaches beyond the window, for the message of a failing test."""
    script = """() => [...document.querySelectorAll('main *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.tagName + '.' + e.className).slice(0, 12)"""
    return page.evaluate(script)
