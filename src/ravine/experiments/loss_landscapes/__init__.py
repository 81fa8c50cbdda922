"""Chapter "Loss landscapes": what slices show and hide, what scales do, and what a path's plane is worth."""

from ravine.experiments.loss_landscapes.batches import SETTINGS, Batches, Ends, ends
from ravine.experiments.loss_landscapes.corners import Corners, Heights, heights
from ravine.experiments.loss_landscapes.hessians import PLACES, Extremes, Hessians, extremes
from ravine.experiments.loss_landscapes.rescaling import (
    FACTORS,
    RESCALED,
    Rescaled,
    Rescalings,
    Toy,
    rescaled,
    rescalings,
    toy,
)
from ravine.experiments.loss_landscapes.shipped import NUMBERS, Pictures, pictures
from ravine.experiments.loss_landscapes.slices import Lines, Look, Looks, Saddles, look, saddles
from ravine.experiments.loss_landscapes.trails import Way, strolled, way, ways
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
from ravine.experiments.loss_landscapes.walks import Paths, Walks, paths
