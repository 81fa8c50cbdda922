"""A linear network with one hidden layer: convex in what it computes, not in its weights."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, _symmetric, descent, plotting, problems, rules
from ravine._typing import Array
from ravine.objective import Objective


def product(theta: Array) -> Array:
    """What the network computes, a = W'v.

    Parameters
    ----------
    theta : (..., 9), W (3 x 2, row-major), then v.

    Returns
    -------
    (..., 2)

    Raises
    ------
    ValueError : another shape.

    >>> product(np.arange(9.0)).tolist()
    [46.0, 67.0]
    """
    theta = _check.array("theta", theta, last=9)
    W = theta[..., :6].reshape(*theta.shape[:-1], 3, 2)
    return np.asarray((W * theta[..., 6:, None]).sum(axis=-2))


def zeros(H: Array, tol: float = 1e-6) -> Array:
    """The number of eigenvalues that are zero, up to tol times the largest in absolute value.

    Parameters
    ----------
    H : (..., n, n), symmetric.
    tol : dimensionless, at least 0 and below 1.

    Returns
    -------
    (...) of int.

    Raises
    ------
    ValueError : H is not symmetric, square and finite, or tol lies outside its range.

    >>> int(zeros(np.diag([3.0, 1.0, 0.0])))
    1
    """
    tol, size = _check.real("tol", tol, at_least=0, below=1), np.abs(_symmetric.eigenvalues("H", H))
    return np.asarray((size <= tol * size.max(axis=-1, keepdims=True)).sum(axis=-1))


@dataclass(frozen=True)
class Descents:
    """Where descents of the network ended: theta (n_starts, 9), and courses of J (n_steps + 1, n_starts)."""

    net: Objective
    theta: Array
    J: Array

    @property
    def a(self) -> Array:
        """What each network computes, (n_starts, 2)."""
        return product(self.theta)

    @property
    def zeros(self) -> Array:
        """Zero eigenvalues of each Hessian, (n_starts,)."""
        return zeros(self.net.hess(self.theta))

    @property
    def distances(self) -> Array:
        """Between every two end points, shape (n_starts (n_starts - 1) / 2,)."""
        i, j = np.triu_indices(len(self.theta), 1)
        return np.asarray(np.linalg.norm(self.theta[i] - self.theta[j], axis=-1))

    def plot(self) -> Figure:
        """Draw the costs step by step, and two of the weights at the end."""
        fig, (left, right) = plotting.figure(1, 2, height=3.2)
        left.semilogy(np.maximum(self.J, 1e-18), color="ravine:blue", alpha=0.4, linewidth=1)
        left.set(xlabel="step $t$", ylabel="cost $J$ above the least", xlim=(0, 1500))
        right.scatter(self.theta[:, 0], self.theta[:, 6], color="ravine:orange", s=18)
        right.set(xlabel="$w_{11}$ at the end", ylabel="$v_1$ at the end")
        return fig


def descend(n_starts: int = 30, seed: int = 0, *, n_steps: int = 6000) -> Descents:
    """Descend the 2-3-1 network on random data from random starts.

    Parameters
    ----------
    n_starts : number of starts, standard normal in all nine weights.
    seed : of the data (Sigma and a_star) and the starts.
    n_steps : of gradient descent at the learning rate 0.02.

    Returns
    -------
    Descents

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Baldi and Hornik (1989): no local minima but the global ones.

    >>> int(descend(n_starts=2).zeros[0])
    7
    """
    rng = _check.seeded(seed)
    net, starts = _random_network(rng), rng.standard_normal((_check.count("n_starts", n_starts), 9))
    trace = descent.minimise(net, rules.gradient_descent(0.02), starts, n_steps=n_steps)
    return Descents(net, trace.theta[-1], trace.J)


def _random_network(rng: np.random.Generator) -> Objective:
    """The network on fifty random examples."""
    X = rng.standard_normal((50, 2)) @ np.array([[1.0, 0.5], [0.0, 1.0]])
    (s11, s12), (_, s22) = X.T @ X / len(X)
    a1, a2 = rng.standard_normal(2)
    return _network().with_parameters(s11=s11, s12=s12, s22=s22, a1=a1, a2=a2)


@cache
def _network() -> Objective:
    return problems.linear_network()


@dataclass(frozen=True)
class Saddles:
    """Critical points that are no minima: gradients' norms and least eigenvalues, shape (n,), and |c|."""

    grad_norm: Array
    lam_min: Array
    c_norm: float


def saddles(n: int = 50, seed: int = 0) -> Saddles:
    r"""Draw members of the second family of critical points, $v = 0$ and $W c = 0$ with $c = \Sigma a_\star$.

    Parameters
    ----------
    n : how many.
    seed : of the data, as in `descend`, and of the members.

    Returns
    -------
    Saddles : every least eigenvalue should be $-|c|$.

    Raises
    ------
    ValueError : arguments out of their range.

    >>> found = saddles(n=3)
    >>> bool(abs(found.lam_min + found.c_norm).max() < 1e-12)
    True
    """
    rng = _check.seeded(seed)
    net = _random_network(rng)
    p = net.parameters
    c = np.array([[p["s11"], p["s12"]], [p["s12"], p["s22"]]]) @ [p["a1"], p["a2"]]
    W = rng.standard_normal((_check.count("n", n), 3, 1)) * np.array([-c[1], c[0]]) / np.linalg.norm(c)
    theta = np.concatenate([W.reshape(n, 6), np.zeros((n, 3))], axis=1)
    lam_min = np.asarray(np.linalg.eigvalsh(net.hess(theta))[:, 0], dtype=np.float64)
    return Saddles(np.linalg.norm(net.grad(theta), axis=-1), lam_min, float(np.linalg.norm(c)))
