"""Rules that follow the gradient, with and without a velocity."""

from ravine import _check
from ravine.rules._equations import Equations, g, grad, learning_rate, symbols, theta
from ravine.rules._rule import Rule
from ravine.rules._written import written

v, alpha = symbols("velocity momentum")

GRADIENT_DESCENT = Equations(
    name="gradient_descent",
    state=(),
    lines=(
        (g, grad(theta)),
        (theta, theta - learning_rate * g),
    ),
)

MOMENTUM = Equations(
    name="momentum",
    state=(v,),
    lines=(
        (g, grad(theta)),
        (v, alpha * v - learning_rate * g),
        (theta, theta + v),
    ),
)

NESTEROV = Equations(
    name="nesterov",
    state=(v,),
    lines=(
        (v, alpha * v),
        (g, grad(theta + v)),
        (v, v - learning_rate * g),
        (theta, theta + v),
    ),
)


def gradient_descent(learning_rate: float) -> Rule:
    """Gradient descent: theta <- theta - learning_rate g.

    Parameters
    ----------
    learning_rate : > 0, in units of theta^2 / J.

    Returns
    -------
    A Rule without state.

    Raises
    ------
    ValueError : learning_rate is not a finite positive number.

    Source: Cauchy (1847), Comptes rendus 25, 536-538; Goodfellow et al. (2016), eq. 4.5.

    >>> import numpy as np
    >>> class Bowl:
    ...     value, grad = (lambda self, x: (x * x).sum(-1) / 2), (lambda self, x: x)
    >>> gradient_descent(0.1).update(Bowl(), np.array([1.0, -2.0]), {}, 0)
    (array([ 0.9, -1.8]), {})
    """
    learning_rate = _check.real("learning_rate", learning_rate, above=0)

    return written(GRADIENT_DESCENT, learning_rate=learning_rate)


def momentum(learning_rate: float, momentum: float = 0.9) -> Rule:
    """The heavy ball: v <- momentum v - learning_rate g, theta <- theta + v.

    The velocity holds the rates of former steps, so a change of rate acts in full only after about
    1 / (1 - momentum) steps; in PyTorch's form, v <- momentum v + g and theta <- theta - learning_rate v, it
    acts at once.

    Parameters
    ----------
    learning_rate : > 0, in units of theta^2 / J.
    momentum : alpha, in [0, 1], dimensionless; 0 is gradient descent, 1 a ball without friction.

    Returns
    -------
    A Rule with state `velocity` (..., n).

    Raises
    ------
    ValueError : a hyperparameter lies outside its range.

    Source: Polyak (1964), USSR Comput. Math. Math. Phys. 4(5), 1-17; in this form Goodfellow et al. (2016),
    eqs. 8.15-8.16.

    >>> import numpy as np
    >>> class Bowl:
    ...     value, grad = (lambda self, x: (x * x).sum(-1) / 2), (lambda self, x: x)
    >>> theta, state = momentum(0.5).update(Bowl(), np.array([4.0]), {"velocity": np.array([1.0])}, 0)
    >>> theta, state["velocity"]
    (array([2.9]), array([-1.1]))
    """
    learning_rate = _check.real("learning_rate", learning_rate, above=0)
    momentum = _check.real("momentum", momentum, at_least=0, at_most=1)

    return written(MOMENTUM, learning_rate=learning_rate, momentum=momentum)


def nesterov(learning_rate: float, momentum: float = 0.9) -> Rule:
    """Nesterov's momentum: v <- momentum v - learning_rate g(theta + momentum v), theta <- theta + v.

    Parameters
    ----------
    learning_rate : > 0, in units of theta^2 / J.
    momentum : alpha, in [0, 1], dimensionless.

    Returns
    -------
    A Rule with state `velocity` (..., n).

    Raises
    ------
    ValueError : a hyperparameter lies outside its range.

    Source: Nesterov (1983), Soviet Math. Dokl. 27, 372-376; in this form Sutskever et al. (2013), ICML,
    eqs. 3-4.

    >>> import numpy as np
    >>> class Bowl:
    ...     value, grad = (lambda self, x: (x * x).sum(-1) / 2), (lambda self, x: x)
    >>> theta, state = nesterov(0.5).update(Bowl(), np.array([4.0]), {"velocity": np.array([1.0])}, 0)
    >>> theta.round(12), state["velocity"].round(12)
    (array([2.45]), array([-1.55]))
    """
    learning_rate = _check.real("learning_rate", learning_rate, above=0)
    momentum = _check.real("momentum", momentum, at_least=0, at_most=1)

    return written(NESTEROV, learning_rate=learning_rate, momentum=momentum)
