"""What a gradient averaged over B examples knows of the gradient over all m."""

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check, _symmetric
from ravine._typing import Array


def minibatch_variance(variance: ArrayLike, batch_size: ArrayLike, *, n_examples: int | None = None) -> Array:
    r"""Variance of the mean of B examples, $\sigma^2 / B$, times $\frac{m - B}{m - 1}$ without replacement.

    Parameters
    ----------
    variance : $\sigma^2$ of one example around the mean of all, divided by m and not m - 1; shape (...).
    batch_size : B, shape (...), broadcast against variance.
    n_examples : m of a training set from which the batch is drawn without replacement; by default the
        draws are independent.

    Returns
    -------
    Array : shape (...), the units of `variance`.

    Raises
    ------
    ValueError : B below 1 or above m, or a negative variance.

    >>> minibatch_variance(1.0, [1, 10, 100], n_examples=100).round(4)
    array([1.    , 0.0909, 0.    ])
    """
    sizes = _sizes(batch_size)
    variance = _check.array("variance", variance)
    if (variance < 0).any():
        raise ValueError(f"variance: got {variance.min()} among its entries; want numbers >= 0")
    variance = variance / sizes
    if n_examples is None:
        return np.asarray(variance)
    m = _check.count("n_examples", n_examples)
    if (sizes > m).any():
        raise ValueError(f"batch_size: got {batch_size!r}; want at most n_examples = {m} without replacement")
    return np.asarray(variance * (m - sizes) / max(m - 1, 1))


def noise_scale(g: ArrayLike, H: ArrayLike, covariance: ArrayLike) -> float:
    r"""The batch size at which one step gains half of what it could, $\mathrm{tr}(H\Sigma) / g^\top H g$.

    Parameters
    ----------
    g : gradient, shape (n,).
    H : Hessian, shape (n, n).
    covariance : $\Sigma$ of one example's gradient, shape (n, n).

    Returns
    -------
    float : a number of examples.

    Raises
    ------
    ValueError : shapes that do not fit, or g'Hg that is not positive.

    Source: S. McCandlish et al., "An empirical model of large-batch training", 2018.

    >>> noise_scale([1.0, 0.0], [[2.0, 0.0], [0.0, 1.0]], [[3.0, 0.0], [0.0, 4.0]])
    5.0
    """
    g, g_power = _unit(_check.array("g", g, ndim=1))
    H, _ = _unit(_square("H", H, len(g)))  # its unit is in numerator and denominator
    covariance, power = _unit(_square("covariance", covariance, len(g)))
    if (covariance.diagonal() < 0).any():
        raise ValueError(f"covariance: got {covariance.diagonal()} on its diagonal; want variances >= 0")
    ratio = (H * covariance.T).sum() / _check.real("g'Hg", g @ H @ g, above=0)
    with np.errstate(over="ignore"):  # a batch too large for a float is infinite
        return float(np.ldexp(ratio, power - 2 * g_power))


def simple_noise_scale(g: ArrayLike, covariance: ArrayLike) -> float:
    r"""The noise scale where the Hessian is a multiple of the identity, $\mathrm{tr}(\Sigma) / |g|^2$.

    Parameters, returns and errors as for `noise_scale`.

    >>> simple_noise_scale([1.0, 0.0], [[3.0, 0.0], [0.0, 4.0]])
    7.0
    """
    return noise_scale(g, np.eye(np.size(g)), covariance)


def best_learning_rate(g: ArrayLike, H: ArrayLike, covariance: ArrayLike, batch_size: int) -> float:
    r"""The learning rate of largest expected decrease on a quadratic.

    $\epsilon^* = g^\top g / (g^\top H g + \mathrm{tr}(H\Sigma) / B)$

    Parameters
    ----------
    g, H, covariance : as for `noise_scale`.
    batch_size : B, number of examples.

    Returns
    -------
    float : units of theta over units of g.

    Raises
    ------
    ValueError : as for `noise_scale`, or B below 1.

    >>> best_learning_rate([1.0, 0.0], [[2.0, 0.0], [0.0, 1.0]], [[3.0, 0.0], [0.0, 4.0]], 5)
    0.25
    """
    g, H = _check.array("g", g, ndim=1), _check.array("H", H, ndim=2)
    scale = noise_scale(g, H, covariance) / _check.count("batch_size", batch_size)
    (g, _), (H, power) = _unit(g), _unit(H)  # that of g is in numerator and denominator
    with np.errstate(over="ignore"):  # a rate too large for a float is infinite
        return float(np.ldexp(g @ g / ((g @ H @ g) * (1 + scale)), -power))


