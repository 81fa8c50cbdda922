"""Six rules, each at its own tuned rate: the grids of rates, and runs for all rates of a grid at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ravine import rules
from ravine._typing import Array

RULES: Mapping[str, Callable[[float], rules.Rule]] = {
    "gradient descent": rules.gradient_descent,
    "momentum": rules.momentum,
    "Nesterov": rules.nesterov,
    "AdaGrad": rules.adagrad,
    "RMSProp": rules.rmsprop,
    "Adam": rules.adam,
}
"""Name -> rule of a learning rate; all else as the rule's authors have it, momentum 0.9."""

LOOKS = {
    "gradient descent": ("orange", "o"),
    "momentum": ("blue", "s"),
    "Nesterov": ("sky", "D"),
    "AdaGrad": ("amber", "^"),
    "RMSProp": ("purple", "v"),
    "Adam": ("green", "P"),
}

SHORT = ["descent", *list(LOOKS)[1:]]
"""Names for an axis."""

N_JUDGED, N_TUNED = 20, 20
"""Seeds that judge, the first ones, and those after them, on which the rates are chosen."""


def label(name: str) -> str:
    """A rule's name as a file's columns have it."""
    return name.lower().replace(" ", "_")


def steps(name: str, rates: Array, theta: Array, gradient: Callable[[Array], Array]) -> Iterator[Array]:
    """The iterates of one rule for all rates at once.

    Parameters
    ----------
    name : of `RULES`.
    rates : learning rates, shape (k,).
    theta : starts, shape (k, n).
    gradient : theta (k, n) -> (k, n), asked once a step.

    Yields
    ------
    theta (k, n) after each step, without end.
    """
    rule = RULES[name](1.0)
    # A rule as made takes one rate; its equations, which are the same, take one for each row.
    written: Any = rule.update
    others = {key: x for key, x in rule.hyperparameters.items() if key != "learning_rate"}
    state, t = rule.init(theta), 0
    while True:
        theta, state = written.equations.step(
            gradient, theta, state, t, learning_rate=rates[:, None], **others
        )
        yield theta
        t += 1
