"""A network whose gradient is off in one direction: by a fixed share of its length, or by a fixed length."""

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, networks, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.rules._norm import norm

SHARE, LENGTH = 0.5, 0.1
"""The relative bias, over the gradient's length, and the absolute one, in units of the gradient."""

N_EXAMPLES, WEIGHT_DECAY, LEARNING_RATE, N_STEPS = 100, 0.01, 1.0, 3000
MODEL = networks.MLP((64, 8, 10), "tanh")
BEYOND = 1e100
"""A parameter of this size belongs to a run that has overflowed."""

RECORDED = np.unique(np.geomspace(1, N_STEPS, 40).astype(int))
"""Steps whose gradient is kept."""


def grad_norms(
    seed: int, *, share: float = 0.0, length: float = 0.0, n_steps: int = N_STEPS
) -> tuple[Array, Array]:
    r"""Descend a network's cost along a gradient that is off in one random direction.

    $\theta_{t+1} = \theta_t - \epsilon h_t, \quad h_t = g_t + (\delta \|g_t\| + b)\, u, \quad g = \nabla J$,
    J being the mean cross-entropy plus half the weight decay times $\|\theta\|^2$

    Parameters
    ----------
    seed : of the digits drawn, the first weights, and the unit vector u.
    share, length : $\delta$, dimensionless, and b, in units of the gradient; neither negative.
    n_steps : number of steps.

    Returns
    -------
    (true, used) : the lengths of all g, and of all h, each (n_steps,); infinite once a run has overflowed.

    Raises
    ------
    ValueError : arguments out of their range.

    >>> true, used = grad_norms(0, share=0.5, n_steps=2)
    >>> bool((abs(used - true) <= 0.5 * true).all())
    True
    """
    rng = _check.seeded(seed)
    share = _check.real("share", share, at_least=0)
    length = _check.real("length", length, at_least=0)
    examples, _ = data.digits().split(N_EXAMPLES, rng)
    theta, u = MODEL.init(rng), rng.standard_normal(MODEL.n)
    u, norms = u / np.linalg.norm(u), np.empty((2, _check.count("n_steps", n_steps)))
    for t in range(n_steps):
        if np.abs(theta).max() > BEYOND:
            norms[:, t:] = np.inf
            break
        g = MODEL.grad(theta, examples.X, examples.y) + WEIGHT_DECAY * theta
        with np.errstate(over="ignore"):  # a run may diverge: its lengths are infinite then
            h = g + (share * _length(g) + length) * u
            norms[:, t] = _length(g), _length(h)
            theta = theta - LEARNING_RATE * h
    return norms[0], norms[1]


def _length(x: Array) -> float:
    """|x|; by another sum where squares leave the floats, which may differ in the last bit."""
    plain = float(np.linalg.norm(x))
    return plain if 1e-150 < plain < 1e150 else float(norm(x))


# Three thousand steps let the last bit grow: on another machine the third digit may differ.
class Offsets(Measurement, name="inexact-gradients-offsets", rtol=0.01):
    """The descents over all seeds: none ... (n_seeds, len(RECORDED)), and none_used ... (n_seeds,).

    >>> Offsets.load()["relative"].shape == (20, len(RECORDED))
    True
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The length of the true gradient at the recorded steps, with each bias and without; the last h."""
        kinds = {"none": (0.0, 0.0), "relative": (SHARE, 0.0), "absolute": (0.0, LENGTH)}
        row: dict[str, float | Array] = {}
        for name, (share, length) in kinds.items():
            true, used = grad_norms(seed, share=share, length=length)
            row |= {name: true[RECORDED - 1], f"{name}_used": float(used[-1])}
        return row

    def plot(self) -> Figure:
        """Draw the length of the true gradient, step by step."""
        fig, ax = plotting.figure(height=3.4)
        looks = (("none", "grey", "no bias"), ("relative", "blue", f"off by {SHARE:g} of its length"),
                 ("absolute", "orange", f"off by {LENGTH:g}"))  # fmt: skip
        for name, colour, label in looks:
            plotting.spread(ax, RECORDED, self[name], colour=colour, label=label)
        ax.axhline(LENGTH, color="ravine:black", linewidth=1, linestyle="--", label=f"{LENGTH:g}")
        ax.set(xscale="log", yscale="log", xlabel="step $t$", ylabel=r"true gradient $\|g\|$")
        ax.legend(loc="lower left")
        return fig
