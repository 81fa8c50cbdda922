"""Statistics of per-example gradients.

With a layer's inputs a_i and output gradients d_i, example i's gradient of its matrix is the outer
product a_i d_i'. So squares, norms and inner products of gradients are products of those of a and d,
and nothing of size N x n need be made.
"""

import functools

import numpy as np

from ravine._typing import Array
from ravine.networks._pass import Pass, t

_BLOCK = 128  # rows of the Gram matrix at a time: what they need stays in the cache


def grads(evaluated: Pass) -> Array:
    """The gradients g_i, (..., N, n): a transposed view of memory that holds examples side by side."""
    lead, n_examples = evaluated.outputs.shape[:-2], evaluated.n_examples
    result: Array = np.empty((*lead, evaluated.n, n_examples), evaluated.outputs.dtype)
    for layer, a, delta in zip(evaluated.layers, evaluated.inputs, evaluated.deltas, strict=True):
        block = result[..., layer.start : layer.stop, :]
        shape = (*lead, layer.n_in + 1, layer.n_out, n_examples)
        np.multiply(a[..., :, None, :], delta[..., None, :, :], out=block.reshape(shape))
    return t(result)


def norms(evaluated: Pass) -> Array:
    """|g_i|, (..., N): scaled by the largest of each factor, as squares could overflow or vanish."""
    scales = [_largest(factors) for factors in (evaluated.inputs, evaluated.deltas)]
    total: Array = np.zeros((), evaluated.outputs.dtype)
    for pair in zip(evaluated.inputs, evaluated.deltas, strict=True):
        a, delta = (np.square(x / scale[..., None, :]).sum(-2) for x, scale in zip(pair, scales, strict=True))
        total = total + a * delta
    result: Array = np.sqrt(total) * scales[0] * scales[1]
    return result


def _largest(layers: list[Array]) -> Array:
    """The largest entry (..., N) of an example's arrays in absolute value; 1 where all vanish."""
    sizes = [np.abs(x).max(axis=-2) for x in layers]
    largest = functools.reduce(np.maximum, sizes)
    usable = (largest > 0) & np.isfinite(largest)
    return np.asarray(np.where(usable, largest, largest.dtype.type(1)))


def variance(evaluated: Pass) -> Array:
    """(1/N) sum_i g_i^2 - g^2, component by component (..., n), right to the rounding of either term."""
    g = evaluated.grad()
    result = np.empty_like(g)
    for layer, a, delta in zip(evaluated.layers, evaluated.inputs, evaluated.deltas, strict=True):
        np.matmul(a * a, t(delta * delta), out=layer.of(result))
    result /= evaluated.n_examples
    result -= g * g
    return np.maximum(result, 0, out=result)  # rounding may leave a small negative number


def variance_trace(evaluated: Pass) -> Array:
    """(1/N) sum_i |g_i|^2 - |g|^2, (...), right to the rounding of either term."""
    g = evaluated.grad()
    result: Array = np.maximum(_squared_norms(evaluated).mean(axis=-1) - (g * g).sum(axis=-1), 0)
    return result


def gram(evaluated: Pass) -> Array:
    """g_i'g_j, (..., N, N): blocks of rows from the diagonal on, and their mirror images."""
    lead, n_examples = evaluated.outputs.shape[:-2], evaluated.n_examples
    result: Array = np.empty((*lead, n_examples, n_examples), evaluated.outputs.dtype)
    for start in range(0, n_examples, _BLOCK):
        rows, rest = slice(start, start + _BLOCK), slice(start, None)
        block: Array = np.zeros((), result.dtype)
        for a, delta in zip(evaluated.inputs, evaluated.deltas, strict=True):
            product = t(delta[..., rows]) @ delta[..., rest]
            product *= t(a[..., rows]) @ a[..., rest]
            block = block + product
        result[..., rows, rest] = block
        result[..., rest, rows] = t(block)
    return result


def _squared_norms(evaluated: Pass) -> Array:
    result: Array = np.zeros((), evaluated.outputs.dtype)
    for a, delta in zip(evaluated.inputs, evaluated.deltas, strict=True):
        result = result + (a * a).sum(axis=-2) * (delta * delta).sum(axis=-2)
    return result
