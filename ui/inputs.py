"""The sources of an image: the data set, an upload, the clipboard, a drawing, the camera. Knows no page."""

import random
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import streamlit as st

from ui import cached, state
from ui.components.crop import crop
from ui.components.sketch import sketch
from ui.markdown import escape
from ui.models import image_shape
from ui.picture import show_png
from ui.state import Key
from ui.uploads import Upload, choose_upload, has_uploads
from vae_core.data.pictures.picture_file import PictureFile
from vae_core.data.pictures.preparation import Preparation, Prepared
from vae_core.errors import ImageError
from vae_core.files.pictures import png
from vae_core.runs.run import Run

SOURCES = {
    "Sample": ":material/photo_library:",
    "Upload": ":material/upload:",
    "Draw": ":material/draw:",
    "Camera": ":material/photo_camera:",
}
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
    """A held-out image of the run's data set."""
    originals = cached.originals(run)
    return Chosen(originals.images[place], originals.name(place), place)


def has_samples(run: Run) -> bool:
    """Whether the run has images of its data set: they are written when the training ends."""
    return all(file.exists() for file in (run.codes, run.thumbnails))


def choose_source(run: Run, place: Key, among: Collection[str] = tuple(SOURCES), requested: str | None = None) -> str:
    """Draw the sources of an image as a row of buttons and return the chosen one; `requested` is chosen at first."""
    sources, key = [name for name in among if name != "Sample" or has_samples(run)], place.of("source")
    state.initialise(key, requested if requested in sources else None, sources[0])
    if st.session_state[key] not in sources:
        st.session_state[key] = sources[0]
    source = st.segmented_control(
        "Where the image comes from",
        sources,
        default=st.session_state[key],
        format_func=lambda name: f"{SOURCES[name]} {name}",
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


def slots(run: Run, letters: str, page: Key) -> list[Chosen]:
    """Draw a choice of an image for every letter and return them: at first those that the URL names, else samples of different classes."""
    requested = state.requested_samples(len(cached.originals(run).images))
    numbers = requested if len(requested) == len(letters) else usual_samples(run, len(letters))
    for letter, number in zip(letters, numbers, strict=True):
        state.initialise(sample_key(run, page.of(letter)), number, number)
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = [_slot(run, letter, page.of(letter), is_requested=bool(requested)) for letter in letters]
        st.button("Shuffle", icon=":material/casino:", on_click=_shuffle, args=(run, letters, page), key=page.of("shuffle"))
    return chosen


def usual_samples(run: Run, count: int) -> list[int]:
    """The samples that are shown at first: the same for everybody."""
    return _different_samples(run, count, random.Random(0))


def _slot(run: Run, letter: str, place: Key, *, is_requested: bool) -> Chosen:
    """A button that opens the ways to choose an image. Until its source gives one, it is the sample.

    Coming back to the page shows the upload that was shown, unless the link asks for samples (`is_requested`).
    """
    left_with, uploaded = place.of("left_with"), has_uploads(place)
    with st.popover(f"Image {letter}", icon=":material/edit:"):
        source = choose_source(run, place, requested=st.session_state.get(left_with) if uploaded and not is_requested else None)
        chosen = choose(run, source, place)
    st.session_state[left_with] = source
    return chosen or sample(run, st.session_state[sample_key(run, place)])


def _shuffle(run: Run, letters: str, page: Key) -> None:
    for letter, number in zip(letters, _different_samples(run, len(letters), random.Random()), strict=True):
        st.session_state[sample_key(run, page.of(letter))] = number
        st.session_state[page.of(letter, "source")] = "Sample"


def _different_samples(run: Run, count: int, chance: random.Random) -> list[int]:
    """Random places of held-out images, of different classes as long as there are any; repeated where there are too few images."""
    labels = cached.originals(run).labels.tolist()
    shuffled = chance.sample(range(len(labels)), len(labels))
    one_of_each = list({labels[place]: place for place in reversed(shuffled)}.values())
    ranked = one_of_each + [place for place in shuffled if place not in one_of_each]
    return [ranked[index % len(ranked)] for index in range(count)]


def _sample(run: Run, place: Key) -> Chosen:
    originals, key = cached.originals(run), sample_key(run, place)
    if not 0 <= st.session_state.setdefault(key, 0) < len(originals.images):
        st.session_state[key] = 0
    names = [originals.class_names[label] for label in sorted({*originals.labels.tolist()} - {-1}) if label < len(originals.class_names)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if names:
            wanted = place.of(run.id, "class")
            st.selectbox("Class", [ANY, *names], key=wanted, width=180, on_change=_another, args=(run, place))
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
    upload = choose_upload(place, _is_readable)
    return _prepare(run, upload, place) if upload else None


def _camera(run: Run, place: Key) -> Chosen | None:
    photo = st.camera_input("Take a photo", key=place.of(run.id, "camera"))
    return _prepare(run, Upload("Photo", photo.getvalue()), place) if photo else None


def _draw(run: Run, place: Key) -> Chosen | None:
    drawing = sketch(image_shape(run), background=run.dataset_facts.background, key=place.of(run.id, "sketch"))
    return None if drawing is None else Chosen(drawing, "Drawing")


def _prepare(run: Run, upload: Upload, place: Key) -> Chosen | None:
    """Draw how a picture file becomes the model's input, step by step, and return that; an unusable file is a sentence."""
    shape = image_shape(run)
    try:
        picture = _decoded(upload.digest, upload.title, upload)
        how = _how(picture, picture.suggest(shape, run.dataset_facts), shape, place.of(run.id, upload.digest[:12]))
        ready = picture.prepare(shape, how)
    except ImageError as error:
        st.error(escape(str(error)), icon=":material/broken_image:")
        return None
    _show_steps(ready)
    return Chosen(ready.image, upload.title)


def _is_readable(upload: Upload) -> bool:
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
    """Draw the choices of a preparation and return it; they begin as suggested."""
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
    if hint.invert:
        st.caption("Light and dark are exchanged because the images that the model learned from have the opposite background.")
    box = None
    if fit == "box":
        box = crop(picture.upright, box=(0.0, 0.0, 1.0, 1.0), aspect=shape[2] / shape[1], key=key.of("box"))
    return Preparation(fit=fit or hint.fit, box=box, invert=invert, centre=bool(centre))
