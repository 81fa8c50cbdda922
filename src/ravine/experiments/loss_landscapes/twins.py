"""Bowl or chaos: pictures of twins around their minima, on random planes and on that of training."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ravine import _check, landscape, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.loss_landscapes.training import DEPTHS, KINDS, Twin, twin

GUESSING = float(np.log(10))
"""The cost of ten equal probabilities, whatever the image."""

TICKS = np.linspace(-1, 1, 41)
"""Places along both directions of a plane; 1 changes every weight vector by its own length."""

NOTABLE = 0.1
"""A negative curvature counts if it is larger than this share of the other one of its cell."""

ANGLES = np.linspace(0, 2 * np.pi, 72, endpoint=False)
"""Directions within a plane, in radians, in which the cost is looked up where training began."""

PLANES = ("random", "another", "path")
"""Two filter-normalised random planes, and the plane of the training path."""

EARLY = 2
"""Epochs after which the cost is the same on every machine."""


@dataclass(frozen=True)
class Picture:
    """The cost on a plane through a trained network.

    J (41, 41) : the cost at `theta + TICKS[i] d1 + TICKS[j] d2`, float32. ring (72,) : the cost at the
    ANGLES, as far from the end as training began. path (epochs + 1, 2) : the training path, projected.
    share : what the plane holds of the path's squared distances from its end.
    """

    twin: Twin
    plane: str
    d1: Array
    d2: Array
    J: Array
    ring: Array

    @cached_property
    def path(self) -> Array:
        """The training path on the plane (epochs + 1, 2), in units of the directions."""
        return landscape.project(self.twin.path, self.twin.theta, self.d1, self.d2)

    @property
    def share(self) -> float:
        """What the plane holds of the sum of the path's squared distances from its end."""
        inside = self.path @ np.stack([self.d1, self.d2])
        return float(np.sum(inside**2) / np.sum((self.twin.path - self.twin.theta) ** 2))

    @property
    def better(self) -> float:
        """The share of the picture that is better than guessing."""
        return float((self.J < GUESSING).mean())

    @property
    def negative(self) -> float:
        """The share of the inner cells with notable negative curvature.

        That is, the lower eigenvalue of the 2 x 2 Hessian is negative and above NOTABLE of the other in size.
        """
        low, high = np.moveaxis(landscape.grid_curvatures(self.J, TICKS, TICKS), -1, 0)
        return float(((low < 0) & (np.abs(low) > NOTABLE * np.abs(high))).mean())

    @property
    def minima(self) -> int:
        """The number of cells that lie below all their neighbours."""
        return len(landscape.grid_minima(self.J))

    def draw(self, ax: Axes) -> None:
        """Draw the map, the contour of guessing, the ring where training began, and the path if it is its."""
        mesh = ax.contourf(TICKS, TICKS, self.J.T, levels=np.linspace(0, 7, 29), extend="max")
        mesh.set_edgecolor("face")  # or thin white lines show between the bands
        ax.contour(TICKS, TICKS, self.J.T, levels=[GUESSING], colors="ravine:orange")
        circle = self.twin.began * np.stack([np.cos(ANGLES), np.sin(ANGLES)])
        ax.plot(*circle[:, [*range(len(ANGLES)), 0]], color="white", linestyle="--", linewidth=1)
        if self.plane == "path":
            ax.plot(*self.path.T, color="white")
        ax.set(
            title=f"{self.twin.kind}, depth {self.twin.depth}",
            xlim=(-1, 1), ylim=(-1, 1), aspect="equal",
        )  # fmt: skip


def directions(trained: Twin, plane: str, seed: int) -> tuple[Array, Array]:
    """The directions of one of the PLANES; those of the path are orthogonal, and as long as the weights.

    Parameters
    ----------
    trained : the network and its path. plane : one of PLANES. seed : of the random planes.

    Returns
    -------
    (d1, d2), each (n,).

    Raises
    ------
    ValueError : an unknown plane, or a negative seed.

    >>> run = twin(0, "plain", 2, max_epochs=3)
    >>> d1, d2 = directions(run, "path", 0)
    >>> bool(np.isclose(np.linalg.norm(d1), run.weight_norm))
    True
    """
    number = PLANES.index(_check.one_of("plane", plane, PLANES))
    _check.count("seed", seed, at_least=0)
    if plane == "path":
        best = landscape.path_plane(trained.path)
        return trained.weight_norm * best.d1, trained.weight_norm * best.d2
    rng = np.random.default_rng([seed, number])
    return landscape.filter_normalised_directions(trained.model, trained.theta, rng)


