"""Live figures of the chapter on minibatches."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import zoo
from ravine.experiments.minibatch_variance import whiten
from ravine.live import Axis, Button, Explorer, Field, Kernel, Path, Points, Slider, Table, Toggle
from ravine.live._random import Random
from ravine.theory import minibatch_variance as theory

KERNEL = FilePath(str(files("ravine.live") / "kernels" / "minibatch_clouds.mjs"))
M, DRAWS = 100, 300


def clouds() -> Explorer:
    """Minibatch estimates of the gradient and of Newton's direction, each relative to its own length."""
    return Explorer(
        Kernel(KERNEL, minibatch_clouds),
        controls=[
            Slider("n", "examples in the minibatch B", 1, M, 10, choices=range(1, M + 1), format="d"),
            Slider("kappa", "condition number \N{GREEK SMALL LETTER KAPPA}", 1, 1000, 200, log=True,
                   ticks={1: "1", 10: "10", 100: "100", 1000: "1000"}),
            Toggle("replace", "draw with replacement", True),
            Button("seed", "New examples"),
        ],
        views=[_cloud("the gradient, estimated", "g", "blue"), _cloud("Newton's direction", "n", "green")],
        name="clouds",
        label="Three hundred minibatches of a hundred examples: their estimates of the gradient and of "
        "Newton's direction, around an arrow that uses all examples.",
        sentences=["The clouds {state}.",
                   "For equal relative errors Newton's direction needs {gain:.3g} times as many examples."],
        table=Table(["relative error", "in theory", "B for 10 % (with replacement)"],
                    [("gradient", "blue", ["{g_error:.1%}", "{g_theory:.1%}", "{g_needs:d}"]),
                     ("Newton", "green", ["{n_error:.1%}", "{n_theory:.1%}", "{n_needs:d}"])]),
    )  # fmt: skip


def _cloud(name: str, key: str, colour: str) -> Field:
    return Field(
        f"{name} from each minibatch, and an arrow for all examples",
        Axis("along \N{GREEK SMALL LETTER THETA}\N{SUBSCRIPT ONE} (flat)", -1.0, 2.4),
        Axis("along \N{GREEK SMALL LETTER THETA}\N{SUBSCRIPT TWO} (steep)", -0.7, 2.1),
        surface=None,
        paths=[Path(f"{key}_x", f"{key}_y", "all examples", "orange", arrow=True)],
        points=[Points(f"{key}x", f"{key}y", "one minibatch", colour, radius=2.2)],
        title=name[0].upper() + name[1:],
    )


def minibatch_clouds(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/minibatch_clouds.mjs computes, from `zoo.quadratic` and `theory.minibatch_variance`."""
    n, kappa, replace = int(values["n"]), float(values["kappa"]), bool(values["replace"])
    rng, valley, theta = Random(int(values["seed"])), zoo.quadratic(kappa), np.ones(2)
    z = whiten(rng.normal(2 * M).reshape(M, 2))
    same = n == M and not replace
    means = z[_rows(rng, replace)[:, :n]].mean(1) * (not same)  # what is left then is rounding
    H = valley.hess(theta)
    g, g_hat = valley.grad(theta), valley.grad(theta - means / np.sqrt(H.diagonal()))
    outputs: dict[str, Any] = {}
    needs = {}
    for key, target, cloud, variances in (
        ("g", g, g_hat, H.diagonal()),
        ("n", theta, np.linalg.solve(H, g_hat.T).T, 1 / H.diagonal()),
    ):
        length = float(np.linalg.norm(target))
        one = variances.sum() / length**2
        predicted = theory.minibatch_variance(one, n, n_examples=None if replace else M)
        needs[key] = float(one)
        outputs |= {f"{key}x": cloud[:, 0] / length, f"{key}y": cloud[:, 1] / length,
                    f"{key}_x": np.array([0, target[0] / length]),
                    f"{key}_y": np.array([0, target[1] / length]),
                    f"{key}_error": float(np.sqrt(np.square(cloud - target).sum(-1).mean())) / length,
                    f"{key}_theory": float(np.sqrt(predicted)),
                    f"{key}_needs": float(np.ceil(100 * one - 1e-9))}  # fmt: skip
    state = "are single points: every minibatch holds all examples" if same else "scatter"
    return outputs | {"gain": needs["n"] / needs["g"], "state": state}


def _rows(rng: Random, replace: bool) -> NDArray[np.int64]:
    """The examples in the order in which each minibatch draws them, (DRAWS, M)."""
    u = rng.uniform(DRAWS * M).reshape(DRAWS, M)
    if replace:
        return np.floor(u * M).astype(np.int64)
    order, each = np.tile(np.arange(M), (DRAWS, 1)), np.arange(DRAWS)
    for k in range(M):
        at = k + np.floor(u[:, k] * (M - k)).astype(np.int64)
        order[each, k], order[each, at] = order[each, at], order[each, k]
    return order
