"""Augmentation moves pictures as it says: against torchvision's own transforms, one image at a time, and by hand."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from vae_core.config import TrainConfig
from vae_core.data.torchvision_import import import_torchvision
from vae_core.training.augmentation import augment, is_wanted, preview, warp
from vae_core.training.loop import Training


def picture(*shape: int) -> torch.Tensor:
    """Smooth, with a flat border, so that the two ways to treat what lies outside agree."""
    torch.manual_seed(1)
    x = torch.zeros(shape)
    x[..., 6:-6, 6:-6] = torch.rand(*shape[:-2], shape[-2] - 12, shape[-1] - 12)
    return torch.nn.functional.avg_pool2d(x, 3, 1, 1)


def warped(x: torch.Tensor, mirrored=False, angle=0.0, scale=1.0, shift=(0.0, 0.0)) -> torch.Tensor:
    n = len(x)
    whole = {"angle": torch.full((n,), angle), "scale": torch.full((n,), scale), "shift": torch.tensor([shift] * n)}
    return warp(x, mirrored=torch.full((n,), mirrored), **whole)


@pytest.mark.parametrize(
    ("angle", "scale", "shift"), [(30.0, 1.0, (0.0, 0.0)), (-12.0, 1.3, (0.0, 0.0)), (0.0, 1.5, (0.125, -0.25)), (20.0, 1.2, (0.1, 0.05))]
)
@pytest.mark.parametrize("shape", [(2, 1, 24, 24), (2, 3, 24, 32)])
def test_turning_enlarging_and_moving_agree_with_torchvision(shape, angle, scale, shift):
    import_torchvision()
    from torchvision.transforms import v2 as transforms

    x, (height, width) = picture(*shape), shape[2:]
    moved = [shift[0] * width, shift[1] * height]
    expected = transforms.functional.affine(
        x, angle=angle, translate=moved, scale=scale, shear=[0.0, 0.0], interpolation=transforms.InterpolationMode.BILINEAR
    )
    inner = (..., slice(5, -5), slice(5, -5))
    torch.testing.assert_close(warped(x, angle=math.radians(angle), scale=scale, shift=shift)[inner], expected[inner], atol=2e-4, rtol=0)


def test_a_mirrored_image_is_mirrored_and_whole_steps_move_whole_pixels():
    x = torch.rand(3, 2, 8, 16)
    torch.testing.assert_close(warped(x, mirrored=True), x.flip(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(warped(x, shift=(2 / 16, -1 / 8))[:, :, :-1, 2:], x[:, :, 1:, :-2], atol=1e-5, rtol=0)
    torch.testing.assert_close(warped(x), x, atol=1e-5, rtol=0)


def test_what_comes_in_from_outside_continues_the_edge():
    x = torch.ones(1, 1, 8, 8)
    torch.testing.assert_close(warped(x, angle=0.7, shift=(0.4, 0.4)), x)


def test_every_image_draws_its_own_change_within_its_bounds():
    x = torch.full((400, 1, 4, 4), 0.5)
    light = augment(x, TrainConfig(brightness=0.4), torch.Generator().manual_seed(0))[:, 0, 0, 0]
    assert len(light.unique()) > 390
    assert 0.3 <= light.min() < 0.33 < 0.67 < light.max() <= 0.7
    x = torch.rand(400, 1, 4, 4)
    flipped = augment(x, TrainConfig(flip=True), torch.Generator().manual_seed(0))
    are_flipped = ((flipped - x.flip(3)).abs().amax((1, 2, 3)) < 1e-5).sum()
    are_kept = ((flipped - x).abs().amax((1, 2, 3)) < 1e-5).sum()
    assert are_flipped + are_kept == 400
    assert 150 < are_flipped < 250


def test_nothing_is_asked_for_by_default():
    assert not is_wanted(TrainConfig())
    for setting in ({"flip": True}, {"rotation": 5.0}, {"shift": 0.1}, {"zoom": 0.1}, {"brightness": 0.1}):
        assert is_wanted(TrainConfig(**setting))


def test_a_preview_is_bytes_and_repeats_itself(toy):
    config = TrainConfig(rotation=20.0, shift=0.1)
    shown = preview(toy.images[:10], config)
    assert (shown.dtype, shown.shape) == (np.uint8, toy.images[:10].shape)
    np.testing.assert_array_equal(shown, preview(toy.images[:10], config))
    assert (shown != toy.images[:10]).any(axis=(1, 2, 3)).all()


def test_a_training_sees_changed_images_and_validates_on_the_true_ones(toy, toy_config):
    config = dataclasses.replace(toy_config, train=dataclasses.replace(toy_config.train, rotation=30.0, shift=0.2, flip=True))
    records = [[record.total for record in Training(asked, toy) if record.split == "train"] for asked in (toy_config, config, config)]
    assert records[0] != records[1] == records[2]
