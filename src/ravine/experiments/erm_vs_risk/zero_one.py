"""The 0-1 loss on the line: a staircase to descend, and how slowly its exact minimum learns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, plotting, problems
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import erm_vs_risk as theory

WIDTHS = (1e-4, 1e-3, 1e-2)
"""Half widths h of the finite differences over seeds, units of x."""

N_EXAMPLES = (300, 1000, 3000, 10_000, 30_000)
"""Sizes of the training sets over which the rates are fitted."""

DISTANCES = (1.0, 2.0, 3.0)
"""Distances between the classes at which logistic regression is measured, in standard deviations."""

RULES = ("zero_one", "midpoint", "logistic")
"""Least 0-1 errors on the training set; halfway between the class means; logistic regression."""


@dataclass(frozen=True)
class Staircase:
    """The empirical 0-1 risk of one data set and the exact risk, over the offset b, shape (k,) each."""

    b: Array
    J: Array
    J_star: Array

    @property
    def flat(self) -> float:
        """The share of neighbouring offsets between which the empirical risk does not change."""
        return float((np.diff(self.J) == 0).mean())

    def plot(self) -> Figure:
        """Draw both over the whole line, and again close to b = 1/2."""
        fig, axes = plotting.figure(1, 2, height=3.4)
        for ax, window in zip(axes, ((-2.0, 2.0), (0.4, 0.6)), strict=True):
            near = (self.b >= window[0]) & (self.b <= window[1])
            ax.plot(self.b[near], self.J[near], label="$J$, on the examples", linewidth=1.2)
            ax.plot(self.b[near], self.J_star[near], color="ravine:orange", label="$J^*$, exact")
            ax.set(xlabel="offset $b$")
        axes[0].axvspan(0.4, 0.6, color="ravine:grey", alpha=0.2, linewidth=0)
        axes[0].set(ylabel="share of errors", ylim=(0, 0.55))
        axes[0].legend(loc="lower center")
        return fig


def staircase(m: int = 200, mu: float = 1.0, *, seed: int = 0) -> Staircase:
    r"""Compare the share of errors that the sign of $x + b$ makes on m examples with its expectation.

    Parameters
    ----------
    m : number of examples.
    mu : half the distance between the class means, units of x.
    seed : of the examples.

    Returns
    -------
    Staircase

    Raises
    ------
    ValueError : m below 1, or mu not finite.

    >>> 0.9 < staircase(m=50).flat < 1
    True
    """
    X, y = data.TwoGaussians(np.array([mu])).sample(m, np.random.default_rng(seed))
    b = np.linspace(-2, 2, 4001)
    return Staircase(b, problems.zero_one(np.ones((len(b), 1)), X, y, b), theory.threshold_risk(b, mu))


# A machine that rounds differently moves a threshold past an example now and then.
class Thresholds(Measurement, name="erm-vs-risk-thresholds", rtol=1e-3):
    """Exact excess risk of three ways to place a threshold between two classes a distance of 2 apart.

    A column for each of `RULES`, shape (n_seeds, k), over the numbers of examples `N_EXAMPLES`.

    >>> Thresholds.load().slopes["midpoint"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int, m: Sequence[int] = N_EXAMPLES, mu: float = 1.0) -> Row:
        """Excess risk over the number of examples.

        Parameters
        ----------
        seed : of the data sets.
        m : numbers of examples, shape (k,); each is averaged over 100 to 1000 data sets.
        mu : half the distance between the class means, units of x, positive.

        Returns
        -------
        {rule: shape (k,)}

        Raises
        ------
        ValueError : a count below 1, a negative seed, or mu not positive.

        >>> run = Thresholds.row(0, m=[100])
        >>> bool(run["zero_one"].item() > 4 * run["midpoint"].item())
        True
        """
        rng = _check.seeded(seed)
        mu = _check.real("mu", mu, above=0)
        # Fewer data sets where they are large: three million examples a size at most.
        rows = [_excess(_check.count("m", k), mu, int(np.clip(3_000_000 // k, 100, 1000)), rng) for k in m]
        return {name: np.array([row[name] for row in rows]) for name in RULES}

    @property
    def slopes(self) -> dict[str, Array]:
        """The exponent of m, fitted seed by seed: rule -> shape (n_seeds,)."""
        return {name: np.polyfit(np.log(N_EXAMPLES), np.log(self[name].T), 1)[0] for name in RULES}

    def plot(self) -> Figure:
        """Draw the excess over the number of examples, with the predictions."""
        fig, ax = plotting.figure()
        m = np.array(N_EXAMPLES, float)
        names = {
            "zero_one": ("least 0-1 errors", "orange", theory.zero_one_excess),
            "logistic": ("logistic regression", "green", None),
            "midpoint": ("halfway between means", "blue", theory.plug_in_excess),
        }
        for name, (label, colour, predicted) in names.items():
            plotting.spread(ax, m, self[name], label=label, colour=colour, marker="o", linestyle="none")
            if predicted is not None:
                ax.plot(m, predicted(m, 1.0), color=f"ravine:{colour}", linewidth=1)
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="number of examples $m$",
            ylabel="excess risk $J^* - \\min J^*$",
        )
        ax.legend()
        return fig


def _excess(m: int, mu: float, n_datasets: int, rng: np.random.Generator) -> dict[str, float]:
    """Mean excess risk of each rule, and of the midpoint with an estimated prior."""
    mu = _check.real("mu", mu, above=0)
    X, y = data.TwoGaussians(np.array([mu])).sample(m, rng, n_datasets=n_datasets)
    x = X[..., 0]
    offsets = {
        "zero_one": problems.minimise_zero_one(x, y),
        "midpoint": problems.midpoint_threshold(x, y),
        "estimated_prior": problems.midpoint_threshold(x, y, known_prior=False),
        "logistic": problems.logistic_threshold(x, y),
    }
    least = theory.threshold_risk(0.0, mu)
    return {name: float((theory.threshold_risk(b, mu) - least).mean()) for name, b in offsets.items()}


# Here too a threshold may move past an example.
class Efficiency(Measurement, name="erm-vs-risk-efficiency", rtol=1e-3):
    """Excess risk of normal discrimination over that of logistic regression.

    `efficiency` has shape (n_seeds, k), over the distances between the classes `DISTANCES`.

    >>> Efficiency.load()["efficiency"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The ratio of the two excess risks for 2000 examples, each a mean over 500 data sets."""
        rng = np.random.default_rng(seed)
        rows = [_excess(2000, distance / 2, 500, rng) for distance in DISTANCES]
        return {"efficiency": np.array([row["estimated_prior"] / row["logistic"] for row in rows])}


class Slopes(Measurement, name="erm-vs-risk-slopes"):
    """Finite differences of the empirical 0-1 risk at b = 1/2: how many vanish, and how much they spread.

    `zero` (the share that is exactly zero), `mean` and `spread` (the standard deviation) over 400 data sets
    of 1000 examples have shape (n_seeds, k), over the half widths `WIDTHS`.

    >>> Slopes.load()["zero"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Central differences on each data set, for each width."""
        X, y = data.TwoGaussians(np.array([1.0])).sample(1000, np.random.default_rng(seed), n_datasets=400)
        w = np.ones(1)
        slopes = [
            (problems.zero_one(w, X, y, 0.5 + h) - problems.zero_one(w, X, y, 0.5 - h)) / (2 * h)
            for h in WIDTHS
        ]
        return {
            "zero": np.array([(s == 0).mean() for s in slopes]),
            "mean": np.array([s.mean() for s in slopes]),
            "spread": np.array([s.std() for s in slopes]),
        }


@dataclass(frozen=True)
class Neighbours:
    """The nearest-neighbour rule on noisy labels: cost on its examples and exact risk, (n_datasets,)."""

    J: Array
    J_star: Array


def neighbours(flip: float = 0.1, m: int = 100, *, n_datasets: int = 20, seed: int = 0) -> Neighbours:
    """Fit the nearest-neighbour rule to labels of which a share is flipped at random.

    Parameters
    ----------
    flip : probability that a label is flipped, between 0 and 1/2.
    m : number of examples.
    n_datasets : number of data sets.
    seed : of the data sets.

    Returns
    -------
    Neighbours

    Raises
    ------
    ValueError : a flip outside [0, 1/2] or a count below 1.

    >>> neighbours(0.0).J_star.max().item()
    0.0
    """
    truth = data.NoisyLabels(flip)
    X, y = truth.sample(m, np.random.default_rng(seed), n_datasets=n_datasets)
    nearest = np.abs(X - np.swapaxes(X, -1, -2)).argmin(axis=-1)
    return Neighbours((np.take_along_axis(y, nearest, -1) != y).mean(-1), truth.nearest_neighbour_risk(X, y))
