"""What the chapter on SGD and momentum tells about its live figures, in the states it speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ravine.live._text import fill
from ravine.live.figures import _sgd_and_momentum as twins
from ravine.live.figures import sgd_and_momentum as figures


def preset(explorer: Any, label: str) -> dict[str, Any]:
    """What a button sets, and the outputs there."""
    [values] = [p["values"] for p in explorer.spec["presets"] if p["label"] == label]
    return dict(explorer.compute({**explorer.defaults, **values}))


def table_of(explorer: Any) -> list[tuple[str, str, list[str]]]:
    """Heading, colour and templates of each column."""
    return [tuple(c.values()) for c in explorer.spec["table"]["columns"]]


def rounds_to(x: float, text: str) -> bool:
    """Whether x, rounded to as many places, reads so."""
    return f"{x:.{len(text.partition('.')[2])}f}" == text


def test_the_drop_begins_in_the_state_that_puzzles() -> None:
    o = figures.drop().compute()
    J = o["mean_J"]
    assert o["change"] == "rate" and o["drop"] == 600 and J[0] == pytest.approx(1)
    assert rounds_to(J[600], "0.0516") and rounds_to(J[640], "0.0061") and rounds_to(J[-1], "0.0049")
    assert J[600] / J[-1] > 10, "it falls tenfold"
    assert o["sign"] == "rate ÷ 10" and o["verdict"].startswith("The way is almost done")


def test_from_above_the_run_shakes_less_across_the_valley_after_the_change() -> None:
    """Standard deviations as predicted: the root of the stationary variance, and a third of it after."""
    o = figures.drop().compute({"drop": 600})
    before, after = (np.std(o["run_y"][part]) for part in (slice(50, 601), slice(650, None)))
    assert before == pytest.approx(0.1, rel=0.3) and after < before / 2.5
    assert o["run_x"][0] == pytest.approx(np.sqrt(10)) and o["run_x"][600] < 1


def test_a_drop_too_early_is_worse_than_none() -> None:
    explorer = figures.drop()
    early, never = preset(explorer, "Too early"), preset(explorer, "Never")
    assert early["verdict"].startswith("Too early") and early["share"] > 0.5
    assert early["J_end"] > never["J_end"] == never["J_never"] == early["J_never"]
    assert never["verdict"] == "Not stuck but shaking" and never["unrest_share"] > 0.99
    assert preset(explorer, "Nearly done")["J_end"] < 0.1 * never["J_end"]


def test_the_exercises_on_the_drop_have_their_answers() -> None:
    """At most a tenth above the best; and by the batch, for at most twice the examples."""
    explorer = figures.drop()
    ends = {T: explorer.compute({"drop": T}) for T in (600, 650, 800, 950, 970)}
    assert [T for T, o in ends.items() if o["J_end"] <= 1.1 * o["J_best"]] == [650, 800, 950]
    batch = {T: explorer.compute({"drop": T, "change": "batch"}) for T in (600, 888, 889, 990)}
    assert [T for T, o in batch.items() if o["J_end"] <= 0.006 and o["examples"] <= 2000] == [889, 990]
    assert batch[600]["examples"] == 4600


def test_the_hints_on_the_drop_are_true_at_every_setting() -> None:
    """Too early: the way is what is left. Too late: a drop before would have ended lower."""
    explorer, rng, seen = figures.drop(), np.random.default_rng(3), {"early": 0, "late": 0}
    for k in range(60):
        epsilon, T = rng.uniform(0.05, 1.9), int(rng.integers(980 if k % 2 else 1, 1000))
        factor = int(rng.choice([2, 3, 5, 10, 20, 50, 100]))
        o = explorer.compute({"epsilon": epsilon, "factor": factor, "drop": T})
        if o["J_end"] <= 1.1 * o["J_best"]:
            continue
        early = o["T"] < o["T_best"]
        seen["early" if early else "late"] += 1
        at_best = explorer.compute({"epsilon": epsilon, "factor": factor, "drop": o["T_best"]})
        assert at_best["J_end"] == pytest.approx(o["J_best"])
        if early:
            assert (
                o["way_J"][-1] > at_best["way_J"][-1] and o["unrest_J"][-1] <= at_best["unrest_J"][-1] * 1.001
            )
        else:
            assert o["unrest_J"][-1] > at_best["unrest_J"][-1] and o["way_J"][-1] <= at_best["way_J"][-1]
    assert min(seen.values()) > 5, seen


def test_the_sample_run_is_one_of_those_whose_mean_is_drawn() -> None:
    """The mean of a hundred seeds lies about the mean curve: closer than any one of them."""
    changes = ((0.5, 0.05, 1, 600), (0.5, 0.5, 10, 300))
    for epsilon, rate, batch, T in changes:
        runs = np.array([twins._sample(epsilon, rate, batch, T, seed)[0] for seed in range(100)])
        way, unrest = twins._parts(epsilon, rate, batch, T)
        error = (runs.mean(0) / (way + unrest) - 1)[[100, 299, 599, 650, 1000]]
        spread = runs.std(0)[[100, 299, 599, 650, 1000]] / runs.mean(0)[[100, 299, 599, 650, 1000]]
        assert (np.abs(error) < 4 * spread / 10).all(), error


def test_momentum_and_a_larger_rate_part_where_the_chapter_says() -> None:
    explorer = figures.pair()
    small, limit = preset(explorer, "A small rate"), preset(explorer, "At SGD's limit")
    assert small["verdict"].startswith("From step 100 on hardly a difference")
    assert rounds_to(limit["plain.floor"], "0.285") and rounds_to(limit["ball.floor"], "0.015")
    assert limit["verdict"].startswith("About the same pace") and limit["eff"] == explorer.defaults["eff"]
    cells = [[fill(cell, limit) for cell in cells] for _, _, cells in table_of(explorer)]
    assert cells == [["0.29", f"{limit['plain.steps']:.0f}"], ["0.015", f"{limit['ball.steps']:.0f}"]]
    heavy = explorer.compute({"alpha": 0.98})
    assert 1.25 < heavy["ball.steps"] / heavy["plain.steps"] < 2.5
    assert heavy["verdict"].startswith("With momentum the way takes longer")
    beyond, last = preset(explorer, "Beyond it"), preset(explorer, "Beyond both")
    assert beyond["plain.outcome"] == "diverges" and beyond["ball.steps"] <= 50
    assert beyond["ball.floor"] < 0.2 * beyond["ball.J"][0], "it gets on, for all its unrest"
    assert (last["plain.outcome"], last["ball.outcome"]) == ("diverges", "diverges")
    assert last["ball.limit"] == pytest.approx(38) and explorer.compute({"eff": 2.05})["plain.floor"] is None
    assert explorer.compute({"eff": 38.0})["ball.outcome"] == "diverges", "at the limit, to the last bit"


def test_no_momentum_leaves_a_hollow_from_rest_or_from_below_the_pass() -> None:
    explorer = figures.barrier()
    rest = preset(explorer, "At rest in the hollow")
    assert rest["ball.fate"] == "stays where it lies" and rest["alpha"] == 0.99
    assert rounds_to(twins.LEVEL, "1.3059") and twins.height(twins.LEVEL) == pytest.approx(
        twins.height(twins.PASS)
    )
    for x0 in np.linspace(twins.PASS + 0.01, twins.LEVEL - 0.01, 12):
        assert explorer.compute({"x0": float(x0), "alpha": 0.99})["ball.crossings"] == 0
    assert preset(explorer, "Rolls over")["ball.fate"].endswith("settles in the deeper hollow")
    wins = preset(explorer, "Friction wins")
    assert wins["above"] > 0.1 and wins["ball.crossings"] == 0


def test_a_floor_above_the_picture_is_named_where_its_line_leaves() -> None:
    near = figures.pair().compute({"eff": 1.99995})
    assert near["plain.floor"] > twins.TOP and near["plain.label"] == "plain ↑"
    assert near["plain.outcome"] == "hovers" and near["ball.label"] == "momentum"
