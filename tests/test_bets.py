"""Bets and exercises: verdicts by hand, in both languages, and those that the pages hold."""

from __future__ import annotations

import ast
import gzip
import html
import itertools
import json
import math
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy as sp
from javascript import Module

from ravine import bets, live
from ravine.bets import _judge, _page, _trees
from ravine.bets._curve import shapes
from ravine.live import symbols
from ravine.live.figures import ill_conditioning

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from myst_index import is_notebook  # noqa: E402  (tools/ is no package)

from notebooks import code_cells  # noqa: E402  (likewise)

FRONT = Module(_page.bundle())
x, h = sp.Symbol("guess", real=True), symbols("h")


def a_number(**options: Any) -> bets.Bet:
    given = {"answer": 600.0, "question": "How many steps?", "low": 1, "high": 10_000, "log": True}
    typical = {"root": (69, "That is momentum."), "grows": (bets.guess > 3000, "Not that many.")}
    return bets.number("bet-a", **{**given, "unit": "steps", "typical": typical, **options})


def a_curve(**options: Any) -> bets.Bet:
    t = np.linspace(0, 10, 30)
    typical = {
        "falls": (bets.end < bets.start, "It ends above its start."),
        "flat": ((bets.y(5) > bets.truth(5) + 1) & (bets.highest < 3), "There is a dip."),
        "early": (bets.lowest_at < 2, "The dip comes later."),
    }
    given = {"question": "How does it go?", "typical": typical}
    axes = bets.Axis("t", 0, 10), bets.Axis("y", 0.05, 5)
    return bets.curve("bet-b", t, 1.5 + 0.15 * t - np.sin(t / 3.3), *axes, **{**given, **options})


def a_choice(**options: Any) -> bets.Bet:
    given = {"question": "What happens?", "difficulty": "**"}
    statements = {"falls": "It falls.", "stays": "It stays.", "grows": "It grows."}
    hints = {"falls": "Not with this rate.", "grows": "Not yet."}
    return bets.choice("ex-c", statements, "stays", hints, **{**given, **options})


def a_setting(**options: Any) -> bets.Bet:
    given = {
        "figure": ill_conditioning.valley(),
        "goal": bets.said("plain.outcome", "diverges") & (symbols("ball.steps") < 60),
        "example": {"h": 2.2, "alpha": 0.6},
        "question": "Rescue the run.",
        "typical": {
            "slow": (bets.said("plain.outcome", "diverges") & (symbols("alpha") > 0.7), "Too much momentum."),
            "tame": (h <= 2, "The plain run still converges."),
        },
        "difficulty": "***",
    }
    return bets.setting("ex-d", **{**given, **options})


def linear() -> bets.Bet:
    return a_number(
        log=False, answer=-2.0, low=-10, high=10, within=0.5, typical={"sign": ((1.5, 2.5), "Sign.")}
    )


def logarithmic_curve() -> bets.Bet:
    t = np.geomspace(1, 1000, 50)
    axes = bets.Axis("t", 1, 1000, log=True), bets.Axis("J", 1e-6, 10, log=True)
    steep = {"steep": (bets.end < 1e-4, "It flattens."), "level": (bets.y(100) > 0.5, "It falls.")}
    return a_curve_like(t, 1 / t, axes, steep)


def a_curve_like(t: Any, values: Any, axes: Any, typical: Any) -> bets.Bet:
    return bets.curve("bet-e", t, values, *axes, question="How?", typical=typical, anchored=True)


SAMPLES = {
    "number": a_number,
    "linear": linear,
    "choice": a_choice,
    "curve": a_curve,
    "logarithmic curve": logarithmic_curve,
    "setting": a_setting,
}


