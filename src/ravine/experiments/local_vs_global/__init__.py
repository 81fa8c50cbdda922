"""Local against global structure: runs that go wrong, or take for ever, by good steps."""

from ravine.experiments.local_vs_global.hill import (
    DIMENSIONS,
    HILL,
    RESTARTS,
    TOP,
    TRIES,
    Restarts,
    Sides,
    expected_best,
    reaches_low_side,
    restarts,
    share_right,
    two_sides,
)
from ravine.experiments.local_vs_global.mountain import MOUNTAIN, SADDLE, Detour, arc_ratio, delay, detour
from ravine.experiments.local_vs_global.search import (
    PARITY,
    SEARCHES,
    WIDTHS,
    FreeLunch,
    Parity,
    chain,
    free_lunch,
    parities,
    parity,
)
from ravine.experiments.local_vs_global.steps import ShortSteps, short_steps

__all__ = [
    "DIMENSIONS",
    "HILL",
    "MOUNTAIN",
    "SADDLE",
    "SEARCHES",
    "TOP",
    "TRIES",
    "WIDTHS",
    "Detour",
    "FreeLunch",
    "Parity",
    "Restarts",
    "ShortSteps",
    "Sides",
    "arc_ratio",
    "chain",
    "delay",
    "detour",
    "expected_best",
    "free_lunch",
    "parities",
    "parity",
    "reaches_low_side",
    "restarts",
    "share_right",
    "short_steps",
    "two_sides",
]

SWEEPS = (RESTARTS, PARITY)
