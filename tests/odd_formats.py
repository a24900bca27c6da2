"""Odd GIF, TIFF, AVIF and HEIC files, and PNGs of sixteen bits, all made here. Knows no decoder of ours."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import pillow_heif
from odd_images import CORNERS, GREYS, HEIGHT, SEE_THROUGH, TURNED, WIDTH, Odd, Refused, Used, array_png, chunk, exif, quarters, saved
from PIL import Image

ON_WHITE = (*CORNERS[:3], (255,) * 3)
IN_COLOUR = tuple((grey,) * 3 for grey in GREYS)
TWELVE = (0, 1_606, 2_056, 4_095)
"""GREYS in twelve bits."""


def everything() -> Iterator[Odd]:
    """All the small ones; `heavy` are apart."""
    yield from _gifs()
    yield from _tiffs()
    yield from _odd_tiffs()
    yield from _avifs()
    yield from _heics()
    yield from _deep()


def heavy() -> Iterator[Odd]:
    """Files that are small but ask for much memory."""
    yield from _heavy_tiffs()
    side, halved = 5_000, (2_500, 2_500)
    whole = quarters(width=side, height=side)
    yield Odd("25 megapixels of GIF", saved(whole, "GIF", mode="P"), Used(size=halved, tolerance=60))
    yield Odd("GIF with two million remarks", gif_with(b"!\xfe\x01a\0" * 1_900_000), Used(size=(WIDTH, HEIGHT)))
    yield Odd("8 megapixels of AVIF", saved(quarters(width=4_000, height=2_000), "AVIF", speed=10), Used(size=(2_000, 1_000)))
    yield Odd(
        "a large AVIF", saved(quarters(width=4_000, height=2_001), "AVIF", speed=10), Refused("8,004,000 pixels; at most 8,000,000 of an")
    )
    lie = saved(quarters(width=16_400, height=1_030), "AVIF", speed=10)
    yield Odd("an AVIF of 17 megapixels that says it is small", resized(lie, 64, 64), Refused("more than 25 million"))
    large = heic(whole, quality=50, chroma=420, tile_size=512, enc_params={"preset": "ultrafast"})
    yield Odd("25 megapixels of HEIC", large, Used(size=halved, tolerance=12))
    yield Odd("a HEIC of 25 megapixels that says it is small", resized(large, 64, 64), Refused("damaged"))
    yield Odd("a fine HEIC", resized(heic(quarters(SEE_THROUGH, 64, 64)), 4_500, 4_500), Refused("of such a HEIC image"))


def _heavy_tiffs() -> Iterator[Odd]:
    side, halved = 5_000, (2_500, 2_500)
    grey = quarters(GREYS, side, side)
    yield Odd("25 megapixels of TIFF", saved(grey, "TIFF", compression="tiff_lzw"), Used(size=halved))
    colour = quarters(width=3_900, height=4_000)
    yield Odd("15 megapixels of colour TIFF", saved(colour, "TIFF", compression="tiff_adobe_deflate"), Used(size=(1_950, 2_000)))
    large = saved(quarters(width=side, height=4_000), "TIFF", compression="tiff_adobe_deflate")
    yield Odd("20 megapixels of colour TIFF", large, Refused("of such a TIFF image"))
    turned = saved(quarters(width=3_000, height=3_000), "TIFF", compression="tiff_lzw", tiffinfo={274: 6})
    yield Odd("9 megapixels of TIFF on their side", turned, Used(size=(1_500, 1_500)))
    huge = {322: 20_000, 323: 20_000, 324: 8, 325: 100}
    yield Odd("TIFF with a tile of 400 megapixels", tiff(64, 32, 8, b"", compression=8, extra=huge), Refused("damaged"))
    strips = b"".join(struct.pack("<I", 8) for _ in range(2_400_000))
    yield Odd("TIFF of two million strips", tiff(1, 32, 8, strips, counts={273: (len(strips) // 4, 8)}), Refused("damaged"))


def _gifs() -> Iterator[Odd]:
    four = Image.fromarray(quarters()).quantize(4)
    yield Odd("GIF", _saved(four, "GIF"), Used())
    yield Odd("GIF, grey", saved(quarters(GREYS), "GIF"), Used(IN_COLOUR))
    clear = quarters((0, 1, 2, 3))
    palette = Image.fromarray(clear, "L")
    palette.putpalette(bytes(sum(CORNERS, ())))
    yield Odd("GIF with a clear colour", _saved(palette, "GIF", transparency=3), Used(ON_WHITE))
    moving = saved(quarters(GREYS), "GIF", save_all=True, append_images=[Image.new("L", (WIDTH, HEIGHT))], duration=100, loop=0)
    yield Odd("GIF, animated", moving, Used(IN_COLOUR))
    yield Odd("GIF with a long remark", gif_with(b"!\xfe" + (b"\xff" + b"a" * 255) * 9_000 + b"\0"), Used(IN_COLOUR))
    yield Odd("GIF with an endless remark", gif_with(b"!\xfe\xff")[:60], Refused("damaged"))
    yield Odd("GIF without a picture", b"GIF89a\x40\0\x20\0\0\0\0;", Refused("damaged"))
    yield Odd("GIF that says it is huge", b"GIF89a\xff\xff\xff\xff" + gif_with(b"")[10:], Refused("12,000|million"))
    place = gif_with(b"").index(b",") + 5
    wider = gif_with(b"")[:place] + b"\xff\xff\xff\xff" + gif_with(b"")[place + 4 :]
    yield Odd("GIF whose picture is larger than it", wider, Refused("12,000|million|damaged"))


def _tiffs() -> Iterator[Odd]:
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield Odd(f"TIFF, {compression}", saved(quarters(), "TIFF", compression=compression), Used())
    yield Odd("TIFF, JPEG inside", saved(quarters(), "TIFF", compression="jpeg", quality=95), Used(tolerance=6))
    yield Odd("TIFF, grey", saved(quarters(GREYS), "TIFF"), Used(GREYS))
    yield Odd("TIFF of 1 bit", saved(quarters((0, 255, 255, 0)), "TIFF", mode="1", compression="group4"), Used((0, 255, 255, 0)))
    yield Odd("TIFF with alpha", saved(quarters(SEE_THROUGH), "TIFF"), Used(ON_WHITE))
    yield Odd("TIFF of sixteen bits", saved(quarters((0, 25_700, 32_896, 65_535), kind=np.uint16), "TIFF"), Used(GREYS))
    values = quarters((65_535, 39_835, 32_639, 0), kind=np.uint16).astype("<u2").tobytes()
    yield Odd("TIFF of sixteen bits, white is zero", tiff(WIDTH, HEIGHT, 16, values, extra={262: 0}), Used(GREYS))
    big = quarters((0, 25_700, 32_896, 65_535), kind=np.uint16)
    yield Odd("TIFF of sixteen bits, Motorola", saved(big.astype(">u2"), "TIFF"), Used(GREYS))
    yield Odd("TIFF, large kind", saved(quarters(), "TIFF", big_tiff=True), Used())
    yield Odd("TIFF, twelve bits in sixteen", saved(quarters(TWELVE, kind=np.uint16), "TIFF"), Used(GREYS))
    yield Odd("TIFF of twelve bits", tiff(WIDTH, HEIGHT, 12, _packed_twelve(quarters(TWELVE, kind=np.uint16))), Used(GREYS))
    yield Odd("TIFF of two pages", saved(quarters(), "TIFF", save_all=True, append_images=[Image.new("RGB", (9, 9))]), Used())
    for orientation, turn in TURNED.items():
        stored = np.ascontiguousarray(turn(quarters()))
        yield Odd(f"TIFF on its side, {orientation}", saved(stored, "TIFF", tiffinfo={274: orientation}), Used())


def _odd_tiffs() -> Iterator[Odd]:
    yield Odd("TIFF of real numbers", saved(quarters(GREYS).astype(np.float32), "TIFF"), Refused("whole numbers of 8 or 16 bits"))
    yield Odd("TIFF of 32 bits", saved(quarters(GREYS).astype(np.int32), "TIFF"), Refused("whole numbers of 8 or 16 bits"))
    signed = tiff(WIDTH, HEIGHT, 16, bytes(2 * WIDTH * HEIGHT), extra={339: 2})
    yield Odd("TIFF of signed numbers", signed, Refused("whole numbers of 8 or 16 bits"))
    rows = quarters(GREYS).tobytes()
    yield Odd("TIFF packed by LZMA", tiff(WIDTH, HEIGHT, 8, rows, compression=34_925), Refused("rare way; save it anew as PNG"))
    yield Odd("TIFF in colours of Lab", tiff(WIDTH, HEIGHT, 8, rows, extra={262: 8}), Refused("rare way"))
    yield Odd("TIFF with a camera's preview first", tiff(WIDTH, HEIGHT, 8, rows, extra={254: 1}), Refused("raw photo"))
    yield Odd("DNG", tiff(WIDTH, HEIGHT, 8, rows, extra={50_706: 1}), Refused("raw photo"))
    yield Odd("TIFF made by hand", tiff(WIDTH, HEIGHT, 8, rows), Used(GREYS))
    yield Odd("TIFF of no width", tiff(0, HEIGHT, 8, rows), Refused("damaged"))
    yield Odd("TIFF that says it is huge", tiff(2**31 - 1, 2**31 - 1, 8, rows), Refused("12,000|million"))
    yield Odd("TIFF that says it is taller", tiff(WIDTH, 2 * HEIGHT, 8, rows), Refused("damaged"))
    yield Odd("TIFF without pages", b"II*\0\0\0\0\0", Refused("damaged"))
    yield Odd("TIFF whose page lies outside", b"II*\0\xff\xff\xff\x7f" + bytes(40), Refused("damaged"))
    loop = bytearray(tiff(WIDTH, HEIGHT, 8, rows))
    loop[-4:] = struct.pack("<I", len(rows) + 8)
    yield Odd("TIFF whose next page is its first", bytes(loop), Used(GREYS))
    for seed in range(3):
        yield Odd(f"random bytes behind a TIFF's start, {seed}", b"II*\0\x08\0\0\0" + np.random.default_rng(seed).bytes(900), Refused("."))
    whole = saved(quarters(), "TIFF", compression="tiff_lzw")
    for part in range(1, 8):
        yield Odd(f"TIFF, {part} of 8 parts", whole[: len(whole) * part // 8], Refused("damaged|recognised"))


def _avifs() -> Iterator[Odd]:
    fine = {"quality": 100, "subsampling": "4:4:4", "speed": 10}
    yield Odd("AVIF", saved(quarters(), "AVIF", **fine), Used(tolerance=6))
    yield Odd("AVIF with alpha", saved(quarters(SEE_THROUGH), "AVIF", **fine), Used(ON_WHITE, tolerance=6))
    yield Odd("AVIF, grey", saved(quarters(GREYS), "AVIF", **fine), Used(IN_COLOUR, tolerance=6))
    yield Odd("AVIF on its side", saved(np.rot90(quarters()).copy(), "AVIF", exif=exif(6), **fine), Used(tolerance=6))
    moving = saved(quarters(), "AVIF", save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT))], **fine)
    yield Odd("AVIF, animated", moving, Used(tolerance=6))
    plain = saved(quarters(), "AVIF", **fine)
    yield Odd("AVIF that says it is huge", resized(plain, 2**31 - 1, 2**31 - 1), Refused("damaged|12,000|million"))
    yield Odd("AVIF that says it is taller", resized(plain, WIDTH, 2 * HEIGHT), Used(size=(WIDTH, 2 * HEIGHT), tolerance=6))
    place = plain.index(b"iloc")
    yield Odd("AVIF with items without end", plain[: place + 4] + b"\2\0\0\0\0\0\xff\xff\xff\xff" + plain[place + 14 :], Refused("damaged"))


def _heics() -> Iterator[Odd]:
    yield Odd("HEIC", heic(quarters()), Used(tolerance=4))
    yield Odd("HEIC, coarse colours", heic(quarters(), quality=80, chroma=420), Used(tolerance=12))
    yield Odd("HEIC with alpha", heic(quarters(SEE_THROUGH)), Used(ON_WHITE, tolerance=4))
    yield Odd("HEIC, grey", heic(quarters(GREYS)), Used(GREYS, tolerance=4))
    tiled = heic(quarters(width=200, height=100), tile_size=64)
    yield Odd("HEIC in tiles, as phones make them", tiled, Used(size=(200, 100), tolerance=4))
    yield Odd("HEIC of 10 bits", heic(quarters((0, 25_700, 32_896, 65_535), kind=np.uint16)), Used(tuple(GREYS), tolerance=4))
    stored = np.ascontiguousarray(TURNED[6](quarters()))
    yield Odd("HEIC on its side", heic(stored, exif=exif(6)), Used(tolerance=4))
    first = heic(quarters(), append_images=[pillow_heif.from_pillow(Image.new("RGB", (WIDTH, HEIGHT)))[0]], primary_index=0)
    yield Odd("HEIC of two pictures", first, Used(tolerance=4))
    plain = heic(quarters())
    yield Odd("HEIC that says it is huge", resized(plain, 2**31 - 1, 2**31 - 1), Refused("damaged|12,000|million"))
    yield Odd("HEIC that says it is taller", resized(plain, WIDTH, 9 * HEIGHT), Refused("damaged"))
    overlay = plain.replace(b"hvc1", b"iovl", 1)
    yield Odd("HEIC of pictures upon each other", overlay, Refused("damaged"))
    for part in range(1, 8):
        yield Odd(f"HEIC, {part} of 8 parts", plain[: len(plain) * part // 8], Refused("damaged|recognised"))


def _deep() -> Iterator[Odd]:
    """Sixteen-bit files that hold fewer bits."""
    yield Odd("12 bits in 16", array_png(quarters(TWELVE, kind=np.uint16)), Used(GREYS))
    yield Odd("10 bits in 16", array_png(quarters((0, 401, 514, 1_023), kind=np.uint16)), Used(GREYS, tolerance=1))
    yield Odd("8 bits in 16", array_png(quarters(GREYS, kind=np.uint16)), Used(GREYS))
    yield Odd("a mask of ones in 16 bits", array_png(quarters((0, 1, 1, 0), kind=np.uint16)), Used((0, 255, 255, 0)))
    promised = array_png(quarters((0, 401, 514, 1_023), kind=np.uint16), extra=chunk(b"sBIT", b"\x0c"))
    yield Odd("12 bits promised, dim", promised, Used((0, 25, 32, 64)))
    whole = array_png(quarters((0, 401, 514, 1_023), kind=np.uint16), extra=chunk(b"sBIT", b"\x10"))
    yield Odd("16 bits promised, dark", whole, Used((0, 2, 2, 4)))
    kept = array_png(quarters((0, 25_700, 32_896, 65_535), kind=np.uint16), extra=chunk(b"sBIT", b"\x0c"))
    yield Odd("12 bits promised and stretched already", kept, Used(GREYS))
    yield Odd("black in 16 bits", array_png(quarters((0, 0, 0, 0), kind=np.uint16)), Used((0, 0, 0, 0)))
    colours = tuple(tuple(round(value * 4_095 / 255) for value in colour) for colour in CORNERS)
    yield Odd("12 bits of colour in 16", array_png(quarters(colours, kind=np.uint16)), Used(tolerance=1))
    clear = (*((*colour, 65_535) for colour in colours[:3]), (*colours[3], 0))
    yield Odd("12 bits of colour in 16, see-through", array_png(quarters(clear, kind=np.uint16)), Used(ON_WHITE, tolerance=1))
    low = np.stack([quarters(colours, kind=np.uint16)], 0)[0]
    yield Odd("12 bits of colour in 16, TIFF", tiff(WIDTH, HEIGHT, 16, low.astype("<u2").tobytes(), samples=3), Used(tolerance=16))
    filtered = _filtered_png(quarters(colours, kind=np.uint16))
    yield Odd("12 bits of colour in 16, filtered", filtered, Used(tolerance=1))


# Making files


def heic(picture: np.ndarray, quality: int = -1, chroma: int = 444, **options: object) -> bytes:
    """uint8 (H, W) or (H, W, 3 or 4), or uint16 (H, W), as HEIC."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(picture)).save(buffer, quality=quality, chroma=chroma, **options)
    return buffer.getvalue()


