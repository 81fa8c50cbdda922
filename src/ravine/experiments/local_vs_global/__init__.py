"""Local against global structure: runs that go wrong, or take for ever, by good steps."""

from ravine.experiments.local_vs_global.hill import (
    DIMENSIONS,
    TRIES,
    Restarts,
    Sides,
    reaches_low_side,
    two_sides,
)
from ravine.experiments.local_vs_global.mountain import Detour, arc_ratio, detour
from ravine.experiments.local_vs_global.paths import (
    CHORD,
    RECIPES,
    Path,
    Paths,
    RawPaths,
    Recipe,
    barrier,
    train_path,
)
from ravine.experiments.local_vs_global.precision import (
    HORIZON,
    RATES,
    TURN,
    Fit,
    Fits,
    RoundedTurns,
    Turns,
    fit,
    fits,
    flow,
)
from ravine.experiments.local_vs_global.search import WIDTHS, FreeLunch, Parities, free_lunch, parity
from ravine.experiments.local_vs_global.starts import (
    ARRIVED,
    LEFT,
    N_STEPS,
    OFFSETS,
    SCALES,
    SLOW_SCALES,
    Separations,
    Start,
    Starts,
    Twins,
    start_scaled,
    twins,
)
from ravine.experiments.local_vs_global.steps import ShortSteps, short_steps
