"""The sources of an image: the data set, an upload, the clipboard, a drawing, the camera. Knows no page."""

import random
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import streamlit as st

from ui import cached, state
from ui.about_run import image_shape
from ui.components.crop import crop
from ui.components.sketch import sketch
from ui.markdown import escape
from ui.picture import show_png
from ui.state import Key
from ui.uploads import Upload, choose_upload, kept_photo, shown_upload, take_picture
from vae_core.data.pictures.picture_file import PictureFile
from vae_core.data.pictures.preparation import Preparation, Prepared
from vae_core.errors import ImageError
from vae_core.files.pictures import png
from vae_core.runs.run import Run

SOURCES = ("Sample", "Upload", "Draw", "Camera")
FITS = {"crop": "Middle", "pad": "Whole picture", "box": "Choose a part"}
ANY = "Any class"
STEP_SIDE = 132


@dataclass(frozen=True, eq=False)
class Chosen:
    """An image as a model takes it."""

    image: np.ndarray
    """uint8 (C, H, W)."""
    title: str
    sample: int | None = None
    """Its place among the held-out images of the data set, if it is one."""


def sample(run: Run, place: int) -> Chosen:
    """A held-out image of the run's data set; the first one for a place that was another run's of the same id."""
    originals = cached.originals(run)
    place = place if 0 <= place < len(originals.images) else 0
    return Chosen(originals.images[place], originals.name(place), place)


def in_words(title: str) -> str:
    """The title of an image after "Input:": a digit gets its article."""
    return f"{'an' if title in ('8', '11', '18') else 'a'} {title}" if title.isdecimal() else title


def has_samples(run: Run) -> bool:
    """Whether the run has images of its data set: they are written when the training ends."""
    return all(file.exists() for file in (run.codes, run.thumbnails))


def choose_source(run: Run, place: Key, among: Collection[str] = SOURCES, requested: str | None = None) -> str:
    """Draw the sources of an image as a row of buttons and return the chosen one; `requested` is chosen at first."""
    sources, key = [name for name in among if name != "Sample" or has_samples(run)], place.of("source")
    state.initialise(key, requested if requested in sources else None, sources[0])
    if st.session_state[key] not in sources:
        st.session_state[key] = sources[0]
    source = st.segmented_control(
        "Where the image comes from",
        sources,
        default=st.session_state[key],
        key=key,
        label_visibility="collapsed",
        required=True,
    )
    return source or sources[0]


def choose(run: Run, source: str, place: Key) -> Chosen | None:
    """Draw the controls of one source at a place of a page and return its image; None while there is none."""
    givers: dict[str, Callable[[Run, Key], Chosen | None]] = {"Sample": _sample, "Upload": _upload, "Draw": _draw, "Camera": _camera}
    return givers[source](run, place)


def sample_key(run: Run, place: Key) -> Key:
    """The session's key of the held-out image of a run that is shown at a place of a page."""
    return place.of(run.id, "place")


def shown(run: Run, source: str, place: Key) -> Chosen | None:
    """What a source gave at a place when its controls were there last; None if that was nothing, or cannot be used by this run."""
    if source == "Sample":
        return sample(run, st.session_state[sample_key(run, place)])
    if source == "Draw":
        drawing: Chosen | None = st.session_state.get(_drawing(run, place))
        return drawing
    upload = kept_photo(place) if source == "Camera" else shown_upload(place)
    with suppress(ImageError):
        return Chosen(_prepared(run, upload, place).image, upload.title) if upload else None
    return None


def keep_on(run: Run, place: Key) -> None:
    """Let controls that were not on the page go on from what was shown, when they are drawn next."""
    upload, drawing = shown_upload(place), st.session_state.get(_drawing(run, place))
    st.session_state[_drawing(run, place).of("start")] = None if drawing is None else drawing.image
    if upload:
        key = _preparation(run, upload, place)
        st.session_state[key.of("start")] = st.session_state.get(key)


def _sample(run: Run, place: Key) -> Chosen:
    originals, key = cached.originals(run), sample_key(run, place)
    if not 0 <= st.session_state.setdefault(key, 0) < len(originals.images):
        st.session_state[key] = 0
    names = [originals.class_names[label] for label in sorted({*originals.labels.tolist()} - {-1}) if label < len(originals.class_names)]
    with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
        if names:
            wanted = place.of(run.id, "class")
            options = [ANY, *names]
            st.selectbox("Class", options, key=wanted, width=180, on_change=_another, args=(run, place), label_visibility="collapsed")
        st.button("Another", icon=":material/casino:", key=place.of(run.id, "another"), on_click=_another, args=(run, place))
    return sample(run, st.session_state[key])


