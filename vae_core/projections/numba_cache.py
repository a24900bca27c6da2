"""Where numba keeps compiled code, and its compilation ahead of time."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from vae_core.files.locks import release_lock, take_lock
from vae_core.files.storage import DATA
from vae_core.projections.computation import compute
from vae_core.projections.request import Request


def set_numba_cache() -> None:
    """Keep compiled code in the data folder, or for this process alone: call it before numba is imported."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    cache = DATA.path / ".numba"
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
    if not os.access(cache, os.W_OK | os.X_OK):
        cache = Path(tempfile.mkdtemp(prefix="numba-"))
        atexit.register(shutil.rmtree, cache, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(cache)


@contextmanager
def numba_cache() -> Iterator[None]:
    """`set_numba_cache` for a block; processes started after it choose for themselves."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    set_numba_cache()
    try:
        yield
    finally:
        if given is None:
            del os.environ["NUMBA_CACHE_DIR"]


def compile_ahead() -> None:
    """Run both compiled methods on a few codes; leave a mark when their code is on the disk."""
    cache = Path(os.environ["NUMBA_CACHE_DIR"])
    cache.mkdir(parents=True, exist_ok=True)
    lock = take_lock(cache / "worker.lock")
    if lock is None:
        return
    few = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    for request in (Request("umap", parameters={"epochs": 2}), Request("pacmap")):
        compute(few, request)
    compiled_mark(cache).touch()
    release_lock(lock)


def compiled_mark(cache: Path) -> Path:
    """Its presence says that these versions of the libraries have been compiled here."""
    import hashlib
    import importlib.metadata

    versions = [importlib.metadata.version(package) for package in ("numba", "umap-learn", "pacmap")]
    return cache / f"warm-{hashlib.sha256(repr(versions).encode()).hexdigest()[:12]}"
