"""Cliffs: where gradient and curvature explode together, and what clipping does about it."""

from ravine.experiments.cliffs.descents import (
    ARRIVED,
    DEAD,
    THRESHOLDS,
    WINDOW,
    Clipped,
    Walk,
    Window,
    starts,
    step_lengths,
    walk,
    window,
)
from ravine.experiments.cliffs.geometry import (
    Bifurcation,
    Grids,
    bifurcation,
    fixed_point_bias,
    folds,
    n_fixed_points,
    on_grids,
    output,
    relative_curvature,
    steepest,
)
from ravine.experiments.cliffs.network import DEPTHS, NETWORK, SCALE, Deep, Networks, deep, growth, networks
from ravine.experiments.cliffs.smoothness import COSH, Hyperbolic, hyperbolic, largest_learning_rate

__all__ = [
    "ARRIVED",
    "COSH",
    "DEAD",
    "DEPTHS",
    "SCALE",
    "THRESHOLDS",
    "Bifurcation",
    "Clipped",
    "Deep",
    "Grids",
    "Hyperbolic",
    "Networks",
    "Walk",
    "Window",
    "bifurcation",
    "deep",
    "fixed_point_bias",
    "folds",
    "growth",
    "hyperbolic",
    "largest_learning_rate",
    "n_fixed_points",
    "networks",
    "on_grids",
    "output",
    "relative_curvature",
    "starts",
    "steepest",
    "step_lengths",
    "walk",
    "window",
]

SWEEPS = (WINDOW, NETWORK)
