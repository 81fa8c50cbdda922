"""SGD itself on least squares: where it hovers, what the diffusion says, and what shuffling changes."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import sgd_as_noise as theory

N_EXAMPLES = 60

SETTINGS = ((0.02, 1), (0.04, 2), (0.1, 5), (0.1, 1))
"""Learning rate and batch; the first three have one ratio, and the diffusion cannot tell them apart."""

N_CHAINS, SETTLING, N_STEPS = 200, 400, 1200

SHUFFLES = ("each step anew", "shuffled once", "shuffled each epoch")

SLOW, N_EPOCHS, FIRST_EPOCHS = 0.005, 60, 40
"""Learning rate, epochs measured and those before, of the runs that shuffle."""


@dataclass(frozen=True)
class Regression:
    """Examples X (60, 2), targets y, and the least-squares solution w_star with its Hessian."""

    X: Array
    y: Array
    w_star: Array
    H: Array

    def excess(self, w: Array) -> Array:
        """The cost above the minimum; (..., 2) -> (...).

        Raises
        ------
        ValueError : w has another last axis, or numbers that are not finite.
        """
        d = _check.array("w", w, last=2) - self.w_star
        return np.asarray(((d @ self.H) * d).sum(axis=-1) / 2)


def regression() -> Regression:
    """The one data set of the chapter: 60 normal examples, the targets a linear function and noise.

    >>> regression().X.shape
    (60, 2)
    """
    rng = np.random.default_rng(2019)
    X = rng.standard_normal((N_EXAMPLES, 2))
    y = X @ np.array([1.0, -1.0]) + rng.standard_normal(N_EXAMPLES)
    return Regression(X, y, np.linalg.lstsq(X, y, rcond=None)[0], X.T @ X / N_EXAMPLES)


@dataclass(frozen=True)
class Hovering:
    """Mean costs above the minimum, (4,), one for each of `SETTINGS`: measured, exact, and by the diffusion.

    shuffled : way of drawing -> the same at the ends of epochs, for a learning rate of 0.005.
    """

    measured: Array
    exact: Array
    diffusion: Array
    shuffled: dict[str, float]

    @property
    def ratio(self) -> Array:
        """Measured over exact, (4,)."""
        return np.asarray(self.measured / self.exact)

    def plot(self) -> Figure:
        """Draw the excess costs over those of the diffusion, to which the first three settings are one."""
        fig, ax = plotting.figure(height=3.2)
        place = np.arange(len(SETTINGS))
        ax.plot(place, self.exact / self.diffusion, "_", color="ravine:black", markersize=26, label="exact")
        ax.plot(place, self.measured / self.diffusion, "o", color="ravine:orange", label="SGD")
        ax.axhline(1, linestyle="--", color="ravine:blue", label="diffusion")
        ax.set_xticks(place, [f"{rate:g}\n{B}" for rate, B in SETTINGS])
        ax.set(xlabel=r"learning rate $\epsilon$, batch $B$", ylabel="excess cost / the diffusion's")
        ax.legend()
        return fig


def hover(seed: int = 0) -> Hovering:
    r"""Run SGD from the solution of a least-squares problem, and see where it hovers.

    $w \leftarrow w - \frac\epsilon B \sum_{i \in batch} x_i (x_i^\top w - y_i)$.

    Parameters
    ----------
    seed : of the batches.

    Returns
    -------
    Hovering

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> run = hover()
    >>> bool(abs(run.ratio - 1).max() < 0.1)
    True
    """
    rng, data = _check.seeded(seed), regression()
    measured = [excess_of(data, rate, B, rng) for rate, B in SETTINGS]
    known = [theory.least_squares_excess(data.X, data.y, rate, B) for rate, B in SETTINGS]
    exact, diffusion = (np.array([each[name] for each in known]) for name in ("exact", "diffusion"))
    shuffled = {how: excess_of_epochs(data, how, rng) for how in SHUFFLES}
    return Hovering(np.array(measured), exact, diffusion, shuffled)


def excess_of(data: Regression, rate: float, B: int, rng: np.random.Generator) -> float:
    """The mean cost above the minimum of many chains, batches drawn with replacement."""
    w, total = np.tile(data.w_star, (N_CHAINS, 1)), 0.0
    for t in range(SETTLING + N_STEPS):
        batch = rng.integers(N_EXAMPLES, size=(N_CHAINS, B))
        x, y = data.X[batch], data.y[batch]
        rest = (x * w[:, None]).sum(axis=-1) - y
        w = w - rate / B * (rest[..., None] * x).sum(axis=1)
        if t >= SETTLING:
            total += float(data.excess(w).mean())
    return total / N_STEPS


def excess_of_epochs(data: Regression, how: str, rng: np.random.Generator) -> float:
    """The same at the ends of epochs of single examples, drawn in one of the ways `SHUFFLES`."""
    w, total, order = np.tile(data.w_star, (N_CHAINS, 1)), 0.0, None
    for epoch in range(FIRST_EPOCHS + N_EPOCHS):
        if how == "each step anew":
            order = rng.integers(N_EXAMPLES, size=(N_EXAMPLES, N_CHAINS))
        elif how == "shuffled each epoch" or order is None:
            order = rng.random((N_EXAMPLES, N_CHAINS)).argsort(axis=0)
        for i in order:
            x = data.X[i]
            rest = (x * w).sum(axis=1) - data.y[i]
            w = w - SLOW * rest[:, None] * x
        if epoch >= FIRST_EPOCHS:
            total += float(data.excess(w).mean())
    return total / N_EPOCHS


class LeastSquares(Measurement, name="sgd-as-noise-least-squares"):
    """Where SGD hovers, over all seeds.

    Columns: `ratio` (n_seeds, 4), measured over exact for each of `SETTINGS`; `shuffled` (n_seeds, 3), the
    cost above the minimum at the ends of epochs for each of `SHUFFLES`.

    >>> LeastSquares.load()["ratio"].shape
    (20, 4)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All settings and all ways of drawing."""
        run = hover(seed)
        return {"ratio": run.ratio, "shuffled": np.array(list(run.shuffled.values()))}

    def plot(self) -> Figure:
        """Draw the cost above the minimum at the ends of epochs, one dot a seed, for each way of drawing."""
        fig, ax = plotting.figure(height=3.0)
        for j, how in enumerate(SHUFFLES):
            y = self["shuffled"][:, j]
            ax.semilogx(y, np.full(len(y), j), "o", color="ravine:orange", markersize=4, label=f"_{how}")
        ax.set_yticks(range(len(SHUFFLES)), SHUFFLES)
        ax.invert_yaxis()
        ax.set(xlabel="cost above the minimum")
        return fig
