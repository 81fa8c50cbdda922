"""SGD as a diffusion: orders of the method, exact laws, least actions, chains of minima."""

import numpy as np
import pytest
from scipy import integrate, linalg

from ravine import noise


def double(x):
    """-f' of f = (x^2 - 1)^2 / 4."""
    return x - x**3


class Replay(np.random.Generator):
    """A generator that gives chosen increments, so that coarse and fine steps follow one Brownian path."""

    def __init__(self, z):
        super().__init__(np.random.SFC64(0))
        self.rows = iter(z)

    def standard_normal(self, out):
        out[:] = next(self.rows)
        return out


def ends(drift, diffusion, x0, eps, T, fine, every):
    """Where walkers end that take `every` fine increments at a step."""
    z = fine.reshape(-1, every, 1, fine.shape[-1]).sum(axis=1) / np.sqrt(every)
    return noise.simulate(drift, diffusion, x0, eps, T / len(z), len(z), Replay(z)).end


# The method -------------------------------------------------------------------------------------------------


def test_strong_order_is_a_half_with_noise_that_depends_on_the_place():
    """Geometric Brownian motion has the exact end x0 exp((a - eps s^2 / 2) T + sqrt(eps) s W)."""
    fine = np.random.default_rng(0).standard_normal((1024, 1, 4000))
    a, s, eps = -0.5, 1.0, 0.5
    W = fine.sum(axis=0)[0] / 32
    exact = 2 * np.exp((a - eps * s**2 / 2) + np.sqrt(eps) * s * W)
    every = np.array([1, 4, 16, 64])
    errors = [
        np.sqrt(
            np.mean(
                (ends(lambda x: a * x, lambda x: s * x, np.full(4000, 2.0), eps, 1.0, fine, k) - exact) ** 2
            )
        )
        for k in every
    ]
    assert np.polyfit(np.log(every), np.log(errors), 1)[0] == pytest.approx(0.5, abs=0.04)
    # The first order of the missing Milstein term: eps s^2 x dt / sqrt 2 a step, which adds up as squares.
    assert errors[0] == pytest.approx(eps * s**2 * np.sqrt(np.mean(exact**2) / 2048), rel=0.35)


def test_strong_order_is_one_with_noise_that_is_the_same_everywhere():
    fine = np.random.default_rng(1).standard_normal((2048, 1, 2000))
    x0 = np.full(2000, -1.0)
    exact = ends(double, 0.8, x0, 0.3, 1.0, fine, 1)
    every = np.array([16, 32, 64, 128])
    errors = [np.sqrt(np.mean((ends(double, 0.8, x0, 0.3, 1.0, fine, k) - exact) ** 2)) for k in every]
    assert np.polyfit(np.log(every), np.log(errors), 1)[0] == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize("dt", [0.1, 0.05, 0.025])
def test_moments_are_those_of_the_method_and_approach_the_exact_ones_with_order_one(dt):
    """Geometric Brownian motion: E x = e^(aT), E x^2 = e^((2a + eps s^2) T); the method's are known too."""
    a, s, eps, n = -0.5, 0.6, 0.5, round(1 / dt)
    rng = np.random.Generator(np.random.SFC64(2))
    x = noise.simulate(lambda x: a * x, lambda x: s * x, np.ones(200_000), eps, dt, n, rng).end
    for power, discrete, exact in (
        (1, (1 + a * dt) ** n, np.exp(a)),
        (2, ((1 + a * dt) ** 2 + eps * s**2 * dt) ** n, np.exp(2 * a + eps * s**2)),
    ):
        error = (x**power).std() / np.sqrt(len(x))
        assert (x**power).mean() == pytest.approx(discrete, abs=4 * error)
        assert 0.03 * dt < abs(discrete - exact) < 0.3 * dt


