"""One surface for each difficulty that the course is about."""

from math import prod

import sympy
from sympy import LambertW, Rational, atanh, cos, exp, log, sech, sin, sqrt, tanh

from ravine import _check
from ravine.objective import CriticalPoint, Objective, expit
from ravine.zoo._symbols import positive, theta


def quadratic(kappa: float = 100.0, angle: float = 0.0) -> Objective:
    r"""A bowl of condition number kappa, its steep axis turned away from the second coordinate.

    .. math:: J = \tfrac12 (\theta_1 \cos\varphi + \theta_2 \sin\varphi)^2
                + \tfrac\kappa2 (\theta_2 \cos\varphi - \theta_1 \sin\varphi)^2

    Parameters
    ----------
    kappa : the second eigenvalue of the Hessian (the first is 1), > 0, dimensionless.
    angle : the turn phi, radians.

    Returns
    -------
    Objective : n = 2, minimum 0 at the origin.

    Raises
    ------
    ValueError : kappa is not positive.

    Source
    ------
    Goodfellow, Bengio, Courville, Deep Learning (2016), section 4.3.1, figure 4.6.

    >>> quadratic(kappa=10.0).hess([0.0, 0.0])
    array([[ 1.,  0.], [ 0., 10.]])
    """
    x, y = theta(2)
    k, phi = positive("kappa"), sympy.Symbol("angle", real=True)
    along, across = x * cos(phi) + y * sin(phi), y * cos(phi) - x * sin(phi)
    return Objective(
        "quadratic",
        along**2 / 2 + k * across**2 / 2,
        (x, y),
        "Goodfellow, Bengio, Courville (2016), Deep Learning, section 4.3.1, figure 4.6",
        {k: kappa, phi: angle},
        ((-2, 2), (-2, 2)),
        (CriticalPoint((0, 0), "minimum"),),
    )


def saddle(a: float = 10.0, b: float = 2.0) -> Objective:
    r"""The plain saddle: up along theta_1, down along theta_2.

    .. math:: J = \tfrac12 (a \theta_1^2 - b \theta_2^2)

    Parameters
    ----------
    a : the positive eigenvalue of the Hessian, dimensionless.
    b : minus the negative one, > 0, dimensionless.

    Returns
    -------
    Objective : n = 2, a saddle at the origin, unbounded below.

    Raises
    ------
    ValueError : a or b is not positive.

    Source
    ------
    Dauphin et al., Advances in Neural Information Processing Systems 27 (2014), figure 2(a).

    >>> saddle().hess([0.0, 0.0])
    array([[10.,  0.], [ 0., -2.]])
    """
    x, y = theta(2)
    p, q = positive("a b")
    return Objective(
        "saddle",
        p * x**2 / 2 - q * y**2 / 2,
        (x, y),
        "Dauphin et al. (2014), NeurIPS 27, figure 2(a)",
        {p: a, q: b},
        ((-1, 1), (-1, 1)),
        (CriticalPoint((0, 0), "saddle"),),
    )


def monkey_saddle() -> Objective:
    r"""Three ways down and a Hessian that vanishes: no eigenvalue tells the type.

    .. math:: J = \theta_1^3 - 3 \theta_1 \theta_2^2

    Returns
    -------
    Objective : n = 2, a degenerate critical point at the origin, unbounded below.

    Source
    ------
    Dauphin et al., Advances in Neural Information Processing Systems 27 (2014), figure 2(b).

    >>> float(abs(monkey_saddle().hess([0.0, 0.0])).max())
    0.0
    """
    x, y = theta(2)
    return Objective(
        "monkey_saddle",
        x**3 - 3 * x * y**2,
        (x, y),
        "Dauphin et al. (2014), NeurIPS 27, figure 2(b)",
        domain=((-1, 1), (-1, 1)),
        critical_points=(CriticalPoint((0, 0), "degenerate"),),
    )


