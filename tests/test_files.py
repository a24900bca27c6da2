"""Files under kill -9, full disks and flipped bits."""

import contextlib
import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core.errors import RunDamaged
from vae_core.files import atomic
from vae_core.files.atomic import draft, sweep, write_atomic
from vae_core.files.records import append_line, read_json, read_lines, write_json
from vae_core.files.tensors import pack, read_packed, unpack

BLOB = pack({"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([7], np.int64)}, {"kind": "test"})

# Writes 1 MB versions for ever, each filled with its own number; says so once it is under way.
WRITE_FOR_EVER = """
import sys, numpy as np, pathlib
from vae_core.files import pack, write_atomic
path = pathlib.Path(sys.argv[1])
for number in range(10**9):
    write_atomic(path, pack({"x": np.full(130_000, number)}, {}))
    if number == 0:
        print("ready", flush=True)
"""

# Dies by SIGKILL inside the named call of write_atomic; "nth" counts the calls.
DIE_INSIDE = """
import os, signal, sys, pathlib
from vae_core.files import write_atomic
name, nth, calls = sys.argv[2], int(sys.argv[3]), 0
genuine = getattr(os, name)
def fatal(*arguments):
    global calls
    calls += 1
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return genuine(*arguments)
setattr(os, name, fatal)
write_atomic(pathlib.Path(sys.argv[1]), b"new" * 1000)
"""

APPEND = """
import sys, pathlib
from vae_core.files import append_line
for number in range(300):
    append_line(pathlib.Path(sys.argv[1]), {"who": sys.argv[2], "n": number})
"""


def test_kills_at_random_moments_leave_a_whole_file(tmp_path: Path) -> None:
    pauses = random.Random(1)
    for attempt in range(12):
        path = tmp_path / f"{attempt}.safetensors"
        with subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, path], stdout=subprocess.PIPE) as child:
            assert child.stdout.readline() == b"ready\n"
            time.sleep(pauses.uniform(0, 0.04))
            child.kill()
        values = read_packed(path)[0]["x"]
        assert (values == values[0]).all()
        assert len(list(tmp_path.glob(f".{path.name}.*.tmp"))) <= 1


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize(
    ("call", "nth", "survivor"),
    [("open", 1, b"old"), ("fsync", 1, b"old"), ("chmod", 1, b"old"), ("replace", 1, b"old"), ("fsync", 2, b"new" * 1000)],
)
def test_a_kill_inside_each_call_leaves_the_old_file_or_the_new(tmp_path: Path, call: str, nth: int, survivor: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    killed = subprocess.run([sys.executable, "-c", DIE_INSIDE, path, call, str(nth)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == survivor


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_what_killed_writers_left_is_swept_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    killed, alive = tmp_path / "killed", tmp_path / "alive"
    for call in ("fsync", "chmod", "replace"):
        subprocess.run([sys.executable, "-c", DIE_INSIDE, killed, call, "1"], check=False)
    assert len(list(tmp_path.glob(".killed.*.tmp"))) == 3
    with draft(alive) as temporary:
        (tmp_path / "folder.tmp").mkdir()
        (tmp_path / ".folder.tmp").mkdir()
        (tmp_path / ".link.tmp").symlink_to(tmp_path / "folder.tmp")
        os.mkfifo(tmp_path / ".pipe.tmp")
        sweep(tmp_path)
        assert list(tmp_path.glob(".alive.*.tmp")) == [temporary]
        assert not list(tmp_path.glob(".killed.*.tmp"))
        temporary.write_bytes(b"new")
    assert alive.read_bytes() == b"new"
    assert {".folder.tmp", "folder.tmp", ".link.tmp"} < set(os.listdir(tmp_path))
    sweep(tmp_path / "nowhere")
    sweep(alive)


def test_sweeping_all_the_time_disturbs_no_writer(tmp_path: Path) -> None:
    path = tmp_path / "file.safetensors"
    with subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"ready\n"
        for _ in range(3000):
            sweep(tmp_path)
        assert child.poll() is None, child.stderr.read()
        child.kill()
    assert len(read_packed(path)[0]["x"]) == 130_000


@pytest.mark.parametrize("call", ["fsync", "chmod", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "file"
    write_atomic(path, b"old")
    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_disk_that_fills_up_inside_the_write(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "file"
    write_atomic(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            write_atomic(path, b"new" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_write_that_is_cut_short_in_silence_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda descriptor: os.ftruncate(descriptor, 2))
    with pytest.raises(OSError, match="did not read back"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_json_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    write_json(path, {"seconds": 1.5})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"seconds": float("nan")})
    assert read_json(path) == {"seconds": 1.5}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "missing"),
        (b"", "cannot be read"),
        (b'{"a": 1', "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"a": ' + b"9" * 5000 + b"}", "cannot be read"),
        (b"[1, 2]", "holds a list"),
        (b"null", "holds a NoneType"),
    ],
)
def test_bad_json_is_refused_with_the_name_of_the_file(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "card.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunDamaged, match=f"card.json.*{reason}"):
        read_json(path)


def test_every_flipped_bit_is_refused() -> None:
    accepted = []
    for position in range(len(BLOB) * 8):
        flipped = bytearray(BLOB)
        flipped[position // 8] ^= 1 << position % 8
        accepted += [position] if _opens(bytes(flipped)) else []
    assert accepted == []
    assert _opens(BLOB)


def test_every_truncation_and_every_addition_is_refused() -> None:
    assert not any(_opens(BLOB[:length]) for length in range(len(BLOB)))
    assert not any(_opens(BLOB + extra) for extra in (b"\0", b"x", BLOB))


def test_a_safetensors_file_without_our_checksum_is_refused() -> None:
    from safetensors.numpy import save

    with pytest.raises(RunDamaged, match="no checksum"):
        unpack(save({"a": np.zeros(2)}), "weights.safetensors")


def test_a_missing_packed_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunDamaged, match=r"weights\.safetensors cannot be read"):
        read_packed(tmp_path / "weights.safetensors")


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.sampled_from(["f2", "f4", "f8", "u1", "i4", "i8", "?"]), min_size=0, max_size=4),
    st.lists(st.integers(0, 5), min_size=1, max_size=3),
    st.dictionaries(st.text('a0"\\ä☃', min_size=1, max_size=10), st.text('a0"\\ä☃', max_size=20), max_size=3),
)
def test_what_was_packed_is_unpacked(kinds: list[str], shape: list[int], metadata: dict[str, str]) -> None:
    arrays = {f"{number} {kind}": np.arange(np.prod(shape)).reshape(shape).astype(kind) for number, kind in enumerate(kinds)}
    arrays["single number"] = np.array(3)
    arrays["transposed"] = np.arange(6.0).reshape(2, 3).T
    found, text = unpack(pack(arrays, metadata), "blob")
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found[name], array)
    assert {key: text[key] for key in metadata} == metadata


def test_a_missing_metrics_file_is_empty(tmp_path: Path) -> None:
    assert read_lines(tmp_path / "metrics.jsonl") == []


def test_a_torn_last_line_is_skipped_wherever_it_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    records = [{"step": step, "loss": step / 3, "text": "ä\n☃"} for step in range(3)]
    for record in records:
        append_line(path, record)
    whole = path.read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    for cut in range(2, last + 1):
        path.write_bytes(whole[:-cut])
        assert read_lines(path) == records[:2]


def test_altered_lines_are_skipped_and_unsigned_ones_where_all_are_signed(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    for step in range(4):
        append_line(path, {"step": step, "loss": 200.0 - step})
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"199.0", b"299.0").replace(b"198.0", b"198.1"))
    assert [record["step"] for record in read_lines(path)] == [0, 3]
    path.write_bytes(whole + b'{"step": 4}\n' + b'{"step": 5, "checksun": "00000000"}\n')
    assert [record["step"] for record in read_lines(path)] == [0, 1, 2, 3, 4, 5]
    assert [record["step"] for record in read_lines(path, signed=True)] == [0, 1, 2, 3]