def test_ornstein_and_uhlenbecks_law():
    """The mean x0 e^-at, the variance eps (1 - e^-2at) / 2a, at every recorded time."""
    rng, a, eps = np.random.Generator(np.random.SFC64(3)), 1.5, 0.4
    run = noise.simulate(lambda x: -a * x, 1.0, np.full(50_000, 2.0), eps, 0.005, 400, rng, record_every=100)
    assert run.steps.tolist() == [0, 100, 200, 300, 400] and run.t[-1] == pytest.approx(2.0)
    var = eps * (1 - np.exp(-2 * a * run.t)) / (2 * a)
    np.testing.assert_allclose(run.x.mean(axis=1), 2 * np.exp(-a * run.t), atol=0.012)
    np.testing.assert_allclose(run.x.var(axis=1), var, rtol=0.03)
    assert (run.status == "max_steps").all() and (run.x[0] == 2).all()


def test_a_step_is_what_it_says_for_every_form_of_sigma():
    x0 = np.random.default_rng(4).normal(size=(7, 2))
    A, S = np.array([[1.0, 0.8], [-0.8, 2.0]]), np.array([[1.0, 0.2, -0.5], [0.3, 0.7, 0.1]])

    def run(sigma, n_noises):
        z = np.random.Generator(np.random.SFC64(5)).standard_normal((n_noises, 7))
        got = noise.simulate(
            lambda x: -x @ A.T, sigma, x0, 0.3, 0.1, 1, np.random.Generator(np.random.SFC64(5))
        )
        return got.end - (x0 - 0.1 * x0 @ A.T), np.sqrt(0.03) * z

    moved, z = run(0.5, 2)
    np.testing.assert_allclose(moved, 0.5 * z.T, atol=1e-15)
    for sigma in ([0.5, 2.0], np.diag([0.5, 2.0]), lambda x: np.tile([0.5, 2.0], (7, 1))):
        moved, z = run(sigma, 2)
        np.testing.assert_allclose(moved, (np.array([0.5, 2.0])[:, None] * z).T, atol=1e-15)
    moved, z = run(lambda x: x[:, 0], 2)
    np.testing.assert_allclose(moved, x0[:, :1] * z.T, atol=1e-15)
    for sigma in (S, lambda x: np.tile(S, (7, 1, 1))):
        moved, z = run(sigma, 3)
        np.testing.assert_allclose(moved, (S @ z).T, atol=1e-15)
    moved, z = run(lambda x: x[:, :, None] * S, 3)
    np.testing.assert_allclose(moved, np.einsum("ki,ij,jk->ki", x0, S, z), atol=1e-15)


def test_on_a_line_walkers_are_a_vector_and_agree_with_one_coordinate():
    def go(x0):
        rng = np.random.Generator(np.random.SFC64(6))
        return noise.simulate(double, lambda x: 1 + 0.1 * x, x0, 0.2, 0.01, 50, rng, record_every=20)

    line, column = go(np.linspace(-1, 1, 9)), go(np.linspace(-1, 1, 9)[:, None])
    assert line.x.shape == (4, 9) and column.x.shape == (4, 9, 1)
    np.testing.assert_allclose(line.x, column.x[..., 0], atol=1e-14)
    assert line.steps.tolist() == [0, 20, 40, 50]


def test_walkers_that_diverge_are_named_and_the_others_go_on():
    """x' = x^3 from 2 blows up; from 0.1 it has hardly moved."""
    rng = np.random.default_rng(0)
    run = noise.simulate(lambda x: x**3, 0.0, [2.0, 0.1, -3.0], 0.1, 0.1, 200, rng, record_every=50)
    assert run.status.tolist() == ["diverged", "max_steps", "diverged"]
    assert np.isnan(run.x[1:, [0, 2]]).all() and np.isfinite(run.x[:, 1]).all()
    # Slowly, so that it is seen only because 1e20 is a bound.
    slow = noise.simulate(lambda x: 5 * x, 0.0, [1.0, 0.0], 0.1, 0.1, 200, rng)
    assert slow.status.tolist() == ["diverged", "max_steps"] and np.isnan(slow.end[0])


