"""Where descents along stand-ins for a gradient end, on machines whose likelihood has a single optimum."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.inexact_gradients.divergence import jacobian
from ravine.problems.machines import BoltzmannMachine
from ravine.theory.inexact_gradients import (
    contrastive_divergence,
    divergence,
    exact_gradient,
    pseudo_gradient,
)

ENDS = ("CD-1", "CD-3", "CD-10", "pseudo-likelihood")
TARGETS = {"even": 1.0, "uneven": 0.3}
"""Concentrations of random distributions to be learned: the lower, the more unequal their probabilities."""


def fixed_point(field: Callable[[Array], Array], theta0: Array, *, n_steps: int = 200) -> Array:
    """A zero of a field, by Newton's method with steps that are halved until they shorten the field.

    Parameters
    ----------
    field : theta (..., n) -> (..., n).
    theta0 : where to begin, (n,).
    n_steps : at most.

    Returns
    -------
    Array : (n,), with a field shorter than 1e-10.

    Raises
    ------
    ArithmeticError : no zero was found.
    ValueError : a start that is not a finite vector, or a negative number of steps.

    >>> fixed_point(lambda theta: theta**2 - 2, np.array([1.0])).round(6).tolist()
    [1.414214]
    """
    theta = _check.array("theta0", theta0, ndim=1).copy()
    for _ in range(_check.count("n_steps", n_steps, at_least=0)):
        F = field(theta)
        if np.linalg.norm(F) < 1e-12:
            return theta
        try:
            step, share = np.linalg.solve(jacobian(field, theta), -F), 1.0
        except np.linalg.LinAlgError:  # nowhere to go from here
            break
        # NaN is not shorter either.
        while not np.linalg.norm(field(theta + share * step)) < np.linalg.norm(F) and share > 1e-6:
            share /= 2
        if share <= 1e-6:
            break
        theta = theta + share * step
    if not np.linalg.norm(field(theta)) <= 1e-10:
        raise ArithmeticError("fixed_point: no zero of the field was found")
    return theta


def ends(p: Array) -> tuple[float, dict[str, float]]:
    """Fit a Boltzmann machine of 4 bits: the lowest divergence, and what each stand-in ends with above it.

    Parameters
    ----------
    p : the probability of every state, (16,).

    Returns
    -------
    (J_star, {name of ENDS: J - J_star})

    Raises
    ------
    ValueError : p is not a distribution over 16 states.

    >>> J_star, extra = ends(np.random.default_rng(0).dirichlet(np.ones(16)))
    >>> bool(extra["CD-10"] < extra["CD-1"] < J_star)
    True
    """
    machine = BoltzmannMachine(4)
    fields: dict[str, Callable[[Array], Array]] = {
        "exact": lambda theta: exact_gradient(machine, theta, p),
        "CD-1": lambda theta: contrastive_divergence(machine, theta, p, 1),
        "CD-3": lambda theta: contrastive_divergence(machine, theta, p, 3),
        "CD-10": lambda theta: contrastive_divergence(machine, theta, p, 10),
        "pseudo-likelihood": lambda theta: pseudo_gradient(machine, theta, p),
    }
    J = {
        name: float(divergence(machine, fixed_point(f, np.zeros(machine.n)), p)) for name, f in fields.items()
    }
    return J["exact"], {name: J[name] - J["exact"] for name in ENDS}


class StandIns(
    Measurement,
    name="inexact-gradients-fixed-points",
    rtol=1e-3,
    zeros={"J_star_own": 1e-13, "extra_own": 1e-13},
):
    """Where stand-ins end over all seeds: J_star_even ... (n_seeds,), extra_even ... (n_seeds, len(ENDS)).

    >>> StandIns.load().extra("even", "CD-1").shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Where each stand-in ends, for random distributions and for one that the machine can be."""
        rng = np.random.default_rng(seed)
        machine, row = BoltzmannMachine(4), dict[str, float | Array]()
        targets = {name: rng.dirichlet(np.full(16, c)) for name, c in TARGETS.items()}
        targets["own"] = np.exp(machine.log_p(rng.standard_normal(machine.n)))
        for name, p in targets.items():
            J_star, extra = ends(p)
            row |= {f"J_star_{name}": J_star, f"extra_{name}": np.array([extra[end] for end in ENDS])}
        return row

    def extra(self, target: str, end: str) -> Array:
        """What a stand-in, one of the ENDS, costs, (n_seeds,); target is "even", "uneven" or "own"."""
        _check.one_of("target", target, self.over(ENDS, "extra_"))
        return self[f"extra_{target}"][:, _check.place("end", end, ENDS)]

    def plot(self) -> Figure:
        """Draw what every stand-in costs above the optimum, a dot a seed."""
        fig, ax = plotting.figure(height=3.6)
        floor = 1e-14
        looks = (("even", "blue", "o"), ("uneven", "orange", "s"), ("own", "green", "^"))
        for shift, (target, colour, marker) in zip((-0.2, 0, 0.2), looks, strict=True):
            for at, end in enumerate(ENDS):
                extra = np.maximum(self.extra(target, end), floor)
                spots = at + shift + np.linspace(-0.07, 0.07, len(extra))
                name = "a machine's own" if target == "own" else f"random, {target}"
                ax.plot(spots, extra, marker, color=f"ravine:{colour}", markersize=3,
                        label=name if not at else None)  # fmt: skip
        ax.axhline(floor, color="ravine:grey", linestyle="--", linewidth=1, label="rounding")
        ax.set(yscale="log", ylabel="divergence above the optimum", ylim=(floor / 3, 1))
        ax.set_xticks(range(len(ENDS)), ENDS)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.25), ncols=4)
        return fig
