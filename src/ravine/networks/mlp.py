"""The multilayer perceptron, plain or residual, as a function of one flat parameter vector."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _check
from ravine._typing import Array
from ravine.networks import _arguments, _per_example
from ravine.networks._functions import ACTIVATIONS, LOSSES
from ravine.networks._pass import Architecture, Layer
from ravine.networks.problem import NetworkProblem


def _layers(sizes: tuple[int, ...], residual: bool) -> tuple[Layer, ...]:
    """Lay the layers out along theta; hidden layers of equal width may become residual blocks."""
    pairs = list(pairwise(sizes))
    skips = [residual and 0 < l < len(pairs) - 1 and a == b for l, (a, b) in enumerate(pairs)]
    layers, start = [], 0
    for (n_in, n_out), skip in zip(pairs, skips, strict=True):
        layers.append(Layer(start, n_in, n_out, skip, sum(skips) ** -0.5 if skip else 1.0))
        start = layers[-1].stop
    return tuple(layers)


class MLP:
    r"""A multilayer perceptron with all its derivatives, for stacks of parameter vectors at once.

    $h_0 = x,\quad h_{l+1} = f(h_l W_l + b_l),\quad z = h_L W_L + b_L,\quad J = \frac1N \sum_i \ell(z_i, y_i)$

    With `residual`, each of the $D$ layers between hidden layers of equal width is a block
    $h_{l+1} = h_l + D^{-1/2} f(h_l W_l + b_l)$.

    theta (..., n) holds, layer by layer, W (inputs x outputs, row-major), then b. The methods take
    X (N, inputs) with y (N,) integers for "cross_entropy", or y (N, outputs) reals for "squared";
    X (..., N, inputs), with y to match, gives each parameter vector of a stack its own examples.
    They compute in float64, or in float32 where both theta and X are float32.

    Parameters
    ----------
    sizes : the widths (inputs, hidden ..., outputs); two of them make a linear model.
    activation : "tanh", "relu" (with derivative 0 at 0) or "identity".
    loss : "cross_entropy", $-\log \mathrm{softmax}(z)_y$, for labels 0 to outputs - 1;
        or "squared", $\frac12 |z - y|^2$, for real targets.
    residual : whether layers between hidden layers of equal width are residual blocks.

    Raises
    ------
    ValueError : fewer than two sizes, a size below 1, or an unknown name.
    ValueError : in the methods, a wrong shape, a label out of range, an entry that is not finite.

    >>> network = MLP((2, 3, 2), "tanh")
    >>> network.n
    17
    >>> theta = np.zeros((5, network.n))
    >>> X, y = np.eye(2), np.array([0, 1])
    >>> network.loss(theta, X, y).round(4)
    array([0.6931, 0.6931, 0.6931, 0.6931, 0.6931])
    >>> network.grad(theta, X, y).shape
    (5, 17)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "tanh",
        loss: str = "cross_entropy",
        residual: bool = False,
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(f"sizes: got {sizes!r}; want at least two widths, inputs and outputs")
        self.sizes = tuple(_check.count("sizes", size) for size in sizes)
        self.activation = _check.one_of("activation", activation, ACTIVATIONS)
        self.loss_name = _check.one_of("loss", loss, LOSSES)
        self.residual = residual
        self._architecture = Architecture(
            _layers(self.sizes, residual), ACTIVATIONS[activation], LOSSES[loss]
        )
        self.n = self._architecture.n

    def __repr__(self) -> str:
        return f"MLP({self.sizes}, {self.activation!r}, loss={self.loss_name!r}, residual={self.residual})"

    def unflatten(self, theta: Array) -> list[tuple[Array, Array]]:
        """The views (W (..., inputs, outputs), b (..., outputs)) of each layer; theta (..., n).

        >>> [(W.shape, b.shape) for W, b in MLP((2, 3, 2)).unflatten(np.zeros(17))]
        [((2, 3), (3,)), ((3, 2), (2,))]
        """
        theta = _arguments.views("theta", theta, last=self.n)
        matrices = [layer.of(theta) for layer in self._architecture.layers]
        return [(matrix[..., :-1, :], matrix[..., -1, :]) for matrix in matrices]

    def init(
        self, rng: np.random.Generator, *, scale: float = 1.0, size: int | tuple[int, ...] = ()
    ) -> Array:
        r"""Draw Gaussian weights of mean 0; biases are 0.

        For "relu" their variance is $2 / n_\mathrm{in}$, else $2 / (n_\mathrm{in} + n_\mathrm{out})$.

        Parameters
        ----------
        rng : the generator to draw from.
        scale : multiplies the standard deviation of every weight, dimensionless.
        size : the leading shape of the stack; size=k draws what k calls draw.

        Returns
        -------
        theta (*size, n).

        Source: K. He et al., "Delving deep into rectifiers", ICCV 2015, eq. (10); X. Glorot and
        Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
        AISTATS 2010, eq. (12).

        >>> MLP((64, 16, 10)).init(np.random.default_rng(0), size=3).shape
        (3, 1210)
        """
        scale = _check.real("scale", scale, at_least=0)
        lead = (size,) if isinstance(size, int) else size
        lead = tuple(_check.count("size", k) for k in lead)
        theta: Array = _check.generator("rng", rng).standard_normal((*lead, self.n))
        gain = ACTIVATIONS[self.activation].gain
        for layer, (W, b) in zip(self._architecture.layers, self.unflatten(theta), strict=True):
            variance = 2 / (layer.n_in + layer.n_out) if gain is None else gain / layer.n_in
            W *= scale * variance**0.5
            b[...] = 0
        return theta

    def problem(self, X: ArrayLike, y: ArrayLike) -> NetworkProblem:
        """Bind the network to data: .value(theta) .grad(theta) .hess(theta) .hvp(theta, v)."""
        inputs = _arguments.examples(X, self.sizes[0])
        prepare = _arguments.one_hot if self.loss_name == "cross_entropy" else _arguments.real_targets
        return NetworkProblem(self._architecture, inputs, prepare(y, inputs, self.sizes[-1]))

    def loss(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The mean loss J (...)."""
        return self.problem(X, y).value(self._finite(theta))

    def grad(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The gradient (..., n) of the mean loss."""
        return self.problem(X, y).grad(self._finite(theta))

    def hvp(self, theta: Array, v: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The Hessian of the mean loss times v (..., n), exact: (..., n).

        For "relu" the derivative of the kinks is taken as 0, that is, active sets are held fixed.

        Source: B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6, 1994.
        """
        return self.problem(X, y).hvp(self._finite(theta), _arguments.floats("v", v, last=self.n))

    def hessian(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The Hessian (..., n, n) of the mean loss, exact."""
        return self.problem(X, y).hess(self._finite(theta))

    def gauss_newton_product(self, theta: Array, v: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The `gauss_newton` matrix times v (..., n), exact: (..., n). It is not formed."""
        return self.problem(X, y).gauss_newton_product(
            self._finite(theta), _arguments.floats("v", v, last=self.n)
        )

    def gauss_newton(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        r"""The Gauss-Newton matrix (..., n, n), $G = \frac1N \sum_i J_i^\top (\nabla_z^2 \ell_i) J_i$.

        $J_i$ is the Jacobian of example i's outputs $z_i$. G is the Hessian without the curvature of the
        network itself, and never has a negative eigenvalue. For both losses it is also the Fisher matrix
        $\frac1N \sum_i \mathrm E_{y \sim p(y|x_i)}[g_i g_i^\top]$ of the model that the loss stands for,
        classes of probability softmax(z) or Gaussians of mean z and variance 1: labels do not enter.

        Source: N. Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent",
        Neural Computation 14, 2002; J. Martens, "New insights and perspectives on the natural gradient
        method", JMLR 21, 2020, section 9.2.

        >>> model, rng = MLP((2, 3, 2)), np.random.default_rng(0)
        >>> G = model.gauss_newton(model.init(rng), np.eye(2), np.array([0, 1]))
        >>> G.shape, int(np.linalg.matrix_rank(G))  # two examples, two classes: one direction each
        ((17, 17), 2)
        """
        return self.problem(X, y).gauss_newton(self._finite(theta))

    def empirical_fisher_product(self, theta: Array, v: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The `empirical_fisher` matrix times v (..., n), exact: (..., n). It is not formed."""
        return self.problem(X, y).empirical_fisher_product(
            self._finite(theta), _arguments.floats("v", v, last=self.n)
        )

    def empirical_fisher(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        r"""The empirical Fisher matrix (..., n, n), $\frac1N \sum_i g_i g_i^\top$ with the labels given.

        The gradients' second moment, not centred. It is not the Fisher matrix, for which labels are drawn
        from the network (`gauss_newton`): for an example fitted with probability p it shrinks as
        $(1 - p)^2$, that matrix and the Hessian as $1 - p$.

        Source: F. Kunstner, L. Balles and P. Hennig, "Limitations of the empirical Fisher approximation for
        natural gradient descent", NeurIPS 2019.
        """
        return self.problem(X, y).empirical_fisher(self._finite(theta))

    def per_example_grads(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The gradient of each example's loss (..., N, n); their mean is `grad`."""
        return self.problem(X, y).each(_per_example.grads, self._finite(theta))

    def per_example_norms(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The Euclidean norm of each example's gradient (..., N), without forming the gradients."""
        return self.problem(X, y).each(_per_example.norms, self._finite(theta))

    def per_example_variance(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The variance (1/N) sum_i (g_i - g)^2 of each gradient component over the examples, (..., n)."""
        return self.problem(X, y).each(_per_example.variance, self._finite(theta))

    def per_example_variance_trace(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The total variance (1/N) sum_i |g_i - g|^2 of the examples' gradients, (...)."""
        return self.problem(X, y).each(_per_example.variance_trace, self._finite(theta))

    def per_example_gram(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The inner products g_i'g_j of the examples' gradients, (..., N, N)."""
        return self.problem(X, y).each(_per_example.gram, self._finite(theta))

    def logits(self, theta: Array, X: ArrayLike) -> Array:
        """The outputs z (..., N, outputs)."""
        inputs = _arguments.examples(X, self.sizes[0])
        targets = np.zeros((self.sizes[-1], 1), inputs.dtype)  # outputs do not depend on targets
        bound = NetworkProblem(self._architecture, inputs, targets)
        return bound.each(lambda evaluated: evaluated.outputs.swapaxes(-1, -2), self._finite(theta))

    def predict(self, theta: Array, X: ArrayLike) -> NDArray[np.int64]:
        """The class of the largest output (..., N), the first of several; -1 where an output overflowed.

        >>> MLP((1, 2)).predict([0.0, 1.0, 0.0, 0.0], [[3.0]])
        array([1])
        """
        z = self.logits(theta, X)
        classes: NDArray[np.int64] = np.where(np.isfinite(z).all(axis=-1), z.argmax(axis=-1), -1)
        return classes

    def error_rate(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
        """The share (...) of examples whose largest output is not at label y (..., N).

        An example whose outputs overflowed has no answer, and counts as wrong.
        """
        inputs = _arguments.examples(X, self.sizes[0])
        _arguments.one_hot(y, inputs, self.sizes[-1])  # for its checks
        wrong: Array = (self.predict(theta, inputs) != np.asarray(y)).mean(axis=-1)
        return wrong

    def _finite(self, theta: Array) -> Array:
        return _arguments.floats("theta", theta, last=self.n)
