"""Where images come from: the data set, an upload, the clipboard, a drawing, the camera. Knows no page."""

import hashlib
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import streamlit as st

from ui import cached, state
from ui.components.crop import crop
from ui.components.paste import paste
from ui.components.sketch import sketch
from ui.markdown import escape
from ui.picture import show_png
from ui.state import Key
from vae_core import data
from vae_core.data.pictures.preparation import MOST_BYTES, Preparation, named, suffixes
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
MOST_PASTED = 12


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
    """Whether the run keeps images of its data set: it does from its end on."""
    return run.codes.exists() and run.thumbnails.exists()


def choose_source(run: Run, key: Key, among: Collection[str] = tuple(SOURCES), asked: str | None = None) -> str:
    """One of the ways to give an image, as a row of buttons; `asked` is the one to begin with."""
    sources, key = [name for name in among if name != "Sample" or has_samples(run)], key.of("source")
    state.seed(key, asked if asked in sources else None, sources[0])
    if st.session_state[key] not in sources:
        st.session_state[key] = sources[0]
    return st.segmented_control(
        "Where the image comes from",
        sources,
        format_func=lambda name: f"{SOURCES[name]} {name}",
        key=key,
        label_visibility="collapsed",
        required=True,
    )


def choose(run: Run, source: str, key: Key) -> Chosen | None:
    """The controls of one source, and the image that they give; None while there is none."""
    givers: dict[str, Callable[[Run, Key], Chosen | None]] = {"Sample": _sample, "Upload": _upload, "Draw": _draw, "Camera": _camera}
    return givers[source](run, key)


def slots(run: Run, letters: str, key: Key) -> list[Chosen]:
    """An image for every letter: at first those that the URL names, else samples of different classes; each can be exchanged."""
    asked = state.asked_samples(len(cached.originals(run).images))
    numbers = asked if len(asked) == len(letters) else usual_samples(run, len(letters))
    for letter, number in zip(letters, numbers, strict=True):
        state.seed(key.of(run.id, letter, "place"), number, number)
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = [_slot(run, letter, key.of(run.id, letter)) for letter in letters]
        st.button("Shuffle", icon=":material/casino:", on_click=_shuffle, args=(run, letters, key), key=key.of("shuffle"))
    return chosen


def usual_samples(run: Run, count: int) -> list[int]:
    """The samples to begin with: the same for everybody."""
    return _different_samples(run, count, random.Random(0))


def _slot(run: Run, letter: str, key: Key) -> Chosen:
    """A button that opens the ways to choose an image. Until its source gives one, it is the sample."""
    with st.popover(f"Image {letter}", icon=":material/edit:"):
        chosen = choose(run, choose_source(run, key), key)
    return chosen or sample(run, st.session_state[key.of("place")])


def _shuffle(run: Run, letters: str, key: Key) -> None:
    for letter, place in zip(letters, _different_samples(run, len(letters), random.Random()), strict=True):
        st.session_state[key.of(run.id, letter, "place")] = place
        st.session_state[key.of(run.id, letter, "source")] = "Sample"


def _different_samples(run: Run, count: int, chance: random.Random) -> list[int]:
    """Random places of held-out images, of different classes as far as classes go; again and again where there are too few."""
    labels = cached.originals(run).labels.tolist()
    shuffled = chance.sample(range(len(labels)), len(labels))
    one_of_each = list({labels[place]: place for place in reversed(shuffled)}.values())
    ranked = one_of_each + [place for place in shuffled if place not in one_of_each]
    return [ranked[index % len(ranked)] for index in range(count)]