def test_functions_may_not_write_into_the_walkers():
    def spoil(x):
        x[:] = 0
        return x

    with pytest.raises(ValueError, match="read-only"):
        noise.simulate(spoil, 1.0, np.ones(3), 0.1, 0.1, 1, np.random.default_rng(0))
    # A drift that gives its argument back is no harm.
    run = noise.simulate(lambda x: x, 0.0, np.ones(3), 0.1, 0.1, 2, np.random.default_rng(0))
    np.testing.assert_allclose(run.end, 1.21)


def test_exits_are_those_of_the_walks():
    """Against the same walk, recorded in full."""
    x0 = np.linspace(-0.5, 0.5, 40)
    walk = noise.simulate(
        lambda x: 0 * x, 1.0, x0, 0.5, 0.01, 300, np.random.Generator(np.random.SFC64(1)), record_every=1
    )
    out = np.abs(walk.x) >= 1
    first = np.where(out.any(axis=0), out.argmax(axis=0), 0)
    # With one walker out of many the same noise reaches the same walkers until the first are dropped.
    exits = noise.first_exits(
        lambda x: 0 * x,
        1.0,
        x0,
        0.5,
        0.01,
        300,
        np.random.Generator(np.random.SFC64(1)),
        lambda x: np.abs(x) < 1,
    )
    early = np.sort(first[first > 0])[:10][-1]
    for i in np.flatnonzero((first > 0) & (first <= early)):
        assert exits.time[i] == pytest.approx(0.01 * first[i]) and exits.place[i] == walk.x[first[i], i]
    assert set(exits.status) <= {"left", "max_steps"} and np.isinf(exits.time[~exits.left]).all()
    assert (np.abs(exits.place[exits.left]) >= 1).all() and (np.abs(exits.place[~exits.left]) < 1).all()


def test_exit_times_and_shares_are_the_exact_ones():
    sigma, domain = (lambda x: 1 + 0.3 * np.tanh(x)), (-0.9, 0.8)
    rng = np.random.Generator(np.random.SFC64(2))
    out = noise.first_exits(
        lambda x: -x, sigma, np.full(3000, 0.2), 0.5, 4e-4, 100_000, rng, lambda x: (x > -0.9) & (x < 0.8)
    )
    assert out.left.all()
    exact = noise.mean_exit_time_1d(lambda x: -x, sigma, 0.2, 0.5, domain)
    assert out.time.mean() / exact == pytest.approx(1, abs=0.06)
    share = noise.exit_share_1d(lambda x: -x, sigma, 0.2, 0.5, domain)
    assert (out.place > 0).mean() == pytest.approx(share, abs=0.025)
    assert 0.1 < share < 0.9


def test_who_diverges_does_not_leave():
    rng = np.random.default_rng(0)
    out = noise.first_exits(lambda x: x**3, 0.0, [2.0, 0.1], 0.1, 0.1, 100, rng, lambda x: ~(x < 0))
    assert out.status.tolist() == ["diverged", "max_steps"]
    assert np.isnan(out.time[0]) and np.isnan(out.place[0]) and np.isinf(out.time[1])
    two = noise.first_exits(
        lambda x: 9 * x, 0.0, [[1.0, 1.0]], 0.1, 1.0, 50, rng, lambda x: np.isfinite(x).all(axis=1)
    )
    assert two.status.tolist() == ["diverged"] and two.place.shape == (1, 2)


# On a line --------------------------------------------------------------------------------------------------


def uneven(x):
    return np.sqrt(1.3 + 0.3 * np.tanh(np.asarray(x) / 0.3))


