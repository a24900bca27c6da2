"""The compression bench: a code of fewer and fewer bits beside picture files that err as much, and what may be compared with what."""

import math

import streamlit as st

from ui import charts, state
from ui.charts import Chart
from ui.glossary import term
from ui.measured import measured
from ui.picture_row import picture_row
from ui.state import Widgets
from vae_core.applications import compression
from vae_core.applications.compression import BITS, FORMATS, Compressed
from vae_core.applications.questions import Question
from vae_core.runs.run import Run

KEY = Widgets.EXPERIMENTS
DOING = f"Compressing {compression.MOST} images in {len(BITS) + len(FORMATS)} ways."
USUAL = "4"
LEVELS = [str(bits) for bits in BITS]
NAMES = {"WEBP": "WebP", "JPEG": "JPEG"}
COLOURS = {"WEBP": "#0E9F8E", "JPEG": "#D9730D"}
WARNING = "A code is worth its bits only together with the decoder, which both sides have to have. {comparison}"


def compression_view(run: Run) -> None:
    """Draw sizes and errors, with a choice of the bits of a code."""
    is_discrete = run.config.model.traits.is_discrete
    level = 0 if is_discrete else LEVELS.index(_choose_bits())
    arrays = measured(Question("compression", run), DOING)
    if arrays is None:
        return
    found = Compressed(**arrays)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        charts.draw(_chart(found, level), height=20, key=KEY.of("rate"), alt="Squared error over bytes, of codes and of picture files")
        st.caption(f"Squared error per pixel over bytes per image; a {term('quantised', 'code with fewer bits')} is to the left.")
    with right:
        _rows(found, level, is_discrete)
    _explain(run, found)


def _choose_bits() -> str:
    key = KEY.of("bits")
    state.initialise(key, state.requested(state.BITS, LEVELS), USUAL)
    chosen = str(st.select_slider("Bits of each latent dimension", LEVELS, key=key, width=320))
    state.update_url(bits="" if chosen == USUAL else chosen)
    return chosen


def _chart(found: Compressed, level: int) -> Chart:
    """An ECharts specification of squared error over bytes, both on logarithmic axes: the code with its bits, and a point for each file."""
    code = [[_bytes(bits), round(float(error), 5)] for bits, error in zip(found.code_bits, found.code_errors, strict=True)]
    here = {"symbol": "circle", "symbolSize": 16, "label": {"show": False}, "data": [{"coord": code[level]}]}
    files = [
        {"type": "scatter", "name": NAMES[kind], "data": [[_bytes(bits), round(float(error), 5)]], "color": COLOURS[kind], "symbolSize": 12}
        for kind, bits, error in zip(FORMATS, found.file_bits, found.file_errors, strict=True)
    ]
    axis = {"type": "log", "nameLocation": "middle", "splitLine": {"show": False}}
    return {
        "animation": False,
        "grid": {"left": 64, "right": 16, "top": 40, "bottom": 40, "outerBoundsMode": "none"},
        "legend": {"top": 0, "left": 0, "itemGap": 16},
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": {**axis, "name": "bytes per image", "nameGap": 24},
        "yAxis": {**axis, "name": "squared error", "nameGap": 46},
        "series": [{"type": "line", "name": "Code", "data": code, "color": "#6366F1", "symbolSize": 7, "markPoint": here}, *files],
    }


def _bytes(bits: float) -> float:
    return round(float(bits) / 8, 2)


def _facts(bits: float, error: float) -> str:
    return f"{bits / 8:,.1f} bytes · error {error:.4f}"


def _rows(found: Compressed, level: int, is_discrete: bool) -> None:
    """Draw some images by each way of telling them."""
    pixels = found.images[0].size
    picture_row("Pixels", f"{pixels:,} bytes, as they are", found.images)
    name = "Map of codes" if is_discrete else f"Code, {BITS[level]} bit{'s' if BITS[level] > 1 else ''} each"
    picture_row(name, _facts(found.code_bits[level], found.code_errors[level]), found.code_images[level])
    if not is_discrete:
        st.caption(f"Without rounding the code, the squared error is {float(found.exact_error):.4f}.")
    for kind, bits, empty, error, images in zip(
        FORMATS, found.file_bits, found.empty_bits, found.file_errors, found.file_images, strict=True
    ):
        picture_row(NAMES[kind], f"{_facts(bits, error)}; a blank image takes {empty / 8:,.0f} bytes", images)


def _explain(run: Run, found: Compressed) -> None:
    model = run.config.model
    if math.isfinite(found.kl_bits):
        least = float(found.kl_bits)
        linked = term("kl", "KL / ln 2")
        meaning = "what a draw from the posterior takes with an ideal coder, if both sides know the prior"
        st.markdown(f"**{least:.1f} bits** ({least / 8:.1f} bytes) is {linked}: {meaning}.")
    cost = (run.card() or {}).get("elbo")
    if model.scoring.is_probability and model.traits.is_bound and cost is not None:
        bits = -cost / math.log(2)
        st.markdown(
            f"**{bits / 8:,.1f} bytes** is {term('elbo', '−ELBO / ln 2')}: what an image takes without any error, by an ideal coder."
        )
    st.caption(WARNING.format(comparison=model.scoring.comparison))
