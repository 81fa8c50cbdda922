"""Digits: the shipped file against scikit-learn's copy, splits and selections."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ravine import data


def test_digits_equal_scikit_learn():
    X, y = load_digits(return_X_y=True)
    digits = data.digits()
    assert digits.X.dtype == np.float64
    assert digits.y.dtype == np.int64
    np.testing.assert_array_equal(digits.X, X / 16)
    np.testing.assert_array_equal(digits.y, y)


def test_digits_are_shared_and_read_only():
    assert data.digits() is data.digits()
    with pytest.raises(ValueError, match="read-only"):
        data.digits().X[0, 0] = 1


def test_split_is_disjoint_seeded_and_centred_on_the_training_mean():
    whole = data.digits()
    train, test = whole.split(300, np.random.default_rng(1))
    again, _ = whole.split(300, np.random.default_rng(1))
    other, _ = whole.split(300, np.random.default_rng(2))
    np.testing.assert_array_equal(train.X, again.X)
    assert not np.array_equal(train.y, other.y)
    np.testing.assert_allclose(train.X.mean(axis=0), 0, atol=1e-12)
    assert abs(test.X.mean(axis=0)).max() > 1e-3
    raw_train, raw_test = whole.split(300, np.random.default_rng(1), centre=False)
    np.testing.assert_allclose(test.X, raw_test.X - raw_train.X.mean(axis=0))
    rows = np.concatenate([raw_train.X, raw_test.X])
    np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(whole.X, axis=0))


def test_split_takes_as_many_test_examples_as_asked():
    train, test = data.digits().split(300, np.random.default_rng(0), n_test=200)
    assert (len(train), len(test)) == (300, 200)


def test_only_relabels_in_the_order_given():
    chosen = data.digits().only(7, 3)
    whole = data.digits()
    np.testing.assert_array_equal(chosen.X[chosen.y == 0], whole.X[whole.y == 7])
    np.testing.assert_array_equal(chosen.X[chosen.y == 1], whole.X[whole.y == 3])


@pytest.mark.parametrize("classes", [(), (1, 1), (3, 10)])
def test_only_refuses_what_does_not_occur(classes):
    with pytest.raises(ValueError, match=r"classes: got .*; want one or more"):
        data.digits().only(*classes)


@pytest.mark.parametrize(
    ("arguments", "options", "name"),
    [
        ((0, np.random.default_rng(0)), {}, "n_train"),
        ((1797, np.random.default_rng(0)), {}, "n_train"),
        ((1000, np.random.default_rng(0)), {"n_test": 900}, "n_train"),
        ((10, np.random.default_rng(0)), {"n_test": 2.5}, "n_test"),
        ((10, 0), {}, "rng"),
    ],
)
def test_split_refuses_bad_arguments(arguments, options, name):
    with pytest.raises(ValueError, match=f"^{name}: got .*; want"):
        data.digits().split(*arguments, **options)
