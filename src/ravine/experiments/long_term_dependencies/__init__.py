"""Chapter "Long-term dependencies": powers of a matrix, products of many, what memory costs."""

from ravine.experiments.long_term_dependencies.latching import (
    LATCHING,
    Latching,
    Success,
    latching,
    success,
)
from ravine.experiments.long_term_dependencies.powers import (
    FORGETTING,
    Forgetting,
    Transient,
    forgetting,
    norms,
    random_matrix,
    transient,
)
from ravine.experiments.long_term_dependencies.products import (
    CHAINS,
    GAINS,
    SHARED,
    Gains,
    chains,
    gains,
    log_gain_law,
    log_gains,
)
from ravine.experiments.long_term_dependencies.recurrent import (
    LAGS,
    Lags,
    Memory,
    fixed_point,
    gradient_factor,
    lags,
    log_gradients,
    memory,
    tolerance,
)

SWEEPS = (FORGETTING, CHAINS, GAINS, SHARED, LAGS, LATCHING)

__all__ = [
    "SWEEPS",
    "Forgetting",
    "Gains",
    "Lags",
    "Latching",
    "Memory",
    "Success",
    "Transient",
    "chains",
    "fixed_point",
    "forgetting",
    "gains",
    "gradient_factor",
    "lags",
    "latching",
    "log_gain_law",
    "log_gains",
    "log_gradients",
    "memory",
    "norms",
    "random_matrix",
    "success",
    "tolerance",
    "transient",
]
