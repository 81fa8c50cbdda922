"""Write what is shown of one seed's twins: shipped.npz and trails.npz of `experiments.loss_landscapes`."""

from pathlib import Path
from typing import Any

import numpy as np

from ravine.experiments.loss_landscapes import shipped, trails

PATH = Path(shipped.__file__).with_name("shipped.npz")
TRAILS = PATH.with_name("trails.npz")


def main() -> None:
    """Train, look, and store; `ravine.experiments.loss_landscapes.shipped` reads it."""
    made = shipped.compute()
    arrays: dict[str, Any] = {"bytes": made.bytes, "top": made.top, "paths": made.paths, **made.numbers,
                              "lowest": made.lowest}  # fmt: skip
    np.savez_compressed(PATH, **arrays)
    taken = {(kind, depth): trails.way(kind, depth) for kind in shipped.KINDS for depth in shipped.DEPTHS}
    each = {f"{kind}-{depth}-{name}": _short(x)
            for (kind, depth), way in taken.items() for name, x in vars(way).items()}  # fmt: skip
    np.savez_compressed(TRAILS, **each)
    size = (PATH.stat().st_size + TRAILS.stat().st_size) / 1000
    print(
        f"{PATH.name}, {TRAILS.name}: {made.bytes.shape[:3]} pictures, "
        f"costs up to {made.top.max():.2f}, {size:.0f} kB"
    )


def _short(x: Any) -> Any:
    """Numbers to seven digits, bytes as they are."""
    return x if isinstance(x, np.ndarray) and x.dtype == np.uint8 else np.asarray(x, dtype=np.float32)


if __name__ == "__main__":
    main()
