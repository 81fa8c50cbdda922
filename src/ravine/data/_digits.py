"""Handwritten digits, loaded the same way everywhere."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ravine import _check
from ravine._typing import Array


@dataclass(frozen=True, eq=False)
class Digits:
    """Images X (N, 64) with values in [0, 1] (dimensionless), or centred, and their classes y (N,).

    Raises
    ------
    ValueError : X that is no finite matrix, y that are no integers, not one an image, or no image.

    >>> digits().only(0, 1, 2)
    Digits(X (537, 64), y (537,), classes 0-2)
    """

    X: Array
    y: NDArray[np.int64]

    def __post_init__(self) -> None:
        X, y = _check.array("X", self.X, ndim=2), np.asarray(self.y)
        if not X.size:
            raise ValueError(f"X: got shape {X.shape}; want at least one image")
        if y.dtype.kind not in "iu" or y.shape != X.shape[:1]:
            raise ValueError(f"y: got {y.dtype} of shape {y.shape}; want integers of shape {X.shape[:1]}")
        # A frozen dataclass is normalised through object.__setattr__: there is no other way in.
        object.__setattr__(self, "X", X.copy())  # what the caller changes later are other images
        object.__setattr__(self, "y", y.astype(np.int64))

    def __repr__(self) -> str:
        return f"Digits(X {self.X.shape}, y {self.y.shape}, classes {self.y.min()}-{self.y.max()})"

    def __len__(self) -> int:
        return len(self.y)

    def only(self, *classes: int) -> "Digits":
        """The images of the classes given, relabelled 0, 1, ... in the order given.

        Raises
        ------
        ValueError : no class, a class twice, or one that does not occur.
        """
        present = np.unique(self.y).tolist()
        if not classes or len(set(classes)) < len(classes) or not set(classes) <= set(present):
            raise ValueError(f"classes: got {classes}; want one or more, each once, of {present}")
        label = {c: k for k, c in enumerate(classes)}
        keep = np.isin(self.y, classes)
        return Digits(self.X[keep], np.array([label[c] for c in self.y[keep].tolist()], dtype=np.int64))

    def split(
        self, n_train: int, rng: np.random.Generator, *, n_test: int | None = None, centre: bool = True
    ) -> tuple["Digits", "Digits"]:
        """Draw disjoint training and test sets; subtract the training mean from both.

        Parameters
        ----------
        n_train : the number of training examples.
        rng : decides which examples, without replacement.
        n_test : the number of test examples; by default all that remain.
        centre : whether to subtract the training images' mean.

        Returns
        -------
        (train, test) : two Digits.

        Raises
        ------
        ValueError : more examples are asked for than there are, or rng is not a generator.

        >>> train, test = digits().split(500, np.random.default_rng(0))
        >>> train.X.shape, test.X.shape, bool(abs(train.X.mean(axis=0)).max() < 1e-12)
        ((500, 64), (1297, 64), True)
        """
        n_train = _check.count("n_train", n_train)
        n_test = len(self) - n_train if n_test is None else _check.count("n_test", n_test)
        if n_test < 1 or n_train + n_test > len(self):
            raise ValueError(f"n_train: got {n_train} and n_test {n_test}; want at most {len(self)} in all")
        order = _check.generator("rng", rng).permutation(len(self))[: n_train + n_test]
        mean = self.X[order[:n_train]].mean(axis=0) if centre else 0.0
        train, test = order[:n_train], order[n_train:]
        return Digits(self.X[train] - mean, self.y[train]), Digits(self.X[test] - mean, self.y[test])


@cache
def digits() -> Digits:
    """The 1797 handwritten digits of 8 x 8 pixels, with values k/16 for k = 0, ..., 16; read-only.

    Returns
    -------
    Digits with X (1797, 64) float64 in [0, 1] (dimensionless, row-major images) and y (1797,) int64.

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits" (its test set), UCI
    Machine Learning Repository, 1998, doi:10.24432/C50P49; file made by tools/make_digits.py.

    >>> digits()
    Digits(X (1797, 64), y (1797,), classes 0-9)
    """
    with files("ravine.data").joinpath("digits.npz").open("rb") as file, np.load(file) as stored:
        result = Digits(stored["pixels"] / 16.0, stored["labels"].astype(np.int64))
    result.X.flags.writeable = result.y.flags.writeable = False  # cached: one copy for everybody
    return result
