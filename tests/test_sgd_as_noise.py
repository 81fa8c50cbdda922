"""The chapter on SGD as noise: closed forms derived again, claims on whole files, what figures show."""

import itertools

import numpy as np
import pytest
import sympy as sp
from scipy import special

from ravine import noise, plotting
from ravine.experiments import sgd_as_noise as sn
from ravine.theory import sgd_as_noise as theory


@pytest.fixture(autouse=True)
def figures_are_closed():
    """Leave no figure open for the tests that follow."""
    yield
    plotting.plt.close("all")


x, y, p, r, t, T, nu = sp.symbols("x y p r t T nu", positive=True)


def double(z):
    return z - z**3


def uneven(z):
    return np.sqrt(1.3 + 0.3 * np.tanh(np.asarray(z) / 0.3))


# The closed forms, derived by sympy -------------------------------------------------------------------------


def test_lemma_1_on_a_quadratic_and_its_constant():
    a, D, L = sp.symbols("a D L", real=True)
    m = sp.Function("m")
    solved = sp.dsolve(sp.Eq(m(t).diff(t), -2 * a * m(t) + nu * D), m(t), ics={m(0): 0}).rhs
    for values in ((1.3, 0.1, 2.0, 0.7), (-0.8, 0.02, 3.0, 1.0)):
        given = dict(zip((a, nu, t, D), values, strict=True))
        assert theory.perturbation_error(*values) == pytest.approx(float(solved.subs(given)))
    # The other way round, d/dt E|delta|^2 <= 2 L E|delta|^2 + nu M, is attained where the curvature is -L.
    bound = solved.subs(a, -L)
    assert theory.perturbation_bound(1.2, 0.7, 0.1, 3.0) == pytest.approx(
        float(bound.subs({L: 1.2, D: 0.7, nu: 0.1, t: 3.0}))
    )
    for curvature in (-1.2, -0.3, 0.0, 0.5):
        assert theory.perturbation_error(curvature, 0.1, 3.0, 0.7) <= theory.perturbation_bound(
            1.2, 0.7, 0.1, 3.0
        ) * (1 + 1e-12)
    grid = np.array([1e-9, 0.0, -1e-9])
    np.testing.assert_allclose(theory.perturbation_error(grid, 0.1, 3.0), 0.3, rtol=1e-8)


def test_on_a_line_the_density_has_a_factor_1_over_D():
    """No current, and Hamilton and Jacobi's equation, for any f and D."""
    f, D, phi = sp.Function("f")(x), sp.Function("D")(x), sp.Function("phi")(x)
    rho = sp.exp(-phi / nu) / D
    current = -f.diff(x) * rho - nu / 2 * (D * rho).diff(x)
    slope = {phi.diff(x): 2 * f.diff(x) / D}
    assert sp.simplify(current.doit().subs(slope)) == 0
    without = sp.exp(-phi / nu)
    lost = (-f.diff(x) * without - nu / 2 * (D * without).diff(x)).doit().subs(slope)
    assert sp.simplify(lost / without + nu / 2 * D.diff(x)) == 0, "what the factor is for"
    assert sp.simplify((D * phi.diff(x) ** 2 / 2 - f.diff(x) * phi.diff(x)).subs(slope)) == 0


def test_isotropic_noise_has_the_quasi_potential_2_f_over_d():
    """Fokker and Planck's equation in two dimensions, for any f."""
    f, d = sp.Function("f")(x, y), sp.Symbol("d", positive=True)
    phi = 2 * f / d
    rho = sp.exp(-phi / nu)
    change = sum((f.diff(z) * rho + nu * d / 2 * rho.diff(z)).diff(z) for z in (x, y))
    assert sp.simplify(change) == 0
    gradient = sp.Matrix([f.diff(x), f.diff(y)])
    climb = sp.Matrix([phi.diff(x), phi.diff(y)])
    assert sp.simplify((d * climb.dot(climb) / 2) - gradient.dot(climb)) == 0


def test_linear_drifts_have_a_quadratic_quasi_potential():
    """Whatever A and P, with D = A P + P A'."""
    A = sp.Matrix(2, 2, sp.symbols("a:4", real=True))
    u, v, w = sp.symbols("u v w", real=True)
    P, z = sp.Matrix([[u, v], [v, w]]), sp.Matrix([x, y])
    D = A * P + P * A.T
    climb = P.inv() * z
    assert sp.simplify((climb.T * D * climb)[0] / 2 - (climb.T * A * z)[0]) == 0
    # The stationary law: div(A x rho + nu / 2 D grad rho) = 0 for rho = exp(-x P^-1 x / 2 nu).
    rho = sp.exp(-(z.T * P.inv() * z)[0] / (2 * nu))
    flow = A * z * rho + nu / 2 * D * sp.Matrix([rho.diff(x), rho.diff(y)])
    assert sp.simplify((flow[0].diff(x) + flow[1].diff(y)) / rho) == 0


