"""Where a figure's numbers come from: values of its controls in, named outputs out.

Each provider says it twice: `compute` in Python, and a JavaScript module that the front end runs (none for
`Python`, which is asked through the kernel or has been recorded). Tests hold the two against each other.
"""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import sympy

from ravine import _check, rules
from ravine._codegen import numpy_kernel
from ravine._typing import Array
from ravine.live import _checks, _expressions, static
from ravine.live._controls import Control, Select, Slider
from ravine.live._runs import Outputs, trajectory
from ravine.objective import Objective

# The outputs of a run, by kind.
_RUN = dict.fromkeys(("x", "y", "t", "J", "excess", "theory"), "array") | dict.fromkeys(
    ("status", "outcome", "change", "label"), "word") | dict.fromkeys(
    ("steps", "rate", "last_step", "J_end", "x_end", "y_end", "fold"), "number")  # fmt: skip


def kinds(outputs: Outputs) -> dict[str, str]:
    """Which outputs are words, numbers, arrays of one axis, grids of two, or functions.

    >>> kinds({"J": np.zeros(3), "fit": "good", "steps": None, "surface": np.sin})
    {'J': 'array', 'fit': 'word', 'steps': 'number', 'surface': 'function'}
    """
    return {name: _kind(name, x) for name, x in outputs.items()}


def _kind(name: str, x: Any) -> str:
    if isinstance(x, str):
        return "word"
    if callable(x):
        return "function"
    n_axes = 0 if x is None else np.ndim(x)
    if n_axes > 2:
        raise ValueError(f"{name}: got an output of {n_axes} axes; want at most 2")
    return ("number", "array", "grid")[n_axes]


class Provider(Protocol):
    """What an Explorer asks for numbers."""

    @property
    def expressions(self) -> Mapping[str, Any]:
        """Name -> sympy expression of the values, evaluated before `compute` is called."""
        ...

    def compute(self, values: Mapping[str, Any], numbers: Mapping[str, float]) -> Outputs:
        """The outputs for these values, and for the same as numbers with the expressions'."""
        ...

    def kinds(self, controls: Sequence[Control], values: Mapping[str, Any]) -> Mapping[str, str]:
        """Name of output -> "word", "number", "array", "grid", "function"; ValueError for unknown options."""
        ...

    def javascript(self) -> str | None:
        """The text of its module, without the expressions."""
        ...

    def spec(self) -> dict[str, Any]:
        """What the front end must know besides."""
        ...


@dataclass(frozen=True)
class Run:
    """One rule to follow over the surface.

    Parameters
    ----------
    key : prefix of its outputs.
    rule : a name from `rules.NAMES`, or that of a `Select` whose values are such names.
    hyper : hyperparameter -> number or expression of the values.
    label : what to call it; the rule's name unless given.
    clipping : "norm", "value", "" for none, or the name of a `Select` of these; with hyper["threshold"].
    rate : what theory says of the factor a step by which the distance shrinks, an expression; key.theory is
        then the excess cost that it predicts.
    """

    key: str
    rule: str
    hyper: Mapping[str, Any]
    label: str | None = None
    clipping: str = ""
    rate: Any = None

    @property
    def settings(self) -> list[str]:
        """Names of the hyperparameters, without the clipping threshold."""
        return [name for name in self.hyper if name != "threshold"]

    def check(self, options: Mapping[str, Sequence[str]]) -> None:
        """Refuse rules, clippings and hyperparameters that do not exist, given the options of the menus."""
        for name in options.get(self.rule, (self.rule,)):
            _check.one_of("rule", name, rules.NAMES)
            known = inspect.signature(getattr(rules, name)).parameters
            for given in self.settings:
                _check.one_of(f"hyper of {name}", given, tuple(known) or ("(none)",))
            missing = [h for h, p in known.items() if p.default is p.empty and h not in self.hyper]
            if missing:
                raise ValueError(f"hyper: got {list(self.hyper)}; want {missing} too, which {name} needs")
        ways = options.get(self.clipping, (self.clipping,))
        for way in ways:
            _check.one_of("clipping", way, ("", "norm", "value"))
        if any(ways) != ("threshold" in self.hyper):
            raise ValueError(
                f"hyper: got {list(self.hyper)}; want a threshold exactly where gradients are clipped"
            )


