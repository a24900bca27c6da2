"""A session of the app without a browser: its websocket, with any host and headers, and what a run of the script draws."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

SECONDS = 20


class Session:
    """An open session."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def run(self, page: str = "", widgets: list[WidgetState] = ()) -> list[ForwardMsg]:
        """Ask for a run of a page's script with these values of widgets; all messages up to its end."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.widget_states.widgets.extend(widgets)
        self._connection.send(message.SerializeToString())
        messages = []
        while not messages or messages[-1].WhichOneof("type") != "script_finished":
            messages.append(ForwardMsg.FromString(self._connection.recv(timeout=SECONDS)))
        return messages

    def drawn(self, page: str = "", widgets: list[WidgetState] = ()) -> str:
        """All that a run draws, as text."""
        return "\n".join(str(message.delta) for message in self.run(page, widgets) if message.HasField("delta"))


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
