"""Live figures of the chapter on SGD and momentum."""

# ruff: noqa: RUF001  # labels are typeset for readers: Greek letters, signs of multiplication and division

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path as File
from typing import Any

import numpy as np

from ravine._typing import Array
from ravine.live import (
    Axis,
    Button,
    Explorer,
    Handle,
    Kernel,
    Lines,
    Mark,
    Preset,
    Random,
    Select,
    Series,
    Slider,
    Table,
)
from ravine.live._text import fill, format_number
from ravine.theory import sgd_and_momentum as theory

KERNELS = File(str(files("ravine.live") / "kernels"))
# Ten directions of each curvature; the variance of their noise is so many times the curvature.
# At the start the directions of each curvature cost one half together.
CURVATURES, EACH, NOISE = [1.0, 0.01], 10, 0.03
N_STEPS = 1000
# A change is in time where the end is at most so many times the best that it could be.
GOOD = 1.2
# Two ends are about as calm where their unrest differs by no more than this factor.
LIKE = 1.5

SAYS = {
    "shaking": "Not stuck but shaking",
    "walking": "Not stuck but still on its way",
    "done": "The way is done; the drop removes only unrest",
    "early": "Too early: what was way to go at the drop is now walked {factor} times slower",
    "bit_early": "A little early: what is left of the way is now walked {factor} times slower",
    "in_time": "In time: what was left of the way has been walked as well, {factor} times slower",
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
}


def drop() -> Explorer:
    """A noisy descent before and after its rate falls: way to go and unrest, the chapter's opening."""
    return Explorer(
        Kernel(KERNELS / "drop.mjs", drop_run,
               constants={"CURVATURES": CURVATURES, "EACH": EACH, "NOISE": NOISE, "N_STEPS": N_STEPS,
                          "GOOD": GOOD, "LIKE": LIKE, "SAYS": SAYS}),
        controls=[
            Select("change", "what changes there",
                   {"rate": "a smaller rate", "batch": "a larger batch", "nothing": "nothing"}),
            Slider("epsilon", "learning rate ε before", 0.05, 1.9, 0.5, n=186, format=".2f", more=True),
            Slider("factor", "by which factor", 2, 100, 10, choices=[2, 3, 5, 10, 20, 50, 100], format="d",
                   more=True),
            Button("seed", "New noise", more=True),
        ],
        views=[_fall_of_the_cost()],
        name="drop",
        title="Why does it fall when steps shrink?",
        label="The cost of a noisy descent over a thousand steps, which falls where the learning rate is "
        "divided by ten; the mean of many such runs is the way still to go and the unrest about it.",
        sentences=[
            "{verdict}.",
            "Of the cost {J_drop:.3g} {moment}, {share:.0%} is way to go (blue), "
            "{unrest_share:.0%} unrest (orange).",
            "After 1,000 steps the cost is {J_end:.2g}{instead}.",
        ],
        presets=[
            Preset("Just right", {"drop": 600}),
            Preset("Too early", {"drop": 150}),
            Preset("Never", {"drop": N_STEPS}),
        ],
        layout="row",
    )  # fmt: skip


def _fall_of_the_cost() -> Lines:
    return Lines(
        "the cost at each step on a logarithmic axis: of one run, in the mean, and its two parts",
        Axis("step", 0, N_STEPS),
        Axis("cost J", "foot", "head", log=True),
        [
            Series("steps", "run_J", "one run", "grey", width=1),
            Series("steps", "way_J", "way to go", "blue"),
            Series("steps", "unrest_J", "unrest", "orange"),
            Series("steps", "mean_J", "mean", "black"),
        ],
        marks=[Mark("{sign}", x="T")],
        handle=Handle("drop", "ride", (600.0,), "step of the change", stands=("T", "ride")),
        shape=0.62,
        title="Drag the knob: when it changes",
        labels="ends",
    )


