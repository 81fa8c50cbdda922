"""Which of two wells walkers choose in the long run: not the lower one, not the rounder one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, noise, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.sgd_as_noise._well import uneven

N_WALKERS, DT = 300, 0.02

EDGE = 4.0
"""Where the exact integrals end, on both sides; no walker comes near."""


@dataclass(frozen=True)
class Case:
    """Two wells of $(x^2 - 1)^2/4 + h x + y^2/2$ under one noise.

    across : standard deviation of the noise towards the pass, a function of x; x takes no notice of y, nor of
    the noise along the valley. eps : strength. T : time; in half of it walkers forget their start. tilt : h.
    """

    across: Callable[[Array], Array]
    eps: float
    T: float
    tilt: float = 0.0

    @property
    def top(self) -> float:
        """x of the pass."""
        return float(np.sort(np.roots([1, 0, -1, self.tilt]).real)[1])

    def drift(self, x: Array) -> Array:
        """-f', in x alone."""
        return np.asarray(x - x * x * x - self.tilt)

    @property
    def predicted(self) -> float:
        """The share on the left in the long run, by quadrature."""
        edges = [-EDGE, self.top, EDGE]
        return float(noise.occupancy_1d(self.drift, self.across, edges, self.eps, breaks=[0.0])[0])

    @property
    def without_prefactor(self) -> float:
        r"""The same from $e^{-\phi/\nu}$ alone, without the density's factor 1/D."""
        x = np.linspace(-EDGE, EDGE, 8001)
        phi = noise.quasi_potential_1d(self.drift, self.across, x, self.left, breaks=[0.0])
        weights = np.exp((phi.min() - phi) / self.eps)
        return float(weights[x < self.top].sum() / weights.sum())

    @property
    def left(self) -> float:
        """x of the left minimum."""
        return float(np.roots([1, 0, -1, self.tilt]).real.min())


def _blend(right: float) -> Callable[[Array], Array]:
    """Sigma from D = 1 on the left to another on the right, within a few tenths of the pass."""
    return lambda x: np.sqrt(1 + (right - 1) * (1 + np.tanh(x / 0.2)) / 2)


def _falling(x: Array) -> Array:
    """Sigma from D = 1.6 on the left to 1 on the right."""
    return np.asarray(np.sqrt(1.3 - 0.3 * np.tanh(x / 0.3)))


CASES = {
    "stronger noise right": Case(uneven, 0.2, 300.0),
    "anisotropic right, towards the pass": Case(_blend(1.6), 0.2, 300.0),
    "anisotropic right, along the valley": Case(_blend(0.4), 0.2, 600.0),
    "left deeper, but noisier": Case(_falling, 0.15, 400.0, tilt=0.02),
}
"""In the second and third the noise left is isotropic, and right diag(1.6, 0.4), of one trace, or turned."""


@dataclass(frozen=True)
class Shares:
    """Shares of walkers on the left, (n_recorded,) over the times t, half of them having started there.

    share : the mean over the second half of the time; predicted : by quadrature.
    """

    case: str
    t: Array
    left: Array
    predicted: float

    @property
    def share(self) -> float:
        """The mean over the second half of the time."""
        return float(self.left[self.t >= self.t[-1] / 2].mean())

    def plot(self) -> Figure:
        """Draw the share on the left over time, and where it should end."""
        fig, ax = plotting.figure(height=3.2)
        ax.plot(self.t, self.left, color="ravine:orange", label="walkers")
        ax.axhline(self.predicted, linestyle="--", color="ravine:black", label="predicted")
        ax.set(xlabel="time $t$", ylabel="share on the left", ylim=(0, 1))
        ax.legend()
        return fig


