"""The live figure of the front page: four landscapes, one learning rate."""

from typing import Any

from ravine import zoo
from ravine.live import Axis, Explorer, Field, Formula, Path, Run, Slider, Together, symbols

rate = symbols("learning_rate")

# name -> (title, objective, start, steps).
MAPS: dict[str, tuple[str, Any, tuple[float, float], int]] = {
    "valley": ("a narrow valley", zoo.quadratic(20.0), (-1.8, 1.0), 120),
    "saddle": ("a saddle", zoo.double_well(), (0.002, 1.2), 120),
    "plateau": ("a plateau", zoo.plateau(), (-4.0, 3.0), 120),
    "wells": ("many wells", zoo.himmelblau(), (0.2, -0.6), 120),
}
# Of the learning rate on the slider, so that the four are of one make: about the inverse largest curvature.
UNIT = {"valley": 1 / 20, "saddle": 1 / 10, "plateau": 4.0, "wells": 1 / 80}


def maps() -> Explorer:
    """Gradient descent in four landscapes at once, with one learning rate to turn."""
    parts = {
        name: Formula(objective, [Run("run", "gradient_descent", {"learning_rate": rate * UNIT[name]})],
                      start, n_steps=n_steps, tol=1e-6)
        for name, (_, objective, start, n_steps) in MAPS.items()
    }  # fmt: skip
    return Explorer(
        Together(parts),
        controls=[Slider("learning_rate", "learning rate, in units of each landscape", 0.05, 2.5, 0.5,
                         log=True, ticks={0.1: "0.1", 0.5: "0.5", 2: "2"})],
        views=[_map(name) for name in MAPS],
        name="maps",
        label="Four landscapes from above, a narrow valley, a saddle, a plateau and many wells, "
        "each with the path of gradient descent.",
        sentences=["In the valley the descent {valley.run.outcome}, at the saddle it {saddle.run.outcome}.",
                   "On the plateau it {plateau.run.outcome}, among the wells it {wells.run.outcome}."],
        layout="row",
    )  # fmt: skip


def _map(name: str) -> Field:
    title, objective, _, _ = MAPS[name]
    (left, right), (bottom, top) = objective.domain
    return Field(
        f"{title}, seen from above, and the path of the descent",
        Axis("θ₁", left, right),
        Axis("θ₂", bottom, top),
        surface=f"{name}.surface",
        paths=[Path.of(f"{name}.run", "", "orange", "solid")],
        contours=10,
        equal=False,
        shape=1.0,
        title=title[0].upper() + title[1:],
        cursor=True,
        bare=True,
    )
