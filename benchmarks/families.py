"""What each family of models shows that others cannot, and what models are for, measured: trains what it needs, prints a table, then JSON.

python benchmarks/families.py                     # all families; needs MNIST
python benchmarks/families.py --only conditional  # one of them
python benchmarks/families.py --shipped           # trains none: the shipped models alone, in less than three minutes
"""

import argparse
import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

import applications
import classifier
import draws
import likelihoods
import numpy as np
import recipes
import sharp
import torch
from recipes import Figures
from torch import Tensor

from vae_core.data.batches import Batches
from vae_core.data.binarisation import load_for
from vae_core.data.image_set import ImageSet, load
from vae_core.latent.encode import encode_images
from vae_core.models import VQVAE, Model, evaluation, load_model
from vae_core.runs import SHIPPED, find

DRAWS = 1000
"""from the prior; of a conditional model decoded under every label in turn"""
MANY_DRAWS = 10_000
"""for the Fréchet distance, from as many digits of MNIST's training part, which no model here was trained on"""
ASKED, ASKED_SAMPLES = 2000, 8
"""Held-out images whose label is guessed by the ELBO, and samples of the posterior for it."""
SEEDS = (0, 1, 2)
LEVEL_SAMPLES = 50
"""of the posterior of each image, for a bound of a model of two levels"""
CONFIDENT = 0.9


class Judge:
    """The classifier of digits, and how often it is right."""

    def __init__(self) -> None:
        self.network, self.accuracy = classifier.train()


class Subject(NamedTuple):
    """A trained model, and the images that it was and was not trained on."""

    model: Model
    batches: Batches
    held_out: Tensor
    images: ImageSet
    seconds: float


def shipped(name: str) -> Subject:
    """A model that comes with the program."""
    run = find(name)
    images = load_for(run.config.train)
    labels = images.labels if run.config.model.traits.is_conditional else None
    return Subject(
        load_model(run),
        Batches(images.images, torch.device("cpu"), labels),
        torch.from_numpy(images.validation),
        images,
        run.status.seconds,
    )


def trained(preset: str, settings: Mapping[str, object] | None = None) -> Subject:
    """A model of a preset, trained here."""
    training = recipes.trained(preset, settings)
    images = load_for(training.config.train)
    return Subject(training.model.eval(), training.batches, training.validation_indices, images, training.seconds)


@torch.inference_mode()
def label_by_bound(subject: Subject) -> float:
    """Part of held-out images whose own label has the best ELBO of all labels."""
    model, batches, right = subject.model, subject.batches, 0
    asked = subject.held_out[:ASKED]
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


def code_knn(subject: Subject) -> float:
    """Part of held-out images whose class is voted for by the five nearest training codes."""
    codes = encode_images(subject.model, subject.batches, subject.images)
    known, asked = slice(codes.validation, None), slice(0, codes.validation)
    return evaluation.knn_accuracy(codes.mean[known], codes.labels[known], codes.mean[asked], codes.labels[asked])


def conditional() -> Figures:
    """At two and at sixteen dimensions."""
    judge = Judge()
    figures = of_conditional(trained("mnist-2d-conditional"), judge)
    figures |= {f"{name}_16d": value for name, value in of_conditional(trained("mnist-16d-conditional"), judge).items()}
    return figures | {"classifier_accuracy": judge.accuracy}


def of_conditional(subject: Subject, judge: Judge) -> Figures:
    """Draws under a label are of that class, the code forgets it, and the true label explains a held-out image best."""
    wanted = torch.arange(DRAWS) % subject.model.config.classes
    with torch.inference_mode():
        draws = subject.model.sample(DRAWS, torch.Generator().manual_seed(0), wanted)
    return {
        "cvae_accuracy": float((classifier.classify(judge.network, draws) == wanted).float().mean()),
        "cvae_code_knn": code_knn(subject),
        "cvae_label_by_bound": label_by_bound(subject),
    }


def mixture() -> Figures:
    """At two dimensions a learned prior costs held-out digits fewer nats than N(0, I), and uses each of its components."""
    gains, smallest = [], []
    for seed in SEEDS:
        recipe = {"dataset": "mnist10k", "epochs": 20, "seed": seed}
        normal, learned = (trained("mnist-2d-mixture", {**recipe, "family": family}) for family in ("vae", "mixture"))
        gains.append(minus_elbo(normal) - minus_elbo(learned))
        smallest.append(smallest_component(learned))
    return {
        "mixture_gain_nats": float(np.mean(gains)),
        "mixture_gain_error": float(np.std(gains, ddof=1) / np.sqrt(len(gains))),
        "mixture_smallest_component": min(smallest),
    }


@torch.inference_mode()
def smallest_component(subject: Subject) -> float:
    """The part of held-out codes that the least used component of the prior accounts for."""
    return float(min(subject.model.facts(subject.model.encode(subject.batches[subject.held_out]).mean)["component_shares"]))


def minus_elbo(subject: Subject) -> float:
    """-ELBO of held-out images in nats: the mean of ten estimates, each with one z an image."""
    return float(np.mean([evaluation.elbo(subject.model, subject.batches, subject.held_out, seed=seed).total for seed in range(10)]))


