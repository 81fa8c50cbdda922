"""Objectives where a derivative, a power or a difference could silently be another: against exact values."""

import numpy as np
import pytest
import sympy
from javascript import Module
from sympy import (
    Abs,
    Eq,
    Heaviside,
    Max,
    Mod,
    Ne,
    Piecewise,
    Rational,
    ceiling,
    cos,
    exp,
    floor,
    frac,
    log,
    sign,
)

from ravine import zoo
from ravine.objective import Objective

x, y = sympy.symbols("x y", real=True)
NAN = np.nan


def both(objective, order, points):
    """The answers of NumPy, after a check that those of JavaScript are the same."""
    points = np.asarray(points, dtype=np.float64)
    answer = np.asarray(getattr(objective, order)(points))
    other = Module(objective.javascript()).map(order, points, objective.parameters).reshape(answer.shape)
    np.testing.assert_allclose(other, answer, rtol=1e-14, atol=0)
    return answer


# Expression, and its gradient and Hessian off the kinks by hand, from x, y and the product's sign.
MIXED = {
    "rectified product": (
        Max(0, x * y),
        lambda u, v: (u * v > 0) * np.array([v, u]),
        lambda u, v: (u * v > 0) * np.array([[0, 1], [1, 0]]),
    ),
    "absolute times": (
        Abs(x) * y,
        lambda u, v: np.array([np.sign(u) * v, abs(u)]),
        lambda u, v: np.sign(u) * np.array([[0, 1], [1, 0]]),
    ),
    "times rectifier": (
        x * Max(0, y),
        lambda u, v: np.array([max(v, 0), u * (v > 0)]),
        lambda u, v: (v > 0) * np.array([[0, 1], [1, 0]]),
    ),
    "square of the larger": (
        Max(x, y) ** 2,
        lambda u, v: np.array([2 * u * (u > v), 2 * v * (v > u)]),
        lambda u, v: np.diag([2 * (u > v), 2 * (v > u)]),
    ),
    "layer": (
        Max(0, 1 + x * Max(0, y)),
        lambda u, v: (u * max(v, 0) > -1) * np.array([max(v, 0), u * (v > 0)]),
        lambda u, v: (u * max(v, 0) > -1) * (v > 0) * np.array([[0, 1], [1, 0]]),
    ),
}


@pytest.mark.parametrize(("expr", "slope", "bend"), MIXED.values(), ids=MIXED)
def test_mixed_derivatives_are_right_off_the_kinks_and_nan_on_them(expr, slope, bend):
    objective = Objective("mixed", expr, (x, y), "test")
    points = [(u, v) for u in (-1.5, -1e-9, 0.25, 3) for v in (-2.5, 1e-9, 0.75, 2)]
    np.testing.assert_allclose(both(objective, "grad", points), [slope(*p) for p in points], rtol=1e-14)
    np.testing.assert_array_equal(both(objective, "hess", points), [bend(*p) for p in points])


def test_a_mixed_derivative_on_its_kink_is_nan():
    for expr, on in ((Max(0, x * y), [0, 0.5]), (Abs(x) * y, [0, 0.5]), (x * Max(0, y), [0.5, 0])):
        assert np.isnan(both(Objective("on", expr, (x, y), "test"), "hess", [on])[0, 0, 1])
    # At the origin the gradient of all three exists, and is zero; no mixed derivative does.
    for expr in (Max(0, x * y), Abs(x) * y, x * Max(0, y)):
        objective = Objective("origin", expr, (x, y), "test")
        np.testing.assert_array_equal(both(objective, "grad", [[0, 0]]), [[0, 0]])
        assert np.isnan(both(objective, "hess", [[0, 0]])[0, 0, 1])