def test_kramers_is_two_gaussian_integrals():
    fa, fs, Da, Ds = sp.symbols("f_a f_s D_a D_s", positive=True)
    top = sp.integrate(sp.exp(-fs / Ds * sp.Symbol("x") ** 2 / nu), (sp.Symbol("x"), -sp.oo, sp.oo))
    bottom = sp.integrate(sp.exp(-fa / Da * sp.Symbol("x") ** 2 / nu), (sp.Symbol("x"), -sp.oo, sp.oo)) / Da
    tau = 2 / nu * top * bottom
    assert sp.simplify(tau - 2 * sp.pi * sp.sqrt(Ds / Da) / sp.sqrt(fs * fa)) == 0
    for eps, close in ((0.05, 0.06), (0.01, 0.012)):
        exact = noise.mean_exit_time_1d(double, uneven, -1.0, eps, (-2.5, 1.0), reflecting="low")
        barrier = float(noise.quasi_potential_1d(double, uneven, 0.0, -1.0))
        found = theory.kramers_time(barrier, eps, 2.0, 1.0, float(uneven(-1) ** 2), float(uneven(0) ** 2))
        assert found / exact == pytest.approx(1, abs=close)


def test_where_the_noise_jumps_at_the_pass_its_roots_are_averaged():
    """Noise 1 on the left and d on the right of the pass, against the double integral."""
    for d in (0.4, 1.6):
        effective = ((1 + np.sqrt(d)) / 2) ** 2
        errors = []
        for eps in (0.05, 0.025):
            exact = noise.mean_exit_time_1d(
                double,
                lambda z, d=d: np.where(np.asarray(z) < 0, 1.0, np.sqrt(d)),
                -1.0,
                eps,
                (-2.5, 0.8),
                reflecting="low",
                breaks=[0.0],
            )
            found = theory.kramers_time(0.5, eps, 2.0, 1.0, 1.0, effective)
            errors.append(abs(found / exact - 1))
        assert errors[1] < 0.03 and errors[1] < errors[0]
        for wrong in (1.0, d):
            assert abs(theory.kramers_time(0.5, eps, 2.0, 1.0, 1.0, wrong) / exact - 1) > 0.08


def test_kramers_numbers_are_eight_in_a_hundred_low():
    eps = np.array([0.2, 0.15, 0.125, 0.1])
    exact = [noise.mean_exit_time_1d(double, 1.0, -1.0, e, (-4.0, 0.5), reflecting="low") for e in eps]
    found = theory.kramers_time(0.5, eps, 2.0, 1.0)
    np.testing.assert_allclose(exact, [58.88, 136.08, 263.70, 709.48], atol=5e-3)
    np.testing.assert_allclose(found, [54.13, 124.54, 242.57, 659.38], atol=5e-3)
    assert ((found / exact > 0.91) & (found / exact < 0.935)).all()


def test_the_disk():
    """Nu / 2 (u'' + u' / r) - r u' = -1, level at the centre, 0 on the rim."""
    R = sp.Symbol("R", positive=True)
    u = (sp.Ei(R**2 / nu) - sp.log(R**2 / nu) - sp.Ei(r**2 / nu) + sp.log(r**2 / nu)) / 2
    assert sp.simplify(nu / 2 * (u.diff(r, 2) + u.diff(r) / r) - r * u.diff(r) + 1) == 0
    assert sp.limit(u.diff(r), r, 0) == 0 and u.subs(r, R) == 0
    eps = np.array([0.01, 0.2, 1.0, 50.0])
    z = 1.21 / eps
    np.testing.assert_allclose(
        theory.disk_exit_time(1.1, eps), (special.expi(z) - np.euler_gamma - np.log(z)) / 2, rtol=1e-12
    )
    inner = 0.25 / eps
    np.testing.assert_allclose(
        theory.disk_exit_time(1.1, eps, 0.5),
        (special.expi(z) - np.log(z) - special.expi(inner) + np.log(inner)) / 2,
        rtol=1e-11,
    )
    assert theory.disk_exit_time(1.0, 0.2, 1.0) == 0


def test_two_point_noise():
    """H = ln E exp(-p g), and the root of H other than 0."""
    slope, s = sp.symbols("g s", positive=True)
    H = sp.log((sp.exp(-p * (slope + s)) + sp.exp(-p * (slope - s))) / 2)
    for values in ((0.2, 1.5, 0.5), (-0.3, 2.0, 0.8), (0.1, -900.0, 0.4)):
        exact = H.subs(dict(zip((slope, p, s), map(sp.Rational, map(str, values)), strict=True))).evalf(30)
        assert theory.two_point_hamiltonian(*values) == pytest.approx(float(exact), rel=1e-12)
    # phi' = 2 f' / s^2 + 4 f'^3 / 3 s^4: with it ln cosh(s p) - f' p vanishes to the fifth order in f'.
    root = 2 * slope / s**2 + sp.Rational(4, 3) * slope**3 / s**4
    left = sp.series(sp.log(sp.cosh(s * p)) - slope * p, p, 0, 6).removeO().subs(p, root)
    assert sp.expand(sp.series(sp.expand(left), slope, 0, 6).removeO()) == 0
    small = float(root.subs({slope: 0.01, s: 0.5}))
    np.testing.assert_allclose(theory.two_point_momentum([0.01, -0.01], 0.5), [small, -small], rtol=1e-6)
    g = np.linspace(-0.499, 0.499, 101)
    found = theory.two_point_momentum(g, 0.5)
    np.testing.assert_allclose(theory.two_point_hamiltonian(g, found, 0.5), 0, atol=1e-11)
    assert (np.abs(found) >= 2 * np.abs(g) / 0.25 - 1e-12).all() and (found * g >= 0).all()
    assert np.isinf(theory.two_point_momentum([0.5, -0.6], 0.5)).all()


