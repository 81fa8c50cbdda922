"""What the kernel of "Where training went" computes, in Python, and what both need."""

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from ravine.experiments.loss_landscapes import twins
from ravine.experiments.loss_landscapes.trails import COLUMNS, ROWS, Way, framed, ways
from ravine.experiments.loss_landscapes.training import DEPTHS, KINDS
from ravine.live._text import fill

# Points of the ring.
RINGS = 120

SAYS = {
    "falls": "The cost fell in each of {epochs:d} epochs",
    "once": "The cost rose in one of {epochs:d} epochs, and fell in all others",
    "rises": "The cost rose in {rises:d} of {epochs:d} epochs, and fell in all others",
}


@cache
def for_way() -> dict[str, Any]:
    """What kernels/way.mjs needs."""
    nets = {kind: [_net(ways()[kind, depth]) for depth in DEPTHS] for kind in KINDS}
    return {"ROWS": ROWS, "COLUMNS": COLUMNS, "RINGS": RINGS, "DEPTHS": list(DEPTHS), "GUESS": twins.GUESSING,
            "SAYS": SAYS, "NETS": nets}  # fmt: skip


def _net(way: Way) -> dict[str, Any]:
    """What is shipped of one way, ready for the page."""
    numbers = {"top": way.top, "share": way.share, "began": way.began, "elsewhere": way.elsewhere}
    return numbers | {
        "map": base64.b64encode(way.bytes.tobytes()).decode(),
        "box": way.box.tolist(),
        "path": np.round(way.path.T, 5).tolist(),
        "walk": np.round(way.walk.T, 4).tolist(),
        "frame": np.round(framed(way.walk), 4).tolist(),
        "costs": np.round(way.costs, 5).tolist(),
    }


def way_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/way.mjs computes."""
    net = for_way()["NETS"][values["kind"]][DEPTHS.index(values["depth"])]
    codes = np.frombuffer(base64.b64decode(net["map"]), dtype=np.uint8).reshape(ROWS, COLUMNS)
    path, walk, costs = (np.array(net[name]) for name in ("path", "walk", "costs"))
    around = 2 * np.pi * ((np.arange(2 * RINGS) + 1) // 2) / RINGS  # of each piece of the ring both ends
    box, frame = net["box"], net["frame"]
    sides = ("left", "right", "low", "high")
    outputs = {
        "J": net["top"] * (codes / 255) ** 2,
        "path_x": path[0], "path_y": path[1], "walk_x": walk[0], "walk_y": walk[1],
        "ring_x": net["began"] * np.cos(around), "ring_y": net["began"] * np.sin(around),
        "start_x": path[0, 0], "start_y": path[1, 0], "set_out_x": walk[0, 0], "set_out_y": walk[1, 0],
        "epoch": np.arange(len(costs)), "cost": costs, "start": float(costs[0]), "end": float(costs[-1]),
        "epochs": len(costs) - 1, "rises": int((np.diff(costs) > 0).sum()), "share": net["share"],
        "elsewhere": net["elsewhere"], "guess": twins.GUESSING,
    }  # fmt: skip
    outputs |= dict(zip(sides, box, strict=True))
    outputs |= {f"walk_{side}": end for side, end in zip(sides, frame, strict=True)}
    key = "falls" if not outputs["rises"] else "once" if outputs["rises"] == 1 else "rises"
    return outputs | {"manner": fill(SAYS[key], outputs)}
