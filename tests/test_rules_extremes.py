"""Rules at rates and gradients of any size, against exact arithmetic, and what a run makes of them."""

import json
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from javascript import Module

from ravine import rules, zoo
from ravine.descent import minimise
from ravine.live import static

FRONT = Module("const atob = null;" + static.bundle())
U = 2.0**-52
sizes = st.tuples(st.sampled_from([-3.0, -1.5, 1.0, 7.25]), st.integers(-200, 200))


class Slopes:
    """A cost whose gradient is what it is asked for next, wherever it is asked."""

    def __init__(self, *g):
        self.g = list(g)

    def value(self, theta):
        return 0 * theta.sum(-1)

    def grad(self, theta):
        return np.full_like(theta, self.g.pop(0))


def number(size):
    return float(size[0] * 10.0 ** size[1])


def in_javascript(name, hyper, slopes):
    """theta from 0 after each step of the rule in JavaScript, in the plane."""
    found = FRONT.get(
        f"""(() => {{
            const rule = rules["{name}"], seen = {json.dumps(slopes)};
            let theta = [0, 0], state = rule.init(theta), found = [];
            seen.forEach((g, t) => {{
                const problem = {{ grad: () => [g, g] }};
                [theta, state] = rule.update(problem, theta, state, t, {json.dumps(hyper)});
                found.push(theta[0]);
            }});
            return found;
        }})()"""
    )
    # JavaScript writes 3e20 without a point, which would be read as another, exact number.
    return [x if x is None else float(x) for x in found]


def in_numpy(rule, slopes):
    theta, problem = np.zeros(2), Slopes(*slopes)
    state, found = rule.init(theta), []
    with np.errstate(all="ignore"):
        for t in range(len(slopes)):
            theta, state = rule.update(problem, theta, state, t)
            found.append(float(theta[0]))
    return found


def same(found, other):
    """Whether two lists hold the same numbers, not-a-number too, which follows an infinite step."""
    return np.array_equal(found, other, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(sizes, st.lists(sizes, min_size=1, max_size=4), st.sampled_from([0.0, 0.5, 0.9, 1.0]))
def test_first_order_steps_of_any_size_are_those_of_exact_arithmetic(rate, slopes, alpha):
    rate, slopes = abs(number(rate)), [number(g) for g in slopes]
    for make, hyper in (
        (rules.gradient_descent, {}),
        (rules.momentum, {"momentum": alpha}),
        (rules.nesterov, {"momentum": alpha}),
    ):
        hyper = {"learning_rate": rate, **hyper}
        found = in_numpy(make(**hyper), slopes)
        assert same(found, in_javascript(make.__name__, hyper, slopes))
        theta = v = size = Fraction(0)
        for g, got in zip(slopes, found, strict=True):
            v = Fraction(hyper.get("momentum", 0.0)) * v - Fraction(rate) * Fraction(g)
            theta, size = theta + v, size + abs(v) + abs(Fraction(rate) * Fraction(g))
            if size > Fraction(10) ** 308:
                break  # here a float may be infinite
            assert abs(Fraction(got) - theta) <= 8 * Fraction(U) * size + Fraction(1, 10**322)


@settings(max_examples=100, deadline=None)
@given(sizes, st.lists(sizes, min_size=1, max_size=3), st.sampled_from([1e-8, 1e-300, 1.0]))
def test_adaptive_steps_at_rates_of_any_size_are_those_of_exact_arithmetic(rate, slopes, eps):
    rate, slopes = abs(number(rate)), [number(g) for g in slopes]
    for make in (rules.adagrad, rules.rmsprop, rules.adam):
        rule = make(rate, eps=eps)
        found = in_numpy(rule, slopes)
        assert found == pytest.approx(
            in_javascript(make.__name__, dict(rule.hyperparameters), slopes), rel=1e-14
        )
        with mpmath.workdps(40):
            p = {k: mpmath.mpf(x) for k, x in rule.hyperparameters.items()}
            theta = m = r = size = mpmath.mpf(0)
            for t, (g, got) in enumerate(zip(map(mpmath.mpf, slopes), found, strict=True)):
                if make is rules.adagrad:
                    r += g**2
                    step = g / (mpmath.sqrt(r) + p["eps"])
                elif make is rules.rmsprop:
                    r = p["decay"] * r + (1 - p["decay"]) * g**2
                    step = g / (mpmath.sqrt(r) + p["eps"])
                else:
                    m, r = p["beta1"] * m + (1 - p["beta1"]) * g, p["beta2"] * r + (1 - p["beta2"]) * g**2
                    root = mpmath.sqrt(r / (1 - p["beta2"] ** (t + 1)))
                    step = m / (1 - p["beta1"] ** (t + 1)) / (root + p["eps"])
                    size += rate * max(map(abs, slopes[: t + 1])) / (root + p["eps"])  # m cancels
                theta -= p["learning_rate"] * step
                size += p["learning_rate"] * abs(step)
                assert abs(got - theta) <= 1e-11 * size + 1e-320


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, sizes, st.sampled_from([1.0, 0.25, 1e200, 1e-200]))
def test_newton_steps_of_any_size_are_those_of_exact_arithmetic(a, b, g, rate):
    H, slope = np.diag([number(a), number(b)]), number(g)

    class Given:
        value, hess = (lambda self, x: 0 * x[..., 0]), (lambda self, x: H)

        def grad(self, x):
            return np.array([slope, -slope])

    for make, of in ((rules.newton, Fraction), (rules.saddle_free_newton, lambda x: abs(Fraction(x)))):
        with np.errstate(all="ignore"):
            theta, state = make(rate).update(Given(), np.zeros(2), {}, 0)
        lam = [of(number(a)), of(number(b))]
        if min(map(abs, lam)) <= 2 * Fraction(U) * max(map(abs, lam)):
            assert state["singular"] and theta.tolist() == [0, 0]
            continue
        for got, s, x in zip(theta.tolist(), (slope, -slope), lam, strict=True):
            inner, exact = Fraction(s) / x, -Fraction(rate) * Fraction(s) / x
            if Fraction(1, 10**290) < abs(inner) < 10**300 and Fraction(1, 10**300) < abs(exact) < 10**308:
                assert abs(Fraction(got) - exact) <= 8 * Fraction(U) * abs(exact)


