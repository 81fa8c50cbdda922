"""From sympy expressions to code: compiled NumPy kernels and JavaScript statements."""

import builtins
import functools
import keyword
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import sympy
from sympy import Piecewise
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


def _with_default(expr: Any) -> Any:
    """A Piecewise that holds nowhere is NaN there, in both languages."""

    def rewrite(choice: Any) -> Any:
        complete = choice.args[-1][1] == sympy.true
        return choice if complete else choice.func(*choice.args, (sympy.nan, True))

    return expr.replace(lambda e: isinstance(e, Piecewise), rewrite)


def _of_doubles(expr: Any) -> Any:
    """Rationals of integers that no float64 holds, as the nearest float64: the languages differ in them."""
    exact = 2**53

    def long(e: Any) -> bool:
        return bool(e.is_Rational and (abs(e.p) > exact or e.q > exact))

    return expr.replace(long, lambda e: sympy.Float(e, 17))


class _expm1(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """e^u - 1."""


_CANCELLING = sympy.tanh | expit | sympy.cos | sympy.exp


def _whole(expr: Any) -> Any:
    """A constant less a function that comes near it, without their cancellation.

    c - c tanh(u) is 2 c sigma(-2 u), c - c sigma(u) is c sigma(-u), c - c cos(u) is 2 c sin(u / 2)^2, and
    c - c exp(u) is -c expm1(u), where c may be e itself.
    """

    def kept(constant: Any, factor: Any, function: Any) -> Any:
        """constant + factor function, if constant is -factor or, of tanh, factor, without a difference."""
        u = function.args[0]
        if isinstance(function, sympy.tanh):
            return 2 * constant * expit(2 * u if factor == constant else -2 * u)
        if isinstance(function, expit):
            return constant * expit(-u)
        if isinstance(function, sympy.cos):
            return 2 * constant * sympy.sin(u / 2) ** 2
        return factor * _expm1(u)

    def rewrite(total: Any) -> Any:
        constant, rest = total.as_coeff_Add()
        terms = list(rest.args if rest.is_Add else (rest,))

        def split(i: int) -> tuple[Any, Any]:
            factor, function = terms[i].as_coeff_Mul()
            return factor, (None if function == sympy.E else function)

        for i in range(len(terms)):  # functions that cancel all of a constant
            factor, function = split(i)
            same = isinstance(function, sympy.tanh) and factor == constant
            if constant and isinstance(function, _CANCELLING) and (same or factor == -constant):
                terms[i], constant = kept(constant, factor, function), sympy.S.Zero
            elif isinstance(function, sympy.exp) and -factor * sympy.E in terms:
                terms[terms.index(-factor * sympy.E)] = sympy.S.Zero
                terms[i] = factor * sympy.E * _expm1(_whole(function.args[0] - 1))
        for i in range(len(terms)):  # those that cancel a part
            factor, function = split(i)
            if isinstance(function, sympy.cos) and 0 < -factor * sympy.sign(constant) <= abs(constant):
                terms[i], constant = kept(-factor, factor, function), constant + factor
        return sympy.Add(constant, *terms)

    return expr.replace(lambda e: e.is_Add, rewrite)


class _turn(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """u less the even number next to it: as exact as u itself, however large."""


def _in_turns(expr: Any) -> Any:
    """sin(pi u) and cos(pi u) of u less whole turns: rounding pi u alone loses many of them if u is large."""

    def turns(e: Any) -> bool:
        return isinstance(e, sympy.sin | sympy.cos) and e.args[0].is_Mul and sympy.pi in e.args[0].args

    return expr.replace(turns, lambda e: e.func(sympy.pi * _turn(e.args[0] / sympy.pi)))


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

    _module: str

    def _print__expm1(self, expr: Any) -> str:
        return f"{self._module}.expm1({self._print(expr.args[0])})"

    def _print__turn(self, expr: Any) -> str:
        u = self._print(expr.args[0])
        return f"({u} - 2*{self._module}.floor(({u})/2 + 0.5))"

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
    # And these for arrays, but their derivatives are not the plain ones, or JavaScript lacks them.
    _print_Sum = _print_arg = NumPyPrinter._print_not_supported

    # sympy 1.13 stacks the arguments, which fails where some are arrays and some are numbers.
    def _print_Max(self, expr: Any) -> str:
        return f"functools.reduce(numpy.maximum, [{', '.join(map(self._print, expr.args))}])"

    def _print_Min(self, expr: Any) -> str:
        return f"functools.reduce(numpy.minimum, [{', '.join(map(self._print, expr.args))}])"

    _module = "numpy"


class _JavaScript(_Printing, JavascriptCodePrinter):  # type: ignore[misc]  # sympy ships no types
    _agree = "_agree"
    _print_Sum = JavascriptCodePrinter._print_not_supported

    _module = "Math"

    def _print_NaN(self, expr: Any) -> str:
        return "NaN"

    def _print_Pow(self, expr: Any) -> str:
        # sympy prints x**(1/3) as Math.cbrt(x), which has a value where the power is not real.
        if expr.exp.is_Rational and expr.exp.q > 2:
            return f"Math.pow({self._print(expr.base)}, {expr.exp.p}/{expr.exp.q})"
        return str(super()._print_Pow(expr))


def _print_all(printer: Any, expressions: Sequence[Any]) -> tuple[list[tuple[str, str]], list[str]]:
    """Print after cse: (name, text) of the shared subexpressions, then the text of each expression.

    sympy's `create_expand_pow_optimization` multiplies powers out too, but with cse it prints wrong values.
    """
    expanded = [_ready(sympy.sympify(e)) for e in expressions]
    shared, results = sympy.cse(expanded, symbols=sympy.numbered_symbols("_"))
    return [(s.name, _print(printer, e)) for s, e in shared], [_print(printer, e) for e in results]


def _ready(expr: Any) -> Any:
    """The expression as it is printed: the same numbers in either language."""
    return _multiply_out(_in_turns(_whole(_with_default(_logical(_of_doubles(_named(expr)))))))


def _print(printer: Any, expr: Any) -> str:
    """The text of an expression; what the printer lacks, or would leave to another module, is refused."""
    refused = "expr: got {} to print; want functions of NumPy and JavaScript"
    try:
        text: str = printer.doprint(expr)
    except PrintMethodNotImplementedError as error:
        function = str(error).splitlines()[0].rpartition(" ")[2].rpartition(".")[2].strip("'>")
        raise ValueError(refused.format(function)) from error
    imports = getattr(printer, "module_imports", {})
    foreign = set(imports) - {"numpy", "functools"}
    if foreign:
        functions = sorted(name for module in foreign for name in imports[module])
        raise ValueError(refused.format(", ".join(functions)))
    return text


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
