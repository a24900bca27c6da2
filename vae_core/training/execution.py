"""Carry out a run: wires data, training and the run folder. Knows no process and no page; the caller holds the lock."""

import dataclasses
import logging
import math
import os
import platform
import time
from collections.abc import Callable, Mapping

import numpy as np
import torch

from vae_core import data, device, models
from vae_core.config import RunConfig
from vae_core.data import equal_images
from vae_core.data.batches import Batches
from vae_core.data.binarisation import load_for
from vae_core.errors import DataError, Diverged, ExplorerError, ExportError
from vae_core.files.atomic import write_atomic
from vae_core.files.pictures import contact_sheet, webp
from vae_core.files.records import append_line, write_json, write_lines
from vae_core.files.storage import CHECKPOINTS, release
from vae_core.latent import codes, encode
from vae_core.models import evaluation, transfer, weights
from vae_core.models.export import export
from vae_core.runs import derived, findings, source
from vae_core.runs.measurements import Card
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.training import checkpoint, conditions, jobs, previews
from vae_core.training.loop import Record, Training

SECONDS_BETWEEN_SAVES = 20.0
SECONDS_BETWEEN_STATUS = 0.4
BOUND_SAMPLES = 50
BOUND_IMAGES = 1000
EFFORT = ("epochs", "seconds", "images_per_second", "device", "machine", "kernels")

log = logging.getLogger(__name__)


def execute(run: Run, watch: Callable[[Record, Training], None] = lambda record, training: None) -> Status:
    """Train `run` to its end, or until its stop file appears; take up where it was if there is something to take up.

    The caller holds the run's lock. Returns the last status written; a failure of ours is a status, not an exception.
    """
    try:
        return _Execution(run, watch).go()
    except ExplorerError as error:
        return _fail(run, str(error))
    except OSError as error:
        return _fail(run, f"{CHECKPOINTS.refusal('the training cannot be kept', error)}; what was saved before is kept")
    except (MemoryError, torch.OutOfMemoryError):
        return _fail(run, "there was not enough memory; use fewer images, a smaller width or a smaller batch")


