"""Everything that writes, done once in a world of its own: by a test, or by another user, `python tests/refused.py FOLDER`."""

import dataclasses
import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
from odd_archives import ordinary, picture
from places import become_nobody

from vae_core import data, runs
from vae_core.data import own, torchvision_sets
from vae_core.errors import ExplorerError
from vae_core.latent import encoded_sets
from vae_core.presets import configure
from vae_core.projections import jobs as projection_jobs
from vae_core.projections.request import Request
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.training import jobs

GREY = (1, 8, 8)
QUICK = Request("umap", parameters={"epochs": 20}, count=200)
UNDER_WAY = Request("tsne", count=200)
# Stands in the place of torchvision's downloader: it fetches one file of five megabytes.
FETCH = "import sys, pathlib; pathlib.Path(sys.argv[1], 'some.gz').write_bytes(bytes(5_000_000))"


class World:
    """A folder with models, data sets and drawings, as an app leaves it that has been used for a while."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.checkpoints, self.data = folder, folder / "checkpoints", folder / "data"
        self.pictures = folder / "pictures"

    def settle(self) -> None:
        """Look for models and data here, and nowhere else."""
        os.environ |= {"VAE_CHECKPOINTS": str(self.checkpoints), "VAE_DATA": str(self.data)}

    def make(self, trained: Path) -> None:
        """Fill it. `stopped`, `busy` (held by nobody yet), `old` and one in the trash are copies of a trained model."""
        self.settle()
        for name in ("old", "stopped", "busy", "gone"):
            shutil.copytree(trained / "tiny-2d", self.checkpoints / name)
        self.run("gone").write_status(self.run("gone").stored_status())
        runs.delete(self.run("gone"))
        for name, state in (("stopped", "stopped"), ("busy", "running")):
            run = self.run(name)
            run.write_status(dataclasses.replace(run.stored_status(), state=state))
            run.resume.write_bytes(b"state")
            run.lock.touch()
        shutil.copytree(self.checkpoints / "old" / "previews", self.checkpoints / "old" / "encoded")  # a folder is enough
        place = projection_jobs.Job(self.run("old"), UNDER_WAY).folder
        place.mkdir(parents=True)
        (place / "state.json").write_text(json.dumps({"state": "running", "iteration": 5, "iterations": 10}))
        own.import_zip(io.BytesIO(ordinary(each=6)), title="Mine", image_shape=GREY)
        for number in range(4):
            own.add_drawing("together", np.full((1, 28, 28), number, np.uint8), "dot", "me")
        self.pictures.mkdir()
        for number in range(6):
            (self.pictures / f"{number}.png").write_bytes(picture(number))

    def run(self, name: str) -> Run:
        return Run(self.checkpoints / name)

    def contents(self) -> dict[str, bytes]:
        """Every file that holds anything. A lock, room kept free, and an empty folder are nothing that anybody could lose."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".lock" and path.name != ".reserve"]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


def _download(world: World) -> None:
    torchvision_sets._arguments = lambda name, staging: ["-c", FETCH, str(staging)]
    data.download("mnist", lambda fraction, sentence: None)


def _measure(world: World) -> None:
    from vae_core.training.execution import measure

    measure(world.run("old"))


def _held(world: World) -> None:
    run = world.run("stopped")
    with jobs.held(run), mock.patch.object(Run, "stored_status", return_value=Status("queued")):
        jobs.begin(run)


CONFIG = configure("mnist-2d-quick")
WRITING: dict[str, Callable[[World], object]] = {
    "create": lambda world: runs.create(CONFIG),
    "launch": lambda world: jobs.launch(CONFIG),
    "resume": lambda world: jobs.resume(world.run("stopped")),
    "train": _held,
    "rename": lambda world: runs.rename(world.run("old"), "Another name"),
    "measure": _measure,
    "encode": lambda world: encoded_sets.encode_set(world.run("old"), "mnist10k"),
    "project": lambda world: projection_jobs.start(world.run("old"), QUICK),
    "import a ZIP": lambda world: own.import_zip(io.BytesIO(ordinary()), title="New", image_shape=GREY),
    "import a folder": lambda world: own.import_folder(world.pictures, title="New", image_shape=GREY),
    "add a drawing": lambda world: own.add_drawing("together", np.ones((1, 28, 28), np.uint8), "dot", "me"),
    "make a set of drawings": lambda world: own.collect("together", "Drawn"),
    "download": _download,
}
REMOVING: dict[str, Callable[[World], object]] = {
    "stop": lambda world: jobs.stop(world.run("busy")),
    "stop a projection": lambda world: projection_jobs.Job(world.run("old"), UNDER_WAY).stop(),
    "delete": lambda world: runs.delete(world.run("old")),
    "restore": lambda world: runs.restore(next((world.checkpoints / ".trash").iterdir())),
    "remove a drawing": lambda world: own.remove_drawing("together", own.drawings("together")[0].id, "me"),
    "delete a data set": lambda world: own.delete("own-mine-001"),
}
"""What takes no room: a full disk must not keep people from it."""


def answer(act: Callable[[World], object], world: World) -> str:
    """The sentence of a refusal; "done" where there was none. What else is raised is an error of the program."""
    try:
        act(world)
    except ExplorerError as error:
        return str(error)
    return "done"


def main(folder: Path, rehearsal: Path) -> None:
    """Say what nobody is answered in a folder; in the other one, all is done at first, so that nothing is left to be imported."""
    jobs.WORKER, projection_jobs.SLOTS = "no_such_worker", 0
    for place in (rehearsal, folder):
        world = World(place)
        world.settle()
        if place == folder:
            become_nobody()
        answers = {name: answer(act, world) for name, act in (WRITING | REMOVING).items()}
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
