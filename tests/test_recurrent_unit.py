"""The single recurrent unit: derivatives, the wall, stacks, and what float32 costs."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from ravine.problems import RecurrentUnit
from ravine.rules import gradient_descent

POINTS = np.random.default_rng(0).uniform([-8, -5], [8, 5], (40, 2))


def plain(theta, unit):
    """The recurrence as one would write it."""
    x = unit.x0
    for _ in range(unit.n_steps):
        x = theta[0] / (1 + anp.exp(-x)) + theta[1]
    return (1 / (1 + anp.exp(-x)) - unit.target) ** 2


@pytest.mark.parametrize("settings", [{}, {"n_steps": 1}, {"n_steps": 7, "target": 0.2, "x0": -1.5}])
def test_value_and_gradient_are_those_of_autograd(settings):
    unit = RecurrentUnit(**settings)
    value, slopes = unit.value(POINTS), unit.grad(POINTS)
    for theta, J, g in zip(POINTS, value, slopes, strict=True):
        assert pytest.approx(plain(theta, unit), rel=1e-11, abs=1e-14) == J
        expected = grad(plain)(theta, unit)
        np.testing.assert_allclose(g, expected, rtol=1e-9, atol=1e-13)


def test_gradient_is_that_of_finite_differences():
    unit, h, rng = RecurrentUnit(n_steps=12), 1e-6, np.random.default_rng(1)
    along = rng.normal(size=POINTS.shape)
    found = (unit.grad(POINTS) * along).sum(-1)
    difference = (unit.value(POINTS + h * along) - unit.value(POINTS - h * along)) / (2 * h)
    np.testing.assert_allclose(found, difference, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("n_steps", [10, 30, 50, 100])
def test_gradient_on_the_wall_is_the_geometric_series(n_steps):
    unit, w = RecurrentUnit(n_steps), np.linspace(4.3, 8, 9)
    mu = w * unit.slope
    series = 2 * (unit.start - unit.target) * unit.slope * (mu**n_steps - 1) / (mu - 1)
    g = unit.grad(np.stack([w, unit.wall(w)], axis=-1))
    np.testing.assert_allclose(g, series[:, None] * [unit.start, 1], rtol=1e-13)


def test_the_wall_holds_the_state_still():
    unit = RecurrentUnit(100)
    states = unit.states(np.stack([np.array([2.0, 6.0, 8.0]), unit.wall([2.0, 6.0, 8.0])], axis=-1))
    assert states.shape == (101, 3)
    assert (states == unit.x0).all()


@pytest.mark.parametrize("shape", [(), (5,), (4, 5)])
def test_shapes_and_stacks(shape):
    unit, theta = RecurrentUnit(), np.resize(POINTS, (*shape, 2))
    assert unit.value(theta).shape == shape
    assert unit.grad(theta).shape == (*shape, 2)
    assert unit.states(theta).shape == (51, *shape)
    np.testing.assert_array_equal(unit.value(theta), np.vectorize(unit.value, signature="(n)->()")(theta))


def test_blocks_join_without_a_seam(monkeypatch):
    unit = RecurrentUnit()
    whole = unit.value(POINTS), unit.grad(POINTS)
    monkeypatch.setattr("ravine.problems.recurrent_unit._BLOCK", 7)
    np.testing.assert_array_equal(unit.value(POINTS), whole[0])
    np.testing.assert_array_equal(unit.grad(POINTS), whole[1])


def test_float32_is_good_enough_for_pictures():
    unit = RecurrentUnit()
    w, b = np.meshgrid(np.linspace(3, 8, 101), np.linspace(-5, 1, 101))
    theta = np.stack([w, b], axis=-1)
    quick = unit.value(theta.astype(np.float32))
    assert quick.dtype == np.float32
    np.testing.assert_allclose(quick, unit.value(theta), atol=1e-3)
    w, b = np.meshgrid(np.linspace(3, 8, 101), np.linspace(-2, 1, 101))  # off the cliff
    theta = np.stack([w, b], axis=-1)[w + b > 4]
    slopes = unit.grad(theta.astype(np.float32))
    assert slopes.dtype == np.float32
    np.testing.assert_allclose(slopes, unit.grad(theta), atol=1e-4)


def test_far_away_nothing_overflows_into_nonsense():
    unit = RecurrentUnit()
    far = np.array([[1e6, 1e6], [-1e6, 3.0], [1e19, -1e19], [8.0, -1e18]])
    assert np.isfinite(unit.value(far)).all()
    assert np.isfinite(unit.grad(far)).all()
    plateau = np.array([[10.3, 8.1]])
    assert unit.value(plateau) == pytest.approx((1 - 0.7) ** 2, abs=1e-7)
    assert np.abs(unit.grad(plateau)).max() < 1e-6


def test_it_is_a_problem_for_rules():
    unit, theta = RecurrentUnit(), np.array([5.5, -2.0])
    stepped, _ = gradient_descent(0.3).update(unit, theta, {}, 0)
    np.testing.assert_array_equal(stepped, theta - 0.3 * unit.grad(theta))
    assert repr(unit) == "RecurrentUnit(n_steps=50, target=0.7, x0=0.5)"


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("n_steps", lambda: RecurrentUnit(0)),
        ("target", lambda: RecurrentUnit(target=1.0)),
        ("x0", lambda: RecurrentUnit(x0=float("nan"))),
        ("theta", lambda: RecurrentUnit().value([1.0, 2.0, 3.0])),
        ("theta", lambda: RecurrentUnit().grad(1.0)),
        ("w", lambda: RecurrentUnit().wall(float("inf"))),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
