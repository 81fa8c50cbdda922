"""Derivatives of networks: Ravine against torch, JAX and BackPACK, and against bare matrix products.

Only ratios within one run mean anything. Peers are optional and not in the locks: in an environment of
their own, `pip install torch jax backpack-for-pytorch threadpoolctl -e .`, then run this file.
"""

import importlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from ravine import data
from ravine.networks import MLP

# One thread for everybody; JAX reads this when it is first used.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

Row = dict[str, Any]
Work = Callable[[], object]
WIDE, NARROW = (64, 64, 64, 10), (64, 16, 16, 10)


def peer(name: str) -> ModuleType | None:
    """The peer, or None with a loud note."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"SKIPPED: {name} is not installed, its columns are missing")
        return None


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit the BLAS to one thread, and say which kernel runs."""
    for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        if variable in os.environ:
            print(f"WARNING: {variable} is set; matrix products may run at half speed. Unset it.")
    threadpoolctl = peer("threadpoolctl")
    if threadpoolctl is None:
        print("BLAS kernel and thread count unknown")
        yield
        return
    with threadpoolctl.threadpool_limits(1):
        for pool in threadpoolctl.threadpool_info():
            print(pool["internal_api"], pool.get("architecture", ""), pool["num_threads"], "thread")
        yield


