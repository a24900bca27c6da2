"""A cheap worker of any queue: it notes when its turn began and ended, and starts the next. Knows neither numpy nor torch.

FAKE_SLOTS comes from the environment. A training is finished by its status, a projection by the file beside the runs that stands for all.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from vae_core.errors import RunError
from vae_core.files.records import append_line, read_json, write_json
from vae_core.processes.job import JobFolder
from vae_core.processes.queue import Queue

SECONDS = 0.03


def main(folder: Path) -> None:
    kind, root = ("projections", folder.parent.parent) if folder.parent.name == ".projecting" else ("trainings", folder.parent)
    try:
        with JobFolder(folder).held(0.0, RunError("taken")):
            begin = time.time()
            time.sleep(SECONDS)
            line = {"kind": kind, "job": folder.name, "pid": os.getpid(), "begin": begin, "end": time.time()}
            append_line(root / "turns.jsonl", line)
            finish(kind, root, folder)
    finally:
        Queue(root / ".queue" / kind, folder.parent, "fake_turn", int(os.environ["FAKE_SLOTS"]), lambda job, error: None).advance()


def finish(kind: str, root: Path, folder: Path) -> None:
    if kind == "trainings":
        write_json(folder / "status.json", read_json(folder / "status.json") | {"state": "finished"})
        (folder / "weights.safetensors").touch()
        return
    run, _, key = folder.name.rpartition("-")
    (root / run / "projections").mkdir(exist_ok=True)
    shutil.copy(root / "some.projection", root / run / "projections" / f"{key}.projection")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
