"""A discrete model in its run folder and on every page: what is written, what is shown, what is said where there is nothing to show."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from visiting import EMBEDDINGS, EXPERIMENTS, HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, TIMED, TRAIN, losses, visit

from vae_core import runs
from vae_core.latent import codes
from vae_core.presets import configure
from vae_core.processes import asking
from vae_core.runs.run import Run
from vae_core.training import execution, jobs

SMALL = {"dataset": "digits", "images": 300, "epochs": 2, "batch_size": 32, "channels": "4,6", "codebook": 8, "device": "cpu"}


@pytest.fixture(scope="module")
def discrete(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small trained model of a codebook."""
    run = runs.create(configure("mnist-vq", SMALL), tmp_path_factory.mktemp("discrete") / "checkpoints")
    with jobs.held(run):
        assert execution.execute(run).state == "finished"
    return run


@pytest.fixture(autouse=True)
def home(discrete: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_CHECKPOINTS", str(discrete.path.parent))
    return discrete.path.parent


def told(app: AppTest, part: str) -> dict:
    """What a component was told: the one whose data hold a name."""
    return next(json.loads(mount.proto.json) for mount in app.get("bidi_component") if f'"{part}":' in mount.proto.json)


def test_a_run_keeps_its_codes_and_facts(discrete: Run) -> None:
    card, kept = discrete.card(), codes.load(discrete.codes)
    assert card
    assert kept.mean.shape[1] == 2 * 2 * 4
    assert not len(kept.log_var)
    assert 1 <= card["perplexity"] <= 8
    assert card["kl"] < card["uniform"] == pytest.approx(4 * 2.0794415)
    assert -card["elbo"] == pytest.approx(card["reconstruction"] + card["kl"])
    assert "bound" not in card


def test_the_map_is_a_codebook_and_restores_a_link(discrete: Run) -> None:
    shown = told(visit(LATENT_MAP, run=discrete.id, codes="ABCD", prior="uniform", seed="7"), "codes")
    assert {name: shown[name] for name in ("run", "codes", "prior", "seed")} == {
        "run": discrete.id,
        "codes": "ABCD",
        "prior": "uniform",
        "seed": 7,
    }
    shown = told(visit(LATENT_MAP, run=discrete.id, codes="<b>", prior="other", seed="-1"), "codes")
    assert [shown[name] for name in ("codes", "prior", "seed")] == ["", "learned", 0]


def test_interpolate_says_why_it_shows_nothing(discrete: Run) -> None:
    app = visit(INTERPOLATE, run=discrete.id)
    assert any("nothing to interpolate" in info.value for info in app.info)
    assert not any("interpolation" in str(component.key) for component in app.get("bidi_component"))


@pytest.mark.parametrize("page", [HOME, RECONSTRUCT, EMBEDDINGS, EXPERIMENTS])
def test_other_pages_show_it(discrete: Run, page: str) -> None:
    visit(page, **({} if page == HOME else {"run": discrete.id}))


def test_its_training_shows_its_own_losses_and_asks_for_its_own_settings(discrete: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"−ELBO", "Reconstruction", "KL", "Commitment", "Uniform prior", "Codes in use"} <= losses(visit(TRAIN, run=discrete.id)).keys()
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, TIMED))
    app = visit(TRAIN, data="digits", recipe="mnist-vq")
    names = {field.key.rpartition(".")[2] for field in app.number_input}
    assert {"codebook", "code_channels", "epochs"} <= names
    assert not {"latent_dim", "samples", "free_bits"} & names
