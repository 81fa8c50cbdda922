"""Logistic regression on two Gaussian classes: what the exact risk does once the examples are all fitted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ravine import _check, data, descent, plotting, problems, rules
from ravine._typing import Array
from ravine.experiments._measurement import Measurement, Row
from ravine.theory import surrogate_losses as theory

MU = 3.0
"""Half the distance between the classes, along the one feature that tells them apart."""

N_NUISANCE = 20
"""Features that say nothing; their standard deviation varies, that of the telling feature is 1."""

SPREADS = (1.0, 2.0, 4.0)
"""Standard deviations of the nuisance features in the sweep."""

N_STEPS = 5000
"""Steps of gradient descent."""

GRID = np.unique(np.rint(np.geomspace(1, N_STEPS, 25)))
"""Steps at which the sweep keeps the risk."""


def classes(sd: float, *, mu: float = MU, n_nuisance: int = N_NUISANCE) -> data.TwoGaussians:
    """The two classes: one feature with means -mu and mu, and n_nuisance features of mean 0.

    Parameters
    ----------
    sd : standard deviation of the nuisance features, that of the telling one being 1.
    mu : half the distance between the class means.
    n_nuisance : their number, at least 0.

    Raises
    ------
    ValueError : an sd that is not positive, or a negative number of features.

    >>> round(classes(4.0).bayes_risk, 5)
    0.00135
    """
    k = _check.count("n_nuisance", n_nuisance, at_least=0)
    sd = _check.real("sd", sd, above=0)
    return data.TwoGaussians(np.r_[mu, np.zeros(k)], np.r_[1.0, np.full(k, sd)])


def first_steps(truth: data.TwoGaussians, m: int, n_datasets: int, rng: np.random.Generator) -> Array:
    r"""The exact risk after one gradient step from 0, which goes along $\frac1m \sum_i y_i x_i$.

    Parameters
    ----------
    truth : the distribution.
    m, n_datasets : number of examples, and of data sets.
    rng : draws them.

    Returns
    -------
    Array : probabilities, shape (n_datasets,).

    Raises
    ------
    ValueError : a count below 1, or rng is not a generator.

    >>> risks = first_steps(classes(4.0), 60, 100, np.random.default_rng(0))
    >>> bool(abs(risks.mean() / theory.first_step_risk(classes(4.0), 60) - 1) < 0.1)
    True
    """
    X, y = truth.sample(m, rng, n_datasets=n_datasets)
    return truth.risk((y[..., None] * X).mean(axis=1))


@dataclass(frozen=True, eq=False)
class Course:
    """One descent: costs over recorded steps, shape (k,) each, from step 1 on.

    J and log_risk, the log loss on the examples and in expectation, are in nats; errors and J_star are the
    share of errors on the examples and the exact risk. `zero` is the first step without an error, None if
    there is none; the perceptron stops at its own first such moment.
    """

    truth: data.TwoGaussians
    steps: Array
    J: Array
    errors: Array
    log_risk: Array
    J_star: Array
    grad_norm: Array
    zero: int | None
    perceptron: float

    def at(self, step: int, series: Array) -> float:
        """The last recorded entry of a series, such as `J_star`, up to one of the steps that were taken.

        Raises
        ------
        ValueError : a step before the first recorded one or after the last; a series of another length.
        """
        first, last = int(self.steps[0]), int(self.steps[-1])
        if _check.count("step", step, at_least=first) > last:
            raise ValueError(f"step: got {step!r}; want at most {last}, the last one taken")
        series = _check.array("series", series, ndim=1, last=len(self.steps))
        return float(series[np.searchsorted(self.steps, step, side="right") - 1])

    @property
    def excess(self) -> tuple[Array, Array]:
        """Excess risk over the least possible under the log loss (nats) and under the 0-1 loss."""
        least = self.truth.log_risk(2 * self.truth.best_w)
        return self.log_risk - least, self.J_star - self.truth.bayes_risk

    @property
    def slack(self) -> float:
        """How many times the excess 0-1 risk its bound is at least, over the recorded steps."""
        log, errors = self.excess
        return float((np.sqrt(2 * log) / errors).min())

    def plot(self) -> Figure:
        """Draw the errors on the examples and the risk over the steps."""
        fig, ax = plotting.figure()
        ax.plot(self.steps, self.errors, label="errors on the examples")
        ax.plot(self.steps, self.J_star, color="ravine:orange", label="risk $J^*$")
        ax.axhline(self.perceptron, color="ravine:green", linestyle="--", label="perceptron")
        ax.axhline(self.truth.bayes_risk, color="ravine:black", linestyle=":", label="least risk")
        if self.zero:
            ax.axvline(self.zero, color="ravine:grey", linewidth=1)
        ax.set(xscale="log", xlabel="step $t$", ylabel="share of errors", ylim=(-0.004, None))
        fig.legend(loc="outside upper center", ncols=4, columnspacing=1, handlelength=1.4)
        return fig


def course(
    sd: float = 4.0,
    m: int = 60,
    *,
    n_steps: int = N_STEPS,
    mu: float = MU,
    n_nuisance: int = N_NUISANCE,
    seed: int = 0,
) -> Course:
    r"""Descend the log loss of a linear classifier from 0, $\epsilon = 2 / \lambda_{\max}(\frac1m X^\top X)$.

    Parameters
    ----------
    sd, mu, n_nuisance : of the classes, as for `classes`.
    m : number of examples.
    n_steps : steps of full-batch gradient descent.
    seed : of the examples.

    Returns
    -------
    Course

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Goodfellow, Bengio and Courville (2016), section 8.1.2.

    >>> run = course(n_steps=100)
    >>> run.zero, bool(run.J_star[-1] < run.at(run.zero, run.J_star))
    (5, True)
    """
    truth = classes(sd, mu=mu, n_nuisance=n_nuisance)
    X, y = truth.sample(m, _check.seeded(seed))
    problem = problems.LogisticRegression(X, y)
    n_steps = _check.count("n_steps", n_steps)
    rule = rules.gradient_descent(float(problem.safe_learning_rate))
    trace = descent.minimise(problem, rule, np.zeros(problem.n), n_steps=n_steps)
    errors = (trace.theta @ problem.signed.T <= 0).mean(-1)
    zero = int(np.argmax(errors[1:] == 0)) + 1 if (errors[1:] == 0).any() else None
    kept = np.unique(np.r_[np.rint(np.geomspace(1, n_steps, 150)), GRID[n_steps >= GRID], zero or 1])
    kept = kept.astype(np.int64)
    w = trace.theta[kept]
    fitted, _ = problems.perceptron(X, y)
    return Course(
        truth,
        steps=kept.astype(np.float64),
        J=trace.J[kept],
        errors=errors[kept],
        log_risk=truth.log_risk(w),
        J_star=truth.risk(w),
        grad_norm=trace.grad_norm[kept],
        zero=zero,
        perceptron=float(truth.risk(fitted)),
    )


@dataclass(frozen=True, eq=False)
class Bounds:
    """Courses of descent in the plane of the two excess risks."""

    courses: dict[float, Course]

    def plot(self) -> Figure:
        """Draw each course as a path, under the two bounds."""
        fig, ax = plotting.figure()
        t = np.geomspace(1e-3, 1, 300)
        ax.plot(theory.calibration(t), t, color="ravine:black", label=r"$\psi^{-1}$")
        log = np.geomspace(1e-4, 0.6, 50)
        ax.plot(log, np.sqrt(2 * log), color="ravine:black", linestyle="--", label=r"$\sqrt{2\times}$")
        for (sd, run), colour in zip(self.courses.items(), ("blue", "green", "orange"), strict=False):
            x, y = run.excess
            ax.plot(x, y, ".-", color=f"ravine:{colour}", linewidth=1, ms=3, label=f"$s = {sd:g}$")
            ax.plot(x[0], y[0], "o", color=f"ravine:{colour}", ms=8, mfc="none")
        ax.set(xscale="log", yscale="log", xlim=(5e-3, 1), ylim=(5e-5, 1.2))
        ax.set(xlabel="excess log risk (nats)", ylabel="excess 0-1 risk")
        fig.legend(loc="outside upper center", ncols=5, columnspacing=1, handlelength=1.4)
        return fig


def bounds(sds: Sequence[float] = SPREADS, *, seed: int = 0) -> Bounds:
    """Follow a descent for each spread of the nuisance features, to compare both excess risks.

    Parameters
    ----------
    sds : standard deviations of the nuisance features.
    seed : of the examples.

    Returns
    -------
    Bounds

    Raises
    ------
    ValueError : an sd that is not positive.

    >>> bool(bounds([4.0]).courses[4.0].slack > 1)
    True
    """
    return Bounds({sd: course(sd, seed=seed) for sd in sds})


def _spread(sd: float) -> str:
    """One of SPREADS as the names of the columns have it."""
    return f"{SPREADS[_check.place('sd', sd, SPREADS)]:g}"


class Courses(Measurement, name="surrogate-losses-gaussians", seeds=range(40)):
    """The descents over all seeds, for each spread of the nuisance features.

    >>> Courses.load().ratio(4.0).shape
    (40,)
    """

    @staticmethod
    def row(seed: int) -> Row:
        """The risk over the steps, at the last error and of the perceptron; both excess risks."""
        row: dict[str, float | Array] = {}
        for sd in SPREADS:
            run = course(sd, seed=seed)
            if run.zero is None:
                raise RuntimeError(f"examples of seed {seed} are not separated; the sweep assumes they are")
            row[f"risk_{sd:g}"] = np.array([run.at(int(t), run.J_star) for t in GRID])
            row[f"zero_{sd:g}"] = float(run.zero)
            row[f"risk_zero_{sd:g}"] = run.at(run.zero, run.J_star)
            row[f"perceptron_{sd:g}"] = run.perceptron
            log, errors = run.excess
            row[f"excess_log_{sd:g}"], row[f"excess_errors_{sd:g}"] = log[[0, -1]], errors[[0, -1]]
            row[f"slack_{sd:g}"] = run.slack
        return row

    def risk(self, sd: float) -> Array:
        """The risk over the steps `GRID`, shape (n_seeds, k)."""
        return self[f"risk_{_spread(sd)}"]

    def zero(self, sd: float) -> Array:
        """The first step without an error, shape (n_seeds,)."""
        return self[f"zero_{_spread(sd)}"]

    def ratio(self, sd: float) -> Array:
        """The final risk over that at the first step without an error, shape (n_seeds,)."""
        return np.asarray(self.risk(sd)[:, -1] / self[f"risk_zero_{_spread(sd)}"])

    def perceptron(self, sd: float) -> Array:
        """The perceptron's risk over the final risk of the descent, shape (n_seeds,)."""
        return np.asarray(self[f"perceptron_{_spread(sd)}"] / self.risk(sd)[:, -1])

    def excess(self, sd: float, kind: str) -> Array:
        """The excess "log" risk (nats) or that of "errors" at step 1 and at the end, shape (n_seeds, 2)."""
        _check.one_of("kind", kind, ("log", "errors"))
        return self[f"excess_{kind}_{_spread(sd)}"]

    @property
    def slack(self) -> Array:
        """How many times the excess 0-1 risk its bound is at least, over all spreads, shape (n_seeds,)."""
        return np.asarray(np.min([self[f"slack_{sd:g}"] for sd in SPREADS], axis=0))

    def plot(self) -> Figure:
        """Draw the risk over the steps for each spread, with the prediction for the first step."""
        fig, axes = plotting.figure(1, 3, height=3.4, sharey=True)
        for ax, sd in zip(axes, SPREADS, strict=True):
            plotting.spread(ax, GRID, self.risk(sd), colour="orange")
            predicted = theory.first_step_risk(classes(sd), 60)
            ax.plot(1, predicted, "o", color="ravine:black", mfc="none", ms=8, clip_on=False)
            ax.axvline(np.median(self.zero(sd)), color="ravine:grey", linewidth=1)
            ax.axhline(classes(sd).bayes_risk, color="ravine:black", linestyle=":", linewidth=1.2)
            ax.set(xscale="log", yscale="log", xlabel="step $t$", title=f"$s = {sd:g}$")
        axes[0].set(ylabel="risk $J^*$")
        return fig
