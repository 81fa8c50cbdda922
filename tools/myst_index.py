"""What the book's pages refer to: titles, labels, numbers as on the site, and the bibliography."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from pybtex.database import Entry, Person, parse_file
from pybtex.richtext import Text

# Those of _config.yml that change what a token is.
EXTENSIONS = {"amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath", "fieldlist", "substitution"}
PARSER = create_md_parser(
    MdParserConfig(enable_extensions=EXTENSIONS, dmath_double_inline=True), RendererHTML
)
# sphinx-proof's numbered kinds; a proof itself has no number.
PROOF_KINDS = {
    *("axiom", "theorem", "lemma", "algorithm", "definition", "remark", "conjecture", "corollary"),
    *("criterion", "example", "property", "observation", "proposition", "assumption", "notation"),
}
# The site's words in front of a number (Sphinx's numfig_format).
NUMBERED = {"figure": "Fig.", "table": "Table", "code-block": "Listing", "exercise": "Exercise"}


class MystError(Exception):
    """Something on a page that plain Markdown cannot say, with its file and line."""


@dataclass(frozen=True)
class Target:
    """What a label points to: its page, its kind, its number on the site, and its title or caption."""

    page: str
    kind: str
    number: str
    title: str


@dataclass(frozen=True)
class Directive:
    """A fenced directive, taken apart: `{name} argument`, options, body and the body's first line."""

    name: str
    argument: str
    options: dict[str, object]
    body: str
    line: int

    @property
    def label(self) -> str:
        """The name by which other pages may refer to this, or an empty string."""
        return str(self.options.get("label", self.options.get("name", "")))


def directive(token: Token, start: int = 0) -> Directive | None:
    """Take a fence apart; None where it is a plain code block."""
    if token.type not in ("fence", "colon_fence"):
        return None
    head = re.fullmatch(r"\{([\w:+-]+)\}\s*(.*)", token.info.strip())
    if head is None:
        return None
    lines = token.content.splitlines()
    options: dict[str, object] = {}
    used = 0
    if lines and lines[0].strip() == "---":
        used = lines.index("---", 1) + 1
        options = yaml.safe_load("\n".join(lines[1 : used - 1])) or {}
    else:
        while used < len(lines) and (option := re.fullmatch(r":([\w-]+):\s*(.*)", lines[used].strip())):
            options[option[1]] = option[2]
            used += 1
    assert token.map is not None
    return Directive(
        head[1], head[2].strip(), options, "\n".join(lines[used:]), start + token.map[0] + 1 + used
    )


def figure(part: Directive) -> dict[str, str]:
    """Name and caption of the figure that a code cell draws, where its options give them."""
    options = part.options.get("mystnb")
    return options.get("figure", {}) if isinstance(options, dict) else {}


def in_words(part: Directive) -> str:
    """The alt text of what a code cell draws: notebooks keep no picture, and show none a name."""
    options = part.options.get("mystnb")
    alt = options.get("image", {}).get("alt", "") if isinstance(options, dict) else ""
    return f"*In words:* {alt}" if alt else ""


def is_notebook(text: str) -> bool:
    """Whether a page carries the header that makes it executable."""
    header = text.partition("\n---\n")[0] if text.startswith("---\n") else ""
    if ("kernelspec:" in header) != ("jupytext:" in header):
        raise MystError("the header needs both jupytext and kernelspec, or neither")
    return "kernelspec:" in header


