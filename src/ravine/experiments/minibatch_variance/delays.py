"""Gradients that arrive late, as from workers that do not wait for each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from ravine import _check, curvature, data, descent, networks, plotting, rules
from ravine._typing import Array, Problem
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.minibatch_variance._draw import dots
from ravine.theory import minibatch_variance as theory

LEARNING_RATE, N_STEPS, N_SHARPNESS = 0.2, 2000, 20
"""Of the delayed network, and how often its sharpness is recorded on the way."""

NETWORK_DELAYS = (0, 2, 4)
"""Delays of the network's gradients, in steps."""

N_WORKERS = (1, 2, 4, 8, 16)
"""Numbers of workers with random computing times."""

GRID = np.geomspace(0.05, 2.5, 401)
"""Learning rates times curvature at which stability is tried."""


def stale_gradient_descent(learning_rate: float, delay: int) -> rules.Rule:
    r"""Gradient descent on gradients of the past, $\theta_{t+1} = \theta_t - \epsilon\, g(\theta_{t-\tau})$.

    Parameters
    ----------
    learning_rate : > 0, in units of theta^2 / J.
    delay : $\tau$, in steps; before the start, theta stood at the start.

    Returns
    -------
    A Rule that remembers the last iterates.

    Raises
    ------
    ValueError : a learning rate that is not positive, or a negative delay.

    >>> from ravine import zoo
    >>> rule = stale_gradient_descent(0.5, delay=1)
    >>> descent.minimise(zoo.quadratic(kappa=1.0), rule, [1.0, 0.0], n_steps=3).theta[:, 0].tolist()
    [1.0, 0.5, 0.0, -0.25]
    """
    rate = _check.real("learning_rate", learning_rate, above=0)
    names = [f"back{k}" for k in range(_check.count("delay", delay, at_least=0))]

    def init(theta: Array) -> rules.State:
        return {name: theta.copy() for name in names}

    def update(
        problem: Problem, theta: Array, state: rules.State, t: int, scale: float = 1.0
    ) -> tuple[Array, rules.State]:
        past = [theta, *(state[name] for name in names)]
        moved = theta - scale * rate * problem.grad(past[-1])
        return moved, dict(zip(names, past[:-1], strict=True))

    return rules.Rule("stale_gradient_descent", init, update, {"learning_rate": rate, "delay": float(delay)})


