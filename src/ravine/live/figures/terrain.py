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
    _text,
)
from ravine.live.figures import _terrain_causes as causes
from ravine.live.figures._terrain_causes import GROUND, LOW, WHY, Run, cause, end
from ravine.objective import Objective

KERNEL = File(str(files("ravine.live") / "kernels" / "landscapes.mjs"))

# A ball has arrived where J stays below LOW for RUNNING steps; beyond FAR from the origin it has been thrown.
N_STEPS, RUNNING, FAR = 300, 5, 100.0
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
# A ball that comes home off its map is worth a wider one; a margin of so much of the usual width.
FRAMES = {name: [*across, *up] for name, (_, across, up) in MAPS.items()}
MARGIN = 0.16

HELPERS = ["momentum", "clipping", "noise"]
# The rule of each, beside its button.
RULES = {
    "momentum": f"adds {MOMENTUM:g} of the last step to the next",
    "clipping": f"cuts every slope that is longer than {THRESHOLD:g} down to {THRESHOLD:g}",
    "noise": f"shakes every slope at random, by about {NOISE:g}",
}
TONES = {"arrived": "green", "thrown": "orange", "out": "black", "never": "orange"}
VERDICTS = {
    "arrived": "✓ home, step {step}",
    "thrown": "✗ lost, step {step}",
    "out": f"… not in {N_STEPS} steps",
    "never": "✗ never",
}

CONSTANTS = {
    name: globals().get(name, getattr(causes, name, None))
    for name in ("N_STEPS", "LOW", "RUNNING", "FAR", "MOMENTUM", "THRESHOLD", "NOISE", "GRAIN", "STARTS",
                 "AXES", "FRAMES", "MARGIN", "HELPERS", "TONES", "VERDICTS", "WHY", "WIDE", "BOUNCE", "STAR",
                 "LEFT", "HOME_WIDE")
}  # fmt: skip


# Positions of the slider, evenly in the logarithm, each a number with as few digits as tell it from the next.
RATES = [float(f"{10 ** (k / 40):.{2 if k < 12 else 1}f}e{p}") for p in (-4, -3, -2, -1) for k in range(40)]
RATES.append(1.0)


def maps() -> Explorer:
    """Descents on four landscapes at once, with one learning rate to turn and three helpers to call."""
    return Explorer(
        Kernel(KERNEL, four_descents, SURFACES, constants=CONSTANTS),
        controls=[
            Slider("rate", "one learning rate for all", 1e-4, 1, 0.04, log=True, choices=RATES,
                   ticks={1e-4: "0.0001", 1e-3: "0.001", 0.01: "0.01", 0.1: "0.1", 1: "1"},
                   strips={f"{name}.arrived": name for name in MAPS}),
            Toggle("momentum", "momentum", more=True),
            Toggle("clipping", "clipping", more=True),
            Toggle("noise", "noise, which comes before clipping", more=True),
            Button("seed", "New noise", more=True),
        ],
        views=[_map(name) for name in MAPS],
        presets=[Preset(helper.capitalize(), {helper: True}, keep=True, note=rule)
                 for helper, rule in RULES.items()],
        name="maps",
        title="One learning rate, four landscapes. Can you bring all four balls home, into the green?",
        label="Four landscapes from above, a ravine, a saddle, a cliff and a plateau, and on each the path "
        "of a ball that goes downhill: which balls arrive at one and the same learning rate?",
        sentences=["{told}.", *(f"{{{name}.why}}." for name in MAPS)],
        later=_later(),
        layout="row",
        seconds=6,
    )  # fmt: skip


def _later() -> dict[str, tuple[str, str | None]]:
    """What becomes of a ball shows at its step, and how many are home once all have been seen."""
    found: dict[str, tuple[str, str | None]] = {"told": ("decided", "All four roll. Watch who comes home")}
    for name in MAPS:
        meanwhile = {"verdict": "…", "tone": "black", "why": f"{name.capitalize()}: {GROUND[name]}",
                     "arrived": None}  # fmt: skip
        found |= {f"{name}.{what}": (f"{name}.step", words) for what, words in meanwhile.items()}
    return found


