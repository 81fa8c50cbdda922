"""Bets on a static page: their HTML, and the script that brings them to life."""

import html as markup
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ravine.live import _modules, static

if TYPE_CHECKING:
    from ravine.bets._bet import Bet

MARK = '<div class="ravine-bet"'
"""What the HTML of every bet begins with."""

_FRONT = Path(__file__).with_name("front")


def html(bet: "Bet") -> str:
    """A bet as one block of HTML: question, result in a fold, and all that the script needs."""
    spec = bet.spec
    data = json.dumps(spec, sort_keys=True, allow_nan=False, ensure_ascii=False).replace("</", "<\\/")
    # The labels of exercises are taken on the page, by their directives.
    place = f' id="{spec["id"]}"' if spec["id"].startswith("bet-") else ""
    question, kind = markup.escape(spec["question"]), _kind(bet)
    options = "".join(f"<li>{markup.escape(label)}</li>" for _, label in spec.get("options", ()))
    because = f"<p>{markup.escape(spec['because'])}</p>" if spec["because"] else ""
    return "\n".join([
        f'{MARK}{place} role="group" aria-label="{markup.escape(bet.kind.split()[0])}: {question}">',
        f'<p class="rv-bet-question">{kind} {question}</p>',
        *([f'<ul class="rv-bet-options">{options}</ul>'] if options else []),
        f'<details class="rv-bet-fold"><summary>The result</summary>{_result(bet)}{because}</details>',
        f'<script type="application/json">{data}</script>',
        "</div>",
    ])  # fmt: skip


def _kind(bet: "Bet") -> str:
    """ "Bet.", or the difficulty of an exercise, drawn and spoken."""
    stars = bet.spec["difficulty"]
    if not stars:
        return "<strong>Bet.</strong>"
    return f'<strong role="img" aria-label="Difficulty {len(stars)} of 3:">{"★" * len(stars)}</strong>'


def _result(bet: "Bet") -> str:
    head, *rows = bet.result
    if not rows:
        return f"<p>{markup.escape(head[0])}</p>"
    top = "".join(f'<th scope="col">{markup.escape(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{markup.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def bundle() -> str:
    """The front end of bets as one ES module: its files in the order of their imports, in one scope."""
    texts: dict[Path, str] = {}

    def visit(path: Path) -> None:
        text, needed = _modules.without_imports(path.read_text(encoding="utf-8"))
        for file in (path.parent / name for name in needed):
            file = file.resolve()
            if file not in texts:
                visit(file)
        texts[path], exports = _modules.without_exports(text)
        if path.name == "bets.mjs":
            texts[path] += f"export {{ {', '.join(exports)} }};\n"

    visit((_FRONT / "bets.mjs").resolve())
    return "\n".join(texts.values())


def assets() -> dict[str, str]:
    """The script that every page with a bet shares: name -> text, a classic script beside the live figures'.

    >>> list(assets())
    ['bets.js']
    """
    return {"bets.js": f"(window.ravine ??= {{}}).bets = {static.classic(bundle())};\n"}