def test_the_quasi_potential_is_its_integral():
    x = np.array([[-2.0, -0.3], [0.0, 1.7]])
    found = noise.quasi_potential_1d(double, uneven, x, attractor=-1.0)
    exact = [
        integrate.quad(lambda z: -2 * double(z) / uneven(z) ** 2, -1, end, epsabs=1e-13)[0]
        for end in x.ravel()
    ]
    np.testing.assert_allclose(found.ravel(), exact, atol=1e-10)
    # From either side of the pass, as the brief's numerical least actions have it.
    assert found[1, 0] == pytest.approx(0.48287, abs=5e-6)
    assert noise.quasi_potential_1d(double, uneven, 0.0, 1.0) == pytest.approx(0.32041, abs=5e-6)
    # D the same everywhere: 2 f / D.
    flat = noise.quasi_potential_1d(double, 0.7, x, attractor=1.0)
    np.testing.assert_allclose(flat, 2 * (x**2 - 1) ** 2 / 4 / 0.49, atol=1e-12)
    assert noise.quasi_potential_1d(double, 1.0, -1.0, -1.0) == 0


def test_downhill_is_free():
    x = np.array([-2.0, -1.0, -0.5, 0.0, 0.4, 1.0, 1.5])
    free = noise.quasi_potential_1d(double, 1.0, x, -1.0, downhill_free=True)
    f = (x**2 - 1) ** 2 / 2
    np.testing.assert_allclose(free, np.where(x <= 0, f, 0.5 + np.where(x > 1, f, 0)), atol=1e-10)


def test_jumps_have_to_be_named():
    def sharp(x):
        return np.where(x < 0, 1.0, 0.4**0.5)

    share = noise.occupancy_1d(double, sharp, [-4.0, 0.0, 4.0], 0.3)  # an edge ends panels, as a break does
    assert share[0] == pytest.approx(0.0522541, abs=1e-7)
    with pytest.raises(ValueError, match=r"occupancy_1d: got .* does not settle"):
        noise.occupancy_1d(double, sharp, [-4.0, 0.1, 4.0], 0.3)
    assert noise.occupancy_1d(double, sharp, [-4.0, 0.1, 4.0], 0.3, breaks=[0.0])[0] > share[0]
    for angle, eps, told in (
        (45, 0.3, 0.5),
        (0, 0.3, 0.705),
        (90, 0.3, 0.052),
        (90, 0.15, 0.0045),
        (0, 0.15, 0.810),
    ):
        across = np.sqrt(1.6 * np.cos(np.radians(angle)) ** 2 + 0.4 * np.sin(np.radians(angle)) ** 2)
        found = noise.occupancy_1d(double, lambda x, s=across: np.where(x < 0, 1.0, s), [-4.0, 0.0, 4.0], eps)
        assert found[0] == pytest.approx(told, abs=6e-4)


@pytest.mark.parametrize("eps", [0.05, 0.2, 1.0])
def test_density_and_occupancy_are_one_law(eps):
    x = np.linspace(-3, 3, 6001)
    rho = noise.stationary_density_1d(double, uneven, x, eps, (-3.0, 3.0))
    assert np.trapezoid(rho, x) == pytest.approx(1, rel=1e-6)
    shares = noise.occupancy_1d(double, uneven, [-3.0, -1.0, 0.5, 3.0], eps)
    assert shares.sum() == pytest.approx(1)
    assert shares[1] == pytest.approx(np.trapezoid(rho[2000:3501], x[2000:3501]), rel=1e-6)
    # Stationary: the current (eps / 2) (D rho)' - b rho is zero, by differences.
    current = eps / 2 * np.gradient(uneven(x) ** 2 * rho, x) - double(x) * rho
    assert np.abs(current[1:-1]).max() < 2e-4 * rho.max()


def test_mean_exit_times_solve_their_equation():
    """eps D / 2 u'' + b u' = -1, and u is 0 where walkers leave, u' is 0 where they are sent back."""
    x, eps = np.linspace(-1.5, 0.5, 81), 0.3
    for reflecting in (None, "low", "high"):
        u = np.array(
            [noise.mean_exit_time_1d(double, uneven, z, eps, (-1.5, 0.5), reflecting=reflecting) for z in x]
        )
        du, ddu = (u[2:] - u[:-2]) / 0.05, (u[2:] - 2 * u[1:-1] + u[:-2]) / 0.025**2
        left = eps * uneven(x[1:-1]) ** 2 / 2 * ddu + double(x[1:-1]) * du
        np.testing.assert_allclose(left, -1, atol=0.03 * np.abs(du).max())
        assert u[0] == pytest.approx(0, abs=1e-12) or reflecting == "low"
        assert u[-1] == pytest.approx(0, abs=1e-12) or reflecting == "high"
        slope = {"low": u[1] - u[0], "high": u[-1] - u[-2], None: 0.0}[reflecting]
        assert abs(slope) < 0.02 * np.abs(np.diff(u)).max()


