"""Going through the examples more than once, and in which order."""

import numpy as np
from matplotlib.figure import Figure

from ravine import data, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.minibatch_variance._draw import dots
from ravine.experiments.minibatch_variance.digits import MODEL, softmax_digits
from ravine.theory import minibatch_variance as theory

N_EPOCHS, WINDOWS = 4, 10
"""Passes through the examples of the online experiment, and points of a curve that each gets."""

D, M, BATCH_SIZE, LEARNING_RATE, SIGMA = 20, 500, 10, 0.02, 0.5
"""Features, examples, batch size, learning rate and noise of the online experiment."""

N_REPLICAS = 200
"""Data sets that one seed averages over."""

ORDERS_NAMES = ("sorted", "shuffled once", "reshuffled", "with replacement")
"""Orders of the digits: by class, one random order for all epochs, a new one each, independent draws."""


class Epochs(Measurement, name="minibatch-variance-epochs"):
    """Least mean squares on examples used again and again.

    alignment : g-hat along the risk's gradient, over its squared length, by window of an epoch, shape
    (n_seeds, epochs * windows); by_epoch : the same by epoch, shape (n_seeds, epochs); before : loss of a
    minibatch just before its update, over the risk, minus 1, shape (n_seeds, epochs); recursion : largest
    relative distance of the first epoch's risk from the predicted one, shape (n_seeds,).

    >>> Epochs.load()["by_epoch"].shape
    (20, 4)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Four passes through `N_REPLICAS` data sets, averaged, against the recursion of theory."""
        rng = np.random.default_rng(seed)
        truth = data.LinearGaussian(np.full(D, D**-0.5), SIGMA)
        X, y = truth.sample(M, rng, n_datasets=N_REPLICAS)
        along, length, loss, cost = _online(truth, X, y)
        per_epoch = M // BATCH_SIZE
        error = np.ones(1)
        for _ in range(per_epoch - 1):
            error = np.append(error, theory.online_error(error[-1], LEARNING_RATE, D, BATCH_SIZE, SIGMA))
        windows = [x.reshape(N_EPOCHS * WINDOWS, -1).sum(-1) for x in (along, length)]
        sums = [x.reshape(N_EPOCHS, -1).sum(-1) for x in (along, length, loss, cost)]
        return {
            "alignment": windows[0] / windows[1],
            "by_epoch": sums[0] / sums[1],
            "before": sums[2] / sums[3] - 1,
            "recursion": float(np.abs(cost[:per_epoch] / (SIGMA**2 + error) - 1).max()),
        }

    def plot(self) -> Figure:
        """Draw the alignment over the epochs."""
        fig, ax = plotting.figure(height=3.2)
        t = (np.arange(N_EPOCHS * WINDOWS) + 0.5) / WINDOWS
        plotting.spread(ax, t, self["alignment"], label="median and range over seeds")
        ax.axhline(1, color="ravine:black", linewidth=1, linestyle="--", label=r"unbiased")
        for epoch in range(1, N_EPOCHS):
            ax.axvline(epoch, color="ravine:grey", linewidth=0.8)
        ax.set(xlabel="epochs", ylim=(0, 1.15), xlim=(0, N_EPOCHS))
        ax.set(ylabel=r"$\hat g$ along $\nabla J^*$, / $|\nabla J^*|$")
        ax.legend(loc="lower left")
        return fig


def _online(truth: data.LinearGaussian, X: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    """Each step's g'delta, |delta|^2, loss of the minibatch and risk, summed or averaged over replicas."""
    w, rows = np.zeros((len(X), D)), []
    for start in (i for _ in range(N_EPOCHS) for i in range(0, M, BATCH_SIZE)):
        part, targets = X[:, start : start + BATCH_SIZE], y[:, start : start + BATCH_SIZE]
        residual = (part @ w[..., None])[..., 0] - targets
        g_hat = (part * residual[..., None]).mean(1)
        delta = truth.risk_grad(w) / 2  # of half the squared error, as g_hat
        rows.append(
            ((g_hat * delta).sum(), (delta * delta).sum(), np.square(residual).mean(), truth.risk(w).mean())
        )
        w = w - LEARNING_RATE * g_hat
    return tuple(np.array(column) for column in zip(*rows, strict=True))  # type: ignore[return-value]  # of four


# A test digit near the border of two classes may flip with the last bit: an error is a multiple of 1/797.
class Orders(Measurement, name="minibatch-variance-orders", rtol=0.05):
    """Test errors of a softmax regression on digits: fractions over the epochs.

    A column for each of `ORDERS_NAMES`, its blanks replaced by "_", shape (n_seeds, epochs).

    >>> Orders.load()["shuffled_once"].shape
    (20, 10)
    """

    @staticmethod
    def row(seed: int, n_epochs: int = 10, size: int = 10) -> Row:
        """Four descents side by side, one an order, each on its own minibatches."""
        rng, training, test, theta0 = softmax_digits(seed)
        m, theta = len(training), np.stack([theta0] * len(ORDERS_NAMES))
        by_class, once = np.argsort(training.y, kind="stable"), rng.permutation(m)
        errors = []
        for _ in range(n_epochs):
            order = np.stack([by_class, once, rng.permutation(m), rng.integers(m, size=m)])
            for rows in (order[:, i : i + size] for i in range(0, m, size)):
                theta = theta - 0.5 * MODEL.grad(theta, training.X[rows], training.y[rows])
            errors.append(MODEL.error_rate(theta, test.X, test.y))
        names = (name.replace(" ", "_") for name in ORDERS_NAMES)
        return dict(zip(names, np.array(errors).T, strict=True))

    def plot(self) -> Figure:
        """Draw the test error over the epochs for each order."""
        fig, ax = plotting.figure(height=3.4)
        looks = zip(ORDERS_NAMES, ("orange", "blue", "green", "purple"), ("o", "s", "^", "v"), strict=True)
        for (name, colour, marker), shift in zip(looks, (-0.12, -0.04, 0.04, 0.12), strict=True):
            runs = self[name.replace(" ", "_")]
            t = np.arange(1.0, runs.shape[1] + 1)
            dots(ax, t + shift, runs, colour=colour, marker=marker, markersize=4, capsize=0, label=name)
        ax.set(xlabel="epochs", ylabel="share of misread test digits", yscale="log")
        ax.set_yticks([0.04, 0.1, 0.2, 0.4], ["0.04", "0.1", "0.2", "0.4"])
        ax.minorticks_off()
        ax.legend()
        return fig
