"""The class of each family, and models made of a config. What a family is, is said in `vae_core/traits.py`."""

import torch

from vae_core.config import ModelConfig
from vae_core.models import networks
from vae_core.models.autoencoder import Autoencoder
from vae_core.models.conditional import ConditionalVAE
from vae_core.models.ladder import LadderVAE, StackedVAE
from vae_core.models.mixture import MixtureVAE
from vae_core.models.model import Model
from vae_core.models.perceptual import PerceptualVAE
from vae_core.models.vae import VAE
from vae_core.models.vaegan import VAEGAN
from vae_core.models.vq import VQVAE

CLASSES: dict[str, type[Model]] = {
    "autoencoder": Autoencoder,
    "conditional": ConditionalVAE,
    "ladder": LadderVAE,
    "mixture": MixtureVAE,
    "perceptual": PerceptualVAE,
    "stacked": StackedVAE,
    "vae": VAE,
    "vaegan": VAEGAN,
    "vq": VQVAE,
}


def build(config: ModelConfig, seed: int = 0) -> Model:
    """A freshly initialised model on the CPU; the same seed gives the same weights, and the global generator is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CLASSES[config.family](config)
        if config.initialisation == "glorot":
            networks.glorot(model)
        return model


def parameter_counts(model: Model) -> tuple[int, int]:
    """Trainable parameters of the decoder, after those of all else but the pixel sigma."""
    parts = model.parameters(), model.decoder.parameters(), [model.log_sigma]
    whole, decoder, sigma = (sum(tensor.numel() for tensor in part if tensor.requires_grad) for part in parts)
    return whole - decoder - sigma, decoder
