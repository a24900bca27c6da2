"""What the gallery says of a network, without a browser."""

import json
from pathlib import Path

import pytest
from page_parts import choose
from visiting import HOME, visit

from ui import inside
from vae_core.models.summary import layers
from vae_core.processes import asking
from vae_core.runs.run import Run


def test_the_layers_of_a_model_are_shown_with_as_many_parameters_as_its_card_has(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(models / "tiny-5d")
    found = [layer._asdict() for layer in layers(run.config.model)]
    asked = []

    def answer(module: str, question: str, seconds: float) -> asking.Answer:
        asked.append(question)
        return asking.Answer(len(asked) > 1, json.dumps(found).encode())  # not at once

    monkeypatch.setattr(asking, "answer", answer)
    app = choose(visit(HOME), "tiny-5d", "Inside")
    [shown] = [json.loads(mount.proto.json) for mount in app.get("bidi_component") if '"parameters":' in mount.proto.json]
    assert shown["layers"] == json.loads(json.dumps(found))
    assert any(f"{run.card()['parameters']:,} parameters" in caption.value for caption in app.caption)
    assert asked[0] == json.dumps(run.config.to_json()["model"])


def test_a_network_that_could_not_be_built_in_time_is_said_to_be_so(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, None))
    assert [error.value for error in choose(visit(HOME), "tiny-5d", "Inside").error] == [inside.UNANSWERED]
