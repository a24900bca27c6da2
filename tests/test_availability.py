"""Why a page lacks what a training brings: told apart by state, each with its next step."""

import re
from pathlib import Path

import pytest

from ui.availability import why_missing
from vae_core import runs
from vae_core.presets import configure
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.training import jobs

STATES = {
    "queued": (Status("queued"), True, "waits for its turn to be trained; its codes will come with the end"),
    "running": (Status("running", epoch=1), True, "is being trained; its codes will come with the end"),
    "stopped in the queue": (Status("stopped"), False, "was stopped before its first epoch, and its codes are not there"),
    "stopped": (Status("stopped", epoch=3, epochs=9), False, "was stopped after 3 of 9 epochs"),
    "failed": (Status("failed", message="the loss stopped being a number"), False, "training failed: the loss stopped being a number. So"),
    "interrupted": (Status("running"), False, "was interrupted, and its codes are not there"),
    "finished": (Status("finished"), False, "is trained, but its codes are missing"),
}


def put(tmp_path: Path, status: Status) -> Run:
    run = runs.create(configure("mnist-2d-quick"), tmp_path)
    run.write_status(status)
    run.weights.write_bytes(b"weights")
    return run


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_own_sentence_and_next_step(tmp_path: Path, state: str) -> None:
    status, at_work, says = STATES[state]
    run = put(tmp_path, status)
    if at_work:
        with jobs.held(run):
            said = why_missing(run)
    else:
        said = why_missing(run)
    assert says in said
    assert re.search(r"[tT]he Train page|vae_core evaluate", said)
    assert ("resume" in said) is False


@pytest.mark.parametrize("state", ["stopped", "failed", "interrupted"])
def test_what_can_be_resumed_is_to_be_resumed(tmp_path: Path, state: str) -> None:
    run = put(tmp_path, STATES[state][0])
    run.resume.write_bytes(b"state")
    assert "To have them, resume it on the Train page." in why_missing(run)


def test_what_is_missing_is_named_and_damage_is_told(tmp_path: Path) -> None:
    run = put(tmp_path, Status("stopped"))
    assert "its images are not there" in why_missing(run, "its images")
    (run.path / "config.json").write_text("{")
    assert re.match(r"This model is damaged: config\.json cannot be read \(.+\)\. Delete it", why_missing(run))


def test_no_two_states_are_told_alike(tmp_path: Path) -> None:
    said = set()
    for name, (status, at_work, _) in STATES.items():
        run = put(tmp_path, status)
        if at_work:
            with jobs.held(run):
                said.add(why_missing(run).replace(run.id, name))
        else:
            said.add(why_missing(run).replace(run.id, name))
    assert len(said) == len(STATES)
