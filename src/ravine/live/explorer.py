"""The live figure: one class for notebooks, where it is a widget, and for the static page."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import anywidget
import numpy as np
import traitlets
from matplotlib.figure import Figure

from ravine import _check
from ravine.live import _checks, _draw, _expressions, _parts, _recorded, _text, _views, static
from ravine.live._controls import Button, Control, Limits, Select, Slider
from ravine.live._goals import Goal
from ravine.live._offers import Preset, check_presets
from ravine.live._parts import Handle
from ravine.live._providers import Curve, Provider, Python
from ravine.live._runs import Outputs
from ravine.live._views import Plane, Table, View

STATIC_FIGURES = "RAVINE_STATIC_FIGURES"
"""The environment variable that the book build alone sets: cells then carry their figure as HTML too."""


class Explorer(anywidget.AnyWidget):
    """A live figure: controls, linked views, and readouts in words and numbers.

    `values` travels both ways: set it and the figure moves, move the figure and it changes.

    Parameters
    ----------
    provider : where the numbers come from: `Formula`, `Curve`, `Kernel` or `Python`.
    controls, views : what the reader turns, and sees.
    label : the figure in a sentence, for those who do not see it.
    title : what stands above it; where the figure opens a page, the question that it answers.
    sentences : templates such as "The run {gd.outcome}.", filled from the outputs.
    table : words and numbers in rows.
    expressions : further outputs: name -> sympy expression of the values, and of the expressions before it.
    words : further outputs that are words: name -> (words, condition) pairs as in `Regions`.
    layout : "beside" puts the controls at the right of the views, "below" under them;
        "row" puts the views themselves in a row, with the controls under it: for small maps.
    name : what the address of a page calls it, as in "#valley=kappa:5"; by default its number on the page.
    presets : named states to jump to.
    goal : what an exercise asks the reader to reach; a condition alone says so in its own words.
    seconds : how long a run takes to play; by default 0.1 s a step, but at least 3 and at most 12.
    later : what is not said of a run before the step where it shows: output -> (the output that names that
        step, what stands in its place until then; None for a number). Whoever moves a control sees it all.

    Raises
    ------
    ValueError : what would draw nothing, say nothing or be lost in silence: two values or outputs of one
        name, an expression of an unknown value, a view, sentence or table that names no output, or one of
        another kind.

    >>> from ravine.live import Axis, Curve, Lines, Series, Slider, symbols
    >>> x, a = symbols("x a")
    >>> figure = Explorer(Curve(x, -1, 1, {"y": a * x**2}), controls=[Slider("a", "a", 0, 2, 1)],
    ...     views=[Lines("a parabola", Axis("x"), Axis("y"), [Series("x", "y")])], label="A parabola.")
    >>> float(figure.compute()["y"].max())
    1.0
    >>> figure.values = {"a": 2}
    >>> float(figure.compute()["y"].max())
    2.0
    """

    _esm = static.bundle()
    spec = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    outputs = traitlets.Dict().tag(sync=True)
    recorded = traitlets.Any(None).tag(sync=True)

    def __init__(
        self,
        provider: Provider,
        *,
        controls: Sequence[Control],
        views: Sequence[View],
        label: str,
        sentences: Sequence[str] = (),
        table: Table | None = None,
        expressions: Mapping[str, Any] | None = None,
        words: Mapping[str, Sequence[tuple[str, Any]]] | None = None,
        layout: str = "beside",
        name: str = "",
        title: str = "",
        presets: Sequence[Preset] = (),
        goal: Goal | str | None = None,
        seconds: float | None = None,
        later: Mapping[str, tuple[str, str | None]] | None = None,
    ) -> None:
        _check.one_of("layout", layout, ("beside", "below", "row"))
        _checks.text("label", label)
        _checks.slug("name", name)
        _checks.text("title", title) if title != "" else None
        if seconds is not None:
            seconds = _check.real("seconds", seconds, above=0, at_most=60)
        self.provider, self.views, self.controls = provider, tuple(views), tuple(controls)
        _checks.distinct("values", [name for name, _, _ in _settable(controls, views)])
        self.words = _words(words or {}, views)
        numbers: list[Mapping[str, Any]] = [provider.expressions, expressions or {}]
        numbers += [{name: _expressions.choose(cases) for name, cases in self.words.items()}, _shades(views)]
        _checks.distinct("expressions", [name for part in numbers for name in part])
        self.expressions = {name: expr for part in numbers for name, expr in part.items()}
        self.limits = {name: part.limits for name, _, part in _settable(controls, views)}
        self.defaults = {name: start for name, start, _ in _settable(controls, views)}
        _expressions.check(self.expressions, self.defaults)
        for part in getattr(provider, "parts", {"": provider}).values():
            if isinstance(part, Curve):
                known = [*self.defaults, *self.expressions, part.axis.name]
                _expressions.check(part.curves, known)
        goal = Goal(goal, goal) if isinstance(goal, str) else goal
        _check_needs(views, controls, sentences, table, goal, self._kinds())
        _check_later(later or {}, views, self._kinds())
        _check_strips(provider, controls)
        spec = {
            "name": name,
            "label": label,
            "title": title,
            "layout": layout,
            "goal": goal.spec() if goal else None,
            "seconds": seconds,
            "later": {name: list(pair) for name, pair in (later or {}).items()},
            "presets": check_presets(presets, self._parts()),
            "controls": [control.spec() for control in controls],
            "views": [_views.spec(view) for view in views],
            "sentences": list(sentences),
            "table": table.spec() if table else None,
            "words": {name: [words for words, _ in cases] for name, cases in self.words.items()},
            "provider": provider.spec(),
            "module": self.javascript(),
            "defaults": self.defaults,
        }
        super().__init__(spec=spec, values=self.defaults)
        if isinstance(provider, Python):
            self._answer()
            self.observe(lambda change: self._answer(), "values")

    def compute(self, values: Mapping[str, Any] | None = None) -> Outputs:
        """All outputs in Python, for the present values with the given ones in their place.

        Raises
        ------
        ValueError : an unknown name or a value out of range.
        """
        values = {**self.values, **self._valid(values or {})}
        numbers = _expressions.evaluate(self.expressions, self._numbers(values))
        words = {name: cases[int(numbers[name])] for name, cases in self.spec["words"].items()}
        return {**numbers, **values, **self.provider.compute(values, numbers), **words}

    def javascript(self) -> str | None:
        """The text of the figure's own module: the provider's, and the expressions."""
        parts = [self.provider.javascript()]
        if self.expressions:
            parts.append(_expressions.module("expressions", self.expressions))
        return "\n".join(part for part in parts if part) or None

    def plot(self) -> Figure:
        """The default state as a matplotlib figure."""
        fig = _draw.draw(self.views, self.compute(self.defaults))
        if self.spec["title"]:
            fig.suptitle(self.spec["title"])
        return fig

    def html(self) -> str:
        """The figure for a static page; a Python figure with every state of its controls."""
        recorded = None
        if isinstance(self.provider, Python):
            recorded = _recorded.record(lambda v: self.provider.compute(v, {}), self._grid())
        state = {"spec": self.spec, "values": self.defaults, "recorded": recorded, "outputs": {}}
        return static.figure_html(self.spec["label"], _draw.png(self.plot()), state)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]  # None is for no view
        # anywidget's text holds a memory address, which no two runs of a notebook share.
        data["text/plain"] = f"[A live figure: {self.spec['label']} Run this cell to move it.]"
        if os.environ.get(STATIC_FIGURES) == "1":
            data["text/html"] = self.html()
            data["image/png"] = _draw.png(self.plot())
        return data, metadata

    @traitlets.validate("values")
    def _merge(self, proposal: Any) -> dict[str, Any]:
        """Complete partial values from the present ones; refuse what no control could set."""
        return {**(self.values or self.defaults), **self._valid(proposal["value"])}

    def _valid(self, values: Mapping[str, Any]) -> dict[str, Any]:
        parts = self._parts()
        return {
            _check.one_of("values", name, parts): parts[name].accept(x, name) for name, x in values.items()
        }

    def _parts(self) -> dict[str, Any]:
        """What says which values are allowed, by name of the value."""
        return {name: part for name, _, part in _settable(self.controls, self.views)}

    def _kinds(self) -> dict[str, str]:
        """Kind of each value and output, by name."""
        found = {name: "word" if isinstance(x, str) else "number" for name, x in self.defaults.items()}
        parts = (
            {name: "word" if name in self.words else "number" for name in self.expressions},
            self.provider.kinds(self.controls, self.defaults),
        )
        for part in parts:
            for name in part:
                if name in found:
                    raise ValueError(
                        f"outputs: got {name!r} more than once; want names apart from values and expressions"
                    )
            found |= part
        return found

    def _numbers(self, values: Mapping[str, Any]) -> dict[str, float]:
        """Values as expressions see them: an option of a menu by its number."""
        options = {c.name: list(c.options) for c in self.controls if isinstance(c, Select)}
        return {n: float(options[n].index(x)) if n in options else float(x) for n, x in values.items()}

    def _grid(self) -> dict[str, Sequence[Any]]:
        for c in self.controls:
            if isinstance(c, Slider) and c.choices is None:
                raise ValueError(f"{c.name}: got no choices; want them, as every state is recorded")
        return {c.name: (c.default,) if isinstance(c, Button) else list(c.limits) for c in self.controls}

    def _answer(self) -> None:
        """Answer the front end of a Python figure."""
        self.outputs = {name: _buffer(x) for name, x in self.provider.compute(self.values, {}).items()}


def _buffer(x: Any) -> Any:
    """An output as ipywidgets sends it: arrays as buffers of float64."""
    if x is None or isinstance(x, str):
        return x
    array = np.asarray(x, dtype=np.float64)
    if array.ndim == 0:
        return float(array) if np.isfinite(array) else None
    return {"shape": list(array.shape), "data": array.tobytes()}


def _planes(views: Sequence[View]) -> list[Plane]:
    return [view for view in views if isinstance(view, Plane)]


def _words(given: Mapping[str, Any], views: Sequence[View]) -> dict[str, Any]:
    """Name -> cases, of the regions and of what else is said in words."""
    for name, cases in given.items():
        _views.check_cases(f"words {name}", cases)
    regions = [plane.regions for plane in _planes(views) if plane.regions]
    _checks.distinct("words", [*given, *(r.name for r in regions)])
    return dict(given) | {r.name: r.cases for r in regions}


def _shades(views: Sequence[View]) -> dict[str, Any]:
    """The shade of each region as an expression."""
    regions = [plane.regions for plane in _planes(views) if plane.regions]
    return {f"{r.name}.shade": r.shade for r in regions if r.shade is not None}


@dataclass(frozen=True)
class _Along:
    """What a knob may set a value to: any number on its axis."""

    limits: Limits

    def accept(self, x: object, argument: str) -> float:
        """The number x, or ValueError where it is off the axis."""
        low, high = cast("tuple[float, float]", self.limits)
        return _check.real(argument, x, at_least=low, at_most=high)


def _settable(controls: Sequence[Control], views: Sequence[View]) -> list[tuple[str, Any, Any]]:
    """(name, start, what says which values are allowed) of everything that a reader sets."""
    found: list[tuple[str, Any, Any]] = [(c.name, c.default, c) for c in controls]
    for view in (view for view in views if view.handle):
        for (name, start), axis in zip(cast("Handle", view.handle).values, (view.x, view.y), strict=False):
            ends = (float(cast("float", axis.low)), float(cast("float", axis.high)))
            found.append((name, float(start), _Along(ends)))
    return found


def _check_strips(provider: Provider, controls: Sequence[Control]) -> None:
    """Refuse strips where the front end has to ask for outputs: they may be those of another position."""
    for control in controls:
        if isinstance(control, Slider) and control.strips and isinstance(provider, Python):
            raise ValueError(
                f"strips of {control.name}: got a Python provider; want Formula, Curve or Kernel"
            )


def _check_later(
    later: Mapping[str, tuple[str, str | None]], views: Sequence[View], kinds: Mapping[str, str]
) -> None:
    """Refuse what could never be said, or would wait for nothing."""
    if later and not any(getattr(view, "cursor", False) for view in views):
        raise ValueError(f"later: got {dict(later)!r} without steps to play; want a view with cursor=True")
    for name, (step, meanwhile) in later.items():
        _check.one_of("later", name, kinds)
        if kinds.get(step) != "number":
            raise ValueError(f"later: got the step {step!r} for {name!r}; want an output that is a number")
        if (kinds[name] == "word") != isinstance(meanwhile, str) or meanwhile == "":
            raise ValueError(
                f"later: got {meanwhile!r} in place of {name!r}; want words in place of words, else None"
            )


def _check_needs(
    views: Sequence[View],
    controls: Sequence[Control],
    sentences: Sequence[str],
    table: Table | None,
    goal: Goal | None,
    kinds: Mapping[str, str],
) -> None:
    """Refuse what names no output, or one of another kind."""
    wanted = [
        (f"{type(part).__name__}: {argument}", name, want)
        for view in views
        for part in (view, *view.parts)
        for argument, name, want in part.needs
    ]
    wanted += [
        ("sentences", name, _parts.TEXT) for text in sentences for name in _text.spots("sentences", text)
    ]
    wanted += [need for part in (table, goal) if part for need in part.needs]
    wanted += [("strips", name, ("number",)) for c in controls if isinstance(c, Slider) for name in c.strips]
    for argument, name, want in wanted:
        _check.one_of(argument, name, kinds)
        if kinds[name] not in want:
            raise ValueError(
                f"{argument}: got {name!r}, which is a {kinds[name]}; want a {' or a '.join(want)}"
            )
