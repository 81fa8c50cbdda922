"""Rules that divide each coordinate's step by the size of its past gradients."""

import sympy

from ravine import _check
from ravine.rules._equations import Equations, eps, g, grad, in_order, learning_rate, symbols, t, theta
from ravine.rules._rule import Rule
from ravine.rules._written import written

sqrt = sympy.sqrt
decay, beta1, beta2 = symbols("decay beta1 beta2")
total, m, r = symbols("sum_of_squares mean mean_square")
m_hat, r_hat = symbols("m_hat r_hat")

ADAGRAD = Equations(
    name="adagrad",
    state=(total,),
    squared=total,
    lines=(
        (g, grad(theta)),
        (total, total + g**2),
        (theta, theta - learning_rate * g / (sqrt(total) + eps)),
    ),
)

RMSPROP = Equations(
    name="rmsprop",
    state=(r,),
    squared=r,
    lines=(
        (g, grad(theta)),
        (r, decay * r + in_order(1 - decay, g, g)),
        (theta, theta - learning_rate * g / (sqrt(r) + eps)),
    ),
)

ADAM = Equations(
    name="adam",
    state=(m, r),
    squared=r,
    lines=(
        (g, grad(theta)),
        (m, beta1 * m + (1 - beta1) * g),
        (r, beta2 * r + in_order(1 - beta2, g, g)),
        (m_hat, m / (1 - beta1 ** (t + 1))),
        (r_hat, r / (1 - beta2 ** (t + 1))),
        (theta, theta - learning_rate * m_hat / (sqrt(r_hat) + eps)),
    ),
)


def adagrad(learning_rate: float, eps: float = 1e-8) -> Rule:
    """AdaGrad: r <- r + g^2, theta <- theta - learning_rate g / (sqrt(r) + eps), coordinate by coordinate.

    Parameters
    ----------
    learning_rate : > 0, in units of theta.
    eps : > 0, in units of g; keeps the division finite.

    Returns
    -------
    A Rule with state `sum_of_squares` (..., n). Once squares of gradients are no float64
    (g beyond 2^450, or eps below 2^-450) the state also has `unit` (..., n), powers of two:
    `sum_of_squares` is then in units of their squares.

    Raises
    ------
    ValueError : a hyperparameter lies outside its range.

    Source: Duchi, Hazan and Singer (2011), JMLR 12, 2121-2159, the diagonal form of figure 1.

    >>> import numpy as np
    >>> class Bowl:
    ...     value, grad = (lambda self, x: (x * x).sum(-1) / 2), (lambda self, x: x)
    >>> rule, theta = adagrad(0.5), np.array([3.0, -0.1])
    >>> rule.update(Bowl(), theta, rule.init(theta), 0)[0].round(6)  # the first step only knows signs
    array([2.5, 0.4])
    """
    learning_rate = _check.real("learning_rate", learning_rate, above=0)
    eps = _check.real("eps", eps, above=0)

    return written(ADAGRAD, learning_rate=learning_rate, eps=eps)


def rmsprop(learning_rate: float, decay: float = 0.9, eps: float = 1e-8) -> Rule:
    """RMSProp: r <- decay r + (1 - decay) g^2, theta <- theta - learning_rate g / (sqrt(r) + eps).

    Parameters
    ----------
    learning_rate : > 0, in units of theta.
    decay : in [0, 1), dimensionless; 0 remembers nothing.
    eps : > 0, in units of g.

    Returns
    -------
    A Rule with state `mean_square` (..., n). Once squares of gradients are no float64
    (g beyond 2^450, or eps below 2^-450) the state also has `unit` (..., n), powers of two:
    `mean_square` is then in units of their squares.

    Raises
    ------
    ValueError : a hyperparameter lies outside its range.

    Source: Hinton (2012), Neural networks for machine learning, lecture 6e.

    >>> import numpy as np
    >>> class Bowl:
    ...     value, grad = (lambda self, x: (x * x).sum(-1) / 2), (lambda self, x: x)
    >>> rule, theta = rmsprop(0.5, decay=0.75), np.array([3.0, -0.1])
    >>> rule.update(Bowl(), theta, rule.init(theta), 0)[0].round(6)  # learning_rate / sqrt(1 - decay)
    array([2. , 0.9])
    """
    learning_rate = _check.real("learning_rate", learning_rate, above=0)
    decay = _check.real("decay", decay, at_least=0, below=1)
    eps = _check.real("eps", eps, above=0)

    return written(RMSPROP, learning_rate=learning_rate, decay=decay, eps=eps)


def adam(learning_rate: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Rule:
    """Adam: m <- beta1 m + (1 - beta1) g, r <- beta2 r + (1 - beta2) g^2, then a step with both unbiased.

    theta <- theta - learning_rate m_hat / (sqrt(r_hat) + eps), where m_hat = m / (1 - beta1^(t+1)) and
    r_hat = r / (1 - beta2^(t+1)) undo the start from zero.

    Parameters
    ----------
    learning_rate : > 0, in units of theta.
    beta1, beta2 : in [0, 1), dimensionless.
    eps : > 0, in units of g.

    Returns
    -------
    A Rule with state `mean` and `mean_square`, both (..., n). Once squares of gradients are no float64
    (g beyond 2^450, or eps below 2^-450) the state also has `unit` (..., n), powers of two:
    `mean_square` is then in units of their squares.

    Raises
    ------
    ValueError : a hyperparameter lies outside its range.

    Source: Kingma and Ba (2015), ICLR, algorithm 1.

    >>> import numpy as np
    >>> class Bowl:
    ...     value, grad = (lambda self, x: (x * x).sum(-1) / 2), (lambda self, x: x)
    >>> rule, theta = adam(0.5), np.array([3.0, -0.1])
    >>> rule.update(Bowl(), theta, rule.init(theta), 0)[0].round(6)  # the first step only knows signs
    array([2.5, 0.4])
    """
    learning_rate = _check.real("learning_rate", learning_rate, above=0)
    beta1 = _check.real("beta1", beta1, at_least=0, below=1)
    beta2 = _check.real("beta2", beta2, at_least=0, below=1)
    eps = _check.real("eps", eps, above=0)

    return written(ADAM, learning_rate=learning_rate, beta1=beta1, beta2=beta2, eps=eps)
