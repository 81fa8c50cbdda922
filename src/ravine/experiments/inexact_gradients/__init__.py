"""Chapter "Inexact gradients": noise and bias, and what truncation, clipping, signs and short chains cost."""

from ravine.experiments.inexact_gradients.bias import Descents, descend, descents, largest_stable_rate
from ravine.experiments.inexact_gradients.clipping import Clipping, descend_by_sign, descend_clipped
from ravine.experiments.inexact_gradients.digits import Fit, Fits, clipped_mean, fit, relabel
from ravine.experiments.inexact_gradients.divergence import (
    N_GIBBS,
    SCALES,
    ContrastiveDivergence,
    curl,
    decay,
    jacobian,
    random_case,
)
from ravine.experiments.inexact_gradients.offsets import Offsets, grad_norms
from ravine.experiments.inexact_gradients.stand_ins import ENDS, StandIns, ends, fixed_point
from ravine.experiments.inexact_gradients.truncation import HORIZONS, Truncation, train