def cliff(depth: int = 6, n: int = 2, y: float = 1.0) -> Objective:
    r"""A product of many weights: flat where they are small, a wall where they are large.

    .. math:: J = \tfrac12 \Big(\prod_{i=1}^n \theta_i^{L/n} - y\Big)^2

    A linear chain of L scalar layers fed with 1, whose layers share n weights equally: n = L is a feedforward
    chain, n = 1 a recurrence over L steps, n = 2 can be drawn.

    Parameters
    ----------
    depth : number of layers L, a multiple of n.
    n : number of different weights.
    y : the target, > 0, dimensionless.

    Returns
    -------
    Objective : minimum 0 wherever the product is y: for n > 1 a curve or surface of degenerate points, of
        which the balanced one (all weights equal) is listed.

    Raises
    ------
    ValueError : depth is below 2 or no multiple of n, or y is not positive.

    Source
    ------
    Goodfellow, Bengio, Courville, Deep Learning (2016), section 8.2.4, figure 8.3.

    >>> cliff(depth=4, n=1).grad([3.0])
    array([8640.])
    """
    depth = _check.count("depth", depth, at_least=2)
    n = _check.count("n", n)
    if depth % n:
        raise ValueError(f"depth: got {depth}; want a multiple of n = {n}")
    weights, target = theta(n), positive("y")
    balanced = target ** Rational(1, depth)
    origin = {2: "maximum" if n == 1 else "saddle"}.get(depth, "degenerate")
    return Objective(
        "cliff",
        (prod(x ** (depth // n) for x in weights) - target) ** 2 / 2,
        weights,
        "Goodfellow, Bengio, Courville (2016), Deep Learning, section 8.2.4, figure 8.3",
        {target: y},
        ((-2, 2),) * n,
        (
            CriticalPoint((balanced,) * n, "minimum" if n == 1 else "degenerate"),
            CriticalPoint((0,) * n, origin),
        ),
    )


def plateau(y: float = 0.9) -> Objective:
    r"""A sigmoid unit under squared error: flat wherever it saturates, also where it is wrong.

    .. math:: J = \tfrac12 (\sigma(w + b) - y)^2 + \tfrac12 (\sigma(b - w) - (1 - y))^2

    Two examples, input 1 with target y and input -1 with target 1 - y; w = theta_1 is the weight and
    b = theta_2 the bias.

    Parameters
    ----------
    y : the target, strictly between 0 and 1, dimensionless.

    Returns
    -------
    Objective : n = 2; its only critical point is the minimum 0 at (log(y / (1 - y)), 0).

    Raises
    ------
    ValueError : y is not strictly between 0 and 1.

    Source
    ------
    Goodfellow, Bengio, Courville, Deep Learning (2016), sections 6.2.2.2 (saturation) and 8.2.3 (plateaus).

    >>> float(plateau().value([-20.0, 0.0])).__round__(3)
    0.81
    """
    _check.real("y", y, above=0, below=1)
    w, b = theta(2)
    t = positive("y")
    return Objective(
        "plateau",
        (expit(w + b) - t) ** 2 / 2 + (expit(b - w) - (1 - t)) ** 2 / 2,
        (w, b),
        "Goodfellow, Bengio, Courville (2016), Deep Learning, sections 6.2.2.2 and 8.2.3",
        {t: y},
        ((-8, 8), (-8, 8)),
        (CriticalPoint((log(t / (1 - t)), 0), "minimum"),),
    )


def double_well(h: float = 0.25, k: float = 1.0) -> Objective:
    r"""Two wells and the pass between them.

    .. math:: J = h (\theta_1^2 - 1)^2 + \tfrac{k}{2} \theta_2^2

    Parameters
    ----------
    h : height of the barrier between the wells, > 0, dimensionless.
    k : curvature across, > 0, dimensionless.

    Returns
    -------
    Objective : n = 2; minima 0 at (-1, 0) and (1, 0), a saddle of height h at the origin.

    Raises
    ------
    ValueError : h or k is not positive.

    Source
    ------
    The setting of Kramers, Physica 7(4):284-304 (1940): escape from a well over a barrier.

    >>> float(double_well().value([0.0, 0.0]))
    0.25
    """
    x, y = theta(2)
    height, stiffness = positive("h k")
    return Objective(
        "double_well",
        height * (x**2 - 1) ** 2 + stiffness * y**2 / 2,
        (x, y),
        "the setting of Kramers (1940), Physica 7(4):284-304",
        {height: h, stiffness: k},
        ((-1.75, 1.75), (-1.75, 1.75)),
        (
            CriticalPoint((-1, 0), "minimum"),
            CriticalPoint((1, 0), "minimum"),
            CriticalPoint((0, 0), "saddle"),
        ),
    )


def figure_8_4(A: float = 2.0, B: float = 1.0) -> Objective:
    r"""A hill between a high plain and a low one: starting on the wrong side, descent never arrives.

    .. math:: J = A \operatorname{sech}^2 \theta + \tfrac{B}{2} (1 - \tanh \theta)

    Parameters
    ----------
    A : height of the hill, > 0, dimensionless.
    B : height of the plain on the left (that on the right has 0), >= 0, dimensionless.

    Returns
    -------
    Objective : n = 1; for 4 A > B its only critical point is the maximum A + B/2 + B^2 / (16 A) at
        tanh(theta) = -B / (4 A), else there is none. No minimum.

    Raises
    ------
    ValueError : A is not positive, or B negative.

    Source
    ------
    A closed form of the sketch in Goodfellow, Bengio, Courville, Deep Learning (2016), section 8.2.7,
    figure 8.4.

    >>> top = figure_8_4().critical_points[0]
    >>> print(top.kind, round(float(figure_8_4().value(top.theta)), 5))
    maximum 2.53125
    """
    (t,) = theta(1)
    a, b = positive("A"), sympy.Symbol("B", nonnegative=True)
    return Objective(
        "figure_8_4",
        a * sech(t) ** 2 + b * (1 - tanh(t)) / 2,
        (t,),
        "closed form of Goodfellow, Bengio, Courville (2016), Deep Learning, section 8.2.7, figure 8.4",
        {a: A, b: B},
        ((-4, 4),),
        (CriticalPoint((atanh(-b / (4 * a)),), "maximum"),),
    )


def mountain(A: float = 2.0, c: float = 0.3) -> Objective:
    r"""A round mountain on a tilted plane, in the way of whoever starts uphill of it.

    .. math:: J = A e^{-(\theta_1^2 + \theta_2^2) / 2} - c \theta_1

    Parameters
    ----------
    A : height of the mountain, > 0, dimensionless.
    c : tilt of the plane, >= 0, dimensionless.

    Returns
    -------
    Objective : n = 2; for c < A / sqrt(e) a maximum near the top and a saddle uphill of it, both on
        theta_2 = 0 where theta_1 exp(-theta_1^2 / 2) = -c / A; else no critical point. Unbounded below.

    Raises
    ------
    ValueError : A is not positive, or c negative.

    Source
    ------
    A closed form of the detour in Goodfellow, Bengio, Courville, Deep Learning (2016), section 8.2.7.

    >>> print([round(point.theta[0], 4) for point in mountain().critical_points])
    [-0.1517, -2.3449]
    """
    x, y = theta(2)
    a, tilt = positive("A"), sympy.Symbol("c", nonnegative=True)
    square = -(tilt**2) / a**2
    return Objective(
        "mountain",
        a * exp(-(x**2 + y**2) / 2) - tilt * x,
        (x, y),
        "closed form of the detour in Goodfellow, Bengio, Courville (2016), Deep Learning, section 8.2.7",
        {a: A, tilt: c},
        ((-4, 4), (-3, 3)),
        (
            CriticalPoint((-sqrt(-LambertW(square)), 0), "maximum"),
            CriticalPoint((-sqrt(-LambertW(square, -1)), 0), "saddle"),
        ),
    )
