"""What the chapter on empirical risk claims."""

import json
from importlib.resources import files

import numpy as np
import pytest
from javascript import Module, scaled_error
from scipy import stats

from ravine.experiments import erm_vs_risk as chapter
from ravine.experiments.erm_vs_risk import draw_least_squares
from ravine.live.figures import erm_vs_risk as figures
from ravine.theory import erm_vs_risk as theory

# --- claims over seeds, on the shipped files; tests/test_measurements.py recomputes some of their rows


@pytest.mark.parametrize(("column", "band"), [(0, 0.03), (1, 0.015), (2, 0.005), (3, 0.1), (4, 0.015)])
def test_mean_risk_of_least_squares_is_the_closed_form(column, band):
    ratio = chapter.LeastSquares.load()["J_star"][:, column]
    assert abs(ratio - 1).max() < band


def test_mean_cost_of_least_squares_is_the_closed_form():
    assert abs(chapter.LeastSquares.load()["J"] - 1).max() < 0.06


def test_digits_peak_at_as_many_features_as_examples_and_descend_below_the_first_minimum():
    runs = chapter.Widths.load()
    peak = chapter.WIDTHS.index(200)
    assert (runs["J_test"].argmax(axis=1) == peak).all() and (runs["error_rate"].argmax(axis=1) == peak).all()
    assert (runs["J"][:, peak:] < 1e-9).all() and (runs["J"][:, :peak] > 1e-4).all()
    before, beyond = runs["error_rate"][:, :peak].min(axis=1), runs["error_rate"][:, -1]
    assert (beyond < before).all()
    assert beyond.mean() < 0.5 * before.mean()


def test_finite_differences_vanish_as_often_as_the_skellam_law_says():
    columns = chapter.Slopes.load()
    predicted = theory.zero_slope_probability([1e-4, 1e-3, 1e-2], 1000, 0.5, 1.0)
    assert columns["zero"].mean(axis=0) == pytest.approx(predicted, abs=0.02)
    # Their mean is right all the same: no bias, only noise, of variance q / (2 h m).
    assert columns["mean"][:, 2].mean() == pytest.approx(theory.threshold_slope(0.5, 1.0), rel=0.03)
    q = float(np.exp(-0.125) + np.exp(-1.125)) / np.sqrt(8 * np.pi)
    noise = np.sqrt(q / (2 * np.array([1e-4, 1e-3, 1e-2]) * 1000))
    assert columns["spread"].mean(axis=0) == pytest.approx(noise, rel=0.05)


def test_exact_zero_one_minimisation_learns_at_the_cube_root_rate():
    runs = chapter.Thresholds.load()
    slopes = {name: x.mean() for name, x in runs.slopes.items()}
    assert slopes == pytest.approx({"zero_one": -2 / 3, "midpoint": -1, "logistic": -1}, abs=0.03)
    measured = runs["zero_one"][:, 1]
    assert abs(measured / theory.zero_one_excess(1000, 1.0) - 1).max() < 0.15
    assert abs(runs["midpoint"][:, 1] / theory.plug_in_excess(1000, 1.0) - 1).max() < 0.15
    ratio = measured / runs["midpoint"][:, 1]
    assert ratio.min() > 14 and ratio.max() < 22


def test_efficiency_of_logistic_regression_is_efrons():
    measured = chapter.Efficiency.load()["efficiency"].mean(axis=0)
    assert measured == pytest.approx(theory.logistic_efficiency([1, 2, 3]), abs=0.02)


# --- the experiments themselves


def test_fits_follow_the_closed_forms_and_the_seed():
    run = chapter.fits(20, [5, 10, 60], 1.0, n_datasets=400, seed=1)
    assert run.J_star.mean(axis=0) == pytest.approx(theory.least_squares_J_star(20, run.d, 1.0), rel=0.05)
    assert run.J[:, :2].mean(axis=0) == pytest.approx(theory.least_squares_J(20, run.d[:2], 1.0), rel=0.05)
    again = chapter.fits(20, [5, 10, 60], 1.0, n_datasets=400, seed=1)
    assert (run.J_star == again.J_star).all()
    assert (run.J_star != chapter.fits(20, [5, 10, 60], 1.0, n_datasets=400, seed=2).J_star).all()


def test_no_noise_and_fewer_features_than_examples_leave_nothing_to_lose():
    run = chapter.fits(20, [5, 15], 0.0)
    assert run.J.max() < 1e-20 and run.J_star.max() < 1e-20


@pytest.mark.parametrize("flip", [0.1, 0.5])
def test_nearest_neighbour_fits_exactly_and_risks_twice_the_flips(flip):
    for m in (10, 100):
        run = chapter.neighbours(flip, m, n_datasets=2000)
        assert not run.J.any()
        assert run.J_star.mean() == pytest.approx(2 * flip * (1 - flip), abs=0.01)


