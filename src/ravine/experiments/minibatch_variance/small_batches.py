"""Small batches as a regulariser: where they help, and where they hardly do."""

import numpy as np
from matplotlib.figure import Figure

from ravine import data, networks, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

RATES = (0.02, 0.01, 0.005)
"""Learning rates of the sparse regression's single-example descents; the full batch has the first."""

BATCH_RATES = {200: 0.5, 10: 0.2, 1: 0.05}
"""Batch size -> learning rate of the network on noisy digits."""

TARGET = 0.05
"""Training cost at which the networks are compared, nats."""


# A test digit near the border of two classes may flip with the last bit: an error is a multiple of 1/1597.
class NoisyDigits(Measurement, name="minibatch-variance-noisy", seeds=range(40), rtol=0.05):
    """A network on digits of which a fifth are wrongly labelled, by batches of each size of `BATCH_RATES`.

    Columns `error_<size>`, the share of misread test digits at equal training cost, and `J_<size>`, that
    cost in nats, shape (n_seeds,).

    >>> NoisyDigits.load().saved.shape
    (40,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Test errors of a network trained on digits of which a fifth are wrongly labelled."""
        rng = np.random.default_rng(seed)
        training, test = data.digits().split(200, rng)
        wrong = rng.random(200) < 0.2
        labels = np.where(wrong, (training.y + rng.integers(1, 10, size=200)) % 10, training.y)
        model = networks.MLP((64, 32, 10))
        theta0, row = model.init(rng), dict[str, float | Array]()
        for size, rate in BATCH_RATES.items():
            theta, J = _until(model, theta0, training.X, labels, size, rate, rng)
            row |= {f"error_{size}": float(model.error_rate(theta, test.X, test.y)), f"J_{size}": J}
        return row

    @property
    def saved(self) -> Array:
        """Test error of the full batch minus that of single examples, seed by seed, shape (n_seeds,)."""
        return np.asarray(self[f"error_{max(BATCH_RATES)}"] - self["error_1"])


class SparseRegressions(Measurement, name="minibatch-variance-sparse", rtol=1e-3):
    r"""Noiseless sparse regressions by a diagonal linear network, $w = u^2 - v^2$, from $u = v = 0.1$.

    ratio : excess risk of single-example descent over that of the full batch, shape (n_seeds, rates), at the
    learning rates `RATES`; train : final training costs, the full batch's first, shape (n_seeds, 1 + rates).

    Source: S. Pesme, L. Pillaud-Vivien and N. Flammarion (2021), whose setting this is.

    >>> SparseRegressions.load()["ratio"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int, m: int = 40, d: int = 100, n_relevant: int = 5) -> Row:
        """The full batch at the first rate, and single examples at each rate."""
        rng = np.random.default_rng(seed)
        X, w_star = rng.standard_normal((m, d)), np.zeros(d)
        w_star[:n_relevant] = 1
        runs = [_diagonal(X, X @ w_star, RATES[0], rng, None)]
        runs += [_diagonal(X, X @ w_star, rate, rng, 1) for rate in RATES]
        excess = [np.square(w - w_star).sum() for w in runs]
        train = [np.square(X @ (w - w_star)).mean() for w in runs]
        return {"ratio": np.array(excess[1:]) / excess[0], "train": np.array(train)}

    def plot(self, noisy: NoisyDigits) -> Figure:
        """Draw these regressions and the noisy digits against the full batch, a dot a seed."""
        fig, (left, right) = plotting.figure(1, 2, height=3.4)
        jitter = np.linspace(-0.12, 0.12, len(self["ratio"]))
        for k in range(len(RATES)):
            left.plot(k + jitter, self["ratio"][:, k], "o", markersize=4, color="ravine:blue")
        left.axhline(1, color="ravine:black", linewidth=1, linestyle="--")
        left.set_xticks(range(len(RATES)), [f"{rate:g}" for rate in RATES])
        left.set(
            xlabel=r"learning rate $\epsilon$, $B = 1$", ylabel="excess risk / full batch", ylim=(0, 1.2)
        )
        left.set(title="sparse regression")
        full = noisy[f"error_{max(BATCH_RATES)}"]
        spread = np.linspace(-0.12, 0.12, len(full))
        for k, size in enumerate((10, 1)):
            right.plot(k + spread, noisy[f"error_{size}"] / full, "o", markersize=4, color="ravine:orange")
        right.axhline(1, color="ravine:black", linewidth=1, linestyle="--")
        right.set_xticks([0, 1], ["10", "1"])
        right.set(xlabel="batch size $B$", ylabel="test error / full batch", ylim=(0, 1.2))
        right.set(title="digits, wrong labels")
        return fig


class BatchesOfFour(Measurement, name="minibatch-variance-fours", rtol=1e-3):
    """The same regressions by batches of four at the first rate: four times the examples a step.

    ratio : excess risk over that of the full batch, shape (n_seeds,).

    >>> BatchesOfFour.load()["ratio"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The full batch and batches of four, from the same start."""
        rng = np.random.default_rng(seed)
        X, w_star = rng.standard_normal((40, 100)), np.zeros(100)
        w_star[:5] = 1
        runs = [_diagonal(X, X @ w_star, RATES[0], rng, size) for size in (None, 4)]
        full, four = (float(np.square(w - w_star).sum()) for w in runs)
        return {"ratio": four / full}


def _diagonal(X: Array, y: Array, rate: float, rng: np.random.Generator, batch_size: int | None) -> Array:
    """Descend half the squared error in u and v until the mean squared error is below a millionth."""
    m, d = X.shape
    u, v = np.full(d, 0.1), np.full(d, 0.1)
    for _ in range(2000 if batch_size else 80_000):
        residual = X @ (u * u - v * v) - y
        if np.square(residual).mean() < 1e-6:
            break
        if batch_size is None:
            g = 2 * rate * residual @ X / m
            u, v = u - u * g, v + v * g
            continue
        if batch_size > 1:
            for rows in rng.integers(m, size=(m // batch_size, batch_size)):
                g = 2 * rate * (X[rows] @ (u * u - v * v) - y[rows]) @ X[rows] / batch_size
                u, v = u - u * g, v + v * g
            continue
        for i in rng.integers(m, size=(m,)):
            g = 2 * rate * (X[i] @ (u * u - v * v) - y[i]) * X[i]
            u, v = u - u * g, v + v * g
    return np.asarray(u * u - v * v)


def _until(
    model: networks.MLP, theta: Array, X: Array, y: Array, size: int, rate: float, rng: np.random.Generator
) -> tuple[Array, float]:
    """Train epoch by epoch until the training cost is at most the target."""
    whole = model.problem(X, y)
    for _ in range(20_000):
        order = rng.permutation(len(X))
        for rows in (order[i : i + size] for i in range(0, len(X), size)):
            part = whole if size == len(X) else model.problem(X[rows], y[rows])
            theta = theta - rate * part.grad(theta)
        if (J := float(whole.value(theta))) <= TARGET:
            return theta, J
    raise RuntimeError(f"no minibatch of {size} brought the cost to {TARGET}")
