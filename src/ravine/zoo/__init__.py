r"""The zoo: named cost surfaces, each with its source, the box to draw, and its known critical points.

Coordinates are theta_1 ... theta_n, costs and parameters dimensionless unless an entry says otherwise.
Arguments that are numbers in the formula (kappa) stay symbolic parameters of the `Objective`;
arguments that shape the formula (depth, n) do not.
"""

from collections.abc import Callable

from ravine import _check
from ravine.objective import Objective
from ravine.zoo._classics import ackley, beale, himmelblau, rastrigin, rosenbrock
from ravine.zoo._shapes import (
    cliff,
    double_well,
    figure_8_4,
    monkey_saddle,
    mountain,
    plateau,
    quadratic,
    saddle,
)

__all__ = [
    "NAMES",
    "ackley",
    "beale",
    "cliff",
    "double_well",
    "figure_8_4",
    "get",
    "himmelblau",
    "monkey_saddle",
    "mountain",
    "plateau",
    "quadratic",
    "rastrigin",
    "rosenbrock",
    "saddle",
]

_ENTRIES: dict[str, Callable[[], Objective]] = {
    entry.__name__: entry
    for entry in (
        quadratic,
        rosenbrock,
        himmelblau,
        beale,
        saddle,
        monkey_saddle,
        cliff,
        plateau,
        double_well,
        figure_8_4,
        mountain,
        ackley,
        rastrigin,
    )
}

NAMES = tuple(_ENTRIES)


def get(name: str) -> Objective:
    """The entry of that name, for its default arguments.

    Raises
    ------
    ValueError : no such entry.

    >>> get("rosenbrock")
    Objective('rosenbrock', n=2, parameters={'a': 1.0, 'b': 100.0})
    """
    return _ENTRIES[_check.one_of("name", name, NAMES)]()
