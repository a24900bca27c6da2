"""Train the shipped models afresh into checkpoints/, or only make their projections or covers again, or sign the files of older runs.

    python scripts/ship.py [NAME ...]            # train and project; needs the full MNIST
    python scripts/ship.py --project [NAME ...]  # leave the models as they are
    python scripts/ship.py --cover [NAME ...]    # leave the models as they are, but for their covers and titles
    python scripts/ship.py --sign [NAME ...]     # leave everything as it is, but for checksums and names

A shipped run is an ordinary finished run with fewer previews, without its log, and with the projections that are usually asked for.
git ignores those like all projections; the files that are named at the end are to be added with `git add --force`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from vae_core.files.atomic import write_atomic
from vae_core.files.checksums import sign_webp
from vae_core.files.pictures import read_picture
from vae_core.files.records import read_json, write_json, write_lines
from vae_core.latent import codes
from vae_core.models import weights
from vae_core.projections.usual import project_all
from vae_core.runs.collection import find, root
from vae_core.runs.derived import projections
from vae_core.runs.previews import frames
from vae_core.runs.run import SHIPPED, Run
from vae_core.training import previews

FRAMES = 6
TITLES = {
    "mnist-2d": "Digits on a map",
    "mnist-16d": "Digits, sharper",
    "mnist-ae-2d": "Plain autoencoder: no prior",
    "emoji-32d": "Emoji",
    "shapes-6d": "Shapes",
}


def train(name: str) -> None:
    """Train the preset of that name into the run of that name, replacing the one that is there when it is done."""
    target, old = root() / name, root() / f".old-{name}"
    if target.exists():
        target.rename(old)
    subprocess.run([sys.executable, "-m", "vae_core", "train", "--preset", name, "--name", name, "--title", TITLES[name]], check=True)
    shutil.rmtree(old, ignore_errors=True)
    _shorten(Run(target).previews)
    for leftover in ("log.txt", "worker.lock"):
        (target / leftover).unlink(missing_ok=True)


def project(run: Run) -> list[Path]:
    """Put the usual projections of the run's codes in the place of whatever projections there are. Returns their files."""
    shutil.rmtree(projections(run), ignore_errors=True)
    return project_all(run)


def cover(run: Run) -> None:
    """Make the run's cover again, by its weights and its codes, and give it its title."""
    kept = codes.load(run.codes)
    write_atomic(run.cover, previews.cover(weights.load_model(run), kept.mean[: kept.validation]))
    write_json(run.path / "about.json", {"title": TITLES[run.id]})


def sign(run: Run) -> None:
    """Give each file of a run its checksum and today's names, and its config today's format. Raises RunDamaged for a bad file."""
    if card := run.card():
        write_json(run.card_file, card)
    for path in (run.path / "status.json", run.path / "about.json"):
        if path.exists():
            write_json(path, read_json(path, signed=run.signed))
    write_lines(run.metrics_file, run.metrics())
    for path in (run.cover, run.thumbnails, *run.previews.glob("*.webp")):
        write_atomic(path, sign_webp(read_picture(path, signed=run.signed)))
    before = run.previews
    write_json(run.path / "config.json", run.config.to_json())
    if before.exists():
        before.rename(run.previews)


def _shorten(folder: Path) -> None:
    """Keep the first frame, the last one and others evenly between, six in all."""
    epochs = frames(folder)
    last = len(epochs) - 1
    kept = {epochs[round(index * last / (FRAMES - 1))] for index in range(FRAMES)}
    for epoch in set(epochs) - kept:
        for part in folder.glob(f"{epoch:04}-*"):
            part.unlink()


if __name__ == "__main__":
    names = [name for name in sys.argv[1:] if not name.startswith("--")] or SHIPPED
    made = []
    changes = {"--sign": sign, "--cover": cover}
    for name in names:
        if chosen := [change for flag, change in changes.items() if flag in sys.argv]:
            chosen[0](find(name))
            continue
        if "--project" not in sys.argv:
            train(name)
        made += project(find(name))
    sys.stdout.writelines(f"{file}\n" for file in made)
