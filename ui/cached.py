"""What is derived from run folders and kept: bounded, keyed by the files it was made from, never holding a network."""

from pathlib import Path

import numpy as np
import streamlit as st

from ui.components.bundle import bundle
from vae_core import codes, data
from vae_core.errors import RunDamaged
from vae_core.pictures import contact_sheet, png
from vae_core.runs import Run

SAMPLES = 24


def map_bundle(run: Run) -> bytes:
    """The run's network, codes and thumbnails for the latent map. Raises RunDamaged when the network is missing or altered."""
    return _map_bundle(str(run.path), tuple(_stamp(path) for path in (run.network, run.codes, run.thumbnails, run.card_file)))


@st.cache_data(max_entries=16, show_spinner="Reading the model")
def _map_bundle(folder: str, stamps: tuple) -> bytes:
    run = Run(Path(folder))
    config, card = run.config, run.card() or {}
    shown = codes.load(run.codes) if stamps[1] else None
    keep = slice(0, min(codes.MOST_SHOWN, shown.validation)) if shown else None
    labelled = shown is not None and (shown.labels[keep] >= 0).all()
    known = data.describe(config.train.dataset) if config.train.dataset in data.names() else None
    by_dimension = card.get("kl_by_dimension") or [None] * config.model.latent_dim
    about = {
        "run": run.id,
        "family": config.model.family,
        "class_names": list(known.class_names if known else ()),
        "dims": _ranked(by_dimension),
        "dataset": known.title if known else config.train.dataset,
        "likelihood": config.model.likelihood,
        "sigma": card.get("sigma", config.model.sigma),
        "ground": card.get("ground", 0.0),
    }
    try:
        return bundle(
            _read(run.network),
            codes=shown.mean[keep] if shown else None,
            labels=shown.labels[keep] if labelled else None,
            thumbnails=_read(run.thumbnails) if shown and stamps[2] else None,
            columns=codes.THUMBNAIL_COLUMNS,
            costs=shown.cost[: shown.validation] if shown else None,
            about=about,
        )
    except (ValueError, KeyError) as error:
        raise RunDamaged(f"the files of {run.id} do not belong together ({error}); export the model again") from None


@st.cache_data(max_entries=16, show_spinner="Loading the images")
def sample_strip(dataset: str) -> bytes:
    """A PNG of some real images of a data set, the same every time."""
    images = data.load(dataset, images=0 if data.describe(dataset).count <= 100_000 else 2000)
    chosen = np.sort(np.random.default_rng(0).permutation(len(images.images))[:SAMPLES])
    side = images.images.shape[-1]
    return png(contact_sheet(images.images[chosen], SAMPLES // 2), scale=max(1, 64 // side))


def _ranked(kl_by_dimension: list[float | None]) -> list[tuple[int, float | None]]:
    return sorted(enumerate(kl_by_dimension), key=lambda pair: -(pair[1] or 0.0))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RunDamaged(f"{path.name} cannot be read ({error.strerror})") from None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
