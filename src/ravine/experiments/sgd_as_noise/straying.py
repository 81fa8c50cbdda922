"""How far noise carries a descent from the descent without it, and for how long one may neglect it."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, noise, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.sgd_as_noise._well import downhill
from ravine.theory import sgd_as_noise as theory

STRENGTHS = (0.0125, 0.025, 0.05, 0.2, 0.8, 2.0)
"""Of the noise on the quadratic, of curvature 1; the first three in the double well too."""

SMALL = STRENGTHS[:3]

N_WALKERS, DT = 6000, 0.01

SHORT, LONG = 1.0, 5.0
"""Times: in the double well, a start beside the pass falls into one well or the other between them."""

BESIDE = 0.05
"""Start in the double well, beside the pass at 0."""

LINEAR, SHAKEN, LINEAR_EPS = np.array([[1.0, 0.8], [-0.8, 2.0]]), np.array([[1.0, 0.3], [0.3, 0.25]]), 0.1
"""A drift -A x that is no gradient, D, and the strength of its noise."""


@dataclass(frozen=True)
class Straying:
    r"""Mean squared distances from the descent without noise.

    t (n_recorded,). quadratic (n_strengths, n_recorded) from x0 = 1 on $x^2/2$; double (3, n_recorded) from
    beside the pass; predicted (n_strengths, n_recorded) on the quadratic; bound (3, n_recorded) of lemma 1.
    """

    t: Array
    quadratic: Array
    double: Array
    predicted: Array
    bound: Array

    @property
    def ratio(self) -> Array:
        """Measured over predicted on the quadratic at the end, (n_strengths,)."""
        return np.asarray(self.quadratic[:, -1] / self.predicted[:, -1])

    def per_strength(self, t: float) -> Array:
        """The mean squared distance over the strength in the double well, (3,): lemma 1's C(T).

        Raises
        ------
        ValueError : nothing was recorded at the time t.
        """
        return np.asarray(self.double[:, _check.place("t", t, self.t.tolist())] / np.array(SMALL))

    def plot(self) -> Figure:
        """Draw distances over time: on the quadratic with theory, and in the double well with the bound."""
        fig, (left, right) = plotting.figure(1, 2, width=8.6)
        for j, colour in ((0, "sky"), (3, "blue"), (5, "purple")):
            code = f"ravine:{colour}"
            left.semilogy(self.t[1:], self.quadratic[j, 1:], color=code, label=rf"$\nu = {STRENGTHS[j]:g}$")
            left.semilogy(
                self.t[1:], self.predicted[j, 1:], "--", color="ravine:black", linewidth=1, label="_theory"
            )
        for j, colour in ((2, "amber"), (1, "orange"), (0, "purple")):
            y = self.double[j, 1:] / SMALL[j]
            right.semilogy(self.t[1:], y, color=f"ravine:{colour}", label=rf"$\nu = {SMALL[j]:g}$")
        right.semilogy(
            self.t[1:], self.bound[0, 1:] / SMALL[0], "--", color="ravine:black", label="$(e^{2T} - 1)/2$"
        )
        left.set(xlabel="time $T$", ylabel=r"$E\,|x - x^{GD}|^2$")
        right.set(xlabel="time $T$", ylabel=r"$E\,|x - x^{GD}|^2 / \nu$")
        left.legend()
        right.legend()
        return fig


def stray(seed: int = 0) -> Straying:
    r"""Compare 6,000 walkers with the descent without noise, on $x^2/2$ and beside the pass of a double well.

    Parameters
    ----------
    seed : of the noise.

    Returns
    -------
    Straying

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> run = stray()
    >>> bool(run.per_strength(1.0).max() < 3.2), bool(run.per_strength(5.0).min() > 20)
    (True, True)
    """
    rng = _check.seeded(seed)
    n_steps = round(LONG / DT)

    def squares(drift: noise.Field, start: float, eps: float) -> tuple[Array, Array]:
        walks = [
            noise.simulate(drift, 1.0, np.full(n, start), nu, DT, n_steps, rng, record_every=10)
            for n, nu in ((1, 0.0), (N_WALKERS, eps))
        ]
        return walks[0].t, np.mean((walks[1].x - walks[0].x) ** 2, axis=1)

    quadratic = [squares(np.negative, 1.0, eps)[1] for eps in STRENGTHS]
    double = [squares(downhill, BESIDE, eps)[1] for eps in SMALL]
    t, _ = squares(np.negative, 1.0, 0.0)
    predicted = [theory.perturbation_error(1.0, eps, t) for eps in STRENGTHS]
    # The well curves down by 1 at most, at the pass, and only downward curvature drives descents apart.
    bound = [theory.perturbation_bound(1.0, 1.0, eps, t) for eps in SMALL]
    return Straying(t, *(np.array(x) for x in (quadratic, double, predicted, bound)))


def covariance_error(seed: int = 0) -> float:
    r"""The relative error of the covariance $\nu P$ of a linear drift, against that of 20,000 walkers.

    Parameters
    ----------
    seed : of the noise.

    Returns
    -------
    float : $\|C - \nu P\| / \|\nu P\|$, Frobenius.

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> covariance_error() < 0.03
    True
    """
    rng, P = _check.seeded(seed), LINEAR_EPS * noise.lyapunov(LINEAR, SHAKEN)
    sigma, start = np.linalg.cholesky(SHAKEN), np.zeros((20_000, 2))
    x = noise.simulate(lambda x: -x @ LINEAR.T, sigma, start, LINEAR_EPS, DT, 500, rng).end
    return float(np.linalg.norm(x.T @ x / len(x) - P) / np.linalg.norm(P))


class Strays(Measurement, name="sgd-as-noise-straying"):
    """Lemma 1 and Lyapunov's covariance over all seeds.

    Columns: `ratio` (n_seeds, 6), measured over predicted on the quadratic; `short` and `long` (n_seeds, 3),
    distance over strength in the double well after times 1 and 5; `covariance` (n_seeds,), relative error.

    >>> Strays.load()["ratio"].shape
    (20, 6)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The quadratic, the double well and the linear drift."""
        run = stray(seed)
        return {
            "ratio": run.ratio,
            "short": run.per_strength(SHORT),
            "long": run.per_strength(LONG),
            "covariance": covariance_error(seed),
        }
