"""Arrays in, figure out: specifications of charts. Makes no Streamlit call."""

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
        "grid": {"left": 8, "right": 12, "top": 36, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0, "icon": "roundRect", "itemHeight": 4, "itemWidth": 16},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 24, "min": 0},
        "yAxis": {"type": "value", "scale": True, "name": "nats per image", **_range(records, [key for key, _ in fields])},
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


def _range(records: Sequence[dict], keys: Sequence[str]) -> dict[str, float]:
    """Axis limits from all but the first tenth of an epoch (when there is more), with a little air."""
    settled = [record for record in records if record["epoch"] > 0.1] or records
    values = [record[key] for record in settled for key in keys]
    if not values:
        return {}
    low, high = min(values), max(values)
    air = 0.05 * (high - low) or 1.0
    return {"min": round(low - air, 1), "max": round(high + air, 1)}
