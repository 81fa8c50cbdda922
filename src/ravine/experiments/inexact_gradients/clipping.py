"""Gradients clipped example by example, and gradients of which only the sign is kept."""

from collections.abc import Iterable

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import inexact_gradients as theory

THRESHOLDS = (0.1, 0.5, 1.0, 2.0, 3.0, 4.0)
"""At which examples are clipped; above 3 the mean is found."""

LEARNING_RATE, N_STEPS, N_WALKERS = 0.02, 10_000, 100
SIGN_RATE, SIGN_STEPS = 0.01, 2000


def descend_clipped(
    seeds: Iterable[int],
    threshold: float,
    *,
    learning_rate: float = LEARNING_RATE,
    n_steps: int = N_STEPS,
    carry: bool = False,
) -> Array:
    r"""The mean position, step by step, of N_WALKERS descents with one clipped example a step.

    $x_t = x_{t-1} - \epsilon\, s_t, \quad s_t = \mathrm{clip}(g_t + r_{t-1}, -c, c), \quad
    r_t = g_t + r_{t-1} - s_t$ if carried, else 0

    Parameters
    ----------
    seeds : of the examples, each for N_WALKERS descents.
    threshold, learning_rate : positive.
    n_steps : number of steps.
    carry : whether what clipping cuts off is added to the next gradient.

    Returns
    -------
    Array : (n_seeds, n_steps).

    Raises
    ------
    ValueError : arguments out of their range.

    Source: error feedback, as S. P. Karimireddy and others (2019) describe it for signs.

    >>> bool(0.2 < descend_clipped([0], 1.0, n_steps=1000)[0, 500:].mean() < 0.4)
    True
    """
    rngs = [np.random.default_rng(_check.count("seeds", seed, at_least=0)) for seed in seeds]
    if not rngs:
        raise ValueError("seeds: got none; want at least one")
    c, rate = (
        _check.real("threshold", threshold, above=0),
        _check.real("learning_rate", learning_rate, above=0),
    )
    shape, means = (_check.count("n_steps", n_steps), N_WALKERS), np.empty((len(rngs), n_steps))
    large = np.stack([rng.random(shape) < 0.25 for rng in rngs], axis=1)
    x, rest = np.zeros((2, len(rngs), N_WALKERS))
    for step in range(n_steps):
        g = x - 4.0 * large[step] + rest
        clipped = np.minimum(np.maximum(g, -c), c)  # np.clip takes three times as long
        rest = g - clipped if carry else rest
        x = x - rate * clipped
        means[:, step] = x.sum(1) / N_WALKERS
    return means


def descend_by_sign(seed: int, *, n_steps: int = SIGN_STEPS, carry: bool = False) -> dict[str, Array]:
    """Descend x / 4, kept between -1 and 1, along gradients of 4 (one in four) or -1, or along their signs.

    Parameters
    ----------
    seed : of the gradients.
    n_steps : number of steps, from 0, at the rate SIGN_RATE.
    carry : whether what a sign drops of its gradient is added to the next one.

    Returns
    -------
    {"gradient": positions (n_steps + 1,), "sign": positions (n_steps + 1,)}

    Raises
    ------
    ValueError : a negative seed, or no steps.

    Source: S. P. Karimireddy and others (2019), counter-examples 1 and 2, and error feedback.

    >>> paths = descend_by_sign(0)
    >>> bool(paths["gradient"][-1] < -0.5), bool(paths["sign"][-1] > 0.5)
    (True, True)
    """
    rng = _check.seeded(seed)
    g = np.where(rng.random(_check.count("n_steps", n_steps)) < 0.25, 4.0, -1.0)
    paths = {}
    for name, steps in (("gradient", g), ("sign", _signs(g, carry))):
        x = np.zeros(n_steps + 1)
        for t, step in enumerate(steps):
            x[t + 1] = min(1.0, max(-1.0, x[t] - SIGN_RATE * step))
        paths[name] = x
    return paths


def _signs(g: Array, carry: bool) -> Array:
    """Their signs; if carried, those of what is left of all gradients so far."""
    if not carry:
        return np.sign(g)
    signs, rest = np.empty_like(g), 0.0
    for t, gradient in enumerate(g):
        signs[t] = np.sign(gradient + rest)
        rest += gradient - signs[t]
    return signs


class Clipping(Measurement, name="inexact-gradients-clipping"):
    """Where descents settle: mean (n_seeds, len(THRESHOLDS)), gradient and sign (n_seeds,).

    >>> Clipping.load().at(1.0).shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Where clipped descent settles at each threshold, and where both kinds of steps on a slope end."""
        late = [descend_clipped([seed], c)[0, N_STEPS // 2 :].mean() for c in THRESHOLDS]
        row: dict[str, float | Array] = {"mean": np.array(late)}
        paths = descend_by_sign(seed)
        return row | {name: float(x[len(x) // 2 :].mean()) for name, x in paths.items()}

    def at(self, threshold: float) -> Array:
        """The positions at one of the THRESHOLDS, (n_seeds,)."""
        return self["mean"][:, _check.place("threshold", threshold, THRESHOLDS)]

    def plot(self, n_paths: int = 20) -> Figure:
        """Draw where clipped descent settles, and paths by gradient and by sign."""
        fig, (left, right) = plotting.figure(1, 2, height=3.9)
        c = np.linspace(0.01, 4.5, 200)
        left.plot(c, theory.clipped_solution(c), "--", color="ravine:black", linewidth=1.2,
                  label=r"$\min(1, c/3)$")  # fmt: skip
        plotting.spread(left, THRESHOLDS, self["mean"], marker="o", linestyle="none", label="measured")
        left.axhline(1, color="ravine:grey", linewidth=0.8, linestyle=":")
        left.set(xlabel="threshold $c$", ylabel="where descent settles", ylim=(-0.05, 1.1))
        left.legend(loc="lower right")
        for seed in range(n_paths):
            for (name, x), colour in zip(descend_by_sign(seed).items(), ("blue", "orange"), strict=True):
                right.plot(x[:501], color=f"ravine:{colour}", linewidth=0.7, alpha=0.6,
                           label=f"by {name}" if not seed else None)  # fmt: skip
        right.set(xlabel="step $t$", ylabel="$x$, where $J = x / 4$", ylim=(-1.05, 1.05))
        right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        return fig
