"""Small networks on a flat parameter vector, evaluated for whole stacks of vectors at once."""

from ravine.networks.mlp import MLP
from ravine.networks.problem import NetworkProblem
from ravine.networks.rnn import RNN, RNNProblem
