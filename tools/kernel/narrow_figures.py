"""In the kernels of the book build: draw every figure a second time, for a phone.

A figure 700 px wide is half as large on a phone, and its labels are too small to read. So where a cell says
`fig = race.plot()`, the call is evaluated once more in a narrow layout, from the same result, and the second
drawing travels in a comment at the end of the first one's SVG. The site's extension takes it out again.
Readers' own kernels do not load this.
"""

import ast
import base64
import json
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
from IPython.core.pylabtools import print_figure
from matplotlib.figure import Figure

from ravine._narrow import narrow, settle

MARK = "<!-- narrow:"


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython, before any cell runs: what is drawn here is drawn before the figures are shown."""
    twice = Twice(shell)
    shell.events.register("pre_run_cell", twice.remember)
    shell.events.register("post_execute", twice.draw)


class Twice:
    """Remembers the cell that runs, and draws its figures again when it has run."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.cell = ""
        self.narrow: dict[Figure, dict[str, str]] = {}

    def remember(self, info: Any) -> None:
        """Keep the text of the cell that is about to run."""
        self.cell = info.raw_cell

    def draw(self) -> None:
        """Draw each open figure of the cell that has just run again, and let its SVG carry the result."""
        self.narrow.clear()
        shown = [plt.figure(number) for number in plt.get_fignums()]
        for name, call in drawings(self.cell) if shown else ():
            wide = self.shell.user_ns.get(name)
            if isinstance(wide, Figure) and wide in shown:
                self.narrow[wide] = self._narrow(call)
        formatter = self.shell.display_formatter.formatters["image/svg+xml"]
        if shown and not isinstance(formatter.lookup_by_type(Figure), _Carrier):
            formatter.for_type(Figure, _Carrier(formatter.lookup_by_type(Figure), self.narrow))

    def _narrow(self, call: ast.expr) -> dict[str, str]:
        code = compile(ast.Expression(call), "<narrow>", "eval")
        with narrow():
            fig = eval(code, self.shell.user_ns)  # the cell's own text, which has just run
            settle(fig)
            draw: Any = print_figure  # untyped
            svg, png = (draw(fig, form, bbox_inches="tight") for form in ("svg", "png"))
        plt.close(fig)
        return {"svg": svg, "png": base64.b64encode(png).decode()}


class _Carrier:
    """Writes a figure's SVG as before, its narrow drawing behind it."""

    def __init__(self, writer: Any, narrow: dict[Figure, dict[str, str]]) -> None:
        self.writer = writer
        self.narrow = narrow

    def __call__(self, fig: Figure) -> str:
        svg: str = self.writer(fig)
        if fig not in self.narrow:
            return svg
        return f"{svg}\n{MARK}{base64.b64encode(json.dumps(self.narrow[fig]).encode()).decode()} -->"


def drawings(cell: str) -> Iterator[tuple[str, ast.expr]]:
    """(name, call) of each `name = call(...)` at the top of a cell."""
    for line in ast.parse(cell).body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call):
            for target in line.targets:
                if isinstance(target, ast.Name):
                    yield target.id, line.value
