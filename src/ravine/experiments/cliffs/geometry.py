"""Where the cliff of a single recurrent unit stands, and why no grid of points shows its height."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.problems import RecurrentUnit
from ravine.rules._norm import norm
from ravine.theory import cliffs as theory


@dataclass(frozen=True)
class Bifurcation:
    """The fixed points x (k,) of a unit and the biases b (k,) at which they are fixed; `wall` is b at x0."""

    w: float
    x: Array
    b: Array
    folds: tuple[float, float]
    x0: float
    wall: float

    def plot(self) -> Figure:
        """Draw attracting states as lines, the repelling one dashed, and where x0 crosses it."""
        fig, ax = plotting.figure()
        slope = self.w * theory.output(self.x) * theory.output(-self.x)
        lower = self.x < self.x[slope >= 1].min()
        upper = self.x > self.x[slope >= 1].max()
        colour = "ravine:blue"
        ax.plot(self.b[lower], self.x[lower], color=colour, label="attracts")
        ax.plot(self.b[upper], self.x[upper], color=colour)
        ax.plot(self.b[slope >= 1], self.x[slope >= 1], "--", color="ravine:orange",
                label="repels")  # fmt: skip
        ax.axhline(self.x0, color="ravine:grey", linewidth=1, label="$x_0$")
        ax.plot(self.wall, self.x0, "o", color="ravine:black", label="the wall, $b_c$")
        for b in self.folds:
            ax.axvline(b, color="ravine:grey", linewidth=0.8, linestyle=":")
        ax.set(xlabel="bias $b$", ylabel="state $x$", xlim=(-4, -1), ylim=(-4, 4))
        ax.legend(loc="lower right")
        return fig


def bifurcation(w: float = 5.0) -> Bifurcation:
    """The fixed points of the unit over the bias.

    Parameters
    ----------
    w : the recurrent weight, above 4.

    Returns
    -------
    Bifurcation

    Raises
    ------
    ValueError : w <= 4.

    Source: R. Pascanu, T. Mikolov and Y. Bengio, ICML 2013, figure 3.

    >>> bifurcation(5.0).wall > bifurcation(5.0).folds[0]
    True
    """
    x, unit = np.linspace(-6, 8, 4001), RecurrentUnit()
    return Bifurcation(w, x, theory.fixed_point_bias(x, w), theory.folds(w), unit.x0, float(unit.wall(w)))


@dataclass(frozen=True)
class Grids:
    """The longest gradient that grids of points see, shape (n_grids, len(n_points)), and what there is.

    on_the_wall is the length on the line; steepest the longest of all, at the bias wall + beside.
    """

    n_points: tuple[int, ...]
    seen: Array
    on_the_wall: float
    steepest: float
    beside: float

    def plot(self) -> Figure:
        """Draw what grids of growing fineness see, with its range over grids, below what there is."""
        fig, ax = plotting.figure()
        plotting.spread(ax, self.n_points, self.seen, label="longest on a grid", marker="o")
        for height, style, label in (
            (self.steepest, "-", "longest of all"),
            (self.on_the_wall, "--", "on the line"),
        ):
            ax.axhline(height, color="ravine:orange", linestyle=style, label=label)
        ax.set(xscale="log", yscale="log", xlabel="points on the grid",
               ylabel=r"longest gradient, $\max \|g\|$")  # fmt: skip
        ax.legend(loc="center left")
        return fig


def on_grids(w: float = 6.0, *, n_points: Sequence[int] = (100, 1000, 10_000), n_grids: int = 20) -> Grids:
    """Look for the longest gradient on evenly spaced biases within 0.5 of the wall, shifted at random.

    Parameters
    ----------
    w : the recurrent weight.
    n_points : sizes of the grids.
    n_grids : how many shifts.

    Returns
    -------
    Grids

    Raises
    ------
    ValueError : counts below 1 or a weight that is not finite.

    >>> found = on_grids(n_points=(100,), n_grids=2)
    >>> bool(found.seen.max() < found.on_the_wall / 1000)
    True
    """
    unit, rng = RecurrentUnit(), np.random.default_rng(0)
    wall = float(unit.wall(_check.real("w", w)))
    n_points = [_check.count("n_points", n) for n in n_points]
    rows = []
    for _ in range(_check.count("n_grids", n_grids)):
        shift = rng.uniform()
        rows.append([_longest(unit, w, wall - 0.5 + (np.arange(n) + shift) / n) for n in n_points])
    beside, longest = steepest(w)
    return Grids(tuple(n_points), np.array(rows), _longest(unit, w, np.array([wall])), longest, beside)


def steepest(w: float, n_steps: int = 50) -> tuple[float, float]:
    """Where beside the wall the gradient of a recurrent unit is longest, and how long it is there.

    The search goes through geometrically spaced distances on both sides; the unit keeps its state as a
    distance from the wall, which costs no digits there.

    Parameters
    ----------
    w : the recurrent weight.
    n_steps : of the unit.

    Returns
    -------
    (offset, length) : the bias less that of the wall, and the length of the gradient, both dimensionless.

    Raises
    ------
    ValueError : a weight that is not finite, n_steps below 1, or a place closer to the wall than the spacing
        of float64 there: then only more digits would tell.

    >>> offset, length = steepest(6.0)
    >>> f"{offset:.2e} {length:.2e}"
    '-1.57e-08 1.96e+07'
    """
    unit = RecurrentUnit(n_steps)
    wall = float(unit.wall(_check.real("w", w)))
    far = np.geomspace(1e-16, 0.5, 20_001)
    b = wall + np.concatenate([-far[::-1], [0.0], far])
    lengths = norm(unit.grad(np.stack([np.full_like(b, w), b], axis=-1)))
    best = int(lengths.argmax())
    offset = float(b[best] - wall)
    if abs(offset) < 1e4 * np.spacing(abs(wall)):
        raise ValueError(f"n_steps: got {n_steps} at w = {w}; want a cliff that float64 can resolve")
    return offset, float(lengths[best])


def relative_curvature(w: float, n_steps: int) -> float:
    """The second derivative of J along b over the first, on the wall: what (L0, L1)-smoothness bounds by L1.

    Parameters
    ----------
    w : the recurrent weight.
    n_steps : of the recurrent unit.

    Returns
    -------
    float : its size.

    Raises
    ------
    ValueError : a weight that is not finite, n_steps below 1, or a wall narrower than float64 can resolve.

    >>> relative_curvature(6.0, 20) > 10 * relative_curvature(6.0, 10)
    True
    """
    unit = RecurrentUnit(n_steps)
    wall = float(unit.wall(_check.real("w", w)))
    mu = w * unit.slope
    with np.errstate(over="ignore"):  # an infinite sum is a wall without a width
        h = 1e-4 / abs(float(np.power(mu, np.arange(n_steps)).sum()))  # small beside the wall's own width
    if not h >= 1e3 * np.spacing(abs(wall)):
        raise ValueError(f"n_steps: got {n_steps} at w = {w}; want a wall that float64 can resolve")
    before, here, after = unit.grad([[w, wall - h], [w, wall], [w, wall + h]])[:, 1]
    return float(abs((after - before) / (2 * h) / here))


def _longest(unit: RecurrentUnit, w: float, b: Array) -> float:
    """The longest gradient over the biases."""
    g = unit.grad(np.stack([np.full_like(b, w), b], axis=-1))
    return float(norm(g).max())
