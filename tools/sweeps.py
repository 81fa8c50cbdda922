"""Recompute the data files behind claims over many seeds.

tools/sweeps.py                       all of them
tools/sweeps.py minibatch-variance    those whose names contain one of the words given
"""

import argparse
import sys
import time
from collections.abc import Sequence

from ravine.experiments._measurement import measurements

N_JOBS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", help="parts of names; default: all")
    parser.add_argument("--jobs", type=int, default=N_JOBS, help="processes (default: %(default)s)")
    options = parser.parse_args(arguments)
    every = measurements()
    chosen = [x for x in every if not options.words or any(word in x.name for word in options.words)]
    if not chosen:
        parser.error(f"no measurement has such a name; there are {', '.join(sweep.name for sweep in every)}")
    for sweep in chosen:
        start = time.perf_counter()
        before = sweep.path().read_text(encoding="utf-8") if sweep.path().exists() else None
        sweep.save(sweep.compute(n_jobs=options.jobs))
        news = (
            "new"
            if before is None
            else "same"
            if sweep.path().read_text(encoding="utf-8") == before
            else "CHANGED"
        )
        print(
            f"  {sweep.name:40} {len(sweep.seeds):4} seeds {time.perf_counter() - start:7.1f} s  {news}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
