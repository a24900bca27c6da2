"""The projections that are usually asked for, computed ahead: those of the shipped runs."""

import itertools
from dataclasses import replace
from pathlib import Path

from vae_core.latent import codes
from vae_core.projections.computation import compared, compute
from vae_core.projections.jobs import Job, keep
from vae_core.projections.numba_cache import set_numba_cache
from vae_core.projections.request import Request
from vae_core.runs.run import Run

USUAL_COUNT = 5000  # of codes that are drawn unless more are asked for
SHIPPED_METHODS = ("tsne", "umap", "pacmap")


def project_all(run: Run, count: int = USUAL_COUNT) -> list[Path]:
    """Compute into the run what is usually asked for: its first `count` codes by every long method, and the same of noise.

    In three dimensions, too, unless the codes have no more than two; without the stages. Returns the files, each followed by its noise's.
    """
    set_numba_cache()
    kept, files = codes.load(run.codes), []
    for method, dims in itertools.product(SHIPPED_METHODS, (2, 3) if kept.mean.shape[1] > 2 else (2,)):
        request = Request(method, dims, count=min(count, len(kept.mean)))
        twin = compute(kept.mean, replace(request, noise=True))
        found = compared(compute(kept.mean, request, labels=kept.labels), twin)
        for each in (found, twin):
            files.append(Job(run, each.request).result_file)
            keep(replace(each, frames=()), files[-1])
    return files
