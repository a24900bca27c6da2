"""An exported model is read without torch, and whatever no model can be is refused before memory is taken for it."""

import json
import time
import tracemalloc

import numpy as np
import pytest

from ui.components.bundle import bundle
from vae_core import models
from vae_core.config import ModelConfig
from vae_core.errors import RunDamaged
from vae_core.files.tensors import pack, unpack
from vae_core.models.export import export
from vae_core.models.program import read_program

MODEL = ModelConfig(image_shape=(1, 16, 16), channels=(4,), hidden=(8,), latent_dim=3)
ABSENT = object()


def spoilt(**changes: object) -> bytes:
    """The exported model with other facts, and a digest that fits."""
    arrays, metadata = unpack(export(models.build(MODEL)), "network.bin")
    program = json.loads(metadata["program"]) | changes
    program = {name: value for name, value in program.items() if value is not ABSENT}
    return pack(arrays, {"format": metadata["format"], "program": json.dumps(program)})


def with_arrays(change: dict[str, np.ndarray]) -> bytes:
    arrays, metadata = unpack(export(models.build(MODEL)), "network.bin")
    return pack(arrays | change, {name: metadata[name] for name in ("format", "program")})


FORGED = {
    "a thousand million dimensions": lambda: spoilt(latent_dim=10**9),
    "more digits than a number has": lambda: spoilt(latent_dim=10**4000),
    "no dimension": lambda: spoilt(latent_dim=0),
    "half a dimension": lambda: spoilt(latent_dim=0.5),
    "true dimensions": lambda: spoilt(latent_dim=True),
    "dimensions in words": lambda: spoilt(latent_dim="3"),
    "dimensions unsaid": lambda: spoilt(latent_dim=ABSENT),
    "a huge image": lambda: spoilt(image_shape=[1, 10**6, 10**6]),
    "an image of two sides": lambda: spoilt(image_shape=[16, 16]),
    "an image that is a number": lambda: spoilt(image_shape=16),
    "another version": lambda: spoilt(version=2),
    "no functions": lambda: spoilt(functions=ABSENT),
    "functions of another kind": lambda: spoilt(functions=[1]),
    "no decoder": lambda: spoilt(functions={}),
    "steps of another kind": lambda: spoilt(functions={"decode": {"steps": 3}}),
    "no program": lambda: pack({}, {"format": "vae-program"}),
    "a program that is a list": lambda: pack({}, {"format": "vae-program", "program": "[1]"}),
    "a program that is no JSON": lambda: pack({}, {"format": "vae-program", "program": "{"}),
    "a deep program": lambda: pack({}, {"format": "vae-program", "program": "[" * 100_000}),
    "another format": lambda: pack({}, {"format": "vae-weights", "program": "{}"}),
    "no format": lambda: pack({}, {}),
    "a weight that is no number": lambda: with_arrays({"h1.bias": np.full(4, np.nan, np.float32)}),
    "an infinite weight": lambda: with_arrays({"h1.bias": np.full(4, np.inf, np.float16)}),
    "a prior without deviations": lambda: spoilt(prior={"weights": [1], "means": [[0, 0, 0]]}),
    "a prior of other dimensions": lambda: spoilt(prior={"weights": [1], "means": [[0, 0]], "deviations": [[1, 1]]}),
    "a prior of no width": lambda: spoilt(prior={"weights": [1], "means": [[0, 0, 0]], "deviations": [[1, 0, 1]]}),
    "a prior of no weight": lambda: spoilt(prior={"weights": [0], "means": [[0, 0, 0]], "deviations": [[1, 1, 1]]}),
    "a prior that is a word": lambda: spoilt(prior="wide"),
    "a prior that is nowhere": lambda: spoilt(prior={"weights": [1], "means": [[0, 0, 1e999]], "deviations": [[1, 1, 1]]}),
    "whole numbers as weights": lambda: with_arrays({"h1.bias": np.zeros(4, np.int32)}),
}


def test_an_exported_model_says_what_it_is():
    program = read_program(export(models.build(MODEL)), "network.bin")
    assert (program["latent_dim"], program["image_shape"], program["family"]) == (3, [1, 16, 16], "vae")
    assert read_program(spoilt(), "network.bin") == program


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_model_is_refused_at_once_by_its_name(kind):
    blob = FORGED[kind]()
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(RunDamaged, match=r"^network\.bin is no model that this program can run .*; export the model again$"):
        bundle(blob, codes=None, labels=None, thumbnails=None, columns=1, about={})
    seconds, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 1
    assert peak < 20e6
