"""What the chapter on inexact gradients claims, by exact enumeration, closed forms and twenty seeds."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from javascript import Module, scaled_error

from ravine import descent, networks, problems, rules
from ravine.experiments import inexact_gradients as ig
from ravine.experiments.inexact_gradients.digits import NOISE
from ravine.experiments.inexact_gradients.offsets import RECORDED
from ravine.experiments.inexact_gradients.stand_ins import TARGETS
from ravine.live import static
from ravine.live.figures.inexact_gradients import KERNEL, errors
from ravine.theory import inexact_gradients as theory

MACHINES = [
    problems.BoltzmannMachine(3),
    problems.RestrictedBoltzmannMachine(4, 3),
    problems.RestrictedBoltzmannMachine(2, 5),
]
each_machine = pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda m: f"{type(m).__name__}({m.n_visible})"
)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


# Noise and bias ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bias", "sigma", "rate"), [(0.3, 1.0, 0.2), (0.0, 1.0, 1.5), (-0.5, 0.2, 0.05)])
def test_descents_settle_where_the_law_says(bias, sigma, rate):
    J = ig.descend(20, bias=bias, sigma=sigma, learning_rate=rate, n_steps=4000)[:, 2000:].mean(1)
    expected = theory.stationary(bias, sigma, rate)[2]
    assert abs(J.mean() / expected - 1) < 0.01
    assert (abs(J / expected - 1) < 0.04).all()


def test_the_law_scales_with_curvature():
    # In units of x / sqrt(a): curvature 1, a rate a times as large, a gradient sqrt(a) times smaller.
    mean, variance, excess = theory.stationary(0.3, 1.0, 0.05, curvature=4.0)
    scaled = theory.stationary(0.15, 0.5, 0.2)
    assert (2 * mean, 4 * variance, excess) == pytest.approx(scaled)


def test_a_decaying_rate_separates_noise_from_bias():
    descents = ig.descents()
    noise, bias = (descents.J[f"{error}, decaying"][:, -1] for error in ("noise", "bias"))
    assert (noise < 2e-4).all()
    assert ((bias > 0.045) & (bias < 0.046)).all()
    both = ig.descend(power=0.75)[:, 5000:].mean(1)
    assert both.mean() == pytest.approx(0.0462, abs=1e-4) and (abs(both - 0.0461) < 8e-4).all()
    constant = [descents.ends(f"{error}, constant").mean() for error in ("noise", "bias")]
    assert constant == pytest.approx([0.2 / 3.6, 0.045], rel=0.01)


@pytest.mark.parametrize("degrees", [0, 30, 60, 80, 85])
def test_a_turned_gradient_bears_twice_the_cosine(degrees):
    for a in (1.0, 3.0):
        predicted = 2 * np.cos(np.deg2rad(degrees)) / a
        assert ig.largest_stable_rate(degrees, a) == pytest.approx(predicted, abs=5e-3 / a)
    assert ig.largest_stable_rate(90) == ig.largest_stable_rate(120) == 0


def test_a_relative_bias_goes_on_and_an_absolute_one_stops_at_its_length():
    columns = ig.Offsets.load()
    assert (abs(columns["absolute"][:, -1] / 0.1 - 1) < 3e-3).all()
    assert (columns["absolute_used"] < 0.01).all()  # the tilted cost is at rest: g = -b u
    assert (columns["relative"][:, -1] < 0.004).all() and (columns["none"][:, -1] < 0.002).all()
    hundred = columns["relative"][:, np.searchsorted(RECORDED, 100)]
    assert (columns["relative"][:, -1] < hundred / 8).all()


def test_offsets_are_those_of_the_definition():
    true, used = ig.grad_norms(21, share=0.5, length=0.1, n_steps=50)
    assert (abs(used - true) <= 0.5 * true + 0.1).all()
    assert (ig.grad_norms(21, n_steps=5)[0] == ig.grad_norms(21, n_steps=5)[1]).all()
    assert ig.grad_norms(21, n_steps=5)[0][0] == true[0]
    # The first step, by hand: |h|^2 = |g|^2 + 2 s g'u + s^2 with s = |g| / 2 for the same g and u.
    s, along = true[0] / 2, ig.grad_norms(21, length=1.0, n_steps=1)[1][0] ** 2 - true[0] ** 2 - 1
    h = ig.grad_norms(21, share=0.5, n_steps=1)[1][0]
    assert h**2 == pytest.approx(true[0] ** 2 + s * along + s**2)


# Truncation -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [0.5, 0.85, -0.7])
def test_expected_gradients_are_those_of_sampled_sequences(w):
    """A recurrent network's own backpropagation, cut off by hand, against the closed form; thirty seeds."""
    length, n, c = 60, 3, 2.0
    for K in (1, 2, 5, np.inf):
        samples = []
        for seed in range(30):
            x = np.random.default_rng(seed).standard_normal((400, length))
            h = np.zeros((400, length + 1))
            for t in range(length):
                h[:, t + 1] = w * h[:, t] + x[:, t]
            back = length if np.isinf(K) else int(K)
            slope = sum(w**j * h[:, length - 1 - j] for j in range(back))
            samples.append(((h[:, -1] - c * x[:, length - 1 - n]) * slope).mean())
        error = np.mean(samples) - theory.expected_gradient(w, K, c, n)
        assert abs(error) < 4 * np.std(samples) / np.sqrt(30)


