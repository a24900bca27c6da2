"""The app as others reach it: the README's classroom and proxy lines as written, real websockets, folders, a storm of connections."""

import logging
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from documents import command
from PIL import Image
from sessions import Running, asked_for, running, session, wait_until
from websockets.exceptions import InvalidStatus

from ui.import_form import FOLDER
from ui.server import RateLimit

STORM = 300
linux = pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="limits and their errors are looked for as on Linux")


def refusal(address: str, **how: object) -> int:
    """The status with which a session is refused."""
    with pytest.raises(InvalidStatus) as refused, session(address, **how):
        pass
    return refused.value.response.status_code


# ---- A class -----------------------------------------------------------------------------------------------------------


def test_the_line_for_a_class_lets_it_in_and_no_other_site(pictures: Path, tmp_path: Path) -> None:
    """127.0.0.2 is another address of this machine, as that in the class's network is. Nobody is shown folders then."""
    line = command("0.0.0.0").replace("192.168.1.20", "127.0.0.2")
    assert line != command("0.0.0.0")
    with running(line, tmp_path / "log", "127.0.0.2", VAE_FOLDERS=str(pictures / "shared")) as server:
        with session(server.address) as student:
            assert "Drag anywhere" in student.drawn()
            assert FOLDER not in asked_for(student, pictures / "shared" / "leaves")
        assert refusal(server.address, origin="http://evil.example") == 403
        assert refusal(f"http://evil.example:{server.port}", via=("127.0.0.2", server.port)) == 403  # a name made to lead here


# ---- Folders of this computer ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shared folder with pictures in it, beside one that is not shared."""
    home = tmp_path_factory.mktemp("home")
    for folder in ("shared/leaves", "private/letters"):
        (home / folder).mkdir(parents=True)
        for number in range(5):
            Image.fromarray(np.full((20, 20), 40 * number, np.uint8)).save(home / folder / f"{number}.png")
    (home / "shared" / "way-out").symlink_to(home / "private")
    return home


@pytest.fixture(scope="module")
def sharing(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of this computer that shares a folder, started where few files may be open."""
    own = tmp_path_factory.mktemp("sharing")
    where = {"VAE_FOLDERS": str(pictures / "shared"), "VAE_CHECKPOINTS": str(own / "checkpoints"), "VAE_DATA": str(own / "data")}
    with running("sh -c 'ulimit -S -n 256; exec streamlit run app.py'", own / "log", **where) as server:
        yield server


def test_a_shared_folder_is_listed_on_this_computer(sharing: Running, pictures: Path) -> None:
    for name in ("127.0.0.1", "localhost"):
        with session(f"http://{name}:{sharing.port}", via=("127.0.0.1", sharing.port)) as here:
            assert "5 pictures" in asked_for(here, pictures / "shared" / "leaves")


def test_no_other_folder_is_listed_nor_told_from_one_that_is_not_there(sharing: Running, pictures: Path) -> None:
    said = set()
    with session(sharing.address) as here:
        for folder in ("private/letters", "private/nowhere", "shared/way-out/letters", "shared/../private/letters", "shared/nowhere"):
            shown = asked_for(here, pictures / folder)
            assert "5 pictures" not in shown
            [sentence] = re.findall(r'body: "(.*is no folder.*)"', shown)
            said.add(sentence.replace("\\", "").replace(f"{pictures}/{folder}", ""))
    assert len(said) == 1


PROXIES = {
    "forwarded for": {"X_Forwarded_For": "127.0.0.1"},
    "forwarded": {"Forwarded": "for=127.0.0.1"},
    "via": {"Via": "1.1 proxy"},
    "real address": {"X_Real_IP": "127.0.0.1"},
    "hub": {"X_ProxyContextPath": "/user/ana/proxy/8501"},
    "a password": {"Authorization": "Basic YTpi"},
    "unknown": {"Cdn_Loop": "somebody"},
    "another site": {"origin": "http://localhost:9999"},
    "no browser": {"origin": None},
}


@pytest.mark.parametrize("how", PROXIES.values(), ids=PROXIES)
def test_nobody_from_elsewhere_can_list_a_folder(sharing: Running, pictures: Path, how: dict[str, str | None]) -> None:
    with session(sharing.address, **how) as other:
        shown = asked_for(other, pictures / "shared" / "leaves")
    assert "5 pictures" not in shown
    assert FOLDER not in shown
    assert str(pictures) not in shown.replace("\\", "")
    assert "import.gather" in shown  # the page is there, with what everybody may do


def test_a_proxy_that_names_the_server_but_not_its_port_is_seen(sharing: Running, pictures: Path) -> None:
    """As nginx does with `Host $host`."""
    with session("http://127.0.0.1", via=("127.0.0.1", sharing.port)) as other:
        assert FOLDER not in asked_for(other, pictures / "shared" / "leaves")


# ---- The log -----------------------------------------------------------------------------------------------------------


def test_a_session_that_is_taken_over_leaves_no_id_in_the_log(sharing: Running) -> None:
    with session(sharing.address) as first:
        found = first.run()[0].new_session.initialize.session_id
        with session(sharing.address, existing=found) as second:
            assert second.run()[0].new_session.initialize.session_id == found
    log = sharing.log.read_text()
    assert "is already connected" in log
    assert found not in log


def test_what_is_said_again_and_again_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now, said = [0.0], []
    monkeypatch.setattr("ui.server.time.monotonic", lambda: now[0])
    logger = logging.Logger("test")
    logger.addFilter(RateLimit())
    logger.addHandler(type("Heard", (logging.Handler,), {"emit": lambda self, record: said.append(record.getMessage())})())
    for second in range(100):
        now[0] = float(second)
        logger.error("no room for %s", second)
        if second % 50 == 0:
            logger.error("another place")
    assert said[:11] == ["no room for 0", "another place", *(f"no room for {second}" for second in range(1, 10))]
    assert said[11:13] == ["another place", "no room for 60 (50 more like this were left out)"]
    assert len(said) == 22


@linux
def test_a_storm_of_connections_fills_no_log_and_passes(tmp_path: Path) -> None:
    with running("sh -c 'ulimit -n 256; exec streamlit run app.py'", tmp_path / "log") as server:
        with session(server.address) as one:
            one.run()
        with ExitStack() as storm:
            for _ in range(STORM):
                half = storm.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))
                half.sendall(b"GET / HTTP/1.1\r\n")
            time.sleep(4)
        log = server.log.read_text()
        assert "out of system resource" in log
        assert len(log) < 50_000

        def opens() -> bool:
            try:
                with session(server.address) as after:
                    return bool(after.run())
            except OSError:
                return False

        wait_until(opens, "nobody can come in after the storm")


@linux
def test_more_files_may_be_open_than_a_shell_allows(sharing: Running) -> None:
    with session(sharing.address) as one:
        one.run()
    [limit] = re.findall(r"Max open files\s+(\d+)", Path(f"/proc/{sharing.process}/limits").read_text())
    assert int(limit) > 256
