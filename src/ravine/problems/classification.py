"""The 0-1 loss on examples, a staircase, and three ways to place a threshold between two classes."""

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


def zero_one(w: ArrayLike, X: ArrayLike, y: ArrayLike, b: ArrayLike = 0.0) -> Array:
    r"""The empirical 0-1 risk: the share of examples with $y_i (x_i^\top w + b) \le 0$.

    Parameters
    ----------
    w : weights, shape (..., d).
    X, y : examples, shapes (..., m, d) and (..., m), labels -1 and +1.
    b : offset, shape (...).

    Returns
    -------
    Array : shape (...), a fraction of examples; a point on the boundary counts as wrong.

    Raises
    ------
    ValueError : shapes that do not fit, entries that are not finite, a label that is neither -1 nor +1.

    >>> zero_one([1.0], [[2.0], [-1.0], [3.0]], [1, -1, -1]).round(3).item()
    0.333
    """
    w = _check.array("w", w)
    X = _check.array("X", X, last=w.shape[-1])
    if X.ndim < 2:
        raise ValueError(f"X: got shape {X.shape}; want (..., m, d)")
    b = _check.array("b", b)[..., None]
    score = (X @ w[..., None])[..., 0] + b if _alike(w, X, b) else _signs(w, X, b)
    return np.asarray((_check.labels("y", y, last=X.shape[-2]) * score <= 0).mean(-1))


def _alike(w: Array, X: Array, b: Array) -> bool:
    """Whether the terms of all scores are so near in size that none over- or underflows, or hides another."""
    (w_low, w_high), (X_low, X_high), (b_low, b_high) = (
        (int(powers.min(initial=2000)), int(powers.max(initial=-2000)))
        for powers in (np.frexp(x[x != 0])[1] for x in (w, X, b))
    )
    low, high = min(w_low + X_low, b_low), max(w_high + X_high, b_high)
    return (high - low < 500 and low > -900 and high < 900) or low > high


def _signs(w: Array, X: Array, b: Array) -> Array:
    """The signs of the scores, in fractions: slow, and exact."""
    weights, examples = np.broadcast_arrays(w[..., None, :], X)
    offsets = np.broadcast_to(b, examples.shape[:-1])
    signs = np.empty(offsets.shape)
    for at in np.ndindex(*offsets.shape):
        terms = zip(weights[at].tolist(), examples[at].tolist(), strict=True)
        score = sum((Fraction(p) * Fraction(q) for p, q in terms), Fraction(float(offsets[at])))
        signs[at] = (score > 0) - (score < 0)
    return signs


def minimise_zero_one(x: ArrayLike, y: ArrayLike) -> Array:
    r"""The offset whose sign of $x + b$ makes the fewest errors, exactly, by sorting.

    Parameters
    ----------
    x, y : examples, shape (..., m) each, labels -1 and +1.

    Returns
    -------
    Array : b, shape (...), units of x: halfway between two different x, the largest where several are best.

    Raises
    ------
    ValueError : shapes that do not fit, entries that are not finite, a label that is neither -1 nor +1.

    >>> minimise_zero_one([-2.0, -1.0, 0.5, 3.0], [-1, -1, 1, 1]).item()
    0.25
    """
    x = _check.array("x", x)
    labels = _check.labels("y", y, last=x.shape[-1])
    x, labels = np.broadcast_arrays(x, labels)
    order = np.argsort(x, axis=-1)
    x, labels = np.take_along_axis(x, order, -1), np.take_along_axis(labels, order, -1)
    # Raising the cut past an example loses it if it is +1 and wins it if it is -1.
    lost = np.concatenate([np.zeros((*x.shape[:-1], 1)), np.cumsum(labels, axis=-1)], axis=-1)
    low, high = x[..., :1], x[..., -1:]
    ends = low - np.maximum(1, np.abs(low) / 1024), high + np.maximum(1, np.abs(high) / 1024)
    padded = np.concatenate([ends[0], x, ends[1]], axis=-1)
    cuts = padded[..., :-1] / 2 + padded[..., 1:] / 2
    # Only where there is room: between equal x, or neighbouring floats, no cut can be made.
    possible = (padded[..., :-1] < cuts) & (cuts < padded[..., 1:])
    best = np.where(possible, lost, np.inf).argmin(-1)
    return np.asarray(-np.take_along_axis(cuts, best[..., None], -1)[..., 0])


