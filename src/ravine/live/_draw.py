"""The default state of a figure as a static picture, for print, EPUB and readers without JavaScript."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ravine import plotting
from ravine.live import _relief, _text
from ravine.live._parts import MARKERS, Axis, Mark
from ravine.live._views import Field, Lines, Plane, View

Outputs = Mapping[str, Any]


def draw(views: Sequence[View], outputs: Outputs) -> Figure:
    """Every view but the control planes, side by side."""
    shown = [view for view in views if not isinstance(view, Plane)]
    fig, axes = plotting.figure(
        1, len(shown), width=plotting.WIDTH * (1 + 0.6 * (len(shown) > 1)), squeeze=False
    )
    for ax, view in zip(axes[0], shown, strict=True):
        if isinstance(view, Field):
            _field(ax, view, outputs)
        else:
            _lines(ax, view, outputs)
        _limits(ax, view, outputs)
        if ax.get_legend_handles_labels()[0]:
            # A small map has no room to spare inside.
            below = isinstance(view, Field) and view.bare
            ax.legend(**({"loc": "upper left", "bbox_to_anchor": (0, 0)} if below else {}))
    return fig


def png(fig: Figure) -> bytes:
    """The figure as a file, closed afterwards; no date in it, so that two builds agree."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(fig)
    return buffer.getvalue()


def _fill(template: str, outputs: Outputs) -> str | None:
    """A label filled as the front end fills it; None where there is none."""
    return _text.fill(template, outputs) or None


def _number(x: Any, outputs: Outputs) -> float | None:
    return None if x is None else float(outputs[x] if isinstance(x, str) else x)


def _limits(ax: Axes, view: Any, outputs: Outputs) -> None:
    for name, axis in (("x", view.x), ("y", view.y)):
        ends = [_number(end, outputs) for end in (axis.low, axis.high)]
        ax.set(
            **{
                f"{name}label": axis.label,
                f"{name}scale": "log" if axis.log else "linear",
                f"{name}lim": ends,
            }
        )
    if isinstance(view, Field) and view.bare:
        ax.set(xticks=[], yticks=[], xlabel="", ylabel="", box_aspect=view.shape)
    drawn = isinstance(view, Lines) and view.sketch
    if view.title and not view.handle and not drawn:  # else it says what to drag
        ax.set_title(view.title)


def _field(ax: Axes, view: Field, outputs: Outputs) -> None:
    box = [[_number(axis.low, outputs), _number(axis.high, outputs)] for axis in (view.x, view.y)]
    surface = outputs.get(view.surface or "")
    if surface is not None:
        _surface(ax, view, surface, box)
    trails = [path for path in view.paths if not path.arrow]
    for path in view.paths:
        theta = np.column_stack([outputs[path.x], outputs[path.y]])
        if not len(theta):
            continue
        # As in the front end: the first is the widest, so that it shows at both sides of the next.
        nth = len(trails) - 1 if path.arrow else trails.index(path)
        wide = 1.4 + 1.2 * (len(trails) - 1 - nth) if path.width is None else 0.8 * path.width
        marker = "o" if path.arrow else MARKERS[path.marker or list(MARKERS)[nth % len(MARKERS)]]
        colour = outputs[path.tone] if path.tone else path.colour
        look: dict[str, Any] = {"colour": colour, "width": wide, "marker": marker}
        plotting.path(ax, theta, label=_fill(path.label, outputs), **look)
    for p in view.points:
        if p.style == "segments":
            ends = np.column_stack([outputs[p.x], outputs[p.y]]).reshape(-1, 2, 2)
            look = {
                "colors": f"ravine:{p.colour}",
                "linewidths": 1.6 * p.radius,
                "label": _fill(p.label, outputs),
            }
            ax.add_collection(LineCollection(list(ends), **look))
            continue
        ax.scatter(
            outputs[p.x], outputs[p.y], p.radius**2, f"ravine:{p.colour}", label=_fill(p.label, outputs)
        )
    _spots(ax, view.marks, outputs)
    if view.equal:
        ax.set_aspect("equal")


