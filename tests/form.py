"""What is wrong with the form of a page, without a browser: checks that take a page and list its faults.

`test_form.py` applies them to the built book, and to small good and bad pages that show what each one sees.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlparse

import jupytext
from bs4 import BeautifulSoup, Tag

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from notebooks import code_cells

SECTIONS = ["Derivation", "Experiments", "What this does not show"]
SECTIONS += ["Exercises", "Summary", "Further reading"]
FIGURES, EXPERIMENTS = "ravine.live.figures", "ravine.experiments"
STORY_WORDS, CHAPTER_WORDS = 900, 2500
# Nobody reads these in passing: folds, notes, tables, code and its outputs, pictures, formulae, furniture.
APART = "details, .solution, .dropdown, .admonition:not(.exercise), aside, table, .highlight, .math, figure, "
APART += (
    ".ravine-live, .cell_input, script, style, .headerlink, .section-number, .tied-mark, .toctree-wrapper"
)
NUMBER = r"[−+-]?\d[\d,  ]*(?:\.\d+)?(?:\s?[·×]\s?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?\s?%?"
INTERVAL = re.compile(rf"{NUMBER}\s*\[{NUMBER}(?:,|\sto|–)\s*{NUMBER}\]")
SENTENCE = re.compile(r"(?<=[.?!])[\"”’)]*\s+(?=[\"“‘(]?[A-Z])|(?<=[.?!][”’)])\s+(?=[\"“‘(]?[A-Z])")


@dataclass(frozen=True)
class Page:
    """A page as it was built, its Markdown, its address, and the address of the next chapter."""

    html: str
    source: str = ""
    address: str = "page.html"
    following: str = ""

    @cached_property
    def article(self) -> Tag:
        soup = BeautifulSoup(self.html, "html.parser")
        return soup.find("article") or soup

    @cached_property
    def headings(self) -> list[tuple[str, Tag]]:
        """The titles of the second level, without their numbers."""
        return [(title(h2), h2) for h2 in self.article.find_all("h2")]

    def heading(self, name: str) -> Tag | None:
        return next((h2 for found, h2 in self.headings if found == name), None)


def title(heading: Tag) -> str:
    copy = BeautifulSoup(str(heading), "html.parser")
    for furniture in copy.select(".headerlink, .section-number"):
        furniture.decompose()
    return copy.get_text().strip()


def place(tag: Tag) -> tuple[int, int]:
    """Where a tag begins in the text of its page: what comes first is less."""
    return tag.sourceline or 0, tag.sourcepos or 0


def plain(tag: Tag, apart: str = ".math, script, style, .headerlink") -> str:
    """The text of a tag without what is set apart."""
    copy = BeautifulSoup(str(tag), "html.parser")
    for part in copy.select(apart):
        part.decompose()
    return copy.get_text()


def sentences(text: str) -> list[str]:
    return [sentence for sentence in SENTENCE.split(" ".join(text.split())) if sentence.strip()]


# Lengths and sections ---------------------------------------------------------------------------------------


def words(text: str) -> int:
    return len(re.findall(r"[^\W_]+(?:[-’'.,][^\W_]+)*", text))


def faults_of_length(page: Page, story: int = STORY_WORDS, chapter: int = CHAPTER_WORDS) -> list[str]:
    """More words than a reader has patience for: up to the derivation, and in all."""
    copy = BeautifulSoup(str(page.article), "html.parser")
    for part in copy.select(APART):
        part.decompose()
    for h2 in copy.find_all("h2"):
        if h2.get_text().strip() == "Derivation":
            h2.insert_before("\0")
    before, mark, _ = copy.get_text(" ").partition("\0")
    counts = {"before the derivation": (words(before), story)} if mark else {}
    counts["in all"] = (words(copy.get_text(" ")), chapter)
    faults = [] if mark else ["no section Derivation, at which the story could end"]
    return faults + [
        f"{n} words {where}; want at most {most}" for where, (n, most) in counts.items() if n > most
    ]


def faults_of_sections(page: Page) -> list[str]:
    """Sections of the second level, from the derivation on, which are not those of the form."""
    titles = [name for name, _ in page.headings]
    if "Derivation" not in titles:
        return [f"no section Derivation among {titles}"]
    found = titles[titles.index("Derivation") :]
    return [] if found == SECTIONS else [f"sections {found}; want {SECTIONS}"]


def faults_of_way_on(page: Page) -> list[str]:
    """The last section does not end with one sentence that leads to the next chapter."""
    if not page.headings:
        return ["no section"]
    name, h2 = page.headings[-1]
    blocks = [block for block in (h2.parent or h2).find_all(recursive=False) if block.name != "script"]
    last = blocks[-1]
    if last.name != "p":
        return [f"{name!r} ends with <{last.name}>; want a sentence that leads on"]
    links = {urldefrag(urljoin(f"/{page.address}", a.get("href", "")))[0] for a in last.find_all("a")}
    faults = [] if len(sentences(plain(last))) == 1 else [f"{name!r} does not end with a single sentence"]
    if page.following and f"/{page.following}" not in {urlparse(link).path for link in links}:
        faults.append(f"{name!r} ends without a link to {page.following}, the next chapter")
    return faults


# Numbers ----------------------------------------------------------------------------------------------------


def paragraphs(article: Tag) -> Iterator[Tag]:
    """The paragraphs that are read as text; a list is one, with all that it holds."""
    for block in article.find_all(["p", "ul", "ol", "dl"]):
        inside = block.find_parent(["li", "dd", "table", "figure", "figcaption"])
        if not inside and not block.find_parent(class_=["ravine-bet", "ravine-live", "toctree-wrapper"]):
            yield block


def faults_of_intervals(page: Page, sentence: int = 1, paragraph: int = 3) -> list[str]:
    """Sentences and paragraphs in which measured intervals crowd: those belong in a table."""
    faults = []
    for block in paragraphs(page.article):
        text = plain(block)
        if len(INTERVAL.findall(text)) > paragraph:
            faults.append(f"{len(INTERVAL.findall(text))} intervals in {' '.join(text.split())[:60]!r}")
        items = block.find_all(["li", "dd"]) or [block]
        said = [one for item in items for one in sentences(plain(item))]
        crowded = [one for one in said if len(INTERVAL.findall(one)) > sentence]
        faults += [f"{len(INTERVAL.findall(one))} intervals in one sentence: {one[:60]!r}" for one in crowded]
    return faults


# The opening ------------------------------------------------------------------------------------------------


def faults_of_opening(page: Page) -> list[str]:
    """What stands between the title and the figure that raises the question, and what stands below it."""
    figure = page.article.select_one(".ravine-live")
    if figure is None:
        return ["no live figure"]
    first = page.headings[0][1] if page.headings else None
    faults = (
        ["the live figure comes after a section has begun"] if first and place(first) < place(figure) else []
    )
    early = []
    for code in page.article.select(".cell_input"):
        folded = code.find_parent("details")
        if re.search(r"^(?:import|from)\b", code.get_text(), re.M) and not folded:
            faults.append("the cell of imports is not folded: tag it hide-input")
        elif not folded and place(code) < place(figure) and cell_of(code) is not cell_of(figure):
            early.append(code.get_text().strip()[:40])
    faults += (
        [f"{len(early)} cells of code in sight before the figure, the first {early[0]!r}"] if early else []
    )
    faults += _late_imports(page.source)
    folds = [
        fold for fold in page.article.select("details, .dropdown") if "In this chapter" in fold.get_text()
    ]
    if not folds:
        faults.append("no fold 'In this chapter' with the objectives")
    elif place(folds[0]) < place(figure) or (first and place(first) < place(folds[0])):
        faults.append("the fold with the objectives does not stand right under the figure")
    return faults


def cell_of(tag: Tag) -> Tag | None:
    return tag.find_parent(class_="cell")


def _late_imports(source: str) -> list[str]:
    """Imports before the live figure that it does not need."""
    early: list[tuple[set[str], str]] = []
    used: set[str] = set()
    modules: set[str] = set()
    for cell in code_cells(source):
        tree = ast.parse(cell.source)
        made = {alias.asname or alias.name.partition(".")[0] for alias in _imported(tree)}
        used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if made:
            early.append((made, cell.source.splitlines()[0]))
        modules |= _modules(tree, FIGURES)
        if _live(tree, modules):
            late = [line for names, line in early if not names & used]
            return [f"imports before the figure that it does not need: {line!r}" for line in late]
    return []


def _imported(tree: ast.AST) -> Iterator[ast.alias]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from node.names


# Bets -------------------------------------------------------------------------------------------------------


def spec(bet: Tag) -> Mapping[str, object]:
    script = bet.find("script", type="application/json")
    return json.loads(script.string or "{}") if script else {}


def faults_of_bets(page: Page) -> list[str]:
    """The bets of a built page: how many, of which kind, under which names."""
    made = [bet for bet in map(spec, page.article.select(".ravine-bet")) if not bet.get("difficulty")]
    faults = [] if 3 <= len(made) <= 5 else [f"{len(made)} bets; want 3 to 5"]
    if "curve" not in {bet.get("kind") for bet in made}:
        faults.append("no bet is a drawn curve")
    names = [str(bet.get("id")) for bet in made]
    return faults + [f"{name}: want a name bet-..." for name in names if not name.startswith("bet-")]


def _modules(tree: ast.AST, *packages: str) -> set[str]:
    """The names that a cell imports from these packages."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in packages
        for alias in node.names
    }