def guesses(bet: bets.Bet) -> list[Any]:
    """Answers around the reference, at the typical mistakes, and over the whole range."""
    spec = bet.spec
    if spec["kind"] == "number":
        space = np.geomspace if spec["log"] else np.linspace
        near = spec["answer"] + np.linspace(-3, 3, 61) * spec["answer"] / 2
        edges = [v for _, test, _ in spec["typical"] for v in numbers_in(test)]
        every = [*space(spec["low"], spec["high"], 301), *near, *edges, spec["answer"]]
        return [float(v) for v in every if spec["low"] <= v <= spec["high"]]
    if spec["kind"] == "choice":
        return [key for key, _ in spec["options"]]
    if spec["kind"] == "curve":
        rng, y = np.random.default_rng(0), spec["y"]
        truth = np.array(spec["truth"])
        near = [np.clip(truth * k, y["low"], y["high"]).tolist() for k in np.linspace(0.3, 2, 15)]
        wild = rng.uniform(y["low"], y["high"], (20, len(truth))).tolist()
        return [truth.tolist(), *near, *wild, *shapes(spec)]
    limits = {name: (ends[0], ends[-1]) for name, ends in bet.figure.limits.items()}
    rng = np.random.default_rng(0)
    corners = [dict(zip(limits, point, strict=True)) for point in itertools.product(*limits.values())]
    menus = {c.name: list(c.options) for c in bet.figure.controls if isinstance(c, live.Select)}
    menus |= {
        c.name: list(c.choices) for c in bet.figure.controls if isinstance(c, live.Slider) and c.choices
    }

    buttons = {c.name for c in bet.figure.controls if isinstance(c, live.Button)}

    def drawn(name: str) -> Any:
        """A value that the control can take."""
        if name in menus:
            return menus[name][rng.integers(len(menus[name]))]
        return int(rng.integers(1000)) if name in buttons else float(rng.uniform(*limits[name]))

    free = [{name: drawn(name) for name in limits} for _ in range(8)]
    # What is asked about, two values at a time, as a reader turns them.
    asked = [name for name in limits if f'"{name}"' in json.dumps([spec["goal"], spec["typical"]])]
    turned = [
        bet.figure.defaults | dict(zip(pair, point, strict=True))
        for pair in itertools.combinations(asked, 2)
        for point in itertools.product(*(stops(bet.figure.limits[name]) for name in pair))
    ]
    return [bet.figure.defaults, *rng.permutation(corners)[:4].tolist(), *free, *turned]


def stops(limits: Any) -> list[Any]:
    """Five places of a slider, all that it has, or every option of a menu."""
    if isinstance(limits[0], str) or len(limits) > 2:
        return list(limits)
    return [float(x) for x in np.linspace(limits[0], limits[-1], 5)]


def numbers_in(tree: Any) -> Iterator[float]:
    if isinstance(tree, float):
        yield tree
    elif isinstance(tree, list):
        for part in tree[1:]:
            yield from numbers_in(part)


def assert_both_languages_agree(bet: bets.Bet) -> set[str]:
    """The same verdict on every guess; returns the mistakes that were found."""
    given = guesses(bet)
    ours = [bet.judge(guess) for guess in given]
    seen = [scalars(bet.figure.compute(guess)) for guess in given] if bet.figure else given
    theirs = FRONT.get(f"{json.dumps(seen)}.map((guess) => judge({json.dumps(bet.spec)}, guess))")
    assert theirs == [asdict(verdict) for verdict in ours]
    return {verdict.mistake for verdict in ours}


def scalars(outputs: dict[str, Any]) -> dict[str, Any]:
    """Numbers and words of a figure, as JSON has them."""
    kept = {n: v for n, v in outputs.items() if v is None or isinstance(v, str | int | float)}
    return {n: None if isinstance(v, float) and not math.isfinite(v) else v for n, v in kept.items()}


@pytest.mark.parametrize("name", SAMPLES)
def test_both_languages_judge_alike_and_every_mistake_is_met(name: str) -> None:
    bet = SAMPLES[name]()
    assert assert_both_languages_agree(bet) >= {case[0] for case in bet.spec["typical"]}


# Verdicts by hand -------------------------------------------------------------------------------------------


def test_a_number_is_right_within_its_factor_and_named_when_wrong() -> None:
    bet = a_number()
    for guess in np.geomspace(1, 10_000, 500):
        exact = Fraction(float(guess))
        right = Fraction(300) <= exact <= 1200
        root = Fraction(69, 2) <= exact <= 138
        verdict = bet.judge(float(guess))
        assert verdict.right == right
        assert verdict.mistake == ("" if right else "root" if root else "grows" if exact > 3000 else "")
    assert bet.judge(69).hint == "That is momentum."


def test_a_number_on_a_linear_axis_is_right_within_its_distance() -> None:
    bet = linear()
    assert [bet.judge(v).right for v in (-2.51, -2.5, -1.5, -1.49)] == [False, True, True, False]
    assert [bet.judge(v).mistake for v in (1.49, 1.5, 2.5, 2.51)] == ["", "sign", "sign", ""]