# Expression, where it jumps, and its slopes in x at -1.25, 0.25 and 1.75 by hand; y^2 is added.
JUMPS = {
    "step": (Heaviside(x), [0], [0, 0, 0]),
    "sign": (sign(x) * (1 + x**2), [0], [2.5, 0.5, 3.5]),
    "choice": (Piecewise((x**2, x < 0), (1 + x, x < 1), (5, True)), [0, 1], [-2.5, 1, 0]),
    "floor": (floor(x) * x, [-1, 1], [-2, 0, 1]),
    "ceiling": (ceiling(x) + x, [-1, 0, 1], [1, 1, 1]),
    "remainder": (Mod(x, 1) ** 2, [-1, 0, 1], [1.5, 0.5, 1.5]),
    "fraction": (3 * frac(x), [-1, 0, 1], [3, 3, 3]),
    "arccotangent": (sympy.acot(x), [0], [-1 / (1 + 1.25**2), -1 / (1 + 0.25**2), -1 / (1 + 1.75**2)]),
    "a point apart": (Piecewise((1, Eq(x, 0)), (x, True)), [0], [1, 1, 1]),
    "another point apart": (Piecewise((x, Ne(x, 1)), (7, True)), [1], [1, 1, 1]),
    "a point between": (Piecewise((x, x < 0), (5, x <= 0), (x, True)), [0], [1, 1, 1]),
}


@pytest.mark.parametrize(("expr", "jumps", "slopes"), JUMPS.values(), ids=JUMPS)
def test_a_jump_has_no_derivative_and_its_sides_have_their_own(expr, jumps, slopes):
    objective = Objective("jump", expr + y**2, (x, y), "test")
    off = np.array([[-1.25, 1], [0.25, 1], [1.75, 1]])
    exact = [float(expr.subs(x, Rational(at)) + 1) for at in off[:, 0]]
    np.testing.assert_allclose(both(objective, "value", off), exact, rtol=1e-15)
    np.testing.assert_allclose(both(objective, "grad", off), [[s, 2] for s in slopes], rtol=1e-14)
    on = np.array([[at, 1] for at in jumps])
    exact = [float(expr.subs(x, Rational(at)) + 1) for at in on[:, 0]]
    np.testing.assert_allclose(both(objective, "value", on), exact, rtol=1e-15)
    assert np.isnan(both(objective, "grad", on)[:, 0]).all()
    assert np.isnan(both(objective, "hess", on)[:, 0, 0]).all()


def test_beside_a_kink_the_gradient_is_of_the_branch_that_the_value_is_of():
    """The gap (x - 1)^3, multiplied out, is rounding noise of either sign at a millionth from 1."""
    objective = Objective("wall", Piecewise((0, (x - 1) ** 3 < 0), (100 * x, True)), (x,), "test")
    offsets = np.random.default_rng(0).uniform(-1e-5, 1e-5, 200)
    slopes = both(objective, "grad", 1 + offsets[:, None])[:, 0]
    np.testing.assert_array_equal(slopes, np.where(1 + offsets > 1, 100, 0))


@pytest.mark.parametrize(
    "power", [Rational(1, 3), Rational(2, 3), Rational(5, 3), Rational(-1, 3), Rational(3, 2)]
)
def test_a_power_that_is_not_real_is_nan_in_both_languages(power):
    objective = Objective("power", x**power, (x,), "test")
    for order in ("value", "grad", "hess"):
        assert np.isnan(both(objective, order, [[-8.0], [-1e-300]])).all()
    assert both(objective, "value", [[8.0]])[0] == pytest.approx(8 ** float(power), rel=1e-15)
    root = Objective("root", sympy.real_root(x, 3), (x,), "test")
    np.testing.assert_allclose(both(root, "value", [[-8.0]]), [-2], rtol=1e-15)
    np.testing.assert_allclose(both(root, "grad", [[-8.0]]), [[1 / 12]], rtol=1e-15)


@pytest.mark.parametrize(
    ("expr", "number", "value", "slope"),
    [
        (lambda k: k ** Rational(1, 3) * x, -8, NAN, NAN),
        (lambda k: x / k, 0, np.inf, np.inf),
        (lambda k: log(k) * x, -1, NAN, NAN),
        (lambda k: k ** Rational(401, 2) * x, 1e10, np.inf, np.inf),
        (lambda k: Piecewise((x, x > k)), 3, NAN, NAN),
    ],
)  # fmt: skip
def test_a_parameter_at_which_the_cost_is_no_number_gives_none(expr, number, value, slope):
    """Python's own numbers would raise or turn complex here."""
    k = sympy.Symbol("k", real=True)
    objective = Objective("edge", expr(k), (x,), "test", {k: number})
    np.testing.assert_array_equal(both(objective, "value", [[2.0]]), [value])
    np.testing.assert_array_equal(both(objective, "grad", [[2.0]]), [[slope]])


