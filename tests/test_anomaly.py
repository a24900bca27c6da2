"""The anomaly bench: ROC curve and AUC against scikit-learn, scores against sums by hand, groups that are what they are called."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score, roc_curve

from vae_core import data, models, runs
from vae_core.applications import anomaly, answers, images, questions, roc
from vae_core.errors import ConfigError, DataError, RunError
from vae_core.latent import codes
from vae_core.models import weights
from vae_core.presets import configure
from vae_core.runs.run import Run
from vae_core.traits import FAMILIES

TINY = {"dataset": "digits", "channels": "4,8", "hidden": "8", "device": "cpu"}


def two_groups(kind: str) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    known, anomalous = random.normal(size=200), random.normal(0.7, 2, size=90)
    if kind == "ties":
        return known.round(), anomalous.round()
    return {"apart": (known, anomalous + 100), "one": (known, anomalous[:1]), "equal": (known[:1], known[:1])}.get(kind, (known, anomalous))


@pytest.mark.parametrize("kind", ["usual", "ties", "apart", "one", "equal"])
def test_curve_and_area_are_those_of_scikit_learn(kind: str) -> None:
    known, anomalous = two_groups(kind)
    truth, scores = np.repeat([0, 1], [len(known), len(anomalous)]), np.concatenate([known, anomalous])
    assert roc.roc_auc(known, anomalous) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    alarms, hits, _ = roc_curve(truth, scores, drop_intermediate=False)
    found = roc.roc_curve(known, anomalous)
    assert (np.diff(found, axis=0) >= 0).all()
    assert np.trapezoid(found[:, 1], found[:, 0]) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    theirs = {(round(x, 9), round(y, 9)) for x, y in zip(alarms, hits, strict=True)}
    assert {(round(x, 9), round(y, 9)) for x, y in found.tolist()} <= theirs


def small(family: str = "vae", **settings: object) -> models.Model:
    return models.build(configure("mnist-2d-quick", {**TINY, "family": family, "latent_dim": 4, **settings}).model, seed=2).eval()


@torch.inference_mode()
def test_scores_of_a_vae_are_what_they_are_called() -> None:
    model, pictures = small(), data.load("digits").images[:6]
    space = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    found = anomaly.score(model, pictures, space)
    assert list(found) == list(anomaly.SCORES)
    x = torch.from_numpy(pictures.astype(np.float32) / 255)
    posterior = model.encode(x)
    pixels = model.images(posterior.mean).double()
    by_hand = -(x * pixels.log() + (1 - x) * (1 - pixels).log()).sum((1, 2, 3))
    np.testing.assert_allclose(found["reconstruction"], by_hand, rtol=1e-4)
    np.testing.assert_allclose(found["code"], np.sqrt((posterior.mean.numpy() ** 2).sum(1)), rtol=1e-5)
    distances = np.sqrt(((posterior.mean.numpy()[:, None] - space) ** 2).sum(-1))
    np.testing.assert_allclose(found["nearest"], distances.min(1), rtol=1e-4)
    kl = 0.5 * (posterior.mean**2 + posterior.log_var.exp() - 1 - posterior.log_var).sum(1)
    np.testing.assert_allclose(found["elbo"] - found["draws"], kl, rtol=1e-3, atol=1e-3)
    many = [model.reconstruction_cost(model.decode(posterior.sample(torch.Generator().manual_seed(seed))), x) for seed in range(400)]
    error = torch.stack(many).std(0) * math.sqrt(1 / anomaly.DRAWS + 1 / 400)
    assert (np.abs(found["draws"] - torch.stack(many).mean(0).numpy()) < 4 * error.numpy() + 1e-3).all()


@torch.inference_mode()
def test_where_there_is_no_origin_the_code_is_measured_otherwise() -> None:
    pictures, space = data.load("digits").images[:5], np.ones((7, 4), np.float32)
    plain = small("autoencoder")
    x = torch.from_numpy(pictures.astype(np.float32) / 255)
    np.testing.assert_allclose(anomaly.score(plain, pictures, space)["code"], (plain.encode(x).mean - 1).norm(dim=1), rtol=1e-5)
    mixture = small("mixture", components=3)
    np.testing.assert_allclose(anomaly.score(mixture, pictures, space)["code"], -mixture.prior.log_prob(mixture.encode(x).mean), rtol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_gives_the_scores_that_it_has_or_says_why_not(family: str) -> None:
    traits = FAMILIES[family]
    named = anomaly.scores_of(traits)
    assert ("elbo" in named, "draws" in named) == (traits.is_bound, traits.is_stochastic)
    if traits.is_conditional:
        assert "label" in anomaly.refusal(traits)
        return
    model = models.build(configure("mnist-2d-quick", {**TINY, "family": family}).model, seed=0)
    found = anomaly.score(model, data.load("digits").images[:3], np.zeros((2, model.config.latent_dim), np.float32))
    assert list(found) == named
    assert all(np.isfinite(values).all() and values.shape == (3,) for values in found.values())


@pytest.fixture
def make(tmp_path: Path):
    """make("name", without="3") -> a run of tiny digits with an untrained network's weights, and codes."""

    def make(name: str = "tiny", **settings: object) -> Run:
        run = runs.create(configure("mnist-2d-quick", {**TINY, **settings}), tmp_path / "checkpoints", name=name)
        weights.save_weights(models.build(run.config.model, seed=1), run.weights)
        mean = np.random.default_rng(0).normal(size=(60, run.config.model.latent_dim)).astype(np.float32)
        nothing = np.zeros(60)
        kept = codes.Codes(mean, mean, nothing.astype(int), np.arange(60), nothing.astype(np.float32), 20)
        codes.save(kept, run.codes)
        return run

    return make


