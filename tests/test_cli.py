"""The command line: what it promises, what it refuses in one sentence, and that Ctrl-C keeps everything."""

import dataclasses
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vae_core import data, runs
from vae_core.__main__ import main
from vae_core.config import SETTINGS
from vae_core.files.records import write_json
from vae_core.files.tensors import unpack
from vae_core.latent import codes, encoded_sets
from vae_core.models.weights import load_model
from vae_core.presets import PRESETS
from vae_core.projections import jobs as projection_jobs
from vae_core.projections.request import Request
from vae_core.runs.derived import projections
from vae_core.runs.run import Run

PROJECT = Path(__file__).parent.parent
SMALL = ["dataset=digits", "images=200", "device=cpu", "channels=4,4", "hidden=8", "batch_size=32", "epochs=2"]


def train(*more: str) -> list[str]:
    """The words of a training that takes an instant; later settings win."""
    settings = [part for setting in SMALL for part in ("--set", setting)]
    return ["train", "--preset", "mnist-2d-quick", *settings, *more]


@pytest.fixture(autouse=True)
def interrupt() -> Iterator[None]:
    """`main` answers Ctrl-C in its own way, as is right in a process of its own; a test gives the signal back."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one trained run, `tiny`; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("home")
    before = signal.getsignal(signal.SIGINT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_CHECKPOINTS", str(folder))
        assert main(train("--name", "tiny")) == 0
    signal.signal(signal.SIGINT, before)
    return folder


@pytest.fixture
def tiny(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("VAE_CHECKPOINTS", str(home))
    return runs.find("tiny")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No runs yet, and no data set but those that come with the program."""
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path / "runs"))
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "no data"))
    return tmp_path / "runs"


def is_one_sentence(text: str) -> bool:
    return text.endswith("\n") and text.count("\n") == 1 and 10 < len(text) < 400 and "Traceback" not in text


# ---- Help ---------------------------------------------------------------------------------------------------------------