def test_untruncated_is_the_gradient_of_the_exact_cost():
    w, d, n, c = np.linspace(-0.9, 0.9, 19), 1e-6, 4, 2.5

    def cost(v):
        return 1 / (2 * (1 - v**2)) - c * v**n + c**2 / 2

    slope = (cost(w + d) - cost(w - d)) / (2 * d)
    np.testing.assert_allclose(theory.expected_gradient(w, np.inf, c, n), slope, atol=1e-7)
    np.testing.assert_allclose(theory.expected_gradient(w, 400, c, n), slope, atol=1e-7)


def test_critical_gains_are_those_of_the_brief():
    found = [theory.least_gain(K) for K in (1, 2, 4, 6, 8, np.inf)]
    assert found == pytest.approx([9.48, 8.23, 6.09, 4.56, 3.55, 3.617], abs=6e-3)
    for K, gain in zip((1, 4, 8, np.inf), (found[0], found[2], found[4], found[5]), strict=True):
        assert theory.solutions(K, 1.001 * gain) and theory.solutions(K, 0.999 * gain) is None


def test_truncation_destroys_the_solution():
    truncation = ig.Truncation.load()
    for K in (1.0, 2.0, 4.0):
        assert (abs(truncation.ends(K)) < 0.1).all()
    for K in (8.0, np.inf):
        assert abs(truncation.ends(K) - theory.solutions(K)[1]).max() < 2e-3
    assert (truncation.ends(8.0) > truncation.ends(np.inf)).all()
    assert abs(truncation["taught"] - 0.9).max() < 1e-4


def test_a_seed_that_nobody_has_looked_at():
    assert abs(ig.train(99, 2, n_steps=15_000)) < 0.2
    assert ig.train(99, np.inf, n_steps=15_000) == pytest.approx(0.8929, abs=3e-3)


# Clipping and signs -----------------------------------------------------------------------------------------


def test_clipped_descent_settles_at_a_third_of_the_threshold():
    clipping = ig.Clipping.load()
    for c in (0.1, 0.5, 1.0, 2.0, 4.0):
        ends = clipping.at(c)
        assert abs(ends - theory.clipped_solution(c)).max() < 0.006
    assert 0.96 < clipping.at(3.0).mean() < 0.99


def test_signs_climb_to_the_worst_place():
    columns = ig.Clipping.load()
    assert (columns["sign"] > 0.98).all() and (columns["gradient"] < -0.7).all()


