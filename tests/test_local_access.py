"""Who is asked to be at this computer, and what a path may stand for. Real servers and proxies: test_deployment.py."""

import os
from pathlib import Path

import pytest

from ui import local_access
from vae_core.errors import DataError

BROWSER = {
    "Host": "127.0.0.1:8501",
    "Origin": "http://127.0.0.1:8501",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "User-Agent": "Mozilla/5.0",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en",
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Cookie": "a=b",
    "Sec-WebSocket-Key": "x",
    "Sec-Fetch-Site": "same-origin",
}


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "[::1]:8501", "127.8.0.1:8501"])
def test_a_browser_here_is_direct(host: str) -> None:
    assert local_access.is_direct(BROWSER | {"Host": host, "Origin": f"http://{host}"}, 8501)


@pytest.mark.parametrize(
    "other",
    [
        {"Host": "192.168.1.20:8501", "Origin": "http://192.168.1.20:8501"},
        {"Host": "class.example", "Origin": "https://class.example"},
        {"Host": "localhost.evil.example:8501", "Origin": "http://localhost.evil.example:8501"},
        {"Host": "127.0.0.1:9000", "Origin": "http://127.0.0.1:9000"},
        {"Host": "127.0.0.1", "Origin": "http://127.0.0.1"},
        {"Host": "127.0.0.1:x", "Origin": "http://127.0.0.1:x"},
        {"Host": "", "Origin": ""},
        {"Origin": "http://127.0.0.1:9000"},
        {"Origin": "null"},
        *({name: "x"} for name in ("X-Forwarded-Host", "x-forwarded-proto", "X-Real-Ip", "Via", "Forwarded", "X-Script-Name", "Te")),
    ],
)
def test_others_do_not(other: dict[str, str]) -> None:
    assert not local_access.is_direct(BROWSER | other, 8501)


@pytest.mark.parametrize("missing", ["Host", "Origin"])
def test_nor_does_what_is_no_browser(missing: str) -> None:
    assert not local_access.is_direct({name: value for name, value in BROWSER.items() if name != missing}, 8501)


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shared folder that a browser on this computer asks for."""
    monkeypatch.setenv(local_access.FOLDERS, str(tmp_path / "shared"))
    monkeypatch.setattr(local_access, "_is_on_this_computer", lambda: True)
    for name in ("My leaves", "it's “new” #1", "a%20b"):
        (tmp_path / "shared" / name).mkdir(parents=True)
    return tmp_path / "shared"


@pytest.mark.parametrize(
    "written",
    [
        "{0}/My leaves",
        "{0}/My leaves/",
        '"{0}/My leaves"',
        "'{0}/My leaves'",
        "“{0}/My leaves”",
        "file://{0}/My%20leaves",
        "file://localhost{0}/My%20leaves",
        "file:{0}/My leaves",
        '"file://{0}/My%20leaves"',
        "FILE://{0}/My%20leaves",
        "My leaves",
        "./My leaves/../My leaves",
        pytest.param("{0}/My\\ leaves", marks=pytest.mark.skipif(os.sep != "/", reason="backslashes separate here")),
    ],
)
def test_a_path_may_be_written_as_other_programs_copy_it(written: str, shared: Path) -> None:
    assert local_access.chosen_folder(written.format(shared)) == shared / "My leaves"


def test_a_name_that_looks_like_that_is_taken_as_it_is(shared: Path) -> None:
    for name in ("it's “new” #1", "a%20b"):
        assert local_access.chosen_folder(f"{shared}/{name}") == shared / name
    assert local_access.chosen_folder((shared / "it's “new” #1").as_uri()) == shared / "it's “new” #1"


@pytest.mark.parametrize(
    "written", ["..", "/", "~", "{0}/..", "{0}x", "{0}/none", "/proc/self/root", "file:///", "file://evil.example/x", '""', "\0"]
)
def test_nothing_else_is_a_folder(written: str, shared: Path) -> None:
    Path(f"{shared}x").mkdir()
    with pytest.raises(DataError, match="is no folder in"):
        local_access.chosen_folder(written.format(shared))


def test_who_may_not_look_learns_nothing(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_access, "_is_on_this_computer", lambda: False)
    for path in (shared / "My leaves", shared / "none", Path("/")):
        with pytest.raises(DataError, match=r"^folders of this computer are not shared with you; bring a ZIP$"):
            local_access.chosen_folder(str(path))