def resized(file: bytes, width: int, height: int) -> bytes:
    """An AVIF or a HEIC that says it has another size than its pictures have."""
    parts = file.split(b"ispe")
    return b"ispe".join([parts[0], *(part[:4] + struct.pack(">II", width, height) + part[12:] for part in parts[1:])])


def gif_with(extension: bytes) -> bytes:
    """A grey GIF with an extension before its picture."""
    whole = saved(quarters(GREYS), "GIF")
    start = 13 + (3 << (whole[10] & 7) + 1 if whole[10] & 128 else 0)
    return whole[:start] + extension + whole[start:]


def tiff(
    width: int,
    height: int,
    bits: int,
    rows: bytes,
    *,
    samples: int = 1,
    compression: int = 1,
    extra: dict[int, int] | None = None,
    counts: dict[int, tuple[int, int]] | None = None,
) -> bytes:
    """A TIFF by the book with one strip: header, pixels, page. `counts` gives entries many values: how many and where they lie."""
    entries = {256: width, 257: height, 258: bits, 259: compression, 262: 1 if samples == 1 else 2, 273: 8, 277: samples, 278: height}
    entries |= {279: len(rows)} | (extra or {})
    page = struct.pack("<H", len(entries))
    for tag, value in sorted(entries.items()):
        count, value = (counts or {}).get(tag, (1, value))
        page += struct.pack("<HHII", tag, 4, count, value)
    return b"II*\0" + struct.pack("<I", 8 + len(rows)) + rows + page + bytes(4)


