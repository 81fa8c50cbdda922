"""What the kernel of the figure on the forms of momentum computes, in Python, and what both need."""

# ruff: noqa: RUF001  # words are typeset for readers: signs of division

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ravine._typing import Array
from ravine.experiments.sgd_and_momentum import FORMS
from ravine.live._text import fill, format_number

# Steps drawn before the change and after it; steps after which the kernel, which starts at 0, has settled.
BEFORE, AFTER, SETTLE = 10, 150, 3000
# The curvature of the direction in which way is left, and of the one that is shaken.
FLAT, STEEP = 0.001, 1.0
# Less than this is no growth to speak of.
LEAST = 1.01
NAMES = {"book": "book", "torch": "PyTorch", "damped": "PyTorch, dampened", "nesterov": "book, Nesterov"}
SAYS = {
    "none": "Without momentum all four are one rule, and it calms from the first step",
    "short": "So short a memory hardly matters: the book’s rule calms almost at once",
    "worse": "The book’s rule gets worse first: after {when} its shaking is {peak} times that before, and "
    "only from step {back} on it stays below its old level",
    "long": "The book’s rule gets worse first: after {when} its shaking is {peak} times that before, and "
    "{after} steps after the drop it is still above its old level",
    "one": "one step",
    "many": "{n} steps",
    "alone": "All paces fall at once as well",
    "others": "Nesterov’s comes to {nesterov} times; PyTorch’s, dampened or not, is below its old level from "
    "the first step on",
    "others_short": "Nesterov’s gets no worse to speak of; PyTorch’s, dampened or not, is below its old "
    "level from the first step on",
    "pace": "PyTorch’s pace falls with the first step; the book’s has made all but 1/e of its fall by "
    "step {lag}",
    "nothing": "There is nothing to remember",
    "sign": "rate ÷ {factor}",
}


# What kernels/forms.mjs needs.
FOR_FORMS = {"BEFORE": BEFORE, "AFTER": AFTER, "SETTLE": SETTLE, "FLAT": FLAT, "STEEP": STEEP, "LEAST": LEAST,
             "SAYS": SAYS}  # fmt: skip


def forms_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/forms.mjs computes, from the rules of the experiment, solved at rest."""
    alpha, factor = float(values["alpha"]), int(values["factor"])
    rate = 1 - alpha
    outputs: dict[str, Any] = {"t": np.arange(-BEFORE, AFTER + 1.0), "epsilon": rate,
                               "epsilon_after": rate / factor}  # fmt: skip
    for key in NAMES:
        variance, pace = _shaking(key, rate, factor, alpha), _pace(key, rate, factor, alpha)
        above = np.flatnonzero(variance > 1 + 1e-9)
        back = int(above[-1]) + 1 if above.size else 0
        outputs |= {f"{key}.variance": np.append(np.ones(BEFORE), variance),
                    f"{key}.pace": np.append(np.ones(BEFORE + 1), pace),
                    f"{key}.peak": float(variance.max()),
                    f"{key}.when": int(variance.argmax()) if variance.max() > 1 + 1e-9 else 0,
                    f"{key}.back": None if back > AFTER else back,
                    f"{key}.lag": int(np.argmax(pace <= pace[-1] + (1 - pace[-1]) / np.e)) + 1}  # fmt: skip
    peak, back, when = (outputs[f"book.{name}"] for name in ("peak", "back", "when"))
    said = "none" if alpha == 0 else "short" if peak < LEAST else "long" if back is None else "worse"
    numbers = {"when": SAYS["one"] if when == 1 else fill(SAYS["many"], {"n": f"{when}"}), "back": f"{back}",
               "peak": format_number(peak, ".3g"), "after": f"{AFTER}"}  # fmt: skip
    numbers |= {"nesterov": format_number(outputs["nesterov.peak"], ".3g"), "lag": f"{outputs['book.lag']}"}
    rest = "nothing" if alpha == 0 else "others_short" if outputs["nesterov.peak"] < LEAST else "others"
    # The sign of the drop stands above the highest curve.
    ceiling = max(5.0, 2 * max(peak, outputs["nesterov.peak"]))
    return outputs | {"ceiling": ceiling, "foot": 0.4 / factor,
                      "sign": fill(SAYS["sign"], {"factor": f"{factor}"}),
                      "verdict": fill(SAYS[said], numbers),
                      "others": fill(SAYS[rest], numbers),
                      "lasts": fill(SAYS["pace" if alpha else "alone"], numbers)}  # fmt: skip


def _step(key: str, lam: float, rate: float, alpha: float) -> tuple[Array, Array]:
    """The matrix and the noise of one step of (theta, memory), from the rule applied to the unit vectors."""
    rule: Callable[..., tuple[float, float]] = FORMS[NAMES[key]]
    own = rate / (1 - alpha) if key == "damped" else rate
    columns = [rule(x, m, lambda at, xi=xi: lam * at + xi, own, alpha, False) for x, m, xi in np.eye(3)]
    return np.array(columns[:2]).T, np.array(columns[2])


def _shaking(key: str, rate: float, factor: int, alpha: float) -> Array:
    """The variance from the change on, over that before: at rest it solves S = A S A^T + c c^T."""
    A, c = _step(key, STEEP, rate, alpha)
    S = np.linalg.solve(np.eye(4) - np.kron(A, A), np.outer(c, c).ravel()).reshape(2, 2)
    A, c = _step(key, STEEP, rate / factor, alpha)
    found = [S[0, 0]]
    for _ in range(AFTER):
        S = A @ S @ A.T + np.outer(c, c)
        found.append(S[0, 0])
    return np.asarray(np.array(found) / found[0])


def _pace(key: str, rate: float, factor: int, alpha: float) -> Array:
    """The share of the way that each step walks from the change on, over that before: of the slowest mode."""
    roots, modes = np.linalg.eig(_step(key, FLAT, rate, alpha)[0])
    slow = np.argmax(np.abs(roots))
    A, m, found = _step(key, FLAT, rate / factor, alpha)[0], modes[:, slow], []
    for _ in range(AFTER):
        new = A @ m
        found.append(1 - new[0] / m[0])
        m = new
    return np.asarray(np.array(found) / (1 - roots[slow]))
