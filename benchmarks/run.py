"""Run every benchmark, each in its own process, and print its table."""

import os
import subprocess
import sys
from pathlib import Path

# Where these are set, OpenBLAS runs at half speed, and ratios to libraries that bring their own would lie.
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def main() -> None:
    here = Path(__file__).parent
    environment = {name: value for name, value in os.environ.items() if name not in SLOWING}
    for script in sorted(here.glob("*.py")):
        if script.name != Path(__file__).name:
            print(f"\n{script.stem}", flush=True)
            subprocess.run([sys.executable, str(script)], env=environment, check=True)


if __name__ == "__main__":
    main()