@dataclass
class Book:
    """An index of a book folder: every page's text, every label's target, every reference."""

    root: Path
    toc: Path
    pages: dict[str, str] = field(init=False)
    titles: dict[str, str] = field(init=False, default_factory=dict)
    targets: dict[str, Target] = field(init=False, default_factory=dict)
    captions: dict[tuple[str, int], str] = field(init=False, default_factory=dict)
    references: dict[str, Entry] = field(init=False)

    def __post_init__(self) -> None:
        self.pages = {
            path.relative_to(self.root).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(self.root.rglob("*.md"))
        }
        bibliography = self.root / "references.bib"
        self.references = dict(parse_file(bibliography).entries) if bibliography.exists() else {}
        counts: Counter[tuple[str, str]] = Counter()
        for page, chapter in self._order():
            self._index(page, chapter, counts)

    @cached_property
    def notebooks(self) -> list[str]:
        """The executable pages, in the order of the table of contents."""
        return [page for page, _ in self._order() if is_notebook(self.pages[page])]

    def _order(self) -> Iterator[tuple[str, str]]:
        """Every page with its chapter number ("" where the table of contents gives none)."""
        toc, config = (
            yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
            for path in (self.toc, self.toc.with_name("_config.yml"))
        )
        through = (config.get("html") or {}).get("use_multitoc_numbering", True)
        numbered_pages = dict(_walk_toc(toc, through))
        known = [page for page in numbered_pages if page in self.pages]
        for page in known + [page for page in self.pages if page not in numbered_pages]:
            yield page, numbered_pages.get(page, "")

    def _index(self, page: str, chapter: str, counts: Counter[tuple[str, str]]) -> None:
        """Collect a page's labels, numbering what the site numbers."""
        pending: list[str] = []
        for what, line, label, title in _labelled(self.pages[page]):
            if what == "label":
                pending.append(label)
                continue
            if what == "section":
                self.titles.setdefault(page, title)
            number = ""
            if what in NUMBERED or what in PROOF_KINDS or what == "equation":
                counts[what, chapter] += 1
                number = f"{chapter}.{counts[what, chapter]}" if chapter else str(counts[what, chapter])
                self.captions[page, line] = number
            for name in filter(None, [label, *pending]):
                if name in self.targets:
                    raise MystError(
                        f"{page}.md:{line}: label {name} is taken by {self.targets[name].page}.md"
                    )
                self.targets[name] = Target(page, what, number, title)
            pending.clear()

    def cite(self, key: str) -> tuple[str, str]:
        """Author and year of a reference: ("Dauphin et al.", "2014")."""
        entry = self.references[key]
        names = [_family(person) for person in entry.persons.get("author", entry.persons.get("editor", []))]
        who = names[0] + " et al." if len(names) > 2 else " and ".join(names)
        return who, entry.fields["year"]

    def reference(self, key: str) -> str:
        """A reference's full entry in Markdown, with a link where it has a DOI or an address."""
        entry = self.references[key]
        names = [_full(person) for person in entry.persons.get("author", entry.persons.get("editor", []))]
        who = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
        place = [
            _decoded(entry.fields[name])
            for name in ("journal", "booktitle", "publisher")
            if name in entry.fields
        ]
        if place and "volume" in entry.fields:
            place[0] += f" {entry.fields['volume']}"
        text = f"{who} ({entry.fields['year']}). *{_decoded(entry.fields['title'])}*."
        text += f" {', '.join(place)}." if place else ""
        if "doi" in entry.fields:
            doi = entry.fields["doi"]
            return f"{text} [doi:{doi}](https://doi.org/{doi})"
        if "eprint" in entry.fields:
            return f"{text} [arXiv:{entry.fields['eprint']}](https://arxiv.org/abs/{entry.fields['eprint']})"
        return f"{text} <{entry.fields['url']}>" if "url" in entry.fields else text


def _walk_toc(toc: dict[str, Any], through: bool) -> Iterator[tuple[str, str]]:
    """Pages and chapter numbers of a jb-book table of contents, numbered through all parts or within each."""
    default = (toc.get("defaults") or {}).get("numbered", False)
    count = 0

    def page(entry: dict[str, Any]) -> str:
        return str(entry["file"]).removesuffix(".md")

    def sections(entry: dict[str, Any], chapter: str) -> Iterator[tuple[str, str]]:
        for inner in entry.get("sections", []):
            if "file" in inner:
                yield page(inner), chapter
                yield from sections(inner, chapter)

    if "root" in toc:
        yield str(toc["root"]).removesuffix(".md"), ""
    for part in toc.get("parts", [toc]):
        count = count if through else 0
        numbered = part.get("numbered", (part.get("options") or {}).get("numbered", default))
        for entry in part.get("chapters", []):
            if "file" in entry:
                count += bool(numbered)
                chapter = str(count) if numbered else ""
                yield page(entry), chapter
                yield from sections(entry, chapter)


def _labelled(text: str, start: int = 0) -> Iterator[tuple[str, int, str, str]]:
    """What can be referred to in a text, in order: (kind, line, label, title or caption)."""
    tokens = PARSER.parse(text)
    for token, following in zip_longest(tokens, tokens[1:]):
        line = start + (token.map[0] if token.map else 0)
        if token.type == "myst_target":
            yield "label", line, token.content, ""
        elif token.type == "heading_open" and following is not None:
            yield "section", line, "", following.content
        elif token.type == "math_block_label":
            yield "equation", line, token.info, ""
        elif part := directive(token, start):
            yield from _labelled_directive(part, line)


def _labelled_directive(part: Directive, line: int) -> Iterator[tuple[str, int, str, str]]:
    kind = part.name.removeprefix("prf:").removesuffix("-start")
    if part.name == "math" and part.label:
        yield "equation", line, part.label, ""
    elif part.name == "code-cell":
        if drawn := figure(part):
            yield "figure", line, drawn.get("name", ""), drawn.get("caption", "").strip()
    elif kind == "exercise" or (part.name.startswith("prf:") and kind in PROOF_KINDS):
        yield kind if "nonumber" not in part.options else "unnumbered", line, part.label, part.argument
    elif kind == "figure" and part.body.strip():
        yield kind, line, part.label, part.body.strip().partition("\n\n")[0]
    elif kind in ("table", "list-table") and part.argument:
        yield "table", line, part.label, part.argument
    elif kind == "code-block" and "caption" in part.options:
        yield kind, line, part.label, str(part.options["caption"])
    elif part.label:
        yield "block", line, part.label, part.argument
    if part.name not in ("code-cell", "math", "code-block"):
        yield from _labelled(part.body, part.line)


def _decoded(field: str) -> str:
    """A bibliography field without its LaTeX."""
    return str(Text.from_latex(field))


def _family(person: Person) -> str:
    return " ".join(map(str, person.rich_prelast_names + person.rich_last_names))


def _full(person: Person) -> str:
    first = " ".join(f"{str(name)[0]}." for name in person.rich_first_names + person.rich_middle_names)
    return " ".join(filter(None, [first, _family(person)]))
