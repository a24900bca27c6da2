"""The denoising bench: two models on the same noisy images, beside a median filter and doing nothing."""

import numpy as np
import streamlit as st

from ui import charts, state
from ui.charts import Chart
from ui.chosen_run import explorable
from ui.glossary import term
from ui.markdown import escape
from ui.measured import measured
from ui.picture_row import picture_row
from ui.state import Widgets
from vae_core.applications import denoising, images
from vae_core.applications.denoising import SIGMAS, Denoised, psnr
from vae_core.applications.questions import Question
from vae_core.runs import titles
from vae_core.runs.run import Run

KEY = Widgets.EXPERIMENTS
DOING = f"Denoising {denoising.MOST} images at {len(SIGMAS)} levels of noise."
USUAL, NOBODY = 0.3, ""
LEVELS = [f"{sigma:g}" for sigma in SIGMAS[1:]]
NOISY, MEDIAN = "Noisy image", "3 × 3 median"
COLOURS = ("#64748B", "#0E9F8E", "#6366F1", "#D9730D")


def denoising_view(run: Run) -> None:
    """Draw what the model makes of noise, and another one if that is wished."""
    dataset = images.dataset(run)
    others = {other.id: other for other in explorable() if other.id != run.id and denoising.fits(other, dataset)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        beside, sigma = _choose_other(run, others), _choose_sigma()
    left, right = st.columns([2, 3], gap="medium")
    found: dict[str, Denoised] = {}
    for one in [run, *([others[beside]] if beside else [])]:  # who is waited for comes below those who are there
        arrays = measured(Question("denoising", one, {"of": run.id}, (dataset,)), DOING)
        if arrays is not None:
            found[titles.unique(one.title, found)] = Denoised(**arrays)
    if not found:
        return
    with left:
        charts.draw(_chart(_errors(found), sigma), height=20, key=KEY.of("psnr"), alt="PSNR over the noise, of models and filters")
        st.caption(f"{term('psnr', 'PSNR')} over the standard deviation of the noise; the higher, the nearer to the clean images.")
    with right:
        _examples(found, sigma)
    _verdict(found, sigma)


def _choose_other(run: Run, others: dict[str, Run]) -> str:
    """Draw the choice of a model to compare with; empty for none."""
    key = KEY.of("beside", run.id)
    state.initialise(key, state.requested(state.BESIDE, list(others)), NOBODY)
    if st.session_state[key] not in others:
        st.session_state[key] = NOBODY
    beside: str = st.selectbox(
        "Beside it",
        [NOBODY, *others],
        format_func=lambda name: others[name].title if name else "No other model beside it",
        key=key,
        width=300,
        label_visibility="collapsed",
    )
    state.update_url(beside=beside)
    return beside


def _choose_sigma() -> float:
    """Draw the choice of the noise of the example images."""
    key = KEY.of("sigma")
    state.initialise(key, state.requested(state.SIGMA, LEVELS), f"{USUAL:g}")
    chosen = str(st.select_slider("Noise σ", LEVELS, key=key, width=320))
    state.update_url(sigma="" if chosen == f"{USUAL:g}" else chosen)
    return float(chosen)


def _errors(found: dict[str, Denoised]) -> dict[str, np.ndarray]:
    """Mean squared errors by what made them: those without a model first."""
    one = next(iter(found.values()))
    return {NOISY: one.noisy, MEDIAN: one.median, **{title: denoised.model for title, denoised in found.items()}}


def _chart(errors: dict[str, np.ndarray], sigma: float) -> Chart:
    """An ECharts specification of PSNR over noise, a line for each; without noise, the noisy image is the clean one and has none."""
    lines = [
        {
            "type": "line",
            "name": name,
            "data": [[x, round(float(y), 2)] for x, y in zip(SIGMAS, psnr(values), strict=True) if np.isfinite(y)],
            "color": colour,
            "symbolSize": 6,
            "lineStyle": {"width": 2, "type": "dashed" if name == NOISY else "solid"},
        }
        for (name, values), colour in zip(errors.items(), COLOURS, strict=False)
    ]
    lines[0]["markLine"] = {"symbol": "none", "silent": True, "label": {"show": False}, "data": [{"xAxis": sigma}]}
    return {
        "animation": False,
        "grid": {"left": 48, "right": 12, "top": 40, "bottom": 40, "outerBoundsMode": "none"},
        "legend": {"type": "scroll", "top": 0, "left": 0, "itemGap": 16},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "max": SIGMAS[-1], "name": "noise σ", "nameLocation": "middle", "nameGap": 24},
        "yAxis": {"type": "value", "scale": True, "name": "dB", "nameLocation": "middle", "nameGap": 30},
        "series": lines,
    }


def _examples(found: dict[str, Denoised], sigma: float) -> None:
    """Draw some images at the chosen noise, with the errors over all images."""
    level, one = SIGMAS.index(sigma), next(iter(found.values()))
    picture_row("Clean", "held-out images", one.clean)
    made = {NOISY: one.noisy_images, MEDIAN: one.median_images, **{title: denoised.model_images for title, denoised in found.items()}}
    for (name, errors), stages in zip(_errors(found).items(), made.values(), strict=True):
        picture_row(escape(name), f"{psnr(errors)[level]:.1f} dB · {errors[level]:.4f}", stages[level])
    st.caption(f"dB, and squared error per pixel, over up to {denoising.MOST} held-out images.")


def _verdict(found: dict[str, Denoised], sigma: float) -> None:
    """Say in words whether a model is worth it at the chosen noise."""
    level = SIGMAS.index(sigma)
    for name, denoised in found.items():
        than = {"doing nothing": denoised.noisy[level], "a median filter": denoised.median[level]}
        better = [words for words, error in than.items() if denoised.model[level] < error]
        worse = [words for words in than if words not in better]
        said = [f"{how} than {' and than '.join(words)}" for how, words in (("better", better), ("worse", worse)) if words]
        st.markdown(f"At σ = {sigma:g}, **{escape(name)}** is {', and '.join(said)}.")
