"""What the Hessian says: conditioning, kind of critical point, curvature along a direction, spectra."""

from ravine.curvature._hessian import classify, condition_number, predicted_change, quadratic_form
from ravine.curvature._lanczos import Spectrum, lanczos, top_eigenvalues

__all__ = [
    "Spectrum",
    "classify",
    "condition_number",
    "lanczos",
    "predicted_change",
    "quadratic_form",
    "top_eigenvalues",
]
