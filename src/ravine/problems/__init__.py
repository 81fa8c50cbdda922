"""What can be minimised, networks apart: regressions, classifiers, single units, surfaces of one chapter.

`regression` and `classification` hold empirical risks and what minimises them, `logistic` the losses that
take the place of errors, `precision` a regression without a minimum, `recurrent_unit` the smallest recurrent
network, `machines` the distributions of Boltzmann machines, and `surfaces` one `Objective` a function.
"""

from ravine.problems.classification import (
    logistic_threshold,
    midpoint_threshold,
    minimise_zero_one,
    zero_one,
)
from ravine.problems.logistic import LogisticRegression, log_loss, perceptron
from ravine.problems.machines import BoltzmannMachine, Machine, RestrictedBoltzmannMachine
from ravine.problems.precision import Precision, precision_problem
from ravine.problems.recurrent_unit import RecurrentUnit
from ravine.problems.regression import fit_least_squares, mean_squared_error
from ravine.problems.surfaces import (
    COSH,
    chain,
    fibre,
    linear_network,
    neuron,
    spectrum,
    tilted_well,
    two_weights,
)
