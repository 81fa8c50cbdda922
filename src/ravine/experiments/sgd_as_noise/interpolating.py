"""Minima at which every example's gradient vanishes: without noise there, and yet SGD may leave them."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import sgd_as_noise as theory

CURVATURES = (0.2, 3.8)
"""Of both examples; in the mean 2, so that gradient descent stays up to a learning rate of 1."""

RATES = (0.5, 0.58, 0.7)

N_RUNS, N_STEPS = 200, 2000


@dataclass(frozen=True)
class Growth:
    r"""How runs grow, for each of `RATES`.

    steps (n_recorded,); logarithm (n_rates, n_runs, n_recorded), $\ln|x_t / x_0|$; predicted (n_rates,), its
    mean growth a step.
    """

    steps: Array
    logarithm: Array
    predicted: Array

    @property
    def measured(self) -> Array:
        """Mean growth a step, (n_rates,)."""
        return np.asarray(self.logarithm[:, :, -1].mean(axis=1) / self.steps[-1])

    def plot(self) -> Figure:
        """Draw a few runs for each learning rate, and the predicted mean."""
        fig, ax = plotting.figure()
        for j, colour in ((0, "blue"), (1, "amber"), (2, "orange")):
            code = f"ravine:{colour}"
            ax.plot(self.steps, self.logarithm[j, :8].T, color=code, linewidth=0.7, label="_runs")
            ax.plot(
                self.steps,
                self.predicted[j] * self.steps,
                "--",
                color=code,
                label=rf"$\epsilon = {RATES[j]:g}$, predicted",
            )
        ax.set(xlabel="step $t$", ylabel=r"$\ln |x_t / x_0|$")
        ax.legend()
        return fig


def grow(seed: int = 0) -> Growth:
    r"""Run SGD on $a_i x^2/2$, i drawn anew at each step, 200 runs for each learning rate.

    Parameters
    ----------
    seed : of the draws.

    Returns
    -------
    Growth

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> grow().measured.round(2).tolist()
    [-0.11, 0.03, 0.18]
    """
    rng = _check.seeded(seed)
    a = np.array(CURVATURES)[rng.integers(len(CURVATURES), size=(N_RUNS, N_STEPS))]
    factors = np.log(np.abs(1 - np.array(RATES)[:, None, None] * a))
    logarithm = np.concatenate([np.zeros((len(RATES), N_RUNS, 1)), factors.cumsum(axis=-1)], axis=-1)
    predicted = np.array([theory.growth_exponent(rate, CURVATURES) for rate in RATES])
    steps = np.arange(0, N_STEPS + 1, 20)
    return Growth(steps.astype(np.float64), logarithm[:, :, steps], predicted)


# Two minima, equally deep and curved in the mean: motivating example of Wu, Ma and E (2018), NeurIPS --------

UNEVEN = (0.1, 1.9)
"""Of f_1 and f_2 about the minimum at 1, times (x - 1)^2; about that at 0 both are x^2."""

TOY_RATE, TOY_START, TOY_RUNS, TOY_STEPS = 0.7, 1 - 1e-5, 200, 1000


def toy_value(x: Array, i: int) -> Array:
    """min(x^2, c_i (x - 1)^2), the cost of example i."""
    return np.asarray(np.minimum(x * x, UNEVEN[i] * (x - 1) ** 2))


def toy_slope(x: Array, i: NDArray[np.int64]) -> Array:
    """Its derivative; i is 0 or 1 for each x."""
    c = np.array(UNEVEN)[i]
    return np.asarray(np.where(x * x <= c * (x - 1) ** 2, 2 * x, 2 * c * (x - 1)))


@dataclass(frozen=True)
class Toy:
    """Two runs (n_steps + 1,) of the toy, and at which minimum many runs of SGD end.

    sgd, descent : paths. at_0, at_1 : how many of n_runs.
    """

    sgd: Array
    descent: Array
    at_0: int
    at_1: int
    n_runs: int

    def plot(self) -> Figure:
        """Draw the cost of both examples and of their mean, and both runs over the steps."""
        fig, (left, right) = plotting.figure(1, 2, width=8.6)
        x = np.linspace(-0.6, 1.6, 441)
        each = [toy_value(x, i) for i in (0, 1)]
        for y, colour, label in zip(each, ("sky", "blue"), ("$f_1$", "$f_2$"), strict=True):
            left.plot(x, y, color=f"ravine:{colour}", linewidth=1.2, label=label)
        left.plot(x, (each[0] + each[1]) / 2, color="ravine:black", label="mean")
        left.set(xlabel="$x$", ylabel="cost", ylim=(-0.02, 0.5))
        last = 60
        right.plot(self.sgd[: last + 1], color="ravine:orange", label="SGD")
        right.plot(self.descent[: last + 1], "--", color="ravine:blue", label="gradient descent")
        right.set(xlabel="step $t$", ylabel="$x_t$")
        left.legend()
        right.legend()
        return fig


def toy(seed: int = 0) -> Toy:
    """Start 200 runs of SGD, and gradient descent, right beside the minimum at 1.

    Parameters
    ----------
    seed : of the draws.

    Returns
    -------
    Toy

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> run = toy()
    >>> run.at_0, run.at_1, bool(abs(run.descent[-1] - 1) < 1e-6)
    (200, 0, True)
    """
    rng = _check.seeded(seed)
    x, descent, path = np.full(TOY_RUNS, TOY_START), [TOY_START], [TOY_START]
    for _ in range(TOY_STEPS):
        x = x - TOY_RATE * toy_slope(x, rng.integers(2, size=TOY_RUNS))
        path.append(float(x[0]))
        slopes = toy_slope(np.full(2, descent[-1]), np.array([0, 1]))
        descent.append(descent[-1] - TOY_RATE * float(slopes.mean()))
    at_0, at_1 = (int((np.abs(x - place) < 1e-6).sum()) for place in (0, 1))
    return Toy(np.array(path), np.array(descent), at_0, at_1, TOY_RUNS)


class Interpolating(Measurement, name="sgd-as-noise-interpolating"):
    """Minima without noise over all seeds.

    Columns: `growth` (n_seeds, 3), of ln|x| a step for each of `RATES`; `at_0` (n_seeds,), how many of 200
    runs of the toy end at the minimum at 0.

    >>> Interpolating.load()["growth"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Growth, and the toy."""
        run = toy(seed)
        return {"growth": grow(seed).measured, "at_0": float(run.at_0)}
