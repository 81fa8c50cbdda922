"""Local minima: changes of weights that leave what a network computes alone, and what they conserve."""

import numpy as np
from numpy.typing import NDArray

from ravine import _check, networks
from ravine._typing import Array


def rescale(model: networks.MLP, theta: Array, alpha: float) -> Array:
    r"""Scale the hidden units of a ReLU network without changing what it computes.

    $\alpha\,\mathrm{relu}(z) = \mathrm{relu}(\alpha z)$ for $\alpha > 0$: incoming weights and biases times
    alpha, outgoing weights by alpha.

    Parameters
    ----------
    model : a network with one hidden layer.
    theta : (..., n).
    alpha : positive, dimensionless.

    Returns
    -------
    (..., n)

    Raises
    ------
    ValueError : alpha is not positive, or so large or small that weights over- or underflow; there is not
        exactly one hidden layer, or it is not of ReLU units.

    Source: L. Dinh, R. Pascanu, S. Bengio and Y. Bengio, "Sharp minima can generalize for deep nets", 2017.

    >>> net = networks.MLP((1, 1, 1), "relu", loss="squared")
    >>> rescale(net, np.array([1.0, 2.0, 3.0, 4.0]), 2.0).tolist()
    [2.0, 4.0, 1.5, 4.0]
    """
    _relu(model)
    alpha, new = _check.real("alpha", alpha, above=0), _check.array("theta", theta).copy()
    before = new != 0
    (W, b), (V, _) = _two_layers(model, new)
    with np.errstate(over="ignore", divide="ignore"):  # looked for below
        W *= alpha
        b *= alpha
        V /= alpha
    if not (np.isfinite(new) & (~before | (np.abs(new) >= np.finfo(np.float64).tiny))).all():
        raise ValueError(f"alpha: got {alpha!r}; want a factor at which no weight over- or underflows")
    return new


def permute(model: networks.MLP, theta: Array, order: NDArray[np.int64]) -> Array:
    """Renumber the hidden units, which does not change what the network computes.

    Parameters
    ----------
    model : a network with one hidden layer.
    theta : (..., n).
    order : (h,), the old number of each new unit.

    Returns
    -------
    (..., n)

    Raises
    ------
    ValueError : order is no permutation of the h hidden units, or there is not exactly one hidden layer.

    >>> net = networks.MLP((1, 2, 1), "tanh", loss="squared")
    >>> permute(net, np.arange(7.0), np.array([1, 0])).tolist()
    [1.0, 0.0, 3.0, 2.0, 5.0, 4.0, 6.0]
    """
    new, order = _check.array("theta", theta).copy(), np.asarray(order)
    (W, b), (V, _) = _two_layers(model, new)
    # False and True sort like 0 and 1, but choose another thing.
    if order.dtype.kind not in "iu" or sorted(order.tolist()) != list(range(b.shape[-1])):
        raise ValueError(f"order: got {order!r}; want each of 0 to {b.shape[-1] - 1} once")
    # Indexing by an array copies, so that no weight is overwritten before it is read.
    W[...], b[...], V[...] = W[..., :, order], b[..., order], V[..., order, :]
    return new


def _two_layers(model: networks.MLP, theta: Array) -> list[tuple[Array, Array]]:
    if len(model.sizes) != 3:
        raise ValueError(f"model: got widths {model.sizes}; want one hidden layer")
    return model.unflatten(theta)


def _relu(model: networks.MLP) -> None:
    if model.activation != "relu":
        raise ValueError(f"model: got {model.activation!r} units; want 'relu', which scaling leaves alone")


def conserved(model: networks.MLP, theta: Array) -> Array:
    r"""What the scaling symmetry conserves under gradient flow: $|w_j|^2 + b_j^2 - |v_j|^2$ of each unit.

    Parameters
    ----------
    model : a ReLU network with one hidden layer.
    theta : (..., n).

    Returns
    -------
    (..., h), infinite where no float64 holds it.

    Raises
    ------
    ValueError : another shape, or not exactly one hidden layer of ReLU units.

    Source: S. Du, W. Hu and J. Lee, "Algorithmic regularization in learning deep homogeneous models", 2018.

    >>> net = networks.MLP((1, 1, 1), "relu", loss="squared")
    >>> conserved(net, np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [-4.0]
    """
    _relu(model)
    theta = _check.array("theta", theta).copy()
    # In a unit that is a power of two, which costs no digit: no square overflows, and none is lost.
    peak = np.frexp(np.abs(theta).max(initial=0.0))[1]
    (W, b), (V, _) = _two_layers(model, np.ldexp(theta, -peak))
    with np.errstate(over="ignore"):  # the product itself may be too large for a number
        return np.asarray(np.ldexp((W**2).sum(axis=-2) + b**2 - (V**2).sum(axis=-1), 2 * peak))
