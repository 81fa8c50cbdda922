"""Bets in a real browser: committed by mouse, finger and keys, kept, reset, read aloud, printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from test_bets import SAMPLES, a_choice, a_curve, a_number, a_setting
from test_live_browser import served, settle, write_page

from ravine import bets
from ravine.live import static
from ravine.live.figures import ill_conditioning as live

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

MADE = {name: make() for name, make in SAMPLES.items()}
EVERYTHING = "everything"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page a bet, and one with all of them and the live figure of the setting."""
    folder = tmp_path_factory.mktemp("bets")
    (folder / "live").mkdir()
    figure, files = static.extract(live.valley().html(), "live/")
    for file, content in files.items():
        (folder / "live" / file).write_bytes(content)
    for file, text in (static.assets() | bets.assets()).items():
        (folder / "live" / file).write_text(text, encoding="utf-8")
    for name, bet in MADE.items():
        body = bet.html() + (figure if name == "setting" else "")
        write_page(folder / f"{name}.html", body, "live/host.js")
    picture = '<figure id="fig-answer"><svg width="9" height="9"></svg></figure>'
    cell = '<div class="cell"><div class="cell_output">{}</div></div>'
    veiled = cell.format(MADE["number"].html()) + "<p>Words.</p>" + cell.format(picture)
    write_page(
        folder / "veiled.html", f"{veiled}{cell.format(picture.replace('answer', 'later'))}", "live/host.js"
    )
    bet, table = cell.format(MADE["number"].html()), "<table id='{}'><tr><td>600</td></tr></table>"
    scrolls = '<div class="pst-scrollable-table-container">{}</div>'
    tables = [
        bet,
        cell.format(picture),
        f"<p>Words.</p><div>{table.format('direct')}</div>",
        scrolls.format(table.format("scrolls")),
        cell.format(table.format("output")),
        f"<div>{figure}</div>",
        cell.format(MADE["choice"].html()),
        table.format("next"),
        f"<section><h2>More</h2>{table.format('elsewhere')}</section>",
    ]
    write_page(folder / "tables.html", "".join(tables), "live/host.js")
    write_page(folder / "table.html", bet + table.format("alone"), "live/host.js")
    section = f"{cell.format(MADE['number'].html())}<section>{cell.format(picture)}</section>"
    write_page(folder / "section.html", section, "live/host.js")
    precise = a_number(within=1.02, typical={})
    write_page(folder / "precise.html", precise.html(), "live/host.js")
    several = "".join(make().html() for make in (a_number, a_curve, a_choice, a_setting))
    write_page(folder / f"{EVERYTHING}.html", several + figure, "live/host.js")
    write_page(folder / "copies.html", figure + MADE["setting"].html() + figure, "live/host.js")
    with served(folder) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """name -> that page, its bets mounted; at the end, no error and no request to elsewhere."""
    troubles: list[str] = []
    contexts = []

    def go(name: str, width: int = 1000, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((address, "blob:")) else troubles.append(r.url))
        page.goto(f"{address}/{name}.html")
        if options.get("java_script_enabled", True):
            page.wait_for_selector(".ravine-bet.ravine-mounted form")
        return page

    yield go
    for context in contexts:
        context.close()
    assert [t for t in troubles if "404" not in t] == []  # the page has no icon


def answer(page: Page) -> Locator:
    return page.locator(".rv-answer").first


def draw(page: Page, curve: Callable[[float], float], finger: bool = False) -> None:
    """Draw from left to right; curve maps shares of the width to shares of the height."""
    box = page.locator(".rv-draw").bounding_box()
    left, top, wide, tall = box["x"] + 10, box["y"] + 10, box["width"] - 20, box["height"] - 20
    points = [(left + s * wide, top + (1 - curve(s)) * tall) for s in (k / 20 for k in range(21))]
    if finger:
        touch = page.context.new_cdp_session(page)
        for kind, (x, y) in zip(["touchStart", *["touchMove"] * 20], points, strict=True):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points:
            page.mouse.move(*point)
        page.mouse.up()
    settle(page)


