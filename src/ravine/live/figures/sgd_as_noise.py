"""Live figures of the chapter on SGD as noise."""

# ruff: noqa: RUF001  # labels are typeset for readers: Greek letters

from importlib.resources import files
from pathlib import Path as File

from ravine.live import Axis, Button, Explorer, Field, Kernel, Lines, Points, Preset, Series, Slider
from ravine.live.figures import _sgd_as_noise as twins

KERNELS = File(str(files("ravine.live") / "kernels"))


def wells() -> Explorer:
    """One walker in two equal wells, whose noise is round in one and turned in the other: the opening."""
    return Explorer(
        Kernel(KERNELS / "wells.mjs", twins.wells_run, constants=twins.FOR_WELLS),
        controls=[
            Slider("angle", "angle ϑ between the noise on the right and the way to the pass, degrees",
                   0, 90, 90, n=91, format=".0f"),
            Slider("eps", "strength of the noise ν", 0.1, 0.5, 0.3, n=81, format=".3f"),
            Slider("ratio", "how long the ellipse is: its larger variance over its smaller", 1, 9, 4, n=81,
                   format=".1f", more=True),
            Slider("tilt", "tilt h: the left minimum is lower by 2h", -0.1, 0.1, 0, n=81, format=".4f",
                   more=True),
            Button("seed", "New noise", default=4, more=True),
        ],
        views=[_map(), _course(), _shares()],
        name="wells",
        title="Which well does SGD choose?",
        label="One walker in two equal wells, with round noise in the left and an ellipse of noise, of equal "
        "trace, in the right; below, where it is over 60,000 steps, and the share of them on the left.",
        sentences=[
            "{verdict}.",
            "In the long run the round left well holds {p_left:.1%}; in this run it held {measured:.1%}. "
            "{lower}.",
        ],
        presets=[
            Preset("Along the valley", {"angle": 90, "eps": 0.3}),
            Preset("Even", {"angle": 45, "eps": 0.3}),
            Preset("At the pass", {"angle": 0, "eps": 0.3}),
            Preset("Too cold", {"angle": 90, "eps": 0.15}),
        ],
    )  # fmt: skip


def _map() -> Field:
    return Field(
        "the two wells from above, the places visited, and the noise in each as a closed curve",
        Axis("x, over the pass", -2, 2),
        Axis("y, along the valley", -1.2, 1.2),
        log="value",
        points=[
            Points("x", "y", "places visited", "orange", 1.0),
            Points("left_x", "left_y", "noise", "blue", 1.4),
            Points("right_x", "right_y", "", "blue", 1.4),
        ],
        title="Equal depth, width and noise",
    )


def _course() -> Lines:
    return Lines(
        "x over the steps: it jumps from one well to the other",
        Axis("step", 0, twins.N_STEPS),
        Axis("x", -2, 2),
        [Series("steps", "x", "x", "orange", width=1)],
        shape=0.2,
    )


def _shares() -> Lines:
    return Lines(
        "the share of steps so far on the left, and the share in the long run",
        Axis("step", 0, twins.N_STEPS),
        Axis("share left", 0, 1),
        [
            Series("steps", "share", "this run", "orange"),
            Series("law_x", "law_y", "in the long run", "black", "dashed"),
        ],
        shape=0.25,
    )
