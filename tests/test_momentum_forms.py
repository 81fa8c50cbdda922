"""The two forms of momentum agree while the rate stays, and part when it changes: the docstring's warning."""

from fractions import Fraction

import numpy as np
import pytest

from ravine import rules

ALPHA, CUT, END = Fraction(9, 10), 5, 11


class Bowl:
    """theta^2 / 2 in one dimension."""

    @staticmethod
    def value(theta):
        return (theta**2).sum(-1) / 2

    @staticmethod
    def grad(theta):
        return theta


def ours(rates):
    theta, state = np.array([1.0]), None
    for t, rate in enumerate(rates):
        rule = rules.momentum(float(rate), float(ALPHA))
        state = rule.init(theta) if state is None else state
        theta, state = rule.update(Bowl, theta, state, t)
    return float(theta[0])


def pytorch(rates):
    theta, sum_ = Fraction(1), Fraction(0)
    for rate in rates:
        sum_ = ALPHA * sum_ + theta
        theta -= rate * sum_
    return float(theta)


def test_at_a_constant_rate_the_forms_agree():
    rates = [Fraction(1, 10)] * END
    assert ours(rates) == pytest.approx(pytorch(rates), rel=1e-12)


def test_a_change_of_rate_acts_at_once_in_one_form_and_late_in_the_other():
    rates = [Fraction(1, 10)] * CUT + [Fraction(1, 100)] * (END - CUT)
    before = pytorch(rates[:CUT])
    assert ours(rates[:CUT]) == pytest.approx(before, rel=1e-12)
    assert abs(ours(rates) - before) > 4 * abs(pytorch(rates) - before) > 0
    # What the old rates still add after k steps is alpha^k of it: 1/e after about 1 / (1 - alpha).
    assert float(ALPHA) ** round(1 / (1 - ALPHA)) == pytest.approx(np.exp(-1), rel=0.06)
