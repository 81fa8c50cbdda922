"""Chapter "Ill-conditioning": valleys that make descent zigzag, and a network that trains at its limit."""

from ravine.experiments.ill_conditioning.network import Training, balance, train
from ravine.experiments.ill_conditioning.quadratics import (
    Race,
    Rates,
    best_learning_rate,
    contraction,
    polyak,
    race,
    rates,
    spectrum,
    steps_to,
)
from ravine.experiments.ill_conditioning.seeds import (
    CURVES,
    EARLY,
    EDGE,
    FAST,
    NETWORK,
    STARTS,
    EdgeOfStability,
    ManyRuns,
    edge_of_stability,
    many_runs,
)

SWEEPS = (NETWORK, EARLY, CURVES, EDGE, FAST, STARTS)

__all__ = [
    "FAST",
    "SWEEPS",
    "EdgeOfStability",
    "ManyRuns",
    "Race",
    "Rates",
    "Training",
    "balance",
    "best_learning_rate",
    "contraction",
    "edge_of_stability",
    "many_runs",
    "polyak",
    "race",
    "rates",
    "spectrum",
    "steps_to",
    "train",
]