def test_one_peak_is_harmless_and_two_are_not():
    x = np.linspace(-2, 2, 41)
    normal = np.random.default_rng(8).standard_normal((100_000, 1))
    for noise, harmless in ((normal, True), (np.array([[3.0], [-3.0]]), False)):
        noise = np.concatenate([noise, -noise])
        clipped, signs = np.clip(x + noise, -1, 1).mean(0), np.sign(x + noise).mean(0)
        for mean in (clipped, signs):
            found = np.sign(mean.round(12)) == np.sign(x.round(12)) if harmless else abs(mean) < 1e-12
            assert found.all()


def test_carried_errors_cure_while_the_mean_gradient_is_shorter_than_the_step():
    signs = [ig.descend_by_sign(seed, carry=True)["sign"] for seed in range(20)]
    assert max(x[1000:].mean() for x in signs) < -0.8
    for seed in range(20):
        # Before a wall is met, each sign is that of all that is owed.
        paths = ig.descend_by_sign(seed, n_steps=40, carry=True)
        g, signs = (-np.diff(paths[name]).round(9) / 0.01 for name in ("gradient", "sign"))
        owed = (np.cumsum(g) - np.cumsum(signs) + signs).round(6)
        np.testing.assert_allclose(signs, np.sign(owed), atol=1e-6)
    loose, tight = (ig.descend_clipped(range(20), c, carry=True) for c in (1.0, 0.1))
    for x in (loose, tight):
        np.testing.assert_allclose(x[:, 5000:].mean(1), 1, atol=0.01)
    assert (loose.max(1) < 1.1).all() and (tight.max(1) > 1.65).all()


def test_seeds_of_clipped_descents_do_not_mix():
    both = ig.descend_clipped([3, 7], 0.5, n_steps=50, carry=True)
    np.testing.assert_array_equal(both[1], ig.descend_clipped([7], 0.5, n_steps=50, carry=True)[0])


# Boltzmann machines -----------------------------------------------------------------------------------------


@each_machine
def test_kernels_are_chains_with_the_machine_as_their_rest(machine):
    theta = np.random.default_rng(1).standard_normal((3, machine.n))
    p = np.exp(machine.log_p(theta))
    np.testing.assert_allclose(p.sum(-1), 1)
    sites = machine.site_kernels(theta)
    for kernel in (machine.kernel(theta), *np.moveaxis(sites, -3, 0)):
        np.testing.assert_allclose(kernel.sum(-1), 1, atol=1e-14)
        assert (kernel >= 0).all()
        np.testing.assert_allclose((p[:, None] @ kernel)[:, 0], p, atol=1e-14)


def test_the_restricted_machine_is_its_energy_summed_over_hidden_states():
    machine = problems.RestrictedBoltzmannMachine(3, 2)
    theta = np.random.default_rng(2).standard_normal(machine.n)
    W, b, c = theta[:6].reshape(3, 2), theta[6:9], theta[9:]
    H = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    weight = np.exp(machine.V @ W @ H.T + (machine.V @ b)[:, None] + H @ c)
    np.testing.assert_allclose(np.exp(machine.log_p(theta)), weight.sum(1) / weight.sum())
    up = weight / weight.sum(1, keepdims=True)
    down = weight.T / weight.sum(0)[:, None]
    np.testing.assert_allclose(machine.kernel(theta), up @ down)


@each_machine
def test_gradients_are_those_of_their_costs(machine):
    rng = np.random.default_rng(3)
    theta, p = rng.standard_normal(machine.n), rng.dirichlet(np.ones(len(machine.V)))

    def pseudo(x):
        log_p = machine.log_p(x)
        return (p[:, None] * np.logaddexp(0, log_p[machine.flips] - log_p[:, None])).sum()

    for cost, gradient in (
        (lambda x: float(theory.divergence(machine, x, p)), theory.exact_gradient),
        (pseudo, theory.pseudo_gradient),
    ):
        slope = [(cost(theta + d) - cost(theta - d)) / 2e-5 for d in 1e-5 * np.eye(machine.n)]
        np.testing.assert_allclose(gradient(machine, theta, p), slope, atol=1e-8)


