"""Update rules as pure (init, update) pairs, each written once and reading like its equation.

A rule acts on every row of theta (..., n) by itself: a batch of starts gives what a loop over them gives.
"""

from ravine.rules._adaptive import adagrad, adam, rmsprop
from ravine.rules._clipping import clip_by_norm, clip_by_value
from ravine.rules._first_order import gradient_descent, momentum, nesterov
from ravine.rules._rule import Rule, State, Update
from ravine.rules._second_order import newton, saddle_free_newton

__all__ = [
    "NAMES",
    "Rule",
    "State",
    "Update",
    "adagrad",
    "adam",
    "clip_by_norm",
    "clip_by_value",
    "gradient_descent",
    "momentum",
    "nesterov",
    "newton",
    "rmsprop",
    "saddle_free_newton",
]

NAMES = (
    "gradient_descent",
    "momentum",
    "nesterov",
    "newton",
    "saddle_free_newton",
    "adagrad",
    "rmsprop",
    "adam",
)
