"""Live figures and bets on the static page: no kernel, and no text evaluated as code.

A live figure's formula reaches the page as JavaScript text in its JSON. A strict Content-Security-Policy
forbids to run such text, so each formula becomes a file of the site (`ravine.live.static` knows how).
"""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from ravine import bets
from ravine.live import static

FOLDER = "_static/live"


def copy_scripts(app: Sphinx) -> None:
    """Copy the front end of live figures and bets out of the package."""
    if app.builder.format == "html":
        _write(app, {name: text.encode() for name, text in (static.assets() | bets.assets()).items()})


def mount(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Where there are live figures or bets: move formulae and pictures into files, load the host script."""
    body = context.get("body") or ""
    if static.MARK in body or bets.MARK in body:
        base = context["pathto"](FOLDER, 1) + "/"
        context["body"], extracted = static.extract(body, base)
        _write(app, extracted)
        app.add_js_file("live/host.js", loading_method="defer")


def _write(app: Sphinx, contents: dict[str, bytes]) -> None:
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
