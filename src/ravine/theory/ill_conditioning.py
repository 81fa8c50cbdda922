"""Ill-conditioning: the best settings for a valley, their speed, and what curvature takes back."""

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


def best_learning_rate(kappa: float) -> float:
    r"""The learning rate at which gradient descent crosses a valley fastest.

    $\epsilon = 2 / (\lambda_1 + \lambda_n)$, here with $\lambda_1 = 1$ and $\lambda_n = \kappa$.

    Parameters
    ----------
    kappa : condition number, at least 1, dimensionless.

    Returns
    -------
    float : the learning rate, in units of one over the smallest curvature.

    Raises
    ------
    ValueError : kappa < 1.

    Source: Goh (2017), "Why Momentum Really Works", Distill, section "Choosing a Step-size".

    >>> best_learning_rate(3.0)
    0.5
    """
    return 2 / (1 + _check.real("kappa", kappa, at_least=1))


def polyak(kappa: float) -> tuple[float, float]:
    r"""The learning rate and momentum at which the heavy ball crosses a valley fastest.

    $\epsilon = 4 / (\sqrt{\lambda_1} + \sqrt{\lambda_n})^2$ and
    $\alpha = ((\sqrt\kappa - 1) / (\sqrt\kappa + 1))^2$, with $\lambda_1 = 1$ and $\lambda_n = \kappa$.

    Parameters
    ----------
    kappa : condition number, at least 1, dimensionless.

    Returns
    -------
    (learning_rate, momentum) : floats; the first in units of one over the smallest curvature.

    Raises
    ------
    ValueError : kappa < 1.

    Source: Polyak (1964); Goh (2017), Distill, section "Optimal parameters".

    >>> polyak(9.0)
    (0.25, 0.25)
    """
    root = float(np.sqrt(_check.real("kappa", kappa, at_least=1)))
    return 4 / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2


