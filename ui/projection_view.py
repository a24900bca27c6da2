"""What the scatter plot of the Embeddings page shows, derived from codes and projections, and cached. Knows no widget."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from ui.components.scatter import Projection as Drawn
from ui.components.scatter import pack_frames, pack_points
from vae_core import data
from vae_core.errors import RunError
from vae_core.files.file_cache import FileCache, stamp_of
from vae_core.latent import aggregate, codes, encoded_sets
from vae_core.latent.normals import Normals, prior_of
from vae_core.projections import jobs as projection_jobs
from vae_core.projections.computation import projected
from vae_core.projections.methods import METHODS
from vae_core.projections.projection import Projection
from vae_core.projections.request import Request
from vae_core.runs.run import Run

NOISE_TITLE = "Pure noise"
CLUSTERS = 10
MIN_CLUSTER = 25
MAX_CLUSTERED = 10_000
MAP_EXTENT, GRID = 3.0, 61  # of the map of the aggregate posterior
LEAST_EXTENT, BINS = 4.0, 48  # of its histograms
FRAMES_PER_PART = 6  # frames in one part of the animation


@dataclass(frozen=True, eq=False)
class PriorComparison:
    """The aggregate posterior of a model, to be compared with its prior; of an autoencoder, all its codes."""

    count: int  # of images
    edges: np.ndarray  # (B + 1,)
    histograms: np.ndarray  # (D, B) densities of the aggregate posterior
    outside: np.ndarray  # (D,) how many images' draws lie beyond the edges
    values: np.ndarray  # (G,) coordinates of the map; empty unless there are two dimensions
    density: np.ndarray  # (G, G), a row for each z2
    off_map: int  # how many images' draws lie beyond the map
    hole: np.ndarray  # (2,)
    radius: float
    prior: Normals


_CODES: FileCache[codes.Codes] = FileCache(max_entries=4)
_COMPARISONS: FileCache[PriorComparison] = FileCache(max_entries=16)


def as_drawn(run: Run, projection: Projection) -> Drawn:
    """A projection as the scatter component takes it; one of noise brings its codes and no steps."""
    request, plane = projection.request, projection.plane
    if request.noise:
        return Drawn(NOISE_TITLE, projection.points, noise=projected(codes_of(run, request).mean, request))
    axes = tuple(f"{kind}{index + 1}" for kind, index in _axes(request))
    decodable = (plane.origin, plane.basis) if plane is not None and request.dims == 2 else None
    title = METHODS[request.method].title
    return Drawn(title, projection.points, axes=axes, plane=decodable, film=frames_name(projection.request) if projection.frames else "")


def dataset(run: Run, request: Request) -> str:
    """The name of the data set whose codes a request draws."""
    return request.data or run.config.train.dataset


def codes_of(run: Run, request: Request) -> codes.Codes:
    """The codes that a request draws from, read once as long as their file stays as it is. Raises RunError when there are none yet."""
    found = projection_jobs.codes_of(run, request) if request.data else _own_codes(run)
    if found is None:
        raise RunError(f"the images of {request.data} are not encoded for this model yet")
    return found


def _own_codes(run: Run) -> codes.Codes:
    return _CODES.get(lambda: codes.load(run.codes), str(run.codes))


def finished(run: Run, found: Sequence[Projection], grouping: str) -> tuple[bytes, list[bytes]]:
    """Finished projections of the same codes as the scatter component takes them, packed once.

    Args:
        run: the model.
        found: one projection, or two to be seen side by side.
        grouping: the clusters to colour by, kmeans or hdbscan.

    Returns:
        The points as one blob, and the steps of those that show how they came about.
    """
    request = found[0].request
    groups = clusters(run, request, len(found[0].points), grouping)
    drawn = [(one.request.to_json(), one.facts) for one in found]
    made_from = [_version(run, request), drawn, grouping, _class_names(dataset(run, request))]
    return _packed(json.dumps(made_from, sort_keys=True, default=str), run, found, groups)


def points(run: Run, request: Request, projections: tuple[Drawn, ...], clusters: np.ndarray) -> bytes:
    """The codes behind projections, with everything that can be shown as a colour, as one blob."""
    whole, count = codes_of(run, request), len(projections[0].points)
    mean, labels = whole.mean[:count], whole.labels[:count]
    scalars = {"Reconstruction, nats": whole.reconstruction[:count], "Distance from the origin": np.linalg.norm(mean, axis=1)}
    if len(whole.log_var):
        scalars["KL, nats"] = whole.total_kl[:count]
    return pack_points(
        mean,
        projections=projections,
        labels=labels if (labels >= 0).any() else None,
        clusters=clusters,
        scalars=scalars,
        index=whole.index[:count],
        class_names=_class_names(dataset(run, request)),
        has_thumbnails=dataset(run, request) == run.config.train.dataset and _begin_alike(whole, codes_of(run, replace(request, data=""))),
        held_out=min(whole.validation, count) if len(whole.mean) < codes.SMALL else 0,
    )


def clusters(run: Run, request: Request, count: int, grouping: str) -> np.ndarray:
    """Groups of the first `count` codes that a request draws, -1 for none."""
    return _clusters(codes_of(run, request).mean[:count], _version(run, request), count, grouping)


@st.cache_resource(max_entries=8, show_spinner=False)
def _packed(made_from: str, _run: Run, _found: Sequence[Projection], _groups: np.ndarray) -> tuple[bytes, list[bytes]]:
    drawn = tuple(as_drawn(_run, one) for one in _found)
    films = [one for one in _found if one.request.dims == 2 and not one.request.noise]
    frames = [part for one in films for part in frame_parts(one.request, list(one.frames))]
    return points(_run, _found[0].request, drawn, _groups), frames


def _version(run: Run, request: Request) -> str:
    """Names the codes that a request draws, as they are now."""
    files = (encoded_sets.file(run, request.data) if request.data else run.codes, run.codes)
    return " ".join(f"{path} {stamp_of(path)}" for path in files)


def _begin_alike(some: codes.Codes, others: codes.Codes) -> bool:
    """Whether codes begin with the same images, those that have thumbnails."""
    return np.array_equal(some.index[: codes.MAX_SHOWN], others.index[: codes.MAX_SHOWN])


@st.cache_data(max_entries=16, show_spinner="Looking for clusters")
def _clusters(_mean: np.ndarray, source: str, count: int, grouping: str) -> np.ndarray:
    """Deterministic groups of codes in latent space, -1 for none; of many codes, found among the first, the others join the nearest."""
    return _round_groups(_mean) if grouping == "kmeans" else _dense_groups(_mean)


def _round_groups(mean: np.ndarray) -> np.ndarray:
    from scipy.cluster.vq import kmeans2, vq

    some = mean[:MAX_CLUSTERED].astype(np.float64)
    centres, _ = kmeans2(some, min(CLUSTERS, len(np.unique(some, axis=0))), minit="++", rng=0)
    groups: np.ndarray = vq(mean, centres)[0]
    return groups


def _dense_groups(mean: np.ndarray) -> np.ndarray:
    import faiss
    from sklearn.cluster import HDBSCAN

    if len(mean) < MIN_CLUSTER:
        return np.full(len(mean), -1)
    some = np.ascontiguousarray(mean[:MAX_CLUSTERED], np.float32)
    groups = HDBSCAN(min_cluster_size=MIN_CLUSTER, min_samples=5, copy=True).fit_predict(some)
    index = faiss.IndexFlatL2(some.shape[1])
    index.add(some)
    return np.concatenate([groups, groups[index.search(np.ascontiguousarray(mean[MAX_CLUSTERED:], np.float32), 1)[1][:, 0]]])


def _class_names(dataset: str) -> tuple[str, ...]:
    return data.describe(dataset).class_names if dataset in data.names() else ()


def frame_parts(request: Request, frames: list[tuple[int, np.ndarray]]) -> list[bytes]:
    """The steps of a projection, packed in parts that stay the same as later steps come."""
    whole = [frames[start : start + FRAMES_PER_PART] for start in range(0, len(frames), FRAMES_PER_PART)]
    return [pack_frames(frames_name(request), [step for step, _ in part], np.stack([points for _, points in part])) for part in whole]


def frames_name(request: Request) -> str:
    """A name that connects steps with their projection."""
    return json.dumps(request.to_json(), sort_keys=True)


def compare_with_prior(run: Run) -> PriorComparison:
    """The aggregate posterior of a model's held-out images by dimension and, where there are two, as a map with its biggest hole."""

    def add_up() -> PriorComparison:
        with st.spinner("Adding up the posteriors"):
            return _compare_with_prior(_own_codes(run), prior_of(run))

    return _COMPARISONS.get(add_up, str(run.codes))


def _compare_with_prior(whole: codes.Codes, prior: Normals) -> PriorComparison:
    if len(whole.mean) < codes.SMALL:
        whole = replace(whole, validation=len(whole.mean))
    drawn = aggregate.draws(whole)
    edges = aggregate.edges(drawn, BINS, LEAST_EXTENT)
    found = (len(drawn), edges, *aggregate.histograms(drawn, edges))
    if whole.mean.shape[1] != 2:
        return PriorComparison(*found, np.empty(0), np.empty((0, 0)), 0, np.zeros(2), 0.0, prior)
    extent = max(MAP_EXTENT, float(np.ceil(prior.reach(aggregate.SEARCHED))))
    values = np.linspace(-extent, extent, GRID)
    off_map = int((np.abs(drawn) > extent).any(axis=1).sum())
    hole = aggregate.biggest_hole(whole.mean, prior)
    return PriorComparison(*found, values, aggregate.density(whole, values), off_map, *hole, prior)


def _axes(request: Request) -> list[tuple[str, int]]:
    if request.method == "raw":
        return [("z", int(str(request.parameters[name]))) for name in ("x", "y", "z")[: request.dims]]
    return [("pc", index) for index in range(request.dims)] if request.method == "pca" else []
