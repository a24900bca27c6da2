"""Pictures from people: every odd file is used rightly or refused in a sentence, and a photo of a digit becomes that digit."""

import io
import json
import os
import pickle
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import odd_archives
import odd_formats
import odd_images
import pytest
from odd_archives import LINUX, child, finished, listing, ordinary, picture, pixels
from odd_images import CORNERS, TURNED, Odd, Refused, Used, array_png, chunk, exif, noise, quarters
from PIL import Image, ImageFile
from scipy import ndimage

from vae_core import data
from vae_core.data import own
from vae_core.data.pictures import decoding, opened
from vae_core.data.pictures.preparation import Preparation, decode, prepare, suggest
from vae_core.errors import DataError, ImageError

ROOT = Path(__file__).parents[1]
ODD = [*odd_images.everything(), *odd_formats.everything()]
GREY, COLOUR = (1, 28, 28), (3, 64, 64)
LANCZOS = Image.Resampling.LANCZOS


# Every file is used rightly or refused in one sentence


@pytest.mark.parametrize("odd", ODD, ids=[odd.name for odd in ODD])
def test_an_odd_file_is_used_rightly_or_refused(odd: Odd):
    if isinstance(odd.expected, Refused):
        with pytest.raises(ImageError, match=odd.expected.because) as caught:
            decode(odd.file, "C:\\Users\\me\\<b>my\npicture</b>.png")
        assert_is_a_sentence(str(caught.value))
        return
    image = decode(odd.file)
    assert (image.size, type(image), image.info.keys() - {"bits"}) == (odd.expected.size, Image.Image, set())
    pixels = np.asarray(image).astype(int)
    places = [(y * image.height // 4, x * image.width // 4) for y in (1, 3) for x in (1, 3)]
    for place, colour in zip(places, odd.expected.corners, strict=True):
        if colour is not None:
            assert pixels[place].shape == np.shape(colour)
            assert np.abs(pixels[place] - np.array(colour)).max() <= odd.expected.tolerance


def assert_is_a_sentence(text: str) -> None:
    assert 20 < len(text) < 200
    assert text.isprintable()
    assert not re.search(r"[/\\]|Traceback|Error|0x", text)
    assert re.search("; |: ", text), "it does not say what to do"


def test_the_corpus_is_large_and_has_both_kinds():
    kinds = [type(odd.expected) for odd in ODD]
    assert min(kinds.count(Used), kinds.count(Refused)) >= 40
    assert len({odd.name for odd in ODD}) == len(ODD)


def test_an_image_error_is_a_data_error_and_names_the_file():
    with pytest.raises(DataError, match=r"^tree\.png is empty"):
        decode(b"", "/home/me/tree.png")
    with pytest.raises(ImageError, match=r"^the image is empty"):
        decode(b"", " \n")
    with pytest.raises(ImageError, match=rf"^{'a' * 40} cannot be recognised"):
        decode(b"?", "a" * 5_000)


@pytest.mark.parametrize(("whole", "seed"), [(odd_images.tiny_png(), 1), (odd_images.tiny_jpeg(), 2)], ids=["PNG", "JPEG"])
def test_damage_anywhere_gives_a_picture_or_a_sentence(whole: bytes, seed: int):
    random, outcomes = np.random.default_rng(seed), {True: 0, False: 0}
    for _ in range(400):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), random.integers(1, 5)):
            damaged[place] = random.integers(0, 256)
        if random.random() < 0.2:
            start, length = random.integers(0, len(whole)), random.integers(1, 40)
            damaged[start : start + length] = random.bytes(random.integers(0, 40))
        try:
            outcomes[decode(bytes(damaged)).mode in ("L", "RGB")] += 1
        except ImageError as error:
            assert_is_a_sentence(str(error))
            outcomes[False] += 1
    assert min(outcomes.values()) > 0


