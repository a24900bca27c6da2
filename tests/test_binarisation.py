"""Grey images become black and white ones by their own values, the same in every run."""

from dataclasses import replace

import numpy as np
import pytest

from vae_core import data
from vae_core.config import TrainConfig
from vae_core.data.binarisation import binarise, load_for
from vae_core.data.image_set import leave_out
from vae_core.errors import DataError


def test_pixels_are_white_with_the_probability_of_their_value():
    grey = np.repeat(np.array([0, 1, 51, 128, 254, 255], np.uint8), 40_000).reshape(6, 40_000)
    drawn = binarise(grey, seed=0)
    assert set(np.unique(drawn)) == {0, 255}
    assert (drawn == 255).mean(1).tolist() == pytest.approx((grey[:, 0] / 255).tolist(), abs=0.008)
    assert not drawn[0].any()
    assert drawn[5].all()


def test_the_same_seed_draws_the_same_and_the_given_images_stay():
    grey = np.random.default_rng(1).integers(0, 256, (2500, 1, 8, 8), np.uint8)
    before = grey.copy()
    assert np.array_equal(binarise(grey, seed=4), binarise(grey, seed=4))
    assert not np.array_equal(binarise(grey, seed=4), binarise(grey, seed=5))
    assert np.array_equal(grey, before)


@pytest.mark.parametrize(("setting", "train", "held_out"), [("no", False, False), ("once", True, True), ("each", False, True)])
def test_a_training_gets_what_its_setting_says(setting, train, held_out):
    given, whole = load_for(TrainConfig(dataset="digits", binarise=setting)), data.load("digits")
    are_drawn = [set(np.unique(given.images[index])) <= {0, 255} for index in (given.train, given.validation)]
    assert are_drawn == [train, held_out]
    assert np.array_equal(given.train, whole.train)
    if not held_out:
        assert np.array_equal(given.images, whole.images)


def test_a_training_gets_no_image_of_a_class_left_out():
    given, whole = load_for(TrainConfig(dataset="digits", without=(3, 7))), data.load("digits")
    assert np.array_equal(given.train, [place for place in whole.train if whole.labels[place] not in (3, 7)])
    assert np.array_equal(given.validation, [place for place in whole.validation if whole.labels[place] not in (3, 7)])
    assert len(given.images) == len(whole.images)
    drawn = load_for(TrainConfig(dataset="digits", without=(3,), binarise="each"))
    assert 3 not in drawn.labels[drawn.train]
    assert set(np.unique(drawn.images[drawn.validation])) <= {0, 255}


def test_of_a_set_without_labels_nothing_can_be_left_out():
    with pytest.raises(DataError, match="digits has no labels"):
        leave_out(replace(data.load("digits"), labels=None), [1])


def test_leaving_out_almost_everything_is_refused_with_what_is_left():
    with pytest.raises(DataError, match=r"without these classes, digits has \d+ images to train on and 0 to validate; leave out fewer"):
        load_for(TrainConfig(dataset="digits", images=60, without=tuple(range(9))))