def test_an_exercise_wants_a_hundredth_where_a_bet_wants_a_factor() -> None:
    options = {"answer": 600.0, "question": "?", "low": 1, "high": 10_000, "difficulty": "*"}
    for log in (True, False):
        bet = bets.number("ex-a", log=log, **options)
        assert [bet.judge(v).right for v in (590, 595, 605, 610)] == [False, True, True, False]


def test_a_curve_is_measured_in_heights_of_its_axis() -> None:
    bet = a_curve(typical={}, within=0.2)
    truth = np.array(bet.spec["truth"])
    tall = 5 - 0.05
    for shift in (0.05, 0.19, 0.21, 0.3):
        assert bet.judge(truth + shift * tall).right == (shift < 0.2)
        assert _judge.distance(bet.spec, (truth + shift * tall).tolist()) == pytest.approx(shift)
    log = logarithmic_curve()  # seven decades tall: a factor of ten is a seventh of them
    assert _judge.distance(log.spec, (np.array(log.spec["truth"]) / 10).tolist()) == pytest.approx(1 / 7)


def test_a_drawn_curve_is_asked_between_its_knots() -> None:
    bet = a_curve(typical={"here": (bets.y(3.3) > 4, "Lower."), "level": (bets.lowest > 1.9, "It dips.")})
    knots = np.array(bet.spec["knots"])
    spike = np.where(abs(knots - 3.3) < 0.5, 5.0, 0.1)
    assert np.interp(3.3, knots, spike) > 4 and bet.judge(spike).mistake == "here"
    assert bet.judge(np.full(len(knots), 2.5)).mistake == "level"


def test_features_of_a_drawn_curve_are_what_they_are_called() -> None:
    bet, rng = a_curve(), np.random.default_rng(1)
    drawn = rng.uniform(0.1, 4.9, 41)
    scope = _judge._scope(bet.spec, drawn.tolist())
    knots = np.linspace(0, 10, 41)
    low, high = sorted(zip(drawn, knots, strict=True))[0], sorted(zip(drawn, knots, strict=True))[-1]
    assert [scope[n] for n in ("lowest", "lowest_at", "highest", "highest_at")] == pytest.approx(
        [*low, *high]
    )
    assert [scope["start"], scope["end"]] == [drawn[0], drawn[-1]]
    for at in rng.uniform(0, 10, 50):
        assert scope["y"](at) == pytest.approx(np.interp(at, knots, drawn))


def test_a_setting_asks_what_the_figure_shows() -> None:
    bet = a_setting()
    assert bet.judge({"h": 2.2, "alpha": 0.6}).right
    assert bet.judge({"h": 1.9}).mistake == "tame"
    assert bet.judge({"h": 2.2, "alpha": 0.95}).mistake == "slow"
    assert bet.judge({"h": 3.9, "alpha": 0.0}) == bets.Verdict(False)


# Conditions -------------------------------------------------------------------------------------------------

