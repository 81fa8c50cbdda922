"""Prove that the check of tied equations reads them: slip at every place, and rewrite it without changing it.

    tools/mutate_equations.py                          every page with tied equations
    tools/mutate_equations.py terrain/ill-conditioning one page

A place counts only if the slip (sign, factor, exponent, number, swapped fraction) turns the check red and the
equal rewriting at the same place leaves it green: comparing with a stored copy would fail the second half.
Exit status 1 if a place does not count.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tied import Display, prepare, read_displays
from tied.slips import Trial, trials

BOOK = Path(__file__).resolve().parent.parent / "book"


def tied_pages() -> list[str]:
    """The pages that tie an equation."""
    return [
        path.relative_to(BOOK).with_suffix("").as_posix()
        for path in sorted(BOOK.rglob("*.md"))
        for events in [read_displays(path.read_text(encoding="utf-8"), path.stem)]
        if any(isinstance(event, Display) and event.is_tied for event in events)
    ]


def row(name: str, tried: Sequence[Trial], seconds: float) -> str:
    """A line of the table."""
    caught = Counter(trial.caught for trial in tried)
    green = sum(trial.stays_green for trial in tried)
    numbers = (len(tried), caught["by value"], caught["by notation"], caught[""], green)
    return f"  {name:30}" + "".join(f"{number:14}" for number in numbers) + f"{seconds:10.1f} s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="chapter", help="such as terrain/cliffs; default: all")
    names = parser.parse_args(arguments).names or tied_pages()
    everything: list[Trial] = []
    begin = time.perf_counter()
    for name in names:
        ready = prepare(BOOK / f"{name}.md")
        heads = ("places", "by value", "by notation", "survived", "rewritten ok")
        print(f"{name:32}" + "".join(f"{head:>14}" for head in heads))
        for prepared in ready:
            start = time.perf_counter()
            tried = list(trials(prepared))
            everything += tried
            if tried:
                print(row(prepared.display.label, tried, time.perf_counter() - start), flush=True)
    print(row("together", everything, time.perf_counter() - begin))
    left = [trial for trial in everything if not trial.counts]
    for trial in left:
        what = "the slip survives" if not trial.caught else "an equal rewriting is refused"
        print(f"{trial.label}, {trial.kind}: {what}: {trial.slip if not trial.caught else trial.equal}")
    return int(bool(left) or not everything)


if __name__ == "__main__":
    sys.exit(main())
