"""Extreme eigenvalues of the whole Hessian at places of a picture, beside what the picture shows."""

import numpy as np
import pytest

from ravine import curvature
from ravine.experiments import loss_landscapes as ll
from ravine.experiments.loss_landscapes import hessians, twins

MIDDLE = len(ll.PLACES) ** 2 // 2


@pytest.fixture(scope="module")
def recorded():
    return ll.Hessians.load()


@pytest.fixture(scope="module")
def found():
    """The extremes around a quickly trained twin."""
    return ll.extremes(ll.twin(0, "plain", 2, max_epochs=3))


def test_the_deep_plain_network_curves_both_ways_nearly_everywhere_but_at_its_minimum(recorded):
    assert recorded.ratios("plain").shape == (20, 25)
    plain, residual = (recorded.notable(kind) for kind in ll.KINDS)
    assert plain.min() > 0.9 and (plain > residual).all()
    for kind in ll.KINDS:
        at_the_minimum = recorded.ratios(kind)[:, MIDDLE]
        assert np.median(at_the_minimum) < 0.05 and at_the_minimum.min() > 0 and at_the_minimum.max() < 0.25


def test_what_looks_convex_is_not(recorded):
    # The picture of the residual network shows hardly any negative curvature; the whole Hessian has it.
    assert recorded.notable("residual", seen=True).mean() < 0.02
    assert recorded.notable("residual").mean() > 0.2
    assert (recorded["residual_lowest"] < 0).all() and (recorded["plain_lowest"] < 0).all()
    # Two random directions see a hundredth and less of the largest curvature.
    for kind in ll.KINDS:
        assert (recorded[f"{kind}_seen_highest"] < recorded[f"{kind}_highest"] / 50).all()


def test_extremes_are_those_of_the_hessian(found):
    trained, rng = found.view.twin, np.random.default_rng(0)
    problem = trained.model.problem(trained.train.X, trained.train.y)
    for i, j in ((2, 2), (0, 4)):
        theta = trained.theta + ll.PLACES[i] * found.view.d1 + ll.PLACES[j] * found.view.d2
        (high,) = curvature.top_eigenvalues(
            lambda v, theta=theta: problem.hvp(theta, v), trained.model.n, 1, rng
        )
        (low,) = curvature.top_eigenvalues(
            lambda v, theta=theta: -problem.hvp(theta, v), trained.model.n, 1, rng, rtol=1e-4
        )
        assert found.highest[i, j] == pytest.approx(high, rel=1e-5)
        assert found.lowest[i, j] == pytest.approx(-low, rel=0.02)


def test_the_picture_sees_a_part_of_the_curvatures_at_its_own_cells(found):
    view, h = found.view, ll.TICKS[1] - ll.TICKS[0]
    for i, a in enumerate(ll.PLACES):
        for j, b in enumerate(ll.PLACES):
            row, column = np.argmin(np.abs(ll.TICKS - a)), np.argmin(np.abs(ll.TICKS - b))
            cells = view.J[row - 1 : row + 2, column - 1 : column + 2].astype(float)
            H = np.empty((2, 2))
            H[0, 0] = (cells[2, 1] - 2 * cells[1, 1] + cells[0, 1]) / h**2
            H[1, 1] = (cells[1, 2] - 2 * cells[1, 1] + cells[1, 0]) / h**2
            H[0, 1] = H[1, 0] = (cells[2, 2] - cells[2, 0] - cells[0, 2] + cells[0, 0]) / (4 * h**2)
            low, high = np.linalg.eigvalsh(H) / view.twin.weight_norm**2
            assert found.seen_lowest[i, j] == pytest.approx(low, abs=1e-4 * np.abs(found.seen_highest).max())
            assert found.seen_highest[i, j] == pytest.approx(high, rel=1e-3)
    assert (found.lowest < found.seen_lowest).all() and (found.seen_highest < found.highest).all()


def test_ratios_count_negative_curvature_alone():
    lowest, highest = np.array([-2.0, 1.0, -3.0]), np.array([4.0, 4.0, -1.0])
    np.testing.assert_array_equal(hessians.ratio(lowest, highest), [0.5, 0.0, 3.0])


def test_ratios_are_those_of_the_columns(found, recorded):
    np.testing.assert_array_equal(found.ratio, hessians.ratio(found.lowest, found.highest))
    np.testing.assert_array_equal(found.seen_ratio, hessians.ratio(found.seen_lowest, found.seen_highest))
    kept = hessians.ratio(recorded["plain_seen_lowest"], recorded["plain_seen_highest"])
    np.testing.assert_array_equal(recorded.ratios("plain", seen=True), kept)
    share = (np.delete(kept, MIDDLE, axis=1) > twins.NOTABLE).mean(axis=1)
    np.testing.assert_array_equal(recorded.notable("plain", seen=True), share)


def test_the_plot_shows_the_medians(recorded):
    fig = recorded.plot()
    for ax, kind in zip(fig.axes, ll.KINDS, strict=False):
        (mesh,) = ax.collections
        middle = np.median(recorded.ratios(kind), axis=0).reshape(5, 5)
        np.testing.assert_allclose(np.asarray(mesh.get_array()).reshape(5, 5), middle.T)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("seed", lambda found: ll.extremes(found.view.twin, seed=-1)),
        ("kind", lambda found: ll.Hessians.load().ratios("dense")),
        ("kind", lambda found: ll.Hessians.load().notable("dense")),
    ],
)
def test_a_bad_argument_is_named(found, name, call):
    with pytest.raises(ValueError, match=rf"^{name}: got .*; want"):
        call(found)
