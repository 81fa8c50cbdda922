"""What a reader sees: fields, lines and control planes, and what is drawn in them.

A string where a number could stand is the name of an output. Colours are names of `plotting.COLOURS`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

Number = float | str | None


@dataclass(frozen=True)
class Axis:
    """An axis of a view; an end that is None follows the data."""

    label: str
    low: Number = None
    high: Number = None
    log: bool = False
    tight: bool = False


@dataclass(frozen=True)
class Handle:
    """A knob to drag: `x` names the value it sets; `y` too, or else the output on whose height it rides."""

    x: str
    y: str
    start: tuple[float, ...]
    label: str = "starting point"
    colour: str = "black"


@dataclass(frozen=True)
class Path:
    """A trajectory, or with arrow=True a vector, through the outputs x and y.

    style : "line" draws a long path fainter after its first steps, "solid" does not.
    """

    x: str
    y: str
    label: str = ""
    colour: str = "blue"
    arrow: bool = False
    status: str = ""
    style: str = "line"

    @classmethod
    def of(cls, key: str, label: str, colour: str, style: str = "line") -> "Path":
        """The path of the run with this key."""
        return cls(f"{key}.x", f"{key}.y", label, colour, status=f"{key}.status", style=style)


@dataclass(frozen=True)
class Points:
    """A cloud of points, or one."""

    x: str
    y: str
    label: str = ""
    colour: str = "blue"
    radius: float = 3.0
    style: str = "points"


@dataclass(frozen=True)
class Series:
    """One series over an axis; style: line, dashed (theory), points or bars.

    show : the value that hides it when it is False.
    status : the output that tells whether the run diverged, which is then written where it leaves.
    """

    x: str
    y: str
    label: str = ""
    colour: str = "blue"
    style: str = "line"
    band: tuple[str, str] | None = None
    show: str | None = None
    status: str = ""


@dataclass(frozen=True)
class Mark:
    """A named point, or a line across the frame where one of x and y is None."""

    label: str
    x: Number = None
    y: Number = None
    colour: str = "grey"


@dataclass(frozen=True)
class Field:
    """The plane from above: heat map, contour lines, paths, points, and a start to drag.

    Parameters
    ----------
    label : what a reader who cannot see it should know.
    surface : the output to draw as a heat map: "surface" for a formula, or an array of two axes; None: none.
    log : colour by the logarithm of the height above the lowest point; "value": of the height itself.
    equal : one unit is as long across as up; else the frame is `shape` times as high as wide.
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
    kind: ClassVar[str] = "field"


@dataclass(frozen=True)
class Lines:
    """Series over one axis; `cursor` marks the step under the pointer here and on every path."""

    label: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    marks: Sequence[Mark] = ()
    handle: Handle | None = None
    cursor: bool = False
    shape: float = 0.5
    title: str = ""
    kind: ClassVar[str] = "lines"


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


View = Field | Lines | Plane


@dataclass(frozen=True)
class Table:
    """Words and numbers: names of the rows, then (heading, colour, cells) a column.

    Headings and cells are templates such as "{gd.rate:.3f}", filled from the outputs.
    """

    rows: Sequence[str]
    columns: Sequence[tuple[str, str, Sequence[str]]]

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
