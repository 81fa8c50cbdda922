"""What a few steps leave along each curvature: at one rate for all of them, and on the best schedule."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.theory import ill_conditioning as theory


@dataclass(frozen=True)
class Leftovers:
    """What N steps leave of the error, over the curvature: the product of all 1 - epsilon_k lambda.

    curvatures has shape (n_points,); rates maps (N, "one rate" or "schedule") to the N learning rates, in
    ascending order, left maps the same to what they leave, (n_points,).
    """

    curvatures: Array
    rates: dict[tuple[int, str], Array]
    left: dict[tuple[int, str], Array]

    def worst(self, n_steps: int, name: str) -> float:
        """The share of the error that is left in the worst direction.

        Raises
        ------
        ValueError : a number of steps or a name that was not asked for.
        """
        counts, names = (list(dict.fromkeys(part)) for part in zip(*self.left, strict=True))
        key = (counts[_check.place("n_steps", n_steps, counts)], names[_check.place("name", name, names)])
        return float(np.abs(self.left[key]).max())

    def plot(self) -> Figure:
        """Draw what is left over the curvature, one panel a number of steps; dots: where nothing is."""
        counts = sorted({n for n, _ in self.rates})
        fig, axes = plotting.figure(1, len(counts), height=3.4, sharey=True, places=False, squeeze=False)
        for ax, n in zip(axes[0], counts, strict=True):
            ax.axhline(0, color="ravine:black", linewidth=0.8)
            for name, colour, style in (("one rate", "orange", "--"), ("schedule", "green", "-")):
                look = {"color": f"ravine:{colour}"}
                ax.plot(self.curvatures, self.left[n, name], linestyle=style, label=name, **look)
                ax.plot(1 / self.rates[n, name], np.zeros(n), linestyle="", marker="o", **look)
            ax.set(xlabel=r"curvature $\lambda$", title=f"{n} steps", ylim=(-1, 1))
        axes[0, 0].set(ylabel="share of the error left")
        fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
        return fig


def leftovers(kappa: float = 20.0, n_steps: Sequence[int] = (2, 6), n_points: int = 401) -> Leftovers:
    """What the best constant rate and the best schedule leave, for several numbers of steps.

    Parameters
    ----------
    kappa : condition number, above 1: curvatures run from 1 to kappa.
    n_steps : numbers of steps, each at least 1.
    n_points : of the curvatures, at least 2.

    Returns
    -------
    Leftovers

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Young (1953), J. Math. Phys. 32, 243-255.

    >>> two = leftovers(20.0, [2])
    >>> two.worst(2, "schedule") < two.worst(2, "one rate")
    True
    """
    kappa = _check.real("kappa", kappa, above=1)
    counts = [_check.count("n_steps", n) for n in n_steps]
    if not counts:
        raise ValueError("n_steps: got none; want at least one")
    lam = np.linspace(1, kappa, _check.count("n_points", n_points, at_least=2))
    rates = {(n, "one rate"): np.full(n, theory.best_learning_rate(kappa)) for n in counts}
    rates |= {(n, "schedule"): np.sort(theory.chebyshev(kappa, n)) for n in counts}
    left = {key: np.prod(1 - epsilon[:, None] * lam, axis=0) for key, epsilon in rates.items()}
    return Leftovers(lam, rates, left)
