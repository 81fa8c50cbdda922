"""Shared fixtures: the built site, a server for it on this machine, a headless Chromium."""

from __future__ import annotations

import os
import runpy
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import javascript
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
CHROMIUM_OPTIONS = [
    "--no-sandbox",  # root in a container has no user namespace to drop into
    "--disable-gpu",
    # Chromium's own requests at start are not the page's.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_unconfigure() -> None:
    """Close the JavaScript engines that test modules hold: Python 3.13 waits at exit for their threads."""
    javascript.close_engines()


def load_tool(name: str) -> dict[str, object]:
    """The names defined by a script of tools/, which is not a package."""
    return runpy.run_path(str(ROOT / "tools" / f"{name}.py"))


def site_problem() -> str | None:
    """Why the built site cannot be tested, or None."""
    mark = SITE / ".fingerprint"
    if not mark.exists():
        return "there is no site in _build/html: run make book"
    if mark.read_text(encoding="utf-8") != load_tool("book")["fingerprint"](ROOT):
        return "the site in _build/html is older than its sources: run make book"
    return None


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site; a missing or stale one is a failure, not a skip."""
    if problem := site_problem():
        pytest.fail(problem)
    return SITE


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """folder -> address at which it is served, under the site's Content-Security-Policy."""
    make_server, servers = load_tool("serve")["make_server"], []

    def start(folder: Path) -> str:
        server = make_server(folder)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def site_url(site: Path, serve: Callable[[Path], str]) -> str:
    """Address of the built site."""
    return serve(site)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium: the machine's own, else the one that playwright installed.

    One a module, because an open playwright keeps an event loop running, beside which no notebook can run.
    """
    from playwright.sync_api import Error, sync_playwright

    own = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=own, args=CHROMIUM_OPTIONS)
        except Error as error:
            message = f"no Chromium: run {sys.executable} -m playwright install chromium\n{error}"
            pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page in a window 1280 pixels wide."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()
