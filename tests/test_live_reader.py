"""What a reader does with live figures on a page, in a browser: link a state, play a run, mark a step."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect
from test_live import FRONT, FrontEnd
from test_live_browser import served, settle, write_page
from test_live_construction import line

from ravine import live
from ravine.live import static
from ravine.live.figures import catalogue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

FIGURES = catalogue()
PAGES: dict[str, list[Callable[[], live.Explorer]]] = {
    "two": [FIGURES["ill_conditioning.valley"], FIGURES["saddles.leaving"]],
    "steps": [FIGURES["ill_conditioning.steps"]],
    "valley": [FIGURES["ill_conditioning.valley"]],
    "maps": [FIGURES["terrain.maps"]],
}
# What a page is told, kept from the first moment on.
LISTEN = """for (const name of ["values", "goal", "sketch"])
  addEventListener(`ravine:${name}`, ({ detail }) => (window.heard ??= []).push({ name, ...detail }));"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("reader")
    (folder / "live").mkdir()
    for name, figures in PAGES.items():
        body = ""
        for make in figures:
            text, files = static.extract(make().html(), "live/")
            body += text
            for file, content in files.items():
                (folder / "live" / file).write_bytes(content)
        write_page(folder / f"{name}.html", body, "live/host.js")
    for file, text in static.assets().items():
        (folder / "live" / file).write_text(text, encoding="utf-8")
    with served(folder) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """(name of a page, what follows #) -> that page, mounted; at the end, no error."""
    pages, troubles = [], []

    def go(name: str, state: str = "", **options: Any) -> Page:
        page = browser.new_page(**{"viewport": {"width": 1000, "height": 900}} | options)
        pages.append(page)
        page.add_init_script(LISTEN)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(f"{address}/{name}.html{state}")
        for i in range(len(PAGES[name])):
            page.locator(".ravine[data-ms]").nth(i).wait_for()
        settle(page)
        return page

    yield go
    for page in pages:
        page.close()
    assert troubles == []


def slider(part: Page | Locator, name: str) -> Locator:
    return part.get_by_role("slider", name=name, exact=True)


def hash_of(page: Page) -> str:
    page.wait_for_timeout(350)
    return str(page.evaluate("location.hash"))


# The address, as text.

SPEC = line(controls=[
    live.Slider("a", "a", 0, 2, 1), live.Slider("n", "n", 1, 9, 3, choices=[1, 3, 9]),
    live.Toggle("on", "on"),
    live.Select("kind", "kind", {"plain, so": "plain", "b&c=d": "other"}), live.Button(),
]).spec  # fmt: skip
DEFAULTS = SPEC["defaults"]
STATE = {"a": 0.1 + 0.2, "n": 9, "on": True, "kind": "b&c=d", "seed": 7, "b": -1.0, "c": 1e-7}


def read(text: str, name: str = "f") -> Any:
    return FRONT.get(f"readAddress({json.dumps(text)}, {json.dumps(name)}, {json.dumps(SPEC)})")


def written(before: str, values: dict[str, Any], step: int | None = None, name: str = "f") -> str:
    arguments = (before, name, DEFAULTS | values, step, DEFAULTS)
    found = FRONT.get(f"writeAddress({', '.join(map(json.dumps, arguments))})")
    return f"#{found}"


def test_a_state_comes_back_from_its_address_to_the_last_bit() -> None:
    text = written("", STATE, 17)
    assert read(text) == {"values": STATE, "step": 17}
    assert read(written("", {})) is None, "at its defaults a figure needs no address"


def test_figures_leave_each_others_state_alone() -> None:
    both = written(written("#g=a:2", STATE), {"a": 2}, name="h")
    assert read(both) == {"values": STATE, "step": None}
    assert read(both, "g")["values"] == DEFAULTS | {"a": 2}
    assert read(both, "h")["values"] == DEFAULTS | {"a": 2}
    assert read(written(both, {}), "h")["values"] == DEFAULTS | {"a": 2}


@pytest.mark.parametrize(
    "pair",
    ["a:3", "a:-0.1", "a:", "a:NaN", "a:1e999", "a:%", "n:2", "on:true", "kind:none", "seed:1.5", "seed:-1",
     "b:1.5", "unknown:1", "constructor:1", "__proto__:1", "@:1.5", "@:-1", "a", ":", "=", ""],
)  # fmt: skip
def test_what_no_reader_could_set_is_not_taken_from_an_address(pair: str) -> None:
    assert read(f"#f=n:9,{pair}") == {"values": DEFAULTS | {"n": 9}, "step": None}


