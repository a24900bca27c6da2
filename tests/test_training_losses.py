"""Which losses of a training are shown: what is minimised is told apart from −ELBO."""

import re

import pytest

from ui.components.losses import Loss
from ui.training_losses import MAX_POINTS, losses_of
from vae_core.presets import configure
from vae_core.runs.measurements import Metrics


def records(epochs: int = 3, every: int = 1, **more: float) -> list[Metrics]:
    """So many training records an epoch and a validation record after them: reconstruction 100, KL 20."""
    whole: Metrics = {"total": 120.0, "reconstruction": 100.0, "kl": 20.0, "images_per_second": 1.0}
    return [
        {**whole, "split": split, "epoch": epoch + part / every, **more}  # type: ignore[typeddict-item]
        for epoch in range(epochs)
        for part, split in [*((part + 1, "train") for part in range(every)), (every, "validation")]
    ]


def last(losses: list[Loss]) -> dict[str, float]:
    return {re.sub("<[^>]*>", "", loss.name): loss.validation[-1][1] for loss in losses}


def test_with_a_beta_of_one_the_objective_is_the_bound() -> None:
    losses = losses_of(configure("mnist-2d"), records(), validated=True)
    assert last(losses) == {"−ELBO": 120.0, "Reconstruction": 100.0, "KL": 20.0}
    assert losses[0].meaning == "objective: reconstruction + KL"


@pytest.mark.parametrize(("beta", "objective"), [(0.0, 100.0), (8.0, 260.0)])
def test_with_another_beta_both_are_shown(beta: float, objective: float) -> None:
    losses = losses_of(configure("mnist-2d", {"beta": beta}), records(beta=beta), validated=True)
    assert last(losses) == {"Objective": objective, "−ELBO": 120.0, "Reconstruction": 100.0, "KL": 20.0}
    assert losses[0].meaning == f"reconstruction + {beta:g} · KL"


def test_a_beta_that_rises_weighs_each_record_as_it_was_then() -> None:
    config = configure("mnist-2d", {"beta": 2.0, "beta_schedule": "linear"})
    risen = [{**record, "beta": record["epoch"]} for record in records(epochs=2)]
    (objective, *_) = losses_of(config, risen, validated=True)
    assert objective.validation == objective.training == [(1.0, 120.0), (2.0, 140.0)]
    assert objective.meaning == "reconstruction + 2 · KL"


def test_free_bits_are_said_not_to_be_counted() -> None:
    (objective, *_) = losses_of(configure("mnist-2d", {"free_bits": 0.1}), [], validated=True)
    assert objective.meaning == "reconstruction + 1 · KL (free bits not counted)"
    assert objective.training == objective.validation == []


def test_of_an_importance_weighted_bound_the_looser_one_is_shown() -> None:
    config = configure("mnist-2d", {"samples": 5, "bound": "importance"})
    losses = losses_of(config, records(), validated=True)
    assert last(losses) == {"−ELBO": 120.0, "Reconstruction": 100.0, "KL": 20.0}
    assert losses[0].meaning == "the objective is a tighter bound"


def test_an_autoencoder_has_neither_a_bound_nor_a_kl() -> None:
    assert last(losses_of(configure("mnist-ae-2d"), records(), validated=True)) == {"Reconstruction": 100.0}


def test_losses_on_too_few_images_are_left_out() -> None:
    for loss in losses_of(configure("mnist-2d"), records(), validated=False):
        assert loss.validation == []
        assert len(loss.training) == 3


def test_many_training_records_are_thinned_and_no_validation_record_is() -> None:
    (loss, *_) = losses_of(configure("mnist-2d"), records(epochs=90, every=10), validated=True)
    assert MAX_POINTS / 2 < len(loss.training) <= MAX_POINTS
    assert loss.training[-1][0] == loss.validation[-1][0] == len(loss.validation) == 90
