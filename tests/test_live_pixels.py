"""Known pictures in a real browser, read pixel by pixel: what is drawn stands where its formula says.

Each figure here is made for the purpose: a tilted plane, a bowl, a straight line, a point. Where a pixel must
lie is worked out from the axes alone, never from the front end's own scales.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sympy as sp
from test_live_browser import served, settle, write_page

from ravine import live, plotting
from ravine.live import static
from ravine.live.explorer import Explorer
from ravine.live.figures import catalogue
from ravine.objective import Objective

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

THEMES = ("light", "dark")
BOX = 2.0
N_CONTOURS = 5
# How far a line may lie from where it belongs, pixels of the page.
CLOSE = 1.5
X, Y = live.symbols("x y")
X1, X2 = sp.symbols("x1 x2", real=True)

# The canvas of a view as rows of (red, green, blue), without its axis text: the frame alone.
READ = """(canvas) => {
  const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let text = "";
  for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
  return { width, height, data: btoa(text) };
}"""


class Picture:
    """The pixels of a view, and where its frame lies: found by its border, not asked of the front end."""

    def __init__(self, page: Page, kind: str, low: tuple[float, float], high: tuple[float, float]) -> None:
        import base64

        found = page.locator(f".rv-{kind} canvas").first.evaluate(READ)
        raw = np.frombuffer(base64.b64decode(found["data"]), dtype=np.uint8)
        rgba = raw.reshape(found["height"], found["width"], 4).astype(float)
        ground = np.array(
            _rgb(page.evaluate("getComputedStyle(document.querySelector('.ravine')).backgroundColor"))
        )
        self.ground = ground
        self.rgb = rgba[..., :3] * rgba[..., 3:] / 255 + ground * (1 - rgba[..., 3:] / 255)
        self.low, self.high = np.array(low), np.array(high)
        # The page's margins, as its look defines them: 8 above, 10 to the right, 38 below for the axis.
        self.top, self.bottom = 8.0, found["height"] - 38.0
        self.right = found["width"] - 10.0
        self.left = self._left_border()

    def _left_border(self) -> float:
        """The leftmost column that differs from the ground over nearly the whole height of the frame."""
        rows = self.rgb[int(self.top) + 3 : int(self.bottom) - 3]
        drawn = (np.abs(rows - self.ground).max(-1) > 8).mean(0)
        columns = np.flatnonzero(drawn > 0.97)
        return float(columns[0] + 1) if len(columns) else 50.0

    def at(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Pixel coordinates of a point of the plane."""
        s, t = (
            (np.asarray(v, float) - a) / (b - a) for v, a, b in zip((x, y), self.low, self.high, strict=True)
        )
        return self.left + s * (self.right - self.left), self.bottom - t * (self.bottom - self.top)

    def point(self, px: Any, py: Any) -> tuple[Any, Any]:
        """The point of the plane at the middle of a pixel."""
        s, t = (
            (np.asarray(px) + 0.5 - self.left) / (self.right - self.left),
            (self.bottom - np.asarray(py) - 0.5) / (self.bottom - self.top),
        )
        return self.low[0] + s * (self.high[0] - self.low[0]), self.low[1] + t * (self.high[1] - self.low[1])

    def near(self, colour: tuple[int, ...], within: float = 40) -> tuple[Any, Any]:
        """(px, py) of the middles of all pixels in the frame of about this colour."""
        inside = self.rgb[int(self.top) + 2 : int(self.bottom) - 2, int(self.left) + 2 : int(self.right) - 2]
        rows, columns = np.nonzero(np.abs(inside - np.array(colour)).max(-1) <= within)
        return columns + int(self.left) + 2 + 0.5, rows + int(self.top) + 2 + 0.5

    def colour(self, x: float, y: float) -> Any:
        """The colour at a point."""
        px, py = self.at(x, y)
        return self.rgb[int(py), int(px)]


def _rgb(css: str) -> list[float]:
    return [float(x) for x in css[css.index("(") + 1 : -1].split(",")[:3]]


