"""One neuron whose cost has many minima, most of them bad."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, descent, plotting, problems, rules
from ravine._typing import Array


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
        ax.plot(self.log_w, self.J, color="ravine:blue")
        ax.plot(self.minima, self.depths, "o", color="ravine:orange", label="minima")
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
    cost = problems.neuron(y, ratio, loss)
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
        drawn.set_rasterized(True)  # as plotting.contours
        ax.plot(*self.minima.T, "o", color="white", markeredgecolor="ravine:black")
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
    cost = problems.two_weights(ratio, entropy)
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
    cost = problems.neuron(targets, ratio)
    trace = descent.minimise(cost, rules.gradient_descent(10.0), [start], n_steps=1000)
    end, survey = trace.theta[-1], wells(len(targets), ratio, targets=targets)
    slope, curvature = cost.grad(end)[0], cost.hess(end)[0, 0]
    return Trap(
        trace.J, float(end[0]), float(trace.J[-1]), float(slope), float(curvature), float(survey.J.min())
    )
