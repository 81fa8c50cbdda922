"""Whatever goes in wrong, a ValueError names the argument, what it got and what it wants.

The table holds a good call of every public function; the kinds below spoil one of its arguments at a time.
"""

import inspect
from collections.abc import Callable

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from ravine import curvature, data, descent, networks, objective, problems, rules, zoo
from ravine.experiments.erm_vs_risk import draw_least_squares
from ravine.theory import erm_vs_risk as er
from ravine.theory import minibatch_variance as mv
from ravine.theory import surrogate_losses as sl

BOWL = zoo.quadratic(kappa=10.0)
MLP = networks.MLP((2, 3, 2), "tanh")
X, LABELS = np.arange(8.0).reshape(4, 2) / 8, np.array([0, 1, 1, 0])
SIGNS = np.array([-1.0, 1.0, 1.0, -1.0])
THETA, H, V = np.linspace(-1, 1, MLP.n), np.diag([1.0, 3.0]), np.array([1.0, 2.0])
EMPTY = inspect.Parameter.empty

# --- how to spoil an argument: kind -> (good value -> strategy of bad ones) ---

junk = st.sampled_from([None, "0.1", "x", True, np.nan, np.inf, -np.inf, 1j, [0.1, 0.2], object(), {}])


def number(bad_floats):
    return lambda good: st.one_of(junk, bad_floats)


def count(least):
    return lambda good: st.one_of(junk, st.floats(), st.integers(max_value=least - 1))


def spoiled(good):
    """The array with an entry that is not a finite number, or no array of numbers at all."""
    good = np.asarray(good, dtype=float)

    def put(place, entry):
        bad = good.copy()
        bad.flat[place] = entry
        return bad

    places = st.integers(0, max(good.size - 1, 0))
    entries = st.sampled_from([np.nan, np.inf, -np.inf])
    return st.one_of(st.builds(put, places, entries), st.sampled_from(["x", [[1.0], [1.0, 2.0]], object()]))


def array(good):
    """The same, or an array with another last axis."""
    good = np.asarray(good, dtype=float)
    widths = st.integers(0, 5).filter(lambda width: width != good.shape[-1])
    reshaped = widths.map(lambda width: np.zeros((*good.shape[:-1], width)))
    return st.one_of(spoiled(good), reshaped)


def symmetric(good):
    lopsided = np.array(good, dtype=float)
    lopsided[..., 0, 1] += 0.1
    return st.one_of(array(good), st.sampled_from([lopsided, np.ones(3), 1.0]))


def other_than(*values):
    return lambda good: st.sampled_from(values)


def rows(good):
    """Too few or too many rows."""
    good = np.asarray(good)
    return st.sampled_from([good[:-1], np.concatenate([good, good]), good[0]])


below_zero, negative = st.floats(max_value=0), st.floats(max_value=0, exclude_max=True)
above_one, at_least_one = st.floats(min_value=1, exclude_min=True), st.floats(min_value=1)
ALL_NAMES = {*descent.SAMPLING, *zoo.NAMES, "tanh", "relu", "identity", "cross_entropy", "squared"}


def names(good):
    return st.one_of(st.text().filter(lambda text: text not in ALL_NAMES), junk)


def positives(good):
    """What is no array of positive numbers."""
    return st.one_of(spoiled(good), below_zero, st.builds(np.array, st.tuples(st.just(1.0), below_zero)))


positive, at_least_zero = number(below_zero), number(negative)
unit, half_open = number(negative | above_one), number(negative | at_least_one)
between = number(below_zero | at_least_one)
finite = number(st.nothing())
function = other_than(None, 3, "f", [1.0])
generator = other_than(None, 0, "seed", np.random.RandomState(0))
thing = other_than(None, 3, "thing", object())
a_rule = other_than(None, "adam", 0.1, rules.adam)
dtypes = other_than(None, "int", np.int64, "nonsense", np.float16)
schedule = other_than(3, "linear", [1.0, 0.5])

