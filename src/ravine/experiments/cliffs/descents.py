"""Descents near a cliff: catapults, dead ends, and what two kinds of clipping do about them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, descent, plotting, rules
from ravine._typing import Array
from ravine.descent import Trace
from ravine.experiments._measurement import Measurement, Row
from ravine.problems import RecurrentUnit
from ravine.rules._norm import norm

LEARNING_RATE, N_STEPS, N_STARTS = 0.3, 1500, 40
THRESHOLDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
ARRIVED, DEAD = 1e-3, 1e-6
"""A run has arrived where J < ARRIVED; it is dead where it has not and |g| < DEAD."""


@dataclass(frozen=True)
class Walk:
    """Descents from one start: name -> trace."""

    unit: RecurrentUnit
    runs: dict[str, Trace]

    def longest_step(self, name: str) -> tuple[int, float]:
        """The step at which a descent moved farthest, and how far."""
        lengths = step_lengths(self.runs[_check.one_of("name", name, self.runs)])
        return int(lengths.argmax()), float(lengths.max())

    def returns(self, name: str) -> float:
        """The share of steps that the next step takes back, to a relative 1e-6.

        Raises
        ------
        ValueError : another name, or a run of fewer than two steps.
        """
        theta = self.runs[_check.one_of("name", name, self.runs)].theta
        if len(theta) < 3:
            raise ValueError(f"name: got {name!r}, a run of {len(theta) - 1} steps; want at least two")
        back, there = norm(theta[2:] - theta[:-2]), step_lengths(self.runs[name])[1:]
        # A run at rest takes nothing back.
        return float(((back <= 1e-6 * there) & (there > 0)).mean())

    def plot(self) -> Figure:
        """Draw the first two over the map of costs, with the wall, and their costs step by step."""
        fig, (top, below) = plotting.figure(2, 1, height=6.6, height_ratios=(2, 1))
        box = ((3.8, 7.0), (-4.2, -1.2))
        filled = plotting.contours(top, self._quick, box, resolution=401)
        fig.colorbar(filled, ax=top, label="cost $J$", format="%.2f")
        w = np.array(box[0])
        top.plot(w, self.unit.wall(w), color="white", linewidth=1, linestyle="--")
        for (name, run), colour in zip(self.runs.items(), ("orange", "sky"), strict=False):
            code = f"ravine:{colour}"
            top.plot(*run.theta.T, "o-", color=code, linewidth=0.8, markersize=2)
            below.plot(run.steps, run.J, color=code, label=name, linewidth=0.8)
        start = next(iter(self.runs.values())).theta[0]
        top.plot(*start, "o", markersize=9, markerfacecolor="none", markeredgecolor="white")
        top.set(xlabel="weight $w$", ylabel="bias $b$", xlim=box[0], ylim=box[1])
        below.set(xlabel="step $t$", ylabel="cost $J$", xlim=(0, run.steps[-1]), ylim=(0, 0.6))
        below.legend(loc="upper right", ncols=2)
        return fig

    def _quick(self, theta: Array) -> Array:
        return self.unit.value(theta.astype(np.float32))


def walk(
    theta0: Sequence[float] = (5.5, -2.7),
    *,
    learning_rate: float = LEARNING_RATE,
    threshold: float = 0.1,
    n_steps: int = 500,
) -> Walk:
    """Descend from one start without clipping, and with the gradient clipped by norm and by value.

    Parameters
    ----------
    theta0 : the start (w, b).
    learning_rate : dimensionless, positive.
    threshold : of the clipped gradient, positive.
    n_steps : number of steps.

    Returns
    -------
    Walk

    Raises
    ------
    ValueError : arguments out of their range.

    Source: R. Pascanu, T. Mikolov and Y. Bengio, ICML 2013, figure 6 and algorithm 1.

    >>> walk(n_steps=5).runs["clipped by norm"].theta.shape
    (6, 2)
    """
    unit, plain = RecurrentUnit(), rules.gradient_descent(learning_rate)
    choices = {"unclipped": plain, "clipped by norm": rules.clip_by_norm(plain, threshold),
               "clipped by value": rules.clip_by_value(plain, threshold)}  # fmt: skip
    runs = {name: descent.minimise(unit, rule, theta0, n_steps=n_steps) for name, rule in choices.items()}
    return Walk(unit, runs)


def step_lengths(run: Trace) -> Array:
    """The distance moved at each step, (n_recorded - 1, ...).

    >>> step_lengths(walk(n_steps=2).runs["clipped by norm"]).shape
    (2,)
    """
    return norm(np.diff(run.theta, axis=0))


class Clipped:
    """A problem whose gradient is clipped, each row of starts at a threshold of its own.

    Parameters
    ----------
    problem : what to descend.
    kind : "norm" or "value".
    threshold : (n_rows,), infinite for none; theta then has the shape (n_rows, n_starts, n).

    Raises
    ------
    ValueError : another kind, or thresholds that are not a row of positive numbers.

    >>> rows = Clipped(RecurrentUnit(), "norm", np.array([1e-3, np.inf]))
    >>> g = rows.grad(np.full((2, 1, 2), [5.0, -2.0]))
    >>> bool(np.isclose(np.linalg.norm(g[0, 0]), 1e-3)), bool(np.linalg.norm(g[1, 0]) > 1e-3)
    (True, True)
    """

    def __init__(self, problem: RecurrentUnit, kind: str, threshold: Array) -> None:
        self._problem, self._kind = problem, _check.one_of("kind", kind, ("norm", "value"))
        rows = np.asarray(threshold, dtype=np.float64)
        if rows.ndim != 1 or not (rows > 0).all():  # NaN compares false
            raise ValueError(f"threshold: got {threshold!r}; want a row of positive numbers")
        self._threshold = rows[:, None, None]
        self.n, self.value = problem.n, problem.value

    def grad(self, theta: Array) -> Array:
        """The clipped gradient (n_rows, n_starts, n)."""
        g = self._problem.grad(theta)
        if self._kind == "value":
            return np.clip(g, -self._threshold, self._threshold)
        length = np.hypot.reduce(g, axis=-1)[..., None]
        with np.errstate(over="ignore"):  # a threshold far above the length clips nothing
            share = self._threshold / np.where(length > 0, length, 1)
        return np.asarray(g * np.minimum(1, share))


def starts(seed: int, n: int = N_STARTS) -> Array:
    """Starts a little above the wall: w uniform in (4.5, 7), b within 0.05 to 0.5 of it.

    Parameters
    ----------
    seed : of the draw.
    n : how many.

    Returns
    -------
    Array : (n, 2).

    Raises
    ------
    ValueError : a negative seed or n below 1.

    >>> starts(0, 3).shape
    (3, 2)
    """
    rng = _check.seeded(seed)
    w = rng.uniform(4.5, 7.0, _check.count("n", n))
    return np.stack([w, RecurrentUnit().wall(w) + rng.uniform(0.05, 0.5, n)], axis=-1)


# A start at the cliff turns the last bit of the gradient into another landing place, so that on another
# machine single starts may change sides: up to eight of forty did when starts moved by a relative 1e-14.
class Window(
    Measurement,
    name="cliffs-window",
    loose={
        f"{kind}_{what}": 0.25
        for kind in ("norm", "plain", "value")
        for what in ("arrived", "thrown", "dead")
    },
):
    """What becomes of the starts, over all seeds and thresholds.

    Columns norm_arrived ... and value_arrived ..., (n_seeds, len(THRESHOLDS)); plain_arrived ..., (n_seeds,).

    >>> Window.load().at("norm_arrived", 1.0).shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Shares of starts that arrive, are thrown, or die: without clipping, and at every threshold."""
        row: dict[str, float | Array] = {}
        for kind, thresholds in (("norm", (*THRESHOLDS, np.inf)), ("value", THRESHOLDS)):
            problem = Clipped(RecurrentUnit(), kind, np.array(thresholds))
            theta0 = np.broadcast_to(starts(seed), (len(thresholds), N_STARTS, 2))
            run = descent.minimise(problem, rules.gradient_descent(LEARNING_RATE), theta0, n_steps=N_STEPS)
            arrived = run.J[-1] < ARRIVED
            shares = {
                "arrived": arrived,
                "thrown": step_lengths(run).max(axis=0) > 1,
                "dead": ~arrived & (run.grad_norm[-1] < DEAD),
            }
            for what, share in shares.items():
                means = share.mean(axis=-1)
                row[f"{kind}_{what}"] = means[: len(THRESHOLDS)]
                if kind == "norm":
                    row[f"plain_{what}"] = float(means[-1])
        return row

    def at(self, name: str, threshold: float) -> Array:
        """The shares at one of the THRESHOLDS, (n_seeds,)."""
        _check.one_of("name", name, self.over(THRESHOLDS))
        return self[name][:, _check.place("threshold", threshold, THRESHOLDS)]

    def plot(self) -> Figure:
        """Draw the share that arrives over the threshold, for both kinds of clipping and for none."""
        fig, ax = plotting.figure()
        plotting.spread(ax, THRESHOLDS, self["norm_arrived"], label="norm", marker="o")
        plotting.spread(ax, THRESHOLDS, self["value_arrived"], label="value", colour="purple", marker="s")
        plain = self["plain_arrived"]
        ax.axhspan(plain.min(), plain.max(), color="ravine:orange", alpha=0.18, linewidth=0)
        ax.axhline(float(np.median(plain)), color="ravine:orange", label="none")
        ax.set(xscale="log", xlabel="threshold $c$", ylabel=f"share with $J < {ARRIVED:g}$",
               ylim=(-0.03, 1.03))  # fmt: skip
        ax.legend(title="clipping by", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
        return fig
