"""What the kernels of the figures on SGD and momentum compute, in Python, and what both need."""

# ruff: noqa: RUF001  # words are typeset for readers: signs of multiplication and division

from collections.abc import Mapping
from typing import Any

import numpy as np

from ravine._typing import Array
from ravine.live import Random
from ravine.live._text import fill, format_number
from ravine.theory import sgd_and_momentum as theory

# Ten directions of each curvature; the variance of their noise is so many times the curvature.
# At the start the directions of each curvature cost one half together.
CURVATURES, EACH, NOISE = [1.0, 0.01], 10, 0.03
N_STEPS = 1000
# A change is in time where the end is at most so many times the best that it could be.
GOOD = 1.2
# Two ends are about as calm where their unrest differs by no more than this factor.
LIKE = 1.5
# The map of one flat and one steep direction shows at least so far to each side of the lowest point.
WIDE = 0.5

SAYS = {
    "shaking": "Not stuck but shaking",
    "walking": "Not stuck but still on its way",
    "done": "The way is almost done; the drop removes hardly anything but unrest",
    "early": "Too early: along the flat directions the way is now walked {factor} times slower",
    "bit_early": "A little early: along the flat directions the way is now walked {factor} times slower",
    "in_time": "In time: what is left of the way is at most a fifth of the cost at the end, though along the "
    "flat directions it is walked {factor} times slower",
    "about": "About the best moment, though the way is not done",
    "late": "Too late: in the {left} steps that are left, the unrest has not died down",
    "batch": "About the calm of a smaller rate, at the old pace, for {times} times the examples",
    "batch_more": "Calmer than a smaller rate gets by now, at the old pace, for {times} times the examples",
    "batch_less": "The old pace for {times} times the examples, but less calm than at a smaller rate",
    "batch_late": "Too late: in the {left} steps that are left, the larger batch has not calmed it",
    "batch_walking": "A larger batch does not shorten the way: the old pace, for {times} times the examples",
    "at": "at step {T}",
    "end": "at the end",
    "instead": "; without the change it would be {never}",
    "nothing": "",
    "divided": "rate ÷ {factor}",
    "multiplied": "batch × {factor}",
    "never": "no change",
    "cured": "after the change",
}


# What kernels/drop.mjs needs.
FOR_DROP = {"CURVATURES": CURVATURES, "EACH": EACH, "NOISE": NOISE, "N_STEPS": N_STEPS, "GOOD": GOOD,
            "LIKE": LIKE, "WIDE": WIDE, "SAYS": SAYS}  # fmt: skip