def test_the_diffusion_has_the_wrong_exponent():
    def slope(z):
        return z**3 - z

    told = {0.5: 3.0439, 0.8: 0.8804}
    for s, barrier in told.items():
        assert theory.two_point_barrier(slope, s, -1.0, 0.0) == pytest.approx(barrier, abs=5e-5)
        assert theory.two_point_barrier(slope, s, 1.0, 0.0) == pytest.approx(barrier, abs=5e-5)
        assert barrier > 2 * 0.25 / s**2
    assert theory.two_point_barrier(slope, 0.8, -1.0, 0.0, 4) == pytest.approx(4 * 0.8804, abs=2e-4)
    assert np.isinf(theory.two_point_barrier(slope, 0.38, -1.0, 0.0))  # below max f' = .3849
    assert np.isfinite(theory.two_point_barrier(slope, 0.39, -1.0, 0.0))
    # Large noise: the Gaussian's.
    assert theory.two_point_barrier(slope, 5.0, -1.0, 0.0) == pytest.approx(2 * 0.25 / 25, rel=0.01)


@pytest.mark.parametrize("a", [[0.2, 3.8], [1.0, 2.0], [0.5, 0.5], [0.1, 1.0, 3.0, 3.1], [0.3, 2.0, 2.0]])
def test_stability_limits(a):
    limits = theory.stability_limits(a)
    a = np.array(a)
    h = sp.Symbol("h", positive=True)
    mean_square = sp.solve(sum((1 - h * sp.nsimplify(z)) ** 2 for z in a) / len(a) - 1, h)
    assert limits["mean square"] == pytest.approx(float(mean_square[-1]))
    assert limits["mean"] == pytest.approx(2 / a.mean())
    rate = limits["almost surely"]
    assert theory.growth_exponent(rate, a) == pytest.approx(0, abs=1e-9)
    assert theory.growth_exponent(rate * (1 + 1e-6), a) > 0 > theory.growth_exponent(rate * (1 - 1e-6), a)
    # No rate below it leaves: a fine scan.
    assert all(theory.growth_exponent(z, a) < 1e-9 for z in np.linspace(1e-6, rate, 20_001))
    assert limits["mean square"] <= rate + 1e-12 and limits["mean square"] <= limits["mean"] + 1e-12


def test_stability_limits_of_two_are_roots_of_a_quadratic():
    """|1 - h a| |1 - h b| = 1 is (1 - h a)(1 - h b) = -1, if it has a root, or else +1."""
    a, b = sp.Rational(1, 5), sp.Rational(19, 5)
    h = sp.Symbol("h", positive=True)
    roots = sorted(sp.solve((1 - h * a) * (1 - h * b) + 1, h))
    assert theory.stability_limits([0.2, 3.8])["almost surely"] == pytest.approx(float(roots[0]))
    assert theory.stability_limits([1.0, 2.0])["almost surely"] == pytest.approx(1.5)  # (a + b) / a b
    assert np.isneginf(theory.growth_exponent(0.5, [2.0, 1.0]))
    # Two real roots need a ratio of more than 3 + 2 sqrt 2; between them runs leave, beyond they come home.
    turn = 3 + 2 * np.sqrt(2)
    for large in (turn * (1 + 1e-6), 7.0, 19.0):
        low, high = np.sort(np.roots([large, -(1 + large), 2]).real)
        assert theory.stability_limits([1.0, large])["almost surely"] == pytest.approx(low, rel=1e-5)
        assert theory.growth_exponent((low + high) / 2, [1.0, large]) > 0
        assert theory.growth_exponent(high + 1e-4 * (1 + 1 / large - high), [1.0, large]) < 0
    for large in (2.0, turn * (1 - 1e-6)):
        assert np.iscomplex(np.roots([large, -(1 + large), 2])).all()
        assert theory.stability_limits([1.0, large])["almost surely"] == pytest.approx(1 + 1 / large)


