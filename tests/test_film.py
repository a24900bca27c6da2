"""The film: which files a frame is made of, which images it follows, and which points stand on its sheet."""

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core import models
from vae_core.data.batches import Batches
from vae_core.errors import RunDamaged
from vae_core.files.arrays import npz
from vae_core.files.pictures import read
from vae_core.models import Model
from vae_core.runs.previews import followed_in, frames, sheet_side, spread_in
from vae_core.training import previews
from vae_core.training.previews import PreviewWriter, sheet_points


@pytest.fixture
def model(toy_config) -> Model:
    return models.build(toy_config.model, seed=2)


def build(toy_config, **settings) -> Model:
    return models.build(dataclasses.replace(toy_config.model, **settings))


def roll(folder: Path, model: Model, toy, epochs: int = 4) -> PreviewWriter:
    return PreviewWriter(folder / "film", model, Batches(toy.images, torch.device("cpu")), toy, epochs)


def tiles(sheet: np.ndarray, side: int) -> np.ndarray:
    """A grey sheet as read from WebP (H, W, 3) -> tiles (N, side, side), row by row."""
    rows, columns = (size // side for size in sheet.shape[:2])
    return sheet[..., 0].reshape(rows, side, columns, side).swapaxes(1, 2).reshape(-1, side, side)


def test_a_frame_is_three_files_beside_two_that_stay(tmp_path, model, toy):
    strip = roll(tmp_path, model, toy)
    assert frames(strip.folder) == []
    strip.write_preview(0)
    strip.write_preview(12)
    once = {"probes.npz", "originals.webp"}
    each = {f"{epoch}-{part}" for epoch in ("0000", "0012") for part in ("codes.npz", "reconstructions.webp", "sheet.webp")}
    assert {path.name for path in strip.folder.iterdir()} == once | each
    assert frames(strip.folder) == [0, 12]


def test_only_whole_frames_count_in_order(tmp_path):
    for name in (
        "0010-sheet.webp",
        "0002-sheet.webp",
        "0003-codes.npz",
        "0004-reconstructions.webp",
        ".0005-sheet.webp.x.tmp",
        "sheet.webp",
    ):
        (tmp_path / name).touch()
    assert frames(tmp_path) == [2, 10]
    assert frames(tmp_path / "nowhere") == []


def test_a_kill_before_the_sheet_leaves_no_frame(tmp_path, model, toy, monkeypatch):
    strip, genuine = roll(tmp_path, model, toy), previews.write_atomic

    def fatal(path: Path, data: bytes) -> None:
        if path.name == "0001-sheet.webp":
            raise KeyboardInterrupt
        genuine(path, data)

    monkeypatch.setattr(previews, "write_atomic", fatal)
    with pytest.raises(KeyboardInterrupt):
        strip.write_preview(1)
    assert frames(strip.folder) == []
    monkeypatch.undo()
    strip.write_preview(1)
    assert frames(strip.folder) == [1]


@pytest.mark.parametrize(("epochs", "every"), [(1, 1), (40, 1), (41, 2), (80, 2), (81, 3), (1000, 25)])
def test_a_long_training_has_no_more_frames_than_a_film_holds(tmp_path, model, toy, epochs, every):
    assert roll(tmp_path, model, toy, epochs).every == every
    assert len(range(0, epochs + 1, every)) <= previews.MAX_FRAMES + 1


def test_probes_are_validation_images_and_their_codes_the_encoders(tmp_path, model, toy):
    strip = roll(tmp_path, model, toy)
    strip.write_preview(0)
    with np.load(strip.folder / "0000-codes.npz") as file:
        mean = file["mean"]
    with np.load(strip.folder / "probes.npz") as file:
        labels = file["labels"]
        assert np.flatnonzero(file["held_out"]).tolist() == list(range(len(toy.validation)))  # few images: the others follow them
    assert (mean.dtype, mean.shape) == (np.float16, (len(toy.images), 2))
    mean, labels = mean[: len(toy.validation)], labels[: len(toy.validation)]
    with torch.no_grad():
        expected = model.eval().encode(torch.from_numpy(toy.images[toy.validation]) / 255).mean.numpy()
    for label in range(3):
        found, of_class = mean[labels == label], expected[toy.labels[toy.validation] == label]
        np.testing.assert_allclose(np.sort(found, 0), np.sort(of_class, 0), atol=2e-3)


def test_the_same_images_are_followed_after_a_resume(tmp_path, model, toy):
    kept = ("probes.npz", "originals.webp", "0003-codes.npz", "0003-sheet.webp", "0003-reconstructions.webp")
    shots = []
    for _ in range(2):
        strip = roll(tmp_path, model, toy)
        strip.write_preview(3)
        shots.append([(strip.folder / name).read_bytes() for name in kept])
    assert shots[0] == shots[1]


def test_faces_are_validation_images_with_one_of_each_class(tmp_path, model, toy):
    strip = roll(tmp_path, model, toy)
    strip.write_preview(0)
    originals = tiles(read((strip.folder / "originals.webp").read_bytes()), 16)
    validation = toy.images[toy.validation, 0]
    places = [int(np.flatnonzero((validation == face).all((1, 2)))[0]) for face in originals]
    assert len(places) == previews.FACES
    assert toy.labels[toy.validation[places[:3]]].tolist() == [0, 1, 2]
    shown = tiles(read((strip.folder / "0000-reconstructions.webp").read_bytes()), 16)
    with torch.no_grad():
        expected = model.eval().reconstruct(torch.from_numpy(originals.copy())[:, None] / 255)[:, 0].numpy() * 255
    assert np.abs(shown - expected).mean() < 6  # the files are lossy
    assert np.abs(shown - originals.astype(float)).mean() > 20  # and this model is untrained


def test_of_a_large_set_held_out_images_alone_are_followed(tmp_path, model, toy, monkeypatch):
    monkeypatch.setattr(previews, "SMALL", len(toy.images))
    followed = followed_in(roll(tmp_path, model, toy).folder)
    assert followed.held_out.all()
    assert sorted(followed.labels) == sorted(toy.labels[toy.validation])


def test_where_hardly_any_image_is_held_out_others_show_their_reconstruction(tmp_path, model, toy):
    few = dataclasses.replace(toy, train=toy.train[:10], validation=toy.validation[:2])
    originals = tiles(read((roll(tmp_path, model, few).folder / "originals.webp").read_bytes()), 16)
    places = {int(np.flatnonzero((toy.images[:, 0] == face).all((1, 2)))[0]) for face in originals}
    assert len(places) == previews.FACES
    assert places <= {*few.train, *few.validation}


def test_what_an_earlier_version_followed_was_held_out(tmp_path):
    (tmp_path / "probes.npz").write_bytes(npz(labels=np.array([1, -1], np.int16)))
    assert [array.tolist() for array in (followed_in(tmp_path).labels, followed_in(tmp_path).held_out)] == [[1, -1], [True, True]]
    (tmp_path / "probes.npz").write_bytes(npz(labels=np.array([1, -1], np.int16), held_out=np.ones(3, bool)))
    with pytest.raises(RunDamaged, match="other shapes"):
        followed_in(tmp_path)


def test_the_spread_of_the_newest_codes_is_one_where_the_prior_wants_them(tmp_path, model, toy):
    assert spread_in(tmp_path / "nowhere") == 0
    strip = roll(tmp_path, model, toy)
    strip.write_preview(0)
    (strip.folder / "0000-codes.npz").write_bytes(npz(mean=np.array([[30.0, -30.0], [np.inf, np.nan]], np.float16)))
    assert spread_in(strip.folder) == 30


def test_images_without_labels_are_followed_too(tmp_path, model, toy):
    strip = roll(tmp_path, model, dataclasses.replace(toy, labels=None))
    strip.write_preview(0)
    with np.load(strip.folder / "probes.npz") as file:
        assert set(file["labels"]) == {-1}
    assert read((strip.folder / "originals.webp").read_bytes()).shape == (16, 160, 3)


def test_the_sheet_shows_the_decoded_plane_from_top_left_to_bottom_right(tmp_path, model, toy):
    strip = roll(tmp_path, model, toy)
    strip.write_preview(0)
    shown = tiles(read((strip.folder / "0000-sheet.webp").read_bytes()), 16)
    edge = 2.5 * 11 / 12
    with torch.no_grad():
        corners = model.eval().images(torch.tensor([[-edge, edge], [edge, edge], [-edge, -edge], [edge, -edge]]))[:, 0].numpy() * 255
    for place, corner in zip((0, 11, 132, 143), corners, strict=True):
        assert np.abs(shown[place] - corner).mean() < 6
    assert shown.shape == (144, 16, 16)


@pytest.mark.parametrize(("height", "width", "side"), [(8, 8, 12), (28, 28, 12), (42, 8, 12), (43, 8, 11), (64, 64, 8), (32, 128, 4)])
def test_large_images_have_fewer_tiles(height, width, side):
    assert sheet_side((3, height, width)) == side


def test_decoding_many_points_gives_bytes(model):
    points = np.random.default_rng(0).standard_normal((600, 2))
    images = previews.decode(model.train(), points)
    assert (images.dtype, images.shape) == (np.uint8, (600, 1, 16, 16))
    with torch.no_grad():
        expected = model.eval().images(torch.from_numpy(points[[0, 300, 599]]).float()).numpy()
    np.testing.assert_allclose(images[[0, 300, 599]] / 255, expected, atol=0.5 / 255 + 1e-5)


def test_two_dimensions_of_a_vae_are_drawn_as_the_plane_of_the_prior(toy_config):
    points = sheet_points(build(toy_config), np.full((9, 2), 50.0), 5)
    assert points[[0, 4, 12, 20, 24]].tolist() == [[-2, 2], [2, 2], [0, 0], [-2, -2], [2, -2]]


def test_one_dimension_is_drawn_as_a_strip(toy_config):
    points = sheet_points(build(toy_config, latent_dim=1), np.zeros((9, 1)), 5)
    np.testing.assert_allclose(points.reshape(5, 5), np.tile([-2, -1, 0, 1, 2], (5, 1)))


def test_many_dimensions_of_a_vae_are_drawn_from_its_prior(toy_config):
    model, codes = build(toy_config, latent_dim=8), np.full((9, 8), 50.0)
    points = sheet_points(model, codes, 30)
    assert points.shape == (900, 8)
    assert np.abs(points.mean(0)).max() < 0.15
    np.testing.assert_allclose(points.std(0), 1, atol=0.1)
    np.testing.assert_array_equal(points, sheet_points(model, codes, 30))


def test_a_plain_autoencoder_is_drawn_where_its_codes_lie(toy_config):
    codes = np.stack([np.linspace(10, 30, 1001), np.linspace(-400, 0, 1001)], axis=1)
    points = sheet_points(build(toy_config, family="autoencoder"), codes, 4)
    low, high = codes[20], codes[980]  # the 2nd and the 98th percentile
    np.testing.assert_allclose(points[0], [low[0] + (high - low)[0] / 8, high[1] - (high - low)[1] / 8])
    np.testing.assert_allclose(points[-1], [high[0] - (high - low)[0] / 8, low[1] + (high - low)[1] / 8])
    many = np.random.default_rng(0).normal(7, 3, (500, 8))
    points = sheet_points(build(toy_config, family="autoencoder", latent_dim=8), many, 30)
    np.testing.assert_allclose(points.mean(0), many.mean(0), atol=0.5)
    np.testing.assert_allclose(points.std(0), many.std(0), atol=0.4)


@pytest.mark.parametrize(("height", "width", "scale"), [(16, 16, 4), (28, 20, 2), (64, 64, 1), (80, 64, 1)])
def test_the_cover_is_a_small_sheet_with_sharp_pixels(toy_config, height, width, scale):
    model = build(toy_config, image_shape=(1, height, width))
    picture = np.asarray(Image.open(io.BytesIO(previews.cover(model, np.zeros((1, 2))))))[..., 0]
    assert picture.shape == (6 * height * scale, 6 * width * scale)
    np.testing.assert_array_equal(picture, picture[::scale, ::scale].repeat(scale, 0).repeat(scale, 1))
    assert picture.std() > 0