def asked(run: Run, group: str) -> dict[str, anomaly.Scored]:
    """The answer as a page gets it: through the process's text and back."""
    text = answers.answer(questions.Question("anomaly", run, {"group": group}).as_text())
    return anomaly.from_arrays(questions.decoded(text.encode()))


def test_known_images_are_held_out_and_those_left_out_are_all_of_their_class(make, monkeypatch: pytest.MonkeyPatch) -> None:
    run, whole = make(without="3"), data.load("digits")
    assert anomaly.groups(run) == [anomaly.LEFT_OUT, anomaly.UPSIDE_DOWN, anomaly.BLANK]
    found = asked(run, anomaly.LEFT_OUT)
    assert list(found) == list(anomaly.SCORES)
    of_three = whole.labels == 3
    assert {(len(scored.known), len(scored.anomalous)) for scored in found.values()} == {
        (int((~of_three[whole.validation]).sum()), int(of_three.sum()))
    }
    pixels = {image.tobytes() for image in whole.images[of_three]}
    for scored in found.values():
        assert [image.tobytes() in pixels for image in scored.images] == scored.top_is_anomalous.tolist()
        everything = np.sort(np.concatenate([scored.known, scored.anomalous]))[::-1]
        np.testing.assert_array_equal(scored.top, everything[: anomaly.SHOWN])
        assert scored.reconstructions.shape == scored.images.shape
    monkeypatch.setattr(anomaly, "MOST", 25)
    assert len(anomaly.measure(run, anomaly.LEFT_OUT)["code"].known) == 25


def test_blank_is_the_background_and_upside_down_is_that(make) -> None:
    run = make()
    blank = asked(run, anomaly.BLANK)["reconstruction"]
    x = torch.zeros(1, 1, 8, 8)
    model = weights.load_model(run)
    with torch.inference_mode():
        np.testing.assert_allclose(blank.anomalous, model.reconstruction_cost(model.decode(model.encode(x).mean), x), rtol=1e-5)
    turned = asked(run, anomaly.UPSIDE_DOWN)["nearest"]
    pixels = {image.tobytes() for image in data.load("digits").images[:, :, ::-1].copy()}
    assert turned.top_is_anomalous.any()
    assert all(image.tobytes() in pixels for image in turned.images[turned.top_is_anomalous])


def test_what_cannot_be_asked_is_refused_in_one_sentence(make) -> None:
    with pytest.raises(RunError, match="tiny has no group 'left_out' to be asked about; choose one of upside_down, blank"):
        asked(make(), anomaly.LEFT_OUT)
    with pytest.raises(RunError, match="told the label of every image"):
        asked(make("told", family="conditional"), anomaly.BLANK)
    with pytest.raises(ConfigError, match="expected JSON that names an experiment and a run"):
        answers.answer("?")
    for text in (b"", b"?", b'{"images_per_second": 4000}'):
        with pytest.raises(RunError, match="could not be computed"):
            questions.decoded(text)
    gone = dataclasses.replace(make("gone"), path=Path("nowhere"))
    with pytest.raises((DataError, RunError)):
        questions.Question("anomaly", gone).as_text()


def test_other_weights_are_another_question(make) -> None:
    run = make()
    question = questions.Question("anomaly", run, {"group": anomaly.BLANK})
    before = question.as_text()
    assert json.loads(before)["told"] == {"group": anomaly.BLANK}
    weights.save_weights(models.build(run.config.model, seed=5), run.weights)
    assert question.as_text() != before


def test_a_set_that_is_not_here_is_measured_on_the_part_that_comes_with_the_program(make, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    run = make("large", dataset="mnist", without="1")
    assert images.dataset(run) == "mnist10k"
    found, part = images.load(run), data.load("mnist10k")
    np.testing.assert_array_equal(found.images, part.images)
    assert 1 not in found.labels[found.validation]
    assert images.dataset(make("small")) == "digits"
    assert json.loads(questions.Question("anomaly", run).as_text())["of"]
