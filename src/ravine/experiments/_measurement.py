"""Measurements: one experiment repeated over seeds, its results kept in a small data file beside the code."""

import csv
import importlib
import pkgutil
from collections.abc import Mapping, Sequence, Sized
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check
from ravine._typing import Array

Row = Mapping[str, float | Array]

N_RECOMPUTED = 2
"""How many of a measurement's first seeds the tests recompute."""

_KNOWN: dict[str, type["Measurement"]] = {}


class Measurement:
    """An experiment over many seeds whose results ship with the package: how a row is made, kept and drawn.

    A class that derives from this one says in its head what the file is called and how closely a recomputed
    row must agree; it has `row`, the experiment for one seed, and besides what is claimed of all seeds, as
    properties, and `plot`. `load` reads the file; `self[column]` is then a column over the seeds.

    Parameters
    ----------
    columns : column -> its results, shape (n_seeds,) or (n_seeds, k). Use `load`.

    Notes
    -----
    In the head of a class stand

    - name: stem of the data file, `<chapter>-<measurement>`;
    - seeds: those that the file holds, at least 20;
    - rtol: relative tolerance, dimensionless, within which a recomputed row must agree on another machine;
    - loose: column -> absolute tolerance, in the column's unit, where chaos or rounding decides the digits;
      it stays below the column's size, so that zero does not pass for the number;
    - zeros: column -> how large rounding may make an entry, where the right number is zero throughout;
    - between: column -> (low, high), both above or both below zero, where chaos decides all digits: what is
      left to check is that every entry lies there. Other columns hold early steps of the same runs.

    A name that is taken, fewer than 20 seeds, seeds that repeat, or a tolerance that accepts anything are a
    ValueError there.

    >>> class Squares(Measurement, name="squares"):
    ...     @staticmethod
    ...     def row(seed):
    ...         return {"square": float(seed**2)}
    >>> Squares.compute([3], n_jobs=1)
    [{'seed': 3.0, 'square': 9.0}]
    >>> forget(Squares)
    """

    name: ClassVar[str]
    seeds: ClassVar[tuple[int, ...]]
    rtol: ClassVar[float]
    loose: ClassVar[Mapping[str, float]]
    zeros: ClassVar[Mapping[str, float]]
    between: ClassVar[Mapping[str, tuple[float, float]]]

    def __init_subclass__(
        cls,
        *,
        name: str,
        seeds: Sequence[int] = range(20),
        rtol: float = 1e-6,
        loose: Mapping[str, float] | None = None,
        zeros: Mapping[str, float] | None = None,
        between: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        if _KNOWN.get(name, cls).__qualname__ != cls.__qualname__:
            raise ValueError(f"name: got {name!r} a second time; want a file for each measurement")
        if len(seeds) < 20:
            raise ValueError(f"seeds: got {len(seeds)} of them; want at least 20")
        if len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds: got {list(seeds)}; want each once")
        cls.name, cls.seeds = name, tuple(seeds)
        cls.rtol = _check.real("rtol", rtol, at_least=0)
        cls.loose, cls.zeros = dict(loose or {}), dict(zeros or {})
        for option, tolerances in (("loose", cls.loose), ("zeros", cls.zeros)):
            for column, tolerance in tolerances.items():
                _check.real(f"{option}[{column!r}]", tolerance, above=0)
        cls.between = {column: _bounds(column, *pair) for column, pair in (between or {}).items()}
        _KNOWN[name] = cls

    def __init__(self, columns: Mapping[str, Array]) -> None:
        self._columns = dict(columns)

    def __getitem__(self, column: str) -> Array:
        """A column over the seeds, shape (n_seeds,) or (n_seeds, k).

        Raises
        ------
        ValueError : there is no such column.
        """
        return self._columns[_check.one_of("column", column, self._columns)]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the file's order."""
        return tuple(self._columns)

    def over(self, settings: Sized, prefix: str = "") -> tuple[str, ...]:
        """The columns with an entry for each of the settings: those that begin so, without the prefix."""
        return tuple(
            column.removeprefix(prefix)
            for column, entries in self._columns.items()
            if column.startswith(prefix) and entries.shape[1:] == (len(settings),)
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.columns)}; {len(self.seeds)} seeds)"

    @staticmethod
    def row(seed: int) -> Row:
        """The experiment for one seed: column -> number or 1-D array; pure, so that anyone can repeat it.

        A 1-D result of length k fills the file's columns `name.0` ... `name.k-1`.
        """
        raise NotImplementedError("a measurement says how a row is made")

    @classmethod
    def path(cls) -> Path:
        """Where the data file lies."""
        return Path(str(files("ravine.experiments") / "recorded" / f"{cls.name}.csv"))

    @classmethod
    def load(cls) -> Self:
        """Read the data file.

        Returns
        -------
        the measurement, its columns over all seeds
        """
        with cls.path().open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        table = np.array(rows, dtype=np.float64)
        columns: dict[str, list[Array]] = {}
        for j, label in enumerate(header):
            columns.setdefault(_name(label), []).append(table[:, j])
        return cls(
            {
                name: np.stack(parts, axis=1) if f"{name}.0" in header else parts[0]
                for name, parts in columns.items()
                if name != "seed"
            }
        )

    @classmethod
    def compute(cls, seeds: Sequence[int] | None = None, n_jobs: int = -1) -> list[dict[str, float]]:
        """Run the experiment for the seeds, in parallel: one flat row a seed.

        Parameters
        ----------
        seeds : default: those of the file.
        n_jobs : processes, -1 for one a core. Inside `joblib.parallel_config(backend=...)` that backend
            runs them instead, on a cluster too.

        Returns
        -------
        list of dict : a row a seed, from the columns of the file to numbers, `seed` first
        """
        # Imported here because a reader who only loads the file needs no joblib.
        from joblib import Parallel, delayed

        seeds = cls.seeds if seeds is None else seeds
        results = Parallel(n_jobs=n_jobs)(delayed(cls.row)(seed) for seed in seeds)
        return [{"seed": float(seed), **_flatten(row)} for seed, row in zip(seeds, results, strict=True)]

    @classmethod
    def save(cls, rows: Sequence[Mapping[str, float]]) -> None:
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
        cls.path().parent.mkdir(exist_ok=True)
        with cls.path().open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows[0])
            writer.writerows([f"{x:.10g}" for x in row.values()] for row in rows)

    @classmethod
    def agree(cls, column: str, fresh: ArrayLike, kept: ArrayLike) -> bool:
        """Whether recomputed entries of a column agree with the stored ones; NaN agrees with nothing.

        Parameters
        ----------
        column : its name.
        fresh, kept : its recomputed and its stored entries, of one shape.

        Returns
        -------
        bool
        """
        given, stored = np.asarray(fresh, np.float64), np.asarray(kept, np.float64)
        if given.shape != stored.shape:
            return False
        if column in cls.between:
            low, high = cls.between[column]
            return bool(((low <= given) & (given <= high) & (low <= stored) & (stored <= high)).all())
        if column in cls.zeros:
            return bool((np.maximum(np.abs(given), np.abs(stored)) <= cls.zeros[column]).all())
        # The file holds ten digits; near zero those of the column's largest entry count.
        rounding = 1e-9 * np.abs(stored).max(initial=0)
        allowed = cls.loose[column] if column in cls.loose else cls.rtol * np.abs(stored) + rounding
        return bool((np.abs(given - stored) <= allowed).all())


def measurements() -> list[type[Measurement]]:
    """Every measurement of the course, chapter by chapter."""
    import ravine.experiments

    for found in pkgutil.iter_modules(ravine.experiments.__path__, "ravine.experiments."):
        importlib.import_module(found.name)
    return list(_KNOWN.values())


def forget(measurement: type[Measurement]) -> None:
    """Take a measurement off the list, as after an example."""
    del _KNOWN[measurement.name]


def _bounds(column: str, low: float, high: float) -> tuple[float, float]:
    """Where the entries of a column lie; without zero, so that what was never computed does not."""
    name = f"between[{column!r}]"
    _check.real(name, low)
    if _check.real(name, high) <= low or low <= 0 <= high:
        raise ValueError(f"{name}: got ({low}, {high}); want low < high, both on one side of zero")
    return low, high


def _flatten(row: Row) -> dict[str, float]:
    """Spread 1-D entries over numbered columns."""
    flat: dict[str, float] = {}
    for name, entry in row.items():
        # The number of an array's entry is cut off when the file is read; a single number has none to lose.
        if name == "seed" or (np.ndim(entry) == 0 and _name(name) != name):
            raise ValueError(f"row: got a column {name!r}; want a name that a file's columns leave free")
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
