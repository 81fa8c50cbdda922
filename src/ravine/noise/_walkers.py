"""What walkers are made of: positions as contiguous columns, one buffer of noise, everything in place."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check
from ravine._typing import Array

Field = Callable[[Array], Array]
"""A function of the walkers' positions: drift, or noise that depends on the place."""

# As for descents: a walker farther out in any coordinate has diverged.
DIVERGED_BEYOND = 1e20


class Walkers:
    """Positions that are moved in place by steps of Euler and Maruyama.

    Parameters
    ----------
    drift, diffusion, x0, eps, dt, rng : as for `simulate`.

    `at` is what functions of the position get: (n_walkers,) on a line, else (n_walkers, n), read-only.
    Coordinates are stored one after another, (n, n_walkers), so that `at[:, 0]` is contiguous.
    """

    def __init__(
        self,
        drift: Field,
        diffusion: Field | ArrayLike,
        x0: ArrayLike,
        eps: float,
        dt: float,
        rng: np.random.Generator,
    ) -> None:
        start = _check.array("x0", x0)
        if start.ndim not in (1, 2) or not start.size:
            raise ValueError(
                f"x0: got shape {start.shape}; want (n_walkers,) on a line or (n_walkers, n), with a walker"
            )
        self.on_line = start.ndim == 1
        self.x = np.array(start[None] if self.on_line else start.T, order="C")
        if not callable(drift):
            raise ValueError(f"drift: got {drift!r}; want a function of the positions")
        self.drift, self.dt = drift, _check.real("dt", dt, above=0)
        self.rng = _check.generator("rng", rng)
        # The noise of one step has this standard deviation, before Sigma.
        self.scale = float(np.sqrt(_check.real("eps", eps, at_least=0) * self.dt))
        self._view()
        self._ask("drift", drift, self.at.shape)
        self.sigma: Field | None = diffusion if callable(diffusion) else None
        fixed = self._sigma_at_start(diffusion)
        self.kind, self.n_noises = fixed.ndim, fixed.shape[-1] if fixed.ndim == 2 else len(self.x)
        self.fixed = self.scale * fixed
        self._buffers()

    def _view(self) -> None:
        self.at = self.x[0] if self.on_line else self.x.T
        self.at.flags.writeable = False  # a function that writes into its argument is told so

    def _buffers(self) -> None:
        self.z = np.empty((self.n_noises, self.x.shape[1]))
        self.pull = np.empty_like(self.x)

    def _ask(self, name: str, function: Field, *shapes: tuple[int, ...]) -> Array:
        """What a function says at the start, which must be finite and of one of the shapes."""
        answer = _check.array(name, function(self.at))
        if answer.shape not in shapes:
            wanted = " or ".join(map(str, shapes))
            raise ValueError(f"{name}: got shape {answer.shape} at positions {self.at.shape}; want {wanted}")
        return answer

    def _sigma_at_start(self, diffusion: Field | ArrayLike) -> Array:
        """Sigma of the first walker: a number, the diagonal (n,), or a matrix (n, r)."""
        n, n_walkers = self.x.shape
        each: tuple[int, ...] = (n_walkers,) if callable(diffusion) else ()
        sigma = _check.array("diffusion", diffusion(self.at) if callable(diffusion) else diffusion)
        shape = sigma.shape[len(each) :]
        fits = shape == () or (not self.on_line and shape[0] == n and len(shape) <= 2 and 0 not in shape)
        if sigma.shape[: len(each)] != each or not fits:
            kinds = [each] if self.on_line else [each, (*each, n), (*each, n, "r")]
            wanted = " or ".join(f"({', '.join(map(str, kind))})" for kind in kinds)
            raise ValueError(f"diffusion: got shape {sigma.shape}; want {wanted}")
        return np.asarray(sigma[0] if each else sigma)

    def step(self) -> None:
        """Move all: x += b dt + sqrt(eps dt) Sigma z."""
        z = self.rng.standard_normal(out=self.z)
        drift = self.drift(self.at)
        # Sigma at the place before the step: that is what Ito means.
        if self.sigma is not None:
            self._shake(z, np.asarray(self.sigma(self.at)))
        elif self.kind == 2:
            z = self.fixed @ z
        else:
            z *= self.fixed if self.kind == 0 else self.fixed[:, None]
        np.multiply(np.asarray(drift).T, self.dt, out=self.pull)
        self.x += self.pull
        if self.sigma is None or self.kind < 2:
            self.x += z

    def _shake(self, z: Array, sigma: Array) -> None:
        if self.kind == 0:
            z *= sigma * self.scale
        elif self.kind == 1:
            z *= sigma.T
            z *= self.scale
        else:
            z *= self.scale
            # Of few coordinates each; a product of small matrices a walker would cost more.
            for i, x in enumerate(self.x):
                for j, noise in enumerate(z):
                    x += sigma[:, i, j] * noise

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Go on with these walkers alone."""
        self.x = np.ascontiguousarray(self.x[:, which])
        self._view()
        self._buffers()

    def lost(self) -> NDArray[np.bool_]:
        """Who has diverged, (n_walkers,)."""
        return np.asarray(~(np.abs(self.x) <= DIVERGED_BEYOND).all(axis=0))  # NaN compares false


def quiet() -> Any:
    """Overflow on the way out is an outcome here, reported as the status "diverged"."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")
