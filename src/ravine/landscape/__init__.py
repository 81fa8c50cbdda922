"""Slices and planes through the cost of a network: directions, grids, the plane of a training path.

A slice J(theta + a d) or J(theta + a d1 + b d2) shows one or two of n directions, in units that its
directions choose: `filter_normalised_directions` and its relatives, or `path_plane`.
"""

from ravine.landscape._directions import (
    filter_normalised_directions,
    layer_normalised_directions,
    random_directions,
)
from ravine.landscape._grid import grid_curvatures, grid_minima
from ravine.landscape._path import PathPlane, path_plane, project
from ravine.landscape._surface import line, surface

__all__ = [
    "PathPlane",
    "filter_normalised_directions",
    "grid_curvatures",
    "grid_minima",
    "layer_normalised_directions",
    "line",
    "path_plane",
    "project",
    "random_directions",
    "surface",
]
