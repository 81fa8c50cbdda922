"""What can be minimised, networks apart: regressions, classifiers, single units.

`regression` and `classification` hold empirical risks and what minimises them, `logistic` the losses that
take the place of errors, and `recurrent_unit` the smallest recurrent network.
"""

from ravine.problems.classification import (
    logistic_threshold,
    midpoint_threshold,
    minimise_zero_one,
    zero_one,
)
from ravine.problems.logistic import LogisticRegression, log_loss, perceptron
from ravine.problems.recurrent_unit import RecurrentUnit
from ravine.problems.regression import fit_least_squares, mean_squared_error
