"""Truncated backpropagation through time on a linear recurrent unit, whose gradients have closed forms."""

import math
from collections import deque
from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

LAG, GAIN, START = 8, 6.0, 0.85
"""The target is GAIN times the input LAG steps ago; training starts at the weight START."""

HORIZONS = (1.0, 2.0, 4.0, 8.0, np.inf)
"""Over how many steps the gradient is followed back; infinite for all of them."""

LEARNING_RATE, N_STEPS, N_STREAMS = 2e-4, 25_000, 20


def expected_gradient(w: ArrayLike, horizon: float, gain: float = GAIN, lag: int = LAG) -> Array:
    r"""What K truncated steps give on average: $\frac12 (h_t - \gamma x_{t-n})^2$, $h_t = w h_{t-1} + x_t$.

    $G_K(w) = w (1 - w^{2K}) / (1 - w^2)^2 - \gamma \min(n, K)\, w^{n-1}$

    Parameters
    ----------
    w : weights (...), between -1 and 1.
    horizon : K, at least 1; infinite for the exact gradient.
    gain, lag : $\gamma$, and n >= 1.

    Returns
    -------
    Array : (...).

    Raises
    ------
    ValueError : arguments out of their range.

    >>> expected_gradient([0.5], np.inf, gain=0.0).round(4).tolist()
    [0.8889]
    """
    w, gamma, n = _check.array("w", w), _check.real("gain", gain), _check.count("lag", lag)
    if (abs(w) >= 1).any():
        raise ValueError(f"w: got {w[abs(w) >= 1].flat[0]}; want numbers between -1 and 1")
    energy, recall = _terms(w, horizon, n)
    return energy - gamma * recall


def _terms(w: Array, horizon: float, n: int) -> tuple[Array, Array]:
    """The two terms of G = first - gamma second: shrink the state, and make it recall the old input."""
    K, size = _horizon(horizon), np.abs(w)
    with np.errstate(divide="ignore"):  # nothing of w = 0 is kept
        kept = 1.0 if np.isinf(K) else -np.expm1(2 * K * np.log(size))
    # Factors and expm1, as near |w| = 1 the differences of powers cancel.
    return np.asarray(w * kept / ((1 - size) * (1 + size)) ** 2), np.asarray(min(n, K) * w ** (n - 1))


def _horizon(horizon: float) -> float:
    if horizon == np.inf:
        return horizon
    whole = isinstance(horizon, float) and horizon.is_integer()
    return float(_check.count("horizon", int(horizon) if whole else horizon))


def least_gain(horizon: float, lag: int = LAG) -> float:
    """The gain gamma above which a truncated descent has a solution other than w = 0.

    Parameters
    ----------
    horizon, lag : as for `expected_gradient`; lag > 2.

    Returns
    -------
    float : the smallest gamma at which G_K has another root in (0, 1).

    Raises
    ------
    ValueError : arguments out of their range.

    >>> [round(least_gain(np.inf, n), 4) for n in (4, 8, 16)]
    [1.6875, 3.6169, 7.3505]
    """
    n, K = _check.count("lag", lag, at_least=3), _horizon(horizon)
    return math.exp(_log_gain(_lowest(K, n), K, n))


def _log_gain(u: float, K: float, n: int) -> float:
    """The logarithm of the gain at which G_K vanishes at w = e^-u; u > 0."""
    kept = 0.0 if math.isinf(K) else math.log(-math.expm1(-2 * K * u))
    return (n - 2) * u + kept - 2 * math.log(-math.expm1(-2 * u)) - math.log(min(n, K))


def _lowest(K: float, n: int) -> float:
    """The u at which that is least; its slope rises throughout, since k / sinh(k u) falls with k."""

    def slope(u: float) -> float:
        return n - 2 + (0.0 if 2 * K * u > 700 else 2 * K / math.expm1(2 * K * u)) - 4 / math.expm1(2 * u)

    # The slope lies below n - 2 - 2 / expm1(2 u), and above n - 2 - 4 / expm1(2 u).
    return _bisect(slope, math.log1p(2 / (n - 2)) / 2, math.log1p(4 / (n - 2)) / 2)


