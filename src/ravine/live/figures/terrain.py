"""The live figure of the front page: four landscapes, one learning rate."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path as File
from typing import Any

import numpy as np

from ravine import rules, zoo
from ravine._typing import Array
from ravine.live import (
    Axis,
    Button,
    Explorer,
    Field,
    Kernel,
    Mark,
    Path,
    Points,
    Preset,
    Random,
    Slider,
    Toggle,
)
from ravine.objective import Objective

KERNEL = File(str(files("ravine.live") / "kernels" / "landscapes.mjs"))

# A ball has arrived where J stays below LOW for RUNNING steps; beyond FAR from the origin it has been thrown.
N_STEPS, LOW, RUNNING, FAR = 300, 0.02, 5, 100.0
MOMENTUM, THRESHOLD, NOISE, GRAIN = 0.9, 1.0, 0.1, 2**30

SURFACES: dict[str, Objective] = {
    "ravine": zoo.quadratic(40.0),
    "saddle": zoo.double_well(),
    "cliff": zoo.cliff(6),
    "plateau": zoo.plateau(0.9),
}
# The saddle's ball stands on the ridge to the last bit: nothing on it points sideways.
STARTS = {"ravine": [-1.8, 0.8], "saddle": [0.0, -1.5], "cliff": [1.8, 1.5], "plateau": [-3.3, 0.5]}
# Which coordinate runs across the map, and which up: the ridge of the saddle lies across.
AXES = {"ravine": [0, 1], "saddle": [1, 0], "cliff": [0, 1], "plateau": [0, 1]}
# name -> the chapter behind the map, left and right end, bottom and top.
MAPS: dict[str, tuple[str, tuple[float, float], tuple[float, float]]] = {
    "ravine": ("ill-conditioning", (-2.2, 0.6), (-1.2, 1.2)),
    "saddle": ("saddles", (-1.8, 1.0), (-1.5, 1.5)),
    "cliff": ("cliffs", (-0.2, 2.2), (-0.2, 2.0)),
    "plateau": ("saddles", (-6.0, 5.0), (-5.0, 5.0)),
}

HELPERS = ["momentum", "clipping", "noise"]
TONES = {"arrived": "green", "thrown": "orange", "out": "black"}
VERDICTS = {
    "arrived": "✓ home, step {step}",
    "thrown": "✗ lost, step {step}",
    "out": "… not there yet",
}
# Without noise the words may be others than with it.
PHRASES = {
    "ravine": {
        "arrived": "the ravine is crossed",
        "thrown": "the ravine throws its ball from wall to wall and out",
        "out": "the ravine is not crossed yet",
    },
    "saddle": {
        "arrived": "the saddle lets go",
        "thrown": "the saddle throws its ball",
        "out": "the saddle has not let go yet",
        "out in silence": "on the saddle nothing pushes sideways",
    },
    "cliff": {
        "arrived": "the cliff's ball is down",
        "thrown": "the cliff throws its ball",
        "out": "the cliff's ball is not down yet",
    },
    "plateau": {
        "arrived": "the plateau wakes",
        "thrown": "the plateau throws its ball",
        "out": "the plateau still sleeps",
    },
}
for _told in PHRASES.values():
    _told.setdefault("out in silence", _told["out"])

CONSTANTS = {
    name: globals()[name]
    for name in ("N_STEPS", "LOW", "RUNNING", "FAR", "MOMENTUM", "THRESHOLD", "NOISE", "GRAIN", "STARTS",
                 "AXES", "HELPERS", "TONES", "VERDICTS", "PHRASES")
}  # fmt: skip


def maps() -> Explorer:
    """Descents on four landscapes at once, with one learning rate to turn and three helpers to call."""
    return Explorer(
        Kernel(KERNEL, four_descents, SURFACES, constants=CONSTANTS),
        controls=[
            Slider("rate", "one learning rate for all", 1e-4, 1, 0.04, log=True,
                   ticks={1e-4: "0.0001", 1e-3: "0.001", 0.01: "0.01", 0.1: "0.1", 1: "1"},
                   strips={f"{name}.arrived": name for name in MAPS}),
            Toggle("momentum", f"momentum {MOMENTUM:g}", more=True),
            Toggle("clipping", f"clipping of gradients longer than {THRESHOLD:g}", more=True),
            Toggle("noise", f"noise {NOISE:g} in each gradient, before clipping", more=True),
            Button("seed", "New noise", more=True),
        ],
        views=[_map(name) for name in MAPS],
        presets=[_with(0, "No helper"), _with(1, "Momentum"), _with(2, "Momentum, clipping"),
                 _with(3, "All three")],
        name="maps",
        title="One learning rate, four landscapes. Can you bring all four balls down?",
        label="Four landscapes from above, a ravine, a saddle, a cliff and a plateau, and on each the path "
        "of a ball that goes downhill: which balls arrive at one and the same learning rate?",
        sentences=["{told}."],
        layout="row",
        seconds=6,
    )  # fmt: skip


def _with(n_helpers: int, label: str) -> Preset:
    """The first helpers together; the learning rate stays."""
    return Preset(label, {helper: i < n_helpers for i, helper in enumerate(HELPERS)}, keep=True)


def _map(name: str) -> Field:
    chapter, (left, right), (bottom, top) = MAPS[name]
    names = ("θ₁", "θ₂")
    across, up = AXES[name]
    verdict = f"{{{name}.verdict}}"
    return Field(
        f"the {name} seen from above, and the path of the ball",
        Axis(names[across], left, right),
        Axis(names[up], bottom, top),
        surface=f"{name}.surface",
        paths=[Path(f"{name}.x", f"{name}.y", verdict, "black", tone=f"{name}.tone", style="solid")],
        points=[Points(f"{name}.start_x", f"{name}.start_y", colour="grey", radius=3.5)],
        marks=[Mark("", point.theta[across], point.theta[up], "black")
               for point in SURFACES[name].critical_points if point.kind == "minimum"],
        contours=12,
        equal=False,
        shape=0.84,
        title=name.capitalize(),
        cursor=True,
        bare=True,
        link=f"terrain/{chapter}.html",
    )  # fmt: skip


def four_descents(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/landscapes.mjs computes, by the rules of the package."""
    # Logarithms and cosines may differ in their last bit between languages; a cliff would make that visible.
    seeds = [len(SURFACES) * int(values["seed"]) + i for i in range(len(SURFACES))]
    draws = [np.floor(GRAIN * Random(seed).normal(2 * N_STEPS) + 0.5) / GRAIN for seed in seeds]

    def runs(helpers: Mapping[str, Any]) -> dict[str, tuple[str, Array, list[float]]]:
        return {name: _follow(name, helpers, xi.reshape(-1, 2))
                for name, xi in zip(SURFACES, draws, strict=True)}  # fmt: skip

    def arrived(found: Mapping[str, tuple[str, Array, list[float]]]) -> int:
        return sum(fate == "arrived" for fate, _, _ in found.values())

    found = runs(values)
    count = arrived(found)
    outputs: dict[str, Any] = {"count": count}
    for name, (fate, path, J) in found.items():
        step = len(path) - (RUNNING if fate == "arrived" else 1)
        across, up = AXES[name]
        outputs |= {
            f"{name}.x": path[:, across],
            f"{name}.y": path[:, up],
            f"{name}.start_x": path[0, across],
            f"{name}.start_y": path[0, up],
            f"{name}.J": np.array(J),
            f"{name}.step": step,
            f"{name}.status": fate,
            f"{name}.arrived": int(fate == "arrived"),
            f"{name}.tone": TONES[fate],
            f"{name}.verdict": VERDICTS[fate].replace("{step}", str(step)),
            f"{name}.surface": _surface(name),
        }
    score = f"{count} of {len(SURFACES)}"
    if count < len(SURFACES):
        quiet = "" if values["noise"] else " in silence"
        said = [PHRASES[name][fate + (quiet if fate == "out" else "")]
                for name, (fate, _, _) in found.items()]  # fmt: skip
        told = _listed(said)
        return outputs | {"told": f"{told[0].upper()}{told[1:]}: {score}"}
    without = [
        f"without {helper} {arrived(runs({**values, helper: False}))}" for helper in HELPERS if values[helper]
    ]
    told = f"{score}. Take one helper away and count again: {_listed(without)}. Why? That is this course"
    return outputs | {"told": told}