def medians(works: dict[str, Work], seconds: float = 2.0) -> dict[str, float]:
    """Median milliseconds of processor time of each, run in turn so that all meet the same machine.

    With one thread, processor time is what a stop-watch would show on an idle machine. Each timed call
    follows an untimed one, or it would pay for memory that the peer before gave back to the system.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    start = time.perf_counter()
    while len(times["ravine"]) < 3 or time.perf_counter() - start < seconds * len(works):
        for name, work in works.items():
            work()
            before = time.process_time()
            work()
            times[name].append(1000 * (time.process_time() - before))
    return {name: float(np.median(each)) for name, each in times.items()}


class Case:
    """A tanh network at a random point on all digits, for us and for the peers."""

    def __init__(self, sizes: tuple[int, ...], dtype: type[np.floating[Any]]) -> None:
        digits = data.digits()
        self.sizes, self.network = sizes, MLP(sizes, "tanh")
        self.X, self.y = digits.X.astype(dtype), digits.y
        rng = np.random.default_rng(0)
        self.theta = self.network.init(rng).astype(dtype)
        self.v = rng.standard_normal(self.network.n).astype(dtype)
        self.problem = self.network.problem(self.X, self.y)

    def parts(self, flat: np.ndarray) -> list[np.ndarray]:
        """W_0, b_0, W_1, ... as separate arrays, the form in which peers keep parameters."""
        return [np.ascontiguousarray(x) for pair in self.network.unflatten(flat) for x in pair]

    def afresh(self, method: Callable[..., object]) -> Work:
        """A call that shares nothing with the call before."""
        return lambda: method(self.theta, self.X, self.y)

    def products(self, *triples: tuple[int, int, int]) -> Work:
        """Bare products (m x k)(k x n) of these shapes."""
        rng = np.random.default_rng(1)
        pairs = [(rng.random((m, k), self.X.dtype), rng.random((k, n), self.X.dtype)) for m, k, n in triples]
        return lambda: [a @ b for a, b in pairs]


class Torch:
    """The same network for torch.func and torch.autograd."""

    def __init__(self, torch: ModuleType, case: Case) -> None:
        torch.set_num_threads(1)
        self.torch, self.func = torch, importlib.import_module("torch.func")
        self.X, self.y = torch.tensor(case.X), torch.tensor(case.y)
        self.params = tuple(torch.tensor(p) for p in case.parts(case.theta))
        self.v = tuple(torch.tensor(p) for p in case.parts(case.v))
        self.loss_of_one = lambda p, x, y: self.loss(p, x[None], y[None])

    def loss(self, params: Any, X: Any, y: Any) -> Any:
        h = X
        for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
            h = self.torch.tanh(h @ W + b)
        return self.torch.nn.functional.cross_entropy(h @ params[-2] + params[-1], y)

    def hessian(self) -> Any:
        return self.func.hessian(lambda p: self.loss(p, self.X, self.y))(self.params)

    def autograd_hessian(self) -> Any:
        f = self.torch.autograd.functional.hessian
        return f(lambda *p: self.loss(p, self.X, self.y), self.params)

    def hvp(self) -> Work:
        """The second backward pass alone: graph and gradient are kept, as PyHessian keeps them."""
        params = [p.clone().requires_grad_() for p in self.params]
        g = self.torch.autograd.grad(self.loss(params, self.X, self.y), params, create_graph=True)
        return lambda: self.torch.autograd.grad(g, params, self.v, retain_graph=True)

    def grads(self) -> Any:
        g = self.func.vmap(self.func.grad(self.loss_of_one), in_dims=(None, 0, 0))
        return g(self.params, self.X, self.y)

    def variance(self) -> Any:
        return [g.var(0, correction=0) for g in self.grads()]

    def gram(self) -> Any:
        return sum(flat @ flat.T for flat in (g.flatten(1) for g in self.grads()))


class Jax:
    """The same network, compiled by JAX."""

    def __init__(self, jax: ModuleType, case: Case) -> None:
        jax.config.update("jax_enable_x64", True)
        jnp = importlib.import_module("jax.numpy")
        X, y = jnp.asarray(case.X), jnp.asarray(case.y)
        params, v = [tuple(jnp.asarray(p) for p in case.parts(x)) for x in (case.theta, case.v)]

        def loss(params: Any, X: Any, y: Any) -> Any:
            h = X
            for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
                h = jnp.tanh(h @ W + b)
            log_p = jax.nn.log_softmax(h @ params[-2] + params[-1])
            return -jnp.take_along_axis(log_p, y[:, None], axis=1).mean()

        grad = jax.grad(loss)
        grads = jax.vmap(lambda p, x, y: grad(p, x[None], y[None]), in_axes=(None, 0, 0))

        def compiled(f: Callable[[Any, Any], Any]) -> Work:
            program = jax.jit(f)
            return lambda: jax.block_until_ready(program(params, v))

        self.hessian = compiled(lambda p, v: jax.hessian(loss)(p, X, y))
        self.hvp = compiled(lambda p, v: jax.jvp(lambda q: grad(q, X, y), (p,), (v,))[1])
        self.grads = compiled(lambda p, v: grads(p, X, y))
        self.variance = compiled(lambda p, v: [g.var(0) for g in grads(p, X, y)])


def backpack_variance(torch: ModuleType, case: Case) -> Work:
    """BackPACK's Variance extension on the same network as modules."""
    backpack, extensions = importlib.import_module("backpack"), importlib.import_module("backpack.extensions")
    parts = [torch.tensor(p) for p in case.parts(case.theta)]
    modules: list[Any] = []
    for W, b in zip(parts[::2], parts[1::2], strict=True):
        linear = torch.nn.Linear(*W.shape)
        linear.weight.data, linear.bias.data = W.T.contiguous(), b
        modules += [linear, torch.nn.Tanh()]
    model = backpack.extend(torch.nn.Sequential(*modules[:-1]))
    loss = backpack.extend(torch.nn.CrossEntropyLoss())
    X, y = torch.tensor(case.X), torch.tensor(case.y)

    def work() -> None:
        model.zero_grad()
        with backpack.backpack(extensions.Variance()):
            loss(model(X), y).backward()

    return work


def row(name: str, works: dict[str, Work], target: str) -> Row:
    """Measure; the first work is ours, the others are what it is compared with."""
    ms = medians(works)
    ours = ms["ravine"]
    ratios = {f"{other} / ravine": value / ours for other, value in ms.items() if other != "ravine"}
    return {"work": name, "ms": ms, "ratios": ratios, "target": target}


