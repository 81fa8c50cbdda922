"""Figures for a phone: nothing is lost, nothing is wider than the screen, the wide layout stays as it was."""

import ast
import runpy

import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import ROOT

from ravine import plotting
from ravine._narrow import WIDTH, narrow, settle


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("grid", [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (4, 4)])
@pytest.mark.parametrize("squeeze", [False, True])
def test_the_axes_come_in_the_shape_that_was_asked_for(grid, squeeze):
    wide, wanted = plotting.figure(*grid, squeeze=squeeze)
    with narrow():
        fig, axes = plotting.figure(*grid, width=8.0, squeeze=squeeze)
    assert np.shape(axes) == np.shape(wanted) and len(fig.axes) == len(wide.axes)
    assert {id(ax) for ax in np.ravel(axes)} == {id(ax) for ax in fig.axes}
    assert fig.get_figwidth() == WIDTH
    boxes = sorted((round(ax.get_position().y0, 6), round(ax.get_position().x0, 6)) for ax in fig.axes)
    assert len(set(boxes)) == len(boxes), "two panels in one place"
    assert len({x for _, x in boxes}) <= (1 if len(boxes) <= 4 else 2)


def test_the_next_wide_figure_is_as_before():
    before = dict(plt.rcParams)
    with pytest.raises(RuntimeError), narrow():
        plotting.figure()
        raise RuntimeError
    fig, _ = plotting.figure()
    before |= {name: plt.rcParams[name] for name in plotting._STYLE}
    assert fig.get_size_inches().tolist() == [plotting.WIDTH, plotting.HEIGHT]
    assert dict(plt.rcParams) == before
    assert plt.rcParams["axes.labelsize"] == 11


@pytest.mark.parametrize(
    ("how", "groups"),
    [
        (True, [[0, 1, 2, 3, 4, 5]]),
        ("row", [[0, 1, 2], [3, 4, 5]]),
        ("col", [[0, 3], [1, 4], [2, 5]]),
        (False, []),
    ],
)
def test_panels_share_the_axes_that_they_share_when_wide(how, groups):
    with narrow():
        _, axes = plotting.figure(2, 3, sharey=how)
    flat = list(axes.flat)
    for k, ax in enumerate(flat):
        together = next((group for group in groups if k in group), [k])
        siblings = ax.get_shared_y_axes().get_siblings(ax)
        assert {flat.index(other) for other in siblings} == set(together)


@pytest.mark.parametrize(
    ("grid", "places"),
    [
        ((1, 2), ["top", "bottom"]),
        ((1, 3), ["top", "middle", "bottom"]),
        ((2, 2), ["top left", "top right", "bottom left", "bottom right"]),
        ((4, 4), []),
        ((2, 1), []),
    ],
)
def test_a_panel_that_moves_says_what_captions_call_it(grid, places):
    with narrow():
        _, axes = plotting.figure(*grid, squeeze=False)
    assert [text.get_text() for ax in axes.flat for text in ax.texts] == places


def test_a_panel_takes_the_name_of_the_axis_that_it_shares():
    with narrow():
        fig, (left, right) = plotting.figure(1, 2, sharey=True)
        left.set(xlabel="step", ylabel="cost")
        settle(fig)
    assert right.get_ylabel() == "cost"
    assert right.get_xlabel() == "", "their horizontal axes are not shared"


def test_the_legend_of_a_single_panel_covers_none_of_it():
    with narrow():
        fig, ax = plotting.figure()
        for name in ("one", "two", "three"):
            ax.plot([0, 1], label=name)
        ax.legend(ncols=3)
        settle(fig)
    fig.draw_without_rendering()
    [legend] = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two", "three"]
    assert ax.get_legend() is None
    assert legend.get_window_extent().y1 <= ax.get_window_extent().y0
    assert legend.get_window_extent().x1 <= fig.bbox.x1


def test_long_names_along_an_axis_are_broken():
    with narrow():
        fig, ax = plotting.figure()
        ax.set_yticks([0, 1], ["seven hidden layers, batches of 10", "Adam"])
        settle(fig)
    fig.draw_without_rendering()
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["seven hidden\nlayers, batches\nof 10", "Adam"]
    assert ax.get_window_extent().width > 0.5 * fig.bbox.width


def test_every_assigned_call_of_a_cell_is_drawn_again():
    drawings = runpy.run_path(str(ROOT / "tools" / "kernel" / "narrow_figures.py"))["drawings"]
    cell = "race = ic.race(20)\nfig = race.plot()\nx = 3\nother = saddles(a=1).plot(whole=False)\nrace.plot()"
    assert [(name, ast.unparse(call)) for name, call in drawings(cell)] == [
        ("race", "ic.race(20)"),
        ("fig", "race.plot()"),
        ("other", "saddles(a=1).plot(whole=False)"),
    ]
