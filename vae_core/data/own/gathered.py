"""Pictures that people gather class by class, as a ZIP that is imported as any other. Decodes nothing."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from vae_core.data.own.labels import clean_label


def zip_classes(classes: Mapping[str, Sequence[tuple[str, bytes]]]) -> bytes:
    """A ZIP of files, named and whole, with a folder for each class; those of the class "" lie beside the folders."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for label, files in classes.items():
            folder = folder_name(label)
            for number, (name, content) in enumerate(files, 1):
                archive.writestr(f"{folder}/{number} {_plain(name)}".removeprefix("/"), content)
    return buffer.getvalue()


def folder_name(label: str) -> str:
    """What people call a class as the name of a folder that is neither hidden nor two."""
    return _plain(clean_label(label)).lstrip(". ")


def _plain(name: str) -> str:
    """One name: cameras give many pictures the same, so the caller numbers them."""
    return name.replace("/", "-").replace("\\", "-").replace("\0", "")
