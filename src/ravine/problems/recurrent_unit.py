"""The smallest recurrent network: one unit, one weight, one bias, and a cliff in its cost."""

from collections.abc import Callable, Iterator
from math import exp, tanh

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array
from ravine.networks import _arguments
from ravine.networks._functions import CANCELS, sech_squared

# Points advanced together: past this their states leave the cache.
_BLOCK = 2**15
# Starts up to here take the quicker of two forms of the rise, which loses no digit to 1 + p tanh(q) yet.
_MODERATE = 2.0


def _sigmoid(x: Array) -> tuple[Array, Array]:
    """1 / (1 + e^-x) and its slope, both to full relative precision in both tails."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e), e / (1 + e) ** 2


class RecurrentUnit:
    r"""A single recurrent unit whose output after n_steps is to meet a target.

    $x_t = w\,\sigma(x_{t-1}) + b, \quad J(w, b) = (\sigma(x_T) - y)^2$

    theta (..., 2) holds w and b: a problem for `descent.minimise`, for stacks of points at once. In float64
    the state is kept as its distance from x0, which costs no digits on the wall, where x0 is a fixed point;
    where theta is float32 so are value and gradient, many times faster and good enough for pictures.

    Parameters
    ----------
    n_steps : T, the number of steps.
    target : y, the output wanted, in (0, 1).
    x0 : the state at the beginning, dimensionless.

    Raises
    ------
    ValueError : n_steps below 1, a target outside (0, 1), or x0 not finite.
    ValueError : in the methods, theta of another shape.

    Source: R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks",
    ICML 2013, eq. (8) and figure 6.

    >>> unit = RecurrentUnit(n_steps=1)
    >>> float(unit.value([0.0, 0.0]).round(4)), unit.grad([0.0, 0.0]).round(4).tolist()
    (0.04, [-0.0622, -0.1])
    """

    n = 2

    def __init__(self, n_steps: int = 50, target: float = 0.7, x0: float = 0.5) -> None:
        self.n_steps = _check.count("n_steps", n_steps)
        self.target = _check.real("target", target, above=0, below=1)
        self.x0 = _check.real("x0", x0)
        self._p = tanh(self.x0 / 2)
        # Two roundings of one number; near zero the first has lost its digits.
        near_zero = self.x0 < -_MODERATE
        self.start = float(_sigmoid(np.asarray(self.x0))[0]) if near_zero else (1 + self._p) / 2
        self.slope = exp(-abs(self.x0)) / (1 + exp(-abs(self.x0))) ** 2

    def __repr__(self) -> str:
        return f"RecurrentUnit(n_steps={self.n_steps}, target={self.target}, x0={self.x0})"

    def wall(self, w: ArrayLike) -> Array:
        r"""The bias at which x0 is a fixed point, $b = x_0 - w\,\sigma(x_0)$; w (...) -> (...).

        >>> unit = RecurrentUnit()
        >>> unit.states([6.0, float(unit.wall(6.0))]).tolist() == [0.5] * 51
        True
        """
        return np.asarray(self.x0 - _check.array("w", w) * self.start)

    def states(self, theta: ArrayLike) -> Array:
        """The states x_0 ... x_T; theta (..., 2) -> (n_steps + 1, ...)."""
        w, b = np.moveaxis(_arguments.vector("theta", theta, last=2), -1, 0)
        with np.errstate(over="ignore", invalid="ignore"):  # a run that leaves all numbers has such states
            return np.stack([self.x0 + 2 * q for q, _ in self._advance(w, b)])

    def value(self, theta: ArrayLike) -> Array:
        """The cost J; theta (..., 2) -> (...)."""
        points = _arguments.vector("theta", theta, last=2)
        return self._blocks(self._quick if points.dtype == np.float32 else self._value, points)

    def grad(self, theta: ArrayLike) -> Array:
        """The gradient by forward sensitivities; theta (..., 2) -> (..., 2)."""
        points = _arguments.vector("theta", theta, last=2)
        return self._blocks(self._quick_grad if points.dtype == np.float32 else self._grad, points)

    def _blocks(self, evaluate: Callable[[Array, Array], Array], theta: Array) -> Array:
        """evaluate(w, b) on a cache-sized block of the points at a time."""
        flat = theta.reshape(-1, 2)
        # Overflow while a run diverges is an outcome that the numbers report.
        with np.errstate(over="ignore", invalid="ignore"):
            parts = [evaluate(*flat[i : i + _BLOCK].T) for i in range(0, max(1, len(flat)), _BLOCK)]
        joined = np.concatenate(parts)
        return joined.reshape((*theta.shape[:-1], *joined.shape[1:]))

    def _quick(self, w: Array, b: Array) -> Array:
        """The cost in whatever precision: h = x / 2 follows h_t = w/4 tanh(h_{t-1}) + (w/4 + b/2)."""
        factor = np.multiply(w, 0.25, order="C")
        shift, h = factor + b / 2, np.full_like(factor, self.x0 / 2)
        for _ in range(self.n_steps):
            np.tanh(h, out=h)
            h *= factor
            h += shift
        return np.asarray((0.5 + np.tanh(h) / 2 - self.target) ** 2)

    def _quick_grad(self, w: Array, b: Array) -> Array:
        """The same with the derivatives of h by factor and shift, all in place."""
        factor = np.multiply(w, 0.25, order="C")
        shift, h = factor + b / 2, np.full_like(factor, self.x0 / 2)
        by_factor, by_shift, tau, gain = (np.zeros_like(h) for _ in range(4))
        for _ in range(self.n_steps):
            np.tanh(h, out=tau)
            sech_squared(h, tau, out=gain)
            gain *= factor
            by_factor *= gain
            by_factor += tau
            by_shift *= gain
            by_shift += 1
            np.multiply(tau, factor, out=h)
            h += shift
        tau = np.tanh(h)
        outer = (0.5 + tau / 2 - self.target) * sech_squared(h, tau)
        return np.stack([outer * (by_factor + by_shift) / 4, outer * by_shift / 2], axis=-1)

    def _advance(self, w: Array, b: Array) -> Iterator[tuple[Array, Array]]:
        """Half the distance q of x_t from x0, and that of sigma(x_t) from sigma(x0), for t = 0 ... T."""
        shift = (b - (self.x0 - w * self.start)) / 2
        q = np.zeros_like(shift)
        for _ in range(self.n_steps):
            rise = self._rise(q)
            yield q, rise
            q = w * rise / 2 + shift
        yield q, self._rise(q)

    def _rise(self, q: Array) -> Array:
        """sigma(x0 + 2q) - sigma(x0), exactly 0 at q = 0.

        With p = tanh(x0/2): tanh(x0/2 + q) - p = (1 - p^2) tanh(q) / (1 + p tanh(q)). Where p is nearly 1,
        sigma(b) - sigma(a) = sigma(b) sigma(-a) (1 - e^(a-b)), or its mirror image for b < a.
        """
        if abs(self.x0) <= _MODERATE:
            tau = np.tanh(q)
            return np.asarray((1 - self._p**2) / 2 * tau / (1 + self._p * tau))
        a, b = np.asarray(self.x0), self.x0 + 2 * q
        low, high = np.minimum(a, b), np.maximum(a, b)
        rise: Array = -np.expm1(-2 * np.abs(q)) * np.sign(q) * _sigmoid(high)[0] * _sigmoid(-low)[0]
        return rise

    def _output(self, q: Array, rise: Array) -> tuple[Array, Array]:
        """sigma(x0 + 2q) and its slope, to full relative precision also where it nearly vanishes."""
        direct, slope = _sigmoid(self.x0 + 2 * q)
        output = self.start + rise
        return np.where(output < CANCELS, direct, output), slope

    def _value(self, w: Array, b: Array) -> Array:
        *_, end = self._advance(w, b)
        return np.asarray((self._output(*end)[0] - self.target) ** 2)

    def _grad(self, w: Array, b: Array) -> Array:
        """dx_t/dw = sigma(x_{t-1}) + w sigma'(x_{t-1}) dx_{t-1}/dw, and likewise for b with 1 for sigma."""
        dw, db = np.zeros_like(w), np.zeros_like(b)
        before = None
        for q, rise in self._advance(w, b):
            if before is not None:
                gain, emitted = before
                dw, db = emitted + gain * dw, 1 + gain * db
            output, slope = self._output(q, rise)
            before = w * slope, output
        outer = 2 * (output - self.target) * slope
        return np.stack([outer * dw, outer * db], axis=-1)
