"""Linear drifts: the covariance in which walkers settle, and the quasi-potential."""

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check, _symmetric
from ravine._typing import Array


def lyapunov(A: ArrayLike, D: ArrayLike) -> Array:
    r"""The P of $A P + P A^\top = D$: $\nu P$ is the covariance of $dx = -A x\, dt + \sqrt\nu\, \Sigma\, dW$.

    Parameters
    ----------
    A : (n, n), all its eigenvalues with a positive real part, symmetric or not.
    D : $\Sigma\Sigma^\top$, (n, n), symmetric, without a negative eigenvalue.

    Returns
    -------
    Array : P, (n, n), symmetric.

    Raises
    ------
    ValueError : matrices of other shapes, a drift that is not stable, a D that is no covariance.

    Source: Gardiner (2009), Stochastic Methods, section 4.5.6.

    >>> lyapunov([[1.0, 0.0], [0.0, 2.0]], np.eye(2)).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    pull = _check.array("A", A, ndim=2)
    n = len(pull)
    if pull.shape != (n, n) or not n:
        raise ValueError(f"A: got shape {pull.shape}; want (n, n)")
    slowest = np.linalg.eigvals(pull).real.min()
    if not slowest > 0:
        raise ValueError(f"A: got an eigenvalue with real part {slowest:.6g}; want all of them > 0")
    shaken = _symmetric.matrix("D", D)
    if shaken.shape != (n, n):
        raise ValueError(f"D: got shape {shaken.shape}; want {(n, n)}")
    lam = np.linalg.eigvalsh(shaken)
    if lam[0] < -1e-12 * np.abs(lam).max():
        raise ValueError(f"D: got an eigenvalue {lam[0]:.6g}; want none below 0")
    identity = np.eye(n)
    P = np.linalg.solve(np.kron(pull, identity) + np.kron(identity, pull), shaken.ravel()).reshape(n, n)
    return np.asarray((P + P.T) / 2)


def linear_quasi_potential(A: ArrayLike, D: ArrayLike, x: ArrayLike) -> Array:
    r"""The quasi-potential of $dx = -A x\, dt + \sqrt\nu\, \Sigma\, dW$ from its attractor 0.

    $\phi = \frac12 x^\top P^{-1} x$ with $A P + P A^\top = D$; whether or not -Ax is a gradient.

    Parameters
    ----------
    A, D : as for `lyapunov`; the noise reaches all directions.
    x : (..., n).

    Returns
    -------
    Array : shape (...), in units of $\nu$.

    Raises
    ------
    ValueError : as for `lyapunov`; noise that never reaches some direction.

    Source: Freidlin and Wentzell (2012), Random Perturbations of Dynamical Systems, section 4.3.

    >>> linear_quasi_potential(2 * np.eye(2), np.eye(2), [1.0, 1.0]).item()  # 2 f, with f = x^2 + y^2
    4.0
    """
    P = lyapunov(A, D)
    places = _check.array("x", x, last=len(P))
    if _symmetric.is_singular(_symmetric.eigenvalues("P", P)):
        raise ValueError("D: got noise that does not reach all directions; want A and D that spread it")
    return np.asarray((places * np.linalg.solve(P, places[..., None])[..., 0]).sum(axis=-1) / 2)
