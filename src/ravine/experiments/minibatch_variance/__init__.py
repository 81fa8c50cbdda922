"""Chapter "Minibatches": what a few examples know of the gradient, and what becomes of it."""

from ravine.experiments.minibatch_variance.delays import (
    STALE_NETWORK,
    WORKERS,
    Delays,
    delay_limit,
    delays,
    stale_gradient_descent,
)
from ravine.experiments.minibatch_variance.digits import (
    ERRORS,
    RETURNS,
    Returns,
    StandardErrors,
    memory,
    returns,
    standard_errors,
)
from ravine.experiments.minibatch_variance.passes import EPOCHS, ORDERS, Epochs, Orders, epochs, orders
from ravine.experiments.minibatch_variance.second_order import (
    HESSIANS,
    NEWTON,
    Clouds,
    Newton,
    clouds,
    newton,
    whiten,
)
from ravine.experiments.minibatch_variance.small_batches import (
    FOURS,
    NOISY,
    SPARSE,
    SmallBatches,
    small_batches,
)

SWEEPS = (ERRORS, RETURNS, NEWTON, HESSIANS, EPOCHS, ORDERS, STALE_NETWORK, WORKERS, SPARSE, FOURS, NOISY)

__all__ = [
    "EPOCHS",
    "ERRORS",
    "FOURS",
    "HESSIANS",
    "NEWTON",
    "NOISY",
    "ORDERS",
    "RETURNS",
    "SPARSE",
    "STALE_NETWORK",
    "SWEEPS",
    "WORKERS",
    "Clouds",
    "Delays",
    "Epochs",
    "Newton",
    "Orders",
    "Returns",
    "SmallBatches",
    "StandardErrors",
    "clouds",
    "delay_limit",
    "delays",
    "epochs",
    "memory",
    "newton",
    "orders",
    "returns",
    "small_batches",
    "stale_gradient_descent",
    "standard_errors",
    "whiten",
]
