"""Weights come back bit for bit or not at all: every kind of damage is named, and no file is ever unpickled."""

import ast
import dataclasses
import io
import itertools
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
from labels import labels_for

from vae_core import models, runs
from vae_core.config import ModelConfig, RunConfig
from vae_core.errors import RunDamaged
from vae_core.files.tensors import pack, read_packed
from vae_core.models import Model
from vae_core.models.weights import load_model, save_weights
from vae_core.runs.run import Run
from vae_core.training.checkpoint import load_training, save_training
from vae_core.training.loop import Training

SOURCES = sorted((Path(__file__).parent.parent / "vae_core").rglob("*.py"))


def change(config: RunConfig, *, train: dict | None = None, **model: object) -> RunConfig:
    parts = dataclasses.replace(config.model, **model), dataclasses.replace(config.train, device="cpu", **(train or {}))
    return dataclasses.replace(config, model=parts[0], train=parts[1])


def lived_in(config: ModelConfig) -> Model:
    """A model whose batch norms have seen data."""
    model = models.build(config, seed=4).train()
    torch.manual_seed(0)
    with torch.no_grad():
        for _ in range(3):
            labels = labels_for(config, 4)
            model.decode(model.encode(torch.rand(4, *config.image_shape), labels).mean, labels)
    return model


@pytest.fixture
def run(tmp_path: Path, toy_config: RunConfig) -> Run:
    """A run with weights."""
    run = runs.create(toy_config, tmp_path)
    save_weights(lived_in(toy_config.model), run.weights)
    return run


