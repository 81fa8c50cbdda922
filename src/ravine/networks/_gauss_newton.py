"""Products with the Gauss-Newton matrix, and the empirical Fisher matrix, from one evaluation of a network.

With J_i the Jacobian of example i's outputs z_i and L_i the Hessian of its loss with respect to z_i,

    G = (1/N) sum_i J_i' L_i J_i,

which is what the Hessian is but for the curvature of the network itself. The empirical Fisher matrix is the
uncentred covariance (1/N) sum_i g_i g_i' of the examples' gradients.
"""

from collections.abc import Iterator

import numpy as np

from ravine._typing import Array
from ravine.networks._pass import Pass, t

# Numbers in a block of columns: as many examples at a time as leave the block in memory.
_BLOCK = 2**22


def gauss_newton_product(evaluated: Pass, v: Array) -> Array:
    """G v, (..., n): forward along v, through the loss, and back; no matrix is made."""
    matrices = _matrices(evaluated, v)
    _, dz = evaluated.tangents([t(m) @ a for m, a in zip(matrices, evaluated.inputs, strict=True)])
    assert dz[-1] is not None  # every layer is pushed
    return _grad(evaluated, evaluated.pulled(evaluated.loss.curve(dz[-1])))


def empirical_fisher_product(evaluated: Pass, v: Array) -> Array:
    """(1/N) sum_i g_i (g_i'v), (..., n)."""
    along: Array = np.zeros((), evaluated.outputs.dtype)  # g_i'v, (..., 1, N)
    for m, a, delta in zip(_matrices(evaluated, v), evaluated.inputs, evaluated.deltas, strict=True):
        along = along + ((t(m) @ a) * delta).sum(axis=-2, keepdims=True)
    return _grad(evaluated, [delta * along for delta in evaluated.deltas])


def empirical_fisher(evaluated: Pass) -> Array:
    """(1/N) sum_i g_i g_i', (..., n, n), exactly symmetric."""
    lead, n = evaluated.outputs.shape[:-2], evaluated.n
    result: Array = np.zeros((*lead, n, n), evaluated.outputs.dtype)
    for block in _gradients(evaluated):
        result += block @ t(block)
    result /= evaluated.n_examples
    return (result + t(result)) / 2


def _matrices(evaluated: Pass, v: Array) -> list[Array]:
    """v (..., n), by layer, with the leading axes that the product has."""
    shape = np.broadcast_shapes(evaluated.outputs.shape[:-2], v.shape[:-1])
    return [layer.of(np.broadcast_to(v, (*shape, evaluated.n))) for layer in evaluated.layers]


def _grad(evaluated: Pass, deltas: list[Array]) -> Array:
    """The mean over the examples of the gradients that belong to these deltas, (..., n)."""
    shape = deltas[0].shape[:-2]
    result: Array = np.empty((*shape, evaluated.n), evaluated.outputs.dtype)
    for layer, a, delta in zip(evaluated.layers, evaluated.inputs, deltas, strict=True):
        np.matmul(a, t(delta), out=layer.of(result))
    result /= evaluated.n_examples
    return result


def _gradients(evaluated: Pass) -> Iterator[Array]:
    """The gradients of one example after another as columns, (..., n, some examples)."""
    lead, N = evaluated.outputs.shape[:-2], evaluated.n_examples
    size = max(1, _BLOCK // (evaluated.n * max(1, int(np.prod(lead)))))
    for start in range(0, N, size):
        rows = slice(start, min(start + size, N))
        block: Array = np.empty((*lead, evaluated.n, rows.stop - start), evaluated.outputs.dtype)
        for layer, a, delta in zip(evaluated.layers, evaluated.inputs, evaluated.deltas, strict=True):
            part = block[..., layer.start : layer.stop, :]
            shape = (*lead, layer.n_in + 1, layer.n_out, rows.stop - start)
            np.multiply(a[..., :, None, rows], delta[..., None, :, rows], out=part.reshape(shape))
        yield block
