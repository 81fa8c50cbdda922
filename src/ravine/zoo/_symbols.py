"""The symbols that entries are written in."""

from typing import Any

import sympy


def theta(n: int) -> tuple[Any, ...]:
    """n real coordinates: theta_1 ... theta_n, or a lone theta."""
    return tuple(sympy.symbols(f"theta_1:{n + 1}" if n > 1 else "theta,", real=True))


def positive(names: str) -> Any:
    """Parameters that must be positive, names separated by blanks."""
    return sympy.symbols(names, positive=True)
