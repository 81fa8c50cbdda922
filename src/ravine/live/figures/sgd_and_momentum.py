"""Live figures of the chapter on SGD and momentum."""

# ruff: noqa: RUF001  # labels are typeset for readers: Greek letters, signs of multiplication and division

from importlib.resources import files
from pathlib import Path as File

from ravine.live import (
    Axis,
    Button,
    Explorer,
    Field,
    Handle,
    Kernel,
    Lines,
    Mark,
    Path,
    Points,
    Preset,
    Select,
    Series,
    Slider,
    Table,
)
from ravine.live.figures import _momentum_forms as named
from ravine.live.figures import _sgd_and_momentum as twins

KERNELS = File(str(files("ravine.live") / "kernels"))


def drop() -> Explorer:
    """A noisy descent before and after its rate falls: way to go and unrest, the chapter's opening."""
    return Explorer(
        Kernel(KERNELS / "drop.mjs", twins.drop_run, constants=twins.FOR_DROP),
        controls=[
            Select("change", "what changes there",
                   {"rate": "a smaller rate", "batch": "a larger batch", "nothing": "nothing"}),
            Slider("epsilon", "learning rate ε before", 0.05, 1.9, 0.5, n=186, format=".2f", more=True),
            Slider("factor", "by which factor", 2, 100, 10, choices=[2, 3, 5, 10, 20, 50, 100], format="d",
                   more=True),
            Button("seed", "New noise", more=True),
        ],
        views=[_fall_of_the_cost(), _from_above()],
        name="drop",
        title="Why does it fall when steps shrink?",
        label="The cost of a noisy descent over a thousand steps, at one of which the learning rate can fall "
        "or the batch grow; the mean of many such runs is the way still to go and the unrest about it.",
        sentences=[
            "{verdict}.",
            "Of the mean cost {J_drop:.3g} {moment}, {share:.0%} is way to go (blue), "
            "{unrest_share:.0%} unrest (orange).",
            "After 1,000 steps the mean cost is {J_end:.2g}{instead}.",
        ],
        presets=[
            Preset("Nearly done", {"drop": 600}),
            Preset("Too early", {"drop": 150}),
            Preset("Never", {"drop": twins.N_STEPS}),
        ],
        layout="row",
        seconds=10,
    )  # fmt: skip


def _fall_of_the_cost() -> Lines:
    return Lines(
        "the cost at each step on a logarithmic axis: of one run, in the mean, and its two parts",
        Axis("step", 0, twins.N_STEPS),
        Axis("cost J", "foot", "head", log=True),
        [
            Series("steps", "run_J", "one run", "grey", width=1),
            Series("steps", "way_J", "way to go", "blue"),
            Series("steps", "unrest_J", "unrest", "orange"),
            Series("steps", "mean_J", "mean", "black"),
        ],
        marks=[Mark("{sign}", x="T")],
        handle=Handle("drop", "ride", (600.0,), "step of the change", stands=("T", "ride")),
        cursor=True,
        shape=0.62,
        title="Drag the knob: when it changes",
        labels="ends",
    )


def _from_above() -> Field:
    return Field(
        "one run from above, in a flat and a steep direction, before the change and after it",
        Axis("a flat direction", "left", "right"),
        Axis("a steep direction", "low", "wide"),
        paths=[Path("run_x", "run_y", "one run", "grey", style="solid", width=1)],
        points=[Points("late_x", "late_y", "{cured}", "orange", 1.5)],
        equal=False,
        shape=0.62,
        minima="lowest point",
        title="The same run, from above: press ▶",
    )


def pair() -> Explorer:
    """Plain SGD and momentum at the same effective rate: one pace, two floors, two limits."""
    return Explorer(
        Kernel(KERNELS / "pair.mjs", twins.pair_run, constants=twins.FOR_PAIR),
        controls=[Slider("alpha", "momentum α", 0, 0.99, 0.9, n=100, format=".2f", more=True)],
        views=[_two_costs(), _two_floors()],
        name="pair",
        title="Is momentum more than a larger rate?",
        label="The mean cost of a noisy descent with and without momentum at the same effective learning "
        "rate; beside it, the cost at which each hovers in the end, over that rate.",
        sentences=[
            "{verdict}.",
            "On a steady slope, a learning rate of {epsilon:.2g} with momentum {alpha:.2f} moves as fast "
            "as one of {eff:.3g} without.",
        ],
        table=Table(["hovers at a cost of", "99 % of the way, without errors (steps)"],
                    [("plain SGD", "orange", ["{plain.floor:.2g}", "{plain.done}"]),
                     ("momentum", "blue", ["{ball.floor:.2g}", "{ball.done}"])]),
        presets=[
            Preset("A small rate", {"eff": 0.1}),
            Preset("At SGD's limit", {"eff": 1.9}),
            Preset("Beyond it", {"eff": 10}),
            Preset("Beyond both", {"eff": 38.5}),
        ],
        layout="row",
    )  # fmt: skip


def _two_costs() -> Lines:
    return Lines(
        "the mean cost of both at each step, on a logarithmic axis",
        Axis("step", 0, twins.STEPS),
        Axis("mean cost", 1e-3, twins.TOP, log=True),
        [
            Series("plain.t", "plain.J", "{plain.label}", "orange", width=4),
            Series("ball.t", "ball.J", "{ball.label}", "blue"),
        ],
        shape=0.72,
        title="The mean cost, step by step",
        labels="ends",
    )


