"""The house style, and the few drawings that several chapters share.

Figures keep their own light background, so that the same picture is legible in print and, on a light
card, in dark mode. Colours are those of Okabe and Ito (2008), told apart with any colour vision.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize, get_named_colors_mapping
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from ravine import _check, _narrow
from ravine._typing import Array

COLOURS = {
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "amber": "#E69F00",
    "black": "#222222",
    "grey": "#767676",
}
"""Name -> hexadecimal colour, in the order in which lines take them.

Matplotlib knows each as "ravine:<name>" too: `ax.plot(x, y, color="ravine:orange")`.
"""

get_named_colors_mapping().update({f"ravine:{name}": code for name, code in COLOURS.items()})

COLOUR_MAP = "viridis"
"""Perceptually uniform, and monotone in lightness, so that it survives a grey printer."""

WIDTH, HEIGHT = 6.4, 3.8
"""Default size of one panel, inches."""

LARGEST = 1e300
"""The largest size of a number to draw: an axis spans the difference of two, which must be a float64."""

_STYLE: Any = {
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": True,
    "axes.grid": True,
    "axes.labelsize": 11,
    "axes.prop_cycle": cycler(color=list(COLOURS.values())),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "figure.dpi": 160,  # a column of the page is 700 px wide: sharp at twice that on a phone
    "figure.facecolor": "white",
    "figure.figsize": (WIDTH, HEIGHT),
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same picture on every machine
    "font.size": 10.5,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "image.cmap": COLOUR_MAP,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.facecolor": "white",
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}


def figure(
    n_rows: int = 1,
    n_cols: int = 1,
    *,
    width: float = WIDTH,
    height: float = HEIGHT,
    places: bool = True,
    **options: Any,
) -> tuple[Figure, Any]:
    """Open a figure of n_rows by n_cols panels in the house style, which stays on for what is drawn after.

    Parameters
    ----------
    n_rows, n_cols : number of panels down and across, dimensionless.
    width, height : size of the whole figure, inches.
    places : whether the caption calls panels "left" or "top right"; on a phone, where they stand below one
        another, each then says so. Panels with names of their own need no such words.
    options : passed on to `matplotlib.pyplot.subplots`.

    Returns
    -------
    (fig, axes) : axes is one `Axes`, or an array of them of shape (n_rows, n_cols) without axes of length 1.

    Raises
    ------
    ValueError : a count below 1 or a size that is not positive.

    >>> fig, (left, right) = figure(1, 2)
    >>> fig.get_size_inches().tolist()
    [6.4, 3.8]
    >>> plt.close(fig)
    """
    shape = _check.count("n_rows", n_rows), _check.count("n_cols", n_cols)
    size = _check.real("width", width, above=0), _check.real("height", height, above=0)
    # Kept on rather than scoped: legends, titles and ticks are styled when they are made, after this returns.
    matplotlib.rcParams.update(_STYLE | _narrow.STYLE if _narrow.is_on() else _STYLE)
    if _narrow.is_on():
        made = _narrow.subplots(*shape, size, places=places, **options)
    else:
        made = plt.subplots(*shape, figsize=size, **options)
    # Afterwards: a notebook's first figure sets up its backend, which forgets all names of figures.
    _name_in_notebooks()
    return made


def _name_in_notebooks() -> None:
    """Replace the text that a notebook keeps in place of a picture: Matplotlib's is the name of a class."""
    ipython: Any = sys.modules.get("IPython")
    if ipython and (shell := ipython.get_ipython()):
        shell.display_formatter.formatters["text/plain"].for_type(Figure, _text)


def _text(fig: Figure, printer: Any, cycle: bool) -> None:
    n = len(fig.axes)
    printer.text(f"[A figure of {n} panel{'s' * (n != 1)}. Run this cell to see it.]")


def spread(
    ax: Axes,
    x: ArrayLike,
    samples: ArrayLike,
    *,
    label: str | None = None,
    colour: str = "blue",
    **line_options: Any,
) -> None:
    """Draw the median over seeds as a line and their full range as a band.

    Parameters
    ----------
    ax : where to draw.
    x : positions along the horizontal axis, shape (k,).
    samples : one row a seed, shape (n_seeds, k).
    label : legend text of the line.
    colour : a name from `COLOURS`.
    line_options : passed on to `Axes.plot`.

    Raises
    ------
    ValueError : shapes that do not fit, no position, no seed, numbers beyond `LARGEST`, or an unknown colour.

    >>> fig, ax = figure()
    >>> spread(ax, [0, 1], [[1, 2], [3, 4], [5, 9]])
    >>> ax.lines[0].get_ydata().tolist()
    [3.0, 4.0]
    >>> plt.close(fig)
    """
    positions = _drawable("x", x, ndim=1)
    rows = _drawable("samples", samples, ndim=2, last=len(positions))
    code = f"ravine:{_check.one_of('colour', colour, COLOURS)}"
    ax.plot(positions, np.median(rows, axis=0), color=code, label=label, **line_options)
    ax.fill_between(positions, rows.min(axis=0), rows.max(axis=0), color=code, alpha=0.18, linewidth=0)


