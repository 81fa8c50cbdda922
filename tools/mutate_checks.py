"""Prove that the cells which check formulas would notice: break each in every known way, one slip at a time.

    tools/mutate_checks.py                          the pages that mutate_checks.toml lists as strong
    tools/mutate_checks.py terrain/ill-conditioning one page
    tools/mutate_checks.py --all                    every page with checks

A check cell calls `residual`, asserts or raises. In each of its statements that a check needs, signs and
operators are swapped, whole numbers grow by one, comparisons turn round, minus signs and factors are dropped,
fractions turned over, exponents raised. What follows runs up to the last check that sees the change. A slip
counts as caught when a check fails, when the code cannot run, when it does not end, or when a tied equation
of the page no longer holds. Slips that change nothing are declared in `mutate_checks.toml`, with the reason.
Exit status 1 if another slip survives, or if a declaration fits no survivor.
"""

import argparse
import ast
import os
import random
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sympy as sp
from cell_slips import Line, Slip, lines, needed, slips, touched
from tied import check_text, read_displays
from tied.displays import Cell

from ravine import experiments

ROOT = Path(__file__).resolve().parents[1]
DECLARED = Path(__file__).with_suffix(".toml")
SECONDS, SECONDS_FOR_TIES = 20.0, 120.0
N_POINTS = 3
FATES = ("by a check", "by an error", "by time", "by a tie", "equivalent", "survived")
EXACT_RESIDUAL = experiments.residual


@dataclass(frozen=True)
class Trial:
    """A slip, and what became of it: one of `FATES`."""

    slip: Slip
    fate: str
    reason: str = ""


# Running ----------------------------------------------------------------------------------------------------


def residual(left: Any, right: Any) -> Any:
    """What `residual` of the book says, sooner: a difference at one point spares the long way to its name."""
    pairs = zip(left, right, strict=True) if isinstance(left, list) else [(left, right)]
    for a, b in pairs:
        gap = sp.sympify(a - b)
        entries = list(gap) if isinstance(gap, sp.MatrixBase) else [gap]
        if any(_differs(entry) for entry in entries):
            raise AssertionError("left and right differ at a point")
    return EXACT_RESIDUAL(left, right)


def _differs(entry: sp.Expr) -> bool:
    """Whether an expression is surely not zero at a random point; False where no number can be had."""
    rng = random.Random(0)
    for _ in range(N_POINTS):
        at = {symbol: _number(symbol, rng) for symbol in sorted(entry.free_symbols, key=str)}
        try:
            value = sp.N(entry.subs(at, simultaneous=True), 20, maxn=200)
        except Exception:  # whatever sympy cannot evaluate is left to its simplification
            return False
        if value.is_number and value.is_finite and abs(value) > sp.Rational(1, 10**12):
            return True
    return False


def _number(symbol: sp.Symbol, rng: random.Random) -> sp.Expr:
    if symbol.is_integer:
        return sp.Integer(rng.randint(1, 6))
    size = sp.Rational(rng.randint(10, 90), 97)
    return size if symbol.is_nonnegative else rng.choice([-1, 1]) * size


def execute(statements: Sequence[ast.stmt], scope: dict[str, Any]) -> None:
    """Run statements as a cell would."""
    with patch.object(experiments, "residual", residual):
        for statement in statements:
            exec(compile(ast.Module([statement], []), "cell", "exec"), scope)


def apart(work: Callable[[], object], seconds: float) -> str:
    """What happens to work in a process of its own: "" or a fate."""
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        code = 2
        try:
            # The default action ends the process, in the midst of compiled code too. Its own time counts,
            # whatever else the machine does; ten times as much for what only waits.
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
            with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
                sys.stdout = sys.stderr = nowhere
                work()
                code = 0
        except AssertionError:
            code = 1
        except BaseException:
            code = 2
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return "by time" if os.WTERMSIG(status) in {signal.SIGPROF, signal.SIGALRM} else "by an error"
    return {0: "", 1: "by a check"}.get(os.WEXITSTATUS(status), "by an error")


# A page -----------------------------------------------------------------------------------------------------


def trials(text: str, name: str = "page", seconds: float = SECONDS) -> Iterator[Trial]:
    """Try every slip in the check cells of a page.

    Raises
    ------
    AssertionError, or whatever else the page's own checks raise as they stand.
    """
    every = needed(lines(text, name))
    checking = {line.cell for line in every if line.checks}
    scope: dict[str, Any] = {"__name__": "page"}
    start = 0
    while start < len(every):
        cell = every[start].cell
        stop = next((k for k in range(start, len(every)) if every[k].cell != cell), len(every))
        own, later = every[start:stop], every[stop:]
        for slip in (slip for line in own if cell in checking for slip in slips(line)):
            fate = apart(partial(_run, slip, own, later, scope), seconds)
            yield Trial(slip, fate or _by_tie(slip, text, name))
        execute([line.node for line in own], scope)
        start = stop


