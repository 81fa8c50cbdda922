"""What a figure offers beside its controls: named states to jump to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ravine import _check
from ravine.live import _checks


@dataclass(frozen=True)
class Preset:
    """A named state: a button that sets these values, and all others to their defaults, or with keep to none.

    Where the figure has steps to play, the button starts them as well.

    Parameters
    ----------
    label : what the button says.
    values : name -> what a control, or a knob, could be set to.
    keep : whether all other values stay as the reader has set them; pressed again, the button takes its own
        values back to their defaults.
    note : what the button will do, in a few words beside it.

    Raises
    ------
    ValueError : no words on the button, or no values. Whether the values exist, the Explorer asks.

    >>> Preset("a narrow valley", {"kappa": 1000}).values
    {'kappa': 1000}
    """

    label: str
    values: Mapping[str, Any]
    keep: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        _checks.text("label", self.label)
        _checks.truth("keep", self.keep)
        _checks.text("note", self.note) if self.note != "" else None
        if not self.values:
            raise ValueError(f"values: got {self.values!r} for {self.label!r}; want one or more")


def check_presets(presets: Sequence[Preset], parts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The presets as data for the front end; ValueError for what no control or knob could be set to."""
    _checks.distinct("presets", [preset.label for preset in presets])
    return [
        {
            "label": preset.label,
            "keep": preset.keep,
            "note": preset.note,
            "values": {
                _check.one_of(f"preset {preset.label!r}", name, parts): parts[name].accept(x, name)
                for name, x in preset.values.items()
            },
        }
        for preset in presets
    ]
