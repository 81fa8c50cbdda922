"""An exercise on a live figure: set it so that a condition holds."""

from collections.abc import Mapping
from typing import Any

from ravine.bets import _judge
from ravine.bets._bet import Bet, build, pairs
from ravine.bets._trees import plant
from ravine.live import _text
from ravine.live.explorer import Explorer


def setting(
    id: str,
    *,
    figure: Explorer,
    goal: Any,
    example: Mapping[str, Any],
    question: str,
    typical: Mapping[str, tuple[Any, str]] | None = None,
    because: str = "",
    difficulty: str = "",
) -> Bet:
    """Ask for a state of a live figure.

    Parameters
    ----------
    id : "bet-..." or "ex-...", once in the book.
    figure : the live figure, which stands on the same page.
    goal : condition on the figure's values and outputs, made of `live.symbols` and `said`.
    example : values at which the goal is reached, by name: proof that it can be, and the result in the fold.
    question : in plain words, "Set the figure so that ...".
    typical : name -> (condition on values and outputs, hint). The first that holds gives its hint.
    because : a sentence that follows the result.
    difficulty : of an exercise, one star to three.

    Returns
    -------
    Bet : its `judge` takes values by name; those that are not given are the figure's defaults.

    Raises
    ------
    ValueError : a goal that the example does not reach, that the figure's first state reaches, or that speaks
        of what is no output; a mistake that is blamed on the example.

    >>> from ravine import bets
    >>> from ravine.live import symbols
    >>> from ravine.live.figures import ill_conditioning
    >>> h = symbols("h")
    >>> bet = bets.setting("ex-a", figure=ill_conditioning.valley(),
    ...     goal=bets.said("plain.outcome", "diverges"), example={"h": 2.5},
    ...     question="Make the plain run diverge.", difficulty="*",
    ...     typical={"short": (h < 2, "The step is still short enough.")})
    >>> bet.judge({"h": 1.5}).hint
    'The step is still short enough.'
    """
    if not isinstance(figure, Explorer):
        raise ValueError(f"figure: got {figure!r}; want a live figure")
    reached, first = figure.compute(example), figure.compute(figure.defaults)
    # Arrays and surfaces are drawn, not compared.
    known = [name for name, x in first.items() if x is None or isinstance(x, str | int | float)]
    words = [name for name, x in first.items() if isinstance(x, str)]
    tree = plant("goal", goal, known, words=words)
    cases = [
        (name, plant(f"typical {name!r}", case, known, words=words), hint)
        for name, case, hint in pairs(typical)
    ]
    named = _labels(figure)
    places = ", ".join(f"{named[name]} {_text.format_number(x)}" for name, x in example.items())
    own = {"figure": figure.spec["label"], "goal": tree}
    result = ((f"For example: {places}.",),)
    made = build("setting", id, question, result, cases, because, difficulty, **own)
    bet = Bet(made.spec, made.result, figure)
    if not _judge.is_right(bet.spec, reached):
        raise ValueError(
            f"example: got {dict(example)}, where the goal is not reached; want a state that does"
        )
    if _judge.is_right(bet.spec, first):
        raise ValueError("goal: got one that the figure's first state reaches; want something to do")
    place = _judge.typical(bet.spec, reached)
    if place is not None:
        raise ValueError(
            f"typical {cases[place][0]!r}: got a condition that holds for the example; want a mistake"
        )
    return bet


def _labels(figure: Explorer) -> dict[str, str]:
    """What the reader sees beside each value: a control's label, or that of a knob's axis."""
    labels = {control.name: control.label for control in figure.controls}
    for view in figure.views:
        if view.handle:
            axes = (view.x, view.y)
            labels |= {name: axis.label for (name, _), axis in zip(view.handle.values, axes, strict=False)}
    return labels
