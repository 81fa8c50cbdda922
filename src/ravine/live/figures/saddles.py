"""Live figures of the chapter on saddles."""

# ruff: noqa: RUF001  # labels are typeset for readers: Greek letters

import sympy as sp

from ravine import zoo
from ravine.live import (
    Axis,
    Explorer,
    Field,
    Formula,
    Lines,
    Mark,
    Path,
    Run,
    Series,
    Slider,
    Table,
    Toggle,
    symbols,
)

lam, rate, alpha, exponent, ridge = symbols("lam learning_rate alpha exponent ridge")

RUNS = {"plain": ("gradient descent", "orange"), "ball": ("momentum", "blue"),
        "newton": ("Newton", "purple"), "free": ("saddle-free Newton", "green")}  # fmt: skip

# The wells are at 1 and -1. With the same |curvature| across, a run from (delta, 1/2) that has come down to
# half the height of the saddle has a third of its first cost, and is this far from the ridge.
FOOT = 1e-14
HALF = sp.sqrt(1 - 1 / sp.sqrt(2))


def leaving() -> Explorer:
    """Four rules from a start beside a saddle: their paths, and their distance from the ridge."""
    delta = (1 - ridge) * 10**exponent
    well = zoo.double_well(h=0.025, k=0.1)
    hyper = {"learning_rate": rate}
    runs = [
        Run("plain", "gradient_descent", hyper),
        Run("ball", "momentum", hyper | {"momentum": alpha}),
        Run("newton", "newton", {}),
        Run("free", "saddle_free_newton", {}),
    ]
    return Explorer(
        Formula(well, runs, (delta, sp.Rational(1, 2)), {"h": lam / 4, "k": lam}, n_steps=3000, tol=0,
                fall=1 / 3),
        controls=[
            Slider("exponent", "distance from the ridge at the start, log₁₀ δ", -12, -0.5, -6, n=116,
                   format=".1f"),
            Toggle("ridge", "start exactly on the ridge, δ = 0"),
            Slider("lam", "downward curvature |λ|", 0.01, 1, 0.1, log=True,
                   ticks={0.01: "0.01", 0.1: "0.1", 1: "1"}, more=True),
            Slider("learning_rate", "learning rate ε", 0.01, 0.5, 0.1, log=True, more=True),
            Slider("alpha", "momentum α", 0, 0.99, 0.9, n=100, format=".2f"),
        ],
        views=[_distances(), _paths()],
        name="leaving",
        label="Four rules start beside the ridge of a double well: their distance from the ridge at each "
        "step, and their paths from above.",
        table=Table(["leaves after (steps)", "predicted", "last cost (saddle: |λ|/4)"],
                    [(name, colour,
                      [f"{{{key}.steps:d}}", f"{{predicted_{key}:.1f}}", f"{{{key}.J_end:.4f}}"])
                     for key, (name, colour) in RUNS.items()]),
        expressions=_predicted(delta),
    )  # fmt: skip


def _predicted(delta: sp.Expr) -> dict[str, sp.Expr]:
    """Steps to leave, by key; infinite on the ridge. The horizon shows what can be seen of them."""
    # The gradient flow is solved by y / sqrt(1 - y^2) = C exp(lam t): this ratio, and not y, grows evenly all
    # the way to the well.
    far = sp.Min(delta, sp.Rational(99, 100))
    growth = sp.log((HALF / sp.sqrt(1 - HALF**2)) / (far / sp.sqrt(1 - far**2)))
    z, A = _growth(rate * lam, alpha)
    never = ridge > sp.Rational(1, 2)
    plain = sp.Max(growth / sp.log(1 + rate * lam), 0)
    steps = {
        "predicted_plain": plain,
        "predicted_ball": sp.Max((growth - sp.log(A)) / sp.log(z), 0),
        "predicted_free": sp.Max(sp.log(HALF / far) / sp.log(2), 0),
    }
    shown = {name: sp.Piecewise((sp.oo, never), (expr, True)) for name, expr in steps.items()}
    horizon = sp.Piecewise((100, never), (sp.Min(1.3 * plain + 20, 3000), True))
    # A logarithmic axis has no place for a distance of 0: a mark at its foot says so.
    foot = sp.Piecewise((FOOT, never), (sp.oo, True))
    return {**shown, "predicted_newton": sp.oo, "horizon": horizon, "foot": foot}


def _growth(step: sp.Expr, momentum: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The root above 1 of z^2 - (1 + alpha + step) z + alpha, and the share of a start at rest along it."""
    b = 1 + momentum + step
    z = (b + sp.sqrt(b**2 - 4 * momentum)) / 2
    w = momentum / z
    return z, z * (1 - w) / (z - w)


def _distances() -> Lines:
    series = [Series(f"{key}.t", f"{key}.x", name, colour, status=f"{key}.status")
              for key, (name, colour) in RUNS.items()]  # fmt: skip
    return Lines(
        "distance from the ridge at each step, on a logarithmic axis",
        Axis("step", 0, "horizon"),
        Axis("distance from the ridge θ₁", FOOT, 1e3, log=True),
        series,
        marks=[Mark("gone", y=float(HALF)),
               Mark("all four stay on the ridge, at a distance of 0 ↓", y="foot"),
               Mark("predicted", x="predicted_plain", colour="orange"),
               Mark("predicted", x="predicted_ball", colour="blue")],
        cursor=True,
        labels="ends",
        shape=0.75,
    )  # fmt: skip


def _paths() -> Field:
    return Field(
        "the paths over the double well, seen from above: wells left and right, the saddle in the middle",
        Axis("θ₁", -1.6, 1.6),
        Axis("θ₂", -0.7, 0.9),
        log=False,
        paths=[Path.of(key, name, colour) for key, (name, colour) in RUNS.items()],
    )
