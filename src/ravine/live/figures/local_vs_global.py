"""Live figures of the chapter on local and global structure."""

# ruff: noqa: RUF001  # labels are typeset for readers: Greek letters

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path as File
from typing import Any

import numpy as np

from ravine import zoo
from ravine.live import (
    Axis,
    Button,
    Explorer,
    Field,
    Formula,
    Handle,
    Kernel,
    Lines,
    Mark,
    Path,
    Random,
    Run,
    Series,
    Slider,
    Table,
    symbols,
)

KERNEL = File(str(files("ravine.live") / "kernels" / "hill.mjs"))
RATE, N_STEPS, EDGE = 0.1, 2000, 5
KEPT = np.unique(np.floor(float(N_STEPS) ** (np.arange(90) / 89) + 0.5)).astype(int)

exponent, A, c, alpha = symbols("exponent A c alpha")


def hill() -> Explorer:
    """A descent from a start to drag, on the right or on the wrong side of a hill."""
    return Explorer(
        Kernel(KERNEL, hill_run, zoo.figure_8_4()),
        controls=[
            Slider("A", "height of the hill A", 0.1, 4, 2, n=40, format=".1f"),
            Slider("B", "height of the left plain B", 0, 4, 1, n=41, format=".1f"),
            Slider("noise", "noise in the gradient", 0, 4, 0, n=41, format=".1f"),
            Button("seed", "New noise"),
        ],
        views=[_profile(), _fall()],
        name="hill",
        label="A descent from one side of a hill: where it goes, and its cost at each step.",
        sentences=["After 2,000 steps the run is {side}."],
        table=Table(["at θ", "cost J", "slope"],
                    [("after 2,000 steps", "orange", ["{x_end:.2f}", "{J_end:.4f}", "{slope:.1g}"])]),
    )  # fmt: skip


def _profile() -> Lines:
    return Lines(
        "the hill between the two plains, and the descent on it",
        Axis("θ", -EDGE, EDGE),
        Axis("cost J", 0, "high"),
        [Series("axis", "heights", "", "grey"), Series("dots_x", "dots_J", "descent", "orange", "points")],
        marks=[Mark("top", x="top")],
        handle=Handle("x0", "ride", (-0.5,)),
        title="Drag the start",
    )


def _fall() -> Lines:
    return Lines(
        "the cost at each step, on a logarithmic axis of steps",
        Axis("step", 1, N_STEPS, log=True),
        Axis("cost J", 0, "high"),
        [
            Series("run.t", "run.J", "descent", "orange"),
            Series("run.t", "law", "plain + 1/(4t)", "black", "dashed"),
        ],
        marks=[Mark("left plain", y="left_plain"), Mark("{plains}", y=0)],
    )


def hill_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/hill.mjs computes, from `zoo.figure_8_4`."""
    a, b, noise, x0 = (float(values[name]) for name in ("A", "B", "noise", "x0"))
    surface = zoo.figure_8_4(a, b)
    theta, path = np.array([x0]), np.empty(N_STEPS)
    for k, xi in enumerate(Random(int(values["seed"])).normal(N_STEPS)):
        theta = theta - RATE * (surface.grad(theta) + noise * xi)
        path[k] = theta[0]
    x, axis = path[KEPT - 1], np.linspace(-5, 5, 241)
    J, heights = surface.value(x[:, None]), surface.value(axis[:, None])
    top = None if b >= 4 * a else float(np.arctanh(-b / (4 * a)))
    peak = float(surface.value(np.array([top or 0.0])))
    right = bool(theta[0] > (top or 0))
    plain = 0.0 if right else b
    valid = not noise and top is not None
    # Far out, 1 - tanh has lost its digits: the last cost is said to a millionth.
    J_end = float(np.floor(1e6 * J[-1] + 0.5) / 1e6)
    law = np.where(valid & (KEPT >= 10), plain + 1 / (4 * RATE * KEPT), np.nan)
    return {"axis": axis, "heights": heights, "run.t": KEPT.astype(float), "run.J": J, "law": law,
            "dots_x": x[::-1][::5][::-1], "dots_J": J[::-1][::5][::-1],  # the last step among them
            "left_plain": b if b > 0 else None, "plains": "right plain" if b > 0 else "both plains",
            "top": top, "ride": float(surface.value(np.array([x0]))),
            "high": 1.15 * max(b, peak), "x_end": float(theta[0]), "J_end": J_end,
            "slope": float(abs(surface.grad(theta)[0])),
            "side": _side(float(theta[0]), top, right, bool(noise), b)}  # fmt: skip


def _side(x: float, top: float | None, right: bool, noisy: bool, B: float) -> str:
    """Where the run has got to, in words."""
    if abs(x) > EDGE:
        return f"out of sight, beyond the {'right' if x > 0 else 'left'} edge of the picture"
    if top is not None and abs(x - top) < 0.01:
        return "still at the top of the hill"
    if B == 0:
        return f"on the {'right' if right else 'left'} plain, and both plains are equally low"
    if noisy:
        return "on the low side" if right else "on the high side"
    if right:
        return "on the low side, where the cost falls towards 0"
    if top is None:
        return "still on the left: there is no hill in its way, and hardly a slope to follow"
    return "on the high side, where the cost falls towards B and never below"


def detour() -> Explorer:
    """Descents around a mountain, from a start beside its ridge: short arcs and long waits."""
    hyper = {"learning_rate": 0.1}
    runs = [Run("plain", "gradient_descent", hyper), Run("ball", "momentum", hyper | {"momentum": alpha})]
    # A run counts as beyond the mountain where its cost is that of the bare slope at theta_1 = 3.
    return Explorer(
        Formula(zoo.mountain(), runs, (-3.5, 10**exponent), {"A": A, "c": c}, n_steps=2000, tol=0,
                J_star=-4 * c, fall=2 / 15),
        controls=[
            Slider("exponent", "start beside the ridge, log₁₀ δ", -8, 0, -3, n=81, format=".1f"),
            Slider("A", "height of the mountain A", 0.1, 4, 2, n=40, format=".1f"),
            Slider("c", "tilt of the plane c", 0.05, 1, 0.3, n=96, format=".2f"),
            Slider("alpha", "momentum α", 0, 0.95, 0.9, n=96, format=".2f"),
        ],
        views=[_map(), _cost()],
        name="detour",
        label="Two descents around a mountain on a tilted plane: their paths from above, and their costs.",
        table=Table(["beyond the mountain after (steps)"],
                    [("gradient descent", "orange", ["{plain.steps:d}"]),
                     ("momentum", "blue", ["{ball.steps:d}"])]),
        expressions={"foot": -4 * c, "head": 4 * c},
    )  # fmt: skip


def _map() -> Field:
    return Field(
        "the mountain from above, with the two paths around it",
        Axis("θ₁", -4, 4),
        Axis("θ₂", -2, 4),
        log=False,
        paths=[
            Path.of("plain", "gradient descent", "orange", "solid"),
            Path.of("ball", "momentum", "blue", "solid"),
        ],
    )


def _cost() -> Lines:
    return Lines(
        "the cost of both descents at each step",
        Axis("step", 0, 2100),
        Axis("cost J", "foot", "head"),
        [
            Series("plain.t", "plain.J", "gradient descent", "orange", status="plain.status"),
            Series("ball.t", "ball.J", "momentum", "blue", status="ball.status"),
        ],
        cursor=True,
    )
