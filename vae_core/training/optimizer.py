"""AdamW in one fused pass over all parameters. Knows no model and no schedule.

torch.optim.AdamW computes the same, but to make one loads PyTorch's compiler: 1.5 seconds before every training's first step.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

EPSILON = 1e-8


class AdamW:
    """Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2, on the device of the parameters."""

    def __init__(self, parameters: Iterable[nn.Parameter], *, betas: tuple[float, float], weight_decay: float) -> None:
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        (self._first_moment, self._second_moment), self._weight_decay = betas, weight_decay

    def moments(self) -> dict[str, Tensor]:
        """The running means of all gradients and of their squares, under the names that PyTorch gives them."""
        means = {f"{index}.exp_avg": mean for index, mean in enumerate(self.means)}
        return means | {f"{index}.exp_avg_sq": square for index, square in enumerate(self.squares)}

    @torch.no_grad()
    def step(self, number: int, learning_rate: float) -> None:
        """Move all parameters, each of which has a gradient, and forget the gradients; `number` counts steps from 1."""
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        fused = getattr(torch, "_fused_adamw_", None)  # not promised by PyTorch
        if fused is None:
            self._step_one_by_one(gradients, number, learning_rate)
        else:
            count = torch.full((), float(number), device=self.means[0].device)
            fused(
                self.parameters,
                gradients,
                self.means,
                self.squares,
                [],
                [count] * len(self.parameters),
                lr=learning_rate,
                beta1=self._first_moment,
                beta2=self._second_moment,
                weight_decay=self._weight_decay,
                eps=EPSILON,
                amsgrad=False,
                maximize=False,
            )
        for parameter in self.parameters:
            parameter.grad = None

    def _step_one_by_one(self, gradients: list[Tensor], number: int, learning_rate: float) -> None:
        """The same in several passes over each parameter."""
        first, second = 1.0 - self._first_moment**number, 1.0 - self._second_moment**number
        for parameter, gradient, mean, square in zip(self.parameters, gradients, self.means, self.squares, strict=True):
            parameter.mul_(1.0 - learning_rate * self._weight_decay)
            mean.lerp_(gradient, 1.0 - self._first_moment)
            square.mul_(self._second_moment).addcmul_(gradient, gradient, value=1.0 - self._second_moment)
            parameter.addcdiv_(mean, (square / second).sqrt_().add_(EPSILON), value=-learning_rate / first)
