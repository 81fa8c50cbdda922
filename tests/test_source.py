"""Code in sight: under every figure stand its status and the lines that made it, as the source has them."""

from __future__ import annotations

import csv
import inspect
import re
import sys
import textwrap
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup, Tag
from conftest import ROOT, SITE

from ravine import _check

sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tools" / "sphinx_ext")]
import provenance  # noqa: E402  (lies beside the extension)

import notebooks  # noqa: E402  (the tools are scripts, not a package)

BOOK = notebooks.Course().book
MAX_LINES = 25
FOLD = "details.ravine-source"
CUT = re.compile(r" *# \.\.\. and (\d+) more lines")
# What may be missing between the lines shown: documentation, decorators, checks of arguments, empty lines.
LEFT_OUT = re.compile(r"@|r?\"\"\"|_check\.|\w+(, \w+)* = _check\.|if |raise |f?\"|\)|$")


@cache
def sources(page: str) -> list[str]:
    return [cell.source for cell in notebooks.code_cells(BOOK.pages[page])]


@cache
def origins(page: str) -> list[provenance.Provenance | None]:
    return provenance.trace(sources(page))


def origin(text: str) -> provenance.Provenance:
    """Of the one cell of the book that contains a text, or of the figure in it."""
    found = [
        made
        for page in BOOK.notebooks
        for source, made in zip(sources(page), origins(page), strict=True)
        if made and text in source
    ]
    assert len(found) == 1, text
    return found[0]


def named(dotted: str) -> FunctionType:
    """The function of a dotted name, found by import alone."""
    parts = dotted.split(".")
    for k in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:k]))
        except ModuleNotFoundError:
            continue
        for part in parts[k:]:
            found = getattr(found, part)
        return inspect.unwrap(found)  # type: ignore[arg-type, return-value]
    raise AssertionError(f"nothing is called {dotted}")


def faults_of_lines(code: str, function: FunctionType) -> list[str]:
    """How shown lines differ from the function's source: they are its lines in order, little left out."""
    source = textwrap.dedent(inspect.getsource(function)).splitlines()
    documentation = {line.strip() for line in (inspect.getdoc(function) or "").splitlines()}
    at, faults = 0, []
    for line in code.splitlines():
        if cut := CUT.fullmatch(line):
            rest = [kept for kept in source[at:] if kept.strip()]
            return faults if len(rest) <= int(cut[1]) + 12 else [*faults, f"{len(rest)} lines are left"]
        begin = at
        while at < len(source) and source[at] != line:
            at += 1
        if at == len(source):
            return [*faults, f"not in the source: {line!r}"]
        skipped = [gap.strip() for gap in source[begin:at]]
        faults += [
            f"left out: {gap!r}" for gap in skipped if gap not in documentation and not LEFT_OUT.match(gap)
        ]
        at += 1
    return faults + [f"left out: {line!r}" for line in source[at:] if line.strip()]


