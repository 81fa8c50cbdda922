"""Spectra of Hessians too large to form, from Hessian-vector products."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ravine import _check
from ravine._typing import Array
from ravine.curvature._hessian import HVP
from ravine.rules._norm import norm


@dataclass(frozen=True)
class Spectrum:
    """What k steps of Lanczos know of a symmetric n x n matrix.

    Parameters
    ----------
    eigenvalues : (k,) Ritz values, ascending; the outermost are the first to become exact.
    vectors : (n, k) Ritz vectors, orthonormal columns.
    weights : (k,) squared overlap of each vector with the random start; they sum to 1, and n times their sum
        over an interval estimates the number of eigenvalues in it.
    residuals : (k,) |H x - lambda x| of each pair: some eigenvalue of H lies this close to each Ritz value.

    Source: Golub and Meurant (2010), Matrices, moments and quadrature, chapters 4 and 7.
    """

    eigenvalues: Array
    vectors: Array
    weights: Array
    residuals: Array

    def density(self, lam: ArrayLike, width: float) -> Array:
        """The spectral density, each Ritz value blurred by a Gaussian: sum_i w_i N(lam; lambda_i, width^2).

        Parameters
        ----------
        lam : where to evaluate it (...).
        width : > 0, standard deviation of the Gaussians, in units of the eigenvalues.

        Returns
        -------
        (...), in units of 1 / lambda; its integral is 1.

        Raises
        ------
        ValueError : width is not a finite positive number.

        >>> spectrum = lanczos(lambda v: 3 * v, 4, 1, np.random.default_rng(0))
        >>> float(spectrum.density(3.0, 1.0).round(6))  # 1 / sqrt(2 pi)
        0.398942
        """
        width = _check.real("width", width, above=0)
        lam = _check.array("lam", lam)
        with np.errstate(over="ignore", under="ignore"):  # far away the density is 0, in a point infinite
            z = (lam[..., None] - self.eigenvalues) / width
            total = (self.weights * np.exp(-z * z / 2)).sum(axis=-1)
            return np.asarray(total / width / np.sqrt(2 * np.pi))[()]


def lanczos(
    hvp: HVP, n: int, n_iter: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
) -> Spectrum:
    """Lanczos with full reorthogonalisation: H seen from a random start through n_iter products.

    Q'HQ = T, T tridiagonal, the columns of Q an orthonormal basis of span(q, Hq, ..., H^(k-1) q); the
    eigenpairs of T, carried back by Q, are the Ritz pairs.

    Parameters
    ----------
    hvp : v (n,) -> Hv (n,), H symmetric.
    n : dimension.
    n_iter : number of products, at most n. With n of them the whole spectrum is exact.
    rng : draws the start, uniform in direction.
    dtype : of the basis and of the vectors that hvp is given; float32 halves the memory.

    Returns
    -------
    A Spectrum of n_iter Ritz pairs. When the basis cannot grow (the start met few distinct eigenvalues) it
    goes on from a new random direction, whose Ritz values carry no weight.

    Raises
    ------
    ValueError : a bad argument, hvp returns another shape or something not finite, or is
        seen not to be symmetric.

    Source: Lanczos (1950), J. Res. Nat. Bur. Standards 45, 255-282; Golub and Van Loan (2013), section 10.1.

    >>> H = np.diag([1.0, 2.0, 3.0, 4.0])
    >>> lanczos(lambda v: H @ v, 4, 4, np.random.default_rng(0)).eigenvalues.round(12)
    array([1., 2., 3., 4.])
    """
    n_iter = _check.count("n_iter", n_iter)
    if n_iter > _check.count("n", n):
        raise ValueError(f"n_iter: got {n_iter}; want at most n = {n}")
    steps = _krylov(hvp, n, _check.generator("rng", rng), dtype)
    *_, (Q, alpha, beta) = islice(steps, n_iter)
    lam, S, residuals = _ritz(alpha, beta)
    return Spectrum(lam, Q.T @ S, S[0] ** 2, residuals)


def top_eigenvalues(
    hvp: HVP, n: int, k: int, rng: np.random.Generator, rtol: float = 1e-6, dtype: DTypeLike = np.float64
) -> Array:
    """The k largest eigenvalues, by as many Lanczos steps as it takes.

    It stops when the residual of each of the k is at most rtol times the largest |lambda|, or after n
    products. Copies of a repeated eigenvalue show late in Lanczos: where multiplicities matter, form H.

    Parameters
    ----------
    hvp : v (n,) -> Hv (n,), H symmetric.
    n : dimension.
    k : how many, from 1 to n.
    rng : draws the start.
    rtol : > 0, dimensionless.
    dtype : of the basis and of the vectors that hvp is given; with float32 ask for no less than 1e-5 or so.

    Returns
    -------
    (k,), ascending. (The smallest ones are the negatives of those of v -> -Hv.)

    Raises
    ------
    ValueError : a bad argument, hvp returns another shape or something not finite, or is
        seen not to be symmetric.

    Source: Golub and Van Loan (2013), Matrix computations, section 10.1.

    >>> H = np.diag(np.arange(100.0))
    >>> top_eigenvalues(lambda v: H @ v, 100, 2, np.random.default_rng(0)).round(6)
    array([98., 99.])
    """
    k, rtol = _check.count("k", k), _check.real("rtol", rtol, above=0)
    if k > _check.count("n", n):
        raise ValueError(f"k: got {k}; want at most n = {n}")
    for _, alpha, beta in _krylov(hvp, n, _check.generator("rng", rng), dtype):
        # Looking costs a small eigenproblem, so not at every step; a basis that had to start anew
        # (beta = 0) has no residuals, but may lack copies of a repeated eigenvalue.
        if len(alpha) == n or (len(alpha) >= k and len(alpha) % 5 == 0 and beta[-1] > 0):
            lam, _, residuals = _ritz(alpha, beta)
            if (residuals[-k:] <= rtol * np.abs(lam).max()).all():
                break
    return lam[-k:]


def _krylov(
    hvp: HVP, n: int, rng: np.random.Generator, dtype: DTypeLike
) -> Iterator[tuple[Array, list[float], list[float]]]:
    """Yield (Q, alpha, beta) after each of n products: orthonormal rows, diagonal, off-diagonal of T.

    beta is as long as alpha: its last entry is the norm of what is left over.
    """
    if not callable(hvp):
        raise ValueError(f"hvp: got {hvp!r}; want a function v -> Hv")
    if dtype not in (np.float64, np.float32, "float64", "float32"):
        raise ValueError(f"dtype: got {dtype!r}; want float64 or float32")
    Q: Array = np.empty((0, n), dtype)
    alpha: list[float] = []
    beta: list[float] = []
    q, scale = _unit(rng.standard_normal(n).astype(dtype)), 0.0
    for j in range(n):
        if j == len(Q):
            Q = np.concatenate([Q, np.empty((min(n - j, max(j, 32)), n), dtype)])
        Q[j] = q
        product = _check.array("hvp(v)", hvp(q), ndim=1, last=n)  # q is hvp's to keep or to change
        # In units of the first product, whose squares could leave the floats, those of float32 above all.
        scale = scale or float(np.abs(product).max()) or 1.0
        w = (product / scale).astype(dtype)
        alpha.append(scale * float(Q[j] @ w))
        if j:
            _check_symmetry(Q[:j] @ w, beta[-1] / scale, max(np.abs([*alpha, *beta]).max() / scale, norm(w)))
        w = _orthogonal(w, Q[: j + 1])
        beta.append(scale * float(norm(w)))
        if beta[-1] <= n * np.finfo(w.dtype).eps * np.abs([*alpha, *beta]).max():
            beta[-1], w = 0.0, _orthogonal(rng.standard_normal(n).astype(dtype), Q[: j + 1])
        yield Q[: j + 1], alpha, beta
        q = _unit(w)


def _check_symmetry(parts: Array, beta: float, size: float) -> None:
    """Refuse an asymmetric H, from the parts of H q_j in q_1 ... q_(j-1): 0, but for the last one's beta."""
    gap = np.abs(parts - np.array([0.0] * (len(parts) - 1) + [beta])).max()
    if gap > (1e-2 if parts.dtype == np.float32 else 1e-6) * size:
        raise ValueError(
            f"hvp: got u'Hv and v'Hu that differ by {gap / size:.1g} of the largest; want a symmetric H"
        )


def _orthogonal(w: Array, Q: Array) -> Array:
    """w without its part in the rows of Q; again if that cancelled most of w, as rounding then dominates."""
    before = norm(w)
    w = w - (Q @ w) @ Q
    return w - (Q @ w) @ Q if norm(w) < before / 2 else w


def _unit(w: Array) -> Array:
    """w / |w|, and zero for zero."""
    # First in units of the largest entry: next to a tiny length there is no exact one in float32.
    w = w / (float(np.abs(w).max()) or 1.0)
    return np.asarray(w / (float(norm(w)) or 1.0))


def _ritz(alpha: list[float], beta: list[float]) -> tuple[Array, Array, Array]:
    """Eigenvalues and eigenvectors of T, and the residual of each Ritz pair."""
    T = np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1)
    lam, S = np.linalg.eigh(T)
    return lam, S, np.abs(beta[-1] * S[-1])
