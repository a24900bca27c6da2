"""Codes drawn in two or three dimensions: the methods, a request for one, its result, how far it can be trusted, its file.

Of a run it knows only where its codes are; the libraries behind the long methods are imported when one of them is computed.
"""

import hashlib
import importlib.metadata
import json
import math
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vae_core import encoding, latent, layouts
from vae_core.errors import ConfigError, DataError, RunDamaged
from vae_core.files import pack, read_packed, write_atomic

if TYPE_CHECKING:
    from vae_core.runs import Run

FORMAT = 2
FEWEST_FOR_NEIGHBOURS = 8  # below this the long methods show the PCA plane instead
QUALITY_QUERIES = 300
QUALITY_NEIGHBOURS = 15
ACCURACY_NEIGHBOURS = 5
TRANSFORM_NEIGHBOURS = 5
LEVELS = 15_002  # places between the least and the greatest coordinate that a file distinguishes
MOST_POINTS = 1_000_000
MOST_FRAMES = 64
NOISE_NUMBERS = ("trustworthiness", "continuity", "neighbour_overlap")
_ROWS = 4096  # of codes that are copied at once
_DISTANCES = 1_000_000  # that are in memory at once

OnFrame = Callable[[int, int, np.ndarray], None]


class Stop(Exception):
    """Raised by `on_frame` to stop a computation and to keep what there is."""


@dataclass(frozen=True)
class Parameter:
    """One number or choice of a method, with everything a form or a validator needs to know. Its kind is that of its default."""

    default: int | float | str
    minimum: float | None
    maximum: float | None
    help: str
    label: str
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Method:
    """A way to draw codes. `is_long`: to be computed in a process of its own; `can_transform`: new codes find a place in a finished map."""

    title: str
    about: str
    parameters: dict[str, Parameter]
    is_long: bool = True
    can_transform: bool = True
    packages: tuple[str, ...] = ()


_AXIS_HELP = "Which latent dimension is drawn here, counted from 0."

METHODS = {
    "raw": Method(
        "Latent dimensions",
        "Single latent dimensions as they are: nothing is changed, and every other dimension is out of sight.",
        {
            "x": Parameter(0, 0, 255, _AXIS_HELP, "Horizontal axis"),
            "y": Parameter(1, 0, 255, _AXIS_HELP, "Vertical axis"),
            "z": Parameter(2, 0, 255, _AXIS_HELP, "Depth axis"),
        },
        is_long=False,
    ),
    "pca": Method(
        "PCA",
        "The flat view with the largest spread: it invents no groups, but codes that look close may lie far apart behind each other.",
        {},
        is_long=False,
    ),
    "tsne": Method(
        "t-SNE",
        "Keeps nearest neighbours together; the size of a group and the distance between groups mean nothing.",
        {
            "perplexity": Parameter(30.0, 2.0, 200.0, "About how many neighbours each code tries to keep.", "Perplexity"),
            "iterations": Parameter(500, 100, 2000, "Steps after the 250 that sort out the groups.", "Iterations"),
            "exaggeration": Parameter(1.0, 1.0, 4.0, "More than 1 pulls neighbours together and leaves wider gaps.", "Exaggeration"),
            "start": Parameter(
                "pca",
                None,
                None,
                "Where the points begin; from random places every seed gives another arrangement.",
                "Start",
                ("pca", "random"),
            ),
        },
        packages=("openTSNE", "faiss-cpu"),
    ),
    "umap": Method(
        "UMAP",
        "Keeps nearest neighbours together and draws clear gaps; it can show groups where there are none.",
        {
            "neighbours": Parameter(15, 2, 200, "How many neighbours each code keeps: few show detail, many the whole.", "Neighbours"),
            "min_distance": Parameter(0.1, 0.0, 0.99, "How closely points may lie together on the map.", "Smallest distance"),
            "epochs": Parameter(0, 0, 2000, "Rounds of improvement; 0 takes 300 up to 10,000 codes and 200 above.", "Rounds"),
        },
        packages=("umap-learn", "faiss-cpu"),
    ),
    "pacmap": Method(
        "PaCMAP",
        "Keeps neighbours and some of the overall arrangement; distances still cannot be measured on the map.",
        {
            "neighbours": Parameter(10, 2, 100, "How many neighbours each code keeps.", "Neighbours"),
            "mid_near": Parameter(
                0.5, 0.1, 5.0, "Pairs at a middle distance for every neighbour: more keep the overall arrangement.", "Middle pairs"
            ),
            "far": Parameter(2.0, 0.5, 10.0, "Distant pairs pushed apart for every neighbour.", "Far pairs"),
        },
        packages=("pacmap", "faiss-cpu"),
    ),
}


