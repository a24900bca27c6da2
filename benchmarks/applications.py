"""What models are for, measured: areas below ROC curves of anomalies, errors of denoised digits, known factors."""

import numpy as np
import torch
from recipes import Figures, trained

from vae_core import data, load_model, runs
from vae_core.applications import anomaly as bench
from vae_core.applications import disentanglement
from vae_core.applications import factors as known_factors
from vae_core.applications.denoising import error, median
from vae_core.applications.roc import roc_auc
from vae_core.config import TrainConfig
from vae_core.data.binarisation import load_for
from vae_core.latent.encode import encode_images
from vae_core.models import Model
from vae_core.training.corruption import add_noise

RECIPES = {2: ("mnist-2d-quick", {"epochs": 6}), 32: ("mnist-16d", {"dataset": "mnist10k", "latent_dim": 32, "epochs": 6})}
"""By latent dimensions: those of the published table."""
SCORED = 500
"""Images of each group."""

SIGMAS = {0.2: "02", 0.3: "03", 0.5: "05"}
DENOISED = 2000
"""Held-out images."""

BETAS, BETA_EPOCHS = (1, 4), 6


def anomaly() -> Figures:
    """The ROC AUC for each digit left out, by each score, at two and at 32 dimensions; the last figure is 1 if the published pattern shows.

    That is Tonnaer's (2019): of all digits the 1 is the worst to notice, and with more dimensions it is worse still.
    """
    areas = {latent_dim: np.array([_areas(latent_dim, digit) for digit in range(10)]) for latent_dim in RECIPES}
    figures, elbo = {}, bench.SCORES.index("elbo")
    for latent_dim, found in areas.items():
        print(f"{latent_dim} dimensions  " + "".join(f"{name:>16}" for name in bench.SCORES))
        for digit, row in enumerate(found):
            print(f"without {digit:>2}      " + "".join(f"{value:16.2f}" for value in row))
            figures[f"anomaly_{latent_dim}d_{digit}"] = float(row[elbo])
    few, many = (areas[latent_dim][:, elbo] for latent_dim in RECIPES)
    return figures | {"anomaly_pattern": float(few.argmin() == many.argmin() == 1 and many[1] < few[1])}


def _areas(latent_dim: int, digit: int) -> list[float]:
    """The ROC AUC by each score of a model that was trained without a digit."""
    preset, settings = RECIPES[latent_dim]
    training = trained(preset, {**settings, "without": (digit,)})
    images = load_for(training.config.train)
    kept = encode_images(training.model, training.batches, images)
    places = images.validation[:SCORED], np.flatnonzero(images.labels == digit)[:SCORED]
    scores = bench.score(training.model, images.images[np.concatenate(places)], kept.mean[kept.validation :])
    return [roc_auc(scores[name][: len(places[0])], scores[name][len(places[0]) :]) for name in bench.SCORES]


@torch.inference_mode()
def denoising() -> Figures:
    """Squared error per pixel of held-out digits with noise: by a model trained for it, the shipped plain VAE, a median filter, nobody."""
    with torch.inference_mode(False):
        models = {"denoise": trained("mnist-16d-denoising").model.eval(), "plain_vae": load_model(runs.find("mnist-16d"))}
    images = data.load("mnist")
    clean = torch.from_numpy(images.images[images.validation[:DENOISED]].astype(np.float32) / 255)
    figures: Figures = {}
    for sigma, name in SIGMAS.items():
        noisy = add_noise(clean, torch.full((len(clean),), sigma), torch.Generator().manual_seed(0))
        made = {"noisy": noisy.numpy(), "median": median(noisy.numpy())}
        made |= {kind: torch.cat([model.reconstruct(some) for some in noisy.split(500)]).numpy() for kind, model in models.items()}
        figures |= {f"{kind}_mse_{name}": error(pixels, clean.numpy()) for kind, pixels in made.items()}
    return figures


def factors() -> Figures:
    """MIG, SAP and DCI of the shipped model of shapes, and of short trainings with two values of beta."""
    shipped = runs.find("shapes-6d")
    figures = _scores("shipped", load_model(shipped), shipped.config.train)
    for beta in BETAS:
        training = trained("shapes-6d", {"beta": beta, "epochs": BETA_EPOCHS})
        figures |= _scores(f"beta_{beta}", training.model.eval(), training.config.train)
    return figures


def _scores(name: str, model: Model, recipe: TrainConfig) -> Figures:
    """Each score, and what it is in axes that mix all dimensions."""
    found = known_factors.compare(model, recipe)
    figures = {f"{name}_{score}": float(value) for score, value in zip(disentanglement.SCORES, found.scores, strict=True)}
    return figures | {f"{name}_{score}_mixed": float(value) for score, value in zip(disentanglement.SCORES, found.mixed, strict=True)}