def test_a_place_on_the_page_is_no_state() -> None:
    assert read("#the-idea") is None and read("") is None and read("#f") is None


# On the page.


@pytest.mark.browser
def test_a_state_survives_a_reload_and_another_figure(visit: Callable[..., Page]) -> None:
    page = visit("two")
    valley, leaving = page.locator(".ravine").all()
    assert hash_of(page) == ""
    for _ in range(3):
        slider(valley, "condition number κ").press("ArrowRight")
    slider(leaving, "momentum α").press("ArrowLeft")
    wanted = [slider(valley, "condition number κ").get_attribute("aria-valuetext"), "0.89"]
    assert hash_of(page) == f"#valley=kappa:{wanted[0]},&leaving=alpha:0.89".replace(",&", "&")
    page.reload()
    page.locator(".ravine[data-ms]").nth(1).wait_for()
    settle(page)
    assert slider(page, "condition number κ").get_attribute("aria-valuetext") == wanted[0]
    assert slider(page.locator(".ravine").nth(1), "momentum α").get_attribute("aria-valuetext") == wanted[1]
    page.get_by_role("button", name="Reset").first.click()
    assert hash_of(page) == "#leaving=alpha:0.89"
    page.get_by_role("button", name="Reset").nth(1).click()
    assert hash_of(page) == ""


@pytest.mark.browser
def test_a_link_sets_a_figure_and_unfolds_what_it_sets(visit: Callable[..., Page]) -> None:
    page = visit("two")
    folded = page.locator("details.rv-more")
    assert folded.count() == 1, "nothing is folded where nothing is more"
    assert folded.get_attribute("open") is None
    page.evaluate("location.hash = '#leaving=lam:0.3,@:40'")
    settle(page)
    assert folded.get_attribute("open") is not None
    assert slider(folded, "downward curvature |λ|").get_attribute("aria-valuetext") == "0.3"
    assert page.locator(".rv-step").nth(1).inner_text().startswith("40 /")
    assert page.locator(".rv-step").first.inner_text().startswith("– /")
    # A place on the page takes the address, and the figure stays as it is.
    page.evaluate("location.hash = '#elsewhere'")
    settle(page)
    assert hash_of(page) == "#elsewhere"
    assert slider(folded, "downward curvature |λ|").get_attribute("aria-valuetext") == "0.3"


@pytest.mark.browser
def test_a_preset_sets_everything_and_starts_the_run(visit: Callable[..., Page]) -> None:
    page = visit("valley", "#valley=kappa:7")
    button = page.get_by_role("button", name="too long a step")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    settle(page)
    assert button.get_attribute("aria-pressed") == "true"
    assert slider(page, "condition number κ").get_attribute("aria-valuetext") == "50", "not 7 any more"
    expect(page.locator(".rv-step")).to_have_text(re.compile("([4-9]|[1-9][0-9]+) /"))
    page.get_by_role("button", name="Pause").click()
    assert "alpha:0,h:2.05" in hash_of(page)
    slider(page, "condition number κ").press("ArrowRight")
    settle(page)
    assert button.get_attribute("aria-pressed") == "false"


STEP_NOW = "Number(document.querySelector('.rv-step').textContent.split(' ')[0])"


@pytest.mark.browser
def test_a_run_is_played_paused_stepped_and_scrubbed_by_keys(visit: Callable[..., Page]) -> None:
    page = visit("valley")
    kept = page.evaluate("document.querySelector('.rv-field canvas').toDataURL()")
    play = page.get_by_role("button", name="Play")
    play.press("Enter")
    expect(page.locator(".rv-step")).to_have_text(re.compile("([5-9]|[1-9][0-9]+) /"))
    page.get_by_role("button", name="Pause").press("Enter")
    settle(page)
    at = page.evaluate(STEP_NOW)
    page.wait_for_timeout(300)
    assert page.evaluate(STEP_NOW) == at, "paused, it stays"
    expect(page.locator(".rv-player [aria-live=polite]")).to_contain_text(f"Step {at} of")
    page.get_by_role("button", name="One step on").press("Enter")
    settle(page)
    assert page.evaluate(STEP_NOW) == at + 1
    scrub = slider(page, "step")
    scrub.press("End")
    settle(page)
    last = int(scrub.get_attribute("max") or 0)
    assert page.evaluate(STEP_NOW) == last > 100
    assert scrub.get_attribute("aria-valuetext") == f"step {last} of {last}"
    scrub.press("Home")
    page.get_by_role("button", name="One step back").press("Enter")
    settle(page)
    assert page.evaluate(STEP_NOW) == 0
    page.get_by_role("button", name="Reset").click()
    settle(page)
    assert page.evaluate("document.querySelector('.rv-field canvas').toDataURL()") == kept


