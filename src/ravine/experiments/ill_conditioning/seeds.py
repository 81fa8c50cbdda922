"""The network over twenty seeds: what the chapter claims, and the data files that hold it."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import plotting
from ravine._typing import Array
from ravine.experiments._sweep import Sweep
from ravine.experiments.ill_conditioning.network import (
    EARLY_STEPS,
    EARLY_WINDOW,
    N_STEPS,
    PANELS,
    SETTLED,
    Training,
    four_panels,
    train,
)

LEARNING_RATES = (0.4, 0.3, 0.25)
"""Of the runs at the edge of stability: 2 over each is where its largest curvature should settle."""

EDGE_STEPS = {0.4: 2000, 0.3: 2500, 0.25: 3000}
"""Smaller steps take longer to reach the edge."""


def _network_row(seed: int) -> dict[str, float | Array]:
    """The chapter's main run: how both Taylor terms end; costs and their sums in units of the first cost."""
    run = train(seed)
    last, third = run.J[-SETTLED:] / run.J[0], SETTLED // 3
    return {
        "gradient_growth": run.growth(np.sqrt(run.slope)),
        "curvature_growth": run.growth(run.curvature),
        "cost_left": run.growth(run.J),
        "balance": run.settled_balance,
        "sharpness": run.settled_sharpness,
        "promise": float(run.learning_rate * run.slope[-SETTLED:].sum() / run.J[0]),
        # Single steps are noisy at the edge of stability.
        "cost_before": float(last[:third].mean()),
        "cost_after": float(last[-third:].mean()),
        "uphill": float((np.diff(run.J[-SETTLED:]) > 0).mean()),
        "test_error": run.test_error,
    }


def _early_row(seed: int) -> dict[str, float | Array]:
    """The course of the chapter's main run before it comes near the edge of stability."""
    return dict(train(seed, n_steps=EARLY_STEPS, n_sharpness=1).curves())


def _curves_row(seed: int) -> dict[str, float | Array]:
    """The course of the chapter's main run from there on."""
    n_early = EARLY_STEPS // EARLY_WINDOW
    return {name: course[n_early:] for name, course in train(seed, n_sharpness=1).curves().items()}


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


# Two machines round differently. Before the edge of stability that does not matter. There, descent amplifies
# the last bit to order one within a few hundred steps; after it averages agree: over the settled state to
# about a tenth, over one window to about a fifth. (Measured by perturbing the start by a relative 1e-14.)
NETWORK = Sweep("ill-conditioning-network", _network_row, rtol=0.2)
EARLY = Sweep("ill-conditioning-early", _early_row)
CURVES = Sweep("ill-conditioning-curves", _curves_row, rtol=0.5)
EDGE = Sweep("ill-conditioning-edge", _edge_row, rtol=0.2)
STARTS = Sweep("ill-conditioning-starts", _start_row, rtol=0.05)
FAST = Sweep("ill-conditioning-fast", _fast_row, rtol=1e-3)


@dataclass(frozen=True)
class ManyRuns:
    """The main run over all seeds: the columns of `NETWORK` (n_seeds,), and curves (n_seeds, n_windows).

    Two columns are derived: `promised`, the gain that the slope term promised over the last steps, and
    `gained`, the fall of the cost from their first third to their last, relative to the cost in the first.
    """

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
    columns, early, late = NETWORK.load(), EARLY.load(), CURVES.load()
    columns["promised"] = columns["promise"] / columns["cost_before"]
    columns["gained"] = 1 - columns["cost_after"] / columns["cost_before"]
    return ManyRuns(columns, {name: np.hstack([early[name], late[name]]) for name in PANELS})


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
        styles = zip(LEARNING_RATES, ("orange", "blue", "green"), ("-", "-.", ":"), strict=True)
        for rate, colour, style in styles:
            t = np.linspace(0, EDGE_STEPS[rate] - 1, self.columns[f"sharpness_{rate:g}"].shape[1])
            course = self.columns[f"sharpness_{rate:g}"]
            plotting.spread(ax, t, course, label=rf"$\epsilon = {rate:g}$", colour=colour, linestyle=style)
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
