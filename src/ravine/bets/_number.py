"""A bet on a number."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ravine import _check
from ravine.bets._bet import Bet, build, pairs, refuse_useless
from ravine.bets._trees import guess, plant
from ravine.live import _checks, _text

USUAL_FACTOR = 2.0
"""Within which a bet on a logarithmic axis is right, unless said otherwise."""

USUAL_SHARE = 0.05
"""Of a linear axis, within which a bet is right, unless said otherwise."""

USUAL_PRECISION = 0.01
"""Relative, to which an exercise wants its number, unless said otherwise."""


def number(
    id: str,
    *,
    answer: float,
    question: str,
    low: float,
    high: float,
    unit: str = "",
    log: bool = False,
    within: float | None = None,
    typical: Mapping[str, tuple[Any, str]] | None = None,
    because: str = "",
    difficulty: str = "",
    format: str = ".3g",
) -> Bet:
    r"""Ask for a number.

    Right is what lies within a distance $w$ of the answer, $|x - a| \le w$; on a logarithmic axis what lies
    within a factor $w$, $a / w \le x \le a w$.

    Parameters
    ----------
    id : "bet-..." or "ex-...", once in the book.
    answer : the computed result, in the unit.
    question : in plain words.
    low, high : ends of the axis on which the guess and the answer are drawn, in the unit.
    unit : such as "steps"; none for a pure number.
    log : whether the axis is logarithmic.
    within : $w$; unless given 2 on a logarithmic axis, a twentieth of a linear one; for an exercise a
        hundredth of the answer.
    typical : name -> (mistake, hint). A mistake is a number, met within the same $w$; a range (from, to);
        or a condition on `guess`. The first that holds gives its hint.
    because : a sentence that follows the result.
    difficulty : of an exercise, one star to three.
    format : of the numbers shown, as in Python: "d", ".2f", ".3g".

    Returns
    -------
    Bet

    Raises
    ------
    ValueError : an answer off its axis; a mistake that is blamed on the answer, or that no wrong number
        meets.

    >>> bet = number("bet-ic-steps", answer=607.0, question="How many steps?", low=1, high=10_000,
    ...     log=True, typical={"root": (69, "That would be momentum.")})
    >>> bet.judge(70)
    Verdict(right=False, mistake='root', hint='That would be momentum.')
    >>> bet.judge(1000).right
    True
    """
    _checks.truth("log", log)
    low = _check.real("low", low, **({"above": 0.0} if log else {}))
    high = _check.real("high", high, above=low)
    answer = _check.real("answer", answer, at_least=low, at_most=high)
    _text.check_format("format", format)
    if within is None:
        within = _usual(str(id).startswith("ex-"), answer, low, high, log)
    within = _check.real("within", within, above=1.0 if log else 0.0)
    cases = [(name, _condition(name, case, within, log), hint) for name, case, hint in pairs(typical)]
    shown = f"{_text.format_number(answer, format)} {unit}".strip()
    own = {"answer": answer, "low": low, "high": high, "log": bool(log), "within": within}
    bet = build(
        "number", id, question, ((f"{shown}.",),), cases, because, difficulty, **own, unit=unit, format=format
    )
    space = np.geomspace if log else np.linspace
    tries = [*map(float, space(low, high, 2001)), *_edges(pairs(typical), low, high)]
    return refuse_useless(bet, answer, tries)


def _usual(is_exercise: bool, answer: float, low: float, high: float, log: bool) -> float:
    if is_exercise:
        return 1 + USUAL_PRECISION if log else USUAL_PRECISION * (abs(answer) or high - low)
    return USUAL_FACTOR if log else USUAL_SHARE * (high - low)


def _condition(name: str, case: Any, within: float, log: bool) -> Any:
    """A mistake as data, from a value, a range or a condition."""
    where = f"typical {name!r}"
    if isinstance(case, tuple):
        if len(case) != 2:
            raise ValueError(f"{where}: got {case!r}; want a range (from, to)")
        ends = _check.real(where, case[0]), _check.real(where, case[1], at_least=float(case[0]))
    elif isinstance(case, int | float | np.integer | np.floating) and not isinstance(case, bool):
        value = _check.real(where, case, **({"above": 0.0} if log else {}))
        ends = (value / within, value * within) if log else (value - within, value + within)
    else:
        return plant(where, case, ["guess"])
    return ["and", ["le", ends[0], str(guess)], ["le", str(guess), ends[1]]]


def _edges(cases: list[tuple[str, Any, str]], low: float, high: float) -> list[float]:
    """The typical numbers themselves: a narrow mistake may fall between the points of a grid."""
    values: list[Any] = []
    for _, case, _ in cases:
        values += list(case) if isinstance(case, tuple) else [case]
    numbers = [float(v) for v in values if isinstance(v, int | float | np.integer | np.floating)]
    return [v for v in numbers if low <= v <= high]
