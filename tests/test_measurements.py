"""Claims over many seeds rest on data files: each is whole, and two of its seeds can be recomputed."""

import csv
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from ravine.experiments._measurement import N_RECOMPUTED, Measurement, forget, measurements

MEASUREMENTS = measurements()
each = pytest.mark.parametrize("measurement", MEASUREMENTS, ids=lambda measurement: measurement.name)


def test_no_file_is_left_over() -> None:
    folder = MEASUREMENTS[0].path().parent
    kept, wanted = {path.stem for path in folder.glob("*.csv")}, {each.name for each in MEASUREMENTS}
    assert not wanted - kept, "run tools/sweeps.py with these names"
    assert not kept - wanted, "files of no measurement: delete them"


@each
def test_file_holds_every_seed_and_only_numbers(measurement: type[Measurement]) -> None:
    with measurement.path().open(newline="", encoding="utf-8") as file:
        assert [int(row["seed"]) for row in csv.DictReader(file)] == list(measurement.seeds)
    loaded = measurement.load()
    assert loaded.columns
    for column in loaded.columns:
        assert len(loaded[column]) == len(measurement.seeds) >= 20
        assert np.isfinite(loaded[column]).all(), column
        assert measurement.agree(column, loaded[column], loaded[column]), column
    assert measurement.path().stat().st_size < 300_000
    assert measurement.__doc__ and measurement.row.__doc__


@each
def test_neither_zeros_nor_nan_pass_for_a_column(measurement: type[Measurement]) -> None:
    loaded = measurement.load()
    tolerances = [*measurement.loose, *measurement.zeros, *measurement.between]
    assert set(tolerances) <= set(loaded.columns), "a tolerance for a column that is not there"
    assert len(set(tolerances)) == len(tolerances), "two tolerances for one column"
    assert len(measurement.between) < len(loaded.columns), "no column is compared"
    for column in loaded.columns:
        kept = loaded[column][:2]
        assert measurement.agree(column, kept, kept), column
        assert not measurement.agree(column, np.full_like(kept, np.nan), kept), column
        if kept.any() and column not in measurement.zeros:  # where zeros are stored, zeros are right
            assert not measurement.agree(column, np.zeros_like(kept), kept), column


@each
def test_two_seeds_give_the_stored_rows_again(measurement: type[Measurement]) -> None:
    loaded, rows = measurement.load(), measurement.compute(measurement.seeds[:N_RECOMPUTED], n_jobs=1)
    assert len(rows) == N_RECOMPUTED == 2
    assert [list(row) for row in rows] == 2 * [
        measurement.path().read_text("utf-8").splitlines()[0].split(",")
    ]
    for column in loaded.columns:
        kept = loaded[column][:2]
        labels = [column] if kept.ndim == 1 else [f"{column}.{j}" for j in range(kept.shape[1])]
        fresh = np.array([[row[label] for label in labels] for row in rows]).reshape(kept.shape)
        assert measurement.agree(column, fresh, kept), f"{column}: got {fresh}, stored {kept}"


def tried(entry: Any = 1.0, column: str = "x", **options: Any) -> type[Measurement]:
    """A measurement that gives the same for every seed."""

    class Tried(Measurement, name="tried", **options):
        @staticmethod
        def row(seed: int) -> dict[str, Any]:
            return {column: entry}

    return Tried


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    for measurement in measurements():
        if measurement.name == "tried":
            forget(measurement)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("name", lambda: tried() and type("Other", (Measurement,), {}, name="tried")),
        ("seeds", lambda: tried(seeds=range(19))),
        ("seeds", lambda: tried(seeds=[0] * 20)),
        ("rtol", lambda: tried(rtol=float("nan"))),
        (r"loose\['x'\]", lambda: tried(loose={"x": float("inf")})),
        (r"zeros\['x'\]", lambda: tried(zeros={"x": 0})),
        (r"between\['x'\]", lambda: tried(between={"x": (0.2, 0.1)})),
        (r"between\['x'\]", lambda: tried(between={"x": (0.0, 1.0)})),
        (r"between\['x'\]", lambda: tried(between={"x": (-1.0, 1.0)})),
        (r"between\['x'\]", lambda: tried(between={"x": (0.1, float("inf"))})),
        ("x", lambda: tried(np.ones((2, 2))).compute([0], n_jobs=1)),
        ("x", lambda: tried([]).compute([0], n_jobs=1)),
        ("row", lambda: tried(column="x.1").compute([0], n_jobs=1)),
        ("row", lambda: tried(column="seed").compute([0], n_jobs=1)),
        ("rows", lambda: tried().save([])),
        ("rows", lambda: tried().save([{"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}])),
        ("x", lambda: tried().save([{"x": float("nan")}])),
        ("column", lambda: tried()({"x": np.ones(20)})["y"]),
    ],
)
def test_what_a_file_would_lose_is_refused(name: str, call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()


def test_agreement_is_column_by_column() -> None:
    sweep = tried(loose={"share": 0.1}, zeros={"rest": 1e-9}, between={"late": (0.1, 0.9)})
    assert not sweep.agree("small", [0.0, 0.0], [1e-14, 2e-14])
    assert sweep.agree("share", [0.4, 0.0], [0.45, 0.05]) and not sweep.agree("share", [0.0], [0.45])
    assert sweep.agree("rest", [1e-10], [-1e-12]) and not sweep.agree("rest", [1e-10], [1e-8])
    assert not sweep.agree("x", [1.0], [1.0, 1.0])
    assert sweep.agree("late", [0.2, 0.9], [0.8, 0.1])
    assert not sweep.agree("late", [0.2, 0.91], [0.8, 0.1]) and not sweep.agree("late", [0.2], [0.09])


def test_what_is_saved_is_read_again(tmp_path, monkeypatch) -> None:
    sweep = tried(np.array([1.0, 1 / 3]), column="a.b")
    monkeypatch.setattr(sweep, "path", classmethod(lambda cls: tmp_path / "tried.csv"))
    sweep.save(sweep.compute(n_jobs=1))
    assert sweep.load().columns == ("a.b",)
    np.testing.assert_allclose(sweep.load()["a.b"], np.tile([1.0, 1 / 3], (20, 1)), rtol=1e-9)
