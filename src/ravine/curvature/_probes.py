"""What random probes tell of a matrix that is only known by its products: its trace, its spectral density."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ravine import _check
from ravine._typing import Array
from ravine.curvature._hessian import HVP
from ravine.curvature._lanczos import Spectrum, lanczos

PROBES = ("rademacher", "gaussian")


@dataclass(frozen=True)
class TraceEstimate:
    """What probes say of a trace.

    Parameters
    ----------
    samples : (n_probes,) the curvature v'Hv of each probe, whose mean over all probes is tr H.
    """

    samples: Array

    @property
    def value(self) -> float:
        """The estimate: the mean of the samples."""
        return float(self.samples.mean())

    @property
    def standard_error(self) -> float:
        """The standard error of `value`, from the samples' own spread; NaN of a single probe."""
        n = len(self.samples)
        return float(self.samples.std(ddof=1)) / n**0.5 if n > 1 else float("nan")


def hutchinson_trace(
    hvp: HVP, n: int, n_probes: int, rng: np.random.Generator, probes: str = "rademacher"
) -> TraceEstimate:
    r"""The trace of a symmetric matrix by Hutchinson's estimator, $\mathrm{tr}\, H = \mathrm E[v^\top H v]$.

    The probes v have independent entries of mean 0 and variance 1. The variance of $v^\top H v$ is
    $2 \sum_{i \ne j} H_{ij}^2$ for "rademacher", entries $\pm 1$, and $2\, \mathrm{tr}\, H^2$, never less,
    for "gaussian".

    Parameters
    ----------
    hvp : v (n,) -> Hv (n,), H symmetric: a Hessian, a Gauss-Newton or a Fisher matrix.
    n : dimension.
    n_probes : the number of products.
    rng : draws the probes.
    probes : "rademacher" or "gaussian".

    Returns
    -------
    TraceEstimate

    Raises
    ------
    ValueError : a bad argument, or hvp returns another shape or something not finite.

    Source: M. Hutchinson, "A stochastic estimator of the trace of the influence matrix for Laplacian
    smoothing splines", Communications in Statistics 18, 1059-1076, 1989.

    >>> H = np.diag([1.0, 2.0, -4.0])  # without entries off the diagonal, every sign gives the trace
    >>> hutchinson_trace(lambda v: H @ v, 3, 2, np.random.default_rng(0)).samples
    array([-1., -1.])
    """
    n, n_probes = _check.count("n", n), _check.count("n_probes", n_probes)
    _check.generator("rng", rng)
    gaussian = _check.one_of("probes", probes, PROBES) == "gaussian"
    product = _function(hvp)
    samples = np.empty(n_probes)
    for k in range(n_probes):
        v = rng.standard_normal(n) if gaussian else rng.choice([-1.0, 1.0], size=n)
        samples[k] = v @ _check.array("hvp(v)", product(v.copy()), ndim=1, last=n)
    return TraceEstimate(samples)


@dataclass(frozen=True)
class Spectra:
    """What Lanczos runs from several random starts know of one matrix: stochastic Lanczos quadrature.

    Parameters
    ----------
    probes : a `Spectrum` for each start.
    """

    probes: tuple[Spectrum, ...]

    def densities(self, lam: ArrayLike, width: float) -> Array:
        """The spectral density seen by each probe, as `Spectrum.density`.

        Parameters
        ----------
        lam : where to evaluate it (...).
        width : > 0, standard deviation of the Gaussians, in units of the eigenvalues.

        Returns
        -------
        (n_probes, ...), in units of 1 / lambda; the spread over the first axis is the estimate's own.

        Raises
        ------
        ValueError : width is not a finite positive number.
        """
        return np.array([spectrum.density(lam, width) for spectrum in self.probes])

    def density(self, lam: ArrayLike, width: float) -> Array:
        """The spectral density: the mean of `densities`, (...), in units of 1 / lambda; its integral is 1.

        Raises
        ------
        ValueError : width is not a finite positive number.

        >>> spectra = spectral_density(lambda v: 3 * v, 4, 1, 2, np.random.default_rng(0))
        >>> float(spectra.density(3.0, 1.0).round(6))  # 1 / sqrt(2 pi)
        0.398942
        """
        mean: Array = self.densities(lam, width).mean(axis=0)
        return mean

    def shares(self, low: float, high: float) -> Array:
        """The share of the eigenvalues from low to high that each probe sees, (n_probes,), dimensionless.

        Raises
        ------
        ValueError : low or high is no finite number, or low is above high.

        >>> spectra = spectral_density(lambda v: 3 * v, 4, 1, 2, np.random.default_rng(0))
        >>> spectra.shares(2.0, 4.0).round(12)
        array([1., 1.])
        """
        low = _check.real("low", low)
        high = _check.real("high", high, at_least=low)
        return np.array(
            [s.weights[(low <= s.eigenvalues) & (s.eigenvalues <= high)].sum() for s in self.probes]
        )


def spectral_density(
    hvp: HVP,
    n: int,
    n_iter: int,
    n_probes: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> Spectra:
    """The spectral density by stochastic Lanczos quadrature: `lanczos` from several random starts.

    One start weighs the eigenvectors by chance, sum_i (q'v_i)^2 delta(lam - lambda_i) in place of
    (1/n) sum_i delta(lam - lambda_i); the mean over starts does not, and their spread says how far it is off.

    Parameters
    ----------
    hvp : v (n,) -> Hv (n,), H symmetric.
    n : dimension.
    n_iter : products for each start, at most n.
    n_probes : the number of starts.
    rng : draws them.
    dtype : of the basis and of the vectors that hvp is given, float64 or float32.

    Returns
    -------
    Spectra

    Raises
    ------
    ValueError : as for `lanczos`.

    Source: G. Golub and G. Meurant (2010), chapter 7; B. Ghorbani, S. Krishnan and Y. Xiao, "An investigation
    into neural net optimization via Hessian eigenvalue density", ICML 2019.

    >>> H = np.diag([1.0, 2.0, 3.0, 4.0])
    >>> spectra = spectral_density(lambda v: H @ v, 4, 4, 3, np.random.default_rng(0))
    >>> len(spectra.probes), bool(spectra.probes[2].eigenvalues[-1].round(9) == 4)
    (3, True)
    """
    starts = range(_check.count("n_probes", n_probes))
    return Spectra(tuple(lanczos(hvp, n, n_iter, rng, dtype) for _ in starts))


def _function(hvp: HVP) -> HVP:
    """Return what multiplies by H, or raise."""
    if not callable(hvp):
        raise ValueError(f"hvp: got {hvp!r}; want a function v -> Hv")
    return hvp
