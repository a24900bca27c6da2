"""Embeddings without a browser: what is projected, measured and kept in the link."""

import dataclasses
import os
import re
from pathlib import Path

import numpy as np
import pytest
from page_parts import at_the_sheet_of, links
from streamlit.testing.v1 import AppTest
from visiting import EMBEDDINGS, checked, visit

from ui import projection_view
from vae_core.latent import codes, encoded_sets
from vae_core.projections import jobs as projection_jobs
from vae_core.projections.request import Request
from vae_core.runs.run import Run


def said(app: AppTest) -> str:
    """All captions as they are read."""
    return "".join(caption.value for caption in app.caption).replace("\\", "")


def numbers(app: AppTest) -> dict[str, float]:
    return {metric.label: float(metric.value) for metric in app.metric}


def test_two_dimensions_are_shown_as_they_are(models: Path) -> None:
    app = visit(EMBEDDINGS, run="tiny-2d")
    assert app.segmented_control(key="embeddings.method").value == "raw"
    assert list(numbers(app)) == ["k-NN accuracy"]  # nothing is projected, so nothing about that is measured
    assert "Nothing is projected" in said(app)
    assert "600 of 600 codes of “Handwritten digits, 10,000”" in said(app)
    assert "z=" in links(app)["Take me to the biggest hole"]
    assert re.search(r"z1: (all 120|\d+ of 120) codes .{0,9}lie (within|beyond) ±\d", said(app))