# --- the kind of an argument by its name, unless the table says otherwise ---

KINDS = {
    **dict.fromkeys(
        ["learning_rate", "threshold", "eps", "kappa", "h", "k", "rtol", "width", "mu"], positive
    ),
    **dict.fromkeys(["a", "b", "A", "c"], positive),
    **dict.fromkeys(["damping", "tol", "sigma", "w_norm", "noise_scale", "scale", "B"], at_least_zero),
    **dict.fromkeys(["decay", "beta1", "beta2"], half_open),
    **dict.fromkeys(["momentum"], unit),
    **dict.fromkeys(["angle", "J"], finite),
    **dict.fromkeys(["n", "n_iter", "k_top", "record_every", "batch_size", "d", "m", "n_datasets"], count(1)),
    **dict.fromkeys(["n_steps"], count(0)),
    **dict.fromkeys(["theta", "theta0", "w", "v", "g"], array),
    **dict.fromkeys(["lam", "x", "error", "distance", "variance", "w_star", "coefficients"], spoiled),
    **dict.fromkeys(["sampling", "name", "activation", "loss"], names),
    **dict.fromkeys(["problem", "model"], thing),
    "H": symmetric,
    "X": array,
    "y": rows,
    "rule": a_rule,
    "hvp": function,
    "rng": generator,
    "schedule": schedule,
    "dtype": dtypes,
}

# Flags: anything is true or false.
FLAGS = {"residual", "shared_batches", "known_prior"}


def rng():
    return np.random.default_rng(0)


def trace():
    return descent.minimise(BOWL, rules.gradient_descent(0.1), [1.0, 1.0], n_steps=2)


def spectrum():
    return curvature.lanczos(lambda v: H @ v, 2, 2, rng())


LINEAR = data.LinearGaussian([1.0, 2.0], sigma=0.5)
RATE = {"learning_rate": 0.1}
ON_DATA = {"theta": THETA, "X": X, "y": LABELS}
SGD = {"theta0": THETA, "X": X, "y": LABELS, "batch_size": 2, "n_steps": 2, "rng": rng()}
TRAINING = {"model": MLP, "rule": rules.momentum(0.1), **SGD, "sampling": "reshuffle", "record_every": 1}
SPECTRAL = {"hvp": lambda v: H @ v, "n": 2, "rng": rng()}

