"""Surfaces of single chapters, each an `Objective`; those that several chapters share are in `ravine.zoo`."""

from collections.abc import Sequence

import sympy as sp

from ravine import _check
from ravine.objective import CriticalPoint, Objective


def spectrum(kappa: float, n: int = 30) -> Objective:
    r"""A quadratic in n directions whose curvatures are spaced evenly in their logarithm.

    $J(\theta) = \frac12 \sum_i \lambda_i \theta_i^2$ with $\lambda_i = \kappa^{(i-1)/(n-1)}$.

    Parameters
    ----------
    kappa : condition number, at least 1, dimensionless.
    n : number of directions, at least 2.

    Returns
    -------
    Objective : its minimum is at 0, where J = 0.

    Raises
    ------
    ValueError : kappa < 1 or n < 2.

    >>> spectrum(100.0, n=3).hess([0.0, 0.0, 0.0]).diagonal().tolist()
    [1.0, 10.0, 100.0]
    """
    kappa = _check.real("kappa", kappa, at_least=1)
    symbols = sp.symbols(f"theta1:{_check.count('n', n, at_least=2) + 1}", real=True)
    lam = [sp.Float(kappa ** (i / (n - 1))) for i in range(n)]
    cost = sum(curvature * x**2 for curvature, x in zip(lam, symbols, strict=True)) / 2
    return Objective(
        f"spectrum-{kappa:g}", cost, symbols, "Goh (2017), Distill, section First Steps: Gradient Descent"
    )


def linear_network() -> Objective:
    r"""The cost of the 2-3-1 linear network, above its least value.

    $J = \frac12 (a - a_\star)^\top \Sigma (a - a_\star)$ with $a = W^\top v$: the network computes
    $\hat y = v^\top W x = a^\top x$. Parameters: s11, s12, s22 are the entries of
    $\Sigma = \mathrm E[x x^\top]$, which must be positive definite; a1, a2 those of the least-squares
    solution $a_\star$.

    Returns
    -------
    Objective : n = 9, theta is W (3 x 2, row-major), then v; minimum 0.

    Source: P. Baldi and K. Hornik, "Neural networks and principal component analysis", 1989.

    >>> net = linear_network()
    >>> float(net.value([0] * 9)), float(net.value([1, 0, 0, 0, 0, 0, 1, 0, 0]))
    (1.0, 0.5)
    """
    w, v = sp.symbols("w11 w12 w21 w22 w31 w32", real=True), sp.symbols("v1:4", real=True)
    s11, s22 = sp.symbols("s11 s22", positive=True)
    s12, a1, a2 = sp.symbols("s12 a1 a2", real=True)
    gap = sp.Matrix(3, 2, w).T * sp.Matrix(v) - sp.Matrix([a1, a2])
    return Objective(
        "linear-network",
        gap.dot(sp.Matrix([[s11, s12], [s12, s22]]) * gap) / 2,
        (*w, *v),
        "Baldi and Hornik (1989), Neural Networks 2, 53-58",
        {s11: 1.0, s12: 0.0, s22: 1.0, a1: 1.0, a2: 1.0},
        ((-2, 2),) * 9,
        (CriticalPoint((0,) * 9, "saddle"),),
    )


def fibre() -> Objective:
    r"""The smallest such network, one weight times another: $J = \frac12 (1 - wv)^2$.

    Its minima are the curve $wv = 1$, along which the function computed does not change.

    Returns
    -------
    Objective : n = 2, minimum 0, a saddle at the origin.

    Source: Goodfellow, Bengio and Courville (2016), section 8.2.2, for the scaling of weights.

    >>> fibre().hess([2.0, 0.5]).round(12).tolist()
    [[0.25, 1.0], [1.0, 4.0]]
    """
    w, v = sp.symbols("w v", real=True)
    points = (CriticalPoint((0, 0), "saddle"),)
    source = "Goodfellow, Bengio and Courville (2016), section 8.2.2"
    return Objective("fibre", (1 - w * v) ** 2 / 2, (w, v), source, {}, ((-4, 4), (-4, 4)), points)


LOSSES = ("squared", "cross_entropy")


def neuron(targets: Sequence[float], ratio: float = 100.0, loss: str = "squared") -> Objective:
    r"""A sigmoid unit with one weight and inputs on very different scales.

    $J(w) = \frac1m \sum_{i=1}^m \ell(\sigma(w x_i), y_i)$ with $x_i = q^{1-i}$; $\ell$ is half the squared
    error, or the cross-entropy $-y\ln\hat y - (1-y)\ln(1-\hat y)$.

    Parameters
    ----------
    targets : y, each in (0, 1).
    ratio : q, above 1: each input is so many times as small as the one before.
    loss : "squared" or "cross_entropy".

    Returns
    -------
    Objective : n = 1.

    Raises
    ------
    ValueError : a target outside (0, 1), a ratio of 1 or less, or another loss.

    Source: P. Auer, M. Herbster and M. Warmuth, "Exponentially many local minima for single neurons", 1996.

    >>> import math
    >>> float(neuron([0.75]).grad([math.log(3)]).round(12)[0])
    0.0
    """
    _check.one_of("loss", loss, LOSSES)
    y = [_check.real("targets", target, above=0, below=1) for target in targets]
    w, q = sp.Symbol("w", real=True), sp.Symbol("ratio", positive=True)
    q_value = _check.real("ratio", ratio, above=1)
    symbols = sp.symbols(f"y1:{_check.count('targets', len(y)) + 1}", positive=True)
    total = sum(_loss(w * q**-i, target, loss) for i, target in enumerate(symbols))
    values = dict(zip(symbols, y, strict=True))
    if len(y) > 1:  # a lone example has no ratio
        values[q] = q_value
    source = "Auer, Herbster and Warmuth (1996), NeurIPS 8"
    return Objective(f"neuron-{loss}", total / len(y), (w,), source, values, ((0, 10),))


