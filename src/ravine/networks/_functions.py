"""Activations and losses, each with the derivatives that backpropagation and the R-operator need.

Arrays are feature-major, (..., features, N): reductions over features then run along whole rows of
examples, and a row of ones carries the biases. Everything keeps the dtype it is given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ravine._typing import Array


@dataclass(frozen=True)
class Activation:
    """f with its derivatives, written in terms of the value a = f(z) as far as that keeps their digits.

    value(z, out) writes a; slope(z, a) is f'(z); bend(a) is f''(z) / f'(z), None where f'' = 0.
    `gain` / fan-in is the variance of weights that keeps signals alive; None asks for Glorot's.
    """

    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]
    bend: Callable[[Array], Array] | None
    gain: float | None


def _identity(z: Array, out: Array) -> Array:
    out[...] = z
    return out


def _relu(z: Array, out: Array) -> Array:
    # An array of zeros, as NumPy's maximum with a scalar takes a slower path; of a stack, one matrix will do.
    return np.maximum(z, np.zeros(z.shape[-2:], z.dtype), out=out)


# A difference from 1 has lost seven bits where it is below this; above it, more care is not worth its time.
CANCELS = 2.0**-7


def sech_squared(z: Array, tanh: Array, out: Array | None = None) -> Array:
    """sech^2 z, the slope of tanh, given tanh z: to full relative precision, where saturated too.

    >>> z = np.array([0.0, 19.0, -300.0])
    >>> sech_squared(z, np.tanh(z))
    array([1.00000000e+000, 1.25565312e-016, 1.06015862e-260])
    """
    slope = np.multiply(tanh, tanh, out=out)
    np.subtract(1, slope, out=slope)
    far = slope < CANCELS
    if far.any():
        e = np.exp(-2 * np.abs(z[far]))
        slope[far] = 4 * e / (1 + e) ** 2
    return slope


ACTIVATIONS = {
    "tanh": Activation(lambda z, out: np.tanh(z, out=out), sech_squared, lambda a: -2 * a, None),
    "relu": Activation(_relu, lambda z, a: (a > 0).astype(a.dtype), None, 2.0),
    "identity": Activation(_identity, lambda z, a: np.ones_like(a), None, None),
}


class CrossEntropy:
    """log sum_k exp(z_k) - sum_k t_k z_k on logits z and one-hot targets t, both (..., K, N)."""

    def __init__(self, z: Array, targets: Array) -> None:
        shifted = z - z.max(axis=-2, keepdims=True)  # exp never overflows, and one term of the sum is 1
        exp = np.exp(shifted)
        total = exp.sum(axis=-2, keepdims=True)
        self._label: NDArray[np.bool_] = targets != 0
        shortfall = np.where(self._label, shifted, 0).sum(axis=-2)
        # Where the label's own term is that 1, only what the others add to it counts.
        self._others: Array = np.where(self._label, 0, exp).sum(axis=-2, keepdims=True)
        right = np.log1p(self._others[..., 0, :])
        self.values: Array = np.where(shortfall == 0, right, np.log(total[..., 0, :]) - shortfall)
        self._others /= total
        self.probabilities: Array = np.divide(exp, total, out=exp)
        self._z = z

    def grad(self) -> Array:
        """The gradient p - t with respect to z; 1 - p of the label is the sum of the other p."""
        result: Array = np.where(self._label, -self._others, self.probabilities)
        return result

    def curve(self, dz: Array) -> Array:
        """The product (diag(p) - p p') dz of the Hessian with respect to z.

        It does not change when a number is taken from all dz of an example: with that of the likeliest class,
        nothing cancels however sure the network is.
        """
        dz = dz - np.where(self._likeliest, dz, 0).sum(axis=-2, keepdims=True)
        weighted: Array = self.probabilities * dz
        weighted -= self.probabilities * weighted.sum(axis=-2, keepdims=True)
        return weighted

    @cached_property
    def _likeliest(self) -> NDArray[np.bool_]:
        """One class an example, marked: the first of the largest outputs."""
        marks: NDArray[np.bool_] = np.arange(self._z.shape[-2])[:, None] == self._z.argmax(-2)[..., None, :]
        return marks


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
