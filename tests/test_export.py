"""The exported program, executed by an interpreter that shares nothing with the page's: the numbers are the model's own."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from labels import labels_for
from torch import Tensor, nn
from torch.nn import functional as F

from vae_core import models
from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import ExportError, RunDamaged
from vae_core.files.tensors import pack, unpack
from vae_core.models import Batch, Model
from vae_core.models.export import SMALL, export
from vae_core.models.program import SIGMA, read_program
from vae_core.presets import PRESETS, configure
from vae_core.runs import SHIPPED, find
from vae_core.traits import LIKELIHOODS

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"

ACTIVATIONS = {"silu": F.silu, "relu": F.relu, "leaky_relu": F.leaky_relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid} | {
    "exp": torch.exp,
    "softplus": F.softplus,
}

CONFIGS = {name: configure(name).model for name in PRESETS} | {
    "odd sides": ModelConfig(image_shape=(1, 13, 18), channels=(4, 8), hidden=(16,), latent_dim=3),
    "odd sides, conv head": ModelConfig(image_shape=(3, 9, 15), channels=(4, 6, 8), hidden=(8,), head="conv", likelihood="gaussian"),
    "large kernel": ModelConfig(image_shape=(1, 17, 8), channels=(5,), hidden=(), kernel=7, activation="tanh"),
    "linear output": ModelConfig(image_shape=(3, 16, 8), channels=(4, 4), hidden=(8,), output="linear", likelihood="gaussian"),
    "no batch norm": ModelConfig(image_shape=(1, 8, 9), channels=(4, 4), hidden=(8,), batch_norm=False, activation="leaky_relu"),
    "no convolutions": ModelConfig(image_shape=(1, 9, 9), channels=(), hidden=(12, 6), activation="relu", latent_dim=1),
    "mlp, one layer": ModelConfig(image_shape=(3, 8, 8), network="mlp", hidden=(), latent_dim=20, width=0.5),
    "dropout": ModelConfig(image_shape=(1, 12, 12), channels=(4, 6), hidden=(8,), dropout=0.3),
    "conditional, no hidden layers": ModelConfig(family="conditional", classes=3, image_shape=(1, 9, 12), channels=(4, 6), hidden=()),
    "conditional mlp": ModelConfig(family="conditional", classes=1, image_shape=(1, 8, 8), network="mlp", hidden=(8,), latent_dim=5),
    "ladder": ModelConfig(family="ladder", image_shape=(1, 12, 12), channels=(4,), hidden=(8, 8), latent_dim=5, top_dim=2),
    "stacked": ModelConfig(family="stacked", image_shape=(3, 8, 9), network="mlp", hidden=(), latent_dim=3, activation="relu"),
    "blocks, nearest, odd sides": ModelConfig(
        image_shape=(3, 13, 18), channels=(4, 8), hidden=(16,), latent_dim=3, blocks=2, upsampling="nearest", dropout=0.2
    ),
    "blocks, nearest, conv head": ModelConfig(
        image_shape=(1, 12, 9), channels=(4, 6), hidden=(8,), kernel=5, batch_norm=False, head="conv", blocks=1, upsampling="nearest"
    ),
    "blocks without activation": ModelConfig(image_shape=(1, 9, 9), channels=(4,), hidden=(8,), blocks=1, activation="linear"),
    "a sigma for each pixel": ModelConfig(image_shape=(3, 8, 8), channels=(4,), hidden=(8,), likelihood="gaussian", learn_sigma="pixel"),
    "narrow decoder": ModelConfig(image_shape=(1, 12, 12), channels=(4,), hidden=(8, 8), decoder_hidden=(), activation="linear"),
}


class Program:
    """What a blob says, by torch's functions alone; batches of inputs, in float32."""

    def __init__(self, blob: bytes) -> None:
        self.tensors = {name: tensor.float() for name, tensor in safetensors.torch.load(blob).items()}
        header = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])
        self.description = json.loads(header["__metadata__"]["program"])
        self.dtypes = {entry["dtype"] for name, entry in header.items() if name != "__metadata__"}

    def __call__(self, function: str, **registers: Tensor) -> dict[str, Tensor]:
        chosen = self.description["functions"][function]
        assert registers.keys() == chosen["inputs"].keys()
        for step in chosen["steps"]:
            result = self._step(step, *(registers[name] for name in step["in"]))
            fused = step.get("activation") if step["op"] != "activation" else None
            registers[step["out"]] = ACTIVATIONS[fused](result) if fused else result
        return {name: registers[register] for name, register in chosen["outputs"].items()}

    def _step(self, step: dict, x: Tensor, *more: Tensor) -> Tensor:
        parts = [self.tensors[step[part]] for part in ("weight", "bias") if part in step]
        match step["op"]:
            case "linear":
                return F.linear(x, *parts)
            case "conv2d":
                return F.conv2d(x, *parts, stride=step["stride"], padding=step["padding"])
            case "conv_transpose2d":
                more_pixels = [max(extra, 0) for extra in step["output_padding"]]
                height, width = (min(extra, 0) or None for extra in step["output_padding"])
                return F.conv_transpose2d(x, *parts, step["stride"], step["padding"], tuple(more_pixels))[..., :height, :width]
            case "reshape":
                return x.reshape(len(x), *step["shape"])
            case "concat":
                return torch.cat((x, *more), 1)
            case "slice":
                return x[:, step["start"] : step["stop"]]
            case "add":
                return x + more[0]
            case "multiply":
                return x * more[0]
            case "scale":
                return step["factor"] * x
            case "nearest":
                return torch.cdist(x.flatten(2).mT, self.tensors[step["table"]]).argmin(2)
            case "gather":
                return self.tensors[step["table"]][x].mT.reshape(len(x), *step["shape"])
            case "activation":
                return ACTIVATIONS[step["activation"]](x)
        raise AssertionError(f"no operation {step['op']}")


