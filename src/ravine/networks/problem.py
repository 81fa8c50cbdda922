"""A network bound to data: the problem that rules and loops minimise."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ravine._typing import Array
from ravine.networks import _arguments, _gauss_newton
from ravine.networks._hessian import gauss_newton, hessian
from ravine.networks._pass import Architecture, Pass, with_ones

# Activations of a block of parameter vectors, in numbers: past this they leave the cache.
_BLOCK = 2**18


class NetworkProblem:
    """J(theta) = (1/N) sum_i loss_i(theta) for fixed data, with its derivatives.

    Made by `MLP.problem(X, y)`, which checks and copies the data. The last evaluation is kept, so that
    the value, the gradient and Hessian-vector products at one point share their forward and backward
    passes. A theta that is not finite gives a value that is not finite: divergence is the caller's to name.

    Parameters
    ----------
    architecture : the network without parameters.
    X : inputs (..., N, inputs); leading axes, if any, broadcast against those of theta.
    targets : (..., outputs, N).

    `inputs` (..., inputs + 1, N) are X with a last row of ones, feature-major.
    """

    def __init__(self, architecture: Architecture, X: Array, targets: Array) -> None:
        self.architecture, self.targets = architecture, targets
        self.inputs = with_ones((*X.shape[:-2], X.shape[-1] + 1, X.shape[-2]), X.dtype)
        self.inputs[..., :-1, :] = X.swapaxes(-1, -2)
        self.n = architecture.n
        self._kept: tuple[Array, Pass] | None = None
        self._data: dict[np.dtype[Any], tuple[Array, Array]] = {}  # by the precision they are used in

    def at(self, theta: Array) -> Pass:
        """The evaluation at theta (..., n); the last one again if theta has not changed."""
        theta = _arguments.vector("theta", theta, last=self.n)
        if (
            self._kept is not None
            and self._kept[0].dtype == np.result_type(theta, self.inputs)
            and np.array_equal(theta, self._kept[0])
        ):
            return self._kept[1]
        dtype = np.result_type(theta, self.inputs)
        theta = theta.astype(dtype)
        if dtype not in self._data:
            self._data[dtype] = (
                self.inputs.astype(dtype, copy=False),
                self.targets.astype(dtype, copy=False),
            )
        self._kept = (theta, Pass(self.architecture, theta, *self._data[dtype]))
        return self._kept[1]

    def each(self, evaluate: Callable[[Pass], Array], theta: Array) -> Array:
        """evaluate(pass) for theta (..., n), a cache-sized block of the stack at a time."""
        theta = _arguments.vector("theta", theta, last=self.n)
        return self._blocks(
            lambda part: evaluate(self.at(theta if part is None else theta.reshape(-1, self.n)[part])),
            theta.shape[:-1],
        )

    def _blocks(self, evaluate: Callable[[slice | None], Array], lead: tuple[int, ...]) -> Array:
        """evaluate(None), the whole stack at once, or the flattened stack slice by slice and joined."""
        widest = max(layer.n_in + 1 for layer in self.architecture.layers)
        rows = max(1, _BLOCK // (widest * self.inputs.shape[-1]))
        # Overflow while a run diverges is an outcome that the numbers report.
        with np.errstate(over="ignore", invalid="ignore"):
            if prod(lead) <= rows or self.inputs.ndim > 2:
                return evaluate(None)
            joined = np.concatenate([evaluate(slice(i, i + rows)) for i in range(0, prod(lead), rows)])
        return joined.reshape(*lead, *joined.shape[1:])

    def value(self, theta: Array) -> Array:
        """The mean loss; theta (..., n) -> (...)."""
        return self.each(Pass.value, theta)

    def grad(self, theta: Array) -> Array:
        """The gradient of the mean loss; theta (..., n) -> (..., n)."""
        return self.each(Pass.grad, theta)

    def hvp(self, theta: Array, v: Array) -> Array:
        """The Hessian at theta times v; theta and v (..., n), broadcast -> (..., n)."""
        return self._times(Pass.hvp, theta, v)

    def gauss_newton_product(self, theta: Array, v: Array) -> Array:
        """The Gauss-Newton matrix at theta times v; theta and v (..., n), broadcast -> (..., n)."""
        return self._times(_gauss_newton.gauss_newton_product, theta, v)

    def empirical_fisher_product(self, theta: Array, v: Array) -> Array:
        """The empirical Fisher matrix at theta times v; theta and v (..., n), broadcast -> (..., n)."""
        return self._times(_gauss_newton.empirical_fisher_product, theta, v)

    def _times(self, matrix: Callable[[Pass, Array], Array], theta: Array, v: Array) -> Array:
        """A matrix at theta times v, a block of a stack at a time."""
        theta = _arguments.vector("theta", theta, last=self.n)
        v = _arguments.vector("v", v, last=self.n).astype(np.result_type(theta, self.inputs), copy=False)
        lead = np.broadcast_shapes(theta.shape[:-1], v.shape[:-1])

        def product(part: slice | None) -> Array:
            if part is None:
                return matrix(self.at(theta), v)
            at, along = (
                x if x.ndim == 1 else np.broadcast_to(x, (*lead, self.n)).reshape(-1, self.n)[part]
                for x in (theta, v)
            )
            return matrix(self.at(at), along)

        return self._blocks(product, lead)

    def hess(self, theta: Array) -> Array:
        """The Hessian of the mean loss; theta (..., n) -> (..., n, n)."""
        return self.each(hessian, theta)

    def gauss_newton(self, theta: Array) -> Array:
        """The Gauss-Newton matrix; theta (..., n) -> (..., n, n)."""
        return self.each(gauss_newton, theta)

    def empirical_fisher(self, theta: Array) -> Array:
        """The empirical Fisher matrix; theta (..., n) -> (..., n, n)."""
        return self.each(_gauss_newton.empirical_fisher, theta)