def test_least_action_of_the_linear_drift():
    """Paths are a e^t + b e^-t; only from the attractor is the least over all T the limit."""
    x0, grow, decay = sp.symbols("x_0 A B", real=True)
    path = grow * sp.exp(t) + decay * sp.exp(-t)
    L = (path.diff(t) + path) ** 2 / 2
    assert sp.simplify(path.diff(t, 2) - path) == 0  # psi'' = psi
    ends = sp.solve([path.subs(t, 0) - x0, path.subs(t, T) - x], [grow, decay])
    S = sp.integrate(sp.simplify(L), (t, 0, T)).subs(ends)
    target = (x - x0 * sp.exp(-T)) ** 2 / (1 - sp.exp(-2 * T))
    assert sp.simplify(S - target) == 0
    assert sp.limit(target, T, sp.oo) == x**2
    for values in ((2.0, 1.0, 0.5), (-1.0, 0.3, 4.0)):
        given = dict(zip((x0, x, T), values, strict=True))
        assert theory.ou_action(*values) == pytest.approx(float(target.subs(given)))
    times = np.geomspace(1e-4, 60, 200_001)
    for start, end in ((2.0, 1.0), (2.0, 3.0), (2.0, -1.0), (-2.0, -2.5), (0.0, 1.5), (1.0, 1.0)):
        least = theory.ou_action(start, end, times, curvature=1.3, D=0.7).min()
        assert theory.ou_least_action(start, end, 1.3, 0.7) == pytest.approx(least, abs=2e-4)
        limit = theory.ou_action(start, end, np.inf, 1.3, 0.7)
        assert limit == pytest.approx(1.3 * end**2 / 0.7)
        assert (abs(least - limit) < 1e-6) == (start == 0 or start * end < 0)


def test_where_sgd_hovers_on_least_squares_by_all_batches():
    rng = np.random.default_rng(0)
    X, y_ = rng.standard_normal((4, 2)), rng.standard_normal(4)
    w = np.linalg.lstsq(X, y_, rcond=None)[0]
    for rate, B in ((0.1, 1), (0.3, 2)):
        P = np.zeros((2, 2))
        batches = [list(batch) for batch in itertools.product(range(4), repeat=B)]
        for _ in range(3000):
            new = np.zeros((2, 2))
            for batch in batches:
                step = np.eye(2) - rate * X[batch].T @ X[batch] / B
                kick = rate * X[batch].T @ (X[batch] @ w - y_[batch]) / B
                new += step @ P @ step.T + np.outer(kick, kick)
            if np.abs(new / len(batches) - P).max() < 1e-15:
                break
            P = new / len(batches)
        found = theory.least_squares_excess(X, y_, rate, B)
        H = X.T @ X / 4
        assert found["exact"] == pytest.approx((H * P).sum() / 2, rel=1e-9)
        C = (X.T * (X @ w - y_) ** 2) @ X / 4
        lyapunov = noise.lyapunov(H, C)
        assert found["diffusion"] == pytest.approx(rate / B * (H * lyapunov).sum() / 2, rel=1e-12)
        assert found["exact"] > found["diffusion"]
    tiny = theory.least_squares_excess(X, y_, 1e-5)
    assert tiny["exact"] == pytest.approx(tiny["diffusion"], rel=1e-3)
    assert np.isinf(theory.least_squares_excess(X, y_, 3.0)["exact"])


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("curvature", lambda: theory.perturbation_error(np.nan, 0.1, 1.0)),
        ("T", lambda: theory.perturbation_error(1.0, 0.1, -1.0)),
        ("eps", lambda: theory.perturbation_bound(1.0, 1.0, -0.1, 1.0)),
        ("lipschitz", lambda: theory.perturbation_bound(0.0, 1.0, 0.1, 1.0)),
        ("eps", lambda: theory.kramers_time(0.5, 0.0, 2.0, 1.0)),
        ("eps", lambda: theory.kramers_time(0.5, 1e-4, 2.0, 1.0)),
        ("barrier", lambda: theory.kramers_time(-0.5, 0.1, 2.0, 1.0)),
        ("D_top", lambda: theory.kramers_time(0.5, 0.1, 2.0, 1.0, 1.0, 0.0)),
        ("radius", lambda: theory.disk_exit_time(0.0, 0.1)),
        ("start", lambda: theory.disk_exit_time(1.0, 0.1, 1.1)),
        ("eps", lambda: theory.disk_exit_time(1.0, 1e-4)),
        ("s", lambda: theory.two_point_hamiltonian(0.0, 1.0, 0.0)),
        ("slope", lambda: theory.two_point_momentum(np.inf, 1.0)),
        ("slope", lambda: theory.two_point_barrier(lambda z: -z, 1.0, 0.0, 1.0)),
        ("slope", lambda: theory.two_point_barrier(lambda z: 1.0, 1.0, 0.0, 1.0)),
        ("batch_size", lambda: theory.two_point_barrier(lambda z: z, 1.0, 0.0, 1.0, 0)),
        ("curvatures", lambda: theory.stability_limits([])),
        ("curvatures", lambda: theory.stability_limits([1.0, 0.0])),
        ("learning_rate", lambda: theory.growth_exponent(0.0, [1.0])),
        ("T", lambda: theory.ou_action(0.0, 1.0, 0.0)),
        ("T", lambda: theory.ou_action(0.0, 1.0, np.nan)),
        ("D", lambda: theory.ou_least_action(0.0, 1.0, 1.0, 0.0)),
        ("X", lambda: theory.least_squares_excess([[1.0, 1.0]], [1.0], 0.1)),
        ("y", lambda: theory.least_squares_excess([[1.0], [1.0]], [1.0], 0.1)),
    ],
)
def test_bad_arguments_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()


