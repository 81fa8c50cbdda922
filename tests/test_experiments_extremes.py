"""The experiments of part one at the ends of their domain: against fractions, fifty digits, enumeration."""

from fractions import Fraction
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine import data, problems
from ravine.experiments import minibatch_variance as mv
from ravine.experiments import surrogate_losses
from ravine.experiments.erm_vs_risk import Thresholds, draw_least_squares
from ravine.experiments.minibatch_variance.delays import stable_up_to, worker_staleness
from ravine.experiments.minibatch_variance.digits import draw_weights
from ravine.experiments.minibatch_variance.second_order import whiten
from ravine.theory import erm_vs_risk, minibatch_variance
from ravine.theory.surrogate_losses import first_step_risk

SCALES = [1e-200, 1e-30, 1.0, 1e30, 1e200]

# Scores, thresholds, spreads --------------------------------------------------------------------------------

ENTRIES = st.sampled_from([0.0, 1e-200, -1e-200, 1.0, -3.0, 1e200, -1e200])


@given(st.tuples(ENTRIES, ENTRIES), st.tuples(ENTRIES, ENTRIES), ENTRIES)
def test_the_sign_of_a_score_survives_overflow_and_underflow(w, x, b):
    exact = sum((Fraction(a) * Fraction(c) for a, c in zip(w, x, strict=True)), Fraction(b))
    wrong = {y: float(problems.zero_one(w, [x], [y], b)) for y in (1, -1)}
    assert wrong == {1: float(exact <= 0), -1: float(-exact <= 0)}


@pytest.mark.parametrize("unit", SCALES)
@pytest.mark.parametrize("length", SCALES)
def test_the_risk_of_a_direction_has_no_unit(unit, length):
    mu, sd, w, b = np.array([1.0, -0.5]), np.array([1.0, 2.0]), np.array([2.0, 1.0]), 0.3
    found = data.TwoGaussians(mu * unit, sd * unit).risk(w * length)
    shifted = data.TwoGaussians(mu, sd).risk(w * length, b * length)
    with mp.workdps(30):
        spread = mp.sqrt(8)
        true, offset = mp.ncdf(-1.5 / spread), (mp.ncdf(-1.8 / spread) + mp.ncdf(-1.2 / spread)) / 2
        least = mp.ncdf(-mp.sqrt(1 + mp.mpf(1) / 16))
    assert found == pytest.approx(float(true), rel=1e-14)
    assert shifted == pytest.approx(float(offset), rel=1e-14)
    assert data.TwoGaussians(mu * unit, sd * unit).bayes_risk == pytest.approx(float(least), rel=1e-14)


@pytest.mark.parametrize("unit", SCALES)
def test_the_risk_of_the_first_step_has_no_unit(unit):
    truth = data.TwoGaussians(np.array([2.0, 0.0]) * unit, np.array([1.0, 3.0]) * unit)
    with mp.workdps(30):
        true = mp.ncdf(-4 / mp.sqrt(4 + mp.mpf(1) / 10 + mp.mpf(81) / 10))
    assert first_step_risk(truth, 10) == pytest.approx(float(true), rel=1e-13)


def test_a_small_weight_has_the_log_risk_of_no_weight():
    truth = data.TwoGaussians([1.0, 2.0])
    assert truth.log_risk([1e-200, 1e-200]) == pytest.approx(np.log(2), rel=1e-12)
    # Of a very large one, the loss is the length of the negative margin: E max(0, -z), known in closed form.
    with mp.workdps(30):
        mean, spread = 3 * mp.mpf(10) ** 180, mp.sqrt(2) * mp.mpf(10) ** 180
        true = spread * mp.npdf(mean / spread) - mean * mp.ncdf(-mean / spread)
    assert truth.log_risk([1e180, 1e180]) == pytest.approx(float(true), rel=1e-3)


# Nearest neighbours, by enumeration -------------------------------------------------------------------------

PLACES = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from([-1, 1])),
    min_size=1,
    max_size=6,
)


