"""Truncated backpropagation through time on a linear recurrent unit, whose gradients have closed forms."""

from collections import deque

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import inexact_gradients as theory

START = 0.85
"""The weight at which training starts."""

HORIZONS = (1.0, 2.0, 4.0, 8.0, np.inf)
"""Over how many steps the gradient is followed back; infinite for all of them."""

LEARNING_RATE, N_STEPS, N_STREAMS = 2e-4, 25_000, 20


def train(
    seed: int,
    horizon: float,
    *,
    teacher: float | None = None,
    start: float = START,
    n_steps: int = N_STEPS,
) -> float:
    """Train the weight on running streams of white noise; return its mean over the last half of the steps.

    Parameters
    ----------
    seed : of the inputs.
    horizon : K steps back; infinite carries the derivative along from the beginning.
    teacher : a weight that produces the targets in place of GAIN times an old input.
    start : the first weight.
    n_steps : number of updates, each from N_STREAMS streams.

    Returns
    -------
    float

    Raises
    ------
    ValueError : arguments out of their range.

    >>> train(0, 1, n_steps=10) == train(0, 1, n_steps=10)
    True
    """
    rng = _check.seeded(seed)
    K, n_steps = theory.steps_back(horizon), _check.count("n_steps", n_steps)
    w, zero = _check.real("start", start, above=-1, below=1), np.zeros(N_STREAMS)
    inputs, states = (
        deque([zero] * (theory.LAG + 1), theory.LAG + 1),
        deque([zero] * (1 if np.isinf(K) else int(K))),
    )
    h, taught, slope, late = zero, zero, zero, 0.0
    for step in range(n_steps):
        x = rng.standard_normal(N_STREAMS)
        inputs.append(x)
        slope = h + w * slope if np.isinf(K) else _truncated(states, w)
        h = w * h + x
        taught = x if teacher is None else teacher * taught + x
        error = h - (theory.GAIN * inputs[0] if teacher is None else taught)
        w -= LEARNING_RATE * float(error @ slope) / N_STREAMS
        states.append(h)
        states.popleft()
        late += w * (step >= n_steps // 2)
    return late / (n_steps - n_steps // 2)


def _truncated(states: deque[Array], w: float) -> Array:
    """The derivative of a state through the last states alone, the oldest of which comes first."""
    slope = np.zeros(N_STREAMS)
    for h in states:
        slope = h + w * slope
    return slope


class Truncation(Measurement, name="inexact-gradients-truncation"):
    """Where training ended, end (n_seeds, len(HORIZONS)), and taught (n_seeds,) with a teacher.

    >>> Truncation.load().ends(1.0).shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Where training ends: for all horizons, and for a teacher that the unit can imitate."""
        ends = np.array([train(seed, K) for K in HORIZONS])
        return {"end": ends, "taught": train(seed, 1.0, teacher=0.9, start=0.5)}

    def ends(self, horizon: float) -> Array:
        """The weight over the second half of training at one of the HORIZONS, (n_seeds,)."""
        return self["end"][:, _check.place("horizon", horizon, HORIZONS)]

    def plot(self) -> Figure:
        """Draw the expected gradients with their roots, and where training ended."""
        fig, (left, right) = plotting.figure(1, 2, height=4.0, width_ratios=(1.35, 1))
        w = np.linspace(0, 0.97, 800)
        looks = zip(HORIZONS, ("purple", "amber", "green", "orange", "blue"), strict=True)
        for at, (K, colour) in enumerate(looks):
            name, code = "all" if np.isinf(K) else f"{K:.0f}", f"ravine:{colour}"
            left.plot(w, theory.expected_gradient(w, K), color=code, label=name, linewidth=1.4)
            if found := theory.solutions(K):
                left.plot(found[1], 0, "o", color=code)
                # Wider than the row of dots that lies on it, and black above it.
                right.hlines(found[1], at - 0.45, at + 0.45, color="ravine:black",
                             linewidth=1.2, linestyle="--", zorder=3)  # fmt: skip
            ends = self.ends(K)
            right.plot(at + np.linspace(-0.25, 0.25, len(ends)), ends, ".", color=code)
        left.axhline(0, color="ravine:grey", linewidth=0.8)
        left.set(xlabel="weight $w$", ylabel="expected gradient $G_K$", ylim=(-8, 12))
        left.legend(title="steps back $K$", loc="upper left", ncols=2)
        right.set(xlabel="steps back $K$", ylabel="weight, second half", ylim=(-0.08, 1))
        right.set_xticks(range(len(HORIZONS)), ["all" if np.isinf(K) else f"{K:.0f}" for K in HORIZONS])
        return fig