def _drawable(name: str, x: ArrayLike, **shape: int) -> Array:
    """x as an array of the shape that has an entry, all of a size that can be drawn."""
    result = _check.array(name, x, **shape)
    if not result.size:
        raise ValueError(f"{name}: got shape {result.shape}; want at least one entry")
    if np.abs(result).max() > LARGEST:
        raise ValueError(
            f"{name}: got {result[np.abs(result) > LARGEST][0]}; want at most {LARGEST:g} in size"
        )
    return result


def contours(
    ax: Axes,
    value: Callable[[Array], Array],
    domain: Sequence[tuple[float, float]],
    *,
    log: bool = False,
    levels: int = 24,
    resolution: int = 201,
) -> QuadContourSet:
    """Draw filled contours of a cost over a rectangle.

    Parameters
    ----------
    ax : where to draw.
    value : theta (..., 2) -> cost (...), such as `objective.value`.
    domain : ((low, high), (low, high)) of theta_1 and theta_2, in theta's units.
    log : space the levels by the cost's logarithm above its lowest value on the grid.
    levels, resolution : number of levels, and of grid points along each axis.

    Returns
    -------
    QuadContourSet : for a colour bar.

    Raises
    ------
    ValueError : counts below 2, a domain that is no rectangle, a cost that is no number, or finite nowhere.
        A cost beyond `LARGEST` counts as infinite; what is not finite, or masked, is left blank.

    >>> fig, ax = figure()
    >>> contours(ax, lambda theta: (theta**2).sum(-1), ((-1, 1), (-1, 1))).get_cmap().name
    'viridis'
    >>> plt.close(fig)
    """
    if not callable(value):
        raise ValueError(f"value: got {value!r}; want a function theta -> cost")
    if not isinstance(log, bool | np.bool_):
        raise ValueError(f"log: got {log!r}; want True or False")
    box = _drawable("domain", domain, ndim=2, last=2)
    if box.shape != (2, 2) or (box[:, 0] >= box[:, 1]).any():
        raise ValueError(f"domain: got {domain!r}; want ((low, high), (low, high)) with low < high")
    n, n_levels = (
        _check.count("resolution", resolution, at_least=2),
        _check.count("levels", levels, at_least=2),
    )
    grid = np.stack(np.meshgrid(*(np.linspace(low, high, n) for low, high in box)), axis=-1)
    J, finite = _costs(value(grid.copy()))  # a copy, as the cost may work in place
    if J.shape != (n, n) or not finite.any():
        raise ValueError(f"value: got shape {J.shape} and no finite cost; want costs {(n, n)}, some finite")
    # What overflows is left blank; a plain of one height is one colour, which needs two levels apart.
    J = np.ma.masked_where(~finite, J)
    low, high = float(J.min()), float(J.max())
    norm: Normalize = Normalize(low, high)
    # Where costs differ by their last digits alone there are fewer levels than asked for.
    steps = np.unique(np.linspace(low, high, n_levels))
    if len(steps) == 1:
        margin = 1e-12 * max(abs(low), 1)
        steps = np.array([low - margin, low + margin])
    elif log:
        # Logarithms need positive heights: measure from just below the lowest point of the grid.
        base = max(1e-4 * (high - low), 5e-324)
        J, low, high = J - low + base, base, high - low + base
        steps, norm = np.unique(np.geomspace(low, high, n_levels)), LogNorm(low, high)
    drawn = ax.contourf(grid[..., 0], grid[..., 1], J, steps, cmap=COLOUR_MAP, norm=norm)
    # A picture within a drawing: a sixth of the bytes, and what surrounds it can still be recoloured.
    drawn.set_rasterized(True)
    ax.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$")
    ax.grid(False)
    return drawn


def _costs(answer: Any) -> tuple[Array, NDArray[np.bool_]]:
    """Costs as floats, and where they are finite and shown."""
    numbers = np.ma.getdata(answer)
    J = numbers.astype(np.float64) if numbers.dtype == bool else _check.floats("value", numbers)
    return J, (np.abs(J) <= LARGEST) & ~np.ma.getmaskarray(answer)


def path(
    ax: Axes,
    theta: ArrayLike,
    *,
    label: str | None = None,
    colour: str = "orange",
    width: float = 1.4,
    marker: str = "o",
) -> None:
    """Draw a trajectory in the plane: its steps as dots, its start as a ring.

    Parameters
    ----------
    ax : where to draw.
    theta : iterates, shape (n_recorded, 2).
    label : legend text.
    colour : a name from `COLOURS`.
    width, marker : of the line, in points, and of its steps, as matplotlib names markers.

    Raises
    ------
    ValueError : theta is not a sequence of points in the plane, empty, or beyond `LARGEST`, or an unknown
        colour.

    >>> fig, ax = figure()
    >>> path(ax, [[1, 1], [0, 0]], label="gradient descent")
    >>> ax.lines[0].get_label()
    'gradient descent'
    >>> plt.close(fig)
    """
    points = _drawable("theta", theta, ndim=2, last=2)
    code = f"ravine:{_check.one_of('colour', colour, COLOURS)}"
    # A white edge keeps the line visible on dark and bright parts of the colour map alike.
    edge = [withStroke(linewidth=width + 1.6, foreground="white")]
    size = 1.6 + width
    ax.plot(*points.T, color=code, marker=marker, markersize=size, linewidth=width, label=label,
            path_effects=edge)  # fmt: skip
    ax.plot(*points[0], marker="o", markersize=9, markerfacecolor="none", markeredgecolor=code)
