"""Where the state of a screen lives: the one file that names URL parameters and session keys, and decides between URL, session and default.

The URL says what a page shows: a link, a reload, Back and Forward show it again. The session remembers, for one tab of a browser, the
chosen run, the runs launched there and what each page showed last: the menu leads back to that. Everything from a URL is checked here.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

import streamlit as st

from vae_core import migration, runs
from vae_core.errors import RunNotFound
from vae_core.runs.run import Run

LATENT_MAP, RECONSTRUCT, TRAIN = "pages/latent_map.py", "pages/reconstruct.py", "pages/train.py"
EXPERIMENTS = "pages/experiments.py"
MAX_COORDINATE = 1e3
MAX_TEXT = 60
MAX_CODES = 512
MAX_EARLIER = 64
MAX_TOGETHER = 8


class Address(TypedDict, total=False):
    """The URL parameters."""

    run: str
    z: str
    """A point: its coordinates."""
    axes: str
    layers: str
    draws: str
    hole: str
    label: str
    codes: str
    """A map of codes, as letters."""
    prior: str
    seed: str
    samples: str
    """Places of held-out images."""
    mode: str
    tab: str
    """Which panel of several is open."""
    settings: str
    data: str
    recipe: str
    title: str
    page: str
    projector: str
    """1 while everything is shown larger."""
    together: str
    """The ids of runs that were launched together."""
    collection: str
    """The name of a collection of drawings."""
    group: str
    """Which images are put before a model as anomalies."""
    score: str
    threshold: str
    """Of a score, from which on it is an alarm."""
    beside: str
    """The id of a run that is compared with the chosen one."""
    sigma: str
    """The standard deviation of noise."""
    bits: str
    """Of each dimension of a code."""
    dimension: str
    """The latent dimension along which images are decoded, as z1."""


RUN, POINT, AXES, SAMPLES, MODE, TAB, SETTINGS = "run", "z", "axes", "samples", "mode", "tab", "settings"
LAYERS, DRAWS, HOLE, LABEL = "layers", "draws", "hole", "label"
DATASET, RECIPE, TITLE, PAGE, PROJECTOR = "data", "recipe", "title", "page", "projector"
TOGETHER, COLLECTION = "together", "collection"
CODES, PRIOR, SEED = "codes", "prior", "seed"
GROUP, SCORE, THRESHOLD = "group", "score", "threshold"
BESIDE, SIGMA, BITS, DIMENSION = "beside", "sigma", "bits", "dimension"
OF_A_RUN = (POINT, AXES, SAMPLES, HOLE, LABEL, CODES, THRESHOLD, DIMENSION)
"""What means nothing for another run."""
OWN, DRAW = "own", "draw"
"""Modes of the Train page: people bring pictures, or draw some; else it is the form."""
OF_OWN_PICTURES = (MODE, COLLECTION)
"""On the Train page, what is not of the form: where people bring pictures, or draw some."""


class Key(str):
    """A name in Streamlit's session: of a widget, or of a value that is remembered. Only this file makes one out of text."""

    def of(self, *parts: object) -> "Key":
        """The name of a part: of a widget of a screen, of what belongs to one run."""
        return Key(".".join((self, *map(str, parts))))


class Widgets:
    """What the keys of a screen's widgets begin with."""

    HOME, GALLERY, LATENT_MAP, RECONSTRUCT = Key("home"), Key("gallery"), Key("latent_map"), Key("reconstruct")
    INTERPOLATE, EMBEDDINGS, TRAIN, WATCH = Key("interpolate"), Key("embeddings"), Key("train"), Key("watch")
    IMPORT, DRAWINGS, ADDRESS, MODEL, FRAME = Key("import"), Key("drawings"), Key("address"), Key("models"), Key("frame")
    SHEET, EXPERIMENTS = Key("side_sheet"), Key("experiments")


class Session:
    """What is remembered for one tab of a browser."""

    VISIT = Key("state.visit")
    CHOSEN = Key("state.chosen")
    """The id of the run that pages about a model show."""
    LAUNCHED = Key("state.launched")
    """The ids of the runs that this person has launched."""
    LAST_ADDRESS = Key("state.last_address")
    """By page: the URL parameters with which it was left."""
    MESSAGE = Key("state.message")
    MODEL = Key("models.picked")
    PROJECTOR = Key("frame.projector")
    REFUSALS = Key("boundary.refusals")
    """By place: why the last attempt there was refused."""
    STARTED = Key("watch.started")
    """A run that was just resumed, and until when no sign of life need be seen."""
    IMPORT_MADE = Key("import.made")
    """The name of a data set that was made since the form was drawn last."""
    IMPORT_MINE = Key("import.mine")
    """The id of the import that was begun here last."""
    IMPORT_WATCHED = Key("import.watched")
    """The ids of imports that were seen under way."""
    IMPORT_ROUND = Key("import.round")
    """Counts finished imports: the next one begins with an empty field."""
    AUTHOR = Key("drawings.author")
    COLLECTION = Key("drawings.collection_named")
    DRAWING_TAKEN = Key("drawings.taken")
    """Which of the pad's drawings was added last."""
    DRAWING_REFUSAL = Key("drawings.refusal")


