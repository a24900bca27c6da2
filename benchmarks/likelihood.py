"""How likely digits never seen are: the one-layer networks of Burda et al. 2016, trained here, beside the figures published there.

    python benchmarks/likelihood.py               # k = 1 and k = 5; needs MNIST
    python benchmarks/likelihood.py --epochs 30   # a shorter training; the papers train for 3,280 epochs
    python benchmarks/likelihood.py --keep        # writes benchmarks/results/likelihood.csv

Pixels are black or white, drawn anew by their grey value each time that an image is trained on, and once for the test. The negative
log-likelihood is estimated with 5,000 samples of the posterior for each of 1,000 test images, in nats per image: an upper bound.
"""

import argparse
import csv
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import recipes
import torch

from vae_core.models import evaluation

PUBLISHED = {1: 86.76, 5: 85.54}
"""Burda et al. 2016, table 1: one stochastic layer, dynamic binarisation, a VAE with one sample and an IWAE with five"""
IMAGES, SAMPLES = 1000, 5000
RESULTS = Path(__file__).parent / "results" / "likelihood.csv"


class Measured(NamedTuple):
    """A model's figures: samples of the posterior in a step, nats per image, active units, epochs and seconds of training."""

    k: int
    nll: float
    minus_elbo: float
    active_units: int
    epochs: int
    seconds: float


def measure(k: int, epochs: int) -> Measured:
    """Train with k samples, and estimate the likelihood of images that were held out."""
    bound = "importance" if k > 1 else "average"
    training = recipes.trained("iwae-50d", {"samples": k, "bound": bound, "epochs": epochs})
    model, some = training.model.eval(), training.validation_indices[:IMAGES]
    with torch.inference_mode():
        means = model.encode(training.batches[training.validation_indices]).mean.numpy()
    return Measured(
        k,
        nll=evaluation.importance_weighted_bound(model, training.batches, some, samples=SAMPLES),
        minus_elbo=evaluation.elbo(model, training.batches, some).total,
        active_units=evaluation.active_units(means.astype(np.float64)),
        epochs=epochs,
        seconds=training.seconds,
    )


def main() -> None:
    """Train both, print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    found = [measure(k, arguments.epochs) for k in PUBLISHED]
    print(f"\n{'k':>3} {'nats, k=' + f'{SAMPLES:,}':>14} {'published':>10} {'-ELBO':>8} {'active':>7} {'training':>10}")
    for one in found:
        print(
            f"{one.k:>3} {one.nll:>14.2f} {PUBLISHED[one.k]:>10.2f} {one.minus_elbo:>8.2f} {one.active_units:>7}"
            f" {one.epochs:>5} × {one.seconds / one.epochs:.1f} s"
        )
    if arguments.keep:
        with RESULTS.open("w", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow([*Measured._fields, "published"])
            rows.writerows([*(round(value, 3) for value in one), PUBLISHED[one.k]] for one in found)
    print(json.dumps({f"nll_k{one.k}": round(one.nll, 2) for one in found} | {f"seconds_k{one.k}": round(one.seconds) for one in found}))


if __name__ == "__main__":
    main()
