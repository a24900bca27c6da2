"""What a TIFF says of its first page, read before a decoder takes memory for it. Decodes nothing."""

import struct

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, SAMPLES = 256, 257, 258, 259, 262, 273, 277
ORIENTATION, TILE_WIDTH, TILE_LENGTH, TILES, SAMPLE_FORMAT = 274, 322, 323, 324, 339
KIND, DNG = 254, 50_706

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_LETTERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
_MAX_VALUES = 16


class Page(dict[int, tuple[int, ...]]):
    """The first page's entries: at most sixteen whole numbers of each, by tag."""

    counts: dict[int, int]
    """How many values each entry has, by tag."""

    def number(self, tag: int, otherwise: int) -> int:
        """An entry's first value."""
        return (self.get(tag) or (otherwise,))[0]


def first_page(file: bytes) -> Page:
    """The entries of the first page. Raises ValueError, IndexError, KeyError or struct.error for what is no TIFF."""
    order = {b"II": "<", b"MM": ">"}[file[:2]]
    big = file[2:4] in (b"+\0", b"\0+")
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), file, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), file, at)
    page, at, step = Page(), at + (8 if big else 2), 20 if big else 12
    page.counts = {}
    for place in range(at, at + step * min(count, 65_535), step):
        tag, kind, values = struct.unpack_from(order + ("HHQ" if big else "HHI"), file, place)
        page.counts.setdefault(tag, values)
        if kind in _LETTERS and tag not in page:
            some = min(values, _MAX_VALUES)
            inline = place + (12 if big else 8)
            fits = values * _SIZES[kind] <= (8 if big else 4)
            first = inline if fits else struct.unpack_from(order + ("Q" if big else "I"), file, inline)[0]
            page[tag] = struct.unpack_from(f"{order}{some}{_LETTERS[kind]}", file, first)
    return page
