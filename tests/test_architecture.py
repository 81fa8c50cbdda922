"""The shape of the project: who imports whom, how long things are, what a chapter's cells and words are."""

import ast
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "ravine"
sys.path.insert(0, str(ROOT / "tools"))

from myst_index import PARSER, directive, is_notebook  # noqa: E402  (tools/ is no package)

from notebooks import code_cells  # noqa: E402  (likewise)
from ravine.experiments._measurement import measurements  # noqa: E402  (below the tools, as they are)

# Bottom to top: a module imports only from a lower row, or from its own package.
LAYERS = [
    ["_typing"],
    ["_check"],
    ["_normal", "_symmetric", "_codegen"],
    ["_derivatives"],
    ["objective"],
    ["zoo"],
    ["data"],
    ["rules"],
    ["descent"],
    ["networks"],
    ["problems"],
    ["curvature"],
    ["landscape"],
    ["noise"],
    ["theory"],
    ["_narrow"],
    ["plotting"],
    ["experiments"],
    ["live"],
    ["bets"],
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = {path: path.read_text(encoding="utf-8") for path in MODULES}
PAGES = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "book").rglob("*.md"))}
EXECUTABLE = {path: text for path, text in PAGES.items() if is_notebook(text)}
CHAPTERS = {
    path: text for path, text in EXECUTABLE.items() if path.parent.name in {"objective", "terrain", "journey"}
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layer(path: Path) -> str:
    """The module of the package that a file belongs to, "" for the package itself."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imports(text: str, within: str = "") -> Iterator[str]:
    """The dotted names that a source imports."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{within}: imports are written out in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# The package ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_module_imports_only_from_below(path: Path) -> None:
    own = layer(path)
    assert not own or own in RANK, f"{own} has no place in LAYERS"
    for name in imports(SOURCES[path], named(path)):
        top, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if top == "ravine" and other in RANK and other != own:
            assert own == "" or RANK[other] < RANK[own], f"{named(path)} imports {name} from above"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_heavy_libraries_stay_in_their_layer(path: Path) -> None:
    own, tops = layer(path), {name.partition(".")[0] for name in imports(SOURCES[path])}
    if own and RANK[own] < RANK["_narrow"]:
        assert "matplotlib" not in tops
    if own != "live":
        assert not {"ipywidgets", "anywidget", "traitlets"} & tops
    # Not among the package's requirements: needed by tests and benchmarks alone.
    assert not {"sklearn", "scipy", "torch", "jax", "autograd", "pandas"} & tops


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_module_is_short(path: Path) -> None:
    assert len(SOURCES[path].splitlines()) <= 400


def test_what_is_below_plotting_loads_no_picture_and_changes_nothing_in_the_process() -> None:
    code = """
import importlib, pkgutil, sys, warnings
import numpy, sympy, threadpoolctl
numpy.ones((2, 2)) @ numpy.ones((2, 2))
def state():
    return ([pool["num_threads"] for pool in threadpoolctl.threadpool_info()], numpy.geterr(),
            numpy.get_printoptions(), list(warnings.filters))
before = state()
for name in sys.argv[1:]:
    package = importlib.import_module(f"ravine.{name}")
    for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"ravine.{name}."):
        importlib.import_module(found.name)
assert state() == before, (before, state())
print(*sys.modules)"""
    pure = sorted({layer(path) for path in MODULES} & {name for name in RANK if RANK[name] < RANK["_narrow"]})
    assert "theory" in pure and "problems" in pure
    said = subprocess.run([sys.executable, "-c", code, *pure], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    loaded = set(said.stdout.split())
    heavy = {"matplotlib.pyplot", "anywidget", "ipywidgets", "scipy", "joblib"}
    assert not (heavy | {"ravine.plotting", "ravine.experiments", "ravine.live"}) & loaded


# The rooms of a chapter: where a reader who has seen its page looks for the rest.


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_a_chapter_has_all_its_rooms(path: Path) -> None:
    page, name = path.relative_to(ROOT / "book").with_suffix("").as_posix(), path.stem.replace("-", "_")
    for room in (
        f"src/ravine/theory/{name}.py",
        f"src/ravine/experiments/{name}/__init__.py",
        f"src/ravine/live/figures/{name}.py",
        f"tests/test_{name}.py",
        f"notebooks/{page}.ipynb",
    ):
        assert (ROOT / room).is_file(), f"{page}: want {room}"
    reference = f"reference/experiments/{path.stem}"
    documented = PAGES.get(ROOT / "book" / f"{reference}.md", "")
    assert f"automodule:: ravine.experiments.{name}\n" in documented, f"want book/{reference}.md"
    theory = PAGES[ROOT / "book" / "reference" / "theory.md"]
    assert f"automodule:: ravine.theory.{name}\n" in theory, "want a section of book/reference/theory.md"
    listed = (ROOT / "_toc.yml").read_text("utf-8")
    for each in (page, reference):
        assert f"file: {each}\n" in listed, f"want {each} in _toc.yml"
    index = PAGES[ROOT / "book" / "index.md"]
    label = re.search(r"^\((ch-[\w-]+)\)=\n# ", PAGES[path], re.MULTILINE)[1]
    assert f"`{label}`" in index or f"<{label}>" in index or f"({page}" in index, "its line on the front page"
    exercises = re.findall(r"^[:`]{3,}\{exercise(?:-start)?\}", PAGES[path], re.MULTILINE)
    solutions = re.findall(r"^[:`]{3,}\{solution(?:-start)?\}", PAGES[path], re.MULTILINE)
    assert len(exercises) >= len(solutions) >= 3, "want three exercises with a solution, besides open ones"


def test_warnings_of_numbers_are_silenced_with_a_reason_beside() -> None:
    """A comment at the call, or the docstring of a function that does nothing else."""
    bare = []
    for path, text in SOURCES.items():
        lines = ["", *text.splitlines(), ""]
        tree = ast.parse(text)
        alone = {
            id(f.body[1].value) for f in ast.walk(tree)
            if isinstance(f, ast.FunctionDef) and len(f.body) == 2 and ast.get_docstring(f)
            and isinstance(f.body[1], ast.Return)
        }  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("errstate"):
                near = lines[node.lineno : node.end_lineno + 1]
                near += [
                    x for x in (lines[node.lineno - 1], lines[node.end_lineno + 1]) if x.strip()[:1] == "#"
                ]
                if "#" not in "".join(near) and id(node) not in alone:
                    bare.append(f"{named(path)}:{node.lineno}")
    assert bare == []


def test_rooms_of_chapters_hold_no_others() -> None:
    chapters = {path.stem.replace("-", "_") for path in CHAPTERS}
    assert {path.stem for path in (PACKAGE / "theory").glob("[a-z]*.py")} == chapters
    assert {path.parent.name for path in (PACKAGE / "experiments").glob("*/__init__.py")} == chapters
    figures = {path.stem for path in (PACKAGE / "live" / "figures").glob("[a-z]*.py")}
    assert figures == chapters | {
        "zoo",
        "terrain",
        "ten_questions",
    }  # of the reference, the front page, the end


@pytest.mark.parametrize("path", [p for p in MODULES if p.parent.name == "theory"], ids=named)
def test_theory_computes_with_numpy_and_sympy_alone(path: Path) -> None:
    tops = {name.partition(".")[0] for name in imports(SOURCES[path])}
    assert tops <= {"numpy", "sympy", "ravine"} | set(sys.stdlib_module_names)


def test_a_measurement_stands_in_the_room_of_its_chapter() -> None:
    for measurement in measurements():
        chapter = measurement.__module__.split(".")[2]
        assert measurement.name.startswith(chapter.replace("_", "-") + "-"), (
            f"{measurement.name}: want {chapter}-..., with hyphens"
        )


def test_the_package_reaches_every_module_and_says_its_version() -> None:
    code = """
import ravine, sys
before = set(sys.modules)
modules = [name for name in dir(ravine) if not name.startswith("_")]
assert not [name for name in before if name.startswith("ravine.")], "nothing is loaded until it is asked for"
assert all(getattr(ravine, name).__name__ == f"ravine.{name}" for name in modules)
assert not hasattr(ravine, "no_such_module")
print(ravine.__version__, *modules)"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    version, *modules = said.split()
    assert modules == sorted({layer(path) for path in MODULES if not layer(path).startswith("_")} - {""})
    for place, pattern in (("CITATION.cff", r"^version: (\S+)$"), ("CHANGELOG.md", r"^## ([\d.]+)")):
        assert re.search(pattern, (ROOT / place).read_text("utf-8"), re.MULTILINE)[1] == version
    assert (PACKAGE / "py.typed").exists(), "type checkers read the annotations only beside this file"


def test_most_functions_are_short() -> None:
    lengths = [
        node.end_lineno - node.body[0].lineno + 1
        for text in SOURCES.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.end_lineno
    ]
    assert statistics.quantiles(lengths, n=10)[-2] <= 30  # a docstring with its sections counts
    assert statistics.median(lengths) <= 15


# The chapters' cells --------------------------------------------------------------------------------------


def lines_of(source: str) -> list[str]:
    """Lines of code: neither blank nor comment."""
    return [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]


def tags(cell: dict) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def prose_words(text: str) -> int:
    """Words outside code cells, options and formulae."""
    kept = text.partition("\n---\n")[2].splitlines()
    tokens = PARSER.parse("\n".join(kept))
    for token in tokens:
        part = directive(token)
        if (
            token.map
            and (part is None or part.name in {"code-cell", "math"})
            and token.type
            in {
                *("fence", "math_block", "math_block_label", "myst_target", "myst_line_comment"),
                "colon_fence",
            }
        ):
            kept[token.map[0] : token.map[1]] = [""] * (token.map[1] - token.map[0])
    return len(re.findall(r"[^\W\d_]{2,}", re.sub(r"\$[^$]*\$|`[^`]*`", " ", "\n".join(kept))))


@pytest.mark.parametrize("path", EXECUTABLE, ids=named)
def test_cells_are_short_and_plain(path: Path) -> None:
    cells = code_cells(EXECUTABLE[path])
    for cell in cells:
        tree = ast.parse(cell.source)
        assert len(cell.source.splitlines()) <= 15, cell.source
        assert not cell.source.rstrip().endswith(";"), f"nbval prints what ; hides: {cell.source}"
        if "algorithm" not in tags(cell):
            assert not any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in ast.walk(tree)), (
                cell.source
            )
    assert statistics.median(len(lines_of(cell.source)) for cell in cells) <= 4


@pytest.mark.parametrize("path", EXECUTABLE, ids=named)
def test_cells_need_no_network_clock_or_installer(path: Path) -> None:
    for cell in code_cells(EXECUTABLE[path]):
        tops = {name.partition(".")[0] for name in imports(cell.source)}
        assert not {"requests", "urllib", "socket", "http", "subprocess", "time", "datetime", "pip"} & tops
        assert not re.search(r"^\s*[%!]|https?://|\bpip install\b", cell.source, re.MULTILINE), cell.source


@pytest.mark.parametrize("path", EXECUTABLE, ids=named)
def test_imports_stand_together_at_the_top(path: Path) -> None:
    """In one cell; where a live figure opens the page, its own import stands with it."""
    first, *rest = code_cells(EXECUTABLE[path])
    assert list(imports(first.source))
    if re.search(r"^live\.\w+\(\)$", first.source, re.MULTILINE) and rest:
        second, *rest = rest
        assert list(imports(second.source))
    assert not [cell.source for cell in rest if list(imports(cell.source))]


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_chapter_has_twelve_words_for_a_line_of_code(path: Path) -> None:
    text = CHAPTERS[path]
    # What readers see: the questions of bets, and what only prepares a sentence, are no code to them.
    seen = [cell for cell in code_cells(text) if "remove-input" not in tags(cell)]
    n_lines = sum(len(lines_of(cell.source)) for cell in seen)
    assert prose_words(text) >= 12 * n_lines, "more words than 12 a line of code, or less code"


# The chapters' prose --------------------------------------------------------------------------------------


ENDING = ["What this does not show", "Exercises", "Summary", "Further reading"]
SECTIONS = ["The idea", "Derivation", "Predict, then run", "Play", *ENDING]
# Chapters that open with a question and its figure; `test_form.py` looks at the built pages.
FORM_SECTIONS = ["Derivation", "Experiments", *ENDING]


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_chapter_follows_the_skeleton(path: Path) -> None:
    text = CHAPTERS[path]
    assert "In this chapter" in text
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    wanted = FORM_SECTIONS if "Experiments" in headings else SECTIONS
    assert [heading for heading in headings if heading in {*SECTIONS, *FORM_SECTIONS}] == wanted


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_every_figure_has_alt_text_and_a_caption(path: Path) -> None:
    for cell in code_cells(CHAPTERS[path]):
        options = cell.metadata.get("mystnb", {})
        draws = re.search(r"\.plot\w*\(|plotting\.|subplots\(", cell.source)
        if draws:
            assert options.get("image", {}).get("alt", "").strip(), f"no alt text: {cell.source}"
            assert options.get("figure", {}).get("caption", "").strip(), f"no caption: {cell.source}"


AMERICAN = re.compile(
    r"\b(\w*(?:optimi|minimi|maximi|generali|regulari|normali|initiali|parametri|reali|visuali|neighbori|"
    r"summari|recogni|penali|factori|vectori|discreti|lineari|stabili|characteri|utili|emphasi|analy)z(?:e[drs]?|ing|ation\w*)|"
    r"colou?r(?<!colour)s?|behavior\w*|neighbor\w*|favor\w*|center(?:ed|s)?|gray|labeled|modeling|traveled)\b",
    re.IGNORECASE,
)


def prose(text: str) -> str:
    """The words of a page: no code, no comments, no formulae, no addresses, no titles of works cited."""
    without = re.sub(r"^(```|~~~).*?^\1\s*$|^%[^\n]*$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(
        r"\$\$.*?\$\$|\$[^$]*\$|\{?`[^`]*`|\]\([^)]*\)|<[^>]*>|\*[^*\n]*\*|\([\w-]+\)=",
        " ",
        without,
        flags=re.DOTALL,
    )


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_spelling_is_british(path: Path) -> None:
    assert AMERICAN.findall(prose(PAGES[path])) == []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_docstrings_are_british(path: Path) -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = (node for node in ast.walk(ast.parse(SOURCES[path])) if isinstance(node, documented))
    docstrings = "\n".join(ast.get_docstring(node) or "" for node in nodes)
    titles = r"Source\n-+\n.*?(?=\n\n|\Z)|\"[^\"]*\""  # of works, quoted as they are spelled
    assert AMERICAN.findall(prose(re.sub(titles, "", docstrings, flags=re.DOTALL))) == []


# What the pages say about numbers ---------------------------------------------------------------------------


def experiments_of(path: Path) -> list[ast.Module]:
    """The modules of a chapter's experiments."""
    folder = PACKAGE / "experiments" / path.stem.replace("-", "_")
    return [ast.parse(SOURCES[module]) for module in MODULES if folder in module.parents]


def centres_digits(tree: ast.Module) -> bool:
    """Whether a module calls `data.digits()....split(...)`, which subtracts the mean of the training set."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    splits = (func for func in calls if isinstance(func, ast.Attribute) and func.attr == "split")
    return any("data.digits()" in ast.unparse(func) for func in splits)


def test_pages_say_that_their_digits_are_centred() -> None:
    prepared = [path for path in CHAPTERS if any(map(centres_digits, experiments_of(path)))]
    assert len(prepared) >= 8  # else the search above has gone blind
    silent = [
        named(path)
        for path in prepared
        if not re.search(r"(?<!not )\bcentred\b|\bmean\b[^.]*\bsubtracted\b", prose(CHAPTERS[path]))
    ]
    assert silent == []


def outputs(path: Path) -> Iterator[tuple[str, str]]:
    """Name and text of what a chapter's cells glued; "printed" for what they printed."""
    notebook = ROOT / "notebooks" / path.relative_to(ROOT / "book").with_suffix(".ipynb")
    assert notebook.is_file(), "run tools/notebooks.py with the page's name"
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream":
                yield "printed", "".join(output["text"])
            for mime, value in output.get("data", {}).items():
                if mime.startswith("application/papermill.record"):
                    yield output["metadata"]["scrapbook"]["name"], "".join(value).strip("'\"")


# A hyphen before a digit, where no letter, digit or hyphen precedes (64-32-10 is no difference), and 2e-16.
TYPEWRITTEN = re.compile(r"(?<![\w-])-\.?\d|\b\d[\d.]*[eE][-+]?\d")


def described(text: str) -> Iterator[str]:
    """Captions and alt texts of a page."""
    for cell in code_cells(text):
        options = cell.metadata.get("mystnb", {})
        yield options.get("image", {}).get("alt", "")
        yield options.get("figure", {}).get("caption", "")


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_minus_signs_and_powers_are_typeset(path: Path) -> None:
    text = CHAPTERS[path]
    assert TYPEWRITTEN.findall(prose(text.partition("\n---\n")[2])) == []
    assert TYPEWRITTEN.findall(" ".join(prose(words) for words in described(text))) == []
    assert {name: said for name, said in outputs(path) if TYPEWRITTEN.search(said)} == {}


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_a_paragraph_has_at_most_three_ranges(path: Path) -> None:
    ranges = {name for name, said in outputs(path) if "[" in said and name != "printed"}
    without = re.sub(r"^(```|~~~).*?^\1\s*$", "\n", CHAPTERS[path], flags=re.MULTILINE | re.DOTALL)
    crowded = {}
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*- )", without):
        glued = re.findall(r"\{glue:text\}`([^`]+)`", paragraph)
        if not paragraph.lstrip().startswith("|") and sum(name in ranges for name in glued) > 3:
            crowded[paragraph.strip()[:60]] = glued
    assert crowded == {}


NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?(?:e-?\d+)?")


def numbers(text: str) -> set[float]:
    return {float(found.replace("_", "")) for found in NUMBER.findall(re.sub(r"(?<=\d),(?=\d{3})", "", text))}


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_alt_texts_hold_settings_and_no_results(path: Path) -> None:
    # A number in an alt text is typed, so it has to be one that somebody chose: it stands in the page, in a
    # cell, or as a constant of the experiments. What was measured may move when the code does.
    text = CHAPTERS[path]
    chosen = numbers(re.sub(r'\balt: "(?:[^"\\]|\\.)*"', "", text))
    for tree in experiments_of(path):
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        chosen |= {float(value) for value in constants if type(value) in (int, float)}
    alts = (cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "") for cell in code_cells(text))
    assert {alt: numbers(alt) - chosen for alt in alts if numbers(alt) - chosen} == {}


