"""The landscape's room: surfaces against a loop of its own, directions by what they leave unchanged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ravine import data, landscape
from ravine.networks import MLP, RNN

TICKS_A, TICKS_B = np.array([-1.0, -0.3, 0.0, 0.8]), np.array([-0.7, 0.0, 0.25])
# Plain and residual (three blocks), linear, one hidden layer, and unequal widths.
SHAPES = [
    ((4, 3, 3, 3, 3, 2), True),
    ((4, 3, 3, 3, 3, 2), False),
    ((4, 2), False),
    ((4, 5, 3), False),
    ((4, 6, 2, 2, 3), True),
]
NETWORKS = [
    MLP(sizes, activation, loss=loss, residual=residual)
    for sizes, residual in SHAPES
    for activation in ("tanh", "relu", "identity")
    for loss in ("cross_entropy", "squared")
]
every_network = pytest.mark.parametrize("network", NETWORKS, ids=repr)


def example(network, n_examples=7, seed=0):
    """A point off any symmetry, two directions, inputs and targets."""
    rng = np.random.default_rng(seed)
    theta = network.init(rng, scale=1.5) + 0.3 * rng.standard_normal(network.n)
    d1, d2 = rng.standard_normal((2, network.n))
    X = rng.standard_normal((n_examples, network.sizes[0]))
    if network.loss_name == "cross_entropy":
        return theta, d1, d2, X, rng.integers(network.sizes[-1], size=n_examples)
    return theta, d1, d2, X, rng.standard_normal((n_examples, network.sizes[-1]))


def plain_cost(network, theta, X, y):
    """The mean loss, example by example and layer by layer, from the definition."""
    f = {"tanh": np.tanh, "relu": lambda z: np.where(z > 0, z, 0.0), "identity": lambda z: z}
    pairs = list(zip(network.sizes[:-1], network.sizes[1:], strict=True))
    blocks = [network.residual and 0 < l < len(pairs) - 1 and a == b for l, (a, b) in enumerate(pairs)]
    losses = []
    for x, target in zip(X, y, strict=True):
        h, start = x, 0
        for l, (n_in, n_out) in enumerate(pairs):
            W = theta[start : start + n_in * n_out].reshape(n_in, n_out)
            b = theta[start + n_in * n_out : start + (n_in + 1) * n_out]
            start += (n_in + 1) * n_out
            z = sum(h[i] * W[i] for i in range(n_in)) + b
            if l < len(pairs) - 1:
                a = f[network.activation](z)
                h = h + a / sum(blocks) ** 0.5 if blocks[l] else a
        if network.loss_name == "squared":
            losses.append(sum((z - target) ** 2) / 2)
        else:
            losses.append(np.log(sum(np.exp(z - z.max()))) + z.max() - z[target])
    return np.mean(losses)


def plain_surface(network, theta, d1, d2, X, y, alphas=TICKS_A, betas=TICKS_B):
    return np.array([[plain_cost(network, theta + a * d1 + b * d2, X, y) for b in betas] for a in alphas])


# The surface ----------------------------------------------------------------------------------------------


@every_network
def test_surface_equals_a_plain_loop(network):
    theta, d1, d2, X, y = example(network)
    true = plain_surface(network, theta, d1, d2, X, y)
    found = landscape.surface(network, theta, d1, d2, TICKS_A, TICKS_B, X, y, dtype=np.float64)
    assert found.shape == (4, 3) and found.dtype == np.float64
    np.testing.assert_allclose(found, true, rtol=1e-12)
    quick = landscape.surface(network, theta, d1, d2, TICKS_A, TICKS_B, X, y)
    assert quick.dtype == np.float32
    np.testing.assert_allclose(quick, true, rtol=2e-5)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_blocks_of_cells_and_of_examples_are_put_together_again(activation, residual):
    # More examples than a block holds, in a number that no block divides; more cells than a block, too.
    digits, rng = data.digits(), np.random.default_rng(1)
    network = MLP((64, 32, 32, 32, 10), activation, residual=residual)
    theta = network.init(rng)
    d1, d2 = landscape.filter_normalised_directions(network, theta, rng)
    X, y = digits.X[:1361], digits.y[:1361]
    alphas, betas = np.linspace(-1, 1, 7), np.linspace(-0.5, 1, 11)
    points = theta + alphas[:, None, None] * d1 + betas[:, None] * d2
    true = network.loss(points, X, y)
    found = landscape.surface(network, theta, d1, d2, alphas, betas, X, y, dtype=np.float64)
    np.testing.assert_allclose(found, true, rtol=1e-12)
    quick = landscape.surface(network, theta, d1, d2, alphas, betas, X, y)
    np.testing.assert_allclose(quick, true, rtol=1e-5)


def test_a_tiny_cost_keeps_its_digits():
    network = MLP((1, 2))
    X, y = np.array([[1.0]]), np.array([0])
    gaps = np.array([20.0, 30.0, 60.0])
    found = landscape.surface(network, [0.0] * 4, [1.0, 0, 0, 0], np.zeros(4), gaps, [0.0], X, y)
    np.testing.assert_allclose(found[:, 0], np.log1p(np.exp(-gaps)), rtol=1e-6)


def test_what_is_too_large_for_the_precision_is_infinite_and_finite_in_double():
    network = MLP((2, 3, 2), "relu")
    theta, d1, d2, X, y = example(network)
    ticks = [0.0, 1e18, 1e30]
    single = landscape.surface(network, theta, d1, d2, ticks, [0.0], np.abs(X), y)
    double = landscape.surface(network, theta, d1, d2, ticks, [0.0], np.abs(X), y, dtype="float64")
    assert np.isfinite(double).all() and double[2, 0] > np.finfo(np.float32).max
    assert np.isfinite(single[:2]).all() and single[2, 0] == np.inf
    np.testing.assert_allclose(single[:2], double[:2], rtol=1e-5)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
@settings(deadline=None, max_examples=30)
@given(st.floats(0, 300), st.integers(0, 5))
def test_no_cell_is_ever_nan(loss, activation, exponent, seed):
    network = MLP((4, 3, 3, 2), activation, loss=loss, residual=True)
    theta, d1, d2, X, y = example(network, seed=seed)
    for dtype in (np.float64, np.float32):
        ticks = np.array([-1.0, 1.0]) * 10.0 ** min(exponent, 38 if dtype == np.float32 else 300)
        found = landscape.surface(network, theta, d1, d2, ticks, ticks, X, y, dtype=dtype)
        assert (found >= 0).all()


def test_surface_leaves_its_arguments_as_they_were():
    network = MLP((4, 3, 3, 2), residual=True)
    given_ = example(network)
    before = [np.array(x) for x in given_]
    landscape.surface(network, *given_[:3], TICKS_A, TICKS_B, *given_[3:])
    for now, then in zip(given_, before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_line_is_a_row_of_costs():
    network = MLP((4, 3, 2), "relu", loss="squared")
    theta, d, _, X, y = example(network)
    found = landscape.line(network, theta, d, TICKS_A, X, y)
    np.testing.assert_allclose(found, [plain_cost(network, theta + a * d, X, y) for a in TICKS_A], rtol=1e-12)
    assert found.dtype == np.float64
    assert landscape.line(network, theta, d, TICKS_A, X, y, dtype=np.float32).dtype == np.float32


# Directions -----------------------------------------------------------------------------------------------


def filters(network, flat):
    """Every filter of every layer, one by one."""
    return [W[:, j] for W, _ in network.unflatten(flat) for j in range(W.shape[1])]


def test_every_filter_is_as_long_as_the_networks():
    network = MLP((4, 3, 3, 2), residual=True)
    theta = example(network)[0]
    for d in landscape.filter_normalised_directions(network, theta, np.random.default_rng(0)):
        for mine, theirs in zip(filters(network, d), filters(network, theta), strict=True):
            assert np.linalg.norm(mine) == pytest.approx(np.linalg.norm(theirs), rel=1e-13)
        assert not any(b.any() for _, b in network.unflatten(d))


def test_every_layer_is_as_long_as_the_networks():
    network = MLP((4, 3, 3, 2))
    theta = example(network)[0]
    for d in landscape.layer_normalised_directions(network, theta, np.random.default_rng(0)):
        for (D, e), (W, _) in zip(network.unflatten(d), network.unflatten(theta), strict=True):
            assert np.linalg.norm(D) == pytest.approx(np.linalg.norm(W), rel=1e-13)
            assert not e.any()


def test_one_seed_draws_the_same_directions_in_all_units():
    network = MLP((4, 3, 3, 2))
    theta = example(network)[0]
    raw, layer, filter_ = (
        make(network, theta, np.random.default_rng(5))
        for make in (
            landscape.random_directions,
            landscape.layer_normalised_directions,
            landscape.filter_normalised_directions,
        )
    )
    for k in (0, 1):
        for a, b, c in zip(*(filters(network, x[k]) for x in (raw, layer, filter_)), strict=True):
            for other in (b, c):
                assert a @ other == pytest.approx(np.linalg.norm(a) * np.linalg.norm(other), rel=1e-12)


def test_random_directions_see_the_trace():
    network = MLP((4, 3, 2), "tanh")
    theta, _, _, X, y = example(network)
    H = network.hessian(theta, X, y)
    rng = np.random.default_rng(0)
    draws = np.concatenate([landscape.random_directions(network, theta, rng) for _ in range(4000)])
    curved = np.einsum("ki,ij,kj->k", draws, H, draws)
    error = np.sqrt(2 * np.sum(H * H) / len(draws))  # Var d'Hd = 2 tr H^2
    assert abs(curved.mean() - np.trace(H)) < 4 * error
    assert curved.var() == pytest.approx(2 * np.sum(H * H), rel=0.15)


def test_a_unit_without_weights_stays_and_a_network_without_weights_is_refused():
    network = MLP((4, 3, 2))
    theta = example(network)[0]
    network.unflatten(theta)[0][0][:, 1] = 0
    d1, d2 = landscape.filter_normalised_directions(network, theta, np.random.default_rng(0))
    for d in (d1, d2):
        assert [bool(w.any()) for w in filters(network, d)] == [True, False, True, True, True]
    only_biases = np.zeros(network.n)
    network.unflatten(only_biases)[0][1][...] = 1
    for make in (landscape.filter_normalised_directions, landscape.layer_normalised_directions):
        with pytest.raises(ValueError, match=r"^theta: got no weight other than 0; want"):
            make(network, only_biases, np.random.default_rng(0))


def rescaled(network, theta, factor, unit=None):
    """The same function: a hidden ReLU layer (or one unit of it) times factor, what reads it divided."""
    result = theta.copy()
    (W1, b1), (W2, _) = network.unflatten(result)[:2]
    units = slice(None) if unit is None else unit
    W1[:, units] *= factor
    b1[units] *= factor
    W2[units] /= factor
    return result


def pictures(network, theta, X, y, make):
    ticks = np.linspace(-1, 1, 5)
    d1, d2 = make(network, theta, np.random.default_rng(3))
    return landscape.surface(network, theta, d1, d2, ticks, ticks, X, y, dtype=np.float64)


RELU = MLP((4, 6, 5, 3), "relu")


@pytest.mark.parametrize("factor", [0.01, 3.0, 100.0])
def test_layer_wise_rescaling_changes_the_raw_picture_alone(factor):
    theta, _, _, X, y = example(RELU)
    other = rescaled(RELU, theta, factor)
    np.testing.assert_allclose(RELU.logits(other, X), RELU.logits(theta, X), rtol=1e-10)
    for make in (landscape.filter_normalised_directions, landscape.layer_normalised_directions):
        np.testing.assert_allclose(
            pictures(RELU, other, X, y, make), pictures(RELU, theta, X, y, make), rtol=1e-9
        )
    raw, moved = (pictures(RELU, x, X, y, landscape.random_directions) for x in (theta, other))
    assert np.abs(raw / moved - 1).max() > 0.1


def test_unit_wise_rescaling_changes_the_filter_normalised_picture_too():
    theta, _, _, X, y = example(RELU)
    other = rescaled(RELU, theta, 30.0, unit=2)
    np.testing.assert_allclose(RELU.logits(other, X), RELU.logits(theta, X), rtol=1e-10)
    before, after = (pictures(RELU, x, X, y, landscape.filter_normalised_directions) for x in (theta, other))
    assert after[2, 2] == pytest.approx(before[2, 2], rel=1e-10)
    assert np.abs(after / before - 1).max() > 0.1


# The plane of a path --------------------------------------------------------------------------------------


def test_path_plane_finds_the_plane_of_a_flat_path():
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((30, 2)))[0].T
    inside = np.cumsum(rng.standard_normal((40, 2)), axis=0)
    path = inside @ basis + rng.standard_normal(30)
    for centred in (False, True):
        plane = landscape.path_plane(path, centred=centred)
        assert plane.shares.sum() == pytest.approx(1) and plane.shares[0] >= plane.shares[1]
        np.testing.assert_allclose(
            [plane.d1 @ plane.d1, plane.d2 @ plane.d2, plane.d1 @ plane.d2], [1, 1, 0], atol=1e-12
        )
        back = plane.origin + plane.coordinates @ np.stack([plane.d1, plane.d2])
        np.testing.assert_allclose(back, path, atol=1e-10)
        assert plane.coordinates[-1].tolist() == [0.0, 0.0]
        farthest = np.abs(plane.coordinates).argmax(axis=0)
        assert (plane.coordinates[farthest, [0, 1]] > 0).all()


@pytest.mark.parametrize("centred", [False, True])
def test_path_plane_is_principal_component_analysis(centred):
    path = np.cumsum(np.random.default_rng(2).standard_normal((25, 60)), axis=0)
    M = path - (path.mean(axis=0) if centred else path[-1])
    lam, V = np.linalg.eigh(M.T @ M)
    plane = landscape.path_plane(path, centred=centred)
    np.testing.assert_allclose(plane.shares, lam[:-3:-1] / lam.sum(), rtol=1e-10)
    for d, v in ((plane.d1, V[:, -1]), (plane.d2, V[:, -2])):
        assert abs(d @ v) == pytest.approx(1, abs=1e-10)
    np.testing.assert_array_equal(plane.origin, path[-1])


def test_a_random_walk_lies_in_a_plane_too():
    # Antognini and Sohl-Dickstein (2018): 6/pi^2 (1 + 1/4) of the variance about the mean; measured from the
    # end, 8/pi^2 (1 + 1/9) of it.
    path = np.cumsum(np.random.default_rng(0).standard_normal((200, 3000)), axis=0)
    assert landscape.path_plane(path, centred=True).shares.sum() == pytest.approx(7.5 / np.pi**2, abs=0.01)
    assert landscape.path_plane(path).shares.sum() == pytest.approx(80 / (9 * np.pi**2), abs=0.01)


def test_paths_of_any_size_have_a_plane():
    path = np.cumsum(np.random.default_rng(0).standard_normal((10, 5)), axis=0)
    plain = landscape.path_plane(path)
    for factor in (1e-200, 1e200):
        far = landscape.path_plane(path * factor)
        np.testing.assert_allclose(far.shares, plain.shares, rtol=1e-12)
        np.testing.assert_allclose(far.d1, plain.d1, atol=1e-12)


def test_projection_is_least_squares():
    rng = np.random.default_rng(0)
    origin, d1, d2, *points = rng.standard_normal((7, 12))
    d2 *= 1e3
    found = landscape.project(points, origin, d1, d2)
    true = np.linalg.lstsq(np.column_stack([d1, d2]), (np.array(points) - origin).T, rcond=None)[0].T
    np.testing.assert_allclose(found, true, rtol=1e-10)
    plane = landscape.path_plane(points)
    np.testing.assert_allclose(
        landscape.project(points, plane.origin, plane.d1, plane.d2), plane.coordinates, atol=1e-12
    )


# The grid -------------------------------------------------------------------------------------------------


def test_grid_curvatures_of_a_quadratic_are_its_eigenvalues():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((2, 2))
    H, g = A + A.T, rng.standard_normal(2)
    alphas, betas = np.linspace(-1, 2, 6), np.linspace(0, 1, 9)
    points = np.stack(np.meshgrid(alphas, betas, indexing="ij"), axis=-1)
    F = points @ g + np.einsum("...i,ij,...j", points, H, points) / 2
    found = landscape.grid_curvatures(F, alphas, betas)
    assert found.shape == (4, 7, 2)
    np.testing.assert_allclose(found, np.broadcast_to(np.linalg.eigvalsh(H), found.shape), atol=1e-10)


def test_what_touches_an_infinite_cell_has_no_curvature():
    F = np.add.outer(np.arange(6.0) ** 2, np.arange(6.0) ** 2)
    F[0, 0] = np.inf
    found = np.isnan(landscape.grid_curvatures(F, np.arange(6.0), np.arange(6.0)))
    assert found[0, 0].all() and found.sum() == 2


def test_grid_minima_are_below_all_their_neighbours():
    rng = np.random.default_rng(0)
    F = rng.standard_normal((20, 30))
    found = {tuple(cell) for cell in landscape.grid_minima(F).tolist()}
    true = {
        (i, j)
        for i in range(1, 19)
        for j in range(1, 29)
        if (F[i - 1 : i + 2, j - 1 : j + 2] <= F[i, j]).sum() == 1
    }
    assert found == true and len(true) > 20
    assert landscape.grid_minima(np.zeros((5, 5))).shape == (0, 2), "a plain has none"


# Bad input ------------------------------------------------------------------------------------------------

NETWORK = MLP((4, 3, 2))
THETA, D1, D2, X, Y = example(NETWORK)
GOOD = {"model": NETWORK, "theta": THETA, "d1": D1, "d2": D2, "alphas": [0.0], "betas": [0.0], "X": X, "y": Y}
RNG = np.random.default_rng(0)
SQUARE = np.add.outer(np.arange(4.0), np.arange(5.0) ** 2)
BENT = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("model", lambda: landscape.surface(**{**GOOD, "model": RNN(4, 3, 2)})),
        ("model", lambda: landscape.line(None, THETA, D1, [0.0], X, Y)),
        ("theta", lambda: landscape.surface(**{**GOOD, "theta": THETA[:-1]})),
        ("theta", lambda: landscape.surface(**{**GOOD, "theta": [THETA]})),
        ("theta", lambda: landscape.surface(**{**GOOD, "theta": np.full_like(THETA, 1e39)})),
        ("d1", lambda: landscape.surface(**{**GOOD, "d1": np.full_like(THETA, np.nan)})),
        ("d2", lambda: landscape.surface(**{**GOOD, "d2": 1.0})),
        ("alphas", lambda: landscape.surface(**{**GOOD, "alphas": []})),
        ("alphas", lambda: landscape.surface(**{**GOOD, "alphas": 0.5})),
        ("alphas", lambda: landscape.surface(**{**GOOD, "alphas": [1e39]})),
        ("betas", lambda: landscape.surface(**{**GOOD, "betas": [[0.0]]})),
        ("X", lambda: landscape.surface(**{**GOOD, "X": X[None], "y": Y[None]})),
        ("X", lambda: landscape.surface(**{**GOOD, "X": X * 1e39})),
        ("X", lambda: landscape.surface(**{**GOOD, "X": X[:, :3]})),
        ("y", lambda: landscape.surface(**{**GOOD, "y": Y + 2})),
        ("dtype", lambda: landscape.surface(**GOOD, dtype=np.float16)),
        ("dtype", lambda: landscape.surface(**GOOD, dtype="double precision")),
        ("d", lambda: landscape.line(NETWORK, THETA, D1[:-1], [0.0], X, Y)),
        ("model", lambda: landscape.random_directions("MLP", THETA, RNG)),
        ("theta", lambda: landscape.random_directions(NETWORK, THETA[:-1], RNG)),
        ("rng", lambda: landscape.filter_normalised_directions(NETWORK, THETA, 0)),
        ("theta", lambda: landscape.layer_normalised_directions(NETWORK, [THETA], RNG)),
        ("path", lambda: landscape.path_plane(BENT[:2])),
        ("path", lambda: landscape.path_plane(np.zeros((5, 3)))),
        ("path", lambda: landscape.path_plane(np.outer(np.arange(5.0), np.ones(3)))),
        ("path", lambda: landscape.path_plane(np.full((4, 3), np.inf))),
        ("points", lambda: landscape.project(1.0, [0.0], [1.0], [1.0])),
        ("origin", lambda: landscape.project(BENT, [0.0], [1.0, 0.0], [0.0, 1.0])),
        ("d1", lambda: landscape.project(BENT, [0.0, 0.0], [0.0, 0.0], [0.0, 1.0])),
        ("d2", lambda: landscape.project(BENT, [0.0, 0.0], [1.0, 2.0], [-2.0, -4.0])),
        ("F", lambda: landscape.grid_curvatures(SQUARE.T, np.arange(4), np.arange(5))),
        ("F", lambda: landscape.grid_curvatures(SQUARE * np.nan, np.arange(4), np.arange(5))),
        ("alphas", lambda: landscape.grid_curvatures(SQUARE, [0, 1, 2, 4], np.arange(5))),
        ("betas", lambda: landscape.grid_curvatures(SQUARE, np.arange(4), np.zeros(5))),
        ("F", lambda: landscape.grid_minima(SQUARE[:2])),
        ("F", lambda: landscape.grid_minima(SQUARE * np.nan)),
    ],
)
def test_a_bad_argument_is_named(name, call):
    with pytest.raises(ValueError, match=rf"(?s)^{name}: got .*; want .+"):
        call()


@pytest.mark.parametrize("name", ["theta", "d1", "d2", "alphas", "betas", "X"])
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_an_array_spoiled_anywhere_is_named(name, data):
    good = np.asarray(GOOD[name], dtype=float)
    place = data.draw(st.integers(0, good.size - 1))
    bad = good.copy()
    bad.flat[place] = data.draw(st.sampled_from([np.nan, np.inf, -np.inf]))
    junk = st.sampled_from([None, "x", True, 1j, object(), [[1.0], [1.0, 2.0]], np.ma.masked_array(good)])
    for spoiled in (bad, data.draw(junk)):
        with pytest.raises(ValueError, match=rf"(?s)^{name}: got .*; want .+"):
            landscape.surface(**{**GOOD, name: spoiled})
