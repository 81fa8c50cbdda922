"""What the chapter on SGD as noise tells about its live figure, in the states it speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ravine.experiments import sgd_as_noise as sn
from ravine.live.figures import _sgd_as_noise as twins
from ravine.live.figures import sgd_as_noise as figures
from ravine.theory import sgd_as_noise as theory


def preset(label: str, explorer: Any = None) -> dict[str, Any]:
    """The outputs in the state that a button sets."""
    explorer = explorer or figures.wells()
    [values] = [p["values"] for p in explorer.spec["presets"] if p["label"] == label]
    return dict(explorer.compute({**explorer.defaults, **values}))


def test_it_begins_in_the_state_that_puzzles() -> None:
    o = figures.wells().compute()
    assert o["angle"] == 90 and o["eps"] == 0.3 and o["x"][0] == -1
    assert o["p_left"] == pytest.approx(0.052, abs=5e-4) and o["crossings"] >= 8
    assert o["measured"] == pytest.approx(0.05, abs=0.04)
    assert o["verdict"].startswith("On the right less noise points towards the pass")
    assert o["barrier"] == pytest.approx(4.17, abs=0.005)


def test_presets_show_what_they_are_called() -> None:
    even, pass_, cold = preset("Even"), preset("At the pass"), preset("Too cold")
    assert even["p_left"] == pytest.approx(0.5) and even["verdict"].startswith("Nearly equal noise")
    assert pass_["p_left"] == pytest.approx(0.705, abs=5e-4)
    assert pass_["verdict"].startswith("On the right more noise points towards the pass")
    assert cold["p_left"] < 0.001 and cold["crossings"] < twins.FEW
    assert cold["verdict"].endswith("too few to show the long run")
    assert cold["told_left"] == "less than 0.05\N{NO-BREAK SPACE}%" and 0 < cold["p_left"] < 0.0005


def test_the_law_is_the_experiments() -> None:
    explorer = figures.wells()
    for angle, eps, tilt in ((90, 0.3, 0.0), (30, 0.2, 0.0), (0, 0.5, 0.0)):
        o = explorer.compute({"angle": angle, "eps": eps, "tilt": tilt})
        assert o["p_left"] == pytest.approx(sn.predicted_share(angle, eps, tilt), rel=1e-8)
        assert o["D"] == pytest.approx(sn.variance_across(angle))


def test_the_higher_minimum_can_win() -> None:
    o = figures.wells().compute({"angle": 90, "tilt": 0.05})
    assert (
        o["p_right"] == pytest.approx(0.86, abs=0.005) and o["lower"] == "The left minimum is the lower one"
    )


def test_runs_of_many_seeds_lie_about_the_law() -> None:
    explorer = figures.wells()
    runs = [explorer.compute({"seed": seed}) for seed in range(20)]
    measured = np.array([o["measured"] for o in runs])
    assert measured.mean() == pytest.approx(runs[0]["p_left"], abs=0.015) and measured.std() < 0.04
    crossings = np.array([o["crossings"] for o in runs])
    assert 25 <= np.median(crossings) <= 50 and crossings.min() >= twins.FEW


def test_runs_walk_on_the_quasi_potential_and_not_on_the_cost() -> None:
    """Dots by the visits lie on the dashed curve; on the right, far below the cost."""
    o = figures.wells().compute()
    at = np.interp(o["middles"], o["places"], o["phi"])
    cost = np.interp(o["middles"], o["places"], o["double"])
    seen = o["seen"]
    known = np.isfinite(seen)
    assert known.sum() >= 25 and np.abs(seen - at)[known & (np.abs(o["middles"]) < 1.3)].max() < 0.2
    deep = known & (np.abs(o["middles"] - 1) < 0.3)
    assert deep.sum() == 6 and (cost - seen)[deep].min() > 0.4
    left = o["places"] < 0
    np.testing.assert_array_equal(o["phi"][left], o["double"][left])
    # The dots are the visits: turned back into shares, they sum to nearly all of them.
    density = np.exp(-seen / o["eps"]) / np.where(o["middles"] < 0, 1, o["D"])
    x = (np.arange(-30_000, 30_000) + 0.5) / 1e4
    D = np.where(x < 0, 1, o["D"])
    mass = np.exp(-(x**4 / 2 - x**2) / (D * o["eps"])) @ (1 / D) / 1e4
    assert 0.99 < np.nansum(density) * twins.BIN / mass <= 1


def test_every_dot_lies_in_the_frame_and_every_visit_in_a_bin() -> None:
    for values in (
        {"angle": 0, "eps": 0.5, "ratio": 9, "tilt": -0.1},
        {"angle": 90, "eps": 0.5, "ratio": 9, "tilt": -0.1},
        {"angle": 0, "eps": 0.1, "ratio": 9, "tilt": 0.1},
        {"angle": 90, "eps": 0.1},
    ):
        o = figures.wells().compute(values)
        seen, middles = o["seen"], o["middles"]
        assert o["floor"] < np.nanmin(seen) and np.nanmax(seen) < o["ceiling"]
        assert o["floor"] < o["phi"].min()
        assert np.abs(middles[np.isfinite(seen)]).max() < twins.REACH
        assert np.abs(o["x"]).max() < twins.FAR - 0.5


def test_too_cold_a_run_has_been_too_often_where_it_began() -> None:
    o = preset("Too cold")
    at = np.interp(o["middles"], o["places"], o["phi"])
    left = (np.abs(o["middles"] + 1) < 0.2) & np.isfinite(o["seen"])
    assert left.any() and (o["seen"] < at - 0.3)[left].all()


def test_the_ellipses_have_the_covariance_of_the_noise() -> None:
    o = figures.wells().compute({"angle": 30, "ratio": 4})
    right = np.stack([o["right_x"] - 1, o["right_y"]]) / twins.RADIUS
    cov = right[:, :-1] @ right[:, :-1].T / 90
    assert cov[0, 0] == pytest.approx(o["D"]) and np.trace(cov) == pytest.approx(2)
    assert np.linalg.det(cov) == pytest.approx(1.6 * 0.4)
    left = np.stack([o["left_x"] + 1, o["left_y"]]) / twins.RADIUS
    np.testing.assert_allclose(np.hypot(*left), 1)


# Minima without noise ---------------------------------------------------------------------------------------


def test_sgd_leaves_a_minimum_that_gradient_descent_keeps() -> None:
    explorer = figures.stays()
    o = explorer.compute()
    assert o["epsilon"] == 0.58 and o["verdict"].startswith("In the long run nearly every run of SGD leaves")
    assert o["growth"] == pytest.approx(0.0312, abs=5e-5) and o["growth_descent"] < 0
    assert (o["small"], o["large"]) == pytest.approx((0.2, 3.8))
    said = [preset(label, explorer)["verdict"] for label in ("Stays", "Rare runs decide", "Leaves")]
    assert [words.split()[0] for words in said] == ["SGD", "In", "In"] and "stays:" in said[0]
    assert "comes home" in said[1] and "leaves" in said[2]
    assert preset("Like examples", explorer)["verdict"].startswith("SGD stays")
    for values, sgd, descent in (
        ({"epsilon": 1.005, "spread": 0.2}, "comes home", "gradient descent leaves"),
        ({"epsilon": 1.1}, "leaves a minimum", "gradient descent leaves"),
        ({"epsilon": 1.0}, "leaves a minimum", "gradient descent hops to and fro for ever"),
        ({"epsilon": 1.0, "spread": 0.2}, "comes home", "gradient descent hops to and fro for ever"),
    ):
        words = explorer.compute(values)["verdict"]
        assert sgd in words and words.endswith(descent)


def test_what_it_says_changes_at_the_limits_of_theory() -> None:
    explorer = figures.stays()
    limits = theory.stability_limits([0.2, 3.8])
    for sense, before, after in (
        ("mean square", "SGD stays", "comes home"),
        ("almost surely", "comes home", "SGD leaves"),
        ("mean", "descent stays", "descent leaves"),
    ):
        for shift, words in ((-1e-6, before), (1e-6, after)):
            o = explorer.compute({"epsilon": limits[sense] + shift})
            assert words in o["verdict"], (sense, shift)
    for epsilon in (0.3, 0.58, 1.2):
        o = explorer.compute({"epsilon": epsilon})
        assert o["growth"] == pytest.approx(theory.growth_exponent(epsilon, [0.2, 3.8]))


def test_runs_scatter_about_the_typical_one() -> None:
    explorer, ends = figures.stays(), []
    for seed in range(40):
        o = explorer.compute({"seed": seed})
        ends += [np.log(o[f"run_{k}"][-1]) for k in range(twins.N_RUNS)]
    assert np.mean(ends) == pytest.approx(300 * o["growth"], abs=4 * np.std(ends) / np.sqrt(len(ends)))
    one = explorer.compute({"epsilon": 0.5, "spread": 0.1})
    assert one["home"] == twins.N_RUNS and np.isfinite(one["run_0"]).all()
