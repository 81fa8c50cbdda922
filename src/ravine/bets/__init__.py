"""Bets and exercises that answer: the reader commits first, then sees the result with the bet drawn into it.

Each function here makes a `Bet`, which is shown as the output of a cell: on the static page with a form that
answers, in notebooks and on paper as a question with the result in a fold. Its answer is a value that the
page has computed. An id that begins with `bet-` makes a bet, which is settled at once; one that begins with
`ex-` an exercise, where a wrong answer gets a hint and another try.

Mistakes that readers typically make are told apart by conditions: sympy expressions of `guess` for a number;
of the drawn curve (`y(x)`, `truth(x)`, `start`, `end`, `lowest`, `lowest_at`, `highest`, `highest_at`) for a
curve; of the figure's values and outputs for a setting. A condition is written once: it is turned into data,
which Python and the front end evaluate alike, without evaluating text.
"""

from ravine.bets._bet import Bet, Verdict
from ravine.bets._choice import choice
from ravine.bets._curve import curve
from ravine.bets._number import number
from ravine.bets._page import MARK, assets
from ravine.bets._setting import setting
from ravine.bets._trees import (
    end,
    guess,
    highest,
    highest_at,
    lowest,
    lowest_at,
    said,
    start,
    truth,
    y,
)
from ravine.live._parts import Axis

__all__ = [
    "MARK",
    "Axis",
    "Bet",
    "Verdict",
    "assets",
    "choice",
    "curve",
    "end",
    "guess",
    "highest",
    "highest_at",
    "lowest",
    "lowest_at",
    "number",
    "said",
    "setting",
    "start",
    "truth",
    "y",
]
