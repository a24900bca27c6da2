"""Projections: every number against an independent reference, every odd input a picture or a sentence, every file whole or refused."""

import json
import math
import os
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vae_core.errors import ConfigError, DataError, RunDamaged
from vae_core.files.atomic import write_atomic
from vae_core.files.tensors import pack
from vae_core.projections import algorithms, computation, library_internals
from vae_core.projections.computation import compute, projected, transform
from vae_core.projections.methods import METHODS
from vae_core.projections.projection import Projection, Stop
from vae_core.projections.quality import quality
from vae_core.projections.request import FORMAT, Request
from vae_core.projections.stored import load, save
from vae_core.runs.run import Run

LONG = [name for name, method in METHODS.items() if method.is_long]
SHORT = {"tsne": {"iterations": 100}, "umap": {"epochs": 30}, "pacmap": {}, "raw": {}, "pca": {}}
RANDOM = np.random.default_rng(0)
CLOUDS = np.concatenate([RANDOM.normal(6 * RANDOM.normal(size=5), 1.0, size=(100, 5)) for _ in range(4)]).astype(np.float32)
CLASSES = np.repeat(np.arange(4), 100)


@pytest.fixture(scope="module")
def drawn() -> dict[str, Projection]:
    """The four clouds by every method."""
    return {name: compute(CLOUDS, Request(name, parameters=SHORT[name]), labels=CLASSES) for name in METHODS}


def test_requests_are_complete_checked_and_survive_json():
    request = Request("tsne", 3, {"perplexity": 12}, seed=4, count=50, noise=True, data="mnist")
    assert request.parameters == {"perplexity": 12.0, "iterations": 500, "exaggeration": 1.0, "start": "pca"}
    assert Request.from_json(json.loads(json.dumps(request.to_json()))) == request
    assert len({request, Request("tsne", 3, {"perplexity": 12.0}, seed=4, count=50, noise=True, data="mnist"), Request("pca")}) == 2


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"method": "mds"}, "there is no projection 'mds'"),
        ({"method": "pca", "dims": 4}, "from 2 to 3"),
        ({"method": "pca", "seed": True}, "seed is 'True'"),
        ({"method": "pca", "noise": 1}, "expected true or false"),
        ({"method": "pca", "data": None}, "data is 'None'; expected the name of a data set"),
        ({"method": "tsne", "parameters": {"perplexity": 500}}, "from 2 to 200"),
        ({"method": "tsne", "parameters": {"perplexity": math.nan}}, "from 2 to 200"),
        ({"method": "tsne", "parameters": {"iterations": 100.5}}, "a whole number from 100"),
        ({"method": "tsne", "parameters": {"start": "spectral"}}, "one of pca, random"),
        ({"method": "umap", "parameters": {"perplexity": 5}}, "no parameter perplexity"),
        ({"method": "umap", "parameters": [3]}, "has no parameter"),
        ({"method": "umap", "colour": 1}, "is no request"),
        ([], "is no request"),
    ],
)
def test_what_no_method_can_do_is_refused_in_one_sentence(values, sentence):
    with pytest.raises(ConfigError, match=sentence):
        Request.from_json(values)


def test_every_default_is_within_its_range():
    for name, method in METHODS.items():
        assert Request(name).parameters == {key: parameter.default for key, parameter in method.parameters.items()}
        assert method.about.endswith(".")


def test_the_key_changes_with_everything_that_determines_the_result(tmp_path, monkeypatch):
    run = Run(tmp_path)
    with pytest.raises(RunDamaged, match=r"codes\.npz cannot be read"):
        Request("pca").key(run)
    run.codes.write_bytes(b"codes")
    variants = [Request("umap"), Request("umap", 3), Request("umap", seed=1), Request("umap", noise=True), Request("umap", count=9)]
    keys = [request.key(run) for request in [*variants, Request("umap", parameters={"neighbours": 9}), Request("tsne")]]
    assert keys[0] == Request("umap", parameters={"neighbours": 15}).key(run)
    monkeypatch.setattr("vae_core.projections.request.encoded_sets.key", lambda run, data: f"codes of {data}")
    keys += [Request("umap", data=data).key(run) for data in ("mnist", "emoji")]
    run.codes.write_bytes(b"other codes")
    assert Request("umap", data="emoji").key(run) == keys[-1]
    assert len({*keys, Request("umap").key(run)}) == len(keys) + 1


