"""A small convolutional classifier of MNIST's digits, trained here on real images alone: an independent judge of what models draw."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core import data
from vae_core.data.batches import Batches

EPOCHS, BATCH, LEARNING_RATE = 3, 128, 2e-3


def network() -> nn.Sequential:
    """Two convolutions and two dense layers: images (N, 1, 28, 28) in [0, 1] -> logits (N, 10)."""
    return nn.Sequential(
        nn.Conv2d(1, 24, 5, 2, 2), nn.BatchNorm2d(24), nn.ReLU(), nn.Conv2d(24, 48, 5, 2, 2), nn.BatchNorm2d(48), nn.ReLU(),
        nn.Flatten(), nn.Linear(48 * 49, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 10),
    )  # fmt: skip


def train(seed: int = 0) -> tuple[nn.Sequential, float]:
    """The classifier, in evaluation mode, and the part of MNIST's 10,000 test images that it gets right."""
    torch.manual_seed(seed)
    images, model = data.load("mnist"), network()
    assert images.labels is not None
    batches = Batches(images.images, torch.device("cpu"), images.labels)
    training, held_out = torch.from_numpy(images.train), torch.from_numpy(images.validation)
    steps = EPOCHS * len(training.split(BATCH))
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for some in training[torch.randperm(len(training))].split(BATCH):
            optimizer.zero_grad()
            functional.cross_entropy(model(batches[some]), batches.labels(some)).backward()
            optimizer.step()
            schedule.step()
    model.eval()
    right = [(classify(model, batches[some]) == batches.labels(some)).float().sum() for some in held_out.split(1000)]
    return model, float(torch.stack(right).sum()) / len(held_out)


@torch.inference_mode()
def classify(model: nn.Module, images: Tensor) -> Tensor:
    """Labels int64 (N,) of images (N, 1, 28, 28) in [0, 1]."""
    return model(images).argmax(1)
