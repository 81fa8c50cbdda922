"""A bet on one of several statements."""

from collections.abc import Mapping

from ravine import _check
from ravine.bets._bet import Bet, build, refuse_useless
from ravine.live import _checks


def choice(
    id: str,
    options: Mapping[str, str],
    answer: str | Mapping[str, bool],
    hints: Mapping[str, str],
    *,
    question: str,
    because: str = "",
    difficulty: str = "",
) -> Bet:
    """Ask which of several statements holds.

    Parameters
    ----------
    id : "bet-..." or "ex-...", once in the book.
    options : key -> statement, at least two, in the order of the page.
    answer : key of the one that holds; or key -> whether it holds, for every key and true for just one, so
        that the page computes which one it is.
    hints : key -> what the mistake was, for every other option.
    question : in plain words.
    because : a sentence that follows the result.
    difficulty : of an exercise, one star to three.

    Returns
    -------
    Bet

    Raises
    ------
    ValueError : fewer than two options, none or several that hold, an option without its hint.

    >>> ratio = 1.02
    >>> bet = choice("bet-ic-edge", {"same": "It stays.", "half": "It halves."},
    ...     {"same": abs(ratio - 1) < 0.1, "half": abs(ratio - 0.5) < 0.1}, {"half": "It does not."},
    ...     question="What happens?")
    >>> bet.judge("half").hint
    'It does not.'
    """
    if len(options) < 2:
        raise ValueError(f"options: got {dict(options)}; want two or more")
    for key, label in options.items():
        _checks.text("options", key)
        _checks.text(f"options {key!r}", label)
    key = _holding(answer, options) if isinstance(answer, Mapping) else answer
    _check.one_of("answer", key, options)
    wrong = [option for option in options if option != key]
    if sorted(hints) != sorted(wrong):
        raise ValueError(f"hints: got {sorted(hints)}; want one for each wrong option, {sorted(wrong)}")
    typical = [(option, ["eq", "guess", ["word", option]], hints[option]) for option in wrong]
    result = ((options[key],),)
    listed = [[name, label] for name, label in options.items()]
    bet = build("choice", id, question, result, typical, because, difficulty, answer=key, options=listed)
    return refuse_useless(bet, key, wrong)


def _holding(answer: Mapping[str, bool], options: Mapping[str, str]) -> str:
    """The one option that holds."""
    if sorted(answer) != sorted(options):
        raise ValueError(f"answer: got {sorted(answer)}; want a truth value for each of {sorted(options)}")
    holding = [key for key, holds in answer.items() if _checks.truth(f"answer {key!r}", holds)]
    if len(holding) != 1:
        raise ValueError(f"answer: got {holding} that hold; want just one")
    return holding[0]
