"""One neuron whose cost has many minima, most of them bad."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, descent, plotting, rules
from ravine._typing import Array
from ravine.objective import Objective

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

    >>> float(neuron([0.75]).grad([np.log(3)]).round(12)[0])
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


@dataclass(frozen=True)
class Wells:
    """The cost over ln w, both of shape (n,), and the places of its minima (n_minima,)."""

    log_w: Array
    J: Array
    minima: Array

    @property
    def depths(self) -> Array:
        """The cost at the minima, (n_minima,)."""
        return np.interp(self.minima, self.log_w, self.J)

    def plot(self) -> Figure:
        """Draw the cost with its minima."""
        fig, ax = plotting.figure(height=3.2)
        ax.plot(self.log_w, self.J, color=plotting.COLOURS["blue"])
        ax.plot(self.minima, self.depths, "o", color=plotting.COLOURS["orange"], label="minima")
        ax.set(xlabel=r"$\ln w$", ylabel="cost $J$")
        ax.legend()
        return fig


def wells(
    m: int = 4,
    ratio: float = 100.0,
    loss: str = "squared",
    *,
    targets: Sequence[float] | None = None,
    n: int = 2001,
) -> Wells:
    """Survey the cost of `neuron` over positive weights.

    Parameters
    ----------
    m, ratio, loss : as in `neuron`.
    targets : (m,), by default 3/4 each.
    n : grid points, evenly spaced in ln w.

    Returns
    -------
    Wells : minima are grid points below both neighbours by more than rounding, the first of a level stretch.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Auer, Herbster and Warmuth (1996).

    >>> [len(wells(3, ratio).minima) for ratio in (100, 2)], len(wells(3, 100, "cross_entropy").minima)
    ([3, 1], 1)
    """
    m = _check.count("m", m)
    y = [0.75] * m if targets is None else list(targets)
    if len(y) != m:
        raise ValueError(f"targets: got {len(y)} of them; want m = {m}")
    cost = neuron(y, ratio, loss)
    last = (m - 1) * np.log(ratio)
    if last > 600:
        raise ValueError(f"ratio: got {ratio!r} for {m} examples; want the smallest input above e^-600")
    log_w = np.linspace(-3, last + 4, _check.count("n", n, at_least=3))
    J = cost.value(np.exp(log_w[:, None]))
    return Wells(log_w, J, log_w[_valleys(J)])


def _valleys(J: Array) -> NDArray[np.int64]:
    """The indices of the inner minima of a curve (n,): where it is level at one, its first point."""
    # Between wells it is level but for rounding, which makes no minimum.
    noise = 8 * np.finfo(np.float64).eps * np.abs(J)
    found, at, falling = [], 0, False
    for k in range(1, len(J)):
        if J[k] < J[at] - noise[at]:
            at, falling = k, True
        elif J[k] > J[at] + noise[at]:
            if falling:
                found.append(at)
            at, falling = k, False
    return np.array(found, dtype=np.int64)


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


@dataclass(frozen=True)
class Plane:
    """The cost of two weights over the logarithm of each: axis (n,), J (n, n), minima (n_minima, 2)."""

    axis: Array
    J: Array
    minima: Array

    def plot(self) -> Figure:
        """Draw the surface from above with its minima."""
        fig, ax = plotting.figure(height=4.6)
        drawn = ax.contourf(self.axis, self.axis, self.J.T, levels=24)
        ax.plot(*self.minima.T, "o", color="white", markeredgecolor=plotting.COLOURS["black"])
        ax.set(xlabel=r"$\ln w_1$", ylabel=r"$\ln w_2$", aspect="equal")
        ax.grid(visible=False)
        fig.colorbar(drawn, ax=ax, label="cost $J$")
        return fig


def survey(ratio: float = 100.0, entropy: float = 0.0, *, n: int = 201) -> Plane:
    """Look for the minima of `two_weights` on a grid over its domain.

    Parameters
    ----------
    ratio, entropy : as there.
    n : grid points along each axis.

    Returns
    -------
    Plane : minima are grid points below all eight neighbours.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Auer, Herbster and Warmuth (1996), figure 1.

    >>> [len(survey(ratio, entropy).minima) for ratio, entropy in ((100, 0), (2, 0), (100, 1))]
    [9, 1, 1]
    """
    cost = two_weights(ratio, entropy)
    axis = np.linspace(*cost.domain[0], _check.count("n", n, at_least=3))
    J = cost.value(np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1))
    middle = J[1:-1, 1:-1]
    shifts = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    lower = np.all([middle < J[i : i + n - 2, j : j + n - 2] for i, j in shifts], axis=0)
    return Plane(axis, J, axis[1:-1][np.argwhere(lower)])


@dataclass(frozen=True)
class Trap:
    """Where a descent of the neuron ended: weight, cost, slope, curvature, and the least cost there is."""

    course: Array
    w: float
    J: float
    slope: float
    curvature: float
    least: float


def trap(targets: Sequence[float] = (0.75, 0.9), ratio: float = 100.0, *, start: float = 1.0) -> Trap:
    """Descend the neuron by gradient descent from a start near the well of the first example.

    Parameters
    ----------
    targets, ratio : as in `neuron`.
    start : the initial weight.

    Returns
    -------
    Trap : course is the cost at each of 1000 steps, shape (1001,).

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Auer, Herbster and Warmuth (1996).

    >>> trap().J > 2 * trap().least
    True
    """
    cost = neuron(targets, ratio)
    trace = descent.minimise(cost, rules.gradient_descent(10.0), [start], n_steps=1000)
    end, survey = trace.theta[-1], wells(len(targets), ratio, targets=targets)
    slope, curvature = cost.grad(end)[0], cost.hess(end)[0, 0]
    return Trap(
        trace.J, float(end[0]), float(trace.J[-1]), float(slope), float(curvature), float(survey.J.min())
    )
