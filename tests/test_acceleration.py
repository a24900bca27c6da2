"""The fence around compiled layers: wrong, crashing and absent code is found and replaced, and models stay ordinary."""

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from vae_core import models, runs
from vae_core.acceleration import Report, accelerate, available, conv_stack, machine_code, mode, normalization, vector_unit
from vae_core.config import ModelConfig
from vae_core.device import MEANS
from vae_core.errors import ConfigError
from vae_core.models import Model
from vae_core.presets import configure
from vae_core.training import conditions, jobs
from vae_core.training.execution import execute
from vae_core.training.loop import Training

PROJECT = Path(__file__).parents[1]
CONFIG = ModelConfig(image_shape=(1, 16, 16), channels=(8, 16), hidden=(16,), latent_dim=2, batch_norm=False, activation="relu")
NORMED = ModelConfig(image_shape=(1, 16, 16), channels=(8, 16), hidden=(16,), latent_dim=2, activation="silu")
compiles = pytest.mark.skipif(vector_unit.unit() is None, reason="this machine has no vector unit that code is made for")


@pytest.fixture(params=["auto", "check"])
def checking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("VAE_ACCELERATION", request.param)
    return request.param


def gradients(model: Model, twin: Model, batch: int = 0) -> dict[str, torch.Tensor]:
    model.zero_grad()
    x = torch.rand(6, 1, 16, 16, generator=torch.Generator().manual_seed(batch))
    model.reconstruction_cost(twin.decode(twin.encode(x).mean), x).mean().backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}


def expected_gradients(config: ModelConfig, batch: int = 0) -> dict[str, torch.Tensor]:
    model = models.build(config, seed=1)
    return gradients(model, model, batch)


def assert_alike(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, atol=1e-4, rtol=1e-3, msg=lambda text, name=name: f"{name}: {text}")


def spoilt(genuine: Callable, result: int) -> Callable:
    """The same, but for one number of one of its results."""

    def wrong(*arguments: object) -> tuple:
        results = genuine(*arguments)
        tensor = results[result][0] if isinstance(results[result], list) else results[result]
        if tensor is not None:
            tensor[(0,) * tensor.dim()] += 1.0 + tensor.abs().max()
        return results

    return wrong


@compiles
@pytest.mark.parametrize(
    ("config", "kind", "method", "result"),
    [
        (CONFIG, conv_stack.Stack, "forward", 0),
        (CONFIG, conv_stack.Stack, "backward", 0),
        (CONFIG, conv_stack.Stack, "backward", 1),
        (CONFIG, conv_stack.Stack, "backward", 2),
        (NORMED, normalization.Normalization, "forward", 0),
        (NORMED, normalization.Normalization, "backward", 0),
        (NORMED, normalization.Normalization, "backward", 1),
    ],
)
def test_a_wrong_kernel_is_found_and_replaced(checking, config, kind, method, result, monkeypatch, caplog):
    monkeypatch.setattr(kind, method, spoilt(getattr(kind, method), result))
    model, report = models.build(config, seed=1), Report()
    assert_alike(gradients(model, accelerate(model, report)), expected_gradients(config))
    assert re.search(r"refused .*relative error \d", report.summary())
    assert "compiled layers are not used, PyTorch's are" in caplog.text


@compiles
def test_a_kernel_that_goes_wrong_later_is_found_in_mode_check(monkeypatch):
    monkeypatch.setenv("VAE_ACCELERATION", "check")
    model, report = models.build(CONFIG, seed=1), Report()
    twin = accelerate(model, report)
    gradients(model, twin)
    assert report.summary() == "PyTorch and 2 compiled"
    monkeypatch.setattr(conv_stack.Stack, "backward", spoilt(conv_stack.Stack.backward, 1))
    assert_alike(gradients(model, twin, batch=1), expected_gradients(CONFIG, batch=1))
    assert "refused" in report.summary()


