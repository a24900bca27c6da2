"""Train the shipped models afresh into checkpoints/, or only make their projections or covers again, or sign the files of older runs.

    python scripts/ship.py [NAME ...]                 # train and project; needs the full MNIST
    python scripts/ship.py --only project [NAME ...]  # leave the models as they are
    python scripts/ship.py --only cover [NAME ...]    # leave the models as they are, but for their covers and titles
    python scripts/ship.py --only sign [NAME ...]     # leave everything as it is, but for checksums, names and new settings

A shipped run is an ordinary finished run with fewer previews, without its log and conditions, and with the projections that are usually
asked for.
git ignores those like all projections; the files that are named at the end are to be added with `git add --force`.
"""

import argparse
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
    "mnist-2d-conditional": "Handwriting on a map",
    "mnist-vq": "Digits from a codebook",
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
    for leftover in ("log.txt", "worker.lock", "conditions.json"):
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


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SHIPPED)}; without names all of them")
    parser.add_argument("--only", choices=("project", "cover", "sign"), help="leave the models as they are")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(SHIPPED):
        parser.error(f"no shipped model is called {', '.join(sorted(unknown))}")
    for name in asked.names or SHIPPED:
        if asked.only is None:
            train(name)
        elif asked.only != "project":
            {"sign": sign, "cover": cover}[asked.only](find(name))
            continue
        sys.stdout.writelines(f"{file}\n" for file in project(find(name)))


if __name__ == "__main__":
    main()
