"""How fast training is, and how good: our loop and recipe against the tutorials', in one call, interleaved.

    python benchmarks/training.py                 # all of it, some 6 minutes on two cores; needs the full MNIST
    python benchmarks/training.py --throughput    # only images a second

The tutorial's loop is what its text does, made right: torchvision's MNIST (a Dataset of PIL images) with ToTensor, a
DataLoader that shuffles batches of 128, Adam at 1e-3, float32, the same layers and parameters. Every measurement runs in
a fresh process, loops take turns, and medians of the turns are compared.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional

from vae_core import data
from vae_core.data import torchvision_sets
from vae_core.data.torchvision_import import import_torchvision
from vae_core.models import evaluation
from vae_core.presets import configure
from vae_core.training.loop import Training

TURNS = 5
STEPS = 60
WARM_UP = 10
TUTORIAL_EPOCHS = 30
TARGET_NATS = 146.6
SPRINT_EPOCHS = 3
FULL_EPOCHS = 10


class TutorialVAE(nn.Module):
    """The Keras tutorial's network as a PyTorch tutorial would write it: 69,076 and 65,089 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(3136, 16), nn.ReLU()
        )
        self.mean, self.log_var = nn.Linear(16, 2), nn.Linear(16, 2)
        self.decoder = nn.Sequential(
            nn.Linear(2, 3136),
            nn.ReLU(),
            nn.Unflatten(1, (64, 7, 7)),
            nn.ConvTranspose2d(64, 64, 3, 2, 1, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 3, 2, 1, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 1, 3, 1, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        h = self.encoder(x)
        mean, log_var = self.mean(h), self.log_var(h)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        return self.decoder(z), mean, log_var


def tutorial_rate() -> float:
    """Images a second of the tutorial's loop."""
    torchvision = import_torchvision()
    images = torchvision.datasets.MNIST(torchvision_sets.root(), train=True, transform=torchvision.transforms.ToTensor())
    loader = torch.utils.data.DataLoader(images, batch_size=128, shuffle=True)
    model = TutorialVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    times = []
    for step, (x, _) in enumerate(loader):
        decoded, mean, log_var = model(x)
        reconstruction = functional.binary_cross_entropy(decoded, x, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())
        loss = (reconstruction + kl) / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        times.append((time.perf_counter(), loss.item()))
        if step == WARM_UP + STEPS:
            break
    return 128 * STEPS / (times[-1][0] - times[WARM_UP][0])


def our_rate() -> float:
    """Images a second of our loop on the same network, batch size and data."""
    training = Training(configure("tutorial-keras"), data.load("mnist"))
    started = first = None
    for record in training:
        if started is None:
            started, first = time.perf_counter(), record.step
        elif record.step >= first + STEPS:
            return 128 * (record.step - first) / (time.perf_counter() - started)
    raise RuntimeError("the training ended before it could be timed")


def gemm_rate() -> float:
    """float32 multiply-adds a second, times two, of a large matrix product: what this machine can do at best."""
    a, b = torch.randn(2, 2048, 2048)
    times = []
    for _ in range(8):
        started = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - started)
    return 2 * 2048**3 / statistics.median(times[2:])


def recipe(preset: str, **settings: object) -> dict[str, float]:
    """Train a preset as it is, or with some settings changed; -ELBO on the held-out images and seconds of training."""
    training = Training(configure(preset, settings), data.load(configure(preset).train.dataset))
    for record in training:
        if record.split == "validation":
            sys.stderr.write(f"  {preset} epoch {record.epoch:.0f}: {record.total:.2f} nats, {record.seconds:.1f} s\n")
    elbo = evaluation.elbo(training.model, training.batches, training.validation_indices, seed=1)
    return {"nats": elbo.total, "seconds": training.seconds}


def flops_per_image() -> float:
    """Multiply-adds of a forward pass of the tutorial's network, times two, times three for forward and backward."""
    multiplications = 14 * 14 * 32 * 9 + 7 * 7 * 64 * 32 * 9 + 3136 * 16 + 16 * 4
    multiplications += 2 * 3136 + 7 * 7 * 64 * 64 * 9 + 14 * 14 * 64 * 32 * 9 + 28 * 28 * 32 * 9
    return 6.0 * multiplications


def apart(name: str, **settings: object) -> object:
    """Run one measurement of this file in a fresh process, so that none profits from another's warm memory."""
    command = [sys.executable, __file__, "--measure", json.dumps([name, settings])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def throughput() -> dict[str, float]:
    turns = [(apart("tutorial_rate"), apart("our_rate"), apart("gemm_rate")) for _ in range(TURNS)]
    theirs, ours, gemm = (statistics.median(values) for values in zip(*turns, strict=True))
    ratio = statistics.median(our / their for their, our, _ in turns)
    fraction = statistics.median(our * flops_per_image() / peak for _, our, peak in turns)
    print(f"{'loop, on the tutorial network':34} images/s   of {TURNS} turns")
    print(f"{'tutorial (PIL, DataLoader, Adam)':34} {theirs:8,.0f}   {[round(turn[0]) for turn in turns]}")
    print(f"{'ours':34} {ours:8,.0f}   {[round(turn[1]) for turn in turns]}")
    print(f"{'ratio':34} {ratio:8.2f}")
    print(f"{'large matrix product':34} {gemm / 1e9:8.0f}   GFLOP/s, of which our loop uses {fraction:.0%}")
    return {"throughput_ratio": ratio, "gemm_fraction": fraction, "tutorial_images_per_second": theirs, "our_images_per_second": ours}


def quality(tutorial_images_per_second: float) -> dict[str, float]:
    tutorial_seconds = TUTORIAL_EPOCHS * 60_000 / tutorial_images_per_second
    sprint = apart("recipe", preset="mnist-2d", epochs=SPRINT_EPOCHS)
    full = apart("recipe", preset="mnist-2d", epochs=FULL_EPOCHS)
    quick = apart("recipe", preset="mnist-2d-quick")
    print(f"{'recipe':34} -ELBO, held-out nats   seconds")
    print(f"{'tutorial, 30 epochs':34} {TARGET_NATS:>10} (its own)      {tutorial_seconds:8.1f}  extrapolated from the measured steps")
    print(f"{f'mnist-2d, {SPRINT_EPOCHS} epochs':34} {sprint['nats']:10.2f}                {sprint['seconds']:8.1f}")
    print(f"{f'mnist-2d, {FULL_EPOCHS} epochs':34} {full['nats']:10.2f}                {full['seconds']:8.1f}")
    print(f"{'mnist-2d-quick, 10,000 images':34} {quick['nats']:10.2f}                {quick['seconds']:8.1f}")
    return {
        "time_to_target_ratio": sprint["seconds"] / tutorial_seconds,
        "target_nats": sprint["nats"],
        "final_nats": full["nats"],
        "quick_nats": quick["nats"],
        "quick_seconds": quick["seconds"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--throughput", action="store_true", help="only images a second")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        name, settings = json.loads(options.measure)
        print(json.dumps(globals()[name](**settings)))
        return
    data.load("mnist")
    figures = throughput()
    if not options.throughput:
        figures |= quality(figures["tutorial_images_per_second"])
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
