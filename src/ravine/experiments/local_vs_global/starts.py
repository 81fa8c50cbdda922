"""What the initial weights decide: their scale, and whether hidden units start alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array, Problem
from ravine.experiments._measurement import Measurement, Row

N_TRAIN, N_HIDDEN = 500, 32
"""Digits, drawn anew for each seed (the other 1297 are the test set), and units in each hidden layer."""

SCALES = (0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Factors on the customary initial weights."""

SLOW_SCALES = (0.1, 0.01)
"""Those at which the delay of two hidden layers is measured, over SLOW_STEPS."""

LEARNING_RATE, N_STEPS, SLOW_STEPS = 0.5, 400, 1100
"""Of full-batch gradient descent."""

LEFT, ARRIVED = 2.2, 0.1
"""Costs below which a run has left the plateau, which is near ln 10 = 2.30, and has arrived."""

OFFSETS = (1e-3, 1e-6, 1e-9, 1e-12)
"""How far apart hidden units start that are to be twins: the standard deviation of their weights."""

APART, TWIN_STEPS, TWIN_EVERY = 0.1, 500, 10
"""The distance at which twins count as separated, their steps, and how often the distance is recorded."""


@dataclass(frozen=True)
class Start:
    """Runs from the same weights times each of the scales; every array has one entry a scale.

    left, arrived : steps until the cost is below LEFT and ARRIVED, the last step where it never is.
    J : the training cost at the end. test_error : at the end, a fraction. per_decade : the steps that the
    Hessian at the origin promises for each factor ten in the scale, if there is one hidden layer.
    """

    scales: Array
    left: Array
    arrived: Array
    J: Array
    test_error: Array
    per_decade: float


def start_scaled(
    seed: int, n_layers: int = 1, scales: Sequence[float] = SCALES, *, n_steps: int = N_STEPS
) -> Start:
    r"""Train one tanh network from several multiples of its initial weights.

    Near the origin a network with one hidden layer leaves along the top singular vectors of
    $C = \mathrm E[x (y - p)^\top]$, by a factor $1 + \epsilon\sigma_1$ a step, so that a start ten times
    closer takes $\ln 10 / \ln(1 + \epsilon\sigma_1)$ steps more. With two hidden layers the Hessian between
    the weights vanishes there, and the cost begins with products of three of them.

    Parameters
    ----------
    seed : of the digits and the weights.
    n_layers : hidden layers of 32 units, at least 1.
    scales : factors on the customary weights, each positive.
    n_steps : of full-batch gradient descent.

    Returns
    -------
    Start

    Raises
    ------
    ValueError : arguments out of their range.

    >>> found = start_scaled(0, scales=(0.01, 1.0), n_steps=60)
    >>> bool(found.left[0] > 5 * found.left[1])
    True
    """
    rng = _check.seeded(seed)
    hidden = [N_HIDDEN] * _check.count("n_layers", n_layers)
    factors = _check.array("scales", scales, ndim=1)
    if not (len(factors) and (factors > 0).all()):
        raise ValueError(f"scales: got {scales!r}; want one or more positive numbers")
    train, test = data.digits().split(N_TRAIN, rng)
    model = networks.MLP((64, *hidden, 10), "tanh")
    theta0 = factors[:, None] * model.init(rng)
    trace = descent.minimise(
        model.problem(train.X, train.y), rules.gradient_descent(LEARNING_RATE), theta0, n_steps=n_steps
    )
    targets = np.eye(10)[train.y]
    correlation = train.X.T @ (targets - targets.mean(axis=0)) / N_TRAIN
    growth = np.log1p(LEARNING_RATE * np.linalg.norm(correlation, 2))
    return Start(
        factors,
        np.minimum(trace.steps_to(LEFT), n_steps),
        np.minimum(trace.steps_to(ARRIVED), n_steps),
        trace.J[-1],
        model.error_rate(trace.theta[-1], test.X, test.y),
        float(np.log(10) / growth),
    )


@dataclass(frozen=True)
class Twins:
    """Networks whose hidden units start alike up to an offset, and one in which they are kept alike.

    steps (k,) : when recorded. apart (k, n_offsets) : the largest difference between two hidden units in any
    weight. J (k, n_offsets), held (k,) : cost, free and kept alike. error, held_error : share of the training
    digits misread at the end, (n_offsets,) and a number.
    """

    offsets: Array
    steps: Array
    apart: Array
    J: Array
    held: Array
    error: Array
    held_error: float

    @property
    def separated(self) -> Array:
        """The recorded step by which twins are APART, the last one where they never are, (n_offsets,)."""
        beyond = self.apart > APART
        return np.asarray(np.where(beyond.any(axis=0), self.steps[beyond.argmax(axis=0)], self.steps[-1]))


