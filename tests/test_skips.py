"""The tutorial's network with skip connections is built as it was, to the last parameter."""

import torch
from torch import Tensor, nn

from benchmarks.skips import SkipNetwork


def parameters(*parts: nn.Module) -> int:
    return sum(parameter.numel() for part in parts for parameter in part.parameters())


def test_the_tutorials_network_has_exactly_its_parameters() -> None:
    with torch.device("meta"):
        network = SkipNetwork()
    assert parameters(network.down, network.mean, network.log_var) == 13_224_576
    assert parameters(network.up, network.image) == 13_953_347
    assert parameters(network) == 27_177_923


def test_far_more_numbers_go_past_the_code_than_through_it() -> None:
    network = SkipNetwork(4).eval()
    x = torch.rand(2, 3, 64, 64)

    def numbers(maps: Tensor) -> int:
        return maps[0].numel()

    with torch.no_grad():
        mean, _, skips = network.encode(x)
        assert network.decode(mean, skips).shape == x.shape
    assert sum(map(numbers, skips)) == 120 * numbers(mean)
