"""Closed forms of risk and of minibatch noise, against Monte Carlo, quadrature and enumeration."""

from itertools import combinations

import numpy as np
import pytest
from scipy import integrate, special, stats

from ravine import data, problems
from ravine._normal import cdf, pdf
from ravine.experiments.erm_vs_risk import draw_least_squares
from ravine.theory import erm_vs_risk as er
from ravine.theory import minibatch_variance as mv

MU = 1.0


def test_normal_distribution_agrees_with_scipy():
    x = np.linspace(-12, 12, 201)
    assert cdf(x) == pytest.approx(special.ndtr(x), rel=1e-12)
    assert pdf(x) == pytest.approx(stats.norm.pdf(x), rel=1e-12)


# --- least squares


def _fits(m, d, sigma, n_datasets, seed=0):
    truth = data.LinearGaussian(np.full(d, d**-0.5), sigma)
    X, y = truth.sample(m, np.random.default_rng(seed), n_datasets=n_datasets)
    w = problems.fit_least_squares(X, y)
    return problems.mean_squared_error(w, X, y), truth.risk(w)


@pytest.mark.parametrize(("m", "d"), [(7, 3), (3, 7), (5, 5)])
def test_fit_is_the_shortest_least_squares_solution(m, d):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((4, m, d)), rng.standard_normal((4, m))
    expected = [np.linalg.lstsq(a, b)[0] for a, b in zip(X, y, strict=True)]
    assert problems.fit_least_squares(X, y) == pytest.approx(np.array(expected), rel=1e-8)


@pytest.mark.parametrize(
    ("m", "d", "band"), [(20, 10, 0.04), (40, 10, 0.02), (100, 10, 0.01), (40, 160, 0.02)]
)
def test_least_squares_closed_forms(m, d, band):
    J, J_star = _fits(m, d, 1.0, 2000)
    assert J_star.mean() == pytest.approx(er.least_squares_J_star(m, d, 1.0), rel=band)
    assert J.mean() == pytest.approx(er.least_squares_J(m, d, 1.0), rel=0.03, abs=1e-12)


@pytest.mark.parametrize(
    ("m", "d", "sigma"), [(20, 10, 1.0), (20, 19, 1.0), (20, 20, 0.5), (20, 35, 0.5), (20, 35, 0.0)]
)
def test_shortcut_draws_from_the_same_distribution(m, d, sigma):
    J, J_star = _fits(m, d, sigma, 2000)
    drawn_J, drawn_J_star = draw_least_squares(m, d, sigma, np.random.default_rng(1), n_datasets=2000)
    assert stats.ks_2samp(J_star, drawn_J_star).pvalue > 1e-3
    if d < m:
        assert stats.ks_2samp(J, drawn_J).pvalue > 1e-3
        assert abs(stats.spearmanr(J, J_star).statistic) < 0.08  # and the two are independent
    else:
        assert J.max() < 1e-9 and not drawn_J.any()


def test_least_squares_extremes():
    assert np.isinf(er.least_squares_J_star(20, [19, 20, 21], 1.0)).all()
    assert er.least_squares_J_star(20, [5, 19, 20, 21, 40], 0.0) == pytest.approx([0, 0, 0, 1 / 21, 0.5])
    assert er.least_squares_J_star(20, 1e9, 1.0) == pytest.approx(2.0, rel=1e-6)
    assert er.least_squares_J_star(20, 10, 1.0) == pytest.approx(19 / 9)


# --- the 0-1 loss


def test_threshold_risk_is_that_of_the_distribution_and_its_slope_its_derivative():
    b, h = np.linspace(-3, 3, 25), 1e-5
    assert er.threshold_risk(b, MU) == pytest.approx(data.TwoGaussians([MU]).risk(np.ones((25, 1)), b))
    slope = (er.threshold_risk(b + h, MU) - er.threshold_risk(b - h, MU)) / (2 * h)
    assert er.threshold_slope(b, MU) == pytest.approx(slope, abs=1e-9)


