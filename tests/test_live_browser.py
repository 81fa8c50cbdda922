"""Live figures in a real browser, under a policy that allows neither inline scripts or styles nor eval."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from test_live import recorded_figure

from ravine.live import static
from ravine.live.figures import catalogue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

FIGURES = catalogue()
VALLEY = "ill_conditioning.valley"
RECORDED = "recorded"
POLICY = "default-src 'none'; script-src 'self' blob:; style-src 'self'; img-src 'self'; connect-src 'self'"
# As anywidget does it: the front end from a Blob, its model over a wire (here: `sent` and `receive`).
NOTEBOOK = """(async () => {
  const load = async (name) => (await fetch(name)).text();
  const url = URL.createObjectURL(new Blob([await load("figure.mjs")], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  const state = JSON.parse(await load("state.json")), listeners = {};
  window.sent = [];
  window.receive = (name, value) => {
    state[name] = value;
    for (const listener of listeners[`change:${name}`] ?? []) listener();
  };
  const model = { get: (name) => state[name], set: (name, value) => { state[name] = value; },
    save_changes: () => window.sent.push(state.values), off() {},
    on: (event, f) => (listeners[event] ??= []).push(f) };
  window.dispose = await widget.render({ model, el: document.querySelector("main") });
})();
"""
# One random state, reached as a reader reaches it: every control and every knob is moved.
SHAKE = """async (seed) => {
  let a = seed + 1;
  const random = () => (a = (a * 48271) % 2147483647) / 2147483647;
  const fire = (node, type) => node.dispatchEvent(new Event(type, { bubbles: true }));
  const root = document.querySelector(".ravine"), bad = [];
  for (let state = 0; state < 200; state++) {
    for (const input of root.querySelectorAll("input[type=range]")) {
      input.value = state % 10 ? Math.round(random() * input.max) : random() < 0.5 ? 0 : input.max;
      fire(input, "input");
    }
    for (const input of root.querySelectorAll("input[type=checkbox]")) if (random() < 0.5) input.click();
    for (const select of root.querySelectorAll("select")) {
      select.selectedIndex = Math.floor(random() * select.options.length);
      fire(select, "change");
    }
    for (const button of root.querySelectorAll("button")) if (button.textContent !== "Reset") button.click();
    for (const knob of root.querySelectorAll(".rv-handle")) {
      const canvas = knob.parentElement.querySelector("canvas"), box = canvas.getBoundingClientRect();
      canvas.dispatchEvent(new MouseEvent("click", { bubbles: true, clientX: box.x + random() * box.width,
        clientY: box.y + random() * box.height }));
    }
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done));
    const knobs = [...root.querySelectorAll(".rv-handle")].map((knob) => knob.ariaValueText);
    const text = root.textContent + knobs.join();
    if (/NaN|undefined|null|Infinity/.test(text)) bad.push(text);
  }
  return bad;
}"""
STEP = """async () => {
  const input = document.querySelector(".rv-slider input"), times = [];
  for (let k = 0; k < 40; k++) {
    input.value = (k * input.max) / 40;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done));
    times.push(Number(document.querySelector(".ravine").dataset.ms));
  }
  return times.sort((a, b) => a - b)[20];
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page a figure, made as the book's extension makes them, and one as a notebook would show it."""
    folder = tmp_path_factory.mktemp("live")
    (folder / "live").mkdir()
    explorers = {name: make() for name, make in FIGURES.items()} | {RECORDED: recorded_figure()}
    for name, explorer in explorers.items():
        body, files = static.extract(explorer.html(), "live/")
        write_page(folder / f"{name}.html", body, "live/host.js")
        for file, content in files.items():
            (folder / "live" / file).write_bytes(content)
    for file, text in static.assets().items():
        (folder / "live" / file).write_text(text, encoding="utf-8")
    explorer = explorers[VALLEY]
    write_page(folder / "notebook.html", "", "notebook.js")
    (folder / "notebook.js").write_text(NOTEBOOK, encoding="utf-8")
    (folder / "figure.mjs").write_text(static.bundle(), encoding="utf-8")
    (folder / "state.json").write_text(
        json.dumps({"spec": explorer.spec, "values": explorer.values}), encoding="utf-8"
    )
    return folder


