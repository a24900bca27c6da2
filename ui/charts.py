"""Arrays in, figure out: specifications of charts. Makes no Streamlit call."""

import math
from collections.abc import Sequence

TRAIN, VALIDATION = "training", "validation"


def losses(records: Sequence[dict], fields: Sequence[tuple[str, str]], colours: Sequence[str]) -> dict:
    """An ECharts specification of losses in nats per image over epochs.

    records: lines of metrics.jsonl; fields: (key, name) pairs. Training is a thin line, validation a strong one with
    dots. The axis leaves out the first plunge, so that what happens later can be seen.
    """
    series = []
    for (key, name), colour in zip(fields, colours, strict=True):
        for split, label in (("train", TRAIN), ("validation", VALIDATION)):
            points = [[round(record["epoch"], 4), round(record[key], 3)] for record in records if record["split"] == split]
            series.append(_line(f"{name}, {label}", points, colour, strong=split == "validation"))
    return {
        "animation": False,
        "grid": {"left": 56, "right": 16, "top": 36, "bottom": 40, "outerBoundsMode": "none"},
        "legend": {"top": 0, "left": 0, "icon": "roundRect", "itemHeight": 4, "itemWidth": 16},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 26, "min": 0, "max": "dataMax"},
        "yAxis": {
            "type": "value",
            "scale": True,
            "name": "nats per image",
            "nameLocation": "middle",
            "nameGap": 40,
            **_top(records, fields),
        },
        "series": series,
    }


def _line(name: str, points: list[list[float]], colour: str, *, strong: bool) -> dict:
    return {
        "type": "line",
        "name": name,
        "data": points,
        "showSymbol": strong,
        "symbolSize": 6,
        "color": colour,
        "lineStyle": {"width": 2.5 if strong else 1, "opacity": 1.0 if strong else 0.55},
    }


def _top(records: Sequence[dict], fields: Sequence[tuple[str, str]]) -> dict[str, float]:
    """An upper limit that leaves out the first fifth of the training records once there are enough of them."""
    values = sorted(record[fields[0][0]] for record in records if record["split"] == "train")
    if fields[0][0] == "kl" or len(values) < 20:
        return {}
    return {"max": math.ceil(values[int(0.8 * len(values))] / 10) * 10}
