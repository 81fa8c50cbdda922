"""What the chapter on cliffs claims, by hand-checked theory and on twenty seeds."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from javascript import Module, scaled_error

from ravine import descent, problems, rules
from ravine.experiments import cliffs
from ravine.live.figures.cliffs import KERNEL, edge
from ravine.problems import RecurrentUnit
from ravine.theory import cliffs as theory

THRESHOLDS = np.array(cliffs.THRESHOLDS)


@pytest.fixture(scope="module")
def walk() -> cliffs.Walk:
    return cliffs.walk()


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


# The wall ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("w", "tolerance"), [(4.5, 2.5e-3), (5.0, 1e-4), (5.5, 1e-5)])
def test_the_longest_gradient_lies_on_the_wall(w, tolerance):
    unit = RecurrentUnit()
    b = unit.wall(w) + np.linspace(-0.01, 0.01, 20_001)
    g = np.linalg.norm(unit.grad(np.stack([np.full_like(b, w), b], axis=-1)), axis=-1)
    assert abs(b[g.argmax()] - unit.wall(w)) < tolerance


def test_without_many_steps_or_weight_there_is_no_cliff():
    for n_steps, w in ((5, 8.0), (50, 3.5)):
        unit = RecurrentUnit(n_steps)
        b = unit.wall(w) + np.linspace(-1, 1, 2001)
        assert np.linalg.norm(unit.grad(np.stack([np.full_like(b, w), b], axis=-1)), axis=-1).max() < 6


def test_the_height_is_that_of_the_series_and_no_grid_sees_it():
    grids = cliffs.on_grids()
    assert grids.on_the_wall == pytest.approx(3028551.7, rel=1e-7)
    assert np.median(grids.seen[:, -1]) < 1
    assert grids.seen.max() < grids.on_the_wall / 100
    assert (grids.seen > 5).sum(axis=0).tolist() == [0, 1, 4]
    assert 5000 < grids.seen.max() < 7000


def test_folds_are_those_of_the_golden_ratio():
    phi = (1 + np.sqrt(5)) / 2
    expected = [-2 * np.log(phi) * sign - (5 - sign * np.sqrt(5)) / 2 for sign in (-1, 1)]
    np.testing.assert_allclose(theory.folds(5.0), expected, rtol=1e-14)


@pytest.mark.parametrize("w", [4.5, 5.0, 7.0])
def test_fixed_points_appear_and_vanish_at_the_folds(w):
    lower, upper = theory.folds(w)
    counts = [theory.n_fixed_points(w, b) for b in (lower - 1e-4, lower + 1e-4, upper - 1e-4, upper + 1e-4)]
    assert counts == [1, 3, 3, 1]


def test_curvature_outgrows_the_gradient():
    ratios = [cliffs.relative_curvature(6.0, n) for n in (5, 10, 20)]
    assert ratios[1] > 5 * ratios[0] and ratios[2] > 20 * ratios[1]


# Descents ---------------------------------------------------------------------------------------------------


def test_the_walk_tells_its_story(walk):
    plain, norm, value = (walk.runs[f"{name}clipped{by}"] for name, by in (("un", ""), ("", " by norm"),
                                                                           ("", " by value")))  # fmt: skip
    assert walk.longest_step("unclipped")[1] > 1
    assert plain.J[-1] > 0.05 and plain.grad_norm[-1] < 1e-4
    assert norm.J[-1] < 0.01 and walk.longest_step("clipped by norm")[1] == pytest.approx(0.03)
    assert value.J[-1] > 0.01 and walk.returns("clipped by value") > 0.7
    assert walk.returns("clipped by norm") < 0.1


def test_rows_are_clipped_as_the_rules_clip():
    theta, unit = cliffs.starts(0), RecurrentUnit()
    for kind, clip in (("norm", rules.clip_by_norm), ("value", rules.clip_by_value)):
        rows = cliffs.Clipped(unit, kind, np.array([0.05, 0.2]))
        found = rows.grad(np.stack([theta, theta]))
        for row, c in zip(found, (0.05, 0.2), strict=True):
            step = theta - clip(rules.gradient_descent(1.0), c).update(unit, theta, {}, 0)[0]
            np.testing.assert_allclose(row, step, atol=1e-14)


def test_value_clipping_turns_the_step_at_the_wall_by_13_degrees():
    unit = RecurrentUnit()
    g = unit.grad([6.0, float(unit.wall(6.0))])
    cosine = g.sum() / np.linalg.norm(g) / np.sqrt(2)
    assert abs(cosine) == pytest.approx(0.97398, abs=1e-5)


def test_clipping_by_norm_has_a_window():
    arrived = cliffs.Window.load()["norm_arrived"]
    inside = (THRESHOLDS >= 0.1) & (THRESHOLDS <= 3)
    assert (arrived[:, inside] == 1).all()
    assert arrived[:, THRESHOLDS == 0.01].mean() < 0.3
    assert arrived[:, THRESHOLDS >= 30].mean() < 0.55


def test_clipping_by_value_sticks_below_the_ordinary_slope():
    window = cliffs.Window.load()
    assert (window["value_arrived"][:, THRESHOLDS <= 0.3] <= 0.2).all()
    assert window.at("value_arrived", 3.0).mean() > 0.9


def test_without_clipping_most_are_thrown_and_many_die():
    columns = cliffs.Window.load()
    assert (columns["plain_thrown"] > 0.6).all()
    assert 0.25 < columns["plain_dead"].mean() < 0.5
    assert 0.3 < columns["plain_arrived"].mean() < 0.55
    assert (columns["norm_thrown"][:, THRESHOLDS <= 3] == 0).all()
    assert (columns["norm_dead"][:, THRESHOLDS <= 10] == 0).all()


def test_the_dead_lie_where_the_output_is_saturated():
    theta0 = np.concatenate([cliffs.starts(seed) for seed in range(20)])
    rule = rules.gradient_descent(0.3)
    run = descent.minimise(RecurrentUnit(), rule, theta0, n_steps=1500, record_every=1500)
    J = run.J[-1][(run.J[-1] >= cliffs.ARRIVED) & (run.grad_norm[-1] < cliffs.DEAD)]
    assert len(J) > 200  # of 800
    assert np.minimum(abs(J - 0.3**2), abs(J - 0.7**2)).max() < 1e-5


def test_a_seed_that_nobody_has_looked_at():
    problem = cliffs.Clipped(RecurrentUnit(), "norm", np.array([1.0, np.inf]))
    theta0 = np.broadcast_to(cliffs.starts(77), (2, 40, 2))
    run = descent.minimise(problem, rules.gradient_descent(0.3), theta0, n_steps=1500, record_every=1500)
    clipped, plain = (run.J[-1] < cliffs.ARRIVED).mean(axis=-1)
    assert clipped == 1 and plain < 0.8


# Smoothness and networks ------------------------------------------------------------------------------------


def test_clipped_counts_are_linear_and_plain_ones_explode():
    race = cliffs.hyperbolic()
    assert race.clipped == tuple(2 * x + 8 for x in race.x0)
    assert race.plain == (8, 23, 121, 710, 4222)
    assert set(race.too_long) == {"diverged"}


def test_the_largest_rate_mirrors_the_start():
    for x0 in (0.5, 2.0, 8.0):
        rate = theory.largest_learning_rate(x0)
        assert x0 - rate * float(problems.COSH.grad([x0])[0]) == pytest.approx(-x0)


def test_gradients_of_deep_networks_grow_as_powers():
    networks, layers = cliffs.Networks.load(), np.array(cliffs.DEPTHS)
    for name, power in (("gradient", 2 * layers - 1), ("curvature", 2 * layers - 2)):
        ratio = networks[name] / cliffs.SCALE**power
        assert ((ratio > 0.6) & (ratio < 1.15)).all()


def test_clipping_saves_deep_networks():
    networks = cliffs.Networks.load()
    assert networks["plain_diverged"].mean() > 0.8 and (networks["plain_error"] > 0.8).all()
    assert (networks["clipped_diverged"] == 0).all() and networks["clipped_error"].mean() < 0.35
    assert (networks["plain_constant"] == 1 - networks["plain_diverged"]).all()
    assert (networks["clipped_constant"] == 0).all()
    # The first step decides: it throws the plain run far away, and the clipped cost only falls from there.
    assert (networks["plain_J"] > 100 * networks["clipped_J"][:, 0]).all()
    assert (np.diff(networks["clipped_J"], axis=1) < 0).all()


def test_rounding_decides_whether_one_of_the_deep_networks_diverges():
    case, rng = cliffs.deep(seed=2), np.random.default_rng(0)
    theta = cliffs.SCALE * case.theta
    aside = rng.standard_normal((20, len(theta)))
    starts = theta + aside * (1e-14 * np.linalg.norm(theta) / np.linalg.norm(aside, axis=1, keepdims=True))
    run = descent.minimise(case.problem, rules.gradient_descent(0.1), starts, n_steps=300, record_every=300)
    diverged = run.status == "diverged"
    assert 0 < diverged.sum() < len(starts)
    spread = np.ptp(case.network.logits(run.theta[-1][~diverged], case.X), axis=-2)
    assert spread.max() < 1e-12  # what is left gives every digit the same answer


# Figures ----------------------------------------------------------------------------------------------------


def test_figures_show_their_data(walk):
    window, grids, branches = cliffs.Window.load(), cliffs.on_grids(n_points=(10, 100)), cliffs.bifurcation()
    top, below, _ = walk.plot().axes
    np.testing.assert_array_equal(top.lines[1].get_xydata(), walk.runs["unclipped"].theta)
    np.testing.assert_array_equal(below.lines[1].get_ydata(), walk.runs["clipped by norm"].J)
    ax = window.plot().axes[0]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.median(window["norm_arrived"], axis=0))
    assert ax.get_xscale() == "log"
    others = cliffs.hyperbolic([2.0]), cliffs.Networks.load()
    for figure in (shown.plot() for shown in (branches, grids, *others)):
        for ax in figure.axes:
            assert ax.get_xlabel() and ax.get_ylabel()


# The live figure --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_steps", [5, 50, 100])
def test_the_kernel_is_the_unit(n_steps):
    module, unit = Module(Path(KERNEL).read_text(encoding="utf-8")), RecurrentUnit(n_steps)
    theta = np.random.default_rng(n_steps).uniform([3, -6], [9, 0], (100, 2))
    w = np.linspace(3, 8.5, 12)
    theta = np.concatenate([theta, np.stack([w, unit.wall(w)], axis=-1), [[1e9, -1e9], [-50.0, 30.0]]])
    assert scaled_error(module.map("value", theta, n_steps), unit.value(theta)) <= 1e-12
    found, expected = module.map("grad", theta, n_steps), unit.grad(theta)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)


def test_the_map_is_that_of_the_unit():
    w, b = np.meshgrid([3.5, 5.0, 8.5], [-5.0, -3.0, -1.0])
    theta = np.stack([w, b], axis=-1).reshape(-1, 2)
    for n_steps in (50, 5):
        module = Module(Path(KERNEL).read_text(encoding="utf-8"))
        found = module.map(f"relief({n_steps})", theta)
        np.testing.assert_allclose(found, RecurrentUnit(n_steps).value(theta), atol=1e-9)


def test_the_figure_starts_with_the_lesson():
    outputs = edge().compute()
    assert outputs["clipped.fate"] == "arrives"
    assert outputs["plain.fate"] != "arrives" and outputs["plain.longest"] > 1
    outputs = edge().compute({"kind": "value", "threshold": 0.1})
    assert outputs["clipped.fate"] != "arrives" and outputs["clipped.J_end"] > 1e-3
    outputs = edge().compute({"T": 5})
    assert outputs["clipped.longest"] == pytest.approx(outputs["plain.longest"], rel=0.1)


def test_extremes_are_named_and_finite():
    on_the_wall = {"w0": 8.0, "T": 100, "rate": 1.0, "on_wall": True}
    outputs = edge().compute(on_the_wall)
    assert outputs["plain.fate"] == "is thrown out of all bounds"
    assert outputs["first"] == pytest.approx(1.27e26, rel=0.01)
    assert np.isfinite(outputs["plain.longest"]) and outputs["clipped.status"] == "max_steps"


# Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("w", lambda: theory.folds(4.0)),
        ("w", lambda: theory.fixed_point_bias(0.0, float("nan"))),
        ("b", lambda: theory.n_fixed_points(5.0, float("inf"))),
        ("n_grids", lambda: cliffs.on_grids(n_grids=0)),
        ("n_steps", lambda: cliffs.relative_curvature(6.0, 0)),
        ("learning_rate", lambda: cliffs.walk(learning_rate=-1.0)),
        ("threshold", lambda: cliffs.walk(threshold=0.0)),
        ("kind", lambda: cliffs.Clipped(RecurrentUnit(), "length", np.ones(1))),
        ("seed", lambda: cliffs.starts(-1)),
        ("n", lambda: cliffs.starts(0, 0)),
        ("x0", lambda: theory.largest_learning_rate(0.0)),
        ("n_layers", lambda: cliffs.deep(0, 1)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