class _Execution:
    """One run being trained: the data, the training and what goes to disk when."""

    def __init__(self, run: Run, watch: Callable[[Record, Training], None]) -> None:
        self.run, self.watch, self.config = run, watch, run.config
        self.status("running", "Loading the images")
        self.data = load_for(self.config.train)
        if equal_images.are_the_same(self.data.images, self.data.train):
            raise DataError(equal_images.refusal(len(self.data.train)))
        self.compute_as_before()
        self.training = Training(self.config, self.data)
        self.previews = previews.PreviewWriter(
            run.previews, self.training.model, self.training.batches, self.data, self.config.train.epochs
        )
        self.saved = self.told = time.monotonic()

    def compute_as_before(self) -> None:
        """Set what decides the last bits where a training goes on, keep it where one begins."""
        place = device.choose(self.config.train.device).type
        if self.run.resume.exists():
            remark = conditions.take_up(self.run, place)
            log.info("the training goes on: %s", conditions.here(place))
            if remark:
                log.warning("%s", remark)
        else:
            log.info("the training begins: %s", conditions.begin(self.run, place))

    def go(self) -> Status:
        if self.run.resume.exists():
            self.take_up()
        else:
            self.run.metrics_file.unlink(missing_ok=True)
            self.start_from()
            self.previews.write_preview(0)
            self.save()
        self.status("running", "Training")
        try:
            stopped = self.train()
        except Diverged as error:
            return self.status("failed", f"{error}; the weights from before are kept")
        self.status("running", "Measuring the model")
        self.export()
        keep_results(self.run, self.training.model, self.training.batches, self.data, _effort(self.training))
        if stopped:
            return self.status("stopped", "Stopped on request; it can be resumed")
        status = self.status("finished", "")
        self.run.resume.unlink(missing_ok=True)
        return status

    def start_from(self) -> None:
        """Give the network the weights of the run that it starts from, if there is one, and keep what it took."""
        run = source.source_of(self.config, self.run.path.parent)
        if run is None:
            return
        found = transfer.plan(run, self.config.model)
        transfer.apply(found, self.training.model)
        conditions.keep_start(self.run, str(found))
        log.info("%s", found)

    def train(self) -> bool:
        """Follow the training. Returns whether it was stopped before its end."""
        for number, record in enumerate(self.training):
            if number == 0:
                log.info("layers are computed by %s", self.training.acceleration.summary())
            if not math.isfinite(record.total):
                raise Diverged(f"the {record.split} loss stopped being a number at step {record.step:,}; try a smaller learning rate")
            append_line(self.run.metrics_file, _rounded(record))
            self.watch(record, self.training)
            if record.split == "validation":
                self.finish_epoch()
            elif time.monotonic() - self.saved > SECONDS_BETWEEN_SAVES:
                self.save()
            if time.monotonic() - self.told > SECONDS_BETWEEN_STATUS or record.split == "validation":
                self.status("running", "Training")
            if jobs.stop_requested(self.run) and not self.training.finished:
                self.save()
                return True
        self.save()
        if findings.is_absurd(self.config, self.final_loss()):
            raise Diverged(findings.WENT_WRONG)
        return False

    def final_loss(self) -> float:
        """What a held-out image costs with the weights that are kept; while a training is young, such numbers may be anything."""
        return self.training.best_total if self.training.best else self.run.metrics()[-1]["total"]

    def take_up(self) -> None:
        """Go on from the saved state; records made after it are dropped, they will come again."""
        checkpoint.load_training(self.training, self.run.resume)
        saved = self.training.step, self.training.validated == self.training.epoch
        kept = [record for record in self.run.metrics() if (record.get("step", 0), record.get("split") == "validation") <= saved]
        write_lines(self.run.metrics_file, kept)

    def finish_epoch(self) -> None:
        """The frame comes before the save, so that a training that is taken up lacks none."""
        epoch = self.training.epoch
        if epoch % self.previews.every == 0 or self.training.finished:
            self.previews.write_preview(epoch)
        self.save()
        self.export()

    def save(self) -> None:
        """Weights and all that a resume needs. Raises Diverged, with the files as they were, if a weight is not finite."""
        if not weights.save_weights(self.training.model, self.run.weights):
            raise Diverged(f"a weight stopped being a number before step {self.training.step + 1:,}; try a smaller learning rate")
        checkpoint.save_training(self.training, self.run.resume)
        self.saved = time.monotonic()

    def export(self) -> None:
        try:
            write_atomic(self.run.network, export(self.training.model))
        except ExportError as error:
            log.warning("not exported: %s", error)

    def status(self, state: str, message: str) -> Status:
        """Write where the training is; until there is one, where it was left."""
        status = dataclasses.replace(self.run.stored_status(), state=state, message=message)
        if hasattr(self, "training"):
            training = self.training
            status = dataclasses.replace(
                status, epoch=training.epoch, step=training.step, steps=training.steps, seconds=round(training.seconds, 3)
            )
        self.run.write_status(status)
        self.told = time.monotonic()
        return status


def measure(run: Run) -> Card:
    """Measure a trained run afresh on its data set, and write what follows from its weights again. Returns its card.

    Raises RunDamaged without usable weights, DataError without its data set, RunError when the disk refuses.
    """
    config = run.config
    model = weights.load_model(run)
    images = load_for(config.train)
    before = run.card() or {}
    effort = {name: value for name, value in before.items() if name in EFFORT}
    with CHECKPOINTS.writing("what was measured cannot be kept"):
        keep_results(run, model, _batches(config, images), images, effort)
    return run.card() or {}


def _batches(config: RunConfig, images: data.ImageSet) -> Batches:
    return Batches(images.images, torch.device("cpu"), images.labels if config.model.traits.is_conditional else None)


