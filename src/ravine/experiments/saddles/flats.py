"""Flat regions that are no critical points, or nothing but: a saturated sigmoid, and dead units."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, descent, networks, plotting, rules, zoo
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

TARGET = 0.9
"""Of the sigmoid."""

BIASES = (-1.0, -2.0, -3.0, -4.0)
"""Initial biases of the ReLU units."""


@dataclass(frozen=True)
class Plateau:
    """Runs from the wrong side of a sigmoid, theta = (-k, 0).

    depths (n,) : k. steps : rule's name -> steps until w is positive (n,), infinite if never.
    predicted (n,) : for gradient descent. end : rule's name -> last w (n,).
    """

    depths: Array
    steps: dict[str, Array]
    predicted: Array
    end: dict[str, Array]

    def plot(self) -> Figure:
        """Draw the steps over the depth."""
        fig, ax = plotting.figure()
        for name, colour in (("gradient descent", "orange"), ("saddle-free Newton", "green")):
            ax.semilogy(self.depths, self.steps[name], "o", color=f"ravine:{colour}", label=name)
        ax.semilogy(self.depths, self.predicted, color="ravine:orange", linewidth=1,
                    label=r"predicted, $e^k / 2y\epsilon$")  # fmt: skip
        ax.set(xlabel="depth $k$: the weight starts at $-k$", ylabel="steps until $w > 0$")
        ax.legend()
        return fig


def plateau(depths: Sequence[float] = (3, 4, 5, 6, 7, 8), learning_rate: float = 1.0) -> Plateau:
    r"""Cross the plateau of a sigmoid unit under squared error.

    Far out $\mathrm dJ/\mathrm dw \approx -2y e^{w}$, so that gradient descent needs about
    $e^{k} / (2 y \epsilon)$ steps; slope and curvature are equal there, so that Newton goes back one unit a
    step and saddle-free Newton forward by one.

    Parameters
    ----------
    depths : k, positive; the weight starts at -k.
    learning_rate : of gradient descent.

    Returns
    -------
    Plateau

    Raises
    ------
    ValueError : a bad argument, or a plateau so deep that gradient descent needs more than a million steps.

    Source: Goodfellow, Bengio and Courville (2016), section 6.2.2.2, for the saturation.

    >>> plateau([5.0]).steps["saddle-free Newton"].tolist()
    [4.0]
    """
    k = _check.array("depths", depths, ndim=1)
    if not len(k) or not (k > 0).all():
        raise ValueError(f"depths: got {depths!r}; want one or more positive numbers")
    surface, rate = zoo.plateau(y=TARGET), _check.real("learning_rate", learning_rate, above=0)
    if k.max() - np.log(2 * TARGET) - np.log(rate) > np.log(1e6):
        raise ValueError(
            f"depths: got {k.max():g}, e^{k.max():g} / {2 * TARGET * rate:g} steps; want up to 1e6"
        )
    predicted = np.exp(k) / (2 * TARGET * rate)
    start = np.stack([-k, np.zeros(len(k))], axis=1)
    contestants = {
        "gradient descent": (rules.gradient_descent(learning_rate), int(1.5 * predicted.max()) + 50),
        "Newton": (rules.newton(), 20),
        "saddle-free Newton": (rules.saddle_free_newton(), 2 * int(k.max()) + 20),
    }
    steps, end = {}, {}
    for name, (rule, n_steps) in contestants.items():
        w = descent.minimise(surface, rule, start, n_steps=n_steps).theta[..., 0]
        steps[name] = np.where((w > 0).any(axis=0), (w > 0).argmax(axis=0), np.inf)
        end[name] = w[-1]
    return Plateau(k, steps, predicted, end)


def dead_units(bias: float, seed: int, n_units: int = 1000, n_examples: int = 20) -> tuple[float, float]:
    """Count ReLU units that are silent on every example, and how much of gradient and Hessian they have.

    Parameters
    ----------
    bias : initial bias of all units.
    seed : of examples, weights and targets; inputs have two features.
    n_units, n_examples : how many.

    Returns
    -------
    (share, largest) : the share of dead units, and the largest entry of gradient and Hessian in the rows that
        belong to dead units, in a network of the first twenty units (0 if none is dead).

    Raises
    ------
    ValueError : a bad argument.

    >>> share, largest = dead_units(-4.0, 0)
    >>> share > 0.9, largest
    (True, 0.0)
    """
    rng = _check.seeded(seed)
    X = rng.standard_normal((_check.count("n_examples", n_examples), 2))
    W = rng.standard_normal((2, _check.count("n_units", n_units, at_least=20)))
    y = rng.standard_normal((n_examples, 1))
    dead: NDArray[np.bool_] = np.all(X @ W + _check.real("bias", bias) <= 0, axis=0)
    model = networks.MLP((2, 20, 1), "relu", loss="squared")
    theta = model.init(rng)
    (first, b), (out, _) = model.unflatten(theta)
    first[...], b[...], out[...] = W[:, :20], bias, rng.standard_normal((20, 1))
    owner = np.r_[np.tile(np.arange(20), 4), -1]  # of each parameter: two weights in, a bias, one weight out
    rows = np.isin(owner, np.flatnonzero(dead[:20]))
    derivatives = np.hstack([model.grad(theta, X, y)[:, None], model.hessian(theta, X, y)])
    return float(dead.mean()), float(np.abs(derivatives[rows]).max(initial=0.0))


class DeadUnits(Measurement, name="saddles-dead"):
    """Dead units over seeds: columns share and largest, (n_seeds, 4), for the four of `BIASES`.

    >>> DeadUnits.load()["share"].shape
    (20, 4)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Dead units at four biases."""
        found = np.array([dead_units(bias, seed) for bias in BIASES])
        return {"share": found[:, 0], "largest": found[:, 1]}