def test_integers_beyond_float64_are_the_nearest_float_or_infinite():
    big = Objective("big", sympy.Integer(10) ** 400 * x + Rational(10**400, 10**399 + 1) * y, (x, y), "test")
    np.testing.assert_array_equal(both(big, "value", [[0.5, 1.0]]), [np.inf])
    odd = Objective("odd", (2**60 + 1) * x, (x,), "test")
    np.testing.assert_array_equal(both(odd, "grad", [[1.0]]), [[float(2**60 + 1)]])
    ratio = Objective("ratio", Rational(10**400, 10**399 + 1) * y, (y,), "test")
    np.testing.assert_array_equal(both(ratio, "grad", [[1.0]]), [[10.0]])


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (sympy.I * x, "expr: got I, which is no real number"),
        ((-1) ** Rational(1, 3) * x, "which is no real number"),
        (sympy.acos(2) + x, "which is no real number"),
        (sympy.nan, "expr: got nan"),
        (x * sympy.oo, "expr: got oo"),
        (x < 1, "want one real expression"),
        (sympy.Matrix([x]), "want one real expression"),
    ],
)  # fmt: skip
def test_a_cost_that_is_not_real_is_refused(expr, message):
    with pytest.raises(ValueError, match=message):
        Objective("bad", expr, (x,), "test")


@pytest.mark.parametrize(
    "expr",
    [sympy.factorial(x), sympy.Sum(x**y, (y, 0, 3)), sympy.arg(x), sympy.uppergamma(Rational(1, 3), x)],
)
def test_what_neither_language_has_is_named(expr):
    objective = Objective("odd", expr, (x,), "test")
    with pytest.raises(ValueError, match=r"expr: got \w+ to print; want functions"):
        objective.value([1.0])
    with pytest.raises(ValueError, match=r"expr: got \w+ to print; want functions"):
        objective.javascript()


@pytest.mark.parametrize("assumption", ["positive", "integer", "negative", "nonzero", "rational"])
def test_a_coordinate_that_assumes_more_than_to_be_real_is_refused(assumption):
    """Of a positive x sympy makes x of |x|, and of an integer one (-1)^x of cos(pi x)."""
    u = sympy.Symbol("x", real=True, **{assumption: True})
    with pytest.raises(ValueError, match=r"symbols: got x, which assumes more than to be real"):
        Objective("bad", sympy.sqrt(u**2), (u,), "test")


@pytest.mark.parametrize(
    ("assumptions", "bad", "good"),
    [
        ({"integer": True}, 2.5, 2),
        ({"negative": True}, 3, -3),
        ({"nonpositive": True}, 1, 0),
        ({"nonzero": True}, 0, -1),
        ({"even": True}, 3, 4),
        ({"imaginary": True}, 1, None),
    ],
)  # fmt: skip
def test_a_parameter_is_all_that_its_symbol_assumes(assumptions, bad, good):
    k = sympy.Symbol("k", **assumptions)
    with pytest.raises(ValueError, match=f"k: got {bad}; want a"):
        Objective("bad", k * x, (x,), "test", {k: bad})
    if good is not None:
        objective = Objective("good", k * x, (x,), "test", {k: good})
        assert objective.value([2.0]) == 2 * good
        with pytest.raises(ValueError, match=f"k: got {bad}"):
            objective.with_parameters(k=bad)


@pytest.mark.parametrize("assumptions", [{}, {"positive": True}, {"integer": True}, {"nonnegative": True}])
def test_a_parameter_declared_with_other_assumptions_is_another_symbol(assumptions):
    k, other = sympy.Symbol("k", real=True), sympy.Symbol("k", **assumptions)
    with pytest.raises(ValueError, match="parameters: got another symbol k than the declared one"):
        Objective("bad", k * x, (x,), "test", {other: 1.0})
    with pytest.raises(ValueError, match="parameters: got another symbol k than the declared one"):
        Objective("bad", other * x, (x,), "test", {k: 1.0})


# Differences that cancel


