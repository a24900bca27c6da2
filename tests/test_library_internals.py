"""Private parts of libraries: they are there, and where one is missing, the library's public way draws as well."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vae_core.data import packaged
from vae_core.projections import algorithms, library_internals
from vae_core.projections.quality import quality

ROOT = Path(__file__).parents[1]
CODES = (np.repeat(8 * np.eye(3, 4), 30, axis=0) + np.random.default_rng(0).normal(size=(90, 4))).astype(np.float32)

# umap-learn drawn without its private epoch; compiling all of it would take longer.
UMAP = """
import sys, numpy as np
from vae_core.projections import algorithms, library_internals
library_internals.umap_epoch = lambda: None
steps = list(algorithms.umap(np.load(sys.argv[1]), 2, 0, neighbours=10, min_distance=0.1, epochs=20))
np.savez(sys.argv[2], iterations=[step.iteration for step in steps], points=steps[-1].points)
"""


def trustworthiness(points: np.ndarray) -> float:
    return quality(CODES, points)["trustworthiness"]


def test_the_installed_libraries_have_them() -> None:
    assert library_internals.umap_epoch() is not None
    assert library_internals.pacmap_steps() is not None
    assert packaged._digits_file().is_file()


def test_names_that_are_gone_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(library_internals.umap_loop(), "_optimize_layout_euclidean_single_epoch")
    assert library_internals.umap_epoch() is None
    monkeypatch.delattr(library_internals._pacmap(), "find_weight")
    assert library_internals.pacmap_steps() is None


@pytest.mark.parametrize("library", ["umap", "pacmap"])
def test_a_library_that_is_not_installed_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ModuleNotFoundError, match=library):
        {"umap": library_internals.umap_epoch, "pacmap": library_internals.pacmap_steps}[library]()


def test_tsne_without_affinities_from_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    from openTSNE import affinity

    monkeypatch.delattr(affinity, "PrecomputedAffinities")
    monkeypatch.setitem(sys.modules, "pynndescent", None)  # openTSNE asks it for more kinds of distance; importing it compiles for long
    steps = list(algorithms.tsne(CODES, 2, 0, perplexity=10.0, iterations=100, exaggeration=1.0, start="pca"))
    assert trustworthiness(steps[-1].points) > 0.85


def test_umap_without_its_epoch(tmp_path: Path) -> None:
    np.save(tmp_path / "codes.npy", CODES)
    command = [sys.executable, "-W", "ignore", "-c", UMAP, str(tmp_path / "codes.npy"), str(tmp_path / "drawn.npz")]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"NUMBA_DISABLE_JIT": "1"}, check=True)
    drawn = np.load(tmp_path / "drawn.npz")
    assert drawn["iterations"].tolist() == [0, 20]
    assert trustworthiness(drawn["points"]) > 0.85


def test_pacmap_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_internals, "pacmap_steps", lambda: None)
    steps = list(algorithms.pacmap(CODES, 2, 0, neighbours=10, mid_near=0.5, far=2.0))
    assert [step.iteration for step in steps] == [0, *range(15, 451, 15)]
    assert all(step.points.shape == (90, 2) and step.points.dtype == np.float32 for step in steps)
    assert trustworthiness(steps[-1].points) > 0.85


def test_digits_without_their_file(monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = packaged.read("digits")
    monkeypatch.setattr(packaged, "_digits_file", lambda: Path("nowhere"))
    for ours, theirs in zip((images, labels), packaged.read("digits"), strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
