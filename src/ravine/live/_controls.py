"""What a reader can turn: sliders, switches, menus, buttons. Each says which values it can be set to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from ravine import _check
from ravine.live import _checks, _text

Value = float | bool | str
Limits = tuple[float, float] | tuple[Value, ...]


@dataclass(frozen=True)
class Slider:
    """A number between two ends.

    Parameters
    ----------
    name : the value's name, an identifier.
    label : what the reader sees, with its unit if it has one.
    low, high : the ends; log spaces positions evenly in the logarithm.
    default : where it starts.
    choices : the only positions, ascending, from low to high, with default among them; needed where states
        are recorded, optional elsewhere.
    n : how many positions otherwise.
    ticks : position -> name, written under the slider.
    format : as in Python: "d", ".2f", ".3g".
    more : whether it is folded under "More", as with every control.
    strips : output -> name of a strip under the slider, which turns green at those positions tried so far
        where the output is not 0, all other values being as they are; where it is 0 it is struck through.

    Raises
    ------
    ValueError : an end, a default, a choice or a tick out of place; n < 2; an unknown format; a strip without
        a name.

    >>> Slider("kappa", "condition number κ", 1, 1000, 100, log=True).limits
    (1.0, 1000.0)
    """

    name: str
    label: str
    low: float
    high: float
    default: float
    log: bool = False
    choices: Sequence[float] | None = None
    n: int = 201
    ticks: Mapping[float, str] = field(default_factory=dict)
    format: str = ".3g"
    more: bool = False
    strips: Mapping[str, str] = field(default_factory=dict)
    kind: ClassVar[str] = "slider"

    def __post_init__(self) -> None:
        _checks.identifier("name", self.name)
        _checks.text("label", self.label)
        _checks.truth("more", self.more)
        _checks.truth("log", self.log)
        low = _check.real("low", self.low, **({"above": 0.0} if self.log else {}))
        high = _check.real("high", self.high, above=low)
        _check.count("n", self.n, at_least=2)
        _text.check_format("format", self.format)
        for position, name in self.ticks.items():
            _check.real("ticks", position, at_least=low, at_most=high)
            _checks.text("ticks", name)
        for name in self.strips.values():
            _checks.text("strips", name)
        if self.choices is not None:
            _checks.ascending("choices", self.choices, low, high)
        self.accept(self.default, "default")

    @property
    def limits(self) -> Limits:
        """The two ends, or all positions where only those exist."""
        return (float(self.low), float(self.high)) if self.choices is None else tuple(self.choices)

    def accept(self, x: object, argument: str | None = None) -> float:
        """The number x, or ValueError where the slider has no such position."""
        argument = argument or self.name
        number = _check.real(argument, x, at_least=float(self.low), at_most=float(self.high))
        if self.choices is None:
            return number
        if number not in self.choices:
            raise ValueError(f"{argument}: got {x!r}; want one of the choices {list(self.choices)}")
        # As the choice was given: counts stay whole.
        return self.choices[list(self.choices).index(number)]

    def spec(self) -> dict[str, Any]:
        """The slider as data for the front end."""
        choices = None if self.choices is None else list(self.choices)
        lists = {"ticks": list(self.ticks.items()), "strips": list(self.strips.items())}
        return asdict(self) | {"kind": self.kind, "choices": choices} | lists


@dataclass(frozen=True)
class Toggle:
    """A switch: True or False, and nothing else; 1 or 0 in expressions."""

    name: str
    label: str
    default: bool = False
    more: bool = False
    kind: ClassVar[str] = "toggle"

    def __post_init__(self) -> None:
        _checks.identifier("name", self.name)
        _checks.text("label", self.label)
        _checks.truth("more", self.more)
        self.accept(self.default, "default")

    @property
    def limits(self) -> Limits:
        """Both positions."""
        return (False, True)

    def accept(self, x: object, argument: str | None = None) -> bool:
        """The truth value x, or ValueError: "no", 0 and 1 are none."""
        return _checks.truth(argument or self.name, x)

    def spec(self) -> dict[str, Any]:
        """The switch as data for the front end."""
        return asdict(self) | {"kind": self.kind}


@dataclass(frozen=True)
class Select:
    """A menu; in expressions the number of the chosen option, from 0.

    Parameters
    ----------
    options : value -> what the reader sees; at least two.
    default : the first option unless given.
    """

    name: str
    label: str
    options: Mapping[str, str]
    default: str = ""
    more: bool = False
    kind: ClassVar[str] = "select"

    def __post_init__(self) -> None:
        _checks.identifier("name", self.name)
        _checks.text("label", self.label)
        _checks.truth("more", self.more)
        if len(self.options) < 2:
            raise ValueError(f"options: got {dict(self.options)}; want two or more")
        for value, words in self.options.items():
            _checks.text("options", value)
            _checks.text("options", words)
        # A frozen dataclass is normalised through object.__setattr__: there is no other way in.
        object.__setattr__(self, "default", self.default or next(iter(self.options)))
        self.accept(self.default, "default")

    @property
    def limits(self) -> Limits:
        """The values to choose from."""
        return tuple(self.options)

    def accept(self, x: object, argument: str | None = None) -> str:
        """The option x, or ValueError where the menu has none of that name."""
        return _check.one_of(argument or self.name, x, self.options)

    def spec(self) -> dict[str, Any]:
        """The menu as data for the front end."""
        return asdict(self) | {"kind": self.kind, "options": list(self.options.items())}


@dataclass(frozen=True)
class Button:
    """A button that counts: its value is a seed, one higher at each press.

    With fresh, a press takes all other values back to their defaults: a new deal of a game.
    """

    name: str = "seed"
    label: str = "New sample"
    default: int = 0
    more: bool = False
    fresh: bool = False
    kind: ClassVar[str] = "button"

    def __post_init__(self) -> None:
        _checks.identifier("name", self.name)
        _checks.text("label", self.label)
        _checks.truth("more", self.more)
        _checks.truth("fresh", self.fresh)
        self.accept(self.default, "default")

    @property
    def limits(self) -> Limits:
        """Seeds are 32-bit."""
        return (0, 2**32 - 1)

    def accept(self, x: object, argument: str | None = None) -> int:
        """The seed x, or ValueError for what is no whole number in range."""
        number = _check.real(argument or self.name, x, at_least=0, at_most=2**32 - 1)
        return _check.count(argument or self.name, int(number) if number.is_integer() else x, at_least=0)

    def spec(self) -> dict[str, Any]:
        """The button as data for the front end."""
        return asdict(self) | {"kind": self.kind}


Control = Slider | Toggle | Select | Button
