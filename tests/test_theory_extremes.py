"""Risk at the ends of its domain: ties, one class, other labels, tails, collinear data; by brute force."""

import itertools

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ravine import _normal, data, problems
from ravine.theory import erm_vs_risk as er
from ravine.theory import minibatch_variance as mv
from ravine.theory import surrogate_losses as sl

# The fewest errors of a threshold ---------------------------------------------------------------------------

SAMPLES = st.lists(
    st.tuples(st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0]), st.sampled_from([-1.0, 1.0])),
    min_size=1,
    max_size=9,
)


def error(b, x, y):
    return np.mean(y * (x + b) <= 0)


@given(SAMPLES, st.sampled_from([1.0, 1e-200, 1e200, 1e300]))
def test_the_best_threshold_is_the_best_of_all_that_differ(sample, scale):
    """With ties, one class, one example: no cut between distinct x, or beyond them, does better."""
    x, y = np.array(sample).T
    x = x * scale
    places = np.unique(x)
    cuts = [places[0] - scale, *(places[1:] / 2 + places[:-1] / 2), places[-1] + scale]
    best = min(error(-c, x, y) for c in cuts)
    b = float(problems.minimise_zero_one(x, y))
    assert error(b, x, y) == best == problems.zero_one([1.0], x[:, None], y, b)
    larger = [-c for c in cuts[1:-1] if -c > b]
    assert all(error(c, x, y) > best for c in larger), "the largest of several is taken"


def test_the_best_threshold_never_cuts_between_equal_examples():
    x, y = [1.0, 2.0, 2.0, 2.0, 3.0], [-1, 1, -1, 1, 1]
    assert problems.minimise_zero_one(x, y) == -1.5
    neighbours = [1.0, np.nextafter(1.0, 2)]  # no float lies between
    assert (
        error(problems.minimise_zero_one(neighbours, [-1, 1]), np.array(neighbours), np.array([-1, 1])) == 0.5
    )


LABELLED = {
    "zero_one": lambda y: problems.zero_one([1.0], [[1.0], [-1.0], [2.0]], y),
    "minimise_zero_one": lambda y: problems.minimise_zero_one([1.0, -1.0, 2.0], y),
    "midpoint_threshold": lambda y: problems.midpoint_threshold([1.0, -1.0, 2.0], y),
    "logistic_threshold": lambda y: problems.logistic_threshold([1.0, -1.0, 2.0], y),
    "LogisticRegression": lambda y: problems.LogisticRegression([[1.0], [-1.0], [2.0]], y),
    "perceptron": lambda y: problems.perceptron([[1.0], [-1.0], [2.0]], y),
    "nearest_neighbour_risk": lambda y: data.NoisyLabels(0.1).nearest_neighbour_risk(
        [[0.1], [0.2], [0.5]], y
    ),
}


@pytest.mark.parametrize("ask", LABELLED.values(), ids=LABELLED)
@pytest.mark.parametrize("y", [[1, 0, 1], [0, 0, 1], [1, 2, 1], [1.0, -1.0, 0.5], [True, False, True]])
def test_labels_are_plus_or_minus_one_everywhere(ask, y):
    with pytest.raises(ValueError, match="y: got"):
        ask(y)


def test_classes_that_cannot_be_told_apart_are_named():
    with pytest.raises(ValueError, match="all equal"):
        problems.logistic_threshold([2.0, 2.0, 2.0], [1, -1, 1])
    with pytest.raises(ValueError, match="one mean"):
        problems.midpoint_threshold([1.0, -1.0, 0.0], [1, 1, -1], known_prior=False)
    for separable in ([-2.0, -1.0, 1.0, 3.0], [-2e200, -1e200, 1e200, 3e200]):
        with pytest.raises(ValueError, match="does not converge"):
            problems.logistic_threshold(separable, [-1, -1, 1, 1])


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1.0, 1e9, 1e200])
@pytest.mark.parametrize("shift", [0.0, 40.0])
def test_a_threshold_moves_and_stretches_with_its_data(scale, shift):
    x, y = np.array([-2.0, -1.0, 0.5, 3.0, 0.0, 0.2]), [-1, -1, 1, 1, 1, -1]
    for fit in (problems.logistic_threshold, problems.midpoint_threshold):
        assert fit((x + shift) * scale, y) / scale == pytest.approx(fit(x, y) - shift, rel=1e-9)


# Closed forms, in fifty digits ----------------------------------------------------------------------------


@settings(deadline=None)
@given(st.floats(-30, 30), st.floats(-25, 3))
def test_the_chance_of_an_interval_keeps_its_digits(centre, log_width):
    h = 10**log_width
    with mp.workdps(400):
        c, w = mp.mpf(centre), mp.mpf(h)
        true = (
            float(mp.quad(mp.npdf, [c - w, c, c + w])) if h < 1e-2 else float(mp.ncdf(c + w) - mp.ncdf(c - w))
        )
    assert _normal.between(centre, h) == pytest.approx(true, rel=2e-12, abs=1e-300)