# Straying ---------------------------------------------------------------------------------------------------


def test_straying_is_lemma_1_and_its_constant_grows_exponentially():
    kept = sn.Strays.load()
    assert kept["ratio"].mean() == pytest.approx(1, abs=0.01)
    assert abs(kept["ratio"] - 1).max() < 0.08
    # In the double well, from beside the pass: moderate at first, then as large as the wells are apart.
    assert ((kept["short"] > 2.2) & (kept["short"] < 3.1)).all()
    for column, low, high in zip(kept["long"].T, (70, 43, 25), (86, 53, 33), strict=True):
        assert ((column > low) & (column < high)).all()
    assert kept["covariance"].max() < 0.03


def test_straying_figure():
    run = sn.stray(1)
    left, right = run.plot().axes
    drawn = {line.get_label(): line.get_ydata() for line in left.lines if line.get_label()[0] != "_"}
    for j, eps in ((0, "0.0125"), (3, "0.2"), (5, "2")):
        np.testing.assert_array_equal(drawn[rf"$\nu = {eps}$"], run.quadratic[j, 1:])
    dashed = [line.get_ydata() for line in left.lines if line.get_linestyle() == "--"]
    np.testing.assert_array_equal(dashed, run.predicted[[0, 3, 5], 1:])
    drawn = {line.get_label(): line.get_ydata() for line in right.lines}
    for j, eps in enumerate(("0.0125", "0.025", "0.05")):
        np.testing.assert_allclose(drawn[rf"$\nu = {eps}$"], run.double[j, 1:] / float(eps))
    np.testing.assert_allclose(drawn["$(e^{2T} - 1)/2$"], (np.exp(2 * run.t[1:]) - 1) / 2)
    # Lemma 1 is a bound, and a close one while walkers are still at the pass.
    assert (run.double <= 1.1 * run.bound).all()
    assert run.per_strength(1.0) == pytest.approx(run.double[:, 10] / np.array([0.0125, 0.025, 0.05]))


# Leaving ----------------------------------------------------------------------------------------------------


def test_exit_times_over_all_seeds():
    kept = sn.Exits.load()
    assert abs(kept["ratio"] - 1).max() < 0.25 and abs(kept["ratio"].mean(axis=0) - 1).max() < 0.05
    assert ((kept["variation"] > 0.7) & (kept["variation"] < 1.25)).all()
    assert kept["variation"].mean() == pytest.approx(0.95, abs=0.06)
    assert abs(kept["round"] - 1).max() < 0.16 and abs(kept["round"].mean(axis=0) - 1).max() < 0.03
    # Anisotropic noise of the same trace leaves a ball earlier, and along its long axis.
    assert kept["oblong"].max() < 0.7 * float(theory.disk_exit_time(1.0, 0.2))
    assert kept["near"][:, 0].mean() == pytest.approx(1 / 3, abs=0.02)
    assert kept["near"][:, 1].min() > 0.9


def test_the_slope_of_the_exact_times_is_the_barrier():
    eps = np.array([0.2, 0.15, 0.125, 0.1])
    slope = np.polyfit(1 / eps, np.log([sn.exact_time(e) for e in eps]), 1)[0]
    assert slope == pytest.approx(0.4976, abs=5e-4)


def test_leaving_figures():
    run = sn.leave(3)
    assert run.times.min() > 0 and np.isfinite(run.times).all()
    ax = run.plot().axes[0]
    walkers, exact, kramers = ax.lines
    np.testing.assert_array_equal(walkers.get_xdata(), np.sort(run.times))
    assert walkers.get_ydata()[0] == 1 and walkers.get_ydata()[-1] == pytest.approx(1 / 200)
    np.testing.assert_allclose(np.log(exact.get_ydata()), -exact.get_xdata() / run.exact, atol=1e-12)
    np.testing.assert_allclose(np.log(kramers.get_ydata()), -kramers.get_xdata() / run.kramers, atol=1e-12)
    kept = sn.Exits.load()
    ax = kept.plot().axes[0]
    times = kept["ratio"] * [sn.exact_time(eps) for eps in sn.STRENGTHS]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.median(times, axis=0))
    drawn = {line.get_label(): line.get_xydata() for line in ax.lines}
    np.testing.assert_allclose(drawn["exact"][40], [9.0, sn.exact_time(1 / 9)])
    np.testing.assert_allclose(
        drawn["Kramers"][:, 1], theory.kramers_time(0.5, 1 / drawn["exact"][:, 0], 2, 1)
    )


def test_the_likeliest_way_out_is_not_the_way_back():
    found = sn.likeliest_paths()
    assert found.value == pytest.approx(found.predicted, rel=1e-5) and found.predicted == pytest.approx(
        4.15026
    )
    assert found.along > 0.998 and abs(found.reversed_drift) < 0.2
    np.testing.assert_allclose(found.out[[0, -1]], [[0, 0], [1, 1]], atol=1e-12)
    np.testing.assert_allclose(found.back[[0, -1]], [[1, 1], [0, 0]], atol=1e-3)
    ax = found.plot().axes[0]
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), found.out[::4])
    actions = sn.least_actions()
    for numerical, exact in actions.values():
        assert exact <= numerical < exact * 1.0003
    assert [round(exact, 5) for _, exact in actions.values()] == [0.5, 0.48287, 0.32041]


