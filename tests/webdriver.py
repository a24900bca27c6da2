"""Firefox and WebKit as they are installed, driven by the commands of the WebDriver standard. Knows no page of the app.

Firefox takes them over a socket of its own (Marionette), WebKit's driver over HTTP: neither needs a program beside the browser but a
screen, which for WebKit is Xvfb.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest

FIREFOX_NAMES = ("firefox-esr", "firefox")
WEBKIT_NAMES = ("WebKitWebDriver",)
SCREEN = "1600x1200x24"
SECONDS_TO_START = 30
SECONDS_TO_ANSWER = 60
SECONDS_TO_WAIT = 90  # an experiment is computed first
PAUSE = 0.03  # seconds
# Components stand in shadow roots.
ALL = """const all = (selector, root = document) => [...root.querySelectorAll(selector),
    ...[...root.querySelectorAll("*")].flatMap((one) => (one.shadowRoot ? all(selector, one.shadowRoot) : []))];"""
# Components are mounted long after a page has begun, once the server has told of them.
LISTEN = """window.complaints = [];
    addEventListener("error", ({ message, error }) => complaints.push(`${message} ${error?.stack ?? ""}`));
    addEventListener("unhandledrejection", ({ reason }) => complaints.push(`${reason} ${reason?.stack ?? ""}`));
    console.error = (...words) => complaints.push(words.join(" "));"""

Send = Callable[[str, Mapping[str, Any]], Any]
"""Send a command by its name in Marionette with its parameters, and return what it answers."""


class Window:
    """A window of a browser. Scripts see `all(selector)`: the elements of the page, those in shadow roots too."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def resize(self, width: int, height: int) -> None:
        """Give the page a size in CSS pixels."""
        outer = {"width": width, "height": height}
        self._send("WebDriver:SetWindowRect", outer)
        inner = self.evaluate("[innerWidth, innerHeight]")
        self._send("WebDriver:SetWindowRect", {key: 2 * given - got for (key, given), got in zip(outer.items(), inner, strict=True)})

    def goto(self, url: str) -> None:
        """Open a page, and listen to what it complains of."""
        self._send("WebDriver:Navigate", {"url": url})
        self.execute(LISTEN)

    def execute(self, script: str) -> Any:
        """What statements return."""
        return self._send("WebDriver:ExecuteScript", {"script": ALL + script, "args": []})

    def evaluate(self, expression: str) -> Any:
        """The value of an expression."""
        return self.execute(f"return {expression}")

    def wait(self, expression: str) -> None:
        """Return once an expression is true; fail if it does not become so."""
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"this did not become true: {expression}; complaints: {self.evaluate('complaints')}"
            time.sleep(PAUSE)

    def drag(self, path: Sequence[tuple[float, float]], ms: int) -> None:
        """Press the mouse at the first of some places, in CSS pixels, move to each of the others in so many milliseconds, let go."""
        first, *others = ({"type": "pointerMove", "origin": "viewport", "x": round(x), "y": round(y)} for x, y in path)
        moves = [{**place, "duration": ms} for place in others]
        actions = [{**first, "duration": 0}, {"type": "pointerDown", "button": 0}, *moves, {"type": "pointerUp", "button": 0}]
        self._send("WebDriver:PerformActions", {"actions": [{"type": "pointer", "id": "mouse", "actions": actions}]})


@contextmanager
def firefox(folder: Path) -> Iterator[Window]:
    """Firefox without a screen and with a new profile."""
    program, port = _installed(FIREFOX_NAMES), _free_port()
    profile = folder / "profile"
    profile.mkdir()
    (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
    with (
        _running([program, "-headless", "-marionette", "-no-remote", "-profile", str(profile)], folder),
        socket.create_connection(_answering(port), timeout=SECONDS_TO_ANSWER) as connection,
        connection.makefile("rwb") as stream,
    ):
        yield _window(_marionette(stream))


@contextmanager
def webkit(folder: Path) -> Iterator[Window]:
    """WebKit's small browser on a screen of its own. Where nothing accelerates it, shared memory is its fastest way to that screen."""
    program, port = _installed(WEBKIT_NAMES), _free_port()
    reading, writing = os.pipe()
    screen = [_installed(("Xvfb",)), "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    with _running(screen, folder, pass_fds=[writing]):
        os.close(writing)
        with open(reading) as number:
            display = f":{number.readline().strip()}"
        environment = {**os.environ, "DISPLAY": display, "GDK_BACKEND": "x11", "WEBKIT_DISABLE_DMABUF_RENDERER": "1"}
        with _running([program, f"--port={port}"], folder, env=environment):
            send = _http("http://{}:{}".format(*_answering(port)))
            yield _window(send)
            send("WebDriver:DeleteSession", {})


BROWSERS = {"firefox": firefox, "webkit": webkit}


def _window(send: Send) -> Window:
    send("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"pageLoadStrategy": "normal"}}})
    return Window(send)


def _installed(names: Sequence[str]) -> str:
    """Where a program is. Without it the test skips; under CI=true it fails."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        absent = f"{' or '.join(names)} is not installed"
        pytest.fail(absent) if os.environ.get("CI") == "true" else pytest.skip(absent)
    return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def _running(command: Sequence[str], folder: Path, **settings: Any) -> Iterator[None]:
    """A program for the length of the block; what it says is in the folder's log."""
    with (folder / "log.txt").open("a") as log, subprocess.Popen(command, stdout=log, stderr=log, **settings) as process:
        try:
            yield
        finally:
            process.terminate()


def _answering(port: int) -> tuple[str, int]:
    """The address of a port of this computer, once somebody listens there."""
    address, deadline = ("127.0.0.1", port), time.monotonic() + SECONDS_TO_START
    while True:
        try:
            socket.create_connection(address).close()
            return address
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "the browser does not listen"
            time.sleep(PAUSE)


def _marionette(stream: BinaryIO) -> Send:
    """Messages are JSON after their length and a colon: [0, number, command, parameters] and [1, number, error, answer]."""

    def receive() -> Any:
        length = b"".join(iter(lambda: stream.read(1), b":"))
        return json.loads(stream.read(int(length)))

    def send(command: str, parameters: Mapping[str, Any]) -> Any:
        text = json.dumps([0, 0, command, parameters]).encode()
        stream.write(b"%d:%s" % (len(text), text))
        stream.flush()
        _, _, error, answer = receive()
        assert error is None, error
        return answer.get("value")

    receive()  # a greeting
    return send


PATHS = {
    "WebDriver:NewSession": ("POST", ""),
    "WebDriver:DeleteSession": ("DELETE", ""),
    "WebDriver:Navigate": ("POST", "/url"),
    "WebDriver:ExecuteScript": ("POST", "/execute/sync"),
    "WebDriver:PerformActions": ("POST", "/actions"),
    "WebDriver:SetWindowRect": ("POST", "/window/rect"),
}


def _http(address: str) -> Send:
    """Each command has a method and a path below that of the session, which the first one begins."""
    home = f"{address}/session"

    def send(command: str, parameters: Mapping[str, Any]) -> Any:
        nonlocal home
        method, path = PATHS[command]
        request = urllib.request.Request(home + path, json.dumps(parameters).encode(), method=method)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as response:
                answer = json.load(response)["value"]
        except urllib.error.HTTPError as refusal:
            raise AssertionError(refusal.read().decode()) from None
        if command == "WebDriver:NewSession":
            home += f"/{answer['sessionId']}"
        return answer

    return send
