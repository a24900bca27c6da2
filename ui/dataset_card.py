"""The card of the pictures to learn from: which data set, what it looks like, how to bring one. Trains nothing."""

import streamlit as st

from ui import cached, state
from ui.boundary import boundary
from ui.import_form import just_made
from ui.markdown import escape
from ui.picture import show_png
from ui.state import Widgets
from vae_core import data
from vae_core.data import DatasetInfo
from vae_core.data.own import damaged, delete
from vae_core.errors import DataError

KEY = Widgets.TRAIN
DATASET = KEY.of("dataset")


def choose_dataset() -> str:
    """Draw the choice of a data set and what is in the chosen one; return its name."""
    names = data.names()
    made = just_made(names)
    state.initialise(DATASET, state.requested(state.DATASET, names), names[0])
    if made or st.session_state[DATASET] not in names:
        st.session_state[DATASET] = made or names[0]
    dataset = st.selectbox("Data set", names, format_func=lambda name: data.describe(name).title, key=DATASET, on_change=begin_anew)
    with st.container():  # however much it shows, what is below stays the same element
        if data.is_available(dataset):
            _show_dataset(data.describe(dataset))
        else:
            _offer_download(dataset)
        _show_damaged()
    return dataset


def begin_anew() -> None:
    """Other data or another preset starts with its own values."""
    state.update_url(settings="", recipe="")


def _show_dataset(info: DatasetInfo) -> None:
    """Draw some of its images, its facts and, for an own set, the button that deletes it."""
    try:
        show_png(cached.sample_strip(info.name), alt=escape(f"Some pictures of {info.title}"))
    except DataError as error:
        st.error(escape(str(error)), icon=":material/broken_image:")
    channels, height, width = info.image_shape
    count = f"{len(info.class_names)} class{'es' if len(info.class_names) > 1 else ''}" if info.class_names else "no classes"
    facts = (f"{info.count:,} images", f"{height} × {width}", "grey" if channels == 1 else "colour", count, escape(info.licence))
    st.caption(f"{escape(info.about)} {' · '.join(facts)}")
    if info.own and st.button("Delete this data set", icon=":material/delete:", type="tertiary", key=KEY.of("delete")):
        _delete(info.name, info.title)


def _show_damaged() -> None:
    """Draw own sets that are damaged, with the buttons that delete them."""
    for name, sentence in damaged().items():
        st.error(escape(sentence), icon=":material/broken_image:")
        if st.button(f"Delete {escape(name)}", icon=":material/delete:", type="tertiary", key=KEY.of("delete", name)):
            _delete(name, name)


@st.dialog("Delete the data set?")
def _delete(name: str, title: str) -> None:
    st.text(f"“{title}” goes to the trash folder beside your data sets; nothing is erased.")
    st.text("Models trained on it stay and can be explored; only an unfinished training on it cannot be resumed.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key=KEY.of("delete", "confirm")):
            with boundary():
                delete(name)
                state.announce(f"{title} is in the trash")
                st.rerun()
        if st.button("Keep it", key=KEY.of("delete", "cancel")):
            st.rerun()


def _offer_download(dataset: str) -> None:
    info = data.describe(dataset)
    st.caption(f"{escape(info.about)} It is not on this computer yet (about {info.download_mb} MB); the built-in sets need no download.")
    if st.button(f"Download {escape(info.title)}", icon=":material/download:", key=KEY.of("download")):
        bar = st.progress(0.0, f"Downloading {escape(info.title)}")

        def progress(fraction: float, sentence: str) -> None:
            bar.progress(min(1.0, fraction), escape(sentence))

        with boundary():
            data.download(dataset, progress)
            state.announce(f"{info.title} is here")
            st.rerun()
