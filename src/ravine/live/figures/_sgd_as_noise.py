"""What the kernel of the figure on SGD as noise computes, in Python, and what both need."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ravine import noise
from ravine._typing import Array
from ravine.live import Random
from ravine.live._text import fill

# Steps of one walker, each so long in time, and how many lie between two that are drawn.
N_STEPS, RATE, EVERY = 60_000, 0.1, 30
# The law's integrals go so far on each side, in so many pieces; no walker comes there.
FAR, PIECES = 3.0, 2000
# Of the circle that stands for noise of variance 1.
RADIUS = 0.42
# Noise across the pass that differs from the left's by no more is called equal.
EQUAL = 0.015
# Shares closer to 0 or to 1 are told in words: with one digit they would look like none or all.
SLIGHT = 0.0005
# Minima whose tilt is smaller are called equally deep.
LEVEL = 1e-9
# A walker that changed wells less often need not show the long run.
FEW = 6
# Heights are drawn at so many places between -REACH and REACH; visits are counted in bins so wide, and a bin
# in the frame with fewer of them shows none. Ends of the axis of heights, unless something lies beyond.
REACH, PLACES, BIN, ENOUGH, FLOOR, CEILING = 2.0, 161, 0.1, 30, -1.5, 1.0

SAYS = {
    "cold": "Only {n} {changes} between the wells: too few to show the long run",
    "even": "Nearly equal noise towards the pass, and nearly equal waiting",
    "tilted": "Nearly equal noise towards the pass, but the minima are not equally deep",
    "along": "On the right less noise points towards the pass: harder to leave than with the circle there",
    "across": "On the right more noise points towards the pass: easier to leave than with the circle there",
    "once": "change",
    "often": "changes",
    "level": "Both minima are equally deep",
    "left": "The left minimum is the lower one",
    "right": "The right minimum is the lower one",
    "little": "less than 0.05\N{NO-BREAK SPACE}%",
    "nearly": "more than 99.95\N{NO-BREAK SPACE}%",
}

# What kernels/wells.mjs needs.
FOR_WELLS = {"N_STEPS": N_STEPS, "RATE": RATE, "EVERY": EVERY, "FAR": FAR, "PIECES": PIECES, "RADIUS": RADIUS,
             "EQUAL": EQUAL, "SLIGHT": SLIGHT, "LEVEL": LEVEL, "FEW": FEW, "REACH": REACH, "PLACES": PLACES,
             "BIN": BIN, "ENOUGH": ENOUGH, "FLOOR": FLOOR, "CEILING": CEILING, "SAYS": SAYS}  # fmt: skip


def wells_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/wells.mjs computes; the law from `noise.occupancy_1d`."""
    eps, ratio, tilt = (float(values[name]) for name in ("eps", "ratio", "tilt"))
    turn = float(values["angle"]) * np.pi / 180
    d = np.array([2 * ratio / (1 + ratio), 2 / (1 + ratio)])
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    D = float(d[0] * cos * cos + d[1] * sin * sin)
    sigma = np.array([[cos, -sin], [sin, cos]]) * np.sqrt(d)
    x, y, share, crossings, visits = _walk(eps, sigma, tilt, int(values["seed"]))
    p_left = float(noise.occupancy_1d(
        lambda x: x - x**3 - tilt, lambda x: np.where(x < 0, 1.0, np.sqrt(D)), [-FAR, 0.0, FAR], eps
    )[0])  # fmt: skip
    w = np.linspace(0, 2 * np.pi, 181)
    circle = RADIUS * np.stack([np.cos(w), np.sin(w)])
    ellipse = sigma @ circle
    few, equal, level = crossings < FEW, abs(D - 1) <= EQUAL, abs(tilt) < LEVEL
    side = ("even" if level else "tilted") if equal else "along" if D < 1 else "across"
    numbers = {"n": f"{crossings}", "changes": SAYS["once" if crossings == 1 else "often"]}
    return {"x": x, "y": y, "share": share, "steps": np.arange(0.0, N_STEPS + 1, EVERY),
            "left_x": circle[0] - 1, "left_y": circle[1], "right_x": ellipse[0] + 1, "right_y": ellipse[1],
            "law_x": np.array([0.0, N_STEPS]), "law_y": np.array([p_left, p_left]), "p_left": p_left,
            "p_right": 1 - p_left, "measured": float(share[-1]), "told_left": _told(p_left),
            "told_measured": _told(float(share[-1])), "D": D, "crossings": crossings,
            "barrier": 0.5 / (D * eps),
            "lower": SAYS["level" if level else "left" if tilt > 0 else "right"],
            "verdict": fill(SAYS["cold" if few else side], numbers),
            "surface": lambda theta: _cost(theta, tilt), **_heights(eps, D, tilt, visits)}  # fmt: skip


