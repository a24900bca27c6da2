"""Streamlit's own scripts and styles, compressed once and sent from memory, and its page with a style sheet of ours. Knows no page of ours.

Streamlit reads them from the disk for every visitor and sends them as they are, which for a class that arrives at once takes longer than
all else. Where it serves them in a way that is not known here, it goes on to do so.
"""

import atexit
import functools
import gzip
import mimetypes
import re
import shutil
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import streamlit
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

HOME = Path(streamlit.__file__).parent / "static"
COMPRESSED = (".js", ".css")
_NAMED = re.compile(r'(?:src|href)="\./(static/[^"]+)"')
_ASKS_FOR_LESS = {b"range", b"if-none-match", b"if-modified-since", b"if-range"}
_LOCK = threading.Lock()
_PAGES = [HOME / "index.html"]
"""Streamlit's page, and then ours, which is sent in its place."""


@functools.cache
def serve_compressed() -> None:
    """From now on, serve browsers that accept gzip from memory; first compress what every page loads (a tenth of a second)."""
    _answer_first()
    for name in _NAMED.findall((HOME / "index.html").read_text(encoding="utf-8")):
        if name.endswith(COMPRESSED):
            compressed(name)


@functools.cache
def serve_styles(rules: str) -> None:
    """From now on, send Streamlit's page with a style sheet in its head: one that comes as an element of the page moves what is there."""
    _answer_first()
    with suppress(OSError):
        page = _PAGES[0].read_text(encoding="utf-8")
        folder = tempfile.mkdtemp(prefix="vae-explorer-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        styled = Path(folder, "index.html")
        styled.write_text(page.replace("</head>", f"<style>{rules}</style></head>", 1), encoding="utf-8")
        _PAGES[1:] = [styled]


@functools.cache
def _answer_first() -> None:
    """Be asked before Streamlit is."""
    serve = StaticFiles.get_response

    async def get_response(files: StaticFiles, *request: Any) -> Response:
        return await _answer(files, *request) or await serve(files, *request)

    StaticFiles.get_response = get_response  # type: ignore[assignment, method-assign]


async def _answer(files: StaticFiles, *request: Any) -> Response | None:
    """The page as it is sent here, or a compressed file if the browser asks for all of it; None leaves the answer to Streamlit."""
    try:
        path, scope = request
        path = path.replace("\\", "/")
        if Path(str(files.directory)) != HOME:
            return None
        if not _is_compressible(path, scope):
            page = await anyio.to_thread.run_sync(_page)
            files._index_path = str(page)  # type: ignore[attr-defined]  # which Streamlit sends where there is no file of that name
            return FileResponse(page) if path in ("", ".", "index.html") else None
        body = await anyio.to_thread.run_sync(compressed, path) if path not in _KEPT else _KEPT[path]
    except (AttributeError, TypeError, ValueError, KeyError, OSError):
        return None
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, headers=headers, media_type=mimetypes.guess_type(path)[0])


def _page() -> Path:
    """What to send as Streamlit's page; its own where ours has been cleared away."""
    return _PAGES[-1] if _PAGES[-1].is_file() else _PAGES[0]


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
