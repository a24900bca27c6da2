"""Priors as numbers: mixtures of normal distributions with independent dimensions, N(0, I) being one of one component. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae_core.files.atomic import read_whole
from vae_core.models.program import read_program
from vae_core.runs.run import Run


@dataclass(frozen=True)
class Normals:
    """The sum of weight * N(mean, diag deviation^2) over K components."""

    weights: np.ndarray  # (K,), which add up to 1
    means: np.ndarray  # (K, D)
    deviations: np.ndarray  # (K, D)

    def density_along(self, values: np.ndarray) -> np.ndarray:
        """The density of each dimension (D, B) at values (B,)."""
        standardised = (values - self.means[..., None]) / self.deviations[..., None]
        density: np.ndarray = (self.weights[:, None, None] * normal(standardised) / self.deviations[..., None]).sum(0)
        return density

    def distance(self, points: np.ndarray) -> np.ndarray:
        """How many standard deviations (N,) points (N, D) are from the nearest component."""
        standardised = (points[:, None] - self.means) / self.deviations
        distance: np.ndarray = np.linalg.norm(standardised, axis=-1).min(axis=1)
        return distance

    def reach(self, deviations: float) -> float:
        """How far from zero, in any dimension, a component comes within so many of its standard deviations."""
        return float((np.abs(self.means) + deviations * self.deviations).max())


def standard_normal(dimensions: int) -> Normals:
    """N(0, I)."""
    return Normals(np.ones(1), np.zeros((1, dimensions)), np.ones((1, dimensions)))


def prior_of(run: Run) -> Normals:
    """What codes of a run are drawn from; of one without a prior, N(0, I). Raises RunDamaged when a learned prior cannot be read."""
    traits, latent_dim = run.config.model.traits, run.config.model.latent_dim
    if traits.is_normal or not traits.has_prior:
        return standard_normal(latent_dim)
    told = read_program(read_whole(run.network), run.network.name)["prior"]
    weights, means, deviations = (np.array(told[name], np.float64) for name in ("weights", "means", "deviations"))
    return Normals(weights / weights.sum(), means, deviations)


def normal(x: np.ndarray) -> np.ndarray:
    """The standard normal density."""
    density: np.ndarray = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return density