def test_the_figure_that_answers_a_bet_waits_for_it(visit: Callable[..., Page]) -> None:
    page = visit("veiled")
    expect(page.locator("#fig-answer")).to_be_hidden()
    expect(page.locator("#fig-later")).to_be_visible()
    page.get_by_label("Your number").fill("70")
    page.get_by_label("Your number").press("Enter")
    expect(page.locator("#fig-answer")).to_be_visible()
    expect(page.get_by_role("button", name="Show the figure without a bet")).to_have_count(0)
    page.reload()  # the bet is on record
    expect(page.locator("#fig-answer")).to_be_visible()


@pytest.mark.parametrize("way", ["button", "fold", "link", "print", "no script"])
def test_nobody_has_to_bet_to_see_the_figure(visit: Callable[..., Page], way: str) -> None:
    page = visit("veiled", java_script_enabled=way != "no script")
    shown = page.locator("#fig-answer")
    if way != "no script":
        expect(shown).to_be_hidden()
    if way == "button":
        page.get_by_role("button", name="Show the figure without a bet").press("Enter")
    elif way == "fold":
        page.locator(".ravine-bet summary").last.click()
    elif way == "link":
        page.goto(f"{page.url}#fig-answer")
    elif way == "print":
        page.emulate_media(media="print")
    expect(shown).to_be_visible()


TABLES = "#direct, #scrolls, #output, .ravine table"


@pytest.mark.parametrize("way", ["bet", "button", "link", "print", "no script"])
def test_tables_that_answer_a_bet_wait_for_it(visit: Callable[..., Page], way: str) -> None:
    """All up to the next bet or heading, and that of a live figure, which itself can be played with."""
    page = visit("tables", java_script_enabled=way != "no script")
    if way != "no script":
        page.wait_for_selector(".ravine[data-ms]")
        assert page.locator(TABLES).count() == 4
        assert page.locator(f":is({TABLES}, #fig-answer):visible").count() == 0
        expect(page.locator("#next:visible, #elsewhere:visible")).to_have_count(2)
        expect(page.locator(".ravine canvas").first).to_be_visible()
        expect(page.get_by_role("button", name="Show the figure without a bet")).to_have_count(1)
    if way == "bet":
        page.get_by_label("Your number").fill("70")
        page.get_by_label("Your number").press("Enter")
    elif way == "button":
        page.get_by_role("button", name="Show the figure without a bet").press("Enter")
    elif way == "link":
        page.goto(f"{page.url}#scrolls")
    elif way == "print":
        page.emulate_media(media="print")
    # On paper a live figure is a picture, and without scripts there is none.
    kept = TABLES if way in ("bet", "button", "link") else "#direct, #scrolls, #output"
    expect(page.locator(f":is({kept}):visible")).to_have_count(kept.count(",") + 1)
    expect(page.locator("#fig-answer")).to_be_visible()
    assert page.locator("#direct").evaluate("e => getComputedStyle(e).display") == "table"
    expect(page.locator(".rv-unveil:visible")).to_have_count(0)


def test_a_table_waits_without_a_figure(visit: Callable[..., Page]) -> None:
    page = visit("table")
    expect(page.locator("#alone")).to_be_hidden()
    page.get_by_role("button", name="Show the results without a bet").click()
    expect(page.locator("#alone")).to_be_visible()


