"""Small networks on a flat parameter vector, evaluated for whole stacks of vectors at once.

`mlp` holds fully connected networks, plain or residual (`MLP(..., residual=True)`), `rnn` recurrent ones, and
`problem` a network bound to examples, as something to minimise.
"""

from ravine.networks.mlp import MLP
from ravine.networks.problem import NetworkProblem
from ravine.networks.rnn import RNN, RNNProblem