# What is found ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "status"),
    [
        ("fig = speeds.plot()", "computed", "computed on this page"),
        ("fits = er.fits(m=40, sigma=0.5)", "computed", "computed on this page"),
        ("sd.two_saddles().plot()", "computed", "computed on this page"),
        ("digits = er.Widths.load()", "recorded", "recorded (20 seeds; the tests recompute seeds 0 and 1)"),
        ("lagged = ltd.Lags.load()", "recorded", "recorded (30 seeds; the tests recompute seeds 0 and 1)"),
        (
            "truncation = ig.Truncation.load()",
            "recorded",
            "recorded (20 seeds; the tests recompute seeds 0 and 1, this page a part of seed 0)",
        ),
        (
            "sl.Stoppings.load(), sl.stopping(seed=0)",
            "both",
            "recorded (20 seeds; the tests recompute seeds 0 and 1, this page seed 0), "
            "and computed on this page",
        ),
        (
            "ic.Trainings.load(), ic.train(seed=0)",
            "both",
            "recorded (20 seeds; the tests recompute seeds 0 and 1), and computed on this page",
        ),
        (
            "sd.rarity(20), sd.Minima.load()",
            "both",
            "recorded (20 seeds; the tests recompute seeds 0 and 1), and computed on this page",
        ),
        ("live.valley()", "live", "computed in your browser"),
        ("live.leaving()", "live", "computed in your browser"),
        ("live.edge()", "live", "computed in your browser"),
        ("as live\n\nlive.bowls()", "live", "recorded beforehand, looked up and drawn in your browser"),
        ("live.diagnosis()", "live", "recorded beforehand, looked up and drawn in your browser"),
    ],
)
def test_known_figures_have_their_status(text: str, kind: str, status: str) -> None:
    found = origin(text)
    assert (found.kind, found.status) == (kind, status)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fig = speeds.plot()", ["ill_conditioning.quadratics.rates"]),  # made in an earlier cell
        ("fits = er.fits(m=40", ["erm_vs_risk.least_squares.fits", "erm_vs_risk.least_squares._fit"]),
        ("digits = er.Widths.load()", ["erm_vs_risk.least_squares.Widths.row"]),
        # The picture shows two other files than the one whose object draws it.
        (
            "ic.Trainings.load(), ic.train",
            [
                "ill_conditioning.seeds.EarlyCurves.row",
                "ill_conditioning.seeds.LateCurves.row",
                "ill_conditioning.network.train",
            ],
        ),
        ("fig = stuck.plot()", ["local_minima.curves.stuck"]),  # made in an earlier cell
        ("fig = orders.plot()", ["minibatch_variance.passes.Orders.row"]),  # made in an earlier cell
    ],
)
def test_known_figures_lead_to_their_functions(text: str, names: list[str]) -> None:
    found = [piece.name.removeprefix("ravine.experiments.") for piece in origin(text).pieces]
    assert found[: len(names)] == names


CHAPTER = """from ravine.experiments import ill_conditioning as ic, summary
from ravine.live.figures import ill_conditioning as live
"""


def kinds(*cells: str) -> list[str]:
    return [made.kind if made else "" for made in provenance.trace([CHAPTER, *cells])][1:]


def test_a_variable_means_what_it_meant_when_it_was_used() -> None:
    race, loaded = "runs = ic.race()", "runs = ic.EdgeOfStability.load()"
    assert kinds(race, "fig = runs.plot()", loaded, "fig = runs.plot()") == ["", "computed", "", "recorded"]
    assert kinds(f"{loaded}\n{race}\nfig = runs.plot()") == ["computed"]
    assert kinds("first = ic.race()\nsecond = first", "fig = second.plot()") == ["", "computed"]


def test_only_what_shows_is_a_figure() -> None:
    assert kinds("race = ic.race()", "race.shrink('momentum')", "summary([1.0])") == ["", "", ""]
    assert kinds("state = live.valley().compute()", "figure = live.valley()") == ["", ""]
    assert kinds("live.valley()", "ic.EdgeOfStability.load().plot()") == ["live", "recorded"]
    assert kinds("fig = ic.Trainings.load().plot(ic.train(seed=0))") == ["both"]
    assert kinds("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()") == [""]


@pytest.mark.parametrize(
    ("call", "claimed"),
    [
        ("ic.train(0)", True),
        ("ic.train(seed=19)", True),
        ("ic.train(20)", False),  # no seed of the file
        ("ic.train(0, learning_rate=0.2)", False),  # another experiment
        ("ic.train(0, n_steps=10)", False),
        ("ic.train(seed)", False),  # not to be read off
    ],
)
def test_a_repetition_is_claimed_only_if_it_is_one(call: str, claimed: bool) -> None:
    """`Trainings.row` begins with `train(seed)`."""
    from ravine.experiments.ill_conditioning import Trainings

    cells = [CHAPTER, f"seed = 0\n{call}"]
    [node] = provenance.ast.parse(call).body
    scope = {"ic": import_module("ravine.experiments.ill_conditioning")}
    found = list(provenance._reruns(Trainings, [(node.value, scope)]))
    assert bool(found) == claimed, cells
    if claimed:
        [seed] = re.findall(r"\d+", call)
        assert found[0] == (call, f"seed {seed}")


