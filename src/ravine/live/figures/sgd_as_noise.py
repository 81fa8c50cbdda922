"""Live figures of the chapter on SGD as noise."""

# ruff: noqa: RUF001  # labels are typeset for readers: Greek letters

from importlib.resources import files
from pathlib import Path as File

from ravine.live import (
    Axis,
    Button,
    Explorer,
    Field,
    Handle,
    Kernel,
    Lines,
    Mark,
    Points,
    Preset,
    Series,
    Slider,
)
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
        views=[_map(), _heights(), _course(), _shares()],
        name="wells",
        title="Which well does SGD choose?",
        label="One walker in two equal wells, with round noise in the left and an ellipse of noise, of equal "
        "trace, in the right; below, the cost and the quasi-potential along the way over the pass, where the "
        "walker is over 60,000 steps, and the share of them on the left.",
        sentences=[
            "{verdict}.",
            "In the long run the diffusion gives the round left well {told_left:.1%}; in this run it held "
            "{told_measured:.1%}. "
            "{lower}.",
        ],
        presets=[
            Preset("Along the valley", {"angle": 90, "eps": 0.3}),
            Preset("Even", {"angle": 45, "eps": 0.3}),
            Preset("At the pass", {"angle": 0, "eps": 0.3}),
            Preset("Too cold", {"angle": 90, "eps": 0.1}),
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
        title="The wells from above, and the noise in each",
    )


def _heights() -> Lines:
    return Lines(
        "along y = 0, twice the cost and the quasi-potential, both counted from x = 0; dots, the height that "
        "follows from how often the run visited each place",
        Axis("x, over the pass", -twins.REACH, twins.REACH),
        Axis("height above x = 0", "floor", "ceiling"),
        [
            Series("places", "double", "cost, times 2", "blue"),
            Series("places", "phi", "quasi-potential φ", "black", "dashed"),
            Series("middles", "seen", "from this run's visits", "orange", "points"),
        ],
        shape=0.42,
        title="On which height does it walk?",
    )


def _course() -> Lines:
    return Lines(
        "x over the steps: it jumps from one well to the other",
        Axis("step", 0, twins.N_STEPS),
        Axis("x", -2, 2),
        [Series("steps", "x", "x", "orange", width=1)],
        shape=0.16,
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
        shape=0.22,
    )


def stays() -> Explorer:
    """Runs of SGD beside a minimum at which every example's gradient is zero, by the learning rate."""
    return Explorer(
        Kernel(KERNELS / "stays.mjs", twins.stays_run, constants=twins.FOR_STAYS),
        controls=[
            Slider("spread", "how far the curvatures of the two examples are from their mean, 2", 0.1, 1.9,
                   1.8, n=181, format=".2f"),
            Button("seed", "New draws", more=True),
        ],
        views=[_distances(), _growth()],
        name="stays",
        title="No noise at the minimum. Does SGD stay?",
        label="The distance of runs of SGD, and of gradient descent, from a minimum at which the gradients "
        "of both examples are zero; beside it, how fast these distances grow, over the learning rate.",
        sentences=[
            "{verdict}.",
            f"After these {twins.STEPS} steps, runs of SGD closer than at their start: {{home}} of "
            f"{twins.N_RUNS}.",
            "The examples have the curvatures {small:.2f} and {large:.2f}; at a learning rate of "
            "{epsilon:.3f} the distance changes by a factor of {step_sgd:.3f} a step, in the long run, in "
            "nearly every run of SGD, and of {step_descent:.3f} in gradient descent.",
        ],
        presets=[
            Preset("Stays", {"epsilon": 0.5, "spread": 1.8}),
            Preset("Rare runs decide", {"epsilon": 0.555, "spread": 1.8}),
            Preset("Leaves", {"epsilon": 0.58, "spread": 1.8}),
            Preset("Like examples", {"epsilon": 0.9, "spread": 0.2}),
        ],
        layout="row",
    )  # fmt: skip


def _distances() -> Lines:
    runs = [
        Series("t", f"run_{k}", "" if k else "runs of SGD", "orange", width=1) for k in range(twins.N_RUNS)
    ]
    return Lines(
        "the distance from the minimum at each step, on a logarithmic axis",
        Axis("step", 0, twins.STEPS),
        Axis("distance from the minimum", 1e-12, 1e12, log=True),
        [
            *runs,
            Series("t", "typical", "in the long run", "black", "dashed"),
            Series("t", "mean_run", "gradient descent", "blue"),
        ],
        shape=0.8,
        title="Starts beside the minimum",
    )


def _growth() -> Lines:
    return Lines(
        "how fast the logarithm of each distance grows a step, in the long run, over the learning rate",
        Axis("learning rate ε", twins.ENDS[0], twins.ENDS[1]),
        Axis("growth of ln |x| a step", -twins.DEPTH, twins.DEPTH),
        [
            Series("rates", "curve_sure", "nearly every run", "orange"),
            Series("rates", "curve_square", "root mean square", "amber", "dashed"),
            Series("rates", "curve_descent", "gradient descent", "blue"),
        ],
        marks=[Mark("leaves above", y=0)],
        handle=Handle("epsilon", "ride", (0.58,), "learning rate"),
        shape=0.8,
        title="Drag the knob: the learning rate",
    )