def _loss(z: sp.Expr, y: sp.Expr, loss: str) -> sp.Expr:
    """The loss at the activation z; both forms stay finite for large positive z."""
    if loss == "squared":
        return (1 / (1 + sp.exp(-z)) - y) ** 2 / 2
    return sp.log(1 + sp.exp(-z)) + (1 - y) * z


TARGETS = (0.9, 0.75, 0.6)
"""Of the three examples that excite each weight in `two_weights`."""


def two_weights(ratio: float = 100.0, entropy: float = 0.0) -> Objective:
    r"""A sigmoid unit with two inputs, over the logarithms of its weights.

    $J = \frac12 (J_1(\mathrm e^{u_1}) + J_1(\mathrm e^{u_2}))$: each of six examples excites one weight, and
    $J_1$ is the cost of `neuron` for three. The minima are all pairs of theirs, nine; for m examples and d
    inputs $\lfloor m/d \rfloor^d$.

    Parameters
    ----------
    ratio : q, as in `neuron`.
    entropy : the share of the cross-entropy in the loss, from 0, the squared error, to 1.

    Returns
    -------
    Objective : n = 2, parameters ratio and entropy.

    Raises
    ------
    ValueError : a ratio that is not positive, or a share outside [0, 1].

    Source: Auer, Herbster and Warmuth (1996), figure 1.

    >>> cost = two_weights()
    >>> bool(cost.value([1.0, 5.7]) < cost.value([1.0, 3.0]))
    True
    """
    u, share = sp.symbols("u1 u2", real=True), sp.Symbol("entropy", nonnegative=True)
    q = sp.Symbol("ratio", positive=True)
    squared, crossed = (
        sum(_loss(sp.exp(x) * q**-i, sp.Rational(str(y)), loss) for x in u for i, y in enumerate(TARGETS))
        for loss in LOSSES
    )
    total = ((1 - share) * squared + share * crossed) / (2 * len(TARGETS))
    values = {
        q: _check.real("ratio", ratio, above=0),
        share: _check.real("entropy", entropy, at_least=0, at_most=1),
    }
    source = "Auer, Herbster and Warmuth (1996), NeurIPS 8, figure 1"
    return Objective("two-weights", total, u, source, values, ((-3, 13), (-3, 13)))


_x = sp.Symbol("x", real=True)


COSH = Objective(
    "cosh", sp.cosh(_x), (_x,), "Zhang, He, Sra and Jadbabaie (2020), ICLR: (L0, L1)-smooth with L0 = L1 = 1"
)


def chain(n: int) -> Objective:
    r"""A convex chain that hides its minimum from gradients: each step uncovers one more coordinate.

    .. math:: J = \tfrac18 \Bigl[\theta_1^2 + \sum_{i<n} (\theta_i - \theta_{i+1})^2 + \theta_n^2\Bigr]
                - \tfrac14 \theta_1

    Parameters
    ----------
    n : number of coordinates, at least 2.

    Returns
    -------
    Objective : largest curvature below 1, minimum (1/(n+1) - 1) / 8 at theta_i = 1 - i / (n + 1).

    Raises
    ------
    ValueError : n below 2.

    Source: Y. Nesterov, Lectures on Convex Optimization (2018), section 2.1.2.

    >>> chain(3).grad([0.75, 0.5, 0.25]).tolist()
    [0.0, 0.0, 0.0]
    """
    n = _check.count("n", n, at_least=2)
    theta = sp.symbols(f"theta_1:{n + 1}", real=True)
    differences = sum((theta[i] - theta[i + 1]) ** 2 for i in range(n - 1))
    expr = (theta[0] ** 2 + differences + theta[-1] ** 2) / 8 - theta[0] / 4
    return Objective("chain", expr, theta, "Nesterov (2018), Lectures on Convex Optimization, section 2.1.2")


def tilted_well(tilt: float = 0.1) -> Objective:
    r"""Two wells in one dimension, the right one shallower: a minimum that is not the deepest.

    $J = \frac14 x^4 - \frac12 x^2 + c x$

    Parameters
    ----------
    tilt : c; the shallow minimum exists for $|c| < 2 / 3\sqrt 3$, and lies on the right for positive c.

    Returns
    -------
    Objective : n = 1, parameter tilt; its two minima and the top between them, or the one minimum.

    Raises
    ------
    ValueError : a tilt that is not finite.

    Source: the normal form of the cusp; the setting of Kramers, Physica 7(4):284-304 (1940).

    >>> [(point.kind, round(point.theta[0], 3)) for point in tilted_well().critical_points]
    [('minimum', -1.047), ('maximum', 0.101), ('minimum', 0.946)]
    """
    c = sp.Symbol("tilt", real=True)
    # Viete's roots of x^3 - x + c; where there is one alone, the others are not real and are left out.
    angle = sp.acos(-3 * sp.sqrt(3) * c / 2)
    roots = [2 / sp.sqrt(3) * sp.cos((angle - 2 * sp.pi * k) / 3) for k in (2, 1, 0)]
    kinds = ("minimum", "maximum", "minimum")
    return Objective(
        "tilted-well",
        _x**4 / 4 - _x**2 / 2 + c * _x,
        (_x,),
        "the setting of Kramers (1940), Physica 7(4):284-304",
        {c: _check.real("tilt", tilt)},
        ((-1.7, 1.7),),
        tuple(CriticalPoint((root,), kind) for root, kind in zip(roots, kinds, strict=True)),
    )
