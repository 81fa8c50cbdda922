"""The minimal latching problem: can descent teach one unit to remember one bit through noise?"""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, networks, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

LENGTHS = (10, 20, 30)
"""Steps between the first input and the answer, plus one."""

CUE = 3
"""Steps at the beginning of a sequence at which its class is shown."""

W0, TARGET, NOISE, START = 1.25, 0.8, 0.2, 0.1
"""Initial weight, size of the targets, noise on every input, and scale of the initial cues."""


@dataclass(frozen=True)
class Latching:
    """Runs of the latching problem: the share of right answers, and the weight, both shape (n_runs,)."""

    right: Array
    w: Array

    @property
    def success(self) -> float:
        """The share of runs that answer at least 95 % of new sequences rightly."""
        return float((self.right >= 0.95).mean())


def latching(
    seed: int,
    length: int,
    *,
    noise: float = NOISE,
    n_runs: int = 100,
    n_steps: int = 1500,
    learning_rate: float = 0.1,
) -> Latching:
    r"""Train single units to keep their class: $h_t = \tanh(w h_{t-1} + c_t + \text{noise})$.

    The weight $w$ and the cues $c_1, c_2, c_3$ of each of the two classes are learned; $c_t = 0$ afterwards.
    The cost is half the squared distance of $h_T$ from 0.8 or -0.8. Every step of stochastic gradient descent
    sees one new sequence of each class.

    Parameters
    ----------
    seed : of all runs.
    length : $T$, at least 3 steps.
    noise : standard deviation of the noise, dimensionless.
    n_runs : independent runs, trained side by side.
    n_steps, learning_rate : of the descent.

    Returns
    -------
    Latching

    Raises
    ------
    ValueError : arguments out of their range.

    Source: after Bengio, Simard and Frasconi (1994).

    >>> latching(0, 4, n_runs=5, n_steps=300).success
    1.0
    """
    rng = _check.seeded(seed)
    shape = (_check.count("n_runs", n_runs), _check.count("length", length, at_least=CUE))
    sd = _check.real("noise", noise, at_least=0)
    rate = _check.real("learning_rate", learning_rate, above=0)
    # One unit; an input for each cue of each class, which is 1 when that cue is on, and one for the noise.
    network = networks.RNN(2 * CUE + 1, 1, 1)
    theta, learned = np.zeros((shape[0], network.n)), np.zeros(network.n)
    weights, free = network.unflatten(theta), network.unflatten(learned)
    weights.W_x[:, :-1] = START * rng.standard_normal((shape[0], 2 * CUE, 1))
    weights.W_x[:, -1] = weights.W_y[...] = 1
    weights.W[...] = W0
    free.W_x[:-1] = free.W[...] = 1
    for _ in range(_check.count("n_steps", n_steps)):
        theta -= rate * learned * network.grad(theta, *_sequences(rng, shape, 1, sd))
    X, y = _sequences(rng, shape, 20, sd)
    answers = network.states(theta, X)[..., -1, :]
    return Latching((answers * y > 0).mean(axis=(-2, -1)), weights.W[:, 0, 0].copy())


def _sequences(
    rng: np.random.Generator, shape: tuple[int, int], n_each: int, noise: float
) -> tuple[Array, Array]:
    """n_each sequences of each class for each run: X (n_runs, 2 n_each, length, inputs) and targets."""
    n_runs, length = shape
    X = np.zeros((n_runs, 2, n_each, length, 2 * CUE + 1))
    for t in range(CUE):
        X[:, 0, :, t, t] = X[:, 1, :, t, CUE + t] = 1
    X[..., -1] = noise * rng.standard_normal(X.shape[:-1])
    y = np.zeros((n_runs, 2, n_each, 1)) + np.array([TARGET, -TARGET])[:, None, None]
    return X.reshape(n_runs, 2 * n_each, length, -1), y.reshape(n_runs, 2 * n_each, 1)


# A run at the boundary between keeping and forgetting may change sides on another machine.
# (Changing START by a relative 1e-13 moved none.)
class Latchings(Measurement, name="long-term-dependencies-latching", rtol=0.5):
    """The latching problem over seeds: columns success and weight, (n_seeds, 3), and silent, (n_seeds, 2).

    >>> Latchings.load()["success"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Success and size of the weight by length; and, at the longer two, success without noise."""
        runs = [latching(seed, T) for T in LENGTHS]
        return {
            "success": np.array([run.success for run in runs]),
            "weight": np.array([np.median(abs(run.w)) for run in runs]),
            "silent": np.array([latching(seed, T, noise=0.0).success for T in LENGTHS[1:]]),
        }

    def plot(self) -> Figure:
        """Draw success and the learned weight over the length of the sequences."""
        fig, (left, right) = plotting.figure(1, 2, height=3.2)
        plotting.spread(left, LENGTHS, self["success"], label="with noise", marker="o")
        silent = self["silent"]
        plotting.spread(left, LENGTHS[1:], silent, label="no noise", colour="orange", marker="s")
        left.set(ylabel="share of runs that succeed", ylim=(0, 1.05))
        left.legend(loc="lower left")
        plotting.spread(right, LENGTHS, self["weight"], marker="o")
        right.axhline(1, color="ravine:black", linewidth=1, linestyle="--")
        right.set(ylabel="median weight $|w|$", ylim=(0, 1.8))
        for ax in (left, right):
            ax.set(xlabel="length $T$", xticks=LENGTHS)
        return fig
