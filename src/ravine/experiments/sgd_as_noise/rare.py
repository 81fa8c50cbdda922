"""Rare events feel every moment of the noise: two-point noise against a diffusion of equal variance."""

from dataclasses import dataclass
from math import comb

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.sgd_as_noise._well import HEIGHT, downhill
from ravine.theory import sgd_as_noise as theory

RATES = {0.5: (0.12, 0.13, 0.14, 0.15), 0.8: (0.05, 0.06, 0.07, 0.08)}
"""Size of the noise -> learning rates, small enough for slopes in 1 over them to be those of the limit."""

COARSE, FINE = 500, 1000
"""Points of both grids, from which the limit of an ever finer one is taken."""

LEFT, EXIT = {"two-point": -1.6, "Gaussian": -2.1}, 0.5
"""Where grids begin, beyond where any step leads that matters, and where walkers have left."""

NOISES = ("two-point", "Gaussian")


def exit_steps(kind: str, s: float, learning_rate: float, batch_size: int = 1) -> float:
    r"""The mean number of steps from -1 to beyond 0.5, without sampling.

    For $x \leftarrow x - \epsilon (f'(x) + \xi)$ it solves
    $u(x) = 1 + E\, u(x - \epsilon (f'(x) + \xi))$ with u = 0 beyond: a linear system, u a broken
    line between the points of a grid. The grid's error falls as its square, and is taken off by a second one.

    Parameters
    ----------
    kind : "two-point", a mean of B values $\pm s$, or "Gaussian", of the same variance $s^2 / B$.
    s : size of the noise, positive and at most 1.
    learning_rate : $\epsilon$, from 0.04 to 0.3.
    batch_size : B, at most 8.

    Returns
    -------
    float : steps.

    Raises
    ------
    ValueError : arguments out of their range; an answer that rounding would decide.

    >>> two, gauss = (exit_steps(kind, 0.8, 0.15) for kind in NOISES)
    >>> round(two / gauss, 2)
    1.89
    """
    _check.one_of("kind", kind, NOISES)
    size = _check.real("s", s, above=0, at_most=1)
    rate = _check.real("learning_rate", learning_rate, at_least=0.04, at_most=0.3)
    B = _check.count("batch_size", batch_size)
    if B > 8:
        raise ValueError(f"batch_size: got {B}; want an integer <= 8")
    shocks, chances = shocks_of(kind, size, B)
    coarse, fine = (_mean_steps(shocks, chances, rate, LEFT[kind], n) for n in (COARSE, FINE))
    steps = fine + (fine - coarse) / ((FINE / COARSE) ** 2 - 1)
    if not 1 < steps < 1e13:
        raise ValueError(
            f"learning_rate: got {rate}; want a rate at which rounding does not decide the answer"
        )
    return steps


def shocks_of(kind: str, s: float, batch_size: int) -> tuple[Array, Array]:
    """Values of the noise and their chances; of the Gaussian, nodes that integrate 79th powers exactly."""
    if kind == "two-point":
        k = np.arange(batch_size + 1)
        return s * (2 * k / batch_size - 1), np.array([comb(batch_size, j) for j in k]) / 2.0**batch_size
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    return s / np.sqrt(batch_size) * nodes, weights / weights.sum()


def _mean_steps(shocks: Array, chances: Array, rate: float, left: float, n: int) -> float:
    x, rows = np.linspace(left, EXIT, n), np.arange(n)
    stay = np.zeros((n, n))
    for shock, chance in zip(shocks, chances, strict=True):
        # Beyond the left end walkers are put back to it; beyond the right they are gone.
        to = np.maximum((x + rate * (downhill(x) - shock) - left) / (x[1] - x[0]), 0)
        i, inside = np.minimum(to, n - 1).astype(int), to < n - 1
        np.add.at(stay, (rows[inside], i[inside]), chance * (1 - to + i)[inside])
        np.add.at(stay, (rows[inside], i[inside] + 1), chance * (to - i)[inside])
    stay[:, -1] = 0
    u = np.linalg.solve(np.eye(n) - stay, np.r_[np.ones(n - 1), 0.0])
    return float(np.interp(-1.0, x, u))


