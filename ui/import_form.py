"""The form that imports own pictures: some files, a ZIP, a folder of this computer. Reads no picture; everybody sees all imports."""

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from ui import local_access, state
from ui.boundary import boundary
from ui.gather_form import forget, gather
from ui.markdown import escape
from ui.picture import show_png
from ui.state import Session, Widgets
from vae_core.data import own
from vae_core.data.own import Choice, Preview, Reading, Unfinished, intake
from vae_core.data.own.intake import Intake
from vae_core.data.own.name_encodings import ENCODINGS
from vae_core.data.pictures.formats import named
from vae_core.errors import DataError
from vae_core.files.pictures import contact_sheet, png

KEY = Widgets.IMPORT
PICTURES, ZIP, FOLDER = "Pictures", "ZIP", "Folder on this computer"
SIDES = (28, 32, 64, 96, 128)
FITS = {"crop": "Crop the middle", "pad": "Show all of it"}
MAX_MB = 100
PREVIEWED = 24
ACROSS = 12
WAY = KEY.of("way")
MAX_NAMED, MAX_OFFERED = 6, 4


def import_form() -> None:
    """Draw the ways to bring pictures, the running imports, and why the last one was refused."""
    st.fragment(_ways)()
    running_imports()


def running_imports(dataset: str = "") -> None:
    """Draw everybody's running imports, and the outcome of the one that made `dataset` or was refused."""
    busy = any(one.state == intake.RUNNING for one in intake.every())
    st.fragment(_under_way, run_every=0.5 if busy else None)()
    _outcome(dataset)


def just_made(names: Sequence[str]) -> str | None:
    """The set that was made here since the form was drawn last, if it is one of `names`."""
    made = st.session_state.pop(Session.IMPORT_MADE, None)
    return made if made in names else None


def turn_to(name: str) -> None:
    """Show the form of a training with the set of that name, which was just made, the next time that the page is drawn."""
    st.session_state[Session.IMPORT_MADE] = name
    state.update_url(mode="", collection="", settings="", recipe="")


def _under_way() -> None:
    """Draw everybody's running imports; rerun the page when one that was seen here has ended."""
    watched: set[str] = st.session_state.setdefault(Session.IMPORT_WATCHED, set())
    for one in intake.every():
        if one.state == intake.RUNNING:
            watched.add(one.id)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.progress(min(1.0, one.fraction), escape(one.sentence))
                verb = "Cancel" if one.folder is None else "Stop"
                st.button(verb, icon=":material/stop:", on_click=one.cancel, key=KEY.of("cancel", one.id))
    ended = [one for one in intake.every() if one.id in watched and one.state != intake.RUNNING]
    if ended:
        watched.difference_update(one.id for one in ended)
        _announce(ended)


def _announce(ended: Sequence[Intake]) -> None:
    """Announce the outcome of imports; the form turns to the set whose import was started here."""
    for one in ended:
        if one.id == st.session_state.get(Session.IMPORT_MINE) and one.state == intake.FINISHED:
            st.session_state[Session.IMPORT_ROUND] = st.session_state.get(Session.IMPORT_ROUND, 0) + 1
            forget()
            turn_to(one.name)
    state.announce("; ".join(f"{one.title}: {one.sentence}" for one in ended))
    st.rerun()


def _outcome(dataset: str) -> None:
    """Draw the outcome of the last import started here: beside its own set, or, if it failed, until the next one."""
    mine = intake.find(st.session_state.get(Session.IMPORT_MINE, ""))
    if mine and mine.state == intake.FINISHED and mine.name == dataset:
        st.caption(f":material/check_circle: {escape(mine.sentence)}")
    elif mine and mine.state == intake.REFUSED:
        st.error(escape(f"{mine.title}: {mine.sentence}"), icon=":material/error:")


def _ways() -> None:
    ways = (PICTURES, ZIP, FOLDER) if local_access.shared_folder() else (PICTURES, ZIP)
    if st.session_state.get(WAY) not in ways:
        st.session_state[WAY] = PICTURES
    way = st.segmented_control("From", ways, required=True, key=WAY, label_visibility="collapsed", persist_state="session")
    with boundary():
        if way == FOLDER:
            _folder()
        elif way == ZIP:
            _zip()
        elif gathered := gather():
            _prepare(gathered, gathered.id, gathered.name)


def _zip() -> None:
    about = f"ZIP with {named()} pictures; its folders, or a table in it, give the classes"
    file = st.file_uploader(about, type="zip", max_upload_size=MAX_MB, key=KEY.of("zip", st.session_state.get(Session.IMPORT_ROUND, 0)))
    if file is not None:
        _prepare(file, file.file_id, own.title_of(Path(file.name)))


def _folder() -> None:
    shared = local_access.shared_folder()
    for work in own.unfinished():
        if not work.active and shared and work.folder.is_relative_to(shared):
            _interrupted(work)
    given = st.text_input("Path of the folder", placeholder="/home/me/Pictures/leaves", key=KEY.of("folder")).strip()
    if not given:
        st.caption("The pictures stay where they are; the folders in it become the classes. For many pictures, this is faster than a ZIP.")
        return
    folder = local_access.chosen_folder(given)
    _prepare(folder, str(folder), own.title_of(folder))


def _interrupted(work: Unfinished) -> None:
    """Draw an interrupted import of a folder, to be continued or forgotten."""
    with st.container(border=True):
        st.text(f"{work.title}: {work.looked:,} of {work.total:,} files done, from {work.folder}")
        with st.container(horizontal=True):
            if st.button("Continue", icon=":material/play_arrow:", key=KEY.of("continue", work.id)):
                _begin(work.folder, work.title, work.image_shape, work.fit, work.reading)
            if st.button("Forget", icon=":material/delete:", key=KEY.of("forget", work.id)):
                with boundary():
                    own.forget(work.id)
                    st.rerun()


