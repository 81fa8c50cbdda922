"""Long runs as a Markov chain: only which minimum a walker is near is kept."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array
from ravine.noise._line import Sigma, waits
from ravine.noise._walkers import Field


def transition_rates_1d(
    drift: Field,
    diffusion: Sigma,
    minima: ArrayLike,
    tops: ArrayLike,
    eps: float,
    domain: tuple[float, float],
    *,
    breaks: Sequence[float] = (),
) -> Array:
    r"""The rates at which walkers on a line go from one minimum to the next.

    $q_{ij} = \frac{\nu}{2} \big/ \int_{basin} D^{-1} e^{-\phi/\nu} \int_{x_i}^{x_j} e^{\phi/\nu}$ for
    neighbours, which for small $\nu$ is the rate of Kramers, and with which the chain's shares are those of
    `occupancy_1d` for every $\nu$.

    Parameters
    ----------
    drift, diffusion, breaks : as for `quasi_potential_1d`.
    minima : attractors, ascending, (k,).
    tops : the points between them at which the drift parts, (k - 1,).
    eps : $\nu$, positive.
    domain : (low, high), which reflect.

    Returns
    -------
    Array : (k, k), jumps per unit of time from row to column; each row adds up to 0.

    Raises
    ------
    ValueError : arguments out of their range, minima and tops that do not alternate.

    Source: Freidlin and Wentzell (2012), Random Perturbations of Dynamical Systems, chapter 6.

    >>> q = transition_rates_1d(lambda x: x - x**3, 1.0, [-1.0, 1.0], [0.0], 0.1, (-3.0, 3.0))
    >>> f"{1 / q[0, 1]:.0f}"  # between one jump and the next
    '730'
    """
    wells, passes = _check.array("minima", minima, ndim=1), _check.array("tops", tops, ndim=1)
    low, high = _check.array("domain", domain, ndim=1, last=2)
    k = len(wells)
    order = np.empty(2 * k + 1)
    if k < 2 or len(passes) != k - 1:
        raise ValueError(
            f"tops: got {len(passes)} for {k} minima; want one between each two, of at least two"
        )
    order[0], order[-1], order[1::2], order[2:-1:2] = low, high, wells, passes
    if not (np.diff(order) > 0).all():
        raise ValueError(f"minima: got {order.tolist()} with ends and tops; want them ascending by turns")
    nu = _check.real("eps", eps, above=0)
    right, left = waits(drift, diffusion, order, nu, breaks)
    rates = np.diag(1 / right, 1) + np.diag(1 / left, -1)
    np.fill_diagonal(rates, -rates.sum(axis=1))
    return rates


def stationary_shares(rates: ArrayLike) -> Array:
    r"""The shares p of a chain in the long run: $p^\top Q = 0$.

    Parameters
    ----------
    rates : Q, (k, k), jumps per unit of time from row to column; each row adds up to 0.

    Returns
    -------
    Array : (k,), with sum 1.

    Raises
    ------
    ValueError : no such matrix, or a chain that falls into parts.

    Source: Norris (1997), Markov Chains, section 3.5.

    >>> stationary_shares([[-1.0, 1.0], [3.0, -3.0]]).tolist()
    [0.75, 0.25]
    """
    Q = _rates(rates)
    k = len(Q)
    # Elimination without differences: no share loses its digits, however small (Grassmann, Taksar, Heyman).
    P = Q - np.diag(np.diag(Q))
    for j in range(k - 1, 0, -1):
        out = P[j, :j].sum()
        if not out > 0:
            raise ValueError(
                "rates: got a chain of several parts; want one in which each state can be reached"
            )
        P[:j, j] /= out
        P[:j, :j] += np.outer(P[:j, j], P[j, :j])
    p = np.ones(k)
    for j in range(1, k):
        p[j] = p[:j] @ P[:j, j]
    if not (p > 0).all():
        raise ValueError("rates: got a chain of several parts; want one in which each state can be reached")
    return np.asarray(p / p.sum())


def shares_over_time(rates: ArrayLike, start: ArrayLike, t: ArrayLike) -> Array:
    r"""The shares of walkers in each state of a chain over time: $p(t)^\top = p(0)^\top e^{Qt}$.

    Parameters
    ----------
    rates : Q, as for `stationary_shares`.
    start : shares at time 0, (k,), with sum 1.
    t : times, at least 0, shape (...).

    Returns
    -------
    Array : (..., k).

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Norris (1997), Markov Chains, section 2.1.

    >>> shares_over_time([[-1.0, 1.0], [1.0, -1.0]], [1.0, 0.0], [0.0, 99.0]).round(9).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    Q, times = _rates(rates), _check.array("t", t)
    p = _check.array("start", start, ndim=1, last=len(Q))
    if (p < 0).any() or abs(p.sum() - 1) > 1e-9:
        raise ValueError(f"start: got {p.tolist()}; want shares >= 0 with sum 1")
    if (times < 0).any():
        raise ValueError(f"t: got {times.min()}; want times >= 0")
    found = np.array([p @ _exponential(Q * time) for time in times.ravel()])
    return found.reshape(*times.shape, len(Q))


def _exponential(M: Array) -> Array:
    """e^M of rates: squared again and again from a series without a minus sign, so that nothing cancels."""
    rate = np.abs(np.diag(M)).max(initial=0)
    doublings = max(0, int(np.ceil(np.log2(max(rate, 1)))) + 1)
    scale = 2.0**doublings
    hops = (M + rate * np.eye(len(M))) / scale  # without a negative entry
    term, total = np.eye(len(M)), np.eye(len(M))
    for j in range(1, 30):
        term = term @ hops / j
        total = total + term
    total = total * np.exp(-rate / scale)
    for _ in range(doublings):
        total = total @ total
    return np.asarray(total / total.sum(axis=1, keepdims=True))


def _rates(rates: ArrayLike) -> Array:
    Q = _check.array("rates", rates, ndim=2)
    k = len(Q)
    off = Q[~np.eye(k, dtype=bool)] if Q.shape == (k, k) else np.full(1, -1.0)
    if not k or (off < 0).any() or (np.abs(Q.sum(axis=1)) > 1e-9 * np.abs(Q).max(initial=1)).any():
        raise ValueError(
            "rates: got no rates; want (k, k), >= 0 but for a diagonal that brings each row to 0"
        )
    return Q
