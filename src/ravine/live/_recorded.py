"""States of a Python figure, recorded over the grid of its controls for pages without a kernel."""

import base64
import gzip
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ravine._typing import Array

MAX_STATES = 2000
MAX_BYTES = 300_000
GAP = 65535  # the code of a number that is not finite

Outputs = Mapping[str, Any]


def record(
    compute: Callable[[Mapping[str, Any]], Outputs], grid: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """Compute every state of the grid and pack the outputs as 16-bit codes.

    Numbers of one output in one state are scaled between their least (code 0) and greatest (code 65534); on a
    logarithmic scale where all are positive and span a factor of 1000 or more in some state.

    Parameters
    ----------
    compute : values -> outputs; each output keeps its shape in all states.
    grid : name of a value -> its choices; the last varies fastest.

    Returns
    -------
    {"grid": [[name, choices], ...], "outputs": {name: {...}}}, ready for JSON.

    Raises
    ------
    ValueError : too many states, too many bytes, or an output whose shape or kind changes.

    >>> packed = record(lambda v: {"square": v["x"] ** 2.0}, {"x": [1, 2, 3]})
    >>> packed["outputs"]["square"]["low"]
    [1.0, 4.0, 9.0]
    """
    n_states = int(np.prod([len(choices) for choices in grid.values()]))
    if n_states > MAX_STATES:
        raise ValueError(
            f"grid: got {n_states} states; want at most {MAX_STATES}: give sliders fewer choices"
        )
    states = [compute(dict(zip(grid, point, strict=True))) for point in itertools.product(*grid.values())]
    outputs = {name: _pack(name, [state[name] for state in states]) for name in states[0]}
    packed = {"grid": [[name, list(choices)] for name, choices in grid.items()], "outputs": outputs}
    size = len(gzip.compress(json.dumps(packed).encode(), mtime=0))
    if size > MAX_BYTES:
        raise ValueError(f"outputs: got {size} bytes gzipped; want at most {MAX_BYTES}: record fewer numbers")
    return packed


def _pack(name: str, column: list[Any]) -> dict[str, Any]:
    """One output over all states."""
    if isinstance(column[0], str):
        words = sorted(set(column))
        return {"words": words, "index": [words.index(word) for word in column]}
    shapes = {np.shape(x) for x in column}
    if len(shapes) > 1:
        raise ValueError(f"{name}: got shapes {sorted(shapes)}; want the same in every state")
    x = np.array([np.nan if v is None else v for v in column], dtype=float).reshape(len(column), -1)
    x = np.where(np.isfinite(x), x, np.nan)
    log = bool((x[np.isfinite(x)] > 0).all() and _spans(x, 1000))
    low, high, codes = _codes(np.log10(x) if log else x)
    data = base64.b64encode(codes.astype("<u2").tobytes()).decode()
    return {"shape": list(shapes.pop()), "log": log, "low": low, "high": high, "data": data}


def _spans(x: Array, factor: float) -> bool:
    """Whether the finite numbers of some row span the factor."""
    filled = np.where(np.isfinite(x), x, 1.0)
    return bool((filled.max(axis=1) >= factor * np.abs(filled).min(axis=1)).any())


def _codes(x: Array) -> tuple[list[float], list[float], Array]:
    """Least and greatest of each row (0 where it is all gaps), and the codes between them."""
    gap = np.isnan(x)
    low = np.where(gap, np.inf, x).min(axis=1)
    high = np.where(gap, -np.inf, x).max(axis=1)
    low, high = np.where(gap.all(axis=1), 0.0, low), np.where(gap.all(axis=1), 0.0, high)
    span = np.where(high > low, high - low, 1.0)
    scaled = np.rint((np.where(gap, low[:, None], x) - low[:, None]) / span[:, None] * (GAP - 1))
    return low.tolist(), high.tolist(), np.where(gap, GAP, scaled)
