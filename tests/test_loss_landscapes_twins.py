"""Twins and their pictures: what is recorded of twenty seeds, and the pictures that ship with the package."""

import numpy as np
import pytest

from ravine import landscape
from ravine.experiments import loss_landscapes as ll
from ravine.experiments.loss_landscapes import shipped, training, twins

SHALLOW, FAR = training.DEPTHS.index(2), training.DEPTHS.index(20)


@pytest.fixture(scope="module")
def recorded():
    return ll.Twins.load()


@pytest.fixture(scope="module")
def small():
    """A quickly trained twin."""
    return ll.twin(0, "plain", 2, max_epochs=3)


# What the twenty seeds show -------------------------------------------------------------------------------


def test_every_run_but_two_of_the_deepest_ends_at_the_cost_that_was_asked_for(recorded):
    for kind in ll.KINDS:
        costs, epochs = recorded.over_depth(kind, "cost"), recorded.over_depth(kind, "epochs")
        assert costs.shape == (20, len(ll.DEPTHS)) and (costs > 0).all()
        assert ((costs > ll.GOAL) == (epochs == training.MAX_EPOCHS)).all()
        missed = np.argwhere(costs > ll.GOAL)
        assert len(missed) == 2 * (kind == "plain") and (missed[:, 1] == len(ll.DEPTHS) - 1).all()
        assert costs.max() < 2 * ll.GOAL


def test_depth_shrinks_what_beats_guessing_in_the_plain_network_alone(recorded):
    plain, residual = (recorded.over_depth(kind, "better") for kind in ll.KINDS)
    assert (np.diff(plain.mean(axis=0)) < 0).all(), "from the first layers on"
    assert plain[:, SHALLOW].min() > 0.8 and plain[:, FAR].max() < 0.4 and plain[:, -1].max() < 0.2
    assert residual.mean(axis=0).min() > 0.9
    assert (plain < residual)[:, FAR:].all()


def test_depth_fills_the_plain_picture_with_negative_curvature_and_minima(recorded):
    plain, residual = (recorded.over_depth(kind, "negative") for kind in ll.KINDS)
    assert plain[:, SHALLOW].max() < 0.1 and plain[:, FAR].min() > 0.4 and residual.mean(axis=0).max() < 0.15
    plain, residual = (recorded.over_depth(kind, "minima") for kind in ll.KINDS)
    assert (plain[:, SHALLOW] == 1).all() and plain[:, FAR].mean() > 2 and plain[:, -1].min() > 5
    assert residual.mean() < 1.2


def test_training_began_inside_the_basin_that_the_picture_shows(recorded):
    for kind in ll.KINDS:
        # Where training began the random plane costs far less than the start did: another direction.
        ring, start = recorded.over_depth(kind, "ring_mean"), recorded.over_depth(kind, "start")
        assert (ring < start).all() and (ring.mean(axis=0) < start.mean(axis=0) / 2).all()
        assert recorded.over_depth(kind, "ring_max").max() < ll.GUESSING
        assert recorded.over_depth(kind, "path_share").min() > 0.95
        assert recorded.over_depth(kind, "random_share").max() < 0.01


# How it is measured ---------------------------------------------------------------------------------------


def test_twins_share_digits_and_end_where_they_say(small):
    other = ll.twin(0, "residual", 2, max_epochs=1)
    np.testing.assert_array_equal(small.train.X, other.train.X)
    np.testing.assert_array_equal(small.path[0], other.path[0])
    problem = small.model.problem(small.train.X, small.train.y)
    np.testing.assert_allclose(problem.value(small.path), small.costs, rtol=1e-12)
    assert small.epochs == 3 and other.epochs == 1
    norm = np.linalg.norm(np.concatenate([W.ravel() for W, _ in small.model.unflatten(small.theta)]))
    assert small.weight_norm == pytest.approx(norm)
    assert small.began == pytest.approx(np.linalg.norm(small.path[0] - small.path[-1]) / norm)


def test_training_stops_at_the_goal_and_repeats_itself():
    run = ll.twin(3, "residual", 8)
    assert run.costs[-1] <= ll.GOAL and (run.costs[:-1] > ll.GOAL).all()
    np.testing.assert_array_equal(run.path, ll.twin(3, "residual", 8).path)


@pytest.mark.parametrize("plane", ll.PLANES)
def test_a_picture_holds_the_cost_where_it_says(small, plane):
    view = ll.picture(small, plane)
    X, y = small.train.X, small.train.y
    for i, j in ((0, 0), (20, 20), (3, 35)):
        point = small.theta + ll.TICKS[i] * view.d1 + ll.TICKS[j] * view.d2
        assert view.J[i, j] == pytest.approx(float(small.model.loss(point, X, y)), rel=1e-5)
    angle = ll.ANGLES[9]
    ray = np.cos(angle) * view.d1 + np.sin(angle) * view.d2
    point = small.theta + ray / np.linalg.norm(ray) * np.linalg.norm(small.path[0] - small.theta)
    assert view.ring[9] == pytest.approx(float(small.model.loss(point, X, y)), rel=1e-10)
    off = small.path - small.theta - view.path @ np.stack([view.d1, view.d2])
    assert view.share == pytest.approx(1 - np.sum(off**2) / np.sum((small.path - small.theta) ** 2))
    assert np.linalg.norm(view.d1) == pytest.approx(small.weight_norm)


def test_the_paths_own_plane_holds_what_its_shares_say(small):
    view = ll.picture(small, "path")
    assert view.share == pytest.approx(landscape.path_plane(small.path).shares.sum(), rel=1e-10)
    assert view.share > 0.95 > 100 * ll.picture(small).share


