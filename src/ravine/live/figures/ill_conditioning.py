"""Live figures of the chapter on ill-conditioning."""

# ruff: noqa: RUF001  # labels are typeset for readers: Greek letters, a multiplication sign

from typing import Any

import sympy as sp

from ravine import zoo
from ravine.live import (
    Axis,
    Curve,
    Explorer,
    Field,
    Formula,
    Goal,
    Handle,
    Lines,
    Mark,
    Path,
    Plane,
    Points,
    Preset,
    Regions,
    Run,
    Series,
    Slider,
    Table,
    Together,
    Toggle,
    symbols,
)
from ravine.theory import ill_conditioning as theory

# h is the learning rate times the largest curvature, which is kappa: the regions then stay where they are.
h, alpha, kappa = symbols("h alpha kappa")
x, y = symbols("theta_1 theta_2")


def bounce() -> Explorer:
    """Twenty steps down a valley, and beside them what one step leaves: the chapter's opening."""
    fast = _polyak(20)
    runs = [Run("run", "momentum", {"learning_rate": h / kappa, "momentum": alpha})]
    step = symbols("step")
    left = {"flat": _root(step / kappa, alpha), "steep": _root(step, alpha)}
    now = {"flat_left": _root(h / kappa, alpha), "steep_left": _root(h, alpha)}
    worst = sp.Max(*now.values())
    return Explorer(
        Together({
            "valley": Formula(zoo.quadratic(), runs, (x, y), {"kappa": kappa}, n_steps=20),
            "step": Curve(step, 0.05, 4, left | {"worse": sp.Max(*left.values())}, n=801),
        }),
        controls=[
            Slider("alpha", "momentum α: the part of the last step that is added", 0, 0.95, 0, n=96,
                   format=".2f"),
            Slider("kappa", "how many times steeper across than along: κ", 1, 200, 20, log=True,
                   ticks={1: "1", 20: "20", 200: "200"}, more=True),
            Slider("theta_1", "start along the valley, θ₁", -0.3, 1.1, 1, n=141, format=".2f", more=True),
            Slider("theta_2", "start across the valley, θ₂", -0.5, 0.5, 0.3, n=101, format=".2f", more=True),
        ],
        views=[_twenty_steps(), _what_a_step_leaves()],
        name="bounce",
        title="It bounces. Is that why it is slow?",
        label="Twenty steps of gradient descent down a long valley, seen from above; beside them, "
        "what one step leaves of the error along and across the valley, over the learning rate.",
        sentences=[
            "{bounces}. {decides}.",
            "At {h:.2f}, a step leaves in the long run {along:.4g}\u00a0% of the error along the valley "
            "(blue) and {across:.4g}\u00a0% of the error across it (orange). "
            "By step {valley.run.last_step} the cost has been {valley.run.change}.",
        ],
        # Near 100 % a percent hides the difference that makes all the steps.
        expressions=now | {"ride": sp.Min(worst, sp.Rational(6, 5)),
                           "along": 100 * now["flat_left"], "across": 100 * now["steep_left"]},
        words={"bounces": _bounces(now["steep_left"]), "decides": _decides(*now.values())},
        layout="row",
        presets=[
            Preset("Crawl", {"h": 0.5}),
            Preset("Both alike", {"h": 40 / 21}),
            Preset("Too long", {"h": 2.05}),
            Preset("With momentum", {"h": fast[0], "alpha": fast[1]}),
        ],
    )  # fmt: skip


def _polyak(k: float) -> tuple[float, float]:
    """Polyak's settings, the learning rate in units of one over the largest curvature."""
    rate, momentum = theory.polyak(k)
    return rate * k, momentum


def _bounces(steep: sp.Expr) -> list[tuple[str, Any]]:
    """What the steep direction does; it is asked of nothing where the start is on the valley's floor."""
    return [
        ("It starts at the minimum, and stays", sp.Eq(x, 0) & sp.Eq(y, 0)),
        ("It starts on the floor of the valley, so there is nothing to bounce", sp.Eq(y, 0)),
        ("No bouncing", h <= (1 - sp.sqrt(alpha)) ** 2),
        ("It swings across, by too little to see", (h < 1 + alpha) & (_overshoot() < 0.1)),
        ("It swings across the valley", h < 1 + alpha),
        ("It overshoots, by too little to see", steep < 0.1),
        ("It bounces from wall to wall", h < 2 * (1 + alpha)),
        ("It bounces for ever", sp.Eq(h, 2 * (1 + alpha))),
        ("Each bounce ends higher than it began", True),
    ]