def test_the_numbers_of_seeds_are_those_of_the_files() -> None:
    from ravine.experiments._measurement import measurements

    counts = {}
    for measurement in measurements():
        with measurement.path().open(encoding="utf-8", newline="") as file:
            counts[measurement.path().name] = sum(1 for _ in csv.DictReader(file))
    told = [
        match
        for page in BOOK.notebooks
        for made in origins(page)
        if made
        for match in re.findall(r"Recorded in `(\S+)`: `\w+\.row` for each of the (\d+) seeds", str(made))
    ]
    assert len(told) >= 30
    assert [(name, counts[name]) for name, _ in told] == [(name, int(n)) for name, n in told]


# What is shown ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", BOOK.notebooks)
def test_the_lines_shown_are_those_of_the_source(page: str) -> None:
    for made in filter(None, origins(page)):
        assert sum(len(piece.code.splitlines()) for piece in made.pieces) <= MAX_LINES
        assert made.pieces
        for piece in made.pieces:
            assert faults_of_lines(piece.code, named(piece.name)) == []
            assert '"""' not in piece.code


def test_a_line_that_is_not_the_source_is_seen() -> None:
    [piece] = origin("fig = speeds.plot()").pieces
    lines = piece.code.splitlines()
    function = named(piece.name)
    assert faults_of_lines(piece.code, function) == []
    assert faults_of_lines(piece.code.replace("spectrum(kappa, n)", "spectrum(kappa, 2)"), function)
    assert faults_of_lines("\n".join([*lines[:8], *lines[9:]]), function)
    assert faults_of_lines("\n".join(lines[:-1]), function)


def test_a_long_function_is_cut_and_says_so() -> None:
    cut = [
        piece for page in BOOK.notebooks for made in origins(page) if made for piece in made.pieces
        if CUT.search(piece.code)
    ]  # fmt: skip
    assert cut
    for piece in cut:
        [more] = CUT.findall(piece.code)
        whole = len(provenance.core(named(piece.name)))
        assert len(piece.code.splitlines()) - 1 + int(more) == whole


def test_checks_are_left_out_and_definitions_kept() -> None:
    def example(x: float, n: int) -> float:
        """Say what it does.

        Over two paragraphs.
        """
        x = _check.real("x", x)
        if n < 0:
            raise ValueError("n")
        size = _check.count("n", n)
        return x * size

    assert provenance.core(example) == [
        "def example(x: float, n: int) -> float:",
        '    size = _check.count("n", n)',
        "    return x * size",
    ]


# In the notebooks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", BOOK.notebooks)
def test_notebooks_show_the_same_lines_as_text(page: str) -> None:
    path = notebooks.Course().path(page)
    cells = notebooks.nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    folds = [text for text in texts if text.startswith("<details>")]
    made = [found for found in origins(page) if found]
    assert len(folds) == len(made)
    for fold, wanted in zip(folds, made, strict=True):
        summary = fold.splitlines()[0]
        assert summary == f"<details><summary>How this was computed · {wanted.status}</summary>"
        assert fold.endswith("\n\n</details>")
        code = re.findall(r"```python\n(.*?)\n```", fold, flags=re.DOTALL)
        links = re.findall(r"\[`([\w.]+)`\]\((.+?)\)", fold)
        for (name, _), text in zip(links, code, strict=False):
            assert faults_of_lines(text, named(name)) == []
        assert len(links) >= len(code) == len(wanted.pieces)
        for name, address in links:
            [line] = [f"def {name.rpartition('.')[2]}("]
            assert line in (path.parent / address).resolve().read_text("utf-8")


