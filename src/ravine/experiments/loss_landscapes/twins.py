"""Bowl or chaos: pictures of twins around their minima, on random planes and on that of training."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure

from ravine import _check, landscape, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.loss_landscapes.training import DEPTHS, GOAL, KINDS, Twin, twin

GUESSING = float(np.log(10))
"""The cost of ten equal probabilities, whatever the image."""

TICKS = np.linspace(-1, 1, 41)
"""Places along both directions of a plane; 1 changes every weight vector by its own length."""

NOTABLE = 0.1
"""A negative curvature counts if it is larger than this share of the other one of its cell."""

ANGLES = np.linspace(0, 2 * np.pi, 72, endpoint=False)
"""Directions within a plane, in radians, in which the cost is looked up where training began."""

LEVELS = np.linspace(0, 7, 29)
"""Costs at which the maps change colour; above the last all are alike."""

PLANES = ("random", "another", "path")
"""Two filter-normalised random planes, and the plane of the training path."""

SURE = 20
"""The depth up to which a plain network's run is the same on every machine."""

EARLY = 2
"""Epochs after which the cost is the same on every machine."""


@dataclass(frozen=True)
class Picture:
    """The cost on a plane through a trained network.

    plane : one of PLANES. d1, d2 (n,) : its directions. J (41, 41) : the cost at
    `theta + TICKS[i] d1 + TICKS[j] d2`, float32. ring (72,) : the cost at the ANGLES, as far from the end as
    training began.
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

    def draw(self, ax: Axes) -> ContourSet:
        """Draw the map, the contour of guessing, the ring where training began, and the path if it is its."""
        drawn = ax.contourf(TICKS, TICKS, self.J.T, levels=LEVELS, extend="max")
        drawn.set_rasterized(True)  # as plotting.contours
        ax.contour(TICKS, TICKS, self.J.T, levels=[GUESSING], colors="ravine:orange")
        around = np.append(ANGLES, 0)
        ax.plot(self.twin.began * np.cos(around), self.twin.began * np.sin(around), "w--", linewidth=1)
        if self.plane == "path":
            ax.plot(*self.path.T, color="white")
        ax.set(
            title=f"{self.twin.kind}, depth {self.twin.depth}", xlabel=r"$\alpha$", ylabel=r"$\beta$",
            xlim=(-1, 1), ylim=(-1, 1), xticks=(-1, 0, 1), yticks=(-1, 0, 1), aspect="equal",
        )  # fmt: skip
        ax.grid(visible=False)
        return drawn


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
        drawn = [view.draw(ax) for ax, view in zip(axes, (self.plain, self.residual), strict=True)]
        fig.colorbar(drawn[0], ax=list(axes), label="cost $J$", ticks=range(8), shrink=0.8)
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


# Under other BLAS kernels, the two deepest plain networks are other runs after a hundred epochs: rounding has
# grown into all digits, and seed 0 takes 72 to 78 of them at depth 40. The others agree to 1e-4.
class Twins(
    Measurement,
    name="loss-landscapes-twins",
    rtol=0.01,
    loose={
        "deep_epochs": 60,
        "deep_began": 0.04,
        "deep_better": 0.06,
        "deep_negative": 0.1,
        "deep_minima": 14,
    },
    between={
        "deep_cost": (1e-4, 5 * GOAL),
        "deep_test": (0.3, 1.5),
        "deep_ring_mean": (0.1, 3.0),
        "deep_ring_max": (0.2, 6.0),
        "deep_random_share": (1e-9, 2e-3),
    },
):
    """Both twins at every depth: "residual_...", (n_seeds, 7), "plain_...", (n_seeds, 5), and "deep_...".

    The last, (n_seeds, 2), are the plain networks of more than SURE layers; `over_depth` joins them. After
    those stand

    start, early, cost, test : the cost at the start, after EARLY epochs and at the end, and that of the test
    digits. epochs : that training took. began : the distance at which training began, in units of the length
    of the weights. better, negative, minima : of the picture on a random plane, as for `Picture`. ring_mean,
    ring_max : of the cost on that plane, as far away as training began. path_share, random_share : what the
    path's own plane and the random one hold of its squared distances from its end.

    >>> Twins.load().over_depth("plain", "better").shape
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
        return columns(found)

    def over_depth(self, kind: str, name: str) -> Array:
        """A column over the DEPTHS, (n_seeds, 7).

        Raises
        ------
        ValueError : an unknown kind or name.

        >>> bool((Twins.load().over_depth("residual", "cost") <= GOAL).all())
        True
        >>> int((Twins.load().over_depth("plain", "cost") > GOAL).sum())  # two runs of twenty, of the deepest
        2
        """
        columns = (each.removeprefix("residual_") for each in self.columns if each.startswith("residual_"))
        _check.one_of("name", name, tuple(columns))
        if _check.one_of("kind", kind, KINDS) == "residual":
            return self[f"residual_{name}"]
        return np.column_stack([self[f"plain_{name}"], self[f"deep_{name}"]])

    def plot(self) -> Figure:
        """Draw, over depth, the share that beats guessing, and that with notable negative curvature."""
        fig, axes = plotting.figure(1, 2, width=8.0)
        shown = (("better", "share better than guessing"), ("negative", "share of negative curvature"))
        for ax, (name, label) in zip(axes, shown, strict=True):
            for kind, colour in zip(KINDS, ("orange", "blue"), strict=True):
                plotting.spread(ax, np.array(DEPTHS), self.over_depth(kind, name), label=kind, colour=colour)
            ax.set(xlabel="depth", ylabel=label, ylim=(-0.03, 1.03))
        axes[0].legend(loc="lower left")
        return fig


def columns(found: Mapping[str, list[float]]) -> dict[str, Array]:
    """Set the deep plain networks apart: their digits hang on the machine, those of the others do not."""
    apart: dict[str, Array] = {}
    n_sure = DEPTHS.index(SURE) + 1
    for name, values in found.items():
        kind, _, quantity = name.partition("_")
        apart[name] = np.array(values[:n_sure] if kind == "plain" else values)
        if kind == "plain":
            apart[f"deep_{quantity}"] = np.array(values[n_sure:])
    return apart


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
