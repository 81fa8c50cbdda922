"""Checks of what the functions of this room are given."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ravine import _check
from ravine._typing import Array
from ravine.networks import MLP


def network(model: object) -> MLP:
    """Return the model if it is a multilayer perceptron."""
    if not isinstance(model, MLP):
        raise ValueError(f"model: got {model!r}; want a networks.MLP")
    return model


def precision(dtype: DTypeLike) -> type[np.float32 | np.float64]:
    """Return the type of float that is named."""
    for choice in (np.float32, np.float64):
        if dtype in (choice, choice.__name__):
            return choice
    raise ValueError(f"dtype: got {dtype!r}; want float32 or float64")


def cast(name: str, x: Array, dtype: type[np.float32 | np.float64]) -> Array:
    """Return finite x rounded to the precision, or raise if that is too small for it."""
    with np.errstate(over="ignore"):  # refused by name below
        result: Array = x.astype(dtype)
    if not np.isfinite(result).all():
        raise ValueError(
            f"{name}: got {x[~np.isfinite(result)].flat[0]} among its entries; "
            f"want numbers that a {dtype.__name__} holds"
        )
    return result


def ticks(name: str, x: ArrayLike, *, at_least: int = 1) -> Array:
    """Return places along a direction, (k,)."""
    result = _check.array(name, x, ndim=1)
    if len(result) < at_least:
        raise ValueError(f"{name}: got {len(result)} places; want at least {at_least}")
    return result
