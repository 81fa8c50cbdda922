"""What random slices show of a Hessian: its mean curvature. Saddles hide in it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, networks, plotting, rules
from ravine._typing import Array
from ravine.descent import train
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import loss_landscapes as theory

DIMENSIONS, N_SHARES, N_LINES = (20, 100, 1000), 11, 400
"""Dimensions of the saddles, shares of negative curvatures, from 0 to a half, and lines through each."""

SIZES, N_TRAIN, BATCH_SIZE, RATE, TIMES = (64, 10, 10), 500, 50, 0.3, (0, 20, 400)
"""Widths of the layers of the network, its digits, batch size and rate, and the steps where it is sliced."""

N_SLICES = 1000
"""Random directions along which the curvature of the network's cost is measured."""

NEGLIGIBLE = 1e-3
"""A curvature counts as negative where it is below minus this share of the largest one."""


@dataclass(frozen=True)
class Saddles:
    """How often a random line through a saddle looks like a valley, measured.

    shares : (N_SHARES,) of negative curvatures. looks : dimension -> (N_SHARES,) shares of lines that bend
    upwards.
    """

    shares: Array
    looks: dict[int, Array]

    def plot(self) -> Figure:
        """Draw the shares, and what theory says."""
        return _draw({n: looks[None] for n, looks in self.looks.items()})


def saddles(seed: int) -> Saddles:
    r"""Draw random lines through saddles whose n curvatures are 1 or -1, and count those that bend upwards.

    Parameters
    ----------
    seed : of the lines.

    Returns
    -------
    Saddles

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> found = saddles(0)
    >>> found.looks[100].shape, float(found.looks[100][0])
    ((11,), 1.0)
    """
    rng = _check.seeded(seed)
    shares = np.linspace(0, 0.5, N_SHARES)
    looks = {}
    for n in DIMENSIONS:
        signs = np.where(np.arange(n) < np.rint(shares * n)[:, None], -1.0, 1.0)
        curvature = rng.standard_normal((N_LINES, n)) ** 2 @ signs.T
        looks[n] = (curvature > 0).mean(axis=0)
    return Saddles(shares, looks)


class Lines(Measurement, name="loss-landscapes-lines"):
    """The shares of `Saddles` over all seeds: `looks_20`, `looks_100` and `looks_1000`, (n_seeds, N_SHARES).

    >>> Lines.load()["looks_100"].shape
    (20, 11)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All dimensions."""
        return {f"looks_{n}": looks for n, looks in saddles(seed).looks.items()}

    def plot(self) -> Figure:
        """Draw the range over the seeds, and what theory says."""
        return _draw({n: self[f"looks_{n}"] for n in DIMENSIONS})


def _draw(looks: dict[int, Array]) -> Figure:
    fig, ax = plotting.figure()
    shares = np.linspace(0, 0.5, N_SHARES)
    for (n, rows), colour in zip(looks.items(), ("green", "blue", "orange"), strict=True):
        middle = np.median(rows, axis=0)
        below, above = middle - rows.min(axis=0), rows.max(axis=0) - middle
        look = {"color": f"ravine:{colour}"}
        ax.errorbar(shares, middle, [below, above], fmt="o", markersize=4, label=f"{n} dimensions", **look)
        k = np.unique(np.rint(np.linspace(0, 0.5, 51) * n).astype(int))
        predicted = [theory.convex_looking(n, int(negative)) for negative in k]
        ax.plot(k / n, predicted, "--", linewidth=1.2, label=f"_predicted, {n}", **look)
    ax.set(xlabel="share of curvatures that are negative", ylabel="share of random lines that bend upwards")
    ax.legend(loc="lower left")
    return fig


@dataclass(frozen=True)
class Look:
    """The Hessian of a network at some moments of its training, and random slices through these points.

    steps : (n_moments,). lowest : the least curvature over the largest. negative : the share of
    curvatures that are negative. upwards : the share of slices that bend upwards.
    mean, spread : mean of the curvature along the slices over tr H; its standard deviation over the
    predicted one.
    """

    steps: Array
    lowest: Array
    negative: Array
    upwards: Array
    mean: Array
    spread: Array


def look(seed: int) -> Look:
    r"""Form the Hessian of a small network before, early in and after training, and slice it at random.

    Along $d \sim N(0, I)$ the curvature $d^\top H d$ has the mean $\mathrm{tr}\, H$ and the variance
    $2\, \mathrm{tr}\, H^2$.

    Parameters
    ----------
    seed : of the digits, the initial weights, the minibatches and the slices.

    Returns
    -------
    Look

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> found = look(0)
    >>> found.steps.tolist(), bool((found.lowest < 0).all())
    ([0, 20, 400], True)
    """
    rng = _check.seeded(seed)
    training, _ = data.digits().split(N_TRAIN, rng)
    model = networks.MLP(SIZES, "tanh")
    rule, theta0, every = rules.gradient_descent(RATE), model.init(rng), TIMES[1]
    options: dict[str, Any] = {
        "batch_size": BATCH_SIZE,
        "n_steps": TIMES[-1],
        "rng": rng,
        "record_every": every,
    }
    trace = train(model, rule, theta0, training.X, training.y, **options)
    moments = trace.theta[[t // every for t in TIMES]]
    rows = [_sliced(H, rng) for H in model.hessian(moments, training.X, training.y)]
    return Look(np.array(TIMES), *np.array(rows).T)


def _sliced(H: Array, rng: np.random.Generator) -> list[float]:
    """Lowest, negative, upwards, mean and spread of `Look`."""
    lam = np.linalg.eigvalsh(H)
    d = rng.standard_normal((N_SLICES, len(H)))
    curvature = ((d @ H) * d).sum(axis=1)
    mean, variance = theory.slice_curvature(H)
    negative = (lam < -NEGLIGIBLE * lam[-1]).mean()
    return [lam[0] / lam[-1], negative, (curvature > 0).mean(), curvature.mean() / mean,
            curvature.std() / variance**0.5]  # fmt: skip


class Looks(Measurement, name="loss-landscapes-looks"):
    """`Look` over all seeds: its columns, each (n_seeds, 3).

    >>> Looks.load()["upwards"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All moments of one seed."""
        found = look(seed)
        names = ("lowest", "negative", "upwards", "mean", "spread")
        return {name: getattr(found, name) for name in names}
