"""Least squares: the cost it reaches, the risk it runs, and the peak where it just fits its examples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, plotting, problems
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import erm_vs_risk as theory

SIZES = ((20, 10), (40, 10), (100, 10), (40, 36), (40, 160))
"""Examples m and features d of the means over data sets."""

N_TRAIN = 200
"""Training digits, drawn anew for each seed; the other 1597 are the test set."""

WIDTHS = (10, 20, 40, 80, 120, 160, 180, 190, 200, 210, 220, 250, 300, 400, 600, 1000, 2000)
"""Numbers of random features fitted to digits; the peak is expected at N_TRAIN."""


@dataclass(frozen=True)
class Fits:
    """Least-squares fits of many data sets.

    `d` has shape (k,); `J` and `J_star`, the cost on the data set and the exact risk, shape (n_datasets, k).
    """

    m: int
    sigma: float
    d: Array
    J: Array
    J_star: Array

    def plot(self) -> Figure:
        """Draw each data set as a dot and the expectations as lines, broken where they are infinite."""
        fig, ax = plotting.figure()
        grid = np.unique(np.concatenate([np.arange(1, 3 * self.m), self.d]))
        expected = {
            "J^*": (theory.least_squares_J_star(self.m, grid, self.sigma), self.J_star, "orange", "o"),
            "J": (theory.least_squares_J(self.m, grid, self.sigma), self.J, "blue", "s"),
        }
        for name, (curve, dots, colour, marker) in expected.items():
            code = f"ravine:{colour}"
            ax.plot(grid, np.where(np.isfinite(curve), curve, np.nan), color=code, label=f"expected ${name}$")
            x = np.broadcast_to(self.d, dots.shape)
            label = f"${name}$, one data set each"
            ax.plot(x.ravel(), dots.ravel(), marker, color=code, ms=3, alpha=0.4, mew=0, label=label)
        ax.axvline(self.m, color="ravine:grey", linewidth=1, linestyle=":")
        ax.set(xscale="log", ylim=(-0.1, 4), xlabel="number of features $d$", ylabel="mean squared error")
        ax.text(self.m * 1.04, 3.85, "$d = m$", va="top", color="ravine:grey")
        ax.legend(loc="upper left")
        return fig


def fits(
    m: int = 40,
    d: Sequence[int] = (1, 2, 4, 7, 10, 15, 20, 25, 30, 36, 40, 44, 50, 60, 80, 120, 160, 250, 400),
    sigma: float = 0.5,
    *,
    n_datasets: int = 20,
    seed: int = 0,
) -> Fits:
    r"""Fit a linear model to many data sets, with $x \sim N(0, I_d)$ and $w^*_i = 1/\sqrt d$.

    Parameters
    ----------
    m : number of examples of a data set.
    d : numbers of features, shape (k,).
    sigma : standard deviation of the noise, units of y.
    n_datasets : number of data sets for each d.
    seed : of the data sets.

    Returns
    -------
    Fits

    Raises
    ------
    ValueError : a count below 1 or a negative sigma.

    >>> fits(m=20, d=[10, 40], n_datasets=3).J.round(6)[:, 1].tolist()
    [0.0, 0.0, 0.0]
    """
    rng = np.random.default_rng(seed)
    pairs = [_fit(m, _check.count("d", k), sigma, n_datasets, rng) for k in d]
    J, J_star = (np.stack(columns, axis=1) for columns in zip(*pairs, strict=True))
    return Fits(m, sigma, np.asarray(d, dtype=np.float64), J, J_star)


def _fit(m: int, d: int, sigma: float, n_datasets: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Cost and risk of the fit to each data set: two arrays of shape (n_datasets,)."""
    truth = data.LinearGaussian(np.full(d, d**-0.5), sigma)
    X, y = truth.sample(m, rng, n_datasets=n_datasets)
    w = problems.fit_least_squares(X, y)
    return problems.mean_squared_error(w, X, y), truth.risk(w)


class LeastSquares(Measurement, name="erm-vs-risk-least-squares", seeds=range(30)):
    """Mean cost and mean risk of fits to many data sets, each over its closed form, for each of `SIZES`.

    `J_star` has shape (n_seeds, sizes); `J`, shape (n_seeds, sizes - 1), leaves out the last, where the
    expected cost is zero.

    >>> LeastSquares.load()["J_star"].shape
    (30, 5)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Mean cost and mean risk over many data sets, each divided by its expectation."""
        rng = np.random.default_rng(seed)
        ratios = []
        for m, d in SIZES:
            J, J_star = _fit(m, d, 1.0, 200 if d > m else 2000, rng)
            expected = theory.least_squares_J(m, d, 1.0)
            ratios.append(
                (
                    J.mean() / expected if d < m else np.nan,
                    J_star.mean() / theory.least_squares_J_star(m, d, 1.0),
                )
            )
        cost, exact = np.array(ratios).T
        return {"J": cost[:-1], "J_star": exact}