def test_the_exit_times_of_the_double_well():
    exact = {0.2: 58.88, 0.15: 136.08, 0.125: 263.70, 0.1: 709.48}
    for eps, told in exact.items():
        for wall in (-3.0, -4.0):  # far out, a wall plays no part
            found = noise.mean_exit_time_1d(double, 1.0, -1.0, eps, (wall, 0.5), reflecting="low")
            assert found == pytest.approx(told, abs=5e-3)
    with pytest.raises(ValueError, match=r"^eps: got"):
        noise.mean_exit_time_1d(double, 1.0, -1.0, 5e-4, (-2.0, 0.5), reflecting="low")


# Linear drifts ----------------------------------------------------------------------------------------------

A, D = np.array([[1.0, 0.8], [-0.8, 2.0]]), np.array([[1.0, 0.3], [0.3, 0.25]])


def test_lyapunov_against_scipy_and_against_walkers():
    P = noise.lyapunov(A, D)
    np.testing.assert_allclose(P, linalg.solve_continuous_lyapunov(A, D), atol=1e-14)
    rng = np.random.Generator(np.random.SFC64(0))
    x = noise.simulate(
        lambda x: -x @ A.T, np.linalg.cholesky(D), np.zeros((20_000, 2)), 0.1, 0.005, 1600, rng
    ).end
    np.testing.assert_allclose(np.cov(x.T) / 0.1, P, atol=0.012)


def test_the_linear_quasi_potential():
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    P = noise.lyapunov(A, D)
    phi = noise.linear_quasi_potential(A, D, x)
    np.testing.assert_allclose(phi, np.einsum("...i,ij,...j", x, np.linalg.inv(P), x) / 2, rtol=1e-12)
    # It solves Hamilton and Jacobi's equation, 1/2 p D p = p A x with p its gradient.
    p = x @ np.linalg.inv(P)
    np.testing.assert_allclose(
        np.einsum("...i,ij,...j", p, D, p) / 2, np.einsum("...i,ij,...j", p, A, x), rtol=1e-11
    )
    # Noise in one direction alone that the drift carries on; and one that it does not.
    assert noise.linear_quasi_potential(A, np.diag([1.0, 0.0]), [0.0, 1.0]) > 0
    with pytest.raises(ValueError, match=r"^D: got noise that does not reach"):
        noise.linear_quasi_potential(np.eye(2), np.diag([1.0, 0.0]), [0.0, 1.0])


# Least action -----------------------------------------------------------------------------------------------


def test_the_action_is_its_integral():
    t = np.linspace(0, 2, 4001)
    path = np.stack([np.sin(t), t**2], axis=1)
    speed = np.stack([np.cos(t), 2 * t], axis=1)
    S = np.array([[1.0, 0.2, -0.5], [0.3, 0.7, 0.1]])
    rest = speed + path @ A.T
    exact = np.trapezoid(np.einsum("ki,ij,kj->k", rest, np.linalg.inv(S @ S.T), rest) / 2, t)
    assert noise.action(lambda x: -x @ A.T, S, path, 2.0) == pytest.approx(exact, rel=1e-6)
    everywhere = noise.action(lambda x: -x @ A.T, lambda x: np.tile(S, (len(x), 1, 1)), path, 2.0)
    assert everywhere == pytest.approx(exact, rel=1e-6)
    # Downhill with the drift is free.
    assert noise.action(lambda x: -x, 1.0, np.exp(-t), 2.0) < 1e-12