@dataclass(frozen=True)
class Request:
    """What is to be drawn and how. Raises ConfigError, naming the range, for what no method can do.

    `parameters` may be given in part; defaults complete them. `count` = 0 takes all codes, else the first so many, of which the
    held-out ones come first. `noise` draws as many standard normal codes instead: what the method makes of nothing. `data` names
    the data set whose codes are drawn; without a name they are those that came with the end of the training.
    """

    method: str
    dims: int = 2
    parameters: Mapping[str, int | float | str] = field(default_factory=dict, hash=False)
    seed: int = 0
    count: int = 0
    noise: bool = False
    data: str = ""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ConfigError(f"there is no projection {str(self.method)[:40]!r}; choose one of {', '.join(METHODS)}")
        for name, least, greatest in (("dims", 2, 3), ("seed", 0, 2**31 - 2), ("count", 0, MOST_POINTS)):
            _check_number(name, getattr(self, name), int, least, greatest)
        if type(self.noise) is not bool:
            raise ConfigError(f"noise is {str(self.noise)[:40]!r}; expected true or false")
        if not isinstance(self.data, str):
            raise ConfigError(f"data is {str(self.data)[:40]!r}; expected the name of a data set, or nothing for the run's own codes")
        object.__setattr__(self, "parameters", _completed(self.method, self.parameters))

    def to_json(self) -> dict:
        """All of it as JSON; `from_json` gives it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: object) -> "Request":
        """The request that `to_json` wrote. Raises ConfigError for anything else."""
        names = {item.name for item in fields(cls)}
        if not isinstance(values, dict) or "method" not in values or not set(values) <= names:
            raise ConfigError(
                f"{str(values)[:60]!r} is no request for a projection; expected the method and some of {', '.join(sorted(names))}"
            )
        return cls(**values)

    def key(self, run: "Run") -> str:
        """A hex digest of everything that determines the result: the codes, the request, the format.

        The libraries' versions are no part of it: what one of them drew stays a true drawing of these codes when another is
        installed, and is found there; `facts` tell which it was. Raises RunDamaged when there are no codes, and for a data set
        what `encoding.key` raises.
        """
        codes = encoding.key(run, self.data) if self.data else _digest(run.codes)
        return hashlib.sha256(json.dumps([FORMAT, codes, self.to_json()], sort_keys=True).encode()).hexdigest()


class Plane(NamedTuple):
    """Where a flat view lies in latent space: points (N, dims) are the codes `origin` (D,) + points @ `basis` (dims, D)."""

    origin: np.ndarray
    basis: np.ndarray

    def codes(self, points: np.ndarray) -> np.ndarray:
        """Points (N, dims) of the view -> codes (N, D), to be decoded."""
        return self.origin + points @ self.basis

    def places(self, codes: np.ndarray) -> np.ndarray:
        """Codes (N, D) -> where the view shows them, float32 (N, dims)."""
        return np.concatenate([(part - self.origin) @ self.basis.T for part in _parts(codes)]).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Projection:
    """A finished drawing of codes.

    `quality` has trustworthiness, continuity, neighbour_overlap, with labels knn_accuracy (on the map) and knn_accuracy_codes
    (in latent space), each from 0 to 1, and `of`, the number of codes they were asked for; it is empty for fewer than three.
    `noise` has the first three for the same request on standard normal noise; it is empty as long as they are not measured.
    `facts` has seconds, count, latent_dim, iterations and stopped_early, and where it applies explained_variance (shares, all
    axes), kl_divergence (nats), versions (of libraries) and note, a sentence for the reader. `frames` are (iteration, points) in
    the points' own units.
    """

    request: Request
    points: np.ndarray  # float32 (N, dims)
    quality: dict[str, float]
    facts: dict[str, object]
    plane: Plane | None = None
    frames: tuple[tuple[int, np.ndarray], ...] = ()
    noise: dict[str, float] = field(default_factory=dict)

    @property
    def lacks_noise(self) -> bool:
        """Whether it could be told what noise would give, and is not: never for noise itself nor for what was stopped early."""
        return bool(self.quality) and not (self.noise or self.request.noise or self.facts["stopped_early"])


def compute(codes: np.ndarray, request: Request, *, labels: np.ndarray | None = None, on_frame: OnFrame | None = None) -> Projection:
    """Draw codes (N, D) as requested; labels (N,), -1 where there is none, serve only to measure.

    `on_frame(iteration, iterations, points)` sees every stage of a long method; when it raises Stop, that stage is the
    result. Raises DataError for codes that cannot be drawn and ConfigError for a parameter or a library that these codes lack.
    """
    began = time.perf_counter()
    shown = projected(codes, request)
    facts: dict[str, object] = {"count": len(shown), "latent_dim": shown.shape[1], "iterations": 0, "stopped_early": False}
    frames: tuple[tuple[int, np.ndarray], ...] = ()
    if METHODS[request.method].is_long:
        points, frames, found = _laid_out(shown, request, on_frame)
        plane = None
    else:
        plane, found = _plane(shown, request)
        points = plane.places(shown)
    known = None if labels is None or request.noise else labels[: len(shown)]
    measured = quality(shown, points, labels=known, seed=request.seed)
    return Projection(request, points, measured, facts | found | {"seconds": time.perf_counter() - began}, plane, frames)


def with_noise(found: Projection, codes: np.ndarray, on_frame: OnFrame | None = None) -> Projection:
    """The same projection of codes (N, D) with `noise` measured, if it lacks it: the whole computation again on as many noise codes.

    When `on_frame` raises Stop, the projection stays as it was. Raises what `compute` raises.
    """
    if not found.lacks_noise:
        return found
    twin = compute(codes, replace(found.request, noise=True), on_frame=on_frame)
    return found if twin.facts["stopped_early"] else replace(found, noise={name: twin.quality[name] for name in NOISE_NUMBERS})


def projected(codes: np.ndarray, request: Request) -> np.ndarray:
    """The codes float32 that a request draws out of codes (N, D), or the noise in their place. Raises DataError for unusable ones."""
    if codes.ndim != 2 or not codes.size:
        raise DataError(f"the codes have the shape {codes.shape}; expected at least one code of at least one number")
    chosen = codes[: request.count or None]
    if request.noise:
        return np.random.default_rng(request.seed).standard_normal(chosen.shape, np.float32)
    chosen = np.asarray(chosen, np.float32)
    if not np.isfinite(chosen).all():
        bad = int((~np.isfinite(chosen)).any(axis=1).sum())
        raise DataError(f"{bad:,} of {len(chosen):,} codes hold something else than numbers; the model went wrong, so train it again")
    return chosen


def transform(codes: np.ndarray, projection: Projection, new: np.ndarray) -> np.ndarray:
    """Places float32 (M, dims) of new codes (M, D) in a finished drawing of `codes` (N, D), as `projected` gives them.

    Flat views place them exactly. The other methods keep no model: a new code comes to the weighted mean place of its five
    nearest codes, closer ones counting more, and a code that is already there to its own place.
    """
    if projection.plane is not None:
        return projection.plane.places(new)
    count, places = min(TRANSFORM_NEIGHBOURS, len(codes)), np.empty((len(new), projection.points.shape[1]), np.float32)
    for place, code in enumerate(np.asarray(new, np.float64)):
        distances = np.square(codes - code).sum(axis=1)
        near = np.argpartition(distances, count - 1)[:count]
        weights = 1.0 / np.maximum(distances[near], 1e-12)
        places[place] = weights / weights.sum() @ projection.points[near]
    return places


def quality(
    codes: np.ndarray,
    points: np.ndarray,
    *,
    labels: np.ndarray | None = None,
    seed: int = 0,
    queries: int = QUALITY_QUERIES,
    neighbours: int = QUALITY_NEIGHBOURS,
) -> dict[str, float]:
    """How far points (N, dims) tell the truth about codes (N, D), asked of `queries` codes chosen by seed, against all of them.

    Trustworthiness and continuity (Venna and Kaski 2001) as scikit-learn defines the first; the share of the `neighbours`
    nearest that stay so; and with labels (N,) how often the five nearest vote for the right one. Empty for fewer than three codes.
    """
    count = min(neighbours, (len(codes) - 1) // 2)
    if count < 1:
        return {}
    asked = np.random.default_rng(seed).permutation(len(codes))[:queries]
    sums, near, shown, size = np.zeros(3), [], [], max(1, _DISTANCES // len(codes))
    for start in range(0, len(asked), size):
        some = asked[start : start + size]
        for code, point in zip(_from_others(codes, some), _from_others(points, some), strict=True):
            near.append(_nearest(code, count))
            shown.append(_nearest(point, count))
            sums += _disagreement(code, shown[-1]), _disagreement(point, near[-1]), len(np.intersect1d(near[-1], shown[-1]))
    worst = count * (2 * len(codes) - 3 * count - 1) / 2 * len(asked)
    found = {"trustworthiness": 1 - sums[0] / worst, "continuity": 1 - sums[1] / worst, "neighbour_overlap": sums[2] / (count * len(asked))}
    if labels is not None and (labels[asked] >= 0).any():
        found |= {"knn_accuracy": _accuracy(shown, labels, asked), "knn_accuracy_codes": _accuracy(near, labels, asked)}
    return {name: float(value) for name, value in found.items()} | {"of": float(len(asked))}


def save(projection: Projection, path: Path) -> None:
    """Write a projection whole or not at all; coordinates are rounded to 1/30,000 of their extent. Raises OSError when it cannot."""
    stages = [projection.points, *(points for _, points in projection.frames)]
    scales = np.array([_scale(points) for points in stages])
    arrays = {f"points{place}": _packed(points, *scale) for place, (points, scale) in enumerate(zip(stages, scales, strict=True))}
    if projection.plane is not None:
        arrays |= {name: np.asarray(value, np.float64) for name, value in projection.plane._asdict().items()}
    about = {
        "format": FORMAT,
        "request": projection.request.to_json(),
        "quality": projection.quality,
        "noise": projection.noise,
        "facts": projection.facts,
        "shape": projection.points.shape,
        "iterations": [iteration for iteration, _ in projection.frames],
    }
    write_atomic(path, pack(arrays | {"scales": scales}, {"projection": json.dumps(about, allow_nan=False)}))


def load(path: Path) -> Projection:
    """Read a projection. Raises RunDamaged when the file is missing, altered, truncated or of another format."""
    arrays, metadata = read_packed(path)
    try:
        about = json.loads(metadata["projection"])
        (count, dims), scales, iterations = about["shape"], arrays["scales"], about["iterations"]
        if about["format"] != FORMAT or not (0 < count <= MOST_POINTS and dims in (2, 3) and len(iterations) <= MOST_FRAMES):
            raise ValueError("another format")
        stages = [_unpacked(arrays[f"points{place}"], (count, dims), *scale) for place, scale in enumerate(scales)]
        plane = Plane(arrays["origin"], arrays["basis"]) if "origin" in arrays else None
        frames = tuple(zip(iterations, stages[1:], strict=True))
        request = Request.from_json(about["request"])
        return Projection(request, stages[0], about["quality"], about["facts"], plane, frames, about["noise"])
    except (ValueError, KeyError, TypeError, IndexError, zlib.error, ConfigError) as error:
        raise RunDamaged(f"{path.name} is no projection of this program ({error.__class__.__name__})") from None


def _completed(method: str, given: Mapping[str, object]) -> dict[str, int | float | str]:
    """Every parameter of a method, checked, in its own kind."""
    known = METHODS[method].parameters
    if not isinstance(given, Mapping) or (unknown := set(given) - set(known)):
        named = ", ".join(sorted(map(str, unknown))) if isinstance(given, Mapping) else str(given)[:40]
        raise ConfigError(f"{METHODS[method].title} has no parameter {named}; it has {', '.join(known) or 'none'}")
    return {name: _checked(name, given.get(name, parameter.default), parameter) for name, parameter in known.items()}


def _checked(name: str, value: object, parameter: Parameter) -> int | float | str:
    if parameter.choices is not None:
        if value not in parameter.choices:
            raise ConfigError(f"{name} is {str(value)[:40]!r}; expected one of {', '.join(parameter.choices)}")
        return value
    kind = type(parameter.default)
    _check_number(name, value, kind, parameter.minimum, parameter.maximum)
    return kind(value)


def _check_number(name: str, value: object, kind: type, minimum: float, maximum: float) -> None:
    fits = type(value) is int or (type(value) is float and (kind is float or value.is_integer()))
    if not fits or not minimum <= value <= maximum:
        wanted = "a whole number" if kind is int else "a number"
        raise ConfigError(f"{name} is {str(value)[:40]!r}; expected {wanted} from {minimum:g} to {maximum:g}")


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise RunDamaged(f"{path.name} cannot be read ({error.strerror})") from None


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _plane(codes: np.ndarray, request: Request) -> tuple[Plane, dict[str, object]]:
    """The plane (or space) of a flat view; a direction that the codes do not have is zero, and the drawing flat along it."""
    latent_dim, basis = codes.shape[1], np.zeros((request.dims, codes.shape[1]))
    if request.method == "pca":
        origin, directions, variance = _principal_directions(codes)
        basis[: len(directions)] = directions[: request.dims]
        return Plane(origin, basis), {"explained_variance": (variance / (variance.sum() or 1.0)).tolist()}
    for row, name in zip(basis, ("x", "y", "z"), strict=False):
        axis = request.parameters[name]
        if axis >= max(latent_dim, request.dims):
            raise ConfigError(f"the {METHODS['raw'].parameters[name].label.lower()} is {axis}; these codes have 0 to {latent_dim - 1}")
        if axis < latent_dim:
            row[axis] = 1.0
    return Plane(np.zeros(latent_dim), basis), {}


def _principal_directions(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (D,), unit directions (R, D) and variances (R,) of codes (N, D), as `latent` has them, but without a copy of all codes."""
    centre = codes.mean(axis=0, dtype=np.float64)
    covariance = sum((part - centre).T @ (part - centre) for part in _parts(codes)) / max(1, len(codes) - 1)
    variance, directions = np.linalg.eigh(covariance)
    order = slice(None, -min(codes.shape) - 1, -1)
    return centre, latent.pointing_up(directions.T[order]), np.maximum(variance[order], 0.0)


