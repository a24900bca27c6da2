"""The film in a real browser, over folders written by hand: scrubbing, playing, growing while a training runs. No model is trained."""

import contextlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import Opener, Visit, serving
from playwright.sync_api import Page, expect
from scipy.spatial.distance import pdist

from ui.components import film as component
from ui.palette import CLASS_COLOURS
from vae_core.errors import RunDamaged
from vae_core.files.atomic import write_atomic
from vae_core.files.pictures import contact_sheet, webp
from vae_core.files.tensors import unpack
from vae_core.latent.geometry import principal_directions
from vae_core.runs.previews import codes_in

SCRIPT = """
import os
from pathlib import Path
import streamlit as st
from ui.components.film import film

asked = st.query_params
name = "other" if st.toggle("Other film") else asked["film"]
live = asked.get("live") == "1"

@st.fragment(run_every=0.3 if live else None)
def watch():
    folder = Path(os.environ["FILMS"]) / name
    about = {"latent_dim": 2, "class_names": ["moves", "stays"], "has_prior": True, "is_conditional": False}
    film(folder, image_shape=(1, 28, 28), **about, live=live, signed=True, key="film")

watch()
"""
SIDE, FACES = 28, 10
# A copy of a canvas that is cheap to read.
PIXELS = """(() => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    return copy;
})()"""


def level(epoch: int) -> int:
    """The grey of every pixel that an epoch decodes."""
    return 10 * epoch


def codes_at(epoch: int) -> np.ndarray:
    """Class 0 walks from the right (2, 0) to the left, 0.4 an epoch; class 1 stays at (0, 2.5)."""
    return np.array([[2.4 - 0.4 * epoch, 0.0], [0.0, 2.5]] * 20, np.float16)


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def begin(folder: Path) -> None:
    folder.mkdir()
    originals = np.full((FACES, 1, SIDE, SIDE), 255, np.uint8)
    write_atomic(folder / "probes.npz", npz(labels=np.array([0, 1] * 20, np.int16)))
    write_atomic(folder / "originals.webp", webp(contact_sheet(originals, FACES), lossless=True))