MAKERS = [getattr(rules, name) for name in rules.NAMES]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("rate", [5e-324, 1e-200, 1e30, 1e200, 1.7e308])
def test_an_absurd_rate_has_a_named_outcome_and_no_warning(make, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in zoo.NAMES:
            objective = zoo.get(name)
            for rule in (
                make(rate),
                rules.clip_by_norm(make(rate), 1e-200),
                rules.clip_by_value(make(rate), 1.0),
            ):
                trace = minimise(objective, rule, np.full(objective.n, 0.3), n_steps=5)
                assert np.isfinite(trace.theta).all() and np.isfinite(trace.J).all()
                if rate > 1 and trace.n_steps:
                    # It moved, and so by no more than to 1e20; tiny gradients, clipped ones above all, can.
                    assert np.abs(trace.theta[-1]).max() <= 1e20
            plain = minimise(objective, make(rate), np.full(objective.n, 0.3), n_steps=5)
            if rate >= 1e30:
                assert plain.status == "diverged" and plain.n_steps == 0, name
                np.testing.assert_array_equal(plain.theta[-1], plain.theta[0])


BOWL = zoo.quadratic(kappa=4.0)


@pytest.mark.parametrize(
    "bad", [np.nan, np.inf, -1.0, -5e-324, None, "1", 1j, True, np.True_, [1.0], np.ones(2), 10**400]
)
@pytest.mark.parametrize("when", [0, 2])
def test_a_schedule_that_is_no_multiplier_is_refused_at_its_step(bad, when):
    for make in MAKERS:
        with pytest.raises(ValueError, match=rf"schedule\({when}\): got"):
            minimise(BOWL, make(0.1), [1.0, 2.0], n_steps=4, schedule=lambda t: bad if t == when else 1.0)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_schedule_of_zero_rests_and_one_of_any_type_acts(make):
    rest = minimise(BOWL, make(0.1), [1.0, 2.0], n_steps=4, schedule=lambda t: 0)
    np.testing.assert_array_equal(rest.theta, np.broadcast_to([1.0, 2.0], (5, 2)))
    assert rest.status == "max_steps" and rest.n_steps == 4
    plain = minimise(BOWL, make(0.1), [1.0, 2.0], n_steps=4)
    for one in (1, np.float32(1), np.int8(1), np.array(1.0), Fraction(1)):
        assert minimise(BOWL, make(0.1), [1.0, 2.0], n_steps=4, schedule=lambda t, one=one: one) == plain
    assert minimise(BOWL, make(0.1), [1.0, 2.0], n_steps=4, schedule=lambda t: 1.7e308).status == "diverged"


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_records_farther_apart_than_the_run_and_no_steps_at_all(make):
    plain = minimise(BOWL, make(0.1), [1.0, 2.0], n_steps=3)
    sparse = minimise(BOWL, make(0.1), [1.0, 2.0], n_steps=3, record_every=2**62)
    assert sparse.steps.tolist() == [0, 3] and sparse.theta.tolist() == plain.theta[[0, 3]].tolist()
    none = minimise(BOWL, make(0.1), [1.0, 2.0], n_steps=0, record_every=5)
    assert none.steps.tolist() == [0] and none.status == "max_steps" and none.n_steps == 0
    assert minimise(BOWL, make(0.1), [0.0, 0.0], n_steps=0).status == "converged"
