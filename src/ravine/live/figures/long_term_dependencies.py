"""Live figures of the chapter on long-term dependencies."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from ravine._typing import Array
from ravine.live import Axis, Explorer, Field, Handle, Kernel, Lines, Path, Series, Slider, Table, Toggle

KERNEL = FilePath(str(files("ravine.live") / "kernels" / "powers.mjs"))
STEPS, FLOOR = 60, 1e-6


def powers() -> Explorer:
    """The norm of the powers of a 2 by 2 matrix, and the direction into which they turn a row vector."""
    return Explorer(
        Kernel(KERNEL, matrix_powers),
        controls=[
            Slider("lam1", "eigenvalue λ₁", 0, 1.3, 0.9, n=131, format=".2f"),
            Slider("lam2", "eigenvalue λ₂", 0, 1.3, 0.5, n=131, format=".2f"),
            Slider("angle", "angle between v₁ and v₂, degrees", 1, 90, 15,
                   choices=range(1, 91), format="d"),
            Toggle("jordan", "defective: λ₂ = λ₁ with one eigenvector"),
        ],
        views=[_norms(), _directions()],
        name="powers",
        label="The norm of the powers of a 2 by 2 matrix over the power, and its right and left eigenvectors "
        "with the direction into which the power turns a row vector.",
        sentences=["The powers of W {story}."],
        table=Table(["‖Wᵗ‖", "largest |λ|ᵗ", "xᵀWᵗ to the leading left u", "to the leading right v"],
                    [("t = {k:d}", "blue", ["{now:.3g}", "{now_eigen:.3g}", "{from_left}", "{from_right}"])]),
    )  # fmt: skip


def _norms() -> Lines:
    return Lines(
        "the norm of each power on a logarithmic axis, and the largest eigenvalue to that power",
        Axis("power t", 0, STEPS),
        Axis("stretch", FLOOR, "top", log=True),
        [
            Series("steps", "norms", "‖Wᵗ‖", "blue"),
            Series("steps", "eigen", "largest |λ|ᵗ", "black", "dashed"),
        ],
        handle=Handle("t", "ride", (3.0,), "power t", "blue"),
        title="Drag the power",
    )


def _directions() -> Field:
    # The longest is drawn first: it may come to lie under a left eigenvector.
    arrows = [("row", "xᵀWᵗ, direction", "blue"),
              ("v1", "v₁ (right)", "green"), ("v2", "v₂ (right)", "sky"),
              ("u1", "u₁ (left)", "orange"), ("u2", "u₂ (left)", "amber")]  # fmt: skip
    return Field(
        "arrows: right and left eigenvectors, and the direction of x' W^t for the x to drag",
        Axis("first component", -1.6, 1.6),
        Axis("second component", -1.6, 1.6),
        surface=None,
        paths=[Path(f"{key}_x", f"{key}_y", label, colour, arrow=True) for key, label, colour in arrows],
        handle=Handle("x", "y", (0.6, 1.0), "row vector x"),
        title="Drag x",
    )


def matrix_powers(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/powers.mjs computes, from the matrix itself."""
    lam1, lam2, degrees = (float(values[name]) for name in ("lam1", "lam2", "angle"))
    jordan, k = bool(values["jordan"]), int(np.floor(float(values["t"]) + 0.5))
    second, a = lam1 if jordan else lam2, np.deg2rad(degrees)
    cot = 0.0 if degrees == 90 else 1 / np.tan(a)
    steps = np.arange(STEPS + 1)
    p, q, eigen = _powers(lam1), _powers(second), _powers(max(lam1, second))
    c = np.append(0, steps[1:] * p[:-1]) if jordan else cot * (q - p)
    W = np.stack([np.stack([p, c], -1), np.stack([np.zeros_like(p), q], -1)], -2)
    norms = np.linalg.norm(W, ord=2, axis=(-2, -1))
    peak, row = float(norms.max()), np.array([float(values["x"]), float(values["y"])]) @ W[k]
    size = float(np.linalg.norm(row))
    turned = row / size if size else row
    v1, u2 = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    v2 = v1 if jordan else np.array([np.cos(a), np.sin(a)])
    u1 = u2 if jordan else np.array([np.sin(a), 0.0 if degrees == 90 else -np.cos(a)])
    none = (not jordan and lam1 == lam2) or not size
    left, right = (u1, v1) if lam1 >= second else (u2, v2)
    peak_t = int((norms >= peak * (1 - 1e-9)).argmax())
    top = max(10.0, 2 * peak)
    arrows = {"v1": 1.4 * v1, "v2": 1.4 * v2, "u1": u1, "u2": u2, "row": 1.2 * turned}
    ends = {f"{name}_{axis}": np.array([0.0, arrow[i]]) for name, arrow in arrows.items()
            for i, axis in enumerate("xy")}  # fmt: skip
    return ends | {
        "steps": steps.astype(float), "norms": norms, "eigen": eigen, "peak": peak, "k": k,
        "now": float(norms[k]), "now_eigen": float(eigen[k]), "size": size,
        "ride": min(max(float(norms[k]), FLOOR), top), "top": top,
        "from_left": "none leads" if none else f"{_degrees(left, turned):.1f}°",
        "from_right": "none leads" if none else f"{_degrees(right, turned):.1f}°",
        "story": _story(max(lam1, second), peak, peak_t, jordan),
    }  # fmt: skip


def _powers(x: float) -> Array:
    """1, x, x^2, ... by repeated multiplication, as in the kernel: powers differ in the last bit."""
    return np.cumprod(np.append(1.0, np.full(STEPS, x)))


def _degrees(u: Array, row: Array) -> float:
    """The angle between two lines, degrees."""
    across, along = abs(u[0] * row[1] - u[1] * row[0]), abs(u @ row)
    return float(np.rad2deg(np.arctan2(across, along)))


def _story(top: float, peak: float, peak_t: int, jordan: bool) -> str:
    """What the powers do in the end, and before."""
    if top > 1 or (jordan and top == 1):
        return "grow without limit"
    if top == 1:
        return "neither vanish nor grow without limit"
    if peak > 1.001 and peak_t == STEPS:
        return f"are still growing at t = {STEPS}, although every |λ| is below 1, and vanish in the end"
    if peak > 1.001:
        times = np.format_float_positional(peak, 3, unique=False, fractional=False, trim="k").rstrip(".")
        reached = f"first stretch a vector up to {times} times, at t = {peak_t}"
        return f"{reached}, although every |λ| is below 1, and then vanish"
    return "vanish, and never grow on the way"
