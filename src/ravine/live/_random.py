"""The front end's random numbers in Python, so that a kernel and its twin draw the same sample."""

import numpy as np

from ravine import _check
from ravine._typing import Array


class Random:
    """Seeded generator (mulberry32) of uniform and standard normal numbers; twin of `random` in numbers.mjs.

    Parameters
    ----------
    seed : an integer of at least 0, taken modulo 2^32.

    Raises
    ------
    ValueError : a seed that is no such integer, or a negative number of draws.

    >>> Random(0).uniform(3).round(6)
    array([0.266429, 0.00033 , 0.223272])
    >>> (Random(0).normal(2) == Random(0).normal(2)).all().item()
    True
    """

    STEP = 0x6D2B79F5

    def __init__(self, seed: int) -> None:
        self.state = _check.count("seed", seed, at_least=0) % 2**32

    def uniform(self, n: int) -> Array:
        """The next n numbers in [0, 1), shape (n,)."""
        a = (
            self.state + self.STEP * np.arange(1, _check.count("n", n, at_least=0) + 1, dtype=np.uint64)
        ).astype(np.uint32)
        self.state = (self.state + self.STEP * n) % 2**32
        t = (a ^ (a >> 15)) * (a | np.uint32(1))  # wraps around, as Math.imul does
        t ^= t + (t ^ (t >> 7)) * (t | np.uint32(61))
        return np.asarray((t ^ (t >> 14)) / 2.0**32)

    def normal(self, n: int) -> Array:
        """The next n standard normal numbers, shape (n,), from two uniform ones each (Box and Muller)."""
        u, v = self.uniform(2 * n).reshape(n, 2).T
        return np.asarray(np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v))
