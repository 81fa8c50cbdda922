"""The front page: what its figure claims, over all rates and many seeds, and its map of the course."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT, SITE
from docutils import nodes
from sphinx import addnodes
from test_live import FrontEnd

from ravine import zoo
from ravine.live import Random
from ravine.live.figures import terrain

sys.path.append(str(ROOT / "tools" / "sphinx_ext"))
from ravine_site import course_map

HELPERS = ("momentum", "clipping", "noise")
COMBINATIONS = [frozenset(c) for n in range(4) for c in itertools.combinations(HELPERS, n)]
N_SEEDS = 20
# Positions of the slider.
RATES = np.array(terrain.RATES)


@pytest.fixture(scope="module")
def front() -> FrontEnd:
    return FrontEnd(terrain.maps())


def counts(front: FrontEnd, helpers: Any, rates: Any, seeds: Any = (0,)) -> np.ndarray:
    """How many balls arrive, as the page counts, shape (len(seeds), len(rates))."""
    fixed = {name: name in helpers for name in HELPERS}
    found = front._engine.get(
        f"{json.dumps(list(seeds))}.map((seed) => {json.dumps(list(rates))}.map((rate) => "
        f"ask({{ ...{json.dumps(fixed)}, seed, rate }}).count))"
    )
    return np.array(found)


# The claims.


def test_each_helper_brings_one_more_ball_down(front: FrontEnd) -> None:
    assert terrain.maps().defaults["rate"] == 0.04
    for n in range(4):
        assert counts(front, HELPERS[:n], [0.04], range(N_SEEDS if n == 3 else 1)).max() == n + 1
        assert counts(front, HELPERS[:n], [0.04], range(N_SEEDS if n == 3 else 1)).min() == n + 1


def test_each_button_calls_one_helper_and_none_brings_all_down_at_once(front: FrontEnd) -> None:
    presets = terrain.maps().spec["presets"]
    assert [p["values"] for p in presets] == [{name: True} for name in HELPERS]
    assert all(p["keep"] for p in presets), "the learning rate stays where the reader has put it"
    rates = RATES[::4]
    assert max(counts(front, {name}, rates).max() for name in HELPERS) == 2


def test_positions_of_the_slider_are_even_and_each_has_its_number() -> None:
    assert np.all(np.diff(RATES) > 0) and np.allclose(RATES, np.geomspace(1e-4, 1, len(RATES)), rtol=0.03)
    assert len({f"{rate:.3g}" for rate in RATES}) == len(RATES) and 0.04 in RATES


def test_alone_two_balls_never_arrive_at_once(front: FrontEnd) -> None:
    found = counts(front, (), RATES)
    assert found.max() == 1 and found.min() == 0


@pytest.mark.parametrize("helpers", [c for c in COMBINATIONS if len(c) in (1, 2)], ids=sorted)
def test_with_two_helpers_at_most_three_arrive(front: FrontEnd, helpers: frozenset[str]) -> None:
    seeds = range(N_SEEDS if "noise" in helpers else 1)
    most = counts(front, helpers, RATES if len(seeds) == 1 else RATES[::4], seeds).max()
    assert most == len(helpers) + 1


def test_with_all_helpers_all_four_arrive_over_a_range_for_every_seed(front: FrontEnd) -> None:
    inside = RATES[(RATES >= 0.025) & (RATES <= 0.042)]
    assert len(inside) >= 10
    assert counts(front, HELPERS, inside, range(N_SEEDS)).min() == 4
    # Beyond it the ravine's ball swings too widely for some seeds.
    beyond = RATES[(RATES > 0.042) & (RATES <= 0.05)]
    assert np.mean(counts(front, HELPERS, beyond, range(N_SEEDS)) == 4) > 0.9
    assert counts(front, HELPERS, [1e-4, 0.005, 0.4, 1], range(N_SEEDS)).max() < 4


def test_a_ball_is_said_to_be_saved_by_just_those_helpers_without_which_it_is_not_home(
    front: FrontEnd,
) -> None:
    for rate in (0.02, 0.04, 0.063):
        for helpers in COMBINATIONS:
            values = {"rate": rate, "seed": 3, **{name: name in helpers for name in HELPERS}}
            said, without = front(values), {h: front({**values, h: False}) for h in HELPERS if h in helpers}
            for name in PLACES:
                saviours = [h for h, other in without.items() if not other[f"{name}.arrived"]]
                words = f"{name.capitalize()}: saved by {' and '.join(saviours)}"
                assert said[f"{name}.why"].startswith(words) == bool(saviours and said[f"{name}.arrived"])


def test_what_removing_a_helper_does_is_left_to_find(front: FrontEnd) -> None:
    """Before all four are home, nothing names a helper that is not there; after, a question is asked."""
    for helpers in COMBINATIONS:
        said = front({"rate": 0.04, "seed": 3, **{name: name in helpers for name in HELPERS}})
        why = " ".join(said[f"{name}.why"] for name in PLACES).lower()
        absent = {"momentum", "clipped", "noise"} - {n.replace("clipping", "clipped") for n in helpers}
        assert not [word for word in absent if word in why], why
        assert said["told"].endswith("whom you lose first") == (said["count"] == 4)


# The same descents, computed another way: all rates at once, every rule written out.

PLACES = {"ravine": (zoo.quadratic(40.0), (-1.8, 0.8)), "saddle": (zoo.double_well(), (0.0, -1.5)),
          "cliff": (zoo.cliff(6), (1.8, 1.5)), "plateau": (zoo.plateau(0.9), (-3.3, 0.5))}  # fmt: skip


def followed(name: str, rates: np.ndarray, helpers: Any, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Fate (0 not there, 1 arrived, 2 thrown) and its step at each rate."""
    surface, start = PLACES[name]
    xi = 0.1 * Random(4 * seed + list(PLACES).index(name)).normal(600).reshape(300, 2)
    theta = np.tile(np.array(start), (len(rates), 1))
    velocity, fate, step = np.zeros_like(theta), np.zeros(len(rates), int), np.full(len(rates), 300)
    run = np.zeros(len(rates), int)
    for t in range(301):
        going = fate == 0
        run = np.where(surface.value(theta) < 0.02, run + 1, 0)
        fate[going & (run >= 5)], step[going & (run >= 5)] = 1, t - 4
        going = fate == 0
        if t == 300:
            break
        g = surface.grad(theta) + (xi[t] if "noise" in helpers else 0)
        if "clipping" in helpers:
            g = g / np.maximum(1, np.linalg.norm(g, axis=-1, keepdims=True))
        velocity = (0.9 if "momentum" in helpers else 0) * velocity - rates[:, None] * g
        moved = theta + velocity
        thrown = going & (np.linalg.norm(moved, axis=-1) > 100)
        fate[thrown], step[thrown] = 2, t + 1
        theta = np.where((going & ~thrown)[:, None], moved, theta)
    return fate, step