def _another(run: Run, place: Key) -> None:
    """Show another random image, of the chosen class."""
    originals, key = cached.originals(run), sample_key(run, place)
    name = st.session_state.get(place.of(run.id, "class"), ANY)
    fitting = [number for number in range(len(originals.images)) if name in (ANY, originals.name(number))]
    others = [number for number in fitting if number != st.session_state.get(key)]
    if others or fitting:
        st.session_state[key] = random.choice(others or fitting)


def _upload(run: Run, place: Key) -> Chosen | None:
    upload = choose_upload(place, is_readable)
    return _prepare(run, upload, place) if upload else None


def _camera(run: Run, place: Key) -> Chosen | None:
    photo = take_picture(place)
    return _prepare(run, photo, place) if photo else None


def _draw(run: Run, place: Key) -> Chosen | None:
    key = _drawing(run, place)
    start = st.session_state.get(key.of("start"))
    drawing = sketch(image_shape(run), background=run.dataset_facts.background, key=place.of(run.id, "sketch"), start=start)
    chosen = st.session_state[key] = None if drawing is None else Chosen(drawing, "Drawing")
    return chosen


def _drawing(run: Run, place: Key) -> Key:
    """The session's key of what was drawn last."""
    return place.of(run.id, "drawing")


def _prepare(run: Run, upload: Upload, place: Key) -> Chosen | None:
    """Draw how a picture file becomes the model's input, step by step, and return that; an unusable file is a sentence."""
    shape, key = image_shape(run), _preparation(run, upload, place)
    try:
        picture = _decoded(upload.digest, upload.title, upload)
        hint = picture.suggest(shape, run.dataset_facts)
        st.session_state[key] = _how(picture, st.session_state.get(key.of("start")) or hint, shape, key)
        if hint.invert:
            st.caption("Light and dark are exchanged because the images that the model learned from have the opposite background.")
        ready = _prepared(run, upload, place)
    except ImageError as error:
        st.error(escape(str(error)), icon=":material/broken_image:")
        return None
    _show_steps(ready)
    return Chosen(ready.image, upload.title)


def _preparation(run: Run, upload: Upload, place: Key) -> Key:
    """The session's key of how an upload was prepared last."""
    return place.of(run.id, upload.digest[:12])


def _prepared(run: Run, upload: Upload, place: Key) -> Prepared:
    """An upload as it was prepared last, at first as its picture suggests."""
    picture, shape = _decoded(upload.digest, upload.title, upload), image_shape(run)
    how = st.session_state.get(_preparation(run, upload, place)) or picture.suggest(shape, run.dataset_facts)
    return picture.prepare(shape, how)


def is_readable(upload: Upload) -> bool:
    """Whether a file is a picture that can be read."""
    with suppress(ImageError):
        _decoded(upload.digest, upload.title, upload)
        return True
    return False


@st.cache_resource(max_entries=16, show_spinner="Reading the picture")
def _decoded(digest: str, title: str, _upload: Upload) -> PictureFile:
    return PictureFile(_upload.content, title)


def _show_steps(ready: Prepared) -> None:
    with st.container(horizontal=True, gap="small"):
        for number, step in enumerate(ready.steps):
            scale = max(1, STEP_SIDE // max(step.picture.shape[:2]))
            with st.container(width=STEP_SIDE):
                show_png(png(step.picture, scale), min(STEP_SIDE, STEP_SIDE * step.picture.shape[1] // step.picture.shape[0]))
                st.caption(f"{number + 1}. {step.title}")


def _how(picture: PictureFile, hint: Preparation, shape: tuple[int, int, int], key: Key) -> Preparation:
    """Draw the choices of a preparation and return it; they begin as `hint`."""
    with st.container(horizontal=True, vertical_alignment="center"):
        fit = st.segmented_control(
            "Part",
            FITS,
            default=hint.fit,
            format_func=FITS.__getitem__,
            key=key.of("fit"),
            label_visibility="collapsed",
        )
        invert = st.toggle("Exchange light and dark", hint.invert, key=key.of("invert"))
        centre = shape[0] == 1 and st.toggle("Centre the drawing", hint.centre, key=key.of("centre"))
    box = None
    if fit == "box":
        box = crop(picture.upright, box=hint.box or (0.0, 0.0, 1.0, 1.0), aspect=shape[2] / shape[1], key=key.of("box"))
    return Preparation(fit=fit or hint.fit, box=box, invert=invert, centre=bool(centre))
