"""How rare minima are among critical points: random matrices, and random surfaces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import saddles as theory

FIELD_DIMENSIONS = (1, 2, 3, 4, 5, 6, 10, 20, 30)
"""Dimensions of the Gaussian fields in the sweep."""


def goe(n: int, size: int, rng: np.random.Generator) -> Array:
    r"""Draw eigenvalues of the Gaussian orthogonal ensemble: off-diagonal variance 1, on the diagonal 2.

    Parameters
    ----------
    n : size of a matrix.
    size : number of matrices.
    rng : source of chance.

    Returns
    -------
    (size, n), ascending, dimensionless.

    Raises
    ------
    ValueError : a bad argument.

    >>> goe(3, 2, np.random.default_rng(0)).shape
    (2, 3)
    """
    shape = _check.count("size", size), _check.count("n", n), n
    A = _check.generator("rng", rng).standard_normal(shape)
    return np.linalg.eigvalsh((A + A.swapaxes(1, 2)) / np.sqrt(2))


def field_minima(n: int, size: int, rng: np.random.Generator) -> float:
    r"""Estimate the share of minima among the critical points of an isotropic Gaussian field in n dimensions.

    $\mathrm E[e^{-l_1^2/4}] \big/ \mathrm E[\sum_k e^{-l_k^2/4}]$ over the eigenvalues
    $l_1 < \dots < l_{n+1}$ of the Gaussian orthogonal ensemble of size n + 1.

    Parameters
    ----------
    n : dimension of the field.
    size : number of matrices.
    rng : source of chance.

    Returns
    -------
    float : dimensionless.

    Raises
    ------
    ValueError : a bad argument.

    Source: Fyodorov (2004), Phys. Rev. Lett. 92, 240601, whose identity trades the random shift of a Hessian
    for one more eigenvalue.

    >>> 0.4 < field_minima(1, 1000, np.random.default_rng(0)) < 0.6
    True
    """
    weights = np.exp(-(goe(_check.count("n", n) + 1, size, rng) ** 2) / 4)
    return float(weights[:, 0].mean() / weights.sum(axis=1).mean())


@dataclass(frozen=True)
class Rarity:
    """P(all curvatures are positive) for random matrices, exactly: over the dimension n, both (len(n),)."""

    n: Array
    exact: Array

    @property
    def exponent(self) -> float:
        """The coefficient a of -ln P = a n^2 + b n + c ln n + d, fitted from n = 6 on."""
        n = self.n[5:]
        design = np.stack([n**2, n, np.log(n), np.ones(len(n))], axis=1)
        return float(np.linalg.lstsq(design, -np.log(self.exact[5:]), rcond=None)[0][0])


def rarity(n_max: int = 14) -> Rarity:
    """Compute the exact probabilities up to n_max.

    Parameters
    ----------
    n_max : from 10 to 30.

    Returns
    -------
    Rarity

    Raises
    ------
    ValueError : n_max outside its range.

    >>> rarity(10).exact[:2].round(4).tolist()
    [0.5, 0.1464]
    """
    if _check.count("n_max", n_max, at_least=10) > 30:
        raise ValueError(f"n_max: got {n_max}; want at most 30")
    n: Sequence[int] = range(1, n_max + 1)
    exact = np.array([theory.all_positive(k, exact=False) for k in n])
    return Rarity(np.array(n, dtype=np.float64), exact)


class Minima(Measurement, name="saddles-minima"):
    """P(all curvatures are positive), sampled.

    Columns goe, (n_seeds, 5): random matrices of size 1 to 5. And field, (n_seeds, len(FIELD_DIMENSIONS)):
    critical points of Gaussian fields, in the dimensions given there.

    >>> Minima.load()["field"].shape
    (20, 9)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Both kinds of randomness, sampled."""
        rng = np.random.default_rng(seed)
        return {
            "goe": np.array([(goe(n, 100_000, rng)[:, 0] > 0).mean() for n in range(1, 6)]),
            "field": np.array([field_minima(n, 20_000 if n < 10 else 4_000, rng) for n in FIELD_DIMENSIONS]),
        }

    @property
    def z(self) -> Array:
        """Sampled minus exact for random matrices, in standard errors, shape (n_seeds, 5)."""
        p = np.array([theory.all_positive(n, exact=False) for n in range(1, 6)])
        return np.asarray((self["goe"] - p) / np.sqrt(p * (1 - p) / 100_000))

    def plot(self, rarity: Rarity) -> Figure:
        """Draw both probabilities and the coin flips over the dimension."""
        fig, ax = plotting.figure()
        n = rarity.n
        ax.semilogy(n, 0.5**n, "--", color="ravine:grey", label="coin flips, $2^{-n}$")
        ax.semilogy(FIELD_DIMENSIONS, np.median(self["field"], axis=0), "s", color="ravine:blue",
                    label="critical points of a Gaussian field")  # fmt: skip
        ax.semilogy(n, rarity.exact, color="ravine:orange", label="random matrices, exact")
        ax.semilogy(range(1, 6), np.median(self["goe"], axis=0), "o", color="ravine:orange",
                    label="random matrices, sampled")  # fmt: skip
        ax.set(xlabel="dimension $n$", ylabel="P(all curvatures positive)", ylim=(1e-24, 2), xlim=(0.5, 20.5))
        ax.set_xticks(range(2, 21, 2))
        ax.legend(loc="lower left")
        return fig