@dataclass
class Visit:
    """A page from the moment when it was opened, by a link, the menu, Back or Forward, until another one is."""

    page: str
    address: dict[str, str]
    """The parameters of the URL."""
    earlier: list[dict[str, str]] = field(default_factory=list)
    """Addresses that this visit has had: a browser that has not received the latest yet repeats one of them."""
    seeded: set[str] = field(default_factory=set)
    """Keys of widgets that have taken their value from the address."""


def begin(page: str) -> None:
    """Start a run of a page, before anything else: distinguish a page that was opened from one in use, and correct the browser's URL."""
    received = st.query_params.to_dict()
    st.session_state.setdefault(Session.PROJECTOR, received.get(PROJECTOR) == "1")
    received = _with_projector(received)
    visit = st.session_state.get(Session.VISIT)
    if visit is None or visit.page != page or received not in (visit.address, *visit.earlier):
        visit = st.session_state[Session.VISIT] = Visit(page, received)
    st.query_params.from_dict(visit.address)
    _remember_page(visit)


def update_url(**values: Unpack[Address]) -> None:
    """Make the URL say what is on the screen, so that a copied link shows the same; an empty value takes a parameter out of it."""
    _set(link_here(**values))


def link_here(**values: Unpack[Address]) -> dict[str, str]:
    """The URL parameters of what is on the screen with some others; an empty value takes a parameter out."""
    return {name: str(value) for name, value in {**_visit().address, **values}.items() if value}


def projector() -> bool:
    """Whether everything is shown larger, to be read from the last row of a class."""
    return bool(st.session_state.get(Session.PROJECTOR))


def rem() -> float:
    """The page's text size in pixels: what a rem is, for what is measured in pixels alone."""
    return 21.0 if projector() else 16.0


def set_projector(on: bool) -> None:
    """Show everything larger from now on, or as usual."""
    st.session_state[Session.PROJECTOR] = on
    _set(_with_projector(_visit().address))


def link(page: str, run: Run | None = None) -> dict[str, str]:
    """The URL parameters with which to open a page of the app: of `run`, else of the chosen one, as that page was left."""
    last = dict(st.session_state.get(Session.LAST_ADDRESS, {}).get(page, {}))
    if page == TRAIN:
        form = {name: value for name, value in last.items() if name not in OF_OWN_PICTURES}
        return _with_projector({RUN: run.id} if run else form)
    chosen = run.id if run else st.session_state.get(Session.CHOSEN)
    return _with_projector(last if last.get(RUN) == chosen else _with_run(last, chosen))


def initialise(key: str, requested: Any, default: Any) -> None:
    """Give a widget its value before it is drawn: once a visit what the URL asks for (None: nothing), otherwise what it has."""
    visit = _visit()
    if key not in visit.seeded:
        st.session_state[key] = default if requested is None else requested
        visit.seeded.add(key)
    elif key not in st.session_state:
        st.session_state[key] = default


# ---- The chosen run ------------------------------------------------------------------------------------------------------


def choose(run_id: str) -> None:
    """Show another run on the page; Back returns to the one before."""
    visit = _visit()
    visit.earlier.clear()
    _set(_with_run(visit.address, run_id), keep=False)


def launch(*launched: Run) -> None:
    """Remember that this person launched the runs, and show the first; Back returns to the form as it was, a new one has no name yet."""
    form = st.session_state[Session.LAST_ADDRESS]
    form[TRAIN] = {name: value for name, value in form[TRAIN].items() if name != TITLE}
    st.session_state.setdefault(Session.LAUNCHED, []).extend(run.id for run in reversed(launched))
    _visit().earlier.clear()
    _set(link_together(launched[0], launched), keep=False)


def requested_together() -> list[str]:
    """The ids that the URL gives of runs that were launched together; they need not exist."""
    return [part for part in _visit().address.get(TOGETHER, "").split(",") if part][:MAX_TOGETHER]


def link_together(shown: Run, launched: Sequence[Run]) -> dict[str, str]:
    """The URL parameters with which to open the page of a run and to name those that were launched together with it."""
    others = {TOGETHER: ",".join(run.id for run in launched)} if len(launched) > 1 else {}
    return _with_projector({RUN: shown.id, **others})


def requested_run() -> str | None:
    """The id that the URL gives, of a run that need not exist."""
    return _visit().address.get(RUN)


def preferred_runs(listed: Sequence[Run]) -> list[Run]:
    """Of the runs, the one that the URL names, the chosen one, and those that this person launched, the last first."""
    known = {run.id: run for run in listed}
    launched = reversed(st.session_state.get(Session.LAUNCHED, []))
    wanted = (requested_run(), st.session_state.get(Session.CHOSEN), *launched)
    return [known[run_id] for run_id in wanted if run_id in known]