def begun(config: RunConfig, toy: object, records: int = 5) -> Training:
    """A training in the middle of an epoch."""
    training = Training(config, toy)
    for _ in itertools.islice(training, records):
        pass
    return training


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Whether two sets of tensors agree in names, kinds and every bit."""
    return one.keys() == other.keys() and all(
        one[name].dtype == other[name].dtype and one[name].numpy().tobytes() == other[name].numpy().tobytes() for name in one
    )


def is_one_sentence(error: pytest.ExceptionInfo) -> bool:
    text = str(error.value)
    return 10 < len(text) < 250 and text == text.strip() and "\n" not in text


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"family": "autoencoder", "batch_norm": False},
        {"family": "conditional", "classes": 3},
        {"family": "ladder", "latent_dim": 3},
        {"family": "stacked"},
        {"family": "vq"},
        {"family": "vaegan"},
        {"family": "perceptual", "blocks": 1, "upsampling": "nearest"},
        {"likelihood": "gaussian", "sigma": 0.3},
        {"likelihood": "gaussian", "learn_sigma": "pixel"},
        {"likelihood": "logistic", "learn_sigma": "no"},
        {"network": "mlp", "hidden": (), "output": "linear", "likelihood": "gaussian"},
    ],
    ids=str,
)
def test_weights_come_back_bit_for_bit(tmp_path, toy_config, settings):
    config = change(toy_config, **settings)
    run, model = runs.create(config, tmp_path), lived_in(config.model)
    assert save_weights(model, run.weights)
    loaded = load_model(run)
    assert same(loaded.state_dict(), model.state_dict())
    assert not loaded.training
    x, labels = torch.rand(3, 1, 16, 16), labels_for(config.model, 3)
    with torch.no_grad():
        torch.testing.assert_close(loaded.reconstruct(x, labels), model.eval().reconstruct(x, labels), rtol=0, atol=0)


def _pickled(run: Run) -> bytes:
    buffer = io.BytesIO()
    torch.save(load_model(run).state_dict(), buffer)
    return buffer.getvalue()


def _tensors(run: Run) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in load_model(run).state_dict().items()}


def _renamed(run: Run) -> bytes:
    tensors = _tensors(run)
    tensors["encoder.0.heaviness"] = tensors.pop("encoder.0.weight")
    return pack(tensors, {})


DAMAGE: dict[str, Callable[[Run], bytes | None]] = {
    "missing": lambda run: None,
    "empty": lambda run: b"",
    "text": lambda run: b"these are the weights" * 100,
    "a pickle": _pickled,
    "foreign safetensors": lambda run: safetensors.numpy.save(_tensors(run)),
    "a tensor less": lambda run: pack(dict(list(_tensors(run).items())[1:]), {}),
    "a tensor more": lambda run: pack(_tensors(run) | {"more": np.zeros(2)}, {}),
    "another name": _renamed,
    "no tensors": lambda run: pack({}, {}),
    "whole numbers for real ones": lambda run: pack(
        _tensors(run) | {"decoder.0.weight": _tensors(run)["decoder.0.weight"].view(np.int32)}, {}
    ),
    "double precision": lambda run: pack({name: array.astype(np.float64) for name, array in _tensors(run).items()}, {}),
    "half precision": lambda run: pack(_tensors(run) | {"log_sigma": np.float16(0)}, {}),
    "not a number": lambda run: pack(_tensors(run) | {"log_sigma": np.float32("nan")}, {}),
    "infinite": lambda run: pack(_tensors(run) | {"encoder.1.running_var": np.full(4, np.inf, np.float32)}, {}),
    "another shape": lambda run: pack(_tensors(run) | {"log_sigma": np.zeros((1, 1), np.float32)}, {}),
    "an absurd shape": lambda run: pack(_tensors(run) | {"log_sigma": np.zeros((2**31, 0), np.float32)}, {}),
    "many tensors": lambda run: pack(_tensors(run) | {f"more.{number}": np.zeros(0) for number in range(5000)}, {}),
    "bytes behind the end": lambda run: run.weights.read_bytes() + b"\0",
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_weights_that_are_not_the_runs_own_are_refused(run, kind):
    content = DAMAGE[kind](run)
    run.weights.unlink() if content is None else run.weights.write_bytes(content)
    with pytest.raises(RunDamaged, match="weights") as error:
        load_model(run)
    assert is_one_sentence(error)


@pytest.mark.parametrize(
    "settings",
    [{"latent_dim": 3}, {"hidden": (16, 16)}, {"family": "autoencoder"}, {"family": "ladder"}, {"batch_norm": False}, {"width": 0.5}],
    ids=str,
)
def test_weights_of_another_network_are_refused_with_the_first_difference(run, toy_config, settings):
    save_weights(lived_in(change(toy_config, **settings).model), run.weights)
    with pytest.raises(RunDamaged, match=r"does not fit the run's config: \w+\S* is .*, expected") as error:
        load_model(run)
    assert is_one_sentence(error)


def test_every_truncation_and_every_flipped_bit_is_refused(run, toy, toy_config):
    training = begun(toy_config, toy)
    save_training(training, run.resume)
    for path, load in ((run.weights, lambda: load_model(run)), (run.resume, lambda: load_training(training, run.resume))):
        whole, chance = path.read_bytes(), random.Random(path.name)
        shorter = [whole[:length] for length in (1, 8, 9, 200, len(whole) // 2, len(whole) - 1)]
        flips = [(chance.randrange(len(whole)), 1 << chance.randrange(8)) for _ in range(100)]
        for content in shorter + [whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :] for at, bit in flips]:
            path.write_bytes(content)
            with pytest.raises(RunDamaged, match=path.name) as error:
                load()
            assert is_one_sentence(error)
        path.write_bytes(whole)
        load()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["decoder.0.weight", "encoder.1.running_var", "log_sigma"])
def test_weights_that_are_no_numbers_are_not_saved_and_the_old_ones_stay(run, toy_config, name, value):
    before = run.weights.read_bytes()
    model = lived_in(toy_config.model)
    model.state_dict()[name].view(-1)[-1] = value
    assert save_weights(model, run.weights) is False
    assert run.weights.read_bytes() == before
    assert not list(run.path.glob(".weights*"))


@pytest.mark.parametrize(("train", "records"), [({}, 5), ({}, 17), ({"patience": 2}, 20)], ids=["in an epoch", "later", "early stop"])
def test_a_training_saved_to_disk_goes_on_bit_for_bit(tmp_path, toy, toy_config, train, records):
    config = change(toy_config, train=train)
    first, second = begun(config, toy, records), Training(config, toy)
    save_training(first, tmp_path / "resume.safetensors")
    load_training(second, tmp_path / "resume.safetensors")
    assert second.state()[1] == first.state()[1]
    assert same(second.state()[0], first.state()[0])
    losses = [[(record.split, record.step, record.total) for record in training] for training in (first, second)]
    assert losses[0] == losses[1] != []
    assert same(second.model.state_dict(), first.model.state_dict())


@pytest.mark.parametrize("settings", [{"latent_dim": 3}, {"hidden": (16, 16)}, {"family": "autoencoder"}, {"channels": (4,)}], ids=str)
def test_the_state_of_another_network_is_refused(run, toy, toy_config, settings):
    save_training(begun(change(toy_config, **settings), toy), run.resume)
    with pytest.raises(RunDamaged, match=r"resume\.safetensors does not fit the run's config") as error:
        load_training(Training(toy_config, toy), run.resume)
    assert is_one_sentence(error)


STATES: dict[str, Callable[[dict, dict], object]] = {
    "a weight is not a number": lambda tensors, numbers: tensors["model.decoder.0.weight"].fill(np.nan),
    "whole numbers for real ones": lambda tensors, numbers: tensors.update({"model.log_sigma": np.zeros((), np.int32)}),
    "one moment for all": lambda tensors, numbers: tensors.update(
        {name: np.ones((), np.float32) for name in tensors if "optimizer" in name}
    ),
    "a tensor more": lambda tensors, numbers: tensors.update({"model.more": np.zeros(2, np.float32)}),
    "half of the best": lambda tensors, numbers: tensors.update({"best.log_sigma": np.zeros((), np.float32)}),
    "beyond the end": lambda tensors, numbers: numbers.update(step=10**9),
    "before the beginning": lambda tensors, numbers: numbers.update(step=-1),
    "a text": lambda tensors, numbers: numbers.update(step="5"),
    "no step": lambda tensors, numbers: numbers.pop("step"),
    "endless": lambda tensors, numbers: numbers.update(seconds=float("inf")),
}


@pytest.mark.parametrize("kind", STATES)
def test_a_state_that_fits_its_digest_but_no_training_is_refused(run, toy, toy_config, kind):
    save_training(begun(toy_config, toy), run.resume)
    tensors, metadata = read_packed(run.resume)
    tensors, numbers = {name: array.copy() for name, array in tensors.items()}, json.loads(metadata["numbers"])
    STATES[kind](tensors, numbers)
    run.resume.write_bytes(pack(tensors, {"format": "vae-training", "numbers": json.dumps(numbers)}))
    with pytest.raises(RunDamaged, match=r"resume\.safetensors") as error:
        load_training(Training(toy_config, toy), run.resume)
    assert is_one_sentence(error)


def test_weights_of_gigabytes_are_asked_for_and_no_memory_is_taken(tmp_path, toy_config):
    """A config may describe a network that no machine holds; its file must hold it first."""
    run = runs.create(change(toy_config, hidden=(4096,) * 60, width=4.0), tmp_path)
    run.weights.write_bytes(pack({}, {}))
    start = time.perf_counter()
    with pytest.raises(RunDamaged, match="does not fit"):
        load_model(run)
    assert time.perf_counter() - start < 2


def test_weights_are_no_state_of_a_training(run, toy, toy_config):
    run.weights.rename(run.resume)
    with pytest.raises(RunDamaged, match=r"resume\.safetensors") as error:
        load_training(Training(toy_config, toy), run.resume)
    assert is_one_sentence(error)


def test_a_missing_state_is_named(run, toy, toy_config):
    with pytest.raises(RunDamaged, match=r"resume\.safetensors cannot be read"):
        load_training(Training(toy_config, toy), run.resume)


FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
FORBIDDEN_CALLS = {"torch.load", "torch.jit.load", "torch.hub.load", "torch.export.load", "eval", "exec"}


def unpicklings(tree: ast.AST) -> list[str]:
    """Imports and calls in a source that could turn a file's bytes into code."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in FORBIDDEN_MODULES]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name for name in names if name.split(".")[0] in FORBIDDEN_MODULES or name in FORBIDDEN_CALLS]
        elif isinstance(node, ast.Call):
            found += [ast.unparse(node.func)] if ast.unparse(node.func) in FORBIDDEN_CALLS else []
            found += [word.arg for word in node.keywords if word.arg == "allow_pickle" and ast.unparse(word.value) != "False"]
    return found


def test_no_file_is_ever_unpickled():
    assert {path.name: found for path in SOURCES if (found := unpicklings(ast.parse(path.read_text(encoding="utf-8"))))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "import torch\ntorch.load('x')",
        "from torch import load",
        "np.load(f, allow_pickle=True)",
    ],
)
def test_the_search_for_unpickling_finds_it(source):
    assert len(unpicklings(ast.parse(source))) == 1
