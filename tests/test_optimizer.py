"""AdamW against PyTorch's own, step for step."""

import pytest
import torch
from torch import nn

from vae_core.training.optimizer import AdamW


@pytest.mark.parametrize("first_moment", [0.9, 0.5])
@pytest.mark.parametrize("fused", [True, False])
def test_it_moves_as_pytorchs_does_whatever_the_layout_the_rate_and_the_decay(fused, first_moment, monkeypatch):
    if not fused:
        monkeypatch.delattr(torch, "_fused_adamw_")
    generator = torch.Generator().manual_seed(0)
    shapes = [(8, 4, 3, 3), (5, 7), (6,), ()]
    starts = [torch.randn(shape, generator=generator) for shape in shapes]
    starts[0] = starts[0].contiguous(memory_format=torch.channels_last)
    ours, theirs = ([nn.Parameter(start.clone()) for start in starts] for _ in range(2))
    fixed = nn.Parameter(torch.ones(3), requires_grad=False)
    optimizer = AdamW([*ours, fixed], betas=(first_moment, 0.95), weight_decay=0.1)
    reference = torch.optim.AdamW(theirs, betas=(first_moment, 0.95), weight_decay=0.1, foreach=False)
    for number, rate in enumerate((1e-2, 5e-3, 1e-3, 0.1), start=1):
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.empty_like(one).normal_(generator=generator)
            other.grad = one.grad.clone()
        optimizer.step(number, rate)
        reference.param_groups[0]["lr"] = rate
        reference.step()
        assert [one.grad for one in ours] == [None] * len(ours)
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-7)
    assert fixed.tolist() == [1, 1, 1]
    state = reference.state_dict()["state"]
    expected = {f"{index}.{name}": state[index][name] for index in state for name in ("exp_avg", "exp_avg_sq")}
    torch.testing.assert_close(optimizer.moments(), expected, rtol=1e-6, atol=1e-7)
