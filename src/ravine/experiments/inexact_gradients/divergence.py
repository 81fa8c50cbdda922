"""Contrastive divergence, exactly: how wrong its gradient is, over random machines."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.problems.machines import Machine, RestrictedBoltzmannMachine
from ravine.theory import inexact_gradients as theory

SCALES = (0.5, 1.0, 2.0, 4.0)
"""Standard deviations of the parameters of random machines."""

N_GIBBS = (1, 2, 3, 5, 10)
"""Gibbs steps k at which the bias of a random machine is kept."""


def jacobian(field: Callable[[Array], Array], theta: Array) -> Array:
    """Its derivatives by central differences, (n, n); symmetric if the field is a gradient.

    The differences span 2e-5, or 2e-8 of an entry beyond 1000, beside which that would vanish.

    >>> jacobian(lambda theta: theta**2, np.array([1.0, 2.0])).round(6).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    theta = _check.array("theta", theta, ndim=1)
    far = np.maximum(1, np.abs(theta) / 1e3)
    moves = 1e-5 * far * np.eye(len(theta))
    return np.asarray((field(theta + moves) - field(theta - moves)).T / (2e-5 * far))


def curl(field: Callable[[Array], Array], theta: Array) -> float:
    """How far a field is from being a gradient, |D - D'| / |D + D'| with its Jacobian D; 0 for a gradient.

    The norm of a matrix is Frobenius's here, the root of the sum of its squared entries. Where D + D' = 0, as
    in a pure rotation, it is infinite.

    >>> round(curl(lambda theta: theta @ np.array([[1.0, 1.0], [-1.0, 1.0]]), np.ones(2)), 3)
    1.0
    """
    D = jacobian(field, theta)
    odd, even = np.linalg.norm(D - D.T), np.linalg.norm(D + D.T)
    if even == 0:
        return 0.0 if odd == 0 else float("inf")
    return float(odd / even)


def random_case(seed: int, scale: float) -> tuple[RestrictedBoltzmannMachine, Array, Array]:
    """A machine of 4 visible and 3 hidden bits, normal parameters of that scale, and a uniformly random p.

    >>> machine, theta, p = random_case(0, 1.0)
    >>> theta.shape, p.shape
    ((19,), (16,))
    """
    rng = _check.seeded(seed)
    machine = RestrictedBoltzmannMachine(4, 3)
    theta = _check.real("scale", scale, above=0) * rng.standard_normal(machine.n)
    return machine, theta, rng.dirichlet(np.ones(len(machine.V)))


def decay(machine: Machine, theta: Array, p: Array) -> tuple[float, float]:
    """By which factor a late Gibbs step shrinks the bias, and the second eigenvalue of the kernel.

    Parameters, raises : as for `contrastive_divergence`.

    Returns
    -------
    (factor, eigenvalue)

    Raises
    ------
    ValueError : also parameters whose chain forgets so fast, or so slowly, that rounding hides the factor.

    >>> factor, eigenvalue = decay(*random_case(0, 1.0))
    >>> abs(factor / eigenvalue - 1) < 0.05
    True
    """
    kernel = machine.kernel(theta)
    eigenvalue = float(np.sort(abs(np.linalg.eigvals(kernel)))[-2])
    if not 1e-4 < eigenvalue < 1 - 1e-6:
        raise ValueError(f"theta: got the second eigenvalue {eigenvalue:g}; want one from 1e-4 to 1 - 1e-6")
    # As late as rounding allows: the slowest part has shrunk to 1e-6 of itself.
    k = max(2, int(np.log(1e-6) / np.log(eigenvalue)))
    exact = theory.exact_gradient(machine, theta, p)
    first, last = (
        np.linalg.norm(theory.contrastive_divergence(machine, theta, p, j) - exact) for j in (k, k + 1)
    )
    if first < 1e-13:
        raise ValueError(f"p: got a bias of {first:g} after {k} steps; want one above rounding")
    return float(last / first), eigenvalue


def _compare(machine: Machine, theta: Array, p: Array) -> dict[str, float]:
    estimates = {k: theory.contrastive_divergence(machine, theta, p, k) for k in N_GIBBS}
    g, cd = theory.exact_gradient(machine, theta, p), estimates[1]
    length, (factor, eigenvalue) = np.linalg.norm(g), decay(machine, theta, p)
    return {
        f"bias_{k}": float(np.linalg.norm(estimate - g) / length) for k, estimate in estimates.items()
    } | {
        "cosine": float(cd @ g / (np.linalg.norm(cd) * length)),
        "sign": float((np.sign(cd) == np.sign(g)).mean()),
        "decay": float(np.log(factor) / np.log(eigenvalue)),
        "curl": curl(lambda x: theory.contrastive_divergence(machine, x, p, 1), theta),
    }


# The end of a decaying bias is close to rounding.
class ContrastiveDivergence(Measurement, name="inexact-gradients-divergence", seeds=range(25), rtol=1e-3):
    """Random machines over all seeds, each (n_seeds, len(SCALES)): bias_1 ..., cosine, sign, decay, curl.

    >>> ContrastiveDivergence.load().at("sign", 4.0).shape
    (25,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """How far contrastive divergence is from the gradient at random parameters of each scale."""
        found = [_compare(*random_case(seed, scale)) for scale in SCALES]
        return {name: np.array([row[name] for row in found]) for name in found[0]}

    def at(self, name: str, scale: float) -> Array:
        """A measurement at one of the SCALES, (n_seeds,)."""
        _check.one_of("name", name, self.over(SCALES))
        return self[name][:, _check.place("scale", scale, SCALES)]

    def plot(self) -> Figure:
        """Draw the bias over the Gibbs steps, and how CD-1 agrees with the gradient over the scale."""
        fig, (left, right) = plotting.figure(1, 2, height=3.9)
        for scale, colour in zip(SCALES, ("sky", "blue", "green", "orange"), strict=True):
            bias = np.stack([self.at(f"bias_{k}", scale) for k in N_GIBBS], axis=1)
            if scale in (SCALES[0], SCALES[-1]):  # four overlapping bands cannot be told apart
                plotting.spread(left, N_GIBBS, bias, colour=colour)
            left.plot(N_GIBBS, np.median(bias, axis=0), "o-", color=f"ravine:{colour}", markersize=4,
                      label=f"{scale:g}")  # fmt: skip
        left.set(xscale="log", yscale="log", ylim=(1e-8, 3), xlabel="Gibbs steps $k$",
                 ylabel="bias over gradient")  # fmt: skip
        left.set_xticks(N_GIBBS, [str(k) for k in N_GIBBS])
        left.minorticks_off()
        left.legend(title="scale", ncols=2, loc="lower left")
        for name, colour, label in (("sign", "blue", "right signs"), ("cosine", "orange", "cosine")):
            plotting.spread(right, SCALES, self[name], colour=colour, label=label, marker="o")
        right.set(
            xscale="log", xlabel="scale of parameters", ylabel="CD-1 against the gradient", ylim=(0, 1.05)
        )
        right.set_xticks(SCALES, [f"{scale:g}" for scale in SCALES])
        right.minorticks_off()
        right.legend(loc="lower left")
        return fig
