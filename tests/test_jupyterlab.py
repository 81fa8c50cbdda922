"""The notebooks as a reader meets them: a real JupyterLab, a real browser, Run All."""

from __future__ import annotations

import datetime
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(
    path.relative_to(ROOT / "notebooks").as_posix() for path in (ROOT / "notebooks").rglob("*.ipynb")
)
FIRST = "terrain/ill-conditioning.ipynb"


def sample() -> list[str]:
    """One chapter always and another one each day; all where RAVINE_LAB=all is set, as in the weekly run."""
    others = [name for name in NOTEBOOKS if name != FIRST]
    if os.environ.get("RAVINE_LAB") == "all":
        return [FIRST, *others]
    return [FIRST, *others[datetime.date.today().toordinal() % max(len(others), 1) :][:1]]


SETTINGS = {
    # All cells in the page at once, so that all can be looked at.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    # Nothing asks the network for news.
    "@jupyterlab/apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
}
OPTIONS = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address, with its token, of a JupyterLab over a copy of the notebooks, in a home of its own."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    for plugin, settings in SETTINGS.items():
        path = home / "settings" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    own = {"HOME": home, "JUPYTER_CONFIG_DIR": home / "config", "JUPYTER_DATA_DIR": home / "data"}
    own |= {"JUPYTER_RUNTIME_DIR": home / "runtime", "IPYTHONDIR": home / "ipython"}
    own |= {"JUPYTERLAB_SETTINGS_DIR": home / "settings", "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces"}
    token = secrets.token_hex(16)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = (home / "log").open("w", encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *OPTIONS, f"--ServerApp.port={port}", str(home / "notebooks")],
        env={key: value for key, value in os.environ.items() if key != "RAVINE_STATIC_FIGURES"}
        | {key: str(path) for key, path in own.items()}
        # One thread, as make lab sets it: more of them wait for each other in small products.
        | {"JUPYTER_TOKEN": token, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(f"{address}/api/status?token={token}", server, home / "log")
        yield f"{address}/lab/tree/NAME?reset&token={token}"
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.25)
    pytest.fail(f"JupyterLab did not answer:\n{log.read_text(encoding='utf-8')}")


READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.content?.model && panel.sessionContext?.session?.kernel?.status === 'idle'
    && panel.content.widgets.length > 0;
}"""
# Finished: no cell waits, each has its number, and the kernel is idle.
FINISHED = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const code = panel.content.widgets.filter(cell => cell.model.type === 'code');
  return code.every(cell => cell.model.executionCount !== null && cell.model.executionState !== 'running')
    && code.some(cell => cell.model.outputs.length) && panel.sessionContext.session.kernel.status === 'idle';
}"""
CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => ({
  type: cell.model.type,
  source: cell.model.sharedModel.getSource(),
  hidden: cell.isHidden,
  folded: cell.headingCollapsed ?? false,
  outputs: cell.model.type === 'code' ? cell.model.outputs.toJSON() : [],
  text: cell.node.querySelector('.jp-RenderedMarkdown')?.innerText ?? '',
  formulae: cell.node.querySelectorAll('mjx-container').length,
  wrong: cell.node.querySelectorAll('mjx-merror, [data-mjx-error]').length,
}))"""


@pytest.fixture(scope="module", params=sample())
def cells(request: pytest.FixtureRequest, browser: Any, lab: str) -> Iterator[list[dict[str, Any]]]:
    """A notebook's cells after Run All; the page may talk to this machine alone."""
    page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
    elsewhere: list[str] = []
    page.on("request", lambda it: elsewhere.append(it.url) if _is_elsewhere(it.url) else None)
    page.goto(lab.replace("NAME", request.param))
    page.wait_for_function(READY, timeout=60_000)
    page.evaluate(
        """async () => {
          await window.jupyterapp.commands.execute('editmenu:clear-all');
          await window.jupyterapp.commands.execute('notebook:run-all-cells');
        }"""
    )
    page.wait_for_function(FINISHED, timeout=180_000)
    page.wait_for_function("() => document.querySelectorAll('mjx-container').length > 0", timeout=30_000)
    yield page.evaluate(CELLS)
    assert elsewhere == []
    page.close()


def _is_elsewhere(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1"


def n_figures(name: str) -> int:
    """How many figures the committed notebook says it draws."""
    return (ROOT / "notebooks" / name).read_text(encoding="utf-8").count('"[A figure of ')


def test_every_cell_ran_without_error(cells: list[dict[str, Any]], request: pytest.FixtureRequest) -> None:
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
    drawn = sum("image/png" in output.get("data", {}) for output in outputs)
    assert drawn == n_figures(request.node.callspec.params["cells"])


def test_maths_is_typeset(cells: list[dict[str, Any]]) -> None:
    # In code, such as a function's text, a dollar sign is no maths.
    with_maths = [
        cell for cell in cells
        if cell["type"] == "markdown" and "$" in re.sub(r"```.*?```", "", cell["source"], flags=re.DOTALL)
    ]  # fmt: skip
    assert with_maths
    for cell in with_maths:
        assert cell["formulae"], cell["source"]
        assert not cell["wrong"], cell["source"]
        assert "$" not in cell["text"], cell["text"]
        assert "\\" not in cell["text"], cell["text"]


def test_no_raw_markup_is_visible(cells: list[dict[str, Any]]) -> None:
    for cell in cells:
        for mark in ("{glue", "{cite", "{ref", "{eq}", "{numref", "{term", ":::", "```", "> "):
            assert mark not in cell["text"], f"{mark} shows in: {cell['text']}"
        # A label's line; formulas hold ")=" too.
        assert not re.search(r"^\([\w-]+\)=$", cell["text"], flags=re.M), cell["text"]


def test_solutions_are_folded(cells: list[dict[str, Any]]) -> None:
    solutions = [index for index, cell in enumerate(cells) if cell["source"].endswith("# Solution")]
    for index in solutions:
        assert cells[index]["folded"], cells[index]["source"]
        assert cells[index + 1]["hidden"], cells[index + 1]["source"]
    visible = [cell for cell in cells if not cell["hidden"]]
    assert (
        any(cell["source"].startswith("#") and "Summary" in cell["source"] for cell in visible)
        or not solutions
    )
