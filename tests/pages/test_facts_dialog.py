"""What is said of a model from what was measured."""

import re
from pathlib import Path

import pytest
from page_parts import choose, read
from visiting import HOME, LATENT_MAP, TRAIN, checked, visit

from ui.about_run import fact_line
from vae_core import runs
from vae_core.presets import configure
from vae_core.runs.run import Run
from vae_core.traits import LIKELIHOODS

COLLAPSE = "The code carries nothing: all images decode alike (posterior collapse). Lower beta or add free bits."


def measured_as(monkeypatch: pytest.MonkeyPatch, **facts: object) -> None:
    """Let every run be measured so."""
    genuine = Run.card
    monkeypatch.setattr(Run, "card", lambda run: {**genuine(run), **facts})


def test_a_collapsed_code_is_named_beside_the_training_and_among_the_facts(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not checked(visit(TRAIN, run="tiny-5d")).info
    measured_as(monkeypatch, active_units=0)
    assert [info.value for info in checked(visit(TRAIN, run="tiny-5d")).info] == [COLLAPSE]
    app = choose(visit(HOME), "tiny-5d", "Facts")
    assert [info.value for info in app.info] == [COLLAPSE]


def test_numbers_from_a_few_images_are_not_called_measured(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured_as(monkeypatch, validation_images=2, few_validation_images=True)
    app = checked(visit(LATENT_MAP, run="tiny-5d"))
    assert "too few held-out images to measure (2)" in read(app.caption[0].value)
    assert not any("nats image" in caption.value for caption in app.caption)


def test_a_loss_that_only_a_broken_model_has_is_not_spelt_out(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured_as(monkeypatch, elbo=-2e33, kl=2e33)
    pages = checked(visit(LATENT_MAP, run="tiny-5d")), choose(visit(HOME), "tiny-5d", "Facts")
    for app in pages:
        words = read(" ".join(element.value for element in (*app.caption, *app.metric)))
        assert "more than 10,000,000 nats" in words
        assert not re.search(r"\d{9}|\d,\d{3},\d{3},", words)


def test_accuracy_is_told_beside_that_of_guessing(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured_as(monkeypatch, knn_accuracy=0.8, largest_class=0.75)
    app = choose(visit(HOME), "tiny-5d", "Facts")
    assert any("Always naming the largest class gives 75.0%." in caption.value for caption in app.caption)


def test_every_measured_fact_comes_with_what_it_means(models: Path) -> None:
    app = choose(visit(HOME), "tiny-5d", "Facts")
    card = Run(models / "tiny-5d").card()
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["−ELBO"] == f"{-card['elbo']:.1f} nats"
    assert shown["Importance-weighted bound"] == f"{-card['bound']:.1f} nats"
    assert shown["Active units"] == f"{card['active_units']} of 5"
    assert shown["k-NN accuracy"] == f"{card['knn_accuracy']:.1%}"
    assert len(shown) == 8
    assert sum(caption.value.endswith(".") for caption in app.caption) >= 8


def test_the_cost_of_an_image_stands_in_a_line_unless_it_is_a_density(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Run, "card", lambda run: {"elbo": -123.4, "reconstruction_error": 0.0225})
    lines = {name: read(fact_line(runs.create(configure("mnist-2d-quick", {"likelihood": name}), tmp_path))) for name in LIKELIHOODS}
    assert {name for name, line in lines.items() if "cost of a held-out image 123.4 nats" in line} == {"bernoulli", "logistic"}
    assert "typical pixel error 15.0%" in lines["gaussian"]
