"""Streamlit's own scripts and styles, compressed once and sent from memory. Knows no page.

Streamlit reads them from the disk for every visitor and sends them as they are, which for a class that arrives at once takes longer than
all else. Where it serves them in a way that is not known here, it goes on to do so.
"""

import functools
import gzip
import mimetypes
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import streamlit
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

HOME = Path(streamlit.__file__).parent / "static"
COMPRESSED = (".js", ".css")
_NAMED = re.compile(r'(?:src|href)="\./(static/[^"]+)"')
_ASKS_FOR_LESS = {b"range", b"if-none-match", b"if-modified-since", b"if-range"}
_LOCK = threading.Lock()


@functools.cache
def serve_compressed() -> None:
    """From now on, serve browsers that accept gzip from memory; first compress what every page loads (a tenth of a second)."""
    serve = StaticFiles.get_response

    async def get_response(files: StaticFiles, *request: Any) -> Response:
        return await _answer(files, *request) or await serve(files, *request)

    StaticFiles.get_response = get_response  # type: ignore[assignment, method-assign]
    for name in _NAMED.findall((HOME / "index.html").read_text(encoding="utf-8")):
        if name.endswith(COMPRESSED):
            compressed(name)


async def _answer(files: StaticFiles, *request: Any) -> Response | None:
    """The compressed file, if it is one of Streamlit's and the browser asks for all of it; None leaves the answer to Streamlit."""
    try:
        path, scope = request
        path = path.replace("\\", "/")
        if Path(str(files.directory)) != HOME or not _is_compressible(path, scope):
            return None
        body = await anyio.to_thread.run_sync(compressed, path) if path not in _KEPT else _KEPT[path]
    except (AttributeError, TypeError, ValueError, KeyError, OSError):
        return None
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, headers=headers, media_type=mimetypes.guess_type(path)[0])


def _is_compressible(path: str, scope: Mapping[str, Any]) -> bool:
    """Whether a request is for all of a file whose name says what is in it, by a browser that takes gzip."""
    headers = dict(scope["headers"])
    takes = re.split(r"[,; ]+", headers.get(b"accept-encoding", b"").decode("latin-1"))
    named = path.startswith("static") and path.endswith(COMPRESSED)
    return named and scope["method"] == "GET" and "gzip" in takes and not _ASKS_FOR_LESS & headers.keys()


_KEPT: dict[str, bytes] = {}


def compressed(name: str) -> bytes:
    """A file of Streamlit's, compressed once for all requests. Raises OSError when there is none."""
    with _LOCK:
        if name not in _KEPT:
            _KEPT[name] = gzip.compress((HOME / name).read_bytes(), 6, mtime=0)
        return _KEPT[name]
