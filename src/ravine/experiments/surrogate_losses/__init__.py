"""Chapter "Surrogate losses": what we minimise, what that does after the last error, when to stop."""

from ravine.experiments.surrogate_losses.digits import (
    LATE,
    STOPPING,
    STOPPING_STEPS,
    Late,
    ManyStoppings,
    Stopping,
    late,
    many_stoppings,
    stopping,
)
from ravine.experiments.surrogate_losses.gaussians import (
    GAUSSIANS,
    Bounds,
    Course,
    ManyCourses,
    bounds,
    classes,
    course,
    first_step_risk,
    first_steps,
    many_courses,
)
from ravine.experiments.surrogate_losses.margin import DRIFT, Drift, drift

SWEEPS = (GAUSSIANS, LATE, STOPPING, DRIFT)

__all__ = [
    "DRIFT",
    "GAUSSIANS",
    "LATE",
    "STOPPING",
    "STOPPING_STEPS",
    "SWEEPS",
    "Bounds",
    "Course",
    "Drift",
    "Late",
    "ManyCourses",
    "ManyStoppings",
    "Stopping",
    "bounds",
    "classes",
    "course",
    "drift",
    "first_step_risk",
    "first_steps",
    "late",
    "many_courses",
    "many_stoppings",
    "stopping",
]
