"""Tied formulas: what a page displays, read as LaTeX and compared by value with what its cells made.

`notation` reads LaTeX, `displays` finds the equations and their comments, `values` gives both sides a value
at random points, `pages` runs a page's cells and says of each statement whether it holds, `slips` makes the
mutants with which `tools/mutate_equations.py` tries the check.
"""

from tied.displays import Display, read_displays
from tied.notation import NotationError, Side, Statement
from tied.pages import Prepared, Verdict, check, check_text, prepare

__all__ = [
    "Display",
    "NotationError",
    "Prepared",
    "Side",
    "Statement",
    "Verdict",
    "check",
    "check_text",
    "prepare",
    "read_displays",
]
