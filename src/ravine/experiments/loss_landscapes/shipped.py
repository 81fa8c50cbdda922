"""The pictures of one seed's twins, which ship with the package: a byte a cell."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ravine import _check, landscape
from ravine._typing import Array
from ravine.experiments.loss_landscapes.training import DEPTHS, KINDS, twin
from ravine.experiments.loss_landscapes.twins import PLANES, Picture, picture

SEED = 0
"""Of the twins that are shown."""

N_POINTS = 30
"""Points of a path that are kept, at most: equally spaced epochs, the first and the last among them."""

NUMBERS = (
    "epochs",
    "cost",
    "test",
    "began",
    "ring_mean",
    "ring_max",
    "better",
    "negative",
    "minima",
    "share",
)
"""What is kept of each network and picture, as `Twins` and `Picture` name it."""

_FILE = Path(__file__).with_name("shipped.npz")


@dataclass(frozen=True, eq=False)
class Pictures:
    """All pictures of one seed, by kind, depth and plane.

    bytes (kinds, depths, planes, 41, 41) uint8 : q stands for the cost top (q / 255)^2, so that steps are
    small where costs are. top (kinds, depths, planes) float32 : the largest cost of each picture.
    paths (kinds, depths, planes, N_POINTS, 2) float16 : the training path on the plane, from its start to
    the end at (0, 0), in units of the directions; a shorter path stays at its end.
    numbers : name of NUMBERS -> (kinds, depths, planes).
    lowest (m, 5) int16 : kind, depth, plane, row and column, counted from 0, of every cell that lies below
    all its neighbours; the bytes alone would hide shallow ones.
    """

    bytes: NDArray[np.uint8]
    top: NDArray[np.float32]
    paths: NDArray[np.float16]
    numbers: dict[str, Array]
    lowest: NDArray[np.int16]

    def J(self, kind: str, depth: int, plane: str = "random") -> Array:
        """The costs (41, 41) of a picture, to half a step of a byte: alphas along the first axis.

        Raises
        ------
        ValueError : what is not among KINDS, DEPTHS or PLANES.

        >>> pictures().J("residual", 40).shape
        (41, 41)
        """
        place = _place(kind, depth, plane)
        costs: Array = float(self.top[place]) * (self.bytes[place] / 255.0) ** 2
        return costs

    def path(self, kind: str, depth: int, plane: str = "path") -> Array:
        """The training path on the plane of a picture, (N_POINTS, 2).

        Raises
        ------
        ValueError : what is not among KINDS, DEPTHS or PLANES.

        >>> pictures().path("plain", 20)[-1].tolist()
        [0.0, 0.0]
        """
        points: Array = self.paths[_place(kind, depth, plane)].astype(np.float64)
        return points

    def minima(self, kind: str, depth: int, plane: str = "random") -> NDArray[np.intp]:
        """The cells of a picture that lie below all their neighbours, (k, 2), as `landscape.grid_minima`.

        Raises
        ------
        ValueError : what is not among KINDS, DEPTHS or PLANES.

        >>> len(pictures().minima("plain", 20)) == pictures().number("minima", "plain", 20)
        True
        """
        mine = (self.lowest[:, :3] == _place(kind, depth, plane)).all(axis=1)
        return self.lowest[mine, 3:].astype(np.intp)

    def number(self, name: str, kind: str, depth: int, plane: str = "random") -> float:
        """One of NUMBERS of a picture.

        Raises
        ------
        ValueError : what is not among NUMBERS, KINDS, DEPTHS or PLANES.

        >>> pictures().number("cost", "plain", 20) <= 0.01
        True
        """
        return float(self.numbers[_check.one_of("name", name, NUMBERS)][_place(kind, depth, plane)])


@cache
def pictures() -> Pictures:
    """Read the pictures that ship with the package; made by tools/make_landscapes.py.

    Returns
    -------
    Pictures
    """
    with np.load(_FILE) as stored:
        numbers = {name: stored[name] for name in NUMBERS}
        return Pictures(stored["bytes"], stored["top"], stored["paths"], numbers, stored["lowest"])


def compute(seed: int = SEED) -> Pictures:
    """Train the twins of a seed at all depths, and take all pictures: half a minute.

    Parameters
    ----------
    seed : of everything, as for `twin` and `picture`.

    Returns
    -------
    Pictures

    Raises
    ------
    ValueError : a negative seed.
    """
    views = [
        picture(trained, plane, seed)
        for trained in (twin(seed, kind, depth) for kind in KINDS for depth in DEPTHS)
        for plane in PLANES
    ]
    shape = (len(KINDS), len(DEPTHS), len(PLANES))
    costs: Array = np.array([view.J for view in views], dtype=np.float64)
    top = costs.max(axis=(1, 2)).astype(np.float32)
    lowest = [
        [*np.unravel_index(at, shape), *cell]
        for at, view in enumerate(views)
        for cell in landscape.grid_minima(view.J)
    ]
    coded = np.rint(255 * np.sqrt(costs / top[:, None, None])).astype(np.uint8)
    return Pictures(
        coded.reshape(*shape, *coded.shape[1:]),
        top.reshape(shape),
        np.array([_thinned(view.path) for view in views], dtype=np.float16).reshape(*shape, N_POINTS, 2),
        {name: np.array([_number(name, view) for view in views]).reshape(shape) for name in NUMBERS},
        np.array(lowest, dtype=np.int16),
    )


def _place(kind: str, depth: int, plane: str) -> tuple[int, int, int]:
    """Where a picture stands."""
    return (
        _check.place("kind", kind, KINDS),
        _check.place("depth", depth, DEPTHS),
        _check.place("plane", plane, PLANES),
    )


def _thinned(path: Array) -> Array:
    """N_POINTS of a path's points; its end again and again where it has fewer."""
    if len(path) <= N_POINTS:
        return np.concatenate([path, np.repeat(path[-1:], N_POINTS - len(path), axis=0)])
    return np.asarray(path[np.rint(np.linspace(0, len(path) - 1, N_POINTS)).astype(int)])


def _number(name: str, view: Picture) -> float:
    """One of NUMBERS."""
    of_the_run = {"cost": view.twin.costs[-1], "test": view.twin.test_cost}
    of_the_ring = {"ring_mean": view.ring.mean(), "ring_max": view.ring.max()}
    known = of_the_run | of_the_ring
    if name in known:
        return float(known[name])
    return float(getattr(view if hasattr(view, name) else view.twin, name))
