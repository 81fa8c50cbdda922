"""Displayed equations: each tied one holds by value over what its page's cells made.

`test_the_book` runs the pages; the rest holds the reader to its word, on small pages whose truth is known.
"""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
sys.path.insert(0, str(ROOT / "tools"))
from tied import NotationError, Verdict, check, prepare, read_displays  # noqa: E402  (found through the path set above)
from tied.displays import Display, split  # noqa: E402  (likewise)
from tied.slips import trials  # noqa: E402  (likewise)

# On these pages every statement is tied or says why not; add a page when its last statement is.
TIED_PAGES = [
    "checks",
    "journey/loss-landscapes",
    "journey/sgd-and-momentum",
    "journey/sgd-as-noise",
    "terrain/ill-conditioning",
]

ready = cache(prepare)


@cache
def checked(path: Path) -> dict[str, Verdict]:
    return {verdict.name: verdict for each in ready(path) for verdict in each.verdicts()}


def displays(path: Path) -> list[Display]:
    events = read_displays(path.read_text(encoding="utf-8"), path.stem)
    return [event for event in events if isinstance(event, Display)]


def tied_statements() -> Iterator[object]:
    """Every statement of a page with ties: known without running a cell, so that it names a test."""
    for path in sorted(BOOK.rglob("*.md")):
        found = displays(path)
        if any(display.is_tied for display in found):
            for display in found:
                for number, _ in enumerate(display.statements, start=1):
                    name = f"{display.label}-{number}"
                    yield pytest.param(path, name, id=name)


@pytest.mark.parametrize(("path", "name"), list(tied_statements()))
def test_the_book(path: Path, name: str) -> None:
    verdict = checked(path)[name]
    assert not verdict.fault, verdict.fault


@pytest.mark.parametrize("name", TIED_PAGES)
def test_every_statement_is_tied_or_says_why_not(name: str) -> None:
    found = displays(BOOK / f"{name}.md")
    assert found
    missing = [
        f"{display.label}-{number}: {statement.latex}"
        for display in found
        for number, statement in enumerate(display.statements, start=1)
        if display.state(number) == "neither"
    ]
    assert not missing


@pytest.mark.book
@pytest.mark.parametrize("name", TIED_PAGES)
def test_the_site_puts_a_mark_behind_each_tied_equation_and_no_other(site: Path, name: str) -> None:
    soup = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    marked = []
    for mark in soup.select("p.tied-mark"):
        [link] = mark.find_all("a")
        assert link.get_text() == "checked by this page"
        assert link["href"].split("/")[-1].startswith(("checks.html", "#ch-checks", "#"))
        marked.append(mark.find_previous("div", class_="math")["id"])
    tied = [display.label for display in displays(BOOK / f"{name}.md") if display.is_tied]
    assert marked == [f"equation-{label}" for label in tied]


# Small pages ------------------------------------------------------------------------------------------------

SETUP = r"""
import numpy as np
import sympy as sp
x, y, kappa = sp.symbols("x y kappa", positive=True)
t = sp.Symbol("tau", real=True)
lam = sp.Symbol("lambda_1", real=True)
A = sp.Matrix([[x, 2], [2, y]])
v = sp.Matrix([x, 3])
f = sp.Lambda(x, x**2 + y)
square = (x + y) ** 2
gap = f(y) - f(x)
b = x + 1
slope = sp.Symbol("slope", positive=True)
"""


def page(tmp_path: Path, latex: str, comments: str = "", setup: str = SETUP) -> Path:
    """A page with one cell and one equation."""
    path = tmp_path / "page.md"
    equation = f"$$\n{latex}\n$$ (eq-test)\n\n{comments}\n\nNext paragraph.\n"
    path.write_text(f"# A page\n\n```{{code-cell}} python\n{setup}\n```\n\n{equation}", encoding="utf-8")
    return path


def verdicts(tmp_path: Path, latex: str, comments: str = "% tie: S := square") -> list[Verdict]:
    return check(page(tmp_path, latex, comments))


