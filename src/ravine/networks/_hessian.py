"""The full Hessian of a network's mean loss and its Gauss-Newton part, exact, from their Kronecker structure.

The gradient of example n with respect to the matrix of layer m is the outer product of the layer's
input a_m and of the loss's derivative d_m with respect to z_m. Differentiating it with respect to the
matrix of an earlier layer l, whose input is a_l,

    H[(i, j), (i', j')] = (1/N) sum_n  a_l[i] a_m[i'] (d d_m[j'] / d z_l[j])
                                     + a_l[i] d_m[j'] (d a_m[i'] / d z_l[j]),

so that each block is one or two matrix products over the examples. The Gauss-Newton matrix is the first sum
alone, with d d_m the change of d_m that comes from the loss: slopes are held as they are.
"""

import numpy as np
from numpy.typing import NDArray

from ravine._typing import Array
from ravine.networks._pass import Layer, Pass, t


def hessian(evaluated: Pass) -> Array:
    """The Hessian (..., n, n) of the mean loss, exactly symmetric."""
    lead, n, layers = evaluated.outputs.shape[:-2], evaluated.n, evaluated.layers
    result: Array = np.empty((*lead, n, n), evaluated.outputs.dtype)
    for l, layer in enumerate(layers):
        dh, ddeltas = _unit_tangents(evaluated, l)
        a = evaluated.inputs[l] / evaluated.n_examples
        _place(result, layer, layer, _diagonal(evaluated.inputs[l], a, ddeltas[l]))
        for m in range(l + 1, len(layers)):
            block = _sum(ddeltas[m], _products(a, evaluated.inputs[m]))
            if m == l + 1:
                _add_adjacent(block, a, evaluated.slopes[l], evaluated.deltas[m])
            else:
                block[..., :-1] += _sum(dh[m], _products(a, evaluated.deltas[m])).swapaxes(-1, -3)
            _place(result, layer, layers[m], block)
    return result


def gauss_newton(evaluated: Pass) -> Array:
    """The Gauss-Newton matrix (..., n, n) of the mean loss, exactly symmetric."""
    lead, n, layers = evaluated.outputs.shape[:-2], evaluated.n, evaluated.layers
    result: Array = np.empty((*lead, n, n), evaluated.outputs.dtype)
    for l, layer in enumerate(layers):
        _, dz = _pushed(evaluated, l)
        assert dz[-1] is not None  # every perturbation reaches the output
        ddeltas = [np.moveaxis(x, 0, -3) for x in evaluated.pulled(evaluated.loss.curve(dz[-1]))]
        a = evaluated.inputs[l] / evaluated.n_examples
        _place(result, layer, layer, _diagonal(evaluated.inputs[l], a, ddeltas[l]))
        for m in range(l + 1, len(layers)):
            _place(result, layer, layers[m], _sum(ddeltas[m], _products(a, evaluated.inputs[m])))
    return result


def _pushed(evaluated: Pass, l: int) -> tuple[list[Array | None], list[Array | None]]:
    """The tangents of every h and every z when z_l[j] moves, j along a new first axis."""
    shape = (*evaluated.outputs.shape[:-2], evaluated.layers[l].n_out, evaluated.n_examples)
    unit = np.eye(shape[-2], dtype=evaluated.outputs.dtype)
    unit = unit.reshape(shape[-2], *(1 for _ in shape[:-2]), shape[-2], 1)
    pushes: list[Array | None] = [None] * len(evaluated.layers)
    pushes[l] = np.broadcast_to(unit, (shape[-2], *shape))
    return evaluated.tangents(pushes)


def _unit_tangents(evaluated: Pass, l: int) -> tuple[list[Array], list[Array]]:
    """dh_m/dz_l[j] and dd_m/dz_l[j] for m >= l, (..., outputs of l, width, N); entries m < l are empty."""
    dh, dz = _pushed(evaluated, l)
    ddeltas = evaluated.delta_tangents(dz, [None] * len(dz))[::-1]
    empty = np.empty(0)
    return (
        [empty if x is None else np.moveaxis(x, 0, -3) for x in dh],
        [empty] * l + [np.moveaxis(x, 0, -3) for x in ddeltas],
    )


def _products(a: Array, b: Array) -> Array:
    """a[i] b[i'] for all pairs of rows: (..., p, N) and (..., q, N) -> (..., p, q, N)."""
    result: Array = a[..., :, None, :] * b[..., None, :, :]
    return result


def _sum(x: Array, y: Array) -> Array:
    """sum_n x[j, j', n] y[i, i', n], (..., j, j', i, i')."""
    flat_x, flat_y = (z.reshape(*z.shape[:-3], -1, z.shape[-1]) for z in (x, y))
    return (flat_x @ t(flat_y)).reshape(*x.shape[:-1], *y.shape[-3:-1])


def _add_adjacent(block: Array, a: Array, slope: Array, delta: Array) -> None:
    """Add the second sum where layer m follows l: there only a_m[j] moves with z_l[j]."""
    flat = _products(slope, delta).reshape(*a.shape[:-2], -1, a.shape[-1])
    summed = (flat @ t(a)).reshape(block.shape[:-1])
    for j in range(slope.shape[-2]):
        block[..., j, :, :, j] += summed[..., j, :, :]


def _diagonal(a: Array, a_mean: Array, ddelta: Array) -> Array:
    """The block of a layer with itself, of which only the pairs i <= i' and j <= j' are summed."""
    n_in, n_out = a.shape[-2], ddelta.shape[-2]
    products = np.empty((*a.shape[:-2], n_in * (n_in + 1) // 2, a.shape[-1]), a.dtype)
    start = 0
    for i in range(n_in):
        stop = start + n_in - i
        np.multiply(a[..., i : i + 1, :], a_mean[..., i:, :], out=products[..., start:stop, :])
        start = stop
    half = ddelta[..., *np.triu_indices(n_out), :] @ t(products)
    full = half.take(_where(n_in).ravel(), axis=-1).take(_where(n_out).ravel(), axis=-2)
    return full.reshape(*half.shape[:-2], n_out, n_out, n_in, n_in)


def _where(n: int) -> NDArray[np.intp]:
    """The symmetric matrix that says where the pair (i, i') stands among the pairs i <= i'."""
    where = np.empty((n, n), dtype=np.intp)
    upper = np.triu_indices(n)
    where[upper] = where.T[upper] = np.arange(len(upper[0]))
    return where


def _place(result: Array, row: Layer, column: Layer, block: Array) -> None:
    """Write a block (..., j, j', i, i') and its mirror image."""
    rows, columns = slice(row.start, row.stop), slice(column.start, column.stop)
    target = result[..., rows, columns].reshape(
        *result.shape[:-2], row.n_in + 1, row.n_out, column.n_in + 1, column.n_out
    )  # a view, as it only splits axes
    target[...] = np.moveaxis(block, (-2, -4, -1, -3), (-4, -3, -2, -1))
    if row is not column:
        result[..., columns, rows] = t(result[..., rows, columns])