def helped(capsys: pytest.CaptureFixture, *words: str) -> str:
    with pytest.raises(SystemExit) as end:
        main([*words, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_help_lists_every_command(capsys):
    text = helped(capsys)
    for command in ("train", "resume", "evaluate", "encode", "list", "export", "download"):
        assert re.search(rf"^ +{command} +\w", text, re.MULTILINE), command


def test_help_of_train_lists_every_preset_data_set_and_setting(capsys):
    text = helped(capsys, "train")
    for name in [*PRESETS, *SETTINGS]:
        assert re.search(rf"^  {name} +\w", text, re.MULTILINE), name
    listed = re.search(r"^data sets: (.*)$", text, re.MULTILINE)[1]
    assert listed.split(", ") == data.names()
    words = " ".join(text.split())
    for item in SETTINGS.values():
        assert " ".join(item.help.split()) in words
    assert "[0.25 to 4; default 1.0]" in words
    assert "[conv | mlp; default conv]" in words
    assert max(map(len, text.splitlines())) <= 140


# ---- Refusals -----------------------------------------------------------------------------------------------------------

REFUSED = {
    "preset": (["train", "--preset", "mnist-3d"], "mnist-2d-quick"),
    "no value": (train("--set", "epochs"), "field=value"),
    "setting": (train("--set", "epoch=3"), "there is no setting 'epoch'"),
    "kind": (train("--set", "epochs=many"), "expected a whole number"),
    "part of one": (train("--set", "epochs=2.5"), "expected a whole number"),
    "range": (train("--set", "epochs=0"), "from 1 to 1000"),
    "no number": (train("--set", "beta=nan"), "beta"),
    "choice": (train("--set", "network=transformer"), "choose one of conv, mlp"),
    "truth": (train("--set", "batch_norm=perhaps"), "true or false"),
    "list": (train("--set", "hidden=64,wide"), "separated by commas"),
    "even kernel": (train("--set", "kernel=4"), "odd"),
    "likelihood": (train("--set", "output=linear"), "bernoulli needs output sigmoid"),
    "data set": (train("--set", "dataset=imagenet"), "there is no data set 'imagenet'"),
    "absent data set": (["train", "--preset", "mnist-2d"], "mnist is not in"),
    "too many images": (train("--set", "images=5000"), "digits has 1,797"),
    "image shape": (train("--set", "image_shape=1,9,9"), "leave it out"),
    "config": (["train", "--config", "nowhere.json"], "nowhere.json is missing"),
    "name": (train("--name", "My Run"), "lower-case letters"),
    "name of a path": (train("--name", "../mine"), "lower-case letters"),
    "empty name": (train("--name", ""), "lower-case letters"),
    "resume": (["resume", "nobody"], "there is no run 'nobody'"),
    "evaluate": (["evaluate", "../../etc"], "there is no run"),
    "export": (["export", "nobody"], "there is no run 'nobody'"),
    "download": (["download", "digits"], "nothing to download"),
    "unknown download": (["download", "imagenet"], "there is no data set"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_is_one_sentence_and_leaves_nothing_behind(empty, capsys, kind):
    words, reason = REFUSED[kind]
    assert main(words) == 1
    answer = capsys.readouterr()
    assert answer.out == ""
    assert is_one_sentence(answer.err)
    assert reason in answer.err
    assert not empty.exists() or list(empty.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["paint"], ["train"], ["train", "--fast"], ["evaluate"], ["export", "tiny", "--to"]], ids=str)
def test_words_that_make_no_command_show_the_usage(empty, capsys, words):
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert "usage: python -m vae_core" in capsys.readouterr().err
    assert not empty.exists()


def test_a_name_that_is_taken_is_refused_and_the_run_stays(tiny, capsys):
    before = {path: path.read_bytes() for path in tiny.path.rglob("*") if path.is_file()}
    assert main(train("--name", "tiny")) == 1
    assert "there is a run tiny already" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tiny.path.rglob("*") if path.is_file()} == before
    assert [run.id for run in runs.list_runs()] == ["tiny"]


def test_a_finished_run_is_not_resumed(tiny, capsys):
    before = tiny.weights.read_bytes()
    assert main(["resume", "tiny"]) == 1
    assert capsys.readouterr().err == "run tiny has nothing to resume: it is finished\n"
    assert tiny.weights.read_bytes() == before


# ---- What is done -------------------------------------------------------------------------------------------------------


def test_training_says_where_how_far_and_how_good(empty, capsys):
    assert main(train("--set", "epochs=1")) == 0
    (run,) = runs.list_runs()
    answer = capsys.readouterr()
    assert run.id == "mnist-2d-quick-001"
    assert answer.out.startswith(f"run {run.id} in {run.path}\n")
    card = run.card()
    split = f"{card['reconstruction']:.2f} reconstruction + {card['kl']:.2f} KL"
    assert answer.out.endswith(f"\nfinished\nvalidation -ELBO {-card['elbo']:.2f} nats per image ({split})\n")
    bars = [bar for bar in answer.err.split("\r") if bar]
    assert len(bars) == len(run.metrics())
    assert re.fullmatch(
        rf"#{{20}} epoch 1\.0  {-card['elbo']:.1f} = [\d.]+ \+ [\d.]+ nats, validation {-card['elbo']:.1f}  0:00 left\x1b\[K", bars[-1]
    )
    assert bars[0].startswith("####................ epoch 0.2  ")


def test_the_settings_given_are_those_of_the_run(tiny):
    config = tiny.config
    assert config.preset == "mnist-2d-quick"
    assert (config.train.dataset, config.train.images, config.train.epochs, config.train.batch_size) == ("digits", 200, 2, 32)
    assert (config.model.channels, config.model.hidden, config.model.image_shape) == ((4, 4), (8,), (1, 8, 8))
    assert tiny.status.state == "finished"


def test_a_config_file_repeats_a_training_exactly(tiny, empty, capsys):
    config = str(tiny.path / "config.json")
    assert main(["train", "--config", config, "--set", "epochs=1"]) == 1
    assert is_one_sentence(capsys.readouterr().err)
    assert not empty.exists()
    assert main(["train", "--config", config, "--name", "again"]) == 0
    again = runs.find("again")
    assert again.config == tiny.config
    assert again.weights.read_bytes() == tiny.weights.read_bytes()


def test_a_failed_training_says_so_and_exits_with_one(empty, capsys):
    explosive = ["learning_rate=1", "lr_schedule=constant", "batch_norm=no", "network=mlp", "activation=relu", "hidden=8,8,8"]
    assert main(train("--name", "boom", *(part for setting in explosive for part in ("--set", setting)))) == 1
    assert "\nfailed: the loss stopped being a number at step 2" in capsys.readouterr().out
    assert runs.find("boom").status.state == "failed"


def test_evaluate_measures_what_the_card_says(tiny, capsys):
    assert main(["evaluate", "tiny"]) == 0
    measured, card = json.loads(capsys.readouterr().out), tiny.card()
    assert {"elbo", "bound", "active_units", "knn_accuracy"} <= measured.keys() <= card.keys()
    for name in ("elbo", "bound", "reconstruction_error"):
        assert measured[name] == pytest.approx(card[name], rel=1e-4)


def test_evaluate_removes_the_projections_of_other_codes(tiny, tmp_path, monkeypatch):
    copy = Run(shutil.copytree(tiny.path, tmp_path / "runs" / "tiny"))
    monkeypatch.setenv("VAE_CHECKPOINTS", str(copy.path.parent))
    request = Request("pca")
    assert main(["evaluate", "tiny"]) == 0
    projection_jobs.find(copy, request)
    right = projection_jobs.Job(copy, request).result_file
    whole = codes.load(copy.codes)
    codes.save(dataclasses.replace(whole, mean=whole.mean + 1), copy.codes)
    projection_jobs.find(copy, request)
    wrong = projection_jobs.Job(copy, request).result_file
    assert right.exists()
    assert wrong.exists()
    assert main(["evaluate", "tiny"]) == 0
    assert list(projections(copy).iterdir()) == []
    projection_jobs.find(copy, request)
    assert main(["evaluate", "tiny"]) == 0
    assert list(projections(copy).iterdir()) == [right]


def test_encode_keeps_the_codes_of_a_data_set(tiny, tmp_path, capsys):
    copy = Run(shutil.copytree(tiny.path, tmp_path / "runs" / "tiny"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_CHECKPOINTS", str(copy.path.parent))
        assert main(["encode", "tiny", "--data", "digits"]) == 0
        said = capsys.readouterr()
        assert main(["encode", "tiny", "--data", "emoji"]) == 1
    assert "1,797 of 1,797 images" in said.err
    held_out = encoded_sets.find(copy, "digits").validation
    assert said.out == f"digits: 1,797 codes of 2 numbers, {held_out:,} of them held out\n"
    assert is_one_sentence(capsys.readouterr().err)


def test_list_shows_every_run_even_damaged_ones(tiny, empty, monkeypatch, capsys):
    (empty / "nonsense here").mkdir(parents=True)
    spoilt = runs.create(tiny.config, name="spoilt")
    for file in ("weights.safetensors", "status.json"):
        (spoilt.path / file).write_bytes((tiny.path / file).read_bytes())
    assert main(["list"]) == 0
    assert re.search(r"^spoilt +finished$", capsys.readouterr().out, re.MULTILINE)
    for card in (None, {}, {"elbo": "good"}, {"elbo": -12.345}):
        spoilt.card_file.write_bytes(b"{") if card is None else write_json(spoilt.card_file, card)
        assert main(["list"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert {tuple(line.split()[:2]) for line in lines} == {("spoilt", "finished"), ("nonsense", "here")}
    assert next(line for line in lines if line.startswith("spoilt")).split()[2:] == ["12.35", "nats"]
    assert "damaged" in next(line for line in lines if line.startswith("nonsense"))


def test_export_writes_the_runs_own_program_or_one_in_full_precision(tiny, tmp_path, capsys):
    target = tmp_path / "network.bin"
    assert main(["export", "tiny", "--to", str(target)]) == 0
    assert target.read_bytes() == tiny.network.read_bytes()
    assert capsys.readouterr().out == f"{target}: {target.stat().st_size:,} bytes\n"
    assert main(["export", "tiny", "--to", str(target), "--float32"]) == 0
    arrays, _ = unpack(target.read_bytes(), "network.bin")
    assert {str(array.dtype) for array in arrays.values()} == {"float32"}
    before = tiny.network.read_bytes()
    tiny.network.unlink()
    assert main(["export", "tiny"]) == 0
    assert tiny.network.read_bytes() == before


def test_weights_that_are_damaged_are_named(tiny, empty, capsys):
    run = runs.create(tiny.config, name="hurt")
    run.weights.write_bytes(tiny.weights.read_bytes()[:-1])
    for command in ("evaluate", "export"):
        assert main([command, "hurt"]) == 1
        answer = capsys.readouterr()
        assert is_one_sentence(answer.err)
        assert "weights.safetensors" in answer.err
    assert not run.network.exists()


# ---- As a process -------------------------------------------------------------------------------------------------------


def test_ctrl_c_stops_keeps_everything_and_resume_goes_on(empty, capsys):
    words = train("--name", "long", "--set", "epochs=20", "--set", "images=300")
    with subprocess.Popen(
        [sys.executable, "-m", "vae_core", *words], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        metrics, deadline = empty / "long" / "metrics.jsonl", time.monotonic() + 60
        while not metrics.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said, bars = process.communicate(timeout=60)
    run = runs.find("long")
    assert process.returncode == 0
    assert "\nstopped: Stopped on request; it can be resumed\nvalidation -ELBO " in said
    assert "Traceback" not in bars
    status = run.status
    assert (status.state, status.steps) == ("stopped", 160)
    assert 0 < status.step < 160
    assert load_model(run).config == run.config.model
    assert run.card()["epochs"] == status.epoch
    assert main(["resume", "long"]) == 0
    assert "\nfinished\n" in capsys.readouterr().out
    assert run.status.step == 160
    steps = [record["step"] for record in run.metrics() if record["split"] == "train"]
    assert steps == list(range(1, 161))


def test_a_run_at_work_is_neither_resumed_nor_robbed_of_its_request_to_stop(tiny, empty, capsys, monkeypatch):
    from vae_core.training import jobs

    monkeypatch.setattr(jobs, "LOCK_PATIENCE_SECONDS", 0.1)
    run = runs.create(tiny.config, name="busy")
    run.resume.touch()
    with jobs.held(run):
        run.stop_file.touch()
        assert main(["resume", "busy"]) == 1
    assert "already at work" in capsys.readouterr().err
    assert run.stop_file.exists()


def test_listing_needs_no_torch_and_works_from_anywhere(tiny, tmp_path):
    script = "import sys; from vae_core.__main__ import main; main(['list']); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"tiny +finished +\d+\.\d\d nats\n", done.stdout)
