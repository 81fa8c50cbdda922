"""Chapter "Surrogate losses": what we minimise, what that does after the last error, when to stop."""

from ravine.experiments.surrogate_losses.digits import STOPPING_STEPS, Late, Stopping, Stoppings, stopping
from ravine.experiments.surrogate_losses.gaussians import (
    Bounds,
    Course,
    Courses,
    bounds,
    classes,
    course,
    first_steps,
)
from ravine.experiments.surrogate_losses.margin import Drift, Drifts, drift