@pytest.mark.parametrize("helpers", COMBINATIONS, ids=lambda c: "+".join(sorted(c)) or "alone")
def test_verdicts_are_those_of_the_same_descents_written_out(
    front: FrontEnd, helpers: frozenset[str]
) -> None:
    rates = RATES[::8]
    asked = [front({"rate": rate, "seed": 1, **{n: n in helpers for n in HELPERS}}) for rate in rates]
    alike = 0
    for name in PLACES:
        fate, step = followed(name, rates, helpers, 1)
        for i, outputs in enumerate(asked):
            same = ("out", "arrived", "thrown")[fate[i]] == outputs[f"{name}.status"]
            alike += same and step[i] == outputs[f"{name}.step"]
    # Where a ball leaps about for hundreds of steps, a last bit decides its fate.
    assert alike >= 0.97 * len(rates) * len(PLACES)


def test_the_ridge_is_met_exactly(front: FrontEnd) -> None:
    values: Mapping[str, Any] = {"rate": 0.3, "momentum": True, "clipping": True, "noise": False, "seed": 0}
    assert not any(front(dict(values))["saddle.y"]), "not one last bit of a push sideways"
    assert any(front({**values, "noise": True})["saddle.y"])


# The map of the course.


def stations(n: int) -> list[course_map.Station]:
    parts = (
        [(1, "What we optimise & why")] * 3
        + [(2, "What makes it hard")] * 7
        + [(3, "How SGD gets through")] * 3
    )
    return [
        course_map.Station(
            i + 1, *parts[i], f"Why is number <{i + 1}> so hard to reach?", "A & B", f"p{i}.html"
        )
        for i in range(n)
    ]


