"""A network on digits at an exact saddle: its spectrum from theory, and how four rules leave it."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory.saddles import growth

SIZES = (64, 4, 3)
"""Widths of the layers."""

N_TRAIN = 300
"""Images of the digits 0, 1 and 2, drawn anew for each seed."""

DELTA, RADIUS = 1e-4, 0.1
"""Distance from the saddle at the start, and that at which a run counts as gone."""

LEARNING_RATE, MOMENTUM, DAMPING = 0.5, 0.9, 1e-2
"""Of the escapes; the damping is for both Newtons, since H is singular here, and nearly so on the way."""

SECOND_ORDER_STEPS = 20
"""Taken by both Newtons."""


@dataclass(frozen=True)
class Saddle:
    """A network bound to digits, and a point at which its gradient vanishes.

    problem : the network with its data. theta (n,) : the saddle. correlation (64, 3) : C = E[x (y - p)'].
    """

    problem: networks.NetworkProblem
    theta: Array
    correlation: Array

    @property
    def J(self) -> float:
        """The cost at the saddle: the entropy of the class frequencies."""
        return float(self.problem.value(self.theta))

    @property
    def grad_norm(self) -> float:
        """The length of the gradient, zero to rounding."""
        return float(np.linalg.norm(self.problem.grad(self.theta)))

    @property
    def predicted(self) -> Array:
        r"""The non-zero eigenvalues along the weights: $\pm$ each singular value of C, once a hidden unit."""
        singular = np.linalg.svd(self.correlation, compute_uv=False)[:2]  # the columns of C sum to zero
        return np.sort(np.repeat([*singular, *-singular], SIZES[1]))

    @property
    def negative(self) -> tuple[Array, Array]:
        """The negative eigenvalues (k,), ascending, and their eigenvectors (n, k)."""
        lam, V = np.linalg.eigh(self.problem.hess(self.theta))
        down = lam < -1e-9
        return lam[down], V[:, down]


def saddle(seed: int) -> Saddle:
    r"""Put a network where all weights are zero and the output biases are the log class frequencies.

    There every hidden activity is 0 and the output $p$ is the class frequencies whatever the image, so the
    gradient vanishes; the only second derivatives between weights are $-\mathrm E[x (y - p)^\top]$.

    Parameters
    ----------
    seed : of the training examples.

    Returns
    -------
    Saddle

    Raises
    ------
    ValueError : seed is not a natural number.

    >>> point = saddle(0)
    >>> point.grad_norm < 1e-12, len(point.negative[0])
    (True, 8)
    """
    rng = _check.seeded(seed)
    train, _ = data.digits().only(0, 1, 2).split(N_TRAIN, rng)
    model = networks.MLP(SIZES, "tanh")
    theta = np.zeros(model.n)
    targets = np.eye(3)[train.y]
    p = targets.mean(axis=0)
    model.unflatten(theta)[1][1][...] = np.log(p)
    return Saddle(model.problem(train.X, train.y), theta, train.X.T @ (targets - p) / N_TRAIN)


@dataclass(frozen=True)
class Leaving:
    """Runs that start DELTA from the saddle in a random direction.

    J and distance map the rule to arrays of shape (n_steps + 1,); predicted maps the two first-order rules to
    the steps that the quadratic model gives, infinite beyond n_steps. cosine is the share of its distance
    that gradient descent, at RADIUS, has gone along the eigenvectors that curve down, NaN if it never gets
    there; newton_down is what Newton's method leaves of the
    displacement along them, relative to the start.
    """

    J_saddle: float
    J: dict[str, Array]
    distance: dict[str, Array]
    predicted: dict[str, float]
    cosine: float
    newton_down: float

    def measured(self, name: str) -> float:
        """Steps until the run is RADIUS away from the saddle, a whole number; infinite if it never is."""
        first = _first(self.distance[_check.one_of("name", name, self.distance)])
        return float("inf") if first is None else first

    def plot(self) -> Figure:
        """Draw cost and distance over the steps."""
        fig, (left, right) = plotting.figure(1, 2, width=8.0)
        for name, colour in _COLOURS.items():
            steps = np.arange(len(self.J[name]))
            left.plot(steps, self.J[name], color=f"ravine:{colour}", label=name)
            right.loglog(steps + 1, self.distance[name], color=f"ravine:{colour}")
            if name in self.predicted:
                right.axvline(self.predicted[name] + 1, color=f"ravine:{colour}", linestyle=":")
        right.axhline(RADIUS, color="ravine:grey", linestyle="--", linewidth=1)
        left.set(xlabel="step $t$", ylabel="cost $J$", xlim=(0, 120), ylim=(0, 1.2))
        left.legend(loc="upper right")
        right.set(xlabel="step $t + 1$", ylabel="distance from the saddle")
        return fig


_COLOURS = {
    "gradient descent": "orange",
    "momentum": "blue",
    "Newton": "purple",
    "saddle-free Newton": "green",
}


def leave(seed: int, n_steps: int = 400, *, damping: float = DAMPING) -> Leaving:
    """Leave the saddle with four rules.

    Parameters
    ----------
    seed : of the examples and of the direction in which a run starts.
    n_steps : of the first-order rules; both Newtons take twenty.
    damping : of both Newtons, positive.

    Returns
    -------
    Leaving

    Raises
    ------
    ValueError : a bad argument.

    Source: Dauphin et al. (2014), sections 4 and 5, for the comparison.

    >>> runs = leave(0, n_steps=100)
    >>> runs.measured("momentum") < runs.measured("gradient descent")
    True
    """
    point = saddle(seed)
    away = np.random.default_rng([seed, 1]).standard_normal(len(point.theta))
    start = point.theta + DELTA * away / np.linalg.norm(away)
    contestants = {
        "gradient descent": (rules.gradient_descent(LEARNING_RATE), n_steps),
        "momentum": (rules.momentum(LEARNING_RATE, MOMENTUM), n_steps),
        "Newton": (rules.newton(damping=damping), SECOND_ORDER_STEPS),
        "saddle-free Newton": (rules.saddle_free_newton(damping=damping), SECOND_ORDER_STEPS),
    }
    traces = {
        name: descent.minimise(point.problem, rule, start, n_steps=steps)
        for name, (rule, steps) in contestants.items()
    }
    distance = {name: np.linalg.norm(trace.theta - point.theta, axis=1) for name, trace in traces.items()}
    lam, V = point.negative
    components = (start - point.theta) @ V
    at = _first(distance["gradient descent"])
    gone = traces["gradient descent"].theta[at or 0] - point.theta
    return Leaving(
        point.J,
        {name: trace.J for name, trace in traces.items()},
        distance,
        {
            name: _predict(components, lam, alpha, n_steps)
            for name, alpha in (("gradient descent", 0.0), ("momentum", MOMENTUM))
        },
        float("nan") if at is None else float(np.linalg.norm(gone @ V) / np.linalg.norm(gone)),
        float(np.linalg.norm((traces["Newton"].theta[-1] - point.theta) @ V) / np.linalg.norm(components)),
    )


def _first(distance: Array) -> int | None:
    """The first step beyond RADIUS, if there is one."""
    beyond = distance >= RADIUS
    return int(beyond.argmax()) if beyond.any() else None


def _predict(components: Array, lam: Array, alpha: float, n_steps: int) -> float:
    """Steps until the components along the ways down have grown to RADIUS, interpolated; else infinite."""
    z, A = growth(LEARNING_RATE, -lam, alpha)
    t = np.arange(n_steps + 1)[:, None]
    # In logarithms: powers of z leave the floats in long runs.
    log_length = np.logaddexp.reduce(2 * (np.log(np.abs(A * components)) + t * np.log(z)), axis=1) / 2
    if log_length[-1] < np.log(RADIUS):
        return float("inf")
    return float(np.interp(np.log(RADIUS), log_length, t[:, 0]))


class Departures(
    Measurement,
    name="saddles-network",
    rtol=1e-4,
    zeros={"mismatch": 1e-13, "newton_gap": 1e-13, "newton_down": 1e-9},
):
    """The saddle and the runs that leave it, over seeds: columns (n_seeds,).

    index, lowest : number of negative eigenvalues, and the lowest. mismatch : largest distance of a predicted
    eigenvalue from a computed one. steps_plain, steps_momentum, steps_saddle_free : until the run is RADIUS
    away; ratio_plain, ratio_momentum : those over the prediction. cosine, newton_down : as for `Leaving`.
    J_saddle, saddle_free_J, weak_damping_J : cost at the saddle, and where saddle-free Newton ends, also with
    a tenth of the damping. newton_gap : distance of Newton's last cost from that of the saddle.

    >>> Departures.load()["ratio_plain"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The saddle against theory, and four escapes."""
        point, runs = saddle(seed), leave(seed)
        weak = leave(seed, n_steps=1, damping=DAMPING / 10)  # for saddle-free Newton alone
        lam = np.linalg.eigvalsh(point.problem.hess(point.theta))
        weights = np.r_[lam[:8], lam[-10:]]  # among the largest are also two of the output biases
        mismatch = max(np.abs(weights - value).min() for value in point.predicted)
        return {
            "index": float((lam < -1e-9).sum()),
            "lowest": float(lam[0]),
            "mismatch": mismatch,
            "J_saddle": point.J,
            "ratio_plain": runs.measured("gradient descent") / runs.predicted["gradient descent"],
            "ratio_momentum": runs.measured("momentum") / runs.predicted["momentum"],
            "steps_plain": float(runs.measured("gradient descent")),
            "steps_momentum": float(runs.measured("momentum")),
            "cosine": runs.cosine,
            "newton_gap": float(abs(runs.J["Newton"][-1] - point.J)),
            "newton_down": runs.newton_down,
            "steps_saddle_free": float(runs.measured("saddle-free Newton")),
            "saddle_free_J": float(runs.J["saddle-free Newton"][-1]),
            "weak_damping_J": float(weak.J["saddle-free Newton"][-1]),
        }


# The cost after an overshoot has a heavy tail, which twenty draws do not show.
class Overshoots(Measurement, name="saddles-fresh", seeds=range(100, 160), rtol=1e-4):
    """Saddle-free Newton on fresh draws: columns J_saddle and saddle_free_J, (n_seeds,).

    >>> Overshoots.load()["saddle_free_J"].shape
    (60,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Where saddle-free Newton stands after its steps, and the cost of the saddle that it left."""
        runs = leave(seed, n_steps=200)
        return {"J_saddle": runs.J_saddle, "saddle_free_J": float(runs.J["saddle-free Newton"][-1])}
