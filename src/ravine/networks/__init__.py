"""Small networks on a flat parameter vector, evaluated for whole stacks of vectors at once."""

from ravine.networks.mlp import MLP
from ravine.networks.problem import NetworkProblem

__all__ = ["MLP", "NetworkProblem"]
