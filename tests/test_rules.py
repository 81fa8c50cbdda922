"""Every rule against arithmetic done by hand, and on every surface of the zoo."""

import pickle

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ravine import rules, zoo
from ravine.rules._norm import norm


class Quadratic:
    """theta' H theta / 2."""

    def __init__(self, H):
        self.H = np.array(H, dtype=float)

    def value(self, theta):
        return (theta * (theta @ self.H)).sum(-1) / 2

    def grad(self, theta):
        return theta @ self.H

    def hess(self, theta):
        return self.H


class Slope:
    """A cost with the same gradient everywhere."""

    def __init__(self, g):
        self.g = np.asarray(g, dtype=float)

    def value(self, theta):
        return theta @ self.g

    def grad(self, theta):
        return np.broadcast_to(self.g, theta.shape)


BOWL, SADDLE = Quadratic([[2, 1], [1, 3]]), Quadratic([[0, 2], [2, 0]])
ROOT7 = np.sqrt(7)

# problem, rule, theta, state, t -> next theta and state, by hand. The bowl's gradient at (1, -1) is (1, -2).
BY_HAND = [
    (BOWL, rules.gradient_descent(0.1), [1, -1], {}, 0, [0.9, -0.8], {}),
    (BOWL, rules.momentum(0.1, 0.5), [1, -1], {"velocity": [0.2, 0.4]}, 3, [1, -0.6], {"velocity": [0, 0.4]}),
    (
        *(BOWL, rules.nesterov(0.1, 0.5), [1, -1], {"velocity": [0.2, 0.4]}, 3),
        *([0.96, -0.67], {"velocity": [-0.04, 0.33]}),
    ),
    (BOWL, rules.newton(), [1, -1], {}, 0, [0, 0], {"singular": False}),
    (BOWL, rules.newton(learning_rate=0.5), [1, -1], {}, 0, [0.5, -0.5], {"singular": False}),
    (BOWL, rules.newton(damping=1), [1, -1], {}, 0, [5 / 11, -4 / 11], {"singular": False}),
    (BOWL, rules.saddle_free_newton(), [1, -1], {}, 0, [0, 0], {"singular": False}),
    (SADDLE, rules.newton(), [3, 1], {}, 0, [0, 0], {"singular": False}),
    (SADDLE, rules.saddle_free_newton(), [3, 1], {}, 0, [2, -2], {"singular": False}),
    (SADDLE, rules.saddle_free_newton(damping=2), [3, 1], {}, 0, [2.5, -0.5], {"singular": False}),
    (
        *(BOWL, rules.adagrad(0.1, eps=2), [1, -1], {"sum_of_squares": [3, 12]}, 5),
        *([0.975, -1 + 1 / 30], {"sum_of_squares": [4, 16]}),
    ),
    (
        *(BOWL, rules.rmsprop(0.1, decay=0.75, eps=2), [1, -1], {"mean_square": [5, 4]}, 5),
        *([0.975, -0.95], {"mean_square": [4, 4]}),
    ),
    (
        *(BOWL, rules.adam(0.1, beta1=0.5, beta2=0.75), [1, -1]),
        *({"mean": [3, -6], "mean_square": [5, 4]}, 1),
        *([1 - ROOT7 / 30, -1 + ROOT7 / 15], {"mean": [2, -4], "mean_square": [4, 4]}),
    ),
    (Slope([3, 4]), rules.clip_by_norm(rules.gradient_descent(1), 1), [0, 0], {}, 0, [-0.6, -0.8], {}),
    (Slope([3, -0.5]), rules.clip_by_value(rules.gradient_descent(1), 1), [0, 0], {}, 0, [-1, 0.5], {}),
]

ALL = [
    rules.gradient_descent(1e-3),
    rules.momentum(1e-3),
    rules.nesterov(1e-3),
    rules.newton(0.5, damping=0.1),
    rules.saddle_free_newton(0.01, damping=0.1),
    rules.adagrad(1e-4),
    rules.rmsprop(1e-4),
    rules.adam(1e-4),
    rules.clip_by_norm(rules.momentum(1e-3), 0.5),
    rules.clip_by_value(rules.nesterov(1e-3), 0.5),
]
every_rule = pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
every_surface = pytest.mark.parametrize("name", zoo.NAMES)