class _Noisy:
    """A surface whose gradient at step t comes with the t-th draw of the noise."""

    def __init__(self, surface: Objective, xi: Array | None) -> None:
        self.value, self.hess = surface.value, surface.hess
        self.surface, self.xi, self.t = surface, xi, 0

    def grad(self, theta: Array) -> Array:
        g: Array = self.surface.grad(theta)
        return g if self.xi is None else g + NOISE * self.xi[self.t]


def _follow(name: str, helpers: Mapping[str, Any], xi: Array) -> tuple[str, Array, list[float]]:
    """What becomes of a ball, its path (n, 2), and its cost at each step."""
    surface, seen = SURFACES[name], _Noisy(SURFACES[name], xi if helpers["noise"] else None)
    rule = rules.momentum(float(helpers["rate"]), MOMENTUM if helpers["momentum"] else 0.0)
    if helpers["clipping"]:
        rule = rules.clip_by_norm(rule, THRESHOLD)
    theta = np.array(STARTS[name])
    state, path, J, low = rule.init(theta), [theta], list[float](), 0
    while True:
        J.append(float(surface.value(theta)))
        low = low + 1 if J[-1] < LOW else 0
        if low == RUNNING:
            return "arrived", np.array(path), J
        if len(J) > N_STEPS:
            return "out", np.array(path), J
        seen.t = len(J) - 1
        theta, state = rule.update(seen, theta, state, seen.t)
        path.append(theta)
        if not float(np.sqrt(theta @ theta)) <= FAR:
            return "thrown", np.array(path), J


def _surface(name: str) -> Any:
    """The surface as its map shows it: a function of the points (across, up)."""
    return lambda points: SURFACES[name].value(np.asarray(points)[..., AXES[name]])


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
