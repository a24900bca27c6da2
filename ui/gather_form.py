"""Pictures gathered class by class, from a phone's camera or its album, to be imported as a ZIP of them. Reads no picture."""

import hashlib
import io

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.state import Session, Widgets
from vae_core.data.own.gathered import zip_classes
from vae_core.data.own.sources import MAX_MEMBER_BYTES
from vae_core.data.pictures.formats import suffixes

KEY = Widgets.IMPORT.of("gather")
MAX_CLASSES = 20
TITLE = "My pictures"


class Gathered(io.BytesIO):
    """A ZIP that was made of what people have chosen; `id` is another for other pictures or classes."""

    name = TITLE

    def __init__(self, content: bytes, id: str) -> None:
        super().__init__(content)
        self.id = id


def gather() -> Gathered | None:
    """Draw a field of pictures and their class, another one below each that is filled; return what is in them."""
    st.caption("Choose several pictures at once, or take them with the camera; one row for each class.")
    round = st.session_state.get(Session.IMPORT_ROUND, 0)
    classes: dict[str, list[UploadedFile]] = {}
    digest = hashlib.sha256()
    for number in range(MAX_CLASSES):
        label, files = _row(round, number)
        if not files:
            break
        classes.setdefault(label, []).extend(files)
        digest.update(repr((label, [file.file_id for file in files])).encode())
    if not classes:
        forget()
        return None
    return _zipped(classes, digest.hexdigest()[:16])


def forget() -> None:
    """Let go of the pictures, which have been imported or taken back."""
    st.session_state.pop(KEY.of("zip"), None)


def _row(round: int, number: int) -> tuple[str, list[UploadedFile]]:
    """One class: its name and its pictures. A phone offers its camera for any image, over http too."""
    name, pictures = st.columns([1, 2], vertical_alignment="bottom")
    label = name.text_input(f"Class {number + 1}", max_chars=40, placeholder="cup, key …", key=KEY.of("label", round, number)).strip()
    files = pictures.file_uploader(
        f"Pictures of class {number + 1}",
        type=["image/*", *suffixes()],
        accept_multiple_files=True,
        max_upload_size=MAX_MEMBER_BYTES // 1_000_000,
        key=KEY.of("files", round, number),
    )
    return label, files


def _zipped(classes: dict[str, list[UploadedFile]], id: str) -> Gathered:
    """The ZIP, made once for the same pictures."""
    kept: Gathered | None = st.session_state.get(KEY.of("zip"))
    if kept is None or kept.id != id:
        pictures = {label: [(file.name, file.getvalue()) for file in files] for label, files in classes.items()}
        kept = st.session_state[KEY.of("zip")] = Gathered(zip_classes(pictures), id)
    return kept
