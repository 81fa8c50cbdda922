"""What a reader sees: fields, lines and control planes, and what is drawn in them.

A string where a number could stand is the name of an output. Colours are names of `plotting.COLOURS`. Each
part refuses at once what it cannot draw, and says in `needs` which outputs it asks for: an Explorer holds
them against those that there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from ravine import _check
from ravine.live import _checks, _text
from ravine.live._parts import Axis, Handle, Mark, Needs, Path, Points, Series, spoken


@dataclass(frozen=True)
class Field:
    """The plane from above: heat map, contour lines, paths, points, and a start to drag.

    Parameters
    ----------
    label : what a reader who cannot see it should know.
    surface : the output to draw as a heat map: "surface" for a formula, or an array of two axes; None: none.
    log : colour by the logarithm of the height above the lowest point; "value": of the height itself.
    span : (low, high), the heights between which colours change, with log=False; by default those of the
        surface. Maps that are to be compared share one; what lies beyond has the colour of the end.
    equal : one unit is as long across as up; else the frame is `shape` times as high as wide.
    scale : what the colours mean, such as "cost J"; a bar under the map then says how much.
    minima : what its lowest points are called, such as "minimum"; each is then marked by a cross.
    marks : named points.
    labels : where the marks are named: "marks" beside them, or in the "legend", where they would cover much.
    cursor : its longest path counts steps, which can be played, where no `Lines` of the figure does.
    bare : without numbers and names at the axes, for a small map.
    below : a height; where the surface is lower, the map is green within a line: where a ball is home.
    link : where its title leads on the site, an address relative to the page that shows it; in a notebook,
        whose files lie elsewhere, the title is words alone.
    """

    label: str
    x: Axis
    y: Axis
    surface: str | None = "surface"
    log: bool | str = True
    paths: Sequence[Path] = ()
    points: Sequence[Points] = ()
    handle: Handle | None = None
    contours: int = 14
    equal: bool = True
    shape: float = 0.8
    title: str = ""
    scale: str = ""
    minima: str = ""
    marks: Sequence[Mark] = ()
    labels: str = "marks"
    cursor: bool = False
    bare: bool = False
    link: str = ""
    span: tuple[float, float] | None = None
    below: float | None = None
    kind: ClassVar[str] = "field"

    def __post_init__(self) -> None:
        _described(self)
        _check.one_of("log", self.log, ("value",)) if isinstance(self.log, str) else _checks.truth(
            "log", self.log
        )
        _checks.truth("equal", self.equal)
        _check.count("contours", self.contours, at_least=2)
        for argument, words in (("scale", self.scale), ("minima", self.minima)):
            if words and self.surface is None:
                raise ValueError(f"{argument}: got {words!r} without a surface; want a surface too")
            _checks.text(argument, words) if words != "" else None
        if self.span is not None:
            if self.surface is None or self.log:
                raise ValueError(f"span: got {self.span!r}; want it with a surface, and log=False")
            low, high = self.span
            _check.real("span", high, above=_check.real("span", low))
        if self.below is not None:
            _check.real("below", self.below, above=0)
            if self.surface is None:
                raise ValueError(f"below: got {self.below!r} without a surface; want a surface too")
        _points("marks", self.marks)
        _check.one_of("labels", self.labels, ("marks", "legend"))
        _checks.truth("bare", self.bare)
        _checks.truth("cursor", self.cursor)
        if self.link and not self.title:
            raise ValueError(f"link: got {self.link!r} without a title; want one to carry it")
        if self.cursor and all(path.arrow for path in self.paths):
            raise ValueError("cursor: got True without a path; want one whose steps can be played")
        for name, axis in (("x", self.x), ("y", self.y)):
            if axis.low is None or axis.high is None:
                raise ValueError(
                    f"{name}: got an open end, {axis}; want both ends, as a field has no data to follow"
                )

    @property
    def parts(self) -> Iterator[Any]:
        """What is drawn in it, and its axes."""
        yield from (self.x, self.y, *self.paths, *self.points, *self.marks, *_given(self.handle))

    @property
    def needs(self) -> Needs:
        """The surface."""
        if self.surface is not None:
            yield "surface", self.surface, ("function", "grid")


@dataclass(frozen=True)
class Lines:
    """Series over one axis.

    Parameters
    ----------
    label : what a reader who cannot see it should know.
    cursor : its axis counts steps: they can be played and pointed at, and are marked in all views.
    labels : where the series are named: in a "legend" below, or lines and dashes at their "ends".
    sketch : the y of the series that the reader draws before it is shown; the page is told what by an event
        `ravine:sketch` with x, y (None where nothing is drawn), done, shown, and then the truth there.
    shape : the height of the frame in its widths.
    """

    label: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    marks: Sequence[Mark] = ()
    handle: Handle | None = None
    cursor: bool = False
    shape: float = 0.5
    title: str = ""
    labels: str = "legend"
    sketch: str = ""
    kind: ClassVar[str] = "lines"

    def __post_init__(self) -> None:
        _described(self)
        _check.one_of("labels", self.labels, ("legend", "ends"))
        if self.sketch == "":
            return
        _check.one_of("sketch", self.sketch, [s.y for s in self.series if s.style in ("line", "dashed")])
        if self.handle or self.cursor:
            raise ValueError(
                f"sketch: got {self.sketch!r} beside a knob or steps; want a view to draw in with neither"
            )
        _checks.truth("cursor", self.cursor)

    @property
    def parts(self) -> Iterator[Any]:
        """What is drawn in it, and its axes."""
        yield from (self.x, self.y, *self.series, *self.marks, *_given(self.handle))

    @property
    def needs(self) -> Needs:
        """Nothing of its own."""
        yield from ()


@dataclass(frozen=True)
class Regions:
    """Named regions of a control plane.

    Parameters
    ----------
    name : the output that holds the name of the region in which the knob stands.
    cases : (name, condition) pairs; the first condition that holds wins, the last must be True. Conditions
        are sympy relations between the values.
    colours : one a case.
    shade : an expression from 0 (pale) to 1 (strong).
    """

    name: str
    cases: Sequence[tuple[str, Any]]
    colours: Sequence[str]
    shade: Any = None

    def __post_init__(self) -> None:
        for colour in self.colours:
            _checks.colour("colours", colour)
        check_cases("cases", self.cases)
        if len(self.colours) != len(self.cases):
            raise ValueError(f"colours: got {len(self.colours)}; want {len(self.cases)}, one a case")


@dataclass(frozen=True)
class Plane:
    """Two controls at once: a knob over named regions, so that the control itself teaches.

    Parameters
    ----------
    label : what the two values are.
    x, y : axes with both ends given.
    handle : the knob; x and y name the two values.
    regions, marks : what is drawn behind it.
    """

    label: str
    x: Axis
    y: Axis
    handle: Handle
    regions: Regions | None = None
    marks: Sequence[Mark] = ()
    shape: float = 0.7
    title: str = ""
    kind: ClassVar[str] = "plane"

    def __post_init__(self) -> None:
        _described(self)
        if not (self.x.fixed and self.y.fixed):
            raise ValueError(f"x, y: got {self.x}, {self.y}; want both ends of both axes as numbers")
        if len(self.handle.start) != 2:
            raise ValueError(
                f"start: got {self.handle.start!r}; want two numbers, as the knob sets two values"
            )
        _points("marks", self.marks)

    @property
    def parts(self) -> Iterator[Any]:
        """What is drawn in it, and its axes."""
        yield from (self.x, self.y, *self.marks, self.handle)

    @property
    def needs(self) -> Needs:
        """Nothing of its own: regions are expressions."""
        yield from ()


View = Field | Lines | Plane


def check_cases(argument: str, cases: Sequence[tuple[str, Any]]) -> None:
    """Refuse (words, condition) pairs of which none may hold."""
    for words, _ in cases:
        _checks.text(argument, words)
    if not cases or cases[-1][1] is not True:
        raise ValueError(f"{argument}: got {list(cases)!r}; want the last condition to be True")


def _points(argument: str, marks: Sequence[Mark]) -> None:
    """Refuse a mark that is a line."""
    for mark in marks:
        if mark.x is None or mark.y is None:
            raise ValueError(f"{argument}: got {mark}; want points, with x and y")


def _given(part: Any) -> tuple[Any, ...]:
    return () if part is None else (part,)


def _described(view: Any) -> None:
    """Refuse a view that says nothing to those who do not see it, whose frame has no height, or a knob that
    starts out of sight."""
    _checks.text("label", view.label)
    _check.real("shape", view.shape, above=0)
    if view.handle is None:
        return
    for (name, start), axis in zip(view.handle.values, (view.x, view.y), strict=False):
        if not axis.fixed:
            raise ValueError(
                f"{name}: got the axis {axis}; want both ends as numbers, as a knob moves along it"
            )
        _check.real(f"start of {name}", start, at_least=float(axis.low), at_most=float(axis.high))


@dataclass(frozen=True)
class Table:
    """Words and numbers: names of the rows, then (heading, colour, cells) a column.

    Headings and cells are templates such as "{gd.rate:.3f}", filled from the outputs.
    """

    rows: Sequence[str]
    columns: Sequence[tuple[str, str, Sequence[str]]]

    def __post_init__(self) -> None:
        for row in self.rows:
            if _text.spots("rows", row):
                raise ValueError(f"rows: got {row!r}; want words: only headings and cells are filled")
        for heading, colour, cells in self.columns:
            _checks.colour("columns", colour)
            if len(cells) != len(self.rows):
                raise ValueError(
                    f"columns: got {len(cells)} cells under {heading!r}; want {len(self.rows)}, one a row"
                )

    @property
    def needs(self) -> Needs:
        """What headings and cells name."""
        for heading, _, cells in self.columns:
            for template in (heading, *cells):
                yield from spoken("table", template)

    def spec(self) -> dict[str, Any]:
        """The table as data for the front end."""
        columns = [
            {"heading": h, "colour": colour, "cells": list(cells)} for h, colour, cells in self.columns
        ]
        return {"rows": list(self.rows), "columns": columns}


def spec(view: View) -> dict[str, Any]:
    """A view as data for the front end."""
    result = asdict(view) | {"kind": view.kind}
    if isinstance(view, Plane) and view.regions:
        shade = None if view.regions.shade is None else f"{view.regions.name}.shade"
        labels = [name for name, _ in view.regions.cases]
        result["regions"] = {"expression": view.regions.name, "shade": shade, "labels": labels,
                             "colours": list(view.regions.colours)}  # fmt: skip
    return result
