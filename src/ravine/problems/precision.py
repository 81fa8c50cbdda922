"""Regression that also learns how precise its targets are: a cost without a minimum."""

from dataclasses import dataclass

import numpy as np

from ravine import _check
from ravine._typing import Array

N_EQUATIONS, N_UNKNOWNS = 5, 10
"""Fewer equations than unknowns: the model can fit its data exactly."""


@dataclass(frozen=True)
class Precision:
    r"""The negative log-likelihood of $N(y;\, X\theta,\, 1/\beta)$, as a problem in $(\theta, s = \ln\beta)$.

    $J(\theta, s) = \tfrac12 e^s R(\theta) - \tfrac12 s, \quad R(\theta) = \tfrac1m |X\theta - y|^2$,
    a mean over the m equations and without its constant $\tfrac12 \ln 2\pi$.

    Parameters
    ----------
    X : (m, n), y : (m,), dimensionless.

    Raises
    ------
    ValueError : shapes that do not fit, or entries that are not finite.

    >>> problem = precision_problem(0)
    >>> problem.value(np.zeros(11)).shape, problem.grad(np.zeros((3, 11))).shape
    ((), (3, 11))
    """

    X: Array
    y: Array

    def __post_init__(self) -> None:
        X = _check.array("X", self.X, ndim=2)
        if not X.size:
            raise ValueError(f"X: got shape {X.shape}; want at least one equation and one unknown")
        # A frozen dataclass is normalised through object.__setattr__: there is no other way in.
        object.__setattr__(self, "X", X.copy())  # what the caller changes later is another problem
        object.__setattr__(self, "y", _check.array("y", self.y, ndim=1, last=len(X)).copy())

    def _theta(self, theta: Array) -> Array:
        """Parameters as float64, finite or not: a descent may run off."""
        result = np.asarray(theta, dtype=np.float64)
        if result.ndim == 0 or result.shape[-1] != self.X.shape[1] + 1:
            raise ValueError(f"theta: got shape {result.shape}; want (..., {self.X.shape[1] + 1})")
        return result

    @property
    def eigenvalues(self) -> Array:
        """Those of XX'/m, (m,), ascending: the curvatures of R/2 where it is not flat."""
        return np.asarray(np.linalg.eigvalsh(self.X @ self.X.T / len(self.y)))

    def _residual(self, theta: Array) -> Array:
        # Sums in a fixed order, not a call of BLAS: what decides the run below is how this rounds.
        return np.asarray((self.X * theta[..., None, :-1]).sum(axis=-1) - self.y)

    def value(self, theta: Array) -> Array:
        """J, (...); theta (..., n + 1) ends in s."""
        theta = self._theta(theta)
        s, R = theta[..., -1], np.square(self._residual(theta)).mean(axis=-1)
        # An exact fit costs nothing, however sure the model is of it.
        return np.asarray((np.where(R == 0, 0.0, np.exp(np.where(R == 0, 0.0, s)) * R) - s) / 2)

    def grad(self, theta: Array) -> Array:
        """Its gradient, (..., n + 1)."""
        theta = self._theta(theta)
        r = self._residual(theta)
        beta = np.exp(np.where((r == 0).all(axis=-1, keepdims=True), 0.0, theta[..., -1:]))
        along_theta = beta * (self.X * r[..., None]).sum(axis=-2) / len(self.y)
        along_s = (beta * (r * r).mean(axis=-1, keepdims=True) - 1) / 2
        return np.concatenate([along_theta, along_s], axis=-1)


def precision_problem(seed: int) -> Precision:
    """Five random equations in ten unknowns.

    Parameters
    ----------
    seed : of X and y, all entries of which are standard normal.

    Returns
    -------
    Precision

    Raises
    ------
    ValueError : a negative seed.

    >>> precision_problem(0).eigenvalues.round(1).tolist()
    [0.2, 0.6, 1.1, 2.9, 3.8]
    """
    rng = _check.seeded(seed)
    return Precision(rng.standard_normal((N_EQUATIONS, N_UNKNOWNS)), rng.standard_normal(N_EQUATIONS))