def test_exact_minimiser_beats_every_threshold():
    X, y = data.TwoGaussians([MU]).sample(60, np.random.default_rng(0), n_datasets=20)
    best = problems.zero_one(np.ones(1), X, y, problems.minimise_zero_one(X[..., 0], y))
    others = [problems.zero_one(np.ones(1), X, y, np.full(20, b)) for b in np.linspace(-5, 5, 2001)]
    assert (best <= np.min(others, axis=0)).all()


@pytest.mark.parametrize("y", [[1, 1, 1], [-1, -1, -1]])
def test_exact_minimiser_may_cut_outside_the_sample(y):
    x = np.array([0.0, 1.0, 2.0])
    assert problems.zero_one([1.0], x[:, None], y, problems.minimise_zero_one(x, y)) == 0


def test_zero_slope_probability_is_the_share_of_flat_differences():
    X, y = data.TwoGaussians([MU]).sample(1000, np.random.default_rng(0), n_datasets=1000)
    for h in (1e-4, 1e-3, 1e-2):
        change = problems.zero_one(np.ones(1), X, y, 0.5 + h) - problems.zero_one(np.ones(1), X, y, 0.5 - h)
        # four standard errors of a share over 1000 data sets are at most 0.063
        assert (change == 0).mean() == pytest.approx(er.zero_slope_probability(h, 1000, 0.5, MU), abs=0.06)


def test_chernoff_variance():
    """The density is g(x) g(-x) / 2, with g the Fourier transform of a reciprocal Airy function."""

    u = np.linspace(-40, 40, 20001)
    reciprocal = 1 / special.airy(1j * 2 ** (-1 / 3) * u)[0]
    x = np.linspace(-3, 3, 601)
    g = 2 ** (1 / 3) / (2 * np.pi) * integrate.trapezoid(np.exp(-1j * np.outer(x, u)) * reciprocal, u).real
    density = g * g[::-1] / 2
    assert integrate.trapezoid(density, x) == pytest.approx(1, abs=1e-6)
    assert integrate.trapezoid(x**2 * density, x) == pytest.approx(er.CHERNOFF_VARIANCE, abs=1e-6)


def test_logistic_threshold_is_stationary():
    X, y = data.TwoGaussians([MU]).sample(200, np.random.default_rng(0), n_datasets=3)
    for x, labels, b in zip(X[..., 0], y, problems.logistic_threshold(X[..., 0], y), strict=True):
        slopes = np.linspace(0.5, 5, 4001)
        loss = np.logaddexp(0, -labels * slopes[:, None] * (x + b)).mean(axis=1)
        shifted = [
            np.logaddexp(0, -labels * slopes[loss.argmin()] * (x + b + s)).mean() for s in (-0.01, 0, 0.01)
        ]
        assert np.argmin(shifted) == 1


def test_midpoint_threshold_by_hand():
    x, y = [-2.0, 0.0, 1.0, 3.0, 2.0], [-1, -1, 1, 1, 1]
    assert problems.midpoint_threshold(x, y) == pytest.approx(-0.5)
    # class means -1 and 2, squared deviations 1 + 1 + 1 + 1 + 0
    assert problems.midpoint_threshold(x, y, known_prior=False) == pytest.approx(-0.5 + np.log(1.5) * 0.8 / 3)


@pytest.mark.parametrize("D", [0.5, 2.0, 4.0])
def test_efficiency_agrees_with_adaptive_quadrature(D):
    def integrand(x):
        p = special.expit(D * x)
        return (stats.norm.pdf(x - D / 2) + stats.norm.pdf(x + D / 2)) / 2 * p * (1 - p)

    expected = (4 + D**2) * integrate.quad(integrand, -15, 15)[0]
    assert er.logistic_efficiency(D) == pytest.approx(expected, rel=1e-7)


# --- minibatches


def test_variance_without_replacement_by_enumeration():
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    for B in range(1, 6):
        means = [np.mean(batch) for batch in combinations(values, B)]
        assert np.mean(means) == pytest.approx(values.mean())
        assert np.var(means) == pytest.approx(mv.minibatch_variance(values.var(), B, n_examples=5))


