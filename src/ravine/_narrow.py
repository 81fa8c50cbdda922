"""Figures for a phone: the same panels, below one another, in a width that needs no shrinking."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from textwrap import wrap
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

WIDTH = 3.75
"""Inches: 360 px, what a phone 390 px wide leaves for a figure."""

PANEL = (2.5, 3.0)
"""Least and greatest height of one panel in a stack, inches."""

TALLEST_STACK = 4
"""More panels than this go into two columns."""

LONG_NAME = 20
"""Characters: two shorter names stand side by side in a legend."""

ROW = 0.2
"""Height of a row of a legend, inches."""

STYLE = {
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "font.size": 9.5,
    "legend.fontsize": 9,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}

_on: ContextVar[bool] = ContextVar("narrow", default=False)
_AXES = ("x", "y")


@contextmanager
def narrow() -> Iterator[None]:
    """Lay out figures that are opened inside for a phone, whatever size and grid they ask for.

    >>> from ravine import plotting
    >>> with narrow():
    ...     fig, (left, right) = plotting.figure(1, 2, width=8.0)
    >>> bool(left.get_position().y0 > right.get_position().y1), float(fig.get_figwidth())
    (True, 3.75)
    >>> plt.close(fig)
    """
    token = _on.set(True)
    try:
        yield
    finally:
        _on.reset(token)


def is_on() -> bool:
    """Whether figures are to be laid out for a phone."""
    return _on.get()


def subplots(
    n_rows: int,
    n_cols: int,
    size: tuple[float, float],
    *,
    squeeze: bool = True,
    sharex: Any = False,
    sharey: Any = False,
    width_ratios: Any = None,
    height_ratios: Any = None,
    places: bool = True,
) -> tuple[Figure, Any]:
    """`matplotlib.pyplot.subplots` in a narrow layout; the axes come back in the shape that was asked for.

    Ratios of panels that leave their row or column say nothing any more. With `places` each panel says what
    captions call it: of a row, where it stands in the stack; of a grid, where it stands in the wide layout.
    """
    n, (width, height) = n_rows * n_cols, size
    panel = float(np.clip(WIDTH * height / n_rows / (width / n_cols), *PANEL))
    if n_cols == 1:
        total = max(panel * n_rows, 0.9 * height) if n_rows > 1 else panel
        return plt.subplots(
            n_rows,
            1,
            figsize=(WIDTH, total),
            squeeze=squeeze,
            sharex=sharex,
            sharey=sharey,
            height_ratios=height_ratios,
        )
    columns = 1 if n <= TALLEST_STACK else 2
    rows = -(-n // columns)
    if columns == 2:
        panel = WIDTH / 2
    fig = plt.figure(figsize=(WIDTH, rows * panel))
    grid = fig.add_gridspec(rows, columns)
    axes = np.empty((n_rows, n_cols), dtype=object)
    # Two rows that belong together, column by column, stay side by side.
    order = [(i, j) for j in range(n_cols) for i in range(n_rows)] if n_rows == columns == 2 else None
    for k, (i, j) in enumerate(order or list(np.ndindex(n_rows, n_cols))):
        shared = {
            f"share{x}": axes[first]
            for x, how in zip(_AXES, (sharex, sharey), strict=True)
            if (first := _leader(how, i, j, order)) is not None
        }
        axes[i, j] = fig.add_subplot(grid[divmod(k, columns)], **shared)
        if places and (place := _place(i, j, n_rows, n_cols)):
            axes[i, j].annotate(
                place,
                (1, 1),
                xytext=(0, 3),
                xycoords="axes fraction",
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=8,
                color="#767676",
            )
    return fig, (axes.squeeze() if squeeze else axes)  # n > 1 here


def _place(i: int, j: int, n_rows: int, n_cols: int) -> str:
    """What captions call the panel on a phone; empty in a large grid.

    A row becomes a stack there, and what stands left stands at the top; panels of a grid keep their names.
    """
    if n_rows > 2 or n_cols > 3:
        return ""
    if n_rows == 1:
        return {2: ("top", "bottom"), 3: ("top", "middle", "bottom")}[n_cols][j]
    across = {2: ("left", "right"), 3: ("left", "middle", "right")}[n_cols][j]
    return f"{('top', 'bottom')[i]} {across}"


def _leader(how: Any, i: int, j: int, order: Any) -> tuple[int, int] | None:
    """The panel drawn before (i, j) whose axis it shares; None for the first, or where nothing is shared."""
    first = {True: (0, 0), "all": (0, 0), "row": (i, 0), "col": (0, j)}.get(how)
    return None if first == (i, j) else first


def settle(fig: Figure) -> None:
    """Give a drawing what it lost with its width: names of shared axes, room for legends and for long names.

    A panel without a name of its own takes that of the first panel with which it shares the axis.
    The legend of a single panel, which would cover half of it, goes below; elsewhere it gets two columns.

    Parameters
    ----------
    fig : drawn under `narrow`.
    """
    for x in _AXES:
        for ax in (ax for ax in fig.axes if ax.axison):
            group = getattr(ax, f"get_shared_{x}_axes")().get_siblings(ax)
            names = [getattr(other, f"get_{x}label")() for other in fig.axes if other in group]
            if not getattr(ax, f"get_{x}label")() and any(names):
                ax.set(**{f"{x}label": next(filter(None, names))})
    for ax in fig.axes:
        _fold_names(ax)
    legends = [*fig.legends, *filter(None, (ax.get_legend() for ax in fig.axes))]
    panels = [ax for ax in fig.axes if ax.get_subplotspec() is not None]
    if len(panels) == len(legends) == 1:
        _move_below(fig, legends[0])
    else:
        for legend in legends:
            legend.set_ncols(min(legend._ncols, 2))  # type: ignore[attr-defined]  # it has a setter alone


def _move_below(fig: Figure, legend: Legend) -> None:
    names = [text.get_text() for text in legend.get_texts()]
    columns = 2 if max(map(len, names)) <= LONG_NAME else 1
    title = legend.get_title().get_text() or None
    handles = [handle for handle in legend.legend_handles if handle is not None]
    fig.legend(handles, names, loc="outside lower left", ncols=columns, title=title)
    legend.remove()
    fig.set_figheight(fig.get_figheight() + ROW * (-(-len(names) // columns) + bool(title)))


def _fold_names(ax: Axes) -> None:
    """Break long names along a vertical axis."""
    names = [label.get_text() for label in ax.get_yticklabels()]
    if any(
        len(name) > LONG_NAME and "$" not in name for name in names
    ):  # numbers are typeset between dollars
        ax.set_yticks(ax.get_yticks(), ["\n".join(wrap(name, LONG_NAME - 4)) for name in names])