def points(objective, shape, seed=0):
    low, high = np.array(objective.domain).T
    return np.random.default_rng(seed).uniform(low, high, (*shape, objective.n))


def test_the_table_above_holds_every_rule():
    clipped = {"clip_by_norm(momentum)", "clip_by_value(nesterov)"}
    assert (
        {rule.name for rule in ALL} - clipped == set(rules.NAMES) == {case[1].name for case in BY_HAND[:-2]}
    )


@pytest.mark.parametrize(
    ("problem", "rule", "theta", "state", "t", "next_theta", "next_state"),
    BY_HAND,
    ids=[case[1].name for case in BY_HAND],
)
def test_one_step_by_hand(problem, rule, theta, state, t, next_theta, next_state):
    state = {name: np.array(x, dtype=float) for name, x in state.items()}
    got_theta, got_state = rule.update(problem, np.array(theta, dtype=float), state, t)
    np.testing.assert_allclose(got_theta, next_theta, rtol=1e-7, atol=1e-12)
    assert got_state.keys() == next_state.keys()
    for name, expected in next_state.items():
        np.testing.assert_allclose(got_state[name], expected, rtol=1e-12, atol=1e-12)


def test_eps_keeps_a_step_without_gradient_finite():
    for rule in (rules.adagrad(1.0), rules.rmsprop(1.0), rules.adam(1.0)):
        theta = np.zeros(2)
        np.testing.assert_array_equal(rule.update(Slope([0, 0]), theta, rule.init(theta), 0)[0], theta)


def test_first_steps_from_rest():
    """The size of the first step of the adaptive rules does not depend on the gradient's size."""
    theta = np.zeros(2)
    for rule, size in [
        (rules.adagrad(0.1), 0.1),
        (rules.rmsprop(0.1, decay=0.75), 0.2),
        (rules.adam(0.1, beta1=0.3, beta2=0.6), 0.1),
    ]:
        got, _ = rule.update(Slope([1e3, -1e-3]), theta, rule.init(theta), 0)
        np.testing.assert_allclose(got, [-size, size], rtol=1e-4)


@every_rule
@every_surface
def test_a_batch_is_a_loop_over_its_rows(rule, name):
    objective = zoo.get(name)
    theta = points(objective, (3, 2))
    state = rule.init(theta)
    for t in range(3):
        rows = {
            ij: rule.update(objective, theta[ij], {k: x[ij] for k, x in state.items()}, t)
            for ij in np.ndindex(3, 2)
        }
        theta, state = rule.update(objective, theta, state, t)
        for ij, (row, row_state) in rows.items():
            np.testing.assert_array_equal(theta[ij], row)
            for k, x in row_state.items():
                np.testing.assert_array_equal(state[k][ij], x)


@every_rule
@every_surface
def test_updates_are_pure(rule, name):
    objective = zoo.get(name)
    theta = points(objective, (4,))
    state = rule.update(objective, theta, rule.init(theta), 0)[1]
    copies = theta.copy(), {k: x.copy() for k, x in state.items()}
    first, second = rule.update(objective, theta, state, 1), rule.update(objective, theta, state, 1)
    np.testing.assert_array_equal(theta, copies[0])
    np.testing.assert_array_equal(first[0], second[0])
    for k, x in copies[1].items():
        np.testing.assert_array_equal(state[k], x)


@every_rule
@every_surface
def test_scale_multiplies_the_learning_rate(rule, name):
    objective = zoo.get(name)
    theta = points(objective, (4,))
    whole, half = (rule.update(objective, theta, rule.init(theta), 0, scale)[0] for scale in (1.0, 0.5))
    np.testing.assert_allclose(half - theta, (whole - theta) / 2, rtol=1e-6, atol=1e-12)


