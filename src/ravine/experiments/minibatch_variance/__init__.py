"""Chapter "Minibatches": what a few examples know of the gradient, and what becomes of it."""

from ravine.experiments.minibatch_variance.delays import (
    Delays,
    StaleNetworks,
    Workers,
    delays,
    stale_gradient_descent,
)
from ravine.experiments.minibatch_variance.digits import Returns, StandardErrors, memory
from ravine.experiments.minibatch_variance.passes import Epochs, Orders
from ravine.experiments.minibatch_variance.second_order import Clouds, Hessians, Newton, clouds, whiten
from ravine.experiments.minibatch_variance.small_batches import BatchesOfFour, NoisyDigits, SparseRegressions
