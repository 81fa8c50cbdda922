"""Inexact gradients: where descent settles if its gradient is wrong; wrong gradients, averaged exactly."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array
from ravine.problems.machines import Machine

LAG, GAIN = 8, 6.0
"""Of the truncated descents: the target is GAIN times the input LAG steps ago."""


def stationary(
    bias: float, sigma: float, learning_rate: float, curvature: float = 1.0
) -> tuple[float, float, float]:
    r"""Where descent on $\frac12 a x^2$ settles if its gradient is $a x + \beta + \sigma \xi$.

    $\mathrm E\,x = -\beta / a, \quad \mathrm{Var}\,x = \epsilon \sigma^2 / (a (2 - \epsilon a))$

    Parameters
    ----------
    bias, sigma : the constant error and the standard deviation of the random one, in units of the gradient.
    learning_rate : positive, below 2 / curvature.
    curvature : a, positive.

    Returns
    -------
    (mean, variance, excess) : of x, of x, and the mean cost above the minimum.

    Raises
    ------
    ValueError : arguments out of their range.

    >>> [round(x, 5) for x in stationary(0.3, 1.0, 0.2)]
    [-0.3, 0.11111, 0.10056]
    """
    a = _check.real("curvature", curvature, above=0)
    rate = _check.real("learning_rate", learning_rate, above=0, below=2 / a)
    bias, sigma = _check.real("bias", bias), _check.real("sigma", sigma, at_least=0)
    # Not a variance times a, or a mean squared: they may leave the floats where the cost does not.
    noise = rate * sigma * (sigma / (2 - rate * a))
    return -bias / a, noise / a, (bias * (bias / a) + noise) / 2


def clipped_solution(threshold: ArrayLike) -> Array:
    r"""Where clipped descent of $\mathrm E\,\frac12 (x - z)^2$ settles, z = 4 or 0 with chances 1/4 and 3/4.

    $x_c = \min(1, c / 3)$

    Parameters
    ----------
    threshold : c > 0, shape (...).

    Returns
    -------
    Array : (...).

    Raises
    ------
    ValueError : a threshold that is not positive.

    >>> clipped_solution([1.5, 4.0]).tolist()
    [0.5, 1.0]
    """
    c = _check.array("threshold", threshold)
    if (c <= 0).any():
        raise ValueError(f"threshold: got {threshold!r}; want numbers > 0")
    return np.asarray(np.minimum(1, c / 3))


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
    K, size = steps_back(horizon), np.abs(w)
    with np.errstate(divide="ignore"):  # nothing of w = 0 is kept
        kept = 1.0 if np.isinf(K) else -np.expm1(2 * K * np.log(size))
    # Factors and expm1, as near |w| = 1 the differences of powers cancel.
    return np.asarray(w * kept / ((1 - size) * (1 + size)) ** 2), np.asarray(min(n, K) * w ** (n - 1))


def steps_back(horizon: float) -> float:
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
    n, K = _check.count("lag", lag, at_least=3), steps_back(horizon)
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
    gamma, n, K = _check.real("gain", gain), _check.count("lag", lag, at_least=3), steps_back(horizon)
    lowest = _lowest(K, n)
    if gamma <= 0 or math.log(gamma) <= _log_gain(lowest, K, n):
        return None

    def above(u: float) -> float:
        return _log_gain(u, K, n) - math.log(gamma)

    # Towards w = 0 the gain grows like w^(2 - n), towards 1 at least like 1 / (2 u max(n, 1)).
    small = lowest + (math.log(gamma) + math.log(4 * n)) / (n - 2) + 1
    near = min(lowest, 1 / (4 * gamma * n)) / 4
    return math.exp(-_bisect(above, lowest, small)), math.exp(-_bisect(above, lowest, near))


def divergence(machine: Machine, theta: Array, p: Array) -> Array:
    """The Kullback-Leibler divergence of the machine from the distribution p, the cost J to be lowered.

    J = sum over states of p log(p / p_theta)

    Parameters
    ----------
    machine : the model.
    theta : (..., n).
    p : the probability of every state, (n_states,).

    Returns
    -------
    Array : (...), nats.

    Raises
    ------
    ValueError : shapes that do not fit, or a p that is not a distribution.

    >>> from ravine.problems import RestrictedBoltzmannMachine
    >>> abs(float(divergence(RestrictedBoltzmannMachine(2, 1), np.zeros(5), np.full(4, 0.25)))) < 1e-12
    True
    """
    p = _distribution(machine, p)
    entropy = -(p[p > 0] * np.log(p[p > 0])).sum()
    return np.asarray(-machine.log_p(theta) @ p - entropy)


def exact_gradient(machine: Machine, theta: Array, p: Array) -> Array:
    """The gradient of `divergence`: the statistics' mean under the machine minus that under p.

    Parameters, raises : as for `divergence`.

    Returns
    -------
    Array : (..., n).

    >>> from ravine.problems import RestrictedBoltzmannMachine
    >>> exact_gradient(RestrictedBoltzmannMachine(1, 1), np.zeros(3), np.array([0.25, 0.75])).tolist()
    [-0.125, -0.25, 0.0]
    """
    return _field(machine, theta, np.exp(machine.log_p(theta)), _distribution(machine, p))


def contrastive_divergence(machine: Machine, theta: Array, p: Array, n_gibbs: int) -> Array:
    """What contrastive divergence gives on average for that gradient: a chain of k Gibbs steps from p.

    Parameters
    ----------
    machine, theta, p : as for `divergence`.
    n_gibbs : k, at least 0.

    Returns
    -------
    Array : (..., n).

    Raises
    ------
    ValueError : as for `divergence`, or a negative k.

    Source: G. Hinton, Neural Computation 14, 2002; exact as in Y. Bengio and O. Delalleau, Neural Computation
    21, 2009.

    >>> from ravine.problems import RestrictedBoltzmannMachine
    >>> machine, p = RestrictedBoltzmannMachine(1, 1), np.array([0.25, 0.75])
    >>> contrastive_divergence(machine, np.zeros(3), p, 1).tolist()
    [-0.125, -0.25, 0.0]
    """
    p, k = _distribution(machine, p), _check.count("n_gibbs", n_gibbs, at_least=0)
    return _field(machine, theta, p @ np.linalg.matrix_power(machine.kernel(theta), k), p)


def pseudo_gradient(machine: Machine, theta: Array, p: Array) -> Array:
    """The gradient of minus the pseudo-likelihood, the mean of log p(v_i | all other bits) summed over bits.

    Parameters, returns, raises : as for `exact_gradient`.

    Source: J. Besag, The Statistician 24, 1975.

    >>> from ravine.problems import RestrictedBoltzmannMachine
    >>> pseudo_gradient(RestrictedBoltzmannMachine(1, 1), np.zeros(3), np.array([0.25, 0.75])).tolist()
    [-0.125, -0.25, 0.0]
    """
    p, log_p, phi = _distribution(machine, p), machine.log_p(theta), machine.statistics(theta)
    # 1 - p(v_i | others), times what the other value of the bit would add
    wrong = np.exp(-np.logaddexp(0, log_p[..., None] - log_p[..., machine.flips]))
    change = phi[..., machine.flips, :] - phi[..., :, None, :]
    return np.asarray(np.einsum("s,...si,...sin->...n", p, wrong, change))


def _field(machine: Machine, theta: Array, q: Array, p: Array) -> Array:
    return np.asarray(((q - p)[..., None, :] @ machine.statistics(theta))[..., 0, :])


def _distribution(machine: Machine, p: Array) -> Array:
    p = _check.array("p", p, ndim=1, last=len(machine.V))
    if (p < 0).any() or abs(p.sum() - 1) > 1e-9:
        raise ValueError(f"p: got entries from {p.min()} with the sum {p.sum()}; want a distribution")
    return p