def test_a_fold_follows_its_figure_and_its_caption() -> None:
    cells = notebooks.nbformat.read(notebooks.Course().path("terrain/saddles"), as_version=4).cells
    [at] = [i for i, cell in enumerate(cells) if "sd.two_saddles().plot()" in cell.source]
    assert cells[at].cell_type == "code"
    assert cells[at + 1].source.startswith("**Fig. 6.1.**")
    assert "def two_saddles(" in cells[at + 2].source
    assert cells[at + 3].source.startswith("Newton's method, which is fast")


# On the site -----------------------------------------------------------------------------------------------


@cache
def soup(path: str) -> BeautifulSoup:
    return BeautifulSoup((SITE / path).read_text("utf-8"), "html.parser")


def figures(page: BeautifulSoup) -> list[Tag]:
    """The cells of a page that show a picture or a live figure."""
    return [cell for cell in page.select("article div.cell") if cell.select(".cell_output img, .ravine-live")]


def faults_of_page(page: BeautifulSoup, folder: Path, made: list[provenance.Provenance]) -> list[str]:
    """What is wrong with the folds of a page."""
    shown = figures(page)
    faults = [] if len(shown) == len(made) else [f"{len(shown)} figures, {len(made)} in the source"]
    for figure, wanted in zip(shown, made, strict=False):
        below = figure.find_next_sibling()
        if below is None or below.name != "details" or "ravine-source" not in below.get("class", []):
            faults.append(f"no fold under the figure {wanted.status}")
            continue
        if wanted.status not in below.summary.get_text():
            faults.append(f"{below.summary.get_text()!r}, not {wanted.status!r}")
        names = [link.get_text() for link in below.select("p.ravine-from a")]
        code = [block.get_text() for block in below.select("pre")]
        for name, text in zip(names, code, strict=True):
            faults += faults_of_lines(text.rstrip("\n"), named(name))
        for link in below.select("a"):
            address, _, anchor = unquote(link["href"]).partition("#")
            target = (folder / address).resolve()
            if not target.is_file():
                faults.append(f"no page {address}")
                continue
            place = soup(str(target.relative_to(SITE.resolve()))).find(id=anchor)
            name = anchor.rpartition(".")[2]
            if place is None or f"def {name}" not in following_lines(place):
                faults.append(f"{anchor} does not stand where {link['href']} leads")
    return faults


def following_lines(place: Tag) -> str:
    """The text after an anchor, up to the fourth line: decorators come before `def`."""
    text = ""
    for piece in place.next_elements:
        text += piece if isinstance(piece, str) else ""
        if text.count("\n") > 3:
            break
    return text


@pytest.mark.book
@pytest.mark.parametrize("page", BOOK.notebooks)
def test_every_figure_of_the_site_has_its_fold(page: str, site: Path) -> None:
    made = [found for found in origins(page) if found]
    assert faults_of_page(soup(f"{page}.html"), (SITE / page).parent, made) == []
    if page.startswith(("objective/", "terrain/")):
        assert len(made) >= 4


@pytest.mark.book
@pytest.mark.parametrize("page", BOOK.notebooks)
def test_recorded_is_what_loads_a_file(page: str, site: Path) -> None:
    """By another way than the tracing: the text of the lines that last set a figure's variables."""
    lines = [line for source in sources(page) for line in source.splitlines()]
    told = iter(soup(f"{page}.html").select(FOLD))
    for number, line in enumerate(lines):
        if re.match(r"fig = |live\.\w+\(\)$", line):
            names = set(re.findall(r"[a-z_]+", line.removeprefix("fig = ")))
            setting = [
                next(
                    (old for old in lines[number - 1 :: -1] if re.match(rf"([\w, ]*\b)?{name}\b.* = ", old)),
                    "",
                )
                for name in names
            ]
            if line.startswith("live."):  # the figure's function says whether its kernel has recorded data
                room = re.search(
                    r"^from ravine\.live\.figures import (\w+) as live$", "\n".join(lines), re.MULTILINE
                )
                module = import_module(f"ravine.live.figures.{room[1]}")
                setting = [inspect.getsource(getattr(module, line[len("live.") : -len("()")]))]
            recorded = any(".load()" in text or "recorded=True" in text for text in [line, *setting])
            assert recorded == ("recorded" in next(told).summary.get_text()), line


