"""Every learning rate and momentum at once: how fast each pair crosses a valley."""

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments.ill_conditioning.quadratics import best_learning_rate, polyak


def contraction(learning_rate: ArrayLike, momentum: ArrayLike, lam: ArrayLike) -> Array:
    r"""The factor by which one step shrinks the error along a direction, in the long run.

    The larger modulus of the two roots of $r^2 - (1 + \alpha - \epsilon\lambda) r + \alpha = 0$.

    Parameters
    ----------
    learning_rate, momentum, lam : step size, momentum and curvature; shapes that broadcast.

    Returns
    -------
    Array : the factor, dimensionless, of the broadcast shape; above 1 the run diverges.

    Source: Goh (2017), Distill, section "The Dynamics of Momentum".

    >>> contraction([0.5, 2.5], 0.0, 1.0).tolist()
    [0.5, 1.5]
    """
    epsilon, alpha, curvature = map(np.asarray, (learning_rate, momentum, lam))
    trace = (1 + alpha - epsilon * curvature).astype(np.complex128)
    root = np.sqrt(trace**2 - 4 * alpha)
    return np.asarray(np.maximum(abs(trace + root), abs(trace - root)) / 2)


@dataclass(frozen=True)
class Plane:
    """The factor a step over the plane of learning rate and momentum: shape (n_momenta, n_rates)."""

    kappa: float
    learning_rate: Array
    momentum: Array
    factor: Array

    @property
    def steps(self) -> Array:
        """Steps for one more decimal digit, of factor's shape; NaN where the run diverges."""
        with np.errstate(divide="ignore"):  # a factor of 0 arrives at once
            return np.asarray(np.log(0.1) / np.log(np.where(self.factor < 1, self.factor, np.nan)))

    def plot(self) -> Figure:
        """Draw the steps needed for a decimal digit, name the regions, and mark the best settings."""
        fig, ax = plotting.figure()
        x, steps = self.learning_rate * self.kappa, self.steps
        fewest = max(1.0, float(np.nanmin(steps)))
        drawn = ax.pcolormesh(
            x, self.momentum, steps, norm=LogNorm(fewest, 60 * fewest), rasterized=True, shading="gouraud"
        )
        fig.colorbar(drawn, label="steps a decimal digit", extend="max")
        ax.plot(2 * (1 + self.momentum), self.momentum, color=plotting.COLOURS["black"])
        critical = (1 - np.sqrt(self.learning_rate)) ** 2
        stable = x < 2 * (1 + critical)
        ax.plot(x[stable], critical[stable], color="white", linewidth=1.2, linestyle="--")
        border = float(np.interp(1.5, x, critical))
        outline = {
            "path_effects": [withStroke(linewidth=2.5, foreground="white")],
            "ha": "center",
            "va": "center",
        }
        ax.text(1.5, (border + 0.99) / 2, "all directions shrink alike", **outline)
        ax.text(1.0, border / 3, "the flat direction lags", **outline)
        ax.text(3.2, 0.15, "diverges", **outline)
        learning_rate, momentum = polyak(self.kappa)
        orange = plotting.COLOURS["orange"]
        ax.plot(best_learning_rate(self.kappa) * self.kappa, 0, "o", color=orange, mec="white", clip_on=False)
        ax.plot(learning_rate * self.kappa, momentum, "s", color=orange, mec="white")
        ax.set(
            xlabel=r"learning rate times largest curvature, $\epsilon\lambda_n$", ylabel=r"momentum $\alpha$"
        )
        ax.set(xlim=(0, 4), ylim=(0, 0.99))
        return fig


def plane(kappa: float = 20.0, *, resolution: int = 400) -> Plane:
    """Compute the factor a step for every learning rate and momentum, the slower of the two directions.

    Parameters
    ----------
    kappa : condition number of the valley, at least 1.
    resolution : points along each axis.

    Returns
    -------
    Plane

    Raises
    ------
    ValueError : kappa < 1 or a resolution below 2.

    >>> float(plane(kappa=1.0, resolution=4).factor.min())
    0.0
    """
    kappa = _check.real("kappa", kappa, at_least=1)
    count = _check.count("resolution", resolution, at_least=2)
    learning_rate = np.linspace(0, 4, count + 1)[1:] / kappa  # without steps there is no rate
    momentum = np.linspace(0, 0.99, count)
    mesh = np.meshgrid(learning_rate, momentum)
    factor = np.maximum(contraction(*mesh, 1.0), contraction(*mesh, kappa))
    return Plane(kappa, learning_rate, momentum, factor)
