r"""Losses minimised in place of the 0-1 loss, for linear classifiers whose answer is the sign of $w^\top x$.

The margin of an example is $y\, w^\top x$, positive where the answer is right.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


def log_loss(margin: ArrayLike) -> Array:
    r"""The log loss of a margin, $\ln(1 + e^{-z})$; divided by $\ln 2$ it lies nowhere below the 0-1 loss.

    Parameters
    ----------
    margin : $z$, shape (...), dimensionless.

    Returns
    -------
    Array : shape (...), nats.

    Raises
    ------
    ValueError : entries that are not finite.

    >>> (log_loss([-1000.0, 0.0, 2.0]) / np.log(2)).round(3)
    array([1.442695e+03, 1.000000e+00, 1.830000e-01])
    """
    return np.asarray(np.logaddexp(0, -_check.array("margin", margin)))


@dataclass(frozen=True, eq=False)
class LogisticRegression:
    r"""Logistic regression without intercept, as a problem.

    $J(w) = \frac1m \sum_i \ln(1 + e^{-y_i x_i^\top w})$

    Parameters
    ----------
    X, y : examples, shapes (..., m, d) and (..., m), labels -1 and +1. Leading axes, if any, are those of w:
        a stack of independent problems.

    Raises
    ------
    ValueError : shapes that do not fit, a label that is neither -1 nor +1.

    >>> problem = LogisticRegression([[1.0, 0.0], [0.0, 2.0]], [1.0, -1.0])
    >>> problem.value([0.0, 0.0]).round(4).item(), problem.grad([0.0, 0.0])
    (0.6931, array([-0.25,  0.5 ]))
    """

    X: Array
    y: Array

    def __post_init__(self) -> None:
        X = _check.array("X", self.X)
        if X.ndim < 2 or 0 in X.shape:
            raise ValueError(f"X: got shape {X.shape}; want (..., m, d) with at least one example")
        y = _check.labels("y", self.y, last=X.shape[-2])
        if y.shape != X.shape[:-1]:
            raise ValueError(f"y: got shape {y.shape}; want {X.shape[:-1]}, one label a row of X")
        # A frozen dataclass is normalised through object.__setattr__: there is no other way in.
        object.__setattr__(self, "X", X.copy())  # what the caller changes later is another problem
        object.__setattr__(self, "y", y.copy())

    @property
    def n(self) -> int:
        """The number of parameters."""
        return int(self.X.shape[-1])

    @cached_property
    def signed(self) -> Array:
        """The examples with their labels multiplied in, $y_i x_i$, shape (..., m, d)."""
        return np.asarray(self.y[..., None] * self.X)

    def margins(self, w: ArrayLike) -> Array:
        r"""$y_i\, x_i^\top w$; w (..., d) -> (..., m)."""
        w = _check.floats("w", w)  # finite or not: an optimiser may run off
        if w.ndim == 0 or w.shape[-1] != self.n:
            raise ValueError(f"w: got shape {w.shape}; want (..., {self.n})")
        with np.errstate(
            over="ignore", invalid="ignore", under="ignore"
        ):  # a run that leaves all numbers has such margins
            return np.asarray((self.signed @ w[..., None])[..., 0])

    def value(self, w: ArrayLike) -> Array:
        """J, nats; w (..., d) -> (...)."""
        return np.asarray(np.logaddexp(0, -self.margins(w)).mean(-1))

    def grad(self, w: ArrayLike) -> Array:
        r"""$-\frac1m \sum_i y_i x_i / (1 + e^{z_i})$; w (..., d) -> (..., d)."""
        weights = np.exp(-np.logaddexp(0, self.margins(w)))
        return np.asarray(-(weights[..., None, :] @ self.signed)[..., 0, :] / self.signed.shape[-2])

    @cached_property
    def safe_learning_rate(self) -> Array:
        r"""$2 / \lambda_{\max}(\frac1m \sum_i x_i x_i^\top)$, shape (...), a safe learning rate.

        J falls at every step even with four times as much: the Hessian never exceeds a quarter of that
        matrix, because $p(1 - p) \le \frac14$.
        """
        # Examples that are all zero have no largest rate.
        with np.errstate(divide="ignore", over="ignore", under="ignore"):
            return np.asarray(2 * (self.X.shape[-2] ** 0.5 / np.linalg.norm(self.X, 2, axis=(-2, -1))) ** 2)


def perceptron(X: ArrayLike, y: ArrayLike, *, max_passes: int = 1000) -> tuple[Array, bool]:
    r"""Go through the examples in order, add $y_i x_i$ to w where it errs, and stop when it errs nowhere.

    Parameters
    ----------
    X, y : examples, shapes (m, d) and (m,), labels -1 and +1.
    max_passes : how often to go through them at most.

    Returns
    -------
    (w, separated) : weights of shape (d,), and whether they err nowhere.

    Raises
    ------
    ValueError : shapes that do not fit, a label that is neither -1 nor +1, max_passes below 1.

    Source: F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in
    the brain", Psychological Review 65, 1958.

    >>> perceptron([[2.0, 1.0], [1.0, -1.0]], [1, -1])
    (array([1., 2.]), True)
    """
    signed = LogisticRegression(_check.array("X", X, ndim=2), _check.array("y", y)).signed
    # w is in units of x, whose products may be no floats; a power of two costs no digit.
    power = np.frexp(np.abs(signed).max(initial=0.0))[1]
    signed = np.ldexp(signed, -power)
    w = np.zeros(signed.shape[-1])
    for _ in range(_check.count("max_passes", max_passes)):
        for z in signed:
            if z @ w <= 0:
                w = w + z
        if (signed @ w > 0).all():
            return np.ldexp(w, power), True
    return np.ldexp(w, power), False
