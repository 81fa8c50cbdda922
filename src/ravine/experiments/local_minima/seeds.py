"""The chapter's measurements over twenty seeds, and the data files that hold them."""

import numpy as np
from matplotlib.figure import Figure

from ravine import plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.local_minima.copies import WAY, draw_scaling, permutation_line, scaling
from ravine.experiments.local_minima.curves import beside_saddle
from ravine.experiments.local_minima.widths import WIDTHS, Widths, draw_networks, train_widths


# Rounding grows along a training run: a relative 1e-14 in the initial weights moves the columns of this class
# and of those below by less than their tolerance.
class Symmetry(Measurement, name="local-minima-symmetry", rtol=1e-4):
    """Scalings and permutations of trained networks over all seeds.

    Columns: `sharpness`, (n_seeds, 5), and `drift`, (n_seeds, 3), as of `scaling`; `line`, the cost on the
    way between two equal networks, (n_seeds, 21), and its `barrier`, (n_seeds,).

    >>> Symmetry.load()["barrier"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """What scalings and permutations of a trained network do."""
        scaled, line = scaling(seed), permutation_line(seed)
        return {"sharpness": scaled.sharpness, "drift": scaled.drift, "line": line.J, "barrier": line.barrier}

    def plot(self) -> Figure:
        """Draw sharpness over the factor, and the cost on the way between two equal networks."""
        fig, (left, right) = plotting.figure(1, 2, height=3.2)
        draw_scaling(self["sharpness"], left)
        plotting.spread(right, np.linspace(0, 1, WAY), self["line"])
        right.set(xlabel="way between the copies", ylabel="cost $J$", ylim=(0, None))
        return fig


class SaddleCurves(Measurement, name="local-minima-beside-saddle", rtol=1e-4):
    """The curves that look stuck beside a saddle, over all seeds.

    Columns, (n_seeds,): `change`, `grad_norm` and `left` as in `Curve`, and `lam_min`, the least eigenvalue.

    >>> SaddleCurves.load()["lam_min"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The curve that looks stuck, and what became of it."""
        curve = beside_saddle(seed)
        return {
            "change": curve.change,
            "grad_norm": curve.grad_norm,
            "lam_min": curve.lam[0],
            "left": curve.left,
        }


class Spreads(Measurement, name="local-minima-widths", rtol=1e-2):
    """The spread over networks of each of the `WIDTHS`, over all seeds.

    Columns, (n_seeds, n_widths): mean cost on `train` and `test` examples; `std` of the test cost, and its
    `correlation` with the training cost.

    >>> Spreads.load()["std"].shape
    (20, 5)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The spread of twenty-five networks of each width."""
        found = train_widths(seed)
        return {
            "train": found.J.mean(axis=1),
            "test": found.J_test.mean(axis=1),
            "std": found.std,
            "correlation": found.correlation,
        }

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
