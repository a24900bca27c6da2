"""How a process leaves room for others."""

import os

NICENESS = 10


def lower_priority() -> None:
    """Leave room for the server and everything else: call it in a process that trains, before torch is loaded there.

    One core stays free: when another process needs it, threads that wait for each other cost many times what they gain. A process that
    was started by such a process is as low already.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) - 1)))
    if hasattr(os, "nice"):
        os.nice(max(0, NICENESS - os.nice(0)))