# Shares -----------------------------------------------------------------------------------------------------


def test_occupancies_are_the_predicted_ones():
    kept, predicted = sn.Occupancies.load()["left"], [case.predicted for case in sn.CASES.values()]
    np.testing.assert_allclose(predicted, [0.7333, 0.7466, 0.0209, 0.2916], atol=1e-4)
    assert (abs(kept - predicted).max(axis=0) < [0.05, 0.05, 0.02, 0.06]).all()
    assert (abs(kept.mean(axis=0) - predicted) < [0.01, 0.012, 0.002, 0.012]).all()
    # Each of the ways to get it wrong is farther off than any seed.
    first, *_, last = sn.CASES.values()
    assert first.without_prefactor == pytest.approx(0.638, abs=5e-4)
    assert kept[:, 0].min() > first.without_prefactor
    even = noise.occupancy_1d(last.drift, np.sqrt(1.3), [-4.0, last.top, 4.0], last.eps)[0]
    assert kept[:, 3].max() < 0.5 < even, "the deeper well loses"
    assert kept[:, 1].min() > 0.5 > kept[:, 2].max(), "equal traces, turned"


def test_turned_noise():
    kept, grid = sn.Turns.load()["left"], [sn.predicted_share(angle) for angle in sn.ANGLES]
    np.testing.assert_allclose(np.array(grid)[[0, 2, 4]], [0.705, 0.5, 0.0523], atol=5e-4)
    assert abs(kept - grid).max() < 0.08 and abs(kept.mean(axis=0) - grid).max() < 0.02
    assert sn.predicted_share(90, 0.15) == pytest.approx(0.0045, abs=5e-5)
    assert sn.predicted_share(0, 0.15) == pytest.approx(0.810, abs=5e-4)
    # The higher minimum wins: the left one is lower by 0.1 if h is 0.05.
    assert 1 - sn.predicted_share(90, 0.3, 0.05) == pytest.approx(0.91, abs=0.05)
    assert sn.variance_across(30.0) == pytest.approx(1.3)


def test_share_figures():
    run = sn.share(2, "left deeper, but noisier")
    assert run.left[0] == 0.5
    walkers, level = run.plot().axes[0].lines
    np.testing.assert_array_equal(walkers.get_xydata().T, [run.t, run.left])
    assert level.get_ydata()[0] == run.predicted
    kept = sn.Occupancies.load()
    ax = kept.plot().axes[0]
    dots = [line.get_xdata() for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(np.array(dots).T, kept["left"])
    bars = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "|"]
    assert bars == [case.predicted for case in sn.CASES.values()]
    turns = sn.Turns.load()
    ax = turns.plot().axes[0]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.median(turns["left"], axis=0))
    [bars] = ax.collections
    np.testing.assert_array_equal(
        [bar[:, 1] for bar in bars.get_segments()], np.quantile(turns["left"], [0, 1], axis=0).T
    )
    curve = ax.lines[1].get_xydata()
    assert curve[45, 1] == sn.predicted_share(90.0) and (np.diff(curve[:, 1]) < 0).all()


# Three wells ------------------------------------------------------------------------------------------------


def test_walkers_in_three_wells_follow_the_chain():
    kept, cold, warm = sn.Wanderings.load(), sn.wander(0, 0.15), sn.wander(1, 0.3)
    early = int(np.flatnonzero(np.isclose(cold.t, 20))[0])
    for column, predicted, each, mean in (
        ("early", cold.predicted[early], 0.12, 0.05),
        ("late", cold.long_run, 0.06, 0.012),
        ("warm", warm.long_run, 0.03, 0.015),
    ):
        assert abs(kept[column] - predicted).max() < each
        assert abs(kept[column].mean(axis=0) - predicted).max() < mean
    # Nowhere is the end: every well is left again, and keeps its share; the weaker the noise, the more the
    # lowest of phi has.
    assert kept["late"].min() > 0.1
    f, phi = sn.depths()
    np.testing.assert_allclose(f, [0.1144, 0.0, 0.0502], atol=1e-4)
    assert (f.argmin(), phi.argmin()) == (1, 2) and phi.argmin() == kept["late"].mean(axis=0).argmax()
    shares = [noise.stationary_shares(sn.rates(eps))[2] for eps in (0.3, 0.15, 0.05, 0.02)]
    assert (np.diff(shares) > 0).all() and shares[-1] > 0.99


def test_three_wells_figure():
    run = sn.wander(2)
    ax = run.plot().axes[0]
    solid = [line for line in ax.lines if line.get_linestyle() == "-"]
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [line.get_label() for line in solid] == list(sn.WELLS)
    np.testing.assert_array_equal([line.get_ydata() for line in solid], run.measured.T)
    np.testing.assert_array_equal([line.get_ydata() for line in dashed], run.predicted.T)
    assert run.measured[0].tolist() == [1, 0, 0] and run.predicted[0] == pytest.approx([1, 0, 0])