def drop_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/drop.mjs computes, from `theory.sgd_and_momentum`."""
    epsilon, factor, change = float(values["epsilon"]), int(values["factor"]), values["change"]
    T = int(np.floor(float(values["drop"]) + 0.5))
    rate, batch = (epsilon / factor, 1) if change == "rate" else (epsilon, factor if change == "batch" else 1)
    way, unrest = _parts(epsilon, rate, batch, T)
    mean, (run, up, across) = way + unrest, _sample(epsilon, rate, batch, T, int(values["seed"]))
    J_never = float(sum(part[-1] for part in _parts(epsilon, epsilon, 1, N_STEPS)))
    J_best, T_best = (J_never, N_STEPS) if change == "nothing" else _best(epsilon, rate, batch)
    examples, acts = float(T + (N_STEPS - T) * batch), T < N_STEPS and change != "nothing"
    share, low = float(way[T] / mean[T]), min(run.min(), mean.min())
    if not acts:
        key = "shaking" if unrest[T] >= way[T] else "walking"
    else:
        key = _verdict(epsilon, rate, batch, T, way, unrest, J_best, T_best)
    numbers = {"factor": f"{factor}", "left": f"{N_STEPS - T}", "T": f"{T}",
               "times": format_number(examples / N_STEPS, ".1f"),
               "never": format_number(J_never, ".2g")}  # fmt: skip
    moment = "at" if T < N_STEPS else "end"
    sign = "never" if not acts else "divided" if change == "rate" else "multiplied"
    t, (steep, flat) = np.arange(N_STEPS + 1.0), CURVATURES
    wide = 1.1 * max(float(np.abs(up).max()), WIDE)
    return {"surface": lambda points: (flat * points[..., 0] ** 2 + steep * points[..., 1] ** 2) / 2,
            "wide": wide, "low": -wide, "right": 1.1 * float(across.max()),
            "left": min(-WIDE, 1.1 * float(across.min())), "run_x": across, "run_y": up,
            "late_x": across[T:], "late_y": up[T:],
            "steps": t, "run_J": run, "mean_J": mean, "way_J": way, "unrest_J": unrest,
            "T": T, "ride": float(mean[T]), "J_drop": float(mean[T]), "way": float(way[T]), "share": share,
            "unrest": float(unrest[T]), "unrest_share": 1 - share, "J_end": float(mean[-1]),
            "J_never": J_never, "J_best": J_best, "T_best": T_best, "examples": examples,
            "foot": 1e-3 if low >= 1e-3 else 1e-4 if low >= 1e-4 else 1e-5,
            "head": max(2.0, 1.3 * float(max(run.max(), mean.max()))),
            "verdict": fill(SAYS[key], numbers), "moment": fill(SAYS[moment], numbers),
            "instead": fill(SAYS["instead" if acts else "nothing"], numbers),
            "sign": fill(SAYS[sign], numbers), "cured": SAYS["cured" if acts else "nothing"]}  # fmt: skip


def _parts(epsilon: float, rate: float, batch: float, T: int) -> tuple[Array, Array]:
    """Way to go and unrest at each step, for a rate and a batch that change at step T."""
    way, unrest = np.zeros((2, N_STEPS + 1))
    before, after = np.full(T, epsilon), np.full(N_STEPS - T, rate)
    for lam in CURVATURES:
        walked = theory.second_moments(np.concatenate([before, after]), lam, 1 / lam, 0.0)
        first = theory.second_moments(before, lam, 1 / lam, EACH * NOISE * lam)
        second = theory.second_moments(after, lam, first[-1], EACH * NOISE * lam / batch)
        way += lam / 2 * walked
        unrest += lam / 2 * (np.concatenate([first, second[1:]]) - walked)
    return way, unrest


def _sample(epsilon: float, rate: float, batch: float, T: int, seed: int) -> tuple[Array, Array, Array]:
    """One run: its cost at each step, and where it stands along a steep direction and along a flat one."""
    lam = np.repeat(CURVATURES, EACH)
    theta, rows = 1 / np.sqrt(EACH * lam), []
    for t, xi in enumerate(Random(seed).normal(N_STEPS * lam.size).reshape(N_STEPS, -1)):
        rows.append((lam @ theta**2 / 2, theta[0], theta[EACH]))
        step, n = (epsilon, 1) if t < T else (rate, batch)
        theta = theta - step * (lam * theta + np.sqrt(NOISE * lam / n) * xi)
    rows.append((lam @ theta**2 / 2, theta[0], theta[EACH]))
    J, steep, flat = np.array(rows).T
    return J, steep, flat


def _floor(lam: float, rate: float, batch: float) -> float:
    """What hovers in the end, of all directions of this curvature."""
    return float(EACH * lam / 2 * theory.stationary_variance(rate, lam, NOISE * lam / batch))


def _best(epsilon: float, rate: float, batch: float) -> tuple[float, int]:
    """The least mean cost at the end over all steps at which the change may come, and the step."""
    T, J = np.arange(N_STEPS + 1), np.zeros(N_STEPS + 1)
    for lam in CURVATURES:
        first, second = (1 - epsilon * lam) ** (2 * T), (1 - rate * lam) ** (2 * (N_STEPS - T))
        rest = _floor(lam, rate, batch)
        J += first * second / 2 + rest + (_floor(lam, epsilon, 1) * (1 - first) - rest) * second
    return float(J.min()), int(J.argmin())


def _verdict(
    epsilon: float, rate: float, batch: float, T: int, way: Array, unrest: Array, best: float, T_best: int
) -> str:
    """Which of `SAYS` is true of a change at step T, where the best comes at step T_best."""
    steep, share = CURVATURES[0], way[T] / (way[T] + unrest[T])
    rest, at = _floor(steep, rate, batch), _floor(steep, epsilon, 1) * (1 - (1 - epsilon * steep) ** (2 * T))
    # What has not died down at the end of the unrest of the steep directions.
    excess = (at - rest) * (1 - rate * steep) ** (2 * (N_STEPS - T))
    good = way[-1] + unrest[-1] <= GOOD * best
    if batch > 1:
        if way[-1] > unrest[-1]:
            return "batch_walking"
        if not good and excess > way[-1]:
            return "batch_late"
        ratio = unrest[-1] / _parts(epsilon, epsilon / batch, 1, T)[1][-1]
        return "batch_more" if ratio < 1 / LIKE else "batch_less" if ratio > LIKE else "batch"
    # Where the unrest is wild, the way is a small share of the cost long before it is done.
    if good and share <= 0.1 and way[T] <= 0.1 * way[0]:
        return "done"
    if good and way[-1] <= 0.2 * (way[-1] + unrest[-1]):
        return "in_time"
    if T_best <= T:
        return "about" if good else "late"
    return "early" if share > 0.1 else "bit_early"


# The second figure: so many steps, to a cost that is out of sight; the top of its axis of floors; the factor
# within which two paces are called the same.
STEPS, FAR, TOP, ALIKE = 400, 1e6, 100.0, 1.25
# Quieter than the first figure, so that beyond the limit of plain SGD momentum hovers far below its start.
QUIET = 0.003
PAIR = {
    "none": "Without momentum the two are one and the same run",
    "both": "Beyond the limit of both: both run away",
    "plain": "Plain SGD runs away at this effective rate; momentum does not",
    "alike": "From step 100 on hardly a difference: here momentum is no more than a larger rate",
    "same": "About the same pace, ",
    "faster": "With momentum the way is shorter in steps, ",
    "slower": "With momentum the way takes longer, ",
    "level": "and about the same height to hover at",
    "plain_name": "plain",
    "ball_name": "momentum",
    "diverges": " diverges",
    "above": " ↑",
    "inside": "",
    "higher": "while plain SGD hovers {times} times higher",
}


# What kernels/pair.mjs needs.
FOR_PAIR = {"CURVATURES": CURVATURES, "EACH": EACH, "NOISE": QUIET, "STEPS": STEPS, "FAR": FAR, "TOP": TOP,
            "ALIKE": ALIKE, "SAYS": PAIR}  # fmt: skip


def pair_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/pair.mjs computes, from `theory.sgd_and_momentum`."""
    eff, alpha = float(values["eff"]), float(values["alpha"])
    outputs: dict[str, Any] = {"epsilon": eff * (1 - alpha), "top": TOP}
    J, floors, steps, left = {}, {}, {}, {}
    for key, a in (("plain", 0.0), ("ball", alpha)):
        J[key], way = _moments(eff, a)
        floors[key] = _hovers(eff, a)
        late = np.flatnonzero(~(way <= 0.01 * way[0]))[-1] + 1
        steps[key], left[key] = float(late) if late <= STEPS else None, way[-1]
        c, m = EACH * QUIET / 2, (1 - a) / (1 + a)
        y = np.geomspace(c * 0.02 / (2 - 0.02 * m), TOP, 200)
        stays, x = np.isfinite(floors[key]), 2 * y / (c + m * y)
        outputs |= {f"{key}.t": np.arange(len(J[key]), dtype=float), f"{key}.J": J[key],
                    f"{key}.steps": steps[key] if stays else None,
                    f"{key}.floor": floors[key] if stays else None, f"{key}.limit": 2 * (1 + a) / (1 - a),
                    f"{key}.outcome": "hovers" if stays else "diverges",
                    f"{key}.label": PAIR[key + "_name"]
                    + PAIR["diverges" if not stays else "above" if floors[key] > TOP else "inside"],
                    f"{key}.done": "–" if not stays else f"not in {STEPS}" if late > STEPS else f"{late}",
                    f"{key}_x": x, f"{key}_y": np.array([_hovers(z, a) for z in x])}  # fmt: skip
    apart = outputs["ball.limit"] > 8
    said = _compared(alpha, J, floors, steps if any(steps.values()) else left)
    return outputs | {"ride": min(floors["ball"], TOP), "wall_1": "limit" if apart else "",
                      "wall_2": "limit" if apart else "limits", "verdict": said}  # fmt: skip


