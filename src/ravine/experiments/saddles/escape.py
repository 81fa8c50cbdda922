"""Leaving a saddle: four rules beside the ridge of a double well, and on Dauphin's two saddles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, descent, plotting, rules, zoo
from ravine._typing import Array
from ravine.objective import Objective
from ravine.theory import saddles as theory

RULES = ("gradient descent", "momentum", "Newton", "saddle-free Newton")
COLOURS = dict(zip(RULES, ("orange", "blue", "purple", "green"), strict=True))


@dataclass(frozen=True)
class Escape:
    """Runs that start beside the ridge of a double well, at (delta, 1).

    distance maps a rule to |theta_1|, shape (n_steps + 1, n_deltas); predicted maps it to the steps that
    theory gives until it is `radius`, shape (n_deltas,).
    """

    deltas: Array
    radius: float
    distance: dict[str, Array]
    predicted: dict[str, Array]

    @property
    def measured(self) -> dict[str, Array]:
        """Rule -> steps until |theta_1| first reaches the radius, shape (n_deltas,); infinite if never."""
        found = {}
        for name, distance in self.distance.items():
            out = distance >= self.radius
            found[name] = np.where(out.any(axis=0), out.argmax(axis=0), np.inf)
        return found

    def ratio(self, name: str) -> Array:
        """Measured over predicted steps for a rule, shape (n_deltas,); NaN where it never leaves."""
        _check.one_of("name", name, self.distance)
        measured, predicted = self.measured[name], self.predicted[name]
        never = np.full(len(measured), np.nan)
        return np.asarray(np.divide(measured, predicted, out=never, where=np.isfinite(predicted)))

    def plot(self, i: int = 2) -> Figure:
        """Draw the distances of the i-th start, and measured against predicted steps over all starts."""
        _check.place("i", i, range(len(self.deltas)))
        fig, (left, right) = plotting.figure(1, 2, width=8.0)
        for name, distance in self.distance.items():
            colour = f"ravine:{COLOURS[name]}"
            d = distance[:, i]
            left.loglog(np.arange(1, len(d) + 1), np.where(d > 1e-20, d, np.nan), color=colour, label=name)
            right.loglog(self.deltas, self.measured[name], "o", color=colour, markersize=4)
            right.loglog(self.deltas, self.predicted[name], color=colour, linewidth=1)
        left.axhline(self.radius, color="ravine:grey", linestyle="--", linewidth=1)
        left.set(xlabel="step $t + 1$", ylabel=r"distance from the ridge $|\theta_1|$", ylim=(1e-19, 10))
        left.legend(loc="lower right")
        right.set(xlabel=r"distance at the start $\delta$", ylabel="steps to leave")
        return fig


def escape(
    deltas: Sequence[float] = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2),
    lam: float = 0.1,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    *,
    radius: float = 10**-1.5,
    n_steps: int = 2000,
) -> Escape:
    r"""Let four rules leave the saddle of a double well whose eigenvalue along the ridge is $-\lambda$.

    The well is $J = \frac\lambda4 (\theta_1^2 - 1)^2 + \frac12 \theta_2^2$ and the start $(\delta, 1)$.

    Parameters
    ----------
    deltas : distances from the ridge at the start; 0 is on it.
    lam : |eigenvalue| along theta_1, positive; the other one is 1.
    learning_rate, momentum : of gradient descent and momentum; both Newtons take full steps.
    radius : a run has left when it is this far from the ridge.
    n_steps : number of steps.

    Returns
    -------
    Escape

    Raises
    ------
    ValueError : a bad argument.

    >>> runs = escape([1e-3, 0.0], n_steps=400)
    >>> runs.measured["saddle-free Newton"].tolist(), runs.measured["Newton"].tolist()
    ([5.0, inf], [inf, inf])
    """
    start = _check.array("deltas", deltas, ndim=1)
    well = zoo.double_well(h=_check.real("lam", lam, above=0) / 4)
    contestants = (
        rules.gradient_descent(learning_rate),
        rules.momentum(learning_rate, momentum),
        rules.newton(),
        rules.saddle_free_newton(),
    )
    theta0 = np.stack([start, np.ones(len(start))], axis=1)
    distance = {
        name: np.abs(descent.minimise(well, rule, theta0, n_steps=n_steps).theta[..., 0])
        for name, rule in zip(RULES, contestants, strict=True)
    }
    predicted = {
        "gradient descent": theory.escape_steps(start, radius, learning_rate, lam),
        "momentum": theory.escape_steps(start, radius, learning_rate, lam, momentum),
        "Newton": np.full(len(start), np.inf),
        "saddle-free Newton": theory.newton_steps(start, radius),
    }
    return Escape(start, radius, distance, predicted)


@dataclass(frozen=True)
class TwoSaddles:
    """Three rules on two saddles: surface's name -> rule's name -> iterates (n_steps + 1, 2)."""

    surfaces: dict[str, Objective]
    paths: dict[str, dict[str, Array]]

    def plot(self) -> Figure:
        """Draw the paths over both surfaces."""
        fig, axes = plotting.figure(1, 2, width=8.0, height=4.2)
        for ax, (title, surface) in zip(axes, self.surfaces.items(), strict=True):
            plotting.contours(ax, surface.value, ((-1, 1), (-1, 1)))
            for name, theta in self.paths[title].items():
                inside = (np.abs(theta) <= 1.5).all(axis=1)
                plotting.path(ax, theta[inside], label=name, colour=_ON_MAP[name])
            ax.set(title=title, xlim=(-1, 1), ylim=(-1, 1), aspect="equal")
        axes[0].legend(loc="lower left", frameon=True, fontsize=9)
        return fig


_ON_MAP = {"gradient descent": "orange", "Newton": "black", "saddle-free Newton": "sky"}


def two_saddles(n_steps: int = 30) -> TwoSaddles:
    """Follow gradient descent, Newton and saddle-free Newton near a plain and a monkey saddle.

    Parameters
    ----------
    n_steps : number of steps.

    Returns
    -------
    TwoSaddles

    Raises
    ------
    ValueError : a bad argument.

    Source: Dauphin et al. (2014), figure 2, whose surfaces these are; the starts are ours.

    >>> two_saddles(1).paths["plain saddle"]["Newton"][-1].round(12).tolist()
    [0.0, 0.0]
    """
    surfaces = {"plain saddle": zoo.saddle(), "monkey saddle": zoo.monkey_saddle()}
    starts = {"plain saddle": (0.8, 0.05), "monkey saddle": (0.6, 0.35)}
    contestants = {
        "Newton": rules.newton(),
        "saddle-free Newton": rules.saddle_free_newton(),
        "gradient descent": rules.gradient_descent(0.05),
    }
    paths = {
        title: {
            name: descent.minimise(surface, rule, np.array(starts[title]), n_steps=n_steps).theta
            for name, rule in contestants.items()
        }
        for title, surface in surfaces.items()
    }
    return TwoSaddles(surfaces, paths)
