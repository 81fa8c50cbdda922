"""Ten questions to ask of a run that does not train: for each, a measurement that answers yes or no."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, plotting
from ravine._typing import Array
from ravine.curvature import lanczos, quadratic_form, top_eigenvalues
from ravine.experiments._measurement import Measurement, Row
from ravine.experiments._ten_runs import Run, run
from ravine.rules._norm import norm

__all__ = [
    "MAY_ALSO",
    "N_POINTS",
    "QUESTIONS",
    "SEEN",
    "Answers",
    "Question",
    "Run",
    "along",
    "answers",
    "at_a_saddle",
    "badly_scaled",
    "biased",
    "lost_on_the_way",
    "nothing_there",
    "off_a_cliff",
    "only_shaking",
    "run",
    "spectrum",
    "too_long",
    "top",
    "wrong_goal",
    "wrong_start",
]

N_PRODUCTS, N_POINTS = 40, 32
"""Hessian-vector products of a look at the spectrum; points of a recorded curve."""


def wrong_goal(run: Run) -> bool:
    """Whether the cost of what counts is more than three times that of what is trained."""
    return bool(run.J_test - run.J[-1] > 2 * abs(run.J[-1]))


def biased(run: Run) -> bool:
    """Whether the mean of the given gradients misses the gradient by a quarter of its length."""
    return bool(norm(run.g_hat - run.g) > norm(run.g) / 4)


def only_shaking(run: Run) -> bool:
    """Whether the variance of a minibatch's gradient, tr C / B, exceeds the squared gradient."""
    return bool(run.noise(run.theta) > norm(run.g) ** 2)


def too_long(run: Run) -> bool:
    """Whether the learning rate times the largest curvature reaches 2 somewhere in its second half."""
    return max(run.rate * top(run, theta) for theta in run.late) >= 2


def badly_scaled(run: Run) -> bool:
    """Whether the largest curvature is a thousand times that along the gradient which is left."""
    return bool(top(run, run.theta) * norm(run.g) ** 2 > 1e3 * along(run) > 0)


def at_a_saddle(run: Run) -> bool:
    """Whether the lowest curvature is below -1/10 of the highest, and strong enough to leave by."""
    lam = spectrum(run)
    return bool(lam[0] < -max(0.1 * lam[-1], 1 / (run.rate * (len(run.J) - 1))))


def lost_on_the_way(run: Run) -> bool:
    """Whether a thousandth of the gradient, or less, reaches the first part."""
    return bool(run.way(run.theta)[0] < 1e-3 * run.way(run.theta)[-1])


def off_a_cliff(run: Run) -> bool:
    """Whether the longest step is fifty times the median of those up to it."""
    return bool(run.steps[-1] > 50 * np.median(run.steps))


def wrong_start(run: Run) -> bool:
    """Whether the last costs of five seeds differ by 3 % of the first cost."""
    return run.spread > 0.03


def nothing_there(run: Run) -> bool:
    """Whether steps have become too long and throw it about."""
    return too_long(run) and off_a_cliff(run)


def top(run: Run, theta: Array) -> float:
    """The largest curvature at theta."""
    found = top_eigenvalues(lambda v: run.hvp(theta, v), len(theta), 1, np.random.default_rng(0), rtol=1e-3)
    return float(found[0])


def along(run: Run) -> float:
    """The curvature g'Hg along the gradient that is left, not divided by g'g."""
    return float(quadratic_form(lambda v: run.hvp(run.theta, v), run.g))


def spectrum(run: Run) -> Array:
    """What Lanczos sees of the spectrum where the run ended, ascending, (k,)."""
    n = len(run.theta)
    return lanczos(
        lambda v: run.hvp(run.theta, v), n, min(n, N_PRODUCTS), np.random.default_rng(0)
    ).eigenvalues


@dataclass(frozen=True)
class Question:
    """A question, and the measurement that answers it.

    title : the question. chapters : labels of the pages that it belongs to. measured : what is measured.
    ask : run -> yes or no. cure, wrong : what helps, and what to beware of.
    """

    title: str
    chapters: tuple[str, ...]
    measured: str
    ask: Callable[[Run], bool]
    cure: str
    wrong: str

    @property
    def line(self) -> str:
        """The line of `ask` that decides, as the package has it."""
        return inspect.getsource(self.ask).splitlines()[-1].strip().removeprefix("return ")


