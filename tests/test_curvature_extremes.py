"""Curvature of matrices of any size: what is relative stays the same when all entries are scaled."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine import curvature

SCALES = [1e-300, 1e-200, 1e-30, 1.0, 1e30, 1e200, 1e300]
H = np.array([[3.0, 1.0, 0.0], [1.0, -2.0, 0.5], [0.0, 0.5, 1.0]])


@pytest.mark.parametrize("scale", SCALES)
def test_conditioning_and_kind_do_not_change_with_the_unit(scale):
    assert curvature.condition_number(H * scale) == pytest.approx(curvature.condition_number(H), rel=1e-12)
    assert curvature.classify(H * scale) == "saddle"
    assert curvature.classify(np.eye(3) * scale) == "minimum"
    assert curvature.condition_number(np.ones((2, 2)) * scale) == np.inf
    assert curvature.classify(np.ones((2, 2)) * scale) == "degenerate"


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_zero_matrix_is_singular_and_degenerate(n):
    assert curvature.condition_number(np.zeros((n, n))) == np.inf
    assert curvature.classify(np.zeros((n, n))) == "degenerate"
    rng = np.random.default_rng(0)
    assert curvature.lanczos(lambda v: 0 * v, n, n, rng).eigenvalues.tolist() == [0.0] * n
    assert curvature.top_eigenvalues(lambda v: 0 * v, n, n, rng).tolist() == [0.0] * n


def spectrum(n=12, seed=0):
    """A symmetric matrix with a known spectrum, one eigenvalue of which is repeated."""
    Q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))
    lam = np.sort(np.array([*np.linspace(-3, 5, n - 2), 7.0, 7.0]))
    return (Q * lam) @ Q.T, lam


@pytest.mark.parametrize(
    ("dtype", "scale"),
    [
        *((np.float64, scale) for scale in SCALES),
        *((np.float32, scale) for scale in (1e-30, 1e-20, 1e20, 1e30)),
    ],
)
def test_lanczos_does_not_care_for_the_unit(dtype, scale):
    matrix, lam = spectrum()

    def product(v):
        return ((matrix @ v.astype(np.float64)) * scale).astype(dtype)

    tol = 1e-10 if dtype is np.float64 else 2e-5
    found = curvature.lanczos(product, 12, 12, np.random.default_rng(1), dtype=dtype)
    np.testing.assert_allclose(found.eigenvalues / scale, lam, atol=7 * tol)
    assert found.weights.sum() == pytest.approx(1, rel=1e-5)
    top = curvature.top_eigenvalues(product, 12, 3, np.random.default_rng(1), rtol=1e-4, dtype=dtype)
    assert top[-1] / scale == pytest.approx(7, rel=1e-3)


def test_a_product_may_use_its_argument_as_it_likes():
    matrix, lam = spectrum()

    def careless(v):
        result = matrix @ v
        v *= 0  # works in place
        return result

    def in_place(v):
        v *= 3
        return v

    found = curvature.lanczos(careless, 12, 12, np.random.default_rng(0))
    np.testing.assert_allclose(found.eigenvalues, lam, atol=1e-10)
    assert curvature.lanczos(in_place, 4, 2, np.random.default_rng(0)).eigenvalues == pytest.approx([3, 3])


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.integers(-290, 290), st.integers(-150, 150))
def test_the_predicted_change_is_right_where_it_is_a_float(lam, g, a, b):
    H, g, rate = np.array([[lam * 10.0**a]]), np.array([g * 10.0**b]), 0.3
    with mp.workdps(60):
        x, c, eps = mp.mpf(float(g[0])), mp.mpf(float(H[0, 0])), mp.mpf(rate)
        change = -eps * x**2 + eps**2 * c * x**2 / 2
        size = abs(eps * x**2) + abs(eps**2 * c * x**2 / 2)
    found = float(curvature.predicted_change(H, g, rate))
    assert not np.isnan(found)
    if 1e-280 < size < 1e300:
        assert abs(found - float(change)) <= 1e-14 * float(size)
        assert float(curvature.predicted_change(lambda v: H @ v, g, rate)) == pytest.approx(found, rel=1e-14)


@pytest.mark.parametrize("kind", ["integer", "Fortran", "read-only", "strided", "float32"])
def test_any_array_of_the_same_numbers_gives_the_same_answer(kind):
    matrix, v = np.array([[4.0, 1.0], [1.0, -2.0]]), np.array([3.0, -1.0])

    def other(x):
        if kind in ("integer", "float32"):
            return x.astype(int if kind == "integer" else np.float32)
        if kind == "strided":
            return np.repeat(x, 2, axis=-1)[..., ::2]
        x = np.asfortranarray(x) if kind == "Fortran" else x.copy()
        x.flags.writeable = False
        return x

    assert curvature.condition_number(other(matrix)) == curvature.condition_number(matrix)
    assert curvature.quadratic_form(other(matrix), other(v)) == curvature.quadratic_form(matrix, v)
    assert curvature.predicted_change(other(matrix), other(v), 0.1) == curvature.predicted_change(
        matrix, v, 0.1
    )
    assert curvature.classify(other(matrix)) == "saddle"


def test_a_density_of_any_width_has_unit_mass():
    matrix, _ = spectrum()
    found = curvature.lanczos(lambda v: matrix @ v, 12, 6, np.random.default_rng(0))
    for width in (1e-3, 0.1, 10.0):
        lam = np.concatenate([np.linspace(x - 9 * width, x + 9 * width, 400) for x in found.eigenvalues])
        lam = np.unique(lam)
        assert np.trapezoid(found.density(lam, width), lam) == pytest.approx(1, rel=1e-3)


# Asymmetry


@pytest.mark.parametrize("scale", SCALES)
def test_what_is_not_symmetric_is_refused_by_relative_measure(scale):
    shear = np.array([[1.0, 0.1, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    for call in (
        curvature.condition_number,
        curvature.classify,
        lambda A: curvature.quadratic_form(A, np.ones(3)),
        lambda A: curvature.predicted_change(A, np.ones(3), 0.1),
    ):
        with pytest.raises(ValueError, match="H: got entries that differ from their mirror by"):
            call(shear * scale)
        with pytest.raises(ValueError, match="H: got entries that differ from their mirror by"):
            call(np.array([np.eye(3) * 1e300, shear * scale]))  # beside a matrix of much larger entries
    with pytest.raises(ValueError, match="hvp: got u'Hv and v'Hu that differ"):
        curvature.lanczos(lambda v: (shear @ v) * scale, 3, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="hvp: got u'Hv and v'Hu that differ"):
        curvature.top_eigenvalues(lambda v: (shear @ v) * scale, 3, 2, np.random.default_rng(0))


def test_a_small_block_beside_a_large_one_must_be_symmetric_too():
    """eigvalsh would read its lower triangle alone, and call this one singular."""
    block = np.array([[1e9, 0.0, 0.0], [0.0, 1.0, 2.0], [0.0, 0.0, 1.0]])
    with pytest.raises(ValueError, match="by 2; want symmetric"):
        curvature.classify(block)
    with pytest.raises(ValueError, match="by inf; want symmetric"):
        curvature.classify([[0, 1.7e308], [-1.7e308, 0]])
    # Rounding is no asymmetry, in a row that is zero but for it either.
    rounded = np.array([[1.0, 1e-16, 0.0], [0.0, 0.0, 2e-17], [0.0, 1e-17, 3.0]])
    assert curvature.condition_number(rounded) == np.inf


@pytest.mark.parametrize("scales", [(1e-200, 1.0, 1e200), (1e-9, 1e-3, 1e3)])
def test_rounding_of_a_graded_matrix_is_no_asymmetry(scales):
    found = curvature.lanczos(lambda v: v * np.array(scales), 3, 3, np.random.default_rng(0)).eigenvalues
    np.testing.assert_allclose(found, scales, atol=1e-14 * max(scales))


# Products that work in place, in one buffer, or answer in another shape


def test_a_product_that_works_in_place_leaves_the_callers_vector_alone():
    lam = np.arange(1.0, 7.0)

    def in_place(v):
        v *= lam
        return v

    buffer = np.empty(6)

    def one_buffer(v):
        return np.multiply(lam, v, out=buffer)

    g = np.arange(6.0)
    for product in (in_place, one_buffer):
        assert curvature.quadratic_form(product, g) == (lam * g * g).sum()
        change = -0.1 * (g * g).sum() + 0.005 * (lam * g * g).sum()
        assert curvature.predicted_change(product, g, 0.1) == pytest.approx(change, rel=1e-14)
        np.testing.assert_array_equal(g, np.arange(6.0))
        found = curvature.top_eigenvalues(product, 6, 2, np.random.default_rng(0))
        np.testing.assert_allclose(found, [5, 6], rtol=1e-12)


@pytest.mark.parametrize("product", [lambda v: v[0], lambda v: 2.0, lambda v: np.stack([v, v])])
def test_a_product_of_another_shape_is_refused(product):
    """It would broadcast, and give every vector the first one's curvature."""
    for call in (curvature.quadratic_form, lambda H, v: curvature.predicted_change(H, v, 0.1)):
        with pytest.raises(ValueError, match=r"H\(v\): got shape .* at v of shape \(3, 2\); want the same"):
            call(product, np.ones((3, 2)))