def _bisect(f: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that is negative at low and positive at high has its zero: to the last bit."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if f(middle) > 0 else (middle, high)
    return high


def solutions(horizon: float, gain: float = GAIN, lag: int = LAG) -> tuple[float, float] | None:
    """The two roots of G_K in (0, 1): the one that repels and the one that attracts; None without them.

    Parameters
    ----------
    horizon, gain, lag : as for `expected_gradient`; lag > 2.

    Returns
    -------
    (repels, attracts) or None

    Raises
    ------
    ValueError : arguments out of their range.

    >>> [round(w, 4) for w in solutions(np.inf)], solutions(4)
    ([0.6143, 0.8929], None)
    """
    gamma, n, K = _check.real("gain", gain), _check.count("lag", lag, at_least=3), _horizon(horizon)
    lowest = _lowest(K, n)
    if gamma <= 0 or math.log(gamma) <= _log_gain(lowest, K, n):
        return None

    def above(u: float) -> float:
        return _log_gain(u, K, n) - math.log(gamma)

    # Towards w = 0 the gain grows like w^(2 - n), towards 1 at least like 1 / (2 u max(n, 1)).
    small = lowest + (math.log(gamma) + math.log(4 * n)) / (n - 2) + 1
    near = min(lowest, 1 / (4 * gamma * n)) / 4
    return math.exp(-_bisect(above, lowest, small)), math.exp(-_bisect(above, lowest, near))


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
    rng = np.random.default_rng(_check.count("seed", seed, at_least=0))
    K, n_steps = _horizon(horizon), _check.count("n_steps", n_steps)
    w, zero = _check.real("start", start, above=-1, below=1), np.zeros(N_STREAMS)
    inputs, states = deque([zero] * (LAG + 1), LAG + 1), deque([zero] * (1 if np.isinf(K) else int(K)))
    h, taught, slope, late = zero, zero, zero, 0.0
    for step in range(n_steps):
        x = rng.standard_normal(N_STREAMS)
        inputs.append(x)
        slope = h + w * slope if np.isinf(K) else _truncated(states, w)
        h = w * h + x
        taught = x if teacher is None else teacher * taught + x
        error = h - (GAIN * inputs[0] if teacher is None else taught)
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
        """The weight over the second half of training at one horizon, (n_seeds,)."""
        return np.asarray(self["end"][:, HORIZONS.index(horizon)])

    def plot(self) -> Figure:
        """Draw the expected gradients with their roots, and where training ended."""
        fig, (left, right) = plotting.figure(1, 2, height=4.0, width_ratios=(1.35, 1))
        w = np.linspace(0, 0.97, 800)
        looks = zip(HORIZONS, ("purple", "amber", "green", "orange", "blue"), strict=True)
        for at, (K, colour) in enumerate(looks):
            name, code = "all" if np.isinf(K) else f"{K:.0f}", plotting.COLOURS[colour]
            left.plot(w, expected_gradient(w, K), color=code, label=name, linewidth=1.4)
            if found := solutions(K):
                left.plot(found[1], 0, "o", color=code)
                # Wider than the row of dots that lies on it, and black above it.
                right.hlines(found[1], at - 0.45, at + 0.45, color=plotting.COLOURS["black"],
                             linewidth=1.2, linestyle="--", zorder=3)  # fmt: skip
            ends = self.ends(K)
            right.plot(at + np.linspace(-0.25, 0.25, len(ends)), ends, ".", color=code)
        left.axhline(0, color=plotting.COLOURS["grey"], linewidth=0.8)
        left.set(xlabel="weight $w$", ylabel="expected gradient $G_K$", ylim=(-8, 12))
        left.legend(title="steps back $K$", loc="upper left", ncols=2)
        right.set(xlabel="steps back $K$", ylabel="weight, second half", ylim=(-0.08, 1))
        right.set_xticks(range(len(HORIZONS)), ["all" if np.isinf(K) else f"{K:.0f}" for K in HORIZONS])
        return fig
