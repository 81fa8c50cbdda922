"""Powers of one matrix: what grows for a while, what is forgotten, and what is left."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row

SPECTRUM = (0.95, 0.7, 0.5, -0.4, 0.3, 0.1)
"""Eigenvalues of the random matrices whose powers are watched, dimensionless."""

N_STEPS = 60
"""The power up to which they are watched."""


def norms(W: ArrayLike, n_steps: int) -> Array:
    r"""The largest factor by which each power of a matrix stretches a vector.

    $\|W^t\|_2$ for $t = 0, \dots, T$.

    Parameters
    ----------
    W : square, shape (n, n), dimensionless.
    n_steps : $T$, the last power.

    Returns
    -------
    Array : shape (n_steps + 1,); infinite from where no float64 holds it.

    Raises
    ------
    ValueError : W is not a square matrix, or is empty.

    >>> norms([[2.0, 0.0], [0.0, 1.0]], 3).tolist()
    [1.0, 2.0, 4.0, 8.0]
    """
    matrix = _check.array("W", W, ndim=2)
    if matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"W: got shape {matrix.shape}; want a square matrix")
    matrix, own = _in_range(matrix)
    powers, exponents = [np.eye(len(matrix))], [0]
    for _ in range(_check.count("n_steps", n_steps, at_least=0)):
        power, moved = _in_range(powers[-1] @ matrix)
        powers.append(power)
        exponents.append(exponents[-1] + own + moved)
    with np.errstate(over="ignore"):  # a norm beyond all numbers is infinite
        return np.asarray(np.ldexp(np.linalg.norm(powers, ord=2, axis=(-2, -1)), exponents))


def _in_range(x: Array) -> tuple[Array, int]:
    """x, and 0; where it is very large or small, x over a power of two (no digit is lost), and the power."""
    size = int(np.frexp(np.abs(x).max())[1])
    return (np.ldexp(x, -size), size) if abs(size) > 200 else (x, 0)


@dataclass(frozen=True)
class Transient:
    """Norms of powers of 2x2 matrices with the largest eigenvalue `lam`: name -> (n_steps + 1,)."""

    lam: float
    norms: dict[str, Array]

    def peak(self, name: str) -> tuple[int, float]:
        """The power with the largest norm, and that norm."""
        series = self.norms[_check.one_of("name", name, self.norms)]
        return int(series.argmax()), float(series.max())

    def plot(self) -> Figure:
        """Draw the norms over the power, on a logarithmic axis."""
        fig, ax = plotting.figure()
        for name, series in self.norms.items():
            ax.semilogy(series, marker="o", markersize=3, linewidth=1.2, label=name)
        eigenvalue = self.lam ** np.arange(len(series))
        ax.semilogy(eigenvalue, color="ravine:black", linestyle="--", linewidth=1, label=r"$\lambda_1^t$")
        ax.set(xlabel="power $t$", ylabel=r"norm $\|W^t\|$", ylim=(2e-2, 60))
        ax.legend(loc="upper right", ncols=2)
        return fig


def transient(lam: float = 0.9, *, n_steps: int = 30) -> Transient:
    r"""Follow the powers of matrices that have their eigenvalues in common, or one eigenvector only.

    $W = \begin{pmatrix}\lambda & k \\ 0 & 1/2\end{pmatrix}$ for $k = 1, 5, 20$, and
    $\begin{pmatrix}\lambda & 1 \\ 0 & \lambda\end{pmatrix}$.

    Parameters
    ----------
    lam : $\lambda$, in (0, 1).
    n_steps : the last power.

    Returns
    -------
    Transient

    Raises
    ------
    ValueError : arguments out of their range.

    >>> transient().peak("$k = 20$")[0]
    3
    """
    lam = _check.real("lam", lam, above=0, below=1)
    matrices = {f"$k = {k}$": [[lam, k], [0, 0.5]] for k in (1, 5, 20)}
    matrices["defective"] = [[lam, 1], [0, lam]]
    return Transient(lam, {name: norms(W, n_steps) for name, W in matrices.items()})


def random_matrix(seed: int) -> tuple[Array, Array]:
    r"""Draw a matrix with the eigenvalues of `SPECTRUM` and Gaussian eigenvectors, far from orthogonal.

    $W = V\,\mathrm{diag}(\lambda)\,V^{-1}$; the columns of $V$ are its right eigenvectors, and the rows of
    $V^{-1}$ its left ones.

    Parameters
    ----------
    seed : of the eigenvectors.

    Returns
    -------
    (W, V) : both shape (6, 6).

    Raises
    ------
    ValueError : a negative seed.

    >>> W, V = random_matrix(0)
    >>> bool(np.allclose(W @ V[:, 0], 0.95 * V[:, 0]))
    True
    """
    rng = _check.seeded(seed)
    V = rng.standard_normal((len(SPECTRUM), len(SPECTRUM)))
    return (V * SPECTRUM) @ np.linalg.inv(V), V


@dataclass(frozen=True)
class Forgetting:
    """What is left of x'W^t after a part of x has been removed, and how x'W^t turns.

    without_right and without_left : norm of x'W^t after removing from x what lies along the right, or along
    the left, leading eigenvector, relative to the norm without removal; angle : between x'W^t and the left
    leading eigenvector, radians. All have shape (N_STEPS + 1,).
    """

    without_right: Array
    without_left: Array
    angle: Array

    @property
    def slope(self) -> float:
        """Change of the angle's logarithm a step, over the second half."""
        t = np.arange(len(self.angle))
        late = t >= len(t) // 2
        return float(np.polyfit(t[late], np.log(self.angle[late]), 1)[0])