@pytest.mark.parametrize("m", [1, 1000, 10**6, 10**9])
@pytest.mark.parametrize("h", [1e-13, 1e-6, 1e-3, 0.3, 4.0])
def test_the_chance_of_no_slope_is_a_skellam_probability(m, h):
    b, mu = 0.5, 1.0
    found = float(er.zero_slope_probability(h, m, b, mu))
    with mp.workdps(50):
        low, high = mp.mpf(-b) - mp.mpf(h), mp.mpf(-b) + mp.mpf(h)
        p, n = (m * (mp.ncdf(high - s) - mp.ncdf(low - s)) / 2 for s in (mp.mpf(mu), -mp.mpf(mu)))
        true = mp.exp(-p - n) * mp.besseli(0, 2 * mp.sqrt(p * n))
    # Of e^-x a relative error of 1e-16 in x leaves |x| of them.
    assert found == pytest.approx(float(true), rel=1e-12 * max(1, float(p + n) ** 0.5), abs=1e-300)


@given(st.floats(-20, 20), st.floats(-8, 8), st.integers(0, 250))
def test_the_slope_of_the_risk_keeps_its_digits_near_the_minimum(b, mu, k):
    b *= 10.0**-k
    with mp.workdps(400):
        true = float((mp.npdf(mp.mpf(mu) - mp.mpf(b)) - mp.npdf(mp.mpf(mu) + mp.mpf(b))) / 2)
    assert er.threshold_slope(b, mu) == pytest.approx(true, rel=1e-12, abs=1e-290)


@given(st.floats(0, 1), st.integers(0, 150))
def test_calibration_keeps_its_digits(t, k):
    t *= 10.0**-k
    with mp.workdps(400):
        x = mp.mpf(t)
        rest = (1 - x) * mp.log(1 - x) if t < 1 else 0
        true = float(((1 + x) * mp.log(1 + x) + rest) / 2)
    assert sl.calibration(t) == pytest.approx(true, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("mu", [1e-3, 1.0, 10.0, 40.0])
def test_excess_risks_far_out(mu):
    with mp.workdps(50):
        q = mp.npdf(mu)
        c = mu * q
        zero_one = c / 2 * (4 * q / (1000 * c**2)) ** (mp.mpf(2) / 3) * mp.mpf(er.CHERNOFF_VARIANCE)
        plug_in = c / 2000
    assert er.zero_one_excess(1000, mu) == pytest.approx(float(zero_one), rel=1e-13, abs=1e-320)
    assert er.plug_in_excess(1000, mu) == pytest.approx(float(plug_in), rel=1e-13, abs=1e-320)


@pytest.mark.parametrize("distance", [0.0, 1e-8, 1.0, 3.0, 8.0, 20.0, 30.0, 60.0])
def test_the_efficiency_of_logistic_regression_by_quadrature(distance):
    """Over one class, as Efron defines it; the function integrates another form of it."""
    with mp.workdps(40):
        D = mp.mpf(distance)

        def curvature(x):
            p = 1 / (1 + mp.exp(-D * x))
            return mp.npdf(x - D / 2) * p * (1 - p)

        ends = sorted({-30 - D, *(s * w / max(D, 1) for s in (-1, 1) for w in (1, 5, 30)), mp.mpf(0), 30 + D})
        true = float((4 + D**2) * mp.quad(curvature, ends))
    assert er.logistic_efficiency(distance) == pytest.approx(true, rel=1e-10)


# Least squares --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (4, 4)])
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_a_fit_does_not_square_the_condition_number(shape, scale):
    rng = np.random.default_rng(0)
    U, _, Vt = np.linalg.svd(rng.normal(size=shape), full_matrices=False)
    X = scale * (U * np.geomspace(1, 1e-7, min(shape))) @ Vt
    w = Vt.T @ rng.normal(size=min(shape))  # in the span of the rows, so that it is the shortest
    assert problems.fit_least_squares(X, X @ w) == pytest.approx(w, rel=1e-7)


@pytest.mark.parametrize("X", [[[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]], np.zeros((3, 2)), [[1.0, 2.0, 3.0]] * 2])
def test_collinear_data_are_refused(X):
    with pytest.raises(ValueError, match="X: got collinear"):
        problems.fit_least_squares(X, np.ones(len(X)))


# Memory ---------------------------------------------------------------------------------------------------


def test_a_problem_and_a_distribution_keep_their_own_data():
    X, y = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, -1.0])
    problem = problems.LogisticRegression(X, y)
    mean, spread = np.ones(2), np.ones(2)
    sources = [data.LinearGaussian(mean, variances=spread), data.TwoGaussians(mean, spread)]
    curve = data.LegendrePolynomial(mean)
    before = [problem.value([0.5, 0.5]), *(s.risk([2.0, 0.0]) for s in sources), curve.risk([0.0])]
    for array in (X, y, mean, spread):
        array *= -7
    after = [problem.value([0.5, 0.5]), *(s.risk([2.0, 0.0]) for s in sources), curve.risk([0.0])]
    assert before == after


