"""Chapter "Loss landscapes": what slices show and hide, what scales do, and what a path's plane is worth."""

from ravine.experiments.loss_landscapes.slices import Lines, Look, Looks, Saddles, look, saddles
from ravine.experiments.loss_landscapes.walks import Paths, Walks, paths