def ladder() -> Figures:
    """What the top level carries in the ladder and in its stacked twin, and what both cost beside a VAE of one level."""
    recipe = {"dataset": "mnist10k", "epochs": 24}
    of_one_level = trained("mnist-ladder", {**recipe, "family": "vae"})
    figures: Figures = {"one_level_bound": bound(of_one_level)}
    for family in ("ladder", "stacked"):
        subject = trained("mnist-ladder", {**recipe, "family": family})
        figures |= {f"{family}_bound": bound(subject)}
        figures |= {f"{family}_{name}": value for name, value in of_top_level(subject).items()}
    return figures | {"ladder_bound_gain": figures["one_level_bound"] - figures["ladder_bound"]}


def bound(subject: Subject) -> float:
    """Importance-weighted bound on -log p(x) of held-out images, in nats."""
    return evaluation.importance_weighted_bound(subject.model, subject.batches, subject.held_out, samples=LEVEL_SAMPLES)


def of_top_level(subject: Subject) -> Figures:
    """Its KL in nats, and how many of its dimensions are active."""
    model, batches, held_out = subject.model, subject.batches, subject.held_out
    top = model.config.top_dim
    with torch.inference_mode():
        means = torch.cat([model.encode(batches[some]).mean for some in held_out.split(1000)])
    return {
        "top_kl": float(evaluation.elbo(model, batches, held_out).kl_by_dimension[:top].sum()),
        "top_units": evaluation.active_units(means[:, :top].numpy()),
    }


def vq() -> Figures:
    """Of its recipe."""
    judge = Judge()
    return of_vq(trained("mnist-vq"), judge) | {"classifier_accuracy": judge.accuracy}


@torch.inference_mode()
def of_vq(subject: Subject, judge: Judge) -> Figures:
    """A learned prior tells a map of codes in far fewer nats than a uniform one, and draws more digits that a classifier is sure of."""
    model, batches, held_out = subject.model, subject.batches, subject.held_out
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
        "vq_seconds": subject.seconds,
    }


def _confident(judge: Judge, model: VQVAE, maps: Tensor) -> float:
    """The part of maps (N, h, w) whose decoded images the classifier gives more than 0.9 for one digit."""
    chances = judge.network(model.images(model.lookup(maps).flatten(1))).softmax(1)
    return float((chances.amax(1) > CONFIDENT).float().mean())


def vaegan() -> Figures:
    """Draws of a VAE-GAN are sharp and as varied as the data, and nearer to it than those of a VAE of the same size and set.

    Both are trained on `mnist10k`, MNIST's test part: its training part is new to them.
    """
    judge, unseen = Judge(), load("mnist")
    real = Batches(unseen.images, torch.device("cpu"))[torch.from_numpy(unseen.train[:MANY_DRAWS])]
    figures: Figures = {"classifier_accuracy": judge.accuracy}
    for preset, name in (("mnist-vaegan", "vaegan"), ("mnist-16d", "vae")):
        subject = trained(preset, {"dataset": "mnist10k", "epochs": 20} if name == "vae" else {})
        drawn = subject.model.sample(MANY_DRAWS, torch.Generator().manual_seed(0)).detach()
        figures |= {
            f"{name}_sharpness_ratio": draws.sharpness(drawn[:DRAWS], real),
            f"{name}_class_entropy": draws.class_entropy(judge.network, drawn[:DRAWS]),
            f"{name}_frechet": draws.frechet(judge.network, drawn, real),
            f"{name}_error": evaluation.reconstruction_error(subject.model, subject.batches, subject.held_out),
            f"{name}_seconds": subject.seconds,
        }
    return figures


def of_shipped() -> Figures:
    """What every shipped model costs, and what those of the families show."""
    subjects, judge = {name: shipped(name) for name in SHIPPED}, Judge()
    figures: Figures = {f"{name}_nats": evaluation.elbo(*subject[:3]).total for name, subject in subjects.items()}
    shown = {"mnist-2d-conditional": of_conditional, "mnist-vq": of_vq}
    for name in SHIPPED:
        figures |= shown[name](subjects[name], judge) if name in shown else {}
    return figures | {"classifier_accuracy": judge.accuracy}


MEASURED: dict[str, Callable[[], Figures]] = {
    "conditional": conditional,
    "ladder": ladder,
    "mixture": mixture,
    "sharp": sharp.sharp,
    "vaegan": vaegan,
    "vq": vq,
    "anomaly": applications.anomaly,
    "denoising": applications.denoising,
    "likelihoods": likelihoods.likelihoods,
    "factors": applications.factors,
}


def main() -> None:
    """Measure the families that are asked for."""
    parser = argparse.ArgumentParser(description="Measure what each family of models shows")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--only", choices=tuple(MEASURED))
    what.add_argument("--shipped", action="store_true", help="train none: measure the shipped models again")
    asked, figures = parser.parse_args(), {}
    for measure in [of_shipped] if asked.shipped else [MEASURED[asked.only]] if asked.only else MEASURED.values():
        figures |= measure()
    for name, value in figures.items():
        print(f"{name:28} {value:10.4f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
