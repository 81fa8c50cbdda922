"""The network over twenty seeds: what the chapter claims, and the data files that hold it."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import plotting
from ravine._typing import Array
from ravine.experiments._sweep import Sweep
from ravine.experiments.ill_conditioning.network import N_STEPS, SETTLED, Training, four_panels, train

LEARNING_RATES = (0.4, 0.3, 0.25)
"""Of the runs at the edge of stability: 2 over each is where its largest curvature should settle."""

EDGE_STEPS = {0.4: 2000, 0.3: 2500, 0.25: 3000}
"""Smaller steps take longer to reach the edge."""


def _network_row(seed: int) -> dict[str, float | Array]:
    """The chapter's main run: how both Taylor terms end."""
    run = train(seed)
    # Single steps are noisy at the edge of stability: costs are means over 50 steps.
    before, after = run.J[-SETTLED:][:50].mean(), run.J[-50:].mean()
    return {
        "gradient_growth": run.growth(np.sqrt(run.slope)),
        "curvature_growth": run.growth(run.curvature),
        "cost_left": run.growth(run.J),
        "balance": run.settled_balance,
        "sharpness": run.settled_sharpness,
        "promised": float(run.learning_rate * run.slope[-SETTLED:].sum() / before),
        "gained": float(1 - after / before),
        "uphill": float((np.diff(run.J[-SETTLED:]) > 0).mean()),
        "test_error": run.test_error,
    }


def _curves_row(seed: int) -> dict[str, float | Array]:
    """The course of the chapter's main run."""
    return dict(train(seed).curves())


def _edge_row(seed: int) -> dict[str, float | Array]:
    """Sharpness at three learning rates."""
    runs = {rate: train(seed, rate, EDGE_STEPS[rate], n_sharpness=50) for rate in LEARNING_RATES}
    return {
        "settled": np.array([run.settled_sharpness for run in runs.values()]),
        **{f"sharpness_{rate:g}": run.sharpness for rate, run in runs.items()},
    }


def _start_row(seed: int) -> dict[str, float | Array]:
    """What depends on the start and on the loss: customary weights, and cross-entropy."""
    runs = {"customary": train(seed, scale=1.0), "entropy": train(seed, loss="cross_entropy")}
    row: dict[str, float | Array] = {}
    for name, run in runs.items():
        row |= {
            f"{name}_gradient_growth": run.growth(np.sqrt(run.slope)),
            f"{name}_curvature_growth": run.growth(run.curvature),
            f"{name}_balance": run.settled_balance,
            f"{name}_sharpness": run.settled_sharpness,
        }
    return row


def _fast_row(seed: int) -> dict[str, float | Array]:
    """Cross-entropy at ten times the main run's learning rate: its balance and its cost, early on."""
    run = train(seed, 4.0, SETTLED, loss="cross_entropy", n_sharpness=1)
    share = run.learning_rate * run.curvature / (2 * run.slope)
    return {
        "peak": float(share[:60].max()),
        "above": float((share[:100] > 1).sum()),
        "left": float(run.J[50] / run.J[0]),
    }


# Two machines round differently, and descent at the edge of stability amplifies the last bit to order one
# within a few hundred steps. Averages over the settled state then agree to about a tenth, and the small
# difference `gained` to about a third. Within the curves the phase of the bursts is lost, and with it all but
# the order of magnitude. (Measured by perturbing the initial weights by a relative 1e-14.)
NETWORK = Sweep("ill-conditioning-network", _network_row, rtol=0.6)
CURVES = Sweep("ill-conditioning-curves", _curves_row, rtol=3.0)
EDGE = Sweep("ill-conditioning-edge", _edge_row, rtol=0.2)
STARTS = Sweep("ill-conditioning-starts", _start_row, rtol=0.05)
FAST = Sweep("ill-conditioning-fast", _fast_row, rtol=1e-3)


@dataclass(frozen=True)
class ManyRuns:
    """The main run over all seeds: the columns of `NETWORK` (n_seeds,) and of `CURVES` (n_seeds, WINDOWS)."""

    columns: dict[str, Array]
    curves: dict[str, Array]

    def __getitem__(self, name: str) -> Array:
        """A measurement over the seeds, shape (n_seeds,)."""
        return self.columns[name]

    def plot(self, run: Training | None = None) -> Figure:
        """Draw the four courses with their range over seeds, and one run over them if given."""
        return four_panels(N_STEPS, self.curves, run)


def many_runs() -> ManyRuns:
    """Load the main run over all seeds.

    Returns
    -------
    ManyRuns

    >>> many_runs()["balance"].shape
    (20,)
    """
    return ManyRuns(NETWORK.load(), CURVES.load())


@dataclass(frozen=True)
class EdgeOfStability:
    """Sharpness over the course of training for three learning rates: each column of `EDGE`, by name."""

    columns: dict[str, Array]

    @property
    def settled(self) -> dict[float, Array]:
        """Learning rate -> settled sharpness in units of 2 / learning rate, shape (n_seeds,)."""
        return dict(zip(LEARNING_RATES, self.columns["settled"].T, strict=True))

    def plot(self) -> Figure:
        """Draw sharpness over the steps, with the limit 2 / learning rate of each run."""
        fig, ax = plotting.figure()
        for rate, colour in zip(LEARNING_RATES, ("orange", "blue", "green"), strict=True):
            t = np.linspace(0, EDGE_STEPS[rate] - 1, self.columns[f"sharpness_{rate:g}"].shape[1])
            plotting.spread(
                ax, t, self.columns[f"sharpness_{rate:g}"], label=rf"$\epsilon = {rate:g}$", colour=colour
            )
            ax.axhline(2 / rate, color=plotting.COLOURS[colour], linestyle="--", linewidth=1)
        ax.set(xlabel="step $t$", ylabel=r"largest curvature $\lambda_n$", ylim=(0, 11))
        ax.legend()
        return fig


def edge_of_stability() -> EdgeOfStability:
    """Load the sharpness at three learning rates over all seeds.

    Returns
    -------
    EdgeOfStability

    >>> sorted(edge_of_stability().settled)
    [0.25, 0.3, 0.4]
    """
    return EdgeOfStability(EDGE.load())
