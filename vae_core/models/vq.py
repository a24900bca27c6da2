"""The VQ-VAE: an image becomes a map of code numbers out of a learned codebook, under a learned prior. Knows no training."""

import math

import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig, TrainConfig
from vae_core.models import networks
from vae_core.models.graph import Function, Program
from vae_core.models.model import Batch, Losses, Model
from vae_core.models.pixelcnn import PixelCNN
from vae_core.models.posteriors import Point, Posterior
from vae_core.models.priors import Prior
from vae_core.models.quantiser import Quantiser, perplexity
from vae_core.runs.measurements import Card

COMMITMENT = 0.25


class IndexMap(Point):
    """A number of a code for each place; `mean` has the codes themselves.

    Attributes:
        vectors: (N, C, h, w), what the encoder said before it was rounded to codes.
        indices: int64 (N, h, w).
    """

    def __init__(self, vectors: Tensor, indices: Tensor, codes: Tensor) -> None:
        super().__init__(codes.flatten(1))
        self.vectors, self.indices = vectors, indices

    def at(self, noise: Tensor) -> Tensor:
        """The codes, whatever the noise (..., N, D); gradients go straight through to the encoder's vectors."""
        vectors = self.vectors.flatten(1)
        return (vectors + (self.mean - vectors).detach()).expand(noise.shape)

    @property
    def commitment(self) -> Tensor:
        """Squared distances (N,) of the encoder's vectors from their codes."""
        return (self.vectors.flatten(1) - self.mean).square().sum(1)


class MapPrior(Prior):
    """Maps of code numbers drawn by a PixelCNN, as codes (., D) = (., C, h, w) of a codebook."""

    def __init__(self, model: "VQVAE") -> None:
        self._model = model

    def log_prob(self, z: Tensor) -> Tensor:
        """log p (N,) in nats of the maps whose codes are nearest to z (N, D)."""
        return -self._model.pixelcnn.nats(self._model.indices(z.reshape(-1, *self._model.config.code_shape)))

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n codes (n, D), on the generator's device."""
        return self._model.lookup(self._model.pixelcnn.sample(n, self._model.config.code_shape[1:], generator)).flatten(1)

    def kl(self, posterior: Posterior, noise: Tensor | None = None) -> Tensor:
        """-log p of each image's map in nats (N, 1): a map is certain, so its KL is what it costs. Needs no noise."""
        return -self.log_prob(posterior.mean)[:, None]


class VQVAE(Model):
    """van den Oord et al. 2017, with its prior trained at the same time: no gradient of the prior reaches encoder or codebook."""

    statistics = 1

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.quantiser = Quantiser(config.codebook, config.code_channels)
        self.pixelcnn = PixelCNN(config.codebook)

    def build_networks(self, config: ModelConfig) -> tuple[nn.Sequential, nn.Sequential]:
        """Images (N, C, H, W) -> vectors (N, code_channels, h, w), and codes (N, D) -> images: convolutions alone."""
        return networks.map_encoder(config), networks.map_decoder(config)

    @property
    def prior(self) -> Prior:
        """What the PixelCNN has learned."""
        return MapPrior(self)

    def encode(self, x: Tensor, labels: Tensor | None = None) -> IndexMap:
        """x (N, C, H, W) in [0, 1] -> the nearest code of every place; deterministic."""
        vectors = self.encoder(x).float()
        indices = self.indices(vectors)
        return IndexMap(vectors, indices, self.lookup(indices))

    def indices(self, vectors: Tensor) -> Tensor:
        """Vectors (N, C, h, w) -> numbers of their nearest codes (N, h, w)."""
        return self.quantiser.nearest(vectors.detach().movedim(1, -1))

    def lookup(self, indices: Tensor) -> Tensor:
        """Numbers of codes (N, h, w) -> the codes (N, C, h, w)."""
        return self.quantiser.codes[indices].movedim(-1, 1)

    def losses(self, batch: Batch, settings: TrainConfig, beta: float, generator: torch.Generator) -> Losses:
        """The losses of a batch, after which the codebook follows it."""
        posterior = self.encode(batch.seen)
        reconstruction = self.reconstruction_cost(self.decode(posterior.sample(generator)), batch.images)
        kl, commitment = self.kl(posterior), posterior.commitment.mean()
        self.quantiser.follow(posterior.vectors.detach().movedim(1, -1).flatten(0, 2), posterior.indices.flatten(), generator)
        terms = {
            "commitment": commitment,
            "uniform": torch.tensor(self._uniform),
            "perplexity": perplexity(posterior.indices, self.config.codebook),
        }
        return Losses(reconstruction.mean() + COMMITMENT * commitment + kl.mean(), reconstruction, kl, terms)

    def facts(self, means: Tensor) -> Card:
        """How many codes the held-out images use, and what a map would cost if all were equally likely, in nats."""
        with torch.no_grad():
            used = perplexity(self.indices(means.reshape(-1, *self.config.code_shape)), self.config.codebook)
        return {"perplexity": float(used), "uniform": self._uniform}

    @property
    def _uniform(self) -> float:
        return math.prod(self.config.code_shape[1:]) * math.log(self.config.codebook)

    def write(self, program: Program) -> None:
        """Write what every model has, `lookup` (indices -> z) and `next` (indices -> logits of every place) for the browser.

        `encode` gives the indices too. `next` says of each place what the prior expects there, given the places before it, row by row.
        """
        super().write(program)
        sides, lookup = self.config.code_shape[1:], program.function("lookup")
        lookup.output("z", self._write_codes(lookup, lookup.input("indices", (math.prod(sides),))))
        self.pixelcnn.write(program.function("next"), sides)

    def write_encoder(self, encode: Function) -> str:
        """Write `encode` up to the codes."""
        indices = encode.nearest(super().write_encoder(encode), self.quantiser.codes)
        encode.output("indices", indices)
        return self._write_codes(encode, indices)

    def _write_codes(self, function: Function, indices: str) -> str:
        codes = function.gather(indices, self.quantiser.codes, self.config.code_shape[1:])
        return function.reshape(codes, (self.config.latent_dim,))
