"""Image files that people and attackers might bring, all made here, each with what must become of it. Knows no decoder of ours."""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 64, 32
CORNERS = (
    (200, 30, 40),
    (20, 160, 60),
    (30, 60, 190),
    (250, 220, 90),
)  # colours of the quarters: top left, top right, bottom left and right
SEE_THROUGH = (*((*colour, 255) for colour in CORNERS[:3]), (*CORNERS[3], 0))
GREYS = (0, 100, 128, 255)
FOREIGN_STARTS = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07\x01\0": "a RAR archive",
    b"\x1f\x8b\x08": "an archive",
    b"\xff\x0a\xfa": "a JPEG XL image",
    b"\0\0\0\x0cJXL \r\n\x87\n": "a JPEG XL image in boxes",
    b"\0\0\0\x18ftypcrx ": "a camera's raw photo",
    b"II*\0\x10\0\0\0CR\2\0": "a camera's raw photo of Canon",
    b"FUJIFILMCCD-RAW ": "a camera's raw photo of Fujifilm",
    b"\0\0\0\x14ftypqt  ": "a video",
    b"\0\0\0\x18ftypmp42": "a video of a phone",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an office document",
    b"%PDF-1.7": "a PDF document",
    bytes(128) + b"DICM": "a DICOM image",
    b"\x93NUMPY\x01\0": "an array of numbers",
    b"version https://git-lfs.github.com": "a pointer to a file that is elsewhere",
}
TURNED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: np.swapaxes(upright, 0, 1),
    6: lambda upright: np.rot90(upright),
    7: lambda upright: np.swapaxes(upright[::-1, ::-1], 0, 1),
    8: lambda upright: np.rot90(upright, -1),
}  # how a camera with that EXIF orientation stores the picture


@dataclass(frozen=True)
class Used:
    """The picture must come out in this size (width, height), with these values in the middle of its quarters; None: any."""

    corners: tuple = CORNERS
    size: tuple[int, int] = (WIDTH, HEIGHT)
    tolerance: int = 0


@dataclass(frozen=True)
class Refused:
    """The file must be refused with a sentence that matches."""

    because: str


class Odd(NamedTuple):
    name: str
    file: bytes
    expected: Used | Refused


