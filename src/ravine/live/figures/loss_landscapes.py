"""Live figures of the chapter on loss landscapes."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path as File

from ravine.live import (
    Axis,
    Explorer,
    Field,
    Handle,
    Kernel,
    Lines,
    Mark,
    Path,
    Points,
    Preset,
    Select,
    Series,
    Slider,
)
from ravine.live.figures import _loss_landscapes as twins

KERNELS = File(str(files("ravine.live") / "kernels"))

LEGEND = ("training", "as good as guessing", "distance of the start", "hollow")


def bowls() -> Explorer:
    """A plain and a residual network about their trained weights, by depth: the chapter's opening."""
    return Explorer(
        Kernel(KERNELS / "bowls.mjs", twins.bowls_run, constants=twins.for_bowls(), recorded=True),
        controls=[
            Slider("depth", "depth (layers between the first and the last)", twins.DEPTHS[0],
                   twins.DEPTHS[-1], 20, choices=twins.DEPTHS, format="d"),
            Select("plane", "which two directions",
                   {"random": "at random", "another": "at random, others", "path": "the training path's"}),
        ],
        views=[_map("plain", "Plain network", LEGEND), _map("residual", "Residual network", [""] * 4)],
        name="bowls",
        title="Bowl or chaos?",
        label="Maps of the cost about the trained weights of a plain and of a residual network, in two of "
        "thousands of directions.",
        sentences=[
            "Training cost: plain {plain.cost:.2g}, residual {residual.cost:.2g}.",
            "{verdict}.",
            "{aside}.",
        ],
        presets=[
            Preset("Twins", {"depth": 2, "plane": "random"}),
            Preset("Chaos", {"depth": 20, "plane": "random"}),
            Preset("Worst", {"depth": 40, "plane": "random"}),
            Preset("Where training went", {"plane": "path"}, keep=True),
        ],
        layout="row",
    )  # fmt: skip


def _map(kind: str, title: str, legend: Sequence[str]) -> Field:
    """One map; the legend of the first serves both."""
    return Field(
        f"the cost of the {kind} network over two directions about its trained weights",
        Axis("along direction 1", -1, 1),
        Axis("along direction 2", -1, 1),
        surface=f"{kind}.J",
        log=False,
        span=(0, twins.TOP),
        paths=[Path(f"{kind}.path_x", f"{kind}.path_y", legend[0], "black", style="solid", width=1.5)],
        points=[
            Points(f"{kind}.guess_x", f"{kind}.guess_y", legend[1], "orange", 1.3),
            Points(f"{kind}.ring_x", f"{kind}.ring_y", legend[2], "black", 1.3),
            Points(f"{kind}.minima_x", f"{kind}.minima_y", legend[3], "blue", 3.5),
        ],
        marks=[Mark("trained", 0, 0, "black")],
        scale="cost J",
        title=title,
        bare=True,
        shape=0.92,
        equal=False,
    )


def rescale() -> Explorer:
    """One network at other weights: how sharp it looks along a fixed line, and a line rescaled with it."""
    return Explorer(
        Kernel(KERNELS / "rescale.mjs", twins.rescale_run, constants=twins.for_rescale()),
        controls=[
            Select("which", "what is multiplied by r",
                   {"layers": "the first layer, the second ÷ r", "units": "every other unit, the rest ÷ r"}),
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
        Axis("factor r of the rescaling", twins.LOW, twins.HIGH, log=True),
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
