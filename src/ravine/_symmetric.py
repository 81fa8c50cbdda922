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
    ValueError : H is not square, not finite, or differs from its transpose by more than rounding: by 1e-8 of
        the largest entry of the two rows in which the entry and its mirror stand, and by 1e-12 of all.
    """
    result = _check.array(name, H)
    if result.ndim < 2 or result.shape[-1] != result.shape[-2] or result.shape[-1] == 0:
        raise ValueError(f"{name}: got shape {result.shape}; want square matrices (..., n, n)")
    with np.errstate(over="ignore"):  # a gap too large for a float is one
        gap = np.abs(result - np.swapaxes(result, -1, -2))
    rows = np.abs(result).max(axis=-1)
    beside = np.maximum(rows[..., :, None], rows[..., None, :])
    # A row that is zero but for rounding has no symmetry of its own.
    uneven = (gap > 1e-8 * beside) & (gap > 1e-12 * rows.max(axis=-1)[..., None, None])
    if uneven.any():
        raise ValueError(
            f"{name}: got entries that differ from their mirror by {gap[uneven].max():g}; want symmetric"
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
    if H.shape[-1] == 2:
        return _solve_in_the_plane(f, H, g)
    finite = np.asarray(np.isfinite(H).all(axis=(-1, -2)))
    lam, Q = np.linalg.eigh(np.where(finite[..., None, None], H, np.eye(H.shape[-1])))
    scaled = f(lam)
    singular = finite & is_singular(scaled)
    scaled = np.where(singular[..., None], np.inf, scaled)
    x = (Q * ((np.swapaxes(Q, -1, -2) * g[..., None, :]).sum(axis=-1) / scaled)[..., None, :]).sum(axis=-1)
    return np.where(finite[..., None], x, np.nan), singular


def _solve_in_the_plane(f: Callable[[Array], Array], H: Array, g: Array) -> tuple[Array, NDArray[np.bool_]]:
    """`solve` for n = 2, in the same sums, products, quotients and roots as the front end's `rules.mjs`.

    Each of these is rounded correctly in either language, so that both give the same bits.
    """
    with np.errstate(all="ignore"):  # what overflows is NaN or infinite below, and named by the caller
        finite = np.asarray(np.isfinite(H).all(axis=(-1, -2)))
        peak = np.abs(H).max(axis=(-1, -2))
        unit = np.where(peak > 2.0**500, 2.0**-600, np.where(peak < 2.0**-500, 2.0**600, 1.0))
        a, b, d = (H[..., i, j] * unit for i, j in ((0, 0), (0, 1), (1, 1)))
        mean, half = (a + d) / 2, (a - d) / 2
        longer = np.maximum(np.abs(half), np.abs(b))
        longer = np.where(longer == 0, 1.0, longer)
        radius = longer * np.sqrt((half / longer) * (half / longer) + (b / longer) * (b / longer))
        # The smaller component of the eigenvector over the larger: no difference cancels here.
        reach = np.abs(half) + radius
        ratio = b / np.where(reach == 0, 1.0, reach)
        long = 1 / np.sqrt(1 + ratio * ratio)
        short = ratio * long
        cos, sin = np.where(half >= 0, long, short), np.where(half >= 0, short, long)
        lam = _eigenvalues_in_the_plane(a, b, d, mean, radius) / unit[..., None]
        scaled = f(lam)
        singular = finite & is_singular(scaled)
        along = (cos * g[..., 0] + sin * g[..., 1]) / scaled[..., 0]
        across = (cos * g[..., 1] - sin * g[..., 0]) / scaled[..., 1]
        x = np.stack([cos * along - sin * across, sin * along + cos * across], axis=-1)
    x = np.where(singular[..., None], 0.0, x)
    return np.where(finite[..., None], x, np.nan), singular


def _eigenvalues_in_the_plane(a: Array, b: Array, d: Array, mean: Array, radius: Array) -> Array:
    """The larger and the smaller eigenvalue of ((a, b), (b, d)), stacked last."""
    positive = mean >= 0
    large = np.where(positive, mean + radius, mean - radius)
    # The smaller in size as determinant / larger: their difference would cancel.
    small = np.where(large == 0, 0.0, (a * d - b * b) / np.where(large == 0, 1.0, large))
    # Of a diagonal matrix they stand in it; a last bit lost here would cost Newton's method its exact steps.
    first = np.where(b == 0, np.maximum(a, d), np.where(positive, large, small))
    second = np.where(b == 0, np.minimum(a, d), np.where(positive, small, large))
    return np.stack([first, second], axis=-1)
