"""A hill between a high plain and a low one: both sides look alike from where a descent stands."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ravine import _check, descent, plotting, rules
from ravine._typing import Array
from ravine.descent import Trace
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import local_vs_global as theory

LEARNING_RATE, N_STEPS = 0.2, 5000
N_STARTS = 2000
DIMENSIONS, TRIES = (1, 2, 5, 10, 20, 50, 100), (10, 100)


@dataclass(frozen=True)
class Sides:
    """Two descents, one from each side of the hill; `plains` are the heights that their costs fall to."""

    trace: Trace
    learning_rate: float
    plains: tuple[float, float]

    @property
    def time(self) -> Array:
        """Learning rate times step, (n_recorded,)."""
        return np.asarray(self.trace.steps * self.learning_rate)

    @property
    def excess(self) -> Array:
        """What is left to fall, (n_recorded, 2): cost above the plain on the run's own side."""
        return np.asarray(self.trace.J - np.array(self.plains))

    def plot(self) -> Figure:
        """Draw the hill with both runs on it, and what is left to fall on each side over time."""
        fig, (top, below) = plotting.figure(2, 1, height=6.4)
        theta = np.linspace(-4, 4, 401)
        top.plot(theta, theory.HILL.value(theta[:, None]), color="ravine:grey")
        shown = np.unique(np.geomspace(1, len(self.time), 40).astype(int)) - 1
        styles = (("orange", "o", "left start"), ("blue", "s", "right start"))
        for side, (name, marker, label) in enumerate(styles):
            colour = f"ravine:{name}"
            top.plot(self.trace.theta[shown, side, 0], self.trace.J[shown, side], marker, color=colour,
                     markersize=4, label=label)  # fmt: skip
            below.plot(self.time[1:], self.excess[1:, side], color=colour, label=label)
        late = self.time[self.time >= 1]
        below.plot(late, 1 / (4 * late), "--", color="ravine:black", label="$1/(4t)$")
        top.set(xlabel=r"$\theta$", ylabel="cost $J$", xlim=(-4, 4), ylim=(-0.1, 3))
        below.set(xscale="log", yscale="log", xlabel="time $t$", ylabel="cost above the plain")
        below.legend()
        return fig


def two_sides(
    starts: tuple[float, float] = (-0.4, 0.15),
    *,
    learning_rate: float = LEARNING_RATE,
    n_steps: int = N_STEPS,
) -> Sides:
    """Descend from both sides of the hill.

    Parameters
    ----------
    starts : one left of the top of the hill, one right of it, dimensionless.
    learning_rate : dimensionless, positive.
    n_steps : number of steps.

    Returns
    -------
    Sides

    Raises
    ------
    ValueError : starts on the same side, or arguments out of their range.

    Source: I. Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016), figure 8.4, whose cost this is in
    closed form.

    >>> two_sides(n_steps=100).trace.theta[-1].round(1).ravel().tolist()
    [-3.1, 3.3]
    """
    theta0 = _check.array("starts", starts, ndim=1, last=2)
    if not theta0[0] < theory.TOP < theta0[1]:
        raise ValueError(f"starts: got {starts!r}; want one below and one above {theory.TOP:.4f}, the top")
    rule = rules.gradient_descent(learning_rate)
    trace = descent.minimise(theory.HILL, rule, theta0[:, None], n_steps=n_steps)
    return Sides(trace, learning_rate, (float(dict(theory.HILL.parameters)["B"]), 0.0))


def reaches_low_side(theta0: ArrayLike, *, learning_rate: float = LEARNING_RATE, n_steps: int = 200) -> Array:
    """Which starts a descent takes to the low plain, by running it.

    Parameters
    ----------
    theta0 : starts (...), each a descent of its own, dimensionless.
    learning_rate : dimensionless, positive.
    n_steps : number of steps.

    Returns
    -------
    Array : (...) of 0 and 1.

    Raises
    ------
    ValueError : arguments out of their range.

    >>> reaches_low_side([-1.0, 0.0, 1.0]).tolist()
    [0.0, 1.0, 1.0]
    """
    starts = _check.array("theta0", theta0)[..., None]
    run = descent.minimise(theory.HILL, rules.gradient_descent(learning_rate), starts, n_steps=n_steps,
                           record_every=max(n_steps, 1))  # fmt: skip
    if (run.status == "diverged").any():
        raise ValueError(f"learning_rate: got {learning_rate!r}, at which runs diverge; want a smaller one")
    # Without noise no step crosses the top, so that the side tells the plain.
    return np.asarray(run.theta[-1, ..., 0] > theory.TOP, dtype=np.float64)


def _best(rng: np.random.Generator, n_dimensions: int, n_tries: int) -> float:
    """The best of n_tries starts: its share of coordinates on the low side."""
    starts = rng.uniform(-theory.WIDEST, theory.WIDEST, (n_tries, n_dimensions))
    return float(reaches_low_side(starts).mean(axis=-1).max())


class Restarts(Measurement, name="local-vs-global-restarts"):
    """Random starts over all seeds: single (n_seeds,), best_k (n_seeds, len(DIMENSIONS)) for k in TRIES.

    >>> Restarts.load().best(100).shape
    (20, 7)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The share of single starts that reach the low side; the best of several in many dimensions."""
        rng = np.random.default_rng(seed)
        row: dict[str, float | Array] = {
            "single": reaches_low_side(rng.uniform(-theory.WIDEST, theory.WIDEST, N_STARTS)).mean()
        }
        for k in TRIES:
            best = [_best(rng, d, k) for d in DIMENSIONS]
            row[f"best_{k}"] = np.array(best)
        return row

    def best(self, n_tries: int) -> Array:
        """The best share of one of the TRIES over the seeds, (n_seeds, len(DIMENSIONS))."""
        return self[f"best_{TRIES[_check.place('n_tries', n_tries, TRIES)]}"]

    def plot(self) -> Figure:
        """Draw the best share of coordinates on the low side over the dimension, with its expectation."""
        fig, ax = plotting.figure()
        ax.axhline(theory.share_right(), color="ravine:grey", linestyle="--", label="one start")
        for k, colour, marker in zip(TRIES, ("orange", "blue"), "o^", strict=True):
            plotting.spread(ax, DIMENSIONS, self.best(k), label=f"best of {k}", colour=colour, marker=marker,
                            linestyle="none")  # fmt: skip
            expected = [theory.expected_best(d, k) for d in DIMENSIONS]
            ax.plot(DIMENSIONS, expected, "--", color=f"ravine:{colour}", linewidth=1)
        ax.set(xscale="log", xlabel="dimensions $d$, one hill each",
               ylabel="coordinates on the low side", ylim=(-0.05, 1.05))  # fmt: skip
        ax.legend(title="dashed: expected", loc="lower left")
        return fig