# LaTeX and comments of a true equation, and a slip in it.
SQUARE = "% tie: S := square"
TRUE = [
    (r"S = x^2 + 2 x y + y^2 .", SQUARE, "2 x", "3 x"),
    (r"S = (x + y)^2", SQUARE, "+", "-"),
    (r"S - 12 = (x + y)^{3 - 1} - 12", SQUARE, "- 12", "- 13"),
    (r"S = \frac{(x^2 - y^2)(x + y)}{x - y}", SQUARE, r"{x - y}", r"{x + y}"),
    (r"S = \tfrac12 (2 x^2 + 4xy + 2 y^2)", SQUARE, r"\tfrac12", r"\tfrac13"),
    (r"\sqrt{S} = x + y", SQUARE, "+", "-"),
    (r"S = x y \left(\frac xy + 2 + \frac yx\right)", SQUARE, r"\frac xy", r"\frac xx"),
    (r"v^\top A v = S", "% tie: S := v.dot(A.multiply(v))", "A v", "A A v"),
    (r"A A^{-1} v = w", "% tie: w := v", "^{-1}", "^{1}"),
    (r"\|v\|^2 = s", "% tie: s := v.dot(v)", r"\|^2", r"\|"),
    (r"v^\top v = s + 0", "% tie: s := v.dot(v)", "+ 0", "+ 1"),
    (r"f(y) - f(x) = D", "% tie: D := gap", "- f", "+ f"),
    (r"\lambda_1 + \tau = S", "% tie: S := sp.Add(lam, t)", r"\lambda_1", r"2 \lambda_1"),
    (r"\ln x + \ln y = L", "% tie: L := sp.log(sp.Mul(x, y))", r"\ln y", r"\ln 2 y"),
    (r"e^{\ln x} \cos^2 x + x \sin^2 x = z", "% tie: z := x", r"\sin^2", r"\sin"),
    (r"x = \kappa K", "% tie: K := y\n% where: \\kappa = \\frac{x}{y}", r"\kappa K", r"\kappa^2 K"),
    (r"|x - y| = y - x + z", "% tie: z := sp.S(0)\n% where: x < y", "y - x", "x - y"),
    (r"v^\top v\, y = s y", "% tie: v^\\top v := slope\n% tie: s := slope", "s y", "s x"),
    (r"m^\top M n^2 = S", "% tie: m^\\top M := square\n% tie: n := sp.S(1)\n% tie: S := square", "S", "2 S"),
]  # fmt: skip


@pytest.mark.parametrize(("latex", "comments", "old", "new"), TRUE, ids=[row[0] for row in TRUE])
def test_a_true_equation_holds_and_a_slip_is_caught_by_value(
    tmp_path: Path, latex: str, comments: str, old: str, new: str
) -> None:
    assert old in latex
    assert [v.fault for v in verdicts(tmp_path, latex, comments)] == [""]
    [wrong] = verdicts(tmp_path, latex.replace(old, new, 1), comments)
    assert wrong.fault.startswith("eq-test: ") and wrong.by_value


UNREADABLE = [
    (r"S = \nabla x", "% tie: S := square", r"'\\nabla'"),
    (r"S = x \oplus y", "% tie: S := square", r"'\\oplus'"),
    (r"S = q", "% tie: S := square", "no name 'q'"),
    (r"S = s_x(x)", "% tie: S := square", "no name"),
    (r"S = b(x)", "% tie: S := square", "no function"),
    (r"S = x / y z", "% tie: S := square", "one factor after a slash"),
    (r"S = {x + y} x", "% tie: S := square", "brackets that a reader sees"),
    (r"S = \ln x y", "% tie: S := square", "in brackets"),
    (r"S = x_1", "% tie: S := square", "no name 'x_{1}'"),
    (r"S = x'", "% tie: S := square", 'no name "x\'"'),
    (r"S = v + 1", "% tie: S := square", "unlike things"),
    (r"S = v^2", "% tie: S := square", "power of a vector"),
    (r"S = f + 1", "% tie: S := square", "without its argument"),
    (r"S < x^9", "% tie: S := square", "cannot be tied"),
    (r"S = (x + y]", "% tie: S := square", "wanted ')'"),
    (r"S = P", "% tie: S := square\n% tie: P := square", "nothing is left"),
    (r"x + y", "% tie: x := x", "needs a line"),
    (r"S = x y", "% tie: S := square\n% where: x > 99", "no random point"),
]


