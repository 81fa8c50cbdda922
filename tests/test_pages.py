"""Pages on a phone, in the dark, on paper, by keyboard: what a visit to the built site shows."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import SITE
from test_site import CONTENT, PAGES, Visit, soup, violations

pytestmark = pytest.mark.book
CHAPTERS = [page for page in CONTENT if page.startswith(("objective/", "terrain/", "journey/"))]


# Without a browser -------------------------------------------------------------------------------------


def described(page: str) -> list[str]:
    return [tag["content"] for tag in soup(page).find_all("meta", attrs={"name": "description"})]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_it_is_about(page: str) -> None:
    [text] = described(page)
    assert 60 <= len(text) <= 160
    assert not re.search(r"[\\$`{}<>]|\s\s", text), "markup"


def test_no_two_pages_say_the_same() -> None:
    texts = [text for page in PAGES for text in described(page)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("page", CHAPTERS)
def test_figures_come_narrow_and_dark(page: str) -> None:
    images = soup(page).select("article .cell_output img:not(.ravine-static)")
    assert len(images) >= 5
    for image in images:
        [source] = image.parent.find_all("source")
        assert image["loading"] == "lazy"
        assert int(source["width"]) <= 375, "wider than a phone"
        assert int(source["height"]) > 0.5 * int(source["width"])
        for address in (image["src"], source["srcset"]):
            assert (SITE / Path(page).parent / unquote(address)).resolve().is_file()
    dark, light = (
        [image for image in images if css in image["class"]] for css in ("only-dark", "only-light")
    )
    assert [image["alt"] for image in dark] == [image["alt"] for image in light]
    assert {image["src"] for image in dark}.isdisjoint(image["src"] for image in light)
    for image in images:
        assert bool(re.search(r"\bonly-", " ".join(image["class"]))) == image["src"].endswith(".svg")


@pytest.mark.parametrize("page", CHAPTERS)
def test_what_is_drawn_on_a_dark_page_stands_out(page: str) -> None:
    """Lines and text at least 3 to 1 against the ground, by the formula of WCAG 2.2."""
    for image in soup(page).select("article .cell_output img.only-dark"):
        text = ((SITE / page).parent / image["src"]).resolve().read_text(encoding="utf-8")
        ground = re.search(r'id="patch_1">\s*<path d="[^"]*" style="fill: (#\w{6})', text)[1]
        assert luminance(ground) < 0.02
        assert contrast(re.search(r'<svg fill="(#\w{6})"', text)[1], ground) > 7, "text"
        for colour in {*re.findall(r"stroke: (#\w{6})", text)} - {"#b0b0b0", ground}:  # the grid, halos
            if colour != "#424a53":  # frames of legends
                assert contrast(colour, ground) >= 3, colour


def luminance(colour: str) -> float:
    """Relative luminance of a hexadecimal colour."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


# In a browser ------------------------------------------------------------------------------------------

# Whatever scrolls sideways by itself, found by its style alone; live figures look after their own.
WIDE = """() => [...document.querySelectorAll('.bd-article *')]
    .filter(e => !e.closest('.ravine-live') && e.clientWidth && e.checkVisibility()
        && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)
        && (e.matches('span.math') ? e.querySelector('mjx-math').offsetWidth : e.scrollWidth)
            > e.clientWidth + 2)
    .map(e => ({html: e.outerHTML.slice(0, 120), role: e.getAttribute('role'), tab: e.tabIndex,
        name: e.getAttribute('aria-label'), shadow: getComputedStyle(e).boxShadow}))"""
MARKED = "() => [...document.querySelectorAll('.bd-article [data-cut]')].length"
# What is cut off without a way to see it.
CUT = """() => [...document.querySelectorAll('.bd-article :is(mjx-container, pre)')]
    .filter(e => e.checkVisibility() && !e.closest('.ravine-live'))
    .filter(e => { for (let p = e; p && !p.matches('.bd-article'); p = p.parentElement) {
        const css = getComputedStyle(p);
        if (['auto', 'scroll'].includes(css.overflowX)) return false;
        if (css.overflowX === 'hidden' && p.scrollWidth > p.clientWidth + 2) return true;
    } return false; }).map(e => e.outerHTML.slice(0, 120))"""
SETTLED = "async () => { for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame); }"


@pytest.mark.browser
@pytest.mark.parametrize("name", CONTENT)
def test_what_is_too_wide_scrolls_and_shows_it(name: str, page, site_url: str) -> None:
    Visit(page, f"{site_url}/{name}")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate(SETTLED)
        wide = page.evaluate(WIDE)
        assert [box for box in wide if box["shadow"] == "none" or box["tab"] or not box["name"]] == []
        assert {box["role"] for box in wide} <= {"region"}
        assert len({box["name"] for box in wide}) == len(wide), "two boxes of one name"
        assert page.evaluate(MARKED) == len(wide), "a box that fits is marked"
        assert page.evaluate(CUT) == []