@pytest.mark.parametrize("end", range(3))
def test_an_altered_line_end_costs_the_two_lines_it_joins(tmp_path: Path, end: int) -> None:
    path = tmp_path / "metrics.jsonl"
    for step in range(4):
        append_line(path, {"step": step})
    parts = path.read_bytes().split(b"\n")
    for other in (b"\x0b", b"\x0e", b"\x1a", b"*", b"J", b"\x8a", b" "):
        path.write_bytes(
            b"\n".join(parts[:end]) + b"\n" * (end > 0) + other.join(parts[end : end + 2]) + b"\n" + b"\n".join(parts[end + 2 :])
        )
        assert [record["step"] for record in read_lines(path)] == [step for step in range(4) if step not in (end, end + 1)]


OBJECTS = st.dictionaries(
    st.text(max_size=8).filter(lambda key: key != "checksum"),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(OBJECTS, st.randoms(use_true_random=False))
def test_any_object_comes_back_and_a_flipped_bit_makes_no_other(
    tmp_path_factory: pytest.TempPathFactory, value: dict, chance: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("objects")
    write_json(folder / "a.json", value)
    append_line(folder / "b.jsonl", value)
    assert read_json(folder / "a.json", signed=True) == value
    assert read_lines(folder / "b.jsonl", signed=True) == [value]
    texts = {name: (folder / name).read_bytes() for name in ("a.json", "b.jsonl")}
    for _ in range(30):
        for name, text in texts.items():
            (folder / name).write_bytes(_flip(text, chance))
        assert read_lines(folder / "b.jsonl", signed=True) in ([value], [])
        with contextlib.suppress(RunDamaged):
            assert read_json(folder / "a.json", signed=True) == value


def test_an_editor_that_orders_and_indents_anew_changes_no_object(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    write_json(path, {"b": [1, 2.5], "a": {"d": "ä", "c": None}})
    path.write_text(
        json.dumps(json.loads(path.read_text()), sort_keys=True, ensure_ascii=False, indent="\t").replace("\n", "\r\n"), "utf-8"
    )
    assert read_json(path, signed=True) == {"b": [1, 2.5], "a": {"d": "ä", "c": None}}


def test_a_torn_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step": 1}\n{"step": 2, "lo')
    append_line(path, {"step": 2})
    append_line(path, {"step": 3})
    assert [record["step"] for record in read_lines(path)] == [1, 2, 3]


def _flip(line: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(line))
    return line[:place] + bytes([line[place] ^ 1 << chance.randrange(8)]) + line[place + 1 :]


SPOIL: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flipped bit": _flip,
    "torn": lambda line, chance: line[: chance.randrange(len(line))],
    "zeros": lambda line, _: b"\0" * len(line),
    "noise": lambda line, chance: chance.randbytes(len(line)),
    "foreign": lambda _, chance: chance.choice([b"[1, 2]", b"null", b'"text"', b"17", b"{", b"\xff\xfe{", b"\r\n\r\n"]),
    "deep": lambda *_: b"[" * 50_000,
    "long number": lambda *_: b'{"step": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("kind", SPOIL)
def test_a_spoilt_line_costs_no_other_line(tmp_path: Path, kind: str) -> None:
    """7 x 30 seeded corruptions. A flipped bit may turn the line's own text into other valid text, never a neighbour's."""
    path, chance = tmp_path / "metrics.jsonl", random.Random(kind)
    records = [{"step": step, "loss": 200.0 - step} for step in range(20)]
    for _ in range(30):
        lines = [json.dumps(record).encode() for record in records]
        victim = chance.randrange(len(lines))
        lines[victim] = SPOIL[kind](lines[victim], chance)
        path.write_bytes(b"\n".join(lines) + b"\n")
        found = read_lines(path)
        assert [record for record in found if record in records and record != records[victim]] == records[:victim] + records[victim + 1 :]


@pytest.mark.parametrize(
    "dress", [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n"), lambda text: text + b"\0" * 4096]
)
def test_an_editor_or_a_power_cut_costs_no_line(tmp_path: Path, dress: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "metrics.jsonl"
    for step in range(5):
        append_line(path, {"step": step})
    path.write_bytes(dress(path.read_bytes()))
    assert [record["step"] for record in read_lines(path)] == list(range(5))


def test_two_writers_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    children = [subprocess.Popen([sys.executable, "-c", APPEND, path, who]) for who in "ab"]
    assert [child.wait() for child in children] == [0, 0]
    records = read_lines(path)
    assert {who: [record["n"] for record in records if record["who"] == who] for who in "ab"} == {who: list(range(300)) for who in "ab"}


def test_a_reader_on_windows_delays_a_write_but_does_not_lose_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, genuine, refusals = tmp_path / "file", os.replace, iter(range(4))

    def busy(source: str, target: Path) -> None:
        if next(refusals, None) is not None:
            raise PermissionError(errno.EACCES, "held by a reader")
        genuine(source, target)

    monkeypatch.setattr(atomic.time, "sleep", lambda _: None)
    monkeypatch.setattr(os, "replace", busy)
    with pytest.raises(PermissionError):
        write_atomic(path, b"new")  # elsewhere than on Windows a refusal is final
    assert os.listdir(tmp_path) == []
    temporary = tmp_path / "temporary"
    temporary.write_bytes(b"new")
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        atomic._replace(temporary, path)
    assert path.read_bytes() == b"new"


def _opens(blob: bytes) -> bool:
    try:
        unpack(blob, "blob")
    except RunDamaged:
        return False
    return True