def _sample(run: Run, key: Key) -> Chosen:
    originals = cached.originals(run)
    place = st.session_state.setdefault(key.of("place"), 0)
    if not 0 <= place < len(originals.images):
        place = st.session_state[key.of("place")] = 0
    names = [originals.class_names[label] for label in sorted({*originals.labels.tolist()} - {-1}) if label < len(originals.class_names)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if names:
            st.selectbox("Class", [ANY, *names], key=key.of("class"), width=180, on_change=_another, args=(run, key))
        st.button("Another", icon=":material/casino:", key=key.of("another"), on_click=_another, args=(run, key))
    return sample(run, st.session_state[key.of("place")])


def _another(run: Run, key: Key) -> None:
    """Go to a random other image, of the class that is asked for."""
    originals, name, shown = cached.originals(run), st.session_state.get(key.of("class"), ANY), st.session_state.get(key.of("place"))
    fitting = [place for place in range(len(originals.images)) if name in (ANY, originals.name(place))]
    others = [place for place in fitting if place != shown]
    if others or fitting:
        st.session_state[key.of("place")] = random.choice(others or fitting)


def _upload(run: Run, key: Key) -> Chosen | None:
    files = st.file_uploader(
        f"{named()}, up to {MOST_BYTES // 1_000_000} MB each",
        type=suffixes(),
        accept_multiple_files=True,
        max_upload_size=MOST_BYTES // 1_000_000,
        key=key.of("files"),
    )
    given = [(file.name, file.getvalue()) for file in files or []] + _pasted(key)
    if not given:
        return None
    place = 0
    if len(given) > 1:
        place = (
            st.pills("Which one", range(len(given)), default=0, format_func=lambda index: escape(given[index][0]), key=key.of("which")) or 0
        )
    title, file = given[min(place, len(given) - 1)]
    return _prepare(run, title, file, key)


def _pasted(key: Key) -> list[tuple[str, bytes]]:
    """What was pasted in this session, oldest first."""
    kept = st.session_state.setdefault(key.of("pasted"), {})
    new = paste(key.of("paste"))
    if new and new.number not in kept:
        kept[new.number] = (new.title, new.data)
        for old in list(kept)[:-MOST_PASTED]:
            del kept[old]
    return list(kept.values())


def _camera(run: Run, key: Key) -> Chosen | None:
    photo = st.camera_input("Take a photo", key=key.of("camera"))
    return _prepare(run, "Photo", photo.getvalue(), key) if photo else None


def _draw(run: Run, key: Key) -> Chosen | None:
    drawing = sketch(run.config.model.image_shape, ground=_ground(run), key=key.of("sketch"))
    return None if drawing is None else Chosen(drawing, "Drawing")


def _prepare(run: Run, title: str, file: bytes, key: Key) -> Chosen | None:
    """What becomes of a picture file on its way to the model, shown before it is used; a refusal is a sentence."""
    shape = run.config.model.image_shape
    try:
        hint, picture = cached.suggestion(file, title, shape, _ground(run), handwritten=_handwritten(run))
        how = _how(hint, picture, shape, key.of(hashlib.sha256(file).hexdigest()[:12]))
        ready = cached.prepared(file, title, shape, how)
    except ImageError as error:
        st.error(escape(str(error)), icon=":material/broken_image:")
        return None
    with st.container(horizontal=True, gap="small"):
        for number, step in enumerate(ready.steps):
            scale = max(1, STEP_SIDE // max(step.picture.shape[:2]))
            with st.container(width=STEP_SIDE):
                show_png(png(step.picture, scale), min(STEP_SIDE, STEP_SIDE * step.picture.shape[1] // step.picture.shape[0]))
                st.caption(f"{number + 1}. {step.title}")
    return Chosen(ready.image, title)


def _how(hint: Preparation, picture: np.ndarray, shape: tuple[int, int, int], key: Key) -> Preparation:
    """The preparation that a person chooses; it begins as suggested, and says what was suggested."""
    with st.container(horizontal=True, vertical_alignment="center"):
        fit = st.segmented_control("Part", FITS, default=hint.fit, format_func=FITS.get, key=key.of("fit"), label_visibility="collapsed")
        invert = st.toggle("Exchange light and dark", hint.invert, key=key.of("invert"))
        centre = shape[0] == 1 and st.toggle("Centre the drawing", hint.centre, key=key.of("centre"))
    if hint.invert:
        st.caption("Light and dark are exchanged because the model learned from pictures whose ground is the other way round.")
    box = None
    if fit == "box":
        box = crop(picture, box=(0.0, 0.0, 1.0, 1.0), aspect=shape[2] / shape[1], key=key.of("box"))
    return Preparation(fit=fit or hint.fit, box=box, invert=invert, centre=bool(centre))


def _handwritten(run: Run) -> bool:
    dataset = run.config.train.dataset
    return dataset in data.names() and data.describe(dataset).handwritten


def _ground(run: Run) -> float:
    return float((run.card() or {}).get("ground", 0.0))
