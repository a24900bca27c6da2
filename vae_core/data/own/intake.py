"""People's pictures taken in by a process of its own: begun, heard, cancelled. Knows no screen, and not how pictures are read.

`python -m vae_core.data.own.intake` takes a request as one line of JSON on its standard input, then the ZIP if there is one, and says how
far it is, and at last what came of it, in lines of JSON. It works for as long as its standard input is open: to close it is to cancel,
and the death of who asked does that, too.
"""

import io
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vae_core import console
from vae_core.data import own
from vae_core.data.own import Reading
from vae_core.errors import ExplorerError
from vae_core.processes import priority
from vae_core.processes.subprocesses import pipes, spawn

MOST_AT_ONCE = 2
MOST_REMEMBERED = 20
"""Imports that have ended and whose outcome can still be asked for."""
RUNNING, FINISHED, REFUSED, CANCELLED = "running", "finished", "refused", "cancelled"

_FOUND_OUT = Reading()
_known: dict[str, "Intake"] = {}
_turns = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(eq=False)
class Intake:
    """One import. Everything may be read at any time, from any thread."""

    title: str
    folder: Path | None
    """The folder that is read; None for a ZIP."""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: str = RUNNING
    fraction: float = 0.0
    """From 0 to 1."""
    sentence: str = "Starting"
    """How far it is; then what was kept, or why nothing was. It may quote foreign names."""
    name: str = ""
    """Of the set, once it is there."""
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _process: "subprocess.Popen[bytes] | None" = None

    def cancel(self) -> None:
        """Ask for the end; `state` tells when it has come. Of a ZIP nothing is left then, of a folder what was done so far."""
        self._cancelled.set()
        if self._process is not None:
            with suppress(OSError):
                pipes(self._process)[0].close()

    def _follow(self, request: dict[str, Any], content: bytes) -> None:
        """Wait for a turn, start the process, give it its work and hear it to its end."""
        while not _turns.acquire(timeout=0.1):
            self.sentence = "Waiting for its turn"
            if self._cancelled.is_set():
                self.state, self.sentence = CANCELLED, "Cancelled"
                return
        try:
            self._hear(_start(), request, content)
        except OSError as error:
            self.state, self.sentence = REFUSED, f"no process could be started ({error.strerror}); try again when the machine is less busy"
        finally:
            _turns.release()

    def _hear(self, process: "subprocess.Popen[bytes]", request: dict[str, Any], content: bytes) -> None:
        self._process = process
        orders, answers = pipes(process)
        said: dict[str, Any] = {}
        with suppress(OSError, ValueError):  # cancelled, or dead, before it has got all of it
            orders.write(json.dumps(request).encode() + b"\n" + content)
            orders.flush()
        if self._cancelled.is_set():
            self.cancel()
        with answers:
            for line in answers:
                said = json.loads(line)
                self.fraction, self.sentence = said.get("fraction", self.fraction), said["sentence"]
        process.wait()
        with suppress(OSError):
            orders.close()
        self._end(said)

    def _end(self, said: dict[str, Any]) -> None:
        """What came of it, by the last words; without such words it was cancelled, or died."""
        if "state" in said:
            self.name, self.state = said["name"], said["state"]
        elif self._cancelled.is_set():
            self.state, self.sentence = CANCELLED, "Cancelled"
        else:
            self.state, self.sentence = REFUSED, "the import ended without a word, perhaps for want of memory; try fewer pictures"


def begin(
    source: Path | bytes, *, title: str, image_shape: tuple[int, int, int], fit: str, file_name: str = "", reading: Reading = _FOUND_OUT
) -> Intake:
    """Take in a folder of this machine, or the bytes of a ZIP that is called `file_name`; see `own.import_zip` for the rest.

    Returns at once. More than two at a time wait for each other.
    """
    folder = source if isinstance(source, Path) else None
    content = b"" if isinstance(source, Path) else source
    request: dict[str, Any] = {"folder": folder and str(folder.absolute()), "file_name": file_name, "bytes": len(content)}
    request["how"] = {"title": title, "image_shape": list(image_shape), "fit": fit, "reading": asdict(reading)}
    intake = Intake(title, folder)
    for ended in [known.id for known in every() if known.state != RUNNING][:-MOST_REMEMBERED]:
        _known.pop(ended, None)
    _known[intake.id] = intake
    threading.Thread(target=intake._follow, args=(request, content), name=f"import {title}", daemon=True).start()
    return intake


def every() -> list[Intake]:
    """The imports of this process, oldest first: all that run, and the last ones that have ended."""
    return list(_known.values())


def find(key: str) -> Intake | None:
    """The import with that id, as long as it is remembered."""
    return _known.get(key)


def main() -> int:
    """Do what standard input asks for. Returns the exit status, 1 when nothing was made."""
    console.tolerate_encoding_errors()
    priority.lower_priority()
    request = json.loads(sys.stdin.buffer.readline())
    content = io.BytesIO(sys.stdin.buffer.read(request["bytes"]))
    content.name = request["file_name"]
    try:
        name, result = _import(request, content, _hearing())
    except ExplorerError as error:
        _say(state=REFUSED, sentence=str(error), name="")
        return 1
    except _Cancelled:
        return 1
    _say(state=FINISHED, sentence=result.sentence, name=name)
    return 0


class _Cancelled(Exception):
    """Whoever asked for the import has closed its standard input."""


def _start() -> "subprocess.Popen[bytes]":
    """A process that no Ctrl-C of ours reaches: it ends by itself, and tidily, when we do."""
    return spawn("-m", "vae_core.data.own.intake", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, detached=True)


def _import(request: dict[str, Any], content: io.BytesIO, progress: Callable[[float, str], None]) -> tuple[str, own.Import]:
    how = {**request["how"], "image_shape": tuple(request["how"]["image_shape"]), "progress": progress}
    how["reading"] = Reading(**how.get("reading", {}))
    if request["folder"]:
        return own.import_folder(Path(request["folder"]), **how)
    return own.import_zip(content, **how)


def _hearing() -> Callable[[float, str], None]:
    """A progress that is said aloud, and that stops the import when standard input is closed."""
    closed = threading.Event()

    def wait_for_the_end() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        closed.set()

    def progress(fraction: float, sentence: str) -> None:
        if closed.is_set():
            raise _Cancelled
        _say(fraction=fraction, sentence=sentence)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    return progress


def _say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
