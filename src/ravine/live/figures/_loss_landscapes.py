"""What the kernels of the figures on loss landscapes compute, in Python, and what both need."""

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from ravine._typing import Array
from ravine.experiments.loss_landscapes import rescaling, twins
from ravine.experiments.loss_landscapes.shipped import pictures
from ravine.experiments.loss_landscapes.trails import ways
from ravine.experiments.loss_landscapes.training import DEPTHS, KINDS, network
from ravine.live._text import fill

# Points of a slice; ends of the axis of r, and points of its curves.
POINTS, LOW, HIGH, STEPS = 61, 0.1, 10.0, 61
# Within this factor two curvatures are about the same, within the next the same but for rounding;
# with ln r as small as the last hardly anything is rescaled.
NEAR, SAME, STILL = 1.1, 1 + 1e-6, 0.03

SAYS = {
    "same": "as sharp as before",
    "alike": "about as sharp as before",
    "sharper": "{times:.2g} times as sharp as before",
    "flatter": "{times:.2g} times as flat as before",
    "nothing": "Nothing is rescaled: both lines run through the network in the same direction",
    "hardly": "Hardly anything is rescaled: both lines run through the network in nearly the same direction",
    "both": "The same network, and along both lines it is about as sharp as before",
    "layers": "The same network, and along the old direction it is {raw}; along one with filters of its own "
    "size, {own}",
    "units": "The same network, and along the old direction it is {raw}; along one with filters of its own "
    "size, which rescaled units mislead, {own}",
}


@cache
def for_rescale() -> dict[str, Any]:
    """What kernels/rescale.mjs needs."""
    net = rescaling.toy()
    flat = {"RECEIVED": net.received, "CHANGED": net.changed, "ANSWERS": net.answers, "TURNED": net.turned,
            "BIASES": net.biases, "LABELS": net.labels}  # fmt: skip
    sizes = {"N": len(net.labels), "UNITS": len(net.answers), "CLASSES": len(net.biases)}
    return {**sizes, **{name: x.ravel().tolist() for name, x in flat.items()},
            "POINTS": POINTS, "RATES": [LOW, HIGH, STEPS], "NEAR": NEAR, "SAME": SAME, "STILL": STILL,
            "COST": net.cost, "SAYS": SAYS}  # fmt: skip


def rescale_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/rescale.mjs computes."""
    r, unitwise = float(values["r"]), values["which"] == "units"
    s, axis = np.linspace(-1, 1, POINTS), np.geomspace(LOW, HIGH, STEPS)
    raw, own = (_curvature(r, unitwise, filters) for filters in (False, True))
    curves = [np.array([_curvature(x, unitwise, filters) for x in axis]) for filters in (False, True)]
    times, own_times = (x / _curvature(1.0, unitwise, filters) for x, filters in ((raw, False), (own, True)))
    said = {"raw": _compared(times), "own": _compared(own_times)}
    verdict = fill(SAYS[_case(r, unitwise, times, own_times)], said)
    costs = [np.array([_cost(x, r, unitwise, filters) for x in s]) for filters in (False, True)]
    return {"s": s, "raw_J": costs[0], "own_J": costs[1], "axis": axis, "raw_curve": curves[0],
            "own_curve": curves[1], "curvature": raw, "own": own, "curvature_min": min(raw, *curves[0]),
            "times": times, "own_times": own_times, "ride": raw, "guess": float(np.log(10)),
            "cost": rescaling.toy().cost, "verdict": verdict}  # fmt: skip


def _line(r: float, unitwise: bool, filters: bool) -> tuple[Array, Array, Array, Array]:
    """Inputs of the units and their change, weights behind them and their change, after the rescaling."""
    net = rescaling.toy()
    odd = np.arange(len(net.answers)) % 2 == 1
    by = np.where(odd & unitwise, 1 / r, r)
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


def _case(r: float, unitwise: bool, times: float, own_times: float) -> str:
    """Which of `SAYS` is true: that rescaled units mislead is said only where they do."""
    if abs(np.log(r)) < STILL:
        return "nothing" if r == 1 else "hardly"
    if not unitwise or not 1 / NEAR < own_times < NEAR:
        return "units" if unitwise else "layers"
    return "both" if 1 / NEAR < times < NEAR else "layers"


def _compared(ratio: float) -> str:
    """How sharp it is, beside how sharp it was."""
    if 1 / SAME < ratio < SAME:
        return SAYS["same"]
    if 1 / NEAR < ratio < NEAR:
        return SAYS["alike"]
    return fill(SAYS["sharper" if ratio > 1 else "flatter"], {"times": max(ratio, 1 / ratio)})


# The opening figure: points along each side of a map, the cost from which on all have one colour, points of
# a ring.
SIDE, TOP, RINGS = len(twins.TICKS), 7.0, len(twins.ANGLES)
SHOWN = ("random", "another")

# Where more of the plain map than this beats guessing, there is little difference to see.
MOST = 0.9

BOWLS = {
    "alike": "Little difference: nearly all over both maps the network does better than guessing",
    "basin": "Still one basin, but on the plain map a smaller one",
    "chaos": "{plain.minima:d} hollows on the plain map, {residual.minima:d} on the residual one",
    "ring": "On the plain map the ring costs {plain.ring_max:.2g} where it is highest. Training began "
    "just as far away, at {plain.start:.3g}: in a direction that the map does not show",
    "high": "On the plain map the ring costs {plain.ring_max:.2g} where it is highest, more than guessing "
    "does. Training began just as far away, at {plain.start:.3g}: in a direction that the map does not show",
}


@cache
def for_bowls() -> dict[str, Any]:
    """What kernels/bowls.mjs needs."""
    return {"SIDE": SIDE, "GUESS": twins.GUESSING, "RINGS": RINGS,
            "DEPTHS": list(DEPTHS), "PLANES": list(SHOWN), "SAYS": BOWLS, "MOST": MOST,
            "NETS": nets()}  # fmt: skip


@cache
def nets() -> dict[str, list[dict[str, Any]]]:
    """Kind of network -> what is known of each depth: its maps as text, row by row from below."""
    return {kind: [_net(kind, depth) for depth in DEPTHS] for kind in KINDS}


def _net(kind: str, depth: int) -> dict[str, Any]:
    """What is shipped of one network, ready for the page."""
    kept, at = pictures(), (KINDS.index(kind), DEPTHS.index(depth))
    cost, ring = (kept.number(name, kind, depth) for name in ("cost", "began"))
    start = float(ways()[kind, depth].costs[0])
    # Direction 1 runs to the right, 2 up: rows of a map are its second axis.
    maps = [
        base64.b64encode(np.ascontiguousarray(codes.T).tobytes()).decode()
        for codes in kept.bytes[at][: len(SHOWN)]
    ]
    lowest = [kept.minima(kind, depth, plane)[:, ::-1] @ [SIDE, 1] for plane in SHOWN]
    return {"cost": cost, "start": start, "ring": ring, "n": network(kind, depth).n, "maps": maps,
            "tops": [float(top) for top in kept.top[at][: len(SHOWN)]],
            "minima": [[int(k) for k in points] for points in lowest]}  # fmt: skip


def bowls_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/bowls.mjs computes."""
    at, plane = DEPTHS.index(values["depth"]), SHOWN.index(values["plane"])
    maps = {kind: _map(found[at], plane) for kind, found in nets().items()}
    outputs = {f"{kind}.{name}": x for kind, found in maps.items() for name, x in found.items()}
    outputs["n"] = nets()["plain"][at]["n"]
    key, aside = _read(maps["plain"])
    return outputs | {"verdict": fill(BOWLS[key], outputs), "aside": fill(BOWLS[aside], outputs)}


