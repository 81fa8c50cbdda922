"""The gallery of the zoo: complete tables, and panels that show their entry."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ravine import zoo
from ravine.experiments import zoo_gallery


@pytest.mark.parametrize("table", [zoo_gallery.formulae, zoo_gallery.facts])
def test_tables_list_every_entry_with_all_its_columns(table):
    made = table()
    assert [row[0] for row in made.rows] == [f"`{name}`" for name in zoo.NAMES]
    assert all(len(row) == len(made.header) and all(row) for row in made.rows)
    lines = made._repr_markdown_().splitlines()
    assert {line.count("|") for line in lines} == {len(made.header) + 1}, "a bar inside a cell"


def test_every_critical_point_is_in_its_table_row():
    for name, row in zip(zoo.NAMES, zoo_gallery.facts().rows, strict=True):
        objective = zoo.get(name)
        assert row[2].count("$(") == len(objective.critical_points)
        sides = row[1].strip("$").removesuffix("^2").split(r" \times ")
        assert len(sides) == len(set(objective.domain)) and row[1].endswith("^2$") == (
            len(sides) < objective.n
        )


def test_thumbnails_mark_the_critical_points_inside_the_box():
    figure = zoo_gallery.thumbnails()
    panels = {ax.get_title("left"): ax for ax in figure.axes if ax.get_title("left")}
    assert tuple(panels) == zoo.NAMES
    for name, ax in panels.items():
        objective = zoo.get(name)
        marked = [line for line in ax.lines if len(line.get_xdata()) == 1]
        assert [line.get_marker() for line in marked] == [
            zoo_gallery.MARKERS[point.kind] for point in objective.critical_points
        ]
        at = [line.get_xdata()[0] for line in marked]
        np.testing.assert_allclose(at, [point.theta[0] for point in objective.critical_points])
        assert tuple(ax.get_xticks()) == objective.domain[0]
    plt.close(figure)


def test_unknown_entries_are_refused():
    with pytest.raises(ValueError, match="name: got 'zebra'"):
        zoo_gallery.thumbnails(["zebra"])