@dataclass(frozen=True)
class Slopes:
    r"""Times to leave, steps times $\epsilon$, by size of the noise and kind; and how they grow.

    rates : s -> (n_rates,). times : (s, kind) -> (n_rates,). predicted : (s, kind) -> rise of the
    quasi-potential to the pass.
    """

    rates: dict[float, Array]
    times: dict[tuple[float, str], Array]
    predicted: dict[tuple[float, str], float]

    @property
    def slopes(self) -> dict[tuple[float, str], float]:
        """The slope of the logarithm of the times in 1 over the learning rate."""
        return {
            key: float(np.polyfit(1 / self.rates[key[0]], np.log(times), 1)[0])
            for key, times in self.times.items()
        }

    def plot(self) -> Figure:
        """Draw the times over 1 / learning rate, and lines of the predicted slopes through the last."""
        fig, axes = plotting.figure(1, 2, width=8.6, places=False)
        for ax, s in zip(axes.flat, self.rates, strict=True):
            inverse = 1 / self.rates[s]
            for kind, colour, marker in (("two-point", "orange", "o"), ("Gaussian", "blue", "s")):
                times = self.times[s, kind]
                code = f"ravine:{colour}"
                ax.semilogy(inverse, times, marker, color=code, label=f"{kind} noise")
                line = times[0] * np.exp(self.predicted[s, kind] * (inverse - inverse[0]))
                ax.semilogy(inverse, line, "--", color=code, linewidth=1, label="_predicted")
            ax.set(
                title=f"$s = {s:g}$",
                xlabel=r"$1 / \epsilon$",
                ylabel=r"time to leave, steps $\times\, \epsilon$",
            )
            ax.legend()
        return fig


def slopes() -> Slopes:
    """Find how mean exit times grow as learning rates shrink, for both noises of two sizes.

    >>> found = slopes()
    >>> [f"{found.slopes[0.8, kind]:.2f}" for kind in NOISES]
    ['0.88', '0.78']
    """
    rates = {s: np.array(each) for s, each in RATES.items()}
    times = {
        (s, kind): np.array([exit_steps(kind, s, rate) * rate for rate in each])
        for s, each in rates.items()
        for kind in NOISES
    }
    predicted = {}
    for s in rates:
        predicted[s, "two-point"] = theory.two_point_barrier(lambda x: -downhill(x), s, -1.0, 0.0)
        predicted[s, "Gaussian"] = 2 * HEIGHT / s**2
    return Slopes(rates, times, predicted)


def batch_slopes(batch_sizes: tuple[int, ...] = (1, 2, 4), s: float = 0.8) -> dict[int, float]:
    """The slope for two-point noise averaged over batches: it grows as B does, so that batches mend nothing.

    Parameters
    ----------
    batch_sizes : each at most 8. s : size of the noise, positive.

    Returns
    -------
    dict : B to slope, at learning rates that grow with B.

    Raises
    ------
    ValueError : arguments out of their range.

    >>> round(batch_slopes((1,))[1], 2)
    0.88
    """
    found = {}
    for B in batch_sizes:
        rates = np.array([0.05, 0.06]) * min(B, 4)
        times = [exit_steps("two-point", s, rate, B) * rate for rate in rates]
        found[B] = float(np.diff(np.log(times))[0] / np.diff(1 / rates)[0])
    return found


SMALL, TRAPPED_RATE, N_TRAPPED, MOST_STEPS = 0.38, 0.5, 45, 60_000
"""A noise that is weaker than the steepest slope, .3849; with 20 seeds 900 walkers of each kind."""


def trapped(seed: int = 0) -> dict[str, int]:
    """How many of 45 walkers leave the well within 60,000 steps, if no shock is as strong as the slope.

    Parameters
    ----------
    seed : of the noise.

    Returns
    -------
    dict : kind of noise, of equal variance, to the number that left.

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> trapped()
    {'two-point': 0, 'Gaussian': 45}
    """
    rng, found = _check.seeded(seed), {}
    for kind in NOISES:
        x, left = np.full(N_TRAPPED, -1.0), np.zeros(N_TRAPPED, dtype=bool)
        for _ in range(MOST_STEPS // 100):
            z = rng.standard_normal((100, N_TRAPPED))
            for shock in SMALL * (np.sign(z) if kind == "two-point" else z):
                x = x + TRAPPED_RATE * (downhill(x) - shock)
                left |= x > EXIT
                # Who is out is put back: it may otherwise run away, and has been counted.
                x = np.where(left, -1.0, x)
            if left.all():
                break
        found[kind] = int(left.sum())
    return found


class Trapped(Measurement, name="sgd-as-noise-trapped"):
    """Walkers that left over all seeds, of 45 each: columns `two_point` and `gaussian`.

    >>> Trapped.load()["two_point"].sum(), Trapped.load()["gaussian"].sum()
    (np.float64(0.0), np.float64(900.0))
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Both kinds of noise."""
        found = trapped(seed)
        return {"two_point": float(found["two-point"]), "gaussian": float(found["Gaussian"])}
