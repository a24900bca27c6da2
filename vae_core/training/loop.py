"""Training: a generator of records. Knows no disk, no screen and no process; whoever iterates decides when to stop."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from vae_core import device as devices
from vae_core import models
from vae_core.acceleration import Report, accelerate
from vae_core.config import RunConfig
from vae_core.data.batches import Batches
from vae_core.data.image_set import ImageSet
from vae_core.errors import ConfigError, Diverged
from vae_core.models import Batch, Losses, evaluation
from vae_core.training import augmentation, corruption
from vae_core.training.beta_schedule import beta_at
from vae_core.training.lr_schedule import learning_rate_at
from vae_core.training.optimizer import AdamW

REPORTS_PER_EPOCH = 10
CODES_FOR_PRIOR = 5000  # of training images, shown to a model that asks for codes


@dataclass(frozen=True)
class Record:
    """Losses in nats per image: averaged over the last steps (train) or the whole validation set (validation)."""

    split: str
    step: int
    epoch: float
    total: float
    reconstruction: float
    kl: float
    beta: float
    learning_rate: float
    images_per_second: float
    seconds: float
    terms: dict[str, float] = field(default_factory=dict)
    """further losses of the family, by the names that its traits declare"""


class Training:
    """One training: iterate over it to train; stop iterating to stop; `state` and `restore` to go on elsewhere.

    `total` is always reconstruction + KL, whatever the objective is: -ELBO, where the family's loss is a bound.
    """

    def __init__(self, config: RunConfig, data: ImageSet) -> None:
        if len(data.train) < 2 or len(data.validation) < 1:
            raise ConfigError(
                f"{config.train.dataset} gives {len(data.train)} training images; at least 2, and 1 for validation, are needed"
            )
        if data.images.shape[1:] != config.model.image_shape:
            raise ConfigError(f"the images are {data.images.shape[1:]}, the model expects {config.model.image_shape}")
        if config.model.traits.is_conditional and len(data.info.class_names) != config.model.classes:
            raise ConfigError(f"{config.train.dataset} has {len(data.info.class_names)} classes, the model expects {config.model.classes}")
        self.config = config
        self.device = devices.choose(config.train.device)
        if self.device.type == "cpu":
            devices.keep_freed_memory()
        self.batches = Batches(data.images, self.device, data.labels)
        self.train_indices = torch.from_numpy(np.asarray(data.train, np.int64))
        self.validation_indices = torch.from_numpy(np.asarray(data.validation, np.int64))
        self.model = models.build(config.model, config.train.seed).to(self.device)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # its stub does not know the argument
        self.acceleration = Report()
        self._fast = accelerate(self.model, self.acceleration)
        betas = (config.train.adam_beta1, config.train.adam_beta2)
        self.optimizer = AdamW(self.model.parameters(), betas=betas, weight_decay=config.train.weight_decay)
        self.noise = torch.Generator(self.device).manual_seed(config.train.seed)
        fewest = 2 if any(isinstance(part, _BatchNorm) for part in self.model.modules()) else 1  # one image has no variance
        self.steps_per_epoch = steps_per_epoch(len(self.train_indices), config.train.batch_size, fewest)
        self.steps = self.steps_per_epoch * config.train.epochs
        self.step = 0
        self.validated = 0
        self.seconds = 0.0
        self.best: dict[str, Tensor] | None = None
        self.best_total = math.inf
        self.epochs_without_gain = 0
        self._autocast = devices.autocast_dtype(self.device)

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self.step // self.steps_per_epoch

    @property
    def finished(self) -> bool:
        """Whether every epoch is done or early stopping has spoken."""
        patience = self.config.train.patience
        enough = self.step >= self.steps or bool(patience and self.epochs_without_gain >= patience)
        return enough and self.validated == self.epoch

    def __iter__(self) -> Iterator[Record]:
        """Train from where we are. Yields about ten training records an epoch and a validation record after each.

        Raises Diverged when a loss is not a finite number.
        """
        while not self.finished:
            if self.validated < self.epoch:
                yield self._validate()
            else:
                yield from self._epoch()
        if self.best is not None:
            self.model.load_state_dict(self.best)

    def state(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Everything that decides how the training goes on: tensors by name, and numbers."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"optimizer.{name}": value for name, value in self.optimizer.moments().items()}
        tensors["noise"] = self.noise.get_state()
        tensors |= {f"best.{name}": value for name, value in (self.best or {}).items()}
        numbers = {"step": self.step, "validated": self.validated, "seconds": self.seconds, "epochs_without_gain": self.epochs_without_gain}
        return tensors, numbers | ({"best_total": self.best_total} if self.best else {})

    def restore(self, tensors: dict[str, Tensor], numbers: dict[str, float]) -> None:
        """Take up the training where `state` was called: on the same CPU, bit for bit."""
        self.model.load_state_dict(_under("model.", tensors))
        for name, moment in self.optimizer.moments().items():
            moment.copy_(tensors[f"optimizer.{name}"])
        self.noise.set_state(tensors["noise"].cpu())
        self.best = _under("best.", tensors) or None
        self.best_total = numbers.get("best_total", math.inf)
        self.step, self.validated = int(numbers["step"]), int(numbers["validated"])
        self.seconds = float(numbers["seconds"])
        self.epochs_without_gain = int(numbers["epochs_without_gain"])

    def _epoch(self) -> Iterator[Record]:
        """The rest of the current epoch; the order of the images depends on the seed and the epoch alone."""
        order = torch.Generator().manual_seed(self.config.train.seed * 1_000_003 + self.epoch)
        shuffled = self.train_indices[torch.randperm(len(self.train_indices), generator=order)]
        batches = shuffled.tensor_split(self.steps_per_epoch)
        every = max(1, self.steps_per_epoch // REPORTS_PER_EPOCH)
        if self.step == 0:
            self.model.begin_training(self.batches, self.train_indices, self.config.train.seed)
        first, window = self.step % self.steps_per_epoch, _Window()
        if first == 0:
            self.model.begin_epoch(self.epoch, lambda: self._codes(shuffled[:CODES_FOR_PRIOR]))
        for index in range(first, self.steps_per_epoch):
            window.add(self._step(batches[index]))
            if (index + 1) % every == 0 or index + 1 == self.steps_per_epoch:
                yield self._record(window)
                window = _Window()

    def _step(self, indices: Tensor) -> Losses:
        """One step of the optimizer. Returns the batch's losses."""
        settings = self.config.train
        if not self.model.training:
            self.model.train()
        losses = self._losses(indices)
        if not math.isfinite(losses.objective.item()):
            raise Diverged(f"the loss stopped being a number at step {self.step + 1:,} of {self.steps:,}; try a smaller learning rate")
        torch.autograd.backward(losses.objective)
        if settings.gradient_clip:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.gradient_clip)
        self.optimizer.step(self.step + 1, learning_rate_at(settings, self.step / self.steps))
        self.step += 1
        return losses

    @torch.no_grad()
    def _codes(self, indices: Tensor) -> Tensor:
        """One code (N, D) of each image, drawn by the training's seed alone."""
        self.model.eval()
        generator = torch.Generator(self.device).manual_seed(self.config.train.seed)
        parts = [self.model.encode(self.batches[some], self.batches.labels(some)) for some in torch.split(indices, evaluation.BATCH)]
        return torch.cat([part.sample(generator) for part in parts])

    def _draw_images(self, indices: Tensor) -> Tensor:
        """The images of a step (N, C, H, W) as the model is to reconstruct them."""
        settings, x = self.config.train, self.batches[indices]
        if augmentation.is_wanted(settings):
            x = augmentation.augment(x, settings, self.noise)
        return torch.bernoulli(x, generator=self.noise) if settings.binarise == "each" else x

    @contextmanager
    def _seeded_dropout(self) -> Iterator[None]:
        """Seed the global generator, which nn.Dropout draws from, by the step, and give it back as it was; nothing without dropout."""
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices, enabled=bool(self.config.model.dropout)):
            if self.config.model.dropout:
                torch.manual_seed(self.config.train.seed * 1_000_003 + self.step)
            yield

    def _losses(self, indices: Tensor) -> Losses:
        """The losses of a step's images, by the model's accelerated twin."""
        settings, x = self.config.train, self._draw_images(indices)
        batch = Batch(x, corruption.corrupt(x, settings, self.noise), self.batches.labels(indices))
        beta = beta_at(settings, self.step / self.steps)
        with self._seeded_dropout(), torch.autocast(self.device.type, self._autocast, enabled=self._autocast is not None):
            return self._fast.losses(batch, settings, beta, self.noise)

    def _record(self, window: "_Window") -> Record:
        means, images, seconds = window.close()
        self.seconds += seconds
        return self._as_record("train", means.pop("reconstruction"), means.pop("kl"), images / max(seconds, 1e-9), means)

    def _validate(self) -> Record:
        """The ELBO of the validation images; remembers the best weights when early stopping is on."""
        started = time.perf_counter()
        elbo = evaluation.elbo(self.model, self.batches, self.validation_indices)
        seconds = time.perf_counter() - started
        self.seconds += seconds
        self.validated = self.epoch
        if self.config.train.patience:
            self._remember(elbo.total)
        return self._as_record("validation", elbo.reconstruction, elbo.kl, len(self.validation_indices) / max(seconds, 1e-9))

    def _remember(self, total: float) -> None:
        if total < self.best_total:
            self.best = {name: value.clone() for name, value in self.model.state_dict().items()}
            self.best_total, self.epochs_without_gain = total, 0
        else:
            self.epochs_without_gain += 1

    def _as_record(self, split: str, reconstruction: float, kl: float, rate: float, terms: dict[str, float] | None = None) -> Record:
        settings, done = self.config.train, (self.step - 1) / self.steps
        return Record(
            split=split,
            step=self.step,
            epoch=self.step / self.steps_per_epoch,
            total=reconstruction + kl,
            reconstruction=reconstruction,
            kl=kl,
            beta=beta_at(settings, done),
            learning_rate=learning_rate_at(settings, done),
            images_per_second=rate,
            seconds=self.seconds,
            terms=terms or {},
        )


def steps_per_epoch(images: int, batch_size: int, fewest: int) -> int:
    """Batches of about equal size, at most `batch_size` images, unless the last would then have less than `fewest` images (1 or 2)."""
    return min(math.ceil(images / batch_size), images // fewest)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


class _Window:
    """Losses summed on the device, read once: the mean over some steps, weighted by their images."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._losses: dict[str, list[Tensor]] = {}
        self._images: list[int] = []

    def add(self, losses: Losses) -> None:
        means = {"reconstruction": losses.reconstruction.detach().mean(), "kl": losses.kl.detach().sum(1).mean()}
        for name, value in {**means, **losses.terms}.items():
            self._losses.setdefault(name, []).append(value.detach())
        self._images.append(len(losses.reconstruction))

    def close(self) -> tuple[dict[str, float], int, float]:
        """Means by name, images, seconds."""
        weights = torch.tensor(self._images, dtype=torch.float64)
        means = {name: float(torch.stack(values).cpu().double() @ weights / weights.sum()) for name, values in self._losses.items()}
        return means, int(weights.sum()), time.perf_counter() - self._started