def test_nothing_is_written_started_or_sent():
    seen, watching = [], [True]
    touching = {"os.system", "os.mkdir", "os.rename", "os.remove", "os.symlink", "os.link"}

    def hook(event: str, arguments: tuple) -> None:
        if not watching[0]:
            return
        writing = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writing or event in touching or event.split(".")[0] in ("subprocess", "socket", "shutil"):
            seen.append(event)

    sys.addaudithook(hook)  # stays for the rest of the process, but looks away
    for odd in ODD:
        try:
            decode(odd.file)
        except ImageError:
            continue
    assert not seen
    with pytest.raises(OSError, match="No such file"), open("/nowhere/at/all", "w"):
        pass
    assert len(seen) == 1, "the watcher does not see"
    watching[0] = False


def test_truncation_is_never_forgiven_and_pillow_is_left_as_it_was():
    before = Image.MAX_IMAGE_PIXELS
    decode(odd_images.tiny_png())
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    assert before == Image.MAX_IMAGE_PIXELS


# Decodes each file of a pickled list in a child of this process, which has loaded all that Pillow loads when first used.
MEASURE = """
import os, pickle, sys
from vae_core.data.pictures import preparation as images
from vae_core.errors import ImageError

def kilobytes(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key))

def decode(file):
    before = kilobytes("VmRSS")
    open("/proc/self/clear_refs", "w").write("5")
    try:
        result = repr(images.decode(file).size)
    except ImageError as error:
        result = str(error)
    print((kilobytes("VmHWM") - before) / 1024, result, sep="|", flush=True)

small, *files = pickle.load(sys.stdin.buffer)
images.decode(small)
for file in files:
    if os.fork() == 0:
        decode(file)
        os._exit(0)
    os.wait()
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from Linux's /proc")
def test_no_image_takes_150_megabytes():
    heavy = [*odd_images.heavy(), *odd_formats.heavy()]
    files = pickle.dumps([odd_images.tiny_png(), *(odd.file for odd in heavy)])
    done = subprocess.run([sys.executable, "-c", MEASURE], input=files, capture_output=True, cwd=ROOT, timeout=150, check=True)
    for odd, line in zip(heavy, done.stdout.decode().splitlines(), strict=True):
        megabytes, result = line.split("|")
        assert float(megabytes) < 150 / 1.048576, odd.name
        if isinstance(odd.expected, Refused):
            assert re.search(odd.expected.because, result), odd.name
            assert float(megabytes) < 40, odd.name
        else:
            assert result == repr(odd.expected.size), odd.name


# Upright, plain, halved


def test_eight_orientations_of_a_picture_give_the_same_model_input():
    upright = noise(45, 33)
    files = [array_png(turn(upright), extra=chunk(b"eXIf", exif(number))) for number, turn in TURNED.items()]
    assert len({decode(file).tobytes() for file in files}) == 1
    np.testing.assert_array_equal(decode(files[5]), upright)
    for shape in (GREY, COLOUR, (1, 20, 50)):
        assert len({prepare(decode(file), shape, Preparation()).image.tobytes() for file in files}) == 1


def test_eight_orientations_of_a_halved_picture_too_though_its_sides_are_odd(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(decoding, "_MAX_KEPT_PIXELS", 1_000)
    monkeypatch.setattr(opened, "STRIP", 3)
    upright = noise(45, 33)
    halves = [decode(array_png(turn(upright), extra=chunk(b"eXIf", exif(number)))) for number, turn in TURNED.items()]
    expected = upright[:32, :44].reshape(16, 2, 22, 2, 3).mean((1, 3))
    for half in halves:
        np.testing.assert_array_equal(half, halves[0])
        np.testing.assert_allclose(half, expected, atol=0.51)


def test_a_halved_picture_differs_little_from_the_whole_once_it_is_a_models_input(monkeypatch: pytest.MonkeyPatch):
    rows, columns = np.indices((300, 400)) / 30
    smooth = np.stack([np.sin(rows) * np.cos(columns), np.cos(rows + columns), np.sin(columns)], -1)
    file = array_png((127 + 120 * smooth).astype(np.uint8))
    whole = prepare(decode(file), COLOUR, Preparation()).image
    monkeypatch.setattr(decoding, "_MAX_KEPT_PIXELS", 100_000)
    assert decode(file).size == (200, 150)
    assert np.abs(prepare(decode(file), COLOUR, Preparation()).image.astype(int) - whole).mean() < 1


def test_sixteen_bits_are_scaled_not_clipped():
    levels = np.arange(0, 65_536, 16, dtype=np.uint16).reshape(64, 64)
    np.testing.assert_array_equal(decode(array_png(levels)), np.rint(levels / 257).astype(np.uint8))


@pytest.mark.parametrize("strip", [1, 5, 1_000])
def test_strips_leave_no_seam(strip: int, monkeypatch: pytest.MonkeyPatch):
    whole = np.random.default_rng(0).integers(0, 256, (17, 9, 4), np.uint8)
    monkeypatch.setattr(opened, "STRIP", strip)
    alpha = whole[..., 3:] / 255
    np.testing.assert_allclose(decode(array_png(whole)), whole[..., :3] * alpha + 255 * (1 - alpha), atol=1)


# What is suggested


def circle(ground: int, ink: int, width: int = 120, height: int = 90) -> Image.Image:
    """A ring, off the middle."""
    rows, columns = np.indices((height, width))
    ring = np.abs(np.hypot(rows - 40, columns - 50) - 20) < 4
    return Image.fromarray(np.where(ring, ink, ground).astype(np.uint8))


@pytest.mark.parametrize(
    ("ground", "ink", "background", "invert"),
    [(255, 0, 0.0, True), (0, 255, 0.0, False), (255, 0, 1.0, False), (0, 255, 1.0, True), (90, 20, 0.0, True), (200, 250, 0.0, False)],
)
def test_light_and_dark_are_exchanged_when_the_grounds_disagree(ground: int, ink: int, background: float, invert: bool):
    how = suggest(circle(ground, ink), GREY, background=background)
    assert how.invert is invert
    assert how.centre is (background == 0)
    assert how.fit == ("pad" if background == 0 else "crop")


def test_colours_and_sets_without_a_ground_are_left_alone():
    assert suggest(Image.fromarray(quarters()), COLOUR, background=0.0) == Preparation()
    assert suggest(circle(255, 0), (1, 64, 64), background=0.5) == Preparation()


def test_a_picture_of_the_set_comes_back_as_it_is():
    digits = data.load("mnist10k").images[:20]
    for digit in digits:
        image = decode(array_png(digit[0]))
        prepared = prepare(image, GREY, suggest(image, GREY, background=0.0))
        np.testing.assert_array_equal(prepared.image, digit)
        assert [step.title for step in prepared.steps] == ["The picture", "What the model sees"]


# Resizing and cutting


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 64, 64), (3, 8, 8), (1, 128, 128), (1, 16, 100), (3, 100, 16)])
@pytest.mark.parametrize("size", [(300, 200), (201, 333), (28, 28), (9, 7)])
def test_a_resize_is_pillows_antialiased_resize_of_the_middle(shape: tuple[int, int, int], size: tuple[int, int]):
    channels, height, width = shape
    picture = noise(*size)
    result = prepare(Image.fromarray(picture), shape, Preparation()).image
    assert (result.dtype, result.shape, result.flags.c_contiguous) == (np.uint8, shape, True)
    across, down = min(size[0], max(1, round(size[1] * width / height))), min(size[1], max(1, round(size[0] * height / width)))
    left, top = (size[0] - across) // 2, (size[1] - down) // 2
    cut = Image.fromarray(np.ascontiguousarray(picture[top : top + down, left : left + across]))
    expected = np.asarray(cut.convert("L" if channels == 1 else "RGB").resize((width, height), LANCZOS)).reshape(height, width, channels)
    assert np.abs(result.transpose(1, 2, 0) - expected.astype(int)).max() <= 1


def test_grey_is_luminance():
    small = prepare(Image.fromarray(quarters()), (1, 16, 32), Preparation()).image
    for (y, x), colour in zip([(4, 8), (4, 24), (12, 8), (12, 24)], CORNERS, strict=True):
        assert abs(int(small[0, y, x]) - np.dot(colour, [0.299, 0.587, 0.114])) <= 1


def test_crop_takes_the_middle_and_pad_takes_all_on_the_borders_colour():
    wide = np.full((20, 60), 90, np.uint8)
    wide[:, 20:40], wide[8:12, 0:4] = 200, 7
    cropped = prepare(Image.fromarray(wide), (1, 20, 20), Preparation()).image[0]
    np.testing.assert_array_equal(cropped, 200)
    padded = prepare(Image.fromarray(wide), (1, 60, 60), Preparation(fit="pad")).image[0]
    np.testing.assert_array_equal(padded[20:40], wide)
    np.testing.assert_array_equal(np.delete(padded, slice(20, 40), 0), 90)


def test_a_box_is_cut_and_keeps_its_proportions():
    picture = np.arange(40 * 80, dtype=np.uint32).reshape(40, 80).astype(np.uint8)
    square = Preparation(fit="box", box=(0.25, 0.5, 0.5, 1.0))
    np.testing.assert_array_equal(prepare(Image.fromarray(picture), (1, 20, 20), square).image[0], picture[20:40, 20:40])
    tall = prepare(Image.fromarray(np.full((40, 80), 66, np.uint8)), (1, 16, 16), Preparation(fit="box", box=(0, 0, 0.1, 1)))
    np.testing.assert_array_equal(tall.image, 66)
    assert tall.steps[1].picture.shape == (40, 8)
    dot = prepare(Image.fromarray(picture), (1, 8, 8), Preparation(fit="box", box=(0.999, 0.999, 1, 1)))
    np.testing.assert_array_equal(dot.image, picture[-1, -1])


@pytest.mark.parametrize("box", [None, (0.5, 0, 0.5, 1), (0, 0.6, 1, 0.4), (-0.1, 0, 1, 1), (0, 0, 1, 1.1), (float("nan"), 0, 1, 1)])
def test_a_box_that_is_none_is_refused(box: tuple | None):
    with pytest.raises(ImageError, match="the box is empty or leaves the picture"):
        Preparation(fit="box", box=box)
    with pytest.raises(ImageError, match="'stretch' to fit a picture; choose one of crop, pad, box"):
        Preparation(fit="stretch")


@pytest.mark.parametrize("size", [(12_000, 1), (1, 12_000), (1, 1), (3, 900)])
@pytest.mark.parametrize("how", [Preparation(), Preparation(fit="pad"), Preparation(fit="pad", invert=True, centre=True)], ids=str)
def test_extreme_pictures_are_prepared(size: tuple[int, int], how: Preparation):
    prepared = prepare(Image.fromarray(noise(*size)), (3, 17, 30), how)
    assert prepared.image.shape == (3, 17, 30)
    assert all(max(step.picture.shape[:2]) <= 512 for step in prepared.steps)


def test_steps_tell_what_was_done_in_order():
    large = Image.fromarray(quarters(width=1_600, height=800))
    prepared = prepare(large, GREY, Preparation(invert=True))
    assert [(step.title, step.picture.shape) for step in prepared.steps] == [
        ("The picture", (256, 512, 3)),
        ("The part that is used", (512, 512, 3)),
        ("Shades of grey", (512, 512)),
        ("Light and dark exchanged", (512, 512)),
        ("What the model sees", (28, 28)),
    ]
    grey, inverted = prepared.steps[2].picture.astype(int), prepared.steps[3].picture
    np.testing.assert_array_equal(inverted, 255 - grey)
    np.testing.assert_array_equal(prepared.steps[-1].picture, prepared.image[0])


# Digits


def box_and_mass(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sides of what is drawn, and its centre of mass, as (row, column)."""
    places = np.argwhere(image > 25)
    return np.ptp(places, axis=0) + 1, np.array(ndimage.center_of_mass(image.astype(float)))


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 64, 64), (3, 42, 42)])
def test_what_is_drawn_fills_its_box_with_its_mass_in_the_middle(shape: tuple[int, int, int]):
    """On pixel number side / 2, as in MNIST, whose digits are drawn the same way below."""
    picture = np.full((300, 420), 230, np.uint8)
    picture[60:220, 300:325], picture[200:220, 240:325] = 30, 30
    prepared = prepare(Image.fromarray(picture), shape, Preparation(fit="pad", invert=True, centre=True)).image[0]
    sides, mass = box_and_mass(prepared)
    side = shape[1]
    assert sides.max() == pytest.approx(side * 20 / 28, abs=1)
    assert sides[1] / sides[0] == pytest.approx(85 / 160, abs=0.08)
    np.testing.assert_allclose(mass, side / 2, atol=0.5 + 0.01)
    assert prepared[int(mass[0]), -1] == 0
    assert prepared.max() > 250


