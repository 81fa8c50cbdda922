"""Run an ES module's text in V8 and call what it exports."""

import json
import re
import weakref
from typing import Any

import numpy as np
from py_mini_racer import MiniRacer

# JSON has no NaN or infinity, and would print a typed array as an object.
_PLAIN = """(_, x) => ArrayBuffer.isView(x) ? Array.from(x)
    : typeof x === "number" && !Number.isFinite(x) ? {number: String(x)} : x"""

_ENGINES: "weakref.WeakSet[MiniRacer]" = weakref.WeakSet()


def close_engines() -> None:
    """Close every engine that is still open."""
    for engine in list(_ENGINES):
        engine.close()


class Module:
    """The exports of a dependency-free ES module.

    >>> module = Module("export const n = 2; export function f(x, p) { return [x[0] * p.k, 1 / 0]; }")
    >>> module.get("n"), module.call("f", np.array([3.0]), {"k": 2})
    (2, [6, inf])
    """

    def __init__(self, text: str) -> None:
        self._engine = MiniRacer()
        _ENGINES.add(self._engine)
        script = re.sub(r"^\s*export\s+default\b", "const exported =", text, flags=re.M)
        script = re.sub(r"^\s*export\s*\{[^}]*\};?", "", script, flags=re.M)
        self._engine.eval(re.sub(r"(^|;)(\s*)export\s+", r"\1\2", script, flags=re.M))

    def get(self, expression: str) -> Any:
        """The value of an expression in the module's scope; arrays as lists."""
        return _from_json(self._engine.eval(f"JSON.stringify({expression}, {_PLAIN})"))

    def call(self, function: str, *arguments: Any) -> Any:
        """function(*arguments); NumPy arrays become plain arrays."""
        return self.get(f"{function}({', '.join(map(_literal, arguments))})")

    def map(self, function: str, points: Any, *arguments: Any) -> np.ndarray:
        """function(point, *arguments) for each point, in one call of the engine."""
        rest = "".join(f", {_literal(x)}" for x in arguments)
        return np.array(self.get(f"{_literal(points)}.map(x => {function}(x{rest}))"), dtype=np.float64)


def _literal(x: Any) -> str:
    """x as JavaScript source; Python prints NaN and Infinity as JavaScript spells them."""
    return json.dumps(x, default=lambda array: np.asarray(array).tolist())


def _from_json(text: str) -> Any:
    """Parse what _PLAIN wrote."""
    return json.loads(text, object_hook=lambda x: float(x["number"]) if set(x) == {"number"} else x)


def scaled_error(actual: Any, expected: Any) -> float:
    """max |actual - expected| / max |expected|: pointwise errors say little near cancellation."""
    actual, expected = np.asarray(actual, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    return float(np.abs(actual - expected).max() / max(np.abs(expected).max(), np.finfo(float).tiny))