def test_a_few_codes_are_shown_all_and_not_measured(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack, packed = projection_view.pack_points, []
    monkeypatch.setattr(projection_view, "pack_points", lambda *given, **named: packed.append(named) or pack(*given, **named))
    run = Run(models / "tiny-5d")
    whole = codes.load(run.codes)
    few = {name: getattr(whole, name)[:24] for name in ("mean", "log_var", "labels", "index", "reconstruction")}
    codes.save(codes.Codes(**few, validation=5), run.codes)
    app = visit(EMBEDDINGS, run="tiny-5d", mode="pca")
    assert packed[0]["held_out"] == 5
    assert "24 codes are too few to measure" in said(app)
    assert "24 codes are too few to compare" in said(app)
    assert not app.metric


def test_pca_is_measured_and_compared_with_noise(models: Path) -> None:
    app = visit(EMBEDDINGS, run="tiny-5d", mode="pca")
    shown = numbers(app)
    assert 0.5 < shown["Trustworthiness"] < 1.0
    assert {"Continuity", "Same neighbours", "k-NN accuracy"} < set(shown)
    assert all("for pure noise" in metric.delta for metric in app.metric if metric.label != "k-NN accuracy")
    checked(app.toggle(key="embeddings.noise").set_value(True).run())
    beside = [float(metric.value) for metric in app.metric if metric.label == "Trustworthiness"]
    assert len(beside) == 2
    assert beside[0] == shown["Trustworthiness"] != beside[1]
    assert "600 of 600 codes" in said(app)
    assert "600 random codes" in said(app)


def test_a_long_projection_is_begun_once_and_can_be_stopped(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, stopped = [], []
    monkeypatch.setattr(projection_jobs.Job, "stop", lambda job: stopped.append(job))
    monkeypatch.setattr(projection_jobs, "start", lambda run, request: begun.append(request))
    monkeypatch.setattr(projection_jobs.Job, "state", lambda job: projection_jobs.State("running", 40, 200))
    monkeypatch.setattr(projection_jobs.Job, "frames", lambda job: [])
    app = visit(EMBEDDINGS, run="tiny-5d")
    assert [(request.method, request.dims, request.seed) for request in begun] == [("tsne", 2, 0)]
    assert [(bar.value, bar.text) for bar in app.get("progress")] == [(20, "t-SNE: step 40 of 200")]
    checked(app.button(key="embeddings.tsne.stop").click().run())
    assert len(stopped) == 1


def test_a_link_carries_every_setting_of_a_projection(models: Path) -> None:
    settings = "dims:3,seed:7,clusters:hdbscan,beside:pca,x:3,y:4"
    app = visit(EMBEDDINGS, run="tiny-5d", mode="raw", settings=settings)
    assert [app.number_input(key=f"embeddings.{name}").value for name in ("raw.x", "raw.y", "seed")] == [3, 4, 7]
    assert app.selectbox(key="embeddings.beside").value == "pca"
    assert sorted(app.query_params["settings"].split(",")) == sorted(settings.split(","))
    assert said(app).count("600 of 600 codes") == 2
    checked(app.number_input(key="embeddings.seed").set_value(0).run())
    assert "seed" not in app.query_params["settings"]


def test_a_projection_that_was_stopped_early_can_be_computed_again(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, start = [], projection_jobs.start
    monkeypatch.setattr(projection_jobs, "start", lambda run, request: asked.append(request) or start(run, request))
    visit(EMBEDDINGS, run="tiny-5d")
    run = Run(models / "tiny-5d")
    flat = projection_jobs.find(run, Request("pca"))
    file = projection_jobs.Job(run, asked[0]).result_file
    projection_jobs.keep(dataclasses.replace(flat, request=asked[0], facts=flat.facts | {"stopped_early": True}), file)
    asked.clear()
    app = visit(EMBEDDINGS, run="tiny-5d")
    assert not asked
    checked(app.button(key="embeddings.tsne.again").click().run())
    assert asked
    assert not file.exists()


def test_fields_in_a_closed_popover_begin_with_what_the_link_asks_for_whenever_it_is_opened(models: Path) -> None:
    app = checked(visit(EMBEDDINGS, run="tiny-5d", settings="dims:3,perplexity:9,clusters:hdbscan").run())
    defaults = {field.key: field.proto.default for field in (*app.number_input, *app.get("button_group"))}
    assert defaults["embeddings.tsne.perplexity"] == 9
    assert defaults["embeddings.tsne.iterations"] == 500
    assert defaults["embeddings.dims"] == defaults["embeddings.clusters"] == [1]
    app = at_the_sheet_of(0)
    sources = [field.proto.default for field in app.get("button_group") if field.key.endswith(".source")]
    assert sources == [[0]]


def test_points_are_packed_once_until_what_they_show_changes(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack, packed = projection_view.pack_points, []
    monkeypatch.setattr(projection_view, "pack_points", lambda *given, **named: packed.append(named["clusters"]) or pack(*given, **named))
    app = checked(visit(EMBEDDINGS, run="tiny-5d", mode="pca").run())
    assert len(packed) == 1
    checked(app.segmented_control(key="embeddings.clusters").set_value("hdbscan").run().run())
    assert len(packed) == 2
    assert not np.array_equal(*packed)
    checked(app.number_input(key="embeddings.seed").set_value(1).run().run())
    assert len(packed) == 3
    stamp = (models / "tiny-5d" / "codes.npz").stat().st_mtime + 9
    os.utime(models / "tiny-5d" / "codes.npz", (stamp, stamp))
    checked(app.run())
    assert len(packed) == 4


def test_codes_of_another_data_set_are_encoded_by_a_process_and_then_shown(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    monkeypatch.setattr(projection_jobs, "start", lambda run, request: begun.append(request))
    monkeypatch.setattr(projection_jobs.Job, "state", lambda job: projection_jobs.State("running", 3_000, 10_000, projection_jobs.ENCODING))
    app = visit(EMBEDDINGS, run="tiny-5d", mode="pca", settings="data:mnist10k")
    assert [request.data for request in begun] == ["mnist10k"]
    assert [(bar.value, bar.text) for bar in app.get("progress")] == [(30, "Encoding the images: 3,000 of 10,000")]
    encoded_sets.encode_set(Run(models / "tiny-5d"), "mnist10k")
    checked(app.run())
    assert "5,000 of 10,000 codes of “Handwritten digits, 10,000”" in said(app)


@pytest.mark.parametrize(
    "settings", ["perplexity:nan", "seed:-1,dims:9", "x:99,y:z", ":,::,a:b:c", "beside:<b>,noise:maybe", "seed:1e99," * 50]
)
def test_settings_that_are_none_leave_the_usual_ones(models: Path, settings: str) -> None:
    app = visit(EMBEDDINGS, run="tiny-5d", mode="raw", settings=settings)
    assert app.number_input(key="embeddings.seed").value == 0
    assert app.selectbox(key="embeddings.beside").value == "Nothing"
    assert "settings" not in app.query_params
