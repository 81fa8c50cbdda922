"""Walkers side by side, and where they are at recorded times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check
from ravine._typing import Array
from ravine.noise._walkers import Field, Walkers, quiet

CHECK_EVERY = 64
"""Steps between looks for walkers that have diverged; who is lost stays lost, so that none is missed."""


@dataclass(frozen=True)
class Ensemble:
    """Where walkers were.

    Parameters
    ----------
    steps : (n_recorded,) the steps at which it was recorded: 0, record_every, ..., and the last one.
    t : (n_recorded,) the times, steps times dt.
    x : (n_recorded, n_walkers) on a line, else (n_recorded, n_walkers, n); NaN once a walker has diverged.
    status : (n_walkers,) of str: "max_steps" or "diverged".
    """

    steps: NDArray[np.int64]
    t: Array
    x: Array
    status: NDArray[np.str_]

    @property
    def end(self) -> Array:
        """Where the walkers are after the last step."""
        return np.asarray(self.x[-1])


def simulate(
    drift: Field,
    diffusion: Field | ArrayLike,
    x0: ArrayLike,
    eps: float,
    dt: float,
    n_steps: int,
    rng: np.random.Generator,
    *,
    record_every: int | None = None,
) -> Ensemble:
    r"""Let walkers go under a drift and noise, by the method of Euler and Maruyama.

    $x \leftarrow x + b(x)\, dt + \sqrt{\nu\, dt}\; \Sigma(x)\, z$ with standard normal z, which approaches
    $dx = b\, dt + \sqrt\nu\, \Sigma\, dW$ (Ito) for small dt: paths with an error of the order of
    $\sqrt{dt}$, or dt where $\Sigma$ is the same everywhere, and expectations with one of the order of dt.

    Parameters
    ----------
    drift : b, positions -> array of the same shape; $-\nabla f$ for a descent.
    diffusion : $\Sigma$, or a function of the positions that gives it. For one walker it is a number, which
        multiplies the identity, or its diagonal (n,), or a matrix (n, r); a function gives a leading axis
        (n_walkers, ...). On a line it is a number.
    x0 : starts, (n_walkers,) for walkers on a line, else (n_walkers, n).
    eps : $\nu$, strength of the noise, at least 0, in units of $x^2$ over time if $\Sigma$ has none.
    dt : length of a step, positive, in units of time.
    n_steps : number of steps, at least 1.
    rng : generator of the noise; `numpy.random.Generator(numpy.random.SFC64(seed))` is the fastest.
    record_every : steps between records; by default the start and the end alone are recorded.

    Returns
    -------
    Ensemble : walkers that leave every bound, 1e20 in any coordinate, are "diverged" and NaN from then on.

    Raises
    ------
    ValueError : arguments out of their range; functions that answer in another shape, or not finitely, at x0.

    Source: Kloeden and Platen (1992), Numerical Solution of Stochastic Differential Equations, section 10.2.

    >>> rng = np.random.default_rng(0)
    >>> run = simulate(lambda x: -x, 1.0, np.zeros(2000), eps=0.1, dt=0.01, n_steps=500, rng=rng)
    >>> run.x.shape, bool(abs(run.end.var() / 0.05 - 1) < 0.1)
    ((2, 2000), True)
    """
    n_steps = _check.count("n_steps", n_steps)
    every = n_steps if record_every is None else _check.count("record_every", record_every)
    walkers = Walkers(drift, diffusion, x0, eps, dt, rng)
    steps = np.append(np.arange(0, n_steps, every), n_steps)
    path = np.empty((len(steps), *walkers.x.shape))
    path[0] = walkers.x
    diverged = np.zeros(walkers.x.shape[1], dtype=bool)
    row = 1
    with quiet():
        for k in range(1, n_steps + 1):
            walkers.step()
            due = k == steps[row]
            if due or k % CHECK_EVERY == 0:
                diverged |= walkers.lost()
                walkers.x[:, diverged] = np.nan
            if due:
                path[row] = walkers.x
                row += 1
    x = path[:, 0] if walkers.on_line else path.transpose(0, 2, 1)
    return Ensemble(steps, steps * walkers.dt, x, np.where(diverged, "diverged", "max_steps"))
