"""Prove that the suite is awake: break the course in known ways and require the right check to turn red.

    tools/mutations.py              all mutants, after the same checks ran green on the course as it is
    tools/mutations.py seed zoo     those whose names contain one of the words

Each run works in a copy of the tree, which the interpreter's environment shares. Exit status 1 if a mutant
survives, if a check is red without one, or if a mutation no longer finds what it changes.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
N_JOBS = 2
PYTEST = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")
CHAPTER = "terrain/ill-conditioning"
# A book of one page, for what takes a whole build: it lies in the copy alone.
TINY = {
    "tiny/_toc.yml": "format: jb-book\nroot: index\nchapters:\n  - file: chapter\n",
    "tiny/book/index.md": "# A tiny book\n",
    "tiny/book/references.bib": "",
    "tiny/book/chapter.md": """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A chapter

```{code-cell} python
6 * 7
```
""",
}


@dataclass(frozen=True)
class Mutation:
    """One change, and the command (given to the interpreter) that must fail on it every time it runs."""

    name: str
    path: str
    pattern: str  # a regular expression; its first match is replaced
    replacement: str
    command: tuple[str, ...]
    runs: int = 1

    def apply(self, root: Path) -> None:
        """Change the file in a copy of the tree."""
        path = root / self.path
        text, n_changes = re.subn(self.pattern, self.replacement, path.read_text(encoding="utf-8"), count=1)
        if not n_changes:
            raise LookupError(f"{self.path} no longer holds {self.pattern}")
        path.write_text(text, encoding="utf-8")


MUTATIONS = [
    Mutation(
        "a sign in a derivation's check",
        f"book/{CHAPTER}.md",
        r"/ 2 - epsilon \* g\.dot\(g\)",
        "/ 2 + epsilon * g.dot(g)",
        ("tools/notebooks.py", CHAPTER),
    ),
    Mutation(
        "a sign in a displayed equation",
        f"book/{CHAPTER}.md",
        r"g\^\\top H g - \\epsilon",
        r"g^\\top H g + \\epsilon",
        (*PYTEST, "tests/test_equations.py", "-k", "test_the_book"),
    ),
    Mutation(
        "a formula whose notebook was not regenerated",
        f"book/{CHAPTER}.md",
        r"g\^\\top H g - \\epsilon",
        r"g^\\top H g + \\epsilon",
        ("tools/notebooks.py", "--check", "--static", CHAPTER),
    ),
    Mutation(
        "a coefficient of a zoo surface",
        "src/ravine/zoo/_classics.py",
        r"\(x\*\*2 \+ y - 11\)",
        "(x**2 + y - 12)",
        (*PYTEST, "tests/test_zoo.py", "-k", "himmelblau"),
    ),
    Mutation(
        "the sign of an update rule",
        "src/ravine/rules/_first_order.py",
        r"theta - learning_rate \* g",
        "theta + learning_rate * g",
        (*PYTEST, "tests/test_rules.py"),
    ),
    Mutation(
        "the seed behind a printed number",
        "src/ravine/experiments/ill_conditioning/quadratics.py",
        r"seed: int = 0",
        "seed: int = 1",
        ("tools/notebooks.py", "--check", CHAPTER),
    ),
    Mutation(
        "a figure without alt text",
        f"book/{CHAPTER}.md",
        r"  image: \{alt: .*\}\n",
        "",
        (*PYTEST, "tests/test_architecture.py", "-k", "alt_text"),
    ),
    Mutation(
        "a chapter that raises, built twice",
        "tiny/book/chapter.md",
        r"6 \* 7",
        "1 / 0",
        ("tools/book.py", "--root", "tiny", "--jobs", "1"),
        runs=2,
    ),
    Mutation(
        "a failing build that keeps its pages",
        "tools/book.py",
        r"    shutil\.rmtree\(staging, ignore_errors=True\)\n    print",
        "    print",
        (*PYTEST, "tests/test_build.py", "-k", "broken_chapter"),
    ),
    Mutation(
        "an upward import",
        "src/ravine/rules/__init__.py",
        r"\nfrom ravine\.rules",
        "\nfrom ravine import plotting\nfrom ravine.rules",
        (*PYTEST, "tests/test_architecture.py", "-k", "imports_only_from_below"),
    ),
    Mutation(
        "the sign of an update rule's JavaScript",
        "src/ravine/live/front/rules.mjs",
        r"add\(theta, -scale \* learning_rate",
        "add(theta, scale * learning_rate",
        (*PYTEST, "tests/test_live.py", "-k", "a_step_of_every_rule"),
    ),
    Mutation(
        "an exception in a live figure's callback, at one end of a slider",
        "src/ravine/live/figures/erm_vs_risk.py",
        r"    noise = sigma\*\*2\n",
        "    noise = sigma**2 / (m != 5)\n",
        (*PYTEST, "tests/test_live.py", "-k", "erm_vs_risk"),
    ),
    Mutation(
        "contour heights",
        "src/ravine/live/front/field.mjs",
        r"level\[k\] = s;",
        "level[k] = s + 0.05;",
        (*PYTEST, "tests/test_live_pixels.py", "-k", "contours"),
    ),
    Mutation(
        "a field upside down",
        "src/ravine/live/front/field.mjs",
        r"\(ny - 1 - \(\(k / nx\) \| 0\)\)",
        "((k / nx) | 0)",
        (*PYTEST, "tests/test_live_pixels.py", "-k", "colours_rise"),
    ),
    Mutation(
        "lines shifted",
        "src/ravine/live/front/panel.mjs",
        r"at = \[x\.px\(xs\[i\]\),",
        "at = [x.px(xs[i]) + 40,",
        (*PYTEST, "tests/test_live_pixels.py", "-k", "lines_pass"),
    ),
    Mutation(
        "a series never drawn",
        "src/ravine/live/front/lines.mjs",
        r'lineWidth: style === "dashed" \? 1\.6 : 2',
        "globalAlpha: 0",
        (*PYTEST, "tests/test_live_pixels.py", "-k", "lines_pass"),
    ),
    Mutation(
        "tanh's slope",
        "src/ravine/networks/_functions.py",
        r"    slope = np\.multiply\(tanh, tanh, out=out\)\n",
        "    return 1 - tanh * tanh\n    slope = np.multiply(tanh, tanh, out=out)\n",
        (*PYTEST, "tests/test_networks_extremes.py", "-k", "slope_of_tanh"),
    ),
    Mutation(
        "the dtype check of NetworkProblem.at",
        "src/ravine/networks/problem.py",
        r"            and self\._kept\[0\]\.dtype == np\.result_type\(theta, self\._inputs\)\n",
        "",
        (*PYTEST, "tests/test_networks_extremes.py", "-k", "kept_evaluation"),
    ),
]


class Outcome(NamedTuple):
    """How often the command of a run failed, out of how many; what it said; how long it took."""

    n_red: int
    n_runs: int
    text: str
    seconds: float


def files() -> list[str]:
    """The tree's files: what git tracks or would track, or everything in an unpacked archive."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    left_out = {".venv", "_build", "__pycache__"}
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [path.as_posix() for path in found if not left_out & set(path.parts)]


