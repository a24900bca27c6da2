"""The film of a training as a Streamlit component: reads a film folder, sends each frame once. Knows no run and no training."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from ui.components.mount import component
from ui.glossary import term_html
from ui.palette import CLASS_COLOURS
from vae_core.errors import RunDamaged
from vae_core.files.pictures import read_picture
from vae_core.files.tensors import pack
from vae_core.latent.geometry import principal_directions
from vae_core.runs.previews import SHEET_EXTENT, Followed, codes_in, followed_in, frames, sheet_side

FRAMES_A_CHUNK = 8
MOST_CHUNKS = 64


def film(
    folder: Path,
    *,
    image_shape: tuple[int, int, int],
    latent_dim: int,
    class_names: Sequence[str],
    has_prior: bool,
    is_conditional: bool,
    live: bool,
    signed: bool,
    key: str,
) -> None:
    """Show the film in `folder`, which may not exist yet; the browser plays and scrubs it and never asks the server.

    `image_shape` is channels, height, width in pixels; `has_prior` is false for an autoencoder, and the sheet of a conditional
    model has a class a row. While `live`, call this again and
    again (in a fragment that repeats): frames that have appeared since are sent, eight to a chunk, full chunks only once.
    A picture that is altered or missing is named in its place; `signed` says that each has a checksum. Raises RunDamaged when
    another file of the film is missing or altered.
    """
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    followed, is_plane = followed_in(folder), latent_dim == 2 and has_prior and not is_conditional
    view = {
        "film": name,
        "live": live,
        "image_shape": list(image_shape),
        "axes": ["z1", "z2"][:latent_dim] if latent_dim <= 2 else [],
        "prior": has_prior,
        "grid": SHEET_EXTENT if is_plane else 0,
        "ringed": bool(followed.held_out.any() and not followed.held_out.all()),
        "class_names": list(class_names),
        "colours": CLASS_COLOURS,
        "captions": _captions(latent_dim, has_prior, is_conditional, followed, sheet_side(image_shape) ** 2),
    }
    with st.container(key=key, gap=None):
        _VIEW(data=view, key=f"{key}.{name}")
        for number, part in enumerate(_parts(folder, name, signed)):
            _PART(data=part, key=f"{key}.{name}.{number}", height=1)


def _parts(folder: Path, film: str, signed: bool) -> list[bytes]:
    """What the browser needs: the images that are followed, then the frames in chunks. Nothing before the training begins."""
    if not (folder / "originals.webp").exists():
        return []
    epochs = frames(folder)
    parts, directions = [_pack_images(folder, film, _stamp(folder / "originals.webp"), signed)], None
    for first in range(0, len(epochs), FRAMES_A_CHUNK):
        chunk = tuple(epochs[first : first + FRAMES_A_CHUNK])
        part, directions = _pack_frames(folder, film, chunk, _stamp(folder / f"{chunk[-1]:04}-sheet.webp"), signed, directions)
        parts.append(part)
    return parts


@st.cache_data(max_entries=MOST_CHUNKS, show_spinner=False)
def _pack_images(folder: Path, film: str, stamp: int, signed: bool) -> bytes:
    followed = followed_in(folder)
    images = {"originals": _picture(folder / "originals.webp", signed), "labels": followed.labels}
    return _pack(film, "images", (), {**images, "held_out": followed.held_out.astype(np.uint8)})


@st.cache_data(max_entries=MOST_CHUNKS, show_spinner=False)
def _pack_frames(
    folder: Path, film: str, epochs: tuple[int, ...], stamp: int, signed: bool, directions: np.ndarray | None
) -> tuple[bytes, np.ndarray | None]:
    """A chunk of frames, and the two directions (2, D) along which its last codes are seen; `stamp` tells a rewritten film from the old."""
    arrays = {}
    for epoch in epochs:
        codes = codes_in(folder, epoch)
        directions = _turn(directions, codes)
        arrays[f"{epoch}-codes"] = _flatten(codes, directions)
        arrays[f"{epoch}-sheet"] = _picture(folder / f"{epoch:04}-sheet.webp", signed)
        arrays[f"{epoch}-reconstructions"] = _picture(folder / f"{epoch:04}-reconstructions.webp", signed)
    return _pack(film, f"frames from {epochs[0]}", epochs, arrays), directions


def _pack(film: str, part: str, epochs: tuple[int, ...], arrays: dict[str, np.ndarray]) -> bytes:
    """One part as bytes, the same whenever it is made. Its facts are an array, for the format keeps metadata in no fixed order."""
    about = json.dumps({"film": film, "name": part, "epochs": epochs})
    return pack({**arrays, "about": np.frombuffer(about.encode(), np.uint8)}, {})


def _turn(directions: np.ndarray | None, codes: np.ndarray) -> np.ndarray | None:
    """Orthonormal directions (2, D) of wide spread in codes (N, D): the principal ones at first, then one step of subspace iteration.

    Each epoch depends on the epochs before it alone, and the polar factor turns the plane no more than the codes demand: a film
    shows the codes move, not the axes jump, and what was sent stays true. Two dimensions or one are shown as they are: None.
    """
    if codes.shape[1] <= 2:
        return None
    finite = codes[np.isfinite(codes).all(axis=1)]
    if directions is None:
        found = principal_directions(finite, 2)[1] if len(finite) > 1 else np.eye(2, codes.shape[1])
        return found.astype(np.float64)
    centred = finite - finite.mean(axis=0)
    left, _, right = np.linalg.svd(directions @ (centred.T @ centred), full_matrices=False)
    return np.asarray(left @ right)


def _flatten(codes: np.ndarray, directions: np.ndarray | None) -> np.ndarray:
    """Codes (N, D) as points (N, 2) in latent units; one dimension lies on a line."""
    if directions is not None:
        return np.asarray(codes @ directions.T, np.float32)
    return np.pad(codes, ((0, 0), (0, 2 - codes.shape[1])))


def _captions(latent_dim: int, has_prior: bool, is_conditional: bool, followed: Followed, tiles: int) -> dict[str, str]:
    """What is seen, as HTML."""
    prior = term_html("prior", "prior")
    if not has_prior:
        sheet = f"{tiles} points among the codes, decoded"
    elif is_conditional:
        sheet = f"A class a row: the same draws from the {prior}, decoded"
    elif latent_dim <= 2:
        sheet = f"A grid of the {prior}’s codes{' (dashed)' if latent_dim == 2 else ''}, decoded"
    else:
        sheet = f"{tiles} draws from the {prior}, decoded"
    count, held_out = len(followed.labels), int(followed.held_out.sum())
    code = term_html("code", "Codes")
    held_out_term = term_html("held-out", "held-out")
    if held_out < count:
        codes = f"{code} of all {count:,} images; {held_out_term} ones ringed"
    else:
        codes = f"{code} of the same {count:,} {held_out_term} images" if count > 1 else f"{code} of {held_out_term} images"
    seen = "" if latent_dim <= 2 else ", flattened"
    return {"sheet": sheet, "codes": codes + seen, "faces": "Images, and below each its reconstruction"}


def _picture(path: Path, signed: bool) -> np.ndarray:
    """A picture file (bytes,), empty when it is altered or missing: the page names the epoch and shows the others."""
    try:
        return np.frombuffer(read_picture(path, signed=signed), np.uint8)
    except RunDamaged:
        return np.zeros(0, np.uint8)


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise RunDamaged(f"{path.name} of the film cannot be read ({error.__class__.__name__}); train the model again") from None


_VIEW = component("film", script="film/film.js", styles=("film/film.css",))
_PART = component("film_part", script="view/parts.js")
