"""The settled run split by curvature: across the valley it bounces and gains nothing, along it walks."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, curvature, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.ill_conditioning.network import N_STEPS, SETTLED, digits_task
from ravine.theory import ill_conditioning as theory

N_STEEP = 10
"""So many directions count as steep: as many as there are classes, fixed before anything was measured."""

WAYS = {"whole": ("orange", "-"), "steep": ("purple", "--"), "flat": ("blue", "-.")}
"""Which part of the gradient a run follows -> how it is drawn."""

EVERY = {"whole": 15, "steep": 5, "flat": 15}
"""Steps from one look at the Hessian to the next, fewer where the run depends on them.

Odd, so that both sides of a bounce are seen: with an even number the steep run sees one alone, and climbs.
"""

N_PRODUCTS = 60
"""Of Lanczos: with twice as many no result changes; 40 miss the tenth direction in one of the runs."""

WINDOW = 50
"""Steps over which a drawn cost is averaged: bounces alternate."""


@dataclass(frozen=True)
class Split:
    """The last 300 steps of a run, and what each part of its gradient does alone.

    slope (g'g) and curvature (g'Hg) hold the steep and the flat part, shape (n_looks, 2), largest the
    largest eigenvalue, (n_looks,), at every fifteenth step of the run; costs maps each of `WAYS` to the cost
    at each step when only that part is followed, (301,); freed is the mean largest eigenvalue over the last
    100 steps of the run along the flat part.
    """

    learning_rate: float
    slope: Array
    curvature: Array
    largest: Array
    costs: dict[str, Array]
    freed: float

    @property
    def share(self) -> Array:
        """The share of g'g in the steep and in the flat part, (2,)."""
        return np.asarray(self.slope.sum(axis=0) / self.slope.sum())

    @property
    def balance(self) -> Array:
        """The balance of each part, (2,)."""
        pairs = zip(self.curvature.T, self.slope.T, strict=True)
        return np.array([theory.balance(self.learning_rate, *pair) for pair in pairs])

    @property
    def promise(self) -> Array:
        """What each part promises over the steps, in units of the cost at their start, (2,)."""
        return np.asarray(self.learning_rate * SETTLED * self.slope.mean(axis=0) / self.costs["whole"][0])

    @property
    def kappa(self) -> float:
        """A rough condition number: the largest curvature over that along the flat part, dimensionless."""
        along = self.curvature[:, 1].sum() / self.slope[:, 1].sum()
        return float(self.largest.mean() / along)

    def courses(self) -> dict[str, Array]:
        """The cost relative to its start, after it the means of windows of 50 steps: way -> (7,)."""
        relative = {way: J / J[0] for way, J in self.costs.items()}
        means = {way: J[1:].reshape(-1, WINDOW).mean(axis=1) for way, J in relative.items()}
        return {way: np.append(1.0, mean) for way, mean in means.items()}

    def plot(self) -> Figure:
        """Draw the cost when the whole gradient, its steep part or its flat part is followed."""
        return _courses({}, self)


def steepest(problem: networks.NetworkProblem, theta: Array) -> tuple[Array, Array]:
    """The ten largest eigenvalues at theta (n,), ascending, and their eigenvectors, (n, 10), by Lanczos."""
    rng = np.random.default_rng(0)  # draws the first Lanczos vector, which does not matter
    spectrum = curvature.lanczos(lambda v: problem.hvp(theta, v), len(theta), N_PRODUCTS, rng)
    return spectrum.eigenvalues[-N_STEEP:], spectrum.vectors[:, -N_STEEP:]


def split(seed: int, learning_rate: float = 0.4) -> Split:
    r"""Split the settled gradient of the chapter's main run into a steep and a flat part.

    $g = V V^\top g + (g - V V^\top g)$, the columns of $V$ the eigenvectors of the ten largest curvatures.

    Parameters
    ----------
    seed : of the training examples and the initial weights.
    learning_rate : $\epsilon$, positive.

    Returns
    -------
    Split

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Song, Ahn and Yun (2025), "Does SGD really happen in tiny subspaces?"; Gur-Ari, Roberts and
    Dyer (2018), "Gradient descent happens in a tiny subspace".

    >>> from ravine.experiments import ill_conditioning as ic
    >>> ic.split(0).share.round(1).tolist()
    [1.0, 0.0]
    """
    task = digits_task(_check.seeded(seed), "squared", 0.3)
    rule = rules.gradient_descent(learning_rate)
    n_before = N_STEPS - SETTLED
    trace = descent.minimise(task.problem, rule, task.theta0, n_steps=n_before, record_every=n_before)
    rows, costs = {}, {}
    for way in WAYS:
        rows[way], costs[way] = follow(task.problem, trace.theta[-1], learning_rate, way)
    slope, curved, largest = rows["whole"][:, :2], rows["whole"][:, 2:4], rows["whole"][:, 4]
    late = SETTLED // 3 // EVERY["flat"]
    return Split(learning_rate, slope, curved, largest, costs, float(rows["flat"][-late:, 4].mean()))


