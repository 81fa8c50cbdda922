"""Least squares on Gaussian features: what it costs on its own data, and what it costs on new data."""

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


def mean_squared_error(w: ArrayLike, X: ArrayLike, y: ArrayLike) -> Array:
    r"""The empirical risk of a linear predictor, $J(w) = \frac1m \sum_i (y_i - x_i^\top w)^2$.

    Parameters
    ----------
    w : weights, shape (..., d).
    X, y : examples, shapes (..., m, d) and (..., m); leading axes broadcast against w's.

    Returns
    -------
    Array : J, shape (...), units of y squared.

    Raises
    ------
    ValueError : shapes that do not fit, or entries that are not finite.

    >>> mean_squared_error([1.0], [[1.0], [2.0]], [1.0, 4.0]).item()
    2.0
    """
    X, y, w = _examples(X, y, w)
    return np.asarray(np.square(y - (X @ w[..., None])[..., 0]).mean(-1))


def fit_least_squares(X: ArrayLike, y: ArrayLike) -> Array:
    r"""The least-squares weights, and the shortest of them where d > m: $w = X^+ y$.

    Parameters
    ----------
    X, y : examples, shapes (..., m, d) and (..., m), of full rank.

    Returns
    -------
    Array : w, shape (..., d).

    Raises
    ------
    ValueError : shapes that do not fit, or X has not full rank to working precision.

    >>> fit_least_squares([[1.0, 1.0]], [2.0])
    array([1., 1.])
    """
    X, y, _ = _examples(X, y)
    # Singular values: the normal equations square the condition number, and never say that X is singular.
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    if (s[..., -1] <= max(X.shape[-2:]) * np.finfo(np.float64).eps * s[..., 0]).any():
        raise ValueError("X: got collinear examples or features; want full rank")
    projected = (np.swapaxes(U, -1, -2) @ y[..., None])[..., 0] / s
    return np.asarray((np.swapaxes(Vt, -1, -2) @ projected[..., None])[..., 0])


def least_squares_J(m: ArrayLike, d: ArrayLike, sigma: ArrayLike) -> Array:
    r"""Expected training cost of least squares, $E J = \sigma^2 \max(1 - d/m, 0)$.

    Parameters
    ----------
    m, d : number of examples and of features, $x \sim N(0, I_d)$; broadcast together, shape (...).
    sigma : standard deviation of the noise, units of y.

    Returns
    -------
    Array : $E J$, shape (...), units of y squared.

    Raises
    ------
    ValueError : m or d below 1, or a negative sigma.

    >>> least_squares_J(20, 10, sigma=1.0).item()
    0.5
    """
    m, d, sigma = _sizes(m, d, sigma)
    # The difference of d and m, as that of 1 and d/m cancels.
    return _times_square(np.maximum(m - d, 0) / m, sigma)


def least_squares_J_star(m: ArrayLike, d: ArrayLike, sigma: ArrayLike, w_norm: ArrayLike = 1.0) -> Array:
    r"""Expected risk of the (shortest) least-squares fit to m examples with $x \sim N(0, I_d)$.

    $E J^* = \sigma^2 \frac{m - 1}{m - d - 1}$ for $d < m - 1$, and
    $E J^* = \sigma^2 (1 + \frac{m}{d - m - 1}) + |w^*|^2 (1 - \frac md)$ for $d > m + 1$; infinite between,
    where the fit has no finite second moment. Without noise it is $|w^*|^2 \max(1 - m/d, 0)$ throughout.

    Parameters
    ----------
    m, d : number of examples and of features; broadcast together, shape (...).
    sigma : standard deviation of the noise, units of y.
    w_norm : length $|w^*|$ of the true weights, units of y over units of x.

    Returns
    -------
    Array : $E J^*$, shape (...), units of y squared.

    Raises
    ------
    ValueError : m or d below 1, or a negative sigma or w_norm.

    Source: M. Belkin, D. Hsu and J. Xu, "Two models of double descent for weak features", 2020.

    >>> least_squares_J_star(20, [10, 20, 160], sigma=1.0).round(3)
    array([2.111,   inf, 2.019])
    """
    m, d, sigma = _sizes(m, d, sigma)
    length = _check.array("w_norm", w_norm)
    if (length < 0).any():
        raise ValueError(f"w_norm: got {w_norm!r}; want numbers >= 0")
    bias = _times_square(np.maximum(d - m, 0) / d, length)
    gap = np.abs(d - m) - 1
    # min(d, m) / gap is the expected squared length of the fitted noise: E[1/chi^2_k] = 1/(k - 2).
    with np.errstate(divide="ignore"):  # the infinite peak is the answer, not an accident
        variance = np.where(gap > 0, np.minimum(d, m) / np.maximum(gap, 0), np.inf)
    return bias + _times_square(1 + variance, sigma)