def share(seed: int = 0, case: str = "stronger noise right") -> Shares:
    """Let 300 walkers start half in the left well and half in the right, and see where they are.

    Parameters
    ----------
    seed : of the noise.
    case : one of `CASES`.

    Returns
    -------
    Shares

    Raises
    ------
    ValueError : arguments out of their range.

    >>> run = share()
    >>> f"{run.predicted:.4f}", bool(abs(run.share - run.predicted) < 0.05)
    ('0.7333', True)
    """
    rng, setting = _check.seeded(seed), CASES[_check.one_of("case", case, CASES)]

    # Never from the predicted law: it would agree with itself.
    start, n_steps = np.repeat([-1.0, 1.0], N_WALKERS // 2), round(setting.T / DT)
    run = noise.simulate(setting.drift, setting.across, start, setting.eps, DT, n_steps, rng, record_every=50)
    return Shares(case, run.t, (run.x < setting.top).mean(axis=1), setting.predicted)


class Occupancies(Measurement, name="sgd-as-noise-shares"):
    """Shares on the left over all seeds, one column of `left` (n_seeds, 4) for each of `CASES`.

    >>> Occupancies.load()["left"].shape
    (20, 4)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All cases."""
        return {"left": np.array([share(seed, case).share for case in CASES])}

    def plot(self) -> Figure:
        """Draw the shares of each case over the seeds, with what was predicted as bars."""
        fig, ax = plotting.figure(width=7.4, height=3.2)
        for j, (case, setting) in enumerate(CASES.items()):
            y = self["left"][:, j]
            ax.plot(y, np.full(len(y), j), "o", color="ravine:orange", markersize=4, label=f"_{case}")
            ax.plot(setting.predicted, j, "|", color="ravine:black", markersize=22, markeredgewidth=2)
        ax.set_yticks(range(len(CASES)), list(CASES))
        ax.invert_yaxis()
        ax.set(xlabel="share on the left", xlim=(0, 1))
        return fig


# The noise turned: isotropic left of the pass, an ellipse of the same trace right of it --------------------

ELLIPSE = (1.6, 0.4)
"""Variances of the noise on the right along its own axes."""

ANGLES = (0.0, 30.0, 45.0, 60.0, 90.0)
"""Between the ellipse's long axis and the way to the pass, degrees."""

TURNED_EPS, TURNED_T = 0.3, 240.0


def variance_across(angle: float, ellipse: tuple[float, float] = ELLIPSE) -> float:
    r"""The variance of turned noise towards the pass, $d_1 \cos^2\vartheta + d_2 \sin^2\vartheta$.

    Parameters
    ----------
    angle : $\vartheta$, degrees. ellipse : $d_1$ and $d_2$, positive.

    Returns
    -------
    float

    Raises
    ------
    ValueError : arguments out of their range.

    >>> variance_across(90.0), round(variance_across(45.0), 12)
    (0.4, 1.0)
    """
    d1, d2 = _check.array("ellipse", ellipse, ndim=1, last=2)
    if not min(d1, d2) > 0:
        raise ValueError(f"ellipse: got {(d1, d2)}; want numbers > 0")
    c = np.cos(np.radians(_check.real("angle", angle)))
    return float(d2 + (d1 - d2) * c * c)


def predicted_share(angle: float, eps: float = TURNED_EPS, tilt: float = 0.0) -> float:
    """The share left of the pass in the long run, if the noise on the right is turned by an angle.

    The noise switches at x = 0. What it does along the valley plays no part.

    Parameters
    ----------
    angle : degrees. eps : strength, at least 0.02. tilt : h of the wells, at most 0.3 in size.

    Returns
    -------
    float

    Raises
    ------
    ValueError : arguments out of their range.

    >>> [f"{predicted_share(angle):.3f}" for angle in (90, 45, 0)]
    ['0.052', '0.500', '0.705']
    """
    h = _check.real("tilt", tilt, at_least=-0.3, at_most=0.3)
    nu = _check.real("eps", eps, at_least=0.02)
    right = np.sqrt(variance_across(angle))
    case = Case(lambda x: np.where(x < 0, 1.0, right), nu, 1.0, tilt=h)
    return case.predicted


@dataclass(frozen=True)
class Turned:
    """Shares left of the pass (n_angles,), measured and predicted, for each of `ANGLES`."""

    measured: Array
    predicted: Array


def turn(seed: int = 0) -> Turned:
    """Let 300 walkers an angle go under noise that switches at x = 0 to a turned ellipse.

    Parameters
    ----------
    seed : of the noise.

    Returns
    -------
    Turned

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> run = turn()
    >>> bool(np.abs(run.measured - run.predicted).max() < 0.08)
    True
    """
    rng = _check.seeded(seed)
    right = np.repeat([np.sqrt(variance_across(angle)) for angle in ANGLES], N_WALKERS)
    start = np.tile(np.repeat([-1.0, 1.0], N_WALKERS // 2), len(ANGLES))
    run = noise.simulate(
        lambda x: x - x * x * x,
        lambda x: np.where(x < 0, 1.0, right),
        start,
        TURNED_EPS,
        DT,
        round(TURNED_T / DT),
        rng,
        record_every=50,
    )
    late = run.x[run.t >= TURNED_T / 2].reshape(-1, len(ANGLES), N_WALKERS)
    return Turned((late < 0).mean(axis=(0, 2)), np.array([predicted_share(angle) for angle in ANGLES]))


class Turns(Measurement, name="sgd-as-noise-turns"):
    """Shares left of the pass over all seeds, column `left` (n_seeds, 5), one for each of `ANGLES`.

    >>> Turns.load()["left"].shape
    (20, 5)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All angles."""
        return {"left": turn(seed).measured}

    def plot(self) -> Figure:
        """Draw the share in the round well over the angle, measured and predicted."""
        fig, ax = plotting.figure()
        least, middle, most = np.quantile(self["left"], [0, 0.5, 1], axis=0)
        ax.vlines(ANGLES, least, most, color="ravine:orange", linewidth=1.2)
        ax.plot(ANGLES, middle, "o", color="ravine:orange", label="walkers")
        grid = np.linspace(0, 90, 46)
        ax.plot(
            grid, [predicted_share(angle) for angle in grid], "--", color="ravine:black", label="predicted"
        )
        ax.set(
            xlabel=r"angle $\vartheta$, degrees",
            ylabel="share in the round well",
            ylim=(0, 1),
        )
        ax.legend()
        return fig
