"""A short way in many short steps: what ill-conditioning does to the count, and not to the path."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ravine import _check, descent, rules, zoo
from ravine._typing import Array
from ravine.experiments.local_vs_global.mountain import arc_ratio


@dataclass(frozen=True)
class ShortSteps:
    """Steps to a thousandth of the distance, and arc over displacement, per condition number: all (k,)."""

    kappa: Array
    steps: Array
    predicted: Array
    arc: Array


def short_steps(kappa: Sequence[float] = (10.0, 100.0, 1000.0)) -> ShortSteps:
    r"""Descend quadratics of two coordinates with the learning rate 1 / (largest curvature).

    The flat coordinate shrinks by $1 - 1/\kappa$ a step and needs $\ln 1000 / -\ln(1 - 1/\kappa)$ steps.

    Parameters
    ----------
    kappa : condition numbers, each above 1.

    Returns
    -------
    ShortSteps

    Raises
    ------
    ValueError : a condition number that is not above 1.

    >>> short_steps([10.0]).steps.tolist()
    [66]
    """
    numbers = np.array([_check.real("kappa", k, above=1) for k in kappa])
    predicted = np.log(1000) / -np.log1p(-1 / numbers)
    steps, arcs = [], []
    for k, n_steps in zip(numbers, np.ceil(predicted).astype(int), strict=True):
        rule = rules.gradient_descent(1 / float(k))
        theta = descent.minimise(zoo.quadratic(float(k)), rule, [1.0, 1.0], n_steps=int(n_steps) + 1).theta
        near = np.linalg.norm(theta, axis=-1) <= 1e-3
        if not near.any():  # the first step that is near would be read as step 0
            raise ArithmeticError(f"short_steps: kappa = {k:g} takes more than the predicted steps")
        steps.append(int(near.argmax()))
        arcs.append(arc_ratio(theta[: steps[-1] + 1]))
    return ShortSteps(numbers, np.array(steps), predicted, np.array(arcs))