A, B = sp.symbols("a b", real=True)
CONDITIONS = [
    A + B / 3 - 1 > 0,
    (A * B < -1) | (A**2 + B**2 > 5),
    (sp.Abs(A - B) <= 1) & (sp.Max(A, B, 0) >= sp.Rational(1, 2)),
    sp.exp(A) < sp.Min(B, 3),
    sp.log(sp.Abs(A) + 1) * sp.sqrt(2) >= B,
    sp.Eq(A, 1),
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_a_condition_means_in_both_languages_what_sympy_means(condition: Any) -> None:
    tree = _trees.plant("goal", condition, ["a", "b"])
    rng, found = np.random.default_rng(2), set()
    for a, b in [(1, 0), *rng.integers(-12, 13, (60, 2)).tolist()]:
        exact = bool(condition.subs({A: sp.Rational(a, 4) if a != 1 else 1, B: sp.Rational(b, 4)}))
        scope = {"a": a / 4 if a != 1 else 1.0, "b": b / 4}
        assert _trees.evaluate(tree, scope) == exact
        assert FRONT.get(f"evaluate({json.dumps(tree)}, {json.dumps(scope)})") == exact
        found.add(exact)
    assert found == {True, False}


def test_what_is_missing_meets_no_condition() -> None:
    for name in ("lt", "le", "gt", "ge", "eq"):
        for scope in ({}, {"a": None}):
            assert _trees.evaluate([name, "a", 0.0], scope) is False
            assert FRONT.get(f"evaluate({json.dumps([name, 'a', 0.0])}, {json.dumps(scope)})") is False
    # No value under the root or the logarithm: no warning, and no condition that holds.
    for tree in (["lt", ["pow", "a", 0.5], 9.0], ["lt", ["log", "a"], 9.0]):
        assert _trees.evaluate(tree, {"a": -1.0}) is False
        assert FRONT.get(f"evaluate({json.dumps(tree)}, {{a: -1}})") is False


@pytest.mark.parametrize(
    "condition",
    [
        True,
        3,
        x,
        sp.true,
        x + 1,
        sp.Symbol("other") > 1,
        sp.sin(x) > 0,
        x < sp.oo,
        bets.y(1) > 0,
        "guess > 1",
    ],
    ids=str,
)
def test_what_has_no_twin_is_refused(condition: Any) -> None:
    with pytest.raises(ValueError, match=r"goal: got .*; want"):
        _trees.plant("goal", condition, ["guess"])


# What is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (a_number, {"answer": 20_000}),
        (a_number, {"answer": float("nan")}),
        (a_number, {"low": 0}),
        (a_number, {"within": 1}),
        (a_number, {"within": 0.5, "log": False, "low": 700}),
        (a_number, {"log": 1}),
        (a_number, {"question": " "}),
        (a_number, {"format": "5d"}),
        (a_number, {"difficulty": "*"}),
        (a_number, {"typical": {"all": (bets.guess > 500, "It holds for the answer.")}}),
        (a_number, {"typical": {"none": (bets.guess > 10_000, "Nobody can say so.")}}),
        (a_number, {"typical": {"near": (601, "Counts as right.")}}),
        (a_number, {"typical": {"mute": (69, "")}}),
        (a_number, {"typical": {"bare": 69}}),
        (a_number, {"typical": {"truth": (True, "No number.")}}),
        (a_choice, {"difficulty": ""}),
        (a_choice, {"difficulty": "****"}),
        (a_curve, {"within": 1}),
        (a_curve, {"anchored": "yes"}),
        (a_curve, {"typical": {"beyond": (bets.y(11) > 1, "Off the axis.")}}),
        (a_curve, {"typical": {"true": (bets.end > bets.start, "It holds for the truth.")}}),
        (a_curve, {"typical": {"never": (bets.end > 9, "Off the axis.")}}),
        (a_setting, {"figure": "valley"}),
        (a_setting, {"goal": h > 1}),
        (a_setting, {"example": {"h": 1.0}}),
        (a_setting, {"example": {"k": 1.0}}),
        (a_setting, {"goal": symbols("plain.J") > 1}),
        (a_setting, {"goal": symbols("plain.outcome") > 1}),
        (a_setting, {"goal": bets.said("h", "large")}),
        (a_setting, {"typical": {"true": (h > 2, "It holds for the example.")}}),
    ],
)
def test_a_bet_that_cannot_work_is_refused(make: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"(?s): got .*want"):
        make(**options)


@pytest.mark.parametrize("id", ["steps", "bet_a", "bet-", "bet-A", "ex-a b", 3])
def test_a_bad_id_is_refused(id: Any) -> None:
    with pytest.raises(ValueError, match="id: got"):
        bets.number(id, answer=1, question="?", low=0, high=2)


@pytest.mark.parametrize(
    ("answer", "hints"),
    [
        ("sinks", {"grows": "No."}),
        ({"falls": True, "grows": True}, {"grows": "No."}),
        ({"falls": False, "grows": False}, {"grows": "No."}),
        ({"falls": True}, {"grows": "No."}),
        ({"falls": 1, "grows": 0}, {"grows": "No."}),
        ("falls", {}),
        ("falls", {"falls": "Yes.", "grows": "No."}),
    ],
)
def test_a_choice_has_one_answer_and_a_hint_for_every_other(answer: Any, hints: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="got"):
        bets.choice("bet-c", {"falls": "It falls.", "grows": "It grows."}, answer, hints, question="?")


def test_a_guess_off_the_axis_is_refused() -> None:
    for bet, guess in (
        (a_number(), 0.5),
        (a_number(), "70"),
        (a_choice(), "sinks"),
        (a_curve(), [1.0]),
        (a_curve(), np.full(41, 6.0)),
        (a_setting(), {"h": 9}),
    ):
        with pytest.raises(ValueError, match="got"):
            bet.judge(guess)


def test_a_curve_leaves_its_axes_nowhere() -> None:
    axes = bets.Axis("t", 0, 1), bets.Axis("y", 0, 1)
    for xs, ys in (([0, 1], [0, 2]), ([0, 2], [0, 1]), ([1, 0], [0, 1]), ([0], [0]), ([0, 1], [0, np.nan])):
        with pytest.raises(ValueError, match="got"):
            bets.curve("bet-e", xs, ys, *axes, question="?")
    with pytest.raises(ValueError, match="y_axis low"):
        bets.curve("bet-e", [0, 1], [0, 1], axes[0], bets.Axis("y"), question="?")


