"""ZIP files that nobody should make, made here byte by byte: bombs, lies and strange names. Knows nothing of the code that reads them."""

import functools
import io
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

STORED, DEFLATED = 0, 8


@dataclass(frozen=True)
class Odd:
    """One archive and what must come of it."""

    name: str
    make: Callable[[], bytes]
    kept: int = 0
    """How many pictures are used; 0 when the archive is refused."""
    skipped: int = 0
    classes: tuple[str, ...] = ()
    says: str = ""
    """A part of the reason for a skipped member, or of the sentence of the refusal."""


@dataclass(frozen=True)
class Entry:
    """One file in an archive, with whatever its headers claim."""

    path: str | bytes
    data: bytes = b""
    method: int = STORED
    claims: int | None = None
    """The unpacked size that both headers declare, if not the true one."""
    flags: int = 0
    mode: int = 0o100644
    crc: int | None = None
    packed: bytes | None = None
    """What stands in the archive, if not `data` packed by `method`."""
    utf8: bool = True
    """Whether the headers say that the name is UTF-8."""
    local: bytes | None = None
    """The name in the header before the data, if not the same."""
    extra: bytes = b""
    """Further fields in the list."""


def picture(number: int = 0, side: int = 8) -> bytes:
    """A grey PNG of its own shade: a light square on a dark ground."""
    rows = bytearray((side + 1) * side)
    for row in range(side // 4, side // 2):
        start = row * (side + 1) + 1 + number % (side // 2)
        rows[start : start + side // 2] = bytes([50 + number % 200]) * (side // 2)
    rows[-1] = number // 200 % 256
    return png(side, side, zlib.compress(bytes(rows), 1))


def png(width: int, height: int, pixels: bytes) -> bytes:
    """A grey PNG of that size around packed rows, whether or not they fit."""
    chunks = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    )


def archive(*entries: Entry, shared: bool = False, padding: int = 0) -> bytes:
    """A ZIP of these entries; `shared` points them all at the data of the first, `padding` zeros stand before the list."""
    body, listed = bytearray(), bytearray()
    for entry in entries:
        path = entry.path.encode() if isinstance(entry.path, str) else entry.path
        packed = _packed(entry)
        crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
        size = len(entry.data) if entry.claims is None else entry.claims
        flags = entry.flags | (0x800 if entry.utf8 else 0)
        head = struct.pack("<HHHHHIII", 20, flags, entry.method, 0, 33, crc, len(packed), size)
        place, local = 0 if shared else len(body), path if entry.local is None else entry.local
        if not (shared and listed):
            body += b"PK\3\4" + head + struct.pack("<HH", len(local), 0) + local + packed
        listed += b"PK\1\2" + struct.pack("<H", 0x031E) + head + struct.pack("<HH", len(path), len(entry.extra))
        listed += struct.pack("<HHHII", 0, 0, 0, entry.mode << 16, place) + path + entry.extra
    body += bytes(padding)
    count = min(len(entries), 0xFFFF)
    return bytes(body + listed) + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(listed), len(body), 0)


def ordinary(folders: tuple[str, ...] = ("rose", "tulip"), each: int = 3) -> bytes:
    """A good ZIP as zipfile writes it: `each` pictures in each folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for place, folder in enumerate(folders):
            for number in range(each):
                file.writestr(zipfile.ZipInfo(f"{folder}/{number}.png".lstrip("/")), picture(100 * place + number))
    return buffer.getvalue()


def _packed(entry: Entry) -> bytes:
    if entry.packed is not None:
        return entry.packed
    return deflated(entry.data) if entry.method == DEFLATED else entry.data


def deflated(data: bytes) -> bytes:
    """Raw deflate, as in a ZIP."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def good(count: int = 4, folder: str = "") -> list[Entry]:
    """Entries that are used whatever stands beside them."""
    return [Entry(f"{folder}{number}.png", picture(number)) for number in range(count)]


@functools.cache
def _zeros(megabytes: int) -> bytes:
    """What begins like a PNG and goes on with that many million zeros, deflated a thousand to one, without ever holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(picture()[:33])
    return start + b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()


def _many_bombs() -> bytes:
    packed = _zeros(9)
    return archive(*good(), *(Entry(f"{number}b.png", b"", DEFLATED, 9_000_000, packed=packed) for number in range(60)))


def _one_bomb() -> bytes:
    return archive(*good(), Entry("bomb.png", b"", DEFLATED, 350_000_000, packed=_zeros(350)))


def _modest_bomb() -> bytes:
    """It declares ten bytes and unpacks to 350 MB."""
    return archive(*good(), Entry("bomb.png", b"0123456789", DEFLATED, 10, packed=_zeros(350)))


def _nested(levels: int = 5) -> bytes:
    inner = archive(Entry("0.png", b"", DEFLATED, 9_000_000, packed=_zeros(9)))
    for level in range(levels):
        inner = archive(*(Entry(f"lib {number} {level}.zip", inner, DEFLATED) for number in range(8)))
    return inner


def _nested_bomb() -> bytes:
    """Six inner ZIPs that claim, and have, 90 MB each."""
    return archive(*good(), *(Entry(f"{number}.zip", b"", DEFLATED, 90_000_000, packed=_zeros(90)) for number in range(6)))


def _kernel() -> bytes:
    """All entries read the same 1 MB of packed zeros."""
    packed = deflated(bytes(9_000_000))
    return archive(*(Entry("0.png", b"", DEFLATED, 9_000_000, packed=packed) for _ in range(2_000)), shared=True)


def _quoted() -> bytes:
    """Entries with names of their own that share one picture, in an archive long enough for the sum of their sizes."""
    return archive(*good(6), shared=True, padding=10_000)


def _zip64() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number in range(5):
            with file.open(f"{number}.png", "w", force_zip64=True) as member:
                member.write(picture(number))
    return buffer.getvalue()


def _long_list() -> bytes:
    """300,000 entries of no bytes, of which the end of the archive admits four."""
    entry = b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 0x031E, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    listed = entry * 300_000
    return listed + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 4, 4, len(listed), 0, 0)


def _compressed_by(method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for entry in good():
            file.writestr(zipfile.ZipInfo(str(entry.path)), entry.data)
        file.writestr(zipfile.ZipInfo("bomb.png"), bytes(9_000_000), method)
    return buffer.getvalue()


def _in(*folders: str) -> Callable[[], bytes]:
    """Two pictures in each folder, in the folder's own strange spelling."""
    return lambda: archive(*(Entry(f"{folder}{number}.png", picture(number)) for folder in folders for number in range(2)))


def _in_bytes(*folders: bytes) -> Callable[[], bytes]:
    return lambda: archive(*(Entry(folder + b"/%d.png" % number, picture(number)) for folder in folders for number in range(2)))


def _otherwise_named() -> bytes:
    entries = (Entry(f"{folder}/{number}.png", picture(number), local=b"x") for folder in ("rose", "tulip") for number in range(2))
    return archive(*entries)


def _flipped() -> bytes:
    return archive(*good(), Entry("flipped.png", picture(9), crc=1))


ODD = (
    Odd("many bombs of a thousand to one", _many_bombs, says="more than 500 MB"),
    Odd("one bomb that says so", _one_bomb, kept=4, skipped=1, says="larger than 10 MB"),
    Odd("a bomb that declares ten bytes", _modest_bomb, kept=4, skipped=1, says="damaged"),
    Odd("nested archives", _nested, says="an archive"),
    Odd("nested beside pictures", lambda: archive(*good(), Entry("in.zip", ordinary())), kept=10, classes=("rose", "tulip", "Unsorted")),
    Odd("nested, and no ZIP", lambda: archive(*good(), Entry("in.zip", b"PK\3\4")), kept=4, skipped=1, says="no ZIP file"),
    Odd("nested, and locked", lambda: archive(*good(), Entry("in.zip", ordinary(), flags=1)), kept=4, skipped=1, says="locked"),
    Odd(
        "nested, and 90 MB of nothing",
        lambda: archive(
            *good(), Entry("in.zip", b"", DEFLATED, 90_000_000, crc=zlib.crc32(bytes(90_000_000)), packed=deflated(bytes(90_000_000)))
        ),
        kept=4,
        skipped=1,
        says="no ZIP file",
    ),
    Odd("nested and inflated", _nested_bomb, says="more than 500 MB"),
    Odd("overlapping entries", _kernel, says="overlap"),
    Odd("entries that share their data", _quoted, skipped=5, says="here are 1"),
    Odd(
        "declared smaller than it is",
        lambda: archive(*good(), Entry("x.png", picture(9), DEFLATED, 20)),
        kept=4,
        skipped=1,
        says="damaged in the ZIP",
    ),
    Odd("declared larger than it is", lambda: archive(*good(), Entry("x.png", picture(9), DEFLATED, 5_000)), kept=5),
    Odd("names that lead upwards", _in("../../etc/", "../../root/"), kept=4, classes=("etc", "root")),
    Odd("a folder called ..", _in("../", "1mm/"), kept=4, classes=("1mm", "Unsorted")),
    Odd("absolute names", _in("/etc/", "//host/"), kept=4, classes=("etc", "host")),
    Odd("names with a drive", _in("C:\\etc\\", "d:"), kept=4, classes=("etc", "Unsorted")),
    Odd("backslashes", _in("x\\..\\rose\\", "x\\tulip\\"), kept=4, classes=("rose", "tulip")),
    Odd("a NUL in the name", lambda: archive(*(Entry(f"rose/{n}.png\0/../x", picture(n)) for n in range(4))), kept=4),
    Odd("names of devices", _in("CON/", "nul/", "COM1/"), kept=6, classes=("COM1", "CON", "nul")),
    Odd("text that runs backwards", _in("\u202egnp.exe/", "\u2066a\u2069b/"), kept=4, classes=("ab", "gnp.exe")),
    Odd("a folder of 300 letters", _in("a" * 300 + "/", "b/"), kept=4, classes=("a" * 39 + "…", "b")),
    Odd("emoji as labels", _in("👩‍🚀/", "🇩🇪/", "😀/"), kept=6, classes=("🇩🇪", "👩‍🚀", "😀")),
    Odd(
        "a script as label",
        _in("<script>alert(1)<|script>/", "![x](http:∕∕e)/"),
        kept=4,
        classes=("![x](http:∕∕e)", "<script>alert(1)<|script>"),
    ),
    Odd("escape codes as label", _in("\x1b[31mred\x07/", "a\r\nb\tc/"), kept=4, classes=("[31mred", "a b c")),
    Odd("one name in two spellings", _in("caf\u00e9/", "cafe\u0301/"), kept=4, classes=("café",)),
    Odd("a label of nothing but marks", _in("\u200b\u200d/", "b/"), kept=4, classes=("b", "Unsorted")),
    Odd("numbers as labels", _in("10/", "9/", "1/"), kept=6, classes=("1", "9", "10")),
    Odd("pictures beside folders", lambda: archive(*good(), *good(2, "rose/")), kept=6, classes=("rose", "Unsorted")),
    Odd("a symbolic link", lambda: archive(*good(), Entry("l.png", b"/etc/passwd", mode=0o120777)), kept=4, skipped=1, says="a link"),
    Odd("a device", lambda: archive(*good(), Entry("l.png", b"", mode=0o060666)), kept=4, skipped=1, says="a link or a device"),
    Odd("locked with a password", lambda: archive(*(Entry(f"{n}.png", picture(n), flags=1) for n in range(9))), says="9 × locked"),
    Odd("strong encryption, unknown method", lambda: archive(*good(), Entry("x.png", b"x", 99)), kept=4, skipped=1, says="another way"),
    Odd("bzip2", lambda: _compressed_by(zipfile.ZIP_BZIP2), kept=4, skipped=1, says="another way"),
    Odd("lzma", lambda: _compressed_by(zipfile.ZIP_LZMA), kept=4, skipped=1, says="another way"),
    Odd("zip64", _zip64, kept=5),
    Odd("60,000 entries", lambda: archive(*(Entry(f"{n}.png") for n in range(60_000))), says="60,000 entries"),
    Odd("more entries than it admits", _long_list, says="longer than 8 MB"),
    Odd("the same name twice", lambda: archive(*good(), *good()), kept=8),
    Odd("an empty ZIP", lambda: archive(), says="here are 0"),
    Odd("folders alone", lambda: archive(Entry("rose/", mode=0o040755)), says="here are 0"),
    Odd("no bytes at all", lambda: b"", says="no ZIP file"),
    Odd("a picture called ZIP", lambda: picture(), says="no ZIP file"),
    Odd("a truncated ZIP", lambda: ordinary()[:-200], says="no ZIP file"),
    Odd("only its last part", lambda: ordinary()[300:], skipped=3, says="here are 3"),
    Odd("a program before the ZIP", lambda: b"MZ" + bytes(5_000) + ordinary(), kept=6, classes=("rose", "tulip")),
    Odd("a comment of 60,000 bytes", lambda: ordinary()[:-2] + b"\x60\xea" + bytes(60_000), kept=6, classes=("rose", "tulip")),
    Odd(
        "what systems leave about",
        lambda: archive(
            *good(2, "f/rose/"), *good(2, "f/tulip/"), *(Entry(p, b"x") for p in ("__MACOSX/f/._0.png", "f/.DS_Store", "f/rose/Thumbs.db"))
        ),
        kept=4,
        classes=("rose", "tulip"),
    ),
    Odd("only text files", lambda: archive(*(Entry(f"{n}.txt", b"hello") for n in range(5))), says="5 × not a PNG"),
    Odd(
        "text called PNG",
        lambda: archive(*good(), Entry("x.png", b"hello"), Entry("y.png")),
        kept=4,
        skipped=2,
        says="cannot be recognised",
    ),
    Odd("one picture", lambda: archive(*good(1)), says="at least 4 pictures"),
    Odd("201 classes", lambda: archive(*(Entry(f"c{n}/0.png", picture(n)) for n in range(201))), says="201 different classes"),
    Odd("folders below a common one", lambda: archive(*good(4, "a/b/c/"), *good(2, "a/b/c/d/")), kept=6, classes=("d", "Unsorted")),
    Odd(
        "deep folders",
        lambda: archive(*good(4, "a/b/c/"), *good(2, "a/b/c/d/e/"), *good(2, "z/1/2/3/")),
        kept=4,
        skipped=4,
        classes=("a",),
        says="too many folders",
    ),
    Odd("a member of 11 MB", lambda: archive(*good(), Entry("x.png", bytes(11_000_000))), kept=4, skipped=1, says="larger than 10 MB"),
    Odd("a wrong checksum", _flipped, kept=4, skipped=1, says="damaged in the ZIP"),
    Odd(
        "a picture of 13,300 by 13,300",
        lambda: archive(*good(), Entry("x.png", png(13_300, 13_300, zlib.compress(bytes(13_301 * 13_300), 1)))),
        kept=4,
        skipped=1,
        says="25 million pixels",
    ),
    Odd("names that are no text", _in_bytes(b"\xff\xfe", b"\xff\xfd"), kept=4, classes=("\ufffd\ufffd 1", "\ufffd\ufffd 2")),
    Odd("other names before the data", _otherwise_named, kept=4, classes=("rose", "tulip")),
    Odd("fields cut short", lambda: archive(*(Entry(f"{n}.png", picture(n), extra=b"\x01\x00\xff\x00\x07") for n in range(4))), kept=4),
)


PROJECT = Path(__file__).resolve().parents[1]
LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc, which this system does not have")


def pixels(file: bytes) -> np.ndarray:
    """A grey picture file as uint8 (1, H, W), by Pillow alone."""
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image.convert("L"))[None]


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def child(code: str, *arguments: str, folder: Path) -> subprocess.Popen:
    environment = os.environ | {"VAE_DATA": str(folder)}
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen) -> str:
    """What a child said; it must have ended well."""
    said, complained = process.communicate(timeout=60)
    assert (process.returncode, complained) == (0, "")
    return said
