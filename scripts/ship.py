"""Train the shipped models afresh into checkpoints/: `python scripts/ship.py [NAME ...]`. Needs the full MNIST.

A shipped run is an ordinary finished run with a shorter film and without its log.
"""

import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project is run from its folder, not installed

from vae_core.film import frames
from vae_core.runs import SHIPPED, root

FRAMES = 6


def ship(name: str) -> None:
    """Train the preset of that name into the run of that name, replacing the one that is there when it is done."""
    target, old = root() / name, root() / f".old-{name}"
    if target.exists():
        target.rename(old)
    subprocess.run([sys.executable, "-m", "vae_core", "train", "--preset", name, "--name", name], check=True)
    shutil.rmtree(old, ignore_errors=True)
    _shorten(target / "film")
    for leftover in ("log.txt", "worker.lock"):
        (target / leftover).unlink(missing_ok=True)


def _shorten(film: Path) -> None:
    """Keep the first frame, the last one and others evenly between, six in all."""
    epochs = frames(film)
    last = len(epochs) - 1
    kept = {epochs[round(index * last / (FRAMES - 1))] for index in range(FRAMES)}
    for epoch in set(epochs) - kept:
        for part in film.glob(f"{epoch:04}-*"):
            part.unlink()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SHIPPED:
        ship(chosen)
