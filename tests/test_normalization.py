"""Batch norm and SiLU in machine code: PyTorch's numbers in double precision, and what is remembered of batches."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from vae_core.acceleration import Report, accelerate, normalization, vector_unit
from vae_core.acceleration.compiler import compile_function
from vae_core.acceleration.function import Function
from vae_core.acceleration.normalization import Normalization
from vae_core.acceleration.sigmoid import sigmoid
from vae_core.acceleration.vector_unit import Unit

if vector_unit.unit() is None:
    pytest.skip("this machine has no vector unit that we write code for", allow_module_level=True)


class Trusting(Report):
    """Uses compiled code without a comparison: these tests compare it, with numbers in double precision."""

    def accepts(self, *_: object) -> bool:
        return True


def accelerated(*modules: nn.Module) -> nn.Sequential:
    return accelerate(nn.Sequential(*modules), Trusting())


HOST = vector_unit.unit()
NARROW = Unit("haswell", "+avx2,+fma", 8, 16)


def norm_of(channels: int, random: torch.Generator) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels)
    nn.init.normal_(norm.weight, generator=random)
    nn.init.normal_(norm.bias, generator=random)
    return norm


def results(network: nn.Module, x: torch.Tensor, gradient: torch.Tensor) -> list[torch.Tensor]:
    """Outputs, gradients and what is remembered, after two batches."""
    x = x.detach().clone().requires_grad_()
    network(x * 2)
    y = network(x)
    found = torch.autograd.grad(y, [x, *network.parameters()], gradient.to(y.dtype))
    return [y.detach(), *found, *network.buffers()]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    channels=st.sampled_from([8, 16, 24, 32, 80]),
    sides=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    count=st.integers(2, 6),
    offset=st.sampled_from([0.0, -3.0, 100.0]),
    spread=st.sampled_from([0.1, 1.0, 30.0]),
    machine=st.sampled_from([HOST, NARROW]),
    threads=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_images_of_any_shape_become_what_pytorch_makes_of_them(channels, sides, count, offset, spread, machine, threads, seed):
    random = torch.Generator().manual_seed(seed)
    norm = norm_of(channels, random)
    exact = nn.Sequential(nn.BatchNorm2d(channels).double(), nn.SiLU())
    exact[0].load_state_dict(norm.state_dict())
    x = offset + spread * torch.randn(count, channels, *sides, generator=random)
    gradient = torch.randn(x.shape, generator=random)
    lanes = vector_unit.tile(machine, channels, 1).lanes
    before, found = torch.get_num_threads(), normalization.normalization
    torch.set_num_threads(threads)
    normalization.normalization = lambda channels, epsilon: Normalization(channels, epsilon, lanes, machine)
    try:
        ours = results(accelerated(norm, nn.SiLU()), x, gradient)
    finally:
        torch.set_num_threads(before)
        normalization.normalization = found
    theirs = results(exact, x.double(), gradient)
    lost = 5e-6 * (1 + abs(offset) / spread)  # where the mean is rounded, of numbers that are normalised
    for mine, known in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, known, atol=lost * max(1.0, 1.0 / spread, float(known.abs().max())), rtol=0.0, check_dtype=False)


@pytest.mark.parametrize("stored", [torch.contiguous_format, torch.channels_last])
def test_layers_take_the_two_at_once_however_images_are_stored(stored: torch.memory_format):
    random = torch.Generator().manual_seed(0)
    modules = [norm_of(16, random), nn.SiLU(), nn.BatchNorm2d(16), nn.ReLU()]
    x = torch.randn(4, 16, 5, 3, generator=random).contiguous(memory_format=stored).requires_grad_()
    y = accelerated(*modules)(x)
    assert "CompiledNormSiLUBackward" in names(y.grad_fn)
    torch.testing.assert_close(y, nn.Sequential(*modules)(x), atol=1e-5, rtol=1e-5)


def names(node: torch.autograd.graph.Node | None) -> set[str]:
    return set() if node is None else {type(node).__name__}.union(*(names(before) for before, _ in node.next_functions))


def test_what_was_learned_of_batches_is_used_when_learning_is_over():
    random = torch.Generator().manual_seed(0)
    layers = accelerated(norm_of(16, random), nn.SiLU())
    for _ in range(3):
        layers(5 + torch.randn(8, 16, 4, 4, generator=random))
    norm, x = layers[0][0].eval(), torch.randn(2, 16, 4, 4, generator=random)
    assert norm.num_batches_tracked == 3
    assert norm.running_mean.mean() == pytest.approx(5 * (1 - 0.9**3), abs=0.1)
    torch.testing.assert_close(layers(x), nn.functional.silu(norm(x)))


def test_what_is_not_a_number_stays_so():
    x = torch.randn(4, 16, 3, 3).contiguous(memory_format=torch.channels_last)
    x[1, 2, 0, 0] = torch.nan
    y = accelerated(nn.BatchNorm2d(16), nn.SiLU())(x)
    assert y[:, 2].isnan().all()
    assert y[:, :2].isfinite().all()


def test_two_threads_do_the_same_again():
    code, random = normalization.normalization(16, 1e-5), torch.Generator().manual_seed(0)
    x = torch.randn(32, 16, 9, 9, generator=random).contiguous(memory_format=torch.channels_last)
    weight, bias = torch.randn(2, 16, generator=random)

    def through() -> list[torch.Tensor]:
        y, statistics = code.forward(x, weight, bias)
        return [y, statistics, *code.backward(x, y, weight, bias, statistics)]

    first = through()
    for _ in range(20):
        again = through()
        assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


def test_second_derivatives_are_refused():
    x = torch.randn(4, 16, 3, 3, requires_grad=True)
    (first,) = torch.autograd.grad(accelerated(nn.BatchNorm2d(16), nn.SiLU())(x).pow(3).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


@pytest.mark.parametrize("machine", [HOST, NARROW], ids=lambda machine: machine.cpu)
def test_a_sigmoid_is_right_to_the_last_places_for_every_number(machine: Unit):
    code = Function("sigmoids")
    x, y = code.floats(), code.floats()
    _, first, end = code.share(code.integer())
    with code.loop(first, end) as place:
        start = code.times(place, machine.lanes)
        code.store(sigmoid(code, code.load(x, start, machine.lanes)), y, start)
    compiled = compile_function(code, machine)
    numbers = torch.cat([torch.linspace(-100, 100, 200_000 - 6), torch.tensor([0.0, -0.0, 1e30, -1e30, torch.inf, -torch.inf])])
    found = torch.empty_like(numbers)
    compiled(2, numbers.data_ptr(), found.data_ptr(), len(numbers) // machine.lanes)
    known = torch.sigmoid(numbers.double())
    torch.testing.assert_close(found.double(), known, rtol=5e-7, atol=1e-37)