def _moments(eff: float, alpha: float) -> tuple[Array, Array]:
    """Mean cost until it is out of sight, and the cost of the mean path, at each step."""
    J, way = np.zeros((2, STEPS + 1))
    rates = np.full(STEPS, eff * (1 - alpha))
    with np.errstate(over="ignore", invalid="ignore"):  # what runs away
        for lam in CURVATURES:
            J += lam / 2 * theory.second_moments(rates, lam, 1 / lam, EACH * QUIET * lam, momentum=alpha)
            way += lam / 2 * theory.second_moments(rates, lam, 1 / lam, 0.0, momentum=alpha)
    out = ~(J <= FAR)
    return J[: out.argmax() + 1] if out.any() else J, way


def _hovers(eff: float, alpha: float) -> float:
    """The cost at which all directions hover in the end: infinite from the limit on."""
    if 2 - eff * (1 - alpha) / (1 + alpha) * CURVATURES[0] <= 1e-9:
        return np.inf
    return sum(
        EACH
        * lam
        / 2
        * float(theory.stationary_variance(eff * (1 - alpha), lam, QUIET * lam, momentum=alpha))
        for lam in CURVATURES
    )


def _alike(a: float, b: float, within: float) -> bool:
    return a <= within * b and b <= within * a


def _compared(
    alpha: float, J: Mapping[str, Array], floors: Mapping[str, float], ways: Mapping[str, float | None]
) -> str:
    """Which of `PAIR` is true."""
    if alpha == 0:
        return PAIR["none"]
    if not np.isfinite(floors["plain"]):
        return PAIR["plain" if np.isfinite(floors["ball"]) else "both"]
    pairs = zip(J["plain"][100:], J["ball"][100:], strict=True)
    if _alike(floors["plain"], floors["ball"], 1.1) and all(_alike(a, b, 1.1) for a, b in pairs):
        return PAIR["alike"]
    a, b = (np.inf if way is None else way for way in ways.values())
    times = floors["plain"] / floors["ball"]
    text = format_number(times, ".2g" if times < 10 else ".0f")
    last = PAIR["level"] if times < 1.1 else fill(PAIR["higher"], {"times": text})
    return PAIR["same" if _alike(a, b, ALIKE) else "faster" if b < a else "slower"] + last


