"""The page of a run without a browser: at work, stopped, ended."""

from pathlib import Path

import pytest
from page_parts import links, put
from visiting import TRAIN, checked, keys, losses, visit

from ui.markdown import escape
from vae_core.config import RunConfig
from vae_core.runs.run import Run
from vae_core.training import jobs


def test_a_training_that_ended_is_shown_with_its_numbers(models: Path) -> None:
    app = visit(TRAIN, run="tiny-2d")
    last = [record for record in Run(models / "tiny-2d").metrics() if record["split"] == "validation"][-1]
    assert app.subheader[0].value == escape("tiny-2d")
    shown = {name: loss["validation"][-1][1] for name, loss in losses(app).items()}
    assert shown == pytest.approx({"−ELBO": last["total"], "Reconstruction": last["reconstruction"], "KL": last["kl"]}, abs=1e-3)
    assert links(app)["Explore this model"] == "latent_map?run=tiny-2d"
    assert keys(app) == []  # nothing to stop, nothing to resume


@pytest.mark.parametrize(("state", "says"), [("stopped", "Stopped"), ("running", "Interrupted"), ("failed", "Failed")])
def test_what_did_not_end_can_be_resumed(models: Path, launched: list[RunConfig], state: str, says: str) -> None:
    put(models, state=state, message="Something came up")
    app = visit(TRAIN, run="tiny-2d")
    assert any(says in text.value for text in app.markdown)
    assert keys(app) == ["watch.resume"]
    checked(app.button(key="watch.resume").click().run())
    assert len(launched) == 1


def test_no_time_is_named_before_a_step_is_done(models: Path) -> None:
    with jobs.held(put(models, state="running", message="Training", epoch=0, epochs=4, step=0, steps=60, seconds=0.0)):
        assert visit(TRAIN, run="tiny-2d").progress[0].text == "Epoch 1 of 4"


def test_a_training_at_work_is_asked_to_stop_once(models: Path) -> None:
    run = put(models, state="running", message="Training", epoch=1, epochs=4, step=30, steps=60, seconds=90.0)
    with jobs.held(run):
        app = visit(TRAIN, run="tiny-2d")
        assert app.progress[0].value == 50
        assert app.progress[0].text == "Epoch 2 of 4, about 1:30 left"
        checked(app.button(key="watch.stop").click().run())
        assert run.stop_file.exists()
        assert (app.button(key="watch.stop").label, app.button(key="watch.stop").disabled) == ("Stopping …", True)
