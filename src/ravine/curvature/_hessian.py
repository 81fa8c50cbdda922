"""What a Hessian says where it can be formed or applied: conditioning, kind, curvature along a direction."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check, _symmetric
from ravine._typing import Array

HVP = Callable[[Array], Array]


def condition_number(H: ArrayLike) -> Array:
    """The condition number, kappa = max |lambda| / min |lambda|.

    Parameters
    ----------
    H : (..., n, n), symmetric.

    Returns
    -------
    (...), dimensionless; `inf` where H is singular to working precision (see `rules.newton`).

    Raises
    ------
    ValueError : H is not symmetric, square and finite.

    Source: Goodfellow, Bengio and Courville (2016), eq. 4.2.

    >>> float(condition_number([[1.0, 0.0], [0.0, -100.0]]))
    100.0
    """
    lam = _symmetric.eigenvalues("H", H)
    size, singular = np.abs(lam), _symmetric.is_singular(lam)
    smallest = np.where(singular, 1.0, size.min(axis=-1))
    return np.where(singular, np.inf, size.max(axis=-1) / smallest)[()]


def classify(H: ArrayLike, tol: float = 1e-9) -> NDArray[np.str_]:
    """The second-derivative test at a critical point with Hessian H.

    An eigenvalue counts as zero if |lambda| <= tol max |lambda|. Then: "saddle" if there are eigenvalues of
    both signs, whatever else there is (no zero can undo that); "minimum" if all are positive, "maximum" if
    all are negative; "degenerate" otherwise: the test cannot tell.

    Parameters
    ----------
    H : (..., n, n), symmetric.
    tol : in [0, 1), relative to the largest eigenvalue in absolute value.

    Returns
    -------
    (...) of str.

    Raises
    ------
    ValueError : H is not symmetric, square and finite, or tol lies outside its range.

    Source: Goodfellow, Bengio and Courville (2016), section 4.3.1.

    >>> str(classify([[2.0, 0.0], [0.0, -1.0]])), str(classify([[2.0, 0.0], [0.0, 0.0]]))
    ('saddle', 'degenerate')
    """
    tol = _check.real("tol", tol, at_least=0, below=1)
    lam = _symmetric.eigenvalues("H", H)
    zero = tol * np.abs(lam).max(axis=-1, keepdims=True)
    up, down = lam > zero, lam < -zero
    kinds = {
        "saddle": up.any(axis=-1) & down.any(axis=-1),
        "minimum": up.all(axis=-1),
        "maximum": down.all(axis=-1),
    }
    return np.select(list(kinds.values()), list(kinds), "degenerate")[()]


def quadratic_form(H: ArrayLike | HVP, v: ArrayLike) -> Array:
    """The curvature along v, v'Hv (not divided by v'v).

    Parameters
    ----------
    H : (..., n, n), symmetric, or the function v -> Hv, such as a network's Hessian-vector product.
    v : (..., n), for instance the gradient g.

    Returns
    -------
    (...), in units of H v^2.

    Raises
    ------
    ValueError : H is not symmetric, square and finite, or v does not fit.

    Source: Goodfellow, Bengio and Courville (2016), eq. 4.9.

    >>> float(quadratic_form([[1.0, 0.0], [0.0, 10.0]], [3.0, 1.0]))
    19.0
    """
    if callable(H):
        v = _vectors("v", v)
        with np.errstate(
            over="ignore", invalid="ignore", under="ignore"
        ):  # too large for a float is infinite
            return np.asarray((v * _applied(H, v)).sum(axis=-1))[()]
    H = _symmetric.matrix("H", H)
    v = _check.array("v", v, last=H.shape[-1])
    with np.errstate(
        over="ignore", invalid="ignore", under="ignore"
    ):  # what is lost or infinite is computed again below
        products = H * v[..., None, :]
        result = np.asarray((v * products.sum(axis=-1)).sum(axis=-1))
        # H v may be no float where v'Hv is.
        lost = ((np.abs(products) < 2.0**-960) & (H != 0) & (v[..., None, :] != 0)).any(axis=(-1, -2))
        if lost.any() or not np.isfinite(result).all():
            result = np.where(lost | ~np.isfinite(result), _by_exponents(H, v), result)
    return result[()]


def _by_exponents(H: Array, v: Array) -> Array:
    """v'Hv with exponents apart, so that only the result can overflow or underflow."""
    (h, eh), (x, ex) = np.frexp(H), np.frexp(v)
    terms, powers = h * x[..., None, :] * x[..., :, None], eh + ex[..., None, :] + ex[..., :, None]
    top = np.where(terms == 0, np.iinfo(powers.dtype).min // 2, powers).max(axis=(-1, -2), keepdims=True)
    total = np.ldexp(terms, np.maximum(powers - top, -2000)).sum(axis=(-1, -2))
    return np.asarray(np.ldexp(total, top[..., 0, 0]))


def _vectors(name: str, v: ArrayLike) -> Array:
    """v as (..., n)."""
    result = _check.array(name, v)
    if result.ndim == 0:
        raise ValueError(f"{name}: got a single number; want (..., n)")
    return result


def _applied(H: HVP, v: Array) -> Array:
    """H(v), of v's shape; H gets a copy, as it may work in place."""
    product = _check.array("H(v)", H(v.copy()))
    if product.shape != v.shape:
        raise ValueError(f"H(v): got shape {product.shape} at v of shape {v.shape}; want the same")
    return product


def predicted_change(H: ArrayLike | HVP, g: ArrayLike, learning_rate: float) -> Array:
    """What the second-order Taylor series says of one step of gradient descent.

    J(theta - learning_rate g) - J(theta) = -learning_rate g'g + learning_rate^2 g'Hg / 2, exact if J is
    quadratic.

    Parameters
    ----------
    H : (..., n, n), symmetric, or the function v -> Hv.
    g : the gradient (..., n).
    learning_rate : > 0, in units of theta^2 / J.

    Returns
    -------
    (...), in units of J; positive where the step is so long that the cost rises.

    Raises
    ------
    ValueError : a bad argument.

    Source: Goodfellow, Bengio and Courville (2016), eq. 4.9.

    >>> float(predicted_change([[4.0]], [1.0], 0.25)), float(predicted_change([[4.0]], [1.0], 0.5))
    (-0.125, 0.0)
    """
    learning_rate = _check.real("learning_rate", learning_rate, above=0)
    H = H if callable(H) else _symmetric.matrix("H", H)
    g = _vectors("g", g) if callable(H) else _check.array("g", g, last=H.shape[-1])
    # As one product, g'(-g + eps H g / 2) eps: two large terms of opposite sign would leave no number at all.
    with np.errstate(over="ignore", invalid="ignore"):  # a change too large for a float is infinite
        step = learning_rate * g
        bent = _applied(H, step) if callable(H) else (H * step[..., None, :]).sum(-1)
        return np.asarray((step * (bent / 2 - g)).sum(axis=-1))[()]