@pytest.mark.parametrize("sigma", [1.0, uneven], ids=["even", "uneven"])
@pytest.mark.parametrize("start", [-1.0, 1.0])
def test_least_action_from_an_attractor_is_the_quasi_potential(sigma, start):
    found = noise.minimum_action(double, sigma, start, 0.0, T=20.0, n_steps=400)
    assert found.converged and found.path.shape == (401,) and found.path[[0, -1]].tolist() == [start, 0.0]
    exact = float(noise.quasi_potential_1d(double, sigma, 0.0, start))
    assert exact <= found.value == pytest.approx(exact, rel=3e-4)
    # Fluctuation goes up as relaxation comes down: x' = -b, for any D on a line.
    speed = np.gradient(found.path, found.t)
    up = np.abs(found.path) < 0.8
    np.testing.assert_allclose(speed[up][5:-60], -double(found.path[up][5:-60]), atol=0.02)


def test_least_action_without_a_potential():
    P = noise.lyapunov(A, D)
    found = noise.minimum_action(lambda x: -x @ A.T, np.linalg.cholesky(D), [0.0, 0.0], [1.0, 1.0], T=15.0)
    assert found.converged and found.value == pytest.approx(4.150259, abs=2e-6)
    assert found.value == pytest.approx(noise.linear_quasi_potential(A, D, [1.0, 1.0]), abs=2e-6)
    # It leaves along D grad phi - A x, not against the drift.
    x = found.path[-2:].mean(axis=0)
    last = found.path[-1] - found.path[-2]
    along, against = D @ np.linalg.solve(P, x) - A @ x, A @ x

    def cosine(u, v):
        return u @ v / np.sqrt((u @ u) * (v @ v))

    assert cosine(last, along) > 0.998 and abs(cosine(last, against)) < 0.2


def test_least_action_of_a_linear_drift_in_a_given_time():
    """OU: (x - x0 e^-T)^2 / (1 - e^-2T); from x0 = 2 to 1 it is 0 at T = ln 2, and 1 in the limit."""
    for T in (0.3, np.log(2), 2.0, 8.0):
        found = noise.minimum_action(lambda x: -x, 1.0, 2.0, 1.0, T=float(T), n_steps=400)
        exact = (1 - 2 * np.exp(-T)) ** 2 / (1 - np.exp(-2 * T))
        assert found.value == pytest.approx(exact, rel=3e-4, abs=1e-9)


# Chains -----------------------------------------------------------------------------------------------------


def three(x):
    """Minima at -2, 0.1 and 2, tops at -1 and 1.2."""
    return -(x + 2) * (x + 1) * (x - 0.1) * (x - 1.2) * (x - 2) / 4


THREE = {"minima": [-2.0, 0.1, 2.0], "tops": [-1.0, 1.2], "domain": (-3.0, 3.0)}


def test_the_chain_of_minima_spends_its_time_as_walkers_do():
    for eps in (0.05, 0.3):
        Q = noise.transition_rates_1d(three, uneven, eps=eps, **THREE)
        shares = noise.occupancy_1d(three, uneven, [-3.0, -1.0, 1.2, 3.0], eps)
        np.testing.assert_allclose(noise.stationary_shares(Q), shares, rtol=1e-9)
        np.testing.assert_allclose(Q.sum(axis=1), 0, atol=1e-15)
        assert Q[0, 2] == Q[2, 0] == 0


def test_its_rates_are_one_over_mean_times_when_noise_is_small():
    for eps, close in ((0.1, 0.05), (0.03, 0.01)):
        Q = noise.transition_rates_1d(double, uneven, [-1.0, 1.0], [0.0], eps, (-3.0, 3.0))
        for row, start, ends, wall in ((0, -1.0, (-3.0, 1.0), "low"), (1, 1.0, (-1.0, 3.0), "high")):
            tau = noise.mean_exit_time_1d(double, uneven, start, eps, ends, reflecting=wall)
            assert -Q[row, row] * tau == pytest.approx(1, abs=close)