def test_another_version_of_a_library_finds_what_there_is(tmp_path, monkeypatch):
    run = Run(tmp_path)
    run.codes.write_bytes(b"codes")
    before = Request("tsne").key(run)
    monkeypatch.setattr(computation, "_version", lambda package: "another")
    assert Request("tsne").key(run) == before
    assert compute(CLOUDS, Request("tsne", parameters=SHORT["tsne"])).facts["versions"] == {"openTSNE": "another", "faiss-cpu": "another"}


@pytest.mark.parametrize("dims", [2, 3])
def test_pca_agrees_with_scikit_learn_and_its_plane_is_decodable(dims):
    from sklearn.decomposition import PCA

    found = compute(CLOUDS, Request("pca", dims))
    reference = PCA().fit(CLOUDS.astype(np.float64))
    theirs = reference.transform(CLOUDS.astype(np.float64))[:, :dims]
    theirs *= np.sign((theirs * found.points).sum(axis=0))
    np.testing.assert_allclose(found.points, theirs, atol=1e-5)
    np.testing.assert_allclose(found.facts["explained_variance"], reference.explained_variance_ratio_, atol=1e-5)
    places = RANDOM.normal(size=(20, dims))
    codes = found.plane.codes(places)
    np.testing.assert_allclose((codes - found.plane.origin) @ found.plane.basis.T, places, atol=1e-12)
    np.testing.assert_allclose(transform(CLOUDS, found, codes), places, atol=1e-6)


def test_the_whole_space_of_three_dimensions_comes_back_exactly():
    codes = RANDOM.normal(size=(50, 3)).astype(np.float32)
    found = compute(codes, Request("pca", 3))
    np.testing.assert_allclose(found.plane.codes(found.points), codes, atol=1e-5)


def test_pca_of_many_codes_and_of_few_is_that_of_a_singular_value_decomposition():
    from vae_core.latent.geometry import principal_directions

    for count in (3, 9001):
        codes = (RANDOM.normal(size=(count, 6)) * [5, 4, 3, 2, 1, 0.1] + 100).astype(np.float32)
        found = compute(codes, Request("pca"))
        centre, directions, deviations = principal_directions(codes.astype(np.float64), 6)
        np.testing.assert_allclose(found.points, (codes - centre) @ directions[:2].T, atol=1e-5)
        shares = deviations**2 / (deviations**2).sum()
        np.testing.assert_allclose(found.facts["explained_variance"], shares, atol=1e-9)


def test_raw_shows_the_asked_dimensions_as_they_are():
    found = compute(CLOUDS, Request("raw", parameters={"x": 3, "y": 1}))
    np.testing.assert_array_equal(found.points, CLOUDS[:, [3, 1]])
    np.testing.assert_array_equal(found.plane.codes(np.array([[2.0, -1.0]])), [[0, -1, 0, 2, 0]])
    with pytest.raises(ConfigError, match="vertical axis is 5; these codes have 0 to 4"):
        compute(CLOUDS, Request("raw", parameters={"y": 5}))


def test_quality_agrees_with_scikit_learn(drawn):
    from sklearn.manifold import trustworthiness
    from sklearn.neighbors import NearestNeighbors

    for name in ("pca", "tsne"):
        points = drawn[name].points
        found = quality(CLOUDS, points, queries=len(CLOUDS))
        assert found["trustworthiness"] == pytest.approx(trustworthiness(CLOUDS, points, n_neighbors=15), abs=1e-5)
        assert found["continuity"] == pytest.approx(trustworthiness(points, CLOUDS, n_neighbors=15), abs=1e-5)
        near = [NearestNeighbors(n_neighbors=15).fit(space).kneighbors(return_distance=False) for space in (CLOUDS, points)]
        kept = np.mean([len(set(a) & set(b)) / 15 for a, b in zip(*near, strict=True)])
        assert found["neighbour_overlap"] == pytest.approx(kept, abs=1e-3)
        assert found["of"] == 400


