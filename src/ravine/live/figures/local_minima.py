"""Live figures of the chapter on local minima."""

# ruff: noqa: RUF001  # labels are typeset for readers: Greek letters

from ravine import problems
from ravine.live import (
    Axis,
    Explorer,
    Field,
    Formula,
    Handle,
    Lines,
    Mark,
    Path,
    Points,
    Run,
    Select,
    Series,
    Slider,
    Table,
    symbols,
)

ratio, loss, epsilon, alpha = symbols("ratio loss epsilon alpha")
x, y = symbols("u_1 u_2")


def wells() -> Explorer:
    """Nine wells of one neuron with two weights, and the descent from a start to drag."""
    run = Run("gd", "gradient_descent", {"learning_rate": 10, "threshold": 0.02}, clipping="norm")
    return Explorer(
        Formula(problems.two_weights(), [run], (x, y), {"ratio": ratio, "entropy": loss}, n_steps=1500,
                tol=1e-6),
        controls=[
            Select("loss", "loss", {"squared": "squared error", "cross_entropy": "cross-entropy"}),
            Slider("ratio", "ratio q of the inputs' scales", 2, 100, 100, log=True,
                   ticks={2: "2", 5: "5", 10: "10", 30: "30", 100: "100"}),
        ],
        views=[
            Field(
                "the cost over the logarithms of the two weights, and the path of the descent",
                Axis("ln w₁", -3, 13),
                Axis("ln w₂", -3, 13),
                paths=[Path.of("gd", "gradient descent", "orange")],
                handle=Handle("u_1", "u_2", (7.5, 3.0)),
                contours=40,
                scale="cost J",
                minima="minimum",
                title="Drag the starting point",
            ),
            Lines(
                "the cost at each step",
                Axis("step", 0, tight=True),
                Axis("cost J"),
                [Series("gd.t", "gd.J", colour="orange", status="gd.status")],
                cursor=True,
            ),
        ],
        name="wells",
        label="The cost of a neuron with two weights from above, and a descent from a start to drag.",
        sentences=["The descent {gd.outcome}; its last cost is {gd.J_end:.4f}."],
        table=Table(["cost at the end", "ln w₁ at the end", "ln w₂ at the end"],
                    [("gradient descent", "orange", ["{gd.J_end:.4f}", "{gd.x_end:.2f}", "{gd.y_end:.2f}"])]),
    )  # fmt: skip


def fibre() -> Explorer:
    """Minima of one function along wv = 1: which of them a learning rate can hold."""
    run = Run("gd", "gradient_descent", {"learning_rate": epsilon})
    return Explorer(
        Formula(problems.fibre(), [run], (1.03 * alpha, 1 / alpha), n_steps=400, tol=1e-9),
        controls=[
            Slider("alpha", "scaling α: the minimum w = α, v = 1/α", 0.25, 4, 2, log=True,
                   ticks={0.25: "¼", 0.5: "½", 1: "1", 2: "2", 4: "4"}),
            Slider("epsilon", "learning rate ε", 0.05, 1.2, 0.6),
        ],
        views=[
            Field(
                "the cost over w and v, the chosen minimum, and the descent from just beside it",
                Axis("w", -5, 5),
                Axis("v", -5, 5),
                paths=[Path.of("gd", "gradient descent", "orange")],
                points=[Points("alpha", "one_over_alpha", "the chosen minimum", "black", radius=5)],
            ),
            Lines(
                "the cost at each step on a logarithmic axis",
                Axis("step", 0, tight=True),
                Axis("cost J", 1e-12, 1e2, log=True),
                [Series("gd.t", "gd.J", colour="orange", status="gd.status")],
                marks=[Mark("cost at w = v = 0", y=0.5)],
                cursor=True,
            ),
        ],
        name="fibre",
        label="The cost of one weight times another from above; a minimum to choose on its curve of minima.",
        sentences=["At every minimum the function is the same; at this one the largest curvature is "
                   "{sharpness:.2f}, and the limit 2/ε is {limit:.2f}. Started beside it, the descent "
                   "{gd.outcome}."],
        table=Table(["w at the end", "v at the end"],
                    [("gradient descent", "orange", ["{gd.x_end:.3g}", "{gd.y_end:.3g}"])]),
        expressions={"one_over_alpha": 1 / alpha, "sharpness": alpha**2 + 1 / alpha**2, "limit": 2 / epsilon},
    )  # fmt: skip
