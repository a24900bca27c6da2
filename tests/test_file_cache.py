"""What is made of files is made once, and again as soon as one of them is another."""

import os
import threading
import time
from pathlib import Path

import pytest

from vae_core.files import file_cache
from vae_core.files.file_cache import FileCache


class Reader:
    """Reads a file through a memory; `reads` counts how often it was opened."""

    def __init__(self, most: int = 8) -> None:
        self.memory, self.reads = FileCache(most), 0

    def text(self, *files: Path) -> str:
        def read() -> str:
            self.reads += 1
            return "".join(file.read_text() for file in files if file.exists())

        return self.memory.get(read, *map(str, files))


@pytest.fixture
def reader() -> Reader:
    return Reader()


def written(path: Path, text: str) -> Path:
    """A file that was written some time ago."""
    path.write_text(text)
    time.sleep(file_cache.SETTLED_SECONDS + 0.05)
    return path


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, reader: Reader) -> None:
    file = written(tmp_path / "a", "one")
    assert [reader.text(file) for _ in range(20)] == ["one"] * 20
    assert reader.reads == 1
    file.write_text("two")
    assert reader.text(file) == "two"


def test_a_file_of_the_same_length_with_its_old_time_is_another(tmp_path: Path, reader: Reader) -> None:
    file = written(tmp_path / "a", "one")
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    assert reader.text(file) == "one"
    (tmp_path / "b").write_text("two")
    os.utime(tmp_path / "b", ns=times)
    os.replace(tmp_path / "b", file)
    assert reader.text(file) == "two"


def test_what_is_written_again_and_again_is_never_old(tmp_path: Path, reader: Reader) -> None:
    file = tmp_path / "a"
    for number in range(300):
        file.write_text(f"{number:03}")
        assert reader.text(file) == f"{number:03}"


def test_a_file_that_goes_or_comes_is_noticed(tmp_path: Path, reader: Reader) -> None:
    first, second = written(tmp_path / "a", "one"), tmp_path / "b"
    assert reader.text(first, second) == "one"
    second.write_text("two")
    assert reader.text(first, second) == "onetwo"
    first.unlink()
    assert reader.text(first, second) == "two"


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    memory, file = FileCache(8), written(tmp_path / "a", "one")
    with pytest.raises(ZeroDivisionError):
        memory.get(lambda: 1 / 0, str(file))
    assert memory.get(lambda: 1, str(file)) == 1


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    reader = Reader(most=2)
    first, second, third = (tmp_path / name for name in "abc")
    for file in (first, second, third):
        file.write_text(file.name)
    time.sleep(file_cache.SETTLED_SECONDS + 0.05)
    for file in (first, second, first, third):  # the second was asked for longest ago
        reader.text(file)
    assert reader.reads == 3
    assert [reader.text(first), reader.reads] == ["a", 3]
    assert [reader.text(second), reader.reads] == ["b", 4]


def test_many_threads_ask_at_once(tmp_path: Path, reader: Reader) -> None:
    files = [tmp_path / str(number) for number in range(12)]  # more than are kept
    for file in files:
        file.write_text(file.name)
    time.sleep(file_cache.SETTLED_SECONDS + 0.05)
    wrong = []

    def ask() -> None:
        wrong.extend(file for _ in range(50) for file in files if reader.text(file) != file.name)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
