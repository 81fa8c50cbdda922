"""Argument checks: what would be rounded, unmasked or reinterpreted on its way to float64 is refused."""

import decimal
import fractions
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine import _check, rules, zoo
from ravine.descent import minimise, train
from ravine.networks import MLP
from ravine.problems import RecurrentUnit

LONG = np.longdouble(1) + np.finfo(np.longdouble).eps

NO_ARRAYS = {
    "a mask": np.ma.array([1.0, 2.0], mask=[False, True]),
    "an empty mask": np.ma.array([1.0, 2.0]),
    "a masked entry": [1.0, np.ma.masked],
    "complex": np.array([1 + 0j]),
    "complex among others": [1.0, 2 + 0j],
    "a long integer": [2**53 + 1, 1],
    "a huge integer": [10**400],
    "unsigned": np.array([2**64 - 1], np.uint64),
    "the largest": np.array([2**63 - 1]),
    "objects": np.array([1, 2], object),
    "fractions": [fractions.Fraction(1, 3)],
    "decimals": [decimal.Decimal("0.1")],
    "truth": [True, False],
    "truth among numbers": [1.0, True],
    "truth in a row": [[1.0, 2.0], [3.0, np.True_]],
    "text": ["0.1"],
    "bytes": b"12",
    "dates": np.array(["2020"], "datetime64[Y]"),
    "durations": np.array([1], "timedelta64[s]"),
    "nothing": None,
    "rows": [[1.0, 2.0], [3.0]],
    "records": np.zeros(2, [("a", float)]),
}
if np.finfo(np.longdouble).nmant > 52:
    NO_ARRAYS |= {"long": np.array([LONG]), "too large": np.array(["1e4000"]).astype(np.longdouble)}
    NO_ARRAYS |= {"too small": np.array(["1e-4000"]).astype(np.longdouble)}


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("x", NO_ARRAYS.values(), ids=NO_ARRAYS)
def test_what_is_no_array_of_float64_is_refused(x):
    with pytest.raises(ValueError, match=r"(?s)^theta: got .*; want"):
        _check.array("theta", x)
    with pytest.raises(ValueError, match=r"(?s)^theta: got .*; want"):
        zoo.quadratic().value(x)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4))
def test_integers_are_taken_exactly_or_not_at_all(numbers):
    exact = all(int(float(i)) == i for i in numbers)
    try:
        found = _check.array("x", np.array(numbers, np.int64))
    except ValueError:
        assert not exact
        return
    assert exact and [int(x) for x in found] == numbers


@given(st.integers())
def test_a_lone_integer_is_taken_exactly_or_not_at_all(i):
    try:
        exact = int(float(i)) == i
    except OverflowError:
        exact = False
    if exact:
        assert _check.real("x", i) == i
    else:
        with pytest.raises(ValueError, match="x: got"):
            _check.real("x", i)