def _parts(codes: np.ndarray) -> Iterator[np.ndarray]:
    """Codes (N, D) as float64, some rows at a time."""
    for start in range(0, max(1, len(codes)), _ROWS):
        yield codes[start : start + _ROWS].astype(np.float64)


def _laid_out(
    codes: np.ndarray, request: Request, on_frame: OnFrame | None
) -> tuple[np.ndarray, tuple[tuple[int, np.ndarray], ...], dict[str, object]]:
    """Points, frames and facts of a long method, or the PCA plane with a note where there are no neighbourhoods to keep."""
    if len(codes) < FEWEST_FOR_NEIGHBOURS or np.ptp(codes, axis=0).max() == 0:
        few = len(codes) < FEWEST_FOR_NEIGHBOURS
        note = f"{len(codes)} codes have no neighbourhoods to keep: this is their PCA plane." if few else "All codes are the same."
        plane, _ = _plane(codes, Request("pca", request.dims))
        return plane.places(codes), (), {"note": note}
    parameters, facts = _fitted(request, len(codes))
    facts["versions"] = {package: _version(package) for package in METHODS[request.method].packages}
    steps = _steps(codes, request, parameters)
    frames: list[tuple[int, np.ndarray]] = []
    for step in steps:
        frames.append((step.iteration, step.points))
        facts["iterations"] = step.iteration
        if step.kl_divergence is not None:
            facts["kl_divergence"] = step.kl_divergence
        try:
            if on_frame is not None:
                on_frame(step.iteration, step.iterations, step.points)
        except Stop:
            facts["stopped_early"] = step.iteration < step.iterations
            break
    return frames[-1][1], tuple(frames), facts


