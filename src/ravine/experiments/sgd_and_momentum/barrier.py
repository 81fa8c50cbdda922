"""A ball before a barrier: who crosses, from where, and what friction takes from its energy on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from ravine import _check, plotting, problems
from ravine._typing import Array
from ravine.theory import sgd_and_momentum as theory

TILT = 0.1
"""Of the well; its shallow minimum lies on the right."""

WELL = problems.tilted_well(TILT)

DEEP, TOP, SHALLOW = theory.tilted_points(TILT)

FARTHEST = 3.0
"""Starts lie between the shallow minimum and here."""

N_STEPS = 2000
"""Of a ride: with the slowest setting of the chapter the velocity has then shrunk by a factor of 10^8."""

ALPHAS = (0.0, 0.5, 0.9, 0.95, 0.99)

RATES = tuple(float(rate) for rate in np.geomspace(0.001, 1.2, 40))
"""Learning rates of the scan; at the last, above 2 over its curvature, plain descent leaves the minimum."""


@dataclass(frozen=True)
class Ride:
    r"""One run from rest; theta, velocity, potential and kinetic have shape (n_steps + 1,).

    kinetic, in units of the cost, is what the next step can still spend, $\alpha v^2 / 2\epsilon$.
    """

    learning_rate: float
    momentum: float
    theta: Array
    velocity: Array
    potential: Array
    kinetic: Array

    @property
    def energy(self) -> Array:
        """Potential and kinetic energy, (n_steps + 1,)."""
        return self.potential + self.kinetic

    @property
    def crosses(self) -> bool:
        """Whether the ball ever gets beyond the top."""
        return bool((self.theta < TOP).any())


def ride(x0: float, learning_rate: float = 0.01, momentum: float = 0.9, n_steps: int = N_STEPS) -> Ride:
    r"""Let a ball go from rest at x0 in the tilted well, and keep account of its energy.

    $v \leftarrow \alpha v - \epsilon f'(x)$, $x \leftarrow x + v$; $E = f(x) + \alpha v^2 / 2\epsilon$.

    Parameters
    ----------
    x0 : start, at most 3 in size.
    learning_rate, momentum : $\epsilon$, positive and at most 0.2, and $\alpha$ in [0, 1).
    n_steps : number of steps.

    Returns
    -------
    Ride

    Raises
    ------
    ValueError : arguments out of their range.

    >>> ride(1.3).crosses, ride(2.0).crosses
    (False, True)
    """
    x0 = _check.real("x0", x0, at_least=-FARTHEST, at_most=FARTHEST)
    # From any such start, at such a rate, nothing overflows.
    rate = _check.real("learning_rate", learning_rate, above=0, at_most=0.2)
    alpha, n_steps = _check.real("momentum", momentum, at_least=0, below=1), _check.count("n_steps", n_steps)
    x, v = np.zeros((2, n_steps + 1))
    x[0] = x0
    for t in range(n_steps):
        v[t + 1] = alpha * v[t] - rate * (x[t] ** 3 - x[t] + TILT)
        x[t + 1] = x[t] + v[t + 1]
    return Ride(rate, alpha, x, v, WELL.value(x[:, None]), alpha * v**2 / (2 * rate))


def crossed(x0: ArrayLike, learning_rate: ArrayLike, momentum: ArrayLike) -> NDArray[np.bool_]:
    """Whether balls that start at rest ever get beyond the top.

    Parameters
    ----------
    x0, learning_rate, momentum : starts at or right of the top, positive rates and momenta in [0, 1), of
        shapes that broadcast.

    Returns
    -------
    array of bool, of the broadcast shape

    Raises
    ------
    ValueError : arguments out of their range.

    >>> crossed([0.95, 1.9, 2.0], 0.01, 0.9).tolist()
    [False, False, True]
    """
    x, rate, alpha = _arguments(x0, learning_rate, momentum)
    v, beyond = np.zeros_like(x), np.zeros(x.shape, dtype=bool)
    with np.errstate(over="ignore", invalid="ignore"):  # who overflows has been on both sides before
        for _ in range(N_STEPS):
            v = alpha * v - rate * (x * x * x - x + TILT)
            x = x + v
            beyond |= x < TOP
    return beyond


def _arguments(x0: ArrayLike, learning_rate: ArrayLike, momentum: ArrayLike) -> list[Array]:
    """The three as arrays of one shape."""
    given = {"x0": (x0, TOP), "learning_rate": (learning_rate, 0.0), "momentum": (momentum, 0.0)}
    arrays = {name: _check.array(name, x) for name, (x, _) in given.items()}
    for name, (_, least) in given.items():
        low, high = arrays[name].min(initial=np.inf), arrays[name].max(initial=-np.inf)
        strict = name == "learning_rate"
        if low < least or (strict and low == least) or (name == "momentum" and high >= 1):
            wanted = f"numbers {'>' if strict else '>='} {least:g}{' and < 1' if name == 'momentum' else ''}"
            raise ValueError(f"{name}: got {low if low <= least else high}; want {wanted}")
    return [x.copy() for x in np.broadcast_arrays(*arrays.values())]


@dataclass(frozen=True)
class Crossings:
    """Who gets over the barrier.

    first : the first start that crosses, for each of alphas, NaN where none up to `FARTHEST` does.
    bound : the start as high as the top.
    jumps : (n_rates, n_alphas), whether at each of `RATES` a start below the bound crosses all the same.
    rides : two runs from one start, by momentum.
    """

    alphas: Array
    first: Array
    bound: float
    jumps: NDArray[np.bool_]
    rides: dict[float, Ride]

    @property
    def said(self) -> dict[float, str]:
        """Momentum -> the first start that crosses, in words where there is none."""
        return {
            float(alpha): f"never below {FARTHEST:g}" if np.isnan(x0) else f"{x0:.3f}"
            for alpha, x0 in zip(self.alphas, self.first, strict=True)
        }

    @property
    def heights(self) -> dict[float, float]:
        """Momentum -> the height of the first start above the bottom, in units of the pass; NaN for none."""
        bottom, top = (float(WELL.value([x])) for x in (SHALLOW, TOP))
        return {
            float(alpha): (float(WELL.value([x0])) - bottom) / (top - bottom)
            if np.isfinite(x0)
            else float("nan")
            for alpha, x0 in zip(self.alphas, self.first, strict=True)
        }

    @property
    def safe(self) -> dict[float, float]:
        """Momentum -> the largest of `RATES` up to which no start below the bound crosses; NaN if none is."""
        found = {}
        for alpha, column in zip(self.alphas, self.jumps.T, strict=True):
            n_safe = int(column.argmax()) if column.any() else len(RATES)
            found[float(alpha)] = RATES[n_safe - 1] if n_safe else float("nan")
        return found

    def plot(self) -> Figure:
        """Draw the well with the first starts that cross, and the energy of two runs from one start."""
        fig, axes = plotting.figure(1, 2, width=8.6)
        left, right = axes.flat
        x = np.linspace(-1.6, 2.05, 300)
        left.plot(x, WELL.value(x[:, None]), color="ravine:black", label="_cost")
        top = float(WELL.value([TOP]))
        left.plot([TOP, self.bound], [top, top], "--", color="ravine:grey", label=f"bound {self.bound:.4f}")
        for (alpha, x0), marker in zip(zip(self.alphas, self.first, strict=True), "vDos^", strict=True):
            if np.isfinite(x0):
                left.plot(x0, WELL.value([x0]), marker, color="ravine:blue", label=rf"$\alpha = {alpha:g}$")
        left.set(xlabel="$x$", ylabel="cost $J$", ylim=(-0.45, 2))
        left.legend()
        for (alpha, run), colour in zip(self.rides.items(), ("orange", "blue"), strict=True):
            right.plot(run.energy[:200], color=f"ravine:{colour}", label=rf"$\alpha = {alpha:g}$")
        right.axhline(top, linestyle="--", color="ravine:grey", label="height of the top")
        right.set(xlabel="step $t$", ylabel="energy $E$")
        right.legend()
        return fig


def crossings(learning_rate: float = 0.01, alphas: Sequence[float] = ALPHAS, n_grid: int = 400) -> Crossings:
    """Find, for each momentum, the first start from rest that crosses the barrier, and who jumps it.

    Starts on a grid from the shallow minimum to `FARTHEST`; between the first that crosses and the one before
    it, a bisection.

    Parameters
    ----------
    learning_rate : positive.
    alphas : momenta, each in [0, 1).
    n_grid : starts of the grid, at least 2.

    Returns
    -------
    Crossings

    Raises
    ------
    ValueError : arguments out of their range.

    >>> crossings(alphas=[0.5, 0.95]).said
    {0.5: 'never below 3', 0.95: '1.574'}
    """
    momenta = _check.array("alphas", alphas, ndim=1)
    if not momenta.size:
        raise ValueError("alphas: got none; want at least one")
    grid = np.linspace(SHALLOW, FARTHEST, _check.count("n_grid", n_grid, at_least=2))
    over = crossed(grid[:, None], learning_rate, momenta)
    # The grid begins at the minimum, from where nobody moves: who crosses at all has a start before.
    found = np.where(over.any(axis=0), over.argmax(axis=0), len(grid) - 1)
    low, high = grid[np.maximum(found - 1, 0)], grid[found]
    for _ in range(30):
        middle = (low + high) / 2
        beyond = crossed(middle, learning_rate, momenta)
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    bound = theory.energy_bound(TILT)
    below = np.linspace(TOP, bound, 101)[:-1]
    jumps = np.asarray(crossed(below, np.array(RATES)[:, None, None], momenta[:, None]).any(axis=-1))
    rides = {alpha: ride(1.7, momentum=alpha) for alpha in (0.9, 0.95)}
    return Crossings(momenta, np.where(over.any(axis=0), high, np.nan), bound, jumps, rides)
