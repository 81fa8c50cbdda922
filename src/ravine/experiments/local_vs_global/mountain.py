"""A mountain in the way: a detour that costs little distance and much time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, descent, plotting, rules
from ravine._typing import Array
from ravine.descent import Trace
from ravine.rules._norm import norm
from ravine.theory import local_vs_global as theory

START, BEYOND = -3.5, 3.0
OFFSETS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


@dataclass(frozen=True)
class Detour:
    """Descents from (START, delta) until beyond the mountain; all arrays have the shape (k,).

    Parameters
    ----------
    offsets : delta, how far beside the ridge each run starts.
    steps : until theta_1 > BEYOND.
    time : learning rate times steps, with the last step counted as far as it was needed.
    arc : length of the path over the distance between its ends.
    waiting : share of the steps within 0.5 of the saddle.
    trace : the runs.
    learning_rate : of all runs.
    """

    offsets: Array
    steps: Array
    time: Array
    arc: Array
    waiting: Array
    trace: Trace
    learning_rate: float

    @property
    def per_e_fold(self) -> float:
        """Time that a start e times closer to the ridge costs, from the closest two of the offsets."""
        closest = np.log(1 / self.offsets[-2:])
        return float(np.diff(self.time[-2:])[0] / np.diff(closest)[0])

    def plot(self) -> Figure:
        """Draw two of the paths, with a dot every 4 units of time, and the time they take over the offset."""
        fig, (top, below) = plotting.figure(2, 1, height=7.0, height_ratios=(3, 2))
        plotting.contours(top, theory.MOUNTAIN.value, ((-4, 4), (-1.6, 3.6)), levels=20)
        every = round(4 / self.learning_rate)
        for i, colour, marker in ((0, "amber", "o"), (-1, "orange", "s")):
            path = self.trace.theta[: int(self.steps[i]) + 1, i]
            style = {"color": f"ravine:{colour}", "markeredgecolor": "white", "markersize": 6}
            top.plot(*path.T, marker=marker, markevery=every, label=f"start at {_power(self.offsets[i])}",
                     **style)  # fmt: skip
        top.plot(*theory.SADDLE, "X", color="white", markersize=10, markeredgecolor="ravine:black",
                 label="saddle", linestyle="none")  # fmt: skip
        top.legend(loc="lower right", labelcolor="white")
        below.plot(self.offsets, self.time, "o", color="ravine:blue", label="measured")
        line = self.time[-1] - theory.delay(self.learning_rate) * np.log(self.offsets / self.offsets[-1])
        below.plot(self.offsets, line, "--", color="ravine:black", label="predicted slope")
        below.set(xscale="log", xlabel=r"offset $\delta$ at the start", ylabel="time to get beyond",
                  ylim=(0, None))  # fmt: skip
        below.legend()
        return fig


def _power(x: float) -> str:
    return f"$\\delta = 10^{{{round(float(np.log10(x)))}}}$"


def detour(
    offsets: Sequence[float] = OFFSETS, *, learning_rate: float = theory.LEARNING_RATE, n_steps: int = 5000
) -> Detour:
    """Descend from (START, delta) for several delta until beyond the mountain.

    Parameters
    ----------
    offsets : delta, each positive and below 1, descending, at least two.
    learning_rate : dimensionless, positive.
    n_steps : at most so many steps.

    Returns
    -------
    Detour

    Raises
    ------
    ValueError : offsets out of their range, or a run that is not beyond the mountain after n_steps.

    Source: the arc around a mountain in I. Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016),
    section 8.2.7 and figure 8.2; the closed form is ours.

    >>> detour().steps.tolist()
    [904, 1265, 1626, 1988, 2349, 2710]
    """
    delta = _check.array("offsets", offsets, ndim=1)
    if len(delta) < 2 or not ((delta > 0) & (delta < 1)).all() or (np.diff(delta) >= 0).any():
        raise ValueError(f"offsets: got {offsets!r}; want at least two, descending, between 0 and 1")
    theta0 = np.stack([np.full_like(delta, START), delta], axis=-1)
    trace = descent.minimise(theory.MOUNTAIN, rules.gradient_descent(learning_rate), theta0, n_steps=n_steps)
    beyond = trace.theta[..., 0] > BEYOND
    if not beyond[-1].all():
        raise ValueError(f"n_steps: got {n_steps}; want enough for every run to get beyond the mountain")
    steps = beyond.argmax(axis=0)
    paths = [trace.theta[: n + 1, i] for i, n in enumerate(steps)]
    unneeded = [(path[-1, 0] - BEYOND) / (path[-1, 0] - path[-2, 0]) for path in paths]
    time = learning_rate * (steps - np.array(unneeded))
    waiting = [(np.linalg.norm(path - theory.SADDLE, axis=-1) < 0.5).mean() for path in paths]
    arc = np.array([arc_ratio(path) for path in paths])
    return Detour(delta, steps, time, arc, np.array(waiting), trace, learning_rate)


def arc_ratio(path: Array) -> float:
    """The length of a path over the distance between its ends, at least 1.

    Parameters
    ----------
    path : points (k, n) in the order of the run, the last one elsewhere than the first.

    Returns
    -------
    float

    Raises
    ------
    ValueError : another shape, or ends that coincide.

    >>> round(arc_ratio([[0, 0], [1, 0], [1, 1]]), 4)
    1.4142
    """
    points = _check.array("path", path, ndim=2)
    if not points.size:
        raise ValueError(f"path: got shape {points.shape}; want points (k, n)")
    # In a unit that is a power of two, which costs no digit: neither differences nor sums overflow.
    points = np.ldexp(points, -np.frexp(np.abs(points).max())[1])
    ends = float(norm(points[-1] - points[0]))
    if ends == 0:
        raise ValueError("path: got ends that coincide; want two different ends")
    return float(norm(np.diff(points, axis=0)).sum() / ends)
