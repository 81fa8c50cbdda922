"""Many networks of each width: how much the cost that a descent finds depends on luck."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array

WIDTHS = (2, 4, 8, 16, 32)
"""Hidden units."""


@dataclass(frozen=True)
class Widths:
    """Networks trained from random weights: training and test cost, each of shape (n_widths, n_networks)."""

    J: Array
    J_test: Array

    @property
    def std(self) -> Array:
        """The standard deviation of the test cost over networks, (n_widths,)."""
        return np.asarray(self.J_test.std(axis=1, ddof=1))

    @property
    def correlation(self) -> Array:
        """Pearson's correlation of training and test cost over networks, (n_widths,)."""
        return np.array([np.corrcoef(*pair)[0, 1] for pair in zip(self.J, self.J_test, strict=True)])

    def plot(self) -> Figure:
        """Draw the test cost of each network over the width."""
        fig, ax = plotting.figure(height=3.4)
        draw_networks(self, ax)
        return fig


def train_widths(
    seed: int, *, widths: Sequence[int] = WIDTHS, n_networks: int = 25, n_steps: int = 400
) -> Widths:
    """Train many ReLU networks of each width on digits, by descent on minibatches.

    Parameters
    ----------
    seed : of the 500 training digits, the initial weights, and the minibatches of 50, each network its own.
    widths : hidden units.
    n_networks : of each width, at least 2.
    n_steps : at the learning rate 0.3; ten are an epoch.

    Returns
    -------
    Widths

    Raises
    ------
    ValueError : arguments out of their range.

    Source: A. Choromanska et al., "The loss surfaces of multilayer networks", 2015, the experiments on MNIST.

    >>> found = train_widths(0, widths=(2, 4), n_networks=2, n_steps=10)
    >>> found.J.shape, found.std.shape
    ((2, 2), (2,))
    """
    rng = _check.seeded(seed)
    n_networks = _check.count("n_networks", n_networks, at_least=2)
    train, test = data.digits().split(500, rng)
    costs = []
    for width in widths:
        model = networks.MLP((64, width, 10), "relu")
        trace = descent.train(
            model,
            rules.gradient_descent(0.3),
            model.init(rng, size=n_networks),
            train.X,
            train.y,
            batch_size=50,
            n_steps=n_steps,
            rng=rng,
            record_every=max(1, n_steps),
            shared_batches=False,
        )
        costs.append((trace.J[-1], model.loss(trace.theta[-1], test.X, test.y)))
    J, J_test = np.swapaxes(costs, 0, 1)
    return Widths(J, J_test)


def draw_networks(found: Widths, ax: Axes) -> None:
    """Draw the test cost of each network, widths beside each other."""
    rng = np.random.default_rng(0)  # scatters the dots sideways, which means nothing
    for x, J in enumerate(found.J_test):
        aside = rng.uniform(-0.2, 0.2, len(J))
        ax.plot(x + aside, J, ".", color="ravine:blue", alpha=0.6)
    ax.set(xlabel="hidden units $h$", ylabel="test cost", ylim=(0, None))
    ax.set_xticks(range(len(found.J_test)), [str(h) for h in WIDTHS[: len(found.J_test)]])
