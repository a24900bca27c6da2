"""Many people at once: N sessions over Streamlit's own websocket protocol, one action a second each, on all six pages of the app.

    python benchmarks/load.py                    # some 9 minutes
    python benchmarks/load.py --quick            # one minute: fewer people, shorter series
    python benchmarks/load.py --program FOLDER   # the app of another checkout, to compare with

The app is started with a folder of its own: copies of the shipped runs, and in a second series 60 more. Its visitors read what the server
sends as a browser does (elements, cached messages, links, fragments that repeat) and press what they find: a quarter of what they do is
to go to another page by the menu, the rest is one action on the page that they are on. Latency is the time from sending to the end
of the script, with the pictures that are new then. A training runs meanwhile as the app starts one, without an end.

First load: one person has opened the app; then forty do at once, with nothing in their browsers: the page, its scripts over six
connections each, Home. Memory is the server's: before they came, when one person had seen every page; with forty; and 66 seconds after
they have left.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

ROOT = Path(__file__).parents[1]
MORE_RUNS = 60
PATIENCE = 60.0  # seconds for one answer; longer is an error
GOES_ON = 0.25  # share of actions that go to another page
CONNECTIONS = 6
FAILURES = (OSError, TimeoutError, KeyError, websockets.WebSocketException)
RELEASES, VALUES = 9, (15.0, 16.0)
HOME_TURNS = 12.0
CORES = "".join(f"{core}," for core in sorted(os.sched_getaffinity(0))[:2]).strip(",")
MODEL = "run=mnist-2d"  # where a link names none
START_TRAINING = """
from vae_core.training import jobs
from vae_core.presets import configure
jobs.launch(configure("mnist-2d-quick", {"epochs": 1000}))
"""


@dataclass(frozen=True)
class Times:
    """How many people come, and seconds: a series of actions, what the app has to prepare itself, until who has left is forgotten."""

    people: tuple[int, int] = (20, 40)
    series: float = 25.0
    settled: float = 40.0
    left: float = 66.0


@dataclass
class Visitor:
    """One person: the elements on the screen, the widgets' values, the messages that are kept, what was seen before."""

    socket: websockets.ClientConnection
    host: str
    elements: dict[tuple[int, ...], object] = field(default_factory=dict)
    touched: set[tuple[int, ...]] = field(default_factory=set)
    values: dict[str, WidgetState] = field(default_factory=dict)
    kept: dict[str, tuple[ForwardMsg, int]] = field(default_factory=dict)
    repeats: dict[str, float] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    asked_for: dict[str, float] = field(default_factory=dict)
    pictures: set[str] = field(default_factory=set)
    query, page, runs = "", "", 0

    async def load(self) -> None:
        """Open the page that the address names."""
        await self._run()

    async def follow(self, link: object) -> None:
        """Press a link to another page of the app."""
        self.page, self.query = link.page_script_hash, link.query_string or ("" if link.page == "train" else MODEL)
        self.repeats.clear()
        await self._run()

    async def give(self, identity: str, **value: object) -> None:
        """Set a widget and wait for the page that follows; a press lasts as long as this run."""
        state = WidgetState(id=identity, **value)
        trigger = state.WhichOneof("value") == "trigger_value"
        if not trigger:
            self.values[identity] = state
        await self._run(self.fragments.get(identity, ""), [state] if trigger else [])

    async def repeat(self) -> None:
        """What a browser asks for by itself: fragments that are due."""
        for fragment in list(self.repeats):
            await self._run(fragment, repeats=True)

    def of_kind(self, kind: str) -> list[object]:
        """The elements of a kind on the screen, from top to bottom."""
        found = (self.elements[place] for place in sorted(self.elements))
        return [getattr(element, kind) for element in found if element.WhichOneof("type") == kind]

    def menu(self) -> list[object]:
        """A link to each page of the app, the first on the screen: every page begins with them."""
        return list({link.page_script_hash: link for link in reversed(self.of_kind("page_link"))}.values())

    async def _run(self, fragment: str = "", extra: list[WidgetState] = (), *, repeats: bool = False) -> None:
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self.query, self.page, fragment
        state.is_auto_rerun = repeats
        state.cached_message_hashes.extend(self.kept)
        state.widget_states.widgets.extend([*self.values.values(), *extra])
        state.context_info.url, state.context_info.timezone, state.context_info.locale = f"http://{self.host}/", "UTC", "en-US"
        await self.socket.send(asked.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while not self._take(ForwardMsg.FromString(await self.socket.recv())):
                pass
            await self._fetch_new()

    def _take(self, message: ForwardMsg) -> bool:
        """Note one message; whether it ends a run that nothing follows."""
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            original, _ = self.kept[message.ref_hash]
            self.kept[message.ref_hash] = original, self.runs
            self._place(tuple(message.metadata.delta_path), original.delta)
        elif kind == "delta":
            if message.metadata.cacheable:
                self.kept[message.hash] = message, self.runs
            self._place(tuple(message.metadata.delta_path), message.delta)
        elif kind == "new_session":
            self.page, self.touched, self.asked_for = message.new_session.page_script_hash, set(), {}
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self.asked_for[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self.repeats.pop(fragment, None)
        elif kind == "script_finished":
            return self._finish(message.script_finished)
        return False

    def _finish(self, how: int) -> bool:
        """The end of a run; one that was ended for another one to begin is followed by that."""
        self.runs += 1
        if how == ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN:
            return False
        if how == ForwardMsg.ScriptFinishedStatus.FINISHED_WITH_COMPILE_ERROR:
            raise ConnectionError("a page cannot be compiled")
        if how == ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY:
            self.elements = {place: element for place, element in self.elements.items() if place in self.touched}
            self.repeats = {}
        self.repeats |= self.asked_for
        self.kept = {name: (kept, used) for name, (kept, used) in self.kept.items() if self.runs - used <= 2}
        if self.of_kind("exception"):
            raise ConnectionError(f"a page shows an exception: {self.of_kind('exception')[0].message}")
        return True

    def _place(self, place: tuple[int, ...], delta: object) -> None:
        self.touched.add(place)
        if delta.WhichOneof("type") == "new_element":
            self.elements[place] = delta.new_element
            part = getattr(delta.new_element, delta.new_element.WhichOneof("type"))
            self.fragments[getattr(part, "id", "")] = delta.fragment_id
        else:
            self.elements.pop(place, None)

    async def _fetch_new(self) -> None:
        """The pictures on the screen that this browser has not loaded yet."""
        shown = {image.url for images in self.of_kind("imgs") for image in images.imgs if image.url.startswith("/")}
        for url in shown - self.pictures:
            await fetch(self.host, [url])
        self.pictures |= shown


# ---- What a person can do on a page, found by what is there ---------------------------------------------------------


Action = Callable[[], Awaitable[None]]


def actions(visitor: Visitor) -> list[Action]:
    """What can be done on this page: move a point, take another sample, choose a mode or a projection, change a number."""
    found = [lambda view=view: _release(visitor, view) for view in _maps(visitor)]
    for button in visitor.of_kind("button"):
        if button.icon == ":material/casino:" and not button.disabled:
            found.append(lambda button=button: visitor.give(button.id, trigger_value=True))
    for choice in visitor.of_kind("button_group"):
        if choice.label in ("What to do", "Projection"):
            found.append(lambda choice=choice: _choose(visitor, choice))
    for number in visitor.of_kind("number_input"):
        if number.label == "Epochs":
            found.append(lambda number=number: _type(visitor, number))
    return found


def _maps(visitor: Visitor) -> list[object]:
    views = [part for part in visitor.of_kind("bidi_component") if part.WhichOneof("data") == "json"]
    return [part for part in views if {"point", "axes", "run"} <= json.loads(part.json).keys()]


async def _release(visitor: Visitor, component: object) -> None:
    """Let go of the point somewhere on the plane. A page that has said no point yet shows a model of two dimensions."""
    shown = json.loads(component.json)
    point = [random.randrange(-RELEASES, RELEASES) / 4 for _ in shown["point"] or shown["axes"]]
    await visitor.give(component.id, json_value=json.dumps({"view": shown | {"point": point}}))


async def _choose(visitor: Visitor, choice: object) -> None:
    """The next of the first two choices: projections that are found at once, and two modes."""
    names = [option.content for option in choice.options][:2]
    last = visitor.values.get(choice.id)
    chosen = list(last.string_array_value.data)[:1] if last else [names[choice.default[0]]] if len(choice.default) else names[:1]
    state = WidgetState(id=choice.id)
    state.string_array_value.data.append(names[1] if chosen == names[:1] else names[0])
    await visitor.give(choice.id, string_array_value=state.string_array_value)


async def _type(visitor: Visitor, number: object) -> None:
    last = visitor.values.get(number.id)
    value = VALUES[last is not None and last.double_value == VALUES[0]]
    await visitor.give(number.id, double_value=value)


async def act(visitor: Visitor, chance: random.Random) -> None:
    """Go to another page, or do one thing on this one."""
    here = actions(visitor)
    if chance.random() < GOES_ON or not here:
        await visitor.follow(chance.choice([link for link in visitor.menu() if link.page_script_hash != visitor.page]))
    else:
        await chance.choice(here)()


# ---- Servers, sessions, series ---------------------------------------------------------------------------------------


@dataclass
class App:
    """A running server: where it is, and what the system says of its process."""

    process: subprocess.Popen
    host: str

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        values = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Resident megabytes now."""
        return int(Path(f"/proc/{self.process.pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


@contextmanager
def app(program: Path, more: int, training: bool) -> Iterator[App]:
    """The app of a checkout on a free port, with its own folder of runs, on two cores; with a training beside it or without."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "checkpoints"
        furnish(folder, program, more)
        environment = {**os.environ, "VAE_CHECKPOINTS": str(folder), "PYTHONPATH": str(program)}
        port = _free_port()
        command = ["-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(_on_two_cores(*command), cwd=program, env=environment, stdout=log, stderr=log)
            try:
                _await_health(port)
                if training:
                    subprocess.run(_on_two_cores("-c", START_TRAINING), cwd=program, env=environment, check=True)
                    _await_training(folder)
                yield App(process, f"127.0.0.1:{port}")
            finally:
                for run in folder.iterdir():
                    if (run / "worker.lock").exists():
                        (run / "stop").touch()
                process.terminate()
                process.wait(10)
                _await_no_training(folder)
                _show_failures(log)


def _show_failures(log: BinaryIO) -> None:
    """The last lines of what the server said, if it said that something failed."""
    log.seek(0)
    said = log.read().decode(errors="replace")
    if "Traceback" in said:
        sys.stderr.write("\n".join(said.splitlines()[-30:]) + "\n")


def furnish(folder: Path, program: Path, more: int) -> None:
    """Copies of the shipped runs, and `more` own ones: copies too, that ended long ago."""
    shutil.copytree(program / "checkpoints", folder, ignore=shutil.ignore_patterns(".*"))
    shipped = sorted(path for path in folder.iterdir() if (path / "config.json").exists())
    for number in range(more):
        shutil.copytree(shipped[number % len(shipped)], folder / f"own-{number + 1:03}")
    for path in sorted(folder.glob("own-*")):
        os.utime(path / "config.json", (1_700_000_000 + int(path.name[-3:]),) * 2)


@asynccontextmanager
async def visitors(host: str, count: int) -> AsyncIterator[list[Visitor]]:
    """So many people who have connected; all leave at the end."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(visitor(host)) for _ in range(count)]


@asynccontextmanager
async def visitor(host: str) -> AsyncIterator[Visitor]:
    stream = websockets.connect(
        f"ws://{host}/_stcore/stream", subprotocols=["streamlit"], origin=f"http://{host}", max_size=None, compression=None
    )
    async with stream as open_socket:
        yield Visitor(open_socket, host)


@dataclass
class Figures:
    """What a series of actions cost. `waits` are seconds."""

    waits: list[float] = field(default_factory=list)
    errors: int = 0
    cpu: float = 0.0
    memory: float = 0.0
    seconds: float = 0.0

    def fail(self, error: Exception) -> None:
        """Count what did not come."""
        sys.stderr.write(f"  error: {error!r}\n")
        self.errors += 1

    def milliseconds(self, percentile: float) -> float:
        return 1000 * float(np.percentile(self.waits, percentile))

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / len(self.waits)


async def series(server: App, people: int, seconds: float, act: Callable[[Visitor, random.Random], Awaitable[None]]) -> Figures:
    """So many people for so long, each doing something once a second, or at once when the answer took longer."""
    figures = Figures()
    async with visitors(server.host, people) as crowd:
        for one in crowd:
            await one.load()
        began, before = time.perf_counter(), server.cpu()
        await asyncio.gather(*(_live(one, number, people, began + seconds, figures, act) for number, one in enumerate(crowd)))
        figures.cpu, figures.seconds, figures.memory = server.cpu() - before, time.perf_counter() - began, server.memory()
    return figures


async def _live(one: Visitor, number: int, people: int, end: float, figures: Figures, act: Callable) -> None:
    chance = random.Random(number)
    due = time.perf_counter() + number / people
    while due < end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        began = time.perf_counter()
        try:
            await act(one, chance)
        except FAILURES as error:
            return figures.fail(error)
        figures.waits.append(time.perf_counter() - began)
        if one.repeats:
            await one.repeat()
        due = max(due + 1.0, time.perf_counter())


async def see_everything(host: str) -> None:
    """One person goes through the menu."""
    async with visitor(host) as one:
        await one.load()
        for number in range(len(one.menu())):
            await one.follow(one.menu()[number])
            await one.repeat()


async def visit_home(one: Visitor, chance: random.Random) -> None:
    """Home and nothing else: all of it, again and again."""
    await one.follow(one.menu()[0])


async def release_home(one: Visitor, chance: random.Random) -> None:
    """Home's map is moved, again and again."""
    await _release(one, _maps(one)[0])


async def first_load(host: str, people: int) -> Figures:
    """Everybody at once and with empty browsers: until each has the page, its scripts and Home."""
    figures, began = Figures(), time.perf_counter()
    for arrived in asyncio.as_completed([_arrive(host) for _ in range(people)]):
        try:
            await arrived
            figures.waits.append(time.perf_counter() - began)
        except FAILURES as error:
            figures.fail(error)
    figures.seconds = time.perf_counter() - began
    return figures


async def _arrive(host: str) -> None:
    (page,) = await fetch(host, ["/"])
    urls = re.findall(r'(?:src|href)="\.(/static/[^"]+)"', page.decode())
    await asyncio.gather(*(fetch(host, urls[place::CONNECTIONS]) for place in range(CONNECTIONS)))
    async with visitor(host) as one:
        await one.load()


async def fetch(host: str, paths: list[str]) -> list[bytes]:
    """GET some paths over one connection as a browser does; bodies as they came. Raises ConnectionError unless each is there."""
    reader, writer = await asyncio.open_connection(*host.split(":"), limit=1 << 20)
    try:
        return [await _get(reader, writer, host, path) for path in paths]
    finally:
        writer.close()


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str) -> bytes:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if not head.startswith("http/1.1 200"):
        raise ConnectionError(f"{path}: {head.splitlines()[0]}")
    length = re.search(r"content-length: (\d+)", head)
    if length:
        return await reader.readexactly(int(length[1]))
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).decode(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)


def _on_two_cores(*arguments: str) -> list[str]:
    return ["taskset", "-c", CORES, sys.executable, *arguments]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_health(port: int) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def _own(folder: Path) -> list[dict]:
    paths = (path for path in folder.glob("mnist-2d-quick-*/status.json"))
    return [json.loads(path.read_text()) for path in paths]


def _await_training(folder: Path) -> None:
    for _ in range(600):
        if any(status["state"] == "running" and status["step"] for status in _own(folder)):
            return
        time.sleep(0.1)
    raise SystemExit("the training did not start")


def _await_no_training(folder: Path) -> None:
    for _ in range(300):
        if not any(status["state"] in ("running", "queued") for status in _own(folder)):
            return
        time.sleep(0.1)


# ---- The figures -----------------------------------------------------------------------------------------------------


def crowd(program: Path, more: int, training: bool, times: Times) -> dict[str, float]:
    """One server, from its start until after everybody has left: first load, Home alone, then everything by so many people."""
    most = times.people[-1]
    with app(program, more, training) as server:
        asyncio.run(first_load(server.host, 1))
        asyncio.run(see_everything(server.host))
        time.sleep(times.settled)
        before = server.memory()
        first = asyncio.run(first_load(server.host, most))
        time.sleep(1)
        home, released = (asyncio.run(series(server, 1, HOME_TURNS, what)) for what in (visit_home, release_home))
        found = {f"first_load_{most}_s": first.seconds, "home_cpu_ms": home.cpu_ms, "home_release_cpu_ms": released.cpu_ms}
        found["errors"] = first.errors + home.errors + released.errors
        for count in times.people:
            mix = asyncio.run(series(server, count, times.series, act))
            found |= {
                f"p95_ms_{count}": mix.milliseconds(95),
                f"cpu_ms_{count}": mix.cpu_ms,
                "mb_per_session": (mix.memory - before) / most,
            }
            found["errors"] += mix.errors
            report(more, training, count, mix)
        time.sleep(times.left)
        return found | {"rss_after_mb": server.memory() - before}


def report(more: int, training: bool, count: int, mix: Figures) -> None:
    where = f"{5 + more} runs, {'one training' if training else 'no training'}"
    waits = f"{mix.milliseconds(50):7.0f} {mix.milliseconds(95):7.0f} {mix.milliseconds(99):7.0f}"
    print(f"{where:24} {count:4} {len(mix.waits) / mix.seconds:9.1f} {waits} {mix.cpu_ms:8.0f} {mix.errors:6}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer people, shorter series, no wait at the end")
    parser.add_argument("--program", type=Path, default=ROOT, help="a checkout whose app is measured; this one unless said")
    options = parser.parse_args()
    times = Times((5, 10), 6.0, 4.0, 2.0) if options.quick else Times()
    print(f"{'folder':24} {'N':>4} {'actions/s':>9} {'p50':>7} {'p95':>7} {'p99 ms':>7} {'CPU ms':>8} {'errors':>6}")
    program = options.program.resolve()
    quiet = crowd(program, 0, False, times)
    busy = crowd(program, 0, True, times)
    many = crowd(program, MORE_RUNS, True, times)
    for name in busy:
        print(f"{name:20} {quiet[name]:8.1f} without, {busy[name]:8.1f} with a training, {many[name]:8.1f} and {5 + MORE_RUNS} runs")
    print(json.dumps(figures(quiet, busy, many, times.people)))


def figures(quiet: dict, busy: dict, many: dict, people: tuple[int, ...]) -> dict[str, float]:
    """The line for machines. Keys name twenty and forty people; a quick run has fewer, and its keys say so."""
    few, most = people
    found = {
        f"p95_ms_{few}": busy[f"p95_ms_{few}"],
        f"p95_ms_{most}": busy[f"p95_ms_{most}"],
        "cpu_ms_per_action": busy[f"cpu_ms_{few}"],
        "home_cpu_ms": busy["home_cpu_ms"],
        "home_cpu_ms_65_runs": many["home_cpu_ms"],
        "home_release_cpu_ms": busy["home_release_cpu_ms"],
        f"p95_ms_{few}_65_runs": many[f"p95_ms_{few}"],
        f"p95_ms_{most}_65_runs": many[f"p95_ms_{most}"],
        f"first_load_{most}_s": busy[f"first_load_{most}_s"],
        "mb_per_session": busy["mb_per_session"],
        "rss_after_mb": busy["rss_after_mb"],
        "errors": quiet["errors"] + busy["errors"] + many["errors"],
    }
    return {name: round(value, 2) for name, value in found.items()}


if __name__ == "__main__":
    main()
