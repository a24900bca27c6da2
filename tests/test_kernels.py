"""Convolutions in machine code: the numbers of PyTorch's in double precision, for any shape, on any number of threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from vae_core import kernels, vector_code
from vae_core.vector_code import Unit

if vector_code.unit() is None:
    pytest.skip("this machine has no vector unit that we write code for", allow_module_level=True)

HOST = vector_code.unit()
NARROW = Unit("haswell", "+avx2,+fma", 8, 16)
UNITS = st.sampled_from([HOST, NARROW])


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def build(kind, machine, inputs, outputs, kernel, stride, transposed, sides, odd) -> tuple[kernels.Layer, tuple[int, int]]:
    padding = kernel // 2
    if transposed:
        extra = [min(stride - 1, bit) for bit in odd]
        after = tuple((side - 1) * stride + kernel - 2 * padding + more for side, more in zip(sides, extra, strict=True))
    else:
        after = tuple((side + 2 * padding - kernel) // stride + 1 for side in sides)
    return kind((*sides, inputs), (*after, outputs), kernel, stride, padding, transposed, machine), after


def truth(x, weight, bias, kernel, stride, transposed, after):
    """The output by PyTorch."""
    padding = kernel // 2
    if transposed:
        extra = [out - ((side - 1) * stride + kernel - 2 * padding) for out, side in zip(after, x.shape[2:], strict=True)]
        return functional.conv_transpose2d(x, weight, bias, stride, padding, extra)
    return functional.conv2d(x, weight, bias, stride, padding)


def stored(*shape: int, random: torch.Generator | None = None) -> torch.Tensor:
    """Random numbers, channels last."""
    return torch.randn(shape, generator=random).contiguous(memory_format=torch.channels_last)


def agrees(kind, machine, inputs, outputs, kernel, stride, transposed, sides, odd, count, relu, biased, seed) -> None:
    layer, after = build(kind, machine, inputs, outputs, kernel, stride, transposed, sides, odd)
    random = torch.Generator().manual_seed(seed)
    x = stored(count, inputs, *sides, random=random)
    ends = (inputs, outputs) if transposed else (outputs, inputs)
    weight = stored(*ends, kernel, kernel, random=random) / (kernel * inputs**0.5)
    bias = torch.randn(outputs, generator=random) if biased else None
    y = layer.forward(x, weight, bias, relu)
    gradient = stored(*y.shape, random=random)
    of_x, of_weight, of_bias = layer.backward(x, gradient, y if relu else None, weight, (True, biased))

    exact = [None if tensor is None else tensor.double().requires_grad_() for tensor in (x, weight, bias)]
    expected = truth(*exact, kernel, stride, transposed, after)
    expected.backward(gradient.double() * (y > 0) if relu else gradient.double())
    close = {"rtol": 1e-4, "check_dtype": False}
    torch.testing.assert_close(y, expected.relu() if relu else expected, atol=1e-5, **close)
    torch.testing.assert_close(of_x, exact[0].grad, atol=1e-5 * outputs, **close)
    torch.testing.assert_close(of_weight, exact[1].grad, atol=1e-4 * count, **close)
    if biased:
        torch.testing.assert_close(of_bias, exact[2].grad, atol=1e-4 * count, **close)


SHAPES = {
    "machine": UNITS,
    "kernel": st.sampled_from([3, 5, 7]),
    "stride": st.sampled_from([1, 2]),
    "transposed": st.booleans(),
    "sides": st.tuples(st.integers(4, 17), st.integers(4, 17)),
    "odd": st.tuples(st.integers(0, 1), st.integers(0, 1)),
    "count": st.integers(1, 5),
    "relu": st.booleans(),
    "biased": st.booleans(),
    "seed": st.integers(0, 9),
}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(inputs=st.sampled_from([8, 16, 24, 40, 64]), outputs=st.sampled_from([8, 16, 32, 48, 80]), **SHAPES)
def test_a_layer_of_any_shape_computes_what_pytorch_does(inputs, outputs, **shape):
    agrees(kernels.Layer, inputs=inputs, outputs=outputs, **shape)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(inputs=st.sampled_from([8, 16, 24]), outputs=st.sampled_from([1, 2, 3]), **SHAPES)
def test_a_layer_with_few_outputs_does_too(inputs, outputs, **shape):
    agrees(kernels.FewOutputs, inputs=inputs, outputs=outputs, **shape)


@pytest.mark.parametrize("inputs", [1, 3])
def test_pictures_need_no_gradient(inputs: int):
    layer, after = build(kernels.Layer, HOST, inputs, 16, 3, 2, False, (9, 8), (0, 0))
    x, weight = stored(3, inputs, 9, 8), stored(16, inputs, 3, 3).requires_grad_()
    expected = truth(x, weight, None, 3, 2, False, after)
    torch.testing.assert_close(layer.forward(x, weight.detach(), None, relu=False), expected.detach(), atol=1e-5, rtol=1e-5)
    gradient = stored(*expected.shape)
    expected.backward(gradient)
    of_x, of_weight, of_bias = layer.backward(x, gradient, None, weight.detach(), (False, False))
    assert of_x is None
    assert of_bias is None
    torch.testing.assert_close(of_weight, weight.grad, atol=1e-4, rtol=1e-4)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_two_threads_share_the_images_and_agree_with_one(count: int):
    layer, _ = build(kernels.Layer, HOST, 16, 32, 3, 2, True, (6, 5), (1, 1))
    x, weight = stored(count, 16, 6, 5), stored(16, 32, 3, 3)
    y = layer.forward(x, weight, None, relu=True)
    gradient = stored(*y.shape)
    by_two = layer.backward(x, gradient, y, weight, (True, True))
    again = layer.backward(x, gradient, y, weight, (True, True))
    torch.set_num_threads(1)
    assert torch.equal(y, layer.forward(x, weight, None, relu=True))
    by_one = layer.backward(x, gradient, y, weight, (True, True))
    for two, same, one in zip(by_two, again, by_one, strict=True):
        assert torch.equal(two, same)
        torch.testing.assert_close(two, one, atol=1e-3, rtol=1e-4)


def test_defaults_of_a_notebook_change_nothing():
    layer, _ = build(kernels.Layer, HOST, 8, 8, 3, 1, False, (5, 5), (0, 0))
    x, weight = stored(2, 8, 5, 5), stored(8, 8, 3, 3)
    usual = layer.forward(x, weight, None, relu=False)
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.equal(layer.forward(x, weight, None, relu=False), usual)
        of_x, of_weight, _ = layer.backward(x, usual, None, weight, (True, False))
    finally:
        torch.set_default_dtype(torch.float32)
    assert of_x.dtype == of_weight.dtype == torch.float32


def test_callers_at_the_same_time_do_not_meet():
    layer, _ = build(kernels.Layer, HOST, 16, 16, 3, 2, False, (12, 12), (0, 0))
    weight = stored(16, 16, 3, 3)
    batches = [stored(8, 16, 12, 12) for _ in range(16)]
    alone = [layer.forward(x, weight, None, relu=False) for x in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda x: layer.forward(x, weight, None, relu=False), batches * 4))
    assert all(torch.equal(together[index], alone[index % 16]) for index in range(64))


@pytest.mark.parametrize("kind", [kernels.Layer, kernels.FewOutputs])
def test_what_is_not_a_number_is_not_hidden(kind: type[kernels.Layer]):
    """A ReLU that turned it into zero would let a training that has diverged go on."""
    outputs = 8 if kind is kernels.Layer else 1
    layer, _ = build(kind, HOST, 8, outputs, 3, 1, False, (4, 4), (0, 0))
    x = torch.full((1, 8, 4, 4), torch.nan).contiguous(memory_format=torch.channels_last)
    assert layer.forward(x, stored(outputs, 8, 3, 3), None, relu=True).isnan().all()


@given(machine=UNITS, channels=st.integers(1, 70).map(lambda count: 8 * count), places=st.integers(1, 1000))
def test_a_tile_stays_in_the_registers_and_divides_the_channels(machine: Unit, channels: int, places: int):
    tile = vector_code.tile(machine, channels, places)
    assert tile.rows * tile.vectors + tile.vectors + 1 <= machine.registers
    assert tile.lanes <= machine.lanes
    assert channels % tile.width == 0


@pytest.mark.parametrize(
    ("inputs", "outputs", "of_x", "kind"),
    [
        (16, 32, True, kernels.Layer),
        (1, 32, False, kernels.Layer),
        (3, 8, False, kernels.Layer),
        (16, 1, True, kernels.FewOutputs),
        (24, 3, True, kernels.FewOutputs),
        (1, 32, True, None),
        (10, 16, True, None),
        (16, 10, True, None),
        (4, 1, True, None),
    ],
)
def test_other_channels_are_left_to_pytorch(inputs: int, outputs: int, of_x: bool, kind: type | None):
    layer = kernels.layer((8, 8, inputs), (4, 4, outputs), 3, 2, 1, False, of_x)
    assert (None if layer is None else type(layer)) is kind
