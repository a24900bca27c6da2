"""From one image to another through the latent space: paths, corners, sums and directions. The browser decodes."""

import streamlit as st

from ui import cached, inputs, state
from ui.components.morph import View, morph
from ui.frame import page
from ui.inputs import Chosen
from ui.models import chosen_run
from vae_core.pictures import png
from vae_core.runs import Run

MODES = {
    "path": ("From A to B", "AB"),
    "corners": ("Four corners", "ABCD"),
    "arithmetic": ("A − B + C", "ABC"),
    "direction": ("Towards a class", "A"),
}
SLOT_SIDE = 84


def place_key(run: Run, letter: str) -> str:
    return f"interpolate.{run.id}.{letter}.place"


def begin(run: Run, letters: str) -> None:
    """Where there is no choice yet: the images that the URL names, else samples of different classes."""
    missing = [letter for letter in letters if place_key(run, letter) not in st.session_state]
    if missing:
        asked = state.samples_in_url(len(cached.originals(run).images))
        places = asked if len(asked) == len(letters) else inputs.different_samples(run, len(letters))
        for letter, place in zip(letters, places, strict=True):
            st.session_state.setdefault(place_key(run, letter), place)


def shuffle(run: Run, letters: str) -> None:
    """Other samples, of different classes, in all slots."""
    for letter, place in zip(letters, inputs.different_samples(run, len(letters)), strict=True):
        st.session_state[place_key(run, letter)] = place
        st.session_state[f"interpolate.{run.id}.{letter}.source"] = "Sample"


def slot(run: Run, letter: str) -> Chosen:
    """One image: what it is, and how to take another. Until a source gives one, it is the sample."""
    key = f"interpolate.{run.id}.{letter}"
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        picture = st.empty()
        with st.popover(letter, icon=":material/edit:", help=f"Choose image {letter}"):
            chosen = inputs.choose(run, inputs.choose_source(run, key), key) or inputs.sample(run, st.session_state[place_key(run, letter)])
    scale = max(1, SLOT_SIDE // chosen.image.shape[2])
    tile = chosen.image.transpose(1, 2, 0)
    picture.image(png(tile[..., 0] if tile.shape[2] == 1 else tile, scale), width=SLOT_SIDE)
    return chosen


with page("Interpolate"):
    run = chosen_run()
    if not inputs.has_samples(run):
        st.info("This model's training has not ended yet; its images come with its end.")
        st.stop()
    bundle, asked_mode = cached.map_bundle(run), st.query_params.get(state.MODE)
    mode = st.segmented_control(
        "What to do",
        MODES,
        default=asked_mode if asked_mode in MODES else "path",
        format_func=lambda name: MODES[name][0],
        key="interpolate.mode",
        label_visibility="collapsed",
    )
    mode = mode or "path"
    letters = MODES[mode][1]
    begin(run, letters)
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = [slot(run, letter) for letter in letters]
        st.button("Shuffle", icon=":material/casino:", on_click=shuffle, args=(run, letters), key="interpolate.shuffle")
    places = [one.sample for one in chosen]
    samples = "" if None in places else ",".join(map(str, places))
    state.show_in_url(run, mode=mode, samples=samples)
    morph(
        bundle,
        images=[one.image for one in chosen],
        titles=[one.title for one in chosen],
        mode=mode,
        key=f"interpolate.{run.id}.{mode}",
        start=View(),
    )
