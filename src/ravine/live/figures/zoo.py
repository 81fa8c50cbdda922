"""A live figure of any two-dimensional surface of the zoo."""

from ravine import rules, zoo
from ravine.live import (
    Axis,
    Explorer,
    Field,
    Formula,
    Handle,
    Lines,
    Path,
    Run,
    Select,
    Series,
    Slider,
    Table,
    symbols,
)

# Where the first-order rules neither crawl nor leave at once, and where the second-order ones differ.
START = {"rosenbrock": (-1.5, 2.0), "saddle": (0.8, 0.01), "monkey_saddle": (0.6, 0.1)}
RATE = {"rosenbrock": 0.001, "beale": 0.001, "ackley": 0.05, "rastrigin": 0.002}


def surface(name: str = "rosenbrock") -> Explorer:
    """Any rule on the surface of that name, from any start."""
    objective = zoo.get(name)
    (left, right), (bottom, top) = objective.domain
    rate, x, y = symbols("learning_rate theta_1 theta_2")
    start = START.get(name, (left + 0.85 * (right - left), bottom + 0.75 * (top - bottom)))
    return Explorer(
        Formula(objective, [Run("run", "rule", {"learning_rate": rate})], (x, y), n_steps=500, tol=1e-8),
        controls=[
            Select("rule", "rule", {rule: rule.replace("_", " ") for rule in rules.NAMES}),
            Slider("learning_rate", "learning rate", 1e-4, 1, RATE.get(name, 0.01), log=True,
                   ticks={1e-4: "10⁻⁴", 1e-2: "10⁻²", 1: "1"}),
        ],
        views=[
            Field(f"the path over the surface {name}", Axis("θ₁", left, right), Axis("θ₂", bottom, top),
                  paths=[Path.of("run", "{run.label}", "orange")],
                  handle=Handle("theta_1", "theta_2", start)),
            Lines("the cost at each step", Axis("step"), Axis("cost J"),
                  [Series("run.t", "run.J", "", "orange")], cursor=True),
        ],
        name=f"surface-{name}",
        label=f"A descent on the surface {name.replace('_', ' ')}: path from above and cost at each step.",
        sentences=["The run {run.outcome}."],
        table=Table(["steps", "last point", "last cost"], [
            ("{run.label}", "orange", ["{run.last_step:d}", "({run.x_end}, {run.y_end})", "{run.J_end}"])]),
    )  # fmt: skip
