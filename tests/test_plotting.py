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
