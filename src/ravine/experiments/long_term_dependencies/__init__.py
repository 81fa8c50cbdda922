"""Chapter "Long-term dependencies": powers of a matrix, products of many, what memory costs."""

from ravine.experiments.long_term_dependencies.latching import Latching, Latchings, latching
from ravine.experiments.long_term_dependencies.powers import (
    Forgetting,
    Forgettings,
    Transient,
    forgetting,
    norms,
    random_matrix,
    transient,
)
from ravine.experiments.long_term_dependencies.products import Chains, Gains, SharedWeights, chains, log_gains
from ravine.experiments.long_term_dependencies.recurrent import Lags, Memory, log_gradients, memory
