"""A network on digits: momentum beside the larger rate that it stands for, and where the two part."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import sgd_and_momentum as theory

SIZES, N_TRAIN, BATCH_SIZE, N_STEPS = (64, 32, 10), 1000, 50, 600
"""Widths of the layers, training digits, batch size and steps of a run."""

RECORDED = 20
"""Steps from one point of a curve to the next."""

ALPHA = 0.9

RUNS: Mapping[str, tuple[str, float, float]] = {
    "momentum": ("tanh", 0.05, ALPHA),
    "matched": ("tanh", theory.effective_learning_rate(0.05, ALPHA), 0.0),
    "slow": ("tanh", 0.05, 0.0),
    "relu_momentum": ("relu", 0.05, ALPHA),
    "relu_matched": ("relu", theory.effective_learning_rate(0.05, ALPHA), 0.0),
    "far_momentum": ("relu", 1.2, ALPHA),
    "far_matched": ("relu", theory.effective_learning_rate(1.2, ALPHA), 0.0),
}
"""Name -> activation, learning rate and momentum; "matched" has the effective rate of the run before."""

NEAR = tuple(name for name in RUNS if not name.startswith("far"))

LABELS = {
    "momentum": r"momentum, $\epsilon = 0.05$",
    "matched": r"SGD, $\epsilon = 0.5$",
    "slow": r"SGD, $\epsilon = 0.05$",
    "far_momentum": r"momentum, $\epsilon = 1.2$",
    "far_matched": r"SGD, $\epsilon = 12$",
}

_LOOKS = {
    "momentum": ("blue", "-"),
    "matched": ("orange", "--"),
    "slow": ("amber", ":"),
    "far_momentum": ("blue", "-"),
    "far_matched": ("orange", "--"),
}


@dataclass(frozen=True)
class NetworkRuns:
    """The runs of one seed, all from the same weights and on the same minibatches.

    t : (n_recorded,) steps. cost : name of `RUNS` -> the mean loss of all training examples, (n_recorded,).
    test_error : name -> fraction of misread test digits at the end.
    """

    t: Array
    cost: dict[str, Array]
    test_error: dict[str, float]

    @property
    def end(self) -> dict[str, float]:
        """The cost at the end."""
        return {name: float(course[-1]) for name, course in self.cost.items()}

    @property
    def ratio(self) -> float:
        r"""Momentum's cost at the end over that of descent at $\epsilon / (1 - \alpha)$."""
        return self.end["momentum"] / self.end["matched"]

    def plot(self) -> Figure:
        """Draw the costs over the steps."""
        return _two_panels(None, self)


def train(seed: int, n_steps: int = N_STEPS) -> NetworkRuns:
    r"""Train a network on digits by minibatches: with momentum, and without at two rates; then far too fast.

    Parameters
    ----------
    seed : of the training examples, the initial weights and the minibatches.
    n_steps : at least 20.

    Returns
    -------
    NetworkRuns

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Goodfellow, Bengio and Courville (2016), section 8.3.2, algorithms 8.1 and 8.2.

    >>> run = train(0, n_steps=40)
    >>> run.t.tolist(), bool(abs(run.ratio - 1) < 0.5)
    ([0.0, 20.0, 40.0], True)
    """
    _check.count("n_steps", n_steps, at_least=RECORDED)
    rng = _check.seeded(seed)
    training, test = data.digits().split(N_TRAIN, rng)
    cost, test_error = {}, {}
    for name, (activation, rate, alpha) in RUNS.items():
        model = networks.MLP(SIZES, activation)
        own = np.random.default_rng([seed, 1])  # the same for all runs: weights, then minibatches
        trace = descent.train(
            model,
            rules.momentum(rate, alpha),
            model.init(own),
            training.X,
            training.y,
            batch_size=BATCH_SIZE,
            n_steps=n_steps,
            rng=own,
            record_every=RECORDED,
        )
        cost[name] = trace.J
        test_error[name] = float(model.error_rate(trace.theta[-1], test.X, test.y))
    return NetworkRuns(trace.steps.astype(np.float64), cost, test_error)


class Far(Measurement, name="sgd-and-momentum-far", rtol=0.2, loose={"trained": 0.5}):
    """The two runs far beyond a customary rate, over all seeds.

    Columns: `far_momentum` and `far_matched`, (n_seeds, 6), the cost up to step 100; later these runs are
    chaotic, and rounding decides their digits. `trained` (n_seeds, 2): the share of the records of the last
    200 steps that are below `TRAINED`, with momentum and without.

    >>> Far.load()["trained"].shape
    (20, 2)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The beginning of both runs, and whether they have trained in the end."""
        cost = train(seed).cost
        far = ("far_momentum", "far_matched")
        ends = [np.mean(cost[name][-200 // RECORDED :] < TRAINED) for name in far]
        return {**{name: cost[name][: 100 // RECORDED + 1] for name in far}, "trained": np.array(ends)}


TRAINED = 0.5
"""A cost below this is less than a quarter of that of guessing, ln 10."""


class Networks(Measurement, name="sgd-and-momentum-networks"):
    """The other runs of `train` over all seeds: `test_error`, and (n_seeds, n_recorded) for each of `NEAR`.

    >>> Networks.load()["momentum"].shape
    (20, 31)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All runs but the two that are far too fast."""
        run = train(seed)
        errors = np.array([run.test_error[name] for name in NEAR])
        return {**{name: run.cost[name] for name in NEAR}, "test_error": errors}

    @property
    def end(self) -> dict[str, Array]:
        """Name of a run -> its cost at the end, (n_seeds,)."""
        return {name: self[name][:, -1] for name in NEAR}

    @property
    def test_error(self) -> dict[str, Array]:
        """Name of a run -> the fraction of misread test digits at the end, (n_seeds,)."""
        return dict(zip(NEAR, self["test_error"].T, strict=True))

    @property
    def ratio(self) -> Array:
        r"""Momentum's cost at the end over that of descent at $\epsilon / (1 - \alpha)$, (n_seeds,)."""
        return np.asarray(self.end["momentum"] / self.end["matched"])

    def plot(self, run: NetworkRuns | None = None) -> Figure:
        """Draw medians and ranges over the seeds, and one seed's runs if given."""
        return _two_panels(self, run)


def _two_panels(runs: Networks | None, run: NetworkRuns | None) -> Figure:
    """The runs at a customary rate, and those far beyond."""
    fig, axes = plotting.figure(1, 2, width=8.6)
    left, right = axes.flat
    far = Far.load() if runs is not None else None
    for name, (colour, style) in _LOOKS.items():
        ax, kept = (right, far) if name.startswith("far") else (left, runs)
        look = {"linestyle": style, "label": LABELS[name]}
        if kept is not None:
            t = RECORDED * np.arange(kept[name].shape[1], dtype=np.float64)
            plotting.spread(ax, t, kept[name], colour=colour, **look)
        if run is not None:
            label = look["label"] if runs is None else "_one run"
            ax.plot(
                run.t, run.cost[name], color=f"ravine:{colour}", linewidth=0.9, linestyle=style, label=label
            )
    for ax, title in ((left, "tanh, a customary rate"), (right, "ReLU, a rate far beyond")):
        ax.set(xlabel="step $t$", yscale="log", title=title)
        ax.legend()
    left.set(ylabel="cost $J$")
    return fig
