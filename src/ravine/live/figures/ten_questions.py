"""The live figure of the last page: a hidden run, ten questions, and what their answers leave open."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path as File
from typing import Any

import numpy as np

from ravine.experiments.ten_questions import N_POINTS, QUESTIONS, SEEN, Answers
from ravine.live import Axis, Button, Explorer, Field, Kernel, Lines, Path, Preset, Select, Series, Toggle

KERNEL = File(str(files("ravine.live") / "kernels" / "ten_questions.mjs"))

SAMPLE, DEALT = 0, (1, 2, 3, 4)
"""The seed of the ten runs that are shown, and those of the runs that are hidden."""

NOTHING = "I have not looked yet"
NUMBERS = tuple(range(1, len(QUESTIONS) + 1))
NAMES = ("goal", "bias", "shaking", "steps", "scaling", "saddle", "lost", "cliff", "start", "no end")
PAGES = (
    "objective/erm-vs-risk",
    "terrain/inexact-gradients",
    "objective/minibatch-variance",
    "terrain/ill-conditioning",
    "terrain/ill-conditioning",
    "terrain/saddles",
    "terrain/long-term-dependencies",
    "terrain/cliffs",
    "terrain/local-minima",
    "terrain/local-vs-global",
)
WORDS = {
    "open": "{n} {times} made, and still open: questions {open}.",
    "last": "Only question {open} is left.",
    "found": "Found with {n} {times}: it is question {open}. What helps: {cure}.",
    "misled": "Question {open} says yes, but is not the trouble. Look again: is that what you see?",
    "none": "Nothing fits. Look again: is that what you see?",
    "look": "First say what you see: it leaves {most} of them at most.",
    "next": "No question splits them better than {next}.",
    "sure": "Ask it: a yes will settle it.",
    "again": "Deal another run: can you do it with fewer?",
    "lucky": "Nobody can do it with fewer. Deal another run.",
    "stuck": "No measurement that is left tells them apart.",
    "done": "",
}
MARKS = ("open", "says yes", "out", "out: says no", "out, though it says yes")
CURES = tuple(question.cure for question in QUESTIONS)


@cache
def constants() -> dict[str, Any]:
    """What the kernel and its twin both need, from the recorded runs."""
    recorded = Answers.load()
    share = recorded.matrix()
    deals = [
        {
            "trouble": k,
            "answers": [bool(yes) for yes in recorded.matrix(seed)[k - 1]],
            "curves": recorded.drawn(seed)[k - 1].round(3).tolist(),
        }
        for seed in DEALT
        for k in NUMBERS
    ]
    order = np.random.default_rng(0).permutation(len(deals))
    return {
        "QUESTIONS": [question.title for question in QUESTIONS],
        "CAN": np.where(share == 0, 0, np.where(share == 1, 1, 2)).tolist(),
        "DEALS": [deals[i] for i in order],
        "SAMPLES": recorded.drawn(SAMPLE)[:, 0].round(3).tolist(),
        "SEEN": {sight: list(numbers) for sight, numbers in SEEN.items()},
        "T": np.linspace(0, 1, N_POINTS).round(4).tolist(),
        "NOTHING": NOTHING,
        "WORDS": WORDS,
        "MARKS": list(MARKS),
        "CURES": list(CURES),
        "MOST": max(map(len, SEEN.values())),
    }


def diagnosis() -> Explorer:
    """A hidden run to diagnose: say what you see, then ask as few questions as you can."""
    return Explorer(
        Kernel(KERNEL, compute, constants=constants(), recorded=True),
        controls=[
            Select("seen", "What do you see?", {NOTHING: NOTHING, **{sight: sight for sight in SEEN}}),
            Button("deal", "Deal me another run", fresh=True),
            *(
                Toggle(f"ask_{k}", f"{k}: {question.measured}", more=True)
                for k, question in enumerate(QUESTIONS, 1)
            ),
        ],
        views=[_hidden(), *(_sample(k) for k in NUMBERS)],
        presets=[
            Preset(f"{k} {name}?", {f"ask_{k}": True}, keep=True)
            for k, name in zip(NUMBERS, NAMES, strict=True)
        ],
        name="diagnosis",
        title="This run does not train. What do you ask first?",
        label="The cost of a hidden run, and beside it ten runs, one for each question that can be asked: "
        "those that what you see and what you measured leave open are lit.",
        sentences=["{told}", "{hint}"],
        layout="row",
    )


def _hidden() -> Lines:
    series = [
        Series("t", "hidden_other", "another seed", "grey", width=1.5),
        Series("t", "hidden_test", "what counts: the test cost", "blue", show="tested"),
        Series("t", "hidden_J", "cost", "black", width=2.5),
    ]
    return Lines(
        "the cost of the hidden run over its steps, what counts, and another seed",
        Axis("share of its steps", 0, 1), Axis("cost", 0, 1), series,
        title="Hidden run", shape=0.33,
    )  # fmt: skip


def _sample(k: int) -> Field:
    path = Path("t", f"J_{k}", f"{{mark_{k}}}", "grey", style="solid", width=1.6, tone=f"tone_{k}")
    return Field(f"the cost of a run with trouble {k}", Axis("step", -0.03, 1.03), Axis("cost", -0.05, 1.08),
                 surface=None, paths=[path], equal=False, shape=0.45, title=f"{k} {NAMES[k - 1]}", bare=True,
                 link=f"{PAGES[k - 1]}.html")  # fmt: skip


def compute(values: Mapping[str, Any]) -> dict[str, Any]:
    """What kernels/ten_questions.mjs computes."""
    known = constants()
    deal = known["DEALS"][int(values["deal"]) % len(known["DEALS"])]
    asked = [k for k in NUMBERS if values[f"ask_{k}"]]
    seen = NUMBERS if values["seen"] == NOTHING else SEEN[values["seen"]]
    left = [k for k in seen if all(_could(k, q, deal["answers"][q - 1]) for q in asked)]
    following = _best(left, asked)
    single = len(left) == 1 and left[0] in asked
    sure = single and left[0] == deal["trouble"]
    told = (
        "open"
        if len(left) > 1
        else "none"
        if not left
        else "found"
        if sure
        else "misled"
        if single
        else "last"
    )
    if len(left) == 1:
        hint = ("lucky" if len(asked) == 1 else "again") if sure else "done" if single else "sure"
    elif values["seen"] == NOTHING and not asked:
        hint = "look"
    else:
        hint = "next" if following else "stuck" if left else "done"
    blanks = {
        "{open}": ", ".join(map(str, left)),
        "{n}": str(len(asked)),
        "{times}": "measurement" if len(asked) == 1 else "measurements",
        "{cure}": CURES[left[0] - 1] if left else "",
        "{next}": str(following),
        "{most}": str(known["MOST"]),
    }
    outputs: dict[str, Any] = {
        "n_open": len(left),
        "n_asked": len(asked),
        "next": following,
        "sure": int(sure),
        "t": np.array(known["T"]),
        "tested": int(deal["curves"][0] != deal["curves"][1]),
        "told": _filled(WORDS[told], blanks),
        "hint": _filled(WORDS[hint], blanks),
    }
    for name, curve in zip(("J", "test", "other"), deal["curves"], strict=True):
        outputs[f"hidden_{name}"] = np.array(curve)
    for k in NUMBERS:
        yes = deal["answers"][k - 1]
        said = 0 if k not in asked else 1 if yes else 2
        outputs |= {
            f"J_{k}": np.array(known["SAMPLES"][k - 1]),
            f"tone_{k}": "orange" if k in left else "grey",
            f"answer_{k}": ("not asked", "yes", "no")[said],
            f"mark_{k}": MARKS[said if k in left else (2, 4, 3)[said]],
        }
    return outputs


def _filled(words: str, blanks: Mapping[str, str]) -> str:
    for blank, text in blanks.items():
        words = words.replace(blank, text)
    return words


def _could(trouble: int, question: int, yes: bool) -> bool:
    """Whether a run with that trouble could have answered so."""
    return constants()["CAN"][trouble - 1][question - 1] in (2, int(yes))


def _best(left: list[int], asked: list[int]) -> int:
    """The question, not yet asked, that leaves the fewest open whatever its answer; 0 if none closes any."""
    found, least = 0, len(left)
    for q in [*left, *NUMBERS]:  # of equals an open one: a yes may settle it
        worst = max(sum(_could(k, q, yes) for k in left) for yes in (True, False))
        if q not in asked and worst < least:
            found, least = q, worst
    return found
