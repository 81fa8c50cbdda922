"""No page asks another host for anything: MathJax is copied in, foreign scripts are dropped."""

import re
import shutil
from importlib.metadata import files
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# MathJax 3 with its fonts, the TeX extensions it loads on demand and what it needs to speak formulae.
MATHJAX_PARTS = (
    "tex-chtml.js",
    "output/chtml/fonts",
    "input/tex/extensions",
    "a11y",
    # The menu's explorer reads formulae as MathML, in the language or braille that the reader picks there.
    "input/mml.js",
    "input/mml",
    "sre/mathmaps",
)


THEBE = re.compile(
    r'<script type="text/x-thebe-config">.*?</script>\s*(<script>kernelName.*?</script>)?', re.DOTALL
)


def mathjax_folder() -> Path:
    """Where the `sphinx-mathjax-offline` package keeps MathJax (its folder name is no Python identifier)."""
    entry = next(f for f in files("sphinx-mathjax-offline") or () if f.name == "tex-chtml.js")
    return Path(entry.locate()).parent


def copy_mathjax(app: Sphinx) -> None:
    """Copy the parts of MathJax that the pages can ask for."""
    target = Path(app.outdir, "_static", "mathjax")
    if app.builder.format != "html" or target.exists():
        return
    source = mathjax_folder()
    for part in MATHJAX_PARTS:
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source / part).is_dir() else shutil.copy2
        copy(source / part, target / part)


def drop_third_party_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Drop thebe (declared even when switched off), widget state and whatever lives on another host."""
    context["script_files"] = [s for s in context.get("script_files", ()) if not _is_foreign(s)]
    if body := context.get("body"):
        context["body"] = THEBE.sub("", body)


def _is_foreign(script: Any) -> bool:
    attributes = getattr(script, "attributes", {})
    filename = str(getattr(script, "filename", None) or script or "")
    return (
        "thebe" in filename
        or "THEBE" in (attributes.get("body") or "")
        or "://" in filename
        or "widget-state" in (attributes.get("type") or "")
    )
