"""The Experiments page without a browser: what it shows of each family, what a link asks for, what it says where there is nothing."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from visiting import EXPERIMENTS, checked, visit

from vae_core import data, models, runs
from vae_core.applications import anomaly, answers, factors, questions
from vae_core.data.batches import Batches
from vae_core.data.binarisation import load_for
from vae_core.files.atomic import write_atomic
from vae_core.files.records import write_json
from vae_core.latent import codes, encode
from vae_core.models import weights
from vae_core.models.export import export
from vae_core.presets import configure
from vae_core.processes import asking
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.traits import FAMILIES

TINY = {"dataset": "digits", "images": 90, "channels": "4,8", "hidden": "8", "device": "cpu"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are answered here instead of in a process of their own."""
    monkeypatch.setattr(asking, "answer", lambda module, question, *limit: asking.Answer(True, answers.answer(question).encode()))


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """make("name", family="vae") -> a finished run of an untrained network, with all that a page about a model needs."""
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path / "checkpoints"))

    def make(name: str = "tiny", title: str = "", **settings: object) -> Run:
        run = runs.create(configure("mnist-2d-quick", {**TINY, **settings}), tmp_path / "checkpoints", name=name, title=title)
        model, images = models.build(run.config.model, seed=1), load_for(run.config.train)
        weights.save_weights(model, run.weights)
        write_atomic(run.network, export(model.eval()))
        labels = images.labels if run.config.model.traits.is_conditional else None
        codes.save(encode.encode_images(model, Batches(images.images, model.log_sigma.device, labels), images), run.codes)
        run.write_status(Status("finished"))
        return run

    return make


def shown(app: AppTest) -> dict:
    """What the anomaly bench was given."""
    return next(json.loads(mount.proto.json) for mount in app.get("bidi_component") if '"anomalous":' in mount.proto.json)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_scored_or_says_why_not(make, family: str) -> None:
    run = make(family=family)
    app = visit(EXPERIMENTS, run=run.id)
    assert not app.error
    traits = FAMILIES[family]
    if traits.is_conditional:
        assert [info.value for info in app.info] == [anomaly.NEEDS_LABEL]
        return
    scores = shown(app)["scores"]
    assert [score["name"] for score in scores] == anomaly.scores_of(traits)
    assert all(score["known"] == sorted(score["known"]) and 0 <= score["auc"] <= 1 for score in scores)
    code = next(score for score in scores if score["name"] == "code")
    assert ("origin" in code["about"], "middle" in code["about"]) == (traits.is_normal, not traits.has_prior)


def test_a_class_left_out_is_asked_about_first_and_by_its_name(make) -> None:
    run = make(without="3")
    app = visit(EXPERIMENTS, run=run.id)
    assert app.selectbox(key="experiments.group.tiny").options == ["Images of “3”, never seen", "Images upside down", "A blank image"]
    found = shown(app)
    assert found["groups"] == ["held-out images", "images of “3”"]
    images = data.load("digits", images=90)
    assert len(found["scores"][0]["anomalous"]) == (images.labels == 3).sum()
    assert len(found["top"]["values"]) == anomaly.SHOWN
    assert app.query_params == {"run": run.id}
    checked(app.selectbox(key="experiments.group.tiny").select(anomaly.UPSIDE_DOWN).run())
    assert app.query_params["group"] == anomaly.UPSIDE_DOWN
    assert shown(app)["groups"][1] == "images upside down"


def test_where_every_class_was_learned_a_link_leads_to_a_training_without_one(make) -> None:
    run = make(latent_dim=5)
    [link] = [link.proto for link in visit(EXPERIMENTS, run=run.id).get("page_link") if link.proto.label == "Train one without a class"]
    assert link.page == "train"
    assert link.query_string == "data=digits&recipe=mnist-2d-quick&settings=latent_dim%3A5%2Cwithout%3A1"


def test_a_link_asks_for_score_group_and_threshold(make) -> None:
    run = make()
    asked = {"run": run.id, "group": "blank", "score": "nearest", "threshold": "1.25"}
    app = visit(EXPERIMENTS, **asked)
    assert (shown(app)["score"], shown(app)["threshold"], shown(app)["top"]["score"]) == ("nearest", 1.25, "nearest")
    assert app.query_params == asked
    odd = shown(visit(EXPERIMENTS, run=run.id, group="left_out", score="<b>", threshold="nan"))
    assert (odd["score"], odd["threshold"], odd["groups"][1]) == ("elbo", None, "images upside down")


def test_while_it_is_computed_the_page_says_so_and_a_refusal_is_a_sentence(make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make()
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer())
    assert "Scoring up to 2,000 images" in visit(EXPERIMENTS, run=run.id).info[0].value
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, None))
    assert "could not be computed in time" in visit(EXPERIMENTS, run=run.id).error[0].value
    run.codes.unlink()
    assert "its codes are missing" in visit(EXPERIMENTS, run=run.id).info[0].value


