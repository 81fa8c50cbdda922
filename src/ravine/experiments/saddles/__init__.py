"""Chapter "Saddles": how rare minima are, and who leaves a saddle when."""

from ravine.experiments.saddles.escape import (
    Escape,
    TwoSaddles,
    escape,
    escape_steps,
    growth,
    newton_steps,
    two_saddles,
)
from ravine.experiments.saddles.flats import BIASES, DEAD, Plateau, dead_units, plateau
from ravine.experiments.saddles.network import FRESH, NETWORK, Leaving, Saddle, leave, saddle
from ravine.experiments.saddles.rarity import (
    DEAN_MAJUMDAR,
    FIELD_DIMENSIONS,
    MINIMA,
    Rarity,
    all_positive,
    field_minima,
    goe,
    rarity,
)
from ravine.experiments.saddles.spins import SPINS, CriticalPoints, critical_points, index_share

SWEEPS = (MINIMA, NETWORK, FRESH, DEAD, SPINS)

__all__ = [
    "BIASES",
    "DEAD",
    "DEAN_MAJUMDAR",
    "FIELD_DIMENSIONS",
    "FRESH",
    "MINIMA",
    "NETWORK",
    "SPINS",
    "SWEEPS",
    "CriticalPoints",
    "Escape",
    "Leaving",
    "Plateau",
    "Rarity",
    "Saddle",
    "TwoSaddles",
    "all_positive",
    "critical_points",
    "dead_units",
    "escape",
    "escape_steps",
    "field_minima",
    "goe",
    "growth",
    "index_share",
    "leave",
    "newton_steps",
    "plateau",
    "rarity",
    "saddle",
    "two_saddles",
]