@pytest.mark.browser
def test_a_slider_that_moves_ends_the_playback_of_the_run_before(visit: Callable[..., Page]) -> None:
    page = visit("valley")
    page.get_by_role("button", name="Play").press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    slider(page, "condition number κ").press("ArrowRight")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    at = page.evaluate(STEP_NOW)
    page.wait_for_timeout(300)
    assert page.evaluate(STEP_NOW) == at


@pytest.mark.browser
def test_without_motion_a_run_is_played_in_a_few_stops(visit: Callable[..., Page]) -> None:
    page = visit("valley", reduced_motion="reduce")
    page.evaluate("""() => {
      window.seen = new Set();
      new MutationObserver(() => seen.add(document.querySelector('.rv-step').textContent))
        .observe(document.querySelector('.rv-step'), { childList: true, subtree: true, characterData: true });
    }""")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=20_000)
    seen = [text.split(" / ") for text in page.evaluate("[...seen]")]
    assert 10 <= len(seen) <= 12 and seen[-1][0] == seen[-1][1]


@pytest.mark.browser
def test_pointing_works_both_ways(visit: Callable[..., Page]) -> None:
    """At a point of a path the cost curves mark its step; a click on the curves keeps one."""
    page = visit("valley")
    lines = page.locator(".rv-lines canvas")
    before = lines.evaluate("node => node.toDataURL()")
    knob = slider(page, "starting point")
    x, y = (float(v) for v in knob.evaluate(
        "n => n.style.transform.match(/-?[\\d.]+/g)"))  # fmt: skip
    # Off the path, then near its first steps, just outside of the knob.
    page.locator(".rv-field canvas").hover(position={"x": x + 250, "y": y + 5})
    settle(page)
    assert lines.evaluate("node => node.toDataURL()") == before
    page.locator(".rv-field canvas").hover(position={"x": x + 20, "y": y + 8})
    settle(page)
    assert lines.evaluate("node => node.toDataURL()") != before
    lines.click(position={"x": 200, "y": 60})
    settle(page)
    assert page.evaluate(STEP_NOW) > 10


@pytest.mark.browser
def test_the_page_is_told_every_state(visit: Callable[..., Page]) -> None:
    page = visit("two")
    first = [event for event in page.evaluate("heard") if event["id"] == "valley"]
    assert len(first) >= 1 and first[0]["name"] == "values"
    slider(page, "condition number κ").press("End")
    settle(page)
    told = page.evaluate("heard.at(-1)")
    assert (told["id"], told["values"]["kappa"]) == ("valley", 1000)
    outputs = FIGURES["ill_conditioning.valley"]().compute({"kappa": 1000})
    assert told["outputs"]["plain.last_step"] == outputs["plain.last_step"]
    assert told["outputs"]["ball.outcome"] == outputs["ball.outcome"]
    assert not any(isinstance(x, (list, dict)) for x in told["outputs"].values())


@pytest.mark.parametrize("name", ["zoo.surface", "ill_conditioning.valley", "saddles.leaving"])
def test_a_step_is_told_in_words_and_heights(name: str) -> None:
    """What is spoken at a step names each curve, and gives its height there."""
    explorer = FIGURES[name]()
    front = FrontEnd(explorer)
    outputs = front(explorer.defaults)
    said = front._engine.get(f"describe(spec, ask({json.dumps(explorer.defaults)}), 7)")
    (view,) = (view for view in explorer.spec["views"] if view["kind"] == "lines")
    assert "{" not in said and said.startswith(view["y"]["label"])
    for series in (s for s in view["series"] if s["style"] != "dashed"):
        heights = outputs[series["y"]]
        assert FRONT.call("format", heights[min(7, len(heights) - 1)]) in said
    assert "gradient descent " in said


@pytest.mark.parametrize(
    "name", ["ill_conditioning.bounce", "ill_conditioning.valley", "zoo.surface", "saddles.leaving"]
)
def test_every_step_that_is_told_can_be_played(name: str) -> None:
    """At random states: no sentence and no table speaks of a step behind the player's last."""
    explorer, rng = FIGURES[name](), np.random.default_rng(3)
    spec = explorer.spec
    columns = (spec["table"] or {"columns": []})["columns"]
    texts = [*spec["sentences"], *(cell for column in columns for cell in column["cells"])]
    told = sorted({n for text in texts for n in re.findall(r"\{([\w.]*\.(?:last_step|steps))\b", text)})
    assert told
    front, limits, names = FrontEnd(explorer), explorer.limits.items(), f"{json.dumps(told)}.map((n) => o[n])"
    others = [{name: anywhere(ends, rng) for name, ends in limits} for _ in range(6)]
    for state in [explorer.defaults, *(explorer.defaults | other for other in others)]:
        last, steps = front._engine.get(
            f"((o) => [lastStep(spec.views, o), {names}])(ask({json.dumps(state)}))"
        )
        assert all(step is None or step <= last for step in steps), (state, last, told, steps)