def midpoint_threshold(x: ArrayLike, y: ArrayLike, *, known_prior: bool = True) -> Array:
    r"""The offset of linear discriminant analysis: the cut halfway between the two class means.

    $b = -\frac12 (\bar x_+ + \bar x_-)$, plus $s^2 \ln(m_+ / m_-) / (\bar x_+ - \bar x_-)$ if the prior is
    estimated too.

    Parameters
    ----------
    x, y : examples, shape (..., m) each, labels -1 and +1, both present.
    known_prior : whether the classes are known to be equally likely; if not, their frequencies $m_\pm / m$
        and the pooled variance $s^2$ are estimated, as in Fisher's discriminant.

    Returns
    -------
    Array : b, shape (...), units of x.

    Raises
    ------
    ValueError : shapes that do not fit, a label that is neither -1 nor +1, a class without an example, or
        class means that coincide where the prior is estimated.

    >>> midpoint_threshold([-2.0, -1.0, 0.5, 3.0], [-1, -1, 1, 1]).item()
    -0.125
    """
    x, positive = _classes(x, y)
    count = positive.sum(-1)
    means = [np.where(side, x, 0).sum(-1) / side.sum(-1) for side in (positive, ~positive)]
    centre = -(means[0] + means[1]) / 2
    if known_prior:
        return np.asarray(centre)
    if (means[0] == means[1]).any():
        raise ValueError(
            "x: got classes with one mean; want two, which the estimated prior moves the cut between"
        )
    fitted = np.where(positive, means[0][..., None], means[1][..., None])
    variance = np.square(x - fitted).mean(-1)
    return np.asarray(centre + np.log(count / (x.shape[-1] - count)) * variance / (means[0] - means[1]))


def logistic_threshold(x: ArrayLike, y: ArrayLike) -> Array:
    """The offset b = intercept / slope of logistic regression, by Newton's method.

    Parameters
    ----------
    x, y : examples, shape (..., m) each, labels -1 and +1, both present and not separable by a threshold.

    Returns
    -------
    Array : b, shape (...), units of x.

    Raises
    ------
    ValueError : shapes that do not fit, a label that is neither -1 nor +1, a class without an example, or no
        convergence, as on separable data and where all x are equal.

    >>> logistic_threshold([-2.0, -1.0, 0.5, 3.0, 0.0, 0.2], [-1, -1, 1, 1, 1, -1]).round(4).item()
    -0.0126
    """
    x_given, positive = _classes(x, y)
    # In units of their own spread, or squares of large and small x would leave the floats.
    centre = (x_given / x_given.shape[-1]).sum(-1, keepdims=True)
    spread = np.abs(x_given - centre).max(-1, keepdims=True)
    if (spread == 0).any():
        raise ValueError("x: got examples that are all equal; want classes that overlap")
    z_score = (x_given - centre) / spread
    theta = np.zeros((*z_score.shape[:-1], 2))
    for _ in range(50):
        z = theta[..., :1] + theta[..., 1:] * z_score
        e = np.exp(-np.abs(z))
        p, weight = np.where(z < 0, e, 1) / (1 + e), e / (1 + e) ** 2
        gap = p - positive
        H00, H01, H11 = weight.sum(-1), (weight * z_score).sum(-1), (weight * z_score**2).sum(-1)
        H = np.stack([np.stack([H00, H01], -1), np.stack([H01, H11], -1)], -1)
        g = np.stack([gap.sum(-1), (gap * z_score).sum(-1)], -1)
        try:
            step = np.linalg.solve(H, g[..., None])[..., 0]
        except np.linalg.LinAlgError:  # weights that have all vanished: separable
            break
        theta -= step
        if np.abs(step).max() < 1e-8 * max(1, np.abs(theta).max()):
            cut = centre[..., 0] - spread[..., 0] * theta[..., 0] / theta[..., 1]
            return np.asarray(-cut)
    raise ValueError(
        "x: got examples on which logistic regression does not converge; want overlapping classes"
    )


def _classes(x: ArrayLike, y: ArrayLike) -> tuple[Array, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Check a two-class sample on the line."""
    x = _check.array("x", x)
    x, signs = np.broadcast_arrays(x, _check.labels("y", y, last=x.shape[-1]))
    positive = signs > 0
    if positive.all(-1).any() or not positive.any(-1).all():
        raise ValueError("y: got a single class; want examples of both")
    return x, positive
