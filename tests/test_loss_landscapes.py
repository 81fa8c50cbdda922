"""The chapter on loss landscapes: theory computed another way, claims on whole files, what figures show."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from ravine import data, landscape, live, networks, plotting
from ravine.experiments import loss_landscapes as ll
from ravine.experiments._measurement import Measurement
from ravine.experiments.loss_landscapes import batches, corners, rescaling, slices, training, twins, walks
from ravine.live import static
from ravine.live.figures import loss_landscapes as figures
from ravine.theory import loss_landscapes as theory

# Theory, computed another way -------------------------------------------------------------------------------


def symmetric(n, seed):
    A = np.random.default_rng(seed).standard_normal((n, n))
    return A + A.T


def test_slice_curvature_is_that_of_many_slices():
    H = symmetric(6, 0)
    d = np.random.default_rng(1).standard_normal((400_000, 6))
    curvature = np.einsum("ki,ij,kj->k", d, H, d)
    mean, variance = theory.slice_curvature(H)
    assert curvature.mean() == pytest.approx(mean, abs=4 * (variance / 400_000) ** 0.5)
    assert curvature.var() == pytest.approx(variance, rel=0.01)


@pytest.mark.parametrize(
    ("n", "k"), [(2, 1), (3, 2), (5, 1), (5, 4), (10, 3), (100, 40), (1000, 450), (9, 9)]
)
def test_a_line_looks_convex_as_often_as_the_beta_function_says(n, k):
    expected = special.betainc(k / 2, (n - k) / 2, 0.5) if k < n else 0.0
    assert theory.convex_looking(n, k) == pytest.approx(expected, abs=1e-8)
    assert theory.convex_looking(n, 0) == theory.convex_looking(n, 0, 2) == 1


@pytest.mark.parametrize(("n", "k"), [(100, 40), (10, 3), (5, 2), (5, 1), (6, 4), (4, 2), (4, 3)])
def test_a_plane_looks_convex_as_often_as_many_planes_do(n, k):
    """At two fixed directions of normal entries the 2 x 2 curvature is positive definite or not."""
    d = np.random.default_rng(n + k).standard_normal((100_000, 2, n))
    signs = np.r_[-np.ones(k), np.ones(n - k)]
    A = np.einsum("mia,a,mja->mij", d, signs, d)
    share = ((A[:, 0, 0] > 0) & (np.linalg.det(A) > 0)).mean()
    chance = theory.convex_looking(n, k, 2)
    assert share == pytest.approx(chance, abs=4 * (chance * (1 - chance) / 1e5) ** 0.5 + 1e-12)
    assert chance <= theory.convex_looking(n, k)


def walk_matrix(T, about):
    """The T + 1 (or T) points of a walk of many dimensions: their matrix of scalar products, in the mean."""
    t = np.arange(T + 1)
    G = np.minimum.outer(t, t).astype(float)
    if about == "end":
        return T - np.maximum.outer(t[:-1], t[:-1])
    P = np.eye(T + 1) - 1 / (T + 1)
    return P @ G @ P


@pytest.mark.parametrize("about", ["mean", "end"])
@pytest.mark.parametrize("T", [1, 2, 7, 200])
def test_shares_of_a_walk_are_the_eigenvalues_of_its_scalar_products(T, about):
    eigenvalues = np.sort(np.linalg.eigvalsh(walk_matrix(T, about)))[::-1]
    for j in range(1, min(T, 5) + 1):
        expected = eigenvalues[:j].sum() / eigenvalues.sum()
        assert theory.random_walk_share(T, j, about=about) == pytest.approx(expected, abs=1e-10)
    assert theory.random_walk_share(T, T, about=about) == pytest.approx(1)


def test_the_limits_of_the_shares():
    assert theory.random_walk_share(10**6) == pytest.approx(7.5 / np.pi**2, abs=1e-6)
    assert theory.random_walk_share(10**6, about="end") == pytest.approx(80 / (9 * np.pi**2), abs=1e-6)


def test_a_rescaled_hessian_is_that_at_the_rescaled_point():
    """J = (v w - 1)^2 / 2 + (v u - 2)^2 / 2, the same at (c w, c u, v / c)."""

    def hessian(w, u, v):
        return np.array(
            [[v**2, 0, 2 * v * w - 1], [0, v**2, 2 * v * u - 2], [2 * v * w - 1, 2 * v * u - 2, w**2 + u**2]]
        )

    at, c = (0.3, -0.7, 1.4), 2.5
    scales = np.array([c, c, 1 / c])
    moved = hessian(*(np.array(at) * scales))
    np.testing.assert_allclose(theory.rescaled_hessian(hessian(*at), scales), moved, atol=1e-12)
    d = np.array([0.4, 1.0, -0.2])
    H = hessian(*at)
    parts = d[:2] @ H[:2, :2] @ d[:2], d[:2] @ H[:2, 2] * d[2], d[2] ** 2 * H[2, 2]
    assert theory.rescaled_curvature(*parts, c) == pytest.approx(d @ moved @ d)


def test_the_least_of_the_rescaled_curvature():
    r = np.geomspace(0.01, 100, 100_001)
    curve = theory.rescaled_curvature(3.0, -0.5, 0.2, r)
    assert curve.min() == pytest.approx(2 * (-0.5 + 0.6**0.5), rel=1e-6)
    assert r[curve.argmin()] == pytest.approx(15**0.25, rel=1e-3)


def test_the_valley_of_a_product():
    """The Hessian of (v w x - y)^2 / 2 where v w x = y, and the least curvature at w = v."""
    w, v, x = 3.0, 0.5, -1.7
    eigenvalues = np.linalg.eigvalsh(x**2 * np.array([[v * v, v * w], [v * w, w * w]]))
    assert eigenvalues == pytest.approx([0, float(theory.product_curvature(w, v, x))], abs=1e-12)
    w = np.sqrt(2) * np.geomspace(0.1, 10, 2001)
    assert theory.product_curvature(w, 2 / w, x).min() == pytest.approx(2 * x**2 * 2)


def test_the_gain_of_a_rectified_layer():
    """Layers of 32 units without training: the mean logarithm of the length grows as theory says."""
    rng, m = np.random.default_rng(0), 32
    h = np.abs(rng.standard_normal((4000, m)))
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    W = rng.standard_normal((4000, m, m)) * np.sqrt(3 * 2 / m)
    z = np.maximum(np.einsum("ki,kij->kj", h, W), 0)
    grown = np.log(np.linalg.norm(z, axis=1)).mean()
    assert grown == pytest.approx(theory.log_gain(2**0.5, m), abs=0.01)
    assert theory.log_gain(2**0.5) == pytest.approx(0.5 * np.log(3))
    assert theory.log_gain(0.0) == 0


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("H", lambda: theory.slice_curvature([[1.0, 2.0], [0.0, 1.0]])),
        ("H", lambda: theory.slice_curvature([[1.0, 2.0]])),
        ("dimension", lambda: theory.convex_looking(5, 2, 3)),
        ("n", lambda: theory.convex_looking(0, 0)),
        ("n", lambda: theory.convex_looking(theory.MOST + 1, 2)),
        ("n_negative", lambda: theory.convex_looking(5, 6)),
        ("n_negative", lambda: theory.convex_looking(5, -1)),
        ("n_steps", lambda: theory.random_walk_share(0)),
        ("n_directions", lambda: theory.random_walk_share(2, 3)),
        ("about", lambda: theory.random_walk_share(5, about="start")),
        ("scales", lambda: theory.rescaled_hessian(np.eye(2), [1.0, 0.0])),
        ("scales", lambda: theory.rescaled_hessian(np.eye(2), [1.0])),
        ("c_12", lambda: theory.rescaled_curvature(1.0, np.nan, 1.0, 1.0)),
        ("r", lambda: theory.rescaled_curvature(1.0, 1.0, 1.0, 0.0)),
        ("w", lambda: theory.product_curvature(np.inf, 1.0)),
        ("reach", lambda: theory.log_gain(-1.0)),
        ("width", lambda: theory.log_gain(1.0, 0)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()


# Slices ----------------------------------------------------------------------------------------------------


def test_lines_through_saddles_bend_upwards_as_often_as_predicted():
    kept, shares = ll.Lines.load(), np.linspace(0, 0.5, slices.N_SHARES)
    for n in slices.DIMENSIONS:
        k = shares * n
        np.testing.assert_allclose(k, np.rint(k), atol=1e-9)  # each dot stands at its own share
        predicted = [theory.convex_looking(n, round(negative)) for negative in k]
        assert np.abs(kept[f"looks_{n}"].mean(axis=0) - predicted).max() < 0.02
    # The bet: forty of a hundred.
    assert kept["looks_100"][:, 8].mean() == pytest.approx(theory.convex_looking(100, 40), abs=0.01)


def test_slices_of_a_network_show_the_mean_curvature_and_hide_what_falls():
    kept = ll.Looks.load()
    assert np.abs(kept["mean"] - 1).max() < 0.05 and np.abs(kept["spread"] - 1).max() < 0.07
    assert (kept["lowest"][:, 0] < -0.5).all() and (kept["negative"][:, 0] > 0.15).all()
    assert (kept["upwards"][:, 0] > 0.85).all() and (kept["upwards"][:, 1:] > 0.99).all()
    assert (np.diff(kept["lowest"], axis=1) > 0).all()


def test_a_slice_is_that_of_the_hessian_itself():
    H = np.diag([5.0, -3.0, 1.0])
    lowest, negative, upwards, mean, spread = slices._sliced(H, np.random.default_rng(0))
    assert (lowest, negative) == (-0.6, pytest.approx(1 / 3))
    assert 0.6 < upwards < 0.85 and abs(mean - 1) < 0.4 and abs(spread - 1) < 0.2


def test_lines_figure_shows_counts_and_theory():
    found = ll.saddles(3)
    ax = found.plot().axes[0]
    dots = [box.lines[0].get_ydata() for box in ax.containers]
    for drawn, n in zip(dots, slices.DIMENSIONS, strict=True):
        np.testing.assert_array_equal(drawn, found.looks[n])
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    for line, n in zip(dashed, slices.DIMENSIONS, strict=True):
        x, y = line.get_data()
        assert y[0] == 1 and y[-1] == pytest.approx(0.5)
        assert y[3] == theory.convex_looking(n, round(x[3] * n))
    assert ll.Lines.load().plot().axes[0].get_xlabel()


# Paths -----------------------------------------------------------------------------------------------------


def test_a_walk_lies_in_a_plane_as_predicted_and_training_more_so():
    kept = ll.Walks.load()
    for about in ("mean", "end"):
        predicted = theory.random_walk_share(walks.N_STEPS, about=about)
        assert kept[f"walk_{about}"].mean() == pytest.approx(predicted, abs=2e-3)
        assert np.abs(kept[f"walk_{about}"] - predicted).max() < 0.015
        assert (kept[f"training_{about}"] > 0.99).all()
    assert (kept["training_random"] < 0.01).all()
    ax = kept.plot().axes[0]
    for line, name in zip(ax.lines, ("training_random", "walk_end", "training_end"), strict=False):
        np.testing.assert_array_equal(line.get_ydata(), np.sort(kept[name]))
    assert ax.lines[3].get_ydata()[0] == predicted


def test_shares_are_those_of_the_rooms_own_plane():
    """`landscape.path_plane` takes singular values where the experiment takes scalar products."""
    rng = np.random.default_rng(1)
    path = np.cumsum(rng.standard_normal((30, 50)), axis=0)
    for about, centred in (("mean", True), ("end", False)):
        plane = landscape.path_plane(path, centred=centred)
        assert walks.best_share(path, about) == pytest.approx(plane.shares.sum(), rel=1e-10)
    coordinates = walks.principal(path)
    assert coordinates.var(axis=0).sum() / path.var(axis=0).sum() == pytest.approx(
        walks.best_share(path, "mean")
    )
    assert abs(np.corrcoef(coordinates.T)[0, 1]) < 1e-10


def test_paths_figure_shows_both():
    found = ll.paths(0, n_steps=40)
    for ax, path in zip(found.plot().axes, (found.training, found.walk), strict=True):
        np.testing.assert_array_equal(ax.lines[0].get_xydata(), path)
        assert "% of it" in ax.get_title(loc="left")


# Rescaling -------------------------------------------------------------------------------------------------


def test_rescaling_changes_no_answer_but_the_curvature_as_predicted():
    model, rng = networks.MLP((5, 4, 3, 2), "relu"), np.random.default_rng(0)
    theta, X, y = model.init(rng) + 0.1, rng.standard_normal((20, 5)), rng.integers(0, 2, 20)
    factors = [rng.uniform(0.2, 5, 4), rng.uniform(0.2, 5, 3)]
    moved = ll.rescaled(model, theta, factors)
    np.testing.assert_allclose(model.logits(moved, X), model.logits(theta, X), rtol=1e-12)
    scales = moved / np.where(theta == 0, 1, theta)
    H = theory.rescaled_hessian(model.hessian(theta, X, y), scales)
    np.testing.assert_allclose(H, model.hessian(moved, X, y), rtol=1e-8, atol=1e-10)


def test_filters_are_not_misled_by_layers_but_by_units():
    kept = ll.Rescalings.load()
    assert np.abs(kept["filters_layers"] - 1).max() < 1e-9
    assert (kept["filters_units"] > 20).all()
    assert kept["fixed_layers"].max() > 20 and (kept["fixed_layers"] > 1).all()
    assert kept["change"].max() < 1e-13
    sharp = kept["sharpness"]
    assert (sharp.argmin(axis=1) == 2).all() and (sharp[:, [0, -1]].min(axis=1) > 10 * sharp[:, 2]).all()


def test_own_directions_are_those_of_the_room():
    model, rng = networks.MLP((4, 3, 2), "relu"), np.random.default_rng(0)
    theta = model.init(rng)
    pair = landscape.filter_normalised_directions(model, theta, np.random.default_rng(5))
    draws = np.array(landscape.random_directions(model, theta, np.random.default_rng(5)))
    np.testing.assert_allclose(rescaling.own(model, theta, draws), pair, rtol=1e-12)


def test_rescalings_figure():
    kept = ll.Rescalings.load()
    left, right = kept.plot().axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), np.median(kept["sharpness"], axis=0))
    for line, ratio in zip(right.lines, kept.ratios.values(), strict=False):
        np.testing.assert_array_equal(line.get_ydata(), np.sort(ratio))
    assert right.get_yscale() == "log"


# Heights and batches ---------------------------------------------------------------------------------------


def test_heights_grow_as_predicted_with_training_and_without():
    kept = ll.Corners.load()
    predicted = theory.log_gain(2**0.5, corners.WIDTH)
    for name, slope in kept.slope.items():
        assert slope.mean() == pytest.approx(predicted, abs=0.03), name
        assert np.abs(slope - predicted).max() < 0.06, name
    assert kept["cost"].max() < 0.2  # trained they are
    ax = kept.plot().axes[0]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.median(np.exp(kept["trained"]), axis=0))
    x, y = ax.lines[2].get_data()
    assert np.diff(np.log(y)) / np.diff(x) == pytest.approx(predicted)
    assert corners.cosine(0) == 1 and corners.cosine(corners.N_STEPS) == pytest.approx(0)


def test_small_batches_and_long_steps_end_flatter_and_read_no_better():
    kept = ll.Batches.load()
    full = kept.of("bend", "large")
    assert (kept.of("bend", "noisy") < 0.6 * full).all()
    assert (kept.of("bend", "small") < full).all() and (kept.of("bend", "fast") < full).all()
    assert (kept.of("sharpness", "noisy") < kept.of("sharpness", "large")).all()
    for name in ll.SETTINGS:
        gap = kept.of("error", name) - kept.of("error", "large")
        assert abs(np.median(gap)) < 0.005 and np.abs(gap).max() < 0.03
    fewer = {name: (kept.of("error", name) < kept.of("error", "large")).sum() for name in ("small", "noisy")}
    assert fewer["small"] >= 12 and fewer["noisy"] <= 10  # a small difference, and of both signs
    assert np.median(kept.of("bend", "noisy") / full) == pytest.approx(0.4, abs=0.04)  # two fifths
    left, right = kept.plot().axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), np.sort(kept.of("bend", "small")))
    np.testing.assert_array_equal(right.lines[2].get_ydata(), np.sort(kept.of("error", "noisy")))


def test_a_run_stops_at_the_first_look_at_the_goal():
    rng = np.random.default_rng(0)
    training, _ = data.digits().split(batches.N_TRAIN, rng)
    model = networks.MLP(batches.SIZES, "relu")
    theta = batches._stopped(model, model.init(rng), training, 500, 1.5, rng)
    cost = model.loss(theta, training.X, training.y)
    assert 0.5 * batches.GOAL < cost <= batches.GOAL


def test_a_run_that_does_not_arrive_is_an_error(monkeypatch):
    monkeypatch.setattr(batches, "MOST", 100)
    with pytest.raises(RuntimeError, match="does not reach"):
        ll.ends(0)


def test_no_tolerance_of_a_file_accepts_zero_or_twice_the_number():
    own = [kept for kept in vars(ll).values() if isinstance(kept, type) and issubclass(kept, Measurement)]
    assert len(own) == 8
    for measurement in own:
        assert measurement.rtol <= 0.1, measurement.name


# What the page says of the twins ----------------------------------------------------------------------------


def test_the_basin_shrinks_and_training_began_inside_it():
    twins = ll.Twins.load()
    plain, residual = (np.median(twins.over_depth(kind, "better"), axis=0) for kind in ll.KINDS)
    assert (np.diff(plain) < 0).all() and plain[0] > 0.9 and plain[-1] < 0.12
    assert 0.25 < plain[2] < 0.75 and plain[4] < 0.4  # no cliff, no even slope: the hints of the bet
    assert residual.min() > 0.9
    assert twins.over_depth("plain", "ring_max").max() < ll.GUESSING
    start, ring = (twins.over_depth("plain", name) for name in ("start", "ring_mean"))
    assert (start > ring).all()
    assert (twins.over_depth("plain", "path_share") > 0.95).all()
    test = [twins.over_depth(kind, "test")[:, -1] for kind in ll.KINDS]
    assert (test[0] > test[1]).all()
    epochs = [twins.over_depth(kind, "epochs")[:, -1] for kind in ll.KINDS]
    assert epochs[0].min() > 2 * epochs[1].max()  # the deepest plain ones took longer


@pytest.mark.parametrize("depth", [1, 4])
def test_the_skips_of_the_residual_twin_are_scaled_by_the_root_of_the_depth(depth):
    model = training.network("residual", depth)
    rng = np.random.default_rng(depth)
    theta, X = 5 * model.init(rng), rng.standard_normal((7, 64))
    (W, b), *blocks, (V, c) = model.unflatten(theta)
    h = np.tanh(X @ W + b)
    for U, d in blocks:
        h = h + np.tanh(h @ U + d) / np.sqrt(depth)
    assert len(blocks) == depth and 1 < np.abs(h).max() <= 1 + np.sqrt(depth)
    np.testing.assert_allclose(model.logits(theta, X), h @ V + c, rtol=1e-10)


def test_maps_change_filters_by_their_length_and_no_bias_but_those_of_a_path_do_not():
    run = ll.twin(0, "plain", 2, max_epochs=3)
    for d in twins.directions(run, "random", 0):
        for (W, b), (V, _) in zip(run.model.unflatten(d), run.model.unflatten(run.theta), strict=True):
            np.testing.assert_allclose(np.linalg.norm(W, axis=0), np.linalg.norm(V, axis=0))
            assert not b.any()
    d, _ = twins.directions(run, "path", 0)
    (W, b), (V, _) = run.model.unflatten(d)[0], run.model.unflatten(run.theta)[0]
    assert b.any() and not np.allclose(np.linalg.norm(W, axis=0), np.linalg.norm(V, axis=0), rtol=0.1)


NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "journey" / "loss-landscapes.ipynb"


def printed(pattern):
    """What stands in the notebook, in prose or in an answer, as a number."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    texts += ["".join(o.get("text", "")) for cell in cells for o in cell.get("outputs", ())]
    found = [match for text in texts for match in re.findall(pattern, text)]
    assert found, pattern
    return found


