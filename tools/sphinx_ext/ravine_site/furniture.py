"""What the theme leaves to be desired around the pages: heavy icons, buttons without a name."""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# One entry of Font Awesome's tables: name:[width,height,[aliases],"code point","path"]
ICON = re.compile(
    r'"?(?P<name>[\w$-]+)"?:\[\d+,\d+,\[(?P<aliases>[^\]]*)\],"[0-9a-f]+",(?:"[^"]*"|\[[^\]]*\])\],?'
)
USED = re.compile(r"\bfa-([\w-]+)")


def name_toggles(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Name the arrows that unfold the navigation: a screen reader has nothing else to say."""
    if navigation := context.get("generate_toctree_html"):

        def named(*arguments: Any, **options: Any) -> str:
            return str(navigation(*arguments, **options)).replace(
                "<summary>", '<summary aria-label="Pages of this section">'
            )

        context["generate_toctree_html"] = named


def call_citations_items(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Docutils lists citations under a role that ARIA has withdrawn, so that its list has no items."""
    if body := context.get("body"):
        context["body"] = body.replace('role="doc-biblioentry"', 'role="listitem"')


def keep_used_icons(app: Sphinx, error: Exception | None) -> None:
    """Drop the icons that no page and no script names: 1.5 MB hold two thousand, the pages use a dozen."""
    library = Path(app.outdir, "_static", "scripts", "fontawesome.js")
    if error or not library.exists():
        return
    sources = [
        path for kind in ("*.html", "*.js") for path in Path(app.outdir).rglob(kind) if path != library
    ]
    used = {name for path in sources for name in USED.findall(path.read_text("utf-8"))}

    def keep(entry: re.Match[str]) -> str:
        names = {entry["name"], *re.findall(r'"([\w-]+)"', entry["aliases"])}
        return entry[0] if names & used else ""

    library.write_text(ICON.sub(keep, library.read_text("utf-8")), encoding="utf-8")