def _overshoot() -> sp.Expr:
    """The share of its start by which the steep direction swings to the other side, after half a turn."""
    size = sp.sqrt(sp.Max(alpha, sp.Float(1e-12)))
    turn = sp.acos(sp.Max(-1, sp.Min(1, (1 + alpha - h) / (2 * size))))
    return sp.exp(sp.log(size) * sp.pi / sp.Max(turn, sp.Float(1e-6)))


def _decides(flat: sp.Expr, steep: sp.Expr) -> list[tuple[str, Any]]:
    """Which direction is the slower one, and what would help it: its factor is monotone in the rate."""
    both_swing = (sp.Abs(flat - sp.sqrt(alpha)) < 1e-12) & (sp.Abs(steep - sp.sqrt(alpha)) < 1e-12)
    return [
        ("The bowl is round, and all directions fare alike", sp.Eq(kappa, 1)),
        ("Both keep the same share of their error, whatever their curvature", both_swing & (alpha > 0)),
        ("Both keep the same share of their error: no other constant rate is faster in the long run",
         sp.Abs(flat - steep) < 1e-9),
        ("The flat direction is the slow one: a longer step would help it", flat > steep),
        ("The steep direction runs away, however well the flat one does", steep > 1),
        ("The steep direction is the slow one now: a shorter step would help it", True),
    ]  # fmt: skip


def _twenty_steps() -> Field:
    return Field(
        "twenty steps over the valley, seen from above",
        Axis("along the valley, θ₁", -0.35, 1.15),
        Axis("across, θ₂", -0.55, 0.55),
        surface="valley.surface",
        paths=[Path.of("valley.run", "", "orange", "solid")],
        contours=12,
        points=[Points("theta_1", "theta_2", "", "grey", 5.0)],
        title="Twenty steps, seen from above",
        cursor=True,
    )


def _what_a_step_leaves() -> Lines:
    return Lines(
        "the share of the error that a step leaves, along the valley and across it, over the learning rate",
        Axis("learning rate × curvature across", 0.05, 4),
        Axis("share of the error left", 0, 1.25),
        [
            Series("step.step", "step.worse", "", "grey", width=7),
            Series("step.step", "step.flat", "along", "blue"),
            Series("step.step", "step.steep", "across", "orange"),
        ],
        marks=[Mark("no progress", y=1, colour="black")],
        handle=Handle("h", "ride", (40 / 21,), "learning rate"),
        shape=0.72,
        title="Drag the knob: learning rate × curvature",
        labels="ends",
    )


