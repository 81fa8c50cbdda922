"""A first-order rule as the lines of its equations, printed to NumPy and to JavaScript."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ravine import _codegen
from ravine.rules._rule import Step


class grad(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """The gradient at a point."""

    nargs = 1


# A product that is multiplied from left to right, as it is written, in both languages.
in_order = _codegen._Product


def symbols(names: str) -> Any:
    """Real symbols, as the printers want them.

    >>> symbols("theta g")
    (theta, g)
    """
    return sympy.symbols(names, real=True)


theta, g, t, learning_rate, eps = symbols("theta g t learning_rate eps")


@dataclass(frozen=True)
class Equations:
    """The lines of a rule, each `symbol <- expression`, in the order in which they happen.

    Parameters
    ----------
    name : the rule's name.
    state : the symbols that the rule remembers, zero at the start; all else that no line makes, but `theta`
        and `t`, is a hyperparameter, `learning_rate` among them with the schedule's multiplier in it.
    lines : (symbol, expression); `grad(x)` is the gradient at x.
    squared : which of the state holds squares of gradients, if any.

    >>> plain = Equations("plain", (), ((g, grad(theta)), (theta, theta - learning_rate * g)))
    >>> plain.step(lambda x: x, np.array([2.0, 4.0]), {}, 0, learning_rate=0.5)
    (array([1., 2.]), {})
    """

    name: str
    state: Sequence[Any]
    lines: Sequence[tuple[Any, Any]]
    squared: Any = None

    @functools.cached_property
    def vectors(self) -> set[Any]:
        """What has a value a coordinate; everything else is one number."""
        return {theta, *self.state, *(left for left, _ in self.lines)}

    @functools.cached_property
    def hyperparameters(self) -> list[str]:
        """Names of the hyperparameters, in alphabetical order."""
        free = set().union(*(right.free_symbols for _, right in self.lines))
        return sorted(s.name for s in free - self.vectors - {t})

    @functools.cached_property
    def step(self) -> Callable[..., Step]:
        """step(gradient, theta, state, t, **hyperparameters) -> (theta, state), compiled once a rule.

        theta and what the state holds are arrays (..., n), hyperparameters numbers or such arrays.
        """
        printer = _NumPy({"strict": True})
        names = [s.name for s in self.state]
        lines = [f"{name} = state[{name!r}]" for name in names]
        lines += [f"{left} = {printer.doprint(_codegen._multiply_out(right))}" for left, right in self.lines]
        lines += [f"return theta, {{{', '.join(f'{name!r}: {name}' for name in names)}}}"]
        head = f"def update(grad, theta, state, t, {', '.join(self.hyperparameters)}):"
        namespace: dict[str, Any] = {"numpy": np}
        exec("\n    ".join([head, *lines]), namespace)
        return namespace["update"]  # type: ignore[no-any-return]  # exec's namespace is untyped

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: x for name, x in self.__dict__.items() if name != "step"
        }  # code compiled here stays here

    def javascript(self, defaults: Mapping[str, float]) -> str:
        """The rule as a JavaScript object {init, update, defaults, squared} on arrays."""
        printer = _JavaScript(self.vectors)
        names = [s.name for s in self.state]
        zeros = ", ".join(f"{name}: theta.map(() => 0)" for name in names)
        given = ", ".join(f"{h} = {defaults[h]!r}" if h in defaults else h for h in self.hyperparameters)
        made = ", ".join(left.name for left, _ in self.lines if left not in {theta, *self.state})
        lines = "".join(f"      {left} = {printer.vector(right)};\n" for left, right in self.lines)
        listed, known = ", ".join(names), ", ".join(f"{h}: {x!r}" for h, x in defaults.items())
        return (
            f"  {self.name}: {{\n"
            f"    squared: {json.dumps(self.squared and self.squared.name)},\n"
            f"    defaults: {{ {known} }},\n"
            f"    init: (theta) => ({{ {zeros} }}),\n"
            f"    update({{ grad }}, theta, {{ {listed} }}, t, {{ {given} }}, scale = 1) {{\n"
            f"      learning_rate = scale * learning_rate;\n"
            f"      let {made};\n{lines}"
            f"      return [theta, {{ {listed} }}];\n"
            "    },\n"
            "  },"
        )


class _Signs:
    """Sums print what is taken away last: `-rate*g + theta` takes a pass more than `theta - rate*g`."""

    _print: Callable[[Any], str]

    def _print_Add(self, expr: Any, order: Any = None) -> str:
        terms = sorted(expr.args, key=lambda term: (term.could_extract_minus_sign(), str(term)))
        text = self._print(terms[0])
        for term in terms[1:]:
            minus = term.could_extract_minus_sign()
            text += f" - {self._print(-term)}" if minus else f" + {self._print(term)}"
        return text


class _NumPy(_Signs, _codegen._NumPy):
    def _print_grad(self, expr: Any) -> str:
        return f"grad({self._print(expr.args[0])})"


class _JavaScript(_Signs, _codegen._JavaScript):
    def __init__(self, vectors: set[Any]) -> None:
        super().__init__({"strict": True})
        self._vectors = vectors

    def _print_Symbol(self, expr: Any) -> str:
        return f"{expr.name}[i]" if expr in self._vectors else str(expr.name)

    def vector(self, expr: Any) -> str:
        """An array of the expression's value at each coordinate."""
        if isinstance(expr, grad):
            return f"grad({self.vector(expr.args[0])})"
        if expr in self._vectors:
            return str(expr.name)
        return f"theta.map((_, i) => {self.doprint(_codegen._multiply_out(expr))})"
