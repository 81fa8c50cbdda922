"""Live figures of the chapter on loss landscapes."""

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
from ravine.live.figures import _ways as ways

KERNELS = File(str(files("ravine.live") / "kernels"))


def bowls() -> Explorer:
    """A plain and a residual network about their trained weights, by depth: the chapter's opening."""
    return Explorer(
        Kernel(KERNELS / "bowls.mjs", twins.bowls_run, constants=twins.for_bowls(), recorded=True),
        controls=[
            Slider("depth", "depth (layers between the first and the last)", twins.DEPTHS[0],
                   twins.DEPTHS[-1], 20, choices=twins.DEPTHS, format="d"),
            Select("plane", "which two directions",
                   {"random": "at random", "another": "at random, others"}),
        ],
        views=[
            _map("plain", "Plain network", guess="cost of guessing", ring="start's distance"),
            _map("residual", "Residual network", trained="trained", hollow="hollow"),
        ],
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
        ],
        layout="row",
    )  # fmt: skip


def _map(
    kind: str, title: str, guess: str = "", ring: str = "", trained: str = "", hollow: str = ""
) -> Field:
    """One map; both legends serve both."""
    return Field(
        f"the cost of the {kind} network over two directions about its trained weights",
        Axis("along direction 1", -1, 1),
        Axis("along direction 2", -1, 1),
        surface=f"{kind}.J",
        log=False,
        span=(0, twins.TOP),
        points=[
            Points(f"{kind}.guess_x", f"{kind}.guess_y", guess, "orange", 1.2, "segments"),
            Points(f"{kind}.ring_x", f"{kind}.ring_y", ring, "black", 0.8, "segments"),
            Points(f"{kind}.minima_x", f"{kind}.minima_y", hollow, "blue", 3.5),
        ],
        marks=[Mark(trained, 0, 0, "black")],
        labels="legend",
        scale="cost J",
        title=title,
        bare=True,
        shape=0.92,
        equal=False,
    )


def way() -> Explorer:
    """The way that training took on its own plane, its cost, and a walk that learns nothing."""
    return Explorer(
        Kernel(KERNELS / "way.mjs", ways.way_run, constants=ways.for_way(), recorded=True),
        controls=[
            Select("kind", "network", {"plain": "plain", "residual": "residual"}),
            Slider("depth", "depth", twins.DEPTHS[0], twins.DEPTHS[-1], 20, choices=twins.DEPTHS, format="d"),
        ],
        views=[_training(), _walk(), _falling()],
        name="way",
        title="Where training went",
        label="The path of a training run over a map of the cost on its own plane; beside it a random walk "
        "of as many steps on its own plane; below, the cost of the run over its epochs.",
        sentences=[
            "Training began as far away as the ring, at a cost of {start:.3g}; along the ring of the random "
            "map the cost is {elsewhere:.2g} on average.",
            "{manner}.",
        ],
        layout="row",
    )  # fmt: skip


def _training() -> Field:
    return Field(
        "the cost on the plane of the training path, and the path from its start to the trained weights",
        Axis("along direction 1", "left", "right"),
        Axis("along direction 2", "low", "high"),
        surface="J",
        log="value",
        paths=[Path("path_x", "path_y", "training", "orange", style="solid", width=2)],
        points=[
            Points("ring_x", "ring_y", "start's distance", "black", 0.8, "segments"),
            Points("start_x", "start_y", "", "black", 5),
        ],
        marks=[Mark("", 0, 0, "black")],
        labels="legend",
        scale="cost J",
        title="Training",
        bare=True,
        shape=0.75,
        equal=False,
    )


def _walk() -> Field:
    return Field(
        "the path of a random walk in its own best plane, which looks like that of training",
        Axis("along direction 1", "walk_left", "walk_right"),
        Axis("along direction 2", "walk_low", "walk_high"),
        surface=None,
        paths=[Path("walk_x", "walk_y", "random walk", "grey", style="solid", width=2)],
        points=[Points("set_out_x", "set_out_y", "start", "black", 5)],
        marks=[Mark("end", 0, 0, "black")],
        labels="legend",
        title="A random walk",
        bare=True,
        shape=0.75,
        equal=False,
    )


def _falling() -> Lines:
    return Lines(
        "the cost of the network over the epochs of its training, on a logarithmic axis",
        Axis("epoch", 0, "epochs"),
        Axis("cost J", 0.005, 10, log=True),
        [Series("epoch", "cost", "", "orange")],
        marks=[Mark("guessing", y="guess"), Mark("random map's ring", y="elsewhere")],
        cursor=True,
        shape=0.4,
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
        Axis("curvature at s = 0", 0.05, 500, log=True),
        [
            Series("axis", "own_curve", "filters of its own size", "blue", width=4),
            Series("axis", "raw_curve", "the old direction", "orange"),
            Series("r", "own", "", "black", "points"),
        ],
        handle=Handle("r", "ride", (1.0,), "factor r of the rescaling"),
        shape=0.72,
        title="Drag the knob: the factor r",
    )
