"""What each family of models shows that others cannot, measured: trains what it needs and prints a table, then one line of JSON.

python benchmarks/families.py                 # all families
python benchmarks/families.py --only mixture  # one of them
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping

import numpy as np
import torch

from vae_core import data
from vae_core.models import evaluation
from vae_core.presets import configure
from vae_core.training.loop import Training

Figures = dict[str, float]

SEEDS = (0, 1, 2)


def trained(preset: str, settings: Mapping[str, object] | None = None) -> Training:
    """A training of a preset, carried out."""
    config = configure(preset, settings)
    training, started = Training(config, data.load(config.train.dataset)), time.perf_counter()
    for record in training:
        if record.split == "validation":
            told = f"epoch {record.epoch:.0f}, {record.total:.2f} nats, {time.perf_counter() - started:.0f} s"
            print(f"{preset} {dict(settings or {})}: {told}", flush=True)
    return training


def mixture() -> Figures:
    """At two dimensions a learned prior costs held-out digits fewer nats than N(0, I), and uses each of its components."""
    gains, smallest = [], []
    for seed in SEEDS:
        recipe = {"dataset": "mnist10k", "epochs": 20, "seed": seed}
        normal, learned = (trained("mnist-2d-mixture", {**recipe, "family": family}) for family in ("vae", "mixture"))
        gains.append(_minus_elbo(normal) - _minus_elbo(learned))
        x = learned.batches[learned.validation_indices]
        with torch.inference_mode():
            smallest.append(min(learned.model.facts(learned.model.eval().encode(x).mean)["component_shares"]))
    return {
        "mixture_gain_nats": float(np.mean(gains)),
        "mixture_gain_error": float(np.std(gains, ddof=1) / np.sqrt(len(gains))),
        "mixture_smallest_component": min(smallest),
    }


def _minus_elbo(training: Training) -> float:
    """-ELBO of held-out images in nats: the mean of ten estimates, each with one z an image."""
    return float(
        np.mean([evaluation.elbo(training.model, training.batches, training.validation_indices, seed=seed).total for seed in range(10)])
    )


MEASURED: dict[str, Callable[[], Figures]] = {"mixture": mixture}


def main() -> None:
    """Measure the families that are asked for."""
    parser = argparse.ArgumentParser(description="Measure what each family of models shows")
    parser.add_argument("--only", choices=tuple(MEASURED))
    only = parser.parse_args().only
    figures: Figures = {}
    for name in [only] if only else MEASURED:
        figures |= MEASURED[name]()
    for name, value in figures.items():
        print(f"{name:28} {value:10.3f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
