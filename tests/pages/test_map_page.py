"""The latent map without a browser: what its links carry, and which epoch it shows."""

from pathlib import Path

import pytest
from page_parts import put, read, view
from streamlit.testing.v1 import AppTest
from visiting import LATENT_MAP, checked, visit

from ui.about_run import informative_axes
from vae_core.runs.run import Run
from vae_core.training import jobs


def test_a_page_says_which_epoch_it_shows_of_a_model_in_training_and_leads_to_a_later_one(models: Path) -> None:
    def said(app: AppTest) -> list[str]:
        return [caption.value for caption in app.caption if caption.value.startswith("As of")]

    run = put(models, state="running", epoch=1, epochs=4)
    with jobs.held(run):
        app = visit(LATENT_MAP, run="tiny-2d")
        assert said(app) == ["As of epoch 1; the training is at epoch 1 of 4."]
        assert app.button(key="models.refresh").disabled
        put(models, state="running", epoch=3, epochs=4)
        app = checked(app.run())
        assert said(app) == ["As of epoch 3; the training is at epoch 3 of 4."]
    put(models, state="finished", epoch=4, epochs=4)
    assert said(visit(LATENT_MAP, run="tiny-2d")) == []


def test_the_map_restores_a_link(models: Path) -> None:
    app = visit(LATENT_MAP, run="tiny-5d", z="0.5,-1,0,0,2", axes="pc2,pc1")
    assert view(app) == {**view(app), "run": "tiny-5d", "point": [0.5, -1.0, 0.0, 0.0, 2.0], "axes": ["pc2", "pc1"]}
    assert "5 latent dimensions" in read("".join(caption.value for caption in app.caption))


def test_another_model_on_the_map_is_in_the_link(models: Path) -> None:
    app = visit(LATENT_MAP, run="tiny-5d", z="1,1,1,1,1")
    picker = app.selectbox(key="models.picked")
    assert picker.options == ["tiny-2d", "tiny-5d", "mnist-2d"]  # titles
    checked(picker.set_value("mnist-2d").run())
    assert app.query_params == {"run": "mnist-2d"}
    assert view(app) == {**view(app), "run": "mnist-2d", "point": None}


@pytest.mark.parametrize("z", ["nan,0", "inf,0", "1e308,1", "1", "1,2,3", "", ",", "1;2", "0x1,0", "٣,a", "1," * 5000])
def test_a_point_that_is_none_gives_the_first_image(models: Path, z: str) -> None:
    app = visit(LATENT_MAP, run="tiny-2d", z=z)
    assert view(app)["point"] is None


@pytest.mark.parametrize("axes", ["9,9", "z1,z1", "z1", "z1,z2,z3", "z0,z1", "z6,z1", "pc9,pc1", ",", "Z1,Z2"])
def test_axes_that_are_none_give_the_usual_ones(models: Path, axes: str) -> None:
    app = visit(LATENT_MAP, run="tiny-5d", axes=axes)
    assert view(app)["axes"] == list(informative_axes(Run(models / "tiny-5d")))
