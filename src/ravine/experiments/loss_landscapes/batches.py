"""Small batches, large ones, short and long steps: how sharp the end is, and how well it reads new digits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, curvature, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.loss_landscapes import rescaling

SIZES, N_TRAIN, GOAL = (64, 32, 32, 10), 500, 0.01
"""Widths of the layers, training digits, and the training cost at which every run is stopped."""

SETTINGS: Mapping[str, tuple[int, float]] = {
    "small": (5, 0.1),
    "noisy": (5, 0.3),
    "large": (500, 0.1),
    "fast": (500, 1.5),
}
"""Name -> batch size and learning rate; batches of 500 are all training digits."""

MOST, LOOKED, N_SLICES = 4000, 10, 50
"""Steps after which a run is given up, steps from one look at the cost to the next, random directions."""


@dataclass(frozen=True)
class Ends:
    """Where the runs of one seed end, all from the same weights; name of a setting -> number.

    sharpness : the largest eigenvalue of the Hessian. bend : the mean curvature along filter-normalised
    directions. error : the share of new digits that are misread.
    """

    sharpness: dict[str, float]
    bend: dict[str, float]
    error: dict[str, float]


def ends(seed: int) -> Ends:
    """Train one network with each setting until its training cost is 0.01; measure curvature and test error.

    Parameters
    ----------
    seed : of the digits, the weights, the minibatches and the directions.

    Returns
    -------
    Ends

    Raises
    ------
    ValueError : seed is not a natural number.
    RuntimeError : a run does not reach the cost.

    Source: N. S. Keskar et al. (2017), ICLR, with both batches stopped at one training cost.
    """
    rng = _check.seeded(seed)
    training, test = data.digits().split(N_TRAIN, rng)
    model = networks.MLP(SIZES, "relu")
    theta0, draws = model.init(rng), rng.standard_normal((N_SLICES, model.n))
    problem = model.problem(training.X, training.y)
    sharpness, bend, error = {}, {}, {}
    for name, (size, rate) in SETTINGS.items():
        theta = _stopped(model, theta0, training, size, rate, np.random.default_rng([seed, 1]))
        d = rescaling.own(model, theta, draws)
        hvp = rescaling.product(problem, theta)
        sharpness[name] = float(curvature.top_eigenvalues(hvp, model.n, 1, rng, 1e-4)[0])
        bend[name] = float(np.mean([v @ hvp(v) for v in d]))
        error[name] = float(model.error_rate(theta, test.X, test.y))
    return Ends(sharpness, bend, error)


def _stopped(
    model: networks.MLP,
    theta: Array,
    training: data.Digits,
    batch_size: int,
    rate: float,
    rng: np.random.Generator,
) -> Array:
    """The weights at the first look at which the training cost is down to `GOAL`."""
    options: dict[str, Any] = {
        "batch_size": batch_size,
        "n_steps": 10 * LOOKED,
        "rng": rng,
        "record_every": LOOKED,
    }
    for _ in range(MOST // (10 * LOOKED)):
        trace = descent.train(model, rules.gradient_descent(rate), theta, training.X, training.y, **options)
        down = np.flatnonzero(trace.J <= GOAL)
        if down.size:
            return np.asarray(trace.theta[down[0]])
        theta = trace.theta[-1]
    raise RuntimeError(f"a run with batches of {batch_size} at {rate} does not reach {GOAL}")


class Batches(
    Measurement,
    name="loss-landscapes-batches",
    rtol=0.1,
    loose={"error": 0.01},
):
    """`Ends` over all seeds: `sharpness`, `bend` and `error`, (n_seeds, 4), in the order of `SETTINGS`.

    >>> Batches.load()["bend"].shape
    (20, 4)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All settings."""
        return {name: np.array(list(kept.values())) for name, kept in vars(ends(seed)).items()}

    def of(self, what: str, setting: str) -> Array:
        """A column's entries for one setting, (n_seeds,).

        Raises
        ------
        ValueError : no such column or setting.
        """
        column = self[_check.one_of("what", what, self.columns)]
        return np.asarray(column[:, list(SETTINGS).index(_check.one_of("setting", setting, SETTINGS))])

    def beside(self, setting: str, other: str) -> tuple[float, float]:
        """Of two settings: the median ratio of their curvatures, and median difference of their test errors.

        Raises
        ------
        ValueError : no such setting.

        >>> flatter, _ = Batches.load().beside("noisy", "large")
        >>> flatter < 1
        True
        """
        _check.one_of("other", other, SETTINGS)
        ratio, gap = self.of("bend", setting) / self.of("bend", other), self.of("error", setting)
        return float(np.median(ratio)), float(np.median(gap - self.of("error", other)))

    def plot(self) -> Figure:
        """Draw curvature and test error at each setting, a dot a seed."""
        fig, axes = plotting.figure(1, 2, width=8.6)
        labels = {"bend": "mean curvature, filters of own size", "error": "share of new digits misread"}
        for ax, (what, label) in zip(axes.flat, labels.items(), strict=True):
            for at, name in enumerate(SETTINGS):
                values = np.sort(self.of(what, name))
                beside = np.linspace(-0.2, 0.2, len(values))
                colour = "orange" if SETTINGS[name][0] == N_TRAIN else "blue"
                ax.plot(at + beside, values, "o", markersize=4, color=f"ravine:{colour}", label=f"_{name}")
                middle = float(np.median(values))
                ax.plot([at - 0.25, at + 0.25], [middle, middle], color="ravine:black", label="_median")
            ticks = [f"B = {size}\nrate {rate:g}" for size, rate in SETTINGS.values()]
            ax.set_xticks(range(len(SETTINGS)), ticks)
            ax.set(ylabel=label, ylim=(0, None))
        return fig
