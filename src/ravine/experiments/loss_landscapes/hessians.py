"""Whether what looks convex is: the whole Hessian's extreme eigenvalues at places of a picture."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, curvature, landscape, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.loss_landscapes.training import KINDS, Twin, twin
from ravine.experiments.loss_landscapes.twins import NOTABLE, SURE, TICKS, Picture, picture

PLACES = (-0.5, -0.25, 0.0, 0.25, 0.5)
"""Of the picture, along both directions: the middle one is the minimum."""

N_PRODUCTS = 40
"""Hessian-vector products a place, by the Lanczos method."""


@dataclass(frozen=True)
class Extremes:
    """The extreme curvatures at PLACES of a picture, in all directions and in the picture's two.

    lowest, highest (5, 5) : eigenvalues of the Hessian of all n parameters.
    seen_lowest, seen_highest (5, 5) : those of the 2 x 2 Hessian that the picture's cells give, in the same
    unit: its directions are as long as the weights, so they are divided by that length's square.
    """

    view: Picture
    lowest: Array
    highest: Array
    seen_lowest: Array
    seen_highest: Array

    @property
    def ratio(self) -> Array:
        r"""The whole Hessian's $|\lambda_\min / \lambda_\max|$, (5, 5); 0 where it is convex."""
        return ratio(self.lowest, self.highest)

    @property
    def seen_ratio(self) -> Array:
        """The same of what the picture shows."""
        return ratio(self.seen_lowest, self.seen_highest)


def ratio(lowest: Array, highest: Array) -> Array:
    """How large the lowest eigenvalue is, if negative, over the highest one's size; dimensionless.

    >>> ratio(np.array([-2.0, 1.0]), np.array([4.0, 4.0])).tolist()
    [0.5, 0.0]
    """
    result: Array = np.maximum(-lowest, 0) / np.abs(highest)
    return result


def extremes(trained: Twin, seed: int = 0) -> Extremes:
    """Look up the extreme eigenvalues of the Hessian of all training digits at the PLACES of a random plane.

    Parameters
    ----------
    trained : from `twin`. seed : of the plane, as for `picture`, and of the Lanczos starts.

    Returns
    -------
    Extremes

    Raises
    ------
    ValueError : a negative seed.

    Source: Li et al. (2018), section 6, who colour a picture by this ratio.

    >>> found = extremes(twin(0, "residual", 2, max_epochs=1))
    >>> found.lowest.shape, bool((found.lowest < found.seen_lowest).all())
    ((5, 5), True)
    """
    view = picture(trained, seed=seed)
    problem = trained.model.problem(trained.train.X, trained.train.y)
    rng = np.random.default_rng([_check.count("seed", seed, at_least=0), 9])
    found = []
    for a in PLACES:
        for b in PLACES:
            theta = trained.theta + a * view.d1 + b * view.d2
            spectrum = curvature.lanczos(partial(problem.hvp, theta), trained.model.n, N_PRODUCTS, rng)
            found.append(spectrum.eigenvalues[[0, -1]])
    lowest, highest = np.array(found).T.reshape(2, len(PLACES), len(PLACES))
    seen = landscape.grid_curvatures(view.J, TICKS, TICKS) / trained.weight_norm**2
    inner = np.searchsorted(TICKS, np.array(PLACES) - 1e-9) - 1  # the outermost cells have no curvature
    return Extremes(view, lowest, highest, *np.moveaxis(seen[np.ix_(inner, inner)], -1, 0))


class Hessians(
    Measurement,
    name="loss-landscapes-hessians",
    rtol=1e-3,
    # What single precision leaves of a curvature that is nearly zero.
    loose={
        "plain_seen_lowest": 1e-4,
        "plain_seen_highest": 1e-4,
        "residual_seen_lowest": 1e-5,
        "residual_seen_highest": 1e-5,
    },
):
    """Both twins of SURE layers: "plain_lowest" and so on, as for `Extremes`, each (n_seeds, 25), row by row.

    >>> Hessians.load().ratios("plain").shape
    (20, 25)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Both twins."""
        found: dict[str, Array] = {}
        for kind in KINDS:
            at = extremes(twin(seed, kind, SURE), seed)
            for name in ("lowest", "highest", "seen_lowest", "seen_highest"):
                found[f"{kind}_{name}"] = getattr(at, name).ravel()
        return found

    def ratios(self, kind: str, *, seen: bool = False) -> Array:
        """The ratios |lambda_min / lambda_max|, (n_seeds, 25); those that the picture shows, if `seen`.

        Raises
        ------
        ValueError : an unknown kind.
        """
        start = f"{_check.one_of('kind', kind, KINDS)}_{'seen_' if seen else ''}"
        return ratio(self[f"{start}lowest"], self[f"{start}highest"])

    def notable(self, kind: str, *, seen: bool = False) -> Array:
        """The share of the places, the minimum aside, whose ratio is above NOTABLE, (n_seeds,).

        Raises
        ------
        ValueError : an unknown kind.
        """
        around = np.delete(self.ratios(kind, seen=seen), len(PLACES) ** 2 // 2, axis=1)
        share: Array = (around > NOTABLE).mean(axis=1)
        return share

    def plot(self) -> Figure:
        """Draw the median ratio at each place, plain and residual."""
        fig, axes = plotting.figure(1, 2, width=8.0)
        edges = np.append(PLACES, 0.75) - 0.125
        for ax, kind in zip(axes, KINDS, strict=True):
            middle = np.median(self.ratios(kind), axis=0).reshape(len(PLACES), len(PLACES))
            drawn = ax.pcolormesh(edges, edges, middle.T, vmin=0, vmax=1)
            ax.set(
                title=f"{kind}, depth {SURE}", xlabel="$a$", ylabel="$b$",
                xticks=PLACES[::2], yticks=PLACES[::2], aspect="equal",
            )  # fmt: skip
            ax.grid(visible=False)
        fig.colorbar(
            drawn,
            ax=list(axes),
            label=r"$|\lambda_{\min} / \lambda_{\max}|$, median",
            shrink=0.8,
            pad=0.02,
            fraction=0.1,
        )
        return fig