def gain() -> Explorer:
    """What the first step from (1, 0.3) gains over its length, along the valley and across it."""
    step, k = symbols("step"), sp.Integer(20)
    # Of the cost at the start: what the slope promises, and the share of it that curvature takes back.
    slopes = {"along": sp.Integer(1), "across": sp.Rational(3, 10) * k}
    bends = {"along": sp.Integer(1), "across": k}
    start = sum((slopes[way] ** 2 / bends[way] for way in slopes), sp.Integer(0)) / 2
    kept = {way: step / k * slopes[way] ** 2 * (1 - step / k * bends[way] / 2) / start for way in slopes}
    kept["both"] = kept["along"] + kept["across"]
    curved = sum((slopes[way] ** 2 * bends[way] for way in slopes), sp.Integer(0))
    beta = h / k * curved / (2 * sum((slope**2 for slope in slopes.values()), sp.Integer(0)))
    return Explorer(
        Curve(step, 0.05, 2.4, kept, n=471),
        controls=[],
        views=[
            Lines(
                "by which share of the cost the first step lowers it, along the valley, across it and in all",
                Axis("learning rate × curvature across", 0.05, 2.4),
                Axis("gain / cost at the start", -1, 1),
                [
                    Series("step", "both", "both", "grey", width=7),
                    Series("step", "along", "along", "blue"),
                    Series("step", "across", "across", "orange"),
                ],
                marks=[Mark("", y=0, colour="black")],
                handle=Handle("h", "ride", (40 / 21,), "learning rate"),
                shape=0.6,
                title="Drag the knob: learning rate × curvature across",
                labels="ends",
            )
        ],
        name="gain",
        title="How much lower does the first step land?",
        label="What a step from (1, 0.3) gains along the valley and across it, over its length.",
        sentences=[
            "{verdict}. Of what the slope promises, curvature takes back the part β = {beta:.3f}: "
            "{beta_across:.3f} across (orange), {beta_along:.3f} along (blue)."
        ],
        expressions={"ride": kept["both"].subs(step, h), "beta": beta, "beta_across": h / 2,
                     "beta_along": h / k / 2},
        words={"verdict": [
            ("The step leads uphill", beta > 1),
            ("A shorter step would gain more", beta > sp.Rational(51, 100)),
            ("No length gains more", beta >= sp.Rational(49, 100)),
            ("A longer step would gain more", True),
        ]},
        layout="row",
        presets=[Preset("Both alike", {"h": 40 / 21}), Preset("Best for this slope", {"h": 740 / 721})],
    )  # fmt: skip


def valley() -> Explorer:
    """Two descents in a valley: a plane of settings, their paths, and their costs against theory."""
    root = sp.sqrt(kappa)
    best = {
        "best_h": 2 * kappa / (kappa + 1),
        "best_alpha": sp.Integer(0),
        "polyak_h": 4 * kappa / (root + 1) ** 2,
        "polyak_alpha": ((root - 1) / (root + 1)) ** 2,
    }
    runs = [
        Run("plain", "gradient_descent", {"learning_rate": h / kappa}, rate=slowest(h, 0, kappa)),
        Run(
            "ball", "momentum", {"learning_rate": h / kappa, "momentum": alpha}, rate=slowest(h, alpha, kappa)
        ),
    ]
    return Explorer(
        Formula(zoo.quadratic(), runs, (x, y), {"kappa": kappa}, n_steps=2000),
        controls=[Slider("kappa", "condition number κ", 1, 1000, 50, log=True,
                         ticks={1: "1", 10: "10", 100: "100", 1000: "1000"})],
        views=[_settings(), _paths(), _costs()],
        name="valley",
        label="Gradient descent without and with momentum in a quadratic valley: "
        "a map of the two settings, the two paths from above, and the cost at each step.",
        sentences=["{helped} momentum, the run {manner}."],
        table=Table(["last cost", "steps to a millionth of J", "error left by a step", "in theory"],
                    [_column("gradient descent", "orange", "plain"), _column("momentum", "blue", "ball")]),
        expressions=best,
        words={"manner": _manner(), "helped": [("Without", sp.Eq(alpha, 0)), ("With", True)]},
        goal=Goal("at κ ≥ 100, momentum brings J down to a millionth within 120 steps",
                  "kappa >= 100 and ball.steps <= 120"),
        presets=[
            Preset("a round bowl", {"kappa": 1, "h": 0.5, "alpha": 0}),
            Preset("a narrow valley", {"kappa": 300, "h": 1.9, "alpha": 0.9}),
            Preset("too long a step", {"h": 2.05, "alpha": 0}),
        ],
    )  # fmt: skip


def steps() -> Explorer:
    """Draw how many steps a valley costs, from a round bowl to a narrow gorge; then see."""
    k = symbols("k")
    needed = {name: 6 * sp.log(10) / sp.log((z + 1) / (z - 1))
              for name, z in (("plain_steps", k), ("ball_steps", sp.sqrt(k)))}  # fmt: skip
    return Explorer(
        Curve(k, 1, 100, needed, n=199),
        controls=[Toggle("with_ball", "momentum too")],
        views=[
            Lines(
                "the steps until the error is a millionth of the first, over the condition number",
                Axis("condition number κ", 1, 100),
                Axis("steps to 10⁻⁶ of the error", 0, 800),
                [
                    Series("k", "plain_steps", "gradient descent", "orange"),
                    Series("k", "ball_steps", "momentum", "blue", show="with_ball"),
                ],
                labels="ends",
                sketch="plain_steps",
                title="Draw it first",
            )
        ],
        name="steps",
        label="How many steps the best gradient descent needs, over the condition number: "
        "a curve to draw, and then to see.",
    )


