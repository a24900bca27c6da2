"""Access to folders of this computer: for browsers that run on it, where the person who starts the server allows it."""

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import streamlit as st

from vae_core.errors import DataError
from vae_core.files.storage import PROGRAM

FOLDERS = "VAE_FOLDERS"
"""The environment variable that names the folder below which pictures may be chosen; from the program's folder on, if relative."""

_SENT_BY_BROWSERS = {
    *("host", "origin", "connection", "upgrade", "user-agent", "accept", "accept-encoding", "accept-language"),
    *("cache-control", "pragma", "cookie", "dnt"),
}
_QUOTES = {'""', "''", "``", "“”", "‘’", "«»", "<>"}
_FILE_URL = re.compile(r"file:(//(localhost)?(?=/))?", re.IGNORECASE)


def shared_folder() -> Path | None:
    """The folder below which this visitor may choose one; None if the server shares none, or not with this visitor."""
    named = os.environ.get(FOLDERS)
    if not named or not _is_on_this_computer():
        return None
    return Path(os.path.abspath(PROGRAM / os.path.expanduser(named)))


def chosen_folder(given: str) -> Path:
    """The folder with that path, written by a person or copied from another program; a relative one begins at the shared folder.

    Raises DataError for one that is not there or not shared, in the same words, and for everyone with whom none is shared.
    """
    root = shared_folder()
    if root is None:
        raise DataError("folders of this computer are not shared with you; bring a ZIP")
    for reading in _readings(given):
        folder = Path(os.path.normpath(root / os.path.expanduser(reading)))
        if _is_below(folder, root):
            return folder
    raise DataError(f"{given[:100]!r} is no folder in {str(root)!r}, which is shared here; give the path of the one with the pictures")


def _is_below(folder: Path, root: Path) -> bool:
    """Whether there is such a folder in `root`, links followed. A text that is no path is not looked up."""
    try:
        return folder.is_relative_to(root) and folder.resolve().is_relative_to(root.resolve()) and folder.is_dir()
    except (OSError, ValueError, RuntimeError):
        return False


def _readings(given: str) -> Iterator[str]:
    """What a path may stand for: itself, in quotation marks, as a file's address, with a terminal's backslashes."""
    yield given
    inner = given[1:-1].strip() if given[:1] + given[-1:] in _QUOTES and len(given) > 2 else given
    yield inner
    if _FILE_URL.match(inner):
        yield url2pathname(_FILE_URL.sub("", inner, count=1))
    elif os.sep == "/":
        yield re.sub(r"\\(.)", r"\1", inner)


def _is_on_this_computer() -> bool:
    """Whether this page is open in a browser on this computer, with nothing between it and the server."""
    address = st.context.ip_address or "127.0.0.1"  # Streamlit gives None for this computer
    alone = _is_loopback(st.get_option("server.address") or "") and not st.get_option("server.baseUrlPath")
    return alone and _is_loopback(address) and is_direct(st.context.headers, st.get_option("server.port"))


def is_direct(headers: Mapping[str, str], port: int) -> bool:
    """Whether a websocket was opened by a browser on this computer, at the server's own port, by its headers alone.

    Proxies, hubs and tunnels add headers of their own or change the host; whatever no browser sends counts as one of them.
    """
    sent = {name.lower(): value for name, value in headers.items()}
    if not all(name in _SENT_BY_BROWSERS or name.startswith("sec-") for name in sent):
        return False
    try:
        host = urlsplit(f"//{sent['host']}")
        return _is_loopback(host.hostname or "") and (host.port or 80) == port and urlsplit(sent["origin"]).netloc == sent["host"]
    except (KeyError, ValueError):
        return False


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