def shade(page: Page, name: str) -> tuple[int, ...]:
    """A colour of the palette as this page's theme has it."""
    code = page.evaluate(f"document.querySelector('.ravine').style.getPropertyValue('--rv-{name}')").strip()
    return tuple(int(code[i : i + 2], 16) for i in (1, 3, 5))


def relief(name: str, expr: sp.Expr, log: bool | str) -> Explorer:
    objective = Objective(name, expr, (X1, X2), "made for the test", domain=((-BOX, BOX), (-BOX, BOX)))
    run = live.Run("run", "gradient_descent", {"learning_rate": 1e-3})
    axes = live.Axis("x", -BOX, BOX), live.Axis("y", -BOX, BOX)
    field = live.Field("a surface", *axes, log=log, contours=N_CONTOURS)
    return Explorer(
        live.Formula(objective, [run], (X, Y), n_steps=1),
        controls=[live.Slider("x", "x", -1, 1, 0), live.Slider("y", "y", -1, 1, 0)],
        views=[field], label="A surface whose contours are known.",
    )  # fmt: skip


# Bars are drawn first, so that nothing lies over what is to be read.
STYLES = {"bars": "purple", "line": "blue", "dashed": "orange", "points": "green"}


def lines() -> Explorer:
    """A rising line in each style, three apart, each with a box; two marks across, and a spot."""
    t = live.symbols("t x")[0]
    curve = live.Curve(t, 0, 10, {f"{style}_y": t / 2 + 3 * k for k, style in enumerate(STYLES)}, n=21)
    series = [live.Series("t", f"{style}_y", style, colour, style, show=style)
              for style, colour in STYLES.items()]  # fmt: skip
    marks = [live.Mark("across", y=17, colour="amber"), live.Mark("down", x=9, colour="amber"),
             live.Mark("spot", 2, 15.5, colour="black")]  # fmt: skip
    return Explorer(
        curve, controls=[live.Toggle(style, style, True) for style in STYLES],
        views=[live.Lines("lines", live.Axis("t", 0, 10), live.Axis("y", 0, 18), series, marks, shape=0.8)],
        label="Four lines, one a style.",
    )  # fmt: skip


def places(values: Any) -> dict[str, Any]:
    ramp = np.linspace(0, 1, 11)
    return {"grid": np.outer(ramp, np.ones(11)), "px": np.array([-1.0, 1.0]), "py": np.array([1.5, -0.5]),
            "line_x": np.array([-1.5, 1.5]), "line_y": np.array([-1.5, 0.0]),
            "ends_x": np.array([-1.5, -0.5, 0.5, 1.5]), "ends_y": np.array([0.5, 0.5, 1.0, 1.0])}  # fmt: skip


def cloud() -> Explorer:
    axes = live.Axis("x", -BOX, BOX), live.Axis("y", -BOX, BOX)
    field = live.Field(
        "a line and two points", *axes, surface=None,
        paths=[live.Path("line_x", "line_y", "line", "orange", style="solid")],
        points=[live.Points("px", "py", "points", "blue", radius=5),
                live.Points("ends_x", "ends_y", "pieces", "green", 1.5, "segments")],
    )  # fmt: skip
    return Explorer(live.Python(places), controls=[live.Slider("a", "a", 0, 1, 0, choices=[0, 1])],
                    views=[field], label="A line and two points.")  # fmt: skip


def grid() -> Explorer:
    axes = live.Axis("x", 0, 1), live.Axis("y", 0, 1)
    field = live.Field("rows that rise", *axes, surface="grid", log="value", contours=N_CONTOURS)
    return Explorer(live.Python(places), controls=[live.Slider("a", "a", 0, 1, 0, choices=[0, 1])],
                    views=[field], label="An array whose rows rise.")  # fmt: skip


def plane() -> Explorer:
    u, v, t = live.symbols("u v t")
    cases = [("left", u < 0), ("upper", v > 1), ("lower", True)]
    control = live.Plane(
        "two values", live.Axis("u", -BOX, BOX), live.Axis("v", -BOX, BOX),
        live.Handle("u", "v", (1.8, -1.8)),
        live.Regions("region", cases, ["green", "sky", "orange"]), [live.Mark("star", -1.0, -1.0, "black")],
    )  # fmt: skip
    line = live.Lines("y", live.Axis("t"), live.Axis("y"), [live.Series("t", "y")])
    return Explorer(live.Curve(t, 0, 1, {"y": u * t + v}, n=3), controls=[], views=[line, control],
                    label="Regions of a plane.")  # fmt: skip


