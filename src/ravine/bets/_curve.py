"""A bet on a curve, drawn on empty axes."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array
from ravine.bets import _judge
from ravine.bets._bet import Bet, build, pairs, refuse_useless
from ravine.bets._trees import calls, plant
from ravine.live import _checks, _text
from ravine.live._parts import Axis

N_KNOTS = 41
"""Points of a drawn curve, evenly spaced along the axis."""

N_ROWS = 6
"""Most rows of the table that says the result in numbers."""

FEATURES = ("start", "end", "lowest", "lowest_at", "highest", "highest_at")
USUAL_SHARE = 0.1
"""Of the axis' height, up to which a curve's mean distance counts as right, unless said otherwise."""


def curve(
    id: str,
    x: ArrayLike,
    y: ArrayLike,
    x_axis: Axis,
    y_axis: Axis,
    *,
    question: str,
    typical: Mapping[str, tuple[Any, str]] | None = None,
    within: float = USUAL_SHARE,
    anchored: bool = False,
    because: str = "",
    format: str = ".2g",
) -> Bet:
    r"""Ask for a curve: the reader draws it on empty axes, then the truth is drawn over it.

    Right is a curve whose mean distance is at most $w$, $\frac1n\sum_k |h(y_k) - h(a_k)| \le w$, over $n$
    evenly spaced knots, where $h$ is the height as a share of the axis.

    Parameters
    ----------
    id : "bet-...", once in the book.
    x, y : the computed curve, both (n,), x ascending and finite, in the units of the axes.
    x_axis, y_axis : `Axis(label, low, high, log)`, both ends given: they must not give the result away.
    question : in plain words.
    typical : name -> (condition, hint); a condition on `y(x)`, `truth(x)`, with x a number, and on `start`,
        `end`, `lowest`, `lowest_at`, `highest`, `highest_at` of the drawn curve. The first that holds gives
        its hint.
    within : $w$, in (0, 1).
    anchored : whether the first point is shown beforehand, where it holds by definition.
    because : a sentence that follows the result.
    format : of the numbers in the table of the result.

    Returns
    -------
    Bet

    Raises
    ------
    ValueError : a curve off its axes, a condition that holds for the truth itself.

    >>> from ravine import bets
    >>> bet = bets.curve("bet-a", [0, 1], [1, 2], bets.Axis("t", 0, 1), bets.Axis("y", 0, 4), question="How?",
    ...     typical={"falls": (bets.end < bets.start, "It grows.")})
    >>> bet.judge(np.linspace(1, 0, 41)).hint
    'It grows.'
    """
    xs, ys = _check.array("x", x), _check.array("y", y)
    if xs.ndim != 1 or xs.shape != ys.shape or len(xs) < 2 or (np.diff(xs) <= 0).any():
        raise ValueError(f"x: got shape {xs.shape} for y {ys.shape}; want both (n,), n >= 2, x ascending")
    axes = {"x": _axis("x_axis", x_axis, xs), "y": _axis("y_axis", y_axis, ys)}
    within = _check.real("within", within, above=0, below=1)
    _text.check_format("format", format)
    knots = (np.geomspace if x_axis.log else np.linspace)(xs[0], xs[-1], N_KNOTS)
    knots[[0, -1]] = xs[[0, -1]]  # the ends are the curve's, to the last bit
    truth = np.interp(knots, xs, ys)
    cases = [(name, _condition(name, case, knots), hint) for name, case, hint in pairs(typical)]
    own = {
        **axes,
        "knots": knots.tolist(),
        "truth": truth.tolist(),
        "line": [xs.tolist(), ys.tolist()],
        "within": within,
        "anchored": bool(_checks.truth("anchored", anchored)),
    }
    table = _table(x_axis, y_axis, xs, ys, format)
    bet = build("curve", id, question, table, cases, because, "", **own)
    return refuse_useless(bet, truth.tolist(), shapes(bet.spec), lambda drawn: "the curve")


def _axis(argument: str, axis: Axis, values: Array) -> dict[str, Any]:
    """An axis as data, if it holds the curve."""
    if not isinstance(axis, Axis):
        raise ValueError(f"{argument}: got {axis!r}; want a bets.Axis")
    low, high = (_check.real(f"{argument} {end}", getattr(axis, end)) for end in ("low", "high"))
    if not ((values >= low) & (values <= high)).all():
        raise ValueError(
            f"{argument}: got values from {values.min():g} to {values.max():g}; "
            f"want them in [{low:g}, {high:g}]"
        )
    return {"label": axis.label, "low": low, "high": high, "log": bool(axis.log)}


def _condition(name: str, case: Any, knots: Array) -> Any:
    tree = plant(f"typical {name!r}", case, FEATURES, ("y", "truth"))
    for place in calls(tree, ("y", "truth")):
        if not isinstance(place, float) or not knots[0] <= place <= knots[-1]:
            raise ValueError(
                f"typical {name!r}: got the curve at {place}; want a number in [{knots[0]:g}, {knots[-1]:g}]"
            )
    return tree


def _table(x: Axis, y: Axis, xs: Array, ys: Array, format: str) -> tuple[tuple[str, ...], ...]:
    """Points of the curve itself, about evenly spaced: what lies between them was never computed."""
    at = np.log(xs) if x.log else xs
    rows = sorted({int(np.abs(at - place).argmin()) for place in np.linspace(at[0], at[-1], N_ROWS)})
    numbers = [(_text.format_number(xs[k], ".4g"), _text.format_number(ys[k], format)) for k in rows]
    return ((x.label, y.label), *numbers)


def shapes(spec: Mapping[str, Any]) -> list[list[float]]:
    """Curves that a reader may draw: level, rising, falling, bent once or twice, at several heights.

    Parameters
    ----------
    spec : of a curve.

    Returns
    -------
    list : curves, each a list of n_knots values on the axis.
    """
    axis = spec["y"]
    f, g = (np.log, np.exp) if axis["log"] else (np.asarray, np.asarray)
    low, high = float(f(axis["low"])), float(f(axis["high"]))
    heights, k = np.linspace(0.02, 0.98, 5), np.linspace(0, 1, len(spec["knots"]))
    first = float(_judge._height(axis)(spec["truth"][0]))
    drawn = [np.interp(k, [0, 1], [a, b]) for a in (first, *heights) for b in heights]
    for turn in (0.25, 0.5, 0.75):
        for a in (first, 0.5):
            drawn += [np.interp(k, [0, turn, 1], [a, b, c]) for b in heights for c in heights]
    curves = np.clip(
        g(low + np.array(drawn) * (high - low)), axis["low"], axis["high"]
    )  # rounding at the ends
    return cast("list[list[float]]", curves.tolist())