# What is shown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_the_result_stands_in_the_fold_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAVINE_STATIC_FIGURES", raising=False)
    bet = SAMPLES[name]()
    data = bet._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/markdown"}
    before, inside = data["text/markdown"].split("<details>")
    shown = [cell for row in bet.result[bool(bet.result[1:]) :] for cell in row]
    assert all(cell.replace("−", "-") in inside.replace("−", "-") for cell in shown)
    if name != "choice":  # whose result is one of the statements
        assert not any(re.search(rf"(?<![\w.]){re.escape(cell)}(?![\w.])", before) for cell in shown)
        assert not any(cell in data["text/plain"] for cell in shown if len(cell) > 2)
    assert before.count(bet.spec["question"]) == data["text/plain"].count(bet.spec["question"]) == 1
    monkeypatch.setenv("RAVINE_STATIC_FIGURES", "1")
    page = bet._repr_mimebundle_()["text/html"]
    assert page.startswith(bets.MARK) and page.count("<details") == 1
    assert json.loads(re.search(r"json\">(.*?)</script>", page, re.S)[1]) == bet.spec


def test_words_stay_words_in_html_and_markdown() -> None:
    bet = a_number(question='Is </script><b> "x" | y_1 < $2?', because="5 < 6 * 7.")
    page = bet.html()
    assert page.count("</script>") == 1 and "<b>" not in page.partition("<script")[0]
    assert html.unescape(re.search(r'aria-label="([^"]*)"', page)[1]).endswith(
        'Is </script><b> "x" | y_1 < $2?'
    )
    assert r'&lt;b&gt; "x" \| y\_1 &lt; \$2?' in bet.markdown()


def test_a_table_says_a_curve_in_numbers() -> None:
    bet = a_curve(format=".3g")
    head, *rows = bet.result
    assert head == ("t", "y") and len(rows) == 6
    t = np.linspace(0, 10, 30)
    for at, value in rows:
        assert float(value) == pytest.approx(
            np.interp(float(at), t, 1.5 + 0.15 * t - np.sin(t / 3.3)), abs=6e-3
        )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), (" 0.5 ", 0.5), (".5", 0.5), ("5.", 5), ("-3", -3), ("−3", -3), ("+2", 2), ("1e3", 1000),
        ("2E-3", 0.002), ("1/3", 1 / 3), ("2 / 101", 2 / 101), ("10 000", 10000), ("1 000 000", 1e6),
        ("1e-3", 0.001),
        ("10\u00a0000", 10000), ("10\u202f000", 10000), ("1 000.5", 1000.5), ("1 000/3", 1000 / 3),
        ("0,95", 0.95), ("1,5", 1.5), (",5", 0.5), ("−0,5", -0.5), ("2,5e-3", 0.0025), ("1,5/2,5", 0.6),
        ("0,125", 0.125), (",125", 0.125), ("1,0000", 1), ("1234,567", 1234.567), ("1 234,567", 1234.567),
        ("1,000", None), ("-10,000", None), ("999,999", None), ("1,000e3", None), ("1/1,000", None),
        ("1,2,3", None), ("1,000,000", None), ("1,000.5", None), ("1.000,5", None), ("1,5.", None),
        ("0.5 123", None), ("1234 567", None), ("1 2345", None), ("0 123", None), ("1,5 000", None),
        ("", None), ("abc", None), ("1.2.3", None), (",", None), ("1/0", None), ("0/0", None),
        ("1e999", None),
        ("5 steps", None), ("1 2", None), ("Infinity", None), ("0x10", None), ("1/2/3", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_written_or_refused(text: str, number: float | None) -> None:
    assert FRONT.call("parse", text) == number


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("1,000", "1,000 can be read in two ways: write 1000 or 1.000."),
        (" −10,000 / 3", "-10,000 / 3 can be read in two ways: write -10000 / 3 or -10.000 / 3."),
        ("1,000,000", "Write it without commas: 1000000."),
        ("1,000.5", "Write it without commas: 1000.5."),
        ("1.000,5", "Write a number, such as 0.5, 1e3 or 1/3."),
        ("many", "Write a number, such as 0.5, 1e3 or 1/3."),
    ],
)
def test_what_may_be_two_numbers_is_asked_back(text: str, asked: str) -> None:
    assert FRONT.call("parse", text) is None and FRONT.call("doubt", text) == asked
    # Every number that is proposed is one that is read.
    proposed = re.findall(r"-?\d[\d.]*\d(?: / 3)?", asked.partition(": ")[2])
    assert all(FRONT.call("parse", number) is not None for number in proposed)