def keep_results(run: Run, model: models.Model, batches: Batches, images: data.ImageSet, effort: Mapping[str, object]) -> None:
    """Write the codes with thumbnails, the cover and the card of facts; `effort` is what the training took.

    Whatever was made of other codes or by other weights goes.
    """
    encoded = encode.encode_images(model, batches, images)
    before = run.codes.read_bytes() if run.codes.is_file() else b""
    codes.save(encoded, run.codes)
    shown = images.images[encoded.index[: codes.shown(encoded)]]
    write_atomic(run.thumbnails, webp(contact_sheet(shown, codes.THUMBNAIL_COLUMNS), lossless=shown.shape[1] == 1))
    write_atomic(run.cover, previews.cover(model, encoded.mean[: encoded.validation]))
    write_json(run.card_file, {**card(model, batches, images, encoded), "thumbnails": len(shown), **effort})
    if run.codes.read_bytes() != before:
        derived.forget(run)


def card(model: models.Model, batches: Batches, images: data.ImageSet, encoded: codes.Codes) -> Card:
    """Measured facts of a trained model; losses in nats per image on the validation images."""
    validation = torch.from_numpy(images.validation)
    elbo = evaluation.elbo(model, batches, validation)
    known, asked = slice(encoded.validation, None), slice(0, encoded.validation)
    facts: Card = {
        "reconstruction": elbo.reconstruction,
        "kl": elbo.kl,
        "active_units": evaluation.active_units(encoded.mean[asked]),
        "reconstruction_error": evaluation.reconstruction_error(model, batches, validation),
        "parameters": sum(models.parameter_counts(model)),
        "validation_images": len(validation),
        "training_images": len(images.train),
        "few_validation_images": len(validation) < findings.FEW,
        "background": _background(images.images[encoded.index[:BOUND_IMAGES]]),
    }
    if model.config.traits.minimises_total:
        facts |= {"elbo": -elbo.total, "bits_per_dimension": elbo.bits_per_dimension(model.config.image_shape)}
    if model.config.traits.kl_by_dimension:
        facts["kl_by_dimension"] = [round(float(value), 4) for value in elbo.kl_by_dimension]
    facts |= model.facts(torch.from_numpy(encoded.mean[asked]).to(model.log_sigma.device))
    if model.config.scoring.has_sigma:
        facts["sigma"] = float(model.pixel_log_sigma.detach().exp().mean())
    if model.config.traits.is_bound and model.config.traits.is_stochastic:
        some = validation[:: max(1, len(validation) // BOUND_IMAGES)]
        bound = evaluation.importance_weighted_bound(model, batches, some, samples=BOUND_SAMPLES)
        facts |= {"bound": -bound, "bound_samples": BOUND_SAMPLES, "bound_images": len(some)}
    if len(np.unique(encoded.labels)) > 1:
        facts["knn_accuracy"] = evaluation.knn_accuracy(
            encoded.mean[known], encoded.labels[known], encoded.mean[asked], encoded.labels[asked]
        )
        facts["largest_class"] = float(np.unique(encoded.labels[asked], return_counts=True)[1].max() / len(validation))
    return facts


def _background(images: np.ndarray) -> float:
    """Mean of the outermost pixels of uint8 (N, C, H, W), from 0 (black) to 1 (white): what the pictures stand on."""
    edges = (images[..., 0, :], images[..., -1, :], images[..., 1:-1, 0], images[..., 1:-1, -1])
    return round(float(np.concatenate([edge.reshape(-1) for edge in edges]).mean()) / 255, 4)


def _effort(training: Training) -> Card:
    """What the training took, and where."""
    images = training.step / training.steps_per_epoch * len(training.train_indices)
    return {
        "epochs": training.epoch,
        "seconds": round(training.seconds, 1),
        "images_per_second": round(images / max(training.seconds, 1e-9)),
        "device": training.device.type,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}",
        "kernels": training.acceleration.summary(),
    }


def _rounded(record: Record) -> dict[str, object]:
    """A record as a line of metrics.jsonl: six significant digits are more than the noise of a step."""
    values = dataclasses.asdict(record)
    values["terms"] = {name: float(f"{value:.6g}") for name, value in record.terms.items()}
    return {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in values.items() if value != {}}


def _fail(run: Run, message: str) -> Status:
    log.exception("the run failed")
    release(run.path)
    status = dataclasses.replace(run.stored_status(), state="failed", message=message)
    run.write_status(status)
    return status
