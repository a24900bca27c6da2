"""Every page without a browser: with no model, with small ones, with damaged ones, behind links made to break it. Trains in no page."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui import estimate
from ui.models import telling_axes
from vae_core import jobs, runs
from vae_core.config import PRESETS, RunConfig
from vae_core.runs import Run

ROOT = Path(__file__).parents[1]
HOME, LATENT_MAP, TRAIN = "app.py", "pages/latent_map.py", "pages/train.py"
PAGES = (HOME, LATENT_MAP, TRAIN)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoints folder that is not there yet; and estimates that cost no time."""
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(estimate, "_ask", lambda question: 4000.0)
    return tmp_path / "checkpoints"


@pytest.fixture
def models(folder: Path, trained: Path) -> Path:
    """The folder with `tiny-2d`, `tiny-5d`, and a copy of the former as the shipped `mnist-2d`."""
    shutil.copytree(trained, folder)
    shutil.copytree(folder / "tiny-2d", folder / "mnist-2d")
    return folder


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """What the pages launched; it is created and waits, for no process is started."""
    configs = []
    monkeypatch.setattr(jobs, "start", lambda run: configs.append(run.config))
    return configs


def visit(page: str, **link: str) -> AppTest:
    """The page behind a link. Nothing that a visitor meets may be an exception."""
    app = AppTest.from_file(str(ROOT / HOME), default_timeout=30)
    app.query_params.update(link)
    if page != HOME:
        app.switch_page(page)
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert [error.value for error in app.exception] == []
    return app


def links(app: AppTest) -> dict[str, str]:
    """Labels of the page's links below the menu, and where they lead."""
    found = [link.proto for link in app.get("page_link")][3:]
    return {link.label: f"{link.page}?{link.query_string}" for link in found}


def titles(app: AppTest) -> list[str]:
    """The names on the gallery's cards."""
    return [text.value for text in app.text]


def view(app: AppTest) -> dict:
    """What the latent map was told: run, point and axes."""
    return json.loads(app.get("bidi_component")[0].proto.json)


def keys(app: AppTest) -> list[str]:
    return [button.key for button in app.button]


# ---- Without a model -----------------------------------------------------------------------------------------------


def test_home_without_a_model_leads_to_training() -> None:
    app = visit(HOME)
    assert [caption.value for caption in app.caption] == ["There is no model here yet: train one to see it here."]
    assert links(app) == {"Train your own": "train?"}


def test_the_map_without_a_model_leads_to_training() -> None:
    app = visit(LATENT_MAP)
    assert [info.value for info in app.info] == ["There is no trained model yet."]
    assert links(app) == {"Train one": "train?"}


def test_training_needs_no_earlier_one() -> None:
    app = visit(TRAIN)
    assert app.selectbox(key="train.dataset").value == "mnist10k"
    assert [button.label for button in app.button if not button.disabled] == ["Start training"]
    assert "Earlier trainings" not in [heading.value for heading in app.subheader]


# ---- With models -----------------------------------------------------------------------------------------------------


def test_home_shows_the_newest_own_model_and_all_cards(models: Path) -> None:
    app = visit(HOME)
    assert view(app) == {**view(app), "run": "tiny-2d", "point": [0.0, 0.0], "compact": True}
    assert titles(app) == ["tiny-2d", "tiny-5d", "mnist-2d"]
    assert links(app)["Open the full map"] == "latent_map?run=tiny-2d"


def test_the_map_restores_a_link(models: Path) -> None:
    app = visit(LATENT_MAP, run="tiny-5d", z="0.5,-1,0,0,2", axes="pc2,pc1")
    assert view(app) == {**view(app), "run": "tiny-5d", "point": [0.5, -1.0, 0.0, 0.0, 2.0], "axes": ["pc2", "pc1"]}
    assert "5 latent dimensions" in "".join(caption.value for caption in app.caption)