QUESTIONS = (
    Question(
        "Is it the right goal?",
        ("ch-erm-vs-risk", "ch-surrogate-losses"),
        "test cost against training cost",
        wrong_goal,
        "stop early, more data",
        "where training itself fails, neither helps",
    ),
    Question(
        "Is the gradient biased?",
        ("ch-inexact-gradients",),
        "mean of the gradients that the rule gets against the gradient",
        biased,
        "mend the estimate",
        "one that only scatters needs larger batches, which cure no bias",
    ),
    Question(
        "Is it only shaking?",
        ("ch-minibatch-variance", "ch-sgd-and-momentum", "ch-sgd-as-noise"),
        "variance of a minibatch's gradient against the gradient squared",
        only_shaking,
        "larger batches, or a learning rate that decays",
        "while most of the way is still to go, let it shake",
    ),
    Question(
        "Are the steps too long?",
        ("ch-ill-conditioning",),
        "learning rate times largest curvature",
        too_long,
        "halve the learning rate",
        "where the cost still falls, the bounce does no harm",
    ),
    Question(
        "Is it badly scaled?",
        ("ch-ill-conditioning", "ch-sgd-and-momentum"),
        "largest curvature against that along the gradient",
        badly_scaled,
        "normalise, momentum",
        "where noise sets the floor, it stays",
    ),
    Question(
        "Is it a saddle?",
        ("ch-saddles",),
        "lowest curvature against the highest",
        at_a_saddle,
        "wait, another scale of the start",
        "where units are dead, no direction leads out",
    ),
    Question(
        "Is the signal lost on the way?",
        ("ch-long-term-dependencies", "ch-loss-landscapes"),
        "gradient at the first part against that at the last",
        lost_on_the_way,
        "skips, gates, orthogonal weights",
        "clipping does not: it lengthens nothing",
    ),
    Question(
        "Was it thrown off a cliff?",
        ("ch-cliffs",),
        "longest step against the median step",
        off_a_cliff,
        "clip the norm of gradients",
        "a threshold below the usual gradient slows every step",
    ),
    Question(
        "Was it the wrong start?",
        ("ch-local-minima", "ch-local-vs-global"),
        "five seeds side by side",
        wrong_start,
        "more width, another scale",
        "where nearly all starts are bad, all five agree",
    ),
    Question(
        "Is there nothing to arrive at?",
        ("ch-local-vs-global",),
        "steps too long, and a longest step far above the median",
        nothing_there,
        "a floor under the variance that the model predicts",
        "where the cost falls ever more slowly, as 1/t does, there is a limit",
    ),
)
"""The ten, in the order of the table."""

MAY_ALSO = {6: {3}, 7: {5}, 8: {6, 9}, 10: {4, 6, 8, 9}}
"""Number of a run -> the other questions that are answered yes for it, always or for some seeds."""

SEEN = {
    "flat from the start": (2, 6, 7, 9),
    "falls, then flat": (2, 3, 5, 6, 9),
    "slow": (2, 5, 7, 10),
    "oscillates": (3, 4),
    "spikes, or not a number": (4, 8, 10),
    "training good, test bad": (1, 9),
    "differs by seed": (6, 8, 9, 10),
}
"""What the eye sees -> the questions that it leaves open."""


def answers(run: Run) -> tuple[bool, ...]:
    """The answers of a run to the ten questions, in their order.

    >>> [number for number, yes in enumerate(answers(run(5)), 1) if yes]
    [5]
    """
    return tuple(question.ask(run) for question in QUESTIONS)


# Cliffs and runs without an end magnify the last bit; the curves are for the eye, the answers are compared.
class Answers(Measurement, name="ten-questions-answers", between={"curves": (0.999, 2.001)}):
    """All answers over seeds: `sick` (n_seeds, 100), run by run, 1 for yes; `well` (n_seeds, 10).

    `well` is 1 where the cured run answers its own question with no. `curves` (n_seeds, 10 * 3 * N_POINTS)
    are those of `Run.curves` plus 1, rounded.

    >>> Answers.load().matrix().shape
    (10, 10)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """Every run, asked everything; every cured run, asked its own question."""
        numbers = range(1, len(QUESTIONS) + 1)
        runs = [run(number, seed=seed) for number in numbers]
        sick = np.array([answers(each) for each in runs], dtype=float)
        curves = np.array([1 + each.curves(N_POINTS) for each in runs]).round(3)
        well = [not QUESTIONS[n - 1].ask(run(n, cured=True, seed=seed)) for n in numbers]
        return {"sick": sick.ravel(), "well": np.array(well, dtype=float), "curves": curves.ravel()}

    def drawn(self, seed: int) -> Array:
        """The curves of all runs of a seed, (10, 3, N_POINTS), from 0 to 1."""
        row = self["curves"][_check.place("seed", seed, self.seeds)]
        return np.asarray(row.reshape(len(QUESTIONS), 3, N_POINTS) - 1)

    def matrix(self, seed: int | None = None) -> Array:
        """The share of seeds for which a run (row) answers a question (column) with yes, or one seed's."""
        sick = self["sick"].reshape(-1, len(QUESTIONS), len(QUESTIONS))
        if seed is None:
            return np.asarray(sick.mean(axis=0))
        return np.asarray(sick[_check.place("seed", seed, self.seeds)])

    def plot(self) -> Figure:
        """Draw the shares of yes: a row for each run, a column for each question; an empty square is 0."""
        share, numbers = self.matrix(), range(1, len(QUESTIONS) + 1)
        fig, ax = plotting.figure(width=4.6, height=4.4)
        ax.pcolormesh(numbers, numbers, share, cmap="Blues", vmin=0, vmax=2, edgecolors="white", linewidth=2)
        for (row, column), yes in np.ndenumerate(share):
            if yes > 0:
                weight = "bold" if row == column else "normal"
                ax.text(column + 1, row + 1, f"{yes:.2g}", ha="center", va="center", weight=weight)
        ax.set(xlabel="question", ylabel="run", xticks=numbers, yticks=numbers, aspect="equal")
        ax.invert_yaxis()
        ax.grid(visible=False)
        return fig
