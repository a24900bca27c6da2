"""The app as others reach it: a command line that starts it, and sessions without a browser, of any host and with any headers."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from browser import ROOT, SECONDS_TO_START
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from ui.import_form import FOLDER

SECONDS = 20
OWN_PICTURES = "mode=own"


class Session:
    """An open session."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def run(self, page: str = "", widgets: list[WidgetState] = (), query: str = "") -> list[ForwardMsg]:
        """Ask for a run of a page's script with these values of widgets; all messages up to its end."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        message.rerun_script.widget_states.widgets.extend(widgets)
        self._connection.send(message.SerializeToString())
        messages = []
        while not messages or messages[-1].WhichOneof("type") != "script_finished":
            messages.append(ForwardMsg.FromString(self._connection.recv(timeout=SECONDS)))
        return messages

    def drawn(self, page: str = "", widgets: list[WidgetState] = (), query: str = "") -> str:
        """All that a run draws, as text."""
        return "\n".join(str(message.delta) for message in self.run(page, widgets, query) if message.HasField("delta"))


@contextmanager
def session(
    address: str, *, via: tuple[str, int] | None = None, origin: str | None = "same", existing: str = "", **headers: str
) -> Iterator[Session]:
    """A session of the server at an address ("http://127.0.0.1:8501/base"), or reached at another place under that name.

    `existing` is the id of a session to be taken over. Raises websockets.exceptions.InvalidStatus when it is refused.
    """
    url = urlsplit(address)
    how = {
        "sock": socket.create_connection(via or (url.hostname, url.port), timeout=SECONDS),
        "origin": f"http://{url.netloc}" if origin == "same" else origin,
        "subprotocols": ["streamlit", "none", existing] if existing else ["streamlit"],
        "additional_headers": {name.replace("_", "-"): value for name, value in headers.items()},
    }
    with connect(f"ws://{url.netloc}{url.path.rstrip('/')}/_stcore/stream", proxy=None, max_size=None, **how) as opened:
        yield Session(opened)


def asked_for(visitor: Session, folder: Path) -> str:
    """What a session sees that asks for a folder: by the form, or by values for fields that it does not show."""
    [way] = [WidgetState(id=found) for found in re.findall(r'id: "([^"]+-import\.way)"', visitor.drawn("train", query=OWN_PICTURES))]
    way.string_array_value.data.append(FOLDER)
    fields = re.findall(r'id: "([^"]+-import\.folder)"', visitor.drawn("train", [way], OWN_PICTURES)) or ["$$ID-0-import.folder"]
    return visitor.drawn("train", [way, WidgetState(id=fields[0], string_value=str(folder))], OWN_PICTURES)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_until(true: Callable[[], bool], what: str, seconds: float = SECONDS_TO_START) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Running:
    """A server that a command line of the README has started."""

    address: str
    port: int
    process: int
    log: Path


@contextmanager
def running(line: str, log: Path, host: str = "127.0.0.1", path: str = "", **environment: str) -> Iterator[Running]:
    """A command line as a person's shell runs it, once it answers; only the port is a free one."""
    port = free_port()
    address = f"http://{host}:{port}{path}"
    more = {"STREAMLIT_SERVER_HEADLESS": "true", "STREAMLIT_SERVER_PORT": str(port)}
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more, **environment}
    with log.open("w") as out:
        process = subprocess.Popen(["sh", "-c", f"exec {line}"], cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        wait_until(lambda: process.poll() is not None or answers(f"{address}/_stcore/health"), "it did not start")
        assert process.poll() is None, log.read_text()
        yield Running(address, port, process.pid, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)