def lived_in(config: ModelConfig) -> Model:
    """A model whose batch norms have seen data and learned something: nothing in them is 0 or 1 any more."""
    model = models.build(config, seed=3).train()
    torch.manual_seed(0)
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias, std=0.3)
    with torch.no_grad():
        for _ in range(4):
            x = torch.rand(8, *config.image_shape)
            model.losses(Batch(x, x, labels_for(config, 8)), TrainConfig(), 1.0, torch.Generator().manual_seed(0))
    return model.eval()


@pytest.mark.parametrize(("half", "tolerance"), [(False, 1e-5), (True, 4e-3)])
@pytest.mark.parametrize("name", CONFIGS)
def test_the_program_gives_the_models_own_numbers(name, half, tolerance):
    model = lived_in(CONFIGS[name])
    program = Program(export(model, half=half))
    assert_same_numbers(program, model, tolerance)
    large = {"F16"} if half and any(parameter.numel() > SMALL for parameter in model.parameters()) else set()
    assert program.dtypes == {"F32"} | large


@pytest.mark.parametrize("name", SHIPPED)
def test_the_programs_that_ship_give_the_numbers_of_the_weights_that_ship(name):
    run = find(name, CHECKPOINTS)
    assert_same_numbers(Program(run.network.read_bytes()), models.load_model(run), 4e-3)