@pytest.mark.book
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("controls", "sliders"),  # a line of the code
        ("computed on this page", "recorded (20 seeds)"),
        ("quadratics.html#race", "quadratics.html#rates.plot"),
        ("quadratics.html#race", "elsewhere.html#race"),
        ('<details class="ravine-source"', '<details class="other"'),
    ],
)
def test_a_falsified_page_is_seen(old: str, new: str, site: Path) -> None:
    page = "terrain/ill-conditioning"
    made = [found for found in origins(page) if found]
    begin, fold, end = str(soup(f"{page}.html")).partition('<details class="ravine-source"')
    assert old in fold + end
    falsified = BeautifulSoup(begin + (fold + end).replace(old, new, 1), "html.parser")
    assert faults_of_page(falsified, (SITE / page).parent, made)


@pytest.mark.book
def test_every_file_of_the_package_has_its_page(site: Path) -> None:
    listed = {a["href"] for a in soup("_modules/index.html").select("ul.ravine-files a")}
    package = ROOT / "src" / "ravine"
    assert listed == {
        f"ravine/{path.relative_to(package).with_suffix('').as_posix()}.html"
        for path in package.rglob("*.py")
    }
    for address in sorted(listed)[::7]:
        text = soup(f"_modules/{address}").select_one("article pre").get_text()
        path = package / address.removeprefix("ravine/").replace(".html", ".py")
        assert text.strip("\n") == path.read_text("utf-8").strip("\n")


@pytest.mark.book
def test_the_reference_leads_to_the_source(site: Path) -> None:
    assert soup("reference/index.html").select('a[href="../_modules/index.html"]')
    page = soup("reference/rules.html")
    link = page.find(id="ravine.rules.momentum").select_one(".viewcode-link a")
    address, _, anchor = link["href"].partition("#")
    place = soup(f"reference/{address}".replace("reference/../", "")).find(id=anchor)
    assert "def momentum" in following_lines(place)


# In a browser ----------------------------------------------------------------------------------------------


@pytest.mark.book
@pytest.mark.browser
def test_open_folds_and_source_pages_fit_a_phone(page, site_url: str) -> None:
    from test_site import violations, wide_elements

    page.goto(f"{site_url}/terrain/ill-conditioning.html", wait_until="load")
    page.evaluate("document.querySelectorAll('details.ravine-source').forEach(fold => fold.open = true)")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.locator(f"html[data-theme={scheme}]").wait_for(state="attached")
        assert violations(page, only=["color-contrast", "scrollable-region-focusable"]) == [], scheme
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, wide_elements(page)
    page.locator("details.ravine-source p.ravine-from a[href$='#race']").first.click()
    page.wait_for_load_state("load")
    assert page.url.endswith("_modules/ravine/experiments/ill_conditioning/quadratics.html#race")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, wide_elements(page)
    # The anchor leads to its function, below what stays at the top of the window.
    top = page.locator("[id='race']").evaluate("place => place.getBoundingClientRect().top")
    assert 0 <= top <= 422
    page.get_by_text("All files").click()
    page.wait_for_load_state("load")
    assert page.url.endswith("_modules/index.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, wide_elements(page)


@pytest.mark.book
@pytest.mark.browser
def test_copy_takes_the_code_of_an_example(page, site_url: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site_url}/reference/rules.html", wait_until="load")
    blocks = page.locator("div.highlight:has(pre .gp)")
    assert blocks.count() >= 5
    for block in blocks.all()[:5]:
        block.hover()
        block.locator("button.copybtn").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        shown = block.locator("pre").inner_text().splitlines()
        wanted = [line[4:] for line in shown if line.startswith((">>>", "..."))]
        assert [line for line in copied.splitlines() if line] == [line for line in wanted if line]
        assert len(wanted) < len(shown), "an example that prints nothing tries nothing"
        compile(copied, "copied", "exec")
