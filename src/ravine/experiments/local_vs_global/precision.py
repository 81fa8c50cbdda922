"""A model that learns how precise it is: its cost falls without limit, and descent cannot follow."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, descent, plotting, problems, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

RATES = (0.2, 0.05, 0.0125)
"""Learning rates."""

HORIZON = 20.0
"""Time, that is steps times the learning rate, within which beta turns back for the first time."""

TURN = 6.2975851849225
"""Half the zero beyond 1 of the real part of the dilogarithm: the top for a learning rate that goes to 0."""


@dataclass(frozen=True)
class Fit:
    """One descent from theta = 0, beta = 1.

    learning_rate : epsilon, or 0 for the gradient flow. t (k,) : time, the number of steps times epsilon.
    J (k,) : the cost. log_beta (k,) : ln beta. log_residual (k,) : ln |r| in the direction of the largest
    curvature, minus infinity where it is exactly 0. largest : lambda, that curvature at beta = 1.
    """

    learning_rate: float
    t: Array
    J: Array
    log_beta: Array
    log_residual: Array
    largest: float

    @property
    def sharpness(self) -> Array:
        """The largest curvature along theta, beta lambda, in units of 2 / epsilon, (k,); 0 for the flow."""
        if self.learning_rate == 0:
            return np.zeros(len(self.log_beta))
        return np.asarray(np.exp(self.log_beta) * self.largest * self.learning_rate / 2)

    @property
    def turn(self) -> int:
        """The step at which beta first turns back beyond the limit; -1 if it never does."""
        back = (np.diff(self.log_beta) < 0) & (self.sharpness[:-1] > 1)
        return int(back.argmax()) if back.any() else -1

    @property
    def top(self) -> float:
        """The sharpness at the turn, or where the run ends without one (as all do that are shorter)."""
        return float(self.sharpness[self.turn])

    @property
    def rise(self) -> float:
        """By how much the cost rises after the turn above its lowest value before it; 0 without a turn."""
        if self.turn < 0:
            return 0.0
        return float(self.J[self.turn :].max() - self.J[: self.turn + 1].min())

    @property
    def shrunk(self) -> float:
        """Orders of magnitude by which the residual has shrunk when the sharpness reaches 1; NaN if never."""
        reached = self.sharpness >= 1
        if not reached.any():
            return float("nan")
        at = int(reached.argmax())
        return float((self.log_residual[0] - self.log_residual[at]) / np.log(10))


def fit(seed: int, learning_rate: float, *, horizon: float = HORIZON, by: str = "residuals") -> Fit:
    r"""Descend on theta and ln beta together, with a fixed learning rate.

    In the eigenbasis of $XX^\top/m$ a step multiplies the residuals by $1 - \epsilon\beta\lambda_i$ and adds
    $\tfrac\epsilon2 (1 - \beta R)$ to $\ln\beta$.

    Parameters
    ----------
    seed : of the equations.
    learning_rate : epsilon, positive, dimensionless.
    horizon : the time that the run covers, to the nearest step, of which there must be one; dimensionless.
    by : "residuals" follows the logarithms of the residuals, which may become as small as they like;
        "parameters" follows theta in double precision, whose residuals are differences of numbers near 1, so
        that they stay near 1e-16 or become exactly 0.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError : arguments out of their range.

    Source: the cost without a minimum in I. Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016),
    section 8.2.7; the analysis of the turn is ours.

    >>> [round(fit(0, 0.05, by=by).top, 1) for by in ("residuals", "parameters")]
    [6.3, 2.9]
    """
    problem = problems.precision_problem(seed)
    rate = _check.real("learning_rate", learning_rate, above=0)
    n_steps = _n_steps(horizon, rate)
    if _check.one_of("by", by, ("residuals", "parameters")) == "parameters":
        return _by_parameters(problem, rate, n_steps)
    return _by_residuals(problem, rate, n_steps, lambda x: np.log(np.abs(1 - x)))


def flow(seed: int, *, horizon: float = HORIZON, time_step: float = 1e-3) -> Fit:
    r"""Follow the gradient flow, $\dot r_i = -\beta\lambda_i r_i$ and $\dot s = \tfrac12(1 - \beta R)$.

    Parameters
    ----------
    seed : of the equations.
    horizon : the time that the flow covers, to the nearest step, of which there must be one.
    time_step : positive; the residuals shrink by $e^{-\beta\lambda_i}$ to this power each step, so that no
        step is too long for them.

    Returns
    -------
    Fit : with learning rate 0.

    Raises
    ------
    ValueError : arguments out of their range.

    >>> path = flow(0)
    >>> bool(abs((path.J[-1] - path.J[-1001]) + 0.25) < 1e-9)  # a quarter per unit of time, for ever
    True
    """
    step = _check.real("time_step", time_step, above=0)
    n_steps = _n_steps(horizon, step)
    found = _by_residuals(problems.precision_problem(seed), step, n_steps, lambda x: -x)
    return Fit(0.0, found.t, found.J, found.log_beta, found.log_residual, found.largest)


def _n_steps(horizon: float, step: float) -> int:
    """The steps that cover a horizon: none would be no run, and more than ten million no run that ends."""
    n_steps = _check.real("horizon", horizon, above=0) / step
    if not 0.5 < n_steps <= 1e7:
        raise ValueError(
            f"horizon: got {horizon!r}, {n_steps:g} steps of {step:g}; want from 1 to 1e7 of them"
        )
    return round(n_steps)


def _by_residuals(
    problem: problems.Precision, step: float, n_steps: int, log_factor: Callable[[Array], Array]
) -> Fit:
    """Steps that multiply residual i by the factor of step beta lambda_i."""
    lam, U = np.linalg.eigh(problem.X @ problem.X.T / len(problem.y))
    log_r, s = np.log(np.abs(U.T @ problem.y)), 0.0
    rows = np.empty((n_steps + 1, 3))
    for t in range(n_steps + 1):
        with np.errstate(over="ignore", divide="ignore"):  # a residual may vanish for ever
            beta = np.exp(s)
            # beta R; in one exponential where beta alone has left the floats
            excess = beta * np.exp(2 * log_r).mean() if s < 700 else np.exp(s + 2 * log_r).mean()
            rows[t] = (excess - s) / 2, s, log_r[-1]
            log_r = log_r + log_factor(step * beta * lam)
        s += step * (1 - excess) / 2
    return Fit(step, step * np.arange(float(n_steps + 1)), rows[:, 0], rows[:, 1], rows[:, 2], float(lam[-1]))


def _by_parameters(problem: problems.Precision, rate: float, n_steps: int) -> Fit:
    """The same in double precision on theta and s, with the course's own loop."""
    lam, U = np.linalg.eigh(problem.X @ problem.X.T / len(problem.y))
    trace = descent.minimise(
        problem, rules.gradient_descent(rate), np.zeros(problem.X.shape[1] + 1), n_steps=n_steps
    )
    r = np.abs((problem.X @ trace.theta[:, :-1].T - problem.y[:, None]).T @ U[:, -1])
    log_r = np.log(r, out=np.full_like(r, -np.inf), where=r > 0)
    return Fit(
        rate, rate * trace.steps.astype(np.float64), trace.J, trace.theta[:, -1], log_r, float(lam[-1])
    )