@every_rule
@every_surface
def test_small_steps_go_downhill(rule, name):
    """Newton's step alone may climb: it heads for any critical point."""
    objective = zoo.get(name)
    theta = points(objective, (20,))
    step = rule.update(objective, theta, rule.init(theta), 0)[0] - theta
    g = objective.grad(theta)
    if rule.name == "newton":
        left = np.einsum("...ij,...j->...i", objective.hess(theta) + 0.1 * np.eye(objective.n), step)
        np.testing.assert_allclose(left, -0.5 * g, rtol=1e-6, atol=1e-8 * np.abs(g).max())
    else:
        assert ((g * step).sum(-1) <= 0).all()
        assert ((g * step).sum(-1) < 0).any()


@every_surface
def test_saddle_free_newton_is_newton_where_the_surface_is_a_bowl(name):
    objective = zoo.get(name)
    theta = points(objective, (200,))
    theta = theta[np.linalg.eigvalsh(objective.hess(theta))[:, 0] > 1e-3]
    free, newton = (
        rule.update(objective, theta, rule.init(theta), 0)[0]
        for rule in (rules.saddle_free_newton(), rules.newton())
    )
    np.testing.assert_array_equal(free, newton)


def test_newton_stays_where_the_hessian_is_singular_and_says_so():
    class Cubic:  # x^3 / 6 + x: H = x, so that x = 0 has a slope but no curvature
        def value(self, theta):
            return (theta**3 / 6 + theta).sum(-1)

        def grad(self, theta):
            return theta**2 / 2 + 1

        def hess(self, theta):
            return theta[..., None] * np.eye(theta.shape[-1])

    theta = np.array([[0.0, 1.0], [2.0, 1e-3], [2.0, 1e-17]])
    for rule in (rules.newton(), rules.saddle_free_newton()):
        got, state = rule.update(Cubic(), theta, rule.init(theta), 0)
        np.testing.assert_array_equal(state["singular"], [True, False, True])
        np.testing.assert_array_equal(got[[0, 2]], theta[[0, 2]])
        # Nearly singular is not singular: the step is what the formula says, however long.
        np.testing.assert_allclose(got[1], [2 - 3 / 2, 1e-3 - (1 + 5e-7) / 1e-3], rtol=1e-12)
    damped, state = rules.newton(damping=0.5).update(Cubic(), theta, {}, 0)
    assert not state["singular"].any()
    assert damped[0, 0] == pytest.approx(-1 / 0.5)


gradients = arrays(np.float64, 3, elements=st.floats(-1e200, 1e200))
thresholds = st.floats(1e-3, 1e3)


def shown(clip, threshold, g):
    """The gradient that a clipped rule acts on."""
    rule = clip(rules.gradient_descent(1.0), threshold)
    return -rule.update(Slope(g), np.zeros_like(g), {}, 0)[0]


@given(gradients, thresholds)
def test_clipping_by_norm_shortens_and_never_turns(g, threshold):
    clipped, peak = shown(rules.clip_by_norm, threshold, g), np.abs(g).max()
    norm = peak * np.linalg.norm(g / peak) if peak else 0.0
    if norm <= threshold * (1 - 1e-12):
        np.testing.assert_array_equal(clipped, g)
    else:
        np.testing.assert_allclose(np.linalg.norm(clipped), min(norm, threshold), rtol=1e-12)
        np.testing.assert_allclose(clipped / threshold, g / norm, rtol=1e-11, atol=1e-300)


@given(gradients, thresholds)
def test_clipping_by_value_acts_coordinate_by_coordinate(g, threshold):
    clipped = shown(rules.clip_by_value, threshold, g)
    inside = np.abs(g) <= threshold
    np.testing.assert_array_equal(clipped[inside], g[inside])
    np.testing.assert_array_equal(clipped[~inside], np.sign(g[~inside]) * threshold)


def test_clipping_acts_where_the_inner_rule_looks():
    """Nesterov's rule asks for the gradient ahead of theta: that is the one to be clipped."""
    rule = rules.clip_by_value(rules.nesterov(0.1, 0.5), 1.0)
    theta, state = rule.update(BOWL, np.array([1.0, -1.0]), {"velocity": np.array([0.2, 0.4])}, 0)
    # Ahead, at (1.1, -0.8), g = (1.4, -1.3): both entries are cut to 1.
    np.testing.assert_allclose(state["velocity"], [0.0, 0.3], atol=1e-15)
    np.testing.assert_allclose(theta, [1.0, -0.7])


