"""What live figures refuse when they are built: a name that means nothing, a value out of range."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ravine import live, zoo
from ravine.live.explorer import Explorer
from ravine.live.figures import catalogue


def line(**options: Any) -> Explorer:
    """A figure with nothing but a slope to turn, and a point to drag."""
    x, a = live.symbols("x a")
    view = live.Lines("y over x", live.Axis("x", -1, 1), live.Axis("y", -1, 1), [live.Series("x", "y")],
                      handle=live.Handle("b", "c", (0.0, 0.5)), **options.pop("view", {}))  # fmt: skip
    options = {"controls": [live.Slider("a", "a", 0, 2, 1), live.Toggle("on", "on")], "views": [view],
               "label": "A line."} | options  # fmt: skip
    return Explorer(live.Curve(x, -1, 1, {"y": a * x}, n=3), **options)


def field(**options: Any) -> live.Field:
    return live.Field("a field", live.Axis("x", -1, 1), live.Axis("y", -1, 1), **options)


def drawn(**options: Any) -> live.Lines:
    return live.Lines("y", live.Axis("x"), live.Axis("y"), [live.Series("x", "y"),
                      live.Series("x", "z", style="points")], **options)  # fmt: skip


def bowl() -> live.Formula:
    run = live.Run("run", "gradient_descent", {"learning_rate": 0.1})
    return live.Formula(zoo.quadratic(), [run], (1, 1), n_steps=3)


def asked(**options: Any) -> Explorer:
    """A figure that Python answers."""
    view = live.Lines("y", live.Axis("x"), live.Axis("y"), [live.Series("x", "y")])
    slider = live.Slider("a", "a", 0, 1, 0, choices=[0, 1], **options)
    answer = live.Python(lambda values: {"x": 1.0, "y": values["a"]})
    return Explorer(answer, controls=[slider], views=[view], label="An answer.")


def told(**later: Any) -> Explorer:
    view = field(paths=[live.Path("run.x", "run.y", "the run {run.outcome}")], cursor=True)
    return Explorer(bowl(), controls=[], views=[view], label="A bowl.",
                    later={name.replace("_", "."): pair for name, pair in later.items()})  # fmt: skip


def toned(tone: str) -> Explorer:
    view = field(paths=[live.Path("run.x", "run.y", tone=tone)])
    return Explorer(bowl(), controls=[], views=[view], label="A bowl.")


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a name that an address could not hold": (lambda: line(name="two valleys"), "name: got 'two valleys'"),
    "a name that is none": (lambda: line(name=None), "name: got None"),
    "a fold that is neither": (lambda: live.Slider("a", "a", 0, 1, 0, more="yes"), "more: got 'yes'"),
    "a preset without words": (lambda: live.Preset(" ", {"a": 1}), "label: got ' '"),
    "a preset that sets nothing": (lambda: live.Preset("still", {}), "values: got {}"),
    "a preset of no value": (lambda: line(presets=[live.Preset("p", {"z": 1})]), "preset 'p': got 'z'"),
    "a preset beyond a slider": (lambda: line(presets=[live.Preset("p", {"a": 3})]), "a: got 3"),
    "a preset beyond an axis": (lambda: line(presets=[live.Preset("p", {"b": 3})]), "b: got 3"),
    "a preset that is no switch": (lambda: line(presets=[live.Preset("p", {"on": 1})]), "on: got 1"),
    "a scale of no surface": (lambda: field(surface=None, scale="J"), "scale: got 'J' without a surface"),
    "minima of no surface": (lambda: field(surface=None, minima="low"), "minima: got 'low' without a surf"),
    "a scale of nothing": (lambda: field(scale="  "), "scale: got '  '"),
    "a scale that is no word": (lambda: field(scale=True), "scale: got True"),
    "a line as a mark of a field": (lambda: field(marks=[live.Mark("m", x=0)]), "marks: got Mark("),
    "labels at no such place": (lambda: line(view={"labels": "start"}), "labels: got 'start'"),
    "a path of no such marker": (lambda: live.Path("x", "y", marker="o"), "marker: got 'o'"),
    "a path without width": (lambda: live.Path("x", "y", width=0), "width: got 0"),
    "a path as wide as a road": (lambda: live.Path("x", "y", width=30), "width: got 30"),
    "a goal in no words": (lambda: live.Goal("", "a < 1"), "label: got ''"),
    "a goal of no output": (lambda: line(goal="steps < 3"), "when: got 'steps'"),
    "a goal about a curve": (lambda: line(goal="y < 3"), "when: got 'y', which is a array"),
    "a goal that is a number": (lambda: line(goal="a + 1"), "when: got 'a + 1', which is no condition"),
    "a goal that calls": (lambda: line(goal="open(a) < 1"), "when: got 'open(a) < 1'"),
    "a goal of two numbers in one": (lambda: line(goal="a ** 2 < 1"), "when: got 'a ** 2 < 1'"),
    "a goal that is no sentence": (lambda: line(goal="a <"), "when: got 'a <'"),
    "a goal that assigns": (lambda: line(goal="(b := a) < 1"), "when: got"),
    "a sketch of no series": (lambda: drawn(sketch="w"), "sketch: got 'w'"),
    "a sketch of points": (lambda: drawn(sketch="z"), "sketch: got 'z'"),
    "a sketch under a knob": (lambda: line(view={"sketch": "y"}), "sketch: got 'y' beside a knob"),
    "a sketch of steps": (lambda: drawn(sketch="y", cursor=True), "sketch: got 'y' beside a knob"),
    "one source together": (lambda: live.Together({"one": bowl()}), "parts: got ['one']"),
    "a source of no name": (lambda: live.Together({"a b": bowl(), "c": bowl()}), "parts: got 'a b'"),
    "a source that Python answers": (
        lambda: live.Together({"a": bowl(), "b": live.Python(dict)}),
        "parts: got Python for 'b'",
    ),
    "a curve of an unknown value, together": (
        lambda: live.Explorer(
            live.Together(
                {"a": bowl(), "b": live.Curve(live.symbols("x"), 0, 1, {"y": live.symbols("nobody")})}
            ),
            controls=[],
            views=[live.Lines("a curve", live.Axis("x"), live.Axis("y"), [live.Series("b.x", "b.y")])],
            label="Two sources.",
        ),
        "y: got nobody",
    ),
    "a line of no width": (lambda: live.Series("x", "y", width=0), "width: got 0"),
    "a title that is no text": (lambda: line(title=3), "title: got 3"),
    "steps without a path": (lambda: field(cursor=True), "cursor: got True without a path"),
    "an axis half bare": (lambda: field(bare="x"), "bare: got 'x'"),
    "a layout of no name": (lambda: line(layout="column"), "layout: got 'column'"),
    "a preset whose note is a number": (lambda: live.Preset("p", {"a": 1}, note=3), "note: got 3"),
    "a preset that keeps perhaps": (lambda: live.Preset("p", {"a": 1}, keep="yes"), "keep: got 'yes'"),
    "what waits without steps": (
        lambda: line(later={"y": ("a", None)}),
        "later: got {'y': ('a', None)} without steps",
    ),
    "what waits and is no output": (lambda: told(fate=("run.last_step", "…")), "later: got 'fate'"),
    "what waits for a word": (
        lambda: told(run_outcome=("run.status", "…")),
        "later: got the step 'run.status'",
    ),
    "a number in place of a word": (lambda: told(run_outcome=("run.last_step", None)), "later: got None"),
    "a word in place of a number": (lambda: told(run_steps=("run.last_step", "…")), "later: got '…'"),
    "nothing in place of a word": (lambda: told(run_outcome=("run.last_step", "")), "later: got ''"),
    "a strip without a name": (lambda: live.Slider("a", "a", 0, 1, 0, strips={"b": " "}), "strips: got ' '"),
    "a strip of no output": (
        lambda: line(controls=[live.Slider("a", "a", 0, 2, 1, strips={"z": "z"})]),
        "strips: got 'z'",
    ),
    "a strip of a curve": (
        lambda: line(controls=[live.Slider("a", "a", 0, 2, 1, strips={"y": "y"})]),
        "strips: got 'y', which is a array",
    ),
    "strips that Python would fill": (lambda: asked(strips={"y": "y"}), "strips of a: got a Python provider"),
    "a tone that is no output": (lambda: toned("shade"), "Path: tone: got 'shade'"),
    "a tone that is a number": (lambda: toned("run.last_step"), "Path: tone: got 'run.last_step', which is"),
    "a link without words": (lambda: field(link="a.html"), "link: got 'a.html' without a title"),
    "a run played in no time": (lambda: line(seconds=0), "seconds: got 0"),
    "a run played for hours": (lambda: line(seconds=3600), "seconds: got 3600"),
    "a constant of no name": (
        lambda: live.Kernel(Path("k.mjs"), dict, constants={"two words": 1}),
        "constants, objective: got 'two words'",
    ),
    "a surface of no name": (
        lambda: live.Kernel(Path("k.mjs"), dict, {"a-b": zoo.quadratic()}),
        "constants, objective: got 'a-b'",
    ),
    "two presets of one name": (
        lambda: line(presets=[live.Preset("p", {"a": 1}), live.Preset("p", {"a": 2})]),
        "presets: got 'p' more than once",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_mean_nothing_is_refused(what: str) -> None:
    make, words = REFUSED[what]
    with pytest.raises(ValueError, match="want") as error:
        make()
    assert str(error.value).startswith(words)


def test_what_means_something_is_accepted() -> None:
    presets = [live.Preset("steep", {"a": 2, "b": -1.0}), live.Preset("off", {"on": False})]
    spec = line(name="two-valleys", presets=presets).spec
    assert spec["name"] == "two-valleys"
    assert [preset["values"] for preset in spec["presets"]] == [{"a": 2, "b": -1.0}, {"on": False}]
    assert [control["more"] for control in spec["controls"]] == [False, False]


def test_every_figure_of_the_course_is_called_as_its_function() -> None:
    """Links into a page name it; two of one page would disturb each other."""
    for name, make in catalogue().items():
        assert make().spec["name"].split("-")[0] == name.partition(".")[2]