@pytest.mark.parametrize(("latex", "comments", "message"), UNREADABLE, ids=[row[0] for row in UNREADABLE])
def test_what_cannot_be_read_is_an_error_that_names_equation_and_token(
    tmp_path: Path, latex: str, comments: str, message: str
) -> None:
    [verdict] = verdicts(tmp_path, latex, comments)
    assert not verdict.by_value
    assert verdict.fault.startswith("eq-test: ") and message in verdict.fault


BAD_COMMENTS = [
    ("% tie: S + x := square", "tie a name"),
    (r"% tie: \frac{S}{x} := square", "tie a name"),
    ("% tie: 2 S := square", "tie a name"),
    ("% tie: S := x + y", "computes"),
    ("% tie: S := -square", "computes"),
    ("% tie: S := nothing", "NameError"),
    ("% tie: S := square\n% tie: S := square", "tied twice"),
    ("% tie: S := square\n% tie: Q := square", "does not occur"),
    ("% tie: S", "no `tie"),
    ("% ties: S := square", "no comment behind an equation"),
    ("% untied:", "says nothing"),
    ("% tie: S := square\n% untied (3): words", "is for statement 3"),
    ("% tie: S := square\n% where: S = x", "not begin with a symbol"),
    ("% tie: S := square\n% where: x = (x + y)^2", "repeats a side"),
]


@pytest.mark.parametrize(("comments", "message"), BAD_COMMENTS, ids=[row[0] for row in BAD_COMMENTS])
def test_a_comment_that_says_nothing_clear_is_an_error(tmp_path: Path, comments: str, message: str) -> None:
    try:
        found = "".join(v.fault for v in verdicts(tmp_path, "S = (x + y)^2", comments))
    except NotationError as error:
        found = str(error)
    assert found.startswith("eq-test: ") and message in found


def test_a_comment_right_below_its_equation_or_below_none_is_an_error(tmp_path: Path) -> None:
    path = page(tmp_path, "S = x")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("(eq-test)\n\n", "(eq-test)\n% tie: S := square\n"), encoding="utf-8")
    with pytest.raises(NotationError, match="eq-test: a blank line"):
        check(path)
    path.write_text(text + "\n% tie: S := square\n", encoding="utf-8")
    with pytest.raises(NotationError, match="follows no equation"):
        check(path)


def test_statements_are_counted_one_a_relation() -> None:
    def found(latex: str) -> list[str]:
        return ["".join(statement.latex.split()) for statement in split(latex)]

    assert found(r"a = b = c .") == ["a=b", "b=c"]
    assert found(r"\begin{gathered} a = b, \\ c = d . \end{gathered}") == ["a=b", "c=d"]
    assert found(r"\begin{aligned} a &= b \\ &\quad + c \\ &= d, \\ e &\le f \end{aligned}") == [
        "a=b+c", "b+c=d", r"e\lef",
    ]  # fmt: skip
    assert found(r"a = \sum_{i=1}^n i, \qquad b = c \quad\text{for } c > 0 .") == [r"a=\sum_{i=1}^ni", "b=c"]
    assert found(r"H_{11} = c, & H_{22} = f(c, d) .") == ["H_{11}=c", "H_{22}=f(c,d)"]
    assert found(r"-\epsilon a + b .") == [r"-\epsilona+b"]
    assert found(r"V = \frac{s}{B} \quad\text{or}\quad \frac{t}{B},") == [r"V=\frac{s}{B}", r"\frac{t}{B}"]


def test_an_untied_statement_is_not_read_and_keeps_its_reason(tmp_path: Path) -> None:
    comments = "% tie: S := square\n% untied (2): a definition in words"
    first, second = verdicts(tmp_path, r"S = (x + y)^2, \qquad Q = \nabla S", comments)
    assert (first.state, first.fault) == ("tied", "")
    assert (second.state, second.reason, second.fault) == ("untied", "a definition in words", "")
    [plain] = verdicts(tmp_path, "S = x", "")
    assert (plain.state, plain.fault) == ("neither", "")


