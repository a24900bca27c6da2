"""Questions that only a process with torch can answer: asked once each, the newest first, while the page stays free. Knows no screen.

A page that waits asks again and again; a question that nobody has asked for a while is dropped. A process answers one question after the
other, since loading torch takes longer than most answers, and ends when there was none for a while, or with the server.
"""

import functools
import os
import subprocess
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass

from vae_core.processes.subprocesses import pipes, spawn

AT_ONCE = 1 if (os.cpu_count() or 1) < 4 else 2
"""Processes of a module: two that are timed on two cores would slow each other down."""
SECONDS_AT_MOST = 8.0
"""For one answer unless more are granted; loading torch may take some of them."""
ABANDONED_SECONDS = 5.0
FAILED_SECONDS = 60.0
"""After so long, what could not be answered is asked again."""
IDLE_SECONDS = 30.0
MOST_KEPT, MOST_BYTES = 256, 50_000_000
"""Answers of a module, and their bytes."""

_Key = tuple[str, float | None]


@dataclass(frozen=True)
class Answer:
    """What is known of a question: not `done` yet, or the `result`, which is None for one that could not be answered in time."""

    done: bool = False
    result: bytes | None = None
    at: float = 0.0


def answer(module: str, question: str, seconds: float | None = None) -> Answer:
    """What `python -m MODULE` prints when it reads the question, a line each; or that it is being found out, which this begins.

    It may take so many seconds, by default `SECONDS_AT_MOST`.
    """
    return _desk(module).answer((question, seconds))


def ask(module: str, question: str, seconds: float | None = None) -> bytes | None:
    """Ask now and wait; None for no answer in time."""
    with suppress(OSError):
        process = _take(module)
        found = process.ask(question, SECONDS_AT_MOST if seconds is None else seconds)
        if found is not None:
            _put_back(module, process)
        return found or None
    return None


@functools.cache
def _desk(module: str) -> "_Desk":
    """Each module has one, so that a long answer of one holds up nobody who waits for another."""
    return _Desk(module)


class _Desk:
    """Who waits for what. The threads that ask end when nothing is left to ask."""

    def __init__(self, module: str) -> None:
        self._module, self._lock, self._threads = module, threading.Lock(), 0
        self._answers: OrderedDict[_Key, Answer] = OrderedDict()
        self._wanted: OrderedDict[_Key, float] = OrderedDict()  # in the order in which they were asked first, with the time of the last
        self._asking: set[_Key] = set()

    def answer(self, key: _Key) -> Answer:
        now = time.monotonic()
        with self._lock:
            kept = self._answers.get(key)
            if kept and (kept.result is not None or now - kept.at < FAILED_SECONDS):
                self._answers.move_to_end(key)
                return kept
            if key not in self._asking:
                self._wanted[key] = now
            if self._threads < AT_ONCE and self._wanted:
                self._threads += 1
                threading.Thread(target=self._work, name="ask", daemon=True).start()
        return Answer()

    def _work(self) -> None:
        while key := self._next():
            result = ask(self._module, *key)
            with self._lock:
                self._asking.discard(key)
                self._answers[key] = Answer(True, result, time.monotonic())
                while len(self._answers) > MOST_KEPT or (len(self._answers) > 1 and self._bytes() > MOST_BYTES):
                    self._answers.popitem(last=False)

    def _bytes(self) -> int:
        return sum(len(answer.result or b"") for answer in self._answers.values())

    def _next(self) -> _Key | None:
        """The question to ask now: the newest that is still wanted. None ends the thread."""
        with self._lock:
            while self._wanted:
                key, wanted = self._wanted.popitem()
                if time.monotonic() - wanted < ABANDONED_SECONDS:
                    self._asking.add(key)
                    return key
            self._threads -= 1
            return None


class _Process:
    """A process of a module that reads questions and prints answers, a line each; an empty line is no answer."""

    def __init__(self, module: str) -> None:
        self._process = spawn("-m", module, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, question: str, seconds: float) -> bytes | None:
        """Its answer; None when it has ended, as it is made to when it takes longer."""
        limit = threading.Timer(seconds, self._process.kill)
        limit.start()
        questions, answers = pipes(self._process)
        try:
            questions.write(question.encode() + b"\n")
            questions.flush()
            line = answers.readline()
        except OSError:
            line = b""
        finally:
            limit.cancel()
        if line.endswith(b"\n"):
            return line.strip()
        self.end()
        return None

    def end(self) -> None:
        """Kill it, since what it computes is not wanted; nothing is left of it."""
        self._process.kill()
        self._process.communicate()


_IDLE: dict[str, list[tuple[_Process, threading.Timer]]] = {}
_IDLE_LOCK = threading.Lock()


def _take(module: str) -> _Process:
    """A process that has answered before, or a new one."""
    with _IDLE_LOCK:
        if not _IDLE.get(module):
            return _Process(module)
        process, timer = _IDLE[module].pop()
    timer.cancel()
    return process


def _put_back(module: str, process: _Process) -> None:
    timer = threading.Timer(IDLE_SECONDS, _end_idle, (module, process))
    timer.daemon = True
    with _IDLE_LOCK:
        _IDLE.setdefault(module, []).append((process, timer))
    timer.start()


def _end_idle(module: str, process: _Process) -> None:
    with _IDLE_LOCK:
        waiting = _IDLE.get(module, [])
        left = [entry for entry in waiting if entry[0] is not process]
        if len(left) == len(waiting):
            return  # it was taken in the meantime
        _IDLE[module] = left
    process.end()