def slowest(h: sp.Expr, alpha: sp.Expr, kappa: sp.Expr) -> sp.Expr:
    """The larger root of r^2 - (1 + alpha - epsilon lambda) r + alpha over both curvatures."""
    return sp.Max(_root(h, alpha), _root(h / kappa, alpha))


def _root(step: sp.Expr, alpha: sp.Expr) -> sp.Expr:
    b = 1 + alpha - step
    discriminant = b**2 - 4 * alpha
    real = (sp.Abs(b) + sp.sqrt(sp.Max(discriminant, 0))) / 2
    return sp.Piecewise((sp.sqrt(alpha), discriminant < 0), (real, True))


def _settings() -> Plane:
    # Of the steep direction, whose roots have the sum 1 + alpha - h and the product alpha.
    cases = _regions(h)
    polyak = 2 * sp.log((sp.sqrt(kappa) - 1) / (sp.sqrt(kappa) + 1))
    speed = 2 * sp.log(slowest(h, alpha, kappa)) / polyak
    return Plane(
        "learning rate and momentum",
        Axis("learning rate × largest curvature", 0.05, 4),
        Axis("momentum α", 0, 0.99),
        Handle("h", "alpha", (1.9, 0.6), "learning rate and momentum"),
        Regions("region", cases, ["green", "sky", "amber", "orange"], speed),
        [Mark("best at α = 0", "best_h", "best_alpha", "orange"),
         Mark("best", "polyak_h", "polyak_alpha", "black")],
        title="Drag the knob",
    )  # fmt: skip


def _regions(step: sp.Expr) -> list[tuple[str, Any]]:
    """How a direction behaves for the learning rate times its curvature."""
    return [
        ("glides", step <= (1 - sp.sqrt(alpha)) ** 2),
        ("swings", step <= 1 + alpha),
        ("zig-zags", step < 2 * (1 + alpha)),
        ("diverges", True),
    ]


def _manner() -> list[tuple[str, Any]]:
    """How the run behaves: like its steep direction, unless it starts on the floor of the valley."""
    step = sp.Piecewise((h / kappa, sp.Eq(y, 0)), (h, True))
    return [
        ("rests where it starts", sp.Eq(x, 0) & sp.Eq(y, 0)),
        ("swings for ever", sp.Eq(step, 2 * (1 + alpha))),
        *_regions(step),
    ]


def _paths() -> Field:
    return Field(
        "the two paths over the valley, seen from above",
        Axis("θ₁ (flat)", -2, 2),
        Axis("θ₂ (steep)", -1.5, 1.5),
        paths=[Path.of("plain", "gradient descent", "orange"), Path.of("ball", "momentum", "blue")],
        handle=Handle("theta_1", "theta_2", (-1.8, 1.0)),
        title="Drag the starting point",
    )


def _costs() -> Lines:
    series = [Series(f"{key}.t", f"{key}.{what}", name if style == "line" else "", colour, style,
                     status=f"{key}.status" if style == "line" else "")
              for key, name, colour in (("plain", "gradient descent", "orange"), ("ball", "momentum", "blue"))
              for what, style in (("excess", "line"), ("theory", "dashed"))]  # fmt: skip
    return Lines(
        "the cost J at each step on a logarithmic axis; dashed, the pace of the slower direction in theory",
        # To the end of both runs: every step that the table tells can be seen.
        Axis("step", 0, tight=True),
        Axis("J (dashed: slower pace)", 1e-19, 1e6, log=True),
        series,
        cursor=True,
        labels="ends",
    )


def _column(heading: str, colour: str, key: str) -> tuple[str, str, list[str]]:
    numbers = [f"{{{key}.{what}}}" for what in ("steps:d", "rate:.4f", "rho:.4f")]
    return heading, colour, [f"{{{key}.J_end:.1g}} at step {{{key}.last_step:d}}", *numbers]
