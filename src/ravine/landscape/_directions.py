"""Random directions through parameter space, in three units: none, the layer's, the unit's."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array
from ravine.landscape import _arguments
from ravine.networks import MLP
from ravine.rules._norm import norm


def random_directions(model: MLP, theta: ArrayLike, rng: np.random.Generator) -> tuple[Array, Array]:
    r"""Two directions as they are drawn, $d \sim N(0, I)$: every entry, biases too, has standard deviation 1.

    Along them the mean curvature of all n axes is seen, $\mathrm E[d^\top H d] = \mathrm{tr}\, H$. They do
    not know how long the weights are: where all are multiplied by 2, the slice shows half as much of the way.

    Parameters
    ----------
    model : the network. theta (n,) : its parameters, of which only the number counts here.
    rng : the generator to draw from; from one seed all three kinds of directions stem from the same draw.

    Returns
    -------
    (d1, d2), each (n,) float64, of length about $\sqrt n$.

    Raises
    ------
    ValueError : model is no MLP, theta does not fit, or rng is no generator.

    >>> d1, d2 = random_directions(MLP((2, 3, 2)), np.zeros(17), np.random.default_rng(0))
    >>> d1.shape, float(d1[0].round(4))
    ((17,), 0.1257)
    """
    model = _arguments.network(model)
    _check.array("theta", theta, ndim=1, last=model.n)
    d1, d2 = _check.generator("rng", rng).standard_normal((2, model.n))
    return d1, d2


def layer_normalised_directions(
    model: MLP, theta: ArrayLike, rng: np.random.Generator
) -> tuple[Array, Array]:
    r"""Two random directions whose weights are, layer by layer, as long as the network's.

    $d_l \leftarrow \frac{\|W_l\|}{\|d_l\|}\, d_l$ for the weights of each layer l (Frobenius norms); 0 for
    biases.

    Parameters
    ----------
    model : the network. theta (n,) : its parameters.
    rng : the generator to draw from.

    Returns
    -------
    (d1, d2), each (n,) float64; 1 along a direction changes every layer by its own length. A layer without
    weights other than 0 has length 0, and so has its part of the directions.

    Raises
    ------
    ValueError : model is no MLP, theta does not fit or has no weight other than 0, or rng is no generator.

    >>> model, rng = MLP((2, 3, 2)), np.random.default_rng(0)
    >>> theta = model.init(rng)
    >>> d1, d2 = layer_normalised_directions(model, theta, rng)
    >>> (W, b), (D, e) = model.unflatten(theta)[0], model.unflatten(d1)[0]
    >>> bool(np.isclose(np.linalg.norm(D), np.linalg.norm(W))), e.tolist()
    (True, [0.0, 0.0, 0.0])
    """
    return _scaled(model, theta, rng, whole_layers=True)


def filter_normalised_directions(
    model: MLP, theta: ArrayLike, rng: np.random.Generator
) -> tuple[Array, Array]:
    r"""Two random directions whose weights are, unit by unit, as long as the network's.

    $d_{l,j} \leftarrow \frac{\|w_{l,j}\|}{\|d_{l,j}\|}\, d_{l,j}$, where the filter $w_{l,j}$ is the incoming
    weights of unit j of layer l; 0 for biases.

    Parameters
    ----------
    model : the network. theta (n,) : its parameters.
    rng : the generator to draw from.

    Returns
    -------
    (d1, d2), each (n,) float64; 1 along a direction changes every filter by its own length. A filter of
    zeros has length 0, and so has its part of the directions: that unit stays as it is.

    Raises
    ------
    ValueError : model is no MLP, theta does not fit or has no weight other than 0, or rng is no generator.

    Source: H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, "Visualizing the loss landscape of neural
    nets", NeurIPS 2018, section 4. There too biases are left out.

    >>> model, rng = MLP((2, 3, 2)), np.random.default_rng(0)
    >>> theta = model.init(rng)
    >>> d1, d2 = filter_normalised_directions(model, theta, rng)
    >>> (W, b), (D, e) = model.unflatten(theta)[0], model.unflatten(d1)[0]
    >>> bool(np.allclose(np.linalg.norm(D, axis=0), np.linalg.norm(W, axis=0)))
    True
    """
    return _scaled(model, theta, rng, whole_layers=False)


def _scaled(
    model: MLP, theta: ArrayLike, rng: np.random.Generator, *, whole_layers: bool
) -> tuple[Array, Array]:
    """Two draws, each group of weights scaled to the length that it has in theta."""
    d1, d2 = random_directions(model, theta, rng)
    at = _check.array("theta", theta)
    lengths = [norm(W) for W in _groups(model, at, whole_layers)]
    if not any(length.any() for length in lengths):
        raise ValueError("theta: got no weight other than 0; want some, whose lengths the directions take")
    for d in (d1, d2):
        for W, length in zip(_groups(model, d, whole_layers), lengths, strict=True):
            W *= (length / norm(W))[..., None]
        for _, b in model.unflatten(d):
            b[...] = 0
    return d1, d2


def _groups(model: MLP, flat: Array, whole_layers: bool) -> Iterator[Array]:
    """The weights of each layer, as views: (1, all of them), or (units, the filter of each)."""
    for W, _ in model.unflatten(flat):
        yield W.reshape(1, -1) if whole_layers else W.T