def test_centring_an_mnist_digit_again_hardly_changes_it():
    digits = data.load("mnist10k").images[:20]
    again = np.stack([prepare(Image.fromarray(digit[0]), GREY, Preparation(centre=True)).image for digit in digits])
    distance = np.abs(again.astype(float) - digits).mean()
    moved = np.abs(np.roll(digits, 1, axis=2).astype(float) - digits).mean()
    assert distance < 0.6 * moved
    for digit in digits:
        _, mass = box_and_mass(digit[0])
        np.testing.assert_allclose(mass, 14, atol=0.6)


def test_uneven_light_specks_and_a_dark_edge_are_not_ink():
    clean, rows = circle(220, 40), np.arange(90)[:, None]
    spoiled = np.asarray(clean) * (1 - 0.4 * rows / 89)
    spoiled[70:72, 100:102], spoiled[:, :6] = 40, 20
    how = Preparation(fit="pad", invert=True, centre=True)
    both = (prepare(image, GREY, how) for image in (clean, Image.fromarray(spoiled.astype(np.uint8))))
    expected, found = (prepared.steps[-2].picture.astype(int) for prepared in both)
    assert np.abs(found - expected).mean() < 0.02 * expected.mean()
    assert not found[:, :40].any()
    assert not found[:, -120:].any()