def test_a_single_number_is_no_vector():
    for call in (curvature.quadratic_form, lambda H, v: curvature.predicted_change(H, v, 0.1)):
        with pytest.raises(ValueError, match=r"got a single number; want \(\.\.\., n\)"):
            call(lambda v: v, 2.0)


@given(
    st.lists(st.integers(-150, 150), min_size=2, max_size=2),
    st.lists(st.integers(-300, 300), min_size=3, max_size=3),
    st.lists(st.sampled_from([-2.5, -1.0, 0.0, 1.0, 3.0]), min_size=5, max_size=5),
)
def test_the_quadratic_form_is_right_where_it_is_a_float(powers, entries, numbers):
    v = np.array([a * 10.0**k for a, k in zip(numbers[:2], powers, strict=True)])
    a, b, d = (float(x * 10.0**k) for x, k in zip(numbers[2:], entries, strict=True))
    with mp.workdps(60):
        x, y = map(mp.mpf, v.tolist())
        terms = [a * x * x, 2 * mp.mpf(b) * x * y, d * y * y]
        exact, size = sum(terms), sum(map(abs, terms))
        found = float(curvature.quadratic_form([[a, b], [b, d]], v))
        if 1e-300 < size < 1e308 / 4:
            assert abs(found - exact) <= 1e-14 * size
        elif size == 0:
            assert found == 0
        elif abs(exact) > 1e309:
            assert found == (np.inf if exact > 0 else -np.inf)


@pytest.mark.parametrize("width", [5e-324, 1e-200, 1.7e308])
def test_a_density_far_away_is_silent(width):
    found = curvature.lanczos(lambda v: 0 * v, 2, 2, np.random.default_rng(0))
    with np.errstate(all="raise"):
        assert found.density([1e300, -1e300], min(width, 1.0)).tolist() == [0, 0]
        centre = float(found.density(0.0, width))
    exact = 1 / (mp.mpf(width) * mp.sqrt(2 * mp.pi))
    assert centre == (np.inf if exact > 1e309 else pytest.approx(float(exact), rel=1e-14, abs=1e-323))
