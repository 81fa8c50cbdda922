"""The way that training takes: the cost on the chord from start to end, and the length of the path."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, networks, plotting, rules
from ravine._typing import Array, Problem
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments.local_vs_global.mountain import arc_ratio

N_TRAIN = 500
"""Digits, drawn anew for each seed."""

CHORD = np.linspace(0, 1, 25)
"""The points of the chord at which the cost is measured: 0 is the start, 1 the end of training."""


@dataclass(frozen=True)
class Recipe:
    """How to train: a network's hidden widths, a rule, and for how long.

    hidden : widths of the hidden layers. rule : from `ravine.rules`. batch_size : N_TRAIN is the full batch.
    n_steps : of the run. calm_from : the step from which the learning rate is CALM times as large, if any.
    """

    label: str
    hidden: tuple[int, ...]
    rule: rules.Rule
    batch_size: int
    n_steps: int
    calm_from: int | None = None

    def schedule(self, t: int) -> float:
        """The factor on the learning rate at step t."""
        return 1.0 if self.calm_from is None or t < self.calm_from else CALM

    @property
    def epoch(self) -> int:
        """Steps from one pass over the digits to the next."""
        return -(-N_TRAIN // self.batch_size)


EARLY = 50
"""Steps after which a run on raw pixels is the same on every machine."""

CALM = 0.03
"""The factor on the learning rate of a run that is brought to rest."""

_TWO, _SEVEN = (32, 32), (32,) * 7

RECIPES: Mapping[str, Recipe] = {
    "full": Recipe("full batch", _TWO, rules.gradient_descent(0.5), N_TRAIN, 800),
    "sgd100": Recipe("batches of 100", _TWO, rules.gradient_descent(0.5), 100, 800),
    "sgd10": Recipe("batches of 10", _TWO, rules.gradient_descent(0.5), 10, 1000),
    "deep": Recipe("seven hidden layers, batches of 10", _SEVEN, rules.gradient_descent(0.05), 10, 1000),
    "adam": Recipe("Adam, 0.003", _TWO, rules.adam(0.003), 25, 600),
    "bouncing": Recipe("Adam, 0.1", _TWO, rules.adam(0.1), 25, 200),
    "settled": Recipe("Adam, 0.1, then 0.003", _TWO, rules.adam(0.1), 25, 400, calm_from=200),
}
"""By the name that starts their columns in the data files."""


@dataclass(frozen=True)
class Path:
    """One training run, from theta_0 to theta_f.

    curve (len(CHORD),) : the cost at (1 - a) theta_0 + a theta_f for a in CHORD.
    progress (n_steps + 1,) : how far along the chord each iterate has come, 0 at the start and 1 at the end.
    aside (n_steps + 1,) : its distance from the chord, in units of |theta_f - theta_0|.
    arc : length of the path, step by step, over |theta_f - theta_0|.
    smooth : the same for the means of the iterates over each pass through the digits.
    distance : |theta_f - theta_0|. grad_ratio : norm of the full gradient at the end over that at the start.
    """

    recipe: Recipe
    curve: Array
    progress: Array
    aside: Array
    arc: float
    smooth: float
    distance: float
    grad_ratio: float

    @property
    def barrier(self) -> float:
        """The largest rise of the cost along the chord; 0 where it only falls."""
        return float(barrier(self.curve))

    @property
    def deviation(self) -> float:
        """The largest distance of the path from the chord, over the chord's length."""
        return float(self.aside.max())


def barrier(curve: Array) -> Array:
    """The largest rise along a curve: the most by which a later point lies above an earlier one.

    Parameters
    ----------
    curve : costs (..., n).

    Returns
    -------
    (...), in units of the cost; exactly 0 for a curve that only falls.

    Raises
    ------
    ValueError : no point, or one that is not finite.

    >>> barrier([[3.0, 2.0, 1.0], [3.0, 1.0, 1.5]]).tolist()
    [0.0, 0.5]
    """
    curve = _check.array("curve", curve)
    if curve.ndim == 0 or curve.shape[-1] == 0:
        raise ValueError(f"curve: got shape {curve.shape}; want (..., n) with n >= 1")
    return np.asarray((curve - np.minimum.accumulate(curve, axis=-1)).max(axis=-1))