def picture(trained: Twin, plane: str = "random", seed: int = 0) -> Picture:
    r"""Look at the cost of all training digits around the minimum that was found.

    $F(\alpha, \beta) = J(\theta + \alpha d_1 + \beta d_2)$.

    Parameters
    ----------
    trained : from `twin`. plane : one of PLANES. seed : of the random planes.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError : an unknown plane, or a negative seed.

    Source: Li et al. (2018), sections 4 and 5, with convolutional networks; here networks of one width.

    >>> view = picture(twin(0, "plain", 2, max_epochs=3))
    >>> view.J.shape, view.minima
    ((41, 41), 1)
    """
    d1, d2 = directions(trained, plane, seed)
    model, theta, digits = trained.model, trained.theta, trained.train
    J = landscape.surface(model, theta, d1, d2, TICKS, TICKS, digits.X, digits.y)
    rays = np.cos(ANGLES)[:, None] * d1 + np.sin(ANGLES)[:, None] * d2
    rays *= trained.began * trained.weight_norm / np.linalg.norm(rays, axis=1, keepdims=True)
    return Picture(trained, plane, d1, d2, J, model.loss(theta + rays, digits.X, digits.y))


@dataclass(frozen=True)
class Pair:
    """The same view of both twins of a depth."""

    plain: Picture
    residual: Picture

    def plot(self) -> Figure:
        """Draw both maps."""
        fig, axes = plotting.figure(1, 2, width=8.0)
        for ax, view in zip(axes, (self.plain, self.residual), strict=True):
            view.draw(ax)
        return fig


def pair(seed: int, depth: int, plane: str = "random") -> Pair:
    """Train both twins of a depth and look at them on the same kind of plane.

    Parameters
    ----------
    seed : of the digits, the weights, the minibatches, and the random planes.
    depth : layers between hidden layers. plane : one of PLANES.

    Returns
    -------
    Pair

    Raises
    ------
    ValueError : a negative seed, no layer, or an unknown plane.
    """
    return Pair(*(picture(twin(seed, kind, depth), plane, seed) for kind in KINDS))


class Twins(Measurement, name="loss-landscapes-twins", rtol=1e-3):
    """Both twins at every depth: columns "plain_..." and "residual_...", (n_seeds, len(DEPTHS)).

    start, early, cost, test : the cost at the start, after EARLY epochs and at the end, and that of the test
    digits. epochs : that training took. began : the distance at which training began, in units of the length
    of the weights. better, negative, minima : of the picture on a random plane, as for `Picture`. ring_mean,
    ring_max : of the cost on that plane, as far away as training began. path_share, random_share : what the
    path's own plane and the random one hold of its squared distances from its end.

    >>> Twins.load()["plain_better"].shape
    (20, 7)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All depths, plain and residual."""
        found: dict[str, list[float]] = {}
        for kind in KINDS:
            for depth in DEPTHS:
                trained = twin(seed, kind, depth)
                for name, value in _numbers(trained, picture(trained, seed=seed)).items():
                    found.setdefault(f"{kind}_{name}", []).append(value)
        return {name: np.array(values) for name, values in found.items()}

    def plot(self) -> Figure:
        """Draw the share that beats guessing, and that of negative curvature, over the depth."""
        fig, axes = plotting.figure(1, 2, width=8.6)
        panels = {
            "better": "share of the map that beats guessing",
            "negative": "share that bends down somewhere",
        }
        for ax, (what, label) in zip(axes.flat, panels.items(), strict=True):
            for kind, colour in zip(KINDS, ("orange", "blue"), strict=True):
                plotting.spread(ax, DEPTHS, self[f"{kind}_{what}"], colour=colour, label=kind, marker="o")
            ax.set(xlabel="depth", ylabel=label, ylim=(-0.02, 1.02))
        axes.flat[0].legend()
        return fig


def _numbers(trained: Twin, view: Picture) -> dict[str, float]:
    """What a row keeps of one network."""
    return {
        "start": trained.costs[0],
        "early": trained.costs[EARLY],
        "cost": trained.costs[-1],
        "test": trained.test_cost,
        "epochs": trained.epochs,
        "began": trained.began,
        "better": view.better,
        "negative": view.negative,
        "minima": view.minima,
        "ring_mean": float(view.ring.mean()),
        "ring_max": float(view.ring.max()),
        "path_share": float(landscape.path_plane(trained.path).shares.sum()),
        "random_share": view.share,
    }
