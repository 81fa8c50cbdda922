"""The JavaScript of the rules that are written as equations."""

import inspect

from ravine.rules import _adaptive, _first_order

RULES = (
    (_first_order.GRADIENT_DESCENT, _first_order.gradient_descent),
    (_first_order.MOMENTUM, _first_order.momentum),
    (_first_order.NESTEROV, _first_order.nesterov),
    (_adaptive.ADAGRAD, _adaptive.adagrad),
    (_adaptive.RMSPROP, _adaptive.rmsprop),
    (_adaptive.ADAM, _adaptive.adam),
)


def javascript() -> str:
    """The text of an ES module that exports `written`: name -> {init, update, defaults, squared}.

    `init(theta)` is the state, `update(problem, theta, state, t, hyperparameters, scale = 1)` the next
    [theta, state]; `defaults` are those of the Python signatures; `squared` names what of the state holds
    squares of gradients, or is null.

    >>> javascript().count("update({ grad }, theta,")
    6
    """
    lines = ["export const written = {"]
    for equations, rule in RULES:
        parameters = inspect.signature(rule).parameters.values()
        lines.append(
            equations.javascript({p.name: p.default for p in parameters if p.default is not p.empty})
        )
    return "\n".join([*lines, "};", ""])