def full_hessian(torch: ModuleType | None, jax: ModuleType | None) -> Row:
    """All second derivatives of 1482 parameters, float64."""
    case, N = Case(NARROW, np.float64), len(data.digits())
    works: dict[str, Work] = {"ravine": case.afresh(case.network.hessian)}
    if torch is not None:
        ours, peer = case.network.hessian(case.theta, case.X, case.y), Torch(torch, case)
        np.testing.assert_allclose(peer.hessian()[0][0].reshape(1024, 1024), ours[:1024, :1024], atol=1e-12)
        works |= {"torch.func": peer.hessian, "torch.autograd": peer.autograd_hessian}
    if jax is not None:
        works["jax"] = Jax(jax, case).hessian
    pairs = [(d + 1, o) for d, o in zip(case.sizes[:-1], case.sizes[1:], strict=True)]
    shapes = [(o * (o + 1) // 2, N, d * (d + 1) // 2) for d, o in pairs]
    shapes += [(p * q, N, d * e) for l, (d, p) in enumerate(pairs) for e, q in pairs[l + 1 :]]
    works["matrix products"] = case.products(*shapes)
    return row("full Hessian", works, ">= 90x torch.func, 25x torch.autograd, 15x jax; <= 2x products")


def wide_rows(torch: ModuleType | None, jax: ModuleType | None, backpack: ModuleType | None) -> list[Row]:
    """Hessian-vector product and per-example statistics of 8970 parameters, float32."""
    case, N = Case(WIDE, np.float32), len(data.digits())
    network, theta, v = case.network, case.theta, case.v
    hvp: dict[str, Work] = {"ravine": lambda: case.problem.hvp(theta, v)}
    one = case.afresh(network.grad)
    variance = {"ravine": case.afresh(network.per_example_variance), "one gradient": one}
    gram = {"ravine": case.afresh(network.per_example_gram)}
    grads = {"ravine": case.afresh(network.per_example_grads)}
    if torch is not None:
        peer = Torch(torch, case)
        hvp["torch"], variance["torch"], gram["torch"] = peer.hvp(), peer.variance, peer.gram
        grads["torch"] = peer.grads
        theirs = np.concatenate([x.numpy().ravel() for x in peer.hvp()()])  # type: ignore[attr-defined]  # torch
        np.testing.assert_allclose(network.hvp(theta, v, case.X, case.y), theirs, atol=1e-5)
        theirs = np.concatenate([x.numpy().ravel() for x in peer.variance()])
        np.testing.assert_allclose(network.per_example_variance(theta, case.X, case.y), theirs, atol=1e-5)
    if torch is not None and backpack is not None:
        variance["backpack"] = backpack_variance(torch, case)
    if jax is not None:
        compiled = Jax(jax, case)
        hvp["jax"], variance["jax"], grads["jax"] = compiled.hvp, compiled.variance, compiled.grads
    pairs = [(d + 1, o) for d, o in zip(case.sizes[:-1], case.sizes[1:], strict=True)]
    forward, back, outer = (
        [(o, d, N) for d, o in pairs],
        [(d - 1, o, N) for d, o in pairs[1:]],
        [(d, N, o) for d, o in pairs],
    )
    hvp["matrix products"] = case.products(*forward, *forward[1:], *back, *back, *outer, *outer[1:])
    trace = {"ravine": case.afresh(network.per_example_variance_trace), "one gradient": one}
    buffer = np.empty((network.n, N), np.float32)
    grads["filling a buffer"] = lambda: buffer.fill(1)
    return [
        row("Hessian-vector product", hvp, ">= 2x torch, 1.15x jax"),
        row("variance of per-example gradients", variance, ">= 60x torch, 3x backpack"),
        row("its trace", trace, "<= 2x one gradient"),
        row("Gram matrix of per-example gradients", gram, ">= 20x torch"),
        row("per-example gradients", grads, ">= 3x torch"),
    ]


def run() -> list[Row]:
    """Measure everything that is installed."""
    torch, jax, backpack = peer("torch"), peer("jax"), peer("backpack")
    with one_thread():
        return [*wide_rows(torch, jax, backpack), full_hessian(torch, jax)]


def main() -> None:
    """Print the table."""
    for each in run():
        print(f"\n{each['work']}  (target: {each['target']})")
        print("  " + ", ".join(f"{name} {ms:.3g} ms" for name, ms in each["ms"].items()))
        print("  " + ", ".join(f"{name} = {ratio:.3g}" for name, ratio in each["ratios"].items()))


if __name__ == "__main__":
    main()
