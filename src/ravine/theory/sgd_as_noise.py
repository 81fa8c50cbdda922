r"""SGD as a small random perturbation: how far it strays, how long it stays, what its noise decides.

As in `ravine.noise`: $dx = -\nabla f\, dt + \sqrt\nu\, \Sigma\, dW$ (Ito), $D = \Sigma\Sigma^\top$, and $\nu$
is called `eps`. For SGD with the learning rate $\epsilon$ and batches of B, $\nu = \epsilon / B$, and a step
takes the time $\epsilon$.
"""

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array
from ravine.theory._sgd_steps import (
    growth_exponent,
    least_squares_excess,
    stability_limits,
    two_point_barrier,
    two_point_hamiltonian,
    two_point_momentum,
)

__all__ = [
    "disk_exit_time",
    "growth_exponent",
    "kramers_time",
    "least_squares_excess",
    "ou_action",
    "ou_least_action",
    "perturbation_bound",
    "perturbation_error",
    "stability_limits",
    "two_point_barrier",
    "two_point_hamiltonian",
    "two_point_momentum",
]


def perturbation_error(curvature: ArrayLike, eps: float, T: ArrayLike, D: float = 1.0) -> Array:
    r"""How far noise carries a descent on a quadratic from the descent without it, in the mean of squares.

    $E|x(T) - x^{GD}(T)|^2 = \nu D\, \frac{1 - e^{-2aT}}{2a}$, and $\nu D T$ for a = 0. Where a < 0, on a top,
    it grows exponentially.

    Parameters
    ----------
    curvature : a, of either sign.
    eps : $\nu$, at least 0.
    T : time, at least 0; shapes broadcast.
    D : variance of the noise, at least 0.

    Returns
    -------
    Array : of the broadcast shape, in units of x squared.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter; lemma 1 of Hu, Zhu, Xiong and Huan (2019) bounds it.

    >>> perturbation_error([2.0, 0.0], 0.1, 50.0).round(6).tolist()
    [0.025, 5.0]
    """
    a, times = _check.array("curvature", curvature), _at_least_0("T", T)
    size = _check.real("eps", eps, at_least=0) * _check.real("D", D, at_least=0)
    still = a == 0
    grown = -np.expm1(-2 * a * times) / np.where(still, 1.0, 2 * a)
    return np.asarray(size * np.where(still, times, grown))


def perturbation_bound(lipschitz: float, trace: float, eps: float, T: ArrayLike) -> Array:
    r"""The bound of lemma 1 with its constant: $E|\delta(T)|^2 \le \nu M \frac{e^{2LT} - 1}{2L}$.

    With $\delta = x - x^{GD}$, from
    $\frac{d}{dt} E|\delta|^2 = -2 E \delta^\top (\nabla f(x) - \nabla f(x^{GD})) + \nu E\, \mathrm{tr} D$.
    On a top of curvature -L it is attained, so that no constant that grows less than exponentially will do.

    Parameters
    ----------
    lipschitz : L, of the gradient, positive.
    trace : M, the largest trace of D, at least 0.
    eps : $\nu$, at least 0.
    T : time, at least 0, shape (...).

    Returns
    -------
    Array : shape (...), in units of x squared.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter; lemma 1 of Hu, Zhu, Xiong and Huan (2019), who name no constant.

    >>> float(perturbation_bound(1.0, 1.0, 0.1, 5.0).round(1))
    1101.3
    """
    L = _check.real("lipschitz", lipschitz, above=0)
    size = _check.real("eps", eps, at_least=0) * _check.real("trace", trace, at_least=0)
    return np.asarray(size * np.expm1(2 * L * _at_least_0("T", T)) / (2 * L))


def kramers_time(
    barrier: float,
    eps: ArrayLike,
    curvature_minimum: float,
    curvature_top: float,
    D_minimum: float = 1.0,
    D_top: float = 1.0,
) -> Array:
    r"""The mean time from a minimum to beyond the top, on a line and for weak noise.

    $\tau \approx \frac{2\pi}{\sqrt{|f''_s| f''_a}} \sqrt{\frac{D_s}{D_a}}\; e^{\Delta\phi/\nu}$, a at the
    minimum, s at the top: the double integral of `noise.mean_exit_time_1d`, both integrands taken as
    Gaussian. To the top itself it is half as long: from there, every other walker returns.

    Parameters
    ----------
    barrier : $\Delta\phi$, the rise of the quasi-potential, at least 0; $2 \Delta f / D$ for a constant D.
    eps : $\nu$, positive, shape (...).
    curvature_minimum, curvature_top : $f''_a$ and $|f''_s|$, positive.
    D_minimum, D_top : D at the two, positive. Where D jumps at the top, the square of the mean of its roots
        on both sides.

    Returns
    -------
    Array : shape (...), in units of time; in steps of SGD, divide by the learning rate.

    Raises
    ------
    ValueError : arguments out of their range; a time that no float64 holds.

    Source: Kramers (1940), Physica 7, equation 17; with the noise as a function of the place, derived here.

    >>> kramers_time(0.5, [0.2, 0.15, 0.125, 0.1], 2.0, 1.0).round(2).tolist()
    [54.13, 124.54, 242.57, 659.38]
    """
    nu = _positive("eps", eps)
    exponent = _check.real("barrier", barrier, at_least=0) / nu
    if (exponent > 690).any():
        raise ValueError(f"eps: got {nu.min()}; want a strength whose mean time a float64 holds")
    bent = _check.real("curvature_minimum", curvature_minimum, above=0)
    over = _check.real("curvature_top", curvature_top, above=0)
    noise = _check.real("D_top", D_top, above=0) / _check.real("D_minimum", D_minimum, above=0)
    return np.asarray(2 * np.pi * np.sqrt(noise / (bent * over)) * np.exp(exponent))


