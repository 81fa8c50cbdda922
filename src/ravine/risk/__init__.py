"""Empirical risk, risk, and minibatch estimators, with their closed forms.

`regression` holds least squares on Gaussian features, `classification` the 0-1 loss of a threshold,
`surrogates` losses that take its place, and `minibatch` what a gradient averaged over a few examples knows of
the whole.
"""

from ravine.risk.classification import (
    CHERNOFF_VARIANCE,
    logistic_efficiency,
    logistic_threshold,
    midpoint_threshold,
    minimise_zero_one,
    plug_in_excess,
    threshold_risk,
    threshold_slope,
    zero_one,
    zero_one_excess,
    zero_slope_probability,
)
from ravine.risk.minibatch import (
    best_learning_rate,
    decrease_fraction,
    minibatch_variance,
    newton_noise_gain,
    noise_scale,
    online_error,
    simple_noise_scale,
)
from ravine.risk.regression import (
    draw_least_squares,
    fit_least_squares,
    least_squares_J,
    least_squares_J_star,
    mean_squared_error,
)
from ravine.risk.surrogates import LogisticRegression, calibration, log_loss, perceptron

__all__ = [
    "CHERNOFF_VARIANCE",
    "LogisticRegression",
    "best_learning_rate",
    "calibration",
    "decrease_fraction",
    "draw_least_squares",
    "fit_least_squares",
    "least_squares_J",
    "least_squares_J_star",
    "log_loss",
    "logistic_efficiency",
    "logistic_threshold",
    "mean_squared_error",
    "midpoint_threshold",
    "minibatch_variance",
    "minimise_zero_one",
    "newton_noise_gain",
    "noise_scale",
    "online_error",
    "perceptron",
    "plug_in_excess",
    "simple_noise_scale",
    "threshold_risk",
    "threshold_slope",
    "zero_one",
    "zero_one_excess",
    "zero_slope_probability",
]
