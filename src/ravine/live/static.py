"""Live figures on a static page: their HTML, and what the book's extension does with it."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

from ravine.live import _modules
from ravine.rules._javascript import javascript

MARK = '<div class="ravine-live"'

_FRONT = Path(__file__).with_name("front")
# Modules that are printed and not written: the rules from their equations.
_GENERATED = {"written.mjs": javascript}
_FIGURE = re.compile(
    re.escape(MARK)
    + r'(?P<head>[^>]*>\s*<img class="ravine-static"[^>]*) src="data:image/png;base64,(?P<png>[^"]*)">'
    + r'\s*<script type="application/json">(?P<json>.*?)</script>',
    re.DOTALL,
)


def figure_html(label: str, png: bytes, state: dict[str, Any]) -> str:
    """The figure as one block of HTML: picture of the default state, and all that the host script needs."""
    data = json.dumps(state, sort_keys=True, allow_nan=False, ensure_ascii=False).replace("</", "<\\/")
    text, picture = html.escape(label), base64.b64encode(png).decode()
    return (
        f'{MARK} data-figure="{html.escape(state["spec"]["name"])}" role="group" aria-label="{text}">\n'
        f'<img class="ravine-static" alt="{text}" src="data:image/png;base64,{picture}">\n'
        f'<script type="application/json">{data}</script>\n</div>'
    )


def extract(page: str, base: str) -> tuple[str, dict[str, bytes]]:
    """Move the modules and pictures of a page's figures to files.

    Parameters
    ----------
    page : HTML.
    base : where the files will lie, relative to the page, ending in "/".

    Returns
    -------
    (page, files) : the page with links in their place, and name -> content. Names are digests of the content.

    >>> extract("<p>no figure here</p>", "_static/live/")
    ('<p>no figure here</p>', {})
    """
    files: dict[str, bytes] = {}

    def link(content: bytes, suffix: str) -> str:
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
        files[name] = content
        return name

    def replace(found: re.Match[str]) -> str:
        state = json.loads(found["json"])
        text = state["spec"].pop("module")
        if text is not None:
            body = classic(text)
            key = hashlib.sha256(body.encode()).hexdigest()[:16]
            # A classic script hands over its exports under its own name.
            name = f"{key}.js"
            files[name] = f'(window.ravine ??= {{}})["{key}"] = {body};\n'.encode()
            state["module_url"] = base + name
        data = json.dumps(state, sort_keys=True, allow_nan=False, ensure_ascii=False).replace("</", "<\\/")
        src = base + link(base64.b64decode(found["png"]), "png")
        picture = f'{MARK}{found["head"]} src="{src}" loading="lazy">'
        return f'{picture}\n<script type="application/json">{data}</script>'

    return _FIGURE.sub(replace, page), files


def assets() -> dict[str, str]:
    """The two scripts that every page with a live figure shares: name -> text, both classic scripts."""
    host = (_FRONT / "host.js").read_text(encoding="utf-8")
    return {
        "explorer.js": f"(window.ravine ??= {{}}).explorer = {classic(bundle())}.default;\n",
        "host.js": host,
    }


def bundle() -> str:
    """The front end as one ES module: its files in the order of their imports, in one scope."""
    texts: dict[str, str] = {}

    def visit(name: str) -> None:
        whole = _GENERATED[name]() if name in _GENERATED else (_FRONT / name).read_text(encoding="utf-8")
        text, needed = _modules.without_imports(whole)
        for file in (path.removeprefix("./") for path in needed):
            if file not in texts:
                visit(file)
        texts[name], exports = _modules.without_exports(text)
        if "default" in exports:
            texts[name] += "export { exported as default };\n"

    visit("figure.mjs")
    return "\n".join(texts.values())


def classic(module: str) -> str:
    """An ES module as an expression that returns its exports: modules do not load from a file system.

    Raises
    ------
    ValueError : a module with imports, or with exports other than declarations, a default and a last list.

    >>> print(classic("export const value = (x) => x;"))
    (() => {
    const value = (x) => x;
    return { value };
    })()
    """
    body, names = _modules.without_exports(module)
    exports = ", ".join(name if name == inner else f"{name}: {inner}" for name, inner in names.items())
    return f"(() => {{\n{body}\nreturn {{ {exports} }};\n}})()"