def said(app: AppTest) -> str:
    """All that is said on the page, without the escapes that keep markdown away."""
    return "\n".join(item.value for item in (*app.markdown, *app.caption)).replace("\\", "")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_denoises_beside_another_and_is_compressed(make, family: str) -> None:
    run, other = make(family=family), make("other")
    app = visit(EXPERIMENTS, run=run.id, tab="denoising", beside=other.id, sigma="0.5")
    assert not app.error
    assert "At σ = 0.5, **tiny** is " in said(app)
    assert "At σ = 0.5, **other** is " in said(app)
    assert len(app.get("image")) == 5
    assert app.query_params == {"run": run.id, "tab": "denoising", "beside": other.id, "sigma": "0.5"}
    app = visit(EXPERIMENTS, run=run.id, tab="compression")
    assert not app.error
    traits = FAMILIES[family]
    assert ("KL / ln 2" in said(app)) is traits.has_prior
    assert ("Map of codes" in said(app)) is traits.is_discrete
    assert bool(app.select_slider) is not traits.is_discrete
    assert "no length of a file" in said(app)


def test_what_was_measured_stays_while_another_model_is_waited_for(make, monkeypatch: pytest.MonkeyPatch) -> None:
    run, other = make(), make("other")
    answer = questions.answer
    monkeypatch.setattr(questions, "answer", lambda question: None if question.run.id == other.id else answer(question))
    app = visit(EXPERIMENTS, run=run.id, tab="denoising", beside=other.id)
    assert "**tiny** is" in said(app)
    assert "**other** is" not in said(app)
    assert app.info[0].value.startswith("Denoising")


def test_what_images_cost_is_a_size_only_where_pixels_have_probabilities(make) -> None:
    for likelihood, is_size in (("logistic", True), ("gaussian", False)):
        run = make(likelihood, likelihood=likelihood)
        write_json(run.card_file, {"elbo": -800 * math.log(2)})
        app = visit(EXPERIMENTS, run=run.id, tab="compression")
        assert not app.error
        assert ("**100.0 bytes** is" in said(app)) is is_size
        assert ("the length of a lossless code" in said(app)) is is_size
        assert ("no length of a file" in said(app)) is not is_size


def test_models_of_one_title_are_told_apart(make) -> None:
    run, other = make(title="Twin"), make("other", title="Twin")
    app = visit(EXPERIMENTS, run=run.id, tab="denoising", beside=other.id)
    assert "**Twin** is" in said(app)
    assert "**Twin (2)** is" in said(app)


def test_a_link_to_nothing_gives_the_usual_noise_and_bits(make) -> None:
    run = make()
    app = visit(EXPERIMENTS, run=run.id, tab="denoising", beside="nobody", sigma="7")
    assert (app.select_slider(key="experiments.sigma").value, app.selectbox(key="experiments.beside.tiny").value) == ("0.3", "")
    assert app.query_params == {"run": run.id, "tab": "denoising"}
    app = visit(EXPERIMENTS, run=run.id, tab="compression", bits="8")
    assert "Code, 8 bits each" in said(app)
    checked(app.select_slider(key="experiments.bits").set_value("1").run())
    assert "Code, 1 bit each" in said(app)
    assert app.query_params["bits"] == "1"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_shapes_is_compared_with_its_factors_or_says_why_not(make, family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "LEARNED", 200)
    monkeypatch.setattr(factors, "TESTED", 100)
    run = make(family=family, dataset="shapes", latent_dim=4, channels="4,8,8")
    app = visit(EXPERIMENTS, run=run.id, tab="factors")
    assert not app.error
    if FAMILIES[family].is_discrete:
        assert [info.value for info in app.info] == [factors.DISCRETE]
        return
    [table] = [json.loads(mount.proto.json) for mount in app.get("bidi_component") if '"columns"' in mount.proto.json]
    assert table["rows"] == ["Shape", "Scale", "Rotation", "x", "y"]
    shares = np.array([column["values"] for column in table["columns"] if column["shaded"]])
    first, second = np.sort(shares, axis=0)[[-1, -2]]
    assert app.metric[0].value == f"{np.mean(first - second):.2f}"
    assert len(app.metric) == len(app.get("image")) + 4 == 5


def test_a_dimension_is_named_by_the_link_and_another_one_by_the_button(make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "LEARNED", 200)
    monkeypatch.setattr(factors, "TESTED", 100)
    run = make(dataset="shapes", latent_dim=4)
    first = visit(EXPERIMENTS, run=run.id, tab="factors", dimension="z9")
    assert "dimension" not in first.query_params
    key = f"experiments.dimension.{run.id}"
    one, other = [name for name in ("z1", "z2", "z3") if name != first.segmented_control(key=key).value][:2]
    app = visit(EXPERIMENTS, run=run.id, tab="factors", dimension=one)
    assert f"Along {one}" in said(app)
    checked(app.segmented_control(key=key).set_value(other).run())
    assert f"Along {other}" in said(app)
    assert app.query_params == {"run": run.id, "tab": "factors", "dimension": other}


def test_a_model_of_other_images_leads_to_one_of_shapes(make) -> None:
    run = make()

    def link() -> tuple[str, str, str]:
        app = visit(EXPERIMENTS, run=run.id, tab="factors")
        assert [info.value for info in app.info] == [factors.NO_FACTORS]
        proto = app.get("page_link")[-1].proto
        return proto.label, proto.page, proto.query_string

    assert link() == ("Train a model of shapes", "train", "data=shapes&recipe=shapes-6d")
    known = make("known", title="Known shapes", dataset="shapes")
    assert link() == ("See Known shapes", "experiments", f"run={known.id}&tab=factors")
