"""Chapter "Empirical risk": what a cost on examples says about the risk."""

from ravine.experiments.erm_vs_risk.least_squares import DIGITS, LEAST_SQUARES, Fits, Widths, fits, widths
from ravine.experiments.erm_vs_risk.zero_one import (
    EFFICIENCY,
    SLOPES,
    THRESHOLDS,
    Neighbours,
    Staircase,
    Thresholds,
    neighbours,
    staircase,
    thresholds,
)

SWEEPS = (LEAST_SQUARES, DIGITS, SLOPES, THRESHOLDS, EFFICIENCY)

__all__ = [
    "DIGITS",
    "EFFICIENCY",
    "LEAST_SQUARES",
    "SLOPES",
    "SWEEPS",
    "THRESHOLDS",
    "Fits",
    "Neighbours",
    "Staircase",
    "Thresholds",
    "Widths",
    "fits",
    "neighbours",
    "staircase",
    "thresholds",
    "widths",
]
