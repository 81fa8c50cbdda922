"""Valleys: how the condition number sets the number of steps, with and without momentum."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ravine import _check, descent, plotting, rules, zoo
from ravine._typing import Array
from ravine.objective import Objective
from ravine.rules._norm import norm


def best_learning_rate(kappa: float) -> float:
    r"""The learning rate at which gradient descent crosses a valley fastest.

    $\epsilon = 2 / (\lambda_1 + \lambda_n)$, here with $\lambda_1 = 1$ and $\lambda_n = \kappa$.

    Parameters
    ----------
    kappa : condition number, at least 1, dimensionless.

    Returns
    -------
    float : the learning rate, in units of one over the smallest curvature.

    Raises
    ------
    ValueError : kappa < 1.

    Source: Goh (2017), "Why Momentum Really Works", Distill, section "Choosing a Step-size".

    >>> best_learning_rate(3.0)
    0.5
    """
    return 2 / (1 + _check.real("kappa", kappa, at_least=1))


def polyak(kappa: float) -> tuple[float, float]:
    r"""The learning rate and momentum at which the heavy ball crosses a valley fastest.

    $\epsilon = 4 / (\sqrt{\lambda_1} + \sqrt{\lambda_n})^2$ and
    $\alpha = ((\sqrt\kappa - 1) / (\sqrt\kappa + 1))^2$, with $\lambda_1 = 1$ and $\lambda_n = \kappa$.

    Parameters
    ----------
    kappa : condition number, at least 1, dimensionless.

    Returns
    -------
    (learning_rate, momentum) : floats; the first in units of one over the smallest curvature.

    Raises
    ------
    ValueError : kappa < 1.

    Source: Polyak (1964); Goh (2017), Distill, section "Optimal parameters".

    >>> polyak(9.0)
    (0.25, 0.25)
    """
    root = float(np.sqrt(_check.real("kappa", kappa, at_least=1)))
    return 4 / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2


def contraction(learning_rate: ArrayLike, momentum: ArrayLike, lam: ArrayLike) -> Array:
    r"""The factor by which one step shrinks the error along a direction, in the long run.

    The larger modulus of the two roots of $r^2 - (1 + \alpha - \epsilon\lambda) r + \alpha = 0$.

    Parameters
    ----------
    learning_rate, momentum, lam : step size, momentum and curvature; shapes that broadcast.

    Returns
    -------
    Array : the factor, dimensionless, of the broadcast shape; above 1 the run diverges.

    Raises
    ------
    ValueError : entries that are not finite numbers.

    Source: Goh (2017), Distill, section "The Dynamics of Momentum".

    >>> contraction([0.5, 2.5], 0.0, 1.0).tolist()
    [0.5, 1.5]
    """
    epsilon, alpha = _check.array("learning_rate", learning_rate), _check.array("momentum", momentum)
    with np.errstate(over="ignore"):  # a step too long for a float has an infinite factor
        step = epsilon * _check.array("lam", lam)
    root = np.sqrt(np.maximum(alpha, 0))
    # Of the discriminant trace^2 - 4 alpha either factor may vanish: its root neither cancels nor overflows.
    low, high = (1 - root) ** 2 - step, (1 + root) ** 2 - step
    trace = np.abs(1 + alpha - step)
    spread = np.where(alpha < 0, np.hypot(trace, 2 * np.sqrt(np.abs(np.minimum(alpha, 0)))), 0)
    spread = np.where((alpha >= 0) & (low * np.sign(high) > 0), _root_of_product(low, high), spread)
    return np.where((alpha >= 0) & (low <= 0) & (high >= 0), root, trace / 2 + spread / 2)


def _root_of_product(x: Array, y: Array) -> Array:
    """The root of |x y|, without the product."""
    return np.asarray(np.sqrt(np.abs(x)) * np.sqrt(np.abs(y)))


def spectrum(kappa: float, n: int = 30) -> Objective:
    r"""A quadratic in n directions whose curvatures are spaced evenly in their logarithm.

    $J(\theta) = \frac12 \sum_i \lambda_i \theta_i^2$ with $\lambda_i = \kappa^{(i-1)/(n-1)}$.

    Parameters
    ----------
    kappa : condition number, at least 1, dimensionless.
    n : number of directions, at least 2.

    Returns
    -------
    Objective : its minimum is at 0, where J = 0.

    Raises
    ------
    ValueError : kappa < 1 or n < 2.

    >>> spectrum(100.0, n=3).hess([0.0, 0.0, 0.0]).diagonal().tolist()
    [1.0, 10.0, 100.0]
    """
    kappa = _check.real("kappa", kappa, at_least=1)
    symbols = sp.symbols(f"theta1:{_check.count('n', n, at_least=2) + 1}", real=True)
    lam = [sp.Float(kappa ** (i / (n - 1))) for i in range(n)]
    cost = sum(curvature * x**2 for curvature, x in zip(lam, symbols, strict=True)) / 2
    return Objective(
        f"spectrum-{kappa:g}", cost, symbols, "Goh (2017), Distill, section First Steps: Gradient Descent"
    )


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
        J = self.valley.value(self.paths[name])
        return float(J[0] / J[-1]) if J[-1] else float("inf")

    def plot(self) -> Figure:
        """Draw each path over the valley, and the costs step by step."""
        fig, axes = plotting.figure(2, 2, height=5.0)
        for ax, (name, theta), style in zip(
            axes.flat, self.paths.items(), ("orange", "purple", "blue"), strict=False
        ):
            plotting.contours(ax, self.valley.value, ((-0.4, 1.2), (-0.65, 0.65)), log=True)
            plotting.path(ax, theta, colour=style)
            ax.set(title=name)
            axes[1, 1].semilogy(self.valley.value(theta), color=plotting.COLOURS[style], label=name)
        axes[1, 1].set(xlabel="step $t$", ylabel="cost $J$")
        axes[1, 1].legend()
        return fig


def race(kappa: float = 20.0, *, n_steps: int = 20, theta0: Sequence[float] = (1.0, 0.3)) -> Race:
    r"""Descend one valley with short steps, with the best steps, and with momentum.

    The best learning rate is $2/(1+\kappa)$, the short one an eighth of it; momentum has Polyak's settings.

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
    valley, best = zoo.quadratic(kappa), best_learning_rate(kappa)
    contestants = {
        "short steps": rules.gradient_descent(best / 8),
        "best steps": rules.gradient_descent(best),
        "momentum": rules.momentum(*polyak(kappa)),
    }
    runs = {
        name: descent.minimise(valley, rule, np.array(theta0), n_steps=n_steps)
        for name, rule in contestants.items()
    }
    return Race(valley, {name: run.theta for name, run in runs.items()})