def test_shares_over_time_against_scipy():
    Q = noise.transition_rates_1d(three, 1.0, eps=0.4, **THREE)
    t, start = np.array([[0.0, 0.3], [20.0, 3000.0]]), np.array([0.2, 0.5, 0.3])
    found = noise.shares_over_time(Q, start, t)
    exact = [[start @ linalg.expm(Q * time) for time in row] for row in t]
    np.testing.assert_allclose(found, exact, atol=1e-9)
    np.testing.assert_allclose(found.sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(noise.shares_over_time(Q, start, 1e6), noise.stationary_shares(Q), rtol=1e-6)


def test_stationary_shares_keep_the_digits_of_the_small():
    Q = np.array([[-1e-30, 1e-30, 0.0], [1.0, -1.0 - 1e-20, 1e-20], [0.0, 3.0, -3.0]])
    p = noise.stationary_shares(Q)
    np.testing.assert_allclose(p, [1.0, 1e-30, 1e-50 / 3], rtol=1e-12)


# Bad input --------------------------------------------------------------------------------------------------

WELL = {"drift": double, "diffusion": 1.0}
RNG = np.random.default_rng(0)
GO = {**WELL, "x0": np.zeros(3), "eps": 0.1, "dt": 0.01, "n_steps": 5, "rng": RNG}
IN = {**GO, "inside": lambda x: np.abs(x) < 1}
EXIT = {**WELL, "x0": -1.0, "eps": 0.1, "interval": (-2.0, 0.5)}


@pytest.mark.parametrize(
    ("name", "call", "given"),
    [
        *[("simulate", {**GO, name: bad}, name) for name, bad in [
            ("drift", 1.0), ("drift", lambda x: x[:1]), ("drift", lambda x: x + np.nan),
            ("diffusion", [1.0, 1.0]),
            ("diffusion", lambda x: 1.0), ("diffusion", lambda x: x[:, None]), ("diffusion", np.nan),
            ("x0", 0.0), ("x0", []), ("x0", np.zeros((2, 2, 2))), ("x0", [np.inf]),
            ("eps", -0.1), ("eps", np.nan),
            ("dt", 0.0), ("n_steps", 0), ("n_steps", 2.0), ("rng", 0), ("record_every", 0),
        ]],
        *[("simulate", {**GO, "x0": np.zeros((3, 2)), "diffusion": bad}, "diffusion") for bad in [
            [1.0, 1.0, 1.0], np.ones((3, 2)), np.ones((2, 0)), lambda x: np.ones((3, 3)),
            lambda x: np.ones((3, 3, 2)), lambda x: np.ones(2),
        ]],
        ("first_exits", {**IN, "inside": 3}, "inside"),
        ("first_exits", {**IN, "inside": lambda x: x}, "inside"),
        ("first_exits", {**IN, "inside": lambda x: True}, "inside"),
        ("first_exits", {**IN, "x0": [0.0, 2.0]}, "x0"),
        ("quasi_potential_1d", {**WELL, "x": 0.0, "attractor": 0.0}, "attractor"),
        ("quasi_potential_1d", {**WELL, "x": 0.0, "attractor": 0.9}, "attractor"),
        ("quasi_potential_1d", {"drift": double, "diffusion": 0.0, "x": 0.0, "attractor": 1.0}, "diffusion"),
        ("quasi_potential_1d", {"drift": 1.0, "diffusion": 1.0, "x": 0.0, "attractor": 1.0}, "drift"),
        ("quasi_potential_1d", {**WELL, "x": np.nan, "attractor": 1.0}, "x"),
        ("quasi_potential_1d", {**WELL, "x": 0.0, "attractor": 1.0, "downhill_free": 1},
         "downhill_free"),
        ("stationary_density_1d", {**WELL, "x": 9.0, "eps": 1.0, "domain": (-1.0, 1.0)}, "x"),
        ("stationary_density_1d", {**WELL, "x": 0.0, "eps": 0.0, "domain": (-1.0, 1.0)}, "eps"),
        ("stationary_density_1d", {**WELL, "x": 0.0, "eps": 1.0, "domain": (1.0, -1.0)}, "domain"),
        ("occupancy_1d", {**WELL, "edges": [0.0], "eps": 1.0}, "edges"),
        ("occupancy_1d", {**WELL, "edges": [0.0, 0.0], "eps": 1.0}, "edges"),
        ("occupancy_1d", {"drift": lambda x: x[:3], "diffusion": 1.0, "edges": [0.0, 1.0], "eps": 1.0},
         "drift"),
        ("mean_exit_time_1d", {**EXIT, "x0": 0.6}, "x0"),
        ("mean_exit_time_1d", {**EXIT, "eps": 0.0}, "eps"),
        ("mean_exit_time_1d", {**EXIT, "interval": (0.5, -2.0)}, "interval"),
        ("mean_exit_time_1d", {**EXIT, "reflecting": "left"}, "reflecting"),
        ("exit_share_1d", {**EXIT, "x0": -3.0}, "x0"),
        ("lyapunov", {"A": [[1.0, 2.0]], "D": np.eye(2)}, "A"),
        ("lyapunov", {"A": -np.eye(2), "D": np.eye(2)}, "A"),
        ("lyapunov", {"A": np.eye(2), "D": np.eye(3)}, "D"),
        ("lyapunov", {"A": np.eye(2), "D": [[1.0, 0.0], [1.0, 1.0]]}, "D"),
        ("lyapunov", {"A": np.eye(2), "D": np.diag([1.0, -1.0])}, "D"),
        ("linear_quasi_potential", {"A": np.eye(2), "D": np.eye(2), "x": [1.0]}, "x"),
        ("action", {**WELL, "path": [0.0], "T": 1.0}, "path"),
        ("action", {**WELL, "path": [0.0, 1.0], "T": 0.0}, "T"),
        ("action", {"drift": double, "diffusion": 0.0, "path": [0.0, 1.0], "T": 1.0}, "diffusion"),
        ("action", {"drift": double, "diffusion": np.eye(1), "path": [0.0, 1.0], "T": 1.0}, "diffusion"),
        ("action", {"drift": lambda x: x[:0], "diffusion": 1.0, "path": [0.0, 1.0], "T": 1.0}, "drift"),
        ("action", {"drift": lambda x: x * np.nan, "diffusion": 1.0, "path": [0.0, 1.0], "T": 1.0}, "drift"),
        ("action", {"drift": lambda x: x, "diffusion": np.ones((2, 2)), "path": np.ones((3, 2)), "T": 1.0},
         "diffusion"),
        ("minimum_action", {**WELL, "start": 0.0, "end": [1.0], "T": 1.0}, "end"),
        ("minimum_action", {**WELL, "start": 0.0, "end": 1.0, "T": 1.0, "n_steps": 1}, "n_steps"),
        ("transition_rates_1d", {**WELL, "minima": [-1.0, 1.0], "tops": [], "eps": 0.1,
                                     "domain": (-2.0, 2.0)}, "tops"),
        ("transition_rates_1d", {**WELL, "minima": [-1.0, 1.0], "tops": [1.5], "eps": 0.1,
                                     "domain": (-2.0, 2.0)}, "minima"),
        ("stationary_shares", {"rates": np.ones((2, 2))}, "rates"),
        ("stationary_shares", {"rates": np.zeros((2, 2))}, "rates"),
        ("shares_over_time", {"rates": [[-1.0, 1.0], [1.0, -1.0]], "start": [0.5, 0.6], "t": 1.0}, "start"),
        ("shares_over_time", {"rates": [[-1.0, 1.0], [1.0, -1.0]], "start": [0.5, 0.5], "t": -1.0}, "t"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(name, call, given):
    with pytest.raises(ValueError, match=f"^{given}: got"):
        getattr(noise, name)(**call)
