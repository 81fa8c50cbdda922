"""One page of MyST resolved into Markdown cells that any notebook front end shows as they are."""

import ast
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from markdown_it.token import Token
from myst_index import (
    NUMBERED,
    PARSER,
    PROOF_KINDS,
    Book,
    Directive,
    MystError,
    Target,
    directive,
    figure,
    in_words,
)

NEW_CELL, FOLDED, END_OF_FOLD, CODE = "\0", "\1", "\2", "\3"
ADMONITIONS = {
    "note",
    "tip",
    "hint",
    "important",
    "warning",
    "caution",
    "danger",
    "attention",
    "seealso",
    "error",
}
TITLED = {"admonition", "dropdown", "topic", "sidebar", "margin", "card"}
TRANSPARENT = {"div", "container", "tab-set", "epigraph", "course-map"}
DROPPED = {"toctree", "tableofcontents", "contents", "index"}
# Their tokens carry what the front ends do not show.
UNSAID = {
    "substitution_block": "a substitution",
    "substitution_inline": "a substitution",
    "footnote_ref": "a footnote",
    "footnote_reference_open": "a footnote",
    "amsmath": "a bare LaTeX environment (write $$ ... $$)",
    "dl_open": "a definition list",
    "field_list_open": "a field list",
    "span_open": "an attributed span",
}


@dataclass(frozen=True)
class Cell:
    """Markdown text, or the place of the next code cell (text None); folded marks a collapsed heading."""

    text: str | None
    folded: bool = False


