"""Gradient clipping: any rule, shown a shorter gradient."""

from collections.abc import Callable

import numpy as np

from ravine import _check
from ravine._typing import Array, Problem
from ravine.rules._rule import Rule, Seen, State, Step, check_rule


def clip_by_norm(rule: Rule, threshold: float) -> Rule:
    """The rule, but shown g min(1, threshold / |g|) instead of g: shorter where too long, never turned.

    Parameters
    ----------
    rule : any rule; whatever gradient it asks for, wherever it asks for it, is clipped.
    threshold : > 0, in units of g.

    Returns
    -------
    A Rule with the state of the inner one.

    Raises
    ------
    ValueError : rule is not a Rule, or threshold is not a finite positive number.

    Source: Pascanu, Mikolov and Bengio (2013), ICML, algorithm 1.

    >>> import numpy as np
    >>> from ravine.rules import gradient_descent
    >>> class Bowl:
    ...     value, grad = (lambda self, x: (x * x).sum(-1) / 2), (lambda self, x: x)
    >>> clip_by_norm(gradient_descent(1.0), 1.0).update(Bowl(), np.array([3.0, 4.0]), {}, 0)[0]
    array([2.4, 3.2])
    """
    threshold = _check.real("threshold", threshold, above=0)

    def clip(g: Array) -> Array:
        # hypot, because the squares of a gradient at a cliff can overflow where the gradient does not.
        norm = np.hypot.reduce(g, axis=-1)[..., None]
        return np.asarray(g * (threshold / np.maximum(norm, threshold)))

    return _clipped("clip_by_norm", rule, threshold, clip)


def clip_by_value(rule: Rule, threshold: float) -> Rule:
    """The rule, but shown max(-threshold, min(threshold, g_i)) instead of g_i: this can turn the gradient.

    Parameters
    ----------
    rule : any rule; whatever gradient it asks for, wherever it asks for it, is clipped.
    threshold : > 0, in units of g.

    Returns
    -------
    A Rule with the state of the inner one.

    Raises
    ------
    ValueError : rule is not a Rule, or threshold is not a finite positive number.

    Source: Mikolov (2012), PhD thesis, Brno, section 3.3; Goodfellow et al. (2016), section 10.11.1.

    >>> import numpy as np
    >>> from ravine.rules import gradient_descent
    >>> class Bowl:
    ...     value, grad = (lambda self, x: (x * x).sum(-1) / 2), (lambda self, x: x)
    >>> clip_by_value(gradient_descent(1.0), 1.0).update(Bowl(), np.array([3.0, 0.5]), {}, 0)[0]
    array([2., 0.])
    """
    threshold = _check.real("threshold", threshold, above=0)
    return _clipped("clip_by_value", rule, threshold, lambda g: np.clip(g, -threshold, threshold))


def _clipped(name: str, rule: Rule, threshold: float, clip: Callable[[Array], Array]) -> Rule:
    """Wrap the rule so that it sees clipped gradients."""
    rule = check_rule(rule)

    def update(problem: Problem, theta: Array, state: State, t: int, scale: float = 1.0) -> Step:
        seen = Seen(problem, lambda at: clip(problem.grad(at)))
        return rule.update(seen, theta, state, t, scale)

    hyperparameters = {**rule.hyperparameters, "threshold": threshold}
    return Rule(f"{name}({rule.name})", rule.init, update, hyperparameters)
