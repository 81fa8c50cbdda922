"""The live figures of the course: one module a chapter, one function without needed arguments a figure."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable

from ravine.live.explorer import Explorer


def catalogue() -> dict[str, Callable[[], Explorer]]:
    """Every figure: "module.function" -> the function. Tests try them all.

    >>> "ill_conditioning.valley" in catalogue()
    True
    """
    found: dict[str, Callable[[], Explorer]] = {}
    for item in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{item.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            returns = inspect.signature(function, eval_str=True).return_annotation
            if function.__module__ == module.__name__ and returns is Explorer:
                found[f"{item.name}.{name}"] = function
    return found