def quarters(corners: tuple = CORNERS, width: int = WIDTH, height: int = HEIGHT, kind: type = np.uint8) -> np.ndarray:
    """A picture (height, width) or (height, width, channels) of four flat quarters."""
    colours = np.array(corners, kind).reshape(2, 2, *np.shape(corners)[1:])
    rows = np.repeat(colours, [width // 2, width - width // 2], axis=1)
    return np.repeat(rows, [height // 2, height - height // 2], axis=0)


def everything() -> Iterator[Odd]:
    """All the small ones; `heavy` are apart."""
    yield from _png_kinds()
    yield from _png_chunks()
    yield from _png_damage()
    yield from _sizes()
    yield from _turned()
    yield from _jpegs()
    yield from _webps()
    yield from _bitmaps()
    yield from _foreign()
    yield from _truncated()


def heavy() -> Iterator[Odd]:
    """Files that are small but ask for much memory: 25 megapixels, bombs, and what decoders hold beside the picture."""
    yield from _heavy_png()
    yield from _heavy_jpeg_and_webp()


def _heavy_png() -> Iterator[Odd]:
    bomb = png(13_300, 13_300, 8, 0, b"", idat=_deflated_zeros(13_301 * 13_300))
    yield Odd("a bomb of 13,300 x 13,300", bomb, Refused("more than 25 million"))
    side, halved = 5_000, (2_500, 2_500)
    see_through = array_png(quarters(SEE_THROUGH, side, side))
    yield Odd("25 megapixels, see-through", see_through, Used((*CORNERS[:3], (255,) * 3), halved))
    sixteen = quarters((0, 25_700, 32_896, 65_535), side, side, np.uint16)
    yield Odd("25 megapixels of 16 bits", array_png(sixteen), Used(GREYS, halved))
    turned = array_png(TURNED[6](quarters(width=side, height=4_999)), extra=chunk(b"eXIf", exif(6)))
    yield Odd("25 megapixels on their side", turned, Used(size=(2_500, 2_499)))
    remark = zlib.compress(b"a" * 1_000_000 + "\U0001f600".encode())
    remarks = b"".join(chunk(b"iTXt", b"k%d\0\1\0\0\0" % number + remark) for number in range(100))
    yield Odd("100 compressed remarks of a megabyte", array_png(quarters(), extra=remarks), Used())
    profile = chunk(b"iCCP", b"x\0\0" + _deflated_zeros(200_000_000))
    yield Odd("a colour profile bomb of 200 MB", array_png(quarters(), extra=profile), Used())


def _heavy_jpeg_and_webp() -> Iterator[Odd]:
    side, halved = 5_000, (2_500, 2_500)
    fine, flat = {"progressive": True, "subsampling": 0}, {"lossless": True, "method": 0}
    whole = quarters(width=side, height=side)
    yield Odd("25 megapixels of JPEG", saved(whole, "JPEG", subsampling=0), Used(size=halved, tolerance=6))
    yield Odd("25 megapixels of progressive JPEG", saved(whole, "JPEG", progressive=True), Used(size=halved, tolerance=6))
    yield Odd("a fine progressive JPEG", saved(whole[500:4500, 500:4500], "JPEG", **fine), Used(size=(2_000, 2_000), tolerance=6))
    yield Odd("a large fine progressive JPEG", saved(whole[:3_500], "JPEG", **fine), Refused("16,666,666 of such a progressive JPEG"))
    yield Odd("8 megapixels of WebP", saved(quarters(width=4_000, height=2_000), "WEBP", **flat), Used(size=(2_000, 1_000)))
    see_through = saved(quarters(SEE_THROUGH, *halved), "WEBP", **flat)
    yield Odd("6 megapixels of WebP, see-through", see_through, Used((*CORNERS[:3], (255,) * 3), halved))
    large = saved(quarters(width=4_000, height=2_001), "WEBP", **flat)
    yield Odd("a large WebP", large, Refused("8,004,000 pixels; at most 8,000,000 of a WebP"))


def tiny_png() -> bytes:
    """A colour PNG of a few hundred bytes, to be mutated."""
    return array_png(noise(24, 18))


def tiny_jpeg() -> bytes:
    return saved(noise(24, 18), "JPEG", quality=60)


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


# Making files


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, bits: int, colour: int, rows: bytes, *, extra: bytes = b"", idat: bytes = b"", interlaced: int = 0
) -> bytes:
    """A PNG by the book: signature, header, `extra` chunks, pixels (each row begins with its filter), end."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    pixels = idat or zlib.compress(rows, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def array_png(picture: np.ndarray, *, extra: bytes = b"") -> bytes:
    """uint8 or uint16 (H, W) or (H, W, 2 to 4) as an unfiltered PNG."""
    height, width = picture.shape[:2]
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[picture.size // (height * width)]
    rows = np.ascontiguousarray(picture, picture.dtype.newbyteorder(">")).view(np.uint8).reshape(height, -1)
    return png(width, height, 8 * picture.itemsize, colour, np.pad(rows, ((0, 0), (1, 0))).tobytes(), extra=extra)


def packed_png(values: tuple, bits: int, colour: int, extra: bytes = b"") -> bytes:
    """A PNG of quarters with less than eight bits a pixel."""
    ones = (quarters(values)[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    rows = np.packbits(ones.reshape(HEIGHT, -1).astype(np.uint8), axis=1)
    return png(WIDTH, HEIGHT, bits, colour, np.pad(rows, ((0, 0), (1, 0))).tobytes(), extra=extra)


def interlaced_png(picture: np.ndarray) -> bytes:
    """uint8 (H, W, 3) as a PNG in Adam7's seven passes."""
    rows = b""
    for x, y, across, down in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        some = picture[y::down, x::across]
        rows += np.pad(some.reshape(len(some), -1), ((0, 0), (1, 0))).tobytes()
    return png(picture.shape[1], picture.shape[0], 8, 2, rows, interlaced=1)


def exif(orientation: int) -> bytes:
    return b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


def saved(picture: np.ndarray, kind: str, mode: str | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(picture)
    (image.convert(mode) if mode else image).save(buffer, kind, **options)
    return buffer.getvalue()


def _deflated_zeros(count: int) -> bytes:
    squeeze, parts = zlib.compressobj(1), []
    for start in range(0, count, 1 << 24):
        parts.append(squeeze.compress(bytes(min(1 << 24, count - start))))
    return b"".join([*parts, squeeze.flush()])


# PNG


def _png_kinds() -> Iterator[Odd]:
    yield Odd("colour", array_png(quarters()), Used())
    yield Odd("grey", array_png(quarters(GREYS)), Used(GREYS))
    yield Odd("1 bit", packed_png((0, 1, 1, 0), 1, 0), Used((0, 255, 255, 0)))
    yield Odd("2 bits", packed_png((0, 1, 2, 3), 2, 0), Used((0, 85, 170, 255)))
    yield Odd("4 bits", packed_png((0, 3, 12, 15), 4, 0), Used((0, 51, 204, 255)))
    yield Odd("16 bits, grey", array_png(quarters((0, 25_700, 32_896, 65_535), kind=np.uint16)), Used(GREYS))
    yield Odd("16 bits, dim", array_png(quarters((0, 128, 129, 300), kind=np.uint16)), Used((0, 64, 64, 150)))
    sixteen = tuple(tuple(257 * value for value in colour) for colour in CORNERS)
    yield Odd("16 bits, colour", array_png(quarters(sixteen, kind=np.uint16)), Used())
    half = tuple((*colour, 0x8080) for colour in sixteen)
    on_white = tuple(tuple(round(value * 128 / 255 + 127) for value in colour) for colour in CORNERS)
    yield Odd("16 bits, half transparent", array_png(quarters(half, kind=np.uint16)), Used(on_white, tolerance=1))
    grey_half = ((0, 128), (100, 255), (128, 0), (255, 128))
    yield Odd("grey with alpha", array_png(quarters(grey_half)), Used((127, 100, 255, 255), tolerance=1))
    yield Odd(
        "16 bits, grey with alpha",
        array_png(quarters(grey_half, kind=np.uint16) * 257),
        Used(((127,) * 3, (100,) * 3, (255,) * 3, (255,) * 3), tolerance=1),
    )
    clear = (*((*colour, 255) for colour in CORNERS[:2]), (*CORNERS[2], 0), (*CORNERS[3], 128))
    yield Odd("colour with alpha", array_png(quarters(clear)), Used((*CORNERS[:2], (255,) * 3, on_white[3]), tolerance=1))
    yield Odd("interlaced", interlaced_png(quarters()), Used())
    palette = chunk(b"PLTE", bytes(sum(CORNERS, ())))
    yield Odd("palette", packed_png((0, 1, 2, 3), 8, 3, palette), Used())
    yield Odd("palette of 2 bits", packed_png((0, 1, 2, 3), 2, 3, palette), Used())
    alpha = palette + chunk(b"tRNS", bytes([255, 255, 0, 128]))
    yield Odd("palette with alpha", packed_png((0, 1, 2, 3), 8, 3, alpha), Used((*CORNERS[:2], (255,) * 3, on_white[3]), tolerance=1))
    one = palette + chunk(b"tRNS", bytes([255, 0]))
    yield Odd("palette with a clear entry", packed_png((0, 1, 2, 3), 8, 3, one), Used((CORNERS[0], (255,) * 3, *CORNERS[2:])))
    key = chunk(b"tRNS", struct.pack(">HHH", *CORNERS[1]))
    yield Odd("colour with a clear colour", array_png(quarters(), extra=key), Used((CORNERS[0], (255,) * 3, *CORNERS[2:])))
    yield Odd("grey with a clear grey", array_png(quarters(GREYS), extra=chunk(b"tRNS", b"\0\x64")), Used((0, 255, 128, 255)))
    wide = array_png(quarters((0, 25_700, 25_701, 65_535), kind=np.uint16), extra=chunk(b"tRNS", struct.pack(">H", 25_700)))
    yield Odd("16 bits with a clear grey", wide, Used((0, 255, 100, 255)))


def _png_chunks() -> Iterator[Odd]:
    squeezed = _deflated_zeros(20_000_000)
    for name, extra, expected in (
        ("gamma", chunk(b"gAMA", struct.pack(">I", 100_000)), Used()),
        ("sRGB", chunk(b"sRGB", b"\0"), Used()),
        ("a physical size of nothing", chunk(b"pHYs", bytes(9)), Used()),
        ("a colour profile that is none", chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile")), Used()),
        ("a colour profile bomb", chunk(b"iCCP", b"x\0\0" + squeezed), Used()),
        ("a remark of 5 MB", chunk(b"tEXt", b"Comment\0" + b"a" * 5_000_000), Used()),
        ("a compressed remark bomb", chunk(b"zTXt", b"Comment\0\0" + squeezed), Used()),
        ("an international remark bomb", chunk(b"iTXt", b"Comment\0\1\0\0\0" + squeezed), Used()),
        ("an unknown part", chunk(b"prVt", b"whatever"), Used()),
        ("an animation that is none", chunk(b"acTL", struct.pack(">II", 0, 0)), Used()),
        ("two animations", chunk(b"acTL", struct.pack(">II", 1, 0)) * 2, Used()),
        ("EXIF 9", chunk(b"eXIf", exif(9)), Used()),
        ("EXIF that is none", chunk(b"eXIf", b"nothing"), Used()),
        ("EXIF that ends early", chunk(b"eXIf", exif(6)[:12]), Used()),
    ):
        yield Odd(f"PNG with {name}", array_png(quarters(), extra=extra), expected)


def _png_damage() -> Iterator[Odd]:
    whole = array_png(quarters())
    header, pixels = whole.index(b"IHDR"), whole.index(b"IDAT")
    yield Odd("PNG with a wrong checksum of its pixels", whole[:-16] + b"abcd" + whole[-12:], Used())
    yield Odd(
        "PNG with a wrong checksum of its header", whole[: header + 17] + b"abcd" + whole[header + 21 :], Refused("recognised|damaged")
    )
    yield Odd("PNG with altered pixels", whole[: pixels + 8] + b"\xff\xff" + whole[pixels + 10 :], Refused("damaged"))
    yield Odd("PNG without an end", whole[:-12], Used())
    yield Odd("PNG with a tail", whole + b"PK\3\4 and more", Used())
    yield Odd("PNG without pixels", whole[: pixels - 4] + whole[-12:], Refused("recognised|damaged"))
    rows = np.pad(quarters().reshape(HEIGHT, -1), ((0, 0), (1, 0))).tobytes()
    twice = Used((*CORNERS[2:], (0,) * 3, (0,) * 3), (WIDTH, 2 * HEIGHT))
    yield Odd("PNG that says it is taller", png(WIDTH, 2 * HEIGHT, 8, 2, rows), twice)
    yield Odd("PNG that says it is wider", png(3 * WIDTH, HEIGHT, 8, 2, rows), Refused("damaged"))
    yield Odd("PNG that says it is huge", png(2**31 - 1, 2**31 - 1, 8, 2, rows), Refused("million|12,000"))
    yield Odd("PNG of no width", png(0, HEIGHT, 8, 2, rows), Refused("recognised|damaged"))
    yield Odd("PNG of 3 bits", png(WIDTH, HEIGHT, 3, 2, rows), Refused("recognised|damaged"))
    yield Odd("PNG without a palette", packed_png((0, 1, 2, 3), 8, 3), Refused("no colours"))


def _sizes() -> Iterator[Odd]:
    yield Odd("1 x 1", array_png(np.full((1, 1), 77, np.uint8)), Used((77,) * 4, (1, 1)))
    yield Odd("2 x 1", array_png(quarters((9, 8, 9, 8), 2, 1)), Used((9, 8, 9, 8), (2, 1)))
    yield Odd("12,000 x 1", array_png(quarters((9, 8, 9, 8), 12_000, 1)), Used((9, 8, 9, 8), (12_000, 1)))
    yield Odd("1 x 12,000", array_png(quarters((9, 9, 7, 7), 1, 12_000)), Used((9, 9, 7, 7), (1, 12_000)))
    yield Odd("12,001 x 1", array_png(np.zeros((1, 12_001), np.uint8)), Refused("12,001 × 1 pixels; at most 12,000 a side"))
    yield Odd("1 x 12,001", array_png(np.zeros((12_001, 1), np.uint8)), Refused("1 × 12,001 pixels; at most 12,000 a side"))
    large = png(5_001, 5_000, 1, 0, b"", idat=_deflated_zeros(5_000 * 627))
    yield Odd("25,005,000 pixels", large, Refused("25,005,000 pixels; at most 25,000,000 are read"))
    yield Odd("10 MB and one byte", array_png(quarters()).ljust(10_000_001, b"\0"), Refused("10,000,001 bytes; at most 10,000,000"))
    yield Odd("10 MB", array_png(quarters()).ljust(10_000_000, b"\0"), Used())
    yield Odd("0 bytes", b"", Refused("empty"))


def _turned() -> Iterator[Odd]:
    for orientation, turn in TURNED.items():
        extra = chunk(b"eXIf", exif(orientation))
        yield Odd(f"PNG on its side, EXIF {orientation}", array_png(turn(quarters()), extra=extra), Used())
        stored = np.ascontiguousarray(turn(quarters()))
        file = saved(stored, "JPEG", quality=95, subsampling=0, exif=b"Exif\0\0" + exif(orientation))
        yield Odd(f"JPEG on its side, EXIF {orientation}", file, Used(tolerance=4))
    yield Odd("WebP on its side", saved(np.rot90(quarters()).copy(), "WEBP", lossless=True, exif=exif(6)), Used())


# Other formats


def _jpegs() -> Iterator[Odd]:
    good = {"quality": 95, "subsampling": 0}
    near = Used(tolerance=4)
    plain = saved(quarters(), "JPEG", **good)
    yield Odd("JPEG", plain, near)
    yield Odd("JPEG, progressive", saved(quarters(), "JPEG", progressive=True, **good), near)
    yield Odd("JPEG, coarse colours", saved(quarters(), "JPEG", quality=90), Used(tolerance=6))
    yield Odd("JPEG, grey", saved(quarters(GREYS), "JPEG", **good), Used(GREYS, tolerance=3))
    yield Odd("JPEG, stored as RGB", saved(quarters(), "JPEG", keep_rgb=True, quality=95), near)
    yield Odd("JPEG with restarts", saved(quarters(), "JPEG", restart_marker_blocks=1, **good), near)
    inks = ((0, 255, 255, 0), (255, 0, 255, 0), (0, 0, 0, 128), (0, 0, 0, 0))
    seen = ((255, 0, 0), (0, 255, 0), (127, 127, 127), (255, 255, 255))
    cmyk = io.BytesIO()
    Image.frombytes("CMYK", (WIDTH, HEIGHT), quarters(inks).tobytes()).save(cmyk, "JPEG", quality=95)
    yield Odd("JPEG, CMYK by Adobe", cmyk.getvalue(), Used(seen, tolerance=6))
    yield Odd("JPEG, CMYK", _without(cmyk.getvalue(), b"\xff\xee"), Used(seen, tolerance=6))
    yield Odd("JPEG, YCCK by Adobe", _ycck(), Used(((200, 200, 200), (100, 100, 100), (40, 40, 40), (0, 0, 0)), tolerance=4))
    pair = io.BytesIO()
    first, second = Image.fromarray(quarters()), Image.new("RGB", (WIDTH, HEIGHT))
    first.save(pair, "MPO", save_all=True, append_images=[second], **good)
    yield Odd("two pictures of a phone", pair.getvalue(), near)
    broken = saved(quarters(), "JPEG", exif=b"Exif\0\0MM\0*" + b"\xff" * 40, **good)
    yield Odd("JPEG with EXIF that is none", broken, near)
    frame = plain.index(b"\xff\xc0")
    yield Odd("JPEG of 12 bits", plain[: frame + 4] + b"\x0c" + plain[frame + 5 :], Refused("recognised|damaged"))
    yield Odd("JPEG of two channels", plain[: frame + 9] + b"\2" + plain[frame + 10 :], Refused("recognised|damaged"))
    yield Odd("JPEG that says it is huge", plain[: frame + 5] + b"\xff\xff\xff\xff" + plain[frame + 9 :], Refused("12,000|million"))
    twice = Used((*CORNERS[2:], None, None), (WIDTH, 2 * HEIGHT), 6)
    yield Odd("JPEG that says it is taller", plain[: frame + 5] + b"\0\x40" + plain[frame + 7 :], twice)
    no_area = plain[: frame + 11] + b"\0" + plain[frame + 12 :]
    yield Odd("JPEG without samples", no_area, Refused("damaged"))
    progressive = saved(quarters(), "JPEG", progressive=True, **good)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    yield Odd("JPEG of 1,000 scans", progressive[:-2] + scan * 1_000 + progressive[-2:], Refused("100 scans"))
    yield Odd("JPEG marker alone", b"\xff\xd8\xff", Refused("recognised|damaged"))


def _ycck() -> bytes:
    """Grey steps as Adobe's YCCK: the amounts of three inks as luminance and colour, and 255 less the amount of black."""
    buffer = io.BytesIO()
    stored = quarters(((55, 128, 128, 255), (155, 128, 128, 255), (215, 128, 128, 255), (255, 128, 128, 255)))
    Image.frombytes("CMYK", (WIDTH, HEIGHT), (255 - stored).tobytes()).save(buffer, "JPEG", quality=95)
    file = buffer.getvalue()
    marker = file.index(b"Adobe")
    return file[: marker + 11] + b"\2" + file[marker + 12 :]


def _without(file: bytes, marker: bytes) -> bytes:
    """A JPEG without its first segment of that kind."""
    start = file.index(marker)
    return file[:start] + file[start + 2 + int.from_bytes(file[start + 2 : start + 4]) :]


def _webps() -> Iterator[Odd]:
    yield Odd("WebP", saved(quarters(), "WEBP", quality=95), Used(tolerance=8))
    yield Odd("WebP, lossless", saved(quarters(), "WEBP", lossless=True), Used())
    yield Odd("WebP with alpha", saved(quarters(SEE_THROUGH), "WEBP", lossless=True, exact=True), Used((*CORNERS[:3], (255,) * 3)))
    for kind in ("WEBP", "PNG"):
        buffer = io.BytesIO()
        frames = [Image.fromarray(picture) for picture in (quarters(), quarters()[::-1].copy(), quarters()[:, ::-1].copy())]
        frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100, lossless=True)
        yield Odd(f"{kind}, animated", buffer.getvalue(), Used())
    empty = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(10)
    yield Odd("WebP without a picture", empty, Refused("recognised|damaged"))


def _bitmaps() -> Iterator[Odd]:
    yield Odd("BMP", saved(quarters(), "BMP"), Used())
    yield Odd("BMP, grey", saved(quarters(GREYS), "BMP"), Used(GREYS))
    yield Odd("BMP of 1 bit", saved(quarters((0, 255, 255, 0)), "BMP", mode="1"), Used((0, 255, 255, 0)))
    squeezed = b"".join(bytes([32, left, 32, left + 1, 0, 0]) * 16 for left in (2, 0)) + b"\0\1"
    colours = b"".join(bytes([blue, green, red, 0]) for red, green, blue in CORNERS)
    yield Odd("BMP, run lengths", _bmp(WIDTH, HEIGHT, 8, squeezed, packing=1, palette=colours), Used())
    rows = quarters()[..., ::-1].tobytes()
    yield Odd("BMP, top row first", _bmp(WIDTH, -HEIGHT, 24, rows), Used())
    yield Odd("BMP that ends early", _bmp(WIDTH, HEIGHT, 24, rows[:-9]), Refused("damaged"))
    yield Odd("BMP that says it is huge", _bmp(2**31 - 1, 2**31 - 1, 24, rows), Refused("million|12,000"))
    yield Odd("BMP of 7 bits", _bmp(WIDTH, HEIGHT, 7, rows), Refused("recognised|damaged"))


def _bmp(width: int, height: int, bits: int, rows: bytes, *, packing: int = 0, palette: bytes = b"") -> bytes:
    start = 54 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, packing, len(rows), 0, 0, len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + header + palette + rows


def _foreign() -> Iterator[Odd]:
    for kind in ("TGA", "PCX"):
        yield Odd(f"{kind}, renamed", saved(quarters(), kind), Refused("recognised; choose a PNG, JPEG"))
    for kind, named in (("ICO", "an icon"), ("PPM", "a PNM image"), ("EPS", "a PostScript"), ("PDF", "a PDF"), ("JPEG2000", "a JPEG 2000")):
        yield Odd(f"{kind}, renamed", saved(quarters(), kind), Refused(f"is {named}"))
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield Odd("SVG, renamed", svg, Refused("is an SVG drawing; save it as PNG"))
    yield Odd("SVG behind a head", b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made -->\n' + svg, Refused("is an SVG drawing"))
    yield Odd("XML that is no picture", b'<?xml version="1.0"?><note/>', Refused("recognised"))
    yield Odd("HTML, renamed", b"<!doctype html><img src=x onerror=alert(1)>", Refused("is a web page"))
    yield Odd("Python, renamed", b"import os\nos.remove('x')\n", Refused("recognised"))
    yield Odd("ZIP, renamed", b"PK\5\6" + bytes(18), Refused("is a ZIP archive"))
    yield Odd("PSD, renamed", b"8BPS\0\1" + bytes(40), Refused("is a Photoshop document; save it as PNG"))
    for start, named in FOREIGN_STARTS.items():
        yield Odd(f"{named}, renamed", start + bytes(300), Refused(f"is {re.split(' of a phone| of [CF]| in b', named)[0]}; "))
    yield Odd("text of zeros", bytes(1000), Refused("recognised"))
    for seed in range(4):
        yield Odd(f"random bytes {seed}", np.random.default_rng(seed).bytes(2_000), Refused("recognised"))
    for start in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\x10\0\0\0WEBPVP8 ", b"BM"):
        yield Odd(
            f"random bytes behind {start[:4]!r}", start + np.random.default_rng(9).bytes(2_000), Refused("recognised|damaged|million|side")
        )


def _truncated() -> Iterator[Odd]:
    picture = noise(WIDTH, HEIGHT)
    kinds = {"PNG": {}, "JPEG": {}, "progressive JPEG": {"progressive": True}, "WEBP": {"lossless": True}, "BMP": {}, "GIF": {}, "AVIF": {}}
    for kind, options in kinds.items():
        whole = saved(picture, kind.split()[-1], **options)
        for part in range(16):
            yield Odd(f"{kind}, {part} of 16 parts", whole[: len(whole) * part // 16], Refused("empty|recognised|damaged"))