def anywhere(ends: Any, rng: np.random.Generator) -> Any:
    """An option of a menu, or a number of a slider."""
    if isinstance(ends[0], str | bool):
        return ends[rng.integers(len(ends))]
    return float(rng.uniform(ends[0], ends[-1]))


# The look of what is turned, on a phone.


WORDS = """label => {
  const range = document.createRange();
  range.selectNodeContents(label.lastChild);
  return range.getBoundingClientRect().toJSON();
}"""


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_helper_that_is_called_is_filled_and_its_label_stands_beside_its_box(
    visit: Callable[..., Page], theme: str
) -> None:
    page = visit("maps", viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    settle(page)
    called, other = (page.get_by_role("button", name=name, exact=True) for name in ("Noise", "Clipping"))
    called.click()
    page.mouse.move(0, 0)
    settle(page)
    look = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    blue, ground = {"light": [(0, 114, 178), (255, 255, 255)], "dark": [(88, 180, 240), (20, 24, 30)]}[theme]
    assert called.evaluate(look) == [f"rgb{blue}", f"rgb{ground}"]
    assert other.evaluate(look)[0] == "rgba(0, 0, 0, 0)"
    page.locator("details.rv-more summary").click()
    toggles = page.locator("label.rv-toggle")
    assert toggles.count() == 3
    for toggle in toggles.all():
        box = toggle.locator("input").bounding_box()
        words = toggle.evaluate(WORDS)
        assert box and words["left"] >= box["x"] + box["width"] and box["width"] == 18
        assert words["top"] < box["y"] + box["height"] and box["y"] < words["bottom"]


# Names at the ends of lines, axes that stay.


def test_names_never_lie_over_each_other() -> None:
    """At random places, as many as there is room for: inside the frame, 14 pixels apart, else unmoved."""
    rng = np.random.default_rng(5)
    for n in (1, 2, 4, 8, 12):
        for _ in range(40):
            boxes = [{"left": float(rng.uniform(0, 200)), "width": 80.0, "y": float(rng.uniform(-50, 250)),
                      "id": k} for k in range(n)]  # fmt: skip
            placed = FRONT.get(f"spread({json.dumps(boxes)}, 7, 193)")
            assert sorted(b["id"] for b in placed) == list(range(n))
            for a, b in itertools.combinations(placed, 2):
                apart = abs(a["left"] - b["left"]) >= 84 or abs(a["y"] - b["y"]) >= 14 - 1e-9
                assert apart or n > 8, "twelve names of a hundred pixels may be too many"
            assert all(b["y"] <= 193 for b in placed)
    (alone,) = FRONT.get('spread([{"left": 0, "width": 50, "y": 40}], 7, 193)')
    assert alone["y"] == 40


AXES = "document.querySelector('.rv-lines canvas').toDataURL()"
# What stands below the frame: the numbers of the step axis.
NUMBERS = """() => {
  const canvas = document.querySelector('.rv-lines canvas'), ctx = canvas.getContext('2d');
  return ctx.getImageData(0, canvas.height - 36, canvas.width, 20).data.join();
}"""


@pytest.mark.browser
def test_axes_stay_while_a_slider_is_dragged_and_then_adapt(visit: Callable[..., Page]) -> None:
    page = visit("valley")
    box = slider(page, "condition number κ").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    # The knob of the slider lies at its present value.
    share = np.log(50) / np.log(1000)
    page.mouse.move(box["x"] + 8 + share * (box["width"] - 16), y)
    page.mouse.down()
    settle(page)
    before, value = page.evaluate(NUMBERS), slider(page, "condition number κ").get_attribute("aria-valuetext")
    page.mouse.move(box["x"] + box["width"] - 20, y, steps=4)
    settle(page)
    assert slider(page, "condition number κ").get_attribute("aria-valuetext") != value
    assert page.evaluate(NUMBERS) == before, "the horizon has grown fourfold, its axis stays"
    page.mouse.up()
    settle(page)
    assert page.evaluate(NUMBERS) != before


@pytest.mark.browser
def test_a_goal_is_said_and_told_when_it_is_reached_and_lost(visit: Callable[..., Page]) -> None:
    page = visit("valley")
    line = page.locator(".rv-goal")
    expect(line).to_have_text(re.compile("^Goal: .*120 steps\\.$"))
    assert [event for event in page.evaluate("heard") if event["name"] == "goal"] == []
    # At the square root rule for kappa = 100: the factor a step is 9/11.
    page.evaluate("location.hash = '#valley=kappa:100,h:3.306,alpha:0.669'")
    expect(line).to_have_text(re.compile("^✓ Reached: .*120 steps\\.$"))
    slider(page, "condition number κ").press("Home")
    expect(line).to_have_text(re.compile("^Goal: "))
    told = [(e["id"], e["reached"]) for e in page.evaluate("heard") if e["name"] == "goal"]
    assert told == [("valley", True), ("valley", False)]


# Drawing a curve.


def frame(page: Page) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the frame of the only view, on the page."""
    box = page.locator(".rv-lines canvas").bounding_box()
    assert box
    return box["x"] + 50, box["y"] + 8, box["x"] + box["width"] - 10, box["y"] + box["height"] - 38


@pytest.mark.browser
def test_a_curve_is_drawn_by_mouse_and_the_truth_over_it(visit: Callable[..., Page]) -> None:
    page = visit("steps")
    canvas = page.locator(".rv-lines canvas")
    box = canvas.bounding_box()
    assert box
    left, top, _, bottom = frame(page)
    page.mouse.move(left + 2, bottom - 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, top + 2, steps=3)
    page.mouse.up()
    settle(page)
    (told,) = [e for e in page.evaluate("heard") if e["name"] == "sketch"]
    assert told["done"] and not told["shown"] and told["truth"] is None, "nothing is given away"
    x, y = np.array(told["x"], float), np.array(told["y"], float)
    assert len(x) == 41 and x[0] == pytest.approx(1) and x[-1] == pytest.approx(100)
    # A straight line was drawn, whose ends lie near those of the frame; the rest is what lies between.
    np.testing.assert_allclose(y, y[0] + (y[-1] - y[0]) * (x - 1) / 99, atol=13)
    assert y[0] < 24 and y[-1] > 720
    page.get_by_role("button", name="Show the curve").click()
    settle(page)
    told = page.evaluate("heard.at(-1)")
    np.testing.assert_allclose(
        told["truth"][1:], 6 * np.log(10) / np.log((x[1:] + 1) / (x[1:] - 1)), rtol=1e-3
    )
    before = canvas.evaluate("node => node.toDataURL()")
    page.mouse.move(left + 50, top + 50)
    page.mouse.down()
    page.mouse.move(left + 90, top + 50)
    page.mouse.up()
    settle(page)
    assert canvas.evaluate("node => node.toDataURL()") == before, "what is shown is not drawn on"
    page.get_by_role("button", name="Draw again").click()
    settle(page)
    assert set(page.evaluate("heard.at(-1).y")) == {None} and page.evaluate("heard.at(-1).truth") is None


@pytest.mark.browser
def test_a_curve_is_drawn_by_keys(visit: Callable[..., Page]) -> None:
    page = visit("steps")
    pen = page.get_by_role("slider", name="your curve")
    assert "not drawn yet" in (pen.get_attribute("aria-valuetext") or "")
    for key in ("ArrowUp", "ArrowRight", "ArrowRight", "Shift+ArrowDown", "ArrowLeft"):
        pen.press(key)
    settle(page)
    y = page.evaluate("heard.at(-1).y")
    assert y[0] == y[1] > 400 > y[2] and set(y[3:]) == {None}
    assert "not drawn" not in (pen.get_attribute("aria-valuetext") or "")


@pytest.mark.browser
def test_a_curve_is_drawn_by_a_finger(visit: Callable[..., Page]) -> None:
    page = visit("steps", viewport={"width": 390, "height": 800}, has_touch=True)
    left, top, right, bottom = frame(page)
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", left + 1, bottom - 20)
    for k in range(1, 9):
        send("touchMove", left + k / 8 * (right - left), bottom - 20 - k * (bottom - top - 40) / 8)
    send("touchEnd")
    settle(page)
    told = [e for e in page.evaluate("heard") if e["name"] == "sketch"]
    assert len(told) == 1 and sum(y is not None for y in told[0]["y"]) > 25
    drawn = [y for y in told[0]["y"] if y is not None]
    assert drawn == sorted(drawn), "upwards, and the page did not scroll away under the finger"