def stable_up_to(staleness: ArrayLike) -> float:
    r"""The largest learning rate times curvature on a grid at which $\frac12 \lambda\theta^2$ is descended.

    Parameters
    ----------
    staleness : how many steps old the gradient of each step is, integers of shape (n_steps,).

    Returns
    -------
    float : dimensionless; it lies within one percent of the exact limit.

    Raises
    ------
    ValueError : no steps; a staleness that is negative, no integer, or from before the start; or descent that
        is unstable on the whole grid.

    >>> 1.9 < stable_up_to(np.zeros(3000)) <= 2.0
    True
    """
    given = _check.array("staleness", staleness, ndim=1)
    tau = given.astype(int)
    if not len(tau) or (tau != given).any():
        raise ValueError(f"staleness: got {staleness!r}; want one or more integers")
    if (tau < 0).any() or (tau > np.arange(len(tau))).any():
        raise ValueError("staleness: got a gradient from before the start; want 0 <= staleness <= step")
    x = np.ones((len(tau) + 1, len(GRID)))
    with np.errstate(over="ignore", invalid="ignore"):  # divergence is what is looked for
        for t, age in enumerate(tau):
            x[t + 1] = x[t] - GRID * x[t - age]
        shrunk = np.abs(x[-len(x) // 10 :]).max(0) < 1  # NaN compares false
    if not shrunk.any():
        raise ValueError(f"staleness: got ages up to {tau.max()}; want descent that is stable at {GRID[0]:g}")
    return float(GRID[shrunk].max())


def worker_staleness(n_workers: int, n_steps: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How many steps old each gradient is if workers need independent exponential times for theirs.

    Parameters
    ----------
    n_workers : W; each reads theta, computes, adds its step, and starts again.
    n_steps : number of steps, shared by all workers.
    rng : decides who finishes next, all being equally likely since exponential times forget the past.

    Returns
    -------
    integers, shape (n_steps,); their mean is W - 1 once all are busy.

    Raises
    ------
    ValueError : a count below 1, or rng is no generator.

    >>> worker_staleness(1, 4, np.random.default_rng(0)).tolist()
    [0, 0, 0, 0]
    """
    read = np.zeros(_check.count("n_workers", n_workers), dtype=np.int64)
    staleness = np.empty(_check.count("n_steps", n_steps), dtype=np.int64)
    for t, worker in enumerate(_check.generator("rng", rng).integers(n_workers, size=n_steps)):
        staleness[t], read[worker] = t - read[worker], t + 1
    return staleness


class Workers(Measurement, name="minibatch-variance-workers"):
    """Descents by workers with random computing times: the largest stable learning rate times curvature.

    Mean `staleness` in steps, and `limit`, have shape (n_seeds, k), over the numbers of workers `N_WORKERS`.

    >>> Workers.load()["limit"].shape
    (20, 5)
    """

    @staticmethod
    def row(seed: int, n_steps: int = 4000) -> Row:
        """Mean staleness once all workers are busy, and the limit, for each number of workers."""
        rng = np.random.default_rng(seed)
        runs = [worker_staleness(n_workers, n_steps, rng) for n_workers in N_WORKERS]
        busy = [run[n_steps // 4 :].mean() for run in runs]
        return {"staleness": np.array(busy), "limit": np.array([stable_up_to(run) for run in runs])}


# At the edge of stability the last bit is amplified to order one; sharpness averages to about a tenth, single
# records and the cost, which swings with each burst, to their order of magnitude.
class StaleNetworks(Measurement, name="minibatch-variance-stale", rtol=0.6):
    """A small network on digits whose full-batch gradients are late by each of `NETWORK_DELAYS`.

    Columns `sharpness_<delay>`, the largest curvature on the way, shape (n_seeds, N_SHARPNESS + 1), and
    `J_<delay>`, the final cost, shape (n_seeds,).

    >>> StaleNetworks.load().settled[4].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The sharpness of the network over the steps, and its final cost, for each delay."""
        rng = np.random.default_rng(seed)
        training, _ = data.digits().split(200, rng)
        model = networks.MLP((64, 24, 10), "tanh", loss="squared")
        problem = model.problem(training.X, np.eye(10)[training.y] - 0.1)
        theta0, row = model.init(rng), dict[str, float | Array]()
        for delay in NETWORK_DELAYS:
            rule = stale_gradient_descent(LEARNING_RATE, delay)
            run = descent.minimise(
                problem, rule, theta0, n_steps=N_STEPS, record_every=N_STEPS // N_SHARPNESS
            )
            row[f"sharpness_{delay}"] = np.array([_sharpness(problem, theta) for theta in run.theta])
            row[f"J_{delay}"] = float(run.J[-1])
        return row

    @property
    def settled(self) -> dict[int, Array]:
        """Delay -> mean sharpness over the last quarter in units of its limit, shape (n_seeds,)."""
        last = N_SHARPNESS // 4
        limits = {delay: float(theory.delay_limit(delay)) / LEARNING_RATE for delay in NETWORK_DELAYS}
        return {
            delay: self[f"sharpness_{delay}"][:, -last:].mean(1) / limit for delay, limit in limits.items()
        }


@dataclass(frozen=True)
class Delays:
    """The stable learning rate over the delay.

    delay, fixed : delays, and measured limits of learning rate times curvature, shape (k,).
    """

    delay: Array
    fixed: Array

    def plot(self, workers: Workers, networks: StaleNetworks) -> Figure:
        """Draw the limits over the delay, also of random workers, and networks' sharpness over the steps."""
        fig, (left, right) = plotting.figure(1, 2, height=4.0)
        tau = np.linspace(0, 16, 200)
        left.plot(1 + tau, theory.delay_limit(tau), linewidth=1.2, color="ravine:blue")
        left.plot(1 + self.delay, self.fixed, "o", label="fixed delay", color="ravine:blue")
        dots(left, 1 + workers["staleness"].mean(0), workers["limit"], colour="orange", marker="s",
             label="random workers")  # fmt: skip
        left.set(xscale="log", yscale="log", xlabel=r"1 + mean delay $\tau$")
        left.set(ylabel=r"largest stable $\epsilon\lambda$")
        ticks = [1, 2, 4, 8, 16]
        left.set_xticks(ticks, ticks)
        left.minorticks_off()
        left.legend()
        for delay, colour in zip(NETWORK_DELAYS, ("blue", "green", "orange"), strict=True):
            runs = networks[f"sharpness_{delay}"]
            t = np.linspace(0, N_STEPS, runs.shape[1])
            plotting.spread(right, t, runs, colour=colour, label=rf"$\tau = {delay}$")
            right.axhline(float(theory.delay_limit(delay)) / LEARNING_RATE, color=f"ravine:{colour}",
                          linestyle="--", linewidth=1)  # fmt: skip
        right.set(xlabel="step $t$", ylabel=r"largest curvature $\lambda_n$", ylim=(0, 7))
        right.legend(loc="upper left")
        return fig


def delays(delay: Sequence[int] = (0, 1, 2, 4, 8, 15), *, n_steps: int = 3000) -> Delays:
    """Find the largest stable learning rate at each delay.

    Parameters
    ----------
    delay : fixed delays, in steps.
    n_steps : of each descent.

    Returns
    -------
    Delays

    Raises
    ------
    ValueError : a negative delay.

    >>> delays([0, 1], n_steps=1000).fixed.round(1).tolist()
    [2.0, 1.0]
    """
    t = np.arange(_check.count("n_steps", n_steps))
    fixed = [stable_up_to(np.minimum(_check.count("delay", tau, at_least=0), t)) for tau in delay]
    return Delays(np.array(delay, float), np.array(fixed))


def _sharpness(problem: networks.NetworkProblem, theta: Array) -> float:
    rng = np.random.default_rng(0)  # draws the first Lanczos vector, which does not matter
    return float(curvature.top_eigenvalues(lambda v: problem.hvp(theta, v), len(theta), 1, rng)[0])
