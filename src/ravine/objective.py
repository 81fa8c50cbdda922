"""A cost surface written once: value, gradient, Hessian, LaTeX and JavaScript from one sympy expression."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike

from ravine import _check, _codegen
from ravine._codegen import expit
from ravine._derivatives import derivatives
from ravine._typing import Array

# Points evaluated at a time: enough to hide the cost of a call, few enough to stay in the processor's cache.
BLOCK = 8192

ORDERS = ("value", "grad", "hess")

__all__ = ["CriticalPoint", "Objective", "expit"]


@dataclass(frozen=True)
class CriticalPoint:
    """Where the gradient of an objective vanishes.

    Parameters
    ----------
    theta : the n coordinates; an `Objective` accepts expressions in its parameters and turns them to floats.
    kind : "minimum", "maximum", "saddle" or "degenerate", as `ravine.curvature.classify` names them.
    exact : the coordinates in closed form; an `Objective` fills it.

    >>> CriticalPoint((3.0, 0.5), "minimum").kind
    'minimum'
    """

    theta: tuple[Any, ...]
    kind: str
    exact: tuple[Any, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        _check.one_of("kind", self.kind, ("minimum", "maximum", "saddle", "degenerate"))

    def at(self, values: Mapping[Any, float]) -> "CriticalPoint | None":
        """The point for these values of the parameters; None where it is not real or not finite."""
        exact = self.exact or tuple(sympy.sympify(x) for x in self.theta)
        left = {s for x in exact for s in x.free_symbols} - set(values)
        if left:
            raise ValueError(f"critical_points: got {left} in {self.theta}; want parameters of the objective")
        theta = [complex(x.subs(values)) for x in exact]
        if not np.isfinite(theta).all() or any(abs(x.imag) > 1e-12 for x in theta):
            return None
        return CriticalPoint(tuple(x.real for x in theta), self.kind, exact)


@dataclass(frozen=True, repr=False)
class Objective:
    r"""A cost :math:`J(\theta; p)` of n real coordinates, written once as a sympy expression.

    Parameters
    ----------
    name : what the objective is called.
    expr : the cost, an expression in `symbols` and the parameters.
    symbols : the n coordinates of theta, in order; symbols that assume to be real and nothing else.
    source : the paper or book, with its equation or section.
    parameters : symbol or name -> default value; they stay symbolic in `expr`. A symbol's assumptions
        (positive, nonnegative, integer, ...) are its admissible range.
    domain : n pairs (low, high), the box to draw; (-1, 1) each unless given.
    critical_points : the known ones; coordinates may be expressions in the parameters.

    Raises
    ------
    ValueError : the expression holds a symbol that is neither coordinate nor parameter, be it one of the same
        name with other assumptions; it holds a number that is not real or not finite; a coordinate is not a
        plain real symbol; or a default lies outside its range.

    Source
    ------
    Goodfellow, Bengio, Courville, Deep Learning (2016), section 8.1: J is what training minimises.

    >>> x, kappa = sympy.Symbol("x", real=True), sympy.Symbol("kappa", positive=True)
    >>> J = Objective("parabola", kappa * x**2 / 2, [x], "textbook", {kappa: 4.0})
    >>> J
    Objective('parabola', n=1, parameters={'kappa': 4.0})
    >>> J.grad([[1.0], [2.0]])
    array([[4.], [8.]])
    >>> J.with_parameters(kappa=10.0).hess([1.0])
    array([[10.]])
    """

    name: str
    expr: Any
    symbols: Sequence[Any]
    source: str
    parameters: Mapping[Any, float] = field(default_factory=dict, hash=False)
    domain: Sequence[tuple[float, float]] = ()
    critical_points: Sequence[CriticalPoint] = ()
    # All the stated points: one that does not exist for these parameters may for others.
    _stated: Sequence[CriticalPoint] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # A frozen dataclass is normalised through object.__setattr__: there is no other way in.
        normalise = functools.partial(object.__setattr__, self)
        normalise("expr", _real_expression(self.expr))
        normalise("symbols", _coordinates(self.symbols))
        normalise("parameters", _parameters(self))
        numbers = (
            _admissible(p, x) for p, x in zip(self.parameter_symbols, self.parameters.values(), strict=True)
        )
        normalise("parameters", dict(zip(self.parameters, numbers, strict=True)))
        normalise("domain", _box(self.domain, self.n))
        values = dict(zip(self.parameter_symbols, self.parameters.values(), strict=True))
        normalise("_stated", tuple(self.critical_points))
        points = (point.at(values) for point in self._stated)
        normalise("critical_points", tuple(point for point in points if point is not None))

    def __repr__(self) -> str:
        return f"Objective({self.name!r}, n={self.n}, parameters={self.parameters})"

    @property
    def n(self) -> int:
        """How many coordinates theta has."""
        return len(self.symbols)

    @functools.cached_property
    def parameter_symbols(self) -> tuple[Any, ...]:
        """The symbols of the parameters, in the order of `parameters`."""
        symbols = {s.name: s for s in self.expr.free_symbols}
        return tuple(symbols[name] for name in self.parameters)

    def value(self, theta: ArrayLike) -> Array:
        r""":math:`J(\theta)`.

        Parameters
        ----------
        theta : shape (..., n), dimensionless.

        Returns
        -------
        shape (...), dimensionless; infinite where it overflows, NaN where it is not real: a power of a
        negative number that is no whole one is (sympy.real_root is the real root).

        Raises
        ------
        ValueError : theta has another last axis, or is not finite.
        """
        # [()] makes a scalar of a 0-d array and leaves all others alone.
        return self._evaluate(0, theta)[()]

    def grad(self, theta: ArrayLike) -> Array:
        r""":math:`\nabla J(\theta)`.

        Parameters
        ----------
        theta : shape (..., n), dimensionless.

        Returns
        -------
        shape (..., n), dimensionless; NaN where it does not exist (on a kink or a jump) or overflows both
        ways.

        Raises
        ------
        ValueError : theta has another last axis, or is not finite.
        """
        return self._evaluate(1, theta)

    def hess(self, theta: ArrayLike) -> Array:
        r""":math:`\nabla^2 J(\theta)`.

        Parameters
        ----------
        theta : shape (..., n), dimensionless.

        Returns
        -------
        shape (..., n, n), symmetric, dimensionless; NaN where it does not exist or overflows both ways.

        Raises
        ------
        ValueError : theta has another last axis, or is not finite.
        """
        return self._evaluate(2, theta)

    def with_parameters(self, **values: float) -> "Objective":
        """The same objective for other values of its parameters; critical points move along.

        Raises
        ------
        ValueError : no such parameter, or the value lies outside its range.
        """
        for name in values:
            _check.one_of("parameters", name, tuple(self.parameters) or ("(none)",))
        return replace(self, parameters={**self.parameters, **values}, critical_points=self._stated)

    def latex(self) -> str:
        """The expression as LaTeX, parameters symbolic; names that are words stand upright."""
        words = {
            s: rf"\mathrm{{{s}}}" for s in self.parameter_symbols if sympy.latex(s) == s.name and s.name[1:]
        }
        return str(sympy.latex(self.expr, symbol_names=words))

    def javascript(self) -> str:
        """The objective as the text of one dependency-free ES module.

        Returns
        -------
        str : a module that exports `name`, `n`, `parameters` and `value`, `grad`, `hess` of (theta, p):
            a number, an array of n, and a row-major array of n * n.

        Raises
        ------
        ValueError : a derivative holds a function that JavaScript lacks.
        """
        head = (
            f"export const name = {json.dumps(self.name)}, n = {self.n};\n"
            f"export const parameters = {json.dumps(self.parameters)};\n"
        )
        return head + "".join(_javascript(self, order) for order in range(3))

    def _evaluate(self, order: int, theta: ArrayLike) -> Array:
        """Evaluate the derivatives of the order, block by block, into shape (..., n, ...)."""
        theta = _check.array("theta", theta, last=self.n)
        kernel = _kernel(self.expr, tuple(self.symbols), self.parameter_symbols, order)
        points = theta.reshape(-1, self.n)
        out = np.empty((len(points), self.n**order))
        # Far out, costs overflow to infinity and cusps have no gradient: both are results, not accidents.
        with np.errstate(all="ignore"):
            for start in range(0, len(points), BLOCK):
                block = slice(start, start + BLOCK)
                # Contiguous columns: arithmetic on strided ones costs half as much again.
                # Parameters as NumPy's floats: Python's raise, or turn complex, where NumPy's are NaN.
                numbers = map(np.float64, self.parameters.values())
                kernel(out[block].T, *points[block].T.copy(), *numbers)
        return out.reshape(theta.shape[:-1] + (self.n,) * order)


@functools.lru_cache(maxsize=512)
def _kernel(
    expr: Any, symbols: tuple[Any, ...], parameters: tuple[Any, ...], order: int
) -> Callable[..., None]:
    """The compiled derivatives of the order; objectives that differ in their parameters alone share it."""
    return _codegen.numpy_kernel(derivatives(expr, symbols, order), symbols + parameters)


def _javascript(objective: Objective, order: int) -> str:
    """The derivatives of the order as one exported function of (theta, p)."""
    statements, results = _codegen.javascript(derivatives(objective.expr, objective.symbols, order))
    parameters = _codegen.names(objective.parameter_symbols)
    keys = (s.name if s.name == name else f"{json.dumps(s.name)}: {name}" for s, name in parameters.items())
    lines = [f"const {{{', '.join(keys)}}} = _p;"] if parameters else []
    coordinates = _codegen.names(objective.symbols).values()
    lines += [f"const {name} = _theta[{i}];" for i, name in enumerate(coordinates)]
    entries = ", ".join(results)
    lines += [*statements, f"return {f'[{entries}]' if order else entries};"]
    return "\n  ".join([f"export function {ORDERS[order]}(_theta, _p) {{", *lines]) + "\n}\n"


def _coordinates(symbols: Sequence[Any]) -> tuple[Any, ...]:
    """The coordinates as a tuple of distinct real symbols."""
    result = tuple(symbols)
    if not result or len(set(result)) < len(result):
        raise ValueError(f"symbols: got {symbols!r}; want one or more distinct symbols")
    for s in result:
        if not (isinstance(s, sympy.Symbol) and s.is_real):
            raise ValueError(f"symbols: got {s!r}; want real symbols, such as sympy.Symbol('x', real=True)")
        # A coordinate goes everywhere: of a positive x sympy would make x of |x|, also where it is negative.
        if s.assumptions0 != sympy.Symbol(s.name, real=True).assumptions0:
            raise ValueError(
                f"symbols: got {s!r}, which assumes more than to be real; "
                f"want real symbols, such as sympy.Symbol({s.name!r}, real=True)"
            )
    return result


def _real_expression(expr: Any) -> Any:
    """The cost as one sympy expression in which every constant is a real number."""
    result = sympy.sympify(expr)
    if not isinstance(result, sympy.Expr) or result.is_Matrix:
        raise ValueError(f"expr: got {expr!r}; want one real expression")
    for part in sympy.preorder_traversal(result):
        if isinstance(part, sympy.Expr) and part.is_number and part.is_extended_real is False:
            raise ValueError(
                f"expr: got {part}, which is no real number, in {expr!r}; want a real expression"
            )
        if part in (sympy.nan, sympy.oo, -sympy.oo):
            raise ValueError(f"expr: got {part} in {expr!r}; want finite numbers")
    return result


def _parameters(objective: Objective) -> dict[str, float]:
    """The parameters by name; every symbol of the expression is a declared coordinate, or one of these.

    Symbols are compared as symbols: one of the same name that assumes something else is another symbol, with
    respect to which the derivative would be zero.
    """
    coordinates = {s.name: s for s in objective.symbols}
    free: dict[str, Any] = {}
    for s in objective.expr.free_symbols - set(objective.symbols):
        if s.name in coordinates:
            raise ValueError(f"expr: {_not_the_same(s, coordinates[s.name])}")
        if s.name in free:
            raise ValueError(f"expr: got two symbols {s.name} that assume different things; want one")
        free[s.name] = s
    result = {}
    for parameter, value in objective.parameters.items():
        name = str(parameter)
        if isinstance(parameter, sympy.Symbol) and parameter != free.get(name, parameter):
            raise ValueError(f"parameters: {_not_the_same(parameter, free[name])}")
        if name in result:
            raise ValueError(f"parameters: got {name} twice; want it once")
        result[name] = value
    if free.keys() != result.keys():
        raise ValueError(
            f"parameters: got {sorted(result)}; want {sorted(free)}, "
            "the symbols of the expression that are no coordinates"
        )
    return result


def _not_the_same(got: Any, want: Any) -> str:
    """What two symbols of one name assume differently."""
    ours, theirs = got.assumptions0, want.assumptions0
    shown = sorted(k for k in {*ours, *theirs} if ours.get(k) != theirs.get(k))
    return f"got another symbol {got.name} than the declared one ({', '.join(shown)} differ); want the same"


def _admissible(symbol: Any, value: object) -> float:
    """The value of a parameter as a float that is all that its symbol assumes."""
    ranges = {"positive": "above", "nonnegative": "at_least", "negative": "below", "nonpositive": "at_most"}
    bounds = {bound: 0.0 for name, bound in ranges.items() if getattr(symbol, f"is_{name}")}
    if len(bounds) > 1:  # the strict one says it all
        bounds = {bound: 0.0 for bound in bounds if bound in ("above", "below")}
    number = _check.real(symbol.name, value, **bounds)
    exact = sympy.Rational(number)
    for assumption, wanted in sorted(symbol.assumptions0.items(), key=lambda item: len(item[0])):
        found = getattr(exact, f"is_{assumption}")
        if found is not None and found is not wanted:
            want = f"{assumption} = {wanted}, as its symbol says"
            raise ValueError(f"{symbol.name}: got {value!r}; want a number with {want}")
    return number


def _box(domain: Sequence[tuple[float, float]], n: int) -> tuple[tuple[float, float], ...]:
    """The box to draw as n pairs low < high."""
    box = _check.array("domain", domain if len(domain) else [(-1.0, 1.0)] * n, ndim=2, last=2)
    if len(box) != n or (box[:, 0] >= box[:, 1]).any():
        raise ValueError(f"domain: got {domain!r}; want {n} pairs (low, high) with low < high")
    return tuple((float(low), float(high)) for low, high in box)
