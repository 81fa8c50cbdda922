"""Cliffs: where gradient and curvature explode together, and what clipping does about it."""

from ravine.experiments.cliffs.descents import (
    ARRIVED,
    DEAD,
    THRESHOLDS,
    Clipped,
    Walk,
    Window,
    starts,
    step_lengths,
    walk,
)
from ravine.experiments.cliffs.geometry import (
    Bifurcation,
    Grids,
    bifurcation,
    on_grids,
    relative_curvature,
    steepest,
)
from ravine.experiments.cliffs.network import DEPTHS, SCALE, Deep, Networks, deep, growth
from ravine.experiments.cliffs.smoothness import Hyperbolic, hyperbolic
