"""What stands in a view: axes, a knob, paths, points, series and marks. See `_views` for what they share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ravine import _check
from ravine.live import _checks, _text

Number = float | str | None
# (argument, name of an output, the kinds of which it must be one).
Needs = Iterator[tuple[str, str, tuple[str, ...]]]
NUMBER, DATA, WORDS, TEXT = ("number",), ("array", "number"), ("word",), ("number", "word")

# Of the steps of the first path of a view, the second, ..., and what matplotlib calls them.
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D"}


def number(argument: str, x: Number) -> Needs:
    """What a number, the name of one, or None needs."""
    if isinstance(x, str):
        yield argument, x, NUMBER


def spoken(argument: str, template: str) -> Needs:
    for name in _text.spots(argument, template):
        yield argument, name, TEXT


def status(name: str) -> Needs:
    if name:
        yield "status", name, WORDS


def finite(argument: str, x: Number, **bounds: float) -> None:
    """Refuse what is neither a finite number within the bounds, nor a name, nor None."""
    if x is not None and not isinstance(x, str):
        _check.real(argument, x, **bounds)


@dataclass(frozen=True)
class Axis:
    """An axis of a view; an end that is None follows the data."""

    label: str
    low: Number = None
    high: Number = None
    log: bool = False
    tight: bool = False

    def __post_init__(self) -> None:
        _checks.text("label", self.label)
        _checks.truth("log", self.log)
        _checks.truth("tight", self.tight)
        bounds = {"above": 0.0} if self.log else {}
        finite("low", self.low, **bounds)
        finite("high", self.high, **bounds)
        if self.fixed and float(self.low) >= float(self.high):  # type: ignore[arg-type]  # both are numbers
            raise ValueError(f"high: got {self.high!r}; want more than low, {self.low!r}")

    @property
    def fixed(self) -> bool:
        """Whether both ends are numbers."""
        return not any(end is None or isinstance(end, str) for end in (self.low, self.high))

    @property
    def needs(self) -> Needs:
        """The outputs at which it ends."""
        yield from number("low", self.low)
        yield from number("high", self.high)


@dataclass(frozen=True)
class Handle:
    """A knob to drag: `x` names the value it sets; `y` too, or else the output on whose height it rides.

    stands : the outputs at which it is drawn, where other values may overrule its own.
    """

    x: str
    y: str
    start: tuple[float, ...]
    label: str = "starting point"
    colour: str = "black"
    stands: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        _checks.text("label", self.label)
        _checks.colour("colour", self.colour)
        if len(self.start) not in (1, 2):
            raise ValueError(f"start: got {self.start!r}; want one number, or two")
        for name, _ in self.values:
            _checks.identifier("handle", name)

    @property
    def values(self) -> list[tuple[str, float]]:
        """(name, start) of the one or two values that it sets."""
        return list(zip((self.x, self.y), self.start, strict=False))

    @property
    def needs(self) -> Needs:
        """The output on whose height it rides, and those at which it stands."""
        if len(self.start) == 1:
            yield "handle", self.y, NUMBER
        for name in self.stands or ():
            yield "stands", name, NUMBER


@dataclass(frozen=True)
class Path:
    """A trajectory, or with arrow=True a vector, through the outputs x and y.

    style : "line" draws a long path fainter after its first steps, "solid" does not.
    width : of the line, pixels; by default the first path of a view is the widest, and shows under the next.
    marker : of its steps, one of `MARKERS`; by default the first is a circle, the second a square, ...
    tone : the output that names its colour in this state, in place of `colour`.
    """

    x: str
    y: str
    label: str = ""
    colour: str = "blue"
    arrow: bool = False
    status: str = ""
    style: str = "line"
    width: float | None = None
    marker: str = ""
    tone: str = ""

    def __post_init__(self) -> None:
        _checks.colour("colour", self.colour)
        _check.one_of("style", self.style, ("line", "solid"))
        _check.one_of("marker", self.marker, ("", *MARKERS))
        if self.width is not None:
            _check.real("width", self.width, above=0, at_most=12)
        _checks.truth("arrow", self.arrow)

    @property
    def needs(self) -> Needs:
        """Its coordinates, its status, its colour, and what its label names."""
        yield "x", self.x, ("array",)
        yield "y", self.y, ("array",)
        yield from status(self.status)
        if self.tone:
            yield "tone", self.tone, WORDS
        yield from spoken("label", self.label)

    @classmethod
    def of(cls, key: str, label: str, colour: str, style: str = "line") -> "Path":
        """The path of the run with this key."""
        return cls(f"{key}.x", f"{key}.y", label, colour, status=f"{key}.status", style=style)


@dataclass(frozen=True)
class Points:
    """A cloud of points, or one.

    style : "points", or "segments": lines from the first to the second, from the third to the fourth, ...,
        twice the radius wide, for a curve in pieces.
    """

    x: str
    y: str
    label: str = ""
    colour: str = "blue"
    radius: float = 3.0
    style: str = "points"

    def __post_init__(self) -> None:
        _checks.colour("colour", self.colour)
        _check.one_of("style", self.style, ("points", "segments"))
        _check.real("radius", self.radius, above=0)

    @property
    def needs(self) -> Needs:
        """Its coordinates, and what its label names."""
        yield "x", self.x, DATA
        yield "y", self.y, DATA
        yield from spoken("label", self.label)


@dataclass(frozen=True)
class Series:
    """One series over an axis; style: line, dashed (theory), points or bars.

    show : the value or output that hides it where it is False or 0.
    status : the output that tells whether the run diverged, which is then written where it leaves.
    width : of the line, pixels.
    """

    x: str
    y: str
    label: str = ""
    colour: str = "blue"
    style: str = "line"
    band: tuple[str, str] | None = None
    show: str | None = None
    status: str = ""
    width: float | None = None

    def __post_init__(self) -> None:
        _checks.colour("colour", self.colour)
        _check.one_of("style", self.style, ("line", "dashed", "points", "bars"))
        if self.width is not None:
            _check.real("width", self.width, above=0, at_most=12)
        if self.band is not None and len(self.band) != 2:
            raise ValueError(f"band: got {self.band!r}; want the names of its lower and its upper edge")

    @property
    def needs(self) -> Needs:
        """Its coordinates, its band, its status, what hides it, and what its label names."""
        yield "x", self.x, DATA
        yield "y", self.y, DATA
        for edge in self.band or ():
            yield "band", edge, ("array",)
        if self.show is not None:
            yield "show", self.show, NUMBER
        yield from status(self.status)
        yield from spoken("label", self.label)

    def shown(self, outputs: Any) -> bool:
        """Whether it is drawn in this state."""
        return self.show is None or bool(outputs[self.show])


@dataclass(frozen=True)
class Mark:
    """A named point, or a line across the frame where one of x and y is None."""

    label: str
    x: Number = None
    y: Number = None
    colour: str = "grey"

    def __post_init__(self) -> None:
        _checks.colour("colour", self.colour)
        finite("x", self.x)
        finite("y", self.y)
        if self.x is None and self.y is None:
            raise ValueError("x: got None for both x and y; want at least one of them")

    @property
    def needs(self) -> Needs:
        """Where it stands, and what its label names."""
        yield from number("x", self.x)
        yield from number("y", self.y)
        yield from spoken("label", self.label)
