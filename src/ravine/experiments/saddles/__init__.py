"""Chapter "Saddles": how rare minima are, and who leaves a saddle when."""

from ravine.experiments.saddles.escape import Escape, TwoSaddles, escape, two_saddles
from ravine.experiments.saddles.flats import BIASES, DeadUnits, Plateau, dead_units, plateau
from ravine.experiments.saddles.network import Departures, Leaving, Overshoots, Saddle, leave, saddle
from ravine.experiments.saddles.rarity import FIELD_DIMENSIONS, Minima, Rarity, field_minima, goe, rarity
from ravine.experiments.saddles.spins import CriticalPoints, SpinGlasses, critical_points
