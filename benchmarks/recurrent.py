"""The error surface of a single recurrent unit: Ravine against torch, and against bare hyperbolic tangents.

Only ratios within one run mean anything. torch is optional and not in the locks.
"""

import importlib
from types import ModuleType
from typing import Any

import numpy as np
from networks import Row, Work, one_thread, peer, row

from ravine.problems import RecurrentUnit

POINTS = 500


def grid(dtype: type[np.floating[Any]]) -> np.ndarray:
    """Weights and biases around the cliff, (POINTS, POINTS, 2)."""
    w, b = np.meshgrid(np.linspace(3, 8, POINTS), np.linspace(-5, 1, POINTS))
    return np.stack([w, b], axis=-1).astype(dtype)


class Torch:
    """The same recurrence on the whole grid."""

    def __init__(self, torch: ModuleType, theta: np.ndarray, unit: RecurrentUnit) -> None:
        torch.set_num_threads(1)
        self.torch, self.unit = torch, unit
        self.w, self.b = (torch.tensor(np.ascontiguousarray(theta[..., i])) for i in (0, 1))

    def value(self) -> Any:
        x = self.torch.full_like(self.w, self.unit.x0)
        for _ in range(self.unit.n_steps):
            x = self.w * self.torch.sigmoid(x) + self.b
        return (self.torch.sigmoid(x) - self.unit.target) ** 2

    def grad(self) -> Any:
        self.w.requires_grad_()
        self.b.requires_grad_()
        return self.torch.autograd.grad(self.value().sum(), (self.w, self.b))


def tangents(dtype: type[np.floating[Any]], n_steps: int) -> Work:
    """As many hyperbolic tangents, nothing else."""
    x = np.linspace(-2, 2, POINTS**2, dtype=dtype)

    def work() -> None:
        for _ in range(n_steps):
            np.tanh(x, out=x)

    return work


def run() -> list[Row]:
    """Measure the surface in both precisions, and its gradient."""
    unit, rows, torch = RecurrentUnit(), [], peer("torch")
    with one_thread():
        for dtype, target in ((np.float32, ">= 1.3x torch, <= 1.6x tanh"), (np.float64, "none")):
            theta = grid(dtype)
            works: dict[str, Work] = {"ravine": lambda theta=theta: unit.value(theta)}
            works["tanh alone"] = tangents(dtype, unit.n_steps)
            if torch is not None:
                other = Torch(importlib.import_module("torch"), theta, unit)
                np.testing.assert_allclose(unit.value(theta), other.value().numpy(), atol=1e-3)
                works["torch"] = other.value
            rows.append(row(f"recurrent unit, surface, {np.dtype(dtype).name}", works, target))
        for dtype, target in ((np.float32, ">= 1.3x torch"), (np.float64, "none")):
            theta = grid(dtype)
            works = {"ravine": lambda theta=theta: unit.grad(theta)}
            if torch is not None:
                works["torch"] = Torch(torch, theta, unit).grad
            rows.append(
                row(f"recurrent unit, gradient on the surface, {np.dtype(dtype).name}", works, target)
            )
        return rows


def main() -> None:
    """Print the table."""
    for each in run():
        print(f"\n{each['work']}  (target: {each['target']})")
        print("  " + ", ".join(f"{name} {ms:.3g} ms" for name, ms in each["ms"].items()))
        print("  " + ", ".join(f"{name} = {ratio:.3g}" for name, ratio in each["ratios"].items()))


if __name__ == "__main__":
    main()