CANCELLING = {
    "1 - cos": 1 - cos(x),
    "cosines": 20 - 10 * cos(2 * x) - 10 * cos(3 * y) + x**2,
    "part of a constant": 5 - 2 * cos(x) + y**2 - 3 * cos(y),
    "exp - 1": exp(x) - 1,
    "3 - 3 exp": 3 - 3 * exp(-(x**2) - y**2),
    "e - exp cos": sympy.E - exp(cos(x)) + y**2,
    "two at once": 20 + sympy.E - 20 * exp(-(x**2)) - exp(cos(x) / 2 + cos(y) / 2),
}


@pytest.mark.parametrize("expr", CANCELLING.values(), ids=CANCELLING)
@pytest.mark.parametrize("at", [(1e-8, -3e-8), (1e-150, 1e-150), (0.5, -2.0), (2.5, 1.5)])
def test_what_a_constant_is_taken_from_near_one_is_left(expr, at):
    exact = expr.subs({x: Rational(at[0]), y: Rational(at[1])})
    value = both(Objective("left", expr, (x, y), "test"), "value", [at])[0]
    assert value == pytest.approx(float(sympy.N(exact, 30, maxn=2000)), rel=1e-14, abs=1e-299)


# The zoo: exact for a point within some roundings of the one asked for


def exactly(objective, expr, theta):
    values = {s: Rational(float(t)) for s, t in zip(objective.symbols, theta, strict=True)}
    values |= {
        p: Rational(v)
        for p, v in zip(objective.parameter_symbols, objective.parameters.values(), strict=True)
    }
    return float(sympy.N(expr.subs(values), 40, maxn=3000))


@pytest.mark.parametrize("name", zoo.NAMES)
@pytest.mark.parametrize("far", [1e-8, 0.3])
def test_near_a_critical_point_the_zoo_keeps_its_digits(name, far):
    objective = zoo.get(name)
    turns = np.array([0.6, -0.8])[: objective.n]
    for point in objective.critical_points or [type("Origin", (), {"theta": (0.0,) * objective.n})]:
        theta = np.array(point.theta) + far * turns
        g = [exactly(objective, objective.expr.diff(s), theta) for s in objective.symbols]
        H = [
            [exactly(objective, objective.expr.diff(s, r), theta) for r in objective.symbols]
            for s in objective.symbols
        ]
        # What a change of theta in its last digits would change anyway.
        slack, bent = np.abs(g) @ np.abs(theta), np.abs(H) @ np.abs(theta)
        J = exactly(objective, objective.expr, theta)
        assert abs(objective.value(theta) - J) <= 8 * 2**-52 * (
            abs(J) + slack + bent @ np.abs(theta) * 2**-52 * 8
        )
        assert (np.abs(objective.grad(theta) - g) <= 16 * 2**-52 * (np.abs(g) + bent.max())).all()


@pytest.mark.parametrize("make", [zoo.rastrigin, zoo.ackley])
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("far", [1e-3, 1e-8, 1e-12, 1e-100])
def test_near_the_origin_the_periodic_surfaces_keep_every_digit(make, n, far):
    objective, theta = make(n), far * np.linspace(1, 2, n)
    exact = exactly(objective, objective.expr, theta)
    assert both(objective, "value", [theta])[0] == pytest.approx(exact, rel=1e-14, abs=0)


@pytest.mark.parametrize("whole", [1.0, -2.0, 5.0])
def test_near_the_other_pits_of_rastrigin(whole):
    objective, theta = zoo.rastrigin(1), np.array([whole + 2**-27])
    assert objective.value(theta) == pytest.approx(exactly(objective, objective.expr, theta), rel=4e-16)
    slope = exactly(objective, objective.expr.diff(objective.symbols[0]), theta)
    assert objective.grad(theta)[0] == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize("name", zoo.NAMES)
@pytest.mark.parametrize("at", [12345.75, 1e30, -1e60, 1e200])
def test_far_out_a_surface_is_right_or_infinite_or_nan(name, at):
    objective = zoo.get(name)
    theta = np.array([at, 0.7 * at])[: objective.n]
    J = exactly(objective, objective.expr, theta)
    value = objective.value(theta)
    assert np.isnan(value) or value == pytest.approx(J, rel=1e-13) or (np.isinf(value) and abs(J) > 1e300)
