"""The sets that come with the program: MNIST's test digits, scikit-learn's digits, emoji. Knows no network and no split.

What each set is, is said in `catalogue`.
"""

import importlib.util
import json
from pathlib import Path

import numpy as np

ASSETS = Path(__file__).parent / "assets"
EMOJI_SIDE = 64


def read(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, C, H, W) and labels (N,) of `mnist10k`, `digits` or `emoji`."""
    return {"mnist10k": _mnist10k, "digits": _digits, "emoji": _emoji}[name]()


def _mnist10k() -> tuple[np.ndarray, np.ndarray]:
    with np.load(ASSETS / "mnist10k.npz") as file:
        return file["images"][:, None], file["labels"]


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's file, read without importing scikit-learn, which takes seconds."""
    file = _digits_file()
    if file.is_file():
        rows = np.loadtxt(file, delimiter=",")
        values, labels = rows[:, :-1], rows[:, -1]
    else:
        from sklearn.datasets import load_digits

        values, labels = load_digits(return_X_y=True)
    return np.rint(values.reshape(-1, 1, 8, 8) * (255 / 16)).astype(np.uint8), labels.astype(np.int64)


def _digits_file() -> Path:
    """Where scikit-learn keeps it, which it does not promise."""
    [package] = importlib.util.find_spec("sklearn").submodule_search_locations  # type: ignore[union-attr, misc]
    return Path(package, "datasets", "data", "digits.csv.gz")


def _emoji() -> tuple[np.ndarray, np.ndarray]:
    """Cut the atlas into its tiles, row by row; the code points beside it are listed by class in the same order."""
    from PIL import Image

    with Image.open(ASSETS / "emoji.webp", formats=("WEBP",)) as image:
        atlas = np.asarray(image.convert("RGB"))
    rows, columns = (size // EMOJI_SIDE for size in atlas.shape[:2])
    tiles = atlas.reshape(rows, EMOJI_SIDE, columns, EMOJI_SIDE, 3).transpose(0, 2, 4, 1, 3).reshape(-1, 3, EMOJI_SIDE, EMOJI_SIDE)
    groups = json.loads((ASSETS / "emoji.json").read_text(encoding="utf-8"))
    labels = np.repeat(np.arange(len(groups)), [len(group) for group in groups.values()])
    return tiles[: len(labels)], labels