@pytest.mark.parametrize("n", [1, 2, 5, 10, 11, 13])
def test_every_station_is_a_link_on_the_profile_and_in_the_list(n: int) -> None:
    text = course_map.markup(stations(n))
    ElementTree.fromstring(text)  # well formed, so that nothing of a question is taken for markup
    tree = BeautifulSoup(text, "html.parser")
    wanted = [station.uri for station in stations(n)]
    assert [a["href"] for a in tree.select("svg a")] == wanted == [a["href"] for a in tree.select("li a")]
    for link, station in zip(tree.select("svg a"), stations(n), strict=True):
        words = " ".join(span.get_text() for span in link.select("tspan"))
        assert words == station.question and link["aria-label"].startswith(f"{station.number} {words}")
        assert link["class"] == [f"part-{station.part}"]
    assert [int(ol["start"]) for ol in tree.find_all("ol")] == [1, 4, 11][: len(tree.find_all("ol"))]


@pytest.mark.parametrize("n", [3, 10, 11, 13])
def test_a_part_has_its_colour_and_its_name_from_its_first_station_on(n: int) -> None:
    tree = BeautifulSoup(course_map.markup(stations(n)), "html.parser")
    parts = sorted({station.part for station in stations(n)})
    assert parts == [1, 2, 3][: {3: 1, 10: 2}.get(n, 3)]
    for name in (".ground", ".slope", ".caption", "svg a", "ol"):
        assert sorted(
            {tone for node in tree.select(name) for tone in node["class"] if tone[:5] == "part-"}
        ) == [f"part-{part}" for part in parts]
    captions = [(float(t["x"]), len(t.get_text()) * course_map.LETTER * 1.2) for t in tree.select(".caption")]
    assert len(captions) == len(parts)
    assert all(w / 2 - 1 <= x <= course_map.WIDTH - w / 2 + 1 for x, w in captions), "inside the frame"
    assert all(b[0] - a[0] > (a[1] + b[1]) / 2 for a, b in itertools.pairwise(captions)), "side by side"


@pytest.mark.parametrize("most", range(4, 40))
def test_a_question_takes_as_few_lines_as_fit(most: int) -> None:
    text = "What survives fifty multiplications of it?"
    lines = course_map.balanced(text, most)
    assert " ".join(lines) == text
    longest = max(map(len, lines))
    assert longest <= max(most, len("multiplications")), "only a word may be longer"
    if longest <= most:
        # No word could move up within the width that is used, and in a narrower one there were more lines.
        assert all(len(a) + 1 + len(b.split()[0]) > longest for a, b in itertools.pairwise(lines))
        assert (
            len(course_map.balanced(text, longest - 1))
            >= len(lines)
            == len(course_map.balanced(text, longest))
        )


@pytest.mark.parametrize("n", [2, 5, 10, 11, 13])
def test_the_path_stays_inside_its_frame_and_turns_at_every_station(n: int) -> None:
    heights = [course_map.height(i, stations(n)) for i in range(n)]
    assert min(heights) > course_map.TOP and max(heights) < course_map.HEIGHT - 60
    assert all(heights[i] < heights[i - 1] for i in range(1, n, 2)), "a peak lies above the dip before it"
    xs = course_map.across(n)
    assert min(xs) > 0 and max(xs) < course_map.WIDTH and all(np.diff(xs) > 2 * course_map.RADIUS)


