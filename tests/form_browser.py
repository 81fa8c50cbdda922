"""What is wrong with the form of a page as a browser lays it out: checks that list a page's faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Window sizes, each with the lowest place at which the first live figure may begin.
DESK, PHONE = (1280, 900, 700), (390, 844, 900)
# The first live figure: where it begins, what can be dragged, which controls are in sight, its title.
# What plays, resets or chooses a preset moves the figure as a whole, and is no control.
OPENING = """() => {
    const figure = document.querySelector(':is(.bd-article, main) .ravine-live');
    if (!figure) return null;
    const folded = 'details:not([open]) > :not(summary)';
    const seen = (nodes) => [...figure.querySelectorAll(nodes)]
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(folded));
    const box = (e) => { const b = e.getBoundingClientRect();
        return { top: b.top + scrollY, bottom: b.bottom + scrollY, left: b.left, right: b.right }; };
    const buttons = seen('.rv-buttons button:not(.rv-preset)').filter((e) => e.textContent !== 'Reset');
    const controls = [...seen('.rv-handle, .rv-slider, .rv-toggle, .rv-select'), ...buttons];
    return { top: box(figure).top, drags: seen('.rv-handle, .rv-slider input').map(box),
        controls: controls.map((e) => e.ariaLabel || e.textContent.trim()),
        title: (seen('.rv-question, .rv-title').map((e) => e.textContent.trim()).filter(Boolean)[0] ?? '') };
}"""
SAID = """() => [...document.querySelector('.ravine-live').querySelectorAll('.rv-readout > p')]
    .map((p) => p.textContent)"""
SETTLED = "async () => { for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame); }"
# Keys that bring a handle to the sides of its view.
FAR = [
    f"Shift+Arrow{way}"
    for way, n in (("Right", 12), ("Left", 24), ("Up", 12), ("Down", 24))
    for _ in range(n)
]
# What a reader would see stick out of its box: the nearest frame around it, or the column of text.
# Boxes that scroll by themselves hold what is wide; test_pages.py asks each for its cue.
STICKING_OUT = """() => {
    const column = document.querySelector('.bd-article') ?? document.querySelector('main'), found = new Set();
    const frames = '.ravine, .ravine-bet, .admonition, details, td, th, .bd-article, main';
    const apart = 'aside, .margin, svg *, .rv-spoken, .visually-hidden, mjx-assistive-mml, .headerlink';
    const texts = 'p, li, td, th, pre, h1, h2, h3, h4, button, summary, label, figcaption, select, '
        + '.rv-title, .rv-legend, .rv-readout';
    const css = (e) => getComputedStyle(e).overflowX;
    const name = (e) => `${e.tagName.toLowerCase()}.${e.className}`;
    for (const e of column.querySelectorAll('*')) {
        if (!e.checkVisibility({ visibilityProperty: true }) || e.closest(apart)) continue;
        const box = e.getBoundingClientRect(), frame = e.parentElement.closest(frames);
        if (box.width <= 1 || box.height <= 1 || !frame) continue;
        let held = false, cut = false;
        for (let p = e.parentElement; p && p !== frame.parentElement; p = p.parentElement) {
            held ||= ['auto', 'scroll'].includes(css(p));
            cut ||= ['hidden', 'clip'].includes(css(p));
        }
        const room = frame.getBoundingClientRect();
        if (!held && !cut && (box.right > room.right + 1 || box.left < room.left - 1))
            found.add(`${name(e)} sticks out of ${name(frame)}`);
        held ||= ['auto', 'scroll'].includes(css(e));
        if (e.matches(texts) && !held && e.clientWidth && e.scrollWidth > e.clientWidth + 2)
            found.add(`${name(e)} holds more than it shows: ${e.textContent.trim().slice(0, 40)}`);
    }
    return [...found].slice(0, 12);
}"""
UNFOLD = """() => {
    for (const e of document.querySelectorAll('article details')) e.open = true;
    for (const e of document.querySelectorAll('.toggle-hidden .toggle-button')) e.click();
}"""
SCROLLING = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def size(page: Page, window: tuple[int, int, int]) -> None:
    page.set_viewport_size({"width": window[0], "height": window[1]})
    page.evaluate(SETTLED)


def faults_of_place(page: Page, window: tuple[int, int, int]) -> list[str]:
    """The live figure begins too far down, or what can be dragged is not in the first screen."""
    size(page, window)
    width, height, highest = window
    seen: dict[str, Any] | None = page.evaluate(OPENING)
    if seen is None:
        return ["no live figure"]
    faults = []
    if seen["top"] > highest:
        faults.append(
            f"at {width} x {height} the figure begins at {seen['top']:.0f} px; want {highest} or less"
        )
    inside = [d for d in seen["drags"] if d["bottom"] <= height and d["left"] >= 0 and d["right"] <= width]
    if not inside:
        lowest = min((d["bottom"] for d in seen["drags"]), default=None)
        faults.append(f"at {width} x {height} nothing to drag is in sight; the first ends at {lowest} px")
    return faults


def faults_of_controls(page: Page, most: int = 2) -> list[str]:
    """Too many controls in sight, or none."""
    seen = page.evaluate(OPENING)
    if seen is None:
        return ["no live figure"]
    controls = seen["controls"]
    return [] if 1 <= len(controls) <= most else [f"controls in sight {controls}; want 1 to {most}"]


def faults_of_title(page: Page) -> list[str]:
    """A figure whose title asks nothing."""
    seen = page.evaluate(OPENING)
    if seen is None:
        return ["no live figure"]
    asks = seen["title"].endswith("?")
    return [] if asks else [f"the figure is called {seen['title']!r}; want a question"]


def faults_of_answer(page: Page) -> list[str]:
    """No sentence under the figure, or one that stays the same whatever is dragged where."""
    if page.evaluate(OPENING) is None:
        return ["no live figure"]
    figure = page.locator(".ravine-live").first
    said = {tuple(page.evaluate(SAID))}
    if not any(text.strip() for text in next(iter(said))):
        return ["no sentence under the figure answers"]
    for thing in figure.locator(".rv-handle:visible, .rv-slider input:visible").all():
        for key in ("Home", "End", *FAR):
            thing.press(key)
            page.evaluate(SETTLED)
            said.add(tuple(page.evaluate(SAID)))
            if len(said) > 1:
                return []
    return ["the sentence under the figure stays the same wherever a thing is dragged"]


def faults_of_width(page: Page, window: tuple[int, int, int]) -> list[str]:
    """What sticks out sideways, folds opened too."""
    size(page, window)
    faults = []
    for fold in (False, True):
        if fold:
            page.evaluate(UNFOLD)
            page.evaluate(SETTLED)
        folded = "folds open" if fold else "folds closed"
        if (beyond := page.evaluate(SCROLLING)) > 0:
            faults.append(f"at {window[0]} px, {folded}, the page scrolls {beyond} px sideways")
        faults += [f"at {window[0]} px, {folded}: {fault}" for fault in page.evaluate(STICKING_OUT)]
    return list(dict.fromkeys(faults))


def faults_of_folds(page: Page) -> list[str]:
    """Figures without a fold "How this was computed" that opens; the page may have no scripts."""
    faults = []
    figures = page.locator("article div.cell:has(.cell_output img):not(:has(.ravine-live))")
    if not figures.count():
        return ["no static figure"]
    for k in range(figures.count()):
        fold = figures.nth(k).locator("xpath=following-sibling::*[1][self::details]")
        name = f"figure {k + 1}"
        if not fold.count() or "How this was computed" not in fold.locator("summary").inner_text():
            faults.append(f"{name}: no fold 'How this was computed' under it")
            continue
        code = fold.locator("pre").first
        if code.is_visible():
            faults.append(f"{name}: its fold is open at first")
            continue
        fold.locator("summary").click()
        if not code.is_visible() or not code.inner_text().strip():
            faults.append(f"{name}: its fold shows no code")
    return faults