@dataclass(frozen=True)
class Formula:
    """A two-dimensional objective, and on it one run a rule: outputs key.x .y .t .J .excess .status ...

    Parameters
    ----------
    objective : with n = 2.
    runs : the rules to follow.
    start : the two coordinates as expressions of the values.
    parameters : parameter of the objective -> expression; its default stands for what is not given.
    n_steps, tol : as for `descent.minimise`; tol in units of g.
    J_star : the cost that excess is measured from, an expression.
    fall : key.steps counts the steps until the excess has fallen by this factor.
    """

    objective: Objective
    runs: Sequence[Run]
    start: tuple[Any, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    n_steps: int = 500
    tol: float = 1e-9
    J_star: Any = 0
    fall: float = 1e-6

    def __post_init__(self) -> None:
        if self.objective.n != 2:
            raise ValueError(f"objective: got n = {self.objective.n}; want 2")
        for name in self.parameters:
            _check.one_of("parameters", name, self.objective.parameters)
        _checks.distinct("runs", [run.key for run in self.runs])
        _check.count("n_steps", self.n_steps)

    @cached_property
    def expressions(self) -> Mapping[str, Any]:
        """Parameters, start and hyperparameters."""
        defaults = dict(self.objective.parameters) | dict(self.parameters)
        named = {f"parameter.{name}": expr for name, expr in defaults.items()}
        named |= {"start.x": self.start[0], "start.y": self.start[1], "J_star": self.J_star}
        named |= {f"{run.key}.{name}": x for run in self.runs for name, x in run.hyper.items()}
        return named | {f"{run.key}.rho": run.rate for run in self.runs if run.rate is not None}

    def compute(self, values: Mapping[str, Any], numbers: Mapping[str, float]) -> Outputs:
        """Follow every rule from the start."""
        named = {name: numbers[f"parameter.{name}"] for name in self.objective.parameters}
        objective = self.objective.with_parameters(**named)
        outputs: Outputs = {"surface": objective.value}
        for run in self.runs:
            found = self._follow(run, objective, values, numbers)
            outputs |= {f"{run.key}.{name}": x for name, x in found.items()}
        return outputs

    def _follow(
        self, run: Run, objective: Objective, values: Mapping[str, Any], numbers: Mapping[str, float]
    ) -> Outputs:
        name, clipping = (values.get(x, x) for x in (run.rule, run.clipping))
        rule = getattr(rules, name)(**{h: numbers[f"{run.key}.{h}"] for h in run.settings})
        if clipping in ("norm", "value"):
            rule = getattr(rules, f"clip_by_{clipping}")(rule, numbers[f"{run.key}.threshold"])
        start = [numbers["start.x"], numbers["start.y"]]
        found = trajectory(
            objective,
            rule,
            start,
            n_steps=self.n_steps,
            tol=self.tol,
            J_star=numbers["J_star"],
            fall=self.fall,
            rho=numbers.get(f"{run.key}.rho", np.nan),
        )
        if found["status"] == "converged" and not found["last_step"]:
            found["outcome"] = "rests where it starts"  # on a plateau, too, the gradient vanishes
        return {**found, "label": run.label or name.replace("_", " ")}

    def kinds(self, controls: Sequence[Control], values: Mapping[str, Any]) -> Mapping[str, str]:
        """The surface, and what each run gives; no run is needed to know."""
        for run in self.runs:
            run.check({c.name: tuple(c.options) for c in controls if isinstance(c, Select)})
        return {"surface": "function"} | {
            f"{r.key}.{name}": kind for r in self.runs for name, kind in _RUN.items()
        }

    def javascript(self) -> str:
        """The objective's own module."""
        return self.objective.javascript()

    def spec(self) -> dict[str, Any]:
        """Which rules to step, and for how long."""
        runs = [{"key": r.key, "label": r.label, "rule": r.rule, "hyper": r.settings, "clipping": r.clipping}
                for r in self.runs]  # fmt: skip
        return {"kind": "formula", "parameters": list(self.objective.parameters), "runs": runs,
                "start": ["start.x", "start.y"], "n_steps": self.n_steps, "tol": self.tol,
                "fall": self.fall}  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """Curves over an axis: sympy expressions in the axis variable and the controls' values.

    Parameters
    ----------
    axis : the variable; its name is also that of the output.
    low, high : ends of the axis, numbers or expressions.
    curves : name of output -> expression. Infinite values leave a gap.
    n, log : how many points, and whether evenly in the logarithm.
    """

    axis: Any
    low: Any
    high: Any
    curves: Mapping[str, Any]
    n: int = 401
    log: bool = False

    def __post_init__(self) -> None:
        _check.count("n", self.n, at_least=2)
        _checks.truth("log", self.log)
        if self.axis.name in self.curves:
            raise ValueError(f"curves: got {self.axis.name!r}, which is the axis; want another name")

    def kinds(self, controls: Sequence[Control], values: Mapping[str, Any]) -> Mapping[str, str]:
        """Arrays all."""
        return dict.fromkeys((self.axis.name, *self.curves), "array")

    @property
    def expressions(self) -> Mapping[str, Any]:
        """The ends of the axis."""
        return {"axis.low": self.low, "axis.high": self.high}

    def compute(self, values: Mapping[str, Any], numbers: Mapping[str, float]) -> Outputs:
        """The axis and every curve over it."""
        space = np.geomspace if self.log else np.linspace
        x = space(numbers["axis.low"], numbers["axis.high"], self.n)
        return {self.axis.name: x} | {name: self._curve(e, x, numbers) for name, e in self.curves.items()}

    def _curve(self, expr: Any, x: Array, numbers: Mapping[str, float]) -> Array:
        names = _expressions.arguments(expr)
        out: Array = np.empty((1, self.n))
        given = (x if s == self.axis else np.float64(numbers[s.name]) for s in names)
        with np.errstate(all="ignore"):  # poles are gaps
            numpy_kernel((sympy.sympify(expr),), names)(out, *given)
        return np.asarray(out[0])

    def javascript(self) -> str:
        """One function of (x, values) a curve."""
        return _expressions.module("curves", self.curves, self.axis.name)

    def spec(self) -> dict[str, Any]:
        """The axis."""
        return {"kind": "curve", "axis": {"name": self.axis.name, "n": self.n, "log": self.log}}


@dataclass(frozen=True)
class Kernel:
    """A small JavaScript function written by hand, and its NumPy twin.

    Parameters
    ----------
    path : an ES module without imports that exports `compute(values, tools)`; tools are the front end's
        `rules`, `clip`, `trajectory`, `random`, `space` and `fill`.
    twin : the same in Python: values -> outputs.
    objective : a surface whose printed `value`, `grad`, `hess` (theta, parameters) the file may call; of
        several, name -> surface, it finds each as `surfaces.name`, with its `parameters` beside the three.
    constants : name -> what the file and the twin both need, printed as JSON: numbers, words, lists, ...
    recorded : whether what is drawn was computed beforehand and comes with the constants; the page says so.
    """

    path: Path
    twin: Callable[[Mapping[str, Any]], Outputs]
    objective: Objective | Mapping[str, Objective] | None = None
    expressions: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    recorded: bool = False

    def __post_init__(self) -> None:
        _checks.truth("recorded", self.recorded)
        for name in (*self.constants, *(self.objective if isinstance(self.objective, Mapping) else ())):
            _checks.identifier("constants, objective", name)

    def compute(self, values: Mapping[str, Any], numbers: Mapping[str, float]) -> Outputs:
        """What the twin says."""
        return self.twin(values)

    def kinds(self, controls: Sequence[Control], values: Mapping[str, Any]) -> Mapping[str, str]:
        """What the twin answers where counts are least: kinds are the same everywhere, and this is quick."""
        least = {c.name: c.choices[0] for c in controls
                 if isinstance(c, Slider) and c.choices and isinstance(c.choices[0], int)}  # fmt: skip
        return kinds(self.twin({**values, **least}))

    def javascript(self) -> str:
        """The modules of the objectives, the constants, and the file."""
        parts = [f"const {name} = {json.dumps(x, allow_nan=False)};" for name, x in self.constants.items()]
        if isinstance(self.objective, Mapping):
            modules = [f"{name}: {_surface(surface)}" for name, surface in self.objective.items()]
            parts.append(f"const surfaces = {{ {', '.join(modules)} }};")
        elif self.objective:
            parts.append(self.objective.javascript())
        return "\n".join([*parts, self.path.read_text(encoding="utf-8")])

    def spec(self) -> dict[str, Any]:
        """Nothing but its kind."""
        return {"kind": "kernel"}


def _surface(objective: Objective) -> str:
    """One of several objectives of a kernel, in a scope of its own."""
    return (
        f"{{ ...{static.classic(objective.javascript())}, parameters: {json.dumps(objective.parameters)} }}"
    )


@dataclass(frozen=True)
class Python:
    """Any experiment: a callback from values to outputs (numbers, words, arrays of one or two axes)."""

    callback: Callable[[Mapping[str, Any]], Outputs]
    expressions: Mapping[str, Any] = field(default_factory=dict)

    def compute(self, values: Mapping[str, Any], numbers: Mapping[str, float]) -> Outputs:
        """What the callback says."""
        return self.callback(values)

    def kinds(self, controls: Sequence[Control], values: Mapping[str, Any]) -> Mapping[str, str]:
        """What the callback answers."""
        return kinds(self.callback(values))

    def javascript(self) -> None:
        """Nothing: the front end asks the kernel, or reads what was recorded."""

    def spec(self) -> dict[str, Any]:
        """Nothing but its kind."""
        return {"kind": "python"}
