"""The tool that breaks check cells: what it breaks, and that it tells a weak cell from a strong one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from cell_slips import lines, needed, slips, touched  # noqa: E402  (found through the path set above)

TABLE = ROOT / "tools" / "mutate_checks.toml"
SETUP = 'import sympy as sp\nfrom ravine.experiments import residual\nx, y = sp.symbols("x y", positive=True)'


def page(*cells: str, below: str = "") -> str:
    return "# A page\n\n" + "\n".join(f"```{{code-cell}} python\n{cell}\n```\n" for cell in cells) + below


def kept(*cells: str) -> list[str]:
    return [line.text for line in needed(lines(page(*cells)))]


# What is broken ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("a = b + c", {"a = b - c"}),
        ("a = b * c", {"a = b / c", "a = b", "a = c"}),
        ("a = b * c * d", {"a = b * c / d", "a = b / c * d", "a = b * c", "a = b * d", "a = c * d"}),
        ("a = b / c", {"a = b * c", "a = c / b", "a = b"}),
        ("a = -b", {"a = b"}),
        ("a = b ** 2", {"a = b ** 3"}),
        ("a = b ** c", {"a = b ** (c + 1)"}),
        ("a = sp.Rational(1, b)", {"a = sp.Rational(b, 1)", "a = sp.Rational(2, b)"}),
        ("a += b", {"a -= b"}),
        ("assert b < c", {"assert b >= c"}),
        ("assert b == c", {"assert b != c"}),
        ("a = f(b, 0.5, True, 'x 1')", set()),
        ("a = b[0]", {"a = b[1]"}),
    ],
)
def test_every_slip_of_a_statement_is_made_once(source: str, wanted: set[str]) -> None:
    [line] = lines(page(source))
    made = [slip.text for slip in slips(line)]
    assert sorted(made) == sorted(wanted)
    assert line.text == source, "the statement itself is left as it is"


def test_of_a_long_statement_the_changed_line_is_shown() -> None:
    [line] = lines(page("for k in range(3):\n    a = k + 1\n    assert a"))
    assert [slip.change for slip in slips(line)] == [
        ("for k in range(3):", "for k in range(4):"), ("a = k + 1", "a = k - 1"), ("a = k + 1", "a = k + 2"),
    ]  # fmt: skip


def test_only_what_the_checks_need_is_kept() -> None:
    cells = [
        "import a, b\nfrom c import fit",
        "n = 3\nruns = fit(n)\nfig = runs.plot()",
        "glue('n', n)\nn = 4",
    ]
    assert kept(*cells) == []
    assert kept(*cells, "residual(n, 4)") == ["n = 4", "residual(n, 4)"]
    assert kept(*cells, "assert runs.left == 0\nruns.left + 1") == [
        "from c import fit", "n = 3", "runs = fit(n)", "assert runs.left == 0",
    ]  # fmt: skip


def test_what_changes_a_value_in_place_is_kept() -> None:
    assert kept("a = []\na.append(1)\nb = {}\nb['k'] = 2\nsp.expand(a)", "assert (a, b) == 0") == [
        "a = []", "a.append(1)", "b = {}", "b['k'] = 2", "assert (a, b) == 0",
    ]  # fmt: skip
    assert kept("a = 0\nfor k in range(3):\n    a = k", "assert a == 2")[0] == "a = 0"
    assert kept("k = 1\na = [k for k in range(3)]", "assert k == 1 and a")[0] == "k = 1"
    assert kept("def f(x):\n    return x\nif f(1):\n    raise ValueError")[0].startswith("def f")


def test_later_checks_run_if_they_see_the_change() -> None:
    later = lines(page("b = a + c\nc = 1\nassert c == 1", "assert b == c", "a = 2\nassert a == 2"))
    seen = [line.text for line in touched(later, frozenset("a"))]
    assert seen == ["b = a + c", "c = 1", "assert b == c"]


# What becomes of it -----------------------------------------------------------------------------------------

STRONG = page(SETUP, "square = (x + 1)**2\nresidual(square, x**2 + 2*x + 1)")
# Blind to the sign, to the number and to a further derivative.
WEAK = page(SETUP, "third = sp.diff((x + 1)**2, x, 3)\nresidual(third, 0)")
LATER = page(SETUP, "a = x + 1\nresidual(a - a, 0)", "residual(a, x + 1)")
ENDLESS = page("n = 3\nwhile n != 0:\n    n = n - 1\nassert n == 0")
TIED = page(
    SETUP, "f = sp.Add(x, -y)\nresidual(f - f, 0)", below="\n$$\nS = x - y\n$$ (eq-a)\n\n% tie: S := f\n"
)
DECLARED = """[[equivalent]]
page = "weak"
old = "third = sp.diff((x + 1) ** 2, x, 3)"
new = "third = sp.diff((x {} ** 2, x, {})"
reason = "The third derivative of any square is zero."
"""


def run(folder: Path, pages: dict[str, str], table: str = "") -> tuple[int, str]:
    """Exit status and output of the tool for a book of these pages."""
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "table.toml").write_text(table, encoding="utf-8")
    command = ["mutate_checks.py", "--book", str(folder), "--declared", str(folder / "table.toml")]
    said = subprocess.run(
        [sys.executable, str(ROOT / "tools" / command[0]), *command[1:], "--seconds", "4", *pages],
        capture_output=True, text=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    return said.returncode, said.stdout + said.stderr


def together(said: str, name: str) -> list[int]:
    """Of a page: slips; by a check, by an error, by time, by a tie; equivalent; survived."""
    of_page = said[said.index(f"{name}\n") :]
    return [int(n) for n in re.search(r"together((?:\s+\d+){7})", of_page)[1].split()]


def test_a_strong_cell_lets_nothing_pass(tmp_path: Path) -> None:
    status, said = run(tmp_path, {"strong": STRONG})
    assert (status, together(said, "strong")) == (0, [11, 11, 0, 0, 0, 0, 0])


def test_a_weak_cell_is_told_and_may_be_declared(tmp_path: Path) -> None:
    status, said = run(tmp_path, {"strong": STRONG, "weak": WEAK})
    assert (status, together(said, "weak")[-2:]) == (1, [0, 3])
    for slip in ("(x - 1) ** 2, x, 3", "(x + 2) ** 2, x, 3", "(x + 1) ** 2, x, 4"):
        assert f"-> third = sp.diff({slip})" in said
    table = "".join(DECLARED.format(*new) for new in (("- 1)", 3), ("+ 2)", 3), ("+ 1)", 4)))
    status, said = run(tmp_path, {"weak": WEAK}, table)
    assert (status, together(said, "weak")[-2:]) == (0, [3, 0])
    assert said.count("The third derivative of any square is zero.") == 3
    status, said = run(tmp_path, {"weak": WEAK}, table + DECLARED.format("+ 1)", 5))
    assert status == 1 and "declared, and no survivor" in said


def test_a_declaration_needs_its_reason(tmp_path: Path) -> None:
    table = DECLARED.replace("The third derivative of any square is zero.", " ")
    status, said = run(tmp_path, {"weak": WEAK}, table)
    assert status == 1 and "want page, old, new and reason" in said


def test_a_slip_is_caught_in_other_ways(tmp_path: Path) -> None:
    _, said = run(tmp_path, {"later": LATER, "endless": ENDLESS, "tied": TIED})
    # The cell itself compares a - a: only the later one can tell.
    assert together(said, "later")[1] >= 2
    assert together(said, "endless")[3] == 2  # up, and past zero in twos
    assert together(said, "tied")[4] == 1


def test_a_page_whose_check_fails_as_it_stands_is_no_success(tmp_path: Path) -> None:
    status, said = run(tmp_path, {"wrong": STRONG.replace("2*x", "3*x")})
    assert status == 1 and "AssertionError" in said
    assert run(tmp_path, {"empty": page("x = 1")})[0] == 1, "a page without a check"


# What is declared of the book -------------------------------------------------------------------------------


def test_declarations_speak_of_cells_that_there_are() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    stale = []
    for entry in table.get("equivalent", []):
        text = (ROOT / "book" / f"{entry['page']}.md").read_text(encoding="utf-8")
        made = {slip.change for line in needed(lines(text)) for slip in slips(line)}
        stale += [entry["old"]] if (entry["old"], entry["new"]) not in made else []
    assert stale == []
    assert [name for name in table["strong"] if not (ROOT / "book" / f"{name}.md").is_file()] == []
