"""What the chapter on long-term dependencies claims, by hand-checked theory and over seeds."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ravine.experiments import long_term_dependencies as ltd
from ravine.live.figures import long_term_dependencies as live
from ravine.theory import long_term_dependencies as theory


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


# Powers of one matrix ---------------------------------------------------------------------------------------


def test_powers_grow_on_the_way_although_they_vanish():
    transient = ltd.transient()
    peaks = {name: transient.peak(name) for name in transient.norms}
    assert [t for t, _ in peaks.values()] == [3, 3, 3, 9]
    np.testing.assert_allclose([peak for _, peak in peaks.values()], [1.68, 7.59, 30.21, 3.91], atol=0.005)
    assert ltd.norms([[0.9, 20], [0, 0.5]], 200)[-1] < 1e-6


def test_norms_of_a_normal_matrix_are_powers_of_its_eigenvalue():
    turn = 0.9 * np.array([[0.6, 0.8], [-0.8, 0.6]])
    np.testing.assert_allclose(ltd.norms(turn, 5), 0.9 ** np.arange(6))


def test_a_random_matrix_has_its_spectrum_and_is_not_normal():
    W, V = ltd.random_matrix(3)
    np.testing.assert_allclose(sorted(np.linalg.eigvals(W).real), sorted([0.95, 0.7, 0.5, -0.4, 0.3, 0.1]))
    np.testing.assert_allclose(W @ V[:, 1], 0.7 * V[:, 1])
    assert np.linalg.norm(W @ W.T - W.T @ W) > 0.1


def test_the_right_eigenvector_says_what_is_forgotten():
    columns = ltd.Forgettings.load()
    assert columns["without_right"].max() < 1e-6
    assert columns["without_left"].min() > 0.1 and 0.8 < np.median(columns["without_left"]) < 1.2
    assert abs(columns["slope"] - np.log(0.7 / 0.95)).max() < 0.006


# Products ---------------------------------------------------------------------------------------------------


def test_a_product_of_variance_one_is_typically_nothing():
    columns = ltd.Chains.load()
    theory = -25 * (np.euler_gamma + np.log(2))
    assert abs(columns["mean"].mean() - theory) < 0.03 and abs(columns["mean"] - theory).max() < 0.25
    assert abs(columns["sd"] - np.sqrt(50 * np.pi**2 / 8)).max() < 0.15
    assert columns["variance"].max() < 1e-3
    assert columns["median"].max() < 1e-13


def test_rectifiers_cost_more_than_twice_as_much_at_width_32():
    samples = ltd.Gains.load().samples
    ratio = samples["relu"][32].mean() / samples["linear"][32].mean()
    law = theory.log_gain_law(32, "relu")[0] / theory.log_gain_law(32)[0]
    assert law == pytest.approx(2.614, abs=0.001)
    assert ratio == pytest.approx(law, rel=0.1)


@pytest.mark.parametrize("width", [4, 16, 32, 64, 128, 256])
@pytest.mark.parametrize("name", ["linear", "relu"])
def test_depth_over_width_decides(name, width):
    mean, sd = theory.log_gain_law(width, name)
    assert theory.log_gain_law(4 * width, name)[0] == pytest.approx(mean / 4, rel=0.25)
    samples = ltd.Gains.load().samples[name].get(width)
    if samples is not None:
        assert len(samples) == 200
        assert abs(samples.mean() - mean) < 3 * sd / np.sqrt(200)
        assert samples.std() == pytest.approx(sd, rel=0.2)


def test_the_law_of_one_layer_by_sampling():
    rng = np.random.default_rng(0)
    h = np.maximum(rng.standard_normal((100_000, 8)) * (2 / 8) ** 0.5, 0)
    size = np.square(h).sum(1)
    log = np.log(size[size > 0])
    mean, sd = theory.log_gain_law(8, "relu", depth=1)
    assert log.mean() == pytest.approx(mean, abs=0.02) and log.std() == pytest.approx(sd, rel=0.02)


def test_one_matrix_compounds_its_luck():
    columns = ltd.SharedWeights.load()
    assert columns["shared"].std() > 3 * columns["independent"].std()
    assert np.corrcoef(columns["shared"], columns["log_rho"])[0, 1] > 0.9
    assert columns["orthogonal"].all()
    assert columns["independent"].mean() == pytest.approx(-0.95, abs=0.4)


# Recurrent networks -----------------------------------------------------------------------------------------


def test_gradients_by_lag():
    lags = ltd.Lags.load()
    at = {name: lags[name][:, -1] for name in lags.columns}
    assert abs(np.median(at["radius 0.8"]) + 26) < 1.5
    assert ((at["orthogonal"] > -7.6) & (at["orthogonal"] < -5.3)).all()
    assert (at["half orthogonal"] < 100 * np.log(0.5)).all()
    assert at["orthogonal"].std() < 0.5 * at["radius 1"].std() < 0.5 * at["radius 1.5"].std()
    assert at["radius 1.5"].max() > 1 and at["radius 1.5"].min() < -5


MEMORIES = [(1.05, 0.9057, 0.0073), (1.25, 0.6191, 0.0778), (1.5, 0.3943, 0.2075), (2, 0.1664, 0.5328)]


@pytest.mark.parametrize(("w", "mu", "u"), MEMORIES)
def test_a_memory_and_its_gradient(w, mu, u):
    assert theory.gradient_factor(w) == pytest.approx(mu, abs=5e-5)
    assert theory.tolerance(w) == pytest.approx(u, abs=5e-5)
    measured = ltd.memory((w,), lag=20)
    assert measured.gradient[0] == pytest.approx(theory.gradient_factor(w) ** 20, rel=1e-6)
    for disturbance, keeps in ((0.95 * u, True), (1.05 * u, False)):
        state = theory.fixed_point(w)
        for _ in range(3000):
            state = np.tanh(w * state - disturbance)
        assert (state > 0) == keeps


def test_latching_fails_with_the_length_because_of_noise():
    columns = ltd.Latchings.load()
    mean = columns["success"].mean(axis=0)
    assert mean[0] > 0.95 and 0.2 < mean[1] < 0.4 and mean[2] < 0.1
    assert (columns["silent"] > columns["success"][:, 1:] + 0.4).all()
    assert (columns["weight"][:, 0] > 1.4).all() and (columns["weight"][:, 2] < 0.2).all()


def test_a_run_is_determined_by_its_seed():
    runs = [ltd.latching(seed, 6, n_runs=4, n_steps=20) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0].w, runs[1].w)
    assert not np.array_equal(runs[0].w, runs[2].w)


# Figures ----------------------------------------------------------------------------------------------------


def test_figures_draw_their_data():
    ax = ltd.transient().plot().axes[0]
    np.testing.assert_array_equal(ax.lines[2].get_ydata(), ltd.norms([[0.9, 20], [0, 0.5]], 30))
    lags, latchings, gains = ltd.Lags.load(), ltd.Latchings.load(), ltd.Gains.load()
    left, right = lags.plot().axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), np.median(lags["radius 0.8"], axis=0))
    assert len(right.lines) == 6
    memory = ltd.memory()
    np.testing.assert_array_equal(memory.plot().axes[0].lines[0].get_ydata(), memory.gradient)
    share, weight = latchings.plot().axes
    np.testing.assert_array_equal(share.lines[0].get_ydata(), np.median(latchings["success"], axis=0))
    assert weight.get_ylim() == (0, 1.8)
    ax = gains.plot().axes[0]
    everything = np.concatenate(list(itertools.chain(*(x.values() for x in gains.samples.values()))))
    assert ax.get_ylim()[0] < everything.min() and ax.get_ylim()[1] > everything.max()
    assert ax.get_xlabel() and ax.get_ylabel()


# The live figure --------------------------------------------------------------------------------------------


def outputs(**values):
    return live.matrix_powers(live.powers().values | values)


def test_the_live_figure_says_what_the_chapter_says():
    grown = outputs(angle=1)
    assert grown["peak"] == pytest.approx(34.6, abs=0.05) and "34.6 times, at t = 3" in grown["story"]
    assert outputs(angle=10)["peak"] == pytest.approx(3.5, abs=0.05)
    assert outputs(angle=90)["peak"] == 1 and "never grow" in outputs(angle=90)["story"]
    assert outputs(lam1=1.3, lam2=0, angle=1)["norms"][-1] == pytest.approx(3.9e8, rel=0.02)
    assert outputs(lam2=0.9, angle=1)["from_left"] == "none leads"
    assert outputs(jordan=True)["peak"] == pytest.approx(3.9, abs=0.05)
    assert outputs(t=60.0, x=1.0, y=0.3)["from_left"] == "0.0°"
    assert outputs(t=60.0, x=0.0, y=1.0)["from_left"] != "0.0°"  # perpendicular to v1


# Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("W", lambda: ltd.norms([[1.0, 2.0]], 3)),
        ("n_steps", lambda: ltd.norms(np.eye(2), -1)),
        ("lam", lambda: ltd.transient(1.0)),
        ("seed", lambda: ltd.forgetting(-1)),
        ("n_chains", lambda: ltd.chains(0, n_chains=0)),
        ("activation", lambda: ltd.log_gains(0, 8, "tanh")),
        ("width", lambda: theory.log_gain_law(0)),
        ("start", lambda: ltd.log_gradients(0, "diagonal")),
        ("lag", lambda: ltd.log_gradients(0, lag=0)),
        ("w", lambda: theory.fixed_point(1.0)),
        ("w", lambda: theory.tolerance(0.5)),
        ("weights", lambda: ltd.memory(((1.1, 1.2),))),
        ("length", lambda: ltd.latching(0, 2)),
        ("noise", lambda: ltd.latching(0, 10, noise=-0.1)),
        ("learning_rate", lambda: ltd.latching(0, 10, learning_rate=0.0)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