def _two_floors() -> Lines:
    return Lines(
        "the cost at which both hover in the end, over the effective learning rate, on logarithmic axes",
        Axis("effective rate ε/(1 − α)", 0.02, 40, log=True),
        Axis("hovers at a cost of", 1e-4, twins.TOP, log=True),
        [
            Series("plain_x", "plain_y", "plain", "orange", width=4),
            Series("ball_x", "ball_y", "momentum", "blue"),
            Series("eff", "plain.floor", "", "black", "points"),
        ],
        marks=[
            Mark("{wall_1}", x="plain.limit", colour="orange"),
            Mark("{wall_2}", x="ball.limit", colour="blue"),
        ],
        handle=Handle("eff", "ride", (1.9,), "effective learning rate"),
        shape=0.72,
        title="Drag the knob: the effective rate",
    )


def barrier() -> Explorer:
    """A ball with momentum beside one without, on a curve with a shallow and a deeper hollow."""
    return Explorer(
        Kernel(KERNELS / "barrier.mjs", twins.barrier_run, constants=twins.FOR_BARRIER),
        controls=[
            Slider("alpha", "momentum α: the share of the speed kept", 0, 0.99, 0.9, n=100,
                   format=".2f"),
            Slider("epsilon", "learning rate ε", 0.01, 0.1, 0.05, n=91, format=".3f", more=True),
        ],
        views=[_two_hollows(), _energy()],
        name="barrier",
        title="Can momentum roll out of a hollow?",
        label="A ball with momentum and one without on a curve with a shallow and a deeper hollow; beside "
        "it, the energy of both at each step.",
        sentences=["At ε = {epsilon:.3g}, with momentum {alpha:.2f}, the ball {ball.fate}; {other}.",
                   "{why}."],
        presets=[
            Preset("Friction wins", {"x0": 1.45, "alpha": 0.9}),
            Preset("Rolls over", {"x0": 1.45, "alpha": 0.95}),
            Preset("At rest in the hollow", {"x0": 0.9456, "alpha": 0.99}),
        ],
        layout="row",
        seconds=6,
    )  # fmt: skip


def _two_hollows() -> Field:
    return Field(
        "the curve with its two hollows, and on it the steps of both balls",
        Axis("x", twins.LEFT, twins.RIGHT),
        Axis("cost J", -0.45, 0.7),
        surface=None,
        paths=[Path("plain.x", "plain.y", "plain", "orange"), Path("ball.x", "ball.y", "momentum", "blue")],
        points=[Points("curve_x", "curve_y", "", "grey", 1.0)],
        marks=[
            Mark("as high", twins.LEVEL, twins.height(twins.LEVEL)),
            Mark("pass", twins.PASS, twins.height(twins.PASS)),
        ],
        handle=Handle("x0", "ride", (1.45,), "start"),
        equal=False,
        shape=0.72,
        title="Drag the start",
    )


def _energy() -> Lines:
    return Lines(
        "the energy of both balls at each step, and the height of the pass",
        Axis("step", 0, "horizon"),
        Axis("height + energy of motion", -0.45, 0.8),
        [
            Series("plain.t", "plain.E", "plain", "orange", width=4),
            Series("ball.t", "ball.E", "momentum", "blue"),
        ],
        marks=[Mark("height of the pass", y=twins.height(twins.PASS))],
        cursor=True,
        shape=0.72,
        title="Energy left, and the height of the pass",
    )


def forms() -> Explorer:
    """Four rules called momentum, when their rate falls: who shakes more, and who is slow to hear of it."""
    return Explorer(
        Kernel(KERNELS / "forms.mjs", named.forms_run, constants=named.FOR_FORMS),
        controls=[
            Slider("alpha", "momentum α of all four", 0, 0.97, 0.9, n=98, format=".2f"),
            Slider("factor", "the rate is divided by", 2, 100, 10, choices=[2, 3, 5, 10, 20, 50, 100],
                   format="d", more=True),
        ],
        views=[_shaking(), _pace()],
        name="forms",
        title="Which rule gets worse when its rate falls?",
        label="Four forms of momentum whose learning rate falls at step 0: beside each other, how much each "
        "shakes along a steep direction and how fast it walks along a flat one, over what it was before.",
        sentences=["{verdict}.", "{others}.", "{lasts}."],
        presets=[
            Preset("No momentum", {"alpha": 0}),
            Preset("Customary", {"alpha": 0.9}),
            Preset("A long memory", {"alpha": 0.97}),
        ],
        layout="row",
    )  # fmt: skip


# The widest first: rules that coincide stay in sight.
LOOKS = {
    "book": ("book", "blue", "line", 4),
    "torch": ("PyTorch", "orange", "line", 4),
    "damped": ("dampened", "black", "dashed", 1.5),
    "nesterov": ("Nesterov", "green", "line", 1.5),
}


def _followed(what: str) -> list[Series]:
    return [
        Series("t", f"{key}.{what}", label, colour, style, width=width)
        for key, (label, colour, style, width) in LOOKS.items()
    ]


def _shaking() -> Lines:
    return Lines(
        "the variance of each rule along a steep direction, over that before the drop, on a logarithmic axis",
        Axis("steps after the drop", -named.BEFORE, named.AFTER),
        Axis("shaking / shaking before", "foot", "ceiling", log=True),
        _followed("variance"),
        marks=[Mark("{sign}", x=0.0)],
        shape=0.72,
        title="The unrest of a steep direction",
    )


def _pace() -> Lines:
    return Lines(
        "the share of the way that a step walks in a flat direction, over that before, on a logarithmic axis",
        Axis("steps after the drop", -named.BEFORE, named.AFTER),
        Axis("pace / pace before", "foot", "ceiling", log=True),
        _followed("pace"),
        marks=[Mark("{sign}", x=0.0)],
        shape=0.72,
        title="The pace in a flat direction",
    )