@pytest.mark.parametrize(
    ("text", "said", "tally"),
    [
        ("610", "The result is 600 steps; you said 610, within 2\u00a0%. Well done.", ": 1 of 1 right."),
        ("620", "Close: the result is 600 steps; you said 620, 3.3\u00a0% too high.", ": 1 of 1 close."),
        ("510,5", "Close: the result is 600 steps; you said 510.5, 15\u00a0% too low.", ": 1 of 1 close."),
        ("800", "Close: the result is 600 steps; you said 800, 1.3 times too high.", ": 1 of 1 close."),
        ("6 000", "The result is 600 steps; you said 6000, 10 times too high.", ": 1. What surprises"),
    ],
)
def test_a_near_miss_is_called_close(visit: Callable[..., Page], text: str, said: str, tally: str) -> None:
    page = visit("precise")
    page.get_by_label("Your number").fill(text)
    page.get_by_label("Your number").press("Enter")
    expect(answer(page).locator("p").first).to_have_text(said)
    expect(page.get_by_text(f"Your bets on this page{tally}")).to_be_visible()


def test_a_figure_of_another_section_does_not_wait(visit: Callable[..., Page]) -> None:
    expect(visit("section").locator("#fig-answer")).to_be_visible()


def test_nothing_of_the_result_shows_before_the_bet(visit: Callable[..., Page]) -> None:
    page = visit("number")
    assert "600" not in page.locator("main").inner_text() and page.locator("svg").count() == 0
    page.get_by_label("Your number").fill("70")
    page.get_by_label("Your number").press("Enter")
    expect(answer(page)).to_contain_text("The result is 600 steps; you said 70, 8.6 times too low.")
    expect(answer(page)).to_contain_text("That is momentum.")
    marks = page.locator("svg .rv-mine, svg .rv-true")
    mine, true = (marks.nth(i).bounding_box()["x"] for i in (0, 1))
    wide = page.locator("svg").bounding_box()["width"] - 24
    # Four decades: 70 and 600 stand apart by the logarithm of their ratio.
    assert (true - mine) / wide == pytest.approx(0.9331 / 4, abs=0.01)
    page = visit("curve")
    assert page.locator(".rv-true-line").count() == 0 and not page.locator("table").is_visible()


def test_a_bet_is_kept_until_it_is_made_again(visit: Callable[..., Page]) -> None:
    page = visit(EVERYTHING)
    page.get_by_label("Your number").fill("1e3")
    page.get_by_role("button", name="Bet", exact=True).first.click()
    record = page.get_by_text("Your bets on this page: 1 of 1 right.")
    expect(record).to_be_visible()
    assert page.evaluate("document.activeElement.textContent") == "Bet again"
    assert json.loads(page.evaluate("localStorage['ravine:bet-a']")) == {"guess": 1000}
    page.reload()
    expect(answer(page)).to_contain_text("within a factor 2")
    draw(page, lambda s: 0.02)
    page.locator("form:visible .rv-commit").first.click()
    expect(page.get_by_text("Your bets on this page: 1 of 2 right.").first).to_be_visible()
    page.get_by_role("button", name="Bet again").first.click()
    assert page.evaluate("localStorage['ravine:bet-a']") is None
    expect(page.get_by_label("Your number")).to_be_focused()
    expect(answer(page)).to_have_text("")
    page.reload()
    expect(page.get_by_label("Your number")).to_be_visible()


def test_what_is_no_number_is_said_and_not_taken(visit: Callable[..., Page]) -> None:
    page = visit("number")
    for text, said in (
        ("many", "Write a number, such as"),
        ("0.5", "from 1 to 10\N{NARROW NO-BREAK SPACE}000"),
        ("0,5", "from 1 to 10\N{NARROW NO-BREAK SPACE}000"),
        ("1,000", "1,000 can be read in two ways: write 1000 or 1.000."),
        ("", "Write a number"),
    ):
        page.get_by_label("Your number").fill(text)
        page.keyboard.press("Enter")
        expect(answer(page)).to_contain_text(said)
        expect(page.get_by_label("Your number")).to_be_focused()
    assert page.evaluate("localStorage.length") == 0


