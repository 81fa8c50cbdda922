"""What live figures say, held against what they draw: at corners and random states, as browsers compute them.

Each figure has a reader below. It sees the arrays that are drawn, works out from them alone what the words
and the numbers must be, and compares. It never asks how the figure came to its words.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import ndimage
from test_live import FIGURES, FrontEnd

from ravine.experiments import ten_questions
from ravine.live import Slider
from ravine.live._text import format_number
from ravine.live.explorer import Explorer

# Of the zoo's surfaces, which are many and share their words, fewer states each.
N_RANDOM, N_CORNERS, N_ZOO = 100, 24, 16
# A change of a cost that the picture can show.
VISIBLE = 1e-3

Outputs = dict[str, Any]
Readers = dict[str, Callable[[Outputs, list[str]], None]]
READERS: Readers = {}


def reader(name: str) -> Callable[[Callable[[Outputs, list[str]], None]], None]:
    def keep(function: Callable[[Outputs, list[str]], None]) -> None:
        READERS[name] = function

    return keep


class Page(FrontEnd):
    """A figure as the front end computes and words it."""

    def read(self, values: dict[str, Any]) -> tuple[Outputs, list[str], list[str]]:
        """Its outputs, its sentences, and the cells of its table, row by row."""
        return self._engine.get(
            f"""((o) => [o, spec.sentences.map((s) => fill(s, o)),
                (spec.table?.columns ?? []).flatMap((c) => c.cells).map((cell) => fill(cell, o))])
            (ask({json.dumps(values)}))"""
        )


# States in which a verdict turns, which no random state meets.
TURNS: dict[str, list[dict[str, Any]]] = {
    "sgd_as_noise.wells": [
        {"angle": 45, "tilt": 0.1},
        {"angle": 45, "tilt": -0.1, "eps": 0.5},
        {"angle": 46, "tilt": 0.1},
        {"angle": 44, "tilt": -0.1},
        {"angle": 45, "ratio": 1},
        {"angle": 90, "eps": 0.1},
        {"angle": 90, "eps": 0.1, "ratio": 9, "tilt": -0.1},
        {"angle": 0, "eps": 0.1, "ratio": 9, "tilt": 0.1},
    ],
    "sgd_as_noise.stays": [
        {"epsilon": 1.0},
        {"epsilon": 1.0, "spread": 0.2},
        {"epsilon": 0.8, "spread": 1.0},
        {"epsilon": 0.555},
        {"epsilon": 0.559},
        {"epsilon": 0.56},
    ],
}


def states(explorer: Explorer) -> list[dict[str, Any]]:
    """Corners, and states whose values lie at random: on their axis as it is drawn, one in six at an end."""
    rng = np.random.default_rng(11)
    logs = {c.name for c in explorer.controls if isinstance(c, Slider) and c.log}
    for view in explorer.views:
        if view.handle:
            axes = zip((view.handle.x, view.handle.y), (view.x, view.y), strict=True)
            logs |= {name for name, axis in axes if axis.log}

    def draw(name: str, limits: tuple[Any, ...]) -> Any:
        if isinstance(limits[0], (str, bool)) or len(limits) > 2:
            return limits[rng.integers(len(limits))]
        if isinstance(limits[0], int):
            return int(rng.integers(limits[1]))
        if rng.random() < 1 / 6:
            return limits[rng.integers(2)]
        space = np.log if name in logs else np.asarray
        x = rng.uniform(*space(np.array(limits, dtype=float)))
        return float(np.clip(np.exp(x) if name in logs else x, *limits))

    ends = {n: x if isinstance(x[0], (str, bool)) else (x[0], x[-1]) for n, x in explorer.limits.items()}
    corners = list(itertools.product(*ends.values()))
    chosen = rng.permutation(len(corners))[:N_CORNERS]
    found = [dict(zip(ends, corners[i], strict=True)) for i in chosen]
    found += [{name: draw(name, x) for name, x in explorer.limits.items()} for _ in range(N_RANDOM)]
    return [explorer.defaults, *found]


@pytest.mark.parametrize("name", FIGURES)
def test_words_and_numbers_are_those_of_the_picture(name: str) -> None:
    explorer = FIGURES[name]()
    assert name.split("(")[0] in READERS, "add a reader of its picture to this file"
    page, read = Page(explorer), READERS[name.split("(")[0]]
    seen = set()
    for values in states(explorer)[: N_ZOO if "(" in name else None] + TURNS.get(name, []):
        outputs, sentences, cells = page.read({**explorer.defaults, **values})
        try:
            read(outputs, sentences)
            the_table_repeats_the_ends(outputs, cells)
        except AssertionError as error:
            raise AssertionError(f"at {values}, where the page says {sentences} {cells}: {error}") from error
        seen |= set(sentences)
    assert len(seen) > 1 or not explorer.spec["sentences"], "the sentences never change"


def test_every_figure_has_a_reader() -> None:
    assert READERS.keys() == {name.split("(")[0] for name in FIGURES}


def test_every_box_changes_what_is_drawn_or_said() -> None:
    """Whatever the state: at half of them at least, a box that is ticked or not makes a difference."""
    boxes = 0
    for name, make in FIGURES.items():
        explorer = make()
        toggles = [c.name for c in explorer.controls if c.spec()["kind"] == "toggle"]
        if not toggles:
            continue
        page, tried = Page(explorer), states(explorer)[:12]
        for box in toggles:
            boxes += 1
            apart = [
                seen(explorer, page, {**v, box: True}) != seen(explorer, page, {**v, box: False})
                for v in tried
            ]
            assert np.mean(apart) > 0.5, f"{name}: {box}"
            assert apart[0], f"{name}: {box} changes nothing at the first state"
    assert boxes >= 5


def seen(explorer: Explorer, page: Page, values: dict[str, Any]) -> str:
    """All that is drawn or said in a state: what views name, of shown series alone, and the words."""
    outputs, *words = page.read({**explorer.defaults, **values})
    drawn = []
    for view in explorer.views:
        for part in view.parts:
            if getattr(part, "show", None) and not outputs[part.show]:
                continue
            drawn += [outputs.get(name) for argument, name, _ in part.needs if argument != "show"]
    return json.dumps([drawn, words])


def the_table_repeats_the_ends(o: Outputs, cells: list[str]) -> None:
    """What is said of the end of a run is where its line ends."""
    for key in {name.removesuffix(".J_end") for name in o if name.endswith(".J_end")}:
        assert o[f"{key}.J_end"] == o[f"{key}.J"][-1]
        for end, x in (("x_end", "x"), ("y_end", "y")):
            if f"{key}.{end}" in o:
                assert o[f"{key}.{end}"] == o[f"{key}.{x}"][-1]
    assert not any("undefined" in cell or "NaN" in cell for cell in cells)


def still(J: list[float]) -> bool:
    """Whether the end of a curve moves no more than the picture can show."""
    late = np.array(J[-2:], dtype=float)
    return bool(np.ptp(late) <= VISIBLE * max(1, abs(late[-1]), np.ptp(np.array(J, dtype=float))))


def of_a_run(o: Outputs, key: str) -> None:
    """The outcome of a run in words, from its drawn costs."""
    J, said = o[f"{key}.J"], o[f"{key}.outcome"]
    if said == "rests where it starts":
        assert len(J) == 1
    elif said == "converges":
        assert len(J) > 1 and (still(J) or J[-1] < 1e-6 * J[0])
    elif said == "diverges":
        assert o[f"{key}.status"] == "diverged", "the picture names it too"
    else:
        assert said in ("is not there yet", "stops: singular Hessian")
    assert (o[f"{key}.status"] == "diverged") == (said == "diverges")


BALLS = ("ravine", "saddle", "cliff", "plateau")


def numbers(text: str) -> list[float]:
    """The numbers of a sentence, also as 1.2 × 10⁻⁵."""
    text = text.replace("−", "-").replace("\N{NARROW NO-BREAK SPACE}", "")
    plain = re.sub(r" × 10(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "e" + m[1].translate(RAISED), text)
    return [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", plain)]


RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@reader("terrain.maps")
def _(o: Outputs, sentences: list[str]) -> None:
    """What became of each ball, and why, by the points of its path and the costs there alone."""
    told, *whys = sentences
    n_arrived, ends = 0, []
    for name, why in zip(BALLS, whys, strict=True):
        x, y, J = (np.array(o[f"{name}.{what}"], dtype=float) for what in ("x", "y", "J"))
        far, low = np.hypot(x, y) > 100, J < 0.02
        rests = np.flatnonzero(np.convolve(low, np.ones(5), "valid") == 5)
        fate = 0 if len(rests) else 1 if far.any() else 2
        # A path ends with what became of its ball.
        last = ((rests[0] + 4 if fate == 0 else None), len(x) - 1, 300)
        assert not far[:-1].any() and len(x) - 1 == last[fate] and len(J) == len(x) - (fate == 1)
        step = (rests[0] if len(rests) else None, len(x) - 1, 300)[fate]
        never = name == "saddle" and fate == 2 and not o["noise"]
        verdicts = (
            f"✓ home, step {step}",
            f"✗ lost, step {step}",
            "✗ never" if never else "… not in 300 steps",
        )
        assert o[f"{name}.verdict"] == verdicts[fate] and o[f"{name}.step"] == step
        assert o[f"{name}.tone"] == ("green", "orange", "orange" if never else "black")[fate]
        assert o[f"{name}.arrived"] == (fate == 0)
        n_arrived += fate == 0
        ends.append(step)
        openings = ("home|saved by", "lost", "never" if never else "too slow|no rest|stranded")
        assert re.match(f"{name.capitalize()}: ({openings[fate]})", why), why
        the_cause_is_in_the_path(o, name, why, x, y, J, step)
        left, right, bottom, top = (o[f"{name}.{end}"] for end in ("left", "right", "bottom", "top"))
        if fate == 0:
            assert left <= x[step:].min() and x[step:].max() <= right, "a ball at home is on its map"
            assert bottom <= y[step:].min() and y[step:].max() <= top
    assert o["count"] == n_arrived and o["decided"] == max(ends)
    assert told.startswith(f"{n_arrived} of 4 home.") and (n_arrived == 4) == ("whom you lose" in told)


def the_cause_is_in_the_path(
    o: Outputs, name: str, why: str, x: np.ndarray, y: np.ndarray, J: np.ndarray, step: int
) -> None:
    """What is said of steps, of bounces and of ways, on the path as it is drawn."""
    assert ("Without momentum" in why or "without momentum" in why or "Momentum" in why) <= o["momentum"]
    assert bool(re.search("[Cc]lipped", why)) <= o["clipping"] and ("Noise" in why) <= o["noise"]
    moves = np.column_stack([np.diff(x), np.diff(y)])
    sizes, near = np.hypot(*moves.T), {"rel": 0.06}
    found = numbers(why)
    if name == "saddle":
        sideways = np.abs(y)
        if "never" in why:
            assert not y.any()
        elif "too slow" in why:
            assert sideways.max() < 0.9 and sideways[-1] == pytest.approx(found[-1], **near)
        elif "at first" in why:
            assert o["noise"] and sideways[1] == pytest.approx(found[0], rel=0.6)
        elif "adds up" in why:
            assert sideways[step] == pytest.approx(found[1], **near) and found[2] < found[1]
    if name == "ravine":
        across = np.abs(moves[:, 1])
        if "does not arrive" in why:
            return
        if "die out; what" in why:
            assert y.min() < -0.02 and across[-3:].max() < across.max()
        if "No bounce" in why:
            assert y.min() > -0.05
        if "on the floor" in why or "the floor," in why:
            assert np.abs(moves[:, 0]).max() == pytest.approx(found[0], **near)
        if "as wide as" in why:
            assert across[-1] / across[-2] == pytest.approx(found[0], **near) and found[0] > 1
        if "leave" in why:
            assert abs(x[-1]) == pytest.approx(found[2], **near) and J[-1] < 1.05 * J.min() + 0.02
        if "off the middle" in why:
            assert np.abs(y[-10:]).max() == pytest.approx(found[0], **near)
            assert found[0] > found[1] == pytest.approx(np.sqrt(0.04 / 40), rel=0.05)
    if name == "cliff":
        if "a map 2.4 wide" in why:
            assert sizes[int(found[0]) - 1] == pytest.approx(found[-2], **near)
            assert found[-2] > 2.4 == found[-1]
        if "first step is" in why and "unclipped" not in why:
            assert sizes[0] == pytest.approx(found[1], **near) and sizes.max() <= 2.4
        if "No step is longer" in why or "none is longer" in why:
            assert sizes.max() == pytest.approx(found[0 if "No step" in why else 2], **near)
        if "unclipped" in why:
            assert found[1] == pytest.approx(o["rate"] * 957.374, **near)
            assert found[1] > found[2]
        if "stranded" in why:
            assert J[-1] > 0.02 and np.ptp(J[-10:]) < 0.5
    if name == "plateau" and "too slow" in why:
        assert sizes[0] == pytest.approx(found[1], rel=0.6)
        assert np.hypot(x[-1] - x[0], y[-1] - y[0]) == pytest.approx(found[3], **near)
        assert o["noise"] or J[-1] == J.min()
    if "momentum adds them up" in why:
        assert found[1] == step and found[0] > found[2]
        assert np.hypot(x[step] - x[0], y[step] - y[0]) == pytest.approx(found[0], **near)


@reader("ill_conditioning.steps")
def _(o: Outputs, sentences: list[str]) -> None:
    """A valley descended with the best rate, counted: the curve lies at most one step below the count.

    A millionth of the error is a millionth of a millionth of the cost.
    """
    for k in (4.0, 25.0, 100.0):
        theta, count = np.array([1.0, 1.0]), 0
        while (theta**2 * [1, k]).sum() > 1e-12 * (1 + k):
            theta, count = theta * (1 - 2 / (1 + k) * np.array([1, k])), count + 1
        assert count - 1 <= np.interp(k, o["k"], o["plain_steps"]) + 0.02 <= count + 0.04


@reader("erm_vs_risk.fits")
def _(o: Outputs, said: list[str]) -> None:
    at = o["d_axis"].index(round(o["d"]))
    assert said[0].startswith(f"With {round(o['d'])} features")
    assert ("leaves a residual" in said[0]) == (o["expected_J"][at] > 0)
    assert ("fits every example" in said[0]) == (o["expected_J"][at] == 0)
    assert (o["J"], o["J_star"]) == (o["expected_J"][at], o["expected_J_star"][at])
    # The knob rides on the line, or at the edge of the picture where the line is above it.
    assert o["ride"] == min(o["J_star"], o["top"])


@reader("ill_conditioning.bounce")
def _(o: Outputs, said: list[str]) -> None:
    """The shares are the sizes of the roots; what is said of bounces and of directions is seen in the run."""
    h, a, kappa = o["h"], o["alpha"], o["kappa"]
    sizes = [max(abs(np.roots([1, -(1 + a - step), a]))) for step in (h / kappa, h)]
    assert sizes == pytest.approx([o["flat_left"], o["steep_left"]], abs=1e-6)
    y, J = (np.array(o[f"valley.run.{name}"]) for name in ("y", "J"))
    assert o["valley.run.fold"] == (pytest.approx(J[0] / J[-1]) if J[-1] else None)
    grows = "multiplied" in said[1]
    assert grows == (J[-1] > J[0])
    turned = (np.sign(y[:-1]) * np.sign(y[1:]) < 0)[np.abs(y[1:]) > 1e-9 * np.abs(y).max()]
    if "No bouncing" in said[0]:
        assert not turned.any()
    if "ends higher" in said[0]:
        assert o["steep_left"] > 1 and np.abs(y[-1]) > np.abs(y[0])
    for words, slower in (("flat direction is the slow", 0), ("steep direction is the slow", 1)):
        if words in said[0]:
            assert sizes[slower] == max(sizes)
            better = [max(abs(np.roots([1, -(1 + a - step), a])))
                      for step in np.array([h / kappa, h]) * (1 + 1e-3 * (1, -1)[slower])]  # fmt: skip
            assert better[slower] < sizes[slower]  # what the sentence advises helps
    if "too little to see" in said[0]:
        assert -(y * np.sign(y[0])).min() < 0.2 * abs(y[0])
    if "runs away" in said[0]:
        assert o["steep_left"] > 1
    if "no other constant rate" in said[0]:
        for factor in (0.98, 1.02):
            other = [max(abs(np.roots([1, -(1 + a - step), a]))) for step in (factor * h / kappa, factor * h)]
            assert max(other) > max(sizes)
    if "whatever their curvature" in said[0]:
        assert sizes == pytest.approx([np.sqrt(a)] * 2, abs=1e-6)


@reader("ill_conditioning.gain")
def _(o: Outputs, said: list[str]) -> None:
    """The costs before and after the step, along and across, and which length would do better."""
    rates = np.array(o["step"]) / 20
    before, after = (np.stack([0.5 * (1 - r) ** 2, 10 * (0.3 - 6 * r) ** 2]) for r in (0 * rates, rates))
    gains = (before - after) / before[:, :1].sum()
    for way, found in zip(("along", "across", "both"), (*gains, gains.sum(0)), strict=True):
        assert o[way] == pytest.approx(found, abs=1e-12)
    rate = o["h"] / 20
    assert o["ride"] == pytest.approx(np.interp(rate, rates, o["both"]), abs=1e-3)
    assert o["beta"] == pytest.approx(rate * 721 / 74)
    assert (o["beta_along"], o["beta_across"]) == pytest.approx((rate / 2, 10 * rate))
    best = rates[np.argmax(o["both"])]
    assert ("uphill" in said[0]) == (o["ride"] < 0)
    assert ("longer step" in said[0]) <= (rate < best) and ("shorter step" in said[0]) <= (rate > best)
    assert ("No length" in said[0]) <= (abs(rate - best) < 0.03 * best)


@reader("ill_conditioning.valley")
def _(o: Outputs, said: list[str]) -> None:
    J, x, y = (np.array(o[f"ball.{name}"]) for name in ("J", "x", "y"))
    if "diverges" in said[0]:
        assert o["ball.status"] == "diverged" or J[-1] > J[0]
    elif "rests where it starts" in said[0]:
        assert len(J) == 1
    elif "for ever" in said[0]:
        assert o["ball.status"] != "converged"
    else:
        assert o["ball.status"] != "diverged"
        assert o["ball.excess"][-1] <= 1.001 * max(o["ball.excess"])
    steep = y if o["theta_2"] else x
    turns = np.sign(steep[:-1]) != np.sign(steep[1:])
    if "glides" in said[0]:
        # A line without swings keeps its side, until rounding alone is left.
        assert not turns[np.abs(steep[1:]) > 1e-9 * np.abs(steep).max()].any()
    if "zig-zags" in said[0] and len(steep) > 4:
        assert turns[:3].any()


@reader("inexact_gradients.errors")
def _(o: Outputs, said: list[str]) -> None:
    k = o["k"]
    assert o["fair_now"] == o["fair_J"][k - 1] and o["biased_now"] == o["biased_J"][k - 1]
    assert np.mean(np.square(o["biased_x"])) / 2 == pytest.approx(o["biased_now"], rel=1e-9)
    assert o["biased_floor"] == pytest.approx(o["biased_rest"] ** 2 / 2)
    assert o["biased_line"] is None or o["biased_line"] == o["biased_floor"]
    if "switched off" in said[0]:
        assert np.ptp(o["fair_x"]) == 0


@reader("local_minima.wells")
def _(o: Outputs, said: list[str]) -> None:
    of_a_run(o, "gd")
    assert f"its last cost is {o['gd.J'][-1]:.4f}" in said[0]


@reader("local_minima.fibre")
def _(o: Outputs, said: list[str]) -> None:
    of_a_run(o, "gd")
    v, w = o["alpha"], o["one_over_alpha"]
    assert v * w == pytest.approx(1) and f"{v**2 + w**2:.2f}" in said[0]
    if "converges" in said[0]:
        end = np.array([o["gd.x"][-1], o["gd.y"][-1]])
        # At a minimum that the rate can hold, or at the saddle in the middle, reached from its ridge.
        assert o["gd.J"][-1] < 1e-9 and end @ end < 2 / o["epsilon"] * (1 + 1e-6)


@reader("local_vs_global.hill")
def _(o: Outputs, said: list[str]) -> None:
    x, left, right = o["dots_x"][-1], o["heights"][0], o["heights"][-1]
    if "out of sight" in said[0]:
        assert abs(x) > 5 and ("right edge" in said[0]) == (x > 0)
        return
    assert abs(x) <= 5
    if "high" in said[0]:
        assert left > right and x < (0 if o["top"] is None else o["top"])
    if "low side" in said[0]:
        assert left > right and x > (0 if o["top"] is None else o["top"])
    if "top of the hill" in said[0]:
        assert x == pytest.approx(o["top"], abs=0.011)
    if "equally low" in said[0]:
        assert left == pytest.approx(right) and ("right plain" in said[0]) == (x > 0)
    if "falls towards" in said[0]:
        assert o["run.J"][-1] <= o["run.J"][-2]
    if "no hill" in said[0]:
        assert np.argmax(o["heights"]) == 0 and x < 0


@reader("local_vs_global.detour")
def _(o: Outputs, said: list[str]) -> None:
    for key in ("plain", "ball"):
        J, steps = o[f"{key}.J"], o[f"{key}.steps"]
        beyond = [t for t, Jt in enumerate(J) if Jt <= o["foot"] + (J[0] - o["foot"]) * 2 / 15]
        assert steps == (beyond[0] if beyond else None)


@reader("long_term_dependencies.powers")
def _(o: Outputs, said: list[str]) -> None:
    norms, eigen = np.array(o["norms"]), np.array(o["eigen"])
    assert o["now"] == norms[o["k"]] and o["now_eigen"] == eigen[o["k"]]
    if "grow without limit" in said[0] and "neither" not in said[0]:
        assert norms[-1] > norms[-2] and (eigen[-1] > 1 or norms[-1] > 0.9 * norms[-2] + 0.1)
    if "neither" in said[0]:
        assert np.all(eigen == 1)
    if "vanish" in said[0] and "neither" not in said[0]:
        assert eigen[-1] < 1
    if "never grow" in said[0]:
        assert norms.max() <= 1.001
    if "first stretch" in said[0]:
        words = said[0].split()
        assert float(words[words.index("times,") - 1]) == pytest.approx(norms.max(), rel=0.006)
        assert norms[int(words[words.index("=") + 1].rstrip(","))] == pytest.approx(norms.max(), rel=1e-9)
        assert norms[-1] < norms.max()
    if "still growing" in said[0]:
        assert norms.argmax() >= len(norms) - 2 or norms[-1] == pytest.approx(norms.max())


@reader("minibatch_variance.clouds")
def _(o: Outputs, said: list[str]) -> None:
    points = np.ptp(o["gx"]) == 0 and np.ptp(o["nx"]) == 0
    assert points == ("single points" in said[0]) and points != ("scatter" in said[0])
    for key in "gn":
        tip = np.array([o[f"{key}_x"][1], o[f"{key}_y"][1]])
        cloud = np.column_stack([o[f"{key}x"], o[f"{key}y"]])
        spread = np.sqrt(np.square(cloud - tip).sum(-1).mean())
        assert o[f"{key}_error"] == pytest.approx(spread, abs=1e-12)
        assert o[f"{key}_theory"] == pytest.approx(spread, rel=0.5, abs=1e-12)


@reader("saddles.leaving")
def _(o: Outputs, said: list[str]) -> None:
    for key in ("plain", "ball", "newton", "free"):
        x, J, steps = (o[f"{key}.{name}"] for name in ("x", "J", "steps"))
        if o["ridge"]:
            assert steps is None and set(x) == {0.0}
        if steps is not None:
            assert J[steps] <= J[0] / 3 and all(Jt > J[0] / 3 for Jt in J[:steps])
    # Where the lines have no place on their axis, a mark says so.
    assert (o["foot"] == 1e-14) == bool(o["ridge"])
    assert 20 <= o["horizon"] <= 3000


@reader("surrogate_losses.beyond_zero")
def _(o: Outputs, said: list[str]) -> None:
    at, zero = o["steps"].index(o["step"]), o["zero"]
    now = o["errors"][at]
    assert said[0].startswith(f"At step {o['step']},")
    assert ("still misread" in said[0]) == (now > 0)
    assert ("for the first time" in said[0]) == (o["step"] == zero)
    if "since step" in said[0]:
        assert f"since step {zero:.0f}." in said[0] and o["step"] > zero
        assert not any(e for t, e in zip(o["steps"], o["errors"], strict=True) if zero <= t <= o["step"])
    assert (o["now_errors"], o["now_J_star"]) == (now, o["J_star"][at])


@reader("cliffs.edge")
def _(o: Outputs, said: list[str]) -> None:
    for key in ("plain", "clipped"):
        J, fate = np.array(o[f"{key}.J"]), o[f"{key}.fate"]
        late = J[-100:]
        assert fate in said[0]
        assert (fate == "arrives") == (J[-1] < VISIBLE and o[f"{key}.status"] != "diverged")
        if fate == "is still on its way":
            assert late[0] - late[-1] > VISIBLE and late[-1] <= late.min() + VISIBLE
        if fate == "lies on a plateau":
            assert still(list(J)) or o[f"{key}.status"] == "converged"
        if fate == "jumps up and down":
            assert np.diff(late).max() > 0 > np.diff(late).min() and np.ptp(late) > VISIBLE
        assert (fate == "is thrown out of all bounds") == (o[f"{key}.status"] == "diverged")
        if o[f"{key}.status"] != "diverged":
            x, y = (np.array(o[f"{key}.{name}"], dtype=float) for name in "xy")
            steps = np.hypot(np.diff(x), np.diff(y))
            assert o[f"{key}.longest"] == pytest.approx(steps.max(initial=0))


@reader("zoo.surface")
def _(o: Outputs, said: list[str]) -> None:
    of_a_run(o, "run")
    assert o["run.last_step"] == len(o["run.J"]) - 1


def hovering(o: Outputs, drops: Any) -> tuple[Any, Any]:
    """Way to go and unrest at each step, (n, 1001), for a change at each of n steps; ten directions alike."""
    lam, f, after = np.array([1, 0.01]), o["factor"], np.array(drops)[:, None]
    theta, var = np.tile(1 / np.sqrt(10 * lam), (len(after), 1)), np.zeros((len(after), 2))
    parts = []
    for t in range(1001):
        parts.append([5 * theta**2 @ lam, 5 * var @ lam])
        rate = np.where(t >= after, o["epsilon"] / (f if o["change"] == "rate" else 1), o["epsilon"])
        n = np.where(t >= after, f if o["change"] == "batch" else 1, 1)
        theta, var = theta * (1 - rate * lam), var * (1 - rate * lam) ** 2 + rate**2 * 0.03 * lam / n
    return tuple(np.moveaxis(parts, 0, -1))


@reader("sgd_and_momentum.drop")
def _(o: Outputs, said: list[str]) -> None:
    """Walked step by step; what is said of a drop holds against all others on a grid."""
    T, first = round(o["drop"]), said[0]
    ways, unrests = hovering(o, [T, 1000, round(o["T_best"]), *range(0, 1001, 50)])
    ends, way, unrest = (ways + unrests)[:, -1], ways[0], unrests[0]
    assert (o["T"], o["ride"]) == (T, o["mean_J"][T])
    np.testing.assert_allclose(o["way_J"], way, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(o["unrest_J"], unrest, rtol=1e-9)
    np.testing.assert_allclose(o["mean_J"], way + unrest, rtol=1e-9)
    assert (o["way"], o["unrest"]) == (o["way_J"][T], o["unrest_J"][T])
    assert f"{format_number(way[T] / (way + unrest)[T], '.0%')} is way" in said[1] and "mean cost" in said[1]
    assert f"{format_number(unrest[T] / (way + unrest)[T], '.0%')} unrest" in said[1]
    assert ("at the end" in said[1]) == (T == 1000)
    assert o["foot"] <= min(*o["run_J"], *o["mean_J"]) or o["foot"] == 1e-5
    x, y, after = np.array(o["run_x"]), np.array(o["run_y"]), [o["late_x"], o["late_y"]]
    np.testing.assert_array_equal(after, [x[T:], y[T:]])
    assert (0.01 * x**2 + y**2 <= 2 * np.array(o["run_J"]) * (1 + 1e-12)).all(), "two directions of twenty"
    assert o["left"] < x.min() and x.max() < o["right"] and np.abs(y).max() < o["wide"] == -o["low"]
    assert o["head"] >= max(*o["run_J"], *o["mean_J"])
    assert o["J_end"] == o["mean_J"][-1] and f"mean cost is {format_number(o['J_end'], '.2g')}" in said[2]
    assert o["J_never"] == pytest.approx(ends[1])
    acts = T < 1000 and o["change"] != "nothing"
    assert acts == (o["sign"] != "no change") == ("without the change" in said[2])
    assert 0.8 * ends[1:].min() <= o["J_best"] <= ends.min() * (1 + 1e-9)
    assert o["J_best"] == pytest.approx(ends[2])
    assert o["examples"] == T + (1000 - T) * (o["factor"] if o["change"] == "batch" else 1)
    if not acts:
        assert first == (
            "Not stuck but shaking." if unrest[T] >= way[T] else "Not stuck but still on its way."
        )
        return
    if o["change"] == "batch":
        assert f"{o['examples'] / 1000:.1f} times the examples" in first or "Too late" in first
        assert ("does not shorten" in first) == (way[-1] > unrest[-1])
        calm = hovering({**o, "change": "rate"}, [T])[1][0, -1]
        assert ("less calm" in first) <= (unrest[-1] > 1.5 * calm)
        assert ("Calmer" in first) <= (unrest[-1] < calm / 1.5)
        assert ("calm of a smaller" in first) <= (calm / 1.5 <= unrest[-1] <= 1.5 * calm)
    else:
        good = o["J_end"] <= 1.2 * o["J_best"]
        said_good = any(words in first for words in ("way is almost done", "In time", "About the best"))
        assert said_good == (good and "early" not in first)
        assert ("early" in first) <= (o["T_best"] > T) and ("Too late" in first) <= (o["T_best"] <= T)
        assert ("About the best" in first) <= (o["T_best"] <= T)
        assert ("way is almost done" in first) <= (way[T] <= 0.1 * min(way[0], (way + unrest)[T]))
        assert ("In time" in first) <= (way[-1] <= 0.25 * unrest[-1])
    if "early" in first:
        assert f"{o['factor']} times slower" in first and way[-1] > 0.1 * o["J_best"]
    if "Too early" in first:
        assert way[T] > 0.1 * (way[T] + unrest[T])
    if "Too late" in first:
        assert f"{1000 - T} steps" in first and unrest[-1] < unrest[-2], "it is still falling"


def percent(share: float) -> str:
    """A share as it is told: never as none or all of what is neither."""
    text = format_number(share, ".1%")
    if 0 < share < 1 and text in (format_number(0.0, ".1%"), format_number(1.0, ".1%")):
        return "less than 0.05\N{NO-BREAK SPACE}%" if share < 0.5 else "more than 99.95\N{NO-BREAK SPACE}%"
    return text


def stays_right(x: Any, double: Any, D: float, eps: float, start: float) -> float:
    """The mean time from a place on the right to -0.5, with the variance D right of 0, by two sums."""
    near = (x > -0.5) & (x < 2.2)  # nobody comes further, and exponentials beyond overflow
    x, double = x[near], double[near]
    noise, width = np.where(x < 0, 1.0, D), x[1] - x[0]
    phi = np.where(x < 0, double, 0.5 + (double - 0.5) / D)  # twice the cost is 0.5 at x = 0
    beyond = (np.exp(-phi / eps) / noise)[::-1].cumsum()[::-1] * width
    return float(2 / eps * (np.exp(phi / eps) * beyond)[x < start].sum() * width)


@reader("sgd_as_noise.wells")
def _(o: Outputs, said: list[str]) -> None:
    """The noise from the curves drawn, the law from it by a sum, the walk from its places."""
    ellipse = np.stack([o["right_x"], o["right_y"]])[:, :-1] - [[1], [0]]
    circle = np.stack([o["left_x"], o["left_y"]])[:, :-1] + [[1], [0]]
    unit = (circle**2).sum() / 2
    cov = ellipse @ ellipse.T / unit
    D = cov[0, 0]
    assert np.trace(cov) == pytest.approx(2) and o["D"] == pytest.approx(D)
    angle = np.radians(o["angle"])
    along = [np.cos(angle), np.sin(angle)]
    assert along @ cov @ along == pytest.approx(np.linalg.eigvalsh(cov)[1])
    x = (np.arange(-30_000, 30_000) + 0.5) / 1e4
    f = (x**2 - 1) ** 2 / 4 + o["tilt"] * x
    phi = 2 * np.where(x < 0, f, 0.25 + (f - 0.25) / D)
    rho = np.exp((phi.min() - phi) / o["eps"]) / np.where(x < 0, 1, D)
    p = rho[x < 0].sum() / rho.sum()
    assert o["p_left"] == pytest.approx(p, rel=1e-6) and set(o["law_y"]) == {o["p_left"]}
    assert o["p_right"] == 1 - o["p_left"] and o["barrier"] == pytest.approx(0.5 / (D * o["eps"]))
    assert f"the diffusion gives the round left well {percent(o['p_left'])}; in this run" in said[1]
    assert f"it held {percent(o['share'][-1])}. " in said[1] and o["measured"] == o["share"][-1]
    assert o["share"][-1] == pytest.approx((np.array(o["x"]) < 0).mean(), abs=0.02)
    wells = [np.sign(z) for z in o["x"] if abs(z) > 0.5]
    seen = int((np.diff(wells) != 0).sum())
    # Visits between two points drawn come and go; on its way over at the end it may have changed once more.
    assert seen <= o["crossings"] and ((o["crossings"] - seen) % 2 == 0 or abs(o["x"][-1]) <= 0.5)
    # The mean time from the right minimum to beyond the pass, and that with the circle's noise there.
    stay, round_stay = (stays_right(x, 2 * f, size, o["eps"], 1 - o["tilt"] / 2) for size in (D, 1.0))
    # And the share on the right, which is the ratio of the waiting times in the long run.
    even = np.exp(2 * (f.min() - f) / o["eps"])
    round_p = even[x < 0].sum() / even.sum()
    told = (
        ("too few to show the long run", o["crossings"] < 6),
        (
            "Nearly equal noise towards the pass, and nearly equal waiting",
            abs(D - 1) <= 0.015 and abs(o["tilt"]) < 1e-9,
        ),
        ("Nearly equal noise towards the pass, but the minima are not equally deep", abs(D - 1) <= 0.015),
        ("less noise points towards the pass: harder to leave than with the circle there", stay > round_stay),
        ("more noise points towards the pass: easier to leave than with the circle there", stay < round_stay),
    )
    assert next(words for words, holds in told if holds) in said[0]
    # Nothing is called hard or easy to leave for itself: with a tilt the other well may be harder yet.
    assert not re.search(r"\b(hard|easy|equal waiting)\b", said[0].replace("nearly equal waiting", ""))
    assert abs(D - 1) <= 0.015 or (p < round_p) == (D < 1)
    if "equal waiting" in said[0]:
        assert abs(p - 0.5) < 0.02
    if o["crossings"] < 6:
        assert re.search(rf"{o['crossings']} changes?\b", said[0])
    lower = "The left minimum is the lower one." if o["tilt"] > 0 else "The right minimum is the lower one."
    assert said[1].endswith("Both minima are equally deep." if abs(o["tilt"]) < 1e-9 else lower)


@reader("sgd_as_noise.stays")
def _(o: Outputs, said: list[str]) -> None:
    """Growth from the curvatures that are told, and from the runs drawn; the words by who grows."""
    a = np.array([o["small"], o["large"]])
    assert a.mean() == pytest.approx(2) and a[1] - a[0] == pytest.approx(2 * o["spread"])
    factors = np.abs(1 - o["epsilon"] * a)
    lands = factors.min() < 1e-9  # on the minimum, where logarithms end
    sure = np.log(np.maximum(factors, 1e-9)).mean()
    square, descent = np.log((factors**2).mean()) / 2, abs(1 - 2 * o["epsilon"])
    assert lands or o["growth"] == pytest.approx(sure, abs=1e-9)
    assert o["growth_square"] == pytest.approx(square, abs=1e-9)
    assert np.exp(o["growth_descent"]) == pytest.approx(descent, abs=2e-9)
    runs = np.array([o[f"run_{k}"] for k in range(8)], dtype=float)
    for run in runs[[0, 7]]:  # each step is one example's or the other's, until a float64 holds no distance
        steps = np.diff(np.log(run[run > 1e-290]))
        near = np.abs(steps[:, None] - np.log(np.maximum(factors, 1e-9)))
        assert len(steps) > 10 and near.min(axis=1).max() < 1e-6
    assert o["home"] == (runs[:, -1] < 1).sum() and set(runs[:, 0]) == {1.0}
    at = int(np.argmin(np.abs(np.array(o["rates"]) - o["epsilon"])))
    if not lands and abs(o["rates"][at] - o["epsilon"]) < 1e-9 and factors.min() > 1e-6:
        for name, growth in (("sure", sure), ("square", square)):
            assert o[f"curve_{name}"][at] == pytest.approx(growth, abs=1e-6)
    # Which way each goes in the end; a limit itself is neither. What 300 steps show is counted.
    way = [0 if abs(g) <= 1e-9 else int(np.sign(g)) for g in (square, sure, np.log(max(descent, 1e-9)))]
    sgd = {
        (-1, -1): "SGD stays: in the long run its runs shrink, and the mean of their squares with them",
        (0, -1): "At the limit of SGD for the mean of squares: it neither grows nor shrinks",
        (1, -1): "In the long run nearly every run of SGD comes home, and yet the mean of squares grows: "
        "rare runs decide it",
        (1, 0): "At the limit for nearly every run of SGD: it comes close and goes far, again and again",
        (1, 1): "In the long run nearly every run of SGD leaves a minimum at which every gradient is zero",
    }
    plain = {-1: "stays", 0: "hops to and fro for ever", 1: "leaves"}
    assert said[0] == f"{sgd[way[0], way[1]]}; gradient descent {plain[way[2]]}."
    last = np.array(o["mean_run"], dtype=float)[-1]
    assert way[2] == (0 if last == 1 else 1 if last > 1 else -1), "the line of gradient descent"
    assert said[1] == f"After these 300 steps, runs of SGD closer than at their start: {o['home']} of 8."
    assert f"by a factor of {format_number(np.exp(o['growth']), '.3f')} a step, in the long run" in said[2]
    assert f"of {format_number(np.exp(o['growth_descent']), '.3f')} in gradient descent" in said[2]
    assert f"{format_number(a[0], '.2f')} and {format_number(a[1], '.2f')}" in said[2]


def gain(eff: float, alpha: float, lam: float) -> Any:
    """The eigenvalues of the noiseless step of (theta, v), and the variance at rest as a power series."""
    rate = eff * (1 - alpha)
    step = np.array([[1 - rate * lam, alpha], [-rate * lam, alpha]])
    roots = np.abs(np.linalg.eigvals(step)).max()
    if roots >= 1 - 1e-12:
        return roots, np.inf
    # The stationary covariance, S = A S A^T + Q, solved as a linear system.
    Q = rate**2 * 0.003 * lam * np.ones((2, 2))
    S = np.linalg.solve(np.eye(4) - np.kron(step, step), Q.ravel())
    return roots, S[0]


@reader("sgd_and_momentum.pair")
def _(o: Outputs, said: list[str]) -> None:
    """The mean cost of both walked as a matrix, the floors solved for, the words by what is drawn."""
    floors, ways = {}, {}
    for key, alpha in (("plain", 0.0), ("ball", o["alpha"])):
        pairs = [(lam, *gain(o["eff"], alpha, lam)) for lam in (1, 0.01)]
        floors[key] = sum(10 * lam / 2 * var for lam, _, var in pairs)
        assert (o[f"{key}.outcome"] == "diverges") == ("diverges" in o[f"{key}.label"])
        # Nor does a line leave the picture in silence.
        top = max(o[f"{key}.J"])
        assert top <= 101 or "diverges" in o[f"{key}.label"] or "↑" in o[f"{key}.label"]
        if abs(pairs[0][1] - 1) > 1e-6:
            assert (o[f"{key}.outcome"] == "diverges") == (pairs[0][1] > 1) == (o[f"{key}.floor"] is None)
        if o[f"{key}.floor"] is not None:
            assert o[f"{key}.floor"] == pytest.approx(floors[key], rel=1e-6)
        # The mean and the covariance of (theta, v), step by step.
        J, way = np.zeros((2, 401))
        for lam in (1, 0.01):
            rate = o["eff"] * (1 - alpha)
            step = np.array([[1 - rate * lam, alpha], [-rate * lam, alpha]])
            m, S = np.array([1 / np.sqrt(lam), 0]), np.zeros((2, 2))
            for t in range(401):
                way[t] += lam / 2 * min(m[0] ** 2, 1e100)
                J[t] += lam / 2 * min(m[0] ** 2 + S[0, 0], 1e100)
                if J[t] > 1e50:
                    J[t:], way[t:] = 1e100, 1e100
                    break
                m, S = step @ m, step @ S @ step.T + 10 * rate**2 * 0.003 * lam
        shown, ways[key] = np.array(o[f"{key}.J"]), way
        np.testing.assert_allclose(shown, J[: len(shown)], rtol=1e-7)
        assert len(shown) == 401 or (shown[-1] > 1e6 and (shown[:-1] <= 1e6).all())
        if o[f"{key}.steps"] is not None:
            n = round(o[f"{key}.steps"])
            assert (way[n:] <= 0.01 * way[0] * (1 + 1e-9)).all() and way[n - 1] > 0.01 * way[0] * (1 - 1e-9)
            assert o[f"{key}.done"] == str(n)
    first, (plain, ball) = said[0], (np.array(o[f"{key}.J"]) for key in ("plain", "ball"))
    assert ("runs away" in first) == (o["plain.floor"] is None and o["ball.floor"] is not None)
    assert ("both run away" in first) == (o["ball.floor"] is None and o["alpha"] > 0)
    if "hardly a difference" in first:
        assert np.abs(np.log(plain / ball))[100:].max() <= np.log(1.1001)
    if "same run" in first:
        assert (plain == ball).all()
    if "times higher" in first:
        times = float(first.split(" times")[0].split()[-1])
        assert times == pytest.approx(floors["plain"] / floors["ball"], rel=0.06) and times >= 1.1
    if re.match("About the same pace|With momentum", first):
        a, b = (o[f"{key}.steps"] or np.inf for key in ("plain", "ball"))
        if not np.isfinite([a, b]).any():
            a, b = ways["plain"][-1], ways["ball"][-1]
        assert ("same pace" in first) == (0.8 <= b / a <= 1.25)
        assert ("takes longer" in first) == (b > 1.25 * a) and ("shorter" in first) == (b < 0.8 * a)
    assert o["ride"] == (100 if o["ball.floor"] is None else min(o["ball.floor"], 100))
    # The walls are where the curves of the floors leave the picture.
    assert max(o["ball_y"]) > 99 and max(o["plain_x"]) < 2 and max(o["ball_x"]) < o["ball.limit"]


@reader("sgd_and_momentum.barrier")
def _(o: Outputs, said: list[str]) -> None:
    """Each step follows from the two before it; the words count what the drawn positions do."""
    deep, top, shallow = np.sort(np.roots([1, 0, -1, 0.1]).real)
    height = np.poly1d([0.25, 0, -0.5, 0.1, 0])
    rate, fates = o["epsilon"], {}
    for key, alpha in (("plain", 0.0), ("ball", o["alpha"])):
        x, y, E = (np.array(o[f"{key}.{name}"]) for name in "xyE")
        assert len(x) == len(E) == o["horizon"] + 1 and x[0] == o["x0"]
        v = np.append(0, np.diff(x))
        np.testing.assert_allclose(v[1:], alpha * v[:-1] - rate * height.deriv()(x[:-1]), atol=1e-12)
        np.testing.assert_allclose(y, height(x), atol=1e-12)
        # It starts with the height of the start, and loses of it but for the length of the steps.
        np.testing.assert_allclose(E[:-1], y[:-1] + alpha * v[:-1] * v[1:] / (2 * rate), atol=1e-12)
        assert E[0] == pytest.approx(height(o["x0"])) and E.min() > -0.45 and E.max() < 0.8
        assert np.diff(E).max() <= 0.6 * rate and x.min() >= -1.75 and x.max() <= 1.66
        crossings = int(np.diff(np.sign(x - top) < 0).sum())
        bottom = deep if x[-1] < top else shallow
        settled = abs(x[-1] - bottom) < 0.0201
        n = o[f"{key}.steps"]
        assert crossings == o[f"{key}.crossings"] or not settled
        if n is not None:
            assert settled and (np.abs(x[round(n) :] - bottom) < 0.0201).all()
        fates[key] = fate = o[f"{key}.fate"]
        assert ("still on its way" in fate) == (n is None) or "stays" in fate
        if "stays" in fate:
            assert np.abs(x - x[0]).max() < 0.005
        elif "bottom of its hollow" in fate:
            assert crossings == 0 and settled
        elif "crosses" in fate:
            assert settled and ("deeper" in fate) == (bottom == deep)
            assert crossings == (int(fate.split("pass ")[1].split()[0]) if "times" in fate else 1)
    assert fates["ball"] in said[0] and ("so does" in said[0]) == (fates["plain"] == fates["ball"])
    assert "so does" in said[0] or fates["plain"] in said[0]
    above, over = height(o["x0"]) - height(top), o["ball.crossings"] > 0
    if "slope is all but nothing" in said[1]:
        assert abs(o["x0"] - top) < 0.005
        return
    assert ("higher than the pass" in said[1]) == (above >= 0)
    assert ("never gets over it" in said[1]) == (above < 0 and not over)
    assert ("length of the steps" in said[1]) == (above < 0 and over)
    assert ("is over it" in said[1]) == (above >= 0 and over)
    if "by step" in said[1]:
        E, lock = np.array(o["ball.E"]), int(said[1].rstrip(".").split()[-1])
        assert (E[lock:] < height(top)).all() and (lock == 0 or E[lock - 1] >= height(top) - 1e-12)


@reader("sgd_and_momentum.forms")
def _(o: Outputs, said: list[str]) -> None:
    """All four by their velocity alone: who keeps the rate out of the memory rescales it when it falls."""
    alpha, old, new = o["alpha"], 1 - o["alpha"], (1 - o["alpha"]) / o["factor"]
    t = np.array(o["t"])
    np.testing.assert_array_equal(t, np.arange(-10, 151))
    assert o["epsilon"] == old and o["epsilon_after"] == pytest.approx(new)
    peaks = {}
    for key in ("book", "torch", "damped", "nesterov"):

        def step(lam: float, before: float, now: float, key: str = key) -> Any:
            kept = alpha * (now / before if key in ("torch", "damped") else 1)
            pull = kept - now * lam * (alpha if key == "nesterov" else 0)
            return np.array([[1 - now * lam, pull], [-now * lam, pull]])

        rates = [(old, new)] + [(new, new)] * 149
        first = step(1.0, old, old)
        Q = np.ones(4) * old**2
        S = np.linalg.solve(np.eye(4) - np.kron(first, first), Q).reshape(2, 2)
        variance = [S[0, 0]]
        for before, now in rates:
            A = step(1.0, before, now)
            S = A @ S @ A.T + now**2
            variance.append(S[0, 0])
        variance = np.array(variance) / variance[0]
        shown = np.array(o[f"{key}.variance"])
        np.testing.assert_allclose(shown[:11], 1, rtol=1e-9)
        np.testing.assert_allclose(shown[10:], variance, rtol=1e-7)
        m = np.linalg.matrix_power(step(0.001, old, old), 3000) @ [1, 0]
        walked = []
        for before, now in [(old, old), *rates]:
            after = step(0.001, before, now) @ m
            walked.append(1 - after[0] / m[0])
            m = after
        pace = np.array(walked) / walked[0]
        shown = np.array(o[f"{key}.pace"])
        np.testing.assert_allclose(shown[:11], 1, rtol=1e-6)
        np.testing.assert_allclose(shown[10:], pace, rtol=1e-6)
        peaks[key] = variance.max()
        assert o[f"{key}.peak"] == pytest.approx(peaks[key], rel=1e-7)
        assert max(peaks[key], 1) < o["ceiling"] and o["foot"] < min(*variance, *pace)
        lag = int(o[f"{key}.lag"])
        fall = (pace[1:] - pace[-1]) / (1 - pace[-1])
        assert fall[lag - 1] <= np.exp(-1) + 1e-6 and (fall[: lag - 1] >= np.exp(-1) - 1e-6).all()
    first, others, lasts = said
    assert ("all four are one rule" in first) == ("nothing to remember" in others) == (alpha == 0)
    variance = np.array(o["book.variance"])[10:]
    above = np.flatnonzero(variance > 1 + 1e-9)
    assert ("gets worse first" in first) == (peaks["book"] >= 1.01)
    if "gets worse first" in first:
        words = re.search(r"after (\w+) steps? its shaking is ([\d.]+) times", first)
        assert words and float(words[2]) == pytest.approx(peaks["book"], rel=0.006) != 1
        assert int(words[1].replace("one", "1")) == variance.argmax()
        assert ("still above" in first) == (above[-1] == 150)
        assert "still above" in first or f"only from step {above[-1] + 1} on it stays below" in first
    if alpha:
        # Neither of PyTorch's is ever above where it was.
        assert max(peaks["torch"], peaks["damped"]) <= 1 + 1e-9
        assert all(max(o[f"{key}.variance"][11:]) < 1 for key in ("torch", "damped"))
        assert ("no worse to speak of" in others) == (peaks["nesterov"] < 1.01)
        if "comes to" in others:
            times = float(others.split(" times")[0].split()[-1])
            assert times == pytest.approx(peaks["nesterov"], rel=0.006) and times > 1
        assert o["torch.lag"] == o["damped.lag"] == 1 and f"by step {o['book.lag']:.0f}." in lasts


@reader("loss_landscapes.rescale")
def _(o: Outputs, said: list[str]) -> None:
    """The bend of the drawn slices is the drawn curvature, and the words compare it with that at r = 1."""
    at = np.log(np.array(o["axis"]))
    middle = len(at) // 2
    assert o["axis"][middle] == pytest.approx(1) and o["cost"] == pytest.approx(o["raw_J"][30], abs=2e-4)
    assert o["cost"] == pytest.approx(o["own_J"][30], abs=2e-4)
    for line, height, times in (("raw", "curvature", "times"), ("own", "own", "own_times")):
        curve = np.array(o[f"{line}_curve"])
        assert o[height] == pytest.approx(np.exp(np.interp(np.log(o["r"]), at, np.log(curve))), rel=0.05)
        assert o[times] == pytest.approx(o[height] / curve[middle])
    assert o["ride"] == o["curvature"] and o["curvature_min"] == min(o["curvature"], *o["raw_curve"])
    if o["which"] == "layers":
        # A line whose filters keep the network's size sees no rescaling of whole layers.
        assert np.ptp(o["own_curve"]) < 1e-9 * o["own"]
        r2 = np.exp(2 * at)
        parts = np.polynomial.polynomial.polyfit(r2, np.array(o["raw_curve"]) * r2, 2)
        fit = np.polynomial.polynomial.polyval(r2, parts) / r2
        np.testing.assert_allclose(fit, o["raw_curve"], rtol=1e-6)
    first, off = said[0], [not 1 / 1.1 < o[name] < 1.1 for name in ("times", "own_times")]
    assert ("is rescaled" in first) == (abs(np.log(o["r"])) < 0.03)
    assert ("Nothing is rescaled" in first) == (o["r"] == 1)
    assert f"its cost is {format_number(o['cost'], '.2g')}" in said[1]
    if "is rescaled" in first:
        assert not any(off)
        np.testing.assert_allclose(o["raw_J"], o["own_J"], rtol=0.2)
        return
    assert ("mislead" in first) == off[1]
    assert ("both lines" in first) == (o["which"] == "units" and not any(off))
    if "both lines" in first:
        return
    for times, words in zip((o["times"], o["own_times"]), re.split("own size", first), strict=True):
        near = "about as sharp as before" if abs(times - 1) > 1e-6 else ", as sharp as before"
        kind = near if 1 / 1.1 < times < 1.1 else "times as sharp" if times > 1 else "times as flat"
        size = "" if 1 / 1.1 < times < 1.1 else format_number(max(times, 1 / times), ".2g") + " "
        assert f"{size}{kind}" in words
        assert size or "times" not in words


@reader("loss_landscapes.bowls")
def _(o: Outputs, said: list[str]) -> None:
    """Hollows, what beats guessing and the ring are looked up again in the drawn maps."""
    guess, ticks, found = np.log(10), np.linspace(-1, 1, 41), {}
    for kind in ("plain", "residual"):
        J = np.reshape(o[f"{kind}.J"]["data"], (41, 41))
        drawn = list(zip(o[f"{kind}.minima_x"], o[f"{kind}.minima_y"], strict=True))
        for x, y in drawn:  # to half a step of a byte, by which shallow hollows are hidden
            i, j = (round((z + 1) / 0.05) for z in (y, x))
            around = J[i - 1 : i + 2, j - 1 : j + 2]
            assert np.sqrt(J[i, j]) <= np.sqrt(around.min()) + 1.01 * np.sqrt(J.max()) / 255
            assert around.size == 9
        assert len(drawn) == o[f"{kind}.minima"] == len(set(drawn))
        # The lowest hollow lies under the star, or in the cell beside it.
        codes = [J[round((y + 1) / 0.05), round((x + 1) / 0.05)] for x, y in drawn]
        assert max(np.abs(drawn[int(np.argmin(codes))])) < 0.051
        # The middle, where training ended, is the lowest cell but one step, and what it cost.
        assert J[20, 20] == pytest.approx(o[f"{kind}.cost"], abs=0.01) and o[f"{kind}.cost"] <= 0.01
        assert o[f"{kind}.better"] == (guess > J).mean()
        # Ends of the pieces of the line lie between a cell that beats guessing and one that does not.
        assert len(o[f"{kind}.guess_x"]) % 2 == 0
        for x, y in list(zip(o[f"{kind}.guess_x"], o[f"{kind}.guess_y"], strict=True))[::7]:
            i, j = (int(np.clip(np.floor((z + 1) / 0.05 + 1e-9), 0, 39)) for z in (y, x))
            near = J[max(i - 1, 0) : i + 3, max(j - 1, 0) : j + 3]
            assert near.min() <= guess <= near.max()
        along = np.hypot(o[f"{kind}.ring_x"], o[f"{kind}.ring_y"])
        np.testing.assert_allclose(along, o[f"{kind}.ring"])
        cells = np.abs(np.hypot(*np.meshgrid(ticks, ticks)) - o[f"{kind}.ring"]) < 0.072
        assert o[f"{kind}.ring_max"] <= J[cells].max() + 1e-9
        found[kind] = len(drawn)
    assert all(format_number(o[f"{kind}.cost"], ".2g") in said[0] for kind in found)
    hollows = found["plain"]
    assert "%" not in "".join(said)  # shares are what the first bet asks for
    assert ("Little difference" in said[1]) == (o["plain.better"] > 0.9)
    assert ("one basin" in said[1]) == (o["plain.better"] <= 0.9 and hollows <= 1)
    if "one basin" in said[1]:  # what beats guessing is in one piece, on both maps
        assert all(
            ndimage.label(np.reshape(o[f"{kind}.J"]["data"], (41, 41)) < guess)[1] == 1 for kind in found
        )
        assert o["plain.better"] < 0.9 * o["residual.better"]
    if "hollows" in said[1]:
        assert f"{hollows} hollows" in said[1] and f"{found['residual']} on the residual" in said[1]
    assert ("more than guessing" in said[2]) == (o["plain.ring_max"] > guess)
    assert format_number(o["plain.ring_max"], ".2g") in said[2]
    # It began elsewhere: the ring of the map costs less, all around.
    assert f"at {format_number(o['plain.start'], '.3g')}: in a direction" in said[2]
    assert o["plain.start"] > o["plain.ring_max"]


@reader("loss_landscapes.way")
def _(o: Outputs, said: list[str]) -> None:
    """The path leads from the ring to the middle, over costs that the map shows, as the words say."""
    J = np.reshape(o["J"]["data"], o["J"]["shape"])
    path, costs = np.array([o["path_x"], o["path_y"]]), np.array(o["cost"])
    assert path.shape[1] == len(costs) == len(o["walk_x"]) == o["epochs"] + 1 and o["epoch"] == list(
        range(len(costs))
    )
    ring = np.hypot(o["ring_x"], o["ring_y"])
    np.testing.assert_allclose(ring, ring[0])
    for x, y, far in (("path_x", "path_y", ring[0]), ("walk_x", "walk_y", 1)):
        ends = np.hypot(o[x], o[y])[[0, -1]] / far
        assert ends[1] == 0 and 0.9 < ends[0] <= 1.001  # but for what the plane loses
    assert [o["start_x"], o["start_y"]] == path[:, 0].tolist()
    assert [o["set_out_x"], o["set_out_y"]] == [o["walk_x"][0], o["walk_y"][0]]
    for x, y, sides in ((*path, ""), (o["walk_x"], o["walk_y"], "walk_")):
        assert o[f"{sides}left"] < min(x) <= max(x) < o[f"{sides}right"]
        assert o[f"{sides}low"] < min(y) <= max(y) < o[f"{sides}high"]
    # What the network costs is near what its plane shows beside it, but for what lies off the plane.
    n, m = J.shape
    j = np.rint((path[0] - o["left"]) / (o["right"] - o["left"]) * (m - 1)).astype(int)
    i = np.rint((path[1] - o["low"]) / (o["high"] - o["low"]) * (n - 1)).astype(int)
    assert np.corrcoef(np.log(J[i, j]), np.log(costs))[0, 1] > 0.95
    assert format_number(costs[0], ".3g") in said[0] and format_number(o["elsewhere"], ".2g") in said[0]
    assert o["elsewhere"] < costs[0] and o["start"] == costs[0] and o["end"] == costs[-1]
    rises = int((np.diff(costs) > 0).sum())
    assert f"{len(costs) - 1} epochs" in said[1] and ("fell in each" in said[1]) == (rises == 0)
    assert rises < 2 or f"rose in {rises} of" in said[1]


@reader("ten_questions.diagnosis")
def _(o: Outputs, said: list[str]) -> None:
    """What is lit, what was answered, and what the answers leave open, from the recorded runs alone."""
    told, hint = said
    assert told.endswith((".", "?")) and (hint == "" or hint.endswith((".", "?")))
    lit = [k for k in range(1, 11) if o[f"tone_{k}"] == "orange"]
    assert o["n_open"] == len(lit)
    given = {k: o[f"answer_{k}"] == "yes" for k in range(1, 11) if o[f"answer_{k}"] != "not asked"}
    marks = {
        (True, None): "open",
        (True, True): "says yes",
        (False, None): "out",
        (False, False): "out: says no",
        (False, True): "out, though it says yes",
    }
    for k in range(1, 11):
        assert o[f"mark_{k}"] == marks[k in lit, given.get(k)]
    assert given.keys() == {k for k in range(1, 11) if o[f"ask_{k}"]} and o["n_asked"] == len(given)
    recorded = ten_questions.Answers.load()
    every = np.stack([recorded.matrix(seed) for seed in recorded.seeds])
    # Which run is hidden: the one whose recorded curve is drawn.
    drawn = np.array([recorded.drawn(seed) for seed in recorded.seeds])
    curves = np.array([o["hidden_J"], o["hidden_test"], o["hidden_other"]])
    alike = np.argwhere(np.abs(drawn - curves).max(axis=(2, 3)) < 1e-6)
    # Some runs are as flat as others: then the answers tell them apart.
    hidden = {
        int(k) + 1 for seed, k in alike if all(every[seed, k, q - 1] == yes for q, yes in given.items())
    }
    assert hidden, "the answers are those of a run that looks so"
    looks = ten_questions.SEEN.get(o["seen"], range(1, 11))
    possible = [k for k in looks if all((every[:, k - 1, q - 1] == yes).any() for q, yes in given.items())]
    assert lit == possible
    if not lit:
        assert told.startswith("Nothing fits.") and hint == ""
    elif len(lit) > 1:
        assert numbers(told) == [len(given), *lit]
    elif lit[0] in given and lit[0] not in hidden:
        assert not hidden & set(looks), "only a wrong look leads to a wrong trouble"
        assert numbers(told) == [lit[0]] and "is not the trouble" in told and hint == ""
    elif lit[0] in given:
        assert numbers(told) == [len(given), lit[0]]
        assert told.startswith("Found with")
        assert hint.startswith("Nobody can" if len(given) == 1 else "Deal another run")
    else:
        assert numbers(told) == [lit[0]] and "Only" in told and hint.startswith("Ask it")
    assert hint.startswith("First say") == (o["seen"] not in ten_questions.SEEN and not given)
    assert bool(o["tested"]) == (o["hidden_test"] != o["hidden_J"])
    if hint.startswith("No question"):
        (following,) = numbers(hint)
        assert following not in given
        assert all(
            0 < len([k for k in lit if (every[:, k - 1, int(following) - 1] == yes).any()]) < len(lit)
            for yes in (0, 1)
        )
