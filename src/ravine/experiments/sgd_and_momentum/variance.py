"""Where descents with noisy gradients come to rest: they do not, they hover, and theory says how widely."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import sgd_and_momentum as theory

SETTINGS = (
    (0.1, 1.0, 0.0),
    (0.1, 4.0, 0.0),
    (1.0, 1.0, 0.0),
    (0.9, 2.0, 0.0),
    (0.1, 1.0, 0.9),
    (0.875, 4.0, 0.9),
)
"""Learning rate, curvature and momentum of the six groups of chains; the fourth and the last come close to
where they would diverge."""

N_CHAINS, N_STEPS, SETTLING = 2000, 1500, 500
"""Chains of each group, the steps over which their squares are averaged, and those before: all start at 0."""

COLOURS = {0.0: "orange", 0.9: "blue"}


@dataclass(frozen=True)
class Hover:
    r"""How widely groups of chains hover about the minimum of $\lambda\theta^2/2$.

    measured and predicted are variances, one a group, in the order of `SETTINGS`.
    """

    measured: Array
    predicted: Array

    @property
    def ratio(self) -> Array:
        """Measured over predicted, (n_groups,)."""
        return self.measured / self.predicted

    def plot(self) -> Figure:
        """Draw the variances over the learning rate, and theory as dashed lines up to where they end."""
        fig, ax = plotting.figure()
        draw_theory(ax)
        for (rate, lam, alpha), variance in zip(SETTINGS, self.measured, strict=True):
            ax.plot(
                rate * lam,
                lam**2 * variance,
                "o" if lam == 1 else "s",
                color=f"ravine:{COLOURS[alpha]}",
                markersize=7,
                label="_measured",
            )
        ax.legend()
        return fig


def draw_theory(ax: Axes) -> None:
    """Draw the predicted variances; the unit is that of the noise, for every curvature."""
    for alpha, colour in COLOURS.items():
        limit = float(theory.stable_learning_rate(1.0, alpha))
        # Denser towards the limit, where the variance rises without bound.
        rates = limit * (1 - np.geomspace(1 - 0.02 / limit, 1e-3, 300))
        ax.loglog(
            rates,
            theory.stationary_variance(rates, 1.0, momentum=alpha),
            "--",
            color=f"ravine:{colour}",
            label=rf"predicted, $\alpha = {alpha:g}$",
        )
        ax.axvline(limit, color=f"ravine:{colour}", linestyle=":", linewidth=1)
    ax.set(xlabel=r"learning rate $\epsilon\lambda$", ylabel=r"variance $\lambda^2\,\mathrm{Var}/s^2$")
    ax.set_ylim(8e-3, 2e3)


def hover(seed: int = 0) -> Hover:
    r"""Let 2,000 chains of each group descend $\lambda\theta^2/2$ with noisy gradients, and average squares.

    $v \leftarrow \alpha v - \epsilon (\lambda\theta + \xi)$, $\theta \leftarrow \theta + v$, with
    $\xi \sim N(0, 1)$.

    Parameters
    ----------
    seed : of the noise.

    Returns
    -------
    Hover

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> hover().ratio.shape
    (6,)
    """
    rng = _check.seeded(seed)
    measured = [hovering(rate, lam, alpha, rng) for rate, lam, alpha in SETTINGS]
    predicted = [theory.stationary_variance(rate, lam, momentum=alpha) for rate, lam, alpha in SETTINGS]
    return Hover(np.array(measured), np.array(predicted))


def hovering(rate: float, lam: float, alpha: float, rng: np.random.Generator) -> float:
    """The mean of theta squared over many chains and steps, once they have forgotten their start."""
    theta, v, total = np.zeros(N_CHAINS), np.zeros(N_CHAINS), 0.0
    for t in range(SETTLING + N_STEPS):
        v = alpha * v - rate * (lam * theta + rng.standard_normal(N_CHAINS))
        theta = theta + v
        if t >= SETTLING:
            total += float(theta @ theta)
    return total / (N_STEPS * N_CHAINS)


class Hovering(Measurement, name="sgd-and-momentum-hovering"):
    """Measured over predicted variance, column `ratio` (n_seeds, n_groups).

    >>> Hovering.load()["ratio"].shape
    (20, 6)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All six groups."""
        return {"ratio": hover(seed).ratio}

    def plot(self) -> Figure:
        """Draw the ratio of each group over all seeds."""
        fig, ax = plotting.figure(height=3.2)
        for j, (rate, lam, alpha) in enumerate(SETTINGS):
            ax.plot(
                np.full(len(self["ratio"]), j),
                self["ratio"][:, j],
                "o",
                color=f"ravine:{COLOURS[alpha]}",
                markersize=4,
                label=f"_{rate:g}, {lam:g}, {alpha:g}",
            )
        ax.axhline(1, color="ravine:black", linewidth=1, linestyle="--")
        ax.set_xticks(
            range(len(SETTINGS)), [f"{rate:g}\n{lam:g}\n{alpha:g}" for rate, lam, alpha in SETTINGS]
        )
        ax.set(xlabel=r"$\epsilon$, $\lambda$, $\alpha$", ylabel="measured / predicted variance")
        return fig
