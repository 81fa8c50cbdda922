"""Sweeps: one measurement repeated over seeds, kept in a small data file beside the code that makes it."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array


@dataclass(frozen=True)
class Sweep:
    """A measurement over many seeds whose results ship with the package.

    Parameters
    ----------
    name : stem of the data file, `<chapter>-<measurement>`.
    run : seed -> {column: number or 1-D array}; pure, so that anyone can recompute a row.
    seeds : the seeds that the file holds, at least 20.
    rtol : relative tolerance, dimensionless, within which a recomputed row must agree on another machine.
    loose : column -> absolute tolerance, in the column's unit, where chaos or rounding decides the digits;
        it stays below the column's size, so that zero does not pass for the number.

    Raises
    ------
    ValueError : fewer than 20 seeds, seeds that repeat, or a tolerance that accepts anything.

    Notes
    -----
    A 1-D result of length k fills the columns `name.0` ... `name.k-1` and comes back as shape (seeds, k).
    """

    name: str
    run: Callable[[int], Mapping[str, float | Array]]
    seeds: Sequence[int] = tuple(range(20))
    rtol: float = 1e-6
    loose: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.seeds) < 20:
            raise ValueError(f"seeds: got {len(self.seeds)} of them; want at least 20")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds: got {list(self.seeds)}; want each once")
        _check.real("rtol", self.rtol, at_least=0)
        for name, tolerance in self.loose.items():
            _check.real(f"loose[{name!r}]", tolerance, above=0)

    def agree(self, name: str, fresh: ArrayLike, kept: ArrayLike) -> bool:
        """Whether recomputed entries of a column agree with the stored ones; NaN agrees with nothing.

        Parameters
        ----------
        name : the column.
        fresh, kept : its recomputed and its stored entries, of one shape.

        Returns
        -------
        bool
        """
        given, stored = np.asarray(fresh, np.float64), np.asarray(kept, np.float64)
        # The file holds ten digits; near zero those of the column's largest entry count.
        rounding = 1e-9 * np.abs(stored).max(initial=0)
        allowed = self.loose[name] if name in self.loose else self.rtol * np.abs(stored) + rounding
        return given.shape == stored.shape and bool((np.abs(given - stored) <= allowed).all())

    @property
    def path(self) -> Path:
        """Where the data file lies."""
        return Path(str(files("ravine.experiments") / "recorded" / f"{self.name}.csv"))

    def load(self) -> dict[str, Array]:
        """Read the data file: column -> shape (seeds,) or (seeds, k)."""
        with self.path.open(newline="") as file:
            header, *rows = csv.reader(file)
        table = np.array(rows, dtype=np.float64)
        columns: dict[str, list[Array]] = {}
        for j, label in enumerate(header):
            columns.setdefault(_name(label), []).append(table[:, j])
        return {
            name: np.stack(parts, axis=1) if f"{name}.0" in header else parts[0]
            for name, parts in columns.items()
        }

    def compute(self, seeds: Sequence[int] | None = None, n_jobs: int = -1) -> list[dict[str, float]]:
        """Run the measurement for the seeds, in parallel: one flat row a seed."""
        # Imported here because a reader who only loads the file needs no joblib.
        from joblib import Parallel, delayed

        seeds = self.seeds if seeds is None else seeds
        results = Parallel(n_jobs=n_jobs)(delayed(self.run)(seed) for seed in seeds)
        return [{"seed": float(seed), **_flatten(row)} for seed, row in zip(seeds, results, strict=True)]

    def save(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Write the rows to the data file, ten significant digits each.

        Raises
        ------
        ValueError : no rows, rows with different columns, or a number that is not finite.
        """
        if not rows:
            raise ValueError("rows: got none; want at least one")
        for row in rows:
            # Entries are written in their order: another order would put numbers under a wrong name.
            if list(row) != list(rows[0]):
                raise ValueError(f"rows: got columns {list(row)}; want {list(rows[0])} in every row")
            for name, x in row.items():
                _check.real(name, x)
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows[0])
            writer.writerows([f"{x:.10g}" for x in row.values()] for row in rows)


def _flatten(row: Mapping[str, float | Array]) -> dict[str, float]:
    """Spread 1-D entries over numbered columns."""
    flat: dict[str, float] = {}
    for name, entry in row.items():
        # The number of an array's entry is cut off when the file is read; a single number has none to lose.
        if name == "seed" or (np.ndim(entry) == 0 and _name(name) != name):
            raise ValueError(f"run: got a column {name!r}; want a name that a file's columns leave free")
        if np.ndim(entry) == 0:
            flat[name] = float(entry)
        elif np.ndim(entry) == 1 and np.size(entry):
            flat |= {f"{name}.{j}": float(x) for j, x in enumerate(np.asarray(entry))}
        else:
            raise ValueError(f"{name}: got shape {np.shape(entry)}; want a number or a filled 1-D array")
    return flat


def _name(label: str) -> str:
    """The column that a label of the file belongs to: "cost.3" to "cost"; other dots are part of a name."""
    name, _, number = label.rpartition(".")
    return name if name and number.isdecimal() else label
