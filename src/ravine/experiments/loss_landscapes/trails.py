"""The ways that one seed's twins took, each on its own plane; beside each a walk of as many random steps."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _check, landscape
from ravine._typing import Array
from ravine.experiments.loss_landscapes.shipped import SEED
from ravine.experiments.loss_landscapes.training import DEPTHS, KINDS, twin
from ravine.experiments.loss_landscapes.twins import directions, picture

COLUMNS, ROWS = 41, 31
"""Points along each side of a map of a way."""

MARGIN = 1.5
"""The width of a map in widths of the way; the ratio of its height to it is that of ROWS to COLUMNS."""

_FILE = Path(__file__).with_name("trails.npz")


@dataclass(frozen=True, eq=False)
class Way:
    """The way that training took, on the plane through its end that holds most of it.

    path (epochs + 1, 2) : after each epoch, from the start to the end at (0, 0); in lengths of the weights.
    costs (epochs + 1,) : of the network itself there, not of the nearest point of the plane.
    walk (epochs + 1, 2) : as many independent steps in as many dimensions, on the best plane through their
    end; its unit is the distance of its start. share, walk_share : of the squared distances from the end that
    the plane holds.
    began : how far from its end training began, in lengths of the weights. elsewhere : the mean cost as far
    away on the random map, along its ring.
    box (4,) : the left, right, lower and upper end of the map. bytes (ROWS, COLUMNS) uint8, from below :
    q stands for the cost top (q / 255)^2.
    """

    path: Array
    costs: Array
    walk: Array
    share: float
    walk_share: float
    began: float
    elsewhere: float
    box: Array
    bytes: NDArray[np.uint8]
    top: float

    @property
    def J(self) -> Array:
        """The costs of the map (ROWS, COLUMNS), to half a step of a byte."""
        costs: Array = self.top * (self.bytes / 255.0) ** 2
        return costs


@cache
def ways() -> dict[tuple[str, int], Way]:
    """Read the ways that ship with the package; made by tools/make_landscapes.py.

    Returns
    -------
    dict : (kind, depth) -> Way, for all KINDS and DEPTHS.

    >>> found = ways()["plain", 20]
    >>> found.path[-1].tolist(), bool(found.costs[-1] <= 0.01)
    ([0.0, 0.0], True)
    """
    with np.load(_FILE) as stored:
        return {
            (kind, depth): _read({name: stored[f"{kind}-{depth}-{name}"] for name in Way.__annotations__})
            for kind in KINDS
            for depth in DEPTHS
        }


def _read(stored: dict[str, Any]) -> Way:
    """Numbers from arrays of one; bytes as they are, the rest in double precision."""
    known: dict[str, Any] = {}
    for name, x in stored.items():
        number = x if x.dtype == np.uint8 else x.astype(np.float64)
        known[name] = float(number) if x.ndim == 0 else number
    return Way(**known)


def way(kind: str, depth: int, seed: int = SEED) -> Way:
    """Train one of the twins, and look at the way that it took: a second, the deepest.

    Parameters
    ----------
    kind, depth, seed : as for `twin`.

    Returns
    -------
    Way

    Raises
    ------
    ValueError : an unknown kind, no layer, or a negative seed.

    >>> found = way("residual", 2)
    >>> found.path.shape == found.walk.shape, found.share > found.walk_share
    (True, True)
    """
    run = twin(seed, kind, depth)
    d1, d2 = directions(run, "path", seed)
    path = landscape.project(run.path, run.theta, d1, d2)
    left, right, low, high = box = framed(path)
    a, b = np.linspace(left, right, COLUMNS), np.linspace(low, high, ROWS)
    J = landscape.surface(run.model, run.theta, d1, d2, a, b, run.train.X, run.train.y).T.astype(np.float64)
    walk, walk_share = strolled(run.epochs, run.model.n, np.random.default_rng([seed, depth]))
    share = float(landscape.path_plane(run.path).shares.sum())
    top, coded = float(J.max()), np.rint(255 * np.sqrt(J / J.max())).astype(np.uint8)
    ring = picture(run, "random", seed).ring.mean()
    return Way(path, run.costs, walk, share, walk_share, run.began, float(ring), box, coded, top)


def strolled(n_steps: int, n: int, rng: np.random.Generator) -> tuple[Array, float]:
    """A walk of independent normal steps on its best plane, and the share that this plane holds.

    Parameters
    ----------
    n_steps : at least 2. n : its dimension, at least 2. rng : of the steps.

    Returns
    -------
    (coordinates (n_steps + 1, 2), its end at (0, 0) and its start at the distance 1 but for what the plane
    loses; share of the squared distances from its end)

    Raises
    ------
    ValueError : counts out of their range.

    >>> points, share = strolled(50, 2000, np.random.default_rng(0))
    >>> points.shape, points[-1].tolist(), 0.85 < share < 0.95
    ((51, 2), [0.0, 0.0], True)
    """
    _check.count("n_steps", n_steps, at_least=2)
    walk = np.zeros((n_steps + 1, _check.count("n", n, at_least=2)))
    walk[1:] = np.cumsum(rng.standard_normal((n_steps, n)), axis=0)
    best = landscape.path_plane(walk)
    # Both its directions have a free sign: it starts at the right, above, as training does.
    points = best.coordinates * np.sign(best.coordinates[0]) / np.linalg.norm(walk[-1])
    return points + 0.0, float(best.shares.sum())


def framed(path: Array) -> Array:
    """The left, right, lower and upper end of a map around a path (T, 2), in its unit.

    >>> framed(np.array([[1.0, 0.2], [0.0, 0.0]])).round(4).tolist()
    [-0.25, 1.25, -0.4625, 0.6625]
    """
    low, high = path.min(axis=0), path.max(axis=0)
    half = MARGIN / 2 * (high[0] - low[0]) * np.array([1, (ROWS - 1) / (COLUMNS - 1)])
    middle = (low + high) / 2
    return np.column_stack([middle - half, middle + half]).ravel()