def forgetting(seed: int) -> Forgetting:
    r"""Multiply a random row vector by the powers of a random matrix, whole and with a part removed.

    $x^\top W^t = \sum_i \lambda_i^t\, (x^\top v_i)\, u_i^\top$

    Parameters
    ----------
    seed : of the matrix and of x.

    Returns
    -------
    Forgetting

    Raises
    ------
    ValueError : a negative seed.

    Source: Goodfellow, Bengio and Courville (2016), section 8.2.5.

    >>> run = forgetting(0)
    >>> bool(run.without_right[-1] < 1e-5 < run.without_left[-1])
    True
    """
    W, V = random_matrix(seed)
    right, left = V[:, 0], np.linalg.inv(V)[0]
    x = np.random.default_rng([seed, 1]).standard_normal(len(W))
    rows = np.stack([x, x - _along(x, right), x - _along(x, left)])
    course = [rows]
    for _ in range(N_STEPS):
        course.append(course[-1] @ W)
    whole, no_right, no_left = np.moveaxis(np.array(course), 1, 0)
    size = np.linalg.norm(whole, axis=-1)
    across = np.linalg.norm(whole - np.stack([_along(row, left) for row in whole]), axis=-1)
    return Forgetting(
        np.linalg.norm(no_right, axis=-1) / size,
        np.linalg.norm(no_left, axis=-1) / size,
        np.arcsin(np.minimum(across / size, 1)),
    )


def _along(x: Array, direction: Array) -> Array:
    """The part of x along a direction."""
    result: Array = direction * (x @ direction) / (direction @ direction)
    return result


# What removing the right eigenvector leaves is partly rounding: it agrees in its order of magnitude.
class Forgettings(Measurement, name="long-term-dependencies-forgetting", seeds=range(30), rtol=0.5):
    """The multiplications over seeds: what is left at the end, and the slope, (n_seeds,).

    >>> Forgettings.load()["slope"].shape
    (30,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """What is left after the last step, and how fast the row vector turns."""
        run = forgetting(seed)
        return {
            "without_right": float(run.without_right[-1]),
            "without_left": float(run.without_left[-1]),
            "slope": run.slope,
        }
