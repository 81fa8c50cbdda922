"""Build the site: execute the chapters side by side, render them, publish only what is wholly right.

A failing build must stay failing and must not touch the site that is there. So pages are built in a staging
folder, whose memory of "unchanged" pages is dropped on failure, and swapped into `_build/html` on success.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from nbformat import NotebookNode

Settings = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
FINGERPRINT = ".fingerprint"
# Both kinds of figure are stored; the page takes the lighter (ravine_site.figures). No history: kernels would
# wait for each other's lock on it. No note on unencrypted sockets: they are this machine's own.
KERNEL_ARGUMENTS = [
    "--InlineBackend.figure_formats={'svg', 'png'}",
    "--HistoryManager.enabled=False",
    "--Application.log_level=40",
    "--InteractiveShellApp.extra_extensions=narrow_figures",
]
KERNEL_EXTENSIONS = Path(__file__).resolve().with_name("kernel")
KERNEL_ENVIRONMENT = {
    "RAVINE_STATIC_FIGURES": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, not one that the user installed
    # Nothing is fetched while the book is made: what tries is refused at once.
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
}


class Execution(NamedTuple):
    page: str
    seconds: float
    error: str


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of _config.yml, _toc.yml and book/")
    parser.add_argument("--jobs", type=int, default=2, help="chapters executed at a time")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    os.environ.update(KERNEL_ENVIRONMENT)
    python_path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(KERNEL_EXTENSIONS), python_path)))
    root = options.root.resolve()
    staging = only_folder(root / "_build" / "staging", site_key(root))
    cache = only_folder(root / "_build" / "cache", runtime_key(root))
    if not execute(root, cache, options.jobs):
        return fail(staging, "a chapter failed; the site was not touched")
    before = fingerprint(root)
    if render(root, staging, cache):
        return fail(staging, "warnings are errors; the site was not touched")
    site = publish(staging / "html", root / "_build" / "html", before)
    print(f"Built in {time.perf_counter() - started:.0f} s: {site / 'index.html'}")
    return 0


def fail(staging: Path, why: str) -> int:
    """Forget the staged pages: an unchanged page does not warn a second time."""
    shutil.rmtree(staging, ignore_errors=True)
    print(f"Build failed: {why}.", file=sys.stderr)
    return 1


# What a build depends on ----------------------------------------------------------------------


def digest(paths: Iterable[Path]) -> str:
    """Hash of the names and contents of files and folders."""
    result = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                result.update(file.relative_to(path.parent).as_posix().encode() + b"\0" + file.read_bytes())
    return result.hexdigest()[:16]


def runtime_key(root: Path) -> str:
    """What decides the outputs of an unchanged chapter: the package with its data files, and the lock."""
    return digest([Path(str(files("ravine"))), ROOT / "requirements.lock", Path(__file__), KERNEL_EXTENSIONS])


def site_key(root: Path) -> str:
    """What makes every staged page stale."""
    extension = root / "tools" / "sphinx_ext"  # where the local extensions of its _config.yml lie
    return digest(
        [
            Path(str(files("ravine"))),
            ROOT / "requirements.lock",
            Path(__file__),
            KERNEL_EXTENSIONS,
            extension,
            root / "_config.yml",
            # Sphinx copies style sheets only when a page has changed as well.
            root / "book" / "assets",
        ]
    )


def fingerprint(root: Path) -> str:
    """What the whole site depends on; stored beside its pages, so that a test can tell a stale site."""
    return site_key(root) + digest([root / "_toc.yml", root / "book", root / "notebooks"])


def only_folder(parent: Path, key: str) -> Path:
    """The sub-folder of this key, made if need be; those of other keys are removed."""
    parent.mkdir(parents=True, exist_ok=True)
    for other in parent.iterdir():
        if other.name != key:
            shutil.rmtree(other)
    (parent / key).mkdir(exist_ok=True)
    return parent / key


# Execution ------------------------------------------------------------------------------------


def execute(root: Path, cache: Path, jobs: int) -> bool:
    """Execute what the cache does not hold; True if every page ran."""
    settings = config(root)
    todo = [page for page in pages(root) if is_missing(root / "book" / page, cache, settings)]
    failed = []
    if todo:
        print(f"Executing {len(todo)} pages, {jobs} at a time", flush=True)
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        futures = [pool.submit(run_page, root / "book" / page, cache, page, settings) for page in todo]
        for done, future in enumerate(as_completed(futures), 1):
            result = future.result()
            print(f"  [{done}/{len(todo)}] {result.page}  {result.seconds:.1f} s", flush=True)
            if result.error:
                failed.append(result)
    for result in failed:
        print(f"\n{result.page} failed:\n{result.error}", file=sys.stderr)
    return not failed


def pages(root: Path) -> list[str]:
    """Pages of the table of contents that hold code, in reading order."""
    from sphinx_external_toc.parsing import parse_toc_yaml

    listed = (f"{page}.md" for page in parse_toc_yaml(root / "_toc.yml"))
    return [page for page in listed if "kernelspec:" in (root / "book" / page).read_text("utf-8")[:600]]


def read(path: Path, settings: Settings) -> NotebookNode:
    """Read a chapter exactly as Sphinx will, so that both find it in the cache."""
    from myst_nb.core.config import NbParserConfig
    from myst_nb.core.read import create_nb_reader
    from myst_parser.config.main import MdParserConfig

    text = path.read_text("utf-8")
    markdown = MdParserConfig(enable_extensions=set(settings["parse"]["myst_enable_extensions"]))
    notebook: NotebookNode = create_nb_reader(str(path), markdown, NbParserConfig(), text).read(text)
    return notebook


def config(root: Path) -> Settings:
    """The configuration of the book that is built."""
    settings: Settings = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    return settings


def is_missing(path: Path, cache: Path, settings: Settings) -> bool:
    from jupyter_cache import get_cache

    try:
        get_cache(str(cache)).match_cache_notebook(read(path, settings))
    except KeyError:
        return True
    return False


def run_page(path: Path, cache: Path, page: str, settings: Settings) -> Execution:
    """Execute one chapter in its folder and store it, unless a cell failed."""
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn
    from jupyter_cache.executors.utils import single_nb_execution

    notebook = read(path, settings)
    limit = settings["execute"]["timeout"]
    result = single_nb_execution(
        notebook, cwd=str(path.parent), timeout=limit, allow_errors=False, extra_arguments=KERNEL_ARGUMENTS
    )
    if result.err is None:
        bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": result.time})
        get_cache(str(cache)).cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return Execution(page, result.time, str(result.err or ""))


# Rendering and publishing ---------------------------------------------------------------------


def render(root: Path, staging: Path, cache: Path) -> bool:
    """Run Sphinx with Jupyter Book's configuration; True if it failed or warned."""
    from jupyter_book.sphinx import build_sphinx

    status = build_sphinx(
        root / "book",
        staging / "html",
        noconfig=True,  # no conf.py: Jupyter Book makes Sphinx's configuration
        path_config=root / "_config.yml",
        doctreedir=staging / "doctrees",
        confoverrides={
            "external_toc_path": str(root / "_toc.yml"),
            "latex_individualpages": False,
            "nb_execution_cache_path": str(cache),
            "nitpicky": True,
        },
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )
    return bool(status)


def publish(staged: Path, site: Path, mark: str) -> Path:
    """Swap the staged pages in; they stay staged too, for the next build to start from."""
    new, old = site.with_name("html-new"), site.with_name("html-old")
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(staged, new)
    (new / FINGERPRINT).write_text(mark, encoding="utf-8")
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)
    return site


if __name__ == "__main__":
    sys.exit(main())
