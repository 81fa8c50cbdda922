"""Gradients of a softmax regression on digits, estimated from some of them."""

import tracemalloc
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.minibatch_variance._draw import dots
from ravine.theory import minibatch_variance as theory

N_TRAIN = 1000
"""Training examples, drawn anew for each seed."""

MODEL = networks.MLP((64, 10))
"""Softmax regression: 640 weights, 10 biases."""

BATCH_SIZES = (1, 10, 100, 300, 900)
"""Batch sizes at which standard errors are measured."""

MOMENTS = (0, 30, 300)
"""Full-batch steps after which the returns of a batch are measured."""

RETURN_SIZES = (4, 16, 64, 256)
"""Batch sizes at which returns are measured."""


def softmax_digits(seed: int) -> tuple[np.random.Generator, data.Digits, data.Digits, Array]:
    """A generator, training and test digits, and Gaussian weights of standard deviation 0.1 with zero biases.

    >>> rng, training, test, theta = softmax_digits(0)
    >>> len(training), len(test), theta.shape
    (1000, 797, (650,))
    """
    rng = _check.seeded(seed)
    training, test = data.digits().split(N_TRAIN, rng)
    theta = np.zeros(MODEL.n)
    theta[: 64 * 10] = 0.1 * rng.standard_normal(64 * 10)
    return rng, training, test, theta


def draw_weights(m: int, size: int, n_draws: int, rng: np.random.Generator, *, replace: bool) -> Array:
    """How much each of m examples weighs in each of n_draws minibatch means, shape (n_draws, m).

    Raises
    ------
    ValueError : a count below 1, or a size above m without replacement.

    >>> weights = draw_weights(5, 2, 3, np.random.default_rng(0), replace=False)
    >>> weights.shape, sorted(set(weights.ravel().tolist()))
    ((3, 5), [0.0, 0.5])
    """
    m, size, n_draws = _check.count("m", m), _check.count("size", size), _check.count("n_draws", n_draws)
    rng = _check.generator("rng", rng)
    if not replace and size > m:
        raise ValueError(f"size: got {size}; want at most m = {m} without replacement")
    if replace:
        return np.asarray(rng.multinomial(size, np.full(m, 1 / m), size=n_draws) / size)
    weights = np.zeros((n_draws, m))
    weights[:, :size] = 1 / size
    return rng.permuted(weights, axis=1)


class StandardErrors(Measurement, name="minibatch-variance-errors"):
    """Standard errors of a minibatch gradient of digits relative to the gradient's length.

    Columns `with` and `without` replacement, shape (n_seeds, k), over the batch sizes `BATCH_SIZES`;
    `deviation`, that of a single example, relative too, and `factor`, the standard error of 100 examples
    over that of 10,000, shape (n_seeds,).

    >>> StandardErrors.load().ratio("with").shape
    (20, 5)
    """

    @staticmethod
    def row(seed: int, n_draws: int = 300) -> Row:
        """Standard errors over so many draws, at random weights on fresh training digits."""
        rng, training, _, theta = softmax_digits(seed)
        G = MODEL.per_example_grads(theta, training.X, training.y)
        g = G.mean(0)
        # Squared lengths of means need inner products only, and those of noise those of centred gradients.
        gram = (G - g) @ (G - g).T
        length = float(np.linalg.norm(g))

        def error(size: int, replace: bool) -> float:
            weights = draw_weights(N_TRAIN, size, n_draws, rng, replace=replace)
            return float(np.sqrt(((weights @ gram) * weights).sum(-1).mean())) / length

        return {
            "with": np.array([error(size, True) for size in BATCH_SIZES]),
            "without": np.array([error(size, False) for size in BATCH_SIZES]),
            "deviation": float(np.sqrt(np.trace(gram) / N_TRAIN)) / length,
            "factor": error(100, True) / error(10_000, True),
        }

    def ratio(self, sampling: str) -> Array:
        """Measured over predicted, shape (n_seeds, k); sampling is "with" or "without" replacement."""
        _check.one_of("sampling", sampling, ("with", "without"))
        m = N_TRAIN if sampling == "without" else None
        predicted = np.sqrt(theory.minibatch_variance(1.0, BATCH_SIZES, n_examples=m))
        return self[sampling] / (self["deviation"][:, None] * predicted)

    def plot(self) -> Figure:
        """Draw the standard error over the batch size with both predictions."""
        fig, ax = plotting.figure()
        B = np.unique(np.rint(np.geomspace(1, N_TRAIN, 200)))
        for sampling, m, colour in (("with", None, "orange"), ("without", N_TRAIN, "blue")):
            ax.plot(
                B,
                self["deviation"].mean() * np.sqrt(theory.minibatch_variance(1.0, B, n_examples=m)),
                color=f"ravine:{colour}",
                linewidth=1.2,
            )
            dots(ax, BATCH_SIZES, self[sampling], colour=colour,
                 label=f"{sampling} replacement")  # fmt: skip
        ax.set(xscale="log", yscale="log", ylim=(0.03, 10))
        ax.set(xlabel="examples in the minibatch $B$", ylabel=r"standard error of $\hat g$ / $\|g\|$")
        ax.legend()
        return fig


