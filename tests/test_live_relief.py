"""Scales of colours and marks of minima: in Python, in the front end, and against what is known."""

from __future__ import annotations

import json
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy as sp
from javascript import Module
from scipy.optimize import minimize
from test_live import FRONT

from ravine import problems, zoo
from ravine.live import _relief, static
from ravine.live.figures import local_minima

PLANES = [name for name in zoo.NAMES if zoo.get(name).n == 2]


def grid(objective: Any, n: int = _relief.SIDE) -> tuple[Any, Any]:
    return tuple(np.linspace(low, high, n) for low, high in objective.domain)


def known(objective: Any) -> list[tuple[float, ...]]:
    (left, right), (bottom, top) = objective.domain
    return sorted({tuple(point.theta) for point in objective.critical_points if point.kind == "minimum"
                   and left < point.theta[0] < right and bottom < point.theta[1] < top})  # fmt: skip


@pytest.mark.parametrize("name", PLANES)
def test_the_known_minima_are_found_on_both_sides(name: str) -> None:
    """Of a surface with a curved or flat floor no grid point is taken for a minimum either."""
    objective = zoo.get(name)
    x, y = grid(objective)
    found = _relief.minima(objective.value, x, y)
    for point in known(objective):
        assert np.abs(found - np.array(point)).max(-1).min() <= 2e-3 * (x[-1] - x[0]), point
    for point in found:
        eigenvalues = np.linalg.eigvalsh(objective.hess(point))
        assert eigenvalues.min() > -1e-6 * abs(eigenvalues).max()
        assert np.linalg.norm(objective.grad(point)) <= 1e-3 * eigenvalues.max() * (x[-1] - x[0])
    engine = Module(objective.javascript() + static.bundle())
    there = engine.get(f"""((xs, ys, p) => {{
        const surface = (theta) => value(theta, p), data = ys.flatMap((b) => xs.map((a) => surface([a, b])));
        return minima({{ shape: [ys.length, xs.length], data }}, xs, ys, surface);
    }})({json.dumps(x.tolist())}, {json.dumps(y.tolist())}, {json.dumps(dict(objective.parameters))})""")
    # Equally low ones may come in another order.
    there = np.array(there).reshape(-1, 2)
    near = np.abs(there[:, None] - found).max(-1)
    assert there.shape == found.shape
    assert not len(found) or max(near.min(0).max(), near.min(1).max()) <= 1e-6 * (x[-1] - x[0])


@pytest.mark.parametrize(("ratio", "entropy"), [(100, 0), (30, 0), (10, 0), (100, 1)])
def test_the_wells_are_those_that_scipy_finds(ratio: float, entropy: float) -> None:
    cost = problems.two_weights(ratio, entropy)
    x, y = grid(cost)
    ends = []
    for start in np.stack(np.meshgrid(*[np.linspace(-2, 12, 12)] * 2), -1).reshape(-1, 2):
        end = minimize(cost.value, start, jac=cost.grad, tol=1e-12).x
        H = cost.hess(end)
        if (
            np.linalg.eigvalsh(H).min() > 1e-7
            and np.linalg.norm(cost.grad(end)) < 1e-7
            and abs(end).max() < 12
        ):
            ends.append(end.round(2))
    want = np.unique(np.array(ends) + 0.0, axis=0)
    found = _relief.minima(cost.value, x, y)
    assert len(want) >= 1 and len(found) == len(want)
    for point in want:
        assert np.abs(found - point).max(-1).min() < 0.05


def test_a_curved_valley_has_one_minimum_however_coarse_the_grid() -> None:
    cost = zoo.get("rosenbrock")
    for n in (40, 77, 150, 300):
        found = _relief.minima(cost.value, *grid(cost, n))
        np.testing.assert_allclose(found, [[1, 1]], atol=1e-3, err_msg=f"{n} points a side")


