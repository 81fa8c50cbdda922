"""Live figures of the chapter on loss landscapes."""

from importlib.resources import files
from pathlib import Path as File

from ravine.live import (
    Axis,
    Explorer,
    Handle,
    Kernel,
    Lines,
    Mark,
    Preset,
    Select,
    Series,
)
from ravine.live.figures import _loss_landscapes as twins

KERNELS = File(str(files("ravine.live") / "kernels"))


def rescale() -> Explorer:
    """One network at other weights: how sharp it looks along a fixed line, and along one that is rescaled too."""
    return Explorer(
        Kernel(KERNELS / "rescale.mjs", twins.rescale_run, constants=twins.for_rescale()),
        controls=[
            Select("which", "what is multiplied by r",
                   {"layers": "the first layer (the second ÷ r)", "units": "every other unit (the rest ÷ r)"}),
        ],
        views=[_two_slices(), _two_curvatures()],
        name="rescale",
        title="The same network: flat or sharp?",
        label="Two slices through a network whose weights have been rescaled without changing what it "
        "computes; beside them, the curvature along both over the factor of the rescaling.",
        sentences=[
            "{verdict}.",
            "At every r the network gives the same answers, and its cost is {cost:.2g}.",
        ],
        presets=[
            Preset("As trained", {"r": 1, "which": "layers"}),
            Preset("Sharper", {"r": 0.15, "which": "layers"}),
            Preset("Unit by unit", {"r": 0.15, "which": "units"}),
        ],
        layout="row",
    )  # fmt: skip


def _two_slices() -> Lines:
    return Lines(
        "the cost along a line through the network, in the old direction and in one whose filters have the "
        "network's own size",
        Axis("distance s along the line", -1, 1),
        Axis("cost J", 0, 4),
        [
            Series("s", "own_J", "filters of its own size", "blue", width=4),
            Series("s", "raw_J", "the old direction", "orange"),
        ],
        marks=[Mark("guessing", y="guess")],
        shape=0.72,
        title="A slice through the network",
    )


def _two_curvatures() -> Lines:
    return Lines(
        "the curvature at the middle of both slices over r, on logarithmic axes",
        Axis("factor r of the rescaling", *twins.RATES[:2], log=True),
        Axis("curvature at s = 0", 0.03, 300, log=True),
        [
            Series("axis", "own_curve", "filters of its own size", "blue", width=4),
            Series("axis", "raw_curve", "the old direction", "orange"),
            Series("r", "own", "", "black", "points"),
        ],
        handle=Handle("r", "ride", (0.3,), "factor r of the rescaling"),
        shape=0.72,
        title="Drag the knob: the factor r",
    )