def _read(plain: Mapping[str, Any]) -> tuple[str, str]:
    """Which of `BOWLS` is true of a plain map in random directions, and of its ring."""
    chaos = "basin" if plain["minima"] <= 1 else "chaos"
    key = "alike" if plain["better"] > MOST else chaos
    return key, "high" if plain["ring_max"] > twins.GUESSING else "ring"


def _map(net: Mapping[str, Any], plane: int) -> dict[str, Any]:
    """One map, and what is drawn on it."""
    codes = np.frombuffer(base64.b64decode(net["maps"][plane]), dtype=np.uint8).reshape(SIDE, SIDE)
    J, step = net["tops"][plane] * (codes / 255) ** 2, 2 / (SIDE - 1)
    lowest = np.array(net["minima"][plane], dtype=int)
    around = 2 * np.pi * ((np.arange(2 * RINGS) + 1) // 2) / RINGS  # of each piece of the ring both ends
    ring = net["ring"] * np.stack([np.cos(around), np.sin(around)])
    guess = -1 + step * _outline(J)
    return {"J": J, "guess_x": guess[0], "guess_y": guess[1], "ring_x": ring[0], "ring_y": ring[1],
            "minima_x": -1 + step * (lowest % SIDE), "minima_y": -1 + step * (lowest // SIDE),
            "better": float((J < twins.GUESSING).mean()), "minima": len(lowest), "cost": net["cost"],
            "ring": net["ring"], "start": net["start"],
            "ring_max": float(_between(J, *((ring + 1) / step)).max())}  # fmt: skip


def _between(J: Array, u: Array, v: Array) -> Array:
    """Costs between points of the map, each from the four around."""
    j, i = (np.minimum(SIDE - 2, np.floor(x)).astype(int) for x in (u, v))
    s, t = u - j, v - i
    below, above = ((1 - s) * J[i + k, j] + s * J[i + k, j + 1] for k in (0, 1))
    return np.asarray((1 - t) * below + t * above)


def _outline(J: Array) -> Array:
    """The line on which the cost is that of guessing, in pieces, two ends each, in units of the grid."""
    points = []
    for i in range(SIDE - 1):
        for j in range(SIDE - 1):
            corners, cut = ((j, i), (j + 1, i), (j + 1, i + 1), (j, i + 1)), []
            for e in range(4):
                p, q = np.array(corners[e]), np.array(corners[(e + 1) % 4])
                a, b = J[p[1], p[0]] - twins.GUESSING, J[q[1], q[0]] - twins.GUESSING
                if (a < 0) != (b < 0):
                    cut.append(p + a / (a - b) * (q - p))
            points += cut
    return np.array(points).reshape(-1, 2).T