def disk_exit_time(radius: float, eps: ArrayLike, start: float = 0.0) -> Array:
    r"""The mean time to leave a disk about the minimum of $|x|^2/2$ under isotropic noise, D the identity.

    $\tau(0) = \frac12 (Ei(z) - \gamma - \ln z)$ with $z = R^2/\nu$; less the same at the start's $r^2/\nu$.

    Parameters
    ----------
    radius : R, positive.
    eps : $\nu$, positive, shape (...).
    start : r, the distance from which it starts, at most R.

    Returns
    -------
    Array : shape (...), in units of time.

    Raises
    ------
    ValueError : arguments out of their range; a time that no float64 holds.

    Source: derived in the chapter, from $\frac\nu2 (u'' + u'/r) - r u' = -1$.

    >>> disk_exit_time(1.0, [0.35, 0.3, 0.25, 0.2]).round(3).tolist()
    [3.697, 5.328, 8.834, 18.999]
    """
    R, nu = _check.real("radius", radius, above=0), _positive("eps", eps)
    r = _check.real("start", start, at_least=0, at_most=R)
    if (R**2 / nu > 690).any():
        raise ValueError(f"eps: got {nu.min()}; want a strength whose mean time a float64 holds")
    return np.asarray((_entire_exponential(R**2 / nu) - _entire_exponential(r**2 / nu)) / 2)


def _entire_exponential(z: Array) -> Array:
    """Ei(z) - gamma - ln z, the sum of z^k / (k k!): all terms positive, nothing cancels."""
    term, total = np.ones_like(z), np.zeros_like(z)
    for k in range(1, int(3 * z.max(initial=0)) + 60):
        term = term * z / k
        total = total + term / k
    return total


def ou_action(x0: ArrayLike, x: ArrayLike, T: ArrayLike, curvature: float = 1.0, D: float = 1.0) -> Array:
    r"""The least action from x0 to x in time T, for the drift -a x.

    $S = \frac{a (x - x_0 e^{-aT})^2}{D (1 - e^{-2aT})}$; for T to infinity $a x^2 / D$, which is $2 f / D$.

    Parameters
    ----------
    x0, x : from where and to where, and T, positive or infinite, of shapes that broadcast.
    T : duration.
    curvature : a, positive.
    D : variance of the noise, positive.

    Returns
    -------
    Array : of the broadcast shape, in units of $\nu$.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter, from the equation of Euler and Lagrange.

    >>> ou_action(2.0, 1.0, [np.log(2), np.inf]).tolist()
    [0.0, 1.0]
    """
    a, noise = _check.real("curvature", curvature, above=0), _check.real("D", D, above=0)
    times = _check.floats("T", T)
    if not (times > 0).all():
        raise ValueError(f"T: got {times.tolist()}; want times > 0, or infinity")
    left = np.exp(-a * times)
    gap = _check.array("x", x) - _check.array("x0", x0) * left
    return np.asarray(a * gap**2 / (noise * -np.expm1(-2 * a * times)))


def ou_least_action(x0: ArrayLike, x: ArrayLike, curvature: float = 1.0, D: float = 1.0) -> Array:
    r"""The least action from x0 to x over all times, for the drift -a x.

    0 if x lies on the way down, $a (x^2 - x_0^2)/D$ if uphill of x0, and $a x^2/D$ if beyond the minimum.
    Only from the minimum itself, x0 = 0, is it the quasi-potential $a x^2/D$ of every x.

    Parameters
    ----------
    x0, x : from where and to where, of shapes that broadcast.
    curvature, D : as for `ou_action`.

    Returns
    -------
    Array : of the broadcast shape, in units of $\nu$.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter; against equations (5) and (6) of Hu, Zhu, Xiong and Huan (2019).

    >>> ou_least_action(2.0, [1.0, 3.0, -1.0]).tolist()
    [0.0, 5.0, 1.0]
    """
    a, noise = _check.real("curvature", curvature, above=0), _check.real("D", D, above=0)
    start, end = np.broadcast_arrays(_check.array("x0", x0), _check.array("x", x))
    uphill = np.maximum(end**2 - start**2, 0)
    return np.asarray(a / noise * np.where(start * end < 0, end**2, uphill))


def _positive(name: str, x: ArrayLike) -> Array:
    found = _check.array(name, x)
    if (found <= 0).any():
        raise ValueError(f"{name}: got {found.min()}; want numbers > 0")
    return found


def _at_least_0(name: str, x: ArrayLike) -> Array:
    found = _check.array(name, x)
    if (found < 0).any():
        raise ValueError(f"{name}: got {found.min()}; want numbers >= 0")
    return found
