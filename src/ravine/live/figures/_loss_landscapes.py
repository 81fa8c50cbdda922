"""What the kernels of the figures on loss landscapes compute, in Python, and what both need."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from ravine._typing import Array
from ravine.experiments.loss_landscapes import rescaling
from ravine.live._text import fill

# Points of a slice; ends of the axis of r, and points of its curves.
POINTS, RATES = 61, [0.1, 10.0, 61]

SAYS = {
    # Within this factor two curvatures are the same, and so close to 1 (in its logarithm) nothing is rescaled.
    "near": 1.1,
    "still": 0.03,
    "alike": "as sharp as before",
    "sharper": "{times:.2g} times as sharp as before",
    "flatter": "{times:.2g} times as flat as before",
    "nothing": "Nothing is rescaled: both lines run through the network in the same direction",
    "layers": "The same network, and along the old direction it is {raw}; along one with filters of its own "
    "size, {own}",
    "units": "The same network, and along the old direction it is {raw}; now filters of its own size do not "
    "help: {own}",
}


@cache
def for_rescale() -> dict[str, Any]:
    """What kernels/rescale.mjs needs."""
    net = rescaling.toy()
    flat = {"RECEIVED": net.received, "CHANGED": net.changed, "ANSWERS": net.answers, "TURNED": net.turned,
            "BIASES": net.biases, "LABELS": net.labels}  # fmt: skip
    sizes = {"N": len(net.labels), "UNITS": len(net.answers), "CLASSES": len(net.biases)}
    return {**sizes, **{name: x.ravel().tolist() for name, x in flat.items()},
            "POINTS": POINTS, "RATES": RATES, "COST": net.cost, "SAYS": SAYS}  # fmt: skip


def rescale_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/rescale.mjs computes."""
    r, unitwise = float(values["r"]), values["which"] == "units"
    s, axis = np.linspace(-1, 1, POINTS), np.geomspace(*RATES[:2], int(RATES[2]))
    raw, own = (_curvature(r, unitwise, filters) for filters in (False, True))
    curves = [np.array([_curvature(x, unitwise, filters) for x in axis]) for filters in (False, True)]
    times, own_times = (
        x / _curvature(1.0, unitwise, filters) for x, filters in ((raw, False), (own, True))
    )
    if abs(np.log(r)) < SAYS["still"]:
        verdict = SAYS["nothing"]
    else:
        said = {"raw": _compared(times), "own": _compared(own_times)}
        verdict = fill(SAYS["units" if unitwise else "layers"], said)
    costs = [np.array([_cost(x, r, unitwise, filters) for x in s]) for filters in (False, True)]
    return {"s": s, "raw_J": costs[0], "own_J": costs[1], "axis": axis, "raw_curve": curves[0],
            "own_curve": curves[1], "curvature": raw, "own": own, "curvature_min": min(raw, *curves[0]),
            "times": times, "own_times": own_times, "ride": raw, "guess": float(np.log(10)),
            "cost": rescaling.toy().cost, "verdict": verdict}  # fmt: skip


def _line(r: float, unitwise: bool, filters: bool) -> tuple[Array, Array, Array, Array]:
    """Inputs of the units and their change, weights behind them and their change, after the rescaling."""
    net = rescaling.toy()
    by = np.where(np.arange(len(net.answers)) % 2 == 1, 1 / r, r) if unitwise else np.full(len(net.answers), r)
    answers = net.answers / by[:, None]
    if not filters:
        return by * net.received, net.changed, answers, net.turned
    grown = np.linalg.norm(answers, axis=0) / np.linalg.norm(net.answers, axis=0)
    return by * net.received, by * net.changed, answers, grown * net.turned


def _cost(s: float, r: float, unitwise: bool, filters: bool) -> float:
    """The mean loss at the distance s along the line."""
    net = rescaling.toy()
    received, changed, answers, turned = _line(r, unitwise, filters)
    z = np.maximum(received + s * changed, 0) @ (answers + s * turned) + net.biases
    top = z.max(axis=1, keepdims=True)
    right = np.take_along_axis(z - top, net.labels[:, None], axis=1)[:, 0]
    return float(np.mean(np.log(np.exp(z - top).sum(axis=1)) - right))


def _curvature(r: float, unitwise: bool, filters: bool) -> float:
    """The second derivative of `_cost` at s = 0."""
    net = rescaling.toy()
    received, changed, answers, turned = _line(r, unitwise, filters)
    on = received > 0
    z = (on * received) @ answers + net.biases
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    slope = (on * changed) @ answers + (on * received) @ turned
    bend = 2 * (on * changed) @ turned
    miss = p - np.eye(p.shape[1])[net.labels]
    spread = (p * slope**2).sum(axis=1) - (p * slope).sum(axis=1) ** 2
    return float(np.mean(spread + (miss * bend).sum(axis=1)))


def _compared(ratio: float) -> str:
    """How sharp it is, beside how sharp it was."""
    if 1 / SAYS["near"] < ratio < SAYS["near"]:
        return str(SAYS["alike"])
    return fill(SAYS["sharper" if ratio > 1 else "flatter"], {"times": max(ratio, 1 / ratio)})