def _run(slip: Slip, own: Sequence[Line], later: Sequence[Line], scope: dict[str, Any]) -> None:
    """A cell with a slip, and the checks of later cells that see what it changed."""
    changed = [replace(line, node=slip.node) if line is slip.line else line for line in own]
    begun = next(k for k, line in enumerate(own) if line is slip.line)
    made = frozenset[str]().union(*(line.binds for line in touched_by(changed[begun:])))
    execute([line.node for line in changed], scope)
    execute([line.node for line in touched(later, made)], scope)


def touched_by(rest: Sequence[Line]) -> list[Line]:
    """The first statement, and those after it that see what it made."""
    first, *others = rest
    tainted, found = set(first.binds), [first]
    for line in others:
        if line.uses & tainted:
            tainted |= line.binds
            found.append(line)
    return found


def _by_tie(slip: Slip, text: str, name: str) -> str:
    """ "by a tie" if an equation of the page fails with the slip, else "survived"."""
    cells = [event for event in read_displays(text, name) if isinstance(event, Cell)]
    source = cells[slip.line.cell].source
    if "% tie:" not in text or text.count(source) != 1:
        return "survived"
    body = ast.parse(source).body
    parts = [slip.node if ast.unparse(node) == slip.line.text else node for node in body]
    changed = text.replace(source, "\n".join(map(ast.unparse, parts)))

    def work() -> None:
        if any(verdict.fault for verdict in check_text(changed, name)):
            raise AssertionError

    return "by a tie" if apart(work, SECONDS_FOR_TIES) == "by a check" else "survived"


# What is declared -------------------------------------------------------------------------------------------


def declared(path: Path) -> tuple[list[str], list[Mapping[str, str]]]:
    """The pages on which no other slip survives, and the slips declared equivalent.

    Raises
    ------
    ValueError : an entry without one of these, or with an empty reason.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = content.get("equivalent", [])
    for entry in entries:
        if set(entry) != {"page", "old", "new", "reason"} or not all(str(v).strip() for v in entry.values()):
            raise ValueError(f"{path.name}: got {entry}; want page, old, new and reason, none empty")
    return content.get("strong", []), entries


def judged(tried: Sequence[Trial], entries: Sequence[Mapping[str, str]]) -> tuple[list[Trial], list[str]]:
    """The trials, with those declared equivalent named so, and the declarations that fit no survivor."""
    reasons = {(entry["old"], entry["new"]): entry["reason"] for entry in entries}
    found = []
    for trial in tried:
        reason = reasons.get(trial.slip.change, "")
        fits = trial.fate in {"survived", "equivalent"} and reason
        found.append(replace(trial, fate="equivalent", reason=reason) if fits else trial)
    used = {trial.slip.change for trial in found if trial.fate == "equivalent"}
    stale = [f"declared, and no survivor: {old} -> {new}" for old, new in reasons if (old, new) not in used]
    return found, stale


# The command line -------------------------------------------------------------------------------------------


def row(name: str, tried: Sequence[Trial]) -> str:
    """A line of the table."""
    fates = Counter(trial.fate for trial in tried)
    return f"  {name:12}" + "".join(f"{n:13}" for n in (len(tried), *(fates[fate] for fate in FATES)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", metavar="page", help="such as terrain/cliffs; default: the strong"
    )
    parser.add_argument("--all", action="store_true", help="every page with checks")
    parser.add_argument("--book", type=Path, default=ROOT / "book", help="folder of the pages")
    parser.add_argument("--declared", type=Path, default=DECLARED, help="the slips that change nothing")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of computing, for one slip (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    strong, everything = declared(options.declared)
    pages = {p.relative_to(options.book).with_suffix("").as_posix(): p for p in options.book.rglob("*.md")}
    names = sorted(pages) if options.all else options.names or strong
    if missing := [name for name in names if name not in pages]:
        parser.error(f"no page {', '.join(missing)}; there are {', '.join(sorted(pages))}")
    if not names:
        print(f"No page is listed as strong in {options.declared.name}.")
    wrong: list[str] = []
    for name in names:
        text = pages[name].read_text(encoding="utf-8")
        if options.all and not any(line.checks for line in lines(text, name)):
            continue
        print(f"{name}\n  {'':12}" + "".join(f"{head:>13}" for head in ("slips", *FATES)), flush=True)
        entries = [entry for entry in everything if entry["page"] == name]
        tried, start = list[Trial](), time.perf_counter()
        for _, cell in groupby(trials(text, name, options.seconds), lambda t: t.slip.line.cell):
            found, _ = judged(list(cell), entries)
            print(row(f"line {found[0].slip.line.at}", found), flush=True)
            tried += found
        print(row("together", tried) + f"{time.perf_counter() - start:9.0f} s")
        for trial in (trial for trial in tried if trial.fate in {"by time", "equivalent", "survived"}):
            print(f"  {trial.fate}, line {trial.slip.line.at}, {trial.slip.kind}: {trial.reason}")
            print("      {}\n   -> {}".format(*trial.slip.change))
        if survived := sum(trial.fate == "survived" for trial in tried):
            wrong.append(f"{name}: {survived} slips survive")
        wrong += [f"{name}: {fault}" for fault in judged(tried, entries)[1]]
        wrong += [] if tried else [f"{name}: no check to break"]
    print(*wrong, sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
