"""Live figures of the chapter on cliffs."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path as File
from typing import Any

import numpy as np

from ravine import rules
from ravine._typing import Array
from ravine.live import (
    Axis,
    Explorer,
    Field,
    Handle,
    Kernel,
    Lines,
    Path,
    Select,
    Series,
    Slider,
    Table,
    Toggle,
)
from ravine.live._runs import trajectory
from ravine.problems import RecurrentUnit

KERNEL = File(str(files("ravine.live") / "kernels" / "recurrent_unit.mjs"))
N_STEPS = 300
# A change of the cost that the picture can show, and how many last steps are looked at.
VISIBLE, LATE = 1e-3, 100


def edge() -> Explorer:
    """Walk off the cliff: descents of a single recurrent unit without clipping and with it."""
    return Explorer(
        Kernel(KERNEL, recurrent_unit),
        controls=[
            Slider("threshold", "clipping threshold c", 0.01, 100, 0.3, log=True,
                   ticks={0.01: "0.01", 0.1: "0.1", 1: "1", 10: "10", 100: "100"}),
            Select("kind", "clip", {"norm": "the norm", "value": "each entry"}),
            Slider("rate", "learning rate", 0.01, 1, 0.3, log=True, ticks={0.01: "0.01", 0.1: "0.1", 1: "1"}),
            Slider("T", "time steps T", 5, 100, 50, choices=range(5, 101), format="d"),
            Toggle("on_wall", "start exactly on the wall"),
        ],
        views=[_map(), _costs()],
        name="edge",
        label="Two descents near the cliff of a single recurrent unit, one unclipped and one clipped: "
        "their paths over the cost, and the cost at each step.",
        sentences=["Without clipping the descent {plain.fate}; clipped it {clipped.fate}.",
                   "At the start the gradient has length {first:.3g}."],
        table=Table(["after 300 steps", "cost J", "longest step"],
                    [("unclipped", "orange", ["{plain.fate}", "{plain.J_end:.2g}", "{plain.longest:.2g}"]),
                     ("clipped", "blue", ["{clipped.fate}", "{clipped.J_end:.2g}",
                                          "{clipped.longest:.2g}"])]),
    )  # fmt: skip


def _map() -> Field:
    return Field(
        "the cost over weight and bias, the wall as a grey line, and both paths",
        Axis("weight w", 3.5, 8.5),
        Axis("bias b", -5, -1),
        log=False,
        paths=[
            Path("wall_w", "wall_b", "the wall", "grey"),
            Path("plain.x", "plain.y", "unclipped", "orange", status="plain.status"),
            Path("clipped.x", "clipped.y", "clipped", "blue", status="clipped.status"),
        ],
        handle=Handle("w0", "b0", (5.5, -2.7), stands=("ride_w", "ride_b")),
        title="Drag the starting point",
    )


def _costs() -> Lines:
    return Lines(
        "the cost of both descents at each step",
        Axis("step", 0, N_STEPS),
        Axis("cost J", 0, 0.5),
        [
            Series("plain.t", "plain.J", "unclipped", "orange", status="plain.status"),
            Series("clipped.t", "clipped.J", "clipped", "blue", status="clipped.status"),
        ],
        cursor=True,
    )


def recurrent_unit(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/recurrent_unit.mjs computes, from `problems.RecurrentUnit` and `rules`."""
    unit, w0, rate = RecurrentUnit(int(values["T"])), float(values["w0"]), float(values["rate"])
    start = [w0, float(unit.wall(w0)) if values["on_wall"] else float(values["b0"])]
    plain = rules.gradient_descent(rate)
    clip = rules.clip_by_norm if values["kind"] == "norm" else rules.clip_by_value
    ends = np.array([3.0, 9.0])
    outputs = {"surface": unit.value, "ride_w": start[0], "ride_b": start[1],
               "wall_w": ends, "wall_b": unit.wall(ends),
               "first": float(np.hypot(*unit.grad(start)))}  # fmt: skip
    for key, rule in {"plain": plain, "clipped": clip(plain, float(values["threshold"]))}.items():
        run = trajectory(unit, rule, start, n_steps=N_STEPS, tol=0)
        kept = {name: run[name] for name in ("x", "y", "t", "J", "status", "J_end")}
        end = np.array([run["x_end"], run["y_end"]])
        found = {**kept, "longest": _longest(unit, rule, run, end), "fate": _fate(unit, run, end)}
        outputs |= {f"{key}.{name}": x for name, x in found.items()}
    return outputs


def _longest(unit: RecurrentUnit, rule: rules.Rule, run: Mapping[str, Any], end: Array) -> float:
    """The longest step; one that leaves all bounds is not recorded, but would come next."""
    if run["status"] == "diverged":
        return float(np.hypot(*(rule.update(unit, end, {}, 0)[0] - end)))
    return float(np.hypot(np.diff(run["x"]), np.diff(run["y"])).max(initial=0))


def _fate(unit: RecurrentUnit, run: Mapping[str, Any], end: Array) -> str:
    """What became of a descent, in words: J below 0.001 counts as arrived, and so small a change as none."""
    late = run["J"][-LATE:]
    if run["status"] == "diverged":
        return "is thrown out of all bounds"
    if late[-1] < VISIBLE:
        return "arrives"
    if np.hypot(*unit.grad(end)) < 1e-6 or np.ptp(late) < VISIBLE:
        return "lies on a plateau"
    return "is still on its way" if late[-1] < late.min() + VISIBLE else "jumps up and down"