@each_machine
def test_one_random_bit_of_contrastive_divergence_is_the_pseudo_likelihood(machine):
    rng = np.random.default_rng(4)
    theta, p = rng.standard_normal(machine.n), rng.dirichlet(np.ones(len(machine.V)))
    moved = p @ machine.site_kernels(theta).sum(0) - machine.n_visible * p
    np.testing.assert_allclose(
        moved @ machine.statistics(theta), theory.pseudo_gradient(machine, theta, p), atol=1e-13
    )


@each_machine
def test_contrastive_divergence_becomes_exact(machine):
    rng = np.random.default_rng(5)
    theta, p = 0.5 * rng.standard_normal(machine.n), rng.dirichlet(np.ones(len(machine.V)))
    assert not theory.contrastive_divergence(machine, theta, p, 0).any()
    np.testing.assert_allclose(
        theory.contrastive_divergence(machine, theta, p, 200),
        theory.exact_gradient(machine, theta, p),
        atol=1e-12,
    )
    own = np.exp(machine.log_p(theta))
    np.testing.assert_allclose(theory.contrastive_divergence(machine, theta, own, 1), 0, atol=1e-14)


def test_sampled_chains_agree_with_the_enumeration():
    """Contrastive divergence as it is practised, with hidden and visible bits drawn."""
    machine, theta, p = ig.random_case(3, 1.0)
    W, b, c = theta[:12].reshape(4, 3), theta[12:16], theta[16:]
    rng, n = np.random.default_rng(0), 200_000
    v = machine.V[rng.choice(16, size=n, p=p)]

    def hidden(v):
        return 1 / (1 + np.exp(-(v @ W + c)))

    h = rng.random((n, 3)) < hidden(v)
    again = (rng.random((n, 4)) < 1 / (1 + np.exp(-(h @ W.T + b)))).astype(float)
    pairs = (again.T @ hidden(again) - v.T @ hidden(v)) / n
    np.testing.assert_allclose(
        theory.contrastive_divergence(machine, theta, p, 1)[:12], pairs.ravel(), atol=6e-3
    )


def test_bias_grows_with_the_parameters_and_signs_are_mostly_right():
    cd = ig.ContrastiveDivergence.load()
    bias = [np.median(cd.at("bias_1", scale)) for scale in ig.SCALES]
    assert bias == sorted(bias) and bias[0] < 0.1 and bias[-1] > 0.3
    signs = [cd.at("sign", scale).mean() for scale in ig.SCALES]
    assert signs == sorted(signs, reverse=True) and signs[0] > 0.98 and 0.88 < signs[-1] < 0.95
    assert np.median(cd["cosine"], axis=0)[-1] > 0.95 and cd["cosine"].min() < 0.3
    assert np.median(cd["decay"]) == pytest.approx(1, abs=2e-3)
    assert (abs(cd["decay"] - 1) < 0.01).mean() > 0.9
    assert (cd["curl"] > 0.01).all()


def test_exact_gradients_and_single_bits_have_no_curl():
    for seed in range(20):
        machine, theta, p = ig.random_case(seed, 1.0)
        for gradient in (theory.exact_gradient, theory.pseudo_gradient):
            assert ig.curl(lambda x, f=gradient, m=machine, q=p: f(m, x, q), theta) < 1e-7


def test_stand_ins_end_above_the_optimum_unless_the_machine_is_right():
    ends = ig.StandIns.load()
    for target in ("even", "uneven"):
        medians = [np.median(ends.extra(target, end)) for end in ig.ENDS]
        assert medians[3] > medians[0] > medians[1] > medians[2]
        for end in ig.ENDS:
            assert (ends.extra(target, end) > -1e-12).all()
    assert max(abs(ends.extra("own", end)).max() for end in ig.ENDS) < 1e-12
    wins = (ends.extra("uneven", "CD-1") < ends.extra("uneven", "pseudo-likelihood")).sum()
    assert 12 <= wins < 20
    assert (ends.extra("even", "CD-1") < ends.extra("even", "pseudo-likelihood")).all()