def _quadratic(seed=0, n=6):
    rng = np.random.default_rng(seed)
    A, C = rng.standard_normal((2, n, n))
    return rng.standard_normal(n), A @ A.T, C @ C.T


@pytest.mark.parametrize("B", [1, 8, 64])
def test_best_learning_rate_gives_the_best_expected_decrease(B):
    g, H, covariance = _quadratic()

    def decrease(rate):
        return rate * g @ g - rate**2 / 2 * (g @ H @ g + np.trace(H @ covariance) / B)

    best = mv.best_learning_rate(g, H, covariance, B)
    assert decrease(best) > max(decrease(0.99 * best), decrease(1.01 * best))
    limit = (g @ g) ** 2 / (2 * g @ H @ g)
    assert decrease(best) / limit == pytest.approx(mv.decrease_fraction(B, mv.noise_scale(g, H, covariance)))


def test_newton_noise_gain_by_monte_carlo():
    lam = np.geomspace(1, 100, 20)
    rng = np.random.default_rng(0)
    delta, noise = rng.standard_normal((2, 200_000, 20))
    g, noise = delta * lam, noise * np.sqrt(lam)

    def relative(scale):
        return np.square(noise * scale).sum(-1).mean() / np.square(g * scale).sum(-1).mean()

    assert relative(1 / lam) / relative(1.0) == pytest.approx(mv.newton_noise_gain(lam), rel=0.02)
    assert mv.newton_noise_gain([3.0, 3.0]) == pytest.approx(1)


@pytest.mark.parametrize(("d", "B", "sigma"), [(3, 1, 0.5), (20, 10, 0.5), (5, 4, 0.0)])
def test_online_error_by_monte_carlo(d, B, sigma):
    truth = data.LinearGaussian(np.zeros(d), sigma)
    X, y = truth.sample(B, np.random.default_rng(0), n_datasets=40_000)
    w, rate = np.full(d, d**-0.5), 0.1
    g = np.einsum("kbi,kb->ki", X, X @ w - y) / B
    after = np.square(w - rate * g).sum(-1).mean()
    assert after == pytest.approx(mv.online_error(1.0, rate, d, B, sigma), rel=0.01)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: problems.mean_squared_error([1.0], [[1.0, 2.0]], [1.0]), "w"),
        (lambda: problems.fit_least_squares([1.0], [1.0]), "X"),
        (lambda: problems.fit_least_squares([[1.0]], [1.0, 2.0]), "y"),
        (lambda: er.least_squares_J(0, 1, 1.0), "m"),
        (lambda: er.least_squares_J_star(5, 1, -1.0), "sigma"),
        (lambda: draw_least_squares(5, 0, 1.0, np.random.default_rng(0)), "d"),
        (lambda: problems.zero_one([np.nan], [[1.0]], [1]), "w"),
        (lambda: problems.midpoint_threshold([1.0, 2.0], [1, 1]), "y"),
        (lambda: problems.logistic_threshold([-1.0, 1.0], [-1, 1]), "x"),
        (lambda: er.zero_one_excess(100, 0.0), "mu"),
        (lambda: er.plug_in_excess(0, 1.0), "m"),
        (lambda: er.logistic_efficiency(-1.0), "distance"),
        (lambda: er.zero_slope_probability(-1.0, 10, 0.0, 1.0), "h"),
        (lambda: mv.minibatch_variance(1.0, 11, n_examples=10), "batch_size"),
        (lambda: mv.minibatch_variance(1.0, 0), "batch_size"),
        (lambda: mv.noise_scale([0.0], [[1.0]], [[1.0]]), "g'Hg"),
        (lambda: mv.noise_scale([1.0], [[1.0], [2.0]], [[1.0]]), "H"),
        (lambda: mv.decrease_fraction(1, -1.0), "noise_scale"),
        (lambda: mv.newton_noise_gain([1.0, 0.0]), "lam"),
        (lambda: mv.online_error(-1.0, 0.1, 2, 1, 1.0), "error"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