CODE_CELL = r"^```\{code-cell\} python\n(.*?)^```"


def solutions(text: str) -> list[str]:
    return re.findall(r"^```\{solution-start\}.*?^```\{solution-end\}", text, re.M | re.S)


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_answers_in_words_stand_in_their_cells(path: Path) -> None:
    # Three decimals are no mental arithmetic: somebody computed them, so the cell has to hold them.
    for solution in solutions(CHAPTERS[path]):
        words = re.sub(CODE_CELL, "", solution, flags=re.M | re.S)
        computed = re.findall(r"(?<![\w.])\d+\.\d{3,}|(?<![\w.])\d{2,}\.\d+", words)
        code = "".join(re.findall(CODE_CELL, solution, re.M | re.S))
        assert [number for number in computed if number not in code] == [], words


def said_in_words(call: ast.Call) -> bool:
    texts = (node.value for node in ast.walk(call) if isinstance(node, ast.Constant))
    return any(isinstance(text, str) and re.search(r"[a-zA-Z]{2}|[a-zA-Z] =", text) for text in texts)


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_answers_say_what_they_are(path: Path) -> None:
    cells = re.findall(CODE_CELL, "\n".join(solutions(CHAPTERS[path])), re.M | re.S)
    assert cells
    for source in cells:
        tree = ast.parse(source)
        last = tree.body[-1]
        if isinstance(last, ast.Expr):  # what a notebook shows
            called = isinstance(last.value, ast.Call) and ast.unparse(last.value.func)
            assert called in {"residual", "print"}, f"a bare value: {source}"
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        for call in (call for call in calls if ast.unparse(call.func) == "print"):
            assert said_in_words(call), ast.unparse(call)


def committed() -> list[Path]:
    """The text files under version control; the whole tree where there is none (an unpacked archive)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        skipped = {".venv", "_build", ".git"}
        paths = [path for path in ROOT.rglob("*") if not skipped & set(path.relative_to(ROOT).parts)]
    else:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [
        path for path in paths if path.is_file() and path.suffix not in {".npz", ".png", ".woff2", ".ico"}
    ]


def test_tree_speaks_of_the_course_alone() -> None:
    # Spelled apart, so that this file passes its own test.
    marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "/wo" + "rk/", "/tm" + "p/", "/ro" + "ot/"]
    pattern = re.compile("|".join(rf"(?<![\w.]){re.escape(mark)}" for mark in marks))
    found = {}
    for path in committed():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if pattern.search(line):
                found[f"{named(path)}:{number}"] = line.strip()[:80]
    assert found == {}