def test_fixed_points_of_contrastive_divergence_attract():
    """Newton's method could stop at a zero that repels a descent; these do not."""
    machine = problems.BoltzmannMachine(4)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for concentration in TARGETS.values():
            p = rng.dirichlet(np.full(16, concentration))

            def field(theta, p=p):
                return theory.contrastive_divergence(machine, theta, p, 1)

            found = ig.fixed_point(field, np.zeros(machine.n))
            assert np.linalg.eigvals(ig.jacobian(field, found)).real.min() > 0


def test_descent_finds_the_fixed_point():
    machine, p = problems.BoltzmannMachine(4), np.random.default_rng(1).dirichlet(np.ones(16))

    class Field:
        n = machine.n

        def value(self, theta):
            return theory.divergence(machine, theta, p)

        def grad(self, theta):
            return theory.contrastive_divergence(machine, theta, p, 1)

    found = ig.fixed_point(Field().grad, np.zeros(machine.n))
    run = descent.minimise(Field(), rules.momentum(0.5, 0.9), np.zeros(machine.n), n_steps=5000, tol=1e-10)
    assert run.status == "converged"
    np.testing.assert_allclose(run.theta[-1], found, atol=1e-6)


def test_a_field_without_a_zero_is_named():
    with pytest.raises(ArithmeticError, match="no zero"):
        ig.fixed_point(lambda theta: theta**2 + 1, np.array([0.3]))


# The network ------------------------------------------------------------------------------------------------


def test_clipped_means_are_those_of_the_definition():
    model, rng = networks.MLP((4, 3, 2), "tanh"), np.random.default_rng(6)
    theta, X, y = model.init(rng), rng.standard_normal((7, 4)), rng.integers(2, size=7)
    grads = model.per_example_grads(theta, X, y)
    np.testing.assert_allclose(ig.clipped_mean(grads, np.inf), model.grad(theta, X, y), atol=1e-15)
    c = float(np.median(np.linalg.norm(grads, axis=-1)))
    by_hand = sum(g * min(1, c / np.linalg.norm(g)) for g in grads) / 7
    np.testing.assert_allclose(ig.clipped_mean(grads, c), by_hand, atol=1e-15)


def test_labels_are_replaced_by_other_ones():
    y = np.arange(10_000) % 10
    noisy = ig.relabel(y, 0.3, np.random.default_rng(7))
    assert abs((noisy != y).mean() - 0.3) < 0.02
    assert (ig.relabel(y, 1.0, np.random.default_rng(7)) != y).all()


def test_clipping_leads_a_network_elsewhere():
    digits = ig.Fits.load()
    assert (digits.at("J", 0.1) > 1.5 * digits.at("J", np.inf)).all()
    assert (digits.at("grad_norm", 0.1) > 10 * digits.at("clipped_norm", 0.1)).all()
    assert (digits.at("confidence", 0.1) > 1 - NOISE + 0.1).all()
    assert (digits.at("confidence", np.inf) < 1 - NOISE).all()
    assert (digits.at("right", 0.1) > digits.at("right", np.inf)).sum() >= 19
    tight, none = digits["clean_right"].T
    assert (tight < none).sum() >= 19
    cost, least = digits["clean_J"].T
    assert (cost > 1.5 * least).all()


# Figures ----------------------------------------------------------------------------------------------------


