"""Diffusions on a line, exactly: quasi-potential, stationary density, exit times and shares by quadrature."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array
from ravine.noise._quadrature import Line, converged, on_line, points_of
from ravine.noise._walkers import Field

Sigma = Field | float
"""A number, or a function of the positions (n,) that gives one for each."""


def quasi_potential_1d(
    drift: Field,
    diffusion: Sigma,
    x: ArrayLike,
    attractor: float,
    *,
    downhill_free: bool = False,
    breaks: Sequence[float] = (),
) -> Array:
    r"""The quasi-potential on a line, by quadrature from an attractor O.

    $\phi' = -2b/D$, which is $2f'/D$ for a descent, and $\phi(O) = 0$. The stationary density is
    $D^{-1} e^{-\phi/\nu}$ up to a factor. In the basin of O, and up to its tops, $\phi$ is also what it costs
    to come from O: the least action, $\inf_{T, \psi} \frac12 \int_0^T (\dot\psi - b)^2 / D\, dt$. Beyond a
    top the drift carries walkers on for nothing, and the least action stays at what the climbs before
    have cost: `downhill_free=True` gives that.

    Parameters
    ----------
    drift : b, positions (n,) -> (n,); $-f'$ for a descent.
    diffusion : $\Sigma$, with $D = \Sigma^2$ positive, a number or a function of the positions.
    x : where, shape (...).
    attractor : O, a point at which the drift points from both sides.
    downhill_free : whether to give the least action from O rather than the potential.
    breaks : places at which drift or diffusion jump or have a kink.

    Returns
    -------
    Array : $\phi$, shape (...), relative to O, in units of $\nu$.

    Raises
    ------
    ValueError : arguments out of their range; no attractor; functions that are not smooth between the breaks.

    Source: Freidlin and Wentzell (2012), Random Perturbations of Dynamical Systems, chapter 4, theorem 3.1.

    >>> quasi_potential_1d(lambda x: x - x**3, 1.0, [-1.0, 0.0, 1.0], attractor=-1.0).round(6).tolist()
    [0.0, 0.5, 0.0]
    """
    places = _check.array("x", x)
    O = _check.real("attractor", attractor)
    _must_attract(drift, O)
    if not isinstance(downhill_free, bool | np.bool_):
        raise ValueError(f"downhill_free: got {downhill_free!r}; want True or False")
    points = points_of(places, breaks, O)
    if len(points) == 1:
        return np.zeros(places.shape)
    here = np.searchsorted(points, places)
    origin = int(np.searchsorted(points, O))

    def compute(n_panels: int) -> Array:
        line = Line(points, n_panels)
        slope = _slope(drift, diffusion, line.x)
        if downhill_free:
            # Away from O it costs to go where phi rises; `slope` is along +x.
            slope = np.where(line.x > O, np.maximum(slope, 0), np.minimum(slope, 0))
        _, at = line.cumulative(slope)
        return np.asarray((at - at[origin])[here])

    if downhill_free:  # where the slope changes sign the integrand has a kink: a panel ends there
        points = _with_zeros(drift, points)
        here, origin = np.searchsorted(points, places), int(np.searchsorted(points, O))
    return converged(compute, "quasi_potential_1d")


def stationary_density_1d(
    drift: Field,
    diffusion: Sigma,
    x: ArrayLike,
    eps: float,
    domain: tuple[float, float],
    *,
    breaks: Sequence[float] = (),
) -> Array:
    r"""The density in which walkers settle on a line, $\rho \propto D^{-1} e^{-\phi/\nu}$.

    The factor 1/D belongs to Ito's reading of the noise: walkers stay longer where it is weak.

    Parameters
    ----------
    drift, diffusion, breaks : as for `quasi_potential_1d`.
    x : where, shape (...), within the domain.
    eps : $\nu$, positive.
    domain : (low, high), which reflect walkers; far out, they play no part.

    Returns
    -------
    Array : shape (...), per unit of x; its integral over the domain is 1.

    Raises
    ------
    ValueError : arguments out of their range, functions that are not smooth between the breaks.

    Source: Gardiner (2009), Stochastic Methods, section 5.3.3.

    >>> rho = stationary_density_1d(lambda x: -x, 1.0, [0.0], 0.5, (-9.0, 9.0))
    >>> bool(abs(rho[0] - np.sqrt(2 / np.pi)) < 1e-9)
    True
    """
    places, (low, high) = _check.array("x", x), _interval("domain", domain)
    if places.size and not (low <= places.min() and places.max() <= high):
        raise ValueError(f"x: got {places.min()} to {places.max()}; want places within ({low}, {high})")
    nu = _check.real("eps", eps, above=0)
    points = points_of(places, breaks, low, high)
    here = np.searchsorted(points, places)

    def compute(n_panels: int) -> Array:
        line = Line(points, n_panels)
        phi, at = line.cumulative(_slope(drift, diffusion, line.x))
        bottom = min(phi.min(), at.min())
        weights = np.exp((bottom - phi) / nu) / _D(diffusion, line.x)
        return np.asarray(np.exp((bottom - at[here]) / nu) / line.cumulative(weights)[1][-1])

    return converged(compute, "stationary_density_1d") / _D(diffusion, places)


def occupancy_1d(
    drift: Field,
    diffusion: Sigma,
    edges: ArrayLike,
    eps: float,
    *,
    breaks: Sequence[float] = (),
) -> Array:
    r"""The shares of their time that walkers spend between edges, in the long run.

    $\int D^{-1} e^{-\phi/\nu}$ over each piece, over the same from the first edge to the last, which reflect.

    Parameters
    ----------
    drift, diffusion, breaks : as for `quasi_potential_1d`.
    edges : ascending, at least two, shape (k + 1,).
    eps : $\nu$, positive.

    Returns
    -------
    Array : shape (k,), with sum 1.

    Raises
    ------
    ValueError : arguments out of their range, functions that are not smooth between the breaks.

    Source: Gardiner (2009), Stochastic Methods, section 5.3.3.

    >>> occupancy_1d(lambda x: x - x**3, 1.0, [-4.0, 0.0, 4.0], 0.2).round(9).tolist()
    [0.5, 0.5]
    """
    places, nu = _ascending("edges", edges), _check.real("eps", eps, above=0)
    points = points_of(places, breaks)
    here = np.searchsorted(points, places)

    def compute(n_panels: int) -> Array:
        line = Line(points, n_panels)
        phi, _ = line.cumulative(_slope(drift, diffusion, line.x))
        weights = np.exp((phi.min() - phi) / nu) / _D(diffusion, line.x)
        mass = np.diff(line.cumulative(weights)[1][here])
        return np.asarray(mass / mass.sum())

    return converged(compute, "occupancy_1d")


def mean_exit_time_1d(
    drift: Field,
    diffusion: Sigma,
    x0: float,
    eps: float,
    interval: tuple[float, float],
    *,
    reflecting: str | None = None,
    breaks: Sequence[float] = (),
) -> float:
    r"""The mean time until a walker on a line first leaves an interval, by an exact double integral.

    With $s = e^{\phi/\nu}$ and $m = 2 / (\nu D s)$: for a low end that reflects,
    $\tau(x_0) = \int_{x_0}^{high} s(y) \int_{low}^{y} m(z)\, dz\, dy$.

    Parameters
    ----------
    drift, diffusion, breaks : as for `quasi_potential_1d`.
    x0 : start, within the interval.
    eps : $\nu$, positive.
    interval : (low, high).
    reflecting : "low" or "high", an end that sends walkers back: put it where hardly any come. By default
        they leave at both.

    Returns
    -------
    float : in units of time.

    Raises
    ------
    ValueError : arguments out of their range, functions that are not smooth between the breaks; a time that
        no float64 holds.

    Source: Gardiner (2009), Stochastic Methods, section 5.5.2.

    >>> round(mean_exit_time_1d(lambda x: 0 * x, 1.0, 0.0, 1.0, (-1.0, 1.0)), 9)  # Brownian motion
    1.0
    >>> round(mean_exit_time_1d(lambda x: x - x**3, 1.0, -1.0, 0.2, (-4.0, 0.5), reflecting="low"), 2)
    58.88
    """
    start, (low, high), nu = _start(x0, interval), _interval("interval", interval), _positive_eps(eps)
    if reflecting is not None:
        _check.one_of("reflecting", reflecting, ("low", "high"))
    points = points_of(np.array([start]), breaks, low, high)
    at_start = int(np.searchsorted(points, start))

    def compute(n_panels: int) -> Array:
        line = Line(points, n_panels)
        phi, _ = line.cumulative(_slope(drift, diffusion, line.x))
        # Only climbs count that walkers make before they leave, not those towards an end that reflects.
        ahead = {"low": line.x >= start, "high": line.x <= start}.get(str(reflecting), line.x >= low)
        top, bottom = phi[ahead].max(initial=phi.min()), phi.min()
        if (top - bottom) / nu > 690:
            raise ValueError(f"eps: got {nu}; want a strength whose mean exit time a float64 holds")
        s = np.where(ahead, np.exp((np.where(ahead, phi, top) - top) / nu), 0.0)
        m = 2 / (nu * _D(diffusion, line.x)) * np.exp((bottom - phi) / nu)
        inner, mass = line.cumulative(m)
        # From the low end: G(y) = int_low^y s M, S(y) = int_low^y s, with M the mass below.
        G, S = (line.cumulative(f)[1] for f in (s * inner, s))
        if reflecting == "low":
            tau = G[-1] - G[at_start]
        elif reflecting == "high":
            tau = mass[-1] * S[at_start] - G[at_start]
        else:
            tau = S[at_start] / S[-1] * G[-1] - G[at_start]
        return np.asarray(tau * np.exp((top - bottom) / nu))

    return float(converged(compute, "mean_exit_time_1d"))


def exit_share_1d(
    drift: Field,
    diffusion: Sigma,
    x0: float,
    eps: float,
    interval: tuple[float, float],
    *,
    breaks: Sequence[float] = (),
) -> float:
    r"""The share of walkers that leave an interval at its high end: where they exit.

    $\int_{low}^{x_0} e^{\phi/\nu} / \int_{low}^{high} e^{\phi/\nu}$; no factor D here.

    Parameters
    ----------
    drift, diffusion, x0, eps, interval, breaks : as for `mean_exit_time_1d`.

    Returns
    -------
    float : between 0 and 1; the rest leave at the low end.

    Raises
    ------
    ValueError : arguments out of their range, functions that are not smooth between the breaks.

    Source: Gardiner (2009), Stochastic Methods, section 5.5.3.

    >>> round(exit_share_1d(lambda x: 0 * x, 1.0, 0.5, 1.0, (-1.0, 1.0)), 9)  # Brownian motion
    0.75
    """
    start, (low, high), nu = _start(x0, interval), _interval("interval", interval), _positive_eps(eps)
    points = points_of(np.array([start]), breaks, low, high)
    at_start = int(np.searchsorted(points, start))

    def compute(n_panels: int) -> Array:
        line = Line(points, n_panels)
        phi, _ = line.cumulative(_slope(drift, diffusion, line.x))
        S = line.cumulative(np.exp((phi - phi.max()) / nu))[1]
        return np.asarray(S[at_start] / S[-1])

    return float(converged(compute, "exit_share_1d"))


def waits(
    drift: Field, diffusion: Sigma, order: Array, eps: float, breaks: Sequence[float]
) -> tuple[Array, Array]:
    """How long walkers wait, for low, minimum, top, minimum, ..., high; from left to right, and back.

    Between neighbouring minima, 2 / eps times the integral of 1 / D e^(-phi / eps) over the basin that they
    leave times that of e^(phi / eps) from one minimum to the other; (k - 1,) each.
    """
    points = points_of(order, breaks)
    here = np.searchsorted(points, order)

    def compute(n_panels: int) -> Array:
        line = Line(points, n_panels)
        phi, _ = line.cumulative(_slope(drift, diffusion, line.x))
        # Between the minima alone: beyond the outer ones it may overflow, where it is not asked for.
        inner = (line.x > order[1]) & (line.x < order[-2])
        top, bottom = phi[inner].max(), phi.min()
        if (top - bottom) / eps > 690:
            raise ValueError(f"eps: got {eps}; want a strength whose mean waiting times a float64 holds")
        weights = np.exp((bottom - phi) / eps) / _D(diffusion, line.x)
        mass = np.diff(line.cumulative(weights)[1][here][::2])
        climb = np.where(inner, np.exp((np.where(inner, phi, top) - top) / eps), 0.0)
        wait = 2 / eps * np.exp((top - bottom) / eps) * np.diff(line.cumulative(climb)[1][here][1::2])
        return np.stack([mass[:-1] * wait, mass[1:] * wait])

    right, left = converged(compute, "transition_rates_1d")
    return right, left


def _slope(drift: Field, diffusion: Sigma, x: Array) -> Array:
    """phi' = -2 b / D."""
    return -2 * on_line("drift", _called("drift", drift), x) / _D(diffusion, x)


