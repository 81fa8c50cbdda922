"""The search shows prose, and finds compound words however they are written."""

from pathlib import Path

from sphinx.application import Sphinx

SCRIPT = "searchtools.js"
# What Sphinx drops from a page before it takes a summary out of it; we drop blocks of code and what they
# print, and let a formula in the text be three dots.
DROPPED = '[".headerlink", "script", "style"]'
ALSO = (
    '[".headerlink", "script", "style", "div.math", "pre", ".cell_output", ".sig", ".ravine-live", ".eqno"]'
)
READ = "if (anchor) {\n      const anchorContent"
FORMULAE = 'htmlElement.querySelectorAll(".math").forEach((el) => { el.textContent = "…" });\n    '
# Words that the book writes as one and readers also write in two.
WHOLE = "mini-batch over-fitting eigen-value eigen-vector hyper-parameter"
SPLIT = "var splitQuery = (query) => query\n"
JOINED = """var splitQuery = (query) => "%s".split(" ").reduce((text, word) => text.replace(
      new RegExp(word.replace("-", "[- ]"), "gi"), word.replace("-", "")), query)
""".replace("%s", WHOLE)


def show_prose(app: Sphinx, error: Exception | None) -> None:
    """Adapt Sphinx's search in the site; an unknown version of it fails the build."""
    path = Path(app.outdir, "_static", SCRIPT)
    if error or app.builder.format != "html":
        return
    script = path.read_text(encoding="utf-8")
    if ALSO in script:  # unchanged since the last build
        return
    for old, new in ((DROPPED, ALSO), (READ, FORMULAE + READ), (SPLIT, JOINED)):
        if script.count(old) != 1:
            raise ValueError(f"{SCRIPT}: got no single {old!r}; want the search of the Sphinx that is pinned")
        script = script.replace(old, new)
    path.write_text(script, encoding="utf-8")
