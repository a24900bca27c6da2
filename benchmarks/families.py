"""What each family of models shows that others cannot, and what models are for, measured: trains what it needs, prints a table, then JSON.

python benchmarks/families.py                     # all families; needs MNIST
python benchmarks/families.py --only conditional  # one of them
"""

import argparse
import json
from collections.abc import Callable, Mapping

import applications
import classifier
import draws
import numpy as np
import torch
from recipes import Figures, trained
from torch import Tensor, nn

from vae_core import data
from vae_core.data.batches import Batches
from vae_core.latent.encode import encode_images
from vae_core.models import VQVAE, evaluation
from vae_core.training.loop import Training

DRAWS = 1000
MANY_DRAWS = 10_000
"""for the Fréchet distance, from as many held-out images"""
"""from the prior; of a conditional model decoded under every label in turn"""
ASKED, ASKED_SAMPLES = 2000, 8
"""Held-out images whose label is guessed by the ELBO, and samples of the posterior for it."""
SEEDS = (0, 1, 2)
LEVEL_SAMPLES = 50
"""of the posterior of each image, for a bound of a model of two levels"""
CONFIDENT = 0.9


@torch.inference_mode()
def label_by_bound(training: Training) -> float:
    """Part of held-out images whose own label has the best ELBO of all labels."""
    model, batches, right = training.model.eval(), training.batches, 0
    asked = training.validation_indices[:ASKED]
    for some in asked.split(500):
        x, truth, costs = batches[some], batches.labels(some), []
        for label in range(model.config.classes):
            labels, generator = torch.full((len(some),), label), torch.Generator().manual_seed(0)
            posterior = model.encode(x, labels)
            noise = posterior.noise(ASKED_SAMPLES, generator)
            reconstructions = [model.reconstruction_cost(model.decode(z, labels), x) for z in posterior.at(noise)]
            costs.append(torch.stack(reconstructions).mean(0) + model.kl(posterior, noise).sum(1))
        right += int((torch.stack(costs).argmin(0) == truth).sum())
    return right / len(asked)


def code_knn(training: Training) -> float:
    """Part of held-out images whose class is voted for by the five nearest training codes."""
    images = data.load(training.config.train.dataset)
    codes = encode_images(training.model, training.batches, images)
    known, asked = slice(codes.validation, None), slice(0, codes.validation)
    return evaluation.knn_accuracy(codes.mean[known], codes.labels[known], codes.mean[asked], codes.labels[asked])


def conditional() -> Figures:
    """Draws under a label are of that class, the code forgets it, and the true label explains a held-out image best."""
    judge, accuracy = classifier.train()
    figures: Figures = {"classifier_accuracy": accuracy}
    for preset, suffix in (("mnist-2d-conditional", ""), ("mnist-16d-conditional", "_16d")):
        training = trained(preset)
        model = training.model.eval()
        wanted = torch.arange(DRAWS) % model.config.classes
        with torch.inference_mode():
            draws = model.sample(DRAWS, torch.Generator().manual_seed(0), wanted)
        figures |= {
            f"cvae_accuracy{suffix}": float((classifier.classify(judge, draws) == wanted).float().mean()),
            f"cvae_code_knn{suffix}": code_knn(training),
            f"cvae_label_by_bound{suffix}": label_by_bound(training),
            f"cvae_cost{suffix}": evaluation.elbo(model, training.batches, training.validation_indices).total,
        }
    return figures


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


def two_levels(preset: str, settings: Mapping[str, object]) -> tuple[float, float, int]:
    """Bound on -log p(x) of held-out images, KL of the first `top_dim` dimensions, active units among these; of a trained preset."""
    training = trained(preset, settings)
    model, batches, held_out = training.model, training.batches, training.validation_indices
    top = model.config.top_dim
    bound = evaluation.importance_weighted_bound(model, batches, held_out, samples=LEVEL_SAMPLES)
    with torch.inference_mode():
        means = torch.cat([model.encode(batches[some]).mean for some in held_out.split(1000)])
    kl = evaluation.elbo(model, batches, held_out).kl_by_dimension
    return bound, float(kl[:top].sum()), evaluation.active_units(means[:, :top].numpy())


