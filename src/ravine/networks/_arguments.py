"""Checks of what callers pass to a network; float32 stays float32, everything else becomes float64."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check
from ravine._typing import Array


def floats(name: str, x: ArrayLike, *, last: int) -> Array:
    """Return x as finite floats of shape (..., last), float32 if it was so."""
    checked = _check.array(name, x, last=last)
    single: Array = np.asarray(x)
    return single if single.dtype == np.float32 else checked


def vector(name: str, x: ArrayLike, *, last: int) -> Array:
    """Return x as floats of shape (..., last), finite or not.

    An optimiser may run off to infinity: that is for it to notice, not an error of the call.
    """
    result: Array = _check.as_given(name, x)
    if result.dtype != np.float32:
        result = _check.floats(name, result)
    if result.ndim == 0 or result.shape[-1] != last:
        raise ValueError(f"{name}: got shape {result.shape}; want (..., {last})")
    return result


def views(name: str, x: ArrayLike, *, last: int) -> Array:
    """Return x of shape (..., last) as it is: an array of floats, of which views can be made."""
    if (
        not isinstance(x, np.ndarray)
        or isinstance(x, np.ma.MaskedArray)
        or x.dtype not in (np.float32, np.float64)
    ):
        given = getattr(x, "dtype", type(x).__name__)
        raise ValueError(f"{name}: got {given}; want an array of float64 or float32, to be viewed")
    return vector(name, x, last=last)


def examples(X: ArrayLike, n_inputs: int) -> Array:
    """Return inputs X (..., N, n_inputs), at least one example."""
    result = floats("X", X, last=n_inputs)
    if result.ndim < 2 or result.shape[-2] == 0:
        raise ValueError(f"X: got shape {result.shape}; want (..., N, {n_inputs}) with N >= 1")
    return result


def one_hot(y: ArrayLike, X: Array, n_classes: int) -> Array:
    """Return integer labels y (..., N) as feature-major one-hot targets (..., n_classes, N)."""
    labels: NDArray[np.int64] = _check.as_given("y", y)
    if labels.dtype.kind not in "iu":
        raise ValueError(f"y: got dtype {labels.dtype}; want integer labels")
    if labels.shape != X.shape[:-1]:
        raise ValueError(f"y: got shape {labels.shape}; want {X.shape[:-1]}, one label for each row of X")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"y: got labels {labels.min()} to {labels.max()}; want 0 to {n_classes - 1}")
    result: Array = (labels[..., None, :] == np.arange(n_classes)[:, None]).astype(X.dtype)
    return result


def real_targets(y: ArrayLike, X: Array, n_outputs: int) -> Array:
    """Return a copy of real targets y (..., N, n_outputs), feature-major (..., n_outputs, N)."""
    targets = floats("y", y, last=n_outputs)
    if targets.shape[:-1] != X.shape[:-1]:
        raise ValueError(f"y: got shape {targets.shape}; want {(*X.shape[:-1], n_outputs)}")
    result: Array = np.array(targets.swapaxes(-1, -2), order="C")
    return result
