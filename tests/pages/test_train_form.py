"""The form of a training without a browser: recipes, refusals, estimates, starts."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from page_parts import errors, links
from streamlit.testing.v1 import AppTest
from visiting import TIMED, TRAIN, checked, keys, visit

from ui.markdown import escape
from vae_core import data, runs
from vae_core.config import RunConfig
from vae_core.errors import DataError, RunError
from vae_core.presets import PRESETS, configure
from vae_core.processes import asking
from vae_core.runs.run import Run
from vae_core.training import jobs


def field(app: AppTest, name: str, preset: str = "mnist-2d-quick") -> object:
    """The widget of a setting."""
    [found] = [item for item in app.main if getattr(item, "key", None) == f"train.{preset}.{name}"]
    return found


def start(app: AppTest) -> AppTest:
    [button] = [button for button in app.button if button.label == "Start training"]
    return checked(button.click().run())


def follow(app: AppTest, label: str) -> AppTest:
    """Go where a link on the page leads, on the same page."""
    query = links(app)[label].partition("?")[2]
    app.query_params.clear()
    app.query_params.update(dict(parse_qsl(query)))
    return checked(app.run())


@pytest.mark.parametrize(
    ("dataset", "preset", "latent_dim", "likelihood"),
    [("mnist10k", "mnist-2d-quick", 2, "bernoulli"), ("shapes", "shapes-6d", 6, "bernoulli"), ("emoji", "emoji-32d", 32, "gaussian")],
)
def test_a_data_set_brings_its_recipe(dataset: str, preset: str, latent_dim: int, likelihood: str) -> None:
    app = visit(TRAIN)
    checked(app.selectbox(key="train.dataset").set_value(dataset).run())
    assert app.selectbox(key=f"train.preset.{dataset}").value == preset
    assert app.caption[1].value == PRESETS[preset].about
    assert (field(app, "latent_dim", preset).value, field(app, "likelihood", preset).value) == (latent_dim, likelihood)


def test_another_recipe_changes_the_fields_and_what_is_launched(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    checked(app.selectbox(key="train.dataset").set_value("digits").run())
    checked(app.selectbox(key="train.preset.digits").set_value("tutorial-mlp").run())
    assert field(app, "hidden", "tutorial-mlp").value == "512, 256"
    field(app, "epochs", "tutorial-mlp").set_value(7)
    field(app, "hidden", "tutorial-mlp").set_value("30, 20")
    field(app, "batch_norm", "tutorial-mlp").set_value(True)
    start(checked(app.run()))
    [config] = launched
    assert (config.preset, config.train.dataset, config.model.image_shape) == ("tutorial-mlp", "digits", (1, 8, 8))
    assert (config.train.epochs, config.model.hidden, config.model.batch_norm, config.model.network) == (7, (30, 20), True, "mlp")
    assert (config.train.learning_rate, config.train.lr_schedule) == (1e-3, "constant")


def test_starting_shows_the_run_that_was_started(launched: list[RunConfig]) -> None:
    app = start(visit(TRAIN))
    assert len(launched) == 1
    assert app.query_params == {"run": "mnist-2d-quick-001"}
    assert app.subheader[0].value == escape("Digits · 2-D")
    assert [bar.text for bar in app.get("progress")] == ["Starting"]
    assert keys(app) == ["watch.stop"]


def test_a_link_opens_the_form_as_it_was(launched: list[RunConfig]) -> None:
    link = {"data": "digits", "recipe": "tutorial-mlp", "settings": "hidden:30-20,batch_norm:True,beta:4.0", "title": "My own"}
    app = visit(TRAIN, **link)
    assert app.query_params == link
    start(app)
    [config] = launched
    assert (config.preset, config.train.dataset, config.train.beta) == ("tutorial-mlp", "digits", 4.0)
    assert (config.model.hidden, config.model.batch_norm) == ((30, 20), True)
    assert [run.title for run in runs.list_runs()] == ["My own"]


@pytest.mark.parametrize("settings", ["beta:-1", "beta:nan", "nothing:1", "hidden:a-b", "family:7,,::", "epochs:" + "9" * 400])
def test_a_form_that_is_asked_for_in_vain_is_the_usual_one(launched: list[RunConfig], settings: str) -> None:
    app = visit(TRAIN, settings=settings, data="<b>", recipe="../x", title="a\n" * 99)
    assert app.query_params == {}
    assert not app.error
    start(app)
    assert launched == [configure("mnist-2d-quick")]


def test_changed_values_are_in_the_link_and_another_recipe_drops_them() -> None:
    app = visit(TRAIN)
    checked(field(app, "beta").set_value(8.0).run())
    checked(field(app, "channels").set_value("8, 16").run())
    assert app.query_params == {"settings": "channels:8-16,beta:8.0"}
    checked(app.selectbox(key="train.preset.mnist10k").set_value("linear-ae").run())
    assert app.query_params == {"recipe": "linear-ae"}


def test_two_trainings_in_a_row_keep_the_form_and_have_names_that_differ(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    for beta in (0.0, 8.0):
        checked(field(app, "beta").set_value(beta).run())
        start(app)
        follow(app, "New training")
    start(app)
    assert [config.train.beta for config in launched] == [0.0, 8.0, 8.0]
    assert sorted(run.title for run in runs.list_runs()) == ["Digits · 2-D · β 0", "Digits · 2-D · β 8", "Digits · 2-D · β 8 (2)"]


def test_classes_are_left_out_by_their_names_and_a_link_keeps_them(launched: list[RunConfig]) -> None:
    app = visit(TRAIN, data="emoji", settings="epochs:3,without:7-8-40")
    chooser = next(field for field in app.multiselect if field.label == "Left-out classes")
    assert chooser.value == [7, 8]
    assert chooser.options[8] == "Flags"
    checked(chooser.set_value([0]).run())
    assert "without:0" in app.query_params["settings"]
    start(app)
    assert [config.train.without for config in launched] == [(0,)]


def test_three_betas_are_one_action_with_links_to_each(launched: list[RunConfig]) -> None:
    app = visit(TRAIN, settings="epochs:3,seed:7")
    checked(app.button(key="train.start.three").click().run())
    assert [config.train.beta for config in launched] == [0.0, 1.0, 8.0]
    assert len({dataclasses.replace(config.train, beta=1.0) for config in launched}) == 1
    titled = {f"Digits · 2-D · 3 epochs · β {beta} · seed 7": config.train.beta for beta, config in zip((0, 8), launched[::2], strict=True)}
    assert titled.keys() < {run.title for run in runs.list_runs()}
    assert app.query_params["run"] == "mnist-2d-quick-001"
    assert app.query_params["together"] == "mnist-2d-quick-001,mnist-2d-quick-002,mnist-2d-quick-003"
    beside = [label for label, link in links(app).items() if "together=" in link]
    assert len(beside) == 3
    app = follow(app, beside[2])
    assert app.query_params["run"] == "mnist-2d-quick-003"
    assert next(label for label, link in links(app).items() if "together=" in link) == beside[0].strip("*")


@pytest.mark.parametrize("text", ["0, 1", "0, 1, 1", "0, 1, -8", "0, 1, 8, 9", "a, b, c", "", "nan, 1, 2"])
def test_what_is_no_three_betas_cannot_be_started(text: str) -> None:
    app = visit(TRAIN)
    checked(app.text_input(key="train.three").set_value(text).run())
    assert app.button(key="train.start.three").disabled
    assert any("Expected three different numbers from 0 to 100" in caption.value for caption in app.caption)


def test_three_betas_are_not_offered_where_there_is_no_kl_to_weigh() -> None:
    app = visit(TRAIN, recipe="iwae-50d", data="mnist")
    assert "train.start.three" not in keys(app)
    assert any("nothing for β to weigh" in caption.value for caption in app.caption)


def test_if_the_second_of_three_cannot_be_started_it_says_which_were(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(run: Run) -> None:
        if run.config.train.beta == 1.0:
            raise RunError("the disk is full")

    monkeypatch.setattr(jobs, "start", start)
    app = visit(TRAIN)
    checked(app.button(key="train.start.three").click().run())
    assert errors(app) == ["β 1 could not be started: the disk is full. Of the three, started: “Digits · 2-D · β 0”"]
    assert [run.title for run in runs.list_runs()] == ["Digits · 2-D · β 0"]


def test_beta_is_off_where_it_means_nothing() -> None:
    app = visit(TRAIN, recipe="mnist-ae-2d")
    assert field(app, "beta", "mnist-ae-2d").disabled
    assert "train.start.three" not in keys(app)
    assert any("β means nothing to it" in caption.value for caption in app.caption)


def test_the_slider_and_the_field_of_beta_are_one(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    slider = json.loads(next(mount.proto.json for mount in app.get("bidi_component") if "beta_slider" in mount.proto.id))
    assert slider == {"value": 1.0, "disabled": False}
    checked(field(app, "beta").set_value(20).run())
    slider = json.loads(next(mount.proto.json for mount in app.get("bidi_component") if "beta_slider" in mount.proto.id))
    assert slider["value"] == 20


def test_the_form_behind_a_launched_run_keeps_its_name_and_a_new_one_has_none(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    checked(app.text_input(key="train.title").set_value("Mine").run())
    form = dict(app.query_params)
    start(app)
    assert links(app)["New training"] == "train?"
    for _ in range(2):
        app.query_params.clear()
        app.query_params.update(form)  # Back
        checked(app.run())
        assert app.text_input(key="train.title").value == "Mine"
        start(app)
    assert sorted(run.title for run in runs.list_runs()) == ["Mine", "Mine (2)", "Mine (3)"]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("channels", "8, lots", "channels is '8, lots'; expected whole numbers separated by commas, each from 1 to 1024"),
        ("channels", "0, 8", "channels is 0; expected whole numbers separated by commas, each from 1 to 1024"),
        ("hidden", "1.5", "hidden is '1.5'; expected whole numbers separated by commas, each from 1 to 4096"),
    ],
)
def test_a_bad_text_is_refused_before_it_can_start(launched: list[RunConfig], name: str, text: str, sentence: str) -> None:
    app = visit(TRAIN)
    checked(field(app, name).set_value(text).run())
    assert errors(app) == [sentence]
    assert keys(app) == []
    checked(field(app, name).set_value("8, 16").run())
    assert not app.error
    start(app)
    assert getattr(launched[0].model, name) == (8, 16)


@pytest.mark.parametrize(
    ("name", "number", "limits"), [("epochs", 99_999_999, "1 to 1000"), ("latent_dim", -3, "1 to"), ("beta", -1.0, "0 to")]
)
def test_a_number_outside_its_limits_is_refused_before_it_can_start(
    launched: list[RunConfig], name: str, number: float, limits: str
) -> None:
    app = visit(TRAIN)
    app.text_input(key="train.title").set_value("Mine")
    checked(field(app, name).set_value(number).run())
    assert len(errors(app)) == 1
    assert f"from {limits}" in errors(app)[0]
    assert (keys(app), launched) == ([], [])
    checked(field(app, name).set_value(1).run())
    assert not app.error
    assert app.text_input(key="train.title").value == "Mine"
    start(app)
    assert {**vars(launched[0].model), **vars(launched[0].train)}[name] == 1


def test_a_number_that_nothing_can_be_previewed_with_is_refused_once() -> None:
    app = visit(TRAIN)
    checked(field(app, "rotation").set_value(1e30).run())
    assert errors(app) == ["rotation is 1e+15; expected a number from 0 to 45"]
    assert field(app, "kernel").value == 3  # what stands below is drawn


def test_settings_that_contradict_each_other_are_refused(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    checked(field(app, "output").set_value("linear").run())
    assert errors(app) == ["likelihood bernoulli needs output sigmoid; choose gaussian for a linear output"]
    assert (keys(app), launched) == ([], [])


def test_the_estimate_follows_epochs_and_images() -> None:
    app = visit(TRAIN)
    field(app, "epochs").set_value(100)
    field(app, "images").set_value(5000)
    checked(app.run())
    assert [caption.value for caption in app.caption if "on this computer" in caption.value] == [
        "About 2 minutes on this computer"  # 100 epochs of 4,000 images at 4,000 a second, and a tenth
    ]
    assert "Three β: about 6 minutes" in [caption.value for caption in app.caption]


def test_a_computer_that_is_too_busy_to_be_timed_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(app: AppTest) -> list[str]:
        return [caption.value for caption in app.caption if "computer" in caption.value and "built-in" not in caption.value]

    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, None))
    app = visit(TRAIN)
    assert said(app) == ["This computer is too busy to be timed now; the time left is shown once the training runs"]
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, TIMED))
    assert said(checked(app.run())) == ["About 26 seconds on this computer"]


def test_a_data_set_that_is_not_here_can_be_fetched_or_done_without(
    tmp_path: Path, launched: list[RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    app = visit(TRAIN)
    checked(app.selectbox(key="train.dataset").set_value("mnist").run())
    assert "not on this computer yet" in app.caption[0].value
    assert "built-in sets need no download" in app.caption[0].value
    buttons = [("Download Handwritten digits", False), ("Train these three β", True), ("Start training", True)]
    assert [(button.label, button.disabled) for button in app.button] == buttons
    fetched = []
    monkeypatch.setattr(data, "download", lambda name, progress: (progress(0.5, "Half"), fetched.append(name)))
    checked(app.button(key="train.download").click().run())
    assert (fetched, [toast.value for toast in app.toast]) == (["mnist"], ["Handwritten digits is here"])


def test_a_download_that_fails_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, progress: Callable[[float, str], None]) -> None:
        raise DataError("mnist could not be fetched; connect to the internet")

    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(data, "download", fail)
    app = visit(TRAIN)
    checked(app.selectbox(key="train.dataset").set_value("mnist").run())
    checked(app.button(key="train.download").click().run())
    assert errors(app) == ["mnist could not be fetched; connect to the internet"]