def test_an_exercise_gives_a_hint_and_another_try(visit: Callable[..., Page]) -> None:
    page = visit("choice")
    page.get_by_role("button", name="Check").click()
    expect(answer(page)).to_have_text("Choose one first.")
    page.get_by_label("It falls.").check()
    page.get_by_role("button", name="Check").click()
    expect(answer(page)).to_have_text("Not with this rate.")
    assert page.locator("form").is_visible()
    page.get_by_label("It falls.").press("ArrowDown")
    page.keyboard.press("Enter")
    expect(answer(page)).to_have_text("Right: It stays.")
    expect(page.get_by_text("Exercises answered on this page: 1.")).to_be_visible()


@pytest.mark.parametrize("finger", [False, True], ids=["mouse", "finger"])
def test_a_curve_is_drawn_and_the_truth_over_it(visit: Callable[..., Page], finger: bool) -> None:
    page = visit("curve", width=390, has_touch=True)
    commit = page.get_by_role("button", name="Bet", exact=True)
    commit.click()
    expect(answer(page)).to_have_text("Draw from the left edge to the right edge first.")
    page.locator(".rv-draw").scroll_into_view_if_needed()
    draw(page, lambda s: 0.9 - 0.8 * s, finger)
    # As drawn: what is kept is the line within a pixel or two of the axes' height.
    commit.click()
    expect(answer(page)).to_contain_text("It ends above its start.")
    kept = json.loads(page.evaluate("localStorage['ravine:bet-b']"))["guess"]
    wanted = [0.05 + 4.95 * (0.9 - 0.8 * k / 40) for k in range(41)]
    assert max(abs(a - b) for a, b in zip(kept, wanted, strict=True)) < 0.08
    assert a_curve().judge(kept).mistake == "falls"
    expect(page.locator(".rv-true-line")).to_have_count(1)
    expect(page.locator(".rv-mine-line")).to_have_count(1)
    page.locator("summary", has_text="The result").click()
    expect(page.get_by_role("table")).to_be_visible()


def test_a_curve_is_drawn_with_the_keyboard_alone(visit: Callable[..., Page]) -> None:
    page = visit("curve")
    page.locator("summary", has_text="Draw with the keyboard").press("Enter")
    first, last = (page.get_by_role("slider", name=f"t: {t}", exact=True) for t in (0, 10))
    assert "not drawn yet" in first.get_attribute("aria-valuetext")
    first.press("Home")
    last.press("End")
    settle(page)
    assert [first.get_attribute("aria-valuetext"), last.get_attribute("aria-valuetext")] == ["0.05", "5"]
    page.get_by_role("button", name="Bet", exact=True).press("Enter")
    kept = json.loads(page.evaluate("localStorage['ravine:bet-b']"))["guess"]
    assert [kept[0], kept[20], kept[-1]] == pytest.approx([0.05, 2.525, 5])
    assert a_curve().judge(kept).mistake == "early"


def test_a_stroke_that_nearly_reaches_the_edge_counts(visit: Callable[..., Page]) -> None:
    page = visit("curve")
    canvas = page.locator(".rv-draw").bounding_box()
    left, right, y = canvas["x"], canvas["x"] + canvas["width"], canvas["y"] + canvas["height"] / 2
    bet = page.get_by_role("button", name="Bet", exact=True)
    for reach, counts in ((0.8, False), (0.96, True)):
        page.mouse.move(left + 0.04 * (right - left), y)
        page.mouse.down()
        page.mouse.move(left + reach * (right - left), y, steps=20)
        page.mouse.up()
        bet.click()
        assert answer(page).inner_text().startswith("Draw from") != counts


