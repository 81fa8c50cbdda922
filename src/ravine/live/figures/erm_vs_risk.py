"""Live figures of the chapter on empirical risk."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from ravine.live import Axis, Button, Explorer, Handle, Kernel, Lines, Mark, Random, Series, Slider, Table
from ravine.theory import erm_vs_risk as theory

KERNEL = Path(str(files("ravine.live") / "kernels" / "least_squares.mjs"))
DRAWN = np.unique(np.rint(400.0 ** (np.arange(40) / 39)))


def fits() -> Explorer:
    """The cost of least squares on its examples and on new ones, over the number of features."""
    return Explorer(
        Kernel(KERNEL, least_squares),
        controls=[
            Slider("m", "examples m", 5, 200, 40, choices=range(5, 201), format="d"),
            Slider("sigma", "noise \N{GREEK SMALL LETTER SIGMA}", 0, 2, 0.5),
            Button("seed", "New examples"),
        ],
        views=[_costs()],
        name="fits",
        label="The cost of least squares on its own examples and on new ones, over the number of features.",
        sentences=["With {features:d} features the fit {fit}."],
        layout="below",
        table=Table(["expected", "one data set"],
                    [("cost J", "blue", ["{J:.3f}", "{here_J:.3f}"]),
                     ("risk J*", "orange", ["{J_star:.3f}", "{here_J_star:.3f}"])]),
    )  # fmt: skip


def _costs() -> Lines:
    return Lines(
        "expected cost on the examples and on new ones, and dots for single data sets",
        Axis("features d", 1, 400, log=True),
        Axis("mean squared error", 0, "top"),
        [
            Series("d_axis", "expected_J", "expected J", "blue"),
            Series("d_axis", "expected_J_star", "expected J*", "orange"),
            Series("drawn_d", "drawn_J", "", "sky", "points"),
            Series("drawn_d", "drawn_J_star", "one data set each", "amber", "points"),
        ],
        marks=[Mark("d = m", x="m"), Mark("always answering 0", y="nothing")],
        handle=Handle("d", "ride", (20.0,), "number of features", "orange"),
        shape=0.52,
    )


def least_squares(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/least_squares.mjs computes, from `ravine.theory.erm_vs_risk`."""
    m, sigma, seed = int(values["m"]), float(values["sigma"]), int(values["seed"])
    features, d = round(float(values["d"])), np.arange(1.0, 401.0)
    J, J_star = theory.least_squares_J(m, d, sigma), theory.least_squares_J_star(m, d, sigma)
    noise = sigma**2
    drawn = np.array([_draw(m, int(k), noise, Random(seed * 1000 + int(k))) for k in (*DRAWN, features)])
    here = float(J_star[features - 1])
    return {"d_axis": d, "expected_J": J, "expected_J_star": J_star,
            "drawn_d": DRAWN, "drawn_J": drawn[:-1, 0], "drawn_J_star": drawn[:-1, 1],
            "features": features, "J": float(J[features - 1]), "J_star": here,
            "here_J": float(drawn[-1, 0]), "here_J_star": float(drawn[-1, 1]),
            "ride": min(here, 3 * (noise + 1)), "top": 3 * (noise + 1), "nothing": noise + 1,
            "fit": "leaves a residual" if features < m and noise > 0 else "fits every example"}  # fmt: skip


def _draw(m: int, d: int, noise: float, rng: Random) -> tuple[float, float]:
    """As `experiments.erm_vs_risk.draw_least_squares`, with the front end's random numbers."""
    sizes = (abs(m - d), m, min(m, d), abs(m - d) + 1)
    beside, within, fitted, thin = (_chi2(k, rng) for k in sizes)
    lost = beside / (beside + within) if d > m else 0.0
    return noise * beside / m if d < m else 0.0, noise + lost + noise * fitted / thin


def _chi2(k: int, rng: Random) -> float:
    """Chi-squared with k degrees of freedom: each two are an exponential, a last one is a normal squared."""
    return float(-2 * np.log(1 - rng.uniform(k // 2)).sum() + np.square(rng.normal(k % 2)).sum())