# What is called, with which good arguments, and arguments whose kind their name does not say.
Case = tuple[
    Callable[..., object], dict[str, object], dict[str, Callable[[object], st.SearchStrategy[object]]]
]
CASES: dict[str, Case] = {
    "rules.gradient_descent": (rules.gradient_descent, RATE, {}),
    "rules.momentum": (rules.momentum, RATE, {}),
    "rules.nesterov": (rules.nesterov, RATE, {}),
    "rules.newton": (rules.newton, {}, {}),
    "rules.saddle_free_newton": (rules.saddle_free_newton, {}, {}),
    "rules.adagrad": (rules.adagrad, RATE, {}),
    "rules.rmsprop": (rules.rmsprop, RATE, {}),
    "rules.adam": (rules.adam, RATE, {}),
    "rules.clip_by_norm": (rules.clip_by_norm, {"rule": rules.adam(0.1), "threshold": 1.0}, {}),
    "rules.clip_by_value": (rules.clip_by_value, {"rule": rules.adam(0.1), "threshold": 1.0}, {}),
    "descent.minimise": (
        descent.minimise,
        {"problem": BOWL, "rule": rules.adam(0.1), "theta0": np.ones((3, 2)), "n_steps": 2},
        {},
    ),
    "descent.train": (descent.train, TRAINING, {"X": spoiled}),
    "descent.Trace.steps_to": (lambda J: trace().steps_to(J), {"J": 0.1}, {}),
    "curvature.condition_number": (curvature.condition_number, {"H": H}, {}),
    "curvature.classify": (curvature.classify, {"H": H}, {"tol": half_open}),
    "curvature.quadratic_form": (curvature.quadratic_form, {"H": H, "v": V}, {}),
    "curvature.predicted_change": (curvature.predicted_change, {"H": H, "g": V, **RATE}, {}),
    "curvature.lanczos": (curvature.lanczos, {**SPECTRAL, "n_iter": 2}, {}),
    "curvature.top_eigenvalues": (curvature.top_eigenvalues, {**SPECTRAL, "k": 1}, {"k": count(1)}),
    "curvature.hutchinson_trace": (
        curvature.hutchinson_trace,
        {**SPECTRAL, "n_probes": 2},
        {"n_probes": count(1), "probes": names},
    ),
    "curvature.spectral_density": (
        curvature.spectral_density,
        {**SPECTRAL, "n_iter": 2, "n_probes": 2},
        {"n_probes": count(1)},
    ),
    "curvature.Spectrum.density": (
        lambda lam, width: spectrum().density(lam, width),
        {"lam": V, "width": 1},
        {},
    ),
    "zoo.quadratic": (zoo.quadratic, {}, {}),
    "zoo.rosenbrock": (zoo.rosenbrock, {}, {"a": finite}),
    "zoo.himmelblau": (zoo.himmelblau, {}, {}),
    "zoo.beale": (zoo.beale, {}, {}),
    "zoo.saddle": (zoo.saddle, {}, {}),
    "zoo.monkey_saddle": (zoo.monkey_saddle, {}, {}),
    "zoo.cliff": (zoo.cliff, {}, {"depth": count(2), "y": positive}),
    "zoo.plateau": (zoo.plateau, {}, {"y": between}),
    "zoo.double_well": (zoo.double_well, {}, {}),
    "zoo.figure_8_4": (zoo.figure_8_4, {}, {}),
    "zoo.mountain": (zoo.mountain, {}, {"c": at_least_zero}),
    "zoo.ackley": (zoo.ackley, {}, {}),
    "zoo.rastrigin": (zoo.rastrigin, {}, {}),
    "zoo.get": (zoo.get, {"name": "quadratic"}, {}),
    "objective.Objective.value": (BOWL.value, {"theta": np.ones((3, 2))}, {}),
    "objective.Objective.grad": (BOWL.grad, {"theta": np.ones((3, 2))}, {}),
    "objective.Objective.hess": (BOWL.hess, {"theta": np.ones((3, 2))}, {}),
    "objective.Objective.with_parameters": (
        lambda kappa: BOWL.with_parameters(kappa=kappa),
        {"kappa": 3.0},
        {},
    ),
    "networks.MLP": (networks.MLP, {"sizes": (2, 3, 2)}, {"sizes": other_than((), (2,), (2, 0), (2, 2.0))}),
    "networks.MLP.loss": (MLP.loss, ON_DATA, {}),
    "networks.MLP.grad": (MLP.grad, ON_DATA, {}),
    "networks.MLP.hessian": (MLP.hessian, ON_DATA, {}),
    "networks.MLP.hvp": (MLP.hvp, {**ON_DATA, "v": THETA}, {}),
    "networks.MLP.problem": (MLP.problem, {"X": X, "y": LABELS}, {}),
    "networks.MLP.per_example_grads": (MLP.per_example_grads, ON_DATA, {}),
    "networks.MLP.error_rate": (MLP.error_rate, ON_DATA, {}),
    "data.LinearGaussian": (data.LinearGaussian, {"w_star": V}, {"variances": positives}),
    "data.LinearGaussian.risk": (LINEAR.risk, {"w": V}, {}),
    "data.LinearGaussian.sample": (LINEAR.sample, {"m": 3, "rng": rng(), "n_datasets": 2}, {}),
    "data.TwoGaussians": (data.TwoGaussians, {"mu": V}, {"mu": spoiled, "sd": positives}),
    "data.TwoGaussians.log_risk": (data.TwoGaussians(V).log_risk, {"w": V}, {"n_points": count(2)}),
    "data.NoisyLabels": (data.NoisyLabels, {"flip": 0.1}, {"flip": number(negative | at_least_one)}),
    "data.LegendrePolynomial": (data.LegendrePolynomial, {"coefficients": V}, {}),
    "problems.mean_squared_error": (
        problems.mean_squared_error,
        {"w": V, "X": X, "y": SIGNS},
        {"X": spoiled},
    ),
    "problems.fit_least_squares": (problems.fit_least_squares, {"X": X, "y": SIGNS}, {"X": spoiled}),
    "draw_least_squares": (
        draw_least_squares,
        {"m": 9, "d": 2, "sigma": 1.0, "rng": rng(), "n_datasets": 2},
        {},
    ),
    "problems.zero_one": (problems.zero_one, {"w": V, "X": X, "y": SIGNS}, {"w": spoiled, "b": spoiled}),
    "problems.log_loss": (problems.log_loss, {"margin": V}, {"margin": spoiled}),
    "problems.LogisticRegression": (problems.LogisticRegression, {"X": X, "y": SIGNS}, {"X": spoiled}),
    "problems.perceptron": (
        problems.perceptron,
        {"X": X, "y": SIGNS},
        {"X": spoiled, "max_passes": count(1)},
    ),
    "theory.surrogate_losses.calibration": (sl.calibration, {"excess": 0.1}, {"excess": spoiled}),
    "theory.minibatch_variance.minibatch_variance": (
        mv.minibatch_variance,
        {"variance": 1.0, "batch_size": 2, "n_examples": 4},
        {"n_examples": lambda good: st.floats(), "batch_size": spoiled},
    ),
    "theory.minibatch_variance.decrease_fraction": (
        mv.decrease_fraction,
        {"batch_size": 2, "noise_scale": 3.0},
        {"batch_size": spoiled},
    ),
    "theory.minibatch_variance.newton_noise_gain": (mv.newton_noise_gain, {"lam": V}, {}),
    "theory.minibatch_variance.online_error": (
        mv.online_error,
        {"error": 1.0, **RATE, "d": 2, "batch_size": 2, "sigma": 1.0},
        {"learning_rate": at_least_zero},
    ),
    "theory.erm_vs_risk.threshold_risk": (
        er.threshold_risk,
        {"b": 0.1, "mu": 1.0},
        {"b": spoiled, "mu": finite},
    ),
    "theory.erm_vs_risk.threshold_slope": (
        er.threshold_slope,
        {"b": 0.1, "mu": 1.0},
        {"b": spoiled, "mu": finite},
    ),
    "problems.minimise_zero_one": (problems.minimise_zero_one, {"x": SIGNS, "y": SIGNS}, {}),
    "theory.erm_vs_risk.zero_one_excess": (er.zero_one_excess, {"m": 9, "mu": 1.0}, {"m": spoiled}),
    "theory.erm_vs_risk.plug_in_excess": (er.plug_in_excess, {"m": 9, "mu": 1.0}, {"m": spoiled}),
    "theory.erm_vs_risk.logistic_efficiency": (
        er.logistic_efficiency,
        {"distance": 1.0},
        {"n_points": count(2)},
    ),
}
SPOILS = [
    (case, name)
    for case, (call, _, _) in CASES.items()
    for name in inspect.signature(call).parameters
    if name not in FLAGS
]


