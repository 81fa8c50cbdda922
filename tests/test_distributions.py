"""The distributions' closed forms, against Monte Carlo and quadrature."""

import numpy as np
import pytest

from ravine import data, problems

LINEAR = data.LinearGaussian([1.0, -2.0, 0.5], sigma=0.7, variances=[1.0, 0.25, 4.0])
CLASSES = data.TwoGaussians([1.0, 0.5], sd=[1.0, 3.0])


@pytest.mark.parametrize("w", [[0.0, 0.0, 0.0], [1.0, -2.0, 0.5], [2.0, 1.0, -1.0]])
def test_linear_risk_is_the_mean_loss(w):
    X, y = LINEAR.sample(200_000, np.random.default_rng(0))
    assert problems.mean_squared_error(w, X, y) == pytest.approx(LINEAR.risk(w), rel=0.015)


def test_linear_risk_is_the_noise_at_the_truth_and_its_gradient_is_zero():
    assert LINEAR.risk(LINEAR.w_star) == pytest.approx(0.49)
    assert not LINEAR.risk_grad(LINEAR.w_star).any()


def test_linear_gradient_is_that_of_the_risk():
    w, h = np.array([2.0, 1.0, -1.0]), 1e-6
    slopes = [(LINEAR.risk(w + h * e) - LINEAR.risk(w - h * e)) / (2 * h) for e in np.eye(3)]
    assert LINEAR.risk_grad(w) == pytest.approx(np.array(slopes), rel=1e-8)


@pytest.mark.parametrize(
    ("w", "b"), [([1.0, 0.0], 0.0), ([1.0, 0.5], 0.3), ([-1.0, 2.0], -1.0), ([0.0, 0.0], 0.4)]
)
def test_two_gaussian_risk_is_the_share_of_errors(w, b):
    X, y = CLASSES.sample(200_000, np.random.default_rng(1))
    # four standard errors of a share
    assert problems.zero_one(w, X, y, b) == pytest.approx(CLASSES.risk(w, b), abs=4 * 0.5 / np.sqrt(200_000))


def test_two_gaussian_risk_ignores_the_scale_of_w_and_is_least_at_best_w():
    assert CLASSES.risk(7 * CLASSES.best_w) == pytest.approx(CLASSES.bayes_risk, rel=1e-12)
    angles = np.linspace(0, 2 * np.pi, 1000)
    everywhere = CLASSES.risk(np.stack([np.cos(angles), np.sin(angles)], axis=-1))
    assert everywhere.min() == pytest.approx(CLASSES.bayes_risk, rel=1e-4)
    assert everywhere.min() >= CLASSES.bayes_risk


def test_nearest_neighbour_risk_is_that_of_the_rule():
    noise = data.NoisyLabels(0.2)
    X, y = noise.sample(30, np.random.default_rng(2))
    x_new, y_new = noise.sample(100_000, np.random.default_rng(3))
    answers = y[np.abs(x_new - X[:, 0]).argmin(axis=1)]
    assert (answers != y_new).mean() == pytest.approx(noise.nearest_neighbour_risk(X, y), abs=0.006)


def test_legendre_risk_is_the_mean_loss():
    curve = data.LegendrePolynomial([0.5, -1.0, 0.0, 2.0], sigma=0.3)
    X, y = curve.sample(200_000, np.random.default_rng(4))
    a = [0.0, 1.0]
    loss = np.square(y - np.polynomial.legendre.legval(X[:, 0], a)).mean()
    assert loss == pytest.approx(curve.risk(a), rel=0.01)
    assert curve.risk(curve.coefficients) == pytest.approx(0.09)


@pytest.mark.parametrize("distribution", [LINEAR, CLASSES, data.NoisyLabels(0.1)])
def test_samples_are_seeded_and_stack(distribution):
    draws = [distribution.sample(5, np.random.default_rng(7)) for _ in range(2)]
    assert all((a == b).all() for a, b in zip(*draws, strict=True))
    X, y = distribution.sample(5, np.random.default_rng(7), n_datasets=3)
    assert X.shape[:2] == y.shape == (3, 5)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: data.LinearGaussian([1.0], sigma=-1.0), "sigma"),
        (lambda: data.LinearGaussian([[1.0]]), "w_star"),
        (lambda: data.LinearGaussian([1.0, 2.0], variances=[1.0, 2.0, 3.0]), "variances"),
        (lambda: data.TwoGaussians([1.0], sd=0.0), "sd"),
        (lambda: data.TwoGaussians([np.nan]), "mu"),
        (lambda: data.NoisyLabels(0.7), "flip"),
        (lambda: data.LegendrePolynomial(1.0), "coefficients"),
        (lambda: LINEAR.risk([1.0]), "w"),
        (lambda: LINEAR.sample(0, np.random.default_rng(0)), "m"),
        (lambda: CLASSES.sample(5, 0), "rng"),
        (lambda: CLASSES.sample(5, np.random.default_rng(0), n_datasets=0), "n_datasets"),
    ],
)
def test_bad_arguments_are_named(make, name):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        make()
