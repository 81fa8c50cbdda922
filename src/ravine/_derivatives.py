"""Derivatives of sympy expressions, exact in the tails and honest at kinks."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sympy
from sympy import Abs, Heaviside, Max, Min, Piecewise, sign

from ravine._codegen import agree


class _Tanh(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """tanh whose derivative is sech^2: sympy's 1 - tanh^2 cancels in the tails."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        return sympy.sech(self.args[0]) ** 2


def derivatives(expr: Any, symbols: Sequence[Any], order: int) -> tuple[Any, ...]:
    """All partial derivatives of the order, row-major: 1, n or n * n expressions.

    Where the expression has kinks (Abs, sign, Max, Min, Heaviside, Piecewise), each derivative is taken on
    either side of every kink, and on it the value is NaN unless both sides agree, in all lower orders too.

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
    return tuple(_at_kinks(levels[:-1], entry, switches) for entry in levels[-1])


def _derivative(expr: Any, symbol: Any) -> Any:
    return expr.replace(sympy.tanh, _Tanh).diff(symbol).replace(_Tanh, sympy.tanh)


# A switch stands for the side of a kink: it is positive where gap > 0. Of one that stands for the derivative
# only its sign is used, so that no branch is multiplied by the zero of another.
Switches = dict[Any, Any]  # gap -> switch


def _split(expr: Any) -> tuple[Any, Switches]:
    """The expression with every kink made a choice by a switch, and the switches by their gap."""
    switches: Switches = {}

    def side(gap: Any) -> tuple[Any, Any]:
        """The conditions of being above and below the kink where the gap vanishes."""
        gap = sympy.expand(gap)
        if (-gap) in switches:
            return switches[-gap] < 0, switches[-gap] > 0
        switch = switches.setdefault(gap, sympy.Dummy(f"s{len(switches)}", real=True))
        return switch > 0, switch < 0

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
    ]

    # Inside out, so that what a gap holds is already chosen.
    def walk(e: Any) -> Any:
        if not e.has(Abs, sign, Heaviside, Max, Min, Piecewise):
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
    if isinstance(condition, sympy.Eq):
        return sympy.false
    if isinstance(condition, sympy.Ne):
        return sympy.true
    raise ValueError(f"expr: got the condition {condition}; want inequalities")


def _at_kinks(lower: Sequence[Sequence[Any]], entry: Any, switches: Switches) -> Any:
    """The entry above all kinks, agreed on by itself and all lower orders below each of them."""
    gaps = {switch: _resolve(gap, switches) for gap, switch in switches.items()}
    compared = [e for level in lower for e in level] + [entry]
    pairs = [pair for e in compared for pair in _sides(e, gaps)]
    return agree(_chosen(entry, gaps, None), *pairs) if pairs else _chosen(entry, gaps, None)


def _sides(expr: Any, gaps: dict[Any, Any]) -> Iterator[Any]:
    for switch in gaps:
        if expr.has(switch):
            yield _chosen(expr, gaps, None)
            yield _chosen(expr, gaps, switch)


def _resolve(gap: Any, switches: Switches) -> Any:
    """A gap that holds kinks of its own, with these put back as conditions."""
    inner = {switch: g for g, switch in switches.items() if gap.has(switch)}
    return _chosen(gap, {s: _resolve(g, switches) for s, g in inner.items()}, None) if inner else gap


def _chosen(expr: Any, gaps: dict[Any, Any], below: Any) -> Any:
    """The expression with conditions for switches; on its kink a switch counts as above, `below` as below."""
    conditions = {}
    for switch, gap in gaps.items():
        up = gap > 0 if switch is below else gap >= 0
        conditions[switch > 0], conditions[switch < 0] = up, sympy.Not(up)
    return expr.xreplace(conditions)
