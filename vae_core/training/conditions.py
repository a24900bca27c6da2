"""What the last bits of a training depend on besides its config: kept in its run, set again when it goes on, and told where that cannot be.

Reading what was kept needs no torch.
"""

import dataclasses
import platform
from dataclasses import dataclass
from pathlib import Path

from vae_core.errors import RunDamaged
from vae_core.files.records import read_json, write_json
from vae_core.runs.run import Run

WORDS = {
    "device": "device",
    "threads": "number of threads",
    "machine_code": "compiled layers",
    "precision": "precision",
    "torch": "version of PyTorch",
    "processor": "processor",
}


@dataclass(frozen=True)
class Conditions:
    """By what a training was computed. Where all of it is the same, so is every bit, on a CPU."""

    device: str
    threads: int
    machine_code: bool
    precision: str
    torch: str
    processor: str


def begin(run: Run, device: str) -> Conditions:
    """Keep how this process computes on a device, before a training's first step. Raises OSError."""
    found = here(device)
    write_json(run.conditions_file, {"began": dataclasses.asdict(found), "changed": "", "start": ""})
    return found


def keep_start(run: Run, sentence: str) -> None:
    """Keep what the training took from the weights of another run. Raises OSError."""
    write_json(run.conditions_file, read_json(run.conditions_file, signed=True) | {"start": sentence})


def take_up(run: Run, device: str) -> str:
    """Compute as the training began, as far as this machine can, before anything else is computed here; what differs is kept, and returned.

    Raises OSError.
    """
    import torch

    from vae_core.device import MEANS

    began = kept(run)
    if began is None:
        return "nobody kept by what it was computed before, so it may differ from a training without a break"
    torch.set_num_threads(began.threads)
    MEANS.machine_code, MEANS.half_precision = began.machine_code, began.precision != "float32"
    changed = _difference(began, here(device))
    if not changed:
        return ""
    remark = f"It went on by other means than it began with, so it may differ a little from a training without a break: {changed}."
    write_json(run.conditions_file, read_json(run.conditions_file, signed=True) | {"changed": remark})
    return remark


def remark(run: Run) -> str:
    """What has to be said of how a training went on, a sentence; empty when it was computed by the same means all along."""
    return _sentence(run, "changed")


def start(run: Run) -> str:
    """What the training took from the weights of another run, a sentence; empty when it began anew."""
    return _sentence(run, "start")


def here(device: str) -> Conditions:
    """By what this process computes on a device now."""
    import torch

    from vae_core import acceleration
    from vae_core.device import MEANS, autocast_dtype

    half = autocast_dtype(torch.device(device))
    return Conditions(
        device=device,
        threads=torch.get_num_threads(),
        machine_code=MEANS.machine_code and acceleration.available(),
        precision="float32" if half is None else str(half).removeprefix("torch."),
        torch=torch.__version__,
        processor=f"{_processor()}, {torch.backends.cpu.get_cpu_capability()}",
    )


def kept(run: Run) -> Conditions | None:
    """How the training began; None when nothing was kept or it was not written by this program."""
    try:
        began = Conditions(**read_json(run.conditions_file, signed=True)["began"])
    except (RunDamaged, KeyError, TypeError):
        return None
    fits = all(type(getattr(began, item.name)) is item.type for item in dataclasses.fields(began))
    return began if fits and 1 <= began.threads <= 4096 else None


def _sentence(run: Run, name: str) -> str:
    try:
        kept = read_json(run.conditions_file, signed=True)[name]
    except (RunDamaged, KeyError):
        return ""
    return kept if isinstance(kept, str) else ""


def _difference(began: Conditions, now: Conditions) -> str:
    """What is not as it was, each with both values."""
    pairs = [(WORDS[name], getattr(began, name), getattr(now, name)) for name in WORDS]
    return "; ".join(f"{word}: {_shown(after)}, before {_shown(before)}" for word, before, after in pairs if before != after)


def _shown(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _processor() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()