def _prepare(source: io.BytesIO | Path, source_id: str, name: str) -> None:
    """Draw the choice of size, colours and fit with a preview, and the button that imports."""
    with st.container(horizontal=True, gap="medium"):
        side = st.segmented_control("Side in pixels", SIDES, default=64, required=True, key=KEY.of("side"))
        colours = st.segmented_control("Colours", ("Colour", "Grey"), default="Colour", required=True, key=KEY.of("colours"))
        fit = st.segmented_control("If not square", FITS, default="crop", required=True, format_func=FITS.__getitem__, key=KEY.of("fit"))
    image_shape = (1 if colours == "Grey" else 3, side, side)
    with st.spinner("Looking at the pictures"):
        seen = _look(source_id, image_shape, fit, _reading(source_id), _allowed(source))
    _choose(source_id, seen)
    show_png(png(contact_sheet(seen.images, ACROSS), scale=max(1, 64 // side)))
    _describe(seen)
    if seen.refusal:
        raise DataError(seen.refusal)
    if colours == "Colour" and (seen.images == seen.images[:, :1]).all():
        st.caption("These pictures seem to have no colour. Choose Grey: training is faster.")
    title = st.text_input("Name of the data set", value=name, max_chars=60, key=KEY.of("title", source_id)).strip()
    if st.button("Import", type="primary", icon=":material/download:", disabled=not title or _is_busy(), key=KEY.of("import")):
        _begin(source, title, image_shape, fit, seen.reading)


def _reading(source_id: str) -> Reading:
    """How names and classes are read, as far as it was chosen for this source; the rest is guessed."""
    encoding, classes = (st.session_state.get(KEY.of(choice, source_id)) for choice in ("encoding", "classes"))
    return replace(classes or Reading(), encoding=encoding or "")


def _choose(source_id: str, seen: Preview) -> None:
    """Draw the choice of the names' encoding and of the classes, where there is a choice."""
    encoding, classes = KEY.of("encoding", source_id), KEY.of("classes", source_id)
    columns = iter(st.columns(max(1, bool(seen.encodings) + bool(seen.choices))))
    if seen.encodings:
        names = {page: f"{ENCODINGS[page]} ({page})" for page in seen.encodings}
        place, forget = seen.encodings.index(seen.reading.encoding), partial(st.session_state.pop, classes, None)
        next(columns).selectbox("Encoding of names", names, place, format_func=names.__getitem__, key=encoding, on_change=forget)
    if seen.choices:
        ways = {replace(choice.reading, encoding=""): _way(choice) for choice in seen.choices}
        place = list(ways).index(replace(seen.reading, encoding=""))
        next(columns).selectbox("Classes are", ways, place, format_func=ways.__getitem__, key=classes)


def _way(choice: Choice) -> str:
    """The label of a way to find the classes: some of them and, for a table, its file and column."""
    others = f" and {len(choice.names) - MAX_OFFERED:,} more" if len(choice.names) > MAX_OFFERED else ""
    names = f"{', '.join(choice.names[:MAX_OFFERED])}{others}" if choice.names else "none"
    return f"{names} ({choice.reading.table.rpartition('/')[2]}, {choice.reading.column})" if choice.reading.table else names


def _describe(seen: Preview) -> None:
    """Draw what will be imported, and what will be left out and why."""
    st.caption(" ".join((f"{_found(seen)}.", *map(escape, seen.notes))))
    if seen.skipped:
        reasons = "".join(f"\n- {escape(reason)}" for reason in seen.reasons)
        st.caption(f":material/do_not_disturb_on: {seen.skipped:,} file{' is' if seen.skipped == 1 else 's are'} left out:{reasons}")


@st.cache_data(max_entries=8, ttl=120.0, show_spinner=False)
def _look(source_id: str, image_shape: tuple[int, int, int], fit: str, reading: Reading, _source: io.BytesIO | Path) -> Preview:
    return own.preview(_source, image_shape, fit, PREVIEWED, reading)


def _found(seen: Preview) -> str:
    """Describe how many pictures there are, and how many of each class, the largest classes first."""
    total = f"{seen.total:,} pictures"
    if not seen.class_names:
        return f"{total} without classes"
    largest = sorted(zip(seen.class_names, seen.counts, strict=True), key=lambda pair: -pair[1])
    named = ", ".join(f"{escape(name)} ({count:,})" for name, count in largest[:MAX_NAMED])
    others = f" and {len(largest) - MAX_NAMED:,} more" if len(largest) > MAX_NAMED else ""
    return f"{total} in {len(largest):,} class{'es' if len(largest) > 1 else ''}: {named}{others}"


def _begin(source: io.BytesIO | Path, title: str, image_shape: tuple[int, int, int], fit: str, reading: Reading) -> None:
    source = _allowed(source)
    content, file_name = (source, "") if isinstance(source, Path) else (source.getvalue(), str(getattr(source, "name", "")))
    begun = intake.begin(content, title=title, image_shape=image_shape, fit=fit, file_name=file_name, reading=reading)
    st.session_state[Session.IMPORT_MINE] = begun.id
    st.session_state.setdefault(Session.IMPORT_WATCHED, set()).add(begun.id)  # it may have ended before anybody looks
    st.rerun()


def _allowed(source: io.BytesIO | Path) -> io.BytesIO | Path:
    """The source, if this visitor may read it. Raises DataError for a folder that is not shared with them."""
    return local_access.chosen_folder(str(source)) if isinstance(source, Path) else source


def _is_busy() -> bool:
    """Whether an import started here is running."""
    mine: Intake | None = intake.find(st.session_state.get(Session.IMPORT_MINE, ""))
    return mine is not None and mine.state == intake.RUNNING
