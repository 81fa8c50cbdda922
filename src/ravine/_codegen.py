"""From sympy expressions to code: derivatives, compiled NumPy kernels and JavaScript statements."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy
from sympy.printing.codeprinter import PrintMethodNotImplementedError
from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.numpy import NumPyPrinter


class expit(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    r"""The logistic sigmoid :math:`\sigma(x) = 1 / (1 + e^{-x})`, exact in both tails.

    Its derivative is :math:`\sigma(x) \sigma(-x)`, which neither cancels nor overflows.

    >>> x = sympy.Symbol("x", real=True)
    >>> expit(x).diff(x)
    expit(-x)*expit(x)
    """

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        return expit(self.args[0]) * expit(-self.args[0])

    def _eval_rewrite_as_exp(self, x: Any, **_: Any) -> Any:
        return 1 / (1 + sympy.exp(-x))

    def _eval_evalf(self, precision: int) -> Any:
        return self.rewrite(sympy.exp)._eval_evalf(precision)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"\sigma{power}\left({printer.doprint(self.args[0])}\right)"


class _Tanh(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """tanh whose derivative is sech^2: sympy's 1 - tanh^2 cancels in the tails."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        return sympy.sech(self.args[0]) ** 2


def derivatives(expr: Any, symbols: Sequence[Any], order: int) -> tuple[Any, ...]:
    """All partial derivatives of the order, row-major: 1, n or n * n expressions.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> derivatives(x**2 * y, (x, y), 2)
    (2*y, 2*x, 2*x, 0)
    """
    entries = [expr]
    for _ in range(order):
        entries = [
            e.replace(sympy.tanh, _Tanh).diff(s).replace(_Tanh, sympy.tanh) for e in entries for s in symbols
        ]
    return tuple(entries)


class _Product(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """A product that keeps its repeated factors, so that cse names them and x**3 prints as x*x*x."""


def _power(base: Any, k: int) -> Any:
    """base**k for k >= 1 by repeated squaring."""
    if k == 1:
        return base
    half = _power(base, k // 2)
    return _Product(half, half, base) if k % 2 else _Product(half, half)


def _multiply_out(expr: Any) -> Any:
    """Replace integer and half-integer powers by products and a square root: pow is ten times slower."""

    def slow(e: Any) -> bool:
        return bool(e.is_Pow and e.exp.is_Rational and e.exp.q <= 2 and abs(e.exp) > 1)

    def rewrite(power: Any) -> Any:
        base, exponent = power.args
        whole, root = divmod(abs(exponent), 1)
        product = _power(base, int(whole))
        product = _Product(product, sympy.sqrt(base)) if root else product
        return product if exponent > 0 else 1 / product

    return expr.replace(slow, rewrite)


class _Printing:
    """How both languages print what sympy's printers lack or print badly."""

    _print: Callable[[Any], str]

    def _print__Product(self, expr: Any) -> str:
        return f"({'*'.join(f'({self._print(x)})' if x.args else self._print(x) for x in expr.args)})"

    def _print_expit(self, expr: Any) -> str:
        return f"(1/(1 + {self._print(sympy.exp(-expr.args[0]))}))"

    def _print_sech(self, expr: Any) -> str:
        return f"(1/{self._print(sympy.cosh(expr.args[0]))})"


class _NumPy(_Printing, NumPyPrinter):  # type: ignore[misc]  # sympy ships no types
    # sympy would print these for Python's scalar `math`, which fails on arrays.
    _print_erf = _print_erfc = _print_gamma = _print_loggamma = NumPyPrinter._print_not_supported


class _JavaScript(_Printing, JavascriptCodePrinter):  # type: ignore[misc]  # sympy ships no types
    pass


def _print_all(printer: Any, expressions: Sequence[Any]) -> tuple[list[tuple[str, str]], list[str]]:
    """Print after cse: (name, text) of the shared subexpressions, then the text of each expression.

    sympy's `create_expand_pow_optimization` multiplies powers out too, but with cse it prints wrong values.
    """
    expanded = [_multiply_out(sympy.sympify(e)) for e in expressions]
    shared, results = sympy.cse(expanded, symbols=sympy.numbered_symbols("_"))
    try:
        return [(s.name, printer.doprint(e)) for s, e in shared], [printer.doprint(e) for e in results]
    except PrintMethodNotImplementedError as error:
        function = str(error).splitlines()[0].rpartition(" ")[2]
        raise ValueError(f"expr: got {function} to print; want functions of NumPy and JavaScript") from error


@functools.lru_cache(maxsize=512)
def numpy_kernel(entries: tuple[Any, ...], arguments: tuple[Any, ...]) -> Callable[..., None]:
    """Compile kernel(out, *arguments), which fills row i of out with entry i, constants broadcast.

    Raises
    ------
    ValueError : an entry holds a function that NumPy lacks, such as erf or a derivative's DiracDelta.

    >>> x = sympy.Symbol("x", real=True)
    >>> out = np.empty((2, 3))
    >>> numpy_kernel((x**3, sympy.Integer(7)), (x,))(out, np.array([0.0, 1.0, 2.0]))
    >>> out
    array([[0., 1., 8.],
           [7., 7., 7.]])
    """
    shared, results = _print_all(_NumPy({"strict": True}), entries)
    lines = [f"{name} = {text}" for name, text in shared]
    lines += [f"_out[{i}] = {text}" for i, text in enumerate(results)]
    head = f"def kernel({', '.join(['_out', *(s.name for s in arguments)])}):"
    namespace: dict[str, Any] = {"numpy": np, "functools": functools}
    exec("\n    ".join([head, *lines]), namespace)
    return namespace["kernel"]  # type: ignore[no-any-return]  # exec's namespace is untyped


def javascript(expressions: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Print expressions as JavaScript: the statements that they share, then one text each.

    Raises
    ------
    ValueError : an expression holds a function that JavaScript lacks, such as erf or DiracDelta.

    >>> x = sympy.Symbol("x", real=True)
    >>> javascript([x**4 + sympy.exp(x), x**2])
    (['const _0 = (x*x);'], ['(_0*_0) + Math.exp(x)', '_0'])
    """
    shared, results = _print_all(_JavaScript({"strict": True}), expressions)
    return [f"const {name} = {text};" for name, text in shared], results
