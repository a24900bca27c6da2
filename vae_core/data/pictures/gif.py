"""The first picture of a GIF without the comments before it, each of which Pillow would keep. Decodes nothing."""

_EXTENSION, _CONTROL = 0x21, 0xF9


def without_metadata(file: bytes) -> bytes:
    """The same GIF with only those extensions before its first picture that say how it is shown; as it is, where it ends early."""
    at = 13 + (3 << (file[10] & 7) + 1 if len(file) > 10 and file[10] & 128 else 0)
    kept = [file[:at]]
    while at + 2 < len(file) and file[at] == _EXTENSION:
        end = _end_of_blocks(file, at + 2)
        if file[at + 1] == _CONTROL:
            kept[1:] = [file[at:end]]
        at = end
    return b"".join([*kept, file[at:]])


def _end_of_blocks(file: bytes, at: int) -> int:
    while at < len(file) and file[at]:
        at += 1 + file[at]
    return at + 1
