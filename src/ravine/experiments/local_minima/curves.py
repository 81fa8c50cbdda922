"""Three training curves that have stopped falling, for three different reasons."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules, zoo
from ravine._typing import Array, SecondOrderProblem
from ravine.problems import neuron

WATCHED = 25
"""Steps over which a curve is looked at."""

N_STEPS = 400
"""Of each whole run."""


@dataclass(frozen=True)
class Curve:
    """Twenty-five steps of a descent, and the gradient and the Hessian's eigenvalues at their end.

    J (26,), grad_norm a number, lam (n,) ascending; whole is the course of J in a longer run.
    """

    J: Array
    grad_norm: float
    lam: Array
    whole: Array

    @property
    def change(self) -> float:
        """The relative change of the cost over the curve."""
        return float(abs(self.J[-1] / self.J[0] - 1))

    @property
    def left(self) -> float:
        """The cost at the end of the longer run, relative to the curve's start."""
        return float(self.whole[-1] / self.J[0])


def _watch(problem: SecondOrderProblem, theta0: Array, learning_rate: float, n_steps: int) -> Curve:
    trace = descent.minimise(problem, rules.gradient_descent(learning_rate), theta0, n_steps=n_steps)
    lam = np.asarray(np.linalg.eigvalsh(problem.hess(trace.theta[WATCHED])), dtype=np.float64)
    return Curve(trace.J[: WATCHED + 1], float(trace.grad_norm[WATCHED]), lam, trace.J)


def beside_saddle(seed: int) -> Curve:
    """A tanh network on the digits 0, 1 and 2 that starts beside the saddle at which all weights vanish.

    Parameters
    ----------
    seed : of the 300 training examples and the initial weights of a 64-4-3 network; their size is 1e-5 of the
        customary one, the output biases are the logarithms of the classes' frequencies.

    Returns
    -------
    Curve : the longer run has 400 steps.

    Raises
    ------
    ValueError : a negative seed.

    Source: Goodfellow, Bengio and Courville (2016), section 8.2.3, on saddles.

    >>> curve = beside_saddle(0)
    >>> curve.change < 1e-6, bool(curve.lam[0] < -0.5), curve.left < 0.1
    (True, True, True)
    """
    rng = _check.seeded(seed)
    train, _ = data.digits().only(0, 1, 2).split(300, rng)
    model = networks.MLP((64, 4, 3), "tanh")
    theta0 = model.init(rng, scale=1e-5)
    model.unflatten(theta0)[-1][1][...] = np.log(np.bincount(train.y) / len(train))
    return _watch(model.problem(train.X, train.y), theta0, 0.2, N_STEPS)


@dataclass(frozen=True)
class Stuck:
    """Three curves by name."""

    curves: dict[str, Curve]

    def plot(self, *, whole: bool = True) -> Figure:
        """Draw the costs over the first steps, and below them, unless whole is False, over the longer run."""
        n_rows = 1 + whole
        fig, axes = plotting.figure(n_rows, 3, height=2.2 * n_rows, sharey="row", squeeze=False)
        for column, (name, curve), colour in zip(
            axes.T, self.curves.items(), ("orange", "blue", "green"), strict=True
        ):
            for ax, J in zip(column, (curve.J, curve.whole), strict=False):
                ax.plot(J / J[0], color=f"ravine:{colour}")
                ax.set(ylim=(0, 1.1), xlim=(0, len(J) - 1))
            column[0].set(title=name)
            column[-1].set(xlabel="step $t$")
        for ax in axes[:, 0]:
            ax.set(ylabel="cost / start")
        return fig


def stuck(seed: int = 0) -> Stuck:
    """Three descents that have stopped: a valley at its stability limit, a saddle, a bad minimum.

    Parameters
    ----------
    seed : of the network beside the saddle.

    Returns
    -------
    Stuck : curves A, B and C; in A the learning rate is all but 2 over the largest curvature, in C the
        descent of `problems.neuron` ends in the well of its first example.

    Raises
    ------
    ValueError : a negative seed.

    Source: Goodfellow, Bengio and Courville (2016), section 8.2.2, on the test by the gradient's norm.

    >>> [curve.change < 1e-4 for curve in stuck().curves.values()]
    [True, True, True]
    """
    valley, steep = zoo.quadratic(kappa=100.0), 100.0
    cost = neuron([0.75, 0.9])
    return Stuck(
        {
            "A": _watch(valley, np.array([0.0, 1.0]), 2 * (1 - 1e-7) / steep, N_STEPS),
            "B": beside_saddle(seed),
            "C": _watch(cost, np.array([1.12]), 20.0, N_STEPS),
        }
    )
