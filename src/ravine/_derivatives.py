"""Derivatives of sympy expressions, exact in the tails and honest at kinks."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sympy
from sympy import Abs, Heaviside, Max, Min, Mod, Piecewise, acot, ceiling, floor, frac, sign

from ravine._codegen import agree


class _Tanh(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """tanh whose derivative is sech^2: sympy's 1 - tanh^2 cancels in the tails."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        return sympy.sech(self.args[0]) ** 2


def derivatives(expr: Any, symbols: Sequence[Any], order: int) -> tuple[Any, ...]:
    """All partial derivatives of the order, row-major: 1, n or n * n expressions.

    Where the expression has kinks or jumps (Abs, sign, Max, Min, Heaviside, floor, Mod, Piecewise), each
    derivative is taken on either side of every kink, and on it the value is NaN unless both sides agree, in
    all lower orders too, and so does the value on the kink itself.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> derivatives(x**2 * y, (x, y), 2)
    (2*y, 2*x, 2*x, 0)
    """
    if order == 0:
        return (expr,)
    split, switches = _split(expr)
    levels = [[split]]
    for _ in range(order):
        levels.append([_derivative(e, s) for e in levels[-1] for s in symbols])
    if not switches:
        return tuple(levels[-1])
    return tuple(_at_kinks(expr, levels[:-1], entry, switches) for entry in levels[-1])


def _derivative(expr: Any, symbol: Any) -> Any:
    return expr.replace(sympy.tanh, _Tanh).diff(symbol).replace(_Tanh, sympy.tanh)


# A switch stands for the side of a kink: it is positive where gap > 0. Of one that stands for the derivative
# only its sign is used, so that no branch is multiplied by the zero of another. A switch may also stand for
# floor(gap), a constant between its jumps.
Switches = dict[Any, Any]  # switch -> gap


class _Floor(sympy.Dummy):  # type: ignore[misc]  # sympy ships no types
    """The switch of a floor."""


def _split(expr: Any) -> tuple[Any, Switches]:
    """The expression with every kink made a choice by a switch, and the gaps by their switch."""
    switches: Switches = {}
    known: dict[Any, Any] = {}  # expanded gap -> switch

    def side(gap: Any) -> tuple[Any, Any]:
        """The conditions of being above and below the kink where the gap vanishes."""
        # Expanded to be recognised, but evaluated as it is written: near a kink an expanded gap cancels.
        expanded = sympy.expand(gap)
        if (-expanded) in known:
            return known[-expanded] < 0, known[-expanded] > 0
        if expanded not in known:
            known[expanded] = sympy.Dummy(f"s{len(switches)}", real=True)
            switches[known[expanded]] = gap
        return known[expanded] > 0, known[expanded] < 0

    def step(u: Any) -> Any:
        """floor(u)."""
        if u.is_number:
            return floor(u)
        found = [switch for switch, gap in switches.items() if isinstance(switch, _Floor) and gap == u]
        switch = found[0] if found else _Floor(f"f{len(switches)}", real=True)
        switches[switch] = u
        return switch

    def choose(gap: Any, above: Any, below: Any) -> Any:
        if gap.is_number:
            return above if gap > 0 else below
        return Piecewise((above, side(gap)[0]), (below, True))

    def largest(*terms: Any) -> Any:
        first, *rest = terms
        for term in rest:
            first = choose(first - term, first, term)
        return first

    def piecewise(*branches: Any) -> Any:
        return Piecewise(*((e, _condition(c, lambda gap: side(gap)[0])) for e, c in branches))

    rules: list[tuple[Any, Callable[..., Any]]] = [
        (Abs, lambda u: choose(u, u, -u)),
        (sign, lambda u: choose(u, sympy.Integer(1), sympy.Integer(-1))),
        (Heaviside, lambda u, at_zero: choose(u, sympy.Integer(1), sympy.Integer(0))),
        (Max, largest),
        (Min, lambda *terms: -largest(*(-term for term in terms))),
        (floor, step),
        (ceiling, lambda u: -step(-u)),
        (frac, lambda u: u - step(u)),
        (Mod, lambda u, period: u - period * step(u / period)),
        (sympy.arg, lambda u: choose(u, sympy.S.Zero, sympy.pi)),
        (acot, lambda u: choose(u, sympy.pi / 2, -sympy.pi / 2) - sympy.atan(u)),
    ]
    kinds = (*(kind for kind, _ in rules), Piecewise)

    # Inside out, so that what a gap holds is already chosen.
    def walk(e: Any) -> Any:
        if not e.has(*kinds):
            return e
        if isinstance(e, Piecewise):
            return piecewise(*((walk(branch), condition) for branch, condition in e.args))
        args = [walk(a) for a in e.args]
        for kind, rule in rules:
            if isinstance(e, kind):
                return rule(*args)
        return e.func(*args)

    return walk(expr), switches


def _condition(condition: Any, above: Callable[[Any], Any]) -> Any:
    """A condition in terms of switches; what compares for equality holds nowhere but at a point."""
    if condition in (True, False, sympy.true, sympy.false):
        return condition
    if isinstance(condition, sympy.And | sympy.Or | sympy.Not):
        return condition.func(*(_condition(c, above) for c in condition.args))
    if isinstance(condition, sympy.Ge | sympy.Gt):
        return above(condition.lhs - condition.rhs)
    if isinstance(condition, sympy.Le | sympy.Lt):
        return above(condition.rhs - condition.lhs)
    if isinstance(condition, sympy.Eq | sympy.Ne):
        above(condition.lhs - condition.rhs)  # a kink, though neither of its sides is chosen here
        return sympy.sympify(isinstance(condition, sympy.Ne))
    raise ValueError(f"expr: got the condition {condition}; want inequalities")


def _at_kinks(expr: Any, lower: Sequence[Sequence[Any]], entry: Any, switches: Switches) -> Any:
    """The entry above all kinks, agreed on by itself and all lower orders below each of them."""
    gaps: Switches = {}
    for switch, gap in switches.items():  # those that a gap holds itself came before it
        gaps[switch] = _chosen(gap, gaps, None)
    compared = [e for level in lower for e in level] + [entry]
    pairs = [pair for e in compared for pair in _sides(e, gaps)]
    if expr.has(Piecewise, Heaviside, sign):
        # A value that holds at one point alone is on neither side.
        pairs += [expr, _chosen(lower[0][0], gaps, None)]
    return agree(_chosen(entry, gaps, None), *pairs) if pairs else _chosen(entry, gaps, None)


def _sides(expr: Any, gaps: Switches) -> Iterator[Any]:
    for switch in gaps:
        if expr.has(switch):
            yield _chosen(expr, gaps, None)
            yield _chosen(expr, gaps, switch)


def _chosen(expr: Any, gaps: Switches, below: Any) -> Any:
    """The expression with conditions for switches; on its kink a switch counts as above, `below` as below."""
    conditions = {}
    for switch, gap in gaps.items():
        if isinstance(switch, _Floor):
            conditions[switch] = ceiling(gap) - 1 if switch is below else floor(gap)
            continue
        up = gap > 0 if switch is below else gap >= 0
        conditions[switch > 0], conditions[switch < 0] = up, sympy.Not(up)
    return expr.xreplace(conditions)