def assert_same_numbers(program: Program, model: Model, tolerance: float) -> None:
    config = model.config
    x, z, labels = torch.rand(5, *config.image_shape), 2 * torch.randn(5, config.latent_dim), labels_for(config, 5)
    told = {} if labels is None else {"y": F.one_hot(labels, config.classes).float()}
    with torch.no_grad():
        posterior, image = model.encode(x, labels), model.images(z, labels)
        encoded, decoded = program("encode", x=x, **told), program("decode", z=z, **told)
    if config.traits.is_discrete:  # another code may be as near, up to rounding
        encoded = {"distance": (posterior.vectors.flatten(1) - encoded["mean"]).square().sum(1)}
        expected = {"distance": posterior.commitment.detach()}
    else:
        expected = {"mean": posterior.mean} | ({} if posterior.log_var is None else {"log_var": posterior.log_var})
    torch.testing.assert_close(encoded, expected, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(decoded, {"image": image}, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("family", "outputs"), [("vae", {"mean", "log_var"}), ("autoencoder", {"mean"})])
def test_inputs_and_outputs_have_their_names_and_shapes(family, outputs):
    config = ModelConfig(family=family, image_shape=(3, 10, 12), channels=(4,), hidden=(8,), latent_dim=5)
    program = Program(export(lived_in(config)))
    about = program.description
    assert (about["version"], about["family"], about["latent_dim"], about["image_shape"]) == (1, family, 5, [3, 10, 12])
    functions = about["functions"]
    assert {name: function["inputs"] for name, function in functions.items()} == {"encode": {"x": [3, 10, 12]}, "decode": {"z": [5]}}
    encoded, decoded = program("encode", x=torch.rand(2, 3, 10, 12)), program("decode", z=torch.zeros(2, 5))
    assert {name: tuple(value.shape) for name, value in encoded.items()} == {name: (2, 5) for name in outputs}
    assert {name: tuple(value.shape) for name, value in decoded.items()} == {"image": (2, 3, 10, 12)}


@pytest.mark.parametrize(("half", "tolerance"), [(False, 1e-4), (True, 4e-3)])
def test_a_map_of_codes_is_looked_up_and_its_prior_asked_as_by_the_model(half, tolerance):
    model = lived_in(CONFIGS["mnist-vq"])
    program = Program(export(model, half=half))
    maps = torch.randint(64, (3, 7, 7))
    with torch.no_grad():
        logits, codes = model.pixelcnn(maps), model.lookup(maps)
    torch.testing.assert_close(program("next", indices=maps.flatten(1))["logits"], logits, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(program("lookup", indices=maps.flatten(1))["z"], codes.flatten(1))
    x = torch.rand(3, 1, 28, 28)
    encoded = program("encode", x=x)
    torch.testing.assert_close(program("lookup", indices=encoded["indices"])["z"], encoded["mean"])


def test_the_same_model_gives_the_same_bytes_and_is_left_as_it_was():
    model = lived_in(CONFIGS["odd sides"])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert export(model) == export(model)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


@pytest.mark.parametrize("part", ["encoder", "decoder"])
@pytest.mark.parametrize("module", [nn.GELU(), nn.MaxPool2d(2), nn.Softplus(), nn.Sequential(nn.ReLU())])
def test_a_part_that_the_browser_lacks_is_refused_by_its_name(part, module):
    model = lived_in(CONFIGS["odd sides"])
    getattr(model, part).insert(2, module)
    with pytest.raises(ExportError, match=rf"has no {type(module).__name__};.*on the server"):
        export(model)


def test_weights_beyond_half_precision_stay_in_full_precision():
    model = lived_in(CONFIGS["tutorial-mlp"])
    with torch.no_grad():
        model.encoder[1].weight[0, 0] = 1e5
    x = torch.rand(2, 1, 28, 28) / 50
    mean = Program(export(model))("encode", x=x)["mean"]
    with torch.no_grad():
        torch.testing.assert_close(mean, model.encode(x).mean, rtol=4e-3, atol=4e-3)


@pytest.mark.parametrize("likelihood", [name for name, likelihood in LIKELIHOODS.items() if likelihood.has_sigma])
def test_a_sigma_for_each_pixel_is_exported_and_one_for_all_is_not(likelihood):
    model = models.build(ModelConfig(image_shape=(1, 8, 8), channels=(4,), hidden=(8,), likelihood=likelihood, learn_sigma="pixel"))
    torch.nn.init.normal_(model.log_sigma)
    torch.testing.assert_close(Program(export(model)).tensors[SIGMA], model.log_sigma.detach().exp())
    assert SIGMA not in Program(export(models.build(replace(model.config, learn_sigma="one")))).tensors


@pytest.mark.parametrize("sigma", [np.zeros((1, 13, 18)), np.ones((13, 18))], ids=["zero", "another shape"])
def test_a_sigma_that_fits_no_image_is_refused(sigma):
    arrays, metadata = unpack(export(lived_in(CONFIGS["odd sides"])), "network.bin")
    with pytest.raises(RunDamaged, match="pixels without a standard deviation"):
        read_program(
            pack({**arrays, SIGMA: sigma.astype(np.float32)}, {name: metadata[name] for name in ("format", "program")}), "network.bin"
        )


def test_a_weight_that_is_no_number_is_refused():
    model = lived_in(CONFIGS["odd sides"])
    norm = next(module for module in model.modules() if isinstance(module, nn.BatchNorm2d))
    norm.running_var.fill_(float("nan"))
    with pytest.raises(ExportError, match="not a finite number"):
        export(model)


def test_an_altered_blob_is_refused():
    blob, chance = export(lived_in(CONFIGS["odd sides"])), random.Random(11)
    arrays, _ = unpack(blob, "network.bin")
    assert sum(array.nbytes for array in arrays.values()) > 1000
    for _ in range(50):
        altered = bytearray(blob)
        altered[chance.randrange(len(blob))] ^= 1 << chance.randrange(8)
        with pytest.raises(RunDamaged, match=r"network\.bin"):
            unpack(bytes(altered), "network.bin")
