"""From one image to another through the latent space: paths, corners, sums and directions. The browser decodes."""

import streamlit as st

from ui import cached, inputs, state
from ui.availability import why_missing
from ui.chosen_run import chosen_run
from ui.components.interpolation import IMAGES, Mode, View, interpolation, parse_view, settings_of
from ui.components.side_sheet import beside
from ui.frame import page
from ui.markdown import escape
from ui.slots import Slots, usual_samples
from ui.state import Widgets
from vae_core.runs.run import Run

MODES: dict[Mode, str] = {
    "path": "From A to B",
    "corners": "Four corners",
    "arithmetic": "A − B + C",
    "direction": "Towards a class",
}

MODE, ON_SCREEN = Widgets.INTERPOLATE.of("mode"), Widgets.INTERPOLATE.of("on_screen")


def choose_mode(run: Run) -> Mode:
    """Draw the ways from image to image as a row of buttons and return the chosen one.

    There is none towards a class where a model is told the class, for its codes do not have it.
    """
    modes = [mode for mode in MODES if mode != "direction" or not run.config.model.traits.is_conditional]
    state.initialise(MODE, state.requested(state.MODE, modes), "path")
    if st.session_state[MODE] not in modes:
        st.session_state[MODE] = "path"
    mode: Mode | None = st.segmented_control(
        "What to do",
        modes,
        default=st.session_state[MODE],
        format_func=MODES.__getitem__,
        key=MODE,
        label_visibility="collapsed",
        required=True,
        wrap=True,
    )
    return mode or "path"


def start_of(mode: Mode, place: state.Key) -> View:
    """Where a view begins: where the URL says, else where it was left. While it is on the screen, that stays the same."""
    left = Widgets.INTERPOLATE.of(mode, "left")
    is_requested = (state.requested(state.MODE, list(MODES)) or "path") == mode
    state.initialise(ON_SCREEN, ("", View()), ("", View()))
    state.initialise(left, parse_view(mode, state.requested_settings()) if is_requested else None, st.session_state.get(left, View()))
    if st.session_state[ON_SCREEN][0] != place:
        st.session_state[ON_SCREEN] = (place, st.session_state[left])
    start: View = st.session_state[ON_SCREEN][1]
    return start


def show(run: Run, mode: Mode, slots: Slots) -> None:
    """Draw the images and what lies between them, and say in the URL what is on the screen."""
    place = Widgets.INTERPOLATE.of(run.id, mode)
    start, stage = start_of(mode, place), st.container()
    chosen = slots.images()
    samples, usual = [one.sample for one in chosen], usual_samples(run, len(chosen))
    with stage:
        view = interpolation(
            cached.map_bundle(run),
            images=[one.image for one in chosen],
            titles=[one.title for one in chosen],
            mode=mode,
            key=place,
            start=start,
            choosing=slots.open,
            on_change=slots.close,
            on_choose=lambda: slots.toggle(int(st.session_state[place]["choose"])),
        )
    st.session_state[Widgets.INTERPOLATE.of(mode, "left")] = view
    named = "" if None in samples or samples == usual else ",".join(map(str, samples))
    state.update_url(mode="" if mode == "path" else mode, samples=named, settings=state.as_settings(settings_of(mode, view)))


ABOUT = "[Interpolation](#term-interpolation): the [codes](#term-code) of images are mixed, not their pixels"

with page("Interpolate", ABOUT) as bar:
    run = chosen_run(bar)
    if run.config.model.traits.is_discrete:
        st.info(
            "This model’s codes are numbers of a codebook: between two of them there is nothing to interpolate.", icon=":material/grid_on:"
        )
        st.page_link(
            state.LATENT_MAP, label="Paint with its codes", icon=":material/explore:", query_params=state.link(state.LATENT_MAP, run)
        )
        st.stop()
    if not inputs.has_samples(run):
        st.info(escape(why_missing(run, "its images")), icon=":material/hourglass_empty:")
        st.stop()
    with st.container(horizontal=True, vertical_alignment="center"):
        mode = choose_mode(run)
        slots = Slots(run, IMAGES[mode], Widgets.INTERPOLATE)
        st.button("Shuffle", icon=":material/casino:", on_click=slots.shuffle, key=Widgets.INTERPOLATE.of("shuffle"))
    with beside():
        show(run, mode, slots)
