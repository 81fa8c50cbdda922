"""What a reader can turn: sliders, switches, menus, buttons."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from ravine import _check

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
    choices : the only positions, ascending; needed where states are recorded, optional elsewhere.
    n : how many positions otherwise.
    ticks : position -> name, written under the slider.
    format : as in Python: "d", ".2f", ".3g".

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
    kind: ClassVar[str] = "slider"

    def __post_init__(self) -> None:
        low = _check.real("low", self.low, **({"above": 0.0} if self.log else {}))
        high = _check.real("high", self.high, above=low)
        _check.real("default", self.default, at_least=low, at_most=high)

    @property
    def limits(self) -> Limits:
        """The two ends, or all positions where only those exist."""
        return tuple(self.choices) if self.choices else (float(self.low), float(self.high))

    def spec(self) -> dict[str, Any]:
        """The slider as data for the front end."""
        choices = list(self.choices) if self.choices else None
        return asdict(self) | {"kind": self.kind, "ticks": list(self.ticks.items()), "choices": choices}


@dataclass(frozen=True)
class Toggle:
    """A switch; 1 or 0 in expressions."""

    name: str
    label: str
    default: bool = False
    kind: ClassVar[str] = "toggle"

    @property
    def limits(self) -> Limits:
        """Both positions."""
        return (False, True)

    def spec(self) -> dict[str, Any]:
        """The switch as data for the front end."""
        return asdict(self) | {"kind": self.kind}


@dataclass(frozen=True)
class Select:
    """A menu; in expressions the number of the chosen option, from 0.

    Parameters
    ----------
    options : value -> what the reader sees.
    default : the first option unless given.
    """

    name: str
    label: str
    options: Mapping[str, str]
    default: str = ""
    kind: ClassVar[str] = "select"

    def __post_init__(self) -> None:
        # A frozen dataclass is normalised through object.__setattr__: there is no other way in.
        object.__setattr__(self, "default", self.default or next(iter(self.options)))
        _check.one_of("default", self.default, self.options)

    @property
    def limits(self) -> Limits:
        """The values to choose from."""
        return tuple(self.options)

    def spec(self) -> dict[str, Any]:
        """The menu as data for the front end."""
        return asdict(self) | {"kind": self.kind, "options": list(self.options.items())}


@dataclass(frozen=True)
class Button:
    """A button that counts: its value is a seed, one higher at each press."""

    name: str = "seed"
    label: str = "New sample"
    default: int = 0
    kind: ClassVar[str] = "button"

    @property
    def limits(self) -> Limits:
        """Seeds are 32-bit."""
        return (0, 2**32 - 1)

    def spec(self) -> dict[str, Any]:
        """The button as data for the front end."""
        return asdict(self) | {"kind": self.kind}


Control = Slider | Toggle | Select | Button
