"""Products of many random factors: numbers, matrices of a deep network, and one matrix again and again."""

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import long_term_dependencies as theory

WIDTHS = {"linear": (4, 16, 32, 64, 256), "relu": (32, 64, 128)}
"""Activation -> widths. A narrower ReLU network loses all its units in some layer too often."""

N_NETWORKS = 10
"""Networks of each width a seed."""

SHARED_WIDTH, SHARED_STEPS = 32, 60
"""Of the comparison between one matrix and many."""


def chains(seed: int, *, n_factors: int = theory.DEPTH, n_chains: int = 20_000) -> Array:
    r"""Draw products of independent standard normal numbers, as logarithms.

    $\ln |w_1 w_2 \cdots w_n|$, where $\mathrm{Var}(w_1 \cdots w_n) = 1$.

    Parameters
    ----------
    seed : of the draws.
    n_factors : $n$.
    n_chains : number of products.

    Returns
    -------
    Array : shape (n_chains,), dimensionless.

    Raises
    ------
    ValueError : a negative seed or a count below 1.

    Source: Goodfellow, Bengio and Courville (2016), section 8.2.5, on weights of variance v^(1/n).

    >>> bool(chains(0).mean() < -31)
    True
    """
    rng = _check.seeded(seed)
    total = np.zeros(_check.count("n_chains", n_chains))
    for _ in range(_check.count("n_factors", n_factors)):
        total += np.log(np.abs(rng.standard_normal(len(total))))
    return total


def log_gains(
    seed: int,
    width: int,
    activation: str = "linear",
    *,
    depth: int = theory.DEPTH,
    n_networks: int = N_NETWORKS,
) -> Array:
    r"""Send a unit vector through random layers that keep its squared length on average.

    $\ln \|h_L\|^2$ for $h_l = f(h_{l-1} W_l)$, with entries of $W_l$ of variance $1/N$, or $2/N$ for ReLU.

    Parameters
    ----------
    seed : of the weights.
    width : $N$, dimensionless.
    activation : "linear" or "relu".
    depth : $L$, number of layers.
    n_networks : how many to draw.

    Returns
    -------
    Array : shape (n_networks,), dimensionless; minus infinity where all units of a ReLU layer are off.

    Raises
    ------
    ValueError : a count out of its range or an unknown activation.

    Source: B. Hanin, "Which neural net architectures give rise to exploding and vanishing gradients?",
    NeurIPS 2018.

    >>> log_gains(0, 4).shape
    (10,)
    """
    rng = np.random.default_rng([_check.count("seed", seed, at_least=0), _check.count("width", width)])
    relu = _check.one_of("activation", activation, WIDTHS) == "relu"
    h = np.full((_check.count("n_networks", n_networks), 1, width), width**-0.5)
    exponent = np.zeros((n_networks, 1, 1), dtype=np.int64)
    for _ in range(_check.count("depth", depth)):
        h = h @ rng.standard_normal((len(h), width, width)) * ((1 + relu) / width) ** 0.5
        if relu:
            h = np.maximum(h, 0)
        # A deep network leaves the floats: its size is kept as a power of two, which costs no digit.
        size = np.frexp(np.abs(h).max(axis=-1, keepdims=True))[1]
        size = np.where(np.abs(size) > 200, size, 0)
        h, exponent = np.ldexp(h, -size), exponent + size
    with np.errstate(divide="ignore"):  # a dead network
        logs = np.log(np.square(h).sum(axis=(-2, -1)))
    return np.asarray(logs + 2 * np.log(2) * exponent[:, 0, 0])


class Chains(Measurement, name="long-term-dependencies-chains", seeds=range(30)):
    """Products of numbers over seeds: mean and sd of the logarithm, median size, and variance, (n_seeds,).

    >>> Chains.load()["mean"].shape
    (30,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """What a sample of products says of their size."""
        log = chains(seed)
        return {
            "mean": float(log.mean()),
            "sd": float(log.std()),
            "median": float(np.exp(np.median(log))),
            "variance": float(np.exp(2 * log).mean()),
        }


class Gains(Measurement, name="long-term-dependencies-gains"):
    """Squared-length gains of random networks as logarithms: columns linear_4 ... relu_128, (n_seeds, 10).

    >>> Gains.load().samples["linear"][4].shape
    (200,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The gains of a few networks of each kind and width."""
        return {
            f"{name}_{width}": log_gains(seed, width, name)
            for name, widths in WIDTHS.items()
            for width in widths
        }

    @property
    def samples(self) -> dict[str, dict[int, Array]]:
        """Activation -> width -> the gains of all networks, shape (n_networks,)."""
        return {name: {w: self[f"{name}_{w}"].ravel() for w in widths} for name, widths in WIDTHS.items()}

    def plot(self) -> Figure:
        """Draw each width's gains with the mean and the standard deviation in theory."""
        fig, ax = plotting.figure()
        for (name, by_width), colour in zip(self.samples.items(), ("blue", "orange"), strict=True):
            code, label = f"ravine:{colour}", {"linear": "linear", "relu": "ReLU"}[name]
            shift = 1.06 if name == "relu" else 1 / 1.06  # side by side
            for width, gains in by_width.items():
                ax.plot(np.full(len(gains), width * shift), gains, ".", color=code, alpha=0.25, markersize=4)
                mean, sd = theory.log_gain_law(width, name)
                ax.errorbar(width * shift, mean, sd, color=code, marker="_", markersize=12, capsize=4)
            ax.plot([], [], color=code, marker="o", linestyle="", label=f"{label}: networks, theory")
        ax.axhline(0, color="ravine:black", linewidth=1, linestyle="--")
        ax.set_xscale("log", base=2)
        ax.set_xticks(WIDTHS["linear"] + (128,), [str(w) for w in WIDTHS["linear"] + (128,)])
        ax.set(xlabel="width $N$", ylabel=r"$\ln\,\|h_{50}\|^2 / \|h_0\|^2$", ylim=(-36, 10))
        ax.legend(loc="lower right")
        return fig


class SharedWeights(Measurement, name="long-term-dependencies-shared", seeds=range(1000)):
    """A vector sent through one matrix again and again, and through many: columns (n_seeds,).

    shared, independent : logarithm of its length. log_rho : that of the one matrix's spectral radius.
    orthogonal : 1 where an orthogonal matrix keeps the length to rounding.

    >>> SharedWeights.load()["shared"].shape
    (1000,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """ln |x'W^t| with one Gaussian matrix, with a new one at each step, and with an orthogonal one."""
        rng = np.random.default_rng(seed)
        N = SHARED_WIDTH
        once = rng.standard_normal((N, N)) / N**0.5
        orthogonal = np.linalg.qr(rng.standard_normal((N, N)))[0]
        x = y = z = np.full(N, N**-0.5)
        for _ in range(SHARED_STEPS):
            x, z = x @ once, z @ orthogonal
            y = y @ rng.standard_normal((N, N)) / N**0.5
        return {
            "shared": float(np.log(np.linalg.norm(x))),
            "log_rho": float(np.log(abs(np.linalg.eigvals(once)).max())),
            "independent": float(np.log(np.linalg.norm(y))),
            "orthogonal": float(abs(np.log(np.linalg.norm(z))) < 1e-12),
        }
