"""Twins: a plain and a residual network of one depth, trained on the same digits to the same cost."""

from dataclasses import dataclass
from functools import cached_property
from math import cos, pi

import numpy as np

from ravine import _check, data, networks, rules
from ravine._typing import Array

WIDTH, N_TRAIN = 32, 500
"""Width of every hidden layer; digits, drawn anew for each seed, less their mean."""

DEPTHS = (2, 4, 8, 12, 20, 28, 40)
"""Layers between hidden layers, each of which is a residual block in the residual twin."""

KINDS = ("plain", "residual")
"""The two networks."""

GOAL, MAX_EPOCHS = 0.01, 200
"""A run ends after the first epoch at whose end the cost of all digits is this low, or after so many."""

RULE, BATCH, WARM = rules.clip_by_norm(rules.adam(1e-3), 0.3), 50, 10
"""Adam on clipped gradients of minibatches; epochs in which the learning rate rises to its full size."""


@dataclass(frozen=True)
class Twin:
    """A trained network, and the way that it took.

    path (epochs + 1, n) : the parameters before training and after each epoch.
    costs (epochs + 1,) : the cost of all its digits there. test_cost : that of the other digits, at the end.
    """

    kind: str
    depth: int
    model: networks.MLP
    train: data.Digits
    path: Array
    costs: Array
    test_cost: float

    @property
    def theta(self) -> Array:
        """The trained parameters (n,)."""
        return np.asarray(self.path[-1])

    @property
    def epochs(self) -> int:
        """The number of epochs that training took."""
        return len(self.costs) - 1

    @cached_property
    def weight_norm(self) -> float:
        """The length of all its weights, biases left out: that of a filter-normalised direction."""
        return float(np.sqrt(sum(np.sum(W * W) for W, _ in self.model.unflatten(self.theta))))

    @property
    def began(self) -> float:
        """The distance from the end at which training began, in units of `weight_norm`."""
        return float(np.linalg.norm(self.path[0] - self.theta)) / self.weight_norm


def schedule(epoch: float) -> float:
    """The factor on the learning rate: it rises for WARM epochs, and falls as a cosine up to MAX_EPOCHS.

    >>> schedule(0), round(schedule(100), 3)
    (0.1, 0.5)
    """
    return min(1, (epoch + 1) / WARM) * (1 + cos(pi * min(epoch / MAX_EPOCHS, 1))) / 2


def network(kind: str, depth: int) -> networks.MLP:
    """The tanh network 64-32-...-32-10 with so many layers between its hidden layers.

    Raises
    ------
    ValueError : another kind than "plain" or "residual", or no layer.

    >>> network("residual", 2)
    MLP((64, 32, 32, 32, 10), 'tanh', loss='cross_entropy', residual=True)
    """
    residual = _check.one_of("kind", kind, KINDS) == "residual"
    widths = (WIDTH,) * (_check.count("depth", depth) + 1)
    return networks.MLP((64, *widths, 10), "tanh", residual=residual)


def twin(seed: int, kind: str, depth: int, *, max_epochs: int = MAX_EPOCHS) -> Twin:
    """Train one of the twins until its cost is GOAL.

    Parameters
    ----------
    seed : of the digits, the initial weights and the minibatches, which twins of one depth share.
    kind : "plain" or "residual". depth : layers between hidden layers.
    max_epochs : after which it ends in any case.

    Returns
    -------
    Twin

    Raises
    ------
    ValueError : a negative seed, an unknown kind, no layer, or no epoch.

    >>> run = twin(0, "residual", 2, max_epochs=3)
    >>> run.epochs, bool(run.costs[-1] < run.costs[0])
    (3, True)
    """
    model, max_epochs = network(kind, depth), _check.count("max_epochs", max_epochs)
    rng = _check.seeded(seed)
    train, test = data.digits().split(N_TRAIN, rng)
    everything = model.problem(train.X, train.y)
    theta = model.init(rng)
    state, t = RULE.init(theta), 0
    path, costs = [theta], [float(everything.value(theta))]
    while costs[-1] > GOAL and len(path) <= max_epochs:
        scale = schedule(len(path) - 1)
        for rows in rng.permutation(N_TRAIN).reshape(-1, BATCH):
            batch = model.problem(train.X[rows], train.y[rows])
            theta, state = RULE.update(batch, theta, state, t, scale)
            t += 1
        path.append(theta)
        costs.append(float(everything.value(theta)))
    test_cost = float(model.loss(theta, test.X, test.y))
    return Twin(kind, depth, model, train, np.array(path), np.array(costs), test_cost)