def _packed_twelve(values: np.ndarray) -> bytes:
    pairs = values.reshape(-1, 2).astype(np.uint32)
    return b"".join(int(first << 12 | second).to_bytes(3) for first, second in pairs)


def _filtered_png(picture: np.ndarray) -> bytes:
    """uint16 (H, W, 3) as a PNG each of whose rows has another filter: none, left, above."""
    height, width = picture.shape[:2]
    rows = picture.astype(">u2").view(np.uint8).reshape(height, -1).astype(int)
    left, above = np.pad(rows, ((0, 0), (6, 0)))[:, :-6], np.pad(rows, ((1, 0), (0, 0)))[:-1]
    diagonal = np.pad(above, ((0, 0), (6, 0)))[:, :-6]
    guess = left + above - diagonal
    distances = np.abs(np.stack([guess - left, guess - above, guess - diagonal]))
    paeth = np.take_along_axis(np.stack([left, above, diagonal]), distances.argmin(0)[None], 0)[0]
    predicted = np.stack([np.zeros_like(rows), left, above, (left + above) // 2, paeth])
    kinds = np.arange(height) % 5
    data = (rows - predicted[kinds, np.arange(height)]) % 256
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    body = zlib.compress(np.concatenate([kinds[:, None], data], 1).astype(np.uint8).tobytes())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
