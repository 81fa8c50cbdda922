"""What is called momentum: five forms that agree while the rate stays, and part when it changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array

Gradient = Callable[[float], float]
Pair = tuple[float, float]


def book(theta: float, v: float, g: Gradient, rate: float, alpha: float, first: bool) -> Pair:
    """The book's form: the velocity holds the rates of the steps that made it."""
    v = alpha * v - rate * g(theta)
    return theta + v, v


def pytorch(theta: float, b: float, g: Gradient, rate: float, alpha: float, first: bool) -> Pair:
    """PyTorch's form: the sum of gradients knows no rate."""
    b = alpha * b + g(theta)
    return theta - rate * b, b


def dampened(theta: float, b: float, g: Gradient, rate: float, alpha: float, first: bool) -> Pair:
    """PyTorch's form with dampening = momentum, an average of gradients; its first one counts in full."""
    b = g(theta) if first else alpha * b + (1 - alpha) * g(theta)
    return theta - rate * b, b


def nesterov(theta: float, v: float, g: Gradient, rate: float, alpha: float, first: bool) -> Pair:
    """The book's form of Nesterov's momentum: the gradient of the point to which the velocity leads."""
    v = alpha * v - rate * g(theta + alpha * v)
    return theta + v, v


def pytorch_nesterov(theta: float, b: float, g: Gradient, rate: float, alpha: float, first: bool) -> Pair:
    """PyTorch's form of Nesterov's momentum: its theta is the point ahead of the book's."""
    gradient = g(theta)
    b = alpha * b + gradient
    return theta - rate * (gradient + alpha * b), b


FORMS = {
    "book": book,
    "PyTorch": pytorch,
    "PyTorch, dampened": dampened,
    "book, Nesterov": nesterov,
    "PyTorch, Nesterov": pytorch_nesterov,
}
"""Name -> one step from (theta, memory), for the gradient g, the rate, alpha, and whether it is the first."""

LAM_WAY, LAM_FLOOR = 0.01, 1.0
"""Curvatures of the flat direction, in which way is left, and of the steep one, which noise shakes."""

RATE, ALPHA, DROP, N_STEPS = 0.1, 0.9, 100, 250
"""Learning rate before the drop, momentum, the step of the drop, and steps in all."""


def moments(
    form: str,
    rates: Sequence[float] | Array,
    lam: float,
    *,
    momentum: float = ALPHA,
    start: float = 0.0,
    noise_variance: float = 0.0,
) -> tuple[Array, Array]:
    r"""Mean and variance of theta at each step, exactly, for one form on $\lambda\theta^2/2$ with noise.

    A step is linear in (theta, memory, noise), so the form itself, applied to the three unit vectors, gives
    its matrix A and its noise c: $m \leftarrow A m$, $S \leftarrow A S A^\top + s^2 c c^\top$.

    Parameters
    ----------
    form : a name of `FORMS`.
    rates : $\epsilon_0, \epsilon_1, \dots$, at least 0, shape (n_steps,).
    lam : $\lambda$, positive.
    momentum : $\alpha$, in [0, 1).
    start : theta at the start, at rest.
    noise_variance : $s^2$ of the gradient, at least 0.

    Returns
    -------
    (mean, variance) : each of shape (n_steps + 1,).

    Raises
    ------
    ValueError : arguments out of their range.

    >>> moments("book", [0.5, 0.5], 1.0, momentum=0.5, start=1.0, noise_variance=1.0)
    (array([1. , 0.5, 0. ]), array([0.  , 0.25, 0.5 ]))
    """
    step, lam, alpha = _arguments(form, lam, momentum)
    rates = _nonnegative("rates", rates)
    s2 = _check.real("noise_variance", noise_variance, at_least=0)
    mean, S = np.array([_check.real("start", start), 0.0]), np.zeros((2, 2))
    means, variances = [mean[0]], [0.0]
    for t, rate in enumerate(rates.tolist()):
        columns = [step(x, m, lambda at, xi=xi: lam * at + xi, rate, alpha, t == 0) for x, m, xi in np.eye(3)]
        A, c = np.array(columns[:2]).T, np.array(columns[2])
        mean, S = A @ mean, A @ S @ A.T + s2 * np.outer(c, c)
        means.append(mean[0])
        variances.append(S[0, 0])
    return np.array(means), np.array(variances)


def _arguments(form: str, lam: float, momentum: float) -> tuple[Callable[..., Pair], float, float]:
    step = FORMS[_check.one_of("form", form, FORMS)]
    return step, _check.real("lam", lam, above=0), _check.real("momentum", momentum, at_least=0, below=1)


def _nonnegative(name: str, x: ArrayLike) -> Array:
    found = _check.array(name, x, ndim=1)
    if (found < 0).any():
        raise ValueError(f"{name}: got {found.min()}; want numbers >= 0")
    return found


@dataclass(frozen=True)
class Forms:
    """What a drop of the rate does to each form: name -> (n_steps + 1,), exact.

    mean : the way left in the flat direction. variance : of the steep one. drop : the step before which the
    rate fell.
    """

    drop: int
    mean: dict[str, Array]
    variance: dict[str, Array]

    @property
    def lag(self) -> dict[str, int]:
        """Steps after the drop until the pace of the way has made all but 1/e of its fall."""
        found = {}
        for name, m in self.mean.items():
            pace = 1 - m[1:] / m[:-1]
            before, after = pace[self.drop - 1], pace[-1]
            found[name] = int(np.argmax(pace[self.drop :] <= after + (before - after) / np.e))
        return found

    @property
    def calm(self) -> dict[str, int]:
        """Steps after the drop until the variance is within a tenth of its new floor, and stays there."""
        late = {name: np.abs(s[self.drop :] / s[-1] - 1) > 0.1 for name, s in self.variance.items()}
        return {name: int(np.flatnonzero(far)[-1] + 1) for name, far in late.items()}

    @property
    def floors(self) -> dict[str, Pair]:
        """The variance just before the drop, and at the end."""
        return {name: (float(s[self.drop]), float(s[-1])) for name, s in self.variance.items()}

    @property
    def peak(self) -> dict[str, float]:
        """The largest variance after the drop, over that before; 1 if it falls at once."""
        return {name: float(s[self.drop :].max() / s[self.drop]) for name, s in self.variance.items()}


def forms(factor: float = 10.0) -> Forms:
    r"""Divide the rate of each form of momentum, and follow way and floor, exactly.

    The dampened form runs at $1 / (1 - \alpha)$ times the rate of the others, so that all have one pace.

    Parameters
    ----------
    factor : by which the rate is divided, above 1.

    Returns
    -------
    Forms

    Raises
    ------
    ValueError : a factor that is not above 1.

    Source: Goodfellow et al. (2016), algorithms 8.2 and 8.3; PyTorch 2, documentation of torch.optim.SGD.

    >>> forms().lag["book"], forms().lag["PyTorch"]
    (10, 0)
    """
    factor = _check.real("factor", factor, above=1)
    rates = np.where(np.arange(N_STEPS) < DROP, RATE, RATE / factor)
    mean, variance = {}, {}
    for name in FORMS:
        own = rates / (1 - ALPHA) if name == "PyTorch, dampened" else rates
        mean[name], _ = moments(name, own, LAM_WAY, start=1.0)
        _, variance[name] = moments(name, own, LAM_FLOOR, noise_variance=1.0)
    return Forms(DROP, mean, variance)
