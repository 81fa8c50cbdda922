"""A network on digits with some wrong labels, its gradients clipped example by example."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, data, networks, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.rules._norm import norm

THRESHOLDS = (0.1, 0.3, 1.0, 3.0, np.inf)
"""Lengths to which the gradient of each example is clipped; infinite for none."""

NOISE, N_TRAIN, BATCH_SIZE, N_STEPS, LEARNING_RATE = 0.3, 1000, 50, 3000, 0.2
MODEL = networks.MLP((64, 16, 10), "tanh")


def relabel(y: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Replace a random share of labels by other ones, all equally likely.

    Parameters
    ----------
    y : labels 0 to 9, (N,).
    share : the chance of each to be replaced.
    rng : draws which, and by what.

    Returns
    -------
    labels (N,)

    Raises
    ------
    ValueError : labels that are not integers from 0 to 9, a share outside [0, 1], or rng is no generator.

    >>> relabel(np.zeros(4, dtype=int), 0.0, np.random.default_rng(0)).tolist()
    [0, 0, 0, 0]
    """
    share, y = _check.real("share", share, at_least=0, at_most=1), np.asarray(y)
    if y.ndim != 1 or y.dtype.kind not in "iu" or ((y < 0) | (y > 9)).any():
        raise ValueError(f"y: got {y!r}; want a row of integers from 0 to 9")
    y = y.astype(np.int64)  # in a narrower type the sum below would wrap
    wrong = _check.generator("rng", rng).random(len(y)) < share
    return np.where(wrong, (y + rng.integers(1, 10, len(y))) % 10, y)


def clipped_mean(grads: Array, threshold: float) -> Array:
    """The mean of gradients (N, n) of which none is longer than the threshold, (n,).

    Raises
    ------
    ValueError : no gradients, or a threshold that is not positive; it may be infinite.

    >>> clipped_mean(np.array([[3.0, 4.0], [0.0, 0.0]]), 1.0).round(3).tolist()
    [0.3, 0.4]
    """
    grads = np.asarray(grads, dtype=np.float64)
    if grads.ndim != 2 or not len(grads):
        raise ValueError(f"grads: got shape {grads.shape}; want (N, n) with N >= 1")
    c = threshold if threshold == np.inf else _check.real("threshold", threshold, above=0)
    lengths = np.maximum(norm(grads), np.finfo(float).tiny)
    with np.errstate(over="ignore"):  # a threshold far above the length clips nothing
        return np.asarray(np.minimum(1, c / lengths) @ grads / len(grads))


@dataclass(frozen=True)
class Fit:
    """What training with one threshold leads to.

    J : cost on the training labels, wrong ones included; grad_norm : length of its gradient;
    clipped_norm : length of the mean of clipped gradients, over min(1, threshold);
    confidence : mean probability of the answer on test digits; right : share of them answered rightly.
    """

    J: float
    grad_norm: float
    clipped_norm: float
    confidence: float
    right: float


def fit(seed: int, threshold: float, *, noise: float = NOISE, n_steps: int = N_STEPS) -> Fit:
    """Train on minibatches whose gradients are clipped example by example; the rate falls linearly to 0.

    Parameters
    ----------
    seed : of the split, the wrong labels, the first weights and the minibatches.
    threshold : positive, infinite for none. Steps are divided by min(1, threshold), to be of like length.
    noise : share of wrong labels among the training examples.
    n_steps : number of steps.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError : arguments out of their range.

    >>> fit(0, 0.3, n_steps=2).right < 0.5
    True
    """
    rng = _check.seeded(seed)
    c = threshold if threshold == np.inf else _check.real("threshold", threshold, above=0)
    training, test = data.digits().split(N_TRAIN, rng)
    y, theta = relabel(training.y, noise, rng), MODEL.init(rng)
    for t in range(_check.count("n_steps", n_steps)):
        rows = rng.integers(N_TRAIN, size=BATCH_SIZE)
        g_hat = clipped_mean(MODEL.per_example_grads(theta, training.X[rows], y[rows]), c) / min(1, c)
        theta = theta - LEARNING_RATE * (1 - t / n_steps) * g_hat
    clipped = clipped_mean(MODEL.per_example_grads(theta, training.X, y), c) / min(1, c)
    logits = MODEL.logits(theta, test.X)
    surest = np.exp(logits.max(-1) - np.logaddexp.reduce(logits, axis=-1))
    return Fit(
        J=float(MODEL.loss(theta, training.X, y)),
        grad_norm=float(np.linalg.norm(MODEL.grad(theta, training.X, y))),
        clipped_norm=float(np.linalg.norm(clipped)),
        confidence=float(surest.mean()),
        right=1 - float(MODEL.error_rate(theta, test.X, test.y)),
    )


# Three thousand steps let the last bit grow: on another machine the third digit may differ.
class Fits(Measurement, name="inexact-gradients-digits", rtol=0.05):
    """The networks over all seeds: noisy_J ... (n_seeds, len(THRESHOLDS)), clean_J, clean_right (n_seeds, 2).

    >>> Fits.load().at("J", 0.1).shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All thresholds with wrong labels, and two of them without."""
        row: dict[str, float | Array] = {}
        everything = ("J", "grad_norm", "clipped_norm", "confidence", "right")
        noisy, clean = ("noisy", NOISE, THRESHOLDS, everything), ("clean", 0.0, (0.1, np.inf), ("J", "right"))
        for name, noise, thresholds, kept in (noisy, clean):
            fits = [fit(seed, c, noise=noise) for c in thresholds]
            for what in kept:
                row[f"{name}_{what}"] = np.array([getattr(found, what) for found in fits])
        return row

    def at(self, name: str, threshold: float) -> Array:
        """A measurement with wrong labels at one of the THRESHOLDS, (n_seeds,)."""
        _check.one_of("name", name, self.over(THRESHOLDS, "noisy_"))
        return self[f"noisy_{name}"][:, _check.place("threshold", threshold, THRESHOLDS)]

    def plot(self) -> Figure:
        """Draw the cost, and confidence with the share of right answers, over the threshold."""
        fig, (left, right) = plotting.figure(1, 2, height=3.9)
        where = np.arange(len(THRESHOLDS))
        plotting.spread(left, where, self["noisy_J"], marker="o")
        left.set(ylabel="cost $J$ on the training labels", ylim=(0, None))
        plotting.spread(right, where, self["noisy_right"], colour="green", label="right answers", marker="s")
        plotting.spread(right, where, self["noisy_confidence"], colour="orange", label="confidence",
                        marker="o")  # fmt: skip
        right.axhline(1 - NOISE, color="ravine:grey", linewidth=1, linestyle="--", label="right labels")
        right.set(ylabel="on test digits", ylim=(0.5, 1))
        right.legend(loc="lower left")
        for ax in (left, right):
            ax.set_xticks(where, [f"{c:g}" if np.isfinite(c) else "none" for c in THRESHOLDS])
            ax.set_xlabel("threshold $c$")
        return fig
