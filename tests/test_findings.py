"""What is said of a training by its numbers, and the sets of which nothing can be learned."""

import numpy as np
import pytest

from vae_core.data.equal_images import are_the_same
from vae_core.presets import configure
from vae_core.runs import findings

VAE, PLAIN = configure("mnist-2d"), configure("mnist-ae-2d")
MEASURED = {"elbo": -150.0, "active_units": 2, "validation_images": 2_000, "few_validation_images": False}


def validated(*kls: float) -> list[dict]:
    """The records of so many epochs, a training record before each validation record."""
    return [{"split": split, "epoch": epoch, "kl": kl} for epoch, kl in enumerate(kls, 1) for split in ("train", "validation")]


def test_a_working_model_gives_no_findings():
    assert findings.look(VAE, MEASURED, validated(2.0, 5.0, 6.0)) == []
    assert findings.look(VAE, {}, []) == []


def test_collapse_is_named_with_its_remedy_when_measured_and_while_it_trains():
    for card, records in ((MEASURED | {"active_units": 0}, []), ({}, validated(3.0, 0.4, 0.001))):
        (found,) = findings.look(VAE, card, records)
        assert str(found) == ("The code carries nothing: all images decode alike (posterior collapse). Lower beta or add free bits.")


@pytest.mark.parametrize("kls", [(0.0,), (0.0, 0.5), (0.0, 0.001, 3.0)])
def test_a_code_that_comes_late_is_no_collapse(kls: tuple[float, ...]):
    assert findings.look(VAE, {}, validated(*kls)) == []


def test_a_plain_autoencoder_has_no_posterior_to_collapse():
    assert findings.look(PLAIN, MEASURED | {"active_units": 0}, validated(0.0, 0.0, 0.0)) == []


@pytest.mark.parametrize(("count", "said"), [(1, "1 held-out image is too few"), (9, "9 held-out images are too few")])
def test_few_held_out_images_are_said_to_be_too_few(count: int, said: str):
    (found,) = findings.look(VAE, MEASURED | {"validation_images": count, "few_validation_images": True})
    assert said in found.sentence
    assert found.remedy


def test_few_held_out_images_are_said_before_the_end_too():
    (found,) = findings.look(VAE, {}, held_out=2)
    assert "2 held-out images are too few to measure" in found.sentence
    assert findings.look(VAE, {}, held_out=10) == []


def test_codes_that_left_the_prior_are_told_of_where_there_is_one():
    (found,) = findings.look(VAE, MEASURED, spread=17.8)
    assert "left the prior: a typical one lies 18 σ from its centre" in found.sentence
    assert findings.look(VAE, MEASURED, spread=1.4) == []
    assert findings.look(PLAIN, MEASURED, spread=17.8) == []


@pytest.mark.parametrize("nats", [1e33, -1e33, 1e9, float("nan"), float("inf")])
def test_absurd_losses_are_known(nats: float):
    assert findings.is_absurd(VAE, nats)


@pytest.mark.parametrize(
    ("settings", "nats"),
    [
        ({}, 1e5),
        ({}, -1e4),
        ({"likelihood": "gaussian", "sigma": 1e-3}, 784 * 0.5e6),
        ({"likelihood": "logistic", "sigma": 1e-3}, 784 * 1.8e3),
    ],
)
def test_a_bad_but_possible_loss_is_not_absurd(settings: dict, nats: float):
    """With a fixed sigma of 0.001, pixels that are all wrong cost half a million nats each."""
    assert not findings.is_absurd(configure("mnist-2d", settings), nats)


@pytest.mark.parametrize("shade", [0, 77, 255])
def test_equal_images_are_the_same_whatever_their_shade_and_so_are_noisy_ones(shade: int):
    images = np.full((200, 1, 8, 8), shade, np.uint8)
    assert are_the_same(images)
    noise = np.random.default_rng(0).integers(0, 3, images.shape)
    assert are_the_same((images.astype(int) + noise - 1).clip(0, 255).astype(np.uint8))
    images[150, 0, 3, 3] ^= 8
    assert not are_the_same(images)
    assert are_the_same(images, np.arange(150))
    assert not are_the_same(images, np.arange(100, 200))
    assert not are_the_same(images[:1])