def test_figures_show_their_data():
    descents = ig.descents(n_seeds=2, n_steps=100)
    truncation, clipping = ig.Truncation.load(), ig.Clipping.load()
    left, right = descents.plot().axes
    assert left.lines[0].get_ydata()[-1] == np.median(descents.J["noise, constant"][:, -1])
    assert right.get_xscale() == right.get_yscale() == "log"
    _, ends = truncation.plot().axes
    np.testing.assert_array_equal(ends.lines[-1].get_ydata(), truncation.ends(np.inf))
    left, _ = clipping.plot(n_paths=1).axes
    np.testing.assert_array_equal(left.lines[1].get_ydata(), np.median(clipping["mean"], axis=0))
    for figure in (ig.ContrastiveDivergence.load().plot(), ig.Fits.load().plot()):
        for ax in figure.axes:
            assert ax.get_xlabel() and ax.get_ylabel()
    [ax] = ig.Offsets.load().plot().axes
    np.testing.assert_array_equal(ax.lines[2].get_ydata(), np.median(ig.Offsets.load()["absolute"], axis=0))
    [ax] = ig.StandIns.load().plot().axes
    assert [label.get_text() for label in ax.get_xticklabels()] == list(ig.ENDS)


# The live figure --------------------------------------------------------------------------------------------


def test_the_kernel_is_the_experiment():
    outputs = errors().compute({"power": 0.0, "sigma": 0.0, "bias": 0.3})
    expected = ig.descend(1, bias=0.3, sigma=0.0, n_steps=1000, n_walkers=1)[0, 1:]
    np.testing.assert_allclose(outputs["biased_J"], expected, rtol=1e-12)
    np.testing.assert_allclose(outputs["biased_theory"], expected, rtol=1e-12)


def test_theory_and_descents_agree_without_clipping():
    for power in (0.0, 0.5):
        outputs = errors().compute({"power": power})
        for key in ("fair", "biased"):
            ratio = outputs[f"{key}_J"] / outputs[f"{key}_theory"]
            assert abs(ratio.mean() - 1) < 0.1 and 0.5 < ratio.min() < ratio.max() < 2
    assert outputs["fair_J"][-1] < 0.1 * outputs["biased_J"][-1]
    assert errors().compute({"power": 0.0})["adds"] == pytest.approx(theory.stationary(0.0, 1.0, 0.2)[2])


def test_clipping_moves_the_balance_of_lopsided_noise_alone():
    common = {"bias": 0.0, "power": 0.3, "threshold": 1.0, "sigma": 1.0}
    lopsided = errors().compute({**common, "noise": "lopsided"})
    # The chapter's z in units of its standard deviation, the square root of 3.
    assert 1 + np.sqrt(3) * lopsided["fair_rest"] == pytest.approx(float(theory.clipped_solution(np.sqrt(3))))
    assert lopsided["fair_mean"] == pytest.approx(lopsided["fair_rest"], abs=0.03)
    normal = errors().compute({**common, "noise": "gaussian"})
    assert normal["fair_rest"] == 0 and abs(normal["fair_mean"]) < 0.05


def test_extremes_are_named_and_finite():
    outputs = errors().compute({"rate": 2.0, "power": 0.0, "sigma": 2.0, "bias": 1.0})
    assert outputs["verdict"].startswith("never settles") and outputs["adds"] == np.inf
    assert np.isfinite(outputs["biased_J"]).all() and outputs["top"] > outputs["biased_J"].max()
    outputs = errors().compute({"rate": 0.01, "power": 1.0})
    assert outputs["biased_mean"] < -2.5


def test_what_the_page_says_to_try_is_so():
    arrived = errors().compute({"rate": 1.0, "power": 1.0})
    assert arrived["fair_J"][-1] < 6e-4 and 0.044 < arrived["biased_J"][-1] < 0.046
    tried = ({}, {"power": 0.0}, {"power": 1.0}, {"power": 0.0, "rate": 0.05}, {"power": 0.0, "rate": 2.0})
    assert all(errors().compute(values)["fair_J"][-1] > arrived["fair_J"][-1] for values in tried)
    assert errors().compute({"power": 1.0})["fair_J"][-1] > 0.2
    lopsided = errors().compute({"noise": "lopsided", "threshold": 1.0})
    for key, floor in (("fair", 0.0298), ("biased", 0.148)):
        assert lopsided[f"{key}_floor"] == pytest.approx(floor, abs=1e-4)
        assert lopsided[f"{key}_J"][-1] == pytest.approx(floor, abs=4e-3)
    assert str(errors().compute({})["fair_mean"]) == "0.0"


