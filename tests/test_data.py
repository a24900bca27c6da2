"""Data sets: what is promised of every one, and of each by itself. Touches no network but this machine's own loopback."""

import contextlib
import functools
import gzip
import hashlib
import http.server
import json
import pickle
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core import data
from vae_core.data import packaged, shapes, torchvision_sets
from vae_core.errors import DataError

PROJECT = Path(__file__).resolve().parents[1]
BUILT_IN = ("mnist10k", "shapes", "digits", "emoji")
DOWNLOADED = ("mnist", "fashion_mnist", "kmnist", "cifar10", "svhn")
IMAGE_FILES = ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte")
LABEL_FILES = ("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path))
    return tmp_path


@functools.cache
def loaded(name: str) -> data.ImageSet:
    return data.load(name)


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.astype(np.uint8).tobytes()


def write_mnist(folder: Path, training: int = 30, test: int = 12, kind: str = "MNIST") -> tuple[np.ndarray, np.ndarray]:
    """Write a small set in MNIST's layout; give back its images (N, 28, 28) and labels, training part first."""
    random = np.random.default_rng(1)
    images, labels = random.integers(0, 256, (training + test, 28, 28), np.uint8), random.integers(0, 10, training + test, np.uint8)
    raw = folder / kind / "raw"
    raw.mkdir(parents=True)
    for file, part in zip(IMAGE_FILES, (images[:training], images[training:]), strict=True):
        (raw / file).write_bytes(idx(part))
    for file, part in zip(LABEL_FILES, (labels[:training], labels[training:]), strict=True):
        (raw / file).write_bytes(idx(part))
    return images, labels


def run_python(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60)


# The registry


def test_names_are_the_promised_ones_and_built_in_sets_need_no_download() -> None:
    assert tuple(name for name in data.names() if not data.describe(name).own) == BUILT_IN + DOWNLOADED
    assert all(data.describe(name).download_mb == 0 and data.is_available(name) for name in BUILT_IN)
    assert all(data.describe(name).download_mb > 0 for name in DOWNLOADED)


@pytest.mark.parametrize("name", BUILT_IN + DOWNLOADED)
def test_info_is_complete(name: str) -> None:
    info = data.describe(name)
    channels, height, width = info.image_shape
    assert info.name == name
    assert all((info.title, info.source, info.licence))
    assert info.about.endswith(".")
    assert channels in (1, 3)
    assert 8 <= height == width <= 128
    assert len(set(info.class_names)) == len(info.class_names) >= 3


@pytest.mark.parametrize("ask", [data.describe, data.load, data.is_available, lambda name: data.download(name, print)])
def test_unknown_name_lists_the_known_ones(ask: Callable[[str], object]) -> None:
    with pytest.raises(DataError, match="no data set 'cats'; choose one of mnist10k, shapes, digits, emoji, mnist,"):
        ask("cats")


def test_neither_registry_nor_mnist_nor_built_in_sets_import_torch_or_streamlit(folder: Path) -> None:
    write_mnist(folder)
    loads = "; ".join(f"data.load({name!r})" for name in (*BUILT_IN, "mnist"))
    code = f"import sys; from vae_core import data; {loads}; print(sorted({{'torch', 'torchvision', 'streamlit'}} & set(sys.modules)))"
    assert run_python(code).stdout == "[]\n"
    heavy = "import sys; from vae_core.data.registry import describe; print({'PIL', 'sklearn', 'torch'} & set(sys.modules))"
    assert run_python(heavy).stdout == "set()\n"


# What holds for every set


@pytest.mark.parametrize("name", BUILT_IN)
def test_images_labels_and_split_are_as_promised(name: str) -> None:
    images = loaded(name)
    info = data.describe(name)
    assert images.info == info
    assert images.images.shape == (info.count, *info.image_shape)
    assert images.images.dtype == np.uint8
    assert images.images.flags.c_contiguous
    assert not images.images.flags.writeable
    assert images.labels.shape == (info.count,)
    assert set(np.unique(images.labels)) == set(range(len(info.class_names)))
    assert {images.labels.dtype, images.train.dtype, images.validation.dtype} == {np.dtype(np.int64)}
    assert (images.factors is not None) == (name == "shapes")


@pytest.mark.parametrize("count", [1, 2, 3, 10, 1_906, 10_000])
def test_split_is_sorted_disjoint_and_complete(count: int) -> None:
    train, validation = data.split(count)
    assert np.all(np.diff(train) > 0)
    assert np.all(np.diff(validation) > 0)
    assert sorted([*train, *validation]) == list(range(count))
    assert len(train) == {1: 1, 2: 1, 3: 2}.get(count, round(0.8 * count))


def test_split_never_changes() -> None:
    """A finished model's validation images must not become training images in a later version, with any NumPy."""
    assert data.split(20)[1].tolist() == [10, 17, 18, 19]
    assert hashlib.sha256(data.split(10_000)[1].astype("<i8").tobytes()).hexdigest()[:16] == "4b01b8ccd87bcfe4"


@given(st.lists(st.integers(0, 9), min_size=2, max_size=200))
def test_a_split_by_class_holds_out_and_keeps_some_of_every_class(labels: list[int]) -> None:
    labels = np.array(labels)
    train, validation = data.split_by_class(labels)
    assert sorted([*train, *validation]) == list(range(len(labels)))
    assert len(train) > 0 < len(validation)
    assert all(np.all(np.diff(part) > 0) for part in (train, validation))
    counts, held = np.bincount(labels, minlength=10), np.bincount(labels[validation], minlength=10)
    several = counts > 1
    assert (held[several] == np.clip(np.rint(0.2 * counts[several]), 1, None)).all()
    assert held[~several].sum() == (0 if several.any() else 1)


def test_split_by_class_never_changes() -> None:
    train, validation = data.split_by_class(np.array([0] * 10 + [1] * 5 + [2] * 2 + [3]))
    assert validation.tolist() == [0, 1, 10, 16]
    assert set(train) == set(range(18)) - {0, 1, 10, 16}


@pytest.mark.parametrize("name", BUILT_IN)
def test_split_does_not_depend_on_the_seed(name: str) -> None:
    np.testing.assert_array_equal(data.load(name, seed=5).train, loaded(name).train)


def test_subset_is_chosen_by_seed_and_stays_on_its_side_of_the_split() -> None:
    whole, some = loaded("mnist10k"), data.load("mnist10k", images=1_000, seed=3)
    places = {image.tobytes(): place for place, image in enumerate(whole.images)}
    chosen = np.array([places[image.tobytes()] for image in some.images])
    assert np.all(np.diff(chosen) > 0)
    np.testing.assert_array_equal(some.labels, whole.labels[chosen])
    assert (len(some.train), len(some.validation)) == (800, 200)
    assert set(chosen[some.train]) <= set(whole.train)
    assert set(chosen[some.validation]) <= set(whole.validation)
    assert not some.images.flags.writeable
    np.testing.assert_array_equal(data.load("mnist10k", images=1_000, seed=3).images, some.images)
    assert not np.array_equal(data.load("mnist10k", images=1_000, seed=4).images, some.images)


@pytest.mark.parametrize("count", [1, 2, 3, 1_796, 1_797])
def test_subset_of_any_size(count: int) -> None:
    some = data.load("digits", images=count)
    assert len(some.images) == len(some.labels) == count
    assert sorted([*some.train, *some.validation]) == list(range(count))
    assert len(some.validation) > 0 or count == 1


@pytest.mark.parametrize(("name", "count"), [("digits", -1), ("digits", 1_798), ("shapes", -1), ("mnist", 70_001)])
def test_impossible_counts_are_refused(name: str, count: int) -> None:
    with pytest.raises(DataError, match=f"{count:,} images of {name} were requested; it has .* and 0 takes them all"):
        data.load(name, images=count)


# The sets that come with the program


@pytest.mark.parametrize(("file", "limit"), [("mnist10k.npz", 2_000_000), ("emoji.webp", 4_000_000), ("emoji.json", 50_000)])
def test_assets_are_small(file: str, limit: int) -> None:
    assert 1_000 < (packaged.ASSETS / file).stat().st_size < limit


def test_mnist10k_has_the_known_class_counts() -> None:
    images = loaded("mnist10k")
    assert np.bincount(images.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (len(images.train), len(images.validation)) == (8_000, 2_000)


def test_mnist10k_is_the_test_part_of_mnist() -> None:
    candidates = (torchvision_sets.root(), PROJECT.parent / "shared" / "data")
    raw = next((root / "MNIST" / "raw" for root in candidates if (root / "MNIST" / "raw" / IMAGE_FILES[1]).is_file()), None)
    if raw is None:
        pytest.skip("MNIST is not in the data folder to compare with")
    assert loaded("mnist10k").images.tobytes() == (raw / IMAGE_FILES[1]).read_bytes()[16:]
    assert loaded("mnist10k").labels.astype(np.uint8).tobytes() == (raw / LABEL_FILES[1]).read_bytes()[8:]


def test_digits_span_black_to_white_in_the_order_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    images, original = loaded("digits"), load_digits()
    assert (images.images.min(), images.images.max()) == (0, 255)
    assert np.abs(images.images[:, 0] / 255 - original.images / 16).max() <= 0.5 / 255 + 1e-9
    np.testing.assert_array_equal(images.labels, original.target)


def test_emoji_are_whole_tiles_on_white_named_beside_the_atlas() -> None:
    emoji, groups = loaded("emoji"), json.loads((packaged.ASSETS / "emoji.json").read_text())
    named = [title.lower().replace(" & ", "_") for title in emoji.info.class_names]
    assert list(groups) == named
    assert np.bincount(emoji.labels).tolist() == [len(group) for group in groups.values()]
    corners = emoji.images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.all(corners == 255)
    assert np.all(emoji.images.reshape(len(emoji.images), -1).min(1) < 200)


def test_emoji_have_the_colours_that_their_code_points_say() -> None:
    emoji = loaded("emoji")
    codes = [code for group in json.loads((packaged.ASSETS / "emoji.json").read_text()).values() for code in group]
    circles = {"1f534": (1, 0, 0), "1f7e2": (0, 1, 0), "1f535": (0, 0, 1)}
    for code, (red, green, blue) in circles.items():
        middle = emoji.images[codes.index(code), :, 32, 32]
        assert np.argmax(middle) == np.argmax((red, green, blue)), f"{code} is {middle}"
    white_over_red = emoji.images[codes.index("1f1f5-1f1f1"), :, 8:56, 16:48]
    assert white_over_red[1, :20].mean() > white_over_red[1, -20:].mean() + 50


# Shapes


def factors(**changed: float) -> np.ndarray:
    values = {"shape": 0.0, "scale": 0.8, "rotation": 0.3, "x": 30.0, "y": 35.0} | changed
    return np.array([list(values.values())], np.float32)


def coverage(**changed: float) -> np.ndarray:
    return shapes.render(factors(**changed))[0, 0] / 255


def supersampled(shape: int, scale: float, rotation: float, x: float, y: float) -> np.ndarray:
    """The share of each pixel that the shape covers, by asking 16 x 16 points of each whether they are inside."""
    points = (np.arange(64 * 16) + 0.5) / 16
    place = ((points[None, :] - x) - 1j * (points[:, None] - y)) * np.exp(-1j * rotation) / scale
    if shape == 0:
        inside = (abs(place.real) < 14.5 / 2**0.5) & (abs(place.imag) < 14.5 / 2**0.5)
    elif shape == 1:
        inside = (place.real / 14.5) ** 2 + (place.imag / 8.7) ** 2 < 1
    else:
        inside = inside_heart(place)
    return inside.reshape(64, 16, 64, 16).mean((1, 3))


def inside_heart(place: np.ndarray) -> np.ndarray:
    """A tip down, a square on it, two half discs on its upper sides; side and height found from the tip being 14.5 from the middle."""
    disc_height = (0.5 + 2 / (3 * np.pi)) / 2**0.5
    middle = np.pi / 4 * disc_height / (1 + np.pi / 4)
    side = 14.5 / (0.5**0.5 + middle)
    upright = place / side + 1j * middle
    turned = upright * np.exp(-0.25j * np.pi)
    square = (abs(turned.real) < 0.5) & (abs(turned.imag) < 0.5)
    lobes = [abs(upright - 0.5 * np.exp(1j * angle)) < 0.5 for angle in (np.pi / 4, 3 * np.pi / 4)]
    return square | lobes[0] | lobes[1]


@pytest.mark.parametrize("shape", [0, 1, 2])
@pytest.mark.parametrize(("scale", "rotation", "x", "y"), [(1, 0.4, 16, 47.9), (0.73, 2.2, 30.25, 20.5), (0.5, 5.1, 47.6, 31.1)])
def test_pictures_match_counting_points_inside(shape: int, scale: float, rotation: float, x: float, y: float) -> None:
    drawn = coverage(shape=shape, scale=scale, rotation=rotation, x=x, y=y)
    expected = supersampled(shape, scale, rotation, x, y)
    assert np.abs(drawn - expected).max() < 0.3
    assert np.abs(drawn - expected).sum() < 0.02 * expected.sum()


def test_centre_of_mass_follows_x_and_y() -> None:
    images, drawn = shapes.generate(600, 2)
    weight = images[:, 0] / images.sum((1, 2, 3))[:, None, None]
    pixels = np.arange(64) + 0.5
    np.testing.assert_allclose((weight * pixels).sum((1, 2)), drawn[:, 3], atol=0.15)
    np.testing.assert_allclose((weight * pixels[:, None]).sum((1, 2)), drawn[:, 4], atol=0.15)


@pytest.mark.parametrize(("shape", "area"), [(0, 420.5), (1, 14.5 * 8.7 * np.pi), (2, 435.3)])
def test_area_grows_with_the_square_of_scale(shape: int, area: float) -> None:
    for scale in (0.5, 0.7, 0.99):
        assert coverage(shape=shape, scale=scale).sum() == pytest.approx(area * scale**2, rel=0.02)


def test_rotation_turns_counter_clockwise_and_respects_symmetry() -> None:
    quarter = np.pi / 2
    for shape, turns in ((0, 1), (1, 2), (2, 4)):
        still = coverage(shape=shape, x=32, y=32)
        np.testing.assert_allclose(coverage(shape=shape, x=32, y=32, rotation=0.3 + turns * quarter), still, atol=0.01)
        np.testing.assert_allclose(coverage(shape=shape, x=32, y=32, rotation=0.3 + quarter), np.rot90(still), atol=0.01)
        if turns > 1:
            assert np.abs(coverage(shape=shape, x=32, y=32, rotation=0.3 + turns * quarter / 2) - still).max() > 0.9


def test_no_sprite_touches_the_edge_and_edges_are_smooth() -> None:
    corners = [
        factors(shape=shape, scale=1, rotation=turn, x=x, y=y)
        for shape in range(3)
        for turn in np.arange(0, 6.3, 0.1)
        for x in (16, 47.999)
        for y in (16, 47.999)
    ]
    images = shapes.render(np.concatenate(corners))[:, 0]
    assert not images[:, [0, -1]].any()
    assert not images[:, :, [0, -1]].any()
    grey = (images > 0) & (images < 255)
    assert np.all(grey.sum((1, 2)) > 10)
    assert np.all(grey.sum((1, 2)) < 0.5 * (images > 0).sum((1, 2)))


def test_factors_fill_their_ranges_independently() -> None:
    _, drawn = shapes.generate(4_000, 0)
    assert np.all((drawn >= shapes.LOW) & (drawn < shapes.HIGH))
    np.testing.assert_allclose(np.bincount(drawn[:, 0].astype(int)) / 4_000, 1 / 3, atol=0.03)
    np.testing.assert_allclose(drawn[:, 1:].mean(0), ((shapes.LOW + shapes.HIGH) / 2)[1:], rtol=0.03)
    np.testing.assert_allclose(np.corrcoef(drawn.T), np.eye(5), atol=0.06)


def test_same_seed_same_bytes_and_fewer_are_the_first_of_more() -> None:
    many, same, other = (
        data.load("shapes", images=700, seed=9),
        data.load("shapes", images=700, seed=9),
        data.load("shapes", images=700, seed=8),
    )
    one = data.load("shapes", images=1, seed=9)
    assert many.images.tobytes() == same.images.tobytes() != other.images.tobytes()
    assert one.images.shape == (1, 1, 64, 64)
    assert one.images.tobytes() == many.images[:1].tobytes()
    np.testing.assert_array_equal(many.labels, many.factors[:, 0])
    np.testing.assert_array_equal(shapes.render(many.factors), many.images)


def test_ten_thousand_shapes_take_less_than_two_seconds() -> None:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        shapes.generate(10_000, 0)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 2


def test_generating_needs_little_memory_besides_the_images() -> None:
    tracemalloc.start()
    try:
        images = data.load("shapes", images=20_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert images.images.nbytes < peak < images.images.nbytes + 40_000_000


# The sets to download: reading


def test_mnist_layout_loads_training_part_first(folder: Path) -> None:
    images, labels = write_mnist(folder)
    mnist = data.load("mnist")
    assert data.is_available("mnist")
    np.testing.assert_array_equal(mnist.images, images[:, None])
    np.testing.assert_array_equal(mnist.labels, labels)
    assert mnist.labels.dtype == np.int64
    assert not mnist.images.flags.writeable
    assert (mnist.train.tolist(), mnist.validation.tolist()) == (list(range(30)), list(range(30, 42)))
    some = data.load("mnist", images=14, seed=1)
    assert (len(some.train), len(some.validation)) == (10, 4)


def test_loading_writes_nothing_and_needs_no_permission_to(folder: Path) -> None:
    write_mnist(folder, kind="KMNIST")
    raw = folder / "KMNIST" / "raw"
    before = sorted(folder.rglob("*"))
    raw.chmod(0o555)
    try:
        assert len(data.load("kmnist").images) == 42
    finally:
        raw.chmod(0o755)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("name", DOWNLOADED)
def test_absent_set_says_where_it_was_looked_for_and_what_to_do(name: str, folder: Path) -> None:
    assert not data.is_available(name)
    with pytest.raises(DataError) as caught:
        data.load(name)
    text = str(caught.value)
    assert text.startswith(f"{name} is not in {folder} (")
    assert f"`python -m vae_core download {name}`" in text
    assert "Train page" in text
    assert "or copy " in text
    assert list(folder.iterdir()) == []


def test_data_folder_is_found_from_the_project_whatever_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VAE_DATA", raising=False)
    assert torchvision_sets.root() == PROJECT / "data"
    monkeypatch.setenv("VAE_DATA", "elsewhere/images")
    assert torchvision_sets.root() == PROJECT / "elsewhere" / "images"
    monkeypatch.setenv("VAE_DATA", str(tmp_path))
    assert torchvision_sets.root() == tmp_path


@pytest.mark.parametrize(
    ("file", "damage", "reason"),
    [
        (IMAGE_FILES[0], lambda data: data[:-1], "promises"),
        (IMAGE_FILES[1], lambda data: data + b"x", "promises"),
        (IMAGE_FILES[0], lambda data: b"", "no IDX file"),
        (IMAGE_FILES[0], lambda data: b"<html>not found</html>", "no IDX file"),
        (IMAGE_FILES[0], lambda data: data[:9], "no IDX file"),
        (IMAGE_FILES[1], lambda data: idx(np.zeros((12, 32, 32))), "32, 32"),
        (LABEL_FILES[0], lambda data: idx(np.zeros(29)), "do not belong"),
        (LABEL_FILES[1], lambda data: idx(np.full(12, 10)), "do not belong"),
        (LABEL_FILES[1], lambda data: idx(np.zeros((12, 28, 28))), "no IDX file"),
    ],
)
def test_damaged_file_is_named_not_loaded(folder: Path, file: str, damage: Callable[[bytes], bytes], reason: str) -> None:
    write_mnist(folder)
    path = folder / "MNIST" / "raw" / file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=rf"mnist in .* cannot be read \(.*{reason}.*\); download it"):
        data.load("mnist")


def test_cifar10_is_read_channels_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vae_core.data.torchvision_import import import_torchvision

    kind, place = import_torchvision().datasets.CIFAR10, folder / "cifar-10-batches-py"
    pixels = np.random.default_rng(0).integers(0, 256, (12, 3, 32, 32), np.uint8)
    place.mkdir()
    batches = {f"data_batch_{n}": slice(2 * n - 2, 2 * n) for n in range(1, 6)} | {"test_batch": slice(10, 12)}
    contents = {file: {"data": pixels[part].reshape(2, -1), "labels": [part.start % 10, 9]} for file, part in batches.items()}
    listed = [[file, _write_pickle(place / file, content)] for file, content in contents.items()]
    monkeypatch.setattr(kind, "train_list", listed[:5])
    monkeypatch.setattr(kind, "test_list", listed[5:])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": _write_pickle(place / "batches.meta", {"label_names": ["plane"]})})
    cifar = data.load("cifar10")
    np.testing.assert_array_equal(cifar.images, pixels)
    assert cifar.images.flags.c_contiguous
    assert cifar.labels.tolist() == [0, 9, 2, 9, 4, 9, 6, 9, 8, 9, 0, 9]
    assert (len(cifar.train), len(cifar.validation)) == (10, 2)
    (place / "data_batch_2").write_bytes(b"altered")
    with pytest.raises(DataError, match=r"cifar10 in .* cannot be read .*corrupted"):
        data.load("cifar10")


def test_svhn_is_read_channels_first_with_ten_as_zero(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.io import savemat

    from vae_core.data.torchvision_import import import_torchvision

    pixels = np.random.default_rng(0).integers(0, 256, (5, 3, 32, 32), np.uint8)
    labels, listed = np.array([10, 1, 2, 10, 9]), {}
    for part, file, chosen in (("train", "train_32x32.mat", slice(0, 3)), ("test", "test_32x32.mat", slice(3, 5))):
        savemat(folder / file, {"X": pixels[chosen].transpose(2, 3, 1, 0), "y": labels[chosen, None]})
        listed[part] = ["", file, hashlib.md5((folder / file).read_bytes()).hexdigest()]
    monkeypatch.setattr(import_torchvision().datasets.SVHN, "split_list", listed)
    svhn = data.load("svhn")
    np.testing.assert_array_equal(svhn.images, pixels)
    assert svhn.images.flags.c_contiguous
    assert svhn.labels.tolist() == [0, 1, 2, 0, 9]
    assert (svhn.train.tolist(), svhn.validation.tolist()) == ([0, 1, 2], [3, 4])


def _write_pickle(path: Path, value: object) -> str:
    path.write_bytes(pickle.dumps(value))
    return hashlib.md5(path.read_bytes()).hexdigest()


# The sets to download: fetching


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets a piece of Python stand for torchvision's downloader; it finds the folder to fill in `staging`."""

    def use(code: str) -> None:
        program = f"import sys, time, pathlib; staging = pathlib.Path(sys.argv[1]); {code}"
        monkeypatch.setattr(torchvision_sets, "_arguments", lambda name, staging: ["-c", program, str(staging)])

    return use


def silent(fraction: float, sentence: str) -> None:
    """A progress that nobody watches."""


def test_download_reports_progress_and_replaces_what_was_damaged(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, child: Callable[[str], None]
) -> None:
    source = tmp_path_factory.mktemp("source")
    images, _ = write_mnist(source)
    write_mnist(folder)
    (folder / "MNIST" / "raw" / IMAGE_FILES[0]).write_bytes(b"half a file")
    half = "archive = staging / 'some.gz'; archive.write_bytes(bytes(6_000_000)); time.sleep(0.7)"
    child(f"import shutil; {half}; shutil.copytree({str(source)!r}, staging, dirs_exist_ok=True)")
    told: list[tuple[float, str]] = []
    data.download("mnist", lambda fraction, sentence: told.append((fraction, sentence)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert (0.5, "Handwritten digits: 6 of 12 MB") in told
    assert told[-1] == (1.0, "Handwritten digits: ready")
    np.testing.assert_array_equal(data.load("mnist").images, images[:, None])
    assert [path.name for path in folder.iterdir()] == ["MNIST"]


def test_failed_download_says_why_and_leaves_nothing(folder: Path, child: Callable[[str], None]) -> None:
    child("(staging / 'part.gz').write_bytes(b'1234'); sys.exit('Error downloading part.gz:\\n<urlopen error no network>\\n')")
    with pytest.raises(DataError) as caught:
        data.download("kmnist", silent)
    assert "kmnist could not be downloaded (<urlopen error no network>); check the network connection" in str(caught.value)
    assert f"copy KMNIST/raw/{IMAGE_FILES[0]} and the other files of torchvision's layout to {folder}" in str(caught.value)
    assert list(folder.iterdir()) == []


def test_stalled_download_is_ended(folder: Path, child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    child("time.sleep(60)")
    monkeypatch.setattr(torchvision_sets, "STALLED_SECONDS", 0.3)
    start = time.monotonic()
    with pytest.raises(DataError, match="svhn stood still"):
        data.download("svhn", silent)
    assert time.monotonic() - start < 10
    assert list(folder.iterdir()) == []


def test_whoever_watches_can_stop_the_download(folder: Path, child: Callable[[str], None]) -> None:
    child("time.sleep(60)")

    def stop(fraction: float, sentence: str) -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        data.download("cifar10", stop)
    assert time.monotonic() - start < 10
    assert list(folder.iterdir()) == []


def test_download_refuses_what_is_built_in_and_a_folder_it_cannot_make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="digits comes with the program"):
        data.download("digits", silent)
    (folder / "file").write_text("in the way")
    monkeypatch.setenv("VAE_DATA", str(folder / "file" / "below"))
    with pytest.raises(DataError, match=r"mnist cannot be stored: .*; .* set VAE_DATA to a folder"):
        data.download("mnist", silent)


def test_torchvision_fetches_what_we_read(folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    from vae_core.data.torchvision_import import fetch, import_torchvision

    source = tmp_path_factory.mktemp("source")
    images, labels = write_mnist(source)
    resources = []
    for file in sorted((source / "MNIST" / "raw").iterdir()):
        archive = gzip.compress(file.read_bytes(), mtime=0)
        (source / f"{file.name}.gz").write_bytes(archive)
        resources.append((f"{file.name}.gz", hashlib.md5(archive).hexdigest()))
    kind = import_torchvision().datasets.MNIST
    monkeypatch.setattr(kind, "resources", resources)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(source) as address:
        monkeypatch.setattr(kind, "mirrors", [address])
        fetch("MNIST", folder)
    mnist = data.load("mnist")
    np.testing.assert_array_equal(mnist.images, images[:, None])
    np.testing.assert_array_equal(mnist.labels, labels)


def test_the_real_downloader_starts_as_its_own_program(folder: Path) -> None:
    """torchvision finds a complete set and fetches nothing, so the program is whole: imports, class names, parts."""
    write_mnist(folder)
    command = [sys.executable, *torchvision_sets._arguments("mnist", folder)]
    done = subprocess.run([*command[:1], "-W", "error", *command[1:]], cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The files of a folder on a port of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
