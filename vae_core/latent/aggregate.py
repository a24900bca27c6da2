"""The aggregate posterior: what all images together make of latent space, and what of the prior they leave empty. Needs no torch."""

import numpy as np

from vae_core.latent.codes import Codes
from vae_core.latent.normals import Normals, normal, standard_normal

MAX_POSTERIORS = 5_000
RIM = 720  # places on the edge of the searched disc
SEARCHED = 2.0  # standard deviations of the prior, or of a component of it: at least 86 % of its draws in two dimensions
WITHIN = 0.99  # of the draws, inside a histogram's edges


def draws(codes: Codes, seed: int = 0) -> np.ndarray:
    """One draw (V, D) from the posterior of every held-out image; a plain autoencoder's codes themselves."""
    mean = codes.mean[: codes.validation]
    if not len(codes.log_var):
        return mean
    deviation = np.exp(0.5 * codes.log_var[: codes.validation])
    return mean + deviation * np.random.default_rng(seed).standard_normal(mean.shape)


def edges(drawn: np.ndarray, bins: int, least: float) -> np.ndarray:
    """Edges (bins + 1,) of histograms of draws (V, D): `least` to both sides of zero, or as far as 99 % reach in every dimension."""
    reach = max(least, float(np.ceil(np.quantile(np.abs(drawn), WITHIN, axis=0).max())))
    return np.linspace(-reach, reach, bins + 1)


def histograms(drawn: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Densities (D, B) of draws (V, D) by dimension between B + 1 edges, of all draws, and how many of them (D,) lie beyond the edges."""
    counts = np.stack([np.histogram(column, edges)[0] for column in drawn.T])
    return counts / (len(drawn) * np.diff(edges)), len(drawn) - counts.sum(axis=1)


def density(codes: Codes, values: np.ndarray) -> np.ndarray:
    """The aggregate posterior, the mean of up to 5,000 q(z|x), of two dimensions: (G, G) at values (G,), a row for each z2.

    None counts as narrower than half a step between two values, or it could fall between them; an autoencoder's points are that wide.
    """
    some = slice(0, min(codes.validation, MAX_POSTERIORS))
    log_var = codes.log_var[some, :2] if len(codes.log_var) else np.full((len(codes.mean[some]), 2), -np.inf)
    deviation = np.maximum(np.exp(0.5 * log_var), (values[1] - values[0]) / 2)
    along_1, along_2 = (normal((values[:, None] - codes.mean[some, axis]) / deviation[:, axis]) / deviation[:, axis] for axis in (0, 1))
    found: np.ndarray = along_2 @ along_1.T / len(deviation)
    return found


def biggest_hole(mean: np.ndarray, prior: Normals | None = None) -> tuple[np.ndarray, float]:
    """The largest circle around a likely point that no code (N, 2) lies in: its centre (2,) and radius.

    Likely is what lies within two standard deviations of a component of the prior, which is N(0, I) unless it is given. The centre is
    a vertex of the codes' Voronoi diagram, or on the edge of what is likely (Preparata & Shamos 1985, 6.4).
    """
    from scipy.spatial import QhullError, Voronoi, cKDTree

    prior = prior or standard_normal(2)
    angles = np.linspace(0, 2 * np.pi, RIM, endpoint=False)
    circle = SEARCHED * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    candidates = (prior.means[:, None] + prior.deviations[:, None] * circle).reshape(-1, 2)
    try:
        vertices = Voronoi(mean).vertices
        candidates = np.concatenate([candidates, vertices[prior.distance(vertices) <= SEARCHED]])
    except (QhullError, ValueError):  # fewer than three codes, or all on one line
        pass
    distances, _ = cKDTree(mean).query(candidates)
    widest = int(np.argmax(distances))
    return candidates[widest], float(distances[widest])
