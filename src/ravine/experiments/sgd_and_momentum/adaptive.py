"""Six rules on the digits network, each at its own tuned rate, and how much depends on the tuning."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from ravine import _check, data, networks, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.sgd_and_momentum.network import BATCH_SIZE, N_STEPS, N_TRAIN, RECORDED, SIZES
from ravine.experiments.sgd_and_momentum.rivals import (
    LOOKS,
    N_JUDGED,
    N_TUNED,
    RULES,
    SHORT,
    label,
    steps,
)

N_SURE, N_FAST = 8, 3

RATES: Mapping[str, Array] = {
    name: np.exp2(np.arange(N_SURE + N_FAST, dtype=np.float64) + lowest)
    for name, lowest in zip(RULES, (-4, -7, -7, -7, -12, -11), strict=True)
}
"""Rule -> its grid of rates, a factor of 2 apart; at the last three, runs are chaotic or soon become so."""

HORIZON = 100
"""Steps after which rates are compared: five times through the examples. Later every rule has fitted them
all, and the best rate is the last before chaos."""

NEAR = 1.2
"""A rate is as good as the best if its median cost is at most so many times the best one's."""

MODEL = networks.MLP(SIZES, "tanh")


def courses(seed: int, name: str, rates: Array, n_steps: int = N_STEPS) -> tuple[Array, Array]:
    """Train the digits network with one rule at several rates at once, on the same minibatches.

    Parameters
    ----------
    seed : of the training examples, the initial weights and the minibatches.
    name : of `RULES`.
    rates : learning rates, positive, shape (k,).
    n_steps : at least 20.

    Returns
    -------
    (cost, test_error) : the mean loss of all training examples every 20 steps, (k, n_recorded), and the
        fraction of misread test digits at the end, (k,).

    Raises
    ------
    ValueError : arguments out of their range.

    >>> cost, test_error = courses(0, "Adam", np.array([0.001, 0.01]), n_steps=40)
    >>> cost.shape, test_error.shape
    ((2, 3), (2,))
    """
    _check.one_of("name", name, RULES)
    rates = _check.array("rates", rates, ndim=1)
    if not rates.size or (rates <= 0).any():
        raise ValueError(f"rates: got {rates}; want numbers > 0")
    n_steps, rng = _check.count("n_steps", n_steps, at_least=RECORDED), _check.seeded(seed)
    training, test = data.digits().split(N_TRAIN, rng)
    theta = np.tile(MODEL.init(rng), (len(rates), 1))
    everything, batch = MODEL.problem(training.X, training.y), _Batches(training, rng)
    run, costs = steps(name, rates, theta, batch.gradient), [everything.value(theta)]
    for t in range(1, n_steps + 1):
        theta = next(run)
        if t % RECORDED == 0:
            costs.append(everything.value(theta))
    return np.array(costs).T, MODEL.error_rate(theta, test.X, test.y)


class _Batches:
    """A new minibatch for each gradient; each epoch goes through the examples in a new order."""

    def __init__(self, training: data.Digits, rng: np.random.Generator) -> None:
        self._training, self._rng = training, rng
        self._order = np.empty(0, dtype=np.int64)

    def gradient(self, theta: Array) -> Array:
        if not self._order.size:
            self._order = self._rng.permutation(len(self._training))
        rows, self._order = self._order[:BATCH_SIZE], self._order[BATCH_SIZE:]
        return MODEL.problem(self._training.X[rows], self._training.y[rows]).grad(theta)


@dataclass(frozen=True)
class Competition:
    """One seed's runs, each rule at its tuned rate: cost (n_recorded,) and test error at the end, by name."""

    t: Array
    rates: dict[str, float]
    cost: dict[str, Array]
    test_error: dict[str, float]

    def plot(self) -> Figure:
        """Draw the costs over the steps."""
        fig, ax = plotting.figure()
        for name, (colour, _) in LOOKS.items():
            named = rf"{name}, $\epsilon = {self.rates[name]:.3g}$"
            ax.semilogy(self.t, self.cost[name], color=f"ravine:{colour}", linewidth=1.4, label=named)
        ax.set(xlabel="step $t$", ylabel="cost $J$")
        ax.legend()
        return fig


def compete(seed: int = 0, n_steps: int = N_STEPS) -> Competition:
    """Train the digits network with six rules, each at the rate that `Tuned` chose on other seeds.

    Parameters
    ----------
    seed : below 20 for one that judges.
    n_steps : at least 20.

    Returns
    -------
    Competition

    Raises
    ------
    ValueError : arguments out of their range.

    >>> sorted(compete(n_steps=20).cost)[:2]
    ['AdaGrad', 'Adam']
    """
    chosen = Tuned.load().chosen
    runs = {name: courses(seed, name, np.array([rate], np.float64), n_steps) for name, rate in chosen.items()}
    cost = {name: run[0][0] for name, run in runs.items()}
    t = RECORDED * np.arange(len(cost["Adam"]), dtype=np.float64)
    return Competition(t, chosen, cost, {name: float(run[1][0]) for name, run in runs.items()})