def ladder() -> Figures:
    """Of two levels the ladder uses both, its stacked twin hardly the top one; and it fits no worse than a VAE of one level."""
    recipe = {"dataset": "mnist10k", "epochs": 24}
    (ladder_bound, ladder_kl, ladder_units), (stacked_bound, stacked_kl, stacked_units), (one_level_bound, _, _) = (
        two_levels("mnist-ladder", {**recipe, "family": family}) for family in ("ladder", "stacked", "vae")
    )
    return {
        "ladder_bound": ladder_bound,
        "stacked_bound": stacked_bound,
        "one_level_bound": one_level_bound,
        "ladder_bound_gain": one_level_bound - ladder_bound,
        "ladder_top_kl": ladder_kl,
        "ladder_top_units": ladder_units,
        "stacked_top_kl": stacked_kl,
        "stacked_top_units": stacked_units,
    }


@torch.inference_mode()
def vq() -> Figures:
    """A learned prior tells a map of codes in far fewer nats than a uniform one, and draws more digits that a classifier is sure of."""
    with torch.inference_mode(False):
        training, (judge, accuracy) = trained("mnist-vq"), classifier.train()
    model, batches, held_out = training.model.eval(), training.batches, training.validation_indices
    assert isinstance(model, VQVAE)
    sides, generator = model.config.code_shape[1:], torch.Generator().manual_seed(0)
    uniform = torch.randint(model.config.codebook, (DRAWS, *sides), generator=generator)
    learned = model.pixelcnn.sample(DRAWS, sides, generator)
    confident = {name: _confident(judge, model, maps) for name, maps in {"learned": learned, "uniform": uniform}.items()}
    elbo = evaluation.elbo(model, batches, held_out)
    facts = model.facts(torch.cat([model.encode(batches[some]).mean for some in held_out.split(1000)]))
    return {
        "vq_perplexity": facts["perplexity"],
        "vq_error": evaluation.reconstruction_error(model, batches, held_out),
        "vq_nats": elbo.total,
        "vq_prior_nats": elbo.kl,
        "vq_prior_saving": 1 - elbo.kl / facts["uniform"],
        "vq_confident_learned": confident["learned"],
        "vq_confident_uniform": confident["uniform"],
        "vq_confident_ratio": confident["learned"] / max(confident["uniform"], 1 / DRAWS),
        "vq_classifier_accuracy": accuracy,
        "vq_seconds": training.seconds,
    }


def _confident(judge: nn.Module, model: VQVAE, maps: Tensor) -> float:
    """The part of maps (N, h, w) whose decoded images the classifier gives more than 0.9 for one digit."""
    chances = judge(model.images(model.lookup(maps).flatten(1))).softmax(1)
    return float((chances.amax(1) > CONFIDENT).float().mean())


def vaegan() -> Figures:
    """Draws of a VAE-GAN are sharp and as varied as the data, and nearer to it than those of a VAE of the same size and set."""
    judge, accuracy = classifier.train()
    held_out = data.load("mnist")
    real = Batches(held_out.images, torch.device("cpu"))[torch.from_numpy(held_out.validation)]
    figures: Figures = {"classifier_accuracy": accuracy}
    for preset, name in (("mnist-vaegan", "vaegan"), ("mnist-16d", "vae")):
        training = trained(preset, {"dataset": "mnist10k", "epochs": 20} if name == "vae" else {})
        drawn = training.model.eval().sample(MANY_DRAWS, torch.Generator().manual_seed(0)).detach()
        batches, asked = training.batches, training.validation_indices
        figures |= {
            f"{name}_sharpness_ratio": draws.sharpness(drawn[:DRAWS], real),
            f"{name}_class_entropy": draws.class_entropy(judge, drawn[:DRAWS]),
            f"{name}_frechet": draws.frechet(judge, drawn, real),
            f"{name}_error": evaluation.reconstruction_error(training.model, batches, asked),
            f"{name}_seconds": training.seconds,
        }
    return figures


MEASURED: dict[str, Callable[[], Figures]] = {
    "conditional": conditional,
    "ladder": ladder,
    "mixture": mixture,
    "vaegan": vaegan,
    "vq": vq,
    "anomaly": applications.anomaly,
}


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
