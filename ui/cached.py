"""Caches of what is derived from run folders: bounded, keyed by the files it was made from, never holding a network."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from ui.about_run import dataset_title
from ui.components.bundle import bundle
from ui.picture import data_uri
from vae_core import data
from vae_core.errors import RunDamaged
from vae_core.files import pictures
from vae_core.files.atomic import read_whole
from vae_core.files.file_cache import FileCache
from vae_core.files.pictures import contact_sheet, mime, png
from vae_core.latent import codes
from vae_core.models.program import read_program
from vae_core.runs.run import Run

SAMPLES, SAMPLES_ACROSS = 24, 8
STOPS = 6
_COVERS: FileCache[str | None] = FileCache(max_entries=128)
_BUNDLES: FileCache[bytes] = FileCache(max_entries=16)


def cover(run: Run) -> str | None:
    """The run's cover for the gallery as a data URI; None when there is none yet or the file is no picture."""
    return _COVERS.get(lambda: _cover(run), *_files(run, run.cover))


def _cover(run: Run) -> str | None:
    with suppress(RunDamaged):
        picture = run.picture(run.cover)
        kind = mime(picture)
        return data_uri(picture, kind) if kind else None
    return None


def map_bundle(run: Run) -> bytes:
    """The run's network, codes and thumbnails for the latent map. Raises RunDamaged when the network is missing or altered."""
    return _BUNDLES.get(lambda: _map_bundle(run), *_files(run, run.network, run.codes, run.thumbnails, run.card_file))


def _map_bundle(run: Run) -> bytes:
    config, card = run.config, run.card() or {}
    shown = codes.load(run.codes) if run.codes.exists() else None
    keep = slice(0, card.get("thumbnails", min(codes.MAX_SHOWN, shown.validation))) if shown else None
    labels = shown.labels[keep] if shown and (shown.labels[keep] >= 0).all() else None
    known = data.describe(config.train.dataset) if config.train.dataset in data.names() else None
    by_dimension: list[float] | list[None] = card.get("kl_by_dimension") or [None] * config.model.latent_dim
    about = {
        "run": run.id,
        "traits": asdict(config.model.traits),
        "levels": list(config.model.levels.items()),
        "class_names": list(known.class_names if known else ()),
        "dims": _ranked(by_dimension),
        "dataset": dataset_title(run),
        "likelihood": config.model.likelihood,
        "sigma": card.get("sigma", config.model.sigma),
        "beta": config.train.beta,
        "background": card.get("background", 0.0),
    }
    if config.model.traits.is_discrete:
        about["codebook"] = {"count": config.model.codebook, "shape": config.model.code_shape}
    if shown and shown.validation:
        about |= {"first": codes.best_known(shown), "held_out": min(shown.validation, len(shown.mean[keep]))}
    network = read_whole(run.network)
    program = read_program(network, run.network.name)
    if [program["latent_dim"], program["image_shape"]] != [config.model.latent_dim, list(config.model.image_shape)]:
        raise RunDamaged(f"{run.network.name} is of another model than the run's config; export the model again")
    about |= {"prior": program["prior"]} if "prior" in program else {}
    try:
        return bundle(
            network,
            codes=shown.mean[keep] if shown else None,
            labels=labels,
            thumbnails=run.picture(run.thumbnails) if shown and run.thumbnails.exists() else None,
            columns=codes.THUMBNAIL_COLUMNS,
            costs=shown.cost[: shown.validation] if shown else None,
            about=about,
        )
    except (ValueError, KeyError) as error:
        raise RunDamaged(f"the files of {run.id} do not belong together ({error}); export the model again") from None


_TOURS: FileCache[list[list[float]]] = FileCache(max_entries=64)


def tour(run: Run) -> list[list[float]]:
    """Codes of held-out images to be shown first: of the classes that the model draws best; the origin where there are none."""
    return _TOURS.get(lambda: _tour(run), *_files(run, run.codes))


def _tour(run: Run) -> list[list[float]]:
    kept = codes.load(run.codes) if run.codes.exists() else None
    if kept is None or not kept.validation:
        return [[0.0] * run.config.model.latent_dim]
    mean, cost, labels = (values[: kept.validation] for values in (kept.mean, kept.cost, kept.labels))
    groups = labels if len(np.unique(labels)) > 1 else np.arange(len(labels)) % STOPS
    best = [_cheapest_tenth(np.flatnonzero(groups == group), cost) for group in np.unique(groups)]
    chosen = sorted(range(len(best)), key=lambda group: cost[best[group][-1]])[:STOPS]
    outer = [best[group][np.linalg.norm(mean[best[group]] - mean.mean(0), axis=1).argmax()] for group in sorted(chosen)]
    return [[float(value) for value in code] for code in mean[outer]]


def _cheapest_tenth(places: np.ndarray, cost: np.ndarray) -> np.ndarray:
    ordered: np.ndarray = places[np.argsort(cost[places])]
    return ordered[: math.ceil(len(ordered) / 10)]


@dataclass(frozen=True, eq=False)
class Originals:
    """Held-out images of a run's data set, as its thumbnails keep them."""

    images: np.ndarray  # uint8 (N, C, H, W)
    labels: np.ndarray  # int64 (N,), -1 where there are none
    class_names: tuple[str, ...]

    def name(self, place: int) -> str:
        """The class of an image, or which one it is."""
        label = self.labels[place]
        return self.class_names[label] if 0 <= label < len(self.class_names) else f"Image {place + 1}"


_ORIGINALS: FileCache[Originals] = FileCache(max_entries=16)


def originals(run: Run) -> Originals:
    """The images whose codes a map shows. Raises RunDamaged when they are missing or altered."""
    return _ORIGINALS.get(lambda: _originals(run), *_files(run, run.codes, run.thumbnails))


def _originals(run: Run) -> Originals:
    config, kept = run.config, codes.load(run.codes)
    channels, height, width = config.model.image_shape
    try:
        sheet = pictures.read(run.picture(run.thumbnails))
        tiles = sheet.reshape(len(sheet) // height, height, codes.THUMBNAIL_COLUMNS, width, -1).transpose(0, 2, 4, 1, 3)
        shown = tiles.reshape(-1, tiles.shape[2], height, width)[: min(codes.MAX_SHOWN, kept.validation), :channels]
    except ValueError as error:
        raise RunDamaged(f"{run.thumbnails.name} cannot be read ({error.__class__.__name__})") from None
    known = data.describe(config.train.dataset) if config.train.dataset in data.names() else None
    shown.setflags(write=False)
    return Originals(shown, kept.labels[: len(shown)], known.class_names if known else ())


@st.cache_data(max_entries=16, show_spinner="Loading the images")
def sample_strip(dataset: str) -> bytes:
    """A PNG of some real images of a data set, the same every time."""
    whole = data.load(dataset, images=0 if data.describe(dataset).count <= 100_000 else 2000)
    chosen = np.sort(np.random.default_rng(0).permutation(len(whole.images))[:SAMPLES])
    side = whole.images.shape[-1]
    return png(contact_sheet(whole.images[chosen], SAMPLES_ACROSS), scale=max(1, 64 // side))


def _ranked(kl_by_dimension: Sequence[float | None]) -> list[tuple[int, float | None]]:
    return sorted(enumerate(kl_by_dimension), key=lambda pair: -(pair[1] or 0.0))


def _files(run: Run, *made_from: Path) -> list[str]:
    """The files on which a cached value depends; the config says how the others are read."""
    return [f"{path}" for path in (*made_from, run.path / "config.json")]
