"""People's own sets of images: brought in as a ZIP or a folder, or drawn together. Knows no network and no screen."""

from vae_core.data.own.collection import damaged, delete, find, infos, read
from vae_core.data.own.drawings import Drawing, add_drawing, collect, drawings, remove_drawing
from vae_core.data.own.importing import Import, import_folder, import_zip, title_of
from vae_core.data.own.inspection import Choice, Preview, preview
from vae_core.data.own.interrupted import Unfinished, forget, unfinished
from vae_core.data.own.members import Reading

__all__ = [
    "Choice",
    "Drawing",
    "Import",
    "Preview",
    "Reading",
    "Unfinished",
    "add_drawing",
    "collect",
    "damaged",
    "delete",
    "drawings",
    "find",
    "forget",
    "import_folder",
    "import_zip",
    "infos",
    "preview",
    "read",
    "remove_drawing",
    "title_of",
    "unfinished",
]