def test_bounds_are_rounded_to_the_safe_side():
    """The largest is rounded up, the smallest down: what is printed as a bound holds."""
    [(digits, power)] = printed(r"changed by no more than (\d+) · 10⁻([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
    bound = int(digits) * 10.0 ** -int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")))
    most = ll.Rescalings.load()["change"].max()
    assert most <= bound < 2 * most
    [share] = printed(r"that plane holds at least (\d+) %")
    least = min(ll.Twins.load().over_depth(kind, "path_share").min() for kind in ll.KINDS)
    assert least - 0.01 < int(share) / 100 <= least
    [chebyshev] = printed(r"at least (0\.\d+) bend upwards")
    mean, variance = theory.slice_curvature(np.diag(np.append(np.ones(999), -100)))
    assert 0 <= 1 - variance / mean**2 - float(chebyshev) < 1e-3


# Live figures ----------------------------------------------------------------------------------------------


def preset(explorer, label):
    [values] = [p["values"] for p in explorer.spec["presets"] if p["label"] == label]
    return explorer.compute({**explorer.defaults, **values})


def test_the_opening_starts_in_the_state_that_puzzles():
    explorer = figures.bowls()
    o = explorer.compute()
    assert max(o["plain.cost"], o["residual.cost"]) <= ll.GOAL  # one cost
    assert o["plain.minima"] > 1 == o["residual.minima"]
    assert o["plain.better"] < 0.3 and o["residual.better"] > 0.9
    assert preset(explorer, "Twins")["verdict"].startswith("Little difference")
    assert preset(explorer, "Worst")["plain.minima"] >= 10


def test_the_maps_are_those_that_ship():
    kept, explorer = ll.pictures(), figures.bowls()
    for depth, plane in ((2, "random"), (28, "another"), (40, "random")):
        o = explorer.compute({"depth": depth, "plane": plane})
        for kind in ll.KINDS:
            # Across runs direction 1, the first axis of what ships.
            np.testing.assert_allclose(o[f"{kind}.J"], kept.J(kind, depth, plane).T)
            assert o[f"{kind}.minima"] == kept.number("minima", kind, depth, plane)
            assert o[f"{kind}.better"] == pytest.approx(kept.number("better", kind, depth, plane), abs=0.01)
            if plane == "random":
                assert o[f"{kind}.ring_max"] == pytest.approx(kept.number("ring_max", kind, depth), abs=0.1)


def test_a_way_is_that_of_its_run():
    kept, found = ll.ways()["plain", 2], ll.way("plain", 2)
    np.testing.assert_allclose(kept.path, found.path, atol=1e-3)
    np.testing.assert_allclose(kept.costs, found.costs, rtol=1e-3)
    np.testing.assert_allclose(kept.walk, found.walk, atol=1e-3)
    step = np.sqrt(kept.top) / 255
    assert np.abs(np.sqrt(kept.J) - np.sqrt(found.J)).max() < 1.5 * step
    # The map at the end is the end's cost, of the run itself; the ring is that of the random map.
    run = ll.twin(0, "plain", 2)
    plane = landscape.path_plane(run.path)
    a, b = (np.linspace(*ends, n) for ends, n in ((found.box[:2], 41), (found.box[2:], 31)))
    theta = run.theta + run.weight_norm * (a[30] * plane.d1 + b[20] * plane.d2)
    cost = run.model.loss(theta, run.train.X, run.train.y)
    assert found.J[20, 30] == pytest.approx(cost, abs=4 * step * np.sqrt(cost))
    assert kept.elsewhere == pytest.approx(ll.picture(run).ring.mean(), rel=1e-3)
    assert kept.share == pytest.approx(plane.shares.sum(), abs=1e-6)


def test_the_printed_scale_of_the_way_names_costs_not_their_logarithms():
    fig = figures.way().plot()
    [bar] = [ax for ax in fig.axes if ax.get_ylabel() == "cost J" and ax.get_label() == "<colorbar>"]
    named = {label.get_text(): at for label, at in zip(bar.get_yticklabels(), bar.get_yticks(), strict=True)}
    assert list(named) == ["0.01", "0.1", "1"]
    np.testing.assert_allclose(list(named.values()), np.log([0.01, 0.1, 1]))


def test_on_its_own_plane_no_hollow_lies_in_the_way():
    for (kind, depth), kept in ll.ways().items():
        hollows = landscape.grid_minima(kept.J)
        assert len(hollows) <= 1, (kind, depth)  # the bottom itself, or that lies beyond the map
        assert kept.share > kept.walk_share > 0.88
        assert kept.costs[0] > 3 * kept.elsewhere
        assert kept.walk_share == pytest.approx(
            theory.random_walk_share(len(kept.costs) - 1, about="end"), abs=0.01
        )
    assert all((np.diff(ll.ways()["residual", depth].costs) < 0).all() for depth in ll.DEPTHS)
    rises = (np.diff(ll.ways()["plain", 40].costs) > 0).mean()
    assert 0.05 < rises < 0.4  # it stumbles now and then


def test_a_filter_normalised_slice_shows_a_weighted_trace():
    """tr SHS with the mean square of each filter's weights; the variance is no more than 2 tr (SHS)^2."""
    rng = np.random.default_rng(2)
    model = networks.MLP((3, 2, 2), "tanh")
    theta = model.init(rng) + 0.1
    X, y = rng.standard_normal((6, 3)), np.array([0, 1, 1, 0, 1, 0])
    H = model.hessian(theta, X, y)
    S = np.concatenate(
        [np.r_[np.tile(np.sqrt((W**2).mean(axis=0)), len(W)), 0 * b] for W, b in model.unflatten(theta)]
    )
    M = S[:, None] * H * S
    d = np.array([landscape.filter_normalised_directions(model, theta, rng) for _ in range(6000)]).reshape(
        -1, len(theta)
    )
    bends = np.einsum("ki,ij,kj->k", d, H, d)
    assert bends.mean() == pytest.approx(np.trace(M), abs=4 * bends.std() / len(d) ** 0.5)
    assert bends.mean() != pytest.approx(np.trace(H), rel=0.2)
    assert bends.var() < 0.98 * 2 * np.trace(M @ M)


def test_the_exercise_on_hollows_has_its_answer():
    explorer = figures.bowls()
    found = {
        (depth, plane): explorer.compute({"depth": depth, "plane": plane})["plain.minima"]
        for depth in (2, 4, 8, 12)
        for plane in ("random", "another")
    }
    assert [state for state, hollows in found.items() if hollows > 1] == [(12, "another")]


def test_a_rescaled_network_costs_what_it_did_and_bends_as_theory_says():
    explorer = figures.rescale()
    trained = preset(explorer, "As trained")
    np.testing.assert_allclose(trained["raw_J"], trained["own_J"])
    c = np.polynomial.polynomial.polyfit(trained["axis"] ** 2, trained["raw_curve"] * trained["axis"] ** 2, 2)
    for r in (0.15, 2.0, 8.0):
        o = explorer.compute({"r": r})
        assert o["raw_J"][30] == pytest.approx(trained["raw_J"][30], rel=1e-9)
        expected = theory.rescaled_curvature(c[0], c[1] / 2, c[2], r)
        assert o["curvature"] == pytest.approx(float(expected), rel=1e-6)
        assert o["own"] == pytest.approx(trained["own"], rel=1e-9)
    # The bend of the slice, by differences.
    o = explorer.compute({"r": 0.5})
    near = [twin_cost(s, 0.5) for s in (1e-5, 2e-5, 3e-5)]  # beside a kink at 0
    assert (near[0] - 2 * near[1] + near[2]) / 1e-10 == pytest.approx(o["curvature"], rel=0.03)
    assert preset(explorer, "Sharper")["times"] > 5
    units = preset(explorer, "Unit by unit")
    assert units["own_times"] > 100 and "mislead" in units["verdict"]


@pytest.mark.parametrize("which", ["layers", "units"])
def test_the_verdict_on_a_rescaling_is_true_at_every_factor(which):
    explorer, seen = figures.rescale(), set()
    for r in (1.0, *np.geomspace(0.1, 10, 61), *np.geomspace(0.8, 1.25, 24)):
        o = explorer.compute({"which": which, "r": float(r)})
        said = o["verdict"]
        off = [not 1 / 1.1 < o[name] < 1.1 for name in ("times", "own_times")]
        assert ("mislead" in said) == off[1] and (which == "units" or abs(o["own_times"] - 1) < 1e-9)
        assert said.startswith("Nothing") == (r == 1)
        assert ("about" in said or "is rescaled" in said) == (not off[0] or (which == "units" and not off[1]))
        seen.add(re.sub(r"[\d.]+ times as \w+", "", said))
    assert len(seen) >= 4  # every kind of verdict was met


def twin_cost(s, r):
    return figures.twins._cost(s, r, False, False)


def test_the_exercise_on_sharpness_has_its_answer():
    explorer = figures.rescale()
    assert explorer.compute({"which": "units", "r": 6.0})["own_times"] >= 100
    assert all(explorer.compute({"which": "layers", "r": r})["own_times"] < 2 for r in (0.1, 10.0))


def field(**options):
    return live.Field("a map", live.Axis("x", -1, 1), live.Axis("y", -1, 1), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"span": (0, 7)}, "span: got (0, 7)"),
        ({"span": (0, 7), "log": False, "surface": None}, "span: got (0, 7)"),
        ({"span": (7, 7), "log": False}, "span: got 7"),
        ({"span": (float("nan"), 7), "log": False}, "span: got nan"),
    ],
)
def test_a_span_that_means_nothing_is_refused(options, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
        field(**options)


def test_the_picture_for_print_has_the_span_for_its_colours():
    fig = figures.bowls().plot()
    maps = [ax for ax in fig.axes if ax.get_title(loc="left").endswith("network")]
    assert len(maps) == 2
    for ax in maps:
        [filled] = [c for c in ax.collections if hasattr(c, "levels")]
        assert (filled.levels[0], filled.levels[-1], filled.extend) == (0, 7, "both")
    plotting.plt.close(fig)


def test_small_maps_without_a_knob_have_their_controls_at_once_below():
    """In the front end a pair that is bare counts as small maps, so that a phone shows map and slider."""
    assert all(view["bare"] for view in figures.bowls().spec["views"])
    assert not any(view.get("bare") for view in figures.rescale().spec["views"])
    assert "every(({ bare }) => bare)" in static.bundle()


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("seed", lambda: ll.saddles(-1)),
        ("seed", lambda: ll.look(0.5)),
        ("seed", lambda: ll.paths(-1)),
        ("n_steps", lambda: ll.paths(0, n_steps=1)),
        ("seed", lambda: ll.rescalings(-1)),
        ("seed", lambda: ll.heights(-1)),
        ("depths", lambda: ll.heights(0, depths=(0,))),
        ("seed", lambda: ll.ends(-1)),
        ("setting", lambda: ll.Batches.load().of("bend", "huge")),
        ("what", lambda: ll.Batches.load().of("speed", "large")),
        ("model", lambda: ll.rescaled(networks.MLP((2, 2, 2), "tanh"), np.ones(12), [np.ones(2)])),
        ("factors", lambda: ll.rescaled(networks.MLP((2, 2, 2), "relu"), np.ones(12), [])),
        ("factors", lambda: ll.rescaled(networks.MLP((2, 2, 2), "relu"), np.ones(12), [np.ones(3)])),
        ("factors", lambda: ll.rescaled(networks.MLP((2, 2, 2), "relu"), np.ones(12), [-np.ones(2)])),
        ("theta", lambda: ll.rescaled(networks.MLP((2, 2, 2), "relu"), np.ones(11), [np.ones(2)])),
    ],
)
def test_bad_arguments_of_the_experiments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