def test_another_model_on_the_map_is_in_the_link(models: Path) -> None:
    app = visit(LATENT_MAP, run="tiny-5d", z="1,1,1,1,1")
    picker = app.selectbox(key="models.picked")
    assert picker.options == ["tiny-2d", "tiny-5d", "mnist-2d"]
    checked(picker.set_value(next(run for run in runs.list_runs() if run.id == "mnist-2d")).run())
    assert app.query_params == {"run": "mnist-2d"}
    assert view(app) == {**view(app), "run": "mnist-2d", "point": [0.0, 0.0]}


def test_a_training_that_ended_is_shown_with_its_numbers(models: Path) -> None:
    app = visit(TRAIN, run="tiny-2d")
    last = [record for record in Run(models / "tiny-2d").metrics() if record["split"] == "validation"][-1]
    assert app.subheader[0].value == "tiny-2d"
    assert [metric.value for metric in app.metric][:3] == [f"{last['total']:.1f}", f"{last['reconstruction']:.1f}", f"{last['kl']:.2f}"]
    assert links(app)["Explore this model"] == "latent_map?run=tiny-2d"
    assert keys(app) == []  # nothing to stop, nothing to resume


# ---- Links made to break a page ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [LATENT_MAP, TRAIN])
@pytest.mark.parametrize("run", ["../../etc", "tiny-2d/../tiny-5d", "a" * 300, "", ".trash", "tiny-2d\0", "no-such-run", "<script>"])
def test_a_link_to_no_run_says_so_and_shows_something_else(models: Path, page: str, run: str) -> None:
    app = visit(page, run=run)
    assert [warning.value.split(" that")[0] for warning in app.warning] == [f"The link names a {'model' if page == LATENT_MAP else 'run'}"]
    assert (view(app)["run"] if page == LATENT_MAP else app.selectbox(key="train.dataset").value) in ("tiny-2d", "mnist10k")


@pytest.mark.parametrize("z", ["nan,0", "inf,0", "1e308,1", "1", "1,2,3", "", ",", "1;2", "0x1,0", "٣,a", "1," * 5000])
def test_a_point_that_is_none_gives_the_middle(models: Path, z: str) -> None:
    app = visit(LATENT_MAP, run="tiny-2d", z=z)
    assert view(app)["point"] == [0.0, 0.0]


@pytest.mark.parametrize("axes", ["9,9", "z1,z1", "z1", "z1,z2,z3", "z0,z1", "z6,z1", "pc9,pc1", ",", "Z1,Z2", "z1,pc1"])
def test_axes_that_are_none_give_the_usual_ones(models: Path, axes: str) -> None:
    app = visit(LATENT_MAP, run="tiny-5d", axes=axes)
    assert view(app)["axes"] == list(telling_axes(Run(models / "tiny-5d")))


def test_a_link_does_not_move_home(models: Path) -> None:
    app = visit(HOME, run="../../etc", z="nan,1e308", axes="9,9")
    assert view(app) == {**view(app), "run": "tiny-2d", "point": [0.0, 0.0]}


# ---- Damage ------------------------------------------------------------------------------------------------------------


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
    "half a cover": ("cover.png", halve),
    "a cover that is text": ("cover.png", replace("not a picture")),
    "half a card": ("card.json", halve),
    "a card that is a list": ("card.json", replace("[]")),
    "a card of words": ("card.json", replace('{"elbo": "high", "kl_by_dimension": "no", "validation_images": null}')),
    "records of something else": ("metrics.jsonl", replace('{"a": 1}\n7\n{"split": "train"}\n')),
    "records that are no text": ("metrics.jsonl", lambda path: path.write_bytes(bytes(range(256)) * 9)),
    "half a film": ("film/0002-codes.npz", halve),
    "a film without a beginning": ("film/probes.npz", halve),
    "a title of something else": ("about.json", replace('{"title": ["a"]}')),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_a_sentence_and_hides_no_other_model(models: Path, damage: str) -> None:
    name, act = DAMAGE[damage]
    act(models / "tiny-2d" / name)
    assert set(titles(visit(HOME))) == {"tiny-2d", "tiny-5d", "mnist-2d"}
    visit(LATENT_MAP, run="tiny-2d")
    visit(TRAIN, run="tiny-2d")
    assert view(visit(LATENT_MAP, run="tiny-5d"))["run"] == "tiny-5d"