def drop_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/drop.mjs computes, from `theory.sgd_and_momentum`."""
    epsilon, factor, change = float(values["epsilon"]), int(values["factor"]), values["change"]
    T = int(np.floor(float(values["drop"]) + 0.5))
    rate, batch = (epsilon / factor, 1) if change == "rate" else (epsilon, factor if change == "batch" else 1)
    way, unrest = _parts(epsilon, rate, batch, T)
    mean, run = way + unrest, _sample(epsilon, rate, batch, T, int(values["seed"]))
    J_never = float(sum(part[-1] for part in _parts(epsilon, epsilon, 1, N_STEPS)))
    J_best = J_never if change == "nothing" else _best(epsilon, rate, batch)
    examples, acts = float(T + (N_STEPS - T) * batch), T < N_STEPS and change != "nothing"
    share, low = float(way[T] / mean[T]), min(run.min(), mean.min())
    if not acts:
        key = "shaking" if unrest[T] >= way[T] else "walking"
    else:
        key = _verdict(epsilon, rate, batch, T, way, unrest, J_best)
    numbers = {"factor": f"{factor}", "left": f"{N_STEPS - T}", "T": f"{T}",
               "times": format_number(examples / N_STEPS, ".1f"),
               "never": format_number(J_never, ".2g")}  # fmt: skip
    moment = "at" if T < N_STEPS else "end"
    sign = "never" if not acts else "divided" if change == "rate" else "multiplied"
    return {"steps": np.arange(N_STEPS + 1.0), "run_J": run, "mean_J": mean, "way_J": way, "unrest_J": unrest,
            "T": T, "ride": float(mean[T]), "J_drop": float(mean[T]), "way": float(way[T]), "share": share,
            "unrest": float(unrest[T]), "unrest_share": 1 - share, "J_end": float(mean[-1]),
            "J_never": J_never, "J_best": J_best, "examples": examples,
            "foot": 1e-3 if low >= 1e-3 else 1e-4 if low >= 1e-4 else 1e-5,
            "head": max(2.0, 1.3 * float(max(run.max(), mean.max()))),
            "verdict": fill(SAYS[key], numbers), "moment": fill(SAYS[moment], numbers),
            "instead": fill(SAYS["instead" if acts else "nothing"], numbers),
            "sign": fill(SAYS[sign], numbers)}  # fmt: skip


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


def _sample(epsilon: float, rate: float, batch: float, T: int, seed: int) -> Array:
    """The cost of one run at each step."""
    lam = np.repeat(CURVATURES, EACH)
    theta, J = 1 / np.sqrt(EACH * lam), []
    for t, xi in enumerate(Random(seed).normal(N_STEPS * lam.size).reshape(N_STEPS, -1)):
        J.append(lam @ theta**2 / 2)
        step, n = (epsilon, 1) if t < T else (rate, batch)
        theta = theta - step * (lam * theta + np.sqrt(NOISE * lam / n) * xi)
    return np.array([*J, lam @ theta**2 / 2])


def _floor(lam: float, rate: float, batch: float) -> float:
    """What hovers in the end, of all directions of this curvature."""
    return float(EACH * lam / 2 * theory.stationary_variance(rate, lam, NOISE * lam / batch))


def _best(epsilon: float, rate: float, batch: float) -> float:
    """The least mean cost at the end over all steps at which the change may come."""
    T, J = np.arange(N_STEPS + 1), np.zeros(N_STEPS + 1)
    for lam in CURVATURES:
        first, second = (1 - epsilon * lam) ** (2 * T), (1 - rate * lam) ** (2 * (N_STEPS - T))
        rest = _floor(lam, rate, batch)
        J += first * second / 2 + rest + (_floor(lam, epsilon, 1) * (1 - first) - rest) * second
    return float(J.min())


def _verdict(
    epsilon: float, rate: float, batch: float, T: int, way: Array, unrest: Array, best: float
) -> str:
    """Which of `SAYS` is true of a change at step T."""
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
    if good and share > 0.1:
        return "early" if way[-1] > 0.2 * (way[-1] + unrest[-1]) else "in_time"
    if good:
        return "done"
    return "late" if way[-1] <= excess else "early" if share > 0.1 else "bit_early"


# The second figure: so many steps, to a cost that is out of sight; the top of its axis of floors; the factor
# within which two paces are called the same.
STEPS, FAR, TOP, ALIKE = 400, 1e6, 100.0, 1.25
PAIR = {
    "none": "Without momentum the two are one and the same run",
    "both": "Beyond the limit of both: both run away",
    "plain": "Plain SGD runs away at this effective rate; momentum does not",
    "alike": "No difference to see: here momentum is no more than a larger rate",
    "same": "The same pace, ",
    "faster": "With momentum the way is shorter in steps, ",
    "slower": "With momentum the way takes longer, ",
    "level": "and the same height to hover at",
    "plain_name": "plain",
    "ball_name": "momentum",
    "diverges": " diverges",
    "higher": "but plain SGD hovers {times} times higher",
}


def pair() -> Explorer:
    """Plain SGD and momentum at the same effective rate: one pace, two floors, two limits."""
    return Explorer(
        Kernel(KERNELS / "pair.mjs", pair_run,
               constants={"CURVATURES": CURVATURES, "EACH": EACH, "NOISE": NOISE, "STEPS": STEPS, "FAR": FAR,
                          "TOP": TOP, "ALIKE": ALIKE, "SAYS": PAIR}),
        controls=[Slider("alpha", "momentum α", 0, 0.99, 0.9, n=100, format=".2f", more=True)],
        views=[_two_costs(), _two_floors()],
        name="pair",
        title="Is momentum more than a larger rate?",
        label="The mean cost of a noisy descent with and without momentum at the same effective learning "
        "rate; beside it, the cost at which each hovers in the end, over that rate.",
        sentences=[
            "{verdict}.",
            "On a steady slope, a learning rate of {epsilon:.2g} with momentum {alpha:.2f} moves as fast "
            "as one of {eff:.3g} without.",
        ],
        table=Table(["hovers at a cost of", "steps for 99 % of the way"],
                    [("plain SGD", "orange", ["{plain.floor:.2g}", "{plain.done}"]),
                     ("momentum", "blue", ["{ball.floor:.2g}", "{ball.done}"])]),
        presets=[
            Preset("Small: the same", {"eff": 0.1}),
            Preset("At SGD's limit", {"eff": 1.9}),
            Preset("Beyond it", {"eff": 10}),
            Preset("Momentum's limit", {"eff": 38.5}),
        ],
        layout="row",
    )  # fmt: skip


def _two_costs() -> Lines:
    return Lines(
        "the mean cost of both at each step, on a logarithmic axis",
        Axis("step", 0, STEPS),
        Axis("mean cost", 0.01, TOP, log=True),
        [
            Series("plain.t", "plain.J", "{plain.label}", "orange", width=4),
            Series("ball.t", "ball.J", "{ball.label}", "blue"),
        ],
        shape=0.72,
        title="The mean cost, step by step",
        labels="ends",
    )


def _two_floors() -> Lines:
    return Lines(
        "the cost at which both hover in the end, over the effective learning rate, on logarithmic axes",
        Axis("effective rate ε/(1 − α)", 0.02, 40, log=True),
        Axis("hovers at a cost of", 1e-3, TOP, log=True),
        [
            Series("plain_x", "plain_y", "plain", "orange", width=4),
            Series("ball_x", "ball_y", "momentum", "blue"),
            Series("eff", "plain.floor", "", "black", "points"),
        ],
        marks=[
            Mark("{wall_1}", x="plain.limit", colour="orange"),
            Mark("{wall_2}", x="ball.limit", colour="blue"),
        ],
        handle=Handle("eff", "ride", (1.9,), "effective learning rate"),
        shape=0.72,
        title="Drag the knob: the effective rate",
    )


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
        c, m = EACH * NOISE / 2, (1 - a) / (1 + a)
        y = np.geomspace(c * 0.02 / (2 - 0.02 * m), TOP, 200)
        stays, x = np.isfinite(floors[key]), 2 * y / (c + m * y)
        outputs |= {f"{key}.t": np.arange(len(J[key]), dtype=float), f"{key}.J": J[key],
                    f"{key}.steps": steps[key] if stays else None,
                    f"{key}.floor": floors[key] if stays else None, f"{key}.limit": 2 * (1 + a) / (1 - a),
                    f"{key}.outcome": "hovers" if stays else "diverges",
                    f"{key}.label": PAIR[key + "_name"] + ("" if stays else PAIR["diverges"]),
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
            J += lam / 2 * theory.second_moments(rates, lam, 1 / lam, EACH * NOISE * lam, momentum=alpha)
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
        * float(theory.stationary_variance(eff * (1 - alpha), lam, NOISE * lam, momentum=alpha))
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
