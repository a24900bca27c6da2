"""Convolutions in machine code: the numbers of PyTorch's in double precision, for any shape, on any number of threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from vae_core.acceleration import conv_layers, conv_stack, vector_unit
from vae_core.acceleration.conv_layers import ConvShape
from vae_core.acceleration.conv_plan import ConvPlan, conv_plan
from vae_core.acceleration.conv_stack import Stack
from vae_core.acceleration.vector_unit import Unit

if vector_unit.unit() is None:
    pytest.skip("this machine has no vector unit that we write code for", allow_module_level=True)

HOST = vector_unit.unit()
NARROW = Unit("haswell", "+avx2,+fma", 8, 16)
UNITS = st.sampled_from([HOST, NARROW])


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def shape_of(inputs, outputs, kernel, stride, transposed, sides, odd, biased=False, relu=False) -> ConvShape:
    padding = kernel // 2
    if transposed:
        extra = [min(stride - 1, bit) for bit in odd]
        after = tuple((side - 1) * stride + kernel - 2 * padding + more for side, more in zip(sides, extra, strict=True))
    else:
        after = tuple((side + 2 * padding - kernel) // stride + 1 for side in sides)
    return ConvShape((*sides, inputs), (*after, outputs), kernel, stride, padding, transposed, biased, relu)


def stack_of(*layers: conv_layers.Layer, wants_grad_x: bool = True) -> Stack:
    return Stack(layers, HOST, wants_grad_x)


def truth(shape: ConvShape, x, weight, bias):
    """The output by PyTorch, before a ReLU."""
    if shape.transposed:
        plain = [(side - 1) * shape.stride + shape.kernel - 2 * shape.padding for side in shape.image[:2]]
        extra = [out - side for out, side in zip(shape.output[:2], plain, strict=True)]
        return functional.conv_transpose2d(x, weight, bias, shape.stride, shape.padding, extra)
    return functional.conv2d(x, weight, bias, shape.stride, shape.padding)


def stored(*shape: int, random: torch.Generator | None = None) -> torch.Tensor:
    """Random numbers, channels last."""
    return torch.randn(shape, generator=random).contiguous(memory_format=torch.channels_last)


def parameters(shape: ConvShape, random: torch.Generator | None = None) -> tuple[torch.Tensor, torch.Tensor | None]:
    inputs, outputs = shape.image[2], shape.output[2]
    ends = (inputs, outputs) if shape.transposed else (outputs, inputs)
    weight = stored(*ends, shape.kernel, shape.kernel, random=random) / (shape.kernel * inputs**0.5)
    return weight, torch.randn(outputs, generator=random) if shape.biased else None


def agrees(stack: Stack, count: int, seed: int) -> None:
    shapes, random = [layer.shape for layer in stack.layers], torch.Generator().manual_seed(seed)
    height, width, channels = shapes[0].image
    x = stored(count, channels, height, width, random=random)
    weights, biases = zip(*(parameters(shape, random) for shape in shapes), strict=True)
    outputs = stack.forward(x, weights, biases)
    gradient = stored(*outputs[-1].shape, random=random)
    grad_x, grad_weights, grad_biases = stack.backward(x, gradient, outputs, weights)

    first, *exact = [None if tensor is None else tensor.double().requires_grad_() for tensor in (x, *weights, *biases)]
    y = first
    for shape, found, weight, bias in zip(shapes, outputs, exact[: len(shapes)], exact[len(shapes) :], strict=True):
        y = truth(shape, y, weight, bias)
        torch.testing.assert_close(found, y.relu() if shape.relu else y, atol=1e-5, rtol=1e-4, check_dtype=False)
        y = y * (found > 0) if shape.relu else y  # rounding may have moved what is near zero to its other side
    y.backward(gradient.double())
    loose = {"atol": 1e-4 * count, "rtol": 1e-4, "check_dtype": False}
    torch.testing.assert_close(grad_x, first.grad, **{**loose, "atol": 1e-5 * sum(shape.output[2] for shape in shapes)})
    for found, tensor in zip([*grad_weights, *grad_biases], exact, strict=True):
        if tensor is not None:
            torch.testing.assert_close(found, tensor.grad, **loose)


SHAPES = {
    "kernel": st.sampled_from([3, 4, 5, 7]),
    "stride": st.sampled_from([1, 2]),
    "transposed": st.booleans(),
    "sides": st.tuples(st.integers(4, 17), st.integers(4, 17)),
    "odd": st.tuples(st.integers(0, 1), st.integers(0, 1)),
    "relu": st.booleans(),
    "biased": st.booleans(),
}
MANY = st.builds(shape_of, inputs=st.sampled_from([8, 16, 24, 40, 64]), outputs=st.sampled_from([8, 16, 32, 48, 80]), **SHAPES)
FEW = st.builds(shape_of, inputs=st.sampled_from([8, 16, 24]), outputs=st.sampled_from([1, 2, 3]), **SHAPES)
COUNTS, SEEDS = st.integers(1, 5), st.integers(0, 9)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(shape=MANY, machine=UNITS, count=COUNTS, seed=SEEDS)
def test_a_layer_of_any_shape_computes_what_pytorch_does(shape, machine, count, seed):
    agrees(Stack([conv_layers.Layer(shape, machine)], machine, wants_grad_x=True), count, seed)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(shape=FEW, machine=UNITS, count=COUNTS, seed=SEEDS)
def test_a_layer_with_few_outputs_does_too(shape, machine, count, seed):
    agrees(Stack([conv_layers.FewOutputs(shape, machine)], machine, wants_grad_x=True), count, seed)


@pytest.mark.parametrize("machine", [HOST, NARROW], ids=lambda machine: machine.cpu)
@pytest.mark.parametrize("last", [1, 3, 8])
def test_layers_one_behind_the_other_do_too(last: int, machine: Unit):
    first = shape_of(16, 24, 3, 2, False, (11, 9), (0, 0), biased=True, relu=True)
    second = shape_of(24, 16, 3, 2, True, first.output[:2], (0, 1), biased=False, relu=False)
    third = shape_of(16, 8, 5, 2, True, second.output[:2], (1, 1), biased=True, relu=True)
    fourth = shape_of(8, last, 3, 1, False, third.output[:2], (0, 0), biased=True, relu=False)
    kinds = [conv_layers.Layer] * 3 + [conv_layers.Layer if last == 8 else conv_layers.FewOutputs]
    layers = [kind(shape, machine) for kind, shape in zip(kinds, (first, second, third, fourth), strict=True)]
    stack = Stack(layers, machine, wants_grad_x=True)
    for count in (1, 5):
        agrees(stack, count, seed=count)


@pytest.mark.parametrize("inputs", [1, 3])
def test_pictures_need_no_gradient(inputs: int):
    shape = shape_of(inputs, 16, 3, 2, False, (9, 8), (0, 0))
    stack = stack_of(conv_layers.Layer(shape, HOST), wants_grad_x=False)
    x, (weight, _) = stored(3, inputs, 9, 8), parameters(shape)
    expected = truth(shape, x, weight.requires_grad_(), None)
    (y,) = stack.forward(x, [weight.detach()], [None])
    torch.testing.assert_close(y, expected.detach(), atol=1e-5, rtol=1e-5)
    gradient = stored(*expected.shape)
    expected.backward(gradient)
    grad_x, (grad_weight,), (grad_bias,) = stack.backward(x, gradient, [y], [weight.detach()])
    assert grad_x is None
    assert grad_bias is None
    torch.testing.assert_close(grad_weight, weight.grad, atol=1e-4, rtol=1e-4)


def test_three_rows_at_two_kernel_rows_take_three_products_for_four():
    """A kernel of 3 moved by 2: of three rows of the kernel, two are paired; for 8 x 8 outputs 5 products where 6 would be needed."""
    shape = shape_of(16, 16, 3, 2, False, (16, 16), (0, 0))
    paired, plain = (conv_plan(shape.image, shape.output, 3, 2, 1, paired) for paired in (True, False))

    def products(plan: ConvPlan) -> int:
        return sum(phase.outputs * len(phase.block.kernel_rows) * len(phase.kernel_columns) for phase in plan.phases)

    assert products(plain) == 8 * 8 * 9
    assert products(paired) == 8 * 8 * 9 * 5 // 6


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_two_threads_share_the_images_and_agree_with_one(count: int):
    shape = shape_of(16, 32, 3, 2, True, (6, 5), (1, 1), biased=True, relu=True)
    stack, x, (weight, bias) = stack_of(conv_layers.Layer(shape, HOST)), stored(count, 16, 6, 5), parameters(shape)
    (y,) = stack.forward(x, [weight], [bias])
    gradient = stored(*y.shape)

    def gradients() -> list[torch.Tensor]:
        grad_x, grad_weights, grad_biases = stack.backward(x, gradient, [y], [weight])
        return [grad_x, *grad_weights, *grad_biases]

    by_two, again = gradients(), gradients()
    torch.set_num_threads(1)
    assert torch.equal(y, stack.forward(x, [weight], [bias])[0])
    for two, same, one in zip(by_two, again, gradients(), strict=True):
        assert torch.equal(two, same)
        torch.testing.assert_close(two, one, atol=1e-3, rtol=1e-4)


def test_defaults_of_a_notebook_change_nothing():
    shape = shape_of(8, 8, 3, 1, False, (5, 5), (0, 0))
    stack, x, (weight, _) = stack_of(conv_layers.Layer(shape, HOST)), stored(2, 8, 5, 5), parameters(shape)
    (usual,) = stack.forward(x, [weight], [None])
    torch.set_default_dtype(torch.float64)
    try:
        anew = stack_of(conv_layers.Layer(shape, HOST))
        assert torch.equal(anew.forward(x, [weight], [None])[0], usual)
        grad_x, (grad_weight,), _ = anew.backward(x, usual, [usual], [weight])
    finally:
        torch.set_default_dtype(torch.float32)
    assert grad_x.dtype == grad_weight.dtype == torch.float32


def test_callers_at_the_same_time_do_not_meet():
    shape = shape_of(16, 16, 3, 2, False, (12, 12), (0, 0))
    stack, (weight, _) = stack_of(conv_layers.Layer(shape, HOST)), parameters(shape)
    batches = [stored(8, 16, 12, 12) for _ in range(16)]

    def through(x: torch.Tensor) -> list[torch.Tensor]:
        (y,) = stack.forward(x, [weight], [None])
        return [y, *stack.backward(x, y, [y], [weight])[1]]

    alone = [through(x) for x in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(through, batches * 4))
    for index, found in enumerate(together):
        assert all(map(torch.equal, found, alone[index % 16]))


@pytest.mark.parametrize("kind", [conv_layers.Layer, conv_layers.FewOutputs])
def test_what_is_not_a_number_is_not_hidden(kind: type[conv_layers.Layer]):
    """A ReLU that turned it into zero would let a training that has diverged go on."""
    shape = shape_of(8, 8 if kind is conv_layers.Layer else 1, 3, 1, False, (4, 4), (0, 0), relu=True)
    x = torch.full((1, 8, 4, 4), torch.nan).contiguous(memory_format=torch.channels_last)
    (y,) = stack_of(kind(shape, HOST)).forward(x, [parameters(shape)[0]], [None])
    assert y.isnan().all()


@given(machine=UNITS, channels=st.integers(1, 70).map(lambda count: 8 * count), places=st.integers(1, 1000))
def test_a_tile_stays_in_the_registers_and_divides_the_channels(machine: Unit, channels: int, places: int):
    tile = vector_unit.tile(machine, channels, places)
    assert tile.rows * tile.vectors + tile.vectors + 1 <= machine.registers
    assert tile.lanes <= machine.lanes
    assert channels % tile.width == 0


@pytest.mark.parametrize(
    ("inputs", "outputs", "wants_grad_x", "kind"),
    [
        (16, 32, True, conv_layers.Layer),
        (1, 32, False, conv_layers.Layer),
        (3, 8, False, conv_layers.Layer),
        (16, 1, True, conv_layers.FewOutputs),
        (24, 3, True, conv_layers.FewOutputs),
        (1, 32, True, None),
        (10, 16, True, None),
        (16, 10, True, None),
        (4, 1, True, None),
    ],
)
def test_other_channels_are_left_to_pytorch(inputs: int, outputs: int, wants_grad_x: bool, kind: type | None):
    stack = conv_stack.stack((shape_of(inputs, outputs, 3, 2, False, (8, 8), (0, 0)),), wants_grad_x)
    assert (None if stack is None else type(stack.layers[0])) is kind


def test_one_layer_without_code_leaves_its_stack_to_pytorch():
    shapes = shape_of(16, 10, 3, 2, False, (8, 8), (0, 0)), shape_of(10, 16, 3, 2, True, (4, 4), (1, 1))
    assert conv_stack.stack(shapes, wants_grad_x=True) is None
