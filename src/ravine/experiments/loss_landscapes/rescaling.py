"""The same function at other weights: what rescaling does to slices, layer by layer and unit by unit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, curvature, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

TOY, N_TOY, TOY_STEPS, TOY_SEED = (64, 16, 10), 100, 150, 0
"""The small network of the live figure: widths, digits, steps of training, seed."""

SIZES, N_TRAIN, BATCH_SIZE, RATE, N_STEPS = (64, 32, 32, 10), 500, 50, 0.05, 400
"""Widths of the layers of the networks that are measured, digits, batch size, learning rate and steps."""

FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""What the first layer is multiplied, and the second divided by, for the largest curvature."""

N_SLICES, LARGEST = 50, 10.0
"""Directions over which a curvature is averaged; random factors lie between 1 / LARGEST and LARGEST."""

RESCALED = {
    "fixed_layers": "fixed directions,\nlayers rescaled",
    "filters_layers": "own filters,\nlayers rescaled",
    "filters_units": "own filters,\nunits rescaled",
}
"""Which directions, and what is rescaled -> how the figure calls it."""


@dataclass(frozen=True, eq=False)
class Toy:
    r"""A trained rectified network, and a direction with filters of its own size, seen along a line.

    Along $\theta + s d$ the units receive `received + s * changed`, each (n_examples, n_units), and answer by
    `answers + s * turned`, each (n_units, n_classes); `biases` (n_classes,) stay. labels (n_examples,).
    cost : that of the training digits. error : the share of new digits that are misread.
    """

    received: Array
    changed: Array
    answers: Array
    turned: Array
    biases: Array
    labels: NDArray[np.int64]
    cost: float
    error: float


@cache
def toy() -> Toy:
    """Train the small network; its numbers are rounded to four decimals, so that any machine draws the same.

    >>> found = toy()
    >>> found.received.shape, found.answers.shape, bool(found.cost < 0.02)
    ((100, 16), (16, 10), True)
    """
    rng = np.random.default_rng(TOY_SEED)
    training, test = data.digits().split(N_TOY, rng)
    model = networks.MLP(TOY, "relu")
    options: dict[str, Any] = {
        "batch_size": N_TOY,
        "n_steps": TOY_STEPS,
        "rng": rng,
        "record_every": TOY_STEPS,
    }
    theta = descent.train(
        model, rules.momentum(0.1), model.init(rng), training.X, training.y, **options
    ).theta[-1]
    (W, b), (V, c) = model.unflatten(theta)
    first, second = (filters(weights, rng.standard_normal(weights.shape)) for weights in (W, V))
    parts = [np.round(part, 4) for part in (training.X @ W + b, training.X @ first, V, second, c)]
    cost, error = model.loss(theta, training.X, training.y), model.error_rate(theta, test.X, test.y)
    return Toy(parts[0], parts[1], parts[2], parts[3], parts[4], training.y, float(cost), float(error))


def filters(weights: Array, draws: Array) -> Array:
    """The draws, each column of the length of the weights' column: one filter is what enters one unit."""
    lengths = [np.linalg.norm(x, axis=-2, keepdims=True) for x in (weights, draws)]
    return np.asarray(draws * lengths[0] / lengths[1])


def rescaled(model: networks.MLP, theta: Array, factors: Sequence[Array]) -> Array:
    r"""Weights and bias of each hidden unit times its factor, what leaves it divided: the same function.

    $\mathrm{relu}(c z) = c\, \mathrm{relu}(z)$ for $c > 0$.

    Parameters
    ----------
    model : plain and rectified.
    theta : (n,).
    factors : for each hidden layer, one positive number a unit.

    Returns
    -------
    Array : (n,).

    Raises
    ------
    ValueError : another kind of network, or factors that do not fit.

    Source: L. Dinh et al. (2017), ICML, definition 5.

    >>> model, rng = networks.MLP((3, 2, 2), "relu"), np.random.default_rng(0)
    >>> theta, X = model.init(rng), rng.standard_normal((5, 3))
    >>> moved = rescaled(model, theta, [np.array([10.0, 0.1])])
    >>> bool(np.allclose(model.logits(moved, X), model.logits(theta, X)))
    True
    """
    if model.residual or model.activation != "relu":
        raise ValueError(f"model: got {model!r}; want a plain network with 'relu'")
    hidden = model.sizes[1:-1]
    if len(factors) != len(hidden):
        raise ValueError(f"factors: got {len(factors)}; want {len(hidden)}, one a hidden layer")
    moved = _check.array("theta", theta, ndim=1, last=model.n).copy()
    layers = model.unflatten(moved)
    for l, (units, given) in enumerate(zip(hidden, factors, strict=True)):
        c = _check.array("factors", given, ndim=1, last=units)
        if (c <= 0).any():
            raise ValueError(f"factors: got {c.min()}; want numbers > 0")
        W, b = layers[l]
        W *= c
        b *= c
        layers[l + 1][0][...] /= c[:, None]
    return moved


