"""Chapter "Ill-conditioning": valleys that make descent zigzag, and a network that trains at its limit."""

from ravine.experiments.ill_conditioning.minibatches import Minibatches
from ravine.experiments.ill_conditioning.network import Training, train
from ravine.experiments.ill_conditioning.parts import Parts, Split, split
from ravine.experiments.ill_conditioning.quadratics import Race, Rates, race, rates, steps_to
from ravine.experiments.ill_conditioning.schedules import Leftovers, leftovers
from ravine.experiments.ill_conditioning.seeds import (
    EarlyCurves,
    EdgeOfStability,
    FastRuns,
    LateCurves,
    Starts,
    Trainings,
)