def follow(
    problem: networks.NetworkProblem, theta: Array, learning_rate: float, way: str
) -> tuple[Array, Array]:
    """Go on along one part of the gradient, for 300 steps.

    Parameters
    ----------
    problem : the network's cost.
    theta : start, shape (n,).
    learning_rate : positive.
    way : one of `WAYS`.

    Returns
    -------
    (looks, J) : at each look g'g of the steep and the flat part, g'Hg of both, and the largest eigenvalue,
        (n_looks, 5); the cost at each step, (301,).
    """
    looks, J = [], [problem.value(theta)]
    for t in range(SETTLED):
        g = problem.grad(theta)
        looking = t % EVERY[way] == 0
        if looking:
            lam, V = steepest(problem, theta)
        steep = V @ (V.T @ g)
        flat = g - steep
        if looking:
            bent = [part @ problem.hvp(theta, part) for part in (steep, flat)]
            looks.append([steep @ steep, flat @ flat, *bent, lam[-1]])
        theta = theta - learning_rate * {"whole": g, "steep": steep, "flat": flat}[way]
        J.append(problem.value(theta))
    return np.array(looks), np.array(J)


# The largest curvature of a run that no bounce holds back jumps now and then: `freed` is loose.
class Parts(Measurement, name="ill-conditioning-parts", rtol=0.35, loose={"freed": 0.9}):
    """The last 300 steps of the main run, split by curvature; of two numbers the first is the steep part's.

    Columns: `share` of g'g, `balance`, `promise` in units of the cost at step 1200, each (n_seeds, 2);
    `kappa`, the largest curvature over that along the flat part; `freed`, the largest curvature over the
    last 100 steps of a run along the flat part alone, in units of 2 / learning rate; and the courses of the
    cost along `whole`, `steep` and `flat`, (n_seeds, 7).

    >>> Parts.load()["balance"].shape
    (20, 2)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """How each part of the settled gradient stands, and what it does alone."""
        parts = split(seed)
        return {
            "share": parts.share,
            "balance": parts.balance,
            "promise": parts.promise,
            "kappa": parts.kappa,
            "freed": parts.freed * parts.learning_rate / 2,
            **parts.courses(),
        }

    def left(self, way: str) -> Array:
        """The cost over the last 50 steps along one of `WAYS`, relative to that at step 1200, (n_seeds,).

        Raises
        ------
        ValueError : no such way.
        """
        return np.asarray(self[_check.one_of("way", way, WAYS)][:, -1])

    def plot(self, run: Split | None = None) -> Figure:
        """Draw the three courses with their range over seeds, and one run over them if given."""
        return _courses({way: self[way] for way in WAYS}, run)


def _courses(samples: dict[str, Array], run: Split | None) -> Figure:
    """The cost along each part, over the steps: the range of the samples (n_seeds, 7), and one run."""
    fig, ax = plotting.figure()
    t = N_STEPS - SETTLED + np.append(0.0, np.arange(SETTLED / WINDOW) * WINDOW + (WINDOW + 1) / 2)
    for way, (colour, style) in WAYS.items():
        if samples:
            label = {"whole": "the whole gradient", "steep": "its steep part", "flat": "its flat part"}[way]
            plotting.spread(ax, t, samples[way], label=label, colour=colour, linestyle=style)
        if run is not None:
            ax.plot(t, run.courses()[way], color=f"ravine:{colour}", marker="o", markersize=4, linestyle="")
    ax.set(xlabel="step $t$", ylabel="cost / cost at step 1200")
    ax.legend(loc="lower left")
    return fig