def write_page(path: Path, body: str, script: str) -> None:
    text = f"""<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="{POLICY}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>A figure</title><link rel="icon" href="live/icon"><script defer src="{script}"></script>
        </head><body><main><h1>A figure</h1>{body}</main></body></html>"""
    path.write_text(text, encoding="utf-8")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """The pages bring their own policy; nothing else to say."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder's pages, for as long as they are asked for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """name -> the page of that figure, mounted; at the end, no error and no request to elsewhere."""
    troubles: list[str] = []
    pages: list[Page] = []

    def go(name: str, width: int = 1000, **options: Any) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        page.on("console", lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((address, "blob:")) else troubles.append(r.url))
        page.goto(f"{address}/{name}.html")
        if options.get("java_script_enabled", True):
            page.wait_for_selector(".ravine[data-ms]")
        return page

    yield go
    for page in pages:
        page.close()
    # The page has no icon: the one request that may fail.
    assert [t for t in troubles if "404" not in t] == []


def readout(page: Page) -> str:
    return page.locator(".rv-readout > :not(.rv-spoken)").all_inner_texts().__str__()


def settle(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))")


def knob(page: Page, label: str) -> Any:
    return page.get_by_role("slider", name=label, exact=True)


@pytest.mark.parametrize("name", [*FIGURES, RECORDED])
def test_no_state_breaks_a_figure(visit: Callable[..., Page], name: str) -> None:
    assert visit(name).evaluate(SHAKE, 7) == []


def test_a_slider_moved_by_key_changes_the_numbers(visit: Callable[..., Page]) -> None:
    page = visit(VALLEY)
    before, slider = readout(page), knob(page, "condition number κ")
    slider.press("ArrowRight")
    settle(page)
    assert readout(page) != before
    assert slider.get_attribute("aria-valuetext") == page.locator(".rv-slider b").inner_text()
    page.get_by_role("button", name="Reset").click()
    settle(page)
    assert readout(page) == before


@pytest.mark.parametrize("label", ["starting point", "learning rate and momentum"])
def test_a_knob_moves_by_mouse_finger_and_keys(visit: Callable[..., Page], label: str) -> None:
    page = visit(VALLEY, width=390, has_touch=True)
    point = knob(page, label)
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert min(box["width"], box["height"]) >= 24, "a target that a finger can hit"
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    seen = [point.get_attribute("aria-valuetext")]

    def changed() -> None:
        settle(page)
        seen.append(point.get_attribute("aria-valuetext"))
        assert seen[-1] not in seen[:-1], seen

    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 30, steps=4)
    changed()
    page.mouse.up()
    page.mouse.move(x + 90, y)
    settle(page)
    assert point.get_attribute("aria-valuetext") == seen[-1], "let go, it stays"
    page.touchscreen.tap(x + 60, y + 50)
    changed()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft"):
        point.press(key)
        changed()


def test_divergence_is_named(visit: Callable[..., Page]) -> None:
    page = visit(VALLEY)
    box = page.locator(".rv-plane canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + 0.7 * box["height"])
    settle(page)
    assert "With momentum, the run diverges." in readout(page)
    expect(page.locator(".rv-readout [aria-live=polite]")).to_contain_text("diverges")


def test_pointing_at_a_step_marks_it_in_every_view(visit: Callable[..., Page]) -> None:
    page = visit(VALLEY)
    image = "() => document.querySelector('.rv-field canvas').toDataURL()"
    before, text = page.evaluate(image), readout(page)
    page.locator(".rv-lines canvas").hover(position={"x": 80, "y": 60})
    settle(page)
    assert page.evaluate(image) != before
    assert readout(page) == text
    page.mouse.move(0, 0)
    settle(page)
    assert page.evaluate(image) == before


def test_scrubbing_moves_the_mark_though_a_pointer_rests_on_a_view(visit: Callable[..., Page]) -> None:
    """As after a drag of the knob: the pointer is still there, and the keys turn the steps."""
    page = visit(VALLEY)
    image = "() => document.querySelector('.rv-lines canvas').toDataURL()"
    page.locator(".rv-lines canvas").hover(position={"x": 80, "y": 60})
    settle(page)
    seen, scrubber = [page.evaluate(image)], page.get_by_role("slider", name="step", exact=True)
    for key in ("End", "Home", "PageUp"):
        scrubber.press(key)
        settle(page)
        seen.append(page.evaluate(image))
        assert page.evaluate(image) not in seen[:-1], key
    page.locator(".rv-lines canvas").hover(position={"x": 81, "y": 60})
    settle(page)
    assert page.evaluate(image) != seen[-1], "moved again, the pointer points again"


def test_dark_pages_have_dark_figures(visit: Callable[..., Page]) -> None:
    page = visit(VALLEY)
    ground = "() => getComputedStyle(document.querySelector('.ravine')).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    settle(page)
    assert page.evaluate(ground) == "rgb(20, 24, 30)"
    page.evaluate(
        "delete document.documentElement.dataset.theme; document.body.dataset.jpThemeLight = 'true'"
    )
    settle(page)
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_paper_and_readers_without_javascript_get_the_picture(visit: Callable[..., Page]) -> None:
    page = visit(VALLEY)
    picture = page.locator(".ravine-static")
    assert not picture.is_visible()
    page.emulate_media(media="print")
    assert picture.is_visible() and not page.locator(".ravine").is_visible()
    page = visit(VALLEY, java_script_enabled=False)
    assert page.locator(".ravine-static").is_visible() and page.locator(".ravine-static").get_attribute("alt")


@pytest.mark.parametrize("name", [*FIGURES, RECORDED])
def test_a_figure_is_accessible_and_fits_a_phone(visit: Callable[..., Page], name: str) -> None:
    page = visit(name, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        settle(page)
        result = Axe().run(page, context=".ravine-live")
        assert result.response["violations"] == [], result.generate_report()
    page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
    targets = page.locator(".ravine :is(input, select, button, summary, .rv-handle)").all()
    shown = [target for target in targets if target.is_visible()]
    assert shown
    for target in shown:
        box = target.locator("xpath=ancestor-or-self::label").bounding_box() if target.locator(
            "xpath=ancestor-or-self::label").count() else target.bounding_box()  # fmt: skip
        assert min(box["width"], box["height"]) >= 24


@pytest.mark.parametrize("name", [VALLEY, "zoo.surface"])
def test_a_slider_step_is_quick(visit: Callable[..., Page], name: str) -> None:
    milliseconds = visit(name).evaluate(STEP)
    print(f"{name}: {milliseconds:.1f} ms of compute and drawing a slider step")
    assert milliseconds < 200  # a loaded machine; benchmarks say what an idle one takes


def test_a_copy_from_disk_is_alive(browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    # Policies speak of servers; a file has none.
    copy = folder / "disk.html"
    copy.write_text(
        re.sub(r"<meta http-equiv[^>]*>", "", (folder / f"{VALLEY}.html").read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    page.goto(copy.as_uri())
    page.wait_for_selector(".ravine[data-ms]")
    page.close()


def test_a_notebook_sends_and_receives_values(visit: Callable[..., Page]) -> None:
    page = visit("notebook")
    knob(page, "condition number κ").press("ArrowRight")
    settle(page)
    kappa = page.evaluate("sent.at(-1).kappa")
    assert kappa > 50
    page.evaluate("receive('values', { ...sent.at(-1), kappa: 1, h: 3.9, alpha: 0 })")
    settle(page)
    assert page.locator(".rv-slider b").inner_text() == "1"
    assert "Without momentum, the run diverges." in readout(page)
    page.evaluate("dispose()")