@dataclass
class Page:
    """A page of the book with the values that its cells glued.

    `glued` maps a key to the text/plain that the kernel sent, `folds` holds for each code cell the text that
    follows it, or nothing; `cells()` is the whole interface.
    """

    book: Book
    name: str
    glued: Mapping[str, str]
    folds: Sequence[str] = ()
    n_code: int = 0
    cited: list[str] = field(default_factory=list)
    level: int = 1

    def cells(self) -> list[Cell]:
        """The page's cells in order, code cells as gaps."""
        pieces = (self._render(self.book.pages[self.name]) + self._references()).split(NEW_CELL)
        cells: list[Cell] = []
        after_fold = False
        for piece in (piece.strip("\n ") for piece in pieces):
            if piece == END_OF_FOLD:
                after_fold = True
            elif piece:
                if after_fold and not piece.startswith("#"):
                    raise self._error(0, f"follows a solution and would fold away with it: {piece[:60]!r}")
                after_fold = False
                folded = piece.startswith(FOLDED)
                text = re.sub(
                    r"\A(#.*)\n+", r"\1\n\n", piece.lstrip(FOLDED)
                )  # one blank line below a heading
                cells.append(Cell(None if piece == CODE else text, folded))
        return cells

    def _error(self, line: int, what: str) -> MystError:
        return MystError(f"{self.name}.md:{line + 1}: {what}" if line else f"{self.name}.md: {what}")

    # Blocks -----------------------------------------------------------------------------------------------

    def _render(self, text: str, start: int = 0, narrow: bool = False) -> str:
        """Resolve a text whose first line is line `start` of the page; narrow keeps maths on one line."""
        starts = [0]
        for line in text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        edits: list[tuple[int, int, str]] = []
        for token in PARSER.parse(text):
            if token.type in UNSAID:
                raise self._error(
                    start + (token.map or [0])[0], f"plain Markdown cannot say {UNSAID[token.type]}"
                )
            first, last = token.map or (0, 0)  # only the inner tokens, which are skipped, have none
            if token.type == "inline":
                begin = max(starts[first], edits[-1][1] if edits else 0)
                edits += self._inline(token, text, begin, start + first)
            elif token.type == "heading_open" and token.level == 0 and not narrow:
                self.level = int(token.tag[1])
                edits.append((starts[first], starts[first], NEW_CELL))
            elif token.type == "myst_block_break":
                edits.append((starts[first], starts[last], NEW_CELL))
            elif (block := self._block(token, start, narrow)) is not None:
                mark = text.index(token.markup or text[starts[first] :].lstrip()[:1], starts[first])
                indent = "\n" + re.sub(r"[^\s>]", " ", text[starts[first] : mark])
                end = len(text[: starts[last]].rstrip("\n"))
                # What leaves nothing takes the blank lines below it along, unless the one above is missing.
                if not block and re.search(r"(\A|\n[ >]*\n)[ >]*\Z", text[:mark]):
                    end = len(text) - len(text[end:].lstrip("\n"))
                edits.append((mark, end, block.replace("\n", indent)))
        return _apply(text, edits)

    def _block(self, token: Token, start: int, narrow: bool) -> str | None:
        """What stands in a block's place; None leaves it as it is."""
        if token.type in ("front_matter", "myst_target", "myst_line_comment"):
            return ""
        line = start + (token.map[0] if token.map else 0)
        if token.type in ("math_block", "math_block_label"):
            return self._equation(token.content, token.info, line, narrow)
        part = directive(token, start)
        if part is not None and part.name == "code-cell" and (start or token.level):
            raise self._error(line, "a code cell inside a directive never runs; use -start and -end gates")
        return None if part is None else self._directive(part, line, narrow)

    def _directive(self, part: Directive, line: int, narrow: bool) -> str:
        family, _, kind = part.name.rpartition(":")
        if part.name == "math":
            return self._equation(f"{part.argument}\n{part.body}", part.label, line, narrow)
        if part.name == "code-cell":
            number = self.book.captions.get((self.name, line))
            caption = figure(part).get("caption", "")
            shown = self._caption("figure", number, caption, part) if number else ""
            below = "\n\n".join(filter(None, (shown, in_words(part))))
            fold = next(iter(self.folds[self.n_code : self.n_code + 1]), "")
            self.n_code += 1
            return NEW_CELL.join(["", CODE, below, *([fold, ""] if fold else [])])
        if part.name in ADMONITIONS:
            first = self._text(part.argument, part.line)  # text beside the name belongs to the body
            body = f"{first}\n{self._body(part, True)}".strip("\n")
            return self._quote("See also" if kind == "seealso" else kind.title(), body)
        if part.name in TITLED:
            return self._quote(self._text(part.argument, part.line), self._body(part, True))
        if family == "prf" and (kind in PROOF_KINDS or kind == "proof"):
            number = self.book.captions.get((self.name, line), "")
            title = f" ({self._text(part.argument, part.line)})" if part.argument else ""
            return self._quote(f"{kind.title()} {number}".rstrip() + title, self._body(part, True))
        if kind.startswith(("exercise", "solution")):
            return self._exercise(part, line)
        if part.name in ("code-block", "code"):
            return f"```{part.argument}\n{part.body}\n```"
        if part.name in ("figure", "image"):
            return self._image(part, line)
        if part.name in ("table", "list-table"):
            body = self._list_table(part) if part.name == "list-table" else self._body(part, narrow)
            number = self.book.captions.get((self.name, line))
            return (
                body + "\n\n" + self._caption("table", number, part.argument, part) if part.argument else body
            )
        if part.name == "tab-item":
            return f"**{self._text(part.argument, part.line)}**\n\n{self._body(part, narrow)}"
        if part.name in TRANSPARENT:
            return self._body(part, narrow)
        if part.name in DROPPED:
            return ""
        raise self._error(line, f"no plain form is known for the directive {{{part.name}}}")

    def _body(self, part: Directive, narrow: bool) -> str:
        return self._render(part.body, part.line, narrow).strip("\n")

    @staticmethod
    def _quote(title: str, body: str) -> str:
        return "\n".join(f"> {line}".rstrip() for line in [f"**{title}**", "", *body.splitlines()])

    def _exercise(self, part: Directive, line: int) -> str:
        """Headings of their own: an exercise below its section, its folded solution below the exercise."""
        kind, _, gate = part.name.partition("-")
        closing = f"\n{NEW_CELL}{END_OF_FOLD}{NEW_CELL}\n"
        if gate == "end":
            return closing if kind == "solution" else ""
        body = self._body(part, False)
        if kind == "exercise":
            number = self.book.captions.get((self.name, line), "")
            title = f" ({self._text(part.argument, part.line)})" if part.argument else ""
            heading = f"Exercise {number}".rstrip() + title
            return f"{NEW_CELL}{'#' * min(self.level + 1, 6)} {heading}\n\n{body}"
        heading = f"{NEW_CELL}{FOLDED}{'#' * min(self.level + 2, 6)} Solution{NEW_CELL}\n\n"
        return heading + body + ("" if gate else closing)

    def _equation(self, body: str, label: str, line: int, narrow: bool) -> str:
        """`$$ ... \\tag{n} $$`, aligned where it has several lines, as Sphinx sets it."""
        lines = [row.strip() for row in body.strip().splitlines()]
        if "" in lines or re.search(r"(?<!\\)%|\\label|\\tag|\\ref|\\eqref", body):
            raise self._error(line, "an equation with a blank line, a comment, or a number of its own")
        if r"\\" in re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", "", "\n".join(lines), flags=re.DOTALL):
            lines = [r"\begin{aligned}", *lines, r"\end{aligned}"]
        if label:
            lines.append(rf"\tag{{{self._target(label, line).number}}}")
        return " ".join(["$$", *lines, "$$"]) if narrow else "\n".join(["$$", *lines, "$$"])

    def _caption(self, kind: str, number: str | None, text: str, part: Directive) -> str:
        return f"**{NUMBERED[kind]} {number}.** {self._text(text.strip(), part.line)}"

    def _image(self, part: Directive, line: int) -> str:
        image = f"![{part.options.get('alt', '')}]({self._file(part.argument)})"
        if not part.body.strip():
            return image
        number = self.book.captions.get((self.name, line))
        return f"{image}\n\n{self._caption('figure', number, part.body, part)}"

    def _list_table(self, part: Directive) -> str:
        """A two-level list as a Markdown table, its first row as the head."""
        cells: list[list[str]] = []
        for token in PARSER.parse(part.body):
            if token.type == "list_item_open":
                cells.append([]) if token.level == 1 else cells[-1].append("")
            elif token.type == "inline":
                cells[-1][-1] += " ".join(self._text(token.content, part.line).split())
        if not cells or len({len(row) for row in cells}) != 1:
            raise self._error(part.line, "a list-table with rows of different lengths")
        cells.insert(1, ["---"] * len(cells[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in cells)

    # Text -------------------------------------------------------------------------------------------------

    def _text(self, text: str, line: int) -> str:
        """Resolve a title or a caption."""
        return self._render(text, line, narrow=True).strip("\n")

    def _inline(self, token: Token, text: str, begin: int, line: int) -> Iterator[tuple[int, int, str]]:
        """The edits in one run of text, found from left to right so that code and maths stay untouched."""
        opened: list[Target | None] = []

        def find(pattern: str) -> re.Match[str]:
            nonlocal begin
            # A line break in the source may be followed by the mark of a list or a quotation.
            match = re.compile(re.sub(r"(\\?\s)+", r"[\\s>]+", pattern)).search(text, begin)
            if match is None:
                raise self._error(line, f"cannot find {pattern!r} again in the source")
            begin = match.end()
            return match

        for child in token.children or []:
            if child.type in UNSAID:
                raise self._error(line, f"plain Markdown cannot say {UNSAID[child.type]}")
            if child.type == "code_inline":
                match = find(rf"`+\s?{re.escape(child.content)}\s?`+")
                yield *match.span(), match[0]
            elif child.type.startswith("math_inline"):
                match = find(re.escape(child.content))
                yield *match.span(), match[0]
            elif child.type == "myst_role":
                match = find(rf"\{{{re.escape(child.meta['name'])}\}}(`+){re.escape(child.content)}\1")
                yield *match.span(), self._role(child.meta["name"], child.content, line)
            elif child.type == "image":
                match = find(rf"\]\(({re.escape(unquote(str(child.attrs['src'])))})")
                yield *match.span(1), self._file(match[1])
            elif child.type == "link_open" and child.info != "auto":
                opened.append(self._linked(unquote(str(child.attrs["href"])), line))
            elif child.type == "link_close" and child.info != "auto":
                match = find(r"\]\([^)]*\)")
                target = opened.pop()
                if target is not None:
                    bracket = _opening(text, match.start())
                    shown = text[bracket + 1 : match.start()]
                    link = self._link(target, "\0").split("\0")
                    yield bracket, bracket + 1, link[0] + ("" if shown else self._title(target, line))
                    yield *match.span(), link[1]

    def _role(self, name: str, content: str, line: int) -> str:
        """What a role shows."""
        content = " ".join(content.split())
        roles: dict[str, Callable[[str, int], str]] = {
            **dict.fromkeys(("glue", "glue:text"), self._glue),
            **dict.fromkeys(("cite", "cite:p", "cite:t"), lambda keys, line: self._cite(keys, name, line)),
            **dict.fromkeys(
                ("ref", "numref", "prf:ref", "eq"), lambda text, line: self._reference(text, name, line)
            ),
            "doc": self._document,
            "term": lambda text, line: _explicit(text)[0],
            "math": lambda text, line: f"${text}$",
            "sub": lambda text, line: f"<sub>{text}</sub>",
            "sup": lambda text, line: f"<sup>{text}</sup>",
        }
        if name in roles:
            return roles[name](content, line)
        if name.removeprefix("py:") in {"func", "class", "meth", "mod", "attr", "data", "exc", "obj"}:
            shown = _explicit(content)[0]
            return f"`{shown.rpartition('.')[2] if shown.startswith('~') else shown}`"
        raise self._error(line, f"no plain form is known for the role {{{name}}}")

    def _glue(self, key: str, line: int) -> str:
        if key not in self.glued:
            raise self._error(line, f"no cell of this page glues {key!r}")
        value = self.glued[key]
        if not re.fullmatch(r"(['\"]).*\1", value, flags=re.DOTALL):
            raise self._error(line, f"{key!r} is glued as {value[:40]}: want a formatted string")
        return re.sub(r"([*_<`$])", r"\\\1", str(ast.literal_eval(value)))

    def _cite(self, keys: str, name: str, line: int) -> str:
        cited = [key.strip() for key in keys.split(",")]
        if missing := [key for key in cited if key not in self.book.references]:
            raise self._error(line, f"no reference {missing[0]!r} in references.bib")
        self.cited += [key for key in cited if key not in self.cited]
        pairs = [self.book.cite(key) for key in cited]
        if name == "cite:t":
            return ", ".join(f"{who} [{year}]" for who, year in pairs)
        return "[" + "; ".join(f"{who}, {year}" for who, year in pairs) + "]"

    def _target(self, label: str, line: int) -> Target:
        if label not in self.book.targets:
            raise self._error(line, f"no label {label!r} in the book")
        return self.book.targets[label]

    def _reference(self, content: str, name: str, line: int) -> str:
        """The words that the site shows for a `{ref}`, `{numref}`, `{eq}` or `{prf:ref}`."""
        shown, label = _explicit(content)
        target = self._target(label, line)
        title = self._title(target, line)
        if shown == label:
            return self._link(target, title)
        number = title.rpartition(" ")[2]
        text = shown.replace("%s", number).replace("{number}", number).replace("{name}", target.title)
        return self._link(target, text)

    def _title(self, target: Target, line: int) -> str:
        """How the site names a target: "(4.2)", "Fig. 4.1", "Theorem 4.1", or its title."""
        if target.kind == "equation":
            return f"({target.number})"
        if target.number:
            return f"{NUMBERED.get(target.kind, target.kind.title())} {target.number}"
        if not target.title:
            raise self._error(line, "refers to a label without a title or a number")
        return self._text(target.title, line)

    def _document(self, content: str, line: int) -> str:
        shown, path = _explicit(content)
        page = self._page(path, line)
        return self._link(Target(page, "section", "", ""), shown if shown != path else self.book.titles[page])

    def _page(self, path: str, line: int) -> str:
        folder = "" if path.startswith("/") else posixpath.dirname(self.name)
        page = posixpath.normpath(posixpath.join(folder, path.lstrip("/"))).removesuffix(".md")
        if page not in self.book.titles:
            raise self._error(line, f"no page {path!r} in the book")
        return page

    def _linked(self, href: str, line: int) -> Target | None:
        """The page or label that a Markdown link points to; None for an address."""
        if re.match(r"\w+:", href):
            return None
        path, _, label = href.partition("#")
        if label in self.book.targets:
            return self.book.targets[label]
        if not path:
            return Target(self.name, "section", "", label.replace("-", " "))
        page = self._page(path, line)
        return Target(page, "section", "", self.book.titles[page])

    def _link(self, target: Target, text: str) -> str:
        """A link where the target is another notebook, the text alone where it is not."""
        if target.page == self.name or target.page not in self.book.notebooks:
            return text
        return f"[{text}]({posixpath.relpath(target.page, posixpath.dirname(self.name))}.ipynb)"

    def _file(self, path: str) -> str:
        """A picture's path as seen from the notebook, which lies in notebooks/ beside book/."""
        if re.match(r"\w+:", path):
            raise self._error(0, f"an image from the network: {path}")
        folder = posixpath.dirname(self.name)
        source = path.lstrip("/") if path.startswith("/") else posixpath.join(folder, path)
        return posixpath.relpath(f"{self.book.root.name}/{source}", f"notebooks/{folder}")

    def _references(self) -> str:
        """The cell at the end that spells out what the page cites."""
        entries = [f"- {self.book.reference(key)}\n" for key in sorted(self.cited, key=self.book.cite)]
        return f"{NEW_CELL}## References\n\n{''.join(entries)}" if entries else ""


def _explicit(content: str) -> tuple[str, str]:
    """Text and target of `text <target>`; twice the same where only the target is given."""
    match = re.fullmatch(r"(.+?)\s*<([^<>]+)>", content)
    return (match[1], match[2]) if match else (content, content)


def _opening(text: str, closing: int) -> int:
    """Where the bracket opens that closes at `closing`."""
    depth, at = 1, closing
    while depth:
        at -= 1
        depth += {"]": 1, "[": -1}.get(text[at], 0)
    return at


def _apply(text: str, edits: list[tuple[int, int, str]]) -> str:
    """Replace stretches of a text that do not overlap, from the last to the first."""
    for begin, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:begin] + new + text[end:]
    return text
