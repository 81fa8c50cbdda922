"""Networks on digits: what happens after the last training error is gone, and when to stop."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

LEARNING_RATE, MOMENTUM = 0.2, 0.9
"""Of the networks; the linear models take `LINEAR_RATE`."""

LINEAR_RATE = 0.5

NETWORK, LINEAR = (64, 64, 10), (64, 10)
"""Widths of the layers."""

TASKS = {
    "network200": (NETWORK, 200, 2000),
    "network500": (NETWORK, 500, 2000),
    "linear1000": (LINEAR, 1000, 4000),
}
"""Name -> widths, number of training digits, steps."""

SAMPLED = 10
"""Every so many steps the clean runs are looked at."""

N_NOISY, NOISE, N_VALIDATION, NOISY_STEPS = 300, 0.2, 500, 3000
"""Training digits, share of their labels that are replaced by a random one, validation digits, steps."""

STOPPING_STEPS = np.unique(np.rint(np.geomspace(1, NOISY_STEPS, 40))).astype(int)
"""Steps at which the sweep keeps the course of a noisy run."""


class Late(Measurement, name="surrogate-losses-late", rtol=1e-4):
    """Digits with correct labels: the state at the first look without a training error, and at the end.

    Columns `<task>_<what>_zero` and `..._end`, (n_seeds,): test error, and test log loss in nats; and
    `<task>_step`, the step of that first look.

    >>> Late.load().change("network200").shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Test error and test log loss when training errors vanish, and at the end, for each task."""
        row: dict[str, float | Array] = {}
        for task, (sizes, n, n_steps) in TASKS.items():
            rng = np.random.default_rng(seed)
            training, test = data.digits().split(n, rng)
            model = networks.MLP(sizes, "tanh")
            rate = LINEAR_RATE if sizes == LINEAR else LEARNING_RATE
            rule = rules.momentum(rate, MOMENTUM)
            theta0 = model.init(rng, scale=float(sizes != LINEAR))
            trace = descent.minimise(
                model.problem(training.X, training.y), rule, theta0, n_steps=n_steps, record_every=SAMPLED
            )
            errors = model.error_rate(trace.theta, training.X, training.y)
            if errors.min() > 0:
                raise RuntimeError(
                    f"{task}: seed {seed} keeps training errors; the sweep assumes that none remain"
                )
            first = int(np.argmax(errors == 0))
            row[f"{task}_step"] = float(trace.steps[first])
            for name, k in {"zero": first, "end": -1}.items():
                row[f"{task}_error_{name}"] = float(model.error_rate(trace.theta[k], test.X, test.y))
                row[f"{task}_loss_{name}"] = float(model.loss(trace.theta[k], test.X, test.y))
        return row

    def change(self, task: str, what: str = "error") -> Array:
        """The test error or log loss at the end minus that at the first look without a training error."""
        _check.one_of("task", task, TASKS)
        _check.one_of("what", what, ("error", "loss"))
        return np.asarray(self[f"{task}_{what}_end"] - self[f"{task}_{what}_zero"])

    def improved(self, task: str) -> int:
        """For how many seeds the test error fell."""
        return int((self.change(task) < 0).sum())

    def plot(self) -> Figure:
        """Draw the change of the test error and of the test log loss, a dot a seed."""
        fig, axes = plotting.figure(1, 2, height=3.2)
        labels = ["network\n200 digits", "network\n500 digits", "linear\n1000 digits"]
        for ax, what, ylabel in zip(
            axes, ("error", "loss"), ("change of test error", "change of test log loss (nats)"), strict=True
        ):
            for j, task in enumerate(TASKS):
                y = np.sort(self.change(task, what))
                x = j + np.linspace(-0.25, 0.25, len(y))
                ax.plot(x, y, "o", ms=4, color=f"ravine:{('blue', 'sky', 'orange')[j]}")
                ax.plot([j - 0.33, j + 0.33], 2 * [y.mean()], color="ravine:black", linewidth=1.4)
            ax.axhline(0, color="ravine:grey", linewidth=1)
            ax.set(ylabel=ylabel, xticks=range(len(labels)), xticklabels=labels)
            ax.grid(axis="x", visible=False)
        return fig


@dataclass(frozen=True, eq=False)
class Stopping:
    """One run on digits of which some training labels are wrong.

    All series have one entry a step of `steps`, shape (k,): errors on the (partly wrong) training labels, on
    validation and test digits, the mean log loss J (nats) and the length of its gradient. `best` is the index
    of the least validation error.
    """

    steps: NDArray[np.int64]
    training: Array
    validation: Array
    test: Array
    J: Array
    grad_norm: Array

    @property
    def best(self) -> int:
        """Where the validation error is least; the first such place."""
        return int(self.validation.argmin())

    @property
    def ratio(self) -> float:
        """The length of the gradient where one would stop, over that at the end."""
        return float(self.grad_norm[self.best] / self.grad_norm[-1])

    def plot(self) -> Figure:
        """Draw errors and gradient over the steps."""
        return _two_panels(self.steps, None, self)


def stopping(seed: int, n_steps: int = NOISY_STEPS) -> Stopping:
    r"""Train a network on digits with wrong labels among them, and watch a validation set.

    A share of 0.2 of the 300 training labels is replaced by a random class, which may be the right one. The
    rule is full-batch momentum on the cross-entropy.

    Parameters
    ----------
    seed : of the digits, the wrong labels and the initial weights.
    n_steps : how long to train.

    Returns
    -------
    Stopping

    Raises
    ------
    ValueError : a negative seed or no steps.

    Source: Goodfellow, Bengio and Courville (2016), section 8.1.2.

    >>> run = stopping(0, n_steps=100)
    >>> bool(run.ratio > 1), run.test.shape
    (True, (101,))
    """
    rng = _check.seeded(seed)
    training, rest = data.digits().split(N_NOISY, rng)
    y = np.where(rng.random(N_NOISY) < NOISE, rng.integers(0, 10, N_NOISY), training.y)
    model = networks.MLP(NETWORK, "tanh")
    rule = rules.momentum(LEARNING_RATE, MOMENTUM)
    n_steps = _check.count("n_steps", n_steps)
    trace = descent.minimise(model.problem(training.X, y), rule, model.init(rng), n_steps=n_steps)
    # Every step while much happens, every tenth afterwards: the error rates cost more than the training.
    looked = np.unique(
        np.r_[
            np.arange(min(200, n_steps) + 1),
            np.arange(0, n_steps + 1, 10),
            n_steps,
            STOPPING_STEPS[n_steps >= STOPPING_STEPS],
        ]
    )
    theta = trace.theta[looked]
    part = slice(N_VALIDATION)
    wrong = model.predict(theta, rest.X) != rest.y
    return Stopping(
        looked,
        training=np.asarray(model.error_rate(theta, training.X, y)),
        validation=np.asarray(wrong[:, part].mean(-1)),
        test=np.asarray(wrong[:, N_VALIDATION:].mean(-1)),
        J=trace.J[looked],
        grad_norm=trace.grad_norm[looked],
    )


# A prediction near a boundary may fall to the other side on another machine.
class Stoppings(Measurement, name="surrogate-losses-stopping", rtol=0.05):
    """The noisy runs over all seeds, with their courses over the steps `STOPPING_STEPS`.

    >>> Stoppings.load()["ratio"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Where one would stop, the state there and at the end, and the course in between."""
        run = stopping(seed)
        row: dict[str, float | Array] = {"step": float(run.steps[run.best]), "ratio": run.ratio}
        for name in ("training", "test", "J", "grad_norm"):
            series = getattr(run, name)
            row |= {f"{name}_best": float(series[run.best]), f"{name}_end": float(series[-1])}
        grid = np.searchsorted(run.steps, STOPPING_STEPS)
        return row | {name: getattr(run, name)[grid] for name in ("training", "test", "grad_norm")}

    def plot(self, run: Stopping | None = None) -> Figure:
        """Draw errors and gradient over the steps with their range over seeds, and one run over them."""
        return _two_panels(STOPPING_STEPS, self, run)


def _two_panels(steps: NDArray[np.int64], many: Stoppings | None, run: Stopping | None) -> Figure:
    """Errors left, gradient right: bands over the seeds of many runs, and one run as thin lines."""
    fig, (left, right) = plotting.figure(1, 2, height=3.4)
    places = {"training": (left, "blue", "training labels"), "test": (left, "orange", "test digits"),
              "grad_norm": (right, "green", None)}  # fmt: skip
    for name, (ax, colour, label) in places.items():
        if many:
            plotting.spread(ax, steps, many[name], label=label, colour=colour)
        if run is not None:
            label = None if many else label
            ax.plot(
                run.steps[1:],
                getattr(run, name)[1:],
                color=f"ravine:{colour}",
                linewidth=0.9,
                label=label,
            )
    stop = np.median(many["step"]) if many else run.steps[run.best] if run is not None else 1
    for ax in (left, right):
        ax.axvline(stop, color="ravine:grey", linewidth=1, linestyle=":")
        ax.set(xscale="log", xlabel="step $t$")
    left.set(ylabel="share of errors", ylim=(-0.02, 1))
    right.set(ylabel=r"$\|g\|$", yscale="log")
    left.legend()
    return fig
