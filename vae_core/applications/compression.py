"""The compression bench: the size of a code with fewer and fewer bits, beside picture files that err as much.

Computing needs torch, looking at what was computed does not.
"""

import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vae_core.applications import images
from vae_core.applications.denoising import error
from vae_core.files.pictures import contact_sheet, to_bytes
from vae_core.latent import codes
from vae_core.latent.encode import encode
from vae_core.runs.run import Run

BITS = (1, 2, 3, 4, 5, 6, 8, 10, 12)
"""For each dimension of a code."""
MOST = 200
"""Held-out images; which ones, a seed decides."""
SHOWN = 8
FORMATS = ("WEBP", "JPEG")
QUALITIES = (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 36, 43, 50, 58, 66, 74, 82, 90, 95)


@dataclass(frozen=True, eq=False)
class Compressed:
    """Sizes in bits per image, and mean squared errors per pixel.

    Attributes:
        code_bits: float64 (B,), of a code at each of `BITS`; of a discrete model, whose code is whole numbers already, one size alone.
        code_errors: float64 (B,), of what is decoded from it.
        code_images: uint8 (B, T, C, H, W), that of some images.
        exact_error: float64 (), without rounding the code.
        kl_bits: float64 (), mean KL / ln 2 of held-out images, and the bits of the label if it is told: what a draw from the posterior
            takes with an ideal coder, if the prior is known to both sides; not a number without a prior.
        file_bits: float64 (F,), of files of each of `FORMATS` that err at most as much as `exact_error`, one quality for all.
        empty_bits: float64 (F,), of such a file of one colour: what is about the format, and not about the picture.
        file_errors: float64 (F,).
        file_images: uint8 (F, T, C, H, W).
        images: uint8 (T, C, H, W).
    """

    code_bits: np.ndarray
    code_errors: np.ndarray
    code_images: np.ndarray
    exact_error: np.ndarray
    kl_bits: np.ndarray
    file_bits: np.ndarray
    empty_bits: np.ndarray
    file_errors: np.ndarray
    file_images: np.ndarray
    images: np.ndarray


def measure(run: Run) -> Compressed:
    """Compress held-out images of a run's data set. Needs torch.

    A conditional model is told the true labels, whose bits count. Raises DataError without the images, RunDamaged without usable weights.
    """
    import torch

    from vae_core.data.batches import Batches
    from vae_core.models import weights

    model, data, kept = weights.load_model(run), images.load(run), codes.load(run.codes)
    places, traits = images.some(data.validation, MOST), run.config.model.traits
    clean, labels = data.images[places], data.labels if traits.is_conditional else None
    means, _, _ = encode(model, Batches(data.images, torch.device("cpu"), labels), places)
    told = None if labels is None else torch.from_numpy(labels[places])
    known = kept.mean[kept.validation :]
    rounded = [means] if traits.is_discrete else [round_codes(means, bits, known) for bits in BITS]
    with torch.inference_mode():
        decoded = [to_bytes(model.images(torch.from_numpy(some), told).numpy()) for some in (*rounded, means)]
    *decoded, exact = decoded
    files = [equal_file(clean, kind, _error(exact, clean)) for kind in FORMATS]
    return Compressed(
        code_bits=_code_bits(run),
        code_errors=np.array([_error(some, clean) for some in decoded]),
        code_images=np.stack([some[:SHOWN] for some in decoded]),
        exact_error=np.array(_error(exact, clean)),
        kl_bits=np.array(kept.total_kl[: kept.validation].mean() / math.log(2) + _label_bits(run) if traits.has_prior else math.nan),
        file_bits=np.array([bits for bits, _ in files]),
        empty_bits=np.array([_file_bits(np.zeros_like(clean[:1]), kind, QUALITIES[0])[0] for kind in FORMATS]),
        file_errors=np.array([_error(some, clean) for _, some in files]),
        file_images=np.stack([some[:SHOWN] for _, some in files]),
        images=clean[:SHOWN],
    )


def round_codes(means: np.ndarray, bits: int, known: np.ndarray) -> np.ndarray:
    """Codes float32 (N, D) rounded to 2^bits values in each dimension, evenly between the least and the largest of `known` (M, D)."""
    low, high = known.min(0), known.max(0)
    step = np.maximum(high - low, 1e-12) / 2**bits
    numbers = np.clip(np.floor((means - low) / step), 0, 2**bits - 1)
    rounded: np.ndarray = (low + (numbers + 0.5) * step).astype(np.float32)
    return rounded


def equal_file(clean: np.ndarray, kind: str, most: float) -> tuple[float, np.ndarray]:
    """Bits per image of picture files at the first quality at which they err at most so much, or the best there is; and the pictures."""
    for quality in QUALITIES:
        bits, decoded = _file_bits(clean, kind, quality)
        if _error(decoded, clean) <= most:
            break
    return bits, decoded


def _file_bits(clean: np.ndarray, kind: str, quality: int) -> tuple[float, np.ndarray]:
    """Mean bits of files of images uint8 (N, C, H, W), one each, and what they show."""
    total, decoded = 0, np.empty_like(clean)
    for place, image in enumerate(clean):
        buffer, mode = io.BytesIO(), "L" if len(image) == 1 else "RGB"
        Image.fromarray(contact_sheet(image[None], 1)).save(buffer, kind, quality=quality)
        total += buffer.tell()
        pixels = np.asarray(Image.open(buffer).convert(mode))
        decoded[place] = pixels.reshape(*pixels.shape[:2], -1).transpose(2, 0, 1)
    return 8 * total / len(clean), decoded


def _error(decoded: np.ndarray, clean: np.ndarray) -> float:
    return error(decoded / 255, clean / 255)


def _label_bits(run: Run) -> float:
    """Bits of the label that a model is told."""
    return math.log2(run.config.model.classes) if run.config.model.classes else 0.0


def _code_bits(run: Run) -> np.ndarray:
    """Bits of a code at each of `BITS`, or of a map of codes; with those of the label, if it is told."""
    model = run.config.model
    of_label = _label_bits(run)
    if model.traits.is_discrete:
        return np.array([math.prod(model.code_shape[1:]) * math.log2(model.codebook) + of_label])
    return model.latent_dim * np.array(BITS, np.float64) + of_label