MADE: dict[str, Callable[[], Explorer]] = {
    "slope": lambda: relief("slope", X1 + 2 * X2, log=False),
    "bowl": lambda: relief("bowl", X1**2 + X2**2, log=False),
    "deep_bowl": lambda: relief("deep_bowl", X1**2 + X2**2, log=True),
    "lines": lines,
    "cloud": cloud,
    "grid": grid,
    "plane": plane,
    "surrogate_losses.beyond_zero": catalogue()["surrogate_losses.beyond_zero"],
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("pixels")
    (folder / "live").mkdir()
    for name, make in MADE.items():
        body, files = static.extract(make().html(), "live/")
        write_page(folder / f"{name}.html", body, "live/host.js")
        for file, content in files.items():
            (folder / "live" / file).write_bytes(content)
    for file, text in static.assets().items():
        (folder / "live" / file).write_text(text, encoding="utf-8")
    with served(folder) as url:
        yield url


@pytest.fixture
def show(browser: Browser, address: str) -> Iterator[Callable[[str, str], Page]]:
    pages = []

    def go(name: str, theme: str) -> Page:
        page = browser.new_page(viewport={"width": 800, "height": 900})
        pages.append(page)
        page.goto(f"{address}/{name}.html")
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        page.wait_for_selector(".ravine[data-ms]")
        settle(page)
        return page

    yield go
    for page in pages:
        page.close()


HEIGHTS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any], Any]]] = {
    # The height, and what is evenly spaced from one contour to the next.
    "slope": (lambda x, y: x + 2 * y, lambda z: z),
    "bowl": (lambda x, y: x**2 + y**2, lambda z: z),
    "deep_bowl": (lambda x, y: x**2 + y**2, np.log),
}


def contour_levels(name: str) -> Any:
    """Heights of the contour lines: evenly from the lowest to the highest, both left out."""
    if name != "deep_bowl":
        low, high = (-6.0, 6.0) if name == "slope" else (0.0, 8.0)
        return low + (high - low) * np.arange(1, N_CONTOURS) / N_CONTOURS
    # Of logarithms, measured from a ten-thousandth of the range below the lowest sample.
    least, most = np.log(8e-4), np.log(8 + 8e-4)
    return np.exp(least + (most - least) * np.arange(1, N_CONTOURS) / N_CONTOURS) - 8e-4


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", HEIGHTS)
def test_contours_lie_at_their_heights(show: Callable[[str, str], Page], name: str, theme: str) -> None:
    picture = Picture(show(name, theme), "field", (-BOX, -BOX), (BOX, BOX))
    height, _ = HEIGHTS[name]
    # Across the frame along a ray: a contour is where the colour jumps and jumps back.
    n = 3000
    start, end = (np.array([-1.9, -1.9]), np.array([1.9, 1.9])) if name == "slope" else (
        np.array([0.25, 0.2]), np.array([1.9, 1.5]))  # fmt: skip
    s = np.linspace(0, 1, n)
    ray = start + s[:, None] * (end - start)
    px, py = picture.at(ray[:, 0], ray[:, 1])
    brightness = picture.rgb[py.astype(int), px.astype(int)].sum(-1)
    length = float(np.hypot(px[-1] - px[0], py[-1] - py[0]))
    wide = max(3, int(12 * n / length))
    smooth = np.array([np.median(brightness[max(0, i - wide) : i + wide]) for i in range(n)])
    away = np.abs(brightness - smooth)
    levels = contour_levels(name)
    on_ray = height(ray[:, 0], ray[:, 1])
    expected = [int(np.abs(on_ray - z).argmin()) for z in levels if on_ray.min() < z < on_ray.max()]
    assert len(expected) >= 2
    marked = np.flatnonzero(away > 0.4 * np.sort(away)[-30])
    for i in expected:
        assert np.abs(marked - i).min() * length / n <= CLOSE, f"no contour at height {on_ray[i]:.3g}"
    for i in marked:
        assert min(abs(i - k) for k in expected) * length / n <= CLOSE + 1, f"a contour at {on_ray[i]:.3g}"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["slope", "bowl", "grid"])
