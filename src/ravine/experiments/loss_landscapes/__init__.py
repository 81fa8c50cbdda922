"""Chapter "Loss landscapes": twins of one cost, what their pictures show, and where training went."""

from ravine.experiments.loss_landscapes.hessians import PLACES, Extremes, Hessians, extremes
from ravine.experiments.loss_landscapes.shipped import NUMBERS, Pictures, pictures
from ravine.experiments.loss_landscapes.training import DEPTHS, GOAL, KINDS, Twin, twin
from ravine.experiments.loss_landscapes.twins import (
    ANGLES,
    GUESSING,
    PLANES,
    TICKS,
    Pair,
    Picture,
    Twins,
    pair,
    picture,
)