@dataclass(frozen=True)
class Rates:
    """How fast two rules cross valleys of several condition numbers.

    `steps` and `ratio` map the rule's name to arrays of shape (n_kappas, n_starts): the steps until the
    error is a millionth of its start, and the measured over the predicted factor a step.
    """

    kappas: Array
    steps: dict[str, Array]
    ratio: dict[str, Array]

    def predicted(self, name: str) -> Array:
        """The steps that theory predicts for the rule, shape (n_kappas,)."""
        return np.array([np.log(1e-6) / _log_factor(name, kappa) for kappa in self.kappas])

    def plot(self) -> Figure:
        """Draw the measured steps, their mean and range over starts, and the predictions as lines."""
        fig, ax = plotting.figure()
        for name, colour, marker in (("gradient descent", "orange", "o"), ("momentum", "blue", "s")):
            code, mean = plotting.COLOURS[colour], self.steps[name].mean(axis=1)
            reach = np.abs([self.steps[name].min(axis=1) - mean, self.steps[name].max(axis=1) - mean])
            ax.errorbar(
                self.kappas, mean, reach, fmt=marker, color=code, capsize=4, label=f"{name}, measured"
            )
            ax.loglog(
                self.kappas, self.predicted(name), color=code, linewidth=1.2, label=f"{name}, predicted"
            )
        ax.set(xlabel=r"condition number $\kappa$", ylabel="steps to a millionth of the error")
        ax.legend()
        return fig


def _log_factor(name: str, kappa: float) -> float:
    """The logarithm of the factor a step that is predicted for the rule with its best settings."""
    root = kappa if name == "gradient descent" else float(np.sqrt(kappa))
    return float(np.log1p(-2 / (root + 1)))


def rates(
    kappas: Sequence[float] = (10.0, 100.0, 1000.0), *, n: int = 30, n_starts: int = 20, seed: int = 0
) -> Rates:
    r"""Measure how fast gradient descent and momentum converge, from random starts.

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
    theta0 = np.random.default_rng(_check.count("seed", seed, at_least=0)).standard_normal(shape)
    steps: dict[str, list[Array]] = {"gradient descent": [], "momentum": []}
    ratio: dict[str, list[Array]] = {"gradient descent": [], "momentum": []}
    for kappa in kappas:
        valley = spectrum(kappa, n)
        contestants = {
            "gradient descent": rules.gradient_descent(best_learning_rate(kappa)),
            "momentum": rules.momentum(*polyak(kappa)),
        }
        for name, rule in contestants.items():
            log_rho = _log_factor(name, kappa)
            half = int(np.ceil(np.log(1e-5) / log_rho))  # the whole run: far beyond a millionth
            theta = descent.minimise(valley, rule, theta0, n_steps=2 * half).theta
            shrink = norm(theta[-1]) / norm(theta[half])
            double_root = 2.0 if name == "momentum" else 1.0
            steps[name].append(steps_to(1e-6, theta))
            ratio[name].append((shrink / double_root) ** (1 / half) / np.exp(log_rho))
    return Rates(
        np.array(kappas),
        {name: np.array(rows) for name, rows in steps.items()},
        {name: np.array(rows) for name, rows in ratio.items()},
    )