# SGD itself -------------------------------------------------------------------------------------------------


def test_sgd_hovers_where_the_recurrence_says_and_not_where_the_diffusion_does():
    kept, data = sn.LeastSquares.load(), sn.regression()
    assert abs(kept["ratio"] - 1).max() < 0.06 and abs(kept["ratio"].mean(axis=0) - 1).max() < 0.01
    known = [theory.least_squares_excess(data.X, data.y, rate, B) for rate, B in sn.SETTINGS]
    short = np.array([each["exact"] / each["diffusion"] - 1 for each in known])
    np.testing.assert_allclose([each["diffusion"] for each in known[:3]], known[0]["diffusion"])
    assert (np.diff(short) > 0).all() and 0.03 < short[0] < 0.08 and 0.2 < short[3] < 0.6
    each_step, once, each_epoch = kept["shuffled"].T
    exact = theory.least_squares_excess(data.X, data.y, 0.005)["exact"]
    assert each_step.mean() / exact == pytest.approx(1, abs=0.02)
    assert (each_epoch < once).all() and (each_step > 10 * each_epoch).all()


def test_hovering_figures():
    run = sn.hover(1)
    ax = run.plot().axes[0]
    exact, dots, level = ax.lines
    np.testing.assert_array_equal(exact.get_ydata(), run.exact / run.diffusion)
    np.testing.assert_array_equal(dots.get_ydata(), run.measured / run.diffusion)
    assert set(level.get_ydata()) == {1}
    kept = sn.LeastSquares.load()
    dots = np.array([line.get_xdata() for line in kept.plot().axes[0].lines])
    np.testing.assert_array_equal(dots.T, kept["shuffled"])
    assert run.shuffled.keys() == set(sn.SHUFFLES)


# A network --------------------------------------------------------------------------------------------------


def test_of_learning_rate_and_batch_only_the_ratio_counts_within_limits():
    kept = sn.Scalings.load()
    for name, within in (("middle", 0.12), ("weak", 0.05)):
        apart = kept[name] / kept[name][:, :1]
        assert abs(np.median(apart, axis=0) - 1).max() < within, name
    # Sixteen times the rate changes less than four times the noise.
    weak, middle, strong = (kept[name][:, 0] for name in ("weak", "middle", "strong"))
    assert (middle > 1.05 * weak).all() and (strong > 1.3 * middle).all()
    assert np.median(kept["strong"][:, 2] / strong) > 1.1 and kept["far"].min() > 10 * strong.max()


def test_scaling_figures():
    run = sn.scale(1)
    settings = [(eps, B) for eps, batches in sn.BATCHES.items() for B in batches]
    lines = run.plot().axes[0].lines
    for (eps, B), line in zip(settings, lines, strict=True):
        np.testing.assert_array_equal(line.get_xydata().T, [run.t[eps, B], run.cost[eps, B]])
        assert run.t[eps, B][-1] == pytest.approx(100, rel=0.01) and run.t[eps, B][0] == 0
    assert len({line.get_color() for line in lines}) == 3 and set(run.cost) == {*settings, sn.FAR}
    kept = sn.Scalings.load()
    drawn = kept.plot().axes[0].lines
    for name, line in zip(("strong", "middle", "weak"), drawn, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), np.median(kept[name], axis=0))
    np.testing.assert_allclose(drawn[2].get_xdata(), [0.05, 0.2, 0.8, 3.2])


# Rare events ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "B"), [("two-point", 1), ("two-point", 2), ("Gaussian", 1)])
def test_exit_steps_are_those_of_walkers(kind, B):
    rng, x, steps = np.random.default_rng(0), np.full(1000, -1.0), np.zeros(1000)
    going = np.ones(1000, dtype=bool)
    for k in range(1, 100_000):
        z = rng.standard_normal((B, 1000))
        shock = 0.8 * (np.sign(z).mean(axis=0) if kind == "two-point" else z.mean(axis=0))
        x = np.where(going, x + 0.3 * (x - x**3 - shock), x)
        steps[going & (x > 0.5)] = k
        going &= x <= 0.5
        if not going.any():
            break
    assert sn.exit_steps(kind, 0.8, 0.3, B) == pytest.approx(steps.mean(), rel=0.1)


