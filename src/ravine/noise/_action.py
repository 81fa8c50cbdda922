"""How walkers most likely get from one place to another: paths of least action, found numerically."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check, _symmetric
from ravine._typing import Array
from ravine.noise._walkers import Field

MAX_ITERATIONS = 500
TINY = 1e-10
"""A step that lowers the action by a smaller share ends the search."""


@dataclass(frozen=True)
class MinimumAction:
    """A path of least action in a given time.

    Parameters
    ----------
    t : (n_steps + 1,) times from 0 to T.
    path : (n_steps + 1,) on a line, else (n_steps + 1, n).
    value : its action, in units of eps.
    converged : whether no further step lowered the action; if not, `value` is an upper bound alone.
    """

    t: Array
    path: Array
    value: float
    converged: bool


def action(drift: Field, diffusion: Field | ArrayLike, path: ArrayLike, T: float) -> float:
    r"""The action of a path: how unlikely it is, $P \asymp e^{-S/\nu}$.

    $S = \frac12 \int_0^T (\dot\psi - b)^\top D^{-1} (\dot\psi - b)\, dt$, with drift and noise taken in the
    middle of each straight piece.

    Parameters
    ----------
    drift, diffusion : as for `simulate`; D can be inverted everywhere.
    path : places at equal times, (n_steps + 1,) on a line, else (n_steps + 1, n).
    T : its duration, positive.

    Returns
    -------
    float : in units of $\nu$.

    Raises
    ------
    ValueError : arguments out of their range, noise that does not reach all directions.

    Source: Freidlin and Wentzell (2012), Random Perturbations of Dynamical Systems, chapter 3.

    >>> action(lambda x: 0 * x, 1.0, [0.0, 1.0, 2.0], T=2.0)  # uphill against no drift: x^2 / 2T
    1.0
    """
    points = _check.array("path", path)
    if points.ndim not in (1, 2) or len(points) < 2 or not points.size:
        raise ValueError(f"path: got shape {points.shape}; want (n_steps + 1,) or (n_steps + 1, n)")
    dt = _check.real("T", T, above=0) / (len(points) - 1)
    rest = _Residuals(drift, diffusion, points.ndim == 1, dt)(_columns(points)[:-1], _columns(points)[1:])
    return _finite(float((rest**2).sum() / 2))


def minimum_action(
    drift: Field,
    diffusion: Field | ArrayLike,
    start: ArrayLike,
    end: ArrayLike,
    T: float,
    *,
    n_steps: int = 200,
) -> MinimumAction:
    r"""The path from start to end in time T of least action, by Newton's method with damping.

    From an attractor, and for T large, its action is the quasi-potential of `end`. From any other start the
    least action over all T is less: there the drift does a part of the way.

    Parameters
    ----------
    drift, diffusion : as for `simulate`; D can be inverted everywhere.
    start, end : numbers on a line, else shape (n,).
    T : duration, positive.
    n_steps : straight pieces of the path, at least 2; the error of the action is of the order of 1/n_steps^2.

    Returns
    -------
    MinimumAction : a local minimum, found from the straight line.

    Raises
    ------
    ValueError : arguments out of their range, noise that does not reach all directions.

    Source: E, Ren and Vanden-Eijnden (2004), Communications on Pure and Applied Mathematics 57.

    >>> found = minimum_action(lambda x: x - x**3, 1.0, -1.0, 0.0, T=20.0)
    >>> round(found.value, 2), found.converged  # 2 f, the height of the pass twice
    (0.5, True)
    """
    ends = [_check.array(name, x) for name, x in (("start", start), ("end", end))]
    if ends[0].shape != ends[1].shape or ends[0].ndim > 1 or not ends[0].size:
        raise ValueError(
            f"end: got shape {ends[1].shape} for a start of shape {ends[0].shape}; want () or (n,)"
        )
    n_steps = _check.count("n_steps", n_steps, at_least=2)
    t = np.linspace(0, _check.real("T", T, above=0), n_steps + 1)
    on_line = ends[0].ndim == 0
    rest = _Residuals(drift, diffusion, on_line, t[1])
    a, b = (x.reshape(1, -1) for x in ends)
    x = a + (t / t[-1])[:, None] * (b - a)
    x, value, converged = _descend(rest, x)
    return MinimumAction(t, x[:, 0] if on_line else x, value, converged)


def _descend(rest: "_Residuals", x: Array) -> tuple[Array, float, bool]:
    """Newton's method, with more of Levenberg's damping wherever a step would not lower the action."""
    value, damping = _finite(_action_of(rest, x)), 1e-3
    for _ in range(MAX_ITERATIONS):
        H, slope = _second_order(rest, x)
        scale = np.diag(np.abs(np.diag(H)))
        while True:
            trial = x.copy()
            trial[1:-1] -= np.linalg.solve(H + damping * scale, slope).reshape(x[1:-1].shape)
            lower = _action_of(rest, trial)
            if lower < value or damping > 1e12:  # NaN compares false: such a step is tried shorter
                break
            damping *= 4
        if not value - lower > TINY * value:
            return x, value, True
        x, value, damping = trial, lower, max(damping / 10, 1e-9)
    return x, value, False


def _finite(value: float) -> float:
    if not np.isfinite(value):
        raise ValueError(f"drift: got an action of {value} along the path; want drift and noise finite there")
    return value


def _action_of(rest: "_Residuals", x: Array) -> float:
    with np.errstate(over="ignore", invalid="ignore"):  # a trial step too far is refused by its price
        return float((rest(x[:-1], x[1:]) ** 2).sum() / 2)


def _second_order(rest: "_Residuals", x: Array) -> tuple[Array, Array]:
    """Hessian and slope of the action in the points between the ends; each piece feels its two ends alone."""
    r, A, C = rest(x[:-1], x[1:]), *rest.slopes(x[:-1], x[1:])
    curved = rest.curvatures(x[:-1], x[1:])
    m, n = x[1:-1].shape
    blocks = np.zeros((m, n, m, n))
    k = np.arange(m)
    # Point k + 1 is the end of piece k and the start of piece k + 1.
    blocks[k, :, k, :] = curved[:-1, n:, n:] + curved[1:, :n, :n]
    blocks[k[:-1], :, k[1:], :] = curved[1:-1, :n, n:]
    blocks[k[1:], :, k[:-1], :] = np.swapaxes(curved[1:-1, :n, n:], 1, 2)
    slope = np.einsum("kij,ki->kj", C[:-1], r[:-1]) + np.einsum("kij,ki->kj", A[1:], r[1:])
    return blocks.reshape(m * n, m * n), slope.ravel()


class _Residuals:
    """sqrt(dt) L^-1 ((c - a) / dt - b((a + c) / 2)) for pieces from a to c, (k, n), with L L' = D."""

    def __init__(self, drift: Field, diffusion: Field | ArrayLike, on_line: bool, dt: float) -> None:
        if not callable(drift):
            raise ValueError(f"drift: got {drift!r}; want a function of the positions")
        self.drift, self.diffusion, self.on_line, self.dt = drift, diffusion, on_line, dt

    def __call__(self, a: Array, c: Array) -> Array:
        middle = (a + c) / 2
        at = middle[:, 0] if self.on_line else middle
        drift = np.asarray(self.drift(at), dtype=np.float64)
        if drift.shape != at.shape:
            raise ValueError(f"drift: got shape {drift.shape} at positions {at.shape}; want the same shape")
        rest = (c - a) / self.dt - drift.reshape(middle.shape)
        return np.asarray(np.sqrt(self.dt) * self._unshaken(rest, at))

    def _unshaken(self, rest: Array, at: Array) -> Array:
        """Divide by the noise."""
        k, n = rest.shape
        given, each = self.diffusion, False
        if callable(given):
            given, each = given(at), True
        sigma = np.asarray(given, dtype=np.float64)
        kind = sigma.ndim - each
        if (each and sigma.shape[:1] != (k,)) or kind > (0 if self.on_line else 2) or kind < 0:
            raise ValueError(f"diffusion: got shape {sigma.shape} at positions {at.shape}")
        if kind < 2:
            if not sigma.all():
                raise ValueError("diffusion: got 0 among its values; want noise in all directions")
            return np.asarray(rest / (sigma[..., None] if kind == 0 else sigma))
        D = sigma @ np.swapaxes(sigma, -1, -2)
        if _symmetric.is_singular(np.asarray(np.linalg.eigvalsh(D), np.float64)).any():
            raise ValueError("diffusion: got a singular D; want noise in all directions")
        L = np.linalg.cholesky(D)
        return np.asarray(np.linalg.solve(np.broadcast_to(L, (k, n, n)), rest[..., None])[..., 0])

    def slopes(self, a: Array, c: Array) -> tuple[Array, Array]:
        """Derivatives by the start and by the end of each piece, (k, n, n) each, by central differences."""
        found = []
        for which in (0, 1):
            columns = []
            for j in range(a.shape[1]):
                h = np.zeros(a.shape[1])
                h[j] = 1e-6 * (1 + np.abs(a).max())
                up, down = [(a + s * h, c) if which == 0 else (a, c + s * h) for s in (1, -1)]
                columns.append((self(*up) - self(*down)) / (2 * h[j]))
            found.append(np.stack(columns, axis=-1))
        return found[0], found[1]

    def curvatures(self, a: Array, c: Array) -> Array:
        """Second derivatives of |r|^2 / 2 by both ends of each piece, (k, 2n, 2n), by differences."""
        n = a.shape[1]
        both = np.concatenate([a, c], axis=1)
        step = 1e-4 * (1 + np.abs(both).max())

        def half_square(*moves: tuple[int, int]) -> Array:
            at = both.copy()
            for i, sign in moves:
                at[:, i] += sign * step
            return np.asarray((self(at[:, :n], at[:, n:]) ** 2).sum(axis=1) / 2)

        found = np.empty((len(a), 2 * n, 2 * n))
        for i in range(2 * n):
            for j in range(i + 1):
                signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
                corners = [half_square((i, up), (j, across)) * up * across for up, across in signs]
                found[:, i, j] = found[:, j, i] = sum(corners) / (4 * step**2)
        return found


def _columns(points: Array) -> Array:
    return points[:, None] if points.ndim == 1 else points
