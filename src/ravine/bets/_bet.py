"""What all bets share: question, fold, data for the front end, verdicts."""

import html
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ravine import _check
from ravine.bets import _judge
from ravine.live import _checks
from ravine.live.explorer import STATIC_FIGURES, Explorer

DIFFICULTIES = ("*", "**", "***")


@dataclass(frozen=True)
class Verdict:
    """What an answer is worth.

    Parameters
    ----------
    right : whether it counts as right.
    mistake : the name of the typical mistake, "" if it is none of them.
    hint : the sentence that names the mistake.
    """

    right: bool
    mistake: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Bet:
    """A question whose result the page has computed; show it as the output of a cell.

    Parameters
    ----------
    spec : what the front end needs, as data; `spec["id"]` names the bet.
    result : rows of words that say the result; one row, or a table with its head first.
    figure : the live figure that a setting speaks of.
    """

    spec: Mapping[str, Any]
    result: tuple[tuple[str, ...], ...]
    figure: Explorer | None = None

    def judge(self, guess: Any) -> Verdict:
        """Whether a guess is right, and which typical mistake it shows if not.

        Parameters
        ----------
        guess : a number in the unit of the bet, the key of an option, values at the knots of a curve
            (n_knots,), or the values of a live figure by name.

        Returns
        -------
        Verdict

        Raises
        ------
        ValueError : a number off the axis, an unknown option, another number of knots, an unknown value.
        """
        guess = self.figure.compute(guess) if self.figure else _admit(self.spec, guess)
        if _judge.is_right(self.spec, guess):
            return Verdict(True)
        place = _judge.typical(self.spec, guess)
        if place is None:
            return Verdict(False)
        name, _, hint = self.spec["typical"][place]
        return Verdict(False, name, hint)

    @property
    def kind(self) -> str:
        """ "Bet" or "Exercise", with the difficulty of the latter."""
        marks = "★" * len(self.spec["difficulty"])
        return f"Exercise {marks}" if marks else "Bet"

    def html(self) -> str:
        """The bet for a static page: the question, the result in a fold, and the data of the form."""
        from ravine.bets import _page

        return _page.html(self)

    def markdown(self) -> str:
        """The bet for a notebook: the question, and the result in a fold."""
        head, *rows = [" | ".join(map(_escaped, row)) for row in self.result]
        table = [f"| {head} |", "|" + " --- |" * len(self.result[0]), *(f"| {row} |" for row in rows)]
        result = "\n".join(table) if rows else head
        because = _escaped(self.spec["because"])
        parts = [f"**{self.kind}.** {_escaped(self.spec['question'])}", *self._listed()]
        parts += [f"<details><summary>The result</summary>\n\n{result}"]
        return "\n\n".join([*parts, *([because] if because else []), "</details>"])

    def _listed(self) -> list[str]:
        options = [f"- {_escaped(label)}" for _, label in self.spec.get("options", ())]
        return ["\n".join(options)] if options else []

    def __repr__(self) -> str:
        """The question alone: this is what a terminal shows, where nothing folds."""
        return f"{self.kind}: {self.spec['question']}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        data = {"text/plain": repr(self), "text/markdown": self.markdown()}
        if os.environ.get(STATIC_FIGURES) == "1":
            data["text/html"] = self.html()
        return data


def _escaped(text: str) -> str:
    """Words that Markdown shows as they are."""
    return re.sub(r"([*_`$|\[\]\\])", r"\\\1", html.escape(text, quote=False))


def _admit(spec: Mapping[str, Any], guess: Any) -> Any:
    """A guess that the reader could make, or ValueError."""
    if spec["kind"] == "number":
        return _check.real("guess", guess, at_least=spec["low"], at_most=spec["high"])
    if spec["kind"] == "choice":
        return _check.one_of("guess", guess, [key for key, _ in spec["options"]])
    if spec["kind"] == "curve":
        values = [float(v) for v in _check.array("guess", guess)]
        if len(values) != len(spec["knots"]):
            raise ValueError(
                f"guess: got {len(values)} values; want one at each of {len(spec['knots'])} knots"
            )
        for value in values:
            _check.real("guess", value, at_least=spec["y"]["low"], at_most=spec["y"]["high"])
        return values
    raise ValueError(f"spec: got the kind {spec['kind']!r} without its figure; want `bets.setting`")


def build(
    kind: str,
    id: str,
    question: str,
    result: tuple[tuple[str, ...], ...],
    typical: list[tuple[str, Any, str]],
    because: str,
    difficulty: str,
    **own: Any,
) -> Bet:
    """A bet of some kind, its shared arguments checked."""
    if not isinstance(id, str) or not re.fullmatch(r"(bet|ex)-[a-z0-9]+(-[a-z0-9]+)*", id):
        raise ValueError(f"id: got {id!r}; want a name such as 'bet-ic-steps' or 'ex-ic-steps'")
    if id.startswith("ex-"):
        _check.one_of("difficulty", difficulty, DIFFICULTIES)
    elif difficulty:
        raise ValueError(f"difficulty: got {difficulty!r}; want none for a bet")
    _checks.text("question", question)
    if because:
        _checks.text("because", because)
    for name, _, hint in typical:
        _checks.text("typical", name)
        _checks.text(f"typical {name!r}", hint)
    shared = {"kind": kind, "id": id, "question": question, "because": because, "difficulty": difficulty}
    spec = {**shared, "typical": [list(case) for case in typical], **own}
    json.dumps(spec, allow_nan=False)  # what cannot be printed is found here, not in the build of the book
    return Bet(spec, result)


def pairs(typical: Mapping[str, tuple[Any, str]] | None) -> list[tuple[str, Any, str]]:
    """(name, condition, hint) of each typical mistake."""
    found = []
    for name, case in (typical or {}).items():
        if not isinstance(case, tuple) or len(case) != 2:
            raise ValueError(f"typical {name!r}: got {case!r}; want (condition, hint)")
        found.append((name, *case))
    return found


def refuse_useless(bet: Bet, right: Any, tries: list[Any], shown: Callable[[Any], str] = str) -> Bet:
    """The bet, or ValueError if a mistake is blamed on the right answer, or on none of many wrong ones."""
    if not _judge.is_right(bet.spec, right):
        raise ValueError(f"answer: got {shown(right)}, which does not count as right; want a wider `within`")
    place = _judge.typical(bet.spec, right)
    if place is not None:
        name = bet.spec["typical"][place][0]
        raise ValueError(
            f"typical {name!r}: got a condition that holds for the answer itself; want a mistake"
        )
    wrong = [guess for guess in tries if not _judge.is_right(bet.spec, guess)]
    reached = {_judge.typical(bet.spec, guess) for guess in wrong}
    for i, (name, _, _) in enumerate(bet.spec["typical"]):
        if i not in reached:
            raise ValueError(
                f"typical {name!r}: got a condition that no wrong answer meets first; want one that some do"
            )
    return bet
