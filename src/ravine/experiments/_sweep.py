"""Sweeps: one measurement repeated over seeds, kept in a small data file beside the code that makes it."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

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

    Notes
    -----
    A 1-D result of length k fills the columns `name.0` ... `name.k-1` and comes back as shape (seeds, k).
    """

    name: str
    run: Callable[[int], Mapping[str, float | Array]]
    seeds: Sequence[int] = tuple(range(20))
    rtol: float = 1e-6

    def __post_init__(self) -> None:
        if len(self.seeds) < 20:
            raise ValueError(f"seeds: got {len(self.seeds)} of them; want at least 20")

    @property
    def path(self) -> Path:
        """Where the data file lies."""
        return Path(str(files("ravine.experiments") / "data" / f"{self.name}.csv"))

    def load(self) -> dict[str, Array]:
        """Read the data file: column -> shape (seeds,) or (seeds, k)."""
        with self.path.open(newline="") as file:
            header, *rows = csv.reader(file)
        table = np.array(rows, dtype=np.float64)
        columns: dict[str, list[Array]] = {}
        for j, label in enumerate(header):
            columns.setdefault(label.rpartition(".")[0] or label, []).append(table[:, j])
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
        """Write the rows to the data file, ten significant digits each."""
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows[0])
            writer.writerows([f"{x:.10g}" for x in row.values()] for row in rows)


def _flatten(row: Mapping[str, float | Array]) -> dict[str, float]:
    """Spread 1-D entries over numbered columns."""
    flat: dict[str, float] = {}
    for name, entry in row.items():
        if np.ndim(entry) == 0:
            flat[name] = float(entry)
        else:
            flat |= {f"{name}.{j}": float(x) for j, x in enumerate(np.ravel(entry))}
    return flat
