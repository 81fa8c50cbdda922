"""What a grid of costs shows: its curvatures, from neighbouring cells, and its minima."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check
from ravine._typing import Array
from ravine.landscape import _arguments


def grid_curvatures(F: ArrayLike, alphas: ArrayLike, betas: ArrayLike) -> Array:
    r"""The eigenvalues of the two-dimensional Hessian at each inner cell, from its eight neighbours.

    $F_{aa} \approx (F_{i+1,j} - 2 F_{ij} + F_{i-1,j}) / h_a^2$, likewise $F_{bb}$, and
    $F_{ab} \approx (F_{i+1,j+1} - F_{i+1,j-1} - F_{i-1,j+1} + F_{i-1,j-1}) / (4 h_a h_b)$. Exact for a
    quadratic cost.

    Parameters
    ----------
    F : costs (k1, k2), as from `surface`. alphas, betas : their equally spaced places, at least 3 each.

    Returns
    -------
    (k1 - 2, k2 - 2, 2), ascending along the last axis, in units of J; NaN where one of the nine cells is
    infinite.

    Raises
    ------
    ValueError : a wrong shape, a NaN, or places that are not equally spaced.

    >>> t = np.linspace(-1, 1, 5)
    >>> grid_curvatures(t[:, None] ** 2 - 3 * t**2, t, t)[0, 0].round(9).tolist()
    [-6.0, 2.0]
    """
    steps = [_step(name, places) for name, places in (("alphas", alphas), ("betas", betas))]
    shape = (np.size(alphas), np.size(betas))
    cells = _check.floats("F", F)
    if cells.shape != shape:
        raise ValueError(f"F: got shape {cells.shape}; want {shape}, a row for each of alphas")
    if np.isnan(cells).any():
        raise ValueError("F: got nan among its entries; want numbers, or inf")
    with np.errstate(invalid="ignore", over="ignore"):  # what touches a cell of inf becomes nan below
        middle = cells[1:-1, 1:-1]
        aa = (cells[2:, 1:-1] - 2 * middle + cells[:-2, 1:-1]) / steps[0] ** 2
        bb = (cells[1:-1, 2:] - 2 * middle + cells[1:-1, :-2]) / steps[1] ** 2
        ab = (cells[2:, 2:] - cells[2:, :-2] - cells[:-2, 2:] + cells[:-2, :-2]) / (4 * steps[0] * steps[1])
        mean, spread = (aa + bb) / 2, np.hypot((aa - bb) / 2, ab)
        result: Array = np.stack([mean - spread, mean + spread], axis=-1)
        result[~np.isfinite(result).all(axis=-1)] = np.nan
    return result


def grid_minima(F: ArrayLike) -> NDArray[np.intp]:
    """The inner cells that lie below all of their eight neighbours.

    Minima of the slice, not of the network: in the other n - 2 directions the cost may fall. A finer grid can
    show more of them.

    Parameters
    ----------
    F : costs (k1, k2), at least 3 x 3.

    Returns
    -------
    (m, 2) integers: the row and the column of each.

    Raises
    ------
    ValueError : fewer cells, or a NaN.

    >>> grid_minima([[3.0, 2.0, 3.0, 1.0], [2.0, 1.0, 2.0, 2.0], [3.0, 2.0, 3.0, 3.0]]).tolist()
    [[1, 1]]
    """
    cells = _check.floats("F", F)
    if cells.ndim != 2 or min(cells.shape) < 3:
        raise ValueError(f"F: got shape {cells.shape}; want (k1, k2) with at least 3 cells each way")
    if np.isnan(cells).any():
        raise ValueError("F: got nan among its entries; want numbers, or inf")
    k1, k2 = cells.shape
    lowest = np.isfinite(cells[1:-1, 1:-1])
    for i in (0, 1, 2):
        for j in (0, 1, 2):
            if (i, j) != (1, 1):
                lowest &= cells[1:-1, 1:-1] < cells[i : k1 - 2 + i, j : k2 - 2 + j]
    result: NDArray[np.intp] = np.argwhere(lowest) + 1
    return result


def _step(name: str, places: ArrayLike) -> float:
    """The spacing of places along a direction."""
    x = _arguments.ticks(name, places, at_least=3)
    steps = np.diff(x)
    step = float(x[-1] - x[0]) / (len(x) - 1)
    if step == 0 or (np.abs(steps - step) > 1e-5 * abs(step)).any():
        raise ValueError(f"{name}: got steps of {steps.min():g} to {steps.max():g}; want equal ones, not 0")
    return step
