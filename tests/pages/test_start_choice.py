"""A training that starts from another run, in the form and where the trained model is told of, without a browser."""

import json
import re
from pathlib import Path

import pytest
from page_parts import choose, errors
from streamlit.testing.v1 import AppTest
from visiting import HOME, TIMED, TRAIN, checked, visit

from vae_core.config import RunConfig
from vae_core.processes import asking
from vae_core.runs.run import Run
from vae_core.training import conditions

FITTING, FITS, FITS_NOT = "vae_core.training.fitting", "3 of 5 tensors come from tiny-5d; new: some.", "no layer of tiny-5d has a name"
CHOICE = "train.mnist-2d-quick.start_from"


def answered(monkeypatch: pytest.MonkeyPatch, fits: bool, sentence: str) -> None:
    found = json.dumps({"fits": fits, "sentence": sentence}).encode()
    monkeypatch.setattr(asking, "answer", lambda module, *question: asking.Answer(True, found if module == FITTING else TIMED))


def captions(app: AppTest) -> list[str]:
    """As a person reads them: without the escapes that keep markdown away."""
    return [re.sub(r"\\(.)", r"\1", caption.value) for caption in app.caption]


def test_a_run_is_chosen_by_its_title_is_in_the_link_and_launched(
    models: Path, launched: list[RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(monkeypatch, True, FITS)
    app = visit(TRAIN)
    assert set(app.selectbox(key=CHOICE).options) == {"Nothing: new weights", "tiny-5d", "tiny-2d", "mnist-2d"}
    assert FITS not in captions(app)
    checked(app.selectbox(key=CHOICE).set_value("tiny-5d").run())
    assert FITS in captions(app)
    assert app.query_params["settings"] == "start_from:tiny-5d"
    app = visit(TRAIN, settings="start_from:tiny-5d")
    assert app.selectbox(key=CHOICE).value == "tiny-5d"
    [button] = [button for button in app.button if button.label == "Start training"]
    checked(button.click().run())
    assert [config.train.start_from for config in launched] == ["tiny-5d"]


def test_a_run_that_does_not_fit_is_said_to_be_so(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, False, FITS_NOT)
    app = visit(TRAIN, settings="start_from:tiny-5d")
    assert errors(app) == [FITS_NOT]
    assert not [button for button in app.button if button.label == "Start training"]
    checked(app.selectbox(key=CHOICE).set_value("").run())
    assert [button for button in app.button if button.label == "Start training"]


def test_a_link_to_a_run_that_is_not_here_begins_anew(models: Path, launched: list[RunConfig]) -> None:
    app = visit(TRAIN, settings="start_from:nobody")
    assert [warning.value for warning in app.warning] == ["The link starts from a model that is not here; this training begins anew."]
    assert app.selectbox(key=CHOICE).value == ""
    checked(app.run())
    assert not app.warning


def test_a_model_says_what_it_began_with(models: Path) -> None:
    run = Run(models / "tiny-5d")
    conditions.keep_start(run, "All 9 tensors come from mnist-2d.")
    for app in (visit(TRAIN, run="tiny-5d"), choose(visit(HOME), "tiny-5d", "Facts")):
        assert "All 9 tensors come from mnist-2d." in captions(app)