# ---- What the URL asks for -------------------------------------------------------------------------------------------------


def requested_samples(most: int) -> list[int]:
    """The images of the data set that the URL names: places from 0 to `most` - 1; none if any is wrong."""
    parts = _visit().address.get(SAMPLES, "").split(",")
    return [int(part) for part in parts] if all(part.isdecimal() and len(part) < 7 and int(part) < most for part in parts) else []


def requested(name: str, known: Sequence[str]) -> str | None:
    """The value of a parameter if it is one of those that are known."""
    value = _visit().address.get(name)
    return value if value in known else None


def requested_text(name: str) -> str:
    """A parameter that people write themselves: at most 60 characters on one line."""
    text = _visit().address.get(name, "")
    return text if text.isprintable() and len(text) <= MAX_TEXT else ""


def requested_settings() -> dict[str, str]:
    """The settings that the URL names, as text; to be checked by whoever uses them."""
    parts = [part.partition(":") for part in _visit().address.get(SETTINGS, "").split(",")]
    return migration.settings({name: value for name, _, value in parts if name and value})


def as_settings(values: Mapping[str, object]) -> str:
    """Settings as `requested_settings` reads them."""
    return ",".join(f"{name}:{value}" for name, value in values.items())


def requested_point(latent_dim: int, name: str = POINT) -> list[float] | None:
    """The point that the URL names: `latent_dim` finite numbers, or None."""
    try:
        point = [float(part) for part in _visit().address.get(name, "").split(",")]
    except ValueError:
        return None
    fits = len(point) == latent_dim and all(math.isfinite(value) and abs(value) <= MAX_COORDINATE for value in point)
    return point if fits else None


def as_point(point: Sequence[float]) -> str:
    """A point as `requested_point` reads it."""
    return ",".join(f"{value:.4g}" for value in point)


def requested_draws() -> tuple[int, ...] | None:
    """How many draws from the prior the URL asks for, their seed, and from which component if not from all."""
    parts = _visit().address.get(DRAWS, "").split(",")
    return tuple(map(int, parts)) if len(parts) in (2, 3) and all(part.isdecimal() and len(part) < 6 for part in parts) else None


def requested_number(name: str) -> float | None:
    """The finite number that a parameter is."""
    with suppress(ValueError):
        number = float(_visit().address.get(name, ""))
        return number if math.isfinite(number) else None
    return None


def requested_label(classes: int) -> int | None:
    """The label that the URL asks for, from 0 to `classes` - 1."""
    text = requested(LABEL, [str(label) for label in range(classes)])
    return None if text is None else int(text)


def requested_codes() -> str:
    """The map of codes that the URL names, as letters; the browser knows whether it is one of the model."""
    text = _visit().address.get(CODES, "")
    return text if len(text) <= MAX_CODES and all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in text) else ""


def requested_seed() -> int:
    """The seed of a draw that the URL names; 0 if it names none."""
    text = _visit().address.get(SEED, "")
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def requested_axes(known: Sequence[str]) -> tuple[str, str] | None:
    """The two different axes of one kind that the URL names, if the model has them."""
    first, _, second = _visit().address.get(AXES, "").partition(",")
    fits = first != second and {first, second} <= set(known) and first[0] == second[0]
    return (first, second) if fits else None


# ---- Messages --------------------------------------------------------------------------------------------------------------


def announce(message: str) -> None:
    """Keep a message to be shown after the next rerun (a toast shown just before a rerun would be lost)."""
    st.session_state[Session.MESSAGE] = message


def pop_message() -> str | None:
    """The message to show now, once."""
    message: str | None = st.session_state.pop(Session.MESSAGE, None)
    return message


def _visit() -> Visit:
    visit: Visit = st.session_state[Session.VISIT]
    return visit


def _set(address: dict[str, str], *, keep: bool = True) -> None:
    visit = _visit()
    if address == visit.address:
        return
    if keep:
        visit.earlier = [*visit.earlier, visit.address][-MAX_EARLIER:]
    visit.address = address
    st.query_params.from_dict(address)
    _remember_page(visit)


def _with_run(address: dict[str, str], run_id: str | None) -> dict[str, str]:
    """The same address for another run."""
    kept = {name: value for name, value in address.items() if name not in (RUN, *OF_A_RUN)}
    return {RUN: run_id, **kept} if run_id else kept


def _with_projector(address: dict[str, str]) -> dict[str, str]:
    """The same address with what the switch says, whichever way it was on before."""
    kept = {name: value for name, value in address.items() if name != PROJECTOR}
    return {**kept, PROJECTOR: "1"} if projector() else kept


def _remember_page(visit: Visit) -> None:
    """Remember for the menu what the page shows and which run is chosen. The page of a running training is not the form."""
    with suppress(RunNotFound):
        st.session_state[Session.CHOSEN] = runs.find(visit.address.get(RUN, "")).id
    if visit.page != TRAIN or RUN not in visit.address:
        st.session_state.setdefault(Session.LAST_ADDRESS, {})[visit.page] = visit.address
