"""Live figures of the chapter on inexact gradients."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
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
    Random,
    Select,
    Series,
    Slider,
    Table,
)

KERNEL = Path(str(files("ravine.live") / "kernels" / "biased_descent.mjs"))
START, STEPS, WALKERS, LOWEST, RAISED = -3.0, 1000, 200, 1e-4, 0.3


def errors() -> Explorer:
    """Descents of a parabola along gradients that are noisy, biased, clipped."""
    return Explorer(
        Kernel(KERNEL, biased_descent),
        controls=[
            Slider("rate", "first learning rate ε", 0.01, 2, 0.2, log=True,
                   ticks={0.01: "0.01", 0.1: "0.1", 1: "1", 2: "2"}),
            Slider("power", "decay: rate ε / t to the power", 0, 1, 0.5, n=101, format=".2f"),
            Slider("bias", "bias β", 0, 1, 0.3, n=101, format=".2f"),
            Slider("sigma", "noise \N{GREEK SMALL LETTER SIGMA}", 0, 2, 1, n=101, format=".2f"),
            Select("noise", "noise is", {"gaussian": "normal", "lopsided": "lopsided: one in four is large"}),
            Slider("threshold", "clip each gradient at c", 0.1, 100, 100, log=True,
                   ticks={0.1: "0.1", 1: "1", 10: "10", 100: "100"}),
            Button("seed", "New noise"),
        ],
        views=[_costs(), _places()],
        name="errors",
        label="Two hundred descents of a parabola along wrong gradients: their mean cost at each step, with "
        "noise alone and with noise and bias, and where they stand at one step.",
        sentences=["The noise {verdict}.",
                   "The biased gradients balance at x = {biased_rest:.2f}, at a cost of {biased_floor:.3g}.",
                   "At step {k:d} the mean cost is {fair_now:.3g} for blue and {biased_now:.3g} for orange."],
        table=Table(["cost at balance", "noise adds (ε constant, no clipping)", "mean x at the end"],
                    [("noise alone", "blue", ["{fair_floor:.3g}", "{adds:.3g}", "{fair_mean:.2f}"]),
                     ("noise and bias", "orange", ["{biased_floor:.3g}", "{adds:.3g}",
                                                   "{biased_mean:.2f}"])]),
    )  # fmt: skip


def _costs() -> Lines:
    return Lines(
        "the mean cost at each step on logarithmic axes, and dashed what theory expects without clipping",
        Axis("step t", 1, STEPS, log=True),
        Axis("mean cost", LOWEST, "top", log=True),
        [
            Series("steps", "fair_J", "noise alone", "blue"),
            Series("steps", "fair_theory", "", "sky", "dashed"),
            Series("steps", "biased_J", "noise and bias", "orange"),
            Series("steps", "biased_theory", "theory, unclipped", "amber", "dashed"),
        ],
        marks=[Mark("balance", y="biased_line", colour="orange")],
        handle=Handle("t", "ride", (30.0,), "step", "orange"),
        title="Drag the step",
    )


def _places() -> Lines:
    return Lines(
        "a parabola, and on it the two hundred descents of each kind at the step chosen",
        Axis("x", -3.5, 2),
        Axis("cost J", 0, 5),
        [
            Series("curve", "parabola", "J", "grey"),
            Series("biased_x", "biased_y", "noise and bias", "orange", "points"),
            Series("fair_x", "fair_y", "noise alone, drawn higher", "blue", "points"),
        ],
        marks=[Mark("balance", x="biased_rest", colour="orange")],
        title="Where the descents stand",
    )


def biased_descent(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/biased_descent.mjs computes, in arrays."""
    rate, power, sigma = (float(values[name]) for name in ("rate", "power", "sigma"))
    c, k, skewed = (
        float(values["threshold"]),
        int(np.floor(float(values["t"]) + 0.5)),
        values["noise"] != "gaussian",
    )
    rng, t = Random(int(values["seed"])), np.arange(1.0, STEPS + 1)
    xi = np.where(rng.uniform(STEPS * WALKERS) < 0.25, -np.sqrt(3), 1 / np.sqrt(3)) if skewed else rng.normal(
        STEPS * WALKERS)  # fmt: skip
    rates, noise = rate / t**power, sigma * xi.reshape(STEPS, WALKERS)
    adds = rate * sigma**2 / (2 * (2 - rate)) if rate < 2 else np.inf
    outputs: dict[str, Any] = {
        "steps": t,
        "k": k,
        "verdict": _verdict(rate, power, sigma),
        "adds": adds,
        "top": 10.0,
    }
    for key, bias in (("fair", 0.0), ("biased", float(values["bias"]))):
        x = _follow(rates, bias + noise, c)
        J = np.square(x).mean(1) / 2
        rest = (min(0.0, c / 3 - sigma / np.sqrt(3)) if skewed else 0.0) - bias
        found = {
            "J": J, "theory": _expected(rates, bias, sigma), "rest": rest, "floor": rest**2 / 2,
            "line": rest**2 / 2 if rest**2 / 2 > 2 * LOWEST else None, "mean": _printed(x[-1].mean()),
            "now": float(J[k - 1]), "x": x[k - 1],
            "y": np.square(x[k - 1]) / 2 + (RAISED if key == "fair" else 0.0),
        }  # fmt: skip
        outputs |= {f"{key}_{name}": value for name, value in found.items()}
        outputs["top"] = max(outputs["top"], 2 * float(J.max()))
    curve = np.arange(-40.0, 41.0) / 10
    ride = max(LOWEST, outputs["biased_now"])
    return outputs | {"ride": ride, "curve": curve, "parabola": curve**2 / 2}


def _printed(mean: float) -> float:
    """To two decimals, and without the sign of a rounded -0."""
    return float(np.floor(100 * mean + 0.5) / 100 + 0.0)


def _follow(rates: Array, error: Array, threshold: float) -> Array:
    """Where the walkers stand after every step, (STEPS, WALKERS)."""
    x, places = np.full(WALKERS, START), np.empty_like(error)
    for place, rate, wrong in zip(places, rates, error, strict=True):
        x = x - rate * np.clip(x + wrong, -threshold, threshold)
        place[:] = x
    return places


def _expected(rates: Array, bias: float, sigma: float) -> Array:
    """The expected cost without clipping."""
    mean, variance, J = START, 0.0, np.empty(STEPS)
    for t, rate in enumerate(rates):
        mean -= rate * (mean + bias)
        variance = (1 - rate) ** 2 * variance + (rate * sigma) ** 2
        J[t] = (mean**2 + variance) / 2
    return J


def _verdict(rate: float, power: float, sigma: float) -> str:
    if sigma == 0:
        return "is switched off"
    if power > 0:  # what the noise alone would spread, at the end against its widest
        variance, widest = 0.0, 0.0
        for t in range(1, STEPS + 1):
            step = rate / t**power
            variance = (1 - step) ** 2 * variance + step * step
            widest = max(widest, variance)
        return "fades as the rate decays" if variance < widest / 2 else "hardly fades within these steps"
    if rate < 2:
        return "stays for ever at a constant rate"
    return "never settles: at a rate of 2 each step overshoots by all that it corrects"