def test_numbers_of_a_picture_are_counted_from_its_cells(small):
    a, b = np.meshgrid(ll.TICKS, ll.TICKS, indexing="ij")
    bowl = twins.Picture(small, "random", *np.eye(2, small.model.n), 5 * (a**2 + b**2), np.ones(72))
    saddle = twins.Picture(small, "random", *np.eye(2, small.model.n), 3 + a**2 - b**2, np.ones(72))
    slight = twins.Picture(small, "random", *np.eye(2, small.model.n), 3 + a**2 - b**2 / 11, np.ones(72))
    assert (bowl.negative, bowl.minima) == (0, 1)
    assert bowl.better == pytest.approx(np.pi * ll.GUESSING / 5 / 4, abs=0.02)
    assert (saddle.negative, saddle.minima) == (1, 0)
    assert slight.negative == 0, "an eleventh of the other curvature does not count"


def test_pairs_draw_both_networks(small):
    fig = twins.Pair(ll.picture(small, "path"), ll.picture(small)).plot()
    assert [ax.get_title(loc="left") for ax in fig.axes[:2]] == ["plain, depth 2"] * 2
    assert len(fig.axes[0].lines) == 2 and len(fig.axes[1].lines) == 1, "ring and path; ring"


def test_the_plot_over_depth_shows_what_is_recorded(recorded):
    fig = recorded.plot()
    for ax, name in zip(fig.axes, ("better", "negative"), strict=True):
        for line, kind in zip(ax.lines, ll.KINDS, strict=True):
            middle = np.median(recorded.over_depth(kind, name), axis=0)
            np.testing.assert_allclose(line.get_ydata(), middle)


# What ships -----------------------------------------------------------------------------------------------


def test_the_pictures_are_small_and_whole():
    made, shape = ll.pictures(), (2, len(ll.DEPTHS), len(ll.PLANES))
    assert made.bytes.shape == (*shape, 41, 41) and made.bytes.dtype == np.uint8
    assert made.paths.shape == (*shape, shipped.N_POINTS, 2) and made.top.shape == shape
    assert shipped._FILE.stat().st_size <= 100_000
    for name in ll.NUMBERS:
        assert made.numbers[name].shape == shape and np.isfinite(made.numbers[name]).all()
    assert (made.bytes.max(axis=(-1, -2)) == 255).all()


@pytest.mark.parametrize(("kind", "depth"), [("plain", 4), ("residual", 12)])
@pytest.mark.parametrize("plane", ll.PLANES)
def test_shipped_pictures_are_those_that_are_taken(kind, depth, plane):
    made, view = ll.pictures(), ll.picture(trained(kind, depth), plane, shipped.SEED)
    found, true = made.J(kind, depth, plane), view.J
    # Half a step of a byte: the root of the cost is what is rounded.
    step = np.sqrt(float(made.top[shipped._place(kind, depth, plane)])) / 255
    assert np.abs(np.sqrt(found) - np.sqrt(true)).max() <= 0.51 * step
    path = made.path(kind, depth, plane)
    np.testing.assert_allclose(path[[0, -1]], view.path[[0, -1]], atol=1e-3)
    for name in ("better", "negative", "minima"):
        assert made.number(name, kind, depth, plane) == pytest.approx(getattr(view, name), abs=0.003)
    assert made.number("cost", kind, depth, plane) == pytest.approx(view.twin.costs[-1], rel=1e-3)
    assert made.number("ring_max", kind, depth, plane) == pytest.approx(view.ring.max(), rel=1e-3)


RUNS = {}


def trained(kind, depth):
    """The twin that is shown, trained once."""
    if (kind, depth) not in RUNS:
        RUNS[kind, depth] = ll.twin(shipped.SEED, kind, depth)
    return RUNS[kind, depth]


def test_the_shipped_pictures_tell_what_the_seeds_tell(recorded):
    # Two random planes of seed 0 among all seeds: chaos decides the digits of the deepest, not its picture.
    made = ll.pictures()
    for kind in ll.KINDS:
        for d, depth in enumerate(ll.DEPTHS):
            everywhere = recorded.over_depth(kind, "better")[:, d]
            for plane in ("random", "another"):
                J = made.J(kind, depth, plane)
                assert everywhere.min() - 0.1 < (J < ll.GUESSING).mean() < everywhere.max() + 0.1
                assert abs((J < ll.GUESSING).mean() - made.number("better", kind, depth, plane)) < 0.01
                assert J[20, 20] == pytest.approx(made.number("cost", kind, depth, plane), abs=0.004)


# Bad input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("seed", lambda small: ll.twin(-1, "plain", 2)),
        ("kind", lambda small: ll.twin(0, "dense", 2)),
        ("depth", lambda small: ll.twin(0, "plain", 0)),
        ("depth", lambda small: ll.pair(0, 2.5)),
        ("max_epochs", lambda small: ll.twin(0, "plain", 2, max_epochs=0)),
        ("plane", lambda small: ll.picture(small, "raw")),
        ("seed", lambda small: ll.picture(small, seed=-1)),
        ("kind", lambda small: ll.pictures().J("dense", 2)),
        ("depth", lambda small: ll.pictures().J("plain", 3)),
        ("plane", lambda small: ll.pictures().path("plain", 2, "raw")),
        ("name", lambda small: ll.pictures().number("height", "plain", 2)),
        ("kind", lambda small: ll.Twins.load().over_depth("dense", "better")),
        ("name", lambda small: ll.Twins.load().over_depth("plain", "height")),
    ],
)
def test_a_bad_argument_is_named(small, name, call):
    with pytest.raises(ValueError, match=rf"^{name}: got .*; want"):
        call(small)
