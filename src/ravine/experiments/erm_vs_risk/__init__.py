"""Chapter "Empirical risk": what a cost on examples says about the risk."""

from ravine.experiments.erm_vs_risk.least_squares import (
    WIDTHS,
    Fits,
    LeastSquares,
    Widths,
    draw_least_squares,
    fits,
)
from ravine.experiments.erm_vs_risk.zero_one import (
    Efficiency,
    Neighbours,
    Slopes,
    Staircase,
    Thresholds,
    neighbours,
    staircase,
)
