"""What the Hessian says: conditioning, kind of critical point, curvature along a direction, spectra."""

from ravine.curvature._hessian import classify, condition_number, predicted_change, quadratic_form
from ravine.curvature._lanczos import Spectrum, lanczos, top_eigenvalues
from ravine.curvature._probes import Spectra, TraceEstimate, hutchinson_trace, spectral_density

__all__ = [
    "Spectra",
    "Spectrum",
    "TraceEstimate",
    "classify",
    "condition_number",
    "hutchinson_trace",
    "lanczos",
    "predicted_change",
    "quadratic_form",
    "spectral_density",
    "top_eigenvalues",
]