def test_an_array_has_its_minima_marked_too() -> None:
    x, y = np.linspace(-2, 2, 61), np.linspace(-1, 1, 41)
    X, Y = np.meshgrid(x, y)
    found = _relief.minima((X**2 - 1) ** 2 + Y**2, x, y)
    np.testing.assert_allclose(found, [[-1, 0], [1, 0]], atol=1e-2)
    data = json.dumps({"shape": [41, 61], "data": ((X**2 - 1) ** 2 + Y**2).ravel().tolist()})
    there = FRONT.get(f"minima({data}, {json.dumps(x.tolist())}, {json.dumps(y.tolist())}, null)")
    np.testing.assert_allclose(there, found, atol=1e-9)


# The scale.

SUPER = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def height(text: str) -> float:
    """The number that a tick shows."""
    if text.startswith("10") and len(text) > 2 and text[2] in "⁻⁰¹²³⁴⁵⁶⁷⁸⁹":
        return float(10.0 ** int(text[2:].translate(SUPER)))
    return float(text.translate(SUPER))


def gauge(low: float, high: float, kind: Any, width: float = 300) -> Any:
    base = f"{low!r} - 1e-4 * ({high!r} - {low!r})" if kind is True else "0"
    f = "(z) => Math.log(z - base)" if kind else "(z) => z"
    tone = f"{{ low: {low!r}, high: {high!r}, base, f: {f} }}"
    return FRONT.get(f"((base) => gauge({tone}, {json.dumps(kind)}, 'cost J', {width}))({base})")


@pytest.mark.parametrize("width", [120, 300, 600])
@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [(0.0, 8.0, True), (0.00324, 0.0123, True), (-3.0, 5.0, True), (2.0, 9.0, False), (-1.0, 1.0, False),
     (1e-6, 10.0, "value"), (0.0, 1e12, True)],
)  # fmt: skip
def test_a_tick_stands_where_its_colour_is(low: float, high: float, kind: Any, width: float) -> None:
    """What the tick says is put through the colouring of the map, worked out here."""
    found = gauge(low, high, kind, width)
    above = low if "above its lowest" in found["title"] else 0.0
    assert (above == low) if kind is True else found["title"] == "cost J"

    def share(z: float) -> float:
        if kind is False:
            return (z - low) / (high - low)
        base = 0.0 if kind == "value" else low - 1e-4 * (high - low)
        return float(np.log((z - base) / (low - base)) / np.log((high - base) / (low - base)))

    inside = [(s, text) for s, text in found["marks"] if -1e-9 <= s <= 1 + 1e-9]
    assert len(inside) >= 2
    for s, text in inside:
        assert s == pytest.approx(share(above + height(text)), abs=1e-6)


def test_a_plain_has_a_scale_of_one_height() -> None:
    assert gauge(2.0, 2.0, True)["marks"] == [[0, "2"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ramp_climbs_evenly_in_luminance(theme: str) -> None:
    """Readable without colour vision, on light pages and dark: each colour lighter than the one before."""
    words = np.array(FRONT.get(f"ramp(THEMES.{theme})"), dtype=np.uint64)
    rgb = np.stack([(words >> shift) & 255 for shift in (0, 8, 16)], -1) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    lightness = 116 * np.cbrt(luminance) - 16
    assert (np.diff(lightness[::8]) > 0).all()
    assert lightness[-1] - lightness[0] > 35


def test_the_print_has_the_scale_and_the_crosses() -> None:
    fig = local_minima.wells().plot()
    (bar,) = (ax for ax in fig.axes if ax.get_label() == "<colorbar>")
    assert bar.get_ylabel().startswith("cost J above its lowest, 0.0032")
    crosses = next(line for line in fig.axes[0].lines if line.get_label() == "minimum")
    assert len(crosses.get_xdata()) == 9
    plt.close(fig)


def test_the_parabola_is_that_of_calculus() -> None:
    """Nine heights of a known parabola give its vertex."""
    u, v = sp.symbols("u v")
    poly = 3 * (u - sp.Rational(1, 5)) ** 2 + (u - sp.Rational(1, 5)) * (v + sp.Rational(1, 3)) + 2 * (
        v + sp.Rational(1, 3)) ** 2  # fmt: skip
    nine = [[float(poly.subs({u: i, v: j})) for i in (-1, 0, 1)] for j in (-1, 0, 1)]
    np.testing.assert_allclose(_relief._vertex(np.array(nine)), [1 / 5, -1 / 3], rtol=1e-12)
