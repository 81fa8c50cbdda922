"""Claims over many seeds rest on data files: each is whole, and two of its seeds can be recomputed."""

import importlib
import pkgutil

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
    folder = SWEEPS[0].path.parent
    assert {path.stem for path in folder.glob("*.csv")} == set(names)


@each
def test_file_holds_every_seed_and_only_numbers(sweep: Sweep) -> None:
    columns = sweep.load()
    assert len(sweep.seeds) >= 20
    assert columns.pop("seed").tolist() == list(sweep.seeds)
    assert columns
    for name, samples in columns.items():
        assert np.isfinite(samples).all(), name
    assert sweep.path.stat().st_size < 300_000


@each
def test_two_seeds_give_the_stored_rows_again(sweep: Sweep) -> None:
    for stored, row in enumerate(sweep.compute(sweep.seeds[:2], n_jobs=2)):
        assert row, "a row without numbers checks nothing"
        fresh = np.array(list(row.values()))
        lines = sweep.path.read_text().splitlines()
        assert lines[0].split(",") == list(row)
        kept = np.array([float(x) for x in lines[stored + 1].split(",")])
        # The file holds ten digits; near zero those of the row's largest number count.
        np.testing.assert_allclose(fresh, kept, rtol=sweep.rtol, atol=1e-9 * np.abs(kept).max())