def test_close_is_within_half_as_much_again_and_not_right() -> None:
    for bet in (a_number(within=1.1, typical={}), linear()):
        answer = bet.spec["answer"]
        for share in (0.6, 0.66, 0.67, 0.8, 0.95, 1.0, 1.05, 1.3, 1.49, 1.51, 2.0):
            guess = answer * share
            wanted = Fraction(2, 3) <= Fraction(share) <= Fraction(3, 2) and not bet.judge(guess).right
            assert FRONT.get(f"close({json.dumps(bet.spec)}, {guess!r})") == wanted, share
        assert FRONT.get(f"close({json.dumps(bet.spec)}, {-answer!r})") is False
    assert FRONT.get('close({kind: "number", answer: 0, within: 1, log: false}, 1.2)') is False
    assert FRONT.get('close({kind: "choice", answer: "a"}, "b")') is False


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((1, 0, 0), "1. What surprises is what stays."),
        ((3, 2, 0), "2 of 3 right."),
        ((3, 1, 2), "1 of 3 right, 2 close."),
        ((2, 0, 1), "1 of 2 close."),
    ],
)
def test_a_tally_counts_what_went_well(counts: tuple[int, ...], said: str) -> None:
    assert FRONT.call("tally", *counts) == f"Your bets on this page: {said}"


def test_the_script_is_light() -> None:
    assert len(gzip.compress(bets.assets()["bets.js"].encode())) <= 13_500


# The pages --------------------------------------------------------------------------------------------------

PAGES = {
    path.relative_to(ROOT / "book").with_suffix("").as_posix(): text
    for path in sorted((ROOT / "book").rglob("*.md"))
    if is_notebook(text := path.read_text("utf-8")) and re.search(r"^bets\.", text, re.M)
}
CALL = re.compile(r"^bets\.(\w+)\(\s*\"([\w-]+)\"", re.M)


@cache
def of_page(page: str) -> tuple[bets.Bet, ...]:
    """The bets of a page, from its cells as they run in order."""
    scope: dict[str, Any] = {"__name__": "page"}
    found = []
    for cell in code_cells(PAGES[page]):
        source = re.sub(r"^from myst_nb import glue$", "def glue(*x, **y): pass", cell.source, flags=re.M)
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, page, "exec"), scope)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), page, "eval"), scope)
            found += [value] if isinstance(value, bets.Bet) else []
        plt.close("all")
    return tuple(found)


@pytest.mark.parametrize("page", PAGES)
def test_the_bets_of_a_page_judge_alike_and_name_their_mistakes(page: str) -> None:
    found = of_page(page)
    assert [(b.spec["kind"], b.spec["id"]) for b in found] == CALL.findall(PAGES[page])
    for bet in found:
        assert assert_both_languages_agree(bet) >= {case[0] for case in bet.spec["typical"]}, bet


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_three_to_five_bets_one_of_them_drawn(page: str) -> None:
    kinds = [kind for kind, name in CALL.findall(PAGES[page]) if name.startswith("bet-")]
    assert 3 <= len(kinds) <= 5 and "curve" in kinds


@pytest.mark.parametrize("page", PAGES)
def test_cells_of_bets_hide_their_code_and_checkers_stand_in_their_exercise(page: str) -> None:
    cells = [cell for cell in code_cells(PAGES[page]) if CALL.search(cell.source)]
    assert all("remove-input" in cell.metadata.get("tags", []) for cell in cells)
    assert all(len(CALL.findall(cell.source)) == 1 for cell in cells)
    exercises = re.findall(
        r"^```\{exercise-start\}.*?^:label: (\S+)$(.*?)^```\{exercise-end\}", PAGES[page], re.M | re.S
    )
    inside = [name for label, body in exercises for _, name in CALL.findall(body) if name == label]
    assert sorted(inside) == sorted(name for _, name in CALL.findall(PAGES[page]) if name.startswith("ex-"))


def test_ids_are_taken_once_in_the_book() -> None:
    ids = [name for text in PAGES.values() for _, name in CALL.findall(text)]
    assert len(ids) == len(set(ids))
