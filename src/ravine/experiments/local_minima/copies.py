"""Networks that compute the same function from different weights: permutations and scalings."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.theory import local_minima as theory

ALPHAS = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Factors by which hidden units are scaled, dimensionless."""

RATES = (0.1, 0.05, 0.025)
"""Learning rates at which a conserved quantity is watched."""

WAY = 21
"""Points of the straight line between two networks, ends included."""


@dataclass(frozen=True)
class Scaling:
    """A trained ReLU network, scaled: cost and largest eigenvalue of the Hessian at each of ALPHAS."""

    J: Array
    sharpness: Array
    drift: Array

    def plot(self) -> Figure:
        """Draw cost and sharpness over the factor."""
        fig, ax = plotting.figure(height=3.2)
        draw_scaling(self.sharpness[None], ax)
        return fig


def scaling(seed: int) -> Scaling:
    r"""Train a ReLU network on the digits 0, 1 and 2, then scale its hidden units.

    Parameters
    ----------
    seed : of the 300 training examples and the initial weights of a 64-6-3 network.

    Returns
    -------
    Scaling : drift holds, for each of RATES, the root mean square change of `conserved` over a training of
        length 15 (learning rate times steps).

    Raises
    ------
    ValueError : a negative seed.

    Source: Dinh et al. (2017).

    >>> found = scaling(0)
    >>> bool(abs(found.J - found.J[0]).max() < 1e-15), found.sharpness.shape
    (True, (5,))
    """
    rng = _check.seeded(seed)
    train, _ = data.digits().only(0, 1, 2).split(300, rng)
    model = networks.MLP((64, 6, 3), "relu")
    problem, theta0 = model.problem(train.X, train.y), model.init(rng)
    ends = [
        descent.minimise(problem, rules.gradient_descent(e), theta0, n_steps=round(15 / e)).theta[-1]
        for e in RATES
    ]
    change = theory.conserved(model, np.array(ends)) - theory.conserved(model, theta0)
    scaled = np.array([theory.rescale(model, ends[0], alpha) for alpha in ALPHAS])
    sharpness = np.array([np.linalg.eigvalsh(problem.hess(theta))[-1] for theta in scaled])
    return Scaling(problem.value(scaled), sharpness, np.sqrt((change**2).mean(axis=-1)))


def draw_scaling(sharpness: Array, ax: Axes) -> None:
    """Draw sharpness (n_seeds, 5) over the factor with the slope of its limit."""
    alphas = np.array(ALPHAS)
    plotting.spread(ax, alphas, sharpness, label=r"largest eigenvalue $\lambda_n$", marker="o")
    limit = np.median(sharpness[:, -1]) * (alphas / alphas[-1]) ** 2
    ax.plot(alphas, limit, "--", color="ravine:black", linewidth=1, label=r"slope $\alpha^2$")
    ax.set(xlabel=r"factor $\alpha$", ylabel=r"$\lambda_n$", xscale="log", yscale="log")
    ax.set_xticks(alphas, [f"{a:g}" for a in ALPHAS], minor=False)
    ax.minorticks_off()
    ax.legend()


@dataclass(frozen=True)
class Line:
    """The cost on the straight line, shape (WAY,), from a network to itself with units renumbered."""

    J: Array

    @property
    def barrier(self) -> float:
        """The highest cost on the way above that of the ends."""
        return float(self.J.max() - self.J[0])

    def plot(self) -> Figure:
        """Draw the cost on the way."""
        fig, ax = plotting.figure(height=3.2)
        ax.plot(np.linspace(0, 1, WAY), self.J)
        ax.set(xlabel="way from one network to the other", ylabel="cost $J$")
        return fig


def permutation_line(seed: int) -> Line:
    """Train a tanh network on digits, renumber its hidden units, and walk straight from one to the other.

    Parameters
    ----------
    seed : of the 500 training examples, the initial weights of a 64-16-10 network, and the permutation.

    Returns
    -------
    Line

    Raises
    ------
    ValueError : a negative seed.

    Source: Goodfellow, Bengio and Courville (2016), section 8.2.2, on weight space symmetry.

    >>> line = permutation_line(0)
    >>> bool(abs(line.J[0] - line.J[-1]) < 1e-15), line.barrier > 0.1
    (True, True)
    """
    rng = _check.seeded(seed)
    train, _ = data.digits().split(500, rng)
    model = networks.MLP((64, 16, 10), "tanh")
    problem, theta0 = model.problem(train.X, train.y), model.init(rng)
    theta = descent.minimise(problem, rules.gradient_descent(0.5), theta0, n_steps=200).theta[-1]
    other = theory.permute(model, theta, rng.permutation(16))
    way = np.linspace(0, 1, WAY)[:, None]
    return Line(problem.value((1 - way) * theta + way * other))
