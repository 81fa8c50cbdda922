"""Chapter "Local minima": one function from many weights, bad minima, and curves that look stuck."""

from ravine.experiments.local_minima.copies import (
    Line,
    Scaling,
    conserved,
    permutation_line,
    permute,
    rescale,
    scaling,
)
from ravine.experiments.local_minima.curves import Curve, Stuck, beside_saddle, stuck
from ravine.experiments.local_minima.linear import (
    Descents,
    Saddles,
    descend,
    fibre,
    linear_network,
    product,
    saddles,
    zeros,
)
from ravine.experiments.local_minima.seeds import (
    BESIDE_SADDLE,
    SYMMETRY,
    WIDTHS_SWEEP,
    ManyWidths,
    Symmetry,
    many_widths,
    symmetry,
)
from ravine.experiments.local_minima.traps import (
    Plane,
    Trap,
    Wells,
    neuron,
    survey,
    trap,
    two_weights,
    wells,
)
from ravine.experiments.local_minima.widths import WIDTHS, Widths, train_widths

SWEEPS = (SYMMETRY, BESIDE_SADDLE, WIDTHS_SWEEP)

__all__ = [
    "BESIDE_SADDLE",
    "SWEEPS",
    "SYMMETRY",
    "WIDTHS",
    "WIDTHS_SWEEP",
    "Curve",
    "Descents",
    "Line",
    "ManyWidths",
    "Plane",
    "Saddles",
    "Scaling",
    "Stuck",
    "Symmetry",
    "Trap",
    "Wells",
    "Widths",
    "beside_saddle",
    "conserved",
    "descend",
    "fibre",
    "linear_network",
    "many_widths",
    "neuron",
    "permutation_line",
    "permute",
    "product",
    "rescale",
    "saddles",
    "scaling",
    "stuck",
    "survey",
    "symmetry",
    "train_widths",
    "trap",
    "two_weights",
    "wells",
    "zeros",
]
