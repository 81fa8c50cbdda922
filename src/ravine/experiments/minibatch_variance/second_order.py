"""Sensitivity to noise: the gradient, and the gradient times an inverse Hessian."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ravine import _check, plotting, zoo
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.minibatch_variance._draw import dots
from ravine.experiments.minibatch_variance.digits import draw_weights
from ravine.rules._norm import norm
from ravine.theory import minibatch_variance as theory

KAPPAS = (10.0, 100.0, 1000.0, 10_000.0)
"""Condition numbers at which the gain in noise is measured."""

N_DIRECTIONS = 20
"""Directions of the linear regressions, their curvatures evenly spaced in the logarithm."""

SETTINGS = ((1.0, 100), (0.1, 25), (0.1, 1000))
"""(distance from the minimum, batch size) of the comparison of Hessians; noise 0.5, condition number 100."""

STEPS = ("gradient", "exact", "same", "independent")
"""A gradient step, and Newton steps with H, with H from the same minibatch, and from another."""


@dataclass(frozen=True)
class Clouds:
    """Minibatch estimates in the plane: of the gradient, and of Newton's direction, each in its own length.

    g_hat and newton, shape (n_batches, 2), are divided by |g| and by |H^-1 g|; targets, shape (2, 2), are
    g and H^-1 g themselves in these units.
    """

    g_hat: Array
    newton: Array
    targets: Array

    @property
    def errors(self) -> Array:
        """Relative standard errors of both, shape (2,)."""
        pairs = zip((self.g_hat, self.newton), self.targets, strict=True)
        return np.array([np.sqrt(np.square(cloud - target).sum(-1).mean()) for cloud, target in pairs])

    def plot(self) -> Figure:
        """Draw both clouds around their targets, on equal scales."""
        fig, axes = plotting.figure(1, 2, height=3.0, sharex=True, sharey=True)
        titles = (r"$\hat g\,/\,\|g\|$", r"$H^{-1}\hat g\,/\,\|H^{-1}g\|$")
        for ax, cloud, target, title in zip(
            axes, (self.g_hat, self.newton), self.targets, titles, strict=True
        ):
            arrow = {"arrowstyle": "-|>", "lw": 2, "color": "ravine:orange"}
            ax.annotate("", target, (0, 0), arrowprops=arrow)
            ax.scatter(*cloud.T, s=6, alpha=0.5, color="ravine:blue", linewidth=0)
            ax.set(title=title, xlabel=r"along $\theta_1$ (flat)", xlim=(-0.5, 1.9), ylim=(-0.3, 1.5))
            ax.set_aspect("equal")
        axes[0].set(ylabel=r"along $\theta_2$ (steep)")
        return fig


def clouds(
    kappa: float = 200.0, batch_size: int = 10, *, n_examples: int = 100, replace: bool = True, seed: int = 0
) -> Clouds:
    r"""Estimate gradient and Newton direction in a quadratic valley from many minibatches.

    Example i pulls towards a minimum of its own, $J_i(\theta) = J(\theta - c_i)$, with the $c_i$ scattered
    such that the gradients have the covariance $H$, as in linear regression near its minimum. The point
    is at equal distance in both directions, $\theta = (1, 1)$.

    Parameters
    ----------
    kappa : condition number, at least 1.
    batch_size : B, from 1 to n_examples.
    n_examples : m.
    replace : whether examples are drawn with replacement.
    seed : of the examples and of 400 minibatches.

    Returns
    -------
    Clouds

    Raises
    ------
    ValueError : arguments out of their range.

    >>> clouds(kappa=1.0, batch_size=100, replace=False).errors.round(12).tolist()
    [0.0, 0.0]
    """
    m = _check.count("n_examples", n_examples, at_least=3)
    size = _check.count("batch_size", batch_size)
    if size > m:
        raise ValueError(f"batch_size: got {size}; want at most n_examples = {m}")
    rng = _check.seeded(seed)
    valley, theta = zoo.quadratic(_check.real("kappa", kappa, at_least=1)), np.ones(2)
    H = valley.hess(theta)
    own = whiten(rng.standard_normal((m, 2))) / np.sqrt(H.diagonal())
    g_hat = draw_weights(m, size, 400, rng, replace=replace) @ valley.grad(theta - own)
    both = [np.vstack([valley.grad(theta), g_hat]), np.vstack([theta, np.linalg.solve(H, g_hat.T).T])]
    relative = [points / norm(points[0]) for points in both]
    return Clouds(relative[0][1:], relative[1][1:], np.array([points[0] for points in relative]))


def whiten(z: ArrayLike) -> Array:
    """Points (m, n) shifted and sheared so that their mean is 0 and their covariance, over m, the identity.

    Raises
    ------
    ValueError : points whose covariance is singular to working precision.

    >>> z = whiten([[0.0, 1.0], [2.0, 3.0], [5.0, 1.0]])
    >>> bool(np.allclose(z.T @ z / 3, np.eye(2)))
    True
    """
    points = _check.array("z", z, ndim=2)
    if not points.size:
        raise ValueError(f"z: got shape {points.shape}; want points (m, n)")
    # Each coordinate in a unit that is a power of two, which costs no digit and is not in the answer.
    x: Array = np.ldexp(points, -np.frexp(np.abs(points).max(0))[1])
    centred = x - x.mean(0)
    size = np.abs(centred).max(0)
    rank = np.linalg.matrix_rank(centred / np.where(size > 0, size, 1))
    if (size <= 1e-12 * np.abs(x).max(0)).any() or rank < x.shape[1]:
        raise ValueError("z: got points in fewer dimensions than they have coordinates; want others")
    cholesky = np.linalg.cholesky(centred.T @ centred / len(x))
    return np.asarray(np.linalg.solve(cholesky, centred.T).T)


class Hessians(Measurement, name="minibatch-variance-hessians", rtol=1e-5):
    """Relative errors of a gradient step and of Newton steps with three Hessians, in linear regression.

    A column for each of `STEPS`, medians over minibatches, shape (n_seeds, k), in the settings `SETTINGS`.

    >>> Hessians.load()["same"].shape
    (20, 3)
    """

    @staticmethod
    def row(seed: int, n_batches: int = 200) -> Row:
        """Median relative errors of four steps in each setting."""
        rng = np.random.default_rng(seed)
        rows = [_four_errors(distance, size, n_batches, rng) for distance, size in SETTINGS]
        return {name: np.array([row[name] for row in rows]) for name in STEPS}


class Newton(Measurement, name="minibatch-variance-newton"):
    """What noise does to Newton's direction in linear regression.

    `gain`, the relative variance of H^-1 g-hat over that of g-hat, has shape (n_seeds, k), over the condition
    numbers `KAPPAS`.

    >>> Newton.load()["gain"].shape
    (20, 4)
    """

    @staticmethod
    def row(seed: int, size: int = 20, n_batches: int = 500) -> Row:
        """Relative variances near the minimum, where noise dominates, for an isotropic distance."""
        rng, gains = np.random.default_rng(seed), []
        for lam in map(_spectrum, KAPPAS):
            X, residual = _regression(lam, np.zeros(N_DIRECTIONS), 1.0, (n_batches, size), rng)
            noise = (X * residual[..., None]).mean(1)
            # E|g|^2 = s^2 tr H^2 and E|delta|^2 = s^2 n; the distance s cancels.
            first = np.square(noise).sum(-1).mean() / np.square(lam).sum()
            gains.append(np.square(noise / lam).sum(-1).mean() / N_DIRECTIONS / first)
        return {"gain": np.array(gains)}

    @property
    def predicted(self) -> Array:
        """The gain in theory, shape (k,)."""
        return theory.newton_noise_gain(np.array([_spectrum(kappa) for kappa in KAPPAS]))

    def plot(self, hessians: Hessians) -> Figure:
        """Draw the gain over the condition number, and the errors of four steps in three settings."""
        fig, (left, right) = plotting.figure(1, 2, height=4.0)
        left.plot(KAPPAS, self.predicted, linewidth=1.2, label="predicted")
        dots(left, KAPPAS, self["gain"], colour="blue", label="measured")
        left.set(xscale="log", yscale="log", xlabel=r"condition number $\kappa$")
        left.set(ylabel="gain in relative variance")
        left.legend()
        names = (r"$\hat g$", r"$H^{-1}\hat g$", r"$\hat H^{-1}\hat g$, same", r"$\hat H^{-1}\hat g$, other")
        x = np.arange(len(SETTINGS))
        for step, name, shift, colour in zip(
            STEPS, names, (-0.24, -0.08, 0.08, 0.24), ("black", "blue", "green", "orange"), strict=True
        ):
            dots(right, x + shift, hessians[step], colour=colour, label=name)
        right.set(yscale="log", ylabel="relative error", ylim=(0.05, 300))
        right.set_xticks(x, [rf"$|\delta|={d:g}$" + f"\n$B={B}$" for d, B in SETTINGS])
        right.legend(ncols=2)
        return fig


def _spectrum(kappa: float) -> Array:
    return np.geomspace(1, kappa, N_DIRECTIONS)


def _regression(
    lam: Array, delta: Array, sigma: float, shape: Sequence[int], rng: np.random.Generator
) -> tuple[Array, Array]:
    """Features with covariance diag(lam), and residuals at distance delta from the truth."""
    X = rng.standard_normal((*shape, len(lam))) * np.sqrt(lam)
    return X, X @ delta - sigma * rng.standard_normal(shape)


def _four_errors(distance: float, size: int, n_batches: int, rng: np.random.Generator) -> dict[str, float]:
    lam = _spectrum(100.0)
    delta = rng.standard_normal(N_DIRECTIONS)
    delta *= distance / np.linalg.norm(delta)
    X, residual = _regression(lam, delta, 0.5, (n_batches, size), rng)
    other, _ = _regression(lam, delta, 0.5, (n_batches, size), rng)
    g_hat = (X * residual[..., None]).mean(1)
    steps = {"exact": g_hat / lam} | {
        name: np.linalg.solve(Z.swapaxes(1, 2) @ Z / size, g_hat[..., None])[..., 0]
        for name, Z in (("same", X), ("independent", other))
    }
    errors = {"gradient": np.linalg.norm(g_hat - lam * delta, axis=-1) / np.linalg.norm(lam * delta)}
    errors |= {name: np.linalg.norm(step - delta, axis=-1) / distance for name, step in steps.items()}
    return {name: float(np.median(error)) for name, error in errors.items()}
