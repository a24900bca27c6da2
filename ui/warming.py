"""Warms a server up in the background after its first page, so that later ones are fast. Knows no page."""

import functools
import gc
import threading
from contextlib import suppress

from ui import cached, static_files
from ui.style_sheets import everything
from vae_core import runs
from vae_core.errors import ExplorerError
from vae_core.projections import jobs as projection_jobs
from vae_core.training import jobs

READ_AFTER, COMPILE_AFTER = 2.0, 20.0
"""Seconds: the first page needs the processor, and compiling takes a core for half a minute."""


@functools.cache
def begin() -> None:
    """Prepare once in a process, however often it is called: a class comes a little later than its teacher."""
    static_files.serve_styles(everything())
    for seconds, work in ((READ_AFTER, _go_on), (READ_AFTER, _read), (COMPILE_AFTER, lambda: projection_jobs.warm_up())):
        timer = threading.Timer(seconds, work)
        timer.daemon = True
        timer.start()


def _go_on() -> None:
    """Start whoever waits, which nobody may have done since the last server ended."""
    jobs.advance()
    projection_jobs.advance()


def _read() -> None:
    """Compress the scripts and read the shipped models; then exempt what is in memory from garbage collection."""
    static_files.serve_compressed()
    for run in runs.list_runs():
        if run.shipped:
            cached.cover(run)
            with suppress(ExplorerError):  # a page will say it
                cached.map_bundle(run)
    gc.collect()
    gc.freeze()
