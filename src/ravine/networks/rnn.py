"""The simple recurrent network as a function of one flat parameter vector."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array
from ravine.networks import _arguments
from ravine.networks._functions import ACTIVATIONS, LOSSES, CrossEntropy, Squared


class Weights(NamedTuple):
    """The views of a flat theta (..., n): each entry keeps its leading axes."""

    W_x: Array
    W: Array
    b: Array
    W_y: Array
    c: Array


class RNN:
    r"""A recurrent network that reads a sequence and answers after its last step; J is the mean loss.

    $h_0 = 0,\quad h_t = f(x_t W_x + h_{t-1} W + b),\quad z = h_T W_y + c,\quad J = \overline{\ell(z, y)}$

    theta (..., n) holds $W_x$ (inputs x hidden, row-major), $W$ (hidden x hidden, row-major), $b$ (hidden),
    $W_y$ (hidden x outputs, row-major), $c$ (outputs). States are rows, so a state that no input and no
    slope changes becomes $h_0 W^t$ after t steps. The methods take X (N, T, inputs) with y (N,) integers for
    "cross_entropy", or y (N, outputs) reals for "squared"; X (..., N, T, inputs), with y to match, gives each
    parameter vector of a stack its own sequences. They compute in float64.

    Parameters
    ----------
    inputs, hidden, outputs : the widths, dimensionless.
    activation : "tanh", "relu" (with derivative 0 at 0) or "identity".
    loss : "squared", $\frac12 |z - y|^2$, or "cross_entropy", $-\log \mathrm{softmax}(z)_y$.

    Raises
    ------
    ValueError : a width below 1 or an unknown name; in the methods, a wrong shape or label, or X not finite.

    Source: Goodfellow, Bengio and Courville (2016), section 10.2, equations 10.8 to 10.11.

    >>> network = RNN(2, 3, 1)
    >>> network.n
    22
    >>> theta = np.zeros((5, network.n))
    >>> X, y = np.ones((4, 6, 2)), np.ones((4, 1))  # four sequences of six steps
    >>> network.loss(theta, X, y)
    array([0.5, 0.5, 0.5, 0.5, 0.5])
    >>> network.grad(theta, X, y).shape
    (5, 22)
    """

    def __init__(
        self, inputs: int, hidden: int, outputs: int, activation: str = "tanh", loss: str = "squared"
    ) -> None:
        self.inputs = _check.count("inputs", inputs)
        self.hidden = _check.count("hidden", hidden)
        self.outputs = _check.count("outputs", outputs)
        self.activation = _check.one_of("activation", activation, ACTIVATIONS)
        self.loss_name = _check.one_of("loss", loss, LOSSES)
        self._shapes: list[tuple[int, ...]] = [
            (inputs, hidden),
            (hidden, hidden),
            (hidden,),
            (hidden, outputs),
            (outputs,),
        ]
        self.n = sum(int(np.prod(shape)) for shape in self._shapes)

    def __repr__(self) -> str:
        widths = f"{self.inputs}, {self.hidden}, {self.outputs}"
        return f"RNN({widths}, {self.activation!r}, loss={self.loss_name!r})"

    def unflatten(self, theta: Array) -> Weights:
        """The views W_x, W, b, W_y and c; theta (..., n).

        >>> RNN(2, 3, 1).unflatten(np.zeros(22)).W.shape
        (3, 3)
        """
        theta = _arguments.views("theta", theta, last=self.n)
        stops = np.cumsum([int(np.prod(shape)) for shape in self._shapes])[:-1]
        parts = np.split(theta, stops, axis=-1)
        return Weights(
            *(x.reshape(*theta.shape[:-1], *shape) for x, shape in zip(parts, self._shapes, strict=True))
        )

    def init(
        self,
        rng: np.random.Generator,
        *,
        recurrent: str = "gaussian",
        scale: float = 1.0,
        size: int | tuple[int, ...] = (),
    ) -> Array:
        r"""Draw weights of mean 0, with W Gaussian of variance 1/hidden or orthogonal; biases are 0.

        Parameters
        ----------
        rng : the generator to draw from.
        recurrent : "gaussian", or "orthogonal" for a uniformly random orthogonal W.
        scale : multiplies W, dimensionless.
        size : the leading shape of the stack.

        Returns
        -------
        theta (*size, n).

        Source: A. Saxe, J. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of learning
        in deep linear neural networks", ICLR 2014, for orthogonal weights.

        >>> network = RNN(1, 4, 1)
        >>> W = network.unflatten(network.init(np.random.default_rng(0), recurrent="orthogonal")).W
        >>> bool(np.allclose(W @ W.T, np.eye(4)))
        True
        """
        _check.one_of("recurrent", recurrent, ("gaussian", "orthogonal"))
        scale = _check.real("scale", scale, at_least=0)
        lead = tuple(_check.count("size", k) for k in ((size,) if isinstance(size, int) else size))
        theta: Array = _check.generator("rng", rng).standard_normal((*lead, self.n))
        weights = self.unflatten(theta)
        weights.W_x[...] *= (2 / (self.inputs + self.hidden)) ** 0.5
        weights.W_y[...] *= (2 / (self.hidden + self.outputs)) ** 0.5
        weights.W[...] *= scale * self.hidden**-0.5
        if recurrent == "orthogonal":
            Q, R = np.linalg.qr(weights.W)
            # With the signs of R's diagonal Q is uniform over the orthogonal matrices.
            weights.W[...] = scale * Q * np.sign(np.diagonal(R, axis1=-2, axis2=-1))[..., None, :]
        weights.b[...] = weights.c[...] = 0
        return theta

    def problem(self, X: ArrayLike, y: ArrayLike) -> "RNNProblem":
        """Bind the network to data: .value(theta) .grad(theta) .state_grads(theta)."""
        sequences = _check.array("X", X, last=self.inputs)
        if sequences.ndim < 3 or 0 in sequences.shape:
            raise ValueError(
                f"X: got shape {sequences.shape}; want (..., N, T, {self.inputs}) with N and T >= 1"
            )
        prepare = _arguments.one_hot if self.loss_name == "cross_entropy" else _arguments.real_targets
        return RNNProblem(self, sequences.copy(), prepare(y, sequences[..., -1, :], self.outputs))

    def states(self, theta: Array, X: ArrayLike) -> Array:
        """The states $h_0, ..., h_T$ of each sequence, (..., N, T + 1, hidden)."""
        sequences = _check.array("X", X, last=self.inputs)
        return self.problem(X, self._any_target(sequences.shape[:-2])).states(theta)

    def loss(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The mean loss J (...)."""
        return self.problem(X, y).value(theta)

    def grad(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The gradient (..., n) of the mean loss."""
        return self.problem(X, y).grad(theta)

    def state_grads(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The gradient of each sequence's loss with respect to each state, (..., N, T + 1, hidden)."""
        return self.problem(X, y).state_grads(theta)

    def _any_target(self, lead: tuple[int, ...]) -> Array:
        """Targets that the states do not depend on."""
        if self.loss_name == "squared":
            return np.zeros((*lead, self.outputs))
        labels: Array = np.zeros(lead, dtype=int)
        return labels


class RNNProblem:
    """J(theta) = (1/N) sum_i loss_i(theta) for fixed sequences; made by `RNN.problem(X, y)`.

    A theta that is not finite gives a value that is not finite: divergence is the caller's to name.

    Parameters
    ----------
    network : the network without parameters.
    X : sequences (..., N, T, inputs).
    targets : (..., outputs, N).
    """

    def __init__(self, network: RNN, X: Array, targets: Array) -> None:
        self._network, self._X, self._targets = network, X, targets
        self._f, self._loss = ACTIVATIONS[network.activation], LOSSES[network.loss_name]
        self.n = network.n

    def states(self, theta: Array) -> Array:
        """The states h_0 = 0, ..., h_T, (..., N, T + 1, hidden)."""
        with _overflow_is_an_outcome():
            return self._forward(theta)[1]

    def value(self, theta: Array) -> Array:
        """The mean loss; theta (..., n) -> (...)."""
        with _overflow_is_an_outcome():
            result: Array = self._answer(theta, self.states(theta)).values.mean(axis=-1)
        return result

    def grad(self, theta: Array) -> Array:
        """The gradient of the mean loss; theta (..., n) -> (..., n)."""
        with _overflow_is_an_outcome():
            h, _, dz, answer = self._backward(theta)
            parts = (
                _products(self._X, dz),
                _products(h[..., :-1, :], dz),
                dz.sum(axis=(-3, -2)),
                h[..., -1, :].swapaxes(-1, -2) @ answer,
                answer.sum(axis=-2),
            )
        flat = [x.reshape(*h.shape[:-3], -1) for x in parts]
        result: Array = np.concatenate(flat, axis=-1) / h.shape[-3]
        return result

    def state_grads(self, theta: Array) -> Array:
        """The gradient of each sequence's loss with respect to h_0, ..., h_T, (..., N, T + 1, hidden)."""
        with _overflow_is_an_outcome():
            return self._backward(theta)[1]

    def _weights(self, theta: Array) -> Weights:
        """The parts of theta, whatever kind of numbers it holds."""
        return self._network.unflatten(_arguments.vector("theta", theta, last=self.n))

    def _forward(self, theta: Array) -> tuple[Array, Array]:
        """z_1 ... z_T before the activation, (..., N, T, hidden), and the states h_0 ... h_T."""
        weights = self._weights(theta)
        z = self._X @ weights.W_x[..., None, :, :] + weights.b[..., None, None, :]
        h: Array = np.zeros((*z.shape[:-2], z.shape[-2] + 1, self._network.hidden))
        for t in range(z.shape[-2]):
            z[..., t, :] += h[..., t, :] @ weights.W
            self._f.value(z[..., t, :], h[..., t + 1, :])
        return z, h

    def _answer(self, theta: Array, h: Array) -> CrossEntropy | Squared:
        """The loss of each sequence, evaluated on the outputs after its last step."""
        weights = self._weights(theta)
        z = h[..., -1, :] @ weights.W_y + weights.c[..., None, :]
        return self._loss(z.swapaxes(-1, -2), self._targets)

    def _backward(self, theta: Array) -> tuple[Array, Array, Array, Array]:
        """States, gradients by h_0 ... h_T, by z_1 ... z_T before the activation, and by the outputs."""
        weights, (z, h) = self._weights(theta), self._forward(theta)
        answer = self._answer(theta, h).grad().swapaxes(-1, -2)
        dh, dz = np.empty_like(h), np.empty_like(h[..., 1:, :])
        dh[..., -1, :] = answer @ weights.W_y.swapaxes(-1, -2)
        for t in reversed(range(dz.shape[-2])):
            dz[..., t, :] = dh[..., t + 1, :] * self._f.slope(z[..., t, :], h[..., t + 1, :])
            dh[..., t, :] = dz[..., t, :] @ weights.W.swapaxes(-1, -2)
        return h, dh, dz, answer


def _overflow_is_an_outcome() -> np.errstate:
    """Let a run that diverges report infinities by its numbers rather than by warnings."""
    return np.errstate(over="ignore", invalid="ignore")


def _products(a: Array, b: Array) -> Array:
    """Sums of a[i] b[j] over examples and steps: (..., N, T, p) and (..., N, T, q) -> (..., p, q)."""
    a, b = (x.reshape(*x.shape[:-3], -1, x.shape[-1]) for x in (a, b))
    return a.swapaxes(-1, -2) @ b