def _told(share: float) -> float | str:
    """A share, or words where its one digit behind the point would say none or all of what is not."""
    return SAYS["little"] if 0 < share < SLIGHT else SAYS["nearly"] if 1 - SLIGHT < share < 1 else share


def _double(x: Array, tilt: float) -> Array:
    """Twice the cost along y = 0, less its value at x = 0: the quasi-potential where D = 1."""
    return np.asarray(2 * (x**4 / 4 - x**2 / 2 + tilt * x))


def _heights(eps: float, D: float, tilt: float, visits: Array) -> dict[str, Any]:
    """Cost and quasi-potential over x, both 0 at x = 0, and the latter as the visits of a run tell it."""
    places, half = np.linspace(-REACH, REACH, PLACES), np.linspace(0, FAR, PIECES + 1)
    phi = _double(places, tilt) / np.where(places < 0, 1, D)
    # The law's integral over both sides: what makes a density of D^-1 exp(-phi / nu).
    weights = np.where(np.arange(PIECES + 1) % 2, 4.0, 2.0)
    weights[[0, -1]] = 1.0
    mass = FAR / PIECES / 3 * sum(
        weights @ np.exp(-_double(side * half, tilt) / (size * eps)) / size
        for side, size in ((-1, 1), (1, D))
    )  # fmt: skip
    middles = (np.arange(len(visits)) + 0.5) * BIN - FAR
    density = visits / ((N_STEPS + 1) * BIN)
    seen = np.full(len(visits), np.nan)
    often = (visits >= ENOUGH) & (np.abs(middles) < REACH)
    seen[often] = -eps * np.log(density[often] * np.where(middles < 0, 1, D)[often] * mass)
    return {"places": places, "double": _double(places, tilt), "phi": phi, "middles": middles, "seen": seen,
            "floor": float(min(FLOOR, phi.min() - 0.1, np.nanmin(seen) - 0.1)),
            "ceiling": float(max(CEILING, np.nanmax(seen) + 0.1))}  # fmt: skip


def _cost(theta: Array, tilt: float) -> Array:
    x, y = np.moveaxis(np.asarray(theta), -1, 0)
    return np.asarray((x * x - 1) * (x * x - 1) / 4 + tilt * x + y * y / 2)


