"""Value, gradient and Hessian of an objective at many points: Ravine against lambdify and autograd.

Only ratios within one run mean anything; times are of the processor, since all of this runs on one core.
Every method takes theta (N, 2) and returns shapes (N,), (N, 2) and (N, 2, 2), in a process of its own.
Where other methods have claimed and freed memory before, lambdify's large temporaries come cheaper, and on a
formula as short as Rosenbrock's it was then faster than Ravine (8-11 ns a point against 13). autograd is
measured on a function of theta, as one would write it, and on separate columns, its fastest form.
Run this file; `run()` returns the rows.
"""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import autograd.numpy as anp
import numpy as np
import sympy
from autograd import elementwise_grad

from ravine import _codegen, zoo
from ravine.objective import Objective

Row = dict[str, Any]
Work = Callable[[], Any]
N_POINTS = 200_000
METHODS = ("ravine", "lambdify", "autograd", "autograd, columns")

# autograd needs the formula a second time, in its own NumPy.
FORMULAE = {
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "beale": lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2,
    "ackley": lambda x, y: (
        20
        + np.e
        - 20 * anp.exp(-0.2 * anp.sqrt((x**2 + y**2) / 2))
        - anp.exp((anp.cos(2 * np.pi * x) + anp.cos(2 * np.pi * y)) / 2)
    ),
}


def nanoseconds(work: Work, n_rounds: int = 15) -> float:
    """Median processor time a point, the first round left out."""
    times = []
    for _ in range(n_rounds):
        before = time.process_time()
        work()
        times.append(time.process_time() - before)
    return 1e9 * float(np.median(times[1:])) / N_POINTS


def stacked(value: Any, grad: list[Any], hess: list[Any]) -> tuple[np.ndarray, ...]:
    """Entries, some of them constants, as arrays of shape (N,), (N, 2) and (N, 2, 2)."""
    columns = [np.broadcast_to(entry, N_POINTS) for entry in (*grad, *hess)]
    return value, np.stack(columns[:2], axis=1), np.stack(columns[2:], axis=1).reshape(-1, 2, 2)


def plain_lambdify(J: Objective) -> Callable[[np.ndarray, np.ndarray], tuple[Any, ...]]:
    """The entries as `sympy.lambdify(..., cse=True)` gives them, parameters put in."""
    values = dict(zip(J.parameter_symbols, J.parameters.values(), strict=True))
    entries = [_codegen.derivatives(J.expr.subs(values), J.symbols, order) for order in range(3)]
    functions = [sympy.lambdify(J.symbols, list(each), modules="numpy", cse=True) for each in entries]
    value, grad, hess = functions
    return lambda x, y: (value(x, y)[0], grad(x, y), hess(x, y))


def by_autograd(f: Callable[..., Any]) -> Callable[[np.ndarray], tuple[Any, ...]]:
    """Reverse mode, once and over itself."""
    value = lambda theta: f(theta[:, 0], theta[:, 1])  # noqa: E731  # a formula beside its derivatives
    grad = elementwise_grad(value)
    rows = [elementwise_grad(lambda theta, i=i: grad(theta)[:, i]) for i in range(2)]
    return lambda theta: (value(theta), grad(theta), np.stack([row(theta) for row in rows], axis=1))


def by_autograd_in_columns(f: Callable[..., Any]) -> Callable[[np.ndarray, np.ndarray], tuple[Any, ...]]:
    """The entries by reverse mode, with the mixed one used twice."""
    fx, fy = elementwise_grad(f, 0), elementwise_grad(f, 1)
    fxx, fxy, fyy = elementwise_grad(fx, 0), elementwise_grad(fx, 1), elementwise_grad(fy, 1)

    def entries(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
        mixed = fxy(x, y)
        return f(x, y), [fx(x, y), fy(x, y)], [fxx(x, y), mixed, mixed, fyy(x, y)]

    return entries


def works(name: str) -> dict[str, Work]:
    """All methods on one entry of the zoo."""
    J, theta = zoo.get(name), np.random.default_rng(0).normal(size=(N_POINTS, 2))
    lambdified, formula = plain_lambdify(J), FORMULAE[name]
    natural, columns = by_autograd(formula), by_autograd_in_columns(formula)
    return {
        "ravine": lambda: (J.value(theta), J.grad(theta), J.hess(theta)),
        "lambdify": lambda: stacked(*lambdified(*theta.T)),
        "autograd": lambda: natural(theta),
        "autograd, columns": lambda: stacked(*columns(*theta.T)),
    }


def measure(name: str, method: str) -> float:
    """Nanoseconds a point of one method on one entry."""
    return nanoseconds(works(name)[method])


def check(name: str) -> None:
    """All methods agree."""
    ours, *others = (work() for work in works(name).values())
    for other in others:
        for mine, theirs in zip(ours, other, strict=True):
            np.testing.assert_allclose(theirs, mine, atol=1e-11 * np.abs(mine).max())


def run() -> list[Row]:
    """Measure all; nanoseconds a point."""
    rows = []
    for name in FORMULAE:
        check(name)
        row: Row = {"objective": name}
        for method in METHODS:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                row[method] = process.submit(measure, name, method).result()
        rows.append(row)
    return rows


def main() -> None:
    print(f"value + gradient + Hessian at {N_POINTS:,} points: ns a point, and the ratio to Ravine's")
    print(f"{'objective':12}" + "".join(f"{method:>20}" for method in METHODS))
    for row in run():
        cells = (f"{row[m]:.0f} ({row[m] / row['ravine']:.1f}x)" for m in METHODS)
        print(f"{row['objective']:12}" + "".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main()
