"""Is a guess right, and if not, which typical mistake is it? The twin of front/judge.mjs."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ravine.bets._trees import evaluate

Spec = Mapping[str, Any]


def is_right(spec: Spec, guess: Any) -> bool:
    """Whether a guess counts as right."""
    return bool(_RIGHT[spec["kind"]](spec, guess))


def typical(spec: Spec, guess: Any) -> int | None:
    """The place of the first typical mistake that a guess shows, None for none; of a right guess too."""
    scope = _scope(spec, guess)
    found = (i for i, (_, test, _) in enumerate(spec["typical"]) if evaluate(test, scope))
    return next(found, None)


def distance(spec: Spec, drawn: Sequence[float]) -> float:
    """Mean distance of a drawn curve from the true one, as a share of the axis' height."""
    height = _height(spec["y"])
    gaps = [abs(height(a) - height(b)) for a, b in zip(drawn, spec["truth"], strict=True)]
    return sum(gaps) / len(gaps)


def _number(spec: Spec, guess: float) -> bool:
    answer, within = spec["answer"], spec["within"]
    return bool(answer / within <= guess <= answer * within if spec["log"] else abs(guess - answer) <= within)


def _height(axis: Mapping[str, Any]) -> Callable[[float], float]:
    """Value -> share of the axis."""
    f = math.log if axis["log"] else float
    low, high = f(axis["low"]), f(axis["high"])
    return lambda v: (f(v) - low) / (high - low)


_RIGHT: Mapping[str, Callable[[Spec, Any], bool]] = {
    "number": _number,
    "choice": lambda spec, guess: bool(guess == spec["answer"]),
    "curve": lambda spec, guess: distance(spec, guess) <= spec["within"],
    "setting": lambda spec, guess: bool(evaluate(spec["goal"], guess)),
}


def _scope(spec: Spec, guess: Any) -> Mapping[str, Any]:
    """What the conditions may speak of."""
    if spec["kind"] == "setting":
        return guess  # type: ignore[no-any-return]  # the figure's values and outputs by name
    if spec["kind"] != "curve":
        return {"guess": guess}
    knots = spec["knots"]
    # The first of equals, as in the front end.
    low, high = int(np.argmin(guess)), int(np.argmax(guess))
    return {
        "start": guess[0],
        "end": guess[-1],
        "lowest": guess[low],
        "lowest_at": knots[low],
        "highest": guess[high],
        "highest_at": knots[high],
        "y": _between(knots, guess),
        "truth": _between(knots, spec["truth"]),
    }


def _between(knots: Sequence[float], values: Sequence[float]) -> Callable[[float], float]:
    """Straight lines between the knots."""

    def at(x: float) -> float:
        k = next((k for k in range(1, len(knots) - 1) if x <= knots[k]), len(knots) - 1)
        share = (x - knots[k - 1]) / (knots[k] - knots[k - 1])
        return values[k - 1] + share * (values[k] - values[k - 1])

    return at
