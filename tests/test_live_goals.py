"""Goals of live figures: one meaning in Python and in the front end, held against a third evaluation."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from test_live import FRONT

from ravine.live import Goal

OUTPUTS: dict[str, Any] = {"a": 1.5, "n": 3, "on": True, "gd.steps": None, "gd.rate": float("nan"),
                           "gd.outcome": "converges", "big": float("inf")}  # fmt: skip


def both(when: str, outputs: dict[str, Any] = OUTPUTS) -> bool:
    goal = Goal("the goal", when)
    here = goal.reached(outputs)
    there = FRONT.get(f"Boolean(reached({json.dumps(goal.tree)}, {json.dumps(outputs)}))")
    assert here == there, when
    return here


@pytest.mark.parametrize(
    ("when", "want"),
    [
        ("a < 2", True), ("a < 1.5", False), ("a <= 1.5", True), ("1 < a < 2", True), ("1 < a < 1.2", False),
        ("a > 1 and n == 3", True), ("a > 2 or n == 3", True), ("not a > 2", True), ("on == 1", True),
        ("-a < -1", True), ("abs(-a) == 1.5", True), ("a * 2 == n", True), ("(a + 1) / 2 == 1.25", True),
        ('gd.outcome == "converges"', True), ('gd.outcome != "diverges"', True), ("gd.outcome == 3", False),
        ("gd.outcome != 3", True), ("gd.steps < 100", False), ("gd.steps != 100", False),
        ("gd.steps >= 0 or a > 1", True), ("not gd.steps < 100", True), ("gd.rate < 1", False),
        ("gd.rate - gd.rate == 0", False), ("big > 1e300", True), ("a / 0 > 1", False), ("a / 0 < 1", False),
        ('gd.outcome < "d"', False), ("gd.steps + 1 > 0", False),
    ],
)  # fmt: skip
def test_a_condition_means_what_it_says(when: str, want: bool) -> None:
    assert both(when) is want


def test_random_conditions_are_those_of_python_itself() -> None:
    rng = np.random.default_rng(3)
    names = ["a", "b", "c"]

    def number(depth: int) -> str:
        kind = rng.integers(4 if depth else 2)
        if kind == 0:
            return str(rng.choice(names))
        if kind == 1:
            return repr(float(rng.integers(1, 9)))
        if kind == 2:
            return f"abs({number(depth - 1)})"
        return f"({number(depth - 1)} {rng.choice(['+', '-', '*'])} {number(depth - 1)})"

    def condition(depth: int) -> str:
        if depth and rng.random() < 0.6:
            if rng.random() < 0.3:
                return f"(not {condition(depth - 1)})"
            return f"({condition(depth - 1)} {rng.choice(['and', 'or'])} {condition(depth - 1)})"
        return f"{number(2)} {rng.choice(['<', '<=', '>', '>=', '==', '!='])} {number(2)}"

    seen = set()
    for _ in range(200):
        when, values = condition(2), dict(zip(names, rng.integers(-5, 6, 3).tolist(), strict=True))
        want = bool(eval(when, {"abs": abs}, values))  # the text was made above
        assert both(when, values) is want
        seen.add(want)
    assert seen == {True, False}