def train_path(seed: int, row: str = "full", *, centre: bool = True, n_steps: int | None = None) -> Path:
    r"""Train a tanh network on 500 digits and look back at the way it took.

    $J\bigl((1 - a)\,\theta_0 + a\,\theta_f\bigr)$ for $a \in [0, 1]$, and
    $\sum_t |\theta_{t+1} - \theta_t| \big/ |\theta_f - \theta_0|$.

    Parameters
    ----------
    seed : of the digits, the initial weights and the minibatches.
    row : a name of `RECIPES`.
    centre : whether the mean of the training images is subtracted from them.
    n_steps : after which to stop and look back, the recipe's number unless given.

    Returns
    -------
    Path

    Raises
    ------
    ValueError : a negative seed, an unknown row, or no step.

    Source: I. Goodfellow, O. Vinyals and A. Saxe, "Qualitatively characterizing neural network optimization
    problems", ICLR 2015, for the chord.

    >>> run = train_path(0, "sgd100")
    >>> run.barrier, bool(run.curve[-1] < 0.01), run.arc > 2 * run.smooth
    (0.0, True, True)
    """
    recipe = RECIPES[_check.one_of("row", row, RECIPES)]
    if n_steps is not None:
        recipe = replace(recipe, n_steps=_check.count("n_steps", n_steps))
    rng = _check.seeded(seed)
    train, _ = data.digits().split(N_TRAIN, rng, centre=centre)
    model = networks.MLP((64, *recipe.hidden, 10), "tanh")
    problem = model.problem(train.X, train.y)
    theta, grad_ratio = _iterates(recipe, model, model.init(rng), train, rng)
    chord = theta[-1] - theta[0]
    distance = float(np.linalg.norm(chord))
    progress = (theta - theta[0]) @ chord / distance**2
    aside = np.linalg.norm(theta - theta[0] - progress[:, None] * chord, axis=1) / distance
    return Path(
        recipe,
        problem.value(theta[0] + CHORD[:, None] * chord),
        progress,
        aside,
        arc_ratio(theta),
        arc_ratio(_epoch_means(theta, recipe.epoch)),
        distance,
        grad_ratio,
    )


def _iterates(
    recipe: Recipe, model: networks.MLP, theta0: Array, train: data.Digits, rng: np.random.Generator
) -> tuple[Array, float]:
    """Every iterate (n_steps + 1, n), and the ratio of the gradient norms at the end and at the start."""
    visited: list[Array] = []
    # The loops could record every step, but each record costs a pass over all digits: ten times a minibatch.
    noting = rules.Rule(recipe.rule.name, recipe.rule.init, _noting(recipe.rule, visited), {})
    n = recipe.n_steps
    if recipe.batch_size == N_TRAIN:
        problem = model.problem(train.X, train.y)
        trace = descent.minimise(problem, noting, theta0, n_steps=n, record_every=n, schedule=recipe.schedule)
    else:
        trace = descent.train(
            model, noting, theta0, train.X, train.y, batch_size=recipe.batch_size, n_steps=n, rng=rng,
            schedule=recipe.schedule, record_every=n,
        )  # fmt: skip
    return np.array([*visited, trace.theta[-1]]), float(trace.grad_norm[-1] / trace.grad_norm[0])


def _noting(rule: rules.Rule, visited: list[Array]) -> rules.Update:
    """The rule's update, which also notes where it has been."""

    def update(
        problem: Problem, theta: Array, state: rules.State, t: int, scale: float = 1.0
    ) -> tuple[Array, rules.State]:
        visited.append(theta)
        return rule.update(problem, theta, state, t, scale)

    return update


def _epoch_means(theta: Array, epoch: int) -> Array:
    """The start, and the mean of the iterates over each complete pass through the digits."""
    n_epochs = (len(theta) - 1) // epoch
    means = theta[1 : 1 + n_epochs * epoch].reshape(n_epochs, epoch, -1).mean(axis=1)
    return np.concatenate([theta[:1], means])


_NUMBERS = ("arc", "smooth", "deviation", "distance", "grad_ratio")
"""Columns beside the curve."""


