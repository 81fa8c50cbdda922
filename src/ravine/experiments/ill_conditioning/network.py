"""A small network on digits whose gradient grows while progress slows."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ravine import _check, curvature, data, descent, networks, plotting, rules
from ravine._typing import Array
from ravine.theory import ill_conditioning as theory

SIZES = (64, 32, 32, 10)
"""Widths of the layers, dimensionless."""

N_TRAIN = 300
"""Training examples, drawn anew for each seed; the other 1497 digits are the test set."""

SETTLED = 300
"""The last steps of a run, over which the settled state is measured."""

N_STEPS = 1500
"""Of the chapter's main run."""

EARLY_STEPS, EARLY_WINDOW, LATE_WINDOW = 450, 50, 150
"""The points of a curve average windows of steps: short ones early on, later ones three times as long.

Descent at the edge of stability amplifies rounding errors to order one, and bursts come a little earlier or
later on another machine. No run of the chapter gets there before step 450; long windows even out bursts.
"""


@dataclass(frozen=True)
class Training:
    """One run of full-batch gradient descent.

    J, slope (g'g) and curvature (g'Hg) hold one number a step, shape (n_steps,); sharpness, the largest
    eigenvalue of the Hessian, was measured at the steps `sharpness_t`; test_error is a fraction.
    """

    learning_rate: float
    J: Array
    slope: Array
    curvature: Array
    sharpness_t: Array
    sharpness: Array
    test_error: float

    @property
    def settled_balance(self) -> float:
        """The balance over the last steps."""
        return theory.balance(self.learning_rate, self.curvature[-SETTLED:], self.slope[-SETTLED:])

    @property
    def settled_sharpness(self) -> float:
        """Mean sharpness over the last steps, in units of 2 / learning rate."""
        late = self.sharpness_t >= len(self.J) - SETTLED
        return float(self.sharpness[late].mean() * self.learning_rate / 2)

    def growth(self, series: Array) -> float:
        """Mean over the last steps, relative to the first step."""
        return float(series[-SETTLED:].mean() / series[0])

    def curves(self) -> dict[str, Array]:
        """The course of the run in windows, each quantity relative to its start: name -> (n_windows,)."""
        relative = {
            "cost": self.J / self.J[0],
            "gradient": np.sqrt(self.slope / self.slope[0]),
            "curvature": self.curvature / self.curvature[0],
        }
        means = {name: window_means(series) for name, series in relative.items()}
        windows = zip(_windows(self.curvature), _windows(self.slope), strict=True)
        share = np.array([theory.balance(self.learning_rate, *pair) for pair in windows])
        return means | {"balance": share}

    def plot(self) -> Figure:
        """Draw cost, gradient, curvature and balance over the steps."""
        return four_panels(len(self.J), {}, self)


def _windows(series: Array) -> list[Array]:
    """The windows of a series (n_steps,), early and late ones of (nearly) their own length."""
    early, late = series[:EARLY_STEPS], series[EARLY_STEPS:]
    windows = np.array_split(early, max(1, round(len(early) / EARLY_WINDOW)))
    return windows + (np.array_split(late, max(1, round(len(late) / LATE_WINDOW))) if len(late) else [])


def window_means(series: Array) -> Array:
    """The mean of each window, (n_windows,)."""
    return np.array([window.mean() for window in _windows(series)])