def test_slopes_are_the_barriers_and_the_diffusions_is_another():
    found = sn.slopes()
    for key, barrier in found.predicted.items():
        assert found.slopes[key] == pytest.approx(barrier, rel=0.005)
    assert found.slopes[0.5, "two-point"] > 1.5 * found.slopes[0.5, "Gaussian"]
    apart = found.times[0.5, "two-point"][0] / found.times[0.5, "Gaussian"][0]
    assert 5800 < apart < 6200
    # "About a thousand times higher, or more", says the figure's alternative text, of every pair of dots.
    assert (found.times[0.5, "two-point"] / found.times[0.5, "Gaussian"]).min() > 1000
    by_batch = sn.batch_slopes()
    assert [by_batch[B] / B for B in (1, 2, 4)] == pytest.approx([0.8804] * 3, rel=0.02)
    left, right = found.plot().axes
    for ax, s in ((left, 0.5), (right, 0.8)):
        two, line, gauss, other = ax.lines
        np.testing.assert_array_equal(two.get_ydata(), found.times[s, "two-point"])
        np.testing.assert_array_equal(gauss.get_ydata(), found.times[s, "Gaussian"])
        for drawn, kind in ((line, "two-point"), (other, "Gaussian")):
            rise = np.diff(np.log(drawn.get_ydata())) / np.diff(drawn.get_xdata())
            np.testing.assert_allclose(rise, found.predicted[s, kind])


def test_nobody_leaves_whose_shocks_are_weaker_than_the_slope():
    kept = sn.Trapped.load()
    assert kept["two_point"].sum() == 0 and kept["gaussian"].sum() == 900


# Minima without noise ---------------------------------------------------------------------------------------


def test_growth_and_the_toy_over_all_seeds():
    kept = sn.Interpolating.load()
    predicted = [theory.growth_exponent(rate, sn.CURVATURES) for rate in sn.RATES]
    np.testing.assert_allclose(predicted, [-0.1054, 0.0312, 0.1780], atol=5e-5)
    assert abs(kept["growth"] - predicted).max() < 0.002
    assert kept["at_0"].sum() == 4000
    # What would keep it at 1, the mean curvature, is the same at both minima.
    x = np.array([0.0, 1.0])
    for h in (1e-4,):
        mean = [sum(sn.toy_value(z, i) for i in (0, 1)) / 2 for z in (x - h, x, x + h)]
        np.testing.assert_allclose((mean[0] - 2 * mean[1] + mean[2]) / h**2, 2, rtol=1e-6)
    grid = np.linspace(-0.5, 1.5, 23)
    for i in (0, 1):
        slope = (sn.toy_value(grid + 1e-6, i) - sn.toy_value(grid - 1e-6, i)) / 2e-6
        np.testing.assert_allclose(sn.toy_slope(grid, np.full(23, i)), slope, atol=1e-6)
    limits = theory.stability_limits([0.2, 3.8])
    assert limits["almost surely"] < 0.7 < limits["mean"]


def test_growth_and_toy_figures():
    run = sn.grow(1)
    ax = run.plot().axes[0]
    runs = [line for line in ax.lines if line.get_label() == "_runs"]
    assert len(runs) == 24
    np.testing.assert_array_equal(runs[9].get_ydata(), run.logarithm[1, 1])
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose([line.get_ydata()[-1] for line in dashed], run.predicted * 2000)
    toy = sn.toy(1)
    left, right = toy.plot().axes
    drawn = {line.get_label(): line.get_ydata() for line in (*left.lines, *right.lines)}
    np.testing.assert_allclose(drawn["mean"], (drawn["$f_1$"] + drawn["$f_2$"]) / 2)
    np.testing.assert_array_equal(drawn["SGD"], toy.sgd[:61])
    np.testing.assert_array_equal(drawn["gradient descent"], toy.descent[:61])
    assert abs(toy.sgd[-1]) < 1e-6 and toy.at_0 == 200 and toy.at_1 == 0


@pytest.mark.parametrize(
    ("name", "call"),
    [
        *[("seed", lambda f=f: f(-1)) for f in (sn.stray, sn.covariance_error, sn.turn, sn.hover, sn.grow)],
        *[
            ("seed", lambda f=f: f(0.5))
            for f in (sn.toy, sn.trapped, sn.leave, sn.leave_ball, sn.share, sn.scale)
        ],
        ("w", lambda: sn.regression().excess(np.zeros(3))),
        ("eps", lambda: sn.wander(0, 0.01)),
        ("eps", lambda: sn.rates(0.01)),
        ("eps", lambda: sn.leave(0, 0.1)),
        ("eps", lambda: sn.leave_ball(0, 0.1)),
        ("D", lambda: sn.leave_ball(0, 0.2, (1.0, 0.0))),
        ("D", lambda: sn.leave_ball(0, 0.2, (1.0, 5.0))),
        ("case", lambda: sn.share(0, "left")),
        ("angle", lambda: sn.variance_across(np.nan)),
        ("ellipse", lambda: sn.variance_across(0.0, (1.0, 0.0))),
        ("eps", lambda: sn.predicted_share(0.0, 0.0)),
        ("tilt", lambda: sn.predicted_share(0.0, 0.3, 0.4)),
        ("kind", lambda: sn.exit_steps("normal", 0.5, 0.1)),
        ("s", lambda: sn.exit_steps("two-point", 1.5, 0.1)),
        ("learning_rate", lambda: sn.exit_steps("two-point", 0.5, 0.01)),
        ("learning_rate", lambda: sn.exit_steps("two-point", 0.5, 0.05)),
        ("batch_size", lambda: sn.exit_steps("two-point", 0.5, 0.1, 9)),
    ],
)
def test_bad_settings_are_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}: got"):
        call()
