"""Noise against bias on a parabola, and how far a gradient may be turned."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array

BIAS, SIGMA, LEARNING_RATE, POWER = 0.3, 1.0, 0.2, 0.75
"""Of the chapter's descents: the constant error, the random one, the first learning rate, and its decay."""

N_SEEDS, N_WALKERS, N_STEPS, START, BLOCK = 20, 100, 10_000, -3.0, 100


def descend(
    n_seeds: int = N_SEEDS,
    *,
    bias: float = BIAS,
    sigma: float = SIGMA,
    learning_rate: float = LEARNING_RATE,
    power: float = 0.0,
    n_steps: int = N_STEPS,
    n_walkers: int = N_WALKERS,
) -> Array:
    r"""The mean cost of many descents of $\frac12 x^2$ with the gradient $x + \beta + \sigma \xi$.

    Parameters
    ----------
    n_seeds : the seeds 0, 1, ... of the normal numbers $\xi$.
    bias, sigma : as for `stationary`.
    learning_rate, power : step t = 1, 2, ... has the rate learning_rate / t^power.
    n_steps, n_walkers : how long, and over how many descents the mean is taken; all start at START.

    Returns
    -------
    Array : (n_seeds, n_steps + 1); infinite from where a descent has overflowed.

    Raises
    ------
    ValueError : arguments out of their range.

    >>> descend(1, sigma=0.0, n_steps=200, n_walkers=1).round(3)[0, [0, -1]].tolist()
    [4.5, 0.045]
    """
    rngs = [np.random.default_rng(seed) for seed in range(_check.count("n_seeds", n_seeds))]
    bias, sigma = _check.real("bias", bias), _check.real("sigma", sigma, at_least=0)
    t = np.arange(1, _check.count("n_steps", n_steps) + 1)
    decay, rate = (
        _check.real("power", power, at_least=0),
        _check.real("learning_rate", learning_rate, above=0),
    )
    with np.errstate(over="ignore"):  # a rate that has decayed to nothing
        rates = rate / t**decay
    x, J = np.full((n_seeds, _check.count("n_walkers", n_walkers)), START), np.empty((n_seeds, n_steps + 1))
    J[:, 0] = START**2 / 2
    for step, rate in zip(t, rates, strict=True):
        if (at := (step - 1) % BLOCK) == 0:
            xi = np.stack([rng.standard_normal((BLOCK, n_walkers)) for rng in rngs], axis=1)
        with np.errstate(over="ignore", invalid="ignore"):  # a run may diverge; its cost is infinite then
            x = x - rate * (x + bias + sigma * xi[at])
            J[:, step] = np.square(x).mean(1) / 2
    # An infinite x less another is NaN: its cost is as infinite as before.
    return np.where(np.isnan(J), np.inf, J)


@dataclass(frozen=True)
class Descents:
    """name -> mean costs (n_seeds, n_steps + 1) for noise alone and bias alone, at both kinds of rates."""

    J: dict[str, Array]

    def ends(self, name: str) -> Array:
        """The mean cost over the last half of each seed's steps, (n_seeds,)."""
        J = self.J[_check.one_of("name", name, self.J)]
        return np.asarray(J[:, J.shape[1] // 2 :].mean(1))

    def plot(self) -> Figure:
        """Draw both at a constant rate, and at one that decays."""
        fig, axes = plotting.figure(1, 2, height=3.9, sharey=True)
        titles = ("constant rate", f"rate decays like $t^{{-{POWER:g}}}$")
        for ax, title, kind in zip(axes, titles, ("constant", "decaying"), strict=True):
            for error, colour in (("noise", "blue"), ("bias", "orange")):
                J = self.J[f"{error}, {kind}"]
                t = np.unique(np.geomspace(1, J.shape[1] - 1, 300).astype(int))
                plotting.spread(ax, t, J[:, t], colour=colour, label=f"{error} only")
            ax.set(xscale="log", yscale="log", xlabel="step $t$", title=title)
        axes[0].set_ylabel("cost above the minimum")
        axes[0].legend()
        return fig


def descents(*, n_seeds: int = N_SEEDS, n_steps: int = N_STEPS) -> Descents:
    """Descend with noise alone and with bias alone, at a constant and at a decaying rate.

    Parameters
    ----------
    n_seeds, n_steps : how often, and how long.

    Returns
    -------
    Descents

    Raises
    ------
    ValueError : a count below 1.

    >>> descents(n_seeds=1, n_steps=10).J["bias, constant"].shape
    (1, 11)
    """
    errors = {"noise": (0.0, SIGMA, N_WALKERS), "bias": (BIAS, 0.0, 1)}
    kinds = {"constant": 0.0, "decaying": POWER}
    J = {}
    for (error, (bias, sigma, walkers)), (kind, power) in product(errors.items(), kinds.items()):
        J[f"{error}, {kind}"] = descend(
            n_seeds, bias=bias, sigma=sigma, power=power, n_steps=n_steps, n_walkers=walkers
        )
    return Descents(J)


def largest_stable_rate(degrees: float, curvature: float = 1.0, *, n_steps: int = 2000) -> float:
    r"""The largest learning rate at which $\frac12 a \|x\|^2$ is descended along a turned gradient.

    Parameters
    ----------
    degrees : how far the gradient is turned, in the plane.
    curvature : a, positive.
    n_steps : after which the distance to the minimum must have shrunk.

    Returns
    -------
    float : found by bisection to a relative 1e-4; 0 if even a rate of 1e-6 / a fails.

    Raises
    ------
    ValueError : arguments out of their range.

    >>> round(largest_stable_rate(60.0), 3), largest_stable_rate(90.0)
    (1.0, 0.0)
    """
    # A curvature below this has a rate that no float holds.
    a = _check.real("curvature", curvature, at_least=1e-307)
    angle = np.deg2rad(np.fmod(_check.real("degrees", degrees), 360))
    # In units of 1 / a, which would otherwise over- or underflow.
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    n_steps = _check.count("n_steps", n_steps)

    def shrinks(rate: float) -> bool:
        x = np.array([1.0, 0.0])
        with np.errstate(over="ignore", invalid="ignore"):  # divergence is what is looked for
            for _ in range(n_steps):
                x = x - rate * turn @ x
            return bool(x @ x < 1)  # NaN compares false

    low, high = 1e-6, 3.0
    if not shrinks(low):
        return 0.0
    while high - low > 1e-4 * min(1, high):
        middle = (low + high) / 2
        low, high = (middle, high) if shrinks(middle) else (low, middle)
    return low / a