@pytest.mark.parametrize(
    ("listed", "complaint"),
    [(["ch-a", "ch-b"], ""), (["ch-a"], "each chapter"), (["ch-b", "ch-a"], "each chapter"),
     (["ch-a", "ch-b", "ch-no"], "want the label of a chapter"), (["ch-a", "ch-b", "ch-b"], "each chapter")],
)  # fmt: skip
def test_a_chapter_without_its_question_fails_the_build(
    listed: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(course_map.log, "warning", lambda text, *rest, **where: said.append(text % rest))
    monkeypatch.setattr(course_map, "_chapters", lambda app: iter([("a", (1, "x")), ("b", (1, "x"))]))
    labels = {"ch-a": ("a", "", "Title A"), "ch-b": ("b", "", "Title B")}
    env = SimpleNamespace(
        get_domain=lambda name: SimpleNamespace(labels=labels),
        toc_secnumbers={"a": {"": (1,)}, "b": {"": (2,)}},
        docname="index",
    )
    app = SimpleNamespace(builder=SimpleNamespace(get_relative_uri=lambda here, page: f"{page}.html"))
    node = course_map.course_map()
    node += [addnodes.pending_xref("", nodes.inline("", f"Why {x}?"), reftarget=x) for x in listed]
    found = list(course_map.CourseMaps._stations(SimpleNamespace(app=app, env=env), node))
    assert [(s.number, s.question, s.title) for s in found[:1]] == [
        (2 if listed[0] == "ch-b" else 1, f"Why {listed[0]}?", f"Title {listed[0][-1].upper()}")
    ]
    assert any(complaint in text for text in said) if complaint else not said


# The page as it is built.


def chapters() -> list[str]:
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    return [chapter["file"] for part in parts if part.get("numbered") for chapter in part["chapters"]]


@pytest.mark.book
def test_the_map_leads_to_every_chapter_by_its_number_and_title(site: Any) -> None:
    page = BeautifulSoup((SITE / "index.html").read_text("utf-8"), "html.parser")
    links, items = page.select(".ravine-map svg a"), page.select(".ravine-map li")
    assert [a["href"] for a in links] == [f"{chapter}.html" for chapter in chapters()]
    for number, (link, item, chapter) in enumerate(zip(links, items, chapters(), strict=True), 1):
        built = BeautifulSoup((SITE / f"{chapter}.html").read_text("utf-8"), "html.parser")
        heading = built.select_one("article h1").get_text().removesuffix("#").strip()
        assert heading == f"{number}. {link.title.get_text()}" == f"{number}. {item.span.get_text()}"
        assert link.select_one(".number").get_text() == str(number)


def test_every_small_map_leads_to_a_chapter() -> None:
    links = [view["link"] for view in terrain.maps().spec["views"]]
    assert {link.removesuffix(".html") for link in links} <= set(chapters()) and len(links) == 4


OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".ravine-map .question")].map((e) => e.getBoundingClientRect());
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
}"""


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.parametrize(("width", "height", "most"), [(1280, 900, 700), (390, 844, 900)])
def test_the_figure_is_met_at_once(page: Any, site_url: str, width: int, height: int, most: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{site_url}/index.html")
    page.locator(".ravine[data-ms]").wait_for()
    assert page.locator(".ravine").bounding_box()["y"] <= most
    slider = page.locator(".rv-slider input").first.bounding_box()
    assert slider["y"] + slider["height"] <= height, "what is to be dragged is in the first screen"
    wide = width > 767
    assert page.locator(".ravine-map svg").is_visible() == wide
    assert page.locator(".ravine-map ol").first.is_visible() != wide
    links = page.locator(".ravine-map a:visible")
    assert links.count() == len(chapters())
    links.first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == links.nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{chapters()[1]}.html")


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.parametrize("width", [1600, 1280, 1000, 800])
def test_no_question_lies_over_another(page: Any, site_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site_url}/index.html")
    assert page.evaluate(OVERLAPS) == 0


# The strips: what has been tried at the present helpers, and nothing else.

STRIPS = "() => [...document.querySelectorAll('.rv-strips canvas')].map((e) => e.getAttribute('aria-label'))"


@pytest.mark.book
@pytest.mark.browser
def test_strips_remember_what_was_tried_with_these_helpers(page: Any, site_url: str) -> None:
    page.goto(f"{site_url}/index.html")
    page.locator(".ravine[data-ms]").wait_for()
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(STRIPS) == ["ravine: 1 of 1 tried, from 0.04 to 0.04", "saddle: 0 of 1 tried",
                                     "cliff: 0 of 1 tried", "plateau: 0 of 1 tried"]  # fmt: skip
    slider = page.get_by_role("slider", name="learning rate")
    for _ in range(5):
        slider.press("ArrowRight")
        page.wait_for_timeout(60)
    alone = page.evaluate(STRIPS)
    assert alone[0].startswith("ravine: 4 of 6 tried, from 0.04 to 0.047"), "at 0.05 it is thrown"
    page.get_by_role("button", name="Noise").click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("slider", name="step").press("End")
    page.wait_for_timeout(60)
    assert all(" of 1 tried" in text for text in page.evaluate(STRIPS))
    assert slider.get_attribute("aria-valuetext") == "0.053", "a helper leaves the learning rate alone"
    page.get_by_role("button", name="Noise").click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("slider", name="step").press("End")
    page.wait_for_timeout(60)
    assert page.evaluate(STRIPS) == alone, "called again it goes, and what was tried before is still known"


@pytest.mark.book
@pytest.mark.browser
def test_what_a_quick_hand_passes_over_counts_as_tried(page: Any, site_url: str) -> None:
    page.goto(f"{site_url}/index.html")
    page.locator(".ravine[data-ms]").wait_for()
    box = page.locator(".rv-slider input").first.bounding_box()
    knob = box["x"] + 8 + (box["width"] - 16) * terrain.RATES.index(0.04) / (len(RATES) - 1)
    page.mouse.move(knob, box["y"] + 13)
    page.mouse.down()
    for k in range(1, 11):
        page.mouse.move(knob - 12 * k, box["y"] + 13)
        page.wait_for_timeout(50)
    page.mouse.up()
    tried, reached = page.evaluate(STRIPS)[0], float(page.locator(".rv-slider b").first.inner_text())
    n_passed = np.sum((reached <= RATES) & (RATES <= 0.04))
    assert n_passed > 25 and int(re.search(r"of (\d+) tried", tried)[1]) >= 0.9 * n_passed


# What is said of a run waits for the step that is played.

SAID = """() => ({ verdicts: [...document.querySelectorAll('.rv-legend')].map((e) => e.textContent),
  colours: [...document.querySelectorAll('.rv-legend .rv-key')].map((e) => e.dataset.colour),
  why: [...document.querySelectorAll('.rv-readout > p')].map((e) => e.textContent) })"""


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.parametrize("step", [1, 2, 64, 65, 116, 117, 299, 300])
def test_a_verdict_waits_for_the_step_that_is_shown(
    page: Any, site_url: str, front: FrontEnd, step: int
) -> None:
    page.goto(f"{site_url}/index.html#maps=momentum:1,@:{step}")
    page.locator(".ravine[data-ms]").wait_for()
    page.wait_for_timeout(100)
    values = {"rate": 0.04, "momentum": True, "clipping": False, "noise": False, "seed": 0}
    outputs, said = front(values), page.evaluate(SAID)
    known = [step >= outputs[f"{name}.step"] for name in PLACES]
    assert any(known) == (step >= 2) and all(known) == (step == 300)
    for i, name in enumerate(PLACES):
        verdict, why = (outputs[f"{name}.{what}"] for what in ("verdict", "why"))
        assert said["verdicts"][i] == (verdict if known[i] else "…")
        assert said["colours"][i] == (outputs[f"{name}.tone"] if known[i] else "black")
        assert said["why"][1 + i] == (
            f"{why}." if known[i] else f"{name.capitalize()}: {terrain.GROUND[name]}."
        )
        assert page.evaluate(STRIPS)[i].startswith(
            f"{name}: {int(known[i] and outputs[f'{name}.arrived'])} of"
        )
    assert said["why"][0] == (f"{outputs['told']}." if all(known) else "All four roll. Watch who comes home.")
    # Whoever drags sees the whole run at once.
    page.get_by_role("slider", name="learning rate").press("ArrowRight")
    page.wait_for_timeout(60)
    after = page.evaluate(SAID)
    assert "who comes" not in str(after) and "…" not in after["verdicts"]
