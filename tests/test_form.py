"""The form in which a chapter meets its reader, page by page; and that each check sees what it is for.

Figure first, then the story, the derivation, the experiments; bets before results; exercises that answer.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import form
import form_browser
import pytest
from conftest import ROOT, SITE
from form_browser import DESK, PHONE
from test_live_browser import write_page
from test_live_construction import line
from test_pages import WIDE
from test_site import Visit

from ravine import live
from ravine.live import static

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Window

# Chapters that have the form; add each as it is rebuilt.
FORM_PAGES = [
    "journey/loss-landscapes",
    "journey/sgd-and-momentum",
    "journey/sgd-as-noise",
    "terrain/ill-conditioning",
]
# The front page has the figure, with a single control, and none of the rest.
FRONT_PAGES = ["index"]


def built(name: str) -> form.Page:
    """A chapter of the built book, with its source and the address of the chapter after it."""
    from sphinx_external_toc.parsing import parse_toc_yaml

    listed = [str(page) for page in parse_toc_yaml(ROOT / "_toc.yml")]
    chapters = [page for page in listed if page.startswith(("objective/", "terrain/", "journey/"))]
    following = dict(itertools.pairwise(chapters)).get(name, "")
    html = (SITE / f"{name}.html").read_text("utf-8")
    source = (ROOT / "book" / f"{name}.md").read_text("utf-8")
    return form.Page(html, source, f"{name}.html", following and f"{following}.html")


# The book ---------------------------------------------------------------------------------------------------

CHECKS: dict[str, Callable[[form.Page], list[str]]] = {
    "length": form.faults_of_length,
    "sections": form.faults_of_sections,
    "way on": form.faults_of_way_on,
    "intervals": form.faults_of_intervals,
    "opening": form.faults_of_opening,
    "bets": form.faults_of_bets,
    "order of bets": lambda page: form.faults_of_order(page.source),
    "exercises": form.faults_of_exercises,
    "cells": lambda page: form.faults_of_cells(page.source),
}


@pytest.mark.book
@pytest.mark.parametrize("name", FORM_PAGES)
@pytest.mark.parametrize("check", CHECKS)
def test_a_chapter_has_the_form(check: str, name: str, site: Path) -> None:
    assert CHECKS[check](built(name)) == []


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", [*FORM_PAGES, *FRONT_PAGES])
def test_the_figure_stands_in_the_first_screen(
    name: str, window: tuple[int, int, int], page: Window, site_url: str
) -> None:
    form_browser.size(page, window)
    Visit(page, f"{site_url}/{name}.html")
    assert form_browser.faults_of_place(page, window) == []


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.parametrize("name", [*FORM_PAGES, *FRONT_PAGES])
def test_few_controls_are_in_sight(name: str, page: Window, site_url: str) -> None:
    Visit(page, f"{site_url}/{name}.html")
    assert form_browser.faults_of_controls(page, 1 if name in FRONT_PAGES else 2) == []


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.parametrize("name", FORM_PAGES)
def test_the_figure_asks_and_answers(name: str, page: Window, site_url: str) -> None:
    Visit(page, f"{site_url}/{name}.html")
    assert form_browser.faults_of_title(page) + form_browser.faults_of_answer(page) == []


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", [*FORM_PAGES, *FRONT_PAGES])
def test_nothing_sticks_out_of_its_box(
    name: str, window: tuple[int, int, int], page: Window, site_url: str
) -> None:
    form_browser.size(page, window)
    Visit(page, f"{site_url}/{name}.html")
    assert form_browser.faults_of_width(page, window) == []
    assert page.locator("article .toggle-hidden, article details:not([open])").count() == 0
    # The folds are open now: what is too wide in them has its cue as well.
    uncued = [box["html"] for box in page.evaluate(WIDE) if box["shadow"] == "none" or not box["name"]]
    assert uncued == []


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.parametrize("name", FORM_PAGES)
def test_without_scripts_the_code_opens_under_every_figure(
    name: str, browser: Browser, site_url: str
) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site_url}/{name}.html")
    assert form_browser.faults_of_folds(page) == []
    page.close()


# The checks, on small pages ---------------------------------------------------------------------------------


def bet(kind: str, name: str, **entries: Any) -> str:
    place = f' id="{name}"' if name.startswith("bet-") else ""
    spec = json.dumps({"kind": kind, "id": name, "difficulty": "", "typical": [["a", True, "No."]]} | entries)
    mark = "★" * len(entries.get("difficulty", ""))
    question = f'<p class="rv-bet-question">{mark} How many?</p>'
    data = f'<script type="application/json">{spec}</script>'
    return f'<div class="ravine-bet"{place}>{question}<details>9</details>{data}</div>'


def exercise(name: str, inside: str) -> str:
    title = '<p class="admonition-title">Exercise</p>'
    return f'<div class="exercise admonition" id="{name}">{title}<p>Work.</p>{inside}</div>'


CODE = '<div class="cell"><div class="cell_input"><pre>{}</pre></div></div>'
FIGURE = CODE.format("live.valley()").removesuffix("</div>") + '<div class="ravine-live"></div></div>'
IMPORTS = f"<details><summary>Show code</summary>{CODE.format('import numpy')}</details>"
OBJECTIVES = "<details><summary>In this chapter</summary>you can derive.</details>"
BETS = bet("number", "bet-a") + bet("curve", "bet-b") + bet("choice", "bet-c")
EXERCISES = exercise("ex-a", bet("number", "ex-a", difficulty="*")) + exercise(
    "ex-b", bet("setting", "ex-b", difficulty="***")
)
SOLUTION = (
    '<div class="solution dropdown admonition"><p class="admonition-title">Solution</p><div class="cell">'
    '<div class="cell_input"><pre>print("steps:", n)</pre></div>'
    '<div class="cell_output"><pre>steps: 3</pre></div></div></div>'
)
GOOD = f"""<nav>{"menu " * 3000}</nav><article><section><h1>A valley</h1>
<p>Why does it take so long? Drag, and see.</p>
{IMPORTS}
{FIGURE}
{OBJECTIVES}
<section><h2><span class="section-number">1. </span>The idea<a class="headerlink">#</a></h2>
<p>{"word " * 800}</p><details>{"folded " * 2000}</details>
<figure><figcaption>{"caption " * 2000}</figcaption></figure>{BETS}</section>
<section><h2>Derivation<a class="headerlink">#</a></h2><p>{"step " * 1500}</p>
<div class="note admonition">{"note " * 2000}</div><table><tr><td>{"cell " * 2000}</td></tr></table></section>
<section><h2>Experiments</h2>
<p>It took 690 [548, 691] steps. Then it took −1.5 · 10⁻³ [−2.1 · 10⁻³, 0] more. So 3 [2, 4] are left.</p>
<p>The range [0, 1] is no measurement, nor is <span class="math">2 [0, 1] and 3 [4, 5]</span>.</p></section>
<section><h2>What this does not show</h2><p>Much.</p></section>
<section><h2>Exercises</h2>{EXERCISES}{SOLUTION}</section>
<section><h2>Summary</h2><ul><li>Slow.</li></ul></section>
<section><h2>Further reading</h2><ul><li>A book.</li></ul>
<p>If valleys are slow, <a href="b.html#ch-b">are minima worse</a>?</p></section>
</section></article>"""
SOURCE = """# A valley

