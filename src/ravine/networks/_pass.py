"""One evaluation of a network on data: forward, backward, and the R-operator on top of both.

Layer l maps its input A_l (a row for each feature and a last row of ones) to
z_l = M_l' A_l, where the matrix M_l holds the weights and, in its last row, the biases:
exactly the layer's stretch of theta. Then h_{l+1} = f(z_l), or h_l + gain f(z_l) in a residual block.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ravine._typing import Array
from ravine.networks._functions import Activation, CrossEntropy, Squared


@dataclass(frozen=True)
class Layer:
    """Where a layer lives in theta, its widths, and how its output joins its input."""

    start: int
    n_in: int
    n_out: int
    skip: bool = False
    gain: float = 1.0

    @property
    def stop(self) -> int:
        """One past the layer's last parameter."""
        return self.start + (self.n_in + 1) * self.n_out

    def of(self, flat: Array) -> Array:
        """The view (..., n_in + 1, n_out) of a flat vector: weights, then a row of biases."""
        return flat[..., self.start : self.stop].reshape(*flat.shape[:-1], self.n_in + 1, self.n_out)


@dataclass(frozen=True)
class Architecture:
    """What does not depend on parameters or data."""

    layers: tuple[Layer, ...]
    activation: Activation
    loss: type[CrossEntropy] | type[Squared]

    @property
    def n(self) -> int:
        """The number of parameters."""
        return self.layers[-1].stop


def t(x: Array) -> Array:
    """The transpose of the last two axes."""
    return x.swapaxes(-1, -2)


def with_ones(shape: tuple[int, ...], dtype: np.dtype[np.float64]) -> Array:
    """An array whose last row is 1 and whose other rows are yet to be written."""
    result: Array = np.empty(shape, dtype)
    result[..., -1, :] = 1
    return result