def _map(name: str) -> Field:
    chapter, _, _ = MAPS[name]
    names = ("θ₁", "θ₂")
    across, up = AXES[name]
    verdict = f"{{{name}.verdict}}"
    return Field(
        f"the {name} seen from above, and the path of the ball",
        Axis(names[across], f"{name}.left", f"{name}.right"),
        Axis(names[up], f"{name}.bottom", f"{name}.top"),
        surface=f"{name}.surface",
        paths=[Path(f"{name}.x", f"{name}.y", verdict, "black", tone=f"{name}.tone", style="solid")],
        points=[Points(f"{name}.start_x", f"{name}.start_y", colour="grey", radius=3.5)],
        marks=[Mark("", point.theta[across], point.theta[up], "black")
               for point in SURFACES[name].critical_points if point.kind == "minimum"],
        contours=12,
        below=LOW,
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

    outputs: dict[str, Any] = {}
    for (name, surface), xi in zip(SURFACES.items(), draws, strict=True):
        run = fate, path, J = _follow(name, values, xi.reshape(-1, 2))
        others = {helper: _follow(name, {**values, helper: False}, xi.reshape(-1, 2))
                  for helper in HELPERS if values[helper] and fate == "arrived"}  # fmt: skip
        lost = [helper for helper, (other, _, _) in others.items() if other != "arrived"]
        why, numbers = cause(name, run, others, values, surface.grad, RUNNING)
        step, (across, up) = end(run, RUNNING), AXES[name]
        # Certain, as no step leaves a line on which the slope sideways is 0 to the last bit.
        known = "never" if why == "never" else fate
        words = _text.fill(WHY[name][why], numbers)
        outputs |= _frame(name, path[:, [across, up]][step if fate == "arrived" else 0 :], fate)
        outputs |= {
            f"{name}.x": path[:, across],
            f"{name}.y": path[:, up],
            f"{name}.start_x": path[0, across],
            f"{name}.start_y": path[0, up],
            f"{name}.J": np.array(J),
            f"{name}.step": step,
            f"{name}.status": fate,
            f"{name}.arrived": int(fate == "arrived"),
            f"{name}.tone": TONES[known],
            f"{name}.verdict": VERDICTS[known].replace("{step}", str(step)),
            f"{name}.why": words.replace(": home", f": saved by {' and '.join(lost)}", 1) if lost else words,
            f"{name}.surface": _surface(name),
        }
    count = sum(outputs[f"{name}.arrived"] for name in SURFACES)
    more = ". Now turn the rate, and see whom you lose first" if count == len(SURFACES) else ""
    return outputs | {
        "count": count,
        "decided": max(outputs[f"{name}.step"] for name in SURFACES),
        "told": f"{count} of {len(SURFACES)} home{more}",
    }


def _frame(name: str, rest: Array, fate: str) -> dict[str, float]:
    """The four ends of a map: the usual ones, moved out where a ball comes home beyond them."""
    left, right, bottom, top = FRAMES[name]
    ends = {"left": left, "right": right, "bottom": bottom, "top": top}
    if fate == "arrived":
        for k, (low, high) in enumerate((("left", "right"), ("bottom", "top"))):
            room = MARGIN * (ends[high] - ends[low])
            least, most = float(rest[:, k].min()), float(rest[:, k].max())
            ends[low], ends[high] = (
                least - room if least < ends[low] else ends[low],
                most + room if most > ends[high] else ends[high],
            )
    return {f"{name}.{end}": x for end, x in ends.items()}


class _Noisy:
    """A surface whose gradient at step t comes with the t-th draw of the noise."""

    def __init__(self, surface: Objective, xi: Array | None) -> None:
        self.value, self.hess = surface.value, surface.hess
        self.surface, self.xi, self.t = surface, xi, 0

    def grad(self, theta: Array) -> Array:
        g: Array = self.surface.grad(theta)
        return g if self.xi is None else g + NOISE * self.xi[self.t]


def _follow(name: str, helpers: Mapping[str, Any], xi: Array) -> Run:
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
