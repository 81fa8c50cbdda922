"""Long-term dependencies: what many random factors leave of a signal, and the price of a lasting memory."""

import math

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array

DEPTH = 50
"""Layers of the feed-forward networks, and factors of the scalar chains."""


def log_gain_law(width: int, activation: str = "linear", *, depth: int = DEPTH) -> tuple[float, float]:
    r"""Mean and standard deviation of `log_gains`, exactly.

    Linear: $L\,[\psi(N/2) - \ln(N/2)]$ and $\sqrt{L\,\psi'(N/2)}$. For ReLU, $\psi(K/2) - \ln(N/4)$ is
    averaged over the number $K \ge 1$ of units that are on, binomial with probability 1/2.

    Parameters
    ----------
    width, activation, depth : as for `log_gains`.

    Returns
    -------
    (mean, sd) : floats, dimensionless.

    Raises
    ------
    ValueError : a count below 1 or an unknown activation.

    >>> mean, sd = log_gain_law(50)  # depth / width = 1
    >>> round(mean, 2), round(sd, 2)
    (-1.01, 1.43)
    """
    N, L = _check.count("width", width), _check.count("depth", depth)
    if N > 1000:
        return _wide_law(N, L, _check.one_of("activation", activation, ("linear", "relu")))
    if _check.one_of("activation", activation, ("linear", "relu")) == "linear":
        half = sp.Rational(N, 2)
        return float(L * (sp.digamma(half) - sp.log(half))), float(sp.sqrt(L * sp.polygamma(1, half)))
    on = np.arange(1, N + 1)
    chance = np.array([math.comb(N, k) / (2**N - 1) for k in range(1, N + 1)])
    mean = np.array([float(sp.digamma(sp.Rational(k, 2))) for k in map(int, on)]) - np.log(N / 4)
    variance = np.array([float(sp.polygamma(1, sp.Rational(k, 2))) for k in map(int, on)])
    centre = chance @ mean
    return float(L * centre), float(np.sqrt(L * (chance @ (variance + (mean - centre) ** 2))))


def _wide_law(N: int, L: int, activation: str) -> tuple[float, float]:
    """`log_gain_law` for widths above 1000, where the exact sums are long and their terms cancel."""
    if activation == "linear":
        mean, variance = _digamma_less_log(N / 2), _trigamma(N / 2)
        return L * float(mean), math.sqrt(L * float(variance))
    if N > 10**12:
        raise ValueError(f"width: got {N}; want at most 10^12 for 'relu'")
    # Twenty standard deviations of the number K of units that are on; chances from ratios of neighbours.
    reach = min(10 * math.isqrt(N), N // 2 - 1)
    on = N // 2 + np.arange(-reach, reach + 1.0)
    log_chance = np.concatenate([[0.0], np.cumsum(np.log((N - on[:-1]) / on[1:]))])
    chance = np.exp(log_chance - log_chance.max())
    chance /= chance.sum()
    off = (2 * on - N) / N  # ln(K / (N / 2)) = ln(1 + off), and off has the mean 0
    bend = _digamma_less_log(on / 2) + _log1p_less(off)
    centre = float(chance @ bend)
    return L * centre, math.sqrt(L * float(chance @ (_trigamma(on / 2) + (bend + off - centre) ** 2)))


def _digamma_less_log(x: ArrayLike) -> Array:
    """psi(x) - ln x for x >= 20, by its asymptotic series."""
    y = 1 / np.square(np.asarray(x, dtype=np.float64))
    return np.asarray(-0.5 / np.asarray(x) - y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y / 240))))


def _trigamma(x: ArrayLike) -> Array:
    """psi'(x) for x >= 20, by its asymptotic series."""
    z = 1 / np.asarray(x, dtype=np.float64)
    y = z * z
    return np.asarray(z + y / 2 + z * y * (1 / 6 - y * (1 / 30 - y * (1 / 42 - y / 30))))


def _log1p_less(x: Array) -> Array:
    """ln(1 + x) - x; by its series where the two cancel."""
    series = np.zeros_like(x)
    for k in range(16, 1, -1):
        series = (-1) ** (k + 1) / k + x * series
    return np.where(np.abs(x) < 0.08, x * x * series, np.log1p(x) - x)


def fixed_point(w: float) -> float:
    r"""The state that a single tanh unit holds.

    The positive solution of $x = \tanh(w x)$.

    Parameters
    ----------
    w : weight of the unit on itself, above 1, dimensionless.

    Returns
    -------
    float : dimensionless.

    Raises
    ------
    ValueError : w of at most 1, where only 0 is held.

    Source: Bengio, Simard and Frasconi (1994).

    >>> x = fixed_point(1.25)
    >>> bool(abs(x - np.tanh(1.25 * x)) < 1e-15)
    True
    """
    w, x = _check.real("w", w, above=1), 1.0
    if w < 1.01:
        return _small_fixed_point(w)
    for _ in range(200):  # Newton from above: x - tanh(w x) is convex for x > 0
        x -= (x - np.tanh(w * x)) / (1 - w * (1 - np.tanh(w * x) ** 2))
    return float(x)


def _small_fixed_point(w: float) -> float:
    """Near w = 1 x - tanh(w x) cancels: there from artanh(x) / x - 1 = x^2/3 + x^4/5 + ... = w - 1."""
    powers = np.arange(1, 13)
    square = 3 * (w - 1)
    for _ in range(10):
        terms = square**powers / (2 * powers + 1)
        square -= (terms.sum() - (w - 1)) / ((powers * terms).sum() / square)
    return float(np.sqrt(square))


def gradient_factor(w: float) -> float:
    r"""The factor a step by which the gradient shrinks while the unit holds its state.

    $\mu = w\,(1 - x_\star^2)$

    Parameters
    ----------
    w : as for `fixed_point`.

    Returns
    -------
    float : dimensionless, below 1.

    Raises
    ------
    ValueError : w of at most 1.

    >>> round(gradient_factor(1.25), 4)
    0.6191
    """
    x = fixed_point(w)
    # 1 - x^2 = 1 / cosh^2(w x) without the cancellation of an x near 1.
    e = math.exp(-2 * w * x)
    return 4 * w * e / (1 + e) ** 2 if w > 1.01 else w * (1 - x**2)


def tolerance(w: float) -> float:
    r"""The largest constant input against the unit's state that does not erase it.

    $u = w x - \mathrm{artanh}\, x$ at $x = \sqrt{1 - 1/w}$, where the held state of
    $x = \tanh(w x - u)$ disappears.

    Parameters
    ----------
    w : as for `fixed_point`.

    Returns
    -------
    float : dimensionless.

    Raises
    ------
    ValueError : w of at most 1.

    >>> round(tolerance(1.25), 4)
    0.0778
    """
    w = _check.real("w", w, above=1)
    fold = math.sqrt((w - 1) / w)
    if w < 1.01:  # both terms are close to the fold itself: the sum of their difference, power by power
        return sum(fold ** (2 * k + 1) * 2 * k / (2 * k + 1) for k in range(1, 12))
    # artanh x = ln(1 + x) - ln(1 - x^2) / 2, and 1 - x^2 = 1 / w
    return w * fold - math.log1p(fold) - math.log(w) / 2
