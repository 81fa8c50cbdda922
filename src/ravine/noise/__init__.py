r"""SGD as a diffusion: walkers under drift and noise, what they visit, and how long they take to leave.

One convention throughout: $dx = b(x)\, dt + \sqrt\nu\, \Sigma(x)\, dW$ in the sense of Ito, and
$D = \Sigma\Sigma^\top$. The drift of a descent is $b = -\nabla f$. The strength of the noise, $\nu$, is
called `eps` in code, as in the literature on small random perturbations; it is no learning rate.
For SGD with the learning rate $\epsilon$, batches of B and the covariance C of single gradients, a step takes
the time $\epsilon$, $\nu = \epsilon / B$ and $D = C$.

`simulate` and `first_exits` let walkers go; `minimum_action` finds how they most likely leave. Functions that
end in `_1d` are exact on a line, `lyapunov` and `linear_quasi_potential` for linear drifts, and
`transition_rates_1d` makes a chain of the minima. `ravine.theory.sgd_as_noise` holds closed forms.
"""

from ravine.noise._action import MinimumAction, action, minimum_action
from ravine.noise._chain import shares_over_time, stationary_shares, transition_rates_1d
from ravine.noise._exits import Exits, first_exits
from ravine.noise._line import (
    exit_share_1d,
    mean_exit_time_1d,
    occupancy_1d,
    quasi_potential_1d,
    stationary_density_1d,
)
from ravine.noise._linear import linear_quasi_potential, lyapunov
from ravine.noise._simulate import Ensemble, simulate
from ravine.noise._walkers import Field

__all__ = [
    "Ensemble",
    "Exits",
    "Field",
    "MinimumAction",
    "action",
    "exit_share_1d",
    "first_exits",
    "linear_quasi_potential",
    "lyapunov",
    "mean_exit_time_1d",
    "minimum_action",
    "occupancy_1d",
    "quasi_potential_1d",
    "shares_over_time",
    "simulate",
    "stationary_density_1d",
    "stationary_shares",
    "transition_rates_1d",
]
