"""Chapter "SGD as noise": straying, waiting, choosing between wells, rare events, minima without noise."""

from ravine.experiments.sgd_as_noise.interpolating import (
    CURVATURES,
    RATES,
    Growth,
    Interpolating,
    Toy,
    grow,
    toy,
    toy_slope,
    toy_value,
)
from ravine.experiments.sgd_as_noise.least_squares import (
    SETTINGS,
    SHUFFLES,
    Hovering,
    LeastSquares,
    Regression,
    hover,
    regression,
)
from ravine.experiments.sgd_as_noise.leaving import (
    STRENGTHS,
    Ball,
    Exits,
    Leaving,
    Paths,
    exact_time,
    least_actions,
    leave,
    leave_ball,
    likeliest_paths,
)
from ravine.experiments.sgd_as_noise.network import BATCHES, FAR, Scaling, Scalings, scale
from ravine.experiments.sgd_as_noise.rare import (
    NOISES,
    Slopes,
    Trapped,
    batch_slopes,
    exit_steps,
    slopes,
    trapped,
)
from ravine.experiments.sgd_as_noise.shares import (
    ANGLES,
    CASES,
    Case,
    Occupancies,
    Shares,
    Turned,
    Turns,
    predicted_share,
    share,
    turn,
    variance_across,
)
from ravine.experiments.sgd_as_noise.straying import Straying, Strays, covariance_error, stray
from ravine.experiments.sgd_as_noise.three_wells import WELLS, Wandering, Wanderings, depths, rates, wander
