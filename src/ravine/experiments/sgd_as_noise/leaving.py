"""How long walkers stay in a well, where they leave it, and along which path."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, noise, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.sgd_as_noise._well import downhill, uneven
from ravine.theory import sgd_as_noise as theory

STRENGTHS = (0.3, 0.2, 0.15)

N_WALKERS, DT = 200, 0.02

BEYOND = 0.5
"""A walker from the left minimum has left once it is here: half way down the other side."""

FAR = -4.0
"""A wall for the exact integral, where no walker comes."""

PATIENCE = 15
"""Mean exit times after which a simulation would end; by then a share of e^-15 is left."""


def exact_time(eps: float) -> float:
    """The mean time from the left minimum to beyond the pass, by the double integral."""
    return noise.mean_exit_time_1d(downhill, 1.0, -1.0, eps, (FAR, BEYOND), reflecting="low")


@dataclass(frozen=True)
class Leaving:
    r"""Exit times (n_walkers,) from the left well at the strength eps, with their mean as it should be.

    kramers is the same by Kramers' formula.
    """

    eps: float
    times: Array
    exact: float
    kramers: float

    @property
    def ratio(self) -> float:
        """Mean measured over exact."""
        return float(self.times.mean() / self.exact)

    @property
    def variation(self) -> float:
        """Standard deviation over mean; 1 for an exponential law."""
        return float(self.times.std(ddof=1) / self.times.mean())

    def plot(self) -> Figure:
        """Draw the share of walkers still in the well over time, and the exponential law."""
        fig, ax = plotting.figure()
        times = np.sort(self.times)
        left = 1 - np.arange(len(times)) / len(times)
        ax.semilogy(times, left, drawstyle="steps-post", color="ravine:orange", label="walkers")
        grid = np.linspace(0, times[-1], 50)
        for tau, style, colour, label in (
            (self.exact, "--", "black", "exact mean"),
            (self.kramers, ":", "blue", "Kramers"),
        ):
            ax.semilogy(grid, np.exp(-grid / tau), style, color=f"ravine:{colour}", label=label)
        ax.set(xlabel="time $t$", ylabel="share still in the well", ylim=(0.5 / len(times), 1.2))
        ax.legend()
        return fig


def leave(seed: int = 0, eps: float = 0.2) -> Leaving:
    r"""Let 200 walkers start at the left minimum of the double well, until each is beyond the pass.

    Parameters
    ----------
    seed : of the noise.
    eps : $\nu$, from 0.12 (about ten seconds) to 1.

    Returns
    -------
    Leaving

    Raises
    ------
    ValueError : arguments out of their range.

    >>> run = leave()
    >>> run.times.shape, round(run.exact, 2), round(run.kramers, 2)
    ((200,), 58.88, 54.13)
    """
    rng, nu = _check.seeded(seed), _check.real("eps", eps, at_least=0.12, at_most=1)
    exact = exact_time(nu)
    out = noise.first_exits(
        downhill,
        1.0,
        np.full(N_WALKERS, -1.0),
        nu,
        DT,
        round(PATIENCE * exact / DT),
        rng,
        lambda x: x < BEYOND,
    )
    return Leaving(nu, out.time, exact, float(theory.kramers_time(0.5, nu, 2.0, 1.0)))


# A ball about the minimum of |x|^2 / 2, all directions open ------------------------------------------------

BALL_STRENGTHS = (0.3, 0.2)

ANISOTROPIC = (1.6, 0.4)
"""The diagonal of D, of the same trace as the identity."""

N_BALL, BALL_DT = 400, 0.01

OVERSHOOT = 0.5826
"""Of a random walk over a level, in units of its step: -zeta(1/2) / sqrt(2 pi)."""


@dataclass(frozen=True)
class Ball:
    """Exits from the unit disk: times (n_walkers,), and angles (n_walkers,) from the first axis, degrees."""

    times: Array
    angles: Array

    @property
    def near_axis(self) -> float:
        """The share that leaves within 30 degrees of the first axis, of both its ends."""
        return float((self.angles < 30).mean())


def leave_ball(seed: int = 0, eps: float = 0.2, D: tuple[float, float] = (1.0, 1.0)) -> Ball:
    r"""Let 400 walkers leave the unit disk about the minimum of $|x|^2/2$ under noise of diagonal D.

    Steps see the rim late, by 0.5826 of a step in the mean; the disk is drawn smaller by as much
    (Gobet and Menozzi, 2010, Stochastic Processes and their Applications 120).

    Parameters
    ----------
    seed : of the noise.
    eps : $\nu$, from 0.15 to 1.
    D : variances of the noise along both axes, positive and at most 4.

    Returns
    -------
    Ball

    Raises
    ------
    ValueError : arguments out of their range.

    >>> bool(abs(leave_ball().times.mean() / theory.disk_exit_time(1.0, 0.2) - 1) < 0.15)
    True
    """
    rng, nu = _check.seeded(seed), _check.real("eps", eps, at_least=0.15, at_most=1)
    variances = _check.array("D", D, ndim=1, last=2)
    if not (variances.min() > 0 and variances.max() <= 4):
        raise ValueError(f"D: got {variances.tolist()}; want numbers > 0 and <= 4")

    def inside(x: Array) -> NDArray[np.bool_]:
        squares = x * x
        r = np.sqrt(squares.sum(axis=1))
        normal = np.sqrt((squares @ variances) / np.maximum(r * r, 1e-300))
        return np.asarray(r < 1 - OVERSHOOT * np.sqrt(nu * BALL_DT) * normal)

    out = noise.first_exits(
        np.negative, np.sqrt(variances), np.zeros((N_BALL, 2)), nu, BALL_DT, 2_000_000, rng, inside
    )
    x, y = np.abs(out.place).T
    return Ball(out.time, np.degrees(np.arctan2(y, x)))


class Exits(Measurement, name="sgd-as-noise-exits"):
    """Exit times over all seeds.

    Columns: `ratio` and `variation` (n_seeds, 3), mean over exact and spread over mean, one for each of
    `STRENGTHS`; `round` (n_seeds, 2), mean over exact from the disk; `oblong` (n_seeds,), the mean with
    anisotropic noise at strength 0.2; `near` (n_seeds, 2), shares within 30 degrees of the first axis, for
    isotropic noise and for the other.

    >>> Exits.load()["ratio"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The double well at three strengths, and the disk."""
        wells = [leave(seed, eps) for eps in STRENGTHS]
        balls = [leave_ball(seed, eps) for eps in BALL_STRENGTHS]
        oblong = leave_ball(seed, 0.2, ANISOTROPIC)
        exact = theory.disk_exit_time(1.0, np.array(BALL_STRENGTHS))
        return {
            "ratio": np.array([run.ratio for run in wells]),
            "variation": np.array([run.variation for run in wells]),
            "round": np.array([run.times.mean() for run in balls]) / exact,
            "oblong": float(oblong.times.mean()),
            "near": np.array([balls[1].near_axis, oblong.near_axis]),
        }

    def plot(self) -> Figure:
        """Draw mean exit times over one over the strength, with the exact ones and Kramers' formula."""
        fig, ax = plotting.figure()
        inverse = 1 / np.array(STRENGTHS)
        exact = np.array([exact_time(eps) for eps in STRENGTHS])
        plotting.spread(ax, inverse, self["ratio"] * exact, label="walkers", colour="orange")
        grid = np.linspace(1, 10, 46)
        ax.semilogy(
            grid, [exact_time(1 / z) for z in grid], "--", color="ravine:black", label="exact", linewidth=1.2
        )
        ax.semilogy(
            grid, theory.kramers_time(0.5, 1 / grid, 2.0, 1.0), ":", color="ravine:blue", label="Kramers"
        )
        ax.set(xlabel=r"$1 / \nu$", ylabel="mean time to leave")
        ax.legend()
        return fig


# Paths ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paths:
    """The likeliest way out of a well without a potential: up against the drift turned, not along it.

    out : (n_steps + 1, 2) of least action from 0 to (1, 1); back : (n, 2) the fall from there; value and
    predicted, its action and the quasi-potential there; cosines of the last step of `out` with
    D grad phi - A x, and with A x, the way back turned round.
    """

    out: Array
    back: Array
    value: float
    predicted: float
    along: float
    reversed_drift: float

    def plot(self) -> Figure:
        """Draw both ways over contours of the quasi-potential."""
        from ravine.experiments.sgd_as_noise.straying import LINEAR, SHAKEN

        fig, ax = plotting.figure(width=5.2, height=4.6)
        plotting.contours(
            ax, lambda x: noise.linear_quasi_potential(LINEAR, SHAKEN, x), ((-0.4, 1.2), (-0.4, 1.2))
        )
        plotting.path(ax, self.out[::4], label="the likeliest way out", colour="orange")
        plotting.path(ax, self.back[::4], label="the way back", colour="sky")
        ax.set(xlabel="$x_1$", ylabel="$x_2$")
        # Above the frame: black letters on dark contours could not be read.
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        return fig


def likeliest_paths() -> Paths:
    """Find the path of least action out of a linear well that turns, and the fall back.

    >>> found = likeliest_paths()
    >>> round(found.value, 4) == round(found.predicted, 4), found.along > 0.99 > found.reversed_drift
    (True, True)
    """
    from ravine.experiments.sgd_as_noise.straying import LINEAR, SHAKEN

    sigma, end = np.linalg.cholesky(SHAKEN), np.ones(2)

    def drift(x: Array) -> Array:
        return np.asarray(-x @ LINEAR.T)

    found = noise.minimum_action(drift, sigma, np.zeros(2), end, T=12.0, n_steps=240)
    fall = noise.simulate(drift, 0.0, end[None], 0.0, 0.05, 240, np.random.default_rng(0), record_every=1)
    x, step = found.path[-2:].mean(axis=0), np.diff(found.path[-2:], axis=0)[0]
    up = SHAKEN @ np.linalg.solve(noise.lyapunov(LINEAR, SHAKEN), x) - LINEAR @ x
    along, against = (float(step @ v / np.sqrt((step @ step) * (v @ v))) for v in (up, LINEAR @ x))
    predicted = float(noise.linear_quasi_potential(LINEAR, SHAKEN, end))
    return Paths(found.path, fall.x[:, 0], found.value, predicted, along, against)


def least_actions() -> dict[str, tuple[float, float]]:
    """Least actions to the pass of the double well, numerical and by quadrature, for two kinds of noise.

    Returns
    -------
    dict : "even", "uneven, from the left" and "uneven, from the right" to (numerical, exact).

    >>> {name: f"{found:.4f} {exact:.4f}" for name, (found, exact) in least_actions().items()}["even"]
    '0.5000 0.5000'
    """
    cases: dict[str, tuple[noise.Field | float, float, float]] = {
        "even": (1.0, -1.0, 10.0),
        "uneven, from the left": (uneven, -1.0, 20.0),
        "uneven, from the right": (uneven, 1.0, 20.0),
    }
    return {
        name: (
            noise.minimum_action(downhill, sigma, start, 0.0, T, n_steps=400).value,
            float(noise.quasi_potential_1d(downhill, sigma, 0.0, start)),
        )
        for name, (sigma, start, T) in cases.items()
    }
