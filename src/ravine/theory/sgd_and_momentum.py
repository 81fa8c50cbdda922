"""SGD and momentum: where noisy descents hover, how fast they get there, and what a schedule changes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


def stable_learning_rate(lam: ArrayLike, momentum: float = 0.0) -> Array:
    r"""The learning rate from which on a descent along a curvature diverges.

    $\epsilon < 2 (1 + \alpha) / \lambda$

    Parameters
    ----------
    lam : curvatures $\lambda$, positive, shape (...).
    momentum : $\alpha$, in [0, 1).

    Returns
    -------
    Array : shape (...), in units of one over the curvature.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Polyak (1964); Goh (2017), Distill, section "The Dynamics of Momentum".

    >>> float(stable_learning_rate(4.0, 0.9))
    0.95
    """
    return 2 * (1 + _momentum(momentum)) / _positive("lam", lam)


def effective_learning_rate(learning_rate: float, momentum: float) -> float:
    r"""The rate at which plain descent moves as far, where the gradient stays what it is.

    $\epsilon / (1 - \alpha)$: under a constant gradient g, a step is $-\epsilon g / (1 - \alpha)$ in the end.

    Parameters
    ----------
    learning_rate : $\epsilon$, positive.
    momentum : $\alpha$, in [0, 1).

    Returns
    -------
    float : in the unit of the learning rate.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Goodfellow, Bengio and Courville (2016), section 8.3.2.

    >>> round(effective_learning_rate(0.05, 0.9), 12)
    0.5
    """
    return _check.real("learning_rate", learning_rate, above=0) / (1 - _momentum(momentum))


def stationary_variance(
    learning_rate: ArrayLike,
    lam: ArrayLike,
    noise_variance: float = 1.0,
    batch_size: int = 1,
    momentum: float = 0.0,
) -> Array:
    r"""The variance about the minimum at which a descent with noisy gradients hovers.

    $\frac{\epsilon s^2 (1 + \alpha)}{B \lambda (1 - \alpha) (2 (1 + \alpha) - \epsilon\lambda)}$ for the
    gradient $\lambda\theta + \xi$, the mean over B examples, each with noise of variance $s^2$.

    Parameters
    ----------
    learning_rate, lam : $\epsilon$ and $\lambda$, positive, of shapes that broadcast.
    noise_variance : $s^2$, at least 0, in units of g squared.
    batch_size : B, at least 1.
    momentum : $\alpha$, in [0, 1).

    Returns
    -------
    Array : of the broadcast shape, in units of theta squared; infinite where the descent diverges.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter; for $\alpha = 0$ as in Mandt, Hoffman and Blei (2017), JMLR 18.

    >>> float(stationary_variance(0.1, 1.0, momentum=0.9).round(4))
    0.5135
    """
    alpha = _momentum(momentum)
    rate, curvature = np.broadcast_arrays(_positive("learning_rate", learning_rate), _positive("lam", lam))
    s2 = _check.real("noise_variance", noise_variance, at_least=0) / _check.count("batch_size", batch_size)
    room = 2 * (1 + alpha) - rate * curvature
    with np.errstate(divide="ignore", invalid="ignore"):  # at and beyond the limit, where it is infinite
        variance = rate * s2 * (1 + alpha) / (curvature * (1 - alpha) * room)
    return np.asarray(np.where(room > 0, variance, np.inf))


def second_moments(
    learning_rates: Sequence[float] | Array,
    lam: float,
    start: float,
    noise_variance: float = 1.0,
    batch_size: int = 1,
    momentum: float = 0.0,
) -> Array:
    r"""The mean of theta squared at each step, exactly, for any schedule.

    $v_{t+1} = \alpha v_t - \epsilon_t (\lambda\theta_t + \xi_t)$, $\theta_{t+1} = \theta_t + v_{t+1}$:
    the second moments of theta, of v and of their product obey a linear recurrence.

    Parameters
    ----------
    learning_rates : $\epsilon_0, \epsilon_1, \dots$, at least 0, shape (n_steps,).
    lam : $\lambda$, positive.
    start : the mean of theta squared at the start, at rest, at least 0.
    noise_variance, batch_size, momentum : as for `stationary_variance`.

    Returns
    -------
    Array : shape (n_steps + 1,), in units of theta squared.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter; the book's form of momentum, Goodfellow et al. (2016), algorithm 8.2.

    >>> second_moments([1.0, 0.5, 1 / 3], 1.0, 4.0).round(12).tolist()  # a running mean
    [4.0, 1.0, 0.5, 0.333333333333]
    """
    rates = _check.array("learning_rates", learning_rates, ndim=1)
    if (rates < 0).any():
        raise ValueError(f"learning_rates: got {rates.min()}; want numbers >= 0")
    curvature, alpha = _check.real("lam", lam, above=0), _momentum(momentum)
    s2 = _check.real("noise_variance", noise_variance, at_least=0) / _check.count("batch_size", batch_size)
    xx, xv, vv = _check.real("start", start, at_least=0), 0.0, 0.0
    moments = [xx]
    for rate in rates:
        pull, kick = rate * curvature, rate**2 * s2
        vv, xv = (
            alpha**2 * vv - 2 * alpha * pull * xv + pull**2 * xx + kick,
            alpha * xv - pull * xx,
        )
        # theta moves by the new v.
        xx, xv = xx + 2 * xv + vv, xv + vv
        moments.append(xx)
    return np.array(moments)


def nesterov_limit(lam: ArrayLike, momentum: float = 0.0) -> Array:
    r"""The learning rate from which on Nesterov's momentum diverges along a curvature.

    $\epsilon < 2 (1 + \alpha) / \lambda (1 + 2\alpha)$: the gradient of the point ahead, which damps slow
    directions, makes steep ones less stable than the heavy ball's $2 (1 + \alpha) / \lambda$.

    Parameters
    ----------
    lam : curvatures $\lambda$, positive, shape (...).
    momentum : $\alpha$, in [0, 1).

    Returns
    -------
    Array : shape (...), in units of one over the curvature.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter; the rule is that of Sutskever et al. (2013), ICML, equations 3 and 4.

    >>> float(nesterov_limit(4.0, 0.5))
    0.375
    """
    alpha = _momentum(momentum)
    return 2 * (1 + alpha) / ((1 + 2 * alpha) * _positive("lam", lam))


def dampened_learning_rate(learning_rate: float, momentum: float, dampening: float) -> float:
    r"""The rate at which plain descent moves as far as momentum whose gradients are dampened.

    $(1 - \tau) \epsilon / (1 - \alpha)$; with $\tau = \alpha$ momentum is an average of gradients, and
    moves no further than plain descent.

    Parameters
    ----------
    learning_rate : $\epsilon$, positive.
    momentum : $\alpha$, in [0, 1).
    dampening : $\tau$, in [0, 1).

    Returns
    -------
    float : in the unit of the learning rate.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter, for b <- alpha b + (1 - tau) g, theta <- theta - epsilon b.

    >>> round(dampened_learning_rate(0.1, 0.9, 0.9), 12)
    0.1
    """
    share = 1 - _check.real("dampening", dampening, at_least=0, below=1)
    return share * effective_learning_rate(learning_rate, momentum)


def lag(momentum: float) -> float:
    r"""The steps after which momentum has forgotten all but 1/e of a rate that it no longer uses.

    $1 / \ln(1/\alpha)$, nearly $1 / (1 - \alpha)$: k steps after a change the velocity still holds
    $\alpha^k$ of the old rate's.

    Parameters
    ----------
    momentum : $\alpha$, in [0, 1).

    Returns
    -------
    float : steps; 0 without momentum.

    Raises
    ------
    ValueError : momentum out of its range.

    Source: derived in the chapter, for the book's form, Goodfellow et al. (2016), algorithm 8.2.

    >>> round(lag(0.9), 2)
    9.49
    """
    alpha = _momentum(momentum)
    return float(-1 / np.log(alpha)) if alpha else 0.0


def tilted_points(tilt: float) -> tuple[float, float, float]:
    r"""The deep minimum, the top and the shallow minimum of $x^4/4 - x^2/2 + c x$.

    The roots of $x^3 - x + c$, $\frac{2}{\sqrt 3} \cos\frac{\arccos(-3\sqrt 3 c / 2) - 2\pi k}{3}$.

    Parameters
    ----------
    tilt : c, at least 0 and below $2 / 3\sqrt 3$, from where on there is one minimum alone.

    Returns
    -------
    (deep, top, shallow) : ascending.

    Raises
    ------
    ValueError : a tilt out of its range.

    Source: Viete's formula for three real roots.

    >>> [round(x, 4) for x in tilted_points(0.1)]
    [-1.0467, 0.101, 0.9456]
    """
    c = _check.real("tilt", tilt, at_least=0, below=2 / 27**0.5)
    angle = np.arccos(-np.sqrt(27) / 2 * c) - 2 * np.pi * np.array([2, 1, 0])
    deep, top, shallow = 2 / np.sqrt(3) * np.cos(angle / 3)
    return float(deep), float(top), float(shallow)


def energy_bound(tilt: float) -> float:
    r"""Where, beyond the shallow minimum, $x^4/4 - x^2/2 + c x$ is as high as its top.

    $x_0 = -t + \sqrt{2 (1 - t^2)}$ with t the top, above which the cost is
    $(x - t)^2 (x^2 + 2 t x + 3 t^2 - 2) / 4$.
    A ball that starts lower, at rest, cannot cross the top as long as its energy falls.

    Parameters
    ----------
    tilt : c, as for `tilted_points`.

    Returns
    -------
    float : $x_0$.

    Raises
    ------
    ValueError : a tilt out of its range.

    Source: derived in the chapter.

    >>> round(energy_bound(0.1), 4)
    1.3059
    """
    _, top, _ = tilted_points(tilt)
    return float(-top + np.sqrt(2 * (1 - top**2)))


def falling_energy_limit(largest_curvature: float, momentum: float = 0.0) -> float:
    r"""The learning rate up to which the energy of momentum certainly falls at each step.

    $\epsilon \le 2 (1 - \alpha) / L$: with $E_t = f(\theta_t) + \alpha v_t^2 / 2\epsilon$,
    $E_{t+1} \le E_t - (1 - \alpha - \epsilon L / 2) v_{t+1}^2 / \epsilon$. All along such a step
    the cost stays below $E_t$ too: the ball passes no top that is higher.

    Parameters
    ----------
    largest_curvature : L, the largest second derivative between the points, positive.
    momentum : $\alpha$, in [0, 1).

    Returns
    -------
    float : in units of one over the curvature.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter, from the quadratic upper bound of the cost.

    >>> falling_energy_limit(4.0, 0.5)
    0.25
    """
    return 2 * (1 - _momentum(momentum)) / _check.real("largest_curvature", largest_curvature, above=0)


def _momentum(momentum: float) -> float:
    return _check.real("momentum", momentum, at_least=0, below=1)


def _positive(name: str, x: ArrayLike) -> Array:
    found = _check.array(name, x)
    if (found <= 0).any():
        raise ValueError(f"{name}: got {found.min()}; want numbers > 0")
    return found
