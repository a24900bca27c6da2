"""A worker without a network: it counts steps into its run folder by the same calls as a real one. Knows no torch.

FAKE_STEPS, FAKE_SECONDS (of one step) and FAKE_SLOTS come from the environment; FAKE_WORKER is what is started next.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np

from vae_core.files.atomic import write_atomic
from vae_core.files.records import append_line
from vae_core.files.tensors import pack, read_packed
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.training import jobs
from vae_core.training.jobs import begin, held, stop_requested


def main(folder: str) -> None:
    run = Run(Path(folder))
    jobs.WORKER, jobs.SLOTS = os.environ["FAKE_WORKER"], int(os.environ["FAKE_SLOTS"])
    try:
        with held(run):
            append_line(run.path / "lives.jsonl", {"pid": os.getpid()})
            if begin(run):
                work(run, steps=int(os.environ["FAKE_STEPS"]), seconds=float(os.environ["FAKE_SECONDS"]))
            else:
                run.write_status(Status("stopped"))
    finally:
        jobs.advance(run.path.parent)


def work(run: Run, *, steps: int, seconds: float) -> None:
    append_line(run.path / "lives.jsonl", {"begin": time.time()})
    step = int(read_packed(run.resume)[0]["step"][0]) if run.resume.exists() else 0
    while step < steps and not stop_requested(run):
        step += 1
        append_line(run.path / "metrics.jsonl", {"step": step})
        state = pack({"step": np.array([step]), "ballast": np.zeros(20_000)}, {})
        write_atomic(run.weights, state)
        write_atomic(run.resume, state)
        run.write_status(Status("running", step=step, steps=steps))
        time.sleep(seconds)
    append_line(run.path / "lives.jsonl", {"end": time.time()})
    run.write_status(Status("finished" if step == steps else "stopped", step=step, steps=steps))


if __name__ == "__main__":
    main(sys.argv[1])