@compiles
def test_a_fallback_is_the_same_however_often_it_is_met(monkeypatch):
    """So a training that is resumed computes as it began."""
    monkeypatch.setattr(conv_stack.Stack, "forward", spoilt(conv_stack.Stack.forward, 0))
    results = []
    for _ in range(2):
        model = models.build(CONFIG, seed=1)
        twin = accelerate(model, Report())
        results.append([gradients(model, twin, batch) for batch in range(2)])
    for one, other in zip(*results, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


# Runs a convolution in a child of this process for each of its arguments, and prints what came of it: an exit code, or the report.
CRASH = """
import os, sys, torch
from pathlib import Path
from torch import nn
from vae_core.acceleration import Report, accelerate, compiler, machine_code
machine_code.FOLDER, sys.dont_write_bytecode = Path(sys.argv[1]), False

def work(how):
    if how == "crash":
        compiler.Compiled._run = lambda self, threads, arguments: os.kill(os.getpid(), 11)
    if how == "check":
        os.environ["VAE_ACCELERATION"] = "check"
    report = Report()
    accelerate(nn.Sequential(nn.Conv2d(8, 16, 3, padding=1)), report)(torch.randn(2, 8, 5, 5)).sum().backward()
    print(report.summary(), flush=True)

for how in sys.argv[2:]:
    child = os.fork()
    if child == 0:
        work(how)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        print(code, flush=True)
"""


@compiles
@pytest.mark.skipif(os.name == "nt", reason="needs fork")
def test_a_crash_in_compiled_code_is_not_met_twice(tmp_path: Path):
    command = [sys.executable, "-c", CRASH, str(tmp_path), "crash", "crash", "work", "check", "crash"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    first, again, refused, checked, trusted = done.stdout.splitlines()
    assert first == "-11"
    assert "it ended a process when it was tried; delete" in again
    assert "refused" in refused
    assert checked == "PyTorch and 1 compiled"
    assert trusted == "-11", "what has worked since is trusted again"


@compiles
def test_code_that_another_process_is_trying_has_not_crashed(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(machine_code, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    with machine_code.trial("code"):
        machine_code.refuse_crashed("code")
        assert list(tmp_path.glob("*.trial"))
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="no crash"), machine_code.trial("code"):
        raise ValueError("no crash")
    machine_code.refuse_crashed("code")


WITHOUT_LLVMLITE = """
import pathlib, sys
sys.modules["llvmlite"] = None
from vae_core import runs
from vae_core.training import jobs, conditions
from vae_core.presets import configure
from vae_core.training.execution import execute
small = {"dataset": "mnist10k", "images": 200, "channels": "8,16", "hidden": "16", "batch_size": 32, "epochs": 1}
run = runs.create(configure("mnist-2d-quick", small), pathlib.Path(sys.argv[1]))
with jobs.held(run):
    print(execute(run).state, run.card()["kernels"], conditions.kept(run).machine_code)
"""


def test_without_llvmlite_everything_works(tmp_path: Path):
    command = [sys.executable, "-c", WITHOUT_LLVMLITE, str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "finished PyTorch False", done.stderr


def test_looking_at_models_and_switching_acceleration_off_loads_no_compiler():
    look = "import sys, torch; from vae_core import models; from vae_core.config import ModelConfig; "
    look += "m = models.build(ModelConfig()); m.images(m.encode(torch.rand(2, 1, 28, 28)).mean).sum().backward(); "
    look += "print('llvmlite' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.strip() == "False"


@pytest.mark.parametrize("config", [CONFIG, NORMED])
def test_models_are_made_of_plain_modules_before_and_after_a_training(config, toy, toy_config):
    training = Training(dataclasses.replace(toy_config, model=config), toy)
    list(training)
    for module in training.model.modules():
        assert type(module).__module__.startswith("torch.nn.modules") or isinstance(module, Model)
    assert training.model.state_dict().keys() == models.build(config).state_dict().keys()


@pytest.mark.parametrize("config", [CONFIG, NORMED])
def test_hooks_on_every_module_run_and_see_the_trained_weights(config, toy, toy_config):
    """Those of the accelerated twin's layers need not; the model that others see is called by evaluation, previews and export."""
    training, seen = Training(dataclasses.replace(toy_config, model=config), toy), {}
    for name, module in training.model.named_modules():
        if name and "." in name:
            module.register_forward_hook(lambda module, _, output, name=name: seen.update({name: output}))
    records = iter(training)
    next(record for record in records if record.split == "validation")  # during the training, between its steps
    assert seen.keys() == {name for name, _ in training.model.named_modules() if "." in name}
    for _ in records:
        pass
    seen.clear()
    x = torch.rand(2, 1, 16, 16)
    with torch.no_grad():
        trained = training.model.eval().reconstruct(x)
        fresh = models.build(config, seed=training.config.train.seed).eval()
        assert not torch.allclose(trained, fresh.reconstruct(x))
        fresh.load_state_dict(training.model.state_dict())
        torch.testing.assert_close(fresh.reconstruct(x), trained)
    assert len(seen) == len([name for name, _ in training.model.named_modules() if "." in name])


def test_a_twin_shares_all_weights_and_leaves_its_model_alone():
    model = models.build(NORMED)
    before = str(model)
    twin = accelerate(model, Report())
    assert {id(parameter) for parameter in twin.parameters()} == {id(parameter) for parameter in model.parameters()}
    assert {id(buffer) for buffer in twin.buffers()} == {id(buffer) for buffer in model.buffers()}
    assert str(model) == before != str(twin)
    assert type(model.encoder) is nn.Sequential


def test_off_is_off(monkeypatch):
    monkeypatch.setenv("VAE_ACCELERATION", "off")
    model, report = models.build(CONFIG), Report()
    assert accelerate(model, report) is model
    assert report.summary() == "PyTorch (VAE_ACCELERATION=off)"
    assert not available()
    assert not conditions.here("cpu").machine_code


def test_the_switch_is_read_kindly_and_refused_clearly(monkeypatch):
    monkeypatch.setenv("VAE_ACCELERATION", " CHECK ")
    assert mode() == "check"
    monkeypatch.setenv("VAE_ACCELERATION", "on")
    with pytest.raises(ConfigError, match="VAE_ACCELERATION is 'on'; choose one of auto, off, check"):
        Report()


@compiles
def test_the_log_and_the_card_say_what_computed(tmp_path: Path, caplog, monkeypatch):
    monkeypatch.setattr(MEANS, "half_precision", False)
    small = {"dataset": "mnist10k", "images": 200, "channels": "8,16", "hidden": "16", "batch_size": 32, "epochs": 1, "device": "cpu"}
    run = runs.create(configure("mnist-2d-quick", small), tmp_path)
    with caplog.at_level("INFO"), jobs.held(run):
        execute(run)
    assert re.fullmatch(r"PyTorch and \d compiled", run.card()["kernels"])
    assert f"layers are computed by {run.card()['kernels']}" in caplog.text


def test_a_training_without_acceleration_goes_on_without_it_and_says_when_it_has_to(tmp_path: Path, monkeypatch):
    run = runs.create(configure("mnist-2d-quick", {"dataset": "mnist10k", "images": 200}), tmp_path)
    began = conditions.begin(run, "cpu")
    monkeypatch.setenv("VAE_ACCELERATION", "off")
    note = conditions.take_up(run, "cpu")
    assert ("compiled layers: no, before yes" in note) == began.machine_code
