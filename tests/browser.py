"""A Streamlit server as a process of its own, and a page with what it says, sends and shows on record. Knows no page of the app."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest
from playwright.sync_api import CDPSession, ConsoleMessage, Dialog, Error, Page, Request, WebSocket, expect

from ui.components.link import link
from ui.components.mount import read

ROOT = Path(__file__).parents[1]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--process-per-site",
]
SECONDS_TO_START = 30
SECONDS_TO_SEND = 15
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
# On a deep link Streamlit's own page first looks for the server below the page's path, and finds it one level up.
PROBE = re.compile(r"http://127\.0\.0\.1:\d+/\w+/_stcore/(health|host-config)")


def chromium() -> str | None:
    """Where the installed Chromium is, if there is one."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def headless_chromium() -> str | None:
    """The same engine without anything around its pages, which costs a seventh less; else the whole browser."""
    return shutil.which("chromium-headless-shell") or chromium()


class Server:
    """`streamlit run SCRIPT` with the settings of the app, on a free port that it keeps when it is started again."""

    def __init__(self, script: Path, log: Path, environment: Mapping[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        flags = [f"--server.port={self.port}", "--server.headless=true"]
        self.command = [sys.executable, "-m", "streamlit", "run", str(script), *flags]
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        self.log = log

    def start(self) -> None:
        """Start, and return when the server answers."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"the server did not start: {self.log.read_text()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server as Ctrl-C does."""
        self.process.terminate()
        self.process.wait(10)

    def kill(self) -> None:
        """End the server as a crash does."""
        self.process.kill()
        self.process.wait(10)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def serving(script: Path, log: Path, **environment: str) -> Iterator[Server]:
    """A running server of `script` for the length of the block."""
    server = Server(script, log, environment)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Visit:
    """A page in a browser. `sent` counts websocket frames, `received` their bytes; `complaints` is what the console said."""

    def __init__(self, page: Page) -> None:
        self.page, self.sent, self.received = page, 0, 0
        self.complaints: list[str] = []
        self._size = page.viewport_size
        self._listeners: list[tuple[Any, Callable[[Any], Any]]] = []
        self.on("console", self._hear)
        self.on("dialog", self._refuse)
        self.on("pageerror", self._fail)
        self.on("request", self._see)
        self.on("websocket", self._listen)

    def on(self, event: Any, listener: Callable[[Any], Any]) -> None:
        """Listen to the page for the length of the visit."""
        self.page.on(event, listener)
        self._listeners.append((event, listener))

    def leave(self) -> bool:
        """End the visit. Whether the page is fit for another one: it is closed if its size was changed."""
        if self.page.viewport_size != self._size:
            self.page.close()
        if self.page.is_closed():
            return False
        self.page.mouse.move(0, 0)
        self.page.evaluate("() => sessionStorage.clear()")
        self.page.goto("about:blank")
        for event, listener in self._listeners:
            self.page.remove_listener(event, listener)
        return True

    def settle(self) -> None:
        """Wait until no script runs, then until what it sent has come."""
        expect(self.page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)
        self.page.wait_for_timeout(150)

    def enter(self, label: str, number: float) -> None:
        """Type into the field of that name once no script is about to put another in its place."""
        self.settle()
        field = self.page.get_by_role("spinbutton", name=label)
        field.fill(str(number))
        field.press("Enter")
        self.settle()

    def sends(self, before: int) -> None:
        """Wait until more than `before` frames were sent."""
        deadline = time.monotonic() + SECONDS_TO_SEND
        while self.sent <= before:
            assert time.monotonic() < deadline, f"no frame was sent after the {before} before"
            self.page.wait_for_timeout(20)

    def paints(self) -> None:
        """Wait until what was done to the page is on the screen."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def _hear(self, message: ConsoleMessage) -> None:
        probe = "404" in message.text and PROBE.fullmatch(message.location["url"])
        advice = message.text.startswith("Canvas2D: Multiple readback")  # to tests that look at pixels
        if message.type in ("error", "warning") and not probe and not advice:
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _fail(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _refuse(self, dialog: Dialog) -> None:
        self.complaints.append(f"the page said {dialog.message}")
        dialog.dismiss()

    def _see(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.complaints.append(f"the page asked for {request.url}")

    def _listen(self, websocket: WebSocket) -> None:
        websocket.on("framesent", lambda _: setattr(self, "sent", self.sent + 1))
        websocket.on("framereceived", lambda payload: setattr(self, "received", self.received + len(payload)))


Opener = Callable[..., Visit]


class Component:
    """A component on a page of its own, found by `selector`. `sent` counts websocket frames since `ready`."""

    selector: str

    def __init__(self, visit: Visit, url: str) -> None:
        self.visit, self.page = visit, visit.page
        self.page.goto(url)
        self.root = self.page.locator(self.selector)

    def ready(self) -> Self:
        expect(self.root).to_have_attribute("data-ready", "true")
        self.visit.settle()
        self.before = self.visit.sent
        return self

    @property
    def sent(self) -> int:
        return self.visit.sent - self.before

    def numbers(self, name: str, where: str = "") -> list[float]:
        """What the component, or a part of it, says of itself under a name."""
        text = (self.root.locator(where) if where else self.root).get_attribute(f"data-{name}")
        return [float(value) for value in text.split(",")] if text else []

    def number(self, name: str, where: str = "") -> float:
        return self.numbers(name, where)[0]


def bare(*styles: str, script: str = "", width: int = 320) -> str:
    """A page without Streamlit where #stage has a shadow root with these styles, as the place of a component in the app has."""
    return f"""<!doctype html><meta name="viewport" content="width=device-width"><body style="margin: 20px">
        <div id="stage" style="width: {width}px"><style>{read("view/controls.css", *styles)}</style></div>
        <script>stage.attachShadow({{ mode: "open" }}).append(stage.firstChild)</script><script type="module">{script}</script>"""


# Mounts a module as Streamlit does: from a blob, with setters; `heard` is all that Python would be told.
MOUNT = """async ([name, text, data]) => {
    globalThis.modules ??= {};
    modules[name] ??= await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    globalThis.heard = [];
    const tell = (what, value) => heard.push([what, value]);
    const here = { parentElement: stage.shadowRoot, setStateValue: tell, setTriggerValue: tell };
    globalThis.update = (data) => modules[name].default({ data, ...here });
    globalThis.unmount?.();
    globalThis.unmount = update(data);
}"""


def mount(page: Page, name: str, data: dict[str, Any]) -> None:
    page.evaluate(MOUNT, [name, link(f"{name}/{name}.js"), data])


def open_stage(page: Page, name: str, address: str = "http://localhost/") -> list[str]:
    """An empty page with the component's style; what it complains of is added to the list."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route(f"{address}*", lambda route: route.fulfill(body=bare(f"{name}/{name}.css"), content_type="text/html"))
    page.goto(address)
    return complaints


def touch(session: CDPSession, kind: str, *fingers: tuple[float, float]) -> None:
    """What fingers do on a screen; `kind` is Start, Move or End."""
    points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(fingers)]
    session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


# ---- Where Tab leads -------------------------------------------------------------------------------------------------------


class Stop(NamedTuple):
    """A control that Tab leads to: what it is called, and its box in CSS pixels."""

    name: str
    left: float
    top: float
    right: float
    bottom: float


FOCUSED = """() => {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    if (!found || found === document.body || found.visited) return null;
    found.visited = true;
    const { left, top, right, bottom } = found.getBoundingClientRect();
    const label = found.getAttribute("aria-label") || found.innerText || found.labels?.[0]?.innerText || found.title;
    return [label?.trim() ?? "", left, top, right, bottom];
}"""

# Controls that are seen and can be used, and that Tab did not lead to; of radio buttons it leads to one, and arrow keys to the others.
LEFT_OUT = """() => {
    const found = [];
    const isReached = (each) => {
        const group = each.matches("[role=radio]") ? each.closest("[role=radiogroup]") : null;
        return [each, ...(group?.querySelectorAll("[role=radio]") ?? [])].some(({ visited }) => visited);
    };
    const visit = (root) => {
        for (const each of root.querySelectorAll("*")) {
            if (each.shadowRoot) visit(each.shadowRoot);
            const isControl = each.matches("a[href], button, input, select, textarea, summary, [tabindex]");
            const isSeen = each.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && each.getClientRects().length;
            if (isControl && isSeen && each.tabIndex >= 0 && !each.matches(":disabled") && !isReached(each))
                found.push(each.outerHTML.slice(0, 200));
        }
    };
    visit(document);
    return found;
}"""


def tab_stops(page: Page) -> list[Stop]:
    """Press Tab until it has gone around the page."""
    page.evaluate("() => document.activeElement?.blur()")
    stops = []
    while True:
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if not found:
            return stops
        stops.append(Stop(*found))


def left_out(page: Page) -> list[str]:
    """The HTML of what `tab_stops` has not met and should have."""
    return page.evaluate(LEFT_OUT)
