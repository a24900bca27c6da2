"""Picture files that a person gives a page: they stay for the session, so that coming back shows them. Knows no model and no page."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

import streamlit as st

from ui.components.paste import paste, take_photo
from ui.markdown import escape
from ui.state import Key
from vae_core.data.pictures.preparation import MAX_BYTES, named, suffixes

MAX_KEPT = 12
"""Files that stay when they are not in the field any more; the oldest go."""


@dataclass(frozen=True)
class Upload:
    """A foreign file under a foreign name."""

    title: str
    content: bytes = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """Sha256 of the content, as a hex digest."""
        return hashlib.sha256(self.content).hexdigest()


def choose_upload(place: Key, is_readable: Callable[[Upload], bool]) -> Upload | None:
    """Draw the field, the line to paste into and what was given before; return the chosen file.

    Args:
        place: where files are asked for. They belong to it, whatever model is shown there.
        is_readable: of the files that came last, the newest of which this is true is shown.
    """
    known = set(_kept(place))
    in_field = _field(place)
    _paste(place)
    kept = _kept(place)
    new = [name for name in kept if name not in known]
    if new:
        st.session_state[place.of("which")] = next((name for name in reversed(new) if is_readable(kept[name])), new[-1])
    _drop_oldest(kept, in_field)
    if not kept:
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _which(place, kept)
        if chosen not in in_field:
            key = place.of("remove")
            st.button("Remove", icon=":material/delete:", type="tertiary", on_click=_remove, args=(place, chosen), key=key)
    return kept[chosen]


def shown_upload(place: Key) -> Upload | None:
    """The file that was chosen here last, of those that are kept."""
    kept = _kept(place)
    return kept.get(st.session_state.get(place.of("which"), ""), next(iter(kept.values()), None))


def kept_uploads(place: Key) -> dict[str, Upload]:
    """What was given here and is kept, by an id, oldest first."""
    return dict(_kept(place))


def give(place: Key, name: str, upload: Upload) -> None:
    """Keep a file here that came another way, under an id, and choose it. To be called before the field is drawn."""
    _kept(place)[name] = upload
    st.session_state[place.of("which")] = name


def take_picture(place: Key) -> Upload | None:
    """Draw the camera and return the photo that was taken last; it stays for the session, as uploads do.

    Browsers give a page the camera itself only in a secure context. Elsewhere a button opens the phone's own camera program.
    """
    key = place.of("camera")
    if _is_secure(st.context.url):
        st.camera_input("Take a photo", key=key, on_change=_keep_photo, args=(place,))
    else:
        photo = take_photo(key)
        if photo:
            st.session_state[place.of("photo")] = Upload("Photo", photo.data)
    return kept_photo(place)


def kept_photo(place: Key) -> Upload | None:
    """The photo that was taken here last."""
    photo: Upload | None = st.session_state.get(place.of("photo"))
    return photo


def _keep_photo(place: Key) -> None:
    """Keep the photo in the field, or none when a person clears it. Streamlit empties the field when its page is left."""
    photo = st.session_state[place.of("camera")]
    st.session_state[place.of("photo")] = Upload("Photo", photo.getvalue()) if photo else None


def _is_secure(url: str | None) -> bool:
    """Whether a browser takes the page for a secure context: by https, or on this computer."""
    address = urlsplit(url or "https:")
    host = address.hostname or ""
    return address.scheme == "https" or host == "localhost" or host.endswith(".localhost") or host == "::1" or host.startswith("127.")


def _kept(place: Key) -> dict[str, Upload]:
    """What was given here, by an id, oldest first."""
    kept: dict[str, Upload] = st.session_state.setdefault(place.of("kept"), {})
    return kept


def _field(place: Key) -> set[str]:
    """The ids of the files that are in the field; they are kept. Streamlit empties a field when its page is left."""
    files = st.file_uploader(
        f"{named()}, up to {MAX_BYTES // 1_000_000} MB each",
        type=suffixes(),
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // 1_000_000,
        key=place.of("files"),
        on_change=_forget_removed,
        args=(place,),
    )
    kept = _kept(place)
    for file in files:
        if file.file_id not in kept:
            kept[file.file_id] = Upload(file.name, file.getvalue())
    in_field = {file.file_id for file in files}
    st.session_state[place.of("in_field")] = in_field
    return in_field


def _forget_removed(place: Key) -> None:
    """Drop the files that a person removed from the field."""
    now = {file.file_id for file in st.session_state[place.of("files")]}
    for removed in st.session_state.get(place.of("in_field"), set()) - now:
        _kept(place).pop(removed, None)


def _remove(place: Key, name: str) -> None:
    _kept(place).pop(name, None)


def _paste(place: Key) -> None:
    new = paste(place.of("paste"))
    if new:
        _kept(place).setdefault(f"pasted {new.number}", Upload(new.title, new.data))


def _drop_oldest(kept: dict[str, Upload], in_field: set[str]) -> None:
    outside = [name for name in kept if name not in in_field]
    for name in outside[:-MAX_KEPT]:
        del kept[name]


def _which(place: Key, kept: dict[str, Upload]) -> str:
    """The id of the file to show, the first one where none was chosen and none is new."""
    key, first = place.of("which"), next(iter(kept))
    if st.session_state.get(key) not in kept:
        st.session_state[key] = first
    if len(kept) > 1:
        st.pills(
            "Which one",
            list(kept),
            default=st.session_state[key],
            format_func=lambda name: escape(kept[name].title),
            key=key,
            persist_state="session",
        )
    return st.session_state[key] or first
