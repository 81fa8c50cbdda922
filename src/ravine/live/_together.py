"""Several sources of numbers in one figure: small maps, or a map and a curve, that share their controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ravine.live import _checks, static
from ravine.live._controls import Control
from ravine.live._providers import Curve, Formula, Kernel
from ravine.live._runs import Outputs


@dataclass(frozen=True)
class Together:
    """Several providers at once; the outputs of each are named after it: "valley.surface", "valley.run.x".

    Parameters
    ----------
    parts : name -> `Formula`, `Curve` or `Kernel`. All see the values of the figure's controls.

    Raises
    ------
    ValueError : a name that is none, a single part, or a part of another kind: what Python answers is
        recorded whole.

    >>> from ravine import zoo
    >>> from ravine.live import Run
    >>> runs = [Run("run", "gradient_descent", {"learning_rate": 0.1})]
    >>> two = Together({name: Formula(zoo.get(name), runs, (0.5, 0.1), n_steps=9)
    ...                 for name in ("quadratic", "saddle")})
    >>> two.compute({}, {name: float(x) for name, x in two.expressions.items()})["saddle.run.last_step"]
    9
    """

    parts: Mapping[str, Any]

    def __post_init__(self) -> None:
        for name, part in self.parts.items():
            _checks.identifier("parts", name)
            if not isinstance(part, (Formula, Curve, Kernel)):
                raise ValueError(
                    f"parts: got {type(part).__name__} for {name!r}; want Formula, Curve or Kernel"
                )
        if len(self.parts) < 2:
            raise ValueError(f"parts: got {list(self.parts)}; want two or more")

    @cached_property
    def expressions(self) -> Mapping[str, Any]:
        """Those of all parts."""
        return {f"{name}.{key}": expr for name, part in self.parts.items()
                for key, expr in part.expressions.items()}  # fmt: skip

    def compute(self, values: Mapping[str, Any], numbers: Mapping[str, float]) -> Outputs:
        """The outputs of all parts."""
        found: Outputs = {}
        for name, part in self.parts.items():
            # A part knows its own expressions by their names within.
            own = {key: numbers[f"{name}.{key}"] for key in part.expressions}
            outputs = part.compute(values, {**numbers, **own})
            found |= {f"{name}.{key}": x for key, x in outputs.items()}
        return found

    def kinds(self, controls: Sequence[Control], values: Mapping[str, Any]) -> Mapping[str, str]:
        """Those of all parts."""
        return {f"{name}.{key}": kind for name, part in self.parts.items()
                for key, kind in part.kinds(controls, values).items()}  # fmt: skip

    def javascript(self) -> str:
        """The module of each part in a scope of its own."""
        modules = [f"{name}: {static.classic(part.javascript())}" for name, part in self.parts.items()]
        return f"export const parts = {{ {', '.join(modules)} }};"

    def spec(self) -> dict[str, Any]:
        """What each part needs."""
        inner = {name: [list(part.expressions), part.spec()] for name, part in self.parts.items()}
        return {"kind": "together", "parts": inner}