def test_clipping_leaves_the_hessian_alone():
    rule = rules.clip_by_norm(rules.newton(), np.sqrt(5) / 2)  # halves g(1, -1) = (1, -2)
    np.testing.assert_allclose(rule.update(BOWL, np.array([1.0, -1.0]), {}, 0)[0], [0.5, -0.5])


def test_a_rule_prints_what_it_is():
    rule = rules.clip_by_norm(rules.momentum(0.1, 0.5), 2)
    assert repr(rule) == (
        "Rule(name='clip_by_norm(momentum)', "
        "hyperparameters={'learning_rate': 0.1, 'momentum': 0.5, 'threshold': 2.0})"
    )


def test_rules_are_values():
    for make in (rules.gradient_descent, rules.momentum, rules.newton, rules.adagrad, rules.adam):
        assert make(0.1) == make(0.1)
        assert hash(make(0.1)) == hash(make(0.1))
        assert make(0.1) != make(0.2)
        assert rules.clip_by_norm(make(0.1), 1.0) == rules.clip_by_norm(make(0.1), 1)
        assert rules.clip_by_norm(make(0.1), 1.0) != rules.clip_by_value(make(0.1), 1.0)
        assert pickle.loads(pickle.dumps(make(0.1))) == make(0.1)
    assert rules.newton() != rules.saddle_free_newton()
    assert rules.momentum(0.1) != rules.nesterov(0.1)


exponents = st.integers(-290, 290)
ADAPTIVE = [rules.adagrad, rules.rmsprop, rules.adam]


@pytest.mark.parametrize("make", ADAPTIVE)
@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-9, 9), exponents), min_size=1, max_size=6), st.sampled_from([1e-8, 1e-250])
)
def test_adaptive_steps_of_any_size_are_those_of_exact_arithmetic(make, entries, eps):
    gradients = [a * 10.0**k for a, k in entries]
    rule, theta = make(0.1, eps=eps), np.zeros(1)
    state = rule.init(theta)
    p = {k: mpmath.mpf(x) for k, x in rule.hyperparameters.items()}
    m = r = mpmath.mpf(0)
    for i, g in enumerate(gradients):
        before = theta
        theta, state = rule.update(Slope([g]), theta, state, i)
        x = mpmath.mpf(g)
        if make is rules.adagrad:
            r, top, root = r + x**2, x, mpmath.sqrt(r + x**2)
        elif make is rules.rmsprop:
            r = p["decay"] * r + (1 - p["decay"]) * x**2
            top, root = x, mpmath.sqrt(r)
        else:
            m, r = p["beta1"] * m + (1 - p["beta1"]) * x, p["beta2"] * r + (1 - p["beta2"]) * x**2
            top, root = m / (1 - p["beta1"] ** (i + 1)), mpmath.sqrt(r / (1 - p["beta2"] ** (i + 1)))
        expected = float(-p["learning_rate"] * top / (root + p["eps"]))
        assert theta[0] - before[0] == pytest.approx(expected, rel=1e-9, abs=1e-15)


@given(st.lists(st.tuples(st.floats(-9, 9), exponents), min_size=1, max_size=4))
def test_norms_neither_overflow_nor_underflow(entries):
    g = np.array([a * 10.0**k for a, k in entries])
    exact = mpmath.sqrt(sum(mpmath.mpf(x) ** 2 for x in g))
    assert float(norm(g)) == pytest.approx(float(exact), rel=1e-14, abs=0)


def test_clipping_a_gradient_that_overflowed():
    g = np.array([[np.inf, 1.0], [1.7e308, -1.7e308], [np.inf, -np.inf], [np.nan, 1.0]])
    got = shown(rules.clip_by_norm, 2.0, g)
    np.testing.assert_allclose(got[:2], [[2, 0], [np.sqrt(2), -np.sqrt(2)]])
    assert np.isnan(got[2:]).all()