# Adam at a large learning rate is chaotic: two hundred steps make a relative change of 1e-14 in the initial
# weights one of up to 2e-4 in these numbers (measured on six seeds), and three hundred would make another run
# of it. The other rows forget such a change.
class Paths(Measurement, name="local-vs-global-paths", rtol=1e-2):
    """The runs over all seeds, by recipe: "full_arc" (n_seeds,), "full_curve" (n_seeds, len(CHORD)) ...

    >>> Paths.load().monotone("full")
    1.0
    """

    @staticmethod
    def row(seed: int) -> Row:
        """All recipes."""
        found: dict[str, float | Array] = {}
        for row in RECIPES:
            run = train_path(seed, row)
            found[f"{row}_curve"] = run.curve
            found |= {f"{row}_{name}": getattr(run, name) for name in _NUMBERS}
        return found

    def barrier(self, row: str) -> Array:
        """The largest rise of the cost along each seed's chord, (n_seeds,)."""
        return barrier(self[f"{_check.one_of('row', row, RECIPES)}_curve"])

    def monotone(self, row: str) -> float:
        """The share of the seeds whose cost only falls along the chord."""
        return float((self.barrier(row) == 0).mean())

    def plot(self) -> Figure:
        """Draw the cost along the chord: runs that have come to rest, and one before and after it has."""
        fig, ax = plotting.figure(height=4.2)
        for row, colour in _SHOWN.items():
            plotting.spread(ax, CHORD, self[f"{row}_curve"], label=RECIPES[row].label, colour=colour)
        ax.set(xlabel="position $a$ on the line", ylabel="cost $J$", yscale="log", ylim=(1e-3, 4))
        ax.legend(loc="lower left")
        return fig

    def plot_lengths(self) -> Figure:
        """Draw the path over chord, in length, step by step and pass by pass."""
        fig, ax = plotting.figure(height=3.6)
        y = np.arange(len(RECIPES))[::-1]
        for name, aside, colour, label in (
            ("arc", 0.14, "orange", "every step"),
            ("smooth", -0.14, "blue", "means over each pass"),
        ):
            samples = np.array([self[f"{row}_{name}"] for row in RECIPES])
            middle = np.median(samples, axis=1)
            around = np.abs(np.stack([samples.min(axis=1), samples.max(axis=1)]) - middle)
            code = f"ravine:{colour}"
            ax.errorbar(middle, y + aside, xerr=around, fmt="o", color=code, capsize=3, label=label)
        ax.axvline(1, color="ravine:black", linestyle="--", linewidth=1)
        ax.set_yticks(y, [recipe.label for recipe in RECIPES.values()])
        ax.set(xlabel="path over chord, in length", xscale="log", xlim=(0.9, 15))
        ax.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
        ax.minorticks_off()
        ax.legend(title="median and range", loc="upper right")
        return fig


_SHOWN = {"full": "blue", "sgd10": "green", "deep": "purple", "bouncing": "orange", "settled": "amber"}


# On raw pixels the large rate of "settled" is chaotic: starts that differ by 1e-14 of their length move its
# curve by up to .6, and let 15 to 17 of the twenty curves fall all along; entries lay between .03 and 2.8.
# After EARLY steps its curve moves by 3e-9, and the other columns by 4e-11.
class RawPaths(Measurement, name="local-vs-global-raw", between={"settled_curve": (0.02, 3.5)}):
    """Three of the recipes on raw pixels over all seeds, with some of the columns of `Paths`.

    "full_arc", "sgd10_arc", "sgd10_smooth" (n_seeds,), and "settled_curve" (n_seeds, len(CHORD)); besides,
    "early_curve" (n_seeds, len(CHORD)), on the chord to the point that "settled" has reached at step EARLY.

    >>> RawPaths.load()["full_arc"].shape
    (20,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Three of the recipes on raw pixels."""
        runs = {row: train_path(seed, row, centre=False) for row in ("full", "sgd10", "settled")}
        return {
            "full_arc": runs["full"].arc,
            "sgd10_arc": runs["sgd10"].arc,
            "sgd10_smooth": runs["sgd10"].smooth,
            "early_curve": train_path(seed, "settled", centre=False, n_steps=EARLY).curve,
            "settled_curve": runs["settled"].curve,
        }
