"""Accelerated layers are PyTorch's: the same outputs and gradients, in whatever form they are computed."""

import pytest
import torch
from torch import nn

from vae_core import models
from vae_core.acceleration import Report, accelerate, conv_stack
from vae_core.config import ModelConfig

KINDS = {
    "to one channel": (nn.Conv2d, (8, 1, 3), {"padding": 1}),
    "to three channels": (nn.Conv2d, (8, 3, 5), {"padding": 2}),
    "to many channels": (nn.Conv2d, (8, 6, 3), {"padding": 1}),
    "to channels for vectors": (nn.Conv2d, (8, 16, 3), {"padding": 1}),
    "halving": (nn.Conv2d, (8, 6, 3), {"stride": 2, "padding": 1}),
    "halving, to one channel": (nn.Conv2d, (8, 1, 3), {"stride": 2, "padding": 1}),
    "doubling, to one channel": (nn.ConvTranspose2d, (8, 1, 3), {"stride": 2, "padding": 1, "output_padding": (1, 0)}),
    "doubling, large kernel": (nn.ConvTranspose2d, (8, 3, 7), {"stride": 2, "padding": 3, "output_padding": (0, 1)}),
    "doubling, to many channels": (nn.ConvTranspose2d, (8, 5, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    "doubling, to channels for vectors": (
        nn.ConvTranspose2d,
        (8, 24, 3),
        {"stride": 2, "padding": 1, "output_padding": (0, 1)},
    ),
    "without a bias": (nn.ConvTranspose2d, (8, 2, 3), {"stride": 2, "padding": 1, "output_padding": 1, "bias": False}),
}


def accelerated(*modules: nn.Module) -> nn.Sequential:
    return accelerate(nn.Sequential(*modules), Report())


@pytest.fixture(params=["compiled", "not compiled"], autouse=True)
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "not compiled":
        monkeypatch.setattr(conv_stack, "stack", lambda *shape: None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_outputs_and_gradients_are_those_of_pytorch(kind: str, layout: torch.memory_format, relu: bool):
    module, arguments, options = KINDS[kind]
    torch.manual_seed(0)
    layer, reference = module(*arguments, **options).to(memory_format=layout), module(*arguments, **options)
    reference.load_state_dict(layer.state_dict())
    x = torch.randn(4, 8, 7, 9)
    inputs = [x.clone(memory_format=layout).requires_grad_(), x.clone().requires_grad_()]
    known = reference(inputs[1])
    ours = accelerated(layer, nn.ReLU()) if relu else accelerated(layer)
    outputs = [ours(inputs[0]), known.relu() if relu else known]
    gradient = torch.randn_like(outputs[1])
    for output in outputs:
        output.backward(gradient)
    torch.testing.assert_close(outputs[0], outputs[1], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, atol=1e-5, rtol=1e-5)
    for mine, known in zip(layer.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, known.grad, atol=1e-4, rtol=1e-5)


def test_gradients_are_only_made_where_they_are_wanted():
    layer = nn.ConvTranspose2d(4, 1, 3, stride=2, padding=1, output_padding=1)
    layer.weight.requires_grad_(False)
    x = torch.randn(2, 4, 3, 3, requires_grad=True)
    accelerated(layer)(x).sum().backward()
    assert layer.weight.grad is None
    assert x.grad is not None
    assert layer.bias.grad == pytest.approx(2 * 36)


def test_a_relu_is_done_once_by_the_convolution_before_it():
    torch.manual_seed(0)
    modules = [
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.ConvTranspose2d(16, 8, 3, padding=1),
        nn.SiLU(),
        nn.ReLU(inplace=True),
    ]
    x = torch.randn(2, 8, 6, 6)
    torch.testing.assert_close(accelerated(*modules)(x), nn.Sequential(*modules)(x))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_flat_pixels_meet_the_weights_they_always_met(layout: torch.memory_format):
    torch.manual_seed(0)
    modules = [nn.Flatten(), nn.Linear(3 * 4 * 5, 7), nn.ReLU()]
    x = torch.randn(2, 3, 4, 5).contiguous(memory_format=layout).requires_grad_()
    gradients = []
    for network in (accelerated(*modules), nn.Sequential(*modules)):
        outputs = network(x)
        gradients.append((outputs, *torch.autograd.grad(outputs.square().sum(), [x, *network.parameters()])))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("bias", [False, True])
def test_pixels_made_of_codes_are_where_they_always_were(bias: bool):
    torch.manual_seed(0)
    modules = [nn.Linear(3, 60, bias=bias), nn.ReLU(inplace=True), nn.Unflatten(1, (3, 4, 5))]
    x = torch.randn(2, 3, requires_grad=True)
    gradients = []
    for network in (accelerated(*modules), nn.Sequential(*modules)):
        outputs = network(x)
        gradients.append((outputs, *torch.autograd.grad((outputs * torch.arange(60).view(3, 4, 5)).sum(), [x, *network.parameters()])))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "silu"])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_whole_model_learns_alike_with_and_without_compiled_layers(activation: str, batch_norm: bool, monkeypatch: pytest.MonkeyPatch):
    config = ModelConfig(channels=(8, 16), hidden=(12,), activation=activation, batch_norm=batch_norm, head="conv")
    gradients = []
    for stack in (conv_stack.stack, lambda *shape: None):
        monkeypatch.setattr(conv_stack, "stack", stack)
        model = models.build(config, seed=1)
        x = torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(2))
        twin = accelerate(model, Report())
        model.reconstruction_cost(twin.decode(twin.encode(x).mean), x).mean().backward()
        gradients.append({name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradient, gradients[1][name], atol=1e-4, rtol=1e-3, msg=lambda text, name=name: f"{name}: {text}")


def test_compiled_code_refuses_second_derivatives():
    x = torch.randn(2, 8, 5, 5, requires_grad=True)
    y = accelerated(nn.Conv2d(8, 16, 3, padding=1))(x)
    if type(y.grad_fn).__name__ != "CompiledConvolutionsBackward":
        pytest.skip("PyTorch's own convolutions have second derivatives")
    (first,) = torch.autograd.grad(y.pow(3).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


def test_half_precision_is_left_to_pytorch():
    layer = accelerated(nn.Conv2d(4, 1, 3, padding=1))
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(torch.randn(2, 4, 5, 5)).dtype == torch.bfloat16


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_in_half_precision_are_those_of_pytorch(kind: str):
    module, arguments, options = KINDS[kind]
    torch.manual_seed(0)
    layers, x = nn.Sequential(module(*arguments, **options).to(memory_format=torch.channels_last), nn.ReLU()), torch.randn(4, 8, 7, 9)
    found = []
    for network in (accelerate(layers, Report()), layers):
        pixels = x.clone(memory_format=torch.channels_last).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16):
            y = network(pixels)
        assert y.dtype == torch.bfloat16
        found.append([y, *torch.autograd.grad(y.float().square().sum(), [pixels, *layers.parameters()])])
    for ours, theirs in zip(*found, strict=True):
        assert ours.dtype == theirs.dtype
        torch.testing.assert_close(ours, theirs, atol=0.02 * float(theirs.detach().abs().max()), rtol=0.02)
