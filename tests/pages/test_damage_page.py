"""Links to nothing, and damaged runs: a sentence, and every other model as before."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from page_parts import titles, view
from visiting import EMBEDDINGS, EXPERIMENTS, HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, TRAIN, visit


@pytest.mark.parametrize("page", [LATENT_MAP, RECONSTRUCT, INTERPOLATE, EMBEDDINGS, EXPERIMENTS, TRAIN])
@pytest.mark.parametrize("run", ["../../etc", "tiny-2d/../tiny-5d", "a" * 300, "", ".trash", "tiny-2d\0", "no-such-run", "<script>"])
def test_a_link_to_no_run_says_so_and_shows_something_else(models: Path, page: str, run: str) -> None:
    app = visit(page, run=run)
    assert [warning.value.split(" that")[0] for warning in app.warning] == [f"The link names a {'run' if page == TRAIN else 'model'}"]
    picked = app.selectbox(key="train.dataset" if page == TRAIN else "models.picked").value
    assert picked == "mnist10k" if page == TRAIN else picked == "mnist-2d"


def test_a_link_does_not_move_home(models: Path) -> None:
    app = visit(HOME, run="../../etc", z="nan,1e308", axes="9,9")
    assert view(app) == {**view(app), "run": "mnist-2d", "point": view(app)["tour"][0]}


def remove(path: Path) -> None:
    path.unlink()


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0x10
    path.write_bytes(whole)


def replace(text: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(text)


DAMAGE = {
    "no config": ("config.json", remove),
    "half a config": ("config.json", halve),
    "the config of something else": ("config.json", replace('{"format": 1, "model": {"latent_dim": 0}, "train": {}}')),
    "no status": ("status.json", remove),
    "a status of something else": ("status.json", replace("[1, 2]")),
    "half the weights": ("weights.safetensors", halve),
    "no network": ("network.bin", remove),
    "half the network": ("network.bin", halve),
    "a flipped bit in the network": ("network.bin", flip),
    "half the codes": ("codes.npz", halve),
    "a flipped bit in the codes": ("codes.npz", flip),
    "no codes": ("codes.npz", remove),
    "half the thumbnails": ("thumbnails.webp", halve),
    "half a cover": ("cover.webp", halve),
    "a cover that is text": ("cover.webp", replace("not a picture")),
    "half a card": ("card.json", halve),
    "a card that is a list": ("card.json", replace("[]")),
    "a card of words": ("card.json", replace('{"elbo": "high", "kl_by_dimension": "no", "validation_images": null}')),
    "records of something else": ("metrics.jsonl", replace('{"a": 1}\n7\n{"split": "train"}\n')),
    "records that are no text": ("metrics.jsonl", lambda path: path.write_bytes(bytes(range(256)) * 9)),
    "half a film": ("previews/0002-codes.npz", halve),
    "a film without a beginning": ("previews/probes.npz", halve),
    "the codes of another model": ("codes.npz", lambda path: shutil.copy(path.parents[1] / "tiny-5d" / path.name, path)),
    "the network of another model": ("network.bin", lambda path: shutil.copy(path.parents[1] / "tiny-5d" / path.name, path)),
    "the weights as a network": ("network.bin", lambda path: shutil.copy(path.with_name("weights.safetensors"), path)),
    "a title of something else": ("about.json", replace('{"title": ["a"]}')),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_a_sentence_and_hides_no_other_model(models: Path, damage: str) -> None:
    name, act = DAMAGE[damage]
    act(models / "tiny-2d" / name)
    assert set(titles(visit(HOME))) == {"tiny-2d", "tiny-5d", "mnist-2d"}
    for page in (LATENT_MAP, RECONSTRUCT, INTERPOLATE, EMBEDDINGS, EXPERIMENTS, TRAIN):
        visit(page, run="tiny-2d")
    assert view(visit(LATENT_MAP, run="tiny-5d"))["run"] == "tiny-5d"
