"""Gradient clipping: any rule, shown a shorter gradient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ravine import _check
from ravine._typing import Array, Problem
from ravine.rules._norm import direction, norm
from ravine.rules._rule import Rule, Seen, State, Step, check_rule


def clip_by_norm(rule: Rule, threshold: float) -> Rule:
    """The rule, but shown g min(1, threshold / |g|) instead of g: shorter where too long, never turned.

    An entry that has overflowed counts as infinitely longer than those that have not: (inf, 1) becomes
    (threshold, 0). Where two have, the direction is lost, and g is NaN: `descent` names that "diverged".

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

    return _clipped("clip_by_norm", _Shorten(threshold), rule, threshold)


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
    return _clipped("clip_by_value", _Cut(threshold), rule, threshold)


@dataclass(frozen=True)
class _Shorten:
    """g -> g min(1, threshold / |g|), row by row."""

    threshold: float

    def __call__(self, g: Array) -> Array:
        ratio = np.asarray(self.threshold / np.maximum(norm(g), self.threshold))[..., None]
        # The norm, or the ratio, may lie outside the range of numbers where the clipped gradient does not.
        plain = ratio > 2.0**-1000
        if plain.all():
            return np.asarray(g * ratio)
        with np.errstate(invalid="ignore"):  # where the product is none, the other is taken
            return np.where(plain, g * ratio, direction(g) * self.threshold)


@dataclass(frozen=True)
class _Cut:
    """g_i -> max(-threshold, min(threshold, g_i))."""

    threshold: float

    def __call__(self, g: Array) -> Array:
        return np.clip(g, -self.threshold, self.threshold)


@dataclass(frozen=True)
class _Clipped:
    """The update of a rule that sees clipped gradients."""

    clip: Callable[[Array], Array]
    rule: Rule

    def __call__(self, problem: Problem, theta: Array, state: State, t: int, scale: float = 1.0) -> Step:
        seen = Seen(problem, lambda at: self.clip(problem.grad(at)))
        return self.rule.update(seen, theta, state, t, scale)


def _clipped(name: str, clip: Callable[[Array], Array], rule: Rule, threshold: float) -> Rule:
    """Wrap the rule so that it sees clipped gradients."""
    rule = check_rule(rule)
    hyperparameters = {**rule.hyperparameters, "threshold": threshold}
    return Rule(f"{name}({rule.name})", rule.init, _Clipped(clip, rule), hyperparameters)
