"""A separable problem has no minimum: weights grow without end, and turn towards the widest margin."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, descent, plotting, problems, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

SUPPORT = np.array([[0.5, 1.5], [1.5, 0.5]])
"""The two support vectors of the positive class, shape (2, 2); their negatives support the other class."""

DIRECTION, MARGIN = np.array([1.0, 1.0]) / np.sqrt(2), np.sqrt(2.0)
"""The direction of the widest margin, shape (2,), and that margin, both known exactly from `SUPPORT`."""

N_OTHERS = 6
"""Further examples of each class, all farther away than the margin."""

N_STEPS = 20_000
"""Of gradient descent."""

WATCHED = (200, 2000, N_STEPS)
"""Steps at which the sweep keeps the angle and the gap."""


@dataclass(frozen=True, eq=False)
class Drift:
    """A descent on separable examples in the plane.

    X (m, 2) and y (m,) are the examples; w (k, 2) the weights and J (k,) the mean log loss at `steps` (k,).
    """

    X: Array
    y: Array
    steps: NDArray[np.int64]
    w: Array
    J: Array

    @property
    def length(self) -> Array:
        r"""$\|w\|$, shape (k,)."""
        return np.asarray(np.linalg.norm(self.w, axis=-1))

    @property
    def angle(self) -> Array:
        """The angle between w and the direction of the widest margin, in radians, shape (k,)."""
        # From both components: the arccosine would lose half the digits of a small angle.
        return np.asarray(np.abs(np.arctan2(self.w[:, 0] - self.w[:, 1], self.w.sum(-1))))

    @property
    def gap(self) -> Array:
        """How far the least distance of an example from the boundary falls short of `MARGIN`, shape (k,)."""
        margins = self.w @ (self.y[:, None] * self.X).T
        return np.asarray(MARGIN - margins.min(-1) / self.length)

    @property
    def slopes(self) -> tuple[float, float]:
        r"""Over the last decade of steps, $d\ln J/d\ln t$ and $\gamma\,d\|w\|/d\ln t$ (gamma: margin)."""
        late = self.steps >= self.steps[-1] / 10
        t = np.log(self.steps[late])
        loss, length = np.log(self.J[late]), MARGIN * self.length[late]
        return float(np.polyfit(t, loss, 1)[0]), float(np.polyfit(t, length, 1)[0])

    def plot(self) -> Figure:
        """Draw length, cost, angle and margin gap over the steps, with the slopes of the theory."""
        fig, axes = plotting.figure(2, 2, height=5.2, sharex=True)
        panels = {r"length $\|w\|$": self.length, "cost $J$": self.J,
                  "angle to the widest margin": self.angle, "margin gap": self.gap}  # fmt: skip
        for ax, (label, series) in zip(axes.flat, panels.items(), strict=True):
            ax.plot(self.steps, series)
            ax.set(xscale="log", ylabel=label)
        late = self.steps >= 100
        t, dashed = self.steps[late], {"color": "ravine:black", "linestyle": "--", "linewidth": 1}
        axes[0, 0].plot(t, self.length[-1] + np.log(t / t[-1]) / MARGIN, label=r"slope $1/\gamma$", **dashed)
        axes[0, 1].plot(t, self.J[-1] * t[-1] / t, label="slope $-1$", **dashed)
        axes[0, 1].set(yscale="log")
        for ax in axes[0]:
            ax.legend()
        for ax in axes[1]:
            ax.set(xlabel="step $t$", ylim=(0, None))
        return fig


def drift(seed: int = 0, n_steps: int = N_STEPS) -> Drift:
    r"""Descend the log loss of separable examples whose widest margin is known, from 0.

    The learning rate is $m / \sigma_{\max}^2(X)$.

    Parameters
    ----------
    seed : of the examples other than the support vectors.
    n_steps : how long to descend, at least 100.

    Returns
    -------
    Drift

    Raises
    ------
    ValueError : a negative seed or too few steps.

    Source: D. Soudry et al., "The implicit bias of gradient descent on separable data", 2018, figure 1.

    >>> run = drift(n_steps=1000)
    >>> bool(run.gap[-1] < run.gap[0]), run.X.shape
    (True, (16, 2))
    """
    X, y = _examples(_check.seeded(seed))
    problem = problems.LogisticRegression(X, y)
    # The paper's rate is 1 / sigma_max^2 for the sum of the losses; J is their mean.
    rule = rules.gradient_descent(float(problem.safe_learning_rate) / 2)
    n_steps = _check.count("n_steps", n_steps, at_least=100)
    trace = descent.minimise(problem, rule, np.zeros(2), n_steps=n_steps)
    kept = np.unique(np.rint(np.geomspace(1, n_steps, 200)).astype(int))
    return Drift(X, y, kept, trace.theta[kept], trace.J[kept])


def _examples(rng: np.random.Generator) -> tuple[Array, Array]:
    """The four support vectors and twelve other examples, (16, 2) and (16,)."""
    beyond = MARGIN + 0.3 + rng.exponential(1.0, 2 * N_OTHERS)
    along = rng.standard_normal(2 * N_OTHERS)
    others = beyond[:, None] * DIRECTION + along[:, None] * DIRECTION * [1, -1]
    positive = np.concatenate([SUPPORT, others[:N_OTHERS]])
    negative = np.concatenate([SUPPORT, others[N_OTHERS:]])
    return np.concatenate([positive, -negative]), np.repeat([1.0, -1.0], len(positive))


class Drifts(Measurement, name="surrogate-losses-drift"):
    """The descents over all seeds: slopes at the end, and angle and gap at the steps `WATCHED`.

    >>> Drifts.load()["gap"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Slopes at the end, and angle and margin gap after 200, 2000 and 20,000 steps."""
        run = drift(seed)
        loss, length = run.slopes
        seen = np.searchsorted(run.steps, WATCHED)
        return {"loss_slope": loss, "length_slope": length, "angle": run.angle[seen], "gap": run.gap[seen]}
