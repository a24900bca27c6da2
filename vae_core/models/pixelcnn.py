"""A PixelCNN over maps of code numbers: a learned, autoregressive prior of a discrete code. Knows no encoder and no image."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core.models.graph import Function

CHANNELS, BLOCKS = 32, 4


class CausalConvolution(nn.Conv2d):
    """A convolution that sees what was drawn before, row by row: mask A of van den Oord et al. 2016, and mask B with the place itself."""

    def __init__(self, channels: int, kernel: int, *, sees_itself: bool) -> None:
        super().__init__(channels, channels, kernel, padding=kernel // 2)
        self.sees_itself = sees_itself

    @property
    def causal_weight(self) -> Tensor:
        """The weights, zero where they would look ahead."""
        taps = self.weight.flatten(2)
        before = torch.arange(taps.shape[2], device=taps.device) < taps.shape[2] // 2 + self.sees_itself
        return (taps * before).view_as(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, h, w) -> (N, C, h, w)."""
        return functional.conv2d(input, self.causal_weight, self.bias, padding=self.padding)

    def plain(self) -> nn.Conv2d:
        """The same as a convolution with zeros among its weights."""
        kernel = self.kernel_size[0]
        convolution = nn.Conv2d(self.in_channels, self.out_channels, kernel, padding=kernel // 2)
        convolution.weight, convolution.bias = nn.Parameter(self.causal_weight.detach()), self.bias
        return convolution


class PixelCNN(nn.Module):
    """van den Oord et al. 2016, "Pixel recurrent neural networks", figure 5: each place's number given all before it, row by row."""

    def __init__(self, codebook: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(codebook, CHANNELS)
        self.first = CausalConvolution(CHANNELS, 5, sees_itself=False)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.ReLU(), CausalConvolution(CHANNELS, 3, sees_itself=True), nn.ReLU(), nn.Conv2d(CHANNELS, CHANNELS, 1))
            for _ in range(BLOCKS)
        )
        self.last = nn.Sequential(nn.ReLU(), nn.Conv2d(CHANNELS, CHANNELS, 1), nn.ReLU(), nn.Conv2d(CHANNELS, codebook, 1))

    def forward(self, indices: Tensor) -> Tensor:
        """Maps of code numbers (N, h, w) -> logits (N, K, h, w) of every place, given the places before it."""
        x = self.first(self.embedding(indices).permute(0, 3, 1, 2))
        for block in self.blocks:
            x = x + block(x)
        logits: Tensor = self.last(x)
        return logits.float()

    def nats(self, indices: Tensor) -> Tensor:
        """-log p of maps (N, h, w), in nats (N,)."""
        return functional.cross_entropy(self(indices), indices, reduction="none").flatten(1).sum(1)

    @torch.no_grad()
    def sample(self, n: int, sides: tuple[int, int], generator: torch.Generator) -> Tensor:
        """n maps (n, h, w), drawn place by place."""
        drawn = torch.zeros((n, *sides), dtype=torch.int64, device=generator.device)
        for row in range(sides[0]):
            for column in range(sides[1]):
                chances = self(drawn[:, : row + 1])[:, :, row, column].softmax(1)  # nothing below is looked at
                drawn[:, row, column] = torch.multinomial(chances, 1, generator=generator)[:, 0]
        return drawn

    def write(self, function: Function, sides: tuple[int, int]) -> None:
        """Write `indices` (places,) -> `logits` (K, h, w) for the browser."""
        indices = function.input("indices", (sides[0] * sides[1],))
        x = function.chain([self.first.plain()], function.gather(indices, self.embedding.weight, sides))
        for block in self.blocks:
            x = function.add(x, function.chain(_plain(block), x))
        function.output("logits", function.chain(self.last, x))


def _plain(layers: nn.Module) -> list[nn.Module]:
    return [layer.plain() if isinstance(layer, CausalConvolution) else layer for layer in layers.children()]