def shoot(folder: Path, epoch: int, codes: np.ndarray | None = None, noise: bool = False) -> None:
    """Write one frame; `noise` makes its sheet as large as a real one."""
    tiles = np.full((144, 1, SIDE, SIDE), level(epoch), np.uint8)
    if noise:
        tiles[:, :, ::2] = np.random.default_rng(epoch).integers(0, 256, (144, 1, SIDE // 2, SIDE))
    write_atomic(folder / f"{epoch:04}-codes.npz", npz(mean=codes_at(epoch) if codes is None else codes))
    write_atomic(folder / f"{epoch:04}-reconstructions.webp", webp(contact_sheet(tiles[:FACES], FACES), lossless=True))
    write_atomic(folder / f"{epoch:04}-sheet.webp", webp(contact_sheet(tiles, 12), lossless=True))


def make(folder: Path, epochs: int, **options: object) -> Path:
    begin(folder)
    for epoch in range(1, epochs + 1):
        shoot(folder, epoch, **options)
    return folder


# ---- What is sent ------------------------------------------------------------------------------------------------------


def test_full_chunks_never_change(tmp_path: Path) -> None:
    folder = make(tmp_path / "film", 11)
    images, full, open_ = component._parts(folder, "name", True)
    shoot(folder, 12)
    component._pack_images.clear()
    component._pack_frames.clear()
    grown = component._parts(folder, "name", True)
    assert grown[:2] == [images, full]
    abouts = [json.loads(unpack(part, "part")[0]["about"].tobytes()) for part in grown]
    assert [about["epochs"] for about in abouts] == [[], [*range(1, 9)], [*range(9, 13)]]
    assert grown[2] != open_


def test_parts_hold_the_files_and_the_codes_as_they_are(tmp_path: Path) -> None:
    folder = make(tmp_path / "film", 2)
    (images, _), (frames, _) = (unpack(part, "part") for part in component._parts(folder, "name", True))
    assert images["originals"].tobytes() == (folder / "originals.webp").read_bytes()
    assert frames["2-sheet"].tobytes() == (folder / "0002-sheet.webp").read_bytes()
    assert frames["2-reconstructions"].tobytes() == (folder / "0002-reconstructions.webp").read_bytes()
    np.testing.assert_array_equal(frames["2-codes"], codes_at(2).astype(np.float32))


def test_a_film_written_anew_in_the_same_folder_is_not_taken_for_the_old(tmp_path: Path) -> None:
    folder = make(tmp_path / "film", 2)
    before = component._parts(folder, "name", True)[1]
    shoot(folder, 2, codes=-codes_at(2))
    assert component._parts(folder, "name", True)[1] != before


def test_one_dimension_lies_on_a_line() -> None:
    codes = np.array([[0.5], [-2.0]], np.float32)
    np.testing.assert_array_equal(component._flatten(codes, component._turn(None, codes)), [[0.5, 0], [-2.0, 0]])


def test_many_dimensions_are_seen_where_they_spread() -> None:
    random = np.random.default_rng(0)
    codes = random.normal(size=(300, 6)) * [0.0, 0.0, 3.0, 0.0, 2.0, 0.0]
    points = component._flatten(codes, component._turn(None, codes))
    np.testing.assert_allclose(pdist(points), pdist(codes[:, [2, 4]]), rtol=1e-5)


def test_the_view_follows_a_spread_that_moves_to_other_dimensions() -> None:
    random = np.random.default_rng(0)
    early = random.normal(size=(300, 4)) * [3.0, 3.0, 0.1, 0.1]
    late = random.normal(size=(300, 4)) * [0.02, 0.02, 3.0, 3.0]
    directions = component._turn(None, early)
    for _ in range(3):
        directions = component._turn(directions, late)
    np.testing.assert_allclose(pdist(component._flatten(late, directions)), pdist(late[:, 2:]), rtol=0.02, atol=0.05)


def test_the_view_does_not_jump_where_principal_axes_would() -> None:
    random = np.random.default_rng(0)
    before = random.normal(size=(1000, 8))
    after = before + 0.1 * random.normal(size=(1000, 8))
    first = component._turn(None, before)
    moved = component._flatten(after, component._turn(first, after)) - component._flatten(before, first)
    alone = principal_directions(after, 2)[1]
    jumped = after @ alone.T - before @ first.T
    assert np.sqrt((moved**2).mean()) < 0.2 < 0.5 < np.sqrt((jumped**2).mean())


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not an archive", None])
def test_damaged_codes_are_named(tmp_path: Path, damage: bytes | None) -> None:
    folder = make(tmp_path / "film", 3)
    path = folder / "0002-codes.npz"
    path.unlink() if damage is None else path.write_bytes(damage)
    with pytest.raises(RunDamaged, match=r"0002-codes\.npz"):
        component._parts(folder, "name", True)


def test_any_flipped_byte_of_the_codes_is_noticed_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "0001-codes.npz"
    whole = npz(mean=codes_at(1))
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        with contextlib.suppress(RunDamaged):
            np.testing.assert_array_equal(codes_in(tmp_path, 1), codes_at(1))


# ---- What is seen ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def address(films: Path) -> Iterator[str]:
    """A Streamlit server that shows the film ?film=NAME of the folder `films`."""
    script = films / "script.py"
    script.write_text(SCRIPT)
    with serving(script, films / "log.txt", FILMS=str(films)) as server:
        yield server.address


class Watched(Visit):
    """A page with the film on it."""

    def __init__(self, page: Page, address: str) -> None:
        super().__init__(page)
        self.address = address
        self.root = page.locator(".film")
        self.range = page.get_by_role("slider", name="Epoch")

    def open(self, query: str) -> None:
        self.page.goto(f"{self.address}/?{query}")

    def shows(self, epoch: int) -> None:
        expect(self.page.locator(f'.film[data-epoch="{epoch}"]')).to_be_visible(timeout=8000)
        expect(self.root).to_have_count(1, timeout=8000)  # a film that was there before goes when the script has ended

    def says(self, position: str) -> None:
        expect(self.page.locator(".position")).to_have_text(position, use_inner_text=True)

    def grey(self, selector: str) -> int:
        """The red of the pixel in the middle of a canvas."""
        middle = f"(canvas) => {PIXELS}.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0]"
        return self.page.locator(selector).first.evaluate(middle)

    def dots(self, colour: str) -> tuple[float, float] | None:
        """Where the pixels of a colour lie on the field of codes, each coordinate from 0 to 1; None if there are none."""
        return self.page.locator(".codes canvas").evaluate(
            """(canvas, colour) => {
                const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
                const { data, width, height } = PIXELS.getImageData(0, 0, canvas.width, canvas.height);
                let [x, y, n] = [0, 0, 0];
                for (let i = 0; i < data.length; i += 4) {
                    if (data[i + 3] < 250 || wanted.some((value, k) => Math.abs(value - data[i + k]) > 3)) continue;
                    x += ((i / 4) % width) / width;
                    y += Math.floor(i / 4 / width) / height;
                    n++;
                }
                return n ? [x / n, y / n] : null;
            }""".replace("PIXELS", PIXELS),
            colour,
        )


@pytest.fixture
def watched(new_visit: Opener, address: str) -> Watched:
    return new_visit(lambda page: Watched(page, address))


def test_scrubbing_shows_each_epoch_and_asks_nothing_of_the_server(watched: Watched, films: Path) -> None:
    make(films / "twelve", 12)
    watched.open("film=twelve")
    watched.shows(12)
    assert watched.grey(".sheet canvas") == level(12)
    before = watched.sent, watched.received
    watched.range.press("Home")
    watched.shows(1)
    assert (watched.grey(".sheet canvas"), watched.grey(".originals"), watched.grey(".reconstructions")) == (level(1), 255, level(1))
    moves, stays = watched.dots(CLASS_COLOURS[0]), watched.dots(CLASS_COLOURS[1])
    watched.range.press("ArrowRight")
    watched.shows(2)
    watched.range.fill("10")
    watched.shows(11)
    assert watched.grey(".sheet canvas") == level(11)
    expect(watched.range).to_have_attribute("aria-valuetext", "Epoch 11 of 12")
    watched.says("Epoch 11 of 12")
    # (2, 0) and (-2, 0) lie mirrored about the middle, and (0, 2.5) stays: one scale for all epochs.
    mirrored = watched.dots(CLASS_COLOURS[0])
    assert moves == pytest.approx([1 - mirrored[0], mirrored[1]], abs=0.01)
    assert moves[0] > 0.65
    assert moves[1] == pytest.approx(0.5, abs=0.01)
    assert watched.dots(CLASS_COLOURS[1]) == pytest.approx(stays, abs=1e-6)
    assert (0.5 - stays[1]) / (moves[0] - 0.5) == pytest.approx(2.5 / 2.0, abs=0.05)
    assert (watched.sent, watched.received) == before


def test_codes_that_have_not_parted_yet_are_small_beside_the_prior(watched: Watched, films: Path) -> None:
    make(films / "first", 1, codes=np.array([[0.0, 0.0], [0.2, 0.0]] * 20, np.float16))
    watched.open("film=first")
    watched.shows(1)
    assert watched.dots(CLASS_COLOURS[0]) == pytest.approx([0.5, 0.5], abs=0.01)
    assert watched.dots(CLASS_COLOURS[1]) == pytest.approx([0.53, 0.5], abs=0.01)


def test_faces_stand_in_columns(watched: Watched, films: Path) -> None:
    make(films / "columns", 2)
    watched.open("film=columns")
    watched.shows(2)
    measure = """(canvas) => {
        const { data } = PIXELS.getImageData(0, canvas.height >> 1, canvas.width, 1);
        const filled = Array.from({ length: canvas.width }, (_, x) => data[4 * x + 3] > 128);
        return filled.flatMap((is, x) => (is && !filled[x - 1] ? [x] : []));
    }""".replace("PIXELS", PIXELS)
    originals, reconstructions = (watched.page.locator(name).all() for name in (".originals", ".reconstructions"))
    for above, below in zip(originals, reconstructions, strict=True):
        starts = above.evaluate(measure)
        assert len(starts) == FACES / len(originals)
        assert below.evaluate(measure) == starts
        assert np.ptp(np.diff(starts)) <= 1
        height = above.evaluate("(canvas) => canvas.height")
        assert starts[1] - starts[0] - 4 == pytest.approx(height, abs=1)  # square, with four pixels between
    captions = watched.page.locator("figcaption").all_inner_texts()
    assert captions[:2] == ["A grid of the prior’s codes (dashed), decoded", "Codes of the same 40 held-out images"]


def test_play_goes_from_the_first_epoch_to_the_last_and_stops(watched: Watched, films: Path) -> None:
    make(films / "short", 3)
    watched.open("film=short")
    watched.shows(3)
    watched.root.evaluate(
        """(film) => {
            globalThis.seen = [];
            new MutationObserver(() => seen.push(film.dataset.epoch)).observe(film, { attributeFilter: ["data-epoch"] });
        }"""
    )
    watched.page.get_by_role("button", name="Play").press("Enter")
    expect(watched.page.get_by_role("button", name="Pause")).to_be_visible()
    watched.shows(1)
    watched.shows(3)
    expect(watched.page.get_by_role("button", name="Play")).to_be_visible()
    assert list(dict.fromkeys(watched.page.evaluate("seen"))) == ["1", "2", "3"]


def test_a_live_film_follows_until_someone_scrubs_back(watched: Watched, films: Path) -> None:
    folder = make(films / "live", 3)
    watched.open("film=live&live=1")
    watched.shows(3)
    shoot(folder, 4)
    watched.shows(4)
    live = watched.page.get_by_role("button", name="Live")
    expect(live).to_have_attribute("aria-pressed", "true")
    watched.range.press("Home")
    watched.shows(1)
    expect(live).to_have_attribute("aria-pressed", "false")
    shoot(folder, 5)
    watched.says("Epoch 1 of 5 so far")
    assert watched.grey(".sheet canvas") == level(1)
    live.click()
    watched.shows(5)
    assert watched.grey(".sheet canvas") == level(5)
    expect(live).to_have_attribute("aria-pressed", "true")


def test_a_full_chunk_crosses_the_wire_once(watched: Watched, films: Path) -> None:
    folder = make(films / "large", 9, noise=True)
    within, crossed = (folder / "0001-sheet.webp").read_bytes()[1000:1100], []
    watched.on("websocket", lambda socket: socket.on("framereceived", lambda payload: crossed.append(within in payload)))
    watched.open("film=large&live=1")
    watched.shows(9)
    shoot(folder, 10, noise=True)
    watched.shows(10)
    assert sum(crossed) == 1


def test_nothing_jumps_when_the_first_frame_comes(watched: Watched, films: Path) -> None:
    watched.open("film=coming&live=1")
    expect(watched.page.get_by_text("The first frame comes with the first epoch")).to_be_visible()
    expect(watched.range).to_be_disabled()
    boxes = "(film) => [...film.querySelectorAll('figure, .frame, .controls')].map((e) => JSON.stringify(e.getBoundingClientRect()))"
    empty = watched.root.evaluate(boxes)
    begin(films / "coming")
    shoot(films / "coming", 1)
    watched.shows(1)
    assert watched.root.evaluate(boxes) == empty
    expect(watched.page.get_by_text("The first frame comes with the first epoch")).to_be_hidden()


def test_another_film_takes_the_place_of_the_first(watched: Watched, films: Path) -> None:
    make(films / "one", 10)
    make(films / "other", 4)
    watched.open("film=one")
    watched.shows(10)
    watched.page.get_by_text("Other film").click()
    watched.shows(4)
    watched.says("Epoch 4 of 4")
    held = watched.page.evaluate("[...globalThis[Symbol.for('vae-explorer.film')].parts.values()].map((part) => part.epochs)")
    assert sorted(held) == [[], [1, 2, 3, 4]]


def test_a_damaged_picture_is_named_and_the_others_still_show(watched: Watched, films: Path) -> None:
    folder = make(films / "damaged", 3)
    (folder / "0002-sheet.webp").write_bytes(b"RIFF of nothing")
    watched.open("film=damaged")
    watched.shows(3)
    before = watched.dots(CLASS_COLOURS[0])
    watched.range.press("ArrowLeft")
    expect(watched.page.get_by_text("The picture of epoch 2 cannot be read")).to_be_visible()
    assert watched.grey(".sheet canvas") == 0
    assert watched.dots(CLASS_COLOURS[0])[0] > before[0] + 0.05  # the codes of epoch 2 are whole
    watched.range.press("ArrowLeft")
    watched.shows(1)
    expect(watched.page.get_by_text(re.compile("cannot be read"))).to_be_hidden()


def test_a_narrow_dark_screen(watched: Watched, films: Path) -> None:
    make(films / "narrow", 4)
    watched.page.set_viewport_size({"width": 390, "height": 844})
    watched.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    watched.open("film=narrow")
    watched.shows(4)
    sheet, codes, controls = (watched.page.locator(selector).bounding_box() for selector in (".sheet .frame", ".codes .frame", ".controls"))
    assert codes["y"] >= sheet["y"] + sheet["height"]
    assert sheet["width"] == codes["width"] > 330
    assert watched.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert controls["y"] + controls["height"] <= 844  # the controls stay within reach
    ink = watched.page.locator(".codes canvas").evaluate("(canvas) => getComputedStyle(canvas).color")
    assert min(int(value) for value in re.findall(r"\d+", ink)[:3]) > 180
    watched.range.press("Home")
    watched.shows(1)