def test_colours_rise_with_the_surface(show: Callable[[str, str], Page], name: str, theme: str) -> None:
    low, high = ((0.0, 0.0), (1.0, 1.0)) if name == "grid" else ((-BOX, -BOX), (BOX, BOX))
    picture = Picture(show(name, theme), "field", low, high)
    height = HEIGHTS[name][0] if name in HEIGHTS else lambda x, y: y
    rng = np.random.default_rng(0)
    points = rng.uniform(np.array(low) + 0.05 * (high[0] - low[0]), np.array(high) * 0.95, (400, 2))
    points = points[np.hypot(points[:, 0], points[:, 1]) > 0.3]  # the knob of no figure, but a path's end
    green = [picture.colour(*p)[1] for p in points]
    z = height(points[:, 0], points[:, 1])
    ranks = [np.argsort(np.argsort(v)) for v in (green, z)]
    assert np.corrcoef(*ranks)[0, 1] > 0.97


@pytest.mark.parametrize("theme", THEMES)
def test_lines_pass_through_their_points(show: Callable[[str, str], Page], theme: str) -> None:
    page = show("lines", theme)
    picture = Picture(page, "lines", (0, 0), (10, 18))
    for k, style in enumerate(("line", "dashed", "points"), 1):
        px, py = picture.near(shade(page, STYLES[style]), 30)
        x, y = picture.at(np.linspace(0, 10, 21), np.linspace(0, 5, 21) + 3 * k)
        want = np.interp(px, x, y)
        reach = 5.0 if style == "points" else CLOSE + 1.0
        assert len(px) > 100, f"{style} is not there"
        assert np.abs(py - want).max() <= reach, style
        assert abs(np.mean(py - want)) <= 0.7, style
        # From end to end, and nowhere hidden.
        seen = np.histogram(px, bins=20, range=(x[0], x[-1]))[0]
        assert (seen[1:-1] > 0).all(), style
    bars, base = picture.near(tuple(mixed(shade(page, "purple"), picture.ground, 0.45)), 6)
    assert len(bars) > 1000, "bars stand up from 0"
    tops = [base[np.abs(bars - picture.at(x, 0)[0]) < 3].min() for x in (1.0, 3.0, 7.0)]
    np.testing.assert_allclose(tops, [picture.at(0, x / 2)[1] for x in (1.0, 3.0, 7.0)], atol=CLOSE + 1)


def mixed(colour: Any, ground: Any, alpha: float) -> Any:
    return alpha * np.array(colour) + (1 - alpha) * np.array(ground)


@pytest.mark.parametrize("theme", THEMES)
def test_marks_stand_where_they_are_put(show: Callable[[str, str], Page], theme: str) -> None:
    page = show("lines", theme)
    picture = Picture(page, "lines", (0, 0), (10, 18))
    for name, want in (("amber", 1), ("amber", 0)):
        found = picture.near(shade(page, name), 120)[want]  # a thin line between two pixels is pale
        at = picture.at(9, 17)[want]
        values, counts = np.unique(found, return_counts=True)
        assert counts.max() > 60 and abs(values[counts.argmax()] - at) <= CLOSE, name
    px, py = picture.near(shade(page, "black"), 30)
    x, y = picture.at(2, 15.5)
    close = np.hypot(px - x, py - y) < 8
    assert close.sum() > 30 and abs(px[close].mean() - x) <= 1 and abs(py[close].mean() - y) <= 1