@dataclass(frozen=True)
class Rescaled:
    """What rescaling without effect on the function does to the curvature of one network.

    sharpness : (5,) largest eigenvalue of the Hessian where the first layer is multiplied, and the second
    divided, by each of `FACTORS`. change : the largest change of the cost that any rescaling made.
    ratios : kind of `RESCALED` -> mean curvature along random directions after a random rescaling, over that
    before.
    """

    sharpness: Array
    change: float
    ratios: dict[str, float]


def rescalings(seed: int) -> Rescaled:
    r"""Train a rectified network, rescale it at random, and measure curvatures before and after.

    Factors are drawn between 1/10 and 10, evenly in their logarithm: one a hidden layer, or one a unit.

    Parameters
    ----------
    seed : of the digits, the weights, the minibatches, the directions and the factors.

    Returns
    -------
    Rescaled

    Raises
    ------
    ValueError : seed is not a natural number.

    Source: L. Dinh et al. (2017), ICML; H. Li et al. (2018), NeurIPS, section 4.
    """
    rng = _check.seeded(seed)
    training, _ = data.digits().split(N_TRAIN, rng)
    model = networks.MLP(SIZES, "relu")
    options: dict[str, Any] = {
        "batch_size": BATCH_SIZE,
        "n_steps": N_STEPS,
        "rng": rng,
        "record_every": N_STEPS,
    }
    trace = descent.train(model, rules.momentum(RATE), model.init(rng), training.X, training.y, **options)
    theta, problem = trace.theta[-1], model.problem(training.X, training.y)
    hidden, reach = SIZES[1:-1], np.log(LARGEST)
    by_layer = [np.full(units, np.exp(rng.uniform(-reach, reach))) for units in hidden]
    by_unit = [np.exp(rng.uniform(-reach, reach, units)) for units in hidden]
    layers, units = (rescaled(model, theta, factors) for factors in (by_layer, by_unit))
    draws = rng.standard_normal((N_SLICES, model.n))
    fixed, filtered = (_mean_curvature(problem, theta, d) for d in (draws, own(model, theta, draws)))
    ratios = {
        "fixed_layers": _mean_curvature(problem, layers, draws) / fixed,
        "filters_layers": _mean_curvature(problem, layers, own(model, layers, draws)) / filtered,
        "filters_units": _mean_curvature(problem, units, own(model, units, draws)) / filtered,
    }
    moved = [rescaled(model, theta, [np.full(hidden[0], r), np.ones(hidden[1])]) for r in FACTORS]
    sharpness = [_sharpness(problem, point, rng) for point in moved]
    change = max(abs(float(problem.value(point) - problem.value(theta))) for point in (layers, units, *moved))
    return Rescaled(np.array(sharpness), change, ratios)


def own(model: networks.MLP, theta: Array, draws: Array) -> Array:
    """Filter-normalised directions from draws (k, n): a unit's weights as long as in theta, biases 0."""
    directions = draws.copy()
    for (W, b), (weights, _) in zip(model.unflatten(directions), model.unflatten(theta), strict=True):
        W[...] = filters(weights, W)
        b[...] = 0
    return directions


def product(problem: networks.NetworkProblem, theta: Array) -> Callable[[Array], Array]:
    """The Hessian at theta as a function v -> H v."""
    return lambda v: problem.hvp(theta, v)


def _mean_curvature(problem: networks.NetworkProblem, theta: Array, d: Array) -> float:
    hvp = product(problem, theta)
    return float(np.mean([v @ hvp(v) for v in d]))


def _sharpness(problem: networks.NetworkProblem, theta: Array, rng: np.random.Generator) -> float:
    return float(curvature.top_eigenvalues(product(problem, theta), problem.n, 1, rng, 1e-4)[0])


class Rescalings(Measurement, name="loss-landscapes-rescalings", rtol=0.02, zeros={"change": 1e-13}):
    """`Rescaled` over all seeds: `sharpness` (n_seeds, 5), `change`, and a column for each of `RESCALED`.

    >>> Rescalings.load()["sharpness"].shape
    (20, 5)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All of one seed."""
        found = rescalings(seed)
        return {"sharpness": found.sharpness, "change": found.change, **found.ratios}

    @property
    def ratios(self) -> dict[str, Array]:
        """Kind -> curvature after over curvature before, (n_seeds,)."""
        return {kind: self[kind] for kind in RESCALED}

    def plot(self) -> Figure:
        """Draw the sharpness over the factor, and each kind's ratios, a dot a seed."""
        fig, axes = plotting.figure(1, 2, width=8.6)
        left, right = axes.flat
        plotting.spread(left, FACTORS, self["sharpness"], colour="orange")
        left.set(xscale="log", yscale="log", xlabel="factor $r$ of the first layer",
                 ylabel=r"largest curvature $\lambda_n$")  # fmt: skip
        for at, (kind, ratio) in enumerate(self.ratios.items()):
            beside = np.linspace(-0.2, 0.2, len(ratio))
            right.plot(at + beside, np.sort(ratio), "o", markersize=4, label=f"_{kind}",
                       color=f"ravine:{'orange' if kind == 'fixed_layers' else 'blue'}")  # fmt: skip
        right.axhline(1, color="ravine:grey", linestyle="--", linewidth=1)
        right.set_xticks(range(len(RESCALED)), list(RESCALED.values()))
        right.set(yscale="log", ylabel="curvature after / before")
        return fig