class TooFast(Measurement, name="sgd-and-momentum-too-fast", seeds=range(N_JUDGED + N_TUNED), rtol=0.5):
    """The digits network at the last rates of each grid: columns `cost_<rule>`, (n_seeds, 3).

    There descent amplifies the last bit, which two machines round differently, to order one.

    >>> TooFast.load()["cost_adam"].shape
    (40, 3)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All rules at the last of their rates."""
        fast = {name: courses(seed, name, RATES[name][N_SURE:], HORIZON)[0] for name in RULES}
        return {f"cost_{label(name)}": cost[:, -1] for name, cost in fast.items()}


class Tuned(Measurement, name="sgd-and-momentum-tuned", seeds=range(N_JUDGED + N_TUNED), rtol=1e-3):
    """The digits network at all other rates: columns of shape (n_seeds, 8).

    `cost_<rule>` after `HORIZON` steps; `late_<rule>` and `error_<rule>`, the cost and the fraction of
    misread test digits after 600. The first 20 seeds judge, the last 20 choose the rates.

    >>> Tuned.load()["cost_adam"].shape
    (40, 8)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All rules at all but the last of their rates."""
        row: dict[str, float | Array] = {}
        for name in RULES:
            cost, test_error = courses(seed, name, RATES[name][:N_SURE])
            ends = {"cost": cost[:, HORIZON // RECORDED], "late": cost[:, -1], "error": test_error}
            row |= {f"{what}_{label(name)}": end for what, end in ends.items()}
        return row

    @property
    def curve(self) -> dict[str, Array]:
        """Rule -> median cost at each of its `RATES` over the seeds that tune, (n_rates,)."""
        columns, fast = {name: f"cost_{label(name)}" for name in RULES}, TooFast.load()
        samples = {name: np.hstack([self[column], fast[column]]) for name, column in columns.items()}
        return {name: np.median(costs[N_JUDGED:], axis=0) for name, costs in samples.items()}

    @property
    def chosen(self) -> dict[str, float]:
        """Rule -> the rate with the least median cost."""
        return {name: float(RATES[name][np.argmin(costs)]) for name, costs in self.curve.items()}

    @property
    def flat(self) -> dict[str, float]:
        """Rule -> the share of its grid whose median cost is within a fifth of the best."""
        return {name: float(np.mean(costs <= NEAR * costs.min())) for name, costs in self.curve.items()}

    @property
    def reach(self) -> dict[str, float]:
        """Rule -> largest over least rate whose median cost is at most twice the best."""
        near = {name: RATES[name][costs <= 2 * costs.min()] for name, costs in self.curve.items()}
        return {name: float(rates.max() / rates.min()) for name, rates in near.items()}

    @property
    def cost(self) -> dict[str, Array]:
        """Rule -> the cost after `HORIZON` steps at its chosen rate, over the seeds that judge, (20,)."""
        return self._judged("cost")

    @property
    def late(self) -> dict[str, Array]:
        """Rule -> the cost after 600 steps at the same rate, (20,)."""
        return self._judged("late")

    @property
    def test_error(self) -> dict[str, Array]:
        """Rule -> the fraction of misread test digits after 600 steps at the same rate, (20,)."""
        return self._judged("error")

    def _judged(self, what: str) -> dict[str, Array]:
        best = {name: np.argmin(costs) for name, costs in self.curve.items()}
        return {name: self[f"{what}_{label(name)}"][:N_JUDGED, best[name]] for name in RULES}

    def plot(self) -> Figure:
        """Draw the tuning curves, and cost and test error at the chosen rates."""
        fig, axes = plotting.figure(3, 1, width=6.4, height=8.6, height_ratios=(1.3, 1, 1))
        for k, (name, (colour, marker)) in enumerate(LOOKS.items()):
            look = {"color": f"ravine:{colour}", "marker": marker, "markersize": 4}
            axes.flat[0].loglog(RATES[name], self.curve[name], linewidth=1.2, label=name, **look)
            for ax, samples in zip(axes.flat[1:], (self.cost, self.test_error), strict=True):
                middle = np.median(samples[name])
                reach = np.abs([[samples[name].min() - middle], [samples[name].max() - middle]])
                ax.errorbar(middle, k, xerr=reach, linestyle="none", **look)
        axes.flat[0].set(xlabel=r"learning rate $\epsilon$", ylabel="cost $J$, tuning seeds")
        fig.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
        for ax, what in zip(
            axes.flat[1:], ("cost $J$, judging seeds", "share of misread digits"), strict=True
        ):
            ax.set(xlabel=what)
            ax.set_yticks(range(len(LOOKS)), SHORT)
            ax.invert_yaxis()
        axes.flat[1].set(xscale="log")
        # Within two decades powers of ten are too few names, and all of matplotlib's too many.
        axes.flat[1].set_xticks((0.003, 0.01, 0.03, 0.1), ("0.003", "0.01", "0.03", "0.1"))
        axes.flat[1].xaxis.set_minor_formatter(NullFormatter())
        return fig
