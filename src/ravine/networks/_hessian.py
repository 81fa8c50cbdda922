"""The full Hessian of a network's mean loss."""

import numpy as np

from ravine._typing import Array
from ravine.networks._pass import Pass, t


def hessian(evaluated: Pass) -> Array:
    """The Hessian (..., n, n), a Hessian-vector product a row."""
    identity = np.eye(evaluated.n, dtype=evaluated.outputs.dtype)
    result: Array = np.stack([evaluated.hvp(row) for row in identity], axis=-2)
    return (result + t(result)) / 2  # rounding differs across the diagonal