def _D(diffusion: Sigma, x: Array) -> Array:
    D = on_line("diffusion", diffusion, x) ** 2
    if not (D > 0).all():
        raise ValueError("diffusion: got 0 among its values; want noise everywhere")
    return D


def _called(name: str, function: Field) -> Callable[[Array], Array]:
    if not callable(function):
        raise ValueError(f"{name}: got {function!r}; want a function of the positions")
    return function


def _must_attract(drift: Field, O: float) -> None:
    h = 1e-4 * (1 + abs(O))
    left, right = on_line("drift", _called("drift", drift), np.array([O - h, O + h]))
    if not left > 0 > right:
        raise ValueError(f"attractor: got {O}; want a point at which the drift points from both sides")


def _with_zeros(drift: Field, points: Array) -> Array:
    """The points, and between them the zeros of the drift, found by a scan and bisections."""
    x = np.unique(np.concatenate([np.linspace(a, b, 513) for a, b in pairwise(points)]))
    b = on_line("drift", drift, x)
    low, high = x[:-1][b[:-1] * b[1:] < 0], x[1:][b[:-1] * b[1:] < 0]
    if not low.size:
        return points
    rising = on_line("drift", drift, low) < 0
    for _ in range(60):
        middle = (low + high) / 2
        below = (on_line("drift", drift, middle) < 0) == rising
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.unique(np.append(points, (low + high) / 2))


def _interval(name: str, ends: tuple[float, float]) -> tuple[float, float]:
    pair = _check.array(name, ends, ndim=1, last=2)
    if not pair[0] < pair[1]:
        raise ValueError(f"{name}: got {tuple(pair.tolist())}; want (low, high) with low < high")
    return float(pair[0]), float(pair[1])


def _ascending(name: str, x: ArrayLike) -> Array:
    found = _check.array(name, x, ndim=1)
    if len(found) < 2 or not (np.diff(found) > 0).all():
        raise ValueError(f"{name}: got {found.tolist()}; want at least two numbers, ascending")
    return found


def _start(x0: float, interval: tuple[float, float]) -> float:
    low, high = _interval("interval", interval)
    return _check.real("x0", x0, at_least=low, at_most=high)


def _positive_eps(eps: float) -> float:
    return _check.real("eps", eps, above=0)
