"""Claims over many seeds rest on data files: each is whole, and two of its seeds can be recomputed."""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ravine.experiments
from ravine.experiments._sweep import Sweep

MODULES = [
    importlib.import_module(f"ravine.experiments.{found.name}")
    for found in pkgutil.iter_modules(ravine.experiments.__path__)
    if not found.name.startswith("_")
]
SWEEPS = [sweep for module in MODULES for sweep in getattr(module, "SWEEPS", ())]
each = pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: sweep.name)


def test_names_are_unique_and_no_file_is_left_over() -> None:
    names = [sweep.name for sweep in SWEEPS]
    assert len(set(names)) == len(names)


@each
def test_file_holds_every_seed_and_only_numbers(sweep: Sweep) -> None:
    columns = sweep.load()
    assert len(sweep.seeds) >= 20
    assert columns.pop("seed").tolist() == list(sweep.seeds)
    assert columns
    for name, samples in columns.items():
        assert np.isfinite(samples).all(), name
    assert sweep.path.stat().st_size < 300_000


# (sweep, column) -> how large the rounding may be, where the right number is zero and nothing else is stored.
ROUNDING = {
    ("inexact-gradients-fixed-points", "J_star_own"): 1e-13,
    ("inexact-gradients-fixed-points", "extra_own"): 1e-13,
    ("saddles-network", "mismatch"): 1e-13,
    ("saddles-network", "newton_gap"): 1e-13,
    ("saddles-network", "newton_down"): 1e-9,
}


def stored(sweep: Sweep, n: int = 2) -> dict[str, np.ndarray]:
    """The first rows of a file, column by column."""
    return {name: samples[:n] for name, samples in sweep.load().items() if name != "seed"}


@each
def test_neither_zeros_nor_nan_pass_for_a_column(sweep: Sweep) -> None:
    columns = stored(sweep)
    assert set(sweep.loose) <= set(columns), "a tolerance for a column that is not there"
    for name, kept in columns.items():
        assert sweep.agree(name, kept, kept), name
        assert not sweep.agree(name, np.full_like(kept, np.nan), kept), name
        if (
            kept.any() and (sweep.name, name) not in ROUNDING
        ):  # where the stored numbers are zeros, zeros are right
            assert not sweep.agree(name, np.zeros_like(kept), kept), name


@each
def test_two_seeds_give_the_stored_rows_again(sweep: Sweep) -> None:
    rows = sweep.compute(sweep.seeds[:2], n_jobs=2)
    assert [list(row) for row in rows] == 2 * [sweep.path.read_text().splitlines()[0].split(",")]
    for name, kept in stored(sweep).items():
        labels = [name] if kept.ndim == 1 else [f"{name}.{j}" for j in range(kept.shape[1])]
        fresh = np.array([[row[label] for label in labels] for row in rows]).reshape(kept.shape)
        if (sweep.name, name) in ROUNDING:
            assert max(np.abs(fresh).max(), np.abs(kept).max()) < ROUNDING[sweep.name, name]
            continue
        assert sweep.agree(name, fresh, kept), f"{name}: got {fresh}, stored {kept}"


def sweep_of(entry: Any, **options: Any) -> Sweep:
    return Sweep("tried", lambda seed: {"x": entry}, **options)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("seeds", lambda: sweep_of(1.0, seeds=range(19))),
        ("seeds", lambda: sweep_of(1.0, seeds=[0] * 20)),
        ("rtol", lambda: sweep_of(1.0, rtol=float("nan"))),
        (r"loose\['x'\]", lambda: sweep_of(1.0, loose={"x": float("inf")})),
        ("x", lambda: sweep_of(np.ones((2, 2))).compute([0], n_jobs=1)),
        ("x", lambda: sweep_of([]).compute([0], n_jobs=1)),
        ("run", lambda: Sweep("tried", lambda seed: {"x.1": 1.0}).compute([0], n_jobs=1)),
        ("run", lambda: Sweep("tried", lambda seed: {"seed": 1.0}).compute([0], n_jobs=1)),
        ("rows", lambda: sweep_of(1.0).save([])),
        ("rows", lambda: sweep_of(1.0).save([{"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}])),
        ("x", lambda: sweep_of(1.0).save([{"x": float("nan")}])),
    ],
)
def test_what_a_file_would_lose_is_refused(name: str, call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()


def test_agreement_is_column_by_column() -> None:
    sweep = sweep_of(1.0, loose={"share": 0.1})
    assert not sweep.agree("small", [0.0, 0.0], [1e-14, 2e-14])
    assert sweep.agree("share", [0.4, 0.0], [0.45, 0.05]) and not sweep.agree("share", [0.0], [0.45])
    assert not sweep.agree("x", [1.0], [1.0, 1.0])
