"""Where a surface over the plane is lowest: the twin of relief.mjs in the front end."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ravine._typing import Array

# Points a side at which a formula is looked at, how often a minimum is looked up more closely, and how many
# points of a grid it may lie from the lowest of its neighbours.
SIDE, ROUNDS, REACH = 300, 6, 10.0
# Of the whole range: what is no deeper is rounding on a plain.
FLAT = 1e-9


def minima(surface: Any, x: Array, y: Array) -> Array:
    """Points lower than all around them, inside the rectangle, shape (n, 2), lowest first.

    A point of the grid below its eight neighbours is believed where the parabola through these nine has its
    minimum beside it: the floor of a curved valley between grid points does not. Of a function the parabola
    is drawn again, ever closer, until it stays.

    Parameters
    ----------
    surface : a function theta (..., 2) -> (...), or its values on the grid, shape (len(y), len(x)).
    x, y : the evenly spaced grid.

    >>> x = np.linspace(-2, 2, 41)
    >>> minima(lambda theta: (theta[..., 0] ** 2 - 1) ** 2 + theta[..., 1] ** 2, x, x).round(6) + 0.0
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    value = surface if callable(surface) else None
    z = value(np.stack(np.meshgrid(x, y), -1)) if value else np.asarray(surface)
    unit = np.array([x[1] - x[0], y[1] - y[0]])
    with np.errstate(invalid="ignore"):  # where there is no height there is no minimum
        inner, deep = z[1:-1, 1:-1], FLAT * (np.nanmax(z[np.isfinite(z)]) - np.nanmin(z))
        around = [z[1 + i : z.shape[0] - 1 + i, 1 + j : z.shape[1] - 1 + j]
                  for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]  # fmt: skip
        # Of equally low neighbours the first counts.
        low = np.all(
            [inner < other for other in around[:4]] + [inner <= other for other in around[4:]], axis=0
        )
        low &= np.any([inner < other - deep for other in around], axis=0)
    found = [_bottom(value, z, x, y, unit, i + 1, j + 1) for i, j in np.argwhere(low)]
    points: list[Array] = []
    for _, point in sorted((height, tuple(point)) for height, point in filter(None, found)):
        if all((np.abs(np.array(point) - other) > unit / 2).any() for other in points):
            points.append(np.array(point))
    return np.array(points).reshape(-1, 2)


def _bottom(
    value: Callable[[Array], Array] | None, z: Array, x: Array, y: Array, unit: Array, i: int, j: int
) -> tuple[float, Array] | None:
    """(height, point) of the minimum near a grid point, or None where there is none."""
    start = np.array([x[j], y[i]])
    at, size, settled = start, unit, False
    nine = z[i - 1 : i + 2, j - 1 : j + 2]
    for _ in range(ROUNDS if value else 1):
        if value and at is not start:
            offsets = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), -1)
            nine = value(at + size * offsets)
        step = _vertex(nine)
        if step is None:
            return None
        at, size = at + step * size, size / 4
        if (np.abs(at - start) > (REACH if value else 1) * unit).any():
            return None
        # At last it must stay within the nine points.
        settled = bool(np.abs(step).max() <= 1)
    if value and not settled:
        return None
    return float(nine[1, 1]), at


def _vertex(z: Array) -> Array | None:
    """Where the parabola through nine heights is lowest, in units of the grid; None where it is nowhere."""
    g = np.array([z[1, 2] - z[1, 0], z[2, 1] - z[0, 1]]) / 2
    a, d = z[1, 2] - 2 * z[1, 1] + z[1, 0], z[2, 1] - 2 * z[1, 1] + z[0, 1]
    b = (z[2, 2] - z[2, 0] - z[0, 2] + z[0, 0]) / 4
    det = a * d - b * b
    if not (a > 0 and det > 0):
        return None
    vertex: Array = -np.array([d * g[0] - b * g[1], a * g[1] - b * g[0]]) / det
    return vertex
