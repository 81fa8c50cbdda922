"""The chapter's measurements over twenty seeds, and the data files that hold them."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import plotting
from ravine._typing import Array
from ravine.experiments._sweep import Sweep
from ravine.experiments.local_minima.copies import WAY, draw_scaling, permutation_line, scaling
from ravine.experiments.local_minima.curves import beside_saddle
from ravine.experiments.local_minima.widths import WIDTHS, Widths, draw_networks, train_widths


def _symmetry_row(seed: int) -> dict[str, float | Array]:
    """What scalings and permutations of a trained network do."""
    scaled, line = scaling(seed), permutation_line(seed)
    return {"sharpness": scaled.sharpness, "drift": scaled.drift, "line": line.J, "barrier": line.barrier}


def _beside_saddle_row(seed: int) -> dict[str, float | Array]:
    """The curve that looks stuck, and what became of it."""
    curve = beside_saddle(seed)
    return {"change": curve.change, "grad_norm": curve.grad_norm, "lam_min": curve.lam[0], "left": curve.left}


def _widths_row(seed: int) -> dict[str, float | Array]:
    """The spread of twenty-five networks of each width."""
    found = train_widths(seed)
    return {
        "train": found.J.mean(axis=1),
        "test": found.J_test.mean(axis=1),
        "std": found.std,
        "correlation": found.correlation,
    }


# Rounding grows along a training run: a relative 1e-14 in the initial weights moves these by less than that.
SYMMETRY = Sweep("local-minima-symmetry", _symmetry_row, rtol=1e-4)
BESIDE_SADDLE = Sweep("local-minima-beside-saddle", _beside_saddle_row, rtol=1e-4)
WIDTHS_SWEEP = Sweep("local-minima-widths", _widths_row, rtol=1e-2)


@dataclass(frozen=True)
class Symmetry:
    """Scalings and permutations over all seeds: the columns of `SYMMETRY` by name."""

    columns: dict[str, Array]

    def __getitem__(self, name: str) -> Array:
        """A measurement over the seeds, shape (n_seeds, ...)."""
        return self.columns[name]

    def plot(self) -> Figure:
        """Draw sharpness over the factor, and the cost on the way between two equal networks."""
        fig, (left, right) = plotting.figure(1, 2, height=3.2)
        draw_scaling(self["sharpness"], left)
        plotting.spread(right, np.linspace(0, 1, WAY), self["line"])
        right.set(xlabel="way between the copies", ylabel="cost $J$", ylim=(0, None))
        return fig


def symmetry() -> Symmetry:
    """Load the measurements on scalings and permutations.

    Returns
    -------
    Symmetry

    >>> symmetry()["barrier"].shape
    (20,)
    """
    return Symmetry(SYMMETRY.load())


@dataclass(frozen=True)
class ManyWidths:
    """The spread over networks, over all seeds: the columns of `WIDTHS_SWEEP`, each (n_seeds, n_widths)."""

    columns: dict[str, Array]

    def __getitem__(self, name: str) -> Array:
        """A measurement over seeds and widths."""
        return self.columns[name]

    @property
    def slope(self) -> Array:
        """Of the logarithm of the spread against that of the width, from 4 units on, (n_seeds,)."""
        h = np.log(np.array(WIDTHS[1:]))
        return np.asarray(np.polyfit(h, np.log(self["std"][:, 1:]).T, 1)[0])

    @property
    def shrink(self) -> Array:
        """The spread at 4 units over that at 32, (n_seeds,)."""
        return np.asarray(self["std"][:, 1] / self["std"][:, -1])

    def plot(self, found: Widths) -> Figure:
        """Draw the networks of one seed, and the spread over all seeds."""
        fig, (left, right) = plotting.figure(1, 2, height=3.4)
        draw_networks(found, left)
        plotting.spread(right, WIDTHS, self["std"], marker="o")
        right.set(xlabel="hidden units $h$", ylabel="its standard deviation")
        right.set(xscale="log", yscale="log")
        right.set_xticks(WIDTHS, [str(h) for h in WIDTHS], minor=False)
        right.minorticks_off()
        return fig


def many_widths() -> ManyWidths:
    """Load the spread over networks of each width.

    Returns
    -------
    ManyWidths

    >>> many_widths()["std"].shape
    (20, 5)
    """
    return ManyWidths(WIDTHS_SWEEP.load())
