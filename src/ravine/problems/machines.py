"""Boltzmann machines so small that all states can be listed: nothing about them need be sampled."""

from itertools import product

import numpy as np

from ravine import _check
from ravine._typing import Array

LARGEST = 1e6
"""Parameters of this size leave about nine digits of a probability."""


class Machine:
    """A distribution over all vectors of n_visible bits, with parameters theta (..., n), each within 1e6.

    Beyond, the scores of states are so large that rounding hides what tells their probabilities apart.

    Subclasses say what the logarithm of the probability is, up to a constant, and its gradient.

    Parameters
    ----------
    n_visible : number of bits, which has 2^n_visible states in the order of binary numbers.
    n : number of parameters.

    Raises
    ------
    ValueError : fewer than one bit; in the methods, parameters of another shape, or beyond 1e6.
    """

    def __init__(self, n_visible: int, n: int) -> None:
        self.n_visible, self.n = _check.count("n_visible", n_visible), n
        self.V: Array = np.array(list(product([0.0, 1.0], repeat=n_visible)))
        bits = 1 << np.arange(n_visible)[::-1]
        self.flips = np.arange(len(self.V))[:, None] ^ bits

    def _check(self, theta: Array) -> Array:
        theta = _check.array("theta", theta, last=self.n)
        if theta.size and np.abs(theta).max() > LARGEST:
            raise ValueError(f"theta: got {np.abs(theta).max():g} among its sizes; want at most {LARGEST:g}")
        return theta

    def score(self, theta: Array) -> Array:
        """log p(v) + log Z for every state, (..., n_states)."""
        raise NotImplementedError

    def statistics(self, theta: Array) -> Array:
        """The gradient of the score of every state, (..., n_states, n)."""
        raise NotImplementedError

    def log_p(self, theta: Array) -> Array:
        """The logarithm of every state's probability, (..., n_states)."""
        score = self.score(self._check(theta))
        return np.asarray(score - np.logaddexp.reduce(score, axis=-1)[..., None])

    def site_kernels(self, theta: Array) -> Array:
        """The chances of going from state to state when one bit is drawn anew, (..., n_visible, S, S)."""
        score = self.score(self._check(theta))
        # p(flipped | other bits), without overflow however sure the machine is
        chance = np.exp(-np.logaddexp(0, score[..., None] - score[..., self.flips]))
        n_states, kernels = len(self.V), np.zeros((*score.shape[:-1], self.n_visible, *2 * (len(self.V),)))
        at = np.arange(n_states)
        for i in range(self.n_visible):
            kernels[..., i, at, self.flips[:, i]] = chance[..., i]
            kernels[..., i, at, at] = 1 - chance[..., i]
        return kernels

    def kernel(self, theta: Array) -> Array:
        """One step of the Gibbs chain that contrastive divergence runs, (..., S, S); rows add up to 1."""
        kernels = self.site_kernels(theta)
        swept = kernels[..., 0, :, :]
        for i in range(1, self.n_visible):
            swept = swept @ kernels[..., i, :, :]
        return swept


class BoltzmannMachine(Machine):
    """Bits that depend on each other directly: log p(v) = b'v + sum over pairs of w_ij v_i v_j - log Z.

    theta holds b, then w_ij for i < j row by row. The Gibbs chain draws one bit after another.

    Source: Goodfellow, Bengio and Courville (2016), section 20.1.

    >>> BoltzmannMachine(4).n
    10
    """

    def __init__(self, n_visible: int) -> None:
        super().__init__(n_visible, n_visible * (n_visible + 1) // 2)
        i, j = np.triu_indices(n_visible, 1)
        self._phi = np.concatenate([self.V, self.V[:, i] * self.V[:, j]], axis=1)

    def score(self, theta: Array) -> Array:
        """log p(v) + log Z for every state, (..., n_states)."""
        return np.asarray(self._check(theta) @ self._phi.T)

    def statistics(self, theta: Array) -> Array:
        """The bits and their products, (..., n_states, n)."""
        return np.broadcast_to(self._phi, (*self._check(theta).shape[:-1], *self._phi.shape))


class RestrictedBoltzmannMachine(Machine):
    """Visible bits that depend on each other through hidden ones: E(v, h) = -b'v - d'h - v'W h.

    theta holds W (n_visible x n_hidden, row-major), b, d. The Gibbs chain draws all hidden bits, then all
    visible ones.

    Parameters
    ----------
    n_visible, n_hidden : numbers of bits.

    Raises
    ------
    ValueError : fewer than one bit.

    Source: Goodfellow, Bengio and Courville (2016), section 20.2.

    >>> machine = RestrictedBoltzmannMachine(4, 3)
    >>> machine.n, machine.kernel(np.zeros(19))[0, 0].round(6).item()
    (19, 0.0625)
    """

    def __init__(self, n_visible: int, n_hidden: int) -> None:
        self.n_hidden = _check.count("n_hidden", n_hidden)
        super().__init__(n_visible, n_visible * n_hidden + n_visible + n_hidden)
        self._H: Array = np.array(list(product([0.0, 1.0], repeat=n_hidden)))

    def _inputs(self, theta: Array) -> tuple[Array, Array, Array]:
        """W and b, and what every visible state sends to the hidden bits, (..., n_states, n_hidden)."""
        theta, k = self._check(theta), self.n_visible * self.n_hidden
        W = theta[..., :k].reshape(*theta.shape[:-1], self.n_visible, self.n_hidden)
        b, d = theta[..., k : k + self.n_visible], theta[..., k + self.n_visible :]
        return W, b, self.V @ W + d[..., None, :]

    def score(self, theta: Array) -> Array:
        """log p(v) + log Z for every state, (..., n_states)."""
        _, b, z = self._inputs(theta)
        return np.asarray(b @ self.V.T + np.logaddexp(0, z).sum(-1))

    def statistics(self, theta: Array) -> Array:
        """Products of visible bits and hidden chances, and both alone, (..., n_states, n)."""
        z = self._inputs(theta)[2]
        h = np.exp(-np.logaddexp(0, -z))
        pairs = (self.V[:, :, None] * h[..., :, None, :]).reshape(*z.shape[:-1], -1)
        return np.concatenate([pairs, np.broadcast_to(self.V, (*z.shape[:-1], self.n_visible)), h], axis=-1)

    def kernel(self, theta: Array) -> Array:
        """One step of the Gibbs chain, hidden bits and then visible ones, (..., S, S); rows add up to 1."""
        W, b, z = self._inputs(theta)
        back = self._H @ W.swapaxes(-1, -2) + b[..., None, :]
        return np.asarray(_chances(z, self._H) @ _chances(back, self.V))


def _chances(z: Array, states: Array) -> Array:
    """How likely each state (S, k) of k independent bits is, given inputs z (..., R, k): (..., R, S)."""
    # Sums of logarithms of the same sign: what large inputs have in common would cancel otherwise.
    on, off = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    return np.asarray(np.exp(on @ states.T + off @ (1 - states).T))
