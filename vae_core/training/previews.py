"""Previews of a training: what the model makes of fixed points and fixed images after each epoch."""

from __future__ import annotations

import math
import typing
from pathlib import Path

import numpy as np

from vae_core.files.arrays import npz
from vae_core.files.atomic import write_atomic
from vae_core.files.pictures import contact_sheet, to_bytes, webp
from vae_core.latent import geometry
from vae_core.latent.codes import SMALL
from vae_core.runs.previews import SHEET_EXTENT, sheet_side, whole_rows

if typing.TYPE_CHECKING:
    from vae_core.data.batches import Batches
    from vae_core.data.image_set import ImageSet
    from vae_core.models import Model

MAX_FRAMES = 40
PROBES = 1000
FACES = 10
COVER_PIXELS = 384
COVER_SIDE = 6


class PreviewWriter:
    """Writes the previews of one run; remembers which images it follows."""

    def __init__(self, folder: Path, model: Model, batches: Batches, data: ImageSet, epochs: int) -> None:
        self.folder = folder
        self.every = math.ceil(epochs / MAX_FRAMES)
        self._model, self._batches = model, batches
        held_out = np.random.default_rng(0).permutation(data.validation)[:PROBES]
        self._probes = np.concatenate([held_out, data.train]) if len(data.images) < SMALL else held_out
        self._faces = _one_of_each(data, held_out if len(held_out) >= FACES else self._probes)
        self._face_labels = data.labels[self._faces] if data.labels is not None else None
        folder.mkdir(exist_ok=True)
        labels = np.full(len(self._probes), -1) if data.labels is None else data.labels[self._probes]
        is_held_out = np.arange(len(labels)) < len(held_out)
        write_atomic(folder / "probes.npz", npz(labels=labels.astype(np.int16), held_out=is_held_out))
        write_atomic(folder / "originals.webp", webp(contact_sheet(data.images[self._faces], len(self._faces)), lossless=True))

    def write_preview(self, epoch: int) -> None:
        """Write the frame of an epoch: a sheet of decoded points, the reconstructions and the codes of the fixed images."""
        from vae_core.latent.encode import encode

        codes, *_ = encode(self._model, self._batches, self._probes)
        faces, *_ = encode(self._model, self._batches, self._faces)
        write_atomic(self.folder / f"{epoch:04}-codes.npz", npz(mean=codes.astype(np.float16)))
        reconstructions = decode(self._model, faces, self._face_labels)
        write_atomic(self.folder / f"{epoch:04}-reconstructions.webp", webp(contact_sheet(reconstructions, len(faces)), lossless=False))
        side = sheet_side(self._model.config.image_shape, self._model.config.classes)
        tiles = decode(self._model, sheet_points(self._model, codes, side), sheet_labels(self._model, side))
        write_atomic(self.folder / f"{epoch:04}-sheet.webp", webp(contact_sheet(tiles, side), lossless=False))


def cover(model: Model, codes: np.ndarray) -> bytes:
    """A WebP picture that stands for the model: 6 x 6 decoded points, exact where they are grey.

    They are the plane of a two-dimensional model; of others the codes (N, D) of held-out images, and draws from the prior if those are
    few. A conditional model shows draws from the prior, a class a row.
    """
    side = whole_rows(COVER_SIDE, model.config.classes)
    points, labels = sheet_points(model, codes, side), sheet_labels(model, side)
    if model.config.latent_dim > 2 and labels is None:
        points = np.concatenate([codes, points])[: side**2]
    sheet = contact_sheet(decode(model, points, labels), side)
    return webp(sheet, lossless=sheet.ndim == 2, scale=max(1, COVER_PIXELS // len(sheet)))


def sheet_points(model: Model, codes: np.ndarray, side: int) -> np.ndarray:
    """Rows of `side` points (., D) to decode: the plane of a two-dimensional model, else draws from the prior.

    Without a prior, or with one that is learned, the points cover or follow the codes (N, D) that the encoder gave. A conditional model
    decodes the same draws for each label.
    """
    dimensions, is_normal, labels = model.config.latent_dim, model.config.traits.is_normal, sheet_labels(model, side)
    if model.config.traits.is_discrete:
        return drawn(model, side * side)
    if labels is not None:
        draws = side * side // len(np.unique(labels))
        return np.tile(np.random.default_rng(1).standard_normal((draws, dimensions)), (side * side // draws, 1))
    if dimensions > 2:
        noise = np.random.default_rng(1).standard_normal((side * side, dimensions))
        return noise if is_normal else np.asarray(codes.mean(0) + noise * codes.std(0))
    plane = geometry.raw_plane(dimensions, extent=SHEET_EXTENT)
    if is_normal:
        return plane.grid(side)
    low, high = np.percentile(codes, [2, 98], axis=0)
    return np.asarray((low + high) / 2 + plane.grid(side) / SHEET_EXTENT * (high - low) / 2)


def sheet_labels(model: Model, side: int) -> np.ndarray | None:
    """The label of each of `sheet_points`, one a row, of all classes or evenly of some; None if the model is told none."""
    classes = model.config.classes
    return np.repeat(np.arange(side) * classes // side, side) if classes else None


def drawn(model: Model, count: int) -> np.ndarray:
    """Draws from the prior (count, D), the same every time."""
    import torch

    model.eval()
    generator = torch.Generator(model.log_sigma.device).manual_seed(1)
    return model.prior.sample(count, generator).cpu().numpy()


def decode(model: Model, points: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """Points (N, D), and labels (N,) if the model is told them -> uint8 images (N, C, H, W)."""
    import torch

    model.eval()
    with torch.inference_mode():
        z = torch.from_numpy(points.astype(np.float32)).to(model.log_sigma.device)
        y = None if labels is None else torch.from_numpy(labels).to(z.device)
        images = [model.images(z[some], None if y is None else y[some]) for some in torch.split(torch.arange(len(z)), 256)]
        return np.concatenate([to_bytes(some.cpu().numpy()) for some in images])


def _one_of_each(data: ImageSet, candidates: np.ndarray) -> np.ndarray:
    """Up to ten images to follow: one of each class as far as classes go."""
    if data.labels is None:
        return candidates[:FACES]
    _, first = np.unique(data.labels[candidates], return_index=True)
    rest = np.setdiff1d(np.arange(len(candidates)), first)
    return np.asarray(candidates[np.concatenate([first, rest])[:FACES]])
