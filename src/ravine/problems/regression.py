"""Linear regression: the mean squared error on examples, and the weights that make it least."""

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


def _examples(X: ArrayLike, y: ArrayLike, w: ArrayLike | None = None) -> tuple[Array, Array, Array]:
    """Check a data set, and weights that belong to it."""
    X = _check.array("X", X)
    if X.ndim < 2 or 0 in X.shape:
        raise ValueError(f"X: got shape {X.shape}; want (..., m, d), with examples and features")
    weights = np.empty(0) if w is None else _check.array("w", w, last=X.shape[-1])
    return X, _check.array("y", y, last=X.shape[-2]), weights
