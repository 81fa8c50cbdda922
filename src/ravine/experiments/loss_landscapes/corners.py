"""How high a landscape of rectified units rises with depth, trained or not: the picture's scale makes it."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.loss_landscapes import rescaling
from ravine.theory import loss_landscapes as theory

DEPTHS = (4, 8, 16, 24, 32)
"""Hidden layers of the networks."""

WIDTH, N_TRAIN, BATCH_SIZE, RATE, N_STEPS, THRESHOLD = 32, 500, 50, 1e-3, 1000, 5.0
"""Units a layer, digits, batch size, Adam's learning rate, which falls like a cosine, steps, and the length
at which gradients are clipped."""

N_CORNERS = 10
"""Pairs of random directions, at whose corner (1, 1) the cost is measured."""


@dataclass(frozen=True)
class Heights:
    """Mean logarithm of the cost at the corners, and the cost at the trained point, (5,) each.

    fresh : about the initial weights. trained : about the trained ones. cost : at the trained ones.
    """

    fresh: Array
    trained: Array
    cost: Array


def heights(seed: int, depths: tuple[int, ...] = DEPTHS) -> Heights:
    r"""Train rectified networks of several depths, and measure the cost at $\theta + d_1 + d_2$.

    The directions are filter-normalised, so that all weights together have three times their variance there.

    Parameters
    ----------
    seed : of the digits, the weights, the minibatches and the directions.
    depths : hidden layers, at least one each.

    Returns
    -------
    Heights

    Raises
    ------
    ValueError : arguments out of their range.

    >>> found = heights(0, depths=(2,))
    >>> found.trained.shape, bool(found.trained[0] > 0.5)
    ((1,), True)
    """
    rng = _check.seeded(seed)
    training, _ = data.digits().split(N_TRAIN, rng)
    rule = rules.clip_by_norm(rules.adam(RATE), THRESHOLD)
    found = []
    for depth in depths:
        model = networks.MLP((64, *[WIDTH] * _check.count("depths", depth), 10), "relu")
        theta0 = model.init(rng)
        trace = descent.train(
            model,
            rule,
            theta0,
            training.X,
            training.y,
            batch_size=BATCH_SIZE,
            n_steps=N_STEPS,
            rng=rng,
            schedule=cosine,
            record_every=N_STEPS,
        )
        corners = [_corner(model, theta, training, rng) for theta in (theta0, trace.theta[-1])]
        found.append([*corners, float(trace.J[-1])])
    return Heights(*np.array(found).T)


def cosine(t: float) -> float:
    """The schedule: from 1 to 0 in `N_STEPS` steps."""
    return float(0.5 * (1 + np.cos(np.pi * t / N_STEPS)))


def _corner(model: networks.MLP, theta: Array, training: data.Digits, rng: np.random.Generator) -> float:
    """The mean logarithm of the cost at the corners (1, 1) of random planes."""
    d = rescaling.own(model, theta, rng.standard_normal((2 * N_CORNERS, model.n)))
    return float(np.log(model.loss(theta + d[::2] + d[1::2], training.X, training.y)).mean())


class Corners(
    Measurement,
    name="loss-landscapes-corners",
    loose={"trained": 1.0},
    between={"cost": (1e-6, 2.5)},
):
    """`Heights` over all seeds: `fresh`, `trained` and `cost`, (n_seeds, 5).

    The training of the deepest networks amplifies rounding; logarithms of heights then differ a little.

    >>> Corners.load()["trained"].shape
    (20, 5)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All depths."""
        return vars(heights(seed))

    @property
    def slope(self) -> dict[str, Array]:
        """Growth of the logarithm a layer, about fresh and about trained weights, (n_seeds,)."""
        depths = np.array(DEPTHS, dtype=float)
        return {name: np.polyfit(depths, self[name].T, 1)[0] for name in ("fresh", "trained")}

    def plot(self) -> Figure:
        """Draw the cost at the corner over the depth, and the predicted slope."""
        fig, ax = plotting.figure(height=3.8)
        plotting.spread(ax, DEPTHS, np.exp(self["trained"]), colour="orange", label="trained, at the corner")
        fresh = np.exp(self["fresh"])
        plotting.spread(ax, DEPTHS, fresh, colour="blue", label="not trained, at the corner", linestyle="--")
        start = np.median(fresh[:, 0])
        predicted = start * np.exp(theory.log_gain(2**0.5, WIDTH) * (np.array(DEPTHS) - DEPTHS[0]))
        ax.plot(DEPTHS, predicted, ":", color="ravine:black", label="predicted slope")
        ax.axhline(np.log(10), color="ravine:grey", linewidth=1, linestyle="--", label="guessing")
        ax.set(xlabel="hidden layers", ylabel="cost $J$", yscale="log")
        ax.legend()
        return fig