def test_knn_accuracy_is_that_of_leaving_one_out():
    from sklearn.model_selection import LeaveOneOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    codes, labels = RANDOM.normal(size=(120, 3)).astype(np.float32), RANDOM.integers(0, 2, 120)
    codes[:, 0] += labels
    found = quality(codes, codes[:, :2], labels=labels)
    for name, space in (("knn_accuracy", codes[:, :2]), ("knn_accuracy_codes", codes)):
        assert found[name] == pytest.approx(cross_val_score(KNeighborsClassifier(5), space, labels, cv=LeaveOneOut()).mean())


def test_a_part_of_the_codes_answers_for_all():
    codes = RANDOM.normal(size=(3000, 6)).astype(np.float32)
    part, whole = (quality(codes, codes[:, :2], queries=queries, seed=1) for queries in (300, 3000))
    assert part["of"] == 300
    for name in ("trustworthiness", "continuity"):
        assert part[name] == pytest.approx(whole[name], abs=0.02)


def test_a_code_without_a_label_is_not_asked():
    labels = np.where(np.arange(400) < 100, -1, CLASSES)
    assert quality(CLOUDS, CLOUDS, labels=labels, queries=400)["knn_accuracy"] > 0.97
    assert "knn_accuracy" not in quality(CLOUDS, CLOUDS, labels=np.full(400, -1))


@pytest.mark.parametrize("name", LONG)
def test_neighbours_stay_together(name, drawn):
    found = drawn[name].quality
    assert found["trustworthiness"] > 0.9
    assert found["knn_accuracy"] > 0.95
    assert found["trustworthiness"] > drawn["pca"].quality["trustworthiness"] - 0.02


