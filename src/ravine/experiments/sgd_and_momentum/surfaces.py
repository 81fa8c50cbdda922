"""Six rules at their own tuned rates on surfaces: who gains from coordinates, and loses when they turn."""

import math

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting, zoo
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.sgd_and_momentum.rivals import LOOKS, N_JUDGED, N_TUNED, RULES, label, steps

TURN = math.pi / 4
"""By which the turned valley's axes are off those of the coordinates, radians."""

SURFACES = {
    "valley": (zoo.quadratic(100.0), ((-2.0, 2.0), (-2.0, 2.0))),
    "turned valley": (zoo.quadratic(100.0, TURN), ((-2.0, 2.0), (-2.0, 2.0))),
    "Rosenbrock": (zoo.rosenbrock(b=10.0), ((-2.0, 2.0), (-1.0, 3.0))),
    "cliff": (zoo.cliff(), ((0.5, 1.5), (0.5, 1.5))),
}
"""Name -> surface, all with least cost 0, and the box from which starts are drawn."""

N_RATES = 14

RATES = {
    name: np.exp2(np.arange(N_RATES, dtype=np.float64) + lowest)
    for name, lowest in zip(RULES, (-14, -16, -16, -7, -13, -10), strict=True)
}
"""Rule -> its grid of rates, the same for all surfaces, a factor of 2 apart."""

GOAL, LIMIT, STAY = 1e-3, 1000, 20
"""The cost to reach, the steps within which, and the steps for which it must then stay there: a leap that
happens to pass the minimum is no arrival."""


def arrival(surface: str, name: str, start: Array) -> Array:
    """The steps of one rule to the goal, at each of its `RATES`, from one start.

    Parameters
    ----------
    surface, name : of `SURFACES` and `RULES`.
    start : shape (2,).

    Returns
    -------
    Array : shape (n_rates,); infinite where a run has not arrived within `LIMIT` steps.

    Raises
    ------
    ValueError : an unknown name, or a start of another shape.

    >>> float(arrival("valley", "gradient descent", np.array([1.0, 0.0])).min())
    5.0
    """
    cost, _ = SURFACES[_check.one_of("surface", surface, SURFACES)]
    rates = RATES[_check.one_of("name", name, RULES)]
    starts = np.tile(_check.array("start", start, ndim=1, last=2), (len(rates), 1))
    found, below = np.full(len(rates), np.inf), np.zeros(len(rates))
    going = np.ones(len(rates), dtype=bool)

    def safe(theta: Array) -> Array:  # who has arrived, or is lost, is asked about the start
        return np.where(going[:, None], theta, starts)

    for t, theta in enumerate(steps(name, rates, starts, lambda at: cost.grad(safe(at))), 1):
        going &= (np.abs(theta) < LOST).all(axis=1)
        below = np.where(going & (cost.value(safe(theta)) <= GOAL), below + 1, 0)
        arrived = below == STAY
        found[arrived] = t - STAY + 1
        going &= ~arrived
        if t == LIMIT + STAY - 1 or not going.any():
            return found
    raise AssertionError("steps never end")


LOST = 1e6
"""A coordinate beyond this has diverged."""


def draw_start(surface: str, seed: int) -> Array:
    """The start of a seed, uniform in the surface's box, (2,); that of the turned valley turns with it."""
    low, high = np.array(SURFACES[_check.one_of("surface", surface, SURFACES)][1]).T
    x, y = np.random.default_rng([_check.count("seed", seed, at_least=0), 3]).uniform(low, high)
    if surface != "turned valley":
        return np.array([x, y])
    cosine, sine = math.cos(TURN), math.sin(TURN)
    return np.array([cosine * x - sine * y, sine * x + cosine * y])


# At a constant rate RMSProp does not settle: where it hovers about the goal, the last bit decides when it
# has stayed below for long enough.
class Surfaces(
    Measurement,
    name="sgd-and-momentum-surfaces",
    seeds=range(N_JUDGED + N_TUNED),
    loose={f"{surface}_rmsprop": 10 for surface in ("turned_valley", "rosenbrock", "cliff")},
):
    """Steps to the goal from one start a seed: columns `<surface>_<rule>`, (n_seeds, n_rates).

    The first 20 seeds judge, the last 20 choose the rates. A run that has not arrived has one step more than
    `LIMIT` in the file, and infinitely many in `steps`.

    >>> Surfaces.load()["valley_adam"].shape
    (40, 14)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All rules at all rates on all surfaces."""
        return {
            f"{label(surface)}_{label(name)}": np.minimum(
                arrival(surface, name, draw_start(surface, seed)), LIMIT + 1
            )
            for surface in SURFACES
            for name in RULES
        }

    def all_steps(self, surface: str, name: str) -> Array:
        """Steps to the goal, infinite where a run has not arrived, (n_seeds, n_rates).

        Raises
        ------
        ValueError : no such surface or rule.
        """
        _check.one_of("surface", surface, SURFACES)
        kept = self[f"{label(surface)}_{label(_check.one_of('name', name, RULES))}"]
        return np.where(kept > LIMIT, np.inf, kept)

    @property
    def chosen(self) -> dict[str, dict[str, float]]:
        """Surface -> rule -> the rate with the least median of steps over the tuning seeds."""
        return {
            surface: {name: float(RATES[name][self._best(surface, name)]) for name in RULES}
            for surface in SURFACES
        }

    def _best(self, surface: str, name: str) -> int:
        middle = np.median(self.all_steps(surface, name)[N_JUDGED:], axis=0)
        return int(np.argmin(middle))

    @property
    def steps(self) -> dict[str, dict[str, Array]]:
        """Surface -> rule -> steps at the chosen rate from the starts that judge, (20,)."""
        return {
            surface: {
                name: self.all_steps(surface, name)[:N_JUDGED, self._best(surface, name)] for name in RULES
            }
            for surface in SURFACES
        }

    def plot(self) -> Figure:
        """Draw median and range of the steps for each rule and surface."""
        fig, ax = plotting.figure(height=4.2)
        for k, (name, (colour, marker)) in enumerate(LOOKS.items()):
            runs = np.minimum([self.steps[surface][name] for surface in SURFACES], LIMIT)
            middle = np.median(runs, axis=1)
            reach = np.abs([runs.min(axis=1) - middle, runs.max(axis=1) - middle])
            x = np.arange(len(SURFACES)) + (k - 2.5) * 0.12
            ax.errorbar(x, middle, reach, fmt=marker, color=f"ravine:{colour}", markersize=5, label=name)
        ax.axhline(LIMIT, color="ravine:grey", linestyle="--", linewidth=1)
        ax.set_xticks(range(len(SURFACES)), [surface.replace(" ", "\n") for surface in SURFACES])
        ax.set(ylabel=f"steps to $J = {GOAL:g}$", yscale="log")
        fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
        return fig