def _surface(ax: Axes, view: Field, surface: Any, box: Sequence[Any]) -> None:
    """The heat map with its scale, and its minima."""
    if callable(surface):
        n_rows = n_columns = _relief.SIDE
        logs = bool(view.log)
        drawn = plotting.contours(ax, surface, box, log=logs)
    else:
        n_rows, n_columns = surface.shape
    x, y = _axis(view.x, box[0], n_columns), _axis(view.y, box[1], n_rows)
    heights = surface(np.stack(np.meshgrid(x, y), -1)) if callable(surface) else surface
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights[np.isfinite(heights)]))
    base = 0 if view.log == "value" else low - 1e-4 * (high - low)
    if not callable(surface):
        height = np.log(np.maximum(surface - base, np.finfo(float).tiny)) if view.log else surface
        # Colours that other maps share reach from end to end, and beyond.
        levels, beyond = (24, "neither") if view.span is None else (np.linspace(*view.span, 25), "both")
        drawn = ax.contourf(x, y, height, levels, cmap=plotting.COLOUR_MAP, extend=beyond)
    if view.below is not None:
        ax.contourf(x, y, heights, [min(low, 0) - 1, view.below], colors=["ravine:green"], alpha=0.5)
        ax.contour(x, y, heights, [view.below], colors=["ravine:green"], linewidths=1)
    if view.scale:
        _scale(ax, view, drawn, low, high, inside=callable(surface))
    if view.minima:
        lowest = _relief.minima(surface, x, y)
        ax.plot(*lowest.T, "kx", markersize=6, markeredgewidth=1.6, label=view.minima, zorder=3)


def _scale(ax: Axes, view: Field, drawn: Any, low: float, high: float, *, inside: bool) -> None:
    """The bar that says what the colours mean; decades where they stand for a logarithm."""
    bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.8)
    if view.log is not True:
        bar.set_label(view.scale)
        if view.log and not inside:
            # The colours stand for logarithms, the numbers beside them for heights.
            least = low if low > 0 else 1e-4 * high
            tens = 10.0 ** np.arange(np.ceil(np.log10(least)), np.floor(np.log10(high)) + 1)
            bar.set_ticks(list(np.log(tens)), labels=[_text.format_number(x) for x in tens])
            bar.ax.minorticks_off()
        return
    range_, zero = high - low, abs(low) <= 1e-6 * (high - low)
    bar.set_label(view.scale if zero else f"{view.scale} above its lowest, {_text.format_number(low)}")
    decades = 10.0 ** np.arange(np.ceil(np.log10(1e-4 * range_)), np.floor(np.log10(range_)) + 1)
    # The colours count from a ten-thousandth of the range below the lowest point.
    places = decades + 1e-4 * range_ - (low if zero else 0)
    bar.set_ticks(
        list(places if inside else np.log(places)), labels=[_text.format_number(d) for d in decades]
    )
    bar.ax.minorticks_off()


def _spots(ax: Axes, marks: Sequence[Mark], outputs: Outputs) -> None:
    """Named points as stars."""
    for mark in marks:
        x, y = _number(mark.x, outputs), _number(mark.y, outputs)
        if x is not None and y is not None:
            ax.plot(x, y, "*", color=f"ravine:{mark.colour}", markersize=10, label=_fill(mark.label, outputs))


def _axis(axis: Axis, ends: Sequence[Any], n: int) -> Any:
    low, high = ends
    return np.geomspace(low, high, n) if axis.log else np.linspace(low, high, n)


def _lines(ax: Axes, view: Lines, outputs: Outputs) -> None:
    for s in (s for s in view.series if s.shown(outputs)):
        x, y = np.atleast_1d(outputs[s.x]), np.atleast_1d(outputs[s.y])
        look: dict[str, Any] = {"color": f"ravine:{s.colour}", "label": _fill(s.label, outputs)}
        if s.style == "bars":
            ax.bar(x, y, width=0.92 * (x[1] - x[0]), alpha=0.45, **look)
        else:
            style = {"line": "-", "dashed": "--", "points": ""}[s.style]
            look |= {} if s.width is None else {"linewidth": s.width}
            ax.plot(x, y, linestyle=style, marker="o" if s.style == "points" else "", **look)
        if s.band:
            ax.fill_between(x, *(outputs[b] for b in s.band), color=look["color"], alpha=0.18, linewidth=0)
    for mark in view.marks:
        x0, y0, look = (
            _number(mark.x, outputs),
            _number(mark.y, outputs),
            {"color": f"ravine:{mark.colour}"},
        )
        if x0 is not None and y0 is not None:
            ax.plot(x0, y0, "o", **look)
        elif x0 is not None:
            ax.axvline(x0, linestyle=":", label=_fill(mark.label, outputs), **look)
        elif y0 is not None:
            ax.axhline(y0, linestyle=":", label=_fill(mark.label, outputs), **look)
