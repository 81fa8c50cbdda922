"""Live figures of the chapter on surrogate losses."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path as File
from typing import Any

import numpy as np

from ravine import data, problems
from ravine._typing import Array
from ravine.live import (
    Axis,
    Button,
    Explorer,
    Field,
    Handle,
    Kernel,
    Lines,
    Mark,
    Path,
    Points,
    Random,
    Series,
    Slider,
    Table,
    Toggle,
)

KERNEL = File(str(files("ravine.live") / "kernels" / "logistic.mjs"))
MU, D, N_STEPS, N_PASSES = 3.0, 21, 2000, 200
KEPT = np.unique(np.floor(float(N_STEPS) ** (np.arange(100) / 99) + 0.5)).astype(int)


def beyond_zero() -> Explorer:
    """Errors and risk of a linear classifier over the steps, and the examples as it sees them."""
    rows = [
        "errors on the examples",
        "risk J*",
        "log loss on the examples",
        "log loss, expected",
        "length of the gradient",
    ]
    formats = {"errors": ".1%", "J_star": ".2%", "J": ".3g", "log_risk": ".3g", "norm": ".2g"}
    return Explorer(
        Kernel(KERNEL, logistic),
        controls=[
            Slider("sd", "spread of the noise features", 1, 6, 4, choices=np.arange(1, 6.25, 0.25).tolist()),
            Slider("m", "examples m", 20, 200, 60, choices=range(20, 201, 5), format="d"),
            Toggle("compare", "perceptron, stopped at its last error", True),
            Button("seed", "New examples"),
        ],
        views=[_errors(), _examples()],
        name="beyond_zero",
        label="Errors of a linear classifier on its examples and its risk, over the steps of descent; "
        "and the examples in the plane that decides them.",
        sentences=["At step {step:d}, {state}."],
        table=Table(rows, [(heading, colour, [f"{{{key}_{name}:{form}}}" for name, form in formats.items()])
                           for heading, colour, key in (("at this step", "orange", "now"),
                                                        ("at step 2000", "grey", "end"))]),
    )  # fmt: skip


def _errors() -> Lines:
    return Lines(
        "share of errors on the examples and exact risk, over the steps",
        Axis("step", 1, N_STEPS, log=True),
        Axis("share of errors", 0, "top"),
        [
            Series("steps", "errors", "on the examples", "blue"),
            Series("steps", "J_star", "risk J*", "orange"),
            Series("steps", "stopped", "perceptron", "green", "dashed", show="compare"),
        ],
        marks=[Mark("no errors left", x="zero")],
        handle=Handle("t", "ride", (9.0,), "step", "orange"),
        title="Drag the step",
    )


def _examples() -> Field:
    return Field(
        "the examples along the telling feature and the mixture of noise features in w, with the boundary",
        Axis("telling feature", -7, 7),
        Axis("noise, mixed as in w", -18, 18),
        surface=None,
        paths=[Path("line_x", "line_y", "boundary", "black")],
        points=[
            Points("plus_x", "plus_y", "y = +1", "blue"),
            Points("minus_x", "minus_y", "y = -1", "amber"),
        ],
        equal=False,
        shape=0.6,
    )


def logistic(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/logistic.mjs computes, from `ravine.problems` and `ravine.data`."""
    m, sd, seed = int(values["m"]), float(values["sd"]), int(values["seed"])
    problem, w, zero, stopped = _descend(m, sd, seed)
    truth = _classes(sd)
    margins = w @ problem.signed.T
    series = {
        "errors": (margins <= 0).mean(-1),
        "J_star": truth.risk(w),
        "J": problems.log_loss(margins).mean(-1),
        "log_risk": truth.log_risk(w, n_points=201),
        "norm": np.linalg.norm(problem.grad(w), axis=-1),
    }
    at = int(np.abs(np.log(KEPT / float(values["t"]))).argmin())
    readouts = {
        f"{key}_{name}": float(s[i]) for key, i in (("now", at), ("end", -1)) for name, s in series.items()
    }
    top = 1.1 * max(0.005, stopped, series["J_star"].max(), series["errors"].max())
    state = "some examples are still misread"
    if not readouts["now_errors"]:
        since = f"every example has been fitted since step {zero:.0f}"
        state = since if KEPT[at] > zero else "every example is fitted for the first time"
    return {"steps": KEPT.astype(float), "errors": series["errors"], "J_star": series["J_star"],
            "stopped": np.full(len(KEPT), stopped), "zero": zero, "step": int(KEPT[at]),
            "ride": readouts["now_J_star"], "top": top, **_plane(problem, w[at]), **readouts,
            "state": state}  # fmt: skip


def _classes(sd: float) -> data.TwoGaussians:
    return data.TwoGaussians(np.r_[MU, np.zeros(D - 1)], np.r_[1.0, np.full(D - 1, sd)])


@lru_cache(maxsize=64)
def _descend(m: int, sd: float, seed: int) -> tuple[problems.LogisticRegression, Array, float, float]:
    """The problem, w (k, D) at the kept steps, the first step without an error, the perceptron's risk."""
    rng = Random(seed)
    rows = [(rng.uniform(1), rng.normal(D)) for _ in range(m)]
    y = np.array([-1.0 if u[0] < 0.5 else 1.0 for u, _ in rows])
    truth = _classes(sd)
    problem = problems.LogisticRegression(
        y[:, None] * truth.mu + np.stack([n for _, n in rows]) * truth.sd, y
    )
    rate, w, kept, zero = _rate(problem.X), np.zeros(D), [], np.nan
    for t in range(1, N_STEPS + 1):
        w = w - rate * problem.grad(w)
        if np.isnan(zero) and (problem.margins(w) > 0).all():
            zero = float(t)
        if t in _KEPT:
            kept.append(w)
    fitted, _ = problems.perceptron(problem.X, y, max_passes=N_PASSES)
    return problem, np.stack(kept), zero, float(truth.risk(fitted))


_KEPT = frozenset(KEPT.tolist())


def _rate(X: Array) -> float:
    """2 over the largest eigenvalue of X'X / m by a hundred power steps, as the front end does it."""
    v, size = np.ones(X.shape[1]), 1.0
    for _ in range(100):
        v = X.T @ (X @ v) / size / len(X)
        size = float(np.linalg.norm(v))
    return 2 / size


def _plane(problem: problems.LogisticRegression, w: Array) -> dict[str, Any]:
    """The examples along the telling feature and along the rest of w; the boundary is a line there."""
    noise, length = float(np.linalg.norm(w[1:])), float(np.linalg.norm(w))
    along, across = problem.X[:, 0], problem.X[:, 1:] @ w[1:] / noise
    found: dict[str, Any] = {}
    for name, side in {"plus": problem.y > 0, "minus": problem.y < 0}.items():
        found |= {f"{name}_x": along[side], f"{name}_y": across[side]}
    ends = np.array([-99.0, 99.0])
    return found | {"line_x": ends * noise / length, "line_y": -ends * w[0] / length}