def _fitted(request: Request, count: int) -> tuple[dict[str, object], dict[str, object]]:
    """Parameters that so many codes allow, and a note where that changed one."""
    parameters = dict(request.parameters)
    name, most = {"tsne": ("perplexity", (count - 1) / 3)}.get(request.method, ("neighbours", count - 1))
    if parameters[name] <= most:
        return parameters, {}
    parameters[name] = most
    label = METHODS[request.method].parameters[name].label
    return parameters, {"note": f"{label} lowered from {request.parameters[name]:g} to {most:.3g}: there are only {count} codes."}


def _steps(codes: np.ndarray, request: Request, parameters: Mapping[str, object]) -> Iterator[layouts.Step]:
    try:
        yield from getattr(layouts, request.method)(codes, request.dims, request.seed, **parameters)
    except ImportError as error:
        title = METHODS[request.method].title
        raise ConfigError(f"{title} needs the package {error.name}, which is not installed; pip install -r requirements.txt") from None


def _from_others(space: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Squared distances (M, N) from `some` places in a space (N, ...) to all, less a constant a row; infinite to themselves."""
    centre, distances = space.mean(axis=0), np.empty((len(some), len(space)), np.float32)
    own = np.asarray(space[some] - centre, np.float32)
    for start in range(0, len(space), _ROWS):
        part = np.asarray(space[start : start + _ROWS] - centre, np.float32)
        distances[:, start : start + _ROWS] = np.einsum("ij,ij->i", part, part) - 2.0 * (own @ part.T)
    distances[np.arange(len(some)), some] = np.inf
    return distances


def _nearest(distances: np.ndarray, count: int) -> np.ndarray:
    """Places of the `count` smallest of distances (N,), smallest first; a part of them bounds what has to be sorted."""
    part = distances[:: max(1, len(distances) // 1000)]
    candidates = np.flatnonzero(distances <= np.partition(part, count - 1)[count - 1])
    return candidates[np.argsort(distances[candidates], kind="stable")[:count]]


def _disagreement(distances: np.ndarray, places: np.ndarray) -> int:
    """By how many ranks `places` (K,), the nearest in another space, lie beyond the K nearest in this one, in all."""
    nearer = np.count_nonzero(distances < distances[places, None], axis=1)
    return int(np.maximum(nearer + 1 - len(places), 0).sum())


def _accuracy(near: list[np.ndarray], labels: np.ndarray, asked: np.ndarray) -> float:
    """How often the five nearest of the `asked` codes that have a label vote for it; the smallest label wins a draw."""
    votes = [(labels[places[:ACCURACY_NEIGHBOURS]], labels[own]) for places, own in zip(near, asked, strict=True) if labels[own] >= 0]
    return float(np.mean([np.bincount(voters + 1).argmax() - 1 == own for voters, own in votes]))


def _scale(points: np.ndarray) -> tuple[float, ...]:
    """The distance of two levels, and the least coordinate by axis."""
    low = points.min(axis=0)
    return float((points.max(axis=0) - low).max()) / (LEVELS - 1) or 1.0, *low.tolist()


def _packed(points: np.ndarray, step: float, *low: float) -> np.ndarray:
    """Points (N, dims) as levels, axis by axis: the low bytes as they are, which do not compress, then the high ones, which do."""
    levels = np.ascontiguousarray(np.rint((points.astype(np.float64) - low) / step).T.astype(np.uint16))
    compressor = zlib.compressobj(9, memLevel=6, strategy=zlib.Z_HUFFMAN_ONLY)
    high = compressor.compress((levels >> 8).astype(np.uint8).tobytes()) + compressor.flush()
    return np.frombuffer((levels & 255).astype(np.uint8).tobytes() + high, np.uint8)


def _unpacked(packed: np.ndarray, shape: tuple[int, int], step: float, *low: float) -> np.ndarray:
    count, dims = shape
    size = count * dims
    high = zlib.decompressobj().decompress(packed[size:].tobytes(), size + 1)
    if len(high) != size or len(low) != dims or not math.isfinite(step):
        raise ValueError("another size")
    levels = packed[:size].astype(np.float64) + 256.0 * np.frombuffer(high, np.uint8)
    return (levels.reshape(dims, count).T * step + low).astype(np.float32)