def copy(folder: Path) -> None:
    """Write a copy of the tree, with the tiny book in it."""
    for name in files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name, text in TINY.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy2(ROOT / "_config.yml", folder / "tiny")
    shutil.copytree(ROOT / "book" / "assets", folder / "tiny" / "book" / "assets")
    shutil.copytree(ROOT / "tools" / "sphinx_ext", folder / "tiny" / "tools" / "sphinx_ext")


def run(command: tuple[str, ...], mutation: Mutation | None = None) -> Outcome:
    """Run a command in a copy of the tree, changed or not."""
    start = time.perf_counter()
    n_runs = mutation.runs if mutation else 1
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy(root)
        if mutation:
            mutation.apply(root)
        env = os.environ | {"PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        results = [
            subprocess.run([sys.executable, *command], cwd=root, env=env, capture_output=True, text=True)
            for _ in range(n_runs)
        ]
    text = "".join(result.stdout + result.stderr for result in results)
    # pytest's statuses above 1 (no test found, wrong usage) prove nothing.
    n_red = sum(result.returncode == 1 for result in results)
    n_broken = sum(result.returncode > 1 or result.returncode < 0 for result in results)
    return Outcome(-1 if n_broken else n_red, n_runs, text, time.perf_counter() - start)


def report(name: str, outcome: Outcome, want_red: bool) -> bool:
    """Print a row of the table; whether the outcome is as wanted."""
    right = outcome.n_red == (outcome.n_runs if want_red else 0)
    verdict = {True: "caught", False: "SURVIVED"}[right] if want_red else {True: "green", False: "RED"}[right]
    print(f"  {name:58} {outcome.seconds:6.1f} s  {verdict}", flush=True)
    if not right:
        print(outcome.text[-3000:], file=sys.stderr, flush=True)
    return right


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", help="parts of names; default: all")
    words = parser.parse_args(arguments).words
    chosen = [x for x in MUTATIONS if not words or any(word in x.name for word in words)]
    if not chosen:
        parser.error(f"no such mutation; there are: {'; '.join(mutation.name for mutation in MUTATIONS)}")
    commands = list(dict.fromkeys(mutation.command for mutation in chosen))
    with ThreadPoolExecutor(N_JOBS) as pool:
        greens = pool.map(run, commands)
        reds = pool.map(run, [mutation.command for mutation in chosen], chosen)
        print("Without a mutation")
        right = [
            report(_shown(command), outcome, False) for command, outcome in zip(commands, greens, strict=True)
        ]
        print("Mutants")
        right += [
            report(mutation.name, outcome, True) for mutation, outcome in zip(chosen, reds, strict=True)
        ]
    print(f"{sum(right)} of {len(right)} as they should be")
    return int(not all(right))


def _shown(command: tuple[str, ...]) -> str:
    """A command without pytest's fixed options."""
    return " ".join(("pytest", *command[len(PYTEST) :]) if command[: len(PYTEST)] == PYTEST else command)


if __name__ == "__main__":
    sys.exit(main())
