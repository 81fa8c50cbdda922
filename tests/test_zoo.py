"""The zoo: each entry is the function its source prints, and is alike in every form."""

import numpy as np
import pytest
import sympy
from javascript import Module, scaled_error

from ravine import zoo
from ravine.objective import Objective

EXTRA = {
    "cliff-chain": zoo.cliff(depth=4, n=4),
    "cliff-recurrence": zoo.cliff(depth=10, n=1),
    "quadratic-turned": zoo.quadratic(kappa=7.0, angle=0.4),
    "ackley-3": zoo.ackley(n=3),
    "rastrigin-1": zoo.rastrigin(n=1),
}
ENTRIES = {name: zoo.get(name) for name in zoo.NAMES} | EXTRA


def sigmoid(u):
    return 1 / (1 + np.exp(-u))


# Typed from the sources a second time, so that a slip of sign in the package cannot pass.
FORMULAE = {
    "quadratic": lambda t: (t[0] ** 2 + 100 * t[1] ** 2) / 2,
    "rosenbrock": lambda t: (1 - t[0]) ** 2 + 100 * (t[1] - t[0] ** 2) ** 2,
    "himmelblau": lambda t: (t[0] ** 2 + t[1] - 11) ** 2 + (t[0] + t[1] ** 2 - 7) ** 2,
    "beale": lambda t: sum((c - t[0] + t[0] * t[1] ** k) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
    "saddle": lambda t: 5 * t[0] ** 2 - t[1] ** 2,
    "monkey_saddle": lambda t: t[0] ** 3 - 3 * t[0] * t[1] ** 2,
    "cliff": lambda t: (t[0] ** 3 * t[1] ** 3 - 1) ** 2 / 2,
    "plateau": lambda t: ((sigmoid(t[0] + t[1]) - 0.9) ** 2 + (sigmoid(t[1] - t[0]) - 0.1) ** 2) / 2,
    "double_well": lambda t: (t[0] ** 2 - 1) ** 2 / 4 + t[1] ** 2 / 2,
    "figure_8_4": lambda t: 2 / np.cosh(t[0]) ** 2 + (1 - np.tanh(t[0])) / 2,
    "mountain": lambda t: 2 * np.exp(-(t[0] ** 2 + t[1] ** 2) / 2) - 0.3 * t[0],
    "ackley": lambda t: (
        20 + np.e - 20 * np.exp(-0.2 * np.sqrt((t**2).mean(0))) - np.exp(np.cos(2 * np.pi * t).mean(0))
    ),
    "rastrigin": lambda t: (t**2 - 10 * np.cos(2 * np.pi * t) + 10).sum(0),
    "cliff-chain": lambda t: (t.prod(0) - 1) ** 2 / 2,
    "cliff-recurrence": lambda t: (t[0] ** 10 - 1) ** 2 / 2,
    "quadratic-turned": lambda t: (
        (t[0] * np.cos(0.4) + t[1] * np.sin(0.4)) ** 2 / 2
        + 3.5 * (t[1] * np.cos(0.4) - t[0] * np.sin(0.4)) ** 2
    ),
}
FORMULAE |= {"ackley-3": FORMULAE["ackley"], "rastrigin-1": FORMULAE["rastrigin"]}


@pytest.fixture(params=ENTRIES.items(), ids=list(ENTRIES))
def entry(request) -> tuple[str, Objective]:
    return request.param


def points_in(objective: Objective, n_points: int, seed: int = 0) -> np.ndarray:
    low, high = np.array(objective.domain).T
    return np.random.default_rng(seed).uniform(low, high, size=(n_points, objective.n))


def other_parameters(objective: Objective, rng: np.random.Generator) -> dict[str, float]:
    """Random values inside the range of each parameter; all ranges of the zoo hold (0, 1)."""
    return {name: float(rng.uniform(0.05, 0.95)) for name in objective.parameters}


def kind_of(H: np.ndarray) -> str:
    """The type of a critical point, from the signs of the eigenvalues."""
    lam = np.linalg.eigvalsh(H)
    zero = 1e-10 * max(abs(lam).max(), 1)
    if lam.min() < -zero and lam.max() > zero:
        return "saddle"
    if abs(lam).min() <= zero:
        return "degenerate"
    return "minimum" if lam.min() > 0 else "maximum"


def test_every_entry_has_its_formula_here():
    assert set(FORMULAE) == set(ENTRIES)


def test_entries_are_named_documented_and_sourced():
    for name in zoo.NAMES:
        objective, function = zoo.get(name), getattr(zoo, name)
        assert objective.name == name == function.__name__
        assert any(character.isdigit() for character in objective.source), f"{name}: the source has no year"
        for section in (".. math:: J = ", "Returns\n", "Source\n", ">>> "):
            assert section in function.__doc__, f"{name}: no {section.strip()!r} in its docstring"


def test_value_is_the_printed_formula(entry):
    name, objective = entry
    theta = points_in(objective, 500)
    assert scaled_error(objective.value(theta), FORMULAE[name](theta.T)) <= 1e-13


def test_derivatives_agree_with_central_differences(entry):
    name, objective = entry
    rng = np.random.default_rng(3)
    theta, h = points_in(objective, 40, seed=3), 1e-5
    v = rng.normal(size=theta.shape)
    ahead, behind = theta + h * v, theta - h * v
    for label, f, derivative in (
        ("gradient", objective.value, np.einsum("pi,pi->p", objective.grad(theta), v)),
        ("Hessian", objective.grad, np.einsum("pij,pj->pi", objective.hess(theta), v)),
    ):
        difference = (f(ahead) - f(behind)) / (2 * h)
        worst = np.unravel_index(np.argmax(abs(difference - derivative)), derivative.shape)
        assert scaled_error(difference, derivative) <= 1e-7, (
            f"{name}, {label} along v at {theta[worst[0]]}: "
            f"difference {difference[worst]:.12g}, derivative {derivative[worst]:.12g}"
        )


def test_critical_points_are_stationary_of_their_type_and_in_the_box(entry):
    name, objective = entry
    for point in objective.critical_points:
        theta = np.array(point.theta)
        low, high = np.array(objective.domain).T
        assert np.abs(objective.grad(theta)).max() <= 1e-12, (
            f"{name}: gradient {objective.grad(theta)} at {theta}"
        )
        assert kind_of(objective.hess(theta)) == point.kind, f"{name}: {point.kind} at {theta}"
        assert ((low < theta) & (theta < high)).all(), f"{name}: {theta} outside {objective.domain}"


def test_critical_points_are_exact(entry):
    """Sixty digits in, the gradient at the closed forms still vanishes to forty."""
    name, objective = entry
    defaults = zip(objective.parameter_symbols, objective.parameters.values(), strict=True)
    values = {p: sympy.nsimplify(x) for p, x in defaults}
    for point in objective.critical_points:
        at = {s: x.subs(values).evalf(60) for s, x in zip(objective.symbols, point.exact, strict=True)}
        slopes = [objective.expr.subs(values).diff(s).subs(at).evalf(60) for s in objective.symbols]
        assert max(abs(slope) for slope in slopes) < 1e-40, f"{name}: {slopes} at {point.exact}"


def test_all_entries_but_a_cone_list_a_critical_point():
    without = [name for name in zoo.NAMES if not zoo.get(name).critical_points]
    assert without == ["ackley"]
    assert np.isnan(zoo.ackley().grad([0.0, 0.0])).all()


def test_critical_points_for_other_parameters(entry):
    name, objective = entry
    for seed in range(5):
        moved = objective.with_parameters(**other_parameters(objective, np.random.default_rng(seed)))
        for point in moved.critical_points:
            assert np.abs(moved.grad(point.theta)).max() <= 1e-9, f"{name} {moved.parameters} at {point}"
            assert kind_of(moved.hess(point.theta)) == point.kind, f"{name} {moved.parameters} at {point}"


@pytest.mark.parametrize("order", ["value", "grad", "hess"])
def test_javascript_equals_numpy(entry, order):
    name, objective = entry
    module, rng = Module(objective.javascript()), np.random.default_rng(11)
    assert module.get("[name, n, parameters]") == [objective.name, objective.n, objective.parameters]
    for draw in range(4):
        parameters = other_parameters(objective, rng) if draw else dict(objective.parameters)
        theta = points_in(objective, 200, seed=draw)
        expected = getattr(objective.with_parameters(**parameters), order)(theta)
        actual = module.map(order, theta, parameters).reshape(expected.shape)
        error = scaled_error(actual, expected)
        assert error <= 1e-12, f"{name}.{order} with {parameters}: scaled error {error:.2g}"


def test_latex_keeps_the_parameters_symbolic(entry):
    _, objective = entry
    for symbol in objective.parameter_symbols:
        assert sympy.latex(symbol) in objective.latex()
    assert objective.latex().count("{") == objective.latex().count("}")


# What single entries promise


@pytest.mark.parametrize("kappa", [0.5, 1.0, 30.0])
@pytest.mark.parametrize("angle", [0.0, 0.7, -2.0])
def test_the_quadratics_eigenvalues_are_1_and_kappa(kappa, angle):
    H = zoo.quadratic(kappa, angle).hess([0.3, -0.2])
    np.testing.assert_allclose(np.linalg.eigvalsh(H), sorted([1, kappa]), rtol=1e-13)


@pytest.mark.parametrize("depth", [2, 3, 4, 6])
def test_the_cliffs_eigenvalues_on_the_diagonal(depth):
    w, y = 1.3, 0.8
    H = zoo.cliff(depth=depth, n=depth, y=y).hess(np.full(depth, w))
    across = -(w**depth - y) * w ** (depth - 2)
    along = depth * w ** (2 * depth - 2) + (w**depth - y) * (depth - 1) * w ** (depth - 2)
    np.testing.assert_allclose(np.linalg.eigvalsh(H), [across] * (depth - 1) + [along], rtol=1e-12)


def test_the_hill_of_figure_8_4():
    for A, B in ((2.0, 1.0), (1.0, 0.0), (0.5, 1.9)):
        hill = zoo.figure_8_4(A, B)
        (top,) = hill.critical_points
        assert hill.value(top.theta) == pytest.approx(A + B / 2 + B**2 / (16 * A), rel=1e-14)
        np.testing.assert_allclose(hill.value([[-30.0], [30.0]]), [B, 0], atol=1e-14)
    assert zoo.figure_8_4(A=0.3, B=3.0).critical_points == ()


def test_the_mountain_loses_its_top_when_the_tilt_is_too_steep():
    assert [p.kind for p in zoo.mountain().critical_points] == ["maximum", "saddle"]
    saddle = zoo.mountain().critical_points[1]
    assert saddle.theta[0] == pytest.approx(-2.3449, abs=1e-4)
    assert zoo.mountain().hess(saddle.theta)[1, 1] == pytest.approx(0.3 / saddle.theta[0], rel=1e-13)
    assert zoo.mountain(A=1.0, c=0.61).critical_points == ()
    assert [p.theta for p in zoo.mountain(c=0.0).critical_points] == [(0, 0)]


def test_the_plateau_is_flat_where_it_is_wrong():
    surface = zoo.plateau()
    assert surface.value([-20.0, 0.0]) == pytest.approx(0.81, rel=1e-6)
    assert 0 < np.linalg.norm(surface.grad([-20.0, 0.0])) < 1e-8
    for far in ([-1e4, 0.0], [1e4, -1e4], [0.0, 1e4]):
        assert np.isfinite(surface.value(far)) and np.isfinite(surface.hess(far)).all()


# Bad input


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: zoo.get("rosenbrok"), "name: got 'rosenbrok'; want one of 'quadratic'"),
        (lambda: zoo.get(3), "name: got 3; want one of"),
        (lambda: zoo.quadratic(kappa=0), "kappa: got 0; want a finite number > 0"),
        (lambda: zoo.rosenbrock(b=-1), "b: got -1; want a finite number > 0"),
        (lambda: zoo.saddle(a=float("nan")), "a: got nan"),
        (lambda: zoo.cliff(depth=5, n=2), "depth: got 5; want a multiple of n = 2"),
        (lambda: zoo.cliff(depth=1), "depth: got 1; want an integer >= 2"),
        (lambda: zoo.plateau(y=1.0), "y: got 1.0; want a finite number > 0 and < 1"),
        (lambda: zoo.figure_8_4(B=-1.0), "B: got -1.0; want a finite number >= 0"),
        (lambda: zoo.ackley(n=2.0), "n: got 2.0; want an integer >= 1"),
        (lambda: zoo.rastrigin(n=0), "n: got 0; want an integer >= 1"),
    ],
)
def test_bad_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
