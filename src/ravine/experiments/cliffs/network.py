"""Deep ReLU networks on digits: the gradient is a product of many layers, and one step can end the run."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, data, descent, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.networks import MLP, NetworkProblem

N_EXAMPLES, WIDTH, SCALE, N_LAYERS = 300, 32, 1.5, 6
DEPTHS = (2, 4, 6, 8, 10)
THRESHOLD, LEARNING_RATE, N_STEPS = 1.0, 0.1, 300

EARLY = (1, 2, 5, 10, 20)
"""Steps of the clipped runs whose cost is the same on every machine."""


@dataclass(frozen=True)
class Deep:
    """A network bound to its digits: one-hot targets, squared error."""

    network: MLP
    problem: NetworkProblem
    theta: Array
    X: Array
    y: NDArray[np.int64]


def deep(seed: int, n_layers: int = N_LAYERS) -> Deep:
    """A ReLU network with initial weights of the customary size (He's), on 300 digits.

    Parameters
    ----------
    seed : of the weights and of the digits drawn.
    n_layers : the number of weight matrices, at least 2.

    Returns
    -------
    Deep

    Raises
    ------
    ValueError : a negative seed or fewer than two layers.

    >>> deep(0, 2).network.sizes
    (64, 32, 10)
    """
    rng = _check.seeded(seed)
    hidden = _check.count("n_layers", n_layers, at_least=2) - 1
    digits = data.digits()
    rows = rng.permutation(len(digits.y))[:N_EXAMPLES]
    X, y = digits.X[rows], digits.y[rows]
    network = MLP((64, *[WIDTH] * hidden, 10), "relu", loss="squared")
    return Deep(network, network.problem(X, np.eye(10)[y]), network.init(rng), X, y)


def growth(seed: int, n_layers: int) -> tuple[float, float]:
    """By how much gradient and curvature along it grow when every weight is multiplied by SCALE.

    Parameters
    ----------
    seed, n_layers : as for `deep`.

    Returns
    -------
    (growth of |g|, growth of g'Hg / g'g)

    Raises
    ------
    ValueError : as for `deep`.

    >>> gradient, curvature = growth(0, 4)
    >>> bool(10 < gradient < 30)
    True
    """
    case = deep(seed, n_layers)
    before, after = (_terms(case.problem, scale * case.theta) for scale in (1.0, SCALE))
    return after[0] / before[0], after[1] / before[1]


def _terms(problem: NetworkProblem, theta: Array) -> tuple[float, float]:
    g = problem.grad(theta)
    return float(np.linalg.norm(g)), float(g @ problem.hvp(theta, g) / (g @ g))


# Large weights make training chaotic: starts that differ by 1e-14 of their length end with clipped errors
# between .07 and .14 for the first seed, though their costs after twenty steps still agree to 1e-9 for every
# seed. Without clipping, seed 2 diverges from eight of twelve such starts; the others do so from all.
class Networks(Measurement, name="cliffs-network", between={"clipped_error": (0.02, 0.85)}):
    """The networks over all seeds.

    Columns gradient and curvature, (n_seeds, len(DEPTHS)), are their growth. For training with and without
    clipping, (n_seeds,): `<rule>_diverged`, `<rule>_error`, and `<rule>_constant` where every digit gets the
    same answer. plain_J, (n_seeds,), is the cost after the first step, clipped_J, (n_seeds, len(EARLY)), that
    after those EARLY ones.

    >>> Networks.load()["plain_diverged"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Growth with depth; and training from large weights with and without clipping."""
        grown = np.array([growth(seed, n_layers) for n_layers in DEPTHS])
        row: dict[str, float | Array] = {"gradient": grown[:, 0], "curvature": grown[:, 1]}
        case, plain = deep(seed), rules.gradient_descent(LEARNING_RATE)
        for name, rule in {"plain": plain, "clipped": rules.clip_by_norm(plain, THRESHOLD)}.items():
            run = descent.minimise(case.problem, rule, SCALE * case.theta, n_steps=N_STEPS)
            row[f"{name}_J"] = float(run.J[1]) if name == "plain" else run.J[list(EARLY)]
            row[f"{name}_diverged"] = float(run.status == "diverged")
            row[f"{name}_error"] = float(case.network.error_rate(run.theta[-1], case.X, case.y))
            row[f"{name}_constant"] = float(run.status != "diverged" and _is_constant(case, run.theta[-1]))
        return row

    def plot(self) -> Figure:
        """Draw the growth of gradient and curvature over the number of layers, with the powers of SCALE."""
        fig, ax = plotting.figure()
        layers = np.array(DEPTHS)
        plotting.spread(ax, layers, self["gradient"], label=r"gradient $\|g\|$", marker="o", linestyle="none")
        plotting.spread(
            ax, layers, self["curvature"], label="curvature along it", colour="purple", marker="s",
            linestyle="none",
        )  # fmt: skip
        for power, colour in ((2 * layers - 1, "blue"), (2 * layers - 2, "purple")):
            ax.plot(layers, SCALE**power, color=f"ravine:{colour}", linestyle="--", linewidth=1)
        ax.set(yscale="log", xlabel="layers $L$", ylabel="growth when weights grow by half")
        ax.legend(title="dashed: predicted")
        return fig


def _is_constant(case: Deep, theta: Array) -> bool:
    """Whether the network gives the same answer to every digit, to rounding."""
    return bool(np.ptp(case.network.logits(theta, case.X), axis=0).max() < 1e-12)
