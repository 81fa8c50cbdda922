"""Ensembles of walkers: Ravine against torch, JAX, plain NumPy, and against drawing the normals alone.

10,000 walkers in a double well of two dimensions, with noise that depends on the place. Only ratios within
one run mean anything. Peers are optional, as in `networks.py`.
"""

import importlib
import os
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from ravine import noise

# One thread for everybody; JAX reads this when it is first used.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

Array = np.ndarray[Any, Any]
Work = Callable[[], object]

N_WALKERS, EPS, DT = 10_000, 0.2, 0.01
N_STEPS = 1000
"""A tenth of the case in question: each step costs the same, and turns are short on a shared machine."""


def drift(x: Array) -> Array:
    """-grad f of f = (x^2 - 1)^2 / 4 + y^2 / 2."""
    pull = np.negative(x)
    across = x[:, 0]
    pull[:, 0] = across - across * across * across
    return pull


def sigma(x: Array) -> Array:
    """The noise: the same in both directions, stronger the farther from the pass."""
    across = x[:, 0]
    return np.sqrt(0.5 + across * across)


def rng() -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(0))


def ours() -> object:
    return noise.simulate(drift, sigma, np.ones((N_WALKERS, 2)), EPS, DT, N_STEPS, rng())


def normals() -> None:
    """The machine's limit: what no ensemble can do without."""
    generator, z = rng(), np.empty((2, N_WALKERS))
    for _ in range(N_STEPS):
        generator.standard_normal(out=z)


def plain() -> Array:
    """The same as one writes it down."""
    generator, x = np.random.default_rng(0), np.ones((N_WALKERS, 2))
    for _ in range(N_STEPS):
        z = generator.standard_normal(x.shape)
        pull = np.stack([x[:, 0] - x[:, 0] ** 3, -x[:, 1]], axis=1)
        x = x + DT * pull + np.sqrt(EPS * DT) * np.sqrt(0.5 + x[:, 0] ** 2)[:, None] * z
    return x


def with_torch(torch: ModuleType, dtype: str) -> Work:
    torch.set_num_threads(1)
    kind = getattr(torch, dtype)

    def work() -> Any:
        torch.manual_seed(0)
        x, scale = torch.ones((2, N_WALKERS), dtype=kind), (EPS * DT) ** 0.5
        z, pull = torch.empty_like(x), torch.empty_like(x)
        with torch.no_grad():
            for _ in range(N_STEPS):
                z.normal_()
                torch.neg(x, out=pull)
                pull[0] = x[0] - x[0] * x[0] * x[0]
                z *= torch.sqrt(0.5 + x[0] * x[0]) * scale
                x.add_(pull, alpha=DT).add_(z)
        return x

    return work


def with_jax(jax: ModuleType, dtype: str) -> Work:
    jax.config.update("jax_enable_x64", True)
    jnp, kind = importlib.import_module("jax.numpy"), np.dtype(dtype)

    def step(x: Any, key: Any) -> Any:
        z = jax.random.normal(key, x.shape, kind) * kind.type((EPS * DT) ** 0.5)
        pull = jnp.stack([x[0] - x[0] * x[0] * x[0], -x[1]])
        return x + kind.type(DT) * pull + jnp.sqrt(kind.type(0.5) + x[0] * x[0]) * z, None

    start, keys = jnp.ones((2, N_WALKERS), kind), jax.random.split(jax.random.PRNGKey(0), N_STEPS)
    program = jax.jit(lambda x: jax.lax.scan(step, x, keys)[0])
    return lambda: jax.block_until_ready(program(start))


def peer(name: str) -> ModuleType | None:
    """The peer, or None with a loud note."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"SKIPPED: {name} is not installed, its columns are missing")
        return None


def medians(works: dict[str, Work], rounds: int = 5) -> dict[str, float]:
    """Median seconds of processor time of each, run in turn so that all meet the same machine."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            before = time.process_time()
            work()
            times[name].append(time.process_time() - before)
    return {name: float(np.median(each)) for name, each in times.items()}


def main() -> None:
    """Print the table."""
    works: dict[str, Work] = {"ravine": ours, "normals alone": normals, "plain NumPy": plain}
    if torch := peer("torch"):
        works |= {f"torch {kind}": with_torch(torch, kind) for kind in ("float64", "float32")}
    if jax := peer("jax"):
        works |= {f"jax {kind}": with_jax(jax, kind) for kind in ("float64", "float32")}
    for work in works.values():
        work()  # what is compiled or loaded at the first call
    seconds = medians(works)
    print(f"\n{N_WALKERS} walkers x {N_STEPS} steps  (target: >= 1.9x torch float64, <= 1.5x the normals)")
    print("  " + ", ".join(f"{name} {1000 * s:.0f} ms" for name, s in seconds.items()))
    ratios = {name: s / seconds["ravine"] for name, s in seconds.items() if name != "ravine"}
    print("  " + ", ".join(f"{name} / ravine = {ratio:.3g}" for name, ratio in ratios.items()))


if __name__ == "__main__":
    main()