def test_staircase_is_flat_almost_everywhere_yet_follows_the_risk():
    run = chapter.staircase(m=200)
    assert run.flat > 0.9
    assert abs(run.J - run.J_star).max() < 0.12


def test_widths_and_thresholds_repeat_their_files():
    row, runs = chapter.Thresholds.row(3, m=[300]), chapter.Thresholds.load()
    assert row["zero_one"][0] == pytest.approx(runs["zero_one"][3, 0], rel=1e-3)
    row, runs = chapter.Widths.row(3), chapter.Widths.load()
    assert row["J_test"] == pytest.approx(runs["J_test"][3], rel=1e-4)


# --- figures


def test_fits_are_drawn_with_a_gap_at_the_peak():
    ax = chapter.fits(20, [5, 60]).plot().axes[0]
    curve = ax.lines[0]
    gap = np.isin(curve.get_xdata(), [19, 20, 21])
    assert np.isnan(curve.get_ydata()[gap]).all() and np.isfinite(curve.get_ydata()[~gap]).all()
    assert ax.get_xlabel() == "number of features $d$"
    assert ax.get_legend().get_texts()[0].get_text() == "expected $J^*$"


def test_widths_are_drawn_over_the_features():
    runs = chapter.Widths.load()
    left, right = runs.plot().axes
    assert left.lines[0].get_xdata().tolist() == list(chapter.WIDTHS)
    assert right.lines[0].get_ydata()[-1] == pytest.approx(np.median(runs["error_rate"][:, -1]))


def test_staircase_is_drawn_twice():
    run = chapter.staircase()
    left, right = run.plot().axes
    assert left.lines[0].get_ydata().tolist() == run.J[np.abs(run.b) <= 2].tolist()
    assert right.lines[0].get_xdata()[[0, -1]] == pytest.approx([0.4, 0.6], abs=0.002)


def test_thresholds_are_drawn_with_their_predictions():
    ax = chapter.Thresholds.load().plot().axes[0]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    curves = [line.get_ydata() for line in ax.lines]
    assert any(np.array_equal(y, theory.zero_one_excess(chapter.zero_one.N_EXAMPLES, 1.0)) for y in curves)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: chapter.fits(0), "m"),
        (lambda: chapter.fits(10, [0]), "d"),
        (lambda: chapter.fits(10, [5], -1.0), "sigma"),
        (lambda: chapter.Widths.row(-1), "seed"),
        (lambda: chapter.Widths.row(0, d=[0]), "d"),
        (lambda: chapter.Thresholds.row(0, m=[0]), "m"),
        (lambda: chapter.Thresholds.row(0, m=[100], mu=0.0), "mu"),
        (lambda: chapter.neighbours(0.6), "flip"),
        (lambda: chapter.staircase(m=0), "m"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()


# --- the live figure


@pytest.fixture(scope="module")
def kernel():
    text = files("ravine.live").joinpath("front", "numbers.mjs").read_text(
        encoding="utf-8"
    ) + figures.KERNEL.read_text(encoding="utf-8")
    return Module(text)


CORNERS = [
    {"m": m, "sigma": sigma, "seed": seed, "d": d}
    for m, sigma, seed, d in [
        (40, 0.5, 0, 20.0),
        (5, 0.0, 1, 1.0),
        (200, 2.0, 2**32 - 1, 400.0),
        (40, 1.0, 3, 40.4),
    ]
]


@pytest.mark.parametrize("values", CORNERS)
def test_javascript_and_python_draw_the_same_figure(kernel, values):
    expected = figures.fits().compute(values)
    found = kernel.get(f"compute({json.dumps(values)}, {{ random }})")
    assert found.pop("fit") == expected["fit"]
    for name, actual in found.items():
        a, b = (np.asarray(x, dtype=np.float64) for x in (actual, expected[name]))
        assert (np.isinf(a) == np.isinf(b)).all(), name
        if np.isfinite(b).any():
            assert scaled_error(a[np.isfinite(a)], b[np.isfinite(b)]) <= 1e-12, name


def test_live_data_sets_follow_the_law_of_least_squares():
    drawn = [figures.least_squares({"m": 20, "sigma": 0.5, "seed": s, "d": 33}) for s in range(400)]
    sample = [draw["here_J_star"] for draw in drawn]
    reference = draw_least_squares(20, 33, 0.5, np.random.default_rng(0), n_datasets=4000)[1]
    assert stats.ks_2samp(sample, reference).pvalue > 1e-3
    below = [figures.least_squares({"m": 20, "sigma": 0.5, "seed": s, "d": 8})["here_J"] for s in range(400)]
    assert np.mean(below) == pytest.approx(theory.least_squares_J(20, 8, 0.5), rel=0.1)


def test_live_figure_names_the_infinite_expectation_and_keeps_its_knob_inside():
    outputs = figures.fits().compute({"d": 40.0})
    assert np.isinf(outputs["J_star"]) and outputs["ride"] == outputs["top"]
    assert outputs["fit"] == "fits every example"