```{code-cell} python
:tags: [hide-input]
from ravine import bets
from ravine.experiments import valleys as va, residual
from ravine.live.figures import valleys as live
```

```{code-cell} python
live.valley()
```

## The idea

```{code-cell} python
rates, other = va.rates(), va.Others.load()
heavy = rates.steps
```

```{code-cell} python
:tags: [remove-input]
bets.number("bet-a", answer=heavy[2], question="How many?")
```

```{code-cell} python
fig = rates.plot()
```

## Derivation

```{code-cell} python
:tags: [remove-input]
bets.choice("bet-b", {"a": "A."}, {"a": other.share > 1}, question="Which?")
```

```{code-cell} python
fig = other.plot_share()
```

```{code-cell} python
:tags: [remove-input]
bets.number("bet-c", answer=2**10, question="What is it?")
```

```{code-cell} python
print("powers of two:", 2**10)
```
"""


def good() -> form.Page:
    return form.Page(GOOD, SOURCE, "terrain/a.html", "terrain/b.html")


@pytest.mark.parametrize("check", CHECKS)
def test_a_good_page_passes(check: str) -> None:
    assert CHECKS[check](good()) == []


LINK = '<a href="b.html#ch-b">'
BAD_HTML = [
    ("length", "word " * 800, "word " * 899, "words before the derivation; want at most 900"),
    ("length", "step " * 1500, "step " * 2500, "words in all; want at most 2500"),
    ("length", "<h2>Derivation", "<h2>Proof", "no section Derivation"),
    ("sections", "<h2>Experiments", "<h2>Predict", "'Predict'"),
    ("sections", "<section><h2>Summary</h2>", "<section><h2>Play</h2><h2>Summary</h2>", "'Play'"),
    ("sections", "<h2>Derivation", "<h2>Proof", "no section Derivation"),
    ("way on", LINK, '<a href="a.html">', "without a link to terrain/b.html"),
    ("way on", "If valleys", "Valleys are slow. If valleys", "not end with a single sentence"),
    (
        "way on",
        "?</p></section>\n</section>",
        "?</p><ul><li>More.</li></ul></section></section>",
        "ends with <ul>",
    ),
    ("intervals", "steps. Then", "steps, and then", "2 intervals in one sentence"),
    (
        "intervals",
        "<p>The range",
        "<p>It is 1.5 [1, 2]. So 2% [1%, 3%]. But 1 [0, 2]. And 5 [1, 9].",
        "4 intervals",
    ),
    ("intervals", "<li>Slow.", "<li>1 [0, 2]<li>1 [0, 2]<li>1 [0, 2]<li>1 [0, 2]", "4 intervals"),
    ("opening", FIGURE, "", "no live figure"),
    ("opening", FIGURE, f"<h2>The valley</h2>{FIGURE}", "after a section has begun"),
    ("opening", IMPORTS, CODE.format("import numpy"), "not folded"),
    (
        "opening",
        IMPORTS,
        CODE.format("x = 1"),
        "1 cells of code in sight before the figure, the first 'x = 1'",
    ),
    ("opening", OBJECTIVES, "", "no fold 'In this chapter'"),
    ("opening", OBJECTIVES, OBJECTIVES.replace("details", "div"), "no fold 'In this chapter'"),
    ("opening", IMPORTS, OBJECTIVES + IMPORTS, "right under the figure"),
    ("opening", OBJECTIVES + "\n<section>", f"<section><h2>Why</h2>{OBJECTIVES}", "right under the figure"),
    ("bets", bet("number", "bet-a"), "", "2 bets; want 3 to 5"),
    ("bets", BETS, 2 * BETS, "6 bets"),
    ("bets", bet("curve", "bet-b"), bet("number", "bet-b"), "no bet is a drawn curve"),
    ("bets", bet("number", "bet-a"), bet("number", "guess"), "guess: want a name"),
    ("exercises", bet("number", "ex-a", difficulty="*"), "★", "1 exercises that answer"),
    (
        "exercises",
        bet("setting", "ex-b", difficulty="***"),
        bet("number", "ex-b", difficulty="*"),
        "set the figure",
    ),
    ("exercises", bet("number", "ex-a", difficulty="*"), bet("number", "ex-a"), "difficulty is not marked"),
    ("exercises", "★★★", "★★★★", "difficulty is not marked"),
    ("exercises", '"id": "ex-a"', '"id": "ex-c"', "ex-c: stands in ex-a"),
    ("exercises", 'id="ex-a"', 'id="one"', "one: want a name ex-..."),
    ("exercises", '"difficulty": "*", "typical": [["a", true, "No."]]', '"difficulty": "*"', "no hint"),
    ("exercises", "solution dropdown", "solution", "not folded"),
    ("exercises", '<pre>print("steps:", n)', "<pre>n = 3\nassert n == 3", "an assert"),
    ("exercises", "<pre>steps: 3", "<pre>[3, 4]", "prints '[3, 4]' without saying"),
]


@pytest.mark.parametrize(("check", "old", "new", "fault"), BAD_HTML)
def test_a_bad_page_is_seen(check: str, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    bad = form.Page(GOOD.replace(old, new, 1), SOURCE, "terrain/a.html", "terrain/b.html")
    assert [found for found in CHECKS[check](bad) if fault in found], CHECKS[check](bad)


IMPORTED = "from ravine import bets\n"
CELL = "```{code-cell} python\n"
BET_A = SOURCE[SOURCE.index(f"{CELL}:tags: [remove-input]\nbets.number") : SOURCE.index(f"{CELL}fig = rates")]
FIGURE_A = f"{CELL}fig = rates.plot()\n```\n"
OTHER = f"{CELL}fig = other.plot()\n```\n"
KIND = "bet-a: a figure of the same kind"
BAD_SOURCE = [
    ("opening", IMPORTED, f"import numpy\n```\n\n{CELL}{IMPORTED}", "does not need: 'import numpy'"),
    (
        "order of bets",
        BET_A + FIGURE_A,
        f"{FIGURE_A}\n{BET_A}{OTHER}",
        "bet-a: its result is drawn before it",
    ),
    ("order of bets", "va.Others.load()", "va.Others.load()\nfig = rates.plot()", KIND),
    ("order of bets", 'print("powers of two:", 2**10)', "glue('two', 2)", "bet-c: no result follows"),
    ("order of bets", "fig = rates.plot()\n```", "x = 1\n```\n\n## Next\n", "bet-a: no result follows"),
    ("cells", "heavy = rates.steps", "for rate in rates.steps:\n    heavy = rate", "a loop in sight"),
]


@pytest.mark.parametrize(("check", "old", "new", "fault"), BAD_SOURCE)
def test_a_bad_source_is_seen(check: str, old: str, new: str, fault: str) -> None:
    assert old in SOURCE
    bad = form.Page(GOOD, SOURCE.replace(old, new, 1), "terrain/a.html", "terrain/b.html")
    assert [found for found in CHECKS[check](bad) if fault in found], CHECKS[check](bad)


def test_the_last_chapter_leads_to_no_other() -> None:
    last = form.Page(GOOD.replace(LINK, "<a>", 1), SOURCE, "terrain/a.html", "")
    assert form.faults_of_way_on(last) == []
    assert form.faults_of_way_on(form.Page(last.html.replace("?</p>", "</p><ul></ul>"), SOURCE))


def test_a_loop_that_is_the_point_may_be_seen() -> None:
    loop = SOURCE.replace("heavy = rates.steps", "for rate in rates.steps:\n    heavy = rate")
    cell = "```{code-cell} python\nrates, other"
    assert cell in loop
    for tag in ("algorithm", "remove-input"):
        tagged = loop.replace(cell, cell.replace("python\n", f"python\n:tags: [{tag}]\n"))
        assert form.faults_of_cells(tagged) == []


# Small pages in a browser -----------------------------------------------------------------------------------

STYLE = "main { max-width: 700px; margin: auto } .tall { height: 800px } .wide { width: 1400px; height: 9px }"
STYLE += " .box { overflow-x: auto } .cut { overflow: hidden; width: 60px; white-space: nowrap }"
FOLD = "<details><summary>How this was computed</summary><pre>x = 1</pre></details>"
DRAWN = '<div class="cell"><div class="cell_output"><img alt="A line." src="live/line.png"></div></div>'


def live_figure(**options: Any) -> live.Explorer:
    question = {"title": "Where does it go?", "shape": 0.5} | options.pop("view", {})
    controls = [live.Slider("a", "slope a", 0, 2, 1), live.Toggle("on", "on", more=True)]
    sentence = {"sentences": ["The slope is {a:.2f} at {b:.2f}."], "controls": controls}
    return line(view=question, **sentence | options)


@pytest.fixture
def show(page: Window, tmp_path: Path, serve: Callable[[Path], str]) -> Callable[..., Window]:
    """(HTML around, a live figure in the place of a star) -> that page in the browser."""

    def go(body: str, figure: live.Explorer | None = None) -> Window:
        (tmp_path / "live").mkdir()
        html, files = static.extract(figure.html(), "live/") if figure else ("", {})
        for file, content in files.items():
            (tmp_path / "live" / file).write_bytes(content)
        for file, text in static.assets().items():
            (tmp_path / "live" / file).write_text(text, encoding="utf-8")
        (tmp_path / "style.css").write_text(STYLE, encoding="utf-8")
        style = '<link rel="stylesheet" href="style.css">'
        write_page(
            tmp_path / "page.html", f"{style}<article>{body.replace('*', html)}</article>", "live/host.js"
        )
        page.goto(f"{serve(tmp_path)}/page.html")
        if figure:
            page.locator(".ravine[data-ms]").wait_for()
        return page

    return go


def faults_of_opening(page: Window) -> list[str]:
    found = [fault for window in (DESK, PHONE) for fault in form_browser.faults_of_place(page, window)]
    found += form_browser.faults_of_controls(page) + form_browser.faults_of_title(page)
    return found + form_browser.faults_of_answer(page)


@pytest.mark.browser
def test_a_good_opening_passes(show: Callable[..., Window]) -> None:
    assert faults_of_opening(show("*", live_figure())) == []


SLIDERS = [live.Slider(name, name, 0, 2, 1) for name in "aef"]
BAD_OPENINGS = [
    ("No figure.", {}, "no live figure"),
    ('<div class="tall"></div>*', {}, "at 1280 x 900 the figure begins at"),
    ('<div class="tall"></div><p>Lower.</p>*', {"view": {"shape": 0.2}}, "at 390 x 844 nothing to drag"),
    ("*", {"controls": SLIDERS}, "controls in sight ['starting point', 'a1', 'e1', 'f1']"),
    ("*", {"view": {"title": "A line"}}, "called 'A line'; want a question"),
    ("*", {"sentences": []}, "no sentence under the figure"),
    ("*", {"sentences": ["Drag it."]}, "stays the same"),
]


@pytest.mark.browser
@pytest.mark.parametrize(("body", "options", "fault"), BAD_OPENINGS)
def test_a_bad_opening_is_seen(
    body: str, options: dict[str, Any], fault: str, show: Callable[..., Window]
) -> None:
    found = faults_of_opening(show(body, live_figure(**options) if "*" in body else None))
    assert [one for one in found if fault in one], found


@pytest.mark.browser
def test_controls_are_counted_as_they_are_seen(show: Callable[..., Window]) -> None:
    page = show("*", live_figure())
    assert form_browser.faults_of_controls(page, most=1)
    page.locator(".rv-more summary").click()
    assert form_browser.faults_of_controls(page, most=2)
    page.locator(".rv-more summary").click()
    assert form_browser.faults_of_controls(page, most=2) == []


FITS = f'<h1>A page</h1><p>Text.</p><div class="box"><div class="wide"></div></div>{DRAWN}{FOLD}'
TOO_WIDE = [
    ('<div class="wide"></div>', "the page scrolls"),
    (
        '<div class="cut"><div class="wide"></div></div><p class="cut">A text that is cut off.</p>',
        "holds more",
    ),
    ('<details><summary>More</summary><div class="wide"></div></details>', "folds open"),
    ('<div class="admonition"><div class="wide"></div></div>', "sticks out of div.admonition"),
]


@pytest.mark.browser
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_what_fits_passes(window: tuple[int, int, int], show: Callable[..., Window]) -> None:
    page = show(FITS + "*", live_figure())
    assert form_browser.faults_of_width(page, window) == []


@pytest.mark.browser
@pytest.mark.parametrize(("body", "fault"), TOO_WIDE)
def test_what_sticks_out_is_seen(body: str, fault: str, show: Callable[..., Window]) -> None:
    page = show(FITS + body)
    for window in (DESK, PHONE):
        found = form_browser.faults_of_width(page, window)
        assert [one for one in found if fault in one], found


@pytest.mark.browser
def test_a_fold_is_opened_without_scripts(show: Callable[..., Window]) -> None:
    assert form_browser.faults_of_folds(show(2 * (DRAWN + FOLD))) == []


BAD_FOLDS = [
    (FOLD, "no static figure"),
    (DRAWN + FOLD + DRAWN, "figure 2: no fold"),
    (DRAWN + FOLD.replace("How", "Why"), "figure 1: no fold"),
    (DRAWN + FOLD.replace("<details>", "<details open>"), "figure 1: its fold is open"),
    (DRAWN + FOLD.replace("x = 1", ""), "figure 1: its fold shows no code"),
]


@pytest.mark.browser
@pytest.mark.parametrize(("body", "fault"), BAD_FOLDS)
def test_a_bad_fold_is_seen(body: str, fault: str, show: Callable[..., Window]) -> None:
    assert [one for one in form_browser.faults_of_folds(show(body)) if fault in one]
