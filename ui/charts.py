"""Charts made of arrays: their specifications, and drawing them at the page's text size."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import streamlit as st

from ui import state
from vae_core.latent.normals import Normals

Chart = dict[str, Any]


def draw(chart: Chart, *, height: float, key: str | None = None, alt: str | None = None) -> None:
    """Draw a specification with text as large as the page's own; `height` is in rem, so the chart grows with it.

    As SVG: on a canvas ECharts paints a heat map over several frames, and goes on with that when the chart is gone, which is an error.
    """
    rem = state.rem()
    st.echarts_chart(_sized(chart, rem), height=round(height * rem), renderer="svg", key=key, alt=alt)


def densities(edges: np.ndarray, found: np.ndarray, expected: np.ndarray, names: Sequence[str]) -> Chart:
    """An ECharts specification of histograms side by side (D, densities between B + 1 edges), each under a curve (D, B)."""
    middles = [round(float(low + high) / 2, 4) for low, high in pairwise(edges)]
    share, chart = 100 / len(names), Chart(animation=False, grid=[], xAxis=[], yAxis=[], series=[])
    for place, (name, column, curve) in enumerate(zip(names, found, expected, strict=True)):
        at = {"xAxisIndex": place, "yAxisIndex": place}
        bars, line = ([[x, round(float(y), 4)] for x, y in zip(middles, heights, strict=True)] for heights in (column, curve))
        box = {"left": f"{place * share + 1}%", "width": f"{share - 2}%", "top": 8, "bottom": 40, "outerBoundsMode": "none"}
        chart["grid"].append(box)
        chart["xAxis"].append(_plain_axis(float(edges[0]), float(edges[-1])) | {"gridIndex": place, "name": name, "nameGap": 22})
        chart["yAxis"].append({"type": "value", "show": False, "gridIndex": place})
        chart["series"] += [
            {"type": "bar", "data": bars, "barWidth": "100%", "color": "#5B5BD6", "itemStyle": {"opacity": 0.55}, **at},
            {"type": "line", "data": line, "showSymbol": False, "color": "#D9730D", "lineStyle": {"width": 2}, **at},
        ]
    return chart


def _plain_axis(low: float, high: float) -> Chart:
    """A numbered axis without lines across the plane."""
    return {
        "type": "value",
        "min": low,
        "max": high,
        "splitLine": {"show": False},
        "axisLabel": {"showMinLabel": False, "showMaxLabel": False},
        "nameLocation": "middle",
    }


def bars(names: Sequence[str], values: Sequence[float], unit: str) -> Chart:
    """An ECharts specification of one bar per name."""
    return {
        "animation": False,
        "grid": {"left": 48, "right": 8, "top": 8, "bottom": 24, "outerBoundsMode": "none"},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "category", "data": list(names), "axisTick": {"show": False}},
        "yAxis": {"type": "value", "name": unit, "nameLocation": "middle", "nameGap": 32},
        "series": [{"type": "bar", "data": [round(float(value), 3) for value in values], "color": "#5B5BD6"}],
    }


def density_map(values: np.ndarray, density: np.ndarray, hole: np.ndarray, radius: float, prior: Normals) -> Chart:
    """An ECharts specification of a density, (G, G) with a row for each z2, at values (G,).

    Each component of the prior is drawn at one and two standard deviations, the biggest hole as a circle of that radius. On a square its
    axes are square, too: there is as much room beside the plane as there is above and below it.
    """
    most = max(max(row) for row in density) or 1.0
    components = zip(prior.means, prior.deviations, strict=True)
    cells = [[x, y, round(float(value) / most, 3)] for y, row in enumerate(density) for x, value in enumerate(row) if value > 0.005 * most]
    half_cell = (values[1] - values[0]) / 2
    grid = {"type": "category", "data": [f"{value:.2f}" for value in values], "show": False}
    plane = _plain_axis(float(values[0] - half_cell), float(values[-1] + half_cell)) | {"position": "bottom"}
    return {
        "animation": False,
        "grid": {"left": 40, "right": 8, "top": 8, "bottom": 40, "outerBoundsMode": "none"},
        "xAxis": [{**grid}, {**plane, "name": "z1", "nameGap": 22}],
        "yAxis": [{**grid}, {**plane, "name": "z2", "nameGap": 22, "position": "left"}],
        "visualMap": {"show": False, "min": 0, "max": 0.6, "inRange": {"color": ["rgba(91,91,214,0)", "#5B5BD6"]}, "seriesIndex": 0},
        "series": [
            {"type": "heatmap", "name": "codes", "data": cells},
            *(_ellipse(mean, size * radii, "#D9730D", "dashed") for mean, radii in components for size in (1, 2)),
            _ellipse(hole, np.full(2, radius), "#D6336C", "solid"),
        ],
    }


def _sized(chart: Chart, rem: float) -> Chart:
    """The same chart for text of 0.875 rem: what makes room for text was measured for 12 pixels."""
    text, scale = 0.875 * rem, 0.875 * rem / 12

    def axis(one: Chart) -> Chart:
        label, name = {**one.get("axisLabel", {}), "fontSize": text}, {"fontSize": text}
        return {**one, "axisLabel": label, "nameTextStyle": name, "nameGap": round(one.get("nameGap", 15) * scale)}

    def box(one: Chart) -> Chart:
        return {name: round(value * scale) if isinstance(value, int) else value for name, value in one.items()}

    def each(change: Callable[[Chart], Chart], found: Chart | list[Chart]) -> Chart | list[Chart]:
        return [change(one) for one in found] if isinstance(found, list) else change(found)

    sized = {"grid": each(box, chart["grid"]), "xAxis": each(axis, chart["xAxis"]), "yAxis": each(axis, chart["yAxis"])}
    tooltip = {"tooltip": {**chart["tooltip"], "textStyle": {"fontSize": text}}} if "tooltip" in chart else {}
    legend = {"legend": {**chart["legend"], "textStyle": {"fontSize": text}}} if "legend" in chart else {}
    return {**chart, **tooltip, **legend, **sized}


def _ellipse(centre: np.ndarray, radii: np.ndarray, colour: str, kind: str) -> Chart:
    turns = np.linspace(0, 2 * np.pi, 73)
    points = (centre + radii * np.stack([np.cos(turns), np.sin(turns)], axis=1)).round(3).tolist()
    style = {"width": 1.5, "type": kind}
    return {"type": "line", "xAxisIndex": 1, "yAxisIndex": 1, "data": points, "showSymbol": False, "color": colour, "lineStyle": style}
