"""Pin the newest versions that pyproject.toml admits, in a file for readers and a longer one for tests.

tools/lock.py             the newest
tools/lock.py --oldest    the lowest of what pyproject.toml names, to try its bounds; never to be committed

One resolution holds for Python 3.11 to 3.13 on every platform. The files name packages and versions, never
where these came from. uv does the resolving, in a virtual environment that is thrown away.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {"requirements.lock": ["book", "lab"], "requirements-dev.lock": ["test"]}
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--fork-strategy=fewest",
    "--upgrade",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
]


def main() -> int:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oldest", action="store_true", help="pin the lower bounds instead")
    resolution = ["--resolution=lowest-direct"] if parser.parse_args().oldest else []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        binaries = Path(folder) / ("Scripts" if os.name == "nt" else "bin")
        subprocess.run([binaries / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        for name, extras in LOCKS.items():
            chosen = [f"--extra={extra}" for extra in extras]
            command: list[str | Path] = [
                binaries / "uv",
                "pip",
                "compile",
                *OPTIONS,
                *resolution,
                *chosen,
                f"--output-file={name}",
                "pyproject.toml",
            ]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            print(f"  {name}: {len((ROOT / name).read_text(encoding='utf-8').splitlines())} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
