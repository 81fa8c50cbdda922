"""Rules that rescale the gradient by the curvature."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ravine import _check, _symmetric
from ravine._typing import Array, Problem
from ravine.rules._rule import Rule, State, Step


def newton(learning_rate: float = 1.0, damping: float = 0.0) -> Rule:
    """Newton's method: theta <- theta - learning_rate (H + damping I)^-1 g.

    Parameters
    ----------
    learning_rate : > 0, dimensionless; 1 is the full step.
    damping : >= 0, in units of H; 0, the default, is Newton's own method.

    Returns
    -------
    A Rule with state `singular` (...), bool: where H + damping I has no inverse to working precision, that
    is where its smallest eigenvalue is at most n u times its largest in absolute value (u = 2.2e-16). Such a
    start takes no step. A Hessian that is only nearly singular gives the enormous step of the formula.

    Raises
    ------
    ValueError : a hyperparameter lies outside its range, or (on update) the problem has no `.hess`.

    Source: Goodfellow et al. (2016), eq. 8.27 and, damped, eq. 8.28.

    >>> import numpy as np
    >>> class Saddle:
    ...     value, grad = (lambda self, x: x[..., 0] * x[..., 1]), (lambda self, x: x[..., ::-1])
    ...     hess = lambda self, x: np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> newton().update(Saddle(), np.array([3.0, 2.0]), {}, 0)[0].round(12) + 0
    array([0., 0.])
    """
    return _second_order("newton", _itself, learning_rate, damping)


def saddle_free_newton(learning_rate: float = 1.0, damping: float = 0.0) -> Rule:
    """Saddle-free Newton: theta <- theta - learning_rate (|H| + damping I)^-1 g, |H| by absolute eigenvalues.

    Parameters
    ----------
    learning_rate : > 0, dimensionless; 1 is the full step.
    damping : >= 0, in units of H. The default is 0, so that no hidden constant shapes a figure: a singular
        Hessian is then reported and not papered over. Networks need one: their symmetries make H singular.

    Returns
    -------
    A Rule with state `singular` (...), bool, as for `newton`.

    Raises
    ------
    ValueError : a hyperparameter lies outside its range, or (on update) the problem has no `.hess`.

    Source: Dauphin et al. (2014), NeurIPS, section 5.

    >>> import numpy as np
    >>> class Saddle:
    ...     value, grad = (lambda self, x: x[..., 0] * x[..., 1]), (lambda self, x: x[..., ::-1])
    ...     hess = lambda self, x: np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> saddle_free_newton().update(Saddle(), np.array([3.0, 2.0]), {}, 0)[0].round(12)
    array([ 1., -1.])
    """
    return _second_order("saddle_free_newton", np.abs, learning_rate, damping)


@dataclass(frozen=True)
class _Solved:
    """The update theta <- theta - learning_rate (f(H) + damping I)^-1 g."""

    name: str
    f: Callable[[Array], Array]
    learning_rate: float
    damping: float

    def __call__(self, problem: Problem, theta: Array, state: State, t: int, scale: float = 1.0) -> Step:
        H, g = _hessian(self.name, problem, theta), problem.grad(theta)
        step, singular = _symmetric.solve(lambda lam: self.f(lam) + self.damping, H, g)
        return theta - scale * self.learning_rate * step, {"singular": singular}


def _no_start_is_singular(theta: Array) -> State:
    return {"singular": np.zeros(theta.shape[:-1], dtype=bool)}


def _second_order(name: str, f: Callable[[Array], Array], learning_rate: float, damping: float) -> Rule:
    """The rule of f, its hyperparameters checked."""
    learning_rate = _check.real("learning_rate", learning_rate, above=0)
    damping = _check.real("damping", damping, at_least=0)
    update = _Solved(name, f, learning_rate, damping)
    hyperparameters = {"learning_rate": learning_rate, "damping": damping}
    return Rule(name, _no_start_is_singular, update, hyperparameters)


def _itself(lam: Array) -> Array:
    return lam


def _hessian(name: str, problem: Problem, theta: Array) -> Array:
    """The Hessian at every row of theta, or a ValueError if the problem has none."""
    hess = getattr(problem, "hess", None)  # not isinstance: from Python 3.12 on it is blind to `Seen`
    if hess is None:
        raise ValueError(f"problem: got {problem!r} without .hess; want one with .hess, which {name} needs")
    return np.broadcast_to(hess(theta), (*theta.shape, theta.shape[-1]))