class Pass:
    """The network at theta (..., n) on inputs A_0 (..., inputs + 1, N) and targets (..., K, N)."""

    def __init__(self, architecture: Architecture, theta: Array, inputs: Array, targets: Array) -> None:
        self.layers = architecture.layers
        self.activation = architecture.activation
        self.matrices = [layer.of(theta) for layer in self.layers]
        self.n, self.n_examples = architecture.n, inputs.shape[-1]
        self.inputs, self.hidden, self.before = [inputs], list[Array](), list[Array]()
        for layer, matrix in zip(self.layers[:-1], self.matrices, strict=False):
            self._step(layer, t(matrix) @ self.inputs[-1])
        self.outputs: Array = t(self.matrices[-1]) @ self.inputs[-1]
        self.loss = architecture.loss(self.outputs, targets)

    def _step(self, layer: Layer, z: Array) -> None:
        """Append z_l to `before`, a_l = f(z_l) to `hidden` and the next layer's input to `inputs`."""
        following = with_ones((*z.shape[:-2], layer.n_out + 1, self.n_examples), z.dtype)
        below = following[..., :-1, :]
        if layer.skip:
            a = self.activation.value(z, np.empty_like(z))
            np.multiply(a, layer.gain, out=below)
            below += self.inputs[-1][..., :-1, :]
        else:
            a = self.activation.value(z, below)
        self.before.append(z)
        self.hidden.append(a)
        self.inputs.append(following)

    @cached_property
    def slopes(self) -> list[Array]:
        """dh_{l+1}/df times f'(z_l), for each hidden layer."""
        slopes = [self.activation.slope(z, a) for z, a in zip(self.before, self.hidden, strict=True)]
        return [s * layer.gain if layer.skip else s for s, layer in zip(slopes, self.layers, strict=False)]

    @cached_property
    def deltas(self) -> list[Array]:
        """The gradients of the per-example losses with respect to z_l, (..., outputs of l, N)."""
        return self.pulled(self.loss.grad())

    def pulled(self, top: Array) -> list[Array]:
        """Carry a derivative with respect to the outputs (..., K, N) back to every z_l."""
        deltas = [top]
        above = top  # never read: the last layer is no residual block
        for layer, matrix, slope in zip(
            self.layers[:0:-1], self.matrices[:0:-1], self.slopes[::-1], strict=True
        ):
            back: Array = matrix[..., :-1, :] @ deltas[-1]
            if layer.skip:
                back += above
            above = back
            deltas.append(slope * back)
        return deltas[::-1]

    @cached_property
    def bends(self) -> list[Array] | None:
        """f''(z_l) times the gradient with respect to f(z_l); None if f is piecewise linear."""
        bend = self.activation.bend
        if bend is None:
            return None
        return [bend(a) * delta for a, delta in zip(self.hidden, self.deltas, strict=False)]

    def value(self) -> Array:
        """The mean loss (...)."""
        mean: Array = self.loss.values.mean(axis=-1)
        return mean

    def grad(self) -> Array:
        """The gradient (..., n) of the mean loss."""
        result: Array = np.empty((*self.outputs.shape[:-2], self.n), self.outputs.dtype)
        for layer, a, delta in zip(self.layers, self.inputs, self.deltas, strict=True):
            np.matmul(a, t(delta), out=layer.of(result))
        result /= self.n_examples
        return result

    def tangents(self, pushes: Sequence[Array | None]) -> tuple[list[Array | None], list[Array | None]]:
        """Perturb each z_l by pushes[l] and carry on: the tangents of every h_l and every z_l."""
        dh: list[Array | None] = [None]
        dz: list[Array | None] = []
        for layer, matrix, push, slope in zip(
            self.layers, self.matrices, pushes, [*self.slopes, None], strict=True
        ):
            below, here = dh[-1], push
            if below is not None:
                carried: Array = t(matrix[..., :-1, :]) @ below
                here = carried if push is None else np.add(carried, push, out=carried)
            dz.append(here)
            if slope is not None:
                after = None if here is None else slope * here
                dh.append(after + below if layer.skip and after is not None and below is not None else after)
        return dh, dz

    def delta_tangents(self, dz: Sequence[Array | None], pulls: Sequence[Array | None]) -> list[Array]:
        """The tangents of the deltas, last layer first, down to the first layer that was perturbed.

        pulls[l], if any, is what a perturbation of the weights of layer l adds to what flows back.
        """
        assert dz[-1] is not None  # every perturbation reaches the output
        result = [self.loss.curve(dz[-1])]
        above = result[0]  # never read: the last layer is no residual block
        for l in range(len(self.layers) - 1, 0, -1):
            below, pull = dz[l - 1], pulls[l]
            if below is None:
                break
            back: Array = self.matrices[l][..., :-1, :] @ result[-1]
            if pull is not None:
                back += pull
            if self.layers[l].skip:
                back += above
            above = back
            here = self.slopes[l - 1] * back
            if self.bends is not None:
                here += self.bends[l - 1] * below
            result.append(here)
        return result

    def hvp(self, v: Array) -> Array:
        """The product of the Hessian of the mean loss with v, by the R-operator (Pearlmutter, 1994)."""
        shape = np.broadcast_shapes(self.outputs.shape[:-2], v.shape[:-1])
        matrices = [layer.of(np.broadcast_to(v, (*shape, self.n))) for layer in self.layers]
        dh, dz = self.tangents([t(m) @ a for m, a in zip(matrices, self.inputs, strict=True)])
        pulls = [m[..., :-1, :] @ d for m, d in zip(matrices, self.deltas, strict=True)]
        result: Array = np.empty((*shape, self.n), self.outputs.dtype)
        for l, ddelta in enumerate(reversed(self.delta_tangents(dz, pulls))):
            block, below = self.layers[l].of(result), dh[l]
            np.matmul(self.inputs[l], t(ddelta), out=block)
            if below is not None:
                block[..., :-1, :] += below @ t(self.deltas[l])
        result /= self.n_examples
        return result
