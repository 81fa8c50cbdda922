"""The same network by minibatches: curvature takes the gain back long before it has grown to the limit."""

import numpy as np

from ravine import _check, descent, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.ill_conditioning.network import Task, digits_task, largest_curvature

BATCH_SIZE = 10

RUNS = {0.4: 1500, 0.1: 6000}
"""Learning rate -> steps: at a quarter of the rate, four times the steps."""

WATCHED, APART, DRAWS = 15, 20, 20
"""So many points of the last stretch, so many steps apart; at each so many minibatches are drawn."""


def late_points(task: Task, learning_rate: float, n_steps: int, rng: np.random.Generator) -> Array:
    """The last points of a run of stochastic gradient descent, shape (WATCHED, n)."""
    rule = rules.gradient_descent(learning_rate)
    trace = descent.train(
        task.model,
        rule,
        task.theta0,
        task.X,
        task.targets,
        batch_size=BATCH_SIZE,
        n_steps=n_steps,
        rng=rng,
        record_every=APART,
        sampling="with_replacement",
    )
    return np.asarray(trace.theta[-WATCHED:])


def noisy_balance(task: Task, points: Array, learning_rate: float, rng: np.random.Generator) -> float:
    r"""The balance of steps along the gradients of minibatches, over several points.

    $\epsilon \sum \hat g^\top H \hat g \big/ 2 \sum g^\top g$:
    the slope gains $g^\top g$ on average.

    Parameters
    ----------
    task : the network and its examples.
    points : shape (n_points, n).
    learning_rate : $\epsilon$, positive.
    rng : draws the minibatches.

    Returns
    -------
    float : dimensionless; 1 where a step gains nothing on average, above 1 where it loses.
    """
    claimed = promised = 0.0
    for theta in points:
        g = task.problem.grad(theta)
        for _ in range(DRAWS):
            batch = rng.integers(len(task.X), size=BATCH_SIZE)
            g_hat = task.model.grad(theta, task.X[batch], task.targets[batch])
            claimed += float(g_hat @ task.problem.hvp(theta, g_hat))
        promised += DRAWS * float(g @ g)
    return learning_rate * claimed / (2 * promised)


class Minibatches(Measurement, name="ill-conditioning-minibatches", rtol=1e-3):
    """The main network by stochastic gradient descent, at two learning rates; each column (n_seeds, 2).

    Columns: `balance` of the noisy steps at the end, `sharpness` there in units of 2 / learning rate, and
    `cost_left`, the cost over that at the start.

    >>> Minibatches.load()["balance"].shape
    (20, 2)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Both rates."""
        task = digits_task(_check.seeded(seed), "squared", 0.3)
        ends: list[list[float]] = []
        for learning_rate, n_steps in RUNS.items():
            rng = np.random.default_rng([seed, n_steps])
            points = late_points(task, learning_rate, n_steps, rng)
            sharpness = [largest_curvature(task.problem, theta) for theta in points[::5]]
            cost = np.mean([task.problem.value(theta) for theta in points]) / task.problem.value(task.theta0)
            balance = noisy_balance(task, points, learning_rate, rng)
            ends.append([balance, float(np.mean(sharpness)) * learning_rate / 2, float(cost)])
        return dict(zip(("balance", "sharpness", "cost_left"), np.array(ends).T, strict=True))
