"""The cost on a grid of a plane: Ravine against loops of torch, JAX, a loop of NumPy, and GEMM's peak.

Only ratios within one run mean anything. Peers are optional and not in the locks: see `networks.py`.
"""

import importlib
from types import ModuleType
from typing import Any

import numpy as np
from networks import WIDE, Row, Work, one_thread, peer, row

from ravine import data, landscape
from ravine.networks import MLP

TICKS = np.linspace(-1, 1, 51)
# Of a grid this small the loops take long enough; their time is proportional to the number of cells.
LOOPED = TICKS[::10]
PEAK = 1024


class Case:
    """A network at a random point on all digits, and two filter-normalised directions, float32."""

    def __init__(self, activation: str) -> None:
        digits, rng = data.digits(), np.random.default_rng(0)
        self.sizes, self.network = WIDE, MLP(WIDE, activation)
        self.X, self.y = digits.X.astype(np.float32), digits.y
        self.theta = self.network.init(rng).astype(np.float32)
        self.directions = [
            d.astype(np.float32)
            for d in landscape.filter_normalised_directions(self.network, self.theta, rng)
        ]

    def surface(self, ticks: np.ndarray = TICKS) -> np.ndarray:
        return landscape.surface(self.network, self.theta, *self.directions, ticks, ticks, self.X, self.y)

    def parts(self, flat: np.ndarray) -> list[np.ndarray]:
        """W_0, b_0, W_1, ... as separate arrays."""
        return [np.ascontiguousarray(x) for pair in self.network.unflatten(flat) for x in pair]

    def points(self, ticks: np.ndarray) -> list[np.ndarray]:
        d1, d2 = self.directions
        return [self.theta + np.float32(a) * d1 + np.float32(b) * d2 for a in ticks for b in ticks]


def plain_loop(case: Case) -> np.ndarray:
    """Cell by cell, as one would write it first."""
    f = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}[case.network.activation]
    rows = np.arange(len(case.y))

    def cost(theta: np.ndarray) -> float:
        h = case.X
        *hidden, (W, b) = case.network.unflatten(theta)
        for W_l, b_l in hidden:
            h = f(h @ W_l + b_l)
        z = h @ W + b
        z -= z.max(axis=1, keepdims=True)
        return float((np.log(np.exp(z).sum(axis=1)) - z[rows, case.y]).mean())

    return np.array([cost(theta) for theta in case.points(LOOPED)])


def torch_loop(torch: ModuleType, case: Case) -> Work:
    """Write the weights of each cell into the modules and evaluate them, without gradients."""
    layers: list[Any] = []
    activation = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[case.network.activation]
    for n_in, n_out in zip(case.sizes[:-1], case.sizes[1:], strict=True):
        layers += [torch.nn.Linear(n_in, n_out), activation()]
    model, loss = torch.nn.Sequential(*layers[:-1]), torch.nn.CrossEntropyLoss()
    theta, d1, d2 = [
        [torch.tensor(part.T.copy()) for part in case.parts(x)] for x in (case.theta, *case.directions)
    ]
    X, y, parameters = torch.tensor(case.X), torch.tensor(case.y), list(model.parameters())

    def work() -> list[float]:
        with torch.no_grad():
            values = []
            for a in LOOPED:
                for b in LOOPED:
                    for p, t, u, v in zip(parameters, theta, d1, d2, strict=True):
                        p.copy_(t + a * u + b * v)
                    values.append(loss(model(X), y).item())
        return values

    return work


def jax_map(jax: ModuleType, case: Case) -> Work:
    """The whole grid in one compiled program, cell by cell; vmap over 4, 16 or 51 cells was not faster."""
    jnp = importlib.import_module("jax.numpy")
    f = {"tanh": jnp.tanh, "relu": jax.nn.relu}[case.network.activation]
    X, y = jnp.asarray(case.X), jnp.asarray(case.y)
    cells = jnp.asarray([(a, b) for a in TICKS for b in TICKS], jnp.float32)
    corners = [tuple(jnp.asarray(p) for p in case.parts(x)) for x in (case.theta, *case.directions)]

    def cost(cell: Any) -> Any:
        parts = [t + cell[0] * u + cell[1] * v for t, u, v in zip(*corners, strict=True)]
        h = X
        for W, c in zip(parts[:-2:2], parts[1:-2:2], strict=True):
            h = f(h @ W + c)
        log_p = jax.nn.log_softmax(h @ parts[-2] + parts[-1])
        return -jnp.take_along_axis(log_p, y[:, None], axis=1).mean()

    program = jax.jit(lambda points: jax.lax.map(cost, points).reshape(TICKS.size, TICKS.size))
    return lambda: jax.block_until_ready(program(cells))


def grid(torch: ModuleType | None, jax: ModuleType | None, activation: str, target: str) -> Row:
    """A grid of 51 x 51 cells; what loops is timed on 6 x 6 of them, and scaled."""
    case, N = Case(activation), len(data.digits())
    works: dict[str, Work] = {"ravine": case.surface, "numpy loop": lambda: plain_loop(case)}
    ours = case.surface(LOOPED).ravel()
    np.testing.assert_allclose(plain_loop(case), ours, rtol=1e-4)
    if torch is not None:
        torch.set_num_threads(1)
        works["torch loop"] = torch_loop(torch, case)
        np.testing.assert_allclose(works["torch loop"](), ours, rtol=1e-4)
    if jax is not None:
        works["jax"] = jax_map(jax, case)
        np.testing.assert_allclose(works["jax"](), case.surface(), rtol=1e-3)
    rng = np.random.default_rng(1)
    A, B = rng.random((2, PEAK, PEAK), np.float32)
    C = np.empty_like(A)
    works["one product at GEMM's peak"] = lambda: np.matmul(A, B, out=C)
    result = row(f"landscape of 51 x 51 cells, {activation}", works, target)
    # The products that no method can save: all layers but the first, whose three serve every cell.
    needed = sum(p * q for p, q in zip(case.sizes[1:-1], case.sizes[2:], strict=True)) * N * TICKS.size**2
    scales = {
        "numpy loop": (TICKS.size / LOOPED.size) ** 2,
        "torch loop": (TICKS.size / LOOPED.size) ** 2,
        "one product at GEMM's peak": needed / PEAK**3,
    }
    ms = {name: time * scales.get(name, 1) for name, time in result["ms"].items()}
    ms["GEMM's peak"] = ms.pop("one product at GEMM's peak")
    ours_ms = ms["ravine"]
    ratios = {f"{name} / ravine": time / ours_ms for name, time in ms.items() if name != "ravine"}
    return {**result, "ms": ms, "ratios": ratios}


def run() -> list[Row]:
    """Measure everything that is installed."""
    torch, jax = peer("torch"), peer("jax")
    with one_thread():
        return [
            grid(torch, jax, "tanh", ">= 5.5x torch loop, 1x jax; <= 2.4x GEMM's peak"),
            grid(torch, jax, "relu", ">= 3.5x torch loop, 1x jax"),
        ]


def main() -> None:
    """Print the table."""
    for each in run():
        print(f"\n{each['work']}  (target: {each['target']})")
        print("  " + ", ".join(f"{name} {ms:.3g} ms" for name, ms in each["ms"].items()))
        print("  " + ", ".join(f"{name} = {ratio:.3g}" for name, ratio in each["ratios"].items()))


if __name__ == "__main__":
    main()
