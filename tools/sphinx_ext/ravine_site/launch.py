"""Download and launch buttons: they open the generated notebook, which does not lie beside its page."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sphinx.application import Sphinx

GITHUB_REMOTE = re.compile(r"github\.com[:/](?P<slug>[\w.-]+/[\w.-]+?)(\.git)?/?$")


def notebook_of(app: Sphinx, page: str) -> Path | None:
    """The generated notebook of a page, if there is one."""
    path = Path(app.srcdir).parent / "notebooks" / f"{page}.ipynb"
    return path if path.exists() else None


@cache
def repository(root: Path) -> str | None:
    """`owner/name` on GitHub, from the environment of its workflows or the origin remote; None elsewhere."""
    if slug := os.environ.get("GITHUB_REPOSITORY"):
        return slug
    git = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        url = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:  # a source archive on a machine without git
        return None
    match = GITHUB_REMOTE.search(url)
    return match["slug"] if match else None


def binder_url(slug: str, page: str) -> str:
    """Open the page's notebook in JupyterLab on Binder."""
    branch = os.environ.get("GITHUB_REF_NAME", "main")
    path = f"lab/tree/notebooks/{quote(page)}.ipynb"
    return f"https://mybinder.org/v2/gh/{slug}/{quote(branch, safe='')}?urlpath={path}"


def copy_of(app: Sphinx, page: str) -> Path:
    """Where the site keeps a page's notebook for download."""
    return Path(app.outdir, "_sources", f"{page}.ipynb")


def pages_with_new_notebooks(
    app: Sphinx, env: object, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages to write again although they did not change, because their notebook did."""

    def is_new(page: str) -> bool:
        notebook, copy = notebook_of(app, page), copy_of(app, page)
        return notebook is not None and not (copy.exists() and copy.read_bytes() == notebook.read_bytes())

    return [page for page in app.env.found_docs if is_new(page)]


def offer_notebook(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Copy the notebook into the site, where the theme's download button finds it without network."""
    if notebook := notebook_of(app, page):
        target = copy_of(app, page)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(notebook, target)
        context["ipynb_source"] = f"{page}.ipynb"


def add_launch_buttons(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Link to Binder and to the source, where the course is published; nothing where it is not."""
    slug = repository(Path(app.srcdir).parent)
    if not slug or not doctree:
        return
    links = [("Source", f"https://github.com/{slug}", "Source repository", "fab fa-github")]
    if notebook_of(app, page):
        links.append(("Binder", binder_url(slug, page), "Launch on Binder", "fas fa-rocket"))
    for text, url, tooltip, icon in links:
        button = {"type": "link", "url": url, "text": "", "tooltip": tooltip, "icon": icon}
        context["header_buttons"].insert(0, button | {"label": f"launch-{text.lower()}"})