@given(PLACES)
def test_of_examples_at_one_place_the_first_answers(sample):
    x, y = [Fraction(place, 6) for place, _ in sample], [label for _, label in sample]
    # Every boundary between answers is a midpoint of two places: between neighbouring ones ask in the middle.
    cuts = sorted({Fraction(0), Fraction(1), *((a + b) / 2 for a in x for b in x)})
    negative = Fraction(0)
    for low, high in pairwise(cuts):
        at = (low + high) / 2
        nearest = min(range(len(x)), key=lambda i: abs(x[i] - at))  # the first of several
        negative += (high - low) * (y[nearest] < 0)
    found = data.NoisyLabels(0.2).nearest_neighbour_risk(np.array(x, dtype=float)[:, None], y)
    assert found == pytest.approx(0.2 + 0.6 * float(negative), rel=1e-14)


def test_shares_and_places_outside_their_range_are_refused():
    truth = data.NoisyLabels(0.1)
    for share in (-0.1, 1.1):
        with pytest.raises(ValueError, match="share_negative: got"):
            truth.risk(share)
    with pytest.raises(ValueError, match="X: got"):
        truth.nearest_neighbour_risk([[0.5], [1.5]], [1, -1])
    with pytest.raises(ValueError, match="mu: got"):
        Thresholds.row(0, m=[50], mu=-1.0)


# Least squares ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("m", "d"), [(20, 10), (10**16 + 2, 10**16), (20, 40), (10**16, 10**16 + 4), (1, 1)])
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e140])
def test_the_expected_risks_as_fractions(m, d, scale):
    M, D, noise = Fraction(m), Fraction(d), Fraction(scale) ** 2
    cost = noise * max(M - D, 0) / M
    assert erm_vs_risk.least_squares_J(m, d, scale) == pytest.approx(float(cost), rel=1e-14, abs=0)
    bias = noise * max(D - M, 0) / D
    gap = abs(D - M) - 1
    true = float(noise * (1 + min(D, M) / gap) + bias) if gap > 0 else np.inf
    assert erm_vs_risk.least_squares_J_star(m, d, scale, scale) == pytest.approx(true, rel=1e-14, abs=0)


def test_nothing_times_infinity_is_nothing():
    assert erm_vs_risk.least_squares_J(10, 20, 1e200) == 0
    assert erm_vs_risk.least_squares_J_star(20, 10, 0.0, 1e200) == 0
    assert erm_vs_risk.least_squares_J_star(20, 20, 1e-200) == np.inf  # the fit has no second moment
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="w_norm: got"):
        erm_vs_risk.least_squares_J_star(20, 10, 1.0, -1.0)
    with pytest.raises(ValueError, match="w_norm: got"):
        draw_least_squares(2, 3, 1.0, rng, w_norm=1e200)


# Minibatches ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SCALES)
def test_noise_scales_have_their_units(scale):
    g, H, S = np.array([1.0, 2.0]), np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[3.0, 0.0], [0.0, 4.0]])
    true, rate = 10 / 8, 5 / (8 * (1 + 1.25 / 5))
    assert minibatch_variance.noise_scale(g * scale, H, S) == pytest.approx(true / scale / scale, rel=1e-13)
    assert minibatch_variance.noise_scale(g, H * scale, S) == pytest.approx(true, rel=1e-13)
    assert minibatch_variance.noise_scale(g, H, S * scale) == pytest.approx(true * scale, rel=1e-13)
    assert minibatch_variance.best_learning_rate(g, H * scale, S, 5) == pytest.approx(rate / scale, rel=1e-13)
    lam = np.array([1.0, 3.0, 10.0])
    gain = Fraction(1, 3) * sum(Fraction(1, k) for k in (1, 3, 10)) * Fraction(110, 14)
    assert minibatch_variance.newton_noise_gain(lam * scale) == pytest.approx(float(gain), rel=1e-13)


