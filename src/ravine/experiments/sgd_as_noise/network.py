"""A network on digits: over a wide range only the ratio of learning rate and batch size counts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

SIZES, N_TRAIN, N_RUNS = (64, 16, 10), 1000, 8
"""Widths of the layers, training digits, and runs side by side from the same weights."""

TIME = 100.0
"""Learning rate times steps of every run."""

BATCHES: Mapping[float, tuple[int, ...]] = {0.2: (1, 4, 16), 0.05: (1, 4, 16, 64), 0.0125: (4, 16, 64, 256)}
"""Strength of the noise, learning rate over batch -> batches; the learning rates are up to 3.2."""

FAR = (0.2, 64)
"""Strength and batch of a run whose learning rate, 12.8, is beyond what the network bears."""

N_RECORDS = 25
"""Points of a curve, or as many as there are steps."""


@dataclass(frozen=True)
class Scaling:
    r"""Mean costs of the runs of each setting (strength, batch).

    t, cost : (strength, batch) -> (n_recorded,), learning rate times steps, and the mean of eight runs.
    """

    t: dict[tuple[float, int], Array]
    cost: dict[tuple[float, int], Array]

    def plot(self) -> Figure:
        """Draw the costs over time, all settings of one strength in one colour."""
        fig, ax = plotting.figure()
        styles = dict(zip((1, 4, 16, 64, 256), ("-", "--", "-.", ":", (0, (1, 3))), strict=True))
        for eps, colour in zip(BATCHES, ("orange", "blue", "green"), strict=True):
            for j, B in enumerate(BATCHES[eps]):
                label = rf"$\epsilon/B = {eps:g}$" if j == 0 else f"_{eps:g}, {B}"
                key = eps, B
                ax.semilogy(
                    self.t[key], self.cost[key], linestyle=styles[B], color=f"ravine:{colour}", label=label
                )
        ax.set(xlabel=r"time, steps $\times\, \epsilon$", ylabel="cost of all training digits")
        ax.legend()
        return fig


def scale(seed: int = 0) -> Scaling:
    """Train a network on digits, centred, at several learning rates and batches, each for the same time.

    Batches are drawn with replacement, as the diffusion has it.

    Parameters
    ----------
    seed : of the training digits, the weights and the batches.

    Returns
    -------
    Scaling

    Raises
    ------
    ValueError : seed is not a natural number.

    Source: the scaling is that of Goyal et al. (2017), section 2.1, and Smith and Le (2018), ICLR.

    >>> run = scale()
    >>> bool(abs(run.cost[0.05, 1][-1] / run.cost[0.05, 16][-1] - 1) < 0.15)
    True
    """
    rng, model = _check.seeded(seed), networks.MLP(SIZES, "tanh")
    training, _ = data.digits().split(N_TRAIN, rng)
    theta0 = np.tile(model.init(rng), (N_RUNS, 1))
    t: dict[tuple[float, int], Array] = {}
    cost: dict[tuple[float, int], Array] = {}
    for eps, B in [*((eps, B) for eps, batches in BATCHES.items() for B in batches), FAR]:
        rate = eps * B
        n_steps = round(TIME / rate)
        trace = descent.train(
            model,
            rules.gradient_descent(rate),
            theta0,
            training.X,
            training.y,
            batch_size=B,
            n_steps=n_steps,
            rng=np.random.default_rng([seed, B]),
            record_every=max(1, n_steps // N_RECORDS),
            sampling="with_replacement",
            shared_batches=False,
        )
        t[eps, B] = np.asarray(trace.steps * rate, np.float64)
        cost[eps, B] = np.asarray(trace.J.mean(axis=1), np.float64)
    return Scaling(t, cost)


class Scalings(Measurement, name="sgd-as-noise-scaling"):
    """Costs at the end over all seeds.

    Columns: `strong`, `middle` and `weak` (n_seeds, n_batches), one for each strength of `BATCHES`, in its
    order; `far` (n_seeds,), at `FAR`.

    >>> Scalings.load()["middle"].shape
    (20, 4)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All settings."""
        cost = scale(seed).cost
        ends = {
            name: np.array([cost[eps, B][-1] for B in BATCHES[eps]])
            for name, eps in zip(("strong", "middle", "weak"), BATCHES, strict=True)
        }
        return {**ends, "far": float(cost[FAR][-1])}

    def plot(self) -> Figure:
        """Draw the costs at the end over the learning rate, a band for each strength."""
        fig, ax = plotting.figure()
        for name, eps, colour in zip(
            ("strong", "middle", "weak"), BATCHES, ("orange", "blue", "green"), strict=True
        ):
            rates = eps * np.array(BATCHES[eps])
            plotting.spread(
                ax, rates, self[name], label=rf"$\epsilon/B = {eps:g}$", colour=colour, marker="o"
            )
        ax.set(
            xlabel=r"learning rate $\epsilon$",
            ylabel="cost of all training digits",
            xscale="log",
            yscale="log",
        )
        ax.legend()
        return fig
