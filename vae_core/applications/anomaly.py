"""The anomaly bench: does a model notice images unlike those it learned from? Five scores of an image, each compared in two groups.

The larger a score, the stranger the image. Computing needs torch, looking at what was computed does not.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vae_core import data
from vae_core.applications import images
from vae_core.data.binarisation import binarise
from vae_core.errors import DataError
from vae_core.files.pictures import to_bytes
from vae_core.latent import codes, encoded_sets
from vae_core.runs.run import Run
from vae_core.traits import Traits

if typing.TYPE_CHECKING:
    import torch
    from torch import Tensor

    from vae_core.models import Model
    from vae_core.models.posteriors import Posterior

DRAWS = 64
MOST = 1000
"""Images of a group; which ones, a seed decides."""
PIXELS_AT_ONCE = 400_000
SHOWN = 10
SCORES = ("elbo", "reconstruction", "draws", "code", "nearest")
LEFT_OUT, UPSIDE_DOWN, BLANK = "left_out", "upside_down", "blank"
NEEDS_LABEL = "This model is told the label of every image, and an anomaly has none: there is nothing fair to score it by."


@dataclass(frozen=True, eq=False)
class Scored:
    """What one score says of two groups of images.

    Attributes:
        known: float32 (N,), of held-out images like those that the model learned from.
        anomalous: float32 (M,), of the others.
        top: float32 (T,), the largest scores of all, in falling order.
        top_is_anomalous: bool (T,).
        images: uint8 (T, C, H, W), theirs.
        reconstructions: uint8 (T, C, H, W).
    """

    known: np.ndarray
    anomalous: np.ndarray
    top: np.ndarray
    top_is_anomalous: np.ndarray
    images: np.ndarray
    reconstructions: np.ndarray


def scores_of(traits: Traits) -> list[str]:
    """The scores that mean something for a family: -ELBO where there is a bound, draws where there is something to draw."""
    absent = {"elbo": not traits.is_bound, "draws": not traits.is_stochastic}
    return [name for name in SCORES if not absent.get(name)]


def refusal(traits: Traits) -> str:
    """Why a family cannot be asked, as a sentence; empty if it can."""
    return NEEDS_LABEL if traits.is_conditional else ""


def groups(run: Run) -> list[str]:
    """What can be put before a model as anomalous: classes left out, known images upside down, a blank one, other sets of such images.

    Sets that contain the images it knows under another name are none.
    """
    own = data.describe(run.config.train.dataset)
    fitting = [data.describe(name) for name in encoded_sets.fitting(run) if name != own.name and data.is_available(name)]
    others = [info.name for info in fitting if info.own or info.source != own.source]
    return [*([LEFT_OUT] if run.config.train.without else []), UPSIDE_DOWN, BLANK, *others]


def measure(run: Run, group: str) -> dict[str, Scored]:
    """Score held-out images and those of a group, by each score that the run's family has. Needs torch.

    Raises DataError for a group that `groups` does not name, for a family told labels, and without the run's data set; RunDamaged without
    usable weights.
    """
    from vae_core.models import weights

    if reason := refusal(run.config.model.traits):
        raise DataError(reason)
    if group not in groups(run):
        raise DataError(f"{run.id} has no group {group[:40]!r} to be asked about; choose one of {', '.join(groups(run))}")
    known, anomalous = _images(run, group)
    kept = codes.load(run.codes)
    model = weights.load_model(run)
    together = np.concatenate([known, anomalous])
    scores = score(model, together, kept.mean[kept.validation :])
    return {name: _compared(model, together, len(known), values) for name, values in scores.items()}


def score(model: Model, pictures: np.ndarray, training_codes: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    """The scores float32 (N,) of pictures uint8 (N, C, H, W) by their names.

    Args:
        model: of any family that is not told labels; it is put into evaluation mode.
        pictures: those to be scored.
        training_codes: float32 (T, D).
        seed: of the draws.
    """
    import torch

    model.eval()
    wanted = scores_of(model.config.traits)
    parts: dict[str, list[Tensor]] = {name: [] for name in wanted}
    space, middle = torch.from_numpy(training_codes), torch.from_numpy(training_codes.mean(0))
    generator = torch.Generator().manual_seed(seed)
    with torch.inference_mode():
        for x in _batches(pictures):
            posterior = model.encode(x)
            found = _of_images(model, x, posterior, generator) | _of_codes(model, posterior.mean, space, middle)
            for name in wanted:
                parts[name].append(found[name])
    return {name: torch.cat(values).numpy() for name, values in parts.items()}


def _of_images(model: Model, x: Tensor, posterior: Posterior, generator: torch.Generator) -> dict[str, Tensor]:
    """Nats (N,) that images cost: at their mean codes, as the mean over draws from the posterior (An & Cho 2015), and with the KL."""
    import torch

    found = {"reconstruction": model.reconstruction_cost(model.decode(posterior.mean), x)}
    noise = posterior.noise(DRAWS if model.config.traits.is_stochastic else 1, generator)
    found["draws"] = torch.stack([model.reconstruction_cost(model.decode(posterior.at(eps)), x) for eps in noise]).mean(0)
    if model.config.traits.is_bound:
        found["elbo"] = found["draws"] + model.kl(posterior, noise).sum(1)
    return found


def _of_codes(model: Model, mean: Tensor, space: Tensor, middle: Tensor) -> dict[str, Tensor]:
    """How strange mean codes (N, D) are: under the prior or far from the middle of those in `space`, and far from each of them."""
    import torch

    traits = model.config.traits
    if traits.is_normal or not traits.has_prior:
        strange = torch.linalg.vector_norm(mean if traits.has_prior else mean - middle, dim=1)
    else:
        strange = -model.prior.log_prob(mean)
    return {"code": strange, "nearest": torch.cdist(mean, space).amin(1)}


def _batches(pictures: np.ndarray) -> Iterator[Tensor]:
    """Pictures uint8 (N, C, H, W) as floats in [0, 1], some at a time."""
    import torch

    size = max(1, PIXELS_AT_ONCE // pictures[0].size)
    for start in range(0, len(pictures), size):
        yield torch.from_numpy(pictures[start : start + size].astype(np.float32) / 255)


def _images(run: Run, group: str) -> tuple[np.ndarray, np.ndarray]:
    """The known images and those of a group, uint8 (N, C, H, W) each, as the run's encoder is used to see them."""
    whole, recipe = images.load(run), run.config.train
    known = whole.images[images.some(whole.validation, MOST)]
    if group == LEFT_OUT:
        assert whole.labels is not None, "classes were left out of it"
        return known, whole.images[images.some(np.flatnonzero(np.isin(whole.labels, recipe.without)), MOST)]
    if group == UPSIDE_DOWN:
        return known, np.ascontiguousarray(known[:, :, ::-1])
    if group == BLANK:
        return known, np.full_like(known[:1], 255 * round((run.card() or {}).get("background", 0.0)))
    other = data.load(group)
    shown = other.images[images.some(other.validation, MOST)]
    return known, shown if recipe.binarise == "no" else binarise(shown, seed=0)


def _compared(model: Model, pictures: np.ndarray, known: int, scores: np.ndarray) -> Scored:
    import torch

    strangest = np.argsort(-scores, kind="stable")[:SHOWN]
    with torch.inference_mode():
        decoded = torch.cat([model.reconstruct(x) for x in _batches(pictures[strangest])])
    return Scored(scores[:known], scores[known:], scores[strangest], strangest >= known, pictures[strangest], to_bytes(decoded.numpy()))


def to_arrays(found: Mapping[str, Scored]) -> dict[str, np.ndarray]:
    """What `measure` found as arrays by name, for `from_arrays`."""
    return {f"{name}.{part}": array for name, scored in found.items() for part, array in vars(scored).items()}


def from_arrays(arrays: Mapping[str, np.ndarray]) -> dict[str, Scored]:
    """What `to_arrays` gave, in the order of `SCORES`."""
    parts: Sequence[str] = tuple(Scored.__dataclass_fields__)
    return {name: Scored(*(arrays[f"{name}.{part}"] for part in parts)) for name in SCORES if f"{name}.known" in arrays}
