"""Layers that PyTorch has no modules for: residual blocks, and upsampling without a checkerboard. Knows no config."""

from torch import Tensor, nn
from torch.nn import functional


class Residual(nn.Module):
    """x + body(x), for a body that gives as many channels and pixels as it is given (He et al. 2016, figure 2)."""

    def __init__(self, *body: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x: Tensor) -> Tensor:
        """x (N, C, H, W) -> the same shape."""
        y: Tensor = x + self.body(x)
        return y


class NearestUpsample(nn.Module):
    """Every pixel twice as high and as wide, then a convolution: each pixel is made alike, without a checkerboard (Odena et al. 2016).

    Both at once are a transposed convolution with a kernel that is one wider, which takes less than half the multiplications.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, sides: tuple[int, int], *, bias: bool) -> None:
        """sides: (height, width) of what it gives: twice what it is given, or one less, without the last row or column."""
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=bias)
        self.sides, self.padding = sides, kernel // 2

    @property
    def weight(self) -> Tensor:
        """Of the transposed convolution of stride 2 (inputs, outputs, kernel + 1, kernel + 1): sums of the weights that meet one pixel."""
        mirrored = self.convolution.weight.flip(2, 3)
        return functional.avg_pool2d(mirrored, 2, stride=1, padding=1, divisor_override=1).transpose(0, 1)

    @property
    def bias(self) -> Tensor | None:
        """(outputs,), if there is one."""
        return self.convolution.bias

    def forward(self, x: Tensor) -> Tensor:
        """x (N, inputs, H, W) -> (N, outputs, *sides)."""
        height, width = self.sides
        return functional.conv_transpose2d(x, self.weight, self.bias, stride=2, padding=self.padding)[..., :height, :width]