def chebyshev(kappa: float, n_steps: int) -> Array:
    r"""The learning rates, one a step, that together leave the least of the error in the worst direction.

    $1/\epsilon_k = \frac{\lambda_n + \lambda_1}{2}
    + \frac{\lambda_n - \lambda_1}{2} \cos\frac{(2k - 1) \pi}{2N}$ with $\lambda_1 = 1$,
    $\lambda_n = \kappa$, for $k = 1, \dots, N$. Any order leaves the same; this one mixes long steps among
    short ones, so that rounding errors do not grow.

    Parameters
    ----------
    kappa : condition number, at least 1, dimensionless.
    n_steps : $N$, at least 1.

    Returns
    -------
    Array : shape (n_steps,), in units of one over the smallest curvature.

    Raises
    ------
    ValueError : kappa < 1; n_steps that is no count.

    Source: Young (1953), J. Math. Phys. 32, 243-255; the order: Reichel (1990), BIT 30, 332-346.

    >>> bool(np.isclose(chebyshev(20.0, 1), best_learning_rate(20.0)).all())
    True
    """
    kappa = _check.real("kappa", kappa, at_least=1)
    n = _check.count("n_steps", n_steps)
    angles = (2 * np.arange(n) + 1) * np.pi / (2 * n)
    roots = np.cos(angles)
    order: list[int] = []
    distance = np.zeros(n)  # the logarithm of the product of the distances to those chosen
    for _ in range(n):
        order.append(int(distance.argmax()) if order else n // 2)
        with np.errstate(divide="ignore"):  # what has been chosen is at the distance 0 from itself
            distance += np.log(np.abs(roots - roots[order[-1]]))
    half = angles[order] / 2  # of the curvatures' mean and of their half difference nothing is to cancel
    return np.asarray(1 / (np.sin(half) ** 2 + kappa * np.cos(half) ** 2))


def schedule_leaves(kappa: float, n_steps: ArrayLike) -> Array:
    r"""The share of the error that `chebyshev` leaves in the worst direction.

    $q_N = 2 \rho^N / (1 + \rho^{2N})$ with $\rho = (\sqrt\kappa - 1) / (\sqrt\kappa + 1)$.

    Parameters
    ----------
    kappa : condition number, at least 1, dimensionless.
    n_steps : $N$, shape (...), at least 0.

    Returns
    -------
    Array : shape (...), dimensionless.

    Raises
    ------
    ValueError : kappa < 1; numbers of steps below 0.

    Source: Young (1953), J. Math. Phys. 32, 243-255.

    >>> schedule_leaves(9.0, [1, 2]).round(6).tolist()
    [0.8, 0.470588]
    """
    root = float(np.sqrt(_check.real("kappa", kappa, at_least=1)))
    steps = _check.array("n_steps", n_steps)
    if (steps < 0).any():
        raise ValueError(f"n_steps: got {steps.min()}; want numbers >= 0")
    power = ((root - 1) / (root + 1)) ** steps
    return np.asarray(2 * power / (1 + power**2))


def contraction(learning_rate: ArrayLike, momentum: ArrayLike, lam: ArrayLike) -> Array:
    r"""The factor by which one step shrinks the error along a direction, in the long run.

    The larger modulus of the two roots of $r^2 - (1 + \alpha - \epsilon\lambda) r + \alpha = 0$.

    Parameters
    ----------
    learning_rate, momentum, lam : step size, momentum and curvature; shapes that broadcast.

    Returns
    -------
    Array : the factor, dimensionless, of the broadcast shape; above 1 the run diverges.

    Raises
    ------
    ValueError : entries that are not finite numbers.

    Source: Goh (2017), Distill, section "The Dynamics of Momentum".

    >>> contraction([0.5, 2.5], 0.0, 1.0).tolist()
    [0.5, 1.5]
    """
    epsilon, alpha = _check.array("learning_rate", learning_rate), _check.array("momentum", momentum)
    with np.errstate(over="ignore"):  # a step too long for a float has an infinite factor
        step = epsilon * _check.array("lam", lam)
    root = np.sqrt(np.maximum(alpha, 0))
    # Of the discriminant trace^2 - 4 alpha either factor may vanish: its root neither cancels nor overflows.
    low, high = (1 - root) ** 2 - step, (1 + root) ** 2 - step
    trace = np.abs(1 + alpha - step)
    spread = np.where(alpha < 0, np.hypot(trace, 2 * np.sqrt(np.abs(np.minimum(alpha, 0)))), 0)
    spread = np.where((alpha >= 0) & (low * np.sign(high) > 0), _root_of_product(low, high), spread)
    return np.where((alpha >= 0) & (low <= 0) & (high >= 0), root, trace / 2 + spread / 2)


def _root_of_product(x: Array, y: Array) -> Array:
    """The root of |x y|, without the product."""
    return np.asarray(np.sqrt(np.abs(x)) * np.sqrt(np.abs(y)))


def log_factor(name: str, kappa: float) -> float:
    """The logarithm of the factor a step that is predicted for the rule with its best settings."""
    root = kappa if name == "gradient descent" else float(np.sqrt(kappa))
    return float(np.log1p(-2 / (root + 1)))


def steps_needed(name: str, kappa: float, share: float = 1e-6) -> float:
    r"""The steps until a share of the error is left, predicted for the slowest direction.

    $\ln c / \ln\rho$ with $\rho = (\kappa - 1) / (\kappa + 1)$ for gradient descent at its best constant
    rate; with $\sqrt\kappa$ in place of $\kappa$ for momentum; and with the same for the best schedule
    $\operatorname{arcosh}(1/c) / \ln(1/\rho)$.

    Parameters
    ----------
    name : "gradient descent", "momentum" or "schedule".
    kappa : condition number, above 1, dimensionless.
    share : $c$, in (0, 1), dimensionless.

    Returns
    -------
    float : a number of steps, not rounded.

    Raises
    ------
    ValueError : another name; arguments out of their range.

    Source: Goodfellow, Bengio and Courville (2016), section 8.2.1; Polyak (1964); Young (1953).

    >>> [round(steps_needed(name, 100.0)) for name in ("gradient descent", "momentum", "schedule")]
    [691, 69, 72]
    """
    _check.one_of("name", name, ("gradient descent", "momentum", "schedule"))
    log_rho = log_factor(name, _check.real("kappa", kappa, above=1))
    share = _check.real("share", share, above=0, below=1)
    return float((np.arccosh(1 / share) if name == "schedule" else -np.log(share)) / -log_rho)


def balance(learning_rate: float, curvature_term: ArrayLike, slope_term: ArrayLike) -> float:
    r"""The share of a step's predicted gain that curvature takes back.

    $\sum_t \epsilon\, g_t^\top H_t g_t \big/ \sum_t 2\, g_t^\top g_t$

    Parameters
    ----------
    learning_rate : $\epsilon$, positive.
    curvature_term, slope_term : $g^\top H g$ and $g^\top g$ at consecutive steps, both shape (n_steps,).

    Returns
    -------
    float : dimensionless; 1/2 for the best step along the gradient, 1 for no gain, above 1 for a loss.

    Raises
    ------
    ValueError : terms of different shapes, or of none; a slope term that is negative, or zero throughout.

    Source: Goodfellow, Bengio and Courville (2016), equation 8.10.

    >>> balance(0.5, np.array([4.0, 4.0]), np.array([1.0, 1.0]))
    1.0
    """
    rate = _check.real("learning_rate", learning_rate, above=0)
    slope = _check.array("slope_term", slope_term, ndim=1)
    curved = _check.array("curvature_term", curvature_term, ndim=1, last=len(slope))
    if not len(slope) or slope.min() < 0 or slope.max() == 0:
        raise ValueError(f"slope_term: got {slope_term!r}; want numbers >= 0, one or more of them above 0")
    # Both in units that are powers of two, which cost no digit, and in which no sum overflows.
    (_, above), (_, below) = (np.frexp(np.abs(x).max() * 1.0) for x in (curved, slope))
    share = rate * np.ldexp(curved, -above).sum() / (2 * np.ldexp(slope, -below).sum())
    with np.errstate(over="ignore"):  # a share too large for a float is infinite
        return float(np.ldexp(share, above - below))
