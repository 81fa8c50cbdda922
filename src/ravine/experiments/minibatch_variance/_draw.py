"""Measurements over seeds as dots with their range."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ravine._typing import Array


def dots(ax: Axes, x: ArrayLike, samples: Array, *, colour: str, marker: str = "o", **options: Any) -> None:
    """Draw the median over seeds of samples (n_seeds, k) at x (k,) as dots, and the full range as bars."""
    middle = np.median(samples, 0)
    reach = np.abs([samples.min(0), samples.max(0)] - middle)
    look: dict[str, Any] = {"markersize": 5, "capsize": 3, "elinewidth": 1.2} | options
    ax.errorbar(x, middle, reach, fmt=marker, color=f"ravine:{colour}", **look)
