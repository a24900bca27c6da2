"""Build the data files that come with the program from their originals. Not needed to run it.

    python scripts/build_assets.py --mnist ROOT --emoji ZIP

ROOT holds MNIST in torchvision's layout (ROOT/MNIST/raw/…); ZIP holds 64 x 64 pictures as …/GROUP/CODEPOINTS.png.
"""

import argparse
import io
import json
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

ASSETS = Path(__file__).resolve().parents[1] / "vae_core" / "data" / "assets"
GROUPS = (
    "smileys_emotion",
    "people_body",
    "animals_nature",
    "food_drink",
    "travel_places",
    "activities",
    "objects",
    "symbols",
    "flags",
)
SIDE = 64
COLUMNS = 44
COLOUR_STEP = 3


def main() -> None:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(description="Build the data files that come with the program.")
    parser.add_argument("--mnist", type=Path, metavar="ROOT", help="folder that holds MNIST/raw")
    parser.add_argument("--emoji", type=Path, metavar="ZIP", help="archive of emoji pictures in folders by group")
    options = parser.parse_args()
    ASSETS.mkdir(exist_ok=True)
    if options.mnist:
        build_mnist10k(options.mnist / "MNIST" / "raw")
    if options.emoji:
        build_emoji(options.emoji)


def build_mnist10k(raw: Path) -> None:
    """Write the test images uint8 (10000, 28, 28) and their labels uint8 (10000,)."""
    images = np.fromfile(raw / "t10k-images-idx3-ubyte", np.uint8, offset=16).reshape(-1, 28, 28)
    labels = np.fromfile(raw / "t10k-labels-idx1-ubyte", np.uint8, offset=8)
    np.savez_compressed(ASSETS / "mnist10k.npz", images=images, labels=labels)


def build_emoji(archive: Path) -> None:
    """Write all pictures as one lossless atlas and, beside it, their code points by group in the atlas's order."""
    with zipfile.ZipFile(archive) as file:
        members = sorted((member for member in map(PurePosixPath, file.namelist()) if member.parent.name in GROUPS), key=_place)
        pictures = [_picture(file.read(str(member))) for member in members]
    groups = {group: [member.stem for member in members if member.parent.name == group] for group in GROUPS}
    (ASSETS / "emoji.json").write_text(json.dumps(groups, indent=0) + "\n", encoding="utf-8")
    Image.fromarray(_atlas(np.stack(pictures))).save(ASSETS / "emoji.webp", lossless=True, quality=60, method=4)


def _place(member: PurePosixPath) -> tuple[int, list[int]]:
    """Groups in their usual order, and within one by code point."""
    return GROUPS.index(member.parent.name), [int(point, 16) for point in member.stem.split("-")]


def _picture(data: bytes) -> np.ndarray:
    """A picture (64, 64, 3) with its colours rounded to steps of three, at most one level off: invisible, and a quarter smaller."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        exact = np.asarray(image.convert("RGB"), np.uint16)
    return ((exact + COLOUR_STEP // 2) // COLOUR_STEP * COLOUR_STEP).astype(np.uint8)


def _atlas(pictures: np.ndarray) -> np.ndarray:
    """The pictures (N, 64, 64, 3) row by row on one sheet, the rest of the last row white."""
    rows = -(-len(pictures) // COLUMNS)
    sheet = np.full((rows * COLUMNS, SIDE, SIDE, 3), 255, np.uint8)
    sheet[: len(pictures)] = pictures
    return sheet.reshape(rows, COLUMNS, SIDE, SIDE, 3).swapaxes(1, 2).reshape(rows * SIDE, COLUMNS * SIDE, 3)


if __name__ == "__main__":
    main()