@pytest.mark.parametrize("case", CASES)
def test_the_good_call_is_good(case):
    call, good, _ = CASES[case]
    call(**good)


@pytest.mark.parametrize(("case", "name"), SPOILS, ids=[f"{case}-{name}" for case, name in SPOILS])
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_bad_argument_is_named(case, name, data):
    call, good, kinds = CASES[case]
    default = inspect.signature(call).parameters[name].default
    kind = kinds.get(name) or KINDS[name]
    bad = data.draw(kind(good.get(name, None if default is EMPTY else default)), label=name)
    if default is None and bad is None:
        return  # None is this argument's own way to be left out
    with pytest.raises(ValueError, match=rf"(?s)^{name}\b.*: got .*; want .+"):
        call(**{**good, name: bad})


def test_every_public_function_of_the_loops_and_surfaces_is_in_the_table():
    plain = {
        "Rule",
        "Trace",
        "Spectrum",
        "Spectra",
        "TraceEstimate",
        "Digits",
    }  # records: what makes them has been checked
    for module in (rules, descent, curvature, zoo):
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing) or (
                inspect.isclass(thing) and not getattr(thing, "_is_protocol", False)
            ):
                assert f"{module.__name__.removeprefix('ravine.')}.{name}" in CASES or name in plain, name