def _walk(eps: float, sigma: Array, tilt: float, seed: int) -> tuple[Array, Array, Array, int, Array]:
    """Positions at every EVERY-th step, shares so far on the left, changes of the well, visits of a bin."""
    (a, b), (c, d) = sigma.tolist()
    scale = float(np.sqrt(eps * RATE))
    xs, ys, share = np.empty((3, N_STEPS // EVERY + 1))
    # Plain numbers: an array of one walker would take ten times as long.
    p, q = Random(seed).normal(2 * N_STEPS).reshape(-1, 2).T.tolist()
    u, v, left, well, crossings = -1.0, 0.0, 0, -1, 0
    visits = [0] * round(2 * FAR / BIN)
    for t in range(N_STEPS + 1):
        left += u < 0
        visits[int((u + FAR) / BIN)] += 1
        if well * u < -0.5:
            well, crossings = -well, crossings + 1
        if t % EVERY == 0:
            xs[t // EVERY], ys[t // EVERY], share[t // EVERY] = u, v, left / (t + 1)
        if t < N_STEPS:
            m, n = (p[t], q[t]) if u < 0 else (a * p[t] + b * q[t], c * p[t] + d * q[t])
            u -= RATE * (u * u * u - u + tilt) - scale * m
            v -= RATE * v - scale * n
    return xs, ys, share, crossings, np.array(visits, dtype=float)


# The second figure: curvature in the mean, steps, runs drawn, ends and points of its axis of rates, ends of
# that of growth; the size below which a factor is drawn as if it had it, since 0 has no logarithm; growth a
# step that is nearer to 0 is none.
MEAN, STEPS, N_RUNS, GRID, DEPTH, LEAST, NONE = 2.0, 300, 8, 361, 1.0, 1e-9, 1e-9
ENDS = [0.3, 1.2]
STAYS = {
    "stays": "SGD stays: in the long run its runs shrink, and the mean of their squares with them",
    "square": "At the limit of SGD for the mean of squares: it neither grows nor shrinks",
    "rare": "In the long run nearly every run of SGD comes home, and yet the mean of squares grows: rare "
    "runs decide it",
    "sure": "At the limit for nearly every run of SGD: it comes close and goes far, again and again",
    "leaves": "In the long run nearly every run of SGD leaves a minimum at which every gradient is zero",
    "descent stays": "{sgd}; gradient descent stays",
    "descent hops": "{sgd}; gradient descent hops to and fro for ever",
    "descent leaves": "{sgd}; gradient descent leaves",
}

# What kernels/stays.mjs needs.
FOR_STAYS = {"MEAN": MEAN, "N_STEPS": STEPS, "N_RUNS": N_RUNS, "ENDS": ENDS, "GRID": GRID, "DEPTH": DEPTH,
             "LEAST": LEAST, "NONE": NONE, "SAYS": STAYS}  # fmt: skip


def stays_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/stays.mjs computes."""
    epsilon, spread = float(values["epsilon"]), float(values["spread"])
    a = np.array([MEAN - spread, MEAN + spread])
    t, rates = np.arange(STEPS + 1.0), np.linspace(ENDS[0], ENDS[1], GRID)
    drawn = Random(int(values["seed"])).uniform(N_RUNS * STEPS).reshape(N_RUNS, STEPS) >= 0.5
    steps = _ln(1 - epsilon * a)[drawn.astype(int)]
    runs = np.concatenate([np.zeros((N_RUNS, 1)), steps.cumsum(axis=1)], axis=1)
    sure, square, descent = (float(g) for g in _growths(np.array([epsilon]), a)[:, 0])
    curves = _growths(rates, a)
    # Of the mean square, then of nearly every run: a limit itself is on neither side.
    if square < NONE:
        sgd = STAYS["stays" if square < -NONE else "square"]
    else:
        sgd = STAYS["rare" if sure < -NONE else "sure" if sure < NONE else "leaves"]
    way = "descent stays" if descent < -NONE else "descent hops" if descent < NONE else "descent leaves"
    return {**{f"run_{k}": np.exp(run) for k, run in enumerate(runs)}, "t": t,
            "home": int((runs[:, -1] < 0).sum()), "mean_run": np.exp(descent * t),
            "typical": np.exp(sure * t), "growth": sure, "growth_square": square, "growth_descent": descent,
            "ride": max(sure, -DEPTH), "step_sgd": float(np.exp(sure)),
            "step_descent": float(np.exp(descent)), "rates": rates,
            "curve_sure": curves[0], "curve_square": curves[1],
            "curve_descent": curves[2], "small": float(a[0]), "large": float(a[1]),
            "verdict": fill(STAYS[way], {"sgd": sgd})}  # fmt: skip


def _ln(x: Any) -> Any:
    return np.log(np.maximum(np.abs(x), LEAST))


def _growths(rates: Array, a: Array) -> Array:
    """Growth a step of nearly every run, of the root of the mean square, and of gradient descent."""
    factors = 1 - rates[:, None] * a
    return np.array([
        _ln(factors).mean(axis=1), _ln(np.sqrt((factors**2).mean(axis=1))), _ln(1 - rates * MEAN)
    ])  # fmt: skip