def _times_square(factor: Array, length: Array) -> Array:
    """factor length^2; where either is 0, it is 0, though the other be infinite."""
    present = (factor > 0) & (length > 0)
    with np.errstate(over="ignore"):  # what is too large for a float is infinite
        return np.where(present, np.where(present, factor, 1) * length * length, 0.0)


def draw_least_squares(
    m: int, d: int, sigma: float, rng: np.random.Generator, *, w_norm: float = 1.0, n_datasets: int = 1
) -> tuple[Array, Array]:
    r"""Draw $(J, J^*)$ of least squares on fresh data sets, without making the data.

    The fitted noise has squared length $\sigma^2 \chi^2_k / \chi^2_{|m - d| + 1}$ with $k = \min(m, d)$, the
    lost share of $w^*$ is $\mathrm{Beta}(\frac{d - m}2, \frac m2)$, and $J = \sigma^2 \chi^2_{m - d} / m$.
    These four random numbers are independent and replace the data set exactly.

    Parameters
    ----------
    m, d : number of examples and of features, $x \sim N(0, I_d)$.
    sigma : standard deviation of the noise, units of y.
    rng : source of randomness.
    w_norm : length $|w^*|$ of the true weights, units of y over units of x.
    n_datasets : number of independent data sets.

    Returns
    -------
    (J, J_star) : two arrays of shape (n_datasets,), units of y squared.

    Raises
    ------
    ValueError : a count below 1; a sigma or w_norm that is negative, or above 1e150.

    >>> J, J_star = draw_least_squares(20, 40, 1.0, np.random.default_rng(0))
    >>> J.item(), bool(J_star.item() > 1.0)
    (0.0, True)
    """
    m, d, n = _check.count("m", m), _check.count("d", d), _check.count("n_datasets", n_datasets)
    # np.square: of Python's floats it would be an error where a square overflows.
    noise = np.square(_check.real("sigma", sigma, at_least=0, at_most=1e150))
    signal = np.square(_check.real("w_norm", w_norm, at_least=0, at_most=1e150))
    rng = _check.generator("rng", rng)
    J = noise * rng.chisquare(m - d, n) / m if m > d else np.zeros(n)
    lost = signal * rng.beta((d - m) / 2, m / 2, n) if d > m else np.zeros(n)
    fitted = rng.chisquare(min(m, d), n) / rng.chisquare(abs(m - d) + 1, n)
    return J, noise + lost + noise * fitted


def _examples(X: ArrayLike, y: ArrayLike, w: ArrayLike | None = None) -> tuple[Array, Array, Array]:
    """Check a data set, and weights that belong to it."""
    X = _check.array("X", X)
    if X.ndim < 2 or 0 in X.shape:
        raise ValueError(f"X: got shape {X.shape}; want (..., m, d), with examples and features")
    weights = np.empty(0) if w is None else _check.array("w", w, last=X.shape[-1])
    return X, _check.array("y", y, last=X.shape[-2]), weights


def _sizes(m: ArrayLike, d: ArrayLike, sigma: ArrayLike) -> tuple[Array, Array, Array]:
    """Check numbers of examples and features, and the noise."""
    bounds = {"m": (m, 1), "d": (d, 1), "sigma": (sigma, 0)}
    arrays = {name: _check.array(name, x) for name, (x, _) in bounds.items()}
    for name, (x, least) in bounds.items():
        if (arrays[name] < least).any():
            raise ValueError(f"{name}: got {x!r}; want numbers >= {least}")
    return arrays["m"], arrays["d"], arrays["sigma"]