@pytest.mark.parametrize("theme", THEMES)
def test_paths_and_points_stand_where_they_are_put(show: Callable[[str, str], Page], theme: str) -> None:
    page = show("cloud", theme)
    picture = Picture(page, "field", (-BOX, -BOX), (BOX, BOX))
    px, py = picture.near(shade(page, "blue"))
    for x, y in zip(*(places({})[name] for name in ("px", "py")), strict=True):
        at = picture.at(x, y)
        close = np.hypot(px - at[0], py - at[1]) < 12
        assert close.sum() > 40, "a point is not there"
        assert np.hypot(px[close].mean() - at[0], py[close].mean() - at[1]) <= 1
    px, py = picture.near(shade(page, "orange"))
    x, y = picture.at(places({})["line_x"], places({})["line_y"])
    middle = (px > x[0] + 12) & (px < x[1] - 12)
    assert middle.sum() > 100
    assert np.abs(py[middle] - np.interp(px[middle], x, y)).max() <= CLOSE + 1
    # Pieces of a line join the first point to the second, the third to the fourth, and nothing between.
    px, py = picture.near(shade(page, "green"))
    x, y = picture.at(places({})["ends_x"], places({})["ends_y"])
    for k in (0, 2):
        on = np.abs(py - y[k]) <= CLOSE + 1
        assert on.sum() > 60 and px[on].min() == pytest.approx(x[k], abs=3)
        assert px[on].max() == pytest.approx(x[k + 1], abs=3)
    assert (np.minimum(np.abs(py - y[0]), np.abs(py - y[2])) <= CLOSE + 1).all()


@pytest.mark.parametrize("theme", THEMES)
def test_regions_fill_their_side_of_the_plane(show: Callable[[str, str], Page], theme: str) -> None:
    page = show("plane", theme)
    picture = Picture(page, "plane", (-BOX, -BOX), (BOX, BOX))
    want = {(-1.5, 1.6): "green", (-0.1, -1.7): "green", (0.1, 1.8): "sky", (1.8, 1.1): "sky",
            (1.8, 0.9): "orange",
            (0.1, -1.7): "orange"}  # fmt: skip
    for (x, y), name in want.items():
        shares = mixed(shade(page, name), picture.ground, 0.16 + 0.5 * 16 / 32)
        np.testing.assert_allclose(picture.colour(x, y), shares, atol=12, err_msg=f"{x}, {y}")
    px, py = picture.near(shade(page, "black"), 30)
    at = picture.at(-1, -1)
    close = np.hypot(px - at[0], py - at[1]) < 8
    assert close.sum() > 20 and np.hypot(px[close].mean() - at[0], py[close].mean() - at[1]) <= 1.5


def count(page: Page, kind: str, name: str) -> int:
    settle(page)
    return len(Picture(page, kind, (0, 0), (1, 1)).near(shade(page, name), 30)[0])


@pytest.mark.parametrize("theme", THEMES)
def test_a_box_takes_its_series_away_and_brings_it_back(show: Callable[[str, str], Page], theme: str) -> None:
    page = show("lines", theme)
    for style, colour in STYLES.items():
        box, name = page.get_by_role("checkbox", name=style), colour
        pale = style == "bars"

        def seen(name: str = name, pale: bool = pale) -> int:
            settle(page)
            picture = Picture(page, "lines", (0, 0), (10, 18))
            tone = mixed(shade(page, name), picture.ground, 0.45 if pale else 1)
            return len(picture.near(tuple(tone), 25 - 13 * pale)[0])

        before = seen()
        box.click()
        without = seen()
        box.click()
        assert before > 60 and without == 0 and seen() == before, style


@pytest.mark.parametrize("theme", THEMES)
def test_the_perceptron_comes_and_goes(show: Callable[[str, str], Page], theme: str) -> None:
    page = show("surrogate_losses.beyond_zero", theme)
    box = page.get_by_role("checkbox")
    before = count(page, "lines", "green")
    box.click()
    without = count(page, "lines", "green")
    box.click()
    assert before > 100 and without == 0 and count(page, "lines", "green") == before


def test_the_palette_here_is_that_of_the_course() -> None:
    assert set(STYLES.values()) <= plotting.COLOURS.keys()


# Two paths over each other, and minima.


def twins(values: Any) -> dict[str, Any]:
    x = np.array([-1.5, 1.5])
    return {"x": x, "y": x / 3, "t": np.array([-1.0, 0.5])}


