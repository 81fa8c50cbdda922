"""A network whose cost has levelled off: a smaller rate, larger batches, or neither."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

SIZES, N_TRAIN, BATCH_SIZE, RATE = (64, 8, 10), 1000, 1, 0.3
"""Widths of the layers, training digits, and batch size and learning rate before the drop."""

DROP, AFTER, FACTOR, WINDOW = 1800, 600, 10, 100
"""The step of the drop, steps after it, the factor of both changes, and steps that a point averages."""

RECORDED = 50
"""Steps from one measurement of the cost to the next."""

CHANGES = {
    "nothing": (RATE, BATCH_SIZE),
    "rate": (RATE / FACTOR, BATCH_SIZE),
    "batch": (RATE, FACTOR * BATCH_SIZE),
}
"""What changes at the drop -> learning rate and batch size after it."""

_LOOKS = {
    "nothing": ("orange", "nothing changes"),
    "rate": ("blue", f"rate divided by {FACTOR}"),
    "batch": ("green", f"batch times {FACTOR}"),
}


@dataclass(frozen=True)
class Drop:
    """One seed's run, and its three continuations.

    before (n_windows,), after : change -> (n_windows,): the cost of all training examples, averaged over
    `WINDOW` steps.
    """

    before: Array
    after: dict[str, Array]

    def plot(self) -> Figure:
        """Draw the cost before the drop and after it."""
        return _draw(None, self)


def drop(seed: int, before: int = DROP, after: int = AFTER) -> Drop:
    """Train until the cost has levelled off; then divide the rate, or multiply the batch, or change nothing.

    Parameters
    ----------
    seed : of the training examples, the initial weights and the minibatches.
    before, after : steps before the drop and after it, multiples of `WINDOW`.

    Returns
    -------
    Drop

    Raises
    ------
    ValueError : arguments out of their range.

    >>> run = drop(0, before=200, after=100)
    >>> run.before.shape, sorted(run.after)
    ((2,), ['batch', 'nothing', 'rate'])
    """
    for name, n_steps in (("before", before), ("after", after)):
        if _check.count(name, n_steps, at_least=WINDOW) % WINDOW:
            raise ValueError(f"{name}: got {n_steps}; want a multiple of {WINDOW}")
    rng = _check.seeded(seed)
    training, _ = data.digits().split(N_TRAIN, rng)
    model = networks.MLP(SIZES, "tanh")
    levelled = _run(model, training, model.init(rng), RATE, BATCH_SIZE, before, rng)
    courses = {
        change: _run(model, training, levelled.theta[-1], rate, size, after, np.random.default_rng([seed, 1]))
        for change, (rate, size) in CHANGES.items()
    }
    return Drop(_windows(levelled), {change: _windows(trace) for change, trace in courses.items()})


def _run(
    model: networks.MLP,
    training: data.Digits,
    theta0: Array,
    rate: float,
    batch_size: int,
    n_steps: int,
    rng: np.random.Generator,
) -> descent.Trace:
    """Stochastic gradient descent on independent minibatches."""
    return descent.train(
        model,
        rules.gradient_descent(rate),
        theta0,
        training.X,
        training.y,
        batch_size=batch_size,
        n_steps=n_steps,
        rng=rng,
        record_every=RECORDED,
        sampling="with_replacement",
    )


def _windows(trace: descent.Trace) -> Array:
    """The cost, averaged over windows of steps; the first record is the state before the first step."""
    return np.asarray(trace.J[1:].reshape(-1, WINDOW // RECORDED).mean(axis=1))


class Drops(Measurement, name="sgd-and-momentum-drops", rtol=1e-4):
    """The drop over all seeds: `before` (n_seeds, 18), and `nothing`, `rate` and `batch`, (n_seeds, 6) each.

    >>> Drops.load()["rate"].shape
    (20, 6)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The course before the drop, and the three after it."""
        run = drop(seed)
        return {"before": run.before, **run.after}

    @property
    def left(self) -> dict[str, Array]:
        """Change -> the cost after the drop over that of as many steps before it, (n_seeds,)."""
        n_after = self["rate"].shape[1]
        level = self["before"][:, -n_after:].mean(axis=1)
        return {change: self[change].mean(axis=1) / level for change in CHANGES}

    def plot(self, run: Drop | None = None) -> Figure:
        """Draw medians and ranges over the seeds, and one seed's run if given."""
        return _draw(self, run)


def _draw(runs: Drops | None, run: Drop | None) -> Figure:
    fig, ax = plotting.figure(height=4.2)
    one = {} if run is None else {"before": run.before, **run.after}
    for name in ("before", *CHANGES):
        colour, label = _LOOKS.get(name, ("grey", "before the drop"))
        if runs is not None:
            t = _middles(name, runs[name].shape[1], runs["before"].shape[1])
            plotting.spread(ax, t, runs[name], colour=colour, label=label)
        if run is not None:
            t = _middles(name, len(one[name]), len(run.before))
            label = label if runs is None else "_one run"
            ax.plot(t, one[name], color=f"ravine:{colour}", linewidth=0.9, label=label)
    n_before = runs["before"].shape[1] if runs is not None else len(one["before"])
    ax.axvline(WINDOW * n_before, color="ravine:grey", linestyle=":", linewidth=1)
    ax.set(xlabel="step $t$", ylabel="cost $J$", yscale="log")
    ax.legend()
    return fig


def _middles(name: str, n: int, n_before: int) -> Array:
    """Middles of the windows, in steps."""
    return np.asarray(WINDOW * (np.arange(n) + 0.5 + (0 if name == "before" else n_before)))