def test_a_setting_hears_what_the_figure_shows(visit: Callable[..., Page]) -> None:
    page = visit("setting")
    page.wait_for_selector(".ravine[data-ms]")
    check = page.get_by_role("button", name="Check")
    check.click()
    expect(answer(page)).to_have_text("The plain run still converges.")
    plane = page.locator(".rv-plane canvas")
    settings = page.get_by_role("slider", name="learning rate and momentum")
    while float(settings.get_attribute("aria-valuenow")) < 2.15:
        settings.press("ArrowRight")
        settle(page)
    assert plane.is_visible()
    check.click()
    expect(answer(page)).to_contain_text("Done: the figure shows it.")
    page.reload()
    expect(answer(page)).to_contain_text("Done")


def test_of_two_copies_of_a_figure_a_setting_hears_the_one_above_it(visit: Callable[..., Page]) -> None:
    page = visit("copies")
    page.wait_for_function("document.querySelectorAll('.ravine[data-ms]').length == 2")
    check = page.get_by_role("button", name="Check")
    for nth, said in ((1, "The plain run still converges."), (0, "Done: the figure shows it.")):
        settings = page.get_by_role("slider", name="learning rate and momentum").nth(nth)
        while float(settings.get_attribute("aria-valuenow")) < 2.15:
            settings.press("ArrowRight")
            settle(page)
        check.click()
        expect(answer(page)).to_contain_text(said)


@pytest.mark.parametrize("name", MADE)
def test_a_bet_is_accessible_and_fits_a_phone(visit: Callable[..., Page], name: str) -> None:
    page = visit(name, width=390, reduced_motion="reduce")
    for settled in (False, True):
        if settled:
            commit_something(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for theme in ("light", "dark"):
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            result = Axe().run(page, context=".ravine-bet")
            assert result.response["violations"] == [], result.generate_report()
        for target in page.locator(".ravine-bet :is(input, button):visible").all():
            wrapped = target.locator("xpath=ancestor-or-self::label")
            box = (wrapped if wrapped.count() else target).bounding_box()
            assert min(box["width"], box["height"]) >= 24
    assert page.locator(".rv-answer").first.get_attribute("aria-live") == "polite"
    lines = page.locator(".rv-true-line").all()
    assert all(line.evaluate("e => getComputedStyle(e).animationName") == "none" for line in lines)


def commit_something(page: Page, name: str) -> None:
    kind = MADE[name].spec["kind"]
    if kind == "number":
        page.get_by_label("Your number").fill("2")
    elif kind == "choice":
        page.get_by_label("It stays.").check()
    elif kind == "curve":
        page.locator("summary", has_text="keyboard").click()
        page.locator(".rv-keys input:enabled").first.press("ArrowUp")
    page.locator(".rv-commit").click()
    expect(answer(page)).not_to_have_text("")


@pytest.mark.parametrize("name", MADE)
def test_without_a_script_and_in_print_the_result_stands_in_the_fold(
    visit: Callable[..., Page], name: str
) -> None:
    page = visit(name, java_script_enabled=False)
    inside = page.locator(".rv-bet-fold > :not(summary)").first
    assert not inside.is_visible()
    page.get_by_text("The result", exact=True).click()
    assert inside.is_visible()
    page = visit(name)
    page.emulate_media(media="print")
    assert not page.locator("form").is_visible() and page.locator(".rv-bet-fold summary").is_visible()


def test_a_page_without_storage_forgets_and_works(visit: Callable[..., Page]) -> None:
    page = visit("number")
    page.evaluate(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } })"
    )
    page.get_by_label("Your number").fill("600")
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text("600 steps, exactly what you said. Well done.")


def test_a_record_that_fits_no_longer_is_ignored(visit: Callable[..., Page]) -> None:
    page = visit(EVERYTHING)
    for kept in ('{"guess": 1e9}', '{"guess": "x"}', "nonsense", "7"):
        for name in ("bet-a", "bet-b", "ex-c", "ex-d"):
            page.evaluate("([name, kept]) => localStorage.setItem(`ravine:${name}`, kept)", [name, kept])
        page.reload()
        page.wait_for_selector(".ravine[data-ms]")
        assert page.locator(".rv-settled").count() == 0
