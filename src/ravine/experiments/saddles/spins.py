"""Critical points of a random cost on a sphere: the higher, the more directions lead down."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import saddles as theory

N, N_STARTS, N_NEWTON = 30, 300, 20
"""Coordinates, starts a seed, and steps of Newton's method for each.

The method's basins are intertwined: a run that has wandered for longer ends where rounding sends it, and
elsewhere on another machine. After so many steps the runs that have arrived are the same on all of them.
"""


@dataclass(frozen=True)
class CriticalPoints:
    """Those found: u (k,), cost per coordinate; share (k,) of negative eigenvalues among the N - 1."""

    u: Array
    share: Array

    def plot(self) -> Figure:
        """Draw the share over the height, with the prediction."""
        fig, ax = plotting.figure()
        ax.plot(self.share, self.u, "o", markersize=4, alpha=0.6, label="critical points found")
        grid = np.linspace(-1.7, 1.7, 201)
        ax.plot(
            theory.index_share(grid),
            grid,
            color="ravine:orange",
            label="predicted, many coordinates",
        )
        ax.set(xlabel="share of directions that curve down", ylabel="cost per coordinate $u$")
        ax.legend()
        return fig


def critical_points(seed: int, n: int = N, n_starts: int = N_STARTS) -> CriticalPoints:
    r"""Find critical points of a random cubic on the sphere $|\theta|^2 = n$.

    $J(\theta) = \frac1n \sum_{ijk} S_{ijk} \theta_i \theta_j \theta_k$ with standard normal coefficients, by
    Newton's method (which dives into critical points of any kind) from starts at all heights.

    Parameters
    ----------
    seed : of the coefficients and the starts.
    n : number of coordinates.
    n_starts : number of starts; runs that do not converge are left out.

    Returns
    -------
    CriticalPoints

    Raises
    ------
    ValueError : a bad argument.

    Source: the spherical spin glass with p = 3, as in Auffinger and Ben Arous (2013).

    >>> found = critical_points(0, n=10, n_starts=10)
    >>> found.u.shape == found.share.shape
    True
    """
    rng = _check.seeded(seed)
    n = _check.count("n", n, at_least=3)
    G = rng.standard_normal((n, n, n))
    S: Array = np.sum([G.transpose(order) for order in _ORDERS], axis=0) / (
        6 * n
    )  # symmetric in its three indices
    theta = _project(rng.standard_normal((_check.count("n_starts", n_starts), n)))
    # Half the starts first walk down and half up, each for another while: so all heights are met.
    pace = np.linspace(-1, 1, n_starts)[:, None]
    for _ in range(30):
        theta = _project(theta - 0.05 * pace * _parts(S, theta)[1])
    for _ in range(N_NEWTON):
        _, g, H = _parts(S, theta)
        theta = _project(theta - np.linalg.solve(H, g[..., None])[..., 0])
    J, g, H = _parts(S, theta)
    found = np.linalg.norm(g, axis=1) < 1e-8
    lam = np.linalg.eigvalsh(H[found])
    # The direction off the sphere has been given the eigenvalue n, which is positive: it never counts.
    return CriticalPoints(J[found] / n, (lam < 0).sum(axis=1) / (n - 1))


_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


def _project(theta: Array) -> Array:
    """Back to the sphere."""
    n = theta.shape[-1]
    return np.asarray(theta * np.sqrt(n) / np.linalg.norm(theta, axis=-1, keepdims=True))


def _parts(S: Array, theta: Array) -> tuple[Array, Array, Array]:
    """Value (k,), gradient (k, n) and Hessian (k, n, n) along the sphere."""
    n = theta.shape[-1]
    twice = np.einsum("ijk,ak->aij", S, theta, optimize=True)
    once = np.einsum("aij,aj->ai", twice, theta)
    J = (once * theta).sum(axis=-1)
    along = theta[:, :, None] * theta[:, None, :] / n
    P = np.eye(n) - along
    g = 3 * np.einsum("aij,aj->ai", P, once)
    # The sphere itself curves: its pull on the gradient shifts every eigenvalue by -3 J / n.
    H = P @ (6 * twice) @ P - (3 * J / n)[:, None, None] * P + n * along
    return J, g, H


class SpinGlasses(Measurement, name="saddles-spins", rtol=1e-3):
    """The critical points of many random costs, a cost for each seed: columns (n_seeds,).

    n : how many were found. correlation : of height and share. gap : mean distance of the shares from the
    prediction. lowest : the least height. minima_highest : the greatest at which a minimum lies.

    >>> SpinGlasses.load()["correlation"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """How index and height go together."""
        points = critical_points(seed)
        gap = points.share - theory.index_share(points.u)
        return {
            "n": float(len(points.u)),
            "correlation": float(np.corrcoef(points.u, points.share)[0, 1]),
            "gap": float(np.abs(gap).mean()),
            "lowest": float(points.u.min()),
            "minima_highest": float(points.u[points.share == 0].max(initial=-9.0)),
        }
