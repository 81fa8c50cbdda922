"""Schedules: which rates of decay let noise die out, and which stop a descent before it arrives."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import sgd_and_momentum as theory

N_STEPS, N_CHAINS, START = 10_000, 400, 3.0
"""Steps, chains side by side, and where all of them start; the curvature and the noise variance are 1."""

FITTED_FROM = 100
"""Slopes are fitted from this step on."""


def schedules_of(n_steps: int) -> dict[str, Array]:
    r"""The learning rates of each schedule, $\epsilon_1, \dots, \epsilon_n$: name -> (n_steps,)."""
    k = np.arange(1, n_steps + 1, dtype=np.float64)
    share = np.minimum(k / (n_steps // 2), 1)  # equation 8.14: the rate stays once the decay is done
    return {
        "1/k": 1 / k,
        "1/(4k)": 1 / (4 * k),
        "2/(k+2)": 2 / (k + 2),
        "constant": np.full(n_steps, 0.1),
        "1/(k+1)²": 1 / (k + 1) ** 2,
        "linear": (1 - share) * 0.1 + share * 0.001,
    }


NAMES = tuple(schedules_of(2))
"""Of the schedules."""


@dataclass(frozen=True)
class Scheduled:
    r"""Chains under six schedules on $\theta^2/2$, and under $1/\sqrt k$ on $|\theta|$.

    steps (n_recorded,) : the numbers of steps taken. measured : name -> (n_recorded,), the mean over the
    chains of theta squared, and for `absolute` of |theta|. exact : name -> the expectation of theta squared.
    """

    steps: Array
    measured: dict[str, Array]
    exact: dict[str, Array]
    absolute: Array

    @property
    def slopes(self) -> dict[str, float]:
        """Exponents of the measured decay in the number of steps; "|theta|" for the kink."""
        return {
            name: slope(self.steps, y) for name, y in (self.measured | {"|theta|": self.absolute}).items()
        }

    @property
    def ends(self) -> dict[str, float]:
        """The measured mean of theta squared after the last step, over its expectation."""
        return {name: float(y[-1] / self.exact[name][-1]) for name, y in self.measured.items()}

    def plot(self) -> Figure:
        """Draw the measured means over the steps, with what is expected as dashed lines."""
        fig, axes = plotting.figure(1, 2, width=8.6, height=4.4)
        ax, right = axes.flat
        for name, colour in COLOURS.items():
            code = f"ravine:{colour}"
            ax.loglog(self.steps, self.measured[name], color=code, linewidth=1.6, label=name)
            ax.loglog(self.steps, self.exact[name], "--", color="ravine:black", linewidth=0.9, label="_exact")
        ax.set(xlabel="steps $k$", ylabel="mean of $x^2$")
        ax.set_ylim(3e-6, None)  # room for the names
        ax.legend(ncols=2, loc="lower left")
        right.loglog(self.steps, self.absolute, color="ravine:blue", label=r"$1/\sqrt{k}$ on $|x|$")
        guide = self.absolute[-1] * np.sqrt(self.steps[-1] / self.steps)
        right.loglog(self.steps, guide, "--", color="ravine:black", linewidth=0.9, label=r"slope $-1/2$")
        right.set(xlabel="steps $k$", ylabel="mean of $|x|$")
        right.legend()
        return fig


COLOURS = {
    "1/(k+1)²": "purple",
    "constant": "orange",
    "1/(4k)": "amber",
    "linear": "green",
    "2/(k+2)": "grey",
    "1/k": "blue",
}
"""Schedule -> colour, from what ends highest to what ends lowest."""


def slope(steps: Array, y: Array) -> float:
    """The exponent of y in the number of steps, by least squares on logarithms from `FITTED_FROM` on."""
    late = steps >= FITTED_FROM
    return float(np.polyfit(np.log(steps[late]), np.log(y[late]), 1)[0])


def schedules(seed: int = 0, n_steps: int = N_STEPS) -> Scheduled:
    r"""Descend $\theta^2/2$ under six schedules and $|\theta|$ under one, 400 noisy chains each.

    Parameters
    ----------
    seed : of the noise.
    n_steps : at least 1,000, so that slopes can be fitted.

    Returns
    -------
    Scheduled

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Goodfellow, Bengio and Courville (2016), section 8.3.1, equation 8.14 for "linear".

    >>> run = schedules(n_steps=1000)
    >>> bool(run.slopes["1/k"] < run.slopes["1/(4k)"] < -0.4)
    True
    """
    rng, n_steps = _check.seeded(seed), _check.count("n_steps", n_steps, at_least=1000)
    rates = schedules_of(n_steps)
    steps = np.unique(np.geomspace(1, n_steps, 120).astype(int))
    squares, absolute = chains(np.stack(list(rates.values())), steps, rng)
    exact = {name: theory.second_moments(rate, 1.0, START**2)[steps] for name, rate in rates.items()}
    return Scheduled(steps.astype(np.float64), dict(zip(rates, squares, strict=True)), exact, absolute)


def chains(rates: Array, steps: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Means over chains after the steps given: of theta squared (n_schedules, ...), and of |w| on |w|."""
    theta, w = np.full((len(rates), N_CHAINS), START), np.full(N_CHAINS, START)
    squares, absolute, wanted = [], [], set(steps.tolist())
    for k in range(1, rates.shape[1] + 1):
        theta = theta - rates[:, k - 1, None] * (theta + rng.standard_normal(theta.shape))
        w = w - (np.sign(w) + rng.standard_normal(N_CHAINS)) / np.sqrt(k)
        if k in wanted:
            squares.append(np.mean(theta**2, axis=1))
            absolute.append(np.mean(np.abs(w)))
    return np.array(squares).T, np.array(absolute)


class Schedules(Measurement, name="sgd-and-momentum-schedules"):
    """Slopes and ends of the schedules over all seeds.

    Columns: `slopes` (n_seeds, 7), the kink last; `ends` (n_seeds, 6), measured over expected.

    >>> sorted(Schedules.load().slopes)[:2]
    ['1/(4k)', '1/(k+1)²']
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All schedules."""
        run = schedules(seed)
        return {
            "slopes": np.array(list(run.slopes.values())),
            "ends": np.array(list(run.ends.values())),
        }

    @property
    def slopes(self) -> Mapping[str, Array]:
        """Schedule -> fitted exponents, (n_seeds,); "|theta|" for the kink."""
        return dict(zip([*NAMES, "|theta|"], self["slopes"].T, strict=True))

    @property
    def ends(self) -> Mapping[str, Array]:
        """Schedule -> mean of theta squared at the end over its expectation, (n_seeds,)."""
        return dict(zip(NAMES, self["ends"].T, strict=True))
