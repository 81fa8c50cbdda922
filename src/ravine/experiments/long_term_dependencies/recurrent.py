"""Recurrent networks: how the gradient depends on the lag, and what a memory costs."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, networks, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.rules._norm import norm
from ravine.theory import long_term_dependencies as theory

HIDDEN, DRIVE, BURN_IN = 32, 0.1, 100
"""Units, standard deviation of the input to each, and steps before the gradient is followed back."""

LAG = 100
"""How far back the gradient is followed, in steps."""

STARTS = {
    "radius 0.8": ("gaussian", 0.8),
    "radius 1": ("gaussian", 1.0),
    "radius 1.2": ("gaussian", 1.2),
    "radius 1.5": ("gaussian", 1.5),
    "orthogonal": ("orthogonal", 1.0),
    "half orthogonal": ("orthogonal", 0.5),
}
"""Name -> (kind of matrix, its spectral radius)."""


def log_gradients(seed: int, start: str = "orthogonal", *, lag: int = LAG) -> Array:
    r"""Follow a gradient backwards through a tanh network that random inputs drive.

    $\ln \left(\|\partial\ell/\partial h_{T-k}\| \big/ \|\partial\ell/\partial h_T\|\right)$ for lags
    $k = 0, \dots$

    Parameters
    ----------
    seed : of the weights and the inputs.
    start : a name from `STARTS`.
    lag : the largest lag, in steps.

    Returns
    -------
    Array : shape (lag + 1,), dimensionless.

    Raises
    ------
    ValueError : a negative seed, an unknown start, a lag below 1, or one at which the gradient has left the
        floats.

    Source: Pascanu, Mikolov and Bengio (2013), section 2.1, for the product of Jacobian matrices.

    >>> bool(log_gradients(0, "half orthogonal", lag=10)[-1] < 10 * np.log(0.5))
    True
    """
    rng = _check.seeded(seed)
    kind, radius = STARTS[_check.one_of("start", start, STARTS)]
    network = networks.RNN(HIDDEN, HIDDEN, 1)
    theta = network.init(rng, recurrent=kind)
    weights = network.unflatten(theta)
    weights.W_x[...] = np.eye(HIDDEN)
    weights.W[...] *= radius / abs(np.linalg.eigvals(weights.W)).max()
    X = DRIVE * rng.standard_normal((1, BURN_IN + _check.count("lag", lag), HIDDEN))
    back = network.state_grads(theta, X, [[1.0]])[0, BURN_IN:]
    length = norm(back)[::-1]
    if not ((length > 1e-290) & (length < 1e290)).all():
        raise ValueError(f"lag: got {lag}, where the gradient leaves the floats; want a shorter one")
    log = np.log(length)
    return np.asarray(log - log[0])


# A network of radius 1.5 is chaotic: rounding grows over two hundred steps, and the gradient with it.
class Lags(Measurement, name="long-term-dependencies-lags", seeds=range(30), rtol=1e-3):
    """Logarithms of relative gradients at lags 0, 10, ..., 100: a column for each start, (n_seeds, 11).

    >>> Lags.load()["orthogonal"].shape
    (30, 11)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The gradient at every tenth lag, for each start."""
        return {start: log_gradients(seed, start)[::10] for start in STARTS}

    def plot(self) -> Figure:
        """Draw median and range over seeds for four starts, and each seed at the largest lag for all."""
        fig, (left, right) = plotting.figure(1, 2, height=4.0)
        for at, name in enumerate(STARTS):
            log = self[name]
            colour = ("blue", "sky", "green", "purple", "black", "amber")[at]
            if name not in ("radius 1", "radius 1.2"):  # these would hide behind the orthogonal one
                plotting.spread(left, np.arange(0, LAG + 1, 10), log, label=name, colour=colour)
            right.plot(np.full(len(log), at), log[:, -1], ".", color=f"ravine:{colour}", alpha=0.6)
        left.set(xlabel="lag $k$", ylabel=r"$\ln$ of the relative gradient", ylim=(-80, 15))
        left.legend(loc="lower left")
        right.set(ylabel=f"at lag {LAG}, each seed", ylim=(-80, 15))
        right.set_xticks(range(len(STARTS)), list(STARTS), rotation=35, ha="right")
        return fig


@dataclass(frozen=True)
class Memory:
    """Units of weights `w`: the disturbance they bear, and the gradient over `lag` steps, both (n,)."""

    w: Array
    tolerance: Array
    gradient: Array
    lag: int

    def plot(self) -> Figure:
        """Draw the gradient over the disturbance, each point a weight."""
        fig, ax = plotting.figure()
        ax.semilogy(self.tolerance, self.gradient, marker="o", markersize=4)
        for w, u, g in zip(self.w, self.tolerance, self.gradient, strict=True):
            ax.annotate(f"$w = {w:g}$", (u, g), (6, 4), textcoords="offset points", fontsize=9)
        ax.set(xlabel="largest disturbance borne $u$", ylabel=rf"gradient over {self.lag} steps")
        ax.set(xlim=(0, 1.15 * self.tolerance.max()), ylim=(1e-42, 1e2))
        return fig


def memory(weights: tuple[float, ...] = (1.05, 1.1, 1.25, 1.5, 1.75, 2.0), *, lag: int = 50) -> Memory:
    r"""Measure in a network of one unit what it pays for a memory that noise cannot erase.

    The network starts in its held state, and `state_grads` follows its gradient backwards.

    Parameters
    ----------
    weights : of the unit on itself, each above 1.
    lag : in steps.

    Returns
    -------
    Memory

    Raises
    ------
    ValueError : a weight of at most 1 or a lag below 1.

    Source: Bengio, Simard and Frasconi (1994).

    >>> measured = memory((1.25,)).gradient[0]
    >>> bool(abs(measured / theory.gradient_factor(1.25) ** 50 - 1) < 1e-6)
    True
    """
    network, k = networks.RNN(1, 1, 1), _check.count("lag", lag)
    w = _check.array("weights", weights, ndim=1)
    if not len(w):
        raise ValueError("weights: got none; want at least one")
    held = np.array([theory.fixed_point(x) for x in w])
    theta = np.zeros((len(w), network.n))
    theta[:, 0], theta[:, 1], theta[:, 3] = 1, w, 1  # W_x, W, W_y
    X = np.zeros((len(w), 1, k + 1, 1))
    X[:, 0, 0, 0] = w * held  # the first input brings the unit to its held state, tanh(w x) = x
    back = network.state_grads(theta, X, np.zeros((len(w), 1, 1)))[:, 0, :, 0]
    return Memory(w, np.array([theory.tolerance(x) for x in w]), back[:, 1] / back[:, -1], k)