def decrease_fraction(batch_size: ArrayLike, noise_scale: float) -> Array:
    r"""The share of the full gradient's best decrease that B examples give, $1 / (1 + B_{noise} / B)$.

    Parameters
    ----------
    batch_size : B, shape (...), number of examples.
    noise_scale : B_noise, number of examples.

    Returns
    -------
    Array : shape (...), dimensionless, between 0 and 1.

    Raises
    ------
    ValueError : B below 1, or a negative noise scale.

    >>> decrease_fraction([128, 1024], noise_scale=13.8).round(3)
    array([0.903, 0.987])
    """
    return np.asarray(1 / (1 + _check.real("noise_scale", noise_scale, at_least=0) / _sizes(batch_size)))


def newton_noise_gain(lam: ArrayLike) -> Array:
    r"""How much more relative variance $H^{-1}\hat g$ has than $\hat g$.

    $\mathrm{tr}(H^{-1})\, \mathrm{tr}(H^2) / (n\, \mathrm{tr} H)$ for gradient noise of covariance
    proportional to $H$, as in linear regression; squared norms are averaged over an
    isotropic distance to the minimum.

    Parameters
    ----------
    lam : eigenvalues of H, shape (..., n), positive.

    Returns
    -------
    Array : shape (...), dimensionless, at least 1.

    Raises
    ------
    ValueError : an eigenvalue that is not positive.

    >>> newton_noise_gain(np.geomspace(1, 1000, 20)).round(1).item()
    96.8
    """
    given = _check.array("lam", lam)
    if given.ndim == 0 or not given.size or (given <= 0).any():
        raise ValueError(f"lam: got {lam!r}; want positive eigenvalues (..., n)")
    # The gain has no unit: in one that is a power of two, which costs no digit, no square overflows.
    x: Array = np.ldexp(given, -np.frexp(given.max(-1, keepdims=True))[1])
    return np.asarray((1 / x).mean(-1) * np.square(x).sum(-1) / x.sum(-1))


def online_error(error: ArrayLike, learning_rate: float, d: int, batch_size: int, sigma: float) -> Array:
    r"""Expected $|w - w^*|^2$ after one step of least mean squares on B fresh examples, $x \sim N(0, I_d)$.

    $(1 - 2\epsilon + \epsilon^2 (1 + \frac{d + 1}B)) |w - w^*|^2 + \epsilon^2 d \sigma^2 / B$ for the
    gradient of half the squared error.

    Parameters
    ----------
    error : $|w - w^*|^2$ before the step, shape (...).
    learning_rate : $\epsilon$, dimensionless since the features have unit variance.
    d, batch_size : number of features, and of fresh examples B.
    sigma : standard deviation of the noise, units of y.

    Returns
    -------
    Array : shape (...).

    Raises
    ------
    ValueError : a count below 1, a negative learning rate, sigma or error.

    >>> online_error(1.0, learning_rate=0.02, d=20, batch_size=10, sigma=0.5).round(5).item()
    0.96144
    """
    eps = _check.real("learning_rate", learning_rate, at_least=0)
    d, B = _check.count("d", d), _check.count("batch_size", batch_size)
    # The step first: the square of a small rate or of a large sigma may leave the floats alone.
    noise = d * np.square(eps * _check.real("sigma", sigma, at_least=0)) / B
    before = _check.array("error", error)
    if (before < 0).any():
        raise ValueError(f"error: got {before.min()} among its entries; want numbers >= 0")
    # As a sum of squares, which cannot cancel.
    return np.asarray((np.square(1 - eps) + np.square(eps) * (d + 1) / B) * before + noise)


def _sizes(batch_size: ArrayLike) -> Array:
    """Check batch sizes."""
    sizes = _check.array("batch_size", batch_size)
    if (sizes < 1).any():
        raise ValueError(f"batch_size: got {batch_size!r}; want numbers >= 1")
    return sizes


def _unit(x: Array) -> tuple[Array, int]:
    """x over a power of two, which costs no digit, so that its largest entry is near 1; and the power."""
    power = int(np.frexp(np.abs(x).max(initial=0.0))[1])
    return np.ldexp(x, -power), power


def _square(name: str, x: ArrayLike, n: int) -> Array:
    """Check a symmetric n by n matrix."""
    matrix = _check.array(name, x, ndim=2, last=n)
    if len(matrix) != n:
        raise ValueError(f"{name}: got shape {matrix.shape}; want ({n}, {n})")
    return _symmetric.matrix(name, matrix)


def delay_limit(delay: ArrayLike) -> Array:
    r"""Where delayed descent turns unstable: learning rate times curvature $2 \sin\frac{\pi}{2(2\tau+1)}$.

    Parameters
    ----------
    delay : $\tau$, in steps, shape (...), at least 0.

    Returns
    -------
    Array : shape (...), dimensionless.

    Raises
    ------
    ValueError : a negative delay.

    >>> delay_limit([0, 1, 10]).round(3).tolist()
    [2.0, 1.0, 0.149]
    """
    tau = _check.array("delay", delay)
    if (tau < 0).any():
        raise ValueError(f"delay: got {delay!r}; want numbers >= 0")
    return np.asarray(2 * np.sin(np.pi / (2 * (2 * tau + 1))))
