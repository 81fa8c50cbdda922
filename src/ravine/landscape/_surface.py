"""The cost on a line and on a grid of a plane."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ravine import _check
from ravine._typing import Array
from ravine.landscape import _arguments
from ravine.networks import MLP
from ravine.networks._plane import values_on_plane


def surface(
    model: MLP,
    theta: ArrayLike,
    d1: ArrayLike,
    d2: ArrayLike,
    alphas: ArrayLike,
    betas: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    dtype: DTypeLike = np.float32,
) -> Array:
    r"""The cost on a grid of the plane through theta, $F_{ij} = J(\theta + \alpha_i d_1 + \beta_j d_2)$.

    Parameters
    ----------
    model : the network, plain or residual, with either loss.
    theta, d1, d2 : the plane's origin and directions, each (n,).
    alphas, betas : places along d1 and d2, (k1,) and (k2,), dimensionless.
    X : inputs (N, inputs). y : labels (N,), or targets (N, outputs) for the squared loss.
    dtype : the precision of every cell, float32 (about seven digits: for pictures) or float64.

    Returns
    -------
    (k1, k2) of dtype, in units of J: alphas along the first axis, betas along the second. A cell is `inf`
    where J, or an output of the network on the way to it, is too large for dtype; never NaN.

    Raises
    ------
    ValueError : a wrong shape, no place, an entry that is not finite or that dtype does not hold, or another
        dtype.

    Source: I. Goodfellow, O. Vinyals and A. Saxe, "Qualitatively characterizing neural network optimization
    problems", ICLR 2015, for slices along lines; Li et al. (2018), section 3, for planes.

    >>> model, rng = MLP((2, 3, 2)), np.random.default_rng(0)
    >>> theta, d1, d2 = model.init(rng, size=3)
    >>> X, y = np.eye(2), np.array([0, 1])
    >>> F = surface(model, theta, d1, d2, [-1.0, 0.0, 1.0], [0.0, 0.5], X, y, dtype=np.float64)
    >>> F.shape, bool(np.isclose(F[2, 1], model.loss(theta + d1 + 0.5 * d2, X, y)))
    ((3, 2), True)
    """
    model, number = _arguments.network(model), _arguments.precision(dtype)
    a, b = _arguments.ticks("alphas", alphas), _arguments.ticks("betas", betas)
    for name, places in (("alphas", a), ("betas", b)):
        _arguments.cast(name, places, number)
    corners = {"theta": theta, "d1": d1, "d2": d2}
    plane: Array = np.array(
        [
            _arguments.cast(name, _check.array(name, x, ndim=1, last=model.n), number)
            for name, x in corners.items()
        ]
    )
    problem = model.problem(X, y)
    if problem.inputs.ndim != 2:
        raise ValueError(f"X: got shape {np.shape(X)}; want (N, {model.sizes[0]}), the same for all cells")
    _arguments.cast("X", problem.inputs, number)
    _arguments.cast("y", problem.targets, number)
    points = np.stack(np.meshgrid(a, b, indexing="ij"), axis=-1).reshape(-1, 2)
    values = values_on_plane(problem, plane, points)
    with np.errstate(over="ignore"):  # a cell too high for the precision is inf, as said
        result: Array = np.where(np.isfinite(values), values, np.inf).astype(number)
    return result.reshape(len(a), len(b))


def line(
    model: MLP,
    theta: ArrayLike,
    d: ArrayLike,
    alphas: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    dtype: DTypeLike = np.float64,
) -> Array:
    r"""The cost along a line through theta, $J(\theta + \alpha_i d)$.

    Parameters
    ----------
    model : the network, plain or residual, with either loss.
    theta, d : a point of the line and its direction, each (n,).
    alphas : places along d, (k,), dimensionless.
    X : inputs (N, inputs). y : labels (N,), or targets (N, outputs) for the squared loss.
    dtype : the precision, float64 or float32.

    Returns
    -------
    (k,) of dtype, in units of J; `inf` as for `surface`.

    Raises
    ------
    ValueError : as for `surface`.

    >>> model, rng = MLP((2, 3, 2)), np.random.default_rng(0)
    >>> start, end = model.init(rng, size=2)
    >>> X, y = np.eye(2), np.array([0, 1])
    >>> chord = line(model, start, end - start, [0.0, 0.5, 1.0], X, y)
    >>> bool(np.allclose(chord[[0, 2]], model.loss(np.stack([start, end]), X, y)))
    True
    """
    model = _arguments.network(model)
    direction = _check.array("d", d, ndim=1, last=model.n)
    return surface(model, theta, direction, np.zeros(model.n), alphas, [0.0], X, y, dtype)[:, 0]
