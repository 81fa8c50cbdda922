"""What the chapter on local minima claims, by hand-checked theory and on twenty seeds."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ravine import curvature, networks, problems
from ravine.experiments import local_minima as lm
from ravine.theory import local_minima as theory


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


# The linear network -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def descents() -> lm.Descents:
    return lm.descend()


def test_every_start_reaches_a_global_minimum(descents):
    assert descents.theta.shape == (30, 9)
    assert descents.J[-1].max() < 1e-15
    parameters = descents.net.parameters
    np.testing.assert_allclose(descents.a, [[parameters["a1"], parameters["a2"]]] * 30, atol=1e-7)


def test_the_minima_are_far_apart_and_flat_in_seven_directions(descents):
    assert descents.distances.shape == (435,) and descents.distances.min() > 0.5
    assert (descents.zeros == 7).all()
    assert set(curvature.classify(descents.net.hess(descents.theta), tol=1e-6)) == {"degenerate"}


@pytest.mark.parametrize("seed", range(6))
def test_no_data_make_a_bad_minimum(seed):
    found = lm.descend(n_starts=5, seed=seed)
    assert found.J[-1].max() < 1e-9
    assert (lm.zeros(found.net.hess(found.theta), tol=1e-4) == 7).all()


def test_the_network_is_not_convex():
    net, theta = problems.linear_network(), np.random.default_rng(0).standard_normal(9)
    minimum = lm.descend(n_starts=1).theta[0]
    lam = np.linalg.eigvalsh(net.hess(np.zeros(9)))
    root = np.sqrt(2)  # |c| for Sigma = 1 and a = (1, 1)
    np.testing.assert_allclose(lam, [-root] * 3 + [0] * 3 + [root] * 3, atol=1e-12)
    assert net.value(theta) == pytest.approx(net.value(-theta))
    end = lm.descend(n_starts=1).net
    assert end.value(minimum) < 1e-9 < end.value(np.zeros(9))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_all_other_critical_points_are_strict_saddles(seed):
    found = lm.saddles(seed=seed)
    assert found.lam_min.shape == (50,) and found.grad_norm.max() < 1e-12
    np.testing.assert_allclose(found.lam_min, -found.c_norm, rtol=1e-10)


def test_product_by_hand():
    theta = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1.0, 0.0, -1.0])
    np.testing.assert_array_equal(lm.product(np.stack([theta, -theta])), [[-4, -4]] * 2)


@pytest.mark.parametrize("w", [0.3, 1.0, 4.0])
def test_curvature_along_the_curve_of_minima(w):
    lam = np.linalg.eigvalsh(problems.fibre().hess([w, 1 / w]))
    np.testing.assert_allclose(lam, [0, w**2 + w**-2], atol=1e-12)


# Copies -----------------------------------------------------------------------------------------------------


def test_scaling_and_renumbering_leave_the_function():
    rng = np.random.default_rng(0)
    for activation, change in (
        ("relu", lambda net, theta: theory.rescale(net, theta, 7.0)),
        ("tanh", lambda net, theta: theory.permute(net, theta, np.array([2, 0, 1]))),
    ):
        net, X = networks.MLP((4, 3, 2), activation), rng.standard_normal((6, 4))
        theta = rng.standard_normal(net.n)
        np.testing.assert_allclose(net.logits(change(net, theta), X), net.logits(theta, X), atol=1e-13)
        assert not np.allclose(change(net, theta), theta)


def test_sharpness_grows_with_the_square_of_the_factor():
    sharpness = lm.Symmetry.load()["sharpness"]
    assert sharpness.shape == (20, 5)
    assert (np.diff(sharpness, axis=1) > 0).all()
    ratio = sharpness[:, -1] / sharpness[:, -2]
    assert ((ratio > 3.95) & (ratio < 4.0)).all()
    assert (sharpness[:, -1] / sharpness[:, 0] > 50).all()


def test_scaling_changes_no_bit_that_matters():
    found = lm.scaling(3)
    assert abs(found.J - found.J[0]).max() < 1e-15


def test_what_the_flow_conserves_drifts_in_proportion_to_the_step():
    drift = lm.Symmetry.load()["drift"]
    ratios = drift[:, :-1] / drift[:, 1:]
    assert ((ratios > 1.9) & (ratios < 2.15)).all()


def test_equal_copies_are_separated_by_a_barrier():
    found = lm.Symmetry.load()
    assert ((found["barrier"] > 0.2) & (found["barrier"] < 0.8)).all()
    np.testing.assert_allclose(found["line"][:, 0], found["line"][:, -1], atol=1e-9)
    assert lm.permutation_line(21).barrier > 0.15  # a seed that nobody has looked at


# Traps ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_one_minimum_an_example_where_scales_differ(m):
    for ratio in (8.0, 20.0, 100.0):
        assert len(lm.wells(m, ratio).minima) == m
        assert len(lm.wells(m, ratio, "cross_entropy").minima) == 1
    assert len(lm.wells(m, 2.0).minima) == 1


def test_equal_targets_need_less_different_scales_than_the_figures():
    ratios = [q for q in range(2, 31) if len(lm.wells(3, q).minima) == 3]
    assert ratios == list(range(6, 31))
    figures = [len(lm.wells(3, q, targets=(0.9, 0.75, 0.6)).minima) for q in (10, 20, 30)]
    assert figures == [1, 1, 3]


def test_wells_lie_where_each_example_is_fitted():
    found = lm.wells(4, 100.0, n=20001)
    expected = np.log(np.log(3)) + np.log(100.0) * np.arange(4)
    np.testing.assert_allclose(found.minima, expected, atol=0.03)


def test_numbers_of_minima_multiply():
    assert len(lm.survey().minima) == 9
    assert len(lm.survey(entropy=1.0).minima) == len(lm.survey(ratio=2.0).minima) == 1
    assert [len(lm.survey(ratio=ratio).minima) for ratio in (30.0, 10.0)] == [9, 1]
    nine = lm.survey()
    depths = problems.two_weights().value(nine.minima)
    assert depths.max() > 3 * depths.min()
    np.testing.assert_allclose(nine.minima[depths.argmin()], np.log(np.log(3) * 100), atol=0.1)


def test_the_two_weights_are_two_neurons():
    cost, side = problems.two_weights(), problems.neuron([0.9, 0.75, 0.6])
    u = np.array([[0.3, 5.0], [2.0, 9.0]])
    np.testing.assert_allclose(cost.value(u), side.value(np.exp(u)[..., None]).sum(axis=-1) / 2, rtol=1e-12)


def test_the_trap_is_a_true_and_a_bad_minimum():
    trap = lm.trap()
    assert trap.w == pytest.approx(1.127, abs=1e-3)
    assert abs(trap.slope) < 1e-14 and trap.curvature == pytest.approx(0.0168, abs=1e-4)
    # Four times the mean of half the squares is the sum of squares that the paper uses.
    np.testing.assert_allclose([4 * trap.J, 4 * trap.least], [0.1578, 0.0625], atol=1e-4)
    assert lm.trap(start=500.0).J < trap.J / 2


def test_cross_entropy_is_convex_in_the_weight():
    cost = problems.neuron([0.75, 0.9, 0.2], 10.0, "cross_entropy")
    assert (cost.hess(np.linspace(-50, 50, 101)[:, None]) > 0).all()


# Curves that look stuck -------------------------------------------------------------------------------------


def test_three_curves_look_alike_and_are_not():
    curves = lm.stuck().curves
    assert all(curve.change < 2e-5 for curve in curves.values())
    valley, beside, trap = curves.values()
    assert valley.grad_norm > 50
    assert beside.grad_norm < 1e-3 and beside.lam[0] < -0.5 and beside.left < 0.05
    assert trap.grad_norm < 1e-6 and trap.lam[0] > 0.01 and trap.left > 0.99


def test_every_run_beside_the_saddle_leaves_it():
    runs = lm.SaddleCurves.load()
    assert (runs["change"] < 1e-6).all() and (runs["grad_norm"] < 1e-3).all()
    assert ((runs["lam_min"] > -0.75) & (runs["lam_min"] < -0.55)).all()
    assert (runs["left"] < 0.05).all()


# Widths -----------------------------------------------------------------------------------------------------


def test_spread_shrinks_with_width():
    runs = lm.Spreads.load()
    assert ((runs.slope > -1.4) & (runs.slope < -0.7)).all()
    assert (runs.shrink > 6).all()
    first, last = (runs["std"][:, k] / runs["std"][:, k + 1] for k in (1, 3))
    assert first.mean() > 2.8 and last.mean() < 1.8  # no power law: doubling helps less and less
    assert (np.diff(runs["std"].mean(axis=0)) < 0).all()


def test_training_cost_tells_less_of_the_test_cost_in_wide_networks():
    runs = lm.Spreads.load()
    correlation = runs["correlation"].mean(axis=0)
    assert (np.diff(correlation) < 0).all() and correlation[0] > 0.85 and correlation[-1] < 0.5
    assert (runs["correlation"][:, -1] < runs["correlation"][:, 0]).all()
    assert (np.diff(runs["test"].mean(axis=0)) < 0).all()


def test_a_repetition_is_determined_by_its_seed():
    options = {"widths": (3,), "n_networks": 2, "n_steps": 5}
    first, again, other = (lm.train_widths(seed, **options) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.J, again.J)
    assert not np.array_equal(first.J, other.J)


# Figures ----------------------------------------------------------------------------------------------------


def test_figures_show_their_data_and_name_their_axes(descents):
    found = lm.train_widths(0, n_networks=2, n_steps=1)
    figures = [
        descents.plot(), lm.wells().plot(), lm.survey(n=21).plot(), lm.Symmetry.load().plot(),
        lm.scaling(0).plot(), lm.permutation_line(0).plot(), lm.Spreads.load().plot(found), found.plot(),
    ]  # fmt: skip
    for figure in figures:
        assert all(ax.get_ylabel() for ax in figure.axes)
        assert figure.axes[0].get_xlabel()


def test_wells_figure_marks_the_minima():
    found = lm.wells(3)
    cost, dots = found.plot().axes[0].lines
    np.testing.assert_array_equal(cost.get_ydata(), found.J)
    np.testing.assert_array_equal(dots.get_xdata(), found.minima)


def test_stuck_figure_hides_nothing():
    stuck = lm.stuck()
    axes = np.reshape(stuck.plot().axes, (2, 3))
    for column, curve in zip(axes.T, stuck.curves.values(), strict=True):
        for ax, J in zip(column, (curve.J, curve.whole), strict=True):
            np.testing.assert_array_equal(ax.lines[0].get_ydata(), J / curve.J[0])
            assert ax.get_ylim() == (0, 1.1)
    assert len(stuck.plot(whole=False).axes) == 3


def test_widths_figure_shows_the_file():
    runs = lm.Spreads.load()
    _, right = runs.plot(lm.train_widths(0, n_networks=2, n_steps=1)).axes
    np.testing.assert_array_equal(right.lines[0].get_ydata(), np.median(runs["std"], axis=0))
    assert right.get_xscale() == right.get_yscale() == "log"


# Bad input --------------------------------------------------------------------------------------------------

NET = networks.MLP((2, 3, 2), "relu")


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("n_starts", lambda: lm.descend(0)),
        ("seed", lambda: lm.descend(seed=-1)),
        ("n", lambda: lm.saddles(0)),
        ("theta", lambda: lm.product(np.zeros(8))),
        ("alpha", lambda: theory.rescale(NET, np.zeros(17), 0.0)),
        ("model", lambda: theory.rescale(networks.MLP((2, 2)), np.zeros(6), 1.0)),
        ("order", lambda: theory.permute(NET, np.zeros(17), np.array([0, 0, 1]))),
        ("seed", lambda: lm.scaling(-1)),
        ("seed", lambda: lm.permutation_line(-1)),
        ("seed", lambda: lm.beside_saddle(-1)),
        ("seed", lambda: lm.train_widths(-1)),
        ("n_networks", lambda: lm.train_widths(0, n_networks=1)),
        ("targets", lambda: problems.neuron([1.0])),
        ("targets", lambda: problems.neuron([])),
        ("ratio", lambda: problems.neuron([0.5, 0.5], 1.0)),
        ("loss", lambda: problems.neuron([0.5], loss="hinge")),
        ("m", lambda: lm.wells(0)),
        ("n", lambda: lm.wells(n=2)),
        ("n", lambda: lm.survey(n=2)),
        ("ratio", lambda: problems.two_weights(-1.0)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
