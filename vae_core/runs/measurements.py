"""What a run's files hold of measured facts: the entries of card.json and of a line of metrics.jsonl. Knows no file."""

from typing import TypedDict


class OfFamily(TypedDict, total=False):
    """Facts that not every family of models has."""

    kl_by_dimension: list[float]
    component_shares: list[float]


class Card(OfFamily, total=False):
    """Facts of a finished model; losses in nats per image on the held-out images. What a version did not measure is not there."""

    elbo: float
    reconstruction: float
    kl: float
    bits_per_dimension: float
    active_units: int
    perplexity: float
    uniform: float
    reconstruction_error: float
    parameters: int
    validation_images: int
    training_images: int
    few_validation_images: bool
    background: float
    thumbnails: int
    sigma: float
    bound: float
    bound_samples: int
    bound_images: int
    knn_accuracy: float
    largest_class: float
    epochs: int
    seconds: float
    images_per_second: int
    device: str
    machine: str
    kernels: str


class Metrics(TypedDict, total=False):
    """One record of a training; losses in nats per image. Foreign lines may lack entries."""

    split: str
    step: int
    epoch: float
    terms: dict[str, float]
    total: float
    reconstruction: float
    kl: float
    beta: float
    learning_rate: float
    images_per_second: float
    seconds: float