def twins(seed: int, offsets: Sequence[float] = OFFSETS, *, n_steps: int = TWIN_STEPS) -> Twins:
    """Train a network with one hidden layer whose units start (almost) alike.

    Units with equal weights get equal gradients, so that in exact arithmetic they stay equal for ever, and
    the layer is one unit wide. The equal state is a saddle: rounding, or any offset, grows exponentially.

    Parameters
    ----------
    seed : of the digits, the common weights and the offsets.
    offsets : standard deviations of what is added to the weights into each unit, each positive.
    n_steps : of full-batch gradient descent.

    Returns
    -------
    Twins : `held` is a run in which the units are averaged after each step, which leaves no rounding to grow.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: I. Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016), section 8.4, on the need to break
    the symmetry between units.

    >>> pair = twins(0, (1e-3, 1e-6), n_steps=300)
    >>> bool(pair.separated[0] < pair.separated[1]), pair.held.shape
    (True, (31,))
    """
    rng = _check.seeded(seed)
    sizes = _check.array("offsets", offsets, ndim=1)
    if not (len(sizes) and (sizes > 0).all()):
        raise ValueError(f"offsets: got {offsets!r}; want one or more positive numbers")
    train, _ = data.digits().split(N_TRAIN, rng)
    model = networks.MLP((64, N_HIDDEN, 10), "tanh")
    alike = _averaged(model, model.init(rng) * N_HIDDEN**0.5)  # of the customary size again, after averaging
    theta0 = np.repeat(alike[None], len(sizes), axis=0)
    model.unflatten(theta0)[0][0][...] += sizes[:, None, None] * rng.standard_normal((64, N_HIDDEN))
    problem, plain = model.problem(train.X, train.y), rules.gradient_descent(LEARNING_RATE)
    free = descent.minimise(problem, plain, theta0, n_steps=n_steps, record_every=TWIN_EVERY)
    held = descent.minimise(
        problem, _held_alike(model, plain), alike, n_steps=n_steps, record_every=TWIN_EVERY
    )
    errors = model.error_rate(np.stack([*free.theta[-1], held.theta[-1]]), train.X, train.y)
    return Twins(
        sizes,
        free.steps.astype(np.float64),
        _differences(model, free.theta),
        free.J,
        held.J,
        errors[:-1],
        float(errors[-1]),
    )


def _averaged(model: networks.MLP, theta: Array) -> Array:
    """theta (n,) with every hidden unit replaced by the mean of all."""
    theta = theta.copy()
    (W, b), (V, _) = model.unflatten(theta)
    W[...], b[...], V[...] = W.mean(axis=1, keepdims=True), b.mean(), V.mean(axis=0)
    return theta


def _held_alike(model: networks.MLP, rule: rules.Rule) -> rules.Rule:
    """The rule, averaging the hidden units after each step, which changes nothing but their rounding."""

    def update(
        problem: Problem, theta: Array, state: rules.State, t: int, scale: float = 1.0
    ) -> tuple[Array, rules.State]:
        theta, state = rule.update(problem, theta, state, t, scale)
        return _averaged(model, theta), state

    return rules.Rule(rule.name, rule.init, update, rule.hyperparameters)


def _differences(model: networks.MLP, theta: Array) -> Array:
    """The largest difference between two hidden units in any weight; theta (..., n) -> (...)."""
    (W, b), (V, _) = model.unflatten(theta)
    parts = [np.ptp(W, axis=-1).max(axis=-1), np.ptp(b, axis=-1), np.ptp(V, axis=-2).max(axis=-1)]
    return np.asarray(np.max(parts, axis=0))


class Starts(Measurement, name="local-vs-global-starts", rtol=1e-3):
    """Scaled starts over all seeds: left, arrived, J and test of "one" and "two", (n_seeds, len(SCALES)).

    Besides, two_delay (n_seeds, len(SLOW_SCALES)) in steps, and per_decade (n_seeds,) as predicted.

    >>> bool((Starts.load().at("two_arrived", 0.001) == N_STEPS).all())  # they have not moved
    True
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All scales with one and with two hidden layers, and the delays of two."""
        row: dict[str, float | Array] = {}
        for name, n_layers in (("one", 1), ("two", 2)):
            found = start_scaled(seed, n_layers)
            row |= {f"{name}_left": found.left, f"{name}_arrived": found.arrived}
            row |= {f"{name}_J": found.J, f"{name}_test": found.test_error}
            row["per_decade"] = found.per_decade
        row["two_delay"] = start_scaled(seed, 2, SLOW_SCALES, n_steps=SLOW_STEPS).left
        return row

    def at(self, name: str, scale: float) -> Array:
        """A measurement at one of SCALES, such as "one_J", over the seeds, (n_seeds,)."""
        _check.one_of("name", name, self.over(SCALES))
        return self[name][:, _check.place("scale", scale, SCALES)]

    @property
    def per_decade(self) -> Array:
        """Steps by which one hidden layer leaves later from a tenth of the scale, over those predicted."""
        later = self.at("one_left", 0.001) - self.at("one_left", 0.01)
        return later / self["per_decade"]

    def plot(self) -> Figure:
        """Draw the steps until training has arrived, and the test error after all steps, over the scale."""
        fig, (above, below) = plotting.figure(2, 1, height=6.0, sharex=True)
        for name, colour, label in (("one", "blue", "one hidden layer"), ("two", "orange", "two")):
            for ax, what in ((above, "arrived"), (below, "test")):
                samples = self[f"{name}_{what}"]
                plotting.spread(ax, SCALES, samples, label=label, colour=colour, marker="o")
        above.axhline(N_STEPS, color="ravine:black", linestyle="--", linewidth=1)
        above.set(ylabel=f"steps until $J < {ARRIVED:g}$", ylim=(0, 1.06 * N_STEPS))
        below.set(ylabel="test error", ylim=(0, 1), xscale="log", xlabel="scale of the initial weights")
        above.legend(loc="lower left")
        return fig


class Separations(Measurement, name="local-vs-global-twins", rtol=0.05):
    """Twins over all seeds: separated, J, error (n_seeds, len(OFFSETS)); held_J, held_error (n_seeds,).

    >>> Separations.load()["separated"].shape
    (20, 4)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """When twins separate, and what those do that never do."""
        found = twins(seed)
        return {
            "separated": found.separated,
            "J": found.J[-1],
            "error": found.error,
            "held_J": float(found.held[-1]),
            "held_error": found.held_error,
        }
