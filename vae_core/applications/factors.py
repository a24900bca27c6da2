"""The factor bench: which latent dimension follows which of the factors that images were generated from, and the scores made of that.

Computing needs torch, looking at what was computed does not.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vae_core import data
from vae_core.applications import disentanglement
from vae_core.applications.disentanglement import Factor, as_angle, as_class, as_number
from vae_core.config import TrainConfig
from vae_core.data import shapes
from vae_core.data.binarisation import binarised
from vae_core.data.image_set import ImageSet, leave_out
from vae_core.errors import DataError
from vae_core.files.pictures import to_bytes
from vae_core.runs.run import Run

if typing.TYPE_CHECKING:
    from vae_core.models import Model

LEARNED, TESTED = 10_000, 5_000
"""New images: those that predictors are fitted to, and those that they are tested on, as many as Locatello et al. 2019 take."""
SEED = 1
"""Of the new images. Those of trainings have seed 0."""
MOST_SHOWN = 12
"""Dimensions along which images are decoded: those that tell most of some factor."""
STEPS = 9
AT_ONCE = 1000
NO_FACTORS = "What these images were generated from is not known, so nothing can be compared with it; of the generated shapes it is."
DISCRETE = "A map of codes has no latent dimensions, of which one could follow a factor."
ONE_DIMENSION = "A code of a single dimension leaves nothing to tell apart: train with two or more."


@dataclass(frozen=True, eq=False)
class Followed:
    """What dimensions (D) of codes say of factors (F).

    Attributes:
        factors: int64 (F,), places of the factors in `DatasetInfo.factors`: those that vary.
        information: float64 (F, D), the share of a factor's entropy that a dimension tells alone.
        informativeness: float64 (F,), R^2 of predicting a factor from all dimensions.
        scores: float64 (5,), `disentanglement.SCORES` of the codes.
        mixed: float64 (5,), of the same codes in axes that mix all dimensions.
        dimensions: int64 (S,), those along which images are decoded, in order.
        along: uint8 (S, STEPS, C, H, W), decoded from one code of which a dimension takes values between the 1st and the 99th percentile.
    """

    factors: np.ndarray
    information: np.ndarray
    informativeness: np.ndarray
    scores: np.ndarray
    mixed: np.ndarray
    dimensions: np.ndarray
    along: np.ndarray


def refusal(run: Run) -> str:
    """Why there is nothing to measure of a run, as a sentence; empty if there is."""
    dataset, model = run.config.train.dataset, run.config.model
    if dataset not in data.names() or not data.describe(dataset).factors:
        return NO_FACTORS
    if model.traits.is_discrete:
        return DISCRETE
    return ONE_DIMENSION if model.latent_dim < 2 else ""


def measure(run: Run) -> Followed:
    """What the encoded means of new images say of their factors. Needs torch.

    Raises DataError where `refusal` says why, RunDamaged without usable weights.
    """
    from vae_core.models import weights

    if reason := refusal(run):
        raise DataError(reason)
    return compare(weights.load_model(run), run.config.train)


def compare(model: Model, recipe: TrainConfig) -> Followed:
    """The same of a model that was trained by this recipe. Needs torch. A conditional model is told the true labels."""
    import torch

    from vae_core.data.batches import Batches

    images, places = new_images(recipe)
    assert images.factors is not None
    labels = images.labels if model.config.traits.is_conditional else None
    batches = Batches(images.images, torch.device("cpu"), labels)
    with torch.inference_mode():
        parts = torch.split(torch.from_numpy(places), AT_ONCE)
        codes = torch.cat([model.encode(batches[some], batches.labels(some)).mean for some in parts]).numpy()
    known = list(varying(images.factors[places]))
    factors, learned = [factor for _, factor in known], round(len(codes) * LEARNED / (LEARNED + TESTED))
    shares = disentanglement.information(codes, factors)
    scores, informativeness = disentanglement.scores(codes, factors, learned)
    best = np.sort(np.argsort(-shares.max(0), kind="stable")[:MOST_SHOWN])
    return Followed(
        factors=np.array([place for place, _ in known]),
        information=shares,
        informativeness=informativeness,
        scores=scores,
        mixed=disentanglement.scores(disentanglement.mixed(codes), factors, learned)[0],
        dimensions=best,
        along=_along(model, codes, best, None if labels is None else labels[places]),
    )


def new_images(recipe: TrainConfig) -> tuple[ImageSet, np.ndarray]:
    """15,000 images that no training has seen, and the places of those that are not of a class that the recipe leaves out."""
    images = leave_out(data.load(recipe.dataset, images=LEARNED + TESTED, seed=SEED), recipe.without)
    places = np.sort(np.concatenate([images.train, images.validation]))
    return images if recipe.binarise == "no" else binarised(images), places


def varying(values: np.ndarray) -> Iterator[tuple[int, Factor]]:
    """The factors of sprites (N, 5), each with its place, but for one that is the same for all."""
    shape, scale, _, x, y = values.T
    low, high = shapes.LOW, shapes.HIGH
    factors = (
        as_class(shape),
        as_number(scale, low[1], high[1]),
        as_angle(shapes.visible_rotation(values)),
        as_number(x, low[3], high[3]),
        as_number(y, low[4], high[4]),
    )
    return ((place, factor) for place, factor in enumerate(factors) if factor.entropy > 0)


def _along(model: Model, codes: np.ndarray, dimensions: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
    """Images uint8 (S, STEPS, C, H, W) along each dimension, from the code that is nearest to the mean of all."""
    import torch

    middle = int(np.linalg.norm(codes - codes.mean(0), axis=1).argmin())
    way = np.repeat(codes[middle][None, None], len(dimensions), 0).repeat(STEPS, 1)
    for place, dimension in enumerate(dimensions):
        low, high = np.percentile(codes[:, dimension], (1, 99))
        way[place, :, dimension] = np.linspace(low, high, STEPS)
    told = None if labels is None else torch.full((len(dimensions) * STEPS,), int(labels[middle]))
    with torch.inference_mode():
        decoded = model.images(torch.from_numpy(way.reshape(-1, way.shape[-1])), told)
    return to_bytes(decoded.numpy()).reshape(len(dimensions), STEPS, *decoded.shape[1:])