# Close to the peak the fit amplifies rounding by its condition number.
class Widths(Measurement, name="erm-vs-risk-digits", rtol=1e-4):
    r"""Digits fitted by least squares on $\tanh(x^\top W)$ with random, fixed weights W, as a last layer.

    `J`, `J_test` (squared errors summed over ten outputs) and `error_rate` (fraction of test digits misread)
    have shape (n_seeds, k), over the numbers of features `WIDTHS`.

    >>> Widths.load()["error_rate"].shape
    (20, 17)
    """

    @staticmethod
    def row(seed: int, d: Sequence[int] = WIDTHS) -> Row:
        """One draw of training digits and of random weights.

        Parameters
        ----------
        seed : of the training digits and of W.
        d : numbers of features, shape (k,).

        Returns
        -------
        {"J", "J_test", "error_rate": shape (k,)}

        Raises
        ------
        ValueError : a number of features below 1, or a negative seed.

        >>> fitted, exact = Widths.row(0, d=[10, 400])["J"]
        >>> bool(exact < 1e-6 < fitted)
        True
        """
        rng = _check.seeded(seed)
        training, test = data.digits().split(N_TRAIN, rng)
        W = 0.5 * rng.standard_normal((64, max(d)))
        target, test_target = (np.eye(10)[part.y] - 0.1 for part in (training, test))
        rows = []
        for k in d:
            A, A_test = (np.tanh(part.X @ W[:, : _check.count("d", k)]) for part in (training, test))
            weights = np.linalg.lstsq(A, target)[0]
            fitted, answer = A @ weights, A_test @ weights
            squared = [np.square(a - b).sum(-1).mean() for a, b in ((fitted, target), (answer, test_target))]
            # Rounded, because what is left of an exact fit differs between machines.
            rows.append([*np.round(squared, 12), (answer.argmax(-1) != test.y).mean()])
        return dict(zip(("J", "J_test", "error_rate"), np.array(rows).T, strict=True))

    def plot(self) -> Figure:
        """Draw both squared errors, and the share of misread test digits, over the number of features."""
        fig, (left, right) = plotting.figure(1, 2, height=3.6)
        plotting.spread(left, WIDTHS, self["J"], label="training", colour="blue")
        plotting.spread(left, WIDTHS, self["J_test"], label="test", colour="orange")
        left.axhline(0.9, color="ravine:grey", linewidth=1, linestyle="--", label="one answer")
        left.set(ylabel="mean squared error", ylim=(0, 2.5))
        left.legend(loc="lower left", bbox_to_anchor=(-0.05, 1), ncols=3, columnspacing=1, handlelength=1.2)
        plotting.spread(right, WIDTHS, self["error_rate"], colour="orange")
        right.set(ylabel="share of test digits misread", ylim=(0, 1))
        for ax in (left, right):
            ax.axvline(N_TRAIN, color="ravine:grey", linewidth=1, linestyle=":")
            ax.set(xscale="log", xlabel="number of features $d$")
        return fig


def draw_least_squares(
    m: int, d: int, sigma: float, rng: np.random.Generator, *, w_norm: float = 1.0, n_datasets: int = 1
) -> tuple[Array, Array]:
    r"""Draw $(J, J^*)$ of least squares on fresh data sets, without making the data.

    The fitted noise has squared length $\sigma^2 \chi^2_k / \chi^2_{|m - d| + 1}$ with $k = \min(m, d)$, the
    lost share of $w^*$ is $\mathrm{Beta}(\frac{d - m}2, \frac m2)$, and $J = \sigma^2 \chi^2_{m - d} / m$.
    These four random numbers are independent and replace the data set exactly.

    Parameters
    ----------
    m, d : number of examples and of features, $x \sim N(0, I_d)$.
    sigma : standard deviation of the noise, units of y.
    rng : source of randomness.
    w_norm : length $|w^*|$ of the true weights, units of y over units of x.
    n_datasets : number of independent data sets.

    Returns
    -------
    (J, J_star) : two arrays of shape (n_datasets,), units of y squared.

    Raises
    ------
    ValueError : a count below 1; a sigma or w_norm that is negative, or above 1e150.

    >>> J, J_star = draw_least_squares(20, 40, 1.0, np.random.default_rng(0))
    >>> J.item(), bool(J_star.item() > 1.0)
    (0.0, True)
    """
    m, d, n = _check.count("m", m), _check.count("d", d), _check.count("n_datasets", n_datasets)
    # np.square: of Python's floats it would be an error where a square overflows.
    noise = np.square(_check.real("sigma", sigma, at_least=0, at_most=1e150))
    signal = np.square(_check.real("w_norm", w_norm, at_least=0, at_most=1e150))
    rng = _check.generator("rng", rng)
    J = noise * rng.chisquare(m - d, n) / m if m > d else np.zeros(n)
    lost = signal * rng.beta((d - m) / 2, m / 2, n) if d > m else np.zeros(n)
    fitted = rng.chisquare(min(m, d), n) / rng.chisquare(abs(m - d) + 1, n)
    return J, noise + lost + noise * fitted