def test_no_examples_and_no_features_are_named():
    for X, y in itertools.product([np.zeros((0, 2)), np.zeros((2, 0))], [np.zeros(0), np.ones(2)]):
        with pytest.raises(ValueError, match=r"[Xy]: got"):
            problems.fit_least_squares(X, y)
        with pytest.raises(ValueError, match=r"[Xy]: got"):
            problems.LogisticRegression(X, y)
    for fit in (problems.minimise_zero_one, problems.midpoint_threshold, problems.logistic_threshold):
        with pytest.raises(ValueError, match="y: got"):
            fit([], [])


# Units ------------------------------------------------------------------------------------------------------

SCALES = [1e-300, 1e-200, 1e-160, 1.0, 1e160, 1e200, 1e300]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", SCALES)
def test_noise_scales_and_rates_in_any_unit(scale):
    """tr(HC) / g'Hg and g'g / (g'Hg + tr(HC) / B) from exact products of g = (1, 2), H and C."""
    g, H, C = np.array([1.0, 2.0]), np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, 0.25], [0.25, 3.0]])
    trace, bend, slope = mp.mpf("5.25"), mp.mpf(8), mp.mpf(5)
    assert mv.noise_scale(g, H * scale, C) == pytest.approx(float(trace / bend), rel=1e-15)
    assert mv.noise_scale(g, H, C * scale) == pytest.approx(float(trace / bend * scale), rel=1e-15)
    expected = trace / bend / mp.mpf(scale) ** 2
    expected = np.inf if expected > 1e309 else pytest.approx(float(expected), rel=1e-14, abs=1e-323)
    assert mv.noise_scale(g * scale, H, C) == expected
    rate = slope / (bend + trace / 4) / mp.mpf(scale)
    assert mv.best_learning_rate(g, H * scale, C, 4) == pytest.approx(float(rate), rel=1e-14)
    assert mv.simple_noise_scale(g * scale, C) == (
        np.inf if scale < 1e-155 else pytest.approx(float(mp.mpf(4) / 5 / mp.mpf(scale) ** 2), abs=1e-323)
    )
    lam = np.array([1.0, 2.0, 5.0])
    assert float(mv.newton_noise_gain(lam * scale)) == pytest.approx(1.7 / 3 * 30 / 8, rel=1e-14)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", SCALES)
def test_who_is_on_which_side_does_not_depend_on_the_unit(scale):
    X, y, w = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0], [2.0, 1.0]]), [1, 1, -1, -1], [1.0, 0.5]
    wrong = sum(label * (a + b / 2) <= 0 for (a, b), label in zip(X.tolist(), y, strict=True)) / 4
    assert problems.zero_one(np.array(w) * scale, X * scale, y) == wrong == 0.5
    assert problems.zero_one(np.array(w) * scale, X / scale, y) == wrong
    # Exactly on the line, where the offset alone decides: in a power of two no product is rounded.
    size = 2.0 ** round(np.log2(scale))
    assert problems.zero_one(np.array(w) * size, np.array([[1.0, -2.0]]) * size, [1], 1e-320) == 0
    found, separated = problems.perceptron(np.array([[2.0, 1.0], [1.0, -1.0]]) * scale, [1, -1])
    assert separated
    np.testing.assert_allclose(found, [scale, 2 * scale], rtol=1e-15)


def test_what_is_no_covariance_no_variance_and_no_weight_is_refused():
    g, H = [1.0, 2.0], np.eye(2)
    with pytest.raises(ValueError, match="H: got entries that differ from their mirror"):
        mv.noise_scale(g, [[1.0, 5.0], [0.0, 1.0]], H)
    with pytest.raises(ValueError, match="covariance: got entries that differ from their mirror"):
        mv.noise_scale(g, H, [[1.0, 5.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match=r"covariance: got .* on its diagonal; want variances >= 0"):
        mv.best_learning_rate(g, H, -H, 4)
    with pytest.raises(ValueError, match=r"variance: got -1.0 among its entries; want numbers >= 0"):
        mv.minibatch_variance(-1.0, 1)
    problem = problems.LogisticRegression(np.eye(2), np.array([1.0, -1.0]))
    for w in (
        ["1", "2"],
        np.ma.array([1.0, 2.0], mask=[True, False]),
        [True, False],
        [1j, 2],
        [1.0] * 3,
        1.0,
    ):
        for call in (problem.value, problem.grad, problem.margins):
            with pytest.raises(ValueError, match="w: got"):
                call(w)
