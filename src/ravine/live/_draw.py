"""The default state of a figure as a static picture, for print, EPUB and readers without JavaScript."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ravine import plotting
from ravine.live import _text
from ravine.live._parts import Axis
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
            ax.legend()
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
    if view.title and not view.handle:  # else it says what to drag
        ax.set_title(view.title)


def _field(ax: Axes, view: Field, outputs: Outputs) -> None:
    box = [[_number(axis.low, outputs), _number(axis.high, outputs)] for axis in (view.x, view.y)]
    surface = outputs.get(view.surface or "")
    if callable(surface):
        plotting.contours(ax, surface, box, log=bool(view.log))  # type: ignore[arg-type]  # both ends are given
    elif surface is not None:
        n_rows, n_columns = surface.shape
        x, y = _axis(view.x, box[0], n_columns), _axis(view.y, box[1], n_rows)
        base = 0 if view.log == "value" else surface.min() - 1e-4 * np.ptp(surface)
        height = np.log(np.maximum(surface - base, np.finfo(float).tiny)) if view.log else surface
        ax.contourf(x, y, height, 24, cmap=plotting.COLOUR_MAP)
    for path in view.paths:
        theta = np.column_stack([outputs[path.x], outputs[path.y]])
        plotting.path(ax, theta, label=_fill(path.label, outputs), colour=path.colour)
    for p in view.points:
        ax.scatter(
            outputs[p.x], outputs[p.y], p.radius**2, f"ravine:{p.colour}", label=_fill(p.label, outputs)
        )
    if view.equal:
        ax.set_aspect("equal")


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