def test_javascript_draws_the_noise_that_python_draws():
    module = Module(static.bundle() + Path(KERNEL).read_text(encoding="utf-8"))
    for kind, mean in (("gaussian", 0.0), ("lopsided", 0.0)):
        xi = np.array(module.get(f"Array.from(draw(5, {kind!r}, random))"))
        assert xi.mean() == pytest.approx(mean, abs=0.01) and xi.std() == pytest.approx(1, abs=0.01)
    values = errors().defaults | {"seed": 5, "t": 1.0}
    found = module.get(f"compute({_js(values)}, {{ random }}).biased_x")
    assert scaled_error(found, errors().compute({"seed": 5, "t": 1.0})["biased_x"]) <= 1e-12


def _js(values):
    return "{" + ", ".join(f"{k}: {v!r}" for k, v in values.items()) + "}"


# Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("bias", lambda: theory.stationary(float("nan"), 1.0, 0.2)),
        ("sigma", lambda: theory.stationary(0.0, -1.0, 0.2)),
        ("learning_rate", lambda: theory.stationary(0.0, 1.0, 2.0)),
        ("curvature", lambda: theory.stationary(0.0, 1.0, 0.2, 0.0)),
        ("n_seeds", lambda: ig.descend(0)),
        ("power", lambda: ig.descend(1, power=-1.0)),
        ("n_walkers", lambda: ig.descend(1, n_walkers=0)),
        ("degrees", lambda: ig.largest_stable_rate(float("inf"))),
        ("w", lambda: theory.expected_gradient(1.0, 3)),
        ("horizon", lambda: theory.expected_gradient(0.5, 0)),
        ("horizon", lambda: theory.expected_gradient(0.5, 2.5)),
        ("horizon", lambda: theory.expected_gradient(0.5, float("nan"))),
        ("lag", lambda: theory.least_gain(3, 2)),
        ("start", lambda: ig.train(0, 1, start=1.0)),
        ("threshold", lambda: theory.clipped_solution(0.0)),
        ("threshold", lambda: ig.descend_clipped([0], -1.0)),
        ("seeds", lambda: ig.descend_clipped([], 1.0)),
        ("seeds", lambda: ig.descend_clipped([-1], 1.0)),
        ("n_steps", lambda: ig.descend_by_sign(0, n_steps=0)),
        ("n_visible", lambda: problems.BoltzmannMachine(0)),
        ("n_hidden", lambda: problems.RestrictedBoltzmannMachine(2, 0)),
        ("theta", lambda: problems.BoltzmannMachine(2).log_p(np.zeros(4))),
        ("p", lambda: theory.divergence(problems.BoltzmannMachine(1), np.zeros(1), np.array([0.5, 0.6]))),
        ("p", lambda: theory.divergence(problems.BoltzmannMachine(1), np.zeros(1), np.array([1.5, -0.5]))),
        (
            "n_gibbs",
            lambda: theory.contrastive_divergence(
                problems.BoltzmannMachine(1), np.zeros(1), np.ones(2) / 2, -1
            ),
        ),
        ("scale", lambda: ig.random_case(0, 0.0)),
        ("share", lambda: ig.grad_norms(0, share=-0.1)),
        ("length", lambda: ig.grad_norms(0, length=float("nan"))),
        ("n_steps", lambda: ig.grad_norms(0, n_steps=0)),
        ("share", lambda: ig.relabel(np.zeros(3, dtype=int), 1.5, np.random.default_rng(0))),
        ("threshold", lambda: ig.fit(0, 0.0)),
        ("n_steps", lambda: ig.fit(0, 1.0, n_steps=0)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