# --- what no single argument can tell ---


def test_arguments_that_contradict_each_other():
    sgd = {**TRAINING, "batch_size": 5}
    with pytest.raises(ValueError, match=r"^batch_size: got 5; want at most the 4 examples of X"):
        descent.train(**sgd)
    with pytest.raises(ValueError, match=r"^n_iter: got 3; want at most n = 2"):
        curvature.lanczos(**SPECTRAL, n_iter=3)
    with pytest.raises(ValueError, match=r"^k: got 3; want at most n = 2"):
        curvature.top_eigenvalues(**SPECTRAL, k=3)
    with pytest.raises(ValueError, match=r"^depth: got 5; want a multiple of n = 2"):
        zoo.cliff(depth=5)


@given(st.integers(1, 6).filter(lambda n: n != 2))
def test_products_of_another_shape(n):
    with pytest.raises(ValueError, match=r"^hvp\(v\): got shape .*; want \(\.\.\., 2\)"):
        curvature.lanczos(lambda v: np.ones(n), 2, 1, rng())
    with pytest.raises(ValueError, match=r"^H\(v\): got shape .* at v of shape \(2,\); want the same"):
        curvature.quadratic_form(lambda v: np.ones(n), V)
    with pytest.raises(ValueError, match=r"^hvp\(v\): got nan among its entries; want finite numbers"):
        curvature.top_eigenvalues(lambda v: v * np.nan, 2, 1, rng())


@given(st.floats(max_value=0, exclude_max=True) | st.just(np.nan) | st.just(np.inf), st.integers(0, 3))
def test_schedules_are_checked_as_they_go(bad, when):
    with pytest.raises(ValueError, match=rf"^schedule\({when}\): got .*; want a finite number >= 0"):
        descent.minimise(
            *(BOWL, rules.gradient_descent(0.01), [1.0, 1.0]),
            n_steps=4,
            schedule=lambda t: bad if t == when else 1.0,
        )


def test_second_order_rules_need_a_hessian():
    class FirstOrder:
        value, grad = BOWL.value, BOWL.grad

    for rule in (rules.newton(), rules.clip_by_norm(rules.saddle_free_newton(), 1.0)):
        with pytest.raises(ValueError, match=r"^problem: got .* without \.hess; want one with \.hess"):
            descent.minimise(FirstOrder(), rule, [1.0, 1.0], n_steps=1)


def test_starts_without_a_finite_cost():
    x = sympy.Symbol("x", real=True)
    steep = objective.Objective("steep", sympy.cosh(x), [x], "a test")
    with pytest.raises(ValueError, match=r"^theta0: got a start with J = inf .*; want finite ones"):
        descent.minimise(steep, rules.gradient_descent(0.1), [[1.0], [800.0]], n_steps=1)


def test_no_starts_at_all():
    for empty in (np.empty((0, 2)), np.float64(1.0)):
        with pytest.raises(ValueError, match=r"^theta0: got shape .*; want"):
            descent.minimise(BOWL, rules.gradient_descent(0.1), empty, n_steps=1)
