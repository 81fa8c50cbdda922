"""SGD step by step, without the diffusion: rare events, stability, and where it hovers on least squares."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


def two_point_hamiltonian(slope: ArrayLike, p: ArrayLike, s: float) -> Array:
    r"""The Hamiltonian of SGD whose gradient is $f' \pm s$, either with probability 1/2.

    $H = -f' p + \ln\cosh(s p)$; Gaussian noise of the same variance has
    $-f' p + s^2 p^2 / 2$ in its place.

    Parameters
    ----------
    slope : $f'$, and p, of shapes that broadcast.
    p : the momentum, in units of x times $\epsilon$ over time, or $\phi'$.
    s : size of the noise, positive.

    Returns
    -------
    Array : of the broadcast shape.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter, $H = \ln E e^{-p (f' \pm s)}$; Freidlin and Wentzell (2012), section 5.1.

    >>> float(two_point_hamiltonian(0.0, 0.01, 1.0).round(8))  # nearly the Gaussian's 0.00005
    5e-05
    """
    size = _check.real("s", s, above=0)
    momentum = _check.array("p", p)
    return np.asarray(-_check.array("slope", slope) * momentum + _ln_cosh(size * momentum))


def two_point_momentum(slope: ArrayLike, s: float) -> Array:
    r"""$\phi'$ for two-point noise: the root of $f' p = \ln\cosh(s p)$ other than 0.

    About $2 f'/s^2$ for small slopes, as for Gaussian noise, then more: infinite for $|f'| \ge s$, as no
    gradient that is ever drawn leads uphill there.

    Parameters
    ----------
    slope : $f'$, shape (...).
    s : size of the noise, positive.

    Returns
    -------
    Array : shape (...), with the sign of the slope.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: derived in the chapter.

    >>> two_point_momentum([0.0, 0.1, 0.5], 0.5).round(4).tolist()
    [0.0, 0.8222, inf]
    """
    size = _check.real("s", s, above=0)
    slopes = _check.array("slope", slope)
    # In units of s: u = |f'| / s is ln cosh(q) / q, which rises with q from 0 to 1.
    u = np.abs(slopes) / size
    inside = np.where(u < 1, u, 0.5)
    low, high = 2 * inside, np.log(2) / (1 - inside)  # since q - ln 2 <= ln cosh q <= q^2 / 2
    for _ in range(200):
        middle = (low + high) / 2
        under = _ln_cosh(middle) < inside * middle
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    q = np.where(u < 1, np.where(u == 0, 0.0, (low + high) / 2), np.inf)
    return np.asarray(np.sign(slopes) * np.where(u == 0, 0.0, q / size))


def two_point_barrier(
    slope: Callable[[Array], Array], s: float, start: float, end: float, batch_size: int = 1
) -> float:
    r"""The rise of the quasi-potential from a minimum uphill to `end`, under two-point noise.

    $\Delta\phi = B \int \phi'\, dx$ with $\phi'$ as `two_point_momentum`: steps to leave grow as
    $e^{\Delta\phi/\epsilon}$. A batch multiplies it as it multiplies the Gaussian's $2 B \Delta f / s^2$.

    Parameters
    ----------
    slope : $f'$, positions (n,) -> (n,), smooth and of one sign between start and end.
    s : size of the noise, positive.
    start, end : positions.
    batch_size : B, at least 1.

    Returns
    -------
    float : infinite where the slope reaches s on the way.

    Raises
    ------
    ValueError : arguments out of their range; a slope that goes downhill on the way.

    Source: derived in the chapter.

    >>> round(two_point_barrier(lambda x: x**3 - x, 0.5, -1.0, 0.0), 4)  # the Gaussian's is 2
    3.0439
    """
    a, b = _check.real("start", start), _check.real("end", end)
    B = _check.count("batch_size", batch_size)
    # Gauss and Legendre on 64 pieces: the integrand has steep parts where the slope comes near s.
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(a, b, 65)
    half = np.diff(edges) / 2
    x = ((edges[:-1] + half)[:, None] + half[:, None] * nodes).ravel()
    slopes = _check.array("slope", slope(x))
    if slopes.shape != x.shape:
        raise ValueError(f"slope: got shape {slopes.shape} at positions {x.shape}; want the same shape")
    if (slopes * (b - a) < 0).any():
        raise ValueError("slope: got a way that leads downhill; want it uphill from start to end")
    p = two_point_momentum(slopes, s).reshape(len(half), -1)
    return B * float((half @ p) @ weights) if np.isfinite(p).all() else float("inf")


def growth_exponent(learning_rate: float, curvatures: ArrayLike) -> float:
    r"""The mean of $\ln|1 - \epsilon a_i|$, by which $\ln|x|$ grows in a step of SGD on the $a_i x^2/2$.

    One example is drawn a step. Below 0 almost every run comes to the minimum, above 0 almost every run
    leaves it.

    Parameters
    ----------
    learning_rate : $\epsilon$, positive.
    curvatures : $a_i$, (n_examples,), each drawn equally often.

    Returns
    -------
    float : per step; minus infinity where one example's step lands on the minimum.

    Raises
    ------
    ValueError : arguments out of their range.

    Source: the strong law of large numbers; Kesten (1973), Acta Mathematica 131.

    >>> [round(growth_exponent(rate, [0.2, 3.8]), 4) for rate in (0.5, 0.58, 0.7)]
    [-0.1054, 0.0312, 0.178]
    """
    a, rate = _curvatures(curvatures), _check.real("learning_rate", learning_rate, above=0)
    with np.errstate(divide="ignore"):  # a factor of 0 has the logarithm -inf
        return float(np.log(np.abs(1 - rate * a)).mean())


def stability_limits(curvatures: ArrayLike) -> dict[str, float]:
    r"""The learning rates from which on SGD leaves a minimum at which all gradients vanish, in three senses.

    For $f_i = a_i x^2 / 2$, one drawn a step: in the mean $2/\bar a$, as gradient descent; in the mean of
    squares $2 \bar a / \overline{a^2}$; almost surely the first root of the mean of $\ln|1 - \epsilon a_i|$
    at which it rises.

    Parameters
    ----------
    curvatures : $a_i$, positive, (n_examples,).

    Returns
    -------
    dict : "mean", "mean square" and "almost surely" to learning rates, in units of one over the curvature.

    Raises
    ------
    ValueError : curvatures that are not positive.

    Source: Wu, Ma and E (2018), NeurIPS, for the mean of squares; the other two derived in the chapter.

    >>> {sense: round(rate, 4) for sense, rate in stability_limits([0.2, 3.8]).items()}
    {'mean': 1.0, 'mean square': 0.5525, 'almost surely': 0.5595}
    """
    a = _curvatures(curvatures)
    return {
        "mean": float(2 / a.mean()),
        "mean square": float(2 * a.mean() / (a**2).mean()),
        "almost surely": _first_rise(a),
    }


def _first_rise(a: Array) -> float:
    """The first root of the mean of ln|1 - h a| from below.

    It is concave between its poles h = 1 / a_i, where it falls to minus infinity, and negative before the
    first: so each gap holds one maximum, and a root before it if that is above 0.
    """
    poles = np.unique(1 / a)
    for left, right in zip(poles, [*poles[1:], np.inf], strict=True):
        # Beyond the last pole it rises for ever, and at 4 / min a each factor is at least 3.
        top = _bisect(lambda h: (-a / (1 - h * a)).mean() > 0, left, right) if right < np.inf else 4 / a.min()
        with np.errstate(divide="ignore"):  # a factor of 0 has the logarithm -inf
            if np.log(np.abs(1 - top * a)).mean() > 0:
                return float(_bisect(lambda h: np.log(np.abs(1 - h * a)).mean() < 0, left, top))
    raise AssertionError("beyond the last pole the mean is positive in the end")


def _bisect(before: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition that holds from low on ceases to."""
    for _ in range(200):
        middle = (low + high) / 2
        with np.errstate(divide="ignore"):  # a factor of 0 has the logarithm -inf
            low, high = (middle, high) if before(middle) else (low, middle)
    return (low + high) / 2


def least_squares_excess(
    X: ArrayLike, y: ArrayLike, learning_rate: float, batch_size: int = 1
) -> dict[str, float]:
    r"""The mean cost above the minimum at which SGD on least squares hovers: exactly, and by the diffusion.

    With $f_i = (x_i^\top w - y_i)^2/2$ and independent draws, the covariance P of $w - w_\star$ solves
    $\epsilon (HP + PH) - \epsilon^2 \left[(1 - \frac1B) HPH + \frac1B \overline{x x^\top P x x^\top}\right] =
    \frac{\epsilon^2}{B} C$; the diffusion keeps $HP + PH = \frac\epsilon B C$, whose excess is
    $\epsilon\, \mathrm{tr}\, C / 4B$. The excess is $\frac12 \mathrm{tr} HP$.

    Parameters
    ----------
    X : (n_examples, d), of full rank.
    y : (n_examples,).
    learning_rate : $\epsilon$, positive.
    batch_size : B, examples a step, drawn with replacement.

    Returns
    -------
    dict : "exact" and "diffusion", in units of the cost; "exact" is infinite where the descent diverges.

    Raises
    ------
    ValueError : arguments of other shapes or out of their range, examples that leave w undetermined.

    Source: derived in the chapter; the same recurrence in Ziyin, Liu, Mori and Ueda (2022), ICLR.

    >>> found = least_squares_excess([[1.0], [2.0]], [1.0, 0.0], 0.05)
    >>> {name: round(value, 5) for name, value in found.items()}
    {'exact': 0.00874, 'diffusion': 0.008}
    """
    examples = _check.array("X", X, ndim=2)
    n, d = examples.shape
    targets = _check.array("y", y, ndim=1, last=n)
    rate, B = _check.real("learning_rate", learning_rate, above=0), _check.count("batch_size", batch_size)
    if np.linalg.matrix_rank(examples) < d:
        raise ValueError(f"X: got examples of rank {np.linalg.matrix_rank(examples)}; want rank {d}")
    best = np.linalg.lstsq(examples, targets, rcond=None)[0]
    H = examples.T @ examples / n
    C = (examples.T * (examples @ best - targets) ** 2) @ examples / n
    one = np.eye(d)
    squares = np.einsum("ki,kj,kl,km->iljm", *(4 * [examples])).reshape(d * d, d * d) / n
    pull = np.kron(H, one) + np.kron(one, H)
    kick = (1 - 1 / B) * np.kron(H, H) + squares / B
    # The recurrence P -> M P + eps^2 C / B of the second moments settles if M is a contraction.
    M = np.eye(d * d) - rate * pull + rate**2 * kick
    stable = np.abs(np.linalg.eigvals(M)).max() < 1
    P = np.linalg.solve(np.eye(d * d) - M, rate**2 / B * C.ravel()).reshape(d, d)
    return {
        "exact": float((H * P).sum() / 2) if stable else float("inf"),
        "diffusion": float(rate * np.trace(C) / (4 * B)),
    }


def _ln_cosh(q: Array) -> Array:
    size = np.abs(q)
    # 2 sinh^2(q / 2) = cosh q - 1 keeps the digits of small q; large q would overflow.
    small = np.log1p(2 * np.sinh(np.minimum(size, 1.0) / 2) ** 2)
    return np.asarray(np.where(size < 1, small, size - np.log(2) + np.log1p(np.exp(-2 * size))))


def _curvatures(a: ArrayLike) -> Array:
    found = _check.array("curvatures", a, ndim=1)
    if not found.size or (found <= 0).any():
        raise ValueError(f"curvatures: got {found.tolist()}; want numbers > 0")
    return found
