"""Local against global structure: runs that go wrong, or take for ever, by good steps."""

from ravine.experiments.local_vs_global.hill import (
    DIMENSIONS,
    HILL,
    TOP,
    TRIES,
    Restarts,
    Sides,
    expected_best,
    reaches_low_side,
    share_right,
    two_sides,
)
from ravine.experiments.local_vs_global.mountain import MOUNTAIN, SADDLE, Detour, arc_ratio, delay, detour
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
    Precision,
    RoundedTurns,
    Turns,
    fit,
    fits,
    flow,
    precision_problem,
)
from ravine.experiments.local_vs_global.search import (
    WIDTHS,
    FreeLunch,
    Parities,
    chain,
    free_lunch,
    parity,
)
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
