"""A live figure in a real JupyterLab: values travel both ways, and a Python callback answers."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from test_jupyterlab import READY, lab  # noqa: F401  # a fixture is found by its name

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CELLS = [
    "from ravine.live.figures import ill_conditioning\nfigure = ill_conditioning.valley()\nfigure",
    "print(figure.values['kappa'])",
    "figure.values = {'kappa': 1, 'h': 3.9}",
    "from ravine import live\n"
    "lines = live.Lines('y over x', live.Axis('x'), live.Axis('y'), [live.Series('x', 'y')])\n"
    "def square(values):\n"
    "    return {'x': [0, 1], 'y': [0, values['a']], 'squared': values['a'] ** 2}\n"
    "live.Explorer(live.Python(square), controls=[live.Slider('a', 'a', 0, 4, 2, choices=[0, 1, 2, 3, 4])],\n"
    "              views=[lines], label='A line.', sentences=['The square is {squared}.'])",
]
RUN = """async (index) => {
  window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
  await window.jupyterapp.commands.execute('notebook:run-cell');
}"""


@pytest.fixture
def page(browser: Any, lab: str) -> Iterator[Page]:  # noqa: F811  # the fixture imported above
    """A notebook with the cells above, open in JupyterLab."""
    address, token = urlsplit(lab), parse_qs(urlsplit(lab).query)["token"][0]
    code = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [{**code, "id": f"c{i}", "source": text} for i, text in enumerate(CELLS)]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}
    request = urllib.request.Request(
        f"{address.scheme}://{address.netloc}/api/contents/live.ipynb",
        data=json.dumps({"type": "notebook", "content": content}).encode(),
        headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=30).close()
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(lab.replace("NAME", "live.ipynb"))
    page.wait_for_function(READY, timeout=60_000)
    yield page
    page.close()


def run(page: Page, index: int) -> Any:
    """Run a cell; its place on the page."""
    page.evaluate(RUN, index)
    return page.locator(".jp-Notebook-cell").nth(index)


def test_values_travel_both_ways(page: Page) -> None:
    figure = run(page, 0).locator(".ravine")
    expect(figure).to_be_visible(timeout=60_000)
    slider = figure.get_by_role("slider", name="condition number κ")
    expect(slider).to_have_attribute("aria-valuetext", "50")
    slider.press("ArrowRight")
    expect(slider).not_to_have_attribute("aria-valuetext", "50")
    moved = slider.get_attribute("aria-valuetext")
    expect(run(page, 1).locator(".jp-OutputArea-output")).to_have_text(f"{moved}\n", timeout=30_000)
    run(page, 2)
    expect(slider).to_have_attribute("aria-valuetext", "1", timeout=30_000)
    expect(figure.locator(".rv-readout p")).to_have_text("With momentum, the run diverges.")
    assert page.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0


def test_a_python_callback_answers(page: Page) -> None:
    figure = run(page, 3).locator(".ravine")
    expect(figure.locator("p")).to_have_text("The square is 4.", timeout=60_000)
    figure.get_by_role("slider", name="a").press("ArrowRight")
    expect(figure.locator("p")).to_have_text("The square is 9.", timeout=30_000)