# The third figure: the ends of its curve, the pass between the two hollows, their bottoms, and where the
# curve is as high again as the pass, to the right; the most steps, and how long the axis of steps may be.
LEFT, RIGHT = -1.75, 1.65
MOST, LENGTHS = 2000, [20, 50, 100, 200, 500, 1000, 2000]
DEEP, PASS, SHALLOW = (float(x) for x in np.sort(np.roots([1, 0, -1, 0.1]).real))
# At PASS the curve touches that height, a double root; the sum of all roots is 0.
LEVEL = float(np.roots([0.25, 0.5 * PASS, 0.75 * PASS**2 - 0.5]).real.max())
ROLLS = {
    "still": "stays where it lies",
    "moving": f"is still on its way after {MOST:,} steps",
    "bottom": "rolls to the bottom of its hollow",
    "once": "crosses the pass and settles in the ",
    "often": "crosses the pass {n} times and settles in the ",
    "so_does": "so does one without",
    "other": "without, it {fate}",
    "hair": "a hair",
    "top": "It starts on the pass, where the slope is all but nothing",
    "low": "It starts {by} lower than the pass, and never gets over it",
    "lifted": "It starts {by} lower than the pass: here the length of the steps alone has lifted it",
    "over": "It starts {by} higher than the pass, and is over it before friction has taken that",
    "friction": "It starts {by} higher than the pass, but friction has taken that by step {lock}",
}
HOLLOWS = ["deeper hollow", "shallow hollow"]


