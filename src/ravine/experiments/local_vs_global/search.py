"""Limits of all searches and of all gradient methods, and networks wide enough to be trained."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, descent, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.networks import MLP

SEARCHES = {"in a fixed order": "grey", "near the best": "blue", "near the worst": "orange"}
N_BITS, WIDTHS, N_NETWORKS, N_STEPS = 4, (2, 3, 4, 6, 8, 12, 16), 50, 500


@dataclass(frozen=True)
class FreeLunch:
    """Lowest value seen after 1, 2, ... evaluations, averaged over functions: search -> (n_points,).

    `every` is over all functions, `smooth` over those that change by at most 1 from point to point.
    """

    every: dict[str, Array]
    smooth: dict[str, Array]
    n_every: int
    n_smooth: int

    def plot(self) -> Figure:
        """Draw what each search gains over the fixed order, on all functions and on the smooth ones."""
        fig, ax = plotting.figure()
        at = np.arange(1, len(next(iter(self.every.values()))) + 1)
        for (name, colour), marker in zip(list(SEARCHES.items())[1:], "o^", strict=True):
            for curves, line, which in ((self.smooth, "-", "smooth"), (self.every, ":", "all")):
                gain = curves["in a fixed order"] - curves[name]
                ax.plot(at, gain, line, marker=marker, color=f"ravine:{colour}",
                        label=f"{name}, {which}")  # fmt: skip
        ax.set(xlabel="evaluations", ylabel="lower than in a fixed order by", ylim=(-0.1, 0.14))
        ax.legend(loc="upper center", ncols=2)
        return fig


def free_lunch(n_points: int = 7, n_values: int = 5) -> FreeLunch:
    """Three searches on every function from points in a row to 0, ..., n_values - 1.

    All start in the middle and never look twice. One goes outwards in a fixed order; one looks beside the
    lowest value seen so far, one beside the highest.

    Parameters
    ----------
    n_points : in a row, at least 2.
    n_values : at least 2.

    Returns
    -------
    FreeLunch

    Raises
    ------
    ValueError : counts below 2, or more than a million functions.

    Source: D. Wolpert and W. Macready, IEEE Transactions on Evolutionary Computation 1, 1997: averaged over
    all functions, all searches that never look twice see the same.

    >>> lunch = free_lunch(3, 2)
    >>> [curve.tolist() for curve in lunch.every.values()]
    [[0.5, 0.25, 0.125], [0.5, 0.25, 0.125], [0.5, 0.25, 0.125]]
    """
    n, m = _check.count("n_points", n_points, at_least=2), _check.count("n_values", n_values, at_least=2)
    if m**n > 1_000_000:
        raise ValueError(f"n_values: got {m}**{n} functions; want at most a million")
    functions = np.array(list(product(range(m), repeat=n)))
    smooth = (np.abs(np.diff(functions, axis=1)) <= 1).all(axis=1)
    seen = {name: _search(functions, name) for name in SEARCHES}
    return FreeLunch(
        {name: values.mean(axis=0) for name, values in seen.items()},
        {name: values[smooth].mean(axis=0) for name, values in seen.items()},
        len(functions),
        int(smooth.sum()),
    )


def _search(functions: NDArray[np.int64], name: str) -> NDArray[np.int64]:
    """The lowest value seen after each evaluation, (n_functions, n_points)."""
    n_functions, n = functions.shape
    each, places = np.arange(n_functions), np.arange(n)
    visited = np.zeros((n_functions, n), dtype=bool)
    at = np.full(n_functions, n // 2)
    values = []
    for _ in places:
        visited[each, at] = True
        values.append(functions[each, at])
        heights = {"near the best": functions, "near the worst": -functions}.get(name)
        centre = n // 2 if heights is None else np.where(visited, heights, functions.max() + 1).argmin(axis=1)
        away = np.abs(places - np.reshape(centre, (-1, 1)))
        at = np.where(visited, n, away).argmin(axis=1)
    return np.minimum.accumulate(np.stack(values, axis=1), axis=1)


def parity(seed: int, width: int) -> float:
    """The share of random starts from which a tanh network learns the parity of four bits without an error.

    Parameters
    ----------
    seed : of the starts.
    width : hidden units, at least 1.

    Returns
    -------
    float : from 0 to 1, over N_NETWORKS starts trained by Adam for N_STEPS steps on all 16 patterns.

    Raises
    ------
    ValueError : a negative seed or a width below 1.

    >>> 0 <= parity(0, 2) <= 1
    True
    """
    rng = _check.seeded(seed)
    network = MLP((N_BITS, _check.count("width", width), 2), "tanh")
    X = np.array(list(product((-1.0, 1.0), repeat=N_BITS)))
    y = (X > 0).sum(axis=1) % 2
    theta0 = network.init(rng, size=N_NETWORKS)
    run = descent.minimise(network.problem(X, y), rules.adam(0.05), theta0, n_steps=N_STEPS,
                           record_every=N_STEPS)  # fmt: skip
    return float((network.error_rate(run.theta[-1], X, y) == 0).mean())


# A start at the border between learning and not may change sides with the last bit: of fifty, a few.
class Parities(Measurement, name="local-vs-global-parity", rtol=0.2):
    """The share of starts that learn over all seeds: learned (n_seeds, len(WIDTHS)).

    >>> Parities.load()["learned"].shape
    (20, 7)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The share at every width."""
        return {"learned": np.array([parity(seed, width) for width in WIDTHS])}

    def plot(self) -> Figure:
        """Draw the share over the width."""
        fig, ax = plotting.figure(height=3.2)
        plotting.spread(ax, WIDTHS, self["learned"], marker="o")
        ax.set(xscale="log", xlabel="hidden units", ylabel="starts that learn parity", ylim=(-0.05, 1.05))
        ax.set_xticks(WIDTHS, [str(width) for width in WIDTHS])
        ax.minorticks_off()
        return fig
