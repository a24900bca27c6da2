"""Packs one model into one blob for the browser. Knows what the page's scripts expect, and neither Streamlit nor run folders."""

import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from ui.palette import CLASS_COLOURS
from vae_core.files.tensors import pack
from vae_core.latent.geometry import principal_directions
from vae_core.models.program import read_program
from vae_core.traits import FAMILIES

MAX_DIRECTIONS = 8
EXTENT_PERCENTILES = (0.5, 99.5)


def bundle(
    network: bytes,
    *,
    codes: np.ndarray | None,
    labels: np.ndarray | None,
    thumbnails: bytes | None,
    columns: int,
    costs: np.ndarray | None = None,
    about: Mapping[str, object],
) -> bytes:
    """A model with its codes, for `latent_map`: constant bytes that are sent to a page once.

    `network` is an exported program. `codes` are (N, D) float32, `labels` (N,) whole numbers from 0 to 255. `thumbnails` is a WebP or
    PNG sheet of the N images, row by row, `columns` in a row. `costs` (V,) is what held-out images cost, in nats. `about` says what
    the map is of; all entries are optional:

    - run, digest: texts; traits: of the family, a VAE's if they are not given; class_names: one text a label
    - first: index of the code to begin with; held_out: how many codes, from the start, are of images that were not trained on
    - likelihood: "bernoulli", "gaussian" or "logistic"; sigma: the standard deviation of a pixel, where the network has not one of each;
      beta: the weight of the KL in training;
      background: mean intensity of the images' borders, 0 black to 1 white
    - dataset: its title; prior: weights, means and deviations of the mixture that it is, if it was learned
    - codebook: how many codes a discrete model has, and the shape of a map: numbers of a code, height, width
    - dims: [[index, KL in nats or None], ...], the most informative dimension first
    - mean: (D,); extent: (D, 2), the 0.5 and 99.5 percentiles
    - directions: (k, D) orthonormal rows; deviations: (k,); centre: (D,)

    What is absent is computed from the codes. Raises RunDamaged when `network` is not as it was written or no model, ValueError when the
    codes, labels or numbers do not fit the network or each other.
    """
    latent_dim = read_program(network, "network.bin")["latent_dim"]
    _check(codes, labels, latent_dim)
    arrays = {"network": np.frombuffer(network, np.uint8)}
    if codes is not None:
        arrays["codes"] = np.asarray(codes, np.float32)
    if codes is not None and labels is not None:
        arrays["labels"] = np.asarray(labels).astype(np.uint8)
    if codes is not None and thumbnails is not None:
        arrays["thumbnails"] = np.frombuffer(thumbnails, np.uint8)
    if costs is not None:
        arrays["costs"] = np.asarray(costs, np.float32)
    usual = {"traits": asdict(FAMILIES["vae"]), "class_names": [], "colours": CLASS_COLOURS}
    facts = {**summarise(codes, latent_dim), **usual, **about, "columns": columns}
    return pack(arrays, {"format": "vae-bundle", "about": json.dumps(facts, default=_plain, allow_nan=False)})


def summarise(codes: np.ndarray | None, latent_dim: int) -> dict[str, object]:
    """Where codes (N, D) lie: mean, extent, and principal directions (rows, strongest first) with centre and standard deviations.

    Without codes: a standard normal, and no directions.
    """
    dims = [[index, None] for index in range(latent_dim)]
    if codes is None or len(codes) < 2:
        nothing = [0.0] * latent_dim
        return {"dims": dims, "mean": nothing, "extent": [[-3.0, 3.0]] * latent_dim, "centre": nothing, "directions": [], "deviations": []}
    mean = codes.mean(axis=0)
    extent = np.percentile(codes, EXTENT_PERCENTILES, axis=0).T
    centre, directions, deviations = principal_directions(codes.astype(np.float64), MAX_DIRECTIONS)
    return {"dims": dims, "mean": mean, "extent": extent, "centre": centre, "directions": directions, "deviations": deviations}


def digest_of(blob: bytes) -> str:
    """The sha256 that a packed blob carries in its header; names the blob to the page without hashing it again."""
    length = int.from_bytes(blob[:8], "little")
    return str(json.loads(blob[8 : 8 + length])["__metadata__"]["sha256"])


def _check(codes: np.ndarray | None, labels: np.ndarray | None, latent_dim: int) -> None:
    if codes is None:
        return
    if codes.ndim != 2 or codes.shape[1] != latent_dim:
        raise ValueError(f"codes have shape {codes.shape}; the network expects (N, {latent_dim})")
    if not np.isfinite(codes).all():
        raise ValueError("codes hold numbers that are not finite; encode the data set again")
    if labels is not None and (len(labels) != len(codes) or (len(labels) and not 0 <= np.min(labels) <= np.max(labels) <= 255)):
        raise ValueError(f"{len(labels)} labels for {len(codes)} codes; expected one each, from 0 to 255")


def _plain(value: object) -> object:
    """NumPy's numbers and arrays as JSON."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"about holds a {type(value).__name__}; expected plain values or arrays")
