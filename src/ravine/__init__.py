"""Ravine: why deep networks are hard to optimise.

Modules, bottom to top; each imports only from those before it:

`objective`, `zoo`, `data`, `rules`, `descent`, `networks`, `problems`, `curvature`, `landscape`,
`noise` (SGD as a diffusion), `theory` (closed forms, one module a chapter), `plotting`,
`experiments` (what is measured, one folder a chapter), `live` (the figures that answer the reader) and `bets`
(questions whose answer the reader commits to first).

Each is loaded when it is first asked for, so that `import ravine` costs nothing.

>>> import ravine
>>> ravine.zoo.quadratic(kappa=4.0).value([1.0, 1.0]).item()
2.5
"""

import importlib
import pkgutil
from types import ModuleType

__version__ = "0.1.0"

_MODULES = frozenset(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))


def __getattr__(name: str) -> ModuleType:
    if name not in _MODULES:
        raise AttributeError(f"ravine: got {name!r}; want one of {', '.join(sorted(_MODULES))}")
    return importlib.import_module(f"ravine.{name}")


def __dir__() -> list[str]:
    return sorted({name for name in globals() if name.startswith("__")} | _MODULES)
