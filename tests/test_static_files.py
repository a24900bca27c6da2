"""Streamlit's own scripts go out compressed, the same bytes once they are unpacked, and as before wherever something is different."""

import asyncio
import gzip
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.staticfiles import StaticFiles
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

from ui import static_files

SCRIPT = next(path for path in sorted((static_files.HOME / "static" / "js").glob("*.js")) if path.stat().st_size > 10_000)
NAME = SCRIPT.relative_to(static_files.HOME).as_posix()


@pytest.fixture(autouse=True)
def compressing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a server whose first page has been shown; Streamlit's own way is back afterwards."""
    monkeypatch.setattr(StaticFiles, "get_response", StaticFiles.get_response)
    monkeypatch.setattr(static_files, "_KEPT", {})
    monkeypatch.setattr(static_files, "_PAGES", static_files._PAGES[:1])
    for once in (static_files.serve_compressed, static_files._answer_first):
        once.cache_clear()
    static_files.serve_compressed()
    yield
    for once in (static_files.serve_compressed, static_files._answer_first):
        once.cache_clear()


def run(work: Coroutine) -> object:
    """What it gives, in a loop of its own: a browser's tests may have left one running in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def get(path: str, method: str = "GET", folder: Path = static_files.HOME, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """What Streamlit's own handler answers: status, headers, body."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": f"/{path}", "root_path": "", "query_string": b"", "headers": named}
    sent = []

    async def send(message: dict) -> None:
        sent.append(message)

    async def receive() -> dict:
        await asyncio.sleep(60)  # nobody goes away
        return {"type": "http.disconnect"}

    run(create_streamlit_static_handler(str(folder), "")(scope, receive, send))
    start, *parts = sent
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], answered, b"".join(part.get("body", b"") for part in parts)


def test_a_script_is_compressed_and_may_be_kept_for_a_year() -> None:
    status, headers, body = get(NAME, accept_encoding="gzip, deflate, br, zstd")
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert "immutable" in headers["cache-control"]
    assert "javascript" in headers["content-type"]
    assert headers["vary"] == "Accept-Encoding"
    assert int(headers["content-length"]) == len(body) < SCRIPT.stat().st_size / 2
    assert gzip.decompress(body) == SCRIPT.read_bytes()


def test_it_is_compressed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = get(NAME, accept_encoding="gzip")
    monkeypatch.setattr(gzip, "compress", lambda *anything, **more: pytest.fail("it was compressed again"))
    assert get(NAME, accept_encoding="gzip") == first


def test_what_every_page_begins_with_is_ready_before_it_is_asked_for() -> None:
    index = (static_files.HOME / "index.html").read_text()
    assert len(static_files._KEPT) > 20
    assert all(name in index for name in static_files._KEPT)


@pytest.mark.parametrize("headers", [{}, {"accept_encoding": "br"}, {"accept_encoding": "gzip", "range": "bytes=0-"}])
def test_who_takes_no_gzip_or_wants_a_part_gets_the_file_as_it_is(headers: dict[str, str]) -> None:
    status, answered, body = get(NAME, **headers)
    assert status in (200, 206)
    assert "content-encoding" not in answered
    assert body == SCRIPT.read_bytes()


def test_who_has_it_is_told_so() -> None:
    _, headers, _ = get(NAME)
    assert get(NAME, accept_encoding="gzip", if_none_match=headers["etag"])[0] == 304


@pytest.mark.parametrize("path", ["", "latent_map", "static/js/there-is-none.js", "index.html"])
def test_everything_else_is_answered_as_before(path: str) -> None:
    _, headers, body = get(path, accept_encoding="gzip")
    assert "content-encoding" not in headers
    assert body == (static_files.HOME / "index.html").read_bytes()


@pytest.mark.parametrize("path", ["", "latent_map", "train"])
def test_a_page_comes_with_the_style_sheet_and_is_asked_for_again(path: str) -> None:
    static_files.serve_styles.__wrapped__("b { color: red }")
    status, headers, body = get(path, accept_encoding="gzip")
    page = (static_files.HOME / "index.html").read_bytes()
    assert (status, headers["cache-control"]) == (200, "no-cache")
    assert body == page.replace(b"</head>", b"<style>b { color: red }</style></head>")
    assert get("static/js/there-is-none.js")[2] == body
    static_files._PAGES[-1].unlink()  # by whoever tidies temporary files
    assert get(path)[2] == page


def test_other_folders_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "index.html").touch()
    (tmp_path / "static" / "a.js").write_text("another one" * 1000)
    _, headers, body = get("static/a.js", folder=tmp_path, accept_encoding="gzip")
    assert "content-encoding" not in headers
    assert body.startswith(b"another one")


def test_a_server_that_asks_in_another_way_is_left_alone() -> None:
    for asked in [(), ("static/js/a.js",), (1, 2, 3), (NAME, {}), (NAME, None)]:
        assert run(static_files._answer(StaticFiles(directory=static_files.HOME), *asked)) is None
