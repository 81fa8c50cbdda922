"""From sympy expressions to code: compiled NumPy kernels and JavaScript statements."""

import builtins
import functools
import keyword
from collections.abc import Callable, Iterable, Sequence
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


class agree(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """agree(value, a_1, b_1, a_2, b_2, ...): the value where every a_i is b_i up to rounding, else NaN."""

    @classmethod
    def eval(cls, value: Any, *sides: Any) -> Any:
        if all(a == b for a, b in zip(sides[::2], sides[1::2], strict=True)):
            return value
        return sympy.nan if all(side.is_Number for side in sides) else None


# What generated code must find under its own name, or may not use as one, in either language.
_JAVASCRIPT_WORDS = """
Math Number Infinity NaN undefined arguments eval await break case catch class const continue debugger default
delete do else enum export extends false finally for function if implements import in instanceof interface let
new null package private protected public return static super switch this throw true try typeof var void while
with yield
"""
RESERVED = frozenset({"numpy", "functools", *keyword.kwlist, *dir(builtins), *_JAVASCRIPT_WORDS.split()})


def names(symbols: Iterable[Any]) -> dict[Any, str]:
    """What symbols are called in generated code: as they are where both languages allow it.

    >>> names(sympy.symbols("kappa new x'"))
    {kappa: 'kappa', new: 'v_new', x': 'v_x_27'}
    """
    result: dict[Any, str] = {}
    for symbol in symbols:
        name = symbol.name
        plain = name.isidentifier() and name.isascii() and not name.startswith("_")
        if not plain or name in RESERVED or name.startswith("v_"):
            # The prefix keeps these apart from plain names, the codes from each other.
            name = "v_" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}" for c in name)
        result[symbol] = name
    return result


def _named(expr: Any) -> Any:
    """The expression with the names of generated code, each symbol's assumptions kept."""
    called = names(expr.free_symbols)
    return expr.xreplace(
        {s: sympy.Symbol(name, **s.assumptions0) for s, name in called.items() if name != s.name}
    )


def _logical(expr: Any) -> Any:
    """Conditions on conditions by and, or, not: NumPy's select would make numbers of them."""
    return expr.replace(sympy.ITE, lambda c, a, b: sympy.Or(sympy.And(c, a), sympy.And(sympy.Not(c), b)))


def _whole(expr: Any) -> Any:
    """c - c tanh(u) and c - c sigma(u) without their cancellation: 2 c sigma(-2 u) and c sigma(-u)."""

    def rewrite(total: Any) -> Any:
        constant, rest = total.as_coeff_Add()
        for term in rest.args if rest.is_Add else (rest,):
            factor, function = term.as_coeff_Mul()
            if constant and isinstance(function, sympy.tanh | expit) and abs(factor) == abs(constant):
                u = function.args[0]
                if isinstance(function, sympy.tanh):
                    kept = 2 * constant * expit(2 * u if factor == constant else -2 * u)
                elif factor == -constant:
                    kept = constant * expit(-u)
                else:
                    continue
                return rest - term + kept
        return total

    return expr.replace(lambda e: e.is_Add, rewrite)


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

    _agree: str

    def _print_agree(self, expr: Any) -> str:
        value, *sides = map(self._print, expr.args)
        return f"{self._agree}({', '.join([value, *sides])})"


# The relative difference that two ways of rounding one number may make.
AGREEMENT = 1e-12


def _agreed(value: Any, *sides: Any) -> Any:
    """`agree` in NumPy. Each side was computed another way, so that equal ones may differ in a last bit."""
    good = True
    for a, b in zip(sides[::2], sides[1::2], strict=True):
        good = good & ((a == b) | (np.abs(a - b) <= AGREEMENT * np.abs(a)))
    return np.where(good, value, np.nan)


JAVASCRIPT_AGREE = (
    "const _agree = (value, ...sides) => sides.every((a, i) => i % 2 || a === sides[i + 1] || "
    f"Math.abs(a - sides[i + 1]) <= {AGREEMENT} * Math.abs(a)) ? value : NaN;"
)


class _NumPy(_Printing, NumPyPrinter):  # type: ignore[misc]  # sympy ships no types
    _agree = "_agreed"
    # sympy would print these for Python's scalar `math`, which fails on arrays.
    _print_erf = _print_erfc = _print_gamma = _print_loggamma = NumPyPrinter._print_not_supported


class _JavaScript(_Printing, JavascriptCodePrinter):  # type: ignore[misc]  # sympy ships no types
    _agree = "_agree"


def _print_all(printer: Any, expressions: Sequence[Any]) -> tuple[list[tuple[str, str]], list[str]]:
    """Print after cse: (name, text) of the shared subexpressions, then the text of each expression.

    sympy's `create_expand_pow_optimization` multiplies powers out too, but with cse it prints wrong values.
    """
    expanded = [_multiply_out(_whole(_logical(_named(sympy.sympify(e))))) for e in expressions]
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
    head = f"def kernel({', '.join(['_out', *names(arguments).values()])}):"
    namespace: dict[str, Any] = {"numpy": np, "functools": functools, "_agreed": _agreed}
    exec("\n    ".join([head, *lines]), namespace)
    return namespace["kernel"]  # type: ignore[no-any-return]  # exec's namespace is untyped


def javascript(expressions: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Print expressions as JavaScript: the statements that they share, then one text each.

    Symbols are called as `names` says.

    Raises
    ------
    ValueError : an expression holds a function that JavaScript lacks, such as erf or DiracDelta.

    >>> x = sympy.Symbol("x", real=True)
    >>> javascript([x**4 + sympy.exp(x), x**2])
    (['const _0 = (x*x);'], ['(_0*_0) + Math.exp(x)', '_0'])
    """
    shared, results = _print_all(_JavaScript({"strict": True}), expressions)
    helper = [JAVASCRIPT_AGREE] if any(sympy.sympify(e).has(agree) for e in expressions) else []
    return helper + [f"const {name} = {text};" for name, text in shared], results
