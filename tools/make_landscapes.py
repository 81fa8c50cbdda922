"""Write src/ravine/experiments/loss_landscapes/shipped.npz: the landscapes of one seed's twins."""

from pathlib import Path
from typing import Any

import numpy as np

from ravine.experiments.loss_landscapes import shipped

PATH = Path(shipped.__file__).with_name("shipped.npz")


def main() -> None:
    """Train, look, and store; `ravine.experiments.loss_landscapes.shipped` reads it."""
    made = shipped.compute()
    arrays: dict[str, Any] = {"bytes": made.bytes, "top": made.top, "paths": made.paths, **made.numbers,
                              "lowest": made.lowest}  # fmt: skip
    np.savez_compressed(PATH, **arrays)
    size = PATH.stat().st_size / 1000
    print(f"{PATH.name}: {made.bytes.shape[:3]} pictures, costs up to {made.top.max():.2f}, {size:.0f} kB")


if __name__ == "__main__":
    main()