class Returns(Measurement, name="minibatch-variance-returns"):
    """What a batch gains in one step of the best learning rate, as a share of what all examples would gain.

    `noise_scale`, `simple` (with H = I) and the cost `J` have shape (n_seeds, moments), after the steps
    `MOMENTS`; `share` and `true` hold a number for each moment and each of `RETURN_SIZES`, in one row: the
    properties of that name unfold them.

    >>> Returns.load().ratio.shape
    (20, 3, 4)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Gains and noise scales at each moment of one full-batch descent."""
        rng, training, _, theta = softmax_digits(seed)
        run = descent.train(MODEL, rules.gradient_descent(0.5), theta, training.X, training.y,
                            batch_size=N_TRAIN, n_steps=max(MOMENTS), rng=rng, record_every=10)  # fmt: skip
        moments = run.theta[np.isin(run.steps, MOMENTS)]
        rows = [_returns_at(theta, training, rng) for theta in moments]
        return {name: np.ravel([row[name] for row in rows]) for name in rows[0]}

    @property
    def share(self) -> Array:
        """The share on the local quadratic, shape (n_seeds, moments, sizes)."""
        return self["share"].reshape(-1, len(MOMENTS), len(RETURN_SIZES))

    @property
    def true(self) -> Array:
        """The share on the cost itself, shape (n_seeds, moments, sizes)."""
        return self["true"].reshape(-1, len(MOMENTS), len(RETURN_SIZES))

    @property
    def ratio(self) -> Array:
        """Share over prediction, shape of `share`."""
        return np.asarray(self.share * (1 + self["noise_scale"][..., None] / RETURN_SIZES))

    def plot(self) -> Figure:
        """Draw shares over the batch size at every moment, with the predicted saturation."""
        fig, ax = plotting.figure()
        B = np.geomspace(1, 1024, 200)
        for j, (steps, colour) in enumerate(zip(MOMENTS, ("blue", "green", "orange"), strict=True)):
            scale = float(self["noise_scale"][:, j].mean())
            ax.plot(B, theory.decrease_fraction(B, scale), color=f"ravine:{colour}", linewidth=1.2)
            dots(ax, RETURN_SIZES, self.share[:, j], colour=colour, label=f"after {steps} steps")
        ax.set(xscale="log", ylim=(0, 1), xlabel="examples in the minibatch $B$")
        ax.set(ylabel="share of the full gradient's gain")
        ax.legend()
        return fig


def _returns_at(theta: Array, training: data.Digits, rng: np.random.Generator) -> dict[str, float | Array]:
    """One step with minibatch gradients from theta, at each batch size."""
    problem = MODEL.problem(training.X, training.y)
    G, H = MODEL.per_example_grads(theta, training.X, training.y), problem.hess(theta)
    g = G.mean(0)
    covariance = (G - g).T @ (G - g) / len(G)
    best = (g @ g) ** 2 / (2 * g @ H @ g)
    share, true = [], []
    for size in RETURN_SIZES:
        g_hat = draw_weights(len(G), size, 300, rng, replace=True) @ G
        rate = theory.best_learning_rate(g, H, covariance, size)
        gain = rate * g_hat @ g - rate**2 / 2 * ((g_hat @ H) * g_hat).sum(-1)
        share.append(gain.mean() / best)
        true.append((problem.value(theta) - problem.value(theta - rate * g_hat)).mean() / best)
    return {
        "share": np.array(share),
        "true": np.array(true),
        "noise_scale": theory.noise_scale(g, H, covariance),
        "simple": theory.simple_noise_scale(g, covariance),
        "J": float(problem.value(theta)),
    }


def memory(batch_sizes: Sequence[int] = (256, 512, 1024), sizes: Sequence[int] = (64, 256, 256, 10)) -> Array:
    """The memory that one gradient of a tanh network needs at its peak, on top of what was there before.

    Parameters
    ----------
    batch_sizes : numbers of examples, computed in parallel.
    sizes : widths of the layers.

    Returns
    -------
    Array : bytes, shape (len(batch_sizes),).

    Raises
    ------
    ValueError : a batch size or a width below 1.

    >>> small, large = memory([256, 512])
    >>> bool(small < large < 2 * small)
    True
    """
    model, rng = networks.MLP(sizes), np.random.default_rng(0)
    theta = model.init(rng)
    return np.array([_peak(model, theta, _check.count("batch_sizes", B), rng) for B in batch_sizes], float)


def _peak(model: networks.MLP, theta: Array, size: int, rng: np.random.Generator) -> int:
    """Bytes at the peak of one gradient of so many examples."""
    X, y = rng.standard_normal((size, model.sizes[0])), rng.integers(model.sizes[-1], size=size)
    model.grad(theta, X, y)  # what is made once only does not count
    tracemalloc.start()
    try:
        model.grad(theta, X, y)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
