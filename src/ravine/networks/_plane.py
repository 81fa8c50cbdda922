"""The cost at many points of a plane through parameter space, a block of points at a time.

At theta + a d1 + b d2 the first layer maps its input A to

    z = (M + a D1 + b D2)' A = M'A + a D1'A + b D2'A,

so that three matrix products serve all points. In the layers above, the weights of a block of points are
formed and multiplied as a stack. Examples go by in blocks that leave the activations in the cache, and are
worked on in place. `Pass` computes the same point by point, and keeps what derivatives need.
"""

from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from ravine._typing import Array
from ravine.networks._functions import CrossEntropy
from ravine.networks._pass import Architecture, t
from ravine.networks.problem import NetworkProblem

# Multiplications in one of the stacked products, at most, which sets the number of examples in a block:
# OpenBLAS multiplies what is no larger without copying it first, in three quarters of the time.
_PRODUCT = 900_000
# Activations of a block of points in one layer, in numbers: two such blocks fill the cache.
_BLOCK = 2**17


def values_on_plane(problem: NetworkProblem, plane: Array, points: Array) -> Array:
    """The mean loss at plane[0] + a plane[1] + b plane[2].

    Parameters
    ----------
    problem : a network bound to N examples (N, inputs).
    plane : (3, n), float32 or float64: the precision of everything but the mean over the examples.
    points : (k, 2), the pairs (a, b).

    Returns
    -------
    (k,) float64; infinite or NaN where an output is too large for the precision.
    """
    architecture, dtype = problem.architecture, plane.dtype
    inputs, targets = problem.inputs.astype(dtype, copy=False), problem.targets.astype(dtype, copy=False)
    layers, n_examples = architecture.layers, inputs.shape[-1]
    largest = max(layer.n_out * (layer.n_in + 1) for layer in layers[1:] or layers)
    n_parts = -(-n_examples // max(_PRODUCT // largest, 1))
    edges = np.linspace(0, n_examples, n_parts + 1).astype(int).tolist()
    widest = (max(layer.n_out for layer in layers) + 1) * max(np.diff(edges).tolist())
    n_points = max(1, _BLOCK // widest)
    room: Array = np.empty((2, n_points * widest), dtype)
    outputs: Array = np.empty((n_points, layers[-1].n_out, n_examples), dtype)
    mixes: Array = np.column_stack([np.ones(len(points)), points]).astype(dtype)
    # The parameters above the first layer, whose share each part has of its own.
    upper = plane[:, layers[0].stop :]
    # Where each example's label stands among the outputs of a point.
    labels = targets.argmax(axis=0) * n_examples + np.arange(n_examples)
    total: Array = np.empty(len(points))
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is told by the result
        parts = [
            (slice(*ends), _Part(architecture, plane, inputs[:, slice(*ends)], room))
            for ends in pairwise(edges)
        ]
        for start in range(0, len(points), n_points):
            mix = mixes[start : start + n_points]
            theta, z = mix @ upper, outputs[: len(mix)]
            for where, part in parts:
                part.outputs(mix, theta, z[:, :, where])
            total[start : start + n_points] = (
                _cross_entropies(z, labels) if architecture.loss is CrossEntropy else _squares(z, targets)
            )
    total /= n_examples
    return total


class _Part:
    """Some of the examples: their share of the first layer, and room for activations, which parts share."""

    def __init__(self, architecture: Architecture, plane: Array, inputs: Array, room: Array) -> None:
        self._architecture, self._room, self._n_examples = architecture, room, inputs.shape[-1]
        layers = architecture.layers
        self._rows = [layer.n_out + 1 for layer in layers[:-1]] + [layers[-1].n_out]
        # The row of ones that carries the biases of the second layer is 1 at every point: 1 + 0 a + 0 b.
        first: Array = np.zeros((3, self._rows[0], self._n_examples), plane.dtype)
        first[0, -1] = 1
        first[:, : layers[0].n_out] = t(layers[0].of(plane)) @ inputs
        self._first = first.reshape(3, -1)

    def outputs(self, mix: Array, theta: Array, out: Array) -> None:
        """Write the outputs (k, K, N) at mix (k, 3) and theta above the first layer (k, ...)."""
        layers = self._architecture.layers
        below = self._view(0, len(mix))
        np.matmul(mix, self._first, out=below.reshape(len(mix), -1))
        for l, layer in enumerate(layers[1:], start=1):
            below = self._activated(l - 1, below)
            matrix = theta[:, layer.start - layers[0].stop : layer.stop - layers[0].stop]
            matrix = matrix.reshape(len(mix), layer.n_in + 1, layer.n_out)
            if layer is layers[-1]:
                np.matmul(t(matrix), below, out=out)
                return
            z = self._view(l, len(mix))
            np.matmul(t(matrix), below, out=z[:, :-1])
            z[:, -1] = 1
            below = z
        out[...] = below  # a network of one layer

    def _view(self, l: int, n_points: int) -> Array:
        """Room for what layer l gives, (n_points, rows, N); two layers later it is used again."""
        shape = (n_points, self._rows[l], self._n_examples)
        return self._room[l % 2, : prod(shape)].reshape(shape)

    def _activated(self, l: int, z: Array) -> Array:
        """Turn z of layer l into the input of the next one, in place."""
        layer, h = self._architecture.layers[l], z[:, :-1]
        self._architecture.activation.value(h, h)
        if layer.skip:
            h *= layer.gain
            h += self._view(l - 1, len(z))[:, :-1]
        return z


def _squares(z: Array, targets: Array) -> Array:
    """The sums over the examples of |z - t|^2 / 2, (k,) float64; z (k, K, N) is used up."""
    z -= targets
    result: Array = np.einsum("kij,kij->k", z, z, dtype=np.float64)
    result /= 2
    return result


def _cross_entropies(z: Array, labels: NDArray[np.int64]) -> Array:
    """The sums over the examples of log sum_k exp(z_k) - z_y, (k,) float64; z (k, K, N) is used up."""
    z -= z.max(axis=1, keepdims=True)
    flat = z.reshape(len(z), -1)
    shortfall = flat.take(labels, axis=1)
    np.exp(flat, out=flat)
    # 1 + (e - 1) + the others: where the label leads, e is 1 and only what the others add counts.
    own = flat.take(labels, axis=1)
    own -= 1
    flat[:, labels] = 0
    own += z.sum(axis=1)
    np.log1p(own, out=own)
    own -= shortfall
    result: Array = own.sum(axis=1, dtype=np.float64)
    return result
