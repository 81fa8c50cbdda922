"""The plane that holds most of a training path, and where points lie on a plane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


@dataclass(frozen=True)
class PathPlane:
    """The plane through the end of a path that follows it best.

    origin (n,) : the end of the path. d1, d2 (n,) : orthonormal, the path's first and second principal
    direction, each towards the side on which the path goes farthest from its end.
    coordinates (T, 2) : the path's points on the plane, `origin` at (0, 0).
    shares (2,) : what each direction holds of the path's sum of squares, dimensionless; their sum is at
    most 1. centred : whether those squares are distances from the path's mean, or from its end.
    """

    origin: Array
    d1: Array
    d2: Array
    coordinates: Array
    shares: Array
    centred: bool


def path_plane(path: ArrayLike, *, centred: bool = False) -> PathPlane:
    r"""The plane of a path by principal component analysis, through the path's last point.

    With the rows $\theta_t - \theta_T$ (or, centred, $\theta_t - \bar\theta$) as a matrix
    $M = \sum_k s_k u_k v_k^\top$, the directions are $v_1$ and $v_2$, and the share of each is
    $s_k^2 / \sum_i s_i^2$.

    Parameters
    ----------
    path : the iterates (T, n), in order, T >= 3; all count alike, so a path recorded more densely where it
        is slow is followed more closely there.
    centred : False measures from the end, which the plane goes through; True from the mean, as principal
        component analysis usually does. Their shares differ: those from the end are mostly larger, as the
        way from the mean to the end counts too. The plane goes through the end in both.

    Returns
    -------
    PathPlane

    Raises
    ------
    ValueError : fewer than three points, or all of them on one line, which leaves the second direction open.

    Source: Li et al. (2018), section 7.2, and the caution of J. Antognini and J. Sohl-Dickstein, "PCA of high
    dimensional random walks with comparison to neural network training", NeurIPS 2018.

    >>> t = np.linspace(0, 1, 50)[:, None]
    >>> path = np.hstack([3 * (1 - t), np.sin(np.pi * t), 0 * t])  # an arc in a plane of three-space
    >>> plane = path_plane(path)
    >>> float(plane.shares.sum().round(12)), plane.coordinates[-1].tolist()
    (1.0, [0.0, 0.0])
    """
    points = _check.array("path", path, ndim=2)
    if len(points) < 3 or not points.shape[1]:
        raise ValueError(f"path: got shape {points.shape}; want (T, n) with T >= 3 and n >= 1")
    away = points - points[-1]
    scale = float(np.abs(away).max())
    # In units of the farthest entry, so that no square leaves the floats.
    _, s, directions = np.linalg.svd(
        (away - away.mean(axis=0) if centred else away) / (scale or 1.0), full_matrices=False
    )
    if len(s) < 2 or s[1] <= max(points.shape) * np.finfo(float).eps * s[0]:
        raise ValueError("path: got points on one line; want a path that bends, and so spans a plane")
    coordinates = away @ directions[:2].T
    # A singular vector is known but for its sign: the farthest point decides.
    farthest = np.abs(coordinates).argmax(axis=0)
    signs = np.sign(coordinates[farthest, [0, 1]])
    d1, d2 = signs[:, None] * directions[:2]
    return PathPlane(
        points[-1].copy(), d1, d2, signs * coordinates + 0.0, s[:2] ** 2 / (s**2).sum(), bool(centred)
    )


def project(points: ArrayLike, origin: ArrayLike, d1: ArrayLike, d2: ArrayLike) -> Array:
    r"""Where points lie on a plane: the (a, b) for which $\|p - \theta - a d_1 - b d_2\|$ is least.

    Parameters
    ----------
    points : (..., n). origin : (n,), theta. d1, d2 : the plane's directions, each (n,), of any length and at
        any angle.

    Returns
    -------
    (..., 2), in units of d1 and d2. What is off the plane is lost: the picture of a path in a random plane
    is mostly a point.

    Raises
    ------
    ValueError : a wrong shape, an entry that is not finite, or directions that span no plane.

    >>> project([[2.0, 5.0, 9.0]], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 2.0, 0.0]).tolist()
    [[-1.0, 2.0]]
    """
    points = _check.array("points", points)
    if points.ndim == 0:
        raise ValueError("points: got a single number; want (..., n)")
    n = points.shape[-1]
    origin = _check.array("origin", origin, ndim=1, last=n)
    d1, d2 = (_check.array(name, d, ndim=1, last=n) for name, d in (("d1", d1), ("d2", d2)))
    lengths = np.linalg.norm([d1, d2], axis=1)
    if not lengths.all():
        raise ValueError(f"{'d2' if lengths[0] else 'd1'}: got zeros; want a direction")
    basis, R = np.linalg.qr(np.column_stack([d1 / lengths[0], d2 / lengths[1]]))
    if n < 2 or abs(R[1, 1]) <= n * np.finfo(float).eps:
        raise ValueError("d2: got a multiple of d1; want another direction, so that both span a plane")
    along = np.linalg.solve(R, ((points - origin) @ basis)[..., None])[..., 0]
    result: Array = along / lengths + 0.0  # 0, not -0
    return result
