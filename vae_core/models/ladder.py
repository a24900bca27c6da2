"""Codes of two levels, the top one above the bottom one: the ladder VAE and the plain stacked VAE. Knows no training.

Both generate alike: z_top ~ N(0, I), then z_bottom ~ N(mu_p(z_top), sigma_p(z_top)^2), then the image, of z_bottom alone.

A model's code is u = (u_top, u_bottom) with z_top = u_top and z_bottom = mu_p(z_top) + sigma_p(z_top) * u_bottom: z without what
the prior knows of it. So the prior of u is N(0, I) and an image is one function of u. A change of variables changes no KL and no
importance weight.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core.config import ModelConfig, TrainConfig
from vae_core.models import networks
from vae_core.models.graph import Function
from vae_core.models.model import Batch, Losses, Model
from vae_core.models.objective import kl_to_standard_normal
from vae_core.models.posteriors import Levels, LevelSample, Posterior
from vae_core.models.priors import Prior, StandardNormal

Registers = tuple[str, str]
"""Of a mean and of a log variance."""


class TwoLevels(Model):
    """What both families share: all but the order in which the levels are inferred."""

    statistics = 2

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        top, bottom = config.levels.values()
        self.infer_bottom = nn.Sequential(nn.Linear(_units(config), 2 * bottom))
        self.infer_top = _level(config, self.top_reads, 2 * top)
        self.generate_bottom = _level(config, top, 2 * bottom)

    def build_networks(self, config: ModelConfig) -> tuple[nn.Sequential, nn.Sequential]:
        """Images (N, C, H, W) -> features (N, F), and z_bottom -> images."""
        features = nn.Sequential(*networks.encoder(config, _units(config)), networks.ACTIVATIONS[config.activation]())
        return features, networks.decoder(config, config.levels["bottom"])

    @property
    @abstractmethod
    def top_reads(self) -> int:
        """How many numbers the top level is inferred from."""

    @property
    def prior(self) -> Prior:
        """N(0, I) over u."""
        return StandardNormal(self.config.latent_dim)

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Levels:
        """x (N, C, H, W) in [0, 1] -> posterior of u; deterministic."""
        return Levels(self.sampler(self.encoder(x)), len(x), self.config.latent_dim, x.device)

    @abstractmethod
    def sampler(self, features: Tensor) -> Callable[[Tensor], LevelSample]:
        """What makes codes u of noise (K * N, D), of K samples for each of N images with such features (N, F)."""

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """u (N, D) -> (N, C, H, W): logits when the output is a sigmoid, else the mean."""
        z_top, u_bottom = self._split(z)
        return super().decode(_normal(self.generate_bottom(z_top)).at(u_bottom))

    def kl(self, posterior: Posterior, noise: Tensor | None = None) -> Tensor:
        """By image and dimension (N, D), the mean over samples; without noise, each level given the mean of the other."""
        assert isinstance(posterior, Levels)
        return super().kl(posterior) if noise is None else posterior.kl(noise)

    def losses(self, batch: Batch, settings: TrainConfig, beta: float, generator: torch.Generator) -> Losses:
        """The losses of a batch, and the KL of each level."""
        found = super().losses(batch, settings, beta, generator)
        return replace(found, terms={f"kl_{name}": kl for name, kl in self.kl_by_level(found.kl.mean(0)).items()})

    def kl_by_level(self, kl: Tensor) -> dict[str, Tensor]:
        """KL by dimension (..., D) -> its sum over each level (...,)."""
        parts = torch.split(kl, list(self.config.levels.values()), -1)
        return {name: part.sum(-1) for name, part in zip(self.config.levels, parts, strict=True)}

    def write_encoder(self, encode: Function) -> str:
        """x -> mean and log variance of u, each level given the mean of the other."""
        features = encode.chain(self.encoder, encode.input("x", self.config.image_shape))
        (top_mean, top_log_var), (bottom_mean, bottom_log_var) = self.write_levels(encode, features)
        return encode.concat(top_mean, bottom_mean, top_log_var, bottom_log_var)

    @abstractmethod
    def write_levels(self, encode: Function, features: str) -> tuple[Registers, Registers]:
        """Mean and log variance of the top and of the bottom level of u, given the mean of the other."""

    def write_decoder(self, decode: Function) -> str:
        """u -> the image before its output."""
        top, whole = self.config.top_dim, self.config.latent_dim
        u = decode.input("z", (whole,))
        mean, log_var = _write_normal(decode, self.generate_bottom, decode.slice(u, 0, top))
        deviation = decode.activation("exp", decode.scale(log_var, 0.5))
        return decode.chain(self.decoder, decode.add(mean, decode.multiply(deviation, decode.slice(u, top, whole))))

    def _split(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """(N, D) -> those of the top and those of the bottom level."""
        return numbers[:, : self.config.top_dim], numbers[:, self.config.top_dim :]


class LadderVAE(TwoLevels):
    """Sonderby et al. 2016: q(z_top | x), then q(z_bottom | z_top, x), in which what the image says meets what the top level does."""

    @property
    def top_reads(self) -> int:
        """As many as there are features."""
        return _units(self.config)

    def sampler(self, features: Tensor) -> Callable[[Tensor], LevelSample]:
        """The top level first, as when an image is generated."""
        top, bottom = _normal(self.infer_top(features)), _normal(self.infer_bottom(features))

        def sample(noise: Tensor) -> LevelSample:
            noise_top, noise_bottom = self._split(noise)
            q_top = top.repeat(len(noise))
            z_top = q_top.at(noise_top)
            q_bottom = merge(bottom.repeat(len(noise)), _normal(self.generate_bottom(z_top)))
            log_var = torch.cat((q_top.log_var, q_bottom.log_var), 1)
            kl = kl_to_standard_normal(torch.cat((q_top.mean, q_bottom.mean), 1), log_var)
            return LevelSample(torch.cat((z_top, q_bottom.at(noise_bottom)), 1), log_var, kl)

        return sample

    def write_levels(self, encode: Function, features: str) -> tuple[Registers, Registers]:
        """As `sampler` and `merge` have it, without noise."""
        top, bottom = _write_normal(encode, self.infer_top, features), _write_normal(encode, self.infer_bottom, features)
        prior = _write_normal(encode, self.generate_bottom, top[0])
        log_ratio = encode.add(prior[1], encode.scale(bottom[1], -1))
        mean = encode.multiply(encode.activation("sigmoid", log_ratio), _write_whitened(encode, bottom[0], prior))
        return top, (mean, encode.scale(encode.activation("softplus", log_ratio), -1))


class StackedVAE(TwoLevels):
    """Two layers as in Burda et al. 2016, section 5: q(z_bottom | x), then q(z_top | z_bottom), which sees nothing else."""

    @property
    def top_reads(self) -> int:
        """As many as the bottom level has."""
        return self.config.levels["bottom"]

    def sampler(self, features: Tensor) -> Callable[[Tensor], LevelSample]:
        """The bottom level first. Its KL to p(z_bottom | z_top) has no formula, as z_top depends on z_bottom: it is that of the sample."""
        bottom = _normal(self.infer_bottom(features))

        def sample(noise: Tensor) -> LevelSample:
            noise_top, noise_bottom = self._split(noise)
            q_bottom = bottom.repeat(len(noise))
            z_bottom = q_bottom.at(noise_bottom)
            q_top = _normal(self.infer_top(z_bottom))
            z_top = q_top.at(noise_top)
            prior = _normal(self.generate_bottom(z_top))
            u_bottom, log_var = prior.whiten(z_bottom), q_bottom.log_var - prior.log_var
            kl_bottom = 0.5 * (u_bottom.square() - noise_bottom.square() - log_var)  # log q(z_bottom | x) - log p(z_bottom | z_top)
            kl = torch.cat((kl_to_standard_normal(*q_top), kl_bottom), 1)
            return LevelSample(torch.cat((z_top, u_bottom), 1), torch.cat((q_top.log_var, log_var), 1), kl)

        return sample

    def write_levels(self, encode: Function, features: str) -> tuple[Registers, Registers]:
        """As `sampler` has it, without noise."""
        bottom = _write_normal(encode, self.infer_bottom, features)
        top = _write_normal(encode, self.infer_top, bottom[0])
        prior = _write_normal(encode, self.generate_bottom, top[0])
        return top, (_write_whitened(encode, bottom[0], prior), encode.add(bottom[1], encode.scale(prior[1], -1)))


class Normal(NamedTuple):
    """Normal distributions with independent dimensions."""

    mean: Tensor
    """(N, D)"""
    log_var: Tensor
    """(N, D)"""

    def at(self, noise: Tensor) -> Tensor:
        """mean + standard deviation * noise."""
        return self.mean + torch.exp(0.5 * self.log_var) * noise

    def whiten(self, z: Tensor) -> Tensor:
        """The noise of which `at` makes z."""
        return (z - self.mean) * torch.exp(-0.5 * self.log_var)

    def repeat(self, count: int) -> "Normal":
        """All of them again and again, until there are `count`."""
        times = count // len(self.mean)
        return Normal(self.mean.repeat(times, 1), self.log_var.repeat(times, 1))


def merge(likelihood: Normal, prior: Normal) -> Normal:
    """The product of two normal densities of z, as a normal distribution of u = (z - mu_p) / sigma_p.

    In z its precision is 1 / sigma_l^2 + 1 / sigma_p^2, and its mean is (mu_l / sigma_l^2 + mu_p / sigma_p^2) over that
    (Sonderby et al. 2016).
    """
    log_ratio = prior.log_var - likelihood.log_var
    return Normal(torch.sigmoid(log_ratio) * prior.whiten(likelihood.mean), -functional.softplus(log_ratio))


def _units(config: ModelConfig) -> int:
    """Units of the layer between the levels: as many as the last dense layer before has."""
    return (config.scaled(config.hidden) or (2 * config.latent_dim,))[-1]


def _level(config: ModelConfig, inputs: int, outputs: int) -> nn.Sequential:
    """One dense layer between levels. It has no dropout: a prior that is computed twice must be the same both times."""
    units = _units(config)
    return nn.Sequential(*networks.dense(replace(config, dropout=0.0), (inputs, units)), nn.Linear(units, outputs))


def _normal(statistics: Tensor) -> Normal:
    """Statistics (N, 2 D) -> mean and log variance."""
    return Normal(*statistics.float().chunk(2, dim=1))


def _write_normal(function: Function, network: nn.Sequential, register: str) -> Registers:
    statistics, dimensions = function.chain(network, register), cast(nn.Linear, network[-1]).out_features // 2
    return function.slice(statistics, 0, dimensions), function.slice(statistics, dimensions, 2 * dimensions)


def _write_whitened(function: Function, z: str, prior: Registers) -> str:
    mean, log_var = prior
    difference = function.add(z, function.scale(mean, -1))
    return function.multiply(difference, function.activation("exp", function.scale(log_var, -0.5)))
