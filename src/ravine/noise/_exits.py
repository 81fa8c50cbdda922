"""When walkers first leave a region, and where; paths are not kept."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check
from ravine._typing import Array
from ravine.noise._walkers import Field, Walkers, quiet

STILL_WORTH_IT = 0.75
"""Walkers that have left are dropped once no larger share of the others is left: copying costs a step."""


@dataclass(frozen=True)
class Exits:
    """How walkers left.

    Parameters
    ----------
    time : (n_walkers,) of the first step that ended outside; infinite for who was still inside at the end,
        NaN for who diverged.
    place : (n_walkers,) on a line, else (n_walkers, n): where that step ended; where a walker stands at the
        end if it is inside; NaN for who diverged.
    status : (n_walkers,) of str: "left", "max_steps" or "diverged".
    """

    time: Array
    place: Array
    status: NDArray[np.str_]

    @property
    def left(self) -> NDArray[np.bool_]:
        """Who has left, (n_walkers,)."""
        return np.asarray(self.status == "left")


def first_exits(
    drift: Field,
    diffusion: Field | ArrayLike,
    x0: ArrayLike,
    eps: float,
    dt: float,
    n_steps: int,
    rng: np.random.Generator,
    inside: Callable[[Array], NDArray[np.bool_]],
) -> Exits:
    r"""Let walkers go until they leave a region, or until the steps run out.

    The steps are those of `simulate`. A walker that leaves and returns within one step is not seen, so that
    times come out too long by a share of the order of $\sqrt{dt}$; put a boundary downhill of a pass, where
    hardly anyone returns, or draw the region smaller by $0.58 \sqrt{\nu\, dt}\, \Sigma$.

    Parameters
    ----------
    drift, diffusion, x0, eps, dt, n_steps, rng : as for `simulate`; n_steps is the most that a walker takes.
    inside : positions -> bool (n_walkers,), true within the region.

    Returns
    -------
    Exits

    Raises
    ------
    ValueError : as for `simulate`; a start that is not inside; an answer of `inside` of another shape.

    >>> rng = np.random.default_rng(0)
    >>> out = first_exits(lambda x: 0 * x, 1.0, np.zeros(1000), 1.0, 0.001, 10000, rng, lambda x: abs(x) < 1)
    >>> bool(abs(out.time.mean() - 1) < 0.1), sorted(set(np.sign(out.place).tolist()))
    (True, [-1.0, 1.0])
    """
    n_steps = _check.count("n_steps", n_steps)
    walkers = Walkers(drift, diffusion, x0, eps, dt, rng)
    if not callable(inside):
        raise ValueError(f"inside: got {inside!r}; want a function positions -> bool")
    n, n_walkers = walkers.x.shape
    home = np.asarray(inside(walkers.at))
    if home.shape != (n_walkers,) or home.dtype != np.bool_:
        raise ValueError(f"inside: got {home.dtype} of shape {home.shape}; want bool of shape ({n_walkers},)")
    if not home.all():
        raise ValueError(f"x0: got {walkers.at[~home][0]} among the starts; want all of them inside")
    time, place = np.full(n_walkers, np.inf), np.empty((n, n_walkers))
    status = np.full(n_walkers, "max_steps")
    who, going = np.arange(n_walkers), np.ones(n_walkers, dtype=bool)
    with quiet():
        for k in range(1, n_steps + 1):
            walkers.step()
            out = going & ~np.asarray(inside(walkers.at))
            if not out.any():
                continue
            ids, lost = who[out], walkers.lost()[out]
            status[ids] = np.where(lost, "diverged", "left")
            time[ids] = np.where(lost, np.nan, k * walkers.dt)
            place[:, ids] = np.where(lost, np.nan, walkers.x[:, out])
            going &= ~out
            if not going.any():
                break
            if going.mean() <= STILL_WORTH_IT:
                walkers.keep(going)
                who, going = who[going], np.ones(int(going.sum()), dtype=bool)
    place[:, who[going]] = walkers.x[:, going]
    # In a region without end, or one that NaN counts to, who diverges does not leave.
    astray = who[going & walkers.lost()]
    status[astray], time[astray], place[:, astray] = "diverged", np.nan, np.nan
    return Exits(time, place[0] if walkers.on_line else place.T, status)
