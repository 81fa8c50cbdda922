"""The network over twenty seeds: what the chapter claims, and the data files that hold it."""

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.ill_conditioning.network import (
    EARLY_STEPS,
    EARLY_WINDOW,
    N_STEPS,
    PANELS,
    SETTLED,
    Training,
    four_panels,
    train,
    window_means,
)

LEARNING_RATES = (0.4, 0.3, 0.25)
"""Of the runs at the edge of stability: 2 over each is where its largest curvature should settle."""

EDGE_STEPS = {0.4: 2000, 0.3: 2500, 0.25: 3000}
"""Smaller steps take longer to reach the edge."""


# Two machines round differently. Before the edge of stability that does not matter. There, descent amplifies
# the last bit to order one within a few hundred steps; after it averages agree: over the settled state to
# about a tenth, over one window to about a fifth. (Measured by perturbing the start by a relative 1e-14.)
class Trainings(Measurement, name="ill-conditioning-network", rtol=0.2):
    """The main run over all seeds: how both Taylor terms end, over the last steps.

    Costs, and the promise of the slope term, are in units of the first cost.

    >>> Trainings.load()["balance"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """How both Taylor terms of the chapter's main run end; costs and sums in units of the first cost."""
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

    @property
    def promised(self) -> Array:
        """The gain that the slope term promised over the last steps, relative to the cost, (n_seeds,)."""
        return np.asarray(self["promise"] / self["cost_before"])

    @property
    def gained(self) -> Array:
        """The fall of the cost from their first third to their last, relative to the first, (n_seeds,)."""
        return np.asarray(1 - self["cost_after"] / self["cost_before"])

    @property
    def overpromised(self) -> Array:
        """What the slope promised over what the cost fell, in as many steps, (n_seeds,).

        The fall is that from the first third of the last steps to their last one, over two thirds of them.
        """
        return np.asarray(self.promised * 2 / 3 / self.gained)

    @classmethod
    def course(cls, name: str) -> tuple[Array, Array]:
        """The median over the seeds of one quantity, relative to its start.

        Parameters
        ----------
        name : "cost", "gradient" or "curvature".

        Returns
        -------
        (t, middle) : middles of the windows in steps, after 0, and the medians, after 1; both of shape
            (n_windows + 1,).

        Raises
        ------
        ValueError : another name.

        >>> t, cost = Trainings.course("cost")
        >>> t[:3].tolist(), float(cost[0])
        ([0.0, 24.5, 74.5], 1.0)
        """
        _check.one_of("name", name, [quantity for quantity in PANELS if quantity != "balance"])
        middle = np.median(cls.curves()[name], axis=0)
        return np.append(0.0, window_means(np.arange(N_STEPS, dtype=np.float64))), np.append(1.0, middle)

    @staticmethod
    def curves() -> dict[str, Array]:
        """The courses of the runs, `EarlyCurves` and then `LateCurves`: name -> (n_seeds, n_windows)."""
        early, late = EarlyCurves.load(), LateCurves.load()
        return {name: np.hstack([early[name], late[name]]) for name in PANELS}

    def plot(self, run: Training | None = None) -> Figure:
        """Draw the four courses with their range over seeds, and one run over them if given."""
        return four_panels(N_STEPS, self.curves(), run)


class EarlyCurves(Measurement, name="ill-conditioning-early"):
    """The courses of the main run before it comes near the edge of stability, (n_seeds, n_windows) each.

    >>> EarlyCurves.load()["cost"].shape
    (20, 9)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The course of the chapter's main run before it comes near the edge of stability."""
        return train(seed, n_steps=EARLY_STEPS, n_sharpness=1).curves()


class LateCurves(Measurement, name="ill-conditioning-curves", rtol=0.5):
    """The courses of the main run from there on, (n_seeds, n_windows) each.

    >>> LateCurves.load()["cost"].shape
    (20, 7)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The course of the chapter's main run from there on."""
        n_early = EARLY_STEPS // EARLY_WINDOW
        return {name: course[n_early:] for name, course in train(seed, n_sharpness=1).curves().items()}


class EdgeOfStability(Measurement, name="ill-conditioning-edge", rtol=0.2):
    """Sharpness over the course of training for the three `LEARNING_RATES`.

    >>> sorted(EdgeOfStability.load().settled)
    [0.25, 0.3, 0.4]
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Sharpness at three learning rates."""
        runs = {rate: train(seed, rate, EDGE_STEPS[rate], n_sharpness=50) for rate in LEARNING_RATES}
        return {
            "settled": np.array([run.settled_sharpness for run in runs.values()]),
            **{f"sharpness_{rate:g}": run.sharpness for rate, run in runs.items()},
        }

    @property
    def settled(self) -> dict[float, Array]:
        """Learning rate -> settled sharpness in units of 2 / learning rate, shape (n_seeds,)."""
        return dict(zip(LEARNING_RATES, self["settled"].T, strict=True))

    def plot(self) -> Figure:
        """Draw sharpness over the steps, with the limit 2 / learning rate of each run."""
        fig, ax = plotting.figure()
        styles = zip(LEARNING_RATES, ("orange", "blue", "green"), ("-", "-.", ":"), strict=True)
        for rate, colour, style in styles:
            course = self[f"sharpness_{rate:g}"]
            t = np.linspace(0, EDGE_STEPS[rate] - 1, course.shape[1])
            plotting.spread(ax, t, course, label=rf"$\epsilon = {rate:g}$", colour=colour, linestyle=style)
            ax.axhline(2 / rate, color=f"ravine:{colour}", linestyle="--", linewidth=1)
        ax.set(xlabel="step $t$", ylabel=r"largest curvature $\lambda_n$", ylim=(0, 11))
        ax.legend()
        return fig


class Starts(Measurement, name="ill-conditioning-starts", rtol=0.05):
    """What depends on the start and on the loss: columns `customary_<what>` and `entropy_<what>`.

    >>> Starts.load()["customary_balance"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
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


class FastRuns(Measurement, name="ill-conditioning-fast", rtol=1e-3):
    """Cross-entropy at ten times the main run's learning rate, early on.

    Columns, (n_seeds,): `peak`, the largest balance of a single step among the first 60; `above`, how
    many of the first 100 have a balance above 1; `left`, the cost after 50 steps over that at the start.

    >>> FastRuns.load()["peak"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Cross-entropy at ten times the main run's learning rate: its balance and its cost, early on."""
        run = train(seed, 4.0, SETTLED, loss="cross_entropy", n_sharpness=1)
        share = run.learning_rate * run.curvature / (2 * run.slope)
        return {
            "peak": float(share[:60].max()),
            "above": float((share[:100] > 1).sum()),
            "left": float(run.J[50] / run.J[0]),
        }
