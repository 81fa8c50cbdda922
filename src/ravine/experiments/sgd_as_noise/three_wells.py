"""Three wells: walkers visit each and leave it again, for ever, as a Markov chain of three states says."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, noise, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

MINIMA, TOPS, WALLS = (-1.3, 0.0, 1.35), (-0.8, 0.8), (-2.4, 2.4)

WELLS = ("left", "middle", "right")

STRENGTHS = (0.3, 0.15)

N_WALKERS, DT, T = 600, 0.01, 400.0

EARLY = 20.0
"""A time at which the chain is still far from its long run."""


def drift(x: Array) -> Array:
    """-f', zero at the minima and the tops."""
    return np.asarray(-2 * (x + 1.3) * (x + 0.8) * x * (x - 0.8) * (x - 1.35))


def sigma(x: Array) -> Array:
    """The noise: twice the variance in the middle well, the lowest, as far out."""
    return np.asarray(np.sqrt(1 + np.exp(-x * x / 0.3)))


def rates(eps: float) -> Array:
    r"""Jumps per unit of time between the wells, (3, 3), at a strength $\nu$ of at least 0.02.

    Raises
    ------
    ValueError : eps out of its range.

    >>> rates(0.15).shape
    (3, 3)
    """
    return noise.transition_rates_1d(
        drift, sigma, MINIMA, TOPS, _check.real("eps", eps, at_least=0.02), WALLS
    )


def depths() -> tuple[Array, Array]:
    """The cost f and the quasi-potential at the three minima, both relative to the middle one, (3,) each.

    >>> f, phi = depths()
    >>> WELLS[f.argmin()], WELLS[phi.argmin()]
    ('middle', 'right')
    """
    cost, phi = (noise.quasi_potential_1d(drift, noisy, MINIMA, 0.0) for noisy in (1.0, sigma))
    return cost / 2, phi


@dataclass(frozen=True)
class Wandering:
    """Shares of walkers in the three wells, all of which start in the left one.

    t (n_recorded,); measured and predicted (n_recorded, 3), the latter by the chain; long_run (3,).
    """

    eps: float
    t: Array
    measured: Array
    predicted: Array
    long_run: Array

    @property
    def late(self) -> Array:
        """Mean shares over the second half of the time, (3,)."""
        return np.asarray(self.measured[self.t >= self.t[-1] / 2].mean(axis=0))

    def plot(self) -> Figure:
        """Draw the shares over time, and what the chain says."""
        fig, ax = plotting.figure()
        for j, colour in enumerate(("sky", "blue", "orange")):
            ax.plot(self.t, self.measured[:, j], color=f"ravine:{colour}", label=WELLS[j], linewidth=1.2)
            label = "chain" if j == 0 else "_chain"
            ax.plot(self.t, self.predicted[:, j], "--", color="ravine:black", label=label, linewidth=1)
        ax.set(xlabel="time $t$", ylabel="share of walkers", ylim=(0, 1))
        ax.legend()
        return fig


def wander(seed: int = 0, eps: float = 0.15) -> Wandering:
    r"""Let 600 walkers start in the left of three wells, and follow their shares.

    Parameters
    ----------
    seed : of the noise.
    eps : $\nu$, from 0.05 to 1.

    Returns
    -------
    Wandering

    Raises
    ------
    ValueError : arguments out of their range.

    >>> run = wander()
    >>> bool(np.abs(run.measured - run.predicted).max() < 0.15)
    True
    """
    rng, nu = _check.seeded(seed), _check.real("eps", eps, at_least=0.05, at_most=1)
    start = np.full(N_WALKERS, MINIMA[0])
    run = noise.simulate(drift, sigma, start, nu, DT, round(T / DT), rng, record_every=100)
    well = np.searchsorted(TOPS, run.x)
    measured = np.stack([(well == j).mean(axis=1) for j in range(3)], axis=1)
    Q = rates(nu)
    predicted = noise.shares_over_time(Q, [1.0, 0.0, 0.0], run.t)
    return Wandering(nu, run.t, measured, predicted, noise.stationary_shares(Q))


class Wanderings(Measurement, name="sgd-as-noise-three-wells"):
    """Shares in three wells over all seeds.

    Columns: `early` (n_seeds, 3), at time 20, at strength 0.15; `late` (n_seeds, 3), over the second half,
    and `warm` (n_seeds, 3), the same at strength 0.3.

    >>> Wanderings.load()["late"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Both strengths."""
        warm, cold = (wander(seed, eps) for eps in STRENGTHS)
        early = cold.measured[int(np.searchsorted(cold.t, EARLY - DT / 2))]
        return {"early": early, "late": cold.late, "warm": warm.late}