def _live(tree: ast.Module, modules: set[str]) -> bool:
    """Whether a cell shows a live figure: a bare call `live.valley()` at its end."""
    last = tree.body[-1] if tree.body else None
    call = last.value if isinstance(last, ast.Expr) else None
    owner = call.func.value if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in modules


def _method(tree: ast.Module, figures: set[str]) -> str:
    """The method by which a cell draws, "live" for a live figure, "" without a figure."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    drawn = [f.attr for f in calls if isinstance(f, ast.Attribute) and f.attr.startswith("plot")]
    return drawn[0] if drawn else "live" if _live(tree, figures) else ""


@dataclass(frozen=True)
class _Shown:
    """A cell as far as bets care: its section, the experiments that it rests on, its bet and its figure."""

    section: int
    roots: frozenset[str]
    bet: str
    figure: str
    prints: bool


def _cells(source: str) -> list[_Shown]:
    section, found = 0, list[_Shown]()
    modules, figures = set[str](), set[str]()
    behind: dict[str, frozenset[str]] = {}

    def roots(node: ast.AST) -> frozenset[str]:
        """The experiments `ic.rates` that an expression comes from, by way of variables too."""
        names: frozenset[str] = frozenset()
        for part in ast.walk(node):
            if (
                isinstance(part, ast.Attribute)
                and isinstance(part.value, ast.Name)
                and part.value.id in modules
            ):
                names |= {f"{part.value.id}.{part.attr}"}
            elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                names |= behind.get(part.id, frozenset())
        return names

    for cell in jupytext.reads(source, fmt="md:myst").cells:
        if cell.cell_type != "code":
            section += len(re.findall(r"^## ", cell.source, re.M))
            continue
        tree = ast.parse(cell.source)
        modules |= _modules(tree, EXPERIMENTS, FIGURES)
        figures |= _modules(tree, FIGURES)
        used, bet, prints = roots(tree), "", False
        for statement in tree.body:
            if isinstance(statement, ast.Assign):
                names = [n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
                value = statement.value
                parts = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(names) else None
                for k, name in enumerate(names):
                    behind[name] = roots(parts[k] if parts else value)
        used |= roots(tree)
        if tree.body and isinstance(last := tree.body[-1], ast.Expr):
            if match := re.match(r"bets\.\w+\(\s*['\"]([\w-]+)", ast.unparse(last)):
                bet, used = match[1], roots(last)
            prints = not bet and not ast.unparse(last).startswith("glue(")
        found.append(_Shown(section, used, bet, "" if bet else _method(tree, figures), prints))
    return found


def faults_of_order(source: str) -> list[str]:
    """Bets whose result shows before them, or nowhere after them in their section."""
    cells, faults = _cells(source), []
    for at, cell in enumerate(cells):
        if not cell.bet.startswith("bet-"):
            continue
        before = [c for c in cells[:at] if c.figure and c.roots & cell.roots]
        after = [c for c in cells[at + 1 :] if c.section == cell.section and (c.figure or c.prints)]
        results = [c for c in after if c.figure and c.roots & cell.roots]
        if not results and before:
            faults.append(f"{cell.bet}: its result is drawn before it")
        elif {c.figure for c in results} & {c.figure for c in before}:
            faults.append(f"{cell.bet}: a figure of the same kind from the same experiment stands before it")
        elif not after:
            faults.append(f"{cell.bet}: no result follows in its section")
    return faults


# Exercises --------------------------------------------------------------------------------------------------


def faults_of_exercises(page: Page) -> list[str]:
    """Exercises that do not answer, do not say how hard they are, or give themselves away."""
    faults, kinds = [], []
    for exercise in page.article.select(".exercise"):
        name = str(exercise.get("id", ""))
        if not name.startswith("ex-"):
            faults.append(f"{name}: want a name ex-...")
        if not re.search(r"(?<!★)★{1,3}(?!★)", exercise.get_text()):
            faults.append(f"{name}: its difficulty is not marked, from ★ to ★★★")
        for made in map(spec, exercise.select(".ravine-bet")):
            kinds.append(made.get("kind"))
            if made.get("id") != name:
                faults.append(f"{made.get('id')}: stands in {name}")
            if not made.get("typical"):
                faults.append(f"{name}: a wrong answer gets no hint")
    if len(kinds) < 2:
        faults.append(f"{len(kinds)} exercises that answer; want at least 2")
    if "setting" not in kinds:
        faults.append("no exercise says 'set the figure'")
    return faults + [
        fault for part in page.article.select(".solution") for fault in _faults_of_solution(part)
    ]


def _faults_of_solution(solution: Tag) -> Iterator[str]:
    name = title(solution.find(class_="admonition-title") or solution)[:40]
    if "dropdown" not in solution.get("class", []) and not solution.find_parent("details"):
        yield f"{name}: not folded"
    for code in solution.select(".cell_input"):
        if re.search(r"^\s*assert\b", code.get_text(), re.M):
            yield f"{name}: an assert, which belongs in a test"
    for output in solution.select(".cell_output pre"):
        bare = [
            line for line in output.get_text().splitlines() if not re.search(r"[^\W\d_]{2}|[^\W\d_] =", line)
        ]
        if any(line.strip() for line in bare):
            yield f"{name}: prints {bare[0].strip()[:40]!r} without saying what it is"


# Cells ------------------------------------------------------------------------------------------------------


def faults_of_cells(source: str) -> list[str]:
    """Loops in sight, unless the algorithm is the point; `test_architecture.py` asks the rest of cells."""
    return [
        f"a loop in sight: {cell.source.splitlines()[0]!r}"
        for cell in code_cells(source)
        if not {"algorithm", "remove-input"} & set(cell.metadata.get("tags", []))
        and any(isinstance(node, ast.For | ast.While) for node in ast.walk(ast.parse(cell.source)))
    ]
