"""Start child processes of this program. Knows nothing of what they do."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from vae_core.files.storage import PROGRAM


def spawn(
    *arguments: str,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] | None = subprocess.DEVNULL,
    detached: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start this Python with some arguments in the program's folder.

    Args:
        arguments: as of the command `python`: `-m`, a module of this program, and what it takes.
        stdin: as `subprocess.Popen` takes it.
        stdout: as `subprocess.Popen` takes it.
        stderr: as `subprocess.Popen` takes it; None for that of this process.
        detached: whether it leads a session of its own, which no Ctrl-C and no end of this process reaches.

    Raises:
        OSError: no process can be started.
    """
    flags = 0
    if sys.platform == "win32" and detached:
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=PROGRAM,
        start_new_session=detached,
        creationflags=flags,
    )


def pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    """Where to write to and to read from a process that was started with a pipe for each."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process was started without pipes")
    return process.stdin, process.stdout


def spawn_detached(module: str, argument: str, log: Path, on_end: Callable[[], None] = lambda: None) -> None:
    """Start `python -m MODULE ARGUMENT`, which outlives this process; while this one lives, it leaves no zombie.

    Args:
        module: a module of this program, by its full name.
        argument: its only argument.
        log: the file to which its output is appended.
        on_end: called in a thread of this process when it has ended.

    Raises:
        OSError: no process can be started, or the log cannot be opened.
    """
    with log.open("ab") as output:
        process = spawn("-m", module, argument, stdout=output, stderr=output, detached=True)

    def reap() -> None:
        process.wait()
        on_end()

    threading.Thread(target=reap, name=f"wait for {module} {process.pid}", daemon=True).start()