def train(
    seed: int,
    learning_rate: float = 0.4,
    n_steps: int = N_STEPS,
    *,
    scale: float = 0.3,
    loss: str = "squared",
    n_sharpness: int = 30,
) -> Training:
    r"""Train a tanh network on digits by full-batch gradient descent and watch both Taylor terms.

    Each step changes the cost by about $\frac12\epsilon^2 g^\top H g - \epsilon g^\top g$.

    Parameters
    ----------
    seed : of the training examples and the initial weights.
    learning_rate : $\epsilon$, positive.
    n_steps : at least 300.
    scale : factor on the customary initial weights, positive.
    loss : "squared" (targets are one-hot minus 1/10) or "cross_entropy".
    n_sharpness : how often to measure the sharpness, at equal distances.

    Returns
    -------
    Training

    Raises
    ------
    ValueError : arguments out of their range.

    Source: Goodfellow, Bengio and Courville (2016), section 8.2.1; Cohen et al. (2021), figure 1.

    >>> run = train(0, n_steps=300)
    >>> run.J.shape, bool(run.J[-1] < run.J[0])
    ((300,), True)
    """
    task = digits_task(_check.seeded(seed), loss, scale)
    problem = task.problem
    n_steps = _check.count("n_steps", n_steps, at_least=SETTLED)
    trace = descent.minimise(problem, rules.gradient_descent(learning_rate), task.theta0, n_steps=n_steps)
    watched = np.linspace(0, n_steps - 1, _check.count("n_sharpness", n_sharpness)).astype(int)
    return Training(
        learning_rate,
        J=trace.J[:-1],
        slope=trace.grad_norm[:-1] ** 2,
        curvature=np.array([_along_gradient(problem, theta) for theta in trace.theta[:-1]]),
        sharpness_t=watched.astype(np.float64),
        sharpness=np.array([largest_curvature(problem, theta) for theta in trace.theta[watched]]),
        test_error=float(task.model.error_rate(trace.theta[-1], task.test.X, task.test.y)),
    )


@dataclass(frozen=True)
class Task:
    """A network to train, its examples X (m, 64) and targets (m, 10) or (m,), and where it starts."""

    model: networks.MLP
    X: Array
    targets: Array | NDArray[np.int64]
    test: data.Digits
    theta0: Array

    @property
    def problem(self) -> networks.NetworkProblem:
        """The cost of all examples."""
        return self.model.problem(self.X, self.targets)


def digits_task(rng: np.random.Generator, loss: str, scale: float) -> Task:
    """A network and digits to train it on, both drawn with rng: first the examples, then the weights."""
    _check.one_of("loss", loss, ("squared", "cross_entropy"))
    training, test = data.digits().split(N_TRAIN, rng)
    model = networks.MLP(SIZES, "tanh", loss=loss)
    targets = np.eye(10)[training.y] - 0.1 if loss == "squared" else training.y
    theta0 = model.init(rng, scale=_check.real("scale", scale, above=0))
    return Task(model, training.X, targets, test, theta0)


def _along_gradient(problem: networks.NetworkProblem, theta: Array) -> float:
    """g'Hg at theta (n,)."""
    return float(curvature.quadratic_form(lambda v: problem.hvp(theta, v), problem.grad(theta)))


def largest_curvature(problem: networks.NetworkProblem, theta: Array) -> float:
    """The largest eigenvalue of the Hessian at theta (n,), by Lanczos."""
    rng = np.random.default_rng(0)  # draws the first Lanczos vector, which does not matter
    return float(curvature.top_eigenvalues(lambda v: problem.hvp(theta, v), len(theta), 1, rng)[0])


PANELS = {
    "cost": r"cost $J$ / start",
    "gradient": "gradient's length / start",
    "curvature": "curvature term / start",
    "balance": r"balance $\beta$",
}


def four_panels(n_steps: int, samples: dict[str, Array], run: Training | None) -> Figure:
    """One panel a quantity: the range of the samples (n_seeds, n_windows) by name, and one run."""
    fig, axes = plotting.figure(2, 2, height=5.4, sharex=True, places=False)
    middles = [window_means(np.arange(n, dtype=np.float64)) for n in (n_steps, len(run.J) if run else 1)]
    for ax, (name, label) in zip(axes.flat, PANELS.items(), strict=True):
        if samples:
            plotting.spread(ax, middles[0], samples[name], label="median and range over seeds")
        if run is not None:
            course = run.curves()[name]
            ax.plot(middles[1], course, color="ravine:orange", linewidth=1.2, label="one run")
        ax.set(ylabel=label, ylim=(0, None))
    axes[1, 1].axhline(1, color="ravine:black", linewidth=1, linestyle="--")
    for ax in axes[1]:
        ax.set(xlabel="step $t$")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig
