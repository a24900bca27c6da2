"""How sharp reconstructions of emoji are by pixels and by a perceptual loss, and what their codes have to say."""

import draws
import recipes
import skips
import torch
from recipes import Figures
from torch import Tensor

from vae_core.data.batches import Batches
from vae_core.models import Model, evaluation, load_model
from vae_core.runs import find

DRAWS = 400


def sharp() -> Figures:
    """A perceptual loss makes reconstructions sharper and less right than `emoji-32d` does, whether its features are taught or not.

    The code has all to say of an image, for there is nothing else; in a network with skip connections it has nothing to say.
    """
    taught, untaught = recipes.trained("emoji-sharp"), recipes.trained("emoji-sharp", labelled=False)
    models = {"pixels": load_model(find("emoji-32d")), "perceptual": taught.model.eval(), "untaught": untaught.model.eval()}
    figures = {
        f"{name}_{figure}": value
        for name, model in models.items()
        for figure, value in of_emoji(model, taught.batches, taught.validation_indices).items()
    }
    gain = figures["perceptual_sharpness"] / figures["pixels_sharpness"]
    return figures | {"sharpness_gain": gain, "perceptual_seconds": taught.seconds} | skips.exchanged()


@torch.inference_mode()
def of_emoji(model: Model, batches: Batches, held_out: Tensor) -> Figures:
    """Of held-out images: sharpness, squared error, and by how many grey levels of 255 a pixel changes when codes are exchanged."""
    x = batches[held_out]
    codes = model.encode(x).mean
    own, others = model.images(codes), model.images(codes.roll(1, 0))
    return {
        "sharpness": draws.sharpness(own, x),
        "draws_sharpness": draws.sharpness(model.sample(DRAWS, torch.Generator().manual_seed(0)), x),
        "error": evaluation.reconstruction_error(model, batches, held_out),
        "kl": evaluation.elbo(model, batches, held_out).kl,
        "exchange_mean": 255 * float((own - others).abs().mean()),
    }