@pytest.mark.parametrize("eps", [0.0, 1e-200, 0.02, 1 - 1e-9, 1.0, 2.0, 1e100])
@pytest.mark.parametrize("batch_size", [1, 10, 10**15])
def test_an_online_step_keeps_the_digits_of_its_error(eps, batch_size):
    e, B = Fraction(eps), Fraction(batch_size)
    true = (1 - 2 * e + e**2 * (1 + Fraction(6) / B)) * 3 + e**2 * 5 * Fraction(0.5) ** 2 / B
    found = minibatch_variance.online_error(3.0, eps, d=5, batch_size=batch_size, sigma=0.5)
    assert found == pytest.approx(float(true), rel=1e-14, abs=0)


def test_a_negative_variance_is_refused():
    with pytest.raises(ValueError, match="variance: got"):
        minibatch_variance.minibatch_variance(-1.0, 10)


def test_weights_of_a_minibatch_add_up_to_one():
    rng = np.random.default_rng(0)
    for m, size, replace in ((1, 1, False), (5, 5, False), (5, 50, True)):
        assert draw_weights(m, size, 3, rng, replace=replace).sum(axis=1) == pytest.approx(np.ones(3))
    with pytest.raises(ValueError, match="size: got 6"):
        draw_weights(5, 6, 3, rng, replace=False)
    with pytest.raises(ValueError, match="rng: got"):
        worker_staleness(2, 3, 0)


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_whitened_points_have_no_unit(scale):
    z = np.array([[0.0, 1.0], [2.0, 3.0], [5.0, 1.0], [1.0, -4.0]])
    white = whiten(z * [scale, 1.0])
    assert white.mean(0) == pytest.approx([0, 0], abs=1e-15)
    assert white.T @ white / 4 == pytest.approx(np.eye(2), abs=1e-14)


@pytest.mark.parametrize(
    "z", [[[1.0, 2.0]], [[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]], np.outer([1, 2, 4], [1, 3])]
)
def test_points_in_fewer_dimensions_are_refused(z):
    with pytest.raises(ValueError, match="z: got points in fewer"):
        whiten(z)


def test_a_steep_valley_has_its_clouds():
    """Beyond a point a steeper valley looks the same, in units of its own gradient."""
    steep, steeper = mv.clouds(kappa=1e100), mv.clouds(kappa=1e200)
    assert steeper.targets[0] == pytest.approx(steep.targets[0], abs=1e-90)
    assert np.isfinite(steeper.errors).all()
    assert np.linalg.norm(steeper.targets, axis=1) == pytest.approx([1, 1])


def test_staleness_is_whole_and_has_a_stable_rate():
    for staleness in ([], [0.0, 0.5], np.minimum(100, np.arange(4000))):
        with pytest.raises(ValueError, match="staleness: got"):
            stable_up_to(staleness)


# Digits made by hand, and courses before their first step ---------------------------------------------------


def test_digits_made_by_hand_are_checked_and_keep_their_own():
    X, y = np.arange(8, dtype=np.float32).reshape(4, 2, order="F"), np.array([3, 5, 3, 5], dtype=np.int8)
    made = data.Digits(X, y)
    X *= 0
    y *= 0
    assert made.X.dtype == np.float64 and made.X.sum() == 28 and made.y.tolist() == [3, 5, 3, 5]
    assert made.only(5).X.tolist() == [[1, 5], [3, 7]]
    for name, X, y in (("X", [[np.nan]], [0]), ("X", np.zeros((0, 2)), []), ("X", [1.0], [1]),
                       ("y", [[1.0]], [0.5]), ("y", [[1.0]], [0, 1]), ("y", [[1.0]], [True])):  # fmt: skip
        with pytest.raises(ValueError, match=f"{name}: got"):
            data.Digits(np.array(X), np.array(y))


def test_a_course_has_no_step_before_its_first():
    run = surrogate_losses.course(m=5, n_steps=20)
    assert run.at(1, run.J) == run.J[0] and run.at(20, run.J) == run.J[-1]
    with pytest.raises(ValueError, match="step: got 0"):
        run.at(0, run.J)
