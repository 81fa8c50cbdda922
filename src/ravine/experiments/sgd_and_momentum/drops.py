"""A network whose cost has levelled off: a smaller rate, larger batches, or neither, digit for digit."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

SIZES, N_TRAIN, BATCH_SIZE, RATE = (64, 8, 10), 1000, 1, 0.3
"""Widths of the layers, training digits, and batch size and learning rate before the drop."""

DROP, AFTER, SURE, FACTOR, WINDOW = 1800, 3000, 600, 10, 100
"""Digits seen before the drop and after it; those after it up to which two machines agree on the run
that is not changed (later, it amplifies rounding errors); the factor of both changes; digits that
a point averages."""

RECORDED = 50
"""Digits seen from one measurement of the cost to the next."""

CHANGES = {
    "nothing": (RATE, BATCH_SIZE),
    "rate": (RATE / FACTOR, BATCH_SIZE),
    "batch": (RATE, FACTOR * BATCH_SIZE),
}
"""What changes at the drop -> learning rate and batch size after it."""

_LOOKS = {
    "nothing": ("orange", "nothing changes", "-"),
    "rate": ("blue", f"rate divided by {FACTOR}", "-"),
    "batch": ("green", f"batch times {FACTOR}", (0, (4, 4))),
}
# The two cures lie upon each other: the wider line shows in the gaps of the other.
_WIDTHS = {"rate": 4.0}


@dataclass(frozen=True)
class Drop:
    """One seed's run, and its three continuations.

    before (n_windows,), after : change -> (n_windows,): the cost of all training examples, averaged over
    `WINDOW` digits seen.
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
    before, after : digits seen before the drop and after it, multiples of `WINDOW`.

    Returns
    -------
    Drop

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Smith et al. (2018), ICLR, section 2, for the equivalence of both changes.

    >>> run = drop(0, before=200, after=100)
    >>> run.before.shape, sorted(run.after)
    ((2,), ['batch', 'nothing', 'rate'])
    """
    for name, n_seen in (("before", before), ("after", after)):
        if _check.count(name, n_seen, at_least=WINDOW) % WINDOW:
            raise ValueError(f"{name}: got {n_seen}; want a multiple of {WINDOW}")
    rng = _check.seeded(seed)
    training, _ = data.digits().split(N_TRAIN, rng)
    model = networks.MLP(SIZES, "tanh")
    levelled = _run(model, training, model.init(rng), RATE, BATCH_SIZE, before, rng)
    courses = {}
    for change, (rate, size) in CHANGES.items():
        own = np.random.default_rng([seed, 1])  # the same digits, in the same order
        courses[change] = _windows(_run(model, training, levelled.theta[-1], rate, size, after, own))
    return Drop(_windows(levelled), courses)


def _run(
    model: networks.MLP,
    training: data.Digits,
    theta0: Array,
    rate: float,
    batch_size: int,
    seen: int,
    rng: np.random.Generator,
) -> descent.Trace:
    """Stochastic gradient descent on independent minibatches, until so many digits have been seen."""
    return descent.train(
        model,
        rules.gradient_descent(rate),
        theta0,
        training.X,
        training.y,
        batch_size=batch_size,
        n_steps=seen // batch_size,
        rng=rng,
        record_every=RECORDED // batch_size,
        sampling="with_replacement",
    )


def _windows(trace: descent.Trace) -> Array:
    """The cost, averaged over windows of digits; the first record is the state before the first step."""
    return np.asarray(trace.J[1:].reshape(-1, WINDOW // RECORDED).mean(axis=1))


class Drops(Measurement, name="sgd-and-momentum-drops", rtol=1e-4, between={"nothing_later": (0.05, 1.0)}):
    """The drop over all seeds: `before` (n_seeds, 18), `rate` and `batch` (n_seeds, 30).

    Where nothing changes, `nothing` (n_seeds, 6) and then `nothing_later` (n_seeds, 24), whose digits
    rounding decides.

    >>> Drops.load()["rate"].shape
    (20, 30)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The course before the drop, and the three after it."""
        run, sure = drop(seed), SURE // WINDOW
        later = {"nothing": run.after["nothing"][:sure], "nothing_later": run.after["nothing"][sure:]}
        return {"before": run.before, **run.after, **later}

    def after(self, change: str) -> Array:
        """The course after the drop, (n_seeds, 30).

        Raises
        ------
        ValueError : no such change.
        """
        _check.one_of("change", change, CHANGES)
        return np.hstack([self[change], self["nothing_later"]]) if change == "nothing" else self[change]

    @property
    def level(self) -> Array:
        """The cost over the last 600 digits before the drop, (n_seeds, 1)."""
        return np.asarray(self["before"][:, -SURE // WINDOW :].mean(axis=1, keepdims=True))

    @property
    def left(self) -> dict[str, Array]:
        """Change -> the cost over its last 600 digits, in units of that before the drop, (n_seeds,)."""
        last = {change: self.after(change)[:, -SURE // WINDOW :].mean(axis=1) for change in CHANGES}
        return {change: cost / self.level[:, 0] for change, cost in last.items()}

    @property
    def apart(self) -> Array:
        """The smaller rate's cost over the larger batch's at the end, digit for digit, (n_seeds,)."""
        return np.asarray(self.left["rate"] / self.left["batch"])

    def plot(self, run: Drop | None = None) -> Figure:
        """Draw medians and ranges over the seeds, and one seed's run if given."""
        return _draw(self, run)


def _draw(runs: Drops | None, run: Drop | None) -> Figure:
    fig, ax = plotting.figure(height=4.2)
    one = {} if run is None else {"before": run.before, **run.after}
    for name in ("before", *CHANGES):
        colour, label, style = _LOOKS.get(name, ("grey", "before the drop", "-"))
        if runs is not None:
            course = runs["before"] if name == "before" else runs.after(name)
            seen = _middles(name, course.shape[1], runs["before"].shape[1])
            plotting.spread(
                ax,
                seen,
                course,
                colour=colour,
                label=label,
                linestyle=style,
                linewidth=_WIDTHS.get(name, 1.8),
            )
        if run is not None:
            seen = _middles(name, len(one[name]), len(run.before))
            label = label if runs is None else "_one run"
            ax.plot(seen, one[name], color=f"ravine:{colour}", linewidth=0.9, linestyle=style, label=label)
    n_before = runs["before"].shape[1] if runs is not None else len(one["before"])
    ax.axvline(WINDOW * n_before, color="ravine:grey", linestyle=":", linewidth=1)
    ax.set(xlabel="digits seen", ylabel="cost $J$", yscale="log")
    ax.legend()
    return fig


def _middles(name: str, n: int, n_before: int) -> Array:
    """Middles of the windows, in digits seen."""
    return np.asarray(WINDOW * (np.arange(n) + 0.5 + (0 if name == "before" else n_before)))