# What kernels/barrier.mjs needs.
FOR_BARRIER = {"EDGES": [LEFT, RIGHT], "PASS": PASS, "BOTTOMS": [DEEP, SHALLOW], "MOST": MOST,
               "LENGTHS": LENGTHS, "HOLLOWS": HOLLOWS, "SAYS": ROLLS}  # fmt: skip


def barrier_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/barrier.mjs computes, in the same order: near the pass the last bit decides."""
    x0, alpha, epsilon = (float(values[name]) for name in ("x0", "alpha", "epsilon"))
    runs = {"plain": _roll(x0, 0.0, epsilon), "ball": _roll(x0, alpha, epsilon)}
    needed = max(MOST if run["steps"] is None else run["steps"] for run in runs.values())
    n = next(length for length in LENGTHS if length >= needed)
    outputs: dict[str, Any] = {}
    for key, run in runs.items():
        x = run["x"][: n + 1]
        outputs |= {f"{key}.{name}": y for name, y in run.items()}
        outputs |= {f"{key}.x": x, f"{key}.y": height(x), f"{key}.t": np.arange(n + 1.0),
                    f"{key}.E": run["E"][: n + 1]}  # fmt: skip
    above, crossings = height(x0) - height(PASS), runs["ball"]["crossings"]
    if abs(x0 - PASS) < 0.005:
        why = "top"
    elif above < 0:
        why = "lifted" if crossings else "low"
    else:
        why = "over" if crossings else "friction"
    by = ROLLS["hair"] if abs(above) < 1e-3 else format_number(abs(above), ".2g")
    fates = [run["fate"] for run in runs.values()]
    other = ROLLS["so_does"] if fates[0] == fates[1] else fill(ROLLS["other"], {"fate": fates[0]})
    numbers = {"by": by, "lock": f"{runs['ball']['lock']}"}
    # Closer together towards the ends, where the curve is steep.
    curve = (LEFT + RIGHT) / 2 - (RIGHT - LEFT) / 2 * np.cos(np.pi * np.arange(1001) / 1000)
    return outputs | {"curve_x": curve, "curve_y": height(curve), "ride": height(x0), "above": above,
                      "horizon": n, "other": other, "why": fill(ROLLS[why], numbers)}  # fmt: skip


def height(x: Any) -> Any:
    """The curve with two hollows, x^4/4 - x^2/2 + x/10; its products are multiplied out as in the kernel."""
    return (x * x * x * x) / 4 - (x * x) / 2 + x / 10


def _roll(x0: float, alpha: float, epsilon: float) -> dict[str, Any]:
    """Positions, and at each the height plus the energy of motion; and what became of the ball."""
    top = height(PASS)
    x, v, xs, energy = x0, 0.0, np.empty(MOST + 1), np.empty(MOST + 1)
    for t in range(MOST + 1):
        kept = alpha * v
        v = kept - epsilon * (x * x * x - x + 0.1)
        # As in the kernel: the speed kept times the speed after the slope.
        xs[t], energy[t] = x, height(x) + (kept * v) / (2 * epsilon)
        x += v
    left = xs < PASS
    crossings, home = int((left[1:] != left[:-1]).sum()), 0 if left[-1] else 1
    away = np.flatnonzero(~(np.abs(xs - (DEEP, SHALLOW)[home]) < 0.02))
    last = int(away[-1]) + 1 if away.size else 0
    still = bool((np.abs(xs - x0) < 0.005).all())
    if still:
        fate = ROLLS["still"]
    elif last > MOST:
        fate = ROLLS["moving"]
    elif not crossings:
        fate = ROLLS["bottom"]
    else:
        way = ROLLS["once"] if crossings == 1 else fill(ROLLS["often"], {"n": f"{crossings}"})
        fate = way + HOLLOWS[home]
    high = np.flatnonzero(energy >= top)
    lock = int(high[-1]) + 1 if high.size else 0
    return {"x": xs, "E": energy, "crossings": crossings, "fate": fate, "lock": None if lock > MOST else lock,
            "steps": None if last > MOST else 0 if still else last, "x_end": float(xs[-1])}  # fmt: skip