@pytest.mark.parametrize("name", LONG)
def test_the_same_seed_repeats_and_another_differs(name):
    codes, parameters = CLOUDS[::4], SHORT[name] | ({"start": "random"} if name == "tsne" else {})
    first, again, other = (compute(codes, Request(name, parameters=parameters, seed=seed)).points for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_tsne_is_as_good_as_openTSNE_by_default(monkeypatch):
    from openTSNE import TSNE, affinity

    monkeypatch.setattr(affinity, "is_package_installed", lambda name: False)  # it would compile what is not used here
    codes = np.random.default_rng(1).normal(size=(500, 8)).astype(np.float32) * np.linspace(0.3, 2, 8, dtype=np.float32)
    found = compute(codes, Request("tsne"))
    reference = TSNE(random_state=0, neighbors="exact", n_jobs=1).fit(codes)
    assert found.facts["kl_divergence"] == pytest.approx(reference.kl_divergence, rel=0.05)


UMAP_LEARN = """
import sys
import numpy as np
from umap import umap_
codes, near, distances = np.load(sys.argv[1]).values()
graph, _, _ = umap_.fuzzy_simplicial_set(codes, 15, np.random.RandomState(0), "euclidean", knn_indices=near, knn_dists=distances)
np.savez(sys.argv[1], graph=graph.toarray(), curves=[umap_.find_ab_params(1.0, distance) for distance in (0.0, 0.1, 0.5, 0.99)])
"""


def test_the_neighbour_graph_and_the_curve_of_umap_are_umap_learns(tmp_path):
    near, distances = algorithms.neighbours(CLOUDS, 14)
    own = np.arange(len(CLOUDS), dtype=np.int32)[:, None]
    asked = str(tmp_path / "asked.npz")
    np.savez(asked, codes=CLOUDS, near=np.hstack([own, near]), distances=np.hstack([0 * distances[:, :1], distances]))
    plain = os.environ | {"NUMBA_DISABLE_JIT": "1"}  # compiling all of it takes longer
    subprocess.run([sys.executable, "-W", "ignore", "-c", UMAP_LEARN, asked], env=plain, check=True)
    theirs = np.load(asked)
    np.testing.assert_allclose(algorithms.fuzzy_graph(CLOUDS, 15).toarray(), theirs["graph"], atol=2e-4)
    np.testing.assert_allclose([algorithms.umap_curve(distance) for distance in (0.0, 0.1, 0.5, 0.99)], theirs["curves"], rtol=1e-9)


def test_umaps_loop_is_umap_learns_to_the_last_bit():
    graph, epochs, state = algorithms.fuzzy_graph(CLOUDS, 15), 25, np.array([5, 6, 7])
    ours = algorithms.begin(CLOUDS, 2, 0, jitter=1e-4)
    theirs = ours.copy()
    assert list(algorithms.umap_epochs(library_internals.umap_epoch(), ours, graph, epochs, state, 0.1)) == list(range(1, epochs + 1))
    strong = graph.data >= graph.data.max() / epochs
    wait = (graph.data.max() / graph.data[strong]).astype(np.float64)
    edges = graph.row[strong], graph.col[strong]
    a, b = algorithms.umap_curve(0.1)
    library_internals.umap_loop().optimize_layout_euclidean(theirs, theirs, *edges, epochs, len(theirs), wait, a, b, state, move_other=True)
    np.testing.assert_array_equal(ours, theirs)


def test_umap_is_drawn_without_loading_what_takes_longest_to_compile():
    question = "import sys; from vae_core.projections import library_internals; library_internals.umap_epoch(); "
    question += "print('pynndescent' in sys.modules, 'umap' in sys.modules)"
    root = Path(computation.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", question], cwd=root, capture_output=True, text=True, check=True).stdout == "False False\n"


def test_neighbours_are_the_nearest_others_also_among_equal_codes():
    codes = np.repeat(RANDOM.normal(size=(30, 3)), 3, axis=0).astype(np.float32)
    near, distances = algorithms.neighbours(codes, 4)
    assert not (near == np.arange(90)[:, None]).any()
    np.testing.assert_allclose(distances[:, :2], 0, atol=2e-3)
    reference = np.sort(np.linalg.norm(codes[:, None] - codes[None], axis=2), axis=1)[:, 1:5]
    np.testing.assert_allclose(distances, reference, atol=2e-3)


@pytest.mark.parametrize("name", LONG)
def test_every_stage_is_seen_and_a_stop_keeps_the_last(name):
    seen = []

    def watch(iteration: int, iterations: int, points: np.ndarray) -> None:
        seen.append((iteration, points))
        if len(seen) == 4:
            raise Stop

    found = compute(CLOUDS, Request(name, parameters=SHORT[name]), on_frame=watch)
    assert [iteration for iteration, _ in found.frames] == [iteration for iteration, _ in seen]
    assert [iteration for iteration, _ in seen] == sorted({iteration for iteration, _ in seen})
    np.testing.assert_array_equal(found.points, seen[-1][1])
    assert found.facts["stopped_early"]
    assert found.facts["iterations"] == seen[-1][0] > 0
    assert np.abs(seen[-1][1] - seen[-2][1]).max() > 0


def test_a_whole_computation_ends_at_its_last_stage(drawn):
    for name in LONG:
        found = drawn[name]
        assert not found.facts["stopped_early"]
        assert 2 <= len(found.frames) <= algorithms.MAX_STEPS + 2
        assert found.frames[0][0] == 0
        np.testing.assert_array_equal(found.frames[-1][1], found.points)


@pytest.mark.parametrize("name", METHODS)
def test_new_codes_find_their_place(name, drawn):
    found = drawn[name]
    places = transform(CLOUDS, found, CLOUDS[::50])
    np.testing.assert_allclose(places, found.points[::50], atol=1e-3 * np.ptp(found.points))
    if name in LONG:
        strangers = CLOUDS[::10] + RANDOM.normal(scale=0.2, size=CLOUDS[::10].shape).astype(np.float32)
        nearest = np.linalg.norm(transform(CLOUDS, found, strangers)[:, None] - found.points[None], axis=2).argmin(axis=1)
        assert (CLASSES[nearest] == CLASSES[::10]).mean() > 0.9


def test_noise_is_drawn_by_the_same_method_and_measured():
    request = Request("tsne", parameters=SHORT["tsne"], noise=True, count=200, seed=2)
    noise = projected(CLOUDS, request)
    assert noise.shape == (200, 5)
    assert abs(noise.mean()) < 0.15
    assert noise.std() == pytest.approx(1, abs=0.1)
    np.testing.assert_array_equal(noise, projected(CLOUDS * np.nan, request))
    found = compute(CLOUDS, request, labels=CLASSES)
    assert found.quality["trustworthiness"] == pytest.approx(quality(noise, found.points, seed=2)["trustworthiness"])
    assert "knn_accuracy" not in found.quality


@pytest.mark.parametrize("name", ["pca", "tsne"])
def test_what_noise_would_give_is_measured_beside(name, drawn):
    found = computation.with_noise(drawn[name], CLOUDS)
    twin = compute(CLOUDS, Request(name, parameters=SHORT[name], noise=True))
    assert found.noise == {number: twin.quality[number] for number in ("trustworthiness", "continuity", "neighbour_overlap")}
    assert found.noise["trustworthiness"] < found.quality["trustworthiness"]
    assert drawn[name].noise == {}
    assert computation.with_noise(found, CLOUDS * np.nan) is found


def test_noise_is_left_out_where_it_says_nothing(drawn):
    def stop(iteration: int, iterations: int, points: np.ndarray) -> None:
        raise Stop

    assert computation.with_noise(drawn["tsne"], CLOUDS, stop) is drawn["tsne"]
    few, noise = compute(CLOUDS[:2], Request("pca")), compute(CLOUDS, Request("pca", noise=True))
    early = compute(CLOUDS, Request("tsne"), on_frame=stop)
    assert early.facts["stopped_early"]
    for found in (few, noise, early):
        assert not found.lacks_noise
        assert computation.with_noise(found, CLOUDS).noise == {}


def test_a_count_takes_the_first_codes():
    found = compute(CLOUDS, Request("raw", count=7), labels=CLASSES)
    np.testing.assert_array_equal(found.points, CLOUDS[:7, :2])
    assert found.facts["count"] == 7


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "codes",
    [
        CLOUDS[:1],
        CLOUDS[:3],
        CLOUDS[:8],
        CLOUDS[:25],
        np.ones((40, 4), np.float32),
        CLOUDS[::10, :1],
        np.pad(CLOUDS[::10], ((0, 0), (0, 1))),
        np.repeat(CLOUDS[::80], 10, axis=0),
        RANDOM.normal(size=(60, 128)).astype(np.float32),
    ],
    ids=["one", "three", "eight", "few", "equal", "one dimension", "a dead dimension", "in tens", "128 dimensions"],
)
@pytest.mark.parametrize("dims", [2, 3])
def test_odd_codes_give_a_picture(name, codes, dims, tmp_path):
    found = compute(codes, Request(name, dims, SHORT[name]), labels=np.arange(len(codes)))
    assert found.points.shape == (len(codes), dims)
    assert found.points.dtype == np.float32
    assert np.isfinite(found.points).all()
    assert all(np.isfinite(value) for value in found.quality.values())
    assert (found.quality == {}) == (len(codes) < 3)
    save(found, tmp_path / "odd")
    np.testing.assert_allclose(load(tmp_path / "odd").points, found.points, atol=1e-4 * max(np.ptp(found.points), 1))


def test_what_had_to_be_changed_is_said():
    assert "3 codes have no neighbourhoods" in compute(CLOUDS[:3], Request("umap")).facts["note"]
    assert "All codes are the same" in compute(np.ones((20, 2), np.float32), Request("tsne")).facts["note"]
    lowered = compute(CLOUDS[:25], Request("tsne", parameters=SHORT["tsne"])).facts["note"]
    assert lowered == "Perplexity lowered from 30 to 8: there are only 25 codes."
    assert "note" not in compute(CLOUDS, Request("tsne", parameters=SHORT["tsne"])).facts


def test_two_hundred_classes_are_measured():
    found = compute(CLOUDS, Request("pca"), labels=np.arange(400) % 200)
    assert 0 <= found.quality["knn_accuracy"] < 0.1


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_codes_that_are_no_numbers_are_refused(bad):
    codes = CLOUDS.copy()
    codes[3, 1] = codes[5, 0] = bad
    with pytest.raises(DataError, match="2 of 400 codes hold something else than numbers"):
        compute(codes, Request("pca"))


def test_no_codes_are_refused():
    with pytest.raises(DataError, match="expected at least one code"):
        compute(np.zeros((0, 2), np.float32), Request("pca"))


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(ConfigError, match="t-SNE needs the package openTSNE"):
        compute(CLOUDS, Request("tsne"))


@pytest.mark.parametrize("name", METHODS)
def test_files_keep_everything_and_points_almost_exactly(name, drawn, tmp_path):
    found, path = replace(drawn[name], noise={"trustworthiness": 0.8}), tmp_path / "kept"
    save(found, path)
    again = load(path)
    assert (again.request, again.quality, again.facts, again.noise) == (found.request, found.quality, found.facts, found.noise)
    assert np.abs(again.points - found.points).max() < np.ptp(found.points, axis=0).max() / 29_900
    assert [iteration for iteration, _ in again.frames] == [iteration for iteration, _ in found.frames]
    for (_, kept), (_, points) in zip(again.frames, found.frames, strict=True):
        assert np.abs(kept - points).max() <= np.ptp(points, axis=0).max() / 29_900
    if found.plane is not None:
        np.testing.assert_array_equal(again.plane.origin, found.plane.origin)
        np.testing.assert_array_equal(again.plane.basis, found.plane.basis)
    save(again, path)
    np.testing.assert_allclose(load(path).points, again.points, rtol=1e-6, atol=1e-6)


def test_no_flipped_bit_and_no_truncation_becomes_a_picture(drawn, tmp_path):
    path = tmp_path / "kept"
    save(Projection(Request("pca"), drawn["pca"].points[:40], {}, {}, drawn["pca"].plane), path)
    whole = path.read_bytes()
    for place in RANDOM.choice(8 * len(whole), 200, replace=False):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << (place % 8)
        path.write_bytes(flipped)
        with pytest.raises(RunDamaged):
            load(path)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(RunDamaged):
            load(path)


def test_a_whole_file_of_another_kind_is_refused(drawn, tmp_path):
    path = tmp_path / "kept"
    good = {
        "format": FORMAT,
        "request": {"method": "pca"},
        "quality": {},
        "noise": {},
        "facts": {},
        "shape": [3, 2],
        "iterations": [],
    }
    bomb = np.frombuffer(bytes(6) + zlib.compress(bytes(10_000_000)), np.uint8)
    for about, points in ((good | {"format": 99}, bomb), (good, bomb), (good | {"shape": [10**9, 2]}, bomb), ([], bomb), ({}, bomb)):
        write_atomic(path, pack({"points0": points, "scales": np.ones((1, 3))}, {"projection": json.dumps(about)}))
        with pytest.raises(RunDamaged, match="is no projection of this program"):
            load(path)
    with pytest.raises(RunDamaged, match="cannot be read"):
        load(tmp_path / "absent")


@pytest.mark.parametrize("module", ["projections.computation", "projections.jobs"])
def test_looking_at_projections_loads_no_heavy_library(module):
    heavy = ("openTSNE", "umap", "pacmap", "numba", "sklearn", "scipy", "faiss", "torch", "streamlit")
    question = f"import sys, vae_core.{module}; print([m for m in {heavy} if m in sys.modules])"
    root = Path(computation.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", question], cwd=root, capture_output=True, text=True, check=True).stdout.strip() == "[]"
