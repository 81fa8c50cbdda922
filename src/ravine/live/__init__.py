"""Live figures: an Explorer in a notebook is a widget, on the static page it runs by itself.

A figure is data: a provider of numbers, controls, and linked views. The figures of the course are functions
without arguments in `ravine.live.figures`, one module a chapter, and a chapter calls them.
"""

from ravine.live._controls import Button, Select, Slider, Toggle
from ravine.live._expressions import symbols
from ravine.live._goals import Goal
from ravine.live._offers import Preset
from ravine.live._parts import Axis, Handle, Mark, Path, Points, Series
from ravine.live._providers import Curve, Formula, Kernel, Python, Run
from ravine.live._random import Random
from ravine.live._runs import trajectory
from ravine.live._together import Together
from ravine.live._views import Field, Lines, Plane, Regions, Table
from ravine.live.explorer import Explorer

__all__ = [
    "Axis",
    "Button",
    "Curve",
    "Explorer",
    "Field",
    "Formula",
    "Goal",
    "Handle",
    "Kernel",
    "Lines",
    "Mark",
    "Path",
    "Plane",
    "Points",
    "Preset",
    "Python",
    "Random",
    "Regions",
    "Run",
    "Select",
    "Series",
    "Slider",
    "Table",
    "Together",
    "Toggle",
    "symbols",
    "trajectory",
]
