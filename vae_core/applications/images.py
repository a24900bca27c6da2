"""The images that a model is measured on: those of its own data set, or of a part of it that comes with the program."""

import numpy as np

from vae_core import data
from vae_core.data.binarisation import binarised
from vae_core.data.image_set import ImageSet, leave_out
from vae_core.latent import encoded_sets
from vae_core.runs.run import Run


def dataset(run: Run) -> str:
    """The run's data set; where that has to be downloaded first, one from the same source with the same classes that is here.

    Raises DataError when the run's set is not known any more.
    """
    own = data.describe(run.config.train.dataset)
    if data.is_available(own.name):
        return own.name
    fitting = [data.describe(name) for name in encoded_sets.fitting(run) if data.is_available(name)]
    return next((info.name for info in fitting if (info.source, info.class_names) == (own.source, own.class_names)), own.name)


def load(run: Run) -> ImageSet:
    """The images, black and white for a run that learned from such, without the classes left out. `validation` was never learned from.

    Raises DataError when there are none here.
    """
    recipe, name = run.config.train, dataset(run)
    images = data.load(name, images=recipe.images if name == recipe.dataset else 0)
    return leave_out(images if recipe.binarise == "no" else binarised(images), recipe.without)


def some(places: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the places, which a seed decides, in their order."""
    chosen: np.ndarray = np.sort(np.random.default_rng(0).permutation(places)[:most])
    return chosen
