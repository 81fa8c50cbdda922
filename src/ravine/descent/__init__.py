"""The loops that apply a rule again and again: `minimise` on a fixed cost, `train` on minibatches."""

from ravine.descent._arguments import Schedule
from ravine.descent._minimise import minimise
from ravine.descent._trace import Trace
from ravine.descent._train import SAMPLING, Model, train

__all__ = ["SAMPLING", "Model", "Schedule", "Trace", "minimise", "train"]
