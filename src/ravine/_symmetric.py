"""Symmetric matrices: the one place that decides what counts as symmetric and what counts as singular."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check
from ravine._typing import Array


def matrix(name: str, H: ArrayLike) -> Array:
    """Return H as a finite symmetric (..., n, n) array, or raise.

    Raises
    ------
    ValueError : H is not square, not finite, or differs from its transpose by more than rounding (1e-8 of its
        largest entry).
    """
    result = _check.array(name, H)
    if result.ndim < 2 or result.shape[-1] != result.shape[-2] or result.shape[-1] == 0:
        raise ValueError(f"{name}: got shape {result.shape}; want square matrices (..., n, n)")
    gap = np.abs(result - np.swapaxes(result, -1, -2)).max(axis=(-1, -2))
    if (gap > 1e-8 * np.abs(result).max(axis=(-1, -2))).any():
        raise ValueError(
            f"{name}: got entries that differ from their mirror by {gap.max():g}; want symmetric"
        )
    return result


def eigenvalues(name: str, H: ArrayLike) -> Array:
    """The eigenvalues (..., n) of symmetric H (..., n, n), ascending; raises as `matrix` does."""
    return np.asarray(np.linalg.eigvalsh(matrix(name, H)), dtype=np.float64)


def is_singular(lam: Array) -> NDArray[np.bool_]:
    """Whether a matrix with eigenvalues lam (..., n) is singular to working precision.

    That is, min |lambda| <= n u max |lambda| with u the float64 spacing at 1, the rule by which numerical
    ranks are counted: a smaller eigenvalue is indistinguishable from the rounding of the largest.

    >>> is_singular(np.array([[1.0, 0.0], [1.0, 1e-12]]))
    array([ True, False])
    """
    size = np.abs(lam)
    return np.asarray(size.min(axis=-1) <= lam.shape[-1] * np.finfo(np.float64).eps * size.max(axis=-1))


def solve(f: Callable[[Array], Array], H: Array, g: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return f(H)^-1 g, f acting on the eigenvalues, and where f(H) is singular (there the answer is zero).

    Where H itself is not finite the answer is NaN: an overflow, not a singularity.
    """
    finite = np.asarray(np.isfinite(H).all(axis=(-1, -2)))
    lam, Q = np.linalg.eigh(np.where(finite[..., None, None], H, np.eye(H.shape[-1])))
    scaled = f(lam)
    singular = finite & is_singular(scaled)
    scaled = np.where(singular[..., None], np.inf, scaled)
    x = (Q * ((np.swapaxes(Q, -1, -2) * g[..., None, :]).sum(axis=-1) / scaled)[..., None, :]).sum(axis=-1)
    return np.where(finite[..., None], x, np.nan), singular