def overlaid() -> Explorer:
    """The same line twice."""
    axes = live.Axis("x", -BOX, BOX), live.Axis("y", -BOX, BOX)
    paths = [live.Path("x", "y", "first", "orange", style="solid"),
             live.Path("x", "y", "second", "blue", style="solid")]  # fmt: skip
    field = live.Field("one line twice", *axes, surface=None, paths=paths)
    return Explorer(live.Python(twins), controls=[live.Slider("a", "a", 0, 1, 0, choices=[0, 1])],
                    views=[field], label="One line twice.")  # fmt: skip


def wells() -> Explorer:
    objective = Objective("two-wells", (X1**2 - 1) ** 2 + (X2 - sp.Rational(1, 2)) ** 2, (X1, X2),
                          "made for the test", domain=((-BOX, BOX), (-BOX, BOX)))  # fmt: skip
    run = live.Run("run", "gradient_descent", {"learning_rate": 1e-3})
    axes = live.Axis("x", -BOX, BOX), live.Axis("y", -BOX, BOX)
    field = live.Field("two wells", *axes, log=False, contours=2, minima="well", scale="height",
                       marks=[live.Mark("here", 0, -1, "purple")])  # fmt: skip
    return Explorer(
        live.Formula(objective, [run], (X, Y), n_steps=1),
        controls=[live.Slider("x", "x", -1, 1, 0), live.Slider("y", "y", -1, 1, 0)],
        views=[field], label="Two wells whose bottoms are known.",
    )  # fmt: skip


MADE |= {"overlaid": overlaid, "two_wells": wells}


@pytest.mark.parametrize("theme", THEMES)
def test_of_two_paths_over_each_other_both_are_seen(show: Callable[[str, str], Page], theme: str) -> None:
    """The second in the middle, the first at both sides of it."""
    page = show("overlaid", theme)
    picture = Picture(page, "field", (-BOX, -BOX), (BOX, BOX))
    for x in (-0.9, 0.1, 0.8):
        px, py = (int(v) for v in picture.at(x, x / 3))
        column = picture.rgb[py - 8 : py + 9, px]
        near = {name: np.flatnonzero(np.abs(column - np.array(shade(page, name))).max(-1) < 60)
                for name in ("orange", "blue")}  # fmt: skip
        assert len(near["blue"]) >= 1
        assert near["orange"].min() < near["blue"].min() and near["orange"].max() > near["blue"].max()


@pytest.mark.parametrize("theme", THEMES)
def test_crosses_stand_at_the_minima_and_a_star_at_its_mark(
    show: Callable[[str, str], Page], theme: str
) -> None:
    page = show("two_wells", theme)
    picture = Picture(page, "field", (-BOX, -BOX), (BOX, BOX))
    px, py = picture.near(shade(page, "ink"), 25)
    for x in (-1, 1):
        at = picture.at(x, 0.5)
        close = np.hypot(px - at[0], py - at[1]) < 8
        assert close.sum() >= 12, "no cross"
        assert np.hypot(px[close].mean() - at[0], py[close].mean() - at[1]) <= 1.5
    px, py = picture.near(shade(page, "purple"), 30)
    at = picture.at(0, -1)
    close = np.hypot(px - at[0], py - at[1]) < 7
    assert close.sum() > 30 and np.hypot(px[close].mean() - at[0], py[close].mean() - at[1]) <= 1.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_scale_has_the_colours_of_the_map(show: Callable[[str, str], Page], theme: str) -> None:
    """At known heights of the map, and at their place on the bar, which is linear here: 0 to 15.25."""
    page = show("two_wells", theme)
    picture = Picture(page, "field", (-BOX, -BOX), (BOX, BOX))
    found = page.locator(".rv-scale").evaluate(
        "c => ({ w: c.width, row: [...c.getContext('2d').getImageData(0, 6, c.width, 1).data] })"
    )
    row = np.array(found["row"], float).reshape(-1, 4)[:, :3]
    for x, y in ((0.3, 0.5), (1.5, -0.4), (-1.8, -1.5)):
        share = ((x**2 - 1) ** 2 + (y - 0.5) ** 2) / (9 + 6.25)
        at = picture.left + share * (found["w"] - 10 - picture.left)
        np.testing.assert_allclose(row[int(at)], picture.colour(x, y), atol=10, err_msg=f"{x}, {y}")
