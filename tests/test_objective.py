"""Objective: derivatives, shapes, parameters, printing, and what happens to bad input."""

import pickle
import re

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from javascript import Module, scaled_error

from ravine import _codegen
from ravine._derivatives import derivatives
from ravine._typing import SecondOrderProblem
from ravine.objective import BLOCK, CriticalPoint, Objective, expit

x, y, z = sympy.symbols("x y z", real=True)
kappa = sympy.Symbol("kappa", positive=True)
BOWL = Objective("bowl", x**2 / 2 + kappa * y**2 / 2, (x, y), "test", {kappa: 4.0})
# Constant, zero and varying entries in one Hessian.
MIXED = Objective("mixed", x**3 + kappa * x * y + z**2, (x, y, z), "test", {kappa: 2.0})


def slope_message(objective, theta, by_difference, by_gradient):
    return f"{objective.name} at {theta}: difference {by_difference:.12g}, derivative {by_gradient:.12g}"


@pytest.mark.parametrize("objective", [BOWL, MIXED], ids=lambda objective: objective.name)
def test_derivatives_agree_with_central_differences(objective):
    rng = np.random.default_rng(0)
    theta, v, h = rng.normal(size=objective.n), rng.normal(size=objective.n), 1e-5
    slope = (objective.value(theta + h * v) - objective.value(theta - h * v)) / (2 * h)
    assert slope == pytest.approx(objective.grad(theta) @ v, rel=1e-8), slope_message(
        objective, theta, slope, objective.grad(theta) @ v
    )
    curved = (objective.grad(theta + h * v) - objective.grad(theta - h * v)) / (2 * h)
    np.testing.assert_allclose(curved, objective.hess(theta) @ v, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("objective", [BOWL, MIXED, Objective("line", 3 * x, (x,), "test")])
@pytest.mark.parametrize("batch", [(), (5,), (4, 5), (0,), (1,), (2, 0), (BLOCK + 1,)])
def test_shapes(objective, batch):
    n = objective.n
    theta = np.random.default_rng(1).normal(size=(*batch, n))
    value, grad, hess = objective.value(theta), objective.grad(theta), objective.hess(theta)
    assert np.shape(value) == batch
    assert grad.shape == (*batch, n)
    assert hess.shape == (*batch, n, n)
    assert {np.asarray(a).dtype for a in (value, grad, hess)} == {np.dtype(np.float64)}


def test_a_batch_equals_its_points_one_by_one():
    theta = np.random.default_rng(2).normal(size=(3, BLOCK - 1, 3))
    hess = MIXED.hess(theta)
    for index in [(0, 0), (1, 7), (2, BLOCK - 2)]:
        np.testing.assert_array_equal(hess[index], MIXED.hess(theta[index]))


def test_constant_and_mixed_hessians():
    np.testing.assert_array_equal(MIXED.hess([2.0, 5.0, 7.0]), [[12, 2, 0], [2, 0, 0], [0, 0, 2]])
    np.testing.assert_array_equal(BOWL.hess(np.zeros((2, 2))), [np.diag([1, 4])] * 2)


def test_the_input_is_neither_changed_nor_aliased():
    theta = np.ones((3, 2))
    grad = BOWL.grad(theta)
    grad += 1
    np.testing.assert_array_equal(theta, 1)


def test_an_objective_is_a_second_order_problem():
    assert isinstance(BOWL, SecondOrderProblem)


# Parameters


def test_with_parameters_changes_the_numbers_and_nothing_else():
    steep = BOWL.with_parameters(kappa=10)
    assert steep.value([0.0, 1.0]) == 5.0
    assert BOWL.value([0.0, 1.0]) == 2.0
    assert steep.expr == BOWL.expr and steep.parameters == {"kappa": 10.0}
    assert repr(steep) == "Objective('bowl', n=2, parameters={'kappa': 10.0})"


def test_parameters_may_be_given_by_name_and_order():
    b, a = sympy.symbols("b a", real=True)
    objective = Objective("two", a * x - b, (x,), "test", {"b": 1.0, "a": 2.0})
    assert objective.value([3.0]) == 5.0
    assert objective.with_parameters(a=1.0).value([3.0]) == 2.0


def test_critical_points_move_vanish_and_return_with_the_parameters():
    a = sympy.Symbol("a", real=True)
    points = (CriticalPoint((sympy.sqrt(a),), "minimum"), CriticalPoint((-sympy.sqrt(a),), "maximum"))
    cubic = Objective("cubic", x**3 / 3 - a * x, (x,), "test", {a: 4.0}, critical_points=points)
    assert [p.theta for p in cubic.critical_points] == [(2.0,), (-2.0,)]
    none = cubic.with_parameters(a=-1.0)
    assert none.critical_points == ()
    assert none.with_parameters(a=9.0).critical_points[0].theta == (3.0,)
    assert cubic.critical_points[0].exact == (sympy.sqrt(a),)


def test_objectives_compare_hash_and_pickle():
    again = Objective("bowl", x**2 / 2 + kappa * y**2 / 2, [x, y], "test", {"kappa": 4})
    assert again == BOWL and hash(again) == hash(BOWL)
    assert again != BOWL.with_parameters(kappa=5.0)
    copy = pickle.loads(pickle.dumps(BOWL))
    assert copy == BOWL and copy.value([1.0, 1.0]) == 2.5


# Printing


def test_latex_keeps_the_parameters_symbolic():
    assert r"\kappa" in BOWL.latex() and "4" not in BOWL.latex()
    word = sympy.Symbol("height", real=True)
    assert r"\mathrm{height}" in Objective("w", word * x, (x,), "test", {word: 1.0}).latex()
    assert r"\sigma\left(x\right)" in Objective("s", expit(x), (x,), "test").latex()
    assert r"\sigma^{2}\left(x\right)" in Objective("s", expit(x) ** 2, (x,), "test").latex()


def test_the_javascript_module_exports_what_live_figures_rely_on():
    text = BOWL.javascript()
    names = re.findall(r"^export (?:const|function) (\w+)", text, flags=re.M)
    assert names == ["name", "parameters", "value", "grad", "hess"]
    module = Module(text)
    assert (module.get("name"), module.get("n"), module.get("parameters")) == ("bowl", 2, {"kappa": 4})
    assert module.call("value", [1.0, 1.0], {"kappa": 3}) == 2
    assert module.call("hess", [1.0, 1.0], {"kappa": 3}) == [1, 0, 0, 3]
    assert module.get("grad(new Float32Array([1, 2]), {kappa: 3})") == [1, 6]


def test_integer_powers_are_printed_as_products():
    objective = Objective(
        "seventh", (x - y) ** 7 + x**-3 + (x**2 + 1) ** sympy.Rational(3, 2), (x, y), "test"
    )
    assert "Math.pow" not in objective.javascript()
    theta = np.random.default_rng(3).uniform(0.5, 2, size=(50, 2))
    a, b = theta.T
    expected = (a - b) ** 7 + a**-3.0 + (a**2 + 1) ** 1.5
    np.testing.assert_allclose(objective.value(theta), expected, rtol=1e-13)
    assert scaled_error(Module(objective.javascript()).map("value", theta, {}), expected) <= 1e-14


SPECIAL = {
    "sigmoid": expit(3 * x),
    "tanh": sympy.tanh(x) ** 3,
    "sech": sympy.sech(2 * x) ** 2,
    "log-sum-exp": sympy.log(sympy.exp(x) + sympy.exp(-2 * x)),
    "Huber": sympy.Piecewise((x**2 / 2, sympy.Abs(x) < 1), (sympy.Abs(x) - sympy.Rational(1, 2), True)),
    "rectifier": sympy.Max(x, 0) + sympy.Min(2 * x, 1),
}


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("expr", SPECIAL.values(), ids=SPECIAL)
def test_special_functions_print_alike_in_both_languages(expr, order):
    entries = derivatives(expr, (x,), order)
    points = np.linspace(-2.95, 3.05, 101)
    out = np.empty((1, points.size))
    _codegen.numpy_kernel(entries, (x,))(out, points)
    statements, (result,) = _codegen.javascript(entries)
    module = Module(f"export function f(x) {{ {' '.join(statements)} return {result}; }}")
    assert scaled_error(module.map("f", points), out[0]) <= 1e-14
    exact = [sympy.N(entries[0].subs(x, p)) for p in points[::20]]
    np.testing.assert_allclose(out[0, ::20], np.array(exact, dtype=float), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("function", [sympy.erf, sympy.gamma, sympy.DiracDelta, sympy.Function("f")])
def test_what_cannot_be_printed_says_so(function):
    objective = Objective("odd", function(x), (x,), "test")
    with pytest.raises(ValueError, match=r"expr: got \w+ to print; want functions of NumPy and JavaScript"):
        objective.value([1.0])
    with pytest.raises(ValueError, match="expr: got"):
        objective.javascript()


# Kinks: expression, where its first and where its second derivative does not exist.
KINKS = {
    "absolute": (sympy.Abs(x), {0}, {0}),
    "squared rectifier": (sympy.Max(0, x) ** 2, set(), {0}),
    "cubed rectifier": (sympy.Max(0, x) ** 3, set(), set()),
    "rectifier of a hump": (sympy.Max(0, x - x**2) ** 3, set(), set()),
    "signed square": (x * sympy.Abs(x), set(), {0}),
    "a jump of no height": (sympy.sign(x) * x**3, set(), set()),
    "a jump": (sympy.sign(x) + x, {0}, {0}),
    "a step": (sympy.Heaviside(x - 1) * (x - 1), {1}, {1}),
    "Huber": (SPECIAL["Huber"], set(), {-1, 1}),
    "three lines": (sympy.Max(-x, x, 2 * x - 1), {0, 1}, {0, 1}),
    "smallest": (sympy.Min(x**2, 1), {-1, 1}, {-1, 1}),
    "nested": (sympy.Abs(sympy.Abs(x) - 1), {-1, 0, 1}, {-1, 0, 1}),
    "a smooth join": (sympy.Piecewise((sympy.exp(x), x < 0), (1 + x + x**2 / 2, True)), set(), set()),
    "a branch that overflows elsewhere": (
        sympy.Piecewise((sympy.exp(-(x**8)), x > -2), (0, True)) + sympy.Abs(x), {0}, {0}
    ),
    "no kink": (sympy.sqrt(x**2 + 1), set(), set()),
}  # fmt: skip


@pytest.mark.parametrize(("expr", "no_grad", "no_hess"), KINKS.values(), ids=KINKS)
def test_derivatives_exist_everywhere_but_on_the_kinks_that_lack_them(expr, no_grad, no_hess):
    """Beside a kink against differences of the value; on it against what either side's differences say."""
    objective, h = Objective("kinks", expr, (x,), "test"), 1e-3
    module = Module(objective.javascript())
    points = np.array([-1.75, -1, -0.5, 0, 0.25, 0.5, 1, 1.5])
    grad, hess = objective.grad(points[:, None])[:, 0], objective.hess(points[:, None])[:, 0, 0]
    assert set(points[np.isnan(grad)]) == no_grad
    assert set(points[np.isnan(hess)]) == no_hess

    def value(at):
        return objective.value(np.atleast_1d(at)[:, None])

    plain = ~np.isin(points, [-1, 0, 1])
    slope = (value(points + h) - value(points - h)) / (2 * h)
    bend = (value(points + h) + value(points - h) - 2 * value(points)) / h**2
    np.testing.assert_allclose(grad[plain], slope[plain], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(hess[plain], bend[plain], rtol=1e-3, atol=1e-4)
    on = ~plain & ~np.isnan(grad)
    right, left = (value(points + 1e-7) - value(points)) / 1e-7, (value(points) - value(points - 1e-7)) / 1e-7
    np.testing.assert_allclose(grad[on], right[on], atol=1e-5)
    np.testing.assert_allclose(grad[on], left[on], atol=1e-5)
    for order, expected in (("value", value(points)), ("grad", grad), ("hess", hess)):
        found = module.map(order, points[:, None], {}).ravel()
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)


def test_kinks_in_the_plane_spoil_only_the_entries_that_cross_them():
    tent = Objective("tent", sympy.Abs(x) + kappa * sympy.Max(y, 0) ** 2, (x, y), "test", {kappa: 3.0})
    np.testing.assert_array_equal(tent.grad([[0.0, 1.0], [2.0, 0.0]]), [[np.nan, 6], [1, 0]])
    np.testing.assert_array_equal(tent.hess([0.5, 0.0]), [[0, 0], [0, np.nan]])


# Names: any symbol, in both languages


ODD_NAMES = [
    *("numpy", "functools", "new", "var", "Math", "class", "lambda", "let", "NaN", "_out", "_theta", "_p"),
    *("_0", "value", "grad", "theta", "p", "n", "name", "v_x", "select", "abs", "x'", "w 1", "θ", "λ", "e"),
    *("E", "I", "arguments", "eval", "undefined", "static", "None", "_agree", "_agreed", "v__5f0"),
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_works_in_both_languages(name):
    u = sympy.Symbol(name, real=True)
    k = sympy.Symbol(f"{name}2" if name != "E" else "numpy", positive=True)
    objective = Objective("odd", sympy.exp(u) * k + sympy.Max(u, k) ** 2, (u,), "test", {k: 2.0})
    other = objective.with_parameters(**{k.name: 3.0})
    module = Module(objective.javascript())
    for at in (1.0, 2.5):
        expected = np.exp(at) * 2 + max(at, 2) ** 2
        assert objective.value([at]) == pytest.approx(expected, rel=1e-15)
        assert other.value([at]) == pytest.approx(np.exp(at) * 3 + max(at, 3) ** 2, rel=1e-15)
        slope = np.exp(at) * 2 + (2 * at if at > 2 else 0)
        assert objective.grad([at])[0] == pytest.approx(slope, rel=1e-15)
        assert module.call("value", [at], {k.name: 2.0}) == pytest.approx(expected, rel=1e-15)
        assert module.call("grad", [at], {k.name: 2.0})[0] == pytest.approx(slope, rel=1e-15)


@given(st.lists(st.text(min_size=1, max_size=3), min_size=2, max_size=6, unique=True))
def test_different_names_stay_different(texts):
    called = _codegen.names([sympy.Symbol(text) for text in texts])
    assert len(set(called.values())) == len(texts)
    for name in called.values():
        assert name.isidentifier() and name.isascii() and name not in _codegen.RESERVED


# Symbols are what they are, not what they are called


PLAIN = sympy.Symbol("x")


@pytest.mark.parametrize(
    ("expr", "symbols", "parameters", "message"),
    [
        (PLAIN**2, (x,), {}, "expr: got another symbol x than the declared one"),
        (PLAIN * x, (x,), {}, "expr: got another symbol x"),
        (x * sympy.Symbol("k") + sympy.Symbol("k", real=True), (x,), {"k": 1.0}, "expr: got two symbols k"),
        (x * sympy.Symbol("k"), (x,), {sympy.Symbol("k", real=True): 1.0}, "parameters: got another"),
        (x * kappa, (x,), {"kappa": 1.0, kappa: 2.0}, "parameters: got kappa twice"),
        (x * y, (x, y), {"y": 1.0}, r"parameters: got \['y'\]; want \[\]"),
    ],
)  # fmt: skip
def test_a_symbol_of_the_same_name_is_another_symbol(expr, symbols, parameters, message):
    with pytest.raises(ValueError, match=message):
        Objective("bad", expr, symbols, "test", parameters)


def test_critical_points_are_in_the_parameters_own_symbols():
    point = CriticalPoint((sympy.Symbol("kappa"),), "minimum")
    with pytest.raises(ValueError, match="critical_points: got"):
        Objective("bad", kappa * x**2, (x,), "test", {kappa: 1.0}, critical_points=(point,))


# Extremes


def test_sigmoid_and_tanh_keep_their_tails():
    """Far out every digit of a derivative must survive; 1 - tanh^2 would give 0."""
    for expr in (expit(x), sympy.tanh(x), sympy.sech(x) ** 2):
        objective = Objective("tail", expr, (x,), "test")
        for point in (-40, -300, 40, 300):
            true = sympy.N(expr.rewrite(sympy.exp).diff(x).subs(x, sympy.Integer(point)), 30, maxn=1000)
            assert objective.grad([point])[0] == pytest.approx(float(true), rel=1e-13)


@pytest.mark.parametrize("scale", [1, 3])
def test_what_a_tail_is_subtracted_from_does_not_swallow_it(scale):
    """c - c tanh(u) and c - c sigma(u) far out, against fifty digits; near zero they are what they were."""
    half = sympy.Rational(scale, 2)
    tails = [scale - scale * sympy.tanh(x), half * (1 + sympy.tanh(2 * x)), scale - scale * expit(x)]
    tails += [kappa * (1 - sympy.tanh(x)) + y, 1 - sympy.tanh(x) + sympy.tanh(y), 2 - sympy.tanh(x)]
    for expr in tails:
        objective = Objective("tail", expr + 0 * y, (x, y), "test", {kappa: 4.0} if expr.has(kappa) else {})
        module = Module(objective.javascript())
        for at in (-300.0, -20.0, -1.0, 0.0, 0.5, 20.0, 300.0):
            exact = expr.rewrite(sympy.exp).subs({x: sympy.Integer(int(2 * at)) / 2, y: 0, kappa: 4})
            expected = pytest.approx(float(sympy.N(exact, 50, maxn=2000)), rel=1e-14, abs=1e-300)
            assert objective.value([at, 0.0]) == expected
            assert module.call("value", [at, 0.0], {"kappa": 4.0}) == expected


def test_overflow_is_infinite_and_silent():
    assert BOWL.value([1e200, 1.0]) == np.inf
    sigmoid = Objective("sigmoid", expit(x), (x,), "test")
    np.testing.assert_array_equal(sigmoid.value([[-1e5], [1e5]]), [0, 1])
    np.testing.assert_array_equal(sigmoid.hess([[-1e5], [1e5]]), [[[0]], [[0]]])
    cone = Objective("cone", sympy.sqrt(x**2 + y**2), (x, y), "test")
    assert cone.value([0.0, 0.0]) == 0 and np.isnan(cone.grad([0.0, 0.0])).all()


# Bad input


@given(npst.arrays(np.float64, npst.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=st.just(0.5)))
def test_a_wrong_last_axis_is_refused(theta):
    if theta.ndim and theta.shape[-1] == 2:
        assert np.shape(BOWL.value(theta)) == theta.shape[:-1]
        return
    for method in (BOWL.value, BOWL.grad, BOWL.hess):
        with pytest.raises(
            ValueError, match=rf"theta: got shape {re.escape(str(theta.shape))}; want \(\.\.\., 2\)"
        ):
            method(theta)


@given(
    npst.arrays(np.float64, (3, 2), elements=st.floats(-10, 10)),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.integers(0, 5),
)
def test_nan_and_infinity_are_refused(theta, bad, where):
    theta.flat[where] = bad
    with pytest.raises(ValueError, match=f"theta: got {bad} among its entries; want finite numbers"):
        BOWL.grad(theta)


@given(st.text("abcxyz_", min_size=1).filter(lambda name: name != "kappa"), st.floats(0.1, 10))
def test_unknown_parameters_are_refused(name, number):
    with pytest.raises(ValueError, match=f"parameters: got '{name}'; want one of 'kappa'"):
        BOWL.with_parameters(**{name: number})


@given(st.one_of(st.floats(max_value=0), st.just(np.nan), st.just(np.inf), st.text(max_size=3), st.none()))
def test_parameters_outside_their_range_are_refused(number):
    with pytest.raises(ValueError, match=r"kappa: got .*; want a finite number > 0"):
        BOWL.with_parameters(kappa=number)


def test_the_range_of_a_parameter_is_its_symbols_assumption():
    level = Objective("level", sympy.Symbol("B", nonnegative=True) * x, (x,), "test", {"B": 0.0})
    with pytest.raises(ValueError, match="B: got -1; want a finite number >= 0"):
        level.with_parameters(B=-1)
    with pytest.raises(ValueError, match="want one of"):
        Objective("none", x, (x,), "test").with_parameters(a=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((x * kappa, (x,)), r"parameters: got \[\]; want \['kappa'\]"),
        ((x, (x,), {"a": 1.0}), r"parameters: got \['a'\]; want \[\]"),
        ((x, ()), "symbols: got"),
        ((x, (x, x)), "distinct"),
        ((sympy.Symbol("u") ** 2, (sympy.Symbol("u"),)), "want real symbols"),
        ((x, (x,), {}, ((1, 0),)), "domain: got"),
        ((x + y, (x, y), {}, ((0, 1),)), "want 2 pairs"),
    ],
)
def test_bad_definitions_are_refused(arguments, message):
    expr, symbols, *rest = arguments
    with pytest.raises(ValueError, match=message):
        Objective("bad", expr, symbols, "test", *rest)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind: got 'pass'; want one of 'minimum'"):
        CriticalPoint((0,), "pass")
