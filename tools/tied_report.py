"""How much of the book is tied: statements, tied, untied and neither, chapter by chapter.

tools/tied_report.py            a table; with --all also every statement that is neither
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tied import Display, read_displays

BOOK = Path(__file__).resolve().parent.parent / "book"
STATES = ("tied", "untied", "neither")


def count(path: Path) -> tuple[Counter[str], list[str]]:
    """The number of statements in each state, and those that are in none."""
    states: Counter[str] = Counter()
    missing: list[str] = []
    for event in read_displays(path.read_text(encoding="utf-8"), path.stem):
        if not isinstance(event, Display):
            continue
        for number, statement in enumerate(event.statements, start=1):
            state = event.state(number)
            states[state] += 1
            if state == "neither":
                missing.append(f"{event.label}-{number}: {statement.latex}")
    return states, missing


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="list what is neither tied nor declared untied")
    options = parser.parse_args(arguments)
    total: Counter[str] = Counter()
    print(f"{'':34}{'statements':>11}" + "".join(f"{state:>9}" for state in STATES))
    for path in sorted(BOOK.rglob("*.md")):
        states, missing = count(path)
        if states:
            total += states
            print(_row(path.relative_to(BOOK).with_suffix("").as_posix(), states))
            for line in missing if options.all else []:
                print(f"    {line}")
    print(_row("together", total))
    print(f"{total['tied'] / max(total.total(), 1):.0%} are tied")
    return 0


def _row(name: str, states: Counter[str]) -> str:
    return f"{name:34}{states.total():11}" + "".join(f"{states[state]:9}" for state in STATES)


if __name__ == "__main__":
    sys.exit(main())
