"""The house style draws what it is given: every legal cost, at its own height."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine import plotting

BOX = ((-1, 1), (-2, 2))


@pytest.fixture
def ax():
    fig, ax = plotting.figure()
    yield ax
    plt.close(fig)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("height", [0.0, 3.0, -2.5, 1e-200, 1e200])
def test_a_constant_cost_is_one_colour(ax, height, log):
    drawn = plotting.contours(ax, lambda theta: np.full(theta.shape[:-1], height), BOX, log=log)
    ax.figure.canvas.draw()
    low, high = drawn.levels[0], drawn.levels[-1]
    assert low < height < high
    filled = [path for path in drawn.get_paths() if len(path.vertices)]
    corners = filled[0].get_extents()
    assert len(filled) == 1 and np.allclose([corners.p0, corners.p1], [(-1, -2), (1, 2)])


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_is_left_blank_and_spoils_no_level(ax, bad, log):
    def cost(theta):
        return np.where(theta[..., 0] > 0.5, bad, theta[..., 1])

    drawn = plotting.contours(ax, cost, BOX, log=log, levels=5, resolution=21)
    ax.figure.canvas.draw()
    spread = drawn.levels[-1] - drawn.levels[0]
    assert spread == pytest.approx(4, rel=1e-3)
    assert max(path.vertices[:, 0].max() for path in drawn.get_paths() if len(path.vertices)) <= 0.5


def test_a_cost_that_is_finite_nowhere_is_refused(ax):
    with pytest.raises(ValueError, match=r"value: got .* want costs"):
        plotting.contours(ax, lambda theta: theta[..., 0] * np.nan, BOX)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.booleans())
def test_levels_lie_between_the_lowest_and_the_highest_cost(low, span, log):
    fig, ax = plotting.figure()
    cost = lambda theta: low + span * (theta[..., 0] + 1) / 2  # noqa: E731  (used once, below)
    drawn = plotting.contours(ax, cost, BOX, log=log, levels=7, resolution=11)
    heights = drawn.levels - (drawn.levels[0] - low if log else 0)
    assert heights[0] == pytest.approx(low) and heights[-1] == pytest.approx(low + span)
    assert len(heights) == 7 and (np.diff(heights) > 0).all()
    plt.close(fig)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda ax: plotting.path(ax, np.zeros((0, 2))), r"theta: got shape \(0, 2\); want at least one"),
        (lambda ax: plotting.path(ax, [[0, 1.7e308], [0, -1.7e308]]), r"theta: got 1.7e\+308; want at"),
        (lambda ax: plotting.path(ax, [[0, np.nan]]), "theta: got nan"),
        (lambda ax: plotting.spread(ax, [], np.zeros((3, 0))), r"x: got shape \(0,\); want at least one"),
        (lambda ax: plotting.spread(ax, [1, 2], np.zeros((0, 2))), r"samples: got shape \(0, 2\)"),
        (lambda ax: plotting.spread(ax, [1], [[1.7e308], [1.7e308]]), "samples: got"),
        (lambda ax: plotting.contours(ax, 3, BOX), "value: got 3; want a function"),
        (lambda ax: plotting.contours(ax, lambda t: t[..., 0] * 1j, BOX), r"(?s)value: got .*; want"),
        (lambda ax: plotting.contours(ax, lambda t: t[..., 0].astype(str), BOX), r"(?s)value: got .*; want"),
        (lambda ax: plotting.contours(ax, lambda t: t[..., 0], BOX, log="no"), "log: got 'no'; want True or"),
        (lambda ax: plotting.contours(ax, lambda t: t[..., 0], ((1, -1), (0, 1))), "with low < high"),
        (lambda ax: plotting.contours(ax, lambda t: t[..., 0], ((-1.7e308, 1.7e308), (0, 1))), "domain: got"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_by_name(ax, draw, message):
    with pytest.raises(ValueError, match=message):
        draw(ax)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("low", [1.0, -3e5])
@pytest.mark.parametrize("n_steps", [1, 3])
def test_costs_that_differ_in_their_last_digits_alone_are_drawn(ax, low, n_steps, log):
    high = low
    for _ in range(n_steps):
        high = np.nextafter(high, np.inf)
    drawn = plotting.contours(ax, lambda t: np.where(t[..., 0] > 0, high, low), BOX, log=log)
    ax.figure.canvas.draw()
    assert (np.diff(drawn.levels) > 0).all() and drawn.levels[-1] - drawn.levels[0] >= high - low


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("scale", [1e-320, 1e-300, 1e299])
def test_costs_of_any_size_are_drawn(ax, scale, log):
    drawn = plotting.contours(ax, lambda t: (t * t).sum(-1) * scale, BOX, log=log)
    ax.figure.canvas.draw()
    assert drawn.levels[-1] - drawn.levels[0] == pytest.approx(5 * scale, rel=1e-2)


@pytest.mark.filterwarnings("error")
def test_a_cost_that_works_in_place_moves_nothing(ax):
    def cost(theta):
        theta *= 0
        return theta.sum(axis=-1)

    drawn = plotting.contours(ax, cost, BOX)
    (filled,) = [path for path in drawn.get_paths() if len(path.vertices)]
    corners = filled.get_extents()
    assert np.allclose([corners.p0, corners.p1], [(-1, -2), (1, 2)])


@pytest.mark.filterwarnings("error")
def test_what_is_masked_or_beyond_all_axes_is_left_blank(ax):
    def masked(theta):
        return np.ma.masked_where(theta[..., 0] > 0, np.where(theta[..., 0] > 0, 1e6, theta[..., 1]))

    def huge(theta):
        return np.where(theta[..., 0] > 0, 1.7e308, theta[..., 1])

    for cost in (masked, huge):
        drawn = plotting.contours(ax, cost, BOX)
        assert drawn.levels[-1] == pytest.approx(2)
        assert max(path.vertices[:, 0].max() for path in drawn.get_paths() if len(path.vertices)) <= 0


@pytest.mark.filterwarnings("error")
def test_one_point_is_a_path_and_one_seed_a_spread(ax):
    plotting.path(ax, [[1, 2]])
    plotting.spread(ax, [3], [[4]])
    ax.figure.canvas.draw()
    assert [line.get_xydata().tolist() for line in ax.lines] == [[[1, 2]], [[1, 2]], [[3, 4]]]
