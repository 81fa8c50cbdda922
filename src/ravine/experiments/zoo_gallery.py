"""The zoo at a glance: its tables and thumbnails, made from the entries themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ravine import plotting, zoo
from ravine.objective import Objective

MARKERS = {"minimum": "o", "saddle": "X", "maximum": "^", "degenerate": "D"}
PLURALS = {"minimum": "minima", "saddle": "saddles", "maximum": "maxima", "degenerate": "degenerate"}

# Their walls dwarf their floors: without a logarithm a picture would show the walls alone.
STEEP = {"quadratic", "rosenbrock", "himmelblau", "beale", "cliff"}


@dataclass(frozen=True, repr=False)
class Table:
    """A table that notebooks and the site show as Markdown.

    >>> print(Table(("a", "b"), (("1", "2"),)))
    | a | b |
    | --- | --- |
    | 1 | 2 |
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        lines = (self.header, ("---",) * len(self.header), *self.rows)
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def __repr__(self) -> str:
        return f"Table({len(self.rows)} rows)"

    def _repr_markdown_(self) -> str:
        return str(self)


def formulae(names: Sequence[str] = zoo.NAMES) -> Table:
    """The name, the default parameters and the cost as LaTeX of each entry.

    Raises
    ------
    ValueError : no entry of that name.

    >>> print(formulae(["monkey_saddle"]).rows[0][2])
    $\\theta_{1}^{3} - 3 \\theta_{1} \\theta_{2}^{2}$
    """
    rows = ((f"`{J.name}`", _defaults(J), f"${J.latex()}$") for J in map(zoo.get, names))
    return Table(("entry", "defaults", "$J(\\theta)$"), tuple(rows))


def facts(names: Sequence[str] = zoo.NAMES) -> Table:
    """The box to draw, the known critical points and the source of each entry.

    Raises
    ------
    ValueError : no entry of that name.

    >>> print(facts(["beale"]).rows[0][2])
    minimum $(3, 0.5)$; saddles $(0, 1)$, $(0.1005, -2.645)$
    """
    rows = ((f"`{J.name}`", _box(J), _points(J), J.source) for J in map(zoo.get, names))
    return Table(("entry", "box", "critical points", "source"), tuple(rows))


def thumbnails(names: Sequence[str] = zoo.NAMES, n_cols: int = 4) -> Figure:
    """Draw every entry over its box, with its known critical points.

    Parameters
    ----------
    names : which entries; those of one coordinate are drawn as curves, of two as contours.
    n_cols : panels side by side.

    Returns
    -------
    Figure : one panel an entry, and a last one with the legend.

    Raises
    ------
    ValueError : no entry of that name.

    >>> import matplotlib.pyplot as plt
    >>> fig = thumbnails(["rosenbrock", "figure_8_4"])
    >>> [ax.get_title("left") for ax in fig.axes][:2]
    ['rosenbrock', 'figure_8_4']
    >>> plt.close(fig)
    """
    entries = [zoo.get(name) for name in names]
    n_rows = -(-(len(entries) + 1) // n_cols)
    fig, axes = plotting.figure(n_rows, n_cols, width=7.4, height=1.9 * n_rows, squeeze=False)
    panels = list(axes.flat)
    for ax, entry in zip(panels, entries, strict=False):
        _panel(ax, entry)
    for ax in panels[len(entries) :]:
        ax.set_axis_off()
    legend = panels[len(entries)]
    for kind, marker in MARKERS.items():
        legend.plot([], [], marker, **_look(), label=kind)
    legend.legend(loc="center", fontsize=9, frameon=False)
    return fig


def _panel(ax: Axes, J: Objective) -> None:
    """One entry with its critical points, the corners of its box as ticks."""
    points = np.array([point.theta for point in J.critical_points]).reshape(-1, J.n)
    if J.n == 1:
        x = np.linspace(*J.domain[0], 201)
        ax.plot(x, J.value(x[:, None]), color="ravine:blue")
        points = np.column_stack([points, J.value(points)])
    else:
        _ = plotting.contours(ax, J.value, J.domain, log=J.name in STEEP, resolution=101)
        ax.set_yticks(J.domain[1])
    for point, (x, y) in zip(J.critical_points, points, strict=True):
        ax.plot(x, y, MARKERS[point.kind], **_look())
    ax.set(xticks=J.domain[0], xlabel="", ylabel="")
    ax.tick_params(labelsize=7)
    ax.set_title(J.name, fontsize=8.5, family="monospace")


def _look() -> dict[str, Any]:
    """Markers that stand out on dark and bright parts of the colour map alike."""
    return {"markersize": 5.5, "markeredgecolor": "black", "markeredgewidth": 0.7, "color": "white"}


def _defaults(J: Objective) -> str:
    """kappa = 100, angle = 0."""
    return ", ".join(f"`{name}` = {x:g}" for name, x in J.parameters.items()) or "none"


def _box(J: Objective) -> str:
    r"""[-2, 2] \times [-1, 3], or [-2, 2]^2 where the sides are alike."""
    sides = [f"[{low:g}, {high:g}]" for low, high in J.domain]
    alike = J.n > 1 and len(set(sides)) == 1
    return f"${sides[0]}^{J.n}$" if alike else "$" + r" \times ".join(sides) + "$"


def _points(J: Objective) -> str:
    """The known critical points, kind by kind."""
    by_kind: dict[str, list[str]] = {}
    for point in J.critical_points:
        # + 0.0 turns -0.0 to 0.
        by_kind.setdefault(point.kind, []).append(f"$({', '.join(f'{x + 0.0:.4g}' for x in point.theta)})$")
    texts = (
        f"{PLURALS[kind] if len(at) > 1 else kind} {', '.join(at)}" for kind, at in sorted(by_kind.items())
    )
    return "; ".join(texts) or "none"