@dataclass(frozen=True)
class Fits:
    """The same equations at each of RATES, followed in both ways, and by the flow."""

    residuals: dict[float, Fit]
    parameters: dict[float, Fit]
    flow: Fit

    def plot(self, learning_rate: float = 0.05) -> Figure:
        """Draw, over time, the cost at one of the rates, and below it the sharpness with its limit 1."""
        rate = list(self.residuals)[_check.place("learning_rate", learning_rate, self.residuals)]
        fig, (above, below) = plotting.figure(2, 1, height=5.6, sharex=True)
        runs = ((self.parameters, "orange", "double precision"), (self.residuals, "blue", "without rounding"))
        for found, colour, label in runs:
            run = found[rate]
            above.plot(run.t, run.J, color=f"ravine:{colour}", label=label)
            below.plot(run.t, run.sharpness, color=f"ravine:{colour}")
        black = "ravine:black"
        above.plot(self.flow.t, self.flow.J, color=black, linestyle=":", label="flow")
        for level in (1.0, TURN):
            below.axhline(level, color=black, linestyle="--", linewidth=1)
        above.set(ylabel="cost $J$", ylim=(-6, 6))
        below.set(ylabel=r"$\epsilon\beta\lambda / 2$", yscale="log", ylim=(1e-3, 30), xlabel="time",
                  xlim=(0, HORIZON))  # fmt: skip
        above.legend(loc="upper left")
        return fig


def fits(seed: int = 0) -> Fits:
    """Fit the equations of one seed at all RATES.

    Parameters
    ----------
    seed : of the equations.

    Returns
    -------
    Fits

    Raises
    ------
    ValueError : a negative seed.

    >>> [round(run.top, 1) for run in fits(0).residuals.values()]
    [5.6, 6.3, 6.3]
    """
    return Fits(
        {rate: fit(seed, rate) for rate in RATES},
        {rate: fit(seed, rate, by="parameters") for rate in RATES},
        flow(seed),
    )


class Turns(Measurement, name="local-vs-global-turns"):
    """The first turns over all seeds: top, time, rise, shrunk (n_seeds, len(RATES)).

    And what the flow does: flow_growth, of ln beta in the last unit of time, and flow_J, the cost at time 14,
    (n_seeds,).

    >>> bool(abs(Turns.load().at("top", 0.0125).mean() / TURN - 1) < 0.02)
    True
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The first turn at each rate, and the flow."""
        runs, smooth = [fit(seed, rate) for rate in RATES], flow(seed)
        per_time = round(1 / smooth.t[1])
        return {
            "top": np.array([run.top for run in runs]),
            "time": np.array([run.t[run.turn] for run in runs]),
            "rise": np.array([run.rise for run in runs]),
            "shrunk": np.array([run.shrunk for run in runs]),
            "flow_growth": float(smooth.log_beta[-1] - smooth.log_beta[-1 - per_time]),
            "flow_J": float(smooth.J[14 * per_time]),
        }

    def at(self, name: str, learning_rate: float) -> Array:
        """A measurement at one of the RATES over the seeds, (n_seeds,)."""
        _check.one_of("name", name, self.over(RATES))
        return self[name][:, _check.place("learning_rate", learning_rate, RATES)]


# Where beta turns is up to the last bits of the residuals, which differ between machines: over seeds it moves
# by some percent at the smallest rate.
class RoundedTurns(Turns, name="local-vs-global-rounding", rtol=0.5):
    """The same runs in double precision: top, and turned, which is 1 or 0, (n_seeds, len(RATES)).

    >>> bool((RoundedTurns.load().at("turned", 0.2) == 1).all())
    True
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The first turn of the same runs in double precision."""
        runs = [fit(seed, rate, by="parameters") for rate in RATES]
        return {
            "top": np.array([run.top for run in runs]),
            "turned": np.array([float(run.turn >= 0) for run in runs]),
        }
