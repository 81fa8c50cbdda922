"""Valleys: how the condition number sets the number of steps, with and without momentum."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, descent, plotting, problems, rules, zoo
from ravine._typing import Array
from ravine.objective import Objective
from ravine.rules._norm import norm
from ravine.theory import ill_conditioning as theory


def steps_to(factor: float, theta: Array) -> Array:
    """Count the steps until the distance from the minimum at 0 has first shrunk by a factor.

    Parameters
    ----------
    factor : wanted final over initial distance, in (0, 1).
    theta : iterates, shape (n_recorded, ..., n).

    Returns
    -------
    Array : number of steps, shape (...); NaN where the run ends before it.

    Raises
    ------
    ValueError : factor outside (0, 1); iterates of another shape; a start that is not finite, or is at the
        minimum, from where no distance can shrink.

    >>> float(steps_to(0.3, np.array([[1.0], [0.5], [0.25]])))
    2.0
    """
    factor = _check.real("factor", factor, above=0, below=1)
    theta = np.asarray(theta, dtype=np.float64)
    if theta.ndim < 2 or not theta.size:
        raise ValueError(f"theta: got shape {theta.shape}; want (n_recorded, ..., n)")
    distance = norm(theta)
    if not (np.isfinite(distance[0]) & (distance[0] > 0)).all():
        raise ValueError(
            f"theta: got a start at the distance {distance[0].min()}; want one finite and above 0"
        )
    # Iterates that have overflowed are not finite, and have not arrived.
    arrived = distance <= factor * distance[0]
    return np.where(arrived.any(axis=0), arrived.argmax(axis=0), np.nan)


@dataclass(frozen=True)
class Race:
    """Descents of one valley from the same start.

    `paths` maps the name of a descent to its iterates, shape (n_steps + 1, 2).
    """

    valley: Objective
    paths: dict[str, Array]

    def shrink(self, name: str) -> float:
        """The factor by which a descent has divided the cost; infinite if it has arrived."""
        J = self.valley.value(self.paths[_check.one_of("name", name, self.paths)])
        return float(J[0] / J[-1]) if J[-1] else float("inf")

    def plot(self) -> Figure:
        """Draw the three fast paths over the valley, and all costs step by step."""
        fig, axes = plotting.figure(2, 2, height=5.0, places=False)
        looks = dict(
            zip(self.paths, (("grey", ":"), ("orange", "-"), ("blue", "-"), ("green", "--")), strict=True)
        )
        for ax, name in zip(axes.flat, list(self.paths)[1:], strict=False):
            plotting.contours(ax, self.valley.value, ((-0.4, 1.2), (-0.65, 0.65)), log=True)
            plotting.path(ax, self.paths[name], colour=looks[name][0])
            ax.set(title=name)
        for name, theta in self.paths.items():
            colour, style = looks[name]
            axes[1, 1].semilogy(
                self.valley.value(theta), color=f"ravine:{colour}", linestyle=style, label=name
            )
        axes[1, 1].set(xlabel="step $t$", ylabel="cost $J$", ylim=(1e-12, 30))  # room for the names
        axes[1, 1].legend(loc="lower left", ncols=2)
        return fig


def race(kappa: float = 20.0, *, n_steps: int = 20, theta0: Sequence[float] = (1.0, 0.3)) -> Race:
    r"""Descend one valley with short steps, with the best constant steps, with momentum, and on a schedule.

    The best constant learning rate is $2/(1+\kappa)$, the short one half of one over the largest
    curvature; momentum has Polyak's settings, the schedule has a rate for each step, from `theory.chebyshev`.

    Parameters
    ----------
    kappa : condition number of the valley, at least 1.
    n_steps : number of steps.
    theta0 : start, shape (2,).

    Returns
    -------
    Race

    Raises
    ------
    ValueError : arguments out of their range.

    >>> race(kappa=1.0, n_steps=1).paths["best steps"].round(3).tolist()
    [[1.0, 0.3], [0.0, 0.0]]
    """
    valley, best = zoo.quadratic(kappa), theory.best_learning_rate(kappa)
    contestants = {
        "short steps": rules.gradient_descent(1 / (2 * kappa)),
        "best steps": rules.gradient_descent(best),
        "momentum": rules.momentum(*theory.polyak(kappa)),
    }
    runs = {
        name: descent.minimise(valley, rule, np.array(theta0), n_steps=n_steps)
        for name, rule in contestants.items()
    }
    paths = {name: run.theta for name, run in runs.items()}
    theta = [np.array(theta0)]
    for learning_rate in theory.chebyshev(kappa, n_steps):
        theta.append(theta[-1] - learning_rate * valley.grad(theta[-1]))
    return Race(valley, paths | {"schedule": np.array(theta)})


def shortest_schedule(valley: Objective, kappa: float, theta0: Array, share: float = 1e-6) -> Array:
    """The length of the shortest Chebyshev schedule that leaves a share of the error, for each start.

    Parameters
    ----------
    valley : a quadratic with curvatures from 1 to kappa along the axes and its minimum at 0.
    kappa : condition number, above 1.
    theta0 : starts, shape (n_starts, n).
    share : of the distance, in (0, 1).

    Returns
    -------
    Array : numbers of steps, shape (n_starts,); no start needs more than `theory.steps_needed`, rounded up.
    """
    lam = valley.hess(np.zeros(valley.n)).diagonal()  # the axes are the eigenvectors
    found = np.full(len(theta0), np.nan)
    for n_steps in range(1, int(np.ceil(theory.steps_needed("schedule", kappa, share))) + 1):
        left = np.ones(valley.n)
        for learning_rate in theory.chebyshev(kappa, n_steps):
            left = left * (1 - learning_rate * lam)
        arrived = norm(left * theta0) <= share * norm(theta0)
        found[np.isnan(found) & arrived] = n_steps
    return found


@dataclass(frozen=True)
class Rates:
    """How fast three ways of descending cross valleys of several condition numbers.

    `steps` maps their names to arrays of shape (n_kappas, n_starts): the steps until the error is a millionth
    of its start; for the schedule, which knows beforehand how many it may take, the shortest that is enough.
    `ratio` holds, for the two constant rules, the measured over the predicted factor a step.
    """

    kappas: Array
    steps: dict[str, Array]
    ratio: dict[str, Array]

    def predicted(self, name: str) -> Array:
        """The steps that theory predicts, shape (n_kappas,)."""
        return np.array([theory.steps_needed(name, kappa) for kappa in self.kappas])

    def plot(self) -> Figure:
        """Draw the measured steps, their mean and range over starts, and the predictions as lines."""
        fig, ax = plotting.figure()
        for (name, colour, marker), style in zip(
            (("gradient descent", "orange", "o"), ("momentum", "blue", "s"), ("schedule", "green", "^")),
            ("-", "-", ":"),
            strict=True,
        ):
            code, mean = f"ravine:{colour}", self.steps[name].mean(axis=1)
            reach = np.abs([self.steps[name].min(axis=1) - mean, self.steps[name].max(axis=1) - mean])
            ax.errorbar(self.kappas, mean, reach, fmt="none", color=code, capsize=4)
            # Drawn apart from its range, which in the legend would hide it.
            ax.plot(
                self.kappas, mean, linestyle="", marker=marker, markersize=7, color=code,
                label=f"{name}, measured",
            )  # fmt: skip
            ax.loglog(
                self.kappas,
                self.predicted(name),
                color=code,
                linewidth=1.2,
                linestyle=style,
                label=f"{name}, predicted",
            )
        ax.set(xlabel=r"condition number $\kappa$", ylabel="steps to a millionth of the error")
        ax.legend()
        return fig


def rates(
    kappas: Sequence[float] = (10.0, 100.0, 1000.0), *, n: int = 30, n_starts: int = 20, seed: int = 0
) -> Rates:
    r"""Measure how fast gradient descent, momentum and the best schedule converge, from random starts.

    The factor is read off the second half of a run and divided by $\rho$; for momentum also by the
    $t_2 / t_1$ that a double root brings, $t \rho^t$.

    Parameters
    ----------
    kappas : condition numbers, ascending, each at least 1.001: closer to 1, two steps reach the rounding.
    n : number of directions.
    n_starts : number of starts drawn from a standard normal distribution.
    seed : of the starts.

    Returns
    -------
    Rates

    Raises
    ------
    ValueError : arguments out of their range.

    >>> measured = rates([10.0], n_starts=2)
    >>> bool((measured.steps["momentum"] < measured.steps["gradient descent"]).all())
    True
    """
    kappas = [_check.real("kappas", kappa, at_least=1.001) for kappa in kappas]
    if not kappas:
        raise ValueError("kappas: got none; want at least one")
    shape = _check.count("n_starts", n_starts), _check.count("n", n, at_least=2)
    theta0 = _check.seeded(seed).standard_normal(shape)
    steps: dict[str, list[Array]] = {"gradient descent": [], "momentum": [], "schedule": []}
    ratio: dict[str, list[Array]] = {"gradient descent": [], "momentum": []}
    for kappa in kappas:
        valley = problems.spectrum(kappa, n)
        contestants = {
            "gradient descent": rules.gradient_descent(theory.best_learning_rate(kappa)),
            "momentum": rules.momentum(*theory.polyak(kappa)),
        }
        for name, rule in contestants.items():
            log_rho = theory.log_factor(name, kappa)
            half = int(np.ceil(np.log(1e-5) / log_rho))  # the whole run: far beyond a millionth
            theta = descent.minimise(valley, rule, theta0, n_steps=2 * half).theta
            shrink = norm(theta[-1]) / norm(theta[half])
            double_root = 2.0 if name == "momentum" else 1.0
            steps[name].append(steps_to(1e-6, theta))
            ratio[name].append((shrink / double_root) ** (1 / half) / np.exp(log_rho))
        steps["schedule"].append(shortest_schedule(valley, kappa, theta0))
    return Rates(
        np.array(kappas),
        {name: np.array(rows) for name, rows in steps.items()},
        {name: np.array(rows) for name, rows in ratio.items()},
    )