def test_the_same_numbers_in_any_array_are_the_same():
    kinds = [np.int8, np.uint16, np.int64, np.float16, np.float32, np.longdouble, ">f8", "<f4", ">i4"]
    for kind in kinds:
        found = _check.array("x", np.array([[1, 2], [3, 4]], dtype=kind))
        assert found.dtype == np.float64 and found.dtype.isnative
        np.testing.assert_array_equal(found, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(_check.array("x", np.array(2**60)), 2.0**60)
    assert _check.array("x", []).shape == (0,) and _check.array("x", 3).shape == ()


NO_NUMBERS = {
    "NumPy's truth": np.True_,
    "an array of truth": np.array(True),
    "complex": np.complex128(1),
    "Python's complex": 1j,
    "bytes": b"1",
    "a byte array": bytearray(b"1"),
    "text": "1",
    "huge": 10**400,
    "minus huge": -(10**400),
    "long": 2**53 + 1,
    "masked": np.ma.masked,
    "a masked array": np.ma.array(1.0, mask=True),
    "a list": [1.0],
    "an array of one": np.array([1.0]),
    "a date": np.datetime64("2020"),
    "a decimal too small": decimal.Decimal("1e-400"),
    "a decimal too large": decimal.Decimal("1e400"),
    "a fraction too small": fractions.Fraction(1, 10**400),
}
if np.finfo(np.longdouble).nmant > 52:
    NO_NUMBERS |= {"a long double": LONG, "a tiny long double": np.longdouble("1e-4000")}


@pytest.mark.parametrize("x", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_float64_is_refused(x):
    with pytest.raises(ValueError, match=r"(?s)^rate: got .*; want a finite number"):
        _check.real("rate", x, above=0)
    with pytest.raises(ValueError, match=r"^learning_rate: got"):
        rules.gradient_descent(x)


@pytest.mark.parametrize(
    "x", [3, 3.0, np.float32(3), np.int8(3), np.array(3), np.longdouble(3), fractions.Fraction(3)]
)
def test_a_number_of_any_type_is_that_number(x):
    assert _check.real("rate", x) == 3.0 and type(_check.real("rate", x)) is float


def test_counts_fit_in_64_bits():
    assert _check.count("n", 2**63 - 1) == 2**63 - 1 and _check.count("n", np.uint8(7)) == 7
    for x in (2**63, 10**400, np.uint64(2**64 - 1)):
        with pytest.raises(ValueError, match=r"n: got .*; want an integer >= 1 and < 2\*\*63"):
            _check.count("n", x)
    for x in (np.True_, np.array(True), 3.0, "3", np.ma.masked, 3 + 0j, None, [3]):
        with pytest.raises(ValueError, match="n: got"):
            _check.count("n", x)


@pytest.mark.parametrize(
    "theta",
    [np.ones(2) + 0j, np.array(["1", "2"]), np.ones(2, bool), np.ma.array([1.0, 2.0], mask=[0, 1])],
    ids=["complex", "text", "truth", "mask"],
)  # fmt: skip
def test_parameters_of_networks_are_numbers_too(theta):
    """They may be infinite, as an optimiser may run off, but nothing else than numbers."""
    X = np.ones((1, 1))
    for call in (
        lambda: MLP((1, 1), loss="squared").problem(X, X).value(theta),
        lambda: MLP((1, 1), loss="squared").problem(X, X).grad(theta),
        lambda: RecurrentUnit().value(theta),
        lambda: RecurrentUnit().grad(theta),
        lambda: RecurrentUnit().states(theta),
    ):
        with pytest.raises(ValueError, match="theta: got"):
            call()


def test_labels_are_not_unmasked():
    y, X = np.ma.array([0, 1], mask=[True, False]), np.eye(2)
    network, theta = MLP((2, 2)), np.zeros(6)
    with pytest.raises(ValueError, match=r"(?s)y: got .* without a mask"):
        network.error_rate(theta, X, y)
    with pytest.raises(ValueError, match=r"(?s)y: got .* without a mask"):
        train(
            network, rules.gradient_descent(0.1), theta, X, y,
            batch_size=1, n_steps=1, rng=np.random.default_rng(0),
        )  # fmt: skip


@pytest.mark.parametrize(
    "kind",
    [
        "list",
        "int8",
        "uint8",
        "int64",
        "float16",
        "float32",
        "longdouble",
        ">f8",
        "Fortran",
        "read-only",
        "strided",
    ],
)
def test_a_start_in_any_array_runs_the_same(kind):
    """float64 throughout: in float32 or integers the run would be another."""
    start = np.array([[1.0, 2.0], [3.0, 4.0]])
    if kind == "list":
        given_start = start.astype(int).tolist()
    elif kind == "strided":
        given_start = np.repeat(start, 2, axis=1)[:, ::2]
    elif kind in ("Fortran", "read-only"):
        given_start = np.asfortranarray(start) if kind == "Fortran" else start.copy()
        given_start.flags.writeable = False
    else:
        given_start = start.astype(kind)
    for rule in (rules.gradient_descent(0.01), rules.adam(0.1), rules.newton(0.5), rules.momentum(0.01)):
        expected = minimise(zoo.rosenbrock(), rule, start, n_steps=20)
        assert minimise(zoo.rosenbrock(), rule, given_start, n_steps=20) == expected
