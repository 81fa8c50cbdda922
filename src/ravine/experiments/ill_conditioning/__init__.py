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
    EarlyCurves,
    EdgeOfStability,
    FastRuns,
    LateCurves,
    Starts,
    Trainings,
)
