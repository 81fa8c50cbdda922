"""The double well in which most of the chapter's walkers go: f = (x^2 - 1)^2 / 4."""

import numpy as np

from ravine._typing import Array

HEIGHT = 0.25
"""Of the pass over the minima."""


def downhill(x: Array) -> Array:
    """-f'."""
    return np.asarray(x - x * x * x)


def uneven(x: Array) -> Array:
    """Sigma of a noise that is stronger on the right, D = 1.3 + 0.3 tanh(x / 0.3)."""
    return np.asarray(np.sqrt(1.3 + 0.3 * np.tanh(x / 0.3)))