def test_a_thin_pen_is_made_as_thick_as_mnists_and_a_thick_one_is_left():
    rows, columns = np.indices((400, 400))
    distance = np.abs(np.hypot(rows - 200, columns - 180) - 100)
    thin, thick = (
        prepare(Image.fromarray(np.where(distance < half, 30, 220).astype(np.uint8)), GREY, Preparation(invert=True, centre=True))
        for half in (2, 14)
    )
    assert [step.title for step in thin.steps][-2] == "Thin strokes thickened"
    assert "Thin strokes thickened" not in [step.title for step in thick.steps]
    middle = thin.image[0, 14]
    assert middle[:14].max() > 220
    assert middle[:14].sum() / 255 == pytest.approx(0.12 * 20, abs=0.6)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_blank_page_is_an_empty_picture(value: int):
    page = np.clip(np.random.default_rng(0).normal(value, 4, (200, 200)), 0, 255).astype(np.uint8)
    for invert in (False, True):
        prepared = prepare(Image.fromarray(page), GREY, Preparation(invert=invert, centre=True))
        assert not prepared.image.any()


def photograph(digit: np.ndarray, random: np.random.Generator) -> Image.Image:
    """A digit (28, 28) in dark ink somewhere on white paper, 400 to 600 pixels a side; light falls to 55 %, blur, noise."""
    height, width = random.integers(400, 601, 2)
    side = int(random.uniform(0.35, 0.7) * min(height, width))
    large = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)) / 255
    top, left = random.integers(0, height - side + 1), random.integers(0, width - side + 1)
    ink = np.zeros((height, width))
    ink[top : top + side, left : left + side] = large
    direction = random.uniform(0, 2 * np.pi)
    slope = np.add.outer(np.sin(direction) * np.linspace(-1, 1, height), np.cos(direction) * np.linspace(-1, 1, width))
    light = 1 - 0.45 * (slope - slope.min()) / np.ptp(slope)
    paper, pen = random.uniform(0.85, 0.97), random.uniform(0.1, 0.3)
    sensor = ndimage.gaussian_filter(255 * light * (paper - (paper - pen) * ink), random.uniform(1, 2))
    return Image.fromarray(np.clip(np.rint(sensor + random.normal(0, 6, sensor.shape)), 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def neighbours():
    """Says the class of images (N, 1, 28, 28): that of most of the five nearest codes of `mnist-16d`'s own training images."""
    import torch
    from sklearn.neighbors import KNeighborsClassifier

    from vae_core import find, load_model
    from vae_core.latent import codes

    run = find("mnist-16d")
    own, model = codes.load(run.codes), load_model(run)
    model.eval()
    nearest = KNeighborsClassifier(5).fit(own.mean[own.validation :], own.labels[own.validation :])

    def classes(pictures: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return nearest.predict(model.encode(torch.from_numpy(pictures).float() / 255).mean.numpy())

    return classes


def test_a_photographed_digit_is_encoded_among_its_own_class(neighbours):
    """At least 80 of 100, ten a class, none of them trained on; without centring, not half as many."""
    mnist, random = data.load("mnist10k"), np.random.default_rng(0)
    held_out = mnist.labels[mnist.validation]
    chosen = np.concatenate([random.permutation(mnist.validation[held_out == label])[:10] for label in range(10)])
    photos = [photograph(mnist.images[number, 0], random) for number in chosen]
    prepared = np.stack([prepare(photo, GREY, suggest(photo, GREY, background=0.0)).image for photo in photos])
    assert (neighbours(prepared) == mnist.labels[chosen]).sum() >= 85
    plain = np.stack([prepare(photo, GREY, Preparation(invert=True)).image for photo in photos])
    assert (neighbours(plain) == mnist.labels[chosen]).sum() < 50


# Archives of pictures keep the same promise

MOST_GROWTH_MB = 300
LONGEST_SECONDS = 10


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


TRIED = """
import json, os, sys, time
from pathlib import Path
from vae_core import data
from vae_core.data import own
from vae_core.data.pictures import decoding
from vae_core.errors import DataError

WRITES = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.chmod", "os.utime")
home, outside = str(Path(os.environ["VAE_DATA"])), []

def megabytes(entry):
    return int(Path("/proc/self/status").read_text().partition(entry + ":")[2].split()[0]) / 1024

def watch(event, arguments):
    if event not in WRITES or event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        return
    relative = event in ("os.remove", "os.rmdir") and arguments[1] != -1
    above = os.readlink(f"/proc/self/fd/{arguments[1]}") if relative else os.getcwd()
    for place in arguments[: 2 if event in ("os.rename", "os.link") else 1]:
        if not isinstance(place, int) and os.path.commonpath([home, os.path.abspath(os.path.join(above, place))]) != home:
            outside.append(f"{event} {place}")

def attempt(path):
    before, start = megabytes("VmRSS"), time.monotonic()
    try:
        name, result = own.import_zip(path, title="Odd", image_shape=(1, 8, 8))
        loaded = data.load(name)
        said = {"kept": len(loaded.images), "skipped": result.skipped, "classes": loaded.info.class_names, "says": result.sentence}
    except DataError as error:
        said = {"kept": 0, "refused": str(error)}
    spent = {"seconds": time.monotonic() - start, "growth": megabytes("VmHWM") - before, "outside": outside}
    print(json.dumps(said | spent), flush=True)

sys.addaudithook(watch)
for path in sorted(Path(sys.argv[1]).iterdir()):
    if not os.fork():
        attempt(path)
        os._exit(0)
    if os.wait()[1]:
        print(json.dumps({"died": True}), flush=True)
"""


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What came of every odd archive, each in a process of its own, whose highest memory is thus its alone."""
    home = tmp_path_factory.mktemp("odd")
    (home / "archives").mkdir()
    for place, odd in enumerate(odd_archives.ODD):
        (home / "archives" / f"{place:03}.zip").write_bytes(odd.make())
    before = listing(home)
    lines = finished(child(TRIED, str(home / "archives"), folder=home / "data")).splitlines()
    after = [path for path in listing(home) if not path.startswith("data")]
    assert after == before
    names = {path.split("/")[1] for path in listing(home / "data") if "/" in path}
    assert all(name.startswith("own-odd-") for name in names)
    return {odd.name: json.loads(line) for odd, line in zip(odd_archives.ODD, lines, strict=True)}


@LINUX
@pytest.mark.parametrize("odd", odd_archives.ODD, ids=[odd.name for odd in odd_archives.ODD])
def test_an_odd_archive_is_used_rightly_or_refused_with_one_sentence(tried: dict[str, dict], odd: odd_archives.Odd) -> None:
    came = tried[odd.name]
    assert came["kept"] == odd.kept
    assert came["growth"] < MOST_GROWTH_MB
    assert came["seconds"] < LONGEST_SECONDS
    assert came["outside"] == []
    if odd.kept:
        assert (came["skipped"], tuple(came["classes"])) == (odd.skipped, odd.classes)
        assert odd.says in came["says"]
    else:
        assert odd.says in came["refused"]
        assert 20 < len(came["refused"]) < 200
        assert "\n" not in came["refused"]
        assert str(ROOT) not in came["refused"]


def test_there_are_enough_odd_archives_of_either_kind() -> None:
    assert len({odd.name for odd in odd_archives.ODD}) == len(odd_archives.ODD) >= 25
    assert min(sum(odd.kept > 0 for odd in odd_archives.ODD), sum(odd.kept == 0 for odd in odd_archives.ODD)) >= 10


def test_the_pictures_of_odd_archives_are_the_right_ones(home: Path) -> None:
    for odd in odd_archives.ODD:
        if odd.kept and not odd.skipped and not odd.classes and "same" not in odd.name:
            name, _ = own.import_zip(io.BytesIO(odd.make()), title=odd.name, image_shape=(1, 8, 8))
            images = data.load(name).images
            np.testing.assert_array_equal(images[:4], [pixels(picture(number)) for number in range(4)])


def test_a_zip_of_more_than_100_mb_is_refused_unread(home: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.zip"
    large.write_bytes(b"")
    os.truncate(large, 100_000_001)
    with pytest.raises(DataError, match="at most 100 MB"):
        own.import_zip(large, title="Large", image_shape=(1, 8, 8))


def test_200_mutations_of_a_good_zip_raise_nothing_but_data_errors(home: Path) -> None:
    whole, chance = bytearray(ordinary()), random.Random(7)
    outcomes = {"kept": 0, "refused": 0}
    for _ in range(200):
        mutant = bytearray(whole)
        for _ in range(chance.choice((1, 3, 10))):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        if chance.random() < 0.2:
            del mutant[chance.randrange(len(mutant)) :]
        try:
            name, result = own.import_zip(io.BytesIO(mutant), title="Mutant", image_shape=(1, 8, 8))
            assert len(data.load(name).images) == result.kept
            outcomes["kept"] += 1
        except DataError:
            outcomes["refused"] += 1
        shutil.rmtree(home / "own", ignore_errors=True)
    assert min(outcomes.values()) > 20
