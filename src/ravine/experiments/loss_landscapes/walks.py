"""The plane that a path seems to lie in: of a training run, and of a random walk, which learns nothing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import loss_landscapes as theory

N_STEPS, N_WALK = 200, 3000
"""Steps of every path, and the dimension of the random walk."""

SIZES, N_TRAIN, BATCH_SIZE, RATE = (64, 32, 10), 500, 50, 0.3
"""Widths of the layers of the network that is trained, its digits, its batch size and its learning rate."""


@dataclass(frozen=True)
class Paths:
    """Two paths, seen in their own best planes.

    walk, training : (n_steps + 1, 2), coordinates along the two principal directions, about the mean.
    shares : (path, "mean" or "end") -> the share of its squared size in its best plane; and
    ("training", "random"): in a random plane, about the end.
    """

    walk: Array
    training: Array
    shares: dict[tuple[str, str], float]

    def plot(self) -> Figure:
        """Draw both paths, each in its own plane; a dot every twenty steps, a ring at the start."""
        fig, axes = plotting.figure(1, 2, width=8.6)
        looks = (("training", "blue", "a network that learns"), ("walk", "orange", "a random walk"))
        for ax, (name, colour, title) in zip(axes.flat, looks, strict=True):
            x, y = getattr(self, name).T
            ax.plot(x, y, color=f"ravine:{colour}", label=title)
            ax.plot(x[::20], y[::20], "o", color=f"ravine:{colour}", markersize=4, label="_every 20 steps")
            ring = {"markersize": 10, "color": f"ravine:{colour}", "fillstyle": "none"}
            ax.plot(x[0], y[0], "o", label="_start", **ring)
            share = self.shares[name, "mean"]
            ax.set(title=f"{title}, {100 * share:.1f} % of it here", xlabel="1st principal direction")
        axes.flat[0].set(ylabel="2nd principal direction")
        return fig


def paths(seed: int, n_steps: int = N_STEPS) -> Paths:
    """Train a network, and let a point walk at random, for as many steps; find the best plane of each path.

    Parameters
    ----------
    seed : of the walk, the digits, the initial weights and the minibatches.
    n_steps : at least 2.

    Returns
    -------
    Paths

    Raises
    ------
    ValueError : arguments out of their range.

    Source: H. Li et al. (2018), NeurIPS, section 7; J. Antognini and J. Sohl-Dickstein (2018), NeurIPS.

    >>> found = paths(0, n_steps=20)
    >>> found.walk.shape, bool(found.shares["training", "mean"] > found.shares["walk", "mean"])
    ((21, 2), True)
    """
    _check.count("n_steps", n_steps, at_least=2)
    rng = _check.seeded(seed)
    steps = rng.standard_normal((n_steps, N_WALK))
    walk = np.vstack([np.zeros(N_WALK), np.cumsum(steps, axis=0)])
    training = trained_path(rng, n_steps)
    shares = {
        (name, about): best_share(path, about)
        for name, path in (("walk", walk), ("training", training))
        for about in ("mean", "end")
    }
    shares["training", "random"] = random_share(training, rng)
    return Paths(principal(walk), principal(training), shares)


def trained_path(rng: np.random.Generator, n_steps: int) -> Array:
    """The parameters of a network at each step of its training, (n_steps + 1, n)."""
    training, _ = data.digits().split(N_TRAIN, rng)
    model = networks.MLP(SIZES, "tanh")
    rule, theta0 = rules.gradient_descent(RATE), model.init(rng)
    options: Any = {"batch_size": BATCH_SIZE, "n_steps": n_steps, "rng": rng}
    return descent.train(model, rule, theta0, training.X, training.y, **options).theta


def best_share(path: Array, about: str) -> float:
    """The share of a path's squared size, about its mean or its end, in its two principal directions."""
    centred = path - (path.mean(axis=0) if about == "mean" else path[-1])
    # The points are fewer than the dimensions: their scalar products have the same eigenvalues.
    size = np.linalg.eigvalsh(centred @ centred.T)
    return float(size[-2:].sum() / size.sum())


def random_share(path: Array, rng: np.random.Generator) -> float:
    """The share of a path's squared size about its end in a random plane."""
    plane, _ = np.linalg.qr(rng.standard_normal((path.shape[1], 2)))
    centred = path - path[-1]
    return float(((centred @ plane) ** 2).sum() / (centred**2).sum())


def principal(path: Array) -> Array:
    """The coordinates of a path along its two principal directions, about its mean, (n_points, 2).

    The first step leads to the right and up, where the sign is free.
    """
    centred = path - path.mean(axis=0)
    size, vectors = np.linalg.eigh(centred @ centred.T)
    coordinates = vectors[:, :-3:-1] * np.sqrt(size[:-3:-1])
    return np.asarray(coordinates * np.where(coordinates[0] > coordinates[len(path) // 2], -1, 1))


class Walks(Measurement, name="loss-landscapes-walks"):
    """The shares of `Paths` over all seeds, a column each: `walk_mean`, `training_end`, ..., (n_seeds,).

    >>> Walks.load()["walk_mean"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All shares of one seed."""
        return {f"{name}_{about}": share for (name, about), share in paths(seed).shares.items()}

    def plot(self) -> Figure:
        """Draw the shares of the squared distance from the end, a dot a seed; dashed: a walk, predicted."""
        fig, ax = plotting.figure()
        clouds = (("training_random", "training,\nrandom plane", "grey"),
                  ("walk_end", "random walk,\nbest plane", "blue"),
                  ("training_end", "training,\nbest plane", "orange"))  # fmt: skip
        for at, (column, label, colour) in enumerate(clouds):
            values = np.sort(self[column])
            beside = np.linspace(-0.2, 0.2, len(values))
            ax.plot(at + beside, values, "o", markersize=4, color=f"ravine:{colour}", label=f"_{label}")
        predicted = theory.random_walk_share(N_STEPS, about="end")
        ax.axhline(predicted, color="ravine:black", linestyle="--", linewidth=1, label="_predicted")
        ax.set_xticks(range(len(clouds)), [label for _, label, _ in clouds])
        ax.set(ylabel="share of squared distance", ylim=(-0.03, 1.03), xlim=(-0.5, 2.5))
        return fig
