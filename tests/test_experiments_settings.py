"""Results are looked up by name and by setting: what was not measured is refused by the argument's name."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest

import ravine.experiments
from ravine import _check
from ravine.experiments import cliffs, saddles, ten_questions
from ravine.experiments import ill_conditioning as ic
from ravine.experiments import inexact_gradients as ig
from ravine.experiments import local_vs_global as lvg
from ravine.experiments import long_term_dependencies as ltd
from ravine.experiments import loss_landscapes as ll
from ravine.experiments import minibatch_variance as mv
from ravine.experiments import sgd_and_momentum as sm
from ravine.experiments import sgd_as_noise as sn
from ravine.experiments import surrogate_losses as sl
from ravine.experiments._measurement import Measurement
from ravine.experiments.loss_landscapes.shipped import pictures

# What takes an array or a step is checked where its chapter is tested.
NOT_LOOKED_UP = {
    "Training.growth", "Recipe.schedule", "Course.at", "Case.drift", "Regression.excess", "Picture.draw",
    "Run.curves", "Run.noise", "Run.way", "Answers.matrix",
}  # fmt: skip

LOOK_UPS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "Walk.longest_step": (lambda: cliffs.walk(n_steps=3), {"name": "unclipped"}),
    "Walk.returns": (lambda: cliffs.walk(n_steps=3), {"name": "unclipped"}),
    "Window.at": (cliffs.Window.load, {"name": "norm_arrived", "threshold": 1.0}),
    "Race.shrink": (lambda: ic.race(n_steps=3), {"name": "momentum"}),
    "Rates.predicted": (lambda: ic.rates([10.0], n_starts=1), {"name": "momentum"}),
    "Trainings.course": (ic.Trainings.load, {"name": "cost"}),
    "Leftovers.worst": (ic.leftovers, {"n_steps": 6, "name": "schedule"}),
    "Parts.left": (ic.Parts.load, {"way": "flat"}),
    "Drops.after": (sm.Drops.load, {"change": "nothing"}),
    "Surfaces.all_steps": (sm.Surfaces.load, {"surface": "valley", "name": "Adam"}),
    "Descents.ends": (lambda: ig.descents(n_seeds=1, n_steps=4), {"name": "noise, constant"}),
    "Clipping.at": (ig.Clipping.load, {"threshold": 0.5}),
    "Fits.at": (ig.Fits.load, {"name": "J", "threshold": np.inf}),
    "ContrastiveDivergence.at": (ig.ContrastiveDivergence.load, {"name": "sign", "scale": 4}),
    "StandIns.extra": (ig.StandIns.load, {"target": "own", "end": "CD-1"}),
    "Truncation.ends": (ig.Truncation.load, {"horizon": np.inf}),
    "Restarts.best": (lvg.Restarts.load, {"n_tries": 100}),
    "Paths.barrier": (lvg.Paths.load, {"row": "full"}),
    "Paths.monotone": (lvg.Paths.load, {"row": "full"}),
    "Turns.at": (lvg.Turns.load, {"name": "top", "learning_rate": 0.05}),
    "Starts.at": (lvg.Starts.load, {"name": "one_J", "scale": np.float64(10)}),
    "Fits.plot": (lvg.fits, {"learning_rate": 0.05}),
    "Transient.peak": (ltd.transient, {"name": "$k = 20$"}),
    "Twins.over_depth": (ll.Twins.load, {"kind": "plain", "name": "better"}),
    "Batches.of": (ll.Batches.load, {"what": "bend", "setting": "small"}),
    "Batches.beside": (ll.Batches.load, {"setting": "noisy", "other": "large"}),
    "Hessians.ratios": (ll.Hessians.load, {"kind": "plain"}),
    "Hessians.notable": (ll.Hessians.load, {"kind": "plain"}),
    "Pictures.J": (pictures, {"kind": "plain", "depth": 20, "plane": "random"}),
    "Pictures.minima": (pictures, {"kind": "plain", "depth": 20, "plane": "random"}),
    "Pictures.number": (pictures, {"name": "cost", "kind": "plain", "depth": 20, "plane": "random"}),
    "Pictures.path": (pictures, {"kind": "plain", "depth": 20, "plane": "path"}),
    "Answers.drawn": (ten_questions.Answers.load, {"seed": 0}),
    "StandardErrors.ratio": (mv.StandardErrors.load, {"sampling": "with"}),
    "Escape.ratio": (saddles.escape, {"name": "Newton"}),
    "Escape.plot": (saddles.escape, {"i": 0}),
    "Leaving.measured": (lambda: saddles.leave(0), {"name": "Newton"}),
    "Straying.per_strength": (sn.stray, {"t": 5.0}),
    "Late.change": (sl.Late.load, {"task": "network200", "what": "loss"}),
    "Late.improved": (sl.Late.load, {"task": "network200"}),
    "Courses.risk": (sl.Courses.load, {"sd": 4}),
    "Courses.zero": (sl.Courses.load, {"sd": 4.0}),
    "Courses.ratio": (sl.Courses.load, {"sd": 4.0}),
    "Courses.perceptron": (sl.Courses.load, {"sd": 4.0}),
    "Courses.excess": (sl.Courses.load, {"sd": 1.0, "kind": "log"}),
}
BAD = ("never measured", 1e9, -1, 1 + 1e-9, np.nan, True, None, [1.0], np.float32(0.05))


def results() -> list[type]:
    """Every measurement and every dataclass that an experiment returns."""
    found = set()
    for module in pkgutil.walk_packages(ravine.experiments.__path__, "ravine.experiments."):
        for x in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(x) and (is_dataclass(x) or issubclass(x, Measurement)):
                found.add(x)
    found.discard(Measurement)
    return [x for x in found if x.__module__.startswith("ravine.experiments.")]


def test_every_look_up_is_on_the_list() -> None:
    looked_up = {
        f"{owner.__qualname__}.{name}"
        for owner in results()
        for name, method in vars(owner).items()
        if not owner.__name__.startswith("_") and not name.startswith(("_", "plot")) and name != "row"
        and not isinstance(method, cached_property)
        and inspect.isroutine(method) and set(inspect.signature(getattr(owner, name)).parameters) - {"self"}
    }  # fmt: skip
    assert len(looked_up) > 20
    plots = {name for name in LOOK_UPS if name.endswith(".plot")}
    assert looked_up == set(LOOK_UPS) - plots | NOT_LOOKED_UP


@pytest.mark.parametrize("look_up", LOOK_UPS)
def test_what_was_not_measured_is_refused_by_name(look_up: str) -> None:
    make, good = LOOK_UPS[look_up]
    method = getattr(make(), look_up.partition(".")[2])
    method(**good)
    for argument in good:
        for bad in BAD:
            with pytest.raises(ValueError, match=f"^{argument}: got .*; want "):
                method(**{**good, argument: bad})


def test_a_setting_finds_its_own_column() -> None:
    window, starts = cliffs.Window.load(), lvg.Starts.load()
    for j, threshold in enumerate(cliffs.THRESHOLDS):
        np.testing.assert_array_equal(
            window.at("norm_dead", threshold), window["norm_dead"][:, j], strict=True
        )
    # Columns over other settings, or over none, would give another setting's number.
    for column in ("two_delay", "per_decade"):
        with pytest.raises(ValueError, match=r"^name: got"):
            starts.at(column, 0.001)
    assert starts.over(lvg.SLOW_SCALES) == ("two_delay",) and starts.over(lvg.SCALES, "two_") == (
        "left", "arrived", "J", "test",
    )  # fmt: skip


def test_place_takes_what_equals_a_setting_and_nothing_near() -> None:
    assert [_check.place("x", x, (0.5, 1.0, np.inf)) for x in (1, np.int8(1), 0.5, np.inf)] == [1, 1, 0, 2]
    assert _check.place("x", np.str_("b"), ("a", "b")) == 1 and _check.place("x", 2, range(3)) == 2
    for x in (np.True_, np.array(1.0), "1.0", 1j, np.nextafter(1.0, 2), np.ma.masked):
        with pytest.raises(ValueError, match=r"^x: got .*; want one of 0.5, 1.0, inf$"):
            _check.place("x", x, (0.5, 1.0, np.inf))


def test_a_course_ends_with_its_last_step() -> None:
    run = sl.course(m=5, n_steps=20)
    with pytest.raises(ValueError, match=r"^step: got 21; want at most 20"):
        run.at(21, run.J)
    for series in (run.J[:-1], run.J[:, None], [run.J, run.J]):
        with pytest.raises(ValueError, match=r"^series: got"):
            run.at(1, series)
