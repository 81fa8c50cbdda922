"""Chapter "Local minima": one function from many weights, bad minima, and curves that look stuck."""

from ravine.experiments.local_minima.copies import Line, Scaling, permutation_line, scaling
from ravine.experiments.local_minima.curves import Curve, Stuck, beside_saddle, stuck
from ravine.experiments.local_minima.linear import Descents, Saddles, descend, product, saddles, zeros
from ravine.experiments.local_minima.seeds import SaddleCurves, Spreads, Symmetry
from ravine.experiments.local_minima.traps import Plane, Trap, Wells, survey, trap, wells
from ravine.experiments.local_minima.widths import WIDTHS, Widths, train_widths
