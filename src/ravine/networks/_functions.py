"""Activations and losses, each with the derivatives that backpropagation and the R-operator need.

Arrays are feature-major, (..., features, N): reductions over features then run along whole rows of
examples, and a row of ones carries the biases. Everything keeps the dtype it is given.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ravine._typing import Array


@dataclass(frozen=True)
class Activation:
    """f with its derivatives written in terms of the value a = f(z), so that z need not be kept.

    value(z, out) writes a; slope(a) is f'(z); bend(a) is f''(z) / f'(z), None where f'' = 0.
    `gain` / fan-in is the variance of weights that keeps signals alive; None asks for Glorot's.
    """

    value: Callable[[Array, Array], Array]
    slope: Callable[[Array], Array]
    bend: Callable[[Array], Array] | None
    gain: float | None


def _identity(z: Array, out: Array) -> Array:
    out[...] = z
    return out


def _relu(z: Array, out: Array) -> Array:
    # An array of zeros: NumPy's maximum with a scalar takes a path about three times slower.
    return np.maximum(z, np.zeros_like(z), out=out)


ACTIVATIONS = {
    "tanh": Activation(lambda z, out: np.tanh(z, out=out), lambda a: 1 - a * a, lambda a: -2 * a, None),
    "relu": Activation(_relu, lambda a: (a > 0).astype(a.dtype), None, 2.0),
    "identity": Activation(_identity, np.ones_like, None, None),
}


class CrossEntropy:
    """log sum_k exp(z_k) - sum_k t_k z_k on logits z and one-hot targets t, both (..., K, N)."""

    def __init__(self, z: Array, targets: Array) -> None:
        shifted = z - z.max(axis=-2, keepdims=True)  # exp never overflows, and one term of the sum is 1
        exp = np.exp(shifted)
        total = exp.sum(axis=-2, keepdims=True)
        self.values: Array = np.log(total[..., 0, :]) - (shifted * targets).sum(axis=-2)
        self.probabilities: Array = np.divide(exp, total, out=exp)
        self.targets = targets

    def grad(self) -> Array:
        """The gradient p - t with respect to z."""
        return self.probabilities - self.targets

    def curve(self, dz: Array) -> Array:
        """The product (diag(p) - p p') dz of the Hessian with respect to z."""
        weighted: Array = self.probabilities * dz
        weighted -= self.probabilities * weighted.sum(axis=-2, keepdims=True)
        return weighted


class Squared:
    """Half the squared error |z - t|^2 / 2 on outputs z and real targets t, both (..., K, N)."""

    def __init__(self, z: Array, targets: Array) -> None:
        self.residuals: Array = z - targets
        self.values: Array = (self.residuals * self.residuals).sum(axis=-2) / 2

    def grad(self) -> Array:
        """The gradient z - t with respect to z."""
        return self.residuals

    def curve(self, dz: Array) -> Array:
        """The product of the Hessian with respect to z, the identity, with dz."""
        return dz


LOSSES: dict[str, type[CrossEntropy] | type[Squared]] = {"cross_entropy": CrossEntropy, "squared": Squared}
