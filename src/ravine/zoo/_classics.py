"""Test functions that the optimisation literature names."""

from typing import Any

import sympy
from sympy import Rational, cos, exp, pi, rootof, sqrt

from ravine import _check
from ravine.objective import CriticalPoint, Objective
from ravine.zoo._symbols import positive, theta


def rosenbrock(a: float = 1.0, b: float = 100.0) -> Objective:
    r"""A curved, flat-bottomed valley.

    .. math:: J = (a - \theta_1)^2 + b (\theta_2 - \theta_1^2)^2

    Parameters
    ----------
    a : first coordinate of the minimiser, dimensionless.
    b : steepness of the walls, > 0, dimensionless.

    Returns
    -------
    Objective : n = 2, minimum 0 at (a, a^2).

    Raises
    ------
    ValueError : b is not positive.

    Source
    ------
    Rosenbrock, The Computer Journal 3(3):175-184 (1960).

    >>> float(rosenbrock().value([1.0, 1.0]))
    0.0
    """
    x, y = theta(2)
    p, q = sympy.Symbol("a", real=True), positive("b")
    return Objective(
        "rosenbrock",
        (p - x) ** 2 + q * (y - x**2) ** 2,
        (x, y),
        "Rosenbrock (1960), The Computer Journal 3(3):175-184",
        {p: a, q: b},
        ((-2, 2), (-1, 3)),
        (CriticalPoint((p, p**2), "minimum"),),
    )


def himmelblau() -> Objective:
    r"""Four equal minima, four saddles and a maximum between them.

    .. math:: J = (\theta_1^2 + \theta_2 - 11)^2 + (\theta_1 + \theta_2^2 - 7)^2

    Returns
    -------
    Objective : n = 2; all nine critical points, as roots of a cubic and of a quintic in theta_1.

    Source
    ------
    Himmelblau, Applied Nonlinear Programming, McGraw-Hill (1972).

    >>> float(himmelblau().value([3.0, 2.0]))
    0.0
    """
    x, y = theta(2)
    return Objective(
        "himmelblau",
        (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        (x, y),
        "Himmelblau (1972), Applied Nonlinear Programming",
        domain=((-5, 5), (-5, 5)),
        critical_points=_himmelblau_points(x),
    )


def _himmelblau_points(x: Any) -> tuple[CriticalPoint, ...]:
    """Eliminating theta_2 leaves (x - 3) * cubic * quintic; theta_2 is rational in each root."""
    minima = [rootof(x**3 + 3 * x**2 - 13 * x - 38, k) for k in range(3)]
    others = [rootof(32 * x**5 - 336 * x**3 - 104 * x**2 + 1, k) for k in range(5)]
    kinds = ("saddle", "maximum", "saddle", "saddle", "saddle")
    return (
        CriticalPoint((3, 2), "minimum"),
        *(CriticalPoint((r, 11 - r**2), "minimum") for r in minima),
        *(
            CriticalPoint(
                (r, (8 * r**4 - 83 * r**2 - 28 * r - 11) / (4 * r**3 - 8 * r**2 - 44 * r - 1)), kind
            )
            for r, kind in zip(others, kinds, strict=True)
        ),
    )


def beale() -> Objective:
    r"""Flat arms that meet at a sharp peak in each corner.

    .. math:: J = \sum_{k=1}^3 (c_k - \theta_1 (1 - \theta_2^k))^2, \qquad c = (3/2, 9/4, 21/8)

    Returns
    -------
    Objective : n = 2; minimum 0 at (3, 1/2), and both saddles.

    Source
    ------
    Beale, technical report 25, Statistical Techniques Research Group, Princeton (1958);
    problem 5 of More, Garbow, Hillstrom, ACM Trans. Math. Software 7(1):17-41 (1981).

    >>> float(beale().value([3.0, 0.5]))
    0.0
    """
    x, y = theta(2)
    c = (Rational(3, 2), Rational(9, 4), Rational(21, 8))
    root = rootof(3 * y**3 + 11 * y**2 + 10 * y + 5, 0)
    slope = [1 - root**k for k in (1, 2, 3)]
    # J is quadratic in theta_1: at the root of the eliminated equation theta_1 follows by least squares.
    fitted = sum(a * s for a, s in zip(c, slope, strict=True)) / sum(s**2 for s in slope)
    return Objective(
        "beale",
        sum((a - x * (1 - y**k)) ** 2 for k, a in enumerate(c, start=1)),
        (x, y),
        "Beale (1958), technical report 25, Princeton; Moré, Garbow, Hillstrom (1981), "
        "ACM Trans. Math. Software 7(1):17-41, problem 5",
        domain=((-4.5, 4.5), (-4.5, 4.5)),
        critical_points=(
            CriticalPoint((3, Rational(1, 2)), "minimum"),
            CriticalPoint((0, 1), "saddle"),
            CriticalPoint((fitted, root), "saddle"),
        ),
    )


def ackley(n: int = 2) -> Objective:
    r"""A pitted plain with one funnel in the middle.

    .. math:: J = 20 + e - 20 e^{-r / 5} - \exp\Big(\frac1n \sum_i \cos 2 \pi \theta_i\Big),
        \qquad r^2 = \frac1n \sum_i \theta_i^2

    Parameters
    ----------
    n : number of coordinates.

    Returns
    -------
    Objective : minimum 0 at the origin. It is the tip of a cone, where no gradient exists (NaN), and so no
        critical point; none is listed.

    Raises
    ------
    ValueError : n is no positive integer.

    Source
    ------
    Ackley, A Connectionist Machine for Genetic Hillclimbing, Kluwer (1987).

    >>> round(float(ackley().value([0.0, 0.0])), 12)
    0.0
    """
    x = theta(_check.count("n", n))
    radius = sqrt(sum(xi**2 for xi in x) / n)
    ripple = sum(cos(2 * pi * xi) for xi in x) / n
    return Objective(
        "ackley",
        20 + sympy.E - 20 * exp(-radius / 5) - exp(ripple),
        x,
        "Ackley (1987), A Connectionist Machine for Genetic Hillclimbing, Kluwer",
        domain=((-5, 5),) * n,
    )


def rastrigin(n: int = 2) -> Objective:
    r"""A bowl with a grid of pits.

    .. math:: J = \sum_i \big(\theta_i^2 + 10 - 10 \cos 2 \pi \theta_i\big)

    Parameters
    ----------
    n : number of coordinates.

    Returns
    -------
    Objective : minimum 0 at the origin; the other pits, near the integers, are not listed.

    Raises
    ------
    ValueError : n is no positive integer.

    Source
    ------
    Rastrigin, Systems of Extremal Control, Nauka, Moscow (1974), for n = 2.

    >>> rastrigin(n=3).hess([0.0, 0.0, 0.0]).diagonal().round(2)
    array([396.78, 396.78, 396.78])
    """
    x = theta(_check.count("n", n))
    return Objective(
        "rastrigin",
        sum(xi**2 + 10 - 10 * cos(2 * pi * xi) for xi in x),
        x,
        "Rastrigin (1974), Systems of Extremal Control, Nauka, Moscow",
        domain=((-3, 3),) * n,
        critical_points=(CriticalPoint((0,) * n, "minimum"),),
    )