def test_an_expression_is_tied_to_its_value(tmp_path: Path) -> None:
    assert [v.fault for v in verdicts(tmp_path, "x^2 + 2 x y + y^2 .", "% value: square")] == [""]
    [wrong] = verdicts(tmp_path, "x^2 + 3 x y + y^2 .", "% value: square")
    assert wrong.by_value


def test_a_name_means_what_it_means_after_the_last_cell_before_the_next_equation(tmp_path: Path) -> None:
    def cell(source: str) -> str:
        return f"```{{code-cell}} python\n{source}\n```\n\n"

    def equation(latex: str, label: str) -> str:
        return f"$$\n{latex}\n$$ ({label})\n\n% tie: S := s\n\n"

    path = tmp_path / "page.md"
    text = cell("import sympy as sp\ns = sp.S(1)") + equation("S = 2", "eq-a") + equation("S = 2 + 0", "eq-b")
    text += cell("s = sp.S(2)") + equation("S = 3", "eq-c") + cell("s = sp.S(3)")
    path.write_text(text + "## Next\n\n" + cell("raise SystemExit"), encoding="utf-8")
    assert [(v.label, v.fault) for v in check(path)] == [("eq-a", ""), ("eq-b", ""), ("eq-c", "")]


def test_two_meanings_of_a_name_are_an_error(tmp_path: Path) -> None:
    setup = SETUP + 'k = sp.Symbol("x", real=True)\n'
    [verdict] = check(page(tmp_path, "S = x", "% tie: S := square", setup))
    assert "'x' means several things" in verdict.fault and not verdict.by_value


def test_floats_are_compared_as_floats(tmp_path: Path) -> None:
    setup = SETUP + "run = np.array([1.0, 1.1, 1.21])\n"
    for factor, holds in (("1.1", True), ("1.1000001", False)):
        path = page(tmp_path, f"b = {factor} a", "% tie: b := run[1:]\n% tie: a := run[:-1]", setup)
        assert [not v.fault for v in check(path)] == [holds]


def test_a_falsified_copy_of_a_page_fails(tmp_path: Path) -> None:
    text = (BOOK / "terrain" / "ill-conditioning.md").read_text(encoding="utf-8")
    copy = tmp_path / "copy.md"
    copy.write_text(text.replace(r"g^\top H g - \epsilon", r"g^\top H g + \epsilon", 1), encoding="utf-8")
    assert copy.read_text(encoding="utf-8") != text
    assert [v.name for v in check(copy) if v.fault] == ["eq-ic-step-1"]


# Slips ------------------------------------------------------------------------------------------------------


def test_a_slip_turns_red_by_value_and_an_equal_rewriting_stays_green_at_a_sample_of_places() -> None:
    """`make mutations` tries all places; every eleventh here, of every tied page."""
    tied = [BOOK / f"{name}.md" for name in TIED_PAGES]
    tried = [trial for path in tied for each in ready(path) for trial in trials(each, every=11, first=3)]
    assert len(tried) >= 15
    assert not [trial.slip for trial in tried if trial.caught != "by value"]
    assert not [trial.equal for trial in tried if not trial.stays_green]


def test_every_kind_of_place_is_tried(tmp_path: Path) -> None:
    latex = r"S = \frac{1}{\sqrt2 \sqrt{2}} \left(2 x^2 + 4 xy - 2 y^{2} (-1)\right) + \ln 3"
    [prepared] = prepare(page(tmp_path, latex, "% tie: S := sp.Add(square, sp.log(3))"))
    tried = list(trials(prepared))
    kinds = [trial.kind for trial in tried]
    assert set(kinds) == {"sign", "factor", "exponent", "number", "swapped fraction"}
    assert kinds.count("exponent") == 2
    assert all(trial.counts for trial in tried)
    for trial in tried:
        as_it_is = prepared.display.statements[0].latex
        assert len({trial.slip, trial.equal, as_it_is}) == 3
