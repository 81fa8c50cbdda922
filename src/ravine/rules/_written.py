"""Rules made from their equations."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ravine._typing import Array, Problem
from ravine.rules._equations import Equations
from ravine.rules._rule import Rule, State, Step, Zeros

# Up to BIG, and beside an eps of at least 1 / BIG however small, squares of gradients are as good as exact.
BIG = 2.0**450
# Beyond, it is taken in units of such a power of two, which costs no digit.
UNIT = 2.0**600
# A learning rate from here on, or below its inverse, is taken in units of its own power of two.
FAR = 2.0**300


@dataclass(frozen=True)
class Written:
    """The update of a rule that is written as equations; two are equal if equation and numbers are."""

    equations: Equations
    hyperparameters: Mapping[str, float] = field(hash=False)

    @functools.cached_property
    def _others(self) -> dict[str, float]:
        """All but the learning rate."""
        return {name: x for name, x in self.hyperparameters.items() if name != "learning_rate"}

    def __call__(self, problem: Problem, theta: Array, state: State, t: int, scale: float = 1.0) -> Step:
        rate = scale * self.hyperparameters["learning_rate"]
        if self.equations.squared is None:
            return self.equations.step(problem.grad, theta, state, t, learning_rate=rate, **self._others)
        if not 1 / FAR < rate < FAR:
            # Times g it would leave the floats where the step itself does not: of its power of two later.
            unit = 2.0 ** math.floor(math.log2(rate)) if rate else 1.0
            moved, after = self._step(problem.grad(theta), np.zeros_like(theta), state, t, rate / unit)
            return theta + unit * moved, after
        return self._step(problem.grad(theta), theta, state, t, rate)

    def _step(self, g: Array, theta: Array, state: State, t: int, rate: float) -> Step:
        """One step of a rule whose state holds squares of gradients."""
        # "not <" is true of NaN too, which the longer way hands on.
        if "unit" in state or self._others["eps"] < 1 / BIG or not np.vdot(g, g) < BIG**2:
            return _in_units(self.equations, g, theta, state, t, {**self._others, "learning_rate": rate})
        return self.equations.step(lambda _: g, theta, state, t, learning_rate=rate, **self._others)


def _in_units(
    equations: Equations, g: Array, theta: Array, state: State, t: int, numbers: Mapping[str, float]
) -> Step:
    """The same step for gradients whose squares are no float64: each coordinate in a unit that fits it.

    The equations hold in any unit of g, with eps in it too. `rules.mjs` has the twin.
    """
    squared = equations.squared.name
    with np.errstate(all="ignore"):  # what overflows here is told apart below, or ends the run by name
        before = state.get("unit", np.ones(np.shape(g)))
        size = np.maximum(np.abs(g), np.sqrt(state[squared]) * before)
        unit = np.where(size > BIG, UNIT, np.where(size < 1 / BIG, 1 / UNIT, 1.0))
        ratio = before / unit
        inside = {name: x / unit for name, x in state.items() if name not in (squared, "unit")}
        inside[squared] = np.where(state[squared] == 0, 0.0, state[squared] * ratio * ratio)
        scaled: dict[str, Any] = {**numbers, "eps": numbers["eps"] / unit}
        theta, after = equations.step(lambda _: g / unit, theta, inside, t, **scaled)
        outside = {name: x if name == squared else x * unit for name, x in after.items()}
    return theta, {**outside, "unit": unit}


def written(equations: Equations, **hyperparameters: float) -> Rule:
    """The rule of these equations."""
    init = Zeros(tuple(s.name for s in equations.state))
    return Rule(equations.name, init, Written(equations, hyperparameters), hyperparameters)