@pytest.mark.browser
def test_a_phone_gets_the_narrow_drawing_of_its_theme(page, site_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    visit = Visit(page, f"{site_url}/{CHAPTERS[0]}")
    # A figure that answers a bet waits for it.
    image = page.locator("article .cell_output:not(.rv-veiled) img.only-dark").first
    image.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    shown = image.evaluate(
        "e => [e.currentSrc, e.naturalWidth, e.clientWidth, e.parentElement.firstChild.srcset]"
    )
    assert shown[0].endswith(shown[3].split("/")[-1])
    assert shown[2] >= 0.9 * shown[1] > 0, "shrunk"
    hidden = soup(CHAPTERS[0]).select("article img.only-light")
    assert not {Path(img["src"]).name for img in hidden} & {Path(path).name for path in visit.sizes}


@pytest.mark.browser
def test_a_dark_page_is_printed_black_on_white(page, site_url: str) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    Visit(page, f"{site_url}/terrain/ill-conditioning.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(media="print", color_scheme="dark", reduced_motion="reduce")
    page.evaluate(SETTLED)
    colours = "e => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor]"
    for selector in ("article p", "article h2", "article div.math", "article div.highlight pre"):
        ink, ground = page.locator(selector).first.evaluate(colours)
        assert contrast(hexadecimal(ink), "#ffffff") > 10, selector
        assert hexadecimal(ground) == "#ffffff"
    assert violations(page, only=["color-contrast"]) == []
    assert page.locator("article img.only-dark").first.is_hidden()
    page.emulate_media(media="screen", color_scheme="dark")
    page.evaluate(SETTLED)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def hexadecimal(colour: str) -> str:
    """rgb(1, 2, 3) as #010203; white where there is no colour."""
    numbers = [float(x) for x in re.findall(r"[\d.]+", colour)]
    return "#ffffff" if numbers[3:] == [0] else "#" + "".join(f"{round(x):02x}" for x in numbers[:3])


@pytest.mark.browser
def test_formulae_can_be_explored_offline(page, site_url: str) -> None:
    visit = Visit(page, f"{site_url}/notation.html")
    page.evaluate("localStorage.clear()")
    formula = page.locator("mjx-container").first
    formula.click(button="right")
    # Pointing at it opens the menu beside it; a click would close that again.
    page.locator(".CtxtMenu_MenuItem", has_text="Accessibility").first.hover()
    page.locator(".CtxtMenu_MenuItem:visible", has_text="Activate").first.click()
    page.wait_for_timeout(2000)
    # Where the explorer's files came late, the page has loaded itself anew.
    page.locator("mjx-container").first.wait_for(timeout=20_000)
    page.wait_for_timeout(2000)
    formula = page.locator("mjx-container").first
    formula.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)
    assert {"/_static/mathjax/input/mml.js", "/_static/mathjax/sre/mathmaps/en.json"} <= set(visit.sizes)
    assert visit.foreign == [] and visit.errors == []
    assert page.locator("[sre-explorer-], mjx-container [data-semantic-type]").count() > 0


@pytest.mark.browser
@pytest.mark.parametrize("query", ["mini-batch", "minibatch", "Mini batch"])
def test_the_search_finds_words_however_they_are_written(query: str, page, site_url: str) -> None:
    visit = Visit(page, f"{site_url}/search.html?q={query}")
    page.locator("#search-results li a[href*='minibatch-variance']").first.wait_for(timeout=20_000)
    assert visit.errors == []


@pytest.mark.browser
def test_the_search_shows_prose(page, site_url: str) -> None:
    page.goto(f"{site_url}/search.html?q=Polyak momentum")
    page.locator("#search-results p.context").first.wait_for(timeout=20_000)
    page.wait_for_timeout(1500)
    shown = page.locator("#search-results p.context").all_inner_texts()
    assert len(shown) >= 2
    assert [text for text in shown if re.search(r"\\\(|\\[a-z]+|sp\.symbols|import |\$", text)] == []


@pytest.mark.browser
def test_a_wrong_address_leads_back(page, site_url: str) -> None:
    answer = page.goto(f"{site_url}/terrain/no/such/page.html")
    assert answer.status == 404
    page.wait_for_load_state("networkidle")
    assert page.locator("#front").evaluate("e => e.href") == f"{site_url}/index.html"
    assert page.locator("#search").evaluate("e => e.href") == f"{site_url}/search.html"
    assert violations(page) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_way_back_to_the_top_covers_nothing(width: int, page, site_url: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{site_url}/{CHAPTERS[-1]}")
    page.mouse.wheel(0, 6000)
    page.wait_for_timeout(300)
    page.mouse.wheel(0, -600)
    page.wait_for_timeout(300)
    covered = """() => { const box = document.querySelector('#pst-back-to-top').getBoundingClientRect();
        const text = document.querySelector('.bd-article').getBoundingClientRect();
        return box.width > 0 && box.left < text.right; }"""
    assert not page.evaluate(covered)
